"""The margin of one class over another as weights are rounded, against forward passes of their own."""

import numpy as np
import pytest

from quantization_story.analysis.margins import (
    MarginStory,
    margin_network,
    partly_rounded,
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


def forward(weights: list[np.ndarray], biases: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The outputs of a forward pass."""
    a = x
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        a = np.maximum(a @ np.transpose(weight) + bias, 0.0)
    return a @ np.transpose(weights[-1]) + biases[-1]


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


def expected(story: MarginStory, x: np.ndarray, parts: np.ndarray) -> np.ndarray:
    return forward(blended(story, parts), list(story.net.biases), x)


def parts_of(story: MarginStory) -> np.ndarray:
    return np.random.default_rng(8).uniform(0, 1, sum(weight_sizes(story.net)))


def test_the_margin_is_the_difference_of_two_scores(story: MarginStory, x: np.ndarray) -> None:
    margin = margin_network(story.net, READOUT, 2, 0)
    scores = story.net(x) @ READOUT.T
    assert margin(x)[:, 0] == pytest.approx(scores[:, 2] - scores[:, 0], abs=1e-10)
    assert np.array_equal(margin.activation_patterns(x), story.net.activation_patterns(x))


def test_what_is_seen_is_the_network_on_its_way(story: MarginStory, x: np.ndarray) -> None:
    parts = parts_of(story)
    outputs = expected(story, x, parts)
    margin = outputs @ (READOUT[2] - READOUT[0])
    assert story.values(x, parts) == pytest.approx(margin, abs=1e-9)
    assert story.sheet(parts).value(x) == pytest.approx(margin, abs=1e-8)
    labels = np.arange(len(x)) % 3
    assert np.array_equal(story.right(x, labels, parts), (outputs @ READOUT.T).argmax(axis=1) == labels)


def test_the_way_runs_from_the_float_network_to_the_rounded_one(story: MarginStory, x: np.ndarray) -> None:
    still, done = np.zeros(len(parts_of(story))), np.ones(len(parts_of(story)))
    assert story.values(x, still) == pytest.approx(story.margin(story.net)(x)[:, 0], abs=1e-10)
    assert story.values(x, done) == pytest.approx(story.margin(story.quantized)(x)[:, 0], abs=1e-12)
    assert np.abs(story.values(x, still) - story.values(x, done)).max() > 0.05


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
    assert at(parts) is at(parts.copy())
    assert at(parts) is not at(0.5 * parts)


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
    assert found == pytest.approx([expected(story, x[3:4], state)[0] @ (READOUT[2] - READOUT[0]) for state in states])
    assert found[-1] == story.values(x[3:4], parts)[0]
    assert len(set(found.round(9))) == 4
