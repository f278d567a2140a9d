"""Scene 9: what raw L2 between activations measures: the error under the identity chart, and what alignment leaves."""

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, VGroup, VMobject

from quantization_story.analysis.alignment import (
    ChartComparison,
    align_charts,
    compare_charts,
    gates_differ,
    layer_values,
)
from quantization_story.analysis.circle_errors import circle_around, typical_radius
from quantization_story.analysis.residuals import Residuals
from quantization_story.common import AffineMap
from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.distances import distances
from quantization_story.core.plane_geometry import cut_lines, fit_window
from quantization_story.figures.activation_space_comparison import closer_words
from quantization_story.mobjects.charts.shrinking_bars import PartsBar, ShrinkingRow, TwinReading
from quantization_story.mobjects.map_motion import Glide, paint_by_part
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.pairs import TwinThreads
from quantization_story.mobjects.plane import MovingCloud, MovingLines
from quantization_story.mobjects.sectors import legend
from quantization_story.mobjects.text import LiveText, formula, pair, percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.partition import partition
from quantization_story.stage.paired_scene import PairedNetworkScene
from quantization_story.style import theme


class ActivationSpaceComparisonScene(PairedNetworkScene):
    """Raw L2 between activations takes one grid for granted; align the charts first, and see what is left and where."""

    title_text = "What raw L2 between activations measures"
    needs = NetworkRequirements(inputs=2, hidden_layers=1, plane_layers=True)
    bits = 3  # one less than in the other scenes of this network, so that the threads are long enough to be seen
    shown_points = 120
    count = 60  # points of the circle that are drawn
    dense_count = 3600  # points of the circle that figures are measured on
    radius: float | None = None  # through the midst of the data, if left out

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.draw_a_circle()
        self.send_it()
        self.measure_raw()
        self.name_the_assumption()
        self.align_before_relu()
        self.fold_both()
        self.align_after_relu()
        self.check_on_held_out()
        self.say_what_it_means()
        self.close_stage(1.5)

    # --- what is on stage

    def prepare(self) -> None:
        """Load and quantize the network, fit both alignments on the calibration points, and build what travels."""
        self.load_story()
        self.badge_text = self.regime()
        center = (self.input_window.x, self.input_window.y)
        radius = self.radius or typical_radius(self.data.points, center)
        self.curve = circle_around(center, radius, self.count)
        self.dense = circle_around(center, radius, self.dense_count).points
        self.maps = [self.alignment(activated) for activated in (False, True)]
        self.compared = [self.comparison(activated, self.dense) for activated in (False, True)]
        self.held_out = self.comparison(True, self.data.points)
        self.crossed = gates_differ(self.net, self.quantized, self.curve.points, 1)
        self.sample = self.subject.shown(self.shown_points).points
        self.open_stage()
        self.make_pictures(Glide(self.maps[0]), Glide(AffineMap.identity(2)))

    @property
    def points(self) -> FloatArray:
        """The points that travel: those of the circle."""
        return self.curve.points

    @property
    def labels(self) -> IntArray:
        """None of them has a class."""
        return np.zeros(self.count, dtype=np.int64)

    def alignment(self, activated: bool) -> AffineMap:
        """The best affine map between the two charts of layer 1, before or after its ReLU."""
        return align_charts(self.net, self.quantized, self.learned.calibration.points, 1, activated)

    def comparison(self, activated: bool, points: np.ndarray) -> ChartComparison:
        """Raw and aligned gaps at these points."""
        return compare_charts(self.net, self.quantized, self.maps[activated], points, 1, activated)

    def make_view(self) -> None:
        """The plane at the left; its windows hold both charts of the circle; at the right stands where we are."""
        super().make_view()
        paths, points = (self.float_path, self.rounded_path), self.curve.points
        self.windows = [fit_window(np.vstack([path.at(points, step) for path in paths])) for step in range(4)]
        self.place = self.words_for("inputs of layer 1")

    def words_for(self, place: str) -> VMobject:
        """What the plane at the left shows, on top of the panel."""
        return text(place).move_to((self.panel.left, self.panel.top - 0.2, 0.0), aligned_edge=LEFT)

    def go_on(self, step: int, place: str) -> None:
        """Let both pictures travel on to the end of a step, which has other words."""
        old, self.place = self.place, self.words_for(place)
        zoom = self.axes.zoom(self.windows[step])
        self.play(self.progress.animate.set_value(step), zoom, FadeOut(old), run_time=theme.LONG)
        self.play(FadeIn(self.place), run_time=theme.BRIEF)

    def make_travellers(self) -> None:
        """Both grids, the circle and its points in blue, the twins in orange, and a thread for each pair."""
        super().make_travellers()
        parts = [(self.points[chosen], self.twin) for chosen in (~self.crossed, self.crossed)]
        self.twins = VGroup(*(MovingCloud(self.view, *part, theme.QUANTIZED, "disc", 0.06) for part in parts))
        self.crosses = MovingCloud(self.view, self.points[self.crossed], self.twin, theme.CROSSED, "cross", 0.12)
        self.loops = VGroup(
            *(
                MovingLines(
                    self.view,
                    cut_lines(self.curve.segments, partition(net, self.input_window.box).edges.segments),
                    plane_map,
                    color,
                    theme.THIN,
                    0.7,
                )
                for net, plane_map, color in (
                    (self.net, self.here, theme.FLOAT),
                    (self.quantized, self.twin, theme.QUANTIZED),
                )
            )
        )
        for path in (self.loops[1], *self.twins):
            paint_by_part(path, self.glide, theme.QUANTIZED, theme.SAME)
        self.threads = TwinThreads(self.view, self.points, self.here, self.twin, theme.INK, theme.THIN, 0.8)
        here, twin, points = self.here, self.twin, self.dense
        self.mean_now = lambda: distances(here(points), twin(points)).mean
        self.make_square()

    def make_square(self) -> None:
        """One square of the grid, the one with the longest thread in it, in both pictures."""
        gaps = self.comparison(False, self.points).raw.sizes
        self.home = self.points[[int(np.argmax(gaps))]]
        self.squares = self.make_squares(self.home[0])

    # --- the beats

    def draw_a_circle(self) -> None:
        # The viewer sees the inputs: a circle of points on a grid, and one square of it marked; nothing is coloured.
        self.beat("one circle")
        self.own_colors = [
            (path, color)
            for group in (self.grids, self.loops, self.squares, (self.clouds, self.twins))
            for path, color in zip(group, (theme.FLOAT, theme.QUANTIZED), strict=True)
        ]
        for path, _ in self.own_colors:
            path.set_color(theme.QUIET if path in self.grids else theme.INK)
        self.add(self.view.border(), self.axes)
        shown = (self.grids, self.loops, self.clouds, self.twins, self.squares, self.place)
        self.say(f"{self.count} inputs on a circle; one square of their grid is marked", *map(FadeIn, shown))
        self.hold_caption()

    def send_it(self) -> None:
        # The viewer sees the one picture part in two, blue and orange, as both layers carry it along.
        self.beat("two layers, two charts")
        parameters = self.make_parameters()
        self.names = legend([("disc", theme.FLOAT, "float chart"), ("disc", theme.QUANTIZED, "quantized chart")])
        self.names.move_to((self.panel.left, self.panel.top - 0.8, 0.0), aligned_edge=LEFT)
        colored = (path.animate.set_color(color) for path, color in self.own_colors)
        self.say(
            "A float and a quantized layer: each makes a chart of them",
            *map(FadeIn, (parameters, self.names)),
            *colored,
        )
        self.go_on(2, "outputs of layer 1, before the ReLU")

    def make_parameters(self) -> VGroup:
        """W of both layers in their colours."""
        pairs = (
            VGroup(
                formula(name, color),
                MatrixView(net.weights[0], size=theme.LABEL_SIZE, column_colors=(color,)),
            ).arrange(RIGHT, buff=0.2)
            for name, net, color in (
                ("W =", self.net, theme.FLOAT),
                ("W_q =", self.quantized, theme.QUANTIZED),
            )
        )
        self.parameters = VGroup(*pairs).arrange(RIGHT, buff=0.5)
        return self.parameters.move_to((self.panel.left, self.panel.top - 1.75, 0.0), aligned_edge=LEFT)

    def measure_raw(self) -> None:
        # The viewer sees a thread from every orange point to its blue twin, and their mean length as one figure.
        self.beat("raw L2")
        left, y = self.panel.left, self.panel.bottom + 0.75
        self.mean = (
            LiveText("", theme.INK, theme.FIGURE_SIZE).place((left, y, 0.0)).live(lambda: signed(self.mean_now()))
        )
        self.mean_name = text("raw L2: mean length of the threads", theme.QUIET)
        self.mean_name.move_to((left, y - 0.45, 0.0), aligned_edge=LEFT)
        dim = (path.animate.set_stroke(opacity=0.15) for path in self.grids)
        self.say(
            "Raw L2: the plain distance from each orange point to its blue twin",
            FadeIn(self.threads),
            *dim,
            *map(FadeIn, (self.mean, self.mean_name)),
            run_time=theme.STEADY,
        )

    def name_the_assumption(self) -> None:
        # The viewer sees one input ringed and read off in both charts, and the grids light up: they are not the same.
        self.beat("the hidden assumption")
        values = [layer_values(net, self.home, 1, False)[0] for net in (self.net, self.quantized)]
        self.reading = TwinReading(
            theme.Zone(self.panel.left, self.panel.left + 4.9, 0.0, 0.0),
            self.panel.top - 2.75,
            (
                ("the ringed input", pair(self.home[0]), theme.INK),
                ("in the float chart", pair(values[0]), theme.FLOAT),
                ("in the quantized chart", pair(values[1]), theme.QUANTIZED),
            ),
        )
        rings = VGroup(
            *(MovingCloud(self.view, self.home, carry, theme.INK, "ring", 0.12) for carry in (self.here, self.twin))
        )
        light = (path.animate.set_stroke(opacity=0.7) for path in self.grids)
        quiet = (cloud.animate.set_opacity(0.3) for cloud in (*self.clouds, *self.twins))
        self.say(
            "Same input, other coordinates: each network has its own chart",
            *light,
            *quiet,
            FadeIn(rings, scale=1.5),
            FadeIn(self.reading),
            run_time=theme.STEADY,
        )
        self.hold_caption()
        self.say("Raw L2 ignores that: it takes one chart for both, the identity chart")
        self.hold_caption()
        back = (path.animate.set_stroke(opacity=0.4) for path in self.grids)
        clear = (cloud.animate.set_opacity(0.95) for cloud in (*self.clouds, *self.twins))
        self.play(FadeOut(rings, self.reading), *back, *clear, run_time=theme.BRIEF)

    def align_before_relu(self) -> None:
        # The viewer sees one affine map glide the orange chart onto the blue one, grid and all; the mean falls to zero.
        self.beat("align the charts")
        left = self.compared[0].aligned
        mean = distances(left.vectors, np.zeros_like(left.vectors)).mean
        exact = mean < 1e-9 * float(self.compared[0].raw.sizes.mean())
        transport = self.make_map(self.maps[0], "T = W W_q^(-1) =" if exact else "T =")
        self.say(
            "Fit the best affine map from the orange chart to the blue one",
            FadeIn(transport),
            self.mean.animate.set_opacity(0.25),
        )
        self.lay_back(theme.LONG)
        self.say(
            "Nothing can be left: before the ReLU both are affine in the input"
            if exact
            else f"So {percent(self.compared[0].chart_share)} % of squared L2 was a difference of charts",
            self.mean.animate.set_opacity(1.0),
        )
        self.hold_caption()
        gone = (transport, self.parameters, self.squares, self.mean, self.mean_name)
        self.play(FadeOut(*gone), run_time=theme.BRIEF)

    def make_map(self, transport: AffineMap, name: str) -> VGroup:
        """T and t with their names, below the matrices."""
        views = (
            MatrixView(part, size=theme.LABEL_SIZE, column_colors=(theme.SAME,))
            for part in (transport.linear, transport.offset)
        )
        names = (formula(name, theme.SAME) for name in (name, "t ="))
        row = VGroup(*(part for both in zip(names, views, strict=True) for part in both)).arrange(RIGHT, buff=0.22)
        return row.move_to((self.panel.left, self.panel.top - 2.95, 0.0), aligned_edge=LEFT)

    def fold_both(self) -> None:
        # The viewer sees the map taken away and both charts folded; points whose patterns differ become crosses.
        self.beat("after the ReLU")
        self.say("Take the map away; the ReLU sets all that is negative to zero")
        self.take_away()
        self.go_on(3, "outputs of layer 1, after the ReLU")
        self.glide.transport = self.maps[1]
        crossed = self.compared[1].raw.crossed_share
        self.rows = self.make_rows(
            "mean distance to the blue twin, before → after the map", self.compared[1], self.dense
        )
        self.say(
            f"Red, {percent(crossed)} % of the circle: the ReLU pattern differs"
            if crossed
            else "Along the circle the ReLU pattern is the same in both layers",
            FadeOut(self.twins[1]),
            *map(FadeIn, (self.crosses, self.rows)),
            run_time=theme.STEADY,
        )

    def make_rows(self, name: str, compared: ChartComparison, points: Any) -> VGroup:
        """A line of words, and the mean gaps of both kinds of points: as they were at first, and as they are now."""
        here, twin, glide, crossed = self.here, self.twin, self.glide, compared.raw.crossed
        y, most = self.panel.top - 1.55, max(compared.raw.same_mean, compared.raw.crossed_mean)
        header = text(name, theme.QUIET).move_to((self.panel.left, y, 0.0), aligned_edge=LEFT)
        rows = (
            ShrinkingRow(
                self.panel,
                y - 0.6 - 0.85 * k,
                words,
                mark,
                color,
                getattr(compared.raw, kind),
                lambda kind=kind: getattr(Residuals(here(points) - twin(points), crossed), kind),
                most,
                lambda: glide.part == 1.0,
            )
            for k, (words, mark, color, kind) in enumerate(
                (
                    ("same pattern in both", "disc", theme.SAME, "same_mean"),
                    ("another pattern: crossed", "cross", theme.CROSSED, "crossed_mean"),
                )
            )
        )
        return VGroup(header, *rows)

    def align_after_relu(self) -> None:
        # The viewer sees the best single map glide the folded charts together: both bars shrink, not by the same share.
        self.beat("align the folded charts")
        self.say("Again one affine map, fitted on other inputs: a calibration set")
        self.lay_back(theme.LONG)
        self.say(closer_words(*self.compared[1].falls, bool(self.compared[1].raw.crossed.any())))
        self.hold_caption()

    def check_on_held_out(self) -> None:
        # The viewer sees the circle give way to held-out points, drawn the same way, with their own two bars.
        self.beat("held-out points")
        held_out, points = self.held_out, self.data.points
        shown = self.sample[~gates_differ(self.net, self.quantized, self.sample, 1)]
        crossed = self.sample[gates_differ(self.net, self.quantized, self.sample, 1)]
        cloud = MovingCloud(self.view, self.sample, self.here, theme.FLOAT, "disc", 0.05)
        twins = MovingCloud(self.view, shown, self.twin, theme.QUANTIZED, "disc", 0.045)
        crosses = MovingCloud(self.view, crossed, self.twin, theme.CROSSED, "cross", 0.09)
        threads = TwinThreads(self.view, self.sample, self.here, self.twin, theme.INK, theme.THIN, 0.8)
        paint_by_part(twins, self.glide, theme.QUANTIZED, theme.SAME)
        gone = (self.loops, self.clouds, self.twins[0], self.crosses, self.threads, self.rows)
        here = fit_window(np.vstack([self.here(self.sample), self.twin(self.sample)]))
        self.play(FadeOut(*gone), self.axes.zoom(here), run_time=theme.BRIEF)
        share = percent(held_out.raw.crossed_share)
        self.rows = self.make_rows(f"mean distance on {len(points)} held-out points, {share} % red", held_out, points)
        ratio = signed(held_out.aligned.ratio, 1)
        words = {
            "none": "Held-out points: none of them has crossed",
            "outliers": f"Held-out points: red ends up as outliers, {ratio} times as far off",
            "farther": f"Held-out points: red ends up {ratio} times as far off, not as outliers",
            "no farther": f"Held-out points: red ends up {ratio} times as far off as green",
        }
        new = map(FadeIn, (threads, cloud, twins, crosses, self.rows))
        self.say(words[held_out.verdict], *new, run_time=theme.STEADY)
        self.hold_caption()

    def say_what_it_means(self) -> None:
        # The viewer sees what squared raw L2 is made of; then the map is taken away and laid on once more.
        self.beat("what raw L2 means")
        removed, green, red = self.held_out.parts
        bar = PartsBar(
            self.panel,
            self.panel.bottom + 0.92,
            "squared raw L2 on these points",
            (
                (removed, "removed by the map", theme.QUIET),
                (green, "left on green", theme.SAME),
                (red, "left on red", theme.CROSSED),
            ),
        )
        most = "red" if red > green else "green"
        self.say(
            f"{percent(removed, 0)} % of squared L2: a difference of charts; most of the rest is {most}", FadeIn(bar)
        )
        self.hold_caption()
        self.say("Raw L2 is the error under the identity chart, not under the best one")
        self.take_away()
        self.lay_back()
