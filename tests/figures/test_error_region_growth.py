"""Captions of the scene that could go either way follow the figures."""

import numpy as np
import pytest

from quantization_story.core.captions import LONGEST
from quantization_story.figures.error_region_growth import boxed_again, stretch_verdict


def test_errors_that_are_the_same_are_told_once():
    assert boxed_again(["1.62", "1.62"]) == "Again a box: both channels err by up to 1.62 %"
    assert boxed_again(["1.60", "1.73"]).endswith("err by up to 1.60 and 1.73 %")


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
    assert expected in stretch_verdict(np.array(areas), norms)


def test_every_caption_fits_its_line() -> None:
    captions = [
        *(boxed_again(errors) for errors in (["10.00"] * 2, ["10.00", "12.00"])),
        *(stretch_verdict(np.array([1.0, 1e3]), np.array([[1.0], [norm]])) for norm in (0.5, 2.0)),
    ]
    assert max(map(len, captions)) <= LONGEST
