"""Affine maps and their least-squares fits."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array, frozen
from quantization_story.core.blends import blend


@dataclass(frozen=True, eq=False)
class AffineMap:
    """The map x -> linear x + offset.

    linear: (out, in). offset: (out,). Points are rows. Raises ValueError where the shapes do not chain.
    """

    linear: FloatArray
    offset: FloatArray

    def __post_init__(self) -> None:
        linear = finite_array(self.linear, "linear part of an affine map", (None, None))
        offset = finite_array(self.offset, "offset of an affine map", (linear.shape[0],))
        object.__setattr__(self, "linear", frozen(linear))
        object.__setattr__(self, "offset", frozen(offset))

    @classmethod
    def identity(cls, dimension: int) -> "AffineMap":
        """The map that moves nothing."""
        return cls(np.eye(dimension), np.zeros(dimension))

    @classmethod
    def rotation(cls, angle: float, about: Any = (0.0, 0.0)) -> "AffineMap":
        """The rotation of the plane by `angle` (radians, counter-clockwise) about a point (2,)."""
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        center = finite_array(about, "centre of a rotation", (2,))
        return cls(turn, center - turn @ center)

    def __call__(self, points: Any) -> FloatArray:
        """Map points (n, in) to (n, out)."""
        rows = finite_array(points, "points of an affine map", (None, self.linear.shape[1]))
        return rows @ self.linear.T + self.offset

    def __matmul__(self, inner: "AffineMap") -> "AffineMap":
        """The composition: (outer @ inner)(x) = outer(inner(x))."""
        if self.linear.shape[1] != inner.linear.shape[0]:
            raise ValueError(
                f"affine maps do not chain: the inner one gives {inner.linear.shape[0]} numbers, "
                f"the outer one takes {self.linear.shape[1]}"
            )
        return AffineMap(self.linear @ inner.linear, self.linear @ inner.offset + self.offset)

    def toward(self, other: "AffineMap", part: float) -> "AffineMap":
        """The map a part, 0 to 1, of the straight way to another of the same shape; so is every image of a point."""
        return AffineMap(blend(self.linear, other.linear, part), blend(self.offset, other.offset, part))

    def inverse(self) -> "AffineMap":
        """The map that undoes this one. Raises ValueError if the linear part is not square or is singular."""
        rows, columns = self.linear.shape
        if rows != columns:
            raise ValueError(f"an affine map of shape {self.linear.shape} has no inverse: it is not square")
        if rank(self.linear) < rows:
            raise ValueError(f"an affine map of shape {self.linear.shape} has no inverse: rank {rank(self.linear)}")
        linear = np.asarray(np.linalg.inv(self.linear), dtype=np.float64)
        return AffineMap(linear, -linear @ self.offset)


def rank(matrix: FloatArray) -> int:
    """The numerical rank of a matrix (singular values against eps * largest side * the largest of them)."""
    return int(np.linalg.matrix_rank(matrix))


def fit_affine(source: Any, target: Any, weights: Any = None, *, cut: float = 0.0) -> AffineMap:
    """The affine map (T, t) that minimises the weighted sum of squares of T source_i + t - target_i.

    source: (n, in). target: (n, out). weights: (n,), none negative, not all zero; equal when left out.
    Solved on centred data, so where the source spans fewer than `in` directions T is the solution of minimum
    Frobenius norm; a spread within the rounding of the source itself is no direction (a constant column, for
    instance, whatever its mean).

    cut: directions whose singular value is below this share, 0 to 1, of the largest are treated as not spanned. What
    the target does along them would be divided by next to nothing: on points that do vary there, as those of another
    network, such a map gives noise. Raises ValueError for shapes that do not match, for no points, and for bad weights
    or a bad cut.
    """
    source = finite_array(source, "source of an affine fit", (None, None))
    target = finite_array(target, "target of an affine fit", (source.shape[0], None))
    if source.shape[0] == 0:
        raise ValueError("an affine fit needs at least one point")
    if weights is None:
        weights = np.ones(source.shape[0])
    weights = finite_array(weights, "weights of an affine fit", (source.shape[0],))
    if weights.min() < 0 or weights.max() == 0:
        raise ValueError("weights of an affine fit: none may be negative and one must be positive")
    if not 0.0 <= cut <= 1.0:
        raise ValueError(f"cut of an affine fit: {cut}; it is a share, 0 to 1, of the largest singular value")
    weights = weights / weights.max()
    source_mean = np.average(source, axis=0, weights=weights)
    target_mean = np.average(target, axis=0, weights=weights)
    root = np.sqrt(weights)[:, None]
    left, singular, right = np.linalg.svd(root * (source - source_mean), full_matrices=False)
    rounding = np.finfo(np.float64).eps * max(source.shape) * np.linalg.norm(root * source)
    spanned = (singular > rounding) & (singular >= cut * singular.max(initial=0.0))
    coefficients = (root * (target - target_mean)).T @ left[:, spanned] / singular[spanned]
    linear = coefficients @ right[spanned]
    return AffineMap(linear, target_mean - linear @ source_mean)
