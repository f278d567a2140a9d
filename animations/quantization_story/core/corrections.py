"""Corrections of a quantized network, and the check that they add no capacity; `null_controls` holds the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import Classes, accuracy

CorrectionKind = Literal["affine", "bias", "low-rank"]

# The share of the largest singular value below which a direction is not fitted. A map that divides by less fits the
# noise of its own points, and a control on the float path would measure that noise, not the correction.
LEAST_DIRECTION = 0.01


@dataclass(frozen=True, eq=False)
class LayerCorrection:
    """What is done to one layer's pre-activation: z -> T z + t + C a, with a the layer's input.

    transport: (T, t), square. additive: C, (d_l, d_(l-1)). Either leaves the layer alone as identity and zero.
    """

    transport: AffineMap
    additive: FloatArray

    @classmethod
    def none(cls, weight: FloatArray) -> "LayerCorrection":
        """What leaves a layer with such a weight (d_l, d_(l-1)) alone."""
        return cls(AffineMap.identity(len(weight)), np.zeros_like(weight))


@dataclass(frozen=True, eq=False)
class Correction:
    """One LayerCorrection for each layer; it can be applied to any network of the same widths."""

    layers: tuple[LayerCorrection, ...]

    def apply(self, network: ReluNetwork) -> ReluNetwork:
        """The network with the correction folded in: W <- T W + C, b <- T b + t. Raises ValueError for other widths."""
        if len(self.layers) != network.depth:
            raise ValueError(f"a correction of {len(self.layers)} layers for a network {network.widths}")
        weights, biases = [], []
        layers = zip(self.layers, network.weights, network.biases, strict=True)
        for layer, (part, weight, bias) in enumerate(layers, start=1):
            shapes = part.transport.linear.shape, np.shape(part.additive)
            if shapes != ((len(weight), len(weight)), weight.shape):
                raise ValueError(f"correction of layer {layer}: shapes {shapes} for a weight {weight.shape}")
            weights.append(part.transport.linear @ weight + part.additive)
            biases.append(part.transport.linear @ bias + part.transport.offset)
        return ReluNetwork(tuple(weights), tuple(biases))


def low_rank_term(weight: Any, weight_q: Any, rank: int, inputs: Any = None) -> FloatArray:
    """The best term C of the given rank to add to W_q, (out, in).

    With the layer's inputs a (n, in): C = SVD_k((W - W_q) R^1/2) R^-1/2, R = E[a a^T], which minimises
    E |(W - W_q - C) a|^2 (the closed form of QERA, Zhang et al. 2024); directions that no input reaches get nothing.
    Without: C = SVD_k(W - W_q), plain LoRC (Yao et al. 2023). Raises ValueError for rank < 1, for shapes that differ
    and for no inputs.
    """
    weight = finite_array(weight, "weight", (None, None))
    residual = weight - finite_array(weight_q, "quantized weight", weight.shape)
    if isinstance(rank, bool) or not isinstance(rank, int | np.integer) or rank < 1:
        raise ValueError(f"rank: {rank!r}; a low-rank correction needs a whole number from 1 on")
    if inputs is None:
        return _truncated(residual, rank)
    a = finite_array(inputs, "inputs of the layer", (None, weight.shape[1]))
    if len(a) == 0:
        raise ValueError("inputs of the layer: a weighted low-rank correction needs at least one")
    values, vectors = np.linalg.eigh(a.T @ a / len(a))
    roots = np.sqrt(np.where(values > values[-1] * len(values) * np.finfo(float).eps, values, 0.0))
    inverse_roots = np.divide(1.0, roots, out=np.zeros_like(roots), where=roots > 0)
    excited = _truncated(residual @ (vectors * roots) @ vectors.T, rank)
    return np.asarray(excited @ (vectors * inverse_roots) @ vectors.T)


def _truncated(matrix: FloatArray, rank: int) -> FloatArray:
    """The nearest matrix of at most this rank (Eckart-Young)."""
    left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    return np.asarray((left[:, :rank] * singular[:rank]) @ right[:rank])


def estimate_correction(
    net: ReluNetwork,
    quantized: ReluNetwork,
    x: Any,
    kind: CorrectionKind = "affine",
    rank: int = 1,
    layers: Sequence[int] | None = None,
    cut: float = LEAST_DIRECTION,
) -> Correction:
    """Estimate a correction of `quantized` towards `net` from calibration points x (n, d_0).

    kind "affine": T, t of each layer fitted by least squares from the quantized path's z_q, with the layers before it
    already corrected, to the float path's z. "bias": t = -(W_q - W) E[a]. "low-rank": C of the given rank, weighted
    with the inputs a (see `low_rank_term`). E[a] and a are those of the float path. layers: which layers (1 to L) to
    correct, all if left out; layers=[L] with "affine" is the single map at the output. cut: of "affine", directions of
    z_q below this share of the largest singular value are left out of the fit (see `fit_affine`); 0 fits all that
    rounding leaves. Only the points x are used.
    """
    check_same_widths(net, quantized)
    if kind not in ("affine", "bias", "low-rank"):
        raise ValueError(f"kind: {kind!r}; a correction is 'affine', 'bias' or 'low-rank'")
    chosen = {net.check_layer(layer) for layer in layers} if layers is not None else set(range(1, net.depth + 1))
    points = net.points(x)
    if len(points) == 0:
        raise ValueError("a correction needs at least one calibration point")
    if kind == "affine":
        found = _fitted_maps(net, quantized, points, chosen, cut)
    elif kind == "bias":
        found = _mean_shifts(net, quantized, points, chosen)
    else:
        found = _low_rank_terms(net, quantized, points, chosen, rank)
    untouched = (LayerCorrection.none(weight) for weight in net.weights)
    return Correction(tuple(found.get(layer, none) for layer, none in enumerate(untouched, start=1)))


def _fitted_maps(
    net: ReluNetwork, quantized: ReluNetwork, points: FloatArray, chosen: set[int], cut: float
) -> dict[int, LayerCorrection]:
    """Layer by layer, each fitted on the quantized path as the maps before it leave it."""
    found = {}
    path = points
    values = zip(net.pre_activations(points), quantized.weights, quantized.biases, strict=True)
    for layer, (z, weight, bias) in enumerate(values, start=1):
        z_path = path @ weight.T + bias
        if layer in chosen:
            transport = fit_affine(z_path, z, cut=cut)
            found[layer] = LayerCorrection(transport, np.zeros_like(weight))
            z_path = transport(z_path)
        path = np.maximum(z_path, 0.0)
    return found


def _mean_shifts(
    net: ReluNetwork, quantized: ReluNetwork, points: FloatArray, chosen: set[int]
) -> dict[int, LayerCorrection]:
    """Each layer's t takes back what its own rounding does to the mean of the float path."""
    found = {}
    values = zip(net.activations(points), net.weights, quantized.weights, strict=True)
    for layer, (a, weight, weight_q) in enumerate(values, start=1):
        if layer in chosen:
            shift = AffineMap(np.eye(len(weight)), (weight - weight_q) @ a.mean(axis=0))
            found[layer] = LayerCorrection(shift, np.zeros_like(weight))
    return found


