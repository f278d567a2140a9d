"""A layer's weights as a codebook: k-means in one dimension, its exact optimum, and the uniform levels beside them."""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.cluster.vq import kmeans2

from quantization_story.core.arrays import BoolArray, FloatArray, IntArray, finite_array
from quantization_story.core.blends import blend
from quantization_story.core.distances import rms


@dataclass(frozen=True, eq=False)
class LloydStep:
    """One iteration of k-means (Lloyd): a codebook, and which of its centres is nearest to each value.

    centres: (k,), descending. labels: (m,), indices into centres. error: the root-mean-square distance between the
    values and their centres.
    """

    centres: FloatArray
    labels: IntArray
    error: float


@dataclass(frozen=True, eq=False)
class Moment:
    """A moment between two iterations: centres (k,), descending, and the borders (k - 1,) between their catchments."""

    centres: FloatArray
    borders: FloatArray
    error: float

    def owners(self, values: FloatArray) -> IntArray:
        """Between which borders values (n,) lie now: the indices of the centres that they belong to, (n,)."""
        return np.asarray(len(self.borders) - np.searchsorted(self.borders[::-1], values, side="right"))


@dataclass(frozen=True)
class Switch:
    """A value that belongs to another centre after the first iteration.

    value: its index. before, after: the indices of its centres, neighbours. moved: the one of them that moves farther.
    low, high: the stretch of values that both and one more on either side take at the start.
    """

    value: int
    before: int
    after: int
    moved: int
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Clustering:
    """k-means on a sample of a layer's weights, step by step, and the exact optimum.

    places: (m,), which weights of the layer were drawn. values: (m,), what they are. chosen: (k,), the indices of the
    values that k-means++ started from, in the order of choice. steps: each with the means of the clusters of the one
    before; the first holds the chosen values, the last is at rest. optimum: (k,), the best centres, descending.
    """

    places: IntArray
    values: FloatArray
    chosen: IntArray
    steps: tuple[LloydStep, ...]
    optimum: FloatArray

    @property
    def centres(self) -> FloatArray:
        """The codebook that k-means ends with, (k,), descending."""
        return self.steps[-1].centres

    @property
    def labels(self) -> IntArray:
        """Which centre each value belongs to, (m,)."""
        return self.steps[-1].labels

    @property
    def counts(self) -> IntArray:
        """How many values each centre gathers, (k,)."""
        return np.bincount(self.labels, minlength=len(self.centres))

    @property
    def inertia(self) -> float:
        """The sum of squared distances between the values and their centres."""
        return float(np.sum((self.values - self.centres[self.labels]) ** 2))

    @property
    def excess(self) -> float:
        """By how much the RMS error of k-means exceeds that of the optimum, as a share; 0 where both are zero."""
        least = rms_error(self.values, self.optimum)
        return self.steps[-1].error / least - 1.0 if least > 0 else 0.0

    def moment(self, progress: float) -> Moment:
        """k-means on its way. From n to n + 1/2 the borders move to where step n assigns the values; from there to
        n + 1 the centres move to the means. The last step ends at its half: nothing is left to move.
        """
        at = float(np.clip(progress, 0.0, len(self.steps) - 0.5))
        n = min(int(at), len(self.steps) - 1)
        part = 2 * (at - n)
        step = self.steps[n]
        borders, centres = middles(step.centres), step.centres
        if part < 1.0:
            before = middles(self.steps[max(n - 1, 0)].centres)
            borders = blend(before, borders, part)
        elif n + 1 < len(self.steps):
            centres = blend(centres, self.steps[n + 1].centres, part - 1.0)
        return Moment(centres, borders, _rms(self.values - centres[step.labels]))

    @property
    def switch(self) -> Switch | None:
        """The value whose change to a neighbouring centre in the first iteration is seen best; None where none changes.

        Best seen is what lies far from the border before and after, measured against the stretch that is shown.
        """
        if len(self.steps) < 2:
            return None
        first, second = self.steps[:2]
        old, new = middles(first.centres), middles(second.centres)
        edges = np.array([self.values.max(), *old, self.values.min()])
        best, seen = None, 0.0
        for value in np.flatnonzero(np.abs(first.labels - second.labels) == 1):
            before, after = int(first.labels[value]), int(second.labels[value])
            upper = min(before, after)
            low, high = float(edges[min(upper + 3, len(edges) - 1)]), float(edges[max(upper - 1, 0)])
            clear = float(np.abs(self.values[value] - np.array([old[upper], new[upper]])).min()) / (high - low)
            if clear > seen:
                moved = max(before, after, key=lambda k: abs(second.centres[k] - first.centres[k]))
                best, seen = Switch(int(value), before, after, moved, low, high), clear
        return best

    @property
    def close_up(self) -> tuple[float, float]:
        """The stretch of values, (low, high), in which the switch is seen; all of them where there is none."""
        switch = self.switch
        return (switch.low, switch.high) if switch else (float(self.values.min()), float(self.values.max()))


