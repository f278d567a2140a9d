"""Captions of the scene that could go either way follow the figures."""

import pytest

from quantization_story.core.captions import LONGEST
from quantization_story.figures.linear_correction import capacity_words, reaching_words, removed_words, repair_verdict


@pytest.mark.parametrize(
    ("removed", "word"), [(0.97, "most"), (0.5, "most"), (0.49, "part"), (0.0, "not lay"), (-1, "not lay")]
)
def test_a_map_is_judged_by_what_it_removes(removed, word):
    assert word in repair_verdict(removed)


def test_a_map_that_removes_nothing_is_no_wrong_chart():
    assert removed_words(0.971) == "97 % of the squared error was a wrong chart"
    assert "wrong chart" not in removed_words(-0.2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (-0.04, "do not help the float network: accuracy falls"),
        (0.0, "do not help the float network: accuracy stays"),
        (0.01, "help the float network too: accuracy rises"),
    ],
)
def test_a_map_that_lifts_the_float_network_is_said_to(change, words):
    assert capacity_words(change) == f"They {words}"


def test_controls_that_get_as_far_are_counted():
    assert reaching_words(1, 32).startswith("1 of 32 gets as far")
    assert reaching_words(0, 32).startswith("0 of 32 get as far")


def test_every_caption_fits_its_line() -> None:
    captions = [
        *(repair_verdict(removed) for removed in (-1.0, 0.2, 0.9)),
        *(removed_words(removed) for removed in (-1.0, 1.0)),
        *(capacity_words(change) for change in (-1.0, 0.0, 1.0)),
        reaching_words(10, 32),
    ]
    assert max(map(len, captions)) <= LONGEST
