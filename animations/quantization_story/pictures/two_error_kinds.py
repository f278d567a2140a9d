"""A network of one input and its rounded self as two broken lines, and their gap told apart."""

from functools import lru_cache

import numpy as np
from manim import RIGHT, ValueTracker, VGroup

from quantization_story.analysis.one_dimension import (
    LinePieces,
    LineRefinement,
    line_pieces,
    refine_line,
    segments_until,
)
from quantization_story.analysis.strips import between
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.frame_view import ChartView, FramePose, Swaying
from quantization_story.mobjects.live import live_fill, live_marks, live_segments
from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.plates import board
from quantization_story.mobjects.text import text
from quantization_story.style import theme

WIDE = 13.0  # frame units: the interval
BOTTOM, TOP = -1.85, 2.5  # of the lines, from the middle
INPUTS = -2.6  # where the axis of the inputs lies
BEYOND = 5.0  # how far up and down a crease runs: past the frame's edges
LAMP, PITCH = 0.12, 0.42  # the radius of a lamp of the patterns, and how far one is from the next
LAMPS = (2.2, -1.35)  # where the lamps stand in a wide frame
LAMPS_NEAR = (-3.6, -1.6)  # and where, beside a strip that is seen from near
SEEN = ((0, 1), (1, 2), (2,))  # at which splits the white, the green and the red part of the stick are seen
NEAR = 1.8  # how many times as near one goes to a strip


