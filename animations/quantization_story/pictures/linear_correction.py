"""The picture of LinearCorrectionScene: both networks' points in one plane, and a sheet pulled by its corners."""

from collections.abc import Callable

import numpy as np
from manim import ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.folding import Turn
from quantization_story.analysis.transport import CorrectionPlaces, StraightPull, pulled
from quantization_story.core.affine import AffineMap, rank
from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.distances import lengths
from quantization_story.core.plane_geometry import dash_segments, round_step
from quantization_story.core.tasks import LabelledPoints, accuracy_of_outputs, hits
from quantization_story.mobjects.frame_view import (
    FramePose,
    FrameView,
    Swaying,
    plane_areas,
    plane_lines,
    plane_marks,
    stay,
)
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.sectors import plane_sectors
from quantization_story.style import theme

PARTS = 4.0  # the progress at which a map is carried out: see `MapParts`
FAR = 60.0  # how many times as far as the points a sector reaches: beyond every edge of the frame
SHEET = 1.06  # times the extent of the points under it
NEAR, NEARER, ASIDE = 2.2, 3.0, 0.3  # times as near: to a crease, to a pair; and how far to the middle of the points
ALONG = 2.3  # frame units along a crease, seen from near, to where it is named
RING, DOT, HANDLE = 0.13, 0.06, 0.14
FILL = 0.81  # of the middle of the frame: the points of a hidden layer, whose sheet is to stay clear of the strips
SHADE = 0.1  # how opaque the side is that a ReLU presses
LINES = 10  # of a sheet's grid, about, from side to side
DASH, GAP = 0.2, 0.7  # frame units, seen from near; of a dash
GRID_Z, AREA_Z, CREASE_Z, THREAD_Z, POINT_Z, RING_Z = -6, -5, -4, -3, -2, -1


