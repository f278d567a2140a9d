"""Scene 2: the weights slide onto their levels, and the same data take two paths through two networks."""

from functools import lru_cache
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup

from quantization_story.analysis.network_distances import BitSweep, TwinJourney, changed_class, rounded_weights
from quantization_story.analysis.strips import between
from quantization_story.common import ReluNetwork, UniformQuantizer, accuracy_of_outputs
from quantization_story.core.distances import spread
from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.core.shown_numbers import decimals
from quantization_story.figures.quantization import (
    QuantizationFigures,
    crossing_words,
    dial_words,
    quantization_figures,
)
from quantization_story.mobjects.charts.bit_dial import AccuracyCurve, AccuracyFigures, BitsAndLevels
from quantization_story.mobjects.pairs import MarksWhere, TwinThreads
from quantization_story.mobjects.paths import CLASS_MARKS
from quantization_story.mobjects.plane import PlaneAxes, class_clouds
from quantization_story.mobjects.sectors import ClassSectors, legend
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.pictures.quantization import (
    RoundingPicture,
    SeparationChart,
    spelled_out,
    stored_matrix,
    thinned,
    weight_matrix,
    weight_symbol,
)
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.style import theme


class QuantizationComparisonScene(NetworkScene):
    """Rounding the weights: the same points take two paths that part step by step, and a dial runs the bits."""

    title_text = "Rounding the weights: two paths diverge"
    needs = NetworkRequirements(
        inputs=2, outputs=2, plane_layers=True, hidden_layers=1, most_classes=4, rounding=True, nearest=True
    )
    shown_points = 240
    dial = (8, 2)  # the bit widths that the dial runs through
    tolerance = 0.01  # accuracy "holds" where it loses no more than this

    def construct(self) -> None:
        """The table of contents; without a task there are no borders to cross and no accuracy to follow."""
        self.prepare()
        self.place_weights()
        self.fan_out_levels()
        self.round_to_nearest()
        self.spell_out_one_weight()
        self.send_same_points()
        self.round_first_layer()
        self.keep_bias_and_fold()
        self.pass_middle_layers()
        self.arrive_at_output()
        if self.checked:
            self.undo_rounding()
            self.cross_borders()
            self.turn_dial()
            self.return_to_story_bits()
        self.close_stage(1.5)

    # --- what is on stage

    @classmethod
    def figures_of(cls, subject: StorySubject) -> QuantizationFigures:
        """The gaps after every step."""
        return quantization_figures(subject)

    def prepare(self) -> None:
        """Load the network, quantize it at every bit width, and set the trackers on which everything hangs."""
        self.load_story()
        low, high = min(*self.dial, self.story_bits), max(*self.dial, self.story_bits)
        self.sweep = BitSweep({bits: self.learned.quantized(bits) for bits in range(low, high + 1)})
        # Seen on a plane, layer 1 has other entries than its weights; those of layer 2 are as they are.
        self.layer = 1 if self.learned.whole is None else 2
        row = ["1"] if self.learned.story.per_channel else []
        self.symbol, self.symbol_q = weight_symbol(self.layer, *row), weight_symbol(self.layer, *row, "q")
        self.rounding = rounded_weights(self.row_or_matrix(), UniformQuantizer(self.story_bits))
        scales = "one scale per row" if self.learned.story.per_channel else "per-tensor scale"
        self.badge_text = f"weight-only · {self.story_bits}-bit · round-to-nearest, {scales}"
        self.progress, self.rounded = ValueTracker(0.0), ValueTracker(0.0)
        self.dialled, self.lowest = ValueTracker(self.story_bits), ValueTracker(high)
        self.make_maps()
        self.open_stage()

    def row_or_matrix(self) -> np.ndarray:
        """The weights that share one scale: the matrix of the layer that is shown, or its first row, (rows, in)."""
        weight = self.net.weights[self.layer - 1]
        return weight[:1] if self.learned.story.per_channel else weight

    def make_maps(self) -> None:
        """Where the points and their twins are now, and in which class the twins end."""
        net, sweep, classes = self.net, self.sweep, self.head
        progress, rounded, bits = self.progress, self.rounded, self.dialled
        held_points, held_labels = self.data.points, self.data.labels
        outputs = net(held_points)

        # Several figures and marks read the same numbers in a frame: each is computed once.
        @lru_cache(maxsize=2)
        def other_at(bits: float, t: float) -> ReluNetwork:
            return between(net, sweep.at(bits), t)

        @lru_cache(maxsize=2)
        def outputs_of(other: ReluNetwork) -> np.ndarray:
            return other(held_points)

        @lru_cache(maxsize=1)
        def apart_at(other: ReluNetwork, progress: float) -> float:
            return TwinJourney(net, other).separation(held_points, progress)

        def other() -> ReluNetwork:
            return other_at(bits.get_value(), rounded.get_value())

        # Under the label of a bit width stand the figures of that width, not of what lies between two widths.
        def labelled() -> ReluNetwork:
            return other_at(float(round(bits.get_value())), rounded.get_value())

        self.point_map = lambda x: TwinJourney(net, net).points_at(x, progress.get_value())
        self.twin_map = lambda x: TwinJourney(net, other()).twins_at(x, progress.get_value())
        self.apart = lambda: apart_at(other(), progress.get_value())
        self.changed = lambda x: changed_class(net(x), other()(x), classes)
        self.reached = lambda: accuracy_of_outputs(outputs_of(labelled()), held_labels, classes)
        self.all_changed = lambda: int(changed_class(outputs, outputs_of(labelled()), classes).sum())

    # --- the weights on their number line

    def place_weights(self) -> None:
        # The viewer sees the entries of W leave the matrix and take their places on a real axis, one row for each.
        self.beat("the weights")
        self.opened = ValueTracker(0.0)
        self.desk, room = theme.stage_parts(4.3, gap=0.1)
        self.picture = RoundingPicture(room, self.rounding, self.opened, self.rounded)
        self.matrix, matrix = weight_matrix(self.row_or_matrix(), self.symbol, self.desk)
        entries = [entry for row in matrix.entries for entry in row]
        self.values = [LiveText(entry.content, theme.FLOAT, align=0).set_z_index(2) for entry in entries]
        for value, entry in zip(self.values, entries, strict=True):
            value.move_to(entry)
        appear = (FadeIn(self.matrix), FadeIn(self.picture.line))
        first = "first row of weights" if self.learned.story.per_channel else "weights"
        self.say(f"The {first} of layer {self.layer} on the real axis", *appear)
        homes = zip(self.values, self.picture.number_places(), strict=True)
        flights = LaggedStart(*(value.animate.place(home) for value, home in homes), lag_ratio=0.25)
        self.play(flights, run_time=theme.LONG)
        self.play(FadeIn(self.picture.start_marks, scale=1.5), run_time=theme.BRIEF)

    def fan_out_levels(self) -> None:
        # The viewer sees the levels fan out from zero until the outermost one meets the largest weight: that is s.
        self.beat("the levels")
        rounding = self.rounding
        digits = max(3, decimals(rounding.scale))
        content = f"scale $s = max abs({self.symbol}) \\/ {rounding.limit} = {signed(rounding.scale, digits)}$"
        self.scale_line = text(content).move_to((self.desk.left, self.desk.top - 1.7, 0.0), aligned_edge=LEFT)
        self.add(self.picture.levels)
        self.say(
            f"{self.story_bits} bits give {len(rounding.level_codes)} levels; their spacing is the scale s",
            self.opened.animate.set_value(1.0),
            FadeIn(self.scale_line),
            run_time=theme.LONG,
        )
        for part in self.picture.levels:
            part.clear_updaters()  # they stay where they are
        self.play(FadeIn(self.picture.axis_names), run_time=theme.BRIEF)

    def round_to_nearest(self) -> None:
        # The viewer sees an orange twin leave every blue weight for the nearest level; the gap it leaves is the error.
        self.beat("round to nearest")
        picture = self.picture
        picture.follow(self.values)
        self.add(picture.gaps, picture.moved_marks, picture.start_marks, *self.values)
        self.say(
            "Round-to-nearest slides each weight to the closest level",
            self.rounded.animate.set_value(1.0),
            FadeIn(picture.errors),
            FadeIn(picture.error_head),
            run_time=theme.LONG,
        )

    def spell_out_one_weight(self) -> None:
        # The viewer sees the weight with the largest error written out; then the codes fly into a matrix of integers.
        self.beat("one weight")
        rounding, picture = self.rounding, self.picture
        outline = picture.row_outline(rounding.worst)
        lines = spelled_out(rounding, rounding.worst, self.desk.left, self.desk.top - 2.35)
        self.say("One weight in full: no error is larger than s/2", FadeIn(outline))
        self.play(LaggedStart(*(FadeIn(line, shift=0.2 * RIGHT) for line in lines), lag_ratio=0.6), run_time=theme.LONG)
        codes = rounding.codes.reshape(self.row_or_matrix().shape)
        name, stored = stored_matrix(codes, self.symbol_q, self.desk)
        entries = [entry for row in stored.entries for entry in row]
        homes = [entry.get_center() for entry in entries]
        for entry, place in zip(entries, picture.line.places(rounding.rounded), strict=True):
            entry.move_to(place).set_z_index(2)
        flights = (entry.animate.move_to(home) for entry, home in zip(entries, homes, strict=True))
        self.say("What is stored: the codes and one scale", FadeIn(name, stored.brackets))
        self.play(LaggedStart(*flights, lag_ratio=0.2), run_time=theme.STEADY)
        self.hold_caption()
        stored_parts = (name, stored.brackets, *entries)
        leaving = FadeOut(*picture.parts(), *self.values, outline, self.matrix, self.scale_line, lines, *stored_parts)
        self.play(leaving, run_time=theme.BRIEF)

    # --- two networks in one plane

    def make_plane(self) -> None:
        """The view with both clouds and the threads; beside it the chart that grows, over the rail of steps."""
        self.rounded.set_value(0.0)
        self.view, self.panel = self.make_stage(self.input_window)
        self.axes = PlaneAxes(self.view)
        both = (self.point_map, theme.FLOAT), (self.twin_map, theme.QUANTIZED)
        self.floats, self.twins = (
            class_clouds(self.view, self.points, self.labels, mapped, (color,), CLASS_MARKS, 0.05)
            for mapped, color in both
        )
        self.threads = TwinThreads(self.view, self.points, self.point_map, self.twin_map)
        self.legend = legend((("disc", theme.FLOAT, "float"), ("disc", theme.QUANTIZED, "quantized")))
        self.legend.move_to((self.panel.left, self.panel.bottom + 0.15, 0.0), aligned_edge=LEFT)
        points, point_map, apart = self.data.points, self.point_map, self.apart
        steps, table = self.figures.journey.steps, self.figures.separations
        self.chart = SeparationChart(
            self.panel, steps, table, self.progress, apart, lambda: apart() / spread(point_map(points))
        )

    def take_step(self, step: int) -> None:
        """Let both clouds travel to the end of a step, in a window that holds both; a later bias only briefly."""
        brief = step > 3 and self.figures.journey.steps[step - 1].kind == "bias"
        run_time = theme.BRIEF if brief else theme.STEADY
        self.bring_to_front(self.chart.rail)
        travel = self.progress.animate.set_value(step)
        self.play(travel, self.axes.zoom(self.figures.windows[step]), *self.chart.rail.step_to(step), run_time=run_time)

    def send_same_points(self) -> None:
        # The viewer sees the data, blue; the orange twins lie exactly beneath.
        self.beat("the same points")
        self.make_plane()
        self.add(self.view.border(), self.axes)
        self.say(
            "The same points go through both networks",
            LaggedStart(*(FadeIn(cloud, scale=0.7) for cloud in self.floats), lag_ratio=0.4),
            *fade_in_each(self.chart),
            FadeIn(self.legend),
            run_time=theme.STEADY,
        )
        self.add(self.threads, self.twins, self.floats)

    def round_first_layer(self) -> None:
        # The viewer sees W carry all points together; then it is rounded, and an orange twin leaves every blue point.
        self.beat("rounding splits them")
        self.take_step(1)
        slide = self.rounded.animate.set_value(1.0)
        self.say("Rounding W₁ parts each point from its twin", slide, run_time=theme.LONG)

    def keep_bias_and_fold(self) -> None:
        # The viewer sees the bias shift both clouds alike, and ReLU press twins together where it presses at all.
        self.beat("bias and ReLU")
        self.say("The bias is kept: both shift alike")
        self.take_step(2)
        self.say("ReLU never drives twins apart")
        self.take_step(3)

    def pass_middle_layers(self) -> None:
        # The viewer sees the separation jump at the next weights: a new rounding, and the old gap carried through W.
        self.beat("middle layers")
        for layer in range(2, self.net.depth):
            self.say(f"Layer {layer} adds its own rounding to the gap")
            for step in range(3 * layer - 2, 3 * layer + 1):
                self.take_step(step)

    def arrive_at_output(self) -> None:
        # The viewer sees both clouds at the output, each point with its thread, and how far apart they are on average.
        self.beat("output")
        steps = len(self.figures.journey.steps)
        self.say("At the output a thread is the whole network's error")
        self.take_step(steps - 1)
        self.take_step(steps)
        self.hold_caption()

    # --- which side of a border

    def make_sectors(self) -> None:
        """The sectors of the output plane, each with its mark where no network of the dial puts a point."""
        outputs = [self.net(self.points), *(net(self.points) for net in self.sweep.networks.values())]
        self.sectors = ClassSectors(self.view, self.head, np.vstack(outputs))

    def output_window(self, bits: int) -> Window:
        """The window in which the output at this bit width is seen: that of the story's bits, if it holds all."""
        outputs = self.sweep.networks[bits](self.points)
        if self.figures.windows[-1].contains(outputs).all():
            return self.figures.windows[-1]
        return fit_window(np.vstack([self.net(self.points), outputs]))

    def dial_to(self, bits: int, *beside: Any, run_time: float = theme.BRIEF) -> None:
        """Turn the dial; the view opens where the twins would leave it, and the sectors with it."""
        window, sectors = self.output_window(bits), self.sectors
        turn = [self.dialled.animate.set_value(bits), *beside]
        if window == self.view.target:
            self.play(*turn, run_time=run_time)
            return
        sectors.follow()
        signs = [sign.animate.move_to(at) for sign, at in zip(sectors.signs, sectors.places(window), strict=True)]
        self.play(*turn, self.axes.zoom(window), *signs, run_time=2 * run_time)
        sectors.rest()

    def make_accuracies(self) -> None:
        """What stands in the panel from here on: the accuracies, and how many points have changed sector."""
        self.accuracies = AccuracyFigures(
            self.panel, len(self.data.labels), self.float_accuracy, self.reached, self.all_changed
        )

    def make_weights(self) -> BitsAndLevels:
        """The weights of a layer on the levels of the bit width that is dialled."""
        panel, sweep, net, layer, index = self.panel, self.sweep, self.net, self.row_or_matrix(), self.layer - 1
        rounded, bits = self.rounded, self.dialled
        grids = {width: thinned(rounded_weights(layer, UniformQuantizer(width)).levels) for width in sweep.widths}
        zone = theme.Zone(panel.left, panel.right, panel.top - 2.85, panel.top - 1.5)
        return BitsAndLevels(
            zone,
            bits,
            layer.ravel(),
            lambda: between(net, sweep.at(bits.get_value()), rounded.get_value()).weights[index][: len(layer)].ravel(),
            lambda: grids[round(bits.get_value())],
            self.layer,
        )

    def undo_rounding(self) -> None:
        # The viewer sees the sectors of the classes appear, and the rounding taken back: orange lies on blue again.
        self.beat("sectors")
        self.make_accuracies()
        self.make_sectors()
        self.say(
            "Each sector is one class. First without rounding",
            FadeOut(*self.chart),
            *fade_in_each(self.sectors.fills, self.sectors.signs),
            run_time=theme.BRIEF,
        )
        self.play(*fade_in_each(self.accuracies), run_time=theme.BRIEF)
        self.play(self.rounded.animate.set_value(0.0), run_time=theme.STEADY)

    def cross_borders(self) -> None:
        # The viewer sees the twins part once more; every point that crosses a border is ringed.
        self.beat("borders crossed")
        rings = MarksWhere(self.view, self.points, self.twin_map, self.changed)
        self.add(rings, self.threads, self.twins, self.floats)
        self.say(
            crossing_words(self.figures.changed),
            self.rounded.animate.set_value(1.0),
            run_time=theme.LONG,
        )
        self.hold_caption()
        self.play(FadeOut(*self.accuracies.changes), *self.change_badge(self.regime()), run_time=theme.BRIEF)

    # --- the dial

    def turn_dial(self) -> None:
        # The viewer sees the weights on their levels; then their bit width runs from many to few: levels thin out,
        # orange drifts off, accuracy is drawn.
        self.beat("dial")
        panel, start, end = self.panel, *self.dial
        accuracies = self.sweep.accuracies(self.data.points, self.data.labels, self.head)
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 0.45, panel.top - 3.15)
        curve = AccuracyCurve(zone, accuracies, self.float_accuracy, 1 / self.classes, self.dialled, self.lowest)
        closest = TwinJourney(self.net, self.sweep.networks[start]).step_separations(self.data.points)[-1]
        self.say(
            "Other bit widths: dots are weights, lines are their levels",
            *fade_in_each(self.make_weights()),
            *self.change_badge(f"weight-only · {start} to {end} bits · round-to-nearest"),
        )
        self.wait(1.0, frozen_frame=True)
        self.dial_to(start, run_time=theme.STEADY)
        self.say(f"At {start} bits the twins are {signed(closest)} apart on average", *fade_in_each(curve))
        self.say("Each bit taken away more than doubles the levels' spacing")
        for bits in range(start - 1, end - 1, -1):
            self.dial_to(bits, self.lowest.animate.set_value(bits))
            self.wait(0.2)
        self.news = dial_words(accuracies, self.float_accuracy, self.tolerance)

    def return_to_story_bits(self) -> None:
        # The viewer sees the dial come back to the story's bit width: the picture to keep.
        self.beat("story bits")
        badge = self.change_badge(self.regime())
        self.say(self.news)
        self.dial_to(self.story_bits, run_time=theme.STEADY)
        self.say(f"At {self.story_bits} bits the paths have parted. For good?", *badge)


def fade_in_each(*groups: VGroup) -> list[FadeIn]:
    """Fade in the parts of groups one by one, so that those at rest need not be drawn again with those that move."""
    return [FadeIn(part) for group in groups for part in group]
