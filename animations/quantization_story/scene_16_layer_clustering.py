"""A trained layer as a codebook: its weights in a histogram, the centres that they gather on, and the error left."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, FadeOut, ReplacementTransform, ValueTracker, VGroup, linear

from quantization_story.core.plane_geometry import tick_decimals, ticks
from quantization_story.layers.histograms import (
    fullest_bins,
    histogram,
    share_within_one_std,
    squared_error_in_bins,
    summarize,
)
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.codebook import NamedBar, SummaryTable, level_ticks
from quantization_story.mobjects.live import LiveRow
from quantization_story.mobjects.paths import ArrowField, CellPath, in_frame
from quantization_story.mobjects.text import percent, signed, text
from quantization_story.pictures.layer_clustering import (
    AccuracyCurves,
    CentreLens,
    LevelStage,
    Stack,
    arrival,
    border,
    matrix_places,
    swarm,
)
from quantization_story.stage.layer_scene import LayerScene, outside_caption
from quantization_story.style import theme

ROW = 0.74  # the height of a row of the panel
TICKS = 6  # at most so many steps between the numbers of an axis


class LayerClusteringVisualization(LayerScene):
    """A trained layer beside its 64 centres: what the centres gather, where they lie, and what uniform levels cost."""

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
        self.measure_accuracy()
        self.close_stage(0.8)

    def prepare(self) -> None:
        """Both histograms over the same bins and the same axes, side by side."""
        found = self.found
        self.edges = np.linspace(found.values.min(), found.values.max(), self.bins + 1)
        self.raw, self.centred = histogram(found.values, self.edges), histogram(found.centres, self.edges)
        self.reach = (float(self.edges[0]), float(self.edges[-1]))
        self.tallest = 1.05 * float(max(self.raw.shares.max(), self.centred.shares.max()))
        self.digits = tick_decimals(self.reach[1] - self.reach[0], TICKS)
        first, _ = theme.stage_parts(5.0, left=0.5)
        _, second = theme.stage_parts(theme.stage_zone().width - 5.2, gap=0.1)
        self.left = theme.Zone(first.left, first.right, first.bottom + 1.65, first.top - 0.45)
        self.right = theme.Zone(second.left, second.right - 0.1, second.bottom + 1.65, second.top - 0.45)
        self.left_chart, self.right_chart = self.share_chart(self.left), self.share_chart(self.right)
        self.left_stack, self.right_stack = Stack(self.left_chart, self.raw), Stack(self.right_chart, self.centred, 1)
        self.progress, self.steps, self.arrived = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)

    def share_chart(self, zone: theme.Zone) -> Chart:
        """A histogram's axes."""
        digits = (self.digits, tick_decimals(self.tallest))
        return Chart(zone, self.reach, (0.0, self.tallest), ticks(*self.reach, TICKS), digits=digits)

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
        words = text(f"{' × '.join(map(str, layer.shape))} weights", theme.QUIET).next_to(paper, DOWN, buff=0.35)
        self.say("One layer of a trained network", FadeIn(paper), FadeIn(words))
        order = np.argsort(np.argsort(found.values)) / (len(found.values) - 1)
        cluster_order = found.labels / (len(found.centres) - 1)
        stations = [matrix_places(sheet, layer.shape, found.places), self.left_stack.places]
        progress, arrived = self.progress, self.arrived
        radius = 0.42 * float(min(self.left_stack.cell)) / 1.2
        self.dots = swarm(stations, progress.get_value, order, theme.FLOAT, max(radius, 0.02))
        blocks = self.right_stack.places[found.labels]
        self.fliers = swarm([stations[1], blocks], arrived.get_value, cluster_order, theme.FLOAT, max(radius, 0.035))
        self.say(sample_caption(len(found.values), layer.size), FadeIn(self.dots))
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
        chart, count, summary = self.left_chart, len(self.found.values), summarize(self.found.values)
        self.left_head = self.head(f"share of the {count:,} weights, {self.bins} bins", self.left, theme.FLOAT)
        self.say("They pile up by value", FadeIn(chart, self.left_head), FadeOut(self.sheet), run_time=theme.BRIEF)
        self.play(self.progress.animate.set_value(1.0), run_time=2.2, rate_func=linear)
        self.left_table = SummaryTable(self.left, self.left.bottom - 0.95, summary, 2 + self.digits, theme.FLOAT)
        self.left_bars = self.left_stack.bars(theme.FLOAT, 0.35)
        low, high = (
            chart.point(float(np.clip(summary.mean + side * summary.std, *self.reach)), 0.0)[0] for side in (-1, 1)
        )
        within = theme.Zone(low, high, self.left.bottom, self.left.top)
        band = CellPath(theme.GUIDE, 0.6).set_polygons([zone_corners(within)]).set_z_index(-1)
        name = text("mean ± std", theme.INK, theme.SMALL_SIZE)
        name.move_to((high + 0.12, self.left.top - 0.25, 0.0), aligned_edge=LEFT)
        words = within_caption(share_within_one_std(self.found.values))
        self.say(words, FadeIn(band, name), FadeIn(self.left_table), FadeIn(self.left_bars))
        self.hold_caption()
        self.within = VGroup(band, name)

    def find_the_centres(self) -> None:
        # The viewer sees ticks below the axis, the start of k-means; a close-up shows how each iteration moves them.
        self.beat("k-means")
        found, steps, chart = self.found, self.steps, self.left_chart
        self.ticks = level_ticks(chart, lambda: found.moment(steps.get_value()).centres, theme.SAME)
        count, last = len(found.centres), len(found.steps) - 0.5
        low, high = (chart.point(edge, 0.0)[0] for edge in found.close_up)
        stretch = border(theme.Zone(low, high, self.left.bottom - 0.39, self.left.bottom))
        lens = CentreLens(self.right, found, steps.get_value)
        head = self.head("close-up: lines are centres, dots are weights", self.right, theme.INK)
        place = (self.right.center[0] + 0.6, self.right.bottom - 0.6)
        figure = LiveRow('"iteration" =', lambda: f"{int(steps.get_value())}", place, theme.QUIET, theme.LABEL_SIZE)
        apart = chart.x_numbers.animate.shift(0.3 * DOWN)
        self.say(
            f"k-means starts {count} centres at weights: the green ticks",
            FadeIn(self.ticks),
            apart,
            FadeOut(self.within),
        )
        self.say("Again and again, each moves to the mean of its nearest weights", FadeIn(stretch, lens, head, figure))
        self.play(steps.animate.set_value(last), run_time=2.6, rate_func=linear)
        self.hold_caption()
        self.lens = VGroup(stretch, lens, head, figure)

    def gather(self) -> None:
        # The viewer sees each centre call its weights: they fly over and become one block at the right.
        self.beat("each centre gathers its weights")
        found, arrived = self.found, self.arrived
        count = len(found.centres)
        order = np.arange(count) / (count - 1)
        self.blocks = self.right_stack.blocks(lambda: arrival(arrived.get_value(), order), theme.SAME)
        self.right_head = self.head(f"share of the {count} centres, same bins", self.right, theme.SAME)
        self.play(FadeOut(self.lens), run_time=theme.BRIEF)
        frame = FadeIn(self.right_chart, self.right_head)
        self.say("The weights of each centre fly over and become one block", frame)
        self.remove(self.dots)
        self.add(self.blocks, self.fliers)
        self.play(arrived.animate.set_value(1.0), run_time=3.0, rate_func=linear)
        self.right_table = SummaryTable(
            self.right, self.right.bottom - 0.95, summarize(found.centres), 2 + self.digits, theme.SAME
        )
        self.arrow = self.make_arrow()
        self.say(
            f"{len(found.values):,} weights have become {count} numbers: a codebook",
            *map(FadeIn, (self.arrow, self.right_table)),
            FadeOut(self.fliers),
        )

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
        # The viewer sees all figures but the standard deviations go: that of the centres is another.
        self.beat("where the centres lie")
        values, centres = summarize(self.found.values), summarize(self.found.centres)
        tables = (self.left_table, self.right_table)
        self.say(spread_caption(values.std, centres.std), *(FadeOut(table.others) for table in tables))
        self.hold_caption()
        self.gone = [self.right_chart, self.right_head, self.blocks, self.arrow, self.left_head]
        self.gone += [table.std for table in tables]

    # --- uniform levels and codebook on the same density

    def spread_levels_evenly(self) -> None:
        # The viewer sees the histogram grow wide; its ticks spread to equal distances, and the error rises below them.
        self.beat("uniform levels")
        part, count = self.wide_part()[0], len(self.found.values)
        upper = theme.Zone(part.left, part.right, part.bottom + 3.25, part.top - 0.45)
        self.lower = lower = theme.Zone(part.left, part.right, part.bottom + 0.5, part.bottom + 2.0)
        self.levels = levels = LevelStage((upper, lower), self.found, self.compared, self.layer.values, self.edges)
        self.wide_head = self.head(f"share of the {count:,} weights", upper, theme.FLOAT)
        self.say(
            "Round-to-nearest spaces its levels evenly",
            FadeOut(*self.gone),
            ReplacementTransform(self.left_chart.axes, levels.chart.axes),
            FadeOut(self.left_chart.x_numbers, self.left_chart.y_numbers),
            FadeIn(levels.chart.y_numbers),
            ReplacementTransform(self.left_bars, levels.bars),
            ReplacementTransform(self.ticks, levels.uniform_ticks),
            FadeIn(self.wide_head),
            run_time=theme.STEADY,
        )
        head = self.head("squared error in each bin", lower, theme.QUIET)
        title = self.panel_title(f"RMS error, % of the std of {count:,} weights", 0)
        row = self.row(0, "uniform levels", theme.QUANTIZED, self.compared.uniform.error / self.spread)
        self.say("Rounding costs this much in each bin", *map(FadeIn, (levels.errors, head)), run_time=theme.BRIEF)
        self.add(levels.uniform_bars, levels.error_bars)
        self.play(levels.grown.animate.set_value(1.0), run_time=theme.STEADY)
        self.say(cost_caption(*self.costs()), FadeIn(title, row))
        self.rows = VGroup(title, row)

    def costs(self) -> tuple[float, float, int]:
        """What the fullest bins hold of the weights, and of the squared error of uniform levels; how many they are."""
        fullest = fullest_bins(self.raw.shares)
        error = squared_error_in_bins(self.compared.values, self.compared.uniform.levels, self.raw)
        return float(self.raw.shares[fullest].sum()), float(error[fullest].sum() / error.sum()), len(fullest)

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

    def row(self, place: float, name: str, color: str, error: float) -> NamedBar:
        """A named bar of the panel: an RMS error as a share of the standard deviation of the same weights."""
        compared, panel, whole = self.compared, self.panel(), self.whole
        sampled = max(compared.uniform.error, compared.codebook.error) / self.spread
        full, top = max(sampled, whole.uniform, whole.codebook), panel.top - 0.8 - ROW * place
        return NamedBar(panel, top, name, color, lambda: error, full, lambda share: percent(share, 2))

    def move_the_levels(self) -> None:
        # The viewer sees the levels slide to the centres of k-means; the error below sinks, and a shorter bar comes.
        self.beat("the codebook")
        levels = self.levels
        row = self.row(1, "codebook of k-means", theme.SAME, self.compared.codebook.error / self.spread)
        green = levels.error_bars.animate.set_fill(theme.SAME)
        self.say(move_caption(self.costs()[1]), FadeIn(levels.codebook_ticks, levels.names), green)
        self.play(levels.part.animate.set_value(1.0), run_time=2.6)
        self.say(codebook_caption(self.compared.ratio), FadeIn(row))
        self.rows.add(row)

    def check_the_claim(self) -> None:
        # The viewer sees the axis grow to all weights of the layer: some lie outside the ticks, with much of the error.
        self.beat("the whole layer")
        whole, levels, size = self.whole, self.levels, self.layer.size
        if size == len(self.found.values):
            return
        self.hold_caption()
        head = self.head(f"share of all {size:,} weights", levels.chart.zone, theme.FLOAT)
        title = self.panel_title(f"the same for all {size:,} weights", 3.25)
        rows = VGroup(
            title,
            self.row(3.25, "uniform levels", theme.QUANTIZED, whole.uniform),
            self.row(4.25, "codebook of k-means", theme.SAME, whole.codebook),
        )
        self.say(whole_caption(size, whole.ratio), FadeOut(self.wide_head, levels.errors.x_numbers))
        self.play(levels.out.animate.set_value(1.0), run_time=theme.LONG)
        self.play(FadeIn(head, levels.whole_numbers, rows), run_time=theme.BRIEF)
        self.rows.add(*rows)
        if whole.outside:
            self.say(outside_caption(whole.outside, whole.outside_share), FadeIn(levels.outside, scale=3.0))
            self.hold_caption()

    def measure_accuracy(self) -> None:
        # The viewer sees what the network itself loses: its accuracy with ever fewer levels, of either kind.
        if self.kept is None or self.n_clusters not in self.kept.codebook:
            return
        self.beat("accuracy")
        kept, k = self.kept, self.n_clusters
        curves = AccuracyCurves(self.panel(), kept)
        self.hold_caption()
        self.play(FadeOut(self.rows), run_time=theme.BRIEF)
        shown = FadeIn(curves.chart, curves.before, curves.names)
        words = f"{k} levels: accuracy {percent(kept.before)} → {percent(kept.codebook[k])} %"
        self.say(f"{words}, uniform {percent(kept.uniform[k])} %", shown, FadeIn(curves.curves))
        self.hold_caption()
        last = len(kept.codebook) - 1.0
        self.play(curves.drawn.animate.set_value(last), run_time=theme.STEADY, rate_func=linear)
        self.say(fewer_caption(kept.codebook, kept.uniform))


