"""The picture of LinearCorrectionScene: both networks' points in one plane, and a sheet pulled by its corners."""

from collections.abc import Callable

import numpy as np
from manim import DOWN, RIGHT, ManimColor, RoundedRectangle, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.folding import Turn
from quantization_story.analysis.transport import CorrectionPlaces, numbers_until, pressed, pulled
from quantization_story.core.affine import AffineMap, rank
from quantization_story.core.arrays import FloatArray
from quantization_story.core.distances import rms
from quantization_story.core.plane_geometry import dash_segments, round_step
from quantization_story.core.tasks import LabelledPoints, accuracy_of_outputs, hits
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying, plane_lines, plane_marks
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.plates import board
from quantization_story.mobjects.sectors import plane_sectors
from quantization_story.mobjects.text import text
from quantization_story.style import theme

PARTS = 4.0  # the progress at which a map is carried out: see `MapParts`
FAR = 60.0  # how many times as far as the points a sector reaches: beyond every edge of the frame
SHEET = 1.06  # times the extent of the points under it
NEAR = 2.6  # how many times as near the camera goes to a crease
RING, DOT, HANDLE = 0.13, 0.06, 0.14
BAR = 2.0  # frame units: the longest of two bars
FILL = 0.81  # of the middle of the frame: the points of a hidden layer, whose sheet is to stay clear of the strips
LINES = 10  # of a sheet's grid, about, from side to side
DASH, GAP = 0.16, 0.12  # frame units
GRID_Z, AREA_Z, CREASE_Z, THREAD_Z, POINT_Z, RING_Z = -6, -5, -4, -3, -2, -1


