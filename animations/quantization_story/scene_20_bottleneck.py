"""Scene 20: a network that narrows to two units; what rounding drops in front of them, no map behind can see."""

from typing import Any

from manim import VGroup

from quantization_story.analysis.narrow_layers import narrows
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.bottleneck import (
    METRIC_WORDS,
    BottleneckFigures,
    back_words,
    badges,
    captions,
    measure,
)
from quantization_story.mobjects.charts.swaying import swaying
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.bottleneck.counts import SeedDots
from quantization_story.pictures.bottleneck.drawing import coloured
from quantization_story.pictures.bottleneck.plane import NarrowPicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

ROUND, BACK, TRY = 3.6, 0.8, 1.6  # seconds: rounding, a way back, a map that is tried
CROSS = 1.0  # seconds that one picture takes to give way to the next


class BottleneckScene(QuestionStage, NetworkScene):
    """The narrow place: two numbers pass, and what rounding drops in front of them no map behind can see."""

    network_name = "bottleneck"
    needs = NetworkRequirements(inputs=2, hidden_layers=2, most_classes=4, task=True, rounding=True)
    figures: BottleneckFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_what_is_lost()
        self.show_the_task()
        self.show_two_numbers()
        self.round_weights()
        self.hold_the_relus()
        self.lay_a_map()
        self.look_at_two()
        self.try_any_map()
        self.look_in_front()
        self.give_back()
        self.count_seeds()
        self.say_what_is_lost()
        self.close_stage()

    @classmethod
    def choose(cls, settings: Settings | None = None) -> StorySubject:
        """The chosen network, if it narrows to two units somewhere; else the shipped one, as in the whole story."""
        chosen = Settings.from_environment() if settings is None else settings
        if chosen.network is not None and not narrows(load_chosen(chosen, cls.network_name).network):
            chosen = Settings()
        return super().choose(chosen)

    @classmethod
    def figures_of(cls, subject: StorySubject) -> BottleneckFigures:
        """What is shown of a network; raises ValueError where no layer is narrow, or nothing is hidden there."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, measure it, and build the plane of its two numbers."""
        self.load_story()
        self.tell(captions(self.figures))
        self.places = self.figures.places
        self.badges = badges(self.figures)
        picture = self.scenery = NarrowPicture(self.places, self.drift)
        self.sketch = swaying(picture.make_network(), self.drift)
        self.pulses = picture.make_pulses()
        self.grid, self.clouds, self.threads = picture.make_grid(), picture.make_clouds(), picture.make_threads()
        self.pair, self.small = picture.make_pair(), picture.make_card()
        self.bars = VGroup(picture.make_bars(), swaying(picture.make_weights(), self.drift))
        self.dots: Any = None
        self.picture = self.sketch
        self.badge_text = self.state()
        self.open_stage(self.state)
        self.start_drift()

    def state(self) -> str:
        """What the picture shows now."""
        picture, told = self.scenery, self.badges
        floats, rounding, weights, held, mapped = *told[:4], told[5]
        if self.dots in self.mobjects:
            return told[-2 if self.dots.rescued.get_value() > 0 else -3]
        in_front = self.bars in self.mobjects
        rounded = picture.dropped.get_value() / 2 if in_front else picture.rounded.get_value()
        if picture.repaired:
            return told[12 if rounded < 0 else 11]
        if rounded < 1:
            return rounding if rounded > 0 else floats
        if in_front:
            return weights
        if picture.held.get_value() == 1:
            return held
        return mapped if picture.dial.get_value() > 0 else weights

    def corner(self) -> tuple[float, float]:
        """Where the number stands that counts what is right."""
        zone = theme.middle_zone()
        return zone.left + 1.5, zone.top - 0.9

    def show_right(self) -> Any:
        """The plate of the accuracy, which is that of the picture at every moment, edged in what it is of."""
        plate = self.plate(self.scenery.accuracy, self.corner(), unit="% right", name="right")
        coloured(plate.board, self.scenery.color, edge=True)
        return plate

    def plane(self) -> list[Any]:
        """What the plane of the two numbers is made of."""
        return [self.grid, *self.clouds]

    def come(self, *things: Any) -> list[Any]:
        """The animations that bring things."""
        return [Appear(each, run_time=CROSS) for each in things]

    def go(self, *things: Any) -> list[Any]:
        """The animations that take things away, while others come."""
        return [Vanish(each, run_time=CROSS) for each in things]

    # --- the beats

    def ask_what_is_lost(self) -> None:
        # The viewer sees the network fill the frame, two white units in its middle, and one point squeeze through.
        self.beat("question")
        picture, zone = self.scenery, theme.middle_zone()
        self.widths = swaying(picture.make_widths(), self.drift)
        self.name_figure("widths", self.widths)
        self.pulse_name = self.plate("one point on its way", (zone.left + 2.4, zone.top - 0.5), picture.pulse_place)
        self.ask(*self.come(self.sketch, self.widths))
        self.add(self.pulses)
        last = len(self.figures.widths) - 1
        self.play(picture.front.animate.set_value(last), *self.come(self.pulse_name), run_time=4.0)

    def show_the_task(self) -> None:
        # The viewer sees the points that go in, each by its class, and the network small in its corner.
        self.beat("task")
        gone = self.go(self.sketch, self.widths, self.pulses, self.pulse_name)
        self.picture = self.clouds
        here = theme.middle_zone()
        self.small_name = self.plate("boxed: where we look", (here.right - 1.9, here.bottom + 2.75))
        self.say_for("task", *gone, *self.come(*self.clouds, self.small, self.small_name))

    def show_two_numbers(self) -> None:
        # The viewer sees the points flow from the inputs to the plane of the two numbers.
        self.beat("float")
        picture, zone = self.scenery, theme.middle_zone()
        self.right = self.show_right()
        moves = picture.entered.animate.set_value(1.0), picture.where.animate.set_value(self.figures.layer)
        self.say_for("float", *moves, *self.come(self.grid, self.right), *self.go(self.small_name), run_time=3.0)
        places = (
            (zone.center[0] + 2.4, zone.center[1] - 0.9),
            (zone.center[0] - 2.2, zone.top - (3.0 if theme.VERTICAL else 1.4)),
        )
        self.axes = [
            self.plate(name, at, picture.axis_place(axis))
            for axis, (name, at) in enumerate(zip(("first number", "second number"), places, strict=True))
        ]
        self.play(*(Appear(each, run_time=theme.BRIEF) for each in self.axes))

    def round_weights(self) -> None:
        # The viewer sees the points move as the weights are rounded, on threads: two spirals fall onto one line.
        self.beat("rounding")
        picture, zone = self.scenery, theme.middle_zone()
        self.add(self.threads)
        away = (Vanish(each, run_time=theme.BRIEF) for each in self.axes)
        name = self.plate("threads lead to float", (zone.right - 2.2, zone.center[1] - 0.3), color=theme.FLOAT)
        self.legend = [name]
        self.say_for("rounded", picture.rounded.animate.set_value(1.0), *away, *self.come(name), run_time=ROUND)

    def hold_the_relus(self) -> None:
        # The viewer sees every ReLU held as in the float network, and hardly anything moves.
        self.beat("other ReLUs")
        self.play(self.hush(), *map(Vanish, (*self.legend, self.right)), run_time=theme.BRIEF)
        self.say_for("held", self.scenery.held.animate.set_value(1.0), run_time=3.0)
        kept = percent(self.figures.metric, 0)
        self.kept = self.plate(kept, self.corner(), unit=METRIC_WORDS, color=theme.SAME, name="metric")
        self.play(Appear(self.kept), run_time=theme.BRIEF)
        self.hold_caption(QUIET)

    def lay_a_map(self) -> None:
        # The viewer sees one map move all points together; the threads shrink, and do not close.
        self.beat("a map")
        back = self.scenery.held.animate.set_value(0.0)
        self.play(self.hush(), back, Vanish(self.kept), run_time=BACK)
        self.say_for("map", self.scenery.dial.animate.set_value(1.0))
        self.play(Appear(self.right), run_time=theme.BRIEF)
        self.hold_caption(QUIET)

    def look_at_two(self) -> None:
        # The viewer sees the map leave, and two rings of different classes in one place, their float twins apart.
        self.beat("pair")
        self.play(self.hush(), self.scenery.dial.animate.set_value(0.0), Vanish(self.right), run_time=BACK)
        self.say_for("pair", *self.go(self.threads), *self.come(self.pair, *self.name_pair()))
        self.play(*self.dim(*self.clouds), run_time=theme.BRIEF)

    def name_pair(self) -> list[Any]:
        """The plates that say what is blue and what is ringed."""
        picture, zone = self.scenery, theme.middle_zone()
        both = zone.left + 2.0, zone.bottom + 1.7
        twins = (
            (zone.right - 1.6, zone.center[1] + (3.6 if theme.VERTICAL else 1.4)),
            (zone.center[0] + (1.2 if theme.VERTICAL else 2.6), zone.center[1] - (2.2 if theme.VERTICAL else 1.2)),
        )
        self.names = [
            self.plate("both, rounded", both, picture.pair_place),
            *(
                self.plate(f"{name} in float", at, picture.twin_place(which), color=theme.FLOAT)
                for which, (name, at) in enumerate(zip(("one", "other"), twins, strict=True))
            ),
        ]
        for name in self.names:
            name.leader.set_stroke(theme.QUIET)  # the threads have the colours
        return self.names

    def try_any_map(self) -> None:
        # The viewer sees one map after the other move all points, the two rings with them: they stay one.
        self.beat("any map")
        dial = self.scenery.dial
        self.say_for("any map", *self.go(*self.names), dial.animate.set_value(1.0), run_time=TRY)
        for position in range(2, len(self.places.maps)):
            self.play(dial.animate.set_value(position), run_time=TRY)
        self.hold_caption(1.0)

    def look_in_front(self) -> None:
        # The viewer sees what stands in front, a bar a number and point; then weights become zero, and bars go pale.
        self.beat("in front")
        picture, bars = self.scenery, self.scenery.bars_zone()
        self.words = [
            self.plate("two weights each", (bars.left + 1.2, bars.bottom - 1.6)),
            self.plate("each number: a bar for either point", (bars.center[0], bars.top + 0.6)),
        ]
        self.picture = self.bars
        moved = picture.where.animate.set_value(self.figures.layer - 1)
        crossed = *self.go(*self.plane(), self.pair), *self.come(self.bars, *self.words)
        self.say_for("front", *crossed, moved, run_time=CROSS)
        back = picture.rounded.animate.set_value(0.0), picture.dial.animate.set_value(0.0)
        self.play(*back, run_time=theme.BRIEF)
        self.say_for("shift", picture.dropped.animate.set_value(1.0), run_time=3.0)
        whole = picture.dropped.animate.set_value(2.0), picture.rounded.animate.set_value(1.0)
        self.say_for("zeros", *whole, run_time=3.0, quiet=QUIET)
        if self.figures.alike:
            self.say_for("alike")

    def give_back(self) -> None:
        # The viewer sees what each weight lost added again: the two rings part, all threads close; on float they open.
        if not self.figures.gives_back:
            return
        self.beat("restored")
        picture = self.scenery
        self.picture = self.clouds
        gone = self.bars, *self.words, self.small
        self.play(self.hush(), *self.go(*gone), *self.come(*self.plane(), self.threads, self.pair), run_time=CROSS)
        picture.repaired = True
        back = picture.rounded.animate.set_value(0.0)
        self.say_for("restored", back, *self.come(self.right), *self.undim(), run_time=ROUND, quiet=QUIET)
        self.beat("on float")
        self.say_for("on float", picture.rounded.animate.set_value(-1.0), run_time=ROUND, quiet=QUIET)

    def count_seeds(self) -> None:
        # The viewer sees every network of the search that loses much as a dot; most turn, ours stays.
        population = self.figures.population
        if population is None:
            return
        self.beat("seeds")
        self.dots = swaying(SeedDots(population.outcomes, self.figures.seed), self.drift)
        self.picture = self.dots
        before = self.bars, *self.words, self.small, *self.plane(), self.threads, self.pair, self.right
        gone = self.go(*(each for each in before if each in self.mobjects))
        self.say_for("seeds", *gone, *self.come(self.dots, *self.name_own()))
        self.beat("picked")
        self.hold_caption()
        self.say_for("picked", self.dots.rescued.animate.set_value(1.0), run_time=2.0)
        self.play(*self.name_back(back_words(population)), run_time=theme.BRIEF)

    def name_own(self) -> list[Any]:
        """The plate that says which dot is ours, if one is."""
        self.words = [] if self.dots.own is None else [self.name_dot("ours", self.dots.own, low=True)]
        return self.words

    def name_back(self, words: str) -> list[Any]:
        """The plate that says how far those come back that do."""
        if self.dots.back is None:
            return []
        self.words.append(self.name_dot(words, self.dots.back, low=False))
        self.name_figure("back", self.words[-1])
        return [Appear(self.words[-1])]

    def name_dot(self, words: str, at: Any, low: bool) -> Any:
        """A plate beside the dots, or in an upright frame above or below them."""
        zone, dots = theme.middle_zone(), self.dots
        upright = zone.bottom + 1.0 if low else zone.top - 1.0
        place = (zone.center[0], upright) if theme.VERTICAL else (zone.right - 2.4, at[1])
        return self.plate(words, place, lambda: at + dots.swayed)

    def say_what_is_lost(self) -> None:
        # The viewer sees the two points once more, in one place behind the narrow layer, their twins apart.
        self.beat("answer")
        picture = self.scenery
        picture.where.set_value(self.figures.layer)
        shows_plane = self.pair in self.mobjects
        if shows_plane:
            self.play(self.hush(), *self.go(self.right, self.threads))
            picture.repaired = False
            self.play(picture.rounded.animate.set_value(1.0), run_time=BACK)
        picture.repaired = False
        picture.rounded.set_value(1.0)
        self.picture = self.clouds
        gone = [each for each in (self.bars, *self.words, self.small, self.dots) if each in self.mobjects]
        come = [] if shows_plane else [*self.plane(), self.pair]
        self.answer_for(*self.go(*gone), *self.come(*come, *self.name_pair()))
