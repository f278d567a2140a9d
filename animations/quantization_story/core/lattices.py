"""Which level each weight takes: the rounding of a layer as a search in a lattice.

A row w of a weight matrix with the scale s may become s k, k whole numbers from -q_max to q_max: the points of a
lattice. What the layer's output loses is not |w - s k|^2 but

    (w - s k) R (w - s k)^T,    R = E[a a^T]

with a the layer's inputs: circles around w become ellipses, and the nearest point of the lattice is not the best one.

- `nearest`: every weight by itself, round-to-nearest.
- `gptq`: one weight after the other, each error passed on to those that follow (Frantar, Ashkboos, Hoefler, Alistarh:
  GPTQ, ICLR 2023). It is Babai's nearest plane on this lattice, run back to front (`nearest_plane`; Chen, Shabanzadeh,
  Crncevic, Hoefler, Alistarh: The geometry of LLM quantization, ICLR 2026; Babai, Combinatorica 6, 1986).
- `closest_vector`: the best of all points, by Schnorr's and Euchner's enumeration (Mathematical Programming 66, 1994).

All keep the levels of the `UniformQuantizer`: its scale, and codes within q_max where it clips. `activation_aware`
moves the levels instead (Lin et al.: AWQ, MLSys 2024), and so does `clipped_rounding`.

Where inputs depend on each other or are always 0, R is singular, and many points of the lattice lie equally near: a
rounding is then free to choose by noise. GPTQ's implementations add 1 % of the mean moment to R's diagonal; that is
`damping`. Without it R gets just enough of it (LEAST_DAMPING) that every order has its planes.
"""

import math
from collections.abc import Sequence
from itertools import permutations
from typing import Any, Literal

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray, finite_array
from quantization_story.core.quantizers import UniformQuantizer, largest_code

Order = Literal["natural", "diagonal", "best"] | Sequence[int] | IntArray

MOST_ORDERED = 6  # inputs: the orders of so many can all be tried (720)
EXPONENTS = tuple(np.linspace(0, 1, 21).tolist())
SHARES = tuple(np.linspace(1.0, 0.4, 61).tolist())
MOST_STEPS = 20_000_000  # of the search for the closest vectors of one layer: sums of two numbers
LEAST_DAMPING = 1e-6  # of the mean of R's diagonal: what a singular R gets, so that all orders have planes


def input_moments(activations: Any, damping: float = 0.0) -> FloatArray:
    """R = E[a a^T] + damping * mean(diag E[a a^T]) * 1, (d, d), of the inputs a (n, d) of a layer.

    The activations of the float network give the float path; those of the network whose earlier layers are rounded
    give the path that GPTQ's implementations take. Raises ValueError without points or for a negative damping.
    """
    a = finite_array(activations, "activations", (None, None))
    if len(a) == 0:
        raise ValueError("activations: no points, so the layer's inputs have no second moments")
    return damped(a.T @ a / len(a), damping)


def damped(moments: Any, damping: float) -> FloatArray:
    """R + damping * mean(diag R) * 1, for moments R (d, d)."""
    moments = finite_array(moments, "moments", (None, None))
    if not 0 <= damping < np.inf:
        raise ValueError(f"damping: {damping!r}; a share of the mean moment, 0 or more")
    return np.asarray(moments + damping * np.diagonal(moments).mean() * np.eye(len(moments)))


def layer_objective(error: Any, moments: Any) -> float:
    """tr(E R E^T) = E|E a|^2, the mean squared error that E = W_q - W (out, d) adds to the layer's pre-activations."""
    error = finite_array(error, "error of the weights", (None, len(moments)))
    return float(np.einsum("oi,ij,oj->", error, np.asarray(moments, dtype=float), error))


# --- roundings that keep the levels


def nearest(weight: Any, quantizer: UniformQuantizer) -> IntArray:
    """The codes of round-to-nearest, (out, d)."""
    return quantizer.codes(weight)


