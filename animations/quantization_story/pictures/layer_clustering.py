"""Levels under a histogram and the squared error that they leave in each bin: of a sample, then of the whole layer."""

from collections.abc import Callable

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from quantization_story.core.blends import blend, leg
from quantization_story.core.plane_geometry import dash_segments, tick_decimals, ticks
from quantization_story.layers import LevelAccuracies
from quantization_story.layers.clustering import Clustering, Comparison, beyond, uniform_levels
from quantization_story.layers.histograms import Histogram, histogram, squared_error_in_bins, widened
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.codebook import level_ticks
from quantization_story.mobjects.legend import lined
from quantization_story.mobjects.live import live_fill, live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import percent, text
from quantization_story.style import theme

TICKS = 6  # at most so many steps between the numbers of an axis


class LevelStage:
    """What uniform levels and a codebook need on stage; it is no mobject but holds them, and their trackers.

    part: 0 where the moving levels are the uniform ones, 1 where they are the codebook. grown: how far the errors have
    grown. out: 0 where sample and error of the sample are shown, 1 where all weights and theirs are.
    edges: of the sample's bins; those of all weights are as wide, and as many as it takes.
    """

    def __init__(
        self,
        zones: tuple[theme.Zone, theme.Zone],
        found: Clustering,
        compared: Comparison,
        weights: np.ndarray,
        edges: np.ndarray,
    ) -> None:
        upper, lower = zones
        self.part, self.grown, self.out = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        wide = widened(edges, weights)
        sample, whole = histogram(compared.values, wide), histogram(weights, wide)
        even = (compared.uniform.levels, uniform_levels(weights, len(found.centres)))
        uniform = (
            squared_error_in_bins(compared.values, even[0], sample),
            squared_error_in_bins(weights, even[1], whole),
        )
        codebook = squared_error_in_bins(weights, found.centres, whole)
        first = float(max(uniform[0].max(), squared_error_in_bins(compared.values, found.centres, sample).max()))
        self.reaches = ((float(edges[0]), float(edges[-1])), (float(wide[0]), float(wide[-1])))
        shares = (sample.shares, whole.shares)
        tallest = 1.05 * float(max(map(np.max, shares)))
        highs = (1.1 * first, 1.1 * float(max(uniform[1].max(), codebook.max())))
        chart = self.chart = Chart(upper, self.reaches[0], (0.0, tallest), (), digits=(0, tick_decimals(tallest)))
        errors = self.errors = self._error_chart(lower, self.reaches[0], highs[0])
        self.whole_numbers = self._error_chart(lower, self.reaches[1], highs[1]).x_numbers
        part, grown, out, reaches = self.part, self.grown, self.out, self.reaches

        def between(pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
            return pair[0] + out.get_value() * (pair[1] - pair[0])

        def look() -> np.ndarray:
            """Let both charts show the stretch of now; which bins lie in it, (bins,)."""
            low, high = between((np.array(reaches[0]), np.array(reaches[1])))
            chart.x_range = errors.x_range = (float(low), float(high))
            errors.y_range = (0.0, float(between((np.array(highs[0]), np.array(highs[1])))))
            return np.asarray((sample.middles > low) & (sample.middles < high))

        def live_bars(on: Chart, heights: Callable[[], np.ndarray], color: str, opacity: float) -> CellPath:
            def draw(path: CellPath) -> None:
                seen = look()
                on.draw_bars(path, sample.middles[seen], heights()[seen], 0.94 * sample.width)

            bars = CellPath(color, opacity)
            draw(bars)
            bars.add_updater(draw)
            return bars

        def moving() -> np.ndarray:
            levels = compared.between(part.get_value())
            return grown.get_value() * between((squared_error_in_bins(compared.values, levels, sample), codebook))

        def levels_at(levels: Callable[[], np.ndarray]) -> Callable[[], np.ndarray]:
            def now() -> np.ndarray:
                look()
                return levels()

            return now

        self.bars = live_bars(chart, lambda: between(shares), theme.FLOAT, 0.6)
        self.uniform_bars = live_bars(errors, lambda: grown.get_value() * between(uniform), theme.QUANTIZED, 0.35)
        self.error_bars = live_bars(errors, moving, theme.QUANTIZED, 0.85)
        self.uniform_ticks = level_ticks(chart, levels_at(lambda: between(even)), theme.QUANTIZED)
        codebook_levels = levels_at(lambda: compared.between(part.get_value()))
        self.codebook_ticks = level_ticks(chart, codebook_levels, theme.SAME, drop=0.42)
        lost = np.sort(weights[beyond(weights, found.centres)])
        heights = 0.14 + 0.18 * histogram(lost, wide).ranks if len(lost) else np.zeros(0)

        def outside() -> np.ndarray:
            look()
            on_axis = chart.to_frame(np.column_stack([lost, np.zeros(len(lost))]))
            return np.asarray(on_axis + heights[:, None] * np.array([0.0, 1.0, 0.0]))

        self.outside = live_marks(outside, theme.INK, "disc", 0.08)
        self.names = VGroup(
            text("uniform", theme.QUANTIZED, theme.SMALL_SIZE),
            text("k-means", theme.SAME, theme.SMALL_SIZE),
        )
        self.names.arrange(RIGHT, buff=0.35).move_to((lower.right, lower.top + 0.2, 0.0), aligned_edge=RIGHT)

    def _error_chart(self, zone: theme.Zone, reach: tuple[float, float], high: float) -> Chart:
        digits = (tick_decimals(reach[1] - reach[0], TICKS), 0)
        return Chart(zone, reach, (0.0, high), ticks(*reach, TICKS), (), digits=digits)


class AccuracyCurves:
    """The accuracy that is left by the number of levels; drawn: how many pieces are, from the most levels down.

    It is no mobject but holds the chart with its names, the dashed level of the weights as they are, and both curves.
    """

    def __init__(self, zone: theme.Zone, kept: LevelAccuracies) -> None:
        counts = sorted(kept.codebook)
        kinds = (("codebook", kept.codebook, theme.SAME), ("uniform levels", kept.uniform, theme.QUANTIZED))
        lowest = min(min(shares.values()) for _, shares, _ in kinds)
        inner = theme.Zone(zone.left + 0.55, zone.right - 0.15, zone.bottom + 2.65, zone.top - 0.55)
        span, low = (-0.25, len(counts) - 0.75), 10.0 * np.floor(10.0 * lowest)
        self.drawn = drawn = ValueTracker(0.0)
        chart = Chart(inner, span, (low, 100.0), range(len(counts)), None, x_names=[str(count) for count in counts])
        before = chart.to_frame(np.array([[span[0], 100.0 * kept.before], [span[1], 100.0 * kept.before]]))
        dashes = SegmentPath(theme.FLOAT, theme.STRONG).set_segments(*dash_segments(before[:1], before[1:], 0.13, 0.08))
        title = text(f"accuracy, % of {kept.images:,} held-out images", theme.INK, theme.SMALL_SIZE)
        levels = text("number of levels", theme.QUIET, theme.SMALL_SIZE)
        self.chart = VGroup(
            chart,
            title.move_to((zone.left, zone.top - 0.25, 0.0), aligned_edge=LEFT),
            levels.move_to((inner.center[0], inner.bottom - 0.68, 0.0)),
        )
        place = inner.bottom - 1.3
        self.before = VGroup(
            dashes, lined(f"as trained: {percent(kept.before)} %", theme.FLOAT, (zone.left, place), True)
        )
        self.curves, self.names = VGroup(), VGroup()
        for row, (name, shares, color) in enumerate(kinds, start=1):
            values = np.array([[k, 100.0 * shares[count]] for k, count in enumerate(counts)])[::-1]
            corners = chart.to_frame(values)

            def line(corners: np.ndarray = corners) -> np.ndarray:
                return polyline_until(corners, max(drawn.get_value(), 1e-6))

            def marks(corners: np.ndarray = corners) -> np.ndarray:
                return corners[: int(drawn.get_value() + 1e-6) + 1]

            self.curves.add(live_segments(line, color, theme.STRONG), live_marks(marks, color, "disc", 0.075))
            self.names.add(lined(name, color, (zone.left, place - 0.5 * row)))


class CentreLens(VGroup):
    """A close-up of an axis: the values of a stretch as dots, and the centres that lie in it now as upright lines."""

    def __init__(self, zone: theme.Zone, found: Clustering, progress: Callable[[], float]) -> None:
        low, high = found.close_up
        chart = Chart(zone, (low, high), (0.0, 1.0), (), ())
        within = np.flatnonzero((found.values >= low) & (found.values <= high))
        across = (within + 0.5) / len(found.values)
        dots = chart.marks(np.column_stack([found.values[within], 0.08 + 0.84 * across]), theme.FLOAT, radius=0.055)

        def lines() -> np.ndarray:
            now = found.moment(progress()).centres
            now = now[(now >= low) & (now <= high)]
            ends = (chart.to_frame(np.column_stack([now, np.full(len(now), y)])) for y in (0.0, 1.0))
            return np.stack(list(ends), axis=1)

        super().__init__(border(zone), dots, live_segments(lines, theme.SAME, theme.STRONG))


def border(zone: theme.Zone) -> SegmentPath:
    """The thin white edge of a zone that is shown larger elsewhere, or of the close-up itself."""
    corners = in_frame(
        [[zone.left, zone.bottom], [zone.right, zone.bottom], [zone.right, zone.top], [zone.left, zone.top]]
    )
    return SegmentPath(theme.INK, theme.THIN).set_segments(corners, np.roll(corners, -1, axis=0))


# --- Histograms made of their members: every value is a cell of its bar, and cells can be on their way.

Shares = Callable[[], np.ndarray]  # (n,), each 0 to 1, read every frame


class Stack:
    """The cells of a histogram over a chart of shares: in each bar rows of `columns` cells, the first at its foot.

    It is no mobject but the ruler of what is drawn in it. columns: about as many as make the cells square, if left out.
    """

    def __init__(self, chart: Chart, bins: Histogram, columns: int | None = None) -> None:
        self.chart, self.bins = chart, bins
        across = (chart.point(bins.width, 0.0) - chart.point(0.0, 0.0))[0]
        up = (chart.point(0.0, 1.0) - chart.point(0.0, 0.0))[1] / len(bins.bin_of)
        self.columns = max(1, round(float(np.sqrt(across / up)))) if columns is None else columns
        self.cell = np.array([across / self.columns, up * self.columns])
        rows, column = np.divmod(bins.ranks, self.columns)
        feet = chart.to_frame(np.column_stack([bins.edges[bins.bin_of], np.zeros(len(rows))]))
        self.corners = feet + np.column_stack([column * self.cell[0], rows * self.cell[1], np.zeros(len(rows))])

    @property
    def places(self) -> np.ndarray:
        """The middles of the cells, frame points (n, 3)."""
        return self.corners + np.append(self.cell / 2, 0.0)

    def blocks(self, grown: Shares, color: str) -> CellPath:
        """The cells as blocks with a thin gap, each as high as it has grown; one path."""
        gap = np.minimum(0.03, 0.2 * self.cell)
        width, height = self.cell - gap
        corner = self.corners + np.append(gap / 2, 0.0)

        def polygons() -> list[np.ndarray]:
            now = grown()
            tops = height * now
            return [
                foot + np.array([[0, 0, 0], [width, 0, 0], [width, top, 0], [0, top, 0]])
                for foot, top in zip(corner[now > 0], tops[now > 0], strict=True)
            ]

        return live_fill(polygons, color, 0.95)

    def bars(self, color: str, opacity: float) -> CellPath:
        """The bars themselves."""
        bins = self.bins
        return self.chart.bars(bins.middles, bins.shares, 0.94 * bins.width, color, opacity)


def arrival(progress: float, order: np.ndarray, overlap: float = 0.3) -> np.ndarray:
    """How far each of some movers is on its way, (n,), 0 to 1, when they leave one after the other.

    order: (n,), 0 for the first to leave, 1 for the last. overlap: the part of the whole time that each is on its way.
    """
    t = np.clip((progress - (1 - overlap) * order) / overlap, 0.0, 1.0)
    return t * t * (3 - 2 * t)


def swarm(
    stations: list[np.ndarray], progress: Callable[[], float], order: np.ndarray, color: str, radius: float
) -> PointCloud:
    """Marks that travel from station to station, each (n, 3): at progress 1.5 half-way between the second and third."""

    def places() -> np.ndarray:
        before, after, part = leg(min(max(progress(), 0.0), len(stations) - 1.0), len(stations))
        return blend(stations[before], stations[after], arrival(part, order)[:, None])

    return live_marks(places, color, "square", radius)


def matrix_places(zone: theme.Zone, shape: tuple[int, ...], places: np.ndarray) -> np.ndarray:
    """Where the entries with flat indices `places` (n,) lie in a matrix drawn over a zone, frame points (n, 3).

    shape: of the tensor; the dimensions after the first are laid out in one row, and a vector is one row.
    """
    rows = shape[0] if len(shape) > 1 else 1
    columns = int(np.prod(shape)) // rows
    row, column = np.divmod(places, columns)
    x = zone.left + (column + 0.5) / columns * zone.width
    y = zone.top - (row + 0.5) / rows * zone.height
    return np.column_stack([x, y, np.zeros(len(places))])
