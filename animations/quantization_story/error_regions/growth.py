"""An error region that grows: its generators join one after the other, and at any time what has joined is exact."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array, frozen
from quantization_story.core.blends import along, blend
from quantization_story.error_regions.faces import Polytope, zonotope_faces
from quantization_story.error_regions.propagation import ErrorRegion, error_region
from quantization_story.error_regions.zonotopes import Zonotope, zonotope_edges


@dataclass(frozen=True, eq=False)
class GrowingRegion:
    """The Minkowski sum of an error region on its way: m generators, which join in the order of the layers.

    parts: the zonotope of every layer's own errors. A progress of 2.5 means that the first two generators have joined
    and the third by half its length; 0 is the point at the origin and m, `count`, the whole region.
    """

    parts: tuple[Zonotope, ...]

    @classmethod
    def of(cls, region: ErrorRegion) -> "GrowingRegion":
        """The growth of an error region, layer by layer."""
        return cls(tuple(layer.own for layer in region.layers))

    @cached_property
    def generators(self) -> FloatArray:
        """All generators (d, m), in the order in which they join."""
        return np.hstack([part.generators for part in self.parts])

    @property
    def ends(self) -> list[int]:
        """The progress (L + 1,) at which the first layer begins, and at which each layer has joined."""
        return [0, *np.cumsum([part.generators.shape[1] for part in self.parts]).tolist()]

    @property
    def count(self) -> int:
        """How many generators there are."""
        return self.ends[-1]

    @cached_property
    def layers(self) -> IntArray:
        """The layer (m,), from 0, of every generator."""
        return np.repeat(np.arange(len(self.parts)), np.diff(self.ends))

    def joined(self, progress: float) -> FloatArray:
        """By how much of its length every generator has joined, (m,) from 0 to 1."""
        return np.clip(progress - np.arange(self.count), 0.0, 1.0)

    def now(self, progress: float) -> Zonotope:
        """The region at a progress: that of the generators as long as they are by then."""
        return Zonotope(self.generators * self.joined(progress))

    def contributions(self, progress: float) -> FloatArray:
        """The half-widths (L, d) of what has joined of every layer."""
        lengths = np.abs(self.generators * self.joined(progress))
        return np.add.reduceat(lengths, self.ends[:-1], axis=1).T

    def edges(self, progress: float) -> tuple[FloatArray, IntArray]:
        """The boundary (k, 2, 2) of a region in the plane, with edges in flight, and the layer (k,) each comes from.

        A generator is an edge on either side. At first they lie on the parallelogram of their layer, around the
        origin. Each in its turn flies, without turning, to its place by angle in the boundary, which opens to let it
        in. The edges that have joined follow each other counter-clockwise; at a whole progress they close the polygon.
        """
        whole = min(int(np.floor(progress)), self.count)
        segments, columns = zonotope_edges(self.generators * self.joined(progress))
        segments, columns = segments[columns < whole], columns[columns < whole]
        if progress <= whole or whole == self.count:
            return segments, self.layers[columns]
        layer = int(self.layers[whole])
        home, own = zonotope_edges(self.parts[layer].generators)
        own = own + self.ends[layer]
        goal, reached = zonotope_edges(self.generators[:, : whole + 1])
        flying, waiting = home[own == whole], home[own > whole]
        flying = flying + (progress - whole) * (goal[reached == whole] - flying)
        numbers = np.concatenate([columns, np.full(len(flying), whole), own[own > whole]])
        return np.concatenate([segments, flying, waiting]), self.layers[numbers]

    @cached_property
    def _stages(self) -> list[Polytope]:
        """The faces of the first generator, the first two, ..., all of them; which there are, no length changes."""
        lengths = np.linalg.norm(self.generators, axis=0)
        units = self.generators / np.where(lengths > 0, lengths, 1.0)
        return [zonotope_faces(units[:, : number + 1]) for number in range(self.count)]

    def polytope(self, progress: float) -> Polytope:
        """The faces of a region in space at a progress; where a generator has only begun to join, some are slivers.

        While only one generator has joined it is a segment, with two a parallelogram. Raises ValueError in the plane.
        """
        number = int(np.clip(np.ceil(progress), 1, self.count))
        stage = self._stages[number - 1]
        lengths = self.generators[:, :number] * self.joined(progress)[:number]
        return replace(stage, vertices=frozen(stage.signs.astype(np.float64) @ lengths.T))


def box_polytope(half_widths: Any) -> Polytope:
    """The faces of the box with these half-widths (3,) around the origin; where one is 0 they are slivers."""
    half = finite_array(half_widths, "half-widths of a box", (3,))
    return replace(_UNIT_BOX, vertices=frozen(_UNIT_BOX.vertices * half))


_UNIT_BOX = zonotope_faces(np.eye(3))


def partway_region(first: ErrorRegion, second: ErrorRegion, part: float, diagonal: bool = False) -> ErrorRegion:
    """The error region of the weights that lie a part, 0 to 1, of the way from those of one region to the other's.

    diagonal: both are regions of diagonal layers of which only the diagonals are rounded. Input, step and name are
    those of the first. Raises ValueError, naming the layer, where the weights on the way are singular, and where the
    two have not as many layers.
    """
    if len(first.layers) != len(second.layers):
        raise ValueError(
            f"regions of {len(first.layers)} and {len(second.layers)} layers: no way from one to the other"
        )
    weights = [blend(a.weight, b.weight, part) for a, b in zip(first.layers, second.layers, strict=True)]
    return error_region(first.x, weights, first.step, diagonal, first.all_orders, first.name)


def error_draws(weight: Any, step: float, count: int, diagonal: bool = False, seed: int = 0) -> FloatArray:
    """Random rounding errors (count, out, in) of a weight: every entry evenly drawn within step/2.

    diagonal: off the diagonal they are 0.
    """
    shape = finite_array(weight, "weight", (None, None)).shape
    draws = np.random.default_rng(seed).uniform(-step / 2, step / 2, (count, *shape))
    return np.asarray(draws * (np.eye(*shape) if diagonal else 1.0))


def after_draws(draws: FloatArray, tried: float) -> FloatArray:
    """Where a walk along draws (n, ...) is: at draw 0 first, and after 2.5 halfway from draw 2 to draw 3."""
    return along(list(draws), float(np.clip(tried, 0.0, len(draws) - 1)))
