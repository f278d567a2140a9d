"""A chain of scalar layers: its weights on a number line, the bars of possible errors, and the errors that happen."""

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.intervals import interval_bars
from quantization_story.mobjects.live import live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.mobjects.value_stage import ValueStage
from quantization_story.scalar_chain import ChainDial

BAR_OPACITY = 0.55


class ChainStage:
    """What a chain needs on stage; it is no mobject but holds them, and the trackers that move them.

    place: the stop of the dial, 0 for the float weights. built: how many layers have their bar. happened: how far the
    line of the errors that happen is drawn, in layers from the first. The weights lie on the axis of `values`.
    """

    def __init__(self, zone: theme.Zone, panel: theme.Zone, dial: ChainDial, values: ValueStage) -> None:
        self.zone, self.panel, self.dial, self.values = zone, panel, dial, values
        self.place, self.built, self.happened = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.depth = len(dial.weights)
        widest = 1.08 * np.concatenate([dial.intervals(stop).ends for stop in range(1, len(dial.bits) + 1)])
        self.y_range = (float(widest.min()), float(widest.max()))
        self.chart = Chart(zone, (0.3, self.depth + 0.7), self.y_range, (), None)
        self.level = self.chart.level(0.0)
        self._make_names()
        self._make_movers()
        self._make_table()

    def _make_names(self) -> None:
        chart, bottom = self.chart, self.y_range[0]
        self.gains = VGroup(
            *(
                text(f"$w_{k} = {signed(w)}$", theme.FLOAT, theme.SMALL_SIZE).move_to(
                    chart.point(k, bottom) + np.array([0.0, -0.32, 0.0])
                )
                for k, w in enumerate(self.dial.weights.tolist(), start=1)
            )
        )
        self.name = text("error $e_l$ after layer $l$", theme.QUIET)
        self.name.move_to(chart.point(0.3, self.y_range[1]) + np.array([0.25, -0.1, 0.0]), aligned_edge=LEFT)

    def _make_movers(self) -> None:
        dial, chart, on_axis = self.dial, self.chart, self.values.on_floor
        place, built, happened = self.place.get_value, self.built.get_value, self.happened.get_value

        def errors() -> np.ndarray:
            line = np.column_stack([np.arange(1, self.depth + 1), dial.errors(place()).errors[1:]])
            return polyline_until(chart.to_frame(line), max(happened(), 1e-6))

        def weights() -> np.ndarray:
            return np.array([on_axis(w) for w in dial.rounded(place())])

        self.targets = PointCloud(theme.FLOAT, "ring", 0.14)
        self.targets.set_positions(np.array([on_axis(w) for w in dial.weights]))
        self.weights = live_marks(weights, theme.QUANTIZED, "disc", 0.09)
        self.bars = interval_bars(chart, lambda: dial.intervals(place()), built)
        self.errors = VGroup(
            live_segments(errors, theme.INK, theme.THIN),
            live_marks(lambda: np.concatenate([errors()[:1, 0], errors()[:, 1]]), theme.INK, "disc", 0.09),
        )

    def _make_table(self) -> None:
        left, top = self.panel.left, self.panel.top - 0.3
        words = ("carried: $w_l thin e_(l-1)$", "injected: $delta_l thin hat(y)_(l-1)$, $abs(delta_l) <= s\\/2$")
        self.legend: list[VGroup] = []
        for word, color, y in zip(words, (theme.QUIET, theme.QUANTIZED), (top, top - 0.6), strict=True):
            corners = np.array([[0.0, -0.13, 0.0], [0.35, -0.13, 0.0], [0.35, 0.13, 0.0], [0.0, 0.13, 0.0]])
            swatch = CellPath(color, BAR_OPACITY).set_polygons([corners + np.array([left, y, 0.0])])
            self.legend.append(VGroup(swatch, text(word).next_to(swatch, RIGHT, buff=0.2)))
        self.columns = (left + 0.55, left + 2.2, left + 3.9)
        self.heads = VGroup(
            *(
                text(head, theme.QUIET, theme.SMALL_SIZE).move_to((x, self.panel.up(1.1), 0.0), aligned_edge=RIGHT)
                for head, x in zip(("bits", "worst case", "this chain"), self.columns, strict=True)
            )
        )

    def figures(self, stop: int) -> VGroup:
        """One row of the table, for a stop of the dial: bits, worst case, and what happens, after the last layer."""
        bits = self.dial.bits[stop - 1]
        y = self.panel.up(0.45) - 0.62 * sorted(self.dial.bits, reverse=True).index(bits)
        worst, real = self.dial.intervals(stop).worst[-1], self.dial.errors(stop).errors[-1]
        shown = ((str(bits), theme.INK), (signed(worst, 3), theme.QUANTIZED), (signed(real, 3), theme.INK))
        return VGroup(
            *(
                LiveText(content, color, theme.FORMULA_SIZE, align=1).place((x, y, 0.0))
                for (content, color), x in zip(shown, self.columns, strict=True)
            )
        )

    def threads(self, errors: np.ndarray) -> SegmentPath:
        """The errors (n, L + 1) of other roundings as thin lines, one path."""
        layers = np.broadcast_to(np.arange(errors.shape[1]), errors.shape)
        lines = self.chart.to_frame(np.stack([layers, errors], axis=-1)[:, 1:].reshape(-1, 2))
        lines = lines.reshape(len(errors), -1, 3)
        cloud = SegmentPath(theme.INK, theme.HAIRLINE, 0.35)
        return cloud.set_segments(lines[:, :-1].reshape(-1, 3), lines[:, 1:].reshape(-1, 3))
