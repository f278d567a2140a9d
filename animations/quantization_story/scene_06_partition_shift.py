"""Scene 6: how rounding moves the boundaries of the regions, and why these moves alone say too much."""

import numpy as np
from manim import DOWN, LEFT, FadeIn, FadeOut, ValueTracker, VGroup

from quantization_story.analysis.network_distances import relative_weights, roomy_place
from quantization_story.analysis.partition_shift import (
    MOST_NEURONS,
    flip_shares,
    lone_neuron,
    most_flipped,
    overstated,
    region_count,
    require_few_neurons,
    shifts,
    widest_without_loss,
)
from quantization_story.analysis.strips import between, changed_share, sliding_refinement
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.charts.bit_dial import BitsAndLevels
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.legend import lined, marked
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.plane import PlaneAxes, class_clouds
from quantization_story.mobjects.strips import LiveBoundaries, LiveStrips
from quantization_story.mobjects.text import LiveText, formula, percent, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.partition import Refinement, partition
from quantization_story.partition.boundaries import Boundaries
from quantization_story.pictures.partition_shift import ShareRows, all_at, round_up_share
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.style import theme


class PartitionShiftScene(NetworkScene):
    """Rounding moves the boundaries: one neuron's line, then all, bit by bit; and why this view alone says too much."""

    title_text = "Rounding moves the boundaries"
    network_name = "pinwheel_wide"
    needs = NetworkRequirements(
        inputs=2, own_inputs=True, hidden_layers=1, most_units=MOST_NEURONS, task=True, nearest=True
    )
    dial: tuple[int, ...] = (8, 5, 4)  # the bit widths on the way to the story's own
    shown_neurons = 3  # how many neurons have a row of their own
    tolerance = 0.005  # accuracy "holds" where it loses no more than this

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.draw_one_line()
        self.turn_one_line()
        self.draw_all_lines()
        self.turn_dial()
        self.weigh_against_accuracy()
        self.weigh_against_error()
        self.close_stage()

    # --- what is on stage

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned or is too wide, and work out all figures."""
        self.load_story()
        require_few_neurons(self.net)
        box, net = self.input_window.box, self.net
        self.dial = (*(bits for bits in self.dial if bits > self.story_bits), self.story_bits)
        self.networks = {bits: self.learned.quantized(bits) for bits in self.dial}
        points, labels, readout = self.data.points, self.data.labels, self.learned.readout
        self.shifts = shifts(net, self.networks.__getitem__, self.dial, box, points, labels, readout)
        self.slides = {bits: sliding_refinement(net, self.networks[bits], box) for bits in self.dial}
        widths = range(min(self.dial), max(self.dial) + 1)
        self.grids = {bits: relative_weights(net.weights[0], self.learned.quantizer_at(bits)) for bits in widths}
        # The one neuron that goes first is that of layer 1 which flips most.
        last = self.dial[-1]
        self.unit = int(np.argmax(self.shifts[last].flips[: net.widths[1]]))
        self.lone, self.lone_rounded = (lone_neuron(each, self.unit) for each in (net, self.networks[last]))
        self.slide, self.dialled = ValueTracker(0.0), ValueTracker(last)
        self.now = {"cells": sliding_refinement(self.lone, self.lone_rounded, box)}
        self.badge_text = self.float_badge()
        self.open_stage()
        self.make_view()

    def regime_at(self, bits: int) -> str:
        """The badge at one of the bit widths of the dial."""
        return self.regime(self.float_accuracy - self.shifts[bits].lost, bits)

    def regime(self, now: float | None = None, bits: int | None = None) -> str:
        """The badge, with the network that is shown: in another one the same bits cost another accuracy."""
        return f"{self.name_of_network()} · {super().regime(now, bits)}"

    def float_badge(self) -> str:
        """The badge while all weights are the float ones."""
        return f"{self.name_of_network()} · float weights · {self.task_words(self.float_accuracy)}"

    def name_of_network(self) -> str:
        """The network by its widths."""
        return f"network {'→'.join(map(str, self.net.widths))}"

    def make_view(self) -> None:
        """The input plane with the data, dimmed, and in it what follows the slide: strips, dashed and solid lines."""
        self.view, self.panel = self.make_stage(self.input_window, left=0.3, panel_gap=0.75)
        now, slide = self.now, self.slide

        def cells() -> Refinement:
            return now["cells"](slide.get_value())

        self.cells = cells
        self.axes = PlaneAxes(self.view)
        self.clouds = class_clouds(self.view, self.points, self.labels, lambda points: points, radius=0.04)
        self.clouds.set_fill(opacity=0.28)
        for still in (self.axes, self.clouds):
            still.clear_updaters()
        self.strips = LiveStrips(self.view, cells, opacity=0.6)
        self.dashed = LiveBoundaries(
            self.view, lambda: cells().quantized_boundaries(), theme.QUANTIZED, theme.STRONG, dashed=True
        )

    def solid_lines(self) -> LiveBoundaries:
        """The boundaries of the float network that is spoken of now; they stay, above all that moves."""
        lines = LiveBoundaries(self.view, self.cells().boundaries, theme.FLOAT, theme.STRONG)
        lines.clear_updaters()
        return lines.set_z_index(1)

    def line_of(self, layer: int, unit: int) -> LiveBoundaries:
        """The boundary of one neuron of the float network, thick, above all others."""
        found = self.cells().boundaries()
        own = (found.layer == layer) & (found.unit == unit)
        alone = Boundaries(found.layer[own], found.unit[own], found.segments[own])
        line = LiveBoundaries(self.view, lambda: alone, theme.BOUNDARY, 2 * theme.STRONG)
        line.clear_updaters()
        return line.set_z_index(2)

    def large(self, x: float, y: float, words: str, color: str) -> tuple[LiveText, VGroup]:
        """A large figure, still empty, with words below it."""
        number = LiveText("", color, theme.FIGURE_SIZE).place((x, y, 0.0))
        label = text(words, theme.QUIET).move_to((x, y - 0.4, 0.0), aligned_edge=LEFT)
        return number, VGroup(number, label)

    # --- the beats

    def draw_one_line(self) -> None:
        # The viewer sees the input plane with the data, and one line in it: on its one side the neuron is on.
        self.beat("one line")
        self.add(self.view.border(), self.axes, self.clouds)
        sides = partition(self.lone, self.input_window.box)
        on = sides.patterns[:, 0]
        lit = [self.view.to_frame(sides.polygons[k]) for k in np.flatnonzero(on)]
        self.sides = VGroup(cell_fill(lit, theme.BOUNDARY, 0.1))
        taken = [*self.view.to_frame(self.points), *(number.get_center() for number in self.axes.numbers)]
        for polygon, is_on in zip(sides.polygons, on, strict=True):
            place = roomy_place(self.view.to_frame(polygon)[:, :2], np.array(taken)[:, :2], 0.4)
            self.sides.add(text("on" if is_on else "off", theme.BOUNDARY).move_to((*place, 0.0)))
        self.line = self.solid_lines()
        lone, rounded, slide = self.lone, self.lone_rounded, self.slide
        names = formula("w ="), formula("b =")
        weight = MatrixView(lone.weights[0], size=theme.FORMULA_SIZE)
        weight.live(lambda: between(lone, rounded, slide.get_value()).weights[0])
        bias = MatrixView(lone.biases[0], size=theme.FORMULA_SIZE)
        left, top = self.panel.left, self.panel.top
        law = formula("w dot x + b = 0").move_to((left, top - 0.85, 0.0), aligned_edge=LEFT)
        for label, table, y in zip(names, (weight, bias), (1.75, 2.5), strict=True):
            label.move_to((left, top - y, 0.0), aligned_edge=LEFT)
            table.next_to(label, buff=0.25)
        kept = text("biases are kept", theme.QUIET).next_to(bias, buff=0.4)
        self.parameters = VGroup(law, *names, weight, bias, kept)
        self.data_key = text("dots: the data, a colour a class", theme.QUIET)
        self.data_key.move_to((left, self.panel.bottom + 0.15, 0.0), aligned_edge=LEFT)
        self.say("One neuron switches on along one line", FadeIn(self.line, self.sides, self.data_key))
        self.play(FadeIn(self.parameters), run_time=theme.BRIEF)

    def turn_one_line(self) -> None:
        # The viewer sees the neuron's weights go to the grid: a dashed line leaves the solid one, a red wedge opens.
        self.beat("the line turns")
        cells = self.cells
        number, self.flip = self.large(self.panel.left, self.panel.bottom + 1.25, "of the area flips", theme.CROSSED)
        number.live(lambda: f"{percent(changed_share(cells()))} %")
        badge = self.change_badge(self.regime_at(self.dial[-1]))
        gone = FadeOut(self.sides, self.data_key)
        self.say(f"Its weights go to their {self.dial[-1]}-bit levels, and it turns", gone, *badge)
        self.make_keys()
        self.play(FadeIn(self.flip, self.keys), run_time=theme.BRIEF)
        self.add(self.strips, self.dashed, self.line)
        self.play(self.slide.animate.set_value(1.0), run_time=theme.LONG)
        self.say("In the red, the neuron flips: on in one network, off in the other")

    def make_keys(self) -> None:
        """What the solid and the dashed lines are, at the foot of the panel."""
        left, y = self.panel.left, self.panel.bottom + 0.15
        self.keys = VGroup(
            lined("float", theme.FLOAT, (left, y)), lined("quantized", theme.QUANTIZED, (left + 1.7, y), dashed=True)
        )

    def draw_all_lines(self) -> None:
        # The viewer sees the weights go back, and the lines of all neurons come; those of deeper ones have bends.
        self.beat("all lines")
        neurons, gone = sum(self.net.widths[1:-1]), FadeOut(self.parameters, self.flip)
        back = self.slide.animate.set_value(0.0)
        self.say(f"Back to float, and now all {neurons} neurons", back, gone, *self.change_badge(self.float_badge()))
        self.now["cells"] = self.slides[self.dial[0]]
        self.dialled.set_value(self.dial[0])
        self.lines = self.solid_lines()
        self.regions = region_count(self.cells(), 0)
        self.remove(self.strips, self.dashed)
        self.play(FadeIn(self.lines), run_time=theme.BRIEF)
        self.remove(self.line)
        self.say(f"They cut {self.regions} regions; in each, one pattern of on and off")
        self.make_dial()

    def make_dial(self) -> None:
        """The panel of the dial: bits and levels, changed area, regions, and the flips of each neuron."""
        panel, cells, slide, dialled = self.panel, self.cells, self.slide, self.dialled
        net, grids = self.net, self.grids
        zone = theme.Zone(panel.left, panel.right, panel.top - 1.15, panel.top - 0.1)
        self.levels = BitsAndLevels(
            zone,
            dialled,
            grids[self.dial[0]].values,
            lambda: grids[round(dialled.get_value())].between(slide.get_value()),
            lambda: grids[round(dialled.get_value())].levels,
        )
        y = panel.top - 2.2
        changed, left = self.large(panel.left, y, "of the area: pattern changed", theme.CROSSED)
        changed.live(lambda: f"{percent(changed_share(cells()))} %")
        regions, right = self.large(panel.left + 0.6 * panel.width, y, "regions", theme.INK)
        before = self.regions
        regions.live(lambda: f"{before} → {region_count(cells(), 1)}")
        self.shares = VGroup(left, right)
        rows = most_flipped(self.shifts, self.shown_neurons)
        neurons = [(layer, unit) for layer, width in enumerate(net.widths[1:-1], start=1) for unit in range(width)]
        names = [f"layer {layer}, neuron {unit + 1}" for layer, unit in neurons]
        self.most_flipping = neurons[int(np.argmax(self.shifts[self.dial[-1]].flips))]
        largest = max(float(shift.flips.max()) for shift in self.shifts.values())
        header = text("what each neuron flips; these overlap", theme.QUIET)
        header.move_to((panel.left, y - 1.0, 0.0), aligned_edge=LEFT)
        place = theme.Zone(panel.left, panel.right, panel.bottom, y - 1.25)
        pitch = min(0.5, (place.height - 0.45) / len(rows))
        self.flips = VGroup(
            header,
            ShareRows(
                place,
                [names[k] for k in rows],
                [theme.CROSSED] * len(rows),
                lambda: flip_shares(cells())[rows],
                round_up_share(largest),
                2.6,
                pitch,
                theme.LABEL_SIZE,
            ),
        )

    def turn_dial(self) -> None:
        # The viewer sees the weights slide to the grid and back, at fewer bits each time; strips and bars grow.
        self.beat("fewer bits")
        appear = FadeIn(self.levels, self.shares, self.flips)
        self.say("All weights slide to the grid and back, at fewer bits each time", appear)
        for bits in self.dial:
            self.now["cells"] = self.slides[bits]
            turn = self.dialled.animate.set_value(bits)
            self.play(turn, *self.change_badge(self.regime_at(bits)), run_time=theme.BRIEF)
            self.add(self.strips, self.dashed, self.lines)
            self.play(self.slide.animate.set_value(1.0), run_time=theme.STEADY)
            if bits != self.dial[-1]:
                self.wait(0.6, frozen_frame=True)
                self.play(self.slide.animate.set_value(0.0), run_time=0.8)
        self.say(f"At {bits} bits {percent(self.shifts[bits].changed)} % of the plane has another pattern")
        layer, unit = self.most_flipping
        self.most = self.line_of(layer, unit)
        self.say(f"The thick line flips most: layer {layer}, neuron {unit + 1}", FadeIn(self.most))
        self.hold_caption()

    def weigh_against_accuracy(self) -> None:
        # The viewer sees the changed area drawn against the bits, with the accuracy that is lost; then the picture goes
        # to the bit width at which the most has changed while the accuracy holds.
        self.beat("area and accuracy")
        panel, found, bits = self.panel, self.shifts, np.array(self.dial, dtype=float)
        changed, lost = (100 * np.array([getattr(found[b], name) for b in self.dial]) for name in ("changed", "lost"))
        zone = theme.Zone(panel.left + 0.7, panel.right - 0.1, panel.top - 3.0, panel.top - 1.15)
        ends = (bits[0] + 0.3, bits[-1] - 0.3)
        self.chart = Chart(zone, ends, (min(0.0, *lost), 1.08 * max(*changed, *lost)), x_ticks=bits)
        self.chart.x_numbers.shift(0.1 * DOWN)  # room for the marks on the axis
        unit = text("bits", theme.QUIET, theme.SMALL_SIZE)
        unit.move_to((panel.left, self.chart.x_numbers.get_center()[1], 0.0), aligned_edge=LEFT)
        y = panel.top - 0.25
        names = VGroup(
            marked("changed area, \\% of the plane", theme.CROSSED, "cross", (panel.left, y)),
            marked("accuracy lost, \\% of the points", theme.INK, "diamond", (panel.left, y - 0.45)),
        )
        reached = ValueTracker(bits[0])
        area_curve = self.growing(np.column_stack([bits, changed]), theme.CROSSED, "cross", reached)
        lost_curve = self.growing(np.column_stack([bits, lost]), theme.INK, "diamond", reached)
        gone = FadeOut(self.levels, self.shares, self.flips, self.most)
        back = self.slide.animate.set_value(0.0)
        self.say(
            "How much has changed, against the accuracy that it costs",
            gone,
            back,
            *self.change_badge(self.float_badge()),
            run_time=0.8,
        )
        self.play(FadeIn(self.chart, unit, names), run_time=theme.BRIEF)
        self.add(area_curve, lost_curve)
        self.play(reached.animate.set_value(bits[-1]), run_time=theme.LONG)
        self.shown = widest_without_loss(found, self.tolerance) or found[self.dial[-1]]
        shown = self.shown
        self.hold_caption()
        self.show_bits(shown.bits)
        self.say(
            f"At {shown.bits} bits {percent(shown.changed)} % is red; accuracy {percent(self.float_accuracy)} → "
            f"{percent(self.float_accuracy - shown.lost)} %"
        )

    def show_bits(self, bits: int) -> None:
        """Let the weights go out to the levels of a bit width; a needle marks it in the chart."""
        foot, top = self.chart.y_range
        needle = self.chart.line(np.array([[bits, foot], [bits, top]]), theme.QUIET, theme.THIN)
        self.now["cells"] = self.slides[bits]
        self.play(FadeIn(needle), *self.change_badge(self.regime_at(bits)), run_time=theme.BRIEF)
        self.play(self.slide.animate.set_value(1.0), run_time=theme.STEADY)

    def growing(self, curve: np.ndarray, color: str, mark: str, reached: ValueTracker) -> VGroup:
        """A line with marks through (bits, value) points (n, 2), drawn as far down the bits as the tracker says."""
        chart = self.chart
        line, marks = chart.line(curve[:1], color), chart.marks(curve[:1], color, mark, 0.1)

        def so_far() -> np.ndarray:
            low = float(reached.get_value())
            tip = [low, float(np.interp(low, curve[::-1, 0], curve[::-1, 1]))]
            return np.vstack([curve[curve[:, 0] > low], tip])

        line.add_updater(lambda path: chart.draw_line(path, so_far()))
        marks.add_updater(lambda cloud: cloud.set_positions(chart.to_frame(curve[curve[:, 0] >= reached.get_value()])))
        return VGroup(line, marks)

    def weigh_against_error(self) -> None:
        # The viewer sees bars on one scale: the red area and the squared error in it; then what of that error would
        # change if every ReLU were kept as in the float network.
        self.beat("area and error")
        panel, shown = self.panel, self.shown
        shares = (shown.changed, shown.error_inside, shown.topological)
        bars = ShareRows(
            theme.Zone(panel.left, panel.right, panel.bottom + 0.85, panel.bottom + 2.35),
            ["red: of the area", "red: of the squared error", "added by the new patterns"],
            [theme.CROSSED, theme.QUANTIZED, theme.INK],
            all_at(shares),
            round_up_share(max(shares)),
            3.5,
            0.5,
            theme.LABEL_SIZE,
        )
        parts = len(bars) // len(shares)
        note = text("added: what changes if the float patterns are kept", theme.QUIET)
        note.move_to((panel.left, panel.bottom + 0.65, 0.0), aligned_edge=LEFT)
        self.say(f"The red holds {percent(shown.error_inside)} % of the squared error", FadeIn(bars[: 2 * parts]))
        added = FadeIn(bars[2 * parts :], note)
        self.say(f"What the new patterns themselves add: {percent(shown.topological)} % of it", added)
        self.hold_caption()
        if overstated(self.shifts):
            self.say("Seen alone, the red exaggerates the damage")
        else:
            self.say("Here the moved boundaries do much of the damage")
