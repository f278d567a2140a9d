"""k-means in one dimension: its start, its iterations, the exact optimum, and the levels that it competes with."""

import builtins
import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.cluster.vq import kmeans2

from quantization_story.layers.clustering import (
    Clustering,
    Storage,
    beyond,
    cluster_layer,
    codebook_of,
    compare_levels,
    index_bits,
    lloyd,
    middles,
    nearest_levels,
    on_whole_layer,
    plus_plus,
    rms_error,
    uniform_levels,
)

WEIGHTS = np.random.default_rng(5).standard_t(3, 3000)
samples = st.lists(st.floats(-5, 5, allow_subnormal=False), min_size=8, max_size=40, unique=True).map(
    lambda values: np.round(np.array(values), 6)
)


@pytest.fixture(scope="module")
def found() -> Clustering:
    return cluster_layer(WEIGHTS, 16, 500, np.random.default_rng(1))


def brute_force_inertia(values: np.ndarray, k: int) -> float:
    """The least inertia over all ways to cut the sorted values into k runs."""
    ordered = np.sort(values)
    cuts = combinations(range(1, len(ordered)), k - 1)
    runs = (np.split(ordered, cut) for cut in cuts)
    return min(sum(float(np.sum((run - run.mean()) ** 2)) for run in split) for split in runs)


# --- the start


def test_the_start_is_the_one_that_scipy_draws_from_the_same_generator() -> None:
    # scipy keeps its start to itself, but one iteration from it shows: its labels, and the means of its clusters.
    values = WEIGHTS[:400]
    for seed in range(5):
        start = values[plus_plus(values, 12, np.random.default_rng(seed))]
        means, labels = kmeans2(values[:, None], 12, iter=1, minit="++", rng=np.random.default_rng(seed))
        assert np.array_equal(np.abs(values[:, None] - start).argmin(axis=1), labels)
        assert np.allclose(means[:, 0], [values[labels == k].mean() for k in range(12)])


def test_the_start_prefers_what_is_far() -> None:
    # From 0, 1 and 3 with 0 drawn first, the next is 3 with probability 9 / 10.
    values, picks = np.array([0.0, 1.0, 3.0]), []
    for seed in range(3000):
        first, second = plus_plus(values, 2, np.random.default_rng(seed))
        if first == 0:
            picks.append(second == 2)
    assert np.mean(picks) == pytest.approx(0.9, abs=0.03)


@given(samples, st.integers(0, 50))
def test_the_start_holds_different_values(values: np.ndarray, seed: int) -> None:
    assume(len(np.unique(values)) >= 6)
    chosen = values[plus_plus(values, 6, np.random.default_rng(seed))]
    assert len(np.unique(chosen)) == 6


# --- the iterations


def test_every_step_is_an_assignment_and_an_update(found: Clustering) -> None:
    assert np.array_equal(np.sort(found.values[found.chosen])[::-1], found.steps[0].centres)
    for step in found.steps:
        distances = np.abs(found.values[:, None] - step.centres)
        assert np.array_equal(distances.argmin(axis=1), step.labels)
        assert step.error == pytest.approx(np.sqrt(np.mean(distances.min(axis=1) ** 2)))
    for step, after in zip(found.steps, found.steps[1:], strict=False):
        assert np.allclose(after.centres, [found.values[step.labels == k].mean() for k in range(16)])
        assert after.error < step.error
        assert np.all(np.diff(after.centres) < 0)


def test_the_last_step_is_where_scipy_ends(found: Clustering) -> None:
    start = found.steps[0].centres
    means, labels = kmeans2(found.values[:, None], start[:, None], iter=300, minit="matrix")
    assert np.allclose(found.centres, means[:, 0])
    assert np.array_equal(found.labels, labels)
    assert np.array_equal(found.counts, np.bincount(labels))
    assert found.inertia == pytest.approx(float(np.sum((found.values - means[labels, 0]) ** 2)))


def test_a_centre_that_loses_its_values_stays() -> None:
    # The middle centre holds 0 and 10; its neighbours come so near that both leave it.
    values = np.array([-1.2, 0.0, 10.0, 11.2, -0.5, 10.5])
    steps = lloyd(values, np.array([-2.0, 5.0, 12.0]))
    assert all(np.all(np.diff(step.centres) < 0) for step in steps)
    lonely = lloyd(np.array([0.0, 1.0]), np.array([0.0, 1.0, 50.0]))
    assert lonely[-1].centres[0] == 50.0


@given(samples, st.integers(2, 5), st.integers(0, 20))
def test_k_means_rests_and_never_beats_the_optimum(values: np.ndarray, k: int, seed: int) -> None:
    values = np.unique(values)[:10]
    assume(len(values) >= k)
    found = cluster_layer(values, k, len(values), np.random.default_rng(seed))
    least = brute_force_inertia(found.values, k)
    ordered = np.abs(found.values[:, None] - found.optimum).min(axis=1)
    assert float(np.sum(ordered**2)) == pytest.approx(least, abs=1e-9)
    assert found.inertia >= least - 1e-9
    assert found.excess >= -1e-9
    assert np.all(np.diff(found.optimum) < 0)


