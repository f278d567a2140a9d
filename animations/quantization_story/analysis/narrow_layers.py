"""A layer of two units behind a wider one: what passes it, what rounding drops in front of it, and maps behind it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist, squareform

from quantization_story.analysis.strips import along_maps, between
from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, accuracy_of_outputs, hits

NARROW = 2  # units
NEIGHBOURS = 9  # calibration points by which a place is labelled
TOGETHER = 0.02  # of their float distance: no farther apart, two points are in one place


def narrow_layer(net: ReluNetwork) -> int:
    """The first hidden layer of two units behind a wider one, from 2; raises ValueError if there is none."""
    widths = net.widths
    for layer in range(2, net.depth):
        if widths[layer] == NARROW < widths[layer - 1]:
            return layer
    raise ValueError(f"none of the hidden layers of {'-'.join(map(str, widths))} narrows to two units")


def narrows(net: ReluNetwork) -> bool:
    """Whether there is such a layer."""
    try:
        return narrow_layer(net) > 0
    except ValueError:
        return False


def unseen(weight_q: FloatArray) -> BoolArray:
    """Which inputs (m,) of a layer no unit of it looks at: all their weights (d, m) are rounded to zero."""
    return np.asarray((weight_q == 0).all(axis=0))


def mingled_share(home: FloatArray, home_labels: IntArray, points: FloatArray, labels: IntArray) -> float:
    """The share of points (n, d) that lie among others: most of the nearest of (m, d) points have another label.

    Whatever comes behind, it gives one label to a place: about so many points it gets wrong.
    """
    count = min(NEIGHBOURS, len(home))
    near = cKDTree(home).query(points, count)[1].reshape(len(points), count)
    votes = np.stack([(home_labels[near] == label).sum(axis=1) for label in range(int(home_labels.max()) + 1)], axis=1)
    return float(np.mean(votes.argmax(axis=1) != labels))


def pair_in_one_place(
    exact: FloatArray, rounded: FloatArray, labels: IntArray, right: BoolArray
) -> tuple[int, int] | None:
    """Two points of different labels, right in float, that rounding puts in one place and float farthest apart.

    exact, rounded: (n, d), where both networks have them. right (n,): in the float network. None if there are none.
    """
    apart, there = squareform(pdist(exact)), squareform(pdist(rounded))
    allowed = (labels[:, None] != labels) & right[:, None] & right & (there <= TOGETHER * apart)
    apart = np.where(allowed, apart, 0.0)
    if not apart.any():
        return None
    one, other = np.unravel_index(int(apart.argmax()), apart.shape)
    return int(one), int(other)


@dataclass(frozen=True, eq=False)
class NarrowPlaces:
    """A network with a narrow layer, its rounded twin, and both with a term in every layer.

    repaired: the rounded one with the term; overdone: the float one with it. layer: the narrow one, from 2. data:
    held-out points; readout: of their classes. drawn: how many are drawn. maps: of the two numbers, in a row: the first
    moves nothing, the second is the one that is fitted. pair (2, 2): two points that rounding puts in one place.
    """

    net: ReluNetwork
    quantized: ReluNetwork
    repaired: ReluNetwork
    overdone: ReluNetwork
    layer: int
    data: LabelledPoints
    readout: FloatArray
    drawn: int
    maps: tuple[AffineMap, ...]
    pair: FloatArray

    def partly(self) -> ReluNetwork:
        """The rounded network with the term in its narrow layer alone."""
        here = self.layer - 1
        weights, biases = list(self.quantized.weights), list(self.quantized.biases)
        weights[here], biases[here] = self.repaired.weights[here], self.repaired.biases[here]
        return ReluNetwork(tuple(weights), tuple(biases))

    def network(self, rounded: float, term: float) -> ReluNetwork:
        """The network whose weights are so far on their way to their levels, or have so much of the term added.

        term: from 0 to 1 it comes into the narrow layer, from 1 to 2 into all others; with float weights (rounded = 0)
        it comes into all layers from 0 to 1.
        """
        if not term or not rounded:
            return between(self.net, self.overdone if term else self.quantized, term or rounded)
        stops = self.quantized, self.partly(), self.repaired
        return between(*stops[:2], term) if term <= 1 else between(*stops[1:], term - 1)

    def numbers(self, points: FloatArray, rounded: float = 1.0, term: float = 0.0, dial: float = 0.0) -> FloatArray:
        """The two numbers of points, (n, 2), before the ReLU, with a map of the row laid on."""
        z = self.network(rounded, term).pre_activations(points)[self.layer - 1]
        return z if dial == 0 else along_maps(self.maps, dial)(z)

    def held_numbers(self, points: FloatArray) -> FloatArray:
        """The two numbers of points in the rounded network, with every ReLU as in the float one, (n, 2)."""
        return self.quantized.routed(points, self.net.activation_patterns(points), self.layer)

    def outputs(self, points: FloatArray, rounded: float = 1.0, term: float = 0.0, dial: float = 0.0) -> FloatArray:
        """What comes of the two numbers, (n, d_L)."""
        network = self.network(rounded, term)
        z = self.numbers(points, rounded, term, dial)
        for weight, bias in zip(network.weights[self.layer :], network.biases[self.layer :], strict=True):
            z = np.maximum(z, 0.0) @ weight.T + bias
        return np.asarray(z)

    def accuracy(self, rounded: float = 1.0, term: float = 0.0, dial: float = 0.0) -> float:
        """Of those outputs, on the held-out points, 0 to 1."""
        return accuracy_of_outputs(self.outputs(self.data.points, rounded, term, dial), self.data.labels, self.readout)

    def held_accuracy(self) -> float:
        """Of the rounded network with every ReLU as in the float one."""
        x = self.data.points
        outputs = self.quantized.routed(x, self.net.activation_patterns(x))
        return accuracy_of_outputs(outputs, self.data.labels, self.readout)

    def others(self, points: FloatArray) -> BoolArray:
        """Which points (n, 2) have another pattern in the rounded network."""
        differ = self.net.activation_patterns(points) != self.quantized.activation_patterns(points)
        return np.asarray(differ.any(axis=1))

    def in_front(self) -> FloatArray:
        """What the narrow layer receives of the two points in the rounded network, (2, m)."""
        return self.quantized.activations(self.pair)[self.layer - 1]


def chosen_pair(
    net: ReluNetwork, quantized: ReluNetwork, layer: int, data: LabelledPoints, readout: FloatArray, count: int
) -> FloatArray:
    """The two points to look at, among the first `count`; raises ValueError if no two end up in one place."""
    x, labels = data.points[:count], data.labels[:count]
    exact, rounded = (network.pre_activations(x)[layer - 1] for network in (net, quantized))
    found = pair_in_one_place(exact, rounded, labels, hits(net(x), labels, readout))
    if found is None:
        raise ValueError(f"behind the narrow layer no two of {count} points of different classes are in one place")
    return np.asarray(x[list(found)])
