"""The ReLU network: a piecewise-affine map, with its activation patterns and the affine map of each region."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray, finite_array, frozen
from quantization_story.core.quantizers import UniformQuantizer


@dataclass(frozen=True, eq=False)
class ReluNetwork:
    """A fully connected ReLU network: z_l = W_l a_(l-1) + b_l, a_l = max(z_l, 0), the last layer without ReLU.

    weights: L matrices, W_l of shape (d_l, d_(l-1)). biases: L vectors (d_l,). Points are rows, (n, d_0).
    Layers are numbered from 1 to L, as in the formulas. Raises ValueError, naming the layer, where shapes do not
    chain or an entry is not finite.
    """

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]

    def __post_init__(self) -> None:
        if len(self.weights) == 0 or len(self.weights) != len(self.biases):
            raise ValueError(f"a network needs as many biases as weights: {len(self.weights)} and {len(self.biases)}")
        weights: list[FloatArray] = []
        biases: list[FloatArray] = []
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            fan_in = weights[-1].shape[0] if weights else None
            matrix = finite_array(weight, f"weight of layer {layer}", (None, fan_in))
            if 0 in matrix.shape:
                raise ValueError(f"weight of layer {layer}: shape {matrix.shape} is empty")
            weights.append(frozen(matrix))
            biases.append(frozen(finite_array(bias, f"bias of layer {layer}", (matrix.shape[0],))))
        object.__setattr__(self, "weights", tuple(weights))
        object.__setattr__(self, "biases", tuple(biases))

    @property
    def widths(self) -> tuple[int, ...]:
        """(d_0, d_1, ..., d_L): the number of inputs, then of the units of every layer."""
        return (self.weights[0].shape[1], *(weight.shape[0] for weight in self.weights))

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return len(self.weights)

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(array.size for array in (*self.weights, *self.biases))

    def points(self, x: Any) -> FloatArray:
        """Return x as points of this network's input space, (n, d_0); raises ValueError otherwise."""
        return finite_array(x, "points", (None, self.widths[0]))

    def __call__(self, x: Any) -> FloatArray:
        """The outputs (n, d_L) at points x (n, d_0)."""
        return self.pre_activations(x)[-1]

    def pre_activations(self, x: Any) -> list[FloatArray]:
        """[z_1, ..., z_L] at points x; z_l is (n, d_l), and z_L is the output."""
        a = self.points(x)
        result = []
        for weight, bias in zip(self.weights, self.biases, strict=True):
            z = a @ weight.T
            z += bias  # in place: for many points the memory costs more than the sums
            result.append(z)
            a = np.maximum(z, 0.0)
        return result

    def activations(self, x: Any) -> list[FloatArray]:
        """[a_0, ..., a_(L-1)]: the input x itself, then what every hidden layer gives; a_(l-1) is what W_l acts on."""
        return [self.points(x), *(np.maximum(z, 0.0) for z in self.pre_activations(x)[:-1])]

    def activation_patterns(self, x: Any) -> BoolArray:
        """The bits z > 0 of all hidden layers, concatenated: (n, H), H = d_1 + ... + d_(L-1)."""
        hidden = self.pre_activations(x)[:-1]
        if not hidden:
            return np.zeros((len(self.points(x)), 0), dtype=np.bool_)
        return np.hstack([z > 0 for z in hidden])

    activation_pattern = activation_patterns  # its first name, which notebooks still use

    def gates(self, patterns: Any) -> list[BoolArray]:
        """Split patterns (n, H) into one array of gates (n, d_l) for each hidden layer."""
        patterns = np.asarray(patterns)
        units = sum(self.widths[1:-1])
        if patterns.ndim != 2 or patterns.shape[1] != units:
            raise ValueError(f"patterns: shape {patterns.shape}, expected (n, {units}) for a network {self.widths}")
        bits = patterns.astype(np.bool_)
        if np.any(bits != patterns):
            raise ValueError("patterns: every entry must be a bit, 0 or 1")
        return np.split(bits, np.cumsum(self.widths[1:-1])[:-1], axis=1) if units else []

    def check_layer(self, layer: int | None) -> int:
        """Return the layer's number, the last one for None; raises ValueError unless it is one of 1 ... L."""
        number = self.depth if layer is None else layer
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or not 1 <= number <= self.depth:
            raise ValueError(f"layer {layer}: this network has the layers 1 to {self.depth}")
        return int(number)

    def affine_map(self, pattern: Any, layer: int | None = None) -> AffineMap:
        """The affine map x -> z_layer (the output if left out) that the network is where it has this pattern (H,)."""
        if np.ndim(pattern) != 1:
            raise ValueError(f"pattern: shape {np.shape(pattern)}, expected one pattern ({sum(self.widths[1:-1])},)")
        gates = self.gates(np.asarray(pattern)[None, :])
        total = AffineMap(self.weights[0], self.biases[0])
        for index in range(1, self.check_layer(layer)):
            gate = gates[index - 1][0].astype(np.float64)
            opened = AffineMap(gate[:, None] * total.linear, gate * total.offset)
            total = AffineMap(self.weights[index], self.biases[index]) @ opened
        return total

    def routed(self, x: Any, patterns: Any, layer: int | None = None) -> FloatArray:
        """z_layer (the output if left out) with every ReLU gate held as `patterns` (n, H) say, not set by sign."""
        a = self.points(x)
        gates = self.gates(patterns)
        if len(patterns) != len(a):
            raise ValueError(f"patterns: {len(patterns)} rows for {len(a)} points")
        last = self.check_layer(layer)
        for index in range(last):
            z = a @ self.weights[index].T
            z += self.biases[index]
            if index < last - 1:
                a = np.where(gates[index], z, 0.0)
        return z

    def quantized(self, quantizer: UniformQuantizer) -> "ReluNetwork":
        """The weight-only quantized network: every weight matrix rounded, the biases kept."""
        return ReluNetwork(tuple(quantizer.quantize(weight) for weight in self.weights), self.biases)

    def reordered(self, layer: int, order: Sequence[int]) -> "ReluNetwork":
        """The same function with the units of a hidden layer in another order: unit `order[k]` becomes unit k.

        The rows of W_layer and b_layer move, and with them the columns of the next weights; no output changes. Raises
        ValueError unless the layer is a hidden one and `order` names each of its units once.
        """
        if not 1 <= layer < self.depth:
            raise ValueError(f"layer {layer}: this network has the hidden layers 1 to {self.depth - 1}")
        if sorted(order) != list(range(self.widths[layer])):
            raise ValueError(f"order {list(order)}: layer {layer} has the units 0 to {self.widths[layer] - 1}")
        units = list(order)
        weights, biases = list(self.weights), list(self.biases)
        weights[layer - 1], biases[layer - 1] = weights[layer - 1][units], biases[layer - 1][units]
        weights[layer] = weights[layer][:, units]
        return ReluNetwork(tuple(weights), tuple(biases))

    def oriented(self) -> "ReluNetwork":
        """The same function, its hidden units so ordered that the layers turn the plane but do not mirror it.

        Wherever a 2x2 layer has a negative determinant, the two units that it feeds are swapped, from the first layer
        on. Only a last layer can stay negative: where an odd number of a network's layers, all two wide, mirror.
        """
        network = self
        for layer in range(1, self.depth):
            weight = network.weights[layer - 1]
            if weight.shape == (2, 2) and np.linalg.det(weight) < 0:
                network = network.reordered(layer, (1, 0))
        return network

    def save(self, path: str | Path) -> None:
        """Write the weights and biases to an .npz file of exactly this name (arrays W1, b1, W2, b2, ...)."""
        arrays: dict[str, Any] = {}
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            arrays[f"W{layer}"], arrays[f"b{layer}"] = weight, bias
        with Path(path).open("wb") as file:  # given a name instead, numpy would append .npz to it
            np.savez(file, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "ReluNetwork":
        """Read what `save` wrote. Raises ValueError, naming the file, if it is missing, broken or lacks an array."""
        try:
            # Opened here, since numpy leaves a damaged archive open.
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except FileNotFoundError:
            raise ValueError(f"{path}: no such file") from None
        except Exception as error:  # numpy raises one of half a dozen types for a damaged archive
            raise ValueError(f"{path}: not a readable .npz file ({error})") from None
        depth = len(arrays) // 2
        wanted = [f"{kind}{layer}" for layer in range(1, depth + 1) for kind in "Wb"]
        if not depth or sorted(arrays) != sorted(wanted):
            raise ValueError(f"{path}: holds the arrays {sorted(arrays)}, expected W1, b1, W2, b2, ...")
        try:
            return cls(*_layers(arrays, depth))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def _layers(arrays: dict[str, FloatArray], depth: int) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
    def of_kind(kind: str) -> Sequence[FloatArray]:
        return [arrays[f"{kind}{layer}"] for layer in range(1, depth + 1)]

    return tuple(of_kind("W")), tuple(of_kind("b"))
