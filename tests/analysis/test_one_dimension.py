"""One value and its staircase; a ReLU network of one input, its exact pieces, and its error piece by piece."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad

from quantization_story.analysis.one_dimension import (
    BrokenLine,
    fitted_readout,
    levels,
    line_pieces,
    refine_line,
    round_value,
    sawtooth,
    segments_until,
    staircase,
)
from quantization_story.common import ReluNetwork, UniformQuantizer, decompose_error
from small_networks import he_network, networks, reach

BITS = st.integers(2, 8)
SLOPES = np.array([-0.45, -0.73, 1.06, -1.4, 0.7, 0.64])
SWITCHES = np.array([-2.4, -1.6, -0.3, 0.6, 1.3, 2.3])
CURVE = np.linspace(-3.0, 3.0, 301)


@pytest.fixture
def toy():
    return fitted_readout(SLOPES, SWITCHES, CURVE, np.sin(CURVE))


# --- broken lines


def test_a_broken_line_with_a_jump_by_hand():
    line = BrokenLine([0.0, 1.0, 3.0], [[0.0, 2.0], [-1.0, -3.0]])
    np.testing.assert_allclose(line([0.0, 0.5, 1.0, 2.0, 3.0]), [0.0, 1.0, -1.0, -2.0, -3.0])
    assert line.largest == 3.0
    assert line.area == 1.0 + 4.0
    assert BrokenLine([0.0, 4.0], [[-1.0, 3.0]]).area == 0.5 + 4.5
    np.testing.assert_allclose(line.energy, 4 / 3 + 2 * (1 + 3 + 9) / 3)
    np.testing.assert_array_equal(line.segments, [[[0, 0], [1, 2]], [[1, -1], [3, -3]]])


def test_segments_are_cut_where_the_run_has_come_to():
    segments = BrokenLine([0.0, 1.0, 3.0], [[0.0, 2.0], [-1.0, -3.0]]).segments
    assert segments_until(segments, 0.0).shape == (0, 2, 2)
    np.testing.assert_allclose(segments_until(segments, 0.5), [[[0, 0], [0.5, 1]]])
    np.testing.assert_allclose(segments_until(segments, 2.0), [[[0, 0], [1, 2]], [[1, -1], [2, -2]]])
    np.testing.assert_array_equal(segments_until(segments, 9.0), segments)


# --- one value


def test_one_value_by_hand():
    # Largest 1.4 at 4 bits: the scale is 0.2, and 0.71 / 0.2 = 3.55 rounds to 4.
    rounded = round_value(0.71, 1.4, 4)
    assert rounded.code == 4
    np.testing.assert_allclose([rounded.scale, rounded.restored, rounded.error], [0.2, 0.8, 0.09], atol=1e-15)


@given(st.floats(-1.0, 1.0), st.floats(0.01, 100.0), BITS)
def test_a_value_is_rounded_as_an_entry_of_its_tensor(share, largest, bits):
    value = share * largest
    rounded = round_value(value, largest, bits)
    tensor = np.array([[largest, value, 0.0]])
    assert rounded.restored == UniformQuantizer(bits).quantize(tensor)[0, 1]
    assert rounded.code == UniformQuantizer(bits).codes(tensor)[0, 1]
    assert abs(rounded.error) <= rounded.scale / 2 * (1 + 1e-9)
    assert np.abs(levels(largest, bits) - value).min() >= abs(rounded.error) * (1 - 1e-9) - 1e-15


@given(st.floats(0.01, 100.0), BITS, st.data())
def test_staircase_and_sawtooth_are_the_rounding_of_every_value(largest, bits, data):
    stairs, teeth = staircase(largest, bits), sawtooth(largest, bits)
    values = largest * np.array(data.draw(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=20)))
    # On a step itself the tie goes to an even code, the drawn line to the right.
    values = values[np.abs(values[:, None] - stairs.knots).min(axis=1) > 1e-9 * largest]
    rounded = [round_value(float(value), largest, bits) for value in values]
    np.testing.assert_allclose(stairs(values), [r.restored for r in rounded], rtol=0, atol=1e-12 * largest)
    np.testing.assert_allclose(teeth(values), [r.error for r in rounded], rtol=0, atol=1e-12 * largest)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_the_sawtooth_reaches_half_a_step_and_no_further(bits):
    scale = round_value(0.0, 1.4, bits).scale
    assert len(staircase(1.4, bits).ends) == 2 * (2 ** (bits - 1) - 1) + 1 == len(levels(1.4, bits))
    np.testing.assert_allclose(sawtooth(1.4, bits).largest, scale / 2, rtol=1e-12)
    # The mean square of the error is s^2 / 12 on every whole tread; the two at the ends are halves of one.
    np.testing.assert_allclose(sawtooth(1.4, bits).energy, 2.8 * scale**2 / 12, rtol=1e-12)


# --- the pieces of a network


def test_the_breakpoints_of_one_hidden_layer_are_where_each_unit_is_zero(toy):
    pieces = line_pieces(toy, -3.0, 3.0)
    np.testing.assert_allclose(pieces.breakpoints, SWITCHES, rtol=1e-15)
    assert [unit.tolist() for unit in pieces.units_at()] == [[0], [1], [2], [3], [4], [5]]


def test_a_fold_of_a_fold_by_hand():
    # a = max(x, 0), max(-x, 0); the second layer is zero where |x| = 1.
    net = ReluNetwork(([[1.0], [-1.0]], [[1.0, 1.0]], [[2.0]]), ([0.0, 0.0], [-1.0], [0.0]))
    pieces = line_pieces(net, -3.0, 2.0)
    np.testing.assert_allclose(pieces.knots, [-3.0, -1.0, 0.0, 1.0, 2.0], atol=1e-15)
    assert [unit.tolist() for unit in pieces.units_at()] == [[2], [0, 1], [2]]
    assert line_pieces(net, -0.5, -0.25).breakpoints.size == 0


@given(networks(inputs=1, min_depth=2))
def test_inside_a_piece_the_pattern_is_the_network_s_own(net):
    pieces = line_pieces(net, -3.0, 3.0)
    assert pieces.knots[0] == -3.0
    assert pieces.knots[-1] == 3.0
    assert np.all(np.diff(pieces.knots) > 0)
    wide = np.diff(pieces.knots) > 1e-6
    for share in (0.01, 0.5, 0.99):
        x = (pieces.knots[:-1] + share * np.diff(pieces.knots))[wide]
        z = net.pre_activations(x[:, None])[:-1]
        # A unit that is 0 up to rounding may count as either.
        clear = np.abs(np.hstack(z)) > 1e-12 * reach(net, np.array([[3.0]]))
        own = net.activation_patterns(x[:, None])
        np.testing.assert_array_equal(own[clear], pieces.patterns[wide][clear])
        np.testing.assert_array_equal(pieces.patterns_at(x), pieces.patterns[wide])


@given(networks(inputs=1, min_depth=2))
def test_no_breakpoint_is_missed(net):
    # Between two neighbouring samples the pattern may only differ if a knot lies between them.
    x = np.linspace(-3.0, 3.0, 800)
    z = np.hstack(net.pre_activations(x[:, None])[:-1])
    clear = np.abs(z) > 1e-12 * reach(net, np.array([[3.0]]))
    bits = net.activation_patterns(x[:, None])
    differ = np.any((bits[1:] != bits[:-1]) & clear[1:] & clear[:-1], axis=1)
    knots = line_pieces(net, -3.0, 3.0).knots
    for k in np.flatnonzero(differ):
        assert np.any((knots >= x[k] - 1e-9) & (knots <= x[k + 1] + 1e-9))


# --- the error


@given(networks(inputs=1, min_depth=2), BITS, st.integers(0, 2**32 - 1))
def test_the_lines_are_the_decomposed_error_at_every_input(net, bits, seed):
    quantized = net.quantized(UniformQuantizer(bits))
    line = refine_line(net, quantized, -3.0, 3.0, output=net.widths[-1] - 1)
    x = np.random.default_rng(seed).uniform(-3.0, 3.0, 50)
    x = x[np.abs(x[:, None] - line.total.knots).min(axis=1) > 1e-6]
    # Where a unit rests on 0 up to rounding, the two ways may route it differently.
    z = np.hstack([*net.pre_activations(x[:, None])[:-1], *quantized.pre_activations(x[:, None])[:-1]])
    rounding = 1e-9 * max(reach(net, np.array([[3.0]])), reach(quantized, np.array([[3.0]])))
    x = x[(np.abs(z) > rounding).all(axis=1) | (z == 0).any(axis=1)]
    assume(len(x) > 0)
    parts = decompose_error(net, quantized, x[:, None])
    np.testing.assert_allclose(line.total(x), parts.total[:, -1], rtol=0, atol=rounding)
    np.testing.assert_allclose(line.network(x), net(x[:, None])[:, -1], rtol=0, atol=rounding)
    np.testing.assert_allclose(line.quantized(x), quantized(x[:, None])[:, -1], rtol=0, atol=rounding)
    np.testing.assert_allclose(line.metric(x), parts.metric[:, -1], rtol=0, atol=rounding)
    np.testing.assert_allclose(line.topological(x), parts.topological[:, -1], rtol=0, atol=rounding)


@given(networks(inputs=1, min_depth=2), BITS)
def test_where_the_patterns_agree_the_topological_part_is_exactly_zero(net, bits):
    line = refine_line(net, net.quantized(UniformQuantizer(bits)), -3.0, 3.0)
    assert not line.topological.ends[~line.changed].any()
    rounding = 1e-12 * max(1.0, line.metric.largest, line.topological.largest)
    np.testing.assert_allclose(line.metric.ends + line.topological.ends, line.total.ends, rtol=0, atol=rounding)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("bits", [2, 3, 4])
def test_the_total_error_never_jumps_and_the_parts_only_jump_where_a_float_gate_switches(seed, bits):
    net = he_network((1, 6, 5, 1), seed)
    line = refine_line(net, net.quantized(UniformQuantizer(bits)), -3.0, 3.0)
    size = reach(net, np.array([[3.0]]))
    for of in (line.network, line.quantized, line.total):
        np.testing.assert_allclose(of.ends[1:, 0], of.ends[:-1, 1], rtol=0, atol=1e-12 * size)
    jump = np.abs(line.metric.ends[1:, 0] - line.metric.ends[:-1, 1]) > 1e-9 * size
    own = line_pieces(net, -3.0, 3.0).breakpoints
    assert np.isin(line.metric.knots[1:-1][jump], own).all()


def test_the_strips_lie_exactly_between_the_old_and_the_new_place_of_each_breakpoint(toy):
    quantized = toy.quantized(UniformQuantizer(4))
    line = refine_line(toy, quantized, -3.0, 3.0)
    moved = -quantized.biases[0] / quantized.weights[0][:, 0]
    between = np.sort(np.stack([SWITCHES, moved], axis=1), axis=1)
    expected = between[between[:, 1] - between[:, 0] > 1e-9]
    # The largest slope has the largest code, which restores it: its breakpoint stays.
    assert len(expected) == 5
    np.testing.assert_allclose(line.strips, expected, atol=1e-12)
    np.testing.assert_allclose(line.changed_share, (between[:, 1] - between[:, 0]).sum() / 6.0, rtol=1e-12)
    x = np.linspace(-3.0, 3.0, 2001)
    inside = ((x[:, None] > line.strips[:, 0]) & (x[:, None] < line.strips[:, 1])).any(axis=1)
    assert np.all(line.topological(x[inside]) != 0)
    assert not line.topological(x[~inside]).any()


def test_a_strip_holds_a_triangle_of_known_height():
    # f = max(0.9 x - 0.5, 0), f_q = max(x - 0.5, 0): between 1/2 and 5/9 only f_q is open, and e_topo = x - 1/2.
    net = ReluNetwork(([[0.9]], [[1.0]]), ([-0.5], [0.0]))
    other = ReluNetwork(([[1.0]], [[1.0]]), ([-0.5], [0.0]))
    line = refine_line(net, other, 0.0, 1.0)
    np.testing.assert_allclose(line.strips, [[1 / 2, 5 / 9]], rtol=1e-14)
    np.testing.assert_allclose(line.topological.largest, 1 / 18, rtol=1e-13)
    np.testing.assert_allclose(line.topological.energy, (1 / 18) ** 3 / 3, rtol=1e-12)
    np.testing.assert_allclose(line.metric([0.51, 0.6]), [0.0, 0.06], atol=1e-15)


def test_a_breakpoint_that_vanishes_changes_the_pattern_up_to_the_end():
    # At 2 bits the slope 0.2 beside 1 becomes 0: the unit with bias -0.1, open right of 1/2, never opens again.
    net = ReluNetwork(([[1.0], [0.2]], [[1.0, 1.0]]), ([0.0, -0.1], [0.0]))
    line = refine_line(net, net.quantized(UniformQuantizer(2)), -1.0, 2.0)
    np.testing.assert_allclose(line.strips, [[0.5, 2.0]], rtol=1e-14)


def test_the_energy_is_the_integral_of_the_square():
    net = he_network((1, 6, 5, 1), 1)
    line = refine_line(net, net.quantized(UniformQuantizer(3)), -3.0, 3.0)
    knots = line.total.knots

    def square(x):
        return float(line.total(np.array([x]))[0]) ** 2

    slow = sum(quad(square, a, b)[0] for a, b in pairwise(knots) if b - a > 1e-9)
    np.testing.assert_allclose(line.total.energy, slow, rtol=1e-9)


def test_the_read_out_is_the_least_squares_fit(toy):
    residual = toy(CURVE[:, None])[:, 0] - np.sin(CURVE)
    hidden = np.maximum(CURVE[:, None] * SLOPES - SLOPES * SWITCHES, 0.0)
    np.testing.assert_allclose(np.hstack([hidden, np.ones((301, 1))]).T @ residual, 0.0, atol=1e-11)
    assert np.sqrt(np.mean(residual**2)) < 0.04


# --- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BrokenLine([0.0], np.zeros((0, 2))), "at least two"),
        (lambda: BrokenLine([0.0, 0.0], [[1.0, 1.0]]), "increasing"),
        (lambda: BrokenLine([0.0, 1.0], [[1.0, 1.0, 2.0]]), r"shape \(1, 3\)"),
        (lambda: BrokenLine([0.0, 1.0], [[1.0, 1.0]])([2.0]), r"\[0.0, 1.0\]"),
        (lambda: round_value(2.0, 1.0, 4), "a value of 2.0"),
        (lambda: round_value(0.0, 0.0, 4), "largest entry is 0.0"),
        (lambda: levels(1.0, 1), "bits: 1"),
        (lambda: line_pieces(he_network((2, 3, 1), 0), -1.0, 1.0), "must have one input"),
        (lambda: line_pieces(he_network((1, 3, 1), 0), 1.0, 1.0), "positive, finite length"),
        (lambda: refine_line(he_network((1, 3, 1), 0), he_network((1, 4, 1), 0), -1.0, 1.0), "differ in their widths"),
        (lambda: refine_line(he_network((1, 3, 1), 0), he_network((1, 3, 1), 0), -1.0, 1.0, output=1), "output 1"),
        (lambda: fitted_readout([1.0, 0.0], [0.0, 1.0], [0.0], [0.0]), "unit 1 has slope 0"),
        (lambda: fitted_readout([1.0], [0.0, 1.0], [0.0], [0.0]), "switches"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(("width", "count"), [(1e-6, 1), (1e-14, 0)])
def test_a_strip_is_kept_unless_rounding_alone_makes_it(width, count):
    net, moved = (ReluNetwork(([[1.0]], [[1.0]]), ([-0.5 - off], [0.0])) for off in (0.0, width))
    assert len(refine_line(net, moved, 0.0, 1.0).strips) == count
