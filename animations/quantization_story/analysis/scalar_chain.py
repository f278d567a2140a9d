"""Rounding error in a chain of scalar layers, exactly: what can happen, and what does.

A chain y_l = w_l y_(l-1) from y_0 = x, and the same chain with weights w_l + d_l, |d_l| <= h. Its error obeys

    e_l = w_l e_(l-1) + d_l (y_(l-1) + e_(l-1)),

what was **carried** through the gain w_l plus what the layer **injected** by its own rounding. The injected part uses
the value on the *quantized* path, y + e; with it the equation is exact. Since d_l is free of what the layers before it
did, the errors that can occur after layer l are the values of a bilinear function on a box: an interval whose ends are
taken at corners of the box. `error_intervals` is therefore no estimate. No rounding within h leaves an interval, every
error inside it occurs, and both ends are attained, with every d_l at an end of its own interval. The worst |e_L| is
|x| (prod(|w_k| + h) - prod |w_k|): all weights grown away from zero.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from quantization_story.analysis.one_dimension import BrokenLine
from quantization_story.core.arrays import FloatArray, IntArray, finite_array
from quantization_story.core.quantizers import UniformQuantizer


@dataclass(frozen=True, eq=False)
class ChainErrors:
    """The errors that happened: (L + 1,) from the input on, and their two parts in every layer, (L,) each.

    errors[l] = carried[l - 1] + injected[l - 1]; errors[0] = 0.
    """

    errors: FloatArray
    carried: FloatArray
    injected: FloatArray


@dataclass(frozen=True, eq=False)
class ErrorIntervals:
    """The errors that can happen: the interval after every layer, and the two parts of each of its ends.

    ends: (L + 1, 2), lower and upper end, from the input on, where both are 0. carried, injected: (L, 2); their sum
    are the ends of that layer. roundings: (L, 2), the weight error d_l that the recursion takes at each end. sources:
    (L, 2), the end (0 or 1) of the interval before it from which each end comes.
    """

    ends: FloatArray
    carried: FloatArray
    injected: FloatArray
    roundings: FloatArray
    sources: IntArray

    @property
    def worst(self) -> FloatArray:
        """The largest possible |e_l|, (L + 1,)."""
        return np.asarray(np.abs(self.ends).max(axis=1))

    def worst_rounding(self, end: int) -> FloatArray:
        """The weight errors (L,) that attain the last layer's lower (0) or upper (1) end."""
        chosen = np.zeros(len(self.roundings))
        for layer in range(len(self.roundings) - 1, -1, -1):
            chosen[layer] = self.roundings[layer, end]
            end = int(self.sources[layer, end])
        return chosen


def chain_weights(weights: Any) -> FloatArray:
    """The weights of a chain as an array (L,), L >= 1; raises ValueError otherwise."""
    chain = finite_array(weights, "weights of a chain", (None,))
    if len(chain) == 0:
        raise ValueError("a chain needs at least one layer")
    return chain


def quantized_chain(weights: Any, bits: int) -> FloatArray:
    """The weights (L,) rounded with one scale for the whole chain, as one tensor."""
    return np.asarray(UniformQuantizer(bits).quantize(chain_weights(weights)[None])[0])


def half_step(weights: Any, bits: int) -> float:
    """s/2, the most by which that rounding moves a weight."""
    return float(UniformQuantizer(bits).scale(chain_weights(weights)[None])[0, 0]) / 2


def chain_values(x: float, weights: Any) -> FloatArray:
    """The values y_0 = x, y_l = w_l y_(l-1) that travel through a chain, (L + 1,) from the input on."""
    value = float(finite_array(x, "input of a chain", ()))
    return np.asarray(value * np.cumprod([1.0, *chain_weights(weights)]))


def chain_errors(x: float, weights: Any, rounded: Any) -> ChainErrors:
    """What the rounded weights (L,) do to the input x, layer by layer, against the weights (L,)."""
    chain = chain_weights(weights)
    other = finite_array(rounded, "rounded weights of a chain", (len(chain),))
    value = float(finite_array(x, "input of a chain", ()))
    errors, carried, injected = [0.0], [], []
    for w, w_q in zip(chain, other, strict=True):
        carried.append(w * errors[-1])
        injected.append((w_q - w) * (value + errors[-1]))
        errors.append(carried[-1] + injected[-1])
        value = w * value
    return ChainErrors(np.array(errors), np.array(carried), np.array(injected))


def error_intervals(x: float, weights: Any, half_width: float) -> ErrorIntervals:
    """The interval of all errors after every layer, when each weight (L,) may be off by up to `half_width`.

    Both ends are attained and nothing lies outside; see the top of this module. Raises ValueError for a half-width that
    is negative or not finite.
    """
    chain = chain_weights(weights)
    h = float(finite_array(half_width, "half-width of the rounding", ()))
    if h < 0:
        raise ValueError(f"half-width of the rounding: {half_width}; it must not be negative")
    value = float(finite_array(x, "input of a chain", ()))
    ends = [(0.0, 0.0)]
    chosen: list[list[tuple[float, float, float, int]]] = []
    for w in chain:
        corners = [
            (w * ends[-1][source], d * (value + ends[-1][source]), d, source) for source, d in product((0, 1), (-h, h))
        ]
        corners.sort(key=lambda corner: corner[0] + corner[1])
        chosen.append([corners[0], corners[-1]])
        ends.append((corners[0][0] + corners[0][1], corners[-1][0] + corners[-1][1]))
        value = w * value
    table = np.array(chosen, dtype=np.float64)
    return ErrorIntervals(
        np.array(ends), table[..., 0], table[..., 1], table[..., 2], np.asarray(table[..., 3], dtype=np.int64)
    )


def random_offsets(half_width: float, depth: int, count: int, seed: int = 0) -> FloatArray:
    """Random roundings (count, depth): each weight off by a uniform amount within +-half_width."""
    return np.random.default_rng(seed).uniform(-half_width, half_width, (count, depth))


def errors_of(x: float, weights: Any, offsets: FloatArray) -> FloatArray:
    """The errors (n, L + 1), from the input on, of each of many roundings (n, L)."""
    chain = chain_weights(weights)
    return np.stack([chain_errors(x, chain, chain + row).errors for row in offsets])


@dataclass(frozen=True, eq=False)
class ChainPlaces:
    """What the picture of a chain of rounded weights is drawn from.

    weights, rounded: (L,). near: the three levels (3,) around the first weight. reach: the weights (low, high) that are
    seen around them. stairs: what each weight comes back as. values: (L + 1,), from the input on. half: half a step.
    errors: (L + 1,), with the weights rounded to the nearest level. intervals: of all errors within half a step.
    worst_off, worst: the offsets (L,) whose last error is the largest, and its errors (L + 1,). off, random: the
    offsets (n, L) of random roundings, and their errors (n, L + 1). typical: which of these is followed.
    """

    weights: FloatArray
    rounded: FloatArray
    near: FloatArray
    reach: tuple[float, float]
    stairs: BrokenLine
    values: FloatArray
    half: float
    errors: FloatArray
    intervals: ErrorIntervals
    worst_off: FloatArray
    worst: FloatArray
    off: FloatArray
    random: FloatArray
    typical: int

    @property
    def lengths(self) -> FloatArray:
        """How long the last error of each random rounding is, (n,)."""
        return np.asarray(np.abs(self.random[:, -1]))
