"""Corrections of a quantized network against independent optima, and the checks that keep them honest."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quantization_story.common import (
    AffineMap,
    Correction,
    LayerCorrection,
    ReluNetwork,
    UniformQuantizer,
    estimate_correction,
    fit_corrections,
    layer_errors,
    low_rank_term,
    non_capacity_check,
)
from quantization_story.core.corrections import plain_low_rank_correction
from small_networks import OUTSIDE, he_network, least_squares, networks_and_points, reach

KINDS = ("affine", "bias", "low-rank")
COARSE = UniformQuantizer(bits=3)


@pytest.fixture
def quantized(net):
    return net.quantized(COARSE)


def square_error(one, other, x):
    return float(((one(x) - other(x)) ** 2).sum())


def same_network(one, other, **tolerances):
    for first, second in zip(one.weights + one.biases, other.weights + other.biases, strict=True):
        np.testing.assert_allclose(first, second, **tolerances)


# --- what a correction is


def test_a_correction_acts_on_the_pre_activation_by_hand():
    network = ReluNetwork(([[2.0]],), ([1.0],))
    correction = Correction((LayerCorrection(AffineMap([[3.0]], [5.0]), np.array([[7.0]])),))
    # z = 2 x + 1 becomes 3 z + 5 + 7 x
    np.testing.assert_array_equal(correction.apply(network)([[0.0], [1.0]]), [[8.0], [21.0]])


def test_folding_into_the_weights_is_acting_on_the_pre_activations(net, points):
    rng = np.random.default_rng(0)
    parts = tuple(
        LayerCorrection(AffineMap(rng.normal(size=(out, out)), rng.normal(size=out)), rng.normal(size=(out, wide)))
        for wide, out in zip(net.widths[:-1], net.widths[1:], strict=True)
    )
    a = points
    for part, weight, bias in zip(parts, net.weights, net.biases, strict=True):
        z = (a @ weight.T + bias) @ part.transport.linear.T + part.transport.offset + a @ part.additive.T
        a = np.maximum(z, 0.0)
    np.testing.assert_allclose(Correction(parts).apply(net)(points), z, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_fitting_is_estimating_and_applying(net, quantized, points, kind):
    correction = estimate_correction(net, quantized, points, kind)
    same_network(fit_corrections(net, quantized, points, kind), correction.apply(quantized), rtol=0, atol=0)
    assert len(correction.layers) == net.depth


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_that_lost_nothing_is_left_alone(net, points, kind):
    same_network(fit_corrections(net, net, points, kind), net, rtol=0, atol=1e-10)


def test_a_correction_fits_only_networks_of_its_widths(net, quantized, points):
    correction = estimate_correction(net, quantized, points)
    with pytest.raises(ValueError, match=r"a correction of 3 layers for a network \(2, 5, 3\)"):
        correction.apply(he_network((2, 5, 3), seed=0))
    with pytest.raises(ValueError, match=r"correction of layer 2: shapes \(\(4, 4\), \(4, 5\)\) for a weight \(6, 5\)"):
        correction.apply(he_network((2, 5, 6, 3), seed=0))


# --- affine transports


@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(2, 5))
def test_the_affine_correction_of_the_first_layer_is_exact_when_its_weights_keep_full_rank(seed, width, bits):
    net = he_network((2, width, 3), seed)
    quantized = net.quantized(UniformQuantizer(bits=bits))
    assume(np.linalg.matrix_rank(quantized.weights[0]) == 2)
    x = np.random.default_rng(seed).uniform(-3.0, 3.0, (8, 2))
    corrected = fit_corrections(net, quantized, x, layers=[1])
    np.testing.assert_allclose(corrected.pre_activations(x)[0], net.pre_activations(x)[0], rtol=0, atol=1e-10)


def test_the_affine_correction_of_the_first_layer_holds_far_from_the_calibration_points(net, quantized, points):
    assert np.linalg.matrix_rank(quantized.weights[0]) == 2
    assert np.abs(quantized.weights[0] - net.weights[0]).max() > 0.05
    corrected = fit_corrections(net, quantized, points, layers=[1])
    np.testing.assert_allclose(corrected.weights[0], net.weights[0], atol=1e-12)
    np.testing.assert_allclose(corrected.biases[0], net.biases[0], atol=1e-12)


def test_weights_that_lose_rank_cannot_be_restored_by_an_affine_map(points):
    net = ReluNetwork(([[1.0, 0.2], [0.9, -0.2]],), ([0.0, 0.0],))
    quantized = net.quantized(UniformQuantizer(bits=2))  # both rows become (1, 0)
    np.testing.assert_array_equal(quantized.weights[0], [[1.0, 0.0], [1.0, 0.0]])
    corrected = fit_corrections(net, quantized, points)
    assert square_error(corrected, net, points) > 1.0
    # Both sources are the same number, so the map of minimum norm uses each to the same extent.
    transport = estimate_correction(net, quantized, points).layers[0].transport
    np.testing.assert_allclose(transport.linear[:, 0], transport.linear[:, 1], atol=1e-12)


def test_a_unit_that_rounding_has_stilled_gets_no_part_of_the_map(points):
    net = ReluNetwork(([[1.0, -0.8], [0.1, 0.3]],), ([0.0, 0.7],))
    quantized = net.quantized(UniformQuantizer(bits=2))  # the second row becomes zero, its unit always 0.7
    np.testing.assert_array_equal(quantized.weights[0], [[1.0, -1.0], [0.0, 0.0]])
    transport = estimate_correction(net, quantized, points).layers[0].transport
    np.testing.assert_allclose(transport.linear[:, 1], 0.0, atol=1e-15)


def test_one_output_map_is_the_least_squares_map_between_the_outputs(net, quantized, points):
    corrected = fit_corrections(net, quantized, points, layers=[3])
    linear, offset = least_squares(quantized(points), net(points))
    np.testing.assert_allclose(corrected(points), quantized(points) @ linear.T + offset, atol=1e-11)
    for number in (0, 1):
        np.testing.assert_array_equal(corrected.weights[number], quantized.weights[number])
        np.testing.assert_array_equal(corrected.biases[number], quantized.biases[number])


def test_every_layer_is_fitted_behind_the_corrected_ones(net, quantized, points):
    correction = estimate_correction(net, quantized, points)
    a = points
    paths = zip(correction.layers, quantized.weights, quantized.biases, net.pre_activations(points), strict=True)
    for part, weight, bias, z in paths:
        z_path = a @ weight.T + bias
        linear, offset = least_squares(z_path, z)
        moved = z_path @ linear.T + offset
        np.testing.assert_allclose(part.transport(z_path), moved, atol=1e-10)
        np.testing.assert_array_equal(part.additive, np.zeros_like(weight))
        a = np.maximum(moved, 0.0)
    np.testing.assert_allclose(correction.apply(quantized)(points), moved, atol=1e-10)


@given(networks_and_points(), st.integers(2, 6))
def test_one_output_map_never_makes_the_calibration_error_larger(case, bits):
    net, x = case
    quantized = net.quantized(UniformQuantizer(bits=bits))
    corrected = fit_corrections(net, quantized, x, layers=[net.depth])
    scale = (reach(net, x) + reach(quantized, x)) ** 2
    assert square_error(corrected, net, x) <= square_error(quantized, net, x) + 1e-9 * scale


@pytest.mark.parametrize("seed", range(4))
def test_on_the_calibration_points_no_nearby_output_map_is_better(net, quantized, points, seed):
    fitted = estimate_correction(net, quantized, points, layers=[3])
    best = square_error(fitted.apply(quantized), net, points)
    rng = np.random.default_rng(seed)
    transport = fitted.layers[2].transport
    other = AffineMap(transport.linear + 1e-3 * rng.normal(size=(3, 3)), transport.offset + 1e-3 * rng.normal(size=3))
    changed = Correction((*fitted.layers[:2], LayerCorrection(other, fitted.layers[2].additive)))
    assert square_error(changed.apply(quantized), net, points) > best


# --- the calibration points and nothing else


@pytest.mark.parametrize("kind", KINDS)
def test_the_order_and_the_repetition_of_the_calibration_points_do_not_matter(net, quantized, points, kind):
    once = fit_corrections(net, quantized, points, kind)
    shuffled = np.random.default_rng(1).permutation(points)
    same_network(fit_corrections(net, quantized, shuffled, kind), once, atol=1e-9)
    same_network(fit_corrections(net, quantized, np.vstack([points, points]), kind), once, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fit_knows_only_its_calibration_points(net, quantized, points, kind):
    calibration, test = points[:40], points[40:].copy()
    before = fit_corrections(net, quantized, calibration, kind)
    test[:] = 100.0
    same_network(fit_corrections(net, quantized, calibration, kind), before, rtol=0, atol=0)
    informed = fit_corrections(net, quantized, points, kind)
    changes = [
        np.abs(one - other).max()
        for one, other in zip(before.weights + before.biases, informed.weights + informed.biases, strict=True)
    ]
    assert max(changes) > 1e-3


def test_each_output_map_is_best_on_the_points_it_was_fitted_on(net, quantized, points):
    here, there = points[:40], points[40:]
    from_here, from_there = (fit_corrections(net, quantized, x, layers=[3]) for x in (here, there))
    assert square_error(from_here, net, here) < square_error(from_there, net, here)
    assert square_error(from_there, net, there) < square_error(from_here, net, there)


def test_the_inputs_are_left_alone(net, quantized, points):
    kept = points.copy()
    for kind in KINDS:
        fit_corrections(net, quantized, points, kind)
    np.testing.assert_array_equal(points, kept)


# --- bias correction


def test_a_bias_correction_by_hand():
    net = ReluNetwork(([[1.0, 0.4]],), ([0.0],))
    quantized = net.quantized(UniformQuantizer(bits=2))  # (1, 0): the mean of 0.4 x_2 is lost
    corrected = fit_corrections(net, quantized, [[5.0, 1.0], [-2.0, 4.0]], kind="bias")
    np.testing.assert_allclose(corrected.biases[0], [1.0], rtol=1e-15)
    np.testing.assert_array_equal(corrected.weights[0], [[1.0, 0.0]])


def test_a_bias_correction_is_the_mean_of_what_each_layer_lost(net, quantized, points):
    corrected = fit_corrections(net, quantized, points, kind="bias")
    for number, a in enumerate(net.activations(points)):
        np.testing.assert_array_equal(corrected.weights[number], quantized.weights[number])
        lost = [net.weights[number] @ row - quantized.weights[number] @ row for row in a]
        expected = net.biases[number] + np.mean(lost, axis=0)
        np.testing.assert_allclose(corrected.biases[number], expected, atol=1e-12)


@given(networks_and_points(), st.integers(2, 6))
def test_a_bias_correction_leaves_no_mean_error_in_the_first_layer(case, bits):
    net, x = case
    quantized = net.quantized(UniformQuantizer(bits=bits))
    first = layer_errors(net, fit_corrections(net, quantized, x, kind="bias"), x)[0]
    rounding = 1e-12 * (reach(net, x) + reach(quantized, x))
    np.testing.assert_allclose(first.local.mean(axis=0), 0.0, atol=rounding)
    np.testing.assert_allclose(first.total.mean(axis=0), 0.0, atol=rounding)


def test_a_bias_correction_leaves_no_mean_local_error_on_the_float_inputs_of_any_layer(net, quantized, points):
    corrected = fit_corrections(net, quantized, points, kind="bias")
    for number, a in enumerate(net.activations(points)):
        z = a @ net.weights[number].T + net.biases[number]
        z_corrected = a @ corrected.weights[number].T + corrected.biases[number]
        np.testing.assert_allclose(np.mean(z_corrected - z, axis=0), 0.0, atol=1e-12)


# --- low-rank corrections


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


# --- which layers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chosen", [[], [1], [2], [3], [1, 3], [3, 3, 2]])
def test_only_the_chosen_layers_change(net, quantized, points, kind, chosen):
    corrected = fit_corrections(net, quantized, points, kind, layers=chosen)
    for number in (1, 2, 3):
        before = np.column_stack([quantized.weights[number - 1], quantized.biases[number - 1]])
        after = np.column_stack([corrected.weights[number - 1], corrected.biases[number - 1]])
        if number in chosen:
            assert np.abs(after - before).max() > 1e-3
        else:
            np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("kind", KINDS)
def test_all_layers_are_corrected_unless_told_otherwise(net, quantized, points, kind):
    same_network(
        fit_corrections(net, quantized, points, kind),
        fit_corrections(net, quantized, points, kind, layers=(1, 2, 3)),
        rtol=0,
        atol=0,
    )


def test_affine_is_the_default_kind(net, quantized, points):
    same_network(
        fit_corrections(net, quantized, points), fit_corrections(net, quantized, points, "affine"), rtol=0, atol=0
    )


# --- the honesty checks


def test_a_correction_that_teaches_the_float_network_fails_the_check(points):
    labels = (np.abs(points[:, 0]) <= 1).astype(int)
    blind = ReluNetwork(OUTSIDE.weights, (OUTSIDE.biases[0], np.array([0.0, 1.0])))  # says class 0 everywhere
    identity = LayerCorrection(AffineMap.identity(2), np.zeros((2, 2)))
    teaching = Correction((identity, LayerCorrection(AffineMap(np.eye(2), [0.0, -2.0]), np.zeros((2, 2)))))
    check = non_capacity_check(blind, teaching, points, labels)
    assert check.float_accuracy == np.mean(labels == 0)
    assert check.corrected_float_accuracy == 1.0
    assert not check.passed


def test_a_correction_that_does_nothing_or_harm_passes_the_check(points):
    labels = (np.abs(points[:, 0]) <= 1).astype(int)
    identity = LayerCorrection(AffineMap.identity(2), np.zeros((2, 2)))
    unchanged = non_capacity_check(OUTSIDE, Correction((identity, identity)), points, labels)
    assert (unchanged.float_accuracy, unchanged.corrected_float_accuracy, unchanged.passed) == (1.0, 1.0, True)
    flip = LayerCorrection(AffineMap(-np.eye(2), np.zeros(2)), np.zeros((2, 2)))
    harmed = non_capacity_check(OUTSIDE, Correction((identity, flip)), points, labels)
    assert (harmed.float_accuracy, harmed.corrected_float_accuracy, harmed.passed) == (1.0, 0.0, True)


def test_the_check_applies_the_quantized_networks_correction_to_the_float_network(net, quantized, points):
    labels = np.argmax(net(points), axis=1)
    correction = estimate_correction(net, quantized, points, layers=[3])
    check = non_capacity_check(net, correction, points, labels)
    moved = correction.layers[2].transport(net(points))
    assert check.float_accuracy == 1.0
    assert check.corrected_float_accuracy == np.mean(np.argmax(moved, axis=1) == labels)
    assert 0.5 < check.corrected_float_accuracy < 1.0


def test_the_check_takes_the_number_of_classes(points):
    labels = np.zeros(400, dtype=int)  # a single class, as far as the labels tell
    two_outputs = ReluNetwork((np.eye(2),), (np.zeros(2),))
    nothing = Correction((LayerCorrection(AffineMap.identity(2), np.zeros((2, 2))),))
    assert non_capacity_check(two_outputs, nothing, points, labels).float_accuracy == 1.0
    check = non_capacity_check(two_outputs, nothing, points, labels, classes=2)
    assert check.float_accuracy == check.corrected_float_accuracy == np.mean(points[:, 1] > 0)


# --- bad input


@pytest.mark.parametrize("fit", [estimate_correction, fit_corrections])
def test_bad_arguments_are_refused(net, quantized, points, fit):
    with pytest.raises(ValueError, match="kind: 'affin'; a correction is 'affine', 'bias' or 'low-rank'"):
        fit(net, quantized, points, kind="affin")
    with pytest.raises(ValueError, match="layer 4: this network has the layers 1 to 3"):
        fit(net, quantized, points, layers=[1, 4])
    with pytest.raises(ValueError, match="layer 0: this network"):
        fit(net, quantized, points, layers=[0])
    with pytest.raises(ValueError, match="at least one calibration point"):
        fit(net, quantized, np.zeros((0, 2)))
    with pytest.raises(ValueError, match=r"points: shape \(4, 3\), expected \(any, 2\)"):
        fit(net, quantized, np.zeros((4, 3)))
    with pytest.raises(ValueError, match=r"points: nan at index \(0, 1\)"):
        fit(net, quantized, [[0.0, np.nan]])
    with pytest.raises(ValueError, match=r"differ in their widths: \(2, 5, 4, 3\) and \(2, 5, 3\)"):
        fit(net, he_network((2, 5, 3), seed=0), points)


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
