"""A zoo of layers that are odd in one way each; the scenes of clustering play them or refuse them."""

from collections.abc import Callable

import numpy as np

from quantization_story.core.arrays import FloatArray

NAME = "odd.weight"


def _drawn(*shape: int) -> FloatArray:
    return np.random.default_rng(0).normal(0.0, 0.1, shape)


def _on_centres(count: int, size: int) -> FloatArray:
    """Weights that take `count` values only."""
    return np.resize(np.linspace(-1.0, 1.0, count), size).reshape(-1, 8)


def _with_outlier() -> FloatArray:
    weights = _drawn(64, 64)
    weights[3, 5] = 100.0
    return weights


LAYERS: dict[str, Callable[[], FloatArray]] = {
    "64 values": lambda: _on_centres(64, 4096),
    "64 weights": lambda: _drawn(8, 8),
    "65 values": lambda: np.append(_on_centres(64, 4096 - 8), np.full((1, 8), 0.37), axis=0),
    "few weights": lambda: _drawn(4, 4),
    "one value": lambda: np.full((64, 64), 0.5),
    "tiny": lambda: 1e-6 * _drawn(64, 64),
    "huge": lambda: 1e6 * _drawn(64, 64),
    "all positive": lambda: np.abs(_drawn(64, 64)) + 1.0,
    "an outlier": _with_outlier,
    "mostly zero": lambda: np.where(np.abs(_drawn(64, 64)) > 0.15, _drawn(64, 64), 0.0),
    "one row": lambda: _drawn(1, 200),
}
