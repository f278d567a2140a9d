"""The picture of LayerProgressionScene: a plane at full frame that is turned and folded, with all that rides on it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.folding import Fold, FoldingJourney, FoldingPlaces, Turn, bends
from quantization_story.analysis.straight_cuts import StraightCuts
from quantization_story.core.arrays import FloatArray
from quantization_story.core.plane_geometry import Window, round_step, sector_borders, sector_polygons
from quantization_story.core.tasks import LabelledPoints
from quantization_story.mobjects.frame_view import (
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
from quantization_story.mobjects.hero import comet
from quantization_story.mobjects.live import live_fill
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneMap
from quantization_story.style import theme

MESH = 4.0  # how many times as far as the frame shows at first the grid runs
FAR = 60.0  # how many times as far as the points of a plane a sector reaches: beyond every edge of the frame
TAIL = 0.5  # of a motion: how far the trail of the hero reaches back
RISE = 0.12  # of a fold: how soon its crease glows
TINT, LIT = 0.17, 0.2  # how opaque: the land of a class, a region that is counted
RING = 0.11  # the radius of a ring, and of a dot of the pair


# What covers what, from below: grid, areas, cuts, creases, points; strips, plates and hero lie above zero.
MESH_Z, AREA_Z, CUT_Z, CREASE_Z, POINT_Z = -5, -4, -3, -2, -1


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


class FoldedPlane:
    """The plane on its way: `progress` counts its motions, and all that is built here follows.

    places: what there is to see. data: the points that are drawn. drift: what keeps the view from standing still.
    """

    def __init__(self, places: FoldingPlaces, data: LabelledPoints, pose: FramePose, drift: Swaying) -> None:
        self.places, self.data, self.journey = places, data, places.journey
        self.progress = ValueTracker(0.0)
        self.angle = ValueTracker(0.0)  # by which the straight cuts are turned
        self.counted = ValueTracker(0.0)  # regions
        self.view = FrameView(pose, drift)
        self.where = Riding(self.journey, self.progress)
        self.hero_home = places.hero[None]
        self.heading = 1  # forward; -1 while motions are undone

    def pose_at(self, step: int) -> FramePose:
        """The pose in which the points after so many motions fill the frame, with the lines that they are folded on."""
        now = self.journey.at(self.data.points, step)
        if step < len(self.journey.steps):
            return FramePose.fitting(np.vstack([now, np.zeros((1, 2))]) if step else now)
        upright, turned = FramePose.fitting(now), FramePose.fitting(now, turn=-np.pi / 2)  # along the frame, if long
        return turned if turned.unit > upright.unit else upright

    def view_before(self, step: int) -> FramePose | None:
        """The pose before the motion that leads on from `step`; None where that is a fold, which the view sits out."""
        if isinstance(self.journey.steps[step], Fold):
            return None
        turns = [k + 1 for k, motion in enumerate(self.journey.steps[:step]) if isinstance(motion, Turn)]
        return self.pose_at(turns[-1] if turns else 0)

    # --- what rides on the plane

    def make_mesh(self) -> VGroup:
        """The grid of the input plane, finer where one goes near."""
        pose = self.view.pose
        step = round_step(theme.middle_zone().height / pose.unit, 8)
        creases = self.places.sheet.edges.segments
        return plane_mesh(self.view, pose.box(MESH), creases, self.where, step).set_z_index(MESH_Z)

    def make_sheet(self) -> CellPath:
        """The plane itself, as a faint surface: after a fold one sees where it still is one."""
        return plane_areas(self.view, self.places.sheet.polygons, self.where, theme.FLOAT, 0.07).set_z_index(AREA_Z)

    def make_clouds(self) -> VGroup:
        """The points, by mark and by tint of their class."""
        return VGroup(
            *(
                plane_marks(self.view, self.data.points[self.data.labels == k], self.where, color, mark)
                for k, (color, mark) in enumerate(zip(theme.CLASS_COLORS, CLASS_MARKS, strict=True))
                if k <= self.data.labels.max()
            )
        ).set_z_index(POINT_Z)

    def make_rings(self, points: FloatArray) -> PointCloud:
        """Rings around those of the points that are drawn, the hero among them."""
        seen = np.vstack([self.data.points, self.places.hero])
        drawn = (points[:, None] == seen[None]).all(axis=2).any(axis=1)
        return plane_marks(self.view, points[drawn], self.where, theme.INK, "ring", RING)

    def place_of(self, point: FloatArray) -> Callable[[], FloatArray]:
        """Where a point (2,) of the input plane is in the frame, (3,), asked every frame."""
        home = point[None]
        return lambda: np.asarray(self.view.to_frame(self.where(home))[0])

    def make_pair(self) -> VGroup:
        """Two points that the first fold presses together, and the thread between them."""
        pair = self.places.pair
        assert pair is not None
        thread = plane_lines(self.view, [pair], self.where, theme.INK, theme.THIN)
        return VGroup(thread, plane_marks(self.view, pair, self.where, theme.INK, "disc", RING)).set_z_index(POINT_Z)

    def make_bends(self, step: int) -> PointCloud | None:
        """Rings where the cuts bend on the crease that opens as this motion is undone; None where none does."""
        fold, land = self.journey.steps[step], self.places.land
        if land is None or not isinstance(fold, Fold):
            return None
        places = bends(land, self.journey, fold)
        if not len(places):
            return None
        return plane_marks(self.view, places, self.where, theme.INK, "ring", 2 * RING).set_z_index(POINT_Z)

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

    def make_cuts_after(self, layer: int) -> tuple[VGroup, SegmentPath]:
        """The same for the cuts that are fitted to the folded plane after a layer."""
        return self._cuts(self.places.later_cuts[layer], stay)

    def _cuts(self, cuts: StraightCuts, where: PlaneMap) -> tuple[VGroup, SegmentPath]:
        reach = float(np.ptp(self.places.sheet.box))
        fills = [
            plane_areas(self.view, [part], where, color, TINT)
            for part, color in zip(cuts.sectors(reach), theme.CLASS_COLORS, strict=False)
        ]
        return VGroup(*fills).set_z_index(AREA_Z), plane_lines(
            self.view, cuts.lines(reach), where, theme.INK, theme.STRONG
        ).set_z_index(CUT_Z)

    def count_missed(self) -> str:
        """How many points the straight cuts leave on a wrong side as they are turned now."""
        cuts = self.places.cuts
        assert cuts is not None
        return str(int(cuts.wrong(self.places.data, self.angle.get_value()).sum()))

    # --- creases

    def make_creases(self, layer: int) -> list[VGroup]:
        """The creases of a layer's two units, each with the glow that it has while its ReLU acts."""
        borders = self.places.sheet.boundaries()
        made = []
        for unit in (0, 1):
            own = borders.segments[(borders.layer == layer) & (borders.unit == unit)]
            line = plane_lines(self.view, own, self.where, theme.BOUNDARY, theme.STRONG * 0.75)
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
        window = Window(0.0, 0.0, FAR * float(np.abs(self.journey.at(self.data.points, len(self.journey.steps))).max()))
        fills = [
            plane_areas(self.view, [part], stay, color, TINT)
            for part, color in zip(sector_polygons(window, readout), theme.CLASS_COLORS, strict=False)
        ]
        rays = window.half * sector_borders(readout)
        lines = np.stack([np.zeros_like(rays), rays], axis=1)
        return VGroup(*fills).set_z_index(AREA_Z), plane_lines(
            self.view, lines, stay, theme.INK, theme.STRONG
        ).set_z_index(CUT_Z)

    def make_land(self) -> tuple[VGroup, SegmentPath]:
        """The same on the plane, wherever it is: the land of each class, and the cuts, bent as the plane is."""
        land = self.places.land
        assert land is not None
        fills = [
            plane_areas(self.view, pieces, self.where, color, TINT)
            for pieces, color in zip(land.pieces, theme.CLASS_COLORS, strict=False)
        ]
        return VGroup(*fills).set_z_index(AREA_Z), plane_lines(
            self.view, land.borders, self.where, theme.INK, theme.STRONG
        ).set_z_index(CUT_Z)

    # --- the regions

    def make_counted(self) -> VGroup:
        """The regions that are counted so far, and the next one as it comes."""
        polygons = self.places.regions
        counted, view = self.counted, self.view

        def lit(first: int, count: int) -> list[np.ndarray]:
            return [view.to_frame(polygon) for polygon in polygons[max(0, first) : max(0, count)]]

        coming = live_fill(lambda: lit(_whole(counted), _begun(counted)), theme.INK, 0.0)
        coming.add_updater(lambda fill: fill.set_fill(opacity=LIT * (counted.get_value() % 1)))
        return VGroup(live_fill(lambda: lit(0, _whole(counted)), theme.INK, LIT), coming).set_z_index(AREA_Z)

    def count_regions(self) -> str:
        """How many regions are counted now."""
        return str(_whole(self.counted))

    def turn_number(self, layer: int) -> int:
        """The progress at which a layer has turned the plane."""
        return self.journey.number(Turn(layer))


def _whole(counted: ValueTracker) -> int:
    """How many are counted, while one is on its way."""
    return int(counted.get_value() + 1e-6)


def _begun(counted: ValueTracker) -> int:
    """How many are counted or on their way."""
    return int(np.ceil(counted.get_value() - 1e-6))
