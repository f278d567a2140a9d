"""The population of trained seeds: a dot for each, which walks from its place in the row of seeds to its kind."""

from collections.abc import Sequence

import numpy as np
from manim import LEFT, ManimColor, ValueTracker, VGroup, VMobject, interpolate_color

from quantization_story.analysis.transport import waffle_places, waffle_rows
from quantization_story.mobjects.paths import PointCloud, in_frame
from quantization_story.mobjects.text import LiveText, text
from quantization_story.networks import Population
from quantization_story.style import theme

# The letters of the outcomes in the order of the bands; the last kind stands in the third band until it comes back.
KINDS = ("-", "h", "l", "r")
GAP = 0.42
LARGEST_PITCH = 0.3


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

    def caption(self, band: int, name: str, count: int, color: str) -> VGroup:
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
