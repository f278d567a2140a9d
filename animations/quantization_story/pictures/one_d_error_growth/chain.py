"""A chain of weights in boxes, each joined to the bar of all that can come out of it; and many random roundings."""

from collections.abc import Callable

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.scalar_chain import ChainPlaces
from quantization_story.core.plane_geometry import dash_segments
from quantization_story.mobjects.frame_view import ChartView, FramePose, Swaying
from quantization_story.mobjects.live import live_fill, live_marks, live_segments, polyline_until
from quantization_story.mobjects.paths import CellPath, SegmentPath
from quantization_story.mobjects.text import LiveText, signed, text
from quantization_story.style import theme

LEFT_END, RIGHT_END = -6.3, 3.0  # where the value comes in, and where it comes out
LOWEST, HIGHEST = -2.65, 1.25  # of what is drawn to scale
BOX = np.array([0.7, 0.56])  # half the width and half the height of a box
BOX_UP = 2.32  # the middle of the boxes
GAUGE = 0.56  # half the length of the gauge in a box: half a step
BAR = 0.3  # half the width of a bar
CROWD_AT = RIGHT_END + BAR + 0.3  # where the bars of the crowd begin
CROWD = 1.05  # how far the tallest bar of the crowd reaches to the right
BINS = 44
LINES = 100  # so many of the roundings are drawn as lines
NEAR, NEAR_ASIDE = 2.2, 0.5  # how many times as near one goes to the first bars; how far right of the first
PARTS = (0.34, 0.68)  # of the time of a layer: the bar has moved, the bar has been multiplied


