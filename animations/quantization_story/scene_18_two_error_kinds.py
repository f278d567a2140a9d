"""Scene 18: the error of a rounded network told apart by asking what it would be with the ReLUs as they were."""

from typing import Any

from manim import VGroup, linear

from quantization_story.analysis.partition_shift import MOST_NEURONS
from quantization_story.figures.two_error_kinds import TwoErrorKindsFigures, badges, captions, measure, share_label
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.two_error_kinds.circle import CirclePicture
from quantization_story.pictures.two_error_kinds.line import LinePicture
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

DRAWING = 5.0  # seconds for a line across the frame
WALKING = 6.5  # seconds for the walk through all inputs, and once around the circle
NEAR = 1.8  # how many times as near one goes to a strip


class TwoErrorKindsScene(QuestionStage, NetworkScene):
    """What if the ReLUs had stayed as they were? Green is what is still wrong then, red the rest, in strips alone."""

    needs = NetworkRequirements(inputs=2, hidden_layers=1, most_units=MOST_NEURONS, most_classes=4, rounding=True)
    figures: TwoErrorKindsFigures

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.draw_the_line()
        self.round_the_weights()
        self.look_at_the_error()
        self.hold_the_relus()
        self.look_into_a_strip()
        self.walk_through()
        self.meet_the_other_strip()
        self.name_them()
        self.take_red_away()
        self.go_to_the_plane()
        self.go_around()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> TwoErrorKindsFigures:
        """All that is shown; raises ValueError where rounding switches no ReLU on the circle."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, compute what will be shown, and build the picture of one input."""
        self.load_story()
        self.tell(captions(self.figures))
        self.badges = badges(self.figures)
        self.badge_text = self.badges[0]
        places = self.places = self.figures.line
        self.one = LinePicture(places.network, places.quantized, places.line, places.own, self.drift)
        self.low, self.high = places.interval
        self.axis, self.names = VGroup(self.one.make_axis(), self.one.make_ground()), self.one.make_names()
        self.blue = self.one.make_float()
        self.creases, self.orange = self.one.make_creases(), self.one.make_rounded()
        self.picture = self.blue
        self.open_stage()
        self.start_drift()

    # --- one input

    def draw_the_line(self) -> None:
        # The viewer sees a blue line being drawn across the frame, with a yellow crease wherever it bends.
        self.beat("a line")
        self.one.drawn.set_value(0.7 * self.low + 0.3 * self.high)
        self.add(self.axis, self.names, self.blue, self.creases)
        half = self.one.drawn.animate.set_value((self.low + self.high) / 2)
        self.ask(half)
        self.say_for("line", self.one.drawn.animate.set_value(self.high))

    def round_the_weights(self) -> None:
        # The viewer sees an orange line leave the blue one, and each crease slide away from its old place.
        self.beat("rounded")
        self.moved = self.one.make_moved()
        come = (Appear(each, run_time=theme.BRIEF) for each in (self.moved, self.orange))
        self.say_for(
            "rounded", *come, self.one.slide.animate.set_value(1.0), *self.change_badge(self.badges[1]), quiet=QUIET
        )

    def look_at_the_error(self) -> None:
        # The viewer sees the gap between the two lines filled, and at one input, which is followed, as a stick.
        self.beat("the error")
        self.gap, self.stick = self.one.make_gap(), self.one.make_stick()
        self.one.probe.set_value(self.places.typical)
        self.followed = self.hero(self.one.probe_place)
        error = self.plate(share_label(self.figures.error), theme.spot(-4.6, 2.0), unit="RMS of the gap", name="error")
        self.say_for("error", *(Appear(each, run_time=theme.LONG) for each in (self.gap, self.stick, self.followed)))
        self.play(Appear(error), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        self.play(*map(Vanish, (error, self.gap, self.names)), run_time=theme.BRIEF)

    def hold_the_relus(self) -> None:
        # The viewer sees the lamps of the blue network, locked; then a green line drawn: the rounded weights with them.
        self.beat("ReLUs as they were")
        self.green = self.one.make_green()
        self.add(self.green)
        locked = self.one.make_lamps(locked=True)
        self.say_for("held", Appear(locked, run_time=theme.STEADY), self.walk(self.low), run_time=2.0)
        walk: list[Any] = [self.walk(self.high), self.one.held.animate.set_value(self.high)]
        self.say_for("locked")
        self.play(*walk, run_time=DRAWING, rate_func=linear)
        self.say_for("green", self.walk(self.places.typical), Vanish(locked, run_time=theme.BRIEF))

    def walk(self, to: float) -> Any:
        """The animation that takes the input that is followed to another place."""
        return self.one.probe.animate.set_value(to)

    def look_into_a_strip(self) -> None:
        # The viewer goes near to the place between an old and a new crease, where green leaves orange; red fills it.
        self.beat("one strip")
        strip = self.places.strip
        near = self.one.view.fly_to(self.one.strip_pose(strip, NEAR))
        self.play(self.walk(strip[0]), near, run_time=theme.LONG)
        self.say_for("strip", self.walk(strip[1]))
        self.play(self.walk(sum(strip) / 2), run_time=theme.STEADY)
        self.red = self.one.make_red()
        self.say_for("red", Appear(self.red, run_time=theme.BRIEF))
        self.one.split.set_value(1.0)
        self.play(self.one.rest.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption(QUIET)
        self.play(self.one.view.fly_to(self.one.view.near(0.0, 0.0, 1.0)), self.walk(self.low), run_time=theme.LONG)

    def walk_through(self) -> None:
        # The viewer sees the stick walk through all inputs, and the lamps of both networks: a cross where they differ.
        self.beat("walk through")
        self.lamps = self.one.make_lamps()
        self.say_for("walk", Appear(self.lamps, run_time=theme.BRIEF))
        self.play(self.walk(self.high), run_time=WALKING, rate_func=linear)
        self.play(Vanish(self.lamps), run_time=theme.BRIEF)

    def meet_the_other_strip(self) -> None:
        # The viewer sees, where there is such a strip, red and green stand against each other on one stick.
        if self.places.against is not None:
            self.beat("against")
            low, high = self.places.against
            self.say_for("opposed", self.walk((3 * low + high) / 4), run_time=theme.LONG)

    def name_them(self) -> None:
        # The viewer sees a plate at the green and one at the red.
        self.beat("names")
        self.say_for("names", self.walk(sum(self.places.strip) / 2), run_time=theme.STEADY)
        names = (
            self.plate("metric", theme.spot(6.0, 2.5), self.one.green_place, color=theme.SAME),
            self.plate("topological", theme.spot(4.0, -1.5), self.one.red_place, color=theme.CROSSED),
        )
        self.play(*map(Appear, names), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        self.play(*map(Vanish, names), run_time=theme.BRIEF)

    def take_red_away(self) -> None:
        # The viewer sees the red go, and how far off the rounded network would be without it.
        self.beat("without the red")
        both = share_label(self.figures.error), share_label(self.figures.held)
        whole = self.plate(both[0], theme.spot(-4.9, 2.0), unit="with red", name="error")
        held = self.plate(both[1], theme.spot(-2.6, 2.0), unit="green alone", name="held", color=theme.SAME)
        away = (Vanish(each, run_time=theme.BRIEF) for each in (self.stick, self.followed, self.orange))
        self.say_for(
            "without",
            *away,
            Appear(whole, run_time=theme.BRIEF),
            self.one.rest.animate.set_value(0.0),
            run_time=theme.LONG,
        )
        self.play(Appear(held), run_time=theme.BRIEF)
        self.hold_caption(QUIET)
        gone = self.axis, self.blue, self.creases, self.moved, self.green, self.red, whole, held
        self.play(*map(Vanish, gone), run_time=theme.STEADY)

    # --- two inputs

    def go_to_the_plane(self) -> None:
        # The viewer sees a plane with its points, the creases of both networks, the strips between, and a circle.
        self.beat("a plane")
        circle = self.figures.circle
        parts = circle.center, circle.radius, circle.error
        points = self.subject.shown(self.shown_points)
        self.two = CirclePicture(self.net, self.quantized, parts, points, self.drift)
        self.mesh, self.clouds = self.two.make_mesh(), self.two.make_clouds()
        self.between, self.ring = self.two.make_between(), self.two.make_circle()
        self.lines = self.two.make_creases()
        self.picture = self.clouds
        come = (Appear(each, run_time=theme.LONG) for each in (self.mesh, self.clouds, self.lines, self.ring))
        self.say_for("plane", *come, *self.change_badge(self.badges[2]))
        self.play(Appear(self.between), run_time=theme.STEADY)

    def go_around(self) -> None:
        # The viewer sees one point go around the circle, and the error stand on it: green outward, red inward.
        self.beat("once around")
        self.add(self.two.make_green(), self.two.make_red())
        point = self.hero(self.two.hero_place)
        self.say_for("around", Appear(point, run_time=theme.LONG), *self.dim(self.clouds))
        self.play(self.two.around.animate.set_value(1.0), run_time=WALKING, rate_func=linear)
        names = [
            self.plate("metric, outward", theme.spot(-5.4, 2.3), self.two.green_place, color=theme.SAME),
            self.plate("topological, inward", theme.spot(5.4, 2.3), self.two.red_place, color=theme.CROSSED),
            self.plate(
                share_label(self.figures.circle_share), theme.spot(-5.9, -1.9), unit="in the strips", name="around"
            ),
        ]
        if (still := self.two.still_angle()) is not None:
            off = "no error: last ReLUs all off"
            names.append(self.plate(off, theme.spot(5.2, -0.6), lambda: self.two.circle_place(still)))
        self.play(*map(Appear, names), run_time=theme.STEADY)
        self.hold_caption(0.5)

    def answer_the_question(self) -> None:
        # The viewer sees both kinds of error around the circle.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
