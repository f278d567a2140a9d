"""Error regions: what rounding the weights of a chain of linear layers can do to one input, exactly.

A chain x -> V_L ... V_1 x of square, invertible layers is compared with every chain U whose weights lie within half a
quantization step of V, |V_l - U_l| <= step / 2 in every entry, ends included. If the V_l are rounded weights, the U_l
are all the weights they can come from; if they are float weights, all that rounding can make of them. Write
E_l = V_l - U_l, and v_l = V_l v_(l-1) from v_0 = x for the values of V.

**One layer.** Layer l's own error is E_l v_(l-1). It fills a box: half-width step/2 * ||v_(l-1)||_1 in every output,
or, where only the diagonal of a diagonal layer is rounded, step/2 * |v_(l-1)| output by output. Every corner is
attained. Pulled back to the input space it is P_l E_l v_(l-1), P_l = (V_l ... V_1)^-1: the shift of the input that
moves the output of V by as much as changing layer l alone does. The box becomes a parallelotope. All this is exact.

**All layers, each error on its own.** The region is the Minkowski sum of these parallelotopes: it holds the sums
P_1 E_1 v_0 + ... + P_L E_L v_(L-1) for all admissible E_l, and nothing else. No such sum lies outside, every point of
the region is one of them, and every vertex is attained, with weights at the ends of their intervals (`worst_rounding`).

**All layers at once.** The whole error V_L ... V_1 x - U_L ... U_1 x, pulled back by P_L, is exactly the sum of the
P_l E_l u_(l-1), on the values u of the *other* chain. It differs from the sum above by the terms P_l E_l (u - v), of
second order in the step, and by that much it can leave the region near a vertex. With `all_orders` every half-width
counts on the most that |u_(l-1)| can be: then no whole error lies outside. It is an outer bound: equal to the region
for one layer; for diagonal layers it attains the corner where all weights grow; in general it attains no vertex.

Linear chains only: behind a ReLU it holds for the linear map of one activation pattern, as long as that is kept.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from quantization_story.core.affine import rank
from quantization_story.core.arrays import FloatArray, finite_array, frozen
from quantization_story.error_regions.faces import Polytope, zonotope_faces
from quantization_story.error_regions.zonotopes import (
    PrincipalAxes,
    Zonotope,
    box_edges,
    zonotope_contains,
    zonotope_edges,
    zonotope_signs,
    zonotope_support,
    zonotope_vertices,
    zonotope_volume,
)

__all__ = [
    "ErrorRegion",
    "LayerRegion",
    "Polytope",
    "PrincipalAxes",
    "RoundingErrors",
    "Zonotope",
    "box_edges",
    "error_boxes",
    "error_generators",
    "error_region",
    "pull_backs",
    "rounding_errors",
    "worst_rounding",
    "zonotope_contains",
    "zonotope_edges",
    "zonotope_faces",
    "zonotope_signs",
    "zonotope_support",
    "zonotope_vertices",
    "zonotope_volume",
]


def error_generators(
    x: Any, weights: Any, step: float, diagonal: bool = False, all_orders: bool = False
) -> list[FloatArray]:
    """The generators of every layer's error in input space: one (d, d) matrix a layer, P_l diag(its half-widths).

    A generator g stands for the segment from -g to g: layer l's errors are the sums of c_i g_i over its columns with
    every c_i in [-1, 1], and the cumulative region is the zonotope of all of them, `np.hstack(error_generators(...))`.
    What lies in it, and what of it is attained, is stated at the top of this module.

    x: (d,), the input. weights: the L layers V_l (d, d), whose values and whose inverse are used; the weights they are
    compared with lie within step / 2 of them. diagonal: the layers are diagonal and only their diagonals are rounded.
    all_orders: bound the whole error instead of the sum of every layer's own.

    Raises ValueError, naming the layer, for one that is not (d, d), not finite, singular, or not diagonal where
    `diagonal` says so; and for a step that is not positive.
    """
    point = finite_array(x, "x", (None,))
    boxes = error_boxes(point[None], weights, step, diagonal, all_orders)[0]
    return [pull_back * half_widths for pull_back, half_widths in zip(pull_backs(weights), boxes, strict=True)]


def error_boxes(points: Any, weights: Any, step: float, diagonal: bool = False, all_orders: bool = False) -> FloatArray:
    """The half-widths (n, L, d) of every layer's error box, in that layer's own output, at points x (n, d).

    step/2 * ||v||_1 in every output for full matrices, step/2 * |v| for diagonal ones, with v the values that reach the
    layer; with `all_orders`, |v| plus the most by which the layers before can have moved it. Raises ValueError as
    `error_generators` does, but for singular layers: a box needs no inverse.
    """
    values = finite_array(points, "points", (None, None))
    chain = _chain(weights, values.shape[1], diagonal)
    if finite_array(step, "step", ()) <= 0:
        raise ValueError(f"step: {step!r}; a quantization step must be a positive number")
    boxes: list[FloatArray] = []
    carried: list[FloatArray] = []  # the products V_(l-1) ... V_(k+1) that carry layer k's error up to this layer
    for weight in chain:
        reach = np.abs(values)
        for box, product in zip(boxes, carried, strict=True) if all_orders else ():
            reach = reach + box @ np.abs(product).T
        if not diagonal:
            reach = np.repeat(reach.sum(axis=1)[:, None], len(weight), axis=1)
        boxes.append(step / 2 * reach)
        carried = [weight @ product for product in carried] + [np.eye(len(weight))]
        values = values @ weight.T
    return np.stack(boxes, axis=1)


def pull_backs(weights: Any) -> list[FloatArray]:
    """P_l = (V_l ... V_1)^-1, which takes errors in the output of layer l back to the input space: one (d, d) a layer.

    Raises ValueError, naming the layer, for one that is not square like the others, not finite, or singular,
    or whose inverse overflows.
    """
    inverses: list[FloatArray] = []
    for layer, weight in enumerate(_chain(weights, None, False), start=1):
        if rank(weight) < len(weight):
            raise ValueError(
                f"layer {layer} is singular (rank {rank(weight)} of {len(weight)}): "
                "its errors cannot be pulled back to the input space"
            )
        with np.errstate(over="ignore", invalid="ignore"):
            inverse = np.asarray(np.linalg.inv(weight), dtype=np.float64)
            inverses.append(inverses[-1] @ inverse if inverses else inverse)
        if not np.isfinite(inverses[-1]).all():
            raise ValueError(f"layer {layer}: its errors overflow when they are pulled back to the input space")
    return inverses


def worst_rounding(x: Any, weights: Any, step: float, direction: Any, diagonal: bool = False) -> list[FloatArray]:
    """The rounding errors E_l (d, d), one a layer, whose sum of P_l E_l v_(l-1) reaches farthest along a direction.

    Every entry is step/2 or -step/2 (off the diagonal 0, where only diagonals are rounded): the sign of the value it
    meets times the sign of the direction (d,) pulled through the layers. The sum is a vertex of the region, so the
    region is no larger than it must be. Raises ValueError as `error_generators` does.
    """
    values = finite_array(x, "x", (None,))
    aim = finite_array(direction, "direction", (len(values),))
    error_boxes(values[None], weights, step, diagonal)  # for its checks
    errors = []
    for weight, pull_back in zip(_chain(weights, len(values), diagonal), pull_backs(weights), strict=True):
        outputs, inputs = (np.where(side < 0, -1.0, 1.0) for side in (aim @ pull_back, values))
        errors.append(step / 2 * (np.diag(outputs * inputs) if diagonal else np.outer(outputs, inputs)))
        values = weight @ values
    return errors


@dataclass(frozen=True, eq=False)
class RoundingErrors:
    """What rounding did to one input, in `count` draws, pulled back to the input space; both (count, d).

    summed: P_1 E_1 v_0 + ... + P_L E_L v_(L-1), every layer's own error; it lies in the region.
    whole: P_L (V_L ... V_1 - U_L ... U_1) x, all layers at once; it lies in the region of `all_orders`.
    """

    summed: FloatArray
    whole: FloatArray


def rounding_errors(
    x: Any,
    weights: Any,
    step: float,
    count: int,
    diagonal: bool = False,
    draw: Literal["uniform", "ends", "even"] = "uniform",
    seed: int = 0,
) -> RoundingErrors:
    """Errors of `count` random chains U around the chain V of `weights`: a cloud to draw into the region.

    draw: "uniform", every weight anywhere within step/2 of V (the cloud gathers in the middle of the region); "ends",
    every weight at one of the two ends; "even", weights chosen so that `summed` fills the region evenly, d = 2 or 3.
    Raises ValueError as `error_generators` does, and for any other draw.
    """
    values = finite_array(x, "x", (None,))
    d = len(values)
    generators = error_generators(values, weights, step, diagonal)
    rng = np.random.default_rng(seed)
    if draw not in ("uniform", "ends", "even"):
        raise ValueError(f"draw: {draw!r}; there are 'uniform', 'ends' and 'even'")
    even = _even_coefficients(np.hstack(generators), count, rng).reshape(count, -1, d) if draw == "even" else None
    other = np.repeat(values[None], count, axis=0)
    summed = np.zeros((count, d))
    for layer, (weight, pull_back) in enumerate(zip(_chain(weights, d, diagonal), pull_backs(weights), strict=True)):
        if even is None:
            shares = rng.uniform(-1.0, 1.0, (count, d, d))
            shares = np.sign(shares) if draw == "ends" else shares
        else:
            shares = even[:, layer, :, None] * np.where(values < 0, -1.0, 1.0)
        error = step / 2 * shares * (np.eye(d) if diagonal else 1.0)
        summed += error @ values @ pull_back.T
        other = ((weight - error) @ other[:, :, None])[:, :, 0]
        values = weight @ values
    return RoundingErrors(summed, (values - other) @ pull_back.T)


def _even_coefficients(generators: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """Coefficients (count, m) in [-1, 1] whose sums c_i g_i are spread evenly over the zonotope of (d, m).

    The zonotope is cut into simplices from its centre to its boundary; in each, the coefficients mix the signs of its
    corners.
    """
    if len(generators) == 3:
        faces = zonotope_faces(generators)
        signs = faces.signs.astype(np.float64)
        fans = [(face[0], face[t], face[t + 1]) for face in faces.faces for t in range(1, len(face) - 1)]
        simplices = np.array(fans, dtype=np.int64).reshape(-1, 3)
    else:
        signs = zonotope_signs(generators).astype(np.float64)
        simplices = np.stack([np.arange(len(signs)), np.roll(np.arange(len(signs)), -1)], axis=1)
    volumes = np.abs(np.linalg.det((signs @ generators.T)[simplices]))
    if volumes.sum() == 0:
        return rng.uniform(-1.0, 1.0, (count, generators.shape[1]))
    chosen = simplices[rng.choice(len(simplices), count, p=volumes / volumes.sum())]
    mixture = rng.dirichlet(np.ones(len(generators) + 1), count)[:, 1:]
    return np.asarray((mixture[:, :, None] * signs[chosen]).sum(axis=1))


@dataclass(frozen=True, eq=False)
class LayerRegion:
    """One layer's part of an error region.

    weight: (d, d), V_l. values: (d,), v_(l-1), what reaches the layer. half_widths: (d,), its error box in its own
    output. pull_back: (d, d), P_l. own: its parallelotope in input space. total: the region of the layers up to it.
    """

    weight: FloatArray
    values: FloatArray
    half_widths: FloatArray
    pull_back: FloatArray
    own: Zonotope
    total: Zonotope

    @property
    def box(self) -> Zonotope:
        """The error box in the layer's own output, before it is pulled back."""
        return Zonotope(np.diag(self.half_widths))

    @property
    def spectral_norm(self) -> float:
        """The largest singular value of the layer."""
        return float(np.linalg.norm(self.weight, ord=2))

    @property
    def determinant(self) -> float:
        """The determinant of the layer: by this factor its inverse shrinks areas."""
        return float(np.linalg.det(self.weight))

    @property
    def condition(self) -> float:
        """The largest singular value of the layer over its smallest."""
        return float(np.linalg.cond(self.weight))


