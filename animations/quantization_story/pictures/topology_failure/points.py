"""The points on their way from the outputs to the inputs, and the strips and creases that lie there."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from manim import ValueTracker, VGroup, VMobject, config

from quantization_story.analysis.strips import StripPlaces
from quantization_story.analysis.transport import partway
from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import along, blend
from quantization_story.core.distances import lengths
from quantization_story.core.plane_geometry import Window, clip_segments, dash_segments, round_step
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying, plane_marks, plane_mesh, stay
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import MARKS, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.relief import mixed
from quantization_story.style import theme

UPTO, FROM = slice(None, -1), slice(1, None)  # of a polyline: where its segments begin, and where they end
DASH, GAP = 0.16, 0.11  # frame units
DOT, RING = 0.06, 0.2  # the radius of a mark, and of the ring around the one that is followed
LARGEST = 0.32  # frame units: the radius of the mark of an error that only one in a hundred exceeds
CROSS = 1.257  # times the radius of a disc: a cross of the same area
MESH_Z, AREA_Z, STRIP_Z, CREASE_Z, POINT_Z = -9, -8, -7, -6, -5


class SizedMarks(VMobject):
    """Marks of any sizes as one filled path: places (n, 3) and radii (n,) as the functions give them each frame."""

    def __init__(
        self, places: Callable[[], FloatArray], radii: Callable[[], FloatArray], color: str, mark: str
    ) -> None:
        super().__init__(fill_color=color, fill_opacity=0.95, stroke_width=0.0)
        self.template, self.places, self.radii = MARKS[mark](1.0), places, radii
        self.add_updater(lambda marks: marks.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Put the marks where they are now."""
        at, size = self.places(), self.radii()
        self.points = (at[:, None, :] + size[:, None, None] * self.template[None]).reshape(-1, 3)


