"""The outputs of the whole network while its weights go from their nearest levels to those of the least error."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, accuracy, hits
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud
from quantization_story.mobjects.sectors import plane_sectors
from quantization_story.style import theme

DRAWN = 300  # points
DOT, RING = 0.07, 0.15
SIGN, SIGN_REACH = 0.5, 0.85  # the large marks: their radius, and how far out of the middle they stand
FAR = 60.0  # times as far as the points: beyond every edge of the frame


class OutputPlane:
    """The output plane of a network of two outputs; `moved` takes its weights from those of one to another."""

    def __init__(
        self, ends: tuple[ReluNetwork, ReluNetwork], data: LabelledPoints, readout: FloatArray, drift: Swaying
    ) -> None:
        self.ends, self.data, self.readout = ends, data, readout
        self.drawn = LabelledPoints(data.points[:DRAWN], data.labels[:DRAWN])
        self.moved = ValueTracker(0.0)
        both = np.vstack([network(self.drawn.points) for network in ends])
        poses = [FramePose.fitting(both, turn=turn) for turn in (0.0, -np.pi / 2)]
        self.view = FrameView(max(poses, key=lambda pose: pose.unit), drift)
        self.reach = FAR * float(np.abs(both).max())
        self._known: tuple[float, FloatArray] | None = None

    def __deepcopy__(self, memo: dict[int, object]) -> "OutputPlane":
        """A copied mobject lies in the same plane."""
        return self

    def __getstate__(self) -> dict[str, object]:
        """What is only kept for speed is no part of what it is."""
        return {**vars(self), "_known": None}

    def network(self) -> ReluNetwork:
        """The network with its weights where they are now."""
        part = float(np.clip(self.moved.get_value(), 0.0, 1.0))
        first, last = self.ends
        weights = (blend(start, end, part) for start, end in zip(first.weights, last.weights, strict=True))
        return ReluNetwork(tuple(weights), first.biases)

    def reached(self) -> float:
        """Its accuracy on all held-out points, 0 to 1."""
        return accuracy(self.network(), self.data.points, self.data.labels, self.readout)

    def outputs(self) -> FloatArray:
        """The drawn points, (n, 2); worked out once a frame."""
        part = float(self.moved.get_value())
        if self._known is None or self._known[0] != part:
            self._known = part, self.network()(self.drawn.points)
        return self._known[1]

    def make_sectors(self) -> VGroup:
        """The sectors, one a class, and the lines between them."""
        return VGroup(*plane_sectors(self.view, self.readout, self.reach)).set_z_index(-5)

    def make_signs(self) -> VGroup:
        """In each sector, large and faint, the mark of its class; none where the sectors meet beyond the frame."""
        zone, signs, start = theme.middle_zone(), VGroup(), self.view.point(np.zeros(2))
        low, high = np.array([zone.left, zone.bottom]) + 2 * SIGN, np.array([zone.right, zone.top]) - 2 * SIGN
        if (start[:2] < low).any() or (start[:2] > high).any():
            return signs
        for direction, color, mark in zip(self.readout, theme.CLASS_COLORS, CLASS_MARKS, strict=False):
            away = self.view.point(direction) - start
            rooms = np.where(away[:2] > 0, high - start[:2], start[:2] - low)
            place = start + SIGN_REACH * float((rooms / np.maximum(np.abs(away[:2]), 1e-9)).min()) * away
            signs.add(PointCloud(color, mark, SIGN, 0.4).set_positions(place[None]))
        return signs.set_z_index(-4)

    def make_points(self) -> VGroup:
        """The points by the mark of their class."""
        labels = self.drawn.labels
        marks = ((labels == k, mark) for k, mark in enumerate(CLASS_MARKS) if (labels == k).any())
        return VGroup(
            *(
                live_marks(lambda own=own: self.view.to_frame(self.outputs()[own]), theme.QUANTIZED, mark, DOT)
                for own, mark in marks
            )
        )

    def make_rings(self) -> VGroup:
        """Rings around those that lie in another class's sector."""

        def wrong() -> FloatArray:
            now = self.outputs()
            return self.view.to_frame(now[~hits(now, self.drawn.labels, self.readout)])

        return VGroup(live_marks(wrong, theme.INK, "ring", RING))
