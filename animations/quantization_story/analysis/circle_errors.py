"""The error of a quantized network along a circle of inputs, exactly: between two switches of a ReLU it is A u + c.

On a circle, u = (cos t, sin t), every unit of the first layer is a cosine of the angle, whose zeros are known; while
the gates stay as they are, the next layer's units are such cosines again. So both networks are cut into arcs, layer
after layer, and every mean over the circle is a sum of integrals over arcs in closed form. Nothing is sampled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, finite_array
from quantization_story.core.distances import spread
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.error_regions.shapes import Manifold, circle

Kind = Literal["total", "metric", "topological", "value"]

# Angles closer than this are one: a cut there would leave an arc of rounding errors.
_TOUCHING = 1e-12
# A jump below this share of the largest value is rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class CircleError:
    """e = z_q - z of one layer on a circle of inputs, split as in `ErrorDecomposition`.

    bounds: the angles (m + 1,), from 0 to 2 pi, between which lie m arcs. exact, metric, topological: (m, d, 3), what
    takes (cos t, sin t, 1) to z, e_metric and e_topo on each arc. crossed: (m,), whether the patterns of the layers
    before differ there.
    """

    bounds: FloatArray
    exact: FloatArray
    metric: FloatArray
    topological: FloatArray
    crossed: BoolArray

    def maps(self, kind: Kind) -> FloatArray:
        """The maps (m, d, 3) of the whole error, of one of its parts, or of the float network's own values z."""
        return {
            "total": self.metric + self.topological,
            "metric": self.metric,
            "topological": self.topological,
            "value": self.exact,
        }[kind]

    def arc_at(self, angles: Any) -> Any:
        """The arc of each of the angles (n,), in [0, 2 pi]; a bound belongs to the arc that begins there."""
        return np.clip(np.searchsorted(self.bounds, angles, side="right") - 1, 0, len(self.crossed) - 1)

    def values(self, angles: Any) -> FloatArray:
        """z of the float network at angles (n,), (n, d)."""
        return self._evaluate(self.exact, angles)

    def errors(self, angles: Any, kind: Kind = "total") -> FloatArray:
        """The error or one of its parts at angles (n,), (n, d)."""
        return self._evaluate(self.maps(kind), angles)

    def _evaluate(self, maps: FloatArray, angles: Any) -> FloatArray:
        t = finite_array(angles, "angles on a circle", (None,))
        return np.asarray(np.einsum("ndk,nk->nd", maps[self.arc_at(t)], _unit(t)))

    def pieces(self, kind: Kind, step: float) -> list[tuple[FloatArray, FloatArray]]:
        """For each arc, angles (k,) at most `step` apart, both ends among them, and the values there (k, d).

        At the ends these are the limits from inside the arc, so a jump between two arcs is kept.
        """
        maps = self.maps(kind)
        found = []
        for index, (start, end) in enumerate(zip(self.bounds[:-1], self.bounds[1:], strict=True)):
            angles = np.linspace(start, end, 1 + max(1, int(np.ceil((end - start) / step))))
            found.append((angles, _unit(angles) @ maps[index].T))
        return found

    def widest_split(self, angles: Any) -> float:
        """The one of the angles (n,) where e, e_metric and e_topo span the largest triangle: both parts are seen there.

        Where there is none, since no patterns differ or the error is one number, it is where the error is largest.
        """
        metric, topological = self.errors(angles, "metric"), self.errors(angles, "topological")
        products = np.einsum("nd,nd->n", metric, topological)
        squares = np.sum(metric**2, axis=1) * np.sum(topological**2, axis=1)
        doubled = squares - products**2  # the square of twice the area
        whole = np.sum((metric + topological) ** 2, axis=1)
        return float(angles[int(np.argmax(doubled if doubled.max() > _ROUNDING * whole.max() ** 2 else whole))])

    @property
    def crossed_share(self) -> float:
        """The share of the circle on which the patterns differ, 0 to 1."""
        return float(np.diff(self.bounds)[self.crossed].sum() / (2 * np.pi))

    def jumps(self, kind: Kind) -> FloatArray:
        """How far the error or a part of it jumps at the end of each arc, (m,); at the last one the circle closes.

        Both networks are continuous, so the whole error never jumps.
        """
        maps = self.maps(kind)
        before = np.einsum("ndk,nk->nd", maps, _unit(self.bounds[1:]))
        after = np.einsum("ndk,nk->nd", np.roll(maps, -1, axis=0), _unit(self.bounds[1:]))
        return np.asarray(np.linalg.norm(after - before, axis=1))

    @property
    def metric_jumps(self) -> int:
        """At how many angles the metric part jumps; the topological part jumps back there."""
        jumps = self.jumps("metric")
        scale = np.abs(self.exact).sum(axis=2).max() + np.abs(self.metric).sum(axis=2).max()
        return int(np.count_nonzero(jumps > _ROUNDING * scale))

    def gram(self, kind: Kind) -> FloatArray:
        """The mean of e e^T over the circle, (d, d)."""
        return self._mean_product(self.maps(kind), self.maps(kind))

    def _mean_product(self, first: FloatArray, second: FloatArray) -> FloatArray:
        moments = _arc_moments(self.bounds)
        return np.asarray(np.einsum("ndi,nij,nfj->df", first, moments, second, optimize=True) / (2 * np.pi))

    def energy(self, kind: Kind) -> float:
        """The mean of |e|^2 over the circle."""
        return float(np.trace(self.gram(kind)))

    @property
    def energy_shares(self) -> tuple[float, float, float]:
        """What the mean of |e|^2 is made of: |e_metric|^2, |e_topo|^2 and the cross term 2 e_metric . e_topo.

        Shares that add up to 1; the cross term may be negative, since the two parts are not orthogonal. All 0 where
        there is no error.
        """
        whole = self.energy("total")
        if whole == 0:
            return 0.0, 0.0, 0.0
        cross = 2 * float(np.trace(self._mean_product(self.metric, self.topological)))
        return self.energy("metric") / whole, self.energy("topological") / whole, cross / whole

    def directions(self, kind: Kind = "total") -> tuple[FloatArray, FloatArray]:
        """The share of the energy that lies along each principal direction, (d,), falling, and the directions as rows.

        The shares are the squared singular values of the error along the circle, without taking its mean away, over
        their sum; all 0 where there is no error.
        """
        values, vectors = np.linalg.eigh(self.gram(kind))
        values = np.clip(values[::-1], 0.0, None)
        return np.asarray(values / values.sum() if values.any() else values), np.asarray(vectors.T[::-1])

    def share_within(self, kind: Kind, directions: Any) -> float:
        """The share of a part's energy that lies in the span of orthonormal rows (k, d); 0 where it has none."""
        rows = finite_array(directions, "directions", (None, self.metric.shape[1]))
        energy = self.energy(kind)
        return float(np.trace(rows @ self.gram(kind) @ rows.T)) / energy if energy else 0.0


