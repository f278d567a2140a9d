"""Training a network for one's own story: the first start that learns, written with points it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.linear_classifier import fit_linear_classifier
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import (
    LEARNED_AT_LEAST,
    TASKS,
    LabelledPoints,
    Task,
    accuracy,
    prototypes,
    unlearned_words,
)
from quantization_story.training.optimize import train

POINTS, POINTS_SEED = 4000, 2  # the training points are drawn from another seed


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network: its seed, how many starts were tried up to it, and its accuracy on fresh points, 0 to 1."""

    network: ReluNetwork
    task: Task
    seed: int
    tried: int
    points: LabelledPoints
    accuracy: float


def parse_widths(text: str, name: str) -> tuple[int, ...]:
    """Widths between commas, 2 of them or more. Raises ValueError with the name of the setting."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 512 for part in parts):
        raise ValueError(f"{name}: {text!r}; expected two numbers from 1 to 512 or more, 2,8,8,2 for example")
    return tuple(map(int, parts))


def train_first(task: str, widths: Sequence[int], seeds: Sequence[int], l2: float, iterations: int) -> Trained:
    """Train from one seed after the other until a network keeps the gate.

    Raises ValueError for a task that does not exist, for widths that do not fit it, and if no network learns.
    """
    if task not in TASKS:
        raise ValueError(f"no task {task!r}; there are {', '.join(sorted(TASKS))}")
    chosen = TASKS[task]
    if widths[0] != 2:
        raise ValueError(f"widths {tuple(widths)}: the points of {task} have 2 inputs")
    prototypes(chosen.classes, widths[-1])  # raises ValueError for a number of outputs without a read-out
    points, best = chosen.sample(POINTS, POINTS_SEED), 0.0
    linear = fit_linear_classifier(points.points, points.labels, chosen.classes).accuracy(points.points, points.labels)
    for tried, seed in enumerate(seeds, start=1):
        network = train(chosen, widths, seed, l2, max_iterations=iterations)
        reached = accuracy(network, points.points, points.labels, chosen.classes)
        if unlearned_words(reached, linear) is None:
            return Trained(network, chosen, seed, tried, points, reached)
        best = max(best, reached)
    raise ValueError(
        f"none of {len(seeds)} networks {'-'.join(map(str, widths))} learns {task}: the best reaches {best:.1%}, "
        f"the gate is {LEARNED_AT_LEAST:.0%} and half the mistakes of a linear classifier ({linear:.1%}); "
        "try wider layers, more seeds or a smaller --l2"
    )


def write_trained(trained: Trained, path: Path) -> None:
    """Write the layers, the fresh points with their labels, and the read-out, as `network_files` reads them."""
    arrays: dict[str, Any] = {}
    layers = zip(trained.network.weights, trained.network.biases, strict=True)
    for layer, (weight, bias) in enumerate(layers, start=1):
        arrays |= {f"W{layer}": weight, f"b{layer}": bias}
    arrays |= {"points": trained.points.points, "labels": trained.points.labels}
    arrays["prototypes"] = prototypes(trained.task.classes, trained.network.widths[-1])
    with path.open("wb") as file:
        np.savez(file, **arrays)
