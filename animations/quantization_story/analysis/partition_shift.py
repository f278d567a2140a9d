"""What rounding does to the pattern of ReLUs at each input, and what it does to the class that is predicted there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.analysis.strips import between, changed_share
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.blends import leg
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints, classify
from quantization_story.partition.mesh import Box
from quantization_story.partition.refinement import refine

ALIKE = 0.25  # of a shift: how far another may be from it that is held beside it, and how far from zero at least
MOST_NEURONS = 20  # beyond, some neuron switches nearly everywhere, and a red area says little


@dataclass(frozen=True, eq=False)
class PatternShift:
    """What rounding to one bit width does.

    changed: the share, 0 to 1, of the box in which another pattern of ReLUs is on; exact. other: (n,), the points at
    which it is. moved: (n,), those for which another class is predicted.
    """

    bits: int
    network: ReluNetwork
    changed: float
    other: BoolArray
    moved: BoolArray


def pattern_shifts(
    net: ReluNetwork,
    quantized_at: Callable[[int], ReluNetwork],
    bits: Sequence[int],
    box: Any,
    points: Any,
    readout: Any,
) -> list[PatternShift]:
    """The shift at each of these bit widths, for points (n, 2) and a read-out (classes, d_L)."""
    before, patterns = classify(net(points), readout), net.activation_patterns(points)
    found = []
    for width in bits:
        network = quantized_at(width)
        found.append(
            PatternShift(
                width,
                network,
                changed_share(refine(net, network, box)),
                (network.activation_patterns(points) != patterns).any(axis=1),
                classify(network(points), readout) != before,
            )
        )
    return found


@dataclass(frozen=True, eq=False)
class SwitchingUnit:
    """A hidden unit whose ReLU rounding switches at some points.

    layer: from 1. unit: from 0. before, after: (n,), what arrives at its ReLU, in the float network and in the rounded
    one. What the ReLU passes on is max(., 0): it changes by at most |after - before|, and by less wherever it switches.
    """

    layer: int
    unit: int
    before: FloatArray
    after: FloatArray

    @property
    def switched(self) -> BoolArray:
        """(n,), where it is on in one network and off in the other."""
        return np.asarray((self.before > 0) != (self.after > 0))

    @property
    def shift(self) -> FloatArray:
        """(n,), by how much rounding changes what arrives."""
        return np.asarray(self.after - self.before)

    @property
    def passed_on(self) -> FloatArray:
        """(n,), by how much rounding changes what the ReLU passes on."""
        return np.asarray(np.maximum(self.after, 0.0) - np.maximum(self.before, 0.0))


def arriving(net: ReluNetwork, layer: int, unit: int, points: Any) -> FloatArray:
    """What arrives at the ReLU of a hidden unit (layer from 1, unit from 0) at points (n, d_0): (n,)."""
    return np.asarray(net.pre_activations(points)[layer - 1][:, unit])


def busiest_unit(net: ReluNetwork, quantized: ReluNetwork, points: Any) -> SwitchingUnit:
    """The hidden unit that switches at most of the points (n, d_0); the first of several."""
    hidden = [(layer, unit) for layer, width in enumerate(net.widths[1:-1], start=1) for unit in range(width)]
    units = [
        SwitchingUnit(*place, arriving(net, *place, points), arriving(quantized, *place, points)) for place in hidden
    ]
    return max(units, key=lambda each: int(each.switched.sum()))


def typical_switch(unit: SwitchingUnit) -> int:
    """Of the points at which a unit switches, the one that lets out the median part of its shift."""
    numbers = np.flatnonzero(unit.switched)
    part = np.abs(unit.passed_on[numbers] / unit.shift[numbers])
    return int(numbers[np.argmin(np.abs(part - np.median(part)))])


def companion(unit: SwitchingUnit, point: int) -> int | None:
    """A point at which the unit is on in both networks, with nearly the shift of a given point; None if there is none.

    Of those whose shift is at most a quarter off, the one nearest to zero that stays a quarter of it away from there.
    """
    size = abs(unit.shift[point])
    alike = np.abs(np.abs(unit.shift) - size) <= ALIKE * size
    numbers = np.flatnonzero((np.minimum(unit.before, unit.after) > ALIKE * size) & alike)
    return int(numbers[np.argmin(unit.before[numbers])]) if len(numbers) else None


@dataclass(frozen=True, eq=False)
class ShiftPlaces:
    """What the picture is drawn from.

    stops: the networks between which the weights slide, from the float one on. box: the square of the plane in which
    areas are measured. data: all held-out points. drawn: how many of them are drawn, the first ones. readout: (classes,
    d_L). unit: the one that switches at most of the drawn points at the calm bit width; hero, other: the numbers of the
    point that is followed, and of one at which the unit stays on; None where it does nowhere.
    """

    stops: tuple[ReluNetwork, ...]
    box: Box
    data: LabelledPoints
    drawn: int
    readout: FloatArray
    unit: SwitchingUnit
    hero: int
    other: int | None

    def network_at(self, place: float) -> ReluNetwork:
        """The network at a place among the stops: at 1.5 the weights are half way from the second to the third."""
        before, after, part = leg(place, len(self.stops))
        return between(self.stops[before], self.stops[after], part)

    def arriving_at(self, place: float, points: FloatArray) -> FloatArray:
        """What arrives at the ReLU of the unit at points (n, 2), (n,), at a place among the stops."""
        return arriving(self.network_at(place), self.unit.layer, self.unit.unit, points)

    def moved_at(self, place: float) -> BoolArray:
        """Which of the held-out points get another class than at the first stop, (n,), at a place among the stops."""
        now, first = (classify(net(self.data.points), self.readout) for net in (self.network_at(place), self.stops[0]))
        return np.asarray(now != first)