def _unit(angles: FloatArray) -> FloatArray:
    """(cos t, sin t, 1) at angles (n,), (n, 3)."""
    return np.column_stack([np.cos(angles), np.sin(angles), np.ones(len(angles))])


def _arc_moments(bounds: FloatArray) -> FloatArray:
    """The integral of u u^T, u = (cos t, sin t, 1), over each arc between the bounds (m + 1,): (m, 3, 3)."""

    def over(primitive: FloatArray) -> FloatArray:
        return np.diff(primitive)

    t, cos, sin = bounds, np.cos(bounds), np.sin(bounds)
    cos_cos, sin_sin = over(t / 2 + np.sin(2 * t) / 4), over(t / 2 - np.sin(2 * t) / 4)
    cos_sin, only_cos, only_sin, one = over(sin**2 / 2), over(sin), over(-cos), over(t)
    rows = [[cos_cos, cos_sin, only_cos], [cos_sin, sin_sin, only_sin], [only_cos, only_sin, one]]
    return np.asarray(np.moveaxis(np.array(rows), 2, 0))


def _zeros(maps: FloatArray) -> FloatArray:
    """The angles in [0, 2 pi) at which one of the cosines a cos t + b sin t + c, (d, 3), changes its sign."""
    a, b, c = maps.T
    size = np.hypot(a, b)
    kept = np.abs(c) < size
    middle, half = np.arctan2(b[kept], a[kept]), np.arccos(-c[kept] / size[kept])
    return np.asarray(np.mod(np.concatenate([middle - half, middle + half]), 2 * np.pi))


