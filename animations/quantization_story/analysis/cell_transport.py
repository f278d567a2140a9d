"""The transport cell by cell: exact where it exists, the best map for each group of cells, and the way there."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.analysis.transport import parameter_count
from quantization_story.core.affine import AffineMap, rank
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.plane_geometry import cut_lines
from quantization_story.partition.refinement import Refinement


def cell_map(cells: Refinement, cell: int) -> AffineMap:
    """The map that takes the quantized output to the float one everywhere in a cell: T = A A_q^-1, t = c - T c_q.

    A, c and A_q, c_q are the maps of the two networks there. Raises ValueError where A_q is not square or is singular.
    """
    try:
        undone = cells.quantized_affine_map(cell).inverse()
    except ValueError as error:
        raise ValueError(f"cell {cell}: no exact transport starts from the quantized map ({error})") from None
    return cells.affine_map(cell) @ undone


def largest_gap(cells: Refinement, cell: int, transport: AffineMap) -> float:
    """The largest distance |T f_q + t - f| in a cell. It is convex there, so it is taken at a corner."""
    corners = cells.polygons[cell]
    moved = transport(cells.quantized_affine_map(cell)(corners))
    return float(np.linalg.norm(moved - cells.affine_map(cell)(corners), axis=1).max())


def invertible(cells: Refinement) -> BoolArray:
    """(N,), whether the quantized map of each cell is square and has full rank, so that it can be undone."""
    maps = (cells.quantized_affine_map(cell).linear for cell in range(len(cells)))
    return np.array([linear.shape[0] == linear.shape[1] == rank(linear) for linear in maps])


def representative_cell(cells: Refinement) -> int:
    """The cell to look at: same pattern in both networks, undone exactly, and of those the one with most error energy.

    Where there is a choice, its pattern has ReLUs that are on and such that are off, and its quantized region has other
    cells, too. Raises ValueError if there is none.
    """
    fit = np.flatnonzero(~cells.changed & invertible(cells))
    if len(fit) == 0:
        raise ValueError(f"none of {len(cells)} cells has one pattern in both networks and a map that can be undone")
    region, patterns, energies = quantized_regions(cells), cells.patterns, cells.cell_energies()
    mixed = patterns.any(axis=1) & ~patterns.all(axis=1) & (np.bincount(region)[region] > 1)
    return int(max(fit, key=lambda cell: (mixed[cell], energies[cell])))


def cells_of_region(cells: Refinement, cell: int, count: int) -> IntArray:
    """The largest cells, `count` at most, of the quantized region that a cell lies in, small ones first, it last."""
    region = quantized_regions(cells)
    others = np.flatnonzero((region == region[cell]) & (np.arange(len(cells)) != cell))
    others = others[np.argsort(cells.areas[others], kind="stable")][max(0, len(others) - count + 1) :]
    return np.append(others, cell)


def quantized_regions(cells: Refinement) -> IntArray:
    """(N,), the number, from 0, of the quantized network's region that each cell lies in."""
    _, number = np.unique(cells.quantized_patterns, axis=0, return_inverse=True)
    return np.asarray(number.ravel(), dtype=np.int64)


def kinked_regions(cells: Refinement) -> int:
    """On how many regions of the quantized network the float map is not affine: one map (T, t) cannot be exact there.

    T f_q + t is affine on such a region, whatever T and t. The float map is not if its linear part differs, by more
    than rounding, between two cells of the region.
    """
    linear = np.stack([cells.affine_map(cell).linear for cell in range(len(cells))])
    rounding = 1e-9 * np.abs(linear).max(initial=0.0)
    number = quantized_regions(cells)
    regions = (linear[number == region] for region in range(int(number.max()) + 1))
    return sum(bool(np.ptp(own, axis=0).max() > rounding) for own in regions)


@dataclass(frozen=True, eq=False)
class GroupFit:
    """One affine map (T, t) of the quantized output for each group of cells, N cells in all.

    groups: (N,), the group of each cell, from 0. maps: one a group. before, after: (N,), the integrals over each cell
    of |f_q - f|^2 and of |T f_q + t - f|^2. free: how many numbers the maps were fitted with.
    """

    groups: IntArray
    maps: tuple[AffineMap, ...]
    before: FloatArray
    after: FloatArray
    free: int

    @property
    def left(self) -> float:
        """The energy that is left over the box."""
        return float(self.after.sum())

    def __call__(self, outputs: FloatArray, cell: IntArray) -> FloatArray:
        """Map quantized outputs (n, d) of points in these cells (n,), each by the map of its own."""
        linear, offset = (part[self.groups[cell]] for part in self._stacked)
        return np.asarray(np.einsum("nij,nj->ni", linear, outputs) + offset)

    @cached_property
    def _stacked(self) -> tuple[FloatArray, FloatArray]:
        """All linear parts (m, d, d) and offsets (m, d)."""
        return np.stack([each.linear for each in self.maps]), np.stack([each.offset for each in self.maps])

    def energy(self, amounts: Any) -> float:
        """The energy when the map of each cell is carried out by a part, amounts (N,) or one for all.

        With g = T f_q + t a least-squares fit, g - f is orthogonal to f_q - g over every group. So where the cells of a
        group share an amount s, f_q + s (g - f_q) misses f by E_after + (1 - s)^2 (E_before - E_after).
        """
        return float(np.sum(self.after + (1 - np.asarray(amounts)) ** 2 * (self.before - self.after)))


