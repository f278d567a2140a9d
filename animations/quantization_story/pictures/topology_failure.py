"""One output along a straight way: what the float network gives, what a single map makes of the other, and the gap."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import LEFT, UP, VGroup

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import text

# Takes distances (n,) along the way to values (n,).
Profile = Callable[[np.ndarray], np.ndarray]


class SectionChart(VGroup):
    """A chart over the distance along a section, -before ... after, with the strip in red and the boundary in blue.

    exact, mapped: the two outputs, straight between the corners -before, 0 and after. reached: up to where the lines
    are drawn now. `mapped` and `reached` are asked each frame.
    """

    def __init__(
        self,
        zone: theme.Zone,
        before: float,
        after: float,
        values: tuple[float, float],
        exact: Profile,
        mapped: Profile,
        reached: Callable[[], float],
    ) -> None:
        super().__init__()
        self.chart = Chart(zone, (-before, after), values, digits=(1, 1))
        self.corners = np.array([-before, 0.0, after])
        chart, corners = self.chart, self.corners
        low, high = values
        strip = chart.to_frame(np.array([[0.0, low], [after, low], [after, high], [0.0, high]]))
        self.strip = CellPath(theme.CROSSED, 0.18).set_polygons([strip])
        self.border = SegmentPath(theme.FLOAT, theme.HAIRLINE).set_segments(
            chart.to_frame(np.array([[0.0, low]])), chart.to_frame(np.array([[0.0, high]]))
        )

        def drawn() -> np.ndarray:
            end = float(np.clip(reached(), -before, after))
            return np.array([*corners[corners < end], end]) if end > -before else corners[[0, 0]]

        self.gap = CellPath(theme.CROSSED, 0.7)
        self.exact = SegmentPath(theme.FLOAT, theme.STRONG)
        self.mapped = SegmentPath(theme.SAME, theme.STRONG)
        self.ends = VGroup(PointCloud(theme.FLOAT, "disc", 0.08), PointCloud(theme.SAME, "disc", 0.08))

        def redraw_gap(path: CellPath) -> None:
            at = drawn()
            upper, lower = np.column_stack([at, exact(at)]), np.column_stack([at, mapped(at)])
            path.set_polygons([chart.to_frame(np.concatenate([upper, lower[::-1]]))])

        def line_of(profile: Profile) -> Callable[[Any], Any]:
            return lambda path: chart.draw_line(path, np.column_stack([drawn(), profile(drawn())]))

        def end_of(profile: Profile) -> Callable[[Any], Any]:
            return lambda cloud: cloud.set_positions(chart.to_frame([[drawn()[-1], profile(drawn()[-1:])[0]]]))

        for path, redraw in (
            (self.gap, redraw_gap),
            (self.exact, line_of(exact)),
            (self.mapped, line_of(mapped)),
            (self.ends[0], end_of(exact)),
            (self.ends[1], end_of(mapped)),
        ):
            path.add_updater(redraw)
            redraw(path)
        self.add(self.strip, self.chart, self.border, self.gap, self.exact, self.mapped, self.ends)

    def side_names(self, output: str, same: str, changed: str) -> VGroup:
        """The words of the chart: the output above it, and what the two sides of the boundary are below it."""
        zone, size = self.chart.zone, theme.SMALL_SIZE
        title = text(output, theme.QUIET, size).move_to((zone.left, zone.top + 0.25, 0.0), aligned_edge=LEFT)
        middle = self.chart.point(0.0, 0.0)[0]
        names = VGroup(title)
        for words, color, left, right in (
            (same, theme.QUIET, zone.left, middle),
            (changed, theme.CROSSED, middle, zone.right),
        ):
            place = ((left + right) / 2, zone.bottom - 0.42, 0.0)
            names.add(text(words, color, size).move_to(place, aligned_edge=UP))
        return names

    def fitted_sides(self) -> list[SegmentPath]:
        """Thick lines on the lower axis below the sides that a map is fitted on: the near side, the strip, both."""
        ends = self.chart.to_frame(np.column_stack([self.corners, np.full(3, self.chart.y_range[0])]))
        sides = ((0, 1), (1, 2), (0, 2))
        return [SegmentPath(theme.SAME, 3 * theme.STRONG).set_segments(ends[[a]], ends[[b]]) for a, b in sides]
