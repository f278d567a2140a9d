"""One output along a straight way, with the gap that one map leaves; the shares of that gap; and the hard case."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup, VMobject

from quantization_story.analysis.residuals import Residuals
from quantization_story.analysis.strips import SectionStudy, StripSection
from quantization_story.common import ReluNetwork
from quantization_story.core.shown_numbers import decimals
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.layer_graph import between, in_columns
from quantization_story.mobjects.legend import SplitBar, TwoFigures, lined
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.networks import Population
from quantization_story.report.recovery import RecoveryStudy
from quantization_story.style import theme

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


def section_chart(
    panel: theme.Zone,
    section: StripSection,
    study: SectionStudy,
    dial: Callable[[], float],
    reached: Callable[[], float],
) -> SectionChart:
    """The chart of a section in the panel. dial: which map is shown now. reached: how far along the way, as above."""
    zone = theme.Zone(panel.left + 0.4, panel.right - 0.05, panel.bottom + 2.35, panel.top - 0.55)
    values = study.value_range()
    return SectionChart(
        zone, section.before, section.after, values, study.exact, lambda at: study.mapped(at, dial()), reached
    )


def section_names(panel: theme.Zone, section: StripSection, chart: SectionChart) -> VGroup:
    """The words of that chart: the output and the two sides, and below them the two lines."""
    output = f"output {section.coordinate + 1} along the {theme.INK_WORD} line"
    y = chart.chart.zone.bottom - 1.0
    keys = VGroup(
        lined("float network", theme.FLOAT, (panel.left, y)),
        lined("quantized, one map", theme.SAME, (panel.left + 2.65, y)),
    )
    return VGroup(chart.side_names(output, "same pattern", "strip"), keys)


# --- Beside the plane: large figures, the weights that slide, and the shares of what one map leaves.


def large_figure(
    panel: theme.Zone, column: int, words: str, content: str = "", color: str = theme.CROSSED, lift: float = 0.0
) -> tuple[LiveText, VGroup]:
    """One of the two large figures side by side, `lift` above the foot of the panel, with words below it."""
    x, y = panel.left + column * panel.width / 2, panel.bottom + lift
    number = LiveText(content, color, theme.FIGURE_SIZE).place((x, y + 0.75, 0.0))
    return number, VGroup(number, text(words, theme.QUIET).move_to((x, y + 0.3, 0.0), aligned_edge=LEFT))


def sliding_weights(panel: theme.Zone, net: ReluNetwork, now: Callable[[], ReluNetwork], high: float = 1.5) -> VGroup:
    """The hidden layers' matrices in a row, live, as many as have room beside each other and no higher than `high`."""
    row = VGroup()
    for k in range(net.depth - 1):
        digits = decimals(float(np.abs(net.weights[k]).max()))
        matrix = MatrixView(net.weights[k], digits, theme.LABEL_SIZE, (theme.QUANTIZED,))
        matrix.live(lambda k=k: now().weights[k])
        named = VGroup(formula(f"W_{k + 1} =", size=theme.LABEL_SIZE), matrix).arrange(RIGHT, buff=0.15)
        if row.width + 0.35 + named.width > panel.width or named.height > high:
            break
        row.add(named).arrange(RIGHT, buff=0.35)
    return row.move_to((panel.left, panel.up(-0.35), 0.0), aligned_edge=LEFT)


def residual_shares(
    panel: theme.Zone, left: Residuals, energy: Callable[[], float], scale: float
) -> tuple[list[SplitBar], TwoFigures, VMobject]:
    """The share of points that crossed and, live, that of the squared residual; the means; how arrows are drawn."""
    bars = [
        SplitBar(panel, panel.top - 2.05, "points", lambda: left.crossed_share),
        SplitBar(panel, panel.top - 3.1, "squared residual on them", energy),
    ]
    means = TwoFigures(panel, panel.top - 3.85, "mean residual", signed(left.same_mean), signed(left.crossed_mean))
    note = text(f"arrows: the residual at each point, drawn × {scale:g}", theme.QUIET, theme.SMALL_SIZE)
    return bars, means, note.move_to((panel.left, panel.bottom + 0.15, 0.0), aligned_edge=LEFT)


# --- A network at a glance: a column of units for each layer, the weights between them, and the widths below.


class NetworkSketch(VGroup):
    """The units of a network of these widths, the input first, in a zone; the narrowest hidden layers are lit."""

    foot = 0.5  # of the zone, for the widths

    def __init__(self, zone: theme.Zone, widths: Sequence[int]) -> None:
        columns = np.linspace(zone.left + 0.2, zone.right - 0.2, len(widths))
        room = theme.Zone(zone.left, zone.right, zone.bottom + self.foot, zone.top)
        layout = in_columns(room, columns, widths)
        places = [in_frame(column) for column in layout.places(widths, np.inf)]
        narrowest = min(widths[1:-1])
        weights = np.concatenate([between(*pair) for pair in pairwise(places)])
        lines = SegmentPath(theme.GUIDE, theme.HAIRLINE).set_segments(weights[:, 0], weights[:, 1])
        self.units, self.widths = VGroup(), VGroup()
        for k, (width, column) in enumerate(zip(widths, places, strict=True)):
            color = theme.BOUNDARY if 0 < k < len(widths) - 1 and width == narrowest else theme.QUIET
            self.units.add(PointCloud(color, "disc", 0.35 * layout.pitch).set_positions(column))
            name = text(str(width), color, theme.LABEL_SIZE)
            self.widths.add(name.move_to((columns[k], zone.bottom + 0.15, 0.0)))
        super().__init__(lines, self.units, self.widths)


