"""Reading a user's network: .npz, .safetensors, and PyTorch state dicts; nothing in them is ever executed.

What comes out are arrays by name, the layers in their order; whether they make a network is asked in `checks`.
"""

import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LARGEST_FILE = 200_000_000  # bytes: what is larger is no small network, and was named by mistake
DATA_NAMES = ("points", "labels", "prototypes", "plane")
KINDS = (".npz", ".safetensors", ".pt", ".pth")
_WEIGHT = re.compile(r"W(?P<number>\d+)|(?:(?P<stem>.+)\.)?weight")


@dataclass(frozen=True, eq=False)
class StoredLayer:
    """The arrays of one layer as they were stored, and the name of its weights."""

    name: str
    weight: Any
    bias: Any


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """What a file holds, and the file `name.points.npz` beside it, if there is one.

    layers: in the order in which they act. data: the arrays of DATA_NAMES that are given. digest: the SHA-256 of the
    network's file.
    """

    path: Path
    layers: tuple[StoredLayer, ...]
    data: Mapping[str, Any]
    digest: str


def read_network_file(path: str | Path) -> NetworkFile:
    """Read the layers of a network, with the data in its file or beside it.

    The layers are arrays W1, b1, W2, b2, ... or NAME.weight, NAME.bias, W as (out, in). Where the names differ only in
    their numbers these give the order, else the file does. Data are arrays `points`, `labels`, `prototypes` and
    `plane`, in the file itself or in NAME.points.npz beside NAME.npz. Raises ValueError, naming the file and what is
    wrong in it.
    """
    path = Path(path)
    content = _content(path)
    try:
        arrays = _read(path, content)
        data = {name: arrays.pop(name) for name in DATA_NAMES if name in arrays}
        layers = layers_of(arrays, ordered=path.suffix != ".safetensors")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    beside = points_beside(path)
    if beside.exists() and beside != path:
        data = _with_data_beside(data, path, beside)
    return NetworkFile(path, layers, data, hashlib.sha256(content).hexdigest())


def points_beside(path: Path) -> Path:
    """Where the points of a network's file lie, if they are not in it: NAME.points.npz beside NAME.npz."""
    return path.with_suffix(".points.npz")


