"""A PyTorch file, read without PyTorch and without running anything in it.

The file is a zip archive with one pickle and the bytes of the numbers beside it; before PyTorch 1.6 it was a row of
pickles with the bytes behind them. A pickle may ask for any function by name and call it: here it gets, for the few
names that build tensors, functions of this module, and for every other name a class that does nothing but remember.
"""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from quantization_story.core.float_formats import from_bfloat16

BFLOAT16 = "bfloat16"
_MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of a file from before PyTorch 1.6
_DTYPES = {
    "Double": "f8",
    "Float": "f4",
    "Half": "f2",
    "BFloat16": BFLOAT16,
    "Long": "i8",
    "Int": "i4",
    "Short": "i2",
    "Char": "i1",
    "Byte": "u1",
    "Bool": "?",
}
_SIZES = {BFLOAT16: 2}


@dataclass
class Storage:
    """The numbers behind tensors: their type, and their bytes once they have been read."""

    dtype: str
    order: str
    content: bytes = b""

    def numbers(self) -> np.ndarray:
        """All of them, in a row."""
        if self.dtype == BFLOAT16:
            swapped = self.content if self.order == "<" else np.frombuffer(self.content, ">u2").astype("<u2").tobytes()
            return from_bfloat16(swapped)
        return np.frombuffer(self.content, dtype=np.dtype(self.order + self.dtype))


@dataclass
class Tensor:
    """A tensor: a view into a storage."""

    storage: Any
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> np.ndarray:
        """Its numbers as an array of its own. Raises ValueError where the storage does not hold them."""
        if not isinstance(self.storage, Storage) or len(self.shape) != len(self.strides):
            raise ValueError("it lies in no plain storage")
        numbers = self.storage.numbers()
        steps = zip(self.shape, self.strides, strict=True)
        last = self.offset + sum((length - 1) * stride for length, stride in steps if length)
        if 0 in self.shape:
            return np.zeros(self.shape, numbers.dtype)
        if self.offset < 0 or min((*self.strides, 0)) < 0 or min((*self.shape, 0)) < 0 or last >= len(numbers):
            raise ValueError("its storage is too short")
        strides = [stride * numbers.itemsize for stride in self.strides]
        return np.array(np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides, writeable=False))

    @property
    def half(self) -> bool:
        """Whether its numbers have 16 bits."""
        return isinstance(self.storage, Storage) and self.storage.dtype in (BFLOAT16, "f2")


class Unknown:
    """An object of a class that is not known here: it remembers what it was made of, and does nothing."""

    named: ClassVar[str] = ""

    def __new__(cls, *made_of: Any, **_: Any) -> "Unknown":  # a pickle may make an object without calling __init__
        made = super().__new__(cls)
        made.made_of, made.state, made.entries = made_of, None, {}
        return made

    made_of: tuple[Any, ...]
    state: Any
    entries: dict[Any, Any]

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        if key.__hash__ is not None:
            self.entries[key] = value

    def append(self, entry: Any) -> None:
        """As of a list; forgotten."""

    def extend(self, entries: Any) -> None:
        """As of a list; forgotten."""

    add = append


def _unknown(name: str) -> type[Unknown]:
    return type("Unknown", (Unknown,), {"named": name})


@dataclass
class _StorageType:
    dtype: str


def _rebuild(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> Tensor:
    return Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _rebuild_parameter(data: Any, *_: Any) -> Any:
    return data


def _rebuild_from_type(build: Any, kind: Any, made_of: Any, *_: Any) -> Any:
    return build(*made_of) if build in _BUILDERS.values() else Unknown(made_of)


_BUILDERS: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _rebuild,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    ("torch._utils", "_rebuild_parameter_with_state"): _rebuild_parameter,
    ("torch._tensor", "_rebuild_from_type_v2"): _rebuild_from_type,
}


class _Unpickler(pickle.Unpickler):
    """Finds no function and no class but those above."""

    def __init__(self, file: Any, storages: dict[str, Storage], order: str) -> None:
        super().__init__(file, encoding="latin-1")
        self._storages = storages
        self._order = order

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _BUILDERS:
            return _BUILDERS[module, name]
        if module == "torch" and name.removesuffix("Storage") in _DTYPES:
            return _StorageType(_DTYPES[name.removesuffix("Storage")])
        return _unknown(f"{module}.{name}")

    def persistent_load(self, pid: Any) -> Any:
        kind, key = pid[1], str(pid[2])
        if not isinstance(kind, _StorageType):
            return Unknown(pid)
        return self._storages.setdefault(key, Storage(kind.dtype, self._order))


def load(content: bytes) -> Any:
    """What a PyTorch file holds: dicts, lists, numbers, `Tensor`s, and `Unknown`s. Raises ValueError if it is none."""
    try:
        if content[:2] == b"PK":
            return _load_zip(content)
        return _load_row(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except (ValueError, KeyError):
        raise
    except Exception as error:  # a damaged pickle raises whatever it runs into
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _load_zip(content: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        pickled = next((name for name in names if name.split("/")[-1] == "data.pkl"), None)
        if any(name.split("/")[-1] == "constants.pkl" for name in names):
            raise ValueError("a TorchScript program, not weights")
        if pickled is None:
            raise ValueError(f"a zip archive of {', '.join(names[:3]) or 'nothing'}, not of PyTorch")
        root = pickled.removesuffix("data.pkl")
        big = f"{root}byteorder" in names and archive.read(f"{root}byteorder").strip() == b"big"
        storages: dict[str, Storage] = {}
        value = _Unpickler(io.BytesIO(archive.read(pickled)), storages, ">" if big else "<").load()
        for key, storage in storages.items():
            storage.content = archive.read(f"{root}data/{key}")
    return value


def _load_row(content: bytes) -> Any:
    file, storages = io.BytesIO(content), dict[str, Storage]()
    first = _Unpickler(file, storages, "<").load()
    if first != _MAGIC:
        raise ValueError("a pickle, but not one of PyTorch")
    for _ in range(2):  # the protocol, and the machine that it was written on
        _Unpickler(file, storages, "<").load()
    value = _Unpickler(file, storages, "<").load()
    for key in _Unpickler(file, storages, "<").load():
        (count,) = struct.unpack("<q", file.read(8))
        storage = storages.get(str(key), Storage("f4", "<"))
        size = _SIZES.get(storage.dtype) or np.dtype(storage.dtype).itemsize
        storage.content = file.read(count * size)
    return value
