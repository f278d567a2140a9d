"""One affine map from the quantized picture onto the float one, exact in layer 1 and fitted later; its parts.

A map of the plane is a shift, a turn, a stretch and a shear, one after the other.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.analysis.folding import Fold, FoldingJourney, Turn
from quantization_story.core.affine import AffineMap, rank
from quantization_story.core.arrays import FloatArray, IntArray, finite_array
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import ControlNetworks
from quantization_story.core.tasks import LabelledPoints
from quantization_story.partition.cells import Plane

PARTS = ("shift", "turn", "stretch", "shear")


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


# --- a map taken apart


@dataclass(frozen=True, eq=False)
class MapParts:
    """x -> pivot + shift + shear stretch turn (x - pivot).

    pivot, shift: (2,). angle: of the turn, in radians. stretch: (2,), along the axes. shear: how far the upper side of
    a unit square slides to the right.
    """

    pivot: FloatArray
    shift: FloatArray
    angle: float
    stretch: FloatArray
    shear: float

    def until(self, progress: float) -> AffineMap:
        """The map as far as it has come: 1 is the shift, 2 the turn as well, 3 the stretch, 4 all of it."""
        shifted, turned, stretched, sheared = (float(np.clip(progress - k, 0.0, 1.0)) for k in range(4))
        turn = AffineMap.rotation(turned * self.angle).linear
        stretch = np.diag(1.0 + stretched * (self.stretch - 1.0))
        linear = np.array([[1.0, sheared * self.shear], [0.0, 1.0]]) @ stretch @ turn
        return AffineMap(linear, self.pivot + shifted * self.shift - linear @ self.pivot)


@dataclass(frozen=True, eq=False)
class StraightPull:
    """A map that squeezes the plane onto a line: it has no parts, and every point goes straight to its goal."""

    transport: AffineMap

    def until(self, progress: float) -> AffineMap:
        """The map as far as it has come, 0 to 4."""
        return partway(self.transport, float(np.clip(progress / len(PARTS), 0.0, 1.0)))


def pulled(transport: AffineMap, pivot: Any) -> MapParts | StraightPull:
    """How a map of the plane is carried out: part after part where it has parts, else straight."""
    return map_parts(transport, pivot) if rank(transport.linear) == 2 else StraightPull(transport)


def map_parts(transport: AffineMap, pivot: Any) -> MapParts:
    """Take a map of the plane apart about a point (2,). Raises ValueError where it squeezes the plane onto a line.

    The linear part is an upper triangle times a rotation, which is unique where it does not mirror.
    """
    about = finite_array(pivot, "pivot", (2,))
    linear = finite_array(transport.linear, "linear part of the map", (2, 2))
    height = float(np.hypot(linear[1, 0], linear[1, 1]))
    if height == 0 or np.linalg.matrix_rank(linear) < 2:
        raise ValueError("a map that squeezes the plane onto a line has no turn, stretch and shear")
    angle = float(np.arctan2(linear[1, 0], linear[1, 1]))
    upper = linear @ AffineMap.rotation(-angle).linear
    stretch = np.array([upper[0, 0], height])
    return MapParts(about, transport(about[None])[0] - about, angle, stretch, float(upper[0, 1] / height))


# --- what a picture of it is drawn from


@dataclass(frozen=True, eq=False)
class CorrectionPlaces:
    """What the picture of one map is drawn from, for two networks whose layers are all planes.

    drawn: the points on screen. hero: the number of the one that is followed. readout: (classes, 2). exact: the map of
    layer 1 before its ReLUs. whole: that at the output, fitted on all calibration points. unit: the unit of layer 1
    whose ReLU parts the twins most. leaning: the map of layer 1 behind that ReLU that serves the points that it
    presses, and differs as little from the exact one as that allows; None where it presses too few.
    """

    float_path: FoldingJourney
    rounded_path: FoldingJourney
    drawn: LabelledPoints
    hero: int
    readout: FloatArray
    exact: AffineMap
    whole: AffineMap
    unit: int
    leaning: AffineMap | None

    @property
    def first(self) -> int:
        """The progress at which layer 1 has turned the plane."""
        return self.float_path.number(Turn(1))

    @property
    def pressed_flat(self) -> int:
        """The progress at which both ReLUs of layer 1 have acted."""
        return self.float_path.number(Fold(1, 1))

    @property
    def output(self) -> int:
        """The progress at the output."""
        return len(self.float_path.steps)

    def floats(self, progress: float) -> FloatArray:
        """The drawn points on the float network's way, (n, 2)."""
        return self.float_path.at(self.drawn.points, progress)

    def rounded(self, progress: float) -> FloatArray:
        """The drawn points on the rounded network's way, (n, 2)."""
        return self.rounded_path.at(self.drawn.points, progress)

    def press(self, points: FloatArray, part: float) -> FloatArray:
        """Points (n, 2) of layer 1 when a part (0 to 1) of what the ReLU of the shown unit does is done."""
        return self.float_path.moved(points, self.float_path.number(Fold(1, self.unit)) - 1, part)


@dataclass(frozen=True, eq=False)
class Trial:
    """One control: a source, taken along by a map towards the float outputs.

    drawn: the source of the points that are drawn, (n, 2). outputs: of all held-out points, (N, 2).
    """

    drawn: FloatArray
    outputs: FloatArray
    transport: AffineMap

    def at(self, part: float) -> FloatArray:
        """The drawn points, a part, 0 to 1, of the straight way to where the map takes them."""
        return partway(self.transport, part)(self.drawn)


@dataclass(frozen=True, eq=False)
class ControlPlaces:
    """What the picture of the controls is drawn from. readout: (classes, 2). labels: of all held-out points, (N,).

    rounded, on_float, raw: the correction, the same map on the float network, and a map from the inputs. shuffled:
    the drawn points of each shuffle with its own map, (m, n, 2); example: the first of them. reach: how far from zero
    the float outputs lie.
    """

    readout: FloatArray
    labels: IntArray
    drawn: int
    rounded: Trial
    on_float: Trial
    raw: Trial
    shuffled: FloatArray
    example: Trial
    reach: float
