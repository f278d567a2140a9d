"""The figures of scene 02, and the captions that follow from them."""

from dataclasses import dataclass

import numpy as np

from quantization_story.analysis.network_distances import TwinJourney, changed_class, holds_down_to, largest_rise
from quantization_story.core.arrays import FloatArray
from quantization_story.core.distances import spread
from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.core.shown_numbers import percent
from quantization_story.networks.checks import NO_SPAN
from quantization_story.networks.subject import StorySubject


@dataclass(frozen=True, eq=False)
class QuantizationFigures:
    """journey: of the points through both networks. separations: the mean gap at the input and after every step.

    windows: in which the points and their twins are seen, at the input and after every step. changed: how many points
    end in another class than their twins; 0 where no task is given.
    """

    journey: TwinJourney
    separations: FloatArray
    windows: tuple[Window, ...]
    changed: int


def quantization_figures(subject: StorySubject) -> QuantizationFigures:
    """Raises ValueError where the float network brings all points together: no gap can be measured by their spread."""
    journey, points = TwinJourney(subject.network, subject.quantized), subject.data.points
    for step in range(len(journey.steps) + 1):
        here = journey.points_at(points, step)
        if not spread(here) > NO_SPAN * np.abs(here).max():
            where = "from the start" if step == 0 else f"in layer {(step + 2) // 3}"
            raise ValueError(f"all points lie on one spot {where}, and a gap has no spread to compare with")
    windows = (
        fit_window(np.vstack([journey.points_at(points, step), journey.twins_at(points, step)]))
        for step in range(1, len(journey.steps) + 1)
    )
    changed = 0
    if subject.readout is not None:
        changed = int(changed_class(subject.network(points), subject.quantized(points), subject.readout).sum())
    return QuantizationFigures(journey, journey.step_separations(points), (subject.window, *windows), changed)


def crossing_words(changed: int) -> str:
    """What is to be seen at the borders of the classes when the weights are rounded, by how many points cross them."""
    return f"Rounded again: {'rings mark points that cross' if changed else 'no point crosses'} a border"


def dial_words(accuracies: dict[int, float], float_accuracy: float, tolerance: float) -> str:
    """Down to which bit width the accuracy stays within a tolerance of the float one, and where fewer bits do better.

    accuracies: by bit width.
    """
    held, rise = holds_down_to(accuracies, float_accuracy, tolerance), largest_rise(accuracies, 0.02)
    point = f"{percent(tolerance, 0)} point"
    news = f"Accuracy is within {point} of float down to {held} bits"
    if held is None:
        news = f"Accuracy is more than {point} below float at every bit width"
    # It need not fall with every bit, and where it does not, the curve is not left without a word.
    return news if rise is None else f"{news}; {rise[0]} beat {rise[1]}"
