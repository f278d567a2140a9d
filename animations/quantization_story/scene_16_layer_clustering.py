"""A trained layer as a codebook: its weights in a histogram, the centres that they gather on, and the error left."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, ReplacementTransform, ValueTracker, VGroup, linear

from quantization_story import theme
from quantization_story.histograms import (
    cube_root_law,
    decimals,
    fullest_bins,
    histogram,
    share_within_one_std,
    squared_error_in_bins,
    summarize,
)
from quantization_story.layer_scene import LONGEST_LINE, LayerScene, shortened
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.codebook import NamedBar, SummaryTable, level_ticks
from quantization_story.mobjects.live import LiveRow
from quantization_story.mobjects.paths import ArrowField, CellPath, SegmentPath, in_frame
from quantization_story.mobjects.shares import lined
from quantization_story.mobjects.stacks import Stack, arrival, matrix_places, swarm
from quantization_story.mobjects.text import percent, plain, signed, text
from quantization_story.planar import ticks

ROW = 0.74  # the height of a row of the panel
TICKS = 6  # at most so many steps between the numbers of an axis


class LayerClustering(LayerScene):
    """The histogram of a layer's weights becomes that of its centres; then uniform levels and codebook compete."""

    title_text = "A layer as a codebook"
    bins = 30

    def construct(self) -> None:
        """The table of contents."""
        self.load_story()
        self.badge_text = self.regime()
        self.open_stage()
        self.prepare()
        self.show_the_layer()
        self.sort_the_weights()
        self.find_the_centres()
        self.gather()
        self.compare_spreads()
        self.spread_levels_evenly()
        self.move_the_levels()
        self.check_the_claim()
        self.close_stage(1.2)

    def prepare(self) -> None:
        """Both histograms over the same bins and the same axes, side by side."""
        found = self.found
        self.edges = np.linspace(found.values.min(), found.values.max(), self.bins + 1)
        self.raw, self.centred = histogram(found.values, self.edges), histogram(found.centres, self.edges)
        self.reach = (float(self.edges[0]), float(self.edges[-1]))
        self.tallest = 1.05 * float(max(self.raw.shares.max(), self.centred.shares.max()))
        self.digits = decimals(self.reach[1] - self.reach[0], TICKS)
        first, _ = theme.stage_parts(5.0, left=0.5)
        _, second = theme.stage_parts(theme.stage_zone().width - 5.2, gap=0.1)
        self.left = theme.Zone(first.left, first.right, first.bottom + 1.65, first.top - 0.45)
        self.right = theme.Zone(second.left, second.right - 0.1, second.bottom + 1.65, second.top - 0.45)
        self.left_chart, self.right_chart = self.share_chart(self.left), self.share_chart(self.right)
        self.left_stack, self.right_stack = Stack(self.left_chart, self.raw), Stack(self.right_chart, self.centred, 1)
        self.progress, self.steps, self.arrived = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)

    def share_chart(self, zone: theme.Zone) -> Chart:
        """A histogram's axes; the numbers leave room for the ticks of the levels."""
        digits = (self.digits, decimals(self.tallest))
        chart = Chart(zone, self.reach, (0.0, self.tallest), ticks(*self.reach, TICKS), digits=digits)
        chart.x_numbers.shift(0.3 * DOWN)
        return chart

    def head(self, words: str, zone: theme.Zone, color: str) -> Any:
        """The name of a panel, above its left end."""
        return text(words, color, theme.SMALL_SIZE).move_to((zone.left, zone.top + 0.2, 0.0), aligned_edge=LEFT)

    # --- from the layer to its centres

    def show_the_layer(self) -> None:
        # The viewer sees the weight matrix as a square sheet, and the sampled weights light up where they stand in it.
        self.beat("a trained layer")
        layer, found = self.layer, self.found
        sheet = self.sheet_zone()
        paper = CellPath(theme.GUIDE, 0.55).set_polygons([zone_corners(sheet)])
        lines = (layer.source, f"{layer.name}: {' × '.join(map(str, layer.shape))} weights")
        words = VGroup(*(text(plain(shortened(line, LONGEST_LINE)), theme.QUIET) for line in lines))
        words.arrange(DOWN, buff=0.25).next_to(paper, DOWN, buff=0.35)
        self.say("The weights of one layer of a trained network", FadeIn(paper), FadeIn(words))
        order = np.argsort(np.argsort(found.values)) / (len(found.values) - 1)
        cluster_order = found.labels / (len(found.centres) - 1)
        stations = [matrix_places(sheet, layer.shape, found.places), self.left_stack.places]
        progress, arrived = self.progress, self.arrived
        radius = 0.42 * float(min(self.left_stack.cell)) / 1.2
        self.dots = swarm(stations, progress.get_value, order, theme.FLOAT, max(radius, 0.02))
        blocks = self.right_stack.places[found.labels]
        self.fliers = swarm([stations[1], blocks], arrived.get_value, cluster_order, theme.FLOAT, max(radius, 0.02))
        self.play(FadeIn(self.dots), run_time=theme.STEADY)
        self.say(f"{len(found.values):,} of them, drawn at random")
        self.hold_caption()
        self.sheet = VGroup(paper, words)

    def sheet_zone(self) -> theme.Zone:
        """Where the weight matrix is drawn: as high as the histograms, and as wide as its shape wants within limits."""
        rows = self.layer.shape[0] if len(self.layer.shape) > 1 else 1
        half = self.left.height * float(np.clip(self.layer.size / rows**2, 0.35, 2.0)) / 2
        return theme.Zone(-half, half, self.left.bottom, self.left.top)

    def sort_the_weights(self) -> None:
        # The viewer sees the same dots leave the matrix and pile up by value, until they are the bars of a histogram.
        self.beat("the histogram")
        chart, count = self.left_chart, len(self.found.values)
        self.left_head = self.head(f"share of the {count:,} weights, {self.bins} bins", self.left, theme.FLOAT)
        self.say("Sort them by value into bins", FadeIn(chart), FadeIn(self.left_head), FadeOut(self.sheet))
        self.play(self.progress.animate.set_value(1.0), run_time=2.2, rate_func=linear)
        self.left_table = SummaryTable(
            self.left, self.left.bottom - 0.95, summarize(self.found.values), 2 + self.digits, theme.FLOAT
        )
        self.left_bars = self.left_stack.bars(theme.FLOAT, 0.35)
        within = percent(share_within_one_std(self.found.values), 0)
        words = f"{within} % of them lie within one standard deviation"
        self.say(words, FadeIn(self.left_table), FadeIn(self.left_bars))

    def find_the_centres(self) -> None:
        # The viewer sees ticks below the axis: the start of k-means, which then moves, iteration by iteration, to rest.
        self.beat("k-means")
        found, steps = self.found, self.steps
        self.ticks = level_ticks(self.left_chart, lambda: found.moment(steps.get_value()).centres, theme.SAME)
        count, last, spread = len(found.centres), len(found.steps) - 0.5, self.spread
        equals, y = self.right.left + 2.6, self.right.center[1]
        figures = VGroup(
            LiveRow('"iteration" =', lambda: f"{int(steps.get_value())}", (equals, y + 0.5), theme.QUIET),
            LiveRow(
                '"RMS error" \\/ "std" =',
                lambda: f"{percent(found.moment(steps.get_value()).error / spread, 2)} %",
                (equals, y - 0.4),
                theme.SAME,
            ),
        )
        self.say(f"k-means looks for {count} centres: green ticks below the axis", FadeIn(self.ticks, figures))
        self.say("Each moves to the mean of the weights nearest to it")
        self.play(steps.animate.set_value(last), run_time=2.6, rate_func=linear)
        self.figures = figures

    def gather(self) -> None:
        # The viewer sees each centre call its weights: they fly over and become one block at the right.
        self.beat("each centre gathers its weights")
        found, arrived = self.found, self.arrived
        count = len(found.centres)
        order = np.arange(count) / (count - 1)
        self.blocks = self.right_stack.blocks(lambda: arrival(arrived.get_value(), order), theme.SAME)
        self.right_head = self.head(f"share of the {count} centres, same bins", self.right, theme.SAME)
        frame = (FadeIn(self.right_chart, self.right_head), FadeOut(self.figures))
        self.say("Each centre gathers its weights and stands for them", *frame)
        self.remove(self.dots)
        self.add(self.blocks, self.fliers)
        self.play(arrived.animate.set_value(1.0), run_time=3.6, rate_func=linear)
        self.right_table = SummaryTable(
            self.right, self.right.bottom - 0.95, summarize(found.centres), 2 + self.digits, theme.SAME
        )
        arrow = self.make_arrow()
        self.say(
            f"{len(found.values):,} weights have become {count} numbers",
            *map(FadeIn, (arrow, self.right_table)),
            FadeOut(self.fliers),
        )
        self.arrow = arrow

    def make_arrow(self) -> VGroup:
        """The arrow between the panels with the number of clusters on it."""
        left, right, y = self.left.right + 0.35, self.right.left - 0.35, self.left.up(0.3)
        start, end, side = (left, y, 0.0), (right, y, 0.0), UP
        if theme.VERTICAL:
            x = self.left.center[0] + 1.0
            start, end, side = (x, self.left.bottom - 1.6, 0.0), (x, self.right.top + 0.05, 0.0), RIGHT
        field = ArrowField(theme.INK, 0.06).set_arrows(np.array([start]), np.array([end]))
        count = text(f"{len(self.found.centres)} clusters", theme.INK).next_to(field, side, buff=0.15)
        return VGroup(field, count)

    def compare_spreads(self) -> None:
        # The viewer sees both standard deviations lifted out, then a line over the centres: the cube-root law.
        self.beat("where the centres lie")
        values, centres = summarize(self.found.values), summarize(self.found.centres)
        lift = (table.std.animate.scale(1.25) for table in (self.left_table, self.right_table))
        self.say(spread_caption(values.std, centres.std), *lift, run_time=theme.STEADY)
        law = cube_root_law(self.raw.shares)
        ends = (np.column_stack([edges, law]) for edges in (self.edges[:-1], self.edges[1:]))
        line = SegmentPath(theme.INK, theme.STRONG).set_segments(*map(self.right_chart.to_frame, ends))
        name = lined("cube root of the weights' density", theme.INK, (0.0, 0.0))
        name.move_to((self.right.right, self.right.top - 0.35, 0.0), aligned_edge=RIGHT)
        self.say("Theory for many levels: the cube root of the density", FadeIn(line), FadeIn(name))
        self.hold_caption()
        right = (self.right_chart, self.right_head, self.blocks, self.right_table, line, name)
        self.gone = [*right, self.arrow, self.left_table, self.left_head]

    # --- uniform levels and codebook on the same density

    def spread_levels_evenly(self) -> None:
        # The viewer sees the histogram grow wide; its ticks spread to equal distances, and the error rises below them.
        self.beat("uniform levels")
        compared, part = self.compared, self.wide_part()[0]
        upper = theme.Zone(part.left, part.right, part.bottom + 3.25, part.top - 0.45)
        lower = theme.Zone(part.left, part.right, part.bottom + 0.5, part.bottom + 2.0)
        wide = self.share_chart(upper)
        wide.remove(wide.x_numbers)
        self.wide = wide
        bars = Stack(wide, self.raw).bars(theme.FLOAT, 0.6)
        self.part = ValueTracker(0.0)
        strokes = level_ticks(wide, lambda: compared.uniform.levels, theme.QUANTIZED)
        strokes.clear_updaters()
        uniform = squared_error_in_bins(compared.values, compared.uniform.levels, self.raw)
        codebook = squared_error_in_bins(compared.values, compared.codebook.levels, self.raw)
        high = 1.1 * float(max(uniform.max(), codebook.max()))
        at_x = ticks(*self.reach, TICKS)
        self.lower_chart = Chart(lower, self.reach, (0.0, high), at_x, (), digits=(self.digits, 0))
        head = self.head(f"share of the weights, and {len(self.found.centres)} levels", upper, theme.FLOAT)
        self.say(
            "Round-to-nearest spaces its levels evenly",
            FadeOut(*self.gone),
            ReplacementTransform(self.left_chart.axes, wide.axes),
            FadeOut(self.left_chart.x_numbers, self.left_chart.y_numbers),
            FadeIn(wide.y_numbers),
            ReplacementTransform(self.left_bars, bars),
            ReplacementTransform(self.ticks, strokes),
            FadeIn(head),
            run_time=theme.STEADY,
        )
        self.show_errors(lower)

    def show_errors(self, lower: theme.Zone) -> None:
        """The squared error in each bin below the histogram, and the bars of the RMS errors beside it."""
        chart, compared, raw, part = self.lower_chart, self.compared, self.raw, self.part
        grown = ValueTracker(0.0)

        def heights() -> np.ndarray:
            levels = compared.between(part.get_value())
            return grown.get_value() * squared_error_in_bins(compared.values, levels, raw)

        def live_bars(color: str, opacity: float) -> CellPath:
            bars = CellPath(color, opacity)
            bars.add_updater(lambda path: chart.draw_bars(path, raw.middles, heights(), 0.94 * raw.width))
            return bars

        head = self.head("squared error in each bin", lower, theme.QUIET)
        self.uniform_bars, self.error_bars = (live_bars(theme.QUANTIZED, opacity) for opacity in (0.35, 0.85))
        title = self.panel_title("RMS error, % of the weights' std", 0)
        row = self.row(0, f"uniform, {len(self.found.centres)} levels", theme.QUANTIZED, lambda: compared.uniform.error)
        self.say("Rounding costs this much in each bin", *map(FadeIn, (chart, head, title, row)))
        self.add(self.uniform_bars, self.error_bars)
        self.play(grown.animate.set_value(1.0), run_time=theme.STEADY)
        self.uniform_bars.clear_updaters()
        self.say(self.error_caption())

    def error_caption(self) -> str:
        """What the fullest bins hold of the weights, and of the squared error of rounding to uniform levels."""
        fullest = fullest_bins(self.raw.shares)
        error = squared_error_in_bins(self.compared.values, self.compared.uniform.levels, self.raw)
        weights, cost = self.raw.shares[fullest].sum(), error[fullest].sum() / error.sum()
        bins = "fullest bin" if len(fullest) == 1 else f"{len(fullest)} fullest bins"
        return f"The {bins}: {percent(weights, 0)} % of the weights, {percent(cost, 0)} % of the error"

    def wide_part(self) -> tuple[theme.Zone, theme.Zone]:
        """The part of the stage for the wide histogram, and what lies beside it."""
        return theme.stage_parts(8.2, left=0.5, gap=0.7)

    def panel(self) -> theme.Zone:
        """What lies beside the wide histogram."""
        beside = self.wide_part()[1]
        return theme.Zone(beside.left, beside.right - 0.1, beside.bottom, beside.top)

    def panel_title(self, words: str, place: float) -> Any:
        """The name of the rows of the panel that begin at a place."""
        panel = self.panel()
        at = (panel.left, panel.top - 0.25 - ROW * place, 0.0)
        return text(words, theme.INK, theme.SMALL_SIZE).move_to(at, aligned_edge=LEFT)

    def row(self, place: float, name: str, color: str, error: Callable[[], float], spread: float = 0.0) -> NamedBar:
        """A named bar of the panel: an RMS error as a share of the standard deviation, the sample's if left out."""
        compared, panel, unit = self.compared, self.panel(), spread or self.spread
        most = max(level.error for level in (compared.symmetric, compared.uniform, compared.codebook))
        full, top = max(most / self.spread, self.whole.uniform, self.whole.codebook), panel.top - 0.8 - ROW * place
        return NamedBar(panel, top, name, color, lambda: error() / unit, full, lambda share: percent(share, 2))

    def move_the_levels(self) -> None:
        # The viewer sees the levels slide to the centres of k-means; the error below sinks and the bar beside shrinks.
        self.beat("the codebook")
        compared, part, k = self.compared, self.part, len(self.found.centres)
        strokes = level_ticks(self.wide, lambda: compared.between(part.get_value()), theme.SAME, drop=0.42)
        row = self.row(1, f"k-means, {k} levels", theme.SAME, lambda: compared.error_between(part.get_value()))
        green = self.error_bars.animate.set_fill(theme.SAME)
        self.say("Now move the levels to the centres of k-means", FadeIn(strokes), FadeIn(row), green)
        self.play(part.animate.set_value(1.0), run_time=3.0)
        self.say(codebook_caption(compared.ratio))
        self.hold_caption()

    def check_the_claim(self) -> None:
        # The viewer sees the bars of round-to-nearest and of the exact optimum, then the figures on the whole layer.
        self.beat("how good is it")
        compared, found, whole, k = self.compared, self.found, self.whole, len(self.found.centres)
        optimum = self.row(2, f"exact optimum, {k} levels", theme.INK, lambda: compared.optimum.error)
        self.say(optimum_caption(found.excess), FadeIn(optimum))
        levels, bits = len(compared.symmetric.levels), compared.bits
        symmetric = self.row(
            3, f"{bits}-bit symmetric, {levels} levels", theme.QUANTIZED, lambda: compared.symmetric.error
        )
        self.play(FadeIn(symmetric), run_time=theme.BRIEF)
        if self.layer.size == len(found.values):
            return
        self.hold_caption()
        title = self.panel_title(f"the same on all {self.layer.size:,} weights", 4.75)
        rows = (
            self.row(4.75, "uniform over their range", theme.QUANTIZED, lambda: whole.uniform, 1.0),
            self.row(5.75, "k-means of the sample", theme.SAME, lambda: whole.codebook, 1.0),
        )
        self.say(whole_caption(self.layer.size, whole.ratio), *map(FadeIn, (title, *rows)))
        if whole.outside:
            self.say(outside_caption(whole.outside, whole.outside_share))


