"""Zonotopes: all the sums of c_i g_i with every coefficient c_i in [-1, 1].

The generators g_i are the columns of a matrix (d, m). A zonotope is the Minkowski sum of the segments from -g_i to g_i,
so the sum of two zonotopes has the generators of both. Everything here is in closed form: no hull, no sampling.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array, frozen
from quantization_story.error_regions.faces import NEGLIGIBLE, SAME_DIRECTION, Polytope, SignArray, zonotope_faces

# How many pairs of generators the volume takes at a time, so that memory stays bounded.
_BLOCK = 1 << 15


def zonotope_vertices(generators: Any) -> FloatArray:
    """The corners (k, 2), counter-clockwise from the lowest one, of the zonotope of plane generators (2, m).

    Turned into the upper half-plane and sorted by angle, the generators are half of the boundary: every edge is twice a
    generator. The other half is its mirror image in the centre. Parallel generators (to 1e-12 radians) make one edge
    and generators of length 0, or 1e-15 of all lengths, none: so a parallel set gives the two ends of a segment, and an
    empty one the point (0, 0). O(m log m). Raises ValueError unless `generators` is a finite (2, m) array.
    """
    columns, angles, _ = _by_angle(finite_array(generators, "generators", (2, None)))
    apart = angles[1:] - angles[:-1] > SAME_DIRECTION
    if not apart.all():
        columns = np.add.reduceat(columns, np.concatenate([[0], np.flatnonzero(apart) + 1]), axis=1)
    lengths = np.hypot(columns[0], columns[1])
    columns = columns[:, lengths > NEGLIGIBLE * lengths.sum()]
    if columns.shape[1] == 0:
        return np.zeros((1, 2))
    half = np.concatenate([-columns.sum(axis=1, keepdims=True), 2 * columns[:, :-1]], axis=1).cumsum(axis=1)
    return np.concatenate([half, -half], axis=1).T


def zonotope_edges(generators: Any) -> tuple[FloatArray, IntArray]:
    """The boundary of a plane zonotope one generator at a time: segments (k, 2, 2) and the column (k,) each comes from.

    The segments follow each other counter-clockwise from the lowest corner. Each generator of the (2, m) appears twice,
    on opposite sides, with the length 2|g|; parallel ones are not merged, and those of length 0 are left out.
    Raises ValueError unless `generators` is a finite (2, m) array.
    """
    columns, _, order = _by_angle(finite_array(generators, "generators", (2, None)))
    alive = columns.any(axis=0)
    columns, order = columns[:, alive], order[alive]
    end = 2 * np.cumsum(columns, axis=1) - columns.sum(axis=1, keepdims=True)
    half = np.stack([(end - 2 * columns).T, end.T], axis=1)
    return np.concatenate([half, -half]), np.concatenate([order, order])


def zonotope_signs(generators: Any) -> SignArray:
    """Which corner takes which generator with which sign: (k, m) of +1 and -1, 0 for a generator of length 0.

    d = 2 or 3. `zonotope_signs(G) @ G.T` are the corners, counter-clockwise from the lowest one when d = 2. The signs
    do not depend on the lengths of the generators. O(m^2) in the plane, O(m^3) in space. Raises ValueError otherwise.
    """
    columns = _plane_or_space(generators)
    if len(columns) == 3:
        lengths = np.linalg.norm(columns, axis=0)
        return zonotope_faces(columns / np.where(lengths > 0, lengths, 1.0)).signs
    alive = np.flatnonzero(columns.any(axis=0))
    if len(alive) == 0:
        return np.zeros((1, columns.shape[1]), dtype=np.int8)
    turned, angles, order = _by_angle(columns[:, alive])
    up = np.where((turned == columns[:, alive[order]]).all(axis=0), 1, -1).astype(np.int8)
    edge = np.concatenate([[0], np.cumsum(np.diff(angles) > SAME_DIRECTION)])
    half = np.zeros((edge[-1] + 1, columns.shape[1]), dtype=np.int8)
    half[:, alive[order]] = np.where(edge < np.arange(edge[-1] + 1)[:, None], up, -up)
    return np.concatenate([half, -half])


def zonotope_volume(generators: Any) -> float:
    """The area 4 sum |det(g_i, g_j)| or the volume 8 sum |det(g_i, g_j, g_k)| of generators (d, m), d = 2 or 3.

    The sums run over all pairs i < j, or triples i < j < k (McMullen; Shephard 1974). In the plane the generators are
    sorted by angle first: then every determinant is positive and the sum takes O(m log m); in space it takes O(m^3).
    Flat zonotopes have volume 0, to rounding. Raises ValueError unless `generators` is finite and (2, m) or (3, m).
    """
    columns = _plane_or_space(generators)
    if len(columns) == 2:
        columns = _by_angle(columns)[0]
        before = np.cumsum(columns[:, :-1], axis=1)
        return float(4 * (before[0] * columns[1, 1:] - before[1] * columns[0, 1:]).sum())
    m = columns.shape[1]
    i, j = np.nonzero(np.arange(m)[:, None] < np.arange(m))
    total = 0.0
    for start in range(0, len(i), _BLOCK):
        block = slice(start, start + _BLOCK)
        a, b = columns[:, i[block]], columns[:, j[block]]
        cross = np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
        total += float(np.abs(cross.T @ columns).sum())
    # Every pair has met every generator: a triple was counted once for each of its three pairs.
    return 8 * total / 3


def zonotope_support(generators: Any, directions: Any) -> FloatArray:
    """How far the zonotope of generators (d, m) reaches along each direction (k, d): h(u) = sum |u . g_i|, shape (k,).

    It is the largest u . p of all its points p. Raises ValueError where the shapes do not match.
    """
    columns = finite_array(generators, "generators", (None, None))
    return np.asarray(np.abs(finite_array(directions, "directions", (None, len(columns))) @ columns).sum(axis=1))


def zonotope_contains(generators: Any, points: Any, tolerance: float = 1e-12) -> BoolArray:
    """Whether each point (n, d) lies in the zonotope of generators (d, m), d = 2 or 3; shape (n,).

    A point lies inside if it passes no face: |u . p| <= h(u) for the normals u that the generators span with each other
    and with the axes; the axes make it right for flat zonotopes, segments and the point too. `tolerance` is relative
    to the sum of the lengths of the generators. Raises ValueError where the shapes do not match.
    """
    columns = _plane_or_space(generators)
    rows = finite_array(points, "points", (None, len(columns)))
    spanning = np.hstack([columns, np.eye(len(columns))])
    spanning = spanning[:, spanning.any(axis=0)]
    spanning = spanning / np.linalg.norm(spanning, axis=0)
    if len(columns) == 2:
        normals = np.stack([-spanning[1], spanning[0]], axis=1)
    else:
        i, j = np.triu_indices(spanning.shape[1], 1)
        normals = np.cross(spanning[:, i].T, spanning[:, j].T)
        lengths = np.linalg.norm(normals, axis=1)
        normals = normals[lengths > SAME_DIRECTION] / lengths[lengths > SAME_DIRECTION, None]
    slack = tolerance * np.linalg.norm(columns, axis=0).sum()
    return np.asarray((np.abs(rows @ normals.T) <= zonotope_support(columns, normals) + slack).all(axis=1))


def box_edges(half_widths: Any) -> FloatArray:
    """The edges (d 2^(d-1), 2, d) of the box with these half-widths (d,), as segments: 4 in the plane, 12 in space."""
    half = finite_array(half_widths, "half-widths of a box", (None,))
    corners = np.array(list(product((-1.0, 1.0), repeat=len(half))))
    low = [corners[corners[:, axis] < 0] for axis in range(len(half))]
    ends = [np.where(np.arange(len(half)) == axis, 1.0, start) for axis, start in enumerate(low)]
    return np.stack([np.concatenate(low), np.concatenate(ends)], axis=1) * half


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """The principal directions of the corners of a zonotope, the widest first.

    directions: (d, d), orthonormal rows; the largest entry of each is positive. spreads: (d,), the root mean square of
    the corners' coordinate along each: their singular values over the root of the number of corners.
    """

    directions: FloatArray
    spreads: FloatArray

    @property
    def condition(self) -> float:
        """The widest spread over the narrowest: 1 for equal ones, infinite for a flat zonotope, 1 for the point."""
        if self.spreads[-1] > 0:
            return float(self.spreads[0] / self.spreads[-1])
        return float(np.inf) if self.spreads[0] > 0 else 1.0

    @property
    def arrows(self) -> FloatArray:
        """Arrows from the centre (d, 2, d): along each direction, one spread long."""
        tips = self.directions * self.spreads[:, None]
        return np.stack([np.zeros_like(tips), tips], axis=1)


@dataclass(frozen=True, eq=False)
class Zonotope:
    """The zonotope of generators (d, m), d = 2 or 3, centred at 0. Raises ValueError for any other shape."""

    generators: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "generators", frozen(_plane_or_space(self.generators)))

    @classmethod
    def sum(cls, parts: Iterable["Zonotope"]) -> "Zonotope":
        """The Minkowski sum of zonotopes of one dimension: the generators of all of them."""
        return cls(np.hstack([part.generators for part in parts]))

    @property
    def dimension(self) -> int:
        """d, the dimension of the space it lies in."""
        return len(self.generators)

    @cached_property
    def vertices(self) -> FloatArray:
        """The corners (k, d): in the plane the polygon, counter-clockwise."""
        return zonotope_vertices(self.generators) if self.dimension == 2 else self.faces.vertices

    @cached_property
    def faces(self) -> Polytope:
        """The faces in space. Raises ValueError in the plane, where `vertices` are the polygon."""
        return zonotope_faces(self.generators)

    @cached_property
    def volume(self) -> float:
        """The area or the volume, in closed form."""
        return zonotope_volume(self.generators)

    @property
    def half_widths(self) -> FloatArray:
        """The half-widths (d,) of the bounding box: the sums of |g_i|."""
        return np.asarray(np.abs(self.generators).sum(axis=1))

    @property
    def box(self) -> FloatArray:
        """The bounding box (2, d): its lowest corner, then its highest."""
        return np.stack([-self.half_widths, self.half_widths])

    @property
    def box_volume(self) -> float:
        """The area or volume of the bounding box."""
        return float(np.prod(2 * self.half_widths))

    @property
    def box_efficiency(self) -> float:
        """The share of the bounding box that is filled, 0 to 1; the box overestimates by 1 / efficiency.

        Where the box has no width along some axis, both are measured in the axes that are left: 1 for an axis-parallel
        segment and for the point.
        """
        wide = self.half_widths > 0
        if wide.sum() < 2:
            return 1.0
        return min(1.0, zonotope_volume(self.generators[wide]) / float(np.prod(2 * self.half_widths[wide])))

    @property
    def magnitude(self) -> float:
        """The length of its longest vector: the largest |v| of the corners."""
        return float(np.linalg.norm(self.vertices, axis=1).max())

    @property
    def principal_axes(self) -> PrincipalAxes:
        """The principal directions and spreads of the corners."""
        # Rows of zeros change no singular value: they let the decomposition give d directions for fewer corners too.
        rows = np.vstack([self.vertices, np.zeros((self.dimension, self.dimension))])
        _, singular, directions = np.linalg.svd(rows, full_matrices=False)
        largest = np.abs(directions).argmax(axis=1)
        directions = directions * np.sign(directions[np.arange(self.dimension), largest])[:, None]
        return PrincipalAxes(frozen(directions), frozen(singular / np.sqrt(len(self.vertices))))

    def shadow(self, first: int, second: int) -> "Zonotope":
        """The projection onto the plane of two axes: the plane zonotope of those two rows of the generators."""
        return Zonotope(self.generators[[first, second]])

    def contains(self, points: Any, tolerance: float = 1e-12) -> BoolArray:
        """Whether each point (n, d) lies inside; see `zonotope_contains`."""
        return zonotope_contains(self.generators, points, tolerance)


def _plane_or_space(generators: Any) -> FloatArray:
    columns = finite_array(generators, "generators", (None, None))
    if len(columns) not in (2, 3):
        raise ValueError(f"generators: shape {columns.shape}, expected (2, m) or (3, m)")
    return columns


def _by_angle(columns: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """The columns (2, m) turned into the upper half-plane and sorted by angle; their angles; their old numbers."""
    # The half-plane starts just below angle 0, so that rounding does not part vectors along the axis.
    angles = np.arctan2(columns[1], columns[0]) + SAME_DIRECTION
    half_turns = np.floor(angles / np.pi)
    angles -= half_turns * np.pi
    order = angles.argsort(kind="stable")
    return (columns * np.where(half_turns == 0, 1.0, -1.0))[:, order], angles[order], order
