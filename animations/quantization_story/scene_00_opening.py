"""Scene 0, the opening: a network's margin as a folded sheet over the tie, and why rounding sinks a whole arm."""

from collections.abc import Sequence
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
    classes_words,
    idle_words,
    measure,
    sunk_words,
    ways_words,
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

AGAIN = 1.6  # seconds for a way back
PRESS, SWITCH = 5.0, 3.6  # seconds for rounding what breaks much, and what breaks nothing
TRY, TAKE_BACK = 0.7, 0.3  # seconds for a group of weights that is tried alone
SPOT = 0.5  # how much of the light the rest of the sheet loses while one piece is spoken of
STEP, LAST_STEP = 1.2, 1.5  # seconds for one that stays, before the tie and from there on
FAN = 4.0  # seconds in which all mixtures open
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
        self.raise_the_sheet()
        self.let_creases_slide()
        self.try_each_alone()
        self.add_them_up()
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
        note = "dot: weight, bar: level"
        self.gauges = WeightGauges(self.net.widths, places.steps, self.scenery.weights_now, GAUGES, note)
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

    def put_back(self, *beside: Any) -> None:
        """Read the caption out and take it away, and all weights back; only then is the next thing asked."""
        moving = [prepare_animation(animation) for animation in beside]
        for animation in moving:
            animation.run_time = AGAIN
        self.play(self.hush(), self.rounding(0.0, run_time=AGAIN), *moving)

    # --- the beats

    def ask_why(self) -> None:
        # The viewer sees the plane from above, and the network whose weights slide to levels; points turn to rings.
        self.beat("the question")
        self.scenery.third.set_value(1.0)
        self.start_drift()
        self.add(self.picture)
        classes = self.plate(classes_words(self.figures), (-5.1, 2.6))
        self.ask(self.side_card(self.gauges), *(Appear(each, run_time=1.0) for each in (self.right, classes)))
        self.say_for("levels", self.rounding(1.0), Vanish(classes), run_time=PRESS)
        self.say_for("rings")

    def raise_the_sheet(self) -> None:
        # The viewer sees the plane fold up into a sheet over the floor that is the tie; one piece sinks through it.
        self.beat("the sheet")
        picture = self.scenery
        self.put_back()
        rise = picture.view.fly(picture.poses.home), picture.third.animate.set_value(0.0)
        if words := aside_words(self.figures):
            aside = self.plate(words, (1.2, -2.6))
            self.say_for("height", *rise, Appear(aside, run_time=1.0))
            self.play(Vanish(aside), run_time=theme.BRIEF)
        else:
            self.say_for("height", *rise)
        self.floor = self.plate("floor = tie", (-6.0, 2.3), picture.floor_place)
        self.say_for("tie", Appear(self.floor, run_time=1.0))
        lit = picture.marked.animate.set_value(1.0), picture.spot.animate.set_value(SPOT)
        self.say_for("sink", *lit, run_time=1.5)
        self.play(self.rounding(1.0), run_time=PRESS)
        self.hold_caption(QUIET)

    def let_creases_slide(self) -> None:
        # The viewer sees the sheet back and its creases in yellow; only the red strips move, and nothing is lost.
        self.beat("the creases")
        picture = self.scenery
        self.put_back(picture.spot.animate.set_value(0.0))
        self.say_for("creases", picture.creases.animate.set_value(1.0), run_time=2.0)
        picture.effect = "switch"
        self.say_for("switched", self.rounding(1.0), run_time=SWITCH)

    def try_each_alone(self) -> None:
        # The viewer sees the piece from its edge, a line with all its points; each weight alone leaves a mark.
        self.beat("one disc")
        picture = self.scenery
        self.put_back(picture.creases.animate.set_value(0.0))
        picture.effect = "all"
        goal = picture.view.fly(picture.poses.edge), picture.crowd.animate.set_value(1.0)
        spot = picture.spot.animate.set_value(1.0), picture.mesh.animate.set_value(0.0)
        self.say_for("hero", *goal, *spot, Vanish(self.floor), picture.hero.animate.set_value(1.0), run_time=4.0)
        tie = self.plate("tie", (-6.5, -1.4), picture.zero_place)
        bar = self.plate("height above the tie", (-5.2, 2.6), picture.bar_place)
        self.play(picture.chart.animate.set_value(1.0), Appear(bar), Appear(tie), run_time=1.0)
        self.idle = (
            self.plate(idle_words(self.figures), (-1.2, -2.4), name="idle") if idle_words(self.figures) else None
        )
        self.say_for("alone", Vanish(bar, run_time=theme.BRIEF), *([Appear(self.idle)] if self.idle else []))
        for group in self.places.pushes:
            noted = picture.noted.values + self.only(group)
            self.play(self.rounding(self.only(group)), self.moved(picture.noted, noted), run_time=TRY)
            self.play(self.rounding(0.0), run_time=TAKE_BACK)
        self.hold_caption(QUIET)

    def add_them_up(self) -> None:
        # The viewer sees weight after weight stay rounded: step by step the piece goes down, and through the tie.
        self.beat("the pushes")
        pushes, through = self.places.pushes, self.figures.through
        self.say_for("add", *map(Vanish, self.idle))
        done = self.only(())
        for group in pushes[:through]:
            done = done + self.only(group)
            self.play(self.rounding(done), run_time=STEP)
        self.say_for("through")
        for group in pushes[through:-1]:
            done = done + self.only(group)
            self.play(self.rounding(done), run_time=LAST_STEP)
        # Those that do not push it go with the last one.
        self.play(self.rounding(1.0), run_time=LAST_STEP)
        self.hold_caption(QUIET)

    def say_why(self) -> None:
        # The viewer sees all other mixtures of up and down as a fan over the steps, and the piece before and after.
        self.beat("the answer")
        picture = self.scenery
        away = picture.view.fly(picture.poses.wide), picture.marks.animate.set_value(0.0)
        self.say_for("ways", *away, self.clear_card(), run_time=2.0)
        self.play(picture.fan.animate.set_value(1.0), run_time=FAN)
        count = self.plate(ways_words(self.figures), (-4.6, 2.7), name="ways")
        self.say_for("chance", Appear(count, run_time=1.0))
        before = self.plate("before", (5.2, 1.5), picture.old_place, color=theme.FLOAT)
        after = self.plate(sunk_words(self.figures), (5.1, -1.7), picture.new_place, color=theme.QUANTIZED, name="sunk")
        come = (Appear(each, run_time=1.0) for each in (before, after))
        self.answer_for(picture.ghost.animate.set_value(1.0), *come)
