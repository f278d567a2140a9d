"""Captions of the scene that could go either way follow the figures."""

from quantization_story.core.captions import LONGEST
from quantization_story.figures.topology_failure import most_words, near_side_words, one_region_words, share_words


def test_the_gap_grows_only_where_it_does():
    assert near_side_words(1.0, 2.0).endswith("in the strip the gap grows")
    assert "grows" not in near_side_words(2.0, 1.0)


def test_a_map_for_one_region_is_judged_by_what_it_leaves():
    assert one_region_words(1e-12, 1.2, 0.5).endswith("nothing is left there, more elsewhere")
    assert one_region_words(0.1, 1.2, 0.5).endswith("less is left there, more elsewhere")
    assert "elsewhere" not in one_region_words(1e-12, 0.5, 0.5)


def test_the_residual_is_told_by_its_two_shares() -> None:
    assert share_words(0.25, 0.6) == "25.0 % crossed, with 60.0 % of the squared residual"
    assert most_words(0.6).endswith("the points that crossed")
    assert most_words(0.4).endswith("green points")


def test_every_caption_fits_its_line() -> None:
    captions = [
        *(near_side_words(1.0, gap) for gap in (0.5, 2.0)),
        one_region_words(1.0, 1.0, 0.0),
        one_region_words(0.0, 1.0, 0.0),
        share_words(1.0, 1.0),
        *map(most_words, (0.4, 0.6)),
    ]
    assert max(map(len, captions)) <= LONGEST
