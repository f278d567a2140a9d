"""What rounding the activations adds to rounding the weights: how far it can reach, and what it does to a network.

Compare two paths with the same rounded weights V_l: one keeps its states, the other rounds each to a lattice of step
s_l, which moves it by r_l, |r_l| <= s_l / 2 in every coordinate. Let d_l be the gap between them after layer l.

**Linear chain.** d_l = V_l d_(l-1) + r_l, so d_l is the sum of the V_l ... V_(k+1) r_k: it fills the zonotope whose
generators are the columns of the (s_k / 2) V_l ... V_(k+1). Nothing lies outside, every vertex is the sum of some r_k:
exact for states that lattices of these steps can move by anything up to half a step.

**Behind a ReLU.** max(u, 0) and max(v, 0) are no farther apart than u and v, coordinate by coordinate. Hence
|d_l| <= |V_l| |d_(l-1)| + s_l / 2: a box that nothing leaves, but not all of which is reached: an outer bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.analysis.fake_quantization import QuantizedPath, quantized_path
from quantization_story.core.arrays import BoolArray, FloatArray, finite_array
from quantization_story.core.blends import along
from quantization_story.core.distances import mean_square
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import Classes, LabelledPoints, accuracy_of_outputs


def rounding_generators(weights: Sequence[Any], steps: Sequence[float]) -> list[FloatArray]:
    """For every layer l of a linear chain V_1 ... V_L the generators (d_l, d_1 + ... + d_l) of its gap; see above.

    steps: (L,), s_1 ... s_L. Raises ValueError where the shapes do not chain or a step is missing.
    """
    generators: list[FloatArray] = []
    for weight, step in _layers(weights, steps):
        carried = [weight @ generators[-1]] if generators else []
        generators.append(np.hstack([*carried, step / 2 * np.eye(len(weight))]))
    return generators


def rounding_boxes(weights: Sequence[Any], steps: Sequence[float]) -> list[FloatArray]:
    """The half-widths of the box that the gap of a ReLU network cannot leave (see above), at its 2 L + 1 stops.

    Stop 0 is the input, stop 2 l - 1 the state of layer l before it is rounded, stop 2 l the rounded one; (d_l,) each.
    """
    layers = _layers(weights, steps)
    boxes = [np.zeros(layers[0][0].shape[1])]
    for weight, step in layers:
        carried = np.abs(weight) @ boxes[-1]
        boxes += [carried, carried + step / 2]
    return boxes


@dataclass(frozen=True, eq=False)
class RoutedStates:
    """The states of n points at the 2 L + 1 stops of a network (see `rounding_boxes`), tuples of (n, d_l).

    exact: of the float network. weight_only, both: of the quantized one, without and with rounded states; the first two
    are the same before and after a rounding. steps: (L,), the steps of the lattices. boxes: the half-widths (d_l,) of
    what rounding the states can do at the stops, an outer bound. rerouted: which points (n,) have e_topo != 0 at the
    output, without and with rounded states.
    """

    exact: tuple[FloatArray, ...]
    weight_only: tuple[FloatArray, ...]
    both: tuple[FloatArray, ...]
    steps: tuple[float, ...]
    boxes: tuple[FloatArray, ...]
    rerouted: tuple[BoolArray, BoolArray]

    @property
    def gaps(self) -> list[FloatArray]:
        """What rounding the states has moved so far: `both` - `weight_only` at every stop."""
        return [both - alone for both, alone in zip(self.both, self.weight_only, strict=True)]

    def widest_gap(self, count: int) -> int:
        """Which of the first `count` points rounding the states moves farthest at the output."""
        return int(np.linalg.norm(self.gaps[-1][:count], axis=1).argmax())


def routed_states(net: ReluNetwork, points: Any, bits: int) -> RoutedStates:
    """Send points (n, d_0) through a network with weights, and then also states, of this bit width."""
    alone, both = quantized_path(net, points, bits), quantized_path(net, points, bits, bits)
    rounded = net.quantized(UniformQuantizer(bits))
    path = [both.quantized[0]]
    for layer, (weight, bias) in enumerate(zip(rounded.weights, rounded.biases, strict=True), start=1):
        z = path[-1] @ weight.T + bias
        path += [z if layer == net.depth else np.maximum(z, 0.0), both.quantized[layer]]

    def twice(states: tuple[FloatArray, ...]) -> tuple[FloatArray, ...]:
        return (states[0], *(state for state in states[1:] for _ in range(2)))

    boxes = rounding_boxes(rounded.weights, both.steps[1:])
    rerouted = _rerouted(alone), _rerouted(both)
    return RoutedStates(twice(alone.exact), twice(alone.quantized), tuple(path), both.steps[1:], tuple(boxes), rerouted)


@dataclass(frozen=True, eq=False)
class BitsDial:
    """A linear chain (d, d) and a cloud (n, d), fake-quantized at several bit widths; stop k is the k-th of them.

    Between two stops a picture is blended, so that it can move from one to the other; at the stops it is exact.
    """

    weights: tuple[FloatArray, ...]
    points: FloatArray
    bits: tuple[int, ...]

    @cached_property
    def weight_only(self) -> tuple[QuantizedPath, ...]:
        """A path for each stop with rounded weights only."""
        return tuple(quantized_path(self.weights, self.points, bits) for bits in self.bits)

    @cached_property
    def both(self) -> tuple[QuantizedPath, ...]:
        """A path for each stop with rounded weights and rounded states."""
        return tuple(quantized_path(self.weights, self.points, bits, bits) for bits in self.bits)

    @cached_property
    def reach(self) -> FloatArray:
        """The largest coordinate of all errors of both regimes, (stops,): pictures are drawn in this unit."""
        pairs = zip(self.weight_only, self.both, strict=True)
        return np.array([max(np.abs(np.stack(path.errors)).max() for path in pair) for pair in pairs])

    @cached_property
    def room(self) -> FloatArray:
        """The largest coordinate of all that rounding the states could make of the errors, (stops,)."""
        most = []
        for stop, path in enumerate(self.weight_only):
            tubes = zip(path.errors[1:], self.generators(stop), strict=True)
            most.append(max((np.abs(error).max(axis=0) + np.abs(part).sum(axis=1)).max() for error, part in tubes))
        return np.array(most)

    @cached_property
    def _pictures(self) -> tuple[list[FloatArray], list[FloatArray]]:
        weight_only, both = (
            [np.stack(path.errors[1:]) / reach for path, reach in zip(paths, self.reach, strict=True)]
            for paths in (self.weight_only, self.both)
        )
        return weight_only, both

    def pictures(self, place: float, activations: bool) -> FloatArray:
        """The errors (L, n, d) after every layer, in units of the reach."""
        return along(self._pictures[activations], place)

    @cached_property
    def _largest(self) -> tuple[list[FloatArray], list[FloatArray]]:
        weight_only, both = ([path.largest_errors[1:] for path in paths] for paths in (self.weight_only, self.both))
        return weight_only, both

    def largest(self, place: float, activations: bool) -> FloatArray:
        """The largest |error| after every layer, (L,)."""
        return along(self._largest[activations], place)

    @cached_property
    def _unrounded(self) -> list[list[FloatArray]]:
        return [
            [
                before @ UniformQuantizer(bits).quantize(weight).T
                for before, weight in zip(path.quantized[:-1], self.weights, strict=True)
            ]
            for bits, path in zip(self.bits, self.both, strict=True)
        ]

    def states(self, place: float, rounded: float, layer: int = 1) -> FloatArray:
        """The states (n, d) after a layer, on their way from before (0) to after (1) they are rounded."""
        paths = zip(self._unrounded, self.both, strict=True)
        return along(
            [(1 - rounded) * before[layer - 1] + rounded * path.quantized[layer] for before, path in paths], place
        )

    def generators(self, stop: int) -> list[FloatArray]:
        """`rounding_generators` at a stop: all that rounding the states can add, layer by layer."""
        quantizer = UniformQuantizer(self.bits[stop])
        return rounding_generators([quantizer.quantize(weight) for weight in self.weights], self.both[stop].steps[1:])


@dataclass(frozen=True)
class RegimeFigures:
    """What one regime does to a network on labelled points.

    accuracy: of the quantized outputs. places: how many different outputs there are. error, metric, topological: the
    mean squares of e, e_metric and e_topo at the output (the errors add up at every point, their squares need not).
    mapped: the accuracy behind one affine output map, fitted on calibration points in the same regime.
    """

    accuracy: float
    places: int
    error: float
    metric: float
    topological: float
    mapped: float


def regime_figures(
    net: ReluNetwork,
    data: LabelledPoints,
    calibration: LabelledPoints,
    classes: Classes,
    weight_bits: int,
    activation_bits: int | None = None,
) -> RegimeFigures:
    """Measure a regime on `data`; bits as for `quantized_path`."""
    path = quantized_path(net, data.points, weight_bits, activation_bits)
    outputs, metric, topological = path.quantized[-1], path.metric[-1], path.topological[-1]
    fitted = quantized_path(net, calibration.points, weight_bits, activation_bits).output_map
    return RegimeFigures(
        accuracy_of_outputs(outputs, data.labels, classes),
        len(np.unique(outputs, axis=0)),
        mean_square(path.errors[-1]),
        mean_square(metric),
        mean_square(topological),
        accuracy_of_outputs(fitted(outputs), data.labels, classes),
    )


def compared(before: float, after: float, up: str, down: str, same: str) -> str:
    """The words for a figure that has gone up, gone down, or stayed the same."""
    if after == before:
        return same
    return up if after > before else down


def task_words(before: RegimeFigures, after: RegimeFigures) -> str:
    """What happens to accuracy from one regime to another, and to the error meanwhile."""
    task = compared(before.accuracy, after.accuracy, up="rises", down="falls", same="stays")
    error = compared(before.error, after.error, up="grows", down="shrinks", same="stays")
    joint = "though" if (task, error) in (("rises", "grows"), ("falls", "shrinks")) else "and"
    return f"Accuracy {task} here, {joint} the error {error}"


def shared_places_words(count: int, places: int) -> str:
    """What it means that `count` points have that many different outputs."""
    if places == count:
        return f"All {count} points keep an output of their own"
    return f"{count} points share {places} outputs: no map can take them apart"


def _rerouted(path: QuantizedPath) -> BoolArray:
    """Which points (n,) have an e_topo other than 0 at the output of a path."""
    return np.asarray((path.topological[-1] != 0).any(axis=1))


def _layers(weights: Sequence[Any], steps: Sequence[float]) -> list[tuple[FloatArray, float]]:
    if len(weights) != len(steps) or len(weights) == 0:
        raise ValueError(f"{len(weights)} layers need as many steps, not {len(steps)}")
    layers: list[tuple[FloatArray, float]] = []
    width: int | None = None
    for layer, (weight, step) in enumerate(zip(weights, steps, strict=True), start=1):
        matrix = finite_array(weight, f"weight of layer {layer}", (None, width))
        if not 0 <= step < np.inf:
            raise ValueError(f"step of layer {layer}: {step!r}; it must be 0 or a positive number")
        width = len(matrix)
        layers.append((matrix, float(step)))
    return layers
