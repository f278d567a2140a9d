"""A zoo of small networks that are odd in one way each, as arrays of a file; scenes play them or refuse them."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from own_networks import arrays_of, blobs, pinwheel_arrays
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import classify, prototypes
from quantization_story.training.own_network import train_first
from small_networks import he_network

Arrays = dict[str, Any]


def labelled(net: ReluNetwork, points: np.ndarray) -> Arrays:
    """A network on points that it gets right, whatever it does with them; without labels where it knows one class."""
    classes = 3 if net.widths[-1] == 2 else net.widths[-1]
    labels = classify(net(points), prototypes(classes, net.widths[-1])) if classes > 1 else np.zeros(len(points))
    if len(np.unique(labels)) < 2:
        return {**arrays_of(net), "points": points, "outputs": net(points)}
    return {
        **arrays_of(net),
        "points": points,
        "labels": labels,
        "prototypes": prototypes(classes, net.widths[-1]),
    }


def pinwheel() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
    """Weights, biases and points of the story network, to be made odd."""
    arrays = pinwheel_arrays()
    weights, biases = ([arrays[f"{kind}{layer}"].copy() for layer in (1, 2, 3)] for kind in "Wb")
    return weights, biases, arrays["points"]


def dead_unit() -> Arrays:
    """A unit of layer 1 that is off everywhere."""
    weights, biases, points = pinwheel()
    weights[0][0], biases[0][0] = 0.0, -1.0
    return labelled(ReluNetwork(tuple(weights), tuple(biases)), points)


def dead_layer() -> Arrays:
    """Layer 2 is off everywhere: the output is one point."""
    weights, biases, points = pinwheel()
    biases[1][:] = -1e3
    return labelled(ReluNetwork(tuple(weights), tuple(biases)), points)


def duplicate_units() -> Arrays:
    """Two units of layer 1 that are the same."""
    weights, biases, points = pinwheel()
    weights[0][1], biases[0][1] = weights[0][0], biases[0][0]
    return labelled(ReluNetwork(tuple(weights), tuple(biases)), points)


def parallel_boundaries() -> Arrays:
    """Both boundaries of layer 1 are parallel: all behind it sees a line."""
    weights, biases, points = pinwheel()
    weights[0][1], biases[0][1] = -2.0 * weights[0][0], 0.5
    return labelled(ReluNetwork(tuple(weights), tuple(biases)), points)


def all_on() -> Arrays:
    """Every ReLU is open wherever the points lie: one affine map."""
    net, points = he_network((2, 2, 2, 2), 3), pinwheel_arrays()["points"]
    return labelled(ReluNetwork(net.weights, tuple(bias + 100.0 for bias in net.biases)), points)


def on_levels() -> Arrays:
    """All weights lie on the levels of 4 bits: rounding changes nothing."""
    weights, biases, points = pinwheel()
    levels = tuple(np.array([[7.0, 2.0], [-3.0, 5.0]]) / 4 for _ in weights)
    return labelled(ReluNetwork(levels, tuple(biases)), points)


def moved_off(layer: int, bias: float | None = None) -> Arrays:
    """As `on_levels`, but for one weight of a layer; its unit gets another bias, if one is given."""
    arrays = {name: array.copy() for name, array in on_levels().items()}
    arrays[f"W{layer}"][0, 1] += 0.1
    if bias is not None:
        arrays[f"b{layer}"][0] = bias
    layers = range(1, 4)
    net = ReluNetwork(tuple(arrays[f"W{k}"] for k in layers), tuple(arrays[f"b{k}"] for k in layers))
    return labelled(net, arrays["points"])


def one_hidden_unit() -> Arrays:
    """A single hidden unit."""
    return labelled(he_network((2, 1, 2), 4), pinwheel_arrays()["points"])


def scaled(inputs: float, outputs: float) -> Arrays:
    """The story network on inputs and with outputs of another size; the classes are as they were."""
    arrays = pinwheel_arrays()
    more = {"W1": arrays["W1"] / inputs, "points": arrays["points"] * inputs}
    return arrays | more | {"W3": arrays["W3"] * outputs, "b3": arrays["b3"] * outputs}


def without_biases() -> Arrays:
    """All boundaries run through zero."""
    net = he_network((2, 2, 2, 2), 1)
    biases = tuple(np.zeros_like(bias) for bias in net.biases)
    return labelled(ReluNetwork(net.weights, biases), pinwheel_arrays()["points"])


def zero_weights() -> Arrays:
    """A layer of zeros: the output is one point."""
    weights, biases, points = pinwheel()
    weights[1][:] = 0.0
    return labelled(ReluNetwork(tuple(weights), tuple(biases)), points)


def points_on_a_line() -> Arrays:
    """All points lie on a line."""
    weights, biases, _ = pinwheel()
    line = np.outer(np.linspace(-2.0, 2.0, 200), [1.0, 0.5])
    return labelled(ReluNetwork(tuple(weights), tuple(biases)), line)


def a_hair_off() -> Arrays:
    """Weights a hair off their levels: the errors are as small as the rounding of the computer."""
    arrays = on_levels()
    return {name: arrays[name] * (1 + 1e-13) if name[0] == "W" else arrays[name] for name in arrays}


def moons() -> Arrays:
    """What `quantization-story train moons --widths 2,2,2,2` writes."""
    return trained("moons", (2, 2, 2, 2))


@cache
def trained(task: str, widths: tuple[int, ...]) -> Arrays:
    """A network that the command line trains."""
    made = train_first(task, widths, range(20), 5e-4, 300)
    arrays = {**arrays_of(made.network), "points": made.points.points, "labels": made.points.labels}
    return arrays | {"prototypes": prototypes(made.task.classes, widths[-1])}


def two_classes() -> Arrays:
    """A wide, shallow network on two of four clouds: two classes, many units."""
    data = blobs(4, 300, 1)
    return labelled(he_network((2, 6, 2), 2), data.points)


ZOO: dict[str, Callable[[], Arrays]] = {
    "dead unit": dead_unit,
    "dead layer": dead_layer,
    "duplicate units": duplicate_units,
    "parallel boundaries": parallel_boundaries,
    "all on": all_on,
    "on levels": on_levels,
    "one weight off": lambda: moved_off(3),
    "dead rounding": lambda: moved_off(2, -1e3),
    "one hidden unit": one_hidden_unit,
    "tiny": lambda: scaled(1e-6, 1e-6),
    "huge": lambda: scaled(1e6, 1e6),
    "tiny outputs": lambda: scaled(1.0, 1e-6),
    "no biases": without_biases,
    "zero weights": zero_weights,
    "points on a line": points_on_a_line,
    "a hair off": a_hair_off,
    "moons": moons,
    "six units": two_classes,
}
