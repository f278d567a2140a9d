"""A layer of two units: which it is, what goes unseen, and two points in one place."""

import numpy as np
import pytest

from quantization_story.analysis.narrow_layers import (
    NarrowPlaces,
    chosen_pair,
    narrow_layer,
    narrows,
    pair_in_one_place,
    unseen,
)
from quantization_story.core.affine import AffineMap
from quantization_story.core.corrections import plain_low_rank_correction
from quantization_story.core.tasks import accuracy
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from small_networks import he_network


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "bottleneck")


@pytest.fixture(scope="module")
def places(subject: StorySubject) -> NarrowPlaces:
    net, quantized = subject.network, subject.quantized
    shift = AffineMap(np.array([[0.0, -2.0], [1.0, 0.0]]), np.array([3.0, -1.0]))
    pair = chosen_pair(net, quantized, 2, subject.data, subject.readout, 600)
    maps = AffineMap.identity(2), shift
    return NarrowPlaces(net, quantized, 2, subject.data, subject.readout, 50, maps, pair)


@pytest.mark.parametrize(
    ("widths", "layer"), [((2, 16, 2, 16, 2), 2), ((2, 2, 5, 2, 3), 3), ((2, 3, 3, 2), None), ((2, 2, 2), None)]
)
def test_the_narrow_layer_is_the_first_of_two_units_behind_a_wider_one(
    widths: tuple[int, ...], layer: int | None
) -> None:
    net = he_network(widths, seed=0)
    assert narrows(net) == (layer is not None)
    if layer is None:
        with pytest.raises(ValueError, match="narrows to two units"):
            narrow_layer(net)
    else:
        assert narrow_layer(net) == layer


def test_an_input_is_unseen_where_every_weight_is_zero() -> None:
    weight = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 2.0, -0.0]])
    assert unseen(weight).tolist() == [True, False, False, True]


def test_the_pair_is_together_in_one_and_apart_in_the_other() -> None:
    exact = np.array([[0.0, 0.0], [9.0, 0.0], [5.0, 0.0], [20.0, 0.0], [30.0, 0.0]])
    rounded = np.array([[0.0, 0.0], [0.05, 0.0], [0.0, 0.0], [8.0, 8.0], [0.0, 0.0]])
    labels, right = np.array([0, 1, 1, 1, 0]), np.array([True, True, True, True, True])
    assert set(pair_in_one_place(exact, rounded, labels, right) or ()) == {2, 4}
    right[4] = False
    assert set(pair_in_one_place(exact, rounded, labels, right) or ()) == {0, 1}
    assert pair_in_one_place(exact, exact, labels, right) is None
    assert pair_in_one_place(exact, rounded, np.zeros(5, dtype=int), right) is None


def test_where_no_two_points_come_together_it_is_refused(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="no two of 600 points"):
        chosen_pair(subject.network, subject.network, 2, subject.data, subject.readout, 600)


def test_the_numbers_are_those_of_the_layer_on_the_way_and_with_a_map(places: NarrowPlaces) -> None:
    x = places.data.points[:40]
    exact, rounded = (net.pre_activations(x)[1] for net in (places.net, places.quantized))
    assert places.numbers(x, 0.0) == pytest.approx(exact)
    assert places.numbers(x) == pytest.approx(rounded)
    first = (places.net.weights[0] + places.quantized.weights[0]) / 2
    second = (places.net.weights[1] + places.quantized.weights[1]) / 2
    halfway = np.maximum(x @ first.T + places.net.biases[0], 0.0) @ second.T + places.net.biases[1]
    assert places.numbers(x, 0.5) == pytest.approx(halfway)
    mapped = np.column_stack([3.0 - 2.0 * rounded[:, 1], rounded[:, 0] - 1.0])
    assert places.numbers(x, dial=1.0) == pytest.approx(mapped)
    assert places.numbers(x, dial=0.5) == pytest.approx((mapped + rounded) / 2)


def test_below_zero_what_rounding_took_is_added_to_the_float_network(places: NarrowPlaces) -> None:
    x, net = places.data.points, places.net
    terms = plain_low_rank_correction(net, places.quantized, 2)
    assert places.outputs(x, -1.0) == pytest.approx(terms.apply(net)(x))
    assert places.outputs(x, 0.0) == pytest.approx(terms.apply(places.quantized)(x))
    for got, exact, level in zip(places.network(-0.5).weights, net.weights, places.quantized.weights, strict=True):
        assert got == pytest.approx(1.5 * exact - 0.5 * level)
    for beyond in (-1.01, 1.01):
        with pytest.raises(ValueError, match="the weights slide"):
            places.network(beyond)


def test_outputs_come_of_these_numbers(places: NarrowPlaces) -> None:
    x, data = places.data.points, places.data
    for rounded, net in ((0.0, places.net), (1.0, places.quantized)):
        assert places.outputs(x, rounded) == pytest.approx(net(x))
        assert places.accuracy(rounded) == accuracy(net, data.points, data.labels, places.readout)
    z = np.maximum(places.numbers(x, dial=1.0), 0.0)
    w, b = places.quantized.weights, places.quantized.biases
    by_hand = np.maximum(z @ w[2].T + b[2], 0.0) @ w[3].T + b[3]
    assert places.outputs(x, dial=1.0) == pytest.approx(by_hand)


def test_with_the_relus_held_the_numbers_are_those_of_the_float_routing(places: NarrowPlaces) -> None:
    x = places.data.points
    w, b = places.quantized.weights, places.quantized.biases
    gates = [z > 0 for z in places.net.pre_activations(x)[:-1]]
    a = x
    values = []
    for layer, (weight, bias) in enumerate(zip(w, b, strict=True)):
        z = a @ weight.T + bias
        values.append(z)
        a = z * gates[layer] if layer < 3 else z
    assert places.held_numbers(x) == pytest.approx(values[1])
    right = (values[-1] @ places.readout.T).argmax(axis=1) == places.data.labels
    assert places.held_accuracy() == pytest.approx(right.mean())


def test_the_two_are_of_different_classes(places: NarrowPlaces) -> None:
    x = places.data.points
    one, other = places.pair
    kinds = [places.data.labels[(x == point).all(axis=1)][0] for point in (one, other)]
    assert kinds[0] != kinds[1]
