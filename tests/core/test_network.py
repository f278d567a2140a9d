"""The ReLU network: hand-computed values, regions as affine maps, held routing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.common import ReluNetwork, UniformQuantizer
from small_networks import he_network, networks, networks_and_points, reach

ABSOLUTE_VALUE = ReluNetwork(([[1.0], [-1.0]], [[1.0, 1.0]]), ([0.0, 0.0], [0.5]))  # |x| + 1/2
LINE = ReluNetwork(([[2.0, 0.0], [0.0, -1.0]],), ([1.0, 0.0],))  # one layer, so no ReLU at all


def evaluate_slowly(net, point, gates=None):
    """Pre-activations of every layer at one point, one number at a time; the gates are set by sign unless given."""
    activation, layers = [float(value) for value in point], []
    for weight, bias in zip(net.weights, net.biases, strict=True):
        z = [
            sum(float(entry) * value for entry, value in zip(row, activation, strict=True)) + float(shift)
            for row, shift in zip(weight, bias, strict=True)
        ]
        layers.append(z)
        start = sum(len(layer) for layer in layers[:-1])
        opened = [value > 0 for value in z] if gates is None else gates[start : start + len(z)]
        activation = [value if is_open else 0.0 for value, is_open in zip(z, opened, strict=False)]
    return layers


# --- values


def test_the_absolute_value_by_hand():
    x = [[-3.0], [0.0], [2.0]]
    np.testing.assert_array_equal(ABSOLUTE_VALUE(x), [[3.5], [0.5], [2.5]])
    hidden, output = ABSOLUTE_VALUE.pre_activations(x)
    np.testing.assert_array_equal(hidden, [[-3.0, 3.0], [0.0, 0.0], [2.0, -2.0]])
    np.testing.assert_array_equal(output, [[3.5], [0.5], [2.5]])
    received = ABSOLUTE_VALUE.activations(x)
    np.testing.assert_array_equal(received[0], x)
    np.testing.assert_array_equal(received[1], [[0.0, 3.0], [0.0, 0.0], [2.0, 0.0]])
    assert len(received) == 2


def test_the_last_layer_has_no_relu():
    np.testing.assert_array_equal(LINE([[-1.0, 3.0]]), [[-1.0, -3.0]])


@given(networks_and_points())
def test_the_network_equals_a_loop_over_single_numbers(case):
    net, x = case
    layers = net.pre_activations(x)
    assert [layer.shape for layer in layers] == [(len(x), width) for width in net.widths[1:]]
    for row, point in enumerate(x):
        for layer, slow in zip(layers, evaluate_slowly(net, point), strict=True):
            np.testing.assert_allclose(layer[row], slow, rtol=1e-12, atol=1e-13 * reach(net, x))
    np.testing.assert_array_equal(net(x), layers[-1])


def test_counts_of_a_network(net):
    assert net.widths == (2, 5, 4, 3)
    assert net.depth == 3
    assert net.parameter_count == (2 * 5 + 5) + (5 * 4 + 4) + (4 * 3 + 3)


def test_no_points_give_no_outputs(net):
    none = np.zeros((0, 2))
    assert net(none).shape == (0, 3)
    assert net.activation_patterns(none).shape == (0, 9)
    assert net.routed(none, np.zeros((0, 9), dtype=bool)).shape == (0, 3)


def test_a_wide_network_takes_a_hundred_thousand_points_at_once():
    net = he_network((2, 64, 64, 64, 2), seed=0)
    x = np.random.default_rng(1).uniform(-3.0, 3.0, (100_000, 2))
    outputs = net(x)
    assert outputs.shape == (100_000, 2)
    for part in (slice(0, 50), slice(49_990, 50_010), slice(99_999, None), slice(None, None, 2003)):
        np.testing.assert_allclose(outputs[part], net(x[part]), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(outputs[12_345], evaluate_slowly(net, x[12_345])[-1], rtol=1e-10, atol=1e-10)


# --- patterns and regions


def test_the_pattern_is_the_strict_sign_by_hand():
    patterns = ABSOLUTE_VALUE.activation_patterns([[-3.0], [0.0], [2.0]])
    np.testing.assert_array_equal(patterns, [[False, True], [False, False], [True, False]])
    assert patterns.dtype == np.bool_


def test_the_bits_of_the_hidden_layers_are_concatenated_in_order(net, points):
    hidden = net.pre_activations(points)[:-1]
    patterns = net.activation_patterns(points)
    np.testing.assert_array_equal(patterns[:, :5], hidden[0] > 0)
    np.testing.assert_array_equal(patterns[:, 5:], hidden[1] > 0)
    first, second = net.gates(patterns)
    np.testing.assert_array_equal(first, patterns[:, :5])
    np.testing.assert_array_equal(second, patterns[:, 5:])


def test_a_single_layer_has_an_empty_pattern():
    assert LINE.activation_patterns([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 0)
    assert LINE.gates(np.zeros((2, 0))) == []
    affine = LINE.affine_map([])
    np.testing.assert_array_equal(affine.linear, LINE.weights[0])
    np.testing.assert_array_equal(affine.offset, LINE.biases[0])
    np.testing.assert_array_equal(LINE.routed([[1.0, 2.0]], np.zeros((1, 0))), LINE([[1.0, 2.0]]))


@pytest.mark.parametrize(
    ("pattern", "slope"), [([True, False], 1.0), ([False, True], -1.0), ([False, False], 0.0), ([True, True], 0.0)]
)
def test_the_affine_maps_of_the_absolute_value_by_hand(pattern, slope):
    affine = ABSOLUTE_VALUE.affine_map(pattern)
    np.testing.assert_array_equal(affine.linear, [[slope]])
    np.testing.assert_array_equal(affine.offset, [0.5])


@given(networks_and_points(min_depth=2))
def test_a_regions_affine_map_is_the_network_at_every_point_of_the_region(case):
    net, x = case
    between = np.vstack([x, (x[:-1] + x[1:]) / 2, x / 3])
    patterns, layers = net.activation_patterns(between), net.pre_activations(between)
    for pattern in np.unique(patterns, axis=0):
        inside = np.all(patterns == pattern, axis=1)
        for number, z in enumerate(layers, start=1):
            mapped = net.affine_map(pattern, number)(between[inside])
            np.testing.assert_allclose(mapped, z[inside], rtol=1e-12, atol=1e-13 * reach(net, between))


def test_every_region_of_a_sampled_square_is_affine(net, points):
    outputs, patterns = net(points), net.activation_patterns(points)
    regions = np.unique(patterns, axis=0)
    assert len(regions) > 10
    for pattern in regions:
        inside = np.all(patterns == pattern, axis=1)
        np.testing.assert_allclose(net.affine_map(pattern)(points[inside]), outputs[inside], atol=1e-12)


def test_the_affine_map_is_the_numerical_jacobian(net, points):
    step, checked = 1e-6, 0
    shifts = step * np.vstack([np.eye(2), -np.eye(2)])
    for point in points[:60]:
        around = net.activation_patterns(np.vstack([point, point + shifts]))
        if np.any(around != around[0]):
            continue  # a boundary runs between these points
        right, up, left, down = net(point + shifts)
        jacobian = np.column_stack([right - left, up - down]) / (2 * step)
        np.testing.assert_allclose(net.affine_map(around[0]).linear, jacobian, atol=1e-8)
        checked += 1
    assert checked > 50


def test_the_affine_map_of_a_layer_stops_before_its_relu(net, points):
    pattern = net.activation_patterns(points[:1])[0]
    np.testing.assert_array_equal(net.affine_map(pattern, 1).linear, net.weights[0])
    expected = net.weights[1] @ (pattern[:5, None] * net.weights[0])
    np.testing.assert_allclose(net.affine_map(pattern, 2).linear, expected, rtol=1e-14, atol=1e-15)
    np.testing.assert_array_equal(net.affine_map(pattern, 3).linear, net.affine_map(pattern).linear)


# --- held routing


@given(networks_and_points())
def test_routed_by_its_own_pattern_it_is_the_network_to_the_last_bit(case):
    net, x = case
    patterns = net.activation_patterns(x)
    np.testing.assert_array_equal(net.routed(x, patterns), net(x))
    for number, z in enumerate(net.pre_activations(x), start=1):
        np.testing.assert_array_equal(net.routed(x, patterns, number), z)


@given(networks_and_points(min_depth=2), st.data())
def test_routed_by_any_pattern_it_is_that_patterns_affine_map(case, data):
    net, x = case
    bits = st.lists(st.booleans(), min_size=sum(net.widths[1:-1]), max_size=sum(net.widths[1:-1]))
    pattern = np.array(data.draw(bits))
    held = net.routed(x, np.tile(pattern, (len(x), 1)))
    np.testing.assert_allclose(held, net.affine_map(pattern)(x), rtol=1e-12, atol=1e-13 * reach(net, x))
    for row, point in enumerate(x):
        slow = evaluate_slowly(net, point, list(pattern))[-1]
        np.testing.assert_allclose(held[row], slow, rtol=1e-12, atol=1e-13 * reach(net, x))


def test_held_gates_let_negative_values_through_by_hand():
    # Both gates open: x + (-x) + 1/2; the gate of the other side: -(|x|) + 1/2.
    x = [[2.0], [2.0], [2.0]]
    held = ABSOLUTE_VALUE.routed(x, [[1, 1], [0, 1], [1, 0]])
    np.testing.assert_array_equal(held, [[0.5], [-1.5], [2.5]])


# --- quantized copies, immutability


@given(networks(), st.integers(2, 8), st.booleans())
def test_a_quantized_network_has_rounded_weights_and_its_own_biases(net, bits, per_channel):
    quantizer = UniformQuantizer(bits=bits, per_channel=per_channel)
    quantized = net.quantized(quantizer)
    for before, after in zip(net.weights, quantized.weights, strict=True):
        np.testing.assert_array_equal(after, quantizer.quantize(before))
    for before, after in zip(net.biases, quantized.biases, strict=True):
        np.testing.assert_array_equal(after, before)


def test_a_network_cannot_be_changed_from_outside():
    weight, bias = np.eye(2), np.zeros(2)
    net = ReluNetwork([weight], [bias])
    weight[0, 0], bias[0] = 9.0, 9.0
    np.testing.assert_array_equal(net([[1.0, 1.0]]), [[1.0, 1.0]])
    for array in (net.weights[0], net.biases[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9.0
    with pytest.raises(AttributeError):
        net.weights = ()


# --- bad input


@pytest.mark.parametrize(
    ("weights", "biases", "message"),
    [
        ((), (), "as many biases as weights: 0 and 0"),
        ((np.eye(2),), (), "as many biases as weights: 1 and 0"),
        (
            (np.ones((3, 2)), np.ones((1, 2))),
            (np.zeros(3), np.zeros(1)),
            r"weight of layer 2: shape \(1, 2\), expected \(any, 3\)",
        ),
        (
            (np.ones((3, 2)), np.ones((1, 3))),
            (np.zeros(3), np.zeros(2)),
            r"bias of layer 2: shape \(2,\), expected \(1\)",
        ),
        ((np.ones(3),), (np.zeros(3),), r"weight of layer 1: shape \(3,\)"),
        ((np.ones((3, 2)),), (np.zeros((3, 1)),), r"bias of layer 1: shape \(3, 1\)"),
        ((np.ones((0, 2)),), (np.zeros(0),), r"weight of layer 1: shape \(0, 2\) is empty"),
        ((np.ones((2, 0)),), (np.zeros(2),), r"weight of layer 1: shape \(2, 0\) is empty"),
        (
            (np.eye(2), [[1.0, 2.0], [np.nan, 3.0]]),
            (np.zeros(2), np.zeros(2)),
            r"weight of layer 2: nan at index \(1, 0\)",
        ),
        ((np.eye(2),), ([0.0, -np.inf],), r"bias of layer 1: -inf at index \(1,\)"),
    ],
)
def test_bad_networks_are_refused_by_layer(weights, biases, message):
    with pytest.raises(ValueError, match=message):
        ReluNetwork(weights, biases)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[1.0, 2.0, 3.0]], r"points: shape \(1, 3\), expected \(any, 2\)"),
        ([1.0, 2.0], r"points: shape \(2,\), expected \(any, 2\)"),
        ([[0.0, 0.0], [np.nan, 1.0]], r"points: nan at index \(1, 0\)"),
        ([["a", "b"]], "points: not an array of real numbers"),
    ],
)
def test_bad_points_are_refused(net, x, message):
    patterns = np.zeros((1, 9), dtype=bool)
    methods = (net, net.pre_activations, net.activations, net.activation_patterns, lambda x: net.routed(x, patterns))
    for method in methods:
        with pytest.raises(ValueError, match=message):
            method(x)


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        (np.zeros((3, 8), dtype=bool), r"patterns: shape \(3, 8\), expected \(n, 9\) for a network \(2, 5, 4, 3\)"),
        (np.zeros(9, dtype=bool), r"patterns: shape \(9,\), expected \(n, 9\)"),
        (np.zeros((2, 9), dtype=bool), "patterns: 2 rows for 3 points"),
        (np.full((3, 9), 0.5), "patterns: every entry must be a bit"),
        (np.full((3, 9), np.nan), "patterns: every entry must be a bit"),
    ],
)
def test_bad_patterns_are_refused(net, patterns, message):
    with pytest.raises(ValueError, match=message):
        net.routed(np.zeros((3, 2)), patterns)


def test_rows_of_empty_patterns_are_counted_too():
    with pytest.raises(ValueError, match="patterns: 5 rows for 1 points"):
        LINE.routed([[1.0, 2.0]], np.zeros((5, 0)))


@pytest.mark.parametrize("shape", [(8,), (2, 9), (1, 9), ()])
def test_the_affine_map_wants_one_pattern(net, shape):
    with pytest.raises(ValueError, match=r"pattern.*shape"):
        net.affine_map(np.zeros(shape, dtype=bool))


@pytest.mark.parametrize("layer", [0, 4, -1, 1.5, "2", True])
def test_a_layer_that_does_not_exist_is_refused(net, layer):
    pattern = np.zeros(9, dtype=bool)
    for method in (
        net.check_layer,
        lambda layer: net.affine_map(pattern, layer),
        lambda layer: net.routed(np.zeros((1, 2)), pattern[None, :], layer),
    ):
        with pytest.raises(ValueError, match=f"layer {layer}: this network has the layers 1 to 3"):
            method(layer)


# --- the order of the units


@given(networks_and_points(min_depth=2), st.randoms(use_true_random=False))
def test_reordered_units_change_no_output(case, random):
    net, x = case
    layer = random.randrange(1, net.depth)
    order = list(range(net.widths[layer]))
    random.shuffle(order)
    other = net.reordered(layer, order)
    np.testing.assert_allclose(other(x), net(x), rtol=1e-12, atol=1e-13 * reach(net, x))
    now, then = other.pre_activations(x), net.pre_activations(x)
    np.testing.assert_allclose(now[layer - 1], then[layer - 1][:, order], rtol=1e-12, atol=1e-13 * reach(net, x))


@pytest.mark.parametrize("layer", [0, 3, -1])
def test_only_a_hidden_layer_can_be_reordered(net, layer):
    with pytest.raises(ValueError, match=f"layer {layer}: this network has the hidden layers 1 to 2"):
        net.reordered(layer, range(5))


@pytest.mark.parametrize("order", [[0, 1, 2], [0, 1, 2, 3, 3], [0, 1, 2, 3, 5]])
def test_an_order_names_every_unit_once(net, order):
    with pytest.raises(ValueError, match=r"order \[.*\]: layer 1 has the units 0 to 4"):
        net.reordered(1, order)


@pytest.mark.parametrize("seed", range(8))
def test_an_oriented_network_turns_the_plane_and_mirrors_it_in_the_last_layer_only(seed):
    net = he_network((2, 2, 2, 2, 2), seed)
    oriented = net.oriented()
    signs = [np.sign(np.linalg.det(weight)) for weight in net.weights]
    assert [np.sign(np.linalg.det(weight)) for weight in oriented.weights] == [1, 1, 1, np.prod(signs)]
    x = np.random.default_rng(seed).normal(size=(50, 2))
    np.testing.assert_allclose(oriented(x), net(x), rtol=1e-12, atol=1e-13)


def test_layers_that_are_no_planes_keep_their_order():
    net = he_network((2, 3, 2, 1), 0)
    for now, then in zip(net.oriented().weights, net.weights, strict=True):
        np.testing.assert_array_equal(now, then)
