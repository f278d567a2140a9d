"""Errors as areas: a bar of all that is left, and pieces with a map of their own."""

from collections.abc import Callable

import numpy as np
from manim import RIGHT, VGroup

from quantization_story.core.arrays import FloatArray
from quantization_story.core.blends import along
from quantization_story.core.shown_numbers import percent
from quantization_story.mobjects.live import live_fill, live_segments
from quantization_story.mobjects.paths import CellPath
from quantization_story.mobjects.text import LiveText, text
from quantization_story.pictures.topology_failure.points import AREA_Z, StripPicture
from quantization_story.style import theme

BAR_WIDTH, BAR_SIDE = 0.5, 3.8  # of the bar, and from its left edge to the right of the frame
BAR_ROOM, LAST_ROOM = 0.75, 2.0  # below it, and where it stands beside the walk


class ErrorPicture:
    """What the maps that are on leave, on the points of a picture."""

    def __init__(self, picture: StripPicture) -> None:
        self.places, self.view, self.trial = picture.places, picture.view, picture.trial
        self.red = self.places.others(self.places.data.points, 1.0)
        self.total = float(np.sum(self.places.trials[0] ** 2))

    def shares(self) -> tuple[float, float]:
        """What the maps that are on now leave on red and on green, as shares of all that the one map leaves."""
        squares = np.sum(along(self.places.trials, self.trial.get_value()) ** 2, axis=1)
        return float(squares[self.red].sum() / self.total), float(squares[~self.red].sum() / self.total)

    def make_last_bar(self, base: str) -> "ErrorBar":
        """The bar of what is left in the end, beside the walk."""
        return ErrorBar(self.shares, sum(self.shares()), base, LAST_ROOM)

    def make_bar(self, base: str) -> "ErrorBar":
        """The bar of all that is left."""
        most = max(float(np.sum(each**2)) for each in self.places.trials) / self.total
        return ErrorBar(self.shares, most, base, BAR_ROOM)

    def make_done(self) -> CellPath:
        """The pieces of the rounded network that have their own map by now, with the strips in them."""
        lit = [[cell for piece in turn for cell in self.whole(piece)] for turn in self.places.turns]

        def polygons() -> list[FloatArray]:
            reached = int(np.ceil(self.trial.get_value() - 1e-6))
            return self._in_frame([cell for turn in lit[: reached + 1] for cell in turn])

        return live_fill(polygons, theme.REPAIRED, 0.25).set_z_index(AREA_Z)

    def make_piece(self) -> CellPath:
        """The piece of the rounded network that is walked through, with its strip."""
        cells = self.whole(self.places.walk.strip)
        return live_fill(lambda: self._in_frame(cells), theme.REPAIRED, 0.5).set_z_index(AREA_Z)

    def piece_place(self) -> Callable[[], FloatArray]:
        """The middle of those points of that piece whose pattern is the same, in the frame, asked every frame."""
        points = self.places.data.points
        own = np.isin(self.places.cells.locate(points), self.whole(self.places.walk.strip)) & ~self.red
        middle = points[own].mean(axis=0) if own.any() else self.places.hero
        return lambda: np.asarray(self.view.point(middle))

    def whole(self, cell: int) -> list[int]:
        """The cells of the piece of the rounded network that a cell is part of."""
        patterns = self.places.cells.quantized_patterns
        return np.flatnonzero((patterns == patterns[cell]).all(axis=1)).tolist()

    def _in_frame(self, cells: list[int]) -> list[FloatArray]:
        return [self.view.to_frame(self.places.cells.polygons[cell]) for cell in cells]


class ErrorBar(VGroup):
    """An upright bar at the right: red, and green on it, as shares of one whole, with their numbers; below, its name.

    shares: gives red and green, as parts of the whole. most: the most that they ever sum to. base: what stands beside
    the red number. room: frame units below it.
    """

    def __init__(self, shares: Callable[[], tuple[float, float]], most: float, base: str, room: float) -> None:
        super().__init__()
        zone = theme.middle_zone()
        left, bottom = zone.right - BAR_SIDE, zone.bottom + room + 0.15
        self.unit = (zone.height - room - 0.9) / max(most, 1.0)
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
        name.move_to([min(left + name.width / 2, zone.right - 0.2 - name.width / 2), bottom - 0.45, 0.0])
        self.place = lambda share: np.array([left + BAR_WIDTH, bottom + self.unit * share, 0.0])
        self.add(
            live_fill(red, theme.CROSSED, 1.0),
            live_fill(green, theme.SAME, 0.9),
            self.red_number,
            self.green_number,
            self.base,
            name,
        )
        self.set_z_index(theme.LAYER_PLATES)

    def make_gone(self) -> VGroup:
        """The outline of what more maps have taken away of the whole, and what did it; nothing where they have not."""
        if sum(self.shares()) >= 1.0:
            return VGroup()
        low, high = self.place(sum(self.shares())), self.place(1.0)
        back = np.array([-BAR_WIDTH, 0.0, 0.0])
        corners = np.stack([low, high, high + back, low + back])
        outline = live_segments(
            lambda: np.stack([corners, np.roll(corners, -1, axis=0)], axis=1), theme.SAME, theme.THIN
        )
        words = text("gone: a map a piece", theme.INK, theme.LABEL_SIZE)
        words.next_to((low + high) / 2, RIGHT, buff=0.2)
        return VGroup(outline, words).set_z_index(theme.LAYER_PLATES)