def gptq(weight: Any, quantizer: UniformQuantizer, moments: Any, order: Order = "natural") -> IntArray:
    """The codes (out, d) of GPTQ: each weight is rounded, and its error passed on to those that follow in the order.

    order: "natural" (first input first), "diagonal" (largest R_jj first, GPTQ's act-order), "best" (of all orders the
    one with the least objective, row by row; up to 6 inputs), or the numbers of the inputs in order. Raises ValueError
    for another order.
    """
    weight, moments = _checked(weight, moments)
    if isinstance(order, str) and order == "best":
        return _best_order(weight, quantizer, moments)
    sequence = _sequence(order, moments)
    scale = np.broadcast_to(quantizer.scale(weight), weight.shape)[:, :1]
    # Of the inverse of R, its rows and columns in this order, the upper Cholesky factor: row j tells how the best
    # values of all later weights move when weight j is held elsewhere.
    factor = np.linalg.cholesky(np.linalg.inv(_regular(moments)[np.ix_(sequence, sequence)])).T
    left, codes = weight[:, sequence].copy(), np.zeros(weight.shape, dtype=np.int64)
    for j in range(len(sequence)):
        codes[:, j] = _rounded(left[:, j : j + 1], scale, quantizer)[:, 0]
        missed = (left[:, j] - scale[:, 0] * codes[:, j]) / factor[j, j]
        left[:, j + 1 :] -= missed[:, None] * factor[j, j + 1 :]
    return np.asarray(codes[:, np.argsort(sequence)])


def nearest_plane(weight: Any, quantizer: UniformQuantizer, moments: Any) -> IntArray:
    """The codes (out, d) of Babai's nearest plane, from the last input to the first.

    With R = U^T U, U upper triangular, the objective of a row is |U (w - s k)|^2. The last entry of U (w - s k) holds
    only the last code, which goes to its nearest; then the one before it, and so on.
    """
    weight, moments = _checked(weight, moments)
    scale = np.broadcast_to(quantizer.scale(weight), weight.shape)[:, :1]
    upper = np.linalg.cholesky(_regular(moments)).T
    codes, errors = np.zeros(weight.shape, dtype=np.int64), np.zeros(weight.shape)
    for j in reversed(range(weight.shape[1])):
        target = weight[:, j] + errors[:, j + 1 :] @ upper[j, j + 1 :] / upper[j, j]
        codes[:, j] = _rounded(target[:, None], scale, quantizer)[:, 0]
        errors[:, j] = weight[:, j] - scale[:, 0] * codes[:, j]
    return codes


def gptq_bound(weight: Any, quantizer: UniformQuantizer, moments: Any, order: Order = "natural") -> float:
    """What tr(E R E^T) of `gptq` cannot exceed where no code is clipped: sum over rows of s^2 / 4 * sum_j d_j.

    d_j: the diagonal of D in the factorization of R that this order gives: each weight ends within half a step of its
    plane, and the planes of weight j lie s sqrt(d_j) apart.
    """
    weight, moments = _checked(weight, moments)
    sequence = _sequence(order, moments)[::-1]  # from the last weight that is rounded to the first
    lower = np.linalg.cholesky(_regular(moments)[np.ix_(sequence, sequence)])
    scale = np.broadcast_to(quantizer.scale(weight), weight.shape)[:, 0]
    return float((scale**2).sum() / 4 * (np.diagonal(lower) ** 2).sum())


def closest_vector(weight: Any, quantizer: UniformQuantizer, moments: Any, most_steps: int = MOST_STEPS) -> IntArray:
    """The codes (out, d) of the least objective of all: exact, row by row (for R as `LEAST_DAMPING` leaves it).

    Raises ValueError if all rows together take more than `most_steps` steps of the search (some seconds). In the worst
    case they grow exponentially with d, most of all where R is nearly singular: damp it then.
    """
    weight, moments = _checked(weight, moments)
    scale = np.broadcast_to(quantizer.scale(weight), weight.shape)[:, 0]
    limit = largest_code(quantizer.bits) if quantizer.step is None else None
    regular = _regular(moments)
    order = _search_order(regular)
    upper = np.asarray(np.linalg.cholesky(regular[np.ix_(order, order)]).T, dtype=np.float64)
    starts = np.stack([gptq(weight, quantizer, moments, each) for each in ("natural", "diagonal", order[::-1])])
    codes, steps = np.zeros(weight.shape, dtype=np.int64), 0
    for row in np.flatnonzero(scale):
        target = weight[row, order] / scale[row]
        missed = (target - starts[:, row][:, order]) @ upper.T
        begun = starts[(missed**2).sum(axis=1).argmin(), row][order]
        codes[row, order], taken = _closest(target, limit, upper, begun, most_steps - steps)
        steps += taken
        if steps > most_steps:
            raise ValueError(f"closest vector: more than {most_steps:,} steps for rows of {len(order)} inputs")
    return codes


def _search_order(moments: FloatArray) -> IntArray:
    """The inputs from last searched to first: the first is the one that the others tell least about, and so on.

    So few codes are left to try where the search branches most (Wolniansky, Foschini, Golden, Valenzuela: V-BLAST,
    1998).
    """
    left, order = list(range(len(moments))), []
    while left:
        free = np.diagonal(np.linalg.inv(moments[np.ix_(left, left)]))
        order.append(left.pop(int(free.argmin())))
    return np.asarray(order[::-1])


