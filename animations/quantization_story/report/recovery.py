"""Corrections in every layer side by side: what each brings back, what it costs, and its control."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import BoolArray
from quantization_story.core.corrections import (
    CorrectionKind,
    correction_numbers,
    estimate_correction,
    non_capacity_check,
)
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import hits, require_learned
from quantization_story.networks import LearnedNetwork

# (kind, rank) of the corrections that are compared; the rank counts for "low-rank" only.
COMPARED: tuple[tuple[CorrectionKind, int], ...] = (("bias", 0), ("affine", 0), ("low-rank", 2))


@dataclass(frozen=True, eq=False)
class Recovery:
    """One network on the held-out points.

    kind: "float", "RTN", or the kind of a correction fitted on calibration points in every layer. rank: of a low-rank
    one, else 0. right (n,): which points it classifies correctly. numbers: how many the correction stores. largest_gap:
    the largest difference of its outputs to the float network's. on_float: the accuracy of the float network with the
    same correction (the non-capacity check); None where there is no correction.
    """

    kind: str
    rank: int
    right: BoolArray
    numbers: int
    largest_gap: float
    on_float: float | None

    @property
    def rebuilds(self) -> bool:
        """Whether its outputs are the float network's, up to rounding."""
        return self.largest_gap < 1e-6

    @property
    def accuracy(self) -> float:
        """The share of points that it classifies correctly."""
        return float(np.mean(self.right))


@dataclass(frozen=True, eq=False)
class RecoveryStudy:
    """Float, RTN and corrections of one network; `corrected` as in COMPARED."""

    widths: tuple[int, ...]
    bits: int
    exact: Recovery
    rounded: Recovery
    corrected: tuple[Recovery, ...]

    @property
    def all(self) -> tuple[Recovery, ...]:
        """Float first, then RTN, then the corrections."""
        return self.exact, self.rounded, *self.corrected

    def wrong(self, seen: float) -> BoolArray:
        """Which points are classified wrongly by the last of `all` that is seen, if `seen` of them are by now, (n,)."""
        return ~self.all[int(np.clip(np.ceil(seen) - 1, 0, len(self.all) - 1))].right


def recovery_study(learned: LearnedNetwork, bits: int | None = None) -> RecoveryStudy:
    """Compare float, RTN and the corrections COMPARED, fitted on the calibration points, measured on the held-out ones.

    bits: the story's bit width if left out. Raises ValueError if the network has not learned its task.
    """
    net, quantized, classes = learned.network, learned.quantized(bits), learned.readout
    points, labels = learned.held_out.points, learned.held_out.labels
    require_learned(net, points, labels, classes=classes, linear=learned.linear_accuracy)

    def measured(kind: str, rank: int, network: ReluNetwork, numbers: int, on_float: float | None) -> Recovery:
        outputs = network(points)
        gap = float(np.abs(outputs - net(points)).max())
        return Recovery(kind, rank, hits(outputs, labels, classes), numbers, gap, on_float)

    corrected = []
    for kind, rank in COMPARED:
        correction = estimate_correction(net, quantized, learned.calibration.points, kind, max(rank, 1))
        control = non_capacity_check(net, correction, points, labels, classes).corrected_float_accuracy
        numbers = correction_numbers(net.widths, kind, rank)
        corrected.append(measured(kind, rank, correction.apply(quantized), numbers, control))
    return RecoveryStudy(
        net.widths,
        learned.bits if bits is None else bits,
        measured("float", 0, net, 0, None),
        measured("RTN", 0, quantized, 0, None),
        tuple(corrected),
    )
