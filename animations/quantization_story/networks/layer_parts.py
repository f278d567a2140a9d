"""What the arrays of a file are by their names: fully connected layers, norms behind them, and what cannot be shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.networks.containers.foreign import foreign_leaf

BATCH_NORM_EPS = 1e-5  # PyTorch's; a state dict does not hold it
_NUMBERED = re.compile(r"([Wb])(\d+)")
_WEIGHTS = ("weight", "kernel")
_NORM = {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}


@dataclass(frozen=True, eq=False)
class StoredLayer:
    """The arrays of one layer as they were stored, and the name of its weights; `bias` is None where there is none.

    kernel: whether its name says that the weights are stored as (in, out).
    """

    name: str
    weight: Any
    bias: Any
    kernel: bool = False

    @property
    def stem(self) -> str:
        """Its name without the word for the weights."""
        return re.sub(r"[./]?(weight|kernel)$", "", self.name) or self.name


@dataclass(frozen=True, eq=False)
class StoredNorm:
    """A BatchNorm in its resting state: values x become gain x + shift. stem: its name."""

    stem: str
    gain: Any
    shift: Any


@dataclass(frozen=True, eq=False)
class Parts:
    """layers, norms: in the order of the file. foreign: what else it holds that acts, in words, by name.

    strays: arrays that are not known. counters: whole numbers that only count something.
    """

    layers: tuple[StoredLayer, ...]
    norms: tuple[StoredNorm, ...]
    foreign: Mapping[str, str]
    strays: tuple[str, ...]
    counters: tuple[str, ...]


def parts_of(arrays: Mapping[str, Any]) -> Parts:
    """Sort arrays by what they are. Raises ValueError for weights that are no real numbers."""
    stems: dict[str, dict[str, str]] = {}
    for name in arrays:
        stem, leaf = _split(name)
        stems.setdefault(stem, {})[leaf] = name
    layers: list[StoredLayer] = []
    norms: list[StoredNorm] = []
    foreign: dict[str, str] = {}
    strays: list[str] = []
    for stem, names in stems.items():
        held = {leaf: arrays[name] for leaf, name in names.items()}
        weights = next((leaf for leaf in _WEIGHTS if leaf in held), None)
        if {"running_mean", "running_var"} <= set(held) <= _NORM:
            norms.append(_norm(stem, held))
            continue
        words = _foreign(stem, held, weights)
        if words is not None:
            foreign[stem] = words
        elif weights is None:
            strays += names.values()
        else:
            for leaf in (weights, "bias"):
                if leaf in held:
                    require_real(held[leaf], names[leaf])
            layers.append(StoredLayer(names[weights], held[weights], held.get("bias"), weights == "kernel"))
            strays += [name for leaf, name in names.items() if leaf not in (weights, "bias")]
    counters = tuple(name for name in strays if _counts(arrays[name]))
    return Parts(tuple(layers), tuple(norms), foreign, tuple(name for name in strays if name not in counters), counters)


def _counts(array: Any) -> bool:
    return np.size(array) == 1 and np.asarray(array).dtype.kind in "iub"


def _split(name: str) -> tuple[str, str]:
    """The layer that an array belongs to, and what it is of it."""
    numbered = _NUMBERED.fullmatch(name)
    if numbered is not None:
        return f"W{numbered[2]}", "weight" if numbered[1] == "W" else "bias"
    stem, _, leaf = name.replace("/", ".").rpartition(".")
    return stem, leaf.removesuffix(":0")


def _foreign(stem: str, held: Mapping[str, Any], weights: str | None) -> str | None:
    """What a group of arrays is if it is no fully connected layer, in words."""
    for leaf in held:
        words = foreign_leaf(leaf)
        if words is not None and (stem or weights is None):
            return words
    if weights is None or _NUMBERED.fullmatch(stem):
        return None
    dimensions = np.ndim(held[weights])
    if dimensions == 1:
        if "bias" in held:
            return "a LayerNorm or the like"
        return "a PReLU" if np.size(held[weights]) == 1 else "a PReLU or a norm"
    return "a convolution" if dimensions in (3, 4, 5) else None


def _norm(stem: str, held: Mapping[str, Any]) -> StoredNorm:
    for leaf in ("running_mean", "running_var"):
        require_real(held[leaf], f"{stem}.{leaf}")
    mean, variance = (np.asarray(held[leaf], dtype=np.float64) for leaf in ("running_mean", "running_var"))
    if (variance < 0).any():
        raise ValueError(f"{stem}.running_var: below zero, which no variance is")
    gain = np.asarray(held.get("weight", 1.0), dtype=np.float64) / np.sqrt(variance + BATCH_NORM_EPS)
    return StoredNorm(stem, gain, np.asarray(held.get("bias", 0.0), dtype=np.float64) - gain * mean)


def require_real(array: Any, name: str) -> None:
    """Raise ValueError, with its name, for an array that holds anything but real numbers."""
    kind = np.asarray(array).dtype
    if kind.kind not in "fiu":
        raise ValueError(f"{name}: an array of {kind}; expected real numbers")


# --- norms, folded into the layers beside them


def fold_norms(
    layers: list[StoredLayer], norms: tuple[StoredNorm, ...], transposed: bool
) -> tuple[list[StoredLayer], list[str]]:
    """The layers, in their order, with every norm folded into one; and what was done, a sentence each.

    Raises ValueError where it cannot be told which layer a norm is behind. Needs weights as (out, in) unless
    `transposed`.
    """
    folded, said = list(layers), []
    for norm in norms:
        index, before = _place(folded, norm)
        layer = folded[index]
        weight = np.asarray(layer.weight, dtype=np.float64)
        weight = weight.T if transposed else weight
        bias = np.zeros(len(weight)) if layer.bias is None else np.asarray(layer.bias, dtype=np.float64)
        if np.shape(norm.gain) != (weight.shape[1 if before else 0],):
            raise ValueError(f"{norm.stem}: a BatchNorm of {np.size(norm.gain)} units, at {layer.name} {weight.shape}")
        if before:
            weight, bias = weight * norm.gain, bias + weight @ norm.shift
            said.append(f"the BatchNorm {norm.stem}, behind a ReLU, is folded into {layer.name}")
        else:
            weight, bias = norm.gain[:, None] * weight, norm.gain * bias + norm.shift
            said.append(f"the BatchNorm {norm.stem}, taken as before the ReLU, is folded into {layer.name}")
        folded[index] = StoredLayer(layer.name, weight.T if transposed else weight, bias, layer.kernel)
    if norms:
        said.append(f"its eps is not in the file and taken as {BATCH_NORM_EPS:g}")
    return folded, said


def _place(layers: list[StoredLayer], norm: StoredNorm) -> tuple[int, bool]:
    """The layer that a norm goes into, and whether the norm comes before that layer."""
    unclear = ValueError(f"{norm.stem}: a BatchNorm; it cannot be told which layer it is behind")
    pattern, number = last_number(norm.stem)
    same = {last_number(layer.stem)[1]: i for i, layer in enumerate(layers) if last_number(layer.stem)[0] == pattern}
    if number is None:
        if len(layers) >= 1 and len([each for each in layers if np.shape(each.bias) == np.shape(norm.gain)]) == 1:
            return next(i for i, each in enumerate(layers) if np.shape(each.bias) == np.shape(norm.gain)), False
        raise unclear
    if same:  # numbered as one sequence: what lies between is a ReLU
        return _in_sequence({key: i for key, i in same.items() if key is not None}, number, unclear)
    by_number = {last_number(layer.stem)[1]: i for i, layer in enumerate(layers)}
    if number in by_number and len(by_number) == len(layers):
        return by_number[number], False
    raise unclear


def _in_sequence(numbers: Mapping[int, int], number: int, unclear: ValueError) -> tuple[int, bool]:
    earlier, later = [n for n in numbers if n < number], [n for n in numbers if n > number]
    before = number - max(earlier) - 1 if earlier else None
    after = min(later) - number - 1 if later else None
    if before == 0 and after != 0:
        return numbers[max(earlier)], False
    if before != 0 and after == 0:
        return numbers[min(later)], True
    raise unclear


def last_number(stem: str) -> tuple[str, int | None]:
    """A name with its last number put out, and that number: "net.3.fc" is ("net.#.fc", 3)."""
    match = re.fullmatch(r"(.*?)(\d+)(\D*)", stem)
    return (stem, None) if match is None else (f"{match[1]}#{match[3]}", int(match[2]))
