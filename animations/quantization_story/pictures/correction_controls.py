"""The picture of CorrectionControlsScene: a ruler of accuracy, a card with the points of the trial, and all seeds."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np
from manim import LEFT, UP, ManimColor, RoundedRectangle, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.transport import ControlPlaces, Trial
from quantization_story.core.arrays import FloatArray
from quantization_story.core.plane_geometry import sector_borders
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.frame_view import SWAY, Swaying
from quantization_story.mobjects.live import live_marks
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.text import text
from quantization_story.style import theme

LANES = {"rounded": 2.72, "float": 1.77, "raw": 0.82}  # the heights of the trials on the ruler, from the middle
BASE, TOP = -2.1, 0.3  # of the shuffles' dots
MARK, DOT, SEED = 0.15, 0.055, 0.06
LARGEST_PITCH = 0.16
CARD = 2.45  # the side of the card's plane
INSIDE = 1.05  # times the reach of the float outputs: half of what the card shows
WHOLE = 100.0


class Ruler:
    """A ruler of accuracy, in per cent, with a lane for each trial and the dots of the shuffles standing on it.

    drawn: how many of the shuffles are there. kept: of the trials that are over, what they reached, 0 to 1.
    """

    def __init__(self, zone: theme.Zone, lowest: float, scores: Sequence[float], drift: Swaying) -> None:
        self.zone, self.lowest, self.drift = zone, lowest, drift
        self.kept: dict[str, float] = {}
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
        name = text("% of the points right", theme.INK).move_to((ends[0, 0], y + 0.65, 0.0), aligned_edge=LEFT)
        return swaying(VGroup(line, name), self.drift), swaying(numbers, self.drift)

    def make_lane(self, lane: str, name: str) -> VGroup:
        """The line of a trial with its name at the left; in an upright frame above it."""
        y = self.zone.up(LANES[lane])
        label = text(name, theme.INK).move_to((self.zone.left, y, 0.0), aligned_edge=LEFT)
        start = np.array([[label.get_right()[0] + 0.2, y, 0.0]])
        if theme.VERTICAL:  # too narrow for the name and the number in one line
            label.shift(0.45 * UP)
            start[0, 0] = self.zone.left
        line = SegmentPath(theme.GUIDE, theme.THIN).set_segments(start, np.array([[self.zone.right, y, 0.0]]))
        return swaying(VGroup(line, label), self.drift)

    def make_goal(self, reached: float) -> VMobject:
        """The upright line from the repaired network's mark down to the ruler."""
        top = self.place(reached, "rounded")
        foot = np.array([top[0], self.zone.up(BASE), 0.0])
        goal = SegmentPath(theme.REPAIRED, theme.THIN).set_segments(top[None], foot[None])
        return swaying(goal.set_z_index(-1), self.drift)

    def make_mark(self, lane: str, reached: Callable[[], float], color: str) -> PointCloud:
        """The mark of a trial at what it reaches now, or at what it has reached once it is over."""
        return live_marks(
            lambda: (self.place(self.kept.get(lane) or reached(), lane) + sway(self.drift))[None], color, "disc", MARK
        )

    def make_tick(self, lane: str, reached: float) -> VMobject:
        """A short upright stroke across a lane."""
        place, up = self.place(reached, lane), np.array([0.0, 0.25, 0.0])
        return swaying(
            SegmentPath(theme.INK, theme.STRONG).set_segments((place - up)[None], (place + up)[None]), self.drift
        )

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
        base = np.array([0.0, self.zone.up(BASE), 0.0])
        return np.asarray(self.places[int(np.argmax(self.scores))] + base + sway(self.drift))


def sway(drift: Swaying) -> FloatArray:
    """Where a chart that drifts is now, from where it is at home, (3,)."""
    return np.array([SWAY[0] * drift.x, SWAY[1] * drift.y, 0.0])


def swaying(thing: Any, drift: Swaying) -> Any:
    """A thing that was built at home, from now on where the drift has it."""
    last = [np.zeros(3)]

    def follow(mobject: VMobject) -> None:
        now = sway(drift)
        mobject.shift(now - last[0])
        last[0] = now

    return thing.add_updater(follow, call_updater=True)


def stacked(scores: FloatArray, x: Callable[[float], float], height: float) -> tuple[float, FloatArray]:
    """Dots stacked in columns of one per cent, in their order: the pitch, and their places (n, 3) above the ruler."""
    columns = np.floor(scores + 1e-9)
    rows = np.array([int((columns[:k] == column).sum()) for k, column in enumerate(columns)])
    pitch = min(LARGEST_PITCH, height / (rows.max() + 1))
    return pitch, np.array(
        [[x(min(column + 0.5, WHOLE)), (row + 0.5) * pitch, 0.0] for column, row in zip(columns, rows, strict=True)]
    )


def tinted(path: VMobject, carried: ValueTracker) -> VMobject:
    """Let a path turn from the rounded network's colour to the repaired one as a map is carried out, 0 to 1."""
    ends, painted = (ManimColor(theme.QUANTIZED), ManimColor(theme.REPAIRED)), [-1.0]

    def paint(mobject: VMobject) -> None:
        part = float(np.clip(carried.get_value(), 0.0, 1.0))
        if painted[0] != part:
            painted[0] = part
            mobject.set_color(interpolate_color(*ends, part), family=False)

    path.add_updater(paint)
    paint(path)
    return path


