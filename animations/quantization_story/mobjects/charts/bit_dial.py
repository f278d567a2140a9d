"""Part of the panel of a dial over bit widths: the weights on their levels."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, ValueTracker, VGroup

from quantization_story.mobjects.charts.number_line import NumberLine
from quantization_story.mobjects.text import LiveText, text
from quantization_story.style import theme

MOST_LEVELS = 40  # that are drawn at full strength


class BitsAndLevels(VGroup):
    """The bit width as a large figure; beside it the weights of one layer on one axis, with the levels of that width.

    values: the float weights (n,). now: where they are. levels: the levels that there are now.
    """

    def __init__(
        self,
        zone: theme.Zone,
        bits: ValueTracker,
        values: np.ndarray,
        now: Callable[[], np.ndarray],
        levels: Callable[[], np.ndarray],
        layer: int = 1,
    ) -> None:
        figure = LiveText("", theme.INK, theme.FIGURE_SIZE).place((zone.left, zone.center[1] - 0.2, 0.0))
        figure.live(lambda: str(round(bits.get_value())))
        room = 0.5 if bits.get_value() < 9.5 else 0.85
        unit = text("bits", theme.QUIET).move_to((zone.left + room, figure.anchor[1] + 0.13, 0.0), aligned_edge=LEFT)
        inner = theme.Zone(zone.left + 1.5, zone.right, zone.bottom + 0.35, zone.top)
        line = NumberLine(inner, 1.1 * float(np.abs(values).max()))
        name = text(f"weights of layer {layer} on their levels", theme.QUIET, theme.SMALL_SIZE)
        name.move_to((inner.center[0], inner.bottom - 0.27, 0.0))
        lines = line.levels(levels, theme.QUIET, theme.HAIRLINE)
        # Where there are so many that they would merge, they are a pale band.
        lines.add_updater(lambda path: path.set_stroke(opacity=min(1.0, MOST_LEVELS / len(levels()))))
        lines.update()
        super().__init__(
            figure,
            unit,
            name,
            line,
            lines,
            line.gaps(lambda: values, now, theme.QUANTIZED, theme.STRONG),
            line.marks(now, theme.QUANTIZED, radius=0.09),
            line.marks(lambda: values, theme.FLOAT, radius=0.09),
        )
