"""Scene 10: the error along a circle, split in its metric and its topological part, and what low rank makes of it."""

from typing import Any

import numpy as np
from manim import LEFT, FadeIn, FadeOut, ValueTracker, VGroup, linear

from quantization_story.analysis.circle_errors import (
    CircleError,
    circle_around,
    circle_error,
    directions_needed,
    spectrum,
    typical_radius,
    without_directions,
)
from quantization_story.analysis.low_rank import rank_ladder, widest_hidden_layer
from quantization_story.core.blends import along, blend
from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.figures.error_decomposition import (
    band_words,
    direction_words,
    energy_words,
    error_decomposition_figures,
    jump_words,
    rank_words,
)
from quantization_story.mobjects.charts.shrinking_bars import PartsBar
from quantization_story.mobjects.legend import lined
from quantization_story.mobjects.paths import ArrowField
from quantization_story.mobjects.plane import MovingCloud, MovingLines, PlaneAxes
from quantization_story.mobjects.text import percent, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.error_decomposition import (
    CurveBundle,
    DirectionBars,
    RankChart,
    SplitArrows,
    SplitStrip,
    share_rows,
    split_names,
)
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.suspended_updaters import SuspendedUpdaters
from quantization_story.style import theme


class ErrorDecompositionScene(NetworkScene):
    """The error along a circle of inputs, split at every point in two parts; and what low-rank terms leave of it."""

    title_text = "Two kinds of error along a circle"
    network_name = "pinwheel_wide"
    second_network_name = "codebook"
    needs = NetworkRequirements(inputs=2, outputs=2, output_plane=True, hidden_layers=1)
    radius: float | None = None  # through the midst of the data, if left out
    arrows = 72
    ranks = (0, 1, 2, 4)
    held_share = 0.95  # "few directions hold most of it" means this much

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.send_a_circle()
        self.split_one_error()
        self.walk_around()
        self.grow_all_arrows()
        self.gather_at_one_origin()
        self.share_the_energy()
        self.open_wide_layer()
        self.take_directions_away()
        self.compare_with_rounding()
        self.climb(0)
        self.climb(1)
        self.close_stage(1.0)

    # --- what is on stage

    @classmethod
    def figures_of(cls, subject: StorySubject) -> CircleError:
        """The error along the circle."""
        return error_decomposition_figures(subject, cls.radius)

    def prepare(self) -> None:
        """Load the network, cut the circle into arcs, and build the plane and the curves."""
        self.load_story()
        self.badge_text = self.regime()
        self.error = self.figures
        self.center = (self.input_window.x, self.input_window.y)
        self.own_radius = self.radius or typical_radius(self.data.points, self.center)
        self.open_stage()
        self.make_view()
        self.make_curves()

    def circle_error_of(self, quantized: Any = None, layer: int | None = None) -> CircleError:
        """The error of a network (the quantized one, if left out) along the circle."""
        self.center = (self.input_window.x, self.input_window.y)
        self.own_radius = self.radius or typical_radius(self.data.points, self.center)
        other = self.quantized if quantized is None else quantized
        return circle_error(self.net, other, self.own_radius, layer, self.center)

    def make_view(self) -> None:
        """The plane at the left with the circle of inputs; the window that holds both outputs; the panel."""
        self.view, self.panel = self.make_stage(self.input_window, left=0.3, panel_gap=0.75)
        self.axes = PlaneAxes(self.view)
        step = 2 * np.pi / 720
        self.angles = np.concatenate([angles for angles, _ in self.error.pieces("total", step)])
        self.floats, self.errors = self.error.values(self.angles), self.error.errors(self.angles)
        self.output_window = fit_window(np.vstack([self.floats, self.floats + self.errors]))
        self.error_window = fit_window(np.vstack([self.errors, *(v for _, v in self.error.pieces("metric", step))]))

    def make_curves(self) -> None:
        """The image of the circle in both networks; at progress 0 both are still the circle itself."""
        self.progress, self.angle = ValueTracker(0.0), ValueTracker(0.0)
        progress = self.progress
        turn = np.column_stack([np.cos(self.angles), np.sin(self.angles)])
        self.inputs = np.array(self.center) + self.own_radius * turn

        def on_way(net: Any) -> Any:
            return lambda x: blend(x, net(x), progress.get_value())

        self.curves = VGroup(
            *(
                MovingLines(self.view, self.inputs[None], on_way(net), color, theme.STRONG)
                for net, color in ((self.net, theme.FLOAT), (self.quantized, theme.QUANTIZED))
            )
        )

    def rest(self, *mobjects: Any) -> SuspendedUpdaters:
        """Let these stand still from now on, below all that moves."""
        self.bring_to_back(*mobjects)
        return SuspendedUpdaters(*mobjects)

    # --- the beats

    def send_a_circle(self) -> None:
        # The viewer sees one circle of inputs become two curves: what the float and the quantized network make of it.
        self.beat("a circle of inputs")
        left, y = self.panel.left, self.panel.top - 0.3
        self.keys = VGroup(
            lined("float network f", theme.FLOAT, (left, y)), lined("quantized", theme.QUANTIZED, (left + 3.2, y))
        )
        self.border = self.view.border()
        self.add(self.border, self.axes)
        circle = self.view_line(self.inputs[None], theme.INK)
        self.say("A circle of inputs", FadeIn(circle), run_time=theme.BRIEF)
        self.hold_caption(0.2)
        self.add(self.curves, circle)  # both curves still lie on the circle
        self.say("The float and the quantized network bend it into two curves", FadeIn(self.keys), FadeOut(circle))
        to_outputs = self.axes.zoom(self.output_window, apart=True)
        self.play(self.progress.animate.set_value(1.0), to_outputs, run_time=theme.LONG)

    def view_line(self, lines: Any, color: str, width: float = theme.STRONG) -> MovingLines:
        """Lines of the data plane that stay where they are."""
        return MovingLines(self.view, lines, lambda points: points, color, width)

    def probe_split(self, angle: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the probe is in the float picture, and both parts of its error, each (1, 2)."""
        at = np.array([angle % (2 * np.pi)])
        return self.error.values(at), self.error.errors(at, "metric"), self.error.errors(at, "topological")

    def split_one_error(self) -> None:
        # The viewer sees one error as an arrow from blue to orange, close up, and how it splits in green and red.
        self.beat("one error, two parts")
        self.angle.set_value(self.error.widest_split(self.angles))
        angle, split = self.angle, self.probe_split
        base, metric, topological = split(angle.get_value())
        corners = np.vstack([base, base + metric, base + metric + topological])
        middle, half = (corners.min(axis=0) + corners.max(axis=0)) / 2, 0.85 * float(np.ptp(corners, axis=0).max())
        whole = ArrowField(theme.INK, 0.05)
        whole.add_updater(lambda field: field.set_arrows(self.view.to_frame(base), self.view.to_frame(corners[2:])))
        whole.update()
        self.hold_caption()  # the axes have their new numbers as soon as they are told to zoom
        self.say(
            "One input: its error e leads from blue to orange",
            self.axes.zoom(Window(float(middle[0]), float(middle[1]), half), apart=True),
            FadeIn(whole),
        )
        self.grown = ValueTracker(0.0)
        grown = self.grown

        def parts() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            part = grown.get_value()
            here, first, second = split(angle.get_value())
            return here, min(1.0, part) * first, max(0.0, part - 1.0) * second

        self.probe = SplitArrows(self.view, parts, 0.07)
        self.dot = MovingCloud(
            self.view, np.zeros((1, 2)), lambda _: split(angle.get_value())[0], theme.INK, "disc", 0.1
        )
        self.add(self.probe, self.dot)
        left, y = self.panel.left, self.panel.top - 1.0
        self.part_keys = VGroup(
            lined("metric part: the float pattern is kept", theme.SAME, (left, y)),
            lined("topological part: what its own pattern adds", theme.CROSSED, (left, y - 0.5)),
        )
        note = text("pattern: which ReLUs are on at this input", theme.QUIET, theme.SMALL_SIZE)
        note.move_to((left, y - 1.1, 0.0), aligned_edge=LEFT)
        names = split_names(self.view.to_frame(corners))
        self.play(FadeIn(names[0]), run_time=theme.BRIEF)
        self.say("Metric part: rounded weights, but the float network's pattern", FadeIn(self.part_keys[0], note))
        self.play(grown.animate.set_value(1.0), FadeIn(names[1]), run_time=theme.STEADY)
        self.say("Topological part: what the quantized network's own pattern adds", FadeIn(self.part_keys[1]))
        self.play(grown.animate.set_value(2.0), FadeIn(names[2]), run_time=theme.STEADY)
        self.hold_caption()
        gone = FadeOut(whole, names, note, self.probe, self.dot)
        self.play(gone, self.axes.zoom(self.output_window, apart=True))

    def walk_around(self) -> None:
        # The viewer sees the probe walk once around; the strip draws the size of both parts as it goes.
        self.beat("once around")
        panel, angle = self.panel, self.angle
        zone = theme.Zone(panel.left + 0.4, panel.right - 0.15, panel.bottom + 1.0, panel.top - 2.3)
        self.axes_rest = self.rest(self.axes)
        self.rest(self.curves)
        angle.set_value(0.0)
        VGroup(self.probe, self.dot).update()  # before it fades in: with other arrows it could not be blended
        self.strip = SplitStrip(zone, self.error, lambda: angle.get_value())
        self.say("Once around the circle: the size of both parts", FadeIn(self.strip, self.probe, self.dot))
        self.play(angle.animate.set_value(2 * np.pi), run_time=3.2, rate_func=linear)
        self.say(band_words(self.error.crossed_share))

    def grow_all_arrows(self) -> None:
        # The viewer sees the arrows of all points at once: first all the green ones, then the red ones on their tips.
        self.beat("all arrows")
        self.rest(self.strip)
        self.slid, self.all_grown = ValueTracker(0.0), ValueTracker(0.0)
        slid, grown = self.slid, self.all_grown
        at = circle_around((0.0, 0.0), 1.0, self.arrows).parameter * 2 * np.pi
        base, metric, topological = (
            self.error.values(at),
            self.error.errors(at, "metric"),
            self.error.errors(at, "topological"),
        )

        def split() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            part = grown.get_value()
            return (1 - slid.get_value()) * base, min(1.0, part) * metric, max(0.0, part - 1.0) * topological

        self.field = SplitArrows(self.view, split, 0.028)
        self.add(self.field)
        self.say("Both parts at every point; then all arrows from one origin", FadeOut(self.probe, self.dot))
        self.play(grown.animate.set_value(2.0), run_time=1.6)

    def gather_at_one_origin(self) -> None:
        # The viewer sees all arrows slide to one origin: green tips lie on smooth arcs, and red bridges their jumps.
        self.beat("one origin")
        step = 2 * np.pi / 720
        pieces = [values for _, values in self.error.pieces("metric", step)]
        arcs, loop = self.view_line(pieces, theme.SAME), self.view_line(self.errors[None], theme.INK, theme.THIN)
        self.part_keys.add(lined("whole error e", theme.INK, (self.panel.left, self.panel.top - 2.0)))
        self.bring_to_front(*self.axes_rest.end(), self.field)
        slide = self.slid.animate.set_value(1.0), self.axes.zoom(self.error_window, apart=True)
        self.play(FadeOut(self.curves, self.keys, self.strip), *slide, run_time=1.6)
        self.rest(self.axes, self.field)
        self.say(
            jump_words(self.error.metric_jumps),
            FadeIn(loop, arcs, self.part_keys[2]),
            self.field.metric.animate.set_opacity(0.25),
        )
        self.bring_to_front(self.field.topological)
        self.picture = VGroup(loop, arcs)
        self.rest(self.picture)

    def share_the_energy(self) -> None:
        # The viewer sees what the mean squared error along the circle is made of, the cross term included.
        self.beat("energy")
        metric, topological, cross = self.error.energy_shares
        bar = PartsBar(
            self.panel,
            self.panel.top - 3.2,
            "mean squared error along the circle",
            (
                (metric, "metric", theme.SAME),
                (topological, "topological", theme.CROSSED),
                (cross, "cross term", theme.INK),
            ),
        )
        self.say(energy_words(self.error.energy_shares), FadeIn(bar))
        self.gone = (bar, self.part_keys, self.field, self.picture, self.axes, self.border)

    def open_wide_layer(self) -> None:
        # The viewer sees a wider network take the stage: the error of one of its layers, one curve for each unit.
        self.beat("a wide layer")
        self.take(self.second)
        self.layer = widest_hidden_layer(self.net)
        self.error = self.circle_error_of(layer=self.layer)
        self.angles = np.unique(np.concatenate([angles for angles, _ in self.error.pieces("total", 2 * np.pi / 120)]))
        self.errors = self.error.errors(self.angles)
        self.shares, self.directions = self.error.directions()
        self.taken = ValueTracker(0.0)
        taken, errors, directions = self.taken, self.errors, self.directions
        self.shown = [lambda: without_directions(errors, directions, taken.get_value())]
        shown, side = self.shown, self.view.side
        x, y, _ = self.view.center
        zone = theme.Zone(x - side / 2 + 0.3, x + side / 2, y - side / 2 + 0.8, y + side / 2 - 0.45)
        title = f"error of each unit of layer {self.layer} (faint: as it was)"
        self.bundle = CurveBundle(zone, title, self.angles, lambda: shown[0](), theme.INK)
        width = self.net.widths[self.layer]
        words = f"Another, wider network: the errors of its {width} units"
        self.say(words, FadeOut(*self.gone), *self.change_badge(self.regime()))
        self.play(FadeIn(self.bundle), run_time=theme.STEADY)

    def take_directions_away(self) -> None:
        # The viewer sees the curves flatten as the strongest directions of the error are taken away, a bar for each.
        self.beat("few directions")
        panel = self.panel
        count = self.few = directions_needed(self.shares, self.held_share)
        zone = theme.Zone(panel.left + 0.2, panel.right - 0.2, panel.bottom + 2.9, panel.top - 0.6)
        self.rounding = spectrum(self.quantized.weights[self.layer - 1] - self.net.weights[self.layer - 1])
        taken = self.taken
        self.bars = DirectionBars(zone, self.shares, self.rounding, lambda: taken.get_value(), theme.INK)
        title = text("share of the squared error by direction, strongest first", theme.QUIET, theme.SMALL_SIZE)
        title.move_to((panel.left, panel.top - 0.2, 0.0), aligned_edge=LEFT)
        self.bars.add(title)
        self.ghost = self.bundle.ghost()
        self.add(self.ghost)
        self.bring_to_back(self.ghost)
        self.say("Direction: a fixed mix of units. Take the strongest away", FadeIn(self.bars))
        self.play(self.taken.animate.set_value(count), run_time=0.8 * count, rate_func=linear)

    def compare_with_rounding(self) -> None:
        # The viewer sees how much those directions hold, and the control: the rounding is spread over more of them.
        self.beat("the rounding itself")
        count, total = self.few, len(self.shares)
        first = self.directions[:count]
        held, own = float(self.shares[:count].sum()), float(self.rounding[:count].sum())
        rows = share_rows(
            self.panel,
            (
                (f"the {count} strongest hold, of the error", held, theme.INK),
                ("of its topological part", self.error.share_within("topological", first), theme.CROSSED),
                (f"best {count} of the rounding $W_q - W$ (marks)", own, theme.QUANTIZED),
            ),
        )
        self.say(direction_words(count, total, held, own), FadeIn(self.bars.control), FadeIn(rows))
        self.hold_caption()
        self.make_ladder()
        gone = FadeOut(self.bars, self.bars.control, rows)
        self.play(gone, self.taken.animate.set_value(0.0), run_time=theme.BRIEF)

    def make_ladder(self) -> None:
        """Corrected networks of every rank, their errors along the circle and on held-out points, and the chart."""
        self.ladder = ladder = rank_ladder(self.net, self.quantized, self.learned.calibration.points, self.ranks)
        self.methods = (
            ("plain: SVD of $W - W_q$", theme.QUANTIZED, ladder.plain),
            ("activation-aware", theme.INK, ladder.aware),
        )
        self.left = [ladder.rms(networks, self.data.points, self.layer) for _, _, networks in self.methods]
        self.trips = [
            np.array([self.circle_error_of(network, self.layer).errors(self.angles) for network in networks])
            for _, _, networks in self.methods
        ]
        self.climbed = [ValueTracker(0.0), ValueTracker(0.0)]
        panel = self.panel
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 2.55, panel.top - 0.6)
        lines = zip(self.methods, self.left, self.climbed, strict=True)
        self.chart = RankChart(
            zone,
            self.ranks,
            [
                (name, color, values, lambda tracker=tracker: tracker.get_value())
                for (name, color, _), values, tracker in lines
            ],
            names_width=2.45,
        )
        title = text(
            f"RMS error in layer {self.layer}, {len(self.data.points)} held-out points", theme.QUIET, theme.SMALL_SIZE
        )
        title.move_to((panel.left, panel.top - 0.2, 0.0), aligned_edge=LEFT)
        self.chart.add(title)

    def climb(self, method: int) -> None:
        # The viewer sees the curves flatten as the rank of a term on the weights grows, and the held-out error fall.
        _, color, networks = self.methods[method]
        self.beat(("plain low rank", "activation-aware low rank")[method])
        trip, rung = self.trips[method], self.climbed[method]
        self.shown[0] = lambda: along(trip, rung.get_value())
        accuracies = [percent(self.subject.accuracy(network)) for network in networks]
        row = self.chart.table_row(method, ("accuracy, plain", "accuracy, aware")[method], color, accuracies)
        captions = (
            "Low rank: add few directions to the weights. Plain: fit the rounding",
            "Activation-aware: fit what the rounding does to real inputs",
        )
        beside = (FadeIn(self.chart),) if method == 0 else ()
        self.say(captions[method], *beside, self.bundle.lines.animate.set_stroke(color))
        self.play(rung.animate.set_value(len(self.ranks) - 1), run_time=0.6 * (len(self.ranks) - 1), rate_func=linear)
        self.play(FadeIn(row), run_time=theme.BRIEF)
        if method == 0:
            return
        control = [percent(self.subject.accuracy(network)) for network in self.ladder.on_float]
        stored = [f"+{number}" if number else "0" for number in self.ladder.stored]
        rows = (
            self.chart.table_row(2, "same term on float", theme.FLOAT, control),
            self.chart.table_row(3, "numbers added", theme.QUIET, stored),
        )
        plain, aware = (values[1] / values[0] for values in self.left)
        self.say(rank_words(self.ranks[1], plain, aware), *map(FadeIn, rows))
