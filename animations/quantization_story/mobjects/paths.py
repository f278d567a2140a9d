"""Many pieces as one path: polylines, marks, cells, arrows. The number of objects costs, not the number of curves."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import VMobject

from quantization_story.style import theme

Points = np.ndarray  # (n, 3), frame units


def corner_curves(starts: Points, ends: Points) -> Points:
    """Straight cubic curves from starts (n, 3) to ends (n, 3), in manim's layout (4 n, 3)."""
    third = (ends - starts) / 3
    return np.stack([starts, starts + third, ends - third, ends], axis=1).reshape(-1, 3)


def in_frame(points: Any) -> Points:
    """Planar points (n, 2) as frame points (n, 3)."""
    flat = np.asarray(points, dtype=float)
    return np.concatenate([flat, np.zeros((*flat.shape[:-1], 1))], axis=-1)


def _closed(polygons: Sequence[Points]) -> Points:
    """The curves around polygons, (k, 3) each, one after the other."""
    counts = np.array([len(polygon) for polygon in polygons])
    stops = np.cumsum(counts)
    following = np.arange(1, stops[-1] + 1)
    following[stops - 1] = stops - counts  # the last corner of a polygon leads back to its first
    corners = np.concatenate(polygons)
    return corner_curves(corners, corners[following])


class SegmentPath(VMobject):
    """Any number of straight segments as one stroked path.

    one_by_one: where it is opaque, each polyline is drawn alone. Of many lines that cross this takes half the time, and
    differs from one path only at the rims of the crossings, by what is on both sides half covered.
    """

    one_by_one = False

    def __init__(self, color: str = theme.GUIDE, width: float = theme.THIN, opacity: float = 1.0) -> None:
        super().__init__(stroke_color=color, stroke_width=width, stroke_opacity=opacity, fill_opacity=0.0)

    def set_segments(self, starts: Points, ends: Points) -> "SegmentPath":
        """Draw from starts (n, 3) to ends (n, 3)."""
        self.points = corner_curves(starts, ends)
        return self


class CellPath(VMobject):
    """Any number of polygons as one filled path."""

    def __init__(self, color: str, opacity: float = 1.0, edge: float = 0.0) -> None:
        super().__init__(fill_color=color, fill_opacity=opacity, stroke_color=color, stroke_width=edge)

    def set_polygons(self, polygons: Sequence[Points]) -> "CellPath":
        """Fill the polygons, each (k, 3)."""
        kept = [polygon for polygon in polygons if len(polygon)]
        self.points = _closed(kept) if kept else np.zeros((0, 3))
        return self


def _outline(corners: Points) -> Points:
    """The straight curves around a polygon, but for the last: a fill closes itself, and each curve costs."""
    return corner_curves(corners[:-1], corners[1:])


def _polygon_mark(corners: int, turn: float, radius: float) -> Points:
    angle = turn + 2 * np.pi * np.arange(corners) / corners
    return _outline(radius * in_frame(np.column_stack([np.cos(angle), np.sin(angle)])))


def _cross_mark(radius: float, width: float = 0.42) -> Points:
    """A filled X: the outline of two crossing bars."""
    w = width / 2
    plus = np.array(
        [[w, w], [1, w], [1, -w], [w, -w], [w, -1], [-w, -1], [-w, -w], [-1, -w], [-1, w], [-w, w], [-w, 1], [w, 1]]
    )
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    return _outline(in_frame(1.15 * radius * plus @ turn.T))


def _disc_mark(radius: float) -> Points:
    """A circle of two cubic arcs, which is round to 2 % of its radius."""
    half = np.array([[1.0, 0.0], [1.0, 4 / 3], [-1.0, 4 / 3], [-1.0, 0.0]])
    return radius * in_frame(np.concatenate([half, -half]))


def _ring_mark(radius: float) -> Points:
    """A circle with a round hole: the hole runs the other way around."""
    return np.concatenate([_disc_mark(radius), _disc_mark(0.72 * radius)[::-1]])


MARKS: dict[str, Callable[[float], Points]] = {
    "disc": _disc_mark,
    "triangle": lambda radius: _polygon_mark(3, np.pi / 2, 1.35 * radius),
    "square": lambda radius: _polygon_mark(4, np.pi / 4, 1.2 * radius),
    "diamond": lambda radius: _polygon_mark(4, 0.0, 1.3 * radius),
    "cross": _cross_mark,
    "ring": _ring_mark,
}
CLASS_MARKS = ("disc", "triangle", "square", "diamond")


class PointCloud(VMobject):
    """Any number of equal marks as one filled path, a closed subpath a point."""

    def __init__(self, color: str, mark: str = "disc", radius: float = 0.05, opacity: float = 0.95) -> None:
        super().__init__(fill_color=color, fill_opacity=opacity, stroke_width=0.0)
        self.template = MARKS[mark](radius)

    def set_positions(self, positions: Points) -> "PointCloud":
        """Put one mark on each of the positions (n, 3)."""
        self.points = (positions[:, None, :] + self.template[None, :, :]).reshape(-1, 3)
        return self


class ArrowField(VMobject):
    """Any number of arrows as one filled path: shaft and head in one outline, thinner where the arrow is short."""

    def __init__(self, color: str, width: float = 0.035, opacity: float = 1.0) -> None:
        super().__init__(fill_color=color, fill_opacity=opacity, stroke_width=0.0)
        self.shaft = width

    def set_arrows(self, tails: Points, tips: Points) -> "ArrowField":
        """Draw from tails (n, 3) to tips (n, 3); arrows of no length are left out."""
        move = tips - tails
        length = np.linalg.norm(move, axis=1, keepdims=True)
        kept = length[:, 0] > 1e-9
        tails, tips, move, length = tails[kept], tips[kept], move[kept], length[kept]
        along = move / length
        across = np.column_stack([-along[:, 1], along[:, 0], np.zeros(len(along))])
        head = np.minimum(6 * self.shaft, 0.45 * length)
        half = np.minimum(self.shaft / 2, head / 6)
        neck = tips - head * along
        outline = np.stack(
            [
                tails + half * across,
                neck + half * across,
                neck + 0.42 * head * across,
                tips,
                neck - 0.42 * head * across,
                neck - half * across,
                tails - half * across,
            ],
            axis=1,
        )
        self.points = corner_curves(outline.reshape(-1, 3), np.roll(outline, -1, axis=1).reshape(-1, 3))
        return self
