"""The margin between two classes as a folded sheet, and what rounding does to it, weight by weight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from quantization_story.analysis.sheets import Sheet
from quantization_story.core.arrays import BoolArray, FloatArray, finite_array
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import hits
from quantization_story.partition import Partition
from quantization_story.partition.mesh import Box
from quantization_story.partition.refinement import QUANTIZED, refine


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


def with_one_turned(net: ReluNetwork, quantized: ReluNetwork, steps: Any, number: int) -> ReluNetwork:
    """The rounded network with one weight on the level at its other side, its second-nearest one.

    steps: (K,), from each weight to its level, in steps. Raises ValueError for a weight that lies on a level.
    """
    steps = finite_array(steps, "steps", (sum(weight_sizes(net)),))
    if not steps[number]:
        raise ValueError(f"weight {number} lies on a level, and has no other one beside it")
    moves = np.concatenate([(b - a).ravel() for a, b in zip(net.weights, quantized.weights, strict=True)])
    flat = np.concatenate([weight.ravel() for weight in quantized.weights])
    flat[number] -= moves[number] / abs(steps[number])
    pieces = np.split(flat, np.cumsum(weight_sizes(net))[:-1])
    return ReluNetwork(
        tuple(piece.reshape(weight.shape) for piece, weight in zip(pieces, net.weights, strict=True)), quantized.biases
    )


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

    def sheet(self, parts: Any) -> Sheet:
        """The margin over the cells in which the float network and the one on its way both keep one pattern."""
        now = self.margin(self.at(parts))
        cells = refine(self.margin(self.net), now, self.box)
        maps = cells.routings[QUANTIZED].affine_maps(now, now.depth)[:, :, 0]
        return Sheet(cells, maps[:, :2], maps[:, 2])

    def values(self, points: Any, parts: Any) -> FloatArray:
        """The margin (n,) at points (n, 2)."""
        return np.asarray(self.at(parts)(points) @ (self.readout[self.first] - self.readout[self.second]))

    def right(self, points: Any, labels: Any, parts: Any) -> BoolArray:
        """Which points (n, 2) are put into the class of their labels (n,), among all classes."""
        return hits(self.at(parts)(points), labels, self.readout)

    def between_the_two(self, points: Any, labels: Any) -> BoolArray:
        """Which points (n, 2) are of one of the two classes, by their labels (n,), and stay with them when rounded."""
        pair = (self.first, self.second)
        ends = (np.asarray(self.quantized(points)) @ self.readout.T).argmax(axis=1)
        return np.asarray(np.isin(labels, pair) & np.isin(ends, pair))

    def descent(self, point: Any, parts: Any, groups: Sequence[Sequence[int]]) -> FloatArray:
        """The margin (len(groups) + 1,) at a point (2,) as groups of weights are let move, one after another.

        Each goes its part of the way, of `parts` (K,), and stays there while the next ones go; every margin is that of
        a network. The others are where `parts` has them from the start, so the last margin is the one at `parts`.
        """
        parts = finite_array(parts, "parts of the way", (sum(weight_sizes(self.net)),))
        states = np.tile(parts, (len(groups) + 1, 1))
        for gone in range(len(groups)):
            for later in groups[gone:]:
                states[gone, list(later)] = 0.0
        return np.array([self.values(np.asarray(point)[None], state)[0] for state in states])

    def moving(self) -> Callable[[FloatArray], Sheet]:
        """`sheet` with the latest ones kept: within a frame several parts of a picture ask for the same."""
        kept = lru_cache(maxsize=4)(lambda key: self.sheet(np.frombuffer(key)))
        return lambda parts: kept(np.ascontiguousarray(parts, dtype=np.float64).tobytes())


@dataclass(frozen=True, eq=False)
class MarginPlaces:
    """Where to look. Points are of the input plane.

    story: the margin of the arm over the other class. cells: the pieces of the float network. piece: the number of the
    one that most lost points of the arm lie on. riders: the held-out points (n, 2) of the arm on it. hero: the one of
    them nearest to their mean. steps: (K,), how far each weight moves, in steps of its scale. order: the moved weights,
    by number. pushes: those of them that move the hero, in groups that are rounded one after the other. turned: the one
    that pushes the hero most, by number. turning: from the rounded network to the one with that weight on its other
    level.
    """

    story: MarginStory
    cells: Partition
    piece: int
    riders: FloatArray
    hero: FloatArray
    steps: FloatArray
    order: tuple[int, ...]
    pushes: tuple[tuple[int, ...], ...]
    turned: int
    turning: MarginStory
