"""A number line that can turn from a horizontal into a vertical axis."""

from collections.abc import Sequence

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.text import LiveText, signed
from quantization_story.style import theme

TICK = np.array([0.0, 0.11, 0.0])


def tick_path(places: np.ndarray, color: str = theme.QUIET, width: float = theme.THIN) -> SegmentPath:
    """Short upright strokes across the frame points (n, 3), one path."""
    return SegmentPath(color, width).set_segments(places - TICK, places + TICK)


def number_at(value: float, digits: int, place: np.ndarray) -> LiveText:
    """A quiet number with its middle at a frame point; composed from glyphs, it costs no typesetting."""
    return LiveText(signed(value, digits), theme.QUIET, theme.SMALL_SIZE).move_to(place)


class TurningAxis(VGroup):
    """An axis of integer codes that lies at `turn` 0 and stands at `turn` 1; every code goes straight to its new place.

    lying, standing: the frame points (n, 3) of the codes. Numbers stand above the lying and left of the standing axis.
    It rests until `start_turning`; `clear_updaters` lets it rest again.
    """

    def __init__(self, codes: Sequence[int], lying: np.ndarray, standing: np.ndarray, turn: ValueTracker) -> None:
        self.turn = turn
        self.ends = {"place": (lying, standing), "tick": (TICK, np.array([TICK[1], 0.0, 0.0]))}
        above, beside = np.array([0.0, 0.33, 0.0]), np.array([-0.36, 0.0, 0.0])
        self.lines = SegmentPath(theme.QUIET, theme.THIN)
        self.numbers = VGroup(*(number_at(code, 0, place + above) for code, place in zip(codes, lying, strict=True)))
        self.homes = list(zip(self.numbers, lying + above, standing + beside, strict=True))
        super().__init__(self.lines, self.numbers)
        self._redraw(0.0)

    def _redraw(self, turned: float) -> None:
        places, tick = ((1 - turned) * first + turned * last for first, last in self.ends.values())
        ticks = np.stack([places - tick, places + tick], axis=1)
        lines = np.concatenate([np.stack([places[0], places[-1]])[None], ticks])
        self.lines.set_segments(lines[:, 0], lines[:, 1])
        for number, lying, standing in self.homes:
            if number in self.numbers.submobjects:
                number.move_to((1 - turned) * lying + turned * standing)

    def start_turning(self) -> "TurningAxis":
        """Follow the tracker from now on."""
        return self.add_updater(lambda axis: axis._redraw(axis.turn.get_value()))
