"""How the error of rounding runs down the layers: its two terms, each layer rounded alone, and corrections on the way.

Every length is relative: the root mean square of an error of z_l over the spread of the float network's z_l on the
held-out points (its root mean square distance from its mean).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.blends import blend, leg
from quantization_story.core.corrections import (
    Correction,
    CorrectionKind,
    LayerCorrection,
    correction_numbers,
    estimate_correction,
)
from quantization_story.core.distances import rms, spread
from quantization_story.core.errors import LayerError, check_same_widths, layer_errors
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import Classes, accuracy

CascadeKind = CorrectionKind | Literal["local"]
# (kind, rank) of the corrections that are compared; the rank counts for "low-rank" only.
COMPARED: tuple[tuple[CorrectionKind, int], ...] = (("bias", 0), ("low-rank", 1), ("affine", 0))


@dataclass(frozen=True, eq=False)
class LayerTerms:
    """The lengths of both terms of the error, and of their sum, the error itself, after every layer, (L,) each."""

    local: FloatArray
    propagated: FloatArray
    total: FloatArray

    @property
    def shares(self) -> FloatArray:
        """The share (L,) of the propagated term in the two lengths laid end to end, 0 to 1; 0 where there is none."""
        both = self.local + self.propagated
        return np.divide(self.propagated, both, out=np.zeros_like(both), where=both > 0)

    def toward(self, other: "LayerTerms", amount: float) -> "LayerTerms":
        """A part of the way, 0 to 1, to other lengths, to move a picture there."""
        parts = ((self.local, other.local), (self.propagated, other.propagated), (self.total, other.total))
        return LayerTerms(*(blend(here, there, amount) for here, there in parts))


def layer_spreads(net: ReluNetwork, points: Any) -> FloatArray:
    """The spread of z_l over points (n, d_0), (L,). Raises ValueError, naming the layer, where there is none."""
    spreads = np.array([spread(z) for z in net.pre_activations(points)])
    if not spreads.all():
        raise ValueError(f"layer {int(np.argmin(spreads)) + 1}: its pre-activation is the same at every point")
    return spreads


def layer_terms(net: ReluNetwork, quantized: ReluNetwork, x: Any, spreads: Any) -> LayerTerms:
    """The two terms of `layer_errors` at points x (n, d_0), root mean square over the points, over the spreads (L,)."""
    units = finite_array(spreads, "spreads", (net.depth,))
    errors = layer_errors(net, quantized, x)
    if errors[0].total.size == 0:
        raise ValueError("the terms of an error need at least one point")

    def lengths(part: str) -> FloatArray:
        return np.array([rms(getattr(error, part)) for error in errors]) / units

    return LayerTerms(lengths("local"), lengths("propagated"), lengths("total"))


def typical_point(net: ReluNetwork, quantized: ReluNetwork, points: Any) -> int:
    """The index of the point whose lengths, over all layers, lie closest to the root mean squares of all points."""
    spreads = layer_spreads(net, points)
    whole = layer_terms(net, quantized, points, spreads)

    def off(part: str) -> FloatArray:
        own = [np.linalg.norm(getattr(error, part), axis=1) for error in errors]
        return np.asarray(np.sum((np.column_stack(own) / spreads - getattr(whole, part)) ** 2, axis=1))

    errors: list[LayerError] = layer_errors(net, quantized, points)
    return int(np.argmin(off("local") + off("propagated")))


@dataclass(frozen=True, eq=False)
class AloneStudy:
    """Every layer rounded alone: lengths (L, L), row k for layer k + 1, and accuracies (L,), 0 to 1."""

    lengths: FloatArray
    accuracies: FloatArray


def rounded_alone(net: ReluNetwork, quantized: ReluNetwork, layer: int) -> ReluNetwork:
    """The float network with one layer, 1 to L, taken from the quantized one."""
    check_same_widths(net, quantized)
    index = net.check_layer(layer) - 1
    weights, biases = list(net.weights), list(net.biases)
    weights[index], biases[index] = quantized.weights[index], quantized.biases[index]
    return ReluNetwork(tuple(weights), tuple(biases))


def alone_study(
    net: ReluNetwork, quantized: ReluNetwork, points: Any, labels: Any, classes: Classes | None = None
) -> AloneStudy:
    """Round one layer at a time and measure the error after every layer, and the accuracy, on labelled points."""
    spreads = layer_spreads(net, points)
    networks = [rounded_alone(net, quantized, layer) for layer in range(1, net.depth + 1)]
    lengths = np.array([layer_terms(net, network, points, spreads).total for network in networks])
    return AloneStudy(lengths, np.array([accuracy(network, points, labels, classes) for network in networks]))


def local_baseline(net: ReluNetwork, quantized: ReluNetwork) -> Correction:
    """c_local in every layer: -E_l a is added to z_l, a the layer's input and E_l = W_q - W.

    An identity: it rebuilds W_l exactly. An upper baseline for analysis, never a method, since it stores E_l itself.
    """
    check_same_widths(net, quantized)
    pairs = zip(net.weights, quantized.weights, strict=True)
    return Correction(
        tuple(LayerCorrection(AffineMap.identity(len(weight)), weight - weight_q) for weight, weight_q in pairs)
    )


def first_layers(correction: Correction, count: int) -> Correction:
    """The correction in the first `count` layers only; the others are left alone."""
    if not 0 <= count <= len(correction.layers):
        raise ValueError(f"the first {count} layers of a correction of {len(correction.layers)}")
    idle = (
        LayerCorrection(AffineMap.identity(len(part.additive)), np.zeros_like(part.additive))
        for part in correction.layers[count:]
    )
    return Correction((*correction.layers[:count], *idle))


@dataclass(frozen=True, eq=False)
class Cascade:
    """A correction that runs down the layers: entry k of everything is with the layers 1 to k corrected, k = 0 ... L.

    kind: of a correction, or "local" for c_local. rank: of a low-rank one, else 0. numbers: how many it stores in all
    layers. terms: of the error after every layer. accuracies, on_float: (L + 1,), 0 to 1, of the corrected quantized
    network, and of the float network with the same correction (the non-capacity check).
    """

    kind: CascadeKind
    rank: int
    numbers: int
    terms: tuple[LayerTerms, ...]
    accuracies: FloatArray
    on_float: FloatArray

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return len(self.terms) - 1

    @property
    def name(self) -> str:
        """The kind, or the rank of a low-rank correction."""
        return f"rank {self.rank}" if self.rank else self.kind

    @property
    def left(self) -> float:
        """The error at the output with every layer corrected."""
        return float(self.terms[-1].total[-1])

    @property
    def raises_float(self) -> bool:
        """Whether the float network with the whole correction is more accurate than without: more than a repair."""
        return bool(self.on_float[-1] > self.on_float[0])

    def after(self, corrected: float) -> LayerTerms:
        """The terms with so many layers corrected; between two whole numbers the picture moves from one to the next."""
        before, after, part = leg(float(np.clip(corrected, 0.0, self.depth)), len(self.terms))
        return self.terms[before].toward(self.terms[after], part)


def run_cascade(
    net: ReluNetwork,
    quantized: ReluNetwork,
    calibration: Any,
    points: Any,
    labels: Any,
    kind: CascadeKind,
    rank: int = 0,
    classes: Classes | None = None,
) -> Cascade:
    """Correct the layers 1 to k for every k and measure on labelled points; calibration (m, d_0) is only fitted on.

    A layer's correction depends on the layers before it alone (see `estimate_correction`), so one estimate serves all.
    """
    if kind == "local":
        correction, numbers = local_baseline(net, quantized), sum(weight.size for weight in net.weights)
    else:
        correction = estimate_correction(net, quantized, calibration, kind, max(rank, 1))
        numbers = correction_numbers(net.widths, kind, rank)
    spreads = layer_spreads(net, points)
    parts = [first_layers(correction, count) for count in range(net.depth + 1)]
    return Cascade(
        kind,
        rank,
        numbers,
        tuple(layer_terms(net, part.apply(quantized), points, spreads) for part in parts),
        np.array([accuracy(part.apply(quantized), points, labels, classes) for part in parts]),
        np.array([accuracy(part.apply(net), points, labels, classes) for part in parts]),
    )


@dataclass(frozen=True, eq=False)
class CascadeStudy:
    """All that the story of a cascade tells of one network, measured on held-out points.

    spreads: the units, (L,). rounded: the terms by round-to-nearest alone. baseline: c_local. corrected: as COMPARED.
    """

    numbers: int
    spreads: FloatArray
    rounded: LayerTerms
    alone: AloneStudy
    baseline: Cascade
    corrected: tuple[Cascade, ...]

    @property
    def longest(self) -> float:
        """The longest error anywhere in the study."""
        every = (terms for cascade in (self.baseline, *self.corrected) for terms in cascade.terms)
        return max(float(np.max(terms.total)) for terms in every)


def cascade_study(
    net: ReluNetwork,
    quantized: ReluNetwork,
    calibration: Any,
    points: Any,
    labels: Any,
    classes: Classes | None = None,
) -> CascadeStudy:
    """Measure it all on labelled points; corrections are fitted on the calibration points (m, d_0) alone."""

    def run(kind: CascadeKind, rank: int) -> Cascade:
        return run_cascade(net, quantized, calibration, points, labels, kind, rank, classes)

    spreads = layer_spreads(net, points)
    return CascadeStudy(
        net.parameter_count,
        spreads,
        layer_terms(net, quantized, points, spreads),
        alone_study(net, quantized, points, labels, classes),
        run("local", 0),
        tuple(run(kind, rank) for kind, rank in COMPARED),
    )


# --- what the figures say, in words


def growth_words(total: Sequence[float] | FloatArray, level: float = 0.85) -> str:
    """How the error (L,) goes with depth: to a level that it keeps (within the share `level` of its peak), or not."""
    sizes = finite_array(total, "errors after every layer", (None,))
    peak = int(np.argmax(sizes))
    if len(sizes) < 3:
        return "is measured after every layer"
    if peak == len(sizes) - 1:
        return "is largest at the output"
    if sizes[peak:].min() >= level * sizes[peak]:
        return f"rises to layer {peak + 1}, then stays level"
    return f"is largest in layer {peak + 1} and then falls"


def composition_words(float_accuracy: float, rounded_accuracy: float, alone: Sequence[float] | FloatArray) -> str:
    """What layers rounded alone cost in accuracy, beside what they cost together (accuracies, 0 to 1), in points."""
    worst = 100 * max(0.0, float_accuracy - float(np.min(alone)))
    together = 100 * (float_accuracy - rounded_accuracy)
    return f"One layer alone costs at most {worst:.1f} points of accuracy; all cost {together:.1f}"


def comparison_words(cascades: Sequence[Cascade], numbers: int) -> str:
    """Whether less error is also more accuracy, among corrections that store fewer numbers than the network has."""
    cheap = [each for each in cascades if each.numbers < numbers]
    if len(cheap) < 2:
        return "No two of them store fewer numbers than the network"
    closest, best = min(cheap, key=lambda each: each.left), max(cheap, key=lambda each: each.accuracies[-1])
    if closest.accuracies[-1] == best.accuracies[-1]:
        return f"{closest.name.capitalize()} errs least and gets most points right"
    return f"{closest.name.capitalize()} errs less on average than {best.name}, yet more points end up wrong"


def control_words(cascades: Sequence[Cascade], notable: float = 0.01) -> str:
    """What the non-capacity check says: which correction raises the float network's accuracy, else which spoils it."""
    for each in cascades:
        if each.raises_float:
            return f"Control: {each.name} raises the float network too: more than repair"
    lowest = min(cascades, key=lambda each: each.on_float[-1])
    if lowest.on_float[0] - lowest.on_float[-1] < notable:
        return "Control: on the float network none of them changes accuracy"
    reached, name = 100 * lowest.on_float[-1], lowest.name.capitalize()
    return f"{name} fits only the rounded network: on the float one {reached:.1f} % correct"


def cost_words(cascade: Cascade, numbers: int) -> str:
    """What a correction does to a layer and how many numbers that takes; beside the network's, where it has no more."""
    stored = f"{cascade.numbers} numbers" + (f" (network: {numbers})" if cascade.numbers >= numbers else "")
    if cascade.rank:
        product = "a column times a row" if cascade.rank == 1 else f"{cascade.rank} columns times rows"
        return f"Rank {cascade.rank}: add {product} to each layer's weights, {stored}"
    does = {"bias": "add one number to each unit", "affine": "mix each layer's units anew", "local": "undo it all"}
    return f"{cascade.name.capitalize()}: {does[cascade.kind]}, {stored}"
