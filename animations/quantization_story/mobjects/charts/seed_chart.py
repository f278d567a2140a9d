"""The chart of all seeds of a search: what rounding costs each, and what a map leaves of that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from manim import LEFT, UP, ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.swaying import recolored, sway, swaying
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import CellPath, PointCloud
from quantization_story.mobjects.text import text
from quantization_story.style import theme

WHOLE = 100.0
SEED = 0.065
DIM = 0.3  # of the opacity of those that lose next to nothing
BAND = 0.28  # how opaque the band is in which a network is back


@dataclass(frozen=True)
class SeedLosses:
    """What the chart is drawn from, shares from 0 to 1, (n,) each. See `PopulationFigures`."""

    before: FloatArray
    after: FloatArray
    on_float: FloatArray
    small: BoolArray
    shown: int


class SeedChart:
    """Every seed as a dot: to the right what rounding costs it, upward what is still lost.

    drop: how far the maps are carried out in the picture, 0 to 1: from the diagonal down to what they leave. rise: how
    far they are carried out on the float networks, which stand where rounding costs nothing.
    """

    def __init__(self, zone: theme.Zone, losses: SeedLosses, ticks: Sequence[int], drift: Swaying) -> None:
        self.drift, self.small, self.shown = drift, losses.small, losses.shown
        self.before, self.after, self.on_float = (
            WHOLE * np.asarray(each) for each in (losses.before, losses.after, losses.on_float)
        )
        self.drop, self.rise = ValueTracker(0.0), ValueTracker(0.0)
        every = self.before, self.after, self.on_float
        self.most = 1.06 * max(float(each.max()) for each in every)
        reach = -0.02 * self.most, self.most
        self.chart = Chart(zone, reach, reach, x_ticks=ticks, y_ticks=ticks, size=theme.LABEL_SIZE)

    def __deepcopy__(self, memo: dict[int, object]) -> "SeedChart":
        """A copied mobject stands in the same chart."""
        return self

    # --- where the seeds are

    def losses(self) -> FloatArray:
        """What is still lost now, (n,), in per cent."""
        part = self.drop.get_value()
        return np.asarray((1 - part) * self.before + part * self.after)

    def places(self) -> FloatArray:
        """Where the seeds are now, (n, 3)."""
        return np.asarray(self.chart.to_frame(np.column_stack([self.before, self.losses()])) + sway(self.drift))

    def float_places(self) -> FloatArray:
        """Where the float networks are now, (n, 3): rounding has cost them nothing."""
        lost = np.column_stack([np.zeros(len(self.on_float)), self.rise.get_value() * self.on_float])
        return np.asarray(self.chart.to_frame(lost) + sway(self.drift))

    def shown_place(self) -> FloatArray:
        """Where the dot of the network that is shown is, (3,)."""
        return np.asarray(self.places()[self.shown])

    # --- what is drawn

    def make_axes(self) -> VGroup:
        """The axes with their names, and the diagonal on which nothing is won."""
        most, chart = self.most, self.chart
        diagonal = chart.line(np.array([[0.0, 0.0], [most, most]]), theme.GUIDE, theme.THIN)
        on_it = text("without a map", theme.INK).move_to(chart.point(0.74 * most, 0.88 * most))
        below = text("% of points lost by rounding", theme.INK).move_to(
            (chart.zone.center[0], chart.zone.bottom - 0.78, 0)
        )
        beside = text("% of points still lost in the end", theme.INK)
        beside.move_to((chart.zone.left + 0.25, chart.zone.top, 0.0), aligned_edge=LEFT)
        return cast(VGroup, swaying(VGroup(chart.axes, diagonal, below, beside, on_it), self.drift))

    def numbers(self) -> VGroup:
        """The numbers on both axes."""
        return cast(VGroup, swaying(VGroup(*self.chart.x_numbers, *self.chart.y_numbers), self.drift))

    def make_seeds(self) -> VGroup:
        """A dot a seed, orange on the diagonal, violet where its map brings it; those that lose little dim."""
        parts = [(~self.small, 0.9), (self.small, DIM)]
        return VGroup(*(self._cloud(own, opacity) for own, opacity in parts if own.any()))

    def _cloud(self, own: BoolArray, opacity: float) -> VMobject:
        ends = ManimColor(theme.QUANTIZED), ManimColor(theme.REPAIRED)
        cloud = live_marks(lambda: self.places()[own], theme.QUANTIZED, "disc", SEED).set_fill(opacity=opacity)
        return recolored(cloud, lambda: interpolate_color(*ends, float(np.clip(self.drop.get_value(), 0.0, 1.0))))

    def make_floats(self) -> PointCloud:
        """A blue ring a float network, at what the map of its rounded twin costs it."""
        return live_marks(self.float_places, theme.FLOAT, "ring", 1.3 * SEED)

    def make_much(self, much: float, name: str) -> tuple[VMobject, VMobject]:
        """The upright line from which on a loss counts, 0 to 1, and its name at its upper end."""
        ends = np.array([[WHOLE * much, 0.0], [WHOLE * much, 0.5 * self.most]])
        label = text(name, theme.INK).next_to(self.chart.point(*ends[1]), UP, buff=0.12)
        return swaying(self.chart.line(ends, theme.INK, theme.THIN), self.drift), swaying(label, self.drift)

    def make_back(self, back: float, name: str) -> tuple[VMobject, VMobject]:
        """The band in which a network is back, and its name over its right end."""
        right = self.chart.x_range[1]
        corners = np.array([[0.0, 0.0], [right, 0.0], [right, WHOLE * back], [0.0, WHOLE * back]])
        band = CellPath(theme.REPAIRED, BAND).set_polygons([self.chart.to_frame(corners)]).set_z_index(-2)
        label = text(name, theme.INK).next_to(self.chart.point(0.78 * right, WHOLE * back), UP, buff=0.14)
        return swaying(band, self.drift), swaying(label, self.drift)

    def worst_place(self, worst: int) -> Callable[[], FloatArray]:
        """Where the dot of the one is that its map serves worst, asked every frame."""
        return lambda: np.asarray(self.places()[worst])
