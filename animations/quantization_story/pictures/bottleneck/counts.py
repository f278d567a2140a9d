"""All networks of a search that lose much, as dots."""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.core.arrays import FloatArray
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.relief import mixed
from quantization_story.style import theme

SIDE, ROOM = 4.6, 0.35  # frame units that the dots leave at the right, and at every other side


class SeedDots(VGroup):
    """All networks of a search that lose much, a dot each; `rescued` goes from 0 to 1, and those that come back turn.

    outcomes: a letter a seed, as `Population` has them. own: the number of the seed that is shown, in a ring.
    """

    def __init__(self, outcomes: str, own: int | None) -> None:
        super().__init__()
        self.rescued = ValueTracker(0.0)
        fates = {number: letter for number, letter in enumerate(outcomes) if letter in "rl"}
        # Those that come back stand first, so that they can be counted, and our own last.
        order = sorted(fates, key=lambda number: ("rl".index(fates[number]), number == own, number))
        at = dict(zip(order, places_of(len(order)), strict=True))
        radius = 0.3 * pitch_of(len(order))
        self.clouds = {}
        for letter in "rl":
            cloud = PointCloud(theme.QUANTIZED, "disc", radius)
            here = [at[number] for number in order if fates[number] == letter]
            self.clouds[letter] = cloud.set_positions(np.array(here).reshape(-1, 3))
            self.add(cloud)
        self.clouds["r"].add_updater(self._paint)
        self.own = at.get(own) if own is not None else None
        if self.own is not None:
            self.add(PointCloud(theme.HERO, "ring", 1.5 * radius).set_positions(self.own[None]))
        self.back = at[order[min(columns_of(len(order)), outcomes.count("r")) - 1]] if "r" in outcomes else None

    def _paint(self, cloud: PointCloud) -> None:
        cloud.fill_rgbas[:, :3] = mixed(theme.QUANTIZED, theme.REPAIRED, self.rescued.get_value())


def room() -> theme.Zone:
    """Where the dots are: beside the words, or between them in an upright frame."""
    zone = theme.middle_zone()
    right, high = (ROOM, 2.2) if theme.VERTICAL else (SIDE, ROOM)
    return theme.Zone(zone.left + ROOM, zone.right - right, zone.bottom + high, zone.top - high)


def columns_of(count: int) -> int:
    """How many dots stand in a row, so that they are as far apart as the room allows."""
    return max(range(1, count + 1), key=lambda columns: _pitch(count, columns), default=1)


def pitch_of(count: int) -> float:
    """From one dot to the next, in frame units."""
    return _pitch(count, columns_of(count))


def _pitch(count: int, columns: int) -> float:
    zone = room()
    return min(zone.width / columns, zone.height / max(1, -(-count // columns)))


def places_of(count: int) -> FloatArray:
    """The places (count, 3) of so many dots, row by row from the upper left."""
    columns, pitch, zone = columns_of(count), pitch_of(count), room()
    numbers = np.arange(count)
    row, column = numbers // columns, numbers % columns
    return np.column_stack([zone.left + pitch * (column + 0.5), zone.top - pitch * (row + 0.5), np.zeros(count)])
