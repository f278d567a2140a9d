"""The order in which layers act and which way round their weights lie: taken only where nothing else fits as well."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, permutations
from typing import Any

import numpy as np

from quantization_story.networks.containers.stored import ACTED, UNORDERED, WRITTEN, not_shown
from quantization_story.networks.layer_parts import Parts, StoredLayer, StoredNorm, fold_norms, last_number
from quantization_story.networks.settings import LAYERS, TRANSPOSED

_MOST_TRIED = 7  # layers: of more, not every order is tried
_MOST_NAMED = 4  # candidates in a message


@dataclass(frozen=True)
class Choice:
    """What a user says of a file: the layers by name, in their order, and whether weights lie as (in, out); or None."""

    layers: tuple[str, ...] | None = None
    transposed: bool | None = None


@dataclass(frozen=True, eq=False)
class Chain:
    """Layers in the order in which they act, weights as (out, in), each with a bias; and what was decided."""

    layers: tuple[StoredLayer, ...]
    said: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def order(self) -> str:
        """The order and the shapes, in words."""
        return ", ".join(f"{layer.name} {_shape(layer.weight)}" for layer in self.layers)


def _shape(array: Any) -> str:
    return "×".join(map(str, np.shape(array))) or "()"


def chain_of(parts: Parts, order: str, data: Mapping[str, Any], choice: Choice) -> Chain:
    """The one chain that these parts are. Raises ValueError, with the candidates, where there are several or none.

    order: what the order of the file says. data: the arrays beside the weights, which say how wide the ends are.
    """
    if not parts.layers:
        raise next((not_shown(f"{words} ({stem})") for stem, words in parts.foreign.items()), _nothing(parts))
    if choice.layers is None:
        _require_plain(parts)
        ordered = _own_order(parts.layers, order, data, choice, parts.norms)
    else:
        ordered = _named(parts.layers, choice.layers, order, data, choice)
    stems = {layer.stem for layer in ordered}
    left = [*parts.counters, *parts.strays, *(name for name in parts.foreign)]
    left += [layer.name for layer in parts.layers if layer.stem not in stems]
    transposed = _orientation(ordered, order, data, choice)
    norms = parts.norms if choice.layers is None else _norms_of(parts, ordered)
    left += [norm.stem for norm in parts.norms if norm not in norms]
    folded, said = fold_norms(list(ordered), norms, transposed)
    if transposed:
        said.insert(0, "weights are read as (in, out)")
    bare = [layer.name for layer in folded if layer.bias is None]
    if bare and len(bare) < len(folded) and _handmade(folded):
        raise ValueError(f"{bare[0]} has no bias: expected an array b{bare[0][1:]} (zeros, if the layer has none)")
    if bare:
        said.append(f"no bias, so zeros: {', '.join(bare)}")
    return Chain(tuple(_turned(layer, transposed) for layer in folded), tuple(said), tuple(left))


def _turned(layer: StoredLayer, transposed: bool) -> StoredLayer:
    weight = np.transpose(layer.weight) if transposed else layer.weight
    bias = np.zeros(np.shape(weight)[:1]) if layer.bias is None else layer.bias
    return replace(layer, weight=weight, bias=bias)


def _nothing(parts: Parts) -> ValueError:
    held = ", ".join(parts.strays) or "nothing"
    return ValueError(f"holds {held}; expected layers W1, b1, W2, b2, ... or NAME.weight, NAME.bias")


def _require_plain(parts: Parts) -> None:
    """Raise ValueError for what else is in the file, unless it only counts something."""
    for stem, words in parts.foreign.items():
        raise not_shown(f"{words} ({stem})" if stem else words)
    if parts.strays:
        names = ",".join(layer.stem for layer in parts.layers)
        raise ValueError(
            f"{', '.join(parts.strays)}: belongs to no fully connected layer; if the network does without, "
            f"{LAYERS}={names} leaves the rest out"
        )


def _norms_of(parts: Parts, ordered: Sequence[StoredLayer]) -> tuple[StoredNorm, ...]:
    """The norms that are numbered or named beside the chosen layers."""
    chosen = [last_number(layer.stem)[0] for layer in ordered]
    tops = {layer.stem.rpartition(".")[0] for layer in ordered}
    return tuple(
        norm for norm in parts.norms if last_number(norm.stem)[0] in chosen or norm.stem.rpartition(".")[0] in tops
    )


# --- order


def _named(
    layers: Sequence[StoredLayer], names: Sequence[str], order: str, data: Mapping[str, Any], choice: Choice
) -> tuple[StoredLayer, ...]:
    """The layers of these names, in this order; the start of several names stands for all of them."""
    found: list[StoredLayer] = []
    for name in names:
        exact = [layer for layer in layers if name in (layer.stem, layer.name)]
        below = [layer for layer in layers if layer.stem.startswith(f"{name}.")]
        if not exact and not below:
            raise ValueError(f"{LAYERS}: no layer {name!r}; there are {', '.join(layer.stem for layer in layers)}")
        found += exact or _own_order(tuple(below), order, data if len(names) == 1 else {}, choice)
    stems = [layer.stem for layer in found]
    if len(set(stems)) < len(stems):
        raise ValueError(f"{LAYERS}: {','.join(names)} names a layer twice")
    return tuple(found)


def _own_order(
    layers: tuple[StoredLayer, ...],
    order: str,
    data: Mapping[str, Any],
    choice: Choice,
    norms: Sequence[StoredNorm] = (),
) -> tuple[StoredLayer, ...]:
    """The order that names and file give. Raises ValueError where they leave it open, or contradict each other."""
    if order == ACTED or len(layers) == 1:
        return layers
    _require_one_network(layers, data, choice)
    numbered = _by_number(layers)
    written = layers if order == WRITTEN and list(layers) != sorted(layers, key=lambda each: each.name) else None
    if numbered is not None:
        _require_relus(numbered, norms)
        # Flax numbers layers as they are made: Dense(3)(relu(Dense(8)(x))) makes the last one first.
        open_kernels = layers[0].kernel and len(layers) > 1 and not {"labels", "outputs"} & set(data)
        if open_kernels and all(_fits(way, data, choice) for way in (numbered, numbered[::-1])):
            raise _open_order([numbered, numbered[::-1]])
        if _handmade(layers) or written is None or written == numbered or not _fits(written, data, choice):
            return numbered
        if not _fits(numbered, data, choice):
            return numbered  # the error of the shapes names the order that would fit
        raise _open_order([numbered, written])
    if written is not None and _fits(written, data, choice):
        return written
    candidates = _orders_that_fit(layers, data, choice)
    if order == WRITTEN and layers in candidates and len(candidates) == 1:
        return layers
    if len(candidates) == 1 and order == UNORDERED:
        return candidates[0]
    if len(candidates) > 1:
        raise _open_order(candidates)
    return layers


def _by_number(layers: Sequence[StoredLayer]) -> tuple[StoredLayer, ...] | None:
    """By the numbers in the names, where they differ in nothing else; else None."""
    patterns = {re.sub(r"\d+", "#", layer.stem) for layer in layers}
    if len(patterns) != 1 or "#" not in patterns.pop():
        return None
    return tuple(sorted(layers, key=lambda layer: [int(number) for number in re.findall(r"\d+", layer.stem)]))


def _orders_that_fit(
    layers: tuple[StoredLayer, ...], data: Mapping[str, Any], choice: Choice, either: bool = False
) -> list[tuple[StoredLayer, ...]]:
    tried = permutations(layers) if len(layers) <= _MOST_TRIED else iter((layers, layers[::-1]))
    return [order for order in tried if _fits(order, data, choice, either)]


def _open_order(candidates: Sequence[Sequence[StoredLayer]]) -> ValueError:
    shown = [",".join(layer.stem for layer in order) for order in candidates[:_MOST_NAMED]]
    more = f" and {len(candidates) - len(shown)} more" if len(candidates) > len(shown) else ""
    return ValueError(
        f"the order of the layers cannot be told: {' or '.join(shown)}{more} fit the shapes; "
        f"{LAYERS}={shown[0]} takes the first of them"
    )


def _require_relus(numbered: Sequence[StoredLayer], norms: Sequence[StoredNorm]) -> None:
    """Raise ValueError where the numbers of a sequence leave no place for a ReLU between two of its layers."""
    places = [last_number(layer.stem) for layer in numbered]
    if any(not re.fullmatch(r"(.*\.)?#", pattern) for pattern, _ in places):
        return
    between = {last_number(norm.stem)[1] for norm in norms}
    numbers = [number for _, number in places if number is not None]
    close = [set(range(a + 1, b)) <= between for a, b in pairwise(numbers)]
    bare = all(pattern == "#" for pattern, _ in places)
    if any(close) and (not all(close) or bare):
        at = close.index(True)
        first, second = numbered[at].stem, numbered[at + 1].stem
        names = ",".join(layer.stem for layer in numbered)
        raise ValueError(
            f"{first} and {second} follow each other with no number left for a ReLU between them; "
            f"if there is one all the same, {LAYERS}={names} says so"
        )


def _require_one_network(layers: Sequence[StoredLayer], data: Mapping[str, Any], choice: Choice) -> None:
    """Raise ValueError where the names are those of several networks."""
    groups: dict[str, list[StoredLayer]] = {}
    for layer in layers:
        groups.setdefault(_network_name(layer, layers), []).append(layer)
    several = {name: group for name, group in groups.items() if len(group) > 1}
    if len(several) < 2 or "" in groups:
        return
    if _by_number(layers) is not None and not _alike(list(groups.values())):
        return
    found = {name: _by_number(group) or tuple(group) for name, group in groups.items()}
    shapes = {name: " then ".join(_shape(layer.weight) for layer in group) for name, group in found.items()}
    named = ", ".join(f"{name} ({words})" for name, words in shapes.items())
    one = next((name for name in several if _fits(found[name], data, choice)), next(iter(several)))
    chained = [layer for group in found.values() for layer in group]
    all_of_them = f", {LAYERS}={','.join(groups)} chains them" if _fits(chained, data, choice) else ""
    raise ValueError(f"several networks: {named}; {LAYERS}={one} takes one{all_of_them}")


def _network_name(layer: StoredLayer, layers: Sequence[StoredLayer]) -> str:
    """What comes before the first part in which the names differ from that layer's, and that part."""
    if "." not in layer.stem:
        return ""
    split = [each.stem.split(".") for each in layers]
    shared = 0
    while all(len(each) > shared + 1 and each[shared] == split[0][shared] for each in split):
        shared += 1
    own = layer.stem.split(".")
    return ".".join(own[: shared + 1]) if len(own) > shared + 1 else ""


