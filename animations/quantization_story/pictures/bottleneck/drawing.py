"""Small pieces of the picture of BottleneckScene: units, squares, and what sways, fades or changes colour."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from manim import VMobject

from quantization_story.core.arrays import FloatArray
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.style import theme

ASIDE = (1.3, -0.1)  # frame units: how far to the left and upward of the middle the points are, off the small network


def beside(pose: FramePose) -> FramePose:
    """The same pose, its middle moved away from the small network."""
    left, down = (0.0, -1.0) if theme.VERTICAL else ASIDE
    return FramePose(pose.x + left / pose.unit, pose.y + down / pose.unit, pose.unit, pose.turn)


def opaque(path: VMobject, level: Callable[[], float]) -> VMobject:
    """Let a path be as opaque as the function says; while that does not change, it can come and go."""
    last = [level()]

    def paint(own: VMobject) -> None:
        if isinstance(own, SegmentPath):
            own.set_stroke(opacity=last[0])
        else:
            own.set_fill(opacity=last[0])

    def follow(own: VMobject) -> None:
        if (now := level()) != last[0]:
            last[0] = now
            paint(own)

    paint(path)
    return path.add_updater(follow)


def coloured(path: VMobject, color: Callable[[], str], edge: bool = False) -> VMobject:
    """Let a path, or its edge, have the colour that the function gives, its opacity untouched."""
    last = [""]

    def follow(own: VMobject) -> None:
        if (now := color()) != last[0]:
            last[0] = now
            if edge:
                own.set_stroke(now)
            else:
                own.set_fill(now)

    follow(path)
    return path.add_updater(follow)


def square(x: float, y: float, side: float) -> FloatArray:
    """The corners (4, 3) of a square around a frame point."""
    half = side / 2
    return np.array(
        [[x - half, y - half, 0], [x + half, y - half, 0], [x + half, y + half, 0], [x - half, y + half, 0]]
    )


def columns_of(widths: Sequence[int], width: float, height: float) -> list[FloatArray]:
    """The places (d, 3) of the units of each layer, a column a layer, around the middle."""
    pitch = height / max(widths)
    xs = np.linspace(-width / 2, width / 2, len(widths))
    middle = np.array(theme.middle_zone().center)
    return [
        np.column_stack([np.full(d, x), pitch * (np.arange(d) - (d - 1) / 2), np.zeros(d)]) + middle
        for x, d in zip(xs, widths, strict=True)
    ]


def edges(pair: tuple[FloatArray, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """The ends of all lines from one column to the next, (n m, 3) each."""
    one, other = pair
    return np.repeat(one, len(other), axis=0), np.tile(other, (len(one), 1))


def all_edges(columns: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    """The ends of all lines of a network."""
    starts, ends = (np.concatenate(each) for each in zip(*map(edges, pairwise(columns)), strict=True))
    return starts, ends


def lowest(column: FloatArray) -> FloatArray:
    """The lowest place of a column."""
    return np.asarray(column.min(axis=0))


def highest(column: FloatArray) -> FloatArray:
    """The highest place of a column."""
    return np.asarray(column.max(axis=0))