def middles(centres: FloatArray) -> FloatArray:
    """Half-way between neighbouring centres (k,), (k - 1,)."""
    return (centres[1:] + centres[:-1]) / 2


def cluster_layer(
    values: Any, n_clusters: int = 64, sample_size: int = 1000, rng: np.random.Generator | None = None
) -> Clustering:
    """k-means with a k-means++ start on a sample of a layer's weights (n,), and the exact optimum on the same sample.

    sample_size: how many weights are drawn, without replacement; all of them are taken where there are no more.
    rng: seed 0 if left out. Where fewer values differ, there are as many clusters as values that differ. Raises
    ValueError for values that are not finite, n_clusters < 2, a sample_size below n_clusters, and values that are all
    the same; ModuleNotFoundError where the extra for the optimum is not installed.
    """
    places, sample, chosen, steps = _k_means(values, n_clusters, sample_size, rng)
    return Clustering(places, sample, chosen, steps, exact_centres(sample, len(chosen)))


def codebook_of(
    values: Any, n_clusters: int = 64, sample_size: int = 1000, rng: np.random.Generator | None = None
) -> FloatArray:
    """The centres of `cluster_layer` alone, (k,), descending; they need no extra."""
    return _k_means(values, n_clusters, sample_size, rng)[-1][-1].centres


def _k_means(
    values: Any, n_clusters: int, sample_size: int, rng: np.random.Generator | None
) -> tuple[IntArray, FloatArray, IntArray, tuple[LloydStep, ...]]:
    """What was drawn, its values, the start and the iterations, as in `Clustering`."""
    values = finite_array(values, "weights to cluster", (None,))
    for name, number in (("n_clusters", n_clusters), ("sample_size", sample_size)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 2:
            raise ValueError(f"{name}: {number!r}; it must be a whole number, 2 or more")
    if sample_size < n_clusters:
        raise ValueError(f"sample_size: {sample_size}; {n_clusters} clusters need at least as many values")
    rng = np.random.default_rng(0) if rng is None else rng
    places = rng.choice(len(values), min(sample_size, len(values)), replace=False)
    sample = values[places]
    different = len(np.unique(sample))
    if different < 2:
        raise ValueError(f"of {len(sample)} sampled values only {different} differ: there is nothing to cluster")
    chosen = plus_plus(sample, min(n_clusters, different), rng)
    return places, sample, chosen, lloyd(sample, sample[chosen])


def plus_plus(values: FloatArray, k: int, rng: np.random.Generator) -> IntArray:
    """The indices (k,) of the values (m,) that k-means++ starts from (Arthur and Vassilvitskii 2007).

    The first is drawn uniformly, each further one with a probability in proportion to its squared distance from the
    nearest one chosen so far. scipy's kmeans2(minit="++") chooses the same from the same generator, but keeps its
    choice to itself. There must be k distinct values.
    """
    chosen = [int(rng.integers(len(values)))]
    squared = (values - values[chosen[0]]) ** 2
    while len(chosen) < k:
        cumulated = np.cumsum(squared / squared.sum())
        chosen.append(min(int(np.searchsorted(cumulated, rng.uniform())), len(values) - 1))
        squared = np.minimum(squared, (values - values[chosen[-1]]) ** 2)
    return np.array(chosen, dtype=np.int64)


def lloyd(values: FloatArray, start: FloatArray) -> tuple[LloydStep, ...]:
    """The iterations of k-means on values (m,) from the centres `start` (k,), until the error falls no further.

    In one dimension the centres keep their order, so they are sorted once. A centre that loses all its values stays.
    """
    centres = np.sort(start)[::-1]
    steps: list[LloydStep] = []
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # scipy warns of a centre without values, and lets it stay
            means, labels = kmeans2(values[:, None], centres[:, None], iter=1, minit="matrix")
        error = _rms(values - centres[labels])
        if steps and not error < steps[-1].error:
            return tuple(steps)
        steps.append(LloydStep(centres, labels.astype(np.int64), error))
        centres = means[:, 0]


def exact_centres(values: FloatArray, k: int) -> FloatArray:
    """The k centres (k,), descending, with the least sum of squares over values (m,).

    In one dimension the optimum can be found exactly (Wu 1991; Gronlund et al. 2017), by the package kmeans1d. Raises
    ModuleNotFoundError, naming the extra, where that is not installed.
    """
    try:
        import kmeans1d
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "the exact optimum of k-means needs the extra 'clustering': pip install 'quantization-story[clustering]'"
        ) from None
    return np.array(kmeans1d.cluster(values, k).centroids)[::-1]


