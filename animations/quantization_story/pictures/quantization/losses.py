"""What rounding each layer alone costs, and what all cost at once."""

from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, Rectangle, VGroup, VMobject

from quantization_story.mobjects.charts.stacked_rows import layer_color
from quantization_story.mobjects.paths import CellPath, SegmentPath, in_frame
from quantization_story.mobjects.plates import PAD, board
from quantization_story.mobjects.text import text
from quantization_story.style import theme

THICK = 0.42  # a bar
PITCH = 0.8  # from row to row, at most
NAMES, NUMBERS = 1.95, 0.85  # frame units before the bars, and behind them
TITLE = 0.75


class LossRows(VGroup):
    """Named bars below each other on a board, all from zero.

    rows: the name of each and its number, as it is shown. shares: how long each is; a negative one is drawn backward.
    parts: what of each row appears when it is known: its bar and its number.
    """

    def __init__(self, zone: theme.Zone, rows: Sequence[tuple[str, str]], shares: Sequence[float]) -> None:
        self.left, self.right = zone.left + NAMES, zone.right - NUMBERS
        self.shares = np.asarray(shares)
        self.low, self.high = min(0.0, self.shares.min()), max(self.shares.max(), 1e-9)
        self.pitch = (zone.height - TITLE) / len(rows)
        title = text("% of points lost", theme.INK, theme.LABEL_SIZE)
        title.move_to((zone.center[0], zone.top - TITLE / 2 - 0.05, 0.0))
        edge = _board(zone)
        self.parts = VGroup()
        self.bars = VGroup()
        for row, (name, number) in enumerate(rows):
            y = zone.top - TITLE - (row + 0.5) * self.pitch
            label = text(name, theme.INK, theme.LABEL_SIZE).move_to((zone.left + 0.25, y, 0.0), aligned_edge=LEFT)
            self.bars.add(self._bar(row, y, _color(row, len(rows))))
            value = text(number, theme.INK, theme.LABEL_SIZE)
            value.next_to((self.along(max(0.0, self.shares[row])), y, 0.0), RIGHT, buff=0.15)
            self.parts.add(VGroup(label, self.bars[-1], value))
        base = SegmentPath(theme.QUIET, theme.HAIRLINE).set_segments(
            *(in_frame([[self.along(0.0), y]]) for y in (zone.bottom + 0.1, zone.top - TITLE))
        )
        self.frame = VGroup(edge, title, base)
        super().__init__(self.frame)
        for thing in (self, self.parts):
            thing.set_z_index(theme.LAYER_PLATES)

    def along(self, share: float) -> float:
        """Where a share of points ends on the scale of the bars."""
        return float(self.left + (self.right - self.left) * (share - self.low) / (self.high - self.low))

    def _bar(self, row: int, y: float, color: str) -> CellPath:
        start, end, half = self.along(0.0), self.along(self.shares[row]), min(THICK, 0.6 * self.pitch) / 2
        corners = [[start, y - half], [end, y - half], [end, y + half], [start, y + half]]
        return CellPath(color, 0.95).set_polygons([in_frame(corners)])


def _color(row: int, count: int) -> str:
    """Layers in their colours; all at once in that of rounding."""
    return theme.QUANTIZED if row == count - 1 else layer_color(row)


def _board(zone: theme.Zone) -> VMobject:
    """A board that fills a zone."""
    room = Rectangle(width=zone.width - 2.4 * PAD, height=zone.height - 2 * PAD)
    return board(room.move_to(zone.center), theme.GUIDE)


def loss_zone(rows: int) -> theme.Zone:
    """Where these bars stand: at the right, from below the title strip; in an upright frame along the bottom."""
    zone = theme.middle_zone()
    height = min(TITLE + PITCH * rows + 0.2, 0.8 * zone.height)
    if theme.VERTICAL:
        bottom = zone.bottom + theme.MARGIN
        return theme.Zone(zone.left + theme.MARGIN, zone.right - theme.MARGIN, bottom, bottom + height)
    right, top = zone.right - theme.MARGIN, zone.top - theme.MARGIN
    return theme.Zone(right - 0.42 * zone.width, right, top - height, top)


def key_place(rows: int) -> tuple[float, float]:
    """Where the key of the points stands: at the lower left; in an upright frame above these bars."""
    zone = theme.middle_zone()
    return zone.left + 2.4, (loss_zone(rows).top if theme.VERTICAL else zone.bottom) + 0.8
