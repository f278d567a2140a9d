"""Low-rank corrections of growing rank, plain and activation-aware, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.corrections import estimate_correction, plain_low_rank_correction
from quantization_story.core.distances import distances
from quantization_story.core.network import ReluNetwork


@dataclass(frozen=True, eq=False)
class RankLadder:
    """The corrected networks of each rank, rank 0 being the quantized network itself.

    plain: C = SVD_k(W - W_q). aware: the term weighted with the layer's inputs on the calibration points. on_float: the
    float network with the aware terms added to it, which must not gain from them.
    """

    exact: ReluNetwork
    ranks: tuple[int, ...]
    plain: tuple[ReluNetwork, ...]
    aware: tuple[ReluNetwork, ...]
    on_float: tuple[ReluNetwork, ...]

    @property
    def stored(self) -> tuple[int, ...]:
        """How many numbers the terms of each rank add: k (d_l + d_(l-1)) a layer, k at most its smaller side."""
        shapes = [weight.shape for weight in self.exact.weights]
        return tuple(sum(min(rank, *shape) * sum(shape) for shape in shapes) for rank in self.ranks)

    def rms(self, networks: Sequence[ReluNetwork], points: Any, layer: int | None = None) -> FloatArray:
        """The RMS error in z_layer (the output if left out) of some of the networks at points (n, d_0)."""
        index = self.exact.check_layer(layer) - 1
        goal = self.exact.pre_activations(points)[index]
        return np.array([distances(network.pre_activations(points)[index], goal).rms for network in networks])


def rank_ladder(net: ReluNetwork, quantized: ReluNetwork, calibration: Any, ranks: Sequence[int]) -> RankLadder:
    """Correct every layer with each of the ranks; calibration: the points (m, d_0) that weight the aware terms.

    Raises ValueError for ranks that do not rise from 0.
    """
    if list(ranks) != sorted(set(ranks)) or not ranks or ranks[0] != 0:
        raise ValueError(f"ranks {tuple(ranks)}: they must rise, from 0 on")
    plain = [plain_low_rank_correction(net, quantized, rank).apply(quantized) for rank in ranks[1:]]
    terms = [estimate_correction(net, quantized, calibration, "low-rank", rank) for rank in ranks[1:]]
    aware, on_float = ([term.apply(network) for term in terms] for network in (quantized, net))
    return RankLadder(net, tuple(ranks), (quantized, *plain), (quantized, *aware), (net, *on_float))


def widest_hidden_layer(net: ReluNetwork) -> int:
    """The hidden layer, from 1, whose weight matrix has the most entries; the first of several.

    Raises ValueError if there is no hidden layer.
    """
    if net.depth < 2:
        raise ValueError(f"a network of the widths {net.widths} has no hidden layer")
    return 1 + int(np.argmax([weight.size for weight in net.weights[:-1]]))
