"""The chart of pushes: a column for each group of weights, and the margin of one point going down from one to the next.

Its heights are those of the picture beside it, so that the point stands level with the end of the last column.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.mobjects.painting import Brush
from quantization_story.mobjects.relief import rgba
from quantization_story.style import theme

# Where the columns end, how wide one is at most, and all of them.
RIGHT, WIDEST, ROOM = (-1.2, 0.33, 2.3) if theme.VERTICAL else (-1.9, 0.52, 3.7)
BAR = 0.75  # how far left of the columns the bar of the old height stands, in columns
INSET = 0.16  # of a block in its column, as a share of its width


@dataclass(frozen=True, eq=False)
class PushChart:
    """Columns in frame units across, and margins as heights, as they are seen in one frame.

    count: how many columns there are. tie, unit: the height in the frame of the margin 0, and of one more.
    """

    count: int
    tie: float
    unit: float

    def at(self, columns: Any, values: Any) -> np.ndarray:
        """The frame points (n, 2) of margins (n,) at places across the columns, 0 to `count`."""
        step = min(WIDEST, ROOM / self.count)
        return np.column_stack([RIGHT - (self.count - np.asarray(columns)) * step, self.tie + self.unit * values])

    def point(self, column: float, value: float) -> np.ndarray:
        """One of them as (3,)."""
        return np.array([*self.at([column], np.array([value]))[0], 0.0])

    def block(self, column: float, first: float, second: float) -> np.ndarray:
        """The outline (4, 2) of a block of a column between two margins."""
        low, high = sorted((first, second))
        a, b = column + INSET, column + 1 - INSET
        return self.at([a, b, b, a], np.array([low, low, high, high]))

    def height_brushes(self, height: float, shown: float) -> list[Brush]:
        """The old height above the tie as a bar, and a line at it over all columns."""
        column = -1 - BAR
        level = self.at([column + 1 - INSET, self.count], np.full(2, height))
        return [
            Brush([level], None, rgba(theme.FLOAT, 0.7 * shown), 1.6, closed=False),
            Brush([self.block(column, 0.0, height)], rgba(theme.FLOAT, shown), rgba(theme.BACKGROUND, shown), 1.0),
        ]

    def step_brushes(self, levels: FloatArray, shown: float) -> list[Brush]:
        """The way down as it is now: a block for each group that has moved the point, joined at their ends."""
        blocks, joints = [], []
        for k, (before, after) in enumerate(pairwise(levels.tolist())):
            if before != after:
                blocks.append(self.block(k, before, after))
                joints.append(self.at([k + 1 - INSET, k + 1 + INSET], np.full(2, after)))
        return [
            Brush(joints, None, rgba(theme.INK, 0.7 * shown), 1.4, closed=False),
            Brush(blocks, rgba(theme.QUANTIZED, shown), rgba(theme.BACKGROUND, shown), 1.0),
        ]
