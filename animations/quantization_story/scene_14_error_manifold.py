"""Scene 14: the error of a linear chain as a shape of its own, and the worst case as a map over the plane."""

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup, VMobject, linear

from quantization_story import theme
from quantization_story.error_experiments import BITS, FULL_2D
from quantization_story.error_fields import error_field, region_field
from quantization_story.error_maps import (
    band_levels,
    common_exponent,
    l1_level,
    level_curve,
    partly_rounded,
    pulled_back_errors,
)
from quantization_story.manifolds import circle, grid, make_manifold
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.coloured import (
    ColourBar,
    coloured_arrows,
    coloured_marks,
    coloured_segments,
    heat_bands,
)
from quantization_story.mobjects.live import live_marks, live_segments, polyline_until
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import ArrowField, SegmentPath
from quantization_story.mobjects.plane import PlaneAxes, PlaneView
from quantization_story.mobjects.region_sweep import RegionSweep
from quantization_story.mobjects.strips import clip_to_window
from quantization_story.mobjects.text import LiveText, formula, signed, text
from quantization_story.planar import Window, dash_segments, fit_window
from quantization_story.residuals import arrow_scale
from quantization_story.shape_tour import ShapeTour, colour_parts, colours_by_angle
from quantization_story.story_scene import StoryScene

COLOURS = len(theme.PARAMETER_COLORS)


