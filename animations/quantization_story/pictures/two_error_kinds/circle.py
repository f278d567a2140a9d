"""A plane with the creases of a network and of its rounded self, and both kinds of error on a circle in it."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.circle_errors import CircleError
from quantization_story.core.arrays import FloatArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import dash_segments, round_step
from quantization_story.core.tasks import LabelledPoints
from quantization_story.mobjects.frame_view import (
    FramePose,
    FrameView,
    Swaying,
    plane_areas,
    plane_lines,
    plane_marks,
    plane_mesh,
    stay,
)
from quantization_story.mobjects.live import live_fill
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, SegmentPath
from quantization_story.partition.refinement import refine
from quantization_story.style import theme


class CirclePicture:
    """A plane with the creases of both networks, and the error that stands on a circle; `around` goes from 0 to 1."""

    def __init__(
        self,
        network: ReluNetwork,
        quantized: ReluNetwork,
        circle: tuple[FloatArray, float, CircleError],
        data: LabelledPoints,
        drift: Swaying,
    ) -> None:
        self.network, self.quantized = network, quantized
        self.center, self.radius, self.error = circle
        self.data = data
        self.around = ValueTracker(0.0)
        longest = max(float(np.linalg.norm(values, axis=1).max()) for _, values in self.error.pieces("metric", 0.02))
        self.tall = 0.42 * self.radius / longest
        self.green, self.red = self._fence("metric", 1.0), self._fence("topological", -1.0)
        outer = np.concatenate([ring for _, ring in self.green])
        self.view = FrameView(
            FramePose.fitting(np.concatenate([outer, self.on_circle(np.linspace(0.0, 2 * np.pi, 61))])), drift
        )
        self.cells = refine(network, quantized, self.view.pose.box(1.3))

    def on_circle(self, angles: np.ndarray, reach: np.ndarray | float = 0.0) -> np.ndarray:
        """Points (n, 2) of the plane at angles (n,), so far outside the circle."""
        way = np.column_stack([np.cos(angles), np.sin(angles)])
        return np.asarray(self.center + (self.radius + np.reshape(reach, (-1, 1))) * way)

    def _fence(self, kind: str, side: float) -> list[tuple[np.ndarray, np.ndarray]]:
        """On each arc its angles (k,), and the points (k, 2) that lie as far off the circle as a part is long there."""
        found = []
        assert kind in ("metric", "topological")
        pieces = self.error.pieces("metric" if kind == "metric" else "topological", 2 * np.pi / 360)
        for crossed, (angles, values) in zip(self.error.crossed, pieces, strict=True):
            if kind == "metric" or crossed:
                reach = side * self.tall * np.linalg.norm(values, axis=1)
                found.append((angles, self.on_circle(angles, reach)))
        return found

    @property
    def angle(self) -> float:
        """How far around the circle it has gone, in radians."""
        return float(2 * np.pi * self.around.get_value())

    def hero_place(self) -> np.ndarray:
        """The point of the circle that is followed, in the frame."""
        return np.asarray(self.view.to_frame(self.on_circle(np.array([self.angle])))[0])

    def green_place(self) -> np.ndarray:
        """The tip of the longest metric error, in the frame."""
        rings = np.concatenate([ring for _, ring in self.green])
        return np.asarray(self.view.to_frame(rings[[np.linalg.norm(rings - self.center, axis=1).argmax()]])[0])

    def red_place(self) -> np.ndarray:
        """The middle of the longest stretch of the circle on which the patterns differ, in the frame."""
        bounds, crossed = self.error.bounds, self.error.crossed
        longest = int(np.argmax(np.diff(bounds) * crossed))
        middle = (bounds[longest] + bounds[longest + 1]) / 2
        return np.asarray(self.view.to_frame(self.on_circle(np.array([middle])))[0])

    def still_angle(self) -> float | None:
        """The middle of the longest stretch without any error, an angle, if the last ReLUs are all off there."""
        bounds = self.error.bounds
        middles = (bounds[:-1] + bounds[1:]) / 2
        ends = np.concatenate([self.error.errors(bounds[:-1] + 1e-6, "total"), self.error.errors(middles, "total")])
        still = (np.abs(ends).max(axis=1) < 1e-9).reshape(2, -1).all(axis=0) & self.last_off(middles)
        if not still.any():
            return None
        return float(middles[np.argmax(np.diff(bounds) * still)])

    def circle_place(self, angle: float) -> np.ndarray:
        """A point of the circle, in the frame."""
        return np.asarray(self.view.to_frame(self.on_circle(np.array([angle])))[0])

    def last_off(self, angles: np.ndarray) -> np.ndarray:
        """Whether at angles (n,) of the circle no ReLU of the last hidden layer is on, in either network."""
        units, x = self.network.widths[-2], self.on_circle(angles)
        patterns = [net.activation_patterns(x)[:, -units:] for net in (self.network, self.quantized)]
        return np.asarray(~np.concatenate(patterns, axis=1).any(axis=1))

    # --- what is drawn

    def make_mesh(self) -> VGroup:
        """The grid of the plane."""
        step = round_step(theme.middle_zone().height / self.view.pose.unit, 12)
        return plane_mesh(self.view, self.view.pose.box(1.3), np.zeros((0, 2, 2)), stay, step).set_z_index(-6)

    def make_clouds(self) -> VGroup:
        """The points, by mark and by tint of their class."""
        return VGroup(
            *(
                plane_marks(self.view, self.data.points[self.data.labels == k], stay, color, mark, 0.05)
                for k, (color, mark) in enumerate(zip(theme.CLASS_COLORS, CLASS_MARKS, strict=True))
                if k <= self.data.labels.max()
            )
        ).set_z_index(-4)

    def make_creases(self) -> VGroup:
        """The creases of the float network, solid, and those of the rounded one, dashed."""
        solid = self.cells.boundaries().segments
        moved = self.cells.quantized_boundaries().segments
        unit = self.view.pose.unit
        dashes = np.stack(dash_segments(moved[:, 0], moved[:, 1], 0.16 / unit, 0.12 / unit), axis=1)
        return VGroup(
            plane_lines(self.view, solid, stay, theme.BOUNDARY, theme.THIN),
            plane_lines(self.view, dashes, stay, theme.BOUNDARY, theme.THIN),
        ).set_z_index(-3)

    def make_between(self) -> CellPath:
        """Where the patterns of the two networks differ."""
        polygons = [
            polygon for polygon, changed in zip(self.cells.polygons, self.cells.changed, strict=True) if changed
        ]
        return plane_areas(self.view, polygons, stay, theme.CROSSED, 0.3).set_z_index(-5)

    def make_circle(self) -> SegmentPath:
        """The circle."""
        points = self.on_circle(np.linspace(0.0, 2 * np.pi, 181))
        return plane_lines(self.view, [points], stay, theme.INK, theme.THIN).set_z_index(1)

    def make_fence(self, fence: list[tuple[np.ndarray, np.ndarray]], color: str, opacity: float) -> CellPath:
        """A part of the error, standing on the circle as far as it has gone around."""
        corners = [np.concatenate([ring, self.on_circle(angles)[::-1]]) for angles, ring in fence]

        def pieces() -> list[np.ndarray]:
            found = []
            for (angles, _), polygon in zip(fence, corners, strict=True):
                count = int(np.searchsorted(angles, self.angle + 1e-9, side="right"))
                if count > 1:
                    found.append(
                        self.view.to_frame(polygon[[*range(count), *range(len(polygon) - count, len(polygon))]])
                    )
            return found

        return live_fill(pieces, color, opacity).set_z_index(2)

    def make_green(self) -> CellPath:
        """How long the metric error is, outward."""
        return self.make_fence(self.green, theme.SAME, 0.55)

    def make_red(self) -> CellPath:
        """How long the topological error is, inward, to the same scale."""
        return self.make_fence(self.red, theme.CROSSED, 0.95)
