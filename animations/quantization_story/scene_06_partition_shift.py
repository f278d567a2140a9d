"""Scene 6: another pattern of ReLUs on a part of the plane, hardly another class, and why: a ReLU switches at zero."""

from manim import VGroup

from quantization_story.figures.partition_shift import (
    PartitionShiftFigures,
    badge_at,
    badges,
    captions,
    measure,
    moved_label,
    share_label,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.partition_shift import ShiftPicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

MOST_UNITS = 40  # beyond, the pattern is another nearly everywhere even at 8 bits
SLIDE, FLY = 4.5, 2.5  # seconds: for the weights to their levels, and for the view
NEAR = 3.2  # how many times as near one goes to a point


class PartitionShiftScene(QuestionStage, NetworkScene):
    """The pattern changes on a good part of the plane, and hardly a class does: a ReLU switches near zero."""

    network_name = "pinwheel_wide"
    needs = NetworkRequirements(inputs=2, hidden_layers=1, most_units=MOST_UNITS, task=True, rounding=True)
    figures: PartitionShiftFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.show_the_points()
        self.draw_the_creases()
        self.turn_the_dial()
        self.look_at_the_classes()
        self.go_near()
        self.pass_over_the_point()
        self.go_to_the_hinge()
        self.slide_on_the_hinge()
        self.compare()
        self.take_fewer_bits()
        self.see_where_they_lie()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> PartitionShiftFigures:
        """All that is shown; raises ValueError where no bit width changes patterns and leaves the classes."""
        return measure(subject, cls.shown_points)

    def prepare(self) -> None:
        """Load the network, measure it, and build the plane."""
        self.load_story()
        self.tell(captions(self.figures))
        self.places = self.figures.places
        self.scenery = ShiftPicture(self.places, self.drift)
        self.grid, self.clouds = self.scenery.make_grid(), self.scenery.make_clouds()
        self.creases, self.dashed = self.scenery.make_creases(), self.scenery.make_moving()
        self.red_area, self.moved = self.scenery.make_strips(), self.scenery.make_moved()
        self.plane = [self.grid, self.red_area, self.creases, self.dashed]
        self.picture = self.clouds
        self.badge_text = badges(self.figures)[0]
        self.open_stage(lambda: badge_at(self.figures, self.scenery.place.get_value()))
        self.start_drift()

    def slide_to(self, stop: int) -> object:
        """The animation that takes the weights on to a stop."""
        return self.scenery.place.animate.set_value(float(stop))

    @property
    def calm_stop(self) -> int:
        """The stop at which the weights have the calm bit width for the first time."""
        return len(self.figures.widths)

    # --- the plane

    def show_the_points(self) -> None:
        # The viewer sees a square of the plane, and in it the points of the data, a mark a class.
        self.beat("the plane")
        self.ask(*(Appear(each, run_time=theme.LONG) for each in (self.grid, self.clouds)))

    def draw_the_creases(self) -> None:
        # The viewer sees the creases of the network come, a line a ReLU.
        self.beat("creases")
        self.say_for("creases", Appear(self.creases, run_time=theme.LONG))
        self.say_for("pattern", *self.dim(self.clouds))

    def turn_the_dial(self) -> None:
        # The viewer sees the weights go to ever fewer levels: dashed lines leave the solid ones, and red opens between.
        corner = theme.spot(-5.5, 1.9)
        for stop, bits in enumerate(self.figures.widths, start=1):
            self.beat(f"at {bits} bits")
            if stop == 1:
                red = self.red = self.plate(
                    lambda: share_label(self.scenery.red_share()),
                    corner,
                    unit="of the square is red",
                    color=theme.CROSSED,
                    name="red",
                )
                come = [Appear(each, run_time=theme.BRIEF) for each in (self.red_area, self.dashed, red)]
            key = "wide" if stop == 1 else "red" if stop == self.calm_stop else f"at {bits}"
            self.say_for(key, *(come if stop == 1 else ()), self.slide_to(stop), run_time=SLIDE)
        self.hold_caption(QUIET)

    def look_at_the_classes(self) -> None:
        # The viewer sees the points bright again, over the red, and the count of those that get another class.
        self.beat("the classes")
        self.play(Vanish(self.red), run_time=theme.BRIEF)
        self.add(self.moved)
        count = self.make_count()
        self.say_for("classes", *self.undim(), Appear(count, run_time=theme.BRIEF), quiet=QUIET)
        self.play(Vanish(count), run_time=theme.BRIEF)
        self.remove(self.moved)

    def make_count(self) -> VGroup:
        """The plate with how many points get another class now."""
        return self.plate(
            lambda: moved_label(self.scenery.moved(), self.figures.points),
            theme.spot(-5.5, 1.9),
            unit="get another class",
            name="moved",
        )

    def go_near(self) -> None:
        # The viewer goes near to one point beside a crease, while the weights go back.
        self.beat("one point")
        self.followed = self.hero(self.scenery.hero_place)
        near = self.scenery.view.fly_to(self.scenery.near_hero(NEAR))
        self.say_for("near", Appear(self.followed, run_time=theme.BRIEF), self.slide_to(self.calm_stop + 1), near)

    def pass_over_the_point(self) -> None:
        # The viewer sees the line pass over the point, which lies in the red from then on.
        self.beat("the line passes")
        self.own = self.scenery.make_own_crease()
        self.say_for("passes", Appear(self.own, run_time=theme.LONG), self.slide_to(self.calm_stop + 2), quiet=QUIET)

    # --- one ReLU

    def go_to_the_hinge(self) -> None:
        # The viewer sees the points leave the plane for a line with a bend: what the ReLU lets out over what arrives.
        self.beat("the hinge")
        hinge = self.scenery.make_hinge()
        gone = [Vanish(each, run_time=theme.LONG) for each in self.plane]
        back = self.slide_to(self.calm_stop + 3)
        self.say_for(
            "hinge",
            *gone,
            Vanish(self.own, run_time=theme.LONG),
            Appear(hinge, run_time=theme.LONG),
            back,
            self.scenery.turned.animate.set_value(1.0),
        )
        self.on_hinge = [hinge]
        names = [
            self.plate("what arrives", theme.spot(5.4, -2.4)),
            self.plate("what it lets out", theme.spot(5.0, 2.3)),
            self.plate("zero", theme.spot(-2.5, 2.3)),
        ]
        self.play(*(Appear(each, run_time=theme.BRIEF) for each in names))
        self.on_hinge += names

    def slide_on_the_hinge(self) -> None:
        # The viewer goes near to the bend and sees the point slide over zero, and two bars: what came, what went.
        self.beat("past zero")
        self.picture = self.on_hinge[0]
        near = self.scenery.hinge.fly_to(self.scenery.near_zero())
        self.play(near, *self.dim(self.clouds), *map(Vanish, self.on_hinge[1:]), run_time=FLY)
        start = self.calm_stop + 3
        number = self.places.hero
        self.bars = [self.scenery.make_start(number, start), self.scenery.make_bars(number, start, 1)]
        self.add(*self.bars)
        self.say_for("slide", self.slide_to(self.calm_stop + 4))
        names = [
            self.plate(words, at, lambda which=which: self.scenery.bar_place(self.bars[1], which))
            for which, (words, at) in enumerate(
                (("what came in", theme.spot(-2.0, -2.4)), ("what went out", theme.spot(2.2, -1.2)))
            )
        ]
        self.play(*(Appear(each, run_time=theme.BRIEF) for each in names))
        self.hold_caption(QUIET)
        self.bars += names

    def compare(self) -> None:
        # The viewer sees a second point, at which the ReLU stays on: its two bars are equally long.
        if self.places.other is None:
            return
        self.beat("another point")
        start = self.calm_stop + 3
        other = self.hero(self.scenery.other_place)
        bars = [self.scenery.make_start(self.places.other, start), self.scenery.make_bars(self.places.other, start, 2)]
        self.say_for("compare", *(Appear(each, run_time=theme.STEADY) for each in (other, *bars)), quiet=QUIET)
        self.bars += [other, *bars]

    # --- fewer bits

    def take_fewer_bits(self) -> None:
        # The viewer is back over the plane, and sees points ringed as the weights go to still fewer levels.
        gone = [Vanish(each, run_time=theme.LONG) for each in (self.on_hinge[0], *self.bars, self.followed)]
        self.scenery.view.fly_to(self.scenery.home)
        self.scenery.view.way.set_value(1.0)
        self.play(self.hush(), *gone, Vanish(self.clouds, run_time=theme.LONG))
        self.scenery.turned.set_value(0.0)
        self.picture = self.clouds
        self.play(*(Appear(each, run_time=theme.LONG) for each in (*self.plane, self.clouds)))
        self.play(*self.undim(), run_time=theme.BRIEF)
        if self.figures.last is None:
            return
        self.beat("fewer bits")
        self.add(self.moved)
        count = self.make_count()
        self.say_for("fewer", self.slide_to(self.calm_stop + 5), Appear(count, run_time=theme.BRIEF), run_time=SLIDE)
        self.hold_caption(QUIET)

    def see_where_they_lie(self) -> None:
        # The viewer sees all other points dim: the ringed ones lie outside the red, or some inside.
        if self.figures.last is None:
            return
        self.beat("where they lie")
        self.say_for("where", *self.dim(self.clouds, self.creases, self.dashed), quiet=QUIET)

    def answer_the_question(self) -> None:
        # The viewer sees the plane with its red, and the ringed points.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
