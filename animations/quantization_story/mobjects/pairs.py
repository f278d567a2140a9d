"""Pairs of points in a view: the threads between them, and marks on those for which something holds now."""

from collections.abc import Callable

import numpy as np

from quantization_story.core.plane_geometry import clip_segments
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneMap, PlaneView
from quantization_story.style import theme

# Takes points (n, 2) where they are at home to which of them are meant now, (n,).
PointTest = Callable[[np.ndarray], np.ndarray]


class TwinThreads(SegmentPath):
    """A thin thread from each point to its twin: the same points (n, 2), taken along by two maps."""

    def __init__(
        self,
        view: PlaneView,
        points: np.ndarray,
        point_map: PlaneMap,
        twin_map: PlaneMap,
        color: str = theme.QUIET,
        width: float = theme.HAIRLINE,
        opacity: float = 0.6,
    ) -> None:
        super().__init__(color, width, opacity)
        self.view = view
        self.home = np.asarray(points)
        self.maps = (point_map, twin_map)
        self.add_updater(lambda threads: threads.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Draw the threads between where the two maps put the points now."""
        points, twins = (mapped(self.home) for mapped in self.maps)
        starts, ends = clip_segments(points, twins, self.view.window)
        self.set_segments(self.view.to_frame(starts), self.view.to_frame(ends))


class MarksWhere(PointCloud):
    """A mark on each of the points (n, 2) for which the test holds now, where the map puts it now."""

    def __init__(
        self,
        view: PlaneView,
        points: np.ndarray,
        plane_map: PlaneMap,
        meant: PointTest,
        color: str = theme.INK,
        mark: str = "ring",
        radius: float = 0.12,
    ) -> None:
        super().__init__(color, mark, radius)
        self.view = view
        self.home = np.asarray(points)
        self.plane_map, self.meant = plane_map, meant
        self.add_updater(lambda marks: marks.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Mark the points that are meant now and lie in the view."""
        now = self.plane_map(self.home)
        shown = self.meant(self.home) & self.view.window.contains(now)
        self.set_positions(self.view.to_frame(now[shown]))
