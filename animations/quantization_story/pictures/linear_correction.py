"""The output map and its figures, the clouds of the controls, and the population of trained seeds, a dot for each."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.transport import waffle_places, waffle_rows
from quantization_story.common import AffineMap
from quantization_story.mobjects.map_motion import Glide, SwitchingCloud, paint_by_part
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import CLASS_MARKS, PointCloud, in_frame
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import LiveText, formula, percent, signed, text, wrapped
from quantization_story.networks import Population
from quantization_story.style import theme

# The letters of the outcomes in the order of the bands; the last kind stands in the third band until it comes back.
KINDS = ("-", "h", "l", "r")
GAP = 0.42
LARGEST_PITCH = 0.3


def map_in_full(transport: AffineMap, panel: theme.Zone) -> VGroup:
    """T and t of a map, with their names, below the rail of the panel."""
    linear = MatrixView(transport.linear, size=theme.LABEL_SIZE, column_colors=(theme.SAME,))
    offset = MatrixView(transport.offset, size=theme.LABEL_SIZE, column_colors=(theme.SAME,))
    names = formula("T =", theme.SAME), formula("t =", theme.SAME)
    row = VGroup(names[0], linear, names[1], offset).arrange(RIGHT, buff=0.22)
    return row.move_to((panel.left, panel.top - 1.25, 0.0), aligned_edge=LEFT)


def accuracy_and_error(
    panel: theme.Zone, count: int, accuracy: Callable[[], float], mean_error: Callable[[], float], glide: Glide
) -> VGroup:
    """The accuracy now on so many held-out points as a large number, and the mean error now under it."""
    left, top = panel.left, panel.top
    figure = LiveText("", theme.QUANTIZED, theme.FIGURE_SIZE).place((left, top - 2.55, 0.0))
    figure.live(lambda: percent(accuracy()))
    paint_by_part(figure, glide, theme.QUANTIZED, theme.SAME)
    unit = text(f"% of {count} held-out points right", theme.QUIET)
    unit.next_to((left + 1.75, top - 2.5, 0.0), RIGHT, buff=0.0).align_to(figure, DOWN)
    mean = LiveText("", theme.QUANTIZED, theme.LABEL_SIZE).place((left + 1.75, top - 3.1, 0.0))
    mean.live(lambda: signed(mean_error()))
    paint_by_part(mean, glide, theme.QUANTIZED, theme.SAME)
    name = text("mean error", theme.QUIET).move_to((left, top - 3.02, 0.0), aligned_edge=LEFT)
    return VGroup(figure, unit, mean, name)


def control_clouds(view: PlaneView, labels: np.ndarray, classes: int, positions: Callable[[], np.ndarray]) -> VGroup:
    """Points with labels (n,) where a function has them now, (n, 2): one quiet cloud a class."""

    def cloud(label: int) -> SwitchingCloud:
        mark = CLASS_MARKS[label % len(CLASS_MARKS)]
        return SwitchingCloud(view, lambda: positions()[labels == label], theme.QUIET, mark)

    return VGroup(*map(cloud, range(classes)))


def seeds_rule(zone: theme.Zone) -> VMobject:
    """What the dots of the seeds are, at the foot of a zone."""
    words = "Each dot is one trained network, the ring marks this one; accuracy on held-out points"
    rule = wrapped(words, theme.QUIET, theme.LABEL_SIZE, zone.width)
    return rule.move_to((zone.left, zone.bottom + 0.2, 0.0), aligned_edge=LEFT)


def came_back(population: Population | None, panel: theme.Zone) -> VGroup:
    """The population in one line for the last picture; nothing if there is none."""
    if population is None:
        return VGroup()
    words = f"of {population.lost} seeds that lose accuracy, {population.restored} come back"
    line = text(words, theme.QUIET, theme.SMALL_SIZE)
    return VGroup(line.move_to((panel.left, panel.top - 5.55, 0.0), aligned_edge=LEFT))


class SeedDots(VGroup):
    """One cloud for each outcome. `sorting` runs from 0 (in the order of the seeds) through 1 (into three bands: not
    learned, holds, loses) to 2 (those that come back leave for a band of their own).
    """

    def __init__(self, population: Population, zone: theme.Zone, names_width: float) -> None:
        super().__init__()
        self.population = population
        self.sorting = ValueTracker(0.0)
        outcomes = np.array(list(population.outcomes))
        self.names_width, self.zone = names_width, zone
        area = theme.Zone(zone.left + names_width, zone.right, zone.bottom, zone.top)
        groups = [np.flatnonzero(outcomes == kind) for kind in KINDS]
        counts = [len(group) for group in groups]
        bands = [counts[0], counts[1], counts[2] + counts[3], counts[3]]
        self.pitch, rows = waffle_rows(bands, area.width, area.height, GAP, LARGEST_PITCH)
        columns = max(1, int(area.width / self.pitch + 1e-9))
        corner = np.array([area.left + self.pitch / 2, area.top - self.pitch / 2])
        self.tops = [area.top - sum(rows[:k]) * self.pitch - k * GAP for k in range(len(rows))]
        starts = [corner - [0.0, area.top - top] for top in self.tops]
        # At first all stand together, in the middle of the height.
        whole = waffle_places(population.seeds, self.pitch, columns)
        home = corner + whole - [0.0, (area.height - (self.pitch - whole[-1, 1])) / 2]
        radius = 0.38 * self.pitch
        colors = (theme.QUIET, theme.FLOAT, theme.QUANTIZED, theme.QUANTIZED)
        for kind, group in enumerate(groups):
            band = min(kind, 2)
            # Those that come back stand last in the band of the losers, so those that stay behind keep their places.
            first = counts[2] if kind == 3 else 0
            sorted_places = starts[band] + waffle_places(first + len(group), self.pitch, columns)[first:]
            last = starts[3] + waffle_places(len(group), self.pitch, columns) if kind == 3 else sorted_places
            stops = [home[group], sorted_places, last]
            paints = [theme.QUIET, colors[kind], theme.SAME if kind == 3 else colors[kind]]
            mark, size = ("diamond", 0.6 * radius) if kind == 0 else ("disc", radius)
            delay = group / max(1, population.seeds - 1)
            self.add(self._cloud(mark, size, stops, paints, delay))
        self.add(self._left_behind(radius, sorted_places))

    def _cloud(
        self,
        mark: str,
        radius: float,
        stops: Sequence[np.ndarray],
        paints: Sequence[str],
        delay: np.ndarray,
    ) -> PointCloud:
        """Dots that pass through the stops one after the other, those of late seeds a little later."""
        cloud, sorting = PointCloud(paints[0], mark, radius), self.sorting
        colors = [ManimColor(paint) for paint in paints]

        def redraw(path: VMobject) -> None:
            leg = min(1, int(sorting.get_value()))
            part = sorting.get_value() - leg
            own = np.clip(1.6 * part - 0.6 * delay, 0.0, 1.0)[:, None]
            own = own * own * (3 - 2 * own)
            cloud_now = stops[leg] + own * (stops[leg + 1] - stops[leg])
            path.set_positions(in_frame(cloud_now))
            path.set_fill(interpolate_color(colors[leg], colors[leg + 1], min(1.0, part)), family=False)

        cloud.add_updater(redraw)
        redraw(cloud)
        return cloud

    def _left_behind(self, radius: float, places: np.ndarray) -> PointCloud:
        """Rings where the dots stood that come back, so that the band of the losers keeps its length."""
        cloud, sorting = PointCloud(theme.QUANTIZED, "ring", radius, 0.6), self.sorting
        shown = in_frame(places)
        cloud.add_updater(lambda path: path.set_positions(shown if sorting.get_value() > 1 else shown[:0]))
        return cloud.set_positions(shown[:0])

    def settle(self, *kinds: int) -> VGroup:
        """The clouds of the kinds that move no more, to be dimmed; they keep what they show now."""
        clouds = [self.submobjects[kind] for kind in kinds]
        for cloud in clouds:
            cloud.clear_updaters()
        return VGroup(*clouds)

    def captions(self) -> list[VGroup]:
        """The counts and names of the bands: not learned, holds, loses, comes back."""
        every = self.population
        failed, lost = every.seeds - every.learned, every.lost
        return [
            self._caption(0, f"stay below {percent(every.learned_at_least)} %", failed, theme.QUIET),
            self._caption(1, f"hold at {every.bits} bits", every.learned - lost, theme.FLOAT),
            self._caption(2, f"lose {percent(every.loss_at_least)} points or more", lost, theme.QUANTIZED),
            self._caption(3, f"back within {percent(every.back_within)} points", every.restored, theme.SAME),
        ]

    def _caption(self, band: int, name: str, count: int, color: str) -> VGroup:
        """The count and the name of a band, at the left of it."""
        y = self.tops[band] - self.pitch / 2
        number = LiveText(str(count), color, theme.FORMULA_SIZE, align=1).place((self.zone.left + 0.95, y - 0.12, 0.0))
        label = text(name, theme.QUIET, theme.LABEL_SIZE).move_to((self.zone.left + 1.15, y, 0.0), aligned_edge=LEFT)
        return VGroup(number, label)

    def place_of(self, seed: int) -> np.ndarray | None:
        """Where the dot of a seed is now, (3,), or None if the seed is not in the population."""
        index = seed - self.population.first_seed
        if not 0 <= index < self.population.seeds:
            return None
        kind = KINDS.index(self.population.outcomes[index])
        order = self.population.outcomes[:index].count(KINDS[kind])
        cloud = self.submobjects[kind]
        marks = cloud.points.reshape(self.population.outcomes.count(KINDS[kind]), -1, 3)
        return np.asarray((marks[order].min(axis=0) + marks[order].max(axis=0)) / 2)

    def ring(self, seed: int) -> PointCloud:
        """A ring that stays on the dot of a seed; empty if the seed is not in the population."""
        ring = PointCloud(theme.INK, "ring", 0.75 * self.pitch)
        place = self.place_of

        def redraw(path: VMobject) -> None:
            at = place(seed)
            path.set_positions(np.zeros((0, 3)) if at is None else at[None])

        ring.add_updater(redraw)
        redraw(ring)
        return ring
