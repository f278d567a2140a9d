"""Errors as areas: a bar of all that is left, pieces with a map of their own, and one that is laid flat."""

from collections.abc import Callable

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import along, blend
from quantization_story.core.shown_numbers import percent
from quantization_story.mobjects.frame_view import FramePose, FrameView
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath
from quantization_story.mobjects.text import LiveText, text
from quantization_story.pictures.topology_failure.points import AREA_Z, DOT, POINT_Z, RING, StripPicture
from quantization_story.style import theme

BAR_WIDTH, BAR_ROOM = 0.5, 0.75  # of the bar, and below it
ASIDE = 1.7  # frame units: how far the name of a piece stands from it
NEAR = 0.5  # of the middle of the frame: how far apart two float twins are seen


class ErrorPicture:
    """What the maps that are on leave, on the points of a picture.

    pressed: how far a piece is laid onto its outputs.
    """

    def __init__(self, picture: StripPicture) -> None:
        self.places, self.view, self.trial = picture.places, picture.view, picture.trial
        self.pressed = ValueTracker(0.0)
        self.red = self.places.others(self.places.data.points, 1.0)
        self.total = float(np.sum(self.places.trials[0] ** 2))

    def shares(self) -> tuple[float, float]:
        """What the maps that are on now leave on red and on green, as shares of all that the one map leaves."""
        squares = np.sum(along(self.places.trials, self.trial.get_value()) ** 2, axis=1)
        return float(squares[self.red].sum() / self.total), float(squares[~self.red].sum() / self.total)

    def make_bar(self, base: str) -> "ErrorBar":
        """The bar of all that is left."""
        most = max(float(np.sum(each**2)) for each in self.places.trials) / self.total
        return ErrorBar(self.shares, most, base)

    def make_piece(self, piece: int) -> CellPath:
        """A piece, lit."""
        polygon = self.places.cells.polygons[piece]
        return live_fill(lambda: [self.view.to_frame(polygon)], theme.SAME, 0.22).set_z_index(AREA_Z)

    def make_done(self) -> CellPath:
        """The pieces that have their own map by now."""
        cells, turns, trial = self.places.cells, self.places.turns, self.trial

        def polygons() -> list[FloatArray]:
            reached = int(np.ceil(trial.get_value() - 1e-6))
            return [self.view.to_frame(cells.polygons[piece]) for turn in turns[: reached + 1] for piece in turn]

        return live_fill(polygons, theme.SAME, 0.22).set_z_index(AREA_Z)

    def piece_place(self, piece: int) -> Callable[[], FloatArray]:
        """A point near the middle of those in a piece, in the frame, asked every frame."""
        x = self.places.data.points
        own = x[self.places.cells.locate(x) == piece]
        middle = own[int(np.argmin(np.linalg.norm(own - own.mean(axis=0), axis=1)))]
        return lambda: np.asarray(self.view.point(middle))

    def lone_place(self) -> FloatArray:
        """Where the point is in the frame, (3,), that is left most in a piece without a map of its own."""
        assert self.places.unfitted is not None
        return np.asarray(self.view.point(self.places.unfitted))

    def away(self, piece: int) -> FloatArray:
        """A short way in the frame that leads from a tried piece away from the other one, (3,)."""
        assert self.places.tried is not None
        other = next(each for each in self.places.tried if each != piece)
        way = self.piece_place(piece)() - self.piece_place(other)()
        return np.asarray(ASIDE * way / max(float(np.linalg.norm(way)), 1e-9))

    def make_pressed(self) -> VGroup:
        """The points of the piece that rounding lays flat, on their way to its outputs, and two that land together."""
        p = self.places
        assert p.flat is not None
        assert p.pair is not None
        own = p.data.points[p.cells.locate(p.data.points) == p.flat]
        landed = p.one(p.quantized(p.pair))
        self.flat_view = FrameView(FramePose.fitting(np.vstack([landed, p.net(p.pair)]), NEAR), self.view.drift)

        def at(points: FloatArray) -> FloatArray:
            there = self.flat_view.to_frame(p.one(p.quantized(points)))
            return blend(self.view.to_frame(points), there, self.pressed.get_value())

        self.pressed_at = at
        cloud = live_marks(lambda: at(own), theme.SAME, "disc", DOT)
        rings = live_marks(lambda: at(p.pair), theme.HERO, "ring", RING)
        dots = live_marks(lambda: at(p.pair), theme.HERO, "disc", 1.5 * DOT)
        return VGroup(cloud, dots, rings).set_z_index(POINT_Z)

    def make_twins(self) -> VGroup:
        """Where the float network puts those two, with threads."""
        p = self.places
        twins = p.net(p.pair)
        threads = live_segments(
            lambda: np.stack([self.pressed_at(p.pair), self.flat_view.to_frame(twins)], axis=1), theme.HERO, theme.THIN
        )
        return VGroup(
            threads, live_marks(lambda: self.flat_view.to_frame(twins), theme.FLOAT, "disc", 0.14)
        ).set_z_index(POINT_Z)


class ErrorBar(VGroup):
    """An upright bar at the left: red, and green on it, as shares of one whole, with their numbers; below, its name.

    shares: gives red and green, as parts of the whole. most: the most that they ever sum to. base: what stands beside
    the red number.
    """

    def __init__(self, shares: Callable[[], tuple[float, float]], most: float, base: str) -> None:
        super().__init__()
        zone = theme.middle_zone()
        left, bottom = zone.left + 0.55, zone.bottom + BAR_ROOM + 0.15
        self.unit = (zone.height - BAR_ROOM - 0.9) / max(most, 1.0)
        self.shares = shares

        def part(first: float, last: float) -> list[FloatArray]:
            y = bottom + self.unit * np.array([first, last])
            right = left + BAR_WIDTH
            return [np.array([[left, y[0], 0], [right, y[0], 0], [right, y[1], 0], [left, y[1], 0]])]

        def red() -> list[FloatArray]:
            return part(0.0, shares()[0])

        def green() -> list[FloatArray]:
            return part(shares()[0], sum(shares()))

        beside = left + BAR_WIDTH + 0.2
        self.red_number, self.green_number = (LiveText("", theme.INK, theme.LABEL_SIZE) for _ in range(2))

        def middle_of(first: float, last: float) -> FloatArray:
            return np.array([beside, bottom + self.unit * (first + last) / 2 - 0.1, 0.0])

        self.base = text(base, theme.INK, theme.LABEL_SIZE)
        for number, share in ((self.red_number, lambda: shares()[0]), (self.green_number, lambda: shares()[1])):
            number.place(middle_of(0.0, shares()[0]))
            number.live(lambda share=share: f"{percent(share(), 0)} %")
        self.red_number.add_updater(lambda number: number.place(middle_of(0.0, shares()[0])))
        self.green_number.add_updater(lambda number: number.place(middle_of(shares()[0], sum(shares()))))
        self.base.move_to(middle_of(0.0, shares()[0]) + np.array([0.75 + self.base.width / 2, 0.1, 0.0]))
        name = text("error left", theme.INK, theme.LABEL_SIZE)
        name.move_to([left + name.width / 2, zone.bottom + BAR_ROOM / 2, 0.0])
        self.add(
            live_fill(red, theme.CROSSED, 1.0),
            live_fill(green, theme.SAME, 0.9),
            self.red_number,
            self.green_number,
            self.base,
            name,
        )
        self.set_z_index(theme.LAYER_PLATES)
