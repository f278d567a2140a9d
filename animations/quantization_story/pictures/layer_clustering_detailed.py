"""k-means on a scatter of values: dots, centres as lines, every other catchment as a band, one centre followed."""

from typing import Any

import numpy as np
from manim import ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.core.plane_geometry import dash_segments, tick_decimals, ticks
from quantization_story.layers.clustering import Clustering
from quantization_story.mobjects.charts.axis import number_at
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import PointCloud, SegmentPath, in_frame
from quantization_story.style import theme

TICKS = 6  # at most so many steps between the numbers of the axis


class ClusterStage:
    """The parts of the picture over a zone: across, the order of the sample; up, the value. It is no mobject.

    seen: how many values are shown. chosen: how many starting centres there are; 2.5 is two, and a third half drawn.
    progress: of `Clustering.moment`. low, high: the values at the lower and the upper edge. slide: 0 where the values
    are, 1 where each has taken its centre. size: of the dots.
    """

    def __init__(self, zone: theme.Zone, found: Clustering) -> None:
        self.zone, self.found = zone, found
        self.whole = padded(found.values)
        self.low, self.high = (ValueTracker(edge) for edge in self.whole)
        self.seen, self.chosen, self.progress, self.slide = (ValueTracker(0.0) for _ in range(4))
        self.size = ValueTracker(1.0)
        self.across = np.linspace(zone.left + 0.12, zone.right - 0.12, len(found.values))
        self.axis = SegmentPath(theme.QUIET, theme.HAIRLINE).set_segments(
            np.array([[zone.left, zone.bottom, 0.0]]), np.array([[zone.left, zone.top, 0.0]])
        )
        self.numbers = self._make_numbers(*self.whole)
        self._make_dots()
        self._make_centres()

    def up(self, values: Any) -> Any:
        """How high in the frame values (n,) lie now, (n,); beyond the zone they lie outside it."""
        low, high = self.low.get_value(), self.high.get_value()
        return self.zone.bottom + (np.asarray(values) - low) / (high - low) * self.zone.height

    def inside(self, values: np.ndarray) -> np.ndarray:
        """Which values (n,) lie between the edges now, (n,)."""
        return np.asarray((values >= self.low.get_value()) & (values <= self.high.get_value()))

    def zoom(self, low: float, high: float) -> tuple[list[Any], VGroup, VGroup]:
        """The animations that move the edges; the numbers that go, and those that come."""
        old, self.numbers = self.numbers, self._make_numbers(low, high)
        moves = [self.low.animate.set_value(low), self.high.animate.set_value(high)]
        return moves, old, self.numbers

    def _make_numbers(self, low: float, high: float) -> VGroup:
        zone, digits = self.zone, tick_decimals(high - low, TICKS)
        shown = [0.0, *ticks(low, high, TICKS)] if low < 0.0 < high else list(ticks(low, high, TICKS))
        heights = [zone.bottom + (value - low) / (high - low) * zone.height for value in shown]
        return VGroup(
            *(
                number_at(value, digits, np.array([zone.left - 0.45, height, 0.0]))
                for value, height in zip(shown, heights, strict=True)
            )
        )

    def _make_dots(self) -> None:
        found = self.found

        def places() -> np.ndarray:
            count, slide = int(self.seen.get_value()), self.slide.get_value()
            now = found.values + slide * (found.centres[found.labels] - found.values)
            shown = self.inside(now)
            shown[count:] = False
            return np.column_stack([self.across[shown], self.up(now[shown]), np.zeros(int(shown.sum()))])

        self.dots = live_marks(places, theme.FLOAT, "disc", 0.035)
        ends = ManimColor(theme.FLOAT), ManimColor(theme.SAME)
        template, size = self.dots.template, self.size.get_value
        self.dots.add_updater(lambda dots: setattr(dots, "template", size() * template), index=0)
        self.dots.add_updater(lambda dots: dots.set_fill(interpolate_color(*ends, self.slide.get_value())))

    def _make_centres(self) -> None:
        zone, found = self.zone, self.found
        start, count = found.values[found.chosen], len(found.chosen)

        def centres() -> np.ndarray:
            # While they are being chosen the order is that of the choice; afterwards all are there, by value.
            return start if self.chosen.get_value() < count else found.moment(self.progress.get_value()).centres

        def lines() -> np.ndarray:
            drawn, now = np.clip(self.chosen.get_value() - np.arange(count), 0.0, 1.0), centres()
            shown = self.inside(now) & (drawn > 0)
            heights, reach = self.up(now[shown]), zone.left + drawn[shown] * zone.width
            left = np.column_stack([np.full(len(heights), zone.left), heights, np.zeros(len(heights))])
            return np.stack([left, np.column_stack([reach, heights, np.zeros(len(heights))])], axis=1)

        def newest() -> np.ndarray:
            chosen = found.chosen[max(0, int(np.ceil(self.chosen.get_value())) - 1)]
            return np.array([[self.across[chosen], self.up(found.values[chosen]), 0.0]])

        def newest_line() -> np.ndarray:
            return lines()[-1:] if self.chosen.get_value() < count else np.zeros((0, 2, 3))

        def bands() -> list[np.ndarray]:
            low, high = self.low.get_value(), self.high.get_value()
            borders = np.array([high, *found.moment(self.progress.get_value()).borders, low])
            # Borders beyond the edges fall on them, and bands of no height are left out.
            y = self.up(np.clip(borders, low, high))
            return [
                np.array([[zone.left, b, 0], [zone.right, b, 0], [zone.right, a, 0], [zone.left, a, 0]])
                for a, b in zip(y[:-1:2], y[1::2], strict=False)
                if a > b
            ]

        self.lines = live_segments(lines, theme.SAME, theme.THIN, 0.7)
        self.newest = VGroup(
            live_segments(newest_line, theme.SAME, theme.STRONG), live_marks(newest, theme.INK, "ring", 0.13)
        )
        self.bands = live_fill(bands, theme.CELL_TINTS[0], 0.6)

    def frame(self, low: float, high: float) -> SegmentPath:
        """The edge of a stretch of values where it lies now, or of the zone where that shows no more of it."""
        zone = self.zone

        def edges() -> np.ndarray:
            bottom, top = np.clip(self.up(np.array([low, high])), zone.bottom, zone.top)
            box = in_frame([[zone.left, bottom], [zone.right, bottom], [zone.right, top], [zone.left, top]])
            return np.stack([box, np.roll(box, -1, axis=0)], axis=1)

        return live_segments(edges, theme.INK, theme.THIN)

    def centre_line(self, centre: int) -> SegmentPath:
        """The line of one centre as it lies now, white and strong."""
        found = self.found

        def line() -> np.ndarray:
            return self._across(found.moment(self.progress.get_value()).centres[centre : centre + 1])

        return live_segments(line, theme.INK, theme.STRONG)

    def start_line(self, centre: int) -> SegmentPath:
        """A dashed line where a centre started."""
        line = self._across(self.found.steps[0].centres[centre : centre + 1])
        return SegmentPath(theme.INK, theme.THIN, 0.8).set_segments(*dash_segments(line[:, 0], line[:, 1], 0.12, 0.1))

    def sticks(self, centre: int) -> SegmentPath:
        """From each value that belongs to a centre now to the line of that centre."""
        found = self.found

        def segments() -> np.ndarray:
            now = found.moment(self.progress.get_value())
            own = now.owners(found.values) == centre
            ends = (
                np.column_stack([self.across[own], np.broadcast_to(self.up(y), own.sum()), np.zeros(own.sum())])
                for y in (found.values[own], now.centres[centre])
            )
            return np.stack(list(ends), axis=1)

        return live_segments(segments, theme.INK, theme.THIN, 0.8)

    def ring(self, value: int) -> PointCloud:
        """A ring around one value."""
        found = self.found

        def place() -> np.ndarray:
            start, goal = found.values[value], found.centres[found.labels[value]]
            height = self.up(start + self.slide.get_value() * (goal - start))
            return np.array([[self.across[value], height, 0.0]])

        return live_marks(place, theme.INK, "ring", 0.17)

    def others(self, values: np.ndarray) -> PointCloud:
        """White dots at further values (n,); side by side, since those that were not drawn are in no order."""
        across = np.linspace(self.zone.left, self.zone.right, len(values) + 2)[1:-1]

        def places() -> np.ndarray:
            return np.column_stack([across, self.up(values), np.zeros(len(values))])

        return live_marks(places, theme.INK, "disc", 0.08)

    def _across(self, values: np.ndarray) -> np.ndarray:
        """Level lines across the zone at values (n,), (n, 2, 3)."""
        heights, flat = self.up(values), np.zeros(len(values))
        return np.stack([np.column_stack([flat + x, heights, flat]) for x in (self.zone.left, self.zone.right)], axis=1)

    def settle(self, *mobjects: VMobject) -> None:
        """Let some of the parts stand as they are from now on."""
        for mobject in mobjects:
            mobject.update()
            mobject.clear_updaters()


def padded(values: np.ndarray) -> tuple[float, float]:
    """The range of values (n,), and a little more on both sides."""
    low, high = float(values.min()), float(values.max())
    pad = 0.04 * (high - low)
    return low - pad, high + pad
