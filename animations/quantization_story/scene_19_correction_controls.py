"""Scene 19: whether one output map is a repair or just six more numbers: its controls, and every seed of the search."""

from typing import Any, cast

from manim import Animation, rate_functions

from quantization_story.core.shown_numbers import percent
from quantization_story.figures.correction_controls import (
    CorrectionControlsFigures,
    badge,
    captions,
    loss_ticks,
    lowest,
    measure,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.correction_controls import Ruler, SeedChart, TrialCard, tinted
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

MAP, SHUFFLES, DROP = 4.0, 7.0, 5.0  # seconds for a map, for all shuffles, for all seeds


class CorrectionControlsScene(QuestionStage, NetworkScene):
    """A repair, or just six more numbers? The map on the float network, on shuffles, on the inputs, on every seed."""

    needs = NetworkRequirements(inputs=2, outputs=2, hidden_layers=1, most_classes=4, task=True, rounding=True)
    figures: CorrectionControlsFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_the_question()
        self.try_the_float_network()
        self.try_shuffles()
        self.try_the_inputs()
        self.show_all_seeds()
        self.let_them_drop()
        self.check_their_floats()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> CorrectionControlsFigures:
        """What is shown of a network; raises ValueError where there is nothing to repair or to compare."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure, and build the ruler and the card."""
        self.load_story()
        self.tell(captions(self.figures))
        zone, share = theme.middle_zone(), theme.SIDE_CARD_SHARE
        left = theme.Zone(zone.left + 0.5, zone.right - share * zone.width - 0.75, zone.bottom, zone.top)
        self.ruler = Ruler(left, lowest(self.figures), self.figures.shuffles, self.drift)
        self.trial = TrialCard(self.figures.places, self.ruler)
        self.axis, self.ticks = self.ruler.make_axis()
        self.picture = self.axis
        self.state = "rounded"
        self.lanes: list[Any] = []
        self.badge_text = self.now()
        self.open_stage()
        self.remove(self.badge)
        self.badge = self.make_badge(self.now)
        self.add(self.badge)
        self.start_drift()

    def now(self) -> str:
        """What the picture shows now."""
        if self.state == "seeds":
            return badge(self.figures, "seeds", self.seeds.drop.get_value() > 0)
        return badge(self.figures, self.state, self.state in ("shuffled", "floats") or self.trial.part.get_value() > 0)

    def enter(self, state: str) -> None:
        """From here on another trial is on."""
        self.state = self.trial.state = state
        self.trial.part.set_value(0.0)

    def lane(self, lane: str, name: str, color: str) -> list[Any]:
        """The lane of a trial, its mark and its number, which stands where no mark comes."""
        ruler, trial = self.ruler, self.trial
        mark = ruler.make_mark(lane, trial.reached, color)
        at = ruler.place(min(trial.reached(), self.figures.rounded), lane) - [1.6, 0.0, 0.0]
        number = self.plate(
            lambda: percent(ruler.kept.get(lane) or trial.reached()), at, mark.get_center, color=color, name=lane
        )
        made = [ruler.make_lane(lane, name), mark, number]
        self.lanes += made
        return made

    def keep(self, lane: str) -> None:
        """Let a mark and its number stay where they are, before another trial is on."""
        self.ruler.kept[lane] = self.trial.reached()

    def moving(self, tracker: Any, goal: float, seconds: float, rate: Any = rate_functions.smooth) -> Animation:
        """The animation that takes a tracker to a value."""
        return cast(Animation, tracker.animate(run_time=seconds, rate_func=rate).set_value(goal).build())

    def empty_place(self) -> tuple[float, float]:
        """Where a number stands above the right end of the shuffles."""
        zone = self.ruler.zone
        return zone.right - 1.2, zone.up(-0.15)

    def carry_out(self, *beside: Any) -> list[Animation]:
        """The animations that carry out the map of the trial."""
        return [self.moving(tracker, 1.0, MAP) for tracker in (self.trial.part, *beside)]

    # --- the beats

    def ask_the_question(self) -> None:
        # The viewer sees a ruler of accuracy, and the rounded network's mark run up it as the map is carried out.
        self.beat("question")
        self.add(self.axis, self.ticks)
        self.name_figure("ticks", self.ticks)
        lane, mark, number = self.lane("rounded", "rounded, with the map", theme.REPAIRED)
        tinted(mark, self.trial.repair)
        self.ask(self.side_card(self.trial.make()), *map(Appear, (lane, mark, number)))
        self.say_for("claim", *self.carry_out(self.trial.repair))
        self.keep("rounded")
        self.goal = self.ruler.make_goal(self.figures.repaired)
        self.play(Appear(self.goal), run_time=theme.BRIEF)

    def try_the_float_network(self) -> None:
        # The viewer sees the float network's mark, which the same map takes down.
        self.hold_caption()
        self.beat("float")
        self.enter("float")
        come = self.lane("float", "float, the same map", theme.FLOAT)
        self.say_for("float", *(Appear(each, run_time=theme.BRIEF) for each in come), *self.carry_out(), quiet=QUIET)
        self.keep("float")

    def try_shuffles(self) -> None:
        # The viewer sees shuffle after shuffle on the card, each with its map, and its dot fall on the ruler.
        self.hold_caption()
        self.beat("shuffles")
        self.enter("shuffled")
        ruler = self.ruler
        ruler.drawn.set_value(1.0)
        dots = ruler.make_dots()
        zone = ruler.zone
        count = self.plate(lambda: str(ruler.count()), (zone.left + 0.6, zone.up(-0.55)), unit="shuffles", name="count")
        self.say_for("shuffle", Appear(dots, run_time=theme.BRIEF), Appear(count, run_time=theme.BRIEF))
        every = len(self.figures.shuffles)
        self.say_for("fit", self.moving(ruler.drawn, every, SHUFFLES, rate_functions.linear))
        best = self.plate(
            percent(self.figures.best),
            self.empty_place(),
            ruler.best_place,
            unit="best",
            name="best",
        )
        self.say_for("found", Appear(best, run_time=theme.STEADY), quiet=QUIET)
        self.dots, self.counted = dots, [count, best]

    def try_the_inputs(self) -> None:
        # The viewer sees the inputs themselves laid into the sectors by a map, and how far that gets.
        self.hold_caption()
        self.play(*map(Vanish, self.counted), run_time=theme.BRIEF)
        self.beat("raw")
        self.enter("raw")
        come = self.lane("raw", "inputs, with a map", theme.QUIET)
        self.say_for("raw", *(Appear(each, run_time=theme.BRIEF) for each in come), *self.carry_out())
        self.keep("raw")
        tick = self.ruler.make_tick("raw", self.figures.linear)
        linear = self.plate(
            percent(self.figures.linear),
            self.empty_place(),
            tick.get_center,
            unit="straight cuts",
            name="linear",
        )
        self.say_for("raw found", *(Appear(each, run_time=theme.STEADY) for each in (tick, linear)))
        self.lanes += [tick, linear]

    def show_all_seeds(self) -> None:
        # The viewer sees a chart with a dot a network, all on the diagonal, and the one that was shown in white.
        population = self.figures.population
        if population is None:
            return
        self.hold_caption()
        gone = [self.axis, self.ticks, self.goal, self.dots, *self.lanes]
        self.play(*map(Vanish, gone), self.clear_card(), self.hush(), run_time=theme.STEADY)
        self.beat("seeds")
        zone = theme.middle_zone()
        inner = theme.Zone(zone.left + 1.2, zone.right - 0.7, zone.bottom + 1.15, zone.top - 0.35)
        losses = (population.before, population.after, population.on_float)
        self.seeds = SeedChart(inner, losses, loss_ticks(population), population.shown, self.drift)
        self.state = "seeds"
        self.axes, numbers = self.seeds.make_axes(), self.seeds.numbers()
        self.name_figure("losses", numbers)
        self.picture = self.axes
        cloud, white = self.seeds.make_seeds(), self.hero(self.seeds.shown_place)
        self.say_for("seeds", *(Appear(each, run_time=theme.LONG) for each in (self.axes, numbers, cloud, white)))
        self.say_for("loss")
        much = self.seeds.make_much(population.much)
        self.say_for("ours", Appear(much, run_time=theme.STEADY))

    def let_them_drop(self) -> None:
        # The viewer sees each dot fall from the diagonal as far as its own map brings it, most of them to the floor.
        population = self.figures.population
        if population is None:
            return
        self.hold_caption()
        self.beat("drop")
        self.say_for("drop", self.moving(self.seeds.drop, 1.0, DROP), quiet=QUIET)
        back = self.seeds.make_back(population.back)
        self.say_for("back", Appear(back, run_time=theme.STEADY))
        self.say_for("some")

    def check_their_floats(self) -> None:
        # The viewer sees a blue ring for each float network rise to what the same map costs it; none sinks.
        if self.figures.population is None:
            return
        self.hold_caption()
        self.beat("floats")
        self.state = "floats"
        rings = self.seeds.make_floats()
        self.say_for("floats", Appear(rings, run_time=theme.BRIEF), self.moving(self.seeds.rise, 1.0, MAP))

    def answer_the_question(self) -> None:
        # The viewer sees all seeds, violet at the floor, and blue above it.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
