"""The picture of the opening: the margin as a relief over the tie, its pieces and creases, and the points on it."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from manim import ValueTracker

from quantization_story.analysis.margins import Effect, MarginPlaces
from quantization_story.analysis.sheets import Sheet, seen_extent
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.tasks import LabelledPoints
from quantization_story.mobjects.flight import FlightView, Pose
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.painting import Brush
from quantization_story.mobjects.paths import CLASS_MARKS
from quantization_story.mobjects.relief import (
    EDGE,
    Creases,
    Look,
    Relief,
    Riders,
    dots,
    mark_kind,
    mark_outline,
    mixed,
    rgb,
    rgba,
)
from quantization_story.style import theme

RELIEF_SHARE = 0.6  # how high the range of all values is drawn, as a share of the side of the box
HERO_AT = np.deg2rad(165.0)  # where the hero lies in the plane as it is seen: at the left, a little behind
SIDE_TURN, SIDE_ELEVATION = np.deg2rad(-58.0), np.deg2rad(7.0)  # of the view that is nearly level
SIDE_HEIGHT = 0.55  # the hero's way in it, as a share of the height between the strips
SIDE_AT = (-1.2, 0.3)  # where the middle of that way is seen
RULER, RULER_STEP, RULER_WIDTH = 2.6, 0.62, 0.5  # how far left of the hero the pushes stand, and the height of theirs
FLOOR_OUT = 0.62  # how far out the floor is pointed at, as a share of the side of the box
LIT = 0.4  # how much lighter the piece is that is spoken of
MARK = 0.075
GREENING = 4.0  # how soon a piece has turned green, as parts of the press


class Parts(ValueTracker):
    """How far each weight is on its way to its level, (K,), as one tracker."""

    def __init__(self, count: int) -> None:
        super().__init__(0.0)
        self.points = np.zeros((count, 3))

    @property
    def values(self) -> FloatArray:
        """(K,), 0 to 1."""
        return np.clip(self.points[:, 0], 0.0, 1.0)

    def set_values(self, values: FloatArray) -> "Parts":
        """Set them all."""
        self.points = np.column_stack([values, np.zeros((len(values), 2))])
        return self


@dataclass(frozen=True)
class Poses:
    """Where the view stands.

    Straight above the flat plane, at home, at the crease, beside the tilting piece, and nearly level with the tie.
    """

    above: Pose
    home: Pose
    crease: Pose
    piece: Pose
    side: Pose


class MarginPicture:
    """The relief and all that it shows, by trackers: each from 0 (not there) to 1.

    parts: of the weights. third: the points of the classes that the margin is not about. kinds: pieces in green where
    the pattern is the same, strips in red where it is another. creases: yellow lines. ghost: the old piece in blue,
    with threads from old heights to new ones. spot: all but the piece is dark. hero, extreme: the two named points.
    ruler: the hero's old height above the tie in blue, and beside it the pushes of the weights so far, in orange.
    """

    def __init__(self, places: MarginPlaces, shown: LabelledPoints, zone: theme.Zone, drift: Swaying) -> None:
        self.places, self.story, self.shown = places, places.story, shown
        self.sheet_at = places.story.moving()
        self.parts = Parts(sum(weight.size for weight in self.story.net.weights))
        self.effect: Effect = "all"
        names = ("third", "kinds", "creases", "ghost", "spot", "hero", "extreme", "mesh", "ruler")
        self.third, self.kinds, self.creases, self.ghost, self.spot, self.hero, self.extreme, self.mesh, self.ruler = (
            ValueTracker(0.0) for _ in names
        )
        self.mesh.set_value(0.5)
        self.exact = self.sheet_at(self.parts.values, "all")
        rounded = self.sheet_at(np.ones(len(self.parts.values)), "all")
        low = min(self.exact.value_range[0], rounded.value_range[0])
        high = max(self.exact.value_range[1], rounded.value_range[1])
        side = self.story.box[1] - self.story.box[0]
        self.relief_scale = RELIEF_SHARE * side / (high - low)
        self.poses = self._poses(zone, [self.exact, rounded])
        self.view = FlightView(self.poses.above, self.relief_scale, drift)
        own = self.shown.labels == self.story.first
        home = places.cells.locate(self.shown.points)
        self.aside = ~self.story.between_the_two(shown.points, shown.labels)
        self.riders = self.shown.points[own & (home == places.piece) & ~self.aside]
        self.relief = Relief(self.view, self.sheet, self.look)

    # --- where the view stands

    def _poses(self, zone: theme.Zone, sheets: list[Sheet]) -> Poses:
        box = self.story.box
        middle = ((box[0] + box[1]) / 2, (box[2] + box[3]) / 2)
        flat = Pose(0.0, np.pi / 2, 1.0, (*middle, 0.0), zone.center[:2], 0.0)
        above = fitted(flat, self.relief_scale, sheets, theme.middle_zone())
        turned = self._turn_to(self.places.hero)
        home = fitted(Pose(turned, np.deg2rad(36.0), 1.0, (*middle, 0.0)), self.relief_scale, sheets, zone)
        side = (zone.right - zone.left) / 2
        piece = replace(
            home,
            turned=home.turned - np.deg2rad(25.0),
            elevation=np.deg2rad(20.0),
            unit=1.75 * home.unit,
            focus=self._on_sheet(self.places.hero),
            at=(-1.5, 0.2),
        )
        crease = home
        if self.places.extreme is not None:
            wide = np.ptp(self.places.strip, axis=0).max()
            crease = replace(
                home,
                elevation=np.deg2rad(50.0),
                unit=min(3.2 * home.unit, 3.2 * side / wide),
                focus=self._on_sheet(self.places.extreme),
                at=(0.0, 0.2),
            )
        heights = self.story.descent(self.places.hero, np.ones(len(self.parts.values)), self.places.order)
        way = self.relief_scale * float(np.ptp([*heights, 0.0]))
        beside = replace(
            home,
            turned=home.turned + SIDE_TURN,
            elevation=SIDE_ELEVATION,
            unit=SIDE_HEIGHT * theme.middle_zone().height / way,
            focus=(*self.places.hero.tolist(), float(heights.min() + heights.max()) / 2),
            at=SIDE_AT,
        )
        return Poses(above, home, crease, piece, beside)

    def _turn_to(self, point: FloatArray) -> float:
        """How far the plane is turned so that a point lies at `HERO_AT`."""
        box = self.story.box
        offset = point - [(box[0] + box[1]) / 2, (box[2] + box[3]) / 2]
        return float(HERO_AT - np.arctan2(offset[1], offset[0]))

    def _on_sheet(self, point: FloatArray) -> tuple[float, float, float]:
        x, y = point.tolist()
        return x, y, float(self.story.values(point[None], np.zeros(len(self.parts.values)))[0])

    # --- what it shows now

    @property
    def rounded(self) -> float:
        """The part of the weights that are on their way, each by how far it is: of those that move."""
        return float(self.parts.values[list(self.places.order)].mean())

    def sheet(self) -> Sheet:
        """The margin now."""
        return self.sheet_at(self.parts.values, self.effect)

    def right(self, points: FloatArray, labels: IntArray) -> BoolArray:
        """Which points (n, 2) are right now."""
        return self.story.right(points, labels, self.parts.values, self.effect)

    def accuracy(self, points: FloatArray, labels: IntArray) -> float:
        """The share of points (n, 2) that are right now."""
        return float(self.right(points, labels).mean())

    def heights(self, points: FloatArray) -> FloatArray:
        """The margin (n,) at points (n, 2) now."""
        return self.story.values(points, self.parts.values, self.effect)

    def place(self, point: FloatArray) -> np.ndarray:
        """Where a point (2,) of the plane is seen on the sheet now, (3,)."""
        return np.asarray(self.view.over(point[None], self.heights(point[None]))[0])

    def floor_place(self) -> np.ndarray:
        """A place of the floor outside the sheet, beyond the hero, (3,)."""
        box = self.story.box
        middle = np.array([(box[0] + box[1]) / 2, (box[2] + box[3]) / 2])
        outward = self.places.hero - middle
        beyond = middle + FLOOR_OUT * (box[1] - box[0]) * outward / np.linalg.norm(outward)
        return np.asarray(self.view.over(beyond[None], np.zeros(1))[0])

    # --- the hero's height, and the stack of pushes beside it

    def levels(self) -> FloatArray:
        """The hero's margin (moved + 1,) as one weight after the other goes as far as it has gone now."""
        return self.story.descent(self.places.hero, self.parts.values, self.places.order)

    def on_ruler(self, value: float, column: int = 0) -> np.ndarray:
        """Where a margin stands on the ruler, (3,): in the column of the pushes (0), or in that of the height (1)."""
        at = self.view.over(self.places.hero[None], np.array([value]))[0]
        return np.asarray(at - [RULER + column * RULER_STEP, 0.0, 0.0])

    def height_place(self) -> np.ndarray:
        """The middle of the bar of the hero's old height, (3,)."""
        return self.on_ruler(self._float_height() / 2, 1)

    def stack_place(self) -> np.ndarray:
        """The lower part of the stack, (3,)."""
        levels = self.levels()
        return self.on_ruler(float(0.25 * levels[0] + 0.75 * levels[-1]))

    def zero_place(self) -> np.ndarray:
        """The end of the tie's line at the ruler, (3,)."""
        return self.on_ruler(0.0, 2)

    def _float_height(self) -> float:
        return float(self._on_sheet(self.places.hero)[2])

    def ruler_brushes(self) -> list[Brush]:
        """The tie, the way to the hero, the height, and the pushes so far."""
        shown = self.ruler.get_value()
        if not shown:
            return []
        levels, height = self.levels(), self._float_height()
        half, gap = np.array([RULER_WIDTH / 2, 0.0]), np.array([0.0, 0.015])

        def block(low: float, high: float, column: int) -> np.ndarray:
            foot, top = self.on_ruler(low, column)[:2], self.on_ruler(high, column)[:2]
            inset = gap if top[1] - foot[1] > 4 * gap[1] else 0 * gap
            return np.array([foot - half + inset, foot + half + inset, top + half - inset, top - half - inset])

        blocks: dict[int, list[np.ndarray]] = {1: [], -1: []}
        for before, after in pairwise(levels.tolist()):
            blocks[1 if after > before else -1].append(block(min(before, after), max(before, after), 0))
        zero = np.array(
            [self.on_ruler(0.0, 2)[:2], self.view.over(self.places.hero[None], np.zeros(1))[0, :2] + [9, 0]]
        )
        across = np.array([self.on_ruler(levels[-1])[:2] - half, self.place(self.places.hero)[:2]])
        edge = rgba(theme.BACKGROUND, shown)
        return [
            Brush([zero], None, rgba(theme.INK, 0.9 * shown), 3.0, closed=False),
            Brush([across], None, rgba(theme.INK, 0.5 * shown), 1.6, closed=False),
            Brush([block(min(0.0, height), max(0.0, height), 1)], rgba(theme.FLOAT, shown), edge, 1.0),
            # A push upward hollows the stack out again.
            Brush(blocks[-1], rgba(theme.QUANTIZED, shown), edge, 1.0),
            Brush(blocks[1], rgba(theme.BACKGROUND, shown), rgba(theme.QUANTIZED, shown), 2.0),
        ]

    def look(self, sheet: Sheet) -> Look:
        """The colours, marks and lines of the sheet now."""
        return Look(
            self._colors(sheet),
            self._marks(),
            self._creases(sheet),
            self.mesh.get_value(),
            [*self._ghost(), *self.ruler_brushes(), *self._named()],
        )

    def _colors(self, sheet: Sheet) -> np.ndarray:
        kinds, rounded = self.kinds.get_value(), self.rounded
        base = mixed(theme.FLOAT, theme.QUANTIZED, rounded)
        colors = np.tile(base, (len(sheet.slopes), 1))
        if kinds:
            same = mixed(theme.FLOAT, theme.SAME, min(1.0, GREENING * rounded))
            first, second = (self._patterns(sheet, network) for network in (0, 1))
            changed = (first != second).any(axis=1) & (self.effect != "tilt")
            own = np.where(changed[:, None], rgb(theme.CROSSED), same)
            colors = (1 - kinds) * colors + kinds * own
        spot = 0.72 * self.spot.get_value()
        if spot:
            other = ~(self._patterns(sheet, 0) == self.places.cells.patterns[self.places.piece]).all(axis=1)
            colors[other] = (1 - spot) * colors[other] + spot * rgb(theme.BACKGROUND)
            colors[~other] = (1 - LIT * spot) * colors[~other] + LIT * spot * rgb(theme.INK)
        return colors

    @staticmethod
    def _patterns(sheet: Sheet, network: int) -> BoolArray:
        return sheet.cells.routings[network].patterns()

    def _marks(self) -> Riders:
        """Of each class a kind where it is right, and one where it is wrong; both again for what steps aside."""
        labels, third = self.shown.labels, self.third.get_value()
        kinds = []
        for label in range(len(self.story.readout)):
            color = mixed(theme.CLASS_COLORS[label], theme.INK, 0.45)
            for opacity in (1.0, third):
                kinds.append(mark_kind(CLASS_MARKS[label], MARK, (*color.tolist(), opacity)))
                kinds.append(mark_kind("ring", 1.5 * MARK, rgba(theme.INK, opacity)))
        wrong = ~self.right(self.shown.points, labels)
        return Riders(self.shown.points, 4 * labels + 2 * self.aside + wrong, kinds)

    def _creases(self, sheet: Sheet) -> list[Creases]:
        """Where a ReLU switches now, dark, or yellow once creases are spoken of, with the old places in blue."""
        shown = self.creases.get_value()
        pairs = sheet.cells.edges.cells
        inner = (pairs >= 0).all(axis=1)
        old, now = (
            np.flatnonzero(inner & (patterns[pairs[:, 0]] != patterns[pairs[:, 1]]).any(axis=1))
            for patterns in (self._patterns(sheet, network) for network in (0, 1))
        )
        groups = [Creases(now, rgba(theme.BACKGROUND, 0.55 * (1 - shown)), 1.4)]
        if shown:
            groups += [
                Creases(old, rgba(theme.FLOAT, 0.9 * shown), 1.6),
                Creases(now, rgba(theme.BOUNDARY, shown), 3.2),
            ]
        return groups

    def _ghost(self) -> list[Brush]:
        shown = self.ghost.get_value()
        if not shown:
            return []
        polygon = self.places.cells.polygons[self.places.piece]
        still = np.zeros(len(self.parts.values))
        old = self.view.over(polygon, self.story.margin(self.story.net)(polygon)[:, 0])[:, :2]
        before = self.view.over(self.riders, self.story.values(self.riders, still))[:, :2]
        after = self.view.over(self.riders, self.heights(self.riders))[:, :2]
        threads = list(np.stack([before, after], axis=1))
        return [
            Brush([old], rgba(theme.FLOAT, 0.14 * shown), rgba(theme.FLOAT, 0.9 * shown), 2.0),
            Brush(threads, None, rgba(theme.INK, 0.6 * shown), 1.4, closed=False),
            dots(before, 0.05, rgba(theme.FLOAT, shown)),
        ]

    def _named(self) -> list[Brush]:
        brushes, hero, extreme = [], self.hero.get_value(), self.extreme.get_value()
        if hero:
            point = self.places.hero
            before = self.view.to_frame([self._on_sheet(point)])[0, :2]
            now = self.place(point)[:2]
            brushes += [
                Brush([np.array([before, now])], None, rgba(theme.INK, hero), 3.0, closed=False),
                dots([now], 0.15 + EDGE, rgba(theme.BACKGROUND, hero)),
                dots([now], 0.15, rgba(theme.HERO, hero)),
            ]
        if extreme and self.places.extreme is not None:
            at = self.place(self.places.extreme)[:2]
            cross = at + mark_outline("cross", 0.17)
            brushes.append(Brush([cross], rgba(theme.HERO, extreme), rgba(theme.BACKGROUND, extreme), 1.5))
        return brushes


def fitted(pose: Pose, relief: float, sheets: list[Sheet], zone: theme.Zone) -> Pose:
    """The pose, zoomed and moved so that all these sheets, as it sees them, fill a zone as far as they fit."""
    solid = np.vstack([sheet.lifted(relief * pose.lift) for sheet in sheets]) - np.array(
        [*pose.focus[:2], relief * pose.lift * pose.focus[2]]
    )
    low, high = seen_extent(solid, [pose.projection])
    unit = float(min(zone.width / (high[0] - low[0]), zone.height / (high[1] - low[1])))
    at = np.array(zone.center[:2]) - unit * (low + high) / 2
    return replace(pose, unit=unit, at=(float(at[0]), float(at[1])))
