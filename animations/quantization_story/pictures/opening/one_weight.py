"""One weight, large: its levels as bars one above the other, and the weight as a dot that goes to the nearest."""

from collections.abc import Callable

import numpy as np
from manim import DOWN, VGroup

from quantization_story.mobjects.painting import Painting
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.relief import EDGE, dots, mixed, rgba
from quantization_story.mobjects.text import text
from quantization_story.style import theme

AROUND = 2  # so many levels are seen above the nearest one, and below it
DOT = 0.15  # the radius of the weight
BAR, BRACE = 0.45, 0.6  # how far left and right of the middle a level runs, and where half a step is measured


class OneWeight(VGroup):
    """A weight beside the levels around it.

    step: from the weight to its nearest level, in steps. part: how far it is on its way now, 0 to 1. size: (width,
    height) of it all.
    """

    def __init__(self, step: float, part: Callable[[], float], size: tuple[float, float]) -> None:
        super().__init__()
        self.step, self.part = step, part
        note = VGroup(*(text(line, theme.INK, theme.LABEL_SIZE) for line in ("dot: one weight", "bars: its levels")))
        note.arrange(DOWN, buff=0.12).move_to([0.0, -size[1] / 2 + note.height / 2, 0.0])
        room = size[1] - note.height - 0.2
        self.pitch = room / (2 * AROUND + 1)
        self.middle = size[1] / 2 - room / 2
        heights = self.middle + self.pitch * np.arange(-AROUND, AROUND + 1)
        at = -size[0] / 2 + BAR + 0.1
        ends = np.array([[at, heights[0] - self.pitch / 2, 0.0], [at, heights[-1] + self.pitch / 2, 0.0]])
        self.axis = SegmentPath(theme.GUIDE, theme.THIN).set_segments(ends[:1], ends[1:])
        places = np.column_stack([np.full(len(heights), at), heights, np.zeros(len(heights))])
        wide = np.array([BAR, 0.0, 0.0])
        self.levels = SegmentPath(theme.QUANTIZED, theme.STRONG).set_segments(places - wide, places + wide)
        brace = np.array([at + BRACE, self.middle, 0.0])
        up = np.array([0.0, np.copysign(self.pitch / 2, -step), 0.0])
        cap = np.array([0.08, 0.0, 0.0])
        self.half = SegmentPath(theme.INK, theme.THIN).set_segments(
            np.array([brace, brace - cap, brace + up - cap]), np.array([brace + up, brace + cap, brace + up + cap])
        )
        words = text("half a step", theme.INK, theme.LABEL_SIZE)
        words.move_to(brace + up / 2 + np.array([0.15 + words.width / 2, 0.0, 0.0]))
        self.dot = Painting()
        self.dot.add_updater(lambda dot: self._draw())
        self.add(self.axis, self.levels, self.half, words, note, self.dot)
        self.home = places[AROUND][:2] - self.axis.points[0][:2]
        self._draw()

    def place(self) -> np.ndarray:
        """Where the weight is now, (2,), in the frame."""
        offset = -self.step * (1 - self.part()) * self.pitch
        return np.asarray(self.axis.points[0][:2] + self.home + [0.0, offset])

    def _draw(self) -> None:
        color = (*mixed(theme.FLOAT, theme.QUANTIZED, self.part()).tolist(), 1.0)
        at = [self.place()]
        self.dot.paint([dots(at, DOT + EDGE, rgba(theme.BACKGROUND)), dots(at, DOT, color)])