@dataclass(frozen=True, eq=False)
class ErrorRegion:
    """The error region of one input, layer by layer; see the top of this module for what it contains.

    name: of the weights. x: (d,), the input. step: the quantization step. all_orders: whether it is the outer bound of
    the whole error. layers: one LayerRegion a layer.
    """

    name: str
    x: FloatArray
    step: float
    all_orders: bool
    layers: tuple[LayerRegion, ...]

    @property
    def region(self) -> Zonotope:
        """The cumulative region of all layers, in input space."""
        return self.layers[-1].total

    @property
    def contributions(self) -> FloatArray:
        """The half-widths (L, d) of every layer's own part in input space; their sum is that of the whole region."""
        return np.stack([layer.own.half_widths for layer in self.layers])

    @property
    def volumes(self) -> FloatArray:
        """The areas or volumes (L,) of the regions of the first layer, the first two, ..., all of them."""
        return np.array([layer.total.volume for layer in self.layers])

    @property
    def relative_growth(self) -> FloatArray:
        """The half-widths of those regions over |x|, channel by channel: (L, d); the last row is `relative_error`.

        Where a channel of x is 0 it is infinite, or 0 if nothing can go wrong there.
        """
        half_widths, size = np.cumsum(self.contributions, axis=0), np.abs(self.x)
        unbounded = np.where(half_widths > 0, np.inf, 0.0)
        return np.divide(half_widths, size, out=unbounded, where=size > 0)

    @property
    def relative_error(self) -> FloatArray:
        """The largest error of every channel over |x|, (d,): the half-widths of the region over the input."""
        return np.asarray(self.relative_growth[-1])

    @property
    def sensitivity(self) -> FloatArray:
        """The relative error of every channel over the mean of them, (d,): 1 is the average channel.

        Raises ValueError where that mean is 0 or infinite, as it is when a channel of x is 0.
        """
        mean = float(np.mean(self.relative_error))
        if not 0 < mean < np.inf:
            raise ValueError(f"channel sensitivity of x = {self.x.tolist()}: the mean relative error is {mean}")
        return self.relative_error / mean


