"""Which level each weight of a network takes: its nearest, or one chosen for what the inputs make of the errors.

A `UniformQuantizer` says which levels there are; a `Rounding`, beside it, which of them a weight goes to. What the
roundings do to one layer stands in `lattices`.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.lattices import (
    activation_aware,
    closest_vector,
    gptq,
    input_moments,
    layer_objective,
)
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer

RoundingKind = Literal["nearest", "gptq", "closest", "awq"]
KINDS: tuple[RoundingKind, ...] = get_args(RoundingKind)
NAMES: dict[RoundingKind, str] = {
    "nearest": "round-to-nearest",
    "gptq": "GPTQ",
    "closest": "closest vector",
    "awq": "AWQ",
}
DAMPING = 0.01  # of the mean moment, as GPTQ's implementations have it


@dataclass(frozen=True)
class Rounding:
    """How the weights of a network find their levels.

    kind: "nearest", each weight by itself; "gptq", one input after the other, its errors passed on; "closest", the
    least error of the layer's output that the levels allow; "awq", to nearest with each input scaled by its size,
    which moves the levels. All but the first need calibration points. damping: what `gptq` and `closest` add to the
    moments of the inputs, as a share of their mean. order: of `gptq`. rounded_path: take the moments of the inputs that
    the rounded layers before give, as GPTQ's implementations do, not those of the float network.
    """

    kind: RoundingKind = "nearest"
    damping: float = DAMPING
    order: Literal["natural", "diagonal"] = "natural"
    rounded_path: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"rounding: {self.kind!r}; there are {', '.join(KINDS)}")
        if self.order not in ("natural", "diagonal"):
            raise ValueError(f"order: {self.order!r}; natural or diagonal")
        if not 0 <= self.damping < np.inf:
            raise ValueError(f"damping: {self.damping!r}; a share of the mean moment, 0 or more")

    @property
    def is_nearest(self) -> bool:
        """Whether each weight takes its nearest level."""
        return self.kind == "nearest"

    @property
    def words(self) -> str:
        """What it is called: "GPTQ", "GPTQ by diagonal"; its damping only where it is not the usual one."""
        words = NAMES[self.kind]
        if self.kind == "gptq" and self.order == "diagonal":
            words += " by diagonal"
        if self.rounded_path and not self.is_nearest:
            words += ", rounded path"
        if self.is_damped and self.damping != DAMPING:
            words += f", damping {self.damping:g}" if self.damping else ", undamped"
        return words

    @property
    def is_damped(self) -> bool:
        """Whether the damping is of any account: for those that hold one input against the others."""
        return self.kind in ("gptq", "closest")

    def quantize(self, weight: Any, quantizer: UniformQuantizer, activations: Any) -> FloatArray:
        """The quantized weight (out, d) of a layer with the inputs `activations` (n, d)."""
        if self.kind == "nearest":
            return quantizer.quantize(weight)
        if self.kind == "awq":
            return activation_aware(weight, quantizer, activations)[0]
        moments = input_moments(activations, self.damping)
        if self.kind == "gptq":
            codes = gptq(weight, quantizer, moments, self.order)
        else:
            codes = closest_vector(weight, quantizer, moments)
        return np.asarray(quantizer.scale(weight) * codes)

    def quantized(self, net: ReluNetwork, quantizer: UniformQuantizer, points: Any) -> ReluNetwork:
        """The weight-only quantized network, its biases kept; points: the calibration points, (n, d_0).

        Raises ValueError, naming the layer, where a layer cannot be rounded so.
        """
        if self.is_nearest:
            return net.quantized(quantizer)
        inputs, weights = net.activations(points), list[FloatArray]()
        for layer, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True), start=1):
            try:
                weights.append(self.quantize(weight, quantizer, inputs[layer - 1]))
            except ValueError as error:
                raise ValueError(f"{self.words}, layer {layer}: {error}") from None
            if self.rounded_path and layer < net.depth:
                inputs[layer] = np.maximum(inputs[layer - 1] @ weights[-1].T + bias, 0.0)
        return ReluNetwork(tuple(weights), net.biases)


NEAREST = Rounding()


def layer_objectives(net: ReluNetwork, quantized: ReluNetwork, points: Any) -> tuple[float, ...]:
    """tr(E R E^T) of every layer, R of the float network at points (n, d_0): see `lattices.layer_objective`."""
    triples = zip(net.weights, quantized.weights, net.activations(points), strict=True)
    return tuple(layer_objective(after - before, input_moments(inputs)) for before, after, inputs in triples)
