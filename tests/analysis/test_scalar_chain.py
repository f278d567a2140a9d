"""The chain of scalar layers: what happened, what can happen, and that no error lies outside or short of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quantization_story.analysis.scalar_chain import (
    chain_errors,
    chain_values,
    error_intervals,
    errors_of,
    half_step,
    quantized_chain,
    random_offsets,
)
from quantization_story.common import ReluNetwork, UniformQuantizer, layer_errors

CHAIN = np.array([1.26, 0.83, 1.4, 0.71, 1.13, 0.94])
NUMBERS = st.floats(-2.0, 2.0).map(lambda number: round(number, 6))
CHAINS = st.integers(1, 6).flatmap(lambda length: arrays(np.float64, length, elements=NUMBERS))
WIDTHS = st.floats(0.0, 1.0).map(lambda number: round(number, 6))


def size_of(x, weights, h):
    """The largest number that can form on the way, or 1."""
    return max(1.0, abs(x) * np.cumprod(np.abs(weights) + h).max(), abs(x))


# --- what happened


def test_the_errors_of_a_chain_by_hand():
    # 2 -> 2 -> 6 becomes 2 -> 3 -> 7.5: carried 3 * 1, injected -0.5 * 3.
    parts = chain_errors(2.0, [1.0, 3.0], [1.5, 2.5])
    np.testing.assert_allclose(parts.errors, [0.0, 1.0, 1.5], rtol=1e-15)
    np.testing.assert_allclose(parts.carried, [0.0, 3.0], rtol=1e-15)
    np.testing.assert_allclose(parts.injected, [1.0, -1.5], rtol=1e-15)


@given(NUMBERS, CHAINS, st.integers(2, 8))
def test_the_errors_are_the_difference_of_the_two_products(x, weights, bits):
    rounded = quantized_chain(weights, bits)
    parts = chain_errors(x, weights, rounded)
    direct = x * (np.cumprod(rounded) - np.cumprod(weights))
    slack = 1e-14 * size_of(x, weights, half_step(weights, bits))
    np.testing.assert_allclose(parts.errors[1:], direct, rtol=0, atol=slack)
    np.testing.assert_array_equal(parts.errors[1:], parts.carried + parts.injected)
    assert parts.errors[0] == 0


def test_the_two_parts_are_the_propagated_and_the_local_error_of_a_network():
    # With positive gains and a positive input no ReLU of the network ever shuts: it is the chain.
    rounded = quantized_chain(CHAIN, 4)
    nets = [ReluNetwork(tuple([[w]] for w in of), tuple([0.0] for _ in of)) for of in (CHAIN, rounded)]
    parts = chain_errors(1.0, CHAIN, rounded)
    for layer, error in enumerate(layer_errors(*nets, [[1.0]])):
        np.testing.assert_allclose(error.propagated[0, 0], parts.carried[layer], atol=1e-15)
        np.testing.assert_allclose(error.local[0, 0], parts.injected[layer], atol=1e-15)
        np.testing.assert_allclose(error.total[0, 0], parts.errors[layer + 1], atol=1e-15)


@given(CHAINS, st.integers(2, 8))
def test_rounding_uses_one_scale_and_moves_no_weight_by_more_than_half_a_step(weights, bits):
    rounded = quantized_chain(weights, bits)
    np.testing.assert_array_equal(rounded, UniformQuantizer(bits).quantize(weights[None])[0])
    assert np.abs(rounded - weights).max() <= half_step(weights, bits) * (1 + 1e-9)


# --- what can happen


def test_the_intervals_by_hand():
    # One layer 2 on the input 1, off by 0.5: the output 2 may be 1.5 to 2.5. A second layer -1, off by 0.5: the outputs
    # are (1.5 ... 2.5) * (-1.5 ... -0.5) = -3.75 ... -0.75 where -2 is exact.
    intervals = error_intervals(1.0, [2.0, -1.0], 0.5)
    np.testing.assert_allclose(intervals.ends, [[0, 0], [-0.5, 0.5], [-1.75, 1.25]], atol=1e-15)
    np.testing.assert_allclose(intervals.carried, [[0, 0], [-0.5, 0.5]], atol=1e-15)
    np.testing.assert_allclose(intervals.injected, [[-0.5, 0.5], [-1.25, 0.75]], atol=1e-15)


@given(NUMBERS, CHAINS, WIDTHS)
def test_the_worst_error_has_a_closed_form(x, weights, h):
    worst = error_intervals(x, weights, h).worst
    closed = abs(x) * (np.cumprod(np.abs(weights) + h) - np.cumprod(np.abs(weights)))
    np.testing.assert_allclose(worst[1:], closed, rtol=0, atol=1e-13 * size_of(x, weights, h))
    assert worst[0] == 0


@given(NUMBERS, CHAINS, WIDTHS)
def test_the_ends_are_what_was_carried_and_what_was_injected(x, weights, h):
    intervals = error_intervals(x, weights, h)
    np.testing.assert_array_equal(intervals.ends[1:], intervals.carried + intervals.injected)
    assert np.all(intervals.ends[:, 0] <= 0)
    assert np.all(intervals.ends[:, 1] >= 0)
    # Each layer's own rounding only widens what was carried: at both ends by h times a value of the quantized path.
    assert np.all(intervals.injected[:, 0] <= 0)
    assert np.all(intervals.injected[:, 1] >= 0)


@given(NUMBERS, CHAINS, WIDTHS, st.data())
def test_no_rounding_leaves_the_intervals(x, weights, h, data):
    intervals = error_intervals(x, weights, h)
    slack = 1e-13 * size_of(x, weights, h)
    for _ in range(8):
        share = data.draw(arrays(np.float64, len(weights), elements=st.floats(-1.0, 1.0)))
        errors = chain_errors(x, weights, weights + h * share).errors
        assert np.all(errors >= intervals.ends[:, 0] - slack)
        assert np.all(errors <= intervals.ends[:, 1] + slack)


@given(NUMBERS, CHAINS, WIDTHS)
def test_both_ends_are_attained_by_weights_at_the_ends_of_their_intervals(x, weights, h):
    intervals = error_intervals(x, weights, h)
    for end in (0, 1):
        rounding = intervals.worst_rounding(end)
        np.testing.assert_array_equal(np.abs(rounding), np.full(len(weights), h))
        reached = chain_errors(x, weights, weights + rounding).errors[-1]
        np.testing.assert_allclose(reached, intervals.ends[-1, end], rtol=0, atol=1e-13 * size_of(x, weights, h))


@given(NUMBERS, CHAINS, WIDTHS)
def test_the_corners_of_the_box_of_roundings_span_the_interval(x, weights, h):
    # By enumeration: an error is linear in every single rounding, so its extremes are at corners.
    corners = h * np.array(np.meshgrid(*[[-1, 1]] * len(weights))).reshape(len(weights), -1).T
    errors = [chain_errors(x, weights, weights + corner).errors[-1] for corner in corners]
    reached = (min(errors), max(errors))
    np.testing.assert_allclose(
        error_intervals(x, weights, h).ends[-1], reached, rtol=0, atol=1e-13 * size_of(x, weights, h)
    )


@pytest.mark.parametrize("bits", [8, 4, 3])
def test_what_happens_lies_within_what_can_happen(bits):
    intervals = error_intervals(1.0, CHAIN, half_step(CHAIN, bits))
    errors = chain_errors(1.0, CHAIN, quantized_chain(CHAIN, bits)).errors
    assert np.all((intervals.ends[:, 0] <= errors) & (errors <= intervals.ends[:, 1]))
    assert 0 < abs(errors[-1]) < intervals.worst[-1]


def test_random_roundings_are_seeded_and_stay_inside():
    h = half_step(CHAIN, 3)
    errors = errors_of(1.0, CHAIN, random_offsets(h, 6, 400, seed=5))
    assert errors.shape == (400, 7)
    np.testing.assert_array_equal(errors, errors_of(1.0, CHAIN, random_offsets(h, 6, 400, seed=5)))
    intervals = error_intervals(1.0, CHAIN, h)
    assert np.all((errors >= intervals.ends[:, 0]) & (errors <= intervals.ends[:, 1]))
    # Uniform roundings of the first layer fill its whole interval.
    assert errors[:, 1].min() < 0.98 * intervals.ends[1, 0]
    assert errors[:, 1].max() > 0.98 * intervals.ends[1, 1]


def test_the_values_of_a_chain_by_hand():
    assert chain_values(2.0, [3.0, -0.5, 4.0]).tolist() == [2.0, 6.0, -3.0, -12.0]


@pytest.mark.parametrize("weights", [CHAIN, -CHAIN, CHAIN * [1, -1, 1, 1, -1, 1]])
def test_the_worst_rounding_reaches_the_larger_end(weights):
    for bits in (4, 3):
        # All weights grown away from zero: |x| (prod(|w| + h) - prod |w|).
        h = half_step(weights, bits)
        intervals = error_intervals(1.0, weights, h)
        rounding = intervals.worst_rounding(int(np.argmax(np.abs(intervals.ends[-1]))))
        closed = np.prod(np.abs(weights) + h) - np.prod(np.abs(weights))
        assert abs(errors_of(1.0, weights, rounding[None])[0, -1]) == pytest.approx(closed)


# --- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quantized_chain([], 4), "at least one layer"),
        (lambda: quantized_chain([1.0, np.nan], 4), "weights of a chain"),
        (lambda: quantized_chain([1.0], 1), "bits: 1"),
        (lambda: chain_errors(1.0, [1.0], [1.0, 2.0]), r"shape \(2,\)"),
        (lambda: chain_values(np.inf, [1.0]), "input of a chain"),
        (lambda: chain_errors(np.inf, [1.0], [1.0]), "input of a chain"),
        (lambda: error_intervals(1.0, [1.0], -0.1), "must not be negative"),
        (lambda: error_intervals(1.0, [[1.0]], 0.1), "weights of a chain"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
