"""Plane geometry for drawing: windows onto a plane, round ticks, clipping, grids of sampled lines."""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray, finite_array


@dataclass(frozen=True)
class Window:
    """The square part of a data plane that is seen: centre (x, y) and half its side, in data units."""

    x: float
    y: float
    half: float

    def __post_init__(self) -> None:
        if not (np.isfinite([self.x, self.y, self.half]).all() and self.half > 0):
            raise ValueError(
                f"window: centre ({self.x}, {self.y}), half side {self.half}; it must be finite and positive"
            )

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(xmin, xmax, ymin, ymax)."""
        return self.x - self.half, self.x + self.half, self.y - self.half, self.y + self.half

    def contains(self, points: FloatArray) -> BoolArray:
        """Which of the points (n, 2) lie in the window, up to rounding, (n,)."""
        return np.asarray(np.abs(points - [self.x, self.y]).max(axis=1) <= self.half * (1 + 1e-9))


def round_step(span: float, count: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that cuts `span` into at most `count` parts."""
    if not (span > 0 and count >= 1):
        raise ValueError(f"ticks: a span of {span} in {count} parts")
    power = 10.0 ** np.floor(np.log10(span / count))
    steps = (power * factor for factor in (1, 2, 5, 10))
    return float(next(step for step in steps if span / step <= count * (1 + 1e-9)))


def ticks(low: float, high: float, count: int = 4) -> FloatArray:
    """The multiples of a round step in [low, high], zero left out, (k,); the step cuts the range in <= count parts."""
    step = round_step(high - low, count)
    numbers = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1)
    return np.asarray(step * numbers[numbers != 0])


def tick_decimals(span: float, count: int = 4) -> int:
    """How many decimals the round numbers need that cut a span into at most `count` parts; see `ticks`."""
    return max(0, -math.floor(math.log10(round_step(span, count)) + 1e-9))


def fit_window(points: Any, margin: float = 0.1, origin: bool = True) -> Window:
    """A square window with round edges that holds the points (n, 2), with a margin on every side.

    origin: whether it holds the origin too. Without any spread its half side is 1.
    """
    points = finite_array(points, "points of a window", (None, 2))
    points = np.vstack([points, np.zeros(2)]) if origin else points
    low, high = points.min(axis=0), points.max(axis=0)
    half = float(max(high - low) * (0.5 + margin)) or 1.0
    step = round_step(half, 20)
    centre = np.rint((low + high) / 2 / step) * step
    # Rounding the centre moves it by half a step at most, so half a step more keeps every margin.
    return Window(float(centre[0]), float(centre[1]), float(np.ceil(half / step + 0.5) * step))


