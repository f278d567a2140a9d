"""Low-rank corrections against the optimum of the whitened problem, by hand, and at full rank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.common import UniformQuantizer, estimate_correction, fit_corrections, low_rank_term
from quantization_story.core.corrections import plain_low_rank_correction
from small_networks import COARSE, networks_and_points, reach, same_network


def weighted_loss(weight, weight_q, term, inputs):
    return float(((inputs @ (weight - weight_q - term).T) ** 2).sum())


def low_rank_case(seed, shape=(6, 5), count=200):
    """A weight, its quantized copy, and correlated inputs of very different sizes, positive as after a ReLU."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=shape)
    mixed = rng.normal(size=(count, shape[1])) @ rng.normal(size=(shape[1], shape[1]))
    return weight, COARSE.quantize(weight), np.maximum(mixed * np.geomspace(3.0, 0.1, shape[1]), 0.0)


def test_a_plain_low_rank_term_by_hand():
    weight = np.diag([3.0, -2.0, 1.0])
    np.testing.assert_allclose(low_rank_term(weight, np.zeros((3, 3)), 1), np.diag([3.0, 0.0, 0.0]), atol=1e-15)
    np.testing.assert_allclose(low_rank_term(weight, np.zeros((3, 3)), 2), np.diag([3.0, -2.0, 0.0]), atol=1e-15)


def test_a_weighted_low_rank_term_by_hand():
    # The second residual is smaller, but its input is ten times larger, so it is the one to repair.
    weight, inputs = np.diag([3.0, 2.0]), np.array([[1.0, 0.0], [0.0, 10.0]])
    np.testing.assert_allclose(low_rank_term(weight, np.zeros((2, 2)), 1, inputs), np.diag([0.0, 2.0]), atol=1e-14)
    np.testing.assert_allclose(low_rank_term(weight, np.zeros((2, 2)), 1), np.diag([3.0, 0.0]), atol=1e-14)


