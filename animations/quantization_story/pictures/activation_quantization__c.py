"""Error against depth, a line a shape: the largest and the mean error, weight-only and with rounded states."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, RIGHT, UP, VGroup

from quantization_story import theme
from quantization_story.fake_quantization import QuantizedPath
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import text
from quantization_story.planar import fit_window

SHAPE_MARKS = ("disc", "triangle", "square", "diamond", "cross", "ring")
PICTURE = 0.6  # the side of the small picture of a shape


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
        halves = theme.Zone(zone.left + 0.6, zone.right - 0.2, zone.bottom + 1.45, zone.top - 0.45).split(0.5, 1.3)
        top = 1.08 * float(tables.max())
        layers = ["input", "layer 1", *map(str, range(2, depth + 1))]
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
        self.keys = self._make_keys(kinds, [path[0].exact[0] for path in paths], zone)

    def _make_keys(self, kinds: list[tuple[str, str, str]], shapes: list[np.ndarray], zone: theme.Zone) -> VGroup:
        """For every shape its mark, a small picture of its points (n, 2), and its name."""
        keys = VGroup()
        for (mark, color, name), points in zip(kinds, shapes, strict=True):
            there = PlaneView((0.0, 0.0, 0.0), PICTURE, fit_window(points))
            picture = PointCloud(color, "disc", 0.02).set_positions(there.to_frame(points))
            sign = PointCloud(color, mark, 0.1).set_positions(np.zeros((1, 3)))
            keys.add(VGroup(sign, picture, text(name, theme.QUIET, theme.SMALL_SIZE)).arrange(RIGHT, buff=0.12))
        keys.arrange(RIGHT, buff=0.35)
        if keys.width > zone.width:
            keys.arrange_in_grid(rows=2, buff=(0.4, 0.1), col_alignments="l" * -(-len(keys) // 2))
        return keys.move_to((zone.center[0], zone.bottom + 0.4, 0.0))

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
