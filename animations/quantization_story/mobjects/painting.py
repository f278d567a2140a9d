"""One mobject of any number of outlines, each with a fill and a stroke of its own, painted one over the other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from manim import VMobject

from quantization_story.style import theme

Rgba = tuple[float, float, float, float]


class Brush(NamedTuple):
    """Outlines (k, 2) in frame points that are painted together: filled first, then stroked.

    outlines: one after the other; if all have as many corners, an array (n, k, 2) of them is the fastest.
    fill, stroke: red, green, blue and opacity, from 0 to 1; None for neither. width: of the stroke, in manim's units.
    dots: the stroke has round ends, so that an outline of one place, twice, is a disc: far cheaper than a polygon.
    """

    outlines: Sequence[np.ndarray] | np.ndarray
    fill: Rgba | None = None
    stroke: Rgba | None = None
    width: float = 0.0
    closed: bool = True
    dots: bool = False


class Painting(VMobject):
    """What its brushes paint, in their order; `StoryCamera` draws it, and hands the corners to Cairo as numbers.

    Its fill opacity fades all of it.
    """

    def __init__(self) -> None:
        super().__init__(fill_color=theme.INK, fill_opacity=1.0, stroke_color=theme.INK, stroke_width=0.0)
        self.brushes: list[Brush] = []

    def paint(self, brushes: Sequence[Brush]) -> "Painting":
        """Paint anew."""
        self.brushes = [brush for brush in brushes if len(brush.outlines) and _seen(brush)]
        # manim asks a mobject's points whether and where there is anything to be seen: the box around it will do.
        if self.brushes:
            every = np.concatenate([_corners(brush.outlines) for brush in self.brushes])
            low, high = every.min(axis=0), every.max(axis=0)
            self.points = np.array([[*low, 0.0], [*low, 0.0], [*high, 0.0], [*high, 0.0]])
        else:
            self.points = np.zeros((0, 3))
        return self


def _seen(brush: Brush) -> bool:
    """Whether its fill or its stroke has any opacity."""
    return any(color is not None and color[3] > 0 for color in (brush.fill, brush.stroke))


def _corners(outlines: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """All corners (n, 2) of outlines."""
    return outlines.reshape(-1, 2) if isinstance(outlines, np.ndarray) else np.concatenate(outlines)
