"""Every seed of the search that found a network: what rounding costs it, and what one map leaves of that."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import BoolArray

SOME = 0.02  # the loss from which on a seed is said to lose
EDGE = 1e-9  # of a threshold


@dataclass(frozen=True)
class PopulationFigures:
    """Every seed of the search that learned, at these bits. Losses are shares of all held-out points, 0 to 1.

    before, after, on_float: for each, what rounding costs, what it still costs with a map of its own, and what that map
    costs the float network. shown: which of them is the network that is played. back: the most that one loses which is
    said to be back.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    on_float: tuple[float, ...]
    shown: int
    back: float

    @property
    def seeds(self) -> int:
        """How many there are."""
        return len(self.before)

    @property
    def losing(self) -> int:
        """How many lose."""
        return int((~self.small).sum())

    @property
    def losing_back(self) -> int:
        """How many of these come back."""
        return int((~self.small & (np.array(self.after) <= self.back + EDGE)).sum())

    @property
    def small(self) -> BoolArray:
        """Which of them lose next to nothing, (n,)."""
        return np.asarray(np.array(self.before) < SOME - EDGE)

    @property
    def worse(self) -> int:
        """How many lose with their map so much more than without."""
        return int((np.array(self.after) - np.array(self.before) >= SOME - EDGE).sum())

    @property
    def worst(self) -> int:
        """The one that its map serves worst."""
        return int(np.argmax(np.array(self.after) - np.array(self.before)))

    @property
    def float_losing(self) -> int:
        """How many float networks lose by the map of their rounded twin."""
        return int((np.array(self.on_float) >= SOME - EDGE).sum())

    @property
    def largest_gain(self) -> float:
        """The most that the maps add to a float network."""
        return max(0.0, -min(self.on_float))


def loss_ticks(population: PopulationFigures) -> list[int]:
    """Round numbers of per cent for an axis that holds every loss."""
    most = 100 * max(max(population.before), max(population.after), max(population.on_float))
    return list(range(0, int(most) + 1, 10))
