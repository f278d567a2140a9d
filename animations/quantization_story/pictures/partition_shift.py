"""The picture of PartitionShiftScene: a square of the plane with its creases and strips, and the hinge of one ReLU."""

from functools import lru_cache

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.partition_shift import ShiftPlaces
from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.plane_geometry import round_step
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying, plane_lines, plane_mesh, stay
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.strips import flying_creases, flying_strips
from quantization_story.partition.refinement import Refinement, refine
from quantization_story.style import theme

DOT, RING = 0.06, 0.15
AROUND = 1.35  # times what the frame shows: as far as creases are known, so that they run off its edges
WHOLE, CLOSE = 1.1, 0.6  # of the middle of the frame: the square, whose rim lies below the strips, and two points
BELOW, BESIDE = 0.35, 0.3  # frame units: from the hinge to a bar below it, and beside it
MESH_Z, STRIP_Z, CREASE_Z, POINT_Z, RING_Z = -6, -5, -4, -3, -2


class ShiftPicture:
    """The square of the plane while weights slide, and the hinge of one ReLU on which its points slide.

    place: where the weights are among the stops. turned: how far the points have gone from the plane to the hinge.
    """

    def __init__(self, places: ShiftPlaces, drift: Swaying) -> None:
        self.places = places
        self.place, self.turned = ValueTracker(0.0), ValueTracker(0.0)
        left, right, low, high = places.box
        self.home = FramePose.fitting(np.array([[left, low], [right, high]]), fill=WHOLE)
        self.view = FrameView(self.home, drift)
        self.points = places.data.points[: places.drawn]
        self.labels = places.data.labels[: places.drawn]
        self.hinge = FrameView(self.whole_hinge(), drift, roll=0.0)
        net, around = places.stops[0], self.home.box(AROUND)
        self._cells = lru_cache(maxsize=4)(lambda place: refine(net, places.network_at(place), around))
        self._square = lru_cache(maxsize=4)(lambda place: refine(net, places.network_at(place), places.box))

    # --- where things are

    def cells(self) -> Refinement:
        """The cells of the float network and of the one that is seen now, as far as the frame may show."""
        return self._cells(self.place.get_value())

    def red_share(self) -> float:
        """The share of the square in which the patterns differ now."""
        square = self._square(self.place.get_value())
        return square.changed_area / square.box_area

    def moved(self) -> int:
        """How many of all held-out points get another class now."""
        return int(self.places.moved_at(self.place.get_value()).sum())

    def where(self, points: FloatArray, place: float | None = None) -> FloatArray:
        """Where points (n, 2) of the plane are in the frame, (n, 3): in the plane, on the hinge, or on their way."""
        turned = float(np.clip(self.turned.get_value(), 0.0, 1.0))
        flat = self.view.to_frame(points)
        return flat if turned == 0 else np.asarray(blend(flat, self.on_hinge(points, place), turned))

    def on_hinge(self, points: FloatArray, place: float | None = None) -> FloatArray:
        """Where points are on the hinge, (n, 3), now or with the weights at a place among the stops."""
        z = self.places.arriving_at(self.place.get_value() if place is None else place, points)
        return self.hinge.to_frame(np.column_stack([z, np.maximum(z, 0.0)]))

    def point(self, number: int) -> FloatArray:
        """Where one of the drawn points is now, (3,)."""
        return np.asarray(self.where(self.points[[number]])[0])

    def hero_place(self) -> FloatArray:
        """Where the point is that is followed, (3,)."""
        return self.point(self.places.hero)

    def other_place(self) -> FloatArray:
        """Where the point is at which the ReLU stays on, (3,)."""
        assert self.places.other is not None
        return self.point(self.places.other)

    # --- where one looks from

    def near_hero(self, factor: float) -> FramePose:
        """The pose over the plane with the point that is followed in the middle, so many times as near."""
        x, y = self.points[self.places.hero].tolist()
        return FramePose(x, y, factor * self.home.unit)

    def whole_hinge(self) -> FramePose:
        """The pose in which all drawn points are seen on the hinge."""
        z = np.concatenate([self.places.unit.before, self.places.unit.after])
        return FramePose.fitting(np.column_stack([z, np.maximum(z, 0.0)]), fill=0.8)

    def near_zero(self) -> FramePose:
        """The pose near the bend of the hinge in which the shifts of the points that are followed can be measured."""
        unit = self.places.unit
        followed = [number for number in (self.places.hero, self.places.other) if number is not None]
        z = np.concatenate([[0.0], unit.before[followed], unit.after[followed]])
        return FramePose.fitting(np.column_stack([z, np.maximum(z, 0.0)]), fill=CLOSE)

    # --- the plane

    def make_grid(self) -> VGroup:
        """The grid of the plane, and the edge of the square that is measured."""
        left, right, low, high = self.places.box
        corners = np.array([[left, low], [right, low], [right, high], [left, high], [left, low]])
        step = round_step(theme.middle_zone().height / self.home.unit, 8)
        mesh = plane_mesh(self.view, self.home.box(AROUND), np.zeros((0, 2, 2)), stay, step)
        edge = plane_lines(self.view, [corners], stay, theme.QUIET, theme.THIN)
        return VGroup(mesh, edge).set_z_index(MESH_Z)

    def make_strips(self) -> CellPath:
        """Where the pattern is another than in the float network."""
        return flying_strips(self.view, self.cells).set_z_index(STRIP_Z)

    def make_creases(self) -> SegmentPath:
        """Where the ReLUs of the float network switch."""
        return flying_creases(self.view, lambda: self._cells(0.0).boundaries()).set_z_index(CREASE_Z)

    def make_moving(self) -> SegmentPath:
        """Where those of the network that is seen now switch, dashed."""
        lines = flying_creases(self.view, lambda: self.cells().quantized_boundaries(), dashed=True)
        return lines.set_z_index(CREASE_Z)

    def make_own_crease(self) -> SegmentPath:
        """Where the ReLU that is followed switches in the network that is seen now, dashed and thick."""
        layer, unit = self.places.unit.layer, self.places.unit.unit
        lines = flying_creases(
            self.view, lambda: self.cells().quantized_boundaries().only(layer, unit), theme.STRONG * 1.6, dashed=True
        )
        return lines.set_z_index(CREASE_Z)

    def make_clouds(self) -> VGroup:
        """The drawn points, by mark and tint of their class; where there are more classes than marks, all alike."""
        if len(self.places.readout) > len(CLASS_MARKS):
            return VGroup(self._cloud(np.ones(len(self.labels), dtype=bool), theme.QUIET, "disc")).set_z_index(POINT_Z)
        looks = enumerate(zip(theme.CLASS_COLORS, CLASS_MARKS, strict=True))
        clouds = (self._cloud(self.labels == k, *look) for k, look in looks if (self.labels == k).any())
        return VGroup(*clouds).set_z_index(POINT_Z)

    def _cloud(self, own: np.ndarray, color: str, mark: str) -> PointCloud:
        return live_marks(lambda: self.where(self.points[own]), color, mark, DOT)

    def make_moved(self) -> PointCloud:
        """A ring around each drawn point that gets another class now."""

        def where() -> FloatArray:
            return self.view.to_frame(self.points[self.places.moved_at(self.place.get_value())[: len(self.points)]])

        return live_marks(where, theme.INK, "ring", RING).set_z_index(RING_Z)

    # --- the hinge

    def make_hinge(self) -> VGroup:
        """What the ReLU lets out over what arrives, and the upright line at zero, where it switches."""
        left, right, low, high = self.whole_hinge().box(4.0)
        bend = np.array([[left, 0.0], [0.0, 0.0], [right, right]])
        line = plane_lines(self.hinge, [bend], stay, theme.INK, theme.STRONG)
        ground = plane_lines(self.hinge, [np.array([[0.0, 0.0], [right, 0.0]])], stay, theme.QUIET, theme.HAIRLINE)
        zero = plane_lines(self.hinge, [np.array([[0.0, low], [0.0, high]])], stay, theme.BOUNDARY, theme.STRONG)
        return VGroup(ground, zero, line).set_z_index(CREASE_Z)

    def make_bars(self, number: int, start: float, row: int) -> VGroup:
        """How far a drawn point has shifted since the weights were at a place among the stops, along both axes.

        Below the hinge, in a row of its own, what arrives, at its right what is let out.
        """
        own = self.points[[number]]

        def ends() -> tuple[FloatArray, FloatArray]:
            return self.on_hinge(own, start)[0], self.on_hinge(own)[0]

        def arrived() -> FloatArray:
            below = self.hinge.point((0.0, 0.0))[1] - row * BELOW
            return np.array([[[each[0], below, 0.0] for each in ends()]])

        def let_out() -> FloatArray:
            beside = np.maximum(*(each[0] for each in ends())) + BESIDE
            return np.array([[[beside, each[1], 0.0] for each in ends()]])

        came = live_segments(arrived, theme.QUANTIZED, 2 * theme.STRONG)
        went = live_segments(let_out, theme.QUANTIZED, 2 * theme.STRONG)
        return VGroup(came, went).set_z_index(RING_Z)

    def bar_place(self, bars: VGroup, which: int) -> FloatArray:
        """The middle of one of the two bars of a point, for a leader."""
        return np.asarray(bars[which].points.reshape(-1, 4, 3)[0, [0, -1]].mean(axis=0))

    def make_start(self, number: int, start: float) -> PointCloud:
        """A ring where a drawn point was when the weights were at a place among the stops."""
        own = self.points[[number]]
        return live_marks(lambda: self.on_hinge(own, start), theme.FLOAT, "ring", RING).set_z_index(RING_Z)
