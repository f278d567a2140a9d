"""The units of a network, a column a layer, and the error of one point that runs through them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from manim import LEFT, VGroup

from quantization_story.analysis.unit_errors import LayerUnitErrors, phase
from quantization_story.core.blends import blend
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import text
from quantization_story.style import theme

RADIUS, WIDEST_EDGE = 0.62, 0.14  # of the largest half disc and half the widest weight, as shares of the pitch
HALF_TURN = np.linspace(-np.pi / 2, np.pi / 2, 12)
# The right half of a disc; mirrored, the left one.
HALF_DISC = np.column_stack([np.cos(HALF_TURN), np.sin(HALF_TURN)])

Polygons = list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where units stand: the x of the input and of every layer, the middle of the columns, the pitch in a column."""

    columns: np.ndarray
    middle: float
    pitch: float

    def toward(self, other: "Layout", amount: float) -> "Layout":
        """A part of the way, 0 to 1, to another layout."""
        middle, pitch = blend((self.middle, self.pitch), (other.middle, other.pitch), amount).tolist()
        return Layout(blend(self.columns, other.columns, amount), middle, pitch)

    def places(self, widths: Sequence[int], limit: float) -> list[np.ndarray]:
        """The middles of the units, (d_l, 2) for each column that stands left of the limit."""
        return [
            np.column_stack([np.full(width, x), self.middle + self.pitch * ((width - 1) / 2 - np.arange(width))])
            for x, width in zip(self.columns, widths, strict=True)
            if x <= limit
        ]


def close_up(zone: theme.Zone, widths: Sequence[int]) -> Layout:
    """Three columns fill the zone, the input and the first two layers; the others lie beyond it."""
    step = (zone.width - 0.4) / 2
    columns = zone.left + 0.1 + step * np.arange(len(widths))
    return Layout(columns, zone.center[1] - 0.1, min(0.62, (zone.height - 0.9) / max(widths)))


def in_columns(zone: theme.Zone, columns: Sequence[float], widths: Sequence[int]) -> Layout:
    """All columns stand where they are told, as high as the zone allows."""
    return Layout(np.array(columns), zone.center[1], min(0.32, zone.height / max(widths)))


