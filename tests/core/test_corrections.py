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
    non_capacity_check,
)
from quantization_story.core.corrections import LEAST_DIRECTION, correction_numbers
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from small_networks import OUTSIDE, he_network, least_squares, networks_and_points, reach, same_network

KINDS = ("affine", "bias", "low-rank")


def square_error(one, other, x):
    return float(((one(x) - other(x)) ** 2).sum())


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


def nearly_singular_pair():
    """A float layer that spreads the points in both directions, and a rounded one that all but loses the second."""
    float_net = ReluNetwork(([[1.0, 0.0], [0.0, 1.0]],), ([0.0, 0.0],))
    return float_net, ReluNetwork(([[1.0, 0.0], [0.0, 1e-4]],), ([0.0, 0.0],))


def test_a_direction_that_rounding_all_but_loses_is_not_fitted(points):
    net, rounded = nearly_singular_pair()
    everything = estimate_correction(net, rounded, points, layers=[1], cut=0.0)
    by_default = estimate_correction(net, rounded, points, layers=[1])
    np.testing.assert_allclose(everything.layers[0].transport.linear, [[1.0, 0.0], [0.0, 1e4]], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(by_default.layers[0].transport.linear[:, 1], 0.0, atol=1e-5)
    # On the float path the first multiplies what is there by ten thousand; the second does not.
    assert np.abs(everything.apply(net)(points)).max() > 1e3 * np.abs(points).max()
    assert np.abs(by_default.apply(net)(points)).max() < 1.1 * np.abs(points).max()
    same_network(fit_corrections(net, rounded, points, cut=0.0), everything.apply(rounded), rtol=0, atol=0)
    assert LEAST_DIRECTION == 0.01


def test_the_control_of_the_deep_network_measures_the_correction_and_not_its_fit():
    """With all directions fitted, the maps bring the quantized network back and throw the float one to a coin toss."""
    deep = load_network("deep")
    reached = {}
    for cut in (0.0, LEAST_DIRECTION):
        maps = estimate_correction(deep.network, deep.quantized(), deep.calibration.points, cut=cut)
        assert accuracy(maps.apply(deep.quantized()), deep.held_out.points, deep.held_out.labels) >= 0.999
        reached[cut] = accuracy(maps.apply(deep.network), deep.held_out.points, deep.held_out.labels)
    assert reached[0.0] < 0.6
    assert reached[LEAST_DIRECTION] >= 0.999


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


def test_the_numbers_that_corrections_store() -> None:
    widths = (2, 16, 2)
    assert correction_numbers(widths, "bias") == 16 + 2
    assert correction_numbers(widths, "affine") == 16 * 16 + 16 + 2 * 2 + 2
    assert correction_numbers(widths, "low-rank", 2) == 2 * 18 + 2 * 18
    with pytest.raises(ValueError, match="kind"):
        correction_numbers(widths, "none")  # type: ignore[arg-type]
