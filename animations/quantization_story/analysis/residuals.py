"""What one output map leaves, point by point, and how much of it sits where the ReLU patterns differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.distances import lengths, mean_length
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.partition.refinement import Refinement

FEWEST = 3  # calibration points for the six numbers of a map


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
class PieceMaps:
    """A map for each piece of the quantized network, fitted where the float network has the same pattern.

    cells: of the two networks. pieces: the numbers of the cells where the patterns agree, one a piece, those that hold
    most of what the one map leaves first. maps: theirs. one: the map that is kept in pieces with too few points.
    """

    cells: Refinement
    pieces: tuple[int, ...]
    maps: tuple[AffineMap, ...]
    one: AffineMap

    def left(self, points: Any, where: IntArray, chosen: Mapping[int, AffineMap]) -> FloatArray:
        """The residuals f - (T f_q + t) at points (n, 2), which lie in cells (n,), with other maps in some pieces.

        The map of a piece serves the whole of it, also the strips in which the float network has another pattern.
        """
        outputs = self.cells.quantized(points)
        mapped = self.one(outputs)
        patterns = self.cells.quantized_patterns
        for cell, own in chosen.items():
            served = (where >= 0) & (patterns[where] == patterns[cell]).all(axis=1)
            mapped[served] = own(outputs[served])
        return np.asarray(self.cells.net(points) - mapped)


def piece_maps(cells: Refinement, one: AffineMap, calibration: Any, points: Any) -> PieceMaps:
    """Fit a map in each cell where the patterns agree and that holds `FEWEST` calibration points (m, 2) or more.

    points (n, 2): those by which the pieces are ordered.
    """
    of_fit, here = cells.locate(calibration), cells.locate(points)
    held = np.bincount(here[here >= 0], mean_energies(cells, one, points)[here >= 0], minlength=len(cells))
    enough = np.bincount(of_fit[of_fit >= 0], minlength=len(cells)) >= FEWEST
    pieces = [int(cell) for cell in np.argsort(-held, kind="stable") if enough[cell] and not cells.changed[cell]]
    maps = [_fit_on(cells, np.asarray(calibration)[of_fit == cell]) for cell in pieces]
    return PieceMaps(cells, tuple(pieces), tuple(maps), one)


def _fit_on(cells: Refinement, x: FloatArray) -> AffineMap:
    return fit_affine(cells.quantized(x), cells.net(x))


def mean_energies(cells: Refinement, one: AffineMap, points: Any) -> FloatArray:
    """The squared length of what a map leaves at each of n points, over n: they sum to its mean square, (n,)."""
    return np.asarray(np.sum((cells.net(points) - one(cells.quantized(points))) ** 2, axis=1) / len(points))


def arrow_scale(sizes: FloatArray, longest: float) -> float:
    """What to draw a residual with so that nearly all (95 %) are at most `longest`: 1, 2 or 5 times a power of ten."""
    large = float(np.quantile(sizes, 0.95)) if len(sizes) else 0.0
    if not (large > 0 and longest > 0):
        return 1.0
    power = 10.0 ** np.floor(np.log10(longest / large))
    return float(max(power * factor for factor in (1, 2, 5) if power * factor * large <= longest * (1 + 1e-9)))
