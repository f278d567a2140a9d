"""A view of a plane and of what rises above it, which flies: direction, height, zoom, focus, lift, and a slow drift."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from manim import Animation, ValueTracker

from quantization_story.core.projection import Projection
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.paths import in_frame

SWAY = np.deg2rad(np.array([3.2, 1.6]))  # how far a drift turns the view, and raises it


@dataclass(frozen=True)
class Pose:
    """Where a view stands.

    turned: how far the plane is turned counter-clockwise (radians). elevation: of the viewer above it; pi / 2 is
    straight above. unit: frame units for one unit of the plane. focus: the point of space (x, y, height) that is seen
    at `at`, a point (x, y) of the frame. lift: how much of their height things have, 0 to 1.
    """

    turned: float
    elevation: float
    unit: float
    focus: tuple[float, float, float] = (0.0, 0.0, 0.0)
    at: tuple[float, float] = (0.0, 0.0)
    lift: float = 1.0

    @property
    def projection(self) -> Projection:
        """What the viewer sees: at `turned` 0 the first axis of the plane points right."""
        return Projection.turned(-np.pi / 2 - self.turned, self.elevation)


def between_poses(start: Pose, goal: Pose, way: float) -> Pose:
    """The pose at a part of the way, 0 to 1. The zoom is geometric, and the goal's focus moves straight to its place.

    In units of the frame the focus of the goal is (1 - way) as far from its place as at the start.
    """
    if way in (0.0, 1.0):
        return goal if way else start

    def mixed(first: Any, second: Any, part: float = way) -> Any:
        return tuple(((1 - part) * np.array(first) + part * np.array(second)).tolist())

    unit = start.unit ** (1 - way) * goal.unit**way
    left = (1 - way) * start.unit / unit  # of the way in space
    (turned, elevation, lift), at = (
        mixed((start.turned, start.elevation, start.lift), (goal.turned, goal.elevation, goal.lift)),
        mixed(start.at, goal.at),
    )
    return Pose(turned, elevation, unit, mixed(goal.focus, start.focus, left), at, lift)


class FlightView:
    """Where a point of space lies in the frame, seen from a pose that can fly to another.

    Points of space are (x, y, value): two coordinates of the plane, and a value that is drawn `relief` units of the
    plane high for each unit of it. It is no mobject but the ruler of all mobjects that ask it. sway: how much of the
    drift it follows, as a tracker from 0 to 1.
    """

    def __init__(self, pose: Pose, relief: float, drift: Swaying | None = None) -> None:
        self.relief, self.drift = relief, drift
        self.start = self.goal = pose
        self.way, self.sway = ValueTracker(1.0), ValueTracker(1.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "FlightView":
        """A copied mobject still lies in the same view."""
        return self

    @property
    def pose(self) -> Pose:
        """Where the view stands now, without its drift."""
        return between_poses(self.start, self.goal, float(np.clip(self.way.get_value(), 0.0, 1.0)))

    @property
    def seen(self) -> Pose:
        """Where it stands with its drift; from straight above it only turns."""
        pose = self.pose
        if self.drift is None:
            return pose
        turn, rise = self.sway.get_value() * SWAY * [self.drift.x, self.drift.y]
        return replace(pose, turned=pose.turned + turn, elevation=min(pose.elevation + rise, np.pi / 2))

    def fly(self, goal: Pose) -> Animation:
        """The animation that takes the view from where it is to another pose."""
        self.start, self.goal = self.pose, goal
        self.way.set_value(0.0)
        return self.way.animate.set_value(1.0).build()

    def to_frame(self, points: Any) -> np.ndarray:
        """Points of space (n, 3) as frame points (n, 3)."""
        return framed(self.seen, self.relief, points)

    def over(self, points: Any, values: Any) -> np.ndarray:
        """The frame points (n, 3) above points (n, 2) of the plane, at these values (n,)."""
        return self.to_frame(np.column_stack([points, values]))

    def away(self) -> np.ndarray:
        """The direction (2,) of the plane that leads away from the viewer."""
        return np.asarray(self.seen.projection.rotation[1, :2])


def framed(pose: Pose, relief: float, points: Any) -> np.ndarray:
    """Points of space (n, 3) as frame points (n, 3), as a pose sees them; see `FlightView`."""
    offset = (np.asarray(points, dtype=float) - pose.focus) * [1.0, 1.0, relief * pose.lift]
    return in_frame(pose.unit * pose.projection.flat(offset) + np.array(pose.at))
