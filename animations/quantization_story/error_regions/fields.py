"""Error fields of linear chains: the error at every point, and how large the worst-case region is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array, frozen
from quantization_story.error_regions.propagation import error_boxes, pull_backs
from quantization_story.error_regions.zonotopes import zonotope_signs


@dataclass(frozen=True, eq=False)
class ErrorField:
    """The error of a linear chain at every point: e(x) = matrix @ x, matrix (out, in), V_L ... V_1 - U_L ... U_1.

    One matrix does it all, so a circle becomes an ellipse whose half-axes are the singular values times the radius.
    input_directions (r, in) and output_directions (r, out), r = min(out, in), are orthonormal rows: the unit vector
    along input direction i makes the error singular_values[i] (r,) along output direction i, the largest first.
    """

    matrix: FloatArray
    singular_values: FloatArray
    input_directions: FloatArray
    output_directions: FloatArray

    def __call__(self, points: Any) -> FloatArray:
        """The errors (n, out) at points (n, in)."""
        return finite_array(points, "points", (None, self.matrix.shape[1])) @ self.matrix.T

    @property
    def condition(self) -> float:
        """The largest stretch over the smallest; infinite where some direction has no error, 1 where none has any."""
        largest, smallest = self.singular_values[0], self.singular_values[-1]
        if smallest > 0:
            return float(largest / smallest)
        return float(np.inf) if largest > 0 else 1.0

    def arrows(self, points: Any, magnify: float = 1.0) -> FloatArray:
        """The errors as arrows (n, 2, d) that start at the points (n, d), `magnify` times their length.

        Raises ValueError unless inputs and outputs have one dimension.
        """
        if self.matrix.shape[0] != self.matrix.shape[1]:
            raise ValueError(
                f"an error matrix of shape {self.matrix.shape} has no arrows at its inputs: it is not square"
            )
        tails = finite_array(points, "points", (None, self.matrix.shape[1]))
        return np.stack([tails, tails + magnify * self(tails)], axis=1)

    def stretch_arrows(self, radius: float = 1.0) -> tuple[FloatArray, FloatArray]:
        """The input directions as arrows (r, 2, in) of length `radius`, and the errors they make, (r, 2, out).

        On a circle of that radius the second ones are the half-axes of the ellipse of errors.
        """
        tips = radius * self.input_directions
        errors = radius * self.singular_values[:, None] * self.output_directions
        return np.stack([np.zeros_like(tips), tips], axis=1), np.stack([np.zeros_like(errors), errors], axis=1)


def error_field(weights: Sequence[Any], quantized: Sequence[Any]) -> ErrorField:
    """The error field of a chain of linear layers, `quantized` against `weights`; (d_l, d_(l-1)) each.

    Raises ValueError, naming the layer, where the shapes do not chain or differ between the two.
    """
    if len(weights) == 0 or len(weights) != len(quantized):
        raise ValueError(f"an error field needs two chains of one length: {len(weights)} and {len(quantized)} layers")
    exact: FloatArray | None = None
    rounded: FloatArray | None = None
    for layer, (weight, weight_q) in enumerate(zip(weights, quantized, strict=True), start=1):
        matrix = finite_array(weight, f"weight of layer {layer}", (None, None if exact is None else len(exact)))
        matrix_q = finite_array(weight_q, f"quantized weight of layer {layer}", matrix.shape)
        exact = matrix if exact is None else matrix @ exact
        rounded = matrix_q if rounded is None else matrix_q @ rounded
    error = np.asarray(rounded) - np.asarray(exact)
    left, singular, right = np.linalg.svd(error, full_matrices=False)
    # The sign of a singular pair is free: fix it, so that the arrows do not flip from run to run.
    sign = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    return ErrorField(frozen(error), frozen(singular), frozen(right * sign[:, None]), frozen(left.T * sign[:, None]))


@dataclass(frozen=True, eq=False)
class RegionField:
    """The worst-case error region at each of n points.

    points: (n, d). vertices: (n, k, d), the corners of every region around 0: one corner keeps its number at all
    points, and in the plane they are in counter-clockwise order (where a region is flat, some coincide).
    """

    points: FloatArray
    vertices: FloatArray

    @cached_property
    def magnitudes(self) -> FloatArray:
        """The length (n,) of the longest error in every region."""
        return np.asarray(np.linalg.norm(self.vertices, axis=2).max(axis=1))

    @property
    def l1_norms(self) -> FloatArray:
        """||x||_1 at every point, (n,)."""
        return np.asarray(np.abs(self.points).sum(axis=1))

    def tube(self, magnify: float = 1.0) -> FloatArray:
        """The regions as polygons (n, k, d) around their points, `magnify` times their size."""
        return self.points[:, None, :] + magnify * self.vertices

    @property
    def variation(self) -> float:
        """The largest magnitude over the smallest: infinite where some point has no error, 1 where none has any."""
        largest, smallest = float(self.magnitudes.max()), float(self.magnitudes.min())
        if smallest > 0:
            return largest / smallest
        return float(np.inf) if largest > 0 else 1.0

    @property
    def l1_correlation(self) -> float | None:
        """The correlation of the magnitudes with ||x||_1; None where it is undefined, since one of them is constant."""
        return correlation(self.l1_norms, self.magnitudes)

    @property
    def l1_fit(self) -> tuple[float, float]:
        """Slope and intercept of the least-squares line from ||x||_1 to the magnitude.

        Where ||x||_1 is constant: slope 0, and the mean.
        """
        norms, magnitudes = self.l1_norms, self.magnitudes
        if _is_constant(norms):
            return 0.0, float(magnitudes.mean())
        centred = norms - norms.mean()
        slope = float(centred @ magnitudes / (centred @ centred))
        return slope, float(magnitudes.mean() - slope * norms.mean())


def region_field(
    points: Any, weights: Any, step: float, diagonal: bool = False, all_orders: bool = False
) -> RegionField:
    """The error region at every point (n, d), d = 2 or 3, for a chain of linear layers; arguments as for
    `error_generators`, and the same ValueError.

    The generators keep their directions from point to point and only change their lengths. So every region has the
    same corners up to lengths, which are settled once and then evaluated at all points together.
    """
    rows = finite_array(points, "points", (None, None))
    lengths = error_boxes(rows, weights, step, diagonal, all_orders).reshape(len(rows), -1)
    directions = np.hstack(pull_backs(weights))
    signs = zonotope_signs(directions).astype(np.float64)
    vertices = np.stack([(lengths * along) @ signs.T for along in directions], axis=2)
    return RegionField(frozen(rows), frozen(vertices))


def correlation(a: Any, b: Any) -> float | None:
    """Pearson's correlation of two lists (n,); None where it is undefined, since one of them is constant.

    Raises ValueError unless both are finite, of one length and not empty.
    """
    first = finite_array(a, "first list of a correlation", (None,))
    second = finite_array(b, "second list of a correlation", first.shape)
    if len(first) == 0:
        raise ValueError("a correlation needs at least one pair")
    if _is_constant(first) or _is_constant(second):
        return None
    first, second = first - first.mean(), second - second.mean()
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _is_constant(values: FloatArray) -> bool:
    """Whether values differ by no more than rounding."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())
