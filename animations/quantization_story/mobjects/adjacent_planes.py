"""Pictures side by side that can be laid on each other: views that slide, and arrows from one picture to the other."""

from collections.abc import Callable, Sequence

import numpy as np
from manim import ValueTracker

from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.paths import ArrowField
from quantization_story.mobjects.plane import PlaneView


class SlidingView(PlaneView):
    """A view that slides to another place and size: `slid` runs from 0 (its own) to 1 (those of its goal)."""

    def __init__(
        self, center: Sequence[float], side: float, window: Window, goal: Sequence[float], goal_side: float
    ) -> None:
        self.slid = ValueTracker(0.0)
        self.goal, self.goal_side = np.array(goal, dtype=float), goal_side
        super().__init__(center, side, window)

    @property
    def center(self) -> np.ndarray:
        """The middle of the square now, (3,)."""
        part = self.slid.get_value()
        return np.asarray((1 - part) * self.start + part * self.goal)

    @center.setter
    def center(self, value: np.ndarray) -> None:
        self.start = np.array(value, dtype=float)

    @property
    def side(self) -> float:
        """The side of the square now, in frame units."""
        part = self.slid.get_value()
        return float((1 - part) * self.start_side + part * self.goal_side)

    @side.setter
    def side(self, value: float) -> None:
        self.start_side = value


def live_arrows(
    view: PlaneView, ends: Callable[[], tuple[np.ndarray, np.ndarray]], color: str, width: float = 0.035
) -> ArrowField:
    """Arrows of a data plane, one path: the function gives their tails (n, 2) and tips (n, 2) each frame."""
    field = ArrowField(color, width)

    def redraw(path: ArrowField) -> None:
        path.set_arrows(*map(view.to_frame, ends()))

    field.add_updater(redraw)
    redraw(field)
    return field
