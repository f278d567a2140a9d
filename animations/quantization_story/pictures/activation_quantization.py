"""A ReLU network's states on their way: the float path in blue, the quantized one in orange, rounded states or not."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import LEFT, RIGHT, UP, ValueTracker, VGroup

from quantization_story.analysis.activation_rounding import BitsDial, RoutedStates
from quantization_story.analysis.fake_quantization import QuantizedPath
from quantization_story.analysis.transport import partway
from quantization_story.core.affine import AffineMap
from quantization_story.core.blends import along
from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.core.tasks import hits
from quantization_story.error_regions.shape_morphs import colour_parts
from quantization_story.error_regions.shapes import Manifold
from quantization_story.error_regions.zonotopes import zonotope_vertices
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.gradients import coloured_marks, coloured_segments
from quantization_story.mobjects.lattice import cell_frames, dashed_box, lattice
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.pairs import MarksWhere, TwinThreads
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.plane import MovingCloud, PlaneAxes, PlaneView
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.style import theme


class RoutedStage:
    """What the path of the points needs on stage; it is no mobject but holds it, and the trackers that move it.

    The view shows the first len(labels) points of the routed states, in windows that hold all of them. progress: the
    stop, 0 to 2 L. regime: 0 with rounded weights only, 1 with rounded states too. mapped: how far the output map,
    which belongs to the second, is carried out. places: a large mark on every different output of all points, mapped.
    """

    def __init__(self, view: PlaneView, routed: RoutedStates, labels: np.ndarray, output_map: AffineMap) -> None:
        self.view, self.routed, self.last = view, routed, len(routed.exact) - 1
        self.count, self.labels, self.output_map = len(labels), labels, output_map
        self.windows = [
            fit_window(np.vstack(states)) for states in zip(routed.exact, routed.weight_only, routed.both, strict=True)
        ]
        # The last one holds what the map makes of the outputs, too.
        mapped = output_map(np.unique(routed.both[-1], axis=0))
        self.windows[-1] = fit_window(np.vstack([routed.exact[-1], routed.weight_only[-1], routed.both[-1], mapped]))
        self.places = PointCloud(theme.QUANTIZED, "disc", 0.12)
        self.places.set_positions(PlaneView(view.center, view.side, self.windows[-1]).to_frame(mapped))
        self.axes, self.border = PlaneAxes(view), view.border()
        self.progress, self.regime, self.mapped = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self._make_points()
        self._make_marks()

    def _make_points(self) -> None:
        routed, count, output_map = self.routed, self.count, self.output_map
        progress, regime, mapped = self.progress.get_value, self.regime.get_value, self.mapped.get_value
        exact, alone, both = (
            [state[:count] for state in states] for states in (routed.exact, routed.weight_only, routed.both)
        )

        def here(_: Any = None) -> np.ndarray:
            return along(exact, progress())

        def twin(_: Any = None) -> np.ndarray:
            states = along([along(alone, progress()), along(both, progress())], regime())
            return partway(output_map, mapped())(states) if mapped() else states

        self.twin = twin
        home = exact[0]
        self.blue = MovingCloud(self.view, home, here, theme.FLOAT, "disc", 0.06)
        self.orange = MovingCloud(self.view, home, twin, theme.QUANTIZED, "disc", 0.045)
        self.threads = TwinThreads(self.view, home, here, twin)

    def _make_marks(self) -> None:
        """Rings on what is in a wrong sector, crosses on what is re-routed; the probe and its box."""
        view, home, count, routed = self.view, self.routed.exact[0][: self.count], self.count, self.routed
        progress, regime, last = self.progress.get_value, self.regime.get_value, self.last
        twin, labels, classes = self.twin, self.labels, int(self.labels.max()) + 1

        def missed(_: np.ndarray) -> np.ndarray:
            return np.asarray(~hits(twin(), labels, classes) & (progress() >= last - 1e-6))

        def rerouted(_: np.ndarray) -> np.ndarray:
            return np.asarray(routed.rerouted[round(regime())][:count])

        self.rings = MarksWhere(view, home, twin, missed, radius=0.1)
        self.crosses = MarksWhere(view, home, twin, rerouted, theme.CROSSED, "cross", 0.12)
        probe = routed.widest_gap(count)
        alone = [states[probe] for states in routed.weight_only]
        self.probe = live_marks(lambda: view.to_frame(twin()[probe : probe + 1]), theme.INK, "disc", 0.09)
        self.box = dashed_box(
            view,
            lambda: along(alone, progress()),
            lambda: along(routed.boxes, progress()),
        )

    def travel(self, stop: int) -> list[Any]:
        """The animations that take the points to a stop, seen in a window that fits."""
        return [self.progress.animate.set_value(stop), self.axes.zoom(self.windows[stop])]

    def lattice(self, layer: int) -> SegmentPath:
        """The rounding lattice of a layer (from 1 on), in the window of its rounded states."""
        return lattice(self.view, self.routed.steps[layer - 1], self.windows[2 * layer])


# --- The errors of a shape after every layer of a linear chain, in two rows: weight-only, and with rounded states.

GAP, HEAD, MARGIN = 0.25, 0.45, 1.12


class ErrorRows:
    """What the rows need on stage; it is no mobject but holds them, and the trackers that move them.

    flows: for each row how far the shape has run, from 0 (the input) to the number of layers; in each square one copy
    stays behind. place: the stop of the dial. All squares of a stop have one scale; room: 0 fits the errors of
    the stop, 1 all that its tubes hold. shared: 1 gives all stops the scale that fits the largest of their errors.
    """

    def __init__(self, zone: theme.Zone, dial: BitsDial, shape: Manifold, names: tuple[str, str]) -> None:
        self.zone, self.dial, self.shape = zone, dial, shape
        self.room, self.shared = ValueTracker(0.0), ValueTracker(0.0)
        self.place, self.flows = ValueTracker(0.0), (ValueTracker(0.0), ValueTracker(0.0))
        self.depth = len(dial.weights)
        self.parts = colour_parts(len(shape.points), len(theme.PARAMETER_COLORS))
        # In an upright frame the squares of a row stand in two lines.
        lines = 2 if theme.VERTICAL else 1
        columns = -(-self.depth // lines)
        height = (zone.height - 0.1) / 2
        self.side = min(height / lines - HEAD, (zone.width - 2.75 - columns * GAP) / columns)
        self.left = zone.right - columns * (self.side + GAP) + GAP
        self.views = [
            [
                PlaneView(
                    (
                        self.left + (k % columns + 0.5) * self.side + k % columns * GAP,
                        top - k // columns * (HEAD + self.side) - HEAD - self.side / 2,
                        0.0,
                    ),
                    self.side,
                    Window(0.0, 0.0, MARGIN),
                )
                for k in range(self.depth)
            ]
            for top in (zone.top, zone.bottom + height)
        ]
        self.input_view = PlaneView((zone.left + 1.05, zone.center[1], 0.0), 2.1, fit_window(shape.points))
        self.frames = VGroup(cell_frames([*self.views[0], self.input_view]), cell_frames(self.views[1]))
        self.heads = [self._make_heads(row) for row in (0, 1)]
        self.names = VGroup(
            *(
                text(name, theme.INK).move_to((zone.left, views[0].center[1] + shift, 0.0), aligned_edge=LEFT)
                for name, views, shift in zip(names, self.views, (0.75, -0.45), strict=True)
            )
        )
        input_name = text("input", theme.QUIET, theme.SMALL_SIZE)
        self.names.add(input_name.move_to(self.input_view.center + np.array([-0.95, 0.87, 0.0]), aligned_edge=LEFT))
        self.curves = self._make_row(0)
        self.dots = self._make_row(1)
        self.scale = self._make_scale()

    def _make_heads(self, row: int) -> list[VGroup]:
        """Above each square its layer and, live, the largest error in it."""
        heads, dial, place = [], self.dial, self.place
        for k, view in enumerate(self.views[row]):
            label = text(f"layer {k + 1}: max error", theme.QUIET, theme.SMALL_SIZE)
            y = view.center[1] + self.side / 2 + HEAD - 0.22
            label.move_to((view.center[0] - self.side / 2, y, 0.0), aligned_edge=LEFT)
            number = LiveText("", theme.INK, theme.SMALL_SIZE).next_to(label, RIGHT, buff=0.12)
            number.place((label.get_right()[0] + 0.12, y - 0.07, 0.0))
            number.live(lambda k=k: signed(float(dial.largest(place.get_value(), bool(row))[k]), 3))
            heads.append(VGroup(label, number))
        return heads

    def _make_scale(self) -> VGroup:
        """What a side of the squares stands for now."""
        label = text("width of a square:", theme.QUIET, theme.SMALL_SIZE)
        y = self.input_view.center[1] - self.input_view.side / 2 - 0.27
        label.move_to((self.zone.left, y, 0.0), aligned_edge=LEFT)
        dial, place, widening = self.dial, self.place, self.widening
        stops, reaches = np.arange(len(dial.bits)), 2 * MARGIN * dial.reach
        number = LiveText("", theme.QUIET, theme.SMALL_SIZE).place((label.get_right()[0] + 0.1, y - 0.07, 0.0))
        number.live(lambda: signed(widening() * float(np.interp(place.get_value(), stops, reaches)), 2))
        return VGroup(label, number)

    def widening(self) -> float:
        """How much more than the errors the squares hold now."""
        dial, place, shared = self.dial, float(self.place.get_value()), float(self.shared.get_value())
        stops = np.arange(len(dial.bits))
        own = 1.0 + self.room.get_value() * max(0.0, float(np.interp(place, stops, dial.room / dial.reach)) - 1.0)
        whole = float(dial.reach.max() / np.interp(place, stops, dial.reach))
        return float(own ** (1.0 - shared) * whole**shared)

    def _make_row(self, row: int) -> VGroup:
        """All copies of the shape in one row: curves without rounded states, dots with them."""
        dial, place, flow, views = self.dial, self.place, self.flows[row], self.views[row]
        start, depth, side, widening = self.input_view.to_frame(self.shape.points), self.depth, self.side, self.widening
        centres = np.array([view.center for view in views])[:, None]

        def now() -> np.ndarray:
            errors = dial.pictures(place.get_value(), bool(row))
            flat = np.concatenate([errors, np.zeros((*errors.shape[:2], 1))], axis=2)
            ways = np.concatenate([start[None], centres + side / 2 / MARGIN / widening() * flat])
            copies = []
            for layer in range(depth + 1):
                at = min(float(flow.get_value()), layer)
                copies.append(along(ways, at))
            return np.stack(copies)

        if row:
            return coloured_marks(lambda: now().reshape(-1, 3), np.tile(self.parts, depth + 1), 0.035)

        def segments() -> np.ndarray:
            copies = now()
            return np.stack([copies, np.roll(copies, -1, axis=1)], axis=2).reshape(-1, 2, 3)

        return coloured_segments(segments, np.tile(self.parts, depth + 1), theme.THIN)

    def tubes(self, stop: int, count: int) -> CellPath:
        """In the lower row, around every weight-only error of `count` points, all that rounding the states can add.

        In the scale of a `room` of 1.
        """
        polygons = []
        every = max(1, len(self.shape.points) // count)
        for view, errors, generators in zip(
            self.views[1], self.dial.weight_only[stop].errors[1:], self.dial.generators(stop), strict=True
        ):
            region = zonotope_vertices(generators)
            polygons += [
                view.to_frame((error + region) / max(self.dial.room[stop], self.dial.reach[stop]))
                for error in errors[::every]
            ]
        return CellPath(theme.QUANTIZED, 0.3).set_polygons(polygons)


# --- Error against depth, a line a shape: the largest and the mean error, weight-only and with rounded states.

SHAPE_MARKS = ("disc", "triangle", "square", "diamond", "cross", "ring")
PICTURE = 0.6  # the side of the small picture of a shape


class GrowthCharts:
    """Two charts over the layers, the largest error and the mean one; it is no mobject but holds them.

    paths: for each shape its weight-only path and the one with rounded states. part: 0 shows the first, 1 the second,
    and the lines go from one to the other. drawn: how many layers the lines have reached.
    """

    def __init__(
        self,
        zone: theme.Zone,
        names: Sequence[str],
        paths: Sequence[tuple[QuantizedPath, QuantizedPath]],
        part: Callable[[], float],
        drawn: Callable[[], float],
    ) -> None:
        # (figure, regime, shape, layer)
        tables = np.array(
            [
                [[path[regime].largest_errors for path in paths] for regime in (0, 1)],
                [[path[regime].mean_errors for path in paths] for regime in (0, 1)],
            ]
        )
        depth = tables.shape[-1] - 1
        halves = theme.Zone(zone.left + 0.6, zone.right - 0.2, zone.bottom + 1.45, zone.top - 0.45).split(0.5, 1.3)
        top = 1.08 * float(tables.max())
        layers = ["input", "layer 1", *map(str, range(2, depth + 1))]
        self.charts = [Chart(half, (0.0, depth), (0.0, top), range(depth + 1), None, layers, (0, 1)) for half in halves]
        words = ("largest error", "mean error")
        self.frame = VGroup(*self.charts)
        for chart, word in zip(self.charts, words, strict=True):
            name = text(word, theme.INK)
            self.frame.add(name.next_to(chart.point(0.0, top), UP, buff=0.1).align_to(chart.axes, LEFT))
        self.lines, self.marks, self.ghosts = VGroup(), VGroup(), VGroup()
        kinds = list(zip(SHAPE_MARKS, theme.PARAMETER_COLORS, names, strict=False))
        for shape, (mark, color, _) in enumerate(kinds):
            self._add_shape(tables[:, :, shape], mark, color, part, drawn)
        self.keys = self._make_keys(kinds, [path[0].exact[0] for path in paths], zone)

    def _make_keys(self, kinds: list[tuple[str, str, str]], shapes: list[np.ndarray], zone: theme.Zone) -> VGroup:
        """For every shape its mark, a small picture of its points (n, 2), and its name."""
        keys = VGroup()
        for (mark, color, name), points in zip(kinds, shapes, strict=True):
            there = PlaneView((0.0, 0.0, 0.0), PICTURE, fit_window(points))
            picture = PointCloud(color, "disc", 0.02).set_positions(there.to_frame(points))
            sign = PointCloud(color, mark, 0.1).set_positions(np.zeros((1, 3)))
            keys.add(VGroup(sign, picture, text(name, theme.QUIET, theme.SMALL_SIZE)).arrange(RIGHT, buff=0.12))
        keys.arrange(RIGHT, buff=0.35)
        if keys.width > zone.width:
            keys.arrange_in_grid(rows=2, buff=(0.4, 0.1), col_alignments="l" * -(-len(keys) // 2))
        return keys.move_to((zone.center[0], zone.bottom + 0.4, 0.0))

    def _add_shape(
        self, table: np.ndarray, mark: str, color: str, part: Callable[[], float], drawn: Callable[[], float]
    ) -> None:
        """One shape in both charts; table: (figure, regime, layer)."""
        charts, layers = self.charts, np.arange(table.shape[-1], dtype=float)

        def corners(regime: float) -> list[np.ndarray]:
            values = (1 - regime) * table[:, 0] + regime * table[:, 1]
            at = np.append(layers[layers < drawn()], drawn())
            return [
                chart.to_frame(np.column_stack([at, np.interp(at, layers, line)]))
                for chart, line in zip(charts, values, strict=True)
            ]

        def segments() -> np.ndarray:
            return np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in corners(part())])

        self.lines.add(live_segments(segments, color, theme.THIN))
        self.marks.add(live_marks(lambda: np.concatenate(corners(part())), color, mark, 0.075))
        starts = [
            chart.to_frame(np.column_stack([layers, line])) for chart, line in zip(charts, table[:, 0], strict=True)
        ]
        ghost = SegmentPath(color, theme.HAIRLINE, 0.45)
        self.ghosts.add(
            ghost.set_segments(
                np.concatenate([line[:-1] for line in starts]), np.concatenate([line[1:] for line in starts])
            )
        )


# --- A small table: named rows, a column a regime; every entry is built when its figure has been shown.


class RegimeTable(VGroup):
    """The heads of the columns; names and entries come row by row. Entries are right-aligned below their heads."""

    pitch = 0.62

    def __init__(self, zone: theme.Zone, heads: Sequence[str], widths: Sequence[float]) -> None:
        """widths: how far the right end of each column is from the right edge of the zone."""
        self.zone = zone
        self.ends = [zone.right - width for width in widths]
        super().__init__(
            *(
                text(head, theme.QUIET, theme.SMALL_SIZE).move_to((x, zone.top, 0.0), aligned_edge=RIGHT)
                for head, x in zip(heads, self.ends, strict=True)
            )
        )

    def height_of(self, row: int) -> float:
        """The middle line of a row, from 0 on."""
        return self.zone.top - (row + 1) * self.pitch

    def row_name(self, row: int, words: str, color: str = theme.INK) -> VGroup:
        """The name of a row."""
        place = (self.zone.left, self.height_of(row), 0.0)
        return VGroup(text(words, color, theme.SMALL_SIZE + 2).move_to(place, aligned_edge=LEFT))

    def entry(self, row: int, column: int, content: str, color: str = theme.INK) -> LiveText:
        """One figure."""
        place = (self.ends[column], self.height_of(row) - 0.1, 0.0)
        return LiveText(content, color, theme.LABEL_SIZE, align=1).place(place)
