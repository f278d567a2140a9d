"""The mean separation of two networks, step by step: a figure and a chart over the rail of steps."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.journey import Step
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.rail import StepRail
from quantization_story.mobjects.text import LiveText, percent, signed, text


class SeparationChart(VGroup):
    """The mean separation of points and their twins: now, as a large figure, and as a line with a mark after each step.

    table: the mean separation at the input and after every step. apart: what it is now. share: that as a share of the
    spread of the points.
    """

    def __init__(
        self,
        zone: theme.Zone,
        steps: tuple[Step, ...],
        table: np.ndarray,
        progress: ValueTracker,
        apart: Callable[[], float],
        share: Callable[[], float],
    ) -> None:
        inner = theme.Zone(zone.left + 0.6, zone.right, zone.bottom + 1.5, zone.top - 2.3)
        self.rail = StepRail(steps, inner.width - 0.1)
        self.rail.move_to((inner.center[0], inner.bottom - 0.42, 0.0))
        at = np.array([token.get_center()[0] for token in self.rail.tokens])
        chart = Chart(inner, (inner.left, inner.right), (0.0, 1.15 * float(table.max())), x_ticks=(), digits=(0, 1))

        def so_far() -> np.ndarray:
            now = float(progress.get_value())
            past = int(np.ceil(now))
            here = np.interp(now, np.arange(len(at)), at)
            return np.column_stack([[*at[:past], here], [*table[:past], apart()]])

        self.trail = chart.line(so_far(), theme.QUANTIZED)
        self.trail.add_updater(lambda path: chart.draw_line(path, so_far()))
        self.marks = chart.marks(so_far(), theme.QUANTIZED)
        self.marks.add_updater(lambda cloud: cloud.set_positions(chart.to_frame(so_far())))
        name = text("mean separation of a point and its twin", theme.QUIET)
        name.move_to((zone.left, zone.top - 0.2, 0.0), aligned_edge=LEFT)
        figure = LiveText("", theme.QUANTIZED, theme.FIGURE_SIZE).place((zone.left, zone.top - 1.1, 0.0))
        relative = LiveText("", theme.INK).place((zone.left, zone.top - 1.75, 0.0))
        unit = text("of the spread of the blue points", theme.QUIET)
        unit.move_to((zone.left + 1.25, zone.top - 1.67, 0.0), aligned_edge=LEFT)
        figure.live(lambda: signed(apart()))
        relative.live(lambda: f"{percent(share())} %")
        super().__init__(name, unit, chart, self.rail, self.trail, self.marks, figure, relative)
