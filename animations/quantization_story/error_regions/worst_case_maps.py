"""The worst case of a linear chain as a map over the plane: its level curves, and those of its ||x||_1 fit.

The half-widths of every layer's error box grow in proportion along a ray from the origin, and so does the longest error
of the region that they make. Hence one level curve is enough: all others are copies of it, larger or smaller.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array
from quantization_story.core.blends import blend
from quantization_story.core.plane_geometry import Window, round_step
from quantization_story.error_regions.fields import ErrorField, region_field
from quantization_story.error_regions.propagation import pull_backs

GOOD_GUIDE = 0.9  # a correlation from which on one figure tells the other


def level_curve(weights: Any, step: float, level: float, count: int = 180, diagonal: bool = False) -> FloatArray:
    """The inputs (count, 2) whose longest worst-case error is `level`, counter-clockwise at equal steps of the angle.

    Arguments as for `region_field`, for plane chains; the curve is convex. Raises ValueError as that does, for a level
    below 0, and for fewer than 3 points.
    """
    if not 0 <= level < np.inf or count < 3:
        raise ValueError(f"level curve of level {level} in {count} points")
    angle = 2 * np.pi * np.arange(count) / count
    directions = np.column_stack([np.cos(angle), np.sin(angle)])
    magnitudes = region_field(directions, weights, step, diagonal).magnitudes
    return np.asarray(level * directions / magnitudes[:, None])


def band_levels(window: Window, weights: Any, step: float, most: int = 12, diagonal: bool = False) -> FloatArray:
    """Round levels 0, s, 2 s, ... (k,) that cut a window into at most `most` bands of worst-case magnitude."""
    left, right, bottom, top = window.box
    corners = [[left, bottom], [right, bottom], [right, top], [left, top]]
    # The magnitude is convex, so a window has its largest in a corner.
    largest = float(region_field(corners, weights, step, diagonal).magnitudes.max())
    width = round_step(largest, most)
    return np.asarray(width * np.arange(int(np.ceil(largest / width - 1e-9))), dtype=np.float64)


def l1_level(fit: tuple[float, float], level: float) -> FloatArray:
    """The inputs where the fit slope * ||x||_1 + intercept is `level`: a diamond, its corners (4, 2) from the right on.

    Raises ValueError where the fit has no such level: the slope is not positive, or the level below the intercept.
    """
    slope, intercept = fit
    if not (slope > 0 and level >= intercept):
        raise ValueError(f"a fit of slope {slope} and intercept {intercept} has no level {level}")
    reach = (level - intercept) / slope
    return reach * np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])


def pulled_back_errors(field: ErrorField, weights: Any, points: Any) -> FloatArray:
    """The errors (n, d) that happen at points (n, d), as shifts of the input, in which worst-case regions are drawn.

    weights: the layers whose inverse pulls them back, as for `region_field`.
    """
    return field(points) @ pull_backs(weights)[-1].T


def partly_rounded(weights: Sequence[Any], rounded: Sequence[Any], t: float) -> list[FloatArray]:
    """The chain on its way from `weights` (t = 0) to `rounded` (t = 1), entry by entry; the ends are exact."""
    if not 0 <= t <= 1 or len(weights) != len(rounded):
        raise ValueError(f"a chain of {len(weights)} layers on its way to one of {len(rounded)}, t = {t}")
    return [blend(exact, goal, t) for exact, goal in zip(weights, rounded, strict=True)]


def common_exponent(values: Any) -> int:
    """The power of ten in which the largest of some numbers is written with one digit before its point; 0 for zeros."""
    largest = float(np.abs(finite_array(values, "numbers", tuple(None for _ in np.shape(values)))).max(initial=0.0))
    return int(np.floor(np.log10(largest))) if largest > 0 else 0


def guide_words(correlations: Mapping[str, float | None]) -> str:
    """How good a guide ||x||_1 is to the worst case, by its correlation on each of some named shapes.

    None is a shape on which one of the two is constant; it does not count. Raises ValueError for no shapes.
    """
    if not correlations:
        raise ValueError("no shapes to compare")
    known = {name: value for name, value in correlations.items() if value is not None}
    if not known:
        return "On these shapes |x₁| + |x₂| or the longest error is constant"
    weakest = min(known, key=lambda name: known[name])
    shown = f"{known[weakest]:.2f}".replace("-", "−")
    if known[weakest] < GOOD_GUIDE:
        return f"|x₁| + |x₂| is only a guide: on the {weakest} correlation {shown}"
    return f"|x₁| + |x₂| is a good guide on each: correlation at least {shown}"
