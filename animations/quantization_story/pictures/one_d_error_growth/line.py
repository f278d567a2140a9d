"""A ReLU network of one input and its quantized self: two broken lines, their error, and the moved breakpoints."""

from functools import lru_cache

import numpy as np
from manim import DOWN, LEFT, RIGHT, ValueTracker, VGroup

from quantization_story.analysis.one_dimension import LineRefinement, line_pieces, refine_line, segments_until
from quantization_story.analysis.strips import between
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.legend import lined, marked
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath, SegmentPath, in_frame
from quantization_story.mobjects.text import text
from quantization_story.style import theme

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


# --- A close-up of the widest strip of a line: a window on the error that grows from its place into a zone of its own.

MIRROR = np.array([-1.0, 1.0])


def segments_between(segments: np.ndarray, low: float, high: float) -> np.ndarray:
    """The parts of segments (k, 2, 2) with low <= x <= high, each running towards larger x: (m, 2, 2), m <= k."""
    below = segments_until(segments, high)
    return (segments_until((below * MIRROR)[:, ::-1], -low) * MIRROR)[:, ::-1]


class LineLens:
    """What the close-up needs on stage; it is no mobject but holds them, and the tracker that lets it grow.

    grown: 0 where the window lies on the chart of the error, 1 where it fills the zone. place: the edge of the window
    on the chart. picture: the window with the strip and, in white, the error. breakpoints: at both ends of the strip,
    solid where the float network switches, dashed where the rounded one does, with their names. metric: the error
    with the routing held. topological: what is left between the two.
    """

    def __init__(self, line: LineStage, zone: theme.Zone) -> None:
        if not len(line.final.strips):
            raise ValueError("a close-up of a strip: rounding has moved no breakpoint of this network")
        self.grown = ValueTracker(0.0)
        strip = max(line.final.strips.tolist(), key=lambda ends: ends[1] - ends[0])
        beside = 0.7 * (strip[1] - strip[0])
        low, high = max(strip[0] - beside, line.interval[0]), min(strip[1] + beside, line.interval[1])
        knots = line.final.total.knots
        changed = line.final.changed[(knots[:-1] < high) & (knots[1:] > low)]
        total, metric = (segments_between(part.segments, low, high) for part in (line.final.total, line.final.metric))
        heights = np.concatenate([total, metric])[:, :, 1]
        margin = 0.15 * float(np.ptp(heights)) or 1.0
        bottom, top = float(heights.min()) - margin, float(heights.max()) + margin
        small = line.error.to_frame([[low, bottom], [high, top]])[:, :2]
        large = np.array([[zone.left, zone.bottom], [zone.right, zone.top]])
        grown = self.grown

        def show(points: np.ndarray) -> np.ndarray:
            """Where the window shows points (..., 2) of the chart now, (..., 3)."""
            corner, opposite = small + grown.get_value() * (large - small)
            return in_frame(corner + (points - [low, bottom]) / [high - low, top - bottom] * (opposite - corner))

        def rectangle(left: float, right: float) -> np.ndarray:
            return np.array([[left, bottom], [right, bottom], [right, top], [left, top]])

        box, gaps = rectangle(low, high), [np.concatenate([total[k], metric[k, ::-1]]) for k in np.flatnonzero(changed)]
        edges = np.stack([box, np.roll(box, -1, axis=0)], axis=1)
        self.place = SegmentPath(theme.INK, theme.THIN).set_segments(*np.moveaxis(show(edges), 1, 0))
        self.picture = VGroup(
            live_fill(lambda: [show(box)], theme.BACKGROUND, 1.0),
            live_fill(lambda: [show(rectangle(*strip))], theme.CROSSED, 0.28),
            live_segments(lambda: show(edges), theme.QUIET, theme.THIN),
            live_segments(lambda: show(total), theme.INK, theme.STRONG),
        )
        self.metric = live_segments(lambda: dashes(show(metric), 0.14, 0.08), theme.SAME, theme.STRONG)
        self.topological = live_fill(lambda: [show(gap) for gap in gaps], theme.CROSSED, 0.9)
        self.breakpoints = VGroup()
        own = line_pieces(line.net, *line.interval).breakpoints
        for x in strip:
            of_float = len(own) > 0 and bool(np.abs(own - x).min() < 1e-9)
            post = live_segments(
                lambda x=x, of_float=of_float: dashes(show(np.array([[[x, bottom], [x, top]]])), *DASHES[of_float]),
                theme.BOUNDARY,
                theme.THIN,
            )
            at = zone.left + (x - low) / (high - low) * zone.width
            name = text("float" if of_float else "rounded", theme.BOUNDARY, theme.SMALL_SIZE)
            self.breakpoints.add(post, name.move_to((at, zone.top + 0.08, 0.0), aligned_edge=DOWN))


# Of the post of a rounded breakpoint, and of a float one: one dash without end.
DASHES = ((0.12, 0.1), (100.0, 0.0))


def dashes(segments: np.ndarray, dash: float, gap: float) -> np.ndarray:
    """Segments (n, 2, 3) cut into dashes, (m, 2, 3)."""
    return np.stack(dash_segments(segments[:, 0], segments[:, 1], dash, gap), axis=1)
