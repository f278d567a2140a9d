"""What drifts with a chart, and what changes its colour with a function."""

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import ManimColor, VMobject

from quantization_story.core.arrays import FloatArray
from quantization_story.mobjects.frame_view import SWAY, Swaying


def sway(drift: Swaying) -> FloatArray:
    """Where a chart that drifts is now, from where it is at home, (3,)."""
    return np.array([SWAY[0] * drift.x, SWAY[1] * drift.y, 0.0])


def swaying(thing: Any, drift: Swaying) -> Any:
    """A thing that was built at home, from now on where the drift has it."""
    thing.swayed = np.zeros(3)  # the mobject's own, so that it counts as a place in the name of a play

    def follow(mobject: Any) -> None:
        now = sway(drift)
        mobject.shift(now - mobject.swayed)
        mobject.swayed = now

    return thing.add_updater(follow, call_updater=True)


def recolored(path: VMobject, color: Callable[[], ManimColor]) -> VMobject:
    """Let a path have, every frame, the colour that a function gives."""
    painted: list[str] = []

    def paint(mobject: VMobject) -> None:
        now = color()
        if painted != [now.to_hex()]:
            painted[:] = [now.to_hex()]
            mobject.set_color(now, family=False)

    path.add_updater(paint)
    paint(path)
    return path
