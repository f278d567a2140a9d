"""The two terms of a layer's error: drawn tip to tail with their sum, and laid straight as a bar of two colours."""

from collections.abc import Callable

import numpy as np
from manim import VGroup

from quantization_story import theme
from quantization_story.cascade import LayerTerms
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_fill
from quantization_story.mobjects.paths import in_frame

ARROW, BAR, SUM = 0.045, 0.24, 0.02  # half the width of an arrow, of a bar, and of the sum in it
HEAD = 0.2


def stalks(tails: np.ndarray, tips: np.ndarray, half: float, pointed: float) -> list[np.ndarray]:
    """Arrows from tails (n, 2) to tips (n, 2), (7, 3) each, as wide as 2 half; pointed: 1 for a head, 0 for a bar."""
    move = tips - tails
    length = np.linalg.norm(move, axis=1, keepdims=True)
    kept = length[:, 0] > 1e-6
    tails, tips, move, length = tails[kept], tips[kept], move[kept], length[kept]
    along = move / length
    across = half * np.column_stack([along[:, 1], -along[:, 0]])
    head = pointed * np.minimum(HEAD, 0.5 * length)
    wing = across * (1 + pointed * 1.3)
    neck = tips - head * along
    # Where it is not pointed, the tip is a corner of the flat end.
    end = tips + (1 - pointed) * across
    corners = [tails + across, neck + across, neck + wing, end, neck - wing, neck - across, tails - across]
    return list(in_frame(np.stack(corners, axis=1)))


class TermBars(VGroup):
    """For every layer of a chart the propagated term, upright, at its tip the local one, and over them their sum, thin.

    terms: the lengths now. bent: 1 with the local term at its true angle, 0 laid straight. grown: for each term how
    much of it is there, two arrays (L,) of shares.
    """

    def __init__(
        self,
        chart: Chart,
        terms: Callable[[], LayerTerms],
        bent: Callable[[], float],
        grown: Callable[[], tuple[np.ndarray, np.ndarray]],
    ) -> None:
        scale = chart.zone.height / (chart.y_range[1] - chart.y_range[0])
        count = len(terms().total)
        feet = chart.to_frame(np.column_stack([np.arange(1, count + 1), np.zeros(count)]))[:, :2]

        def leaning(lengths: np.ndarray, turns: np.ndarray) -> np.ndarray:
            return scale * lengths[:, None] * np.column_stack([np.sin(turns), np.cos(turns)])

        def joints() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            """The tips of the propagated term, of the local one, and of the sum."""
            now, bend, (arrived, added) = terms(), bent(), grown()
            whole = leaning(now.propagated * arrived, np.zeros(count)) + leaning(now.local * added, now.turns)
            middle = feet + leaning(now.propagated * arrived, np.zeros(count))
            lean = bend * np.arctan2(whole[:, 0], whole[:, 1])
            length = np.linalg.norm(whole, axis=1) / scale * (added > 0)
            return middle, middle + leaning(now.local * added, bend * now.turns), feet + leaning(length, lean)

        def half() -> float:
            return ARROW + (1 - bent()) * (BAR - ARROW)

        self.propagated = live_fill(lambda: stalks(feet, joints()[0], half(), bent()), theme.PROPAGATED, 0.9)
        self.local = live_fill(lambda: stalks(*joints()[:2], half(), bent()), theme.QUANTIZED, 0.9)
        self.total = live_fill(lambda: stalks(feet, joints()[2], SUM, 1.0), theme.INK, 1.0)
        super().__init__(self.propagated, self.local, self.total)
