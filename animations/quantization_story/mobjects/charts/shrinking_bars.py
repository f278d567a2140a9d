"""How a figure shrinks: a bar of what it was, over it a live bar of what it is; and a bar made of named parts."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, UP, VGroup

from quantization_story.mobjects.paths import CellPath, PointCloud, in_frame
from quantization_story.mobjects.text import LiveText, percent, signed, text
from quantization_story.style import theme


def lying_bar(start: float, end: float, y: float, height: float) -> np.ndarray:
    """The corners (4, 3) of a bar from x = start to end, with its middle at y."""
    low, high = y - height / 2, y + height / 2
    return in_frame([[start, low], [end, low], [end, high], [start, high]])


class ShrinkingRow(VGroup):
    """A named figure before and now: its mark, its name, "before → now" at the right; below it both as bars.

    zone: left and right are those of the row. y: the line of the name. most: the figure that fills the width. settled:
    whether what it is now is a result, and not on the way; else only what it was is written. Always, if left out.
    """

    thickness = 0.3
    drop = 0.42  # from the name to the middle of the bars

    def __init__(
        self,
        zone: theme.Zone,
        y: float,
        name: str,
        mark: str,
        color: str,
        before: float,
        now: Callable[[], float],
        most: float,
        settled: Callable[[], bool] = lambda: True,
    ) -> None:
        self.sign = PointCloud(color, mark, 0.09).set_positions(in_frame([[zone.left + 0.1, y]]))
        self.label = text(name, color, theme.SMALL_SIZE + 2).move_to((zone.left + 0.35, y, 0.0), aligned_edge=LEFT)
        middle, scale = y - self.drop, zone.width / most

        def bar(value: float, height: float) -> list[np.ndarray]:
            return [lying_bar(zone.left, zone.left + scale * value, middle, height)]

        self.ghost = CellPath(theme.QUANTIZED, 0.35).set_polygons(bar(before, self.thickness))
        self.bar = CellPath(color, 0.95)
        self.bar.add_updater(lambda path: path.set_polygons(bar(now(), 0.6 * self.thickness)))
        self.bar.update()
        self.number = LiveText("", color, theme.LABEL_SIZE, align=1).place((zone.right, y - 0.1, 0.0))
        self.number.live(lambda: f"{signed(before)} → {signed(now())}" if settled() else signed(before))
        super().__init__(self.sign, self.label, self.ghost, self.bar, self.number)


class PartsBar(VGroup):
    """A bar of full width made of shares that add up to 1, left to right; its name above, each figure and name below.

    y: the middle of the bar. parts: (share, name, colour), the names in columns of equal width. A share below zero has
    no bar, only its figure; the others are then scaled to the width.
    """

    height_of_bar = 0.34

    def __init__(self, zone: theme.Zone, y: float, name: str, parts: Sequence[tuple[float, str, str]]) -> None:
        super().__init__()
        shares = np.clip([share for share, _, _ in parts], 0.0, None)
        edges = zone.left + zone.width * np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
        self.bars, self.numbers, self.labels = VGroup(), VGroup(), VGroup()
        column = zone.width / len(parts)
        for k, (share, words, color) in enumerate(parts):
            self.bars.add(CellPath(color, 0.9).set_polygons([lying_bar(edges[k], edges[k + 1], y, self.height_of_bar)]))
            x = zone.left + k * column
            number = LiveText(f"{percent(share)} %".replace("-", "−"), color, theme.LABEL_SIZE)
            self.numbers.add(number.place((x, y - 0.5, 0.0)))
            label = text(words, color, theme.SMALL_SIZE).move_to((x, y - 0.66, 0.0), aligned_edge=UP + LEFT)
            self.labels.add(label)
        title = text(name, theme.QUIET).move_to((zone.left, y + 0.38, 0.0), aligned_edge=LEFT)
        self.add(title, self.bars, self.numbers, self.labels)


class TwinReading(VGroup):
    """One point read off twice: its coordinates in both charts and their distance, a line each, right-aligned."""

    def __init__(self, zone: theme.Zone, y: float, rows: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        for k, (name, value, color) in enumerate(rows):
            line = y - 0.5 * k
            label = text(name, color).move_to((zone.left, line, 0.0), aligned_edge=LEFT)
            number = LiveText(value, color, align=1).place((zone.right, line - 0.1, 0.0))
            self.add(VGroup(label, number))
