"""The plane of two weights: their levels as a grid of dots, the row as a point, and equal errors around it."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from manim import DOWN, RIGHT, Rectangle, ValueTracker, VGroup, VMobject

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.blends import along, blend
from quantization_story.core.distances import lengths
from quantization_story.core.lattice_rows import LatticeRow, directions
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying, plane_lines, plane_marks, stay
from quantization_story.mobjects.live import live_fill, live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import ArrowField, CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.plates import PAD, board
from quantization_story.mobjects.text import text
from quantization_story.style import theme

REACH = 7  # levels on either side that are seen from afar
BEYOND = 20, 14  # levels on either side that are drawn, across and up
NEAR = 1.32  # steps above and below the row that are seen from near, at least
PANEL = 0.4  # of the width of the frame: what the inputs take
BELOW = 0.34  # how far the axes of the inputs go below zero, where no input does
ARROW = 0.32
LEVEL, TAKEN, WALKER, INPUT = 0.07, 0.2, 0.12, 0.04
SWOLLEN = 0.16  # the radius of an input at which the output is off most
DRAWN = 100  # inputs
SHIFTED = 2.0  # steps of GPTQ: from then on the other weight has made up for the first
ROUND = np.linspace(0.0, 2 * np.pi, 97)


class RowPlane:
    """A row and its levels, in steps of the quantizer.

    circle: how far the circle of equally distant places has grown, in steps. angle, length: of the change of the
    weights that is tried, from the row. budget: the error of the output that the ellipse stands for. traced: how far
    around the change has been since, in radians, its length such that the output has that error. chosen: how far the
    row's dot has gone from its nearest level to the best one. walked: how far the two ways of GPTQ have been gone, 0 to
    3 each.
    """

    def __init__(self, row: LatticeRow, inputs: FloatArray, drift: Swaying) -> None:
        self.row, self.inputs = row, inputs[:DRAWN]
        self.circle, self.angle, self.length = ValueTracker(0.0), ValueTracker(row.costly), ValueTracker(0.0)
        self.traced, self.budget, self.chosen = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.ways = {first: row.passed_on(first) for first in (0, 1)}
        self.walked = {first: ValueTracker(0.0) for first in (0, 1)}
        half = min(row.limit, REACH)
        self.middle = np.clip(row.nearest, half - row.limit, row.limit - half).astype(float)
        corners = self.middle + (half + 0.5) * np.array([[-1.0, -1.0], [1.0, 1.0]])
        self.far = FramePose.fitting(corners, 0.98)
        self.view = FrameView(self.far, drift)

    def __deepcopy__(self, memo: dict[int, object]) -> "RowPlane":
        """A copied mobject lies in the same plane."""
        return self

    @property
    def near(self) -> FramePose:
        """The pose from which the row is seen among the dots that it may take, left of the inputs."""
        row, zone = self.row, theme.middle_zone()
        taken = np.array([row.nearest, row.best, row.forward, row.backward]) - row.weight
        most = max(NEAR, float(np.abs(taken).max()) + 0.35)
        unit = zone.height / 2 / most
        x, y = row.weight.tolist()
        if theme.VERTICAL:
            unit = min(unit / 2, zone.width / 2 / most)
            return FramePose(x, y - zone.height / 4 / unit, unit)
        return FramePose(x + PANEL * zone.width / 2 / unit, y, unit)

    # --- where things are

    def row_place(self) -> FloatArray:
        """The row, in the frame."""
        return np.asarray(self.view.point(self.row.weight))

    def level_place(self, codes: IntArray | FloatArray) -> FloatArray:
        """A level, in the frame."""
        return np.asarray(self.view.point(codes))

    def beside(self, codes: IntArray | FloatArray) -> FloatArray:
        """Where the plate of a level stands, seen from near: off the row, (2,)."""
        away = np.asarray(codes) - self.row.weight
        view = FrameView(self.near)
        return np.asarray(view.point(codes)[:2] + away / max(1e-9, float(np.linalg.norm(away))) * [2.3, 1.0])

    def tried(self) -> FloatArray:
        """Where the weights are with the change that is tried now, in steps, (2,)."""
        if self.traced.get_value() > 0:
            return self.row.ellipse(self.budget.get_value(), np.array([self.traced.get_value()]))[0]
        return self.row.weight + self.length.get_value() * directions(np.array([self.angle.get_value()]))[0]

    def tried_way(self) -> FloatArray:
        """The direction of that change, (2,), of length 1."""
        change = self.tried() - self.row.weight
        length = float(np.linalg.norm(change))
        return directions(np.array([self.angle.get_value()]))[0] if length == 0 else change / length

    def off(self) -> FloatArray:
        """How far that moves the output at each drawn input, a share of the most that so long a change can, (n,)."""
        most = max(1e-9, self.row.distance * float(lengths(self.inputs).max()))
        return np.asarray(np.minimum(1.0, np.abs(self.inputs @ (self.tried() - self.row.weight)) / most))

    # --- what is drawn

    def _codes(self) -> tuple[FloatArray, FloatArray]:
        """The levels of either weight that are drawn."""
        ranges = (
            np.arange(max(-self.row.limit, code - reach), min(self.row.limit, code + reach) + 1, dtype=float)
            for code, reach in zip(self.row.nearest.tolist(), BEYOND, strict=True)
        )
        across, up = ranges
        return across, up

    def make_levels(self) -> PointCloud:
        """The levels of both weights as a grid of dots."""
        grid = np.stack(np.meshgrid(*self._codes()), axis=-1).reshape(-1, 2)
        return plane_marks(self.view, grid, stay, theme.QUIET, "disc", LEVEL).set_z_index(-4)

    def make_lines(self) -> SegmentPath:
        """The lines of that grid: on each, one of the weights is at a level."""
        x, y = self._codes()
        upright = [np.array([[each, y[0]], [each, y[-1]]]) for each in x]
        level = [np.array([[x[0], each], [x[-1], each]]) for each in y]
        return plane_lines(self.view, upright + level, stay, theme.GUIDE, theme.HAIRLINE).set_z_index(-5)

    def make_axes(self) -> SegmentPath:
        """From the row down to where its first weight stands, and across to its second."""
        x, y = self.row.weight
        low = self.middle - min(self.row.limit, REACH) - 0.5

        def ends() -> FloatArray:
            return np.stack(
                [
                    self.view.to_frame(np.array([[x, y], [x, y]])),
                    self.view.to_frame(np.array([[x, low[1]], [low[0], y]])),
                ],
                axis=1,
            )

        return live_segments(ends, theme.HERO, theme.THIN, 0.7).set_z_index(-3)

    def foot(self, axis: int) -> FloatArray:
        """Where one of these lines ends, in the frame."""
        low = self.middle - min(self.row.limit, REACH) - 0.5
        x, y = self.row.weight
        return np.asarray(self.view.point((x, low[1]) if axis == 0 else (low[0], y)))

    def make_circle(self) -> SegmentPath:
        """All places as far away as the circle has grown."""

        def ring() -> FloatArray:
            around = self.view.to_frame(self.row.weight + self.circle.get_value() * directions(ROUND))
            return np.stack([around[:-1], around[1:]], axis=1)

        return live_segments(ring, theme.QUIET, theme.STRONG).set_z_index(-2)

    def make_taken(self) -> PointCloud:
        """The level that the row takes: its nearest, and from there the best one."""

        def here() -> FloatArray:
            return self.view.to_frame(blend(self.row.nearest, self.row.best, self.chosen.get_value())[None])

        return live_marks(here, theme.QUANTIZED, "disc", TAKEN).set_z_index(-1)

    def make_left(self) -> PointCloud:
        """A ring around the nearest level, which stays there."""
        return live_marks(lambda: self.level_place(self.row.nearest)[None], theme.QUANTIZED, "ring", 1.25 * TAKEN)

    def make_arrow(self) -> ArrowField:
        """The change of the weights that is tried, from the row."""
        arrow = ArrowField(theme.HERO, 0.07)
        ends = self.row_place, lambda: self.level_place(self.tried())
        arrow.add_updater(lambda field: field.set_arrows(*(end()[None] for end in ends)), call_updater=True)
        return arrow.set_z_index(theme.LAYER_HERO - 1)

    def make_ellipse(self) -> VGroup:
        """All places with the error of the budget, as far around as they have been traced, filled faintly."""

        def curve() -> FloatArray:
            turns = np.linspace(0.0, self.traced.get_value(), 121)
            return self.view.to_frame(self.row.ellipse(self.budget.get_value(), turns))

        def pieces() -> FloatArray:
            around = curve()
            return np.stack([around[:-1], around[1:]], axis=1)

        fill = live_fill(lambda: [curve()], theme.QUANTIZED, 0.22)
        return VGroup(fill, live_segments(pieces, theme.QUANTIZED, theme.STRONG)).set_z_index(-2)

    def make_way(self, first: int) -> VGroup:
        """One of the two ways of GPTQ as far as it is gone: its line, and a dot at its end."""
        way, walked = self.ways[first], self.walked[first]

        def line() -> FloatArray:
            return polyline_until(self.view.to_frame(way), walked.get_value())

        def end() -> FloatArray:
            return self.view.to_frame(along(list(way), float(np.clip(walked.get_value(), 0.0, len(way) - 1)))[None])

        def shifted() -> FloatArray:
            there = self.view.to_frame(way[2:3])
            return there if walked.get_value() >= SHIFTED else there[:0]

        dot, stop = live_marks(end, theme.INK, "diamond", WALKER), live_marks(shifted, theme.INK, "ring", WALKER)
        return VGroup(live_segments(line, theme.INK, theme.STRONG), stop, dot).set_z_index(theme.LAYER_HERO + 1)

    def make_fixed(self, first: int) -> SegmentPath:
        """The line of dots on which GPTQ stays once it has rounded the weight that it takes first."""
        ends, codes = np.repeat(self.ways[first][1:2], 2, axis=0), self._codes()[1 - first]
        ends[:, 1 - first] = codes[0], codes[-1]
        return plane_lines(self.view, [ends], stay, theme.INK, theme.THIN).set_z_index(-3)

    def touching(self, first: int) -> float:
        """The least error of the output on that line: of the ellipse that touches it."""
        return self.row.error(self.ways[first][2])

    def make_heading(self, name: str) -> VMobject:
        """What the inputs show, above them."""
        zone = panel_zone()
        return text(name, theme.INK).move_to((zone.center[0], zone.top - 0.32, 0.0)).set_z_index(theme.LAYER_PLATES)

    def make_inputs(self) -> VGroup:
        """The inputs of the neuron on a plane of their own, swollen by how far off the output is, on a dark board."""
        zone = panel_zone()
        room = Rectangle(width=zone.width - 2.4 * PAD, height=zone.height - 2 * PAD).move_to(zone.center)
        low, high = self._panel_place(np.array([[-BELOW, 0.0], [0.0, -BELOW]])), self._panel_place(np.eye(2))
        axes = SegmentPath(theme.QUIET, theme.HAIRLINE).set_segments(low, high)
        across = text("first input", theme.INK).next_to(high[0], DOWN, buff=0.12).align_to(high[0], RIGHT)
        up = text("second input", theme.INK).next_to(high[1], RIGHT, buff=0.15)
        dots = CellPath(theme.FLOAT, 0.95)
        dots.add_updater(lambda path: swell(dots, self._inputs_placed, self.off()), call_updater=True)
        return VGroup(board(room, theme.GUIDE), axes, across, up, dots).set_z_index(theme.LAYER_PLATES)

    def make_panel_arrow(self) -> ArrowField:
        """The direction of the change that is tried, among the inputs, from zero."""
        arrow = ArrowField(theme.HERO, 0.07)

        def ends() -> FloatArray:
            return self._panel_place(np.stack([np.zeros(2), ARROW * self.tried_way()]))

        arrow.add_updater(lambda field: field.set_arrows(ends()[:1], ends()[1:]), call_updater=True)
        return arrow.set_z_index(theme.LAYER_PLATES + 1)

    @cached_property
    def _inputs_placed(self) -> FloatArray:
        return self._panel_place(self.inputs / (1.05 * float(np.abs(self.inputs).max())))

    def _panel_place(self, points: FloatArray) -> FloatArray:
        """Places of the panel's plane, 1 as far as its axes go, as frame points (n, 3)."""
        zone = panel_zone()
        below = max(BELOW, float(-self.inputs.min() / np.abs(self.inputs).max()))
        unit = (min(zone.width, zone.height) - 1.1) / (1 + below)
        corner = np.array([zone.center[0] - unit * (1 + below) / 2, zone.bottom + 0.3, 0.0])
        return np.asarray(corner + in_frame(unit * (points + below)))


def panel_zone() -> theme.Zone:
    """Where the inputs stand: at the right, from strip to strip; in an upright frame below."""
    zone = theme.middle_zone()
    if theme.VERTICAL:
        return theme.Zone(zone.left + 0.3, zone.right - 0.3, zone.bottom + 0.25, zone.center[1] - 1.4)
    return theme.Zone(zone.right - PANEL * zone.width, zone.right - 0.3, zone.bottom + 0.25, zone.top - 0.25)


def swell(path: VMobject, places: FloatArray, sizes: Sequence[float] | FloatArray) -> None:
    """Draw a disc at each of the places (n, 3), the larger the larger its size (n,), 0 to 1."""
    template = PointCloud(theme.INK, "disc", 1.0).template
    radius = INPUT + (SWOLLEN - INPUT) * np.asarray(sizes)
    path.points = (places[:, None, :] + radius[:, None, None] * template[None]).reshape(-1, 3)
