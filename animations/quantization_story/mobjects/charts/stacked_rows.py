"""Lying bars in rows, each stacked from pieces, with a live figure at the end: what every layer adds to a channel."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, RIGHT, VGroup

from quantization_story.mobjects.live import live_segments
from quantization_story.mobjects.paths import CellPath, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, text
from quantization_story.style import theme

Pieces = Callable[[], np.ndarray]  # (pieces, rows), none negative, read every frame


class StackedRows(VGroup):
    """Named rows below each other; in each a bar of pieces, one colour a piece, and a figure made of their sum.

    zone: all of it. names: of the rows. pieces: the lengths. largest: the sum that fills the whole width of the bars,
    now. figure: how the sum of a row is written. names_width, figure_width: the room before and behind the bars.
    """

    thickness = 0.3

    def __init__(
        self,
        zone: theme.Zone,
        names: Sequence[str],
        colors: Sequence[str],
        pieces: Pieces,
        largest: Callable[[], float],
        figure: Callable[[float], str],
        names_width: float = 1.45,
        figure_width: float = 1.3,
        name_colors: Sequence[str] = (theme.QUIET,),
    ) -> None:
        self.zone, self.names, self.largest = zone, names, largest
        self.left, self.right = zone.left + names_width, zone.right - figure_width
        self.pitch = zone.height / len(names)
        self.labels = VGroup(
            *(
                text(name, name_colors[row % len(name_colors)]).move_to(
                    (zone.left, self.middle(row), 0.0), aligned_edge=LEFT
                )
                for row, name in enumerate(names)
            )
        )
        self.bars = VGroup(*(CellPath(color, 0.9) for color in colors))
        self.figures = VGroup(
            *(
                LiveText("", theme.INK, align=1).place((zone.right, self.middle(row) - 0.1, 0.0))
                for row in range(len(names))
            )
        )
        for row, item in enumerate(self.figures):
            item.live(lambda row=row: figure(float(pieces()[:, row].sum())))
        super().__init__(self.labels, self.bars, self.figures)
        self.bars.add_updater(lambda _: self._draw(pieces()))
        self._draw(pieces())

    def middle(self, row: int) -> float:
        """The height of the middle of a row."""
        return float(self.zone.top - (row + 0.5) * self.pitch)

    def along(self, length: float) -> float:
        """Where a length from the start of the bars ends now."""
        return float(self.left + (self.right - self.left) * length / self.largest())

    def _draw(self, lengths: np.ndarray) -> None:
        ends = np.concatenate([np.zeros((1, lengths.shape[1])), np.cumsum(lengths, axis=0)])
        x = self.left + (self.right - self.left) * ends / self.largest()
        for piece, bar in enumerate(self.bars):
            bar.set_polygons(
                [
                    in_frame([[start, low], [end, low], [end, high], [start, high]])
                    for row, (start, end) in enumerate(zip(x[piece], x[piece + 1], strict=True))
                    for low, high in [(self.middle(row) - self.thickness / 2, self.middle(row) + self.thickness / 2)]
                ]
            )

    def rule(self, length: Callable[[], float], word: str, color: str = theme.QUIET) -> VGroup:
        """A thin upright line through all rows at a live length, with a word above it."""
        high, low = self.zone.top + 0.02, self.zone.bottom + 0.05
        line = live_segments(lambda: in_frame([[[self.along(length()), y] for y in (low, high)]]), color, theme.THIN)
        label = text(word, color, theme.SMALL_SIZE)
        label.add_updater(lambda item: item.move_to((self.along(length()), high + 0.16, 0.0)))
        label.update()
        return VGroup(line, label)


def layer_legend(left: float, y: float, count: int) -> VGroup:
    """The colours of the layers from left to right: a patch and a number each, after the word layer."""
    legend = VGroup(text("layer", theme.QUIET, theme.SMALL_SIZE).move_to((left, y, 0.0), aligned_edge=LEFT))
    for number in range(count):
        patch = layer_patch(number)
        patch.next_to(legend[-1], RIGHT, buff=0.3).set_y(y)
        legend.add(patch, text(str(number + 1), theme.QUIET, theme.SMALL_SIZE).next_to(patch, RIGHT, buff=0.1))
    return legend


def layer_patch(number: int) -> CellPath:
    """A small square in the colour of a layer."""
    return CellPath(layer_color(number), 0.9).set_polygons([0.12 * in_frame([[-1, -1], [1, -1], [1, 1], [-1, 1]])])


def layer_color(number: int) -> str:
    """The colour of a layer, numbered from 0; a deeper chain begins again."""
    return theme.LAYER_COLORS[number % len(theme.LAYER_COLORS)]


class LayerEdges(VGroup):
    """Segments that come from layers, one path for each layer, in its colour, drawn anew every frame.

    edges: gives the segments (k, 2, 3), in frame points, and the number (k,) of the layer of each.
    """

    def __init__(
        self, edges: Callable[[], tuple[np.ndarray, np.ndarray]], count: int, width: float = theme.STRONG
    ) -> None:
        super().__init__(*(SegmentPath(layer_color(number), width) for number in range(count)))

        def redraw() -> None:
            segments, layers = edges()
            for number, path in enumerate(self):
                path.set_segments(segments[layers == number, 0], segments[layers == number, 1])

        self.add_updater(lambda _: redraw())
        redraw()
