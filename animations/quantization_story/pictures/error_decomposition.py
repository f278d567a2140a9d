"""The two parts of an error along a circle: as arrows tip to tail, and as a strip over the angle."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, VGroup

from quantization_story.analysis.circle_errors import CircleError
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.live import live_fill, live_segments, polyline_until
from quantization_story.mobjects.paths import ArrowField, CellPath, SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.style import theme

# Hands out where arrows begin now, and the two vectors of each, three arrays (n, 2).
Split = Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray]]


class SplitArrows(VGroup):
    """A green arrow at each point along its metric part, and from its tip a red one along its topological part."""

    def __init__(self, view: PlaneView, split: Split, width: float = 0.03) -> None:
        self.metric, self.topological = ArrowField(theme.SAME, width), ArrowField(theme.CROSSED, width)

        def redraw_metric(arrows: ArrowField) -> None:
            tails, metric, _ = split()
            arrows.set_arrows(view.to_frame(tails), view.to_frame(tails + metric))

        def redraw_topological(arrows: ArrowField) -> None:
            tails, metric, topological = split()
            arrows.set_arrows(view.to_frame(tails + metric), view.to_frame(tails + metric + topological))

        self.metric.add_updater(redraw_metric)
        self.topological.add_updater(redraw_topological)
        super().__init__(self.metric, self.topological)
        self.update()


def split_names(corners: np.ndarray) -> VGroup:
    """The names of an error and of its two parts, beside the sides of their triangle and outside of it.

    corners: where the error begins, where its metric part ends, and where it ends, frame points (3, 3).
    """
    start, joint, end = corners
    sides = (
        ("error $e$", theme.INK, start, end, joint),
        ("metric", theme.SAME, start, joint, end),
        ("topological", theme.CROSSED, joint, end, start),
    )
    names, across = VGroup(), np.array([start[1] - end[1], end[0] - start[0], 0.0])
    for number, (words, color, tail, tip, opposite) in enumerate(sides):
        along, away = tip - tail, (tail + tip) / 2 - opposite
        away = away - along * (away @ along) / max(float(along @ along), 1e-12)
        if np.linalg.norm(away) < 1e-6:  # all on one line: the whole on its one side, both parts on the other
            away = -across if number else across
        away = away / max(float(np.linalg.norm(away)), 1e-12)
        name = text(words, color)
        room = 0.2 + (abs(away[0]) * name.width + abs(away[1]) * name.height) / 2
        names.add(name.move_to((tail + tip) / 2 + room * away))
    return names


class SplitStrip(VGroup):
    """The sizes of both parts over the angle, as far as it is reached: green line, red fill, faint red where crossed.

    reached: the angle, 0 to 2 pi, up to which they are drawn now. step: the largest angle between two corners.
    """

    def __init__(
        self, zone: theme.Zone, error: CircleError, reached: Callable[[], float], step: float = np.pi / 240
    ) -> None:
        metric, topological = (
            [
                np.column_stack([np.degrees(angles), np.linalg.norm(values, axis=1)])
                for angles, values in error.pieces(kind, step)
            ]
            for kind in ("metric", "topological")
        )
        bursts = [piece for piece, crossed in zip(topological, error.crossed, strict=True) if crossed]
        high = 1.1 * max(float(piece[:, 1].max()) for piece in (*metric, *topological))
        self.chart = Chart(
            zone, (0.0, 360.0), (0.0, high), x_ticks=(90, 180, 270, 360), digits=(0, 0 if high >= 4 else 1)
        )
        chart = self.chart
        lines = np.concatenate([np.stack([piece[:-1], piece[1:]], axis=1) for piece in metric])
        in_frame = chart.to_frame(lines.reshape(-1, 2)).reshape(-1, 2, 3)

        def line() -> np.ndarray:
            return in_frame[: int(np.searchsorted(lines[:, 1, 0], np.degrees(reached()) + 1e-9))]

        def begun(closed: Callable[[np.ndarray], np.ndarray]) -> Callable[[], list[np.ndarray]]:
            def polygons() -> list[np.ndarray]:
                now = np.degrees(reached())
                parts = (burst[burst[:, 0] <= now] for burst in bursts if burst[0, 0] < now)
                return [chart.to_frame(closed(part)) for part in parts if len(part) > 1]

            return polygons

        def fill(part: np.ndarray) -> np.ndarray:
            return np.vstack([part, [part[-1, 0], 0.0], [part[0, 0], 0.0]])

        def band(part: np.ndarray) -> np.ndarray:
            left, right = part[0, 0], part[-1, 0]
            return np.array([[left, 0.0], [right, 0.0], [right, high], [left, high]])

        self.bands = live_fill(begun(band), theme.CROSSED, 0.2)
        self.bursts = live_fill(begun(fill), theme.CROSSED, 1.0)
        self.line = live_segments(line, theme.SAME, theme.STRONG)
        title = text("size of each part of the error; bands: patterns differ", theme.QUIET, theme.SMALL_SIZE)
        title.move_to((zone.left, zone.top + 0.25, 0.0), aligned_edge=LEFT)
        unit = text("angle on the circle, in degrees", theme.QUIET, theme.SMALL_SIZE)
        unit.move_to((zone.center[0], zone.bottom - 0.65, 0.0))
        super().__init__(self.chart, title, unit, self.bands, self.line, self.bursts)


# --- Errors of a wide layer: a curve a unit, the share of each direction, and what low-rank terms leave, rank by rank.


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


def share_rows(panel: theme.Zone, rows: Sequence[tuple[str, float, str]]) -> VGroup:
    """Named shares below the bars, a line each: (name, share, colour)."""
    made = VGroup()
    for k, (words, share, color) in enumerate(rows):
        y = panel.bottom + 2.15 - 0.42 * k
        label = text(words, color).move_to((panel.left, y, 0.0), aligned_edge=LEFT)
        number = LiveText(f"{percent(share)} %", color, align=1).place((panel.right, y - 0.1, 0.0))
        made.add(VGroup(label, number))
    return made


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
