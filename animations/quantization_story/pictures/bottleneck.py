"""The picture of BottleneckScene: the plane of two numbers, what stands in front of it, costs, and all seeds."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from manim import ValueTracker, VGroup, VMobject

from quantization_story.analysis.narrow_layers import NarrowPlaces, unseen
from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.plane_geometry import round_step
from quantization_story.core.shown_numbers import percent
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.frame_view import SWAY, FramePose, FrameView, Swaying, plane_lines, plane_mesh, stay
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import text
from quantization_story.style import theme

DOT, RING = 0.065, 0.2
NEAR, CLOSE = 0.5, 0.6  # the share of the points around the pair that is seen; of the frame that the pair takes
UNSEEN = 0.12  # how opaque a bar stays that no weight looks at
COLUMNS = 17  # of the dots that are seeds
MESH_Z, THREAD_Z, POINT_Z = -9, -6, -5


class NarrowPicture:
    """The points where their two numbers put them now.

    rounded: how far the weights are on their way to their levels. held: whether every ReLU is as in the float network.
    dial: which map of the two numbers is laid on. term: how much of the term is added. front: how far the pulses have
    come through the network. dropped: how far the weights in front are rounded.
    """

    def __init__(self, places: NarrowPlaces, drift: Swaying) -> None:
        self.places = places
        self.rounded, self.held, self.dial = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.term, self.front, self.dropped = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.points = places.data.points[: places.drawn]
        self.labels = places.data.labels[: places.drawn]
        self.exact = places.numbers(self.points, 0.0)
        self.pair_exact = places.numbers(places.pair, 0.0)
        landed = places.numbers(places.pair)
        both = np.vstack([self.exact, places.numbers(self.points)])
        away = np.linalg.norm(both - landed.mean(axis=0), axis=1)
        self.home = FramePose.fitting(np.vstack([both[away <= np.quantile(away, NEAR)], self.pair_exact]), 0.92)
        self.close = FramePose.fitting(np.vstack([landed, self.pair_exact]), CLOSE)
        self.view = FrameView(self.home, drift)

    def numbers(self, points: FloatArray) -> FloatArray:
        """The two numbers of points now, (n, 2)."""
        held = self.held.get_value()
        here = self.places.numbers(points, self.rounded.get_value(), self.term.get_value(), self.dial.get_value())
        return blend(here, self.places.held_numbers(points), held) if held else here

    def place(self, points: FloatArray) -> FloatArray:
        """Where points are in the frame now, (n, 3)."""
        return np.asarray(self.view.to_frame(self.numbers(points)))

    def accuracy(self) -> str:
        """How many of the held-out points are right now, in per cent."""
        if self.held.get_value() == 1:
            return percent(self.places.held_accuracy())
        parts = (each.get_value() for each in (self.rounded, self.term, self.dial))
        return percent(self.places.accuracy(*parts))

    # --- the network

    def make_network(self, width: float, height: float) -> VGroup:
        """The network from left to right, a column a layer, the narrow layer's two units in white."""
        widths = self.places.net.widths
        self.columns = columns_of(widths, width, height)
        radius = min(0.14, 0.36 * height / max(widths))
        starts, ends = (np.concatenate(each) for each in zip(*map(edges, pairwise(self.columns)), strict=True))
        lines = SegmentPath(theme.GUIDE, theme.HAIRLINE).set_segments(starts, ends)
        others = [column for k, column in enumerate(self.columns) if k != self.places.layer]
        units = PointCloud(theme.QUIET, "disc", radius).set_positions(np.concatenate(others))
        narrow = PointCloud(theme.HERO, "disc", 1.5 * radius).set_positions(self.columns[self.places.layer])
        return VGroup(lines, units, narrow)

    def make_pulses(self) -> PointCloud:
        """What runs along all edges from one column to the next."""
        columns = self.columns

        def places() -> FloatArray:
            front = min(self.front.get_value(), len(columns) - 1 - 1e-9)
            starts, ends = edges((columns[int(front)], columns[int(front) + 1]))
            return blend(starts, ends, front % 1)

        return live_marks(places, theme.FLOAT, "disc", 0.07)

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
        place[axis] = box[2 * axis + 1]
        return lambda: np.asarray(self.view.point(place))

    def make_clouds(self) -> VGroup:
        """The points, by mark and tint of their class."""
        return VGroup(*(self._cloud(k) for k in range(int(self.labels.max()) + 1))).set_z_index(POINT_Z)

    def _cloud(self, label: int) -> PointCloud:
        own = self.points[self.labels == label]
        return live_marks(lambda: self.place(own), theme.CLASS_COLORS[label], CLASS_MARKS[label], DOT)

    def make_patterns(self) -> VGroup:
        """The same points, green discs where the pattern is the same, red crosses where it is another."""
        others = self.places.others(self.points)
        return VGroup(
            live_marks(lambda: self.place(self.points[~others]), theme.SAME, "disc", DOT),
            live_marks(lambda: self.place(self.points[others]), theme.CROSSED, "cross", 1.3 * DOT),
        ).set_z_index(POINT_Z)

    def make_threads(self) -> SegmentPath:
        """A thread from each point to where the float network has it."""
        return live_segments(
            lambda: np.stack([self.view.to_frame(self.exact), self.place(self.points)], axis=1),
            theme.FLOAT,
            theme.HAIRLINE,
            0.45,
        ).set_z_index(THREAD_Z)

    def make_pair(self) -> VGroup:
        """The two points in rings, and their float twins, each on a thread; by mark of their classes."""
        pair = self.places.pair
        rings = live_marks(lambda: self.place(pair), theme.HERO, "ring", RING)
        twins = [
            live_marks(lambda k=k: self.view.to_frame(self.pair_exact[[k]]), theme.FLOAT, CLASS_MARKS[label], 0.13)
            for k, label in enumerate(self.pair_labels())
        ]
        threads = live_segments(
            lambda: np.stack([self.view.to_frame(self.pair_exact), self.place(pair)], axis=1), theme.HERO, theme.THIN
        )
        marks = [
            live_marks(
                lambda k=k: self.place(pair[k : k + 1]), theme.CLASS_COLORS[label], CLASS_MARKS[label], 1.5 * DOT
            )
            for k, label in enumerate(self.pair_labels())
        ]
        return VGroup(threads, *twins, *marks, rings).set_z_index(theme.LAYER_HERO)

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
        """Where the bars of what stands in front are."""
        zone = theme.middle_zone()
        return theme.Zone(zone.left + 0.9, zone.right - 0.9, zone.bottom + 2.0, zone.top - 0.35)

    def make_bars(self) -> VGroup:
        """Two bars for each of the numbers in front, one for each of the two points, by tint of their class."""
        zone, values = self.bars_zone(), self.places.in_front()
        count = values.shape[1]
        pitch = zone.width / count
        unit = zone.height / max(float(values.max()), 1e-9)
        blind = unseen(self.places.quantized.weights[self.places.layer - 1])

        def bar(which: int, number: int) -> FloatArray:
            left = zone.left + pitch * (number + 0.14 + 0.37 * which)
            right, top = left + 0.33 * pitch, zone.bottom + max(unit * float(values[which, number]), 0.03)
            return np.array([[left, zone.bottom, 0], [right, zone.bottom, 0], [right, top, 0], [left, top, 0]])

        group = VGroup()
        for which, label in enumerate(self.pair_labels()):
            for hidden in (False, True):
                polygons = [bar(which, number) for number in range(count) if blind[number] == hidden]
                path = CellPath(theme.CLASS_COLORS[label], 0.95).set_polygons(polygons)
                group.add(self._fading(path, 0.95, UNSEEN) if hidden else path)
        return group

    def _fading(self, path: CellPath, start: float, end: float) -> CellPath:
        """Let a path have another opacity as the weights are rounded; while they are not, it can come and go."""
        last = [self.dropped.get_value()]

        def fade(filled: CellPath) -> None:
            dropped = self.dropped.get_value()
            if dropped != last[0]:
                last[0] = dropped
                filled.set_fill(opacity=start + (end - start) * dropped)

        dropped = self.dropped.get_value()
        path.set_fill(opacity=start + (end - start) * dropped)
        return path.add_updater(fade)

    def make_weights(self) -> VGroup:
        """Below each number its weights, a square each: blue in float, orange once rounded, empty where zero."""
        zone, layer = self.bars_zone(), self.places.layer - 1
        exact, rounded = self.places.net.weights[layer], self.places.quantized.weights[layer]
        rows, count = exact.shape
        pitch = zone.width / count
        side = min(0.3, 0.7 * pitch)

        def square(row: int, number: int) -> FloatArray:
            x, y = zone.left + pitch * (number + 0.5), zone.bottom - 0.4 - 0.45 * row
            half = side / 2
            corners = [
                [x - half, y - half, 0],
                [x + half, y - half, 0],
                [x + half, y + half, 0],
                [x - half, y + half, 0],
            ]
            return np.array(corners)

        every = [(row, number) for row in range(rows) for number in range(count)]
        kept = CellPath(theme.QUANTIZED, 1.0).set_polygons([square(*at) for at in every if rounded[at] != 0])
        before = CellPath(theme.FLOAT, 1.0).set_polygons([square(*at) for at in every if exact[at] != 0])
        outlines = CellPath(theme.QUIET, 0.0, theme.HAIRLINE).set_polygons([square(*at) for at in every])
        outlines.set_stroke(theme.QUIET, theme.HAIRLINE)
        return VGroup(outlines, self._fading(before, 1.0, 0.0), self._fading(kept, 0.0, 1.0))


