"""Scene 3: what rounding moved, one affine map lays back: exactly before the ReLUs, mostly at the output."""

from typing import Any, cast

from manim import Animation, rate_functions

from quantization_story.core.shown_numbers import percent
from quantization_story.figures.linear_correction import (
    DRAWN,
    LinearCorrectionFigures,
    badge,
    captions,
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
            self.press_both()
            self.try_two_maps()
        self.go_on()
        self.find_the_lost()
        self.pull_again()
        self.try_on_float()
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
        planes, on_float = self.planes, self.rounded not in self.mobjects
        if planes.mapped:
            trial = "float map" if planes.shared.get_value() > 0 else "trial"
            return badge(self.figures, trial if on_float else "mapped")
        if on_float:
            return badge(self.figures, "float")
        return badge(self.figures, "rounding" if planes.rounding.get_value() < 1 else "rounded")

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
        # The viewer sees the map taken off, a yellow line come, one side of it shaded, and flies to the followed point.
        self.beat("near")
        planes = self.planes
        self.beyond, (self.solid, self.dashed) = planes.make_beyond(), planes.make_creases()
        gone = [Vanish(each, run_time=AGAIN) for each in (self.still, self.sheet)]
        come = [Appear(each, run_time=theme.LONG) for each in (self.beyond, self.solid)]
        self.say_for("near", *gone, self.moving(planes.pull, 0.0, AGAIN), *come)
        self.play(self.view.fly_to(planes.pose_near_crease()), run_time=NEARER)

    def press_both(self) -> None:
        # The viewer sees blue and orange points pressed onto the crease.
        self.beat("press")
        pressed = [tracker.animate.set_value(1.0) for tracker in (self.planes.pressed, self.planes.own_pressed)]
        self.say_for("press", *pressed)

    def try_two_maps(self) -> None:
        # The viewer sees the map lay the free points home, and the pressed ones off their line; then another, reversed.
        self.beat("maps")
        self.say_for("again", Appear(self.dashed, run_time=theme.BRIEF), self.pulling(AGAIN * 2), quiet=QUIET)
        self.say_for("lean", self.planes.lean.animate.set_value(1.0), quiet=QUIET)

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
        self.play(Vanish(self.still), Vanish(self.sheet), run_time=theme.STEADY)

    def try_on_float(self) -> None:
        # The viewer sees the same map take the blue points along, and some of them leave their sector.
        self.beat("float")
        planes = self.planes
        self.away = [self.rounded, self.threads, self.rings, self.hero_thread, self.followed, self.right]
        self.play(self.hush(), *map(Vanish, self.away), run_time=theme.BRIEF)
        self.astray, self.ghosts = planes.make_float_rings(), planes.make_ghosts()
        come = [Appear(each, run_time=theme.BRIEF) for each in (self.astray, self.ghosts)]
        self.say_for("float map", planes.shared.animate.set_value(1.0), *come)
        before, after = percent(self.figures.float_accuracy), percent(self.figures.on_float)
        (x, y), told = self.corner(), f"{before} → {after}"
        self.reached = self.plate(told, (x - 0.4, y), unit="% right", color=theme.FLOAT, name="float")
        self.say_for("worse", Appear(self.reached, run_time=theme.BRIEF), quiet=QUIET)

    def answer_the_question(self) -> None:
        # The viewer sees violet on blue in the sectors, with few rings.
        self.beat("answer")
        gone = [Vanish(each) for each in (self.reached, self.astray, self.ghosts)]
        self.play(self.hush(), *gone, self.planes.shared.animate.set_value(0.0), run_time=AGAIN)
        self.answer_for(*(Appear(each, run_time=theme.LONG) for each in self.away))
        self.close_stage()
