"""A scene about two networks at once: the float picture in blue, and its quantized twin, in one plane."""

from typing import Any

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.layer_motion import Journey
from quantization_story.core.distances import distances
from quantization_story.core.plane_geometry import cut_lines, fit_window, grid_lines, grid_square, sector_polygons
from quantization_story.core.tasks import accuracy_of_outputs, hits
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.charts.step_rail import StepRail
from quantization_story.mobjects.live import live_fill
from quantization_story.mobjects.map_motion import Glide, paint_by_part
from quantization_story.mobjects.pairs import MarksWhere, TwinThreads
from quantization_story.mobjects.paths import CellPath
from quantization_story.mobjects.plane import MovingLines, PlaneAxes, class_clouds, follow
from quantization_story.mobjects.strips import clip_to_window
from quantization_story.partition import partition
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.style import theme


class PairedNetworkScene(NetworkScene):
    """Both networks carry the same points and the same grid; a map of the plane can be laid over either picture."""

    shown_points = 180
    grid_parts = 3  # the steps of the grid from the middle of the window to its edge

    @property
    def grid_step(self) -> float:
        """The step of the grid, in data units."""
        return self.input_window.half / self.grid_parts

    def make_pictures(self, glide: Glide, float_glide: Glide) -> None:
        """Build the view and what travels in it; the glides are laid over the quantized and over the float picture."""
        self.float_path, self.rounded_path = Journey(self.net), Journey(self.quantized)
        self.progress = ValueTracker(0.0)
        self.glide, self.float_glide = glide, float_glide
        self.make_view()
        self.make_travellers()

    def make_view(self) -> None:
        """The plane at the left, the panel at the right of it, and the window in which each step is seen."""
        self.view, self.panel = self.make_stage(self.input_window, left=0.3, panel_gap=0.75)
        self.axes = PlaneAxes(self.view)
        self.rail = StepRail(self.float_path.steps, self.panel.width)
        self.rail.move_to((self.panel.center[0], self.panel.top - 0.2, 0.0))
        paths = (self.float_path, self.rounded_path)
        steps = range(len(self.float_path.steps) + 1)
        at = [np.vstack([path.at(self.data.points, step) for path in paths]) for step in steps]
        self.windows = [self.input_window, *map(fit_window, at[1:])]

    def make_travellers(self) -> None:
        """The float picture in blue, and its quantized twin, which turns from orange to green as a map is applied."""
        on_float, on_rounded = follow(self.float_path, self.progress), follow(self.rounded_path, self.progress)
        glide, float_glide = self.glide, self.float_glide

        def here(points: np.ndarray) -> np.ndarray:
            return float_glide(on_float(points))

        def twin(points: np.ndarray) -> np.ndarray:
            return glide(on_rounded(points))

        self.here, self.twin = here, twin
        rulings = grid_lines(self.input_window, self.grid_step)
        self.grids = VGroup(
            *(
                MovingLines(
                    self.view,
                    cut_lines(rulings, partition(net, self.input_window.box).edges.segments),
                    plane_map,
                    color,
                    theme.THIN,
                    opacity,
                )
                for net, plane_map, color, opacity in (
                    (self.net, self.here, theme.FLOAT, 0.4),
                    (self.quantized, self.twin, theme.QUANTIZED, 0.4),
                )
            )
        )
        self.clouds = class_clouds(self.view, self.points, self.labels, self.here, (theme.FLOAT,), radius=0.065)
        self.twins = class_clouds(self.view, self.points, self.labels, self.twin, (theme.QUANTIZED,), radius=0.045)
        for path in (self.grids[1], *self.twins):
            paint_by_part(path, glide, theme.QUANTIZED, theme.SAME)
        self.threads = TwinThreads(self.view, self.points, self.here, self.twin)
        data, classes = self.data, self.head
        self.error_now = lambda: distances(twin(data.points), here(data.points))
        self.accuracy_now = lambda: accuracy_of_outputs(twin(data.points), data.labels, classes)

    def make_squares(self, home: np.ndarray) -> VGroup:
        """The square of the grid that holds an input (2,), where the float and where the quantized picture has it."""
        square, view = grid_square(home, self.grid_step), self.view

        def filled(carry: Any, color: str) -> CellPath:
            fill = live_fill(lambda: [view.to_frame(clip_to_window(carry(square), view.window))], color, 0.25)
            fill.set_stroke(color, theme.STRONG)
            return fill

        squares = VGroup(filled(self.here, theme.FLOAT), filled(self.twin, theme.QUANTIZED))
        paint_by_part(squares[1], self.glide, theme.QUANTIZED, theme.SAME)
        return squares

    def lay_back(self, run_time: float = 1.6, *beside: Any) -> None:
        """Carry the map out: the quantized picture glides onto the float one and turns green."""
        self.play(self.glide.amount.animate.set_value(1.0), *beside, run_time=run_time)

    def take_away(self, *beside: Any) -> None:
        """Undo the map: the picture goes back to where the quantized network has it."""
        self.play(self.glide.amount.animate.set_value(0.0), *beside, run_time=theme.STEADY)

    def make_sectors(self) -> VGroup:
        """The parts of the output plane that go to each class, in the window seen now, behind everything."""
        sectors = sector_polygons(self.view.window, self.head)
        fills = (
            cell_fill([self.view.to_frame(sector)], color, 0.13)
            for sector, color in zip(sectors, theme.CLASS_COLORS, strict=False)
        )
        return VGroup(*fills).set_z_index(-1)

    def make_rings(self) -> MarksWhere:
        """A ring around each quantized point that lies in a wrong sector now."""
        twin, labels, classes = self.twin, self.labels, self.head

        def missing(points: np.ndarray) -> np.ndarray:
            return ~hits(twin(points), labels, classes)

        rings = MarksWhere(self.view, self.points, twin, missing, radius=0.09)
        rings.set_fill(opacity=0.6)
        return rings
