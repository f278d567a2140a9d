"""The null control of a correction: the same fit from sources that know nothing of the network.

Every control draws its networks here, so that what is scored, what is drawn and what is reported are the same ones.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.affine import fit_affine
from quantization_story.core.arrays import FloatArray
from quantization_story.core.corrections import LEAST_DIRECTION, with_output_map
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import Classes, accuracy

DRAWS = 32
TRIES = 1000  # until a permutation is not the network itself


def permuted_weights(net: ReluNetwork, rng: np.random.Generator) -> ReluNetwork:
    """The network with the entries of every weight matrix permuted among themselves; the biases stay."""
    weights = tuple(rng.permutation(weight.ravel()).reshape(weight.shape) for weight in net.weights)
    return ReluNetwork(weights, net.biases)


def permuted_networks(
    net: ReluNetwork, quantizer: UniformQuantizer, draws: int = DRAWS, seed: int = 0
) -> Iterator[ReluNetwork]:
    """Draw after draw, the network with permuted weights, quantized; what is the network itself is drawn again.

    Raises ValueError for fewer than one draw, and where every permutation is the network itself.
    """
    if draws < 1:
        raise ValueError(f"draws: {draws}; a null control needs at least 1")
    rng = np.random.default_rng(seed)
    return (_another(net, quantizer, rng) for _ in range(draws))


def _another(net: ReluNetwork, quantizer: UniformQuantizer, rng: np.random.Generator) -> ReluNetwork:
    own = net.quantized(quantizer)
    layers = _shuffled_layers(own)
    for _ in range(TRIES):
        drawn = permuted_weights(net, rng).quantized(quantizer)
        if _told_by(drawn, layers) != _told_by(own, layers):
            return drawn
    raise ValueError("every permutation of these weights is the network itself: there is no null control")


def _shuffled_layers(network: ReluNetwork) -> int:
    """How many layers can be told by what a map of the outputs makes of them: it absorbs a last one with an inverse."""
    last = network.weights[-1]
    square = last.shape[0] == last.shape[1] and np.linalg.matrix_rank(last) == len(last)
    return network.depth - int(square and network.depth > 1)


def _told_by(network: ReluNetwork, layers: int) -> bytes:
    """What tells two permutations of one network apart, once each has a map of its outputs: its first layers."""
    return b"".join(weight.tobytes() for weight in network.weights[:layers])


def distinct_shuffles(network: ReluNetwork, most: int = 500, seed: int = 0) -> tuple[ReluNetwork, ...]:
    """Networks with the entries of the weight matrices in other places, each different and none the network itself.

    All there are, in a random order, or `most` of them. The last layer stays where a map of the outputs would undo
    what becomes of it. Raises ValueError where there is none.
    """
    layers, generator = _shuffled_layers(network), np.random.default_rng(seed)
    arrangements = math.prod(_arrangements(weight) for weight in network.weights[:layers])
    if arrangements < 2:
        raise ValueError("every permutation of these weights is the network itself: there is no null control")
    if arrangements - 1 > most:
        return tuple(_drawn_apart(network, layers, most, generator))
    orders = [_every_order(weight) for weight in network.weights[:layers]]
    kept = network.weights[layers:]
    found = [ReluNetwork((*weights, *kept), network.biases) for weights in itertools.product(*orders)]
    others = [each for each in found if _told_by(each, layers) != _told_by(network, layers)]
    return tuple(others[k] for k in generator.permutation(len(others)))


def _arrangements(weight: FloatArray) -> int:
    """In how many ways the entries of a matrix can be placed, equal ones not told apart."""
    repeated = np.unique(weight, return_counts=True)[1]
    return math.factorial(weight.size) // math.prod(math.factorial(int(count)) for count in repeated)


def _every_order(weight: FloatArray) -> list[FloatArray]:
    """The matrix with its entries in every order, each once."""
    orders = {tuple(order) for order in itertools.permutations(weight.ravel().tolist())}
    return [np.array(order).reshape(weight.shape) for order in sorted(orders)]


def _drawn_apart(network: ReluNetwork, layers: int, most: int, rng: np.random.Generator) -> Iterator[ReluNetwork]:
    """So many permutations, no two the same."""
    seen = {_told_by(network, layers)}
    while len(seen) <= most:
        drawn = permuted_weights(network, rng)
        other = ReluNetwork((*drawn.weights[:layers], *network.weights[layers:]), network.biases)
        if (key := _told_by(other, layers)) not in seen:
            seen.add(key)
            yield other


def raw_input_network(net: ReluNetwork, calibration: Any) -> ReluNetwork:
    """A network of one layer: the affine map from the bare input that fits the float outputs best."""
    bare = fit_affine(net.points(calibration), net(calibration), cut=LEAST_DIRECTION)
    return ReluNetwork((bare.linear,), (bare.offset,))


@dataclass(frozen=True, eq=False)
class ControlNetworks:
    """The sources of a null control, each with its fitted output map folded in.

    permuted: one for each draw. raw_input: see `raw_input_network`.
    """

    permuted: tuple[ReluNetwork, ...]
    raw_input: ReluNetwork


def control_networks(
    net: ReluNetwork, quantizer: UniformQuantizer, calibration: Any, draws: int = DRAWS, seed: int = 0
) -> ControlNetworks:
    """Fit the same output map to the float outputs from sources that should not carry them.

    calibration: (m, d_0), what the maps are fitted on. Each draw permutes the entries of every weight matrix among
    themselves, then quantizes; the biases stay. Raises ValueError for fewer than one draw.
    """
    target = net(calibration)
    permuted = tuple(
        with_output_map(source, fit_affine(source(calibration), target, cut=LEAST_DIRECTION))
        for source in permuted_networks(net, quantizer, draws, seed)
    )
    return ControlNetworks(permuted, raw_input_network(net, calibration))


@dataclass(frozen=True)
class NullControl:
    """Accuracies 0 to 1 that one output map of the same size reaches from sources that know nothing of the network.

    permuted: one for each draw of permuted weights. raw_input: from the input itself.
    """

    permuted: tuple[float, ...]
    raw_input: float

    @property
    def permuted_mean(self) -> float:
        """The mean accuracy over the draws."""
        return float(np.mean(self.permuted))

    @property
    def best(self) -> float:
        """The stronger of the two controls: the mean over the draws, or the raw input."""
        return max(self.permuted_mean, self.raw_input)


def null_control(
    net: ReluNetwork,
    quantizer: UniformQuantizer,
    calibration: Any,
    points: Any,
    labels: Any,
    draws: int = DRAWS,
    seed: int = 0,
    classes: Classes | None = None,
) -> NullControl:
    """Score the `control_networks` on points (n, d_0) with labels (n,); classes: as in `accuracy`."""
    return score_controls(control_networks(net, quantizer, calibration, draws, seed), points, labels, classes)


def score_controls(controls: ControlNetworks, points: Any, labels: Any, classes: Classes | None = None) -> NullControl:
    """The accuracies of control networks on points (n, d_0) with labels (n,)."""
    return NullControl(
        tuple(accuracy(network, points, labels, classes) for network in controls.permuted),
        accuracy(controls.raw_input, points, labels, classes),
    )
