"""The best linear classifier: an optimum of the cross-entropy, whatever the units of its points."""

import numpy as np
import pytest

from quantization_story.core.linear_classifier import LinearClassifier, fit_linear_classifier
from quantization_story.core.tasks import TASKS
from quantization_story.training.straight_cuts import fit_straight_cuts


def cross_entropy(classifier, points, labels):
    logits = points @ classifier.weights.T + classifier.offsets
    return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]))


def test_a_classifier_by_hand():
    classifier = LinearClassifier(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0.0, 0.5]))
    assert classifier.classify([[2.0, 1.0], [1.0, 1.0]]).tolist() == [0, 1]
    assert classifier.accuracy([[2.0, 1.0], [1.0, 1.0]], [0, 0]) == 0.5


def test_no_nearby_classifier_has_less_cross_entropy():
    data, rng = TASKS["pinwheel"].sample(600, seed=3), np.random.default_rng(0)
    best = fit_linear_classifier(data.points, data.labels, 3)
    least = cross_entropy(best, data.points, data.labels)
    for _ in range(20):
        near = LinearClassifier(
            best.weights + rng.normal(scale=0.05, size=(3, 2)), best.offsets + rng.normal(scale=0.05, size=3)
        )
        assert cross_entropy(near, data.points, data.labels) > least


def test_it_agrees_with_the_straight_cuts_of_the_prototypes():
    """Three classes by a map to the plane of three prototypes are all linear classifiers of three classes."""
    data, fresh = TASKS["pinwheel"].sample(900, seed=1), TASKS["pinwheel"].sample(3000, seed=2)
    cuts = fit_straight_cuts(data, 3)
    found = fit_linear_classifier(data.points, data.labels, 3)
    assert abs(int((~(found.classify(fresh.points) == fresh.labels)).sum()) - int(cuts.wrong(fresh).sum())) <= 1


@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1e5, 3e6)])
def test_units_and_origin_do_not_matter(scale, shift):
    data = TASKS["pinwheel"].sample(300, seed=4)
    plain = fit_linear_classifier(data.points, data.labels, 3).classify(data.points)
    moved = scale * data.points + shift
    np.testing.assert_array_equal(fit_linear_classifier(moved, data.labels, 3).classify(moved), plain)


def test_separable_points_and_a_constant_input_are_no_trouble():
    points = np.column_stack([np.linspace(-1.0, 1.0, 40), np.full(40, 7.0)])
    labels = (points[:, 0] > 0).astype(int)
    assert fit_linear_classifier(points, labels, 2).accuracy(points, labels) == 1.0
    with pytest.raises(ValueError, match="at least one labelled point"):
        fit_linear_classifier(np.zeros((0, 2)), [], 2)
