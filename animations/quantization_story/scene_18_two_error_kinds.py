"""Scene 18: the error of a rounded network told apart by asking what it would be with the ReLUs as they were."""

from typing import Any

from manim import VGroup, linear

from quantization_story.figures.two_error_kinds import (
    ToyNetwork,
    TwoErrorKindsFigures,
    badges,
    captions,
    measure,
)
from quantization_story.pictures.two_error_kinds import LAMPS_NEAR, LinePicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

WALKING = 6.5  # seconds for a walk through all inputs
LAMPS_NAME = "which ReLUs are on"
PAST = 4.0  # and for one past an old crease
METRIC, TOPOLOGICAL = (1.4, -1.2), (-3.4, 2.0)  # where plates stand in a wide frame
BOTH = ("float", "rounded", "differ")  # the rows of the lamps


class TwoErrorKindsScene(QuestionStage):
    """What if the ReLUs had stayed as they were? Green is what is still wrong then, red the rest, in strips alone."""

    toy = ToyNetwork()

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.draw_the_line()
        self.light_the_creases()
        self.round_the_weights()
        self.look_at_the_error()
        self.look_into_a_strip()
        self.lock_the_relu()
        self.pass_the_old_crease()
        self.sweep_all_inputs()
        self.name_them()
        self.answer_the_question()

    @classmethod
    def choose(cls) -> ToyNetwork:
        """The toy that is played."""
        return cls.toy

    @classmethod
    def figures_of(cls, toy: ToyNetwork) -> TwoErrorKindsFigures:
        """All that is shown."""
        return measure(toy)

    def load_story(self) -> None:
        """Take the toy, and work out its figures."""
        self.figures = self.figures_of(self.choose())

    def prepare(self) -> None:
        """Compute what will be shown, and build the picture of one input."""
        self.load_story()
        self.tell(captions(self.figures))
        self.badges = badges(self.figures)
        self.badge_text = self.badges[0]
        places = self.places = self.figures.line
        self.one = LinePicture(places.network, places.quantized, places.line, places.own, self.drift)
        self.low, self.high = places.interval
        self.axis, self.names = VGroup(self.one.make_axis(), self.one.make_ground()), self.one.make_names()
        self.blue, self.creases = self.one.make_float(), self.one.make_creases()
        self.orange, self.walker = self.one.make_rounded(), self.one.make_walker()
        self.picture = self.blue
        self.open_stage()
        self.start_drift()

    def walk(self, to: float) -> Any:
        """The animation that takes the input that is followed to another place."""
        return self.one.probe.animate.set_value(to)

    def draw_the_line(self) -> None:
        # The viewer sees a blue line being drawn across the frame; then an input walks along, its output above it.
        self.beat("a line")
        self.one.drawn.set_value(0.7 * self.low + 0.3 * self.high)
        self.add(self.axis, self.names, self.blue)
        self.ask(self.one.drawn.animate.set_value(self.high))
        self.one.probe.set_value(self.high)
        self.followed = self.hero(self.one.probe_place)
        come = (Appear(each, run_time=theme.BRIEF) for each in (self.walker, self.followed))
        self.say_for("line", *come, self.walk(self.low))

    def light_the_creases(self) -> None:
        # The viewer sees the input walk back; at each bend a lamp switches, and a yellow crease is left.
        self.beat("creases")
        lamps = self.one.make_lamps(LAMPS_NAME, BOTH[:1])
        self.add(self.creases)
        self.say_for("crease", Appear(lamps, run_time=theme.BRIEF))
        self.play(self.walk(self.high), self.one.lit.animate.set_value(self.high), run_time=WALKING, rate_func=linear)
        self.play(*map(Vanish, (lamps, self.walker, self.followed)), run_time=theme.BRIEF)

    def round_the_weights(self) -> None:
        # The viewer sees an orange line leave the blue one; then a dashed crease leave each solid one.
        self.beat("rounded")
        come = Appear(self.orange, run_time=theme.BRIEF)
        self.say_for("rounded", come, self.one.slide.animate.set_value(1.0), *self.change_badge(self.badges[1]))
        self.moved = self.one.make_moved()
        self.say_for("moved", Appear(self.moved, run_time=theme.BRIEF), self.one.shift.animate.set_value(1.0))

    def look_at_the_error(self) -> None:
        # The viewer sees the gap between the two lines filled, and at the input that is followed, as a stick.
        self.beat("the error")
        gap, self.stick = self.one.make_gap(), self.one.make_stick()
        self.one.probe.set_value(self.places.typical)
        self.say_for(
            "error", *(Appear(each, run_time=theme.LONG) for each in (gap, self.stick, self.walker, self.followed))
        )
        self.hold_caption()
        self.play(*map(Vanish, (gap, self.names)), run_time=theme.BRIEF)

    def look_into_a_strip(self) -> None:
        # The viewer goes near to an old and a new crease; the input comes between, where a lamp differs.
        self.beat("one strip")
        middle = sum(self.places.strip) / 2
        self.say_for("near", self.one.view.fly_to(self.one.strip_pose(self.places.strip)), self.walk(middle))
        self.lamps = self.one.make_lamps(LAMPS_NAME, BOTH, LAMPS_NEAR)
        self.say_for("strip", Appear(self.lamps, run_time=theme.STEADY), quiet=QUIET)

    def lock_the_relu(self) -> None:
        # The viewer sees the lamp set back: a green dot where the network would be; then both parts of the gap.
        self.beat("ReLU locked")
        locked = self.one.make_lamps("rounded, but ReLUs as in float", ("float", "locked"), LAMPS_NEAR)
        self.hold_caption()
        self.play(Vanish(self.lamps), run_time=theme.BRIEF)
        self.say_for("locked", Appear(locked, run_time=theme.BRIEF))
        self.one.split.set_value(1.0)
        here = self.plate("rounded, ReLU set back", theme.spot(4.8, 1.9), self.one.held_place, color=theme.SAME)
        self.play(Appear(here), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        self.say_for("green", *map(Vanish, (here, locked)), quiet=QUIET)
        self.hold_caption()
        self.one.split.set_value(2.0)
        self.say_for("red", quiet=QUIET)

    def pass_the_old_crease(self) -> None:
        # The viewer sees the input leave the strip: the cross under the lamps goes, and the red part with it.
        self.beat("past")
        lamps = self.one.make_lamps(LAMPS_NAME, BOTH, LAMPS_NEAR)
        self.hold_caption()
        self.say_for("past", Appear(lamps, run_time=theme.BRIEF))
        self.play(self.walk(self.places.past), run_time=PAST, rate_func=linear)
        self.hold_caption(QUIET)
        self.play(Vanish(lamps), run_time=theme.BRIEF)

    def sweep_all_inputs(self) -> None:
        # The viewer sees the stick walk through all inputs and leave its green and red behind; then the lamps of both.
        self.beat("all inputs")
        back = self.one.view.fly_to(self.one.view.near(0.0, 0.0, 1.0))
        self.say_for("sweep", back, self.walk(self.low), run_time=theme.LONG)
        self.add(self.one.make_green(), self.one.make_red())
        sweep: list[Any] = [self.walk(self.high), self.one.swept.animate.set_value(self.high)]
        self.play(*sweep, run_time=WALKING, rate_func=linear)
        lamps = self.one.make_lamps(LAMPS_NAME, BOTH)
        self.say_for("where", Appear(lamps, run_time=theme.BRIEF))
        self.play(self.walk(self.low), run_time=WALKING, rate_func=linear)
        self.say_for("share", *map(Vanish, (lamps, self.stick, self.walker, self.followed)))

    def name_them(self) -> None:
        # The viewer sees a plate at the green, then one at the red.
        self.beat("names")
        self.one.probe.set_value(sum(self.places.strip) / 2)
        green = self.places.typical
        metric = self.plate("metric", theme.spot(*METRIC), lambda: self.one.green_at(green), color=theme.SAME)
        topological = self.plate("topological", theme.spot(*TOPOLOGICAL), self.one.red_place, color=theme.CROSSED)
        self.say_for("metric", Appear(metric, run_time=theme.STEADY))
        self.say_for("topological", Appear(topological, run_time=theme.STEADY))

    def answer_the_question(self) -> None:
        # The viewer sees both kinds of error between the two lines, with their names.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
