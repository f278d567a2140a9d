"""Scene 15: the states are rounded too: lattices, errors layer by layer, and the same two words on a ReLU network."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import LEFT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.activation_errors import (
    BitsDial,
    RegimeFigures,
    compared,
    output_map,
    regime_figures,
    routed_states,
)
from quantization_story.error_experiments import FULL_2D
from quantization_story.fake_quantization import quantized_path
from quantization_story.manifolds import circle, make_manifold
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.coloured import coloured_marks
from quantization_story.mobjects.error_rows import ErrorRows
from quantization_story.mobjects.growth_chart import GrowthCharts
from quantization_story.mobjects.lattice import lattice
from quantization_story.mobjects.live import LiveRow
from quantization_story.mobjects.plane import PlaneAxes
from quantization_story.mobjects.regime_table import RegimeTable
from quantization_story.mobjects.routed_stage import RoutedStage
from quantization_story.mobjects.shares import marked
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.needs import Needs
from quantization_story.network_scene import NetworkScene
from quantization_story.planar import fit_window, sector_polygons
from quantization_story.quantizer import largest_code
from quantization_story.shape_tour import colour_parts

COLOURS = len(theme.PARAMETER_COLORS)
ROWS = ("weight-only", "weight + activation")


class ActivationQuantization(NetworkScene):
    """Rounding the states as well: lattices, errors layer by layer, and metric and topological error once more."""

    title_text = "Rounding the activations too"
    # The weights are quantized with what they are multiplied by, so they must be the network's own.
    needs = Needs(inputs=2, outputs=2, own_inputs=True, plane_layers=True, most_classes=4, task=True)
    family = FULL_2D
    chain_bits = (8, 4, 2)
    shape_names = ("circle", "ellipse", "line", "spiral", "figure-eight", "two blobs")
    shape_points = 128
    tube_points = 32
    shown_points = 180

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
        self.close_stage(1.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Load the network, refuse one that cannot be drawn as planes, and quantize the chain at every bit width."""
        self.load_story()
        if set(self.net.widths) != {2}:
            raise ValueError(f"{self.network_name}: widths {self.net.widths}; every layer is drawn as a plane")
        self.dial = BitsDial(self.family.weights, circle(self.shape_points).points, self.chain_bits)
        self.depth = len(self.family.weights)
        self.parts = colour_parts(self.shape_points, COLOURS)
        self.place = ValueTracker(0.0)
        bits = self.story_bits
        self.figures = [
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
        self.say("A circle after one layer, its weights rounded", FadeIn(self.states), FadeIn(self.state_panel))
        badge = self.change_badge(self.chain_regime(1, 0))
        first = self.lattices[0]
        self.say(f"Round its states too: a lattice of {self.across(0)} steps across", *badge, FadeIn(first))
        self.bring_to_front(self.states)
        self.play(self.snap.animate.set_value(1.0), run_time=theme.STEADY)

    def across(self, stop: int) -> int:
        """How many steps the lattice of a stop has from its lowest to its highest code, both signs the same."""
        return 2 * largest_code(self.chain_bits[stop])

    def make_state_panel(self) -> None:
        """The bit width, the scale, and how many places there are on each axis, live."""
        panel, place, dial = self.panel, self.place, self.dial
        steps = [path.steps[1] for path in dial.both]
        stops = range(len(steps))
        top = panel.top - 0.6
        figure = LiveText("", theme.INK, theme.FIGURE_SIZE).place((panel.left, top, 0.0))
        figure.live(lambda: str(dial.bits[round(place.get_value())]))
        unit = text("bits, for weights and states", theme.QUIET).move_to(
            (panel.left + 0.6, top + 0.15, 0.0), aligned_edge=LEFT
        )
        scale = LiveRow(
            "s = max abs(a) \\/ q_max =",
            lambda: signed(float(np.interp(place.get_value(), stops, steps)), 2),
            (panel.left + 3.1, top - 1.0),
            theme.INK,
        )
        codes = text("every coordinate becomes a multiple of $s$:", theme.QUIET)
        most = text("it moves by at most $s\\/2$", theme.QUIET)
        for line, y in ((codes, top - 1.8), (most, top - 2.3)):
            line.move_to((panel.left, y, 0.0), aligned_edge=LEFT)
        self.state_panel = VGroup(figure, unit, scale, codes, most)

    def turn_the_lattice(self) -> None:
        # The viewer sees the lattice grow coarse, from 8 to 4 to 2 bits, and the circle fall apart onto its corners.
        self.beat("8, 4, 2 bits")
        for stop, bits in enumerate(self.chain_bits[1:], start=1):
            change = (FadeOut(self.lattices[stop - 1]), FadeIn(self.lattices[stop]))
            badge = self.change_badge(self.chain_regime(1, stop))
            self.say(f"{bits} bits: {self.across(stop)} steps across", *change, *badge, run_time=theme.BRIEF)
            self.play(self.place.animate.set_value(stop), run_time=theme.STEADY)
        self.hold_caption(0.4)
        self.gone = [self.lattices[-1], self.states, self.state_axes, self.state_panel, self.state_border]

    # --- the chain, layer by layer

    def run_weight_only(self) -> None:
        # The viewer sees the circle run through the squares of the upper row, leaving its error in each: ellipses.
        self.beat("weight-only, layer by layer")
        shape = circle(self.shape_points)
        self.rows = rows = ErrorRows(theme.stage_zone(), self.dial, shape, ROWS)
        badge = self.change_badge(self.chain_regime(0, 0))
        frame = (FadeIn(rows.frames), FadeIn(rows.names[0], rows.names[2], rows.scale))
        caption = f"Weight-only, {self.chain_bits[0]} bits: after every layer the error is an ellipse"
        self.say(caption, FadeOut(*self.gone), *badge, *frame)
        self.add(rows.curves)
        heads = [FadeIn(head) for head in rows.heads[0]]
        note = rows.note(0, "exact: one matrix a layer")
        self.play(rows.flows[0].animate.set_value(rows.depth), LaggedStart(*heads, lag_ratio=0.9), run_time=2.2)
        self.play(FadeIn(note), run_time=theme.BRIEF)
        self.notes = [note]

    def run_both(self) -> None:
        # The viewer sees the circle run through the lower row, where it breaks into a cloud inside an exact tube.
        self.beat("weight and activation, layer by layer")
        rows = self.rows
        badge = self.change_badge(self.chain_regime(1, 0))
        self.add(rows.dots)
        self.say("Now round the states after every layer", *badge, FadeIn(rows.names[1]))
        heads = [FadeIn(head) for head in rows.heads[1]]
        self.play(rows.flows[1].animate.set_value(rows.depth), LaggedStart(*heads, lag_ratio=0.9), run_time=2.4)
        note = rows.note(1, "exact: within the tube")
        self.tubes = rows.tubes(0, self.tube_points)
        self.play(rows.room.animate.set_value(1.0), run_time=0.6)
        self.say("The ellipse breaks up; each dot stays in its tube", FadeIn(self.tubes), FadeIn(note))
        self.hold_caption()
        self.notes.append(note)

    def turn_the_bits(self) -> None:
        # The viewer sees the same squares at fewer bits: the scale of the squares grows, the dots gather on lines.
        self.beat("fewer bits, layer by layer")
        self.play(FadeOut(self.tubes), self.rows.room.animate.set_value(0.0), run_time=0.6)
        for stop, bits in enumerate(self.chain_bits[1:], start=1):
            largest = [self.dial.largest(stop, row)[-1] for row in (False, True)]
            caption = f"{bits} bits: at most {signed(largest[0])}, with rounded states {signed(largest[1])}"
            self.say(caption, *self.change_badge(self.chain_regime(1, stop)))
            self.play(self.rows.place.animate.set_value(stop), run_time=theme.STEADY)
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
            *self.notes,
        )
        badge = self.change_badge(self.chain_regime(0, 0))
        self.say(
            f"All shapes at {bits} bits, weight-only",
            FadeOut(*gone),
            *badge,
            FadeIn(growth.frame, growth.keys),
        )
        self.add(growth.lines, growth.marks)
        self.play(drawn.animate.set_value(self.depth), run_time=theme.LONG)
        self.add(growth.ghosts)
        alone, both = ([path[row].largest_errors[-1] for path in paths] for row in (0, 1))
        badge = self.change_badge(self.chain_regime(1, 0))
        caption = f"States too: at most {signed(max(alone))} at the end becomes {signed(max(both))}"
        self.say(caption, *badge)
        self.play(part.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()
        self.gone = [growth.frame, growth.keys, growth.lines, growth.marks, growth.ghosts]

    # --- a ReLU network

    def enter_the_network(self) -> None:
        # The viewer sees the points of a trained network travel to its output: blue exact, orange with rounded weights.
        self.beat("a ReLU network")
        view, panel = self.make_stage(self.input_window, left=0.3, panel_gap=0.75)
        bits, calibration = self.story_bits, self.learned.calibration.points
        glide = output_map(quantized_path(self.net, calibration, bits, bits))
        self.stage = stage = RoutedStage(view, routed_states(self.net, self.data.points, bits), self.labels, glide)
        self.make_panel(panel)
        badge = self.change_badge(self.network_regime(0, self.figures[0].accuracy))
        widths = "→".join(map(str, self.net.widths))
        come = (FadeIn(stage.border, stage.axes), FadeIn(stage.blue, stage.orange), FadeIn(self.keys))
        self.say(f"A trained ReLU network {widths}, weight-only first", FadeOut(*self.gone), *badge, *come)
        self.add(stage.threads)
        for stop in range(2, stage.last + 1, 2):
            self.play(*stage.travel(stop), run_time=0.8)
        sectors = zip(sector_polygons(view.window, self.head), theme.CLASS_COLORS, strict=False)
        self.sectors = VGroup(*(cell_fill([view.to_frame(part)], color, 0.13) for part, color in sectors))
        self.sectors.set_z_index(-1)
        row = self.entries(
            0, f"accuracy, float {percent(self.float_accuracy)} %", lambda f: f"{percent(f.accuracy)} %", 0
        )
        stage.rings.redraw()
        self.add(stage.rings)
        self.play(FadeIn(self.sectors), FadeIn(*row), run_time=theme.BRIEF)
        self.wait(1.0, frozen_frame=True)

    def make_panel(self, panel: theme.Zone) -> None:
        """The keys of the marks, and the table of both regimes."""
        left, top = panel.left, panel.top - 0.25
        self.keys = VGroup(
            marked("float", theme.FLOAT, "disc", (left, top)),
            marked("quantized", theme.QUANTIZED, "disc", (left + 1.6, top)),
            marked("wrong class", theme.INK, "ring", (left + 4.1, top)),
        )
        zone = theme.Zone(left, panel.right, panel.bottom, panel.top - 1.7)
        self.table = RegimeTable(zone, ROWS, (2.3, 0.0))
        self.keys.add(self.table)
        self.bound = VGroup(
            text(f"{theme.INK_WORD}: one point; dashed: an outer bound, behind ReLUs,", theme.QUIET, theme.SMALL_SIZE),
            text("of what rounding the states can do to it", theme.QUIET, theme.SMALL_SIZE),
        )
        for k, line in enumerate(self.bound):
            line.move_to((left, panel.bottom + 0.55 - 0.35 * k, 0.0), aligned_edge=LEFT)

    def entries(self, row: int, words: str, figure: Callable[[RegimeFigures], str], *columns: int) -> list[Any]:
        """A row of the table: its name with the first column, then the figure of each of these columns."""
        name = [self.table.row_name(row, words)] if 0 in columns else []
        return [*name, *(self.table.entry(row, column, figure(self.figures[column])) for column in columns)]

    def round_its_states(self) -> None:
        # The viewer sees the points go back; at each layer a lattice comes up and the orange points snap to it.
        self.beat("lattices behind ReLUs")
        stage = self.stage
        accuracies = [figures.accuracy for figures in self.figures]
        back = (FadeOut(self.sectors), *stage.travel(0))
        badge = self.change_badge(self.network_regime(1, accuracies[1]))
        self.say("Now round the states behind every layer", *back, *badge, run_time=theme.STEADY)
        stage.regime.set_value(1.0)
        self.add(stage.box, stage.probe)
        shown: list[Any] = []
        for layer in range(1, self.net.depth + 1):
            note = [FadeIn(self.bound)] if layer == 1 else []
            self.play(*stage.travel(2 * layer - 1), *map(FadeOut, shown), *note, run_time=0.8)
            shown = [stage.lattice(layer)]
            snap = stage.travel(2 * layer)
            self.play(FadeIn(shown[0]), *snap, run_time=0.9)
        words = compared(*accuracies, up="rises here", down="falls", same="stays")
        row = self.entries(0, "", lambda f: f"{percent(f.accuracy)} %", 1)
        caption = f"Accuracy {words}: {percent(accuracies[0])} → {percent(accuracies[1])} %"
        self.say(caption, FadeIn(self.sectors), FadeIn(*row), *map(FadeOut, shown))

    def split_the_error(self) -> None:
        # The viewer sees red crosses on the points that re-routing moves, and both energies in both regimes.
        self.beat("metric and topological")
        stage = self.stage
        gone = FadeOut(stage.rings, stage.box, stage.probe, self.bound)
        parts = (
            *self.entries(1, 'mean $abs(e_"metric")^2$, routing held', lambda f: signed(f.metric), 0, 1),
            *self.entries(2, 'mean $abs(e_"topo")^2$, re-routing', lambda f: signed(f.topological), 0, 1),
        )
        share = self.entries(3, 'points with $e_"topo" != 0$', lambda f: f"{percent(f.rerouted)} %", 0, 1)
        self.say("The same words: metric error, and in red topological", gone, FadeIn(stage.crosses), FadeIn(*parts))
        first, second = self.figures
        words = compared(first.rerouted, second.rerouted, up="More", down="Fewer", same="As many")
        size = compared(
            first.topological, second.topological, up="with more energy", down="with less energy", same="as strongly"
        )
        self.say(f"{words} points are re-routed, {size}", FadeIn(*share))

    def try_one_map(self) -> None:
        # The viewer sees one affine map glide the orange outputs onto the blue ones; less comes back than before.
        self.beat("one output map")
        stage = self.stage
        row = self.entries(4, "accuracy, one output map", lambda f: f"{percent(f.mapped)} %", 0, 1)
        count = len(self.data.points)
        places = self.entries(5, f"different outputs, of {count}", lambda f: str(f.places), 0, 1)
        badge = self.change_badge(self.network_regime(1, self.figures[1].mapped))
        self.add(stage.rings)
        self.say("One affine map at the output, in each regime", FadeOut(stage.crosses), FadeIn(*row), *badge)
        self.play(stage.mapped.animate.set_value(1.0), run_time=theme.LONG)
        first, second = (figures.mapped for figures in self.figures)
        less = "It restores less: outputs on one place stay together"
        caption = compared(first, second, up="It restores even more", down=less, same="It restores as much")
        self.say(caption, FadeIn(*places))
