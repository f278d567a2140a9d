"""The margin of one class over another, and what of rounding is let through, against forward passes of their own."""

import numpy as np
import pytest

from quantization_story.analysis.margins import (
    MarginStory,
    margin_network,
    partly_rounded,
    pattern_bits,
    weight_sizes,
)
from quantization_story.common import ReluNetwork, UniformQuantizer
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)
READOUT = np.array([[0.0, 1.0, 0.3], [-0.9, -0.5, 1.0], [0.9, -0.5, -1.0]])


@pytest.fixture
def story() -> MarginStory:
    net = he_network((2, 4, 3, 3), seed=3)
    return MarginStory(net, net.quantized(UniformQuantizer(3)), READOUT, 2, 0, BOX)


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(5).uniform(-2, 2, (300, 2))


def forward(weights: list[np.ndarray], biases: list[np.ndarray], x: np.ndarray, gates: list | None = None):
    """Outputs and gates of a forward pass; with gates given, they replace the signs."""
    own, a = [], x
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        z = a @ np.transpose(weight) + bias
        if layer == len(weights) - 1:
            return z, own
        own.append(z > 0)
        a = z * (own[-1] if gates is None else gates[layer])
    raise AssertionError


def blended(story: MarginStory, parts: np.ndarray) -> list[np.ndarray]:
    """The weights so far on their way, one number at a time."""
    left, weights = list(parts), []
    for before, after in zip(story.net.weights, story.quantized.weights, strict=True):
        now = np.empty_like(before)
        for row in range(before.shape[0]):
            for column in range(before.shape[1]):
                t = left.pop(0)
                now[row, column] = before[row, column] + t * (after[row, column] - before[row, column])
        weights.append(now)
    return weights


def expected(story: MarginStory, x: np.ndarray, parts: np.ndarray, effect: str) -> np.ndarray:
    biases = list(story.net.biases)
    rounded = blended(story, parts)
    _, float_gates = forward(list(story.net.weights), biases, x)
    _, rounded_gates = forward(rounded, biases, x)
    if effect == "tilt":
        return forward(rounded, biases, x, float_gates)[0]
    if effect == "switch":
        return forward(list(story.net.weights), biases, x, rounded_gates)[0]
    return forward(rounded, biases, x)[0]


def parts_of(story: MarginStory) -> np.ndarray:
    return np.random.default_rng(8).uniform(0, 1, sum(weight_sizes(story.net)))


def test_the_margin_is_the_difference_of_two_scores(story: MarginStory, x: np.ndarray) -> None:
    margin = margin_network(story.net, READOUT, 2, 0)
    scores = story.net(x) @ READOUT.T
    assert margin(x)[:, 0] == pytest.approx(scores[:, 2] - scores[:, 0], abs=1e-10)
    assert np.array_equal(pattern_bits(margin, x), pattern_bits(story.net, x))


@pytest.mark.parametrize("effect", ["all", "tilt", "switch"])
def test_each_effect_is_what_it_says(story: MarginStory, x: np.ndarray, effect: str) -> None:
    parts = parts_of(story)
    outputs = expected(story, x, parts, effect)
    assert story.outputs(x, parts, effect) == pytest.approx(outputs, abs=1e-10)
    margin = outputs @ (READOUT[2] - READOUT[0])
    assert story.values(x, parts, effect) == pytest.approx(margin, abs=1e-9)
    assert story.sheet(parts, effect).value(x) == pytest.approx(margin, abs=1e-8)
    labels = np.arange(len(x)) % 3
    assert np.array_equal(story.right(x, labels, parts, effect), (outputs @ READOUT.T).argmax(axis=1) == labels)


def test_the_effects_differ_and_all_start_at_the_float_network(story: MarginStory, x: np.ndarray) -> None:
    still, done = np.zeros(len(parts_of(story))), np.ones(len(parts_of(story)))
    values = [story.values(x, done, effect) for effect in ("all", "tilt", "switch")]
    assert all(np.abs(a - b).max() > 0.05 for a, b in ((values[0], values[1]), (values[0], values[2])))
    assert values[0] == pytest.approx(story.margin(story.quantized)(x)[:, 0], abs=1e-12)
    for effect in ("all", "tilt", "switch"):
        assert story.values(x, still, effect) == pytest.approx(story.margin(story.net)(x)[:, 0], abs=1e-10)


