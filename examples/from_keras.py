"""A Keras Sequential of Dense layers with ReLUs as a file that every command and scene takes as a network."""

from typing import Any

import numpy as np


def save(model: Any, points: Any, labels: Any, file: str, **data: Any) -> None:
    """Write a model of Dense layers to an .npz file; `outputs` among the data are checked: give logits, no softmax."""
    layers = enumerate((layer.get_weights() for layer in model.layers if layer.get_weights()), start=1)
    arrays = {f"{kind}{n}": array for n, (w, b) in layers for kind, array in (("W", w.T), ("b", b))}
    np.savez(file, **arrays, points=points, labels=labels, **data)