def circle_error(
    net: ReluNetwork,
    quantized: ReluNetwork,
    radius: float,
    layer: int | None = None,
    center: Sequence[float] = (0.0, 0.0),
) -> CircleError:
    """Cut a circle of inputs at every switch of both networks, and find the error in z_layer on each arc.

    layer: the output if left out. Raises ValueError for other inputs than points of a plane, for networks of different
    widths and for a radius that is not positive.
    """
    check_same_widths(net, quantized)
    last = net.check_layer(layer)
    if net.widths[0] != 2:
        raise ValueError(f"a circle of inputs lies in a plane, the network has the widths {net.widths}")
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError(f"radius of the circle: {radius}; it must be positive")
    start = np.column_stack([radius * np.eye(2), finite_array(center, "centre of the circle", (2,))])
    # An arc: where it begins and ends, whether patterns differ, and what takes u to the input of the layer in the float
    # network, in the quantized one, and in the quantized one on the float gates.
    arcs = [(0.0, 2 * np.pi, False, (start, start, start))]
    for index in range(last):
        weights = net.weights[index], quantized.weights[index], quantized.weights[index]
        biases = net.biases[index], quantized.biases[index], quantized.biases[index]
        opened = []
        for low, high, crossed, inputs in arcs:
            z = [
                weight @ x + np.outer(bias, [0, 0, 1]) for weight, bias, x in zip(weights, biases, inputs, strict=True)
            ]
            if index + 1 == last:
                opened.append((low, high, crossed, (z[0], z[1], z[2])))
                continue
            cuts = _zeros(np.concatenate(z[:2]))
            bounds = [low, *_apart(cuts[(cuts > low + _TOUCHING) & (cuts < high - _TOUCHING)]), high]
            for begin, end in pairwise(bounds):
                middle = _unit(np.array([(begin + end) / 2]))[0]
                gates = z[0] @ middle > 0, z[1] @ middle > 0
                differ = crossed or bool(np.any(gates[0] != gates[1]))
                held = gates[0], gates[1], gates[0]
                after = [np.where(gate[:, None], part, 0.0) for gate, part in zip(held, z, strict=True)]
                opened.append((begin, end, differ, (after[0], after[1], after[2])))
        arcs = opened
    exact, own, held_maps = (np.array([arc[3][k] for arc in arcs]) for k in range(3))
    return CircleError(
        np.array([arcs[0][0], *(arc[1] for arc in arcs)]),
        exact,
        held_maps - exact,
        own - held_maps,
        np.array([arc[2] for arc in arcs]),
    )


def _apart(angles: FloatArray) -> FloatArray:
    """The angles in rising order, without those that touch the one before."""
    rising = np.sort(angles)
    return rising[np.diff(rising, prepend=-np.inf) > _TOUCHING]


def circle_around(center: Sequence[float], radius: float, count: int) -> Manifold:
    """`count` points of a circle, counter-clockwise from the right."""
    shape = circle(count, radius)
    return shape.moved(shape.points + finite_array(center, "centre of the circle", (2,)))


def typical_radius(points: Any, center: Sequence[float] = (0.0, 0.0)) -> float:
    """The root mean square distance of points (n, 2) from a centre: a circle through the midst of the data.

    Raises ValueError if there are no points or all lie in the centre.
    """
    points = finite_array(points, "points around a circle", (None, 2))
    radius = spread(points, center) if len(points) else 0.0
    if radius == 0:
        raise ValueError(f"points of shape {points.shape} span no circle around {tuple(center)}")
    return radius


def spectrum(matrix: Any) -> FloatArray:
    """The share of a matrix's squared entries along each singular direction, falling; all 0 for a matrix of zeros."""
    squares = np.linalg.svd(finite_array(matrix, "matrix", (None, None)), compute_uv=False) ** 2
    return np.asarray(squares / squares.sum() if squares.any() else squares)


def directions_needed(shares: Any, goal: float) -> int:
    """How many of the falling shares (d,) it takes to hold `goal` of their sum.

    Raises ValueError unless 0 < goal <= 1.
    """
    if not 0 < goal <= 1:
        raise ValueError(f"share to hold: {goal}; it must be above 0 and at most 1")
    held = np.cumsum(finite_array(shares, "shares", (None,)))
    return int(np.searchsorted(held, (goal - 1e-12) * held[-1])) + 1


def without_directions(errors: FloatArray, directions: FloatArray, count: float) -> FloatArray:
    """What is left of errors (n, d) without their parts along the first `count` of the orthonormal rows (k, d).

    Of a fraction of a direction that fraction of the part is taken away: 1.5 is the first and half of the second.
    """
    weights = np.clip(count - np.arange(len(directions)), 0.0, 1.0)
    return np.asarray(errors - (errors @ directions.T * weights) @ directions)
