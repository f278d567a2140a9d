"""A layer of two units behind a wider one: what passes it, what rounding drops in front of it, and maps behind it."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist, squareform

from quantization_story.analysis.strips import along_maps, between
from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, accuracy_of_outputs, hits

NARROW = 2  # units
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
    """A network with a narrow layer, and its rounded twin.

    layer: the narrow one, from 2. data: held-out points; readout: of their classes. drawn: how many are drawn. maps: of
    the two numbers, in a row: the first moves nothing, the second is the one that is fitted. pair (2, 2): two points
    that rounding puts in one place.
    """

    net: ReluNetwork
    quantized: ReluNetwork
    layer: int
    data: LabelledPoints
    readout: FloatArray
    drawn: int
    maps: tuple[AffineMap, ...]
    pair: FloatArray

    def network(self, rounded: float = 1.0) -> ReluNetwork:
        """The network with its weights so far on their way to their levels: 0 is float, 1 rounded.

        Down to -1 what rounding took from each weight is added to the float network, as a term that gives it back to
        the rounded one would do. Raises ValueError beyond -1 and 1.
        """
        if not -1 <= rounded < 0:
            return between(self.net, self.quantized, rounded)
        pairs = zip(self.net.weights, self.quantized.weights, strict=True)
        return ReluNetwork(tuple(exact - rounded * (exact - level) for exact, level in pairs), self.net.biases)

    def numbers(self, points: FloatArray, rounded: float = 1.0, dial: float = 0.0) -> FloatArray:
        """The two numbers of points, (n, 2), before the ReLU, with a map of the row laid on.

        rounded: as in `network`.
        """
        z = self.network(rounded).pre_activations(points)[self.layer - 1]
        return z if dial == 0 else along_maps(self.maps, dial)(z)

    def held_numbers(self, points: FloatArray) -> FloatArray:
        """The two numbers of points in the rounded network, with every ReLU as in the float one, (n, 2)."""
        return self.quantized.routed(points, self.net.activation_patterns(points), self.layer)

    def outputs(self, points: FloatArray, rounded: float = 1.0, dial: float = 0.0) -> FloatArray:
        """What comes of the two numbers, (n, d_L)."""
        network = self.network(rounded)
        z = self.numbers(points, rounded, dial)
        for weight, bias in zip(network.weights[self.layer :], network.biases[self.layer :], strict=True):
            z = np.maximum(z, 0.0) @ weight.T + bias
        return np.asarray(z)

    def accuracy(self, rounded: float = 1.0, dial: float = 0.0) -> float:
        """Of those outputs, on the held-out points, 0 to 1."""
        return accuracy_of_outputs(self.outputs(self.data.points, rounded, dial), self.data.labels, self.readout)

    def held_accuracy(self) -> float:
        """Of the rounded network with every ReLU as in the float one."""
        x = self.data.points
        outputs = self.quantized.routed(x, self.net.activation_patterns(x))
        return accuracy_of_outputs(outputs, self.data.labels, self.readout)


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
