"""Scene 20: a network that narrows to two units; what rounding drops in front of them, no map behind can see."""

from typing import Any

from manim import VGroup

from quantization_story.analysis.narrow_layers import narrows
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.bottleneck import (
    METRIC_WORDS,
    BottleneckFigures,
    badges,
    captions,
    measure,
    seeds_words,
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
            return told[9]
        in_front = self.bars in self.mobjects
        rounded = picture.dropped.get_value() / 2 if in_front else picture.rounded.get_value()
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
        # The viewer sees two rings of different classes in one place, their float twins far apart.
        self.beat("pair")
        self.say_for("pair", *self.go(self.threads, self.right), *self.come(self.pair, *self.name_pair()))
        self.play(*self.dim(*self.clouds), run_time=theme.BRIEF)

    def name_pair(self) -> list[Any]:
        """The plates that say what is blue and what is ringed."""
        picture, zone = self.scenery, theme.middle_zone()
        places = (
            (zone.left + 2.0, zone.bottom + 1.7),
            (zone.right - 1.6, zone.center[1] + (3.6 if theme.VERTICAL else 1.4)),
        )
        self.names = [
            self.plate("both, rounded", places[0], picture.pair_place),
            self.plate("float", places[1], picture.twin_place(0), color=theme.FLOAT),
        ]
        for name in self.names:
            name.leader.set_stroke(theme.QUIET)  # the threads have the colours
        return self.names

    def try_any_map(self) -> None:
        # The viewer sees one map after the other turn and stretch the plane: the two rings stay one.
        self.beat("any map")
        dial = self.scenery.dial
        self.say_for("any map", *self.go(*self.names), dial.animate.set_value(2.0), run_time=TRY)
        for position in range(3, len(self.places.maps)):
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

    def count_seeds(self) -> None:
        # The viewer sees every network of the search as a dot: many hold, of those that lose most come back.
        population = self.figures.population
        if population is None:
            return
        self.beat("picked")
        self.dots = swaying(SeedDots(population.outcomes, self.figures.seed, seeds_words(population)), self.drift)
        self.name_figure("fates", self.dots.words)
        self.picture = self.dots
        self.say_for("picked", *self.go(self.bars, *self.words, self.small), *self.come(self.dots))

    def say_what_is_lost(self) -> None:
        # The viewer sees the two points once more, in one place behind the narrow layer, their twins apart.
        self.beat("answer")
        self.scenery.where.set_value(self.figures.layer)
        self.picture = self.clouds
        gone = [each for each in (self.bars, *self.words, self.small, self.dots) if each in self.mobjects]
        crossed = *self.go(*gone), *self.come(*self.plane(), self.pair, *self.name_pair())
        self.answer_for(*crossed)
