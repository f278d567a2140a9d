"""A slow sway that keeps a held picture alive: it goes on through every play and every wait."""

import numpy as np
from manim import smooth


class Drift:
    """A point that goes around a circle at constant speed, so that what follows it never stands still.

    x, y: where it is, from -1 to 1, both 0 until it is under way. A view adds them, times an amplitude of its own, to
    its direction or middle. period: seconds a round. ease: seconds that it takes to get under way.
    """

    def __init__(self, period: float = 12.0, ease: float = 3.0) -> None:
        self.period, self.ease, self.clock = period, ease, 0.0

    def __deepcopy__(self, memo: object) -> "Drift":
        """A copied view sways with the first one."""
        return self

    def advance(self, seconds: float) -> None:
        """Go on for so many seconds."""
        self.clock += seconds

    def settle(self) -> None:
        """Forget, at the end of a play, in how many steps it went on: one or many come to the same place."""
        self.clock = round(self.clock, 9)

    @property
    def x(self) -> float:
        """The sway to the right."""
        return self._reach * float(np.sin(self._angle))

    @property
    def y(self) -> float:
        """The sway upward."""
        return self._reach * float(np.cos(self._angle))

    @property
    def _angle(self) -> float:
        return 2 * np.pi * self.clock / self.period

    @property
    def _reach(self) -> float:
        return float(smooth(min(1.0, self.clock / self.ease)))
