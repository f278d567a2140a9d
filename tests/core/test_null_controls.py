"""The null control: what the same fit reaches from sources that know nothing of the network."""

import numpy as np
import pytest

from quantization_story.common import (
    NullControl,
    ReluNetwork,
    UniformQuantizer,
    fit_corrections,
    null_control,
)
from quantization_story.core.null_controls import (
    control_networks,
    distinct_shuffles,
    permuted_networks,
    permuted_weights,
    score_controls,
)
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from small_networks import OUTSIDE, he_network, least_squares

COARSE = UniformQuantizer(bits=3)


def test_the_null_control_stays_below_the_map_from_the_real_network():
    rng = np.random.default_rng(0)
    calibration, x = rng.uniform(-3, 3, (300, 2)), rng.uniform(-3, 3, (500, 2))
    labels = (np.abs(x[:, 0]) <= 1).astype(int)
    corrected = fit_corrections(OUTSIDE, OUTSIDE.quantized(COARSE), calibration, layers=[2])
    control = null_control(OUTSIDE, COARSE, calibration, x, labels, draws=24)
    assert accuracy(corrected, x, labels) == 1.0
    assert control.raw_input < 0.8
    assert control.permuted_mean < 0.95
    assert len(control.permuted) == 24
    assert control.permuted_mean == pytest.approx(sum(control.permuted) / 24)


def test_the_stronger_of_the_two_controls_is_the_best_one():
    assert NullControl((0.25, 0.75), raw_input=0.125).best == 0.5
    assert NullControl((0.25, 0.75), raw_input=0.625).best == 0.625


def test_the_null_control_quantizes_the_permuted_networks(net, points):
    labels = np.argmax(net(points), axis=1)
    coarse, fine, finer = (
        null_control(net, UniformQuantizer(bits=bits), points, points, labels, draws=4) for bits in (2, 20, 24)
    )
    assert coarse.permuted != fine.permuted
    assert fine.permuted == pytest.approx(finer.permuted, abs=0.01)


def test_the_raw_input_control_is_the_least_squares_map_from_the_input(net, points):
    labels = np.argmax(net(points), axis=1)
    control = null_control(net, COARSE, points[:100], points[100:], labels[100:], draws=1)
    linear, offset = least_squares(points[:100], net(points[:100]))
    guessed = np.argmax(points[100:] @ linear.T + offset, axis=1)
    assert control.raw_input == np.mean(guessed == labels[100:])


