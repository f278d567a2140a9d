"""Convex cells of a 2-D box and what is exact about them: polygons, moments, edges, affine maps, point location."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from quantization_story.core.affine import rank
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array, frozen
from quantization_story.core.network import ReluNetwork
from quantization_story.partition.boundaries import Boundaries, Edges
from quantization_story.partition.mesh import Box, Cut, values_with_errors
from quantization_story.partition.patterns import Routing, find_routing


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the input space of a network, with coordinates (x, y): origin + x directions[0] + y directions[1].

    origin: (d,). directions: (2, d). Raises ValueError if the directions are parallel or zero.
    """

    origin: FloatArray
    directions: FloatArray

    def __post_init__(self) -> None:
        origin = finite_array(self.origin, "origin of a plane", (None,))
        directions = finite_array(self.directions, "directions of a plane", (2, len(origin)))
        if rank(directions / np.linalg.norm(directions, axis=1, keepdims=True).clip(min=np.finfo(float).tiny)) < 2:
            raise ValueError("directions of a plane: they are parallel or zero")
        object.__setattr__(self, "origin", frozen(origin))
        object.__setattr__(self, "directions", frozen(directions))

    def inputs(self, points: Any) -> FloatArray:
        """The inputs (n, d) of the network at points (n, 2) of the plane."""
        return finite_array(points, "points of a plane", (None, 2)) @ self.directions + self.origin

    def restrict(self, net: ReluNetwork) -> ReluNetwork:
        """The network as a function of the plane's two coordinates. Raises ValueError if the dimensions differ."""
        if net.widths[0] != len(self.origin):
            raise ValueError(f"a plane in {len(self.origin)} dimensions cannot cut a network {net.widths}")
        first = net.weights[0]
        return ReluNetwork(
            (first @ self.directions.T, *net.weights[1:]), (first @ self.origin + net.biases[0], *net.biases[1:])
        )


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells, N of them, of a box cut along all ReLU boundaries of some networks. Points are (x, y), in rows.

    nets: the networks as functions of (x, y). box: (xmin, xmax, ymin, ymax). cut: the cells as the engine made them.
    plane: where (x, y) lie in the input space of the networks as they were given, None for that space itself.
    """

    nets: tuple[ReluNetwork, ...]
    box: Box
    cut: Cut
    plane: Plane | None

    def __len__(self) -> int:
        return len(self.cut.counts)

    @property
    def box_area(self) -> float:
        """The area of the box, which is the sum of `areas` up to rounding."""
        xmin, xmax, ymin, ymax = self.box
        return (xmax - xmin) * (ymax - ymin)

    @property
    def counts(self) -> IntArray:
        """(N,), the number of corners of each cell."""
        return self.cut.counts

    @cached_property
    def polygons(self) -> list[FloatArray]:
        """The corners (k, 2) of each cell, counter-clockwise, none repeated."""
        points = frozen(self.cut.vertices[self.cut.corners.T])
        return [cell[:count] for cell, count in zip(points, self.counts.tolist(), strict=True)]

    @property
    def areas(self) -> FloatArray:
        """(N,), the area of each cell, in squared units of the box."""
        return self._shape[0]

    @property
    def centroids(self) -> FloatArray:
        """(N, 2), the centre of gravity of each cell."""
        return self._shape[1]

    @cached_property
    def moments(self) -> FloatArray:
        """(N, 3, 3), the integral of p p^T over each cell, with p = (x, y, 1)."""
        areas, centroids, spread = self._shape
        p = np.concatenate([centroids, np.ones((len(self), 1))], axis=1)
        moments: FloatArray = areas[:, None, None] * p[:, :, None] * p[:, None, :]
        moments[:, :2, :2] += spread @ spread.transpose(0, 2, 1)
        return frozen(moments)

    @cached_property
    def _shape(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Areas (N,), centroids (N, 2) and spreads S (N, 2, 2), where S S^T is the integral of r r^T, r = x - centroid.

        Summed over the triangles of a fan from the first corner, so a small cell loses nothing to its distance from the
        origin: over a triangle (0, p, q) with c = det(p, q), the integrals of 1, r and r r^T are c/2, c/6 (p + q) and
        c/24 ((p + q)(p + q)^T + p p^T + q q^T).
        """
        corner_x, corner_y = self.cut.vertices[:, 0][self.cut.corners], self.cut.vertices[:, 1][self.cut.corners]
        x, y = corner_x[1:] - corner_x[0], corner_y[1:] - corner_y[0]
        px, py, qx, qy = x[:-1], y[:-1], x[1:], y[1:]
        c = px * qy - qx * py
        area = c.sum(axis=0) / 2
        sx, sy = px + qx, py + qy
        scale = np.divide(1.0, area, out=np.zeros_like(area), where=area > 0)
        mx, my = (c * sx).sum(axis=0) / 6 * scale, (c * sy).sum(axis=0) / 6 * scale
        xx = (c * (sx * sx + px * px + qx * qx)).sum(axis=0) / 24 - area * mx * mx
        xy = (c * (sx * sy + px * py + qx * qy)).sum(axis=0) / 24 - area * mx * my
        yy = (c * (sy * sy + py * py + qy * qy)).sum(axis=0) / 24 - area * my * my
        spread = np.zeros((len(self), 2, 2))
        spread[:, 0, 0] = np.sqrt(np.maximum(xx, 0.0))
        np.divide(xy, spread[:, 0, 0], out=spread[:, 1, 0], where=spread[:, 0, 0] > 0)
        spread[:, 1, 1] = np.sqrt(np.maximum(yy - spread[:, 1, 0] ** 2, 0.0))
        centroid = np.stack([mx + corner_x[0], my + corner_y[0]], axis=1)
        return frozen(area), frozen(centroid), frozen(spread)

    @cached_property
    def _ancestors(self) -> list[IntArray]:
        """For each level 0 to L - 1 the cell of that level, (N,), that each cell lies in; level 0 is the box."""
        chain = [np.arange(len(self))]
        for level in reversed(self.cut.levels):
            chain.insert(0, level.parents[chain[0]])
        return chain

    @cached_property
    def routings(self) -> tuple[Routing, ...]:
        """For each network its distinct patterns, and which of them each cell has."""
        columns = []
        for level in range(1, self.nets[0].depth):
            ends = np.cumsum([0, *(net.widths[level] for net in self.nets)]).tolist()
            columns.append([slice(start, end) for start, end in pairwise(ends)])
        return tuple(
            find_routing(self.cut.levels, [level[network] for level in columns], self._ancestors)
            for network in range(len(self.nets))
        )

    @cached_property
    def edges(self) -> Edges:
        """The edges of all cells, each once, with the cells on both sides and the neuron whose boundary it is."""
        ends, cells = self._edge_list
        edge, neuron = self._flips
        neurons = np.full((len(ends), 3), -1)
        neurons[edge[::-1]] = neuron[::-1]  # of several on one edge, the first stays
        return Edges(self.cut.vertices[ends], cells, *neurons.T)

    @property
    def neighbours(self) -> IntArray:
        """The pairs of cells (m, 2) that share an edge."""
        _, cells = self._edge_list
        return np.asarray(cells[cells[:, 1] >= 0])

    def _boundaries(self, network: int) -> Boundaries:
        """The boundaries of one network's neurons."""
        ends, _ = self._edge_list
        edge, neuron = self._flips
        own = np.flatnonzero(neuron[:, 0] == network)
        own = own[np.lexsort(neuron[own, :0:-1].T)]
        return Boundaries(neuron[own, 1], neuron[own, 2], self.cut.vertices[ends[edge[own]]])

    @cached_property
    def _edge_list(self) -> tuple[IntArray, IntArray]:
        """The two vertices (m, 2) and the two cells (m, 2) of each edge; see Edges."""
        starts, ends = self.cut.corners.ravel(), np.roll(self.cut.corners, -1, axis=0).ravel()
        real = np.flatnonzero(starts != ends)
        starts, ends, cells = starts[real], ends[real], real % len(self)
        # The two cells of an edge pass it in opposite directions, one after the other in the order of these keys.
        keys = np.minimum(starts, ends) * len(self.cut.vertices) + np.maximum(starts, ends)
        order = np.argsort(keys, kind="stable")
        repeats = np.append(keys[order[1:]] == keys[order[:-1]], False)
        first = np.flatnonzero(~np.roll(repeats, 1))
        left = order[first]
        right = np.where(repeats[first], cells[np.roll(order, -1)[first]], -1)
        return np.stack([starts[left], ends[left]], axis=1), np.stack([cells[left], right], axis=1)

    @cached_property
    def _flips(self) -> tuple[IntArray, IntArray]:
        """Every edge with every neuron that is on on one side of it only: (m,) and (m, 3), network, layer and unit.

        Sorted by edge, and for one edge by layer, network and unit.
        """
        neurons = [
            (network, layer, unit)
            for layer in range(1, self.nets[0].depth)
            for network, net in enumerate(self.nets)
            for unit in range(net.widths[layer])
        ]
        _, cells = self._edge_list
        inner = np.flatnonzero(cells[:, 1] >= 0)
        differing = self._packed[cells[inner, 0]] ^ self._packed[cells[inner, 1]]
        edge, byte = np.nonzero(differing)
        entry, bit = np.nonzero(np.unpackbits(differing[edge, byte][:, None], axis=1))
        return inner[edge[entry]], np.array(neurons, dtype=int).reshape(-1, 3)[8 * byte[entry] + bit]

    @cached_property
    def _packed(self) -> npt.NDArray[np.uint8]:
        """The stacked patterns (layer by layer, within a layer network by network), eight bits in a byte."""
        parts = [level.bits[cells] for level, cells in zip(self.cut.levels, self._ancestors[1:], strict=True)]
        return np.packbits(np.concatenate([np.zeros((len(self), 0), dtype=np.bool_), *parts], axis=1), axis=1)

    def locate(self, points: Any) -> IntArray:
        """The cell that each of the points (n, 2) lies in, (n,); -1 outside the box.

        A point on an edge belongs to one of the cells that share it: to that where the neuron is off, if there is one.
        """
        points = finite_array(points, "points to locate", (None, 2))
        xmin, xmax, ymin, ymax = self.box
        x, y = points.T
        found = np.full(len(points), -1)
        inside = np.flatnonzero((x >= xmin) & (x <= xmax) & (y >= ymin) & (y <= ymax))
        keys, cells = self._directory
        wanted = _as_keys(np.packbits(self._bits_at(points[inside]), axis=1))
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found[inside] = np.where(keys[place] == wanted, cells[place], -1)
        # Only on edges and corners can the pattern of a point be that of no cell.
        for missed in inside[found[inside] < 0]:
            found[missed] = self._nearest(points[missed])
        return found

    def _bits_at(self, points: FloatArray) -> BoolArray:
        """The stacked patterns at points (n, 2), with what counts as zero in the cut, (n, H)."""
        layers = zip(*(values_with_errors(net, points, self.box) for net in self.nets), strict=True)
        bits = [z > error for layer in layers for z, error in layer]
        return np.concatenate([np.zeros((len(points), 0), dtype=np.bool_), *bits], axis=1)

    @cached_property
    def _directory(self) -> tuple[npt.NDArray[np.bytes_], IntArray]:
        """The packed patterns as sorted keys, and the cell of each."""
        keys = _as_keys(self._packed)
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def _nearest(self, point: FloatArray) -> int:
        """The cell that contains a point, or misses it by the least."""
        lower, upper = self._bounding_boxes
        slack = 1e-9 * (upper.max(axis=0) - lower.min(axis=0))
        near = np.flatnonzero(((lower - slack <= point) & (point <= upper + slack)).all(axis=1))
        corners = self.cut.vertices[self.cut.corners[:, near]]
        steps = np.roll(corners, -1, axis=0) - corners
        across = steps[..., 0] * (point[1] - corners[..., 1]) - steps[..., 1] * (point[0] - corners[..., 0])
        lengths = np.hypot(steps[..., 0], steps[..., 1])
        outside = np.divide(-across, lengths, out=np.full_like(across, -np.inf), where=lengths > 0).max(axis=0)
        return int(near[outside.argmin()])

    @cached_property
    def _bounding_boxes(self) -> tuple[FloatArray, FloatArray]:
        """The lower and the upper corner of each cell's bounding box, (N, 2) each."""
        corners = self.cut.vertices[self.cut.corners]
        return corners.min(axis=0), corners.max(axis=0)


def _as_keys(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.bytes_]:
    """Rows of bytes (n, b) as n byte strings that sort and compare as a whole."""
    rows = np.concatenate([packed, np.ones((len(packed), 1), dtype=np.uint8)], axis=1)
    return rows.view(f"S{rows.shape[1]}").ravel()


def check_box(box: Any) -> Box:
    """Return a box as four floats; raises ValueError unless it is (xmin, xmax, ymin, ymax) with both sides positive."""
    xmin, xmax, ymin, ymax = finite_array(box, "box", (4,)).tolist()
    if not (xmin < xmax and ymin < ymax):
        raise ValueError(f"box: {(xmin, xmax, ymin, ymax)}; expected xmin < xmax and ymin < ymax")
    return (xmin, xmax, ymin, ymax)


def on_plane(net: ReluNetwork, plane: Plane | None) -> ReluNetwork:
    """The network as a function of two coordinates. Raises ValueError if it has not 2 inputs and there is no plane."""
    if plane is not None:
        return plane.restrict(net)
    if net.widths[0] != 2:
        raise ValueError(f"a network {net.widths} has {net.widths[0]} inputs: give the plane on which to cut it")
    return net
