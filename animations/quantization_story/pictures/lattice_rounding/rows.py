"""All rows of a network, each in a field of its own among its levels: a column for each layer."""

from collections.abc import Sequence

import numpy as np
from manim import Rectangle, ValueTracker, VGroup

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.lattice_rows import LatticeRow
from quantization_story.mobjects.charts.swaying import sway, swaying
from quantization_story.mobjects.frame_view import Swaying
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import PointCloud, in_frame
from quantization_story.mobjects.text import text
from quantization_story.style import theme

LEVEL, TAKEN, POINT = 0.06, 0.15, 0.1
NAMES = 0.55  # frame units above the fields
GAP = 0.18
ROOM = 0.45  # steps around what has to be seen


class RowFields:
    """Every row in the middle of its field, in steps of one length.

    hero: the number of the row that is known. grown: how far the ellipses have grown to the best levels, 0 to 1. moved:
    how far the rows' dots have gone from their nearest levels to the best ones.
    """

    def __init__(self, rows: Sequence[LatticeRow], hero: int, drift: Swaying) -> None:
        self.rows, self.hero, self.drift = rows, hero, drift
        self.grown, self.moved = ValueTracker(0.0), ValueTracker(0.0)
        zone = theme.middle_zone()
        self.layers = sorted({row.layer for row in rows})
        most = max(sum(row.layer == layer for row in rows) for layer in self.layers)
        self.size = np.array([(zone.width - 0.4) / len(self.layers), (zone.height - NAMES - 0.15) / most])
        corner = np.array([zone.left + 0.2, zone.top - NAMES])
        counts = dict.fromkeys(self.layers, 0)
        middles = []
        for row in rows:
            column, line = self.layers.index(row.layer), counts[row.layer]
            counts[row.layer] += 1
            middles.append(corner + self.size * [column + 0.5, -(line + 0.5)])
        self.middles = np.array(middles)
        reach = max(float(np.abs(np.array([row.nearest, row.best]) - row.weight).max()) for row in rows)
        self.unit = float((self.size.min() - GAP) / 2 / (reach + ROOM))

    def __deepcopy__(self, memo: dict[int, object]) -> "RowFields":
        """A copied mobject stands in the same fields."""
        return self

    def placed(self, number: int, places: FloatArray) -> FloatArray:
        """Places (n, 2) of a row's plane, in steps, as frame points (n, 3)."""
        at = self.middles[number] + self.unit * (np.asarray(places, dtype=float) - self.rows[number].weight)
        return np.asarray(in_frame(at) + sway(self.drift))

    def _every(self, places: Sequence[FloatArray]) -> FloatArray:
        """One place of each row, (rows, 3)."""
        return np.concatenate([self.placed(k, np.asarray(each)[None]) for k, each in enumerate(places)])

    # --- what is drawn

    def make_fields(self) -> VGroup:
        """The edges of the fields; that of the row that is known is bright."""
        width, height = self.size - GAP
        fields = VGroup()
        for number, place in enumerate(in_frame(self.middles)):
            color, edge = (theme.HERO, theme.STRONG) if number == self.hero else (theme.GUIDE, theme.THIN)
            field = Rectangle(width=width, height=height, stroke_color=color, stroke_width=edge).move_to(place)
            fields.add(swaying(field, self.drift))
        return fields

    def make_names(self, words: Sequence[str]) -> VGroup:
        """The names of the layers above their columns."""
        zone = theme.middle_zone()
        names = VGroup()
        for column, name in enumerate(words):
            x = zone.left + 0.2 + self.size[0] * (column + 0.5)
            names.add(swaying(text(name, theme.INK).move_to((x, zone.top - NAMES / 2 - 0.05, 0.0)), self.drift))
        return names

    def make_levels(self) -> PointCloud:
        """The levels within each field."""
        half = (self.size - GAP) / 2 / self.unit - 0.08
        grids = []
        for row in self.rows:
            axes = (
                np.arange(max(-row.limit, np.ceil(middle - reach)), min(row.limit, np.floor(middle + reach)) + 1)
                for middle, reach in zip(row.weight, half, strict=True)
            )
            grids.append(np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2))

        def places() -> FloatArray:
            return np.concatenate([self.placed(k, grid) for k, grid in enumerate(grids)])

        return live_marks(places, theme.QUIET, "disc", LEVEL)

    def make_ellipses(self) -> VGroup:
        """Around each row the errors that its best level has."""
        turns = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
        curves = [row.ellipse(row.error(row.best), turns) - row.weight for row in self.rows]

        def filled() -> list[FloatArray]:
            grown = self.grown.get_value()
            return [self.placed(k, self.rows[k].weight + grown * curve) for k, curve in enumerate(curves)]

        def edges() -> FloatArray:
            return np.concatenate([np.stack([curve, np.roll(curve, -1, axis=0)], axis=1) for curve in filled()])

        return VGroup(
            live_fill(filled, theme.QUANTIZED, 0.22), live_segments(edges, theme.QUANTIZED, theme.THIN)
        ).set_z_index(-1)

    def make_points(self) -> PointCloud:
        """The rows."""
        return live_marks(lambda: self._every([row.weight for row in self.rows]), theme.HERO, "disc", POINT)

    def make_left(self) -> PointCloud:
        """Rings around the nearest levels of those rows that take another one."""
        own = [k for k, row in enumerate(self.rows) if row.moves]

        def places() -> FloatArray:
            return np.concatenate([self.placed(k, self.rows[k].nearest[None]) for k in own])

        return live_marks(places, theme.QUANTIZED, "ring", 1.25 * TAKEN)

    def make_taken(self) -> PointCloud:
        """The levels that the rows take, on their way from the nearest to the best."""

        def places() -> FloatArray:
            return self._every([blend(row.nearest, row.best, self.moved.get_value()) for row in self.rows])

        return live_marks(places, theme.QUANTIZED, "disc", TAKEN)
