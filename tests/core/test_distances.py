"""Lengths and distances: known ones, and none without points."""

import numpy as np
import pytest

from quantization_story.core.distances import distances, lengths, mean_length, mean_square, rms, spread

ROWS = np.array([[3.0, 4.0], [0.0, 1.0]])
NONE = np.zeros((0, 2))


def test_lengths_are_those_of_the_rows() -> None:
    assert lengths(ROWS).tolist() == [5.0, 1.0]
    assert mean_square(ROWS) == 13.0
    assert rms(ROWS) == pytest.approx(np.sqrt(13.0), rel=1e-15)
    assert mean_length(ROWS) == 3.0
    assert mean_length(NONE) == 0.0


def test_distances_are_those_of_points_and_their_twins() -> None:
    measured = distances(ROWS + 2.0, np.full((2, 2), 2.0))
    assert (measured.mean, measured.largest) == (3.0, 5.0)
    assert measured.rms == pytest.approx(np.sqrt(13.0))
    with pytest.raises(ValueError, match="at least one"):
        distances(NONE, NONE)
    with pytest.raises(ValueError, match="twins"):
        distances(np.zeros((2, 2)), np.zeros((3, 2)))


def test_a_spread_is_measured_from_the_mean_or_from_a_centre() -> None:
    points = np.array([[0.0, 0.0], [4.0, 0.0]])
    assert spread(points) == 2.0
    assert spread(points, (0.0, 3.0)) == pytest.approx(np.sqrt((9 + 25) / 2))
    with pytest.raises(ValueError, match="at least one"):
        spread(NONE)
    with pytest.raises(ValueError, match="centre"):
        spread(points, (0.0, 0.0, 0.0))
