"""The strips in which rounding changes the ReLU pattern, and why no single affine map can repair across their edge."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import blend, leg
from quantization_story.core.errors import check_same_widths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import Window
from quantization_story.partition.mesh import Box
from quantization_story.partition.refinement import FLOAT, Refinement, refine

PLACES = np.linspace(0.1, 0.9, 9)  # where along an edge a section may cross it
LONGEST = 1.6  # times the shorter side: how long the longer side of a section may be


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
class StripSection:
    """A straight way across one boundary of the float network that stays in one affine piece of the quantized one.

    at (2,): the input at which it crosses. direction (2,): of length 1, square to the boundary, towards the strip.
    before, after: how far it runs on the side where the patterns agree and into the strip where they differ.
    strip, outside: the cells of the refinement on the two sides. layer (from 1), unit (from 0): whose boundary it is.
    bend (d,): what the slope of the float output along the way changes by at the boundary. slope (d,): the slope of the
    quantized output, the same all along.
    """

    at: FloatArray
    direction: FloatArray
    before: float
    after: float
    strip: int
    outside: int
    layer: int
    unit: int
    bend: FloatArray
    slope: FloatArray

    def inputs(self, distances: Any) -> FloatArray:
        """The inputs (n, 2) at signed distances (n,) from the boundary, -before ... after."""
        return np.asarray(self.at + np.asarray(distances, dtype=float)[:, None] * self.direction)

    @property
    def middle(self) -> FloatArray:
        """The input (2,) half way."""
        return np.asarray(self.inputs([(self.after - self.before) / 2])[0])

    @property
    def length(self) -> float:
        """The length of the way, in units of the input plane."""
        return self.before + self.after

    def window(self, box: Box, margin: float = 0.25) -> Window:
        """A square window around the way, a share of its length as margin, moved into the box if it can be."""
        half = (0.5 + margin) * self.length
        low, high = np.array(box[0::2]) + half, np.array(box[1::2]) - half
        x, y = np.where(low <= high, np.clip(self.middle, low, np.maximum(low, high)), self.middle).tolist()
        return Window(x, y, half)

    @property
    def coordinate(self) -> int:
        """The output (from 0) that bends the most."""
        return int(np.argmax(np.abs(self.bend)))

    def least_gap(self, coordinate: int | None = None) -> float:
        """What every affine map T f_q + t misses f by, somewhere on the way: in one output, or in norm if left out.

        On the way T f_q + t is an affine function of the distance s, whatever T and t, and f is one plus
        bend max(s, 0). The best affine approximation of max(s, 0) on [-a, b] misses it by a b / (2 (a + b)), at both
        ends and at 0 (Chebyshev).
        """
        size = np.linalg.norm(self.bend) if coordinate is None else abs(self.bend[coordinate])
        return float(size * self.before * self.after / (2 * self.length))

    def fit(self, net: ReluNetwork, quantized: ReluNetwork, near: float, far: float, count: int = 33) -> AffineMap:
        """The affine map (T, t) with the least sum of |T f_q + t - f|^2 on the way, its sides weighted near and far.

        near: the weight of the side on which the patterns agree. far: of the strip. One of them 0 makes an exact fit.
        """
        sides = (np.linspace(-self.before, 0.0, count), np.linspace(0.0, self.after, count))
        x = self.inputs(np.concatenate(sides))
        return fit_affine(quantized(x), net(x), np.repeat([near, far], count))


@dataclass(frozen=True, eq=False)
class SectionStudy:
    """The output that bends the most along a section, of the float network and of maps after the quantized one.

    maps: some maps (T, t) in a row; a position among them, 1.5 say, is their weighted mean, again a single map.
    """

    section: StripSection
    net: ReluNetwork
    quantized: ReluNetwork
    maps: tuple[AffineMap, ...]

    @property
    def corners(self) -> FloatArray:
        """The distances between which both outputs are straight, (3,)."""
        return np.array([-self.section.before, 0.0, self.section.after])

    def exact(self, distances: Any) -> FloatArray:
        """The output of the float network at distances (n,) from the boundary, (n,)."""
        return np.asarray(self.net(self.section.inputs(distances))[:, self.section.coordinate])

    def mapped(self, distances: Any, position: float) -> FloatArray:
        """The same output of T f_q + t, with the map at this position, (n,)."""
        outputs = self.quantized(self.section.inputs(distances))
        return np.asarray(along_maps(self.maps, position)(outputs)[:, self.section.coordinate])

    def largest_gap(self, position: float) -> float:
        """The largest distance between the two on the way; both are straight, so it is at a corner."""
        return float(np.abs(self.exact(self.corners) - self.mapped(self.corners, position)).max())

    @property
    def least_gap(self) -> float:
        """What no map at all can get below."""
        return self.section.least_gap(self.section.coordinate)

    def value_range(self, margin: float = 0.12) -> tuple[float, float]:
        """A range that holds all values, of all maps in the row, with a margin."""
        positions = range(len(self.maps))
        values = np.concatenate(
            [self.exact(self.corners), *(self.mapped(self.corners, position) for position in positions)]
        )
        pad = margin * float(np.ptp(values)) or 1.0
        return float(values.min()) - pad, float(values.max()) + pad


def study_section(section: StripSection, net: ReluNetwork, quantized: ReluNetwork, first: AffineMap) -> SectionStudy:
    """A section with four maps: a given one, those fitted on the near side, in the strip, and on both sides."""
    fitted = (section.fit(net, quantized, near, far) for near, far in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0)))
    return SectionStudy(section, net, quantized, (first, *fitted))


def strip_sections(cells: Refinement) -> list[StripSection]:
    """Sections across each boundary piece of the float network that lies in one affine piece of the quantized network.

    On one side of the piece the patterns agree, on the other they differ in its own unit only. The sections are square
    to the piece, at PLACES along it, with neither side longer than LONGEST times the other.
    """
    edges, found = cells.edges, []
    for segment, pair, network, layer, unit in zip(
        edges.segments, edges.cells, edges.network, edges.layer, edges.unit, strict=True
    ):
        if network != FLOAT or (pair < 0).any() or cells.changed[pair].sum() != 1:
            continue
        strip, outside = (int(cell) for cell in (pair if cells.changed[pair[0]] else pair[::-1]))
        one_piece = (cells.quantized_patterns[strip] == cells.quantized_patterns[outside]).all()
        if one_piece and (cells.patterns[strip] != cells.patterns[outside]).sum() == 1:
            found += _sections_of(cells, segment, strip, outside, int(layer), int(unit))
    return found


def _sections_of(
    cells: Refinement, segment: FloatArray, strip: int, outside: int, layer: int, unit: int
) -> list[StripSection]:
    """The sections across one edge; none where the edge has no length."""
    along = segment[1] - segment[0]
    length = float(np.linalg.norm(along))
    if length == 0:
        return []
    direction = np.array([-along[1], along[0]]) / length
    if (cells.centroids[strip] - segment[0]) @ direction < 0:
        direction = -direction
    bend = (cells.affine_map(strip).linear - cells.affine_map(outside).linear) @ direction
    slope = cells.quantized_affine_map(strip).linear @ direction
    ways = []
    for at in segment[0] + PLACES[:, None] * along:
        before = ray_length(cells.polygons[outside], at, -direction)
        after = ray_length(cells.polygons[strip], at, direction)
        before, after = min(before, LONGEST * after), min(after, LONGEST * before)
        if before > 0:
            ways.append(StripSection(at, direction, before, after, strip, outside, layer, unit, bend, slope))
    return ways


def chosen_section(cells: Refinement, points: Any) -> StripSection:
    """The section to show: where the points (n, 2) near it times `least_gap` is the largest.

    Near: those of its strip that lie no farther from its middle than it is long. Only sections along which the
    quantized output moves, by a tenth of the bend at least, so that a map has something to fit with. Raises ValueError
    if there is none, for instance where no pattern changes.
    """
    found = [way for way in strip_sections(cells) if np.linalg.norm(way.slope) > 0.1 * np.linalg.norm(way.bend) > 0]
    if not found:
        raise ValueError(f"of {int(cells.changed.sum())} changed cells none has a float boundary to cross")
    located = cells.locate(points)

    def near(way: StripSection) -> int:
        own = np.asarray(points)[located == way.strip]
        return int((np.linalg.norm(own - way.middle, axis=1) <= way.length).sum())

    return max(found, key=lambda way: (near(way) * way.least_gap(), way.least_gap()))


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
