"""The classification tasks: seeded planar data, the read-out by fixed prototypes, and accuracy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array, label_array
from quantization_story.core.network import ReluNetwork

# The gate before every geometric claim: a held-out accuracy, 0 to 1, and of the points that the best linear classifier
# of the same data gets wrong, the largest share that a network may get wrong. The second is what says that its hidden
# layers do something: on the pinwheel a classifier without any reaches 96 %.
LEARNED_AT_LEAST = 0.95
WRONG_BESIDE_LINEAR = 0.5
Classes = int | FloatArray  # how many there are, for the read-outs of `prototypes`; or a read-out (classes, d_L)


@dataclass(frozen=True, eq=False)
class LabelledPoints:
    """points: (n, 2). labels: (n,), whole numbers from 0 on."""

    points: FloatArray
    labels: IntArray


@dataclass(frozen=True)
class Task:
    """A task by name: the number of classes and a sampler of n labelled points from a seeded generator."""

    name: str
    classes: int
    sampler: Callable[[int, np.random.Generator], LabelledPoints]

    def sample(self, count: int, seed: int) -> LabelledPoints:
        """Draw `count` labelled points; the same seed draws the same points."""
        if count < 1:
            raise ValueError(f"task {self.name}: {count} points asked for")
        return self.sampler(count, np.random.default_rng(seed))


def _pinwheel(count: int, rng: np.random.Generator) -> LabelledPoints:
    """Three spiral arms: u = sqrt(U(0.03, 1)), angle 2 pi (0.45 u + k / 3), radius 2.4 u, noise 0.09."""
    labels = np.arange(count) % 3
    u = np.sqrt(rng.uniform(0.03, 1.0, count))
    angle = 2 * np.pi * (0.45 * u + labels / 3)
    points = 2.4 * u[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return LabelledPoints(points + rng.normal(0.0, 0.09, (count, 2)), labels)


def _spirals(count: int, rng: np.random.Generator) -> LabelledPoints:
    """Two interleaved spirals of one turn: u = sqrt(U(0.04, 1)), angle 2 pi (u + k / 2), radius 2.4 u, noise 0.06."""
    labels = np.arange(count) % 2
    u = np.sqrt(rng.uniform(0.04, 1.0, count))
    angle = 2 * np.pi * (u + labels / 2)
    points = 2.4 * u[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return LabelledPoints(points + rng.normal(0.0, 0.06, (count, 2)), labels)


def _moons(count: int, rng: np.random.Generator) -> LabelledPoints:
    """Two half circles of radius 1.6 that reach into each other, noise 0.12."""
    labels = np.arange(count) % 2
    angle = np.pi * (rng.uniform(0.0, 1.0, count) + labels)
    centre = np.where(labels[:, None] == 0, [-0.8, -0.4], [0.8, 0.4])
    points = centre + 1.6 * np.column_stack([np.cos(angle), np.sin(angle)])
    return LabelledPoints(points + rng.normal(0.0, 0.12, (count, 2)), labels)


TASKS = {
    task.name: task for task in (Task("pinwheel", 3, _pinwheel), Task("spirals", 2, _spirals), Task("moons", 2, _moons))
}


def prototypes(classes: Classes, dimension: int = 2) -> FloatArray:
    """The fixed read-out P (classes, dimension): the logits of outputs z are z P^T.

    In two dimensions: unit vectors spread evenly around the circle, the first one straight up. In `classes`
    dimensions: the standard basis, so that each output is a logit. A read-out that is given instead of the number of
    classes is checked and returned. Raises ValueError for any other dimension.
    """
    if not isinstance(classes, int | np.integer):
        return finite_array(classes, "read-out", (None, dimension))
    if dimension == 2:
        angle = np.pi / 2 + 2 * np.pi * np.arange(classes) / classes
        return np.column_stack([np.cos(angle), np.sin(angle)])
    if dimension == classes:
        return np.eye(classes)
    raise ValueError(f"no read-out of {classes} classes from {dimension} outputs: either 2 outputs or one a class")


def classify(outputs: Any, classes: Classes) -> IntArray:
    """The class whose prototype has the largest logit, (n,), at network outputs (n, d)."""
    outputs = finite_array(outputs, "network outputs", (None, None))
    return np.asarray(np.argmax(outputs @ prototypes(classes, outputs.shape[1]).T, axis=1), dtype=np.int64)


def _known_classes(labels: IntArray, classes: Classes | None) -> Classes:
    known = int(labels.max()) + 1 if classes is None else classes
    count = int(known) if isinstance(known, int | np.integer) else len(known)
    if labels.max() >= count:
        raise ValueError(f"labels: there is a label {labels.max()}, but only {count} classes")
    return known


def hits(outputs: Any, labels: Any, classes: Classes | None = None) -> BoolArray:
    """Which outputs (n, d) are classified as their labels (n,) say, (n,); `classes` as in `accuracy`."""
    outputs = finite_array(outputs, "network outputs", (None, None))
    labels = label_array(labels, "labels", len(outputs))
    if len(labels) == 0:
        raise ValueError("accuracy needs at least one labelled point")
    return np.asarray(classify(outputs, _known_classes(labels, classes)) == labels)


def accuracy_of_outputs(outputs: Any, labels: Any, classes: Classes | None = None) -> float:
    """The share of `hits` among outputs (n, d)."""
    return float(np.mean(hits(outputs, labels, classes)))


def accuracy(network: ReluNetwork, points: Any, labels: Any, classes: Classes | None = None) -> float:
    """The share of points (n, d_0) that the network puts in the class of their labels (n,).

    classes: how many there are, or the read-out (classes, d_L) itself, see `prototypes`; when left out, one more than
    the largest label (so give it for points that may lack the last class).
    """
    return accuracy_of_outputs(network(points), labels, classes)


def unlearned_words(reached: float, linear: float | None = None, at_least: float = LEARNED_AT_LEAST) -> str | None:
    """Why a network of this accuracy has not learned its task, as the end of a sentence; None if it has.

    linear: the accuracy of the best linear classifier on the same points; where it is left out, only the gate counts.
    """
    if not reached >= at_least:
        return f"at least {at_least:.1%} is needed before its geometry is shown"
    if linear is not None and not (reached > linear and 1.0 - reached <= WRONG_BESIDE_LINEAR * (1.0 - linear) + 1e-12):
        return (
            f"a linear classifier of the same points reaches {linear:.1%}, and a network has to make "
            f"at most {WRONG_BESIDE_LINEAR:.0%} of its mistakes before its geometry is shown"
        )
    return None


def require_learned(
    network: ReluNetwork,
    points: Any,
    labels: Any,
    at_least: float = LEARNED_AT_LEAST,
    classes: Classes | None = None,
    linear: float | None = None,
) -> float:
    """Return the network's accuracy; raise ValueError if it has not learned, see `unlearned_words`.

    classes: as in `accuracy`. The gate before every geometric claim: the regions of a network that has not learned its
    task say nothing.
    """
    reached = accuracy(network, points, labels, classes)
    if (missing := unlearned_words(reached, linear, at_least)) is not None:
        raise ValueError(
            f"this network has not learned its task: accuracy {reached:.1%} on {len(labels)} points, {missing}"
        )
    return reached