def fit_groups(cells: Refinement, groups: IntArray) -> GroupFit:
    """The best affine map for each group of cells, exact integrals; a group of no area gets the map that moves nothing.

    groups: (N,), from 0 on, none left out. All zeros: one map for all. `np.arange(N)`: each cell its own.
    """
    maps, after = [], np.zeros(len(cells))
    for group in range(int(groups.max()) + 1):
        own = np.flatnonzero(groups == group)
        still = AffineMap.identity(cells.net.widths[-1])
        maps.append(cells.fit_affine(where=own) if cells.areas[own].sum() > 0 else still)
        after[own] = cells.residual_energies(maps[-1])[own]
    free = sum(parameter_count(each) for each in maps)
    return GroupFit(groups, tuple(maps), cells.cell_energies(), after, free)


def fit_shift(cells: Refinement) -> GroupFit:
    """The best plain subtraction: f_q minus its mean error over the box, the same for all cells.

    Each error is affine in its cell, so its mean over the cell is its value at the centroid.
    """
    error = cells.quantized(cells.centroids) - cells.net(cells.centroids)
    mean = np.average(error, axis=0, weights=cells.areas)
    shift = AffineMap(np.eye(len(mean)), -mean)
    groups = np.zeros(len(cells), dtype=np.int64)
    return GroupFit(groups, (shift,), cells.cell_energies(), cells.residual_energies(shift), len(mean))


def energy_ranks(fit: GroupFit) -> IntArray:
    """(N,), the rank of the group of each cell, from 0: the group with the most energy before the fit comes first."""
    energies = np.bincount(fit.groups, fit.before)
    rank_of = np.empty(len(energies), dtype=np.int64)
    rank_of[np.argsort(-energies, kind="stable")] = np.arange(len(energies))
    return rank_of[fit.groups]


def staggered(progress: float, places: Any, part: float = 0.15) -> FloatArray:
    """How far each of N movers is, (N,), when they set out one after another while progress runs from 0 to 1.

    places: (N,), the place of each in the order, from 0. Each takes `part` of the time, and starts and ends smoothly.
    """
    order = np.asarray(places, dtype=float)
    start = (1 - part) * order / max(1.0, order.max(initial=0.0))
    s = np.clip((progress - start) / part, 0.0, 1.0)
    return np.asarray(s * s * (3 - 2 * s))


@dataclass(frozen=True, eq=False)
class CellPoints:
    """Points of a refinement's plane with the cell whose map takes them along: where cells meet, the one that is named.

    inputs: (n, 2). cell: (n,). exact, rounded: (n, d), the float and the quantized outputs.
    """

    inputs: FloatArray
    cell: IntArray
    exact: FloatArray
    rounded: FloatArray

    def on_the_way(self, fit: GroupFit, amounts: FloatArray) -> FloatArray:
        """The quantized outputs (n, d) with the map of each cell carried out by a part, amounts (N,)."""
        part = amounts[self.cell][:, None]
        return np.asarray((1 - part) * self.rounded + part * fit(self.rounded, self.cell))


def cell_points(cells: Refinement, inputs: FloatArray, cell: IntArray) -> CellPoints:
    """Both outputs at points (n, 2) of these cells (n,)."""
    return CellPoints(inputs, cell, cells.net(inputs), cells.quantized(inputs))


def corner_points(cells: Refinement) -> CellPoints:
    """The corners of all cells, cell after cell, as many of each as `cells.counts` says."""
    return cell_points(cells, np.concatenate(cells.polygons), np.repeat(np.arange(len(cells)), cells.counts))


def segment_points(cells: Refinement, lines: FloatArray) -> CellPoints:
    """Straight lines (m, 2, 2) of the box cut at the cells: the two ends of every piece after each other, (2 k, 2)."""
    pieces = [np.stack([line[:-1], line[1:]], axis=1) for line in cut_lines(lines, cells.edges.segments)]
    ends = np.concatenate(pieces)
    return cell_points(cells, ends.reshape(-1, 2), np.repeat(cells.locate(ends.mean(axis=1)), 2))
