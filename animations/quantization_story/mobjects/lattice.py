"""Rounding lattices in a view, small squares in rows, and boxes around moving points."""

from collections.abc import Callable, Sequence

import numpy as np

from quantization_story.analysis.fake_quantization import lattice_lines
from quantization_story.core.plane_geometry import Window, clip_segments, dash_segments
from quantization_story.mobjects.live import live_segments
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.style import theme

DASH, GAP = 0.13, 0.09  # frame units


def lattice(view: PlaneView, step: float, window: Window | None = None, color: str = theme.BOUNDARY) -> SegmentPath:
    """The lattice of this step in a window of the view (the one it shows now, if left out); the finer, the fainter."""
    window = view.window if window is None else window
    there = PlaneView(view.center, view.side, window)
    lines = there.to_frame(lattice_lines(step, window.box).reshape(-1, 2)).reshape(-1, 2, 3)
    opacity = float(np.clip(step * there.unit, 0.07, 0.45))
    return SegmentPath(color, theme.HAIRLINE, opacity).set_segments(lines[:, 0], lines[:, 1])


def cell_frames(views: Sequence[PlaneView]) -> SegmentPath:
    """The edges of several views and the axes in them, one path."""
    square = 0.5 * np.array([[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]])
    cross = 0.5 * np.array([[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    starts = [view.center + view.side * np.vstack([square, cross]) for view in views]
    ends = [view.center + view.side * np.vstack([np.roll(square, -1, axis=0), -cross]) for view in views]
    return SegmentPath(theme.GUIDE, theme.HAIRLINE).set_segments(np.vstack(starts), np.vstack(ends))


def dashed_box(
    view: PlaneView, middle: Callable[[], np.ndarray], half_widths: Callable[[], np.ndarray], color: str = theme.INK
) -> SegmentPath:
    """A dashed box (2,) around a moving point (2,) of the data plane, clipped to the view."""
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])

    def now() -> np.ndarray:
        box = middle() + corners * half_widths()
        starts, ends = clip_segments(box, np.roll(box, -1, axis=0), view.window)
        return np.stack(dash_segments(view.to_frame(starts), view.to_frame(ends), DASH, GAP), axis=1)

    return live_segments(now, color, theme.THIN)
