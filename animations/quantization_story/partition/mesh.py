"""The engine of the exact partition: it cuts a box along the ReLU boundaries, one neuron after the other.

Within a cell of the layers before, every neuron is affine, so its boundary cuts the cell along a straight line. The
cells share their vertices by number, and every vertex carries the values of the neurons. So a cell is cut exactly if it
has vertices on both sides, and two cells that share an edge cut it in the same vertex: no gaps and no overlaps, however
small the cells.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from quantization_story.core.arrays import BoolArray, Entry, FloatArray, IntArray, frozen
from quantization_story.core.network import ReluNetwork

Box = tuple[float, float, float, float]
IndexArray = npt.NDArray[np.intp]
ErrorsAt = Callable[[FloatArray], FloatArray]

# What one rounding is taken to move a number by, relative to it. A value that rounding alone could make is zero: its
# vertex lies on the boundary. The factor leaves room for the few roundings behind every coordinate and interpolation.
ROUNDING = 16 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Level:
    """What the hidden layer l adds. Its cells, N_l of them, are those of the partition by the layers 1 to l.

    parents: (N_l,), the cell of the level before that each one lies in; never falling, so the parts of a cell follow
    one another. bits: (N_l, d_l), the units that are on.
    """

    parents: IntArray
    bits: BoolArray


@dataclass(frozen=True, eq=False)
class Cut:
    """A box cut into convex cells.

    vertices: (V, 2). corners: (K, N), the vertex numbers of each cell, counter-clockwise; a cell of k < K corners
    repeats its first one from row k on, which adds nothing to any sum over edges. counts: (N,), k of every cell.
    levels: one for each hidden layer; the cells of the last are the N cells.
    """

    vertices: FloatArray
    corners: IntArray
    counts: IntArray
    levels: tuple[Level, ...]


def cut_box(nets: Sequence[ReluNetwork], box: Box) -> Cut:
    """Cut the box (xmin, xmax, ymin, ymax) along all ReLU boundaries of some networks of 2 inputs and equal depth.

    The networks are stacked: in each layer, the units of the first come before those of the second.
    """
    xmin, xmax, ymin, ymax = box
    mesh = _Mesh(np.array([[xmin, ymin], [xmax, ymin], [xmax, ymax], [xmin, ymax]]))
    levels: list[Level] = []
    errors = [position_error(mesh.points[:1], box)] * len(nets)
    for layer in range(1, nets[0].depth):
        if layer == 1:
            inputs = [mesh.points] * len(nets)
        else:
            inputs = _of_each(nets, layer - 1, np.maximum(mesh.values, 0.0, out=mesh.values))
        # An error grows with the inputs, so the largest inputs of all vertices give a bound for all.
        errors = [
            rounding_error(net, layer, np.maximum(a.max(axis=0), -a.min(axis=0))[None], error)
            for net, a, error in zip(nets, inputs, errors, strict=True)
        ]
        values = mesh.begin_layer(sum(net.widths[layer] for net in nets))
        for net, a, z in zip(nets, inputs, _of_each(nets, layer, values), strict=True):
            np.matmul(a, net.weights[layer - 1].T, out=z)
            z += net.biases[layer - 1]
        levels.append(mesh.cut_layer(np.concatenate(errors, axis=1)[0], partial(_errors_at, nets, layer, box)))
    return mesh.cut(levels)


def _of_each(nets: Sequence[ReluNetwork], layer: int, stacked: FloatArray) -> list[FloatArray]:
    """The parts of a stacked layer (n, d) that belong to each network."""
    return np.split(stacked, np.cumsum([net.widths[layer] for net in nets])[:-1], axis=1)


def position_error(points: FloatArray, box: Box) -> FloatArray:
    """How far rounding moves the coordinates of points (n, 2) in a box, (n, 2)."""
    return np.full(points.shape, ROUNDING * np.abs(box).max())


def rounding_error(net: ReluNetwork, layer: int, a: FloatArray, error: FloatArray) -> FloatArray:
    """How far rounding moves z_layer, (n, d_l), given the layer's inputs a (n, d_(l-1)) and how far it moves those.

    A term W_jk a_k is off by the error of a_k and by one rounding; the errors are independent, so they add in squares
    (Higham and Mary, A New Approach to Probabilistic Rounding Error Analysis, 2019). They scale with the weights: no
    unit's error depends on how large the others are. Near z = 0 the bias is no larger than these terms.
    """
    return np.sqrt((error**2 + (ROUNDING * a) ** 2) @ (net.weights[layer - 1] ** 2).T)


def values_with_errors(net: ReluNetwork, points: FloatArray, box: Box) -> list[tuple[FloatArray, FloatArray]]:
    """z_l of all hidden layers at points (n, 2) in a box, and how far rounding moves it, (n, d_l) each."""
    a, error, result = points, position_error(points, box), []
    for layer in range(1, net.depth):
        error = rounding_error(net, layer, a, error)
        z = a @ net.weights[layer - 1].T + net.biases[layer - 1]
        result.append((z, error))
        on = z > error
        a, error = z * on, error * on  # a unit that is off is off without error
    return result


def _errors_at(nets: Sequence[ReluNetwork], layer: int, box: Box, points: FloatArray) -> FloatArray:
    """How far rounding moves the stacked networks' z_layer at points (n, 2), (n, d)."""
    return np.concatenate([values_with_errors(net, points, box)[layer - 1][1] for net in nets], axis=1)


