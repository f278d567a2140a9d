"""A scikit-learn MLPClassifier with ReLUs as a file that every command and scene takes as a network."""

from typing import Any

import numpy as np


def save(model: Any, points: Any, labels: Any, file: str) -> None:
    """Write a fitted MLPClassifier(activation="relu") with its points and labels to an .npz file."""
    layers = enumerate(zip(model.coefs_, model.intercepts_, strict=True), start=1)
    arrays = {f"{kind}{n}": array for n, (w, b) in layers for kind, array in (("W", w.T), ("b", b))}
    np.savez(file, **arrays, points=points, labels=np.searchsorted(model.classes_, labels))
