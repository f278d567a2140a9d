"""Training of the small networks: softmax cross-entropy on the prototype read-out, L-BFGS, analytic gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import minimize

from quantization_story.core.arrays import FloatArray, IntArray, finite_array, label_array
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, Task, prototypes


@dataclass(frozen=True)
class Penalty:
    """The L2 penalty: weights * (sum of ||W_l||_F^2 over all layers) + biases * (sum of ||b_l||^2 over all layers).

    Every entry of every layer counts, those of the last included, with the factor itself (no half). Raises ValueError
    for a factor that is negative or not finite.
    """

    weights: float
    biases: float = 0.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.weights) and np.isfinite(self.biases) and min(self.weights, self.biases) >= 0):
            raise ValueError(f"{self}: both factors must be numbers from 0 on")


@dataclass(frozen=True, eq=False)
class Loss:
    """The training loss at one network and its gradient.

    value: the mean softmax cross-entropy over the points, in nats, plus the L2 penalty. weights, biases: the
    derivatives, in the shapes of the network's own.
    """

    value: float
    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]


def he_start(widths: Sequence[int], seed: int) -> ReluNetwork:
    """A network at He's start (He et al. 2015): W_l ~ N(0, 2 / d_(l-1)), b_l = 0; the same seed, the same network.

    widths: (d_0, ..., d_L). Raises ValueError for fewer than two widths, or one below 1.
    """
    if len(widths) < 2 or min(widths) < 1:
        raise ValueError(f"widths: {tuple(widths)}; a network needs at least two, none below 1")
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0.0, np.sqrt(2.0 / fan_in), (fan_out, fan_in)) for fan_in, fan_out in pairwise(widths)]
    return ReluNetwork(tuple(weights), tuple(np.zeros(len(weight)) for weight in weights))


def loss(network: ReluNetwork, points: Any, labels: Any, classes: int, penalty: Penalty) -> Loss:
    """The mean of -log softmax(z P^T)[label] over the points, plus the penalty, with its gradient.

    points: (n, d_0). labels: (n,), below `classes`. P: `tasks.prototypes`. The gradient is back-propagation in closed
    form; at a kink, z = 0 exactly, the gate counts as shut. Raises ValueError for shapes or labels that do not fit.
    """
    x = network.points(points)
    y = _labels(labels, len(x), classes)
    return _loss(list(network.weights), list(network.biases), x, y, prototypes(classes, network.widths[-1]), penalty)


def _labels(labels: Any, length: int, classes: int) -> IntArray:
    checked = label_array(labels, "labels", length)
    if length == 0 or checked.max() >= classes:
        raise ValueError(f"labels: training needs labelled points, with labels below {classes}")
    return checked


def _loss(
    weights: list[FloatArray],
    biases: list[FloatArray],
    x: FloatArray,
    labels: IntArray,
    readout: FloatArray,
    penalty: Penalty,
) -> Loss:
    inputs = [x]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        inputs.append(np.maximum(inputs[-1] @ weight.T + bias, 0.0))
    logits = (inputs[-1] @ weights[-1].T + biases[-1]) @ readout.T
    logits -= logits.max(axis=1, keepdims=True)
    exponentials = np.exp(logits)
    sums = exponentials.sum(axis=1)
    rows = np.arange(len(x))
    value = float(np.mean(np.log(sums) - logits[rows, labels]))
    value += penalty.weights * sum(float(np.sum(weight**2)) for weight in weights)
    value += penalty.biases * sum(float(np.sum(bias**2)) for bias in biases)
    residual = exponentials / sums[:, None]
    residual[rows, labels] -= 1.0
    upstream = (residual @ readout) / len(x)
    weight_gradients: list[FloatArray] = []
    bias_gradients: list[FloatArray] = []
    for weight, bias, a in zip(reversed(weights), reversed(biases), reversed(inputs), strict=True):
        weight_gradients.insert(0, upstream.T @ a + 2.0 * penalty.weights * weight)
        bias_gradients.insert(0, upstream.sum(axis=0) + 2.0 * penalty.biases * bias)
        upstream = (upstream @ weight) * (a > 0)
    return Loss(value, tuple(weight_gradients), tuple(bias_gradients))


def train_from(
    start: ReluNetwork, data: LabelledPoints, classes: int, penalty: Penalty, max_iterations: int = 1000
) -> ReluNetwork:
    """Minimise `loss` from a start by L-BFGS, for at most `max_iterations`; the network it ends at.

    Deterministic on one machine. Raises ValueError for points or labels that do not fit.
    """
    x = start.points(data.points)
    labels = _labels(data.labels, len(x), classes)
    readout = prototypes(classes, start.widths[-1])
    shapes = [array.shape for pair in zip(start.weights, start.biases, strict=True) for array in pair]
    cuts = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]

    def unpack(vector: FloatArray) -> tuple[list[FloatArray], list[FloatArray]]:
        parts = [part.reshape(shape) for part, shape in zip(np.split(vector, cuts), shapes, strict=True)]
        return parts[0::2], parts[1::2]

    def pack(weights: Sequence[FloatArray], biases: Sequence[FloatArray]) -> FloatArray:
        return np.concatenate([part.ravel() for pair in zip(weights, biases, strict=True) for part in pair])

    def objective(vector: FloatArray) -> tuple[float, FloatArray]:
        at = _loss(*unpack(vector), x, labels, readout, penalty)
        return at.value, pack(at.weights, at.biases)

    options = {"maxiter": max_iterations, "maxfun": 4 * max_iterations, "maxcor": 20}
    found = minimize(objective, pack(start.weights, start.biases), jac=True, method="L-BFGS-B", options=options)
    weights, biases = unpack(finite_array(found.x, "trained parameters", (None,)))
    return ReluNetwork(tuple(weights), tuple(biases))


def train(
    task: Task,
    widths: Sequence[int],
    seed: int,
    l2: float,
    bias_l2: float = 0.0,
    max_iterations: int = 1000,
    data: LabelledPoints | None = None,
) -> ReluNetwork:
    """Train a network of these widths on a task, from He's start at `seed`.

    widths: (2, ..., d_L), d_L = 2 or the number of classes. l2, bias_l2: the factors of the penalty, see `Penalty`.
    data: the points to train on; 900 points of the task, drawn from seed 1, if left out.
    """
    points = task.sample(900, seed=1) if data is None else data
    return train_from(he_start(widths, seed), points, task.classes, Penalty(l2, bias_l2), max_iterations)
