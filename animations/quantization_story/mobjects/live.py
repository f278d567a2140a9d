"""Single paths that are drawn anew every frame from a function: marks, segments, fills, rows of figures."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import VGroup

from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import LiveText, formula
from quantization_story.style import theme


def live_marks(places: Callable[[], np.ndarray], color: str, mark: str = "disc", radius: float = 0.09) -> PointCloud:
    """A mark on each of the frame points (n, 3) that the function gives."""
    cloud = PointCloud(color, mark, radius)
    cloud.add_updater(lambda marks: marks.set_positions(places()))
    return cloud.set_positions(places())


def live_segments(
    segments: Callable[[], np.ndarray], color: str, width: float = theme.STRONG, opacity: float = 1.0
) -> SegmentPath:
    """The segments (n, 2, 3), in frame points, that the function gives."""
    path = SegmentPath(color, width, opacity)
    path.add_updater(lambda lines: lines.set_segments(*_ends(segments())))
    return path.set_segments(*_ends(segments()))


def _ends(segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return segments[:, 0], segments[:, 1]


def live_fill(polygons: Callable[[], Sequence[np.ndarray]], color: str, opacity: float) -> CellPath:
    """The polygons, (k, 3) each, in frame points, that the function gives."""
    path = CellPath(color, opacity)
    path.add_updater(lambda fill: fill.set_polygons(polygons()))
    return path.set_polygons(polygons())


def polyline_until(corners: np.ndarray, progress: float) -> np.ndarray:
    """The first pieces of a polyline (k, 3), as segments (m, 2, 3): `progress` 1.5 is the first and half the second."""
    whole = int(np.clip(np.floor(progress), 0, len(corners) - 1))
    done = np.stack([corners[:whole], corners[1 : whole + 1]], axis=1)
    if whole == len(corners) - 1 or progress <= whole:
        return done
    tip = corners[whole] + (progress - whole) * (corners[whole + 1] - corners[whole])
    return np.concatenate([done, np.stack([corners[whole], tip])[None]])


class LiveRow(VGroup):
    """A formula that ends in "=" and a live number behind it, both on one line; rows below each other align at "=".

    place: the frame point (x, y) of the right end of the equals sign, at its height.
    """

    def __init__(
        self, name: str, value: Callable[[], str], place: Sequence[float], color: str, size: float = theme.FORMULA_SIZE
    ) -> None:
        self.label = formula(name, color, size)
        sign = np.concatenate(self.label.get_subpaths()[-2:])
        middle = (sign.min(axis=0) + sign.max(axis=0)) / 2
        self.label.shift(np.array([place[0], place[1], 0.0]) - np.array([sign[:, 0].max(), middle[1], 0.0]))
        # The equals sign stands at the math axis, a quarter of the type size above the baseline.
        baseline = place[1] - 0.39 * LiveText("0", size=size).height
        self.number = LiveText("", color, size).place((place[0] + 0.25 * size / theme.FORMULA_SIZE, baseline, 0.0))
        self.number.live(value)
        super().__init__(self.label, self.number)
