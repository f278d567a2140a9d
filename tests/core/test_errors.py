"""The error of a quantized network: metric + topological, local + propagated, each against a slow recomputation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.common import (
    LayerError,
    ReluNetwork,
    UniformQuantizer,
    decompose_error,
    layer_errors,
    propagated_share,
)
from small_networks import he_network, matrices, networks_and_points, reach

QUANTIZERS = st.one_of(
    st.builds(UniformQuantizer, bits=st.integers(2, 8), per_channel=st.booleans()),
    st.builds(UniformQuantizer.with_fixed_step, st.integers(2, 8)),
)

# f(x) = max(0.9 x - 0.5, 0); with the weight 0.9 moved to 1 the kink moves from 5/9 to 1/2.
KINK = ReluNetwork(([[0.9]], [[1.0]]), ([-0.5], [0.0]))
KINK_MOVED = ReluNetwork(([[1.0]], [[1.0]]), ([-0.5], [0.0]))


def size_of(net, quantized, x):
    """The largest number that either network forms on the way, or 1."""
    layers = [*net.pre_activations(x), *quantized.pre_activations(x)]
    patterns = net.activation_patterns(x)
    layers += [quantized.routed(x, patterns, number) for number in range(1, net.depth + 1)]
    return max(1.0, *(np.abs(z).max() for z in layers))


# --- metric and topological


def test_the_decomposition_by_hand():
    # At 1 both gates are open; at 0 both are closed; at 0.54 only the quantized one has opened.
    parts = decompose_error(KINK, KINK_MOVED, [[1.0], [0.0], [0.54]])
    np.testing.assert_allclose(parts.total, [[0.1], [0.0], [0.04]], atol=1e-15)
    np.testing.assert_allclose(parts.metric, [[0.1], [0.0], [0.0]], atol=1e-15)
    np.testing.assert_allclose(parts.topological, [[0.0], [0.0], [0.04]], atol=1e-15)
    np.testing.assert_array_equal(parts.same_pattern, [True, True, False])


def test_the_metric_part_keeps_the_float_gate_open_where_the_quantized_one_has_closed():
    # The networks swapped: at 0.54 the reference is open and gives 0.04, the other one's pre-activation is -0.014.
    parts = decompose_error(KINK_MOVED, KINK, [[0.54]])
    np.testing.assert_allclose(parts.total, [[-0.04]], atol=1e-15)
    np.testing.assert_allclose(parts.metric, [[-0.014 - 0.04]], atol=1e-15)
    np.testing.assert_allclose(parts.topological, [[0.014]], atol=1e-15)


@given(networks_and_points(), QUANTIZERS)
def test_metric_and_topological_error_sum_to_the_total(case, quantizer):
    net, x = case
    quantized = net.quantized(quantizer)
    rounding = 4 * np.finfo(np.float64).eps * size_of(net, quantized, x)
    for layer in [None, *range(1, net.depth + 1)]:
        parts = decompose_error(net, quantized, x, layer)
        np.testing.assert_allclose(parts.metric + parts.topological, parts.total, rtol=0, atol=rounding)


@given(networks_and_points(), QUANTIZERS)
def test_where_the_patterns_agree_the_topological_error_is_exactly_zero(case, quantizer):
    net, x = case
    quantized = net.quantized(quantizer)
    same = [np.array_equal(*rows) for rows in zip(*(f.activation_patterns(x) for f in (net, quantized)), strict=True)]
    for layer in [None, *range(1, net.depth + 1)]:
        parts = decompose_error(net, quantized, x, layer)
        np.testing.assert_array_equal(parts.same_pattern, same)
        assert not parts.topological[parts.same_pattern].any()


@pytest.mark.parametrize("bits", [2, 3, 4])
def test_both_parts_from_the_affine_maps_of_the_regions(net, points, bits):
    quantized = net.quantized(UniformQuantizer(bits=bits))
    parts = decompose_error(net, quantized, points)
    own, other = net.activation_patterns(points), quantized.activation_patterns(points)
    for row in range(0, 400, 7):
        x = points[row : row + 1]
        exact, held = net.affine_map(own[row])(x), quantized.affine_map(own[row])(x)
        np.testing.assert_allclose(parts.metric[row], (held - exact)[0], atol=1e-12)
        np.testing.assert_allclose(parts.topological[row], (quantized.affine_map(other[row])(x) - held)[0], atol=1e-12)
        np.testing.assert_allclose(parts.total[row], (quantized(x) - net(x))[0], atol=1e-12)
    crossed = ~parts.same_pattern
    assert 0 < crossed.sum() < len(points)
    assert np.abs(parts.topological[crossed]).max() > 1e-3
    assert not parts.topological[~crossed].any()


def test_a_layers_decomposition_is_that_of_the_network_cut_after_it(net, points):
    quantized = net.quantized(UniformQuantizer(bits=3))
    cut, cut_quantized = (ReluNetwork(f.weights[:2], f.biases[:2]) for f in (net, quantized))
    inner, alone = decompose_error(net, quantized, points, 2), decompose_error(cut, cut_quantized, points)
    np.testing.assert_array_equal(inner.total, alone.total)
    np.testing.assert_array_equal(inner.metric, alone.metric)
    np.testing.assert_array_equal(inner.topological, alone.topological)


def test_the_first_pre_activation_has_no_topological_error(net, points):
    quantized = net.quantized(UniformQuantizer(bits=2))
    parts = decompose_error(net, quantized, points, 1)
    assert not parts.topological.any()
    assert parts.metric.any()


@given(networks_and_points())
def test_a_network_has_no_error_against_itself(case):
    net, x = case
    parts = decompose_error(net, net, x)
    assert not parts.total.any()
    assert not parts.metric.any()
    assert not parts.topological.any()
    assert parts.same_pattern.all()
    for error in layer_errors(net, net, x):
        assert not error.total.any()
        assert propagated_share(error) == 0.0


# --- local and propagated


def test_layer_errors_by_hand():
    net = ReluNetwork(([[1.0]], [[2.0]]), ([1.0], [0.0]))
    quantized = ReluNetwork(([[1.5]], [[3.0]]), ([1.0], [0.25]))
    first, second = layer_errors(net, quantized, [[2.0]])  # a = 3 and 4 on the two paths
    np.testing.assert_array_equal([first.local, first.propagated, first.total], [[[1.0]], [[0.0]], [[1.0]]])
    np.testing.assert_array_equal([second.local, second.propagated, second.total], [[[4.25]], [[2.0]], [[6.25]]])


@given(networks_and_points(), QUANTIZERS)
def test_layer_errors_equal_a_loop_over_points_and_units(case, quantizer):
    net, x = case
    quantized = net.quantized(quantizer)
    rounding = 1e-12 * (reach(net, x) + reach(quantized, x))
    paths = zip(net.activations(x), quantized.activations(x), strict=True)
    for (a, a_q), weight, weight_q, error in zip(
        paths, net.weights, quantized.weights, layer_errors(net, quantized, x), strict=True
    ):
        for i in range(len(x)):
            for j in range(len(weight)):
                local = sum((weight_q[j, k] - weight[j, k]) * a_q[i, k] for k in range(weight.shape[1]))
                propagated = sum(weight[j, k] * (a_q[i, k] - a[i, k]) for k in range(weight.shape[1]))
                np.testing.assert_allclose(error.local[i, j], local, rtol=1e-9, atol=rounding)
                np.testing.assert_allclose(error.propagated[i, j], propagated, rtol=1e-9, atol=rounding)


@given(networks_and_points(), QUANTIZERS)
def test_local_and_propagated_error_sum_to_the_difference_of_the_pre_activations(case, quantizer):
    net, x = case
    quantized = net.quantized(quantizer)
    errors = layer_errors(net, quantized, x)
    assert len(errors) == net.depth
    rounding = 1e-12 * (reach(net, x) + reach(quantized, x))
    layers = zip(net.pre_activations(x), quantized.pre_activations(x), errors, strict=True)
    for z, z_q, error in layers:
        np.testing.assert_allclose(error.total, z_q - z, rtol=0, atol=rounding)
        np.testing.assert_allclose(error.local + error.propagated, error.total, rtol=0, atol=rounding)
    assert not errors[0].propagated.any()


def test_biases_that_differ_count_as_local(net, points):
    shift = np.array([0.5, -0.25, 0.0, 1.0])
    shifted = ReluNetwork(net.weights, (net.biases[0], net.biases[1] + shift, net.biases[2]))
    first, second, third = layer_errors(net, shifted, points)
    assert not first.total.any()
    np.testing.assert_array_equal(second.local, np.tile(shift, (400, 1)))
    assert not second.propagated.any()
    assert not third.local.any()
    assert third.propagated.any()


@given(networks_and_points(), QUANTIZERS)
def test_undoing_the_local_error_before_every_relu_rebuilds_the_float_network(case, quantizer):
    net, x = case
    quantized = net.quantized(quantizer)
    a = x
    for weight, weight_q, bias, z in zip(
        net.weights, quantized.weights, net.biases, net.pre_activations(x), strict=True
    ):
        c_local = -a @ (weight_q - weight).T  # -E a_q with a_q on the path that is being repaired
        rebuilt = a @ weight_q.T + bias + c_local
        np.testing.assert_allclose(rebuilt, z, rtol=1e-11, atol=1e-12 * (reach(net, x) + reach(quantized, x)))
        a = np.maximum(rebuilt, 0.0)


def test_the_reported_local_error_is_the_one_whose_removal_repairs_the_first_layer(net, points):
    quantized = net.quantized(UniformQuantizer(bits=2))
    first = layer_errors(net, quantized, points)[0]
    np.testing.assert_allclose(quantized.pre_activations(points)[0] - first.local, net.pre_activations(points)[0])


def test_deeper_layers_receive_more_than_they_add():
    net = he_network((2, 16, 16, 16, 16, 2), seed=2)
    x = np.random.default_rng(0).uniform(-3, 3, (500, 2))
    shares = [propagated_share(error) for error in layer_errors(net, net.quantized(UniformQuantizer(bits=4)), x)]
    assert shares[0] == 0.0
    assert shares[-1] > shares[1] > 0.1


@pytest.mark.parametrize(
    ("local", "propagated", "share"),
    [
        ([[0.0], [0.0]], [[0.0], [0.0]], 0.0),
        ([[1.0], [-1.0]], [[0.0], [0.0]], 0.0),
        ([[0.0], [0.0]], [[2.0], [0.0]], 1.0),
        ([[1.0], [-1.0]], [[3.0], [-3.0]], 0.75),
        ([[3.0, 4.0]], [[5.0, 0.0]], 0.5),
    ],
)
def test_the_propagated_share_by_hand(local, propagated, share):
    local, propagated = np.array(local), np.array(propagated)
    assert propagated_share(LayerError(local, propagated, local + propagated)) == pytest.approx(share, abs=1e-15)


@given(matrices((3, 2)), matrices((3, 2)))
def test_the_propagated_share_lies_between_zero_and_one(local, propagated):
    assert 0.0 <= propagated_share(LayerError(local, propagated, local + propagated)) <= 1.0


# --- bad input


def test_networks_of_different_widths_are_refused(net, points):
    other = he_network((2, 5, 3, 3), seed=0)
    for compare in (decompose_error, layer_errors):
        with pytest.raises(ValueError, match=r"differ in their widths: \(2, 5, 4, 3\) and \(2, 5, 3, 3\)"):
            compare(net, other, points)


def test_bad_points_and_layers_are_refused(net):
    for compare in (decompose_error, layer_errors):
        with pytest.raises(ValueError, match=r"points: shape \(1, 3\), expected \(any, 2\)"):
            compare(net, net, [[1.0, 2.0, 3.0]])
        with pytest.raises(ValueError, match=r"points: nan at index \(0, 1\)"):
            compare(net, net, [[1.0, np.nan]])
    with pytest.raises(ValueError, match="layer 4: this network has the layers 1 to 3"):
        decompose_error(net, net, [[1.0, 2.0]], 4)


def test_the_share_of_no_points_is_refused(net):
    none = layer_errors(net, net, np.zeros((0, 2)))[0]
    with pytest.raises(ValueError, match=r"needs at least one point, the error has shape \(0, 5\)"):
        propagated_share(none)
