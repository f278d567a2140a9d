"""The transport from the quantized picture onto the float one, its controls."""

import numpy as np
import pytest

from quantization_story.analysis.transport import (
    controls_on_plane,
    exact_transport,
    parameter_count,
    partway,
    reaching,
    removed_share,
)
from quantization_story.common import ReluNetwork, UniformQuantizer, estimate_correction, null_control
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.corrections import with_output_map
from quantization_story.core.distances import distances
from quantization_story.core.null_controls import control_networks
from quantization_story.core.tasks import accuracy
from quantization_story.partition.cells import Plane


@pytest.fixture
def net() -> ReluNetwork:
    rng = np.random.default_rng(5)
    return ReluNetwork(tuple(rng.normal(size=(2, 2)) for _ in range(3)), tuple(rng.normal(size=2) for _ in range(3)))


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(1).uniform(-2, 2, (200, 2))


def test_one_map_takes_the_quantized_layer_1_to_the_float_one_exactly(net: ReluNetwork, points: np.ndarray) -> None:
    quantized = net.quantized(UniformQuantizer(4))
    transport = exact_transport(net, quantized)
    z, z_q = net.pre_activations(points)[0], quantized.pre_activations(points)[0]
    assert distances(z_q, z).largest > 1e-3
    assert distances(transport(z_q), z).largest < 1e-12
    assert np.allclose(transport.linear, net.weights[0] @ np.linalg.inv(quantized.weights[0]))
    # By hand: W = 2 I, W_q = I, b = (1, 0): z_q = x + b, z = 2 x + b = 2 z_q - b.
    double, single = ReluNetwork((2 * np.eye(2),), (np.array([1.0, 0.0]),)), ReluNetwork((np.eye(2),), ([1.0, 0.0],))
    by_hand = exact_transport(double, single)
    assert np.allclose(by_hand.linear, 2 * np.eye(2))
    assert np.allclose(by_hand.offset, [-1.0, 0.0])


def test_no_exact_transport_from_a_singular_layer_or_between_other_widths(net: ReluNetwork) -> None:
    flat = ReluNetwork((np.ones((2, 2)), *net.weights[1:]), net.biases)
    with pytest.raises(ValueError, match=r"layer 1: no exact transport .*rank 1"):
        exact_transport(net, flat)
    with pytest.raises(ValueError, match="differ in their widths"):
        exact_transport(net, ReluNetwork((np.ones((3, 2)),), (np.zeros(3),)))


def test_partway_begins_at_nothing_ends_at_the_transport_and_goes_straight(points: np.ndarray) -> None:
    transport = AffineMap([[1.2, 0.3], [-0.4, 0.8]], [0.5, -1.0])
    assert np.array_equal(partway(transport, 0.0)(points), points)
    assert np.array_equal(partway(transport, 1.0)(points), transport(points))
    assert np.allclose(partway(transport, 0.25)(points), 0.75 * points + 0.25 * transport(points))
    with pytest.raises(ValueError, match="not square"):
        partway(AffineMap(np.ones((3, 2)), np.zeros(3)), 0.5)


def test_the_error_of_a_fitted_transport_falls_all_the_way(net: ReluNetwork, points: np.ndarray) -> None:
    quantized = net.quantized(UniformQuantizer(3))
    transport = estimate_correction(net, quantized, points, layers=[3]).layers[-1].transport
    way = [distances(partway(transport, amount)(quantized(points)), net(points)).rms for amount in np.linspace(0, 1, 9)]
    assert way == sorted(way, reverse=True)
    assert way[-1] < way[0]


def test_a_removed_share_is_that_of_the_squares() -> None:
    assert removed_share(2.0, 1.0) == 0.75
    assert removed_share(1.0, 0.0) == 1.0
    assert removed_share(1.0, 2.0) == -3.0
    with pytest.raises(ValueError, match="positive"):
        removed_share(0.0, 0.0)


def test_scores_that_reach_a_goal_are_counted_with_its_edge() -> None:
    assert reaching([0.985, 0.98, 1.0, 0.5], 0.995, 0.01) == 2
    assert reaching([], 0.9, 0.0) == 0


def test_a_map_of_the_plane_costs_six_numbers() -> None:
    assert parameter_count(AffineMap.identity(2)) == 6
    assert parameter_count(AffineMap(np.ones((3, 2)), np.zeros(3))) == 9


def test_an_output_map_is_folded_into_the_last_layer(net: ReluNetwork, points: np.ndarray) -> None:
    transport = AffineMap([[1.2, 0.3], [-0.4, 0.8]], [0.5, -1.0])
    folded = with_output_map(net, transport)
    assert np.allclose(folded(points), transport(net(points)))
    assert np.array_equal(folded.weights[0], net.weights[0])
    quantized = net.quantized(UniformQuantizer(3))
    correction = estimate_correction(net, quantized, points, layers=[3])
    by_transport = with_output_map(quantized, correction.layers[-1].transport)
    assert np.array_equal(by_transport(points), correction.apply(quantized)(points))


def test_control_networks_are_what_the_null_control_scores(net: ReluNetwork, points: np.ndarray) -> None:
    labels = np.argmax(net(points), axis=1)
    calibration = np.random.default_rng(2).uniform(-2, 2, (150, 2))
    quantizer = UniformQuantizer(3)
    scored = null_control(net, quantizer, calibration, points, labels, draws=6, classes=3)
    built = control_networks(net, quantizer, calibration, draws=6)
    assert tuple(accuracy(network, points, labels, 3) for network in built.permuted) == scored.permuted
    assert accuracy(built.raw_input, points, labels, 3) == scored.raw_input
    raw = fit_affine(calibration, net(calibration))
    assert np.array_equal(built.raw_input(points), raw(points))
    with pytest.raises(ValueError, match="draws"):
        control_networks(net, quantizer, calibration, draws=0)


def test_controls_on_a_plane_are_the_controls_there(points: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    plane = Plane(rng.normal(size=3), rng.normal(size=(2, 3)))
    net = ReluNetwork((rng.normal(size=(2, 3)), rng.normal(size=(2, 2))), (rng.normal(size=2), rng.normal(size=2)))
    whole = control_networks(net, UniformQuantizer(4), plane.inputs(points), draws=3)
    there = controls_on_plane(whole, plane)
    for mine, theirs in zip((*there.permuted, there.raw_input), (*whole.permuted, whole.raw_input), strict=True):
        np.testing.assert_allclose(mine(points), theirs(plane.inputs(points)), atol=1e-9)