def test_a_layer_of_equal_groups_is_found_exactly() -> None:
    values = np.repeat([-1.0, 0.25, 2.0], 10)
    found = cluster_layer(values, 3, 30)
    assert found.centres.tolist() == [2.0, 0.25, -1.0]
    assert found.inertia == found.excess == 0.0
    assert len(found.steps) == 1


def test_the_sample_is_drawn_from_the_layer_without_replacement(found: Clustering) -> None:
    assert np.array_equal(WEIGHTS[found.places], found.values)
    assert len(np.unique(found.places)) == 500
    assert len(cluster_layer(WEIGHTS[:50], 4, 1000).values) == 50
    again = cluster_layer(WEIGHTS, 16, 500, np.random.default_rng(1))
    assert np.array_equal(again.centres, found.centres)


# --- between the steps


def test_moments_pass_through_the_steps(found: Clustering) -> None:
    first, second = found.steps[:2]
    start, assigned, updated = (found.moment(progress) for progress in (0.0, 0.5, 1.0))
    assert np.array_equal(start.centres, first.centres)
    assert np.array_equal(start.borders, middles(first.centres))
    assert start.error == pytest.approx(first.error)
    assert np.array_equal(assigned.centres, first.centres)
    assert np.allclose(found.moment(0.75).centres, (first.centres + second.centres) / 2)
    assert np.array_equal(updated.centres, second.centres)
    assert np.array_equal(updated.borders, middles(first.centres))
    assert np.allclose(found.moment(1.25).borders, (middles(first.centres) + middles(second.centres)) / 2)
    end = found.moment(1e9)
    assert np.array_equal(end.centres, found.centres)
    assert np.allclose(end.borders, middles(found.centres))
    assert end.error == pytest.approx(found.steps[-1].error)


def test_borders_part_the_values_as_the_labels_say(found: Clustering) -> None:
    n = 2
    borders = found.moment(n + 0.5).borders
    assert np.array_equal(np.sum(found.values[:, None] < borders, axis=1), found.steps[n].labels)


def test_the_switch_is_the_change_of_owner_that_is_seen_best(found: Clustering) -> None:
    first, second = found.steps[:2]
    switch = found.switch
    assert switch is not None
    assert first.labels[switch.value] == switch.before
    assert second.labels[switch.value] == switch.after
    assert abs(switch.before - switch.after) == 1
    assert switch.low < found.values[switch.value] < switch.high
    assert found.close_up == (switch.low, switch.high)
    other = switch.before + switch.after - switch.moved
    moves = np.abs(second.centres - first.centres)
    assert moves[switch.moved] >= moves[other]
    # Both catchments and one more on either side: four centres, where it is not at an end.
    upper = min(switch.before, switch.after)
    inside = np.flatnonzero((first.centres > switch.low) & (first.centres < switch.high))
    assert inside.tolist() == list(range(max(upper - 1, 0), min(upper + 3, len(first.centres))))

    def clear(value: int) -> float:
        k = min(first.labels[value], second.labels[value])
        edges = np.array([found.values.max(), *middles(first.centres), found.values.min()])
        stretch = edges[max(k - 1, 0)] - edges[min(k + 3, len(edges) - 1)]
        borders = (middles(step.centres)[k] for step in (first, second))
        return float(min(abs(found.values[value] - border) for border in borders) / stretch)

    changed = np.flatnonzero(np.abs(first.labels - second.labels) == 1)
    assert switch.value == max(changed, key=clear)


def test_where_no_value_changes_its_centre_there_is_no_switch() -> None:
    at_rest = cluster_layer([0.0, 1.0, 5.0] * 4, 3, 12)
    assert at_rest.switch is None
    assert at_rest.close_up == (0.0, 5.0)


def test_owners_follow_the_borders(found: Clustering) -> None:
    for n, step in enumerate(found.steps):
        assert np.array_equal(found.moment(n + 0.5).owners(found.values), step.labels)
    switch = found.switch
    assert switch is not None
    before, after = (int(found.moment(at).owners(found.values[[switch.value]])[0]) for at in (1.0, 1.5))
    assert (before, after) == (switch.before, switch.after)


