"""Shapes to send through a network: a circle, an ellipse, a line, a spiral, a figure-eight, two blobs, a grid.

A shape is a list of points that knows how they hang together, so that what a layer makes of it can be drawn as well.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array, frozen

Kind = Literal["closed", "open", "clusters", "grid"]


@dataclass(frozen=True, eq=False)
class Manifold:
    """Points (n, d) and how they are connected.

    kind: "closed", a curve whose last point leads back to the first; "open", a curve with two ends; "clusters" and
    "grid", points that no curve connects (a grid is listed row by row, from its lowest row up).
    """

    name: str
    kind: Kind
    points: FloatArray

    def __post_init__(self) -> None:
        points = finite_array(self.points, f"points of the {self.name}", (None, None))
        if len(points) == 0:
            raise ValueError(f"points of the {self.name}: there are none")
        object.__setattr__(self, "points", frozen(points))

    @property
    def parameter(self) -> FloatArray:
        """Where every point stands along the shape, (n,) from 0 to 1: the colour by which its image is recognised."""
        n = len(self.points)
        return np.arange(n) / (n if self.kind == "closed" else max(1, n - 1))

    @property
    def segments(self) -> FloatArray:
        """The curve as segments (k, 2, d): n of them when closed, n - 1 when open, none for clusters and grids."""
        if self.kind in ("clusters", "grid"):
            return np.empty((0, 2, self.points.shape[1]))
        ends = np.roll(self.points, -1, axis=0)
        return np.stack([self.points, ends], axis=1)[: None if self.kind == "closed" else -1]

    def moved(self, points: Any) -> "Manifold":
        """The same shape at other points (n, any): what a map makes of it. Raises ValueError for another number."""
        return replace(self, points=finite_array(points, f"moved {self.name}", (len(self.points), None)))


def circle(n: int = 32, radius: float = 20.0) -> Manifold:
    """n points around the origin, counter-clockwise from the right."""
    return replace(ellipse(n, radius, radius), name="circle")


def ellipse(n: int = 32, a: float = 25.0, b: float = 10.0) -> Manifold:
    """n points with the half-axes a and b, at equal steps of the angle."""
    angle = _turns(n)
    return Manifold("ellipse", "closed", np.stack([a * np.cos(angle), b * np.sin(angle)], axis=1))


def line(n: int = 32, start: Any = (-25.0, -10.0), end: Any = (25.0, 10.0)) -> Manifold:
    """n points at equal distances from start (d,) to end (d,)."""
    first = finite_array(start, "start of the line", (None,))
    last = finite_array(end, "end of the line", first.shape)
    return Manifold("line", "open", np.linspace(first, last, _at_least(n, 2)))


def spiral(n: int = 32, turns: float = 2.0, r_min: float = 5.0, r_max: float = 25.0) -> Manifold:
    """n points whose angle and radius grow evenly: `turns` rounds from r_min to r_max."""
    angle = np.linspace(0.0, 2 * np.pi * turns, _at_least(n, 2))
    radius = np.linspace(r_min, r_max, n)
    return Manifold("spiral", "open", np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))


def figure_eight(n: int = 32, scale: float = 15.0) -> Manifold:
    """n points of (sin t, sin t cos t) * scale, t from 0 on; the curve runs through the origin twice."""
    t = _turns(n)
    # sin(pi) is only nearly 0 in floating point: the second passage through the origin is set to be exact.
    sine = np.where(2 * np.arange(n) == n, 0.0, np.sin(t))
    return Manifold("figure-eight", "closed", scale * np.stack([sine, sine * np.cos(t)], axis=1))


def two_blobs(
    n: int = 32, centres: Any = ((-15.0, 0.0), (15.0, 0.0)), std: float = 5.0, seed: int | np.random.Generator = 0
) -> Manifold:
    """n points, half of them normal around the first centre and half around the second, with deviation std.

    centres: (2, d). seed: of a fresh generator, or a generator to draw from; the same seed gives the same points.
    """
    middles = finite_array(centres, "centres of the blobs", (2, None))
    second = np.arange(_at_least(n, 2)) >= n // 2
    noise = np.random.default_rng(seed).normal(scale=std, size=(n, middles.shape[1]))
    return Manifold("two blobs", "clusters", middles[second.astype(int)] + noise)


def grid(side: int = 6, extent: float = 25.0) -> Manifold:
    """side^2 points from -extent to extent; values at them reshape to (side, side), the lowest row first."""
    along = np.linspace(-extent, extent, _at_least(side, 2))
    x, y = np.meshgrid(along, along)
    return Manifold("grid", "grid", np.stack([x.ravel(), y.ravel()], axis=1))


_SHAPES: dict[str, Callable[[int], Manifold]] = {
    "circle": circle,
    "ellipse": ellipse,
    "line": line,
    "spiral": spiral,
    "figure-eight": figure_eight,
    "two blobs": two_blobs,
    "grid": lambda n: grid(math.isqrt(n)),
}
MANIFOLD_NAMES = tuple(_SHAPES)


def make_manifold(name: str, n: int = 32) -> Manifold:
    """A shape by name, with about n points (a grid takes the largest square) and its usual size.

    Raises ValueError, with the names there are, for any other name.
    """
    if name not in _SHAPES:
        raise ValueError(f"no manifold {name!r}; there are: {', '.join(MANIFOLD_NAMES)}")
    return _SHAPES[name](n)


def _turns(n: int) -> FloatArray:
    return 2 * np.pi * np.arange(_at_least(n, 3)) / n


def _at_least(n: int, fewest: int) -> int:
    if n < fewest:
        raise ValueError(f"{n} points: a shape like this needs at least {fewest}")
    return n
