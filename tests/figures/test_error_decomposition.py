"""Captions of the scene that could go either way follow the figures."""

import pytest

from quantization_story.figures.error_decomposition import (
    band_words,
    direction_words,
    energy_words,
    jump_words,
    rank_words,
)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.953, 0.035, 0.012), "Squared error: 95.3 % metric, 3.5 % topological, 1.2 % cross"),
        ((1.977, 1.79, -2.767), "Squared error: 197.7 % metric, 179.0 % topological, −276.7 % cross"),
        ((120.04, 119.5, -238.54), "Squared error: 12004 % metric, 11950 % topological, −23854 % cross"),
    ],
)
def test_shares_of_a_squared_error_fit_a_caption(shares: tuple[float, float, float], expected: str) -> None:
    assert energy_words(shares) == expected
    assert len(expected) <= 70


def test_captions_of_the_circle_tell_their_figures() -> None:
    assert band_words(0.125) == "Red only in the bands, where patterns differ: 12.5 % of the circle"
    assert jump_words(4) == "Green jumps 4 times; red bridges each jump: e never jumps"
    assert jump_words(0) == "Green never jumps, and neither does the whole error e"


def test_captions_of_the_wide_layer_keep_their_figures_apart() -> None:
    assert direction_words(3, 16, 0.95, 0.4) == "3 of 16 directions hold 95.0 % of it, of the rounding 40.0 %"
    assert rank_words(1, 0.8, 0.3) == "Rank 1 leaves 80 % of the error plain, 30 % activation-aware"
