"""The figures of scene 04, and the captions that follow from them."""

from collections.abc import Callable
from dataclasses import dataclass

from quantization_story.analysis.residuals import Residuals, output_residuals
from quantization_story.analysis.strips import StripSection, chosen_section, sliding_refinement
from quantization_story.common import AffineMap
from quantization_story.core.corrections import output_map
from quantization_story.core.shown_numbers import percent
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import Refinement

NOTHING = 1e-6  # a length that is rounding of the computer


@dataclass(frozen=True, eq=False)
class TopologyFailureFigures:
    """transport: the one map at the output. residuals: what it leaves at the held-out points.

    refined: the common refinement as the weights slide, at 0 the float network's own, at 1 that with the quantized one.
    section: the way across one strip that is walked.
    """

    transport: AffineMap
    residuals: Residuals
    refined: Callable[[float], Refinement]
    section: StripSection


def topology_failure_figures(subject: StorySubject) -> TopologyFailureFigures:
    """Raises ValueError where no pattern changes, so that there is no strip to walk across."""
    net, quantized = subject.network, subject.quantized
    transport = output_map(net, quantized, subject.calibration.points)
    refined = sliding_refinement(net, quantized, subject.window.box)
    return TopologyFailureFigures(
        transport,
        output_residuals(net, quantized, transport, subject.data.points),
        refined,
        chosen_section(refined(1.0), subject.data.points),
    )


def near_side_words(gap_before: float, gap: float) -> str:
    """What a map fitted on the near side of a boundary does to the gap in the strip."""
    grows = "in the strip the gap grows" if gap > gap_before else "the gap that is left is in the strip"
    return f"Fit it on the near side: {grows}"


def one_region_words(inside: float, elsewhere: float, elsewhere_before: float) -> str:
    """What a map fitted in one region leaves: the largest residual there, and the mean one elsewhere, as before."""
    there = "nothing is left there" if inside < NOTHING else "less is left there"
    more = elsewhere > elsewhere_before
    return f"A map for the outlined region: {there}{', more elsewhere' if more else ''}"


def share_words(crossed: float, energy: float) -> str:
    """Which share of the points crossed, and which share of the squared residual lies on them."""
    return f"{percent(crossed)} % crossed, with {percent(energy)} % of the squared residual"


def most_words(energy: float) -> str:
    """Where most of the squared residual lies, by the share of it on the points that crossed."""
    return f"Most of it lies on {'green points' if energy < 0.5 else 'the points that crossed'}"
