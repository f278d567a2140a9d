"""Scene 2: weights go to their levels, a point and its twin go through the layers, and what each costs is compared."""

from typing import Any

from manim import VGroup, smooth, squish_rate_func

from quantization_story.analysis.gap_journey import Add, Carry, Press
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.quantization import (
    QuantizationFigures,
    alone_words,
    axis_ticks,
    both_words,
    captions,
    drawn_words,
    layer_words,
    lost_rows,
    lost_shares,
    measure,
    network_words,
    percents,
)
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.quantization.dial import (
    BitDial,
    OutputPlane,
    WeightsOnTheWay,
    dial_zone,
    float_stop,
)
from quantization_story.pictures.quantization.losses import LossRows, key_place, loss_zone
from quantization_story.pictures.quantization.pair import TwinPlane, output_pose
from quantization_story.pictures.quantization.pushes import Pushes
from quantization_story.pictures.quantization.weight_axis import WeightAxis
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

OPEN, SLIDE = 2.4, 3.0  # seconds for levels that fan out, and for weights that go to them
STOP = 0.8  # seconds that the dial rests
TURN = 1.5  # seconds from one stop to the next
CARRY, ADD, PRESS = 2.4, 1.8, 1.2  # seconds for the parts of a layer
SLOW, ADD_LAST = 4.0, 3.4  # the same in the last one
CLOSE, BACK = 1.5, 2.2  # seconds to a pair, and from its gap
ALONE = 0.5  # seconds that one layer alone is seen
NEAR, NEAREST = 2.4, 4.6  # frame units: the gap after the layers before the last one, and after the last


