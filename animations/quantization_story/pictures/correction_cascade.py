"""Corrections that run down the layers: lines that each leaves behind its front, and a table of what it comes to."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, ManimColor, VGroup, VMobject, interpolate_color

from quantization_story.analysis.cascade import Cascade, LayerTerms
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.live import live_fill, live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.style import theme

HEADS = ("error", "correct", "numbers", "on float")


def shades(color: str, count: int) -> list[str]:
    """Shades of a colour, told apart by their lightness, from one that leans to the ink to one that leans away."""
    leans = np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
    mixed = (
        interpolate_color(ManimColor(color), ManimColor(theme.INK if lean < 0 else theme.BACKGROUND), 0.4 * abs(lean))
        for lean in leans.tolist()
    )
    return [each.to_hex() for each in mixed]


def trace(
    chart: Chart,
    values: np.ndarray,
    first: int,
    reached: Callable[[], float],
    color: str,
    mark: str,
    dashed: bool = False,
) -> VGroup:
    """A line through values (n,) at x = first, first + 1, ..., drawn as far as x is reached, with a mark on each."""
    at = np.arange(first, first + len(values))
    corners = chart.to_frame(np.column_stack([at, values]))

    def pieces() -> np.ndarray:
        segments = polyline_until(corners, max(reached() - first, 0.0))
        return np.stack(dash_segments(segments[:, 0], segments[:, 1], 0.1, 0.08), axis=1) if dashed else segments

    line = live_segments(pieces, color, theme.THIN)
    return VGroup(line, live_marks(lambda: corners[at <= reached() + 1e-6], color, mark, 0.09))


def front_line(charts: Sequence[Chart], front: Callable[[], float], color: str) -> SegmentPath:
    """A thin upright line in each of the charts where the front is."""

    def ends() -> np.ndarray:
        return np.array([[chart.point(front(), y) for y in chart.y_range] for chart in charts])

    return live_segments(ends, color, theme.THIN, 0.7)


class CascadeTable(VGroup):
    """One row a correction: its mark and name, and its figures in columns with their heads on top.

    Rows are built by `row` and `plain_row`, from the top, and put on stage by the scene; the last column, the control,
    by `control`.
    """

    row_height = 0.52

    def __init__(self, zone: theme.Zone) -> None:
        self.zone, self.rows = zone, 0
        self.corrections: list[tuple[Cascade, str, float]] = []  # with the colour and the height of their rows
        self.columns = np.linspace(zone.left + 1.85, zone.right - 0.05, len(HEADS))
        super().__init__(*map(self._head, range(len(HEADS) - 1)))

    def _head(self, column: int) -> VMobject:
        head = text(HEADS[column], theme.QUIET, theme.SMALL_SIZE)
        return head.move_to((self.columns[column], self.zone.top - 0.1, 0.0), aligned_edge=DOWN + RIGHT)

    def control(self) -> VGroup:
        """The last column: what the float network reaches with each whole correction added to it."""
        figures = (
            LiveText(percent(float(cascade.on_float[-1])), color, theme.LABEL_SIZE - 2, align=1).place(
                (self.columns[-1], y - 0.09, 0.0)
            )
            for cascade, color, y in self.corrections
        )
        return VGroup(self._head(len(HEADS) - 1), *figures)

    def plain_row(self, name: str, color: str, mark: str, figures: Sequence[str]) -> VGroup:
        """A row of figures that stand still, in the first columns."""
        row, numbers = self._row(name, color, mark)
        for number, figure in zip(numbers, figures, strict=False):
            number.set_content(figure)
        return row

    def row(self, cascade: Cascade, color: str, mark: str, front: Callable[[], float]) -> VGroup:
        """A row that shows what the correction comes to when it has reached the front."""
        row, numbers = self._row(cascade.name, color, mark)
        self.corrections.append((cascade, color, self.zone.top - self.row_height * self.rows))

        def whole() -> int:
            return int(front() + 1e-6)

        numbers[0].live(lambda: signed(float(cascade.after(front()).total[-1])))
        numbers[1].live(lambda: percent(float(cascade.accuracies[whole()])))
        numbers[2].set_content(str(cascade.numbers))
        return row

    def _row(self, name: str, color: str, mark: str) -> tuple[VGroup, list[LiveText]]:
        self.rows += 1
        y = self.zone.top - self.row_height * self.rows
        sign = PointCloud(color, mark, 0.08).set_positions(np.array([[self.zone.left + 0.08, y, 0.0]]))
        label = text(name, color, theme.LABEL_SIZE - 2).move_to((self.zone.left + 0.28, y, 0.0), aligned_edge=LEFT)
        places = [(x, y - 0.09, 0.0) for x in self.columns[:-1]]
        numbers = [LiveText("", color, theme.LABEL_SIZE - 2, align=1).place(place) for place in places]
        return VGroup(sign, label, *numbers), numbers


def notes(lines: Sequence[str], corner: Sequence[float], step: float = 0.36) -> VGroup:
    """Small lines of text below each other; corner: the left end of the first one's middle line."""
    return VGroup(
        *(
            text(line, theme.QUIET, theme.SMALL_SIZE).move_to((corner[0], corner[1] - step * k, 0.0), aligned_edge=LEFT)
            for k, line in enumerate(lines)
        )
    )


# --- The error of every layer as a bar, divided in what was propagated and what the layer added itself.

WIDTH = 0.56  # of a bar, in layers


class TermBars(VGroup):
    """For every layer of a chart a bar as long as its error: the propagated share below, the local one on top.

    terms: the lengths now. grown: for each of both parts how much of it is there, two arrays (L,) of shares.
    """

    def __init__(
        self, chart: Chart, terms: Callable[[], LayerTerms], grown: Callable[[], tuple[np.ndarray, np.ndarray]]
    ) -> None:
        def levels() -> tuple[np.ndarray, np.ndarray]:
            """Where the propagated part ends, and the local one above it."""
            now, (arrived, added) = terms(), grown()
            joint = arrived * now.shares * now.total
            return joint, joint + added * (1 - now.shares) * now.total

        def blocks(lows: np.ndarray, highs: np.ndarray) -> list[np.ndarray]:
            half = WIDTH / 2
            return [
                chart.to_frame([[x - half, low], [x + half, low], [x + half, high], [x - half, high]])
                for x, (low, high) in enumerate(zip(lows, highs, strict=True), start=1)
                if high > low
            ]

        self.propagated = live_fill(lambda: blocks(0 * levels()[0], levels()[0]), theme.PROPAGATED, 0.9)
        self.local = live_fill(lambda: blocks(*levels()), theme.QUANTIZED, 0.9)
        super().__init__(self.propagated, self.local)
