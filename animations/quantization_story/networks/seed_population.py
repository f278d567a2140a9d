"""Every seed of the search that found a network: what rounding costs it, and what one map leaves of that."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.arrays import BoolArray

SOME = 0.01  # the loss from which on a seed is said to lose something
EDGE = 1e-9  # of a threshold


@dataclass(frozen=True)
class PopulationFigures:
    """Every seed of the search that learned, at these bits. Losses are shares of all held-out points, 0 to 1.

    before, after, on_float: for each, what rounding costs, what it still costs with a map of its own, and what that map
    costs the float network. shown: which of them is the network that is played. much, back: the thresholds.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    on_float: tuple[float, ...]
    shown: int
    much: float
    back: float

    @property
    def seeds(self) -> int:
        """How many there are."""
        return len(self.before)

    @property
    def losing(self) -> int:
        """How many lose much."""
        return int((np.array(self.before) >= self.much - EDGE).sum())

    @property
    def losing_back(self) -> int:
        """How many of these come back."""
        return self._back(np.array(self.before) >= self.much - EDGE)

    @property
    def some(self) -> int:
        """How many lose something, but not much."""
        return int(self._some().sum())

    @property
    def some_back(self) -> int:
        """How many of these come back."""
        return self._back(self._some())

    @property
    def small(self) -> BoolArray:
        """Which of them lose next to nothing, (n,)."""
        return np.asarray(np.array(self.before) < SOME - EDGE)

    @property
    def worse(self) -> int:
        """How many lose something more with their map than without."""
        return int((np.array(self.after) - np.array(self.before) >= SOME - EDGE).sum())

    @property
    def worst(self) -> int:
        """The one that its map serves worst."""
        return int(np.argmax(np.array(self.after) - np.array(self.before)))

    @property
    def largest_gain(self) -> float:
        """The most that the maps add to a float network."""
        return max(0.0, -min(self.on_float))

    def _some(self) -> BoolArray:
        before = np.array(self.before)
        return np.asarray((before >= SOME - EDGE) & (before < self.much - EDGE))

    def _back(self, among: BoolArray) -> int:
        return int((among & (np.array(self.after) <= self.back + EDGE)).sum())


def gain_ticks(population: PopulationFigures) -> list[int]:
    """Round numbers of per cent for an axis of what the maps gain, the rounded networks and the float ones."""
    p = population
    gains = 100 * np.concatenate([np.subtract(p.before, p.after), np.negative(p.on_float)])
    return list(range(10 * int(np.ceil(gains.min() / 10)), int(gains.max()) + 1, 10))


def loss_ticks(population: PopulationFigures) -> list[int]:
    """Round numbers of per cent for an axis that holds every loss."""
    most = 100 * max(max(population.before), max(population.after), max(population.on_float))
    return list(range(0, int(most) + 1, 10))
