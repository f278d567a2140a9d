"""One tensor of a safetensors file: which file of a model holds it, and its numbers, without loading the model.

A model is a file, a folder or an id of the Hugging Face hub; large ones are cut into shards, with an index that says
which shard holds which tensor. Format: https://huggingface.co/docs/safetensors
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.file_formats import known_format
from quantization_story.core.float_formats import from_bfloat16

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
# Endings of weights in formats that are not read, to be named where nothing else is found.
OTHER_WEIGHTS = (".bin", ".ckpt", ".gguf", ".h5", ".keras", ".msgpack", ".npz", ".onnx", ".pt", ".pth", ".tflite")
# Bits of the stored formats that are read. numpy has no bfloat16; the others it knows.
FORMATS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16}

Find = Callable[[str], Path | None]  # from a file's name to where it lies; None if the model has no such file


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor as it is stored: its shape, the bits of each number, and the numbers (n,) as float64."""

    shape: tuple[int, ...]
    bits: int
    values: np.ndarray


def missing_extra(package: str) -> ModuleNotFoundError:
    """The error where a package of the extra `hub` is not installed."""
    return ModuleNotFoundError(
        f"{package} is not installed; layers of other models need the extra 'hub': "
        "pip install 'quantization-story[hub]'"
    )


def _opened(file: Path) -> Any:
    _require_safetensors(file)
    try:
        from safetensors import SafetensorError, safe_open
    except ModuleNotFoundError:
        raise missing_extra("safetensors") from None
    try:
        return safe_open(str(file), framework="np")
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{file}: not a readable safetensors file ({error})") from None


def _require_safetensors(file: Path) -> None:
    """Raise ValueError, with what it is, for a file of another kind that is known by how it begins."""
    try:
        with file.open("rb") as opened:
            start = opened.read(64)
    except OSError:
        return  # the library says what is wrong with it
    words = known_format(start)
    if words is None and start[:2] == b"PK":
        words = "a zip archive, as PyTorch and numpy write it"
    if words is not None:
        raise ValueError(f"{file}: {words}; what is read are layers in safetensors files")


def tensors_of_file(file: Path) -> dict[str, Path]:
    """The names of the tensors in one file, each with that file."""
    with _opened(file) as opened:
        return dict.fromkeys(opened.keys(), file)


def tensors_of_model(find: Find) -> dict[str, Callable[[], Path]] | None:
    """The names of a model's tensors, each with a function that gets the file which holds it; None if it has no file.

    The shards themselves are not looked for before one of them is asked for.
    """
    single = find(SINGLE)
    if single is not None:
        return {name: partial(Path, single) for name in tensors_of_file(single)}
    index = find(INDEX)
    if index is None:
        return None
    return {name: partial(_shard, find, shard) for name, shard in _weight_map(index).items()}


def tensors_of_folder(folder: Path) -> dict[str, Callable[[], Path]]:
    """The same for a local folder; without an index, the names in all its safetensors files.

    Raises ValueError where it has none, where a shard is missing, and where a name is in more than one file.
    """
    listed = tensors_of_model(folder_finder(folder))
    if listed is not None:
        return listed
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".safetensors")
    if not files:
        others = sorted({file.suffix for file in folder.iterdir() if file.suffix in OTHER_WEIGHTS})
        instead = f"; its {', '.join(others)} files are not read" if others else ""
        raise ValueError(
            f"{folder}: this folder holds neither {SINGLE} nor {INDEX} nor any other safetensors file{instead}"
        )
    _require_all_shards(folder, files)
    held: dict[str, list[Path]] = {}
    for file in files:
        for name in tensors_of_file(file):
            held.setdefault(name, []).append(file)
    twice = next((name for name, where in held.items() if len(where) > 1), None)
    if twice is not None:
        where = held[twice]
        raise ValueError(
            f"{folder}: {twice} is in {len(where)} files, {', '.join(file.name for file in where[:4])}; "
            f"LAYER_CLUSTERING_MODEL={where[0]} names one of them"
        )
    return {name: partial(Path, where[0]) for name, where in held.items()}


