"""The common refinement of two networks and its exact integrals, against quadrature and against exact arithmetic."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partition_checks import BOX, boxes, check_geometry, inner_points, tied_networks
from partition_reference import he_network, polygon_area, reference_cells, regioncam_of, stacked
from quantization_story.common import (
    AffineMap,
    ReluNetwork,
    UniformQuantizer,
    decompose_error,
    fit_affine,
    layer_errors,
)
from quantization_story.partition import Plane, partition, refine

KINDS = ("total", "metric", "topological")


def pair(widths, bits=3, seed=0):
    """A random network and its quantized version."""
    net = he_network(widths, seed)
    return net, net.quantized(UniformQuantizer(bits))


SMALL = pair((2, 8, 8, 3))
DEEP = pair((2, 6, 6, 6, 2), bits=4)


def triangle_rule(cells):
    """Points strictly inside the triangles of each cell, weights, and the cell of each: exact for quadratics."""
    points, weights, owners = [], [], []
    for index, polygon in enumerate(cells.polygons):
        for first, second in pairwise(polygon[1:]):
            corners = np.array([polygon[0], first, second])
            area = abs(np.linalg.det(corners[1:] - corners[0])) / 2
            points.append(polygon[0] + (np.full((3, 3), 1 / 6) + np.eye(3) / 2) @ (corners - polygon[0]))
            weights.append(np.full(3, area / 3))
            owners.append(np.full(3, index))
    return np.concatenate(points), np.concatenate(weights), np.concatenate(owners)


@given(tied_networks(), st.integers(2, 4), boxes())
def test_ties_against_exact_arithmetic_on_the_stacked_network(net, bits, box):
    # A step that is a power of two keeps the quantized weights exact, and many boundaries where they were.
    quantized = net.quantized(UniformQuantizer.with_fixed_step(bits))
    cells = refine(net, quantized, box)
    # The stacked pattern has, layer by layer, the bits of the one and then of the other network.
    hidden = np.repeat(net.widths[1:-1], 2)
    theirs = np.repeat(np.arange(len(hidden)) % 2 == 1, hidden)
    exact = {}
    for pattern, corners in reference_cells(stacked(net, quantized), box).items():
        bits = np.array(pattern)
        exact[tuple(bits[~theirs].tolist()), tuple(bits[theirs].tolist())] = float(polygon_area(corners))
    found = zip(cells.patterns.tolist(), cells.quantized_patterns.tolist(), strict=True)
    areas = {(tuple(ours), tuple(theirs)): area for (ours, theirs), area in zip(found, cells.areas, strict=True)}
    assert areas == pytest.approx(exact, rel=1e-9)
    changed = sum(area for (ours, theirs), area in exact.items() if ours != theirs)
    assert cells.changed_area == pytest.approx(changed, rel=1e-9)
    flips = [
        sum(area for (ours, theirs), area in exact.items() if ours[unit] != theirs[unit])
        for unit in range(sum(net.widths[1:-1]))
    ]
    np.testing.assert_allclose(np.concatenate(cells.flip_areas), flips, rtol=1e-9)
    assert [len(areas) for areas in cells.flip_areas] == list(net.widths[1:-1])
    check_geometry(cells)


@pytest.mark.parametrize(("net", "quantized"), [SMALL, DEEP], ids=["small", "deep"])
def test_cells_carry_both_networks(net, quantized):
    cells = refine(net, quantized, BOX)
    check_geometry(cells)
    inside = inner_points(cells, count=3)
    flat = inside.reshape(-1, 2)
    ours, theirs = net.activation_patterns(flat), quantized.activation_patterns(flat)
    np.testing.assert_array_equal(cells.patterns, ours.reshape(len(cells), 3, -1)[:, 0])
    np.testing.assert_array_equal(np.repeat(cells.patterns, 3, axis=0), ours)
    np.testing.assert_array_equal(np.repeat(cells.quantized_patterns, 3, axis=0), theirs)
    np.testing.assert_array_equal(cells.changed, (ours != theirs).any(axis=1)[::3])
    for layer in (None, 1, 2):
        index = net.check_layer(layer) - 1
        for cell in range(0, len(cells), 29):
            points = inside[cell]
            for network, affine in (
                (net, cells.affine_map(cell, layer)),
                (quantized, cells.quantized_affine_map(cell, layer)),
            ):
                np.testing.assert_allclose(affine(points), network.pre_activations(points)[index], atol=1e-12)


@pytest.mark.parametrize("widths", [(2, 16, 16, 2), (2, 8, 8, 8, 2)], ids=str)
def test_it_is_the_partition_of_the_stacked_network(widths):
    net, quantized = pair(widths)
    cells, whole = refine(net, quantized, BOX), partition(stacked(net, quantized), BOX)
    np.testing.assert_allclose(np.sort(cells.areas), np.sort(whole.areas), rtol=1e-6, atol=1e-13)
    pytest.importorskip("regioncam")
    peer = regioncam_of(stacked(net, quantized), 3.0)
    counts = (len(cells), len(cells.edges), len(cells.cut.vertices))
    assert counts == (peer.num_faces, peer.num_edges, peer.num_vertices)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("net", "quantized"), [SMALL, DEEP], ids=["small", "deep"])
def test_energies_against_quadrature_on_triangles(net, quantized, kind):
    cells = refine(net, quantized, BOX)
    points, weights, owners = triangle_rule(cells)
    for layer in range(1, net.depth + 1):
        error = getattr(decompose_error(net, quantized, points, layer), kind)
        energies = np.bincount(owners, weights * (error**2).sum(axis=1), minlength=len(cells))
        np.testing.assert_allclose(cells.cell_energies(layer, kind), energies, rtol=1e-6, atol=1e-13)
        assert cells.error_energy(layer, kind) == pytest.approx(energies.sum(), rel=1e-10, abs=1e-20)
    assert cells.error_energy(kind=kind) == cells.error_energy(net.depth, kind)


def test_layers_wider_than_a_machine_word():
    net, quantized = pair((2, 75, 2))
    cells = refine(net, quantized, (0.0, 0.5, 0.0, 0.5))
    assert (cells.patterns[:, 64:] != cells.patterns[0, 64:]).any()
    points, weights, _ = triangle_rule(cells)
    for kind in KINDS:
        error = getattr(decompose_error(net, quantized, points), kind)
        assert cells.error_energy(kind=kind) == pytest.approx((weights * (error**2).sum(axis=1)).sum(), rel=1e-10)


def test_the_split_of_the_error_is_consistent():
    net, quantized = DEEP
    cells = refine(net, quantized, BOX)
    same = ~cells.changed
    assert 0 < np.count_nonzero(same) < len(cells)
    assert (cells.cell_energies(kind="topological")[same] == 0).all()
    assert (cells.cell_energies(kind="topological")[cells.changed] > 0).any()
    np.testing.assert_array_equal(cells.cell_energies(kind="metric")[same], cells.cell_energies()[same])
    # Nothing is routed before the first layer.
    assert cells.error_energy(1, "topological") == 0
    for layer in (2, None):
        total, metric, topological = (np.sqrt(cells.cell_energies(layer, kind)) for kind in KINDS)
        slack = 1e-12 * (metric + topological)
        assert (total <= metric + topological + slack).all()
        assert (total >= np.abs(metric - topological) - slack).all()
    split = cells.split(cells.cell_energies())
    assert split.total == pytest.approx(cells.error_energy(), rel=1e-13)
    assert split.changed == pytest.approx(cells.cell_energies()[cells.changed].sum(), rel=1e-13)
    assert split.same_area + split.changed_area == pytest.approx(36, rel=1e-13)
    assert split.changed_area == pytest.approx(cells.changed_area, rel=1e-13)
    assert split.same_density == pytest.approx(split.same / split.same_area)
    assert split.changed_density == pytest.approx(split.changed / split.changed_area)


def test_the_energy_is_the_trace_formula():
    net, quantized = SMALL
    cells = refine(net, quantized, BOX)
    total = 0.0
    for cell, moment in enumerate(cells.moments):
        theirs, ours = cells.quantized_affine_map(cell), cells.affine_map(cell)
        difference = np.column_stack([theirs.linear - ours.linear, theirs.offset - ours.offset])
        total += np.trace(difference @ moment @ difference.T)
    assert cells.error_energy() == pytest.approx(total, rel=1e-12)


def test_energies_agree_with_the_layer_error_on_a_grid():
    # Sampling in the ordinary way comes close to the exact number, for every layer.
    net, quantized = SMALL
    cells = refine(net, quantized, BOX)
    line = -3 + 6 * (np.arange(250) + 0.5) / 250
    points = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    for layer, error in enumerate(layer_errors(net, quantized, points), start=1):
        assert cells.error_energy(layer) == pytest.approx(36 * (error.total**2).sum(axis=1).mean(), rel=1e-4)


@pytest.mark.parametrize("where", ["all", "same"])
@pytest.mark.parametrize(("net", "quantized"), [SMALL, DEEP], ids=["small", "deep"])
def test_the_fit_is_the_weighted_fit_on_quadrature_points(net, quantized, where):
    cells = refine(net, quantized, BOX)
    points, weights, owners = triangle_rule(cells)
    chosen = np.ones(len(points), dtype=bool) if where == "all" else ~cells.changed[owners]
    for layer in range(1, net.depth + 1):
        fitted = cells.fit_affine(layer, where)
        source, target = (network.pre_activations(points)[layer - 1] for network in (quantized, net))
        expected = fit_affine(source[chosen], target[chosen], weights[chosen])
        np.testing.assert_allclose(fitted.linear, expected.linear, atol=1e-8)
        np.testing.assert_allclose(fitted.offset, expected.offset, atol=1e-8)
        squares = weights * ((fitted(source) - target) ** 2).sum(axis=1)
        residual = cells.residual(fitted, layer)
        changed = cells.changed[owners]
        assert residual.same == pytest.approx(squares[~changed].sum(), rel=1e-8, abs=1e-20)
        assert residual.changed == pytest.approx(squares[changed].sum(), rel=1e-8, abs=1e-20)
        assert cells.residual_energies(fitted, layer).sum() == pytest.approx(squares.sum(), rel=1e-8, abs=1e-20)


@pytest.mark.parametrize("where", ["all", "same"])
def test_no_other_map_leaves_less(where):
    net, quantized = SMALL
    cells = refine(net, quantized, BOX)
    best = cells.fit_affine(where=where)

    def left(affine):
        residual = cells.residual(affine)
        return residual.total if where == "all" else residual.same

    rng = np.random.default_rng(4)
    others = [
        AffineMap(best.linear + 1e-3 * rng.normal(size=(3, 3)), best.offset + 1e-3 * rng.normal(size=3))
        for _ in range(20)
    ]
    assert all(left(best) < left(other) for other in [*others, AffineMap.identity(3)])
    # The identity corrects nothing.
    assert cells.residual(AffineMap.identity(3)).total == pytest.approx(cells.error_energy(), rel=1e-13)


def test_the_fit_undoes_an_affine_output_map():
    net = he_network((2, 6, 6, 2), 3)
    mix = AffineMap([[2.0, 0.5], [-0.25, 1.0]], [0.3, -0.7])
    moved = ReluNetwork(
        (*net.weights[:-1], mix.linear @ net.weights[-1]), (*net.biases[:-1], mix.linear @ net.biases[-1] + mix.offset)
    )
    cells = refine(net, moved, BOX)
    assert not cells.changed.any()
    assert cells.changed_area == 0
    for where in ("all", "same"):
        fitted = cells.fit_affine(where=where)
        np.testing.assert_allclose(fitted.linear, mix.inverse().linear, atol=1e-12)
        np.testing.assert_allclose(fitted.offset, mix.inverse().offset, atol=1e-12)
        assert cells.residual(fitted).total < 1e-25
    assert cells.residual(fitted).changed_density == 0
    assert cells.error_energy() > 1


@given(tied_networks(), boxes())
def test_a_network_refined_with_itself_is_its_partition(net, box):
    cells, own = refine(net, net, box), partition(net, box)
    np.testing.assert_array_equal(cells.patterns, own.patterns)
    np.testing.assert_array_equal(cells.quantized_patterns, own.patterns)
    np.testing.assert_array_equal(cells.cut.vertices, own.cut.vertices)
    assert not cells.changed.any()
    for kind in KINDS:
        assert cells.error_energy(kind=kind) == 0
    for boundaries in (cells.boundaries(), cells.quantized_boundaries()):
        np.testing.assert_array_equal(boundaries.segments, own.boundaries().segments)
    assert (cells.edges.network <= 0).all()


def test_boundaries_are_those_of_each_network():
    net, quantized = SMALL
    cells = refine(net, quantized, BOX)
    for boundaries, network in ((cells.boundaries(), net), (cells.quantized_boundaries(), quantized)):
        own = partition(network, BOX).boundaries()
        for layer in range(1, net.depth):
            for unit in range(net.widths[layer]):
                lengths = [
                    np.linalg.norm(part[:, 1] - part[:, 0], axis=1).sum()
                    for part in (boundaries.of(layer, unit), own.of(layer, unit))
                ]
                assert lengths[0] == pytest.approx(lengths[1], rel=1e-12, abs=1e-12)
        middles = boundaries.segments.mean(axis=1)
        z = np.concatenate(network.pre_activations(middles)[:-1], axis=1)
        starts = np.array([0, net.widths[1]])
        columns = starts[boundaries.layer - 1] + boundaries.unit
        np.testing.assert_allclose(z[np.arange(len(z)), columns], 0, atol=1e-12)
        # As polylines they lose the corners that the other network's lines put on them.
        ours, alone = (sorted(len(line) for *_, line in lines.polylines()) for lines in (boundaries, own))
        assert ours == alone


def test_edges_name_the_network():
    net, quantized = SMALL
    cells = refine(net, quantized, BOX)
    inner = cells.edges.cells[:, 1] >= 0
    left, right = cells.edges.cells[inner].T
    for network, patterns in enumerate((cells.patterns, cells.quantized_patterns)):
        flipped = (patterns[left] != patterns[right]).any(axis=1)
        np.testing.assert_array_equal(cells.edges.network[inner] == network, flipped)


def test_sub_networks_on_a_plane():
    net, quantized = pair((5, 7, 7, 2))
    rng = np.random.default_rng(5)
    plane = Plane(rng.normal(size=5), rng.normal(size=(2, 5)))
    cells = refine(net, quantized, BOX, plane)
    points, weights, _ = triangle_rule(cells)
    for kind in KINDS:
        error = getattr(decompose_error(net, quantized, plane.inputs(points)), kind)
        assert cells.error_energy(kind=kind) == pytest.approx((weights * (error**2).sum(axis=1)).sum(), rel=1e-10)


def test_a_network_without_hidden_layers():
    net, quantized = pair((2, 3))
    cells = refine(net, quantized, (0.0, 1.0, 0.0, 1.0))
    assert len(cells) == 1
    assert cells.flip_areas == ()
    difference = quantized.weights[0] - net.weights[0]
    moment = np.array([[1 / 3, 1 / 4], [1 / 4, 1 / 3]])
    assert cells.error_energy() == pytest.approx(np.trace(difference @ moment @ difference.T), rel=1e-13)


def test_bad_input():
    net, quantized = SMALL
    with pytest.raises(ValueError, match="differ in their widths"):
        refine(net, he_network((2, 8, 7, 3)), BOX)
    with pytest.raises(ValueError, match="box"):
        refine(net, quantized, (0, 0, 1, 1))
    cells = refine(net, quantized, BOX)
    with pytest.raises(ValueError, match="kind: 'sum'"):
        cells.error_energy(kind="sum")
    with pytest.raises(ValueError, match="where: 'changed'"):
        cells.fit_affine(where="changed")
    with pytest.raises(ValueError, match="layer 4"):
        cells.error_energy(4)
    turned = ReluNetwork((-net.weights[0], *net.weights[1:]), (-net.biases[0], *net.biases[1:]))
    with pytest.raises(ValueError, match="nothing to fit on"):
        refine(net, turned, BOX).fit_affine(where="same")
