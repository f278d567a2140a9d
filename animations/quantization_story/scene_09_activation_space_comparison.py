"""Scene 9: what raw L2 between activations measures: the error under the identity chart, and what alignment leaves."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, VGroup, VMobject

from quantization_story import theme
from quantization_story.activation_charts import (
    ChartComparison,
    align_charts,
    compare_charts,
    gates_differ,
    layer_values,
)
from quantization_story.affine import AffineMap
from quantization_story.error_along import circle_around, typical_radius
from quantization_story.mobjects.bar_rows import scientific
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.collapse import CollapseRow, PartsBar, TwinReading
from quantization_story.mobjects.glide import Glide, paint_by_part
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.plane import MovingCloud, MovingLines
from quantization_story.mobjects.rail import StepRail
from quantization_story.mobjects.sectors import legend
from quantization_story.mobjects.strips import clip_to_window
from quantization_story.mobjects.text import LiveText, formula, pair, percent, signed, text
from quantization_story.mobjects.twins import TwinThreads
from quantization_story.needs import Needs
from quantization_story.partition import partition
from quantization_story.planar import cut_lines, fit_window
from quantization_story.residuals import Residuals
from quantization_story.transport import distances
from quantization_story.twin_scene import TwinScene


class ActivationSpaceComparison(TwinScene):
    """Raw L2 between activations takes one grid for granted; align the charts first, and see what is left and where."""

    title_text = "What raw L2 between activations measures"
    needs = Needs(inputs=2, hidden_layers=1, plane_layers=True)
    bits = 3  # one less than in the other scenes of this network, so that the threads are long enough to be seen
    count = 60  # points of the circle that are drawn
    dense_count = 3600  # points of the circle that figures are measured on
    radius: float | None = None  # through the midst of the data, if left out

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.send_a_circle()
        self.measure_raw()
        self.show_the_grids()
        self.align_before_relu()
        self.fold_both()
        self.align_after_relu()
        self.check_on_held_out()
        self.say_what_it_means()
        self.close_stage()

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
        self.open_stage()
        self.make_pictures(Glide(self.maps[0]), Glide(AffineMap.identity(2)))

    def alignment(self, activated: bool) -> AffineMap:
        """The best affine map between the two charts of layer 1, before or after its ReLU."""
        return align_charts(self.net, self.quantized, self.learned.calibration.points, 1, activated)

    def comparison(self, activated: bool, points: np.ndarray) -> ChartComparison:
        """Raw and aligned gaps at these points."""
        return compare_charts(self.net, self.quantized, self.maps[activated], points, 1, activated)

    def make_view(self) -> None:
        """The plane at the left; its windows hold both charts of the circle; of the rail only the first layer."""
        super().make_view()
        self.rail = StepRail(self.float_path.steps[:3], 0.5 * self.panel.width)
        self.rail.move_to((self.panel.left, self.panel.top - 0.2, 0.0), aligned_edge=LEFT)
        paths, points = (self.float_path, self.rounded_path), self.curve.points
        self.windows = [fit_window(np.vstack([path.at(points, step) for path in paths])) for step in range(4)]

    def make_travellers(self) -> None:
        """Both grids, the circle and its points in blue, the twins in orange, and a thread for each pair."""
        self.points, self.labels = self.curve.points, np.zeros(self.count, dtype=np.int64)
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
        here, twin, points, crossed = self.here, self.twin, self.dense, self.compared[1].raw.crossed
        self.mean_now = lambda: distances(here(points), twin(points)).mean
        self.left_now = lambda: Residuals(here(points) - twin(points), crossed)

    # --- the beats

    def send_a_circle(self) -> None:
        # The viewer sees a circle of points on a grid, and the same circle carried by a float and a rounded layer.
        self.beat("one circle, two layers")
        self.add(self.view.border(), self.axes)
        parameters = self.make_parameters()
        self.names = legend([("disc", theme.FLOAT, "float"), ("disc", theme.QUANTIZED, "quantized")])
        self.names.move_to((self.panel.right, self.rail.get_center()[1], 0.0), aligned_edge=RIGHT)
        self.say(
            f"{self.count} points of one circle enter a float and a quantized layer",
            *map(FadeIn, (self.grids, self.loops, self.clouds, self.twins, self.rail, parameters, self.names)),
        )
        self.take_step(1, run_time=theme.LONG)
        self.take_step(2, run_time=theme.BRIEF)

    def make_parameters(self) -> VGroup:
        """W of both layers in their colours, below the rail."""
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
        return self.parameters.move_to((self.panel.left, self.panel.top - 1.25, 0.0), aligned_edge=LEFT)

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
            "Raw L2: how far is each orange point from its blue twin?",
            FadeIn(self.threads),
            *dim,
            *map(FadeIn, (self.mean, self.mean_name)),
            run_time=theme.STEADY,
        )

    def show_the_grids(self) -> None:
        # The viewer sees one point read off in both charts; then the two grids light up, one square tinted in both.
        self.beat("the hidden assumption")
        gaps = self.comparison(False, self.points).raw.sizes
        home = self.points[[int(np.argmax(gaps))]]
        values = [layer_values(net, home, 1, False)[0] for net in (self.net, self.quantized)]
        self.reading = TwinReading(
            theme.Zone(self.panel.left, self.panel.left + 4.9, 0.0, 0.0),
            self.panel.top - 2.55,
            (
                ("ringed point, float", pair(values[0]), theme.FLOAT),
                ("quantized", pair(values[1]), theme.QUANTIZED),
                ("its thread", signed(float(gaps.max())), theme.INK),
            ),
        )
        rings = VGroup(
            *(MovingCloud(self.view, home, carry, theme.INK, "ring", 0.16) for carry in (self.here, self.twin))
        )
        self.play(FadeIn(rings, scale=1.5), FadeIn(self.reading), run_time=theme.STEADY)
        square = self.grid_step * (np.floor(home[0] / self.grid_step) + np.array([[0, 0], [1, 0], [1, 1], [0, 1]]))
        tints = VGroup(
            *(
                cell_fill([self.view.to_frame(clip_to_window(carry(square), self.view.window))], color, 0.55)
                for carry, color in ((self.here, theme.FLOAT), (self.twin, theme.QUANTIZED))
            )
        )
        light = (path.animate.set_stroke(opacity=0.9) for path in self.grids)
        quiet = (cloud.animate.set_opacity(0.3) for cloud in (*self.clouds, *self.twins))
        self.say(
            "It reads both off one grid: it assumes the identity chart",
            *light,
            *quiet,
            FadeIn(tints),
            run_time=theme.STEADY,
        )
        self.say("But each network has its own: the tinted square is the same inputs")
        self.hold_caption()
        back = (path.animate.set_stroke(opacity=0.4) for path in self.grids)
        clear = (cloud.animate.set_opacity(0.95) for cloud in (*self.clouds, *self.twins))
        self.play(FadeOut(rings, tints, self.reading), *back, *clear, run_time=theme.BRIEF)

    def align_before_relu(self) -> None:
        # The viewer sees one affine map glide the orange chart onto the blue one, grid and all; the mean falls to zero.
        self.beat("align the charts")
        transport = self.make_map(self.maps[0])
        left = self.compared[0].aligned
        mean = distances(left.vectors, np.zeros_like(left.vectors)).mean
        exact = mean < 1e-9 * float(self.compared[0].raw.sizes.mean())
        self.say("Fit the best affine map from one chart to the other first", FadeIn(transport))
        self.lay_back(theme.LONG)
        if exact:
            size = scientific(mean).strip("$")
            left_over: VMobject = text(f"$= {size}$, rounding of the computer", theme.SAME).next_to(
                self.mean, RIGHT, buff=0.3
            )
            self.say("Before the ReLU all of raw L2 was a difference of charts", FadeIn(left_over))
        else:
            share = percent(self.compared[0].chart_share)
            left_over = VGroup()
            self.say(f"So {share} % of squared L2 was a difference of charts")
        self.hold_caption()
        self.play(FadeOut(transport, left_over, self.parameters), run_time=theme.BRIEF)

    def make_map(self, transport: AffineMap) -> VGroup:
        """T and t with their names, below the matrices."""
        views = (
            MatrixView(part, size=theme.LABEL_SIZE, column_colors=(theme.SAME,))
            for part in (transport.linear, transport.offset)
        )
        names = (formula(name, theme.SAME) for name in ("T =", "t ="))
        row = VGroup(*(part for both in zip(names, views, strict=True) for part in both)).arrange(RIGHT, buff=0.22)
        return row.move_to((self.panel.left, self.panel.top - 2.55, 0.0), aligned_edge=LEFT)

    def fold_both(self) -> None:
        # The viewer sees the map taken away and both charts folded; the points whose gates differ turn to red crosses.
        self.beat("after the ReLU")
        self.say("Take the map away, and let the ReLU fold both charts")
        self.take_away()
        self.take_step(3, run_time=theme.LONG)
        self.glide.transport = self.maps[1]
        share = percent(self.compared[1].raw.crossed_share)
        any_red = self.compared[1].raw.crossed.any()
        rows = self.make_rows(0.0, "mean L2 along the circle", self.compared[1], live=True)
        self.say(
            f"Red, {share} % of the circle: a gate opens in one network only"
            if any_red
            else "Along the circle every gate is the same in both networks",
            FadeOut(self.twins[1], self.rail, self.names, self.mean, self.mean_name),
            *map(FadeIn, (self.crosses, rows)),
            run_time=theme.STEADY,
        )

    def make_rows(self, drop: float, name: str, compared: ChartComparison, live: bool) -> VGroup:
        """A line of words, `drop` below the top of the panel, and the mean gaps of both kinds of points, raw and now.

        live: "now" follows the picture; otherwise it is the aligned gaps.
        """
        left_now, y = self.left_now, self.panel.top - drop
        most = max(compared.raw.same_mean, compared.raw.crossed_mean)

        def now(kind: str) -> Callable[[], float]:
            return lambda: getattr(left_now() if live else compared.aligned, kind)

        kinds = (
            ("same gates in both", "disc", theme.SAME, "same_mean"),
            ("another gate: crossed", "cross", theme.CROSSED, "crossed_mean"),
        )
        header = text(name, theme.QUIET).move_to((self.panel.left, y - 0.15, 0.0), aligned_edge=LEFT)
        rows = (
            CollapseRow(
                self.panel, y - 0.62 - 0.8 * k, words, mark, color, getattr(compared.raw, kind), now(kind), most
            )
            for k, (words, mark, color, kind) in enumerate(kinds)
        )
        return VGroup(header, *rows)

    def align_after_relu(self) -> None:
        # The viewer sees the best single map glide the folded charts together: both bars shrink, not by the same share.
        self.beat("align the folded charts")
        self.say("The best single map again, fitted on calibration points")
        self.lay_back(theme.LONG)
        green, red = (signed(100 * fall, 0) for fall in self.compared[1].falls)
        ending = f", red by {red} %" if self.compared[1].raw.crossed.any() else "; nothing is red"
        self.say(f"Along the circle green falls by {green} %{ending}")

    def check_on_held_out(self) -> None:
        # The viewer sees the same two figures on all held-out points, and how red and green compare there.
        self.beat("held-out points")
        crossed = percent(self.held_out.raw.crossed_share)
        name = f"mean L2 on {len(self.data.points)} held-out points, {crossed} % crossed"
        rows = self.make_rows(2.2, name, self.held_out, live=False)
        ratio = signed(self.held_out.aligned.ratio, 1)
        words = {
            "none": "Held-out: no point has crossed",
            "outliers": f"Held-out: red ends as outliers, {ratio} times as far off",
            "farther": f"Held-out: red ends {ratio} times as far off: farther, no outliers",
            "no farther": f"Held-out: red ends {ratio} times as far off: no outliers",
        }
        self.say(words[self.held_out.verdict], FadeIn(rows), run_time=theme.STEADY)
        self.hold_caption()

    def say_what_it_means(self) -> None:
        # The viewer sees the squared raw L2 split in what the map removes and what it leaves on green and on red.
        self.beat("what raw L2 means")
        removed, green, red = self.held_out.parts
        bar = PartsBar(
            self.panel,
            self.panel.bottom + 0.92,
            "squared L2 on them, by what becomes of it",
            (
                (removed, "gone: a wrong chart", theme.QUANTIZED),
                (green, "left on green", theme.SAME),
                (red, "left on red", theme.CROSSED),
            ),
        )
        most = "red" if red > green else "green"
        self.say(f"{percent(removed, 0)} % of squared L2 was a wrong chart; most of the rest is {most}", FadeIn(bar))
        self.hold_caption()
        self.say("Raw L2 is the error under the identity chart, not the intrinsic gap")
