"""Scene 4: where one map cannot follow: the strips in which rounding changes the ReLU pattern, and what they cost."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import LEFT, FadeIn, FadeOut, ValueTracker, VGroup

from quantization_story.analysis.layer_motion import passage, planes_before
from quantization_story.analysis.residuals import arrow_scale, one_region
from quantization_story.analysis.strips import between, changed_share, study_section
from quantization_story.analysis.transport import partway
from quantization_story.common import fit_corrections
from quantization_story.core.corrections import largest_rank
from quantization_story.core.distances import distances, mean_length
from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.core.shown_numbers import number_word
from quantization_story.figures.topology_failure import (
    TopologyFailureFigures,
    most_words,
    near_side_words,
    one_region_words,
    share_words,
    topology_failure_figures,
)
from quantization_story.mobjects.legend import lined, marked
from quantization_story.mobjects.pairs import MarksWhere, TwinThreads
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.plane import MovingCloud, MovingLines, PlaneAxes, class_clouds
from quantization_story.mobjects.strips import GrowingArrows, LiveBoundaries, LiveStrips
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.topology_failure import (
    NetworkSketch,
    RecoveryPanel,
    large_figure,
    residual_shares,
    section_chart,
    section_names,
    sliding_weights,
)
from quantization_story.report.recovery import recovery_study
from quantization_story.stage.network_scene import NetworkScene, beside
from quantization_story.stage.suspended_updaters import SuspendedUpdaters
from quantization_story.style import theme


class TopologyFailureScene(NetworkScene):
    """Where one map cannot follow: strips in which the ReLU pattern changed, the kink in them, and the hard case."""

    title_text = "Where one map cannot follow"
    second_network_name = "bottleneck"
    needs = NetworkRequirements(inputs=2, outputs=2, hidden_layers=1, most_units=20, rounding=True)
    shown_arrow = 0.2  # how long, as a share of half the window, nearly all residual arrows are at most

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.colour_by_pattern()
        self.travel_back()
        self.open_strips()
        self.cross_a_strip()
        self.fit_either_side()
        self.show_residual()
        self.fit_one_region()
        self.open_hard_case()
        self.round_hard_case()
        self.compare_corrections()
        self.close_stage(1.5)

    # --- what is on stage

    @classmethod
    def figures_of(cls, subject: StorySubject) -> TopologyFailureFigures:
        """The one map, what it leaves, and the strip that is walked across."""
        return topology_failure_figures(subject)

    def prepare(self) -> None:
        """Load both networks, refuse those that have not learned, and build what travels."""
        self.load_story()
        self.hard = recovery_study(self.second.learned, self.bits)
        self.badge_text = self.regime()
        self.transport, self.residuals = self.figures.transport, self.figures.residuals
        self.refined, self.section = self.figures.refined, self.figures.section
        self.slide, self.amount, self.grown = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.resting: list[SuspendedUpdaters] = []
        self.open_stage()
        self.make_travellers()

    def make_travellers(self) -> None:
        """The output plane, and the points in it: where the float network and where the quantized one puts them."""
        journey, goal, net = passage(self.quantized), passage(self.net), self.net
        last = len(journey.steps)
        self.progress = ValueTracker(last)
        progress, amount, transport = self.progress, self.amount, self.transport

        def here(points: np.ndarray) -> Any:
            return partway(transport, amount.get_value())(journey.at(points, progress.get_value()))

        self.steps_back = planes_before(journey)
        places = [goal.at(self.data.points, last), *(journey.at(self.data.points, s) for s in (last, *self.steps_back))]
        self.output_window = fit_window(np.vstack([*places[:2], transport(places[1])]))
        self.windows = [fit_window(place) for place in places[2:-1]] + [self.input_window]
        self.view, self.panel = self.make_stage(self.output_window)
        self.axes = PlaneAxes(self.view)
        crossed = self.residuals.crossed[: len(self.points)]
        self.same_points, self.crossed_points = self.points[~crossed], self.points[crossed]
        self.blue = MovingCloud(self.view, self.points, lambda points: net(points), theme.FLOAT, "disc")
        self.threads = TwinThreads(self.view, self.points, lambda points: net(points), here)
        self.same, self.orange = (
            MovingCloud(self.view, points, here, theme.QUANTIZED, "disc")
            for points in (self.same_points, self.crossed_points)
        )
        self.crosses = MovingCloud(self.view, self.crossed_points, here, theme.CROSSED, "cross", 0.1)
        VGroup(self.same, self.orange, self.crosses).set_z_index(2)

    def rest(self, *mobjects: Any) -> None:
        """Let these stand still, below all that moves, until `wake`."""
        self.resting.append(SuspendedUpdaters(*mobjects))
        self.bring_to_back(*mobjects)

    def wake(self) -> None:
        """Let all that rests, and is still on stage, move again."""
        for rest in self.resting:
            self.bring_to_front(*(mobject for mobject in rest.end() if mobject in self.mobjects))
        self.resting = []

    # --- the beats

    def colour_by_pattern(self) -> None:
        # The viewer sees orange laid onto blue by one map; then each point turns green, or a red cross if it crossed.
        self.beat("one map at the output")
        left, top = self.panel.left, self.panel.top - 0.3
        names = (
            marked("float network", theme.FLOAT, "disc", (left, top)),
            marked("quantized, then one output map", theme.QUANTIZED, "disc", (left, top - 0.55)),
        )
        calibration = self.learned.calibration.points
        corrected = fit_corrections(self.net, self.quantized, calibration, layers=[self.net.depth])
        reached = self.subject.accuracy(corrected)
        self.add(self.view.border(), self.axes, self.threads, self.blue, self.same, self.orange, *names)
        self.rest(self.axes, self.blue)
        glide = (self.amount.animate.set_value(1.0), *self.change_badge(self.regime(reached)))
        amount, transport = self.amount, self.transport
        outputs, goals = self.quantized(self.data.points), self.net(self.data.points)
        number, distance = large_figure(self.panel, 0, "mean distance from orange to blue", color=theme.QUANTIZED)
        number.live(lambda: signed(distances(partway(transport, amount.get_value())(outputs), goals).mean))
        self.add(distance)
        self.say("One output map has laid orange onto blue", *glide, run_time=theme.LONG)
        self.hold_caption()
        self.beat("colour by pattern")
        self.legend = VGroup(
            marked("same ReLU pattern in both", theme.SAME, "disc", (left, top)),
            marked("another pattern: crossed", theme.CROSSED, "cross", (left, top - 0.55)),
        )
        change = (
            FadeOut(self.blue, self.threads, *names, distance),
            self.same.animate.set_fill(theme.SAME),
            FadeOut(self.orange),
            FadeIn(self.crosses),
            FadeIn(self.legend),
        )
        self.say("Green: the same ReLUs are on in both. Red: other ones", *change, run_time=theme.STEADY)
        share = f"{percent(self.residuals.crossed_share)} %"
        _, self.points_figure = large_figure(self.panel, 0, f"of {len(self.data.points)} points", share)
        self.play(FadeIn(self.points_figure), run_time=theme.BRIEF)

    def travel_back(self) -> None:
        # The viewer sees the same points run back through the layers, until they lie in the input plane.
        self.beat("back to the input")
        first, *later = zip(self.steps_back, self.windows, strict=True)
        self.wake()
        undo = self.amount.animate.set_value(0.0)
        self.say("Back to the input: where do the red points lie?", undo, *self.travel(*first), run_time=theme.STEADY)
        for step, window in later:
            self.play(*self.travel(step, window), run_time=theme.STEADY)

    def travel(self, step: int, window: Window) -> tuple[Any, ...]:
        """The animations that take the points to the end of a step, seen in a window that fits."""
        return self.progress.animate.set_value(step), self.axes.zoom(window)

    def open_strips(self) -> None:
        # The viewer sees both networks' boundaries as one; the weights slide onto their grid, and red strips open.
        self.beat("strips open")
        self.make_strips()
        self.rest(self.axes)
        parts = (FadeIn(self.float_lines), FadeIn(self.rounded_lines), FadeIn(self.parameters), FadeIn(self.line_names))
        self.say("Weights slide to their levels: boundaries move, strips open", *parts)
        number, self.area_figure = large_figure(self.panel, 1, "of the area shown")
        refined, slide = self.refined, self.slide
        number.live(lambda: f"{percent(changed_share(refined(slide.get_value())))} %")
        self.add(self.strips)
        self.play(FadeIn(self.area_figure), run_time=theme.BRIEF)
        self.play(self.slide.animate.set_value(1.0), run_time=1.25 * theme.LONG)
        self.hold_caption(0.4)

    def make_strips(self) -> None:
        """The boundaries of both networks, the strips between them, and the weights that move them."""
        refined, slide, net, quantized = self.refined, self.slide, self.net, self.quantized
        self.float_lines = LiveBoundaries(self.view, lambda: refined(0.0).boundaries(), theme.FLOAT)
        self.rounded_lines = LiveBoundaries(
            self.view, lambda: refined(slide.get_value()).quantized_boundaries(), theme.QUANTIZED, dashed=True
        )
        self.strips = LiveStrips(self.view, lambda: refined(slide.get_value()))
        VGroup(self.float_lines, self.rounded_lines).set_z_index(1)
        self.parameters = sliding_weights(self.panel, net, lambda: between(net, quantized, slide.get_value()))
        left, y = self.panel.left, self.panel.top - 1.4
        self.line_names = VGroup(
            lined("boundaries of the float ReLUs", theme.FLOAT, (left, y)),
            lined("of the quantized ReLUs", theme.QUANTIZED, (left, y - 0.55), dashed=True),
        )

    def cross_a_strip(self) -> None:
        # The viewer flies to one strip; along a line across it, f bends at the solid boundary, the other map does not.
        self.beat("across one strip")
        self.study = study_section(self.section, self.net, self.quantized, self.transport)
        study, section = self.study, self.section
        self.reached, self.dial = ValueTracker(-section.before), ValueTracker(0.0)
        reached, dial = self.reached, self.dial
        line = MovingLines(
            self.view, section.inputs(study.corners)[None], lambda points: points, theme.INK, theme.STRONG
        )
        walker = MovingCloud(
            self.view, np.zeros((1, 2)), lambda _: section.inputs([reached.get_value()]), theme.INK, "disc", 0.1
        )
        self.way = VGroup(line, walker).set_z_index(3)
        self.profile = section_chart(self.panel, section, study, dial.get_value, reached.get_value)
        self.profile_names = section_names(self.panel, section, self.profile)
        gone = (self.parameters, self.line_names, self.points_figure, self.area_figure, self.legend)
        window = section.window(self.input_window.box)
        self.wake()
        self.say(
            "Across a strip: blue bends at the boundary, green does not",
            FadeOut(*gone),
            self.axes.zoom(window),
            run_time=theme.STEADY,
        )
        self.rest(self.axes, self.strips, self.float_lines, self.rounded_lines, self.same, self.crosses)
        self.play(FadeIn(self.way), FadeIn(self.profile), FadeIn(self.profile_names), run_time=theme.BRIEF)
        self.play(reached.animate.set_value(section.after), run_time=theme.LONG)

    def fit_either_side(self) -> None:
        # The viewer sees one map fitted on one side, then on the other: the gap only changes sides, the bend stays.
        self.beat("fit either side")
        self.rest(self.way)
        study, dial = self.study, self.dial
        left, y = self.panel.left, self.panel.bottom + 0.75
        name = text("largest gap", theme.QUIET).move_to((left, y, 0.0), aligned_edge=LEFT)
        gap = LiveText("", theme.CROSSED, theme.FORMULA_SIZE).place(beside(name))
        gap.live(lambda: signed(study.largest_gap(dial.get_value())))
        bound = text(f"no single map gets below {signed(study.least_gap)}", theme.QUIET)
        bound.move_to((left, y - 0.5, 0.0), aligned_edge=LEFT)
        fitted, strip, both = self.profile.fitted_sides()
        steps = (
            (near_side_words(study.largest_gap(0), study.largest_gap(1)), FadeIn(fitted)),
            ("Fit it in the strip: the near side goes wrong", fitted.animate.become(strip)),
            ("No single map removes the bend: a kink, never a tear", fitted.animate.become(both)),
        )
        self.play(FadeIn(name), FadeIn(gap), run_time=theme.BRIEF)
        for position, (caption, mark) in enumerate(steps, start=1):
            last = [FadeIn(bound)] if position == len(steps) else []
            self.say(caption, dial.animate.set_value(position), mark, *last, run_time=theme.LONG)
        self.hold_caption()
        self.profile_names.add(name, gap, bound, fitted)

    def show_residual(self) -> None:
        # The viewer flies back out; an arrow grows at each point, and a bar shows how much of the residual is red.
        self.beat("what is left")
        left, view = self.residuals, self.view
        scale = arrow_scale(left.sizes, self.shown_arrow * self.input_window.half)
        self.region, self.turned = one_region(self.refined(1.0), left, self.data.points), ValueTracker(0.0)
        crossed, grown = left.crossed[: len(self.points)], self.grown
        self.vectors_now = vectors = self.residual_vectors()

        def arrows_at(points: np.ndarray, where: np.ndarray, *look: Any) -> GrowingArrows:
            return GrowingArrows(view, points, lambda: scale * vectors()[: len(where)][where], grown.get_value, *look)

        arrows = VGroup(
            arrows_at(self.same_points, ~crossed, theme.SAME, 0.03),
            arrows_at(self.crossed_points, crossed, theme.CROSSED, 0.045),
        ).set_z_index(2)
        split = ValueTracker(left.crossed_share)
        bars, means, note = residual_shares(self.panel, left, split.get_value, scale)
        gone = FadeOut(self.way, self.profile, self.profile_names)
        caption = share_words(left.crossed_share, left.energy_share)
        self.wake()
        self.add(arrows)
        self.say(caption, gone, self.axes.zoom(self.input_window), run_time=theme.STEADY)
        self.rest(self.axes, self.strips, self.float_lines, self.rounded_lines)
        dimmed = (cloud.animate.set_fill(opacity=0.25) for cloud in (self.same, self.crosses))
        self.play(FadeIn(self.legend, note, *bars), *dimmed, grown.animate.set_value(1.0), run_time=theme.STEADY)
        self.rest(self.same, self.crosses, arrows)
        self.play(split.animate.set_value(left.energy_share), run_time=theme.STEADY)
        self.say(most_words(left.energy_share), FadeIn(means))
        self.hold_caption(0.4)
        self.shares, self.arrows, self.arrow_words = VGroup(*bars, means), arrows, note

    def residual_vectors(self) -> Callable[[], np.ndarray]:
        """The residuals now, (n, 2): those of the output map, or those of the map for one region."""
        first, region, turned = self.residuals.vectors, self.region, self.turned
        if region is None:
            return lambda: first
        return lambda: first + turned.get_value() * (region.vectors - first)

    def fit_one_region(self) -> None:
        # The viewer sees one region outlined and the map fitted there alone: its arrows shrink to nothing, others grow.
        region, vectors = self.region, self.vectors_now
        if region is None:
            return
        self.beat("one region")
        corners = self.view.to_frame(self.refined(1.0).polygons[region.cell])
        self.outline = SegmentPath(theme.INK, theme.STRONG).set_segments(corners, np.roll(corners, -1, axis=0))
        self.outline.set_z_index(3)
        kinds = (
            ("in the outlined region", theme.INK, region.inside),
            ("at all other points", theme.QUIET, ~region.inside),
        )
        name = text("mean residual", theme.QUIET).move_to((self.panel.left, self.panel.up(0.3), 0.0), aligned_edge=LEFT)
        self.means = VGroup(name)
        for column, (words, color, where) in enumerate(kinds):
            number, figure = large_figure(self.panel, column, words, color=color, lift=1.6)
            number.live(lambda where=where: signed(mean_length(vectors()[where])))
            self.means.add(figure)
        elsewhere = [mean_length(found[~region.inside]) for found in (self.residuals.vectors, region.vectors)]
        self.wake()
        self.rest(self.axes, self.strips, self.float_lines, self.rounded_lines, self.same, self.crosses)
        self.say(
            one_region_words(region.largest, elsewhere[1], elsewhere[0]),
            FadeOut(self.shares),
            FadeIn(self.means),
            FadeIn(self.outline),
        )
        self.play(self.turned.animate.set_value(1.0), run_time=theme.LONG)
        self.rest(self.arrows)
        if elsewhere[1] > elsewhere[0]:
            self.say("So each region needs a map of its own")
        self.hold_caption()

    def open_hard_case(self) -> None:
        # The viewer sees the stage emptied for another network: its layers, which narrow, and its data.
        self.beat("the hard case")
        gone = [self.arrows, self.arrow_words, self.legend, self.same, self.crosses]
        gone += [self.strips, self.float_lines, self.rounded_lines]
        gone += [self.shares] if self.region is None else [self.means, self.outline]
        widths = self.hard.widths
        narrow = number_word(min(widths[1:-1]))
        self.say(f"A harder case: another network, narrowing to {narrow} units", FadeOut(*gone), run_time=theme.BRIEF)
        self.wake()
        self.take(self.second)
        self.window = fit_window(self.data.points)
        if not self.view.window.contains(self.points).all():
            self.play(self.axes.zoom(self.window), run_time=theme.BRIEF)
        self.clouds = class_clouds(self.view, self.points, self.labels, lambda points: points)
        panel = self.panel
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 0.6, panel.top - 0.7)
        self.sketch = NetworkSketch(zone, widths)
        here = (self.axes.zoom(self.window), FadeIn(self.clouds), FadeIn(self.sketch))
        self.play(*here, *self.change_badge(self.regime()), run_time=theme.STEADY)

    def round_hard_case(self) -> None:
        # The viewer sees the accuracy before and after rounding as bars, and rings around all that is wrong then.
        self.beat("the hard case rounded")
        self.rest(self.axes, self.clouds)
        self.grown = ValueTracker(0.0)
        grown, hard, count = self.grown, self.hard, len(self.points)
        rings = MarksWhere(
            self.view, self.points, lambda points: points, lambda _: hard.wrong(grown.get_value())[:count], radius=0.1
        )
        self.recovery = RecoveryPanel(
            self.panel, hard, self.net.parameter_count, self.learned.population, grown.get_value
        )
        bars = self.recovery.bars
        self.say(
            f"Rounded to {self.story_bits} bits, it is wrong at the ringed points",
            FadeOut(self.sketch),
            FadeIn(bars.chart),
            FadeIn(self.recovery.name),
            run_time=theme.BRIEF,
        )
        self.add(bars, rings)
        self.play(grown.animate.set_value(2.0), run_time=theme.LONG)

    def compare_corrections(self) -> None:
        # The viewer sees the bars of the corrections grow, each with its control, while the rings come and go.
        self.beat("corrections compared")
        bias, affine, low_rank = (f"{percent(each.accuracy)} %" for each in self.hard.corrected)
        self.say(
            f"Bias correction reaches {bias}, an affine map per layer {affine}",
            self.grown.animate.set_value(4.0),
            run_time=2 * theme.LONG,
        )
        last, most = self.hard.corrected[-1], largest_rank(self.net)
        exact = ": no matrix here has a higher rank" if last.rebuilds and last.rank >= most else ""
        self.say(f"Rank {last.rank} reaches {low_rank}{exact}", self.grown.animate.set_value(5.0), run_time=theme.LONG)
        self.play(FadeIn(self.recovery.control), FadeIn(self.recovery.cost), run_time=theme.STEADY)
