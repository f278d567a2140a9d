"""The moving boundaries of a quantized network, the strips that they open, in a view."""

from collections.abc import Callable

import numpy as np
from manim import config

from quantization_story.core.plane_geometry import Window, clip_polygon, clip_segments, dash_segments
from quantization_story.mobjects.frame_view import FrameView
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.paths import CellPath, SegmentPath, in_frame
from quantization_story.mobjects.plane import PlaneView
from quantization_story.partition.boundaries import Boundaries
from quantization_story.partition.refinement import Refinement
from quantization_story.style import theme

DASH, GAP = 0.13, 0.09  # frame units
UPTO, FROM = slice(None, -1), slice(1, None)  # of a polyline: where its segments begin, and where they end


class LiveBoundaries(SegmentPath):
    """Where the units of a network switch, as the function says each frame; solid or dashed, clipped to the view."""

    def __init__(
        self,
        view: PlaneView,
        boundaries: Callable[[], Boundaries],
        color: str,
        width: float = theme.THIN,
        dashed: bool = False,
    ) -> None:
        super().__init__(color, width)
        self.view, self.boundaries, self.dashed = view, boundaries, dashed
        self.add_updater(lambda lines: lines.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Draw the boundaries where they are now."""
        lines = [line for _, _, line in self.boundaries().polylines()]
        starts = np.concatenate([np.zeros((0, 2)), *(line[:-1] for line in lines)])
        ends = np.concatenate([np.zeros((0, 2)), *(line[1:] for line in lines)])
        starts, ends = (self.view.to_frame(part) for part in clip_segments(starts, ends, self.view.window))
        if self.dashed:
            starts, ends = dash_segments(starts, ends, DASH, GAP)
        self.set_segments(starts, ends)


def clip_to_window(polygon: np.ndarray, window: Window) -> np.ndarray:
    """The part of a convex polygon (k, 2) inside a window; (0, 2) if none is."""
    xmin, xmax, ymin, ymax = window.box
    sides = (((1.0, 0.0), -xmin), ((-1.0, 0.0), xmax), ((0.0, 1.0), -ymin), ((0.0, -1.0), ymax))
    for normal, offset in sides:
        if len(polygon) and (polygon @ np.array(normal) + offset).min() < 0:
            polygon = clip_polygon(polygon, np.array(normal), offset)
    return polygon


class LiveStrips(CellPath):
    """The cells in which two networks have different patterns, as the function gives them each frame; one path."""

    def __init__(
        self, view: PlaneView, cells: Callable[[], Refinement], color: str = theme.CROSSED, opacity: float = 0.4
    ) -> None:
        super().__init__(color, opacity)
        self.view, self.cells = view, cells
        self.add_updater(lambda strips: strips.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Fill the strips that are open now."""
        cells, window = self.cells(), self.view.window
        parts = (clip_to_window(cells.polygons[k], window) for k in np.flatnonzero(cells.changed))
        self.set_polygons([self.view.to_frame(part) for part in parts if len(part)])


def flying_strips(view: FrameView, cells: Callable[[], Refinement], opacity: float = 0.4) -> CellPath:
    """The same in a plane that fills the frame, and may fly."""

    def polygons() -> list[np.ndarray]:
        now = cells()
        return [view.to_frame(now.polygons[k]) for k in np.flatnonzero(now.changed)]

    return live_fill(polygons, theme.CROSSED, opacity)


def flying_creases(
    view: FrameView,
    boundaries: Callable[[], Boundaries],
    width: float = 0.7 * theme.STRONG,
    dashed: bool = False,
) -> SegmentPath:
    """The boundaries that the function gives each frame, in a plane that fills the frame, and may fly; clipped to it.

    Dashes are as long from near as from far.
    """

    def segments() -> np.ndarray:
        lines = [line for _, _, line in boundaries().polylines()]
        ends = [np.concatenate([np.zeros((0, 2)), *(line[cut] for line in lines)]) for cut in (UPTO, FROM)]
        first, last = (view.to_frame(each)[:, :2] for each in ends)
        starts, stops = (in_frame(each) for each in clip_segments(first, last, frame_window()))
        if dashed:
            starts, stops = dash_segments(starts, stops, DASH, GAP)
        return np.stack([starts, stops], axis=1)

    return live_segments(segments, theme.BOUNDARY, width)


def frame_window() -> Window:
    """A square around the whole frame, in frame units."""
    return Window(0.0, 0.0, max(config.frame_width, config.frame_height) / 2 + 0.3)