def _content(path: Path) -> bytes:
    if path.suffix not in KINDS:
        raise ValueError(f"{path}: a network is read from {', '.join(KINDS)} files, not from {path.suffix or 'this'!r}")
    if not path.exists():
        raise ValueError(f"{path}: no such file")
    if not path.is_file():
        raise ValueError(f"{path}: this is a folder, not a file")
    if path.stat().st_size > LARGEST_FILE:
        raise ValueError(f"{path}: {path.stat().st_size} bytes; a small network needs at most {LARGEST_FILE}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from None
    if not content:
        raise ValueError(f"{path}: the file is empty")
    return content


def _with_data_beside(data: dict[str, Any], path: Path, beside: Path) -> dict[str, Any]:
    more = _read_npz(_content(beside), beside)
    unknown = sorted(set(more) - set(DATA_NAMES))
    if unknown:
        raise ValueError(f"{beside}: holds {', '.join(unknown)}; expected only {', '.join(DATA_NAMES)}")
    twice = sorted(set(more) & set(data))
    if twice:
        raise ValueError(f"{', '.join(twice)}: both in {path} and in {beside}; keep one")
    return {**data, **more}


def _read(path: Path, content: bytes) -> dict[str, Any]:
    """The arrays of a file by name, in the order of the file."""
    if path.suffix == ".npz":
        return _read_npz(content)
    return _read_safetensors(content) if path.suffix == ".safetensors" else _read_state_dict(content)


def _read_npz(content: bytes, path: Path | None = None) -> dict[str, Any]:
    where = "" if path is None else f"{path}: "
    arrays: dict[str, Any] = {}
    name = ""
    try:
        with io.BytesIO(content) as file:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise ValueError("one array without a name (.npy)")
            with stored:
                for name in stored.files:
                    arrays[name] = stored[name]
    except Exception as error:  # numpy raises one of half a dozen types for a damaged archive
        at = f"array {name}: " if name else ""
        raise ValueError(f"{where}not a readable .npz file ({at}{_one_line(error)})") from None
    return arrays


def _read_safetensors(content: bytes) -> dict[str, Any]:
    try:
        from safetensors.numpy import load
    except ImportError:
        raise ValueError("reading .safetensors needs the package safetensors (pip install safetensors)") from None
    try:
        return dict(load(content))
    except Exception as error:  # its own error type, and those of numpy for a type that numpy lacks
        raise ValueError(f"not a readable .safetensors file ({_one_line(error)})") from None


def _read_state_dict(content: bytes) -> dict[str, Any]:
    try:
        import torch
    except ImportError:
        raise ValueError("reading .pt and .pth needs PyTorch (pip install torch)") from None
    try:
        stored = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # an unpickling error, or one of the archive
        raise ValueError(
            f"not a readable state dict ({_one_line(error)}); write it with torch.save(model.state_dict(), file)"
        ) from None
    if not isinstance(stored, Mapping) or not all(isinstance(value, torch.Tensor) for value in stored.values()):
        raise ValueError("not a state dict of tensors; write it with torch.save(model.state_dict(), file)")
    return {str(name): _as_array(str(name), tensor) for name, tensor in stored.items()}


def _as_array(name: str, tensor: Any) -> Any:
    try:
        dense = tensor.detach().to("cpu")
        return (dense.double() if dense.is_floating_point() else dense).numpy()
    except Exception as error:  # sparse and quantized tensors
        raise ValueError(f"{name}: no dense array of numbers ({_one_line(error)})") from None


def _one_line(error: Exception) -> str:
    """The first sentence of an error, short enough for one line."""
    lines = str(error).strip().splitlines()
    return lines[0][:160] if lines else type(error).__name__


def layers_of(arrays: Mapping[str, Any], ordered: bool = True) -> tuple[StoredLayer, ...]:
    """The layers that these arrays are, by name; `ordered` says whether their order means anything.

    Raises ValueError for a name that belongs to no layer, for a layer without bias, and where no order can be told.
    """
    found = {name: match for name in arrays if (match := _WEIGHT.fullmatch(name))}
    biases = {name: _bias_name(match) for name, match in found.items()}
    if not found:
        held = ", ".join(map(str, arrays)) or "nothing"
        raise ValueError(f"holds {held}; expected layers W1, b1, W2, b2, ... or NAME.weight, NAME.bias")
    for name, bias in biases.items():
        if bias not in arrays:
            raise ValueError(f"{name} has no bias: expected an array {bias} (zeros, if the layer has none)")
    strays = sorted(set(arrays) - set(found) - set(biases.values()))
    if strays:
        raise ValueError(f"{', '.join(strays)}: belongs to no fully connected layer, nor to {', '.join(DATA_NAMES)}")
    for name in (*found, *biases.values()):
        require_real(arrays[name], name)
    return tuple(StoredLayer(name, arrays[name], arrays[biases[name]]) for name in _layer_order(list(found), ordered))


def _bias_name(match: re.Match[str]) -> str:
    if match["number"] is not None:
        return f"b{match['number']}"
    return "bias" if match["stem"] is None else f"{match['stem']}.bias"


def require_real(array: Any, name: str) -> None:
    """Raise ValueError, with its name, for an array that holds anything but real numbers."""
    kind = np.asarray(array).dtype
    if kind.kind not in "fiu":
        raise ValueError(f"{name}: an array of {kind}; expected real numbers")


def _layer_order(names: list[str], ordered: bool) -> list[str]:
    """By the numbers in the names, where they differ in nothing else; else as they come."""
    if len({re.sub(r"\d+", "#", name) for name in names}) == 1 and (len(names) == 1 or re.search(r"\d", names[0])):
        return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    if not ordered:
        raise ValueError(f"{', '.join(names)}: the order of the layers cannot be told; number their names")
    return names
