"""Scene 12: the box of errors of one layer, pulled back to the input, and the polygon that the layers add up to."""

from functools import lru_cache

import numpy as np
from manim import LEFT, RIGHT, FadeIn, FadeOut, ValueTracker, VGroup, VMobject, linear

from quantization_story import theme
from quantization_story.affine import AffineMap
from quantization_story.error_experiments import BITS, FAMILIES_2D, INPUT_2D, run_experiment
from quantization_story.error_regions import rounding_errors
from quantization_story.growing_regions import GrowingRegion, partway_region, wandering_error
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.plane import PlaneAxes, PlaneView
from quantization_story.mobjects.region_stage import (
    RegionStage,
    error_cloud,
    layer_box,
    outline,
    spread_arrows,
    weight_row,
)
from quantization_story.mobjects.stacked_rows import StackedRows, layer_color, layer_legend
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text
from quantization_story.planar import fit_window, round_step
from quantization_story.story_scene import StoryScene
from quantization_story.strips import blend

FAMILY_COLORS = (theme.QUIET, theme.INK, theme.QUANTIZED)


class ErrorRegionGrowth(StoryScene):
    """Error regions in the plane: the box of one layer, its pull-back, and the sum of all layers, edge by edge."""

    title_text = "How the errors of layers add up"
    x = INPUT_2D
    bits = BITS
    families = FAMILIES_2D  # uniform and non-uniform diagonal layers, then full matrices
    cloud_size = 600
    swings = 3.0  # of the slowest weight, in the first beat
    seed = 0

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.let_weights_wander()
        self.box_the_errors()
        self.add_diagonal_layers()
        self.part_the_channels()
        self.tilt_the_box()
        self.add_full_layers()
        self.fill_with_errors()
        self.find_principal_directions()
        self.overlay_all()
        self.close_stage(2.4)

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
        self.badge_text = f"linear chain, no ReLU · {self.bits}-bit, fixed step · first order"
        self.depth = len(self.regions[0].layers)
        part, self.panel = theme.stage_parts(theme.WIDE_STAGE - 0.1, left=0.1)
        side = part.height - 0.1
        self.view = PlaneView(part.center, side, fit_window(self.regions[0].layers[0].box.vertices, 0.35))
        self.axes = PlaneAxes(self.view)
        self.view_name = self.name_view("error in the output of layer 1")
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

    def let_weights_wander(self) -> None:
        # The viewer sees the rounding errors of two weights swing, and a dot that goes where they push the output.
        self.beat("one layer")
        layer, diagonal = self.regions[0].layers[0], self.families[0].diagonal
        clock, step, panel = ValueTracker(0.0), self.regions[0].step, self.panel
        weight, x = layer.weight, layer.values

        def error(time: float) -> np.ndarray:
            return wandering_error(weight, step, time, diagonal)

        times = np.linspace(0.0, self.swings, self.cloud_size)
        self.trail = np.array([error(time) @ x for time in times])
        trail, at = self.trail, clock.get_value
        rows = VGroup(
            self.row("W_1 =", MatrixView(weight, 4, theme.FORMULA_SIZE), 2.1),
            self.row("E_1 =", MatrixView(weight, 4, theme.FORMULA_SIZE).live(lambda: error(at())), 0.85),
            self.row("x =", MatrixView(x, 0, theme.FORMULA_SIZE), -0.4),
            self.row("E_1 x =", MatrixView(x, 3, theme.FORMULA_SIZE).live(lambda: error(at()) @ x), -1.65),
        )
        half = f"rounding error: at most half a step, $Delta\\/2 = {signed(step / 2, 4)}$"
        note = text(half, theme.QUIET, theme.SMALL_SIZE).move_to((panel.left, panel.bottom + 0.3, 0.0), LEFT)
        self.dots = error_cloud(self.view, lambda: trail[: 1 + int(np.searchsorted(times, at()))])
        dot = live_marks(lambda: self.view.to_frame((error(at()) @ x)[None]), theme.QUANTIZED, "disc", 0.11)
        self.add(self.view.border(), self.axes, self.axis_names, self.view_name)
        self.say("Rounding shifts each weight by up to half a step", FadeIn(rows), FadeIn(note))
        self.play(FadeIn(self.dots, dot), run_time=theme.BRIEF)
        self.play(clock.animate.set_value(self.swings), run_time=3.4, rate_func=linear)
        self.first_rows, self.first_dot = VGroup(rows, note), dot

    def row(self, name: str, matrix: MatrixView, y: float) -> VGroup:
        """A line of the panel: a name that ends in an equals sign, and a matrix."""
        matrix.move_to((self.panel.left + 1.5, self.panel.up(y), 0.0), aligned_edge=LEFT)
        return VGroup(formula(name).next_to(matrix, LEFT, buff=0.2), matrix)

    def box_the_errors(self) -> None:
        # The viewer sees a box close around all the dots, with its half-widths; then it is pulled back to the input.
        self.beat("a box")
        region, view = self.regions[0], self.view
        box, glide = layer_box(view, region, 0)
        dots, trail = self.dots.clear_updaters(), self.trail
        dots.add_updater(lambda path: path.set_positions(view.to_frame(glide(trail))))
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
        self.say("All that they can do to its output is this box", FadeIn(box), FadeOut(self.first_dot), FadeIn(names))
        self.hold_caption()
        name = self.name_view("moved back to the input")
        move = (FadeOut(names, self.view_name), FadeIn(name))
        self.say("Pulled back: which shift of the input does the same", *move)
        self.play(glide.amount.animate.set_value(1.0), run_time=theme.STEADY)
        self.view_name, self.first_box = name, box
        self.hold_caption()

    # --- diagonal layers

    def add_diagonal_layers(self) -> None:
        # The viewer sees box after box arrive, pulled back, and its sides fly out and join those of the region.
        self.beat("boxes stay boxes")
        self.stage.progress.set_value(self.stage.growth().ends[1])
        self.make_panel()
        gone = FadeOut(self.first_rows, self.dots, self.first_box, run_time=theme.BRIEF)
        self.add(self.stage.fill, self.stage.edges)
        window = fit_window(np.vstack([region.region.vertices for region in self.regions[:2]]), 0.15)
        self.say("The next layers add their boxes, each pulled back", gone, self.axes.zoom(window))
        self.play(FadeIn(*self.panel_parts), run_time=theme.BRIEF)
        for number in range(1, self.depth):
            self.add_layer(0, number)
        errors = self.relative(0)
        self.say(f"A box again, off by {errors[0]} and {errors[1]} % of the input")
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
        weights = weight_row(
            [lambda along=along: blend(along, chain()).linear for along in maps], panel.left - 0.1, panel.right, panel.up(1.55)
        )
        self.area_name = text("area", theme.QUIET).move_to((panel.left, panel.up(0.4), 0.0), aligned_edge=LEFT)
        area = LiveText("", theme.INK, theme.FIGURE_SIZE).place((panel.left + 1.0, panel.up(0.2), 0.0))
        area.live(lambda: signed(self.stage.now.volume, 3))
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
        self.panel_parts = (self.family_name, weights, self.area_name, area, *self.bar_parts)

    def full_scale(self, *families: int) -> float:
        """The relative error that fills the bars, with a little room."""
        return 1.08 * max(float(self.regions[family].relative_error.max()) for family in families)

    def name_family(self, family: int) -> VMobject:
        """The name of a family of weights on top of the panel."""
        name = text(self.families[family].name, FAMILY_COLORS[family], theme.FORMULA_SIZE)
        return name.move_to((self.panel.left, self.panel.top - 0.3, 0.0), aligned_edge=LEFT)

    def add_layer(self, family: int, number: int, pull: float = 0.6, fly: float = 0.8) -> None:
        """Let the box of a layer (from 0) arrive, pull it back, and send its edges to their places."""
        box, glide = layer_box(self.view, self.regions[family], number)
        self.play(FadeIn(box), run_time=0.2)
        self.play(glide.amount.animate.set_value(1.0), run_time=pull)
        box[1].clear_updaters()
        box[1].set_points([])
        goal = self.stage.growth().ends[number + 1]
        self.play(self.stage.progress.animate.set_value(goal), FadeOut(box), run_time=fly)

    def part_the_channels(self) -> None:
        # The viewer sees the weights glide to unequal ones; the box changes against its old outline, the bars part.
        self.beat("channels part")
        self.ghosts = [outline(self.view, self.regions[0].region, FAMILY_COLORS[0])]
        name, old = self.name_family(1), self.family_name
        self.family_name = name
        errors = " and ".join(self.relative(1))
        change = (FadeIn(*self.ghosts), FadeOut(old), FadeIn(name))
        self.say(f"Unequal weights: the channels part ways, {errors} %", *change)
        self.play(self.chain.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()

    # --- full matrices

    def tilt_the_box(self) -> None:
        # The viewer sees a square, the box of a full layer, tilt and shear as the inverse pulls it back.
        self.beat("tilted and sheared")
        name, old, diagonal = self.name_family(2), self.family_name, self.stage
        self.family_name = name
        self.ghosts.append(outline(self.view, self.regions[1].region, FAMILY_COLORS[1], dashed=True))
        view_name = self.name_view("error in the output of layer 1")
        growth = GrowingRegion.of(self.regions[2])
        window = fit_window(self.regions[2].region.vertices)
        self.add(self.ghosts[1])
        self.play(diagonal.progress.animate.set_value(0.0), run_time=0.8)
        self.remove(diagonal.fill, diagonal.edges)
        self.stage = RegionStage(self.view, lambda: growth)
        change = (FadeOut(old, self.view_name), FadeIn(name, view_name))
        self.say("Full matrices: a whole row errs, so the box is a square", *change)
        self.play(
            self.chain.animate.set_value(2.0),
            self.scale.animate.set_value(self.full_scale(2)),
            self.axes.zoom(window),
            run_time=theme.STEADY,
        )
        box, glide = layer_box(self.view, self.regions[2], 0)
        self.play(FadeIn(box), run_time=theme.BRIEF)
        self.hold_caption()
        back = self.name_view("moved back to the input")
        self.say("Pulled back by the inverse, it tilts and shears", FadeOut(view_name), FadeIn(back))
        self.play(glide.amount.animate.set_value(1.0), run_time=1.6)
        self.view_name = back
        self.stage.progress.set_value(growth.ends[1])
        self.add(self.stage.fill, self.stage.edges)
        self.play(FadeOut(box), run_time=theme.BRIEF)

    def add_full_layers(self) -> None:
        # The viewer sees each parallelogram come apart: its edges fly to their places by angle, the polygon opens.
        self.beat("edge by edge")
        self.say("The next one's edges fly to their places, sorted by angle")
        self.add_layer(2, 1, 0.8, 2.2)
        self.say("So the sum, a Minkowski sum, grows edge by edge")
        for number in range(2, self.depth):
            self.add_layer(2, number, 0.6, 1.4)

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
        label = text(f"of {self.cloud_size} inside", theme.QUIET, theme.SMALL_SIZE)
        label.move_to((self.panel.right, self.panel.up(0.4), 0.0), aligned_edge=RIGHT)
        inside = LiveText("", theme.INK, align=1).place((label.get_left()[0] - 0.15, self.panel.up(0.3), 0.0))
        inside.live(lambda: str(int(region.region.contains(errors()).sum())))
        self.say("Random roundings, each layer's own errors summed: all inside", FadeIn(cloud, inside, label))
        self.hold_caption()
        self.say("Other roundings reach every point: to first order it is exact")
        self.play(spread.animate.set_value(1.0), run_time=theme.LONG)
        self.hold_caption()
        self.cloud_parts = (cloud, inside, label)

    def find_principal_directions(self) -> None:
        # The viewer sees two arrows grow along the widest and the narrowest direction, and their lengths as bars.
        self.beat("principal directions")
        panel, grown = self.panel, ValueTracker(0.0)
        axes = [region.region.principal_axes for region in self.regions]
        spreads = axes[2].spreads
        arrows = spread_arrows(self.view, self.regions[2].region, grown.get_value, theme.INK)
        zone = panel.strip(-1.75, -0.45)
        bars = StackedRows(
            zone,
            [f"$({signed(u)}, {signed(v)})$" for u, v in axes[2].directions.tolist()],
            [theme.QUANTIZED],
            lambda: grown.get_value() * spreads[None],
            lambda: 1.08 * float(spreads.max()),
            lambda total: signed(total, 3),
            names_width=2.3,
        )
        head = text("root mean square of the corners along", theme.QUIET, theme.SMALL_SIZE)
        head.move_to((panel.left, zone.top + 0.25, 0.0), aligned_edge=LEFT)
        ratios = [signed(axis.condition) for axis in axes]
        notes = VGroup(
            text(f"ratio of the two: {ratios[2]}", theme.INK),
            text(f"of the boxes: {ratios[0]} and {ratios[1]}", theme.QUIET),
        )
        for row, note in enumerate(notes):
            note.move_to((panel.left, panel.bottom + 0.75 - 0.5 * row, 0.0), aligned_edge=LEFT)
        self.add(arrows)
        move = (FadeOut(*self.cloud_parts, *self.bar_parts), FadeIn(bars, head))
        self.say("Its principal directions no longer follow the channels", *move)
        self.play(grown.animate.set_value(1.0), FadeIn(notes), run_time=theme.STEADY)
        self.hold_caption()
        self.spread_parts = (arrows, bars, head, notes)

    def overlay_all(self) -> None:
        # The viewer sees the three regions in one view, their areas as bars, and the spectral norms of the layers.
        self.beat("all three")
        panel, grown = self.panel, ValueTracker(0.0)
        areas = np.array([region.region.volume for region in self.regions])
        zone = panel.strip(0.75, 2.45)
        bars = StackedRows(
            zone,
            [family.name for family in self.families],
            FAMILY_COLORS,
            lambda: grown.get_value() * np.diag(areas),
            lambda: 1.08 * float(areas.max()),
            lambda total: signed(total, 3),
            names_width=2.9,
            figure_width=1.0,
            name_colors=FAMILY_COLORS,
        )
        head = text("area", theme.QUIET).move_to((panel.left, panel.top - 0.2, 0.0), aligned_edge=LEFT)
        gone = (*self.spread_parts, *self.panel_parts[1:4], self.family_name)
        self.say("All three at one scale", FadeOut(*gone), FadeIn(bars, head))
        self.play(grown.animate.set_value(1.0), run_time=theme.STEADY)
        norms = np.array([[layer.spectral_norm for layer in region.layers] for region in self.regions])
        chart = self.norm_chart(norms, theme.Zone(panel.left + 0.7, panel.right - 0.2, panel.bottom + 0.5, panel.up(-0.55)))
        low, high = (signed(bound, 2) for bound in (norms.min(), norms.max()))
        self.say(
            f"Norms from {low} to {high}, areas from {signed(areas.min(), 3)} to {signed(areas.max(), 3)}",
            FadeIn(chart),
        )

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
        name = text("spectral norm of each layer", theme.QUIET)
        name.move_to((self.panel.left, zone.top + 0.35, 0.0), aligned_edge=LEFT)
        return VGroup(chart, *lines, name)
