"""A ReLU network's states on their way: the float path in blue, the quantized one in orange, rounded states or not."""

from typing import Any

import numpy as np
from manim import ValueTracker

from quantization_story import theme
from quantization_story.activation_errors import RoutedStates, between_stops
from quantization_story.affine import AffineMap
from quantization_story.mobjects.lattice import dashed_box, lattice
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.plane import MovingCloud, PlaneAxes, PlaneView
from quantization_story.mobjects.twins import MarksWhere, TwinThreads
from quantization_story.planar import fit_window
from quantization_story.tasks import hits
from quantization_story.transport import partway


class RoutedStage:
    """What the path of the points needs on stage; it is no mobject but holds it, and the trackers that move it.

    The view shows the first len(labels) points of the routed states, in windows that hold all of them. progress: the
    stop, 0 to 2 L. regime: 0 with rounded weights only, 1 with rounded states too. mapped: how far the output map,
    which belongs to the second, is carried out. places: a large mark on every different output of all points, mapped.
    """

    def __init__(self, view: PlaneView, routed: RoutedStates, labels: np.ndarray, output_map: AffineMap) -> None:
        self.view, self.routed, self.last = view, routed, len(routed.exact) - 1
        self.count, self.labels, self.output_map = len(labels), labels, output_map
        self.windows = [
            fit_window(np.vstack(states)) for states in zip(routed.exact, routed.weight_only, routed.both, strict=True)
        ]
        # The last one holds what the map makes of the outputs, too.
        mapped = output_map(np.unique(routed.both[-1], axis=0))
        self.windows[-1] = fit_window(np.vstack([routed.exact[-1], routed.weight_only[-1], routed.both[-1], mapped]))
        self.places = PointCloud(theme.QUANTIZED, "disc", 0.12)
        self.places.set_positions(PlaneView(view.center, view.side, self.windows[-1]).to_frame(mapped))
        self.axes, self.border = PlaneAxes(view), view.border()
        self.progress, self.regime, self.mapped = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self._make_points()
        self._make_marks()

    def _make_points(self) -> None:
        routed, count, output_map = self.routed, self.count, self.output_map
        progress, regime, mapped = self.progress.get_value, self.regime.get_value, self.mapped.get_value
        exact, alone, both = (
            [state[:count] for state in states] for states in (routed.exact, routed.weight_only, routed.both)
        )

        def here(_: Any = None) -> np.ndarray:
            return between_stops(exact, progress())

        def twin(_: Any = None) -> np.ndarray:
            states = between_stops([between_stops(alone, progress()), between_stops(both, progress())], regime())
            return partway(output_map, mapped())(states) if mapped() else states

        self.twin = twin
        home = exact[0]
        self.blue = MovingCloud(self.view, home, here, theme.FLOAT, "disc", 0.06)
        self.orange = MovingCloud(self.view, home, twin, theme.QUANTIZED, "disc", 0.045)
        self.threads = TwinThreads(self.view, home, here, twin)

    def _make_marks(self) -> None:
        """Rings on what is in a wrong sector, crosses on what is re-routed; the probe and its box."""
        view, home, count, routed = self.view, self.routed.exact[0][: self.count], self.count, self.routed
        progress, regime, last = self.progress.get_value, self.regime.get_value, self.last
        twin, labels, classes = self.twin, self.labels, int(self.labels.max()) + 1

        def missed(_: np.ndarray) -> np.ndarray:
            return np.asarray(~hits(twin(), labels, classes) & (progress() >= last - 1e-6))

        def rerouted(_: np.ndarray) -> np.ndarray:
            return np.asarray(routed.rerouted[round(regime())][:count])

        self.rings = MarksWhere(view, home, twin, missed, radius=0.1)
        self.crosses = MarksWhere(view, home, twin, rerouted, theme.CROSSED, "cross", 0.12)
        probe = routed.widest_gap(count)
        alone = [states[probe] for states in routed.weight_only]
        self.probe = live_marks(lambda: view.to_frame(twin()[probe : probe + 1]), theme.INK, "disc", 0.09)
        self.box = dashed_box(
            view,
            lambda: between_stops(alone, progress()),
            lambda: between_stops(routed.boxes, progress()),
        )

    def travel(self, stop: int) -> list[Any]:
        """The animations that take the points to a stop, seen in a window that fits."""
        return [self.progress.animate.set_value(stop), self.axes.zoom(self.windows[stop])]

    def lattice(self, layer: int) -> SegmentPath:
        """The rounding lattice of a layer (from 1 on), in the window of its rounded states."""
        return lattice(self.view, self.routed.steps[layer - 1], self.windows[2 * layer])
