"""How far each weight of the opening is on its way, and what follows from it wherever the view stands."""

from dataclasses import dataclass

import numpy as np
from manim import ValueTracker

from quantization_story.core.arrays import BoolArray, FloatArray


class Parts(ValueTracker):
    """How far each weight is on its way to its level, (K,), as one tracker."""

    def __init__(self, count: int) -> None:
        super().__init__(0.0)
        self.points = np.zeros((count, 3))

    @property
    def values(self) -> FloatArray:
        """(K,), 0 to 1."""
        return np.clip(self.points[:, 0], 0.0, 1.0)

    def set_values(self, values: FloatArray) -> "Parts":
        """Set them all."""
        self.points = np.column_stack([values, np.zeros((len(values), 2))])
        return self


@dataclass(frozen=True, eq=False)
class State:
    """What follows from the weights as they are now, wherever the view stands.

    wrong: which of the drawn points are wrong now. outline: the margins (k,) at the corners of the piece. levels: the
    hero's margin as one group after the other goes as far as it has gone now.
    """

    wrong: BoolArray
    outline: FloatArray
    levels: FloatArray
