"""The figures of scene 02, and the captions that follow from them."""

from dataclasses import dataclass

import numpy as np

from quantization_story.analysis.network_distances import TwinJourney
from quantization_story.core.arrays import FloatArray
from quantization_story.core.distances import spread
from quantization_story.networks.checks import NO_SPAN
from quantization_story.networks.subject import StorySubject


@dataclass(frozen=True, eq=False)
class QuantizationFigures:
    """journey: of the points through both networks. separations: the mean gap at the input and after every step."""

    journey: TwinJourney
    separations: FloatArray


def quantization_figures(subject: StorySubject) -> QuantizationFigures:
    """Raises ValueError where the float network brings all points together: no gap can be measured by their spread."""
    journey, points = TwinJourney(subject.network, subject.quantized), subject.data.points
    for step in range(len(journey.steps) + 1):
        here = journey.points_at(points, step)
        if not spread(here) > NO_SPAN * np.abs(here).max():
            where = "from the start" if step == 0 else f"in layer {(step + 2) // 3}"
            raise ValueError(f"all points lie on one spot {where}, and a gap has no spread to compare with")
    return QuantizationFigures(journey, journey.step_separations(points))


def crossing_words(changed: int) -> str:
    """What is to be seen at the borders of the classes when the weights are rounded, by how many points cross them."""
    return f"Rounded again: {'rings mark points that cross' if changed else 'no point crosses'} a border"
