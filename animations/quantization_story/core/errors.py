"""What quantization does to a network's values: metric and topological error, local and propagated error."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.distances import rms
from quantization_story.core.network import ReluNetwork


@dataclass(frozen=True, eq=False)
class ErrorDecomposition:
    """e = f_q - f at n points, split by the routing of the float network; each part is (n, d).

    total: f_q - f. metric: the quantized weights on the float network's routing, minus f: the right region, the wrong
    affine map. topological: what the quantized network's own routing adds; exactly zero wherever same_pattern (n,)
    holds. total = metric + topological at every point.
    """

    total: FloatArray
    metric: FloatArray
    topological: FloatArray
    same_pattern: BoolArray


@dataclass(frozen=True, eq=False)
class LayerError:
    """z_q - z of one layer at n points, each part (n, d_l): total = local + propagated.

    local: what this layer's own rounding makes of the quantized path. propagated: what arrives from before, through W.
    """

    local: FloatArray
    propagated: FloatArray
    total: FloatArray


def check_same_widths(net: ReluNetwork, quantized: ReluNetwork) -> None:
    """Raise ValueError unless both networks have the same widths."""
    if net.widths != quantized.widths:
        raise ValueError(f"the networks differ in their widths: {net.widths} and {quantized.widths}")


def decompose_error(net: ReluNetwork, quantized: ReluNetwork, x: Any, layer: int | None = None) -> ErrorDecomposition:
    """Split the error of `quantized` against `net` at points x (n, d_0), in z_layer (the output if left out)."""
    check_same_widths(net, quantized)
    index = net.check_layer(layer) - 1
    patterns = net.activation_patterns(x)
    own, held = quantized.pre_activations(x)[index], quantized.routed(x, patterns, index + 1)
    exact = net.pre_activations(x)[index]
    same = np.all(patterns == quantized.activation_patterns(x), axis=1)
    return ErrorDecomposition(own - exact, held - exact, own - held, same)


def layer_errors(net: ReluNetwork, quantized: ReluNetwork, x: Any) -> list[LayerError]:
    """The exact two-term error of every layer at points x, without any linearisation.

    z_q - z = E_l a_q + W_l (a_q - a), with a and a_q what layer l receives on the two paths and E = W_q - W
    (and b_q - b, where the biases differ) in the local term.
    """
    check_same_widths(net, quantized)
    errors = []
    inputs = zip(net.activations(x), quantized.activations(x), strict=True)
    layers = zip(net.weights, quantized.weights, net.biases, quantized.biases, strict=True)
    for (a, a_q), (weight, weight_q, bias, bias_q) in zip(inputs, layers, strict=True):
        local = a_q @ (weight_q - weight).T + (bias_q - bias)
        propagated = (a_q - a) @ weight.T
        errors.append(LayerError(local, propagated, (a_q @ weight_q.T + bias_q) - (a @ weight.T + bias)))
    return errors


def propagated_share(error: LayerError) -> float:
    """The share of the propagated term in a layer's error: rms(propagated) / (rms(local) + rms(propagated)), 0 to 1.

    It is 0 where there is no error at all. Raises ValueError if there are no points.
    """
    if error.total.size == 0:
        raise ValueError(f"propagated share: needs at least one point, the error has shape {error.total.shape}")
    local, propagated = rms(error.local), rms(error.propagated)
    return propagated / (local + propagated) if local + propagated > 0 else 0.0
