"""Whether the arrays of a file make a network with points that fit it; every error names what is wrong and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array, label_array
from quantization_story.core.network import ReluNetwork
from quantization_story.networks.files import NetworkFile, StoredLayer, require_real

FEWEST_POINTS = 20
NO_SPAN = 1e-12  # of the largest coordinate: points that lie no farther apart are one but for rounding


@dataclass(frozen=True, eq=False)
class CheckedNetwork:
    """A network and what belongs to it, each of the right shape; None where it is not given.

    points: (n, d_0), labels: (n,), prototypes: (k, d_L), plane: three points (3, d_0).
    """

    network: ReluNetwork
    points: FloatArray | None
    labels: IntArray | None
    prototypes: FloatArray | None
    plane: FloatArray | None

    @property
    def readout(self) -> FloatArray | None:
        """The read-out (classes, d_L): the prototypes, else a logit an output; None without labels."""
        if self.labels is None:
            return None
        return np.eye(self.network.widths[-1]) if self.prototypes is None else self.prototypes


def check(file: NetworkFile) -> CheckedNetwork:
    """The network of a file with its data. Raises ValueError, naming the file."""
    try:
        return _with_data(network_of(file.layers), file.data)
    except ValueError as error:
        raise ValueError(f"{file.path}: {error}") from None


def network_of(layers: tuple[StoredLayer, ...]) -> ReluNetwork:
    """The network of these layers. Raises ValueError, with their order, for arrays that do not chain."""
    try:
        return ReluNetwork(tuple(layer.weight for layer in layers), tuple(layer.bias for layer in layers))
    except ValueError as error:
        order = ", ".join(layer.name for layer in layers)
        raise ValueError(f"{error} (layers in the order {order})") from None


def _with_data(network: ReluNetwork, data: Mapping[str, Any]) -> CheckedNetwork:
    """Points, labels, prototypes and plane, checked against the network and each other."""
    inputs, outputs = network.widths[0], network.widths[-1]
    for name, array in data.items():
        require_real(array, name)
    points = finite_array(data["points"], "points", (None, inputs)) if "points" in data else None
    prototypes = finite_array(data["prototypes"], "prototypes", (None, outputs)) if "prototypes" in data else None
    if prototypes is not None and len(prototypes) < 2:
        raise ValueError(f"prototypes: shape {prototypes.shape}; a read-out needs at least two classes")
    plane = finite_array(data["plane"], "plane", (3, inputs)) if "plane" in data else None
    labels = _labels(data["labels"], points, outputs, prototypes) if "labels" in data else None
    if points is not None and len(points) < FEWEST_POINTS:
        raise ValueError(f"{len(points)} points; at least {FEWEST_POINTS} are needed, half to fit on")
    if points is not None and not np.ptp(points, axis=0).max() > NO_SPAN * np.abs(points).max():
        raise ValueError(f"points: all {len(points)} lie on one spot; a picture needs points that lie apart")
    if points is None and inputs > 2:
        raise ValueError(f"a network of {inputs} inputs needs points, to choose a plane by")
    if plane is not None and inputs <= 2:
        raise ValueError(f"a plane is chosen, but a network of {inputs} inputs needs none")
    return CheckedNetwork(network, points, labels, prototypes, plane)


def _labels(given: Any, points: FloatArray | None, outputs: int, prototypes: FloatArray | None) -> IntArray:
    if points is None:
        raise ValueError("labels without points: nothing can be checked")
    labels = label_array(given, "labels", len(points))
    classes = outputs if prototypes is None else len(prototypes)
    if len(labels) and labels.max() >= classes:
        means = f"{outputs} outputs as plain logits" if prototypes is None else f"{classes} prototypes"
        raise ValueError(f"labels: there is a label {labels.max()}, but {means} know the classes 0 to {classes - 1}")
    if len(np.unique(labels)) < 2:
        raise ValueError(f"labels: all {len(labels)} are {labels[:1].tolist()}; a task has at least two classes")
    return labels
