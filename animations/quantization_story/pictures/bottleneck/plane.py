"""The picture of BottleneckScene: the plane of two numbers, what stands in front of it."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import ValueTracker, VGroup, VMobject

from quantization_story.analysis.narrow_layers import NarrowPlaces, unseen
from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.plane_geometry import round_step
from quantization_story.core.shown_numbers import percent
from quantization_story.mobjects.charts.swaying import sway
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying, plane_lines, plane_mesh, stay
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.plates import board
from quantization_story.mobjects.text import text
from quantization_story.pictures.bottleneck.drawing import (
    all_edges,
    beside,
    columns_of,
    edges,
    highest,
    lowest,
    opaque,
    square,
)
from quantization_story.style import theme

DOT, RING = 0.065, 0.2
NEAR = 0.5  # the share of the points around the pair that is seen
CARD = 2.3, 1.45  # frame units: the small network
UNSEEN = 0.12  # how opaque a bar stays that no weight looks at
MESH_Z, THREAD_Z, POINT_Z = -9, -6, -5


class NarrowPicture:
    """The points where their two numbers put them now.

    entered: how far the points have come, from the inputs. rounded: how far the weights are on their way to their
    levels, as `NarrowPlaces.network` has it. held: whether every ReLU is as in the float network. dial: which map of
    the two numbers is laid on. repaired: whether what the weights lost is being added again. front: how far the pulses
    have come through the network. dropped: to 1 the layer in front is rounded, to 2 the narrow one's own weights.
    where: the layer that is shown, of which the small network tells.
    """

    def __init__(self, places: NarrowPlaces, drift: Swaying) -> None:
        self.places, self.drift = places, drift
        self.entered, self.rounded, self.held, self.dial = (ValueTracker(0.0) for _ in range(4))
        self.front, self.dropped, self.where = (ValueTracker(0.0) for _ in range(3))
        self.repaired = False
        self.points = places.data.points[: places.drawn]
        self.labels = places.data.labels[: places.drawn]
        self.exact = places.numbers(self.points, 0.0)
        self.pair_exact = places.numbers(places.pair, 0.0)
        landed = places.numbers(places.pair)
        both = np.vstack([self.exact, places.numbers(self.points)])
        away = np.linalg.norm(both - landed.mean(axis=0), axis=1)
        near = np.vstack([both[away <= np.quantile(away, NEAR)], self.pair_exact])
        self.home = beside(FramePose.fitting(near, 0.82))
        self.view = FrameView(self.home, drift)
        self.outside = FrameView(beside(FramePose.fitting(self.points)), drift)

    def numbers(self, points: FloatArray) -> FloatArray:
        """The two numbers of points now, (n, 2)."""
        held = self.held.get_value()
        here = self.places.numbers(points, self.rounded.get_value(), self.dial.get_value())
        return blend(here, self.places.held_numbers(points), held) if held else here

    def place(self, points: FloatArray) -> FloatArray:
        """Where points are in the frame now, (n, 3)."""
        entered = self.entered.get_value()
        here = self.view.to_frame(self.numbers(points))
        return blend(np.asarray(self.outside.to_frame(points)), np.asarray(here), entered)

    def accuracy(self) -> str:
        """How many of the held-out points are right now, in per cent."""
        if self.held.get_value() == 1:
            return percent(self.places.held_accuracy())
        parts = (each.get_value() for each in (self.rounded, self.dial))
        return percent(self.places.accuracy(*parts))

    # --- the network

    def make_network(self) -> VGroup:
        """The network from left to right, a column a layer, the narrow layer's two units in white."""
        widths, zone = self.places.net.widths, theme.middle_zone()
        width, height = 0.87 * zone.width, min(0.78 * zone.height, 0.6 * zone.width)
        self.columns = columns_of(widths, width, height)
        radius = min(0.14, 0.36 * height / max(widths))
        lines = SegmentPath(theme.GUIDE, theme.HAIRLINE).set_segments(*all_edges(self.columns))
        return VGroup(lines, *self._units(self.columns, radius))

    def _units(self, columns: Sequence[FloatArray], radius: float) -> list[PointCloud]:
        others = [column for k, column in enumerate(columns) if k != self.places.layer]
        units = PointCloud(theme.QUIET, "disc", radius).set_positions(np.concatenate(others))
        return [units, PointCloud(theme.HERO, "disc", 1.5 * radius).set_positions(columns[self.places.layer])]

    def make_widths(self) -> VGroup:
        """Below each column of the network, how many units it has."""
        low = min(float(column[:, 1].min()) for column in self.columns) - 0.4
        widths = zip(self.places.net.widths, self.columns, strict=True)
        return VGroup(*(text(str(d), theme.INK, theme.LABEL_SIZE).move_to([at[0, 0], low, 0]) for d, at in widths))

    def make_card(self) -> VGroup:
        """The network, small: blue in float, orange once rounded, violet where a map acts; in white, where.

        It stays in its corner, and does not sway.
        """
        layer, zone = self.places.layer, theme.middle_zone()
        corner = np.array([zone.right - 0.75 - CARD[0] / 2, zone.bottom + 0.6 + CARD[1] / 2, 0.0])
        columns = [each - theme.middle_zone().center + corner for each in columns_of(self.places.net.widths, *CARD)]

        def frame() -> FloatArray:
            k = min(int(self.where.get_value()), len(columns) - 2)
            low, high = (blend(f(columns[k]), f(columns[k + 1]), self.where.get_value() - k) for f in (lowest, highest))
            x, y = (np.array([low[axis] - 0.16, high[axis] + 0.16]) for axis in (0, 1))
            corners = np.array([[x[i], y[j], 0.0] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))])
            return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)

        rounded, every = self.rounded.get_value, all_edges(columns)

        def lines(color: str, level: Callable[[], float]) -> VMobject:
            return opaque(SegmentPath(color, theme.HAIRLINE).set_segments(*every), level)

        beyond = np.array([0.0, 0.2, 0.0])
        after = columns[layer] + [0.27, 0.0, 0.0]
        bar = SegmentPath(theme.REPAIRED, 2 * theme.STRONG).set_segments(after[:1] - beyond, after[-1:] + beyond)
        return VGroup(
            board(VGroup(*self._units(columns, 0.045)), theme.GUIDE),
            lines(theme.FLOAT, lambda: 0.6 * (1 - rounded())),
            lines(theme.QUANTIZED, lambda: 0.6 * rounded()),
            *self._units(columns, 0.045),
            opaque(bar, lambda: min(self.dial.get_value(), 1.0)),
            live_segments(frame, theme.HERO, theme.THIN),
        ).set_z_index(theme.LAYER_PLATES)

    def make_pulses(self) -> PointCloud:
        """What runs along all edges from one column to the next."""
        columns = self.columns

        def places() -> FloatArray:
            front = min(self.front.get_value(), len(columns) - 1 - 1e-9)
            starts, ends = edges((columns[int(front)], columns[int(front) + 1]))
            return blend(starts, ends, front % 1)

        return live_marks(places, theme.FLOAT, "disc", 0.07)

    def pulse_place(self) -> FloatArray:
        """The middle of the pulses, (3,)."""
        front = min(self.front.get_value(), len(self.columns) - 1 - 1e-9)
        middle = [self.columns[int(front) + k].mean(axis=0) for k in (0, 1)]
        return np.asarray(blend(middle[0], middle[1], front % 1))

    # --- the plane

    def make_grid(self) -> VGroup:
        """The grid of the plane, and its two axes, at which a ReLU switches."""
        box = self.home.box(3.0)
        step = round_step(theme.middle_zone().height / self.home.unit, 8)
        mesh = plane_mesh(self.view, box, np.zeros((0, 2, 2)), stay, step)
        zero = [np.array([[0.0, box[2]], [0.0, box[3]]]), np.array([[box[0], 0.0], [box[1], 0.0]])]
        axes = plane_lines(self.view, zero, stay, theme.QUIET, theme.THIN)
        return VGroup(mesh, axes).set_z_index(MESH_Z)

    def axis_place(self, axis: int) -> Callable[[], FloatArray]:
        """A place on one of the two axes, near the edge of the frame."""
        box = self.home.box(0.7)
        place = np.zeros(2)
        place[axis] = (0.6 if axis == 0 else 1.0) * box[2 * axis + 1]
        return lambda: np.asarray(self.view.point(place))

    def make_clouds(self) -> VGroup:
        """The points, by mark and tint of their class."""
        return VGroup(*(self._cloud(k) for k in range(int(self.labels.max()) + 1))).set_z_index(POINT_Z)

    def _cloud(self, label: int) -> PointCloud:
        own = self.points[self.labels == label]
        return live_marks(lambda: self.place(own), theme.CLASS_COLORS[label], CLASS_MARKS[label], DOT)

    def make_threads(self) -> SegmentPath:
        """A thread from each point to where the float network has it."""
        return live_segments(
            lambda: np.stack([self.view.to_frame(self.exact), self.place(self.points)], axis=1),
            theme.FLOAT,
            theme.HAIRLINE,
            0.45,
        ).set_z_index(THREAD_Z)

    def make_pair(self) -> VGroup:
        """The two points in a ring each, and their float twins, each on a blue thread; by mark of their classes."""
        pair, kinds = self.places.pair, [CLASS_MARKS[label] for label in self.pair_labels()]
        rings, twins, marks = [], [], []
        for k, (label, kind) in enumerate(zip(self.pair_labels(), kinds, strict=True)):
            tint = theme.CLASS_COLORS[label]
            rings.append(live_marks(lambda k=k: self.place(pair[[k]]), theme.HERO, "ring", RING * (1 + 0.5 * k)))
            twins.append(live_marks(lambda k=k: self.view.to_frame(self.pair_exact[[k]]), tint, kind, 0.13))
            marks.append(live_marks(lambda k=k: self.place(pair[[k]]), tint, kind, 0.1))
        threads = live_segments(
            lambda: np.stack([self.view.to_frame(self.pair_exact), self.place(pair)], axis=1), theme.FLOAT, theme.STRONG
        )
        return VGroup(threads, *twins, *marks, *rings).set_z_index(theme.LAYER_HERO)

    def color(self) -> str:
        """What stands in the picture now, by the role of its colour: float, rounded, or repaired."""
        if self.dial.get_value() or self.repaired:
            return theme.REPAIRED
        return theme.QUANTIZED if self.rounded.get_value() else theme.FLOAT

    def pair_labels(self) -> list[int]:
        """The classes of the two points."""
        x, labels = self.places.data.points, self.places.data.labels
        return [int(labels[int(np.flatnonzero((x == point).all(axis=1))[0])]) for point in self.places.pair]

    def twin_place(self, which: int) -> Callable[[], FloatArray]:
        """Where the float network has one of the two, in the frame."""
        return lambda: np.asarray(self.view.point(self.pair_exact[which]))

    def pair_place(self) -> FloatArray:
        """Where the two are, (3,)."""
        return np.asarray(self.place(self.places.pair).mean(axis=0))

    # --- what stands in front

    def bars_zone(self) -> theme.Zone:
        """Where the bars of what stands in front are, beside the small network, or above it in an upright frame."""
        zone = theme.middle_zone()
        right, low = (0.9, 5.0) if theme.VERTICAL else (4.0, 2.0)
        return theme.Zone(zone.left + 0.9, zone.right - right, zone.bottom + low, zone.top - 1.2)

    def make_bars(self) -> VGroup:
        """Two bars for each of the numbers in front, one for each of the two points, by tint of their class.

        Paths: of each point the numbers that stay seen, and those that do not.
        """
        zone, places = self.bars_zone(), self.places
        exact, rounded = (net.activations(places.pair)[places.layer - 1] for net in (places.net, places.quantized))
        count, dropped = exact.shape[1], self.dropped.get_value
        pitch, unit = zone.width / count, zone.height / max(float(exact.max()), float(rounded.max()), 1e-9)
        blind = unseen(places.quantized.weights[places.layer - 1])

        def bar(which: int, number: int) -> FloatArray:
            value = blend(exact, rounded, min(dropped(), 1.0))[which, number]
            left = zone.left + pitch * (number + 0.14 + 0.37 * which)
            right, top = left + 0.33 * pitch, zone.bottom + max(unit * float(value), 0.03)
            corners = [[left, zone.bottom, 0], [right, zone.bottom, 0], [right, top, 0], [left, top, 0]]
            return np.array(corners) + sway(self.drift)

        group = VGroup()
        for which, label in enumerate(self.pair_labels()):
            for own, lost in ((~blind, 0.0), (blind, 1.0)):
                path = live_fill(
                    lambda which=which, own=own: [bar(which, int(k)) for k in np.flatnonzero(own)],
                    theme.CLASS_COLORS[label],
                    0.95,
                )
                group.add(opaque(path, lambda lost=lost: 0.95 - (0.95 - UNSEEN) * self._weighed() * lost))
        return group

    def _weighed(self) -> float:
        """How far the narrow layer's own weights are rounded."""
        return max(self.dropped.get_value() - 1.0, 0.0)

    def make_weights(self) -> VGroup:
        """Below each number its weights, a square each: blue in float, orange rounded, empty at zero."""
        zone, layer = self.bars_zone(), self.places.layer - 1
        exact, rounded = (net.weights[layer] for net in (self.places.net, self.places.quantized))
        rows, count = exact.shape
        pitch = zone.width / count
        side = min(0.3, 0.7 * pitch)
        at = {
            (row, k): square(zone.left + pitch * (k + 0.5), zone.bottom - 0.4 - 0.45 * row, side)
            for row in range(rows)
            for k in range(count)
        }

        def filled(weight: FloatArray, color: str, level: Callable[[], float]) -> VMobject:
            own = [corners for place, corners in at.items() if weight[place] != 0]
            return opaque(CellPath(color, 1.0).set_polygons(own), level)

        outlines = CellPath(theme.QUIET, 0.0, theme.HAIRLINE).set_polygons([*at.values()])
        outlines.set_stroke(theme.QUIET, theme.HAIRLINE)
        return VGroup(
            outlines,
            filled(exact, theme.FLOAT, lambda: 1.0 - self._weighed()),
            filled(rounded, theme.QUANTIZED, self._weighed),
        )