def _closest(
    target: FloatArray, limit: int | None, upper: FloatArray, start: IntArray, most_steps: int
) -> tuple[list[int], int]:
    """The whole numbers k with the least |U (target - k)|, within the limit: depth first, in each the nearest first.

    Also how many steps it took; the search ends where they are more than `most_steps`. Plain numbers, not arrays: most
    steps touch only a few.
    """
    size, goal = len(target), target.tolist()
    pivots = np.diagonal(upper).tolist()
    slopes = (upper / np.diagonal(upper)[:, None]).tolist()
    best: list[int] = start.tolist()
    least = float(((upper @ (target - start)) ** 2).sum())
    codes, missed, centres = [0] * size, [0.0] * size, [0.0] * size
    spent, steps = [0.0] * (size + 1), 0
    untried: list[list[int]] = [[] for _ in range(size)]

    def enter(j: int) -> None:
        """List the codes of weight j that can still be better, the nearest one last."""
        slope = slopes[j]
        middle = centres[j] = goal[j] + sum(slope[i] * missed[i] for i in range(j + 1, size))
        reach = math.sqrt(max(least - spent[j + 1], 0.0)) / pivots[j]
        low, high = math.ceil(middle - reach), math.floor(middle + reach)
        if limit is not None:
            low, high = max(low, -limit), min(high, limit)
        untried[j] = sorted(range(low, high + 1), key=lambda code: -abs(code - middle))

    j = size - 1
    enter(j)
    while j < size:
        if not untried[j]:
            j += 1
            continue
        steps += size - j
        if steps > most_steps:
            break
        code = codes[j] = untried[j].pop()
        missed[j] = goal[j] - code
        spent[j] = spent[j + 1] + (pivots[j] * (centres[j] - code)) ** 2
        if spent[j] >= least:
            untried[j] = []  # all that are left are farther away
        elif j:
            j -= 1
            enter(j)
        else:
            best, least = codes.copy(), spent[0]
    return best, steps


# --- roundings that move the levels


def activation_aware(
    weight: Any,
    quantizer: UniformQuantizer,
    activations: Any,
    exponents: Sequence[float] = EXPONENTS,
) -> tuple[FloatArray, float]:
    """The weight W_q (out, d) of AWQ, and its exponent: inputs that carry much are scaled up before they are rounded.

    W_q = Q(W diag(t)) diag(t)^-1 with t_j = (E|a_j|)^exponent, scaled to a geometric mean of 1 over its ends; of all
    exponents the one with the least tr(E R E^T), R of the activations (n, d); 0 is round-to-nearest. Levels are those
    of the quantizer for the scaled weight, so in column j they lie t_j times as close.
    """
    moments = input_moments(activations)
    weight, moments = _checked(weight, moments)
    size = np.abs(np.asarray(activations, dtype=float)).mean(axis=0)
    best, chosen = np.inf, (quantizer.quantize(weight), 0.0)
    for exponent in exponents:
        rounded = scaled_rounding(weight, quantizer, channel_scales(size, exponent))
        objective = layer_objective(rounded - weight, moments)
        if objective < best:
            best, chosen = objective, (rounded, float(exponent))
    return chosen


def channel_scales(size: Any, exponent: float) -> FloatArray:
    """t_j = size_j^exponent (1 where an input carries nothing) over sqrt(max t min t), as AWQ normalizes it, (d,)."""
    size = np.asarray(size, dtype=float)
    scales = np.where(size > 0, np.power(np.where(size > 0, size, 1.0), exponent), 1.0)
    return np.asarray(scales / np.sqrt(scales.max() * scales.min()))


def smoothing_scales(activations: Any, weight: Any, strength: float = 0.5) -> FloatArray:
    """t_j = max|a_j|^strength / max|W_:j|^(1 - strength), (d,), of SmoothQuant (Xiao et al., ICML 2023).

    The same scaling of inputs as AWQ's, W diag(t) and diag(t)^-1 a, but chosen to make both easy to round; with the
    weights' part left out (strength 1) and mean for max it is AWQ's with the exponent 1. 1 where a factor is 0.
    """
    a = np.abs(finite_array(activations, "activations", (None, None))).max(axis=0)
    w = np.abs(finite_array(weight, "weight", (None, len(a)))).max(axis=0)
    live = (a > 0) & (w > 0)
    return np.where(live, np.where(live, a, 1.0) ** strength / np.where(live, w, 1.0) ** (1 - strength), 1.0)


