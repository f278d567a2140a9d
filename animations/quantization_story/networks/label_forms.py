"""Labels in the forms in which people keep them, as whole numbers from 0 on."""

from typing import Any

import numpy as np

from quantization_story.core.arrays import IntArray, label_array
from quantization_story.networks.layer_parts import require_real


def labels_of(given: Any, count: int) -> tuple[IntArray, str | None]:
    """The labels (count,) of an array, and what was made of it, in words, where it was no plain one.

    Read are whole numbers (n,) or (n, 1), truth values, -1 and 1, and one-hot rows (n, classes). Raises ValueError.
    """
    array = np.asarray(given)
    if array.dtype == np.bool_:
        array = array.astype(np.int64)
    require_real(array, "labels")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 2 and _one_hot(array):
        return label_array(array.argmax(axis=1), "labels", count), "labels are the places of the ones in one-hot rows"
    if array.ndim == 1 and set(np.unique(array).tolist()) == {-1, 1}:
        return label_array((array + 1) // 2, "labels", count), "labels −1 and 1 are the classes 0 and 1"
    return label_array(array, "labels", count), None


def _one_hot(array: Any) -> bool:
    return bool(array.size and ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())
