"""One weight among three levels at full frame; its line rises into a staircase, and is laid flat: a sawtooth."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.one_dimension import segments_between
from quantization_story.analysis.scalar_chain import ChainPlaces
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import LiveText, signed
from quantization_story.style import theme

STEP = 4.9  # frame units: from one level to the next, across
RISE = 1.9  # and up, while the line of the weight is raised; laid flat it is as tall as it is wide
BEYOND = 14.0  # how far up and down the lines of the levels run: past the frame's edges
NUMBERS = -0.15, -1.4  # where the levels' numbers end beside their lines: no curve passes there
MEASURED = -0.75  # how far below the line a step is measured
DISC = 0.17


class LevelPicture:
    """What one weight needs on stage; it is no mobject but holds them, and the trackers that move them.

    weight: where it is. trip: 0 at its own place, 1 at the level that it is rounded to. lift: 0 while its line lies, 1
    where what it comes back as is drawn upward. flat: 1 where its own line has been laid flat. drawn: up to which
    weight the curve is drawn.
    """

    def __init__(self, places: ChainPlaces, drift: Swaying) -> None:
        self.places = places
        self.view = FrameView(FramePose(0.0, 0.0, theme.stretch()[0]), drift, roll=0.0)
        self.middle, self.step = float(places.near[1]), 2 * places.half
        self.weight = ValueTracker(float(places.weights[0]))
        self.trip, self.lift, self.flat = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.drawn = ValueTracker(places.reach[0])

    # --- where things are

    def flat_places(self, weights: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Weights (n,) that come back as `values` (n,), as points (n, 2) in frame units from the middle."""
        lift, flat = self.lift.get_value(), self.flat.get_value()
        tall = (RISE + flat * (STEP - RISE)) * lift / self.step
        across = weights + (values - weights) * (1 - lift) - self.middle
        up = tall * ((1 - flat) * (weights - self.middle) + values - weights)
        return np.column_stack([across * STEP / self.step, up])

    def at(self, weights: np.ndarray, values: np.ndarray) -> np.ndarray:
        """The same as frame points (n, 3)."""
        return self.view.to_frame(self.flat_places(weights, values))

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
        here = np.array([self.weight.get_value()])
        return np.asarray(self.at(here, here)[0])

    def rounded_place(self) -> np.ndarray:
        """Where its rounding has come to in the frame."""
        here, trip = self.weight.get_value(), self.trip.get_value()
        return np.asarray(self.at(np.array([here]), np.array([here + trip * (self.rounded() - here)]))[0])

    def gap_place(self) -> np.ndarray:
        """The middle of the gap in the frame."""
        return (self.hero_place() + self.rounded_place()) / 2

    def peak_place(self) -> np.ndarray:
        """A peak of the sawtooth: midway between the second and the third level."""
        here = np.array([self.middle + self.places.half])
        return np.asarray(self.at(here, here + self.places.half)[0])

    # --- what is drawn

    def _upright(self, weights: np.ndarray) -> np.ndarray:
        """Upright lines at weights (n,), as segments (n, 2, 3)."""
        x = (weights - self.middle) * STEP / self.step
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
        x = (level - self.middle) * STEP / self.step
        return np.asarray(self.view.point([x + NUMBERS[0], NUMBERS[1]]))

    def make_step(self) -> SegmentPath:
        """The step from the second level to the third, measured below the line."""

        def lines() -> np.ndarray:
            left, right, tick = (0.0, MEASURED), (STEP, MEASURED), 0.14
            posts = [[(x, y - tick), (x, y + tick)] for x, y in (left, right)]
            return self.view.to_frame(np.array([[left, right], *posts]).reshape(-1, 2)).reshape(-1, 2, 3)

        return live_segments(lines, theme.INK, theme.STRONG).set_z_index(-1)

    def make_line(self) -> SegmentPath:
        """All weights on a line, in the float blue: it lies, it rises, it is laid flat."""
        ends = np.array(self.places.reach)
        return live_segments(lambda: self.at(ends, ends)[None], theme.FLOAT, theme.STRONG).set_z_index(-3)

    def make_curve(self) -> SegmentPath:
        """What each weight comes back as, up to where it is drawn."""
        segments = segments_between(self.places.stairs.segments, *self.places.reach)

        def drawn() -> np.ndarray:
            part = segments_between(segments, self.places.reach[0], self.drawn.get_value())
            points = part.reshape(-1, 2)
            return self.at(points[:, 0], points[:, 1]).reshape(-1, 2, 3)

        return live_segments(drawn, theme.QUANTIZED, 1.6 * theme.STRONG).set_z_index(-2)

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
            ends = np.stack([self.at(np.array([here]), other), self.hero_place()[None]], axis=1)
            return np.stack(dash_segments(ends[:, 0], ends[:, 1], 0.2, 0.14), axis=1)

        return live_segments(way, theme.INK, 1.5 * theme.STRONG).set_z_index(-1)

    def make_rounded(self) -> PointCloud:
        """The rounded weight, an orange disc."""
        return live_marks(lambda: self.rounded_place()[None], theme.QUANTIZED, "disc", DISC).set_z_index(1)

    def make_half_lines(self) -> SegmentPath:
        """Half a step above and below the line that was laid flat, dashed."""
        across = [(reach - self.middle) * STEP / self.step for reach in self.places.reach]

        def lines() -> np.ndarray:
            ends = [self.view.to_frame(np.array([[x, side * STEP / 2] for side in (-1.0, 1.0)])) for x in across]
            return np.stack(dash_segments(ends[0], ends[1], 0.2, 0.14), axis=1)

        return live_segments(lines, theme.QUIET, theme.THIN).set_z_index(-3)

    def make_bands(self) -> CellPath:
        """The teeth between the curve and the line that was laid flat, filled as far as the curve is drawn."""
        segments = segments_between(self.places.stairs.segments, *self.places.reach)

        def teeth() -> list[np.ndarray]:
            part = segments_between(segments, self.places.reach[0], self.drawn.get_value())
            polygons = []
            for (left, level), (right, _) in part:
                corners = np.array([left, right, right, left]), np.array([level, level, right, left])
                polygons.append(self.at(*corners))
            return polygons

        return live_fill(teeth, theme.INK, 0.14).set_z_index(-4)
