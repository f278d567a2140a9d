"""The weights of a matrix on the grid of their quantizer."""

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
