"""A picture on its way: a map of the plane that is carried out by a part, and the colour that tells how far."""

from typing import Any

import numpy as np
from manim import ManimColor, ValueTracker, VMobject, interpolate_color

from quantization_story.analysis.transport import partway
from quantization_story.core.affine import AffineMap


class Glide:
    """A map of the plane that is carried out by a part: `amount` runs from 0 (nothing has moved) to 1.

    Another transport may take its place while nothing has moved.
    """

    def __init__(self, transport: AffineMap) -> None:
        self.transport = transport
        self.amount = ValueTracker(0.0)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Glide":
        """A copied mobject glides with the original."""
        return self

    @property
    def part(self) -> float:
        """How much of the map is carried out now."""
        return float(self.amount.get_value())

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) where they are now, (n, 2)."""
        return partway(self.transport, self.part)(points) if self.part else points


def paint_by_part(mobject: VMobject, glide: Glide, start: str, goal: str) -> VMobject:
    """Let a path turn from one colour to another as a glide is carried out."""
    ends = ManimColor(start), ManimColor(goal)
    painted = [-1.0]

    def paint(path: Any) -> None:
        if painted[0] != glide.part:
            painted[0] = glide.part
            path.set_color(interpolate_color(*ends, min(1.0, max(0.0, glide.part))), family=False)

    mobject.add_updater(paint)
    paint(mobject)
    return mobject
