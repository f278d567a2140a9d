"""The figures of scene 07."""

from dataclasses import dataclass

from quantization_story.analysis.error_shares import energy_left
from quantization_story.common import AffineMap
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import Partition, Refinement, partition, refine


@dataclass(frozen=True, eq=False)
class GridDistortionFigures:
    """cells: the common refinement. pieces: each network alone, float first. transport: the best map at the output."""

    cells: Refinement
    pieces: tuple[Partition, Partition]
    transport: AffineMap


def grid_distortion_figures(subject: StorySubject) -> GridDistortionFigures:
    """Raises ValueError where both networks are equal: there would be nothing to see."""
    net, quantized, box = subject.network, subject.quantized, subject.window.box
    cells = refine(net, quantized, box)
    energy_left(cells, 0.0)
    return GridDistortionFigures(cells, (partition(net, box), partition(quantized, box)), cells.fit_affine())
