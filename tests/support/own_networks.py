"""Networks as a user brings them, good and bad, written to files for the tests."""

import numpy as np

from quantization_story.core.tasks import TASKS, LabelledPoints, prototypes
from quantization_story.networks import load_network


def arrays_of(net):
    """The layers of a network as W1, b1, W2, b2, ..."""
    arrays = {}
    for layer, (weight, bias) in enumerate(zip(net.weights, net.biases, strict=True), start=1):
        arrays |= {f"W{layer}": weight, f"b{layer}": bias}
    return arrays


def pinwheel_arrays(count=600, seed=5):
    """The story network with fresh points, labels and prototypes, as one file holds them."""
    data = TASKS["pinwheel"].sample(count, seed)
    arrays = arrays_of(load_network("pinwheel").network)
    return {**arrays, "points": data.points, "labels": data.labels, "prototypes": prototypes(3)}


def blobs(classes, count, seed, spread=0.25):
    """Round clouds on a circle of radius 2, one a class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    angle = 2 * np.pi * labels / classes
    centres = 2.0 * np.column_stack([np.cos(angle), np.sin(angle)])
    return LabelledPoints(centres + rng.normal(0.0, spread, (count, 2)), labels)


TURNS = {3: 0.45, 4: 0.35}  # of the arms, in full turns: so far that straight cuts get many of them wrong


def wound(classes, count, seed):
    """Arms that wind around the origin, one a class, as those of the pinwheel; of two classes, the moons."""
    if classes == 2:
        return TASKS["moons"].sample(count, seed)
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    u = np.sqrt(rng.uniform(0.03, 1.0, count))
    angle = 2 * np.pi * (TURNS[classes] * u + labels / classes)
    points = 2.4 * u[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return LabelledPoints(points + rng.normal(0.0, 0.06, (count, 2)), labels)


def write(path, arrays):
    """Write arrays to exactly this file, and return its name."""
    with path.open("wb") as file:
        np.savez(file, **arrays)
    return str(path)
