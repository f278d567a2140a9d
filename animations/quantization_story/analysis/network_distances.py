"""Two networks side by side: where their weights go, how far apart the same points are, and who changes class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from quantization_story.analysis.layer_motion import Journey, Step
from quantization_story.analysis.strips import between
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array
from quantization_story.core.blends import blend
from quantization_story.core.distances import distances
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer, largest_code
from quantization_story.core.tasks import Classes, accuracy, classify


@dataclass(frozen=True, eq=False)
class RoundedWeights:
    """The entries of a weight matrix on the grid of their quantizer, row by row: each array is (n,).

    values: the float weights. codes: their integers. scale: the width of a step, one for all. limit: the largest code.
    """

    values: FloatArray
    codes: IntArray
    scale: float
    limit: int

    @property
    def rounded(self) -> FloatArray:
        """The quantized weights, scale * codes."""
        return np.asarray(self.scale * self.codes, dtype=np.float64)

    @property
    def errors(self) -> FloatArray:
        """The rounding errors, rounded - values; none is larger than half a scale."""
        return self.rounded - self.values

    @property
    def level_codes(self) -> IntArray:
        """All the codes there are, from -limit to limit."""
        return np.arange(-self.limit, self.limit + 1)

    @property
    def levels(self) -> FloatArray:
        """All the values that can be stored, from -limit * scale to limit * scale."""
        return np.asarray(self.scale * self.level_codes, dtype=np.float64)

    @property
    def worst(self) -> int:
        """Which entry has the largest rounding error."""
        return int(np.argmax(np.abs(self.errors)))

    def between(self, t: float) -> FloatArray:
        """The weights on their way to the grid: the float weights at t = 0, the quantized ones at t = 1."""
        return blend(self.values, self.rounded, t)


def rounded_weights(weight: Any, quantizer: UniformQuantizer) -> RoundedWeights:
    """The entries of a weight matrix (out, in) on one common grid.

    Raises ValueError for a quantizer with a scale for each row or with a fixed step, which have no grid in common or no
    largest code, and for a matrix of zeros, which has no scale.
    """
    if quantizer.per_channel or quantizer.step is not None:
        raise ValueError(f"one grid for all the weights needs one scale taken from them, not {quantizer}")
    weight = finite_array(weight, "weight on a grid", (None, None))
    scale = quantizer.scale(weight).item()
    if scale == 0:
        raise ValueError(f"weight of shape {weight.shape}: all entries are 0, so there is no scale")
    return RoundedWeights(weight.ravel(), quantizer.codes(weight).ravel(), scale, largest_code(quantizer.bits))


@dataclass(frozen=True)
class TwinJourney:
    """The same points on their way through two networks at once; progress as in `Journey`.

    After every whole step each point is exactly where its network puts it. In between, the first network's journey
    carries both, and the gap of a pair changes evenly from its value before the step to that after it: so twins
    never part for the sake of the drawing (two nearly equal matrices may turn the plane opposite ways around).
    """

    net: ReluNetwork
    other: ReluNetwork

    def __post_init__(self) -> None:
        check_same_widths(self.net, self.other)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order."""
        return Journey(self.net).steps

    def points_at(self, points: Any, progress: float) -> FloatArray:
        """Where input points (n, 2) are in the first network, (n, 2)."""
        return Journey(self.net).at(points, progress)

    def twins_at(self, points: Any, progress: float) -> FloatArray:
        """Where the same input points (n, 2) are in the other network, (n, 2)."""
        mine, its = Journey(self.net), Journey(self.other)
        before = int(np.floor(progress))
        part = progress - before
        if part == 0:
            return its.at(points, progress)
        gaps = [its.at(points, step) - mine.at(points, step) for step in (before, before + 1)]
        return mine.at(points, progress) + blend(gaps[0], gaps[1], part)

    def separation(self, points: Any, progress: float) -> float:
        """The mean distance between the points and their twins at this progress."""
        return distances(self.points_at(points, progress), self.twins_at(points, progress)).mean

    def step_separations(self, points: Any) -> FloatArray:
        """The mean distance at the input and after every step, (steps + 1,)."""
        return np.array([self.separation(points, step) for step in range(len(self.steps) + 1)])


