"""The figures of scene 08."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quantization_story.analysis.cell_transport import (
    GroupFit,
    fit_groups,
    fit_shift,
    quantized_regions,
    representative_cell,
)
from quantization_story.analysis.error_shares import energy_left
from quantization_story.analysis.strips import sliding_refinement
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import Refinement


@dataclass(frozen=True, eq=False)
class PartitionToTransportFigures:
    """refined: the common refinement as the weights slide; cells: the same once they are rounded.

    own, by_region, one, shift: a map for every cell, for every quantized region, one for all, and a mere shift. left:
    the share of the error that each of the four leaves. cell: the one that is looked at.
    """

    refined: Callable[[float], Refinement]
    cells: Refinement
    own: GroupFit
    by_region: GroupFit
    one: GroupFit
    shift: GroupFit
    left: tuple[float, float, float, float]
    cell: int


def partition_to_transport_figures(subject: StorySubject) -> PartitionToTransportFigures:
    """Raises ValueError where the networks are equal, and where no cell can be laid back exactly."""
    refined = sliding_refinement(subject.network, subject.quantized, subject.window.box)
    cells = refined(1.0)
    everywhere = np.arange(len(cells))
    own, by_region = fit_groups(cells, everywhere), fit_groups(cells, quantized_regions(cells))
    one, shift = fit_groups(cells, np.zeros_like(everywhere)), fit_shift(cells)
    first, second, third, fourth = (energy_left(cells, fit.left) for fit in (own, by_region, one, shift))
    left = first, second, third, fourth
    return PartitionToTransportFigures(refined, cells, own, by_region, one, shift, left, representative_cell(cells))