def test_the_codebook_alone_is_that_of_the_clustering(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cluster_layer(WEIGHTS, 8, 300, np.random.default_rng(3))
    monkeypatch.setitem(sys.modules, "kmeans1d", None)
    assert np.array_equal(codebook_of(WEIGHTS, 8, 300, np.random.default_rng(3)), whole.centres)


def test_what_lies_beyond_the_outermost_centres() -> None:
    outside = beyond(np.array([-3.0, -1.0, 0.0, 2.0, 2.5]), np.array([2.0, 0.0, -1.0]))
    assert outside.tolist() == [True, False, False, False, True]


# --- bad input


@pytest.mark.parametrize(
    ("values", "k", "size", "words"),
    [
        ([0.0, np.nan, 1.0], 2, 10, "nan at index"),
        ([0.0, np.inf, 1.0], 2, 10, "inf at index"),
        ([[0.0, 1.0]], 2, 10, "shape"),
        (["a", "b"], 2, 10, "not an array"),
        ([0.0, 1.0, 2.0], 1, 10, "n_clusters: 1"),
        ([0.0, 1.0, 2.0], 2.5, 10, "n_clusters: 2.5"),
        ([0.0, 1.0, 2.0], True, 10, "n_clusters: True"),
        ([0.0, 1.0, 2.0], 2, 0, "sample_size: 0"),
        ([0.0, 1.0, 2.0], 3, 2, "3 clusters need"),
        ([1.0, 1.0, 1.0, 1.0], 3, 10, "only 1 differ"),
        ([], 2, 10, "only 0 differ"),
    ],
)
def test_bad_input_is_one_clear_error(values: list[float], k: int, size: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        cluster_layer(values, k, size)


def test_without_its_package_the_optimum_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def blocked(name: str, *args: object, **kwargs: object) -> object:
        if name == "kmeans1d":
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", blocked)
    with pytest.raises(ModuleNotFoundError, match=r"quantization-story\[clustering\]"):
        cluster_layer(WEIGHTS, 4, 100)


# --- levels


@given(samples, samples)
def test_values_go_to_the_nearest_level(values: np.ndarray, levels: np.ndarray) -> None:
    distances = np.abs(values[:, None] - levels)
    rounded = nearest_levels(values, levels)
    assert np.isin(rounded, levels).all()
    assert np.allclose(np.abs(values - rounded), distances.min(axis=1))
    assert rms_error(values, levels) == pytest.approx(np.sqrt(np.mean(distances.min(axis=1) ** 2)))


def test_uniform_levels_span_the_range_evenly() -> None:
    levels = uniform_levels(np.array([-1.0, 0.3, 2.0]), 7)
    assert np.allclose(levels, [2.0, 1.5, 1.0, 0.5, 0.0, -0.5, -1.0])
    # A dense uniform density loses step^2 / 12.
    values = np.linspace(-1.0, 1.0, 200_001)
    assert rms_error(values, uniform_levels(values, 21)) == pytest.approx(0.1 / np.sqrt(12), rel=1e-3)


def test_an_index_has_as_many_bits_as_it_needs() -> None:
    assert [index_bits(k) for k in (2, 3, 4, 5, 48, 64, 65)] == [1, 2, 2, 3, 6, 6, 7]


def test_the_comparison_puts_all_levels_on_the_same_values(found: Clustering) -> None:
    compared = compare_levels(found)
    for kind in (compared.uniform, compared.codebook, compared.optimum):
        assert kind.error == pytest.approx(rms_error(found.values, kind.levels))
        assert np.all(np.diff(kind.levels) < 0)
    assert len(compared.uniform.levels) == len(compared.codebook.levels) == 16
    assert compared.ratio == pytest.approx(compared.uniform.error / compared.codebook.error)
    assert compared.codebook.error / compared.optimum.error - 1 == pytest.approx(found.excess)
    assert np.allclose(compared.between(0.0), compared.uniform.levels)
    assert np.allclose(compared.between(1.0), found.centres)
    assert rms_error(compared.values, compared.between(0.0)) == pytest.approx(compared.uniform.error)
    assert rms_error(compared.values, compared.between(1.0)) == pytest.approx(compared.codebook.error)


def test_a_lossless_codebook_has_an_infinite_ratio() -> None:
    assert compare_levels(cluster_layer([0.0, 1.0, 5.0] * 4, 3, 12)).ratio == np.inf
    assert compare_levels(cluster_layer([0.0, 1.0, 2.0] * 4, 3, 12)).ratio == 1.0


def test_the_whole_layer_is_measured_with_the_levels_of_the_sample() -> None:
    weights, centres = np.array([-4.0, -1.0, 0.0, 1.0, 3.0]), np.array([1.0, 0.0, -1.0])
    whole = on_whole_layer(weights, centres)
    std = weights.std()
    assert whole.codebook == pytest.approx(np.sqrt((9 + 4) / 5) / std)
    assert whole.uniform == pytest.approx(rms_error(weights, np.array([3.0, -0.5, -4.0])) / std)
    assert (whole.outside, whole.outside_share) == (2, 1.0)
    assert whole.ratio == pytest.approx(whole.uniform / whole.codebook)
    lossless = on_whole_layer(np.array([-1.0, 0.0, 1.0]), centres)
    assert (lossless.codebook, lossless.outside, lossless.outside_share, lossless.ratio) == (0.0, 0, 0.0, 1.0)


# --- storage


def test_the_codebook_is_paid_for_by_all_weights() -> None:
    storage = Storage(weights=4096, levels=64, bits_before=32)
    # 4,096 indices of 6 bits and 64 numbers of 32 bits, against 4,096 numbers of 32 bits.
    assert storage.index == 6
    assert storage.codebook == 0.5
    assert storage.bits_after * 4096 == 4096 * 6 + 64 * 32
    assert storage.ratio == pytest.approx(4096 * 32 / (4096 * 6 + 64 * 32))
    assert Storage(64, 64, 32).ratio < 1
