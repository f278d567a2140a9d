"""Scene 2: weights go to their levels, a point and its twin go through the layers, and what each costs is compared."""

from typing import Any

import numpy as np
from manim import VGroup

from quantization_story.analysis.gap_journey import Add, Carry
from quantization_story.core.shown_numbers import percent
from quantization_story.figures.quantization import (
    QuantizationFigures,
    alone_words,
    axis_ticks,
    axis_words,
    both_words,
    captions,
    drawn_words,
    gap_words,
    layer_words,
    lost_rows,
    lost_shares,
    measure,
    network_words,
    percents,
    pressed_shorter,
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
from quantization_story.pictures.quantization.losses import CutsOfInputs, LossRows, key_place, loss_zone
from quantization_story.pictures.quantization.pair import TwinPlane, output_pose
from quantization_story.pictures.quantization.weight_axis import WeightAxis
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme

OPEN, SLIDE = 3.2, 3.0  # seconds for levels that fan out, and for weights that go to them
STOP = 1.5  # seconds that the dial rests
TURN = 1.5  # seconds from one stop to the next
CARRY, ADD, PRESS = 2.6, 2.0, 1.2  # seconds for the parts of a layer
SLOW, ADD_LAST = 4.0, 3.4  # the same in the last one
CLOSE, BACK = 1.5, 2.2  # seconds to a level or a pair, and from the gap to the whole output plane
ALONE = 0.3  # seconds that one layer alone is seen
INSET = 2.1  # frame units: the side of the small picture of the inputs
NEAR, NEAREST = 2.4, 4.6  # frame units: the gap after the layers before the last one, and after the last


class QuantizationComparisonScene(QuestionStage, NetworkScene):
    """Every weight is rounded; a point and its twin part layer by layer; what each layer costs is compared."""

    needs = NetworkRequirements(
        inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4, rounding=True, nearest=True
    )
    figures: QuantizationFigures

    def construct(self) -> None:
        """The table of contents; without labels there are no cuts, and nothing to be right or wrong."""
        self.prepare()
        self.ask_the_question()
        self.open_levels()
        self.go_near_one_level()
        self.send_a_pair()
        self.go_through_layers()
        self.hold_at_last_layer()
        if self.checked:
            self.arrive_at_output()
            self.turn_dial_down()
            self.compare_with_straight_cuts()
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
        parts = {self.axis.near.get_value(), self.axis.rest.get_value()}
        if len(parts) > 1 or not parts <= {0.0, 1.0}:
            return "rounding"
        return f"{self.story_bits}-bit weights" if 1.0 in parts else "float weights"

    def state_of_pair(self) -> str:
        """Which layer acts, or acted last."""
        layer = self.plane.layer
        return layer_words(self.figures, layer) if layer else both_words()

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
        self.ask(*(Appear(each, run_time=theme.STEADY) for each in (*self.clouds, *self.before)))

    def open_levels(self) -> None:
        # The viewer sees an axis with the weights of a layer; levels fan out from zero up to the largest of them.
        self.beat("levels")
        self.line, self.numbers = self.axis.make_axis(), self.axis.make_numbers()
        self.marks, self.rounded = self.axis.make_weights(), self.axis.make_rounded()
        self.levels = self.axis.make_levels()
        zone = theme.middle_zone()
        corner, other = (zone.left + 2.4, zone.top - 0.9), (zone.right - 2.4, zone.top - 0.9)
        self.name = self.plate(axis_words(self.figures), corner, self.axis.weight_place, name="axis")
        self.largest = self.plate("already on a level", other, self.axis.largest_place, color=theme.QUANTIZED)
        self.name_figure("ticks", self.numbers)
        self.axis_parts = [self.levels, self.line, self.rounded, self.marks, self.numbers, self.name]
        self.hold_caption()
        come = [Appear(each, run_time=0.8) for each in (self.line, self.numbers, self.rounded, self.marks, self.name)]
        self.play(*map(Vanish, (*self.clouds, *self.before)), *come, run_time=0.8)
        self.picture = self.line[0]
        self.say_for("levels", Appear(self.levels), self.axis.opened.animate.set_value(1.0), run_time=OPEN)
        self.play(Appear(self.largest, run_time=theme.BRIEF))
        self.hold_caption()

    def go_near_one_level(self) -> None:
        # The viewer sees one level from near; the ringed weights that are nearest to it slide there, then the others.
        self.beat("one level")
        band, rings = self.axis.make_band(), self.axis.make_rings()
        step = self.axis.make_half_step()
        half = self.plate("half a step", (3.4, 1.9), self.axis.half_step_place, color=theme.QUANTIZED)
        gone = [Vanish(each, run_time=theme.BRIEF) for each in (self.numbers, self.name, self.largest)]
        fly = self.axis.view.fly_to(self.axis.close)
        fly.run_time = CLOSE
        self.play(fly, *gone, *(Appear(each, run_time=CLOSE) for each in (band, rings)))
        named = [Appear(each, run_time=1.0) for each in (step, half)]
        self.say_for("near", self.axis.near.animate.set_value(1.0), *named, run_time=SLIDE)
        slide = self.axis.view.fly_to(self.axis.home), self.axis.rest.animate.set_value(1.0)
        self.play(*slide, *map(Vanish, (band, rings, step, half)), run_time=CLOSE)
        self.play(Appear(self.numbers), Appear(self.name), run_time=theme.BRIEF)
        self.hold_caption(0.5)
        self.mesh, self.pair = self.plane.make_mesh(), self.plane.make_pair()
        self.play(*map(Vanish, self.axis_parts), Appear(self.mesh), *map(Appear, self.clouds), run_time=1.0)
        self.picture = self.clouds
        self.forget_figure("ticks")

    # --- the pair

    def send_a_pair(self) -> None:
        # The viewer sees the data, and in them one point with its twin in the same place.
        self.beat("a point and its twin")
        self.state = self.state_of_pair
        self.say_for("pair", Appear(self.pair, run_time=1.0), *self.dim(*self.clouds))
        near = self.plane.pose_of_gap(self.plane.ends_of(Add)[-2], NEAR)
        self.plane.view.follow(self.plane.middle)
        self.play(self.plane.view.fly_to(near), run_time=CLOSE)

    def make_gap(self) -> Any:
        """The plate with the length of the gap."""
        zone = theme.middle_zone()
        words = lambda: gap_words(self.figures, self.plane.gap())  # noqa: E731
        return self.plate(words, (zone.left + 1.4, zone.top - 1.1), self.plane.gap_place, unit="gap", name="gap")

    def name_pair(self) -> list[Any]:
        """The plates that say which of the pair is which."""
        float_place, twin_place = (
            self.plane.place_of(which) for which in (lambda now: now.points, lambda now: now.twins)
        )
        return [
            self.plate("float", (3.2, 1.7), float_place, color=theme.FLOAT),
            self.plate("twin, rounded", (3.2, -1.7), twin_place, color=theme.QUANTIZED),
        ]

    def name_parts(self) -> tuple[Any, Any]:
        """The plates that say what of the gap is old, and what this layer adds."""
        old_place = self.plane.place_of(lambda now: np.vstack([now.points, now.carried]))
        added_place = self.plane.place_of(lambda now: np.vstack([now.carried, now.twins]))
        old = self.plate("old gap", (3.6, -1.7), old_place, color=theme.PROPAGATED)
        return old, self.plate("added here", (3.6, 1.5), added_place, color=theme.QUANTIZED)

    def make_ruler(self, layer: int) -> tuple[Any, Any]:
        """The length of the old gap as the layer (from 1) receives it, beside the gap, and the plate that says it."""
        ruler = self.plane.make_ruler(layer)
        zone = theme.middle_zone()
        length = gap_words(self.figures, self.figures.gaps[layer - 1].received)
        place = (zone.left + 1.4, zone.bottom + 1.5)
        return ruler, self.plate(length, place, self.plane.ruler_place, unit="before", name="before")

    def press(self, layer: int, *gone: Any) -> None:
        """Let the ReLUs of a layer act, and say where they shorten the gap."""
        end = self.plane.ends_of(Carry)[layer] - 1
        if not pressed_shorter(self.figures, layer):
            self.move_on(end, PRESS, *map(Vanish, gone))
            return
        shorter = self.plate("the ReLU shortens it", (-3.4, -1.5), self.plane.gap_place)
        self.play(Appear(shorter), *map(Vanish, gone), run_time=theme.BRIEF)
        self.move_on(end, PRESS)
        self.wait(0.6)
        self.play(Vanish(shorter), run_time=theme.BRIEF)

    def move_on(self, end: int, run_time: float, *beside: Any) -> None:
        """Let the plane go on to the end of a motion."""
        self.play(self.plane.progress.animate.set_value(end), *beside, run_time=run_time)

    def go_through_layers(self) -> None:
        # The viewer sees the plane turn and stretch, the pair with it; its gap opens, is carried on and added to.
        carries, adds = self.plane.ends_of(Carry), self.plane.ends_of(Add)
        self.beat("first layer")
        self.gap = self.make_gap()
        self.say_for("first layer", self.plane.progress.animate.set_value(carries[0]), run_time=CARRY)
        gone = self.name_pair()
        self.play(*(Appear(each, run_time=theme.BRIEF) for each in (self.gap, *gone)))
        self.move_on(adds[0], ADD)
        self.hold_caption(0.5)
        for layer in range(2, min(self.net.depth, 3)):
            self.press(layer - 1, *gone)
            self.beat(f"layer {layer}")
            (old, added), ruler = self.name_parts(), self.make_ruler(layer)
            carry = self.plane.progress.animate.set_value(carries[layer - 1])
            self.say_for(f"layer {layer}", carry, Appear(old), *map(Appear, ruler), run_time=CARRY)
            self.move_on(adds[layer - 1], ADD, Appear(added))
            self.hold_caption(0.5)
            gone = [old, added, *ruler]
        self.left_over = gone
        if self.net.depth > 3:
            self.play(*map(Vanish, gone), run_time=theme.BRIEF)
            self.left_over = []
            self.beat("layers between")
            self.say_for("others")
            for end in range(adds[1] + 1, adds[-2] + 1):
                self.move_on(end, PRESS)

    def hold_at_last_layer(self) -> None:
        # The viewer sees from farther back the old gap beside its former length, stretched slowly; then what is added.
        self.press(self.net.depth - 1, *self.left_over)
        self.beat("last layer")
        carry, add = self.plane.ends_of(Carry)[-1], self.plane.ends_of(Add)[-1]
        (old, added), ruler = self.name_parts(), self.make_ruler(self.net.depth)
        back = self.plane.view.fly_to(self.plane.pose_of_gap(add, NEAREST))
        self.say_for("carry last", back, *map(Appear, (old, *ruler)), run_time=CLOSE)
        self.move_on(carry, SLOW)
        self.wait(0.6)
        add_own = self.plane.progress.animate.set_value(add)
        self.say_for("add last", add_own, Appear(added), run_time=ADD_LAST)
        self.parts = [old, added, *ruler]

    # --- all points

    def arrive_at_output(self) -> None:
        # The viewer sees the whole output plane, its sectors, and a cut that runs through the gap.
        self.beat("output")
        self.output = OutputPlane(self.places, self.plane.view, self.weights)
        self.plane.view.follow(None)
        self.fan, self.cuts = self.output.make_sectors()
        gone = [Vanish(each, run_time=theme.STEADY) for each in (self.mesh, *self.parts)]
        fly = self.plane.view.fly_to(self.home)
        fly.run_time = BACK
        self.hold_caption(0.5)
        self.play(fly, *gone, *self.undim(*self.clouds))
        self.say_for("output", Appear(self.fan, run_time=theme.STEADY), Appear(self.cuts, run_time=theme.STEADY))
        self.hold_caption(1.0)

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
        self.play(*map(Appear, moving), Vanish(self.pair), Vanish(self.gap), run_time=theme.BRIEF)
        self.state = lambda: self.weights.words
        white = self.plate(
            f"{theme.INK_WORD}: in a wrong sector",
            key_place(len(lost_rows(self.figures))),
            unit=drawn_words(self.figures),
        )
        come = [Appear(each, run_time=1.0) for each in (self.dial, white)]
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

    def compare_with_straight_cuts(self) -> None:
        # The viewer sees straight cuts of the inputs, small, and how high they come in the chart: higher.
        self.beat("straight cuts")
        share = self.figures.cuts_accuracy
        assert share is not None
        self.level, zone = self.dial.make_level(share, ("straight", "cuts")), dial_zone()
        place = (zone.left - 1.6, zone.top - 2.4)
        corner = theme.middle_zone()
        left, top = corner.left + theme.MARGIN, corner.top - theme.MARGIN
        small = CutsOfInputs(self.places, theme.Zone(left, left + INSET, top - INSET, top), self.home.turn)
        self.named_cuts = self.plate(
            percent(share), place, lambda: self.dial.level_place(share), unit="% straight cuts", name="cuts"
        )
        self.say_for("cuts", *(Appear(each, run_time=1.0) for each in (small, self.level, self.named_cuts)))
        self.hold_caption(STOP)
        self.play(Vanish(self.named_cuts), Vanish(small), run_time=theme.BRIEF)

    def round_one_layer_alone(self) -> None:
        # The viewer sees each layer rounded alone, one after the other, and what it costs put down as a bar that stays.
        self.beat("one layer")
        rows = lost_rows(self.figures)
        zone = loss_zone(len(rows))
        self.losses = LossRows(zone, rows, lost_shares(self.figures))
        room = self.room if theme.VERTICAL else zone.width + 2 * theme.MARGIN
        back = [self.plane.view.fly_to(output_pose(self.places, room=room))]
        gone = [Vanish(each, run_time=1.0) for each in (self.dial, self.level)]
        gone.append(Appear(self.losses.frame, run_time=1.0))
        for layer, net in enumerate(self.places.alone, start=1):
            move = self.weights.to(net, alone_words(layer), self.story_bits)
            if layer == 1:
                self.say_for("alone", move, *back, *gone, run_time=theme.LONG)
            else:
                self.play(move, run_time=TURN)
            self.show_loss(layer - 1)
            self.wait(ALONE)

    def show_loss(self, row: int) -> None:
        """Put down what was lost, in its row."""
        name = lost_rows(self.figures)[row][0]
        self.name_figure(name, self.losses.parts[row])
        self.play(Appear(self.losses.parts[row]), run_time=theme.BRIEF)

    def round_all_layers(self) -> None:
        # The viewer sees all layers rounded: one bar, longer than the others end to end, and the rest.
        self.beat("all layers")
        self.say_for("together", *self.turn_to(self.story_bits, SLOW))
        for row in (len(self.losses.parts) - 1, len(self.losses.parts) - 2):
            self.show_loss(row)
        self.hold_caption(1.0)

    def answer_the_question(self) -> None:
        # The viewer sees the bars of all layers beside the points that were lost: the closing figure.
        self.beat("answer")
        self.answer_for()
        self.close_stage()
