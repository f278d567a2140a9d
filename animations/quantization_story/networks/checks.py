"""Whether the arrays of a file make a network with points that fit it; every error names what is wrong and where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array
from quantization_story.core.network import ReluNetwork
from quantization_story.networks.files import NetworkFile
from quantization_story.networks.label_forms import labels_of
from quantization_story.networks.layer_parts import StoredLayer, require_real

FEWEST_POINTS = 20
NO_SPAN = 1e-12  # of the largest coordinate: points that lie no farther apart are one but for rounding
SAME_OUTPUTS, SAME_OUTPUTS_HALF = 1e-3, 3e-2  # of the largest output: as near as given outputs have to be reproduced


@dataclass(frozen=True, eq=False)
class CheckedNetwork:
    """A network and what belongs to it, each of the right shape; None where it is not given.

    points: (n, d_0), labels: (n,), prototypes: (k, d_L), plane: three points (3, d_0). said: how it was read.
    """

    network: ReluNetwork
    points: FloatArray | None
    labels: IntArray | None
    prototypes: FloatArray | None
    plane: FloatArray | None
    said: tuple[str, ...] = ()

    @property
    def readout(self) -> FloatArray | None:
        """The read-out (classes, d_L): the prototypes, else a logit an output; None without labels.

        A single output is the logit of class 1, above that of class 0, which is nought.
        """
        if self.labels is None:
            return None
        if self.prototypes is not None:
            return self.prototypes
        outputs = self.network.widths[-1]
        return np.array([[0.0], [1.0]]) if outputs == 1 else np.eye(outputs)


def check(file: NetworkFile) -> CheckedNetwork:
    """The network of a file with its data. Raises ValueError, naming the file."""
    try:
        return _with_data(network_of(file.layers), file)
    except ValueError as error:
        order = "" if "layers in the order" in str(error) or not file.said else f" ({file.said[0]})"
        raise ValueError(f"{file.path}: {error}{order}") from None


def network_of(layers: tuple[StoredLayer, ...]) -> ReluNetwork:
    """The network of these layers. Raises ValueError, with their order and shapes, for arrays that do not chain."""
    try:
        return ReluNetwork(tuple(layer.weight for layer in layers), tuple(layer.bias for layer in layers))
    except ValueError as error:
        order = ", ".join(f"{layer.name} {'×'.join(map(str, np.shape(layer.weight)))}" for layer in layers)
        raise ValueError(f"{error} (layers in the order {order})") from None


def _with_data(network: ReluNetwork, file: NetworkFile) -> CheckedNetwork:
    """Points, labels, prototypes and plane, checked against the network and each other."""
    data, said = file.data, list(file.said)
    inputs, outputs = network.widths[0], network.widths[-1]
    for name, array in data.items():
        if name != "labels":
            require_real(array, name)
    points = finite_array(data["points"], "points", (None, inputs)) if "points" in data else None
    prototypes = finite_array(data["prototypes"], "prototypes", (None, outputs)) if "prototypes" in data else None
    if prototypes is not None and len(prototypes) < 2:
        raise ValueError(f"prototypes: shape {prototypes.shape}; a read-out needs at least two classes")
    plane = finite_array(data["plane"], "plane", (3, inputs)) if "plane" in data else None
    labels = _labels(data["labels"], points, outputs, prototypes, said) if "labels" in data else None
    if points is not None and len(points) < FEWEST_POINTS:
        raise ValueError(f"{len(points)} points; at least {FEWEST_POINTS} are needed, half to fit on")
    if points is not None and not np.ptp(points, axis=0).max() > NO_SPAN * np.abs(points).max():
        raise ValueError(f"points: all {len(points)} lie on one spot; a picture needs points that lie apart")
    if points is None and inputs > 2:
        raise ValueError(f"a network of {inputs} inputs needs points, to choose a plane by")
    if plane is not None and inputs <= 2:
        raise ValueError(f"a plane is chosen, but a network of {inputs} inputs needs none")
    _require_outputs(network, points, data, file.half, said)
    return CheckedNetwork(network, points, labels, prototypes, plane, tuple(said))


def _labels(
    given: Any, points: FloatArray | None, outputs: int, prototypes: FloatArray | None, said: list[str]
) -> IntArray:
    if points is None:
        raise ValueError("labels without points: nothing can be checked")
    labels, words = labels_of(given, len(points))
    said += [] if words is None else [words]
    classes = max(outputs, 2) if prototypes is None else len(prototypes)
    if len(labels) and labels.max() >= classes:
        means = f"{outputs} outputs as plain logits" if prototypes is None else f"{classes} prototypes"
        if outputs == 1 and prototypes is None:
            means = "a single output, the logit of class 1,"
        raise ValueError(f"labels: there is a label {labels.max()}, but {means} know the classes 0 to {classes - 1}")
    if len(np.unique(labels)) < 2:
        raise ValueError(f"labels: all {len(labels)} are {labels[:1].tolist()}; a task has at least two classes")
    if outputs == 1 and prototypes is None:
        said.append("the single output is the logit of class 1 against class 0")
    return labels


# --- outputs that the network must reproduce


def _require_outputs(
    network: ReluNetwork, points: FloatArray | None, data: Mapping[str, Any], half: bool, said: list[str]
) -> None:
    """Raise ValueError where the network gives other outputs at the points than the file says."""
    if "outputs" not in data:
        return
    if points is None:
        raise ValueError("outputs without points: nothing can be checked")
    given = np.asarray(data["outputs"])
    if network.widths[-1] == 1 and given.ndim == 1:
        given = given[:, None]
    wanted = finite_array(given, "outputs", (len(points), network.widths[-1]))
    with np.errstate(over="ignore", invalid="ignore"):
        found = network(points)
    far = (SAME_OUTPUTS_HALF if half else SAME_OUTPUTS) * float(np.abs(wanted).max())
    gaps = np.abs(found - wanted).max(axis=1)
    if (gaps <= far).all():
        said.append(f"the given outputs of {len(points)} points are reproduced")
        return
    for words, squashed in (("a softmax", _softmax(found)), ("a sigmoid", _sigmoid(found))):
        if np.abs(squashed - wanted).max() <= max(far, SAME_OUTPUTS):
            raise ValueError(f"outputs: they are those behind {words}; give the values before it")
    row = int(np.flatnonzero(~(gaps <= far))[0])
    raise ValueError(
        f"outputs: at point {row} the network gives {_row(found[row])}, the file says {_row(wanted[row])}: another "
        "network than the one that gave them; its layers may act in another order or its activation may be no ReLU"
    )


def _row(values: FloatArray) -> str:
    shown = ", ".join(f"{value:.3g}" for value in values[:4])
    return f"({shown}{', …' if len(values) > 4 else ''})"


def _softmax(z: FloatArray) -> FloatArray:
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _sigmoid(z: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(z, -700, 700))))
