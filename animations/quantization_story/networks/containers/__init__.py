"""The arrays in a file, by name: a reader for each kind of file; none executes anything in it."""

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import numpy as np

from quantization_story.core.file_formats import known_format
from quantization_story.core.float_formats import from_bfloat16
from quantization_story.networks.containers.onnx_graphs import read_onnx
from quantization_story.networks.containers.stored import ACTED, UNORDERED, WRITTEN, Stored, first_line
from quantization_story.networks.containers.torch_files import read_torch

__all__ = ["ACTED", "KINDS", "UNORDERED", "WRITTEN", "Stored", "first_line", "read_arrays", "read_npz"]

_SAFETENSORS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1"}
_SAFETENSORS |= {"U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?"}


def read_npz(content: bytes) -> Stored:
    """The arrays of an .npz file. Raises ValueError, with the array that cannot be read."""
    arrays: dict[str, Any] = {}
    name = ""
    try:
        with io.BytesIO(content) as file:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise ValueError("one array without a name (.npy)")
            with stored:
                for name in stored.files:
                    arrays[name] = _numbers(stored[name])
    except Exception as error:  # numpy raises one of half a dozen types for a damaged archive
        if _archive(content) is not None:
            raise ValueError(f"not an .npz file{_instead(content)}") from None
        at = f"array {name}: " if name else ""
        raise ValueError(f"not a readable .npz file ({at}{first_line(error)}){_instead(content)}") from None
    return Stored(arrays, WRITTEN, half=_half(arrays))


def _numbers(array: np.ndarray) -> np.ndarray:
    """An array as it is; of bfloat16, which numpy stores as two nameless bytes, its numbers."""
    if array.dtype.kind == "V" and array.dtype.itemsize == 2 and array.dtype.names is None:
        return from_bfloat16(array.tobytes()).reshape(array.shape)
    return array


def _half(arrays: dict[str, Any]) -> bool:
    return any(array.dtype == np.float16 for array in arrays.values())


def _instead(content: bytes) -> str:
    words = known_format(content[:64])
    words = words or _archive(content)
    return "" if words is None else f"; it is {words}"


def _archive(content: bytes) -> str | None:
    if content[:2] != b"PK":
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return None
    if any(name.endswith("data.pkl") for name in names):
        return "a PyTorch file: name it .pt"
    return None


def _read_safetensors(content: bytes) -> Stored:
    try:
        from safetensors import deserialize
    except ImportError:
        raise ValueError("reading .safetensors needs the package safetensors (pip install safetensors)") from None
    try:
        found: Any = deserialize(content)  # type: ignore[no-untyped-call]
    except Exception as error:  # its own error type
        raise ValueError(f"not a readable .safetensors file ({first_line(error)}){_instead(content)}") from None
    arrays: dict[str, Any] = {}
    for name, tensor in found:
        kind = tensor["dtype"]
        if kind == "BF16":
            numbers: Any = from_bfloat16(tensor["data"])
        elif kind in _SAFETENSORS:
            numbers = np.frombuffer(tensor["data"], _SAFETENSORS[kind])
        else:
            raise ValueError(f"{name}: numbers of the type {kind}, which is not read")
        arrays[name] = numbers.reshape(tensor["shape"])
    return Stored(arrays, UNORDERED, half=any(tensor["dtype"] in ("BF16", "F16") for _, tensor in found))


_READERS: dict[str, Callable[[bytes], Stored]] = {
    ".npz": read_npz,
    ".safetensors": _read_safetensors,
    ".pt": read_torch,
    ".pth": read_torch,
    ".ckpt": read_torch,
    ".bin": read_torch,
    ".onnx": read_onnx,
}
KINDS = tuple(_READERS)


def read_arrays(path: PurePath, content: bytes) -> Stored:
    """The arrays of a file by its ending, one of KINDS in whatever case. Raises ValueError for what cannot be read."""
    return _READERS[path.suffix.lower()](content)
