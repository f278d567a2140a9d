"""All points at the output while the weights change, and a chart of bits against accuracy that is the dial."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from manim import Animation, ValueTracker, VGroup

from quantization_story.analysis.gap_journey import GapPlaces
from quantization_story.analysis.strips import between
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import classify
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.frame_view import FrameView
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, SegmentPath
from quantization_story.mobjects.plates import PAD, board
from quantization_story.mobjects.sectors import plane_sectors
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.style import theme

FAR = 60.0  # how many times as far as the points of the plane a sector reaches: beyond every edge of the frame
FLASH = 0.25  # of the way of the weights: how long a flash lasts
LOOKS = 61  # how often on their way it is looked who has changed
RING = 0.14  # around a point that only all layers lose
MISSED = 0.07  # the radius of a point in a wrong sector
TWIN = 0.09  # the radius of the point that is followed, and of its twin: small beside a cut
FLASHING = 0.22  # the radius of a flash as it begins
FLOAT_BEFORE = 2.0  # bits: so far before its first stop the dial shows the float weights
AREA_Z, CUT_Z, THREAD_Z, POINT_Z = -4, -3, -2, -1


class WeightsOnTheWay:
    """The weights on their way from one network to the next, in a straight line; every stop is a network of its own.

    words: what the badge says at a stop. bits: where the dial stands.
    """

    def __init__(self, net: ReluNetwork, words: str, bits: float) -> None:
        self.start = self.goal = (net, words, float(bits))
        self.way = ValueTracker(1.0)
        self.latest = lru_cache(maxsize=2)(between)

    def __deepcopy__(self, memo: dict[int, Any]) -> "WeightsOnTheWay":
        """A copied mobject still shows the same weights."""
        return self

    def to(self, net: ReluNetwork, words: str, bits: float) -> Animation:
        """The animation that takes the weights to another network."""
        self.start, self.goal = self.goal, (net, words, float(bits))
        self.way.set_value(0.0)
        return self.way.animate.set_value(1.0).build()

    @property
    def part(self) -> float:
        """How far they have come."""
        return float(np.clip(self.way.get_value(), 0.0, 1.0))

    @property
    def network(self) -> ReluNetwork:
        """The network that they make now."""
        return self.latest(self.start[0], self.goal[0], self.part)

    @property
    def words(self) -> str:
        """What they are."""
        return {0.0: self.start[1], 1.0: self.goal[1]}.get(self.part, "rounding")

    @property
    def settled(self) -> tuple[ReluNetwork, str, float]:
        """The stop that they are at, or have left last: a network, what it is, and where the dial stands."""
        return self.goal if self.part == 1.0 else self.start


class SizedMarks(PointCloud):
    """A mark on each of the frame points (n, 3) that a function gives, of the radius (n,) that another gives."""

    def __init__(
        self,
        places: Callable[[], np.ndarray],
        radii: Callable[[], np.ndarray],
        mark: str = "disc",
        opacity: float = 0.95,
    ) -> None:
        super().__init__(theme.HERO, mark, 1.0, opacity)
        self.places, self.radii = places, radii
        self.add_updater(lambda marks: marks.draw())
        self.draw()

    def draw(self) -> None:
        """Draw them as they are now."""
        self.points = (self.places()[:, None] + self.radii()[:, None, None] * self.template).reshape(-1, 3)


def flash_radii(changed: np.ndarray, part: float) -> np.ndarray:
    """The radius (n,) of the flash of each point: large as it changes, then smaller; gone before the way is over.

    changed: how far the weights were on their way as each point changed, NaN where none did. part: how far they are.
    """
    left = 1 - (part - changed) / np.minimum(FLASH, 1 - changed)
    return np.where((part >= changed) & (left > 0), FLASHING * left, 0.0)


class OutputPlane:
    """The output plane in a view, with the drawn points where the weights of now put them."""

    def __init__(self, places: GapPlaces, view: FrameView, weights: WeightsOnTheWay) -> None:
        assert places.readout is not None
        self.places, self.view, self.weights, self.readout = places, view, weights, places.readout
        drawn = places.drawn
        points = np.vstack([places.data.points, drawn.points, places.hero_point])
        count, some = len(places.data.points), len(drawn.points)
        latest: Callable[[ReluNetwork], np.ndarray] = lru_cache(maxsize=3)(lambda network: network(points))
        self.settled_outputs = lambda: latest(weights.settled[0])[:count]
        self.drawn_outputs = lambda: latest(weights.network)[count : count + some]
        self.hero_output = lambda: latest(weights.network)[-1:]
        self.home_outputs = places.journey.net(drawn.points)
        self.changes: Callable[[ReluNetwork, ReluNetwork], np.ndarray] = lru_cache(maxsize=2)(self.changes_between)
        self.hero_home = places.journey.net(places.hero_point)

    def changes_between(self, start: ReluNetwork, goal: ReluNetwork) -> np.ndarray:
        """How far from one network to the other each drawn point (n,) last changes its class, NaN where it does not."""
        parts = np.linspace(0.0, 1.0, LOOKS)
        outputs = (between(start, goal, part)(self.places.drawn.points) for part in parts.tolist())
        classes = np.stack([classify(each, self.readout) for each in outputs])
        differs = classes[1:] != classes[:-1]
        last = LOOKS - 1 - differs[::-1].argmax(axis=0)
        return np.where(differs.any(axis=0), np.minimum(parts[last], parts[-2]), np.nan)

    def right(self) -> float:
        """The share of the held-out points that are right at the stop that the weights are at, or have left last."""
        return float(np.mean(classify(self.settled_outputs(), self.readout) == self.places.data.labels))

    def make_sectors(self) -> tuple[VGroup, SegmentPath]:
        """The sectors of the classes, and the straight cuts between them."""
        fills, cuts = plane_sectors(self.view, self.readout, FAR * float(np.abs(self.home_outputs).max()))
        return fills.set_z_index(AREA_Z), cuts.set_z_index(CUT_Z)

    def make_missed(self) -> VGroup:
        """A white mark on each drawn point that is in another sector than its own."""
        labels = self.places.drawn.labels
        marks = VGroup()
        for k in range(int(labels.max()) + 1):

            def places(own: np.ndarray = labels == k) -> np.ndarray:
                return self.view.to_frame(self.drawn_outputs()[own])

            def radii(own: np.ndarray = labels == k, label: int = k) -> np.ndarray:
                return MISSED * (classify(self.drawn_outputs()[own], self.readout) != label)

            marks.add(SizedMarks(places, radii, CLASS_MARKS[k]))
        return marks.set_z_index(POINT_Z)

    def make_together(self) -> PointCloud:
        """A ring around each drawn point that all layers lose together and none alone."""
        own = self.places.together[: len(self.places.drawn.points)]
        rings = live_marks(lambda: self.view.to_frame(self.drawn_outputs()[own]), theme.INK, "ring", RING)
        return rings.set_z_index(POINT_Z)

    def make_threads(self) -> SegmentPath:
        """A thin thread from where the float network puts each point to where it is now."""

        def ends() -> np.ndarray:
            return np.stack([self.view.to_frame(each) for each in (self.home_outputs, self.drawn_outputs())], axis=1)

        return live_segments(ends, theme.QUIET, theme.HAIRLINE, 0.35).set_z_index(THREAD_Z)

    def make_flashes(self) -> SizedMarks:
        """A flash on each point that changes its sector."""
        weights = self.weights
        return SizedMarks(
            lambda: self.view.to_frame(self.drawn_outputs()),
            lambda: flash_radii(self.changes(weights.start[0], weights.goal[0]), weights.part),
            mark="ring",  # so that a crowd of them hides neither the points nor the cut
        )

    def make_hero(self) -> VGroup:
        """The hero where the float network puts it, its twin where the weights of now do, and the gap."""

        def ends() -> np.ndarray:
            return np.stack([self.view.to_frame(each) for each in (self.hero_home, self.hero_output())], axis=1)

        gap = live_segments(ends, theme.HERO, theme.THIN)
        twin = live_marks(lambda: self.view.to_frame(self.hero_output()), theme.QUANTIZED, "disc", TWIN)
        point = live_marks(lambda: self.view.to_frame(self.hero_home), theme.FLOAT, "disc", TWIN)
        ring = live_marks(lambda: self.view.to_frame(self.hero_home), theme.HERO, "ring", 0.24)
        return VGroup(gap, twin, point, ring).set_z_index(theme.LAYER_HERO)


class BitDial(VGroup):
    """A small chart on a board: float weights and bit widths, from many to few, against accuracy; its mark is the dial.

    Only stops are shown, since what lies between two of them is no network of so many bits. stops: the bit widths.
    percents: the lowest and the highest number of the axis. right: the accuracy now.
    """

    def __init__(
        self,
        zone: theme.Zone,
        stops: list[int],
        percents: tuple[int, int],
        weights: WeightsOnTheWay,
        right: Callable[[], float],
    ) -> None:
        inner = theme.Zone(zone.left + 0.85, zone.right - 0.3, zone.bottom + 1.0, zone.top - 1.35)
        margin, first = 0.4, float_stop(stops)
        self.chart = Chart(
            inner,
            (first + margin, stops[-1] - margin),
            (float(percents[0]), float(percents[1])),
            [first, *stops],
            percents,
            ["float", *map(str, stops)],
            size=theme.LABEL_SIZE,
        )
        self.stops, self.percents = self.chart.x_numbers, self.chart.y_numbers
        figure = LiveText("", theme.INK, theme.FIGURE_SIZE * 0.8, align=0)
        figure.place((zone.center[0], zone.top - 0.6, 0.0)).live(lambda: percent(right()))
        unit = text("% of points right", theme.INK, theme.LABEL_SIZE).move_to((zone.center[0], zone.top - 0.95, 0.0))
        self.figure = VGroup(figure, unit)
        bits = text("bits", theme.QUIET, theme.LABEL_SIZE).move_to((inner.center[0], zone.bottom + 0.25, 0.0))
        self.visited: list[tuple[float, float]] = []

        def here() -> np.ndarray:
            return np.array([[weights.settled[2], 100 * right()]])

        def trail() -> np.ndarray:
            corners = self.chart.to_frame(np.array([*self.visited, *here()]))
            return np.stack([corners[:-1], corners[1:]], axis=1)

        self.here = here
        line = live_segments(trail, theme.QUANTIZED, theme.STRONG)
        knob = live_marks(lambda: self.chart.to_frame(here()), theme.HERO, "diamond", 0.13)
        edge = board(VGroup(*(self.chart, self.figure, bits)), theme.GUIDE)
        edge.stretch_to_fit_width(zone.width).stretch_to_fit_height(zone.height).move_to(zone.center)
        super().__init__(edge, self.chart, self.figure, bits, line, knob)
        self.set_z_index(theme.LAYER_PLATES)

    def note(self) -> None:
        """Keep where the mark is now as a corner of the trail."""
        x, y = self.here()[0].tolist()
        self.visited.append((x, y))


def float_stop(stops: list[int]) -> float:
    """Where the dial shows the float weights, before its stops."""
    return max(stops, default=0) + FLOAT_BEFORE


def dial_zone() -> theme.Zone:
    """Where the dial stands: at the right, from below the title strip."""
    zone = theme.middle_zone()
    width = theme.SIDE_CARD_SHARE * (2 if theme.VERTICAL else 1) * zone.width
    right, top = zone.right - theme.MARGIN, zone.top - theme.MARGIN
    return theme.Zone(right - width, right, top - 3.9 - PAD, top)
