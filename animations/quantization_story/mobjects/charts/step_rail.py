"""The rail of steps: where in the network the moving plane is now."""

from collections.abc import Sequence
from typing import Any

from manim import UP, Transform, VGroup, VMobject

from quantization_story.analysis.layer_motion import Step
from quantization_story.mobjects.paths import SegmentPath
from quantization_story.mobjects.text import text
from quantization_story.style import theme


def step_name(step: Step) -> str:
    """A step as Typst markup."""
    return {"weight": f"$W_{step.layer}$", "bias": f"$b_{step.layer}$", "relu": "ReLU"}[step.kind]


def brief_name(step: Step) -> str:
    """A step as Typst markup where there is little room: the weights by name, what follows them by a letter."""
    return {"weight": f"$W_{step.layer}$", "bias": "$b$", "relu": "R"}[step.kind]


class StepRail(VGroup):
    """The input and every step in a row; one of them is lit and underlined. A long row is abbreviated."""

    least_gap = 0.1

    def __init__(self, steps: Sequence[Step], width: float) -> None:
        for name in (step_name, brief_name):
            names = ["$x$", *map(name, steps)]
            self.tokens = [text(content, theme.QUIET, theme.LABEL_SIZE) for content in names]
            if sum(token.width for token in self.tokens) + self.least_gap * len(steps) <= width:
                break
        row = VGroup(*self.tokens)
        gap = (width - sum(token.width for token in self.tokens)) / (len(self.tokens) - 1)
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            token.next_to(before, buff=gap)
            token.shift((_baseline(self.tokens[0]) - _baseline(token)) * UP)
        self.current = 0
        self.bar = self._underline(0)
        self.tokens[0].set_color(theme.INK)
        super().__init__(row, self.bar)

    def _underline(self, index: int) -> SegmentPath:
        token = self.tokens[index]
        left, right = token.get_left(), token.get_right()
        left[1] = right[1] = self.tokens[0].get_bottom()[1] - 0.17
        bar = SegmentPath(theme.BOUNDARY, theme.STRONG).set_segments(left[None], right[None])
        # Above zero it stays at the front of the stage, and nothing below it is redrawn when it moves.
        return bar.set_z_index(1)

    def step_to(self, index: int) -> list[Any]:
        """The animations that light another token."""
        old, self.current = self.current, index
        return [
            Transform(self.bar, self._underline(index)),
            self.tokens[old].animate.set_color(theme.QUIET),
            self.tokens[index].animate.set_color(theme.INK),
        ]


def _baseline(token: VMobject) -> float:
    """The height of the line that the first letter of a token stands on."""
    return float(token.get_subpaths()[0][:, 1].min())
