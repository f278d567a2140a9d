"""The exact faces of a zonotope in space: each is a zonogon, spanned by the generators that lie in its plane.

Which faces there are is settled once, on unit directions; a vertex is then a choice of signs, and its place is that
signed sum of the generators as they were given. So faces that meet share their vertices to the last bit.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from quantization_story.arrays import FloatArray, IntArray, finite_array, frozen

SignArray = npt.NDArray[np.int8]

# Two directions closer than this angle (radians) are one; a direction this close to a plane of two others lies in it.
SAME_DIRECTION = 1e-14
# What the triple product of three unit vectors can be off by through rounding alone, with room to spare.
_ROUNDING = 1e-15


@dataclass(frozen=True, eq=False)
class Polytope:
    """The boundary of a zonotope in space, ready to draw: one polygon a face, corners shared between faces.

    vertices: (v, 3), all distinct; each is signs (v, m) of +1 and -1 (0 for a generator of length 0) times the
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
    and all the generators of a plane make one face; lengths do not matter, and angles are compared with a tolerance
    of 1e-12. Generators in one plane, on one line or all zero give the flat polygon, the segment or the point.

    Raises ValueError unless `generators` is a finite (3, m) array. Time and memory grow with m^3.
    """
    columns = finite_array(generators, "generators", (3, None))
    units, label, turn = _directions(columns)
    dimension = units.shape[1]
    planes = _planes(units)
    normals = np.concatenate([normal for _, normal in planes]) if planes else np.empty((0, 3))
    if planes:
        blocks = [_corner_signs(units, members, normal) for members, normal in planes]
        dimension = 2 if blocks[0].shape[1] == 2 * units.shape[1] else 3
        if dimension == 3:
            # The face opposite is the mirror image in the centre, so its corners turn the other way round.
            blocks += [-block[:, ::-1] for block in blocks]
            normals = np.concatenate([normals, -normals])
        corners, numbers = _distinct_corners(blocks)
    else:
        corners, numbers = np.array([[-1], [1]], dtype=np.int8)[: dimension + 1, :dimension], []
    # The column of zeros that is added last stands for the generators without a direction, whose label is -1.
    signs = np.pad(corners, ((0, 0), (0, 1)))[:, label] * turn
    signs.setflags(write=False)
    vertices = frozen(signs.astype(np.float64) @ columns.T)
    return Polytope(dimension, vertices, signs, tuple(face for block in numbers for face in block), frozen(normals))


def _directions(columns: FloatArray) -> tuple[FloatArray, IntArray, SignArray]:
    """The distinct directions (3, r) of the columns, which one each column has (-1: none), and which way along it."""
    label = np.full(columns.shape[1], -1)
    turn = np.ones(columns.shape[1], dtype=np.int8)
    scale = np.abs(columns).max(initial=0.0)
    if scale == 0:
        return np.empty((3, 0)), label, turn
    columns = columns / scale
    lengths = np.sqrt((columns * columns).sum(axis=0))
    alive = np.flatnonzero(lengths)
    units = columns[:, alive] / lengths[alive]
    sines = _length(_cross(units[:, :, None], units[:, None, :]))
    first = (sines <= SAME_DIRECTION).argmax(axis=0)
    chosen = np.flatnonzero(first == np.arange(len(first)))
    label[alive] = np.searchsorted(chosen, first)
    turn[alive] = np.where((units * units[:, first]).sum(axis=0) < 0, -1, 1)
    return units[:, chosen], label, turn


def _planes(units: FloatArray) -> list[tuple[IntArray, FloatArray]]:
    """The planes that the directions (3, r) span, by their count s of directions: its numbers (p, s), normals (p, 3).

    A direction lies in the plane of two others if its distance from the plane that the best of the three pairs spans
    is within the tolerance: the plane of two nearly parallel directions alone would be ill determined.
    """
    r = units.shape[1]
    i, j = np.nonzero(np.arange(r)[:, None] < np.arange(r))
    if len(i) == 0:
        return []
    cross = _cross(units[:, i], units[:, j])
    sine = _length(cross)
    sines = np.zeros((r, r))
    sines[i, j] = sines[j, i] = sine
    best = np.maximum(np.maximum(sines[i], sines[j]), sine[:, None])
    inside = np.abs(cross.T @ units) <= SAME_DIRECTION * best + _ROUNDING
    pairs = np.arange(len(i))
    inside[pairs, i] = inside[pairs, j] = True
    size = inside.sum(axis=1)
    # Each plane is found once for every pair in it: keep the pair of its two lowest numbers.
    kept = (inside & (np.arange(r) < j[:, None])).sum(axis=1) == 1
    planes: list[tuple[IntArray, FloatArray]] = []
    for s in np.unique(size[kept]):
        chosen = kept & (size == s)
        members = np.nonzero(inside[chosen])[1].reshape(-1, s)
        if s == 2:
            normal = cross[:, chosen] / sine[chosen]
        else:
            widest = sines[members[:, :, None], members[:, None, :]].reshape(len(members), -1).argmax(axis=1)
            rows = np.arange(len(members))
            normal = _cross(units[:, members[rows, widest // s]], units[:, members[rows, widest % s]])
            normal = normal / _length(normal)
        planes.append((members, normal.T))
    return planes


def _corner_signs(units: FloatArray, members: IntArray, normals: FloatArray) -> SignArray:
    """The corners of the faces on the outer side of p planes of s directions, as signs (p, 2s, r) of all directions.

    Directions outside the plane stand on the side of the normal. Those in it are turned into one half-plane and taken
    by angle: corner t has the first t of them at +1 and the others at -1; the other half is opposite to it.
    """
    planes, s = members.shape
    here = units[:, members]
    along = here[:, :, :1]
    x, y = (here * along).sum(axis=0), (here * _cross(normals.T[:, :, None], along)).sum(axis=0)
    turn = np.where((y < 0) | ((y == 0) & (x < 0)), -1, 1).astype(np.int8)
    place = np.arctan2(turn * y, turn * x).argsort(axis=1).argsort(axis=1)
    half = np.where(place[:, None, :] < np.arange(s)[:, None], turn[:, None, :], -turn[:, None, :])
    side = np.where(normals @ units < 0, -1, 1).astype(np.int8)
    corners = np.repeat(side[:, None, :], 2 * s, axis=1)
    rows = np.arange(planes)[:, None, None]
    corners[rows, np.arange(2 * s)[:, None], members[:, None, :]] = np.concatenate([half, -half], axis=1)
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
    number = number.reshape(-1)
    number.setflags(write=False)
    ends = np.cumsum([block.shape[0] * block.shape[1] for block in blocks])
    parts = np.split(number, ends[:-1])
    numbers = [part.reshape(block.shape[:2]) for part, block in zip(parts, blocks, strict=True)]
    return distinct.astype(np.int8) * 2 - 1, numbers


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """The cross products of vectors along the first axis, which has length 3."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _length(a: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt((a * a).sum(axis=0)))
