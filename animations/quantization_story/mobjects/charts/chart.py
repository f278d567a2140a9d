"""Charts: a ruled rectangle, and the lines, marks and bars in it. Numbers are set with Typst, like all text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import VGroup

from quantization_story.core.plane_geometry import ticks
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import signed, text
from quantization_story.style import theme

DOWNWARD = np.array([0.0, -1.0, 0.0])


class Chart(VGroup):
    """A pair of axes over a zone of the frame, with a few round numbers.

    x_range, y_range: (low, high) in data units. x_ticks, y_ticks: the numbers shown, None for round ones, () for none.
    x_names: words in place of the numbers of x_ticks. digits: decimals of the numbers on each axis.
    """

    def __init__(
        self,
        zone: theme.Zone,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
        x_ticks: Sequence[float] | None = None,
        y_ticks: Sequence[float] | None = None,
        x_names: Sequence[str] | None = None,
        digits: tuple[int, int] = (0, 0),
        size: float = theme.SMALL_SIZE,
    ) -> None:
        super().__init__()
        self.zone, self.x_range, self.y_range = zone, x_range, y_range
        corner, right, top = (
            self.point(x_range[0], y_range[0]),
            self.point(x_range[1], y_range[0]),
            self.point(x_range[0], y_range[1]),
        )
        self.axes = SegmentPath(theme.QUIET, theme.HAIRLINE).set_segments(
            np.array([corner, corner]), np.array([right, top])
        )
        at_x = ticks(*x_range) if x_ticks is None else np.asarray(x_ticks, dtype=float)
        at_y = ticks(*y_range) if y_ticks is None else np.asarray(y_ticks, dtype=float)
        words = [signed(float(x), digits[0]) for x in at_x] if x_names is None else list(x_names)
        self.x_numbers = VGroup(
            *(
                text(word, theme.QUIET, size).next_to(self.point(float(x), y_range[0]), DOWNWARD, buff=0.14)
                for x, word in zip(at_x, words, strict=True)
            )
        )
        self.y_numbers = VGroup(
            *(
                text(signed(float(y), digits[1]), theme.QUIET, size).next_to(
                    self.point(x_range[0], float(y)), np.array([-1.0, 0.0, 0.0]), buff=0.14
                )
                for y in at_y
            )
        )
        self.add(self.axes, self.x_numbers, self.y_numbers)

    def point(self, x: float, y: float) -> np.ndarray:
        """A data point (x, y) as a frame point (3,)."""
        return np.asarray(self.to_frame(np.array([[x, y]]))[0])

    def to_frame(self, points: Any) -> np.ndarray:
        """Data points (n, 2) as frame points (n, 3)."""
        data = np.asarray(points, dtype=float)
        across = (data[:, 0] - self.x_range[0]) / (self.x_range[1] - self.x_range[0])
        up = (data[:, 1] - self.y_range[0]) / (self.y_range[1] - self.y_range[0])
        zone = self.zone
        return np.column_stack([zone.left + across * zone.width, zone.bottom + up * zone.height, np.zeros(len(data))])

    def line(self, points: Any, color: str, width: float = theme.STRONG) -> SegmentPath:
        """A broken line through data points (n, 2)."""
        return self.draw_line(SegmentPath(color, width), points)

    def draw_line(self, path: SegmentPath, points: Any) -> SegmentPath:
        """Draw a line anew through other data points (n, 2); for updaters."""
        corners = self.to_frame(points)
        path.set_segments(corners[:-1], corners[1:])
        return path

    def marks(self, points: Any, color: str, mark: str = "disc", radius: float = 0.07) -> PointCloud:
        """A mark on each of the data points (n, 2), one path."""
        return PointCloud(color, mark, radius).set_positions(self.to_frame(points))

    def level(self, y: float, color: str = theme.QUIET, width: float = theme.HAIRLINE) -> SegmentPath:
        """A level line across the chart."""
        return self.line(np.array([[self.x_range[0], y], [self.x_range[1], y]]), color, width)

    def bars(self, at: Any, heights: Any, width: float, color: str, opacity: float = 0.9) -> CellPath:
        """Bars of data width `width` that stand on the lower axis at x = at (n,), one path."""
        return self.draw_bars(CellPath(color, opacity), at, heights, width)

    def draw_bars(self, path: CellPath, at: Any, heights: Any, width: float) -> CellPath:
        """Draw bars anew with other heights (n,); for updaters."""
        base = self.y_range[0]
        polygons = [
            self.to_frame(
                np.array([[x - width / 2, base], [x + width / 2, base], [x + width / 2, y], [x - width / 2, y]])
            )
            for x, y in zip(np.atleast_1d(at), np.atleast_1d(heights), strict=True)
        ]
        return path.set_polygons(polygons)
