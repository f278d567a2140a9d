"""The cells of a common refinement as a picture in an output plane, each on its way by a map of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import ValueTracker

from quantization_story.analysis.cell_transport import CellPoints, GroupFit, staggered
from quantization_story.core.arrays import IntArray
from quantization_story.mobjects.paths import CellPath, corner_curves
from quantization_story.style import theme

# Frame points (n, 3) of what is drawn, asked for each frame.
Places = Callable[[], np.ndarray]


class CellGlide:
    """The maps that take cells to the float picture, carried out by a part: `progress` runs from 0 to 1.

    places: (N,), the order in which the cells set out one after another; None: all together. The maps and the order may
    be replaced while nothing has moved.
    """

    def __init__(self, fit: GroupFit) -> None:
        self.fit = fit
        self.places: IntArray | None = None
        self.progress = ValueTracker(0.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "CellGlide":
        """A copied mobject glides with the original."""
        return self

    @property
    def part(self) -> float:
        """How much of the way is done."""
        return float(self.progress.get_value())

    def amounts(self) -> np.ndarray:
        """How far each cell is now, (N,)."""
        if self.places is not None:
            return staggered(self.part, self.places)
        return np.full(len(self.fit.groups), self.part)

    def __call__(self, points: CellPoints) -> np.ndarray:
        """Where the quantized outputs are now, (n, d)."""
        return points.on_the_way(self.fit, self.amounts())

    def energy(self) -> float:
        """The energy of the error now, over the box."""
        return self.fit.energy(self.amounts())


class LiveCells(CellPath):
    """Cells as one path, filled and outlined: their corners (n, 3), cell after cell, where the function has them.

    counts: (N,), the corners of each. chosen: which cells are drawn now, (N,) bits; all if left out.
    """

    def __init__(
        self, places: Places, counts: IntArray, color: str, fill: float, chosen: Callable[[], np.ndarray] | None = None
    ) -> None:
        super().__init__(color, fill, theme.THIN)
        self.set_stroke(opacity=0.8)
        self.places, self.chosen = places, chosen
        self.cell = np.repeat(np.arange(len(counts)), counts)
        self.order = np.arange(len(self.cell))
        first = np.repeat(np.cumsum(counts) - counts, counts)
        last = first + np.repeat(counts, counts) - 1
        self.turned = first + last - self.order
        self.following = np.where(self.order == last, first, self.order + 1)
        self.add_updater(lambda cells: cells.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Draw the cells where they are now."""
        now = self.places()
        # All run counter-clockwise: where a path fills two pieces of opposite sense, it leaves a hole.
        x, y, x_next, y_next = *now[:, :2].T, *now[self.following, :2].T
        mirrored = np.bincount(self.cell, x * y_next - y * x_next) < 0
        starts = now[np.where(mirrored[self.cell], self.turned, self.order)]
        ends = starts[self.following]
        if self.chosen is not None:
            drawn = self.chosen()[self.cell]
            starts, ends = starts[drawn], ends[drawn]
        self.points = corner_curves(starts, ends)