def test_the_null_control_is_repeatable_and_its_seed_counts(net, points):
    labels = np.argmax(net(points), axis=1)
    first, again, other = (null_control(net, COARSE, points, points, labels, draws=6, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first.permuted != other.permuted
    assert first.raw_input == other.raw_input
    assert len(set(first.permuted)) > 1
    shorter = null_control(net, COARSE, points, points, labels, draws=3, seed=1)
    assert shorter.permuted == first.permuted[:3]


def test_where_every_permutation_changes_nothing_there_is_no_control():
    even = ReluNetwork((np.full((2, 2), 0.5), np.full((2, 2), 0.5)), (np.zeros(2), np.zeros(2)))
    points = np.random.default_rng(0).uniform(-3, 3, (300, 2))
    with pytest.raises(ValueError, match="no null control"):
        null_control(even, COARSE, points[:200], points, np.arange(300) % 2)


@pytest.mark.parametrize("draws", [0, -2])
def test_a_null_control_without_draws_is_refused(net, points, draws):
    with pytest.raises(ValueError, match=f"draws: {draws}; a null control needs at least 1"):
        null_control(net, COARSE, points, points, np.zeros(400), draws=draws)


def test_permuted_weights_keep_their_entries_and_the_biases(net):
    permuted = permuted_weights(net, np.random.default_rng(0))
    for mine, theirs in zip(permuted.weights, net.weights, strict=True):
        np.testing.assert_array_equal(np.sort(mine.ravel()), np.sort(theirs.ravel()))
    assert any((mine != theirs).any() for mine, theirs in zip(permuted.weights, net.weights, strict=True))
    assert all((mine == theirs).all() for mine, theirs in zip(permuted.biases, net.biases, strict=True))


def test_every_draw_permutes_each_weight_matrix_and_nothing_else(net):
    fine = UniformQuantizer(bits=24)
    drawn = list(permuted_networks(net, fine, draws=4))
    assert len(drawn) == 4
    for shuffled in drawn:
        for before, after in zip(net.weights, shuffled.weights, strict=True):
            np.testing.assert_allclose(np.sort(after, axis=None), np.sort(before, axis=None), atol=1e-6)
            assert np.any(np.abs(after - before) > 1e-3)
        for before, after in zip(net.biases, shuffled.biases, strict=True):
            np.testing.assert_array_equal(after, before)


def test_all_controls_draw_the_same_networks(net, points):
    rng = np.random.default_rng(5)
    by_hand = [permuted_weights(net, rng).quantized(COARSE) for _ in range(3)]
    for mine, theirs in zip(by_hand, permuted_networks(net, COARSE, draws=3, seed=5), strict=True):
        assert all((a == b).all() for a, b in zip(mine.weights, theirs.weights, strict=True))
    built = control_networks(net, COARSE, points, draws=3, seed=5)
    for source, mapped in zip(by_hand, built.permuted, strict=True):
        linear, offset = least_squares(source(points), net(points))
        np.testing.assert_allclose(mapped(points), source(points) @ linear.T + offset, atol=1e-8)
    labels = np.argmax(net(points), axis=1)
    assert score_controls(built, points, labels) == null_control(net, COARSE, points, points, labels, draws=3, seed=5)


def test_the_controls_take_the_number_of_classes(points):
    two_outputs = ReluNetwork((np.eye(2),), (np.zeros(2),))
    labels = np.zeros(400, dtype=int)  # a single class, as far as the labels tell
    control = null_control(two_outputs, COARSE, points, points, labels, draws=1, classes=2)
    assert control.raw_input == np.mean(points[:, 1] > 0)


# --- shuffles that cannot be the network itself


def all_equal(weight=0.5):
    return ReluNetwork((np.full((2, 2), weight), np.full((2, 2), weight)), (np.zeros(2), np.ones(2)))


def test_all_distinct_shuffles_are_found_and_none_is_the_network():
    first, last = np.array([[3.0, 1.0], [-2.0, 1.0]]), np.array([[1.0, 2.0], [0.0, 4.0]])
    network = ReluNetwork((first, last), (np.zeros(2), np.ones(2)))
    shuffles = distinct_shuffles(network)
    # Four entries of which two are equal: 4! / 2! orders, less the network's own; a map undoes the last layer.
    assert len(shuffles) == 11
    assert len({each.weights[0].tobytes() for each in shuffles}) == 11
    for each in shuffles:
        assert sorted(each.weights[0].ravel()) == sorted(first.ravel())
        assert not np.array_equal(each.weights[0], first)
        np.testing.assert_array_equal(each.weights[1], last)
        np.testing.assert_array_equal(each.biases[1], network.biases[1])


def test_the_pinwheel_has_287_shuffles():
    """12 orders of W1, in which two codes are equal, times 24 of W2, less one."""
    assert len(distinct_shuffles(load_network("pinwheel").quantized())) == 287


def test_of_too_many_shuffles_different_ones_are_drawn():
    network = he_network((2, 5, 5, 2), 3)
    shuffles = distinct_shuffles(network, most=20)
    assert len(shuffles) == 20
    assert len({each.weights[0].tobytes() + each.weights[2].tobytes() for each in shuffles}) == 20
    assert any(not np.array_equal(each.weights[2], network.weights[2]) for each in shuffles)  # 2 x 5: no map undoes it


def test_a_network_whose_shuffles_are_itself_has_no_control():
    with pytest.raises(ValueError, match="no null control"):
        distinct_shuffles(all_equal())
    with pytest.raises(ValueError, match="no null control"):
        list(permuted_networks(all_equal(), UniformQuantizer(4), draws=2))


def test_no_draw_is_the_network_itself():
    network = ReluNetwork(([[1.0, 2.0], [1.0, 1.0]], [[2.0, 0.0], [0.0, 1.0]]), ([0.0, 0.0], [0.0, 0.0]))
    quantizer = UniformQuantizer(4)
    own = network.quantized(quantizer).weights[0]
    drawn = list(permuted_networks(network, quantizer, draws=60))
    assert len(drawn) == 60
    assert not any(np.array_equal(each.weights[0], own) for each in drawn)
