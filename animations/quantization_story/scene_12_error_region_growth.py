"""Scene 12: the box of errors of one layer, pulled back to the input, and the polygon that the layers add up to."""

from functools import lru_cache

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, ValueTracker, VGroup, VMobject, linear

from quantization_story.analysis.strips import along_maps
from quantization_story.common import AffineMap
from quantization_story.core.plane_geometry import fit_window, round_step
from quantization_story.error_regions.growth import GrowingRegion, after_draws, error_draws, partway_region
from quantization_story.error_regions.propagation import rounding_errors
from quantization_story.error_regions.weight_families import BITS, FAMILIES_2D, INPUT_2D, run_experiment
from quantization_story.figures.error_region_growth import boxed_again, stretch_verdict
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.stacked_rows import StackedRows, layer_color, layer_legend
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.plane import PlaneAxes, PlaneView
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.pictures.error_region_growth import (
    RegionStage,
    error_cloud,
    layer_box,
    outline,
    spread_arrows,
    weight_row,
)
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme

FAMILY_COLORS = (theme.QUIET, theme.INK, theme.QUANTIZED)
AS_A_SHIFT = "error as a shift of the input"  # what the view shows once layers are undone


class ErrorRegionGrowthScene(StoryScene):
    """Error regions in the plane: one layer's box, its pull-back, and the sum of all layers, edge by edge."""

    title_text = "How the errors of layers add up"
    x = INPUT_2D
    bits = BITS
    families = FAMILIES_2D  # uniform and non-uniform diagonal layers, then full matrices
    cloud_size = 600
    seed = 0

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.try_roundings()
        self.box_the_errors()
        self.add_diagonal_layers()
        self.part_the_channels()
        self.tilt_the_box()
        self.add_full_layers()
        self.fill_with_errors()
        self.find_principal_directions()
        self.overlay_all()
        self.close_stage(2.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Compute the three regions, refuse other families than these, and lay out the stage."""
        if [family.diagonal for family in self.families] != [True, True, False]:
            raise ValueError("this scene tells of two families of diagonal layers and then of one of full matrices")
        self.regions = [run_experiment(family, self.x, self.bits) for family in self.families]
        if any(len(region.x) != 2 or not np.all(region.x) for region in self.regions):
            raise ValueError(f"input {self.x}: two channels are needed, neither of them 0")
        if len({len(region.layers) for region in self.regions}) > 1:
            raise ValueError("families of different depths cannot turn into each other")
        self.badge_text = f"linear chain, no ReLU · {self.bits}-bit, fixed step · errors to first order"
        self.depth = len(self.regions[0].layers)
        part, self.panel = theme.stage_parts(theme.WIDE_STAGE - 0.1, left=0.1)
        side = part.height - 0.1
        self.view = PlaneView(part.center, side, fit_window(self.regions[0].layers[0].box.vertices, 0.35))
        self.axes = PlaneAxes(self.view)
        self.view_name = self.name_view("error after layer 1")
        edge = side / 2 - 0.25
        self.axis_names = VGroup(
            formula("e_1", theme.QUIET).move_to(self.view.center + np.array([edge, 0.25, 0.0])),
            formula("e_2", theme.QUIET).move_to(self.view.center + np.array([0.3, edge, 0.0])),
        )
        self.make_diagonal_stage()
        self.open_stage()

    def name_view(self, content: str) -> VMobject:
        """What the plane of the view is, in its lower left corner."""
        corner = self.view.center - self.view.side / 2 * np.array([1.0, 1.0, 0.0]) + np.array([0.15, 0.25, 0.0])
        return text(content, theme.QUIET, theme.SMALL_SIZE).move_to(corner, aligned_edge=LEFT)

    def make_diagonal_stage(self) -> None:
        """The region of the diagonal layers, whose weights can go from the first family to the second."""
        first, second = self.regions[:2]
        self.chain, self.scale = ValueTracker(0.0), ValueTracker(0.0)
        chain = self.chain.get_value

        @lru_cache(maxsize=2)
        def growth(part: float) -> GrowingRegion:
            return GrowingRegion.of(partway_region(first, second, part, diagonal=True))

        self.stage = RegionStage(self.view, lambda: growth(float(np.clip(chain(), 0.0, 1.0))))

    # --- one layer

    def try_roundings(self) -> None:
        # The viewer sees one rounding after the other; a dot goes where it pushes the output, and leaves a mark there.
        self.beat("one layer")
        layer, step, panel, count = self.regions[0].layers[0], self.regions[0].step, self.panel, self.cloud_size
        clock, weight, x = ValueTracker(0.0), layer.weight, layer.values
        draws = error_draws(weight, step, count, self.families[0].diagonal, self.seed)
        self.marks = marks = draws @ x

        def tried() -> float:
            # One by one at first, then ever more at a time.
            return float(count ** clock.get_value()) - 1

        def error() -> np.ndarray:
            return after_draws(draws, tried())

        rows = VGroup(
            self.row("W_1 =", MatrixView(weight, 4, theme.FORMULA_SIZE), 2.1),
            self.row("E_1 =", MatrixView(weight, 4, theme.FORMULA_SIZE).live(error), 0.85),
            self.row("x =", MatrixView(x, 0, theme.FORMULA_SIZE), -0.4),
            self.row("E_1 x =", MatrixView(x, 3, theme.FORMULA_SIZE).live(lambda: error() @ x), -1.65),
        )
        half = f"rounding shifts a weight by at most half a step, $Delta\\/2 = {signed(step / 2, 4)}$"
        note = text(half, theme.QUIET, theme.SMALL_SIZE).move_to((panel.left, panel.bottom + 0.3, 0.0), LEFT)
        self.dots = error_cloud(self.view, lambda: marks[: 1 + int(tried())])
        dot = live_marks(lambda: self.view.to_frame((error() @ x)[None]), theme.QUANTIZED, "disc", 0.11)
        self.add(self.view.border(), self.axes, self.axis_names, self.view_name)
        self.say("Each dot is one rounding of the weights: its error in the output", FadeIn(rows, note, self.dots, dot))
        self.play(clock.animate.set_value(1.0), run_time=3.8, rate_func=linear)
        self.first_rows, self.first_dot = VGroup(rows, note), dot

    def row(self, name: str, matrix: MatrixView, y: float) -> VGroup:
        """A line of the panel: a name that ends in an equals sign, and a matrix."""
        matrix.move_to((self.panel.left + 1.5, self.panel.up(y), 0.0), aligned_edge=LEFT)
        return VGroup(formula(name).next_to(matrix, LEFT, buff=0.2), matrix)

    def box_the_errors(self) -> None:
        # The viewer sees a box close around all the dots, with its half-widths; then layer 1 is undone.
        self.beat("a box")
        region, view = self.regions[0], self.view
        box, glide = layer_box(view, region, 0)
        dots, marks = self.dots.clear_updaters(), self.marks
        dots.add_updater(lambda path: path.set_positions(view.to_frame(glide(marks))))
        wide, high = region.layers[0].half_widths
        names = VGroup(
            *(
                text(f"$Delta\\/2 dot abs(x_{k}) = {signed(float(half), 3)}$", size=theme.SMALL_SIZE)
                for k, half in enumerate((wide, high), start=1)
            )
        )
        lifts = (view.unit * high + 0.27, max(view.unit * high / 2, 0.65))  # the second clear of the name of the axis
        for name, across, lift in zip(names, (0.0, wide), lifts, strict=True):
            name.move_to(view.point((across, 0.0)) + np.array([0.12, lift, 0.0]), aligned_edge=LEFT)
        self.say("All the errors of layer 1 fill this box", FadeIn(box), FadeOut(self.first_dot), FadeIn(names))
        self.hold_caption()
        name = self.name_view(AS_A_SHIFT)
        ghost = outline(view, region.layers[0].box, theme.QUIET, dashed=True)
        move = (FadeOut(names, self.view_name), FadeIn(name, ghost), dots.animate.set_fill(opacity=0.25))
        self.say("Undo layer 1: the same errors as shifts of the input", *move)
        self.play(glide.amount.animate.set_value(1.0), run_time=theme.STEADY)
        self.view_name, self.first_box = name, VGroup(box, ghost)
        self.hold_caption()

    # --- diagonal layers

    def add_diagonal_layers(self) -> None:
        # The viewer sees box after box arrive, pulled back, and its sides fly out and join those of the region.
        self.beat("boxes stay boxes")
        self.stage.progress.set_value(self.stage.growth().ends[1])
        self.make_panel()
        gone = FadeOut(self.first_rows, self.dots, self.first_box, run_time=theme.BRIEF)
        self.add(self.stage.fill, self.stage.edges)
        window = fit_window(np.vstack([region.region.vertices for region in self.regions[:2]]))
        self.say("Each layer adds its box: its sides move out, in its own colour", gone, self.axes.zoom(window))
        self.play(FadeIn(*self.panel_parts), run_time=theme.BRIEF)
        for number in range(1, self.depth):
            self.add_layer(0, number)
        self.say(boxed_again(self.relative(0)))
        self.hold_caption()

    def relative(self, family: int) -> list[str]:
        """The largest error of each channel in per cent of the input, as it is shown."""
        return [percent(float(error), 2) for error in self.regions[family].relative_error]

    def make_panel(self) -> None:
        """The family and its weights, the area, and what each layer adds to each channel."""
        panel, regions = self.panel, self.regions
        size, chain, scale = np.abs(regions[0].x), self.chain.get_value, self.scale
        maps = [
            [AffineMap(region.layers[number].weight, np.zeros(2)) for region in regions] for number in range(self.depth)
        ]
        self.family_name = self.name_family(0)
        now = [lambda along=along: along_maps(along, chain()).linear for along in maps]
        weights = weight_row(now, panel.left - 0.1, panel.right, panel.up(1.55))
        area_name = text("area", theme.QUIET).move_to((panel.left, panel.up(0.4), 0.0), aligned_edge=LEFT)
        area = LiveText("", theme.INK, theme.FIGURE_SIZE).place((panel.left + 1.0, panel.up(0.2), 0.0))
        area.live(lambda: signed(self.stage.now.volume, 3))
        self.area_parts = (area_name, area)
        scale.set_value(self.full_scale(0, 1))
        zone = panel.strip(-2.25, -0.95)
        self.bars = StackedRows(
            zone,
            [f"channel {k}: $e_{k}$" for k in (1, 2)],
            [layer_color(number) for number in range(self.depth)],
            lambda: self.stage.growth().contributions(self.stage.progress.get_value()) / size,
            scale.get_value,
            lambda total: f"{percent(total, 2)} %",
            names_width=1.85,
        )
        mark = round_step(float(regions[0].relative_error.max()), 2)
        rule = self.bars.rule(lambda: mark, f"{100 * mark:g} \\%")
        self.bars_name = VGroup(
            text("largest error, in \\% of the input", theme.QUIET).move_to(
                (panel.left, zone.top + 0.6, 0.0), aligned_edge=LEFT
            ),
            layer_legend(panel.left, panel.bottom + 0.25, self.depth),
        )
        self.bar_parts = (self.bars, self.bars_name, rule)
        self.panel_parts = (self.family_name, weights, *self.area_parts, *self.bar_parts)

    def full_scale(self, *families: int) -> float:
        """The relative error that fills the bars, with a little room."""
        return 1.08 * max(float(self.regions[family].relative_error.max()) for family in families)

    def name_family(self, family: int) -> VMobject:
        """The name of a family of weights on top of the panel."""
        name = text(self.families[family].name, FAMILY_COLORS[family], theme.FORMULA_SIZE)
        return name.move_to((self.panel.left, self.panel.top - 0.3, 0.0), aligned_edge=LEFT)

    def add_layer(self, family: int, number: int, pull: float = 0.5, fly: float = 0.8) -> None:
        """Let the box of a layer (from 0) arrive, pull it back, and send its edges to their places."""
        box, glide = layer_box(self.view, self.regions[family], number)
        self.play(FadeIn(box), run_time=0.2)
        self.play(glide.amount.animate.set_value(1.0), run_time=pull)
        box[1].clear_updaters()
        box[1].set_points([])
        goal = self.stage.growth().ends[number + 1]
        self.play(self.stage.progress.animate.set_value(goal), FadeOut(box), run_time=fly)

    def part_the_channels(self) -> None:
        # The viewer sees the weights glide to unequal ones; the box leaves its old outline, the bars part.
        self.beat("channels part")
        self.ghosts = [outline(self.view, self.regions[0].region, FAMILY_COLORS[0], dashed=True)]
        name, old = self.name_family(1), self.family_name
        self.family_name = name
        change = (FadeIn(*self.ghosts), FadeOut(old), FadeIn(name))
        self.say("Unequal weights part the channels; dashed: the box before", *change)
        self.play(self.chain.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()

    # --- full matrices

    def tilt_the_box(self) -> None:
        # The viewer sees a square, the box of a full layer, tilt and shear as layer 1 is undone.
        self.beat("tilted and sheared")
        name, old, diagonal = self.name_family(2), self.family_name, self.stage
        self.family_name = name
        self.ghosts.append(outline(self.view, self.regions[1].region, FAMILY_COLORS[1], dashed=True))
        view_name = self.name_view("error after layer 1")
        region, growth = self.regions[2], GrowingRegion.of(self.regions[2])
        self.add(self.ghosts[1])
        gone = FadeOut(diagonal.fill, diagonal.edges, self.view_name, old, *self.area_parts, *self.bar_parts)
        self.say("Full matrices next; dashed: the diagonal ones", gone, FadeIn(name))
        self.play(self.chain.animate.set_value(2.0), run_time=theme.STEADY)
        self.hold_caption()
        self.stage = RegionStage(self.view, lambda: growth)
        self.scale.set_value(self.full_scale(2))
        box, glide = layer_box(self.view, region, 0)
        half = f"$Delta\\/2 dot (abs(x_1) + abs(x_2)) = {signed(float(region.layers[0].half_widths[0]), 3)}$"
        halves = text(f"its half-widths: both {half}", theme.INK)
        halves.move_to((self.panel.left, self.panel.up(0.4), 0.0), aligned_edge=LEFT)
        show = (FadeIn(box), FadeIn(halves, view_name))
        self.say("Two rounded weights per output: now the box is a square", *show)
        self.hold_caption()
        back = self.name_view(AS_A_SHIFT)
        self.say("Undo layer 1: it tilts and shears", FadeOut(view_name), FadeIn(back))
        self.play(glide.amount.animate.set_value(1.0), run_time=theme.STEADY)
        self.view_name = back
        self.stage.progress.set_value(growth.ends[1])
        self.add(self.stage.fill, self.stage.edges)
        for part in (*self.area_parts, *self.bar_parts):
            part.update()
        self.play(FadeOut(box, halves), run_time=theme.BRIEF)

    def add_full_layers(self) -> None:
        # The viewer sees each parallelogram come apart: its edges fly to their places by angle, the polygon opens.
        self.beat("edge by edge")
        wider = self.axes.zoom(fit_window(self.regions[2].region.vertices))
        back = FadeIn(*self.area_parts, *self.bar_parts)
        self.say("Zooming out: the edges of the next box slot in by angle", wider, back)
        self.add_layer(2, 1, 0.6, 1.6)
        self.say("All sums of one error per layer: the Minkowski sum")
        for number in range(2, self.depth):
            self.add_layer(2, number, 0.5, 1.0)

    def fill_with_errors(self) -> None:
        # The viewer sees a cloud of possible errors in the middle of the region; then it spreads up to its boundary.
        self.beat("filled and never left")
        family, region, view = self.families[2], self.regions[2], self.view
        weights = family.rounded(self.bits)
        chance, even = (
            rounding_errors(region.x, weights, region.step, self.cloud_size, family.diagonal, draw, self.seed).summed
            for draw in ("uniform", "even")
        )
        spread = ValueTracker(0.0)

        def errors() -> np.ndarray:
            # The errors are linear in the weights, so what lies between two draws is a draw as well.
            return np.asarray(chance + spread.get_value() * (even - chance))

        cloud = error_cloud(view, errors)
        label = text(f"of {self.cloud_size} roundings inside", theme.QUIET, theme.SMALL_SIZE)
        label.move_to((self.panel.right, self.panel.up(0.4), 0.0), aligned_edge=RIGHT)
        inside = LiveText("", theme.INK, align=1).place((label.get_left()[0] - 0.15, self.panel.up(0.3), 0.0))
        inside.live(lambda: str(int(region.region.contains(errors()).sum())))
        self.say("Random roundings of all layers: every error lies inside", FadeIn(cloud, inside, label))
        self.hold_caption()
        self.say("Chosen roundings reach every point, up to the edge")
        self.play(spread.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()
        self.cloud_parts = (cloud, inside, label)

    def find_principal_directions(self) -> None:
        # The viewer sees two arrows grow along the widest and the narrowest direction; then their lengths as bars.
        self.beat("principal directions")
        panel, grown = self.panel, ValueTracker(0.0)
        axes = self.regions[2].region.principal_axes
        arrows = spread_arrows(self.view, self.regions[2].region, grown.get_value, theme.INK)
        zone = panel.strip(-1.75, -0.45)
        bars = StackedRows(
            zone,
            ["long arrow", "short arrow"],
            [theme.QUANTIZED],
            lambda: axes.spreads[None],
            lambda: 1.08 * float(axes.spreads.max()),
            lambda total: signed(total, 3),
            names_width=1.85,
        )
        head = text("spread of the corners (root mean square)", theme.QUIET)
        head.move_to((panel.left, zone.top + 0.3, 0.0), aligned_edge=LEFT)
        ratio = text(f"long to short: {signed(axes.condition)}", theme.INK)
        ratio.move_to((panel.left, panel.bottom + 0.5, 0.0), aligned_edge=LEFT)
        self.add(arrows)
        gone = FadeOut(*self.cloud_parts, *self.bar_parts)
        self.say("Its corners spread most and least along two tilted arrows", gone)
        self.play(grown.animate.set_value(1.0), run_time=theme.STEADY)
        self.play(FadeIn(bars, head, ratio), run_time=theme.BRIEF)
        self.hold_caption()
        self.spread_parts = (arrows, bars, head, ratio)

    def overlay_all(self) -> None:
        # The viewer sees the spectral norms of the layers, which are alike, and then the areas of the three regions.
        self.beat("all three")
        panel = self.panel
        areas = np.array([region.region.volume for region in self.regions])
        zone = panel.strip(0.75, 2.45)
        bars = StackedRows(
            zone,
            [family.name for family in self.families],
            FAMILY_COLORS,
            lambda: np.diag(areas),
            lambda: 1.08 * float(areas.max()),
            lambda total: signed(total, 3),
            names_width=2.9,
            figure_width=1.0,
            name_colors=FAMILY_COLORS,
        )
        head = text("area of the region", theme.QUIET).move_to((panel.left, panel.top - 0.2, 0.0), aligned_edge=LEFT)
        norms = np.array([[layer.spectral_norm for layer in region.layers] for region in self.regions])
        place = theme.Zone(panel.left + 0.7, panel.right - 0.2, panel.bottom + 0.5, panel.up(-0.55))
        chart = self.norm_chart(norms, place)
        gone = FadeOut(*self.spread_parts, *self.panel_parts[1:2], *self.area_parts, self.family_name)
        self.play(gone, run_time=theme.BRIEF)
        low, high = (signed(bound, 2) for bound in (norms.min(), norms.max()))
        self.say(f"A layer stretches at most {low} to {high} times", FadeIn(chart, bars.labels))
        self.hold_caption()
        self.say(stretch_verdict(areas, norms), FadeIn(bars.bars, bars.figures, head))

    def norm_chart(self, norms: np.ndarray, zone: theme.Zone) -> VGroup:
        """The spectral norms (families, layers), a line for each family."""
        top = 1.15 * float(norms.max())
        layers = np.arange(1, self.depth + 1)
        chart = Chart(zone, (0.7, self.depth + 0.3), (0.0, top), layers, None, digits=(0, 1))
        lines = [
            VGroup(chart.line(points, color, theme.THIN), chart.marks(points, color, mark))
            for row, color, mark in zip(norms, FAMILY_COLORS, ("disc", "diamond", "square"), strict=True)
            for points in [np.column_stack([layers, row])]
        ]
        name = text("the most that each layer stretches (spectral norm)", theme.QUIET)
        name.move_to((self.panel.left, zone.top + 0.35, 0.0), aligned_edge=LEFT)
        return VGroup(chart, *lines, name)
