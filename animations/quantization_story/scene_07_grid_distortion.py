"""Scene 7: one grid through both networks: where the pictures differ smoothly, where they bend, and what each holds."""

from functools import lru_cache
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.error_shares import changed_energy_share, density_ratio, energy_left, kind_energies
from quantization_story.errors import decompose_error
from quantization_story.grid_images import carried, largest_jump, lattice
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.glide import Glide
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.pictures import SlidingView, live_arrows
from quantization_story.mobjects.plane import MovingLines, PlaneAxes, PlaneView
from quantization_story.mobjects.shares import SplitBar, TwoFigures, marked
from quantization_story.mobjects.text import LiveText, percent, power_of_ten, signed, text
from quantization_story.needs import Needs
from quantization_story.network_scene import NetworkScene
from quantization_story.partition import EnergySplit, partition, refine
from quantization_story.planar import cut_lines, fit_window, grid_lines
from quantization_story.strips import changed_share
from quantization_story.transport import partway


class GridDistortion(NetworkScene):
    """One grid pushed through both networks: smooth affine mismatch against kinks, and how much each of them holds."""

    title_text = "Smooth distortion and kinks"
    network_name = "pinwheel_wide"
    needs = Needs(inputs=2, outputs=2, hidden_layers=1, most_units=20)
    grid_parts = 6  # squares of the grid from the middle of the window to its edge

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.show_one_grid()
        self.push_through()
        self.show_kinks()
        self.lay_on_each_other()
        self.draw_arrows()
        self.share_out()
        self.hold_the_routing()
        self.undo_the_smooth_part()
        self.close_stage(1.5)

    # --- what is on stage

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned or has no plane of outputs, and build both pictures."""
        self.load_story()
        self.badge_text = self.regime()
        self.cells = refine(self.net, self.quantized, self.input_window.box)
        self.pieces = [partition(net, self.input_window.box) for net in (self.net, self.quantized)]
        self.jump = max(map(largest_jump, self.pieces))
        self.grid_step = self.input_window.half / self.grid_parts
        self.nodes = lattice(self.input_window, self.grid_step)
        self.crossed = ~decompose_error(self.net, self.quantized, self.nodes).same_pattern
        self.pushed, self.glide = ValueTracker(0.0), Glide(self.cells.fit_affine())
        self.make_maps()
        energy_left(self.cells, 0.0)  # refuses networks that are equal: there would be nothing to see
        self.open_stage()
        self.make_views()
        self.make_grids()

    def make_maps(self) -> None:
        """Where both networks have input points now; the map onto the float picture is laid over the quantized one."""
        net, quantized, pushed, glide = self.net, self.quantized, self.pushed, self.glide
        self.here = lambda points: carried(net, points, pushed.get_value())
        self.twin = lambda points: glide(carried(quantized, points, pushed.get_value()))
        outputs = [network(self.nodes) for network in (net, quantized)]
        self.output_window = fit_window(np.vstack([*outputs, glide.transport(outputs[1])]), margin=0.0)
        cells, transport = self.cells, glide.transport
        residual = lru_cache(maxsize=2)(lambda part: cells.residual(partway(transport, part)))
        self.split_now: Any = lambda: residual(glide.part)

    def make_views(self) -> None:
        """Two views side by side, each under its name; the right one can slide onto the left one, beside the panel."""
        side = theme.WIDE_STAGE - 0.5
        first, self.panel = theme.stage_parts(side + 0.1, gap=0.7)
        _, second = theme.stage_parts(theme.stage_zone().width - side - 0.7)
        home, other = ((part.center[0], part.bottom + side / 2, 0.0) for part in (first, second))
        self.view, self.slider = (
            PlaneView(home, side, self.input_window),
            SlidingView(other, side, self.input_window, home, side),
        )
        self.axes = [PlaneAxes(view) for view in (self.view, self.slider)]
        self.borders = [view.border() for view in (self.view, self.slider)]
        self.names = [
            text(words, color).move_to((x, y + side / 2 + 0.35, 0.0), aligned_edge=edge)
            for words, color, x, y, edge in (
                ("float network", theme.FLOAT, home[0] - side / 2, home[1], LEFT),
                ("quantized network", theme.QUANTIZED, other[0] + side / 2, other[1], RIGHT),
            )
        ]

    def make_grids(self) -> None:
        """The grid and the boundaries of the ReLUs in both pictures; lines are cut where the network bends them."""
        rulings = grid_lines(self.input_window, self.grid_step)
        sides = tuple(
            zip(
                (self.view, self.slider),
                self.pieces,
                (self.here, self.twin),
                (theme.FLOAT, theme.QUANTIZED),
                strict=True,
            )
        )
        self.grids = [
            MovingLines(view, cut_lines(rulings, pieces.edges.segments), plane_map, color, theme.THIN, 0.75)
            for view, pieces, plane_map, color in sides
        ]
        self.kinks = [
            MovingLines(view, pieces.boundaries().segments, plane_map, theme.BOUNDARY, theme.STRONG)
            for view, pieces, plane_map, _ in sides
        ]

    # --- the beats

    def show_one_grid(self) -> None:
        # The viewer sees the input plane twice, side by side, with one and the same grid in it.
        self.beat("one grid")
        self.add(*self.borders, *self.axes, *self.grids)
        self.say("One grid on the input plane, for both networks", *map(FadeIn, self.names))
        self.hold_caption()

    def push_through(self) -> None:
        # The viewer sees each network carry its copy of the grid to the outputs; both are drawn to one scale.
        self.beat("through both networks")
        zooms = (axes.zoom(self.output_window) for axes in self.axes)
        self.say("Each network carries it to its outputs; both have one scale")
        self.play(self.pushed.animate.set_value(1.0), *zooms, run_time=1.5 * theme.LONG)

    def show_kinks(self) -> None:
        # The viewer sees the boundaries light up in yellow: between them the grid is straight, on them it bends.
        self.beat("kinks")
        self.say("Inside a region the grid is only sheared", run_time=theme.BRIEF)
        self.hold_caption()
        words = f"At the {theme.BOUNDARY_WORD} boundary of a region it has a kink"
        self.say(words, *map(FadeIn, self.kinks), run_time=theme.STEADY)
        self.hold_caption()

    def lay_on_each_other(self) -> None:
        # The viewer sees the right picture slide onto the left one; a number says that neither map jumps anywhere.
        self.beat("laid on each other")
        border, name, axes = self.borders[1], self.names[1], self.axes[1]
        way = self.slider.goal - self.slider.start
        slide = (self.slider.slid.animate.set_value(1.0), border.animate.shift(way), name.animate.shift(way))
        colored = (
            kinks.animate.set_stroke(color)
            for kinks, color in zip(self.kinks, (theme.FLOAT, theme.QUANTIZED), strict=True)
        )
        self.say("Lay one picture on the other", FadeOut(axes))
        self.play(*slide, *colored, run_time=theme.LONG)
        self.remove(border)
        jump = text(f"largest jump of either map at a boundary: ${power_of_ten(self.jump)}$", theme.QUIET)
        jump.move_to((self.panel.left, self.panel.center[1], 0.0), aligned_edge=LEFT)
        self.say("They bend in different places, but nowhere tear", FadeIn(jump))
        self.hold_caption()
        quiet = (
            *(kinks.animate.set_stroke(opacity=0.0) for kinks in self.kinks),
            *(grid.animate.set_stroke(opacity=0.3) for grid in self.grids),
        )
        self.play(FadeOut(jump), *quiet, run_time=theme.BRIEF)
        self.remove(*self.kinks)

    def draw_arrows(self) -> None:
        # The viewer sees an arrow grow at every grid point, from blue to orange: green ones first, then the red ones.
        self.beat("two kinds of arrows")
        grown = [ValueTracker(0.0) for _ in range(2)]
        kinds = (~self.crossed, theme.SAME, 0.025), (self.crossed, theme.CROSSED, 0.03)
        self.arrows = [
            live_arrows(self.view, self.ends_of(self.nodes[chosen], tracker), color, width)
            for (chosen, color, width), tracker in zip(kinds, grown, strict=True)
        ]
        self.make_inset()
        for k, caption in enumerate(
            (
                "Green: the same region in both; the gap is an affine mismatch",
                "Red: rounding has put the input into another region",
            )
        ):
            self.add(self.arrows[k])
            shown = (
                (self.inset, self.inset_marks[0], self.legend[0])
                if k == 0
                else (self.strips, self.inset_marks[1], self.legend[1])
            )
            self.say(caption, *map(FadeIn, shown))
            self.play(grown[k].animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()

    def ends_of(self, points: np.ndarray, grown: ValueTracker) -> Any:
        """The function that gives the ends of arrows from the float to the quantized picture, grown by a part."""
        here, twin = self.here, self.twin

        def ends() -> tuple[np.ndarray, np.ndarray]:
            tails = here(points)
            return tails, tails + grown.get_value() * (twin(points) - tails)

        return ends

    def make_inset(self) -> None:
        """A small input plane in the panel: the same grid points, and the strips in which the patterns differ."""
        panel, side = self.panel, 2.0
        view = PlaneView((panel.left + side / 2, panel.top - side / 2, 0.0), side, self.input_window)
        words = text("inputs", theme.QUIET, theme.SMALL_SIZE)
        x = panel.left + side + 0.35
        words.move_to((x, panel.top - 0.15, 0.0), aligned_edge=LEFT)
        self.inset = VGroup(view.border(), words)
        changed = [view.to_frame(self.cells.polygons[k]) for k in np.flatnonzero(self.cells.changed)]
        self.strips = cell_fill(changed, theme.CROSSED, 0.35)
        self.inset_marks = [
            PointCloud(color, mark, radius).set_positions(view.to_frame(self.nodes[chosen]))
            for chosen, color, mark, radius in (
                (~self.crossed, theme.SAME, "disc", 0.028),
                (self.crossed, theme.CROSSED, "cross", 0.045),
            )
        ]
        self.legend = [
            marked("same region in both", theme.SAME, "disc", (x, panel.top - 0.75)),
            marked("another region", theme.CROSSED, "cross", (x, panel.top - 1.3)),
        ]

    def share_out(self) -> None:
        # The viewer sees two bars: how much of the area is red, and how much of the error energy lies there.
        self.beat("area and energy")
        panel, split = self.panel, self.split_now
        area, energy = changed_share(self.cells), changed_energy_share(split())
        self.bars = [
            SplitBar(panel, panel.top - 3.0, "share of the area", lambda: area),
            SplitBar(panel, panel.top - 3.95, "share of the error energy", lambda: changed_energy_share(split())),
        ]
        note = text("error energy: squared length of the arrow, over the whole box", theme.QUIET, theme.SMALL_SIZE)
        self.definition = note.move_to((panel.left, panel.bottom + 0.12, 0.0), aligned_edge=LEFT)
        caption = f"Red: {percent(area)} % of the area, {percent(energy)} % of the error energy"
        self.say(caption, *map(FadeIn, (*self.bars, self.definition)))
        self.hold_caption()
        self.density = self.density_row(split())
        word = "more" if density_ratio(split()) > 1 else "less"
        self.say(f"On equal areas a red piece holds {word} than a green one", FadeIn(self.density))
        self.hold_caption()

    def density_row(self, split: EnergySplit) -> TwoFigures:
        """The energy per unit of area on both sides."""
        figures = signed(split.same_density), signed(split.changed_density)
        return TwoFigures(self.panel, self.panel.top - 4.5, "energy per unit of area", *figures)

    def hold_the_routing(self) -> None:
        # The viewer reads how much energy there would be with every ReLU held as in the float network.
        self.beat("routing held")
        kinds, panel = kind_energies(self.cells), self.panel
        rows = VGroup()
        for line, (words, energy, color) in enumerate(
            (
                ("with the ReLUs held as in float: metric error", kinds.metric, theme.SAME),
                ("added by re-routing: topological error", kinds.topological, theme.CROSSED),
                ("overlap of the two", kinds.overlap, theme.QUIET),
            )
        ):
            y = panel.top - 4.85 - 0.3 * line
            label = text(words, theme.QUIET, theme.SMALL_SIZE).move_to((panel.left, y, 0.0), aligned_edge=LEFT)
            share = text(f"{signed(100 * kinds.share(energy), 1)} %", color, theme.SMALL_SIZE)
            rows.add(label, share.move_to((panel.right, y, 0.0), aligned_edge=RIGHT))
        held = percent(kinds.share(kinds.metric), 0)
        self.say(f"With no ReLU re-routed the error energy would be {held} % of this", FadeIn(rows))
        self.hold_caption()
        self.play(FadeOut(rows), run_time=theme.BRIEF)

    def undo_the_smooth_part(self) -> None:
        # The viewer sees one affine map take the orange picture onto the blue one: arrows shrink, the energy falls.
        self.beat("undo the smooth part")
        panel, split, cells = self.panel, self.split_now, self.cells
        label = text("% of the error energy left", theme.QUIET)
        left = LiveText("", theme.INK, theme.FIGURE_SIZE, align=1).place((panel.left + 1.2, panel.top - 5.35, 0.0))
        left.live(lambda: percent(energy_left(cells, split().total), 0))
        label.move_to((panel.left + 1.35, panel.top - 5.2, 0.0), aligned_edge=LEFT)
        self.say("Now one affine map for the whole picture, the best one", FadeIn(left, label), FadeOut(self.density))
        self.play(self.glide.amount.animate.set_value(1.0), run_time=1.5 * theme.LONG)
        after = split()
        gone = 1 - energy_left(cells, after.total)
        most = "most" if gone > 0.5 else "part"
        self.say(f"It undoes {percent(gone, 0)} % of the energy: {most} of it was one affine mismatch")
        self.hold_caption()
        density, rest = self.density_row(after), changed_energy_share(after)
        if rest <= 0.5:
            self.say(f"{percent(1 - rest, 0)} % of what is left is on green: each region has its own map")
        else:
            self.say(f"{percent(rest, 0)} % of what is left is on red, where the region changed")
        self.hold_caption()
        side = "red" if density_ratio(after) > 1 else "green"
        self.say(f"On equal areas {side} holds more; no one map can move a kink", FadeIn(density))
