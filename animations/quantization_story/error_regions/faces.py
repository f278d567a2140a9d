"""The exact faces of a zonotope in space: each is a zonogon, spanned by the generators that lie in its plane.

Which faces there are is settled once, on unit directions; a vertex is then a choice of signs, and its place is that
signed sum of the generators as they were given. So faces that meet share their vertices to the last bit.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array, frozen

SignArray = npt.NDArray[np.int8]

# Two directions closer than this angle (radians) are one; a direction this close to a plane of two others lies in it.
SAME_DIRECTION = 1e-12
# A generator no longer than this share of all their lengths is lost in the rounding of their sums: it makes no edge.
NEGLIGIBLE = 1e-15
# What the triple product of three unit vectors can be off by through rounding alone, with room to spare.
_ROUNDING = 4e-15


@dataclass(frozen=True, eq=False)
class Polytope:
    """The boundary of a zonotope in space, ready to draw: one polygon a face, corners shared between faces.

    vertices: (v, 3), all distinct; each is signs (v, m) of +1 and -1 (0 for a negligible generator) times the
    generators. faces: one array of vertex numbers a face, counter-clockwise seen from outside. normals: (f, 3), the
    outward unit normals.

    dimension 3: a closed surface. 2: the generators lie in one plane; `faces` holds that one polygon, which turns
    counter-clockwise about its normal. 1: no face, two vertices, one edge. 0: no face, one vertex.
    """

    dimension: int
    vertices: FloatArray
    signs: SignArray
    faces: tuple[IntArray, ...]
    normals: FloatArray

    @property
    def polygons(self) -> list[FloatArray]:
        """The corners (k, 3) of every face, counter-clockwise seen from outside."""
        return [self.vertices[face] for face in self.faces]

    @property
    def edges(self) -> FloatArray:
        """Every edge once, as segments (e, 2, 3)."""
        if self.dimension < 2:
            return self.vertices[None] if self.dimension == 1 else np.empty((0, 2, 3))
        pairs = np.concatenate([np.stack([face, np.roll(face, -1)], axis=1) for face in self.faces])
        return np.asarray(self.vertices[np.unique(np.sort(pairs, axis=1), axis=0)])


def zonotope_faces(generators: Any) -> Polytope:
    """The faces of the zonotope {sum of c_i g_i, every c_i in [-1, 1]} whose generators g_i are the columns (3, m).

    Every plane that two generators span carries two opposite faces: the zonogon of all the generators in that plane,
    shifted by the sum of all the others, each turned to the face's side. Parallel generators count as one direction,
    and all the generators of a plane make one face. Angles are compared with a tolerance of 1e-12; lengths do not
    matter, but a generator of length 0, or 1e-15 of all lengths, makes no edge. Generators in one plane, on one line or
    all zero give the flat polygon, the segment or the point.

    Raises ValueError unless `generators` is a finite (3, m) array. Time and memory grow with m^3.
    """
    columns = finite_array(generators, "generators", (3, None))
    # By a power of two, which changes no digit: squares of very large or small entries would overflow.
    scaled = np.ldexp(columns, -int(np.frexp(np.abs(columns).max(initial=0.0))[1]))
    chosen, units, label, turn = _directions(scaled)
    dimension = units.shape[1]
    planes = _planes(scaled[:, chosen], units) if dimension > 1 else []
    normals = np.concatenate([plane.normals for plane in planes]) if planes else np.empty((0, 3))
    if planes:
        blocks = [_corner_signs(units, plane) for plane in planes]
        dimension = 2 if blocks[0].shape[1] == 2 * units.shape[1] else 3
        if dimension == 3:
            # The face opposite is the mirror image in the centre, so its corners turn the other way round.
            blocks += [-block[:, ::-1] for block in blocks]
            normals = np.concatenate([normals, -normals])
        corners, numbers = _distinct_corners(blocks)
    else:
        corners, numbers = np.array([[-1], [1]], dtype=np.int8)[: dimension + 1, :dimension], []
    # The column of zeros that is added last stands for the generators without a direction, whose label is -1.
    signs = frozen(np.hstack([corners, np.zeros((len(corners), 1), dtype=np.int8)])[:, label] * turn)
    vertices = frozen(signs.astype(np.float64) @ columns.T)
    return Polytope(dimension, vertices, signs, tuple(face for block in numbers for face in block), frozen(normals))


def _directions(columns: FloatArray) -> tuple[IntArray, FloatArray, IntArray, SignArray]:
    """The distinct directions of the columns (3, m).

    One column for each of the r directions, their unit vectors (3, r), which of the r every column has (m,) (-1: none,
    it is negligible), and which way along it (m,).
    """
    label = np.full(columns.shape[1], -1)
    turn = np.ones(columns.shape[1], dtype=np.int8)
    lengths = _length(columns)
    alive = np.flatnonzero(lengths > NEGLIGIBLE * lengths.sum())
    if len(alive) == 0:
        return alive, np.empty((3, 0)), label, turn
    units = columns[:, alive] / lengths[alive]
    first = (_length(_cross(units[:, :, None], units[:, None, :])) <= SAME_DIRECTION).argmax(axis=0)
    while np.any(first != first[first]):  # parallel to one that is itself parallel to an earlier one
        first = first[first]
    chosen = np.flatnonzero(first == np.arange(len(first)))
    label[alive] = np.searchsorted(chosen, first)
    turn[alive] = np.where((units * units[:, first]).sum(axis=0) < 0, -1, 1)
    return alive[chosen], units[:, chosen], label, turn


@dataclass(frozen=True, eq=False)
class _Planes:
    """p planes of s directions each: their numbers (p, s), unit normals (p, 3), the side of every direction (p, r)."""

    members: IntArray
    normals: FloatArray
    sides: SignArray


def _planes(columns: FloatArray, units: FloatArray) -> list[_Planes]:
    """The planes that r directions span, given as vectors and as unit vectors (3, r); one item a count s of directions.

    A direction lies in the plane of two others if its distance from the plane that the best of the three pairs spans
    is within the tolerance: the plane of two nearly parallel directions alone would be ill determined.
    """
    r = units.shape[1]
    i, j = np.nonzero(np.arange(r)[:, None] < np.arange(r))
    pairs = np.arange(len(i))
    number = np.zeros((r, r), dtype=np.int64)
    number[i, j] = number[j, i] = pairs
    cross = _cross(units[:, i], units[:, j])
    sine = _length(cross)
    triple = cross.T @ units  # det(u_i, u_j, u_k) of every pair with every direction
    triple[pairs, i] = triple[pairs, j] = 0.0
    inside = np.abs(triple) <= SAME_DIRECTION
    finder = pairs
    if inside.sum() > 2 * len(pairs):  # else no plane holds more than two directions
        best = np.maximum(np.maximum(sine[number[i]], sine[number[j]]), sine[:, None])
        doubtful = (np.abs(triple) <= _ROUNDING) & (SAME_DIRECTION * best < _ROUNDING)
        if doubtful.any():  # all three are so close together that rounding would decide
            triple = _exact_where(doubtful, columns, i, j, triple)
        inside = np.abs(triple) <= SAME_DIRECTION * best
        finder, consistent = _finder(inside, number)
        if not consistent:
            # Some pair would be in two planes, as the tolerance joins some directions and not others: use none.
            triple = _exact_where(np.abs(triple) <= _ROUNDING, columns, i, j, triple)
            inside = triple == 0
            finder, _ = _finder(inside, number)
    size = inside.sum(axis=1)
    planes: list[_Planes] = []
    for s in np.unique(size):
        found = np.flatnonzero((finder == pairs) & (size == s))
        members = np.nonzero(inside[found])[1].reshape(-1, s)
        if s > 2:  # the pair at the widest angle gives the normal
            sines = sine[number[members[:, :, None], members[:, None, :]]] * (1 - np.eye(s))
            widest = sines.reshape(len(members), -1).argmax(axis=1)
            rows = np.arange(len(members))
            found = number[members[rows, widest // s], members[rows, widest % s]]
        sides = np.where(triple[found] < 0, -1, 1).astype(np.int8)
        planes.append(_Planes(members, (cross[:, found] / sine[found]).T, sides))
    return planes


def _finder(inside: BoolArray, number: IntArray) -> tuple[IntArray, bool]:
    """For every pair, the pair of the two lowest members of its plane: the one for which the plane is kept.

    And whether the planes are consistent: every pair of directions lies in one plane and in no other.
    """
    pairs = np.arange(len(inside))
    lowest = inside.argmax(axis=1)
    others = inside.copy()
    others[pairs, lowest] = False
    finder = np.asarray(number[lowest, others.argmax(axis=1)])
    size = inside[finder == pairs].sum(axis=1)
    consistent = np.array_equal(inside, inside[finder]) and (size * (size - 1)).sum() == 2 * len(pairs)
    return finder, bool(consistent)


def _exact_where(doubtful: BoolArray, columns: FloatArray, i: IntArray, j: IntArray, triple: FloatArray) -> FloatArray:
    """`triple` (p, r), det(u_i, u_j, u_k) of pairs and directions, from exact fractions where it is doubtful (p, r)."""
    exact = np.array([[Fraction(entry) for entry in row] for row in columns.tolist()], dtype=object)
    pair, k = np.nonzero(doubtful)
    products = _cross(exact[:, i[pair]], exact[:, j[pair]]) * exact[:, k]
    lengths = _length(columns)
    result = triple.copy()
    volumes = products.sum(axis=0).astype(np.float64)
    result[pair, k] = volumes / lengths[i[pair]] / lengths[j[pair]] / lengths[k]
    return result


def _corner_signs(units: FloatArray, planes: _Planes) -> SignArray:
    """The corners of the faces on the outer side of p planes of s directions, as signs (p, 2s, r) of all directions.

    Directions outside the plane stand on the side of the normal. Those in it are turned into one half-plane and taken
    by angle: corner t has the first t of them at +1 and the others at -1; the other half is opposite to it.
    """
    count, s = planes.members.shape
    if s == 2:  # the normal already stands for the turn from the first to the second
        half = np.array([[[-1, -1], [1, -1]]], dtype=np.int8)
    else:
        here = units[:, planes.members]
        along = here[:, :, :1]
        x, y = (here * along).sum(axis=0), (here * _cross(planes.normals.T[:, :, None], along)).sum(axis=0)
        turn = np.where(y < 0, -1, 1).astype(np.int8)
        place = np.arctan2(turn * y, turn * x).argsort(axis=1).argsort(axis=1)
        half = np.where(place[:, None, :] < np.arange(s)[:, None], turn[:, None, :], -turn[:, None, :])
    corners = np.repeat(planes.sides[:, None, :], 2 * s, axis=1)
    rows = np.arange(count)[:, None, None]
    corners[rows, np.arange(2 * s)[:, None], planes.members[:, None, :]] = np.concatenate([half, -half], axis=1)
    return np.asarray(corners)


def _distinct_corners(blocks: list[SignArray]) -> tuple[SignArray, list[IntArray]]:
    """The distinct corners (v, r) among blocks (p, k, r) of corners, and which one each corner is, in blocks (p, k)."""
    signs = np.concatenate([block.reshape(-1, block.shape[-1]) for block in blocks])
    # A row of signs is compared as whole 64-bit words.
    bits = np.packbits(signs > 0, axis=1)
    words = np.zeros((len(bits), max(1, -(-bits.shape[1] // 8)) * 8), dtype=np.uint8)
    words[:, : bits.shape[1]] = bits
    keys = words.view(np.uint64)
    keys, number = np.unique(keys[:, 0] if keys.shape[1] == 1 else keys, axis=0, return_inverse=True)
    distinct = np.unpackbits(keys.view(np.uint8).reshape(len(keys), -1), axis=1, count=signs.shape[1])
    number = frozen(number.reshape(-1))
    ends = np.cumsum([block.shape[0] * block.shape[1] for block in blocks])
    parts = np.split(number, ends[:-1])
    numbers = [part.reshape(block.shape[:2]) for part, block in zip(parts, blocks, strict=True)]
    return distinct.astype(np.int8) * 2 - 1, numbers


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """The cross products of vectors along the first axis, which has length 3."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _length(a: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt((a * a).sum(axis=0)))
