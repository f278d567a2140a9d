"""One affine map from the quantized picture onto the float one, exact in layer 1 and fitted later, and its controls."""

from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine, rank
from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import ControlNetworks
from quantization_story.partition.cells import Plane


def exact_transport(net: ReluNetwork, quantized: ReluNetwork) -> AffineMap:
    """The map that takes z_q of layer 1 to z of layer 1, whatever the input: T = W W_q^-1, t = b - T b_q.

    Raises ValueError if the widths differ and if W_q of layer 1 is not square or is singular.
    """
    check_same_widths(net, quantized)
    rounded = AffineMap(quantized.weights[0], quantized.biases[0])
    try:
        undone = rounded.inverse()
    except ValueError as error:
        raise ValueError(f"quantized weights of layer 1: no exact transport starts from them ({error})") from None
    return AffineMap(net.weights[0], net.biases[0]) @ undone


def first_layer_map(net: ReluNetwork, quantized: ReluNetwork, calibration: Any) -> AffineMap:
    """The map of layer 1 from z_q to z: `exact_transport` where there is one, else fitted on points (m, d_0)."""
    if rank(quantized.weights[0]) == quantized.widths[1] == quantized.widths[0]:
        return exact_transport(net, quantized)
    source, target = (network.pre_activations(calibration)[0] for network in (quantized, net))
    return fit_affine(source, target)


def partway(transport: AffineMap, amount: float) -> AffineMap:
    """The transport carried out by a part, 0 to 1: every point has gone this part of the straight way to its goal.

    (1 - s) I + s T and s t. Where (T, t) is a least-squares fit, the sum of squares on the points of the fit falls all
    the way, since it is convex in s with its minimum at s = 1. Raises ValueError if the transport is not square.
    """
    here = AffineMap.identity(len(transport.linear))
    if transport.linear.shape != here.linear.shape:
        raise ValueError(f"a transport of shape {transport.linear.shape} has no way from here to there: not square")
    return here.toward(transport, amount)


def parameter_count(transport: AffineMap) -> int:
    """How many numbers a map has: d d' + d."""
    return transport.linear.size + transport.offset.size


def removed_share(before: float, after: float) -> float:
    """The share of a mean square that is gone when its root falls from `before` to `after`; negative if it grew."""
    if not (before > 0 and after >= 0):
        raise ValueError(f"removed share: from {before} to {after}; the first must be positive, none negative")
    return 1.0 - (after / before) ** 2


def reaching(scores: Any, goal: float, within: float) -> int:
    """How many of the accuracies in `scores` (n,) come within `within` of a goal, or beyond it."""
    values = finite_array(scores, "scores", (None,))
    return int(np.count_nonzero(values >= goal - within - 1e-12))


def controls_on_plane(controls: ControlNetworks, plane: Plane) -> ControlNetworks:
    """The same networks as functions of a plane's coordinates."""
    return ControlNetworks(tuple(map(plane.restrict, controls.permuted)), plane.restrict(controls.raw_input))


def waffle_rows(counts: Any, width: float, height: float, gap: float, largest: float) -> tuple[float, list[int]]:
    """The pitch at which groups of dots fit below each other, and how many rows each takes.

    counts: the dots in each group. They stand on a square lattice, `width` wide; between groups lies `gap`. The pitch
    is the largest one, at most `largest`, at which all rows fit into `height`. An empty group keeps one row.
    """
    numbers = [int(count) for count in counts]
    if not (width > 0 and height > gap * (len(numbers) - 1) and largest > 0 and numbers):
        raise ValueError(f"{numbers} dots do not fit into {width} by {height} with gaps of {gap}")
    pitch = largest
    while True:
        columns = max(1, int(width / pitch + 1e-9))
        rows = [max(1, -(-count // columns)) for count in numbers]
        if sum(rows) * pitch + gap * (len(rows) - 1) <= height:
            return pitch, rows
        pitch *= 0.98


def waffle_places(count: int, pitch: float, columns: int) -> FloatArray:
    """The places (count, 2) of dots that fill rows of a lattice from the left, the first one at (0, 0), downward."""
    index = np.arange(count)
    return np.asarray(pitch * np.column_stack([index % columns, -(index // columns)]), dtype=np.float64)
