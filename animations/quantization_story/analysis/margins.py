"""The margin between two classes as a folded sheet, and what rounding does to it: in all, by weights or gates alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from quantization_story.analysis.sheets import Sheet
from quantization_story.core.arrays import BoolArray, FloatArray, finite_array
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import hits
from quantization_story.partition import Partition
from quantization_story.partition.mesh import Box
from quantization_story.partition.refinement import FLOAT, QUANTIZED, refine

# What of the rounding is let through: all of it; only the weights, with every ReLU held as the float network sets it
# (the pieces tilt); only the ReLUs, which switch where the rounded network's do, on float weights (the creases move).
Effect = Literal["all", "tilt", "switch"]


def margin_network(net: ReluNetwork, readout: Any, first: int, second: int) -> ReluNetwork:
    """The network whose one output is the score of class `first` minus that of class `second`.

    readout: (classes, d_L), see `tasks.prototypes`. The last layer is the only other one, so all creases stay.
    """
    rows = finite_array(readout, "read-out", (None, net.widths[-1]))
    difference = rows[first] - rows[second]
    return ReluNetwork(
        (*net.weights[:-1], (difference @ net.weights[-1])[None]),
        (*net.biases[:-1], np.array([difference @ net.biases[-1]])),
    )


def weight_sizes(net: ReluNetwork) -> list[int]:
    """How many weights each layer has."""
    return [weight.size for weight in net.weights]


def partly_rounded(net: ReluNetwork, quantized: ReluNetwork, parts: Any) -> ReluNetwork:
    """The network with each weight a part of its own way to its level; the biases are those of `net`.

    parts: (K,), from 0 (float) to 1 (on its level), layer after layer, row by row. Raises ValueError outside 0 to 1.
    """
    check_same_widths(net, quantized)
    sizes = weight_sizes(net)
    parts = finite_array(parts, "parts of the way", (sum(sizes),))
    if len(parts) and not (parts.min() >= 0 and parts.max() <= 1):
        raise ValueError(f"parts of the way from {parts.min()} to {parts.max()}: each runs from 0 to 1")
    pieces = np.split(parts, np.cumsum(sizes)[:-1])
    # The ends are exact: a weight at part 0 or 1 is the one that is stored.
    weights = (
        np.where(t == 1, rounded, np.where(t == 0, exact, exact + t * (rounded - exact)))
        for exact, rounded, t in (
            (exact, rounded, part.reshape(exact.shape))
            for exact, rounded, part in zip(net.weights, quantized.weights, pieces, strict=True)
        )
    )
    return ReluNetwork(tuple(weights), net.biases)


def pattern_bits(net: ReluNetwork, points: Any) -> BoolArray:
    """The activation patterns (n, H) at points (n, 2)."""
    hidden = net.pre_activations(points)[:-1]
    return np.concatenate([np.zeros((len(points), 0), dtype=np.bool_), *(z > 0 for z in hidden)], axis=1)


@dataclass(frozen=True, eq=False)
class MarginStory:
    """A float network and its rounded twin, seen as the margin of one class over another above a box of inputs.

    net, quantized: with all their outputs. readout: (classes, d_L). first, second: the classes; the margin is the score
    of the first minus that of the second. box: (xmin, xmax, ymin, ymax).
    """

    net: ReluNetwork
    quantized: ReluNetwork
    readout: FloatArray
    first: int
    second: int
    box: Box

    def at(self, parts: Any) -> ReluNetwork:
        """The network with its weights so far on their way, see `partly_rounded`."""
        return partly_rounded(self.net, self.quantized, parts)

    def margin(self, net: ReluNetwork) -> ReluNetwork:
        """The margin of the two classes in a network."""
        return margin_network(net, self.readout, self.first, self.second)

    def sheet(self, parts: Any, effect: Effect = "all") -> Sheet:
        """The margin over the cells in which the float network and the one on its way both keep one pattern.

        With "tilt" or "switch" the sheet has steps at the creases: no network is both.
        """
        now, exact = self.margin(self.at(parts)), self.margin(self.net)
        cells = refine(exact, exact if effect == "tilt" else now, self.box)
        weights = exact if effect == "switch" else now
        maps = cells.routings[FLOAT if effect == "tilt" else QUANTIZED].affine_maps(weights, weights.depth)[:, :, 0]
        return Sheet(cells, maps[:, :2], maps[:, 2])

    def outputs(self, points: Any, parts: Any, effect: Effect = "all") -> FloatArray:
        """All outputs (n, d_L) at points (n, 2)."""
        now = self.at(parts)
        if effect == "tilt":
            return now.routed(points, pattern_bits(self.net, points))
        if effect == "switch":
            return self.net.routed(points, pattern_bits(now, points))
        return np.asarray(now(points))

    def values(self, points: Any, parts: Any, effect: Effect = "all") -> FloatArray:
        """The margin (n,) at points (n, 2)."""
        return np.asarray(self.outputs(points, parts, effect) @ (self.readout[self.first] - self.readout[self.second]))

    def right(self, points: Any, labels: Any, parts: Any, effect: Effect = "all") -> BoolArray:
        """Which points (n, 2) are put into the class of their labels (n,), among all classes."""
        return hits(self.outputs(points, parts, effect), labels, self.readout)

    def between_the_two(self, points: Any, labels: Any) -> BoolArray:
        """Which points (n, 2) are of one of the two classes, by their labels (n,), and stay with them when rounded."""
        pair = (self.first, self.second)
        ends = (np.asarray(self.quantized(points)) @ self.readout.T).argmax(axis=1)
        return np.asarray(np.isin(labels, pair) & np.isin(ends, pair))

    def descent(self, point: Any, parts: Any, order: Sequence[int]) -> FloatArray:
        """The margin (len(order) + 1,) at a point (2,) as the weights of `order` are let move, one after another.

        Each goes its part of the way, of `parts` (K,), and stays there while the next ones go; every margin is that of
        a network. The others are where `parts` has them from the start, so the last margin is the one at `parts`.
        """
        parts = finite_array(parts, "parts of the way", (sum(weight_sizes(self.net)),))
        numbers = np.asarray(order, dtype=int)
        states = np.tile(parts, (len(numbers) + 1, 1))
        for gone in range(len(numbers)):
            states[gone, numbers[gone:]] = 0.0
        return np.array([self.values(np.asarray(point)[None], state)[0] for state in states])

    def moving(self) -> Callable[[FloatArray, Effect], Sheet]:
        """`sheet` with the latest ones kept: within a frame several parts of a picture ask for the same."""
        kept = lru_cache(maxsize=4)(lambda key, effect: self.sheet(np.frombuffer(key), effect))
        return lambda parts, effect: kept(np.ascontiguousarray(parts, dtype=np.float64).tobytes(), effect)


@dataclass(frozen=True, eq=False)
class MarginPlaces:
    """Where to look. Points are of the input plane.

    story: the margin of the arm over the other class. cells: the pieces of the float network. piece: the number of the
    one that most lost points of the arm lie on. hero: the one of them nearest to their
    mean. steps: (K,), how far each weight moves, in steps of its scale. order: the moved weights, by number.
    strip: the corners (k, 2) of a place beside the piece where one ReLU switches as the weights are rounded, None if
    there is none. extreme: of the points in the
    strip the one farthest from its edges.
    """

    story: MarginStory
    cells: Partition
    piece: int
    hero: FloatArray
    steps: FloatArray
    order: tuple[int, ...]
    strip: FloatArray | None
    extreme: FloatArray | None