class _Mesh:
    """The cells while they are cut. All arrays have room to grow; the properties show the part in use."""

    _bound: FloatArray
    _own_error: ErrorsAt

    def __init__(self, corners: FloatArray) -> None:
        self._rows = corners.copy()  # a vertex each: x, y, and the values of the layer's units
        self._spare = np.empty(0)
        self._corners = np.arange(len(corners), dtype=np.intp)[:, None]
        self._counts = np.array([len(corners)], dtype=np.intp)
        self._parents = np.zeros(1, dtype=np.intp)
        self._cells, self._vertices, self._sides = 1, len(corners), len(corners)

    @property
    def points(self) -> FloatArray:
        """(V, 2)."""
        return self._rows[: self._vertices, :2]

    @property
    def values(self) -> FloatArray:
        """(V, d_l), what the layer's units are at the vertices."""
        return self._rows[: self._vertices, 2:]

    @property
    def corners(self) -> IndexArray:
        """(K, N), see Cut."""
        return self._corners[: self._sides, : self._cells]

    @property
    def counts(self) -> IndexArray:
        """(N,), see Cut."""
        return self._counts[: self._cells]

    def cut(self, levels: Sequence[Level]) -> Cut:
        """What has been made so far, without the room to grow."""
        return Cut(frozen(self.points), frozen(self.corners), frozen(self.counts), tuple(levels))

    def begin_layer(self, units: int) -> FloatArray:
        """Make room for the values of a layer's units, in place of those of the layer before: (V, d), to be filled."""
        # A layer seldom makes three vertices out of one. Memory that is not written to costs nothing, and memory that
        # has been written to before costs less.
        size = max(256, 3 * self._vertices) * (2 + units)
        buffer = self._spare if len(self._spare) >= size else np.empty(size)
        rows = buffer[: len(buffer) - len(buffer) % (2 + units)].reshape(-1, 2 + units)
        rows[: self._vertices, :2] = self.points
        self._spare, self._rows = self._rows.reshape(-1), rows
        return self.values

    def cut_layer(self, bound: FloatArray, own_error: ErrorsAt) -> Level:
        """Cut all cells along the boundaries of the layer's units.

        bound: (d,), what rounding moves their values by at most. own_error: a function that gives for points (n, 2) how
        far it moves them there, (n, d).
        """
        self._bound, self._own_error = bound, own_error
        self._drop_rounding(slice(0, self._vertices), 0)
        crossed = np.ascontiguousarray((self._any_corner(self.values > 0) & self._any_corner(self.values < 0)).T)
        self._parents[: self._cells] = np.arange(self._cells)
        for unit in np.flatnonzero(crossed.any(axis=1)).tolist():
            # Only in a cell that had corners on both sides when the layer began can there be such cells now.
            (cells,) = crossed[unit].take(self._parents[: self._cells]).nonzero()
            self._cut(cells, 2 + unit)
        order = self._parents[: self._cells].argsort(kind="stable")
        self._corners[:, : self._cells] = self._corners[:, order]
        self._counts[: self._cells] = self._counts[order]
        return Level(self._parents[order], self._any_corner(self.values > 0))

    def _any_corner(self, marks: BoolArray) -> BoolArray:
        """Which of the marks (V, d) any corner of each cell carries, (N, d); 64 marks travel in a word."""
        packed = np.packbits(marks, axis=1)
        words = np.zeros((len(packed), -(-packed.shape[1] // 8)), dtype=np.uint64)
        words.view(np.uint8)[:, : packed.shape[1]] = packed
        found = words.take(self.corners[0], axis=0)
        for corner in self.corners[1:]:
            found |= words.take(corner, axis=0)
        return np.unpackbits(found.view(np.uint8), axis=1, count=marks.shape[1]).view(np.bool_)

    def _cut(self, cells: IndexArray, column: int) -> None:
        """Cut those of the cells that have corners on both sides of the unit whose values stand in a column."""
        cells, corners, values, *steps = self._sides_of(cells, column)
        if len(cells) == 0:
            return
        # Going round a cell, one edge rises to the positive side and one falls: rows 0 and 1 of what follows.
        edges = np.empty((2, len(cells)), dtype=np.intp)
        for row, step in zip(edges, steps, strict=True):
            step.argmax(axis=0, out=row)
        place = edges * len(cells) + np.arange(len(cells))
        # Where the start of the edge lies on the boundary it is the crossing. (The end never does, as zeros count like
        # the corner before them.)
        is_new = values.take(place) != 0
        crossings = corners.take(place)
        crossings[is_new] = self._crossings(crossings[is_new], _next(corners).take(place)[is_new], column)
        # The positive part runs from the rising crossing along the positive corners to the falling one, the negative
        # part from the falling crossing along the negative corners to the rising one.
        counts = self._counts[cells]
        runs = edges[::-1] - edges
        runs += counts * (runs < 0)
        children, sizes = _walk(corners, counts, edges, runs, crossings, is_new)
        self._store(cells, children, sizes)

    def _sides_of(
        self, cells: IndexArray, column: int
    ) -> tuple[IndexArray, IndexArray, FloatArray, BoolArray, BoolArray]:
        """Those of the cells, m of them, that have corners on both sides; and what is known of their corners, (K, m).

        That is the vertex, its value, whether the edge after it rises to the positive side, and whether it falls.
        """
        corners = self.corners.take(cells, axis=1)
        while True:
            values = self._rows.take(corners * self._rows.shape[1] + column)
            (both,) = ((values > 0).any(axis=0) & (values < 0).any(axis=0)).nonzero()
            some_corners, some_values = corners.take(both, axis=1), values.take(both, axis=1)
            plus = some_values > 0 if some_values.all() else _fill_zeros(some_values)
            following = _next(plus)
            rises, falls = following > plus, following < plus
            if np.count_nonzero(rises) == len(both):
                return cells[both], some_corners, some_values, rises, falls
            # A line crosses a convex cell once. Where it seems to do so twice, the cell is flat to rounding there: put
            # the corner nearest to the line on it.
            odd = np.flatnonzero(np.count_nonzero(rises, axis=0) > 1)
            distance = np.abs(some_values[:, odd])
            distance[distance == 0] = np.inf
            self._rows[some_corners[distance.argmin(axis=0), odd], column] = 0.0

    def _crossings(self, start: IndexArray, end: IndexArray, column: int) -> IndexArray:
        """The new vertices, (m,), where edges from start to end cross the unit's boundary.

        The two cells that share an edge name it in opposite directions; they get the same vertex.
        """
        low, high = np.minimum(start, end), np.maximum(start, end)
        keys = low * self._vertices + high
        order = keys.argsort()
        keys = keys[order]
        is_first = np.ones(len(keys), dtype=np.bool_)
        np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
        number = np.empty_like(order)
        number[order] = is_first.cumsum() + (self._vertices - 1)
        first = order[is_first]
        self._add_vertices(low[first], high[first], column)
        return number

    def _add_vertices(self, start: IndexArray, end: IndexArray, column: int) -> None:
        """Append the vertices where edges from start to end cross the boundary; all units are affine along an edge."""
        total = self._vertices + len(start)
        if total > len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty((total, self._rows.shape[1]))])
        new = self._rows[self._vertices : total]
        from_rows, step = self._rows.take(start, axis=0), self._rows.take(end, axis=0)
        step -= from_rows
        step *= (-from_rows[:, column] / step[:, column])[:, None]
        np.add(from_rows, step, out=new)
        new[:, column] = 0.0
        # The units before this one have been cut along already: their values keep their sign, however small they are.
        self._drop_rounding(slice(self._vertices, total), column - 1)
        self._vertices = total

    def _drop_rounding(self, vertices: slice, unit: int) -> None:
        """Set to zero the values of some vertices, from a unit on, that rounding alone could make.

        Few values come close to the bound for all vertices; only there the error of the vertex itself is worked out.
        """
        values = self._rows[vertices, 2 + unit :]
        small = (values <= self._bound[unit:]) & (values >= -self._bound[unit:])
        if small.any():
            which = np.flatnonzero((small & (values != 0)).any(axis=1))
            error = self._own_error(self._rows[vertices, :2][which])[:, unit:]
            values[which] *= np.abs(values[which]) > error

    def _store(self, cells: IndexArray, children: IndexArray, sizes: IndexArray) -> None:
        """Put the positive children behind the present cells and the negative ones in place of the cut cells."""
        new, total = slice(self._cells, self._cells + len(cells)), self._cells + len(cells)
        sides = max(self._sides, len(children))
        if sides > self._corners.shape[0]:
            extra = np.broadcast_to(self._corners[0], (sides - self._corners.shape[0], self._corners.shape[1]))
            self._corners = np.concatenate([self._corners, extra])
        if total > self._corners.shape[1]:
            self._corners = np.concatenate([self._corners, np.zeros((len(self._corners), total), np.intp)], axis=1)
            self._counts = np.concatenate([self._counts, np.zeros(total, np.intp)])
            self._parents = np.concatenate([self._parents, np.zeros(total, np.intp)])
        for columns, child, size in ((new, children[:, 0], sizes[0]), (cells, children[:, 1], sizes[1])):
            self._corners[: len(child), columns] = child
            self._corners[len(child) :, columns] = child[0]
            self._counts[columns] = size
        self._parents[new] = self._parents[cells]
        self._cells, self._sides = total, sides


def _next(rows: npt.NDArray[Entry]) -> npt.NDArray[Entry]:
    """The rows, each replaced by the one below, the last by the first."""
    return np.concatenate([rows[1:], rows[:1]])


def _fill_zeros(values: FloatArray) -> BoolArray:
    """Which corners (K, n) count as positive, where a corner on the boundary counts like the one before it."""
    sign = np.sign(values)
    for row in [*range(len(sign)), *range(len(sign))]:  # twice round: a cell may begin with zeros
        sign[row] = np.where(sign[row] == 0, sign[row - 1], sign[row])
    return np.asarray(sign > 0)


def _walk(
    corners: IndexArray,
    counts: IndexArray,
    edges: IndexArray,
    runs: IndexArray,
    crossings: IndexArray,
    is_new: BoolArray,
) -> tuple[IndexArray, IndexArray]:
    """The two children (k, 2, m) of each cell and their sizes (2, m).

    Each begins in a crossing and goes on with the run of corners after its edge. It ends in the other crossing, unless
    that is an old vertex: then it is the last of the run already.
    """
    closed = is_new[::-1]
    sizes = 1 + runs + closed
    row = np.arange(1, sizes.max())[:, None, None]
    source = edges + row
    source -= counts * (source >= counts)
    # Beyond the run, any row will do: these entries are replaced.
    run = corners.take(source * corners.shape[1] + np.arange(corners.shape[1]), mode="clip")
    children = np.empty((len(row) + 1, *edges.shape), dtype=np.intp)
    children[0] = crossings
    children[1:] = np.where(row <= runs, run, crossings)
    np.copyto(children[1:], crossings[::-1], where=(row == runs + 1) & closed)
    return children, sizes