class TwoPlanes:
    """Both networks' points in one plane. `progress` counts the motions of the layers, for both.

    rounding: how far the weights of layer 1 are on their way to their levels. pressed, own_pressed: how far the shown
    ReLU of layer 1 has acted in the float network, and in the rounded one. pull: how far the map is carried out, 0 to 4
    (see `MapParts`). lean: how far it has gone over to another map.
    """

    def __init__(self, places: CorrectionPlaces, data: LabelledPoints, ends: tuple[FloatArray, FloatArray]) -> None:
        self.places, self.data, self.ends = places, data, ends
        self.progress = ValueTracker(0.0)
        self.rounding, self.pressed, self.own_pressed = (ValueTracker(0.0) for _ in range(3))
        self.pull, self.lean = ValueTracker(0.0), ValueTracker(0.0)
        self._known: tuple[tuple[float, ...], tuple[FloatArray, FloatArray]] = (), ends
        self.take_map(places.exact)

    def __deepcopy__(self, memo: dict[int, object]) -> "TwoPlanes":
        """A copied mobject still lies in the same plane."""
        return self

    def look(self, drift: Swaying) -> FrameView:
        """The view of it, and its poses."""
        self.at_layer_1, self.at_output = self.pose_at(self.places.first), self.pose_at(self.places.output)
        self.view = FrameView(self.pose_at(0), drift)
        return self.view

    def pose_at(self, step: int) -> FramePose:
        """The pose in which both clouds fill the frame after so many motions; at the output along it, if it is long."""
        both = np.vstack([self.places.floats(step), self.places.rounded(step)])
        if step < self.places.output:
            return FramePose.fitting(both, FILL)
        upright = FramePose.fitting(both)
        turned = FramePose.fitting(both, turn=-np.pi / 2)
        return turned if turned.unit > upright.unit else upright

    def pose_near_crease(self) -> FramePose:
        """The pose from which one sees how far a ReLU parts the twins: near the one that it parts most."""
        places = self.places
        home = places.press(places.floats(places.first), 1.0)
        apart = lengths(places.exact(places.press(places.rounded(places.first), 1.0)) - home)
        x, y = blend(home[int(apart.argmax())], home.mean(axis=0), ASIDE)
        return FramePose(float(x), float(y), NEAR * self.at_layer_1.unit)

    def pose_near_hero(self) -> FramePose:
        """The pose from which one sees how far the hero and its twin are apart at the output."""
        floats, hero = self.floats(), self.places.hero
        x, y = blend(floats[hero], floats.mean(axis=0), ASIDE)
        return FramePose(float(x), float(y), NEARER * self.at_output.unit, self.at_output.turn)

    def pose_of_all(self) -> FramePose:
        """The pose in which all points and their twins, as they are now, fill the frame."""
        return FramePose.fitting(np.vstack([self.floats(), self.rounded()]), turn=self.at_output.turn)

    def onward(self) -> list[tuple[int, bool]]:
        """The motions from here to the output: where each ends, and whether it is a turn and the view goes along."""
        steps = self.places.float_path.steps
        return [(k + 1, isinstance(steps[k], Turn)) for k in range(round(self.progress.get_value()), len(steps))]

    # --- the map

    def take_map(self, transport: AffineMap, other: AffineMap | None = None, straight: bool = False) -> None:
        """From here on this map is pulled into place: part after part about the middle of the points, or straight.

        other: the map that it may lean to.
        """
        middle = self.places.rounded(self.progress.get_value()).mean(axis=0)
        self.goal, self.other = transport, transport if other is None else other
        self.parts = StraightPull(transport) if straight else pulled(transport, middle)

    @property
    def now(self) -> AffineMap:
        """The map as far as it is carried out."""
        here, lean = self.parts.until(self.pull.get_value()), self.lean.get_value()
        return here.toward(self.other, lean) if lean else here

    @property
    def mapped(self) -> bool:
        """Whether there is a map now."""
        return self.pull.get_value() > 0

    def reached(self) -> float:
        """The accuracy of the rounded network with the map as it is now, 0 to 1."""
        return accuracy_of_outputs(self.now(self.ends[1]), self.data.labels, self.places.readout)

    # --- where the drawn points are

    def _on_the_way(self) -> tuple[FloatArray, FloatArray]:
        """The drawn points of both networks at this progress, (n, 2) each; worked out once a frame."""
        trackers = self.progress, self.rounding, self.pressed, self.own_pressed
        key = progress, rounding, pressed, own_pressed = tuple(each.get_value() for each in trackers)
        if self._known[0] != key:
            places = self.places
            floats, rounded = places.floats(progress), places.rounded(progress)
            if progress <= places.pressed_flat:
                floats, rounded = places.press(floats, pressed), places.press(rounded, own_pressed)
            self._known = key, (floats, blend(floats, rounded, rounding))
        return self._known[1]

    def floats(self) -> FloatArray:
        """The drawn float points, (n, 2)."""
        return self._on_the_way()[0]

    def rounded(self) -> FloatArray:
        """The drawn rounded points with the map as it is now, (n, 2)."""
        now = self._on_the_way()[1]
        return self.now(now) if self.mapped else now

    def hero_place(self) -> FloatArray:
        """Where the hero's rounded point is in the frame, (3,)."""
        return self.view.point(self.rounded()[self.places.hero])

    # --- what is drawn

    def _tinted(self, path: VMobject) -> VMobject:
        """Let a path turn from the rounded network's colour to the repaired one as the map is carried out."""
        ends, pull = (ManimColor(theme.QUANTIZED), ManimColor(theme.REPAIRED)), self.pull
        painted = [-1.0]

        def paint(mobject: VMobject) -> None:
            part = min(1.0, max(0.0, pull.get_value() / PARTS))
            if painted[0] != part:
                painted[0] = part
                mobject.set_color(interpolate_color(*ends, part), family=False)

        path.add_updater(paint)
        paint(path)
        return path

    def _cloud(self, places: Callable[[], FloatArray], color: str) -> list[PointCloud]:
        """Marks by class where the function has the points, (n, 2)."""
        labels, view = self.places.drawn.labels, self.view
        marks = ((labels == k, mark) for k, mark in enumerate(CLASS_MARKS) if (labels == k).any())
        return [live_marks(lambda own=own: view.to_frame(places()[own]), color, mark, DOT) for own, mark in marks]

    def make_floats(self) -> VGroup:
        """The float points, by the mark of their class."""
        return VGroup(*self._cloud(self.floats, theme.FLOAT)).set_z_index(POINT_Z)

    def make_rounded(self) -> VGroup:
        """The rounded points, by the mark of their class; they turn violet with the map."""
        return VGroup(*map(self._tinted, self._cloud(self.rounded, theme.QUANTIZED))).set_z_index(POINT_Z)

    def make_threads(self) -> SegmentPath:
        """From each rounded point to its float twin."""
        view = self.view

        def ends() -> FloatArray:
            return np.stack([view.to_frame(self.rounded()), view.to_frame(self.floats())], axis=1)

        return live_segments(ends, theme.INK, theme.THIN, 0.55).set_z_index(THREAD_Z)

    def make_hero_thread(self) -> SegmentPath:
        """The hero's own thread, bright."""
        view, hero = self.view, self.places.hero

        def ends() -> FloatArray:
            return np.stack([view.to_frame(self.rounded()[[hero]]), view.to_frame(self.floats()[[hero]])], axis=1)

        return live_segments(ends, theme.HERO, theme.STRONG).set_z_index(theme.LAYER_HERO)

    def make_rings(self) -> PointCloud:
        """Rings around the drawn rounded points that lie outside their sector now."""
        view, labels, readout = self.view, self.places.drawn.labels, self.places.readout

        def wrong() -> FloatArray:
            now = self.rounded()
            return view.to_frame(now[~hits(now, labels, readout)])

        return live_marks(wrong, theme.INK, "ring", RING).set_z_index(RING_Z)

    def make_sectors(self) -> VGroup:
        """The sectors of the output plane with the lines between them."""
        reach = FAR * float(np.abs(np.vstack(self.ends)).max())
        fills, lines = plane_sectors(self.view, self.places.readout, reach)
        return VGroup(fills.set_z_index(AREA_Z), lines.set_z_index(AREA_Z))

    def make_sheet(self, under: FloatArray) -> tuple[SegmentPath, VGroup]:
        """The float network's grid, and that of the rounded one with its four corners: where the map brings it onto it.

        under: points (n, 2) of the float network that the sheet covers.
        """
        low, high = under.min(axis=0), under.max(axis=0)
        middle, half = (low + high) / 2, SHEET * (high - low) / 2
        lines, corners = sheet_grid(middle - half, middle + half)
        # A map onto a line has no inverse: its sheet begins on the grid, and is squeezed.
        inverse = self.goal.inverse() if rank(self.goal.linear) == 2 else AffineMap.identity(2)
        still = plane_lines(self.view, lines, np.asarray, theme.FLOAT, theme.THIN).set_stroke(opacity=0.45)

        def where(points: FloatArray) -> FloatArray:
            return self.now(blend(points, inverse(points), self.rounding.get_value()))

        grid = plane_lines(self.view, lines, where, theme.QUANTIZED, theme.THIN).set_stroke(opacity=0.7)
        handles = plane_marks(self.view, corners, where, theme.QUANTIZED, "square", HANDLE)
        sheet = VGroup(self._tinted(grid), self._tinted(handles))
        return still.set_z_index(GRID_Z), sheet.set_z_index(GRID_Z)

    def make_beyond(self) -> CellPath:
        """The part of the plane that the shown ReLU presses onto its crease."""
        unit, box = self.places.unit, np.array(self.at_layer_1.box(2.0))
        box[2 * unit + 1] = 0.0
        corners = np.array([[box[x], box[y]] for x, y in ((0, 2), (1, 2), (1, 3), (0, 3))])
        return plane_areas(self.view, [corners], stay, theme.BOUNDARY, SHADE).set_z_index(AREA_Z)

    def on_crease(self, mapped: bool) -> FloatArray:
        """Where a crease runs in the frame, (3,), aside of the points: the shown one, or where the map takes it."""
        unit, pose = self.places.unit, self.pose_near_crease()
        there = np.zeros((1, 2))
        there[0, 1 - unit] = (pose.x, pose.y)[1 - unit] + ALONG / pose.unit
        return self.view.point((self.now(there) if mapped else there)[0])

    def make_creases(self) -> tuple[SegmentPath, SegmentPath]:
        """The crease of the shown ReLU, and where the map takes it with the rounded points, dashed."""
        unit, box = self.places.unit, np.array(self.at_layer_1.box(1.5))
        across = np.zeros((1, 2, 2))
        across[0, :, 1 - unit] = box[2 * (1 - unit) :][:2]
        dash = DASH / (NEAR * self.at_layer_1.unit)
        dashes = np.stack(dash_segments(across[:, 0], across[:, 1], dash, GAP * dash), axis=1)
        solid = plane_lines(self.view, across, np.asarray, theme.BOUNDARY, theme.STRONG)
        dashed = plane_lines(self.view, dashes, lambda points: self.now(points), theme.BOUNDARY, theme.STRONG)
        return solid.set_z_index(CREASE_Z), dashed.set_z_index(CREASE_Z)


def sheet_grid(low: FloatArray, high: FloatArray) -> tuple[list[FloatArray], FloatArray]:
    """The lines of a square grid in a box, its edges among them, and its four corners (4, 2)."""
    step = round_step(float((high - low).max()), LINES)
    lines = []
    for axis in (0, 1):
        inner = step * np.arange(np.ceil(low[axis] / step), np.floor(high[axis] / step) + 1)
        for place in np.concatenate([[low[axis]], inner, [high[axis]]]):
            ends = np.array([low, high])
            ends[:, axis] = place
            lines.append(ends)
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    return lines, corners
