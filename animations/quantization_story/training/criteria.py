"""What a trained network is judged by: whether it learned, loses and comes back, and how clear its picture is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np

from quantization_story.core.affine import rank
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.corrections import Correction, CorrectionKind, estimate_correction
from quantization_story.core.distances import mean_length, rms
from quantization_story.core.errors import decompose_error
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import null_control
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import LabelledPoints, accuracy, prototypes
from quantization_story.networks import SHIPPED_WINDOW
from quantization_story.partition import partition, refine

Outcome = Literal["-", "h", "l", "r"]
Measure = Callable[["Subject"], float]


@dataclass(frozen=True)
class Thresholds:
    """When a network has learned, loses, and has come back; held-out accuracies, 0 to 1.

    learned: the least float accuracy. loss: the least that rounding must cost. back_within: how far below the float
    accuracy the corrected network may stay.
    """

    learned: float = 0.985
    loss: float = 0.08
    back_within: float = 0.015


@dataclass(frozen=True)
class Repair:
    """A correction as a recipe for `estimate_correction`; output_only: of the last layer alone, else of every layer."""

    words: str
    kind: CorrectionKind
    rank: int = 1
    output_only: bool = False


REPAIRS = MappingProxyType(
    {
        "output_map": Repair("one affine map at the output", "affine", output_only=True),
        "bias": Repair("bias correction in every layer", "bias"),
        "affine": Repair("a full affine map in every layer", "affine"),
        "rank_1": Repair("a rank-1 term in every layer", "low-rank", 1),
        "rank_2": Repair("a rank-2 term in every layer", "low-rank", 2),
        "rank_4": Repair("a rank-4 term in every layer", "low-rank", 4),
    }
)


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained network with the quantizer and the points it is judged by.

    calibration: what corrections are fitted on. held_out: what everything is measured on. All accuracies are held-out
    ones, 0 to 1.
    """

    network: ReluNetwork
    quantizer: UniformQuantizer
    calibration: LabelledPoints
    held_out: LabelledPoints

    @cached_property
    def quantized(self) -> ReluNetwork:
        """The round-to-nearest network."""
        return self.network.quantized(self.quantizer)

    def at_bits(self, bits: int) -> "Subject":
        """The same network judged at another bit width."""
        return replace(self, quantizer=replace(self.quantizer, bits=bits))

    def accuracy(self, network: ReluNetwork) -> float:
        """The share of the held-out points that a network classifies correctly."""
        return accuracy(network, self.held_out.points, self.held_out.labels)

    @cached_property
    def float_accuracy(self) -> float:
        """Of the float network."""
        return self.accuracy(self.network)

    @cached_property
    def quantized_accuracy(self) -> float:
        """Of the round-to-nearest network."""
        return self.accuracy(self.quantized)

    def correction(self, name: str) -> Correction:
        """One of `REPAIRS`, fitted on the calibration points."""
        repair = REPAIRS[name]
        layers = [self.network.depth] if repair.output_only else None
        points = self.calibration.points
        return estimate_correction(self.network, self.quantized, points, repair.kind, repair.rank, layers)

    def repaired(self, name: str) -> float:
        """The accuracy of the round-to-nearest network with one of `REPAIRS`."""
        return self.accuracy(self.correction(name).apply(self.quantized))

    def float_repaired(self, name: str) -> float:
        """The accuracy of the float network with the same correction: the non-capacity check."""
        return self.accuracy(self.correction(name).apply(self.network))


def outcome(subject: Subject, thresholds: Thresholds, repair: str) -> Outcome:
    """What becomes of a network: not learned, holds, loses, or loses and comes back by one of `REPAIRS`.

    The letters are those of `networks.Population`.
    """
    if subject.float_accuracy < thresholds.learned:
        return "-"
    if subject.quantized_accuracy > subject.float_accuracy - thresholds.loss:
        return "h"
    return "r" if subject.repaired(repair) >= subject.float_accuracy - thresholds.back_within else "l"


def accuracy_drop(subject: Subject) -> float:
    """The accuracy that round-to-nearest loses."""
    return subject.float_accuracy - subject.quantized_accuracy


def shortfall(subject: Subject, repair: str) -> float:
    """The accuracy still missing after one of `REPAIRS`."""
    return subject.float_accuracy - subject.repaired(repair)


def recovered_share(subject: Subject, repair: str) -> float:
    """The share of the lost accuracy that one of `REPAIRS` brings back; 0 where nothing is lost."""
    lost = accuracy_drop(subject)
    return (subject.repaired(repair) - subject.quantized_accuracy) / lost if lost > 0 else 0.0


def float_gain(subject: Subject, repair: str) -> float:
    """The accuracy that one of `REPAIRS`, fitted for the quantized path, adds to the float network."""
    return subject.float_repaired(repair) - subject.float_accuracy


def crossed(subject: Subject) -> BoolArray:
    """Which held-out points (n,) have another activation pattern in the quantized network than in the float one."""
    x = subject.held_out.points
    return ~decompose_error(subject.network, subject.quantized, x).same_pattern


