"""Reading a user's network from a file; nothing in it is ever executed.

What comes out are layers in their order, weights as (out, in); whether they make a network is asked in `checks`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.file_formats import LFS_POINTER, known_format, printable
from quantization_story.networks.chains import Chain, Choice, chain_of
from quantization_story.networks.containers import KINDS, WRITTEN, Stored, read_arrays, read_npz
from quantization_story.networks.containers.torch_files import DATA as DATA_NAMES
from quantization_story.networks.layer_parts import StoredLayer, parts_of

LARGEST_FILE = 200_000_000  # bytes: what is larger is no small network, and was named by mistake
_NAMED = 8  # names of what is left out, in a sentence


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """What a file holds, and the file `name.points.npz` beside it, if there is one.

    layers: in the order in which they act. data: the arrays of DATA_NAMES that are given. digest: the SHA-256 of the
    network's file. said: how it was read, a sentence each; the first is the order and the shapes. half: whether its
    numbers have 16 bits.
    """

    path: Path
    layers: tuple[StoredLayer, ...]
    data: Mapping[str, Any]
    digest: str
    said: tuple[str, ...] = ()
    half: bool = False


def read_network_file(path: str | Path, choice: Choice | None = None) -> NetworkFile:
    """Read the layers of a network, with the data in its file or beside it.

    The layers are arrays W1, b1, W2, b2, ... or NAME.weight, NAME.bias, W as (out, in), or NAME.kernel as (in, out).
    See `chains` for their order. Data are arrays `points`, `labels`, `prototypes`, `plane` and `outputs`, in the file
    itself or in NAME.points.npz beside NAME.npz. Raises ValueError, naming the file and what is wrong in it.
    """
    path = Path(path)
    content = _content(path)
    try:
        stored = read_arrays(path, content)
        arrays = dict(stored.arrays)
        data = {name: arrays.pop(name) for name in DATA_NAMES if name in arrays}
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    beside = points_beside(path)
    if beside.exists() and beside != path:
        data = _with_data_beside(data, path, beside)
    try:
        chain = layers_of(arrays, stored.order, data, choice)
    except ValueError as error:
        raise ValueError(f"{path}: {error}{'' if '×' in str(error) else _stored_shapes(arrays)}") from None
    digest = hashlib.sha256(content).hexdigest()
    return NetworkFile(path, chain.layers, data, digest, _said(stored, chain), stored.half)


def _stored_shapes(arrays: Mapping[str, Any]) -> str:
    """The matrices in the order of the file with their shapes, as the end of a sentence."""
    shapes = [f"{name} {'×'.join(map(str, np.shape(array)))}" for name, array in arrays.items() if np.ndim(array) == 2]
    more = ", …" if len(shapes) > _NAMED else ""
    return printable(f" (stored are {', '.join(shapes[:_NAMED])}{more})") if shapes else ""


def layers_of(
    arrays: Mapping[str, Any], order: str = WRITTEN, data: Mapping[str, Any] | None = None, choice: Choice | None = None
) -> Chain:
    """The chain of layers that these arrays are; raises ValueError, see `chain_of`."""
    return chain_of(parts_of(arrays), order, data or {}, choice or Choice())


def _said(stored: Stored, chain: Chain) -> tuple[str, ...]:
    left = (*stored.left_out, *chain.left_out)
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    out = (f"left out: {', '.join(left[:_NAMED])}{more}",) if left else ()
    return tuple(map(printable, (f"layers in this order: {chain.order}", *stored.said, *chain.said, *out)))


def points_beside(path: Path) -> Path:
    """Where the points of a network's file lie, if they are not in it: NAME.points.npz beside NAME.npz."""
    return path.with_suffix(".points.npz")


def _content(path: Path) -> bytes:
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
    known = known_format(content[:64])
    if content.startswith(LFS_POINTER):
        raise ValueError(f"{path}: {known}")
    if path.suffix.lower() not in KINDS:
        words = f"; it is {known}" if known else ""
        raise ValueError(
            f"{path}: a network is read from {', '.join(KINDS)} files, not from {path.suffix or 'this'!r}{words}; "
            "examples/ shows how to write one from scikit-learn, Keras and JAX"
        )
    return content


def _with_data_beside(data: dict[str, Any], path: Path, beside: Path) -> dict[str, Any]:
    try:
        more = read_npz(_content(beside)).arrays
    except ValueError as error:
        raise ValueError(str(error) if str(error).startswith(str(beside)) else f"{beside}: {error}") from None
    unknown = sorted(set(more) - set(DATA_NAMES))
    if unknown:
        raise ValueError(f"{beside}: holds {', '.join(unknown)}; expected only {', '.join(DATA_NAMES)}")
    twice = sorted(set(more) & set(data))
    if twice:
        raise ValueError(f"{', '.join(twice)}: both in {path} and in {beside}; keep one")
    return {**data, **more}
