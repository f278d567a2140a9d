"""A chain of scalar layers: its weights in boxes, the bars of possible errors below, and the errors that happen."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from quantization_story.analysis.scalar_chain import ChainDial, ErrorIntervals
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.live import live_fill, live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.style import theme

BAR_OPACITY = 0.55
HALF_BOX = 0.37  # of the width of a box, in layers


class ChainStage:
    """What a chain needs on stage; it is no mobject but holds them, and the trackers that move them.

    place: the stop of the dial, 0 for the float weights. built: how many layers have their bar. happened: how far one
    value has travelled, and the line of its error is drawn, in layers from the input. boxes: the zone of the chain, the
    box of layer l between l - 1 and l of the chart below: two lanes, the float chain above, the rounded one below it.
    """

    def __init__(self, boxes: theme.Zone, zone: theme.Zone, panel: theme.Zone, dial: ChainDial) -> None:
        self.panel, self.dial = panel, dial
        self.place, self.built, self.happened = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.depth = len(dial.weights)
        widest = 1.08 * np.concatenate([dial.intervals(stop).ends for stop in range(1, len(dial.bits) + 1)])
        self.chart = Chart(zone, (-0.35, self.depth + 0.45), (float(widest.min()), float(widest.max())), (), None)
        self.level = self.chart.level(0.0)
        self.name = text("error after each layer", theme.QUIET)
        self.name.move_to(
            self.chart.point(-0.35, self.chart.y_range[1]) + np.array([0.25, -0.1, 0.0]), aligned_edge=LEFT
        )
        self._make_boxes(boxes)
        self._make_movers()
        self._make_legend()

    def _make_boxes(self, boxes: theme.Zone) -> None:
        dial, place = self.dial, self.place.get_value
        middles = np.arange(self.depth) + 0.5
        sides = np.stack([self._across(middles - HALF_BOX), self._across(middles + HALF_BOX)], axis=1)
        outlines = [
            in_frame([[left, boxes.bottom], [right, boxes.bottom], [right, boxes.top], [left, boxes.top]])
            for left, right in sides
        ]
        self.boxes = VGroup(
            *(SegmentPath(theme.QUIET, theme.THIN).set_segments(box, np.roll(box, -1, axis=0)) for box in outlines)
        )
        wires = np.concatenate([self._across([-0.35]), sides.ravel(), self._across([self.depth + 0.45])]).reshape(-1, 2)
        quarter = boxes.height / 4
        self.heights = (boxes.center[1] + quarter, boxes.center[1] - quarter)
        self.lanes = [
            self._lane(wires, sides.mean(axis=1), height, color, weights)
            for height, color, weights in zip(
                self.heights,
                (theme.FLOAT, theme.QUANTIZED),
                (lambda: dial.weights, lambda: dial.rounded(place())),
                strict=True,
            )
        ]

    def _across(self, layers: object) -> np.ndarray:
        """Where layers (n,) lie across the frame, (n,)."""
        at = np.asarray(layers, dtype=float)
        return np.asarray(self.chart.to_frame(np.column_stack([at, np.zeros(len(at))]))[:, 0])

    def _lane(
        self, wires: np.ndarray, middles: np.ndarray, height: float, color: str, weights: Callable[[], np.ndarray]
    ) -> VGroup:
        """The wires (L + 1, 2) between the boxes at a height, and the live weight in the middle of each box."""
        ends = [in_frame(np.column_stack([side, np.full(len(wires), height)])) for side in wires.T]
        lane = VGroup(SegmentPath(color, theme.THIN, 0.7).set_segments(*ends))
        for layer, x in enumerate(middles):
            number = LiveText("", color, theme.LABEL_SIZE, align=0).place((x, height - 0.09, 0.0))
            lane.add(number.live(lambda layer=layer: f"×{signed(weights()[layer])}"))
        return lane

    def _make_movers(self) -> None:
        dial, chart = self.dial, self.chart
        place, built, happened = self.place.get_value, self.built.get_value, self.happened.get_value

        def errors() -> np.ndarray:
            line = np.column_stack([np.arange(self.depth + 1), dial.errors(place()).errors])
            return polyline_until(chart.to_frame(line), max(happened(), 1e-6))

        def pulse(height: float) -> np.ndarray:
            return np.array([[self._across([happened()])[0], height, 0.0]])

        self.bars = interval_bars(chart, lambda: dial.intervals(place()), built)
        self.errors = VGroup(
            live_segments(errors, theme.INK, theme.THIN),
            live_marks(lambda: np.concatenate([errors()[:1, 0], errors()[:, 1]]), theme.INK, "disc", 0.09),
        )
        self.pulse = VGroup(
            *(
                live_marks(lambda height=height: pulse(height), color, "disc", 0.11)
                for height, color in zip(self.heights, (theme.FLOAT, theme.QUANTIZED), strict=True)
            )
        )

    def travelled(self) -> tuple[float, float, float]:
        """The value where it has come to: in the float chain, in the rounded one, and its error there."""
        layer = int(np.clip(self.happened.get_value() + 0.5, 0, self.depth))  # it changes in the middle of a box
        place = self.place.get_value()
        exact, rounded = (float(self.dial.values(stop)[layer]) for stop in (0.0, place))
        return exact, rounded, float(self.dial.errors(place).errors[layer])

    def _make_legend(self) -> None:
        left, top = self.panel.left, self.panel.top - 0.35
        corners = np.array([[0.0, -0.13, 0.0], [0.35, -0.13, 0.0], [0.35, 0.13, 0.0], [0.0, 0.13, 0.0]])
        swatches = [
            CellPath(color, BAR_OPACITY).set_polygons([corners + np.array([left, top - drop, 0.0])])
            for color, drop in ((theme.QUIET, 0.0), (theme.QUANTIZED, 0.5))
        ]
        dot = PointCloud(theme.INK, "disc", 0.09).set_positions(np.array([[left + 0.175, top - 1.0, 0.0]]))
        words = ("passed on by the weight", "added by its rounding", "what happens here")
        self.legend = [
            VGroup(mark, text(word).move_to((left + 0.55, top - 0.5 * k, 0.0), aligned_edge=LEFT))
            for k, (mark, word) in enumerate(zip((*swatches, dot), words, strict=True))
        ]
        self.columns = (left + 0.55, left + 2.2, left + 3.9)
        self.heads = VGroup(
            *(
                text(head, theme.QUIET, theme.SMALL_SIZE).move_to((x, self.panel.up(0.95), 0.0), aligned_edge=RIGHT)
                for head, x in zip(("bits", "worst case", "happens"), self.columns, strict=True)
            )
        )

    def figures(self, stop: int) -> VGroup:
        """One row of the table, for a stop of the dial: bits, worst case, and what happens, after the last layer."""
        bits = self.dial.bits[stop - 1]
        y = self.panel.up(0.4) - 0.6 * sorted(self.dial.bits, reverse=True).index(bits)
        worst, real = self.dial.intervals(stop).worst[-1], self.dial.errors(stop).errors[-1]
        shown = ((str(bits), theme.INK), (signed(worst, 3), theme.QUANTIZED), (signed(real, 3), theme.INK))
        return VGroup(
            *(
                LiveText(content, color, theme.FORMULA_SIZE, align=1).place((x, y, 0.0))
                for (content, color), x in zip(shown, self.columns, strict=True)
            )
        )

    def worst_line(self, stop: int) -> SegmentPath:
        """The errors of the rounding that attains the worst case, as a dashed line from the input on."""
        errors = self.dial.worst(stop).errors
        corners = self.chart.to_frame(np.column_stack([np.arange(len(errors)), errors]))
        dashes = dash_segments(corners[:-1], corners[1:], 0.16, 0.1)
        return SegmentPath(theme.INK, theme.STRONG).set_segments(*dashes)

    def threads(self, errors: np.ndarray) -> SegmentPath:
        """The errors (n, L + 1) of other roundings as thin lines, one path."""
        layers = np.broadcast_to(np.arange(errors.shape[1]), errors.shape)
        lines = self.chart.to_frame(np.stack([layers, errors], axis=-1).reshape(-1, 2))
        lines = lines.reshape(len(errors), -1, 3)
        cloud = SegmentPath(theme.INK, theme.HAIRLINE, 0.35)
        return cloud.set_segments(lines[:, :-1].reshape(-1, 3), lines[:, 1:].reshape(-1, 3))


# --- Intervals of error as bars, one a layer, in two parts: what was carried into the layer and what it injected.

Box = tuple[float, float, float]  # the layer it stands at, its lower and its upper end


def interval_boxes(intervals: ErrorIntervals, built: float) -> tuple[list[Box], list[Box]]:
    """The carried and the injected boxes while the bars are built: whole layers first, then the one under way.

    In the first half of its time the interval before it moves over and is stretched by the gain; in the second half the
    layer's own rounding is added at both ends.
    """
    carried: list[Box] = []
    injected: list[Box] = []
    for layer, (inner, outer) in enumerate(zip(intervals.carried, intervals.ends[1:], strict=True), start=1):
        under_way = built - (layer - 1)
        if under_way <= 0:
            break
        move, grow = np.clip([2 * under_way, 2 * under_way - 1], 0.0, 1.0)
        low, high = (1 - move) * intervals.ends[layer - 1] + move * inner
        carried.append((layer - 1 + float(move), float(low), float(high)))
        if grow > 0:
            bottom, top = inner + grow * (outer - inner)
            injected += [(layer, float(bottom), float(low)), (layer, float(high), float(top))]
    return carried, injected


def interval_bars(
    chart: Chart, intervals: Callable[[], ErrorIntervals], built: Callable[[], float], width: float = 0.5
) -> VGroup:
    """The bars as two filled paths, carried and injected, that follow the intervals and how much of them is built."""

    def polygons(part: int) -> list[np.ndarray]:
        boxes = interval_boxes(intervals(), built())[part]
        return [
            chart.to_frame(
                np.array(
                    [
                        [at - width / 2, low],
                        [at + width / 2, low],
                        [at + width / 2, high],
                        [at - width / 2, high],
                    ]
                )
            )
            for at, low, high in boxes
        ]

    return VGroup(
        live_fill(lambda: polygons(0), theme.QUIET, 0.5), live_fill(lambda: polygons(1), theme.QUANTIZED, 0.55)
    )
