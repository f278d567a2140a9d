"""Scene 20: a network that narrows to two units; what rounding drops in front of them, no map behind can see."""

from typing import Any

from manim import VGroup

from quantization_story.analysis.narrow_layers import narrows
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.bottleneck import (
    TICKS,
    BottleneckFigures,
    back_words,
    badges,
    captions,
    compared_words,
    measure,
    mingled_words,
    shares_words,
)
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.bottleneck import CostChart, NarrowPicture, SeedDots, swaying
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

ROUND, BACK, TRY = 3.6, 1.0, 1.6  # seconds: rounding, a way back, a map that is tried
SKETCH = 12.4, 5.7  # the width and the height of the network as it fills the frame
CARD = 2.5, 1.9  # and of the small one


class BottleneckScene(QuestionStage, NetworkScene):
    """The narrow place: two numbers pass, and what rounding drops in front of them no map behind can see."""

    network_name = "bottleneck"
    needs = NetworkRequirements(inputs=2, hidden_layers=2, most_classes=4, task=True, rounding=True)
    figures: BottleneckFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_what_it_hides()
        self.show_two_numbers()
        self.round_weights()
        self.hold_the_relus()
        self.lay_a_map()
        self.look_at_two()
        self.look_in_front()
        self.try_any_map()
        self.add_a_term()
        self.name_the_price()
        self.compare_with_maps()
        self.count_seeds()
        self.say_what_it_hides()
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
        self.aside = ""  # what the badge says where the picture is not the plane
        picture = self.scenery = NarrowPicture(self.places, self.drift)
        self.sketch = swaying(picture.make_network(*SKETCH), self.drift)
        self.pulses = picture.make_pulses()
        self.grid, self.clouds, self.threads = picture.make_grid(), picture.make_clouds(), picture.make_threads()
        self.picture = self.sketch
        self.badge_text = self.state()
        self.open_stage()
        self.remove(self.badge)
        self.badge = self.make_badge(self.state)
        self.add(self.badge)
        self.start_drift()

    def state(self) -> str:
        """What the picture shows now."""
        picture = self.scenery
        floats, rounding, weights, held = self.badges[:4]
        mapped, adding, term = self.badges[5], self.badges[9], self.badges[10]
        if self.aside:
            return self.aside
        if picture.rounded.get_value() < 1:
            return rounding if picture.rounded.get_value() > 0 else floats
        if picture.term.get_value() > 0:
            return term if picture.term.get_value() == 1 else adding
        if picture.held.get_value() == 1:
            return held
        return mapped if picture.dial.get_value() > 0 else weights

    def corner(self) -> tuple[float, float]:
        """Where the number stands that counts what is right."""
        zone = theme.middle_zone()
        return zone.left + 1.5, zone.top - 0.9

    def show_right(self) -> Any:
        """The plate of the accuracy, which is that of the picture at every moment."""
        return self.plate(self.scenery.accuracy, self.corner(), unit="% right", name="right")

    # --- the beats

    def ask_what_it_hides(self) -> None:
        # The viewer sees the network fill the frame, two white units in its middle, and pulses that squeeze through.
        self.beat("question")
        self.ask(Appear(self.sketch, run_time=1.0))
        self.add(self.pulses)
        last = len(self.figures.widths) - 1
        self.play(self.scenery.front.animate.set_value(last), run_time=4.0)

    def show_two_numbers(self) -> None:
        # The viewer sees the plane of the two numbers, and in it all points, each by its class.
        self.beat("float")
        picture = self.scenery
        gone = [Vanish(self.sketch, run_time=0.7), Vanish(self.pulses, run_time=0.7)]
        small = self.side_card(picture.make_network(*CARD))
        self.right = self.show_right()
        come = [Appear(each, run_time=1.5) for each in (self.grid, *self.clouds, self.right)]
        self.picture = self.clouds
        self.say_for("float", *gone, *come, small)
        zone = theme.middle_zone()
        places = (zone.right - 1.7, zone.bottom + 0.6), (zone.center[0] - 2.2, zone.top - 2.0)
        self.axes = [
            self.plate(name, at, picture.axis_place(axis))
            for axis, (name, at) in enumerate(zip(("first number", "second number"), places, strict=True))
        ]
        self.play(*(Appear(each, run_time=theme.BRIEF) for each in self.axes))

    def round_weights(self) -> None:
        # The viewer sees the points move as the weights are rounded, on threads: two spirals fall onto one line.
        self.beat("rounding")
        self.add(self.threads)
        away = (Vanish(each, run_time=theme.BRIEF) for each in self.axes)
        self.say_for("rounded", self.scenery.rounded.animate.set_value(1.0), *away, run_time=ROUND)
        zone = theme.middle_zone()
        self.thread_name = self.plate("threads lead to float", (zone.right - 2.2, zone.bottom + 0.6))
        self.play(Appear(self.thread_name), run_time=theme.BRIEF)
        self.hold_caption(1.0)

    def hold_the_relus(self) -> None:
        # The viewer sees red crosses nearly everywhere; every ReLU is held, red goes, and hardly anything moves.
        self.beat("other ReLUs")
        picture = self.scenery
        patterns = picture.make_patterns()
        self.say_for(
            "others", Vanish(self.thread_name), *map(Appear, patterns), *map(Vanish, self.clouds), run_time=1.0
        )
        self.picture = patterns
        zone = theme.middle_zone()
        back = *map(Appear, self.clouds), *map(Vanish, patterns)
        self.say_for("held", picture.held.animate.set_value(1.0), *back, run_time=3.0)
        self.picture = self.clouds
        share, words = percent(self.figures.metric, 0), shares_words(self.figures)
        at = zone.left + 3.2, zone.bottom + 0.8
        self.metric = self.plate(f"{share} %", at, unit=words, color=theme.SAME, name="metric")
        self.play(Appear(self.metric), run_time=theme.BRIEF)
        self.hold_caption(1.0)

    def lay_a_map(self) -> None:
        # The viewer sees one map move all points together; the threads shrink, and do not close.
        self.beat("a map")
        picture = self.scenery
        self.play(self.hush(), Vanish(self.metric), run_time=theme.BRIEF)
        self.play(picture.held.animate.set_value(0.0), run_time=1.0)
        self.say_for("map", picture.dial.animate.set_value(1.0))
        self.hold_caption(0.5)

    def look_at_two(self) -> None:
        # The viewer sees two ringed points of different classes in one place, their float twins far apart.
        self.beat("pair")
        picture = self.scenery
        self.play(picture.dial.animate.set_value(0.0), run_time=BACK)
        self.pair = picture.make_pair()
        come = [Appear(each, run_time=1.0) for each in (self.pair, *self.name_pair())]
        gone = Vanish(self.threads, run_time=1.0), self.clear_card()
        self.say_for("pair", picture.view.fly_to(picture.close), *gone, *come)
        self.hold_caption(1.0)

    def name_pair(self) -> list[Any]:
        """The plates that say what is blue and what is ringed."""
        picture, zone = self.scenery, theme.middle_zone()
        self.names = [
            self.plate("both, rounded", (zone.left + 1.7, zone.bottom + 0.9), picture.pair_place),
            self.plate("float", (zone.right - 1.6, zone.bottom + 1.2), picture.twin_place(0)),
        ]
        return self.names

    def look_in_front(self) -> None:
        # The viewer sees what stands in front, two bars a number, unlike; then weights become zero, and they go pale.
        self.beat("in front")
        picture = self.scenery
        gone = [self.grid, *self.clouds, self.pair, *self.names, self.right]
        self.play(self.hush(), *map(Vanish, gone), run_time=0.6)
        bars, weights = (swaying(each, self.drift) for each in (picture.make_bars(), picture.make_weights()))
        zone = theme.middle_zone()
        words = VGroup(
            self.plate("its two weights", (zone.left + 1.7, zone.bottom + 0.35)),
            self.plate("a bar for each of the two points", (zone.center[0] + 1.0, zone.top - 0.7)),
        )
        self.picture = bars
        self.say_for("front", *(Appear(each, run_time=1.0) for each in (bars, weights, words)))
        self.say_for("zeros", picture.dropped.animate.set_value(1.0), run_time=3.0, quiet=0.5)
        self.play(self.hush(), *map(Vanish, (bars, weights, words)), run_time=theme.BRIEF)
        self.picture = self.clouds
        self.play(*map(Appear, (self.grid, *self.clouds, self.pair)), run_time=theme.BRIEF)

    def try_any_map(self) -> None:
        # The viewer sees one map after the other turn and stretch the plane: the two rings stay one.
        self.beat("any map")
        picture, zone = self.scenery, theme.middle_zone()
        self.forget_figure("right")
        self.say_for("any map", picture.dial.animate.set_value(1.0), run_time=TRY)
        for position in range(2, len(self.places.maps)):
            self.play(picture.dial.animate.set_value(position), run_time=TRY)
        share, words = percent(self.figures.mingled), mingled_words(self.figures)
        mingled = self.plate(f"{share} %", (zone.right - 3.0, zone.bottom + 0.9), unit=words, name="mingled")
        self.play(Appear(mingled), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        self.play(self.hush(), Vanish(mingled), picture.dial.animate.set_value(0.0), run_time=1.0)

    def add_a_term(self) -> None:
        # The viewer sees a term added in front: the two part, and every point goes home.
        self.beat("term")
        picture = self.scenery
        self.right = self.show_right()
        back = picture.view.fly_to(picture.home)
        self.say_for(
            "term", picture.term.animate.set_value(1.0), back, Appear(self.right, run_time=1.0), run_time=ROUND
        )
        self.hold_caption(QUIET)

    def name_the_price(self) -> None:
        # The viewer sees what the term stores against what it reaches, beside the network's own size.
        self.beat("cost")
        f, zone = self.figures, theme.middle_zone()
        self.play(self.hush(), *map(Vanish, (self.grid, *self.clouds, self.pair, self.right)), run_time=0.6)
        self.aside = self.badges[11]
        self.costs = CostChart(max(f.maps_numbers, f.numbers, f.term_numbers), TICKS, f.right, f.numbers, self.drift)
        self.name_figure("ticks", self.costs.numbers)
        size = self.label("network", zone.center[0] - 0.5, zone.bottom + 1.7, f.numbers, TICKS[0] + 0.06)
        name = self.label("term", zone.center[0] + 0.4, zone.top - 1.6, f.term_numbers, f.term)
        mark = self.costs.mark(f.term_numbers, f.term, theme.REPAIRED)
        self.compared = [self.costs, size, mark, name]
        self.picture = self.costs
        self.say_for("cost", *(Appear(each, run_time=1.0) for each in self.compared))

    def label(self, name: str, x: float, y: float, numbers: float, accuracy: float) -> Any:
        """A plate of the chart, with its leader to a place there."""
        return self.plate(compared_words(self.figures)[name], (x, y), self.costs.place(numbers, accuracy), name=name)

    def compare_with_maps(self) -> None:
        # The viewer sees the maps far to the right and low; then white bars: what each does to the float network.
        self.beat("maps")
        f, zone = self.figures, theme.middle_zone()
        mark = self.costs.mark(f.maps_numbers, f.maps, theme.REPAIRED)
        name = self.label("maps", zone.right - 2.4, zone.center[1] + 1.2, f.maps_numbers, f.maps)
        self.say_for("maps", Appear(mark, run_time=1.0), Appear(name, run_time=1.0))
        self.beat("harm")
        ticks = [
            self.costs.tick(f.term_numbers, f.term, f.term_on_float),
            self.costs.tick(f.maps_numbers, f.maps, f.maps_on_float),
        ]
        white = self.label("on float", zone.center[0] + 0.9, zone.center[1] - 0.6, f.term_numbers, f.term_on_float)
        self.compared += [mark, name, *ticks, white]
        self.say_for("harm", *(Appear(each, run_time=1.0) for each in (*ticks, white)))
        self.hold_caption(0.5)
        self.play(self.hush(), *map(Vanish, self.compared), run_time=theme.BRIEF)

    def count_seeds(self) -> None:
        # The viewer sees every network of the search as a dot: many hold, of those that lose most come back.
        population = self.figures.population
        if population is None:
            return
        self.beat("picked")
        self.aside = self.badges[12]
        dots = swaying(SeedDots(population.outcomes, self.figures.seed), self.drift)
        self.picture = dots
        zone, words = theme.middle_zone(), back_words(self.figures)
        at = zone.right - 2.2, zone.center[1] - 1.0
        back = self.plate(str(population.restored), at, unit=words, color=theme.REPAIRED, name="back")
        self.say_for("picked", Appear(dots, run_time=1.5), Appear(back, run_time=1.0))
        self.hold_caption(0.5)
        self.play(self.hush(), Vanish(dots), Vanish(back), run_time=theme.BRIEF)

    def say_what_it_hides(self) -> None:
        # The viewer sees the two points once more, in one place behind the narrow layer, their twins apart.
        self.beat("answer")
        picture = self.scenery
        self.aside = ""
        picture.term.set_value(0.0)
        picture.view.start = picture.view.goal = picture.close
        self.picture = self.clouds
        come = [Appear(each, run_time=1.0) for each in (self.grid, *self.clouds, self.pair, *self.name_pair())]
        self.answer_for(*come)
