"""A strip as a chart: it goes on upward as a band, and outputs are drawn along the walk through it."""

from collections.abc import Callable

import numpy as np
from manim import UP, ValueTracker, VGroup, config

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import along
from quantization_story.core.plane_geometry import Window, clip_segments, dash_segments
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.pictures.topology_failure.points import DASH, GAP, RING, StripPicture
from quantization_story.style import theme

RIBBON = 1.05  # frame units from the caption to the walk
MAP_ROOM = 3.5  # frame units at the right that the chart leaves to the small map
CHART_Z = -3


class WalkChart:
    """The chart above the walk of a picture.

    walked, walked_mapped: how far float and mapped outputs are drawn, as parts of the walk. dial: which ruler is on.
    """

    def __init__(self, picture: StripPicture) -> None:
        self.places, self.view = picture.places, picture.view
        self.walked, self.walked_mapped, self.dial = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)

    def walk_pose(self) -> FramePose:
        """The pose in which the walk is level, low in the frame, with room above it."""
        walk, zone = self.places.walk, theme.middle_zone()
        angle = float(np.arctan2(walk.direction[1], walk.direction[0]))
        turn = -((angle + np.pi / 2) % np.pi - np.pi / 2)
        room = zone.width - (0.0 if theme.VERTICAL else MAP_ROOM) - 2.5
        unit = room / float(walk.corners[-1])
        offset = np.array([(0.0 if theme.VERTICAL else MAP_ROOM / 2) - 0.3, zone.height / 2 - RIBBON]) / unit
        turned = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) @ offset
        x, y = walk.inputs([walk.corners[-1] / 2])[0] + turned
        return FramePose(float(x), float(y), unit, turn)

    def on_walk(self, distances: FloatArray) -> FloatArray:
        """Where places along the walk are in the frame, (n, 3)."""
        return np.asarray(self.view.to_frame(self.places.walk.inputs(distances)))

    def height(self, values: FloatArray) -> FloatArray:
        """How far above the walk values of the output stand, (n,)."""
        walk, zone = self.places.walk, theme.middle_zone()
        every = np.concatenate([walk.exact, walk.mapped, *(walk.tilted(ruler) for ruler in walk.rulers)])
        low, high = float(every.min()), float(every.max())
        return np.asarray(0.55 + (np.asarray(values) - low) / max(high - low, 1e-12) * (zone.height - RIBBON - 1.1))

    def chart_points(self, distances: FloatArray, values: FloatArray) -> FloatArray:
        """Where values of the output along the walk are in the frame, (n, 3)."""
        return np.asarray(self.on_walk(distances) + self.height(values)[:, None] * UP)

    def make_chart(self) -> VGroup:
        """The dark sheet above the walk, on which the strip goes on as a band and the creases as lines; the walk."""
        corners = self.places.walk.corners

        def column(first: float, last: float) -> FloatArray:
            low = self.on_walk(np.array([first, last]))
            high = low + (config.frame_height / 2 - low[:, 1:2]) * UP
            return np.concatenate([low, high[::-1]])

        def sheet() -> list[FloatArray]:
            y, half = self.on_walk(corners[:1])[0, 1], config.frame_width / 2
            top = config.frame_height / 2
            return [np.array([[-half, y, 0], [half, y, 0], [half, top, 0], [-half, top, 0]])]

        def upright(at: float, dashed: bool) -> FloatArray:
            sides = column(at, at)
            starts, ends = sides[:1], sides[2:3]
            if dashed:
                starts, ends = dash_segments(starts, ends, DASH, GAP)
            return np.stack([starts, ends], axis=1)

        dark = live_fill(sheet, theme.BACKGROUND, 0.93)
        band = live_fill(lambda: [column(corners[1], corners[2])], theme.CROSSED, 0.25)
        dashed, solid = (
            live_segments(lambda at=at, dash=dash: upright(at, dash), theme.BOUNDARY, theme.STRONG * 0.7)
            for at, dash in ((float(corners[1]), True), (float(corners[2]), False))
        )
        way = live_segments(lambda: self.on_walk(corners[[0, 3]])[None], theme.HERO, theme.STRONG)
        axis = live_segments(self._axis, theme.QUIET, theme.THIN)
        return VGroup(dark, band, dashed, solid, way, axis).set_z_index(CHART_Z)

    def _axis(self) -> FloatArray:
        """An arrow upward from the beginning of the walk."""
        foot, zone = self.on_walk(self.places.walk.corners[:1])[0], theme.middle_zone()
        tip = foot + (zone.height - RIBBON - 0.5) * UP
        wings = np.array([[-0.12, -0.22, 0.0], [0.12, -0.22, 0.0]])
        return np.stack([np.stack([foot, tip]), *(np.stack([tip + wing, tip]) for wing in wings)])

    def axis_place(self) -> FloatArray:
        """Beside the arrow, on the side of the walk, (3,): where its name stands."""
        start, end = self.on_walk(self.places.walk.corners[[0, 3]])
        return np.array([start[0] + 0.95 * np.sign(end[0] - start[0]), theme.middle_zone().top - 0.75, 0.0])

    def curve(self, values: FloatArray, walked: ValueTracker, color: str) -> SegmentPath:
        """An output along the walk, as far as it is walked."""
        corners = self.places.walk.corners

        def segments() -> FloatArray:
            end = walked.get_value() * corners[-1]
            at = np.concatenate([corners[corners < end], [end]])
            points = self.chart_points(at, np.interp(at, corners, values))
            return np.stack([points[:-1], points[1:]], axis=1)

        return live_segments(segments, color, 1.3 * theme.STRONG).set_z_index(CHART_Z + 1)

    def make_float_curve(self) -> VGroup:
        """The float output along the walk, and a ring where it has bent."""
        walk = self.places.walk
        return VGroup(self.curve(walk.exact, self.walked, theme.FLOAT), self._bend(2, walk.exact, self.walked))

    def make_mapped_curve(self) -> VGroup:
        """The rounded output after the one map, and a ring where it has bent."""
        walk = self.places.walk
        curve = self.curve(walk.mapped, self.walked_mapped, theme.REPAIRED)
        return VGroup(curve, self._bend(1, walk.mapped, self.walked_mapped))

    def _bend(self, corner: int, values: FloatArray, walked: ValueTracker) -> PointCloud:
        at = self.places.walk.corners[[corner]]

        def seen() -> FloatArray:
            passed = walked.get_value() * self.places.walk.corners[-1] > at[0]
            return self.chart_points(at, values[[corner]]) if passed else np.zeros((0, 3))

        return live_marks(seen, theme.HERO, "ring", RING).set_z_index(CHART_Z + 1)

    def make_probe(self, walked: ValueTracker) -> PointCloud:
        """What walks."""
        end = self.places.walk.corners[-1]
        return live_marks(
            lambda: self.on_walk(np.array([walked.get_value() * end])), theme.HERO, "disc", 0.12
        ).set_z_index(theme.LAYER_HERO)

    def curve_place(self, values: FloatArray, part: float) -> Callable[[], FloatArray]:
        """A place on a curve, at a part of the walk, asked every frame."""
        corners = self.places.walk.corners
        at = np.array([part * corners[-1]])
        return lambda: np.asarray(self.chart_points(at, np.interp(at, corners, values))[0])

    def ruler_now(self) -> FloatArray:
        """The ruler's values at the rounded crease and at the end, (2,)."""
        return along(self.places.walk.rulers, self.dial.get_value())

    def make_ruler(self) -> VGroup:
        """The rounded output after other maps, straight from its crease on, and what it misses there."""
        walk = self.places.walk
        far = walk.corners[1:]

        def values() -> FloatArray:
            return walk.tilted(self.ruler_now())

        def line() -> FloatArray:
            return self.chart_points(walk.corners, values())

        def missed() -> list[FloatArray]:
            ruler, exact = line()[1:], self.chart_points(far, walk.exact[1:])
            return [np.stack([ruler[k], ruler[k + 1], exact[k + 1], exact[k]]) for k in (0, 1)]

        gap = live_fill(missed, theme.HERO, 0.25)
        after = live_segments(lambda: line()[[1, 3]][None], theme.REPAIRED, 2 * theme.STRONG)
        bend = live_marks(lambda: line()[1:2], theme.HERO, "ring", RING)
        return VGroup(gap, after, bend).set_z_index(CHART_Z + 2)

    def column_place(self, column: int) -> FloatArray:
        """The middle of one of the three parts of the walk, below it, (3,)."""
        middle = self.places.walk.corners[column : column + 2].mean(keepdims=True)
        return np.asarray(self.on_walk(middle)[0] - 0.5 * UP)

    def make_map(self, width: float = 2.3) -> VGroup:
        """The plane, small: points, float creases, and a ring where one is."""
        x = self.places.drawn
        middle, half = (x.min(axis=0) + x.max(axis=0)) / 2, 0.56 * float(np.ptp(x, axis=0).max())
        window = Window(float(middle[0]), float(middle[1]), half)
        unit = width / 2 / half

        def placed(points: FloatArray) -> FloatArray:
            return np.column_stack([unit * (points - middle), np.zeros(len(points))])

        segments = self.places.cells_at(0.0).boundaries().segments
        starts, ends = clip_segments(segments[:, 0], segments[:, 1], window)
        lines = SegmentPath(theme.BOUNDARY, theme.HAIRLINE).set_segments(placed(starts), placed(ends))
        dots = PointCloud(theme.SAME, "disc", 0.025).set_positions(placed(x))
        here = PointCloud(theme.HERO, "ring", 0.17).set_positions(placed(self.places.hero[None]))
        return VGroup(lines, dots, here)
