"""The strips in which rounding changes the ReLU pattern, and why no single affine map can repair across their edge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.blends import blend, leg
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints
from quantization_story.partition.refinement import Refinement, refine

LONGEST = 1.0  # times the width of a strip: how far a way through it goes on at either side


def between(net: ReluNetwork, quantized: ReluNetwork, t: float) -> ReluNetwork:
    """The network with the weights (1 - t) W + t W_q and biases likewise, 0 <= t <= 1; the ends are exact."""
    check_same_widths(net, quantized)
    if not 0 <= t <= 1:
        raise ValueError(f"t = {t}: the weights slide from t = 0 (float) to t = 1 (quantized)")
    if t in (0, 1):
        return quantized if t else net

    def mixed(of: str) -> tuple[FloatArray, ...]:
        pairs = zip(getattr(net, of), getattr(quantized, of), strict=True)
        return tuple(blend(exact, rounded, t) for exact, rounded in pairs)

    return ReluNetwork(mixed("weights"), mixed("biases"))


def sliding_refinement(net: ReluNetwork, quantized: ReluNetwork, box: Any) -> Callable[[float], Refinement]:
    """The function t -> common refinement of `net` and `between(net, quantized, t)`; the latest ones are kept."""
    return lru_cache(maxsize=4)(lambda t: refine(net, between(net, quantized, t), box))


def changed_share(cells: Refinement) -> float:
    """The share of the box's area in which the patterns differ, 0 to 1; exact."""
    return cells.changed_area / cells.box_area


@dataclass(frozen=True, eq=False)
class StripWalk:
    """A straight way through a strip: over the rounded crease of a unit, then over its float crease.

    start (2,): an input before the strip. direction (2,), of length 1. corners (4,): how far along it the way begins
    (0), passes the rounded crease, passes the float one, and ends. exact, mapped (4,): what an output is there in the
    float network, and in the rounded one after a given map. output: which one, from 0. strip: its cell.

    Up to the float crease f is straight, from there on as well, and bends there. From the rounded crease on f_q is
    straight, and so is T f_q + t, whatever T and t.
    """

    start: FloatArray
    direction: FloatArray
    corners: FloatArray
    exact: FloatArray
    mapped: FloatArray
    output: int
    strip: int

    def inputs(self, distances: Any) -> FloatArray:
        """The inputs (n, 2) at distances (n,) along the way."""
        return np.asarray(self.start + np.asarray(distances, dtype=float)[:, None] * self.direction)

    @property
    def slopes(self) -> tuple[float, float]:
        """The slopes of the float output in the strip, and beyond its crease."""
        rise, run = np.diff(self.exact), np.diff(self.corners)
        return float(rise[1] / run[1]), float(rise[2] / run[2])

    @property
    def bends(self) -> tuple[float, float]:
        """By how much the slope changes: of the float output at its crease, of the mapped one at the rounded crease."""
        before, after = self.slopes
        mapped = np.diff(self.mapped) / np.diff(self.corners)
        return after - before, float(mapped[1] - mapped[0])

    @property
    def rulers(self) -> FloatArray:
        """Straight outputs from the rounded crease to the end, by their values at the two, (4, 2).

        That of the given map, then those that are right beyond the float crease, in the strip, and the one whose
        largest miss is the least (Chebyshev: the chord, moved half way to the corner).
        """
        exact, (strip, beyond) = self.exact, self.slopes
        run = float(self.corners[3] - self.corners[1])
        chord = blend(exact[1], exact[3], (self.corners[2] - self.corners[1]) / run)
        shift = (exact[2] - chord) / 2
        return np.array(
            [
                [self.mapped[1], self.mapped[3]],
                [exact[3] - run * beyond, exact[3]],
                [exact[1], exact[1] + run * strip],
                [exact[1] + shift, exact[3] + shift],
            ]
        )

    def misses(self, ruler: Any) -> FloatArray:
        """By how much a straight output, given by its values at the rounded crease and at the end, misses f, (3,).

        At the rounded crease, at the float one and at the end: both are straight in between.
        """
        part = (self.corners[1:] - self.corners[1]) / (self.corners[3] - self.corners[1])
        start, end = ruler
        return np.asarray(blend(start, end, part) - self.exact[1:])

    def tilted(self, ruler: Any) -> FloatArray:
        """The whole mapped output when another map makes a given ruler of it from the rounded crease on, (4,).

        It is the mapped output, stretched and shifted: of all maps that do so, one that keeps its shape.
        """
        start, end = ruler
        stretch = (end - start) / (self.mapped[3] - self.mapped[1])
        return np.asarray(start + stretch * (self.mapped - self.mapped[1]))

    @property
    def least_miss(self) -> float:
        """What every map misses f by, somewhere between the rounded crease and the end of the way."""
        return float(np.abs(self.misses(self.rulers[-1])).max())


