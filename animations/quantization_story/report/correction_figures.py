"""What each correction brings back, what it costs, and its controls: the float path, permuted weights, other seeds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.corrections import (
    Correction,
    correction_numbers,
    estimate_correction,
    plain_low_rank_correction,
)
from quantization_story.core.distances import rms
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import DRAWS, permuted_networks, raw_input_network
from quantization_story.core.tasks import LabelledPoints, accuracy
from quantization_story.networks import LearnedNetwork
from quantization_story.training.criteria import REPAIRS

NULL_POINTS = 3000


@dataclass(frozen=True)
class NullFigures:
    """The same correction fitted to networks with permuted weights: the means over the draws.

    raw_input: the accuracy of an output map fitted from the bare input; None for any other correction.
    """

    draws: int
    output_relative: float
    accuracy: float | None
    raw_input: float | None


@dataclass(frozen=True)
class CorrectionFigures:
    """One correction. before, after: the relative RMS error of each pre-activation on the held-out points.

    numbers: how many it stores. accuracy: what it reaches. recovered: the share of the lost accuracy that is back; None
    where none is lost. on_float: the accuracy of the float network with it; adds_capacity: whether that is a rise.
    """

    name: str
    words: str
    numbers: int
    before: tuple[float, ...]
    after: tuple[float, ...]
    accuracy: float | None
    recovered: float | None
    on_float: float | None
    adds_capacity: bool | None
    null: NullFigures
    population: str | None


@dataclass(frozen=True)
class Kind:
    """A correction by name: how it is estimated from (net, quantized, calibration points), and what it stores."""

    name: str
    words: str
    estimate: Callable[[ReluNetwork, ReluNetwork, FloatArray], Correction]
    numbers: Callable[[tuple[int, ...]], int]
    repair: str | None  # which of `selection.REPAIRS` it is: populations are counted with these


def correction_kinds(rank: int) -> tuple[Kind, ...]:
    """The corrections that are reported, the low-rank ones at this rank."""

    def stored(kind: str) -> Callable[[tuple[int, ...]], int]:
        return lambda widths: correction_numbers(widths, kind, rank)  # type: ignore[arg-type]

    known = f"rank_{rank}" if f"rank_{rank}" in REPAIRS else None
    return (
        Kind(
            "bias",
            "bias correction in every layer",
            lambda f, q, x: estimate_correction(f, q, x, "bias"),
            stored("bias"),
            "bias",
        ),
        Kind(
            f"rank-{rank} plain",
            f"SVD_{rank}(W - W_q) in every layer, without data (LoRC)",
            lambda f, q, _: plain_low_rank_correction(f, q, rank),
            stored("low-rank"),
            None,
        ),
        Kind(
            f"rank-{rank} activation-aware",
            f"a rank-{rank} term in every layer, weighted with its inputs (QERA)",
            lambda f, q, x: estimate_correction(f, q, x, "low-rank", rank),
            stored("low-rank"),
            known,
        ),
        Kind(
            "output affine",
            "one affine map at the output",
            lambda f, q, x: estimate_correction(f, q, x, "affine", layers=[f.depth]),
            lambda widths: widths[-1] * (widths[-1] + 1),
            "output_map",
        ),
        Kind(
            "per-layer affine",
            "a full affine map in every layer: as many numbers as a square layer has",
            lambda f, q, x: estimate_correction(f, q, x, "affine"),
            stored("affine"),
            "affine",
        ),
    )


def ratio(part: float, whole: float) -> float:
    """A part over the whole; 0 where there is no whole."""
    return part / whole if whole > 0 else 0.0


def relative_errors(net: ReluNetwork, other: ReluNetwork, points: FloatArray) -> tuple[float, ...]:
    """For every layer the RMS of z_other - z over that of z, at points (n, d_0); 0 where z is 0."""
    pairs = zip(net.pre_activations(points), other.pre_activations(points), strict=True)
    return tuple(ratio(rms(theirs - mine), rms(mine)) for mine, theirs in pairs)


def correction_figures(learned: LearnedNetwork, bits: int, kind: Kind, draws: int) -> CorrectionFigures:
    """Fit one correction on the calibration points, and measure it and its controls on the held-out ones."""
    net, held_out = learned.given, learned.given_held_out
    quantized, fitted = learned.given_quantized(bits), learned.given_calibration.points
    correction = kind.estimate(net, quantized, fitted)
    corrected = correction.apply(quantized)
    exact, rounded, reached, on_float = (
        _accuracy(learned, network, held_out) for network in (net, quantized, corrected, correction.apply(net))
    )
    lost = None if exact is None or rounded is None else exact - rounded
    return CorrectionFigures(
        kind.name,
        kind.words,
        kind.numbers(net.widths),
        relative_errors(net, quantized, held_out.points),
        relative_errors(net, corrected, held_out.points),
        reached,
        None if lost is None or reached is None or rounded is None or lost <= 0 else (reached - rounded) / lost,
        on_float,
        None if on_float is None or exact is None else on_float > exact,
        null_figures(learned, bits, kind, draws),
        population_words(learned, bits, kind),
    )


def _accuracy(learned: LearnedNetwork, network: ReluNetwork, data: LabelledPoints) -> float | None:
    return None if learned.readout is None else accuracy(network, data.points, data.labels, learned.readout)


def null_figures(learned: LearnedNetwork, bits: int, kind: Kind, draws: int = DRAWS, seed: int = 0) -> NullFigures:
    """Fit a correction to networks with permuted weights, in the draws of `null_controls.null_control`.

    Measured on the first NULL_POINTS of the held-out points. Permuted weights are rounded to nearest, whatever rounding
    the network has: what they are to show knows nothing of it. Raises ValueError for fewer than one draw.
    """
    net, data = learned.given, learned.given_held_out
    few = LabelledPoints(data.points[:NULL_POINTS], data.labels[:NULL_POINTS])
    fitted = learned.given_calibration.points
    left, reached = [], []
    for source in permuted_networks(net, learned.quantizer_at(bits), draws, seed):
        corrected = kind.estimate(net, source, fitted).apply(source)
        left.append(relative_errors(net, corrected, few.points)[-1])
        reached.append(_accuracy(learned, corrected, few))
    scores = [score for score in reached if score is not None]
    return NullFigures(
        draws, float(np.mean(left)), float(np.mean(scores)) if scores else None, _raw_input(learned, kind, few)
    )


def _raw_input(learned: LearnedNetwork, kind: Kind, data: LabelledPoints) -> float | None:
    """The accuracy of one output map from the bare input: a network of one layer, fitted to the float outputs."""
    if kind.repair != "output_map":
        return None
    bare = raw_input_network(learned.given, learned.given_calibration.points)
    return _accuracy(learned, bare, data)


def population_words(learned: LearnedNetwork, bits: int, kind: Kind) -> str | None:
    """What became of the other seeds with this correction at this bit width, where a shipped network's record says."""
    if (
        learned.provenance is None
        or learned.story.per_channel
        or kind.repair is None
        or not learned.rounding.is_nearest
    ):
        return None
    for counted in learned.provenance.populations:
        if counted.bits == bits and counted.repair == REPAIRS[kind.repair].words:
            return (
                f"of {counted.seeds} seeds {counted.learned} learn, {counted.lost} of them lose at {bits} bits, "
                f"{counted.restored} of those come back"
            )
    return None
