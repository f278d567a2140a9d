"""A ReLU network of one input and its quantized self: two broken lines, their error, and the moved breakpoints."""

from functools import lru_cache

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath, SegmentPath, in_frame
from quantization_story.mobjects.shares import lined, marked
from quantization_story.mobjects.text import text
from quantization_story.network import ReluNetwork
from quantization_story.one_dimension import LineRefinement, line_pieces, refine_line, segments_until
from quantization_story.planar import dash_segments
from quantization_story.strips import between

STRIP_OPACITY = 0.28


class LineStage:
    """What the two networks need on stage; it is no mobject but holds them, and the trackers that move them.

    drawn: up to which input the float network is drawn. slide: 0 for the float weights, 1 for the rounded ones.
    probe: an input. upper, lower: the zones of the functions and of the error.
    """

    def __init__(
        self,
        upper: theme.Zone,
        lower: theme.Zone,
        net: ReluNetwork,
        quantized: ReluNetwork,
        interval: tuple[float, float],
    ) -> None:
        self.net, self.quantized, self.interval = net, quantized, interval
        self.drawn, self.slide, self.probe = ValueTracker(interval[0]), ValueTracker(0.0), ValueTracker(interval[0])
        self.final = refine_line(net, quantized, *interval)
        tall = 1.2 * max(self.final.network.largest, self.final.quantized.largest)
        wide = 1.15 * max(self.final.total.largest, self.final.topological.largest)
        self.functions = Chart(upper, interval, (-tall, tall), (), None)
        whole = np.arange(np.ceil(interval[0]), np.floor(interval[1]) + 1)
        self.error = Chart(lower, interval, (-wide, wide), whole, None, digits=(0, 1))
        self.functions.axes.set_opacity(0.0)
        self.functions_zero, self.error_zero = self.functions.level(0.0), self.error.level(0.0)
        # Where the probe rests to be read: in the middle of the widest strip.
        strips = self.final.strips if len(self.final.strips) else np.array([interval])
        self.stop = float(strips[np.argmax(strips[:, 1] - strips[:, 0])].mean())
        self._make_lines()
        self._make_breakpoints()
        self._make_error()
        self._make_probe()

    def legend(self, panel: theme.Zone) -> list[VGroup]:
        """The keys at the top of a panel: where a ReLU switches, where it does once rounded, and the strips between."""
        left, heights = panel.left, [panel.top - 0.35 - 0.5 * k for k in range(3)]
        corners = in_frame([[left, -0.13], [left + 0.5, -0.13], [left + 0.5, 0.13], [left, 0.13]])
        strip = CellPath(theme.CROSSED, STRIP_OPACITY).set_polygons([corners + np.array([0.0, heights[2], 0.0])])
        words = text("strip: between the two").move_to((left + 0.65, heights[2], 0.0), aligned_edge=LEFT)
        return [
            marked("here a ReLU switches", theme.BOUNDARY, "disc", (left, heights[0])),
            lined("there once rounded", theme.BOUNDARY, (left, heights[1]), dashed=True),
            VGroup(strip, words),
        ]

    def _make_lines(self) -> None:
        net, quantized, interval = self.net, self.quantized, self.interval

        @lru_cache(maxsize=4)  # several movers ask for the same instant
        def refined(share: float) -> LineRefinement:
            return refine_line(net, between(net, quantized, share), *interval)

        self.now = lambda: refined(self.share)
        chart, drawn, whole = self.functions, self.drawn, self.final.network.segments
        self.float_line = live_segments(
            lambda: on_chart(chart, segments_until(whole, drawn.get_value())), theme.FLOAT, theme.STRONG
        )
        self.quantized_line = live_segments(
            lambda: on_chart(chart, self.now().quantized.segments), theme.QUANTIZED, theme.STRONG
        )
        self.float_name = text("$f$", theme.FLOAT)
        self.names = VGroup(text("$f_q$", theme.QUANTIZED), text("$e$"))
        end = np.array([interval[1]])
        apart = 0.2 if self.final.total(end)[0] >= 0 else -0.2  # the name of the higher line above the other
        ends = (
            (self.float_name, chart, self.final.network, -apart),
            (self.names[0], chart, self.final.quantized, apart),
            (self.names[1], self.error, self.final.total, 0.0),
        )
        for name, ruler, line, shift in ends:
            place = ruler.point(interval[1], float(line(end)[0])) + np.array([0.15, shift, 0.0])
            name.move_to(place, aligned_edge=LEFT)
        self.input_name = text("$x$", theme.QUIET)
        self.input_name.next_to(self.error.point(interval[1], self.error.y_range[0]), RIGHT, buff=0.15)

    def _make_breakpoints(self) -> None:
        chart, error, drawn = self.functions, self.error, self.drawn
        own = line_pieces(self.net, *self.interval).breakpoints
        heights = self.final.network(own)
        top, bottom = chart.zone.top, error.zone.bottom

        def passed() -> np.ndarray:
            seen = own <= drawn.get_value()
            return chart.to_frame(np.column_stack([own[seen], heights[seen]]))

        def upright(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            across = chart.to_frame(np.column_stack([x, np.zeros(len(x))]))[:, 0]
            ends = [np.column_stack([across, np.full(len(x), y), np.zeros(len(x))]) for y in (top, bottom)]
            return ends[0], ends[1]

        self.float_marks = live_marks(passed, theme.BOUNDARY, "disc", 0.1)
        self.float_posts = SegmentPath(theme.BOUNDARY, theme.HAIRLINE, 0.7).set_segments(*upright(own))

        def places() -> np.ndarray:
            sliding = between(self.net, self.quantized, self.share)
            return line_pieces(sliding, *self.interval).breakpoints

        def posts() -> np.ndarray:
            return np.stack(dash_segments(*upright(places()), 0.12, 0.1), axis=1)

        self.moved_posts = live_segments(posts, theme.BOUNDARY, theme.HAIRLINE, 0.9)

        def strips() -> list[np.ndarray]:
            polygons = []
            for low, high in self.now().strips:
                (left, right), (lower_left, lower_right) = (ends.tolist() for ends in upright(np.array([low, high])))
                polygons.append(np.array([left, right, lower_right, lower_left]))
            return polygons

        self.strips = live_fill(strips, theme.CROSSED, STRIP_OPACITY)

    @property
    def share(self) -> float:
        """How far the weights have slid, 0 to 1."""
        return float(np.clip(self.slide.get_value(), 0.0, 1.0))

    def _make_error(self) -> None:
        chart = self.error
        self.error_line = live_segments(lambda: on_chart(chart, self.now().total.segments), theme.INK, theme.STRONG)

        def changed() -> list[np.ndarray]:
            line = self.now()
            lower, upper = on_chart(chart, line.metric.segments), on_chart(chart, line.total.segments)
            return [np.concatenate([lower[k], upper[k][::-1]]) for k in np.flatnonzero(line.changed)]

        def held() -> np.ndarray:
            line = self.now()
            segments = on_chart(chart, line.metric.segments[line.changed])
            return np.stack(dash_segments(segments[:, 0], segments[:, 1], 0.09, 0.07), axis=1)

        self.topological = live_fill(changed, theme.CROSSED, 0.9)
        self.metric_line = live_segments(held, theme.SAME, theme.THIN)

    def _make_probe(self) -> None:
        chart, error, probe, final = self.functions, self.error, self.probe, self.final

        def crossed() -> bool:
            return bool(final.topological(np.array([probe.get_value()]))[0])

        def at(crossing: bool) -> np.ndarray:
            x = np.array([probe.get_value()])
            places = error.to_frame(np.column_stack([x, final.total(x)]))
            return places if crossed() == crossing else np.zeros((0, 3))

        def post() -> np.ndarray:
            x = np.array([probe.get_value()])
            both = np.concatenate([chart.to_frame(np.column_stack([x, final.network(x)])), at(crossed())])
            return both[None]

        self.probe_marks = VGroup(
            live_segments(post, theme.QUIET, theme.THIN),
            live_marks(lambda: at(False), theme.SAME, "disc", 0.12),
            live_marks(lambda: at(True), theme.CROSSED, "cross", 0.13),
        )

    def parts(self) -> tuple[float, float, float]:
        """The error at the probe and its two parts: total, metric, topological."""
        x = np.array([self.probe.get_value()])
        total, metric, topological = (
            float(line(x)[0]) for line in (self.final.total, self.final.metric, self.final.topological)
        )
        return total, metric, topological


def on_chart(chart: Chart, segments: np.ndarray) -> np.ndarray:
    """Segments (n, 2, 2) in data units as segments (n, 2, 3) of the frame."""
    return chart.to_frame(segments.reshape(-1, 2)).reshape(-1, 2, 3)
