"""A small table: named rows, a column a regime; every entry is built when its figure has been shown."""

from collections.abc import Sequence

from manim import LEFT, RIGHT, VGroup

from quantization_story import theme
from quantization_story.mobjects.text import LiveText, text


class RegimeTable(VGroup):
    """The heads of the columns; names and entries come row by row. Entries are right-aligned below their heads."""

    pitch = 0.62

    def __init__(self, zone: theme.Zone, heads: Sequence[str], widths: Sequence[float]) -> None:
        """widths: how far the right end of each column is from the right edge of the zone."""
        self.zone = zone
        self.ends = [zone.right - width for width in widths]
        super().__init__(
            *(
                text(head, theme.QUIET, theme.SMALL_SIZE).move_to((x, zone.top, 0.0), aligned_edge=RIGHT)
                for head, x in zip(heads, self.ends, strict=True)
            )
        )

    def height_of(self, row: int) -> float:
        """The middle line of a row, from 0 on."""
        return self.zone.top - (row + 1) * self.pitch

    def row_name(self, row: int, words: str, color: str = theme.INK) -> VGroup:
        """The name of a row."""
        place = (self.zone.left, self.height_of(row), 0.0)
        return VGroup(text(words, color, theme.SMALL_SIZE + 2).move_to(place, aligned_edge=LEFT))

    def entry(self, row: int, column: int, content: str, color: str = theme.INK) -> LiveText:
        """One figure."""
        place = (self.ends[column], self.height_of(row) - 0.1, 0.0)
        return LiveText(content, color, theme.LABEL_SIZE, align=1).place(place)
