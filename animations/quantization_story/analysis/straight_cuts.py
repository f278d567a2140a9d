"""What can be had without a hidden layer: straight cuts of the input plane that meet in one point."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.plane_geometry import Window, sector_borders, sector_polygons
from quantization_story.core.tasks import LabelledPoints, hits, prototypes


@dataclass(frozen=True, eq=False)
class StraightCuts:
    """A classifier by straight cuts that meet in one point: one affine map to the plane of the prototypes.

    fitted: that map. classes: how many sectors there are.
    """

    fitted: AffineMap
    classes: int

    @property
    def meeting(self) -> FloatArray:
        """The point (2,) of the input plane in which the cuts meet."""
        return np.asarray(self.fitted.inverse()(np.zeros((1, 2)))[0])

    @property
    def count(self) -> int:
        """How many cuts there are: a ray for each two sectors that meet; two classes meet in one line."""
        return 1 if self.classes == 2 else len(sector_borders(prototypes(self.classes)))

    def turned(self, angle: float) -> AffineMap:
        """The map whose cuts are turned counter-clockwise by so many radians about the point in which they meet."""
        return self.fitted @ AffineMap.rotation(-angle, self.meeting)

    def wrong(self, data: LabelledPoints, angle: float = 0.0) -> BoolArray:
        """Which of the points (n, 2) lie in a sector that is not their class's, with the cuts turned so far, (n,)."""
        return ~hits(self.turned(angle)(data.points), data.labels, self.classes)

    def sectors(self, reach: float) -> list[FloatArray]:
        """For each class its sector in the input plane, a convex polygon (k, 2) that reaches at least so far."""
        window = Window(0.0, 0.0, self._outward(reach))
        back = self.fitted.inverse()
        return [back(part) for part in sector_polygons(window, prototypes(self.classes))]

    def lines(self, reach: float) -> FloatArray:
        """The cuts, each from the point in which they meet to at least so far, (m, 2, 2)."""
        ends = self.fitted.inverse()(self._outward(reach) * sector_borders(prototypes(self.classes)))
        return np.stack([np.broadcast_to(self.meeting, ends.shape), ends], axis=1)

    def _outward(self, reach: float) -> float:
        """How far a point of the input plane at this distance from the meeting point can be in the other plane."""
        return reach * float(np.linalg.norm(self.fitted.linear, 2))
