"""All weights of a network, a number line for each layer, on their way to the levels of their quantizer."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, VGroup

from quantization_story import theme
from quantization_story.mobjects.number_line import NumberLine
from quantization_story.mobjects.text import formula
from quantization_story.paths_apart import RoundedWeights


class WeightLines(VGroup):
    """A row for each layer: the name of its matrix, its levels, its float weights, and where the weights are now.

    slid: how far the weights have slid to their levels, 0 to 1.
    """

    def __init__(self, zone: theme.Zone, layers: Sequence[RoundedWeights], slid: Callable[[], float]) -> None:
        super().__init__()
        pitch = zone.height / len(layers)
        for row, weights in enumerate(layers):
            top = zone.top - row * pitch
            inner = theme.Zone(zone.left + 0.75, zone.right, top - 0.72 * pitch, top - 0.18 * pitch)
            line = NumberLine(inner, 1.08 * float(np.abs(weights.values).max()))
            name = formula(f"W_{row + 1}").move_to((zone.left, inner.center[1], 0.0), aligned_edge=LEFT)
            levels = line.levels(lambda weights=weights: weights.levels, theme.QUIET, theme.HAIRLINE)
            floats = line.marks(lambda weights=weights: weights.values, theme.FLOAT, radius=0.075)
            for still in (levels, floats):
                still.clear_updaters()

            def now(weights: RoundedWeights = weights) -> np.ndarray:
                return weights.between(slid())

            gaps = line.gaps(lambda weights=weights: weights.values, now, theme.QUANTIZED, theme.STRONG)
            rounded = line.marks(now, theme.QUANTIZED, radius=0.075)
            self.add(line, levels, name, gaps, rounded, floats)
