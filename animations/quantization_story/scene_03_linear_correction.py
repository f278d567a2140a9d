"""Scene 3: what rounding moved, one affine map lays back: exactly before the ReLUs, mostly at the output."""

from functools import partial
from typing import Any, cast

from manim import Animation, rate_functions

from quantization_story.core.shown_numbers import percent
from quantization_story.figures.linear_correction import (
    DRAWN,
    LinearCorrectionFigures,
    badge,
    captions,
    left_share,
    measure,
    stations,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.linear_correction import PARTS, TwoPlanes
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

PULL, SLIDE = 6.0, 4.0  # seconds for the four parts of a map, and for the weights to be rounded
AGAIN = 1.6  # seconds for a way back
NEARER = 2.5  # seconds to a plane or a crease, and back from it
TURN, FOLD = 2.0, 0.5  # seconds for the motions of a layer


class LinearCorrectionScene(QuestionStage, NetworkScene):
    """Is a rounded network broken, or only moved? One affine map lays back what its weights moved, but not all."""

    needs = NetworkRequirements(
        inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4, task=True, rounding=True
    )
    figures: LinearCorrectionFigures
    shown_points = DRAWN

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_the_question()
        self.round_the_weights()
        self.pull_the_sheet()
        if self.figures.presses:
            self.go_near_a_crease()
            self.show_the_other_crease()
            self.press_both()
            self.try_another_map()
        self.go_on()
        self.find_the_lost()
        self.pull_again()
        self.go_near_the_pairs()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> LinearCorrectionFigures:
        """What is shown of a network; raises ValueError where rounding loses nothing, or loses a direction."""
        return measure(subject)

    def prepare(self) -> None:
        """Load both networks, measure, and build the plane of layer 1 with what rides on it."""
        self.load_story()
        self.tell(captions(self.figures))
        self.stations = stations(self.figures)
        places = self.places = self.figures.places
        self.planes = TwoPlanes(places, self.data, (self.net(self.data.points), self.quantized(self.data.points)))
        self.view = self.planes.look(self.drift)
        self.floats, self.rounded = self.planes.make_floats(), self.planes.make_rounded()
        self.threads = self.planes.make_threads()
        self.followed = self.hero(self.planes.hero_place)
        self.hero_thread = self.planes.make_hero_thread()
        self.still, self.sheet = self.planes.make_sheet(places.floats(places.first))
        self.picture = self.floats
        self.badge_text = self.state()
        self.open_stage(self.state)
        self.start_drift()

    def state(self) -> str:
        """What the picture shows now."""
        if self.rounded not in self.mobjects:
            return badge(self.figures, "float")
        if self.planes.mapped:
            return badge(self.figures, "mapped")
        return badge(self.figures, "rounding" if self.planes.rounding.get_value() < 1 else "rounded")

    def corner(self) -> tuple[float, float]:
        """The free corner where a number about the whole picture stands."""
        zone = theme.middle_zone()
        return zone.right - 1.5, zone.top - 1.0

    def name_plane(self, name: str) -> Any:
        """The plate that says which plane this is."""
        zone = theme.middle_zone()
        self.plane_name = self.plate(name, (zone.left + 1.4, zone.top - 0.6))
        return self.plane_name

    # --- the beats

    def ask_the_question(self) -> None:
        # The viewer sees the inputs; the float network's first layer turns them, and a blue sheet lies below.
        self.beat("question")
        planes, inputs = self.planes, self.name_plane(self.stations[0])
        self.add(self.floats)
        self.ask(Appear(inputs, run_time=theme.BRIEF))
        layer = planes.progress.animate.set_value(self.places.first), self.view.fly_to(planes.at_layer_1)
        self.say_for("float", *layer, Vanish(inputs, run_time=theme.BRIEF), run_time=NEARER)
        come = self.still, self.name_plane(self.stations[1])
        self.play(*(Appear(each, run_time=theme.STEADY) for each in come))

    def round_the_weights(self) -> None:
        # The viewer sees an orange sheet slide off the blue one, each of its points on a thread, one of them white.
        self.beat("rounding")
        zone = theme.middle_zone()
        named = self.plate("follow this one", (zone.left + 2.0, zone.center[1] + 1.0), self.planes.hero_place)
        come = [self.sheet, self.rounded, self.threads, self.hero_thread, self.followed, named]
        self.say_for("rounded", *(Appear(each, run_time=theme.BRIEF) for each in come))
        self.play(self.moving(self.planes.rounding, 1.0, SLIDE))
        self.hold_caption()
        self.play(Vanish(named), run_time=theme.BRIEF)

    def pull_the_sheet(self) -> None:
        # The viewer sees the orange sheet pulled by its corners until it lies on the blue one; all threads close.
        self.beat("pull")
        self.planes.take_map(self.places.exact, self.places.leaning)
        self.say_for("pull", self.pulling(PULL))
        self.say_for("exact", quiet=QUIET)

    def pulling(self, seconds: float) -> Animation:
        """The animation that carries out a map, part after part."""
        return self.moving(self.planes.pull, PARTS, seconds, rate_functions.linear)

    def moving(self, tracker: Any, goal: float, seconds: float, rate: Any = rate_functions.smooth) -> Animation:
        """The animation that takes a tracker to a value."""
        return cast(Animation, tracker.animate(run_time=seconds, rate_func=rate).set_value(goal).build())

    def go_near_a_crease(self) -> None:
        # The viewer sees the sheets leave and a yellow line come, one side of it shaded, and flies to it.
        self.beat("near")
        planes = self.planes
        self.beyond, (self.solid, self.dashed) = planes.make_beyond(), planes.make_creases()
        gone = [Vanish(each, run_time=theme.BRIEF) for each in (self.still, self.sheet)]
        come = [Appear(each, run_time=theme.LONG) for each in (self.beyond, self.solid)]
        self.say_for("near", *gone, *come)
        self.play(self.view.fly_to(planes.pose_near_crease()), run_time=NEARER)

    def show_the_other_crease(self) -> None:
        # The viewer sees a dashed line come beside the solid one; both are named.
        self.beat("own")
        creases = [
            ("float crease", (3.6, 1.3), theme.FLOAT, False),
            ("rounded crease", (-2.8, 2.7), theme.QUANTIZED, True),
        ]
        named = [
            self.plate(name, theme.spot(*at), partial(self.planes.on_crease, mapped), color=color)
            for name, at, color, mapped in creases
        ]
        self.creases_named = named
        self.say_for("own", *(Appear(each, run_time=theme.STEADY) for each in (self.dashed, *named)))

    def press_both(self) -> None:
        # The viewer sees blue and violet points pressed, each onto its own crease; the threads between them open.
        self.beat("press")
        pressed = [tracker.animate.set_value(1.0) for tracker in (self.planes.pressed, self.planes.own_pressed)]
        self.say_for("press", *pressed, quiet=QUIET)

    def try_another_map(self) -> None:
        # The viewer sees the map lean until the pressed points are home, and the free ones are off.
        self.beat("lean")
        named = [Vanish(each, run_time=theme.BRIEF) for each in self.creases_named]
        self.say_for("lean", *named, self.planes.lean.animate.set_value(1.0), quiet=QUIET)

    def go_on(self) -> None:
        # The viewer sees the map undone, and both networks go on, layer by layer, to the output.
        self.beat("on")
        planes = self.planes
        near = [self.beyond, self.solid, self.dashed] if self.figures.presses else [self.still, self.sheet]
        gone = [Vanish(each, run_time=AGAIN) for each in near]
        self.say_for("on", *gone, *(self.moving(tracker, 0.0, AGAIN) for tracker in (planes.lean, planes.pull)))
        if self.figures.presses:
            self.play(self.view.fly_to(planes.at_layer_1), run_time=NEARER)
        layer = 1
        for step, turned in planes.onward():
            if not turned:
                self.play(self.moving(planes.progress, step, FOLD))
                continue
            layer += 1
            self.play(Vanish(self.plane_name), run_time=theme.BRIEF)
            follow = self.view.fly_to(planes.pose_at(step)), Appear(self.name_plane(self.stations[layer]))
            self.play(self.moving(planes.progress, step, TURN), *follow, run_time=TURN)
            if layer == 2 and "layers" in self.captions:
                self.say_for("layers")

    def find_the_lost(self) -> None:
        # The viewer sees the sectors of the classes with the blue points; then rings at orange ones outside their own.
        self.beat("sectors")
        planes = self.planes
        self.sectors, self.rings = planes.make_sectors(), planes.make_rings()
        others = self.rounded, self.threads, self.followed, self.hero_thread
        self.say_for("sectors", Appear(self.sectors, run_time=theme.LONG), *self.dim(*others))
        self.beat("wrong")
        self.right = self.plate(lambda: percent(planes.reached()), self.corner(), unit="% right", name="right")
        come = [Appear(each, run_time=theme.LONG) for each in (self.rings, self.right)]
        self.say_for("wrong", *self.undim(), *come)

    def pull_again(self) -> None:
        # The viewer sees the sheet of the output pulled by its corners, and the rings go out.
        self.beat("repair")
        planes = self.planes
        planes.take_map(self.places.whole, straight=True)
        self.still, self.sheet = planes.make_sheet(self.places.floats(self.places.output))
        sheet = [Appear(each, run_time=theme.STEADY) for each in (self.still, self.sheet)]
        self.say_for("repair", *sheet, self.pulling(PULL), quiet=QUIET)

    def go_near_the_pairs(self) -> None:
        # The viewer goes near the points of one class, and sees short threads between them and their twins.
        self.beat("left")
        planes = self.planes
        gone = [Vanish(each, run_time=theme.BRIEF) for each in (self.still, self.sheet, self.right, self.plane_name)]
        self.play(self.hush(), *gone)
        (x, y), told = self.corner(), f"{left_share(self.figures)} %"
        self.left = self.plate(
            told, (x - 1.0, y), unit="of the threads' length is left", color=theme.REPAIRED, name="left"
        )
        self.say_for("left", self.view.fly_to(planes.pose_near_hero()), Appear(self.left, run_time=theme.LONG))
        self.hold_caption(QUIET)

    def answer_the_question(self) -> None:
        # The viewer sees violet beside blue, each pair in its sector.
        self.beat("answer")
        self.play(self.hush(), Vanish(self.left), run_time=theme.BRIEF)
        self.answer_for(self.view.fly_to(self.planes.pose_of_all()), Appear(self.right, run_time=theme.LONG))
        self.close_stage()
