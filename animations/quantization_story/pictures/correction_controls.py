"""The picture of CorrectionControlsScene: the output plane, large and on a card, a ruler of accuracy, and weights."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, ManimColor, RoundedRectangle, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.transport import ControlPlaces, Trial
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.plane_geometry import Window, sector_polygons
from quantization_story.core.shown_numbers import signed
from quantization_story.core.tasks import accuracy_of_outputs, hits
from quantization_story.mobjects.charts.swaying import recolored, sway, swaying
from quantization_story.mobjects.frame_view import FramePose, FrameView, Swaying
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import CLASS_MARKS, CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.sectors import SECTOR_TINT, plane_sectors
from quantization_story.mobjects.text import text
from quantization_story.style import theme

LANES = {"rounded": 2.6, "float": 1.6, "raw": 0.6}  # the trials' heights on the ruler
BASE, TOP = -2.1, 0.3  # of the shuffles' dots
TILES = -0.62  # the height of the weights that change places
MARK, DOT, RING, SMALL_RING = 0.15, 0.05, 0.13, 0.07
LARGEST_PITCH = 0.16
CARD = 2.45  # the side of the card's plane
INSIDE = 1.05  # times the reach of the float outputs: half of what the card shows
CALM = 0.4  # how much of the drift a chart has, and the plane once it is on the card none
FAR = 60.0  # how many times as far as the points a sector reaches: beyond every edge of the frame
WHOLE = 100.0


class Ruler:
    """A ruler of accuracy, in per cent, with a lane for each trial and the dots of the shuffles standing on it.

    drawn: how many of the shuffles are there. kept: of the trials that are over, what they reached, 0 to 1.
    """

    def __init__(self, zone: theme.Zone, lowest: float, scores: Sequence[float], drift: Swaying) -> None:
        self.zone, self.lowest, self.drift = zone, lowest, drift
        self.kept: dict[str, float] = {}
        self.starts: dict[str, float] = {}  # where the line of a trial begins
        self.scores = WHOLE * np.array(scores)
        self.drawn = ValueTracker(0.0)
        self.pitch, self.places = stacked(self.scores, lambda score: self.x(score), TOP - BASE)

    def __deepcopy__(self, memo: dict[int, object]) -> "Ruler":
        """A copied mobject stands on the same ruler."""
        return self

    def x(self, reached: float) -> float:
        """Where an accuracy, in per cent, lies in the frame."""
        part = (reached - self.lowest) / (WHOLE - self.lowest)
        return float(self.zone.left + part * self.zone.width)

    def place(self, reached: float, lane: str) -> FloatArray:
        """Where an accuracy, 0 to 1, lies on the lane of a trial, (3,)."""
        return np.array([self.x(WHOLE * reached), self.zone.up(LANES[lane]), 0.0])

    def make_axis(self) -> tuple[VGroup, VGroup]:
        """The axis with its ticks and its name, and the numbers at the ticks."""
        values = np.arange(self.lowest, WHOLE + 1, 10.0)
        y = self.zone.up(BASE)
        ends = np.array([[self.x(value), y, 0.0] for value in values])
        line = SegmentPath(theme.QUIET, theme.THIN).set_segments(
            np.vstack([ends[:1], ends]), np.vstack([ends[-1:], ends - [0.0, 0.12, 0.0]])
        )
        numbers = VGroup(
            *(
                text(f"{value:.0f}", theme.INK).move_to(place - [0.0, 0.38, 0.0])
                for value, place in zip(values, ends, strict=True)
            )
        )
        name = text("% right, of new points", theme.INK).move_to((ends[0, 0], y + 0.65, 0.0), aligned_edge=LEFT)
        return swaying(VGroup(line, name), self.drift), swaying(numbers, self.drift)

    def make_lane(self, lane: str, name: str, mapped: str) -> tuple[VGroup, VMobject]:
        """The line of a trial with its name at the left, in an upright frame above it; and what the name gains."""
        y = self.zone.up(LANES[lane])
        label = text(name, theme.INK).move_to((self.zone.left, y, 0.0), aligned_edge=LEFT)
        more = text(mapped, theme.INK)
        whole = text(f"{name} {mapped}", theme.INK).align_to(label, LEFT + UP)  # on whose line both stand
        more.align_to(whole, RIGHT + DOWN)
        start = np.array([[more.get_right()[0] + 0.2, y, 0.0]])
        if theme.VERTICAL:  # too narrow for the name and the number in one line
            label.shift(0.45 * UP)
            more.shift(0.45 * UP)
            start[0, 0] = self.zone.left
        self.starts[lane] = start[0, 0] + MARK
        line = SegmentPath(theme.GUIDE, theme.THIN).set_segments(start, np.array([[self.zone.right, y, 0.0]]))
        return swaying(VGroup(line, label), self.drift), swaying(more, self.drift)

    def make_ghost(self, lane: str, reached: float, color: str) -> VMobject:
        """A faint ring where a trial stood without its map, and that this was before."""
        place = self.place(reached, lane)
        ring = PointCloud(color, "ring", MARK).set_positions(place[None]).set_fill(opacity=0.6)
        name = text("before", theme.INK).move_to(place - [0.55, 0.4, 0.0])
        return swaying(VGroup(ring, name), self.drift)

    def make_goal(self, reached: float) -> VMobject:
        """The upright line from the repaired network's mark down to the ruler."""
        top = self.place(reached, "rounded")
        foot = np.array([top[0], self.zone.up(BASE), 0.0])
        goal = SegmentPath(theme.REPAIRED, theme.THIN).set_segments(top[None], foot[None])
        return swaying(goal.set_z_index(-1), self.drift)

    def make_mark(self, lane: str, reached: Callable[[], float], color: str) -> PointCloud:
        """The mark of a trial at what it reaches now, or has reached once it is over; beside the line there is none."""

        def place() -> FloatArray:
            now = self.place(self.kept.get(lane) or reached(), lane)
            return (now + sway(self.drift))[None] if now[0] >= self.starts.get(lane, -np.inf) else np.zeros((0, 3))

        return live_marks(place, color, "disc", MARK)

    def make_dots(self) -> PointCloud:
        """A dot for each shuffle that has been tried, stacked over what it reaches."""
        base = np.array([0.0, self.zone.up(BASE), 0.0])
        return live_marks(
            lambda: self.places[: self.count()] + base + sway(self.drift), theme.QUIET, "disc", 0.42 * self.pitch
        )

    def count(self) -> int:
        """How many shuffles have been tried."""
        return int(np.clip(self.drawn.get_value() + 1e-6, 0, len(self.scores)))

    def best_place(self) -> FloatArray:
        """Where the best shuffle's dot is, (3,)."""
        return self._dot(int(np.argmax(self.scores)))

    def _dot(self, number: int) -> FloatArray:
        base = np.array([0.0, self.zone.up(BASE), 0.0])
        return np.asarray(self.places[number] + base + sway(self.drift))

    def make_tiles(self, weights: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[VGroup, VGroup, list[FloatArray]]:
        """The rounded weights on tiles, a block a layer, the blocks' names, and where each goes in the other network.

        weights: of each layer its entries here and there; equal ones stay where they can.
        """
        zone, goals = self.zone, []
        side = min(1.1, zone.width / (1.1 * sum(own.shape[1] + 0.5 for own, _ in weights)))
        width = side * (sum(own.shape[1] for own, _ in weights) + 0.8 * (len(weights) - 1))
        left, tiles, names = zone.center[0] + 0.12 * zone.width - width / 2, VGroup(), VGroup()
        for layer, (own, other) in enumerate(weights):
            rows, columns = own.shape
            cells = np.array([[left + side * (j + 0.5), 0.62 * ((rows - 1) / 2 - i)] for i, j in np.ndindex(own.shape)])
            places = in_frame(cells) + np.array([0.0, zone.up(TILES), 0.0])
            for value, place in zip(own.ravel(), places, strict=True):
                box = RoundedRectangle(
                    width=0.92 * side,
                    height=0.54,
                    corner_radius=0.08,
                    fill_color=theme.BACKGROUND,
                    fill_opacity=1.0,
                    stroke_color=theme.QUANTIZED,
                    stroke_width=theme.THIN,
                )
                tiles.add(VGroup(box, text(signed(float(value)), theme.INK)).move_to(place))
            goals += list(places[moved(own.ravel(), other.ravel())])
            names.add(
                text(f"layer {layer + 1}", theme.INK).move_to(
                    (left + side * columns / 2, zone.up(TILES) + 0.31 * rows + 0.3, 0.0)
                )
            )
            left += side * (columns + 0.8)
        return tiles, names, goals


def moved(own: FloatArray, other: FloatArray) -> IntArray:
    """For each of some numbers (k,) its place in another order of them; of equal ones each stays where it can."""
    places, free = np.full(len(own), -1), np.ones(len(own), dtype=bool)
    for k in np.flatnonzero(own == other):
        places[k], free[k] = k, False
    for k in np.flatnonzero(places < 0):
        places[k] = np.flatnonzero(free & (other == own[k]))[0]
        free[places[k]] = False
    return places


class Calmer:
    """A drift that a thing follows only in part, 0 to 1."""

    def __init__(self, drift: Swaying, part: Callable[[], float]) -> None:
        self.drift, self.part = drift, part

    def __deepcopy__(self, memo: object) -> "Calmer":
        """A copied view sways with the first one."""
        return self

    @property
    def x(self) -> float:
        """To the right."""
        return self.part() * self.drift.x

    @property
    def y(self) -> float:
        """Upward."""
        return self.part() * self.drift.y


def stacked(scores: FloatArray, x: Callable[[float], float], height: float) -> tuple[float, FloatArray]:
    """Dots stacked in columns of one per cent, in their order: the pitch, and their places (n, 3) above the ruler."""
    columns = np.floor(scores + 1e-9)
    rows = np.array([int((columns[:k] == column).sum()) for k, column in enumerate(columns)])
    pitch = min(LARGEST_PITCH, height / (rows.max() + 1))
    return pitch, np.array(
        [[x(min(column + 0.5, WHOLE)), (row + 0.5) * pitch, 0.0] for column, row in zip(columns, rows, strict=True)]
    )


class TrialPlane:
    """The output plane of the trial that is on: first as large as the frame, then small on a card.

    part: how far the map is carried out, 0 to 1. small: how far the plane has gone on to its card. state: which trial
    is on; the shuffles follow `ruler`. Marks tell the classes; a ring is around each that is in another one's sector.
    """

    def __init__(self, places: ControlPlaces, ruler: Ruler, drift: Swaying) -> None:
        self.places, self.ruler = places, ruler
        self.part, self.small = ValueTracker(0.0), ValueTracker(0.0)
        self.state = "rounded"
        both = np.vstack([places.on_float.drawn, places.rounded.drawn])
        poses = [FramePose.fitting(both, turn=turn) for turn in (0.0, -np.pi / 2)]
        self.large = max(poses, key=lambda pose: pose.unit)  # as in the scene before: along it, if it is long
        self.view = FrameView(self.large, Calmer(drift, lambda: 1.0 - min(1.0, self.small.get_value())))
        self.square = RoundedRectangle(width=CARD, height=CARD, corner_radius=0.05, stroke_width=0.0)

    def __deepcopy__(self, memo: dict[int, object]) -> "TrialPlane":
        """A copied mobject shows the same trial."""
        return self

    @property
    def trial(self) -> Trial:
        """The trial that is on; the shuffles but the first are drawn from their own points."""
        places = self.places
        known = {"float": places.on_float, "raw": places.raw, "example": places.example}
        return known.get(self.state, places.rounded)

    def reached(self) -> float:
        """The accuracy of the trial that is on, with the map as far as it is carried out, 0 to 1."""
        from_here = self.trial
        outputs = from_here.outputs + self.part.get_value() * (
            from_here.transport(from_here.outputs) - from_here.outputs
        )
        return accuracy_of_outputs(outputs, self.places.labels, self.places.readout)

    def points(self) -> FloatArray:
        """Where the drawn points are now in the output plane, (n, 2)."""
        if self.state == "shuffled":
            return np.asarray(self.places.shuffled[max(0, self.ruler.count() - 1)])
        return self.trial.at(self.part.get_value())

    def wrong(self) -> BoolArray:
        """Which of them lie in another class's sector, (n,); inputs lie in none."""
        labels = self.places.labels[: self.places.drawn]
        if self.state == "raw" and self.part.get_value() == 0:
            return np.zeros(len(labels), dtype=bool)
        return ~hits(self.points(), labels, self.places.readout)

    # --- the view

    def pose_on_card(self) -> FramePose:
        """The pose in which zero is in the middle of the card, and the float outputs fill it."""
        unit = CARD / 2 / (INSIDE * self.places.reach)
        away = (np.array(theme.middle_zone().center) - self.square.get_center())[:2] / unit
        cosine, sine = np.cos(self.large.turn), np.sin(self.large.turn)
        x, y = cosine * away[0] + sine * away[1], -sine * away[0] + cosine * away[1]
        return FramePose(float(x), float(y), unit, self.large.turn)

    def _seen(self, points: FloatArray) -> FloatArray:
        """Points (n, 2) as frame points, those beyond the card's edges left out once the plane is there."""
        now = self.view.to_frame(points)
        if self.small.get_value() < 1:
            return now
        return np.asarray(now[np.abs(now - self.square.get_center()).max(axis=1) <= CARD / 2])

    # --- what is drawn

    def color(self) -> ManimColor:
        """What the points are now: rounded, repaired by as much as the map is carried out, float, or no such thing."""
        if self.state == "rounded":
            ends = ManimColor(theme.QUANTIZED), ManimColor(theme.REPAIRED)
            return interpolate_color(*ends, float(np.clip(self.part.get_value(), 0.0, 1.0)))
        return ManimColor(theme.FLOAT if self.state == "float" else theme.QUIET)

    def make_points(self, ring: float = RING) -> VGroup:
        """The points by the mark of their class, and rings around those that are wrong."""
        labels = self.places.labels[: self.places.drawn]

        clouds = VGroup()
        for k, mark in enumerate(CLASS_MARKS):
            if (labels == k).any():
                cloud = live_marks(lambda k=k: self._seen(self.points()[labels == k]), theme.QUIET, mark, DOT)
                clouds.add(recolored(cloud, self.color))
        rings = live_marks(lambda: self._seen(self.points()[self.wrong()]), theme.INK, "ring", ring)
        return VGroup(clouds, rings).set_z_index(theme.LAYER_PLATES + 1)

    def make_floats(self) -> VGroup:
        """The float network's outputs beneath, by the mark of their class."""
        drawn, labels = self.places.on_float.drawn, self.places.labels[: self.places.drawn]
        marks = ((labels == k, mark) for k, mark in enumerate(CLASS_MARKS) if (labels == k).any())
        return VGroup(
            *(live_marks(lambda own=own: self._seen(drawn[own]), theme.FLOAT, mark, DOT) for own, mark in marks)
        )

    def make_large_sectors(self) -> VGroup:
        """The sectors from edge to edge of the frame."""
        return VGroup(*plane_sectors(self.view, self.places.readout, FAR * self.places.reach)).set_z_index(-5)

    def make_sectors(self) -> VGroup:
        """The sectors on the card, one area a class, with their edges."""
        cosine, sine = np.cos(self.large.turn), np.sin(self.large.turn)
        turn, middle = np.array([[cosine, sine], [-sine, cosine]]), self.square.get_center()
        polygons, areas = sector_polygons(Window(0.0, 0.0, CARD / 2), self.places.readout), VGroup()
        for polygon, color in zip(polygons, theme.CLASS_COLORS, strict=False):
            if len(polygon):
                corners = in_frame(polygon @ turn) + middle
                areas.add(CellPath(color, SECTOR_TINT).set_polygons([corners]))
                areas.add(SegmentPath(theme.INK, theme.THIN, 0.6).set_segments(corners, np.roll(corners, -1, axis=0)))
        return areas.set_z_index(theme.LAYER_PLATES + 0.5)
