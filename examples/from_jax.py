"""Flax parameters of Dense layers with ReLUs as a file that every command and scene takes as a network."""

from typing import Any

import numpy as np


def save(params: Any, points: Any, labels: Any, file: str, **data: Any) -> None:
    """Write {"Dense_0": {"kernel", "bias"}, "Dense_1": ...}, what `params["params"]` holds, to an .npz file.

    Give `outputs`: Flax numbers layers as they are made, and Dense(3)(relu(Dense(8)(x))) makes the last one first.
    """
    named = {f"{layer}.{kind}": array for layer, arrays in params.items() for kind, array in arrays.items()}
    arrays = {name: np.asarray(array) for name, array in named.items()}
    np.savez(file, **arrays, points=points, labels=labels, **data)
