"""The journey of a point and its twin: exact at every whole step, and its two parts are those of the layer errors."""

import numpy as np
import pytest

from quantization_story.analysis.gap_journey import Add, Carry, GapJourney, Press, oriented_together
from quantization_story.analysis.layer_motion import linear_path
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.errors import layer_errors


def random_network(seed: int, layers: int = 3) -> ReluNetwork:
    rng = np.random.default_rng(seed)
    return ReluNetwork(
        tuple(rng.normal(size=(2, 2)) for _ in range(layers)), tuple(rng.normal(size=2) for _ in range(layers))
    )


def random_journey(seed: int) -> tuple[GapJourney, np.ndarray]:
    net = random_network(seed)
    quantized = net.quantized(UniformQuantizer(3))
    moved = ReluNetwork(quantized.weights, tuple(bias + 0.1 for bias in quantized.biases))
    return GapJourney(net, moved), np.random.default_rng(seed + 1).normal(size=(40, 2))


def test_the_steps_are_those_of_the_layers_and_the_last_has_no_relu() -> None:
    journey, _ = random_journey(0)
    names = [(type(step).__name__, step.layer) for step in journey.steps]
    assert names == [(kind, layer) for layer in (1, 2, 3) for kind in ("Carry", "Add", "Press")][:-1]
    assert journey.number(Press(2)) == 6
    with pytest.raises(ValueError, match="not in tuple"):
        journey.number(Press(3))


@pytest.mark.parametrize("seed", range(5))
def test_after_every_layer_both_are_where_their_network_puts_them(seed: int) -> None:
    journey, points = random_journey(seed)
    mine, its = journey.net.pre_activations(points), journey.other.pre_activations(points)
    for layer in (1, 2, 3):
        now = journey.at(points, journey.number(Add(layer)))
        np.testing.assert_allclose(now.points, mine[layer - 1], atol=1e-12)
        np.testing.assert_allclose(now.twins, its[layer - 1], atol=1e-12)
    for layer in (1, 2):
        now = journey.at(points, journey.number(Press(layer)))
        np.testing.assert_allclose(now.points, np.maximum(mine[layer - 1], 0), atol=1e-12)
        np.testing.assert_allclose(now.twins, np.maximum(its[layer - 1], 0), atol=1e-12)
        np.testing.assert_allclose(now.carried, now.twins, atol=1e-12)
    start = journey.at(points, 0)
    assert np.array_equal(start.points, points)
    assert np.array_equal(start.twins, points)


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_of_a_gap_are_the_propagated_and_the_local_error(seed: int) -> None:
    journey, points = random_journey(seed)
    for layer, error in enumerate(layer_errors(journey.net, journey.other, points), start=1):
        now = journey.at(points, journey.number(Add(layer)))
        np.testing.assert_allclose(now.carried - now.points, error.propagated, atol=1e-12)
        np.testing.assert_allclose(now.twins - now.carried, error.local, atol=1e-12)
        np.testing.assert_allclose(now.gaps, np.linalg.norm(error.total, axis=1), atol=1e-12)


def test_half_way_a_gap_is_turned_and_stretched_by_half() -> None:
    journey, points = random_journey(3)
    before = journey.at(points, journey.number(Press(1)))
    now = journey.at(points, journey.number(Carry(2)) - 0.5)
    half = linear_path(journey.net.weights[1], 0.5)
    np.testing.assert_allclose(now.twins - now.points, (before.twins - before.points) @ half.T, atol=1e-12)
    done, added = (journey.at(points, journey.number(Add(2)) + k) for k in (-0.5, 0.0))
    np.testing.assert_allclose(done.twins - done.carried, (added.twins - added.carried) / 2, atol=1e-12)
    assert np.array_equal(done.points, added.points)


def test_nothing_jumps() -> None:
    journey, points = random_journey(4)
    path = [journey.at(points, at) for at in np.linspace(0.0, len(journey.steps), 4001)]
    for of in ("points", "twins", "carried"):
        places = np.array([getattr(now, of) for now in path])
        assert np.abs(np.diff(places, axis=0)).max() < 0.06


def test_another_progress_or_width_is_refused() -> None:
    journey, points = random_journey(0)
    with pytest.raises(ValueError, match="from 0 to 8"):
        journey.at(points, 8.5)
    wide = ReluNetwork((np.ones((3, 2)), np.ones((2, 3))), (np.zeros(3), np.zeros(2)))
    with pytest.raises(ValueError, match="two units"):
        GapJourney(wide, wide)


@pytest.mark.parametrize("seed", range(6))
def test_both_networks_get_the_order_of_the_first(seed: int) -> None:
    net, other = random_network(seed), random_network(seed + 50)
    points = np.random.default_rng(0).normal(size=(20, 2))
    mine, its = oriented_together(net, other)
    assert all(np.linalg.det(weight) > 0 for weight in mine.weights[:-1])
    np.testing.assert_allclose(mine(points), net(points), atol=1e-12)
    np.testing.assert_allclose(its(points), other(points), atol=1e-12)
    for ours, theirs, given, others in zip(mine.biases, its.biases, net.biases, other.biases, strict=True):
        order = [int(np.flatnonzero(given == value)[0]) for value in ours]
        assert np.array_equal(theirs, others[order])
