"""k-means on a scatter of values: dots, centres as lines, every other catchment as a band, threads to centres."""

from typing import Any

import numpy as np
from manim import ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story import theme
from quantization_story.clustering import Clustering
from quantization_story.histograms import decimals
from quantization_story.mobjects.axis import number_at
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.planar import ticks

TICKS = 6  # at most so many steps between the numbers of the axis


class ClusterStage:
    """The parts of the picture over a zone: across, the order of the sample; up, the value. It is no mobject.

    seen: how many values are shown. chosen: how many starting centres there are; 2.5 is two, and a third half drawn.
    progress: of `Clustering.moment`. low, high: the values at the lower and the upper edge. slide: 0 where the values
    are, 1 where each has taken its centre.
    """

    def __init__(self, zone: theme.Zone, found: Clustering) -> None:
        self.zone, self.found = zone, found
        low, high = float(found.values.min()), float(found.values.max())
        pad = 0.04 * (high - low)
        self.whole = (low - pad, high + pad)
        self.low, self.high = (ValueTracker(edge) for edge in self.whole)
        self.seen, self.chosen, self.progress, self.slide = (ValueTracker(0.0) for _ in range(4))
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
        zone, digits = self.zone, decimals(high - low, TICKS)
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

        def threads() -> np.ndarray:
            n = min(int(self.progress.get_value()), len(found.steps) - 1)
            goals = found.moment(self.progress.get_value()).centres[found.steps[n].labels]
            shown = self.inside(found.values) & self.inside(goals)
            x, flat = self.across[shown], np.zeros(int(shown.sum()))
            ends = (np.column_stack([x, self.up(of[shown]), flat]) for of in (found.values, goals))
            return np.stack(list(ends), axis=1)

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
        self.newest = live_marks(newest, theme.INK, "ring", 0.13)
        self.threads = live_segments(threads, theme.QUIET, theme.HAIRLINE, 0.7)
        self.bands = live_fill(bands, theme.CELL_TINTS[0], 0.6)

    def settle(self, *mobjects: VMobject) -> None:
        """Let some of the parts stand as they are from now on."""
        for mobject in mobjects:
            mobject.update()
            mobject.clear_updaters()
