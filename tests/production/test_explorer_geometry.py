"""The page's own geometry against Python's: the same counts, and the same figures to the ninth digit."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from browsers import in_a_browser
from explorer_engines import in_chromium, in_node
from explorer_golden import Case, figures, flat
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.production.explorer.assembly import SHIPPED
from quantization_story.production.explorer.network_data import BITS, network_data

COUNTED = ("counts", "accuracies", "same pattern")
SAME = 1e-9  # of a figure, or of the largest in its row
ON_A_PLANE = "digits"  # 64 inputs, 10 outputs


def cases_of(subject: StorySubject) -> list[Case]:
    """Every bit width, both schemes and three amounts; corrections, roundings and single weights at some of them."""
    story = subject.bits, subject.learned.story.per_channel
    searched = max(subject.learned.given.widths[:-1]) <= 16
    if subject.name == ON_A_PLANE:
        spread = [Case(bits, True, amount) for bits in (2, 8) for amount in (0.5, 1.0)]
    else:
        spread = [Case(bits, pc, amount) for bits in BITS for pc in (False, True) for amount in (0.0, 0.5, 1.0)]
    return [
        *spread,
        *(Case(*story, amount, correction=kind) for amount in (0.5, 1.0) for kind in ("bias", "map", "rank1")),
        *(Case(bits, False, rounding="gptq") for bits in (2, story[0])),
        *(Case(bits, True, rounding="closest") for bits in (2, story[0]) if searched),
        Case(3, False, 0.7, changes=((0, 1, 0, -2), (1, 0, 1, 3))),
        Case(3, True, 1.0, changes=((0, 1, 0, -2), (1, 0, 1, 3)), correction="map"),
    ]


@lru_cache
def golden(name: str) -> tuple[list[Any], list[Case], list[dict[str, Any]]]:
    """What the page is asked about a network, and the cases with Python's answers."""
    subject = load_subject(Settings(network=name), SHIPPED[0])
    cases = cases_of(subject)
    return [[network_data(subject), [case.as_choice() for case in cases]]], cases, [figures(subject, c) for c in cases]


def check(cases: list[Case], expected: list[dict[str, Any]], got: list[dict[str, Any]]) -> None:
    for case, python, page in zip(cases, expected, got, strict=True):
        assert python.keys() == page.keys()
        for name, figure in python.items():
            wanted, found = flat(figure), flat(page[name])
            assert wanted.shape == found.shape, (name, case)
            slack = 0.0 if name in COUNTED else SAME * np.abs(wanted).max(initial=0.0)
            assert np.abs(wanted - found).max(initial=0.0) <= slack, (name, case, wanted, found)


# One worker has both engines of a network, and Python's answers once.
EACH = [pytest.param(name, marks=pytest.mark.xdist_group(f"explorer {name}")) for name in (*SHIPPED, ON_A_PLANE)]


@pytest.mark.parametrize("name", EACH)
def test_node_has_python_s_figures(name: str) -> None:
    asked, cases, expected = golden(name)
    check(cases, expected, in_node("explorerFigures", asked)[0])


@in_a_browser
@pytest.mark.parametrize("name", EACH)
def test_chromium_has_python_s_figures(name: str, browser: Any) -> None:
    asked, cases, expected = golden(name)
    check(cases, expected, in_chromium(browser, "explorerFigures", asked)[0])
