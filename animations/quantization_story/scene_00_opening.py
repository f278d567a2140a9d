"""Scene 0, the opening: a network's margin as a folded sheet over the tie, and why rounding sinks a whole arm."""

from typing import Any

import numpy as np

from quantization_story.analysis.partition_shift import MOST_NEURONS
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.opening import (
    DRAWN,
    MARK_NAMES,
    OpeningFigures,
    aside_words,
    captions,
    drawn_words,
    fall_words,
    measure,
)
from quantization_story.mobjects.weight_gauges import WeightGauges
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.opening import MarginPicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.manim_internals import prepare_animation
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

AGAIN = 1.6  # seconds for a way back
PRESS, SLOW = 5.2, 3.0  # seconds for rounding what breaks much, and what breaks little
GAUGES = (2.6, 4.9)  # the width and the height of the network with its gauges, in frame units


class OpeningScene(QuestionStage, NetworkScene):
    """The question of the story: weights are rounded a little and an arm is lost; one weight, creases, or pieces?"""

    needs = NetworkRequirements(
        inputs=2,
        own_inputs=True,
        hidden_layers=1,
        most_units=MOST_NEURONS,
        most_classes=len(MARK_NAMES),
        task=True,
        rounding=True,
    )
    figures: OpeningFigures
    shown_points = DRAWN

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_why()
        self.raise_the_sheet()
        self.press()
        self.try_each_weight()
        self.watch_a_crease()
        self.switch_only()
        self.tilt_only()
        self.add_up()
        self.close_stage()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> OpeningFigures:
        """What is shown of a network; raises ValueError where rounding breaks nothing, or no piece sinks."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure it, and build the picture and the card of its weights."""
        self.load_story()
        self.tell(captions(self.figures))
        places = self.places = self.figures.places
        middle = theme.middle_zone()
        card = theme.SIDE_CARD_SHARE * middle.width
        left = theme.Zone(middle.left + theme.MARGIN, middle.right - card - 2 * theme.MARGIN, middle.bottom, middle.top)
        self.scenery = MarginPicture(places, self.subject.shown(self.shown_points), left, self.drift)
        self.picture = self.scenery.relief
        parts = self.scenery.parts
        self.gauges = WeightGauges(self.net.widths, places.steps, lambda: parts.values, GAUGES, "one rod = one step")
        self.right = self.plate(self.now_right, (middle.left, middle.bottom), unit="% right", name="right")
        self.badge_text = self.state()
        self.open_stage()
        self.remove(self.badge)
        self.badge = self.make_badge(self.state)
        self.add(self.badge)

    def now_right(self) -> str:
        """The accuracy now, on all held-out points, in per cent."""
        return percent(self.scenery.accuracy(self.data.points, self.data.labels))

    def state(self) -> str:
        """Which weights the picture shows now."""
        if self.scenery.rounded == 0:
            return "float weights"
        weights = f"{self.story_bits}-bit weights" if self.scenery.rounded == 1 else "rounding"
        held, only = f"{weights}, ReLUs as before", "float weights, ReLUs as rounded"
        return {"all": weights, "tilt": held, "switch": only}[self.scenery.effect]

    def rounding(self, values: Any, **how: Any) -> Any:
        """The animation that takes the weights to these parts of their way."""
        goal = np.broadcast_to(values, (self.figures.weights,))
        animate: Any = self.scenery.parts.animate
        return (animate(**how) if how else animate).set_values(goal)

    def alone(self, weight: int) -> Any:
        """The parts of the way with one weight rounded."""
        return np.eye(self.figures.weights)[weight]

    def put_back(self, *beside: Any) -> None:
        """Read the caption out and take it away, and all weights back; only then is the next thing asked."""
        moving = [prepare_animation(animation) for animation in beside]
        for animation in moving:
            animation.run_time = AGAIN
        self.play(self.hush(), self.rounding(0.0, run_time=AGAIN), *moving)

    # --- the beats

    def ask_why(self) -> None:
        # The viewer sees the plane from above with all points, then the network with a gauge on each weight.
        self.beat("the question")
        self.scenery.third.set_value(1.0)
        self.start_drift()
        self.add(self.picture)
        self.ask()
        self.say_for("weights", self.side_card(self.gauges))

    def raise_the_sheet(self) -> None:
        # The viewer sees the plane fold up into a sheet, and the floor that is the tie.
        self.beat("the sheet")
        picture = self.scenery
        rise = picture.view.fly(picture.poses.home), picture.third.animate.set_value(0.0)
        if words := aside_words(self.figures):
            aside = self.plate(words, (1.2, -2.6))
            self.say_for("height", *rise, Appear(aside, run_time=1.0))
            self.play(Vanish(aside), run_time=theme.BRIEF)
        else:
            self.say_for("height", *rise)
        self.floor = self.plate("floor = tie", (-6.0, 2.3), picture.floor_place)
        come = Appear(self.floor, run_time=1.0), Appear(self.right, run_time=1.0)
        self.say_for("tie", *come, picture.hero.animate.set_value(1.0))

    def press(self) -> None:
        # The viewer sees all weights slide to their levels at once; the sheet lurches, and an arm sinks.
        self.beat("the press")
        self.say_for("press", self.rounding(1.0), run_time=PRESS, quiet=QUIET)
        self.say_for("under")

    def try_each_weight(self) -> None:
        # The viewer sees the sheet back in place; each weight is rounded alone, and the sheet hardly moves.
        self.beat("one weight")
        self.put_back()
        self.say_for("alone")
        for weight in self.places.order:
            self.play(self.rounding(self.alone(weight)), run_time=0.4)
            self.play(self.rounding(0.0), run_time=0.2)
        self.say_for("alone found", self.rounding(self.alone(self.figures.worst_weight)), run_time=SLOW)
        self.put_back()

    def watch_a_crease(self) -> None:
        # The viewer sees one crease from near, which slides as the weights are rounded; a red strip opens.
        self.beat("the creases")
        picture = self.scenery
        self.play(self.clear_card(), Vanish(self.floor), run_time=theme.BRIEF)
        self.say_for("creases", picture.view.fly(picture.poses.crease), picture.creases.animate.set_value(1.0))
        picture.kinds.set_value(1.0)
        self.say_for("slide", self.rounding(1.0), run_time=PRESS - 1)
        if self.places.extreme is not None:
            named = self.plate("other ReLUs on", (3.5, 2.2), lambda: picture.place(self.places.extreme))
            self.play(Appear(named), picture.extreme.animate.set_value(1.0), run_time=theme.BRIEF)
            self.hold_caption(QUIET)
            self.play(Vanish(named), picture.extreme.animate.set_value(0.0), run_time=theme.BRIEF)

    def switch_only(self) -> None:
        # The viewer sees the sheet back; only the red strips move, and nothing is lost.
        self.beat("only the ReLUs")
        picture = self.scenery
        self.put_back(picture.view.fly(picture.poses.home))
        picture.effect = "switch"
        self.say_for("switched", self.rounding(1.0), run_time=SLOW)

    def tilt_only(self) -> None:
        # The viewer sees the pieces tilt with every crease held, and one of them swing away from its blue ghost.
        self.beat("only the pieces")
        picture = self.scenery
        self.put_back(picture.creases.animate.set_value(0.0), picture.view.fly(picture.poses.piece))
        picture.effect = "tilt"
        picture.ghost.set_value(1.0)
        self.say_for("tilt", self.rounding(1.0), run_time=PRESS)
        self.say_for("tilted")

    def add_up(self) -> None:
        # The viewer sees one disc of that piece from the side, and its height above the tie as a bar; then a stack
        # beside it, on which each weight lays its own push, until it has passed the tie.
        self.beat("the pushes")
        picture = self.scenery
        trackers = (picture.kinds, picture.ghost)
        self.put_back(picture.view.fly(picture.poses.side), *(each.animate.set_value(0.0) for each in trackers))
        picture.effect = "all"
        marks = (
            self.plate("height", (-6.2, 2.2), picture.height_place),
            self.plate("tie", (-6.2, 0.9), picture.zero_place),
            self.plate(drawn_words(self.figures), (1.2, 2.5), name="drawn"),
        )
        lit = picture.ruler.animate.set_value(1.0), picture.spot.animate.set_value(1.0)
        # Those that lie on a level are there already.
        done = np.isin(np.arange(self.figures.weights), self.places.order, invert=True).astype(float)
        self.say_for("hero", *lit, self.rounding(done), self.side_card(self.gauges), *map(Appear, marks), run_time=1.5)
        self.say_for("pushes")
        for weight in self.places.order:
            done = done + self.alone(weight)
            self.play(self.rounding(done), run_time=0.75)
        self.hold_caption(QUIET)
        fall = self.plate(fall_words(self.figures), (-2.3, -0.25), picture.stack_place, name="fall")
        self.answer_for(Vanish(marks[-1], run_time=theme.BRIEF), Appear(fall, run_time=1.0))
