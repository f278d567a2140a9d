"""Scene 4: where no single map can help: a map for each rounded piece, and strips in which none bends with float."""

from typing import Any

from manim import rate_functions

from quantization_story.figures.topology_failure import (
    TopologyFailureFigures,
    badges,
    base_words,
    captions,
    measure,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.topology_failure.errors import ErrorPicture
from quantization_story.pictures.topology_failure.points import StripPicture
from quantization_story.pictures.topology_failure.walk import WalkChart
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

ROUND, WALK, SWING, TURN = 4.0, 2.8, 1.7, 0.7  # seconds: rounding, a walk, a swing of the ruler, a piece's own map


class TopologyFailureScene(QuestionStage, NetworkScene):
    """Where no single map can help: where a crease moved, float bends inside one piece of the rounded network."""

    needs = NetworkRequirements(inputs=2, outputs=2, output_plane=True, hidden_layers=1, most_units=40, rounding=True)
    figures: TopologyFailureFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_where()
        self.lay_one_map()
        self.go_back()
        self.open_strips()
        self.colour_by_pattern()
        self.weigh_errors()
        self.give_each_its_own()
        self.go_near()
        self.walk_through()
        self.try_a_ruler()
        self.say_where()
        self.close_stage()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> TopologyFailureFigures:
        """What is shown of a network; raises ValueError where no strip can be walked through."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure it, and build the points and the ring."""
        self.load_story()
        self.tell(captions(self.figures))
        self.places = self.figures.places
        self.scenery = StripPicture(self.places, self.drift)
        self.above, self.errors = WalkChart(self.scenery), ErrorPicture(self.scenery)
        self.badges = badges(self.figures)
        self.charted = False
        picture = self.scenery
        self.grid, self.float_marks = picture.make_output_grid(), picture.make_float()
        self.moving, self.threads = picture.make_moving(), picture.make_threads()
        self.same, self.others = picture.make_same(), picture.make_others()
        self.ring = picture.make_ring()
        self.picture = self.moving
        self.badge_text = self.state()
        self.open_stage(self.state)
        self.start_drift()

    def state(self) -> str:
        """What the picture shows now."""
        picture = self.scenery
        rounded, trial = picture.rounded.get_value(), picture.trial.get_value()
        floats, rounding, weights, one = self.badges[:4]
        if self.charted:
            return self.badges[-1] if self.above.dial.get_value() > 0 else one
        if rounded < 1:
            return rounding if rounded > 0 else floats
        if picture.mapped.get_value() < 1:
            return weights
        if trial > 0:
            return self.badges[-3]
        return one

    def name_plane(self, name: str) -> Any:
        """The plate that says which plane this is."""
        zone = theme.middle_zone()
        self.plane_name = self.plate(name, (zone.left + 1.4, zone.top - 0.6))
        return self.plane_name

    # --- the beats

    def ask_where(self) -> None:
        # The viewer sees the outputs of the float network; rounding drags them away, each on a thread.
        self.beat("question")
        picture = self.scenery
        self.add(self.grid)
        self.ask(Appear(self.float_marks, run_time=1.0), Appear(self.name_plane("outputs"), run_time=1.0))
        self.play(Appear(self.threads), Appear(self.moving), run_time=theme.BRIEF)
        self.play(picture.rounded.animate.set_value(1.0), run_time=2.5)
        zone = theme.middle_zone()
        self.names = [
            self.plate(name, (zone.left + 3.6, zone.center[1] + height), picture.twin_place(rounded))
            for name, height, rounded in (("float", 1.3, False), ("rounded", 0.1, True))
        ]
        self.play(*map(Appear, self.names), run_time=theme.BRIEF)

    def lay_one_map(self) -> None:
        # The viewer sees one map take them back, in violet, all but short threads.
        self.beat("map")
        gone = [Vanish(each, run_time=1.0) for each in self.names]
        self.say_for("map", self.scenery.mapped.animate.set_value(1.0), *gone)

    def go_back(self) -> None:
        # The viewer sees every point go straight to its input, and turn blue: nothing is rounded yet.
        self.beat("back")
        picture = self.scenery
        gone = [Vanish(each, run_time=1.0) for each in (self.float_marks, self.threads, self.plane_name)]
        self.input_grid = picture.make_input_grid(self.above.walk_pose())
        grids = Vanish(self.grid, run_time=1.5), Appear(self.input_grid, run_time=3.0)
        self.say_for("back", picture.back.animate.set_value(1.0), *gone, *grids, run_time=3.0)
        self.inputs = picture.make_inputs()
        picture.rounded.set_value(0.0)
        picture.mapped.set_value(0.0)
        come = [Appear(each, run_time=theme.BRIEF) for each in (self.inputs, self.name_plane("inputs"))]
        self.play(Vanish(self.moving, run_time=theme.BRIEF), *come)
        self.picture = self.inputs

    def open_strips(self) -> None:
        # The viewer sees the float creases; then the weights are rounded, dashed creases leave them, red strips open.
        self.beat("strips")
        picture = self.scenery
        self.red_strips, self.solid = picture.make_strips(), picture.make_float_creases()
        self.dashed = picture.make_rounded_creases()
        self.say_for("creases", Appear(self.solid, run_time=1.0))
        self.say_for("strips", Appear(self.red_strips, run_time=theme.BRIEF), Appear(self.dashed, run_time=theme.BRIEF))
        self.play(picture.rounded.animate.set_value(1.0), run_time=ROUND)

    def colour_by_pattern(self) -> None:
        # The viewer sees the points in the strips become red crosses, all others green discs.
        self.beat("colours")
        come = [Appear(each, run_time=1.0) for each in (self.same, self.others)]
        self.say_for("colours", Vanish(self.inputs, run_time=1.0), *come)
        self.picture = self.same

    def weigh_errors(self) -> None:
        # The viewer sees marks become as large as the errors that the one map leaves, and one bar hold them all.
        self.beat("area")
        self.bar = self.errors.make_bar(base_words(self.figures))
        self.name_bar()
        self.hold_caption()
        self.scenery.mapped.set_value(1.0)
        self.say_for("area", self.scenery.sized.animate.set_value(1.0), Appear(self.bar, run_time=1.0))

    def name_bar(self) -> None:
        """Say what shows the shares."""
        for name, thing in (("red", self.bar.red_number), ("green", self.bar.green_number), ("base", self.bar.base)):
            self.name_figure(name, thing)

    def give_each_its_own(self) -> None:
        # The viewer sees one piece after the other get its own map: green shrinks, and the bar with it; red stays. Then
        # one piece alone, and the strip in it.
        self.beat("own")
        self.done = self.errors.make_done()
        self.add(self.done)
        self.say_for("own")
        for stop in range(1, len(self.places.trials)):
            self.play(self.scenery.trial.animate.set_value(stop), run_time=TURN)
        self.piece = self.errors.make_piece()
        come = [Appear(each, run_time=1.0) for each in (self.piece, self.ring, *self.name_piece())]
        self.say_for("share", Vanish(self.done, run_time=1.0), *come)

    def name_piece(self) -> list[Any]:
        """The plates that say which piece is lit, and where its strip is."""
        zone = theme.middle_zone()
        left = zone.left + 2.4
        self.names = [
            self.plate(
                "one piece, one map", (left, zone.center[1] - 0.4), self.errors.piece_place(), color=theme.REPAIRED
            ),
            self.plate("its strip", (left, zone.top - 1.6), self.scenery.hero_place, color=theme.CROSSED),
        ]
        return self.names

    def go_near(self) -> None:
        # The viewer sees the bar leave, one strip named, and flies into it until a walk through it lies level.
        self.beat("near")
        picture = self.scenery
        piece, here = self.names
        away = [Vanish(each, run_time=1.0) for each in (self.plane_name, self.bar, piece)]
        self.say_for("near", *away)
        flight = picture.view.fly_to(self.above.walk_pose()), picture.sized.animate.set_value(0.0)
        self.play(Vanish(here, run_time=theme.BRIEF), *flight, run_time=5.0)
        picture.trial.set_value(0.0)
        self.charted = True

    def walk_through(self) -> None:
        # The viewer sees the strip go on upward as the band of a chart; a probe walks through it, twice.
        self.beat("walk")
        walk, zone = self.places.walk, theme.middle_zone()
        self.chart = self.above.make_chart()
        self.float_curve, self.mapped_curve = self.above.make_float_curve(), self.above.make_mapped_curve()
        probe = self.above.make_probe(self.above.walked)
        self.axis = self.plate("an output", self.above.axis_place())
        names = ("strip", 1), ("rest of its piece", 2)
        columns = [self.plate(name, self.above.column_place(column)) for name, column in names]
        come = [Appear(each, run_time=1.0) for each in (self.chart, self.axis, *columns)]
        self.say_for("float", *come, self.side_card(self.above.make_map()))
        self.picture = self.chart
        self.add(self.float_curve, probe)
        self.play(self.above.walked.animate.set_value(1.0), run_time=WALK, rate_func=rate_functions.linear)
        high, (first, second) = zone.top - 0.6, self.above.on_walk(walk.corners[1:3])[:, 0]
        aside = max(first + 0.85, self.axis.get_right()[0] + 0.9)
        self.names = [self.plate("float", (aside, high), self.above.curve_place(walk.exact, 0.25))]
        self.play(Appear(self.names[0]), Vanish(probe), run_time=theme.BRIEF)
        probe = self.above.make_probe(self.above.walked_mapped)
        self.say_for("mapped")
        self.add(self.mapped_curve, probe)
        self.play(self.above.walked_mapped.animate.set_value(1.0), run_time=WALK, rate_func=rate_functions.linear)
        place = self.above.curve_place(walk.mapped, 0.8)
        self.names.append(self.plate("rounded, with a map", (second + 1.0, high), place))
        self.play(Appear(self.names[1]), Vanish(probe), run_time=theme.BRIEF)

    def try_a_ruler(self) -> None:
        # The viewer sees other maps tilt the rounded output: right beyond the strip, right in it, wrong in both.
        self.beat("ruler")
        self.ruler, dial = self.above.make_ruler(), self.above.dial
        gone = Vanish(self.mapped_curve, run_time=1.0), Vanish(self.names[1], run_time=1.0)
        self.play(Appear(self.ruler), *gone, run_time=1.0)
        self.say_for("ruler", dial.animate.set_value(1.0), run_time=2 * SWING)
        self.say_for("sides", dial.animate.set_value(2.0), run_time=2 * SWING)
        self.say_for("least", dial.animate.set_value(3.0), run_time=2 * SWING, quiet=QUIET)

    def say_where(self) -> None:
        # The viewer sees the strip with its two bends, and beside it what more maps take away, and what stays.
        self.beat("answer")
        self.play(self.hush(), self.clear_card(), run_time=theme.BRIEF)
        self.scenery.trial.set_value(float(len(self.places.trials) - 1))
        self.bar = self.errors.make_last_bar(base_words(self.figures))
        self.name_bar()
        self.answer_for(Appear(self.bar, run_time=1.0), Appear(self.bar.make_gone(), run_time=1.0))
