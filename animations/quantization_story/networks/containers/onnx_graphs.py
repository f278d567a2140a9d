"""The layers of an ONNX graph that is a plain chain; the package onnx is optional."""

from typing import Any

import numpy as np

from quantization_story.networks.containers.stored import ACTED, Stored, first_line, not_shown

_SILENT = {"Identity", "Dropout", "Flatten", "Cast"}
_LAST = {"Softmax", "LogSoftmax", "Sigmoid"}


def read_onnx(content: bytes) -> Stored:
    """The layers as NAME.weight and NAME.bias, in the order in which they act. Raises ValueError otherwise."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError:
        raise ValueError("reading .onnx needs the package onnx (pip install onnx)") from None
    try:
        graph = onnx.load_model_from_string(content).graph
        constants = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                values = [numpy_helper.to_array(each.t) for each in node.attribute if each.name == "value"]
                constants |= dict(zip(node.output, values, strict=False))
    except Exception as error:  # of protobuf, or of onnx
        raise ValueError(f"not a readable .onnx file ({first_line(error)})") from None
    nodes = [node for node in graph.node if node.op_type != "Constant"]
    inputs = [each.name for each in graph.input if each.name not in constants]
    if len(inputs) != 1:
        raise ValueError(f"a graph of the inputs {', '.join(inputs) or 'none'}; a network has one")
    chain = _Chain(constants)
    at = inputs[0]
    while nodes_here := [node for node in nodes if at in node.input]:
        if len(nodes_here) > 1:
            raise ValueError(f"a graph that branches at {at}; only a chain of layers can be shown")
        chain.take(nodes_here[0], at)
        nodes.remove(nodes_here[0])
        at = nodes_here[0].output[0]
    if nodes:
        raise not_shown(f"{nodes[0].op_type} ({nodes[0].name or nodes[0].output[0]}) beside the chain of layers")
    return chain.stored()


class _Chain:
    """The layers so far, node by node."""

    def __init__(self, constants: dict[str, Any]) -> None:
        self.constants = constants
        self.layers: list[tuple[str, Any, Any]] = []
        self.relu = True  # whether the next layer may come: the first may, later ones behind a ReLU
        self.end: str | None = None
        self.said: list[str] = []

    def take(self, node: Any, at: str) -> None:
        """Add a node that acts on the value `at`. Raises ValueError for one that no chain of ReLU layers has."""
        kind, name = node.op_type, node.name or node.output[0]
        if self.end is not None:
            raise not_shown(f"{kind} ({name}) behind the {self.end}")
        given = {attribute.name: attribute for attribute in node.attribute}
        if kind in _SILENT:
            return
        if kind in _LAST:
            self.end = kind
            self.said.append(f"the {kind} at the end is left out: outputs are logits")
        elif kind == "Relu" and self.layers and not self.relu:
            self.relu = True
        elif kind in ("Gemm", "MatMul") and node.input[0] == at and node.input[1] in self.constants:
            self._layer(node, given, name)
        elif kind == "Add" and self.layers and not self.relu:
            self._add(node, at, name)
        elif kind == "BatchNormalization" and self.layers and not self.relu:
            self._norm(node, given)
        else:
            raise not_shown(f"{kind} ({name})")

    def _layer(self, node: Any, given: dict[str, Any], name: str) -> None:
        if not self.relu:
            raise not_shown(f"{node.op_type} ({name}) right behind another layer, without a ReLU between")
        if given.get("transA") is not None and given["transA"].i:
            raise not_shown(f"Gemm ({name}) of transposed inputs")
        weight = np.asarray(self.constants[node.input[1]], dtype=np.float64)
        if weight.ndim != 2:
            raise not_shown(f"{node.op_type} ({name}) of an array of the shape {weight.shape}")
        turned = given.get("transB") is not None and given["transB"].i
        weight = (weight if turned else weight.T) * (given["alpha"].f if "alpha" in given else 1.0)
        bias = np.zeros(len(weight))
        if len(node.input) > 2 and node.input[2]:
            bias = bias + self._constant(node.input[2]) * (given["beta"].f if "beta" in given else 1.0)
        label = node.input[1].removesuffix(".weight")
        self.layers.append((label if all(label != each[0] for each in self.layers) else name, weight, bias))
        self.relu = False

    def _constant(self, name: str) -> Any:
        if name not in self.constants:
            raise not_shown(f"a bias that is computed ({name})")
        return np.asarray(self.constants[name], dtype=np.float64).reshape(-1)

    def _add(self, node: Any, at: str, name: str) -> None:
        other = node.input[1] if node.input[0] == at else node.input[0]
        if other not in self.constants:
            raise not_shown(f"Add ({name}) of two computed values")
        label, weight, bias = self.layers[-1]
        self.layers[-1] = (label, weight, bias + self._constant(other))

    def _norm(self, node: Any, given: dict[str, Any]) -> None:
        scale, shift, mean, variance = (self._constant(name) for name in node.input[1:5])
        gain = scale / np.sqrt(variance + (given["epsilon"].f if "epsilon" in given else 1e-5))
        label, weight, bias = self.layers[-1]
        self.layers[-1] = (label, gain[:, None] * weight, gain * (bias - mean) + shift)
        self.said.append(f"the BatchNormalization behind {label} is folded into it")

    def stored(self) -> Stored:
        """All layers. Raises ValueError where there is none, or a ReLU comes last."""
        if not self.layers:
            raise ValueError("a graph without a fully connected layer")
        if self.relu:
            raise not_shown("a ReLU behind the last layer")
        arrays = {
            f"{name}.{kind}": array
            for name, weight, bias in self.layers
            for kind, array in (("weight", weight), ("bias", bias))
        }
        return Stored(arrays, ACTED, tuple(self.said))
