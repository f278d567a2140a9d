"""Error against depth, a line a shape: the largest and the mean error, weight-only and with rounded states."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, UP, VGroup

from quantization_story import theme
from quantization_story.fake_quantization import QuantizedPath
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.sectors import legend
from quantization_story.mobjects.text import text

SHAPE_MARKS = ("disc", "triangle", "square", "diamond", "cross", "ring")


class GrowthCharts:
    """Two charts over the layers, the largest error and the mean one; it is no mobject but holds them.

    paths: for each shape its weight-only path and the one with rounded states. part: 0 shows the first, 1 the second,
    and the lines go from one to the other. drawn: how many layers the lines have reached.
    """

    def __init__(
        self,
        zone: theme.Zone,
        names: Sequence[str],
        paths: Sequence[tuple[QuantizedPath, QuantizedPath]],
        part: Callable[[], float],
        drawn: Callable[[], float],
    ) -> None:
        # (figure, regime, shape, layer)
        tables = np.array(
            [
                [[path[regime].largest_errors for path in paths] for regime in (0, 1)],
                [[path[regime].mean_errors for path in paths] for regime in (0, 1)],
            ]
        )
        depth = tables.shape[-1] - 1
        # The name of the last layer reaches beyond the chart; a wide frame has room for that beside the stage.
        right = zone.right - 0.4 if theme.VERTICAL else zone.right
        halves = theme.Zone(zone.left + 0.6, right, zone.bottom + 1.2, zone.top - 0.45).split(0.5, 1.1)
        top = 1.08 * float(tables.max())
        layers = ["input", *(f"layer {k}" for k in range(1, depth + 1))]
        self.charts = [Chart(half, (0.0, depth), (0.0, top), range(depth + 1), None, layers, (0, 1)) for half in halves]
        words = ("largest error", "mean error")
        self.frame = VGroup(*self.charts)
        for chart, word in zip(self.charts, words, strict=True):
            name = text(word, theme.INK)
            self.frame.add(name.next_to(chart.point(0.0, top), UP, buff=0.1).align_to(chart.axes, LEFT))
        self.lines, self.marks, self.ghosts = VGroup(), VGroup(), VGroup()
        kinds = list(zip(SHAPE_MARKS, theme.PARAMETER_COLORS, names, strict=False))
        for shape, (mark, color, _) in enumerate(kinds):
            self._add_shape(tables[:, :, shape], mark, color, part, drawn)
        self.keys = legend(kinds, zone.width - 1.0).move_to((zone.center[0], zone.bottom + 0.25, 0.0))

    def _add_shape(
        self, table: np.ndarray, mark: str, color: str, part: Callable[[], float], drawn: Callable[[], float]
    ) -> None:
        """One shape in both charts; table: (figure, regime, layer)."""
        charts, layers = self.charts, np.arange(table.shape[-1], dtype=float)

        def corners(regime: float) -> list[np.ndarray]:
            values = (1 - regime) * table[:, 0] + regime * table[:, 1]
            at = np.append(layers[layers < drawn()], drawn())
            return [
                chart.to_frame(np.column_stack([at, np.interp(at, layers, line)]))
                for chart, line in zip(charts, values, strict=True)
            ]

        def segments() -> np.ndarray:
            return np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in corners(part())])

        self.lines.add(live_segments(segments, color, theme.THIN))
        self.marks.add(live_marks(lambda: np.concatenate(corners(part())), color, mark, 0.075))
        starts = [
            chart.to_frame(np.column_stack([layers, line])) for chart, line in zip(charts, table[:, 0], strict=True)
        ]
        ghost = SegmentPath(color, theme.HAIRLINE, 0.45)
        self.ghosts.add(
            ghost.set_segments(
                np.concatenate([line[:-1] for line in starts]), np.concatenate([line[1:] for line in starts])
            )
        )
