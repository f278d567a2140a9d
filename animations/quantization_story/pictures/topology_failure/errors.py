"""Errors as areas: a bar of all that is left, two pieces with their names, and pieces with a map of their own."""

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
TINTS = 0.34, 0.14  # the opacities of pieces A and B
CLEAR = 1.2  # frame units: a name need not stand farther than this from marks and edges


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
        return ErrorBar(self.shares, 1.0, base, LAST_ROOM)

    def make_bar(self, base: str) -> "ErrorBar":
        """The bar of all that is left."""
        most = max(float(np.sum(each**2)) for each in self.places.trials) / self.total
        return ErrorBar(self.shares, most, base, BAR_ROOM)

    def make_piece(self, number: int) -> VGroup:
        """One of the two tried pieces, lit and edged."""
        assert self.places.tried is not None
        polygon = self.places.cells.polygons[self.places.tried[number]]

        def edges() -> FloatArray:
            corners = self.view.to_frame(polygon)
            return np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)

        lit = live_fill(lambda: [self.view.to_frame(polygon)], theme.SAME, TINTS[number])
        return VGroup(lit, live_segments(edges, theme.SAME, theme.STRONG)).set_z_index(AREA_Z)

    def make_done(self) -> CellPath:
        """The pieces that have their own map by now."""
        cells, turns, trial = self.places.cells, self.places.turns, self.trial

        def polygons() -> list[FloatArray]:
            reached = int(np.ceil(trial.get_value() - 1e-6))
            return [self.view.to_frame(cells.polygons[piece]) for turn in turns[: reached + 1] for piece in turn]

        return live_fill(polygons, theme.SAME, 0.22).set_z_index(AREA_Z)

    def name_place(self, piece: int) -> FloatArray:
        """Where the name of a piece stands in it, (3,): clear of marks, edges and the bar, and near its points."""
        zone, x = theme.middle_zone(), self.places.drawn
        across = np.arange(zone.left + 0.9, zone.right - BAR_SIDE - 0.9, 0.25)
        places = np.array([[i, j, 0.0] for i in across for j in np.arange(zone.bottom + 0.6, zone.top - 1.3, 0.25)])
        corners = self.view.to_frame(self.places.cells.polygons[piece])[:, :2]
        ways = np.roll(corners, -1, axis=0) - corners
        inward = np.column_stack([-ways[:, 1], ways[:, 0]]) / np.maximum(np.linalg.norm(ways, axis=1), 1e-12)[:, None]
        edge = np.min(np.einsum("kd,nkd->nk", inward, places[:, None, :2] - corners[None]), axis=1)
        marks = self.view.to_frame(x)
        mark = np.linalg.norm(places[:, None] - marks[None], axis=2).min(axis=1)
        own = marks[self.places.cells.locate(x) == piece].mean(axis=0)
        room = np.minimum(np.minimum(edge, mark), CLEAR)
        return np.asarray(places[int(np.argmax(room - 0.02 * np.linalg.norm(places - own, axis=1)))])


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
        name = text("error that one map leaves", theme.INK, theme.LABEL_SIZE)
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
        """The outline of what more maps have taken away of the whole, and what did it."""
        low, high = self.place(sum(self.shares())), self.place(1.0)
        back = np.array([-BAR_WIDTH, 0.0, 0.0])
        corners = np.stack([low, high, high + back, low + back])
        outline = live_segments(
            lambda: np.stack([corners, np.roll(corners, -1, axis=0)], axis=1), theme.SAME, theme.THIN
        )
        words = text("gone: a map a piece", theme.INK, theme.LABEL_SIZE)
        words.next_to((low + high) / 2, RIGHT, buff=0.2)
        return VGroup(outline, words).set_z_index(theme.LAYER_PLATES)