class QuantizationComparisonScene(QuestionStage, NetworkScene):
    """Every weight is rounded; a point and its twin part layer by layer; what each layer costs is compared."""

    needs = NetworkRequirements(
        inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4, rounding=True, nearest=True
    )
    figures: QuantizationFigures

    def construct(self) -> None:
        """The table of contents; without labels there is nothing to be right or wrong."""
        self.prepare()
        self.ask_the_question()
        self.show_the_weights()
        self.round_them()
        self.send_a_pair()
        self.go_through_layers()
        self.hold_at_last_layer()
        if self.checked:
            self.arrive_at_output()
            self.turn_dial_down()
            self.round_one_layer_alone()
            self.round_all_layers()
        self.answer_the_question()

    @classmethod
    def figures_of(cls, subject: StorySubject) -> QuantizationFigures:
        """All that is shown; raises ValueError where no gap can be compared."""
        return measure(subject)

    def prepare(self) -> None:
        """Load the network, compute what will be shown, and build the axis and the plane."""
        self.load_story()
        self.tell(captions(self.figures))
        self.places = self.figures.places
        self.axis = WeightAxis(self.places.rounding, axis_ticks(self.figures), self.drift)
        self.room = dial_zone().width + 2 * theme.MARGIN
        self.home = output_pose(self.places, room=self.room)
        self.plane = TwinPlane(self.places, self.drift, self.home.turn)
        self.weights = WeightsOnTheWay(self.net, "float weights", float_stop(list(self.figures.reached)))
        self.state = self.state_of_axis
        self.badge_text = self.state()
        self.open_stage(lambda: self.state())
        self.start_drift()

    def state_of_axis(self) -> str:
        """What the badge says of the weights on the axis."""
        rounded = f"{self.story_bits}-bit weights"
        return {0.0: "float weights", 1.0: rounded}.get(self.axis.slid.get_value(), "rounding")

    def state_of_pair(self) -> str:
        """Which layer acts, or acted last."""
        layer = self.plane.layer
        return layer_words(self.figures, layer, isinstance(self.plane.motion, Press)) if layer else both_words()

    # --- the axis

    def ask_the_question(self) -> None:
        # The viewer sees the points of all classes, and hears how well the float network tells them apart.
        self.beat("question")
        self.clouds = self.plane.make_clouds()
        self.picture = self.clouds
        self.before = VGroup()
        if self.figures.float_accuracy is not None:
            zone = theme.middle_zone()
            right, words = percent(self.figures.float_accuracy), network_words(self.figures)
            self.before.add(self.plate(right, (zone.left + 2.4, zone.bottom + 0.9), unit=words, name="float"))
        self.add(*self.clouds)
        self.ask(*(Appear(each, run_time=theme.STEADY) for each in self.before))

    def show_the_weights(self) -> None:
        # The viewer sees an axis with the weights of a layer, and reads where they are.
        self.beat("weights")
        self.line, self.numbers = self.axis.make_axis(), self.axis.make_numbers()
        self.marks, self.rounded = self.axis.make_weights(), self.axis.make_rounded()
        self.name_figure("ticks", self.numbers)
        self.say_for("weights", *map(Vanish, (*self.clouds, *self.before)))
        self.play(*map(Appear, (self.line, self.numbers, self.rounded, self.marks)), run_time=theme.STEADY)
        self.picture = self.line[0]

    def round_them(self) -> None:
        # The viewer sees levels fan out from zero up to the largest weight, and each weight slide to its nearest one.
        self.beat("levels")
        levels = self.axis.make_levels()
        self.say_for("levels", Appear(levels), self.axis.opened.animate.set_value(1.0), run_time=OPEN)
        self.play(self.axis.slid.animate.set_value(1.0), run_time=SLIDE)
        self.mesh, self.pair = self.plane.make_mesh(), self.plane.make_pair()
        self.hold_caption()
        self.axis_parts = levels, self.line, self.rounded, self.marks, self.numbers

    # --- the pair

    def send_a_pair(self) -> None:
        # The viewer sees the data, and in them one point with its twin in the same place.
        self.beat("a point and its twin")
        later = squish_rate_func(smooth, 0.4, 1.0)
        come = [Appear(each, run_time=1.2, rate_func=later) for each in (self.mesh, *self.clouds)]
        gone = [Vanish(each, run_time=theme.BRIEF) for each in self.axis_parts]
        self.state = self.state_of_pair
        self.say_for("pair", *gone, *come)
        self.forget_figure("ticks")
        self.picture = self.clouds
        self.play(Appear(self.pair, run_time=theme.STEADY), *self.dim(*self.clouds))
        near = self.plane.pose_of_gap(self.plane.ends_of(Add)[-2], NEAR)
        self.plane.view.follow(self.plane.middle)
        self.play(self.plane.view.fly_to(near), run_time=CLOSE)

    def name_pair(self) -> list[Any]:
        """The plates that say which of the pair is which."""
        float_place, twin_place = (
            self.plane.place_of(which) for which in (lambda now: now.points, lambda now: now.twins)
        )
        return [
            self.plate("float", (3.2, 1.7), float_place, color=theme.FLOAT),
            self.plate("rounded", (3.2, -1.7), twin_place, color=theme.QUANTIZED),
        ]

    def move_on(self, end: int, run_time: float, *beside: Any) -> None:
        """Let the plane go on to the end of a motion."""
        self.play(self.plane.progress.animate.set_value(end), *beside, run_time=run_time)

    def go_through_layers(self) -> None:
        # The viewer sees the plane turn and stretch, the pair with it; its gap opens, is carried on and added to.
        carries, adds = self.plane.ends_of(Carry), self.plane.ends_of(Add)
        self.beat("first layer")
        self.say_for("first layer", self.plane.progress.animate.set_value(carries[0]), run_time=CARRY)
        names = self.name_pair()
        self.move_on(adds[0], ADD, *(Appear(each, run_time=theme.BRIEF) for each in names))
        self.hold_caption(1.0)
        self.say_for("fold", *map(Vanish, names))
        self.move_on(carries[1] - 1, 2 * PRESS)
        for layer in range(2, min(self.net.depth, 3)):
            self.beat(f"layer {layer}")
            carry = self.plane.progress.animate.set_value(carries[layer - 1])
            self.say_for(f"layer {layer}", carry, run_time=CARRY)
            self.move_on(adds[layer - 1], ADD)
            self.hold_caption(1.0)
            if layer < self.net.depth - 1:
                self.move_on(carries[layer] - 1, PRESS)
        if self.net.depth > 3:
            self.beat("layers between")
            self.say_for("others")
            for end in range(adds[1] + 2, carries[-1]):
                self.move_on(end, PRESS)

    def hold_at_last_layer(self) -> None:
        # The viewer sees the old gap stretched slowly; then what is added.
        self.beat("last layer")
        carry, add = self.plane.ends_of(Carry)[-1], self.plane.ends_of(Add)[-1]
        pressed = self.plane.progress.animate.set_value(carry - 1)
        self.say_for("back", self.plane.view.fly_to(self.plane.pose_of_gap(add, NEAREST)), pressed, run_time=BACK)
        self.say_for("carry last", self.plane.progress.animate.set_value(carry), run_time=SLOW, quiet=1.0)
        self.say_for("add last", self.plane.progress.animate.set_value(add), run_time=ADD_LAST, quiet=1.0)

    # --- all points

    def arrive_at_output(self) -> None:
        # The viewer sees the whole output plane, its sectors, and a cut that runs through the gap.
        self.beat("output")
        self.output = OutputPlane(self.places, self.plane.view, self.weights)
        self.plane.view.follow(None)
        self.fan, self.cuts = self.output.make_sectors()
        fly = self.plane.view.fly_to(self.home)
        fly.run_time = BACK
        self.say_for("output", fly, Vanish(self.mesh, run_time=theme.STEADY), *self.undim(*self.clouds))
        self.play(Appear(self.fan), Appear(self.cuts), run_time=theme.STEADY)
        self.hold_caption(0.5)

    def make_dial(self) -> Any:
        """The board with the dial; what it shows is named."""
        figures = self.figures
        dial = BitDial(dial_zone(), list(figures.reached), percents(figures), self.weights, self.output.right)
        dial.note()
        for name, thing in (("right", dial.figure), ("stops", dial.stops), ("percents", dial.percents)):
            self.name_figure(name, thing)
        return dial

    def turn_to(self, bits: int, run_time: float = TURN) -> list[Any]:
        """The animations that take the weights to so many bits."""
        move = self.weights.to(self.places.stops[bits], f"{bits}-bit weights", bits)
        move.run_time = run_time
        return [move]

    def turn_dial_down(self) -> None:
        # The viewer sees all points, and a dial; with every stop they move further, then many cross a cut and flash.
        self.dial = self.make_dial()
        output, hero = self.output, self.output.make_hero()
        moving = output.make_threads(), output.make_missed(), output.make_flashes()
        self.hold_caption()
        self.plane.where_drawn = output.drawn_outputs  # which are in the same places until the weights move
        self.add(hero)
        self.play(*map(Appear, moving), Vanish(self.pair), run_time=theme.BRIEF)
        self.state = lambda: self.weights.words
        self.white = self.plate(
            f"{theme.INK_WORD}: in a wrong sector",
            key_place(len(lost_rows(self.figures))),
            unit=drawn_words(self.figures),
        )
        come = [Appear(each, run_time=1.0) for each in (self.dial, self.white)]
        if self.figures.finer:
            self.beat("finer bits")
            self.say_for("finer", *come, *self.turn_to(self.figures.finer[0]))
            self.rest_at_stop()
            for bits in self.figures.finer[1:]:
                self.stop_at(bits)
            come = []
        self.beat("story bits")
        self.say_for("story", *come, *self.turn_to(self.story_bits, SLOW), quiet=QUIET)
        self.dial.note()

    def stop_at(self, bits: int, *beside: Any) -> None:
        """Turn the dial to so many bits, and rest."""
        self.play(*self.turn_to(bits), *beside)
        self.rest_at_stop()

    def rest_at_stop(self) -> None:
        """Keep the accuracy in the chart, and let it stand."""
        self.dial.note()
        self.wait(STOP)

    def round_one_layer_alone(self) -> None:
        # The viewer sees each layer rounded alone, one after the other, and what it costs put down as a bar that stays.
        self.beat("one layer")
        rows = lost_rows(self.figures)
        zone = loss_zone(len(rows))
        self.losses = LossRows(zone, rows, lost_shares(self.figures))
        room = self.room if theme.VERTICAL else zone.width + 2 * theme.MARGIN
        self.pushes = Pushes(self.places, self.plane.view)
        aside = "survives" in self.captions
        near = self.pushes.pose(self.places, room) if aside else output_pose(self.places, room=room)
        back = [self.plane.view.fly_to(near)]
        gone = [
            *(Vanish(each, run_time=1.0) for each in (self.dial, self.white)),
            Appear(self.losses.frame, run_time=1.0),
        ]
        for layer, net in enumerate(self.places.alone, start=1):
            move = self.weights.to(net, alone_words(layer), self.story_bits)
            if layer == 1:
                self.say_for("alone", move, *back, *gone, run_time=theme.LONG)
            else:
                self.play(move, run_time=TURN)
            self.show_loss(layer - 1, *([self.pushes.make(layer - 1)] if aside else []))
            self.wait(ALONE)
        if aside:
            laid = self.pushes.laid.animate.set_value(float(self.figures.pushes_cross))
            self.say_for("survives", laid, quiet=0.5)

    def show_loss(self, row: int, *beside: Any) -> None:
        """Put down what was lost, in its row."""
        name = lost_rows(self.figures)[row][0]
        self.name_figure(name, self.losses.parts[row])
        self.play(*map(Appear, (self.losses.parts[row], *beside)), run_time=theme.BRIEF)

    def round_all_layers(self) -> None:
        # The viewer sees all layers rounded: the bars added up, and the one of all at once.
        self.beat("all layers")
        self.say_for("together", *self.turn_to(self.story_bits, SLOW))
        self.show_loss(len(self.losses.parts) - 1, self.output.make_together())
        self.hold_caption(1.0)

    def answer_the_question(self) -> None:
        # The viewer sees the bars of all layers beside the points that were lost: the closing figure.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
