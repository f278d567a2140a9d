"""One axis across the frame with the weights of a layer on it, and the levels that rounding leaves."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.network_distances import RoundedWeights
from quantization_story.mobjects.frame_view import FILL, FramePose, FrameView, Swaying, plane_lines
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.text import text
from quantization_story.style import theme

MOST_LEVELS = 1024  # that are drawn
FADED = 40  # levels: from so many on they are drawn paler
MARK = 0.17  # the radius of a weight
DROP = 0.5  # from the axis to its numbers
TICK = 0.12


def thinned(levels: np.ndarray) -> np.ndarray:
    """Levels (n,) as they are drawn: all of them, or, where they stand closer than pixels, `MOST_LEVELS` at most."""
    return levels[:: max(1, -(-len(levels) // MOST_LEVELS))]


class WeightAxis:
    """The axis; opened: 0 to 1, how far the levels have fanned out from zero; slid: how far the weights to theirs."""

    def __init__(self, rounding: RoundedWeights, ticks: dict[float, str], drift: Swaying) -> None:
        self.rounding, self.ticks = rounding, ticks
        self.opened, self.slid = ValueTracker(0.0), ValueTracker(0.0)
        zone = theme.middle_zone()
        self.home = FramePose(0.0, 0.0, FILL * zone.width / 2 / float(np.abs(rounding.values).max()))
        self.view = FrameView(self.home, drift)
        self.height = 2 * zone.height / self.home.unit

    def now(self) -> np.ndarray:
        """The weights as they are now, (n,)."""
        part = self.slid.get_value()
        return np.asarray((1 - part) * self.rounding.values + part * self.rounding.rounded)

    def places(self, values: np.ndarray) -> np.ndarray:
        """Where values (n,) are in the frame, (n, 3)."""
        return self.view.to_frame(np.column_stack([values, np.zeros(len(values))]))

    def make_axis(self) -> VGroup:
        """The line, and a tick at each of the round numbers."""
        zone = theme.middle_zone()
        line = plane_lines(self.view, self._along(2 * zone.width), self._stay, theme.QUIET, theme.THIN)
        at = np.array(list(self.ticks))

        def marks() -> np.ndarray:
            foot = self.places(at)
            return np.stack([foot, foot - [0.0, TICK, 0.0]], axis=1)

        return VGroup(line, live_segments(marks, theme.QUIET, theme.THIN))

    def _along(self, width: float) -> np.ndarray:
        reach = width / self.home.unit
        return np.array([[[-reach, 0.0], [reach, 0.0]]])

    @staticmethod
    def _stay(points: np.ndarray) -> np.ndarray:
        return np.asarray(points, dtype=float)

    def make_numbers(self) -> VGroup:
        """The round numbers below their ticks."""
        numbers = VGroup()
        for value, word in self.ticks.items():
            number = text(word, theme.INK, theme.LABEL_SIZE)
            number.add_updater(
                lambda item, value=value: item.move_to(self.places(np.array([value]))[0] - [0.0, DROP, 0.0])
            )
            numbers.add(number.update())
        return numbers

    def make_levels(self) -> SegmentPath:
        """The levels, each a line from edge to edge."""
        levels = self.rounding.levels
        upright = [np.array([[level, -self.height], [level, self.height]]) for level in thinned(levels)]
        opened = self.opened
        path = plane_lines(
            self.view, upright, lambda points: points * [opened.get_value(), 1.0], theme.QUANTIZED, theme.THIN
        )
        return path.set_stroke(opacity=min(0.6, 0.6 * FADED / len(levels)) if len(levels) > FADED else 0.6)

    def make_weights(self) -> PointCloud:
        """The float weights."""
        return live_marks(lambda: self.places(self.rounding.values), theme.FLOAT, "disc", MARK)

    def make_rounded(self) -> VGroup:
        """Where the weights are now, and the way that they have gone."""

        def ways() -> np.ndarray:
            return np.stack([self.places(self.rounding.values), self.places(self.now())], axis=1)

        way = live_segments(ways, theme.QUANTIZED, 2 * theme.STRONG)
        return VGroup(way, live_marks(lambda: self.places(self.now()), theme.QUANTIZED, "disc", 0.75 * MARK))
