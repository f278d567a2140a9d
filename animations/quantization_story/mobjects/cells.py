"""Regions of the plane as filled paths and outlines."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import VGroup

from quantization_story.core.plane_geometry import tints_of_cells
from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.partition import Partition
from quantization_story.style import theme


def cell_fill(polygons: Sequence[np.ndarray], color: str, opacity: float = 1.0) -> CellPath:
    """Polygons, each (k, 3) in the frame, as one filled path."""
    return CellPath(color, opacity).set_polygons(polygons)


def tinted_cells(view: PlaneView, cells: Partition) -> VGroup:
    """All cells of a partition, one filled path for each tint, neighbours in different tints."""
    polygons = cells.polygons
    chosen = tints_of_cells(len(polygons), cells.neighbours, len(theme.CELL_TINTS))
    return VGroup(
        *(
            cell_fill([view.to_frame(polygons[k]) for k in np.flatnonzero(chosen == tint)], color, 0.75)
            for tint, color in enumerate(theme.CELL_TINTS)
        )
    )


def cell_outline(view: PlaneView, cells: Partition, at: Callable[[], np.ndarray]) -> SegmentPath:
    """The outline of the cell that holds a moving point (1, 2)."""
    outline = SegmentPath(theme.INK, theme.STRONG)
    polygons = cells.polygons

    def redraw(path: SegmentPath) -> None:
        corners = view.to_frame(polygons[int(cells.locate(at())[0])])
        path.set_segments(corners, np.roll(corners, -1, axis=0))

    outline.add_updater(redraw)
    redraw(outline)
    return outline


def negative_side(view: PlaneView) -> CellPath:
    """The part of the view in which a coordinate is negative, shaded."""
    left, right, bottom, top = view.window.box
    x, y = np.clip(0.0, left, right), np.clip(0.0, bottom, top)
    corners = np.array([[left, bottom], [right, bottom], [right, y], [x, y], [x, top], [left, top]])
    return cell_fill([view.to_frame(corners)], theme.BOUNDARY, 0.13)
