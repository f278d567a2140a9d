"""Round-to-nearest quantization of weights, and fake quantization of activations."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array


def largest_code(bits: int) -> int:
    """q_max = 2^(bits - 1) - 1, the largest code of a symmetric quantizer. Raises ValueError for bits < 2 or > 32."""
    if isinstance(bits, bool) or not isinstance(bits, int | np.integer) or not 2 <= bits <= 32:
        raise ValueError(f"bits: {bits!r}; a symmetric quantizer needs a whole number from 2 to 32")
    return int(2 ** (int(bits) - 1) - 1)


@dataclass(frozen=True)
class UniformQuantizer:
    """Symmetric round-to-nearest (RTN) quantization of a weight matrix, narrow range, ties to even.

    s = max|W| / q_max,   code = clip(rint(W / s), -q_max, q_max),   W_q = s * code.

    bits: 2 (ternary) to 32. per_channel: one scale for each output row instead of one for the matrix.
    step: a fixed step instead of a scale taken from the weights; then W_q = step * rint(W / step), not clipped.
    """

    bits: int = 4
    per_channel: bool = False
    step: float | None = None

    def __post_init__(self) -> None:
        largest_code(self.bits)
        if self.step is None:
            return
        number = isinstance(self.step, int | float | np.number) and not isinstance(self.step, bool)
        if not number or not 0 < self.step < np.inf:
            raise ValueError(f"step: {self.step!r}; a fixed quantization step must be a positive number")

    @classmethod
    def with_fixed_step(cls, bits: int) -> "UniformQuantizer":
        """The scheme of the error-geometry experiments: the step 2^-(bits - 1), whatever the weights."""
        largest_code(bits)
        return cls(bits=bits, step=2.0 ** -(bits - 1))

    def scale(self, weight: Any) -> FloatArray:
        """The width of one quantization step, shaped to broadcast against the weight: (1, 1), or (out, 1) per channel.

        It is 0 where all the weights that share it are 0.
        """
        weight = finite_array(weight, "weight to quantize", (None, None))
        rows = weight.shape[0] if self.per_channel else 1
        if self.step is not None:
            return np.full((rows, 1), float(self.step))
        magnitude = np.abs(weight).max(axis=1 if self.per_channel else None, initial=0.0)
        return np.asarray(magnitude / largest_code(self.bits)).reshape(rows, 1)

    def codes(self, weight: Any) -> IntArray:
        """The integer code of every weight, (out, in). Raises ValueError if a fixed step is too fine for 2^53 codes."""
        weight = finite_array(weight, "weight to quantize", (None, None))
        scale = self.scale(weight)
        largest = float(np.abs(weight).max(initial=0.0))
        if self.step is not None and largest / 2.0**53 > self.step:
            raise ValueError(f"step: {self.step!r} is too fine for weights up to {largest:g}")
        ratio = np.divide(weight, scale, out=np.zeros_like(weight), where=scale > 0)
        codes = np.rint(ratio)
        if self.step is None:
            codes = np.clip(codes, -largest_code(self.bits), largest_code(self.bits))
        return np.asarray(codes, dtype=np.int64)

    def quantize(self, weight: Any) -> FloatArray:
        """The quantized weight W_q = scale * codes, (out, in)."""
        return np.asarray(self.scale(weight) * self.codes(weight))

    q = quantize  # its first name, which notebooks still use


def fake_quantize(values: Any, bits: int) -> FloatArray:
    """Quantize and dequantize activations (n, d) with one scale for the whole tensor.

    s = max|a| / q_max, codes in [-q_max, q_max], ties to even; a tensor of zeros stays zero.
    """
    values = finite_array(values, "values to fake-quantize", (None, None))
    q_max = largest_code(bits)
    scale = np.abs(values).max(initial=0.0) / q_max
    if scale == 0:
        return np.zeros_like(values)
    return np.asarray(scale * np.clip(np.rint(values / scale), -q_max, q_max))
