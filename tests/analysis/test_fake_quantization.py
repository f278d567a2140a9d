"""Fake quantization layer by layer, against the formulas written out and against the weight-only decomposition."""

import numpy as np
import pytest
from hypothesis import given

from quantization_story.analysis.fake_quantization import lattice_lines, quantized_path
from quantization_story.common import ReluNetwork, UniformQuantizer, decompose_error, fake_quantize
from quantization_story.error_regions.shapes import circle, make_manifold
from quantization_story.error_regions.weight_families import FULL_2D
from small_networks import he_network, networks_and_points


def test_a_linear_chain_written_out():
    points = circle(16).points
    path = quantized_path(FULL_2D.weights, points, 4, 4)
    exact, rounded = points, points
    assert [len(states) for states in (path.exact, path.quantized, path.held, path.steps)] == [5] * 4
    for layer, weight in enumerate(FULL_2D.weights, start=1):
        exact = exact @ weight.T
        rounded = fake_quantize(rounded @ fake_quantize(weight, 4).T, 4)
        np.testing.assert_allclose(path.exact[layer], exact, atol=1e-12)
        np.testing.assert_allclose(path.quantized[layer], rounded, atol=1e-12)
        np.testing.assert_allclose(path.errors[layer], rounded - exact, atol=1e-12)
        np.testing.assert_array_equal(path.held[layer], path.quantized[layer])
    assert (exact < 0).any()  # a linear chain has no ReLU


def test_weight_only_leaves_the_states_unrounded():
    points = circle(16).points
    path = quantized_path(FULL_2D.weights, points, 4)
    rounded = points
    for layer, weight in enumerate(FULL_2D.weights, start=1):
        rounded = rounded @ UniformQuantizer(4).quantize(weight).T
        np.testing.assert_allclose(path.quantized[layer], rounded, atol=1e-12)
    assert path.steps == (0.0,) * 5


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_states_lie_on_the_lattice_of_their_step(bits):
    path = quantized_path(FULL_2D.weights, make_manifold("spiral", 40).points, 8, bits)
    assert path.steps[0] == 0.0
    np.testing.assert_array_equal(path.quantized[0], path.exact[0])
    for states, step in zip(path.quantized[1:], path.steps[1:], strict=True):
        assert step > 0
        codes = states / step
        np.testing.assert_allclose(codes, np.rint(codes), atol=1e-9)
        assert np.abs(codes).max() == pytest.approx(2 ** (bits - 1) - 1)


def test_a_relu_network_written_out(net, points):
    path = quantized_path(net, points, 4, 5)
    state = points
    for layer, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True), start=1):
        z = state @ UniformQuantizer(4).quantize(weight).T + bias
        state = fake_quantize(np.maximum(z, 0) if layer < net.depth else z, 5)
        np.testing.assert_allclose(path.quantized[layer], state, atol=1e-12)
    np.testing.assert_allclose(path.exact[-1], net(points), atol=1e-12)
    for layer, activations in enumerate(net.activations(points)):
        np.testing.assert_allclose(path.exact[layer], activations, atol=1e-12)


def test_weight_only_is_the_decomposition_of_the_network(net, points):
    path = quantized_path(net, points, 3)
    parts = decompose_error(net, net.quantized(UniformQuantizer(3)), points)
    np.testing.assert_allclose(path.errors[-1], parts.total, atol=1e-12)
    np.testing.assert_allclose(path.metric[-1], parts.metric, atol=1e-12)
    np.testing.assert_allclose(path.topological[-1], parts.topological, atol=1e-12)
    assert np.abs(parts.topological).max() > 0.01


