"""One value and its rounding: the real axis, the axis of codes, the round trip, the staircase, the sawtooth."""

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from quantization_story.analysis.one_dimension import (
    BrokenLine,
    RoundedValue,
    levels,
    round_value,
    sawtooth,
    segments_until,
    staircase,
)
from quantization_story.core.quantizers import largest_code
from quantization_story.mobjects.charts.axis import NumberAxis, TurningAxis
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.live import live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.text import text
from quantization_story.style import theme

OVERHANG = 1.1  # how far the axis reaches beyond the largest value


class ValueStage:
    """What one value needs on stage; it is no mobject but holds them, and the trackers that move them.

    value: the value, within the range. trip: 0 on the real axis, 1 above it on the axis of codes, 2 at the nearest
    code, 3 back on the real axis. floor: the height of the real axis. turn: 0 where the axis of codes lies above the
    real axis, 1 where it stands at its left. upper, lower: the zones of the staircase and of the sawtooth.
    """

    def __init__(self, upper: theme.Zone, lower: theme.Zone, largest: float, bits: int) -> None:
        self.upper, self.lower, self.largest, self.bits = upper, lower, largest, bits
        self.reach = (-OVERHANG * largest, OVERHANG * largest)
        self.stairs = Chart(upper, self.reach, self.reach, (), ())
        self.home = upper.bottom  # where the real axis is the lower axis of the staircase
        self.floor, self.ceiling = ValueTracker(lower.center[1] + 0.4), upper.top - 1.2
        self.value, self.trip, self.turn = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self._make_axes()
        self._make_round_trip()

    def across(self, x: float) -> float:
        """Where a value stands on the real axis, in frame units."""
        return float(self.stairs.point(x, 0.0)[0])

    def on_floor(self, x: float) -> np.ndarray:
        """A value as a frame point of the real axis, wherever that is now."""
        return np.array([self.across(x), self.floor.get_value(), 0.0])

    def rounded(self) -> RoundedValue:
        """The value now and its rounding."""
        return round_value(float(np.clip(self.value.get_value(), -self.largest, self.largest)), self.largest, self.bits)

    def _make_axes(self) -> None:
        q_max, grid = largest_code(self.bits), levels(self.largest, self.bits)
        self.codes = list(range(-q_max, q_max + 1))
        places = np.array([self.on_floor(x) for x in grid])
        numbered = [(place, x) for code, place, x in zip(self.codes, places, grid, strict=True) if code % 2]
        self.axis = NumberAxis(np.array([self.on_floor(x) for x in self.reach]), places, numbered, digits=1)
        lying = np.array([[self.across(x), self.ceiling, 0.0] for x in grid])
        standing = np.array([self.stairs.point(self.reach[0], x) for x in grid])
        self.code_axis = TurningAxis(self.codes, lying, standing, self.turn)
        self.threads = SegmentPath(theme.GUIDE, theme.HAIRLINE).set_segments(lying, places)
        self.real_name, self.code_name = (
            text("the weight, a real number", theme.QUIET),
            text(f"codes of {self.bits} bits, narrow range", theme.QUIET),
        )
        for name, place, height in ((self.real_name, places[0], -0.75), (self.code_name, lying[0], 0.75)):
            name.move_to(place + np.array([0.0, height, 0.0])).align_to(places[0], LEFT)

    def _make_round_trip(self) -> None:
        def journey() -> np.ndarray:
            x, there = self.across(self.value.get_value()), self.across(self.rounded().restored)
            low, high = self.floor.get_value(), self.ceiling
            corners = np.array([[x, low, 0.0], [x, high, 0.0], [there, high, 0.0], [there, low, 0.0]])
            return polyline_until(corners, max(self.trip.get_value(), 1e-6))

        def gap() -> np.ndarray:
            lip, lift = np.array([0.0, 0.1, 0.0]), np.array([0.0, 0.35, 0.0])
            start, end = (lift + self.on_floor(x) for x in (self.value.get_value(), self.rounded().restored))
            return np.array([[start, end], [start - lip, start + lip], [end - lip, end + lip]])

        self.gap = live_segments(gap, theme.INK, theme.STRONG)
        self.trail = live_segments(journey, theme.QUANTIZED, theme.THIN)
        self.dot = live_marks(lambda: self.on_floor(self.value.get_value())[None], theme.FLOAT, "disc", 0.12)
        self.traveller = live_marks(lambda: journey()[-1:, 1], theme.QUANTIZED, "disc", 0.12)

    def make_curves(self) -> None:
        """The staircase over the real axis and the sawtooth below it, drawn up to the value, and what marks it now."""
        stairs, self.teeth = self.stairs, sawtooth(self.largest, self.bits)
        half = self.rounded().scale / 2
        error = Chart(self.lower, self.reach, (-1.25 * half, 1.25 * half), (), ())
        self.levels = VGroup(error.level(0.0), *(error.level(y, theme.GUIDE, theme.THIN) for y in (-half, half)))
        marked = (("$s\\/2$", half), ("$e$", 0.0), ("$-s\\/2$", -half))
        self.curve_names = VGroup(
            *(text(name, theme.QUIET).next_to(error.point(self.reach[0], y), LEFT, buff=0.15) for name, y in marked),
            text("rounded: $hat(w) = s thin q$", theme.QUANTIZED).move_to(
                stairs.point(self.reach[0], self.reach[1]) + np.array([0.4, -0.45, 0.0]), aligned_edge=LEFT
            ),
            text("error: $e = hat(w) - w$").move_to(
                error.point(self.reach[1], 1.25 * half) + np.array([0.0, 0.1, 0.0]), aligned_edge=RIGHT
            ),
        )
        exact = BrokenLine(np.array([-self.largest, self.largest]), np.array([[-self.largest, self.largest]]))
        value = self.value.get_value

        def curve(chart: Chart, line: BrokenLine, color: str, width: float) -> SegmentPath:
            segments = line.segments

            def drawn() -> np.ndarray:
                part = segments_until(segments, value())
                return chart.to_frame(part.reshape(-1, 2)).reshape(-1, 2, 3)

            return live_segments(drawn, color, width)

        def here() -> np.ndarray:
            return stairs.point(value(), self.rounded().restored)

        def guides() -> np.ndarray:
            return np.array(
                [[self.on_floor(value()), here()], [here(), stairs.point(self.reach[0], self.rounded().restored)]]
            )

        self.exact = curve(stairs, exact, theme.FLOAT, theme.THIN)
        self.curves = VGroup(
            live_segments(guides, theme.QUIET, theme.HAIRLINE),
            self.exact,
            curve(stairs, staircase(self.largest, self.bits), theme.QUANTIZED, theme.STRONG),
            curve(error, self.teeth, theme.INK, theme.STRONG),
            live_segments(lambda: np.array([[stairs.point(value(), value()), here()]]), theme.INK, theme.STRONG),
            live_marks(lambda: here()[None], theme.QUANTIZED, "disc", 0.1),
            live_marks(lambda: error.point(value(), self.rounded().error)[None], theme.INK, "disc", 0.1),
        )
