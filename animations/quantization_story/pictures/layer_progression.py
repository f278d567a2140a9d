"""The picture of LayerProgressionScene: a plane at full frame that is turned and folded, with all that rides on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import DOWN, LEFT, ValueTracker, VGroup, VMobject

from quantization_story.analysis.folding import Fold, FoldingJourney, FoldingPlaces, Turn
from quantization_story.analysis.straight_cuts import StraightCuts
from quantization_story.core.arrays import FloatArray
from quantization_story.core.plane_geometry import clip_polygon, round_step
from quantization_story.mobjects.frame_view import (
    FILL,
    FramePose,
    FrameView,
    Swaying,
    glowing,
    plane_areas,
    plane_lines,
    plane_marks,
    plane_mesh,
    stay,
)
from quantization_story.mobjects.hero import comet, hero_mark
from quantization_story.mobjects.layer_graph import small_graph
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneMap
from quantization_story.mobjects.plates import board
from quantization_story.mobjects.sectors import SECTOR_TINT, plane_sectors
from quantization_story.style import theme

MESH = 4.0  # how many times as far as the frame shows at first the grid runs
FAR = 60.0  # how many times as far as the points of a plane a sector reaches: beyond every edge of the frame
TAIL = 0.5  # of a motion: how far the trail of the hero reaches back
RISE = 0.12  # of a fold: how soon its crease glows
BELOW = 1.35  # frame units: the lower part of a half, which its points leave to a plate
UNDER = np.array([2.0, 0.9])  # frame units: so far from a plate's middle, across and up, it covers what is there
WRONG = 0.085  # the radius of a ring around a wrong point
RING = 0.22  # the radius of a ring around a bend
GUTTER = 24.0  # how wide the dark line between two pictures is, in stroke widths
ROW = 1.5  # how much wider than a cut the row of the hero is
CORE = 0.095  # the radius of what lies within the hero


# What covers what, from below: grid, areas, cuts, creases, points; strips, plates and hero lie above zero.
MESH_Z, AREA_Z, CUT_Z, CREASE_Z, POINT_Z, BESIDE_Z = -5, -4, -3, -2, -1, -0.5


class Riding:
    """Where points (n, 2) of the input plane are now, as `progress` says; of an array that is asked for again, kept."""

    def __init__(self, journey: FoldingJourney, progress: ValueTracker) -> None:
        self.journey, self.progress = journey, progress
        self.kept: dict[int, _Kept] = {}

    def __getstate__(self) -> dict[str, Any]:
        """What decides where things are; what is only kept for speed is none of it."""
        return {"journey": self.journey, "progress": self.progress, "kept": {}}

    @property
    def now(self) -> float:
        """How many motions are made."""
        return float(np.clip(self.progress.get_value(), 0.0, len(self.journey.steps)))

    def __call__(self, points: FloatArray) -> FloatArray:
        """The places (n, 2)."""
        progress = self.now
        whole = int(progress)
        kept = self.kept.get(id(points))
        if kept is None or kept.whole != whole:
            before = self.journey.at(points, whole)
            kept = self.kept[id(points)] = _Kept(points, whole, before, float(whole), before)
        if kept.progress != progress:
            kept.progress, kept.places = progress, self.journey.moved(kept.before, whole, progress - whole)
        return kept.places


@dataclass
class _Kept:
    """Points (which are kept, so that their identity stays theirs), after whole motions, and where they are now."""

    points: FloatArray
    whole: int
    before: FloatArray
    progress: float
    places: FloatArray


class Half:
    """Half of the frame, with a view of its own. corner: where a plate stands in it."""

    def __init__(self, pose: FramePose, corner: tuple[float, float], drift: Swaying | None) -> None:
        self.pose, self.corner, self.view = pose, corner, FrameView(pose, drift)

    def edge(self) -> tuple[FloatArray, float]:
        """The line to the other half, in the plane: a normal (2,) and an offset, at least 0 together in this half."""
        inward = np.array([0.0, 1.0] if theme.VERTICAL else [-1.0, 0.0])  # the pose is that of the frame's middle
        return inward, float(-inward @ [self.pose.x, self.pose.y])

    def place_of(self, point: FloatArray) -> Callable[[], FloatArray]:
        """Where a point (2,) of the plane is in the frame, (3,), asked every frame."""
        return lambda: self.view.point(point)

    def nearest(self, points: FloatArray) -> list[Callable[[], FloatArray]]:
        """Where the one of some points (n, 2) nearest to the plate but not under it is, for its leader; or nothing."""
        off = self.view.to_frame(points)[:, :2] - self.corner
        away = np.where((np.abs(off) < UNDER).all(axis=1), np.inf, np.linalg.norm(off, axis=1))
        if not np.isfinite(away).any():
            return []
        return [self.place_of(points[int(away.argmin())])]


class FoldedPlane:
    """The plane on its way: `progress` counts its motions, and all that is built here follows.

    places: what there is to see. drift: what keeps the view from standing still.
    """

    def __init__(self, places: FoldingPlaces, pose: FramePose, drift: Swaying) -> None:
        self.places, self.data, self.journey = places, places.data, places.journey
        self.progress = ValueTracker(0.0)
        self.angle = ValueTracker(0.0)  # by which the straight cuts are turned
        self.view = FrameView(pose, drift)
        self.where = Riding(self.journey, self.progress)
        self.hero_home = places.hero[None]
        self.mesh_step = round_step(theme.middle_zone().height / pose.unit, 8)
        self.heading = 1  # forward; -1 while motions are undone
        self.acting_layer, self.acting_units = 0, list[int]()  # what the small picture of the network lights

    def pose_at(self, step: int) -> FramePose:
        """The pose in which the points after so many motions fill the frame, with the lines that they are folded on."""
        now = self.journey.at(self.data.points, step)
        lines = np.zeros((int(0 < step < len(self.journey.steps)), 2))
        return FramePose.fitting(np.vstack([now, lines]))

    # --- what rides on the plane

    def make_mesh(self) -> VGroup:
        """The grid of the input plane, finer where one goes near."""
        box, creases = self.view.pose.box(MESH), self.places.sheet.edges.segments
        return plane_mesh(self.view, box, creases, self.where, self.mesh_step).set_z_index(MESH_Z)

    def make_sheet(self) -> CellPath:
        """The plane itself, as a faint surface: after a fold one sees where it still is one."""
        return plane_areas(self.view, self.places.sheet.polygons, self.where, theme.FLOAT, 0.07).set_z_index(AREA_Z)

    def make_clouds(self) -> VGroup:
        """The points, by mark and by tint of their class."""
        return VGroup(*self._marks(self.view, self.where)).set_z_index(POINT_Z)

    def _marks(self, view: FrameView, where: PlaneMap) -> list[PointCloud]:
        return [
            plane_marks(view, self.data.points[self.data.labels == k], where, color, mark)
            for k, (color, mark) in enumerate(zip(theme.CLASS_COLORS, CLASS_MARKS, strict=True))
            if k <= self.data.labels.max()
        ]

    def make_rings(self, points: FloatArray) -> PointCloud:
        """Rings around points."""
        return self._ring(self.view, points, self.where)

    def _ring(self, view: FrameView, points: FloatArray, where: PlaneMap) -> PointCloud:
        return plane_marks(view, points, where, theme.INK, "ring", WRONG)

    def first_of(self, points: FloatArray) -> list[Callable[[], FloatArray]]:
        """Where the first of some points (n, 2) is in the frame, for a leader; nothing if there is none."""
        return [self.place_of(points[0])] if len(points) else []

    def place_of(self, point: FloatArray) -> Callable[[], FloatArray]:
        """Where a point (2,) of the input plane is in the frame, (3,), asked every frame."""
        home = point[None]
        return lambda: np.asarray(self.view.to_frame(self.where(home))[0])

    def make_bends(self, fold: Fold) -> PointCloud:
        """Rings where the cuts bend on a crease."""
        places = self.places.bends[fold]
        return plane_marks(self.view, places, self.where, theme.INK, "ring", RING).set_z_index(POINT_Z)

    def make_network(self) -> VGroup:
        """The network, small, in the corner below the picture at the left: what acts is lit."""
        zone = theme.middle_zone()
        graph = small_graph(self.journey.network.widths, lambda: self.acting_layer, lambda: self.acting_units)
        whole = VGroup(board(graph, theme.GUIDE), graph)
        corner = np.array([zone.left + theme.MARGIN, zone.bottom + theme.MARGIN, 0.0])
        return whole.align_to(corner, LEFT + DOWN).set_z_index(theme.LAYER_PLATES)

    def light(self, *steps: Turn | Fold) -> None:
        """Light the weights of a layer, or its neurons that fold, in the small picture."""
        self.acting_layer = steps[0].layer
        self.acting_units = [step.unit for step in steps if isinstance(step, Fold)]

    def make_row(self) -> SegmentPath:
        """What the first fold presses into one spot with the hero, in the colour of its class."""
        color = theme.CLASS_COLORS[self.hero_class()]
        return plane_lines(self.view, self.places.row, self.where, color, theme.STRONG * ROW).set_z_index(CREASE_Z)

    @property
    def row_corner(self) -> tuple[float, float]:
        """Where the name of that row stands: at the left, below it."""
        zone = theme.middle_zone()
        return zone.left + 0.9, zone.top - 2.0

    def row_place(self) -> FloatArray:
        """The middle of the row in the frame, (3,)."""
        return np.asarray(self.view.to_frame(self.where(self.places.row[0]).mean(axis=0)[None])[0])

    def hero_class(self) -> int:
        """Of which class the hero is."""
        return int(self.data.labels[(self.data.points == self.places.hero).all(axis=1)][0])

    def make_core(self, place: Callable[[], FloatArray] | None = None) -> PointCloud:
        """What shows within the hero which class it is of."""
        label = self.hero_class()
        core = hero_mark(place or self.hero_place, CLASS_MARKS[label], CORE)
        return core.set_fill(theme.CLASS_COLORS[label]).set_stroke(width=0.0)

    def make_trail(self) -> CellPath:
        """Where the hero has just been, while a motion is on."""
        return comet(lambda: self.view.to_frame(self.way_behind()))

    def way_behind(self) -> FloatArray:
        """The last part of the hero's way, (n, 2): half a motion, less where one begins or ends."""
        now = self.where.now
        part = now % 1.0
        length = TAIL * np.sin(np.pi * part)
        if part == 0.0:
            return np.zeros((0, 2))
        behind = now - self.heading * length
        steps = np.clip(np.linspace(behind, now, 12), np.floor(now), np.ceil(now))
        whole = int(now)
        before = self.journey.at(self.hero_home, whole)
        return np.concatenate([self.journey.moved(before, whole, float(step) - whole) for step in steps])

    def hero_place(self) -> FloatArray:
        """Where the hero is in the frame, (3,)."""
        return np.asarray(self.view.to_frame(self.where(self.hero_home))[0])

    # --- straight cuts

    def turned(self, points: FloatArray) -> FloatArray:
        """Points (n, 2) turned as the straight cuts are, about the point in which they meet."""
        cuts = self.places.cuts
        assert cuts is not None
        angle = self.angle.get_value()
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return np.asarray((points - cuts.meeting) @ rotation.T + cuts.meeting)

    def make_cuts(self) -> tuple[VGroup, SegmentPath]:
        """The sectors that straight cuts give to the classes, and the cuts, turned by `angle`."""
        assert self.places.cuts is not None
        return self._cuts(self.places.cuts, self.turned)

    def make_folded_cuts(self) -> tuple[VGroup, SegmentPath]:
        """The same for the cuts that are fitted to the plane as layer 1 has folded it."""
        assert self.places.folded_cuts is not None
        return self._cuts(self.places.folded_cuts, stay)

    def halves(self) -> tuple[Half, Half]:
        """The left and the right half of the frame (in an upright one the upper and the lower), for the input plane."""
        zone, axis = theme.middle_zone(), int(theme.VERTICAL)
        size = np.array([zone.width, zone.height])
        size[axis] /= 2
        low, high = self.data.points.min(axis=0), self.data.points.max(axis=0)
        room = np.array([0.0, BELOW])
        unit = float(FILL * ((size - room) / (high - low)).min())
        step = np.zeros(2)
        step[axis] = size[axis] / 2 * (-1 if theme.VERTICAL else 1)
        made = []
        for sign in (-1, 1):
            x, y = (low + high) / 2 - (sign * step + room / 2) / unit
            middle, bottom = zone.center[:2] + sign * step - np.array([0.0, size[1] / 2])
            made.append(Half(FramePose(float(x), float(y), unit), (middle, bottom + 0.7), self.view.drift))
        return made[0], made[1]

    def make_straight(self, half: Half) -> list[VMobject]:
        """The input plane between straight cuts, over what else is in this half of the frame."""
        cuts = self.places.cuts
        assert cuts is not None
        reach = float(np.ptp(self.places.sheet.box))
        normal, offset = half.edge()
        view = half.view
        corners = reach * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) + self.data.points.mean(axis=0)
        ground = plane_areas(view, [clip_polygon(corners, normal, offset)], stay, theme.BACKGROUND, 1.0)
        left, right, bottom, top = half.pose.box(1.1)
        seen_part = (left, right, half.pose.y, top) if theme.VERTICAL else (left, half.pose.x, bottom, top)
        mesh = plane_mesh(view, seen_part, np.zeros((0, 2, 2)), stay, self.mesh_step)
        fills = [
            plane_areas(view, [clip_polygon(part, normal, offset)], stay, color, SECTOR_TINT)
            for part, color in zip(cuts.sectors(reach), theme.CLASS_COLORS, strict=False)
        ]
        start, way = cuts.lines(reach)[:, 0], np.diff(cuts.lines(reach), axis=1)[:, 0]
        falling = -np.minimum(way @ normal, -1e-12)
        ends = start + np.minimum(1.0, (start @ normal + offset) / falling)[:, None] * way
        lines = plane_lines(view, np.stack([start, ends], axis=1), stay, theme.INK, theme.STRONG)
        along = np.array([[half.pose.x, half.pose.y]]) + reach * np.array([normal[::-1], -normal[::-1]])
        border = plane_lines(view, [along], stay, theme.BACKGROUND, GUTTER)
        hero = hero_mark(half.place_of(self.places.hero))
        core = self.make_core(half.place_of(self.places.hero))
        seen = [*self._marks(view, stay), self._ring(view, self.places.cut_missed, stay), hero, core]
        parts = [ground, mesh, *fills, lines, border, *seen]
        return [part.set_z_index(BESIDE_Z + k / 100) for k, part in enumerate(parts)]

    def _cuts(self, cuts: StraightCuts, where: PlaneMap) -> tuple[VGroup, SegmentPath]:
        reach = float(np.ptp(self.places.sheet.box))
        fills = [
            plane_areas(self.view, [part], where, color, SECTOR_TINT)
            for part, color in zip(cuts.sectors(reach), theme.CLASS_COLORS, strict=False)
        ]
        return VGroup(*fills).set_z_index(AREA_Z), plane_lines(
            self.view, cuts.lines(reach), where, theme.INK, theme.STRONG
        ).set_z_index(CUT_Z)

    # --- creases

    def make_creases(self, layer: int) -> list[VGroup]:
        """The creases of a layer's two units, each with the glow that it has while its ReLU acts."""
        borders = self.places.sheet.boundaries()
        made = []
        for unit in (0, 1):
            own = borders.segments[(borders.layer == layer) & (borders.unit == unit)]
            line = plane_lines(self.view, own, self.where, theme.BOUNDARY, theme.STRONG * (1.0 if layer == 1 else 0.45))
            glow = glowing(line, self.acting(Fold(layer, unit)), 5 * theme.STRONG)
            made.append(VGroup(line, glow).set_z_index(CREASE_Z))
        return made

    def acting(self, fold: Fold) -> Callable[[], float]:
        """How much a ReLU is at work now, from 0 to 1, forward or backward."""
        end, progress = self.journey.number(fold), self.progress
        return lambda: float(np.clip(min(progress.get_value() - end + 1, end - progress.get_value()) / RISE, 0.0, 1.0))

    def make_beyond(self, fold: Fold) -> CellPath:
        """The part of the plane that a fold presses flat: it shrinks onto the crease as that happens."""
        sheet = self.places.sheet
        unit = 2 * (fold.layer - 1) + fold.unit
        off = np.flatnonzero(~sheet.patterns[:, unit])
        return plane_areas(self.view, [sheet.polygons[k] for k in off], self.where, theme.BOUNDARY, 0.2).set_z_index(
            AREA_Z
        )

    # --- the output

    def make_sectors(self, readout: FloatArray) -> tuple[VGroup, SegmentPath]:
        """The sectors of the output plane, and the straight cuts between them."""
        outputs = self.journey.at(self.data.points, len(self.journey.steps))
        fills, cuts = plane_sectors(self.view, readout, FAR * float(np.abs(outputs).max()))
        return fills.set_z_index(AREA_Z), cuts.set_z_index(CUT_Z)

    def make_land(self) -> tuple[VGroup, SegmentPath]:
        """The same on the plane, wherever it is: the land of each class, and the cuts, bent as the plane is."""
        land = self.places.land
        assert land is not None
        fills = [
            plane_areas(self.view, pieces, self.where, color, SECTOR_TINT)
            for pieces, color in zip(land.pieces, theme.CLASS_COLORS, strict=False)
        ]
        return VGroup(*fills).set_z_index(AREA_Z), plane_lines(
            self.view, land.borders, self.where, theme.INK, theme.STRONG
        ).set_z_index(CUT_Z)

    def turn_number(self, layer: int) -> int:
        """The progress at which a layer has turned the plane."""
        return self.journey.number(Turn(layer))