def _alike(groups: Sequence[Sequence[StoredLayer]]) -> bool:
    """Whether every group begins and ends as wide as the others do: then they may be networks of their own."""
    ends = set()
    for group in groups:
        by_number = _by_number(group) or tuple(group)
        ends.add((np.shape(by_number[0].weight)[1:], np.shape(by_number[-1].weight)[:1]))
    return len(ends) == 1


# --- which way round


def _orientation(layers: Sequence[StoredLayer], order: str, data: Mapping[str, Any], choice: Choice) -> bool:
    """Whether the weights lie as (in, out). Raises ValueError where that is open, or where the shapes say otherwise."""
    kernel = all(layer.kernel for layer in layers)
    known = True if kernel else False if order == ACTED else None
    known = known if choice.transposed is None else choice.transposed
    if _chains(layers, bool(known), data):
        told = known is not None or not _handmade(layers) or "labels" in data or "outputs" in data
        if not told and len(layers) > 1 and _chains(layers, True, data) and not _symmetric(layers):
            raise ValueError(
                f"weights of the shapes {', '.join(_shape(layer.weight) for layer in layers)} fit as (out, in) and "
                f"as (in, out), and there are no labels to tell by; {TRANSPOSED}=0 or {TRANSPOSED}=1 says which"
            )
        return bool(known)
    if known is None and _chains(layers, True, data):
        raise ValueError(f"the weights look transposed, (in, out): {_listed(layers)}; {TRANSPOSED}=1 reads them so")
    if choice.layers is None:
        _advise_order(layers, data, choice)
        _require_no_branch(layers, data, choice)
    return bool(known)