def zone_corners(zone: theme.Zone) -> np.ndarray:
    """The corners of a zone, counter-clockwise, frame points (4, 3)."""
    return in_frame(
        [[zone.left, zone.bottom], [zone.right, zone.bottom], [zone.right, zone.top], [zone.left, zone.top]]
    )


# --- captions that depend on the figures


def sample_caption(sampled: int, size: int) -> str:
    """How many of the layer's weights are shown."""
    return f"All {size:,} of them" if sampled == size else f"{sampled:,} of them, drawn at random, light up"


def within_caption(share: float) -> str:
    """What to say about the share of the weights within one standard deviation of their mean."""
    words = f"{percent(share, 0)} % lie within one standard deviation"
    return f"{words}: most are small" if share > 0.7 else words


def spread_caption(values: float, centres: float) -> str:
    """What to say about the standard deviations of the values and of the centres."""
    if centres > 1.05 * values:
        return "The centres spread wider: the rare weights need levels too"
    if centres < 0.95 * values:
        return "The centres keep closer together than the weights"
    return "The centres spread as wide as the weights"


def cost_caption(weights: float, cost: float, bins: int) -> str:
    """What the fullest bins hold of the weights and of the squared error, both as shares of 1."""
    fullest = "One bin holds" if bins == 1 else f"{bins} bins hold"
    return f"{fullest} {percent(weights, 0)} % of the weights, {percent(cost, 0)} % of the error"


