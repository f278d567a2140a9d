"""The edges between the cells of a partition, and the ReLU boundaries that they are pieces of."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Edges:
    """The edges of all cells, each once.

    segments: (m, 2, 2), two end points (x, y) each. cells: (m, 2), the cell to the left of the way from the first end
    to the second, and the one to the right, -1 where that is outside the box. network, layer, unit: (m,), the neuron
    whose boundary the edge is, with networks and units counted from 0 and layers from 1; all three are -1 on the rim of
    the box. Where the boundaries of several neurons coincide it is the first of them.
    """

    segments: FloatArray
    cells: IntArray
    network: IntArray
    layer: IntArray
    unit: IntArray

    def __len__(self) -> int:
        return len(self.segments)

    def of(self, cell: int) -> "Edges":
        """The edges of one cell, turned so that the cell is to their left: cells[:, 1] are its neighbours."""
        left, right = np.flatnonzero(self.cells[:, 0] == cell), np.flatnonzero(self.cells[:, 1] == cell)
        chosen = np.concatenate([left, right])
        return Edges(
            np.concatenate([self.segments[left], self.segments[right][:, ::-1]]),
            np.concatenate([self.cells[left], self.cells[right][:, ::-1]]),
            self.network[chosen],
            self.layer[chosen],
            self.unit[chosen],
        )


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Where the neurons of one network switch: the segments in which the bit of a neuron differs on the two sides.

    layer: (m,), from 1. unit: (m,), from 0. segments: (m, 2, 2), two end points (x, y) each. A segment that belongs to
    the boundaries of several neurons is listed for each. Sorted by layer, then unit.
    """

    layer: IntArray
    unit: IntArray
    segments: FloatArray

    def of(self, layer: int, unit: int) -> FloatArray:
        """The segments (k, 2, 2) of one neuron; none if its boundary does not meet the box."""
        return np.asarray(self.segments[(self.layer == layer) & (self.unit == unit)])

    def only(self, layer: int, unit: int) -> "Boundaries":
        """The boundary of one neuron alone."""
        own = (self.layer == layer) & (self.unit == unit)
        return Boundaries(self.layer[own], self.unit[own], self.segments[own])

    def polylines(self) -> list[tuple[int, int, FloatArray]]:
        """The segments joined to lines as long as they go: (layer, unit, points (k, 2)) each, closed if first is last.

        Corners where a line goes straight on are left out, so dashes run through.
        """
        neurons = np.unique(np.stack([self.layer, self.unit], axis=1), axis=0)
        return [
            (int(layer), int(unit), _without_straight_corners(line))
            for layer, unit in neurons
            for line in _joined(self.of(layer, unit))
        ]


def _joined(segments: FloatArray) -> list[FloatArray]:
    """Join segments that share an end point, bit for bit, to polylines; a point where more than two meet ends them."""
    _, number = np.unique(segments.reshape(-1, 2), axis=0, return_inverse=True)
    ends = number.reshape(-1, 2)
    points = segments.reshape(-1, 2)
    meeting: dict[int, list[int]] = {}
    for segment, pair in enumerate(ends.tolist()):
        for point in pair:
            meeting.setdefault(point, []).append(segment)
    unused = set(range(len(segments)))

    def walk(segment: int, point: int) -> list[int]:
        """The rows of `points` passed from a point along a segment and on, until the line ends or meets others."""
        line = []
        while segment in unused:
            unused.remove(segment)
            there = 1 if ends[segment, 0] == point else 0
            point = int(ends[segment, there])
            line.append(2 * segment + there)
            if len(meeting[point]) == 2:
                first, second = meeting[point]
                segment = second if first == segment else first
        return line

    lines = []
    open_ends = [point for point, around in meeting.items() if len(around) != 2]
    for point in [*open_ends, *meeting]:  # what is left after the open ends are closed lines
        for segment in meeting[point]:
            if segment in unused:
                start = 2 * segment + (0 if ends[segment, 0] == point else 1)
                lines.append(points[[start, *walk(segment, point)]])
    return lines


def _without_straight_corners(line: FloatArray) -> FloatArray:
    """A polyline (k, 2) without the corners that turn by no more than rounding."""
    steps = np.diff(line, axis=0)
    turn = steps[:-1, 0] * steps[1:, 1] - steps[:-1, 1] * steps[1:, 0]
    # A corner known to a few units in the last place turns a step of length s by eps * |corner| / s.
    lengths = np.linalg.norm(steps, axis=1)
    slack = 64 * np.finfo(np.float64).eps * np.abs(line).max() * (lengths[:-1] + lengths[1:])
    corner = np.abs(turn) > slack
    return np.asarray(line[np.concatenate([[True], corner, [True]])])
