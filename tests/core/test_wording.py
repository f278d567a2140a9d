"""Captions that could go either way follow the figures."""

import numpy as np
import pytest

from quantization_story.core import wording


@pytest.mark.parametrize(
    ("largest", "expected"),
    [(0.0, 2), (3.2, 2), (0.1, 2), (99.9, 2), (100.0, 1), (1000.0, 0), (0.05, 3), (0.0005, 4)],
)
def test_decimals_show_numbers_of_their_size(largest, expected):
    assert wording.decimals(largest) == expected


def test_the_question_counts_the_classes():
    assert wording.opening_question("arms", 3) == "Three wound arms: to which does the white point belong?"
    assert wording.opening_question("classes", 4) == "Four classes: to which does the white point belong?"
    assert "belong" not in wording.opening_question("classes", 1)


def test_cuts_are_judged_by_what_they_miss():
    assert wording.cuts_words(3) == "Three straight cuts, turned to where they fit best"
    assert wording.cuts_words(2).startswith("One straight cut,")
    assert wording.cuts_verdict(0.048, "arms") == "The arms reach across: no straight cut gets them all"
    assert "all" in wording.cuts_verdict(0.0, "classes")
    assert "few" in wording.cuts_verdict(0.005, "classes")


def test_the_output_is_judged_by_its_accuracy():
    assert "have come apart" in wording.output_verdict(0.95, "arms")
    assert "have not come apart" in wording.output_verdict(0.949, "arms")


@pytest.mark.parametrize(
    ("removed", "word"), [(0.97, "most"), (0.5, "most"), (0.49, "part"), (0.0, "not lay"), (-1, "not lay")]
)
def test_a_map_is_judged_by_what_it_removes(removed, word):
    assert word in wording.repair_verdict(removed)


def test_a_map_that_removes_nothing_is_no_wrong_chart():
    assert wording.removed_words(0.971) == "97 % of the squared error was a wrong chart"
    assert "wrong chart" not in wording.removed_words(-0.2)


def test_the_gap_grows_only_where_it_does():
    assert wording.near_side_words(1.0, 2.0).endswith("in the strip the gap grows")
    assert "grows" not in wording.near_side_words(2.0, 1.0)


def test_rings_are_named_only_where_points_cross():
    assert wording.crossing_words(5) == "Rounded again: rings mark points that cross a border"
    assert wording.crossing_words(0) == "Rounded again: no point crosses a border"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (-0.04, "do not help the float network: accuracy falls"),
        (0.0, "do not help the float network: accuracy stays"),
        (0.01, "help the float network too: accuracy rises"),
    ],
)
def test_a_map_that_lifts_the_float_network_is_said_to(change, words):
    assert wording.capacity_words(change) == f"They {words}"


def test_controls_that_get_as_far_are_counted():
    assert wording.reaching_words(1, 32).startswith("1 of 32 gets as far")
    assert wording.reaching_words(0, 32).startswith("0 of 32 get as far")


def test_a_map_for_one_region_is_judged_by_what_it_leaves():
    assert wording.one_region_words(1e-12, 1.2, 0.5).endswith("nothing is left there, more elsewhere")
    assert wording.one_region_words(0.1, 1.2, 0.5).endswith("less is left there, more elsewhere")
    assert "elsewhere" not in wording.one_region_words(1e-12, 0.5, 0.5)


def test_errors_that_are_the_same_are_told_once():
    assert wording.boxed_again(["1.62", "1.62"]) == "Again a box: both channels err by up to 1.62 %"
    assert wording.boxed_again(["1.60", "1.73"]).endswith("err by up to 1.60 and 1.73 %")


@pytest.mark.parametrize(
    ("areas", "full_norms", "expected"),
    [
        ((0.2, 0.25, 1.6), (1.1, 0.9), "stretch no more, but err over 6.4 times"),
        ((0.2, 0.25, 1.6), (1.3, 0.9), "stretch more, and err over 6.4 times"),
        ((0.2, 0.25, 0.25), (1.1, 0.9), "not err over a larger area"),
    ],
)
def test_full_matrices_are_judged_by_area_and_stretch(areas, full_norms, expected):
    norms = np.array([(0.9, 1.1), (0.8, 1.2), full_norms])
    assert expected in wording.stretch_verdict(np.array(areas), norms)


@pytest.mark.parametrize(
    ("green", "red", "crossed", "words"),
    [
        (0.49, 0.36, True, "Both come closer, green more than red"),
        (0.36, 0.49, True, "Both come closer, red more than green"),
        (0.4, 0.4, True, "Both come closer, by the same share"),
        (0.4, -0.1, True, "Only green comes closer"),
        (0.0, 0.2, True, "Only red comes closer"),
        (-0.1, 0.0, True, "Neither green nor red comes closer"),
        (0.4, 0.0, False, "Green comes closer; nothing here is red"),
        (0.0, 0.0, False, "Green comes no closer; nothing here is red"),
    ],
)
def test_what_comes_closer_follows_the_figures(green, red, crossed, words):
    assert wording.closer_words(green, red, crossed) == words


def test_every_caption_fits_its_line():
    captions = [
        *(wording.opening_question(things, n) for things in ("arms", "classes") for n in range(1, 5)),
        *(wording.cuts_verdict(missed, "classes") for missed in (0.0, 0.005, 0.5)),
        *(wording.cuts_words(rays) for rays in range(2, 8)),
        *(wording.output_verdict(reached, "classes") for reached in (0.5, 1.0)),
        *(wording.repair_verdict(removed) for removed in (-1.0, 0.2, 0.9)),
        *(wording.removed_words(removed) for removed in (-1.0, 1.0)),
        *(wording.near_side_words(1.0, gap) for gap in (0.5, 2.0)),
        *(wording.crossing_words(changed) for changed in (0, 3000)),
        *(wording.capacity_words(change) for change in (-1.0, 0.0, 1.0)),
        wording.reaching_words(10, 32),
        wording.one_region_words(1.0, 1.0, 0.0),
        wording.one_region_words(0.0, 1.0, 0.0),
        *(wording.boxed_again(errors) for errors in (["10.00"] * 2, ["10.00", "12.00"])),
        *(wording.stretch_verdict(np.array([1.0, 1e3]), np.array([[1.0], [norm]])) for norm in (0.5, 2.0)),
    ]
    assert max(map(len, captions)) <= 70


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.953, 0.035, 0.012), "Squared error: 95.3 % metric, 3.5 % topological, 1.2 % cross"),
        ((1.977, 1.79, -2.767), "Squared error: 197.7 % metric, 179.0 % topological, −276.7 % cross"),
        ((120.04, 119.5, -238.54), "Squared error: 12004 % metric, 11950 % topological, −23854 % cross"),
    ],
)
def test_shares_of_a_squared_error_fit_a_caption(shares: tuple[float, float, float], expected: str) -> None:
    assert wording.energy_words(shares) == expected
    assert len(expected) <= 70