# --- Upright bars of accuracies that grow one after the other, with the control of each as a thin mark.


class RecoveryBars(VGroup):
    """A bar for each accuracy (0 to 1), with its name below it and its figure in it.

    grown: how many bars have grown by now; 2.5 is two and a half. controls: the accuracies that the thin marks stand
    at, None for none. The marks, and `notes` as a second line below the names, are built beside it, to be shown later.
    """

    bar_width = 0.62

    def __init__(
        self,
        zone: theme.Zone,
        accuracies: Sequence[float],
        names: Sequence[str],
        notes: Sequence[str],
        colors: Sequence[str],
        controls: Sequence[float | None],
        grown: Callable[[], float],
    ) -> None:
        super().__init__()
        count = len(accuracies)
        self.chart = Chart(zone, (-0.5, count - 0.5), (0.0, 1.0), range(count), (), names)
        self.bars, self.numbers, self.notes = VGroup(), VGroup(), VGroup()
        for k, (accuracy, note, color) in enumerate(zip(accuracies, notes, colors, strict=True)):
            self._add_bar(k, accuracy, color, grown)
            place = self.chart.x_numbers[k].get_bottom() + 0.14 * DOWN
            if note:
                self.notes.add(text(note, theme.QUIET, theme.SMALL_SIZE).move_to(place, aligned_edge=UP))
        self.controls = [self._control(k, value) for k, value in enumerate(controls) if value is not None]
        self.add(self.chart, self.bars, self.numbers)

    def _add_bar(self, k: int, accuracy: float, color: str, grown: Callable[[], float]) -> None:
        chart, width = self.chart, self.bar_width

        def height() -> float:
            return accuracy * float(np.clip(grown() - k, 0.0, 1.0))

        bar = CellPath(color, 0.85)
        bar.add_updater(lambda path: chart.draw_bars(path, k, height(), width))
        number = LiveText("", theme.BACKGROUND, theme.LABEL_SIZE, align=0)

        def redraw(line: LiveText) -> None:
            line.set_content(percent(height()) if height() > 0.1 else "").place(
                chart.point(k, height()) - np.array([0.0, 0.4, 0.0])
            )

        number.add_updater(redraw)
        bar.update()
        number.update()
        self.bars.add(bar)
        self.numbers.add(number)

    def _control(self, k: int, value: float) -> VMobject:
        half = 0.72 * self.bar_width
        ends = self.chart.to_frame([[k - half, value], [k + half, value]])
        return SegmentPath(theme.INK, theme.STRONG).set_segments(ends[:1], ends[1:])


class RecoveryPanel:
    """Bars of accuracy: float, rounded and each correction; what each stores, its control, and other seeds.

    parameters: how many numbers the network has. others: the seeds that were trained alike, None if not counted. The
    parts are brought on one by one: `name` and `bars`, then `control` and `cost`.
    """

    def __init__(
        self,
        panel: theme.Zone,
        study: RecoveryStudy,
        parameters: int,
        others: Population | None,
        grown: Callable[[], float],
    ) -> None:
        names = ["float", "rounded", *(f"rank {each.rank}" if each.rank else each.kind for each in study.corrected)]
        stored = ["", "", *(f"+{each.numbers}" for each in study.corrected)]
        colors = [theme.FLOAT, theme.QUANTIZED, *(theme.SAME for _ in study.corrected)]
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 1.5, panel.top - 1.0)
        accuracies, controls = [each.accuracy for each in study.all], [each.on_float for each in study.all]
        self.bars = RecoveryBars(zone, accuracies, names, stored, colors, controls, grown)
        self.name = text("accuracy in \\%", theme.QUIET, theme.SMALL_SIZE)
        self.name.move_to((panel.left, panel.top - 0.7, 0.0), aligned_edge=LEFT)
        note = text(f"below each: numbers stored (the network: {parameters})", theme.QUIET, theme.SMALL_SIZE)
        note.move_to((panel.left, panel.bottom + 0.45, 0.0), aligned_edge=LEFT)
        self.cost = VGroup(self.bars.notes, note)
        if others is not None and others.lost:
            share = f"{others.repair}: {others.restored} of {others.lost} losing seeds return"
            self.cost.add(text(share, theme.QUIET, theme.SMALL_SIZE).next_to(note, DOWN, buff=0.12, aligned_edge=LEFT))
        key = lined("the same correction on the float network", theme.INK, (panel.left, panel.top - 0.2))
        self.control = VGroup(*self.bars.controls, key)
