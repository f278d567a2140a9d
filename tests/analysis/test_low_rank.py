"""Low-rank terms of growing rank: what theory promises of them, and that they rebuild the float network in the end."""

import numpy as np
import pytest

from quantization_story.analysis.low_rank import RankLadder, rank_ladder, widest_hidden_layer
from quantization_story.common import ReluNetwork, UniformQuantizer, fit_corrections


@pytest.fixture
def quantized(net: ReluNetwork) -> ReluNetwork:
    return net.quantized(UniformQuantizer(3))


@pytest.fixture
def ladder(net: ReluNetwork, quantized: ReluNetwork, points: np.ndarray) -> RankLadder:
    return rank_ladder(net, quantized, points, (0, 1, 2, 5))


def test_rank_0_is_the_quantized_network_and_full_rank_the_float_one(
    net: ReluNetwork, quantized: ReluNetwork, ladder: RankLadder, points: np.ndarray
) -> None:
    for networks in (ladder.plain, ladder.aware):
        assert networks[0] is quantized
        errors = ladder.rms(networks, points)
        assert errors[0] == pytest.approx(np.sqrt(np.mean(np.sum((quantized(points) - net(points)) ** 2, axis=1))))
        assert errors[-1] < 1e-9 < errors[0]
    assert ladder.on_float[0] is net


def test_the_plain_term_is_the_best_for_the_weights_and_the_aware_one_for_the_layer(
    net: ReluNetwork, ladder: RankLadder, points: np.ndarray
) -> None:
    for layer, (weight, inputs) in enumerate(zip(net.weights, net.activations(points), strict=True)):
        for plain, aware in zip(ladder.plain[1:3], ladder.aware[1:3], strict=True):
            gaps = [network.weights[layer] - weight for network in (plain, aware)]
            assert np.linalg.norm(gaps[0]) <= np.linalg.norm(gaps[1]) + 1e-12
            assert np.linalg.norm(inputs @ gaps[1].T) <= np.linalg.norm(inputs @ gaps[0].T) + 1e-9
    assert np.abs(ladder.plain[1].weights[1] - ladder.aware[1].weights[1]).max() > 1e-3


def test_each_term_has_its_rank_and_its_numbers(
    net: ReluNetwork, quantized: ReluNetwork, ladder: RankLadder, points: np.ndarray
) -> None:
    for rank, network in zip(ladder.ranks, ladder.plain, strict=True):
        added = [new - old for new, old in zip(network.weights, quantized.weights, strict=True)]
        assert [np.linalg.matrix_rank(term) for term in added] == [min(rank, *term.shape) for term in added]
    assert ladder.stored == (0, 7 + 9 + 7, 2 * (7 + 9 + 7), 2 * 7 + 4 * 9 + 3 * 7)
    own = fit_corrections(net, quantized, points, "low-rank", 2)
    assert ladder.aware[2].weights[0] == pytest.approx(own.weights[0])
    on_float = [new - old for new, old in zip(ladder.on_float[2].weights, net.weights, strict=True)]
    assert on_float[1] == pytest.approx(ladder.aware[2].weights[1] - quantized.weights[1])


def test_errors_can_be_measured_in_any_layer(net: ReluNetwork, ladder: RankLadder, points: np.ndarray) -> None:
    # From rank 2 on the first layer, which has two inputs, is rebuilt.
    assert (ladder.rms(ladder.plain, points, 1) < 1e-12).tolist() == [False, False, True, True]


def test_ranks_must_rise_from_0(net: ReluNetwork, quantized: ReluNetwork, points: np.ndarray) -> None:
    for ranks in ((), (1, 2), (0, 2, 1), (0, 1, 1)):
        with pytest.raises(ValueError, match="must rise"):
            rank_ladder(net, quantized, points, ranks)


def test_the_widest_hidden_layer(net: ReluNetwork) -> None:
    assert widest_hidden_layer(net) == 2
    with pytest.raises(ValueError, match="no hidden layer"):
        widest_hidden_layer(ReluNetwork((np.eye(2),), (np.zeros(2),)))
