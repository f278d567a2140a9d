"""Scene 4: where no single map can help: across a crease that moved, where every map leaves straight what bends."""

from typing import Any

from manim import rate_functions

from quantization_story.figures.topology_failure import (
    TopologyFailureFigures,
    axis_words,
    badges,
    base_words,
    captions,
    counted_words,
    least_words,
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
    """Where no single map can help: across a crease that moved; elsewhere each piece needs a map of its own."""

    needs = NetworkRequirements(inputs=2, outputs=2, output_plane=True, hidden_layers=1, most_units=40, rounding=True)
    figures: TopologyFailureFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_where()
        self.lay_one_map()
        self.colour_by_pattern()
        self.go_back()
        self.open_strips()
        self.go_near()
        self.walk_through()
        self.try_a_ruler()
        self.weigh_errors()
        self.try_two_pieces()
        self.give_each_its_own()
        self.press_a_piece()
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
        picture = self.scenery
        self.grid, self.float_marks = picture.make_output_grid(), picture.make_float()
        self.moving, self.threads = picture.make_moving(), picture.make_threads()
        self.same, self.others = picture.make_same(), picture.make_others()
        self.ring, self.cross = picture.make_ring(), picture.make_hero_cross()
        self.picture = self.moving
        self.badge_text = self.state()
        self.open_stage()
        self.remove(self.badge)
        self.badge = self.make_badge(self.state)
        self.add(self.badge)
        self.start_drift()

    def state(self) -> str:
        """What the picture shows now."""
        picture = self.scenery
        rounded, trial = picture.rounded.get_value(), picture.trial.get_value()
        floats, rounding, weights, one = self.badges[:4]
        if rounded < 1:
            return rounding if rounded > 0 else floats
        if picture.mapped.get_value() < 1:
            return weights
        if trial > 0:
            return self.badges[-2] if self.figures.tried and trial <= 2 else self.badges[-1]
        return one

    # --- the beats

    def ask_where(self) -> None:
        # The viewer sees the outputs of the float network; rounding drags them away, each on a thread.
        self.beat("question")
        picture = self.scenery
        self.add(self.grid)
        zone = theme.middle_zone()
        corner = zone.left + 1.4, zone.top - 0.6
        self.plane_name = self.plate("outputs", corner)
        self.ask(Appear(self.float_marks, run_time=1.0), Appear(self.plane_name, run_time=1.0))
        self.play(Appear(self.threads), Appear(self.moving), run_time=theme.BRIEF)
        self.play(picture.rounded.animate.set_value(1.0), run_time=2.5)
        self.names = [
            self.plate(name, (zone.left + 3.6, zone.center[1] + height), picture.twin_place(rounded))
            for name, height, rounded in (("float", 1.3, False), ("rounded", 0.1, True))
        ]
        self.play(*map(Appear, self.names), run_time=theme.BRIEF)

    def lay_one_map(self) -> None:
        # The viewer sees one map take them back, in violet, all but short threads.
        self.beat("one map")
        self.say_for("map", self.scenery.mapped.animate.set_value(1.0))

    def colour_by_pattern(self) -> None:
        # The viewer sees green discs where the same ReLUs are on, red crosses where others are, and one in a ring.
        self.beat("patterns")
        gone = [Vanish(each, run_time=1.0) for each in (self.float_marks, self.threads, self.moving, *self.names)]
        come = [Appear(each, run_time=1.0) for each in (self.same, self.others, self.cross, self.ring)]
        zone = theme.middle_zone()
        self.count = self.plate(
            counted_words(self.figures),
            (zone.right - 2.0, zone.bottom + 0.8),
            self.scenery.hero_place,
            color=theme.CROSSED,
            name="others",
        )
        self.say_for("patterns", *gone, *come)
        self.picture = self.same
        self.play(Appear(self.count), run_time=theme.BRIEF)
        self.hold_caption(QUIET)

    def go_back(self) -> None:
        # The viewer sees every point go straight to its input, the ringed cross with them.
        self.beat("back")
        picture = self.scenery
        zone = theme.middle_zone()
        self.play(Vanish(self.count), Vanish(self.plane_name), run_time=theme.BRIEF)
        self.plane_name = self.plate("inputs", (zone.left + 1.4, zone.top - 0.6))
        self.input_grid = picture.make_input_grid(self.above.walk_pose())
        grids = Vanish(self.grid, run_time=1.5), Appear(self.input_grid, run_time=4.0)
        self.say_for("back", picture.back.animate.set_value(1.0), *grids, run_time=4.0)
        self.play(Appear(self.plane_name), run_time=theme.BRIEF)

    def open_strips(self) -> None:
        # The viewer sees the float creases; then the weights are rounded, dashed creases leave them, red strips open.
        self.beat("strips")
        picture = self.scenery
        self.red_strips, self.solid = picture.make_strips(), picture.make_float_creases()
        self.dashed = picture.make_rounded_creases()
        self.say_for(
            "strips",
            picture.rounded.animate.set_value(0.0),
            Vanish(self.cross, run_time=1.0),
            Appear(self.solid, run_time=1.0),
            run_time=1.6,
        )
        self.play(Appear(self.red_strips), Appear(self.dashed), run_time=theme.BRIEF)
        self.play(picture.rounded.animate.set_value(1.0), run_time=ROUND)
        self.add(self.cross)

    def go_near(self) -> None:
        # The viewer flies to the ringed cross, in its strip, which lies level; a small map tells where that is.
        self.beat("near")
        picture = self.scenery
        away = Vanish(self.plane_name, run_time=theme.BRIEF)
        self.say_for("walk", picture.view.fly_to(self.above.walk_pose()), away)

    def walk_through(self) -> None:
        # The viewer sees the strip go on upward as the band of a chart; a probe walks through it, twice.
        self.beat("walk")
        walk, zone = self.places.walk, theme.middle_zone()
        self.chart = self.above.make_chart()
        self.float_curve, self.mapped_curve = self.above.make_float_curve(), self.above.make_mapped_curve()
        probe = self.above.make_probe(self.above.walked)
        self.axis = self.plate(axis_words(self.figures), self.above.axis_place(), name="axis")
        come = [Appear(each, run_time=1.0) for each in (self.chart, self.axis)]
        self.say_for("float", *come, self.side_card(self.above.make_map()))
        self.picture = self.chart
        self.add(self.float_curve, probe)
        self.play(self.above.walked.animate.set_value(1.0), run_time=WALK, rate_func=rate_functions.linear)
        self.names = [self.plate("float", (zone.left + 1.6, zone.top - 0.6), self.above.curve_place(walk.exact, 0.95))]
        self.play(Appear(self.names[0]), Vanish(probe), run_time=theme.BRIEF)
        probe = self.above.make_probe(self.above.walked_mapped)
        self.say_for("mapped")
        self.add(self.mapped_curve, probe)
        self.play(self.above.walked_mapped.animate.set_value(1.0), run_time=WALK, rate_func=rate_functions.linear)
        place = self.above.curve_place(walk.mapped, 0.8)
        self.names.append(self.plate("rounded, with the map", (zone.left + 4.3, zone.top - 0.6), place))
        self.play(Appear(self.names[1]), Vanish(probe), run_time=theme.BRIEF)

    def try_a_ruler(self) -> None:
        # The viewer sees a straight ruler laid on: right on one side of the solid crease, on the other, on neither.
        self.beat("ruler")
        self.ruler = self.above.make_ruler()
        gone = Vanish(self.mapped_curve, run_time=1.0), Vanish(self.names[1], run_time=1.0)
        self.say_for("ruler", Appear(self.ruler, run_time=1.0), *gone)
        self.say_for("sides", self.above.dial.animate.set_value(1.0), run_time=SWING)
        self.hold_caption(1.0)
        self.play(self.above.dial.animate.set_value(2.0), run_time=SWING)
        self.beat("least")
        self.say_for("least", self.above.dial.animate.set_value(3.0), run_time=SWING)
        zone, words = theme.middle_zone(), least_words(self.figures)
        output = f"of output {self.figures.output}"
        self.miss = self.plate(
            words, (zone.center[0] - 1.0, zone.top - 1.0), self.above.miss_place, unit=output, name="least"
        )
        self.play(Appear(self.miss), run_time=theme.BRIEF)
        self.hold_caption(1.0)

    def weigh_errors(self) -> None:
        # The viewer flies back out; marks become as large as their errors, and one bar holds them all.
        self.beat("area")
        picture = self.scenery
        gone = [self.miss, self.ruler, self.names[0], self.axis, self.float_curve, self.chart]
        self.play(self.hush(), self.clear_card(), *map(Vanish, gone), run_time=0.8)
        self.play(picture.view.fly_to(picture.home), run_time=2.0)
        self.picture = self.solid
        self.bar = self.errors.make_bar(base_words(self.figures))
        for name, thing in (("red", self.bar.red_number), ("green", self.bar.green_number), ("base", self.bar.base)):
            self.name_figure(name, thing)
        self.say_for("area", picture.sized.animate.set_value(1.0), Vanish(self.cross), Appear(self.bar, run_time=1.0))
        self.hold_caption(1.0)

    def try_two_pieces(self) -> None:
        # The viewer sees two green pieces: the map of one ruins the other, and the other way round.
        if not self.figures.tried:
            return
        self.beat("trial")
        picture = self.scenery
        assert self.places.tried is not None
        lit = [self.errors.make_piece(piece) for piece in self.places.tried]
        letters = [
            self.letter(name, piece) for name, piece in zip(("piece A", "piece B"), self.places.tried, strict=True)
        ]
        come = [Appear(each, run_time=1.0) for each in (*lit, *letters)]
        self.say_for("A", *come)
        self.play(picture.trial.animate.set_value(1.0), run_time=2.5)
        self.hold_caption(0.5)
        self.say_for("B", picture.trial.animate.set_value(2.0), run_time=3.0)
        self.hold_caption(1.0)
        self.pieces = lit, letters

    def letter(self, name: str, piece: int) -> Any:
        """A plate with the name of a piece, beside it, away from the other one."""
        place = self.errors.piece_place(piece)
        return self.plate(name, place() + self.errors.away(piece), place)

    def give_each_its_own(self) -> None:
        # The viewer sees one green piece after the other get its own map: its marks shrink, and the bar with them.
        self.beat("own")
        picture = self.scenery
        first = 3 if self.figures.tried else 1
        self.done = self.errors.make_done()
        if self.figures.tried:
            lit, letters = self.pieces
            self.say_for(
                "own",
                picture.trial.animate.set_value(first),
                *(Vanish(each, run_time=1.0) for each in letters),
                run_time=2.0,
            )
            self.remove(*lit)
            self.add(self.done)
        else:
            self.say_for("own", picture.trial.animate.set_value(first), Appear(self.done, run_time=1.0))
        for stop in range(first + 1, len(self.places.trials)):
            self.play(picture.trial.animate.set_value(stop), run_time=TURN)
        if self.places.unfitted is not None:
            zone = theme.middle_zone()
            self.lone = self.plate(
                "too few points to fit a map", (zone.right - 2.6, zone.bottom + 1.0), self.errors.lone_place
            )
            self.play(Appear(self.lone), run_time=theme.BRIEF)
        self.hold_caption(1.0)
        if self.places.unfitted is not None:
            self.play(Vanish(self.lone), run_time=theme.BRIEF)

    def press_a_piece(self) -> None:
        # The viewer sees one piece go to its outputs, a line there: two of its points land together, their twins apart.
        if not self.figures.pressed:
            return
        self.beat("pressed")
        pressed = self.errors.make_pressed()
        hidden = (
            self.same,
            self.others,
            self.red_strips,
            self.solid,
            self.dashed,
            self.done,
            self.ring,
            self.input_grid,
        )
        come = [Appear(pressed, run_time=1.0), *(Vanish(each, run_time=1.0) for each in hidden)]
        self.say_for("pressed", *come)
        self.picture = pressed
        self.play(self.errors.pressed.animate.set_value(1.0), run_time=3.0)
        twins = self.errors.make_twins()
        self.play(Appear(twins), run_time=1.0)
        self.hold_caption(1.0)
        self.play(Vanish(twins), Vanish(pressed), run_time=theme.BRIEF)
        self.play(*(Appear(each, run_time=1.0) for each in hidden))
        self.picture = self.solid

    def say_where(self) -> None:
        # The viewer sees the strips, the creases on both sides of each, and what no map takes away.
        self.beat("answer")
        self.answer_for()
