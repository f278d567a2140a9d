"""Scene 3: what rounding moved, one affine map lays back: exactly before the ReLUs, mostly at the output."""

from typing import Any, cast

from manim import Animation, rate_functions

from quantization_story.core.shown_numbers import percent
from quantization_story.figures.linear_correction import (
    DRAWN,
    LinearCorrectionFigures,
    badge,
    captions,
    measure,
    stations,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.linear_correction import PARTS, TwoPlanes
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

PULL = 6.0  # seconds for the four parts of a map
AGAIN = 1.6  # seconds for a way back
TURN, FOLD = 2.0, 0.5  # seconds for the motions of a layer, forward or backward


class LinearCorrectionScene(QuestionStage, NetworkScene):
    """Is a rounded network broken, or only moved? One affine map lays back what its weights moved, but not all."""

    needs = NetworkRequirements(
        inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4, task=True, rounding=True
    )
    figures: LinearCorrectionFigures
    shown_points = DRAWN

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_the_question()
        self.join_the_twins()
        self.find_the_lost()
        self.go_back()
        self.pull_the_sheet()
        self.fold_both()
        self.lean()
        self.go_on()
        self.color_by_pattern()
        self.pull_again()
        self.try_on_float()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> LinearCorrectionFigures:
        """What is shown of a network; raises ValueError where rounding loses nothing, or loses a direction."""
        return measure(subject)

    def prepare(self) -> None:
        """Load both networks, measure, and build the planes with what rides on them."""
        self.load_story()
        self.tell(captions(self.figures))
        places = self.places = self.figures.places
        self.planes = TwoPlanes(places, self.data, (self.net(self.data.points), self.quantized(self.data.points)))
        self.view = self.planes.look(self.drift)
        self.floats, self.rounded = self.planes.make_floats(), self.planes.make_rounded()
        self.threads = self.planes.make_threads()
        self.followed = self.hero(self.planes.hero_place)
        self.hero_thread = self.planes.make_hero_thread()
        self.picture = self.floats
        self.badge_text = self.state()
        self.open_stage(self.state)
        self.start_drift()

    def state(self) -> str:
        """What the picture shows now."""
        return badge(self.figures, self.planes.mapped, self.planes.on_float)

    def corner(self, row: int = 0) -> tuple[float, float]:
        """The free corner where a number about the whole picture stands."""
        zone = theme.middle_zone()
        return zone.right - 1.5, zone.top - 1.0 - 1.7 * row

    def right_plate(self) -> Any:
        """The accuracy now."""
        return self.plate(lambda: percent(self.planes.reached()), self.corner(), unit="% right", name="right")

    # --- the beats

    def ask_the_question(self) -> None:
        # The viewer sees the float network's outputs in blue, and the rounded one's come beside them in orange.
        self.beat("question")
        self.add(self.floats)
        self.ask(Appear(self.rounded, run_time=theme.LONG))

    def join_the_twins(self) -> None:
        # The viewer sees a thread from each orange point to the same input's blue one.
        self.beat("twins")
        self.say_for("twins", Appear(self.threads, run_time=theme.LONG))

    def find_the_lost(self) -> None:
        # The viewer sees the sectors of the classes, a ring around each point outside its own, and one of them white.
        self.beat("wrong")
        self.sectors, self.rings, self.right = self.planes.make_sectors(), self.planes.make_rings(), self.right_plate()
        self.strip, names = self.planes.make_strip(stations(self.figures))
        self.name_figure("stations", names)
        come = [self.sectors, self.rings, self.right, self.hero_thread, self.followed, self.strip]
        self.say_for("wrong", *(Appear(each, run_time=theme.LONG) for each in come))

    def go_back(self) -> None:
        # The viewer sees all motions of the layers undone, back to the plane that layer 1 made.
        self.beat("back")
        gone = [Vanish(each, run_time=theme.STEADY) for each in (self.sectors, self.rings, self.right)]
        self.say_for("back", *gone)
        self.travel(self.places.first)

    def travel(self, goal: int) -> None:
        """Take both networks' points to a progress, motion by motion, and the view along."""
        planes = self.planes
        for step, turned in planes.way_to(goal):
            seconds = TURN if turned else theme.STEADY if step == goal else FOLD
            follow = [self.view.fly_to(planes.pose_at(step))] if turned or step == goal else []
            self.play(self.moving(planes.progress, step, seconds), *follow, run_time=seconds)

    def pull_the_sheet(self) -> None:
        # The viewer sees an orange grid over a blue one, pulled by its corners until it lies on it; all threads close.
        self.beat("pull")
        places, planes = self.places, self.planes
        planes.take_map(places.exact, places.folded)
        self.still, self.sheet = planes.make_sheet(places.floats(places.first))
        self.say_for("sheet", Appear(self.still, run_time=theme.LONG), Appear(self.sheet, run_time=theme.LONG))
        count = self.plate(planes.count_numbers, self.corner(), unit="numbers", name="numbers")
        self.say_for("pull", Appear(count, run_time=theme.BRIEF), self.pulling(PULL))
        self.hold_caption(QUIET)
        self.play(Vanish(count), run_time=theme.BRIEF)

    def pulling(self, seconds: float) -> Animation:
        """The animation that carries out a map, part after part."""
        return self.moving(self.planes.pull, PARTS, seconds, rate_functions.linear)

    def moving(self, tracker: Any, goal: float, seconds: float, rate: Any = rate_functions.smooth) -> Animation:
        """The animation that takes a tracker to a value."""
        return cast(Animation, tracker.animate(run_time=seconds, rate_func=rate).set_value(goal).build())

    def fold_both(self) -> None:
        # The viewer sees a solid and a dashed crease, and each network pressed flat at its own: violet parts from blue.
        self.beat("creases")
        creases = self.creases = self.planes.make_creases()
        self.say_for("creases", *(Appear(each, run_time=theme.STEADY) for each in creases))
        self.play(self.planes.progress.animate.set_value(self.places.pressed_flat), run_time=3.5)
        self.say_for("off", self.view.fly_to(self.planes.at_crease))

    def lean(self) -> None:
        # The viewer sees the map tried another way: the pressed points come closer, the others leave their twins.
        self.beat("lean")
        bars = self.bars = self.planes.make_bars(self.corner())
        self.play(Appear(bars), run_time=theme.BRIEF)
        self.say_for("lean", self.planes.lean.animate.set_value(1.0))
        self.hold_caption()

    def go_on(self) -> None:
        # The viewer sees the map undone, and both networks go on to the output.
        self.beat("on")
        planes = self.planes
        gone = [*self.creases, self.still, self.sheet, self.bars]
        back = [self.moving(tracker, 0.0, AGAIN) for tracker in (planes.lean, planes.pull)]
        self.say_for("on", *back, *(Vanish(each, run_time=AGAIN) for each in gone))
        self.play(self.view.fly_to(planes.at_layer_1), run_time=theme.LONG)
        self.travel(self.places.output)

        places = self.places
        planes.take_map(places.whole, places.whole)
        self.right = self.right_plate()
        come = [self.sectors, self.rings, self.right]
        self.play(*(Appear(each, run_time=theme.STEADY) for each in come))

    def color_by_pattern(self) -> None:
        # The viewer sees the rounded points turn green where their pattern is the float network's, and red elsewhere.
        if not self.figures.splits:
            return
        self.hold_caption()
        self.beat("patterns")
        self.patterns = self.planes.make_patterns()
        self.say_for("patterns", Vanish(self.rounded, run_time=theme.LONG), Appear(self.patterns, run_time=theme.LONG))
        self.say_for("pieces")

    def pull_again(self) -> None:
        # The viewer sees the sheet of the output pulled by its corners, green and red with it, and the rings go out.
        self.beat("repair")
        self.still, self.sheet = self.planes.make_sheet(self.places.floats(self.places.output))
        sheet = [Appear(each, run_time=theme.STEADY) for each in (self.still, self.sheet)]
        self.say_for("repair", *sheet, self.pulling(PULL), quiet=QUIET)
        gone: list[Animation] = [Vanish(self.still), Vanish(self.sheet)]
        if self.figures.splits:
            gone += [Vanish(self.patterns), Appear(self.rounded)]
        self.play(*gone, run_time=theme.STEADY)

    def try_on_float(self) -> None:
        # The viewer sees the same map take the blue points along, and some of them leave their sector.
        self.beat("float")
        planes = self.planes
        gone = [self.rounded, self.threads, self.rings, self.hero_thread, self.followed, self.right]
        self.hold_caption()
        self.play(*(Vanish(each) for each in gone if each in self.mobjects), run_time=theme.BRIEF)
        self.reached = self.plate(
            lambda: f"{percent(self.figures.float_accuracy)} → {percent(planes.float_reached())}",
            (self.corner()[0] - 0.4, self.corner()[1]),
            unit="% right",
            name="float",
        )
        self.astray, self.ghosts = planes.make_float_rings(), planes.make_ghosts()
        come = [Appear(each, run_time=theme.BRIEF) for each in (self.reached, self.astray, self.ghosts)]
        self.say_for("float", planes.shared.animate.set_value(1.0), *come)

    def float_leaves(self) -> list[Animation]:
        """The animations that take the float network's trial off."""
        return [Vanish(each) for each in (self.reached, self.astray, self.ghosts)]

    def answer_the_question(self) -> None:
        # The viewer sees violet on blue in the sectors, with few rings.
        self.beat("answer")
        self.hold_caption()
        self.play(self.planes.shared.animate.set_value(0.0), *self.float_leaves(), run_time=AGAIN)
        come = [self.rounded, self.threads, self.rings, self.hero_thread, self.followed, self.right]
        self.answer_for(*(Appear(each, run_time=theme.LONG) for each in come))
        self.close_stage()