def strip_walks(
    cells: Refinement, points: Any, transport: AffineMap, angle: float = 0.0, least: float = 0.5
) -> list[tuple[int, StripWalk]]:
    """The ways at an angle (radians) through those of the points (n, 2) that lie in a strip, with their numbers.

    A way runs from a cell where the patterns agree over the rounded crease of a unit into the strip, and over the float
    crease of the same unit to a cell where they agree again; f_q is one piece from the strip on, and moves, by a tenth
    of the bend at least, so that a map has something to fit with. Both ends are `least` to LONGEST times as long as the
    strip is wide; where that is not so, there is no way.
    """
    here, direction = cells.locate(points), np.array([np.cos(angle), np.sin(angle)])
    walks = []
    for number, cell in enumerate(here.tolist()):
        if cell < 0 or (cells.patterns[cell] != cells.quantized_patterns[cell]).sum() != 1:
            continue
        for way in (direction, -direction):
            walk = _walk_through(cells, np.asarray(points)[number], cell, way, transport, least)
            if walk is not None:
                walks.append((number, walk))
    return walks


def _walk_through(
    cells: Refinement, point: FloatArray, strip: int, way: FloatArray, transport: AffineMap, least: float
) -> StripWalk | None:
    """The walk through one point of a strip this way; None where the cells on both sides are not as it needs them."""
    back, ahead = (ray_length(cells.polygons[strip], point, each) for each in (-way, way))
    nudge = 1e-6 * (back + ahead)
    before, after = cells.locate(np.stack([point - (back + nudge) * way, point + (ahead + nudge) * way])).tolist()
    if min(before, after) < 0 or cells.changed[[before, after]].any():
        return None
    one_piece = (cells.quantized_patterns[strip] == cells.quantized_patterns[after]).all()
    if not one_piece or (cells.patterns[before] != cells.patterns[strip]).any():
        return None
    width = back + ahead
    room = [
        min(ray_length(cells.polygons[cell], edge, each), LONGEST * width)
        for cell, edge, each in ((before, point - back * way, -way), (after, point + ahead * way, way))
    ]
    if min(room) < least * width:
        return None
    start = point - (back + room[0]) * way
    corners = np.cumsum([0.0, room[0], width, room[1]])
    inputs = start + corners[:, None] * way
    exact = cells.affine_map(strip)(inputs)
    exact[3] = cells.affine_map(after)(inputs[3:])[0]
    mapped = transport(cells.quantized_affine_map(strip)(inputs))
    mapped[0] = transport(cells.quantized_affine_map(before)(inputs[:1]))[0]
    output = int(np.argmax(np.abs((cells.affine_map(after).linear - cells.affine_map(strip).linear) @ way)))
    walk = StripWalk(start, way, corners, exact[:, output], mapped[:, output], output, strip)
    moves = np.linalg.norm(cells.quantized_affine_map(strip).linear @ way)
    return walk if moves > 0.1 * abs(walk.bends[0]) > 0 else None


@dataclass(frozen=True, eq=False)
class StripPlaces:
    """Where the scene looks.

    one: the map at the output, for all. cells: of both networks, as far as the frame may show. numbers: which of the
    held-out points are drawn. walk: the way through a strip, and hero (2,) on it. trials: what each of the held-out
    points is left with, (n, 2) each: after the one map, then with more and more pieces having their own. turns: the
    pieces that get theirs from one of those to the next.
    """

    net: ReluNetwork
    quantized: ReluNetwork
    one: AffineMap
    cells: Refinement
    data: LabelledPoints
    numbers: IntArray
    walk: StripWalk
    hero: FloatArray
    trials: tuple[FloatArray, ...]
    turns: tuple[tuple[int, ...], ...]

    @property
    def drawn(self) -> FloatArray:
        """The points that are drawn, (m, 2)."""
        return self.data.points[self.numbers]

    def __post_init__(self) -> None:
        object.__setattr__(self, "refined", lru_cache(maxsize=4)(self._refined))

    def _refined(self, part: float) -> Refinement:
        return refine(self.net, self.rounding(part), self.cells.box)

    def cells_at(self, part: float) -> Refinement:
        """The cells of the float network and of one that is on its way to its levels, 0 to 1."""
        return self.refined(part)  # type: ignore[attr-defined, no-any-return]

    def rounding(self, part: float) -> ReluNetwork:
        """The network with its weights on their way to their levels, 0 to 1."""
        return between(self.net, self.quantized, part)

    def others(self, points: FloatArray, part: float) -> BoolArray:
        """Which points (n, 2) have another pattern when the weights are so far on their way."""
        differ = self.net.activation_patterns(points) != self.rounding(part).activation_patterns(points)
        return np.asarray(differ.any(axis=1))


def ray_length(polygon: FloatArray, origin: FloatArray, direction: FloatArray) -> float:
    """How far a ray from a point (2,) of a convex polygon (k, 2), counter-clockwise, runs until it leaves it."""
    edge = np.roll(polygon, -1, axis=0) - polygon
    outward = np.column_stack([edge[:, 1], -edge[:, 0]])
    speed = outward @ direction
    room = np.einsum("kd,kd->k", outward, polygon - origin)
    leaving = speed > 1e-12 * np.linalg.norm(outward, axis=1)
    return float(max(0.0, (room[leaving] / speed[leaving]).min())) if leaving.any() else 0.0


def along_maps(maps: Sequence[AffineMap], at: float) -> AffineMap:
    """Go along a list of affine maps of one shape: whole numbers are the maps, in between their weighted mean."""
    before, after, part = leg(at, len(maps))
    return maps[before].toward(maps[after], part)
