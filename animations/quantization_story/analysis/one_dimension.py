"""Rounding error in one dimension, exactly: of one value, and of a ReLU network of one input.

**One value.** With one scale s for a tensor whose largest entry is `largest`, the restored value is a staircase in the
value and the error a sawtooth within s/2. Nothing is clipped: every value lies within the range the scale comes from.

**A ReLU network of one input** is a broken line. Between two breakpoints all gates are constant, so network, quantized
network, error and both parts of the error are straight there, and their values at the two ends say all.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array, frozen
from quantization_story.core.blends import blend
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer, largest_code

# --- lines in pieces


@dataclass(frozen=True, eq=False)
class BrokenLine:
    """A function on an interval that is straight between knots; it may jump at a knot.

    knots: (k + 1,), increasing. ends: (k, 2), the values at the left and the right end of every piece.
    """

    knots: FloatArray
    ends: FloatArray

    def __post_init__(self) -> None:
        knots = finite_array(self.knots, "knots of a broken line", (None,))
        if len(knots) < 2 or np.any(np.diff(knots) <= 0):
            raise ValueError(f"knots of a broken line: {len(knots)} of them; at least two are needed, increasing")
        object.__setattr__(self, "knots", frozen(knots))
        object.__setattr__(self, "ends", frozen(finite_array(self.ends, "ends of the pieces", (len(knots) - 1, 2))))

    def __call__(self, x: Any) -> FloatArray:
        """The values at x (n,); at a jump the value on its right. Raises ValueError outside the interval."""
        at = finite_array(x, "places on a broken line", (None,))
        if len(at) and (at.min() < self.knots[0] or at.max() > self.knots[-1]):
            raise ValueError(f"places on a broken line: they must lie in [{self.knots[0]}, {self.knots[-1]}]")
        piece = np.clip(np.searchsorted(self.knots, at, side="right") - 1, 0, len(self.ends) - 1)
        share = (at - self.knots[piece]) / (self.knots[piece + 1] - self.knots[piece])
        return blend(self.ends[piece, 0], self.ends[piece, 1], share)

    @property
    def segments(self) -> FloatArray:
        """The pieces as segments (k, 2, 2): two points (x, y) each."""
        return np.stack([np.stack([self.knots[:-1], self.knots[1:]], axis=1), self.ends], axis=2)

    @property
    def area(self) -> float:
        """The integral of the absolute value over the interval."""
        left, right = np.abs(self.ends).T
        both = left + right
        # A piece that goes through zero makes two triangles.
        apart = np.divide(left**2 + right**2, both, out=np.zeros(len(both)), where=both > 0)
        heights = np.where(np.prod(self.ends, axis=1) < 0, apart, both) / 2
        return float(heights @ np.diff(self.knots))

    @property
    def largest(self) -> float:
        """The largest absolute value, one-sided ones at the jumps included."""
        return float(np.abs(self.ends).max())

    @property
    def energy(self) -> float:
        """The integral of the square, in closed form: (a^2 + a b + b^2) / 3 times the length, piece by piece."""
        a, b = self.ends.T
        return float(np.sum(np.diff(self.knots) * (a * a + a * b + b * b) / 3))


def segments_until(segments: FloatArray, end: float) -> FloatArray:
    """The parts of segments (k, 2, 2) with x <= end, each running towards larger x: (m, 2, 2), m <= k."""
    begun = segments[segments[:, 0, 0] < end]
    start, stop = begun[:, 0], begun[:, 1]
    share = np.minimum(1.0, (end - start[:, 0]) / (stop[:, 0] - start[:, 0]))
    return np.stack([start, start + share[:, None] * (stop - start)], axis=1)


# --- one value


@dataclass(frozen=True)
class RoundedValue:
    """A value, its integer code, the scale, and what the code restores."""

    value: float
    scale: float
    code: int
    restored: float

    @property
    def error(self) -> float:
        """restored - value."""
        return self.restored - self.value


def round_value(value: float, largest: float, bits: int) -> RoundedValue:
    """Round one entry of a tensor whose largest entry is `largest` > 0. Raises ValueError for |value| > largest."""
    quantizer = UniformQuantizer(bits)
    if not (0 < largest < np.inf and abs(value) <= largest):
        raise ValueError(f"a value of {value} in a tensor whose largest entry is {largest}")
    pair = np.array([[value, largest]])
    scale = float(quantizer.scale(pair)[0, 0])
    return RoundedValue(float(value), scale, int(quantizer.codes(pair)[0, 0]), float(quantizer.quantize(pair)[0, 0]))


def levels(largest: float, bits: int) -> FloatArray:
    """All the values that a code can restore, s times -q_max ... q_max, (2 q_max + 1,)."""
    q_max = largest_code(bits)
    return np.asarray(round_value(0.0, largest, bits).scale * np.arange(-q_max, q_max + 1))


def staircase(largest: float, bits: int) -> BrokenLine:
    """The restored value against the value, over [-largest, largest]: one level tread a code."""
    treads = levels(largest, bits)
    knots = np.concatenate([[-largest], (treads[:-1] + treads[1:]) / 2, [largest]])
    return BrokenLine(knots, np.stack([treads, treads], axis=1))


def sawtooth(largest: float, bits: int) -> BrokenLine:
    """The error, restored - value, over [-largest, largest]: it falls with slope -1 and jumps by s at every step."""
    stairs = staircase(largest, bits)
    return BrokenLine(stairs.knots, stairs.ends - np.stack([stairs.knots[:-1], stairs.knots[1:]], axis=1))


# --- a ReLU network of one input


@dataclass(frozen=True, eq=False)
class LinePieces:
    """The pieces of an interval on which a network of one input has one activation pattern each.

    knots: (k + 1,), from the low end to the high one. patterns: (k, H), the bits of all hidden layers.
    """

    knots: FloatArray
    patterns: BoolArray

    @property
    def breakpoints(self) -> FloatArray:
        """The knots (k - 1,) inside the interval, at which a hidden unit switches."""
        return self.knots[1:-1]

    def units_at(self) -> list[IntArray]:
        """For every breakpoint the units that switch there, counted through all hidden layers from 0."""
        return [np.flatnonzero(left != right) for left, right in pairwise(self.patterns)]

    def patterns_at(self, x: FloatArray) -> BoolArray:
        """The patterns (n, H) of the pieces that hold x (n,)."""
        piece = np.searchsorted(self.knots, x, side="right") - 1
        return np.asarray(self.patterns[np.clip(piece, 0, len(self.patterns) - 1)])


def line_pieces(net: ReluNetwork, low: float, high: float) -> LinePieces:
    """Cut [low, high] wherever a hidden unit of a network of one input changes sign, in closed form.

    Layer by layer: on a piece of the layers before, every unit is straight, z = slope x + offset, and where its zero
    lies inside the piece it cuts it. Raises ValueError unless the network has one input and low < high.
    """
    if net.widths[0] != 1:
        raise ValueError(f"pieces of a line: the network {net.widths} must have one input")
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"pieces of a line: the interval [{low}, {high}] must have a positive, finite length")
    knots = np.array([low, high], dtype=np.float64)
    slope, offset = np.ones((1, 1)), np.zeros((1, 1))
    gates = [np.zeros((1, 0), dtype=np.bool_)]
    for weight, bias in zip(net.weights[:-1], net.biases[:-1], strict=True):
        slope, offset = slope @ weight.T, offset @ weight.T + bias
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            zeros = -offset / slope
        inside = (zeros > knots[:-1, None]) & (zeros < knots[1:, None])
        cut = np.unique(np.concatenate([knots, zeros[inside]]))
        middle = (cut[:-1] + cut[1:]) / 2
        parent = np.clip(np.searchsorted(knots, middle, side="right") - 1, 0, len(knots) - 2)
        knots, slope, offset = cut, slope[parent], offset[parent]
        gate = slope * middle[:, None] + offset > 0
        gates = [*(before[parent] for before in gates), gate]
        slope, offset = gate * slope, gate * offset
    return LinePieces(frozen(knots), np.hstack(gates))


@dataclass(frozen=True, eq=False)
class LineRefinement:
    """A network of one input beside its quantized self, on the pieces between the breakpoints of both.

    network, quantized, total, metric, topological: on the same knots; total = metric + topological. The total is
    continuous; both parts jump, against each other, where a gate of the float network switches. changed: (k,), the
    pieces on which the activation patterns differ; on all others `topological` is exactly 0.
    """

    network: BrokenLine
    quantized: BrokenLine
    total: BrokenLine
    metric: BrokenLine
    topological: BrokenLine
    changed: BoolArray

    @property
    def strips(self) -> FloatArray:
        """The stretches of input (m, 2) on which the patterns differ, neighbouring pieces joined.

        Those shorter than 1e-12 of the interval, from breakpoints that only rounding in floating point moved, are left
        out.
        """
        knots = self.total.knots
        flips = np.diff(np.concatenate([[False], self.changed, [False]]).astype(np.int8))
        strips = np.stack([knots[np.flatnonzero(flips == 1)], knots[np.flatnonzero(flips == -1)]], axis=1)
        return np.asarray(strips[strips[:, 1] - strips[:, 0] > 1e-12 * (knots[-1] - knots[0])])

    @property
    def topological_elsewhere(self) -> float:
        """The largest topological error on the pieces where the patterns agree: 0, exactly."""
        return float(np.abs(self.topological.ends[~self.changed]).max(initial=0.0))

    @property
    def changed_share(self) -> float:
        """The share of the interval on which the patterns differ, 0 to 1."""
        lengths = np.diff(self.total.knots)
        return float(lengths[self.changed].sum() / lengths.sum())


def refine_line(net: ReluNetwork, quantized: ReluNetwork, low: float, high: float, output: int = 0) -> LineRefinement:
    """Compare two networks of one input on [low, high], exactly, in one output; see `errors.decompose_error`.

    Every piece is evaluated at both its ends with the gates held as they are inside it. Raises ValueError as
    `line_pieces` does, for networks of different widths, and for an output that there is not.
    """
    check_same_widths(net, quantized)
    if not 0 <= output < net.widths[-1]:
        raise ValueError(f"output {output}: the network {net.widths} has {net.widths[-1]}")
    own, other = line_pieces(net, low, high), line_pieces(quantized, low, high)
    knots = np.union1d(own.knots, other.knots)
    middle = (knots[:-1] + knots[1:]) / 2
    patterns, patterns_q = own.patterns_at(middle), other.patterns_at(middle)

    def ends(of: ReluNetwork, gates: BoolArray) -> FloatArray:
        return np.stack([of.routed(x[:, None], gates)[:, output] for x in (knots[:-1], knots[1:])], axis=1)

    f, f_q, held = ends(net, patterns), ends(quantized, patterns_q), ends(quantized, patterns)
    return LineRefinement(
        network=BrokenLine(knots, f),
        quantized=BrokenLine(knots, f_q),
        total=BrokenLine(knots, f_q - f),
        metric=BrokenLine(knots, held - f),
        topological=BrokenLine(knots, f_q - held),
        changed=np.any(patterns != patterns_q, axis=1),
    )


def fitted_readout(slopes: Any, switches: Any, x: Any, target: Any) -> ReluNetwork:
    """A network 1 -> H -> 1 with given hidden units and the output layer that fits them to a curve by least squares.

    slopes (H,): the input weight of every unit, not 0. switches (H,): where it switches; its bias is -slope * switch.
    x, target: (n,), the curve. Raises ValueError for a slope of 0 and for shapes that do not match.
    """
    w = finite_array(slopes, "slopes of the hidden units", (None,))
    at = finite_array(switches, "switches of the hidden units", (len(w),))
    places = finite_array(x, "places of the curve", (None,))
    values = finite_array(target, "values of the curve", (len(places),))
    if np.any(w == 0):
        raise ValueError(f"slopes of the hidden units: unit {int(np.argmin(np.abs(w)))} has slope 0 and never switches")
    hidden = np.maximum(places[:, None] * w - w * at, 0.0)
    design = np.hstack([hidden, np.ones((len(places), 1))])
    readout = np.linalg.lstsq(design, values, rcond=None)[0]
    return ReluNetwork((w[:, None], readout[None, :-1]), (-w * at, readout[-1:]))