class TwoPlanes:
    """Both networks' points in one plane. `progress` counts the motions of the layers, for both.

    pull: how far the map is carried out, 0 to 4 (see `MapParts`). lean: how far it has gone over to another map.
    shared: how far the float points have been taken along by it.
    """

    def __init__(self, places: CorrectionPlaces, data: LabelledPoints, ends: tuple[FloatArray, FloatArray]) -> None:
        self.places, self.data, self.ends = places, data, ends
        self.progress = ValueTracker(float(places.output))
        self.pull, self.lean, self.shared = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.goal, self.other = places.whole, places.whole
        self._known = -1.0, ends
        networks, drawn = (places.float_path.network, places.rounded_path.network), places.drawn.points
        self._flat = np.any([pressed(each, drawn, unit) for each in networks for unit in (0, 1)], axis=0)
        self.parts = pulled(places.whole, ends[1].mean(axis=0))

    def __deepcopy__(self, memo: dict[int, object]) -> "TwoPlanes":
        """A copied mobject still lies in the same plane."""
        return self

    def look(self, drift: Swaying) -> FrameView:
        """The view of it, and its poses."""
        self.at_output, self.at_layer_1 = self.pose_at(self.places.output), self.pose_at(self.places.first)
        self.at_crease = self._pose_near_crease()
        self.view = FrameView(self.at_output, drift)
        return self.view

    def pose_at(self, step: int) -> FramePose:
        """The pose in which both clouds fill the frame after so many motions; at the output along it, if it is long."""
        both = np.vstack([self.places.floats(step), self.places.rounded(step)])
        if step < self.places.output:
            return FramePose.fitting(both, FILL)
        upright = FramePose.fitting(both)
        turned = FramePose.fitting(both, turn=-np.pi / 2)
        return turned if turned.unit > upright.unit else upright

    def way_to(self, goal: int) -> list[tuple[int, bool]]:
        """The motions from here to a progress: where each ends, and whether it is a turn and the view goes along."""
        here = round(self.progress.get_value())
        steps = self.places.float_path.steps
        if goal > here:
            return [(k + 1, isinstance(steps[k], Turn)) for k in range(here, goal)]
        return [(k, isinstance(steps[k], Turn)) for k in range(here - 1, goal - 1, -1)]

    def _pose_near_crease(self) -> FramePose:
        """The pose from which one sees how far pressed points are off: half way from their middle to the hero."""
        places, hero = self.places, self.places.hero
        flat, goal = places.rounded(places.pressed_flat), places.floats(places.pressed_flat)
        own = [pressed(places.float_path.network, places.drawn.points, unit) for unit in (0, 1)]
        with_it = next((each for each in own if each[hero]), own[places.unit])
        both = FramePose.fitting(np.array([goal[with_it].mean(axis=0), goal[hero], flat[hero]]), FILL)
        return FramePose(both.x, both.y, min(NEAR * self.at_layer_1.unit, both.unit))

    # --- the map

    def take_map(self, transport: AffineMap, other: AffineMap) -> None:
        """From here on this map is pulled into place, about the middle of the points; it may lean to another one."""
        middle = self.places.rounded(self.progress.get_value()).mean(axis=0)
        self.goal, self.other, self.parts = transport, other, pulled(transport, middle)

    @property
    def now(self) -> AffineMap:
        """The map as far as it is carried out."""
        here, lean = self.parts.until(self.pull.get_value()), self.lean.get_value()
        return here.toward(self.other, lean) if lean else here

    @property
    def mapped(self) -> bool:
        """Whether there is a map now."""
        return self.pull.get_value() > 0

    @property
    def on_float(self) -> bool:
        """Whether it is the float points that the map takes along now."""
        return self.shared.get_value() > 0

    def count_numbers(self) -> str:
        """How many numbers the map takes so far."""
        return str(numbers_until(self.pull.get_value()))

    def reached(self) -> float:
        """The accuracy of the rounded network with the map as it is now, 0 to 1."""
        return accuracy_of_outputs(self.now(self.ends[1]), self.data.labels, self.places.readout)

    def float_reached(self) -> float:
        """The accuracy of the float network with as much of the map as it has been taken along by."""
        return accuracy_of_outputs(self._shared(self.ends[0]), self.data.labels, self.places.readout)

    def error(self, among: FloatArray | slice = slice(None)) -> float:
        """The RMS error of the outputs now, of all points or of those chosen (n,)."""
        return rms((self.now(self.ends[1]) - self.ends[0])[among])

    def gaps(self) -> tuple[float, float]:
        """How far the drawn points are from their twins now, RMS: those pressed flat in one of both, and the others."""
        apart, own = self.rounded() - self.floats(), self._flat
        return rms(apart[own]) if own.any() else 0.0, rms(apart[~own]) if not own.all() else 0.0

    # --- where the drawn points are

    def _shared(self, points: FloatArray) -> FloatArray:
        part = self.shared.get_value()
        return AffineMap.identity(2).toward(self.goal, part)(points) if part else points

    def _on_the_way(self) -> tuple[FloatArray, FloatArray]:
        """The drawn points of both networks at this progress, (n, 2) each; worked out once a frame."""
        progress = self.progress.get_value()
        if self._known[0] != progress:
            self._known = progress, (self.places.floats(progress), self.places.rounded(progress))
        return self._known[1]

    def floats(self) -> FloatArray:
        """The drawn float points, (n, 2)."""
        return self._shared(self._on_the_way()[0])

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

    def make_patterns(self) -> VGroup:
        """The rounded points once more, by pattern: discs where it is that of the float network, else crosses."""
        view, same = self.view, self.places.same
        return VGroup(
            live_marks(lambda: view.to_frame(self.rounded()[same]), theme.SAME, "disc", 1.2 * DOT),
            live_marks(lambda: view.to_frame(self.rounded()[~same]), theme.CROSSED, "cross", 1.4 * DOT),
        ).set_z_index(POINT_Z)

    def make_ghosts(self) -> VGroup:
        """The float points where they are without the map, faint."""
        ghosts = self._cloud(lambda: self._on_the_way()[0], theme.FLOAT)
        return VGroup(*(ghost.set_fill(opacity=0.3) for ghost in ghosts)).set_z_index(POINT_Z - 0.5)

    def make_bars(self, corner: tuple[float, float]) -> VGroup:
        """Two bars on a dark board, as long as the gaps of the pressed points and of the others are now."""
        x, y = corner
        names = [text(word, theme.INK) for word in ("gap, pressed", "gap, free")]
        whole, bars = 1.5 * max(self.gaps()[0], 1e-9), VGroup()
        for k, label in enumerate(names):
            label.move_to((x, y - 1.0 * k, 0.0))

            def bar(k: int = k) -> list[FloatArray]:
                low, right = y - 1.0 * k - 0.5, x - BAR / 2 + BAR * min(1.0, self.gaps()[k] / whole)
                return [in_frame([[x - BAR / 2, low], [right, low], [right, low + 0.22], [x - BAR / 2, low + 0.22]])]

            bars.add(live_fill(bar, theme.REPAIRED, 0.9))
        back = RoundedRectangle(
            width=BAR + 0.5,
            height=2.3,
            corner_radius=0.12,
            fill_color=theme.BACKGROUND,
            fill_opacity=theme.STRIP_OPACITY,
            stroke_color=theme.GUIDE,
            stroke_width=theme.THIN,
        ).move_to((x, y - 0.65, 0.0))
        return VGroup(back, *names, bars).set_z_index(theme.LAYER_PLATES)

    def make_strip(self, words: list[str]) -> tuple[VGroup, VGroup]:
        """The stations of the way on a dark board, a mark at the one where the points are now; and their names."""
        names = VGroup(*(text(word, theme.INK) for word in words)).arrange(DOWN, buff=0.3)
        zone = theme.middle_zone()
        back = board(names, theme.GUIDE)
        corner = np.array([zone.right - theme.MARGIN, zone.bottom + theme.MARGIN, 0.0])
        VGroup(back, names).align_to(corner, RIGHT + DOWN)
        steps = [0, *(self.places.float_path.number(Turn(k)) for k in range(1, len(words)))]
        middles, left = [name.get_center()[1] for name in names], names.get_left()[0] - 0.13

        def here() -> FloatArray:
            y = float(np.interp(self.progress.get_value(), steps, middles))
            return np.array([[[left, y - 0.2, 0.0], [left, y + 0.2, 0.0]]])

        mark = live_segments(here, theme.HERO, theme.STRONG)
        return VGroup(back, names, mark).set_z_index(theme.LAYER_PLATES), names

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
        return self._rings(self.rounded)

    def make_float_rings(self) -> PointCloud:
        """Rings around the drawn float points that do."""
        return self._rings(self.floats)

    def _rings(self, places: Callable[[], FloatArray]) -> PointCloud:
        view, labels, readout = self.view, self.places.drawn.labels, self.places.readout

        def wrong() -> FloatArray:
            now = places()
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
            return self.now(inverse(points))

        grid = plane_lines(self.view, lines, where, theme.QUANTIZED, theme.THIN).set_stroke(opacity=0.7)
        handles = plane_marks(self.view, corners, where, theme.QUANTIZED, "square", HANDLE)
        sheet = VGroup(self._tinted(grid), self._tinted(handles))
        return still.set_z_index(GRID_Z), sheet.set_z_index(GRID_Z)

    def make_creases(self) -> tuple[SegmentPath, SegmentPath]:
        """Both creases of layer 1: the float network's, and the rounded one's, dashed, where the map has it."""
        box = np.array(self.at_layer_1.box(1.5))
        across = np.array([[[box[0], 0.0], [box[1], 0.0]], [[0.0, box[2]], [0.0, box[3]]]])
        unit = self.at_layer_1.unit
        dashes = np.stack(dash_segments(across[:, 0], across[:, 1], DASH / unit, GAP / unit), axis=1)
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
