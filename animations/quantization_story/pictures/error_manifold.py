"""The worst case along a closed shape: the tube of its regions, the region now, and its longest error so far."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup, VMobject

from quantization_story.core.plane_geometry import fit_window
from quantization_story.error_regions.fields import RegionField
from quantization_story.error_regions.shape_morphs import colour_parts
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.gradients import coloured_segments
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.plane import PlaneAxes, PlaneView
from quantization_story.mobjects.text import LiveText, formula, signed, text
from quantization_story.style import theme

COLOURS = len(theme.PARAMETER_COLORS)


def live_matrices(weights: Sequence[np.ndarray], now: Callable[[], Sequence[np.ndarray]]) -> VGroup:
    """The matrices of a chain with their names; their entries are those of `now`, asked each frame."""
    made = VGroup()
    for k, weight in enumerate(weights):
        matrix = MatrixView(weight, digits=3, column_colors=(theme.QUANTIZED,))
        matrix.live(lambda k=k: now()[k])
        made.add(VGroup(formula(f"W_{k + 1} =", size=theme.LABEL_SIZE), matrix).arrange(RIGHT, buff=0.15))
    return made


def line_in_words(slope: float, intercept: float, level: float, corner: tuple[float, float]) -> VGroup:
    """Two lines below a corner: the fitted line, and at which of its values the curve on the map is dashed."""
    sign = "+" if intercept >= 0 else "−"
    lines = (
        f"the line: ${signed(slope, 4)} norm(x)_1 {sign} {signed(abs(intercept), 3)}$",
        f"dashed on the map: where the line reads {signed(level, 1)}",
    )
    words = VGroup(*(text(line, theme.INK, theme.SMALL_SIZE) for line in lines))
    for k, item in enumerate(words):
        item.move_to((corner[0], corner[1] - 0.5 - 0.45 * k, 0.0), aligned_edge=LEFT)
    return words


class RegionSweep:
    """What the sweep needs on stage; it is no mobject but holds it: `still` parts, and `movers` that follow `swept`.

    view: the plane of the shape, in which the regions lie around their points. zone: of the panel with the region now,
    in its true size, and the chart of the longest errors. regions: at n points of a circle that starts at the right.
    real: (n, 2), the errors that happen, as shifts of the input. kept: how many regions of the tube are outlined.
    """

    def __init__(
        self, view: PlaneView, zone: theme.Zone, regions: RegionField, real: np.ndarray, kept: int, magnify: float
    ) -> None:
        self.regions, self.magnify, self.count = regions, magnify, len(regions.points)
        self.colours = colour_parts(self.count, COLOURS)
        self.swept = ValueTracker(0.0)
        self.movers: list[VMobject] = []
        self.tube = self._make_tube(view, kept)
        self.movers += self.tube
        side = 0.48 * zone.height
        small = fit_window(regions.vertices.reshape(-1, 2))
        self.small = PlaneView((zone.right - side / 2, zone.top - side / 2 - 0.1, 0.0), side, small)
        self.still = VGroup(self.small.border(), PlaneAxes(self.small).clear_updaters())
        self._make_region(real)
        self._make_figures(zone, np.linalg.norm(real, axis=1))
        self._make_chart(zone)

    def now(self) -> int:
        """The point that the sweep is at."""
        return min(self.count - 1, int(self.swept.get_value() * self.count))

    def _make_tube(self, view: PlaneView, kept: int) -> list[VMobject]:
        """The regions around their points as far as the sweep has come: one fill, and a few outlines in the colours."""
        polygons = view.to_frame(self.regions.tube(self.magnify).reshape(-1, 2)).reshape(self.count, -1, 3)
        chosen = np.arange(self.count)[:: max(1, self.count // kept)]
        outlines = np.stack([polygons[chosen], np.roll(polygons[chosen], -1, axis=1)], axis=2).reshape(-1, 2, 3)
        owners = np.repeat(chosen, polygons.shape[1])
        swept, count = self.swept, self.count

        def seen() -> int:
            return int(np.ceil(swept.get_value() * count))

        def edges() -> np.ndarray:
            shown = outlines.copy()
            shown[owners >= seen(), 1] = shown[owners >= seen(), 0]
            return shown

        fill = live_fill(lambda: list(polygons[: seen()]), theme.QUANTIZED, 0.35)
        return [fill, coloured_segments(edges, self.colours[owners], theme.THIN)]

    def _make_region(self, real: np.ndarray) -> None:
        """The region now around 0, its longest error and the real one."""
        view, now = self.small, self.now
        vertices = self.regions.vertices
        corners = view.to_frame(vertices.reshape(-1, 2)).reshape(self.count, -1, 3)
        farthest = np.linalg.norm(vertices, axis=2).argmax(axis=1)
        dots = view.to_frame(real)

        def reach() -> np.ndarray:
            return np.stack([view.point((0.0, 0.0)), corners[now(), farthest[now()]]])[None]

        self.movers += [
            # Below the axes, so that their numbers can be read.
            live_fill(lambda: [corners[now()]], theme.QUANTIZED, 0.45).set_z_index(-1),
            live_segments(reach, theme.INK, theme.THIN),
            live_marks(lambda: dots[now()][None], theme.INK, "disc", 0.06),
        ]

    def _make_figures(self, zone: theme.Zone, happens: np.ndarray) -> None:
        """The length of the longest error and of the one that happens, each with its mark."""
        left, y, now = zone.left + 0.1, self.small.center[1], self.now
        rows = ((0.75, "line: the longest possible", self.regions.magnitudes), (-0.55, "dot: our rounding", happens))
        for lift, words, lengths in rows:
            number = LiveText("", theme.INK, theme.FORMULA_SIZE).place((left, y + lift, 0.0))
            number.live(lambda lengths=lengths: signed(float(lengths[now()])))
            self.movers.append(number)
            line = text(words, theme.QUIET, theme.SMALL_SIZE)
            self.still.add(line.move_to((left, y + lift - 0.3, 0.0), aligned_edge=LEFT))

    def _make_chart(self, zone: theme.Zone) -> None:
        """The longest error against the angle, drawn as far as the sweep has come."""
        magnitudes, now, top = self.regions.magnitudes, self.now, self.small.center[1] - self.small.side / 2
        chart = Chart(
            theme.Zone(zone.left + 0.55, zone.right - 0.2, zone.bottom + 0.75, top - 0.55),
            (0.0, 360.0),
            (0.0, 1.15 * float(magnitudes.max())),
            x_ticks=(90.0, 180.0, 270.0, 360.0),
            digits=(0, 1),
        )
        across = text("direction of the input in degrees; upward: longest error", theme.QUIET, theme.SMALL_SIZE)
        across.move_to((chart.zone.center[0], chart.x_numbers.get_bottom()[1] - 0.25, 0.0))
        angles = np.linspace(0.0, 360.0, self.count + 1)
        line = chart.to_frame(np.column_stack([angles, np.append(magnitudes, magnitudes[0])]))

        def graph() -> np.ndarray:
            shown = np.stack([line[:-1], line[1:]], axis=1)
            shown[now() + 1 :, 1] = shown[now() + 1 :, 0]
            return shown

        self.movers.append(coloured_segments(graph, self.colours))
        self.still.add(chart, across)
