"""A square view of a data plane, and what lives in it: axes, grid, clouds, curves that follow a moving map."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from manim import AnimationGroup, FadeIn, FadeOut, Square, ValueTracker, VGroup, smooth, squish_rate_func

from quantization_story.analysis.layer_motion import Journey
from quantization_story.core.plane_geometry import Window, clip_segments, ticks
from quantization_story.mobjects.paths import PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import signed, text
from quantization_story.style import theme

# Takes points (n, 2) of the plane where they are at home to where they are now, (n, 2).
PlaneMap = Callable[[np.ndarray], np.ndarray]


def follow(journey: Journey, progress: ValueTracker) -> PlaneMap:
    """The map that takes input points to where they are at the progress of the tracker."""
    # A plain function, since manim copies a mobject with all that its attributes are bound to.
    return lambda points: journey.at(points, progress.get_value())


class PlaneView:
    """A square of the frame that shows a window of a data plane; the window can move and grow.

    It is no mobject but the ruler of all mobjects in it: their updaters ask it where a data point lies.
    """

    def __init__(self, center: Sequence[float], side: float, window: Window) -> None:
        self.center = np.array(center, dtype=float)
        self.side = side
        self.x, self.y, self.half = (ValueTracker(value) for value in (window.x, window.y, window.half))
        self.target = window

    def __deepcopy__(self, memo: dict[int, Any]) -> "PlaneView":
        """A copied mobject still lies in the same view."""
        return self

    @property
    def window(self) -> Window:
        """The part of the data plane that is seen now."""
        return Window(self.x.get_value(), self.y.get_value(), self.half.get_value())

    @property
    def unit(self) -> float:
        """Frame units for one data unit."""
        return float(self.side / 2 / self.half.get_value())

    def to_frame(self, points: Any) -> np.ndarray:
        """Data points (n, 2) as frame points (n, 3)."""
        return self.center + self.unit * in_frame(np.asarray(points) - [self.x.get_value(), self.y.get_value()])

    def point(self, data: Any) -> np.ndarray:
        """One data point (2,) as a frame point (3,)."""
        return np.asarray(self.to_frame(np.asarray(data, dtype=float)[None])[0])

    def border(self) -> Square:
        """The thin edge of the view."""
        return Square(self.side, stroke_color=theme.GUIDE, stroke_width=theme.HAIRLINE).move_to(self.center)

    def move_window(self, window: Window) -> list[Any]:
        """The animations that take the view to another window."""
        self.target = window
        goals = ((self.x, window.x), (self.y, window.y), (self.half, window.half))
        return [tracker.animate.set_value(value) for tracker, value in goals]


class PlaneAxes(VGroup):
    """The axes of a view with a few round numbers, which stay on their values while the window moves."""

    def __init__(self, view: PlaneView) -> None:
        super().__init__()
        self.view = view
        self.lines = SegmentPath(theme.QUIET, theme.HAIRLINE, opacity=0.7)
        self.lines.add_updater(lambda lines: self._draw_lines(lines))
        self.numbers = self._make_numbers(view.window)
        self.add(self.lines, self.numbers)
        self.update()

    def _draw_lines(self, lines: Any) -> None:
        box = self.view.window.box
        starts, ends = clip_segments(
            np.array([[box[0], 0.0], [0.0, box[2]]]), np.array([[box[1], 0.0], [0.0, box[3]]]), self.view.window
        )
        lines.set_segments(self.view.to_frame(starts), self.view.to_frame(ends))

    def _make_numbers(self, window: Window) -> VGroup:
        """Numbers at round values along both axes, each with an updater that keeps it there."""
        labels = VGroup()
        pad = 0.12 * window.half
        box = window.box
        for axis, (low, high) in enumerate(((box[0], box[1]), (box[2], box[3]))):
            for value in ticks(low + pad, high - pad):
                digits = len(f"{value:.6g}".partition(".")[2])
                label = text(signed(float(value), digits), theme.QUIET, theme.SMALL_SIZE)
                on_axis = (float(value), 0.0) if axis == 0 else (0.0, float(value))
                beside = np.array([0.0, -0.22, 0.0] if axis == 0 else [-0.12 - label.width / 2, 0.0, 0.0])
                # One path, put down as a whole: asking a text for its middle costs more than to draw it.
                outline = label.points - label.get_center()
                label.add_updater(
                    lambda item, outline=outline, at=on_axis, beside=beside: item.set_points(
                        outline + self._place(at, beside)
                    )
                )
                label.update()
                labels.add(label)
        return labels

    def _place(self, on_axis: tuple[float, float], beside: np.ndarray) -> np.ndarray:
        """Where a number is; where the axis itself is out of sight or at the edge, inside the view all the same."""
        half = self.view.side / 2 - 0.2
        place = self.view.point(on_axis) + beside
        return np.asarray(np.clip(place, self.view.center - half, self.view.center + half))

    def zoom(self, window: Window, apart: bool = False) -> AnimationGroup:
        """Move the view to another window, with numbers that suit it; apart: the old ones leave before these come."""
        old, new = self.numbers, self._make_numbers(window)
        self.numbers = new
        self.remove(old)
        self.add(new)
        leave, come = FadeOut(old), FadeIn(new)
        if apart:
            leave.rate_func, come.rate_func = squish_rate_func(smooth, 0.0, 0.4), squish_rate_func(smooth, 0.6, 1.0)
        return AnimationGroup(*self.view.move_window(window), leave, come)


class MovingLines(SegmentPath):
    """Polylines of the data plane (a grid, creases, curves) that follow a map and are clipped to the view.

    lines: (m, k, 2), or a list of (k_i, 2). One path, redrawn from the map each frame.
    """

    def __init__(
        self,
        view: PlaneView,
        lines: Sequence[np.ndarray] | np.ndarray,
        plane_map: PlaneMap,
        color: str = theme.GRID,
        width: float = theme.HAIRLINE,
        opacity: float = 1.0,
    ) -> None:
        super().__init__(color, width, opacity)
        self.view = view
        self.plane_map = plane_map
        self.vertices = np.concatenate([np.zeros((0, 2)), *(np.asarray(line) for line in lines)])
        ends_of_lines = np.cumsum([len(line) for line in lines], dtype=int)
        within = np.ones(len(self.vertices), dtype=bool)
        within[ends_of_lines - 1] = False  # the last vertex of a line starts no segment
        self.first = np.flatnonzero(within)
        self.add_updater(lambda lines: lines.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Draw the lines where the map puts them now."""
        now = self.plane_map(self.vertices)
        starts, ends = clip_segments(now[self.first], now[self.first + 1], self.view.window)
        self.set_segments(self.view.to_frame(starts), self.view.to_frame(ends))


