"""A point and its twin on their way through two networks, with the gap between them in its two parts, motion by motion.

The error of a layer is what it makes of the gap that it receives, W (a_q - a), and what its own rounding adds, E a_q,
with E = W_q - W. Here each of them is a motion, so that it can be watched alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from quantization_story.analysis.layer_motion import linear_path
from quantization_story.analysis.network_distances import RoundedWeights
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.blends import blend
from quantization_story.core.distances import lengths, rms
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints
from quantization_story.partition import Partition


@dataclass(frozen=True)
class Carry:
    """The float weights and bias of a layer (from 1) act on both: the plane turns and stretches, and so does a gap."""

    layer: int


@dataclass(frozen=True)
class Add:
    """The own rounding of a layer takes the twin further."""

    layer: int


@dataclass(frozen=True)
class Press:
    """The ReLUs of a hidden layer press both."""

    layer: int


Motion = Carry | Add | Press


@dataclass(frozen=True)
class Twins:
    """Where n points are, their twins, and where a twin would be without what its layer has added: (n, 2) each."""

    points: FloatArray
    carried: FloatArray
    twins: FloatArray

    @property
    def gaps(self) -> FloatArray:
        """How far each point is from its twin, (n,)."""
        return lengths(self.twins - self.points)


@dataclass(frozen=True)
class GapJourney:
    """Two networks whose layers are all two units wide, with the same points on their way through both.

    Progress runs from 0 (the input plane) to len(steps) (the output plane); whole numbers are what the networks
    compute. A layer carries along `linear_path`, rotation and stretch together. Raises ValueError for other widths.
    """

    net: ReluNetwork
    other: ReluNetwork

    def __post_init__(self) -> None:
        check_same_widths(self.net, self.other)
        if set(self.net.widths) != {2}:
            raise ValueError(f"only layers of two units can be drawn as planes, not the widths {self.net.widths}")

    @cached_property
    def steps(self) -> tuple[Motion, ...]:
        """The motions in order; the last layer has no ReLU."""
        steps: list[Motion] = []
        for layer in range(1, self.net.depth + 1):
            steps += [Carry(layer), Add(layer), Press(layer)]
        return tuple(steps[:-1])

    def number(self, step: Motion) -> int:
        """The progress at which a motion is complete; raises ValueError for one that there is not."""
        return self.steps.index(step) + 1

    def at(self, inputs: Any, progress: float) -> Twins:
        """Where the inputs (n, 2) are in both networks. Raises ValueError for a progress outside the journey."""
        if not 0 <= progress <= len(self.steps):
            raise ValueError(f"progress {progress}: this journey runs from 0 to {len(self.steps)}")
        here = there = carried = received = self.net.points(inputs)
        for index, step in enumerate(self.steps):
            part = min(1.0, progress - index)
            if part <= 0:
                break
            weight, bias = self.net.weights[step.layer - 1], self.net.biases[step.layer - 1]
            if isinstance(step, Carry):
                received, path = there, linear_path(weight, part).T
                here, there = here @ path + part * bias, there @ path + part * bias
                carried = there
            elif isinstance(step, Add):
                added = received @ (self.other.weights[step.layer - 1] - weight).T
                there = carried + part * (added + self.other.biases[step.layer - 1] - bias)
            else:
                here, carried, there = (_pressed(each, part) for each in (here, carried, there))
                carried = blend(carried, there, part)  # what was added is a part of the old gap from here on
        return Twins(here, carried, there)


@dataclass(frozen=True)
class LayerGap:
    """The gap of one pair in a layer: as it is received, carried by the float weights, and with what is added."""

    received: float
    carried: float
    total: float

    @property
    def stretch(self) -> float:
        """How many times its length the old gap becomes; 1 where there is none."""
        return self.carried / self.received if self.received > 0 else 1.0


@dataclass(frozen=True, eq=False)
class GapPlaces:
    """What a scene that follows a gap is drawn from.

    rounding: the weights on the axis. layer: whose they are. journey: of both networks, their hidden units ordered
    so that no layer but the last can mirror. sheet: the pieces of a part of the plane larger than what is ever
    seen. data: the held-out points. drawn: the first of them. hero: the number of the point that is followed.
    stops: the network at each bit width of the dial. alone: with one layer rounded, for each. together: which of
    the points (n,) are lost with all layers rounded and with none alone. readout: None without labels.
    """

    rounding: RoundedWeights
    layer: int
    journey: GapJourney
    sheet: Partition
    data: LabelledPoints
    drawn: LabelledPoints
    hero: int
    stops: dict[int, ReluNetwork]
    alone: tuple[ReluNetwork, ...]
    together: BoolArray
    readout: FloatArray | None

    @property
    def pushes(self) -> FloatArray:
        """How far each layer alone moves the output of the hero, (layers, 2)."""
        home = self.journey.net(self.hero_point)
        return np.vstack([net(self.hero_point) - home for net in self.alone])

    @property
    def hero_point(self) -> FloatArray:
        """The point (1, 2) that is followed."""
        return np.asarray(self.data.points[self.hero][None])


def _pressed(points: FloatArray, part: float) -> FloatArray:
    return np.asarray(np.maximum(points, 0.0) + (1 - part) * np.minimum(points, 0.0))


def oriented_together(net: ReluNetwork, other: ReluNetwork) -> tuple[ReluNetwork, ReluNetwork]:
    """Both networks with their hidden units in the order of `net.oriented()`; no output changes."""
    check_same_widths(net, other)
    for layer in range(1, net.depth):
        weight = net.weights[layer - 1]
        if weight.shape == (2, 2) and np.linalg.det(weight) < 0:
            net, other = net.reordered(layer, (1, 0)), other.reordered(layer, (1, 0))
    return net, other


def layer_gaps(journey: GapJourney, point: FloatArray) -> tuple[LayerGap, ...]:
    """The gap of one point (1, 2) and its twin, layer by layer."""
    found = []
    for layer in range(1, journey.net.depth + 1):
        start = journey.number(Carry(layer))
        found.append(LayerGap(*(float(journey.at(point, start + k).gaps[0]) for k in (-1, 0, 1))))
    return tuple(found)


def stretches(journey: GapJourney, points: FloatArray) -> Iterable[bool]:
    """For each layer after the first, whether it stretches the gaps that it receives, as RMS over points (n, 2)."""
    for layer in range(2, journey.net.depth + 1):
        start = journey.number(Carry(layer))
        received, carried = (rms(journey.at(points, k).gaps[:, None]) for k in (start - 1, start))
        yield carried > received


def typical(journey: GapJourney, points: FloatArray, among: BoolArray) -> int:
    """The number of the point whose gaps after each layer are nearest the medians of those `among` (n,), or of all."""
    chosen = among if among.any() else np.ones(len(points), dtype=np.bool_)
    ends = [journey.number(Add(layer)) for layer in range(1, journey.net.depth + 1)]
    gaps = np.stack([journey.at(points, end).gaps for end in ends], axis=1)
    medians = np.median(gaps[chosen], axis=0)
    away = lengths((gaps - medians) / np.where(medians > 0, medians, 1.0))
    return int(np.where(chosen, away, np.inf).argmin())
