"""A row of two weights as a point among its levels, and the errors of its neuron's output as ellipses around it.

Everything is counted in steps of the quantizer, so that the levels of every layer are the whole numbers. Weights moved
by e = k - w change the neuron's output by e . a for an input a; the root mean square of that over the inputs is
sqrt(e M e^T) with M = s^2 E[a a^T]. See `lattices`.
"""

import math
from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.lattices import closest_vector, gptq, input_moments, nearest
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer, largest_code

MOST_SKEWED = 400.0  # the condition of the moments: from there on an ellipse is longer than twenty times its width


@dataclass(frozen=True, eq=False)
class LatticeRow:
    """One row of a layer of two inputs, and its levels.

    layer: from 1; unit: the row, from 0. weight: (2,), in steps. moments: M, (2, 2). limit: the largest code. nearest:
    the codes of round-to-nearest, (2,). best: those of the least error of the output, (2,). forward, backward: those of
    GPTQ, the first weight first and the second weight first.
    """

    layer: int
    unit: int
    weight: FloatArray
    moments: FloatArray
    limit: int
    nearest: IntArray
    best: IntArray
    forward: IntArray
    backward: IntArray

    @property
    def moves(self) -> bool:
        """Whether another level than the nearest costs the output less."""
        return bool((self.best != self.nearest).any())

    def error(self, place: FloatArray | IntArray) -> float:
        """The RMS error of the neuron's output with its weights at a place, (2,), in steps."""
        off = np.asarray(place) - self.weight
        return math.sqrt(max(0.0, float(off @ self.moments @ off)))

    @property
    def distance(self) -> float:
        """How far the nearest level is, in steps."""
        return float(np.linalg.norm(self.nearest - self.weight))

    @property
    def gain(self) -> float:
        """How many times smaller the error is at the best level than at the nearest one."""
        return self.error(self.nearest) / max(self.error(self.best), np.finfo(float).tiny)

    def ellipse(self, error: float, turns: FloatArray) -> FloatArray:
        """Places with this error of the output, (n, 2), in steps, at parts of a turn (n,), in radians.

        They begin across the direction that the output feels most, at an end of the ellipse, and go leftward around.
        """
        long, short = directions(np.array([self.costly + np.pi / 2, self.costly + np.pi]))
        halves = (each / np.sqrt(each @ self.moments @ each) for each in (long, short))
        return np.asarray(self.weight + error * np.column_stack([np.cos(turns), np.sin(turns)]) @ np.stack([*halves]))

    @property
    def costly(self) -> float:
        """The angle of the errors that the output feels most, from -pi/2 to pi/2; those across it, least."""
        x, y = np.linalg.eigh(self.moments)[1][:, -1]
        return float(np.arctan2(y, x) if x >= 0 else np.arctan2(-y, -x))

    @property
    def across(self) -> FloatArray:
        """As far from the row as the nearest level, but where the output feels it least, (2,), in steps."""
        return np.asarray(self.weight + self.distance * directions(np.array([self.costly + np.pi / 2]))[0])

    def passed_on(self, first: int) -> FloatArray:
        """The way of GPTQ with one of the two weights first, (4, 2): the row, that weight rounded, the other shifted to
        where the output's error is least then, and rounded.
        """
        codes = self.forward if first == 0 else self.backward
        other, rounded = 1 - first, self.weight.copy()
        rounded[first] = codes[first]
        shifted = rounded.copy()
        off = codes[first] - self.weight[first]
        shifted[other] -= off * self.moments[first, other] / self.moments[other, other]
        return np.stack([self.weight, rounded, shifted, np.asarray(codes, dtype=float)])


def directions(angles: FloatArray) -> FloatArray:
    """Unit vectors (n, 2) at angles (n,), in radians."""
    return np.column_stack([np.cos(angles), np.sin(angles)])


def lattice_rows(network: ReluNetwork, quantizer: UniformQuantizer, points: FloatArray) -> tuple[LatticeRow, ...]:
    """All rows of a network with two inputs in every layer; points: the calibration points, (n, d_0).

    A row of zeros with a scale of its own has no steps, and is left out. Raises ValueError where a layer has another
    number of inputs, and where its inputs lie nearly on one line through zero: there ellipses are lines.
    """
    found = []
    for layer, (weight, inputs) in enumerate(zip(network.weights, network.activations(points), strict=True), start=1):
        if weight.shape[1] != 2:
            raise ValueError(
                f"layer {layer} has {weight.shape[1]} inputs: only a row of two weights is a point in a plane"
            )
        moments = input_moments(inputs)
        if np.linalg.cond(moments) > MOST_SKEWED:
            raise ValueError(f"the inputs of layer {layer} lie nearly on one line, so equal errors form no ellipse")
        scale = np.broadcast_to(quantizer.scale(weight), weight.shape)[:, 0]
        codes = (
            nearest(weight, quantizer),
            closest_vector(weight, quantizer, moments),
            *(gptq(weight, quantizer, moments, order) for order in ((0, 1), (1, 0))),
        )
        for unit in np.flatnonzero(scale).tolist():
            own, per_step = weight[unit] / scale[unit], moments * scale[unit] ** 2
            limit = largest_code(quantizer.bits)
            found.append(LatticeRow(layer, unit, own, per_step, limit, *(each[unit] for each in codes)))
    return tuple(found)
