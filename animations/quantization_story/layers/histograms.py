"""Histograms of a layer's weights: shares in bins, the place of each value in its bar, the error in each bin."""

import math
from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.layers.clustering import nearest_levels


@dataclass(frozen=True)
class Summary:
    """mean, std, min and max of some values."""

    mean: float
    std: float
    least: float
    largest: float


def summarize(values: FloatArray) -> Summary:
    """mean, standard deviation (of the values themselves: divided by n), min and max of values (n,)."""
    return Summary(float(values.mean()), float(values.std()), float(values.min()), float(values.max()))


@dataclass(frozen=True, eq=False)
class Histogram:
    """Shares of values in bins of equal width. edges: (bins + 1,), ascending. bin_of: (n,), where each value lies."""

    edges: FloatArray
    bin_of: IntArray

    @property
    def bins(self) -> int:
        """How many bins there are."""
        return len(self.edges) - 1

    @property
    def width(self) -> float:
        """The width of a bin."""
        return float(self.edges[1] - self.edges[0])

    @property
    def middles(self) -> FloatArray:
        """The middle of each bin, (bins,)."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def counts(self) -> IntArray:
        """How many values lie in each bin, (bins,)."""
        return np.bincount(self.bin_of, minlength=self.bins)

    @property
    def shares(self) -> FloatArray:
        """The share of the values in each bin, (bins,), summing to 1."""
        return self.counts / len(self.bin_of)

    @property
    def ranks(self) -> IntArray:
        """The place of each value among those of its bin, (n,), counted from 0 up with the value."""
        order = np.argsort(self.bin_of, kind="stable")
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order)) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)
        return ranks


def histogram(values: FloatArray, edges: FloatArray) -> Histogram:
    """Sort values (n,) into bins; a value on an inner edge belongs to the upper bin. All must lie within the edges."""
    if values.min() < edges[0] or values.max() > edges[-1]:
        raise ValueError(f"values from {values.min():g} to {values.max():g} in bins from {edges[0]:g} to {edges[-1]:g}")
    return Histogram(edges, np.minimum(np.searchsorted(edges, values, side="right") - 1, len(edges) - 2))


def share_within_one_std(values: FloatArray) -> float:
    """The share of values (n,) no further than one standard deviation from their mean, 0 to 1."""
    return float(np.mean(np.abs(values - values.mean()) <= values.std()))


def fullest_bins(shares: FloatArray, wanted: float = 0.5) -> IntArray:
    """The indices of the fewest bins that hold at least the share `wanted` of the values together, fullest first."""
    order = np.argsort(-shares, kind="stable")
    count = int(np.searchsorted(np.cumsum(shares[order]), wanted - 1e-12)) + 1
    return order[:count]


def squared_error_in_bins(values: FloatArray, levels: FloatArray, bins: Histogram) -> FloatArray:
    """What each bin of a histogram of the values (n,) adds to the mean squared error of rounding to levels, (bins,)."""
    squared = (values - nearest_levels(values, levels)) ** 2
    return np.bincount(bins.bin_of, weights=squared, minlength=bins.bins) / len(values)


def widened(edges: FloatArray, values: FloatArray) -> FloatArray:
    """Edges of bins of equal width (bins + 1,), with as many more of that width as hold all the values (n,)."""
    width = edges[1] - edges[0]
    below = max(0, math.ceil((edges[0] - values.min()) / width))
    above = max(0, math.ceil((values.max() - edges[-1]) / width))
    left, right = edges[0] - width * np.arange(below, 0, -1), edges[-1] + width * np.arange(1, above + 1)
    return np.concatenate([left, edges, right])