def error_region(
    x: Any, weights: Any, step: float, diagonal: bool = False, all_orders: bool = False, name: str = ""
) -> ErrorRegion:
    """The error region of an input x (d,), d = 2 or 3, with every layer's part; arguments and errors as for
    `error_generators`.
    """
    values = point = finite_array(x, "x", (None,))
    boxes = error_boxes(point[None], weights, step, diagonal, all_orders)[0]
    inverses = pull_backs(weights)
    layers: list[LayerRegion] = []
    for weight, half_widths, pull_back in zip(_chain(weights, len(point), diagonal), boxes, inverses, strict=True):
        own = Zonotope(pull_back * half_widths)
        total = Zonotope.sum([layer.own for layer in layers] + [own])
        layers.append(LayerRegion(frozen(weight), frozen(values), frozen(half_widths), frozen(pull_back), own, total))
        values = weight @ values
    return ErrorRegion(name, frozen(point), step, all_orders, tuple(layers))


def _chain(weights: Any, dimension: int | None, diagonal: bool) -> list[FloatArray]:
    chain: list[FloatArray] = []
    for layer, weight in enumerate(weights, start=1):
        matrix = finite_array(weight, f"weight of layer {layer}", (dimension, dimension))
        dimension = len(matrix)
        if matrix.shape != (dimension, dimension) or dimension == 0:
            raise ValueError(f"weight of layer {layer}: shape {matrix.shape}, expected a square matrix")
        if diagonal and np.any(matrix != np.diag(np.diag(matrix))):
            raise ValueError(f"weight of layer {layer}: it is not diagonal, but diagonal=True")
        chain.append(matrix)
    if not chain:
        raise ValueError("a chain needs at least one layer")
    return chain
