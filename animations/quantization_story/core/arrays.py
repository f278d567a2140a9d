"""Checks on arrays that come from outside: one clear error that names what is wrong and where."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Entry = TypeVar("Entry", bound=np.generic)


def finite_array(value: Any, name: str, shape: tuple[int | None, ...]) -> FloatArray:
    """Return `value` as a float64 array of the given shape, where None stands for any length.

    Raises ValueError, with `name` and the offending shape, entry or type, if it is not numeric, has another shape,
    or holds a NaN or an infinity.
    """
    try:
        raw = np.asarray(value)
        if raw.dtype.kind not in "biufO":
            raise TypeError(f"its type is {raw.dtype}")
        array = np.asarray(raw, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name}: not an array of real numbers ({error})") from None
    if array.ndim != len(shape) or any(want not in (None, got) for want, got in zip(shape, array.shape, strict=True)):
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise ValueError(f"{name}: shape {array.shape}, expected ({wanted})")
    if not np.isfinite(array).all():
        where = tuple(int(index) for index in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}: {array[where]} at index {where}; every entry must be finite")
    return array


def label_array(value: Any, name: str, length: int) -> IntArray:
    """Return class labels as an int64 array (length,); raises ValueError unless they are whole numbers from 0 on."""
    numbers = finite_array(value, name, (length,))
    if length and (np.any(np.rint(numbers) != numbers) or numbers.min() < 0 or numbers.max() >= 2**31):
        raise ValueError(f"{name}: class labels must be whole numbers from 0 on")
    return numbers.astype(np.int64)


def frozen(array: npt.NDArray[Entry]) -> npt.NDArray[Entry]:
    """Return a read-only copy: what a frozen object keeps and hands out."""
    copy = np.array(array)
    copy.setflags(write=False)
    return copy
