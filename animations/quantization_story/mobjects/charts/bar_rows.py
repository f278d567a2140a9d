"""Lying bars with their names and live numbers, one row each; and figures before and after."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import LEFT, VGroup

from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.style import theme


class BarRow(VGroup):
    """The name of a row, a bar from zero that shows a live share (0 to 1), and the share in per cent after it.

    zone: left and right are those of the whole row. y: its middle. names_width: where the bars begin.
    """

    thickness = 0.34
    number_width = 1.05

    def __init__(
        self, zone: theme.Zone, y: float, name: str, color: str, share: Callable[[], float], names_width: float
    ) -> None:
        super().__init__()
        self.y = y
        self.start, self.end = zone.left + names_width, zone.right - self.number_width
        self.label = text(name, color, theme.SMALL_SIZE + 2)
        self.label.move_to((zone.left, y, 0.0), aligned_edge=LEFT)
        self.bar = CellPath(color, 0.85)
        self.number = LiveText("", color, theme.LABEL_SIZE, align=1).place((zone.right, y - 0.1, 0.0))
        self.add(self.label, self.bar, self.number)
        self.live(share)

    def along(self, share: Any) -> Any:
        """Where on the bar's scale a share from 0 to 1 lies; for one or for many."""
        return self.start + share * (self.end - self.start)

    def live(self, share: Callable[[], float]) -> "BarRow":
        """Show from now on, every frame, what the function gives."""
        self.bar.clear_updaters().add_updater(lambda bar: self._draw(bar, share()))
        self.number.clear_updaters()
        self.number.live(lambda: percent(share()))
        self._draw(self.bar, share())
        return self

    def settle(self) -> "BarRow":
        """Keep what is shown now."""
        self.bar.clear_updaters()
        self.number.clear_updaters()
        return self

    def _draw(self, bar: CellPath, share: float) -> None:
        low, high = self.y - self.thickness / 2, self.y + self.thickness / 2
        right = self.along(share)
        bar.set_polygons([in_frame([[self.start, low], [right, low], [right, high], [self.start, high]])])

    def dots(self, shares: Callable[[], np.ndarray], color: str = theme.INK) -> PointCloud:
        """A live dot on the row for each of several shares, on a line below the bar."""
        y = self.y - self.thickness / 2 - 0.11
        cloud = PointCloud(color, "disc", 0.045, 0.8)

        def redraw(path: PointCloud) -> None:
            across = self.along(np.asarray(shares(), dtype=float))
            path.set_positions(in_frame(np.column_stack([across, np.full(len(across), y)])))

        cloud.add_updater(redraw)
        redraw(cloud)
        return cloud

    def rule(self, share: float, top: float, bottom: float, color: str = theme.QUIET) -> SegmentPath:
        """A thin upright line at a share, to compare rows with."""
        x = self.along(share)
        return SegmentPath(color, theme.HAIRLINE).set_segments(np.array([[x, bottom, 0.0]]), np.array([[x, top, 0.0]]))