def swaying(group: VMobject, drift: Swaying) -> VMobject:
    """Let a still picture sway as the plane does."""
    done = np.zeros(3)

    def move(picture: VMobject) -> None:
        goal = sway_now(drift)
        picture.shift(goal - done)
        done[:] = goal

    return group.add_updater(move)


def sway_now(drift: Swaying) -> FloatArray:
    """How far the drift has moved the middle, (3,)."""
    return np.array([*(SWAY * [drift.x, drift.y]), 0.0])


def columns_of(widths: Sequence[int], width: float, height: float) -> list[FloatArray]:
    """The places (d, 3) of the units of each layer, a column a layer, around the middle."""
    pitch = height / max(widths)
    xs = np.linspace(-width / 2, width / 2, len(widths))
    middle = np.array(theme.middle_zone().center)
    return [
        np.column_stack([np.full(d, x), pitch * (np.arange(d) - (d - 1) / 2), np.zeros(d)]) + middle
        for x, d in zip(xs, widths, strict=True)
    ]


def edges(pair: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """The ends of all lines from one column to the next, (n m, 3) each."""
    one, other = pair
    return np.repeat(one, len(other), axis=0), np.tile(other, (len(one), 1))


class CostChart(VGroup):
    """What corrections store, to the right, against the accuracy that they reach, upward.

    most: how many numbers the axis holds. ticks: the accuracies that are named. right: that of the float network.
    network: how many numbers it has. drift: by which it sways.
    """

    def __init__(self, most: int, ticks: Sequence[float], right: float, network: int, drift: Swaying) -> None:
        super().__init__()
        self.drift = drift
        zone = theme.middle_zone()
        inside = theme.Zone(zone.left + 1.3, zone.right - 0.7, zone.bottom + 0.85, zone.top - 0.9)
        low = min(ticks)
        self.chart = Chart(
            inside, (0.0, 1.1 * most), (low, 1.02), (), tuple(ticks), digits=(0, 0), size=theme.LABEL_SIZE
        )
        self.chart.remove(self.chart.y_numbers)
        self.numbers = VGroup(
            *(
                text(percent(tick, 0), theme.INK, theme.LABEL_SIZE).move_to(
                    self.chart.point(0.0, tick) - [0.45, 0.0, 0.0]
                )
                for tick in ticks
            )
        )
        across = text("numbers stored", theme.INK, theme.LABEL_SIZE)
        across.move_to([inside.right - across.width / 2, inside.bottom - 0.38, 0.0])
        upward = text("% right", theme.INK, theme.LABEL_SIZE)
        upward.move_to([inside.left + upward.width / 2 - 0.6, inside.top + 0.38, 0.0])
        self.level = self.chart.level(right, theme.FLOAT, theme.THIN)
        ends = np.stack([self.chart.point(network, low), self.chart.point(network, 1.02)])
        self.network = SegmentPath(theme.INK, theme.THIN).set_segments(ends[:1], ends[1:])
        name = text("float", theme.INK, theme.LABEL_SIZE)
        name.move_to(self.chart.point(1.1 * most, right) + np.array([-name.width / 2, 0.28, 0.0]))
        self.add(self.chart, self.numbers, across, upward, self.level, name, self.network)
        swaying(self, drift)

    def place(self, numbers: float, accuracy: float) -> Callable[[], FloatArray]:
        """Where a point of the chart is in the frame."""
        return lambda: np.asarray(self.chart.point(numbers, accuracy) + sway_now(self.drift))

    def mark(self, numbers: float, accuracy: float, color: str) -> VMobject:
        """A correction."""
        return swaying(self.chart.marks(np.array([[numbers, accuracy]]), color, "disc", 0.15), self.drift)

    def tick(self, numbers: float, accuracy: float, on_float: float) -> VMobject:
        """What the float network is left with by the same correction: a white bar on a line from its mark."""
        at, to = self.chart.point(numbers, accuracy), self.chart.point(numbers, on_float)
        side = np.array([0.3, 0.0, 0.0])
        line = SegmentPath(theme.HERO, theme.HAIRLINE).set_segments(at[None], to[None])
        bar = SegmentPath(theme.HERO, theme.STRONG).set_segments((to - side)[None], (to + side)[None])
        return swaying(VGroup(line, bar), self.drift)


class SeedDots(VGroup):
    """All networks of a search that learned, a dot each: those that hold, that come back, and that stay down.

    outcomes: a letter a seed, as `Population` has them. own: the number of the seed that is shown, in a ring.
    """

    def __init__(self, outcomes: str, own: int | None) -> None:
        super().__init__()
        zone = theme.middle_zone()
        learned = [number for number, each in enumerate(outcomes) if each != "-"]
        rows = -(-len(learned) // COLUMNS)
        inside = theme.Zone(zone.left + 0.7, zone.right - 5.2, zone.bottom + 0.35, zone.top - 0.35)
        xs = np.linspace(inside.left, inside.right, COLUMNS)
        ys = np.linspace(inside.top, inside.bottom, max(rows, 2))
        # Those that lose stand first, so that they can be counted.
        order = sorted(learned, key=lambda number: ("rlh".index(outcomes[number]), number))
        self.places = {seed: np.array([xs[k % COLUMNS], ys[k // COLUMNS], 0.0]) for k, seed in enumerate(order)}
        self.clouds = {}
        looks = ("r", theme.REPAIRED, 0.17), ("l", theme.QUANTIZED, 0.17), ("h", theme.QUIET, 0.09)
        for letter, color, radius in looks:
            own_places = [self.places[number] for number in order if outcomes[number] == letter]
            cloud = PointCloud(color, "disc", radius)
            self.clouds[letter] = cloud.set_positions(np.array(own_places).reshape(-1, 3))
            self.add(cloud)
        if own in self.places:
            self.add(PointCloud(theme.HERO, "ring", 0.27).set_positions(self.places[own][None]))
        names = ("come back with maps", theme.REPAIRED), ("stay down", theme.QUANTIZED), ("lose less", theme.QUIET)
        for k, (words, color) in enumerate(names):
            at = np.array([inside.right + 0.9, inside.top - 0.25 - 0.6 * k, 0.0])
            line = text(words, theme.INK, theme.LABEL_SIZE)
            line.move_to(at + np.array([0.4 + line.width / 2, 0.0, 0.0]))
            self.add(PointCloud(color, "disc", 0.14).set_positions(at[None]), line)
