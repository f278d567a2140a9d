"""The outputs of the whole network while its weights go from their nearest levels to those of the least error."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.distances import lengths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, accuracy, hits
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, in_frame
from quantization_story.mobjects.sectors import plane_sectors
from quantization_story.style import theme

DRAWN = 300  # points
DOT, RING = 0.07, 0.15
SIGN, SIGN_STEP = 0.5, 0.2  # the large marks: their radius, and how fine the places are from which theirs is chosen
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

    def make_signs(self, plate: tuple[float, float]) -> VGroup:
        """In each sector that is seen, large and faint, the mark of its class, where most room is, off a plate too."""
        zone, signs = theme.middle_zone(), VGroup()
        across = np.arange(zone.left + 2 * SIGN, zone.right - 2 * SIGN, SIGN_STEP)
        up = np.arange(zone.bottom + 2 * SIGN, zone.top - 2 * SIGN, SIGN_STEP)
        places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        start, *units = self.view.to_frame(np.vstack([np.zeros(2), np.eye(2)]))[:, :2]
        labels = ((places - start) @ np.linalg.inv(units - start) @ self.readout.T).argmax(axis=1)
        points = np.vstack([self.view.to_frame(network(self.drawn.points))[:, :2] for network in self.ends])
        for label, (color, mark) in enumerate(zip(theme.CLASS_COLORS, CLASS_MARKS, strict=False)):
            own, taken = places[labels == label], np.vstack([points, [plate], places[labels != label]])
            if len(own):
                rooms = [lengths(taken - place).min() for place in own]
                signs.add(PointCloud(color, mark, SIGN, 0.4).set_positions(in_frame(own[[np.argmax(rooms)]])))
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