class LinePicture:
    """What the networks of one input need on stage; it is no mobject but holds them, and the trackers that move them.

    drawn, lit, swept: up to which input the float network, its creases, and the green and red parts are drawn. slide: 0
    for the float weights, 1 for the rounded ones; shift: the same for the dashed creases. probe: the input that is
    followed. split: 0 while the gap there is one, 1 when the green part is told apart, 2 when the red one is, too.
    """

    def __init__(
        self,
        network: ReluNetwork,
        quantized: ReluNetwork,
        line: LineRefinement,
        own: LinePieces,
        drift: Swaying,
    ) -> None:
        self.line, self.own = line, own
        low, high = float(line.total.knots[0]), float(line.total.knots[-1])
        self.interval = low, high
        self.view = ChartView(drift)
        self.drawn, self.lit = ValueTracker(low), ValueTracker(low)
        self.slide, self.shift, self.split = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.swept, self.probe = ValueTracker(low), ValueTracker(low)
        self.held_line = line.network.ends + line.metric.ends
        heights = np.concatenate([line.network.ends, line.quantized.ends, self.held_line]).ravel()
        self.floor, self.unit = float(heights.min()), (TOP - BOTTOM) / float(np.ptp(heights))

        @lru_cache(maxsize=4)  # several movers ask for the same instant
        def refined(share: float) -> tuple[LineRefinement, LinePieces]:
            now = between(network, quantized, share)
            return refine_line(network, now, low, high), line_pieces(now, low, high)

        @lru_cache(maxsize=4)
        def read(x: float, share: float) -> tuple[float, float, float]:
            found = refined(share)[0]
            exact, total, metric = (
                float(part(np.array([x]))[0]) for part in (found.network, found.total, found.metric)
            )
            return exact, exact + metric, exact + total

        self._read, self._refined = read, refined

    # --- where things are

    def flat(self, points: np.ndarray) -> np.ndarray:
        """Data points (n, 2) in frame units from the middle."""
        low, high = self.interval
        x = (points[:, 0] - (low + high) / 2) * WIDE / (high - low)
        return np.column_stack([x, BOTTOM + self.unit * (points[:, 1] - self.floor)])

    def at(self, points: np.ndarray) -> np.ndarray:
        """Data points (n, 2) as frame points (n, 3)."""
        return self.view.to_frame(self.flat(points))

    def _lines(self, segments: np.ndarray) -> np.ndarray:
        """Segments (n, 2, 2) in data units as segments (n, 2, 3) of the frame."""
        return self.at(segments.reshape(-1, 2)).reshape(-1, 2, 3)

    def _upright(self, x: np.ndarray, bottom: float = INPUTS) -> np.ndarray:
        """Upright lines at inputs (n,), (n, 2, 3)."""
        across = self.flat(np.column_stack([x, np.zeros(len(x))]))[:, 0]
        ends = (self.view.to_frame(np.column_stack([across, np.full(len(x), y)])) for y in (bottom, BEYOND))
        return np.stack(list(ends), axis=1)

    def values(self) -> tuple[float, float, float]:
        """At the probe: the float network, the rounded one with the ReLUs of the float one, and the rounded one."""
        return self._read(float(self.probe.get_value()), self._share())

    def _share(self) -> float:
        return float(np.clip(self.slide.get_value(), 0.0, 1.0))

    def now(self) -> tuple[LineRefinement, LinePieces]:
        """Float and rounded network on common pieces, and the pieces of the latter, as far as its weights have come."""
        return self._refined(self._share())

    def place(self, height: float) -> np.ndarray:
        """A height at the probe in the frame."""
        return np.asarray(self.at(np.array([[self.probe.get_value(), height]]))[0])

    def probe_place(self) -> np.ndarray:
        """The probe on the axis of the inputs."""
        across = self.flat(np.array([[self.probe.get_value(), 0.0]]))[0, 0]
        return np.asarray(self.view.point([across, INPUTS]))

    def gap_place(self) -> np.ndarray:
        """The middle of the gap at the probe."""
        exact, _, rounded = self.values()
        return self.place((exact + rounded) / 2)

    def green_at(self, x: float) -> np.ndarray:
        """The middle of the green part at an input."""
        exact, held, _ = self._read(x, self._share())
        return np.asarray(self.at(np.array([[x, (exact + held) / 2]]))[0])

    def red_place(self) -> np.ndarray:
        """The middle of the red part at the probe."""
        _, held, rounded = self.values()
        return self.place((held + rounded) / 2)

    def held_place(self) -> np.ndarray:
        """Where the rounded network would be at the probe with the ReLUs of the float one."""
        return self.place(self.values()[1])

    def strip_pose(self, strip: tuple[float, float]) -> FramePose:
        """The pose in which a strip and what lies on it are seen from near."""
        inside = (self.line.total.knots >= strip[0]) & (self.line.total.knots <= strip[1])
        heights = [part(self.line.total.knots[inside]) for part in (self.line.network, self.line.quantized)]
        middle = np.array([[(strip[0] + strip[1]) / 2, float(np.mean(heights))]])
        x, y = self.flat(middle)[0].tolist()
        return self.view.near(x, y, NEAR)

    # --- lines

    def make_axis(self) -> SegmentPath:
        """The inputs, a line at the bottom."""
        ends = np.array([[-WIDE / 2, INPUTS], [WIDE / 2, INPUTS]])
        return live_segments(lambda: self.view.to_frame(ends)[None], theme.QUIET, theme.THIN).set_z_index(-6)

    def make_ground(self) -> SegmentPath:
        """The output zero across the frame."""
        zero = float(self.flat(np.zeros((1, 2)))[0, 1])
        ends = np.array([[-8.0, zero], [8.0, zero]])
        return live_segments(lambda: self.view.to_frame(ends)[None], theme.GUIDE, theme.THIN).set_z_index(-6)

    def make_names(self) -> VGroup:
        """What the two directions are, and the output zero, in words."""
        zero = float(self.flat(np.zeros((1, 2)))[0, 1])
        words = VGroup()
        side = 5.2 if theme.VERTICAL else 6.6  # a word takes more of a narrow frame
        for word, place in (("zero", (side, zero + 0.22)), ("input", (side, INPUTS + 0.22)), ("output", (-side, 2.95))):
            line = text(word, theme.INK)
            line.add_updater(lambda one, place=place: one.move_to(self.view.point(place)))
            words.add(line.move_to(self.view.point(place)))
        return words.set_z_index(-6)

    def make_float(self) -> SegmentPath:
        """The float network, as far as it is drawn."""
        segments = self.line.network.segments
        return live_segments(
            lambda: self._lines(segments_until(segments, self.drawn.get_value())), theme.FLOAT, 1.4 * theme.STRONG
        ).set_z_index(0)

    def make_creases(self) -> VGroup:
        """The creases of the float network that are lit: an upright line, and a disc where the line bends."""
        creases = self.own.breakpoints
        heights = self.line.network(creases)

        def seen() -> np.ndarray:
            return creases <= self.lit.get_value()

        return VGroup(
            live_segments(lambda: self._upright(creases[seen()]), theme.BOUNDARY, theme.THIN, 0.8),
            live_marks(lambda: self.at(np.column_stack([creases, heights])[seen()]), theme.BOUNDARY, "disc", 0.09),
        ).set_z_index(-3)

    def make_moved(self) -> SegmentPath:
        """The creases of the rounded network, dashed, as far as they have gone from where they were."""

        def dashes() -> np.ndarray:
            shift = float(np.clip(self.shift.get_value(), 0.0, 1.0))
            lines = self._upright(self._refined(shift)[1].breakpoints)
            return np.stack(dash_segments(lines[:, 0], lines[:, 1], 0.16, 0.12), axis=1)

        return live_segments(dashes, theme.BOUNDARY, theme.THIN, 0.8).set_z_index(-3)

    def make_rounded(self) -> SegmentPath:
        """The network with its weights as they are now."""
        return live_segments(
            lambda: self._lines(self.now()[0].quantized.segments), theme.QUANTIZED, 1.8 * theme.STRONG
        ).set_z_index(-1)

    def make_gap(self) -> CellPath:
        """The whole error, filled."""

        def pieces() -> list[np.ndarray]:
            line = self.now()[0]
            lower, upper = self._lines(line.network.segments), self._lines(line.quantized.segments)
            return [np.concatenate([one, other[::-1]]) for one, other in zip(lower, upper, strict=True)]

        return live_fill(pieces, theme.INK, 0.2).set_z_index(-4)

    # --- the two parts

    def _between(self, lower: np.ndarray, upper: np.ndarray, ends: np.ndarray) -> list[np.ndarray]:
        """What lies between two lines, by their ends (k, 2), on each piece up to its own input of the ends (k,)."""
        knots = self.line.total.knots
        found = []
        for k in np.flatnonzero(ends >= knots[:-1]):
            x = np.array([knots[k], min(float(ends[k]), float(knots[k + 1]))])
            share = (x - knots[k]) / (knots[k + 1] - knots[k])
            sides = (np.column_stack([x, line[k, 0] + share * (line[k, 1] - line[k, 0])]) for line in (lower, upper))
            one, other = map(self.at, sides)
            found.append(np.concatenate([one, other[::-1]]))
        return found

    def make_green(self) -> CellPath:
        """The error that the rounded network would make with the ReLUs of the float one, as far as it is drawn."""

        def filled() -> list[np.ndarray]:
            ends = np.full(len(self.held_line), self.swept.get_value())
            return self._between(self.line.network.ends, self.held_line, ends)

        return live_fill(filled, theme.SAME, 0.55).set_z_index(-2)

    def make_red(self) -> VGroup:
        """The rest, in the strips, as far as it is drawn, and the strips behind it."""
        knots = self.line.total.knots

        def bands() -> list[np.ndarray]:
            opened = np.minimum(self.line.strips, self.swept.get_value())
            posts = (self._upright(strip) for strip in opened if strip[0] < strip[1])
            return [np.concatenate([left, right[::-1]]) for left, right in posts]

        def filled() -> list[np.ndarray]:
            swept = float(self.swept.get_value())
            ends = np.where(self.line.changed, np.minimum(knots[1:], swept), -np.inf)
            return self._between(self.held_line, self.line.quantized.ends, ends)

        return VGroup(
            live_fill(bands, theme.CROSSED, 0.13).set_z_index(-5), live_fill(filled, theme.CROSSED, 0.9).set_z_index(-2)
        )

    def make_walker(self) -> VGroup:
        """The blue line's point at the probe, and a thin line up to it from the axis."""

        def guide() -> np.ndarray:
            return np.stack([self.probe_place(), self.place(min(self.values()))])[None]

        return VGroup(
            live_segments(guide, theme.QUIET, theme.HAIRLINE),
            live_marks(lambda: self.place(self.values()[0])[None], theme.FLOAT, "disc", 0.12),
        ).set_z_index(4)

    def make_stick(self) -> VGroup:
        """The gap at the probe, white as far as it is not told apart, with its green and its red part; its orange end.

        The green part ends in a disc.
        """

        def stick(part: int) -> np.ndarray:
            exact, held, rounded = self.values()
            split = round(self.split.get_value())
            whole = (exact, rounded) if split == 0 else (held, rounded)
            low, high = (whole, (exact, held), (held, rounded))[part]
            return np.stack([self.place(low), self.place(high)])[None] if split in SEEN[part] else np.zeros((0, 2, 3))

        def held() -> np.ndarray:
            return self.held_place()[None] if self.split.get_value() >= 1 else np.zeros((0, 3))

        wide = 2.5 * theme.STRONG
        return VGroup(
            live_segments(lambda: stick(0), theme.INK, wide),
            live_segments(lambda: stick(1), theme.SAME, wide),
            live_segments(lambda: stick(2), theme.CROSSED, wide),
            live_marks(lambda: self.place(self.values()[2])[None], theme.QUANTIZED, "disc", 0.12),
            live_marks(held, theme.SAME, "disc", 0.12),
        ).set_z_index(3)

    # --- the patterns at the probe

    def patterns(self) -> tuple[np.ndarray, np.ndarray]:
        """The patterns (H,) of the float network and of the rounded one at the probe."""
        x = np.array([self.probe.get_value()])
        return self.own.patterns_at(x)[0], self.now()[1].patterns_at(x)[0]

    def make_lamps(self, title: str, rows: tuple[str, ...], at: tuple[float, float] = LAMPS) -> VGroup:
        """A lamp for each ReLU, lit where it is on, a row for each of some networks.

        title: stands above. rows: of "float", "rounded", "locked", the latter the rounded network with the ReLUs of the
        float one, and at last "differ", where a cross stands below lamps that do. at: where it stands in a wide frame.
        """
        units = self.own.patterns.shape[1]
        x = PITCH * (np.arange(units) - (units - 1) / 2) + 0.55
        heights = 0.38 * (1.0 - np.arange(len(rows)))
        left = theme.middle_zone().left + 0.55 + max(-x[0] + 1.3, x[-1])
        across, up = theme.spot(*at)
        middle = np.array([max(across, left), up, 0.0])
        places = np.column_stack([x, np.zeros(units), np.zeros(units)]) + middle

        def lamps(row: str, height: float, on: bool) -> np.ndarray:
            lit = self.patterns()[int(row == "rounded")] == on
            return np.asarray(places[lit] + np.array([0.0, height, 0.0]))

        def differ() -> np.ndarray:
            float_pattern, rounded = self.patterns()
            return np.asarray(places[float_pattern != rounded] + np.array([0.0, heights[-1], 0.0]))

        marks, colors = VGroup(), {"float": theme.FLOAT, "rounded": theme.QUANTIZED, "locked": theme.SAME}
        for row, height in zip(rows, heights.tolist(), strict=True):
            for mark, on in (("disc", True), ("ring", False)):
                if row in colors:
                    own = live_marks(lambda r=row, h=height, on=on: lamps(r, h, on), colors[row], mark, LAMP)
                    marks.add(own)
        if rows[-1] == "differ":
            marks.add(live_marks(differ, theme.CROSSED, "cross", LAMP))
        names = VGroup(
            *(
                text(word).move_to(np.array([x[0] - 0.3, height, 0.0]) + middle, aligned_edge=RIGHT)
                for height, word in zip(heights.tolist(), rows, strict=True)
            ),
            text(title).move_to(np.array([0.0, 0.8, 0.0]) + middle),
        )
        corner = np.array([[x[-1] + LAMP, heights[-1], 0.0]]) + middle
        outline = VGroup(*names, SegmentPath().set_segments(corner, corner))
        return VGroup(board(outline, theme.GUIDE), names, marks).set_z_index(theme.LAYER_PLATES)
