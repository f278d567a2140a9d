"""The error of one point on its way through the layers, unit by unit: what arrives, what is added, what goes on."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, finite_array
from quantization_story.core.errors import layer_errors
from quantization_story.core.network import ReluNetwork


@dataclass(frozen=True, eq=False)
class LayerUnitErrors:
    """One layer, lengths in units of its spread: local and propagated (d_l,), the two terms in every unit.

    carried: (d_l, d_(l-1)), W_ij (a_q - a)_j, what each weight brings of the error before it: its rows add up to the
    propagated term. rounded: (d_l, d_(l-1)), E_ij a_q_j, what the rounding of each weight adds: its rows add up to the
    local term where the biases are equal. closed: (d_l,), the units whose ReLU is shut on both paths, so that no error
    leaves them; none in the last layer.
    """

    local: FloatArray
    propagated: FloatArray
    carried: FloatArray
    rounded: FloatArray
    closed: BoolArray


def layer_unit_errors(net: ReluNetwork, quantized: ReluNetwork, point: Any, spreads: Any) -> list[LayerUnitErrors]:
    """The error of one point (d_0,) in every layer, the two terms of `layer_errors` over the spreads (L,)."""
    x = finite_array(point, "point", (net.widths[0],))[None]
    units = finite_array(spreads, "spreads", (net.depth,))
    errors = layer_errors(net, quantized, x)
    paths = zip(net.activations(x), quantized.activations(x), strict=True)
    states = zip(net.pre_activations(x), quantized.pre_activations(x), strict=True)
    layers = []
    for k, (error, (a, a_q), (z, z_q)) in enumerate(zip(errors, paths, states, strict=True)):
        carried = net.weights[k] * (a_q[0] - a[0])
        rounded = (quantized.weights[k] - net.weights[k]) * a_q[0]
        closed = (z[0] <= 0) & (z_q[0] <= 0) & (k < net.depth - 1)
        unit = units[k]
        layers.append(
            LayerUnitErrors(error.local[0] / unit, error.propagated[0] / unit, carried / unit, rounded / unit, closed)
        )
    return layers


@dataclass(frozen=True)
class Phase:
    """How far one layer has come, 0 to 1 each.

    The error before it is gated, carried here along the weights, and has arrived; then the layer's own rounding goes
    along the weights and is added.
    """

    gated: float
    carried: float
    arrived: float
    rounded: float
    added: float


# When, within the unit of time of a layer, each part of a Phase begins and ends.
SPANS = ((0.0, 0.1), (0.1, 0.4), (0.36, 0.5), (0.55, 0.85), (0.8, 1.0))


def phase(front: float, layer: int) -> Phase:
    """The state of a layer, 1 to L, at a front: at 2.5 the third layer is half through its time."""
    under_way = front - (layer - 1)
    return Phase(*(float(np.clip((under_way - start) / (end - start), 0.0, 1.0)) for start, end in SPANS))