def _advise_order(layers: Sequence[StoredLayer], data: Mapping[str, Any], choice: Choice) -> None:
    """Raise ValueError, with the order, where layers fit in another one."""
    fitting = _orders_that_fit(tuple(layers), data, choice, either=True)
    if not fitting:
        return
    names = ",".join(layer.stem for layer in fitting[0])
    turned = not _fits(fitting[0], data, choice) and not _chains(fitting[0], False, data)
    raise ValueError(
        f"the layers do not fit in their order, {_listed(layers)}; they do as {LAYERS}={names}"
        f"{f' with {TRANSPOSED}=1' if turned else ''}"
    )


def _require_no_branch(layers: Sequence[StoredLayer], data: Mapping[str, Any], choice: Choice) -> None:
    """Raise ValueError, with the chains that there are, where all layers but one make a chain."""
    fitting = [
        list(some)
        for some in combinations(layers, len(layers) - 1)
        if not _handmade(layers) and len(some) > 1 and _fits(some, data, choice)
    ]
    if fitting:
        named = " or ".join(f"{LAYERS}={','.join(layer.stem for layer in some)}" for some in fitting[:_MOST_NAMED])
        raise ValueError(f"a network that branches: {_listed(layers)} make no chain; one part of it is {named}")


def _listed(layers: Sequence[StoredLayer]) -> str:
    return ", ".join(f"{layer.name} {_shape(layer.weight)}" for layer in layers)