def changed_class(outputs: Any, others: Any, classes: Classes) -> BoolArray:
    """Which of the outputs (n, d) of two networks at the same points fall into different classes, (n,)."""
    return np.asarray(classify(outputs, classes) != classify(others, classes))


@dataclass(frozen=True)
class BitSweep:
    """One network at every bit width of a range, and on the straight lines between neighbouring widths."""

    networks: Mapping[int, ReluNetwork]

    @classmethod
    def over(cls, net: ReluNetwork, quantizer_at: Callable[[int], UniformQuantizer], low: int, high: int) -> "BitSweep":
        """Quantize `net` at the bit widths low, low + 1, ..., high."""
        if not low < high:
            raise ValueError(f"bit widths from {low} to {high}: the range must hold two at least")
        return cls({bits: net.quantized(quantizer_at(bits)) for bits in range(low, high + 1)})

    @property
    def widths(self) -> tuple[int, ...]:
        """The bit widths, in rising order."""
        return tuple(sorted(self.networks))

    def at(self, bits: float) -> ReluNetwork:
        """The quantized network at a whole bit width; between two, one between both. Raises ValueError outside."""
        if not self.widths[0] <= bits <= self.widths[-1]:
            raise ValueError(f"{bits} bits: the range is {self.widths[0]} to {self.widths[-1]}")
        below = min(int(np.floor(bits)), self.widths[-1] - 1)
        return between(self.networks[below], self.networks[below + 1], bits - below)

    def accuracies(self, points: Any, labels: Any, classes: Classes) -> dict[int, float]:
        """The accuracy at each bit width, on points (n, 2) with labels (n,)."""
        return {bits: accuracy(self.networks[bits], points, labels, classes) for bits in self.widths}


def holds_down_to(accuracies: Mapping[int, float], reference: float, tolerance: float) -> int | None:
    """The lowest bit width down to which every accuracy is at least reference - tolerance; None if not even the top."""
    held = None
    for bits in sorted(accuracies, reverse=True):
        if accuracies[bits] < reference - tolerance - 1e-12:
            break
        held = bits
    return held


def largest_rise(accuracies: Mapping[int, float], tolerance: float) -> tuple[int, int] | None:
    """The neighbouring bit widths (fewer, more) of which the fewer bits are the most accurate by more than tolerance.

    None where accuracy falls with every bit taken away, up to the tolerance.
    """
    widths = sorted(accuracies)
    rises = {(few, more): accuracies[few] - accuracies[more] for few, more in pairwise(widths)}
    best = max(rises, key=lambda pair: rises[pair], default=None)
    return best if best is not None and rises[best] > tolerance else None


def roomy_place(polygon: Any, points: Any, margin: float) -> FloatArray:
    """The place (2,) in a convex polygon (k, 2), counter-clockwise, that is farthest from all points (n, 2).

    It is sought on a grid of 41 x 41 and keeps the margin from every edge where the polygon has such a place; else it
    is the place farthest from the edges.
    """
    corners = finite_array(polygon, "polygon", (None, 2))
    points = finite_array(points, "points to keep away from", (None, 2))
    low, high = corners.min(axis=0), corners.max(axis=0)
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 41).T), axis=-1).reshape(-1, 2)
    along = np.roll(corners, -1, axis=0) - corners
    inward = np.column_stack([-along[:, 1], along[:, 0]]) / np.linalg.norm(along, axis=1, keepdims=True)
    room = ((grid[:, None] - corners) * inward).sum(axis=2).min(axis=1)
    kept = grid[room >= margin]
    if len(kept) == 0 or len(points) == 0:
        return np.asarray(grid[np.argmax(room)])
    # |p - q|^2 = |p|^2 - 2 p . q + |q|^2, in which the first term is the same for all q.
    nearest = (kept**2).sum(axis=1) + ((points**2).sum(axis=1) - 2 * kept @ points.T).min(axis=1)
    return np.asarray(kept[np.argmax(nearest)])
