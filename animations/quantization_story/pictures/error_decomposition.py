"""The two parts of an error along a circle: as arrows tip to tail, and as a strip over the angle."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, VGroup

from quantization_story import theme
from quantization_story.error_along import CircleError
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.paths import ArrowField
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import text

# Hands out where arrows begin now, and the two vectors of each, three arrays (n, 2).
Split = Callable[[], tuple[np.ndarray, np.ndarray, np.ndarray]]


class SplitArrows(VGroup):
    """A green arrow at each point along its metric part, and from its tip a red one along its topological part."""

    def __init__(self, view: PlaneView, split: Split, width: float = 0.03) -> None:
        self.metric, self.topological = ArrowField(theme.SAME, width), ArrowField(theme.CROSSED, width)

        def redraw_metric(arrows: ArrowField) -> None:
            tails, metric, _ = split()
            arrows.set_arrows(view.to_frame(tails), view.to_frame(tails + metric))

        def redraw_topological(arrows: ArrowField) -> None:
            tails, metric, topological = split()
            arrows.set_arrows(view.to_frame(tails + metric), view.to_frame(tails + metric + topological))

        self.metric.add_updater(redraw_metric)
        self.topological.add_updater(redraw_topological)
        super().__init__(self.metric, self.topological)
        self.update()


def split_names(corners: np.ndarray) -> VGroup:
    """The names of an error and of its two parts, beside the sides of their triangle and outside of it.

    corners: where the error begins, where its metric part ends, and where it ends, frame points (3, 3).
    """
    start, joint, end = corners
    sides = (
        ("error $e$", theme.INK, start, end, joint),
        ("metric", theme.SAME, start, joint, end),
        ("topological", theme.CROSSED, joint, end, start),
    )
    names, across = VGroup(), np.array([start[1] - end[1], end[0] - start[0], 0.0])
    for number, (words, color, tail, tip, opposite) in enumerate(sides):
        along, away = tip - tail, (tail + tip) / 2 - opposite
        away = away - along * (away @ along) / max(float(along @ along), 1e-12)
        if np.linalg.norm(away) < 1e-6:  # all on one line: the whole on its one side, both parts on the other
            away = -across if number else across
        away = away / max(float(np.linalg.norm(away)), 1e-12)
        name = text(words, color)
        room = 0.2 + (abs(away[0]) * name.width + abs(away[1]) * name.height) / 2
        names.add(name.move_to((tail + tip) / 2 + room * away))
    return names


class SplitStrip(VGroup):
    """The sizes of both parts over the angle, as far as it is reached: green line, red fill, faint red where crossed.

    reached: the angle, 0 to 2 pi, up to which they are drawn now. step: the largest angle between two corners.
    """

    def __init__(
        self, zone: theme.Zone, error: CircleError, reached: Callable[[], float], step: float = np.pi / 240
    ) -> None:
        metric, topological = (
            [
                np.column_stack([np.degrees(angles), np.linalg.norm(values, axis=1)])
                for angles, values in error.pieces(kind, step)
            ]
            for kind in ("metric", "topological")
        )
        bursts = [piece for piece, crossed in zip(topological, error.crossed, strict=True) if crossed]
        high = 1.1 * max(float(piece[:, 1].max()) for piece in (*metric, *topological))
        self.chart = Chart(
            zone, (0.0, 360.0), (0.0, high), x_ticks=(90, 180, 270, 360), digits=(0, 0 if high >= 4 else 1)
        )
        chart = self.chart
        lines = np.concatenate([np.stack([piece[:-1], piece[1:]], axis=1) for piece in metric])
        in_frame = chart.to_frame(lines.reshape(-1, 2)).reshape(-1, 2, 3)

        def line() -> np.ndarray:
            return in_frame[: int(np.searchsorted(lines[:, 1, 0], np.degrees(reached()) + 1e-9))]

        def begun(closed: Callable[[np.ndarray], np.ndarray]) -> Callable[[], list[np.ndarray]]:
            def polygons() -> list[np.ndarray]:
                now = np.degrees(reached())
                parts = (burst[burst[:, 0] <= now] for burst in bursts if burst[0, 0] < now)
                return [chart.to_frame(closed(part)) for part in parts if len(part) > 1]

            return polygons

        def fill(part: np.ndarray) -> np.ndarray:
            return np.vstack([part, [part[-1, 0], 0.0], [part[0, 0], 0.0]])

        def band(part: np.ndarray) -> np.ndarray:
            left, right = part[0, 0], part[-1, 0]
            return np.array([[left, 0.0], [right, 0.0], [right, high], [left, high]])

        self.bands = live_fill(begun(band), theme.CROSSED, 0.2)
        self.bursts = live_fill(begun(fill), theme.CROSSED, 1.0)
        self.line = live_segments(line, theme.SAME, theme.STRONG)
        title = text("size of each part of the error; bands: patterns differ", theme.QUIET, theme.SMALL_SIZE)
        title.move_to((zone.left, zone.top + 0.25, 0.0), aligned_edge=LEFT)
        unit = text("angle on the circle, in degrees", theme.QUIET, theme.SMALL_SIZE)
        unit.move_to((zone.center[0], zone.bottom - 0.65, 0.0))
        super().__init__(self.chart, title, unit, self.bands, self.line, self.bursts)