def zone_corners(zone: theme.Zone) -> np.ndarray:
    """The corners of a zone, counter-clockwise, frame points (4, 3)."""
    return in_frame(
        [[zone.left, zone.bottom], [zone.right, zone.bottom], [zone.right, zone.top], [zone.left, zone.top]]
    )


# --- captions that depend on the figures


def spread_caption(values: float, centres: float) -> str:
    """What to say about the standard deviations of the values and of the centres."""
    if centres > 1.05 * values:
        return "The centres spread wider: the rare weights need levels too"
    if centres < 0.95 * values:
        return "The centres keep closer together than the weights"
    return "The centres spread as wide as the weights"


def codebook_caption(ratio: float) -> str:
    """What to say about the error of uniform levels over that of the codebook, on the sample."""
    if ratio > 1.02:
        return f"Levels crowd where the weights are: RMS error ÷ {signed(ratio)}"
    if ratio < 0.98:
        return f"Here the codebook does worse: RMS error × {signed(1 / ratio)}"
    return "Here the codebook does no better than uniform levels"


def optimum_caption(excess: float) -> str:
    """What to say about the error of k-means over the least there is."""
    if excess < 5e-4:
        return "k-means has found the exact optimum"
    return f"k-means stops {percent(excess)} % above the exact optimum"


def whole_caption(size: int, ratio: float) -> str:
    """What to say about uniform levels against the codebook on all weights of the layer."""
    figure = f"÷ {signed(ratio)}" if ratio >= 1 else f"× {signed(1 / ratio)}"
    return f"On all {size:,} weights, not just the sample: RMS error {figure}"


def outside_caption(count: int, share: float) -> str:
    """What to say about the weights beyond the outermost levels, which no level stands for."""
    weights = "weight" if count == 1 else "weights"
    return f"{count:,} {weights} beyond the codebook: {percent(share, 0)} % of its squared error"
