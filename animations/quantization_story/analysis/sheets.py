"""One output of a network as a folded sheet over its input plane: flat facets, seen at a slant from above."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array
from quantization_story.core.projection import Projection
from quantization_story.partition.cells import Cells

# Where the light comes from, as the viewer sees it (right, up, near): it rakes the sheet from the left, to show folds.
LIGHT = np.array([-0.8, 0.1, 0.6]) / np.linalg.norm([-0.8, 0.1, 0.6])


@dataclass(frozen=True, eq=False)
class Sheet:
    """The graph of one output over some cells: over cell i it is the plane slopes[i] . x + offsets[i].

    cells: N convex cells of a box. slopes: (N, 2). offsets: (N,). Made by `sheet_over`.
    """

    cells: Cells
    slopes: FloatArray
    offsets: FloatArray

    @cached_property
    def corners(self) -> FloatArray:
        """The corners (v, 2) of all cells, one cell after the other; cell i has `cells.counts[i]` of them."""
        return np.concatenate(self.cells.polygons)

    @cached_property
    def values(self) -> FloatArray:
        """The output (v,) at these corners."""
        counts = self.cells.counts
        slopes, offsets = np.repeat(self.slopes, counts, axis=0), np.repeat(self.offsets, counts)
        return np.asarray((self.corners * slopes).sum(axis=1) + offsets)

    @property
    def value_range(self) -> tuple[float, float]:
        """The least and the largest value over the box; both are at corners of cells."""
        return float(self.values.min()), float(self.values.max())

    def value(self, points: Any) -> FloatArray:
        """The output (n,) at points (n, 2). Raises ValueError for points outside the box."""
        points = finite_array(points, "points of a sheet", (None, 2))
        cell = self.cells.locate(points)
        if (cell < 0).any():
            raise ValueError(f"{int((cell < 0).sum())} of {len(cell)} points lie outside the box {self.cells.box}")
        return np.asarray((points * self.slopes[cell]).sum(axis=1) + self.offsets[cell])

    def lifted(self, relief: float = 1.0, base: float = 0.0) -> FloatArray:
        """The corners (v, 3) of all facets in space: (x, y, relief (value - base))."""
        return np.column_stack([self.corners, relief * (self.values - base)])

    def normals(self, relief: float = 1.0) -> FloatArray:
        """The unit normal (N, 3) of each facet of this relief, pointing up."""
        upward = np.column_stack([-relief * self.slopes, np.ones(len(self.slopes))])
        return np.asarray(upward / np.linalg.norm(upward, axis=1, keepdims=True))


def sheet_over(cells: Cells, output: int, network: int = 0) -> Sheet:
    """The sheet of one output (from 0) over the cells of a partition, or of a refinement (network 1: the quantized).

    Raises ValueError for an output that the network has not.
    """
    net = cells.nets[network]
    if not 0 <= output < net.widths[-1]:
        raise ValueError(f"output {output}: this network has the outputs 0 to {net.widths[-1] - 1}")
    maps = cells.routings[network].affine_maps(net, net.depth)[:, :, output]
    return Sheet(cells, maps[:, :2], maps[:, 2])


def shades(view: Projection, normals: FloatArray) -> FloatArray:
    """How bright facets with these unit normals (n, 3) are, (n,), 0 to 1: the cosine to the light (Lambert).

    A facet that turns its lower side to the viewer is lit on that side.
    """
    seen = normals @ view.rotation.T
    facing = np.where(seen[:, 2:] < 0, -seen, seen)
    return np.asarray(np.clip(facing @ LIGHT, 0.0, 1.0))


def seen_extent(points: Any, views: Sequence[Projection]) -> tuple[FloatArray, FloatArray]:
    """The lower left and the upper right corner (2,) of what is seen of points of space (n, 3) in all these views."""
    seen = np.concatenate([view.flat(np.asarray(points, dtype=float)) for view in views])
    return seen.min(axis=0), seen.max(axis=0)


def back_to_front(cells: Cells, away: Any) -> IntArray:
    """An order (N,) of the cells in which none comes after a cell that lies before it in the direction `away` (2,).

    Sheets over the cells can be painted in this order: what is nearer covers what is farther. Along a line of sight two
    cells that it meets one after the other share an edge (or, through a corner, are joined by cells that do), so the
    edges say it all; and for convex cells their sayings cannot run in a circle. Slivers may, by rounding: then the
    farthest cell that is left comes first.
    """
    direction = finite_array(away, "direction of sight", (2,))
    edges = cells.edges
    inner = edges.cells[:, 1] >= 0
    left, right = edges.cells[inner].T
    along = edges.segments[inner, 1] - edges.segments[inner, 0]
    right_is_farther = along[:, 1] * direction[0] - along[:, 0] * direction[1]
    nearer: list[list[int]] = [[] for _ in range(len(cells))]
    waits_for = [0] * len(cells)
    for a, b, side in zip(left.tolist(), right.tolist(), right_is_farther.tolist(), strict=True):
        if side:
            far, near = (b, a) if side > 0 else (a, b)
            nearer[far].append(near)
            waits_for[near] += 1
    farness = (cells.centroids @ direction).tolist()
    ready = [cell for cell in range(len(cells)) if waits_for[cell] == 0]
    left_over = set(range(len(cells)))
    order = []
    while left_over:
        cell = ready.pop() if ready else max(left_over, key=farness.__getitem__)
        if cell not in left_over:
            continue
        left_over.remove(cell)
        order.append(cell)
        for near in nearer[cell]:
            waits_for[near] -= 1
            if waits_for[near] == 0:
                ready.append(near)
    return np.array(order, dtype=np.int64)
