"""The sectors of an output plane, one a class, each with the mark of its class; and a row of marks that explains."""

import math
from collections.abc import Sequence

import numpy as np
from manim import RIGHT, VGroup

from quantization_story.analysis.network_distances import roomy_place
from quantization_story.core.plane_geometry import Window, sector_borders, sector_polygons
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.frame_view import FrameView, plane_areas, plane_lines, stay
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import text
from quantization_story.style import theme

SECTOR_TINT = 0.17  # how opaque a sector is in a picture that fills the frame


class ClassSectors:
    """The sectors of a view, and the sign of each class in its sector, where none of the points (n, 2) is.

    directions: (k, 2), the prototypes of the classes.
    """

    def __init__(self, view: PlaneView, directions: np.ndarray, points: np.ndarray) -> None:
        self.view, self.directions, self.points = view, directions, points
        parts = sector_polygons(view.window, directions)
        self.fills = VGroup(
            *(
                cell_fill([view.to_frame(part)], color, 0.13).set_stroke(theme.QUIET, theme.HAIRLINE)
                for part, color in zip(parts, theme.CLASS_COLORS, strict=False)
            )
        ).set_z_index(-1)
        kinds = zip(self.places(view.window), theme.CLASS_COLORS, CLASS_MARKS, strict=False)
        self.signs = VGroup(
            *(PointCloud(color, mark, 0.2, 0.8).set_positions(place[None]) for place, color, mark in kinds)
        )

    def places(self, window: Window) -> list[np.ndarray]:
        """Where the signs stand in the frame when the view shows this window, each (3,)."""
        there = PlaneView(self.view.center, self.view.side, window)
        parts = sector_polygons(window, self.directions)
        return [there.point(roomy_place(part, self.points, 0.1 * window.half)) for part in parts]

    def follow(self) -> None:
        """Let the sectors follow the window of the view from now on."""
        view, directions = self.view, self.directions
        for k, fill in enumerate(self.fills):
            fill.add_updater(
                lambda path, k=k: path.set_polygons([view.to_frame(sector_polygons(view.window, directions)[k])])
            )

    def rest(self) -> None:
        """Let them stay as they are."""
        for fill in self.fills:
            fill.clear_updaters()


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
