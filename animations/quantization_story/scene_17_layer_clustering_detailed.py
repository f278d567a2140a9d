"""k-means on a layer's weights, iteration by iteration, and what storing the layer as a codebook saves."""

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, ValueTracker, VGroup, VMobject, linear

from quantization_story import theme
from quantization_story.clustering import Storage
from quantization_story.layer_scene import LayerScene
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.cluster_stage import ClusterStage
from quantization_story.mobjects.codebook import bit_cells
from quantization_story.mobjects.live import LiveRow, live_segments, polyline_until
from quantization_story.mobjects.rest import Rest
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.scene_16_layer_clustering import outside_caption

SHOWN_CLUSTERS = 7  # in the close-up


class LayerClusteringSteps(LayerScene):
    """Raw weights as a scatter; centres start, gather and move until they rest; each weight becomes an index."""

    title_text = "k-means, step by step"

    def construct(self) -> None:
        """The table of contents."""
        self.load_story()
        self.badge_text = self.regime()
        self.open_stage()
        self.prepare()
        self.scatter_the_weights()
        self.choose_the_start()
        self.assign_and_update()
        self.run_to_the_end()
        self.replace_the_weights()
        self.count_the_bits()
        self.close_stage()

    def prepare(self) -> None:
        """The scatter at the left, the panel of figures at the right."""
        part, self.panel = theme.stage_parts(7.9, left=0.85)
        zone = theme.Zone(part.left, part.right, part.bottom + 0.35, part.top - 0.4)
        self.stage = ClusterStage(zone, self.found)
        self.storage = Storage(self.layer.size, self.n_clusters, self.layer.bits)

    def line(self, place: float) -> float:
        """The height of a line of the panel, counted from its top."""
        return self.panel.top - 0.55 - 0.62 * place

    def note(self, words: str, place: float, color: str = theme.QUIET) -> Any:
        """A line of the panel in words."""
        at = (self.panel.left, self.line(place), 0.0)
        return text(words, color, theme.SMALL_SIZE).move_to(at, aligned_edge=LEFT)

    # --- the steps of k-means

    def scatter_the_weights(self) -> None:
        # The viewer sees the sampled weights come one after the other, each a dot at the height of its value.
        self.beat("raw weights")
        stage, count = self.stage, len(self.found.values)
        zone = stage.zone
        heads = VGroup(
            text("value", theme.QUIET, theme.SMALL_SIZE).move_to((zone.left, zone.top + 0.2, 0.0)),
            text("weights in the order drawn", theme.QUIET, theme.SMALL_SIZE),
        )
        heads[1].move_to((zone.right, zone.bottom - 0.2, 0.0), aligned_edge=RIGHT)
        frame = FadeIn(stage.axis, stage.numbers, heads)
        self.say(f"{count:,} weights of the layer: one dot each, as high as its value", frame)
        self.add(stage.dots)
        self.play(stage.seen.animate.set_value(count), run_time=theme.LONG, rate_func=linear)
        self.hold_caption()

    def choose_the_start(self) -> None:
        # The viewer sees a ring leap from weight to weight, and a green line drawn at each weight that it takes.
        self.beat("k-means++")
        stage, k = self.stage, len(self.found.centres)
        chosen = stage.chosen
        self.centres_row = self.row('"centres" =', lambda: f"{int(np.ceil(chosen.get_value()))}", 0, theme.SAME)
        resting = Rest(stage.dots)
        self.add(stage.lines, stage.newest)
        first = chosen.animate.set_value(1.0)
        self.say(
            "k-means++: the first centre is a weight drawn at random", first, FadeIn(self.centres_row), run_time=1.2
        )
        self.say("Each further one: the farther from all centres, the likelier")
        self.play(chosen.animate.set_value(min(4.0, k)), run_time=theme.LONG, rate_func=linear)
        self.play(chosen.animate.set_value(k), run_time=3.0, rate_func=linear)
        resting.end()
        self.play(FadeOut(stage.newest), run_time=theme.BRIEF)

    def row(self, name: str, value: Any, place: float, color: str = theme.INK) -> LiveRow:
        """A line of the panel: a name that ends in "=" and a live number."""
        return LiveRow(name, value, (self.panel.left + 2.3, self.line(place)), color, theme.LABEL_SIZE)

    def assign_and_update(self) -> None:
        # The viewer sees a close-up: bands that say which weights are nearest to which centre, and centres that move.
        self.beat("assign and update")
        stage, found = self.stage, self.found
        moves, old, new = stage.zoom(*found.liveliest(SHOWN_CLUSTERS))
        self.say("Look closely at a few of them", *moves, FadeOut(old), FadeIn(new), run_time=theme.STEADY)
        resting = Rest(stage.dots)
        below = FadeIn(stage.bands)
        stage.bands.set_z_index(-1)
        self.say("Assign: each weight belongs to the nearest centre", below, FadeIn(stage.threads))
        self.hold_caption()
        self.make_error_chart()
        self.say("Update: each centre moves to the mean of its weights", *self.panel_comes())
        self.play(stage.progress.animate.set_value(1.0), run_time=theme.LONG)
        if len(found.steps) > 2:
            self.say("Now some weights are nearer to another centre: assign again")
            self.play(stage.progress.animate.set_value(1.5), run_time=theme.STEADY)
        resting.end()

    def make_error_chart(self) -> None:
        """The RMS error after each iteration, drawn as far as k-means has come, over the line of the optimum."""
        panel, found, progress = self.panel, self.found, self.stage.progress
        errors = 100 * np.array([step.error for step in found.steps]) / self.spread
        least = 100 * self.compared.optimum.error / self.spread
        last = len(errors) - 1
        zone = theme.Zone(panel.left + 0.45, panel.right - 0.1, panel.bottom + 0.75, self.line(3.6))
        self.chart = chart = Chart(zone, (0.0, max(last, 1)), (0.0, 1.1 * errors[0]))
        corners = chart.to_frame(np.column_stack([np.arange(last + 1), errors]))
        self.curve = live_segments(lambda: polyline_until(corners, max(progress.get_value(), 1e-6)), theme.SAME)
        self.optimum = chart.level(least, theme.INK, theme.THIN)
        self.chart_words = VGroup(
            self.note("RMS error, % of the weights' std", 2.75),
            text("iteration", theme.QUIET, theme.SMALL_SIZE).move_to((zone.center[0], zone.bottom - 0.6, 0.0)),
        )
        self.optimum_name = text("exact optimum", theme.INK, theme.SMALL_SIZE)
        self.optimum_name.move_to(chart.point(last, least) + np.array([0.0, -0.25, 0.0]), aligned_edge=RIGHT)

    def panel_comes(self) -> list[Any]:
        """The animations that bring the figures of the iterations."""
        found, progress = self.found, self.stage.progress
        self.step_row = self.row('"iteration" =', lambda: f"{int(progress.get_value())}", 1)
        error = self.row(
            '"RMS error" =',
            lambda: f"{percent(found.moment(progress.get_value()).error / self.spread, 2)} %",
            2,
            theme.SAME,
        )
        self.figures = VGroup(self.step_row, error)
        return [FadeIn(self.figures), FadeIn(self.chart, self.chart_words), FadeIn(self.curve)]

    def run_to_the_end(self) -> None:
        # The viewer sees borders and centres take turns, less and less, while the error at the right comes to rest.
        self.beat("until nothing moves")
        stage, found = self.stage, self.found
        last = len(found.steps) - 1
        self.say("And so on, by turns, until nothing moves")
        resting = Rest(stage.dots)
        self.play(stage.progress.animate.set_value(last + 0.5), run_time=5.0, rate_func=linear)
        self.say(rest_caption(last, found.excess), FadeIn(self.optimum, self.optimum_name))
        resting.end()

    # --- what it is good for

    def replace_the_weights(self) -> None:
        # The viewer sees every weight slide onto its centre, from blue to green; then the whole layer, on its lines.
        self.beat("weights become centres")
        stage, k = self.stage, len(self.found.centres)
        stage.settle(stage.bands, stage.threads, self.curve)
        self.say("Each weight gives way to its centre", FadeOut(stage.threads))
        self.play(stage.slide.animate.set_value(1.0), FadeOut(stage.bands), run_time=theme.LONG)
        moves, old, new = stage.zoom(*stage.whole)
        zoom = (*moves, FadeOut(old), FadeIn(new))
        self.say(f"Of {len(self.found.values):,} weights, {k} different numbers are left", *zoom, run_time=theme.LONG)
        stage.settle(stage.dots, stage.lines)

    def count_the_bits(self) -> None:
        # The viewer sees the bits of one weight as squares; they shrink to an index and a share of the codebook.
        self.beat("the compression")
        storage, zone = self.storage, theme.Zone(self.panel.left, self.panel.right - 0.1, 0.0, 0.0)
        gone = (self.centres_row, self.figures, self.chart, self.chart_words, self.curve)
        self.play(FadeOut(*gone, self.optimum, self.optimum_name), run_time=theme.BRIEF)
        bits, index, after = ValueTracker(storage.bits_before), storage.index, storage.bits_after
        most = max(storage.bits_before, after)

        def squares(place: float, first: float, last: Any, color: str) -> VMobject:
            return bit_cells(zone, self.line(place), most, first, last, color)

        before = squares(0.7, 0.0, lambda: storage.bits_before, theme.FLOAT)
        head = self.note(f"a weight as it was: {storage.bits_before} bits", 0, theme.FLOAT)
        self.say(f"Each stored weight had {storage.bits_before} bits", FadeIn(before, head))
        row = VGroup(
            squares(2.75, 0.0, lambda: min(index, bits.get_value()), theme.SAME),
            squares(2.75, index, lambda: max(index, min(after, bits.get_value())), theme.INK),
            squares(2.75, after, lambda: max(after, bits.get_value()), theme.FLOAT),
        )
        heads = VGroup(
            self.note(f"the index of its centre: {index} bits", 1.5, theme.SAME),
            self.note(f"its share of the codebook: {signed(storage.codebook)} bits", 2.05, theme.INK),
        )
        ratio = LiveText("", theme.INK, theme.FIGURE_SIZE).place((zone.left, self.line(4.2), 0.0))
        ratio.live(lambda: f"{signed(storage.bits_before / bits.get_value())} ×")
        words = self.note("less to store", 4.75)
        self.say("Now an index is enough, and all share one codebook", FadeIn(row, heads, ratio, words))
        self.play(bits.animate.set_value(after), run_time=theme.LONG)
        self.show_the_price()

    def show_the_price(self) -> None:
        """Bits and error of the float weights, of uniform levels and of the codebook, on all weights of the layer."""
        storage, whole = self.storage, self.whole
        columns = self.panel.right - np.array([1.55, 0.1])
        rows = (
            ("float", theme.FLOAT, storage.bits_before, 0.0),
            ("uniform", theme.QUANTIZED, storage.uniform, whole.uniform),
            ("codebook", theme.SAME, storage.bits_after, whole.codebook),
        )
        table = VGroup(self.note(f"all {self.layer.size:,} weights", 6.0))
        for x, name in zip(columns, ("bits", "error, %"), strict=True):
            table.add(text(name, theme.QUIET, theme.SMALL_SIZE).move_to((x, self.line(6.0), 0.0), aligned_edge=RIGHT))
        for place, (name, color, bits, error) in enumerate(rows):
            at = 6.75 + 0.65 * place
            table.add(self.note(name, at, color))
            for x, figure in zip(columns, (signed(bits), percent(error, 2)), strict=True):
                table.add(LiveText(figure, color, theme.LABEL_SIZE, align=1).place((x, self.line(at) - 0.1, 0.0)))
        self.say("The price is the RMS error, here in % of the weights' std", FadeIn(table))
        self.hold_caption()
        if whole.outside and self.layer.size > len(self.found.values):
            self.say(outside_caption(whole.outside, whole.outside_share))


def rest_caption(iterations: int, excess: float) -> str:
    """What to say when k-means rests: after how many iterations, and how far its error is above the least there is."""
    above = "at the exact optimum" if excess < 5e-4 else f"{percent(excess)} % above the optimum"
    times = "iteration" if iterations == 1 else "iterations"
    return f"After {iterations} {times} nothing moves: {above}"
