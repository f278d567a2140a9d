"""Captions of the scene that could go either way follow the figures."""

import math

import pytest

from quantization_story.core.captions import LONGEST
from quantization_story.error_regions.shapes import make_manifold
from quantization_story.figures.error_manifold import direction_words, growth_words, ratio_words, stays_words


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("spiral", "a spiral stays a spiral"),
        ("ellipse", "an ellipse stays an ellipse"),
        ("two blobs", "two blobs stay two blobs"),
    ],
)
def test_a_shape_stays_what_it_is_in_good_english(name: str, said: str) -> None:
    assert stays_words(make_manifold(name, 96)) == f"Only stretched, turned or mirrored: {said}"


def test_a_matrix_that_flattens_has_no_ratio() -> None:
    assert ratio_words(math.inf) == "one of them by nothing"
    assert ratio_words(1.5) == "$sigma_1 \\/ sigma_2 = 1.50$"


def test_the_worst_case_tells_its_ends_and_what_it_follows() -> None:
    assert direction_words(0.5, 1.25, 2.5) == "The longest depends on direction: 0.50 to 1.25, 2.5 times"
    assert growth_words(0.998) == "It grows with |x₁| + |x₂|: correlation 1.00"
    assert growth_words(None) == "It grows with |x₁| + |x₂|"
    assert max(map(len, (direction_words(10.5, 31.25, 12.5), growth_words(-0.5)))) <= LONGEST
