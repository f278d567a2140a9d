"""Captions of the scene that could go either way follow the figures."""

import pytest

from quantization_story.figures.error_decomposition import energy_words


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