# --- levels, and the error that they leave


def nearest_levels(values: FloatArray, levels: FloatArray) -> FloatArray:
    """Each of the values (n,) rounded to the nearest of some levels (k,), in any order; (n,)."""
    ascending = np.sort(levels)
    return np.asarray(ascending[np.searchsorted(middles(ascending), values)])


def rms_error(values: FloatArray, levels: FloatArray) -> float:
    """The root-mean-square distance between values (n,) and the nearest of the levels (k,)."""
    return _rms(values - nearest_levels(values, levels))


def _rms(gaps: FloatArray) -> float:
    return rms(gaps[:, None])


def uniform_levels(values: FloatArray, count: int) -> FloatArray:
    """`count` levels at equal distances from the largest of the values (n,) down to the smallest, (count,)."""
    return np.linspace(values.max(), values.min(), count)


def index_bits(count: int) -> int:
    """The bits that an index into a codebook of `count` levels takes: log2, rounded up."""
    return math.ceil(math.log2(count))


@dataclass(frozen=True, eq=False)
class Levels:
    """A set of levels (k,), descending, and the RMS error that it leaves on the values it was made for."""

    levels: FloatArray
    error: float


def levels_for(values: FloatArray, levels: FloatArray) -> Levels:
    """Levels (k,) with the error that they leave on values (n,)."""
    return Levels(levels, rms_error(values, levels))


@dataclass(frozen=True, eq=False)
class Comparison:
    """Ways to place the levels for the same values (n,), each with its error.

    uniform: as many levels as the codebook has, at equal distances over the values' range. codebook: k-means.
    optimum: the exact one.
    """

    values: FloatArray
    uniform: Levels
    codebook: Levels
    optimum: Levels

    @property
    def ratio(self) -> float:
        """The RMS error of the uniform levels over that of the codebook; infinite where only the codebook has none."""
        return _ratio(self.uniform.error, self.codebook.error)

    def between(self, part: float) -> FloatArray:
        """Levels (k,) on the way from the uniform ones (part 0) to the codebook (part 1)."""
        return blend(self.uniform.levels, self.codebook.levels, part)


def compare_levels(found: Clustering) -> Comparison:
    """The codebook of a clustering, beside uniform levels and the optimum for the same sample."""
    values, k = found.values, len(found.centres)
    return Comparison(
        values,
        levels_for(values, uniform_levels(values, k)),
        levels_for(values, found.centres),
        levels_for(values, found.optimum),
    )


@dataclass(frozen=True)
class WholeLayer:
    """The errors on all weights of a layer, as shares of their standard deviation.

    codebook: of centres that were found on a sample. uniform: of as many levels over the range of all weights.
    outside: how many weights lie beyond the outermost centres. outside_share: what those make of the squared error of
    the codebook, 0 to 1.
    """

    codebook: float
    uniform: float
    outside: int
    outside_share: float

    @property
    def ratio(self) -> float:
        """The error of the uniform levels over that of the codebook; infinite where only the codebook has none."""
        return _ratio(self.uniform, self.codebook)


def on_whole_layer(weights: FloatArray, centres: FloatArray) -> WholeLayer:
    """What centres (k,) of a sample leave on all the weights (n,), beside uniform levels made for all of them."""
    spread = float(weights.std())
    uniform = uniform_levels(weights, len(centres))
    squared = (weights - nearest_levels(weights, centres)) ** 2
    outside = beyond(weights, centres)
    share = float(squared[outside].sum() / squared.sum()) if squared.any() else 0.0
    codebook, even = (rms_error(weights, levels) / spread for levels in (centres, uniform))
    return WholeLayer(codebook, even, int(outside.sum()), share)


def beyond(weights: FloatArray, centres: FloatArray) -> BoolArray:
    """Which of the weights (n,) lie beyond the outermost of the centres (k,), (n,)."""
    return np.asarray((weights > centres.max()) | (weights < centres.min()))


def _ratio(above: float, below: float) -> float:
    if below > 0:
        return above / below
    return math.inf if above > 0 else 1.0


# --- what is stored


@dataclass(frozen=True)
class Storage:
    """What a layer takes as a codebook and indices.

    weights: how many share the codebook. bits_before: of one stored weight, and of one entry of the codebook.
    """

    weights: int
    levels: int
    bits_before: int

    @property
    def index(self) -> int:
        """Bits of a weight's index."""
        return index_bits(self.levels)

    @property
    def codebook(self) -> float:
        """Bits of the codebook, shared out over the weights."""
        return self.levels * self.bits_before / self.weights

    @property
    def bits_after(self) -> float:
        """Bits a weight, codebook included."""
        return self.index + self.codebook

    @property
    def ratio(self) -> float:
        """How many times less is stored than before."""
        return self.bits_before / self.bits_after
