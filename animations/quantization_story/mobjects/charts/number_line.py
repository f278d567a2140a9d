"""A number line with rows of values above it: the levels of a quantizer, and weights that slide onto them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import VGroup

from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import text
from quantization_story.style import theme

Values = Callable[[], np.ndarray]  # (n,), read every frame


class NumberLine(VGroup):
    """A real axis along the lower edge of a zone; the values above it stand in rows of equal height.

    reach: the axis shows the values from -reach to reach. rows: how many there are; row 0 is the topmost.
    """

    def __init__(self, zone: theme.Zone, reach: float, rows: int = 1) -> None:
        super().__init__()
        self.zone, self.reach, self.rows = zone, reach, rows
        ends = np.array([[zone.left, zone.bottom, 0.0], [zone.right, zone.bottom, 0.0]])
        self.axis = SegmentPath(theme.QUIET, theme.THIN).set_segments(ends[:1], ends[1:])
        self.add(self.axis)

    @property
    def unit(self) -> float:
        """Frame units for one unit of the axis."""
        return self.zone.width / 2 / self.reach

    def x(self, value: Any) -> Any:
        """Where a value, or each of an array, lies across the frame."""
        return self.zone.center[0] + self.unit * np.asarray(value)

    def row_height(self, row: Any) -> Any:
        """Where a row, or each of an array, lies up the frame."""
        return self.zone.top - (np.asarray(row) + 0.5) * self.zone.height / self.rows

    def places(self, values: Any) -> np.ndarray:
        """Values (n,) as frame points (n, 3): one in each row, or all in the only row."""
        values = np.asarray(values, dtype=float)
        rows = np.arange(len(values)) if self.rows > 1 else np.zeros(len(values))
        return np.column_stack([self.x(values), self.row_height(rows), np.zeros(len(values))])

    def levels(self, values: Values, color: str = theme.GUIDE, width: float = theme.THIN) -> SegmentPath:
        """An upright line through all rows at each of the values that the function gives."""

        def redraw(path: Any) -> None:
            x = self.x(values())
            path.set_segments(
                np.column_stack([x, np.full(len(x), self.zone.bottom - 0.08), np.zeros(len(x))]),
                np.column_stack([x, np.full(len(x), self.zone.top), np.zeros(len(x))]),
            )

        return _live(SegmentPath(color, width), redraw)

    def bands(self, middles: Values, width: Callable[[], float], color: str = theme.GUIDE) -> CellPath:
        """Upright bands of this width around the middles: the values that are rounded to each of them."""

        def redraw(path: Any) -> None:
            half = width() / 2
            edges = ((self.x(middle - half), self.x(middle + half)) for middle in middles())
            low, high = self.zone.bottom, self.zone.top
            path.set_polygons(
                [np.array([[a, low, 0], [b, low, 0], [b, high, 0], [a, high, 0]], dtype=float) for a, b in edges]
            )

        return _live(CellPath(color, 0.4), redraw)

    def marks(self, values: Values, color: str, mark: str = "disc", radius: float = 0.11) -> PointCloud:
        """A mark at each of the values, one in each row."""
        return _live(PointCloud(color, mark, radius), lambda path: path.set_positions(self.places(values())))

    def gaps(self, starts: Values, ends: Values, color: str, width: float = 2 * theme.STRONG) -> SegmentPath:
        """The stretch between two values in each row."""
        return _live(
            SegmentPath(color, width), lambda path: path.set_segments(self.places(starts()), self.places(ends()))
        )

    def names(self, values: Any, words: Sequence[str], drop: float, color: str, size: float) -> VGroup:
        """Words below the axis at values (n,), `drop` below it."""
        return VGroup(
            *(
                text(word, color, size).move_to((self.x(value), self.zone.bottom - drop, 0.0))
                for value, word in zip(values, words, strict=True)
            )
        )


def _live(path: Any, redraw: Callable[[Any], Any]) -> Any:
    path.add_updater(redraw)
    redraw(path)
    return path
