"""The picture of the opening: the margin as a relief over the tie, its pieces and creases, and the points on it."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from manim import ValueTracker

from quantization_story.analysis.margins import MarginPlaces, MarginStory
from quantization_story.analysis.sheets import Sheet
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.plane_geometry import clip_polygon
from quantization_story.core.tasks import LabelledPoints
from quantization_story.mobjects.flight import FlightView
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.painting import Brush
from quantization_story.mobjects.paths import CLASS_MARKS
from quantization_story.mobjects.relief import (
    EDGE,
    Creases,
    Look,
    MarkKind,
    Relief,
    Riders,
    dots,
    level_line,
    mark_kind,
    mark_outline,
    mixed,
    rgb,
    rgba,
)
from quantization_story.pictures.opening.poses import poses_of
from quantization_story.pictures.opening.push_chart import PushChart
from quantization_story.pictures.opening.states import Parts, State
from quantization_story.style import theme

RELIEF_SHARE = 0.6  # how high the range of all values is drawn, as a share of the side of the box
WRONG = 1.75  # the radius of the ring around a wrong point, in marks
LATE = 0.8  # the part of the press from which on the sheet takes the colour of rounded weights: first it moves
PANE_OUT = 1.12  # how far the pane of the floor reaches beyond the box, as a share of it
EDGE_REACH = 6.0  # how far the line of the tie runs beyond the hero, in frame units
TIE_FROM = -3.0  # where the tie's line begins, in columns of the chart
TIE_WIDTH = 5.0  # of the line in which the piece meets the tie
LIT = 0.45  # how much lighter the piece is that is spoken of
DARK = 0.75  # how much darker all others are beside it
MARK = 0.075  # the radius of a mark


class MarginPicture:
    """The relief and all that it shows, by trackers: each from 0 (not there) to 1.

    parts: of the weights. third: the points of the classes that the margin is not about. marked: the outline of the
    piece. spot: all but the piece is dark. crowd: the piece and its points, and nothing else of the sheet. hero: the
    point that is followed. pane: the floor as a pane. trace: the old place of the whole piece. turned: the rounded
    weight that goes to its other level. chart: the hero's old height above the tie, and how each weight moves it. mesh:
    the grid.
    """

    def __init__(self, places: MarginPlaces, shown: LabelledPoints, zone: theme.Zone, drift: Swaying) -> None:
        self.places, self.story, self.shown = places, places.story, shown
        self.sheet_at, self.turned_sheet = places.story.moving(), places.turning.moving()
        count = sum(weight.size for weight in self.story.net.weights)
        self.parts = Parts(count)
        self.third, self.marked, self.spot, self.crowd, self.hero, self.chart, self.pane, self.trace, self.turned = (
            ValueTracker(0.0) for _ in range(9)
        )
        self.mesh = ValueTracker(0.5)
        self.exact = self.sheet_at(self.parts.values)
        rounded = self.sheet_at(np.ones(count))
        low = min(self.exact.value_range[0], rounded.value_range[0])
        high = max(self.exact.value_range[1], rounded.value_range[1])
        side = self.story.box[1] - self.story.box[0]
        self.relief_scale = RELIEF_SHARE * side / (high - low)
        self.start = float(self._old(places.hero[None])[0])
        self.outline = places.cells.polygons[places.piece]
        self.poses = poses_of(places, [self.exact, rounded], self.relief_scale, zone)
        self.view = FlightView(self.poses.above, self.relief_scale, drift)
        self.at_state = lru_cache(maxsize=4)(lambda key, own: self._state(np.frombuffer(key), own))
        self.own = shown.labels == self.story.first
        for net in (self.story.net, self.story.quantized):
            patterns = net.activation_patterns(shown.points)
            self.own &= (patterns == places.cells.patterns[places.piece]).all(axis=1)
        self.aside = ~self.story.between_the_two(shown.points, shown.labels)
        self.relief = Relief(self.view, self.sheet, self.look)

    # --- what it shows now

    @property
    def rounded(self) -> float:
        """The part of the weights that are on their way, each by how far it is: of those that move."""
        return float(self.parts.values[list(self.places.order)].mean())

    def weights_now(self) -> FloatArray:
        """How far each weight (K,) is on its way.

        Below 0 where it goes to its other level, which is a whole step beyond the first.
        """
        parts = self.parts.values
        if turned := self.turned.get_value():
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
        return self.at_state(np.ascontiguousarray(parts, dtype=float).tobytes(), story is self.story)

    def _state(self, parts: FloatArray, rounding: bool) -> State:
        places = self.places
        story = self.story if rounding else places.turning
        # With one weight turned, the way down is still the one from the float weights: to where they all are now.
        way = self.story if rounding else replace(self.story, quantized=story.at(parts))
        return State(
            ~story.right(self.shown.points, self.shown.labels, parts),
            story.values(self.outline, parts),
            way.descent(places.hero, parts if rounding else np.ones(len(parts)), places.pushes),
        )

    def sheet(self) -> Sheet:
        """The margin now."""
        story, parts = self.now
        return (self.sheet_at if story is self.story else self.turned_sheet)(parts)

    def right(self, points: FloatArray, labels: IntArray) -> BoolArray:
        """Which points (n, 2) are right now."""
        story, parts = self.now
        return story.right(points, labels, parts)

    def accuracy(self, points: FloatArray, labels: IntArray) -> float:
        """The share of points (n, 2) that are right now."""
        return float(self.right(points, labels).mean())

    def heights(self, points: FloatArray) -> FloatArray:
        """The margin (n,) at points (n, 2) now."""
        story, parts = self.now
        return story.values(points, parts)

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

    def over_hero(self, value: float) -> np.ndarray:
        """Where a margin is seen at the hero's place in the plane, (3,)."""
        return np.asarray(self.view.over(self.places.hero[None], np.array([value]))[0])

    # --- the hero's height, and how the weights change it

    @property
    def pushes(self) -> PushChart:
        """The chart of the weights' pushes, level with the hero."""
        tie, one = self.view.over(np.tile(self.places.hero, (2, 1)), np.array([0.0, 1.0]))[:, 1].tolist()
        return PushChart(len(self.places.pushes), tie, one - tie)

    def bar_place(self) -> np.ndarray:
        """The upper part of the bar of the old height, (3,)."""
        return self.pushes.point(-1.25, 0.75 * self.start)

    def zero_place(self) -> np.ndarray:
        """The beginning of the tie's line, (3,)."""
        return self.pushes.point(TIE_FROM + 0.3, 0.0)

    def _old(self, points: FloatArray) -> FloatArray:
        return self.story.values(points, np.zeros(len(self.parts.values)))

    def _chart(self) -> list[Brush]:
        if not (shown := self.chart.get_value()):
            return []
        chart, levels = self.pushes, self.state.levels
        hero = self.over_hero(levels[-1])[0]
        zero = np.array([[chart.at([TIE_FROM], np.zeros(1))[0, 0], chart.tie], [hero + EDGE_REACH, chart.tie]])
        to_hero = chart.at([chart.count, chart.count], levels[[-1, -1]])
        to_hero[1, 0] = hero
        return [
            Brush([zero], None, rgba(theme.INK, 0.9 * shown), 3.0, closed=False),
            *chart.height_brushes(self.start, shown),
            Brush([to_hero], None, rgba(theme.INK, 0.5 * shown), 1.4, closed=False),
            *chart.step_brushes(levels, shown),
        ]

    def look(self, sheet: Sheet) -> Look:
        """The colours, marks and lines of the sheet now."""
        over = [*self._trace(), *self._lost(), *self._piece(sheet), *self._crowd(), *self._chart(), *self._hero()]
        left, pane = 1.0 - self.crowd.get_value(), (self.floor, self.pane.get_value())
        return Look(
            self._colors(sheet), self._marks(), self._creases(sheet), self.mesh.get_value() * left, over, left, pane
        )

    def _colors(self, sheet: Sheet) -> np.ndarray:
        late = max(0.0, (self.rounded - LATE) / (1 - LATE))
        colors = np.tile(mixed(theme.FLOAT, theme.QUANTIZED, late), (len(sheet.slopes), 1))
        if spot := self.spot.get_value():
            other = (self._patterns(sheet, 0) != self.places.cells.patterns[self.places.piece]).any(axis=1)
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
        """Where a ReLU switches now, once one piece is outlined. Seen from its edge, a piece has none."""
        pairs, patterns = sheet.cells.edges.cells, self._patterns(sheet, 1)
        inner = (pairs >= 0).all(axis=1)
        now = np.flatnonzero(inner & (patterns[pairs[:, 0]] != patterns[pairs[:, 1]]).any(axis=1))
        return [
            Creases(now, rgba(theme.BACKGROUND, 0.55 * self.marked.get_value() * (1.0 - self.crowd.get_value())), 1.4)
        ]

    def _piece(self, sheet: Sheet) -> list[Brush]:
        """The outline of the piece, and where it meets the tie; alone, the part of the sheet that it still is."""
        if not (shown := self.marked.get_value()):
            return []
        crowd, pane = self.crowd.get_value(), self.pane.get_value()
        whole = self.view.over(self.outline, self.state.outline)[:, :2]
        brushes = [Brush([whole], None, rgba(theme.INK, 0.9 * shown * (1 - crowd)), 2.2)]
        color = (*mixed(theme.FLOAT, theme.QUANTIZED, self.rounded).tolist(), 0.75 * crowd)
        for corners, values in self._still_the_piece(sheet):
            facet = self.view.over(corners, values)[:, :2]
            brushes += [
                Brush([facet], color, rgba(theme.INK, 0.9 * crowd), 2.2),
                Brush(level_line(facet, values), None, rgba(theme.INK, pane * (1 - crowd)), TIE_WIDTH, closed=False),
            ]
        return brushes

    def _still_the_piece(self, sheet: Sheet) -> list[tuple[FloatArray, FloatArray]]:
        """The facets over the piece on which its ReLUs are on, and no others: corners (k, 2), values (k,)."""
        same = (self._patterns(sheet, 1) == self.places.cells.patterns[self.places.piece]).all(axis=1)
        return [(corners, values) for cell, corners, values in facets_within(sheet, self.outline) if same[cell]]

    def _trace(self) -> list[Brush]:
        """The old place of the whole piece."""
        if not (shown := self.trace.get_value()):
            return []
        old = self.view.over(self.outline, self._old(self.outline))[:, :2]
        return [Brush([old], rgba(theme.FLOAT, 0.12 * shown), rgba(theme.FLOAT, 0.9 * shown), 2.0)]

    def _lost(self) -> list[Brush]:
        """The points of the arm that are wrong, over the floor's pane, so that they stay bright below it."""
        lost = self.state.wrong & (self.shown.labels == self.story.first) & ~self.aside
        return self._discs(lost, self.spot.get_value() * (1 - self.crowd.get_value()))

    def _crowd(self) -> list[Brush]:
        """The points of the arm on the piece that no crease reaches."""
        return self._discs(self.own, self.crowd.get_value())

    def _discs(self, which: BoolArray, shown: float) -> list[Brush]:
        """The marks of some of the drawn points (n,) of the arm, ringed where they are wrong."""
        if not shown or not which.any():
            return []
        at = self.view.over(self.shown.points[which], self.heights(self.shown.points[which]))[:, None, :2]
        color = (*mixed(theme.CLASS_COLORS[self.story.first], theme.INK, 0.45).tolist(), shown)
        brushes = [
            dots(at[:, 0], shape, ink) if isinstance(shape, float) else Brush(at + shape, ink)
            for shape, ink in mark_kind(CLASS_MARKS[self.story.first], MARK, color).shapes
        ]
        wrong = at[self.state.wrong[which]]
        ring = mark_outline("halo", WRONG * MARK)
        return [*brushes, *([Brush(wrong + ring, rgba(theme.INK, shown))] if len(wrong) else [])]

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


def facets_within(sheet: Sheet, part: FloatArray) -> list[tuple[int, FloatArray, FloatArray]]:
    """The facets over a convex part (p, 2) of the plane, counter-clockwise: cell, corners (k, 2), and values (k,)."""
    found = []
    for cell, corners in enumerate(sheet.cells.polygons):
        for start, end in zip(part, np.roll(part, -1, axis=0), strict=True):
            inward = np.array([start[1] - end[1], end[0] - start[0]])
            corners = clip_polygon(corners, inward, -float(inward @ start))
        if len(corners):
            found.append((cell, corners, corners @ sheet.slopes[cell] + sheet.offsets[cell]))
    return found
