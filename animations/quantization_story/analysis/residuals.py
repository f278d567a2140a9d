"""What one output map leaves, point by point, and how much of it sits where the ReLU patterns differ."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.analysis.cell_transport import invertible
from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.distances import lengths, mean_length
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.partition.refinement import Refinement


@dataclass(frozen=True, eq=False)
class Residuals:
    """The residuals f - (T f_q + t) of an output map at n points.

    vectors: (n, d). crossed: (n,), whether the patterns of f and f_q differ there.
    """

    vectors: FloatArray
    crossed: BoolArray

    @property
    def sizes(self) -> FloatArray:
        """The length of each residual, (n,)."""
        return lengths(self.vectors)

    @property
    def same_mean(self) -> float:
        """The mean length on the points whose pattern stayed; 0 if there are none."""
        return mean_length(self.vectors[~self.crossed])

    @property
    def crossed_mean(self) -> float:
        """The mean length on the crossed points; 0 if there are none."""
        return mean_length(self.vectors[self.crossed])

    @property
    def ratio(self) -> float:
        """The mean on crossed points over that on the others; infinite where those have none."""
        return self.crossed_mean / self.same_mean if self.same_mean > 0 else float("inf")

    @property
    def crossed_share(self) -> float:
        """The share of points that crossed, 0 to 1."""
        return float(self.crossed.mean()) if len(self.crossed) else 0.0

    @property
    def energy_share(self) -> float:
        """The share of the sum of squared residuals that sits on crossed points, 0 to 1; 0 where nothing is left."""
        energy = np.sum(self.vectors**2, axis=1)
        return float(energy[self.crossed].sum() / energy.sum()) if energy.any() else 0.0


def output_residuals(net: ReluNetwork, quantized: ReluNetwork, transport: AffineMap, x: Any) -> Residuals:
    """The residuals of the map (T, t) after `quantized` at points x (n, d_0)."""
    check_same_widths(net, quantized)
    crossed = np.any(net.activation_patterns(x) != quantized.activation_patterns(x), axis=1)
    return Residuals(net(x) - transport(quantized(x)), np.asarray(crossed))


@dataclass(frozen=True, eq=False)
class OneRegion:
    """A region that both networks share, with a map fitted there alone.

    cell: its number in the refinement. inside: (n,), which points lie in it. vectors: (n, d), the residuals of its map.
    """

    cell: int
    inside: BoolArray
    vectors: FloatArray

    @property
    def largest(self) -> float:
        """The largest residual that its map leaves at the points in the region; 0 if there are none."""
        return float(lengths(self.vectors[self.inside]).max(initial=0.0))


def one_region(cells: Refinement, residuals: Residuals, x: Any) -> OneRegion | None:
    """The region of one pattern in both networks that holds most of the squared residual at points x (n, 2).

    Where there is a choice, its quantized map can be undone, so that its own map leaves nothing there. None if no such
    region holds a residual.
    """
    at, energies = cells.locate(x), np.sum(residuals.vectors**2, axis=1)
    found = at >= 0
    held = np.where(cells.changed, 0.0, np.bincount(at[found], energies[found], minlength=len(cells)))
    if not held.any():
        return None
    undone = np.where(invertible(cells), held, 0.0)
    cell = int(np.argmax(undone if undone.any() else held))
    transport = cells.fit_affine(where=np.array([cell]))
    return OneRegion(cell, np.asarray(at == cell), cells.net(x) - transport(cells.quantized(x)))


def arrow_scale(sizes: FloatArray, longest: float) -> float:
    """What to draw a residual with so that nearly all (95 %) are at most `longest`: 1, 2 or 5 times a power of ten."""
    large = float(np.quantile(sizes, 0.95)) if len(sizes) else 0.0
    if not (large > 0 and longest > 0):
        return 1.0
    power = 10.0 ** np.floor(np.log10(longest / large))
    return float(max(power * factor for factor in (1, 2, 5) if power * factor * large <= longest * (1 + 1e-9)))
