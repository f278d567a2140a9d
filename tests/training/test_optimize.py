"""Training: the loss and its gradient, the start, and L-BFGS."""

import numpy as np
import pytest

from quantization_story.common import ReluNetwork
from quantization_story.core.tasks import TASKS, accuracy, prototypes
from quantization_story.training.optimize import Penalty, he_start, loss, train, train_from

PINWHEEL = TASKS["pinwheel"]


def with_biases(network, seed):
    """The same network with biases away from zero, so that the pattern varies over the points."""
    rng = np.random.default_rng(seed)
    return ReluNetwork(network.weights, tuple(rng.normal(0.0, 0.5, len(bias)) for bias in network.biases))


def moved(network, kind, layer, index, by):
    """The network with one entry of one weight matrix or bias moved."""
    arrays = {"W": [np.array(each) for each in network.weights], "b": [np.array(each) for each in network.biases]}
    arrays[kind][layer][index] += by
    return ReluNetwork(tuple(arrays["W"]), tuple(arrays["b"]))


# --- the loss


def test_loss_is_the_mean_cross_entropy_of_the_prototype_logits():
    network, data = with_biases(he_start((2, 4, 2), 0), 1), PINWHEEL.sample(50, 3)
    logits = network(data.points) @ prototypes(3).T
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.mean([np.log(row[label]) for row, label in zip(shares, data.labels, strict=True)])
    assert loss(network, data.points, data.labels, 3, Penalty(0.0)).value == pytest.approx(expected, rel=1e-12)


def test_penalty_is_the_factors_times_the_sums_of_squares():
    network, data = with_biases(he_start((2, 4, 3, 2), 0), 1), PINWHEEL.sample(50, 3)
    bare = loss(network, data.points, data.labels, 3, Penalty(0.0)).value
    full = loss(network, data.points, data.labels, 3, Penalty(0.3, 0.07)).value
    weights = sum(float(entry) ** 2 for weight in network.weights for entry in weight.ravel())
    biases = sum(float(entry) ** 2 for bias in network.biases for entry in bias)
    assert full - bare == pytest.approx(0.3 * weights + 0.07 * biases, rel=1e-12)


def test_loss_stays_finite_for_huge_logits():
    network = ReluNetwork((1e6 * np.eye(2),), (np.zeros(2),))
    at = loss(network, [[3.0, 4.0], [-5.0, 2.0]], [0, 2], 3, Penalty(0.0))
    assert np.isfinite(at.value)
    assert np.isfinite(at.weights[0]).all()


@pytest.mark.parametrize(
    ("task", "widths"),
    [
        ("pinwheel", (2, 2, 2, 2)),
        ("pinwheel", (2, 5, 3)),
        ("spirals", (2, 3, 4, 2)),
        ("spirals", (2, 6, 2, 5, 2)),
        ("moons", (2, 2)),
    ],
)
@pytest.mark.parametrize("penalty", [Penalty(0.0), Penalty(0.02, 0.005)])
def test_gradient_agrees_with_central_differences(task, widths, penalty):
    network, data = with_biases(he_start(widths, 4), 5), TASKS[task].sample(60, 6)
    classes, step = TASKS[task].classes, 1e-6
    off_kink = np.all([np.abs(z).min(axis=1) > 1e-4 for z in network.pre_activations(data.points)], axis=0)
    points, labels = data.points[off_kink], data.labels[off_kink]
    assert len(points) > 40
    at = loss(network, points, labels, classes, penalty)

    def difference(*where):
        ahead, behind = (
            loss(moved(network, *where, by), points, labels, classes, penalty).value for by in (step, -step)
        )
        return (ahead - behind) / (2 * step)

    for kind, gradients in (("W", at.weights), ("b", at.biases)):
        for layer, gradient in enumerate(gradients):
            numeric = np.array([difference(kind, layer, index) for index in np.ndindex(gradient.shape)])
            np.testing.assert_allclose(gradient.ravel(), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 3], [0, 1, -1], [0, 1, 0.5]])
def test_loss_refuses_labels_that_do_not_fit(labels):
    with pytest.raises(ValueError, match="labels"):
        loss(he_start((2, 2), 0), np.zeros((3, 2)), labels, 3, Penalty(0.0))


def test_training_refuses_an_empty_set():
    empty = TASKS["moons"].sample(1, 0)
    nothing = type(empty)(np.zeros((0, 2)), np.zeros(0, dtype=int))
    with pytest.raises(ValueError, match="labelled points"):
        train_from(he_start((2, 2), 0), nothing, 2, Penalty(0.0))


@pytest.mark.parametrize("factors", [(-1e-3, 0.0), (0.0, -1.0), (np.nan, 0.0), (0.0, np.inf)])
def test_penalty_refuses_bad_factors(factors):
    with pytest.raises(ValueError, match="factors"):
        Penalty(*factors)


# --- the start


def test_he_start_has_his_variance_and_no_bias():
    network = he_start((50, 400, 300), 2)
    for weight in network.weights:
        assert weight.mean() == pytest.approx(0.0, abs=0.01)
        assert weight.var() == pytest.approx(2.0 / weight.shape[1], rel=0.05)
    assert not any(bias.any() for bias in network.biases)


def test_he_start_follows_its_seed():
    first, again, other = (he_start((2, 3, 2), seed).weights[0] for seed in (7, 7, 8))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("widths", [(), (2,), (2, 0, 2)])
def test_he_start_refuses_bad_widths(widths):
    with pytest.raises(ValueError, match="widths"):
        he_start(widths, 0)


# --- training


def test_training_is_deterministic():
    first, again = (train(PINWHEEL, (2, 3, 2), 3, 1e-3, 1e-4, max_iterations=60) for _ in range(2))
    for left, right in zip((*first.weights, *first.biases), (*again.weights, *again.biases), strict=True):
        np.testing.assert_array_equal(left, right)


def test_loss_falls_with_every_iteration():
    data, start, penalty = PINWHEEL.sample(300, 1), he_start((2, 4, 2), 0), Penalty(1e-3, 1e-4)
    reached = [
        loss(train_from(start, data, 3, penalty, most), data.points, data.labels, 3, penalty).value
        for most in (1, 2, 4, 8, 16, 32)
    ]
    begun = loss(start, data.points, data.labels, 3, penalty).value
    assert all(later < earlier for earlier, later in zip([begun, *reached[:-1]], reached, strict=True))


def test_training_ends_where_the_gradient_vanishes():
    """Without hidden units the penalised loss is convex and smooth: there is one minimum, whatever the start."""
    data, penalty = PINWHEEL.sample(300, 1), Penalty(1e-2, 1e-2)
    ends = [train_from(he_start((2, 2), seed), data, 3, penalty) for seed in (0, 1)]
    at = loss(ends[0], data.points, data.labels, 3, penalty)
    assert max(np.abs(part).max() for part in (*at.weights, *at.biases)) < 1e-4
    np.testing.assert_allclose(ends[0].weights[0], ends[1].weights[0], atol=1e-3)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_every_task_can_be_learned(task):
    network = train(TASKS[task], (2, 16, 16, 2), 0, 3e-4, max_iterations=200, data=TASKS[task].sample(400, 1))
    held_out = TASKS[task].sample(1000, 2)
    assert accuracy(network, held_out.points, held_out.labels) > 0.98


def test_a_network_with_an_output_a_class_can_be_trained():
    network = train(PINWHEEL, (2, 16, 3), 0, 1e-4, max_iterations=200)
    held_out = PINWHEEL.sample(1000, 2)
    assert accuracy(network, held_out.points, held_out.labels, classes=3) > 0.98
