"""Errors of a wide layer: a curve a unit, the share of each direction, and what low-rank terms leave, rank by rank."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, VGroup

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_segments, polyline_until
from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.text import LiveText, text


class CurveBundle(VGroup):
    """Many values over the angle as one bundle of curves, drawn anew from a function: angles (n,), values (n, d)."""

    def __init__(
        self, zone: theme.Zone, name: str, angles: np.ndarray, values: Callable[[], np.ndarray], color: str
    ) -> None:
        largest = 1.05 * float(np.abs(values()).max())
        self.chart = Chart(zone, (0.0, 360.0), (-largest, largest), x_ticks=(90, 180, 270, 360), digits=(0, 1))
        chart, across = self.chart, np.degrees(angles)
        self.lines = SegmentPath(color, theme.THIN, 0.85)

        def redraw(path: SegmentPath) -> None:
            now = values()
            corners = np.stack([np.broadcast_to(across[:, None], now.shape), now], axis=-1)
            frame = chart.to_frame(corners.reshape(-1, 2)).reshape(*now.shape, 3)
            path.set_segments(frame[:-1].reshape(-1, 3), frame[1:].reshape(-1, 3))

        self.lines.add_updater(redraw)
        redraw(self.lines)
        title = text(name, theme.QUIET, theme.SMALL_SIZE)
        title.move_to((zone.left, zone.top + 0.25, 0.0), aligned_edge=LEFT)
        unit = text("angle on the circle, in degrees", theme.QUIET, theme.SMALL_SIZE)
        unit.move_to((zone.center[0], zone.bottom - 0.65, 0.0))
        super().__init__(self.chart, title, unit, chart.level(0.0), self.lines)

    def ghost(self) -> SegmentPath:
        """The curves as they are now, faint and still, to be left behind."""
        faint = SegmentPath(theme.QUIET, theme.HAIRLINE, 0.35)
        faint.points = self.lines.points.copy()
        return faint


class DirectionBars(VGroup):
    """A bar for the share of each direction (d,), as many as have grown by now; a mark for the share of a control."""

    bar_width = 0.66

    def __init__(
        self, zone: theme.Zone, shares: np.ndarray, control: np.ndarray, grown: Callable[[], float], color: str
    ) -> None:
        count = len(shares)
        most = 1.05 * float(max(shares.max(), control.max()))
        self.chart = Chart(zone, (0.4, count + 0.6), (0.0, most), y_ticks=())
        chart, at, width = self.chart, np.arange(1, count + 1), self.bar_width
        self.bars = CellPath(color, 0.9)

        def redraw(path: CellPath) -> None:
            chart.draw_bars(path, at, shares * np.clip(grown() - np.arange(count), 0.0, 1.0), width)

        self.bars.add_updater(redraw)
        redraw(self.bars)
        half = 0.5 * width
        ends = (chart.to_frame(np.column_stack([at[: len(control)] + side * half, control])) for side in (-1, 1))
        self.control = SegmentPath(theme.QUANTIZED, theme.STRONG).set_segments(*ends).set_z_index(1)
        super().__init__(self.chart, self.bars)


class RankChart(VGroup):
    """Errors against the rank, a broken line a method, each drawn as far as its own progress; figures in columns below.

    errors: (name, colour, values (k,), progress), where progress 1.5 has reached halfway from the second to the third.
    table: (name, colour, a figure for each rank), a row each, below the ranks.
    """

    row = 0.42

    def __init__(
        self,
        zone: theme.Zone,
        ranks: Sequence[int],
        errors: Sequence[tuple[str, str, np.ndarray, Callable[[], float]]],
        names_width: float,
    ) -> None:
        inner = theme.Zone(zone.left + names_width, zone.right - 0.3, zone.bottom, zone.top)
        high = 1.1 * max(float(values.max()) for _, _, values, _ in errors)
        names = [str(rank) for rank in ranks]
        self.chart = Chart(
            inner, (-0.15, len(ranks) - 1.0), (0.0, high), x_ticks=range(len(ranks)), x_names=names, digits=(0, 1)
        )
        self.zone, self.lines = zone, VGroup()
        chart = self.chart
        at = np.arange(len(ranks))
        for _, color, values, progress in errors:
            corners = chart.to_frame(np.column_stack([at, values]))

            def drawn(corners: np.ndarray = corners, progress: Callable[[], float] = progress) -> np.ndarray:
                return polyline_until(corners, progress())

            self.lines.add(live_segments(drawn, color, theme.STRONG))
        label = text("rank", theme.QUIET, theme.SMALL_SIZE)
        label.move_to((zone.left, chart.x_numbers.get_center()[1], 0.0), aligned_edge=LEFT)
        super().__init__(self.chart, label, self.lines)

    def table_row(self, index: int, name: str, color: str, figures: Sequence[str]) -> VGroup:
        """A row of figures below the ranks, the first one at index 0."""
        y = self.zone.bottom - 0.75 - self.row * index
        label = text(name, color, theme.SMALL_SIZE).move_to((self.zone.left, y, 0.0), aligned_edge=LEFT)
        columns = (
            LiveText(figure, color, theme.SMALL_SIZE, align=0).place((self.chart.point(k, 0.0)[0], y - 0.08, 0.0))
            for k, figure in enumerate(figures)
        )
        return VGroup(label, *columns)
