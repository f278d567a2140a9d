"""The picture of LayerProgressionScene: a plane at full frame that is turned and folded, with all that rides on it."""

from collections.abc import Callable

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.folding import Fold, FoldingPlaces, Turn
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
from quantization_story.mobjects.hero import Trail
from quantization_story.mobjects.live import live_fill
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.style import theme

MESH = 4.0  # how many times as far as the frame shows at first the grid runs
FAR = 60.0  # how many times as far as the points of a plane a sector reaches: beyond every edge of the frame
RISE = 0.12  # of a fold: how soon its crease glows
TINT, COUNTED, LIT = 0.17, 0.1, 0.34  # how opaque: the land of a class, a region that is counted, the latest of them


# What covers what, from below: grid, areas, cuts, creases, points; strips, plates and hero lie above zero.
MESH_Z, AREA_Z, CUT_Z, CREASE_Z, POINT_Z = -5, -4, -3, -2, -1


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
        journey, progress = self.journey, self.progress
        last = len(journey.steps)
        # A plain function, since manim copies a mobject with all that its attributes are bound to.
        self.where = lambda points: journey.at(points, float(np.clip(progress.get_value(), 0.0, last)))

    def pose_at(self, step: int) -> FramePose:
        """The pose in which the points after so many motions fill the frame, with the lines that they are folded on."""
        now = self.journey.at(self.data.points, step)
        return FramePose.fitting(np.vstack([now, np.zeros((1, 2))]) if step else now)

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
        step = round_step(theme.middle_zone().height / pose.unit, 12)
        sheet, near = self.places.sheet, pose.box(0.45)
        return plane_mesh(self.view, pose.box(MESH), sheet.edges.segments, self.where, step, (near,)).set_z_index(
            MESH_Z
        )

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
        """Rings around points that lie on a wrong side."""
        return plane_marks(self.view, points, self.where, theme.INK, "ring", 0.11)

    def make_trail(self) -> Trail:
        """Where the hero has been in the last seconds."""
        return Trail(lambda: self.where(self.places.hero[None])[0], self.view.to_frame)

    def hero_place(self) -> FloatArray:
        """Where the hero is in the frame, (3,)."""
        return np.asarray(self.view.to_frame(self.where(self.places.hero[None]))[0])

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
        cuts = self.places.cuts
        assert cuts is not None
        reach = float(np.ptp(self.places.sheet.box))
        fills = [
            plane_areas(self.view, [part], self.turned, color, TINT)
            for part, color in zip(cuts.sectors(reach), theme.CLASS_COLORS, strict=False)
        ]
        return VGroup(*fills).set_z_index(AREA_Z), plane_lines(
            self.view, cuts.lines(reach), self.turned, theme.INK, theme.STRONG
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
            made.append(VGroup(glow, line).set_z_index(CREASE_Z))
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
        """The regions that are counted so far, the one just counted brighter."""
        polygons = self.places.regions
        counted, view = self.counted, self.view

        def lit(first: int, count: int) -> list[np.ndarray]:
            return [view.to_frame(polygon) for polygon in polygons[max(0, first) : max(0, count)]]

        return VGroup(
            live_fill(lambda: lit(0, _whole(counted) - 1), theme.INK, COUNTED),
            live_fill(lambda: lit(_whole(counted) - 1, _whole(counted)), theme.INK, LIT),
        ).set_z_index(AREA_Z)

    def count_regions(self) -> str:
        """How many regions are counted now."""
        return str(_whole(self.counted))

    def turn_number(self, layer: int) -> int:
        """The progress at which a layer has turned the plane."""
        return self.journey.number(Turn(layer))


def _whole(counted: ValueTracker) -> int:
    """How many are counted, while one is on its way."""
    return int(counted.get_value() + 1e-6)
