"""The boundaries of a partition: where a neuron changes its sign and nowhere else, joined to lines."""

import numpy as np
import pytest

from partition_checks import BOX
from partition_reference import HE
from quantization_story.common import ReluNetwork
from quantization_story.partition import Boundaries, partition


@pytest.mark.parametrize(("turn", "corners"), [(1e-9, 3), (1e-15, 2)])
def test_a_line_keeps_a_corner_that_turns_by_more_than_rounding(turn, corners):
    line = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, turn]])
    made = Boundaries(np.array([1, 1]), np.array([0, 0]), np.stack([line[:-1], line[1:]], axis=1))
    (found,) = made.polylines()
    assert len(found[2]) == corners


class TestBoundaries:
    def test_the_sign_of_a_neuron_changes_at_its_segments_and_nowhere_else(self):
        net = HE[2, 8, 8, 8, 3]
        boundaries = partition(net, BOX).boundaries()
        starts, ends = np.random.default_rng(1).uniform(-3, 3, (2, 60, 2))

        def side(a, b, points):
            return (b[0] - a[0]) * (points[..., 1] - a[1]) > (b[1] - a[1]) * (points[..., 0] - a[0])

        total = 0
        for layer in range(1, net.depth):
            before, after = net.pre_activations(starts)[layer - 1] > 0, net.pre_activations(ends)[layer - 1] > 0
            for unit in range(net.widths[layer]):
                segments = boundaries.of(layer, unit)
                total += len(segments)
                middles = segments.mean(axis=1)
                z = net.pre_activations(middles)[layer - 1][:, unit] if len(segments) else np.zeros(0)
                np.testing.assert_allclose(z, 0, atol=1e-13)
                for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
                    straddles = side(start, end, segments[:, 0]) != side(start, end, segments[:, 1])
                    parted = [side(a, b, start) != side(a, b, end) for a, b in segments]
                    crossings = np.count_nonzero(straddles & np.array(parted, dtype=bool))
                    assert crossings % 2 == (before[i, unit] != after[i, unit])
        assert total == len(boundaries.segments)

    def test_they_are_sorted_and_are_the_inner_edges(self):
        cells = partition(HE[2, 16, 16, 2], BOX)
        boundaries = cells.boundaries()
        keys = list(zip(boundaries.layer.tolist(), boundaries.unit.tolist(), strict=True))
        assert keys == sorted(keys)
        inner = cells.edges.cells[:, 1] >= 0
        assert len(boundaries.segments) == np.count_nonzero(inner)
        for layer, unit in set(keys):
            own = cells.edges.segments[inner & (cells.edges.layer == layer) & (cells.edges.unit == unit)]
            np.testing.assert_array_equal(np.sort(own, axis=0), np.sort(boundaries.of(layer, unit), axis=0))

    @pytest.mark.parametrize("widths", HE, ids=str)
    def test_an_edge_is_where_its_neuron_and_no_other_flips(self, widths):
        cells = partition(HE[widths], BOX)
        inner = np.flatnonzero(cells.edges.cells[:, 1] >= 0)
        left, right = cells.patterns[cells.edges.cells[inner, 0]], cells.patterns[cells.edges.cells[inner, 1]]
        starts = np.concatenate([[0], np.cumsum(HE[widths].widths[1:-1])])
        column = starts[cells.edges.layer[inner] - 1] + cells.edges.unit[inner]
        edge, flipped = np.nonzero(left != right)
        np.testing.assert_array_equal(edge, np.arange(len(inner)))
        np.testing.assert_array_equal(flipped, column)
        assert (cells.edges.network[inner] == 0).all()

    def test_edges_of_one_cell_go_round_it(self):
        cells = partition(HE[2, 16, 16, 2], BOX)
        for cell in range(0, len(cells), 17):
            own = cells.edges.of(cell)
            assert (own.cells[:, 0] == cell).all()
            assert len(own) == cells.counts[cell]
            steps = {(tuple(a), tuple(b)) for a, b in own.segments.tolist()}
            polygon = cells.polygons[cell].tolist()
            assert steps == {(tuple(a), tuple(b)) for a, b in zip(polygon, [*polygon[1:], polygon[0]], strict=True)}

    def test_polylines_keep_the_length_and_bend_only_where_the_neuron_does(self):
        net = HE[2, 16, 16, 2]
        boundaries = partition(net, BOX).boundaries()
        lines = boundaries.polylines()
        pieces = np.linalg.norm(boundaries.segments[:, 1] - boundaries.segments[:, 0], axis=1).sum()
        assert sum(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for *_, line in lines) == pytest.approx(pieces)
        # In the first layer every boundary is one straight line across the box.
        first = [line for layer, _, line in lines if layer == 1]
        assert {len(line) for line in first} == {2}
        assert len(first) == len({unit for layer, unit, _ in lines if layer == 1})
        # A neuron of the second layer bends where one of the first switches.
        for layer, _, line in lines:
            if layer == 2:
                assert (np.abs(net.pre_activations(line[1:-1])[0]).min(axis=1) < 1e-13).all()

    def test_a_closed_boundary_is_a_closed_polyline(self):
        # The rhombus |x| + |y| = 1.
        first = [[1.0, 0], [-1.0, 0], [0, 1.0], [0, -1.0]]
        net = ReluNetwork((first, [[1.0] * 4], [[1.0]]), (np.zeros(4), [-1.0], [0.0]))
        (line,) = (line for layer, _, line in partition(net, BOX).boundaries().polylines() if layer == 2)
        assert line.shape == (5, 2)
        np.testing.assert_array_equal(line[0], line[-1])
        np.testing.assert_allclose(np.abs(line).sum(axis=1), 1, atol=1e-15)