class MovingCloud(PointCloud):
    """Marked points of the data plane that follow a map; those outside the view are not drawn."""

    def __init__(
        self, view: PlaneView, points: np.ndarray, plane_map: PlaneMap, color: str, mark: str, radius: float = 0.055
    ) -> None:
        super().__init__(color, mark, radius)
        self.view = view
        self.home = np.asarray(points)
        self.plane_map = plane_map
        self.add_updater(lambda cloud: cloud.redraw())
        self.redraw()

    def redraw(self) -> None:
        """Draw the points where the map puts them now."""
        now = self.plane_map(self.home)
        self.set_positions(self.view.to_frame(now[self.view.window.contains(now)]))


def class_clouds(
    view: PlaneView,
    points: np.ndarray,
    labels: np.ndarray,
    plane_map: PlaneMap,
    colors: Sequence[str] = theme.CLASS_COLORS,
    marks: Sequence[str] = ("disc", "triangle", "square", "diamond"),
    radius: float = 0.055,
) -> VGroup:
    """One MovingCloud for each class, told apart by colour and by mark."""
    return VGroup(
        *(
            MovingCloud(view, points[labels == k], plane_map, colors[k % len(colors)], marks[k % len(marks)], radius)
            for k in range(int(labels.max()) + 1)
        )
    )
