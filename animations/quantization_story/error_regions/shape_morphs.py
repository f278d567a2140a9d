"""A tour of shapes: one turns into the next point by point, and every point keeps its colour on the way."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.blends import blend, leg
from quantization_story.error_regions.shapes import Manifold


@dataclass(frozen=True, eq=False)
class ShapeSequence:
    """Shapes with the same number n of points, in the order of the tour; stop k is the k-th shape, from 0 on.

    Raises ValueError for no shapes, and where their points differ in number or dimension.
    """

    shapes: tuple[Manifold, ...]

    def __post_init__(self) -> None:
        if len({shape.points.shape for shape in self.shapes}) != 1:
            sizes = ", ".join(f"{shape.name} {shape.points.shape}" for shape in self.shapes)
            raise ValueError(f"a tour needs shapes with as many points each: {sizes or 'there are none'}")

    def points(self, at: float) -> FloatArray:
        """The points (n, d) at a place of the tour, straight on the way between two stops; the stops are exact."""
        first, last, part = self._stops(at)
        return blend(first.points, last.points, part)

    def closed(self, at: float) -> float:
        """How far the curve is closed: 1 at a closed shape, 0 at any other."""
        first, last, part = self._stops(at)
        return float(blend(first.kind == "closed", last.kind == "closed", part))

    def segments(self, at: float) -> FloatArray:
        """The curve as segments (n, 2, d); the last one, which closes it, is drawn as far as `closed` says."""
        points = self.points(at)
        ends = np.roll(points, -1, axis=0)
        ends[-1] = points[-1] + self.closed(at) * (points[0] - points[-1])
        return np.stack([points, ends], axis=1)

    def _stops(self, at: float) -> tuple[Manifold, Manifold, float]:
        before, after, part = leg(at, len(self.shapes))
        return self.shapes[before], self.shapes[after], part


def colour_parts(count: int, colours: int) -> IntArray:
    """Which of `colours` colours each of `count` points along a shape has, (count,): runs of equal length, in order."""
    if count < 1 or colours < 1:
        raise ValueError(f"{count} points in {colours} colours")
    return np.arange(count) * colours // count
