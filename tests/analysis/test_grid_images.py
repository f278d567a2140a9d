"""A grid pushed through a network: straight on every cell, exact at both ends, and continuous."""

import numpy as np
import pytest

from quantization_story.analysis.grid_images import carried, largest_jump, lattice
from quantization_story.common import ReluNetwork
from quantization_story.core.plane_geometry import Window, cut_lines, grid_lines
from quantization_story.partition import partition
from small_networks import he_network

WINDOW = Window(0.0, 0.0, 2.0)


@pytest.fixture
def planar() -> ReluNetwork:
    return he_network((2, 4, 3, 2), seed=2)


def test_points_begin_at_home_and_end_at_the_outputs(planar: ReluNetwork, points: np.ndarray) -> None:
    assert np.array_equal(carried(planar, points, 0.0), points)
    assert np.array_equal(carried(planar, points, 1.0), planar(points))
    assert np.allclose(carried(planar, points, 0.25), 0.75 * points + 0.25 * planar(points))


def test_what_cannot_be_carried_is_refused(net: ReluNetwork, planar: ReluNetwork, points: np.ndarray) -> None:
    with pytest.raises(ValueError, match="2 inputs and 3 outputs"):
        carried(net, points, 0.5)
    with pytest.raises(ValueError, match=r"amount 1\.5"):
        carried(planar, points, 1.5)


def test_cut_lines_stay_straight_all_the_way(planar: ReluNetwork) -> None:
    for line in cut_lines(grid_lines(WINDOW, 0.5), partition(planar, WINDOW.box).edges.segments):
        middles = (line[1:] + line[:-1]) / 2
        for amount in (0.3, 1.0):
            ends = carried(planar, line, amount)
            assert np.allclose(carried(planar, middles, amount), (ends[1:] + ends[:-1]) / 2, atol=1e-9)


def test_the_lattice_holds_the_crossings_of_the_grid() -> None:
    points = lattice(Window(1.0, -1.0, 1.0), 0.5)
    assert len(points) == 25
    assert {tuple(point) for point in points} >= {(0.0, -2.0), (1.0, -1.0), (2.0, 0.0), (1.5, -0.5)}
    for line in grid_lines(WINDOW, 0.5):
        along, across = line[1] - line[0], lattice(WINDOW, 0.5) - line[0]
        assert (np.abs(along[0] * across[:, 1] - along[1] * across[:, 0]) < 1e-12).sum() == 9


def test_a_network_bends_but_never_jumps(planar: ReluNetwork) -> None:
    cells = partition(planar, WINDOW.box)
    assert len(cells) > 5
    assert largest_jump(cells) < 1e-12

    # A map that does jump is found out: the float maps of the cells with one of them moved.
    class Torn(type(cells)):
        def affine_maps(self, layer=None):
            linear, offset = super().affine_maps(layer)
            return linear, offset + 0.7 * (np.arange(len(offset)) == 0)[:, None]

    torn = Torn(cells.nets, cells.box, cells.cut, cells.plane)
    assert largest_jump(torn) == pytest.approx(0.7 * np.sqrt(2))
    assert largest_jump(partition(planar, (5.0, 5.0001, 5.0, 5.0001))) == 0.0
