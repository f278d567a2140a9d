"""Weights on the grid of their quantizer, the way between two networks, and a place away from points."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from quantization_story.analysis.network_distances import (
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


def test_each_bit_taken_away_more_than_doubles_the_scale() -> None:
    weight = np.random.default_rng(4).normal(size=(2, 2))
    scales = [rounded_weights(weight, UniformQuantizer(bits)).scale for bits in range(8, 1, -1)]
    assert all(coarse > 2 * fine for fine, coarse in pairwise(scales))
