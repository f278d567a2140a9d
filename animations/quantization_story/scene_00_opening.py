"""Scene 0, the opening: a network's margin as a folded sheet over the tie, and what sinks a flat piece of it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from quantization_story.analysis.partition_shift import MOST_NEURONS
from quantization_story.core.captions import MARK_NAMES
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.opening import (
    BACK,
    DRAWN,
    TURNED,
    OpeningFigures,
    aside_words,
    captions,
    classes_words,
    idle_words,
    measure,
)
from quantization_story.mobjects.weight_gauges import WeightGauges
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.opening.margin import MarginPicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.manim_internals import prepare_animation
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

AGAIN = 1.2  # seconds for a way back
PRESS, NUDGE, STEP = 4.5, 2.5, 1.1  # seconds for all weights, for one alone, for one that stays rounded
TILT, RISE, TO_EDGE, TURN = 3.5, 4.0, 4.5, 3.5  # seconds: the plane tilts, rises, is seen from its edge; a weight turns
JUST = 0.1  # the part of its way that the hero stops short of the tie
CALM, STEADY = 0.4, 0.12  # of the sway while the plane is seen from above, and the piece from its edge
GAUGES = (2.6, 5.5)  # the width and the height of the network with its gauges, in frame units


class OpeningScene(QuestionStage, NetworkScene):
    """The question of the story: weights are rounded a little, and the end of an arm is lost. Why so much?"""

    needs = NetworkRequirements(
        inputs=2,
        own_inputs=True,
        hidden_layers=1,
        most_units=MOST_NEURONS,
        most_classes=len(MARK_NAMES),
        task=True,
        rounding=True,
        nearest=True,
    )
    figures: OpeningFigures
    shown_points = DRAWN

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_why()
        self.round_the_weights()
        self.raise_the_sheet()
        self.sink_the_piece()
        self.go_to_the_edge()
        self.add_them_up()
        self.turn_one()
        self.say_why()
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
        note = "dot: weight, bars: levels"
        self.gauges = WeightGauges(self.net.widths, places.steps, self.scenery.weights_now, self.head, GAUGES, note)
        self.right = self.plate(self.now_right, (middle.left, middle.bottom), unit="% right", name="right")
        self.returning = False  # the weights are on their way back
        self.badge_text = self.state()
        self.open_stage(self.state)

    def now_right(self) -> str:
        """The accuracy now, on all held-out points, in per cent."""
        return percent(self.scenery.accuracy(self.data.points, self.data.labels))

    def state(self) -> str:
        """Which weights the picture shows now."""
        if self.scenery.turned.get_value():
            return TURNED
        if self.scenery.rounded in (0, 1):
            return f"{self.story_bits}-bit weights" if self.scenery.rounded else "float weights"
        return BACK if self.returning else "rounding"

    def rounding(self, values: Any, **how: Any) -> Any:
        """The animation that takes the weights to these parts of their way, (K,) or one for all."""
        parts: Any = self.scenery.parts
        return parts.animate(**how).set_values(np.broadcast_to(values, (self.figures.weights,)))

    def only(self, group: Sequence[int]) -> Any:
        """The parts of the way with only these weights rounded."""
        return np.isin(np.arange(self.figures.weights), group).astype(float)

    def take_back(self, *beside: Any, run_time: float = AGAIN) -> None:
        """Let all weights go back to where they were."""
        self.returning = True
        self.play(self.rounding(0.0, run_time=run_time), *(prepare_animation(each) for each in beside))
        self.returning = False

    # --- the beats

    def ask_why(self) -> None:
        # The viewer sees the plane from above, cut into flat pieces, with the points of all classes, nearly all right;
        # and the network that is asked about.
        self.beat("the question")
        self.scenery.third.set_value(1.0)
        self.scenery.view.sway.set_value(CALM)
        self.start_drift()
        self.add(self.picture)
        self.kinds = self.plate(classes_words(self.figures), (-5.1, 2.6))
        self.ask(self.side_card(self.gauges), *(Appear(each, run_time=1.0) for each in (self.right, self.kinds)))

    def round_the_weights(self) -> None:
        # The viewer sees all weights slide to their levels; points are ringed, and the piece that most are on outlined.
        self.beat("the weights")
        self.say_for("levels", Vanish(self.kinds))
        self.play(self.rounding(1.0, run_time=PRESS))
        self.say_for("rings")

    def raise_the_sheet(self) -> None:
        # The viewer sees the weights back and the plane tilted, which folds into a sheet; a pane of glass is the tie.
        self.beat("the sheet")
        picture = self.scenery
        self.say_for("tilt", picture.marked.animate.set_value(1.0), run_time=AGAIN)
        self.take_back()
        self.play(picture.view.fly(picture.poses.slant), picture.view.sway.animate.set_value(1.0), run_time=TILT)
        words = aside_words(self.figures)
        aside = [self.plate(words, (-3.0, -2.7))] if words else []
        rise = picture.view.fly(picture.poses.side), picture.third.animate.set_value(0.0)
        self.say_for("height", *rise, *(Appear(each, run_time=1.0) for each in aside), run_time=RISE)
        self.floor = self.plate("floor: the tie", (-6.0, 2.3), picture.floor_place)
        come = [picture.pane.animate.set_value(1.0), picture.spot.animate.set_value(1.0), Appear(self.floor)]
        self.say_for("tie", *come, *map(Vanish, aside), run_time=AGAIN)

    def sink_the_piece(self) -> None:
        # The viewer sees one weight move the whole piece, blue where it was; then all of them take it under the floor.
        self.beat("one piece")
        picture = self.scenery
        self.say_for("alone", picture.trace.animate.set_value(1.0), run_time=AGAIN)
        self.play(self.rounding(self.only([self.places.turned]), run_time=NUDGE))
        self.say_for("sink", self.rounding(1.0), run_time=PRESS)
        self.hold_caption(QUIET)

    def go_to_the_edge(self) -> None:
        # The viewer sees the weights back and the piece from its edge, a line with all its points, one of them white.
        self.beat("the edge")
        picture = self.scenery
        self.say_for("edge")
        self.take_back(picture.hero.animate.set_value(1.0))
        goal = picture.view.fly(picture.poses.edge), picture.crowd.animate.set_value(1.0)
        steady = picture.view.sway.animate.set_value(STEADY)
        self.play(*goal, steady, picture.mesh.animate.set_value(0.0), Vanish(self.floor), run_time=TO_EDGE)
        self.tie = self.plate("tie", (-6.5, -1.4), picture.zero_place)
        self.bar = self.plate("height above the tie", (-5.2, 2.6), picture.bar_place)
        self.play(picture.chart.animate.set_value(1.0), Appear(self.bar), Appear(self.tie), run_time=1.0)

    def add_them_up(self) -> None:
        # The viewer sees weight after weight stay rounded: step by step the piece goes down, and through the tie.
        self.beat("the pushes")
        pushes, through = self.places.pushes, self.figures.through
        words = idle_words(self.figures)
        self.idle = [self.plate(words, (-2.7, -2.4))] if words else []
        self.say_for("add", *map(Appear, self.idle))
        done = self.only(())
        for group in pushes[:through]:
            done = done + self.only(group)
            self.play(self.rounding(done, run_time=STEP))
        # Up to just above the tie; then it is said, and it goes on.
        almost = max(0.0, self.figures.meets - JUST)
        self.play(self.rounding(done + almost * self.only(pushes[through]), run_time=STEP))
        self.say_for("through", *map(Vanish, [self.bar, *self.idle]))
        for group in pushes[through:-1]:
            done = done + self.only(group)
            self.play(self.rounding(done, run_time=STEP))
        # Those that do not push it go with the last one.
        self.play(self.rounding(1.0, run_time=STEP))
        self.hold_caption(QUIET)

    def turn_one(self) -> None:
        # The viewer sees the strongest push go the other way: the piece comes up again, and the points on it are right.
        self.beat("the other way")
        self.say_for("turned")
        self.play(self.scenery.turned.animate.set_value(1.0), run_time=TURN)
        self.hold_caption(QUIET)

    def say_why(self) -> None:
        # The viewer sees that weight back, and the whole sheet once more: the piece under the floor, blue where it was.
        self.beat("the answer")
        picture = self.scenery
        self.say_for("back")
        self.play(picture.turned.animate.set_value(0.0), run_time=TURN)
        away = picture.view.fly(picture.poses.side), picture.view.sway.animate.set_value(1.0)
        off = (each.animate.set_value(0.0) for each in (picture.crowd, picture.chart))
        self.answer_for(*away, *off, picture.mesh.animate.set_value(0.5), Vanish(self.tie))
