"""One weight among three levels at full frame, its rounding, and the gap between the two."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.scalar_chain import ChainPlaces
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.text import LiveText, signed
from quantization_story.style import theme

STEP = 4.9  # frame units: from one level to the next, across
BEYOND = 14.0  # how far up and down the lines of the levels run: past the frame's edges
NUMBERS = -0.15, -1.4  # where the levels' numbers end beside their lines
MEASURED = -0.75  # how far below the line a step is measured
DISC = 0.17


class LevelPicture:
    """What one weight needs on stage; it is no mobject but holds them, and the trackers that move them.

    weight: where it is. trip: 0 at its own place, 1 at the level that it is rounded to.
    """

    def __init__(self, places: ChainPlaces, drift: Swaying) -> None:
        self.places = places
        self.view = FrameView(FramePose(0.0, 0.0, theme.stretch()[0]), drift, roll=0.0)
        self.middle, self.step = float(places.near[1]), 2 * places.half
        self.weight = ValueTracker(float(places.weights[0]))
        self.trip = ValueTracker(0.0)

    # --- where things are

    def at(self, values: np.ndarray) -> np.ndarray:
        """Values (n,) on the line of all weights as frame points (n, 3)."""
        return self.view.to_frame(np.column_stack([self._across(values), np.zeros(len(values))]))

    def _across(self, values: np.ndarray) -> np.ndarray:
        return np.asarray((values - self.middle) * STEP / self.step)

    def step_place(self) -> np.ndarray:
        """The middle of the step that is measured, in the frame."""
        return np.asarray(self.view.point([STEP / 2, MEASURED]))

    def rounded(self) -> float:
        """What the weight comes back as."""
        return float(self.places.stairs(np.array([self.weight.get_value()]))[0])

    @property
    def gap(self) -> float:
        """How far rounding moves the weight."""
        return abs(self.rounded() - self.weight.get_value())

    def hero_place(self) -> np.ndarray:
        """The weight in the frame."""
        return np.asarray(self.at(np.array([self.weight.get_value()]))[0])

    def rounded_place(self) -> np.ndarray:
        """Where its rounding has come to in the frame."""
        here, trip = self.weight.get_value(), self.trip.get_value()
        return np.asarray(self.at(np.array([here + trip * (self.rounded() - here)]))[0])

    def gap_place(self) -> np.ndarray:
        """The middle of the gap in the frame."""
        return (self.hero_place() + self.rounded_place()) / 2

    # --- what is drawn

    def _upright(self, weights: np.ndarray) -> np.ndarray:
        """Upright lines at weights (n,), as segments (n, 2, 3)."""
        x = self._across(weights)
        ends = [np.column_stack([x, np.full(len(x), side * BEYOND)]) for side in (-1.0, 1.0)]
        return np.stack([self.view.to_frame(end) for end in ends], axis=1)

    def make_levels(self) -> VGroup:
        """The three levels, the weights that go to each of them, and the borders between."""
        near, low, high = self.places.near, *self.places.reach
        borders = near[:2] + self.places.half
        edges = np.array([low, *borders, high])

        def land(odd: int) -> list[np.ndarray]:
            lines = self._upright(edges)
            return [np.concatenate([lines[k], lines[k + 1][::-1]]) for k in range(3) if k % 2 == odd]

        def dashes() -> np.ndarray:
            lines = self._upright(borders)
            return np.stack(dash_segments(lines[:, 0], lines[:, 1], 0.14, 0.12), axis=1)

        return VGroup(
            live_fill(lambda: land(0), theme.QUANTIZED, 0.05),
            live_fill(lambda: land(1), theme.QUANTIZED, 0.12),
            live_segments(dashes, theme.QUIET, theme.THIN, 0.8),
            live_segments(lambda: self._upright(near), theme.QUANTIZED, theme.STRONG, 0.75),
        ).set_z_index(-5)

    def make_numbers(self) -> VGroup:
        """The three levels as numbers, at the left of their lines."""
        numbers = VGroup()
        for level in self.places.near:
            number = LiveText(signed(level), theme.INK, theme.FIGURE_SIZE * 0.6, align=1)
            number.add_updater(lambda line, level=level: line.place(self._number_place(level)))
            numbers.add(number.place(self._number_place(level)))
        return numbers

    def _number_place(self, level: float) -> np.ndarray:
        x = float(self._across(np.array([level]))[0])
        return np.asarray(self.view.point([x + NUMBERS[0], NUMBERS[1]]))

    def make_step(self) -> SegmentPath:
        """The step from the second level to the third, measured below the line."""

        def lines() -> np.ndarray:
            left, right, tick = (0.0, MEASURED), (STEP, MEASURED), 0.14
            posts = [[(x, y - tick), (x, y + tick)] for x, y in (left, right)]
            return self.view.to_frame(np.array([[left, right], *posts]).reshape(-1, 2)).reshape(-1, 2, 3)

        return live_segments(lines, theme.INK, theme.STRONG).set_z_index(-1)

    def make_line(self) -> SegmentPath:
        """All weights on a line, in the float blue."""
        ends = np.array(self.places.reach)
        return live_segments(lambda: self.at(ends)[None], theme.FLOAT, theme.STRONG).set_z_index(-3)

    def make_gap(self) -> SegmentPath:
        """The gap between the weight and its rounding."""
        return live_segments(
            lambda: np.stack([self.hero_place(), self.rounded_place()])[None], theme.INK, 2.5 * theme.STRONG
        ).set_z_index(-1)

    def make_other_gap(self) -> SegmentPath:
        """The way to the other level that is as near, dashed."""

        def way() -> np.ndarray:
            here = self.weight.get_value()
            other = np.array([2 * here - self.rounded()])
            ends = np.stack([self.at(other), self.hero_place()[None]], axis=1)
            return np.stack(dash_segments(ends[:, 0], ends[:, 1], 0.2, 0.14), axis=1)

        return live_segments(way, theme.INK, 1.5 * theme.STRONG).set_z_index(-1)

    def make_rounded(self) -> PointCloud:
        """The rounded weight, an orange disc."""
        return live_marks(lambda: self.rounded_place()[None], theme.QUANTIZED, "disc", DISC).set_z_index(1)