class ErrorManifold(StoryScene):
    """The error of a linear chain as a shape: one matrix maps every input shape to it, and a map of the worst case."""

    title_text = "The shape of the error"
    family = FULL_2D
    bits = BITS
    shape_names = ("circle", "ellipse", "line", "spiral", "figure-eight", "two blobs")
    shape_points = 96
    shown_arrows = 36
    shown_regions = 32
    kept_regions = 8
    plane = Window(0.0, 0.0, 31.0)
    grid_side, grid_extent = 15, 30.0

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.draw_errors()
        self.gather_arrows()
        self.name_the_matrix()
        self.take_the_tour()
        self.sweep_the_tube()
        self.map_the_plane()
        self.fit_the_norm()
        self.read_off_shapes()
        self.close_stage()

    # --- what is on stage

    def prepare(self) -> None:
        """Compute the error field and every shape, and lay out two planes: inputs at the left, errors at the right."""
        self.rounded = self.family.rounded(self.bits)
        self.step = 2.0 ** -(self.bits - 1)
        self.field = error_field(self.family.weights, self.rounded)
        self.tour = ShapeTour(tuple(make_manifold(name, self.shape_points) for name in self.shape_names))
        self.errors = [self.field(shape.points) for shape in self.tour.shapes]
        self.largest = [float(np.linalg.norm(errors, axis=1).max()) for errors in self.errors]
        self.chain_name = f"chain of {len(self.rounded)} linear layers, no ReLU"
        self.badge_text = f"weight-only · {self.bits}-bit · {self.chain_name}: exact"
        self.at = ValueTracker(0.0)
        self.open_stage()
        self.make_views()

    def make_views(self) -> None:
        """Two square planes with their names, and the panel between them."""
        side = theme.WIDE_STAGE - 0.5
        first, self.right = theme.stage_parts(theme.stage_zone().width - side - 0.15, gap=0.15)
        y = first.bottom + side / 2
        self.inputs = PlaneView((first.left + side / 2, y, 0.0), side, self.plane)
        window = fit_window(np.vstack(self.errors))
        self.outputs = PlaneView((self.right.center[0], self.right.bottom + side / 2, 0.0), side, window)
        self.middle = theme.Zone(first.left + side + 0.15, first.right, first.bottom, y + side / 2)
        self.beside = theme.stage_parts(side, gap=0.15)[1]
        self.input_axes, self.output_axes = PlaneAxes(self.inputs), PlaneAxes(self.outputs)
        for axes in (self.input_axes, self.output_axes):
            axes.clear_updaters()  # these windows stay as they are
        self.output_border = self.outputs.border()
        self.input_name = self.name_view(self.inputs, "input $x$")
        self.output_name = self.name_view(self.outputs, "its error $e(x)$")
        self.parts = colour_parts(self.shape_points, COLOURS)

    def name_view(self, view: PlaneView, words: str) -> VMobject:
        """The name of a plane, above its left corner."""
        corner = view.center + np.array([-view.side / 2, view.side / 2 + 0.24, 0.0])
        return text(words, theme.QUIET).move_to(corner, aligned_edge=LEFT)

    def curve(self, view: PlaneView, errors: bool) -> VGroup:
        """The shape of the tour, or its error, as a curve in the colours of the parameter."""
        tour, at, field = self.tour, self.at, self.field

        def segments() -> np.ndarray:
            corners = tour.segments(at.get_value()).reshape(-1, 2)
            return view.to_frame(field(corners) if errors else corners).reshape(-1, 2, 3)

        return coloured_segments(segments, self.parts)

    def dots(self, view: PlaneView, errors: bool) -> VGroup:
        """The points of the tour, or their errors, in the colours of the parameter."""
        tour, at, field = self.tour, self.at, self.field

        def places() -> np.ndarray:
            points = tour.points(at.get_value())
            return view.to_frame(field(points) if errors else points)

        return coloured_marks(places, self.parts)

    # --- the error and its shape

    def draw_errors(self) -> None:
        # The viewer sees a circle drawn in colours that run along it; then an arrow grows at each of its points.
        self.beat("a circle and its errors")
        self.add(self.inputs.border(), self.input_axes, self.input_name)
        drawn, inputs, tour = ValueTracker(0.0), self.inputs, self.tour
        corners = inputs.to_frame(np.vstack([tour.points(0.0), tour.points(0.0)[:1]]))
        count = len(corners) - 1

        def pen() -> np.ndarray:
            return polyline_until(corners, drawn.get_value() * count)

        tracing = VGroup(
            *(
                live_segments(lambda k=k: pen()[self.parts[: len(pen())] == k], color)
                for k, color in enumerate(theme.PARAMETER_COLORS)
            )
        )
        self.make_arrows()
        self.make_layers()
        self.add(tracing)
        self.say(f"A circle of inputs goes through {len(self.rounded)} layers", FadeIn(self.layers))
        self.play(drawn.animate.set_value(1.0), run_time=theme.LONG, rate_func=linear)
        self.circle = self.curve(self.inputs, errors=False)
        self.remove(tracing)
        self.add(self.circle)
        self.add(self.arrows)
        note = f"error $e = f_q (x) - f(x)$, drawn $times {self.magnify:g}$"
        self.note = text(note, theme.QUIET, theme.SMALL_SIZE)
        self.note.move_to(self.inputs.center + np.array([0.0, -inputs.side / 2 + 0.3, 0.0]))
        self.say("Round the weights: every output moves, the arrow is its error", FadeIn(self.note))
        self.play(self.grown.animate.set_value(1.0), run_time=theme.LONG)

    def make_layers(self) -> None:
        """The matrices of the chain, live while they are rounded, where the errors will be drawn later."""
        weights, rounded, grown = self.family.weights, self.rounded, self.grown
        self.layers = VGroup()
        for k, weight in enumerate(weights):
            matrix = MatrixView(weight, digits=3, column_colors=(theme.QUANTIZED,))
            matrix.live(lambda k=k: partly_rounded(weights, rounded, grown.get_value())[k])
            name = formula(f"W_{k + 1} =", size=theme.LABEL_SIZE)
            self.layers.add(VGroup(name, matrix).arrange(RIGHT, buff=0.15))
        self.layers.arrange_in_grid(cols=2, buff=(0.7, 0.9)).move_to((self.beside.center[0], self.beside.up(0.4), 0.0))

    def make_arrows(self) -> None:
        """An arrow of error at points around the circle, which can fly from there to a common origin."""
        around = circle(self.shown_arrows, float(np.linalg.norm(self.tour.points(0.0)[0])))
        self.magnify = arrow_scale(np.linalg.norm(self.field(around.points), axis=1), 0.3 * self.plane.half)
        self.grown, self.flown = ValueTracker(0.0), ValueTracker(0.0)
        there = np.stack([np.zeros_like(around.points), self.field(around.points)], axis=1)
        goal = self.outputs.to_frame(there.reshape(-1, 2)).reshape(-1, 2, 3)
        grown, flown, late = self.grown, self.flown, around.parameter[:, None, None]
        weights, rounded, inputs, magnify = self.family.weights, self.rounded, self.inputs, self.magnify

        def now() -> np.ndarray:
            field = error_field(weights, partly_rounded(weights, rounded, grown.get_value()))
            arrows = field.arrows(around.points, magnify)
            part = np.clip(1.6 * flown.get_value() - 0.6 * late, 0.0, 1.0)
            return (1 - part) * inputs.to_frame(arrows.reshape(-1, 2)).reshape(-1, 2, 3) + part * goal

        self.arrows = coloured_arrows(now, colour_parts(self.shown_arrows, COLOURS))

    def gather_arrows(self) -> None:
        # The viewer sees the arrows fly, one after the other, to one origin at the right: their tips make an ellipse.
        self.beat("from one origin")
        plane = (self.output_border, self.output_axes, self.output_name)
        self.play(FadeOut(self.layers, run_time=0.3), FadeIn(*plane), run_time=theme.BRIEF)
        self.bring_to_front(self.arrows)
        fly = self.flown.animate.set_value(1.0)
        self.say("Put them all at one origin: their tips make a shape", FadeOut(self.note), fly, run_time=theme.LONG)
        self.shape = self.curve(self.outputs, errors=True)
        self.say("The circle has become an ellipse, colour by colour", FadeIn(self.shape))

    def name_the_matrix(self) -> None:
        # The viewer sees the one matrix, and two directions at right angles that become the half-axes at the right.
        self.beat("one matrix")
        zone, exponent = self.middle, common_exponent(self.field.matrix)
        x = zone.center[0]
        name = formula("e(x) = E x").move_to((x, zone.top - 0.3, 0.0))
        unit = "" if exponent == 0 else f"$10^({exponent}) times$"
        matrix = MatrixView(self.field.matrix * 10.0**-exponent, size=theme.LABEL_SIZE).move_to((x, zone.top - 1.75, 0))
        scale = text(f"$E =$ {unit}", theme.INK).move_to((x, zone.top - 1.05, 0.0))
        frame, image = self.field.stretch_arrows(float(np.linalg.norm(self.tour.points(0.0)[0])))
        self.axes_of_error, rows = VGroup(), VGroup()
        for k, color in enumerate((theme.INK, theme.QUIET)):
            for view, arrows in ((self.inputs, frame), (self.outputs, image)):
                ends = view.to_frame(arrows[k])
                self.axes_of_error.add(ArrowField(color, 0.07).set_arrows(ends[:1], ends[1:]))
            value = f"$sigma_{k + 1} = {signed(self.field.singular_values[k], 4)}$"
            rows.add(text(value, color).move_to((x, zone.top - 2.75 - 0.5 * k, 0.0)))
        for words, y in (("stretch along the arrows", 3.7), (f"ratio {self.field.condition:.2f}", 4.1)):
            rows.add(text(words, theme.QUIET, theme.SMALL_SIZE).move_to((x, zone.top - y, 0.0)))
        self.say("One 2×2 matrix does it all", FadeOut(self.arrows), FadeIn(name), FadeIn(scale), FadeIn(matrix))
        self.say(
            "Two directions at right angles stay so: the half-axes of the ellipse",
            FadeIn(self.axes_of_error),
            FadeIn(rows),
        )
        self.matrix_panel = VGroup(name, scale, matrix, rows)

    def take_the_tour(self) -> None:
        # The viewer sees the circle turn into other shapes, and the error at the right follow by the same matrix.
        self.beat("other shapes")
        at, largest, zone = self.at, self.largest, self.middle
        words = text("largest $abs(e)$", theme.QUIET, theme.SMALL_SIZE).move_to((zone.center[0], zone.bottom + 0.85, 0))
        number = LiveText("", theme.INK, theme.FORMULA_SIZE, align=0).place((zone.center[0], zone.bottom + 0.3, 0.0))
        stops = np.arange(len(largest))
        number.live(lambda: signed(float(np.interp(at.get_value(), stops, largest)), 3))
        self.hold_caption()
        self.play(FadeIn(words), FadeIn(number), FadeOut(self.axes_of_error), run_time=theme.BRIEF)
        curves, clouds = VGroup(self.circle, self.shape), None
        for stop, shape in enumerate(self.tour.shapes[1:], start=1):
            stays = "stay" if shape.kind == "clusters" else "stays"
            name = shape.name if shape.name.startswith("two") else f"a{'n' * (shape.name[0] in 'aeio')} {shape.name}"
            more = ": the same matrix" if stop == 1 else ""
            beside: list[Any] = []
            if shape.kind == "clusters" and clouds is None:
                clouds = VGroup(self.dots(self.inputs, errors=False), self.dots(self.outputs, errors=True))
                self.add(clouds)
                beside = [FadeOut(curves, run_time=theme.BRIEF)]
            self.say(f"{name.capitalize()} {stays} {name}{more}", *beside)
            self.play(self.at.animate.set_value(stop), run_time=theme.STEADY)
        self.hold_caption()
        self.gone = [self.matrix_panel, words, number, self.output_axes, self.output_name, self.output_border]
        self.shown = [curves if clouds is None else clouds]

    # --- the worst case

    def sweep_the_tube(self) -> None:
        # The viewer sees a point run around the circle; around it grows the region of all errors that rounding allows.
        self.beat("the worst case")
        around = circle(self.shown_regions, float(np.linalg.norm(self.tour.shapes[0].points[0])))
        regions = region_field(around.points, self.rounded, self.step)
        magnify = arrow_scale(regions.magnitudes, 0.16 * self.plane.half)
        real = pulled_back_errors(self.field, self.rounded, around.points)
        self.sweep = sweep = RegionSweep(self.inputs, self.right, regions, real, self.kept_regions, magnify)
        for path in self.shown:
            path.clear_updaters()  # it leaves as the shape that it is
        self.at.set_value(0.0)
        self.circle = self.curve(self.inputs, errors=False)
        badge = self.change_badge(f"worst case · step 1/{round(1 / self.step)} · {self.chain_name}: exact")
        caption = "Many weights round to these: what errors are possible?"
        self.say(caption, FadeOut(*self.gone, *self.shown), FadeIn(self.circle), *badge)
        note = f"regions as shifts of the input, drawn $times {magnify:g}$"
        sweep.still.add(text(note, theme.QUIET, theme.SMALL_SIZE).move_to(self.note))
        self.play(FadeIn(sweep.still), run_time=theme.BRIEF)
        self.add(*sweep.movers)
        self.say("Layer by layer, all possible errors fill a region", run_time=theme.BRIEF)
        self.play(sweep.swept.animate.set_value(1.0), run_time=4.0, rate_func=linear)
        low, high = float(regions.magnitudes.min()), float(regions.magnitudes.max())
        self.say(f"Its size depends on direction: {signed(low)} to {signed(high)}, {signed(regions.variation)} times")

    def map_the_plane(self) -> None:
        # The viewer sees the tube give way to a map of the whole plane in bands, each a larger copy of the same curve.
        self.beat("a map of the worst case")
        levels = band_levels(self.plane, self.rounded, self.step)
        self.levels = levels
        curves = [level_curve(self.rounded, self.step, float(level)) for level in levels[1:]]
        self.bands = heat_bands(self.inputs, curves).set_z_index(-1)
        zone = self.middle
        self.bar = ColourBar(levels, theme.Zone(zone.left, zone.left + 0.3, zone.bottom, zone.top - 0.9))
        title = text("longest error", theme.QUIET, theme.SMALL_SIZE)
        self.bar.add(title.move_to((zone.left, zone.top - 0.5, 0.0), aligned_edge=LEFT))
        gone = (*self.sweep.movers, self.sweep.still)
        self.say("The same for every input: bands of equal worst case", FadeOut(*gone), FadeIn(self.bar))
        self.play(LaggedStart(*map(FadeIn, self.bands), lag_ratio=0.25), run_time=theme.STEADY)

    def fit_the_norm(self) -> None:
        # The viewer sees the dots of a grid leave the map for a chart over ‖x‖₁; a line is laid through them.
        self.beat("the l1 fit")
        spots = grid(self.grid_side, self.grid_extent)
        field = region_field(spots.points, self.rounded, self.step)
        zone = self.right
        place = theme.Zone(zone.left + 0.55, zone.right - 0.1, zone.center[1] + 0.25, zone.top - 0.45)
        reach = 1.05 * float(field.l1_norms.max()), 1.1 * float(field.magnitudes.max())
        chart = Chart(place, (0.0, reach[0]), (0.0, reach[1]), digits=(0, 1))
        names = VGroup(
            text("longest error", theme.QUIET, theme.SMALL_SIZE).next_to(chart.point(0.0, reach[1]), RIGHT, buff=0.15),
            text("$norm(x)_1 = abs(x_1) + abs(x_2)$", theme.QUIET, theme.SMALL_SIZE).next_to(
                chart.point(reach[0], 0.0), DOWN, buff=0.14, aligned_edge=RIGHT
            ),
        )
        names[1].shift(np.array([chart.point(reach[0], 0.0)[0] - names[1].get_right()[0], -0.3, 0.0]))
        start = self.inputs.to_frame(spots.points)
        goal = chart.to_frame(np.column_stack([field.l1_norms, field.magnitudes]))
        flown = ValueTracker(0.0)
        flight = coloured_marks(
            lambda: start + flown.get_value() * (goal - start), colours_by_angle(spots.points, COLOURS), 0.05
        )
        self.play(FadeOut(self.circle), FadeIn(flight), FadeIn(chart, names), run_time=theme.BRIEF)
        self.say("Each dot flies to its own ‖x‖₁ and its worst case")
        self.play(flown.animate.set_value(1.0), run_time=theme.LONG)
        slope, intercept = field.l1_fit
        ends = np.array([[0.0, intercept], [reach[0], intercept + slope * reach[0]]])
        line = chart.line(ends, theme.INK)
        correlation = field.l1_correlation
        along = "" if correlation is None else f", correlation {signed(correlation)}"
        level = float(self.levels[len(self.levels) // 2])
        corners = self.inputs.to_frame(clip_to_window(l1_level((slope, intercept), level), self.plane))
        dashes = dash_segments(corners, np.roll(corners, -1, axis=0), 0.14, 0.1)
        diamond = SegmentPath(theme.INK, theme.STRONG).set_segments(*dashes)
        sign = "+" if intercept >= 0 else "−"
        fitted = f"{signed(slope, 4)} ‖x‖₁ {sign} {signed(abs(intercept), 3)}"
        words = text(f"dashed: where the line says {signed(level, 1)}", theme.INK, theme.SMALL_SIZE)
        words.move_to(names[1]).align_to(np.array([place.left - 0.45, 0.0, 0.0]), LEFT)
        self.diamond = VGroup(diamond, words)
        self.say(f"The line: {fitted}{along}", FadeIn(line), FadeIn(self.diamond))
        self.hold_caption()

    def read_off_shapes(self) -> None:
        # The viewer sees the shapes pass over the map once more, each leaving its figures in a table.
        self.beat("shapes on the map")
        zone, pitch = self.right, 0.36
        left, top = zone.left + 0.1, zone.center[1] - 0.75
        columns = (zone.left + 2.75, zone.left + 3.85, zone.right)
        heads = VGroup(
            text("longest error:", theme.QUIET, theme.SMALL_SIZE).move_to((left, top, 0.0), aligned_edge=LEFT),
            *(
                text(word, theme.QUIET, theme.SMALL_SIZE).move_to((x, top, 0.0), aligned_edge=RIGHT)
                for word, x in zip(("least", "most", "corr. $norm(x)_1$"), columns, strict=True)
            ),
        )
        tour, at, inputs = self.tour, self.at, self.inputs

        def places() -> np.ndarray:
            return inputs.to_frame(tour.points(at.get_value()))

        cloud = live_marks(places, theme.INK, "disc", 0.06)
        self.play(FadeIn(cloud), FadeIn(heads), FadeOut(self.diamond), run_time=theme.BRIEF)
        self.say("Any shape reads its worst cases off the same map", run_time=theme.BRIEF)
        for stop, shape in enumerate(tour.shapes):
            if stop:
                self.play(at.animate.set_value(stop), run_time=0.8)
            field = region_field(shape.points, self.rounded, self.step)
            correlation = field.l1_correlation
            figures = (
                signed(float(field.magnitudes.min())),
                signed(float(field.magnitudes.max())),
                "–" if correlation is None else signed(correlation),
            )
            y = top - pitch * (stop + 1)
            name = text(shape.name, theme.INK, theme.SMALL_SIZE).move_to((left, y, 0.0), aligned_edge=LEFT)
            numbers = (
                LiveText(figure, theme.INK, theme.SMALL_SIZE, align=1).place((x, y - 0.08, 0.0))
                for figure, x in zip(figures, columns, strict=True)
            )
            self.play(FadeIn(name, *numbers), run_time=0.4)
