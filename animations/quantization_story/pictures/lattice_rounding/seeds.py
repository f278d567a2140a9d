"""Every seed of the search as a dot: to the right what its layers gain by other levels, upward what its task does."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from manim import LEFT, VGroup

from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.swaying import sway, swaying
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.text import text
from quantization_story.style import theme

WHOLE = 100.0
SEED = 0.085
WIDER = 1.36  # than the seeds is the chart: at its right stands what they are counted by


class GainChart:
    """less, gained: for each seed, how much smaller the error of its layers is, and how many more points are right."""

    def __init__(
        self,
        less: FloatArray,
        gained: FloatArray,
        shown: int,
        ticks: tuple[Sequence[int], Sequence[int]],
        drift: Swaying,
    ) -> None:
        self.drift, self.shown = drift, shown
        self.less, self.gained = WHOLE * less, WHOLE * gained
        zone = theme.middle_zone()
        inner = theme.Zone(zone.left + 1.2, zone.right - 0.6, zone.bottom + 1.1, zone.top - 0.3)
        spans = WIDER * self.less.max(), 1.1 * min(0.0, self.gained.min()), 1.1 * max(0.0, self.gained.max())
        across, up = ticks
        self.chart = Chart(
            inner, (-0.03 * spans[0], spans[0]), (spans[1], spans[2]), x_ticks=across, y_ticks=up, size=theme.LABEL_SIZE
        )

    def __deepcopy__(self, memo: dict[int, object]) -> "GainChart":
        """A copied mobject stands in the same chart."""
        return self

    def places(self) -> FloatArray:
        """Where the seeds are, (n, 3)."""
        return np.asarray(self.chart.to_frame(np.column_stack([self.less, self.gained])) + sway(self.drift))

    def shown_place(self) -> FloatArray:
        """Where the network that is played is, (3,)."""
        return np.asarray(self.places()[self.shown])

    def beside_heights(self) -> tuple[float, float, float]:
        """Where, at the right, it is said how many are above the level line, on it and below it."""
        zone, zero = self.chart.zone, float(self.chart.point(0.0, 0.0)[1])
        return (zero + zone.top) / 2, zero, (zero + zone.bottom) / 2 - 0.1

    def make_axes(self) -> VGroup:
        """The axes with their names, and the level line on which no point is won or lost."""
        zone = self.chart.zone
        below = text("% less error of the layers' outputs", theme.INK)
        below.move_to((zone.center[0], zone.bottom - 0.75, 0.0))
        beside = text("% more points right", theme.INK).move_to((zone.left + 0.25, zone.top, 0.0), aligned_edge=LEFT)
        zero = self.chart.level(0.0, theme.INK, theme.THIN)
        return cast(VGroup, swaying(VGroup(self.chart.axes, zero, below, beside), self.drift))

    def make_numbers(self) -> VGroup:
        """The numbers on both axes."""
        return cast(VGroup, swaying(VGroup(*self.chart.x_numbers, *self.chart.y_numbers), self.drift))

    def make_seeds(self) -> VGroup:
        """A dot a seed; a cross where points are lost."""
        lost = self.gained < 0
        return VGroup(self._cloud(~lost, "disc"), self._cloud(lost, "cross"))

    def _cloud(self, own: BoolArray, mark: str) -> PointCloud:
        return live_marks(lambda: self.places()[own], theme.QUANTIZED, mark, SEED)