def crossing_ratio(subject: Subject) -> float:
    """The mean length of the residual after the output map on crossed points, over that on the others.

    0 if either side is empty.
    """
    corrected = subject.correction("output_map").apply(subject.quantized)
    error = decompose_error(subject.network, corrected, subject.held_out.points)
    same = error.same_pattern
    if not same.any() or same.all():
        return 0.0
    return mean_length(error.total[~same]) / mean_length(error.total[same])


def largest_pre_activation(subject: Subject) -> float:
    """The largest |z| of any unit of any layer at any held-out point, of the float and of the quantized network."""
    return max(
        float(np.abs(z).max())
        for network in (subject.network, subject.quantized)
        for z in network.pre_activations(subject.held_out.points)
    )


def rank_deficit(weights: Sequence[FloatArray]) -> int:
    """How far the worst of these matrices is from full rank: the largest of min(rows, columns) - rank; 0 is full."""
    return max(int(min(weight.shape)) - rank(weight) for weight in weights)


def worst_condition(network: ReluNetwork) -> float:
    """The largest condition number of the weight matrices (largest over smallest singular value)."""
    return max(float(np.linalg.cond(weight)) for weight in network.weights)


def null_margin(subject: Subject) -> float:
    """How far the null control (the stronger one of `null_control`) stays below the corrected network, in accuracy."""
    control = null_control(
        subject.network,
        subject.quantizer,
        subject.calibration.points,
        subject.held_out.points,
        subject.held_out.labels,
    )
    return subject.repaired("output_map") - control.best


def bit_cost(subject: Subject) -> float:
    """The most accuracy that adding one bit costs, from 2 to 8 bits; negative if every bit adds some."""
    reached = [subject.at_bits(bits).quantized_accuracy for bits in range(2, 9)]
    return float(np.max(-np.diff(reached)))


def least_fold(subject: Subject) -> float:
    """The smaller share of held-out points on either side of a unit's boundary, least over all hidden units: 0 to 0.5.

    A unit that is on, or off, at all points folds nothing.
    """
    on = subject.network.activation_patterns(subject.held_out.points).mean(axis=0)
    return float(np.minimum(on, 1.0 - on).min())


def least_aspect(subject: Subject) -> float:
    """The second over the largest singular value of the centred cloud, least over all layers z_l: 0 (a line) to 1."""
    shapes = [
        np.linalg.svd(z - z.mean(axis=0), compute_uv=False)
        for z in subject.network.pre_activations(subject.held_out.points)
    ]
    return float(min(values[1] / values[0] for values in shapes))


def region_count(network: ReluNetwork) -> int:
    """The number of linear regions in the box [-3, 3]^2, exact."""
    return len(partition(network, SHIPPED_WINDOW.box))


def changed_area(subject: Subject) -> float:
    """The share of the box [-3, 3]^2 where the two networks have different activation patterns, exact."""
    refined = refine(subject.network, subject.quantized, SHIPPED_WINDOW.box)
    return refined.changed_area / refined.box_area


def class_margin(subject: Subject) -> float:
    """How far apart the classes lie in the output plane.

    The distance of an output to the nearest boundary of its class's sector (negative in a wrong sector): its 5th
    percentile over the held-out points, over the rms length of the outputs.
    """
    outputs, labels = subject.network(subject.held_out.points), subject.held_out.labels
    readout = prototypes(int(labels.max()) + 1, outputs.shape[1])
    own = readout[labels]
    distances = np.full(len(outputs), np.inf)
    for other in readout:
        across = own - other
        length = np.linalg.norm(across, axis=1)
        reached = np.divide((outputs * across).sum(axis=1), length, out=np.full(len(outputs), np.inf), where=length > 0)
        distances = np.minimum(distances, reached)
    return float(np.percentile(distances, 5) / rms(outputs))


def displacement(subject: Subject) -> float:
    """How far rounding moves the outputs: the rms length of f_q - f over that of f, on the held-out points."""
    outputs = subject.network(subject.held_out.points)
    return rms(subject.quantized(subject.held_out.points) - outputs) / rms(outputs)


def clearness(subject: Subject) -> dict[str, float]:
    """How clear the picture of a network is, in seven terms from 0 to 1 and their geometric mean, "clearness".

    folds: every hidden unit folds the data (`least_fold` over 0.25). aspect: no layer is a sliver (`least_aspect` over
    0.25). extent: the layers fit one scale (10 over `largest_pre_activation`). regions: there is something to cut
    (`region_count` over 9). margin: the classes come apart (`class_margin` over 0.1). moved: rounding shows
    (`displacement` over 0.2). recognisable: but not beyond recognition (0.6 over `displacement`). Each is cut off at 1.
    """
    moved = displacement(subject)
    terms = {
        "folds": least_fold(subject) / 0.25,
        "aspect": least_aspect(subject) / 0.25,
        "extent": 10.0 / largest_pre_activation(subject),
        "regions": region_count(subject.network) / 9.0,
        "margin": class_margin(subject) / 0.1,
        "moved": moved / 0.2,
        "recognisable": 0.6 / moved if moved > 0 else 1.0,
    }
    terms = {name: float(np.clip(value, 0.0, 1.0)) for name, value in terms.items()}
    return {**terms, "clearness": float(np.prod(list(terms.values())) ** (1.0 / len(terms)))}
