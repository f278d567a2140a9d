"""The weights of a matrix on the grid of their quantizer; and a place in a polygon that is away from points."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array
from quantization_story.core.blends import blend
from quantization_story.core.quantizers import UniformQuantizer, largest_code


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


def relative_weights(weight: Any, quantizer: UniformQuantizer) -> RoundedWeights:
    """The entries of a weight matrix (out, in), each divided by the largest magnitude on its scale: from -1 to 1.

    The levels are then -1, ..., 0, ..., 1 in 2 q_max steps, with one scale for the matrix or one for each row. Where
    that magnitude is 0, so is the share. Raises ValueError for a fixed step, which has no largest code.
    """
    if quantizer.step is not None:
        raise ValueError(f"shares of the largest weight need a scale taken from the weights, not {quantizer}")
    weight = finite_array(weight, "weight on a grid", (None, None))
    limit = largest_code(quantizer.bits)
    largest = np.broadcast_to(limit * quantizer.scale(weight), weight.shape)
    shares = np.divide(weight, largest, out=np.zeros_like(weight), where=largest > 0)
    return RoundedWeights(shares.ravel(), quantizer.codes(weight).ravel(), 1 / limit, limit)
