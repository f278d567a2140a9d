"""k-means on a layer's weights, iteration by iteration, and what storing the layer as a codebook saves."""

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, ValueTracker, VGroup, VMobject, linear

from quantization_story.layers.clustering import Clustering, Storage, beyond
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.codebook import NamedBar, bit_cells
from quantization_story.mobjects.live import LiveRow, live_segments, polyline_until
from quantization_story.mobjects.text import percent, signed, text
from quantization_story.pictures.layer_clustering_detailed import ClusterStage, padded
from quantization_story.stage.layer_scene import LayerScene, outside_caption
from quantization_story.stage.suspended_updaters import SuspendedUpdaters
from quantization_story.style import theme

CLOSE = 1.9  # how much larger the dots of the close-up are


class LayerClusteringDetailed(LayerScene):
    """k-means on a layer's weights, iteration by iteration, and what storing the layer as a codebook saves."""

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
        self.follow_one_weight()
        self.run_to_the_end()
        self.replace_the_weights()
        self.count_the_bits()
        self.show_the_price()
        self.close_stage(0.8)

    @classmethod
    def require_shown(cls, found: Clustering) -> None:
        """Raise ValueError where k-means starts on all values there are: no centre moves, nothing is lost."""
        if not found.steps[0].error > 0:
            raise ValueError(f"its {len(found.centres)} centres are all the values there are: no centre moves")

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
        self.say(f"{count:,} weights: one dot each, as high as its value", frame)
        self.add(stage.dots)
        self.play(stage.seen.animate.set_value(count), run_time=theme.LONG, rate_func=linear)
        self.hold_caption()

    def choose_the_start(self) -> None:
        # The viewer sees a ring leap from weight to weight, and a green line drawn at each weight that it takes.
        self.beat("k-means++")
        stage, k = self.stage, len(self.found.centres)
        chosen = stage.chosen
        self.centres_row = self.row('"centres" =', lambda: f"{int(np.ceil(chosen.get_value()))}", 0, theme.SAME)
        resting = SuspendedUpdaters(stage.dots)
        self.add(stage.lines, stage.newest)
        first = chosen.animate.set_value(1.0)
        self.say("k-means++ starts at weights: the first is drawn at random", first, FadeIn(self.centres_row))
        self.say("The others: the farther from all centres, the likelier")
        self.play(chosen.animate.set_value(min(4.0, k)), run_time=theme.LONG, rate_func=linear)
        self.play(chosen.animate.set_value(k), run_time=theme.STEADY, rate_func=linear)
        resting.end()
        self.play(FadeOut(stage.newest), run_time=theme.BRIEF)

    def row(self, name: str, value: Any, place: float, color: str = theme.INK) -> LiveRow:
        """A line of the panel: a name that ends in "=" and a live number."""
        return LiveRow(name, value, (self.panel.left + 2.3, self.line(place)), color, theme.LABEL_SIZE)

    def assign_and_update(self) -> None:
        # The viewer sees a frame that grows to a close-up: bands say which weights are nearest to which centre; then
        # one centre, white, moves to the mean of the weights that are tied to it. Dashed: where it was.
        self.beat("assign and update")
        stage, found = self.stage, self.found
        self.switch = found.switch
        self.frame = stage.frame(*found.close_up)
        self.say("Look closely at this stretch", FadeIn(self.frame))
        self.hold_caption()
        moves, old, new = stage.zoom(*found.close_up)
        self.play(*moves, stage.size.animate.set_value(CLOSE), FadeOut(old), FadeIn(new), run_time=theme.STEADY)
        stage.settle(self.frame)
        resting = SuspendedUpdaters(stage.dots)
        stage.bands.set_z_index(-1)
        self.say("Assign: a band holds the weights nearest to one centre", FadeIn(stage.bands))
        self.followed = VGroup()
        if self.switch:
            centre = self.switch.moved
            self.followed.add(stage.start_line(centre), stage.sticks(centre), stage.centre_line(centre))
        self.say("Update: each centre moves to the mean of its weights", *map(FadeIn, self.followed))
        self.play(stage.progress.animate.set_value(1.0), run_time=theme.LONG)
        resting.end()

    def follow_one_weight(self) -> None:
        # The viewer sees a ring around one weight, and the border between two bands that passes it.
        if self.switch is None:
            return
        self.beat("one weight changes its centre")
        stage = self.stage
        resting = SuspendedUpdaters(stage.dots)
        self.ring = stage.ring(self.switch.value)
        self.say("Now the ringed weight is nearer to another centre", FadeIn(self.ring, scale=3.0))
        self.say("Assign again: the border passes it, and it changes its band")
        self.play(stage.progress.animate.set_value(1.5), run_time=theme.LONG)
        self.hold_caption()
        self.play(FadeOut(self.followed, self.ring), run_time=theme.BRIEF)
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
        self.step_figures = VGroup(self.step_row, error)
        return [FadeIn(self.step_figures), FadeIn(self.chart, self.chart_words), FadeIn(self.curve)]

    def run_to_the_end(self) -> None:
        # The viewer sees borders and centres take turns, less and less, while the error at the right comes to rest.
        self.beat("until nothing moves")
        stage, found = self.stage, self.found
        last = len(found.steps) - 1
        self.make_error_chart()
        self.say("And so on, by turns, until nothing moves", *self.panel_comes())
        resting = SuspendedUpdaters(stage.dots)
        self.play(stage.progress.animate.set_value(last + 0.5), run_time=3.0, rate_func=linear)
        self.say(rest_caption(found.excess), FadeIn(self.optimum, self.optimum_name))
        self.hold_caption()
        resting.end()

    # --- what it is good for

    def replace_the_weights(self) -> None:
        # The viewer sees every weight slide onto its centre, from blue to green; then the whole layer, on its lines.
        self.beat("weights become centres")
        stage, k = self.stage, len(self.found.centres)
        stage.settle(stage.bands, self.curve)
        slide = stage.slide.animate.set_value(1.0)
        self.say("Each weight gives way to its centre", slide, FadeOut(stage.bands), run_time=theme.LONG)
        self.say(f"Of {len(self.found.values):,} weights, {k} numbers are left", FadeOut(self.frame))
        self.look_from_afar(*stage.whole)

    def look_from_afar(self, low: float, high: float) -> None:
        """Let the picture show all from one value to another, with small dots."""
        moves, old, new = self.stage.zoom(low, high)
        size = self.stage.size.animate.set_value(1.0)
        self.play(*moves, size, FadeOut(old), FadeIn(new), run_time=theme.STEADY)

    def count_the_bits(self) -> None:
        # The viewer sees the bits of one ringed weight as squares; they shrink to the index of its line, and a share of
        # the codebook, the lines, comes on top.
        self.beat("the compression")
        storage, zone, stage = self.storage, theme.Zone(self.panel.left, self.panel.right - 0.1, 0.0, 0.0), self.stage
        gone = (self.centres_row, self.step_figures, self.chart, self.chart_words, self.curve)
        self.play(FadeOut(*gone, self.optimum, self.optimum_name), run_time=theme.BRIEF)
        bits, index, after = ValueTracker(storage.bits_before), storage.index, storage.bits_after
        most, one = max(storage.bits_before, after), self.switch.value if self.switch else 0

        def squares(place: float, first: float, last: Any, color: str) -> VMobject:
            return bit_cells(zone, self.line(place), most, first, last, color)

        before = squares(0.7, 0.0, lambda: storage.bits_before, theme.FLOAT)
        row = VGroup(
            squares(2.25, 0.0, lambda: min(index, bits.get_value()), theme.SAME),
            squares(2.25, index, lambda: max(index, min(after, bits.get_value())), theme.INK),
            squares(2.25, after, lambda: max(after, bits.get_value()), theme.FLOAT),
        )
        head = self.note(f"a weight as it was: {storage.bits_before} bits", 0, theme.FLOAT)
        ring, line = stage.ring(one), stage.centre_line(int(self.found.labels[one]))
        self.say(f"One weight as it was: {storage.bits_before} bits", FadeIn(before, head), FadeIn(ring, scale=3.0))
        words = self.note(f"the index of its centre: {index} bits", 1.55, theme.SAME)
        self.say(f"The index of its line is enough: {index} bits", FadeIn(row, words, line))
        self.play(bits.animate.set_value(index), run_time=theme.STEADY)
        words = self.note(f"its share of the codebook: {signed(storage.codebook)} bits", 2.85, theme.INK)
        faint = stage.dots.animate.set_fill(opacity=0.2)
        self.say("All weights share one codebook, the lines", FadeOut(ring, line), faint, FadeIn(words))
        self.play(bits.animate.set_value(after), run_time=theme.BRIEF)
        ratio = text(f"{signed(storage.ratio)} ×", theme.INK, theme.FIGURE_SIZE)
        ratio.move_to((zone.left, self.line(3.95), 0.0), aligned_edge=LEFT)
        self.play(FadeIn(ratio, self.note("less to store", 4.75)), run_time=theme.BRIEF)
        self.hold_caption()

    def show_the_price(self) -> None:
        # The viewer sees the error as bars, and the axis grow to all weights: some lie beyond the lines. At the end the
        # accuracy of the network, where it was measured.
        self.beat("the price")
        whole, stage, found = self.whole, self.stage, self.found
        lost = self.layer.values[beyond(self.layer.values, found.centres)]
        everything = self.layer.size == len(found.values)
        sampled = self.compared.codebook.error / self.spread
        title = self.note("RMS error, % of the weights' std", 5.6, theme.INK)
        bar = self.bar(6.3, f"{len(found.values):,} weights", sampled)
        more = "" if everything else f", {comparison(whole.codebook, sampled)} on all {self.layer.size:,} weights"
        self.say(f"The price is an error{more}", FadeIn(title, bar))
        if not everything:
            self.look_from_afar(*padded(self.layer.values))
            self.play(FadeIn(self.bar(7.5, f"all {self.layer.size:,} weights", whole.codebook)), run_time=theme.BRIEF)
            if whole.outside:
                self.say(
                    outside_caption(whole.outside, whole.outside_share, "lines"), FadeIn(stage.others(lost), scale=2)
                )
        if self.kept and self.n_clusters in self.kept.codebook:
            before, after = (percent(share) for share in (self.kept.before, self.kept.codebook[self.n_clusters]))
            self.say(f"{signed(self.storage.ratio)} × less to store, accuracy {before} → {after} %")

    def bar(self, place: float, name: str, error: float) -> NamedBar:
        """An error of the codebook, as a share of the standard deviation of the same weights, as a bar of the panel."""
        zone = theme.Zone(self.panel.left, self.panel.right - 0.1, 0.0, 0.0)
        full = max(self.compared.codebook.error / self.spread, self.whole.codebook)
        top = self.line(place)
        return NamedBar(zone, top, name, theme.SAME, lambda: error, full, lambda share: percent(share, 2))


def rest_caption(excess: float) -> str:
    """What to say when k-means rests, by how far its error is above the least there is."""
    if excess < 5e-4:
        return "It rests at the exact optimum"
    return f"It rests {percent(excess)} % above the exact optimum: the start decides"


def comparison(error: float, than: float) -> str:
    """Whether an error is larger than another one."""
    return "larger" if error > 1.02 * than else "smaller" if error < 0.98 * than else "as large"
