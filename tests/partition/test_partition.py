"""The exact partition against an exact reference, against the network itself, and on every degenerate input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partition_checks import (
    BOX,
    EPS,
    boxes,
    check_geometry,
    inner_points,
    largest_terms,
    tied_networks,
)
from partition_reference import HE, he_network, polygon_area, reference_cells, regioncam_of
from quantization_story.common import ReluNetwork
from quantization_story.partition import Plane, partition
from quantization_story.partition.mesh import _Mesh
from small_networks import networks


def check_against_network(cells, net):
    """Distinct patterns, and in every layer a map that is the network inside the cell and continuous across edges."""
    assert len(np.unique(cells.patterns, axis=0)) == len(cells)
    inside = inner_points(cells)
    flat = inside.reshape(-1, 2)
    left, right = cells.neighbours.T
    ends = cells.edges.segments[cells.edges.cells[:, 1] >= 0]
    for layer, (z, size) in enumerate(zip(net.pre_activations(flat), largest_terms(net, cells.box), strict=True), 1):
        linear, offset = cells.affine_maps(layer)
        assert linear.shape == (len(cells), net.widths[layer], 2)
        assert offset.shape == (len(cells), net.widths[layer])
        values = inside @ linear.transpose(0, 2, 1) + offset[:, None]
        np.testing.assert_allclose(values.reshape(z.shape), z, atol=16 * EPS * size, rtol=0)
        here, there = (ends @ linear[side].transpose(0, 2, 1) + offset[side, None] for side in (left, right))
        np.testing.assert_allclose(here, there, atol=64 * EPS * size, rtol=0)
        one = cells.affine_map(len(cells) - 1, layer)
        np.testing.assert_allclose(one.linear, linear[-1], atol=16 * EPS * size / np.abs(cells.box).max(), rtol=0)
        np.testing.assert_allclose(one.offset, offset[-1], atol=16 * EPS * size, rtol=0)


def check_against_reference(cells, reference):
    """The same patterns as the reference and for each the same corners."""
    assert {tuple(bits) for bits in cells.patterns.tolist()} == set(reference)
    size = np.abs(cells.box).max()
    for bits, polygon, area in zip(cells.patterns.tolist(), cells.polygons, cells.areas, strict=True):
        corners = np.array(reference[tuple(bits)], dtype=np.float64)
        assert len(polygon) == len(corners)
        gaps = np.abs(polygon[:, None] - corners[None]).max(axis=2)
        assert gaps.min(axis=0).max() <= 1e-11 * size
        assert area == pytest.approx(float(polygon_area(reference[tuple(bits)])), rel=1e-9, abs=1e-12 * size**2)


@given(tied_networks(), boxes())
def test_ties_against_exact_arithmetic(net, box):
    cells = partition(net, box)
    check_against_reference(cells, reference_cells(net, box))
    check_geometry(cells)
    check_against_network(cells, net)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=3), st.integers(0, 10**6), boxes())
def test_random_networks_against_exact_arithmetic(hidden, seed, box):
    net = he_network((2, *hidden, 2), seed)
    check_against_reference(partition(net, box), reference_cells(net, box))


@given(networks(inputs=2), boxes())
def test_awkward_networks(net, box):
    cells = partition(net, box)
    check_geometry(cells)
    assert len(np.unique(cells.patterns, axis=0)) == len(cells)
    assert cells.largest_gap(inner_points(cells).reshape(-1, 2)) <= 64 * EPS * largest_terms(net, box)[-1]


@pytest.mark.parametrize("widths", HE, ids=str)
def test_he_networks(widths):
    net = HE[widths]
    cells = partition(net, BOX)
    check_geometry(cells)
    check_against_network(cells, net)
    check_against_reference(cells, reference_cells(net, BOX, float))


def test_region_counts():
    assert [len(partition(he_network(widths), BOX)) for widths in ((2, 16, 16, 2), (2, 32, 32, 2))] == [388, 1657]
    large = partition(he_network((2, 64, 64, 64, 2)), BOX)
    assert len(large) == 13205
    assert large.areas.sum() == pytest.approx(36, rel=1e-12)
    assert len(np.unique(large.patterns, axis=0)) == len(large)


@pytest.mark.parametrize(
    "widths", [(2, 16, 16, 2), (2, 32, 32, 2), (2, 64, 64, 64, 2), (2, 12, 12, 12, 12, 2)], ids=str
)
def test_against_regioncam(widths):
    pytest.importorskip("regioncam")
    net = he_network(widths)
    cells, peer = partition(net, BOX), regioncam_of(net, 3.0)
    assert (len(cells), len(cells.edges), len(cells.cut.vertices)) == (
        peer.num_faces,
        peer.num_edges,
        peer.num_vertices,
    )


@pytest.mark.parametrize("widths", HE, ids=str)
def test_every_pattern_of_a_dense_grid_is_found(widths):
    net = HE[widths]
    cells = partition(net, BOX)
    line = np.linspace(-3, 3, 201)
    points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    seen = net.activation_patterns(points)
    known = {bits.tobytes() for bits in np.packbits(cells.patterns, axis=1)}
    assert {bits.tobytes() for bits in np.packbits(seen, axis=1)} <= known
    found = cells.locate(points)
    assert (cells.patterns[found] == seen).all()


@pytest.mark.parametrize("size", [1e-5, 1e-9])
def test_tiny_cells_survive(size):
    # Three lines that miss a common point by `size`: a triangle with legs of this length, far from the origin.
    x, y = 0.8125, -1.5625
    net = ReluNetwork(([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [[1.0, 1.0, 1.0]]), ([-x, -y, -x - y - size], [0.0]))
    cells = partition(net, BOX)
    exact = reference_cells(net, BOX)
    assert len(cells) == 7
    for bits, area in zip(cells.patterns.tolist(), cells.areas, strict=True):
        assert area == pytest.approx(float(polygon_area(exact[tuple(bits)])), rel=1e-6)
    triangle = int(cells.areas.argmin())
    assert cells.areas[triangle] == pytest.approx(size**2 / 2, rel=1e-6)
    assert cells.locate([[x + size / 4, y + size / 4]])[0] == triangle
    check_geometry(cells)


@pytest.mark.parametrize("width", [1e-9, 5e-13])
def test_a_strip_wider_than_rounding_is_kept(width):
    net = ReluNetwork(([[1.0, 0.0], [1.0, 0.0]], [[1.0, 1.0]]), ([-1.0, -1.0 - width], [0.0]))
    cells = partition(net, BOX)
    assert len(cells) == 3
    assert cells.areas.min() == pytest.approx(width * (BOX[3] - BOX[2]), rel=1e-2)


def test_lines_through_one_point_and_through_corners():
    # The two diagonals of the box and both axes.
    net = ReluNetwork(([[1.0, -1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]], [[1.0] * 4]), ([0.0] * 4, [0.0]))
    cells = partition(net, BOX)
    np.testing.assert_allclose(cells.areas, [4.5] * 8, rtol=1e-14)
    assert len(cells.cut.vertices) == 9
    check_geometry(cells)


@pytest.mark.parametrize("offset", [0.1, 1 / 3, 0.7])
def test_inexact_ties_make_no_slivers(offset):
    # Many lines through one point whose coordinates no float holds; then a layer whose boundaries run through it too.
    angles = np.pi * np.arange(9) / 9
    normals = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    point = np.array([offset, -np.sqrt(2) * offset])
    second = np.random.default_rng(1).normal(size=(5, 9))
    net = ReluNetwork((normals, second, np.ones((1, 5))), (-normals @ point, np.zeros(5), [0.0]))
    cells = partition(net, BOX)
    assert len(partition(ReluNetwork((normals, np.ones((1, 9))), (-normals @ point, [0.0])), BOX)) == 18
    assert cells.areas.min() > 1e-3
    check_geometry(cells)
    check_against_network(cells, net)


@pytest.mark.parametrize("seed", range(8))
def test_an_inexact_tie_with_a_vertex_of_the_layer_before_makes_no_sliver(seed):
    # A boundary of the second layer that runs through the crossing of two of the first, as far as rounding can tell.
    x, y = np.random.default_rng(seed).uniform(-2, 2, 2)
    first, second = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.7], [0.3, -1.0]], [[0.0, 0.0, 1.3, -0.9]]
    biases = np.array([-x, -y, 11.0, 13.0])
    tie = second[0][2] * (x + 0.7 * y + 11) + second[0][3] * (0.3 * x - y + 13)
    cells = partition(ReluNetwork((first, second, [[1.0]]), (biases, [-tie], [0.0])), BOX)
    assert len(cells) == 6
    assert len(cells.cut.vertices) == 11
    check_geometry(cells)


def test_ties_between_large_terms_that_cancel():
    # The same line x = 0.1 twice, through terms of size 1e6: rounding puts the two 1e-10 apart.
    large = 1e6 / 3
    first, second = [[1.0, 0.0], [0.3, 0.0]], [[1.0, 0.0], [0.0, 10.0]]
    net = ReluNetwork((first, second, [[1.0, 1.0]]), ([large, large], [-large - 0.1, -10 * large - 0.3], [0.0]))
    cells = partition(net, BOX)
    assert len(cells) == 2
    np.testing.assert_allclose(np.sort(cells.areas), [6 * 2.9, 6 * 3.1], rtol=1e-9)


@pytest.mark.parametrize("edge", [0.0, 0.1, 0.3, 0.7])
def test_large_terms_that_are_off_cost_no_accuracy(edge):
    # Where x < edge the factor 1e12 meets a unit that is off, so two boundaries 1e-6 apart stay apart.
    first, second = [[1.0, 0.1], [0.0, 1.0]], [[1e12, 1.0], [1e12, 1.0]]
    net = ReluNetwork((first, second, [[1.0, 1.0]]), ([-edge, 5.0], [-5.0, -5.0 - 2.0**-20], [0.0]))
    cells = partition(net, BOX)
    strip = int(cells.locate([[-1.0, 2.0**-21]])[0])
    assert cells.areas[strip] == pytest.approx((3 + edge) * 2.0**-20, rel=1e-6)
    assert cells.areas.sum() == pytest.approx(36, rel=1e-12)


def test_coincident_neurons_cut_once_and_share_the_boundary():
    # The same line three times: as it is, turned round, and scaled.
    row = np.array([0.3, -0.7])
    net = ReluNetwork(([row, -row, 1e3 * row, [1.0, 0.1]], [[1.0] * 4]), ([0.2, -0.2, 200.0, 0.1], [0.0]))
    cells = partition(net, BOX)
    assert len(cells) == 4
    boundaries = cells.boundaries()
    for unit in (1, 2):
        np.testing.assert_array_equal(boundaries.of(1, unit), boundaries.of(1, 0))
    shared = cells.edges.unit[cells.edges.cells[:, 1] >= 0]
    assert set(shared.tolist()) == {0, 3}
    check_geometry(cells)


def test_dead_neurons_and_zero_weights_cut_nothing():
    first = [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    net = ReluNetwork(
        (first, [[0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], [[1.0, 1.0]]), ([-1.0, 0, 0, 1.0], [0, -1.0], [0.0])
    )
    cells = partition(net, BOX)
    assert sorted(cells.areas.tolist()) == pytest.approx([6, 12, 18])
    # A unit that is zero everywhere is off, one that is constant and positive on.
    np.testing.assert_array_equal(cells.patterns[:, [0, 2, 3, 4]], [[False, False, True, False]] * 3)
    assert set(cells.boundaries().unit.tolist()) == {1}
    check_geometry(cells)


@pytest.mark.parametrize("net", [he_network((2, 3)), he_network((2, 5, 3), bias=0)], ids=["no hidden layer", "no line"])
def test_a_box_that_no_line_crosses(net):
    box = (100.0, 100.5, 40.0, 40.25)
    cells = partition(net, box)
    np.testing.assert_array_equal(cells.polygons[0], [[100, 40], [100.5, 40], [100.5, 40.25], [100, 40.25]])
    assert len(cells) == 1
    assert cells.patterns.shape == (1, sum(net.widths[1:-1]))
    assert (cells.edges.unit == -1).all()
    assert cells.neighbours.shape == (0, 2)
    assert cells.boundaries().segments.shape == (0, 2, 2)
    assert cells.boundaries().polylines() == []
    check_geometry(cells)
    check_against_network(cells, net)


@given(tied_networks(), st.integers(0, 10**6))
def test_the_scale_of_a_unit_does_not_matter(net, seed):
    # Powers of two are exact, so scaling a unit up and its outgoing weights down must not change a bit of the cells.
    rng = np.random.default_rng(seed)
    weights, biases = [np.array(w) for w in net.weights], [np.array(b) for b in net.biases]
    for layer in range(net.depth - 1):
        factors = 2.0 ** rng.integers(-60, 60, size=len(biases[layer]))
        weights[layer] *= factors[:, None]
        biases[layer] *= factors
        weights[layer + 1] /= factors
    scaled = partition(ReluNetwork(tuple(weights), tuple(biases)), BOX)
    plain = partition(net, BOX)
    np.testing.assert_array_equal(scaled.patterns, plain.patterns)
    np.testing.assert_array_equal(scaled.cut.vertices, plain.cut.vertices)


def test_a_corner_keeps_its_side_of_the_boundaries_before():
    # Unit 0 is on in the whole cell, but zero along its lower edge; unit 1 cuts off a part so flat that no corner of it
    # is farther from that edge than rounding reaches.
    mesh = _Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    mesh.begin_layer(2)[:] = [[0.0, -1e-3], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]
    errors = np.array([0.1, 1e-9])
    level = mesh.cut_layer(errors, lambda points: np.broadcast_to(errors, (len(points), 2)))
    assert sorted(level.bits.tolist()) == [[True, False], [True, True]]


@pytest.mark.parametrize("values", [(2e-16, -1e-16, 1.0, 1.0, -1.0), (0.0, 1.0, -1e-16, 1.0, -1.0)], ids=str)
def test_a_cell_that_is_flat_to_rounding_is_cut_once(values):
    # Values that no affine function has on a convex cell, as rounding makes them along an edge with a corner on it.
    mesh = _Mesh(np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]]))
    values = np.array(values)[:, None]
    mesh.begin_layer(1)[:] = values
    level = mesh.cut_layer(np.zeros(1), lambda points: np.zeros((len(points), 1)))
    assert sorted(level.bits[:, 0].tolist()) == [False, True]
    assert sorted(mesh.counts.tolist()) == [3, 6] or sorted(mesh.counts.tolist()) == [3, 5]


class TestPlane:
    PLANE = Plane(np.array([0.5, -1.0, 0.25, 2.0]), np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 1.0, -1.0, 0.5]]))

    def test_cells_are_those_of_the_network_on_the_plane(self):
        net = he_network((4, 10, 10, 3))
        cells = partition(net, BOX, self.PLANE)
        assert cells.plane is self.PLANE
        inside = inner_points(cells)
        patterns = net.activation_patterns(self.PLANE.inputs(inside.reshape(-1, 2))).reshape(len(cells), -1, 20)
        assert (patterns == cells.patterns[:, None]).all()
        linear, offset = cells.affine_maps()
        values = inside @ linear.transpose(0, 2, 1) + offset[:, None]
        np.testing.assert_allclose(values.reshape(-1, 3), net(self.PLANE.inputs(inside.reshape(-1, 2))), atol=1e-12)
        check_geometry(cells)

    def test_the_coordinate_plane_changes_nothing(self):
        net = HE[2, 16, 16, 2]
        own = partition(net, BOX, Plane(np.zeros(2), np.eye(2)))
        np.testing.assert_array_equal(own.cut.vertices, partition(net, BOX).cut.vertices)

    def test_bad_planes(self):
        with pytest.raises(ValueError, match="4 inputs"):
            partition(he_network((4, 3, 2)), BOX)
        with pytest.raises(ValueError, match="4 dimensions"):
            partition(he_network((3, 3, 2)), BOX, self.PLANE)
        for directions in ([[1.0, 2.0, 0.0], [-2.0, -4.0, 0.0]], [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]):
            with pytest.raises(ValueError, match="parallel or zero"):
                Plane(np.zeros(3), np.array(directions))
        with pytest.raises(ValueError, match="directions of a plane"):
            Plane(np.zeros(3), np.eye(2))
        with pytest.raises(ValueError, match="points of a plane"):
            self.PLANE.inputs([[1.0, 2.0, 3.0]])


@pytest.mark.parametrize("box", [(0, 0, 0, 1), (0, 1, 1, 0), (0, 1, 0, np.inf), (0, 1, 2), "unit"], ids=str)
def test_bad_boxes(box):
    with pytest.raises(ValueError, match="box"):
        partition(HE[2, 16, 16, 2], box)
