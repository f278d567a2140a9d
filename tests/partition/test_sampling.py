"""Typical points: in the fullest regions, where the network is not constant."""

import numpy as np
import pytest

from quantization_story.common import ReluNetwork
from quantization_story.partition import partition
from quantization_story.partition.sampling import typical_points


def folded_plane() -> ReluNetwork:
    """f(x, y) = (|x|, y): units x, -x, y, -y; every cell has rank 2."""
    first = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    last = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0]])
    return ReluNetwork((first, last), (np.zeros(4), np.zeros(2)))


def test_the_fullest_cells_come_first_and_the_point_is_the_most_central() -> None:
    cells = partition(folded_plane(), (-2, 2, -2, 2))
    right = np.array([[1.0, 1.0], [1.2, 1.1], [0.8, 0.9], [1.9, 1.9]])
    left = np.array([[-1.0, 1.0], [-1.0, 1.2]])
    chosen = typical_points(cells, np.vstack([left, right]), 2)
    assert np.allclose(chosen[0], [1.2, 1.1])
    assert any(np.allclose(chosen[1], point) for point in left)


def test_constant_cells_and_points_outside_the_box_are_passed_over() -> None:
    net = ReluNetwork((np.eye(2), np.eye(2)), (np.zeros(2), np.zeros(2)))  # alive only where x, y > 0
    cells = partition(net, (-1, 1, -1, 1))
    points = np.array([[-0.5, -0.5], [-0.4, -0.5], [0.5, 0.5], [7.0, 7.0], [7.0, 7.1]])
    assert np.allclose(typical_points(cells, points, 1), [[0.5, 0.5]])
    with pytest.raises(ValueError, match="there are 1"):
        typical_points(cells, points, 2)


def test_fewer_cells_may_do() -> None:
    net = ReluNetwork((np.eye(2), np.eye(2)), (np.zeros(2), np.zeros(2)))
    cells = partition(net, (-1, 1, -1, 1))
    points = np.array([[0.5, 0.5], [-0.5, 0.5], [0.6, 0.5], [0.5, 0.6]])
    assert np.allclose(typical_points(cells, points, 3, least=2), [[0.5, 0.5], [-0.5, 0.5]])
    with pytest.raises(ValueError, match="there are 2"):
        typical_points(cells, points, 4, least=3)
