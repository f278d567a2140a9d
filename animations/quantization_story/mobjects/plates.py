"""What stands over the picture: translucent strips, dark plates with a number, and leaders to what they measure."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, RIGHT, UP, Mobject, RoundedRectangle, VGroup, VMobject

from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.text import LiveText, is_live, text
from quantization_story.style import theme

Place = Callable[[], np.ndarray]  # the frame point (3,) that is pointed at now
PAD = 0.18  # around the words of a plate
CLEAR = 0.08  # between a plate or a leader's end and the strips
SHORT_OF = 0.14  # a leader ends this far from its target, which stays uncovered


def strip(zone: theme.Zone) -> CellPath:
    """A translucent dark strip, as large as its zone, over the picture."""
    corners = [[zone.left, zone.bottom, 0], [zone.right, zone.bottom, 0], [zone.right, zone.top, 0]]
    whole = CellPath(theme.BACKGROUND, theme.STRIP_OPACITY).set_polygons(
        [np.array([*corners, [zone.left, zone.top, 0]], dtype=float)]
    )
    return whole.set_z_index(theme.LAYER_STRIPS)


def board(content: Mobject, color: str) -> RoundedRectangle:
    """A dark translucent board around a thing, edged in a colour."""
    return RoundedRectangle(
        width=content.width + 2.4 * PAD,
        height=content.height + 2 * PAD,
        corner_radius=0.12,
        fill_color=theme.BACKGROUND,
        fill_opacity=theme.STRIP_OPACITY,
        stroke_color=color,
        stroke_width=theme.THIN,
    ).move_to(content)


class SideCard(VGroup):
    """One thing on a dark board at the right edge, below the title strip; in an upright frame at the right as well.

    Raises ValueError if that is wider than `SIDE_CARD_SHARE` of the frame (twice as much in an upright one).
    """

    def __init__(self, content: Mobject) -> None:
        self.content, self.board = content, board(content, theme.GUIDE)
        zone = theme.middle_zone()
        most = theme.SIDE_CARD_SHARE * (2 if theme.VERTICAL else 1)
        if (share := self.board.width / zone.width) > most:
            raise ValueError(f"a side card of {share:.0%} of the frame's width, at most {most:.0%}")
        super().__init__(self.board, content)
        corner = np.array([zone.right - theme.MARGIN, zone.top - theme.MARGIN, 0.0])
        self.align_to(corner, RIGHT + UP).set_z_index(theme.LAYER_PLATES)


class Plate(VGroup):
    """A number, or a few words, in the ink on a dark plate, edged in the colour of what they mean.

    content: a number as it is shown, a function that gives it every frame, or words. unit: what it counts, smaller and
    below. at: the frame point (x, y) of its middle; it is kept between the strips. target: the point that a leader
    goes to, followed every frame, and stops short of; where that lies below a strip, the leader ends at its edge.
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
        self.board = board(self.words, color)
        self.board.move_to(self._kept_inside(at))
        self.words.move_to(self.board)
        self.pointed_at = target
        if target is not None:
            self.leader = SegmentPath(color, theme.THIN)
            self.leader.add_updater(lambda line: line.set_segments(*self._way()))
            self.leader.set_segments(*self._way())
            self.add(self.leader)
        self.add(self.board, self.words)
        self.set_z_index(theme.LAYER_PLATES)

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

    def _way(self) -> tuple[np.ndarray, np.ndarray]:
        """The leader's ends, (1, 3) or (0, 3) each: from the plate's edge to its target, or to where a strip begins."""
        assert self.pointed_at is not None
        zone, middle = theme.middle_zone(), self.board.get_center()
        half = np.array([self.board.width, self.board.height]) / 2
        way = self.pointed_at() - middle
        length = float(np.linalg.norm(way))
        with np.errstate(divide="ignore"):
            start = float(np.min(half / np.abs(way[:2])))
            room = np.array([zone.top - middle[1], middle[1] - zone.bottom]) - CLEAR
            stop = min(1.0 - SHORT_OF / max(length, SHORT_OF), float(room[int(way[1] < 0)] / abs(way[1])))
        ends = middle + np.outer([start, stop], way) if start < stop else np.zeros((0, 3))
        return ends[:1], ends[1:]
