"""Scene 13: error regions in space: nested boxes, the polytope of full matrices, its bounding box and its shadows."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, FadeIn, FadeOut, ValueTracker, VGroup, VMobject, linear

from quantization_story.error_regions.faces import Polytope
from quantization_story.error_regions.growth import GrowingRegion, box_polytope, partway_region
from quantization_story.error_regions.propagation import ErrorRegion, rounding_errors
from quantization_story.error_regions.weight_families import (
    BITS,
    DIAGONAL_PART_3D,
    FAMILIES_3D,
    INPUT_3D,
    run_experiment,
)
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.stacked_rows import StackedRows, layer_color, layer_legend
from quantization_story.mobjects.legend import lined
from quantization_story.mobjects.live import live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.pictures.error_region_3d import (
    Room,
    SolidFaces,
    SpaceView,
    solid_edges,
    space_arrows,
    wall_shadow,
)
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme

CHANNELS = range(3)
FIGURES = -0.5  # the height of the large figures below them
BAR_HEIGHTS = (0.35, 1.75)  # from the lowest bar of the panel to the highest
SAMPLES = 4  # of a volume, for each generator, along its curve
ROOMY = 1.58  # how much of space is seen: the distance of the walls times this
OPACITY = 0.35  # of a solid with something to see in it
NESTED = 0.12  # of boxes that lie in each other


class ErrorRegion3DScene(StoryScene):
    """Error regions in space: nested boxes, a polytope grown generator by generator, its box, its shadows."""

    title_text = "Error regions of three channels"
    x = INPUT_3D
    bits = BITS
    families = FAMILIES_3D  # uniform and non-uniform diagonal layers, then full matrices
    diagonal_part = DIAGONAL_PART_3D  # what the full matrices are compared with
    cloud_size = 300
    seed = 0

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.nest_boxes()
        self.compare_channels()
        self.grow_generator_by_generator()
        self.grow_layer_by_layer()
        self.find_principal_directions()
        self.bound_with_a_box()
        self.cast_shadows()
        self.close_stage(2.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Compute the regions, refuse other families than these, and lay out the stage."""
        if [family.diagonal for family in self.families] != [True, True, False]:
            raise ValueError("this scene tells of two families of diagonal layers and then of one of full matrices")
        self.regions = [run_experiment(family, self.x, self.bits) for family in self.families]
        self.part = run_experiment(self.diagonal_part, self.x, self.bits)
        if any(len(region.x) != 3 or not np.all(region.x) for region in (*self.regions, self.part)):
            raise ValueError(f"input {self.x}: three channels are needed, none of them 0")
        if len({len(region.layers) for region in (*self.regions, self.part)}) > 1:
            raise ValueError("families of different depths cannot turn into each other")
        self.badge_text = f"linear chain, no ReLU · {self.bits}-bit, fixed step · errors to first order"
        self.depth = len(self.regions[0].layers)
        part, self.panel = theme.stage_parts(theme.WIDE_STAGE, left=0.1, gap=0.75)
        self.reach = ValueTracker(1.2 * self.largest(0, 1))
        self.view = SpaceView(part.center, part.height, ROOMY * self.reach.get_value())
        self.room = Room(self.view, self.reach.get_value, [f"channel {k + 1}" for k in CHANNELS])
        self.open_stage()

    def largest(self, *families: int) -> float:
        """The largest half-width of these families' regions."""
        return max(float(self.regions[family].region.half_widths.max()) for family in families)

    def turn(self, seconds: float, *animations: Any) -> None:
        """Let the viewer walk on while something happens."""
        walked: Any = self.view.walked
        self.play(walked.animate(rate_func=linear).increment_value(seconds), *animations, run_time=seconds)

    def rescale(self, reach: float) -> tuple[Any, Any]:
        """The animations that set the walls at another distance and take the viewer so far that they fill the view."""
        return self.reach.animate.set_value(reach), self.view.half.animate.set_value(ROOMY * reach)

    def note(self, content: str, y: float, color: str = theme.QUIET, size: float = theme.SMALL_SIZE) -> VMobject:
        """A line of words in the panel, so far above its middle."""
        return text(content, color, size).move_to((self.panel.left, self.panel.up(y), 0.0), aligned_edge=LEFT)

    # --- diagonal layers

    def nest_boxes(self) -> None:
        # The viewer sees a box grow side by side, then a box around it for each layer, and the bars of each channel.
        self.beat("nested boxes")
        first, second = self.regions[:2]
        self.progress, self.morph = ValueTracker(0.0), ValueTracker(0.0)
        progress: Any = self.progress
        morph = self.morph.get_value

        @lru_cache(maxsize=2)
        def region(part: float) -> ErrorRegion:
            return partway_region(first, second, part, diagonal=True)

        @lru_cache(maxsize=2)
        def growth(part: float) -> GrowingRegion:
            return GrowingRegion.of(region(part))

        self.region_now = lambda: region(float(morph()))
        self.growth_now: Callable[[], GrowingRegion] = lambda: growth(float(morph()))
        self.boxes = VGroup(*(self.nested_box(number) for number in range(self.depth)))
        self.make_bars()
        self.family_name = self.name_family(0)
        dots = self.make_cloud()
        self.say("Each dot is one error of three channels that rounding can cause", FadeIn(self.room, self.family_name))
        self.turn(0.8, FadeIn(dots))
        self.turn(2.4)
        self.say("Layer by layer a box grows, until it holds every dot", FadeIn(*self.bar_parts))
        self.add(self.boxes)
        self.turn(4.0, progress.animate(rate_func=linear).set_value(self.growth_now().count))
        ends = np.stack([-np.diag(first.region.half_widths), np.diag(first.region.half_widths)], axis=1)
        axes = live_segments(lambda: self.view.to_frame(ends), theme.INK, theme.STRONG)
        sizes = ", ".join(signed(float(half), 3) for half in first.region.half_widths)
        self.say(f"It reaches {sizes}: larger input, larger error", FadeOut(dots), FadeIn(axes))
        self.turn(2.4)
        self.hold_caption()
        self.play(FadeOut(axes), run_time=theme.BRIEF)

    def make_cloud(self) -> PointCloud:
        """Errors that fill the region of the first family evenly, a dot for each."""
        family, region = self.families[0], self.regions[0]
        weights = family.rounded(self.bits)
        errors = rounding_errors(region.x, weights, region.step, self.cloud_size, family.diagonal, "even", self.seed)
        return live_marks(lambda: self.view.to_frame(errors.summed), theme.INK, "disc", 0.03)

    def nested_box(self, number: int) -> VGroup:
        """The box of the layers up to this one (from 0); a point until its layer has begun to join."""
        growth, progress = self.growth_now, self.progress.get_value

        def shape() -> Polytope:
            halves = growth().contributions(progress())
            return box_polytope(halves[: number + 1].sum(axis=0) if halves[number].any() else np.zeros(3))

        color = layer_color(number)
        return VGroup(SolidFaces(self.view, shape, color, NESTED, 6), solid_edges(self.view, shape, color, theme.THIN))

    def make_bars(self) -> None:
        """What each layer adds to the relative error of each channel, stacked in a row for each."""
        panel, size, progress = self.panel, np.abs(self.regions[0].x), self.progress.get_value
        self.scale = ValueTracker(1.08 * max(float(region.relative_error.max()) for region in self.regions[:2]))
        zone = theme.Zone(panel.left, panel.right - 1.05, *map(panel.up, BAR_HEIGHTS))
        self.bars = StackedRows(
            zone,
            [f"channel {k + 1}" for k in CHANNELS],
            [layer_color(number) for number in range(self.depth)],
            lambda: self.growth_now().contributions(progress()) / size,
            self.scale.get_value,
            lambda total: f"{percent(total, 2)} %",
        )
        inputs = ", ".join(f"{value:g}" for value in self.regions[0].x)
        head = self.note(f"largest error, in \\% of the input ({inputs})", 2.1)
        self.bar_parts = [self.bars, head, layer_legend(panel.left, panel.up(0.1), self.depth)]

    def name_family(self, family: int) -> VMobject:
        """The name of a family of weights on top of the panel."""
        name = text(self.families[family].name, theme.QUANTIZED if family == 2 else theme.INK, theme.FORMULA_SIZE)
        return name.move_to((self.panel.left, self.panel.top - 0.3, 0.0), aligned_edge=LEFT)

    def change_family(self, family: int) -> tuple[Any, Any]:
        """The animations that put another name on top of the panel."""
        old, self.family_name = self.family_name, self.name_family(family)
        return FadeOut(old), FadeIn(self.family_name)

    def compare_channels(self) -> None:
        # The viewer sees the weights become unequal: the box leaves its old outline; then each bar gets its factor.
        self.beat("channel sensitivity")
        old, factors = self.regions[0].region.half_widths, self.make_factors()
        ghost = solid_edges(self.view, lambda: box_polytope(old), theme.INK, theme.THIN)
        worst = int(self.regions[1].sensitivity.argmax())
        factor = signed(float(self.regions[1].sensitivity[worst]))
        self.say(f"Unequal weights; {theme.INK_WORD}: the box before", FadeIn(ghost), *self.change_family(1))
        self.turn(2.4, self.morph.animate.set_value(1.0))
        factors.update()
        self.say(f"Channel {worst + 1} errs most: {factor} times the mean of the three", FadeIn(factors))
        self.turn(2.0)
        self.hold_caption()
        self.compared = (ghost, factors)

    def make_factors(self) -> VGroup:
        """The relative error of each channel over the mean of them, behind its bar."""
        right, bars, region = self.panel.right, self.bars, self.region_now
        factors = VGroup(
            *(LiveText("", theme.INK, align=1).place((right, bars.middle(k) - 0.1, 0.0)) for k in CHANNELS)
        )
        for k, factor in enumerate(factors):
            factor.live(lambda k=k: f"× {signed(float(region().sensitivity[k]))}")
        head = text("of the mean", theme.QUIET, theme.SMALL_SIZE)
        head.move_to((right, self.bar_parts[1].get_center()[1], 0.0), aligned_edge=RIGHT)
        return VGroup(factors, head)

    # --- full matrices

    def grow_generator_by_generator(self) -> None:
        # The viewer sees a segment grow, sweep a parallelogram, and that sweep a solid: the box of one full layer.
        self.beat("generator by generator")
        full, progress, diagonal = self.regions[2], self.progress.get_value, self.regions[1].region.half_widths
        # The box of the diagonal layers stays as the yardstick: it shows through the solid.
        self.yardstick = solid_edges(self.view, lambda: box_polytope(diagonal), theme.INK, theme.THIN)
        key = text(f"{theme.INK_WORD} box: volume {signed(self.regions[1].region.volume)}", theme.INK)
        self.yardstick_key = key.move_to((self.panel.right, self.panel.top - 0.3, 0.0), aligned_edge=RIGHT)
        self.add(self.yardstick)
        gone = FadeOut(*self.compared, self.boxes, *self.bar_parts)
        words = f"Full matrices, beside the {theme.INK_WORD} box of the diagonal ones"
        self.say(words, gone, FadeIn(key), *self.change_family(2))
        self.turn(1.6)
        self.hold_caption()
        self.progress.set_value(0.0)
        growth = GrowingRegion.of(full)
        self.growth_now = lambda: growth
        self.region_now = lambda: full

        @lru_cache(maxsize=2)
        def shape(at: float) -> Polytope:
            return growth.polytope(at)

        self.faces = SolidFaces(self.view, lambda: shape(float(progress())), theme.QUANTIZED)
        self.edges = solid_edges(self.view, lambda: shape(float(progress())), theme.BACKGROUND, theme.HAIRLINE, 0.8)
        line = solid_edges(self.view, lambda: growth.polytope(min(progress(), 1.0)), theme.QUANTIZED, theme.STRONG)
        self.make_volume(growth, lambda: len(shape(float(progress())).faces))
        self.scale.set_value(1.08 * float(full.relative_error.max()))
        self.add(line, self.faces, self.edges, self.yardstick)
        self.say("Each layer adds three tilted segments: a line, a face, a solid")
        for number in range(1, 4):
            self.turn(1.2, self.progress.animate.set_value(number))
        self.remove(line)

    def make_volume(self, growth: GrowingRegion, faces: Callable[[], int]) -> None:
        """The volume as a figure, the number of faces, and the curve of the volume beside that of the diagonals."""
        panel, progress = self.panel, self.progress.get_value
        label = self.note("volume", FIGURES, size=theme.LABEL_SIZE)
        volume = LiveText("", theme.INK, theme.FIGURE_SIZE).place((panel.left + 1.3, panel.up(FIGURES) - 0.2, 0.0))
        volume.live(lambda: signed(growth.now(progress()).volume))
        count = LiveText("", theme.INK, align=1).place((panel.right, panel.up(FIGURES) - 0.1, 0.0))
        count.live(lambda: str(faces()))
        unit = text("faces", theme.QUIET).move_to((panel.right - 0.75, panel.up(FIGURES), 0.0), aligned_edge=RIGHT)
        zone = theme.Zone(panel.left + 0.55, panel.right - 0.2, panel.bottom + 0.4, panel.up(FIGURES) - 0.85)
        at = np.linspace(0.0, growth.count, SAMPLES * growth.count + 1)
        layers = at * self.depth / growth.count
        self.chart_zone, pairs = zone, ((growth, theme.QUANTIZED), (GrowingRegion.of(self.part), theme.QUIET))
        curves = [np.array([part.now(step).volume for step in at]) for part, _ in pairs]
        top = 1.08 * max(float(curve.max()) for curve in curves)
        chart = Chart(zone, (0.0, self.depth + 0.1), (0.0, top), np.arange(1, self.depth + 1))
        corners = [chart.to_frame(np.column_stack([layers, curve])) for curve in curves]
        lines = VGroup(
            *(
                live_segments(lambda line=line: polyline_until(line, max(SAMPLES * progress(), 1e-6)), color)
                for line, (_, color) in zip(corners, pairs, strict=True)
            )
        )
        keys = VGroup(
            lined("volume after each layer", theme.QUANTIZED, (zone.left + 0.3, zone.top)),
            lined("off-diagonal weights at 0", theme.QUIET, (zone.left + 0.3, zone.top - 0.42)),
        )
        self.volume_parts = [label, volume, count, unit, chart, lines, keys]
        self.count_parts, self.chart_parts = [count, unit], [chart, lines, keys]

    def grow_layer_by_layer(self) -> None:
        # The viewer sees the solid take in three more generators for each layer, with all its faces, and its volume.
        self.beat("layer by layer")
        growth, whole = self.growth_now(), self.regions[2]
        for part in (*self.bar_parts, *self.volume_parts):
            part.update()
        figures = FadeIn(*self.bar_parts, *self.volume_parts)
        self.say("Zooming out: each further segment sweeps the whole solid on", figures)
        zoom = self.rescale(1.2 * self.largest(2))
        for layer, end in enumerate(growth.ends[2:], start=2):
            self.turn(1.8, self.progress.animate.set_value(end), *(zoom if layer == 2 else ()))
        self.freeze(*self.bar_parts, *self.volume_parts)
        volumes = [signed(region.region.volume) for region in (whole, self.part)]
        self.say(f"Volume {volumes[0]}; with the off-diagonal weights at 0: {volumes[1]}")
        self.turn(2.4)
        self.hold_caption()
        worst = int(whole.sensitivity.argmax())
        factor, factors = signed(float(whole.sensitivity[worst])), self.make_factors()
        self.bar_parts.append(factors)
        self.freeze(factors)
        self.say(f"Now channel {worst + 1} errs most: {factor} times the mean of the three", FadeIn(factors))
        self.turn(2.0)
        self.hold_caption()

    def find_principal_directions(self) -> None:
        # The viewer sees the solid turn to glass, and three arrows grow in it, one by one, each with its bar.
        self.beat("principal directions")
        panel, found = self.panel, ValueTracker(0.0)
        axes = self.regions[2].region.principal_axes

        def grown() -> np.ndarray:
            return np.clip(found.get_value() - np.arange(3), 0.0, 1.0)

        arrows = space_arrows(self.view, axes.arrows, lambda: grown()[:, None], theme.INK)
        rows = StackedRows(
            panel.strip(*BAR_HEIGHTS),
            ["widest", "middle", "narrowest"],
            [theme.QUANTIZED],
            lambda: (grown() * axes.spreads)[None],
            lambda: 1.08 * float(axes.spreads.max()),
            lambda total: signed(total, 3) if np.isclose(total, axes.spreads).any() else "",
        )
        head = self.note("spread of the corners along each arrow (root mean square)", 2.1)
        glass = [path.animate.set_fill(opacity=OPACITY) for path in self.faces]
        self.add(arrows)
        gone = FadeOut(self.yardstick, self.yardstick_key, *self.bar_parts)
        self.say("Arrows: where its corners spread most, less, and least", gone, *glass)
        self.play(FadeIn(rows, head), run_time=theme.BRIEF)
        for number in range(1, 4):
            self.turn(0.8, found.animate.set_value(number))
        self.freeze(rows)
        self.hold_caption(0.6)
        solid = [path.animate.set_fill(opacity=1.0) for path in self.faces]
        self.play(FadeOut(arrows, rows, head), *solid, run_time=theme.BRIEF)

    def bound_with_a_box(self) -> None:
        # The viewer sees the solid in its bounding box of wire, and for each layer how much of the box is filled.
        self.beat("bounding box")
        region = self.regions[2].region
        shape = box_polytope(region.half_widths)
        self.wire = back, front = [
            solid_edges(self.view, lambda: shape, theme.INK, theme.THIN, opacity, side)
            for opacity, side in ((0.6, False), (1.0, True))
        ]
        shares = [layer.total.box_efficiency for layer in self.regions[2].layers]
        zone, layers = self.chart_zone, np.arange(1, self.depth + 1)
        chart = Chart(zone, (0.4, self.depth + 0.6), (0.0, 1.2), layers, (1.0,))
        numbers = VGroup(
            *(
                text(f"{percent(share, 0)} \\%", theme.INK, theme.SMALL_SIZE).next_to(
                    chart.point(k, share), UP, buff=0.06
                )
                for k, share in zip(layers.tolist(), shares, strict=True)
            )
        )
        columns = VGroup(
            chart.bars(layers[:-1], shares[:-1], 0.5, theme.QUIET),
            chart.bars(layers[-1:], shares[-1:], 0.5, theme.QUANTIZED),
        )
        bars = VGroup(chart, columns, chart.level(1.0), numbers)
        name = self.note(
            "share of its bounding box that is filled, after each layer", zone.top + 0.12 - self.panel.up(0.0)
        )
        box = text(f"box {signed(region.box_volume)}", theme.INK).move_to(
            (self.panel.right, self.panel.up(FIGURES), 0.0), aligned_edge=RIGHT
        )
        self.add(back, self.faces, self.edges)
        gone = FadeOut(*self.count_parts, *self.chart_parts)
        filled = percent(region.box_efficiency, 0)
        seen = FadeIn(back, front, *self.bar_parts)
        self.say(f"Its bounding box is too large: the solid fills {filled} % of it", seen, gone)
        self.play(FadeIn(box, bars, name), run_time=theme.BRIEF)
        self.turn(3.0)
        self.hold_caption()

    def cast_shadows(self) -> None:
        # The viewer sees the walls move away and three shadows fly out to them, each beside that of the diagonals.
        self.beat("shadows")
        reach, half = 1.75 * self.largest(2), ValueTracker(0.0)
        shadows = VGroup()
        for axis in CHANNELS:
            others = [k for k in CHANNELS if k != axis]
            for region, color, dashed in ((self.regions[2], theme.QUANTIZED, False), (self.part, theme.INK, True)):
                polygon = region.region.shadow(*others).vertices
                shadows.add(wall_shadow(self.view, polygon, axis, lambda: -half.get_value(), color, dashed))
        self.add(shadows, self.wire[0], self.faces, self.edges, self.wire[1])
        self.turn(2.0, *self.rescale(reach), half.animate.set_value(reach))
        self.say("Its shadows: errors of two channels; dashed: off-diagonals at 0")
        self.turn(2.8)
