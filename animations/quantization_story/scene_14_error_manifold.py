"""Scene 14: the error of a linear chain as a shape of its own, and the worst case as a map over the plane."""

import numpy as np
from manim import DOWN, LEFT, RIGHT, FadeIn, FadeOut, LaggedStart, ValueTracker, VGroup, VMobject, linear

from quantization_story.analysis.residuals import arrow_scale
from quantization_story.core.plane_geometry import Window, dash_segments, fit_window
from quantization_story.error_regions.fields import error_field, region_field
from quantization_story.error_regions.shape_morphs import ShapeSequence, colour_parts
from quantization_story.error_regions.shapes import circle, grid, make_manifold
from quantization_story.error_regions.weight_families import BITS, FULL_2D
from quantization_story.error_regions.worst_case_maps import (
    band_levels,
    common_exponent,
    guide_words,
    l1_level,
    level_curve,
    partly_rounded,
    pulled_back_errors,
)
from quantization_story.figures.error_manifold import direction_words, growth_words, ratio_words, stays_words
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.gradients import (
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
from quantization_story.mobjects.strips import clip_to_window
from quantization_story.mobjects.text import LiveText, formula, signed, text
from quantization_story.pictures.error_manifold import RegionSweep, line_in_words, live_matrices
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme

COLOURS = len(theme.PARAMETER_COLORS)


class ErrorManifoldScene(StoryScene):
    """The shape of the error: one matrix takes every input shape to its error, and a map shows the worst case."""

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
        self.close_stage(1.0)

    # --- what is on stage

    def prepare(self) -> None:
        """Compute the error field and every shape, and lay out two planes: inputs at the left, errors at the right."""
        self.rounded = self.family.rounded(self.bits)
        self.step = 2.0 ** -(self.bits - 1)
        self.field = error_field(self.family.weights, self.rounded)
        self.tour = ShapeSequence(tuple(make_manifold(name, self.shape_points) for name in self.shape_names))
        self.errors = [self.field(shape.points) for shape in self.tour.shapes]
        self.largest = [float(np.linalg.norm(errors, axis=1).max()) for errors in self.errors]
        self.chain_name = f"chain of {len(self.rounded)} linear layers, no ReLU"
        self.badge_text = f"weight-only · {self.bits}-bit · {self.chain_name}: exact"
        self.at = ValueTracker(0.0)
        self.way = self.tour, self.at
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
        (tour, at), field = self.way, self.field

        def segments() -> np.ndarray:
            corners = tour.segments(at.get_value()).reshape(-1, 2)
            return view.to_frame(field(corners) if errors else corners).reshape(-1, 2, 3)

        return coloured_segments(segments, self.parts)

    def dots(self, view: PlaneView, errors: bool) -> VGroup:
        """The points of the tour, or their errors, in the colours of the parameter."""
        (tour, at), field = self.way, self.field

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
        self.say("Round the weights: an arrow at each input shows its output's error", FadeIn(self.note))
        self.play(self.grown.animate.set_value(1.0), run_time=theme.LONG)

    def make_layers(self) -> None:
        """The matrices of the chain, live while they are rounded, where the errors will be drawn later."""
        weights, rounded, grown = self.family.weights, self.rounded, self.grown
        self.layers = live_matrices(weights, lambda: partly_rounded(weights, rounded, grown.get_value()))
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
        caption = "From one origin, their tips make an ellipse, colour by colour"
        self.say(caption, FadeOut(self.note), fly, run_time=theme.LONG)
        self.shape = self.curve(self.outputs, errors=True)
        self.play(FadeIn(self.shape), run_time=theme.BRIEF)

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
            rows.add(text(value, color).move_to((x, zone.top - 3.5 - 0.5 * k, 0.0)))
        for words, y in (("each arrow is", 2.75), ("stretched by", 3.05), (ratio_words(self.field.condition), 4.55)):
            rows.add(text(words, theme.QUIET, theme.SMALL_SIZE).move_to((x, zone.top - y, 0.0)))
        self.say("One 2×2 matrix does it all", FadeOut(self.arrows), FadeIn(name), FadeIn(scale), FadeIn(matrix))
        self.say(
            "Two directions at right angles stay so: the half-axes of the ellipse",
            FadeIn(self.axes_of_error),
            FadeIn(rows),
        )
        self.matrix_panel, self.axes_of_error = VGroup(name, scale, matrix), VGroup(self.axes_of_error, rows)

    def take_the_tour(self) -> None:
        # The viewer sees the circle turn into other shapes, each named when it has come; the error follows.
        self.beat("other shapes")
        at, largest, zone = self.at, self.largest, self.middle
        words = text("largest $abs(e)$", theme.QUIET, theme.SMALL_SIZE).move_to((zone.center[0], zone.bottom + 0.85, 0))
        number = LiveText("", theme.INK, theme.FORMULA_SIZE, align=0).place((zone.center[0], zone.bottom + 0.3, 0.0))
        stops = np.arange(len(largest))
        number.live(lambda: signed(float(np.interp(at.get_value(), stops, largest)), 3))
        tag = self.shape_tag(0)
        come = (FadeIn(words), FadeIn(number), FadeOut(self.axes_of_error), FadeIn(tag))
        self.say("Other shapes of inputs, the same matrix", *come, run_time=theme.BRIEF)
        curves, clouds = VGroup(self.circle, self.shape), None
        for stop, shape in enumerate(self.tour.shapes[1:], start=1):
            change = [FadeOut(tag, run_time=theme.BRIEF)]
            if shape.kind == "clusters" and clouds is None:
                clouds = VGroup(self.dots(self.inputs, errors=False), self.dots(self.outputs, errors=True))
                self.add(clouds)
                change.append(FadeOut(curves, run_time=theme.BRIEF))
            self.play(self.at.animate.set_value(stop), *change, run_time=1.0)
            tag = self.shape_tag(stop)
            if stop == len(self.tour.shapes) // 2:
                self.say(stays_words(shape), FadeIn(tag), run_time=theme.BRIEF)
            else:
                self.play(FadeIn(tag), run_time=theme.BRIEF)
            self.wait(4 / 15, frozen_frame=True)
        self.gone = [self.matrix_panel, words, number, tag, self.output_axes, self.output_name, self.output_border]
        self.shown, self.drawn_as = (curves, self.curve) if clouds is None else (clouds, self.dots)

    def shape_tag(self, stop: int) -> VMobject:
        """The name of a shape of the tour, above the right corner of the inputs."""
        corner = self.inputs.center + np.array([self.inputs.side / 2, self.inputs.side / 2 + 0.24, 0.0])
        return text(self.tour.shapes[stop].name, theme.INK).move_to(corner, aligned_edge=RIGHT)

    # --- the worst case

    def sweep_the_tube(self) -> None:
        # The viewer sees the last shape turn back into the circle, and a point run around it; around the point grows
        # the region of all errors that rounding allows.
        self.beat("the worst case")
        around = circle(self.shown_regions, float(np.linalg.norm(self.tour.shapes[0].points[0])))
        regions = region_field(around.points, self.rounded, self.step)
        magnify = arrow_scale(regions.magnitudes, 0.16 * self.plane.half)
        real = pulled_back_errors(self.field, self.rounded, around.points)
        panel = theme.Zone(self.beside.left + 0.35, self.beside.right, self.beside.bottom, self.beside.top)
        self.sweep = sweep = RegionSweep(self.inputs, panel, regions, real, self.kept_regions, magnify)
        badge = self.change_badge(f"worst case · step 1/{round(1 / self.step)} · {self.chain_name}: exact")
        self.say("That was one rounding; now the worst of all possible ones", FadeOut(*self.gone), *badge)
        self.turn_back()
        note = f"errors carried back to the input, drawn $times {magnify:g}$"
        sweep.still.add(text(note, theme.QUIET, theme.SMALL_SIZE).move_to(self.note))
        self.play(FadeIn(sweep.still), run_time=theme.BRIEF)
        self.add(*sweep.movers)
        self.say("At each input, all possible errors fill a region", run_time=theme.BRIEF)
        self.play(sweep.swept.animate.set_value(1.0), run_time=3.2, rate_func=linear)
        longest = regions.magnitudes
        self.say(direction_words(float(longest.min()), float(longest.max()), regions.variation))

    def turn_back(self) -> None:
        """The last shape of the tour turns into the circle that it began with; its error leaves."""
        self.remove(self.shown)
        back = ValueTracker(0.0)
        self.way = ShapeSequence((self.tour.shapes[-1], self.tour.shapes[0])), back
        shape, error = self.drawn_as(self.inputs, errors=False), self.drawn_as(self.outputs, errors=True)
        self.add(shape, error)
        self.play(back.animate.set_value(1.0), FadeOut(error, run_time=theme.BRIEF), run_time=theme.STEADY)
        self.at.set_value(0.0)
        self.way = self.tour, self.at
        self.circle = self.curve(self.inputs, errors=False)
        self.play(FadeOut(shape), FadeIn(self.circle), run_time=theme.BRIEF)

    def map_the_plane(self) -> None:
        # The viewer sees the tube give way to a map of the whole plane in bands, each a larger copy of the same curve;
        # what the panel says of the circle stays until the chart of the map takes its place.
        self.beat("a map of the worst case")
        levels = band_levels(self.plane, self.rounded, self.step)
        self.levels = levels
        curves = [level_curve(self.rounded, self.step, float(level)) for level in levels[1:]]
        self.bands = heat_bands(self.inputs, curves).set_z_index(-1)
        zone = self.middle
        self.bar = ColourBar(levels, theme.Zone(zone.left, zone.left + 0.3, zone.bottom, zone.top - 0.9))
        title = text("longest error", theme.QUIET, theme.SMALL_SIZE)
        self.bar.add(title.move_to((zone.left, zone.top - 0.5, 0.0), aligned_edge=LEFT))
        self.say("A map of the longest possible error of every input", FadeOut(*self.sweep.movers, self.sweep.still))
        self.play(FadeIn(self.bar), LaggedStart(*map(FadeIn, self.bands), lag_ratio=0.25), run_time=theme.STEADY)

    def fit_the_norm(self) -> None:
        # The viewer sees the dots of a grid leave the map for a chart over ‖x‖₁; a line is laid through them.
        self.beat("the l1 fit")
        spots = grid(self.grid_side, self.grid_extent)
        field = region_field(spots.points, self.rounded, self.step)
        zone = self.right
        place = theme.Zone(zone.left + 0.55, zone.right - 0.1, zone.center[1] + 0.1, zone.top - 0.45)
        reach = 1.05 * float(field.l1_norms.max()), 1.1 * float(field.magnitudes.max())
        chart = Chart(place, (0.0, reach[0]), (0.0, reach[1]), digits=(0, 1))
        across = text("size of the input, $norm(x)_1 = abs(x_1) + abs(x_2)$", theme.QUIET, theme.SMALL_SIZE)
        across.next_to(chart.x_numbers, DOWN, buff=0.12).align_to(chart.point(reach[0], 0.0), RIGHT)
        up = text("longest error", theme.QUIET, theme.SMALL_SIZE)
        names = VGroup(up.next_to(chart.point(0.0, reach[1]), RIGHT, buff=0.15), across)
        start = self.inputs.to_frame(spots.points)
        goal = chart.to_frame(np.column_stack([field.l1_norms, field.magnitudes]))
        flown = ValueTracker(0.0)
        flight = live_marks(lambda: start + flown.get_value() * (goal - start), theme.INK, "disc", 0.04)
        self.play(FadeOut(self.circle), FadeIn(flight), FadeIn(chart, names), run_time=theme.BRIEF)
        self.say("Inputs fly to a chart: |x₁| + |x₂| across, longest error up", run_time=theme.BRIEF)
        self.play(flown.animate.set_value(1.0), run_time=theme.LONG)
        slope, intercept = field.l1_fit
        ends = np.array([[0.0, intercept], [reach[0], intercept + slope * reach[0]]])
        line = chart.line(ends, theme.INK, theme.THIN)
        level = float(self.levels[len(self.levels) // 2])
        corners = self.inputs.to_frame(clip_to_window(l1_level((slope, intercept), level), self.plane))
        dashes = dash_segments(corners, np.roll(corners, -1, axis=0), 0.14, 0.1)
        diamond = SegmentPath(theme.INK, theme.STRONG).set_segments(*dashes)
        self.diamond = VGroup(diamond, line_in_words(slope, intercept, level, (place.left, across.get_bottom()[1])))
        self.say(growth_words(field.l1_correlation), FadeIn(line), FadeIn(self.diamond))
        self.hold_caption()

    def read_off_shapes(self) -> None:
        # The viewer sees the shapes pass over the map once more, each leaving its figures in a table.
        self.beat("shapes on the map")
        zone, pitch = self.right, 0.33
        left, top = zone.left + 0.1, zone.center[1] - 0.8
        columns = (zone.left + 2.75, zone.left + 3.85, zone.right)
        heads = VGroup(
            text("longest error:", theme.QUIET, theme.SMALL_SIZE).move_to((left, top, 0.0), aligned_edge=LEFT),
            *(
                text(word, theme.QUIET, theme.SMALL_SIZE).move_to((x, top, 0.0), aligned_edge=RIGHT)
                for word, x in zip(("least", "most", "correlation"), columns, strict=True)
            ),
        )
        tour, at, inputs = self.tour, self.at, self.inputs
        correlations: dict[str, float | None] = {}

        def places() -> np.ndarray:
            return inputs.to_frame(tour.points(at.get_value()))

        cloud = live_marks(places, theme.INK, "disc", 0.06)
        self.play(FadeIn(cloud), FadeIn(heads), FadeOut(self.diamond), run_time=theme.BRIEF)
        self.say("Any shape reads its worst cases off the same map", run_time=theme.BRIEF)
        for stop, shape in enumerate(tour.shapes):
            if stop:
                self.play(at.animate.set_value(stop), run_time=0.6)
            field = region_field(shape.points, self.rounded, self.step)
            correlation = correlations[shape.name] = field.l1_correlation
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
        self.say(guide_words(correlations))
