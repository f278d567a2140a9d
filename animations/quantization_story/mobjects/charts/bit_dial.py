"""The panel of a dial over bit widths: the weights on their levels, the accuracy now, and the accuracy curve."""

from collections.abc import Callable, Mapping

import numpy as np
from manim import DOWN, LEFT, RIGHT, ValueTracker, VGroup

from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.number_line import NumberLine
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.style import theme

Number = Callable[[], float]
MOST_LEVELS = 40  # that are drawn at full strength


class AccuracyFigures(VGroup):
    """Accuracy of the float network and, live, of the other one; below it `changes`: how many points changed class."""

    def __init__(self, zone: theme.Zone, count: int, before: float, now: Number, changed: Callable[[], int]) -> None:
        first = LiveText(percent(before), theme.FLOAT, theme.FIGURE_SIZE).place((zone.left, zone.top - 0.6, 0.0))
        arrow = LiveText("→", theme.QUIET, theme.FIGURE_SIZE).place((first.get_right()[0] + 0.25, first.anchor[1], 0))
        second = LiveText("", theme.QUANTIZED, theme.FIGURE_SIZE)
        second.place((arrow.get_right()[0] + 0.25, first.anchor[1], 0.0)).live(lambda: f"{percent(now())} %")
        label = text(f"of {count} held-out points in their own sector", theme.QUIET, theme.SMALL_SIZE)
        label.move_to((zone.left, zone.top - 1.0, 0.0), aligned_edge=LEFT)
        ring = PointCloud(theme.INK, "ring", 0.12).set_positions(np.zeros((1, 3)))
        ring.move_to((zone.left + 0.12, zone.top - 1.5, 0.0))
        number = LiveText("", theme.INK, align=1).place((zone.left + 1.1, zone.top - 1.59, 0.0))
        number.live(lambda: str(changed()))
        unit = text("of them have changed sector", theme.QUIET, theme.SMALL_SIZE)
        unit.move_to((zone.left + 1.25, ring.get_center()[1], 0.0), aligned_edge=LEFT)
        self.changes = (ring, number, unit)
        super().__init__(first, arrow, second, label, *self.changes)


class BitsAndLevels(VGroup):
    """The bit width as a large figure; beside it the weights of one layer on one axis, with the levels of that width.

    values: the float weights (n,). now: where they are. levels: the levels that there are now.
    """

    def __init__(
        self,
        zone: theme.Zone,
        bits: ValueTracker,
        values: np.ndarray,
        now: Callable[[], np.ndarray],
        levels: Callable[[], np.ndarray],
        layer: int = 1,
    ) -> None:
        figure = LiveText("", theme.INK, theme.FIGURE_SIZE).place((zone.left, zone.center[1] - 0.2, 0.0))
        figure.live(lambda: str(round(bits.get_value())))
        room = 0.5 if bits.get_value() < 9.5 else 0.85
        unit = text("bits", theme.QUIET).move_to((zone.left + room, figure.anchor[1] + 0.13, 0.0), aligned_edge=LEFT)
        inner = theme.Zone(zone.left + 1.5, zone.right, zone.bottom + 0.35, zone.top)
        line = NumberLine(inner, 1.1 * float(np.abs(values).max()))
        name = text(f"weights of layer {layer} on their levels", theme.QUIET, theme.SMALL_SIZE)
        name.move_to((inner.center[0], inner.bottom - 0.27, 0.0))
        lines = line.levels(levels, theme.QUIET, theme.HAIRLINE)
        # Where there are so many that they would merge, they are a pale band.
        lines.add_updater(lambda path: path.set_stroke(opacity=min(1.0, MOST_LEVELS / len(levels()))))
        lines.update()
        super().__init__(
            figure,
            unit,
            name,
            line,
            lines,
            line.gaps(lambda: values, now, theme.QUANTIZED, theme.STRONG),
            line.marks(now, theme.QUANTIZED, radius=0.09),
            line.marks(lambda: values, theme.FLOAT, radius=0.09),
        )


class AccuracyCurve(VGroup):
    """Accuracy against bit width, from many bits to few; it is drawn as far down as the dial has been turned.

    accuracies: what was measured, a share for each bit width. before: that of the float network. bits: where the dial
    is. lowest: how far the curve goes.
    """

    def __init__(
        self,
        zone: theme.Zone,
        accuracies: Mapping[int, float],
        before: float,
        chance: float,
        bits: ValueTracker,
        lowest: ValueTracker,
    ) -> None:
        widths = np.array(sorted(accuracies), dtype=float)
        shares = np.array([100 * accuracies[int(width)] for width in widths])
        top = float(widths[-1])
        inner = theme.Zone(zone.left + 0.75, zone.right - 0.1, zone.bottom + 0.4, zone.top - 0.4)
        name = text("accuracy in \\%", theme.QUIET, theme.SMALL_SIZE)
        name.move_to((zone.left, zone.top - 0.1, 0.0), aligned_edge=LEFT)
        chart = Chart(inner, (top, float(widths[0])), (0.0, 104.0), x_ticks=widths[::-1], y_ticks=(50.0, 100.0))

        chart.x_numbers.shift(0.08 * DOWN)  # room for the handle on the axis

        def curve() -> np.ndarray:
            low = float(lowest.get_value())
            down = widths[::-1][widths[::-1] > low]
            at = np.array([*down, low])
            return np.column_stack([at, np.interp(at, widths, shares)])

        def here() -> np.ndarray:
            at = float(bits.get_value())
            return np.array([[at, 0.0], [at, float(np.interp(at, widths, shares))]])

        def measured() -> np.ndarray:
            kept = widths >= lowest.get_value() - 1e-6
            return np.column_stack([widths[kept], shares[kept]])

        levels = chart.level(100 * before, theme.FLOAT, theme.THIN), chart.level(100 * chance)
        chance_name = text("chance", theme.QUIET, theme.SMALL_SIZE)
        chance_name.next_to(chart.point(top, 100 * chance), RIGHT + DOWN, buff=0.08).shift(0.1 * RIGHT)
        trail, needle = chart.line(curve(), theme.QUANTIZED), chart.line(here(), theme.INK, theme.THIN)
        dots = chart.marks(measured(), theme.QUANTIZED)
        ends = chart.marks(here(), theme.INK, "diamond", 0.1)
        trail.add_updater(lambda path: chart.draw_line(path, curve()))
        needle.add_updater(lambda path: chart.draw_line(path, here()))
        dots.add_updater(lambda cloud: cloud.set_positions(chart.to_frame(measured())))
        ends.add_updater(lambda cloud: cloud.set_positions(chart.to_frame(here())))
        unit = text("bits", theme.QUIET, theme.SMALL_SIZE)
        unit.move_to((zone.left, chart.x_numbers.get_center()[1], 0.0), aligned_edge=LEFT)
        super().__init__(name, unit, chart, *levels, chance_name, trail, dots, needle, ends)
