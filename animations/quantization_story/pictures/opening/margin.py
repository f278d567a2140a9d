"""The picture of the opening: the margin as a relief over the tie, its pieces and creases, and the points on it."""

from functools import lru_cache

import numpy as np
from manim import ValueTracker

from quantization_story.analysis.margins import Effect, MarginPlaces, MarginStory, pattern_bits
from quantization_story.analysis.sheets import Sheet
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.tasks import LabelledPoints
from quantization_story.mobjects.flight import FlightView
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.painting import Brush
from quantization_story.mobjects.paths import CLASS_MARKS
from quantization_story.mobjects.relief import (
    EDGE,
    RING_HOLE,
    Creases,
    Look,
    MarkKind,
    Relief,
    Riders,
    dots,
    mark_kind,
    mark_outline,
    mixed,
    rgb,
    rgba,
)
from quantization_story.pictures.opening.poses import edge_turn, plank, poses_of
from quantization_story.pictures.opening.push_chart import PushChart
from quantization_story.pictures.opening.states import Parts, State
from quantization_story.style import theme

RELIEF_SHARE = 0.6  # how high the range of all values is drawn, as a share of the side of the box
WRONG = 1.75  # the radius of the ring around a wrong point, in marks
LATE = 0.8  # the part of the press from which on the sheet takes the colour of rounded weights: first it moves
PANE_OUT = 1.12  # how far the pane of the floor reaches beyond the box, as a share of it
EDGE_REACH = 6.0  # how far the line of the tie runs beyond the hero, in frame units
TIE_FROM = -3.0  # where the tie's line begins, in columns of the chart
LIT = 0.45  # how much lighter the piece is that is spoken of
DARK = 0.88  # how much darker all others are beside it
MARK, CROWD = 0.075, 0.03  # the radius of a mark, and of one of the crowd on the piece
DASHED = 4.0  # how soon a crease is dashed, as parts of the press
GAP = 0.45  # the share of a dashed line that is open


