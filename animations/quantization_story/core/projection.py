"""Looking at space from outside: a turned orthographic view, what turns to the viewer, and how light falls on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array, frozen

# Where the light comes from, as the viewer sees it: from the left, from above, and from behind the viewer.
LIGHT = np.array([-0.4, 0.6, 0.7]) / np.linalg.norm([-0.4, 0.6, 0.7])
AMBIENT = 0.25  # how bright a face is that turns away from the light


@dataclass(frozen=True, eq=False)
class Projection:
    """An orthographic view of space.

    rotation: (3, 3), orthonormal rows: the directions of space that the viewer sees as right, as up, and as near.
    """

    rotation: FloatArray

    @classmethod
    def turned(cls, azimuth: float, elevation: float) -> "Projection":
        """The view of the origin by a viewer in the direction azimuth, elevation (radians); the third axis points up.

        At azimuth 0 and elevation 0 the viewer stands on the first axis and sees the second one to the right.
        Raises ValueError unless both are finite numbers.
        """
        angles = finite_array([azimuth, elevation], "azimuth and elevation of a view", (2,))
        (ca, ce), (sa, se) = np.cos(angles), np.sin(angles)
        return cls(frozen(np.array([[-sa, ca, 0.0], [-se * ca, -se * sa, ce], [ce * ca, ce * sa, se]])))

    def flat(self, points: Any) -> FloatArray:
        """Where points (..., 3) of space are seen, (..., 2): to the right and up, in the units of space."""
        return np.asarray(points @ self.rotation[:2].T)

    def depth(self, points: Any) -> FloatArray:
        """How near points (..., 3) are to the viewer, (...): the larger, the nearer; 0 at the origin."""
        return np.asarray(points @ self.rotation[2])

    def facing(self, normals: Any) -> BoolArray:
        """Whether faces with these outward normals (n, 3) turn to the viewer: of a convex solid all that is seen."""
        return np.asarray(self.depth(normals) > 0)

    def shades(self, normals: Any) -> FloatArray:
        """How bright faces with these outward unit normals (n, 3) are, from AMBIENT to 1: Lambert's law."""
        return np.asarray(AMBIENT + (1 - AMBIENT) * np.clip(np.asarray(normals) @ self.rotation.T @ LIGHT, 0.0, 1.0))


@dataclass(frozen=True, eq=False)
class Mesh:
    """How the faces of a solid hang together, whatever its size: every face by its sides, one after the other.

    start, end: (h,), the numbers of the vertices that each side leads from and to. face: (h,), the face of each side.
    edges: (e, 2), every edge of the solid once, by its vertices. edge: (h,), which edge each side lies on.
    """

    start: IntArray
    end: IntArray
    face: IntArray
    edges: IntArray
    edge: IntArray

    @classmethod
    def of(cls, faces: Sequence[IntArray]) -> "Mesh":
        """The mesh of faces that are given by the numbers (k,) of their vertices, in order around each."""
        start = np.concatenate([np.zeros(0, dtype=np.int64), *faces])
        end = np.concatenate([np.zeros(0, dtype=np.int64), *(np.roll(face, -1) for face in faces)])
        sides = np.sort(np.stack([start, end], axis=1), axis=1)
        edges, edge = np.unique(sides, axis=0, return_inverse=True)
        return cls(start, end, np.repeat(np.arange(len(faces)), [len(face) for face in faces]), edges, edge.reshape(-1))

    def edges_of(self, chosen: BoolArray) -> BoolArray:
        """Which edges (e,) lie on one of the chosen faces (f,)."""
        found = np.zeros(len(self.edges), dtype=np.bool_)
        found[self.edge[chosen[self.face]]] = True
        return found


def shade_levels(shades: Any, count: int) -> IntArray:
    """Brightness (n,) from 0 to 1 as the nearest of `count` equal steps, (n,) from 0 (dark) to count - 1.

    Raises ValueError for fewer than two steps.
    """
    if count < 2:
        raise ValueError(f"{count} steps of brightness: at least 2 are needed")
    steps = np.rint(finite_array(shades, "brightness", (None,)) * (count - 1)).astype(np.int64)
    return np.asarray(np.clip(steps, 0, count - 1))
