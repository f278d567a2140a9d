"""The plane on its way through a network whose layers are all planes: each layer turns it, each ReLU folds it.

A fold is what one ReLU does: all that lies beyond its crease, the line on which the unit is zero, is pressed flat onto
that line. The journey takes one motion at a time, so that each fold can be watched alone.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from quantization_story.analysis.layer_motion import linear_path
from quantization_story.analysis.straight_cuts import StraightCuts
from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import clip_polygon
from quantization_story.core.tasks import LabelledPoints
from quantization_story.partition import Partition


@dataclass(frozen=True)
class Turn:
    """The affine part of a layer (from 1): it turns and stretches the plane as W says, and shifts it by b."""

    layer: int


@dataclass(frozen=True)
class Fold:
    """What the ReLU of one unit (from 0) of a hidden layer (from 1) does."""

    layer: int
    unit: int


def folding_steps(depth: int) -> tuple[Turn | Fold, ...]:
    """The motions of a network of two units in each of its layers, in order; the last layer has no ReLU."""
    steps: list[Turn | Fold] = []
    for layer in range(1, depth + 1):
        steps += [Turn(layer), Fold(layer, 0), Fold(layer, 1)]
    return tuple(steps[:-2])


@dataclass(frozen=True)
class FoldingJourney:
    """Positions of points on their way through a network whose layers are all two units wide, one motion at a time.

    Progress runs from 0 (the input plane) to len(steps) (the output plane). A turn goes along `linear_path`, rotation
    and stretch together, and shifts by as much of b; a fold shrinks what is negative of one unit. Raises ValueError
    for other widths.
    """

    network: ReluNetwork

    def __post_init__(self) -> None:
        if set(self.network.widths) != {2}:
            raise ValueError(f"only layers of two units can be folded as planes, not the widths {self.network.widths}")

    @cached_property
    def steps(self) -> tuple[Turn | Fold, ...]:
        """The motions in order."""
        return folding_steps(self.network.depth)

    def number(self, step: Turn | Fold) -> int:
        """The progress at which a motion is complete; raises ValueError for one that the network does not make."""
        return self.steps.index(step) + 1

    def at(self, points: Any, progress: float) -> FloatArray:
        """Where points (n, 2) of the input plane are at this progress, (n, 2). Raises ValueError outside it."""
        now = self.network.points(points)
        if not 0 <= progress <= len(self.steps):
            raise ValueError(f"progress {progress}: this journey runs from 0 to {len(self.steps)}")
        for index in range(int(np.ceil(progress))):
            now = self.moved(now, index, min(1.0, progress - index))
        return now

    def moved(self, now: FloatArray, index: int, part: float) -> FloatArray:
        """Points (n, 2) that have come to the motion of this number (from 0), when a part (0 to 1) of it is made."""
        step = self.steps[index]
        if isinstance(step, Turn):
            weight, bias = self.network.weights[step.layer - 1], self.network.biases[step.layer - 1]
            return np.asarray(now @ linear_path(weight, part).T + part * bias)
        now = now.copy()
        own = now[:, step.unit]
        now[:, step.unit] = np.maximum(own, 0.0) + (1 - part) * np.minimum(own, 0.0)
        return now


@dataclass(frozen=True, eq=False)
class Territories:
    """Which part of the input plane goes to which class, exactly, in pieces on each of which the network is affine.

    pieces: for each class its convex polygons (k, 2). borders: (m, 2, 2), where two classes have the same score and no
    other a larger one.
    """

    pieces: tuple[tuple[FloatArray, ...], ...]
    borders: FloatArray

    def areas(self) -> FloatArray:
        """(classes,), in squared units of the plane."""
        return np.array([sum(map(_area, polygons)) for polygons in self.pieces])


def territories(cells: Partition, readout: Any) -> Territories:
    """The territories in the box of a partition, for a read-out (classes, 2): the largest product wins.

    Each cell is cut where two scores are equal, which on a cell is a straight line.
    """
    directions = finite_array(readout, "read-out", (None, 2))
    pieces: list[list[FloatArray]] = [[] for _ in directions]
    borders: list[FloatArray] = []
    for cell, polygon in enumerate(cells.polygons):
        own = cells.affine_map(cell)
        scores = [(own.linear.T @ direction, float(direction @ own.offset)) for direction in directions]
        for k, (slope, offset) in enumerate(scores):
            part = polygon
            for j, (other_slope, other_offset) in enumerate(scores):
                if j != k and len(part):
                    part = clip_polygon(part, slope - other_slope, offset - other_offset)
            if len(part) >= 3:
                pieces[k].append(part)
        for i, j in combinations(range(len(scores)), 2):
            borders += _border(polygon, scores, i, j)
    return Territories(tuple(map(tuple, pieces)), np.array(borders).reshape(-1, 2, 2))


def _border(polygon: FloatArray, scores: list[tuple[FloatArray, float]], i: int, j: int) -> list[FloatArray]:
    """Where in a convex polygon the scores i and j are equal and no other is larger: one segment (2, 2) or none."""
    normal, offset = scores[i][0] - scores[j][0], scores[i][1] - scores[j][1]
    height = polygon @ normal + offset
    following, next_height = np.roll(polygon, -1, axis=0), np.roll(height, -1)
    passed = (height > 0) != (next_height > 0)
    if passed.sum() != 2:
        return []
    part = height[passed] / (height[passed] - next_height[passed])
    ends = polygon[passed] + part[:, None] * (following[passed] - polygon[passed])
    low, high = 0.0, 1.0
    for k, (slope, shift) in enumerate(scores):
        if k in (i, j):
            continue
        lead = ends @ (scores[i][0] - slope) + scores[i][1] - shift  # at both ends: how far i is ahead of k
        if lead.max() < 0:
            return []
        if lead.min() < 0:
            cut = float(lead[0] / (lead[0] - lead[1]))
            low, high = (max(low, cut), high) if lead[0] < 0 else (low, min(high, cut))
    return [ends[0] + np.array([[low], [high]]) * (ends[1] - ends[0])] if low < high else []


def _area(polygon: FloatArray) -> float:
    x, y = polygon.T
    return float(np.abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def bends(land: Territories, journey: FoldingJourney, fold: Fold) -> FloatArray:
    """Where the borders of the territories bend on the crease of one unit, (m, 2): two of them meet there."""
    ends, meeting = np.unique(land.borders.reshape(-1, 2).round(9), axis=0, return_counts=True)
    value = journey.at(ends, journey.number(Turn(fold.layer)))[:, fold.unit]
    return np.asarray(ends[(meeting == 2) & (np.abs(value) < 1e-6 * (1.0 + np.abs(value).max(initial=0.0)))])


def deflection(land: Territories, journey: FoldingJourney, fold: Fold, place: FloatArray) -> float:
    """By how many degrees a border is bent at a place (2,) on a crease, on the plane as it lies once that fold is open.

    0 where it runs straight on.
    """
    here = np.abs(land.borders - place).max(axis=2) < 1e-8
    ends = land.borders[here.any(axis=1)][:, ::-1][here[here.any(axis=1)]]
    near = place + 1e-4 * (ends - place) / np.linalg.norm(ends - place, axis=1, keepdims=True)
    now = journey.at(np.vstack([place[None], near]), journey.number(fold) - 1)
    ways = now[1:] - now[0]
    one, other = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    return 180.0 - float(np.degrees(np.arccos(np.clip(one @ other, -1.0, 1.0))))


def pressed_row(journey: FoldingJourney, point: FloatArray) -> FloatArray:
    """What the first fold presses into one spot with a point (2,): from it to the crease, (1, 2, 2).

    None of it, (0, 2, 2), where the point is not pressed, or where the layer leaves no plane.
    """
    weight, bias = journey.network.weights[0], journey.network.biases[0]
    turned = weight @ point + bias
    if turned[0] >= 0 or np.linalg.matrix_rank(weight) < 2:
        return np.zeros((0, 2, 2))
    return np.array([[point, np.linalg.solve(weight, np.array([0.0, turned[1]]) - bias)]])


def largest_jump(cells: Partition) -> float:
    """How far apart the affine maps of two neighbouring cells are on their common edge, at most: 0 but for rounding."""
    edges = cells.edges
    inner = edges.cells[:, 1] >= 0
    if not inner.any():
        return 0.0
    linear, offset = cells.affine_maps()
    sides = [
        np.einsum("eij,evj->evi", linear[cell], edges.segments[inner]) + offset[cell][:, None]
        for cell in edges.cells[inner].T
    ]
    return float(np.abs(sides[0] - sides[1]).max())


@dataclass(frozen=True, eq=False)
class FoldingPlaces:
    """Where a scene that folds the plane looks, in units of the input plane.

    journey: of the network, its hidden units ordered so that no layer but the last can mirror. cuts: fitted on the
    calibration points; None without labels. folded_cuts: the same, fitted where layer 1 has brought those. data: the
    held-out points that are drawn. cut_missed, missed_folded, missed: those that the cuts leave on a wrong side, those
    that the folded cuts do, and those that lie outside their sector at the output, (k, 2) each. gathered: those that
    the folds of layer 2 press into one spot, of the class with most of them, (k, 2). hero: (2,). row: what the first
    fold presses into one spot with it, (1, 2, 2), or (0, 2, 2) where it presses it not at all.
    sheet: the pieces of a part of the plane that is larger than what is ever seen. land: which class gets which part;
    None without labels. bends: for each fold where the borders of the land bend on its crease, (m, 2).
    """

    journey: FoldingJourney
    cuts: StraightCuts | None
    folded_cuts: StraightCuts | None
    data: LabelledPoints
    cut_missed: FloatArray
    missed_folded: FloatArray
    missed: FloatArray
    gathered: FloatArray
    hero: FloatArray
    row: FloatArray
    sheet: Partition
    land: Territories | None
    bends: dict[Fold, FloatArray]
