"""The figures of one network at several bit widths: task, geometry, errors of the layers, corrections, controls."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.distances import mean_square, rms
from quantization_story.core.errors import decompose_error, layer_errors, propagated_share
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import DRAWS
from quantization_story.core.tasks import unlearned_words
from quantization_story.networks import LearnedNetwork
from quantization_story.networks.planes import variance_on
from quantization_story.partition import refine
from quantization_story.partition.mesh import Box
from quantization_story.report.correction_figures import (
    CorrectionFigures,
    Kind,
    correction_figures,
    correction_kinds,
    ratio,
)
from quantization_story.report.rounding_figures import (
    RoundedSeeds,
    RoundingFigures,
    rounded_seeds,
    rounding_figures,
)

MOST_TOLD_APART = 20  # hidden units: with more, some neuron flips nearly everywhere, whatever that means for the task
MOST_CUT = 200  # hidden units: beyond, the exact cells are too many to be worked out at once


@dataclass(frozen=True)
class TaskFigures:
    """Accuracies, 0 to 1, on the held-out points with all their inputs; None where no task is given.

    linear_accuracy: of the best linear classifier of the calibration points.
    """

    checked: bool
    float_accuracy: float | None
    held_out: int
    calibration: int
    linear_accuracy: float | None = None

    @property
    def missing(self) -> str | None:
        """Why the float network has not learned, see `unlearned_words`; None if it has or is not checked."""
        return None if self.float_accuracy is None else unlearned_words(self.float_accuracy, self.linear_accuracy)

    @property
    def learned(self) -> bool | None:
        """Whether the float network has learned its task; None where that is not checked."""
        return None if self.float_accuracy is None else self.missing is None


@dataclass(frozen=True)
class GeometryFigures:
    """What is exact over a box: areas as shares of it, 0 to 1, and mean squared errors of the output over it.

    changed_area: where the patterns differ; None for more than MOST_TOLD_APART hidden units. flips: for each hidden
    layer the area in which each unit is on in just one of the networks.
    """

    box: Box
    cells: int
    changed_area: float | None
    flips: tuple[tuple[float, ...], ...]
    total: float
    metric: float
    topological: float


@dataclass(frozen=True)
class PointErrors:
    """The mean squared error of the output on the held-out points, and the share of them that crossed."""

    total: float
    metric: float
    topological: float
    crossed: float


@dataclass(frozen=True)
class LayerFigures:
    """The RMS error of one pre-activation on the held-out points, and of its two terms; relative: over that of z."""

    layer: int
    local: float
    propagated: float
    total: float
    relative: float
    propagated_share: float


@dataclass(frozen=True)
class BitFigures:
    """The figures of one bit width; geometry is None where it is not to be had, and `no_geometry` says why."""

    bits: int
    quantized_accuracy: float | None
    geometry: GeometryFigures | None
    no_geometry: str | None
    points: PointErrors
    layers: tuple[LayerFigures, ...]
    corrections: tuple[CorrectionFigures, ...]
    roundings: tuple[RoundingFigures, ...]
    rounded_seeds: tuple[RoundedSeeds, ...]


@dataclass(frozen=True)
class Report:
    """All figures of a network. regime: the first line. plane: where it is seen, for more than two inputs.

    refused: why no geometry, errors and corrections are given; `at` holds then only the accuracies, in `accuracies`.
    read: how the file of the network was read, a sentence each.
    """

    regime: str
    name: str
    digest: str
    widths: tuple[int, ...]
    parameters: int
    per_channel: bool
    task: TaskFigures
    plane: str | None
    refused: str | None
    accuracies: dict[int, float | None]
    at: tuple[BitFigures, ...]
    read: tuple[str, ...] = ()


def make_report(
    learned: LearnedNetwork, bits: Sequence[int], rank: int = 1, allow_unlearned: bool = False, draws: int = DRAWS
) -> Report:
    """Measure a network at these bit widths. Task figures and errors of the layers are those of all inputs.

    A network below the gate gets its accuracies and nothing else, unless that is allowed. Raises ValueError for no bit
    width and for a rank below 1.
    """
    if not bits:
        raise ValueError("a report needs at least one bit width")
    net = learned.given
    held_out, fitted = learned.given_held_out, learned.given_calibration
    points = len(held_out.points), len(fitted.points)
    task = TaskFigures(learned.readout is not None, learned.accuracy(), *points, learned.linear_accuracy)
    refused = None
    if task.learned is False and not allow_unlearned:
        refused = f"no geometric conclusions: the network has not learned its task ({task.missing})"
    plane = None
    if learned.whole is not None:
        share = variance_on(learned.whole.plane, held_out.points)
        plane = f"{learned.whole.words}, which holds {100 * share:.1f} % of the points' variance"
    kinds = correction_kinds(rank)
    return Report(
        regime_line(learned, bits, task),
        learned.name,
        learned.digest,
        net.widths,
        net.parameter_count,
        learned.story.per_channel,
        task,
        plane,
        refused,
        {each: learned.accuracy(each) for each in bits},
        () if refused else tuple(_at(learned, each, kinds, draws) for each in bits),
        learned.read,
    )


def regime_line(learned: LearnedNetwork, bits: Sequence[int], task: TaskFigures) -> str:
    """The first line of a report: what is quantized, how, to how many bits, and what is known of the task."""
    scales = "one scale per output row" if learned.story.per_channel else "one scale per tensor"
    if task.float_accuracy is None:
        known = "task not checked"
    else:
        gate = "" if task.learned else f", NOT LEARNED ({task.missing})"
        known = f"float accuracy {100 * task.float_accuracy:.1f} % on {task.held_out} held-out points{gate}"
    widths = "-".join(map(str, learned.given.widths))
    return (
        f"weight-only, symmetric {rounding_words(learned)}, {scales} · {', '.join(map(str, bits))} bits · "
        f"{learned.name} {widths} · {known}"
    )


def rounding_words(learned: LearnedNetwork) -> str:
    """The rounding of a network, with its damping where it has one."""
    rounding = learned.rounding
    return f"{rounding.words} (damping {rounding.damping:g})" if rounding.is_damped else rounding.words


def _at(learned: LearnedNetwork, bits: int, kinds: Sequence[Kind], draws: int) -> BitFigures:
    net, quantized, points = learned.given, learned.given_quantized(bits), learned.given_held_out.points
    error = decompose_error(net, quantized, points)
    geometry, why_not = geometry_figures(learned, bits)
    return BitFigures(
        bits,
        learned.accuracy(bits),
        geometry,
        why_not,
        PointErrors(
            mean_square(error.total),
            mean_square(error.metric),
            mean_square(error.topological),
            float(np.mean(~error.same_pattern)),
        ),
        layer_figures(net, quantized, points),
        tuple(correction_figures(learned, bits, kind, draws) for kind in kinds),
        rounding_figures(learned, bits, box_of(learned)),
        rounded_seeds(learned, bits),
    )


def uncut(widths: Sequence[int]) -> str | None:
    """Why a network of these widths cannot be cut into cells; None if it can."""
    units = sum(widths[1:-1])
    if widths[0] != 2:
        return f"{widths[0]} inputs: the exact geometry is that of 2 inputs, or of a plane"
    if units == 0:
        return "no hidden layer: the network is one affine map"
    return f"{units} hidden units: cells are worked out for at most {MOST_CUT}" if units > MOST_CUT else None


def box_of(learned: LearnedNetwork) -> Box | None:
    """Where the changed area of a network is measured; None where that says nothing, or cannot be."""
    widths = learned.network.widths
    small = uncut(widths) is None and sum(widths[1:-1]) <= MOST_TOLD_APART
    return learned.window.box if small else None


def geometry_figures(learned: LearnedNetwork, bits: int) -> tuple[GeometryFigures | None, str | None]:
    """The exact figures over a box that holds the points; None, and the reason, for a network that cannot be cut."""
    why_not = uncut(learned.network.widths)
    if why_not is not None:
        return None, why_not
    units, box = sum(learned.network.widths[1:-1]), learned.window.box
    cells = refine(learned.network, learned.quantized(bits), box)
    area = cells.box_area
    return (
        GeometryFigures(
            box,
            len(cells),
            cells.changed_area / area if units <= MOST_TOLD_APART else None,
            tuple(tuple((layer / area).tolist()) for layer in cells.flip_areas),
            cells.error_energy(kind="total") / area,
            cells.error_energy(kind="metric") / area,
            cells.error_energy(kind="topological") / area,
        ),
        None,
    )


def layer_figures(net: ReluNetwork, quantized: ReluNetwork, points: FloatArray) -> tuple[LayerFigures, ...]:
    """The two terms of the error of every layer, at points (n, d_0)."""
    values = zip(layer_errors(net, quantized, points), net.pre_activations(points), strict=True)
    return tuple(
        LayerFigures(
            layer,
            rms(error.local),
            rms(error.propagated),
            rms(error.total),
            ratio(rms(error.total), rms(z)),
            propagated_share(error),
        )
        for layer, (error, z) in enumerate(values, start=1)
    )
