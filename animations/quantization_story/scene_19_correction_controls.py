"""Scene 19: whether one output map is a repair or just six more numbers: its controls, and every seed of the search."""

from typing import Any, cast

import numpy as np
from manim import Animation, rate_functions

from quantization_story.core.shown_numbers import percent
from quantization_story.figures.correction_controls import (
    CorrectionControlsFigures,
    back_words,
    badge,
    captions,
    lowest,
    measure,
    much_words,
)
from quantization_story.mobjects.charts.seed_chart import SeedChart, SeedLosses
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.seed_population import SOME, PopulationFigures, loss_ticks
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.correction_controls import CALM, SMALL_RING, Calmer, Ruler, TrialPlane
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

MAP, SWAP, SHUFFLES, DROP = 4.0, 3.0, 5.0, 4.0  # seconds for each deed
SHRINK = 2.2  # seconds for the plane to go on to its card


class CorrectionControlsScene(QuestionStage, NetworkScene):
    """A repair, or just six more numbers? The map on the float network, on shuffles, on the inputs, on every seed."""

    needs = NetworkRequirements(inputs=2, outputs=2, hidden_layers=1, most_classes=4, task=True, rounding=True)
    figures: CorrectionControlsFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_the_question()
        self.carry_out_the_map()
        self.set_up_the_ruler()
        self.try_the_float_network()
        self.try_one_shuffle()
        self.try_all_shuffles()
        self.try_the_inputs()
        if self.figures.population is not None:
            self.show_all_seeds(self.figures.population)
            self.let_them_drop(self.figures.population)
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> CorrectionControlsFigures:
        """What is shown of a network; raises ValueError where there is nothing to repair or to compare."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure, and build the output plane, the ruler and the card."""
        self.load_story()
        self.tell(captions(self.figures))
        self.calm = Calmer(self.drift, lambda: CALM)
        zone, share = theme.middle_zone(), theme.SIDE_CARD_SHARE
        left = theme.Zone(zone.left + 0.5, zone.right - share * zone.width - 0.75, zone.bottom, zone.top)
        self.ruler = Ruler(left, lowest(self.figures), self.figures.shuffles, self.calm)
        self.trial = TrialPlane(self.figures.places, self.ruler, self.drift)
        self.cloud = self.trial.make_points()
        self.picture = self.cloud[0]
        self.state = "rounded"
        self.lanes: list[Any] = []
        self.badge_text = self.now()
        self.open_stage(self.now)
        self.start_drift()

    def now(self) -> str:
        """What the picture shows now."""
        if self.state == "seeds":
            return badge(self.figures, self.state, self.seeds.drop.get_value() > 0)
        return badge(self.figures, self.state, self.state == "shuffled" or self.trial.part.get_value() > 0)

    def enter(self, state: str) -> None:
        """From here on another trial is on."""
        self.state = self.trial.state = state
        self.trial.part.set_value(0.0)

    def lane(self, lane: str, name: str, color: str) -> tuple[list[Any], Any]:
        """The lane of a trial, its mark and its number, which stands where no mark comes; and "+ map"."""
        ruler, trial = self.ruler, self.trial
        row, more = ruler.make_lane(lane, name, r"\+ map")
        mark = ruler.make_mark(lane, trial.reached, color)
        at = ruler.place(self.figures.rounded, lane) - [1.6, 0.0, 0.0]

        def level() -> np.ndarray:
            return np.array([mark.get_center()[0] if len(mark.points) else at[0], at[1], 0.0])

        number = self.plate(lambda: percent(ruler.kept.get(lane) or trial.reached()), at, level, color=color, name=lane)
        return [row, mark, number], more

    def keep(self, lane: str) -> None:
        """Let a mark and its number stay where they are, before another trial is on."""
        self.ruler.kept[lane] = self.trial.reached()

    def moving(self, tracker: Any, goal: float, seconds: float, rate: Any = rate_functions.smooth) -> Animation:
        """The animation that takes a tracker to a value."""
        return cast(Animation, tracker.animate(run_time=seconds, rate_func=rate).set_value(goal).build())

    def come(self, things: Any, seconds: float = theme.BRIEF) -> list[Animation]:
        """The animations with which some things come."""
        return [Appear(each, run_time=seconds) for each in things]

    # --- the beats

    def ask_the_question(self) -> None:
        # The viewer sees the output plane: float points in blue, the rounded in orange, ringed where they went astray.
        self.beat("question")
        self.floats, self.sectors = self.trial.make_floats(), self.trial.make_large_sectors()
        right = theme.middle_zone().right - 1.6, theme.middle_zone().top - 1.0
        self.right = self.plate(lambda: percent(self.trial.reached()), right, unit="% right", name="right")
        self.add(self.sectors, self.floats)
        self.ask(*self.come([self.cloud, self.right], theme.LONG))

    def carry_out_the_map(self) -> None:
        # The viewer sees the map lay orange on blue, violet, and nearly all rings go.
        self.say_for("rounded")
        self.hold_caption()
        self.beat("claim")
        self.say_for("claim", self.moving(self.trial.part, 1.0, MAP), quiet=QUIET)

    def set_up_the_ruler(self) -> None:
        # The viewer sees the plane shrink to a card, and beside it a ruler on which the rounded network has its mark.
        self.beat("tests")
        self.say_for("tests", *map(Vanish, (self.right, self.sectors, self.floats)))
        self.forget_figure("right")
        card = self.side_card(self.trial.square)
        small, fly = self.trial.small, self.trial.view.fly_to(self.trial.pose_on_card())
        self.play(fly, small.animate.set_value(1.0), run_time=SHRINK)
        self.remove(self.cloud)
        self.cloud = self.trial.make_points(SMALL_RING)
        self.picture = self.cloud[0]
        self.add(self.cloud)
        self.trial_sectors = self.trial.make_sectors()
        self.axis, self.ticks = self.ruler.make_axis()
        self.name_figure("ticks", self.ticks)
        row, more = self.lane("rounded", "rounded", theme.REPAIRED)
        ghost = self.ruler.make_ghost("rounded", self.figures.rounded, theme.QUANTIZED)
        self.goal = self.ruler.make_goal(self.figures.repaired)
        self.lanes += [*row, more, ghost]
        come = [self.trial_sectors, self.axis, self.ticks, *row, more, ghost, self.goal]
        self.play(card, *self.come(come, theme.STEADY), run_time=theme.STEADY)
        self.keep("rounded")
        self.say_for("fitted")

    def change_points(self, state: str) -> None:
        """One trial's points leave the card, and the next one's come."""
        self.play(Vanish(self.cloud), run_time=theme.BRIEF)
        self.enter(state)
        self.cloud.update()

    def try_the_float_network(self) -> None:
        # The viewer sees the float network's points and its mark, which the same map takes down from where it was.
        self.hold_caption()
        self.beat("float")
        self.picture = self.axis
        self.change_points("float")
        row, more = self.lane("float", "float", theme.FLOAT)
        ghost = self.ruler.make_ghost("float", self.figures.float_accuracy, theme.FLOAT)
        self.lanes += [*row, more, ghost]
        self.play(*self.come([*row, ghost, self.cloud]))
        self.say_for("float", *self.come([more]), self.moving(self.trial.part, 1.0, MAP))
        self.keep("float")

    def try_one_shuffle(self) -> None:
        # The viewer sees the rounded weights change places, and on the card what a map makes of the outputs then.
        self.hold_caption()
        self.beat("one")
        tiles, names, goals = self.ruler.make_tiles(self.figures.weights)
        self.name_figure("weights", tiles)
        self.name_figure("layers", names)
        pairs: list[tuple[Any, Any]] = list(zip(tiles, goals, strict=True))
        swap = [tile.animate(run_time=SWAP, path_arc=0.9).move_to(goal) for tile, goal in pairs]
        self.play(Vanish(self.cloud), run_time=theme.BRIEF)
        self.enter("example")
        self.play(*self.come([tiles, names]))
        self.say_for("shuffle", *swap)
        self.cloud.update()
        self.play(Appear(self.cloud), run_time=theme.BRIEF)
        self.play(self.moving(self.trial.part, 1.0, SWAP))
        self.hold_caption()
        self.play(*map(Vanish, (tiles, names)), run_time=theme.BRIEF)
        self.forget_figure("weights")
        self.forget_figure("layers")

    def try_all_shuffles(self) -> None:
        # The viewer sees shuffle after shuffle on the card, each with its map, and its dot fall on the ruler.
        self.beat("shuffles")
        ruler = self.ruler
        ruler.drawn.set_value(1.0)
        self.enter("shuffled")
        self.dots = ruler.make_dots()
        every = self.moving(ruler.drawn, len(self.figures.shuffles), SHUFFLES, rate_functions.linear)
        self.say_for("fit", *self.come([self.dots]), every)
        best, at = percent(self.figures.best), (ruler.zone.right - 1.2, ruler.zone.up(-0.15))
        self.best = self.plate(best, at, ruler.best_place, unit="the best", name="best")
        self.say_for("found", *self.come([self.best], theme.STEADY))

    def try_the_inputs(self) -> None:
        # The viewer sees the inputs laid into the sectors by a map, and then how far that gets.
        self.hold_caption()
        self.play(*map(Vanish, (self.best, self.cloud)), run_time=theme.BRIEF)
        self.forget_figure("best")
        self.beat("raw")
        self.enter("raw")
        self.cloud.update()
        self.play(Appear(self.cloud), run_time=theme.BRIEF)
        self.say_for("raw", self.moving(self.trial.part, 1.0, SWAP))
        row, more = self.lane("raw", "inputs", theme.QUIET)
        self.lanes += [*row, more]
        self.play(*self.come([*row, more], theme.STEADY))
        self.keep("raw")
        self.hold_caption(QUIET)

    def show_all_seeds(self, population: PopulationFigures) -> None:
        # The viewer sees a chart with a dot a network, all on the diagonal, and the one that was shown is marked.
        gone = [self.axis, self.ticks, self.goal, self.dots, self.cloud, self.trial_sectors, *self.lanes]
        self.beat("seeds")
        self.say_for("seeds", *map(Vanish, gone), self.clear_card())
        zone, p = theme.middle_zone(), population
        inner = theme.Zone(zone.left + 1.2, zone.right - 0.7, zone.bottom + 1.15, zone.top - 0.35)
        every = SeedLosses(np.array(p.before), np.array(p.after), np.array(p.on_float), p.small, p.shown)
        self.seeds = SeedChart(inner, every, loss_ticks(p), self.calm)
        self.state = "seeds"
        axes, losses = self.seeds.make_axes(), self.seeds.numbers()
        self.name_figure("losses", losses)
        self.picture = axes
        dots = self.seeds.make_seeds(), self.hero(self.seeds.shown_place)
        self.play(*self.come([axes, losses, *dots], theme.STEADY))
        self.say_for("axes")

    def let_them_drop(self, population: PopulationFigures) -> None:
        # The viewer sees each dot fall from the diagonal as far as its own map brings it; then the float networks.
        self.hold_caption()
        self.beat("drop")
        self.say_for("drop", self.moving(self.seeds.drop, 1.0, DROP), quiet=QUIET)
        much = self.seeds.make_much(SOME, much_words())
        back = self.seeds.make_back(population.back, back_words(population))
        for name, (_, label) in (("much", much), ("back", back)):
            self.name_figure(name, label)
        self.say_for("back", *self.come((*much, *back), theme.STEADY))
        worse = self.plate("this one got worse", theme.spot(-1.5, 1.8), self.seeds.worst_place(population.worst))
        if population.worse:
            self.play(Appear(worse), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        self.play(Vanish(worse), run_time=theme.BRIEF)
        rings = self.seeds.make_floats()
        self.say_for("floats", *self.come([rings]), self.moving(self.seeds.rise, 1.0, MAP), quiet=QUIET)

    def answer_the_question(self) -> None:
        # The viewer sees what the maps leave: nearly all rounded networks in the band, the float ones at or above it.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
