"""Histograms: shares, the place of each value in its bar, the error in each bin, the cube-root law."""

import numpy as np
import pytest

from quantization_story.layers.clustering import rms_error
from quantization_story.layers.histograms import (
    fullest_bins,
    histogram,
    share_within_one_std,
    squared_error_in_bins,
    summarize,
    widened,
)

VALUES = np.random.default_rng(2).normal(size=400)
EDGES = np.linspace(VALUES.min(), VALUES.max(), 31)


def test_counts_are_those_of_numpy() -> None:
    bins = histogram(VALUES, EDGES)
    assert np.array_equal(bins.counts, np.histogram(VALUES, EDGES)[0])
    assert bins.shares.sum() == pytest.approx(1.0)
    assert bins.bins == 30
    assert np.allclose(np.diff(bins.middles), bins.width)
    assert histogram(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])).bin_of.tolist() == [0, 1, 1]


def test_ranks_number_the_values_of_each_bin() -> None:
    bins = histogram(VALUES, EDGES)
    for k, count in enumerate(bins.counts):
        assert sorted(bins.ranks[bins.bin_of == k]) == list(range(count))
    assert histogram(np.array([0.1, 1.5, 0.2, 0.3]), np.array([0.0, 1.0, 2.0])).ranks.tolist() == [0, 0, 1, 2]


def test_values_beyond_the_edges_are_an_error() -> None:
    with pytest.raises(ValueError, match="in bins from"):
        histogram(np.array([0.0, 3.0]), np.array([0.0, 1.0, 2.0]))


def test_the_bins_share_out_the_mean_squared_error() -> None:
    levels = np.array([1.0, 0.0, -1.0])
    shared = squared_error_in_bins(VALUES, levels, histogram(VALUES, EDGES))
    assert shared.shape == (30,)
    assert shared.sum() == pytest.approx(rms_error(VALUES, levels) ** 2)
    alone = squared_error_in_bins(np.array([0.5, 1.2]), np.array([0.0, 1.0]), histogram(np.array([0.5, 1.2]), EDGES))
    assert np.count_nonzero(alone) == 2


def test_the_fullest_bins_hold_the_share_that_is_asked_for() -> None:
    shares = np.array([0.1, 0.4, 0.2, 0.3])
    assert fullest_bins(shares, 0.4).tolist() == [1]
    assert fullest_bins(shares).tolist() == [1, 3]
    assert fullest_bins(shares, 0.7).tolist() == [1, 3]
    assert fullest_bins(shares, 1.0).tolist() == [1, 3, 2, 0]


def test_the_share_within_one_standard_deviation() -> None:
    assert share_within_one_std(np.array([-1.0, 0.0, 0.0, 1.0])) == 0.5  # the deviation is 0.71
    many = np.random.default_rng(1).normal(5.0, 3.0, 100_000)
    assert share_within_one_std(many) == pytest.approx(0.6827, abs=0.005)


def test_a_summary_is_of_the_values_themselves() -> None:
    summary = summarize(np.array([1.0, 2.0, 6.0]))
    assert (summary.mean, summary.least, summary.largest) == (3.0, 1.0, 6.0)
    assert summary.std == pytest.approx(np.sqrt(14 / 3))


def test_further_bins_are_as_wide_and_hold_all_values() -> None:
    edges = np.array([0.0, 0.5, 1.0])
    assert widened(edges, np.array([0.2, 0.9])).tolist() == edges.tolist()
    assert widened(edges, np.array([-0.6, 1.1])).tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5]
    assert widened(edges, np.array([-1.0, 1.5])).tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5]
    assert histogram(3 * VALUES, widened(EDGES, 3 * VALUES)).counts.sum() == len(VALUES)
