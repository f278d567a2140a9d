"""Scene 5: one weight's rounding at full frame; then a chain, how far its error can run, and how far it does."""

from typing import Any

import numpy as np
from manim import linear, smooth, squish_rate_func

from quantization_story.core.arrays import FloatArray
from quantization_story.core.shown_numbers import signed
from quantization_story.figures.one_d_error_growth import (
    OneDErrorGrowthFigures,
    RoundingChain,
    badges,
    captions,
    measure,
    times_label,
    weight_label,
    within_label,
)
from quantization_story.pictures.one_d_error_growth.chain import ChainPicture
from quantization_story.pictures.one_d_error_growth.value import LevelPicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

RUNNING = 2.6  # seconds for a run through all weights, or through the chain
LATER = 1.8  # seconds a layer, once it is known what happens in one
NUDGE = 1e-9  # of a step: on this side of a border, so that it is known which level is the nearest


class OneDErrorGrowthScene(QuestionStage):
    """One weight and its levels, then a chain of weights: how far its error can run, and how far it does."""

    chain = RoundingChain()

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.show_one_weight()
        self.round_it()
        self.go_midway()
        self.build_the_chain()
        self.round_the_chain()
        self.go_near_the_first()
        self.stretch_it_and_add()
        self.pass_it_on()
        self.reach_the_far_end()
        self.draw_at_random()
        self.halve_the_crowd()
        self.follow_a_typical_one()
        self.answer_the_question()

    @classmethod
    def choose(cls) -> RoundingChain:
        """The chain that is played."""
        return cls.chain

    @classmethod
    def figures_of(cls, chain: RoundingChain) -> OneDErrorGrowthFigures:
        """All that is shown."""
        return measure(chain)

    def load_story(self) -> None:
        """Take the chain, and work out its figures."""
        self.figures = self.figures_of(self.choose())

    def prepare(self) -> None:
        """Compute what will be shown, and build the picture of one weight."""
        self.load_story()
        self.places = self.figures.places
        self.tell(captions(self.figures))
        self.badges = badges(self.figures)
        self.badge_text = self.badges[0]
        self.one = LevelPicture(self.places, self.drift)
        self.levels, self.line = self.one.make_levels(), self.one.make_line()
        self.numbers = self.one.make_numbers()
        self.name_figure("levels", self.numbers)
        self.many = ChainPicture(self.places, self.drift)
        self.one.weight.set_value(self.places.reach[0])
        self.followed = self.hero(self.hero_place)
        self.picture = self.levels
        self.open_stage()
        self.start_drift()

    def hero_place(self) -> FloatArray:
        """The weight that is followed: on its line, and at last in the first box of the chain."""
        boxed = self.many.boxed.get_value()
        return (1 - boxed) * self.one.hero_place() + boxed * self.many.first_place()

    # --- one weight

    def show_one_weight(self) -> None:
        # The viewer sees three orange levels across the whole frame, one weight between them, and how long a step is.
        self.beat("one weight")
        come = (Appear(each, run_time=theme.STEADY) for each in (self.levels, self.line, self.followed))
        self.ask(*come, self.one.weight.animate.set_value(self.figures.weights[0]))
        name = self.plate(
            signed(self.figures.weights[0]), theme.spot(1.6, 1.9), self.one.hero_place, unit="a weight", name="weight"
        )
        self.say_for("weight", Appear(self.numbers), Appear(name), run_time=theme.STEADY)
        step = self.one.make_step()
        measured = self.plate("one step", theme.spot(2.45, -1.75), self.one.step_place)
        self.measure = step, measured
        self.play(*map(Appear, self.measure), run_time=theme.STEADY)
        self.hold_caption()
        self.play(Vanish(name), run_time=theme.BRIEF)

    def round_it(self) -> None:
        # The viewer sees the rounded weight leave for the nearest level, and the gap that stays between the two.
        self.beat("to the nearest")
        self.back, self.gap = self.one.make_rounded(), self.one.make_gap()
        self.add(self.gap, self.back)
        self.size = self.plate(
            lambda: signed(self.one.gap), theme.spot(0.0, 1.9), self.one.gap_place, unit="its error", name="gap"
        )
        self.say_for("round", self.one.trip.animate.set_value(1.0), run_time=3.0)
        self.play(Appear(self.size), run_time=theme.BRIEF)

    def go_midway(self) -> None:
        # The viewer sees the weight move to the border between two levels; the gap grows until both are as far.
        self.beat("midway")
        border = self.one.middle + (1 + NUDGE) * self.places.half
        self.say_for("middle", self.one.weight.animate.set_value(border), run_time=3.0)
        other = self.one.make_other_gap()
        self.play(Appear(other), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        self.play(*map(Vanish, (other, self.size, *self.measure, self.numbers)), run_time=theme.BRIEF)

    # --- a chain

    def build_the_chain(self) -> None:
        # The viewer sees the boxes of the chain, and a value that goes through them, multiplied by each.
        self.beat("chain")
        self.boxes, self.labels = self.many.make_boxes(), self.many.make_weights()
        self.name_figure("weights", self.labels)
        self.way, self.ground, self.names = self.many.make_float(), self.many.make_ground(), self.many.make_names()
        first, then = squish_rate_func(smooth, 0.0, 0.5), squish_rate_func(smooth, 0.2, 0.6)
        last, how = squish_rate_func(smooth, 0.5, 1.0), {"run_time": theme.LONG}
        home = self.one.weight.animate.set_value(self.figures.weights[0]), self.many.boxed.animate.set_value(1.0)
        gone = self.levels, self.line, self.gap, self.back
        away = (Vanish(each, rate_func=first, **how) for each in gone)
        come = [Appear(each, rate_func=then, **how) for each in (self.boxes, self.ground)]
        come += [Appear(each, rate_func=last, **how) for each in (self.labels, self.way, self.names)]
        self.say_for("chain", *away, *home, *come, *self.change_badge(self.badges[1]), **how)
        self.picture = self.boxes
        self.play(self.go(self.many.float_run, RUNNING))

    def go(self, run: Any, seconds: float) -> Any:
        """The animation that takes a value through all weights."""
        return run.animate(run_time=seconds, rate_func=linear).set_value(self.many.depth)

    def set_gauges(self, off: FloatArray, start: int = 0) -> list[Any]:
        """The animations that take the gauges from one layer on to these offsets."""
        return [gauge.animate.set_value(share) for gauge, share in self.many.to_gauges(off, start)]

    def round_the_chain(self) -> None:
        # The viewer sees each weight leave for its level, on its gauge, and the value take another way.
        self.beat("all rounded")
        gauges, other_way = self.many.make_gauges(), self.many.make_rounded()
        off = self.places.rounded - self.places.weights
        rod = self.plate("orange: how far this weight is off", theme.spot(-2.9, 0.95), self.many.first_place)
        come = Appear(gauges, run_time=theme.BRIEF), Appear(rod, run_time=theme.BRIEF)
        self.say_for("rounded", *come, *self.change_badge(self.badges[2]))
        self.play(*self.set_gauges(off), Vanish(self.followed), run_time=theme.STEADY)
        self.add(other_way)
        self.play(self.go(self.many.rounded_run, RUNNING))
        error = float(self.places.errors[-1])
        gap = self.many.make_gap(error)
        size = self.plate("the error at the end", theme.spot(5.2, 0.0), self.many.end_place(error / 2))
        self.play(Appear(gap), Appear(size), run_time=theme.STEADY)
        self.hold_caption(1.0)
        back = self.set_gauges(np.zeros(self.many.depth))
        self.play(*map(Vanish, (gap, size, rod, other_way)), *back, run_time=theme.STEADY)

    def go_near_the_first(self) -> None:
        # The viewer goes near, and sees what can come out of the first weight: a bar around the float value.
        self.beat("first bar")
        away = (Vanish(each, run_time=theme.BRIEF) for each in (self.labels, self.names))
        self.say_for("near", *away, self.many.view.fly_to(self.many.near_pose()), *self.change_badge(self.badges[3]))
        self.bars = self.many.make_bars()
        self.many.built.set_value(self.many.multiplied(0))
        self.add(self.bars)
        self.say_for("bar", self.many.built.animate.set_value(1.0))

    def stretch_it_and_add(self) -> None:
        # The viewer sees the bar move on and be multiplied there, and grow at both ends.
        self.beat("second bar")
        weight = weight_label(self.figures.weights[1])
        second = self.plate(weight, theme.spot(5.4, 2.4), self.many.value_place(2), unit="second weight", name="second")
        self.say_for(
            "scaled",
            Appear(second, run_time=theme.BRIEF),
            self.many.built.animate.set_value(self.many.multiplied(1)),
        )
        self.say_for("added", self.many.built.animate.set_value(2.0), run_time=theme.LONG, quiet=QUIET)
        self.hold_caption()
        self.play(Vanish(second), run_time=theme.BRIEF)

    def pass_it_on(self) -> None:
        # The viewer sees the whole chain again, and bar after bar being multiplied and growing.
        self.beat("all bars")
        glow, rest = self.many.make_glow(), self.many.depth - 2
        self.say_for("on", self.many.view.fly_to(self.many.view.near(0.0, 0.0, 1.0)), run_time=theme.LONG)
        self.play(*map(Appear, (self.labels, self.names)), run_time=theme.BRIEF)
        self.add(glow)
        self.play(self.many.built.animate.set_value(self.many.depth), run_time=max(rest * LATER, 1.0))

    def reach_the_far_end(self) -> None:
        # The viewer sees all gauges go to one end, and the dashed way to the far end of the last bar.
        self.beat("the far end")
        worst = self.many.make_worst()
        self.say_for("worst", *self.set_gauges(self.places.worst_off), run_time=theme.STEADY)
        self.add(worst)
        self.play(self.go(self.many.worst_run, RUNNING))
        error = float(self.places.worst[-1])
        words, middle = times_label(self.figures.times), self.many.end_place(error / 2)
        times = self.plate(words, theme.spot(5.6, 1.1), middle, unit="blue: the worst error", name="times")
        self.play(*map(Appear, (self.many.make_gap(error), times)), run_time=theme.BRIEF)
        self.hold_caption(QUIET)

    def draw_at_random(self) -> None:
        # The viewer sees many roundings run through the chain, far inside the bars, and the crowd of their ends.
        self.beat("at random")
        self.lots, crowd = self.many.make_lots(), self.many.make_crowd()
        back = self.set_gauges(np.zeros(self.many.depth))
        self.say_for("chance", *back, *self.dim(self.bars), run_time=theme.STEADY)
        self.add(self.lots)
        self.play(self.go(self.many.lot_run, RUNNING))
        self.add(crowd)
        self.play(self.many.crowd.animate.set_value(1.0), run_time=theme.STEADY)
        self.crowded = self.plate("how many end where", theme.spot(5.6, -0.3), self.many.typical_place)
        self.play(Appear(self.crowded), run_time=theme.BRIEF)
        self.hold_caption(QUIET)

    def halve_the_crowd(self) -> None:
        # The viewer sees the narrow stretch in which half of all the roundings end.
        self.beat("half of them")
        half, words = self.many.make_half(), within_label(self.figures.typical)
        within = self.plate(
            words, theme.spot(5.6, -0.3), self.many.typical_place, unit="blue: half end within", name="typical"
        )
        come = (Appear(each, run_time=theme.STEADY) for each in (half, within))
        self.say_for("typical", Vanish(self.crowded, run_time=theme.BRIEF), *come)
        self.hold_caption(0.5)

    def follow_a_typical_one(self) -> None:
        # The viewer sees one of them, in white, and its weights on their gauges: it strays to both sides.
        self.beat("why")
        typical = self.many.make_typical()
        off = self.places.off[self.places.typical]
        self.say_for("why", *self.set_gauges(off), run_time=theme.LONG)
        self.add(typical)
        self.play(self.go(self.many.typical_run, 1.5 * RUNNING), *self.dim(self.lots))

    def answer_the_question(self) -> None:
        # The viewer sees the bound and the crowd beside each other.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
