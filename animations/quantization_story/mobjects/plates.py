"""What stands over the picture: translucent strips, dark plates with a number, and leaders to what they measure."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, RoundedRectangle, VGroup, VMobject

from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.text import LiveText, is_live, text
from quantization_story.style import theme

Place = Callable[[], np.ndarray]  # the frame point (3,) that is pointed at now
PAD = 0.18  # around the words of a plate
CLEAR = 0.08  # between a plate or a leader's end and the strips


def strip(zone: theme.Zone) -> CellPath:
    """A translucent dark strip, as large as its zone, over the picture."""
    corners = [[zone.left, zone.bottom, 0], [zone.right, zone.bottom, 0], [zone.right, zone.top, 0]]
    whole = CellPath(theme.BACKGROUND, theme.STRIP_OPACITY).set_polygons(
        [np.array([*corners, [zone.left, zone.top, 0]], dtype=float)]
    )
    return whole.set_z_index(theme.LAYER_STRIPS)


class Plate(VGroup):
    """A number, or a few words, in the ink on a dark plate, edged in the colour of what they mean.

    content: a number as it is shown, a function that gives it every frame, or words. unit: what it counts, smaller and
    below. at: the frame point (x, y) of its middle; it is kept between the strips. target: the point that a leader
    goes to, followed every frame; where that lies below a strip, the leader ends at the strip's edge.
    """

    def __init__(
        self,
        content: str | Callable[[], str],
        at: Sequence[float],
        target: Place | None = None,
        unit: str = "",
        color: str = theme.QUIET,
    ) -> None:
        super().__init__()
        self.value = self._set(content)
        self.words = VGroup(self.value, *([text(unit, theme.INK, theme.LABEL_SIZE)] if unit else []))
        self.words.arrange(DOWN, buff=0.14)
        self.unit = unit
        self.board = RoundedRectangle(
            width=self.words.width + 2.4 * PAD,
            height=self.words.height + 2 * PAD,
            corner_radius=0.12,
            fill_color=theme.BACKGROUND,
            fill_opacity=theme.STRIP_OPACITY,
            stroke_color=color,
            stroke_width=theme.THIN,
        )
        self.board.move_to(self._kept_inside(at))
        self.words.move_to(self.board)
        self.pointed_at = target
        if target is not None:
            self.leader = SegmentPath(color, theme.THIN)
            self.leader.add_updater(lambda line: self._lead())
            self._lead()
            self.add(self.leader)
        self.add(self.board, self.words)
        self.set_z_index(theme.LAYER_PLATES)

    @property
    def reading(self) -> str:
        """What the plate says now: number and unit."""
        shown = self.value.content if isinstance(self.value, LiveText) else self.value.typst_code
        return f"{shown} {self.unit}".strip()

    def _set(self, content: str | Callable[[], str]) -> VMobject:
        if callable(content):
            return LiveText(content(), theme.INK, theme.FIGURE_SIZE * 0.8, align=0).live(content)
        if is_live(content):
            return LiveText(content, theme.INK, theme.FIGURE_SIZE * 0.8, align=0)
        return text(content, theme.INK, theme.LABEL_SIZE)

    def _kept_inside(self, at: Sequence[float]) -> np.ndarray:
        """The middle of the plate, moved as little as it takes to stand between the strips."""
        zone = theme.middle_zone()
        half = np.array([self.board.width, self.board.height]) / 2 + CLEAR
        low, high = np.array([zone.left, zone.bottom]) + half, np.array([zone.right, zone.top]) - half
        return np.array([*np.clip(np.asarray(at)[:2], low, high), 0.0])

    def _lead(self) -> None:
        """Draw the leader from the edge of the plate to its target, or to where that way meets a strip."""
        assert self.pointed_at is not None
        goal = self.pointed_at()
        zone = theme.middle_zone()
        half = np.array([self.board.width, self.board.height]) / 2
        middle = self.board.get_center()
        way = goal - middle
        if (np.abs(way[:2]) <= half).all():  # the target lies under the plate
            self.leader.points = np.zeros((0, 3))
            return
        with np.errstate(divide="ignore"):
            start = middle + way * float(np.min(half / np.abs(way[:2])))
        low, high = zone.bottom + CLEAR - middle[1], zone.top - CLEAR - middle[1]
        reach = 1.0 if way[1] == 0 else min(1.0, (high if way[1] > 0 else low) / way[1])
        self.leader.set_segments(start[None], (middle + way * reach)[None])
