"""The continuous journey: whole steps are the network's own values, and every step is a continuous motion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quantization_story.analysis.layer_motion import (
    Journey,
    Step,
    StraightWay,
    journey_steps,
    linear_path,
    passage,
)
from quantization_story.common import ReluNetwork
from small_networks import he_network

matrices = hnp.arrays(np.float64, (2, 2), elements=st.floats(-4.0, 4.0, allow_nan=False))


def random_network(seed: int, layers: int = 3) -> ReluNetwork:
    rng = np.random.default_rng(seed)
    return ReluNetwork(
        tuple(rng.normal(size=(2, 2)) for _ in range(layers)), tuple(rng.normal(size=2) for _ in range(layers))
    )


def test_steps_are_listed_in_order_and_end_without_relu() -> None:
    assert journey_steps(2) == (
        Step("weight", 1),
        Step("bias", 1),
        Step("relu", 1),
        Step("weight", 2),
        Step("bias", 2),
    )


@pytest.mark.parametrize("seed", range(4))
def test_whole_steps_are_the_values_of_the_network(seed: int) -> None:
    net = random_network(seed)
    x = np.random.default_rng(seed + 100).normal(size=(50, 2))
    journey = Journey(net)
    assert np.array_equal(journey.at(x, 0), x)
    for layer, (a, z) in enumerate(zip(net.activations(x), net.pre_activations(x), strict=True), start=1):
        start = journey.steps.index(Step("weight", layer))
        assert np.allclose(journey.at(x, start), a, atol=1e-12)
        assert np.allclose(journey.at(x, start + 1), z - net.biases[layer - 1], atol=1e-12)
        assert np.allclose(journey.at(x, start + 2), z, atol=1e-12)
    assert np.allclose(journey.at(x, len(journey.steps)), net(x), atol=1e-12)


@given(st.integers(0, 50), st.floats(0.0, 7.99))
def test_the_motion_is_continuous(seed: int, progress: float) -> None:
    journey = Journey(random_network(seed))
    x = np.random.default_rng(seed).normal(size=(20, 2))
    moved = np.abs(journey.at(x, progress + 1e-7) - journey.at(x, progress)).max()
    assert moved < 1e-3


@given(matrices)
def test_a_linear_path_begins_at_the_identity_and_ends_at_the_matrix(matrix: np.ndarray) -> None:
    assert np.allclose(linear_path(matrix, 0.0), np.eye(2), atol=1e-12)
    assert np.array_equal(linear_path(matrix, 1.0), matrix)
    assert np.allclose(linear_path(matrix, 1.0 - 1e-9), matrix, atol=1e-6)


@given(matrices, st.floats(0.0, 1.0))
def test_a_linear_path_never_collapses_where_the_orientation_is_kept(matrix: np.ndarray, t: float) -> None:
    if np.linalg.det(matrix) > 1e-3:
        weakest = np.linalg.svd(matrix, compute_uv=False)[-1]
        assert np.linalg.svd(linear_path(matrix, t), compute_uv=False)[-1] >= min(1.0, weakest) - 1e-9


def test_half_of_a_half_turn_is_a_quarter_turn() -> None:
    assert np.allclose(np.abs(linear_path(-np.eye(2), 0.5)), [[0, 1], [1, 0]], atol=1e-12)


def test_only_layers_of_two_units_are_planes() -> None:
    net = ReluNetwork((np.ones((3, 2)), np.ones((2, 3))), (np.zeros(3), np.zeros(2)))
    with pytest.raises(ValueError, match=r"\(2, 3, 2\)"):
        Journey(net)


def test_progress_must_lie_on_the_journey() -> None:
    journey = Journey(random_network(0))
    for progress in (-0.1, 8.1, np.nan):
        with pytest.raises(ValueError, match="progress"):
            journey.at(np.zeros((1, 2)), progress)


def test_a_network_with_other_widths_goes_the_straight_way() -> None:
    net = he_network((2, 5, 2), 0)
    way, points = passage(net), np.random.default_rng(0).normal(size=(30, 2))
    assert isinstance(way, StraightWay)
    assert isinstance(passage(random_network(0)), Journey)
    np.testing.assert_array_equal(way.at(points, 0.0), points)
    np.testing.assert_array_equal(way.at(points, 1.0), net(points))
    np.testing.assert_allclose(way.at(points, 0.25), 0.75 * points + 0.25 * net(points))
    with pytest.raises(ValueError, match=r"progress 2"):
        way.at(points, 2.0)
    with pytest.raises(ValueError, match=r"\(3, 5, 2\)"):
        passage(he_network((3, 5, 2), 0))