def _low_rank_terms(
    net: ReluNetwork, quantized: ReluNetwork, points: FloatArray, chosen: set[int], rank: int
) -> dict[int, LayerCorrection]:
    """Each layer's C, weighted with what the layer receives on the float path."""
    found = {}
    values = zip(net.activations(points), net.weights, quantized.weights, strict=True)
    for layer, (a, weight, weight_q) in enumerate(values, start=1):
        if layer in chosen:
            found[layer] = LayerCorrection(AffineMap.identity(len(weight)), low_rank_term(weight, weight_q, rank, a))
    return found


def output_map(net: ReluNetwork, quantized: ReluNetwork, calibration: Any) -> AffineMap:
    """The single map (T, t) at the output, fitted on calibration points (m, d_0)."""
    return estimate_correction(net, quantized, calibration, "affine", layers=[net.depth]).layers[-1].transport


def with_output_map(network: ReluNetwork, transport: AffineMap) -> ReluNetwork:
    """The network with a map of its output folded into its last layer. Raises ValueError for another dimension."""
    last = LayerCorrection(transport, np.zeros_like(network.weights[-1]))
    return Correction((*map(LayerCorrection.none, network.weights[:-1]), last)).apply(network)


def plain_low_rank_correction(net: ReluNetwork, quantized: ReluNetwork, rank: int) -> Correction:
    """SVD_k(W - W_q) added in every layer (LoRC, Yao et al. 2023); it needs no data."""
    check_same_widths(net, quantized)
    parts = (
        LayerCorrection(AffineMap.identity(len(weight)), low_rank_term(weight, weight_q, rank))
        for weight, weight_q in zip(net.weights, quantized.weights, strict=True)
    )
    return Correction(tuple(parts))


def fit_corrections(
    net: ReluNetwork,
    quantized: ReluNetwork,
    x: Any,
    kind: CorrectionKind = "affine",
    rank: int = 1,
    layers: Sequence[int] | None = None,
    cut: float = LEAST_DIRECTION,
) -> ReluNetwork:
    """The quantized network with the correction of `estimate_correction` folded into its weights and biases."""
    return estimate_correction(net, quantized, x, kind, rank, layers, cut).apply(quantized)


@dataclass(frozen=True)
class NonCapacityCheck:
    """Accuracies 0 to 1 of the float network as it is, and with the correction applied to it."""

    float_accuracy: float
    corrected_float_accuracy: float

    @property
    def passed(self) -> bool:
        """Whether the correction does not raise the float path's accuracy: it repairs, and adds no capacity."""
        return self.corrected_float_accuracy <= self.float_accuracy


def non_capacity_check(
    net: ReluNetwork, correction: Correction, points: Any, labels: Any, classes: Classes | None = None
) -> NonCapacityCheck:
    """Apply a correction fitted for the quantized path to the float path, and compare accuracies."""
    corrected = correction.apply(net)
    return NonCapacityCheck(accuracy(net, points, labels, classes), accuracy(corrected, points, labels, classes))


def correction_numbers(widths: Sequence[int], kind: CorrectionKind, rank: int = 1) -> int:
    """How many numbers a correction of this kind in every layer stores.

    "bias": d_l a layer. "affine": d_l^2 + d_l. "low-rank": its two factors, rank (d_l + d_(l-1)).
    """
    pairs = list(pairwise(widths))
    if kind == "bias":
        return sum(fan_out for _, fan_out in pairs)
    if kind == "affine":
        return sum(fan_out * (fan_out + 1) for _, fan_out in pairs)
    if kind == "low-rank":
        return sum(rank * (fan_in + fan_out) for fan_in, fan_out in pairs)
    raise ValueError(f"kind: {kind!r}; a correction is 'affine', 'bias' or 'low-rank'")
