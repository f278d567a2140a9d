"""Captions of the scene that could go either way follow the figures."""

from quantization_story.core.captions import LONGEST
from quantization_story.figures.quantization import crossing_words


def test_rings_are_named_only_where_points_cross():
    assert crossing_words(5) == "Rounded again: rings mark points that cross a border"
    assert crossing_words(0) == "Rounded again: no point crosses a border"


def test_every_caption_fits_its_line() -> None:
    captions = [
        *(crossing_words(changed) for changed in (0, 3000)),
    ]
    assert max(map(len, captions)) <= LONGEST
