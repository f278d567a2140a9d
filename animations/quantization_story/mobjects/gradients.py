"""Paths in a few colours: a shape whose points keep their colour wherever they go, bands of a map, a bar of colours."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import RIGHT, ManimColor, VGroup, VMobject, interpolate_color

from quantization_story.mobjects.paths import ArrowField, CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.strips import clip_to_window
from quantization_story.mobjects.text import signed, text
from quantization_story.style import theme

Places = Callable[[], np.ndarray]


class ColouredPaths(VGroup):
    """One path for each colour that parts (n,) names; the n pieces that the function gives are asked for once a frame.

    draw: how a path draws the pieces of its colour.
    """

    def __init__(
        self,
        paths: Sequence[VMobject],
        pieces: Places,
        parts: np.ndarray,
        draw: Callable[[Any, np.ndarray], Any],
    ) -> None:
        super().__init__(*paths)
        members = [np.flatnonzero(parts == k) for k in range(len(paths))]

        def redraw(group: VGroup) -> None:
            now = pieces()
            for path, own in zip(group, members, strict=True):
                draw(path, now[own])

        self.add_updater(redraw)
        redraw(self)


def _colors(parts: np.ndarray) -> Sequence[str]:
    return theme.PARAMETER_COLORS[: int(parts.max()) + 1]


def coloured_segments(segments: Places, parts: np.ndarray, width: float = theme.STRONG) -> ColouredPaths:
    """The segments (n, 2, 3), in frame points, that the function gives, each in its colour."""
    paths = [SegmentPath(color, width) for color in _colors(parts)]
    return ColouredPaths(paths, segments, parts, lambda path, own: path.set_segments(own[:, 0], own[:, 1]))


def coloured_marks(places: Places, parts: np.ndarray, radius: float = 0.06) -> ColouredPaths:
    """A disc on each of the frame points (n, 3) that the function gives, each in its colour."""
    paths = [PointCloud(color, "disc", radius) for color in _colors(parts)]
    return ColouredPaths(paths, places, parts, lambda path, own: path.set_positions(own))


def coloured_arrows(arrows: Places, parts: np.ndarray, width: float = 0.035) -> ColouredPaths:
    """The arrows (n, 2, 3), in frame points, that the function gives, each in its colour."""
    paths = [ArrowField(color, width) for color in _colors(parts)]
    return ColouredPaths(paths, arrows, parts, lambda path, own: path.set_arrows(own[:, 0], own[:, 1]))


def ramp(share: float, colors: Sequence[str] = theme.HEAT_COLORS) -> ManimColor:
    """The colour at a share, 0 to 1, of the way through a row of colours."""
    at = min(1.0, max(0.0, share)) * (len(colors) - 1)
    first = min(int(at), len(colors) - 2)
    return interpolate_color(ManimColor(colors[first]), ManimColor(colors[first + 1]), at - first)


def heat_bands(view: PlaneView, curves: Sequence[np.ndarray], opacity: float = 0.6) -> VGroup:
    """The plane in bands between convex curves (k, 2), given from the innermost out: as many bands and one more.

    The innermost band has the first colour; the last reaches to the edge of the view.
    """
    xmin, xmax, ymin, ymax = view.window.box
    edges = [*curves, np.array([[xmin, ymin], [xmax, ymin], [xmax, ymax], [xmin, ymax]])]
    outlines = [view.to_frame(clip_to_window(edge, view.window)) for edge in edges]
    bands = VGroup()
    for k, outline in enumerate(outlines):
        # What lies within the curve before is a hole: it runs the other way around.
        hole = [outlines[k - 1][::-1]] if k else []
        color = ramp(k / max(1, len(outlines) - 1)).to_hex()
        bands.add(CellPath(color, opacity).set_polygons([outline, *hole]))
    return bands


class ColourBar(VGroup):
    """The bands of a map as a column of colours, with the level at which each begins; every second one is numbered."""

    def __init__(self, levels: Sequence[float], zone: theme.Zone, digits: int = 1) -> None:
        super().__init__()
        height = zone.height / len(levels)
        for k, level in enumerate(levels):
            y = zone.bottom + k * height
            corners = np.array([[zone.left, y], [zone.right, y], [zone.right, y + height], [zone.left, y + height]])
            color = ramp(k / max(1, len(levels) - 1)).to_hex()
            self.add(CellPath(color, 0.6).set_polygons([np.column_stack([corners, np.zeros(4)])]))
            if k % 2 == 0:
                number = text(signed(level, digits), theme.QUIET, theme.SMALL_SIZE)
                self.add(number.next_to((zone.right, y, 0.0), RIGHT, buff=0.12))
