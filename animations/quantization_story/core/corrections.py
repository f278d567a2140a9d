"""Corrections of a quantized network, and the two checks that keep them honest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import Classes, accuracy, accuracy_of_outputs

CorrectionKind = Literal["affine", "bias", "low-rank"]


@dataclass(frozen=True, eq=False)
class LayerCorrection:
    """What is done to one layer's pre-activation: z -> T z + t + C a, with a the layer's input.

    transport: (T, t), square. additive: C, (d_l, d_(l-1)). Either leaves the layer alone as identity and zero.
    """

    transport: AffineMap
    additive: FloatArray


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
) -> Correction:
    """Estimate a correction of `quantized` towards `net` from calibration points x (n, d_0).

    kind "affine": T, t of each layer fitted by least squares from the quantized path's z_q, with the layers before it
    already corrected, to the float path's z. "bias": t = -(W_q - W) E[a]. "low-rank": C of the given rank, weighted
    with the inputs a (see `low_rank_term`). E[a] and a are those of the float path. layers: which layers (1 to L) to
    correct, all if left out; layers=[L] with "affine" is the single map at the output. Only the points x are used.
    """
    check_same_widths(net, quantized)
    if kind not in ("affine", "bias", "low-rank"):
        raise ValueError(f"kind: {kind!r}; a correction is 'affine', 'bias' or 'low-rank'")
    chosen = {net.check_layer(layer) for layer in layers} if layers is not None else set(range(1, net.depth + 1))
    points = net.points(x)
    if len(points) == 0:
        raise ValueError("a correction needs at least one calibration point")
    parts: list[LayerCorrection] = []
    a_path = points
    for index, (a, z) in enumerate(zip(net.activations(points), net.pre_activations(points), strict=True)):
        weight, weight_q = net.weights[index], quantized.weights[index]
        z_path = a_path @ weight_q.T + quantized.biases[index]
        transport, additive = AffineMap.identity(len(weight)), np.zeros_like(weight)
        if index + 1 in chosen and kind == "affine":
            transport = fit_affine(z_path, z)
        elif index + 1 in chosen and kind == "bias":
            transport = AffineMap(np.eye(len(weight)), (weight - weight_q) @ a.mean(axis=0))
        elif index + 1 in chosen:
            additive = low_rank_term(weight, weight_q, rank, a)
        parts.append(LayerCorrection(transport, additive))
        a_path = np.maximum(transport(z_path) + a_path @ additive.T, 0.0)
    return Correction(tuple(parts))


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
) -> ReluNetwork:
    """The quantized network with the correction of `estimate_correction` folded into its weights and biases."""
    return estimate_correction(net, quantized, x, kind, rank, layers).apply(quantized)


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


@dataclass(frozen=True)
class NullControl:
    """Accuracies 0 to 1 that one output map of the same size reaches from sources that know nothing of the network.

    permuted: one for each draw of permuted weights. raw_input: from the input itself.
    """

    permuted: tuple[float, ...]
    raw_input: float

    @property
    def permuted_mean(self) -> float:
        """The mean accuracy over the draws."""
        return float(np.mean(self.permuted))

    @property
    def best(self) -> float:
        """The stronger of the two controls: the mean over the draws, or the raw input."""
        return max(self.permuted_mean, self.raw_input)


def null_control(
    net: ReluNetwork,
    quantizer: UniformQuantizer,
    calibration: Any,
    points: Any,
    labels: Any,
    draws: int = 32,
    seed: int = 0,
    classes: Classes | None = None,
) -> NullControl:
    """Fit the same output map to the float outputs from sources that should not carry them.

    calibration: (m, d_0), what the maps are fitted on. points (n, d_0), labels (n,): what they are scored on. Each
    draw permutes the entries of every weight matrix among themselves, then quantizes; the biases stay. classes: as in
    `accuracy`. Raises ValueError for fewer than one draw.
    """
    if draws < 1:
        raise ValueError(f"draws: {draws}; a null control needs at least 1")
    rng = np.random.default_rng(seed)
    target = net(calibration)

    def score(source: Callable[[Any], FloatArray]) -> float:
        return accuracy_of_outputs(fit_affine(source(calibration), target)(source(points)), labels, classes)

    permuted = tuple(score(permuted_weights(net, rng).quantized(quantizer)) for _ in range(draws))
    return NullControl(permuted, score(net.points))


def permuted_weights(net: ReluNetwork, rng: np.random.Generator) -> ReluNetwork:
    """The network with the entries of every weight matrix permuted among themselves; the biases stay."""
    weights = tuple(rng.permutation(weight.ravel()).reshape(weight.shape) for weight in net.weights)
    return ReluNetwork(weights, net.biases)


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


def largest_rank(net: ReluNetwork) -> int:
    """The largest rank that a weight matrix of these widths, or its rounding error, can have: its shorter side."""
    return max(min(pair) for pair in pairwise(net.widths))