def scaled_rounding(weight: Any, quantizer: UniformQuantizer, scales: Any) -> FloatArray:
    """Q(W diag(t)) diag(t)^-1, (out, d): rounding to nearest with each input scaled by t (d,)."""
    scales = np.asarray(scales, dtype=float)
    return np.asarray(quantizer.quantize(np.asarray(weight, dtype=float) * scales) / scales)


def clipped_rounding(
    weight: Any, quantizer: UniformQuantizer, moments: Any, shares: Sequence[float] = SHARES
) -> tuple[FloatArray, float]:
    """The weight W_q (out, d) at the best scale, and the share of s it has: the largest weights may be clipped.

    Each share of the quantizer's scale is tried, and the one with the least tr(E R E^T) taken. Raises ValueError for a
    quantizer with a fixed step, which has no range.
    """
    weight, moments = _checked(weight, moments)
    if quantizer.step is not None:
        raise ValueError("a quantizer with a fixed step clips nothing, so no scale can be searched for")
    full, q_max = quantizer.scale(weight), largest_code(quantizer.bits)
    best, chosen = np.inf, (quantizer.quantize(weight), 1.0)
    for share in shares:
        scale = full * share
        ratio = np.divide(weight, scale, out=np.zeros_like(weight), where=scale > 0)
        rounded = scale * np.clip(np.rint(ratio), -q_max, q_max)
        objective = layer_objective(rounded - weight, moments)
        if objective < best:
            best, chosen = objective, (rounded, float(share))
    return chosen


# --- shared


def _checked(weight: Any, moments: Any) -> tuple[FloatArray, FloatArray]:
    moments = finite_array(moments, "moments", (None, None))
    weight = finite_array(weight, "weight to quantize", (None, len(moments)))
    if moments.shape[0] != moments.shape[1] or not np.allclose(moments, moments.T, atol=1e-9 * np.abs(moments).max()):
        raise ValueError(f"moments: shape {moments.shape}; a symmetric (d, d) matrix is needed")
    if np.linalg.eigvalsh(moments)[0] < -1e-9 * np.abs(moments).max():
        raise ValueError("moments: E[a a^T] has no direction of negative size; this matrix has one")
    return weight, moments


def _regular(moments: FloatArray) -> FloatArray:
    """The moments, damped just enough to have a Cholesky factor where inputs depend on each other or are always 0."""
    mean = np.diagonal(moments).mean()
    if mean <= 0:
        return np.eye(len(moments))
    smallest = float(np.linalg.eigvalsh(moments)[0])
    return moments if smallest > LEAST_DAMPING * mean else damped(moments, LEAST_DAMPING - min(smallest / mean, 0.0))


def _rounded(values: FloatArray, scale: FloatArray, quantizer: UniformQuantizer) -> IntArray:
    """The nearest codes of values (out, 1) under a scale (out, 1), clipped where the quantizer clips."""
    codes = np.rint(np.divide(values, scale, out=np.zeros_like(values), where=scale > 0))
    if quantizer.step is None:
        codes = np.clip(codes, -largest_code(quantizer.bits), largest_code(quantizer.bits))
    return codes.astype(np.int64)


def _sequence(order: Order, moments: FloatArray) -> IntArray:
    size = len(moments)
    if isinstance(order, str):
        if order == "natural":
            return np.arange(size)
        if order == "diagonal":
            return np.argsort(-np.diagonal(moments), kind="stable")
        raise ValueError(f"order: {order!r}; natural, diagonal, best, or the numbers of the inputs")
    sequence = np.asarray(order, dtype=np.int64)
    if sorted(sequence.tolist()) != list(range(size)):
        raise ValueError(f"order: {list(order)}; each of the {size} inputs once")
    return sequence


def _best_order(weight: FloatArray, quantizer: UniformQuantizer, moments: FloatArray) -> IntArray:
    """Of all orders, row by row, the codes of the one with the least objective."""
    size = weight.shape[1]
    if size > MOST_ORDERED:
        raise ValueError(f"order: best of all is tried up to {MOST_ORDERED} inputs; this layer has {size}")
    scale = quantizer.scale(weight)
    tried = np.stack([gptq(weight, quantizer, moments, order) for order in permutations(range(size))])
    errors = scale * tried - weight
    objectives = np.einsum("poi,ij,poj->po", errors, moments, errors)
    return np.asarray(tried[objectives.argmin(axis=0), np.arange(len(weight))])
