"""Scene 0, the opening: a network's margin as a folded sheet over the tie, and why rounding sinks a whole arm."""

from typing import Any

import numpy as np

from quantization_story.analysis.partition_shift import MOST_NEURONS
from quantization_story.core.wording import percent
from quantization_story.figures.opening import MARK_NAMES, OpeningFigures, aside_words, captions, fall_words, measure
from quantization_story.mobjects.weight_gauges import WeightGauges
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.opening import MarginPicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

AGAIN = 2.0  # seconds for a way back
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
    shown_points = 240

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
        if not self.scenery.parts.values.any():
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

    # --- the beats

    def ask_why(self) -> None:
        # The viewer sees the plane from above with all points, and the network with a gauge on each weight.
        self.beat("the question")
        self.scenery.third.set_value(1.0)
        self.start_drift()
        self.add(self.picture)
        self.ask(self.side_card(self.gauges))

    def raise_the_sheet(self) -> None:
        # The viewer sees the plane fold up into a sheet, and the floor that is the tie.
        self.beat("the sheet")
        picture = self.scenery
        rise = picture.view.fly(picture.poses.home), picture.third.animate.set_value(0.0)
        if words := aside_words(self.figures):
            aside = self.plate(words, (2.2, -2.6))
            self.say_for("height", *rise, Appear(aside, run_time=1.0))
            self.play(Vanish(aside), run_time=theme.BRIEF)
        else:
            self.say_for("height", *rise)
        self.tie = self.plate("tie", (-6.0, 2.3), picture.tie_place)
        self.say_for("tie", Appear(self.tie, run_time=1.0), picture.hero.animate.set_value(1.0))
        self.play(Appear(self.right), run_time=1.0)

    def press(self) -> None:
        # The viewer sees all weights slide to their levels at once; the sheet lurches, and an arm sinks.
        self.beat("the press")
        self.say_for("press", self.rounding(1.0), quiet=QUIET)
        self.say_for("under")

    def try_each_weight(self) -> None:
        # The viewer sees the sheet back in place; each weight is rounded alone, and the sheet hardly moves.
        self.beat("one weight")
        self.say_for("alone", self.rounding(0.0), run_time=AGAIN)
        for weight in self.places.order:
            self.play(self.rounding(self.alone(weight)), run_time=0.4)
            self.play(self.rounding(0.0), run_time=0.3)
        self.say_for("alone found", self.rounding(self.alone(self.figures.worst_weight)), run_time=AGAIN)
        self.play(self.rounding(0.0), run_time=1.0)

    def watch_a_crease(self) -> None:
        # The viewer sees one crease from near, which slides as the weights are rounded; a red strip opens.
        self.beat("the creases")
        picture = self.scenery
        leave = self.clear_card(), Vanish(self.tie), Vanish(self.right)
        self.play(*leave, run_time=theme.BRIEF)
        self.say_for("creases", picture.view.fly(picture.poses.crease), picture.creases.animate.set_value(1.0))
        picture.kinds.set_value(1.0)
        self.say_for("slide", self.rounding(1.0))
        if self.places.extreme is not None:
            named = self.plate("other ReLUs on", (3.5, 2.2), lambda: picture.place(self.places.extreme))
            self.play(Appear(named), picture.extreme.animate.set_value(1.0), run_time=1.0)
            self.hold_caption(1.5)
            self.play(Vanish(named), picture.extreme.animate.set_value(0.0), run_time=theme.BRIEF)

    def switch_only(self) -> None:
        # The viewer sees the sheet back; only the red strips move, and nothing is lost.
        self.beat("only the ReLUs")
        picture = self.scenery
        self.say_for("switched", self.rounding(0.0), picture.view.fly(picture.poses.home), run_time=AGAIN)
        picture.effect = "switch"
        self.play(Appear(self.right, run_time=1.0), self.rounding(1.0, run_time=4.0))
        self.hold_caption(QUIET)

    def tilt_only(self) -> None:
        # The viewer sees the pieces tilt with every crease held, and one of them swing away from its blue ghost.
        self.beat("only the pieces")
        picture = self.scenery
        back = self.rounding(0.0), picture.creases.animate.set_value(0.0), picture.view.fly(picture.poses.piece)
        self.say_for("tilt", *back, run_time=AGAIN)
        picture.effect = "tilt"
        self.play(picture.ghost.animate.set_value(1.0), run_time=1.0)
        self.play(self.rounding(1.0), run_time=5.0)
        self.hold_caption(QUIET)
        self.say_for("tilted")

    def add_up(self) -> None:
        # The viewer sees the same piece pushed down weight after weight, through the floor.
        self.beat("the pushes")
        picture = self.scenery
        back = self.rounding(0.0), picture.kinds.animate.set_value(0.0), picture.view.fly(picture.poses.home)
        lit = picture.spot.animate.set_value(1.0)
        self.say_for("pushes", *back, lit, self.side_card(self.gauges), run_time=AGAIN)
        picture.effect = "all"
        # Those that lie on a level already come with the first that moves.
        done = np.isin(np.arange(self.figures.weights), self.places.order, invert=True).astype(float)
        for weight in self.places.order:
            done = done + self.alone(weight)
            self.play(self.rounding(done), run_time=0.7)
        plate = self.plate(fall_words(self.figures), (-5.2, 2.4), lambda: picture.place(self.places.hero), name="fall")
        self.answer_for(Appear(plate, run_time=1.0))