def _require_all_shards(folder: Path, files: list[Path]) -> None:
    """Raise ValueError where files are named as parts of a whole, and one of the parts is not there."""
    for file in files:
        match = re.fullmatch(r"(.*-)(\d+)(-of-)(\d+)(\.\w+)", file.name)
        if match is None:
            continue
        before, number, between, count, ending = match.groups()
        for part in range(1, int(count) + 1):
            name = f"{before}{part:0{len(number)}d}{between}{count}{ending}"
            if not (folder / name).is_file():
                raise ValueError(f"{folder}: {file.name} is one of {int(count)} shards, but {name} is not there")


def _shard(find: Find, name: str) -> Path:
    file = find(name)
    if file is None:
        raise ValueError(f"{name}: the model's index names this file, but there is none")
    return file


def _weight_map(index: Path) -> Mapping[str, str]:
    try:
        found = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{index}: not an index of safetensors shards ({error!r})") from None
    if not isinstance(found, dict) or not all(isinstance(shard, str) for shard in found.values()):
        raise ValueError(f"{index}: its weight_map does not map names to files")
    return found


def read_tensor(file: Path, name: str) -> Tensor:
    """Read one tensor. Raises ValueError if the file lacks it, or stores it in a format that is not read."""
    with _opened(file) as opened:
        if name not in opened.keys():  # noqa: SIM118 -- the handle is no mapping
            raise ValueError(f"{file}: holds no tensor {name!r}")
        part = opened.get_slice(name)
        stored, shape = str(part.get_dtype()), tuple(part.get_shape())
        if stored not in FORMATS:
            raise ValueError(f"{name}: stored as {stored}; what is read are {', '.join(FORMATS)}")
        numbers = _bfloat16(file, name) if stored == "BF16" else opened.get_tensor(name)
    return Tensor(shape, FORMATS[stored], np.asarray(numbers, dtype=np.float64).ravel())


def _bfloat16(file: Path, name: str) -> np.ndarray:
    """A bfloat16 tensor (n,) as float32, whose upper half it is. The library cannot hand it to numpy.

    A file is the length of its header (8 bytes, little endian), the header in JSON, and the bytes of the tensors.
    """
    with file.open("rb") as bytes_of:
        header = int.from_bytes(bytes_of.read(8), "little")
        start, end = json.loads(bytes_of.read(header))[name]["data_offsets"]
        bytes_of.seek(8 + header + start)
        return from_bfloat16(bytes_of.read(end - start))


def folder_finder(folder: Path) -> Find:
    """Finds the files of a model in a local folder."""

    def find(name: str) -> Path | None:
        return folder / name if (folder / name).is_file() else None

    return find


def hub_finder(model: str) -> Find:
    """Finds the files of a model on the Hugging Face hub, each downloaded once, into the hub's own cache.

    When the hub cannot be reached, only that cache is asked from then on. Raises ValueError, with the reason, where
    there is no such model, it may not be read, or the hub is out of reach and the cache lacks the file.
    """
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, HFValidationError, LocalEntryNotFoundError
    except ModuleNotFoundError:
        raise missing_extra("huggingface_hub") from None
    cut_off = False

    def find(name: str) -> Path | None:
        nonlocal cut_off
        try:
            return Path(hf_hub_download(model, name, local_files_only=cut_off))
        except LocalEntryNotFoundError:
            cut_off = True
            if name == SINGLE:
                return None  # a model in shards has no such file, and its index may be in the cache
            raise ValueError(
                f"the Hugging Face hub cannot be reached, and its cache on this machine has neither {SINGLE} nor {name}"
            ) from None
        except EntryNotFoundError:
            return None
        except (HFValidationError, OSError) as error:
            # The first line says what is wrong; the hub's own errors go on with advice.
            reason = next(iter(str(error).strip().splitlines()), "")
            raise ValueError(f"{type(error).__name__}: {reason}") from None

    return find
