"""Matrices and vectors of numbers between brackets."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import VGroup

from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.text import LiveText, signed
from quantization_story.style import theme


class MatrixView(VGroup):
    """A matrix of live numbers, right-aligned on a grid, between brackets.

    entries[i][j] is the LiveText in row i and column j; a vector (n,) is shown as one column. largest: the size up to
    which numbers have room, that of the values if left out.
    """

    def __init__(
        self,
        values: Any,
        digits: int = 2,
        size: float = theme.LABEL_SIZE,
        column_colors: Sequence[str] = (theme.INK,),
        largest: float | None = None,
    ) -> None:
        super().__init__()
        table = np.asarray(values, dtype=float)
        table = table[:, None] if table.ndim == 1 else table
        self.digits = digits
        unit = size / 48
        reach = float(np.abs(table).max(initial=0.0)) if largest is None else largest
        more = max(0, len(str(int(reach))) - 2)  # digits before the point, beyond two
        self.cell_width, self.cell_height = (0.42 + 0.26 * (digits + 1 + more)) * unit * 1.15, 0.62 * unit
        rows, columns = table.shape
        self.entries = [
            [
                LiveText(signed(table[i, j], digits), column_colors[j % len(column_colors)], size, align=1)
                for j in range(columns)
            ]
            for i in range(rows)
        ]
        self.brackets = SegmentPath(theme.QUIET, theme.THIN)
        self.add(self.brackets, *(entry for row in self.entries for entry in row))
        self._lay_out(rows, columns)
        self.center()

    def _lay_out(self, rows: int, columns: int) -> None:
        for i, row in enumerate(self.entries):
            for j, entry in enumerate(row):
                entry.place(((j + 1) * self.cell_width, -i * self.cell_height, 0.0))
        left, right = 0.02 * self.cell_width, columns * self.cell_width + 0.12 * self.cell_width
        top, bottom, lip = 0.78 * self.cell_height, -(rows - 1) * self.cell_height - 0.32 * self.cell_height, 0.09
        corners = [
            [(left + lip, top), (left, top), (left, bottom), (left + lip, bottom)],
            [(right - lip, top), (right, top), (right, bottom), (right - lip, bottom)],
        ]
        frame = np.array([[(x, y, 0.0) for x, y in side] for side in corners])
        self.brackets.set_segments(frame[:, :-1].reshape(-1, 3), frame[:, 1:].reshape(-1, 3))

    def set_values(self, values: Any) -> "MatrixView":
        """Show other numbers in place; the shape must be the same."""
        table = np.asarray(values, dtype=float)
        table = table[:, None] if table.ndim == 1 else table
        for i, row in enumerate(self.entries):
            for j, entry in enumerate(row):
                entry.set_content(signed(table[i, j], self.digits))
        return self

    def live(self, values: Callable[[], Any]) -> "MatrixView":
        """Show from now on, every frame, what the function gives."""
        self.add_updater(lambda view: view.set_values(values()))
        return self.set_values(values())

    def column(self, j: int) -> VGroup:
        """The entries of one column."""
        return VGroup(*(row[j] for row in self.entries))
