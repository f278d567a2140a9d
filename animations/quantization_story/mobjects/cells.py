"""Regions of the plane as filled paths and outlines."""

from collections.abc import Sequence

import numpy as np

from quantization_story.mobjects.paths import CellPath


def cell_fill(polygons: Sequence[np.ndarray], color: str, opacity: float = 1.0) -> CellPath:
    """Polygons, each (k, 3) in the frame, as one filled path."""
    return CellPath(color, opacity).set_polygons(polygons)