class TrialCard:
    """The output plane of the trial that is on, small: its points by class, and the lines between the sectors.

    part: how far the map is carried out, 0 to 1. repair: the same for the rounded network, whose mark keeps it. state:
    which trial is on; the shuffles follow `ruler`.
    """

    def __init__(self, places: ControlPlaces, ruler: Ruler) -> None:
        self.places, self.ruler = places, ruler
        self.part, self.repair = ValueTracker(0.0), ValueTracker(0.0)
        self.state = "rounded"

    def __deepcopy__(self, memo: dict[int, object]) -> "TrialCard":
        """A copied mobject shows the same trial."""
        return self

    @property
    def trial(self) -> Trial:
        """The trial that is on; the shuffles are drawn from their own points."""
        return {"float": self.places.on_float, "raw": self.places.raw}.get(self.state, self.places.rounded)

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

    def make(self) -> VGroup:
        """The card's content: an empty square, the rays between the sectors, and the points."""
        frame = RoundedRectangle(width=CARD, height=CARD, corner_radius=0.05, stroke_width=0.0)
        unit = CARD / 2 / (INSIDE * self.places.reach)
        ends = in_frame(CARD / 2 * sector_borders(self.places.readout))
        rays = SegmentPath(theme.GUIDE, theme.THIN).set_segments(np.zeros_like(ends), ends)
        labels = self.places.labels[: self.places.drawn]

        def seen(label: int) -> FloatArray:
            now = unit * self.points()[labels == label]
            now = now[np.abs(now).max(axis=1) <= CARD / 2]
            return in_frame(now) + frame.get_center()

        clouds = [
            live_marks(lambda k=k: seen(k), color, mark, 0.045)
            for k, (color, mark) in enumerate(zip(theme.CLASS_COLORS, CLASS_MARKS, strict=True))
            if (labels == k).any()
        ]
        return VGroup(frame, rays, *clouds)


class SeedChart:
    """Every seed as a dot: to the right what rounding costs it, upward what is still lost, in points of accuracy.

    drop: how far the maps are carried out in the picture, 0 to 1: from the diagonal down to what they leave.
    rise: the same for the float networks, from no loss up.
    """

    def __init__(
        self,
        zone: theme.Zone,
        losses: Sequence[Sequence[float]],
        ticks: Sequence[int],
        shown: int,
        drift: Swaying,
    ) -> None:
        self.drift = drift
        self.before, self.after, self.on_float = (WHOLE * np.array(each) for each in losses)
        self.ticks, self.shown = ticks, shown
        self.drop, self.rise = ValueTracker(0.0), ValueTracker(0.0)
        self.most = most = 1.06 * WHOLE * max(map(max, losses))
        self.chart = Chart(
            zone, (-0.02 * most, most), (-0.02 * most, most), x_ticks=ticks, y_ticks=ticks, size=theme.LABEL_SIZE
        )

    def __deepcopy__(self, memo: dict[int, object]) -> "SeedChart":
        """A copied mobject stands in the same chart."""
        return self

    def losses(self) -> FloatArray:
        """What is still lost now, (n,)."""
        part = self.drop.get_value()
        return np.asarray((1 - part) * self.before + part * self.after)

    def make_axes(self) -> VGroup:
        """The axes with their names, and the diagonal on which nothing is won."""
        zone, most = self.chart.zone, self.most
        below = text("points lost by rounding", theme.INK).move_to((zone.center[0], zone.bottom - 0.78, 0.0))
        beside = text("points still lost", theme.INK).move_to((zone.left + 0.25, zone.top, 0.0), aligned_edge=LEFT)
        diagonal = self.chart.line(np.array([[0.0, 0.0], [most, most]]), theme.GUIDE, theme.THIN)
        on_it = text("without a map", theme.INK).move_to(self.chart.point(0.74 * most, 0.88 * most))
        return cast(VGroup, swaying(VGroup(self.chart.axes, diagonal, below, beside, on_it), self.drift))

    def numbers(self) -> VGroup:
        """The numbers on both axes."""
        return cast(VGroup, swaying(VGroup(*self.chart.x_numbers, *self.chart.y_numbers), self.drift))

    def make_seeds(self) -> VMobject:
        """A dot a seed, orange on the diagonal, violet where its map brings it."""
        cloud = live_marks(lambda: self._place(self.losses()), theme.QUANTIZED, "disc", SEED).set_fill(opacity=0.8)
        return tinted(cloud, self.drop)

    def make_floats(self) -> PointCloud:
        """A blue ring a float network with the same map, at what that costs it."""
        return live_marks(lambda: self._place(self.rise.get_value() * self.on_float), theme.FLOAT, "ring", 1.3 * SEED)

    def _place(self, height: FloatArray) -> FloatArray:
        """Where the seeds are at these heights, (n, 3)."""
        return self.chart.to_frame(np.column_stack([self.before, height])) + sway(self.drift)

    def shown_place(self) -> FloatArray:
        """Where the dot of the network that is shown is, (3,)."""
        return np.asarray(self._place(self.losses())[self.shown])

    def make_much(self, much: float) -> VMobject:
        """The upright line from which on a loss is much, 0 to 1."""
        ends = np.array([[WHOLE * much, 0.0], [WHOLE * much, self.most]])
        return cast(VMobject, swaying(self.chart.line(ends, theme.INK, theme.THIN), self.drift))

    def make_back(self, back: float) -> VMobject:
        """The level line below which a network is back."""
        return cast(VMobject, swaying(self.chart.level(WHOLE * back, theme.REPAIRED, theme.THIN), self.drift))
