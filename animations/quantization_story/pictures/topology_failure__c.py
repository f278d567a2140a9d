"""Upright bars of accuracies that grow one after the other, with the control of each as a thin mark."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, LEFT, UP, VGroup, VMobject

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.shares import lined
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.networks import Population
from quantization_story.recovery import RecoveryStudy


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


class RecoveryPanel:
    """Bars of accuracy: float, rounded and each correction; what each stores, its control, and other seeds.

    parameters: how many numbers the network has. others: the seeds that were trained alike, None if not counted. The
    parts are brought on one by one: `name` and `bars`, then `control` and `cost`.
    """

    def __init__(
        self,
        panel: theme.Zone,
        study: RecoveryStudy,
        parameters: int,
        others: Population | None,
        grown: Callable[[], float],
    ) -> None:
        names = ["float", "rounded", *(f"rank {each.rank}" if each.rank else each.kind for each in study.corrected)]
        stored = ["", "", *(f"+{each.numbers}" for each in study.corrected)]
        colors = [theme.FLOAT, theme.QUANTIZED, *(theme.SAME for _ in study.corrected)]
        zone = theme.Zone(panel.left, panel.right, panel.bottom + 1.5, panel.top - 1.0)
        accuracies, controls = [each.accuracy for each in study.all], [each.on_float for each in study.all]
        self.bars = RecoveryBars(zone, accuracies, names, stored, colors, controls, grown)
        self.name = text("accuracy in \\%", theme.QUIET, theme.SMALL_SIZE)
        self.name.move_to((panel.left, panel.top - 0.7, 0.0), aligned_edge=LEFT)
        note = text(f"below each: numbers stored (the network: {parameters})", theme.QUIET, theme.SMALL_SIZE)
        note.move_to((panel.left, panel.bottom + 0.45, 0.0), aligned_edge=LEFT)
        self.cost = VGroup(self.bars.notes, note)
        if others is not None and others.lost:
            share = f"{others.repair}: {others.restored} of {others.lost} losing seeds return"
            self.cost.add(text(share, theme.QUIET, theme.SMALL_SIZE).next_to(note, DOWN, buff=0.12, aligned_edge=LEFT))
        key = lined("the same correction on the float network", theme.INK, (panel.left, panel.top - 0.2))
        self.control = VGroup(*self.bars.controls, key)