def move_caption(cost: float) -> str:
    """The way from uniform levels to the codebook, by the share of the squared error in the fullest bins."""
    return f"{'So move levels there' if cost >= 0.5 else 'Now move the levels'}: to the centres of k-means"


def codebook_caption(ratio: float) -> str:
    """What to say about the error of uniform levels over that of the codebook, on the sample."""
    if ratio > 1.02:
        return f"That divides the RMS error by {signed(ratio)}"
    if ratio < 0.98:
        return f"Here that does worse: RMS error × {signed(1 / ratio)}"
    return "Here the codebook does no better than uniform levels"


def whole_caption(size: int, ratio: float) -> str:
    """What to say about uniform levels against the codebook on all weights of the layer."""
    figure = f"÷ {signed(ratio)}" if ratio >= 1 else f"× {signed(1 / ratio)}"
    return f"All {size:,} weights, not just the sample: RMS error {figure}"


def fewer_caption(codebook: Mapping[int, float], uniform: Mapping[int, float]) -> str:
    """What to say about the accuracies by the number of levels: where they differ the most."""
    k = max(codebook, key=lambda count: abs(codebook[count] - uniform[count]))
    return f"Fewer levels: with {k} the codebook keeps {percent(codebook[k])} %, uniform {percent(uniform[k])} %"
