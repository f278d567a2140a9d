"""The picture of round-to-nearest: weights in rows above a number line, levels that fan out, gaps that open."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, RIGHT, ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.layer_motion import Step
from quantization_story.analysis.network_distances import RoundedWeights
from quantization_story.core.shown_numbers import decimals
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.number_line import NumberLine
from quantization_story.mobjects.charts.step_rail import StepRail
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.style import theme

ABOVE = np.array([0.0, 0.2, 0.0])  # from a mark to its number


def thinned(levels: np.ndarray, most: int = 1024) -> np.ndarray:
    """Levels (n,) as they are drawn: all of them, or, where they stand closer than pixels, so many at most."""
    return levels[:: max(1, -(-len(levels) // most))]


def weight_symbol(layer: int, *marks: str) -> str:
    """The weights of a layer in Typst's math; marks: "1" for the first row of them, "q" for what rounding makes."""
    below = ",".join([str(layer), *marks])
    return f"W_({below})" if marks else f"W_{below}"


def weight_matrix(weights: np.ndarray, symbol: str, desk: theme.Zone) -> tuple[VGroup, MatrixView]:
    """The weights (rows, in) with their name, at the top of a zone; both together, and the matrix alone."""
    name = formula(f"{symbol} =").move_to((desk.left, desk.top - 0.75, 0.0), aligned_edge=LEFT)
    matrix = MatrixView(weights, decimals(float(np.abs(weights).max())), theme.FORMULA_SIZE, (theme.FLOAT,))
    return VGroup(name, matrix.next_to(name, RIGHT, buff=0.25)), matrix


def stored_matrix(codes: np.ndarray, symbol: str, desk: theme.Zone) -> tuple[VMobject, MatrixView]:
    """What is stored, at the foot of a zone: the name with the scale, and the matrix of codes (rows, in)."""
    name = formula(f"{symbol} = s dot")
    name.move_to((desk.left, desk.bottom + 0.65, 0.0), aligned_edge=LEFT)
    return name, MatrixView(codes, 0, theme.FORMULA_SIZE, (theme.QUANTIZED,)).next_to(name, RIGHT, buff=0.25)


class RoundingPicture:
    """All the parts of the picture over a zone, to be brought on one after the other.

    opened: 0 to 1, how far the levels have fanned out. rounded: 0 to 1, how far the weights have slid.
    """

    def __init__(self, zone: theme.Zone, rounding: RoundedWeights, opened: ValueTracker, rounded: ValueTracker) -> None:
        self.rounding, self.rounded = rounding, rounded
        count = len(rounding.values)
        inner = theme.Zone(zone.left + 0.7, zone.right - 1.4, zone.bottom + 0.95, zone.top - 0.35)
        self.line = NumberLine(inner, 1.15 * float(np.abs(rounding.values).max()), count)

        def spacing() -> float:
            return rounding.scale * float(opened.get_value())

        def now() -> np.ndarray:
            return rounding.between(float(rounded.get_value()))

        self.now = now
        codes = thinned(rounding.level_codes)
        self.levels = VGroup(
            self.line.bands(lambda: spacing() * codes[::2], spacing),
            self.line.levels(lambda: spacing() * codes, theme.QUIET, theme.HAIRLINE),
        )
        self.start_marks = self.line.marks(lambda: rounding.values, theme.FLOAT)
        self.moved_marks = self.line.marks(now, theme.QUANTIZED)
        self.gaps = self.line.gaps(lambda: rounding.values, now, theme.QUANTIZED)
        self.axis_names = self._make_axis_names()
        self.error_head = text("error", theme.QUANTIZED, theme.SMALL_SIZE)
        self.error_head.move_to((zone.right, self.line.zone.top - 0.05, 0.0), aligned_edge=RIGHT)
        self.errors = VGroup(
            *(
                LiveText("", theme.QUANTIZED, align=1).place((zone.right, self.line.row_height(k) - 0.1, 0.0))
                for k in range(count)
            )
        )
        for k, error in enumerate(self.errors):
            error.live(lambda k=k: signed(now()[k] - rounding.values[k]))

    def _make_axis_names(self) -> VGroup:
        """Codes and values below the axis, as many as have room, each row with its name."""
        rounding, line = self.rounding, self.line
        room = max(0.75, 0.2 * len(signed(-rounding.limit, 0)))
        every = max(1, int(np.ceil(room / (rounding.scale * line.unit))))
        codes = rounding.level_codes[rounding.level_codes % every == 0]
        at = rounding.scale * codes
        rows = (
            ("code", line.names(at, [signed(code, 0) for code in codes], 0.3, theme.INK, theme.LABEL_SIZE)),
            ("value", line.names(at, [signed(value) for value in at], 0.7, theme.QUIET, theme.SMALL_SIZE)),
        )
        names = VGroup()
        for word, row in rows:
            head = text(word, theme.QUIET, theme.SMALL_SIZE)
            names.add(row, head.move_to((line.zone.left - 0.1, row.get_center()[1], 0.0), aligned_edge=RIGHT))
        return names

    def number_places(self) -> np.ndarray:
        """Where the number of each weight stands now, (n, 3)."""
        return self.line.places(self.now()) + ABOVE

    def follow(self, numbers: list[LiveText]) -> None:
        """Let a live number for each weight show what the weight is, and ride on its mark, from blue to orange."""
        colors = ManimColor(theme.FLOAT), ManimColor(theme.QUANTIZED)
        for k, number in enumerate(numbers):
            number.live(lambda k=k: signed(self.now()[k]))
            number.add_updater(lambda item, k=k: item.place(self.number_places()[k]))
            number.add_updater(lambda item: item.set_color(interpolate_color(*colors, float(self.rounded.get_value()))))

    def row_outline(self, k: int) -> SegmentPath:
        """A frame around one row."""
        top, bottom = (float(self.line.row_height(k + shift)) for shift in (-0.48, 0.48))
        left, right = self.line.zone.left, self.line.zone.right
        corners = np.array([[left, top, 0.0], [right, top, 0.0], [right, bottom, 0.0], [left, bottom, 0.0]])
        return SegmentPath(theme.INK, theme.THIN).set_segments(corners, np.roll(corners, -1, axis=0))

    def parts(self) -> list[VMobject]:
        """Everything, to take it away."""
        marks = [self.start_marks, self.moved_marks, self.gaps]
        return [self.line, self.levels, self.axis_names, *marks, self.errors, self.error_head]


def spelled_out(rounding: RoundedWeights, k: int, left: float, top: float, pitch: float = 0.55) -> VGroup:
    """One weight's way onto the grid in four lines: the weight, its code, its value, its error."""
    ratio = rounding.values[k] / rounding.scale
    lines = (
        (f"weight $w = {signed(rounding.values[k], 3)}$", theme.FLOAT),
        (f"$w \\/ s = {signed(ratio)}$, to nearest: code ${signed(rounding.codes[k], 0)}$", theme.INK),
        (f'value $= s dot "code" = {signed(rounding.rounded[k], 3)}$', theme.QUANTIZED),
        (f"error ${signed(rounding.errors[k], 3)}$, at most $s \\/ 2 = {signed(rounding.scale / 2, 3)}$", theme.INK),
    )
    return VGroup(
        *(
            text(line, color).move_to((left, top - pitch * row, 0.0), aligned_edge=LEFT)
            for row, (line, color) in enumerate(lines)
        )
    )


# --- The mean separation of two networks, step by step: a figure and a chart over the rail of steps.


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
