"""Which points to follow: one in each of the regions that hold most of the data."""

from typing import Any

import numpy as np

from quantization_story.core.affine import rank
from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.partition import Partition


def typical_points(cells: Partition, points: Any, count: int, least: int | None = None) -> FloatArray:
    """One of the points (n, 2) for each of the `count` cells that hold most of them, (count, 2), fullest cell first.

    least: where there are not that many such cells, this many are enough (`count`, if left out).

    Cells in which the network is constant (its affine map has rank 0) are passed over. The point is the one nearest to
    the mean of those in its cell. Raises ValueError if there are fewer such cells that hold points.
    """
    points = finite_array(points, "points", (None, 2))
    cell_of = cells.locate(points)
    held = [cell for cell in np.unique(cell_of[cell_of >= 0]) if rank(cells.affine_map(int(cell)).linear) > 0]
    fullest = sorted(held, key=lambda cell: -int(np.sum(cell_of == cell)))[:count]
    needed = count if least is None else least
    if len(fullest) < needed:
        raise ValueError(f"{needed} regions that are not constant and hold points asked for, there are {len(fullest)}")
    chosen = []
    for cell in fullest:
        own = points[cell_of == cell]
        chosen.append(own[np.argmin(np.linalg.norm(own - own.mean(axis=0), axis=1))])
    return np.array(chosen)
