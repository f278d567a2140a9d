"""Scene 8: from the partition of the inputs to the transport between the outputs, cell by cell and with one map."""

from typing import Any

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, ValueTracker, VGroup, linear

from quantization_story.analysis.cell_transport import (
    cell_map,
    cells_of_region,
    corner_points,
    energy_ranks,
    kinked_regions,
    largest_gap,
    segment_points,
)
from quantization_story.analysis.error_shares import changed_energy_share, energy_left
from quantization_story.analysis.grid_images import lattice
from quantization_story.analysis.strips import changed_share
from quantization_story.common import decompose_error
from quantization_story.core.plane_geometry import fit_window, grid_lines
from quantization_story.figures.partition_to_transport import (
    PartitionToTransportFigures,
    partition_to_transport_figures,
)
from quantization_story.mobjects.adjacent_planes import SlidingView, live_arrows
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.charts.bar_rows import BarRow
from quantization_story.mobjects.legend import lined, marked
from quantization_story.mobjects.live import live_segments
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.plane import PlaneAxes, PlaneView
from quantization_story.mobjects.strips import LiveBoundaries, LiveStrips
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition
from quantization_story.pictures.partition_to_transport import CellGlide, LiveCells
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.style import theme


class PartitionToTransportScene(NetworkScene):
    """From boundaries that shift to an inverse transport: the same cells in two charts, laid back cell by cell."""

    title_text = "From partition to transport"
    network_name = "pinwheel_wide"
    needs = NetworkRequirements(inputs=2, outputs=2, output_plane=True, hidden_layers=1, most_units=40)
    grid_parts = 3  # squares of the grid from the middle of the window to its edge
    lattice_parts = 4  # and of the finer one, at whose crossings the residual is drawn
    toured_cells = 4
    names_width = 3.1  # of the rows of the ladder
    small_side = 2.9  # of the input plane, once it has made room

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.shift_boundaries()
        self.open_two_charts()
        self.show_a_region()
        self.tour_its_cells()
        self.undo_one_cell()
        self.undo_cell_by_cell()
        self.undo_by_region()
        self.undo_with_one_map()
        self.colour_what_is_left()
        self.close_stage(1.0)

    # --- what is on stage

    @classmethod
    def figures_of(cls, subject: StorySubject) -> PartitionToTransportFigures:
        """The cells, the maps that are fitted to them, and the cell that is looked at."""
        return partition_to_transport_figures(subject)

    def prepare(self) -> None:
        """Load the network, refuse one that has not learned, fit all maps, and build both planes."""
        self.load_story()
        self.badge_text = self.regime()
        figures: PartitionToTransportFigures = self.figures
        self.refined, self.cells, self.cell = figures.refined, figures.cells, figures.cell
        self.own, self.by_region, self.one, self.shift = figures.own, figures.by_region, figures.one, figures.shift
        cells = self.cells
        self.tour = cells_of_region(cells, self.cell, self.toured_cells)
        self.corners = corner_points(cells)
        step = self.input_window.half / self.grid_parts
        self.rulings = segment_points(cells, grid_lines(self.input_window, step))
        self.left = dict(zip((self.own, self.by_region, self.one, self.shift), figures.left, strict=True))
        self.slide, self.sent, self.at, self.way = (ValueTracker(0.0) for _ in range(4))
        self.glide = CellGlide(self.own)
        self.rows: list[BarRow] = []
        self.open_stage()
        self.make_views()

    def make_views(self) -> None:
        """The input plane, which makes room later on, the output plane, and the zones for figures beside them."""
        side, small = theme.WIDE_STAGE - 0.1, self.small_side
        first, self.panel = theme.stage_parts(side, left=0.05, gap=0.8)
        work, chart = theme.stage_parts(theme.stage_zone().width - side - 0.55, left=0.05, gap=0.4)
        corner = (work.left + small / 2, work.top - 0.05 - small / 2, 0.0)
        self.inputs = SlidingView(first.center, side, self.input_window, corner, small)
        places = (self.corners.exact, self.corners.rounded, self.one(self.corners.rounded, self.corners.cell))
        window = fit_window(np.vstack(places), margin=0.0)
        self.outputs = PlaneView(chart.center, side, window)
        self.key = theme.Zone(work.left + small + 0.4, work.right, work.top - small, work.top)
        self.ladder = theme.Zone(work.left, work.right, work.bottom, work.top - small - 0.2)

    def line(self, zone: theme.Zone, content: str, drop: float, color: str = theme.QUIET, size: float = 0.0) -> Any:
        """A line of text in a zone, so far below its top."""
        label = text(content, color, size or theme.SMALL_SIZE)
        return label.move_to((zone.left, zone.top - drop, 0.0), aligned_edge=LEFT)

    # --- the beats

    def shift_boundaries(self) -> None:
        # The viewer sees the weights slide to their levels: dashed boundaries leave the solid ones, strips open.
        self.beat("boundaries shift")
        refined, slide, panel, view = self.refined, self.slide, self.panel, self.inputs
        self.solid = LiveBoundaries(view, lambda: refined(0.0).boundaries(), theme.FLOAT)
        self.dashed = LiveBoundaries(
            view, lambda: refined(slide.get_value()).quantized_boundaries(), theme.QUANTIZED, dashed=True
        )
        self.strips = LiveStrips(view, lambda: refined(slide.get_value()))
        self.border, self.input_axes = view.border(), PlaneAxes(view)
        self.names = VGroup(
            lined("ReLU boundaries, float", theme.FLOAT, (panel.left, panel.top - 0.4)),
            lined("ReLU boundaries, quantized", theme.QUANTIZED, (panel.left, panel.top - 0.95), dashed=True),
        )
        number = LiveText("", theme.CROSSED, theme.FIGURE_SIZE).place((panel.left, panel.top - 2.2, 0.0))
        number.live(lambda: f"{percent(changed_share(refined(slide.get_value())))} %").set_opacity(0.3)
        words = self.line(panel, "of the area has another pattern", 2.6, size=theme.LABEL_SIZE)
        self.add(self.border, self.input_axes, self.strips, self.solid, self.dashed)
        come = map(FadeIn, (self.names, number, words))
        self.say("Rounding moves the ReLU boundaries; red: another ReLU pattern", *come)
        self.play(self.slide.animate.set_value(1.0), run_time=theme.LONG)
        share = changed_energy_share(self.cells.split(self.own.before))
        energy = VGroup(
            LiveText(f"{percent(share)} %", theme.CROSSED, theme.FIGURE_SIZE).place((panel.left, panel.top - 3.9, 0.0)),
            self.line(panel, "of the error energy lies there", 4.3, size=theme.LABEL_SIZE),
            self.line(panel, "error energy: squared error of the output, summed", 4.75),
        )
        part = "only a part" if share < 0.5 else "the larger part"
        settled = number.animate.set_opacity(1.0)
        self.say(f"The red area holds {part} of the error", settled, FadeIn(energy))
        self.hold_caption()
        self.gone = (self.names, number, words, energy)

    def open_two_charts(self) -> None:
        # The viewer sees the input plane make room, and its cells fly to the outputs twice: in blue and in orange.
        self.beat("two charts")
        way = self.border.animate.move_to(self.inputs.goal).set(width=self.inputs.goal_side)
        room = (self.inputs.slid.animate.set_value(1.0), way, FadeOut(*self.gone))
        plane = FadeIn(self.outputs.border(), PlaneAxes(self.outputs))
        self.say("Each network carries this plane to its outputs", *room, plane, run_time=theme.STEADY)
        self.freeze(self.solid, self.dashed, self.strips, self.input_axes)
        self.make_pictures()
        self.add(*self.pictures)
        self.play(self.sent.animate.set_value(1.0), run_time=1.6)
        self.freeze(self.float_cells, self.float_grid)
        key = self.key
        self.chart_names = VGroup(
            lined("the float chart", theme.FLOAT, (key.left, key.top - 0.4)),
            lined("the quantized chart", theme.QUANTIZED, (key.left, key.top - 0.95)),
        )
        self.say("Chart: a network's own picture of the inputs", FadeIn(self.chart_names))
        self.hold_caption()

    def make_pictures(self) -> None:
        """Both pictures of the cells, on their way from the input plane, with a grid of the inputs in them."""
        inputs, outputs, sent, glide = self.inputs, self.outputs, self.sent, self.glide
        counts, corners, rulings = self.cells.counts, self.corners, self.rulings

        def flown(points: Any, now: np.ndarray) -> np.ndarray:
            part = sent.get_value()
            goal = outputs.to_frame(now)
            return goal if part == 1.0 else (1 - part) * inputs.to_frame(points.inputs) + part * goal

        self.flown = flown
        self.float_cells = LiveCells(lambda: flown(corners, corners.exact), counts, theme.FLOAT, 0.1)
        self.waiting, self.arrived = (
            LiveCells(lambda: flown(corners, glide(corners)), counts, color, 0.1, chosen)
            for color, chosen in (
                (theme.QUANTIZED, lambda: glide.amounts() < 1.0),
                (theme.SAME, lambda: glide.amounts() >= 1.0),
            )
        )
        self.float_grid = live_segments(
            lambda: flown(rulings, rulings.exact).reshape(-1, 2, 3), theme.FLOAT, theme.HAIRLINE, 0.45
        )
        self.rounded_grid = live_segments(
            lambda: flown(rulings, glide(rulings)).reshape(-1, 2, 3), theme.QUANTIZED, theme.HAIRLINE, 0.45
        )
        self.pictures = (self.float_grid, self.rounded_grid, self.float_cells, self.waiting, self.arrived)

    def show_a_region(self) -> None:
        # The viewer sees one region of the quantized network, outlined in the input plane and in the orange chart.
        self.beat("a region")
        pieces, key = partition(self.quantized, self.input_window.box), self.key
        corners = pieces.polygons[int(pieces.locate(self.cells.centroids[[self.cell]])[0])]
        places = self.inputs.to_frame(corners), self.outputs.to_frame(self.quantized(corners))
        self.outlines = [
            SegmentPath(theme.INK, theme.STRONG).set_segments(place, np.roll(place, -1, axis=0)) for place in places
        ]
        self.fills = [cell_fill([place], theme.QUANTIZED, 0.5) for place in places]
        self.patterns = VGroup(self.line(key, "its ReLU pattern, 1 = on", 1.6), self.digits(2.15, theme.QUANTIZED))
        new = (*self.fills, *self.outlines, self.patterns)
        self.say("Region: all inputs with one ReLU pattern", *map(FadeIn, new))
        self.hold_caption(0.4)

    def digits(self, drop: float, color: str) -> LiveText:
        """The pattern of the cell that is lit, in the key: of the float network in blue, of the other in orange."""
        tour, at = self.tour, self.at
        patterns = self.cells.patterns if color == theme.FLOAT else self.cells.quantized_patterns
        line = LiveText("", color, theme.LABEL_SIZE).place((self.key.left, self.key.top - drop - 0.1, 0.0))
        return line.live(lambda: " ".join(str(int(bit)) for bit in patterns[tour[int(at.get_value())]]))

    def tour_its_cells(self) -> None:
        # The viewer sees the cells of this region light up one after the other: in the input plane and in both charts.
        self.beat("its cells")
        tour, at, way, inputs, outputs = self.tour, self.at, self.way, self.inputs, self.outputs
        cells, counts, corners = self.cells, self.cells.counts, self.corners
        home, exact, rounded = (
            inputs.to_frame(corners.inputs),
            outputs.to_frame(corners.exact),
            outputs.to_frame(corners.rounded),
        )

        def lit() -> np.ndarray:
            return np.asarray(np.arange(len(cells)) == tour[int(at.get_value())])

        def travelling() -> np.ndarray:
            """From the orange chart (0) back to the inputs (1) and on to the blue chart (2)."""
            part = way.get_value()
            return (1 - part) * rounded + part * home if part <= 1 else (2 - part) * home + (part - 1) * exact

        self.lit = [
            LiveCells(lambda: home, counts, theme.INK, 0.5, lit),
            LiveCells(lambda: exact, counts, theme.FLOAT, 0.6, lit),
        ]
        self.traveller = LiveCells(travelling, counts, theme.QUANTIZED, 0.6, lit)
        second = self.digits(2.6, theme.FLOAT)
        self.patterns.add(second)
        new = map(FadeIn, (*self.lit, self.traveller, second))
        more = "; the region has several" if len(tour) > 1 else ""
        self.say(f"Cell: one pattern in each network{more}", *new, *map(FadeOut, self.fills))
        last = len(tour) - 0.01
        self.play(at.animate.set_value(last), run_time=len(tour) * 0.7, rate_func=linear)
        self.hold_caption()

    def undo_one_cell(self) -> None:
        # The viewer sees the lit cell go back to the inputs, and out again to its blue place; T does both at once.
        self.beat("one cell")
        cells, ladder, transport = self.cells, self.ladder, cell_map(self.cells, self.cell)
        steps = [
            formula(content, color).move_to((ladder.left, ladder.top - drop, 0.0), aligned_edge=LEFT)
            for content, color, drop in (
                ("x = A_q^(-1) (f_q - c_q)", theme.QUANTIZED, 0.35),
                ("f = A x + c", theme.FLOAT, 0.9),
            )
        ]
        self.say("Undo the quantized map: back to the inputs", FadeIn(steps[0]))
        self.play(self.way.animate.set_value(1.0), run_time=1.4)
        self.hold_caption()
        self.traveller.set_color(theme.SAME)
        self.say("Apply the float map: onto its blue place", FadeIn(steps[1]))
        self.play(self.way.animate.set_value(2.0), run_time=1.4)
        self.hold_caption()
        views = (
            MatrixView(part, size=theme.LABEL_SIZE, column_colors=(theme.SAME,))
            for part in (transport.linear, transport.offset)
        )
        names = (formula(content, theme.SAME) for content in ("T = A A_q^(-1) =", "t ="))
        both = (part for pair in zip(names, views, strict=True) for part in pair)
        row = VGroup(*both).arrange(RIGHT, buff=0.25)
        row.move_to((ladder.left, ladder.top - 1.75, 0.0), aligned_edge=LEFT)
        gap = signed(largest_gap(cells, self.cell, transport))
        check = self.line(ladder, f"largest gap left in the cell: {gap}", 2.55, theme.SAME, theme.LABEL_SIZE)
        self.say("Both in one: T, the inverse transport of this cell", FadeIn(row, check))
        self.hold_caption()
        gone = (*steps, row, check, self.patterns, *self.lit, *self.outlines, self.traveller, self.strips)
        self.play(FadeOut(*gone), run_time=theme.BRIEF)

    def take_back(self, *beside: Any) -> None:
        """Undo the maps: the quantized picture goes back to where rounding has it."""
        self.glide.places = None
        self.play(self.glide.progress.animate.set_value(0.0), *beside, run_time=0.6)

    def open_row(self, name: str, energy: Any) -> BarRow:
        """A new row of the ladder: the energy that is left, live."""
        y = self.ladder.top - 0.75 - 0.55 * len(self.rows)
        cells = self.cells
        row = BarRow(self.ladder, y, name, theme.SAME, lambda: energy_left(cells, energy()), self.names_width)
        row.number.set_opacity(0.0)
        self.rows.append(row)
        return row

    def settle(self, row: BarRow) -> None:
        """Let a row rest, and only now show its figure: on the way it is no result."""
        row.settle()
        self.play(row.number.animate.set_opacity(1.0), run_time=0.4)

    def undo_cell_by_cell(self) -> None:
        # The viewer sees the cells set out one after another, onto their blue places; the same cells fill at the left.
        self.beat("cell by cell")
        glide, corners, inputs, own = self.glide, self.corners, self.inputs, self.own
        self.done = LiveCells(
            lambda: inputs.to_frame(corners.inputs), self.cells.counts, theme.SAME, 0.3, lambda: glide.amounts() >= 1.0
        )
        self.header = self.line(self.ladder, "error energy left, %", 0.25)
        row = self.open_row(f"{len(own.maps)} maps: one a cell", glide.energy)
        glide.places = energy_ranks(own)
        key = lined("laid back by a map", theme.SAME, (self.key.left, self.key.top - 1.5))
        self.chart_names.add(key)
        self.add(self.done)
        self.say("Now each cell gets a T of its own", FadeIn(row, self.header, key))
        self.play(glide.progress.animate.set_value(1.0), run_time=2.2, rate_func=linear)
        self.settle(row)
        left = percent(self.left[own])
        self.why = VGroup(
            self.line(self.key, f"the last {left} %: cells in which the", 2.1),
            self.line(self.key, "rounded map has no inverse", 2.42),
        )
        numbers, total = own.free, self.net.parameter_count
        self.say(f"A yardstick: {numbers} numbers leave {left} %; the network has {total}", FadeIn(self.why))
        self.hold_caption()

    def undo_by_region(self) -> None:
        # The viewer sees the picture go back, and then whole regions of the quantized network glide, each as one piece.
        self.beat("region by region")
        glide, fit = self.glide, self.by_region
        self.take_back(FadeOut(self.why))
        glide.fit = fit
        glide.places = energy_ranks(fit)
        row = self.open_row(f"{len(fit.maps)} maps: one a region", glide.energy)
        self.say(f"One map for each of the {len(fit.maps)} quantized regions", FadeIn(row))
        self.play(glide.progress.animate.set_value(1.0), run_time=1.8, rate_func=linear)
        self.settle(row)
        bent = kinked_regions(self.cells)
        self.solid.set_z_index(1)  # above the green cells
        bends = self.solid.animate.set_stroke(theme.BOUNDARY, theme.STRONG)
        self.say(f"In {bent} of them float bends ({theme.BOUNDARY_WORD}): no map fits both sides", bends)
        self.hold_caption()

    def undo_with_one_map(self) -> None:
        # The viewer sees the whole picture glide by one map; below its bar stands what a plain subtraction reaches.
        self.beat("one map for all")
        glide, one, shift = self.glide, self.one, self.shift
        self.take_back(self.solid.animate.set_stroke(theme.FLOAT, theme.THIN))
        glide.fit = one
        row = self.open_row("1 map for all cells", glide.energy)
        self.say(f"One affine map for the whole picture, {one.free} numbers", FadeIn(row))
        self.play(glide.progress.animate.set_value(1.0), run_time=theme.LONG)
        self.settle(row)
        grown = ValueTracker(0.0)
        plain = self.open_row("mean error subtracted", lambda: shift.energy(grown.get_value()))
        left, more = (percent(self.left[fit], 0) for fit in (one, shift))
        self.say(f"It leaves {left} %; subtracting the mean error leaves {more} %", FadeIn(plain))
        self.play(grown.animate.set_value(1.0), run_time=theme.STEADY)
        self.settle(plain)
        self.hold_caption()

    def colour_what_is_left(self) -> None:
        # The viewer sees the residual as arrows, green where the pattern is the same in both networks, red elsewhere.
        self.beat("what is left")
        cells, key, net, quantized, transport = self.cells, self.key, self.net, self.quantized, self.one.maps[0]
        nodes = lattice(self.input_window, self.input_window.half / self.lattice_parts)
        crossed = ~decompose_error(net, quantized, nodes).same_pattern
        grown = ValueTracker(0.0)

        def ends_of(points: np.ndarray) -> Any:
            exact, moved = net(points), transport(quantized(points))
            return lambda: (exact, exact + grown.get_value() * (moved - exact))

        arrows = [
            live_arrows(self.outputs, ends_of(nodes[chosen]), color, 0.03)
            for chosen, color in ((~crossed, theme.SAME), (crossed, theme.CROSSED))
        ]
        legend = VGroup(
            marked("same pattern", theme.SAME, "disc", (key.left, key.top - 0.4)),
            marked("another pattern", theme.CROSSED, "cross", (key.left, key.top - 0.95)),
        )
        outlines = (cells.animate.set_stroke(opacity=0.3) for cells in (self.float_cells, self.arrived))
        parts = [
            cell_fill([self.inputs.to_frame(cells.polygons[k]) for k in np.flatnonzero(chosen)], color, 0.4)
            for chosen, color in ((~cells.changed, theme.SAME), (cells.changed, theme.CROSSED))
        ]
        gone = (self.chart_names, self.float_grid, self.rounded_grid, self.done, self.solid, self.dashed)
        self.add(*arrows)
        red = changed_energy_share(cells.split(self.one.after))
        words = (
            f"{percent(1 - red, 0)} % of what one map leaves is green: the same pattern"
            if red <= 0.5
            else f"{percent(red, 0)} % of what one map leaves is red: another pattern"
        )
        self.say(words, FadeIn(legend, *parts), FadeOut(*gone), *outlines)
        self.play(grown.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()
        self.say("One map lays a cell back; across a boundary no map can")
