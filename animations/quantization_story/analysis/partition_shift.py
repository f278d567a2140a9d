"""What rounding does to a partition, in exact figures: regions, flips of each neuron, and what they cost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.analysis.strips import changed_share
from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import Classes, accuracy
from quantization_story.partition.refinement import QUANTIZED, Refinement, refine

MOST_NEURONS = 20  # beyond, some neuron flips nearly everywhere, and the changed area says nothing


def require_few_neurons(net: ReluNetwork, most: int = MOST_NEURONS) -> int:
    """Return the number of hidden neurons; raise ValueError if there are none, or more than `most`.

    The gate before a changed area is shown: with the width, "any neuron flipped" comes to hold nearly everywhere.
    """
    neurons = sum(net.widths[1:-1])
    if not 0 < neurons <= most:
        raise ValueError(f"a network {net.widths} has {neurons} hidden neurons: a changed area needs 1 to {most}")
    return neurons


def lone_neuron(net: ReluNetwork, unit: int) -> ReluNetwork:
    """One unit (from 0) of the first hidden layer as a network of its own: the input -> max(w . x + b, 0)."""
    if net.depth < 2 or not 0 <= unit < net.widths[1]:
        raise ValueError(f"unit {unit}: the first hidden layer of a network {net.widths} has no such unit")
    only = slice(unit, unit + 1)
    return ReluNetwork((net.weights[0][only], np.ones((1, 1))), (net.biases[0][only], np.zeros(1)))


def region_count(cells: Refinement, network: int) -> int:
    """How many regions one of the networks (0: float, 1: quantized) has in the box: its distinct patterns."""
    return len(np.unique(cells.routings[network].groups[-1]))


def flip_shares(cells: Refinement) -> FloatArray:
    """For each hidden neuron, layer by layer, the share (H,) of the box in which just one of its two versions is on."""
    return np.concatenate([np.zeros(0), *cells.flip_areas]) / cells.box_area


def rms_error(cells: Refinement) -> float:
    """The root of the mean of |f_q - f|^2 over the box; exact."""
    return float(np.sqrt(cells.error_energy() / cells.box_area))


def topological_share(cells: Refinement) -> float:
    """The integral of |e_topo|^2 as a share of that of |e|^2; 0 where the networks are equal.

    What re-routing adds to the error, beside the whole error. The rest is not the metric error's share alone: the two
    errors can point against or along each other.
    """
    total = cells.error_energy()
    return cells.error_energy(kind="topological") / total if total > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Shift:
    """What rounding to one bit width does to a network. Shares are from 0 to 1.

    changed: the share of the box in which the pattern is another. regions: how many the quantized network has there.
    flips: (H,), the share in which each hidden neuron flips. error_inside: the share of the integral of |f_q - f|^2
    that lies where the pattern is another. topological: see `topological_share`. lost: how much accuracy falls.
    """

    bits: int
    changed: float
    regions: int
    flips: FloatArray
    error_inside: float
    topological: float
    lost: float


def shifts(
    net: ReluNetwork,
    quantized_at: Callable[[int], ReluNetwork],
    bits: Sequence[int],
    box: Any,
    points: Any,
    labels: Any,
    classes: Classes,
) -> dict[int, Shift]:
    """The figures at each of these bit widths; accuracies are measured on points (n, 2) with labels (n,)."""
    before = accuracy(net, points, labels, classes)
    found = {}
    for width in bits:
        quantized = quantized_at(width)
        cells = refine(net, quantized, box)
        total = cells.error_energy()
        found[width] = Shift(
            width,
            changed_share(cells),
            region_count(cells, QUANTIZED),
            flip_shares(cells),
            cells.split(cells.cell_energies()).changed / total if total > 0 else 0.0,
            topological_share(cells),
            before - accuracy(quantized, points, labels, classes),
        )
    return found


def widest_without_loss(found: Mapping[int, Shift], tolerance: float) -> Shift | None:
    """Of the bit widths that lose no more accuracy than the tolerance, the one with the most changed area, if any."""
    held = [shift for shift in found.values() if shift.lost <= tolerance + 1e-12]
    return max(held, key=lambda shift: shift.changed, default=None)


def overstated(found: Mapping[int, Shift]) -> bool:
    """Whether at every bit width what re-routing adds is a smaller share of the error than the changed area of the box.

    Then a picture of the changed area alone makes the boundaries look like more than they do.
    """
    return all(shift.topological < shift.changed for shift in found.values())


def most_flipped(found: Mapping[int, Shift], count: int) -> IntArray:
    """The `count` hidden neurons (from 0, in order) whose largest flip share over the bit widths is the largest."""
    largest = np.max([shift.flips for shift in found.values()], axis=0)
    return np.sort(np.argsort(-largest, kind="stable")[:count])
