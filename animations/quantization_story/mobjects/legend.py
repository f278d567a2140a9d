"""How something splits over the points whose ReLU pattern stayed and those that crossed; and the keys of a legend."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, VGroup

from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.style import theme


def marked(words: str, color: str, mark: str, at: tuple[float, float]) -> VGroup:
    """A mark and the words for it, on one line; `at` is the left end of its middle line."""
    cloud = PointCloud(color, mark, 0.09).set_positions(in_frame([[at[0] + 0.1, at[1]]]))
    label = text(words, color, theme.LABEL_SIZE)
    return VGroup(cloud, label.move_to((at[0] + 0.38, at[1], 0.0), aligned_edge=LEFT))


def lined(words: str, color: str, at: tuple[float, float], dashed: bool = False) -> VGroup:
    """A short line and the words for it, on one line; `at` is the left end of its middle line."""
    starts, ends = in_frame([[at[0], at[1]]]), in_frame([[at[0] + 0.5, at[1]]])
    if dashed:
        starts, ends = dash_segments(starts, ends, 0.13, 0.055)
    line = SegmentPath(color, theme.STRONG).set_segments(starts, ends)
    return VGroup(line, text(words, color).move_to((at[0] + 0.65, at[1], 0.0), aligned_edge=LEFT))


class SplitBar(VGroup):
    """A bar whose right part, red, is a live share (0 to 1); its name and both shares above it.

    zone: left and right are those of a full bar. y: its lower edge. whole: the length of the bar now (0 to 1), of which
    both shares are parts; always full if left out.
    """

    height_of_bar = 0.3

    def __init__(
        self,
        zone: theme.Zone,
        y: float,
        name: str,
        share: Callable[[], float],
        whole: Callable[[], float] = lambda: 1.0,
    ) -> None:
        super().__init__()
        self.label = text(name, theme.QUIET, theme.SMALL_SIZE)
        line = y + self.height_of_bar + 0.14
        self.label.move_to((zone.left, line + 0.1, 0.0), aligned_edge=LEFT)
        self.same, self.crossed = CellPath(theme.SAME, 0.85), CellPath(theme.CROSSED, 1.0)
        places = ((zone.right - 1.55, line, 0.0), (zone.right, line, 0.0))
        self.numbers = [LiveText("", color, theme.LABEL_SIZE, align=1) for color in (theme.SAME, theme.CROSSED)]
        for number, place in zip(self.numbers, places, strict=True):
            number.place(place)
        height, (left, right) = self.height_of_bar, (zone.left, zone.right)

        def part(start: float, end: float) -> list[np.ndarray]:
            xs = left + whole() * np.array([start, end]) * (right - left)
            return [in_frame([[xs[0], y], [xs[1], y], [xs[1], y + height], [xs[0], y + height]])]

        self.same.add_updater(lambda bar: bar.set_polygons(part(0.0, 1.0 - share())))
        self.crossed.add_updater(lambda bar: bar.set_polygons(part(1.0 - share(), 1.0)))
        self.numbers[0].live(lambda: f"{percent(whole() * (1.0 - share()))} %")
        self.numbers[1].live(lambda: f"{percent(whole() * share())} %")
        self.add(self.label, self.same, self.crossed, *self.numbers)
        self.update()