def _symmetric(layers: Sequence[StoredLayer]) -> bool:
    return all(np.array_equal(layer.weight, np.transpose(layer.weight)) for layer in layers)


def _fits(layers: Sequence[StoredLayer], data: Mapping[str, Any], choice: Choice, either: bool = False) -> bool:
    """Whether layers chain in this order, the way round that their names or the user say; `either`: any way round."""
    known = True if all(layer.kernel for layer in layers) else choice.transposed
    if known is None and not either and not _handmade(layers):
        known = False
    return any(_chains(layers, way, data) for way in ((False, True) if known is None else (known,)))


def _handmade(layers: Sequence[StoredLayer]) -> bool:
    """Whether the names say nothing of the way round: W1, W2, ..., as against PyTorch's NAME.weight."""
    return all(re.fullmatch(r"W\d+", layer.stem) for layer in layers)


def _chains(layers: Sequence[StoredLayer], transposed: bool, data: Mapping[str, Any]) -> bool:
    """Whether the shapes of weights, biases and data fit in this order and this way round."""
    width = np.shape(data["points"])[1] if np.ndim(data.get("points", 0)) == 2 else None
    for layer in layers:
        shape = np.shape(layer.weight)[::-1] if transposed else np.shape(layer.weight)
        if len(shape) != 2 or width not in (None, shape[1]):
            return False
        if layer.bias is not None and np.shape(layer.bias) != shape[:1]:
            return False
        width = shape[0]
    ends = [np.shape(data[name])[1] for name in ("prototypes", "outputs") if np.ndim(data.get(name, 0)) == 2]
    return all(width == end for end in ends)
