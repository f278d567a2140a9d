"""The sectors of an output plane, one a class, and the straight cuts between them; a row of marks that explains."""

import math
from collections.abc import Sequence

import numpy as np
from manim import RIGHT, VGroup

from quantization_story.core.plane_geometry import Window, sector_borders, sector_polygons
from quantization_story.mobjects.frame_view import FrameView, plane_areas, plane_lines, stay
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.text import text
from quantization_story.style import theme

SECTOR_TINT = 0.17  # how opaque a sector is in a picture that fills the frame


def plane_sectors(view: FrameView, directions: np.ndarray, reach: float) -> tuple[VGroup, SegmentPath]:
    """The sectors of a plane that fills the frame, and the straight lines between them, as far as `reach` from zero.

    directions: (k, 2), the prototypes of the classes.
    """
    window = Window(0.0, 0.0, reach)
    fills = [
        plane_areas(view, [part], stay, color, SECTOR_TINT)
        for part, color in zip(sector_polygons(window, directions), theme.CLASS_COLORS, strict=False)
    ]
    rays = reach * sector_borders(directions)
    lines = np.stack([np.zeros_like(rays), rays], axis=1)
    return VGroup(*fills), plane_lines(view, lines, stay, theme.INK, theme.STRONG)


def legend(items: Sequence[tuple[str, str, str]], width: float = math.inf) -> VGroup:
    """Marks with their meaning in one row, or two where it would be wider; items: mark, colour and word of each."""
    row = VGroup()
    for mark, color, word in items:
        sign = PointCloud(color, mark, 0.11).set_positions(np.zeros((1, 3)))
        row.add(VGroup(sign, text(word, theme.QUIET, theme.SMALL_SIZE)).arrange(RIGHT, buff=0.15))
    row.arrange(RIGHT, buff=0.5)
    if row.width <= width:
        return row
    return row.arrange_in_grid(rows=2, buff=(0.5, 0.2), col_alignments="l" * -(-len(row) // 2))
