"""Straight ways: from one array to another, and along a row of stops."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray

BEYOND = 1e-9  # of a leg: what a sum of steps may end beyond a stop by rounding alone


def blend(start: Any, end: Any, part: float | FloatArray) -> FloatArray:
    """A part, 0 to 1, of the straight way between two arrays of one shape: (1 - part) start + part end; ends exact."""
    return np.asarray((1 - part) * np.asarray(start) + part * np.asarray(end))


def leg(place: float, stops: int) -> tuple[int, int, float]:
    """A place among `stops` stops, 0 to stops - 1: the stop before it, the one after, and the part of the way between.

    The last stop is the end of the last leg; of a single stop both are that one. Raises ValueError beyond the ends.
    """
    last = stops - 1
    place = min(max(place, 0.0), float(last)) if -BEYOND <= place <= last + BEYOND else place
    if not 0 <= place <= last:
        raise ValueError(f"place {place} on a way with the stops 0 to {last}")
    before = min(int(place), max(0, last - 1))
    return before, min(before + 1, last), place - before


def along(stops: Sequence[Any], place: float) -> FloatArray:
    """Arrays of one shape as a way from the first to the last: at 1.5 half way between the second and the third."""
    before, after, part = leg(place, len(stops))
    return blend(stops[before], stops[after], part)
