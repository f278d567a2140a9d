"""Upright bars of accuracies that grow one after the other, with the control of each as a thin mark."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, UP, VGroup, VMobject

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.text import LiveText, percent, text


class RecoveryBars(VGroup):
    """A bar for each accuracy (0 to 1), with its name below it and its figure in it.

    grown: how many bars have grown by now; 2.5 is two and a half. controls: the accuracies that the thin marks stand
    at, None for none. The marks, and `notes` as a second line below the names, are built beside it, to be shown later.
    """

    bar_width = 0.62

    def __init__(
        self,
        zone: theme.Zone,
        accuracies: Sequence[float],
        names: Sequence[str],
        notes: Sequence[str],
        colors: Sequence[str],
        controls: Sequence[float | None],
        grown: Callable[[], float],
    ) -> None:
        super().__init__()
        count = len(accuracies)
        self.chart = Chart(zone, (-0.5, count - 0.5), (0.0, 1.0), range(count), (), names)
        self.bars, self.numbers, self.notes = VGroup(), VGroup(), VGroup()
        for k, (accuracy, note, color) in enumerate(zip(accuracies, notes, colors, strict=True)):
            self._add_bar(k, accuracy, color, grown)
            place = self.chart.x_numbers[k].get_bottom() + 0.14 * DOWN
            if note:
                self.notes.add(text(note, theme.QUIET, theme.SMALL_SIZE).move_to(place, aligned_edge=UP))
        self.controls = [self._control(k, value) for k, value in enumerate(controls) if value is not None]
        self.add(self.chart, self.bars, self.numbers)

    def _add_bar(self, k: int, accuracy: float, color: str, grown: Callable[[], float]) -> None:
        chart, width = self.chart, self.bar_width

        def height() -> float:
            return accuracy * float(np.clip(grown() - k, 0.0, 1.0))

        bar = CellPath(color, 0.85)
        bar.add_updater(lambda path: chart.draw_bars(path, k, height(), width))
        number = LiveText("", theme.BACKGROUND, theme.LABEL_SIZE, align=0)

        def redraw(line: LiveText) -> None:
            line.set_content(percent(height()) if height() > 0.1 else "").place(
                chart.point(k, height()) - np.array([0.0, 0.4, 0.0])
            )

        number.add_updater(redraw)
        bar.update()
        number.update()
        self.bars.add(bar)
        self.numbers.add(number)

    def _control(self, k: int, value: float) -> VMobject:
        half = 0.72 * self.bar_width
        ends = self.chart.to_frame([[k - half, value], [k + half, value]])
        return SegmentPath(theme.INK, theme.STRONG).set_segments(ends[:1], ends[1:])
