"""Scene 7: one grid through both networks: where the pictures differ smoothly, where they bend, and what each holds."""

from functools import lru_cache
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, ValueTracker, VGroup

from quantization_story.analysis.error_shares import changed_energy_share, density_ratio, energy_left
from quantization_story.analysis.grid_images import carried, largest_jump, lattice
from quantization_story.analysis.strips import changed_share
from quantization_story.analysis.transport import partway
from quantization_story.common import decompose_error
from quantization_story.core.plane_geometry import cut_lines, fit_window, grid_lines
from quantization_story.figures.grid_distortion import GridDistortionFigures, grid_distortion_figures
from quantization_story.mobjects.adjacent_planes import SlidingView, live_arrows
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.legend import SplitBar, marked
from quantization_story.mobjects.map_motion import Glide
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.plane import MovingLines, PlaneAxes, PlaneView
from quantization_story.mobjects.text import percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.stage.network_scene import NetworkScene, figure_place
from quantization_story.style import theme


class GridDistortionScene(NetworkScene):
    """One grid pushed through both networks: smooth affine mismatch against kinks, and how much each of them holds."""

    title_text = "Smooth distortion and kinks"
    network_name = "pinwheel_wide"
    needs = NetworkRequirements(inputs=2, outputs=2, output_plane=True, hidden_layers=1, most_units=40)
    grid_parts = 6  # squares of the grid from the middle of the window to its edge
    arrow_every = 2  # lines of the grid: an arrow stands at the crossings of each second one

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.show_one_grid()
        self.push_through()
        self.show_kinks()
        self.lay_on_each_other()
        self.take_one_point()
        self.draw_arrows()
        self.share_out()
        self.undo_the_smooth_part()
        self.close_stage(1.5)

    # --- what is on stage

    @classmethod
    def figures_of(cls, subject: StorySubject) -> GridDistortionFigures:
        """The cells of both networks, and the best map at the output."""
        return grid_distortion_figures(subject)

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned or has no plane of outputs, and build both pictures."""
        self.load_story()
        self.badge_text = self.regime()
        self.cells, self.pieces = self.figures.cells, self.figures.pieces
        self.jump = max(map(largest_jump, self.pieces))
        self.grid_step = self.input_window.half / self.grid_parts
        self.nodes = lattice(self.input_window, self.arrow_every * self.grid_step)
        self.crossed = ~decompose_error(self.net, self.quantized, self.nodes).same_pattern
        self.pushed, self.glide = ValueTracker(0.0), Glide(self.figures.transport)
        self.make_maps()
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
        self.planes = self.name_planes("inputs")

    def name_planes(self, words: str) -> list[Any]:
        """What lies in both views, in the upper corner away from the name of the network."""
        corners = (self.borders[0].get_corner(UP + RIGHT), RIGHT), (self.borders[1].get_corner(UP + LEFT), LEFT)
        return [text(words, theme.QUIET).move_to(corner + 0.35 * UP, aligned_edge=edge) for corner, edge in corners]

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
        self.say("One grid on the input plane, for both networks", *map(FadeIn, (*self.names, *self.planes)))
        self.hold_caption()

    def push_through(self) -> None:
        # The viewer sees each network carry its copy of the grid to the outputs; both are drawn to one scale.
        self.beat("through both networks")
        zooms = (axes.zoom(self.output_window) for axes in self.axes)
        self.say("Each network carries the grid to its two outputs", *map(FadeOut, self.planes))
        self.play(self.pushed.animate.set_value(1.0), *zooms, run_time=1.5 * theme.LONG)
        self.planes = self.name_planes("outputs")
        self.play(*map(FadeIn, self.planes), run_time=theme.BRIEF)

    def show_kinks(self) -> None:
        # The viewer sees the boundaries light up in yellow: between them the grid is straight, on them it bends.
        self.beat("kinks")
        self.say("Within a region, one ReLU pattern, the grid stays straight")
        self.hold_caption()
        self.play(*map(FadeIn, self.kinks), run_time=theme.BRIEF)
        self.say(f"At its boundary, in {theme.BOUNDARY_WORD}, the grid has a kink")
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
        self.play(FadeOut(axes, *self.planes), *colored, run_time=theme.BRIEF)
        self.play(*slide, run_time=theme.LONG)
        self.remove(border)
        jump = text(signed(self.jump), theme.INK, theme.FIGURE_SIZE).move_to(figure_place(self.panel), LEFT)
        words = text("largest jump at a boundary, of either network", theme.QUIET)
        words.move_to((self.panel.left, self.panel.up(-0.5), 0.0), aligned_edge=LEFT)
        self.say("Laid on each other, they bend in different places, but never tear", *map(FadeIn, (jump, words)))
        self.hold_caption()
        quiet = (
            *(kinks.animate.set_stroke(opacity=0.0) for kinks in self.kinks),
            *(grid.animate.set_stroke(opacity=0.45) for grid in self.grids),
        )
        self.play(FadeOut(jump, words), *quiet, run_time=theme.BRIEF)
        self.remove(*self.kinks)

    def take_one_point(self) -> None:
        # The viewer sees one input as a dot, and its two outputs; an arrow grows from the blue one to the orange one.
        self.beat("one input")
        self.make_inset()
        point, grown = self.nodes[[self.telling_node()]], ValueTracker(0.0)
        places = (
            (self.inset_view.to_frame(point), theme.INK),
            (self.view.to_frame(self.here(point)), theme.FLOAT),
            (self.view.to_frame(self.twin(point)), theme.QUANTIZED),
        )
        dots = [PointCloud(color, "disc", 0.1).set_positions(place) for place, color in places]
        arrow = live_arrows(self.view, self.ends_of(point, grown), theme.INK, 0.05)
        self.add(arrow)
        self.say(
            "One input, two outputs: the arrow from blue to orange is the error",
            *(FadeIn(dot, scale=2.0) for dot in dots),
            *map(FadeIn, (self.inset, self.inset_dots)),
        )
        self.play(grown.animate.set_value(1.0), run_time=theme.STEADY)
        self.hold_caption()
        self.example = (*dots, arrow)

    def telling_node(self) -> int:
        """The grid point with the longest arrow of those in the same region, and off the edge, if there are any."""
        sizes = np.linalg.norm(self.twin(self.nodes) - self.here(self.nodes), axis=1)
        window = self.input_window
        inside = np.abs(self.nodes - [window.x, window.y]).max(axis=1) < window.half - 0.5 * self.grid_step
        return max(range(len(sizes)), key=lambda k: (not self.crossed[k], bool(inside[k]), sizes[k]))

    def draw_arrows(self) -> None:
        # The viewer sees an arrow grow at every grid point, from blue to orange: green ones first, then the red ones.
        self.beat("two kinds of arrows")
        grown = [ValueTracker(0.0) for _ in range(2)]
        kinds = (~self.crossed, theme.SAME, 0.035), (self.crossed, theme.CROSSED, 0.04)
        self.arrows = [
            live_arrows(self.view, self.ends_of(self.nodes[chosen], tracker), color, width)
            for (chosen, color, width), tracker in zip(kinds, grown, strict=True)
        ]
        captions = (
            "Green: the same region in both networks, but two affine maps",
            "Red: rounding has put the input into another region",
        )
        for k, caption in enumerate(captions):
            self.add(self.arrows[k])
            shown = (self.inset_marks[k], self.legend[k], *([self.strips] if k else []))
            gone = () if k else self.example
            self.say(caption, *map(FadeIn, shown), *map(FadeOut, gone))
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
        self.inset_view = view
        words = text("inputs", theme.QUIET)
        x = panel.left + side + 0.35
        words.move_to((x, panel.top - 0.15, 0.0), aligned_edge=LEFT)
        self.inset = VGroup(view.border(), words)
        self.inset_dots = PointCloud(theme.QUIET, "disc", 0.03).set_positions(view.to_frame(self.nodes))
        changed = [view.to_frame(self.cells.polygons[k]) for k in np.flatnonzero(self.cells.changed)]
        self.strips = cell_fill(changed, theme.CROSSED, 0.35)
        self.inset_marks = [
            PointCloud(color, mark, radius).set_positions(view.to_frame(self.nodes[chosen]))
            for chosen, color, mark, radius in (
                (~self.crossed, theme.SAME, "disc", 0.05),
                (self.crossed, theme.CROSSED, "cross", 0.075),
            )
        ]
        self.legend = [
            marked("same region in both", theme.SAME, "disc", (x, panel.top - 0.75)),
            marked("another region", theme.CROSSED, "cross", (x, panel.top - 1.3)),
        ]

    def share_out(self) -> None:
        # The viewer sees two bars: how much of the area is red, and how much of the error energy lies there.
        self.beat("area and energy")
        panel = self.panel
        self.before = self.split_now()
        area, energy = changed_share(self.cells), changed_energy_share(self.before)
        bars = (
            SplitBar(panel, panel.top - 3.0, "area", lambda: area),
            SplitBar(panel, panel.top - 3.9, "error energy", lambda: energy),
        )
        self.say("Error energy: the squared length of the arrows, summed", *map(FadeIn, bars))
        self.hold_caption()
        self.say(f"Red: {percent(area)} % of the area, {percent(energy)} % of the error energy")
        self.hold_caption()

    def undo_the_smooth_part(self) -> None:
        # The viewer sees one affine map take the orange picture onto the blue one: arrows and the energy's bar shrink.
        self.beat("undo the smooth part")
        panel, split, cells = self.panel, self.split_now, self.cells
        left = SplitBar(
            panel,
            panel.top - 4.8,
            "error energy left by one map",
            lambda: changed_energy_share(split()),
            lambda: energy_left(cells, split().total),
        )
        numbers = VGroup(*left.numbers)
        left.remove(*left.numbers)
        self.say("Now the best single affine map on the quantized picture", FadeIn(left))
        self.play(self.glide.amount.animate.set_value(1.0), run_time=1.5 * theme.LONG)
        after = split()
        numbers.update()
        gone = 1 - energy_left(cells, after.total)
        most = "most" if gone > 0.5 else "part"
        self.say(f"It takes {percent(gone, 0)} % away: {most} of the error was one common distortion", FadeIn(numbers))
        self.hold_caption()
        rest = changed_energy_share(after)
        self.point_at(
            int(rest > 0.5),
            "Most of what is left is green: each region wants its own map"
            if rest <= 0.5
            else "Most of what is left is red, where the region changed",
        )
        word = "more" if density_ratio(after) > 1 else "less"
        self.point_at(1, f"On equal areas red now holds {word}: no map moves a kink", self.density_row())
        self.play(self.arrows[0].animate.set_fill(opacity=1.0), run_time=theme.BRIEF)

    def point_at(self, kind: int, caption: str, *new: Any) -> None:
        """Say something about the green arrows (0) or the red ones (1), while the others are dimmed."""
        shades = (arrows.animate.set_fill(opacity=1.0 if k == kind else 0.2) for k, arrows in enumerate(self.arrows))
        self.say(caption, *shades, *map(FadeIn, new))
        self.hold_caption()

    def density_row(self) -> VGroup:
        """How many times as much energy a unit of area holds on red as on green, before and after the map."""
        before, after = (signed(density_ratio(split)) for split in (self.before, self.split_now()))
        y = self.panel.top - 5.45
        name = text("energy on equal areas, red to green", theme.QUIET, theme.SMALL_SIZE)
        name.move_to((self.panel.left, y, 0.0), aligned_edge=LEFT)
        pair = text(f"{before} → {after}", theme.CROSSED)
        return VGroup(name, pair.move_to((self.panel.right, y, 0.0), aligned_edge=RIGHT))