class MarginPicture:
    """The relief and all that it shows, by trackers: each from 0 (not there) to 1.

    parts: of the weights. third: the points of the classes that the margin is not about. creases: yellow lines, and
    strips in red where the pattern is another. marked: the outline of the piece. spot: all but the piece is dark.
    crowd: all points on the piece, and no other ones. hero: the point that is followed.
    pane: the floor as a pane. trace: the old place of the whole piece. turned: the rounded weight that goes to its
    other level.
    chart: its old height above the tie, and how each weight moves it. noted: (K,), what has been tried alone. marks:
    what is left of that. fan: how far all mixtures of up and down are drawn.
    """

    def __init__(self, places: MarginPlaces, shown: LabelledPoints, zone: theme.Zone, drift: Swaying) -> None:
        self.places, self.story, self.shown = places, places.story, shown
        self.sheet_at = places.story.moving()
        count = sum(weight.size for weight in self.story.net.weights)
        self.parts, self.noted = Parts(count), Parts(count)
        self.effect: Effect = "all"
        self.third, self.creases, self.marked, self.spot, self.crowd, self.hero, self.chart, self.fan = (
            ValueTracker(0.0) for _ in range(8)
        )
        self.pane, self.trace, self.turned = (ValueTracker(0.0) for _ in range(3))
        self.mesh, self.marks = ValueTracker(0.5), ValueTracker(1.0)
        self.turned_sheet = places.turning.moving()
        self.exact = self.sheet_at(self.parts.values, "all")
        rounded = self.sheet_at(np.ones(count), "all")
        low = min(self.exact.value_range[0], rounded.value_range[0])
        high = max(self.exact.value_range[1], rounded.value_range[1])
        side = self.story.box[1] - self.story.box[0]
        self.relief_scale = RELIEF_SHARE * side / (high - low)
        self.start = float(places.ways[0][0])  # the hero's old height
        self.outline = places.cells.polygons[places.piece]
        self.plank = plank(places, edge_turn(places, self.exact))
        self.pattern = places.cells.patterns[places.piece]
        self.alone = np.array([self._fall_alone(group, 1.0) for group in places.pushes])
        self.poses = poses_of(places, [self.exact, rounded], self.relief_scale, zone)
        self.view = FlightView(self.poses.above, self.relief_scale, drift)
        self.at_state = lru_cache(maxsize=4)(lambda key, effect, own: self._state(np.frombuffer(key), effect, own))
        seen = {point.tobytes() for point in shown.points}
        self.drawn = np.array([point.tobytes() in seen for point in places.riders])
        self.aside = ~self.story.between_the_two(shown.points, shown.labels)
        self.relief = Relief(self.view, self.sheet, self.look)

    # --- what it shows now

    @property
    def rounded(self) -> float:
        """The part of the weights that are on their way, each by how far it is: of those that move."""
        return float(self.parts.values[list(self.places.order)].mean())

    def weights_now(self) -> FloatArray:
        """How far each weight (K,) is on its way: not at all where only the ReLUs switch.

        Below 0 where it goes to its other level, which is a whole step beyond the first.
        """
        parts = 0 * self.parts.values if self.effect == "switch" else self.parts.values
        if turned := self.turned.get_value():
            parts = parts.copy()
            parts[self.places.turned] -= turned / abs(self.places.steps[self.places.turned])
        return parts

    @property
    def now(self) -> tuple[MarginStory, FloatArray]:
        """What is told now, of rounding or of one weight turned the other way, and how far its weights are."""
        if turned := self.turned.get_value():
            return self.places.turning, min(1.0, turned) * (np.arange(len(self.parts.values)) == self.places.turned)
        return self.story, self.parts.values

    @property
    def state(self) -> State:
        """What follows from the weights now; the latest ones are kept."""
        story, parts = self.now
        return self.at_state(np.ascontiguousarray(parts, dtype=float).tobytes(), self.effect, story is self.story)

    def _state(self, parts: FloatArray, effect: Effect, rounding: bool) -> State:
        places = self.places
        story = self.story if rounding else places.turning
        own = np.full(len(places.riders), story.first)
        bits = np.tile(self.pattern, (len(self.plank), 1))
        flat = story.at(parts).routed(self.plank, bits) @ (story.readout[story.first] - story.readout[story.second])
        return State(
            ~story.right(self.shown.points, self.shown.labels, parts, effect),
            story.values(places.riders, parts, effect),
            story.right(places.riders, own, parts, effect),
            story.values(self.outline, parts, effect),
            np.asarray(flat),
            story.descent(places.hero, parts, places.pushes),
        )

    def sheet(self) -> Sheet:
        """The margin now."""
        story, parts = self.now
        return (self.sheet_at if story is self.story else self.turned_sheet)(parts, self.effect)

    def right(self, points: FloatArray, labels: IntArray) -> BoolArray:
        """Which points (n, 2) are right now."""
        story, parts = self.now
        return story.right(points, labels, parts, self.effect)

    def accuracy(self, points: FloatArray, labels: IntArray) -> float:
        """The share of points (n, 2) that are right now."""
        return float(self.right(points, labels).mean())

    def heights(self, points: FloatArray) -> FloatArray:
        """The margin (n,) at points (n, 2) now."""
        story, parts = self.now
        return story.values(points, parts, self.effect)

    def place(self, point: FloatArray) -> np.ndarray:
        """Where a point (2,) of the plane is seen on the sheet now, (3,)."""
        return np.asarray(self.view.over(point[None], self.heights(point[None]))[0])

    def floor_place(self) -> np.ndarray:
        """The corner of the floor's pane that is seen farthest to the left, (3,)."""
        seen = self.view.over(self.floor, np.zeros(len(self.floor)))
        return np.asarray(seen[seen[:, 0].argmin()])

    @property
    def floor(self) -> FloatArray:
        """The outline (4, 2) of the floor's pane, a little larger than the box."""
        x, y, z, w = self.story.box
        corners = np.array([[x, z], [y, z], [y, w], [x, w]])
        return np.asarray(corners.mean(axis=0) + PANE_OUT * (corners - corners.mean(axis=0)))

    def strayed_place(self) -> np.ndarray:
        """The middle of the points that no longer lie on the piece, (3,)."""
        now = pattern_bits(self.story.at(self.parts.values), self.places.riders)
        away = (now != self.pattern).any(axis=1)
        return np.asarray(self.view.over(self.places.riders, self.state.riders)[away].mean(axis=0))

    def over_hero(self, value: float) -> np.ndarray:
        """Where a margin is seen at the hero's place in the plane, (3,)."""
        return np.asarray(self.view.over(self.places.hero[None], np.array([value]))[0])

    # --- the hero's height, and how the weights change it

    @property
    def pushes(self) -> PushChart:
        """The chart of the weights' pushes, level with the hero."""
        tie, one = self.view.over(np.tile(self.places.hero, (2, 1)), np.array([0.0, 1.0]))[:, 1].tolist()
        return PushChart(self.places.ways, tie, one - tie)

    def falls(self) -> FloatArray:
        """How far each group (groups,) has taken the hero down where it was tried alone."""
        noted = [float(self.noted.values[group[0]]) for group in self.places.pushes]
        return np.array(
            [
                self.alone[k] if part in (0.0, 1.0) and part else self._fall_alone(group, part) if part else 0.0
                for k, (group, part) in enumerate(zip(self.places.pushes, noted, strict=True))
            ]
        )

    def _fall_alone(self, group: tuple[int, ...], part: float) -> float:
        parts = np.zeros(len(self.parts.values))
        parts[list(group)] = part
        return self.start - float(self.story.values(self.places.hero[None], parts)[0])

    def bar_place(self) -> np.ndarray:
        """The upper part of the bar of the old height, (3,)."""
        return self.pushes.point(-1.25, 0.75 * self.start)

    def zero_place(self) -> np.ndarray:
        """The beginning of the tie's line, (3,)."""
        return self.pushes.point(TIE_FROM + 0.3, 0.0)

    def _old(self, points: FloatArray) -> FloatArray:
        return self.story.values(points, np.zeros(len(self.parts.values)))

    def _chart(self) -> list[Brush]:
        shown, fan = self.chart.get_value(), self.fan.get_value()
        if not shown:
            return []
        chart, levels = self.pushes, self.state.levels
        hero = self.over_hero(levels[-1])[0]
        zero = np.array([[chart.at([TIE_FROM], np.zeros(1))[0, 0], chart.tie], [hero + EDGE_REACH, chart.tie]])
        to_hero = chart.at([chart.count, chart.count], levels[[-1, -1]])
        to_hero[1, 0] = hero
        return [
            Brush([zero], None, rgba(theme.INK, 0.9 * shown), 3.0, closed=False),
            *chart.height_brushes(self.start, shown),
            *chart.mark_brushes(self.start, self.falls(), shown * self.marks.get_value()),
            Brush([to_hero], None, rgba(theme.INK, 0.5 * shown), 1.4, closed=False),
            *chart.step_brushes(levels, shown * (1 - 0.6 * min(1.0, 3 * fan))),
            *chart.fan_brushes(fan),
        ]

    def look(self, sheet: Sheet) -> Look:
        """The colours, marks and lines of the sheet now."""
        over = [*self._trace(), *self._lost(), *self._piece(), *self._crowd(), *self._chart()]
        left, pane = 1.0 - self.crowd.get_value(), (self.floor, self.pane.get_value())
        colors, mesh = self._colors(sheet), self.mesh.get_value() * left
        return Look(colors, self._marks(), self._creases(sheet), mesh, [*over, *self._hero()], left, pane)

    def _base(self) -> np.ndarray:
        return mixed(theme.FLOAT, theme.QUANTIZED, 0.0 if self.effect == "switch" else self.rounded)

    def _colors(self, sheet: Sheet) -> np.ndarray:
        late = 0.0 if self.effect == "switch" else max(0.0, (self.rounded - LATE) / (1 - LATE))
        colors = np.tile(mixed(theme.FLOAT, theme.QUANTIZED, late), (len(sheet.slopes), 1))
        first, second = (self._patterns(sheet, network) for network in (0, 1))
        if strips := self.creases.get_value():
            changed = (first != second).any(axis=1) & (self.effect != "tilt")
            colors[changed] = (1 - strips) * colors[changed] + strips * rgb(theme.CROSSED)
        if spot := self.spot.get_value():
            other = (first != self.places.cells.patterns[self.places.piece]).any(axis=1)
            colors[other] = (1 - DARK * spot) * colors[other] + DARK * spot * rgb(theme.BACKGROUND)
            colors[~other] = (1 - LIT * spot) * colors[~other] + LIT * spot * rgb(theme.INK)
        return colors

    @staticmethod
    def _patterns(sheet: Sheet, network: int) -> BoolArray:
        return sheet.cells.routings[network].patterns()

    def _marks(self) -> Riders:
        """Of each class a kind where it is right, and one where it is wrong; both again for what is left out."""
        labels, left = self.shown.labels, 1.0 - self.crowd.get_value()
        kinds = []
        for label in range(len(self.story.readout)):
            color = mixed(theme.CLASS_COLORS[label], theme.INK, 0.45)
            for opacity in (left, left * self.third.get_value()):
                mark = mark_kind(CLASS_MARKS[label], MARK, (*color.tolist(), opacity))
                ring = mark_kind("halo", WRONG * MARK, rgba(theme.INK, opacity))
                kinds += [mark, MarkKind((*mark.shapes, ring.shapes[-1]))]
        return Riders(self.shown.points, 4 * labels + 2 * self.aside + self.state.wrong, kinds)

    def _creases(self, sheet: Sheet) -> list[Creases]:
        """Where a ReLU switches now, dark, or yellow once creases are spoken of: dashed on their way, thin blue behind.

        Seen from its edge, a piece has none.
        """
        shown, left = self.creases.get_value(), 1.0 - self.crowd.get_value()
        pairs = sheet.cells.edges.cells
        inner = (pairs >= 0).all(axis=1)
        old, now = (
            np.flatnonzero(inner & (patterns[pairs[:, 0]] != patterns[pairs[:, 1]]).any(axis=1))
            for patterns in (self._patterns(sheet, network) for network in (0, 1))
        )
        groups = [Creases(now, rgba(theme.BACKGROUND, 0.55 * (1 - shown) * left), 1.4)]
        if shown:
            gap = GAP * min(1.0, DASHED * self.rounded)
            groups += [
                Creases(old, rgba(theme.FLOAT, 0.9 * shown * left), 1.6),
                Creases(now, rgba(theme.BOUNDARY, shown * left), 3.4, gap),
            ]
        return groups

    def _piece(self) -> list[Brush]:
        """The outline of the piece; seen from its edge, the part of it that carries the points."""
        shown, crowd = self.marked.get_value(), self.crowd.get_value()
        if not shown:
            return []
        state, ink = self.state, rgba(theme.INK, 0.9 * shown * (1 - crowd))
        whole = self.view.over(self.outline, state.outline)[:, :2]
        plank = self.view.over(self.plank, state.plank)[:, :2]
        return [
            Brush([whole], None, ink, 2.2),
            Brush([plank], (*self._base().tolist(), 0.75 * crowd), rgba(theme.INK, 0.9 * crowd), 2.2),
        ]

    def _trace(self) -> list[Brush]:
        """The old place of the whole piece."""
        if not (shown := self.trace.get_value()):
            return []
        old = self.view.over(self.outline, self._old(self.outline))[:, :2]
        return [Brush([old], rgba(theme.FLOAT, 0.12 * shown), rgba(theme.FLOAT, 0.9 * shown), 2.0)]

    def _lost(self) -> list[Brush]:
        """The points of the arm that are wrong, over the floor's pane, so that they stay bright below it."""
        if not (shown := self.spot.get_value() * (1 - self.crowd.get_value())):
            return []
        lost = self.state.wrong & (self.shown.labels == self.story.first) & ~self.aside
        at = self.view.over(self.shown.points[lost], self.heights(self.shown.points[lost]))[:, None, :2]
        color = (*mixed(theme.CLASS_COLORS[self.story.first], theme.INK, 0.45).tolist(), shown)
        disc, ring = mark_kind(CLASS_MARKS[self.story.first], MARK, color), mark_outline("halo", WRONG * MARK)
        brushes = [
            dots(at[:, 0], shape, ink) if isinstance(shape, float) else Brush(at + shape, ink)
            for shape, ink in disc.shapes
        ]
        return [*brushes, Brush(at + ring, rgba(theme.INK, shown))] if len(at) else []

    def _crowd(self) -> list[Brush]:
        """All points of the arm on the piece, larger those drawn before: discs, or rings where they are wrong."""
        if not (shown := self.crowd.get_value()):
            return []
        state, brushes = self.state, []
        places, right = self.view.over(self.places.riders, state.riders)[:, :2], state.riders_right
        color = (*mixed(theme.CLASS_COLORS[self.story.first], theme.INK, 0.45).tolist(), shown)
        white, dark = rgba(theme.INK, shown), rgba(theme.BACKGROUND, shown)
        brushes += [dots(places[right], CROWD, color), dots(places[~right], CROWD, white)]
        large, right = places[self.drawn], right[self.drawn]
        brushes += [
            dots(large, MARK + EDGE, dark),
            dots(large[right], MARK, color),
            dots(large[~right], MARK, white),
            dots(large[~right], RING_HOLE * MARK, dark),
        ]
        return brushes

    def _hero(self) -> list[Brush]:
        if not (hero := self.hero.get_value()):
            return []
        point = self.places.hero
        before, now = self.over_hero(self.start)[:2], self.place(point)[:2]
        return [
            Brush([np.array([before, now])], None, rgba(theme.INK, hero), 3.0, closed=False),
            dots([now], 0.15 + EDGE, rgba(theme.BACKGROUND, hero)),
            dots([now], 0.15, rgba(theme.HERO, hero)),
        ]
