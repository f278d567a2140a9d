"""Captions of the scene that could go either way follow the figures."""

from quantization_story.core.captions import LONGEST
from quantization_story.figures.topology_failure import near_side_words, one_region_words


def test_the_gap_grows_only_where_it_does():
    assert near_side_words(1.0, 2.0).endswith("in the strip the gap grows")
    assert "grows" not in near_side_words(2.0, 1.0)


def test_a_map_for_one_region_is_judged_by_what_it_leaves():
    assert one_region_words(1e-12, 1.2, 0.5).endswith("nothing is left there, more elsewhere")
    assert one_region_words(0.1, 1.2, 0.5).endswith("less is left there, more elsewhere")
    assert "elsewhere" not in one_region_words(1e-12, 0.5, 0.5)


def test_every_caption_fits_its_line() -> None:
    captions = [
        *(near_side_words(1.0, gap) for gap in (0.5, 2.0)),
        one_region_words(1.0, 1.0, 0.0),
        one_region_words(0.0, 1.0, 0.0),
    ]
    assert max(map(len, captions)) <= LONGEST
