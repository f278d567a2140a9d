"""Patterns and classes that rounding changes: a ramp by hand, plain forward passes, and what a ReLU lets out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.analysis.partition_shift import (
    SwitchingUnit,
    arriving,
    busiest_unit,
    companion,
    pattern_shifts,
    typical_switch,
)
from quantization_story.common import ReluNetwork, UniformQuantizer
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)
POINTS = np.random.default_rng(4).uniform(-2.0, 2.0, (500, 2))


def ramp(bias: float) -> ReluNetwork:
    """The network (max(x + bias, 0), 0.5) of two inputs (x, y)."""
    return ReluNetwork((np.array([[1.0, 0.0]]), np.array([[1.0], [0.0]])), (np.array([bias]), np.array([0.0, 0.5])))


def unit(before: list[float], after: list[float]) -> SwitchingUnit:
    return SwitchingUnit(1, 0, np.array(before), np.array(after))


def test_a_ramp_by_hand() -> None:
    # Between x = -1 and x = 0 the ReLU of one ramp alone is on; the larger output is the first from x = 0.5 or -0.5 on.
    points = np.array([[-1.5, 0.0], [-0.7, 0.0], [-0.2, 0.0], [0.2, 0.0], [1.0, 0.0]])
    first, second = pattern_shifts(ramp(0.0), {8: ramp(0.0), 4: ramp(1.0)}.__getitem__, (8, 4), BOX, points, np.eye(2))
    assert (first.changed, first.other.any(), first.moved.any()) == (0.0, False, False)
    assert second.changed == pytest.approx(0.25)
    assert second.other.tolist() == [False, True, True, False, False]
    assert second.moved.tolist() == [False, False, True, True, False]
    assert (first.bits, second.bits) == (8, 4)


def test_the_busiest_unit_is_the_one_that_a_forward_pass_finds() -> None:
    net = he_network((2, 4, 3, 2), seed=2)
    quantized = net.quantized(UniformQuantizer(3))
    found = busiest_unit(net, quantized, POINTS)
    counts = (net.activation_patterns(POINTS) != quantized.activation_patterns(POINTS)).sum(axis=0)
    number = found.unit + (4 if found.layer == 2 else 0)
    assert counts[number] == counts.max() == found.switched.sum()
    hidden = np.maximum(POINTS @ net.weights[0].T + net.biases[0], 0.0)
    expected = (
        POINTS @ net.weights[0].T + net.biases[0] if found.layer == 1 else hidden @ net.weights[1].T + net.biases[1]
    )
    assert found.before == pytest.approx(expected[:, found.unit])
    assert found.after == pytest.approx(arriving(quantized, found.layer, found.unit, POINTS))


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=1, max_size=20))
def test_a_relu_that_switches_lets_out_less_than_came_in_and_one_that_stays_on_all(pairs: list) -> None:
    found = unit(*(list(each) for each in zip(*pairs, strict=True)))
    came, went = np.abs(found.shift), np.abs(found.passed_on)
    assert (went <= came).all()
    through = found.switched & (np.minimum(found.before, found.after) < -1e-9)
    assert (went[through] < came[through]).all()
    on = (found.before > 0) & (found.after > 0)
    assert went[on] == pytest.approx(came[on])


def test_the_typical_switch_lets_out_the_median_part() -> None:
    # The parts let out are 1/4, 1/2 and 3/4; the last point does not switch, and the one before switches on.
    assert typical_switch(unit([1.0, 2.0, 3.0, 5.0], [-3.0, -2.0, -1.0, 4.0])) == 1
    assert typical_switch(unit([1.0, -1.0, 3.0, 5.0], [-3.0, 1.0, -1.0, 4.0])) == 1


def test_the_companion_stays_on_shifts_alike_and_is_near() -> None:
    found = unit([1.0, 9.0, 6.0, 2.1, 6.0], [-3.0, 5.2, 2.1, 6.0, 5.0])
    assert companion(found, 0) == 3
    assert companion(unit([1.0, 9.0, 4.2], [-3.0, 5.2, 0.2]), 0) == 1  # the last one comes too near to zero
    assert companion(unit([1.0, 5.0], [-3.0, 4.9]), 0) is None
