"""The null control of a correction: the same fit from sources that know nothing of the network.

Every control draws its networks here, so that what is scored, what is drawn and what is reported are the same ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.affine import fit_affine
from quantization_story.core.corrections import LEAST_DIRECTION, with_output_map
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import Classes, accuracy

DRAWS = 32


def permuted_weights(net: ReluNetwork, rng: np.random.Generator) -> ReluNetwork:
    """The network with the entries of every weight matrix permuted among themselves; the biases stay."""
    weights = tuple(rng.permutation(weight.ravel()).reshape(weight.shape) for weight in net.weights)
    return ReluNetwork(weights, net.biases)


def permuted_networks(
    net: ReluNetwork, quantizer: UniformQuantizer, draws: int = DRAWS, seed: int = 0
) -> Iterator[ReluNetwork]:
    """Draw after draw, the network with permuted weights, quantized. Raises ValueError for fewer than one draw."""
    if draws < 1:
        raise ValueError(f"draws: {draws}; a null control needs at least 1")
    rng = np.random.default_rng(seed)
    return (permuted_weights(net, rng).quantized(quantizer) for _ in range(draws))


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
