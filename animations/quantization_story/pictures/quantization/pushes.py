"""Where each layer alone pushes the output of the point that is followed: from one place, or laid end to end."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.gap_journey import GapPlaces
from quantization_story.mobjects.charts.stacked_rows import layer_color
from quantization_story.mobjects.frame_view import FramePose, FrameView
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.pictures.quantization.pair import output_pose
from quantization_story.style import theme

NEAR = 1.9  # times as near as the pose of all outputs
TIP = 0.07  # the radius of the end of a push


class Pushes:
    """The pushes, by layer. laid: 0 where all begin at the float output, 1 where each begins at the end of the last."""

    def __init__(self, places: GapPlaces, view: FrameView) -> None:
        self.view, self.laid = view, ValueTracker(0.0)
        self.home, self.pushes = places.journey.net(places.hero_point)[0], places.pushes
        self.before = np.cumsum(self.pushes, axis=0) - self.pushes

    def ends(self) -> np.ndarray:
        """Where each begins and ends now, (layers, 2, 2)."""
        begin = self.home + self.laid.get_value() * self.before
        return np.stack([begin, begin + self.pushes], axis=1)

    def make(self, layer: int) -> VGroup:
        """One of them, of a layer from 0, in its colour, with a disc at its end."""

        def framed() -> np.ndarray:
            return self.view.to_frame(self.ends()[layer])

        line = live_segments(lambda: framed()[None], layer_color(layer), 1.5 * theme.STRONG)
        tip = live_marks(lambda: framed()[1:], layer_color(layer), "disc", TIP)
        return VGroup(line, tip).set_z_index(theme.LAYER_HERO)

    def pose(self, places: GapPlaces, room: float) -> FramePose:
        """The pose in which they are seen from near, beside `room` at the right of the frame."""
        whole = output_pose(places, room=room)
        there = np.vstack([self.home[None], self.home + self.pushes, self.home + self.before + self.pushes])
        unit = NEAR * whole.unit
        aside = room / 2 / unit * np.array([np.cos(whole.turn), -np.sin(whole.turn)])
        x, y = (there.min(axis=0) + there.max(axis=0)) / 2 + aside
        return FramePose(float(x), float(y), unit, whole.turn)
