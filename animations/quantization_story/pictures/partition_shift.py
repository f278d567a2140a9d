"""Rows of live shares on one common scale: a name, a bar, and the share in per cent."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import LEFT, VGroup

from quantization_story.mobjects.paths import CellPath, in_frame
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.style import theme


class ShareRows(VGroup):
    """A row for each of n shares (0 to 1), from the top of a zone down.

    names, colors: n each. shares: gives them now, (n,). full: the share whose bar is as long as there is room.
    names_width: where the bars begin. pitch: from row to row.
    """

    number_width = 1.15

    def __init__(
        self,
        zone: theme.Zone,
        names: Sequence[str],
        colors: Sequence[str],
        shares: Callable[[], Any],
        full: float,
        names_width: float,
        pitch: float = 0.4,
        size: float = theme.SMALL_SIZE,
    ) -> None:
        super().__init__()
        start, unit = zone.left + names_width, (zone.width - names_width - self.number_width) / full
        thick = 0.55 * pitch
        for row, (name, color) in enumerate(zip(names, colors, strict=True)):
            y = zone.top - (row + 0.5) * pitch
            label = text(name, color, size).move_to((zone.left, y, 0.0), aligned_edge=LEFT)
            bar, number = CellPath(color, 0.85), LiveText("", color, size, align=1).place((zone.right, y - 0.08, 0.0))

            def draw(path: Any, row: int = row, y: float = y) -> None:
                end = start + unit * shares()[row]
                low, high = y - thick / 2, y + thick / 2
                path.set_polygons([in_frame([[start, low], [end, low], [end, high], [start, high]])])

            bar.add_updater(draw)
            draw(bar)
            number.live(lambda row=row: f"{percent(shares()[row])} %")
            self.add(label, bar, number)


def round_up_share(largest: float) -> float:
    """The end of a scale for shares up to `largest`: the next of 5, 10, 20, 50 and 100 per cent."""
    return next(end for end in (0.05, 0.1, 0.2, 0.5, 1.0) if largest <= end or end == 1.0)


def all_at(values: Any) -> Callable[[], np.ndarray]:
    """The function that always gives these shares."""
    fixed = np.asarray(values, dtype=float)
    return lambda: fixed
