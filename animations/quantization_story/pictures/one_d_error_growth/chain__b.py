"""Intervals of error as bars, one a layer, in two parts: what was carried into the layer and what it injected."""

from collections.abc import Callable

import numpy as np
from manim import VGroup

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_fill
from quantization_story.scalar_chain import ErrorIntervals

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
