"""Scene 0, the opening: a network's margin as a folded sheet over the tie, and why rounding sinks a whole arm."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from quantization_story.analysis.partition_shift import MOST_NEURONS
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.opening import (
    BACK,
    DRAWN,
    MARK_NAMES,
    TURNED,
    OpeningFigures,
    aside_words,
    captions,
    classes_words,
    idle_words,
    measure,
    picked_words,
    pushes_words,
    strayed_words,
    ways_words,
)
from quantization_story.mobjects.weight_gauges import WeightGauges
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.opening.margin import MarginPicture
from quantization_story.pictures.opening.one_weight import OneWeight
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.manim_internals import prepare_animation
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

AGAIN = 1.2  # seconds for a way back
SLIDE, PRESS, SWITCH, NUDGE = 2.5, 4.5, 3.2, 1.6  # seconds for one weight, for all, for the ReLUs alone, for a nudge
TRY, TAKE_BACK = 0.6, 0.25  # seconds for a group of weights that is tried alone
STEP, JUST = 1.1, 0.1  # seconds for one that stays; the part of its way that the hero stops short of the tie
RISE, FAN, RETURN, TURN = 3.4, 3.5, 3.0, 3.5  # seconds: the sheet, all mixtures, back to the plane, one weight turned
STEADY = 0.12  # of the sway while the piece is seen from its edge
STRAYED = (0.6, -4.6) if theme.VERTICAL else (1.7, 1.0)  # where it is said which points left the piece
GAUGES = (2.6, 4.9)  # the width and the height of the network with its gauges, in frame units


class OpeningScene(QuestionStage, NetworkScene):
    """The question of the story: weights are rounded a little and an arm is lost; one weight, creases, or a piece?"""

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
        self.let_creases_slide()
        self.try_each_alone()
        self.add_them_up()
        self.open_the_fan()
        self.turn_one()
        self.say_why()
        self.close_stage()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> OpeningFigures:
        """What is shown of a network; raises ValueError where rounding breaks nothing, or no piece sinks."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure it, and build the picture and the cards of its weights."""
        self.load_story()
        self.tell(captions(self.figures))
        places = self.places = self.figures.places
        middle = theme.middle_zone()
        card = theme.SIDE_CARD_SHARE * middle.width
        left = theme.Zone(middle.left + theme.MARGIN, middle.right - card - 2 * theme.MARGIN, middle.bottom, middle.top)
        self.scenery = MarginPicture(places, self.subject.shown(self.shown_points), left, self.drift)
        self.picture = self.scenery.relief
        self.large = OneWeight(places.steps[places.example], self.example_now, GAUGES)
        note = "dot: weight, bar: level"
        self.gauges = WeightGauges(self.net.widths, places.steps, self.scenery.weights_now, GAUGES, note)
        self.right = self.plate(self.now_right, (middle.left, middle.bottom), unit="% right", name="right")
        self.returning = False  # the weights are on their way back
        self.badge_text = self.state()
        self.open_stage(self.state)

    def now_right(self) -> str:
        """The accuracy now, on all held-out points, in per cent."""
        return percent(self.scenery.accuracy(self.data.points, self.data.labels))

    def example_now(self) -> float:
        """How far the weight that is shown first is on its way."""
        return float(self.scenery.weights_now()[self.places.example])

    def state(self) -> str:
        """Which weights the picture shows now."""
        if self.scenery.turned.get_value():
            return TURNED
        if self.scenery.rounded == 0:
            return "float weights"
        on_the_way = BACK if self.returning else "rounding"
        weights = f"{self.story_bits}-bit weights" if self.scenery.rounded == 1 else on_the_way
        return {"all": weights, "switch": "float weights, ReLUs as rounded"}[self.scenery.effect]

    def rounding(self, values: Any, **how: Any) -> Any:
        """The animation that takes the weights to these parts of their way."""
        return self.moved(self.scenery.parts, values, **how)

    def moved(self, tracker: Any, values: Any, **how: Any) -> Any:
        """The animation that takes a tracker of all weights to these values."""
        return (tracker.animate(**how) if how else tracker.animate).set_values(
            np.broadcast_to(values, (self.figures.weights,))
        )

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
        # The viewer sees the plane from above, cut into flat pieces, with the points of all classes: nearly all right.
        self.beat("the question")
        self.scenery.third.set_value(1.0)
        self.start_drift()
        self.add(self.picture)
        self.kinds = self.plate(classes_words(self.figures), (-5.1, 2.6))
        self.ask(*(Appear(each, run_time=1.0) for each in (self.right, self.kinds)))

    def round_the_weights(self) -> None:
        # The viewer sees one weight large, which slides to a level; then all in their network, and points are ringed.
        self.beat("the weights")
        self.say_for("one", self.side_card(self.large), Vanish(self.kinds))
        self.play(self.rounding(self.only([self.places.example]), run_time=SLIDE))
        self.hold_caption()
        self.play(self.clear_card(), run_time=theme.BRIEF)
        self.say_for("levels", self.side_card(self.gauges))
        self.play(self.rounding(1.0, run_time=PRESS))
        self.say_for("rings")

    def raise_the_sheet(self) -> None:
        # The viewer sees the weights back, and the plane folding up into a sheet cut by a pane of glass, the tie.
        self.beat("the sheet")
        picture = self.scenery
        self.say_for("height")
        self.take_back()
        words = aside_words(self.figures)
        aside = [self.plate(words, (0.6, -2.6))] if words else []
        rise = picture.view.fly(picture.poses.side), picture.third.animate.set_value(0.0)
        for each in (moving := [prepare_animation(each) for each in rise]):
            each.run_time = RISE
        self.play(*moving, *(Appear(each, run_time=1.0) for each in aside))
        self.floor = self.plate("floor: the tie", (-6.0, 2.3), picture.floor_place)
        self.play(picture.pane.animate.set_value(1.0), Appear(self.floor), run_time=1.0)
        self.hold_caption()
        self.play(*map(Vanish, aside), run_time=theme.BRIEF)

    def sink_the_piece(self) -> None:
        # The viewer sees one piece lit: one weight moves all of it a little, then all of them take it under the floor.
        self.beat("one piece")
        picture = self.scenery
        lit = (picture.marked, picture.spot, picture.trace)
        self.say_for("flat", *(each.animate.set_value(1.0) for each in lit), run_time=1.5)
        self.play(self.rounding(self.only([self.places.turned]), run_time=NUDGE))
        self.take_back()
        self.say_for("sink", self.rounding(1.0), run_time=PRESS)
        self.hold_caption(QUIET)

    def let_creases_slide(self) -> None:
        # The viewer sees the sheet back and its creases in yellow; only the red strips move, and nothing is lost.
        self.beat("the creases")
        picture = self.scenery
        self.say_for("switched")
        off = (each.animate.set_value(0.0) for each in (picture.spot, picture.trace, picture.marked))
        self.take_back(*off, picture.creases.animate.set_value(1.0), picture.view.fly(picture.poses.home))
        picture.effect = "switch"
        self.strips_name = self.plate("red: ReLUs flipped", (1.6, -2.6))
        self.play(self.rounding(1.0, run_time=SWITCH), Appear(self.strips_name, run_time=1.0))
        self.hold_caption()

    def try_each_alone(self) -> None:
        # The viewer sees the piece from its edge, a line with all its points; each weight alone leaves a mark.
        self.beat("one disc")
        picture = self.scenery
        self.say_for("hero")
        self.take_back(picture.creases.animate.set_value(0.0), Vanish(self.strips_name))
        picture.effect = "all"
        goal = picture.view.fly(picture.poses.edge), picture.crowd.animate.set_value(1.0)
        off = (each.animate.set_value(0.0) for each in (picture.mesh, picture.pane))
        lit = picture.spot.animate.set_value(1.0), picture.marked.animate.set_value(1.0)
        steady = picture.view.sway.animate.set_value(STEADY)
        self.play(*goal, *lit, steady, *off, Vanish(self.floor), picture.hero.animate.set_value(1.0), run_time=4.0)
        tie = self.tie = self.plate("tie", (-6.5, -1.4), picture.zero_place)
        bar = self.plate("height above the tie", (-5.2, 2.6), picture.bar_place)
        self.play(picture.chart.animate.set_value(1.0), Appear(bar), Appear(tie), run_time=1.0)
        words = idle_words(self.figures)
        self.idle = [self.plate(words, (-1.2, -2.4), name="idle")] if words else []
        self.say_for("alone", Vanish(bar, run_time=theme.BRIEF), *map(Appear, self.idle))
        for group in self.places.pushes:
            noted = picture.noted.values + self.only(group)
            self.play(self.rounding(self.only(group)), self.moved(picture.noted, noted), run_time=TRY)
            self.take_back(run_time=TAKE_BACK)

    def add_them_up(self) -> None:
        # The viewer sees weight after weight stay rounded: step by step the piece goes down, and through the tie.
        self.beat("the pushes")
        pushes, through = self.places.pushes, self.figures.through
        self.say_for("add", *map(Vanish, self.idle))
        done = self.only(())
        for group in pushes[:through]:
            done = done + self.only(group)
            self.play(self.rounding(done), run_time=STEP)
        # Up to just above the tie; then it is said, and it goes on.
        self.play(self.rounding(done + max(0.0, self.figures.meets - JUST) * self.only(pushes[through])), run_time=STEP)
        self.say_for("through")
        for group in pushes[through:-1]:
            done = done + self.only(group)
            self.play(self.rounding(done), run_time=STEP)
        # Those that do not push it go with the last one.
        self.play(self.rounding(1.0), run_time=STEP)
        words = strayed_words(self.figures)
        self.strayed = [self.plate(words, STRAYED, self.scenery.strayed_place)] if words else []
        if self.strayed:
            self.play(*map(Appear, self.strayed), run_time=1.0)
        self.hold_caption(QUIET)

    def open_the_fan(self) -> None:
        # The viewer sees all other mixtures of up and down as a fan over the steps.
        self.beat("the fan")
        picture = self.scenery
        away = picture.view.fly(picture.poses.wide), picture.marks.animate.set_value(0.0)
        two = self.plate(pushes_words(self.figures), (1.2, 2.3))
        gone = (Vanish(each, run_time=theme.BRIEF) for each in self.strayed)
        self.say_for("ways", *away, Appear(two), *gone, run_time=1.5)
        self.play(picture.fan.animate.set_value(1.0), run_time=FAN)
        count = self.plate(ways_words(self.figures), (-4.6, 2.7), name="ways")
        self.play(Appear(count), run_time=1.0)
        self.hold_caption(QUIET)
        chart = (each.animate.set_value(0.0) for each in (picture.chart, picture.fan))
        self.play(*map(Vanish, (two, count, self.tie)), *chart, run_time=theme.BRIEF)
        self.forget_figure("ways")

    def turn_one(self) -> None:
        # The viewer sees the plane from above again, rounded; then one weight takes its other level, and rings go.
        self.beat("the other way")
        picture = self.scenery
        off = (picture.crowd, picture.marked, picture.spot, picture.hero)
        back = [each.animate.set_value(0.0) for each in off]
        on = [each.animate.set_value(1.0) for each in (picture.third, picture.view.sway)]
        above = picture.view.fly(picture.poses.above), picture.mesh.animate.set_value(0.5)
        if "picked" in self.captions:
            count, unit = picked_words(self.figures)
            picked = self.plate(count, (-5.6, 2.5), unit=unit, name="picked")
            self.say_for("picked", *above, *back, *on, run_time=RETURN)
            self.play(Appear(picked), run_time=1.0)
            self.say_for("turned", Vanish(picked))
        else:
            self.say_for("turned", *above, *back, *on, run_time=RETURN)
        self.play(picture.turned.animate.set_value(1.0), run_time=TURN)
        self.hold_caption(QUIET)

    def say_why(self) -> None:
        # The viewer sees the weight back on its nearest level: the piece is outlined, and the discs on it lost again.
        self.beat("the answer")
        self.answer_for(
            *(each.animate.set_value(to) for each, to in ((self.scenery.turned, 0.0), (self.scenery.marked, 1.0)))
        )
