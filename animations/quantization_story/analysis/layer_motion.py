"""The continuous journey of points through a network: every layer as a motion of the plane, step by step."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.blends import blend
from quantization_story.core.network import ReluNetwork

StepKind = Literal["weight", "bias", "relu"]


@dataclass(frozen=True)
class Step:
    """One step of the journey: what acts ("weight", "bias" or "relu") and in which layer (from 1)."""

    kind: StepKind
    layer: int


def journey_steps(depth: int) -> tuple[Step, ...]:
    """The steps of a network with `depth` layers: W, b, ReLU for every layer, the last one without ReLU."""
    steps = [Step(kind, layer) for layer in range(1, depth + 1) for kind in ("weight", "bias", "relu")]
    return tuple(steps[:-1])


def linear_path(matrix: Any, t: float) -> FloatArray:
    """A matrix on a path from the identity (t = 0) to `matrix` (2, 2) (t = 1).

    The matrix is a rotation times a symmetric stretch, W = R(theta) S (polar decomposition; where det W < 0 the weaker
    direction of S is negative, since a plane cannot be mirrored without passing through a line). Along the path the
    angle is t theta, -180 < theta <= 180 degrees, and the stretch (1 - t) I + t S: the plane turns and stretches
    together, while the straight line from I to W would collapse it for a large turn.
    """
    goal = finite_array(matrix, "matrix of a linear path", (2, 2))
    if t == 1.0:
        return goal
    left, singular, right = np.linalg.svd(goal)
    if np.linalg.det(left @ right) < 0:
        left = left * np.array([1.0, -1.0])
        singular = singular * np.array([1.0, -1.0])
    turn = left @ right
    angle = t * np.arctan2(turn[1, 0], turn[0, 0])
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = (right.T * singular) @ right
    return np.asarray(rotation @ blend(np.eye(2), stretch, t))


@dataclass(frozen=True)
class Journey:
    """Positions of points on their way through a network whose layers are all two units wide.

    Progress runs from 0 (the input plane) to len(steps) (the output plane); whole numbers are the network's own
    values, in between the current step is carried out by a part: W along `linear_path`, b as a shift, and ReLU by
    shrinking what is negative. Raises ValueError for other widths.
    """

    network: ReluNetwork

    def __post_init__(self) -> None:
        if set(self.network.widths) != {2}:
            raise ValueError(f"only layers of two units can be drawn as planes, not the widths {self.network.widths}")

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps in order."""
        return journey_steps(self.network.depth)

    def at(self, points: Any, progress: float) -> FloatArray:
        """Where points x (n, 2) of the input plane are at this progress, (n, 2)."""
        a = self.network.points(points)
        if not 0 <= progress <= len(self.steps):
            raise ValueError(f"progress {progress}: the journey runs from 0 to {len(self.steps)}")
        for index, step in enumerate(self.steps):
            part = min(1.0, progress - index)
            if part <= 0:
                break
            if step.kind == "weight":
                a = a @ linear_path(self.network.weights[step.layer - 1], part).T
            elif step.kind == "bias":
                a = a + part * self.network.biases[step.layer - 1]
            else:
                a = np.maximum(a, 0.0) + (1 - part) * np.minimum(a, 0.0)
        return a


@dataclass(frozen=True)
class StraightWay:
    """Positions of points on the straight way from the input plane of a network to its output plane, in one step.

    For networks of two inputs and two outputs with other widths between them, which are no planes. Raises ValueError
    for other inputs or outputs.
    """

    network: ReluNetwork

    def __post_init__(self) -> None:
        widths = self.network.widths
        if (widths[0], widths[-1]) != (2, 2):
            raise ValueError(f"only two inputs and two outputs can be drawn as planes, not those of {widths}")

    @property
    def steps(self) -> tuple[Step, ...]:
        """One step for the whole network, named by its last layer."""
        return (Step("weight", self.network.depth),)

    def at(self, points: Any, progress: float) -> FloatArray:
        """Where points x (n, 2) of the input plane are at this progress, 0 to 1, (n, 2)."""
        x = self.network.points(points)
        if not 0 <= progress <= 1:
            raise ValueError(f"progress {progress}: the straight way runs from 0 to 1")
        return blend(x, self.network(x), progress)


def passage(network: ReluNetwork) -> Journey | StraightWay:
    """The journey through a network whose layers are all planes, else the straight way from input to output."""
    return Journey(network) if set(network.widths) == {2} else StraightWay(network)
