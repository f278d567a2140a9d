"""Two networks side by side: exact at every whole step, at both ends of the way between, and at every bit width."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quantization_story.analysis.layer_motion import Journey
from quantization_story.analysis.network_distances import (
    BitSweep,
    TwinJourney,
    changed_class,
    holds_down_to,
    largest_rise,
    roomy_place,
    rounded_weights,
)
from quantization_story.analysis.strips import between
from quantization_story.common import ReluNetwork, UniformQuantizer

weights = hnp.arrays(np.float64, (2, 3), elements=st.floats(-4.0, 4.0).filter(lambda w: w == 0 or abs(w) > 1e-6))


def random_network(seed: int, layers: int = 3) -> ReluNetwork:
    rng = np.random.default_rng(seed)
    return ReluNetwork(
        tuple(rng.normal(size=(2, 2)) for _ in range(layers)), tuple(rng.normal(size=2) for _ in range(layers))
    )


def test_rounded_weights_of_a_small_matrix() -> None:
    grid = rounded_weights([[3.0, -1.4], [0.6, 0.0]], UniformQuantizer(3))
    assert grid.scale == 1.0
    assert grid.limit == 3
    assert grid.codes.tolist() == [3, -1, 1, 0]
    assert np.allclose(grid.errors, [0.0, 0.4, 0.4, 0.0])
    assert grid.level_codes.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert grid.levels.tolist() == [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    assert grid.worst in (1, 2)


@given(weights.filter(lambda w: np.any(w)), st.integers(2, 8), st.floats(0.0, 1.0))
def test_a_rounding_error_is_at_most_half_a_scale(weight: np.ndarray, bits: int, t: float) -> None:
    quantizer = UniformQuantizer(bits)
    grid = rounded_weights(weight, quantizer)
    assert np.allclose(grid.rounded, quantizer.quantize(weight).ravel())
    assert np.abs(grid.errors).max() <= grid.scale / 2 * (1 + 1e-12)
    assert np.isclose(np.abs(grid.errors[grid.worst]), np.abs(grid.errors).max())
    assert np.allclose(grid.between(t), grid.values + t * grid.errors)
    assert np.isclose(grid.levels[-1], np.abs(weight).max())


@pytest.mark.parametrize("quantizer", [UniformQuantizer(4, per_channel=True), UniformQuantizer.with_fixed_step(4)])
def test_one_grid_needs_one_scale(quantizer: UniformQuantizer) -> None:
    with pytest.raises(ValueError, match="one scale"):
        rounded_weights(np.eye(2), quantizer)


def test_a_matrix_of_zeros_has_no_grid() -> None:
    with pytest.raises(ValueError, match="all entries are 0"):
        rounded_weights(np.zeros((2, 2)), UniformQuantizer(3))


def test_the_way_between_networks_begins_and_ends_with_themselves() -> None:
    net, other = random_network(0), random_network(1)
    assert between(net, other, 0.0) is net
    assert between(net, other, 1.0) is other
    middle = between(net, other, 0.25)
    assert np.allclose(middle.weights[1], 0.75 * net.weights[1] + 0.25 * other.weights[1])
    assert np.allclose(middle.biases[2], 0.75 * net.biases[2] + 0.25 * other.biases[2])
    with pytest.raises(ValueError, match="widths"):
        between(net, random_network(0, layers=2), 0.5)


def test_twins_are_where_their_network_puts_them_after_every_step() -> None:
    net, other = random_network(2), random_network(3)
    points = np.random.default_rng(0).normal(size=(30, 2))
    journey = TwinJourney(net, other)
    for step in range(len(journey.steps) + 1):
        assert np.array_equal(journey.points_at(points, step), Journey(net).at(points, step))
        assert np.array_equal(journey.twins_at(points, step), Journey(other).at(points, step))
    assert np.allclose(journey.twins_at(points, len(journey.steps)), other(points))
    table = journey.step_separations(points)
    assert table[0] == 0.0
    assert np.isclose(table[-1], np.linalg.norm(other(points) - net(points), axis=1).mean())


@given(st.integers(0, 50), st.floats(0.0, 8.0))
def test_twins_part_no_farther_within_a_step_than_at_its_ends(seed: int, progress: float) -> None:
    journey = TwinJourney(random_network(seed), random_network(seed + 100))
    points = np.random.default_rng(seed).normal(size=(8, 2))
    gaps = [
        np.linalg.norm(journey.twins_at(points, at) - journey.points_at(points, at), axis=1)
        for at in (np.floor(progress), progress, np.ceil(progress))
    ]
    assert np.all(gaps[1] <= np.maximum(gaps[0], gaps[2]) + 1e-9)


def test_the_motion_of_twins_has_no_jump() -> None:
    journey = TwinJourney(random_network(4), random_network(5))
    points = np.random.default_rng(1).normal(size=(20, 2))
    path = np.array([journey.twins_at(points, at) for at in np.linspace(0.0, 8.0, 4001)])
    assert np.abs(np.diff(path, axis=0)).max() < 0.05


def test_biases_keep_the_separation_and_relu_never_widens_it() -> None:
    net = random_network(6)
    table = TwinJourney(net, net.quantized(UniformQuantizer(3))).step_separations(
        np.random.default_rng(2).normal(size=(200, 2))
    )
    for layer in range(3):
        assert np.isclose(table[3 * layer + 2], table[3 * layer + 1], rtol=1e-12)
        if layer < 2:
            assert table[3 * layer + 3] <= table[3 * layer + 2] + 1e-12


def test_changed_class_compares_the_sectors() -> None:
    up, down_left, down_right = [0.0, 1.0], [-1.0, -0.5], [1.0, -0.5]
    changed = changed_class(np.array([up, up, down_left]), np.array([up, down_left, down_right]), 3)
    assert changed.tolist() == [False, True, True]


def test_a_sweep_holds_every_bit_width_and_what_lies_between() -> None:
    net = random_network(7)
    sweep = BitSweep.over(net, lambda bits: UniformQuantizer(bits), 2, 5)
    assert sweep.widths == (2, 3, 4, 5)
    for bits in sweep.widths:
        for mine, its in zip(sweep.at(bits).weights, net.quantized(UniformQuantizer(bits)).weights, strict=True):
            assert np.array_equal(mine, its)
    half = sweep.at(3.5).weights[0]
    assert np.allclose(half, (sweep.networks[3].weights[0] + sweep.networks[4].weights[0]) / 2)
    points = np.random.default_rng(3).normal(size=(50, 2))
    labels = np.argmax(net(points) @ np.array([[0, 1], [-(3**0.5) / 2, -0.5], [3**0.5 / 2, -0.5]]).T, axis=1)
    accuracies = sweep.accuracies(points, labels, 3)
    assert accuracies[5] == 1 - changed_class(net(points), sweep.at(5)(points), 3).mean()
    with pytest.raises(ValueError, match="bits: the range is 2 to 5"):
        sweep.at(5.5)
    with pytest.raises(ValueError, match="two at least"):
        BitSweep.over(net, lambda bits: UniformQuantizer(bits), 4, 4)


def test_each_bit_taken_away_more_than_doubles_the_scale() -> None:
    weight = np.random.default_rng(4).normal(size=(2, 2))
    scales = [rounded_weights(weight, UniformQuantizer(bits)).scale for bits in range(8, 1, -1)]
    assert all(coarse > 2 * fine for fine, coarse in pairwise(scales))


def test_accuracy_holds_down_to_the_first_width_that_loses_too_much() -> None:
    accuracies = {8: 0.99, 4: 0.985, 3: 0.9, 2: 0.99}
    assert holds_down_to(accuracies, 0.99, 0.01) == 4
    assert holds_down_to(accuracies, 0.99, 0.1) == 2
    assert holds_down_to({8: 0.5}, 0.99, 0.01) is None


def test_the_largest_rise_is_where_fewer_bits_do_better() -> None:
    assert largest_rise({2: 0.95, 3: 0.86, 4: 0.99}, 0.02) == (2, 3)
    assert largest_rise({2: 0.87, 3: 0.86, 4: 0.99}, 0.02) is None
    assert largest_rise({3: 0.86}, 0.02) is None


def test_a_roomy_place_is_inside_and_away_from_the_points() -> None:
    square = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]])
    crowd = np.random.default_rng(5).uniform([0.0, 0.0], [4.0, 2.0], (300, 2))
    place = roomy_place(square, crowd, 0.5)
    assert place[1] > 3.3
    assert np.all((place >= 0.5 - 1e-9) & (place <= 3.5 + 1e-9))
    assert np.allclose(roomy_place(square, np.zeros((0, 2)), 0.5), [2.0, 2.0])
    assert np.allclose(roomy_place(square, crowd, 3.0), [2.0, 2.0])
