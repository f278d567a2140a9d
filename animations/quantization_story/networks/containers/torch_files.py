"""The weights in a PyTorch file, however they are wrapped: a state dict, a checkpoint around one, or a whole module."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from quantization_story.core.file_formats import known_format
from quantization_story.networks.containers.foreign import foreign_leaf
from quantization_story.networks.containers.stored import WRITTEN, Stored, first_line, not_shown
from quantization_story.networks.containers.torch_pickles import Tensor, Unknown, load

_DEEPEST = 6  # wrappings within each other
_WEIGHT = re.compile(r"(.+\.)?(weight|kernel|W\d+)")
_SAVE = "write it with torch.save(model.state_dict(), file)"
DATA = ("points", "labels", "prototypes", "plane", "outputs")
# Modules that change no number when the network is used, or that the read-out does not care about when they come last.
_SILENT = {"Linear", "ReLU", "BatchNorm1d", "Dropout", "Identity", "Flatten", "LazyLinear"}
_LAST = {"Softmax", "LogSoftmax", "Sigmoid"}


def read_torch(content: bytes) -> Stored:
    """The tensors of the state dict in a file; of several, with their places before their names. Raises ValueError."""
    try:
        value = load(content)
    except (ValueError, KeyError) as error:
        known = known_format(content[:64])
        words = f"; it is {known}" if known else ""
        raise ValueError(f"not a readable PyTorch file ({first_line(error)}){words}") from None
    found = list(_state_dicts(value, ()))
    if not found:
        what = "a single tensor" if isinstance(value, Tensor) else _kind(value)
        raise ValueError(f"holds no weights by name ({what}), so no state dict; {_SAVE}")
    said: list[str] = []
    tensors: dict[str, Any] = {}
    for place, entries in found:
        named = _of_module(entries, said) if isinstance(entries, Unknown) else entries
        before = ".".join((*place, "")) if len(found) > 1 else ""
        tensors |= {f"{before}{name}": entry for name, entry in named.items()}
    around = value if isinstance(value, Mapping) and found[0][0] else {}
    data = {name: around[name] for name in DATA if isinstance(around.get(name), Tensor)}
    taken = {place[0] for place, _ in found if place}
    left = [str(name) for name in around if str(name) not in taken and name not in data]
    left += [name for name, entry in tensors.items() if not isinstance(entry, Tensor | Unknown)]
    if len(found) == 1 and found[0][0]:
        said.append(f"read from its entry {'.'.join(found[0][0])}")
    kept = {name: entry for name, entry in {**tensors, **data}.items() if isinstance(entry, Tensor | Unknown)}
    arrays = {str(name): _array(str(name), entry) for name, entry in kept.items()}
    half = any(isinstance(entry, Tensor) and entry.half for entry in kept.values())
    return Stored(arrays, WRITTEN, tuple(said), tuple(left), half)


def _kind(value: Any) -> str:
    return str(value.named) or "thing" if isinstance(value, Unknown) else type(value).__name__


def _state_dicts(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every dict with weights by name, and every whole module, with the keys that lead to it."""
    if len(place) > _DEEPEST:
        return
    if _is_module(value):
        yield place, value
    elif isinstance(value, Mapping):
        if any(isinstance(entry, Tensor | Unknown) and _is_named(str(name)) for name, entry in value.items()):
            yield place, value
            return
        for name, entry in value.items():
            yield from _state_dicts(entry, (*place, str(name)))


def _is_named(name: str) -> bool:
    return bool(_WEIGHT.fullmatch(name)) or foreign_leaf(name.rpartition(".")[2]) is not None


def _array(name: str, entry: Any) -> Any:
    if isinstance(entry, Unknown):
        raise ValueError(f"{name}: no dense array of numbers ({_kind(entry)})")
    try:
        return entry.array()
    except ValueError as error:
        raise ValueError(f"{name}: no dense array of numbers ({error})") from None


# --- a whole module


def _is_module(value: Any) -> bool:
    state = value.state if isinstance(value, Unknown) else None
    return isinstance(state, dict) and {"_parameters", "_modules", "_buffers"} <= set(state)


def _of_module(module: Unknown, said: list[str]) -> dict[str, Any]:
    """The parameters and buffers of a module under the names of its state dict; its code is not looked at."""
    tensors: dict[str, Any] = {}
    parts: list[tuple[str, str]] = []

    def collect(part: Unknown, before: str) -> None:
        children = {name: child for name, child in part.state["_modules"].items() if _is_module(child)}
        if not children:
            parts.append((before.removesuffix("."), part.named.rpartition(".")[2]))
        for kind in ("_parameters", "_buffers"):
            tensors.update({f"{before}{name}": each for name, each in part.state[kind].items() if each is not None})
        for name, child in children.items():
            collect(child, f"{before}{name}.")

    collect(module, "")
    for index, (name, kind) in enumerate(parts):
        if kind in _LAST and index == len(parts) - 1:
            said.append(f"the {kind} at the end is left out: outputs are logits")
        elif kind not in _SILENT:
            raise not_shown(f"a {kind} ({name})" if name else f"a {kind}")
    said.append("a whole module: its parts are taken in the order in which they were made, its code is not executed")
    return tensors