@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5])
def test_a_plain_low_rank_term_leaves_the_smaller_singular_values(rank):
    weight, weight_q, _ = low_rank_case(0)
    term = low_rank_term(weight, weight_q, rank)
    sizes = np.sqrt(np.linalg.eigvalsh((weight - weight_q).T @ (weight - weight_q))[::-1].clip(min=0.0))
    assert np.linalg.matrix_rank(term) == rank
    assert np.linalg.norm(weight - weight_q - term) == pytest.approx(np.sqrt((sizes[rank:] ** 2).sum()), abs=1e-7)


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_a_weighted_low_rank_term_is_the_optimum_of_the_cholesky_whitened_problem(seed, rank):
    weight, weight_q, inputs = low_rank_case(seed)
    factor = np.linalg.cholesky(inputs.T @ inputs)  # any factor F with F F^T = R has the same optimum
    left, sizes, right = np.linalg.svd((weight - weight_q) @ factor)
    expected = (left[:, :rank] * sizes[:rank]) @ right[:rank] @ np.linalg.inv(factor)
    term = low_rank_term(weight, weight_q, rank, inputs)
    np.testing.assert_allclose(term, expected, atol=1e-9)
    assert np.linalg.matrix_rank(term, tol=1e-9) == rank
    assert weighted_loss(weight, weight_q, term, inputs) == pytest.approx((sizes[rank:] ** 2).sum(), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_term_of_the_same_rank_loses_less(seed):
    weight, weight_q, inputs = low_rank_case(seed)
    rank = 2
    term = low_rank_term(weight, weight_q, rank, inputs)
    best = weighted_loss(weight, weight_q, term, inputs)
    assert weighted_loss(weight, weight_q, low_rank_term(weight, weight_q, rank), inputs) > best
    left, sizes, right = np.linalg.svd(term)
    left, right = left[:, :rank] * sizes[:rank], right[:rank]
    rng = np.random.default_rng(100 + seed)
    for size in (1e-3, 1e-2, 1e-1):
        other = (left + size * rng.normal(size=left.shape)) @ (right + size * rng.normal(size=right.shape))
        assert weighted_loss(weight, weight_q, other, inputs) > best


def test_with_white_inputs_the_weighted_term_is_the_plain_one():
    weight, weight_q, _ = low_rank_case(3)
    inputs = 2.5 * np.vstack([np.eye(5), -np.eye(5)])
    np.testing.assert_allclose(
        low_rank_term(weight, weight_q, 2, inputs), low_rank_term(weight, weight_q, 2), atol=1e-12
    )


def test_directions_that_no_input_reaches_get_nothing():
    weight, weight_q, inputs = low_rank_case(4)
    inputs[:, 2] = 0.0
    for rank in (1, 5):
        term = low_rank_term(weight, weight_q, rank, inputs)
        np.testing.assert_allclose(term[:, 2], 0.0, atol=1e-12)
    reached = [0, 1, 3, 4]
    np.testing.assert_allclose(term[:, reached], (weight - weight_q)[:, reached], atol=1e-9)
    np.testing.assert_array_equal(low_rank_term(weight, weight_q, 3, np.zeros((7, 5))), np.zeros((6, 5)))


def test_fewer_inputs_than_directions_are_enough_to_be_exact_on_them():
    weight, weight_q, inputs = low_rank_case(5, count=3)
    term = low_rank_term(weight, weight_q, 5, inputs)
    np.testing.assert_allclose(inputs @ (weight_q + term).T, inputs @ weight.T, atol=1e-9)


@given(networks_and_points(), st.integers(2, 6))
def test_a_low_rank_correction_of_full_rank_rebuilds_the_network_at_its_calibration_points(case, bits):
    net, x = case
    quantized = net.quantized(UniformQuantizer(bits=bits))
    corrected = fit_corrections(net, quantized, x, kind="low-rank", rank=4)
    np.testing.assert_allclose(corrected(x), net(x), rtol=0, atol=1e-6 * (reach(net, x) + reach(quantized, x)))


def test_a_low_rank_correction_of_full_rank_rebuilds_the_weights(net, quantized, points):
    corrected = fit_corrections(net, quantized, points, kind="low-rank", rank=5)
    same_network(corrected, net, atol=1e-9)


def test_the_low_rank_correction_weighs_every_layer_with_its_own_float_inputs(net, quantized, points):
    correction = estimate_correction(net, quantized, points, kind="low-rank", rank=2)
    received = net.activations(points)
    for part, weight, weight_q, a in zip(correction.layers, net.weights, quantized.weights, received, strict=True):
        np.testing.assert_array_equal(part.additive, low_rank_term(weight, weight_q, 2, a))
        np.testing.assert_array_equal(part.transport.linear, np.eye(len(weight)))
        np.testing.assert_array_equal(part.transport.offset, np.zeros(len(weight)))


def test_the_rank_defaults_to_one_and_more_rank_loses_less(net, quantized, points):
    by_default = fit_corrections(net, quantized, points, kind="low-rank")
    same_network(by_default, fit_corrections(net, quantized, points, kind="low-rank", rank=1), rtol=0, atol=0)
    assert np.linalg.matrix_rank(by_default.weights[1] - quantized.weights[1], tol=1e-9) == 1
    a = net.activations(points)[1]
    losses = []
    for rank in (1, 2, 3, 4):
        corrected = fit_corrections(net, quantized, points, kind="low-rank", rank=rank)
        losses.append(np.linalg.norm(a @ (corrected.weights[1] - net.weights[1]).T))
    assert losses[0] > losses[1] > losses[2] > 1e-3 > losses[3]


@pytest.mark.parametrize("rank", [0, -1, 1.5, True, "2"])
def test_bad_ranks_are_refused(net, quantized, points, rank):
    with pytest.raises(ValueError, match=f"rank: {rank!r}; a low-rank correction needs"):
        low_rank_term(np.eye(2), np.zeros((2, 2)), rank)
    with pytest.raises(ValueError, match=f"rank: {rank!r}; a low-rank correction needs"):
        fit_corrections(net, quantized, points, kind="low-rank", rank=rank)


def test_bad_low_rank_shapes_are_refused():
    with pytest.raises(ValueError, match=r"quantized weight: shape \(2, 3\), expected \(2, 2\)"):
        low_rank_term(np.eye(2), np.zeros((2, 3)), 1)
    with pytest.raises(ValueError, match=r"inputs of the layer: shape \(5, 3\), expected \(any, 2\)"):
        low_rank_term(np.eye(2), np.zeros((2, 2)), 1, np.zeros((5, 3)))
    with pytest.raises(ValueError, match="inputs of the layer: a weighted low-rank correction needs at least one"):
        low_rank_term(np.eye(2), np.zeros((2, 2)), 1, np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"weight: nan at index \(0, 0\)"):
        low_rank_term([[np.nan]], [[0.0]], 1)


def test_a_plain_low_rank_correction_truncates_the_error_of_every_layer(net):
    quantized = net.quantized(UniformQuantizer(3))
    correction = plain_low_rank_correction(net, quantized, 1)
    for part, weight, weight_q in zip(correction.layers, net.weights, quantized.weights, strict=True):
        singular = np.linalg.svd(weight - weight_q, compute_uv=False)
        assert np.linalg.norm(weight - weight_q - part.additive, 2) == pytest.approx(singular[1])
    with pytest.raises(ValueError, match="rank: 0"):
        plain_low_rank_correction(net, quantized, 0)
    exact = plain_low_rank_correction(net, quantized, 5).apply(quantized)
    for mine, theirs in zip(exact.weights, net.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)