def test_weights_are_on_their_way_one_by_one(story: MarginStory) -> None:
    sizes = weight_sizes(story.net)
    assert sizes == [8, 12, 9]
    parts = np.zeros(29)
    parts[8 + 5] = 1.0  # layer 2, row 1, column 1
    now = partly_rounded(story.net, story.quantized, parts)
    differs = np.concatenate([(a != b).ravel() for a, b in zip(now.weights, story.net.weights, strict=True)])
    assert np.flatnonzero(differs).tolist() == [13]
    assert now.weights[1][1, 1] == story.quantized.weights[1][1, 1]
    whole = partly_rounded(story.net, story.quantized, np.ones(29))
    assert all(np.array_equal(a, b) for a, b in zip(whole.weights, story.quantized.weights, strict=True))


@pytest.mark.parametrize("parts", [np.zeros(28), np.full(29, 1.01), np.full(29, -0.01)])
def test_parts_outside_the_way_are_refused(story: MarginStory, parts: np.ndarray) -> None:
    with pytest.raises(ValueError, match="parts of the way"):
        partly_rounded(story.net, story.quantized, parts)


def test_the_latest_sheets_are_kept(story: MarginStory) -> None:
    at = story.moving()
    parts = parts_of(story)
    assert at(parts, "all") is at(parts.copy(), "all")
    assert at(parts, "all") is not at(parts, "tilt")


def test_a_network_without_biases_of_its_own_keeps_them(story: MarginStory) -> None:
    now = partly_rounded(story.net, ReluNetwork(story.quantized.weights, story.quantized.biases), np.full(29, 0.5))
    assert all(np.array_equal(a, b) for a, b in zip(now.biases, story.net.biases, strict=True))


def test_group_after_group_each_stays_where_it_has_gone(story: MarginStory, x: np.ndarray) -> None:
    count = sum(weight_sizes(story.net))
    parts, groups = np.random.default_rng(1).uniform(0, 1, count), [(28,), (2, 7), (25,)]
    found = story.descent(x[3], parts, groups)
    states = []
    for late in ((28, 2, 7, 25), (2, 7, 25), (25,), ()):
        state = parts.copy()
        state[list(late)] = 0.0
        states.append(state)
    assert found == pytest.approx(
        [expected(story, x[3:4], state, "all")[0] @ (READOUT[2] - READOUT[0]) for state in states]
    )
    assert found[-1] == story.values(x[3:4], parts)[0]
    assert len(set(found.round(9))) == 4


def test_every_mixture_of_up_and_down(story: MarginStory, x: np.ndarray) -> None:
    groups = [(28,), (2, 7), (25,)]
    found = story.ways(x[3], groups)
    assert [len(each) for each in found] == [1, 2, 4, 8]
    biases = list(story.net.biases)
    for number in range(8):
        # The newest group is the slowest to alternate: the first half of each entry has it up its own way.
        signs = [-1.0 if number >> k & 1 else 1.0 for k in range(3)]
        moved = np.concatenate([weight.ravel() for weight in story.net.weights])
        rounded = np.concatenate([weight.ravel() for weight in story.quantized.weights])
        for sign, group in zip(signs, groups, strict=True):
            for k in group:
                moved[k] += sign * (rounded[k] - moved[k])
        cuts = np.cumsum(weight_sizes(story.net))[:-1]
        shapes = [weight.shape for weight in story.net.weights]
        weights = [part.reshape(shape) for part, shape in zip(np.split(moved, cuts), shapes, strict=True)]
        outputs, _ = forward(weights, biases, x[3:4])
        assert found[3][number] == pytest.approx(outputs[0] @ (READOUT[2] - READOUT[0]))
    ones = np.ones(sum(weight_sizes(story.net)))
    ones[[k for k in range(len(ones)) if k not in (28, 2, 7, 25)]] = 0.0
    assert [each[0] for each in found] == pytest.approx(story.descent(x[3], ones, groups).tolist())