@given(networks_and_points())
def test_metric_and_topological_error_add_up_and_routing_alone_makes_the_second(case):
    net, points = case
    for activation_bits in (None, 3):
        path = quantized_path(net, points, 3, activation_bits)
        same = np.ones(len(points), dtype=bool)
        for layer in range(net.depth + 1):
            size = (
                1
                + np.abs(path.quantized[layer]).max()
                + np.abs(path.held[layer]).max()
                + np.abs(path.exact[layer]).max()
            )
            total = path.metric[layer] + path.topological[layer]
            np.testing.assert_allclose(total, path.errors[layer], atol=1e-12 * size)
            if 0 < layer < net.depth:
                rounded = net.quantized(UniformQuantizer(3))
                z = path.exact[layer - 1] @ net.weights[layer - 1].T + net.biases[layer - 1]
                z_q = path.quantized[layer - 1] @ rounded.weights[layer - 1].T + net.biases[layer - 1]
                same &= ((z > 0) == (z_q > 0)).all(axis=1)
            assert np.abs(path.topological[layer][same]).max(initial=0.0) <= 1e-12 * size


def test_error_growth_is_the_largest_and_the_mean_length(net, points):
    path = quantized_path(net, points, 4, 4)
    lengths = [np.sqrt((error**2).sum(axis=1)) for error in path.errors]
    np.testing.assert_allclose(path.largest_errors, [length.max() for length in lengths])
    np.testing.assert_allclose(path.mean_errors, [length.mean() for length in lengths])
    assert path.largest_errors[0] == 0.0
    assert (path.largest_errors[1:] > 0).all()


def test_more_bits_make_smaller_errors():
    points = circle(64).points
    errors = [quantized_path(FULL_2D.weights, points, bits, bits).mean_errors[-1] for bits in (2, 4, 8)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]


def test_a_network_that_gives_zeros_stays_zero():
    net = ReluNetwork((np.eye(2), np.eye(2)), (np.full(2, -100.0), np.zeros(2)))
    path = quantized_path(net, [[1.0, 2.0]], 4, 4)
    np.testing.assert_array_equal(path.quantized[-1], [[0.0, 0.0]])
    assert path.steps == (0.0, 0.0, 0.0)


def test_states_can_be_of_any_width_and_cannot_be_changed():
    path = quantized_path(he_network((2, 5, 3), 0), np.ones((4, 2)), 4, 4)
    assert [states.shape for states in path.quantized] == [(4, 2), (4, 5), (4, 3)]
    with pytest.raises(ValueError, match="read-only"):
        path.held[1][0] = 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quantized_path(FULL_2D.weights, np.ones((3, 2)), 1), "bits: 1"),
        (lambda: quantized_path(FULL_2D.weights, np.ones((3, 2)), 4, 1), "bits: 1"),
        (lambda: quantized_path(FULL_2D.weights, np.ones((3, 3)), 4), r"points: shape \(3, 3\)"),
        (lambda: quantized_path(FULL_2D.weights, np.ones((0, 2)), 4), "there are none"),
        (lambda: quantized_path([np.eye(2), np.eye(3)], np.ones((1, 2)), 4), "weight of layer 2"),
        (lambda: quantized_path([], np.ones((1, 2)), 4), "0 and 0"),
        (lambda: lattice_lines(-1.0, (0, 1, 0, 1)), "step -1.0"),
        (lambda: lattice_lines(1.0, (0, 0, 0, 1)), "must not be empty"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_lattice_lines_cross_the_box_at_every_multiple():
    lines = lattice_lines(0.5, (-0.6, 1.0, 0.2, 1.2))
    upright, level = lines[:4], lines[4:]
    np.testing.assert_allclose(upright[:, :, 0], np.repeat([[-0.5], [0.0], [0.5], [1.0]], 2, axis=1))
    np.testing.assert_allclose(upright[:, :, 1], np.broadcast_to([0.2, 1.2], (4, 2)))
    np.testing.assert_allclose(level[:, :, 1], [[0.5, 0.5], [1.0, 1.0]])
    np.testing.assert_allclose(level[:, :, 0], np.broadcast_to([-0.6, 1.0], (2, 2)))
    assert lattice_lines(0.0, (-1, 1, -1, 1)).shape == (0, 2, 2)