def box_around(points: FloatArray, factor: float) -> tuple[float, float, float, float]:
    """The box (xmin, xmax, ymin, ymax) around the middle of points (n, 2), with `factor` times their larger extent."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = factor * float((high - low).max()) / 2
    x, y = ((low + high) / 2).tolist()
    return x - half, x + half, y - half, y + half


def clip_segments(starts: FloatArray, ends: FloatArray, window: Window) -> tuple[FloatArray, FloatArray]:
    """The parts of the segments (n, 2), (n, 2) inside a window; those wholly outside are left out (Liang-Barsky)."""
    centre = np.array([window.x, window.y])
    start, move = starts - centre, ends - starts
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = (-window.half - start) / move, (window.half - start) / move
    enter, leave = np.minimum(near, far), np.maximum(near, far)
    # A segment parallel to a pair of edges is inside them all along or not at all.
    parallel = move == 0
    inside = np.abs(start) <= window.half
    enter = np.where(parallel, np.where(inside, -np.inf, np.inf), enter).max(axis=1).clip(0.0, None)
    leave = np.where(parallel, np.inf, leave).min(axis=1).clip(None, 1.0)
    kept = enter < leave
    enter, leave = enter[kept, None], leave[kept, None]
    return starts[kept] + enter * move[kept], starts[kept] + leave * move[kept]


def grid_lines(window: Window, step: float) -> FloatArray:
    """The lines of a square grid across a window, each by its two ends: (lines, 2, 2), vertical ones first."""
    count = int(np.floor(window.half / step + 1e-9))
    across, along = np.meshgrid(step * np.arange(-count, count + 1), window.half * np.array([-1.0, 1.0]), indexing="ij")
    lines = np.concatenate([np.stack([across, along], axis=-1), np.stack([along, across], axis=-1)])
    return np.asarray(lines + np.array([window.x, window.y]))


def grid_square(point: FloatArray, step: float) -> FloatArray:
    """The corners (4, 2), counter-clockwise, of the square of a grid through the origin that holds a point (2,)."""
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return np.asarray(step * (np.floor(np.asarray(point) / step) + corners))


def dash_segments(starts: FloatArray, ends: FloatArray, dash: float, gap: float) -> tuple[FloatArray, FloatArray]:
    """Cut segments (n, d), (n, d) into dashes of this length with gaps between; each segment begins with a dash."""
    if not (dash > 0 and gap >= 0):
        raise ValueError(f"dashes of length {dash} with gaps of {gap}")
    length = np.linalg.norm(ends - starts, axis=1)
    counts = np.ceil(length / (dash + gap)).astype(np.int64)
    which = np.repeat(np.arange(len(starts)), counts)
    order = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    along = ((ends - starts) / np.where(length > 0, length, 1.0)[:, None])[which]
    begin = order * (dash + gap)
    end = np.minimum(begin + dash, length[which])
    return starts[which] + begin[:, None] * along, starts[which] + end[:, None] * along


def clip_polygon(polygon: FloatArray, normal: FloatArray, offset: float) -> FloatArray:
    """The part of a convex polygon (k, 2) where normal . x + offset >= 0 (Sutherland-Hodgman); (0, 2) if none is."""
    height = polygon @ normal + offset
    kept = []
    for here, there, h, h_next in zip(polygon, np.roll(polygon, -1, axis=0), height, np.roll(height, -1), strict=True):
        if h >= 0:
            kept.append(here)
        if h * h_next < 0:
            kept.append(here + h / (h - h_next) * (there - here))
    return np.array(kept).reshape(-1, 2)


def sector_polygons(window: Window, directions: FloatArray) -> list[FloatArray]:
    """For each direction (k, 2) the part of the window whose points have their largest product with it.

    With the prototypes of a read-out as directions these are the parts of the output plane that go to each class.
    """
    left, right, bottom, top = window.box
    square = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
    sectors = []
    for k, own in enumerate(directions):
        part = square
        for other in np.delete(directions, k, axis=0):
            part = clip_polygon(part, own - other, 0.0)
        sectors.append(part)
    return sectors


def sector_borders(directions: FloatArray) -> FloatArray:
    """The rays from the origin, of length 1, on which two sectors of `sector_polygons` meet, (m, 2).

    On a ray two of the directions (k, 2) have the same product, and none has a larger one.
    """
    rays: list[FloatArray] = []
    for i, j in combinations(range(len(directions)), 2):
        apart = directions[i] - directions[j]
        length = float(np.linalg.norm(apart))
        if length == 0:
            continue
        for turn in (-1.0, 1.0):
            ray = turn * np.array([-apart[1], apart[0]]) / length
            if (directions @ ray <= directions[i] @ ray + 1e-12 * length).all():
                rays.append(ray)
    return np.array(rays).reshape(-1, 2)


def cut_lines(lines: FloatArray, segments: FloatArray) -> list[FloatArray]:
    """Straight lines (m, 2, 2) with a corner added wherever one of the segments (s, 2, 2) crosses: m arrays (k, 2).

    Cut at the boundaries of a network's regions, the pieces stay straight under its map, and their corners are exactly
    where it folds them.
    """
    start, along = lines[:, None, 0], (lines[:, 1] - lines[:, 0])[:, None]
    origin, across = segments[None, :, 0], (segments[:, 1] - segments[:, 0])[None]
    gap = origin - start

    def cross(u: FloatArray, v: FloatArray) -> FloatArray:
        return np.asarray(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])

    with np.errstate(divide="ignore", invalid="ignore"):
        on_line = cross(gap, across) / cross(along, across)
        on_segment = cross(gap, along) / cross(along, across)
    meets = (on_line > 0) & (on_line < 1) & (on_segment >= 0) & (on_segment <= 1)
    cuts = [np.unique(np.concatenate([[0.0], at[hit], [1.0]])) for at, hit in zip(on_line, meets, strict=True)]
    return [line[0] + at[:, None] * (line[1] - line[0]) for line, at in zip(lines, cuts, strict=True)]
