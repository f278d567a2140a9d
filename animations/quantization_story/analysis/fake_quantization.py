"""Fake quantization layer by layer: the states of a network on the float path and on the quantized path, to be drawn.

Rounding as in integer inference: the weights per tensor; the products are exact; the result of each layer, after its
ReLU, is rounded with one scale for all points together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray, finite_array, frozen
from quantization_story.core.distances import lengths, mean_length
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer, largest_code


@dataclass(frozen=True, eq=False)
class QuantizedPath:
    """The states of n points at the input and after each of L layers; tuples of L + 1 arrays (n, d_l).

    exact: the float network's a_0 = x, a_1, ..., a_(L-1) and its output z_L. quantized: the same with rounded weights
    and, if they are quantized, rounded states. held: as `quantized`, but with every ReLU gate as the float network sets
    it; the same scales. steps: (L + 1,), the width of the rounding lattice that the states lie on; 0 where they are not
    rounded (the input never is).
    """

    exact: tuple[FloatArray, ...]
    quantized: tuple[FloatArray, ...]
    held: tuple[FloatArray, ...]
    steps: tuple[float, ...]

    @property
    def errors(self) -> list[FloatArray]:
        """quantized - exact, state by state; the sum of `metric` and `topological`."""
        return [q - a for q, a in zip(self.quantized, self.exact, strict=True)]

    @property
    def metric(self) -> list[FloatArray]:
        """held - exact: what rounding does while every point keeps its route."""
        return [h - a for h, a in zip(self.held, self.exact, strict=True)]

    @property
    def topological(self) -> list[FloatArray]:
        """quantized - held: what re-routing adds; exactly 0 for a point whose gates have all been the same so far."""
        return [q - h for q, h in zip(self.quantized, self.held, strict=True)]

    @property
    def output_map(self) -> AffineMap:
        """The affine map that takes the quantized outputs to the exact ones, by least squares."""
        return fit_affine(self.quantized[-1], self.exact[-1])

    @property
    def largest_errors(self) -> FloatArray:
        """The largest |error| of all points, (L + 1,)."""
        return np.array([lengths(error).max() for error in self.errors])

    @property
    def mean_errors(self) -> FloatArray:
        """The mean |error| over all points, (L + 1,)."""
        return np.array([mean_length(error) for error in self.errors])


def quantized_path(
    model: ReluNetwork | Sequence[Any], points: Any, weight_bits: int, activation_bits: int | None = None
) -> QuantizedPath:
    """Send points (n, d_0) through a network, or a chain of linear layers (d_l, d_(l-1)), float and fake-quantized.

    weight_bits: of the weights, symmetric round-to-nearest per tensor; the biases are kept. activation_bits: of the
    states after every layer, rounded as `fake_quantize` rounds them; None for weight-only quantization. Raises
    ValueError where the shapes do not chain, for no points, and for bits < 2.
    """
    net = model if isinstance(model, ReluNetwork) else _linear(model)
    start = net.points(points)
    if len(start) == 0:
        raise ValueError("points: there are none to quantize")
    rounded = net.quantized(UniformQuantizer(weight_bits))
    exact, quantized, held, steps = [start], [start], [start], [0.0]
    for layer in range(net.depth):
        gated = net is model and layer < net.depth - 1
        weight, bias = rounded.weights[layer], rounded.biases[layer]
        z = exact[-1] @ net.weights[layer].T + net.biases[layer]
        z_q, z_held = quantized[-1] @ weight.T + bias, held[-1] @ weight.T + bias
        if gated:
            z_held = np.where(z > 0, z_held, 0.0)
            z, z_q = np.maximum(z, 0.0), np.maximum(z_q, 0.0)
        steps.append(0.0)
        if activation_bits is not None:
            steps[-1] = float(np.abs(z_q).max() / largest_code(activation_bits))
            z_q, z_held = (_on_lattice(state, steps[-1], activation_bits) for state in (z_q, z_held))
        exact.append(z)
        quantized.append(z_q)
        held.append(z_held)
    kept, rounded_too, on_gates = (tuple(map(frozen, states)) for states in (exact, quantized, held))
    return QuantizedPath(kept, rounded_too, on_gates, tuple(steps))


def lattice_lines(step: float, box: Any) -> FloatArray:
    """The lines on which one coordinate is a multiple of `step`, as segments (k, 2, 2) across a box.

    box: (xmin, xmax, ymin, ymax). No segments for a step of 0, which stands for states that are not rounded. Raises
    ValueError for a negative step and for an empty box.
    """
    xmin, xmax, ymin, ymax = finite_array(box, "box", (4,)).tolist()
    if not (xmin < xmax and ymin < ymax) or not 0 <= step < np.inf:
        raise ValueError(f"lattice lines of step {step} in the box {(xmin, xmax, ymin, ymax)}: it must not be empty")
    if step == 0:
        return np.empty((0, 2, 2))
    x, y = (
        step * np.arange(np.ceil(low / step), np.floor(high / step) + 1) for low, high in ((xmin, xmax), (ymin, ymax))
    )
    upright = np.stack([np.stack([x, np.full_like(x, end)], axis=1) for end in (ymin, ymax)], axis=1)
    level = np.stack([np.stack([np.full_like(y, end), y], axis=1) for end in (xmin, xmax)], axis=1)
    return np.concatenate([upright, level])


def _linear(chain: Sequence[Any]) -> ReluNetwork:
    """The chain as a network without biases; its ReLUs are left out by the caller."""
    weights = [finite_array(weight, f"weight of layer {i}", (None, None)) for i, weight in enumerate(chain, start=1)]
    return ReluNetwork(tuple(weights), tuple(np.zeros(len(weight)) for weight in weights))


def _on_lattice(states: FloatArray, step: float, bits: int) -> FloatArray:
    """Round states to multiples of the step, codes clipped to [-q_max - 1, q_max]."""
    if step == 0:
        return np.zeros_like(states)
    return np.asarray(step * np.clip(np.rint(states / step), -largest_code(bits) - 1, largest_code(bits)))
