"""The cells of a partition: their moments against closed forms and quadrature, and in which of them a point lies."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from partition_checks import BOX, boxes, signed_distance, tied_networks
from partition_reference import HE
from quantization_story.common import ReluNetwork
from quantization_story.partition import partition


def test_polygons_are_counter_clockwise_and_moments_match_closed_forms():
    # One line through the middle of the unit square: two rectangles.
    net = ReluNetwork(([[1.0, 0.0]], [[1.0]]), ([-0.5], [0.0]))
    cells = partition(net, (0.0, 1.0, 0.0, 1.0))
    right = int(cells.locate([[0.75, 0.5]])[0])
    np.testing.assert_array_equal(cells.patterns, [[False], [True]] if right == 1 else [[True], [False]])
    # Integrals of x^i y^j over [1/2, 1] x [0, 1].
    xx, xy, x, yy, y, one = (1 - 1 / 8) / 3, 3 / 16, 3 / 8, 1 / 6, 1 / 4, 1 / 2
    np.testing.assert_allclose(cells.moments[right], [[xx, xy, x], [xy, yy, y], [x, y, one]], rtol=1e-14)
    assert {tuple(corner) for corner in cells.polygons[right]} == {(0.5, 0), (1, 0), (1, 1), (0.5, 1)}
    np.testing.assert_allclose(cells.areas, 0.5, rtol=1e-15)
    np.testing.assert_allclose(cells.centroids[right], [0.75, 0.5], rtol=1e-15)


def test_moments_against_quadrature_on_triangles():
    cells = partition(HE[2, 16, 16, 2], (1.0, 4.0, -3.0, -1.0))
    for polygon, moment, area in zip(cells.polygons, cells.moments, cells.areas, strict=True):
        total = np.zeros((3, 3))
        for first, second in pairwise(polygon[1:]):
            sides = np.array([first - polygon[0], second - polygon[0]])
            middles = np.array([polygon[0] + sides[0] / 2, polygon[0] + sides[1] / 2, (first + second) / 2])
            points = np.hstack([middles, np.ones((3, 1))])
            total += np.linalg.det(sides) / 6 * points.T @ points
        np.testing.assert_allclose(moment, total, rtol=1e-9, atol=1e-13 * area)
        assert moment[2, 2] == area


def test_the_whole_box_has_its_moments():
    cells = partition(HE[2, 32, 32, 2], (-1.0, 2.0, 0.0, 4.0))
    expected = [[12.0, 12.0, 6.0], [12.0, 64.0, 24.0], [6.0, 24.0, 12.0]]
    np.testing.assert_allclose(cells.moments.sum(axis=0), expected, rtol=1e-12)


class TestLocate:
    def test_against_the_polygons(self):
        cells = partition(HE[2, 8, 8, 8, 3], BOX)
        points = np.random.default_rng(0).uniform(-3, 3, (300, 2))
        for point, cell in zip(points, cells.locate(points), strict=True):
            assert [i for i, polygon in enumerate(cells.polygons) if signed_distance(point, polygon) <= 0] == [cell]

    @given(tied_networks(), boxes())
    def test_corners_and_edges_belong_to_a_cell_that_has_them(self, net, box):
        cells = partition(net, box)
        edges = cells.edges
        for owners in (cells.locate(edges.segments.mean(axis=1)),):
            assert ((owners == edges.cells[:, 0]) | (owners == edges.cells[:, 1])).all()
        corners = cells.cut.vertices
        for corner, cell in zip(corners, cells.locate(corners), strict=True):
            assert (cells.polygons[cell] == corner).all(axis=1).any()

    def test_a_line_on_which_units_are_off_that_are_never_off_beside_it(self):
        # |x + 2y| > 0 on both sides, so no cell has the pattern of the points on the line; three lines cross it.
        first = [[1.0, 2.0], [-1.0, -2.0], [2.0, -1.0], [1.0, 0.1], [0.2, 1.0]]
        second = [[1.0, 1.0, 0.0, 0.0, 0.0]]
        net = ReluNetwork((first, second, [[1.0]]), ([0.0, 0.0, 0.5, -0.75, 0.6], [0.0], [0.0]))
        cells = partition(net, BOX)
        assert len(cells) > 8
        points = np.array([[-2 * y, y] for y in np.arange(-12, 13) / 8])
        patterns = {tuple(bits) for bits in cells.patterns.tolist()}
        assert not patterns & {tuple(bits) for bits in net.activation_patterns(points).tolist()}
        for point, cell in zip(points, cells.locate(points), strict=True):
            assert signed_distance(point, cells.polygons[cell]) <= 1e-14

    def test_units_that_are_zero_but_for_rounding_are_off(self, monkeypatch):
        # Where all three units of the first layer are on, that of the second is 0.1 h + 0.2 k - (0.1 h + 0.2 k), and
        # that of the third would make something of it if it were more than nothing.
        first, second, third = [[1.0, 0.3], [-0.7, 1.0], [-0.04, 0.23]], [[0.1, 0.2, -1.0]], [[1e10]]
        net = ReluNetwork((first, second, third, [[1.0]]), ([5.0, 6.0, 1.7], [0.0], [-1e-7], [0.0]))
        cells = partition(net, (-1.0, 1.0, -1.0, 1.0))
        points = np.random.default_rng(0).uniform(-1, 1, (200, 2))
        assert len(np.unique(net.activation_patterns(points), axis=0)) > 1
        assert len(cells) == 1
        monkeypatch.setattr(type(cells), "_nearest", None)  # no search among the polygons is needed
        assert (cells.locate(points) == 0).all()

    def test_outside_and_on_the_rim(self):
        cells = partition(HE[2, 16, 16, 2], BOX)
        found = cells.locate([[3.0001, 0], [0, -3.1], [-50, 2], [3, 3], [-3, 0], [0, 3]])
        assert (found[:3] == -1).all()
        assert (found[3:] >= 0).all()
        assert cells.locate(np.zeros((0, 2))).shape == (0,)

    @pytest.mark.parametrize("points", [[0.0, 0.0], [[0.0, np.nan]], [[0.0, 0.0, 0.0]]], ids=str)
    def test_bad_points(self, points):
        with pytest.raises(ValueError, match="points to locate"):
            partition(HE[2, 16, 16, 2], BOX).locate(points)


def test_what_a_partition_hands_out_is_closed_to_writing():
    cells = partition(HE[2, 16, 16, 2], BOX)
    for array in (cells.cut.vertices, cells.polygons[0], cells.areas, cells.centroids, cells.moments, cells.patterns):
        assert not array.flags.writeable


def test_largest_gap_is_rounding_error_and_needs_points_inside():
    net = HE[2, 16, 16, 2]
    cells = partition(net, BOX)
    points = np.random.default_rng(2).uniform(-3, 3, (500, 2))
    for layer in (None, 1, 2):
        assert 0 < cells.largest_gap(points, layer) < 1e-13
    assert cells.largest_gap(np.zeros((0, 2))) == 0
    with pytest.raises(ValueError, match="outside the box"):
        cells.largest_gap([[0.0, 3.5]])
    with pytest.raises(ValueError, match="layer 4"):
        cells.affine_maps(4)