class ChainPicture:
    """What a chain needs on stage; it is no mobject but holds them, and the trackers that move them.

    float_run, rounded_run, worst_run, lot_run, typical_run: how many layers each line has come. gauges: how far each
    weight is off, as a share of half a step. built: how many layers have their bar. crowd: how far the crowd has grown.
    boxed: 1 when the weight that is followed has come into the first box.
    """

    def __init__(self, places: ChainPlaces, drift: Swaying) -> None:
        self.places, self.depth = places, len(places.weights)
        self.view = ChartView(drift)
        self.float_run, self.rounded_run, self.worst_run = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.lot_run, self.typical_run, self.built = ValueTracker(0.0), ValueTracker(0.0), ValueTracker(0.0)
        self.crowd, self.boxed = ValueTracker(0.0), ValueTracker(0.0)
        self.gauges = [ValueTracker(0.0) for _ in range(self.depth)]
        reached = np.concatenate([(places.values[:, None] + places.intervals.ends).ravel(), places.values, [0.0]])
        self.low, self.unit = float(reached.min()), (HIGHEST - LOWEST) / float(np.ptp(reached))
        self.layers = np.linspace(LEFT_END, RIGHT_END, self.depth + 1)
        crowd = places.values[-1] + places.random[:, -1]
        span = places.values[-1] + places.intervals.ends[-1]
        self.counts, self.edges = np.histogram(crowd, BINS, tuple(span.tolist()))

    # --- where things are

    def up(self, values: np.ndarray | float) -> np.ndarray:
        """How high values stand, in frame units from the middle."""
        return np.asarray(LOWEST + self.unit * (np.asarray(values, dtype=float) - self.low))

    def at(self, layers: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Values (n,) after layers (n,), which may be between two, as frame points (n, 3)."""
        across = np.interp(layers, np.arange(self.depth + 1), self.layers)
        return self.view.to_frame(np.column_stack([across, self.up(values)]))

    def end_place(self, error: float) -> Callable[[], np.ndarray]:
        """Where an error of the last layer stands in the frame, asked every frame."""
        at = np.array([float(self.depth)]), np.array([self.places.values[-1] + error])
        return lambda: np.asarray(self.at(*at)[0])

    def near_pose(self) -> FramePose:
        """The pose in which the bars of the first two weights, and the value before them, are seen from near."""
        bars = self.places.values[:3, None] + self.places.intervals.ends[:3]
        return self.view.near(float(self.layers[1]) + NEAR_ASIDE, float(self.up(bars).mean()), NEAR)

    def worst_place(self) -> np.ndarray:
        """The way to the far end, after the first weights."""
        layer = min(2, self.depth)
        return np.asarray(self.at(np.array([float(layer)]), (self.places.values + self.places.worst)[[layer]])[0])

    def value_place(self, layer: int) -> Callable[[], np.ndarray]:
        """Where the value after a layer (from 1) stands in the frame, asked every frame."""
        at = np.array([float(layer)]), self.places.values[[layer]]
        return lambda: np.asarray(self.at(*at)[0])

    def first_place(self) -> np.ndarray:
        """The first weight on its gauge."""
        return np.asarray(self._on_gauge(np.zeros(self.depth))[0])

    def typical_place(self) -> np.ndarray:
        """The upper edge of what half of the random roundings stay within, in their crowd."""
        return self._in_crowd(float(np.median(self.places.lengths)), 0.9 * CROWD)

    def _in_crowd(self, error: float, across: float) -> np.ndarray:
        """An error of the last layer, so far to the right in the crowd."""
        height = float(self.up(self.places.values[-1] + error))
        return np.asarray(self.view.point([CROWD_AT + across, height]))

    # --- the chain

    def make_boxes(self) -> VGroup:
        """The boxes over their layers, joined to the places where what comes out of them stands."""

        def outlines() -> np.ndarray:
            corners = BOX * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
            middles = np.column_stack([self.layers[1:], np.full(self.depth, BOX_UP)])
            points = self.view.to_frame((middles[:, None] + corners).reshape(-1, 2)).reshape(-1, 4, 3)
            return np.stack([points, np.roll(points, -1, axis=1)], axis=2).reshape(-1, 2, 3)

        def joints() -> np.ndarray:
            feet = [np.column_stack([self.layers[1:], np.full(self.depth, y)]) for y in (BOX_UP - BOX[1], LOWEST)]
            return np.stack([self.view.to_frame(foot) for foot in feet], axis=1)

        def rods() -> np.ndarray:
            return np.stack([self._on_gauge(np.full(self.depth, side)) for side in (-1.0, 1.0)], axis=1)

        def ticks() -> np.ndarray:
            middle = self._on_gauge(np.zeros(self.depth))
            tick = np.array([0.0, 0.1, 0.0])
            return np.stack([middle - tick, middle + tick], axis=1)

        return VGroup(
            live_segments(joints, theme.GUIDE, theme.THIN),
            live_segments(outlines, theme.QUIET, theme.THIN),
            live_segments(rods, theme.QUIET, theme.THIN),
            live_segments(ticks, theme.FLOAT, theme.STRONG),
        ).set_z_index(-5)

    def _on_gauge(self, shares: np.ndarray) -> np.ndarray:
        """Where weights that are off by shares (L,) of half a step stand on their gauges, (L, 3)."""
        x = self.layers[1:] + GAUGE * shares
        return self.view.to_frame(np.column_stack([x, np.full(self.depth, BOX_UP - 0.24)]))

    def make_gauges(self) -> VGroup:
        """How far each weight is off, in its box: an orange disc beside the tick that is the weight itself."""

        def now() -> np.ndarray:
            return self._on_gauge(np.array([gauge.get_value() for gauge in self.gauges]))

        def ways() -> np.ndarray:
            return np.stack([self._on_gauge(np.zeros(self.depth)), now()], axis=1)

        return VGroup(
            live_segments(ways, theme.QUANTIZED, theme.STRONG), live_marks(now, theme.QUANTIZED, "disc", 0.09)
        ).set_z_index(-4)

    def make_weights(self) -> VGroup:
        """The weights as numbers in their boxes."""
        labels = VGroup()
        for x, weight in zip(self.layers[1:], self.places.weights, strict=True):
            label = LiveText(f"×{signed(float(weight))}", theme.INK, theme.LABEL_SIZE, align=0)
            label.add_updater(lambda line, x=x: line.place(self.view.point([x, BOX_UP + 0.08])))
            labels.add(label.place(self.view.point([x, BOX_UP + 0.08])))
        return labels

    def make_ground(self) -> SegmentPath:
        """The level zero across the frame."""
        ends = np.array([[-8.0, self.up(0.0)], [8.0, self.up(0.0)]])
        return live_segments(lambda: self.view.to_frame(ends)[None], theme.GUIDE, theme.THIN).set_z_index(-6)

    def make_names(self) -> VGroup:
        """What comes in, and the level zero, in words."""
        names = VGroup()
        first, zero = float(self.up(self.places.values[0])), float(self.up(0.0))
        for words, place in (("value", [self.layers[0], first + 0.4]), ("zero", [self.layers[0], zero + 0.25])):
            name = text(words, theme.QUIET)
            name.add_updater(lambda line, place=place: line.move_to(self.view.point(place)))
            names.add(name.move_to(self.view.point(place)))
        return names

    # --- lines through it

    def make_run(self, errors: np.ndarray, run: ValueTracker, color: str, width: float, dashed: bool = False) -> VGroup:
        """The values with these errors (L + 1,), as far as they have come, and a disc after each weight."""
        layers, values = np.arange(self.depth + 1), self.places.values + errors

        def line() -> np.ndarray:
            return polyline_until(self.at(layers, values), max(run.get_value(), 1e-6))

        def drawn() -> np.ndarray:
            found = line()
            return np.stack(dash_segments(found[:, 0], found[:, 1], 0.16, 0.1), axis=1) if dashed else found

        def passed() -> np.ndarray:
            count = int(np.floor(run.get_value() + 1e-6)) + 1
            return np.concatenate([self.at(layers, values)[:count], line()[-1:, 1]])

        return VGroup(live_segments(drawn, color, width), live_marks(passed, color, "disc", 0.1)).set_z_index(-1)

    def make_float(self) -> VGroup:
        """The value on its way through the float weights."""
        return self.make_run(np.zeros(self.depth + 1), self.float_run, theme.FLOAT, theme.STRONG)

    def make_rounded(self) -> VGroup:
        """The value on its way through the weights at their nearest levels."""
        return self.make_run(self.places.errors, self.rounded_run, theme.QUANTIZED, theme.STRONG)

    def make_worst(self) -> VGroup:
        """The way to the far end, dashed."""
        return self.make_run(self.places.worst, self.worst_run, theme.INK, theme.STRONG, dashed=True)

    def make_typical(self) -> VGroup:
        """One random rounding that ends in the middle of them all: the hero."""
        return self.make_run(
            self.places.random[self.places.typical], self.typical_run, theme.HERO, 1.3 * theme.STRONG
        ).set_z_index(2)

    def make_lots(self) -> SegmentPath:
        """Random roundings as thin lines, as far as they have come, one path."""
        values = self.places.values + self.places.random[:LINES]
        layers = np.arange(self.depth + 1)

        def lines() -> np.ndarray:
            run = float(np.clip(self.lot_run.get_value(), 1e-6, self.depth))
            last = int(np.ceil(run))
            stops = np.minimum(layers[: last + 1], run)
            now = values[:, : last + 1].copy()
            now[:, -1] = values[:, last - 1] + (run - last + 1) * (values[:, last] - values[:, last - 1])
            points = self.at(np.tile(stops, len(now)), now.ravel()).reshape(len(now), -1, 3)
            return np.stack([points[:, :-1], points[:, 1:]], axis=2).reshape(-1, 2, 3)

        return live_segments(lines, theme.QUANTIZED, theme.HAIRLINE, 0.3).set_z_index(-3)

    def make_gap(self, error: float) -> SegmentPath:
        """An error at the end, from the float value on."""
        ends = np.array([0.0, error]) + self.places.values[-1]
        layers = np.full(2, float(self.depth))
        return live_segments(lambda: self.at(layers, ends)[None], theme.INK, 2 * theme.STRONG).set_z_index(0)

    # --- bars

    def boxes(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The grey and the orange parts of the bars as far as they are built, each (layer, low, high)."""
        grey: list[np.ndarray] = []
        orange: list[np.ndarray] = []
        ends, carried, values = self.places.intervals.ends, self.places.intervals.carried, self.places.values
        for layer in range(1, self.depth + 1):
            part = self.built.get_value() - (layer - 1)
            if part <= 0:
                break
            moved, multiplied, added = _parts(part)
            before, after = values[layer - 1] + ends[layer - 1], values[layer] + carried[layer - 1]
            low, high = np.sort((1 - multiplied) * before + multiplied * after)
            grey.append(np.array([layer - 1 + moved, low, high]))
            if added > 1e-9:
                outer = values[layer] + ends[layer]
                bottom, top = low + added * (outer[0] - low), high + added * (outer[1] - high)
                orange += [np.array([layer, bottom, low]), np.array([layer, high, top])]
        return grey, orange

    def _bar(self, box: np.ndarray) -> np.ndarray:
        layer, low, high = box.tolist()
        x = float(np.interp(layer, np.arange(self.depth + 1), self.layers))
        bottom, top = self.up(low), self.up(high)
        return self.view.to_frame(np.array([[x - BAR, bottom], [x + BAR, bottom], [x + BAR, top], [x - BAR, top]]))

    def make_bars(self) -> VGroup:
        """Each bar: all that can come out of its weight, grey what was passed on, orange what was added."""

        def edges() -> np.ndarray:
            corners = [self._bar(box) for box in self.boxes()[0]]
            points = np.stack(corners) if corners else np.zeros((0, 4, 3))
            return np.stack([points, np.roll(points, -1, axis=1)], axis=2).reshape(-1, 2, 3)

        return VGroup(
            live_fill(lambda: [self._bar(box) for box in self.boxes()[0]], theme.QUIET, 0.6),
            live_fill(lambda: [self._bar(box) for box in self.boxes()[1]], theme.QUANTIZED, 0.8),
            live_segments(edges, theme.QUIET, theme.THIN),
        ).set_z_index(-2)

    def make_glow(self) -> SegmentPath:
        """The box that multiplies now, lit while it does."""

        def outline() -> np.ndarray:
            built = self.built.get_value()
            layer = int(np.floor(built)) + 1
            if layer > self.depth or not 0.0 < _parts(built - layer + 1)[1] < 1.0:
                return np.zeros((0, 2, 3))
            corners = BOX * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
            points = self.view.to_frame(np.array([self.layers[layer], BOX_UP]) + corners)
            return np.stack([points, np.roll(points, -1, axis=0)], axis=1)

        return live_segments(outline, theme.HERO, 1.5 * theme.STRONG).set_z_index(-4)

    # --- the crowd

    def make_crowd(self) -> VGroup:
        """How many of all random roundings end where, as bars at the right of the last one; half of them brighter."""
        middle = np.median(self.places.lengths)
        inner = np.abs((self.edges[:-1] + self.edges[1:]) / 2 - self.places.values[-1]) <= middle

        def bars(of: np.ndarray) -> list[np.ndarray]:
            long = self.crowd.get_value() * CROWD * self.counts / max(int(self.counts.max()), 1)
            left = CROWD_AT
            heights = self.up(self.edges)
            return [
                self.view.to_frame(
                    np.array(
                        [
                            [left, heights[k] + 0.01],
                            [left + long[k], heights[k] + 0.01],
                            [left + long[k], heights[k + 1] - 0.01],
                            [left, heights[k + 1] - 0.01],
                        ]
                    )
                )
                for k in np.flatnonzero(of & (self.counts > 0))
            ]

        return VGroup(
            live_fill(lambda: bars(~inner), theme.QUANTIZED, 0.45),
            live_fill(lambda: bars(inner), theme.QUANTIZED, 0.95),
        ).set_z_index(-2)

    def make_half(self) -> CellPath:
        """The stretch that half of them end in, across the crowd."""
        middle = float(np.median(self.places.lengths))
        low, high = self.up(self.places.values[-1] - middle), self.up(self.places.values[-1] + middle)
        left, right = RIGHT_END - BAR, CROWD_AT + CROWD + 0.1
        corners = np.array([[left, low], [right, low], [right, high], [left, high]])
        return live_fill(lambda: [self.view.to_frame(corners)], theme.HERO, 0.22).set_z_index(-1)

    @staticmethod
    def multiplied(layers: int) -> float:
        """How far is built when so many layers are done and the next one has multiplied, and not yet added."""
        return layers + PARTS[1]

    def to_gauges(self, off: np.ndarray, start: int = 0) -> list[tuple[ValueTracker, float]]:
        """The gauges from one layer on, each with the share of half a step that shows an offset."""
        return list(zip(self.gauges[start:], (off / self.places.half).tolist()[start:], strict=True))


def _parts(part: float) -> tuple[float, float, float]:
    """How far a layer has come in each of its three parts: moved, multiplied, added."""
    first, second = PARTS
    shares = np.clip([part / first, (part - first) / (second - first), (part - second) / (1 - second)], 0.0, 1.0)
    moved, multiplied, added = (float(share) for share in shares)
    return moved, multiplied, added