class StripPicture:
    """The points on their way from the outputs to the inputs, the strips that open there, and what is drawn on them.

    rounded: how far the weights are on their way to their levels. mapped: how far the one map is carried out. back: 0
    where the points are at the outputs, 1 at the inputs. sized: 0 for equal marks, 1 for marks as large as errors.
    trial: which of the trials is on.
    """

    def __init__(self, places: StripPlaces, drift: Swaying) -> None:
        self.places = places
        self.rounded, self.mapped, self.back = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.sized, self.trial = ValueTracker(0.0), ValueTracker(0.0)
        x, net, quantized = places.drawn, places.net, places.quantized
        self.exact = net(x)
        outputs = np.vstack([self.exact, quantized(x), places.one(quantized(x))])
        self.outside = FrameView(FramePose.fitting(outputs), drift)
        self.home = FramePose.fitting(x)
        self.view = FrameView(self.home, drift)
        self._others_at = lru_cache(maxsize=2)(lambda part: places.others(x, part))
        energies = lengths(places.trials[0])
        self.scale = LARGEST / max(float(np.quantile(energies, 0.99)), 1e-12)

    # --- the points

    def outputs_now(self, points: FloatArray) -> FloatArray:
        """Where points (n, 2) are at the output of the network as it is now, (n, 2)."""
        there = self.places.rounding(self.rounded.get_value())(points)
        return np.asarray(partway(self.places.one, self.mapped.get_value())(there))

    def place(self, points: FloatArray) -> FloatArray:
        """Where points (n, 2) are in the frame now, (n, 3): each goes straight from its output to its input."""
        back = self.back.get_value()
        here = self.view.to_frame(points)
        return here if back == 1 else blend(self.outside.to_frame(self.outputs_now(points)), here, back)

    def others(self) -> np.ndarray:
        """Which of the drawn points have another pattern now."""
        return self._others_at(self.rounded.get_value())

    def radii(self) -> FloatArray:
        """How large the mark of each drawn point is."""
        errors = lengths(along([each[self.places.numbers] for each in self.places.trials], self.trial.get_value()))
        return np.asarray(blend(np.full(len(errors), DOT), self.scale * errors, self.sized.get_value()))

    def make_same(self) -> SizedMarks:
        """A green disc at each drawn point whose pattern is the same."""
        x = self.places.drawn
        return SizedMarks(
            lambda: self.place(x[~self.others()]), lambda: self.radii()[~self.others()], theme.SAME, "disc"
        ).set_z_index(POINT_Z)

    def make_others(self) -> SizedMarks:
        """A red cross at each drawn point with another pattern."""
        x = self.places.drawn

        def radii() -> FloatArray:
            sized = self.sized.get_value()
            return np.asarray(blend(1.7, CROSS, sized) * self.radii()[self.others()])

        return SizedMarks(lambda: self.place(x[self.others()]), radii, theme.CROSSED, "cross").set_z_index(POINT_Z)

    def make_moving(self) -> PointCloud:
        """All drawn points where the network puts them now: from blue to orange, and to violet with the map."""
        cloud = live_marks(lambda: self.place(self.places.drawn), theme.FLOAT, "disc", DOT)

        def paint(marks: PointCloud) -> None:
            rounded, mapped = self.rounded.get_value(), self.mapped.get_value()
            color = (
                mixed(theme.QUANTIZED, theme.REPAIRED, mapped)
                if mapped
                else mixed(theme.FLOAT, theme.QUANTIZED, rounded)
            )
            marks.fill_rgbas[:, :3] = color[:3]

        return cloud.add_updater(paint).set_z_index(POINT_Z)

    def make_inputs(self) -> PointCloud:
        """All drawn points at the inputs, before any rounding."""
        return plane_marks(self.view, self.places.drawn, stay, theme.FLOAT, "disc", DOT).set_z_index(POINT_Z)

    def make_float(self) -> PointCloud:
        """All drawn points where the float network puts them."""
        return plane_marks(self.outside, self.exact, stay, theme.FLOAT, "disc", DOT).set_z_index(POINT_Z)

    def make_threads(self) -> SegmentPath:
        """A thread from each output to its twin's."""
        return live_segments(
            lambda: np.stack([self.outside.to_frame(self.exact), self.place(self.places.drawn)], axis=1),
            theme.QUIET,
            theme.HAIRLINE,
        ).set_z_index(POINT_Z)

    def twin_place(self, rounded: bool) -> Callable[[], FloatArray]:
        """Where the output is that rounding moves farthest, or its float twin, in the frame, asked every frame."""
        x = self.places.drawn
        far = int(np.argmax(lengths(self.exact - self.places.quantized(x))))
        if rounded:
            return lambda: np.asarray(self.place(x[[far]])[0])
        return lambda: np.asarray(self.outside.point(self.exact[far]))

    def hero_place(self) -> FloatArray:
        """Where the point that is followed is in the frame, (3,)."""
        return np.asarray(self.place(self.places.hero[None])[0])

    def make_ring(self) -> PointCloud:
        """A ring around it."""
        return live_marks(lambda: self.hero_place()[None], theme.HERO, "ring", RING).set_z_index(theme.LAYER_HERO)

    # --- the planes

    def make_output_grid(self) -> VGroup:
        """The grid of the output plane."""
        return self._grid(self.outside)

    def make_input_grid(self, near: FramePose) -> VGroup:
        """The grid of the input plane, finer where one goes near."""
        return self._grid(self.view, (near.box(1.5),))

    def _grid(self, view: FrameView, near: Sequence[tuple[float, float, float, float]] = ()) -> VGroup:
        step = round_step(theme.middle_zone().height / view.pose.unit, 8)
        return plane_mesh(view, view.pose.box(1.4), np.zeros((0, 2, 2)), stay, step, near).set_z_index(MESH_Z)

    def make_float_creases(self) -> SegmentPath:
        """The creases of the float network."""
        return self._creases(lambda: 0.0, dashed=False)

    def make_rounded_creases(self) -> SegmentPath:
        """Those of the network whose weights are on their way, dashed."""
        return self._creases(self.rounded.get_value, dashed=True)

    def _creases(self, part: Callable[[], float], dashed: bool) -> SegmentPath:
        """The creases of the network that is so far on its way to its levels."""
        places = self.places

        @lru_cache(maxsize=2)
        def lines_at(part: float) -> tuple[FloatArray, FloatArray]:
            cells = places.cells_at(part)
            lines = [line for _, _, line in (cells.quantized_boundaries() if part else cells.boundaries()).polylines()]
            first, last = (np.concatenate([np.zeros((0, 2)), *(line[cut] for line in lines)]) for cut in (UPTO, FROM))
            return first, last

        def segments() -> FloatArray:
            ends = [self.view.to_frame(each) for each in lines_at(part())]
            starts, stops = clip_segments(ends[0][:, :2], ends[1][:, :2], frame_window())
            at, to = (np.column_stack([each, np.zeros(len(each))]) for each in (starts, stops))
            if dashed:
                at, to = dash_segments(at, to, DASH, GAP)
            return np.stack([at, to], axis=1)

        return live_segments(segments, theme.BOUNDARY, theme.STRONG * 0.7).set_z_index(CREASE_Z)

    def make_strips(self) -> CellPath:
        """The strips that are open now."""

        def polygons() -> list[FloatArray]:
            cells = self.places.cells_at(self.rounded.get_value())
            return [self.view.to_frame(cells.polygons[k]) for k in np.flatnonzero(cells.changed)]

        return live_fill(polygons, theme.CROSSED, 0.4).set_z_index(STRIP_Z)


def frame_window() -> Window:
    """A square around the whole frame, in frame units."""
    return Window(0.0, 0.0, max(config.frame_width, config.frame_height) / 2 + 0.3)
