"""A grid pushed through a network: the way there, and the control that its image bends but nowhere tears."""

from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import Window
from quantization_story.partition import Partition


def carried(net: ReluNetwork, points: Any, amount: float) -> FloatArray:
    """Points x (n, d) on the straight way to the outputs, (1 - s) x + s f(x), s from 0 to 1; the ends are exact.

    On a cell of f this is an affine map at every s, so lines cut at the cells stay straight all the way. Raises
    ValueError for a network with other numbers of inputs and outputs, and for another amount.
    """
    if net.widths[0] != net.widths[-1]:
        raise ValueError(
            f"a network {net.widths} has {net.widths[0]} inputs and {net.widths[-1]} outputs: no way between"
        )
    if not 0 <= amount <= 1:
        raise ValueError(f"amount {amount}: points are carried from 0 to 1")
    start = net.points(points)
    return blend(start, net(start), amount)


def lattice(window: Window, step: float) -> FloatArray:
    """The crossings (n, 2) of the lines of a grid in a window; see `planar.grid_lines`."""
    count = int(np.floor(window.half / step + 1e-9))
    places = step * np.arange(-count, count + 1)
    x, y = np.meshgrid(places + window.x, places + window.y, indexing="ij")
    return np.column_stack([x.ravel(), y.ravel()])


def largest_jump(cells: Partition) -> float:
    """The largest distance between the outputs that the maps on both sides of an edge give, at the ends of all edges.

    Both maps are affine, so along an edge they differ the most at one of its ends. A ReLU network is continuous: what
    is found is rounding error. 0 if there is no edge between cells.
    """
    edges = cells.edges
    inner = np.flatnonzero((edges.cells >= 0).all(axis=1))
    linear, offset = cells.affine_maps()
    left, right = (
        np.einsum("eij,ekj->eki", linear[side], edges.segments[inner]) + offset[side][:, None]
        for side in edges.cells[inner].T
    )
    return float(np.linalg.norm(left - right, axis=2).max(initial=0.0))
