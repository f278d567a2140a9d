"""The error of every layer as a bar, divided in what was propagated and what the layer added itself."""

from collections.abc import Callable

import numpy as np
from manim import VGroup

from quantization_story import theme
from quantization_story.cascade import LayerTerms
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_fill

WIDTH = 0.56  # of a bar, in layers


class TermBars(VGroup):
    """For every layer of a chart a bar as long as its error: the propagated share below, the local one on top.

    terms: the lengths now. grown: for each of both parts how much of it is there, two arrays (L,) of shares.
    """

    def __init__(
        self, chart: Chart, terms: Callable[[], LayerTerms], grown: Callable[[], tuple[np.ndarray, np.ndarray]]
    ) -> None:
        def levels() -> tuple[np.ndarray, np.ndarray]:
            """Where the propagated part ends, and the local one above it."""
            now, (arrived, added) = terms(), grown()
            joint = arrived * now.shares * now.total
            return joint, joint + added * (1 - now.shares) * now.total

        def blocks(lows: np.ndarray, highs: np.ndarray) -> list[np.ndarray]:
            half = WIDTH / 2
            return [
                chart.to_frame([[x - half, low], [x + half, low], [x + half, high], [x - half, high]])
                for x, (low, high) in enumerate(zip(lows, highs, strict=True), start=1)
                if high > low
            ]

        self.propagated = live_fill(lambda: blocks(0 * levels()[0], levels()[0]), theme.PROPAGATED, 0.9)
        self.local = live_fill(lambda: blocks(*levels()), theme.QUANTIZED, 0.9)
        super().__init__(self.propagated, self.local)
