"""The best linear classifier of some points: what can be had without a hidden layer, and what a network must beat."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array, label_array

STEPS = 200  # of the fit at most
SLIGHT = 1e-6  # the penalty that keeps separable points from asking for endless weights, on standardised inputs


@dataclass(frozen=True, eq=False)
class LinearClassifier:
    """Class scores that are affine in the input; the largest one wins. weights: (classes, d). offsets: (classes,)."""

    weights: FloatArray
    offsets: FloatArray

    def classify(self, points: Any) -> IntArray:
        """The class of each point (n, d), (n,)."""
        x = finite_array(points, "points of a linear classifier", (None, self.weights.shape[1]))
        return np.asarray(np.argmax(x @ self.weights.T + self.offsets, axis=1), dtype=np.int64)

    def accuracy(self, points: Any, labels: Any) -> float:
        """The share of points (n, d) that it puts in the class of their labels (n,)."""
        return float(np.mean(self.classify(points) == label_array(labels, "labels", len(points))))


def fit_linear_classifier(points: Any, labels: Any, classes: int) -> LinearClassifier:
    """The linear classifier with the least mean cross-entropy on points (n, d) with labels (n,), below `classes`.

    Multinomial logistic regression, convex, so there is one answer. Raises ValueError for no points.
    """
    x = finite_array(points, "points of a linear classifier", (None, None))
    y = label_array(labels, "labels", len(x))
    if len(x) == 0:
        raise ValueError("a linear classifier needs at least one labelled point")
    center, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1.0
    design = np.hstack([(x - center) / spread, np.ones((len(x), 1))])
    found = _least_cross_entropy(design, np.eye(classes)[y])
    weights = found[:, :-1] / spread
    return LinearClassifier(weights, found[:, -1] - weights @ center)


def _least_cross_entropy(design: FloatArray, target: FloatArray) -> FloatArray:
    """The coefficients (classes, d + 1) with the least mean cross-entropy, by L-BFGS."""
    from scipy.optimize import minimize  # loading a network needs no scipy

    shape = target.shape[1], design.shape[1]

    def objective(vector: FloatArray) -> tuple[float, FloatArray]:
        coefficients = vector.reshape(shape)
        logits = design @ coefficients.T
        logits -= logits.max(axis=1, keepdims=True)
        chances = np.exp(logits)
        chances /= chances.sum(axis=1, keepdims=True)
        missed = float(-np.mean(np.log(np.maximum((chances * target).sum(axis=1), 1e-300))))
        slope = (chances - target).T @ design / len(design) + SLIGHT * coefficients
        return missed + SLIGHT / 2 * float(vector @ vector), slope.ravel()

    start = np.zeros(shape[0] * shape[1])
    return np.asarray(minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x).reshape(
        shape
    )
