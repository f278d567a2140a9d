"""Lengths and distances over points: root mean square, mean and largest. Points are rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array


def lengths(rows: FloatArray) -> FloatArray:
    """The length of each of the rows (n, d), (n,)."""
    return np.asarray(np.linalg.norm(rows, axis=1))


def mean_square(rows: FloatArray) -> float:
    """The mean over the rows (n, d) of their squared lengths."""
    return float(np.mean(np.sum(rows**2, axis=1)))


def rms(rows: FloatArray) -> float:
    """The root of the mean over the rows (n, d) of their squared lengths."""
    return float(np.sqrt(mean_square(rows)))


def mean_length(rows: FloatArray) -> float:
    """The mean length of the rows (n, d); 0 if there are none."""
    return float(np.mean(lengths(rows))) if len(rows) else 0.0


def spread(points: Any, centre: Any = None) -> float:
    """The root mean square distance of points (n, d) from a centre (d,), their mean if left out.

    Raises ValueError if there are no points.
    """
    points = finite_array(points, "points of a spread", (None, None))
    if len(points) == 0:
        raise ValueError("spread: needs at least one point")
    middle = points.mean(axis=0) if centre is None else finite_array(centre, "centre of a spread", points.shape[1:])
    return rms(points - middle)


@dataclass(frozen=True)
class Distances:
    """Euclidean distances between n points and their twins: root mean square, mean and largest."""

    rms: float
    mean: float
    largest: float


def distances(points: Any, twins: Any) -> Distances:
    """Measure how far points (n, d) lie from their twins (n, d). Raises ValueError for no points and other shapes."""
    points = finite_array(points, "points", (None, None))
    gaps = points - finite_array(twins, "twins of the points", points.shape)
    if len(gaps) == 0:
        raise ValueError("distances need at least one point")
    return Distances(rms(gaps), mean_length(gaps), float(lengths(gaps).max()))