def between(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """The weights between two columns of units, (n, 2) and (m, 2), as segments (n m, 2, 2)."""
    return np.stack([np.repeat(here, len(there), axis=0), np.tile(there, (len(here), 1))], axis=1)


def weights_of(layer: Callable[[], int], layout: Layout, widths: Sequence[int]) -> SegmentPath:
    """The weights of one layer, 1 to L, lit; nothing where there is no such layer."""
    columns = layout.places(widths, np.inf)

    def lines() -> np.ndarray:
        shown = layer()
        here = 1 <= shown < len(columns)
        return in_frame(between(columns[shown - 1], columns[shown]) if here else np.zeros((0, 2, 2)))

    return live_segments(lines, theme.QUANTIZED, theme.HAIRLINE)


def small_graph(widths: Sequence[int], layer: Callable[[], int], units: Callable[[], Sequence[int]]) -> VGroup:
    """A network in a few square units: its neurons as rings, in white the weights of the layer that acts and its units.

    layer: 1 to L, or 0. units: their numbers in that layer, from 0; the weights are lit only where none is named.
    """
    step = min(0.62, 2.4 / max(len(widths) - 1, 1))
    columns = Layout(step * np.arange(len(widths)), 0.0, 0.42).places(widths, np.inf)
    lines = in_frame(np.concatenate([between(here, there) for here, there in pairwise(columns)]))
    weights = SegmentPath(theme.GUIDE, theme.THIN).set_segments(lines[:, 0], lines[:, 1])
    rings = PointCloud(theme.QUIET, "ring", 0.12).set_positions(in_frame(np.concatenate(columns)))
    whole = VGroup(weights, rings)
    home = whole.get_center()

    def lit_lines() -> np.ndarray:
        acts = layer() > 0 and not units()
        lines = between(columns[layer() - 1], columns[layer()]) if acts else np.zeros((0, 2, 2))
        return in_frame(lines) + whole.get_center() - home

    def lit_units() -> np.ndarray:
        return in_frame(columns[layer()][list(units())]) + whole.get_center() - home

    lit = live_segments(lit_lines, theme.INK, theme.STRONG), live_marks(lit_units, theme.INK, "disc", 0.12)
    return VGroup(whole, *lit)


def half_key(words: str, color: str, side: float, at: tuple[float, float]) -> VGroup:
    """The sign of a half disc (side -1: left, 1: right, 0: the whole) and the words for it; `at`: its left end."""
    middle = np.array([at[0] + 0.2, at[1]])
    sides = (-1.0, 1.0) if side == 0 else (side,)
    sign = CellPath(color, 0.6 if side == 0 else 1.0)
    sign.set_polygons([in_frame(middle + 0.17 * HALF_DISC * [each, 1.0]) for each in sides])
    return VGroup(sign, text(words, color).move_to((at[0] + 0.6, at[1], 0.0), aligned_edge=LEFT))


class UnitErrorShapes:
    """What the error of a point looks like when the front stands somewhere, as polygons of the frame."""

    def __init__(self, errors: Sequence[LayerUnitErrors]) -> None:
        self.errors = errors
        self.largest = max(float(np.abs([error.local, error.propagated]).max()) for error in errors) or 1.0
        brought = (np.abs(part).max() for error in errors for part in (error.carried, error.rounded))
        self.most_brought = max(map(float, brought)) or 1.0

    def carried(self, places: Sequence[np.ndarray], pitch: float, front: float) -> Polygons:
        """The weights that carry error on, as far as it has come; thinner once it is past."""
        polygons: Polygons = []
        for layer, (pair, error) in enumerate(zip(pairwise(places), self.errors, strict=False), start=1):
            shrink = 1 - 0.65 * phase(front, layer + 1).carried
            polygons += self._edges(pair, error.carried, phase(front, layer).carried, shrink * pitch)
        return polygons

    def rounded(self, places: Sequence[np.ndarray], pitch: float, front: float) -> Polygons:
        """The weights whose own rounding adds error, as far as it has come; gone once the layer is done."""
        polygons: Polygons = []
        for layer, (pair, error) in enumerate(zip(pairwise(places), self.errors, strict=False), start=1):
            shrink = 1 - phase(front, layer + 1).carried
            polygons += self._edges(pair, error.rounded, phase(front, layer).rounded, shrink * pitch)
        return polygons

    def _edges(
        self, pair: tuple[np.ndarray, np.ndarray], brought: np.ndarray, reached: float, pitch: float
    ) -> Polygons:
        units, sources = np.nonzero(np.abs(brought) > 0.02 * self.most_brought)
        if reached == 0 or pitch == 0 or not len(units):
            return []
        half = WIDEST_EDGE * pitch * np.abs(brought[units, sources]) / self.most_brought
        starts, goals = pair[0][sources], pair[1][units]
        tips = starts + reached * (goals - starts)
        up = np.column_stack([np.zeros(len(half)), half])
        return list(in_frame(np.stack([starts - up, tips - up, tips + up, starts + up], axis=1)))

    def halves(self, places: Sequence[np.ndarray], pitch: float, front: float) -> tuple[Polygons, Polygons, Polygons]:
        """The half discs of what has arrived, of what was added, and of both in units whose ReLU has stopped it."""
        arrived: Polygons = []
        added: Polygons = []
        stopped: Polygons = []
        for layer, (here, error) in enumerate(zip(places[1:], self.errors, strict=False), start=1):
            state, closing = phase(front, layer), phase(front, layer + 1).gated > 0
            for place, own, other, closed in zip(here, error.local, error.propagated, error.closed, strict=True):
                shut = bool(closed) and closing
                (stopped if shut else arrived).extend(self._half(place, pitch, other * state.arrived, -1.0))
                (stopped if shut else added).extend(self._half(place, pitch, own * state.added, 1.0))
        return arrived, added, stopped

    def _half(self, place: np.ndarray, pitch: float, length: float, side: float) -> Polygons:
        radius = RADIUS * pitch * np.sqrt(abs(length) / self.largest)
        return [in_frame(place + radius * HALF_DISC * [side, 1.0])] if radius > 0.015 else []


class LayerGraph(VGroup):
    """Units as rings with thin lines for the weights; what the front has passed shows its error.

    The left half of a disc is what arrived in the unit, the right half what its own layer added; areas are lengths.
    Closed units turn grey as their error is stopped, and the weights light up as they carry on what the others let out.

    layout: where the units stand now; columns beyond the limit are not drawn. front: see `phase`.
    """

    def __init__(
        self,
        widths: Sequence[int],
        errors: Sequence[LayerUnitErrors],
        layout: Callable[[], Layout],
        limit: float,
        front: Callable[[], float],
    ) -> None:
        shapes = UnitErrorShapes(errors)

        def drawn() -> tuple[list[np.ndarray], float, float]:
            now = layout()
            return now.places(widths, limit), now.pitch, front()

        def lines() -> np.ndarray:
            return in_frame(np.concatenate([between(here, there) for here, there in pairwise(drawn()[0])]))

        def rings(cloud: PointCloud) -> PointCloud:
            places, pitch, _ = drawn()
            cloud.template = template * pitch / cloud_pitch
            return cloud.set_positions(in_frame(np.concatenate(places)))

        cloud_pitch = layout().pitch
        self.weights = live_segments(lines, theme.GUIDE, theme.HAIRLINE, 0.6)
        self.units = PointCloud(theme.GUIDE, "ring", 0.36 * cloud_pitch)
        template = self.units.template
        self.units.add_updater(rings)
        rings(self.units)
        self.carried = live_fill(lambda: shapes.carried(*drawn()), theme.PROPAGATED, 0.8)
        self.rounded = live_fill(lambda: shapes.rounded(*drawn()), theme.QUANTIZED, 0.8)
        self.stopped = live_fill(lambda: shapes.halves(*drawn())[2], theme.QUIET, 0.6)
        self.arrived = live_fill(lambda: shapes.halves(*drawn())[0], theme.PROPAGATED, 1.0)
        self.added = live_fill(lambda: shapes.halves(*drawn())[1], theme.QUANTIZED, 1.0)
        self.error = VGroup(self.carried, self.rounded, self.stopped, self.arrived, self.added)
        super().__init__(self.weights, self.units, self.error)
