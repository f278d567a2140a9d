"""Scene 15: the states are rounded too: lattices, errors layer by layer, and the same two words on a ReLU network."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import DOWN, LEFT, FadeIn, FadeOut, LaggedStart, Typst, ValueTracker, VGroup

from quantization_story.analysis.activation_rounding import (
    BitsDial,
    RegimeFigures,
    regime_figures,
    routed_states,
    shared_places_words,
    task_words,
)
from quantization_story.analysis.fake_quantization import quantized_path
from quantization_story.common import largest_code
from quantization_story.core.plane_geometry import fit_window, sector_polygons
from quantization_story.core.shown_numbers import number_word
from quantization_story.error_regions.shape_morphs import colour_parts
from quantization_story.error_regions.shapes import circle, make_manifold
from quantization_story.error_regions.weight_families import FULL_2D
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.gradients import coloured_marks
from quantization_story.mobjects.lattice import lattice
from quantization_story.mobjects.legend import marked
from quantization_story.mobjects.live import LiveRow
from quantization_story.mobjects.plane import PlaneAxes
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.pictures.activation_quantization import ErrorRows, GrowthCharts, RegimeTable, RoutedStage
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.style import theme

COLOURS = len(theme.PARAMETER_COLORS)
ROWS = ("weight-only", "weight + activation")


class ActivationQuantizationScene(NetworkScene):
    """Rounding the activations too: lattices of states, errors by layer, and the same two words on a ReLU network."""

    title_text = "Rounding the activations too"
    # The weights are quantized with what they are multiplied by, so they must be the network's own.
    needs = NetworkRequirements(
        inputs=2, outputs=2, own_inputs=True, plane_layers=True, most_classes=4, task=True, nearest=True
    )
    family = FULL_2D
    chain_bits = (8, 4, 2)
    shape_names = ("circle", "ellipse", "line", "spiral", "figure-eight", "two blobs")
    shape_points = 128
    tube_points = 32
    shown_points = 180
    finest = 0.05  # the step of a lattice, in frame units, below which its lines cannot be told apart

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.round_the_states()
        self.turn_the_lattice()
        self.run_weight_only()
        self.run_both()
        self.turn_the_bits()
        self.grow_with_depth()
        self.enter_the_network()
        self.round_its_states()
        self.split_the_error()
        self.try_one_map()
        self.count_the_places()
        self.close_stage(1.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Load the network, refuse one that cannot be drawn as planes, and quantize the chain at every bit width."""
        self.load_story()
        self.dial = BitsDial(self.family.weights, circle(self.shape_points).points, self.chain_bits)
        self.depth = len(self.family.weights)
        self.parts = colour_parts(self.shape_points, COLOURS)
        self.place = ValueTracker(0.0)
        bits = self.story_bits
        self.regimes = [
            regime_figures(self.net, self.data, self.learned.calibration, self.head, bits, states)
            for states in (None, bits)
        ]
        self.badge_text = self.chain_regime(0, 0)
        self.open_stage()

    def chain_regime(self, row: int, stop: int) -> str:
        """The badge of the linear chain."""
        return f"{ROWS[row]} · {self.chain_bits[stop]}-bit · linear chain, no ReLU: exact"

    def network_regime(self, row: int, now: float) -> str:
        """The badge of the network."""
        accuracy = f"accuracy {percent(self.float_accuracy)} → {percent(now)} %"
        return f"{ROWS[row]} · {self.story_bits}-bit · {accuracy}"

    # --- lattices

    def round_the_states(self) -> None:
        # The viewer sees the image of a circle after one layer; a lattice appears, and each state snaps to it.
        self.beat("round the states")
        dial, place, count = self.dial, self.place, len(self.chain_bits)
        reach = np.vstack([dial.states(stop, part) for stop in range(count) for part in (0.0, 1.0)])
        self.state_view, self.panel = self.make_stage(fit_window(reach), left=0.3, panel_gap=0.75)
        view, self.snap = self.state_view, ValueTracker(0.0)
        snap = self.snap
        self.state_axes = PlaneAxes(view).clear_updaters()  # this window stays as it is
        self.states = coloured_marks(
            lambda: view.to_frame(dial.states(place.get_value(), snap.get_value())), self.parts, 0.07
        )
        self.lattices = [lattice(view, path.steps[1]) for path in dial.both]
        self.make_state_panel()
        self.state_border = view.border()
        self.add(self.state_border, self.state_axes)
        caption = "A circle after one layer: these outputs are its activations"
        self.say(caption, FadeIn(self.states), FadeIn(self.state_panel))
        badge = self.change_badge(self.chain_regime(1, 0))
        first = self.lattices[0]
        fine = ", too fine to see" if dial.both[0].steps[1] * view.unit < self.finest else ""
        self.say(f"Round them: {self.values_words(0)}{fine}", *badge, FadeIn(first))
        self.bring_to_front(self.states)
        self.play(self.snap.animate.set_value(1.0), run_time=theme.STEADY)

    def values_words(self, stop: int) -> str:
        """How many values a coordinate can take at a stop, both signs the same."""
        return f"{2 * largest_code(self.chain_bits[stop]) + 1} values a coordinate"

    def make_state_panel(self) -> None:
        """The bit width, the scale, and how many places there are on each axis, live."""
        panel, place, dial = self.panel, self.place, self.dial
        steps = [path.steps[1] for path in dial.both]
        stops = range(len(steps))
        top = panel.top - 0.6
        figure = LiveText("", theme.INK, theme.FIGURE_SIZE).place((panel.left, top, 0.0))
        figure.live(lambda: str(dial.bits[round(place.get_value())]))
        unit = text("bits $b$, for weights and activations", theme.QUIET).move_to(
            (panel.left + 0.6, top + 0.15, 0.0), aligned_edge=LEFT
        )
        at = panel.left + 3.1
        largest = LiveRow(
            "q_max = 2^(b - 1) - 1 =",
            lambda: str(largest_code(dial.bits[round(place.get_value())])),
            (at, top - 1.0),
            theme.INK,
        )
        scale = LiveRow(
            "s = max abs(a) \\/ q_max =",
            lambda: signed(float(np.interp(place.get_value(), stops, steps)), 2),
            (at, top - 1.7),
            theme.INK,
        )
        codes = text("every coordinate becomes a multiple of $s$,", theme.QUIET)
        most = text("from $-q_max s$ to $q_max s$: it moves by at most $s\\/2$", theme.QUIET)
        for line, y in ((codes, top - 2.5), (most, top - 3.0)):
            line.move_to((panel.left, y, 0.0), aligned_edge=LEFT)
        self.state_panel = VGroup(figure, unit, largest, scale, codes, most)

    def turn_the_lattice(self) -> None:
        # The viewer sees the lattice grow coarse, from 8 to 4 to 2 bits, and the circle fall apart onto its corners.
        self.beat("8, 4, 2 bits")
        for stop, bits in enumerate(self.chain_bits[1:], start=1):
            self.hold_caption()
            change = (FadeOut(self.lattices[stop - 1]), FadeIn(self.lattices[stop]))
            self.play(self.place.animate.set_value(stop), *change, run_time=1.0)
            badge = self.change_badge(self.chain_regime(1, stop))
            self.say(f"{bits} bits: {self.values_words(stop)}", *badge, run_time=theme.BRIEF)
        self.gone = [self.lattices[-1], self.states, self.state_axes, self.state_panel, self.state_border]

    # --- the chain, layer by layer

    def run_weight_only(self) -> None:
        # The viewer sees the circle run through the squares of the upper row, leaving its error in each: ellipses.
        self.beat("weight-only, layer by layer")
        shape = circle(self.shape_points)
        self.rows = rows = ErrorRows(theme.stage_zone(), self.dial, shape, ROWS)
        badge = self.change_badge(self.chain_regime(0, 0))
        frame = (FadeIn(rows.frames[0]), FadeIn(rows.names[0], rows.names[2], rows.scale))
        caption = f"Weight-only, {self.chain_bits[0]} bits: each layer's error is an ellipse"
        self.say(caption, FadeOut(*self.gone), *badge, *frame)
        self.add(rows.curves)
        heads = [FadeIn(head) for head in rows.heads[0]]
        self.play(rows.flows[0].animate.set_value(rows.depth), LaggedStart(*heads, lag_ratio=0.9), run_time=1.8)

    def run_both(self) -> None:
        # The viewer sees the circle run through the lower row, where it breaks into a cloud inside an exact tube.
        self.beat("weight and activation, layer by layer")
        rows = self.rows
        badge = self.change_badge(self.chain_regime(1, 0))
        self.add(rows.dots)
        caption = "Now round the activations after every layer"
        self.say(caption, *badge, FadeIn(rows.frames[1], rows.names[1]))
        heads = [FadeIn(head) for head in rows.heads[1]]
        self.play(rows.flows[1].animate.set_value(rows.depth), LaggedStart(*heads, lag_ratio=0.9), run_time=1.8)
        self.tubes = rows.tubes(0, self.tube_points)
        self.play(rows.room.animate.set_value(1.0), run_time=0.6)
        self.say("Shaded: all that this can do; no dot leaves it", FadeIn(self.tubes))
        self.hold_caption()

    def turn_the_bits(self) -> None:
        # The viewer sees all squares take the scale of the largest errors, and these grow into them as bits are taken.
        self.beat("fewer bits, layer by layer")
        rows = self.rows
        whole = (rows.room.animate.set_value(0.0), rows.shared.animate.set_value(1.0))
        self.play(FadeOut(self.tubes, run_time=0.3), *whole, run_time=0.8)
        for stop, bits in enumerate(self.chain_bits[1:], start=1):
            self.hold_caption()
            self.play(rows.place.animate.set_value(stop), run_time=0.8)
            alone, both = (signed(self.dial.largest(stop, row)[-1]) for row in (False, True))
            caption = f"The same squares at {bits} bits"
            if bits == self.chain_bits[-1]:
                caption = f"{bits} bits: at the end {alone}, with activations {both}"
            self.say(caption, *self.change_badge(self.chain_regime(1, stop)))
        self.hold_caption()

    def grow_with_depth(self) -> None:
        # The viewer sees a line for each shape grow over the layers, and rise as the states are rounded too.
        self.beat("growth per layer")
        rows, bits = self.rows, self.chain_bits[0]
        shapes = [make_manifold(name, self.shape_points) for name in self.shape_names]
        weights = self.family.weights
        paths = [
            tuple(quantized_path(weights, shape.points, bits, states) for states in (None, bits)) for shape in shapes
        ]
        part, drawn = ValueTracker(0.0), ValueTracker(0.0)
        growth = GrowthCharts(theme.stage_zone(), self.shape_names, paths, part.get_value, drawn.get_value)
        gone = (
            rows.frames,
            rows.names,
            rows.curves,
            rows.dots,
            rows.scale,
            *rows.heads[0],
            *rows.heads[1],
        )
        badge = self.change_badge(self.chain_regime(0, 0))
        self.say(
            f"{number_word(len(shapes)).capitalize()} shapes at {bits} bits, weight-only",
            FadeOut(*gone),
            *badge,
            FadeIn(growth.frame, growth.keys),
        )
        self.add(growth.lines, growth.marks)
        self.play(drawn.animate.set_value(self.depth), run_time=theme.STEADY)
        self.add(growth.ghosts)
        alone, both = ([path[row].largest_errors[-1] for path in paths] for row in (0, 1))
        self.hold_caption()
        self.play(part.animate.set_value(1.0), run_time=1.0)
        caption = f"With activations: at the end {signed(max(alone))} becomes {signed(max(both))}"
        self.say(caption, *self.change_badge(self.chain_regime(1, 0)))
        self.hold_caption()
        self.gone = [growth.frame, growth.keys, growth.lines, growth.marks, growth.ghosts]

    # --- a ReLU network

    def enter_the_network(self) -> None:
        # The viewer sees the points of a trained network travel to its output: blue exact, orange with rounded weights.
        self.beat("a ReLU network")
        view, panel = self.make_stage(self.input_window, left=0.3, panel_gap=0.75)
        bits, calibration = self.story_bits, self.learned.calibration.points
        glide = quantized_path(self.net, calibration, bits, bits).output_map
        self.stage = stage = RoutedStage(view, routed_states(self.net, self.data.points, bits), self.labels, glide)
        self.make_panel(panel)
        badge = self.change_badge(self.network_regime(0, self.regimes[0].accuracy))
        come = (FadeIn(stage.border, stage.axes), FadeIn(stage.blue, stage.orange), FadeIn(self.keys, self.where))
        caption = f"A trained ReLU network sorts points into {number_word(self.classes)} classes"
        self.say(caption, FadeOut(*self.gone), *badge, *come)
        self.add(stage.threads)
        for stop in range(2, stage.last + 1, 2):
            self.play(*stage.travel(stop), *self.move_on(stop), run_time=0.5)
        sectors = zip(sector_polygons(view.window, self.head), theme.CLASS_COLORS, strict=False)
        self.sectors = VGroup(*(cell_fill([view.to_frame(part)], color, 0.13) for part, color in sectors))
        self.sectors.set_z_index(-1)
        row = self.entries(
            0, f"accuracy, float {percent(self.float_accuracy)} %", lambda f: f"{percent(f.accuracy)} %", 0
        )
        stage.rings.redraw()
        self.add(stage.rings)
        self.say("Rounded weights: ringed points are in a wrong class", FadeIn(self.sectors), FadeIn(*row))

    def make_panel(self, panel: theme.Zone) -> None:
        """The keys of the marks, what the picture shows, and the table of both regimes."""
        left, top = panel.left, panel.top - 0.25
        self.keys = VGroup(
            marked("float", theme.FLOAT, "disc", (left, top)),
            marked("quantized", theme.QUANTIZED, "disc", (left + 1.6, top)),
            marked("wrong class", theme.INK, "ring", (left + 4.1, top)),
        )
        zone = theme.Zone(left, panel.right, panel.bottom, panel.top - 2.0)
        self.table = RegimeTable(zone, ROWS, (2.3, 0.0))
        self.keys.add(self.table)
        self.told = VGroup(self.table)
        self.where = self.place_name(0)

    def place_name(self, stop: int) -> Typst:
        """What the picture shows at a stop of the points' way."""
        last = 2 * self.net.depth
        words = "the input" if stop == 0 else f"the activations of layer {(stop + 1) // 2}"
        if stop == last:
            words = "the output, a background colour for each class"
        keys = self.keys[0]
        return text(f"picture: {words}", theme.QUIET).move_to(keys.get_left() + 0.75 * DOWN, aligned_edge=LEFT)

    def move_on(self, stop: int) -> list[Any]:
        """The animations that change what is said of the picture."""
        old, self.where = self.where, self.place_name(stop)
        return self._replace(old, self.where)

    def entries(self, row: int, words: str, figure: Callable[[RegimeFigures], str], *columns: int) -> list[Any]:
        """A row of the table: its name with the first column, then the figure of each of these columns."""
        name = [self.table.row_name(row, words)] if 0 in columns else []
        new = [*name, *(self.table.entry(row, column, figure(self.regimes[column])) for column in columns)]
        self.told.add(*new)
        return new

    def round_its_states(self) -> None:
        # The viewer sees the points go back; at each layer a lattice comes up and the orange points snap to it.
        self.beat("lattices behind ReLUs")
        stage = self.stage
        self.hold_caption()  # a travel that is built changes the numbers at the axes
        back = (FadeOut(self.sectors), *stage.travel(0), *self.move_on(0))
        badge = self.change_badge(self.network_regime(1, self.regimes[1].accuracy))
        self.say("Now round every layer's activations too", *back, *badge, run_time=theme.STEADY)
        stage.regime.set_value(1.0)
        self.add(stage.box, stage.probe)
        shown: list[Any] = []
        for layer in range(1, self.net.depth + 1):
            stop = 2 * layer
            place = self.move_on(stop)
            self.play(*stage.travel(stop - 1), *map(FadeOut, shown), *place, run_time=0.4)
            shown = [stage.lattice(layer)]
            self.play(FadeIn(shown[0]), *stage.travel(stop), run_time=0.6)
            if layer == 1:
                self.say(f"Dashed: this moves the {theme.INK_WORD} point no farther", run_time=theme.BRIEF)
        row = self.entries(0, "", lambda f: f"{percent(f.accuracy)} %", 1)
        gone = FadeOut(stage.box, stage.probe, *shown)
        self.say(task_words(*self.regimes), FadeIn(self.sectors), FadeIn(*row), gone)

    def split_the_error(self) -> None:
        # The viewer sees red crosses on the points that re-routing moves, and both energies in both regimes.
        self.beat("metric and topological")
        stage = self.stage
        parts = (
            *self.entries(1, "metric error, squared", lambda f: signed(f.metric), 0, 1),
            *self.entries(2, "topological error, squared", lambda f: signed(f.topological), 0, 1),
        )
        caption = "Metric error: ReLU pattern kept; topological, red: pattern changed"
        stage.crosses.update()  # they come as they are now, be they few or none
        self.say(caption, FadeOut(stage.rings), FadeIn(stage.crosses), FadeIn(*parts))

    def try_one_map(self) -> None:
        # The viewer sees one affine map glide the orange outputs onto the blue ones; less comes back than before.
        self.beat("one output map")
        stage = self.stage
        row = self.entries(3, "accuracy, one output map", lambda f: f"{percent(f.mapped)} %", 0, 1)
        badge = self.change_badge(self.network_regime(1, self.regimes[1].mapped))
        self.hold_caption()
        self.add(stage.rings)
        self.say("One affine map takes all outputs back together", FadeOut(stage.crosses))
        self.play(stage.mapped.animate.set_value(1.0), run_time=1.6)
        self.play(FadeIn(*row), *badge, run_time=theme.BRIEF)

    def count_the_places(self) -> None:
        # The viewer sees the few places on which all outputs lie, as large marks, and their number.
        self.beat("few places")
        stage, count = self.stage, len(self.data.points)
        alone, both = (regime.places for regime in self.regimes)
        top = self.table.zone.top - 0.8
        figure = LiveText(f"{count} → {both}", theme.INK, theme.FIGURE_SIZE).place((self.table.zone.left, top, 0.0))
        words = VGroup(
            text("points → different outputs", theme.QUIET),
            text(f"weight-only: {count} → {alone}", theme.QUIET),
        )
        for k, line in enumerate(words):
            line.move_to((self.table.zone.left, top - 0.5 - 0.55 * k, 0.0), aligned_edge=LEFT)
        gone = FadeOut(self.told, stage.rings, self.keys[2])
        self.say(shared_places_words(count, both), gone, FadeIn(stage.places), FadeIn(figure, words))
