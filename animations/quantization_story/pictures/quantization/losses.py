"""What rounding each layer alone costs, stacked end to end, above what all cost at once; and cuts of the inputs."""

from collections.abc import Sequence

import numpy as np
from manim import LEFT, RIGHT, Rectangle, VGroup, VMobject

from quantization_story.analysis.gap_journey import GapPlaces
from quantization_story.mobjects.charts.stacked_rows import layer_color
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.plates import PAD, board
from quantization_story.mobjects.text import text
from quantization_story.style import theme

THICK = 0.42  # a bar
PITCH = 0.8  # from row to row, at most
NAMES, NUMBERS = 1.95, 0.85  # frame units before the bars, and behind them
TITLE = 0.75
POINT = 0.025  # the radius of a point in the small picture of the inputs


class LossRows(VGroup):
    """Named bars below each other on a board: each begins where the one before it ends, the last from zero.

    rows: the name of each and its number, as it is shown. shares: how long each is; the last is the sum of the others.
    A negative one is drawn backward. parts: what of each row appears when it is known: its bar and its number.
    """

    def __init__(self, zone: theme.Zone, rows: Sequence[tuple[str, str]], shares: Sequence[float]) -> None:
        self.left, self.right = zone.left + NAMES, zone.right - NUMBERS
        self.starts = np.array([*np.cumsum([0.0, *shares[:-2]]), 0.0])
        self.ends = self.starts + np.asarray(shares)
        self.low, self.high = min(0.0, self.ends.min()), max(self.ends.max(), 1e-9)
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
            value.next_to((self.along(max(self.starts[row], self.ends[row])), y, 0.0), RIGHT, buff=0.15)
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
        start, end, half = self.along(self.starts[row]), self.along(self.ends[row]), min(THICK, 0.6 * self.pitch) / 2
        corners = [[start, y - half], [end, y - half], [end, y + half], [start, y + half]]
        return CellPath(color, 0.95).set_polygons([in_frame(corners)])


def _color(row: int, count: int) -> str:
    """Layers in their colours; what is lost only together in that of what is pointed at; all in that of rounding."""
    return {count - 2: theme.HERO, count - 1: theme.QUANTIZED}.get(row, layer_color(row))


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


class CutsOfInputs(VGroup):
    """A small picture of the inputs with the straight cuts through them, on a board; turned as the view is."""

    def __init__(self, places: GapPlaces, zone: theme.Zone, turn: float) -> None:
        assert places.cuts is not None
        cos, sin = np.cos(turn), np.sin(turn)
        rotation = np.array([[cos, sin], [-sin, cos]])
        points = places.drawn.points @ rotation
        low, high = points.min(axis=0), points.max(axis=0)
        middle, half = (low + high) / 2, 0.54 * float((high - low).max())
        unit = min(zone.width, zone.height) / 2 / half
        at = np.array(zone.center[:2])

        def placed(plane: np.ndarray) -> np.ndarray:
            return in_frame((plane - middle) * unit + at)

        edge = _board(zone)
        labels = places.drawn.labels
        clouds = [
            PointCloud(theme.CLASS_COLORS[k], CLASS_MARKS[k], POINT).set_positions(placed(points[labels == k]))
            for k in range(int(labels.max()) + 1)
        ]
        lines = places.cuts.lines(1.0) @ rotation
        ways = lines[:, 1] - lines[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(ways > 0, middle + half - lines[:, 0], middle - half - lines[:, 0]) / ways
        stop = np.clip(np.nanmin(room, axis=1), 0.0, None)
        self.lines = np.stack([lines[:, 0], lines[:, 0] + stop[:, None] * ways], axis=1)
        drawn = SegmentPath(theme.INK, theme.THIN).set_segments(placed(self.lines[:, 0]), placed(self.lines[:, 1]))
        super().__init__(edge, *clouds, drawn)
        self.set_z_index(theme.LAYER_PLATES)
