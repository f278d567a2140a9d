"""A point and its twin on their way through two networks, the gap between them in its two parts."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
from manim import Animation, ValueTracker, VGroup

from quantization_story.analysis.gap_journey import GapPlaces, Motion, Twins
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import round_step
from quantization_story.mobjects.frame_view import FILL, FramePose, FrameView, Swaying, plane_mesh
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import CLASS_MARKS
from quantization_story.style import theme

MESH = 4.0  # how many times as far as the frame shows at first the grid runs
PAIR = 0.13  # the radius of the point that is followed, and of its twin
HALO = 0.24
POINT = 0.06  # the radius of any other point
MESH_Z, POINT_Z = -5, -1


def output_pose(places: GapPlaces, *others: ReluNetwork, room: float = 0.0) -> FramePose:
    """The pose in which the outputs of both networks, and of others, fill the frame but for `room` at its right."""
    data, journey = places.data.points, places.journey
    points = np.vstack([*(net(data) for net in (journey.net, journey.other, *others)), np.zeros((1, 2))])
    share = 1 - room / theme.middle_zone().width
    best = max((_squeezed(points, turn, share) for turn in (0.0, -np.pi / 2)), key=lambda pose: pose.unit)
    aside = room / 2 / best.unit * np.array([np.cos(best.turn), -np.sin(best.turn)])
    return replace(best, x=best.x + float(aside[0]), y=best.y + float(aside[1]))


def _squeezed(points: np.ndarray, turn: float, share: float) -> FramePose:
    """The pose in which points (n, 2), turned so far, fill the middle of the frame and this share of its width."""
    pose = FramePose.fitting(points, turn=turn)
    wide = np.ptp(points @ np.array([np.cos(turn), -np.sin(turn)])) * pose.unit
    return replace(pose, unit=pose.unit * min(1.0, share * FILL * theme.middle_zone().width / float(wide)))


class FollowingView(FrameView):
    """A view that can keep a moving place of the plane where it is in the frame."""

    def __init__(self, pose: FramePose, drift: Swaying | None = None) -> None:
        super().__init__(pose, drift)
        self.followed: Callable[[], np.ndarray] | None = None
        self.anchor = np.zeros(2)

    @property
    def pose(self) -> FramePose:
        """Where the view stands now, moved as far as what is followed has moved."""
        own = super().pose
        if self.followed is None:
            return own
        x, y = self.followed() - self.anchor
        return replace(own, x=own.x + float(x), y=own.y + float(y))

    def _now(self) -> tuple[np.ndarray, np.ndarray]:
        if self.followed is not None:
            self._kept = None  # what is followed moves though the view does not
        return super()._now()

    def follow(self, place: Callable[[], np.ndarray] | None) -> None:
        """From here on keep this place (2,) where it is now; None lets go of it."""
        self.start = self.goal = self.pose
        self.followed = place
        self.anchor = np.zeros(2) if place is None else place()

    def fly_to(self, goal: FramePose) -> Animation:
        """The animation to another pose; what is followed is followed from there on."""
        self.follow(self.followed)
        return super().fly_to(goal)


class TwinPlane:
    """The plane on its way through the float network, with all points on it, and one of them with its twin.

    progress: counts the motions of the journey. turn: of the view, the same throughout. where_drawn:
    gives where the drawn points (n, 2) are now; once the journey is over, something else may move them.
    """

    def __init__(self, places: GapPlaces, drift: Swaying, turn: float = 0.0) -> None:
        self.places, self.journey = places, places.journey
        self.progress = ValueTracker(0.0)
        self.home = FramePose.fitting(places.data.points, turn=turn)
        self.view = FollowingView(self.home, drift)
        self.last = len(self.journey.steps)
        drawn = places.drawn.points
        self.latest = lru_cache(maxsize=1)(lambda progress: places.journey.at(drawn, progress).points)
        self.latest_hero = lru_cache(maxsize=2)(lambda progress: places.journey.at(places.hero_point, progress))
        self.where_drawn: Callable[[], np.ndarray] = self.drawn_on_the_way

    @property
    def layer(self) -> int:
        """The layer (from 1) that acts now, or has acted last; 0 before the first."""
        motion = self.motion
        return 0 if motion is None else motion.layer

    @property
    def motion(self) -> Motion | None:
        """The motion that is made now, or was made last; None before the first."""
        done = int(np.ceil(np.clip(self.progress.get_value(), 0.0, self.last)))
        return self.journey.steps[done - 1] if done else None

    def twins(self, points: np.ndarray) -> Twins:
        """Where input points (n, 2) and their twins are now."""
        return self.journey.at(points, float(np.clip(self.progress.get_value(), 0.0, self.last)))

    def drawn_on_the_way(self) -> np.ndarray:
        """Where the float network has the drawn points now, (n, 2)."""
        return self.latest(float(np.clip(self.progress.get_value(), 0.0, self.last)))

    def hero(self) -> Twins:
        """Where the hero and its twin are now."""
        return self.latest_hero(float(np.clip(self.progress.get_value(), 0.0, self.last)))

    def middle(self) -> np.ndarray:
        """The middle (2,) of their gap."""
        now = self.hero()
        return np.asarray((now.points[0] + now.twins[0]) / 2)

    def gap_place(self) -> np.ndarray:
        """Its middle as a frame point (3,)."""
        return self.view.point(self.middle())

    def place_of(self, which: Callable[[Twins], np.ndarray]) -> Callable[[], np.ndarray]:
        """A frame point (3,) that goes with the pair: the middle of what the function (k, 2) picks of it."""
        return lambda: self.view.point(np.mean(which(self.hero()), axis=0))

    def pose_of_gap(self, end: int, length: float) -> FramePose:
        """The pose around the gap as it is now in which the gap that there is at `end` has this length in the frame."""
        gap = float(self.journey.at(self.places.hero_point, end).gaps[0])
        turn = self.home.turn
        around = FramePose.fitting(self.journey.at(self.places.data.points, end).points, turn=turn)
        x, y = self.middle().tolist()
        unit = length / gap if gap > 0 else around.unit
        return FramePose(x, y, float(np.clip(unit, around.unit, 8 * around.unit)), turn)

    def ends_of(self, kind: type) -> list[int]:
        """The progress at which each motion of a kind is complete, layer by layer."""
        return [number + 1 for number, step in enumerate(self.journey.steps) if isinstance(step, kind)]

    # --- what is drawn

    def make_mesh(self) -> VGroup:
        """The grid of the input plane, finer where one goes near."""
        step = round_step(theme.middle_zone().height / self.home.unit, 12)
        creases = self.places.sheet.edges.segments
        near = (self.home.box(0.5), self._near_hero(0.08))
        return plane_mesh(
            self.view, self.home.box(MESH), creases, lambda points: self.twins(points).points, step, near
        ).set_z_index(MESH_Z)

    def _near_hero(self, factor: float) -> tuple[float, float, float, float]:
        x, y = self.places.hero_point[0].tolist()
        return replace(self.home, x=x, y=y).box(factor)

    def make_clouds(self) -> VGroup:
        """The points, by mark and by tint of their class."""
        labels = self.places.drawn.labels
        clouds = VGroup()
        for k in range(int(labels.max()) + 1):

            def places(own: np.ndarray = labels == k) -> np.ndarray:
                return self.view.to_frame(self.where_drawn()[own])

            clouds.add(live_marks(places, theme.CLASS_COLORS[k], CLASS_MARKS[k], POINT))
        return clouds.set_z_index(POINT_Z)

    def make_pair(self) -> VGroup:
        """The gap, its old part and what the layer adds; the point and its twin at its ends, ringed."""

        def part(of: Callable[[Twins], tuple[np.ndarray, np.ndarray]]) -> Callable[[], np.ndarray]:
            return lambda: np.stack([self.view.to_frame(end) for end in of(self.hero())], axis=1)

        old = live_segments(part(lambda now: (now.points, now.carried)), theme.QUIET, 2 * theme.STRONG)
        added = live_segments(part(lambda now: (now.carried, now.twins)), theme.QUANTIZED, 2 * theme.STRONG)
        whole = live_segments(part(lambda now: (now.points, now.twins)), theme.HERO, theme.THIN)
        twin = live_marks(lambda: self.view.to_frame(self.hero().twins), theme.QUANTIZED, "disc", PAIR)
        point = live_marks(lambda: self.view.to_frame(self.hero().points), theme.FLOAT, "disc", PAIR)
        ring = live_marks(lambda: self.view.to_frame(self.hero().points), theme.HERO, "ring", HALO)
        return VGroup(old, added, whole, twin, point, ring).set_z_index(theme.LAYER_HERO)
