"""Panels about a codebook: figures of values in columns, errors as named bars, levels as ticks, bits as cells."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from manim import DOWN, LEFT, VGroup

from quantization_story.layers.histograms import Summary
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.paths import CellPath, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.style import theme


class SummaryTable(VGroup):
    """mean, std, min and max in four columns below each other's names; top: the foot of the names."""

    def __init__(self, zone: theme.Zone, top: float, summary: Summary, digits: int, color: str) -> None:
        named = (
            ("mean", summary.mean),
            ("std", summary.std),
            ("min", summary.least),
            ("max", summary.largest),
        )
        middles = zone.left + (np.arange(4) + 0.5) / 4 * zone.width
        self.names = VGroup(
            *(
                text(name, theme.QUIET, theme.SMALL_SIZE).move_to((x, top, 0.0), aligned_edge=DOWN)
                for x, (name, _) in zip(middles, named, strict=True)
            )
        )
        self.numbers = VGroup(
            *(
                LiveText(signed(value, digits), color, theme.LABEL_SIZE, align=0).place((x, top - 0.5, 0.0))
                for x, (_, value) in zip(middles, named, strict=True)
            )
        )
        super().__init__(self.names, self.numbers)

    @property
    def std(self) -> VGroup:
        """The name and the number of the standard deviation."""
        return VGroup(self.names[1], self.numbers[1])

    @property
    def others(self) -> VGroup:
        """The names and the numbers of the others."""
        return VGroup(*(part[k] for part in (self.names, self.numbers) for k in (0, 2, 3)))


class NamedBar(VGroup):
    """A name and a live number on one line, and a lying bar below them, as long as the number is.

    zone: left and right are those of the bar. top: the height of the name. full: the value of the longest bar.
    """

    thickness = 0.16

    def __init__(
        self,
        zone: theme.Zone,
        top: float,
        name: str,
        color: str,
        value: Callable[[], float],
        full: float,
        shown: Callable[[float], str],
    ) -> None:
        self.label = text(name, color, theme.SMALL_SIZE).move_to((zone.left, top, 0.0), aligned_edge=LEFT)
        self.number = LiveText("", color, theme.LABEL_SIZE, align=1).place((zone.right, top - 0.09, 0.0))
        self.number.live(lambda: shown(value()))
        low, high = top - 0.24 - self.thickness, top - 0.24

        def bar() -> list[np.ndarray]:
            right = zone.left + value() / full * zone.width
            return [in_frame([[zone.left, low], [right, low], [right, high], [zone.left, high]])]

        self.bar = live_fill(bar, color, 0.9)
        super().__init__(self.label, self.number, self.bar)


def level_ticks(
    chart: Chart, levels: Callable[[], np.ndarray], color: str, drop: float = 0.06, length: float = 0.3
) -> SegmentPath:
    """A short upright stroke below the lower axis of a chart for each of the levels (k,) that the function gives."""

    def segments() -> np.ndarray:
        now = levels()
        tops = chart.to_frame(np.column_stack([now, np.full(len(now), chart.y_range[0])])) - [0.0, drop, 0.0]
        return np.stack([tops, tops - [0.0, length, 0.0]], axis=1)

    return live_segments(segments, color, theme.THIN)


def bit_cells(zone: theme.Zone, y: float, most: float, first: float, last: Callable[[], float], color: str) -> CellPath:
    """A narrow cell for each bit from `first` to `last` of a row that has room for `most` bits; the last may be a part.

    zone: left and right are those of the row. y: its middle.
    """
    pitch = zone.width / most
    half = 0.15

    def cells() -> list[np.ndarray]:
        edges = [first, *np.arange(np.floor(first) + 1, last()), last()]
        spans = ((zone.left + pitch * a, zone.left + pitch * (b - 0.2 * (b - a))) for a, b in pairwise(edges) if b > a)
        return [in_frame([[a, y - half], [b, y - half], [b, y + half], [a, y + half]]) for a, b in spans]

    return live_fill(cells, color, 0.95)
