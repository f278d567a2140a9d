"""What each rounding does to one network, and what is known of it from all seeds of its search."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quantization_story.core.distances import rms
from quantization_story.core.roundings import NEAREST, Rounding, layer_objectives
from quantization_story.core.tasks import accuracy
from quantization_story.networks import LearnedNetwork
from quantization_story.networks.rounding_scores import MUCH, RoundingScores, load_rounding_scores
from quantization_story.partition import refine
from quantization_story.partition.mesh import Box

COMPARED = (
    NEAREST,
    Rounding("gptq"),
    Rounding("gptq", order="diagonal"),
    Rounding("gptq", rounded_path=True),
    Rounding("gptq", damping=0.0),
    Rounding("closest"),
    Rounding("awq"),
)


@dataclass(frozen=True)
class RoundingFigures:
    """One rounding of a network at one bit width.

    words: which. objectives: tr(E R E^T) of every layer on the calibration points, R of the float network, undamped.
    output: the RMS error of the output at the held-out points. accuracy: on them, 0 to 1; None where no task is given.
    changed_area: as in `GeometryFigures`. refused: why it cannot be had; then there are no other figures.
    """

    words: str
    objectives: tuple[float, ...]
    output: float
    accuracy: float | None
    changed_area: float | None
    refused: str | None = None

    @property
    def objective(self) -> float:
        """The sum over the layers."""
        return sum(self.objectives)

    def failure(self, nearest: "RoundingFigures") -> str | None:
        """What is worse than with round-to-nearest although the error of the layers is smaller; None if nothing is."""
        if self.refused is not None or nearest.refused is not None or not self.objective < nearest.objective:
            return None
        worse = []
        if self.accuracy is not None and nearest.accuracy is not None and self.accuracy < nearest.accuracy:
            worse.append(f"accuracy {100 * nearest.accuracy:.2f} → {100 * self.accuracy:.2f} %")
        if self.output > nearest.output:
            worse.append(f"RMS of the output {nearest.output:.3g} → {self.output:.3g}")
        return ", ".join(worse) or None


def rounding_figures(
    learned: LearnedNetwork, bits: int, box: Box | None, roundings: Sequence[Rounding] = COMPARED
) -> tuple[RoundingFigures, ...]:
    """Every rounding of a network at a bit width; box: where its changed area is measured, if anywhere."""
    return tuple(_figures(learned, bits, box, rounding) for rounding in roundings)


def _figures(learned: LearnedNetwork, bits: int, box: Box | None, rounding: Rounding) -> RoundingFigures:
    net, fitted, held_out = learned.given, learned.given_calibration.points, learned.given_held_out
    try:
        rounded = rounding.quantized(net, learned.quantizer_at(bits), fitted)
    except ValueError as error:
        return RoundingFigures(rounding.words, (), 0.0, None, None, str(error))
    changed = None
    if box is not None:
        seen = rounded if learned.whole is None else learned.whole.plane.restrict(rounded)
        cells = refine(learned.network, seen, box)
        changed = cells.changed_area / cells.box_area
    reached = None
    if learned.readout is not None:
        reached = accuracy(rounded, held_out.points, held_out.labels, learned.readout)
    output = rms(rounded(held_out.points) - net(held_out.points))
    return RoundingFigures(rounding.words, layer_objectives(net, rounded, fitted), output, reached, changed)


@dataclass(frozen=True)
class RoundedSeeds:
    """One rounding of all seeds that learned, counted; see `RoundingScores`.

    smaller: how many have a smaller error of the layers than with round-to-nearest; fewer_wrong, as_many_wrong,
    more_wrong: how many of these classify fewer held-out points wrongly, as many, or more. lower_output: how many
    of all have a smaller RMS error of the output; output_ratio: the median ratio. lost: how many lose MUCH with
    round-to-nearest; better, recovered: how many of these lose less, and how many come back. much_worse: how many of
    all lose MUCH more than with round-to-nearest. nearest_accuracy, accuracy: means over all.
    """

    rounding: str
    seeds: int
    smaller: int
    fewer_wrong: int
    as_many_wrong: int
    more_wrong: int
    lower_output: int
    output_ratio: float
    lost: int
    better: int
    recovered: int
    much_worse: int
    nearest_accuracy: float
    accuracy: float


def counted(scores: RoundingScores) -> RoundedSeeds:
    """The counts of the scores of one rounding."""
    gained, smaller, lost = scores.gained, scores.smaller, scores.lost
    output = np.array(scores.rms_ratio)
    return RoundedSeeds(
        scores.rounding,
        len(scores.seeds),
        int(smaller.sum()),
        int((smaller & (gained > 0)).sum()),
        int((smaller & (gained == 0)).sum()),
        int((smaller & (gained < 0)).sum()),
        int((output < 1).sum()),
        float(np.median(output)),
        int(lost.sum()),
        int((lost & (gained > 0)).sum()),
        int(scores.recovered.sum()),
        int((gained <= -MUCH + 1e-9).sum()),
        scores.accuracy(scores.nearest_wrong),
        scores.accuracy(scores.wrong),
    )


def rounded_seeds(learned: LearnedNetwork, bits: int) -> tuple[RoundedSeeds, ...]:
    """The counts over the seeds of a shipped network's search; none where they were not counted."""
    if learned.provenance is None or learned.story.per_channel:
        return ()
    return tuple(counted(scores) for scores in load_rounding_scores(learned.name, bits))
