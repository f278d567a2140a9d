"""A small network with a gauge on each weight: a rod between the two levels that it lies between, one step apart."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from manim import VGroup

from quantization_story.mobjects.painting import Brush, Painting
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.relief import EDGE, dots, mark_outline, mixed, rgba
from quantization_story.mobjects.text import text
from quantization_story.style import theme

ALONG = 0.36  # where on its edge a gauge stands
ROD = 0.36  # how high a rod is, one step, as a share of the way from one row of units to the next
UNIT = 0.09  # the radius of a unit
DOT = 0.15  # the radius of a weight, at most
SCORE = 0.1  # the radius of a class's mark, where its score comes out
CROWDED = 6  # the number of weights in a layer from which on its gauges stand side by side, not on their edges


class WeightGauges(VGroup):
    """Rows of units from the input at the top to the output, an edge and a gauge for each weight; below, the scores.

    widths: of the network. steps: (K,), from each weight to its level, in steps, layer after layer, row by row. parts:
    how far each is on its way now, (K,), 0 to 1, or below 0 where it goes to the level on its other side; one that is
    on its way alone is ringed. readout: (classes, d_L), which makes a score for each class of the outputs and is never
    rounded: a mark for each, joined to the outputs that count. size: (width, height) of it all. note: what dots and
    bars are.
    """

    def __init__(
        self,
        widths: Sequence[int],
        steps: np.ndarray,
        parts: Callable[[], np.ndarray],
        readout: np.ndarray,
        size: tuple[float, float],
        note: str,
    ) -> None:
        super().__init__()
        self.steps, self.parts = steps, parts
        words, scores = (text(line, theme.INK, theme.LABEL_SIZE) for line in (note, "scores, not rounded"))
        for row, line in enumerate((words, scores)):
            line.scale(min(1.0, size[0] / line.width)).move_to([0.0, -size[1] / 2 + 0.15 + 0.4 * row, 0.0])
        top, below = size[1] / 2 - UNIT - 0.35, -size[1] / 2 + 0.95
        rows = unit_places([*widths, len(readout)], size[0] / 2 - 3 * UNIT, top, below)
        units, ends = rows[:-1], rows[-1]
        self.pitch = (top - below) / len(widths)
        self.places = gauge_places(units, size[0] / 2 - UNIT)
        ways = edge_ends(units)
        self.home = in_frame(ways[:1, 0])[0]
        self.edges = SegmentPath(theme.GUIDE, theme.THIN).set_segments(in_frame(ways[:, 0]), in_frame(ways[:, 1]))
        nodes = PointCloud(theme.QUIET, "disc", UNIT).set_positions(in_frame(np.concatenate(units)))
        self.rods = SegmentPath(theme.QUIET, theme.HAIRLINE)
        at = in_frame(self.places)
        other = at - np.array([0.0, ROD * self.pitch, 0.0]) * np.sign(steps)[:, None]
        self.rods.set_segments(at, other)
        wide = np.array([min(1.2 * DOT, 0.45 * spacing(self.places)), 0.0, 0.0])
        level = SegmentPath(theme.QUANTIZED, theme.STRONG).set_segments(at - wide, at + wide)
        between = other[steps != 0]
        farther = SegmentPath(theme.QUANTIZED, theme.THIN).set_segments(between - wide, between + wide)
        counts = np.argwhere(np.abs(readout) > 1e-9)
        joints = SegmentPath(theme.GUIDE, theme.HAIRLINE)
        joints.set_segments(in_frame(units[-1][counts[:, 1]]), in_frame(ends[counts[:, 0]]))
        marks = [
            PointCloud(color, mark, SCORE).set_positions(in_frame(place[None]))
            for place, color, mark in zip(ends, theme.CLASS_COLORS, CLASS_MARKS, strict=False)
        ]
        inputs = text("inputs", theme.INK, theme.LABEL_SIZE)
        inputs.move_to([0.0, size[1] / 2 - inputs.height / 2, 0.0])
        self.dots = Painting()
        self.dots.add_updater(lambda dots: self._draw())
        self.add(self.edges, joints, nodes, self.rods, level, farther, *marks, words, scores, inputs, self.dots)
        self._draw()

    def positions(self) -> np.ndarray:
        """Where the dots are, (K, 2), in frame units from the middle of it all."""
        offset = -self.steps * (1 - self.parts()) * ROD * self.pitch
        return self.places + np.column_stack([np.zeros(len(offset)), offset])

    @property
    def lit(self) -> int | None:
        """The number of the weight that is on its way while no other one is."""
        parts = self.parts()
        moving = np.flatnonzero((parts != 0) & (parts != 1))
        return int(moving[0]) if len(moving) == 1 else None

    def _draw(self) -> None:
        middle = (self.edges.points[0] - self.home)[:2]
        radius = min(DOT, 0.4 * spacing(self.places))
        brushes = []
        for place, part in zip(self.positions() + middle, self.parts().tolist(), strict=True):
            color = (*mixed(theme.FLOAT, theme.QUANTIZED, min(1.0, abs(part))).tolist(), 1.0)
            brushes += [dots([place], radius + EDGE, rgba(theme.BACKGROUND)), dots([place], radius, color)]
        if (lit := self.lit) is not None:
            ring = mark_outline("ring", 2.0 * radius)
            brushes.append(Brush([self.positions()[lit] + middle + ring], rgba(theme.HERO)))
        self.dots.paint(brushes)


def unit_places(widths: Sequence[int], reach: float, top: float, bottom: float) -> list[np.ndarray]:
    """The places (d, 2) of the units of each layer, the input in the top row."""
    rows = np.linspace(top, bottom, len(widths))
    return [
        np.column_stack([reach * (np.linspace(-1, 1, width) if width > 1 else np.zeros(1)), np.full(width, y)])
        for width, y in zip(widths, rows, strict=True)
    ]


def edge_ends(units: Sequence[np.ndarray]) -> np.ndarray:
    """The ends (K, 2, 2) of the edge of each weight, from its input unit to its output unit, row by row."""
    layers = [
        np.stack([np.tile(below, (len(above), 1)), np.repeat(above, len(below), axis=0)], axis=1)
        for below, above in pairwise(units)
    ]
    return np.concatenate(layers)


def gauge_places(units: Sequence[np.ndarray], reach: float) -> np.ndarray:
    """Where the gauge of each weight stands, (K, 2): on its edge, or side by side where a layer has many weights."""
    layers = []
    for below, above in pairwise(units):
        ends = edge_ends([below, above])
        on_edge = ends[:, 0] + ALONG * (ends[:, 1] - ends[:, 0])
        if len(ends) > CROWDED or len(np.unique(np.round(on_edge[:, 0], 3))) < len(ends):
            order = np.argsort(on_edge[:, 0], kind="stable")
            on_edge[order, 0] = reach * (np.linspace(-1, 1, len(ends)) if len(ends) > 1 else np.zeros(1))
        layers.append(on_edge)
    return np.concatenate(layers)


def spacing(places: np.ndarray) -> float:
    """The smallest distance between two gauges of one row."""
    rows = [np.sort(places[places[:, 1] == y, 0]) for y in np.unique(places[:, 1])]
    return float(min((np.diff(row).min() for row in rows if len(row) > 1), default=1.0))
