"""The errors of a shape after every layer of a linear chain, in two rows: weight-only, and with rounded states."""

import numpy as np
from manim import LEFT, RIGHT, ValueTracker, VGroup

from quantization_story import theme
from quantization_story.activation_errors import BitsDial
from quantization_story.manifolds import Manifold
from quantization_story.mobjects.coloured import coloured_marks, coloured_segments
from quantization_story.mobjects.lattice import cell_frames
from quantization_story.mobjects.paths import CellPath
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.planar import Window, fit_window
from quantization_story.shape_tour import colour_parts
from quantization_story.zonotopes import zonotope_vertices

GAP, HEAD, MARGIN = 0.25, 0.45, 1.12


class ErrorRows:
    """What the rows need on stage; it is no mobject but holds them, and the trackers that move them.

    flows: for each row how far the shape has run, from 0 (the input) to the number of layers; in each square one copy
    stays behind. place: the stop of the dial. All squares of a stop have one scale; room: 0 fits the errors of
    the stop, 1 all that its tubes hold. shared: 1 gives all stops the scale that fits the largest of their errors.
    """

    def __init__(self, zone: theme.Zone, dial: BitsDial, shape: Manifold, names: tuple[str, str]) -> None:
        self.zone, self.dial, self.shape = zone, dial, shape
        self.room, self.shared = ValueTracker(0.0), ValueTracker(0.0)
        self.place, self.flows = ValueTracker(0.0), (ValueTracker(0.0), ValueTracker(0.0))
        self.depth = len(dial.weights)
        self.parts = colour_parts(len(shape.points), len(theme.PARAMETER_COLORS))
        # In an upright frame the squares of a row stand in two lines.
        lines = 2 if theme.VERTICAL else 1
        columns = -(-self.depth // lines)
        height = (zone.height - 0.1) / 2
        self.side = min(height / lines - HEAD, (zone.width - 2.75 - columns * GAP) / columns)
        self.left = zone.right - columns * (self.side + GAP) + GAP
        self.views = [
            [
                PlaneView(
                    (
                        self.left + (k % columns + 0.5) * self.side + k % columns * GAP,
                        top - k // columns * (HEAD + self.side) - HEAD - self.side / 2,
                        0.0,
                    ),
                    self.side,
                    Window(0.0, 0.0, MARGIN),
                )
                for k in range(self.depth)
            ]
            for top in (zone.top, zone.bottom + height)
        ]
        self.input_view = PlaneView((zone.left + 1.05, zone.center[1], 0.0), 2.1, fit_window(shape.points))
        self.frames = VGroup(cell_frames([*self.views[0], self.input_view]), cell_frames(self.views[1]))
        self.heads = [self._make_heads(row) for row in (0, 1)]
        self.names = VGroup(
            *(
                text(name, theme.INK).move_to((zone.left, views[0].center[1] + shift, 0.0), aligned_edge=LEFT)
                for name, views, shift in zip(names, self.views, (0.75, -0.45), strict=True)
            )
        )
        input_name = text("input", theme.QUIET, theme.SMALL_SIZE)
        self.names.add(input_name.move_to(self.input_view.center + np.array([-0.95, 0.87, 0.0]), aligned_edge=LEFT))
        self.curves = self._make_row(0)
        self.dots = self._make_row(1)
        self.scale = self._make_scale()

    def _make_heads(self, row: int) -> list[VGroup]:
        """Above each square its layer and, live, the largest error in it."""
        heads, dial, place = [], self.dial, self.place
        for k, view in enumerate(self.views[row]):
            label = text(f"layer {k + 1}: max error", theme.QUIET, theme.SMALL_SIZE)
            y = view.center[1] + self.side / 2 + HEAD - 0.22
            label.move_to((view.center[0] - self.side / 2, y, 0.0), aligned_edge=LEFT)
            number = LiveText("", theme.INK, theme.SMALL_SIZE).next_to(label, RIGHT, buff=0.12)
            number.place((label.get_right()[0] + 0.12, y - 0.07, 0.0))
            number.live(lambda k=k: signed(float(dial.largest(place.get_value(), bool(row))[k]), 3))
            heads.append(VGroup(label, number))
        return heads

    def _make_scale(self) -> VGroup:
        """What a side of the squares stands for now."""
        label = text("width of a square:", theme.QUIET, theme.SMALL_SIZE)
        y = self.input_view.center[1] - self.input_view.side / 2 - 0.27
        label.move_to((self.zone.left, y, 0.0), aligned_edge=LEFT)
        dial, place, widening = self.dial, self.place, self.widening
        stops, reaches = np.arange(len(dial.bits)), 2 * MARGIN * dial.reach
        number = LiveText("", theme.QUIET, theme.SMALL_SIZE).place((label.get_right()[0] + 0.1, y - 0.07, 0.0))
        number.live(lambda: signed(widening() * float(np.interp(place.get_value(), stops, reaches)), 2))
        return VGroup(label, number)

    def widening(self) -> float:
        """How much more than the errors the squares hold now."""
        dial, place, shared = self.dial, float(self.place.get_value()), float(self.shared.get_value())
        stops = np.arange(len(dial.bits))
        own = 1.0 + self.room.get_value() * max(0.0, float(np.interp(place, stops, dial.room / dial.reach)) - 1.0)
        whole = float(dial.reach.max() / np.interp(place, stops, dial.reach))
        return float(own ** (1.0 - shared) * whole**shared)

    def _make_row(self, row: int) -> VGroup:
        """All copies of the shape in one row: curves without rounded states, dots with them."""
        dial, place, flow, views = self.dial, self.place, self.flows[row], self.views[row]
        start, depth, side, widening = self.input_view.to_frame(self.shape.points), self.depth, self.side, self.widening
        centres = np.array([view.center for view in views])[:, None]

        def now() -> np.ndarray:
            errors = dial.pictures(place.get_value(), bool(row))
            flat = np.concatenate([errors, np.zeros((*errors.shape[:2], 1))], axis=2)
            ways = np.concatenate([start[None], centres + side / 2 / MARGIN / widening() * flat])
            copies = []
            for layer in range(depth + 1):
                at = min(float(flow.get_value()), layer)
                stop = min(int(at), depth - 1)
                copies.append((1 - (at - stop)) * ways[stop] + (at - stop) * ways[stop + 1])
            return np.stack(copies)

        if row:
            return coloured_marks(lambda: now().reshape(-1, 3), np.tile(self.parts, depth + 1), 0.035)

        def segments() -> np.ndarray:
            copies = now()
            return np.stack([copies, np.roll(copies, -1, axis=1)], axis=2).reshape(-1, 2, 3)

        return coloured_segments(segments, np.tile(self.parts, depth + 1), theme.THIN)

    def tubes(self, stop: int, count: int) -> CellPath:
        """In the lower row, around every weight-only error of `count` points, all that rounding the states can add.

        In the scale of a `room` of 1.
        """
        polygons = []
        every = max(1, len(self.shape.points) // count)
        for view, errors, generators in zip(
            self.views[1], self.dial.weight_only[stop].errors[1:], self.dial.generators(stop), strict=True
        ):
            region = zonotope_vertices(generators)
            polygons += [
                view.to_frame((error + region) / max(self.dial.room[stop], self.dial.reach[stop]))
                for error in errors[::every]
            ]
        return CellPath(theme.QUANTIZED, 0.3).set_polygons(polygons)
