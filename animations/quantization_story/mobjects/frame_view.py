"""A plane that fills the frame: a view that flies over it, and lines, areas, marks and a grid that follow a map of it.

The view is no mobject but the ruler of all that lies in it. What lies in it is redrawn every frame, one path each, from
its places in the plane where it is at home and the map that says where they are now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from manim import Animation, ValueTracker, VGroup, VMobject, config

from quantization_story.core.plane_geometry import cut_lines
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneMap
from quantization_story.partition.mesh import Box
from quantization_story.style import theme

FILL = 0.86  # of the middle of the frame, at most: what the points of a plane take when they are fitted
SWAY = np.array([0.11, 0.07])  # frame units: how far a drift moves the middle
ROLL = np.deg2rad(0.5)  # and how far it turns the plane
MESH_RANGE = 0.16, 0.34  # frame units: a grid with lines closer than the first is not seen, from the second on fully


class Swaying(Protocol):
    """What drifts: two numbers from -1 to 1 that never stand still."""

    @property
    def x(self) -> float:
        """To the right."""

    @property
    def y(self) -> float:
        """Upward."""


@dataclass(frozen=True)
class FramePose:
    """Where a view stands: the point (x, y) of the plane in the middle, frame units a unit, and a turn (radians)."""

    x: float
    y: float
    unit: float
    turn: float = 0.0

    @classmethod
    def fitting(cls, points: Any, fill: float = FILL, turn: float = 0.0) -> "FramePose":
        """The pose in which points (n, 2) fill the middle of the frame, up to a margin."""
        zone = theme.middle_zone()
        turned = np.asarray(points, dtype=float) @ _rotation(turn).T
        low, high = turned.min(axis=0), turned.max(axis=0)
        extent = np.maximum(high - low, 1e-9 * (1.0 + np.abs(turned).max()))
        unit = float(fill * np.min(np.array([zone.width, zone.height]) / extent))
        x, y = _rotation(-turn) @ (low + high) / 2
        return cls(float(x), float(y), unit, turn)

    def box(self, factor: float = 1.0) -> Box:
        """The part (xmin, xmax, ymin, ymax) of the plane that the frame shows or `factor` times as much."""
        half = factor / self.unit * np.array([config.frame_width, config.frame_height]) / 2
        y = self.y - theme.middle_zone().center[1] / self.unit
        return self.x - half[0], self.x + half[0], y - half[1], y + half[1]


def between_poses(start: FramePose, goal: FramePose, way: float) -> FramePose:
    """The pose at a part of the way, 0 to 1: the zoom is geometric, and the goal moves straight to the middle."""
    if way in (0.0, 1.0):
        return goal if way else start
    unit = start.unit ** (1 - way) * goal.unit**way
    left = (1 - way) * start.unit / unit  # of the way in the plane; in the frame 1 - way is left
    return FramePose(
        goal.x + left * (start.x - goal.x),
        goal.y + left * (start.y - goal.y),
        unit,
        (1 - way) * start.turn + way * goal.turn,
    )


class FrameView:
    """Where a point of the plane lies in the frame, from a pose that can fly to another, with a slow drift.

    roll: how far the drift turns the plane (radians); a chart, whose words stand upright, is not turned.
    """

    def __init__(self, pose: FramePose, drift: Swaying | None = None, roll: float = ROLL) -> None:
        self.start = self.goal = pose
        self.drift, self.roll = drift, roll
        self.way = ValueTracker(1.0)
        self._kept: tuple[Any, np.ndarray, np.ndarray] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What decides where things lie; what is only kept for speed is none of it."""
        return {**vars(self), "_kept": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> "FrameView":
        """A copied mobject still lies in the same view."""
        return self

    @property
    def pose(self) -> FramePose:
        """Where the view stands now, without its drift."""
        return between_poses(self.start, self.goal, float(np.clip(self.way.get_value(), 0.0, 1.0)))

    def fly(self, x: float, y: float, unit: float, turn: float = 0.0) -> Animation:
        """The animation that takes the view from where it is to another pose."""
        return self.fly_to(FramePose(x, y, unit, turn))

    def fly_to(self, goal: FramePose) -> Animation:
        """The same, to a pose that is given whole."""
        self.start, self.goal = self.pose, goal
        self.way.set_value(0.0)
        return self.way.animate.set_value(1.0).build()

    def to_frame(self, points: Any) -> np.ndarray:
        """Points (n, 2) of the plane as frame points (n, 3)."""
        linear, offset = self._now()
        x, y = np.asarray(points, dtype=float).T
        framed = np.zeros((len(x), 3))
        for k in (0, 1):  # a product of so small a matrix is slower than this, and wakes threads
            framed[:, k] = linear[0, k] * x + linear[1, k] * y + offset[k]
        return framed

    def _now(self) -> tuple[np.ndarray, np.ndarray]:
        """The matrix (2, 2), for rows, and the offset (2,) that lead to the frame: one computation a frame."""
        x, y = (0.0, 0.0) if self.drift is None else (self.drift.x, self.drift.y)
        key = (self.start, self.goal, float(self.way.get_value()), x, y, config.frame_width)
        if self._kept is None or self._kept[0] != key:
            pose = self.pose
            linear = pose.unit * _rotation(pose.turn + self.roll * y).T
            middle = np.array(theme.middle_zone().center[:2]) + SWAY * [x, y]
            self._kept = key, linear, middle - np.array([pose.x, pose.y]) @ linear
        return self._kept[1:]

    def point(self, place: Any) -> np.ndarray:
        """One point (2,) of the plane as a frame point (3,)."""
        return np.asarray(self.to_frame(np.asarray(place, dtype=float)[None])[0])


class ChartView(FrameView):
    """The view of a chart that is laid out for the middle of a wide frame, in units from there; it is not turned.

    An upright frame is narrower and taller, and the chart with it.
    """

    def __init__(self, drift: Swaying | None = None) -> None:
        super().__init__(FramePose(0.0, 0.0, 1.0), drift, roll=0.0)
        self.stretch = np.array(theme.stretch())

    def to_frame(self, points: Any) -> np.ndarray:
        """Points (n, 2) of the layout as frame points (n, 3)."""
        return super().to_frame(np.asarray(points, dtype=float) * self.stretch)

    def near(self, x: float, y: float, factor: float) -> FramePose:
        """The pose with a point of the layout in the middle, so many times as near."""
        across, up = self.stretch.tolist()
        return FramePose(x * across, y * up, factor)


def _rotation(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _meets_frame(low: np.ndarray, high: np.ndarray, margin: float = 0.2) -> np.ndarray:
    """Which boxes, by their corners (n, 2), reach into the frame, (n,)."""
    x, y = config.frame_width / 2 + margin, config.frame_height / 2 + margin
    return np.asarray((low[:, 0] <= x) & (low[:, 1] <= y) & (high[:, 0] >= -x) & (high[:, 1] >= -y))


def plane_lines(
    view: FrameView,
    lines: Sequence[np.ndarray] | np.ndarray,
    where: PlaneMap,
    color: str = theme.GRID,
    width: float = theme.HAIRLINE,
) -> SegmentPath:
    """Polylines of the plane, each (k, 2), where the map puts them now; what lies outside the frame is left out."""
    vertices = np.concatenate([np.zeros((0, 2)), *(np.asarray(line) for line in lines)])
    starts_segment = np.ones(len(vertices), dtype=bool)
    starts_segment[np.cumsum([len(line) for line in lines], dtype=int) - 1] = False
    first = np.flatnonzero(starts_segment)

    def segments() -> np.ndarray:
        now = view.to_frame(where(vertices))
        start, end = now[first], now[first + 1]
        kept = _meets_frame(np.minimum(start, end)[:, :2], np.maximum(start, end)[:, :2])
        return np.stack([start[kept], end[kept]], axis=1)

    return live_segments(segments, color, width)


def plane_areas(
    view: FrameView, polygons: Sequence[np.ndarray], where: PlaneMap, color: str, opacity: float
) -> CellPath:
    """Polygons of the plane, each (k, 2), filled as one path where the map puts them now."""
    corners = np.concatenate([np.zeros((0, 2)), *polygons])
    cuts = np.cumsum([len(polygon) for polygon in polygons], dtype=int)[:-1]
    return live_fill(lambda: np.split(view.to_frame(where(corners)), cuts) if len(corners) else [], color, opacity)


def plane_marks(
    view: FrameView, points: np.ndarray, where: PlaneMap, color: str, mark: str, radius: float = 0.06
) -> PointCloud:
    """Marks at points (n, 2) of the plane, where the map puts them now."""

    def places() -> np.ndarray:
        now = view.to_frame(where(points))
        return now[_meets_frame(now[:, :2], now[:, :2])]

    return live_marks(places, color, mark, radius)


def plane_mesh(
    view: FrameView, box: Box, creases: np.ndarray, where: PlaneMap, step: float, near: Sequence[Box] = ()
) -> VGroup:
    """A square grid of the plane in a box, cut at creases (s, 2, 2) so that it bends exactly there.

    near: boxes with finer grids, each a fifth of the last, which are seen where their lines lie far enough apart.
    """
    mesh = VGroup()
    for level, part in enumerate([box, *near]):
        spacing = step / 5**level
        path = plane_lines(view, cut_lines(_mesh_lines(part, spacing), creases), where)
        path.one_by_one = True
        if level:
            path.add_updater(lambda lines, spacing=spacing: lines.set_stroke(opacity=_seen(view, spacing)))
            path.set_stroke(opacity=_seen(view, spacing))
        mesh.add(path)
    return mesh


def _mesh_lines(box: Box, step: float) -> np.ndarray:
    """The lines of a grid through the origin across a box, each by its two ends, (lines, 2, 2)."""
    left, right, bottom, top = box
    x = step * np.arange(np.ceil(left / step), np.floor(right / step) + 1)
    y = step * np.arange(np.ceil(bottom / step), np.floor(top / step) + 1)
    upright = [np.column_stack([x, np.full(len(x), end)]) for end in (bottom, top)]
    level = [np.column_stack([np.full(len(y), end), y]) for end in (left, right)]
    return np.concatenate([np.stack(upright, axis=1), np.stack(level, axis=1)])


def _seen(view: FrameView, spacing: float) -> float:
    """How opaque a grid is whose lines are so far apart in the plane."""
    near, far = MESH_RANGE
    return float(np.clip((spacing * view.pose.unit - near) / (far - near), 0.0, 1.0))


def stay(points: np.ndarray) -> np.ndarray:
    """The map of a plane that does not move."""
    return np.asarray(points, dtype=float)


def glowing(line: VMobject, strength: Callable[[], float], width: float, opacity: float = 0.35) -> VMobject:
    """A wide soft stroke on a line, for whoever is drawn after it, as opaque as a function says, from 0 to 1."""
    glow = VMobject(stroke_color=line.get_stroke_color(), stroke_width=width, stroke_opacity=0.0)
    glow.points = line.points

    def follow(path: VMobject) -> None:
        path.points = line.points
        path.set_stroke(opacity=opacity * strength())

    return glow.add_updater(follow)
