"""Text, formulas and live numbers, all set with Typst and its own fonts."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import typst
from manim import Typst, VMobject

from quantization_story.core.shown_numbers import pair as pair
from quantization_story.core.shown_numbers import percent as percent
from quantization_story.core.shown_numbers import signed as signed
from quantization_story.mobjects.typesetting import TypesetFormula, TypesetLine, placed_glyphs
from quantization_story.style import theme

# Only fonts that come with the typst wheel, read once; without fallback no font of the machine can slip in.
_FONTS = typst.Fonts(include_system_fonts=False)
_PREAMBLE = """#set text(font: "Libertinus Serif", fallback: false)
#show math.equation: set text(font: "New Computer Modern Math", fallback: false)"""


@cache
def _typeset(kind: type[Typst], content: str, size: float) -> Typst:
    """Set a line once for all copies of it. manim's own cache would copy all that its SVG parser knew, every time."""
    line = kind(content, font_size=size, typst_preamble=_PREAMBLE, font_paths=_FONTS, use_svg_cache=False)
    line.set_fill(opacity=1.0, family=False).set_stroke(width=0.0, family=False)
    return line


def text(content: str, color: str = theme.INK, size: float = theme.LABEL_SIZE, bold: bool = False) -> Typst:
    """A line of text. `content` is Typst markup, so $...$ sets a formula and a backslash escapes a sign."""
    return _typeset(TypesetLine, f"*{content}*" if bold else content, size).copy().set_color(color)


def wrapped(content: str, color: str, size: float, width: float, align: str = "left") -> Typst:
    """A line of text, or two where one would be wider than `width`: broken between words, near the middle.

    align: "left" or "center", of the shorter one.
    """
    line = text(content, color, size)
    breaks = breaking_points(content)
    if line.width <= width or not breaks:
        return line
    at = min(breaks, key=lambda place: abs(2 * place - len(content)))
    return text(f"#align({align})[{content[:at]} \\ {content[at + 1 :]}]", color, size)


def breaking_points(content: str) -> list[int]:
    """Where the spaces between words are in Typst markup; a space in a formula is none."""
    outside, places = True, []
    for place, sign in enumerate(content):
        if sign == "$" and content[place - 1 : place] != "\\":
            outside = not outside
        elif sign == " " and outside:
            places.append(place)
    return places


def plain(words: str) -> str:
    """Words as Typst markup that sets them as they stand: names of files and layers hold signs that mean something."""
    return "".join(f"\\{sign}" if sign.isascii() and not (sign.isalnum() or sign.isspace()) else sign for sign in words)


def formula(content: str, color: str = theme.INK, size: float = theme.FORMULA_SIZE) -> Typst:
    """A formula in Typst's math language, one path."""
    return _typeset(TypesetFormula, content, size).copy().set_color(color)


_CHARACTERS = "0123456789.−+%,()–e/→×="


@cache
def _glyphs() -> dict[str, tuple[np.ndarray, float]]:
    """For every character its outline at font size 1, on the baseline, and its advance."""
    # The characters stand in one line between bars, so none meets its neighbour and each ends where a bar begins.
    escaped = ["\\" + character if character in "+=/" else character for character in _CHARACTERS]
    ruled = _typeset(TypesetLine, "|" + "|".join(escaped) + "|", 48)
    placed = placed_glyphs(ruled.get_file_path())
    assert placed is not None
    unit = ruled.height / 48 / np.ptp(np.concatenate([outline for outline, _ in placed])[:, 1])
    glyphs: dict[str, tuple[np.ndarray, float]] = {}
    for character, (outline, origin), (_, end) in zip(_CHARACTERS, placed[1::2], placed[2::2], strict=True):
        glyphs[character] = (unit * (outline - [*origin, 0.0]), unit * float(end[0] - origin[0]))
    # A space is half as wide as a digit, as in the running text.
    glyphs[" "] = (np.zeros((0, 3)), glyphs["0"][1] / 2)
    return glyphs


def is_live(content: str) -> bool:
    """Whether a line can be set as a LiveText: digits and signs, no letters."""
    return all(character in _CHARACTERS or character == " " for character in content)


class LiveText(VMobject):
    """A short line of digits and signs that can be set anew every frame: one path, composed from glyphs made once.

    It keeps its place by an anchor: `align` -1 its left end, 0 its middle, 1 its right end, on the baseline.
    Characters: digits . − + % , ( ) – e / → × = and the space.
    """

    def __init__(self, content: str, color: str = theme.INK, size: float = theme.LABEL_SIZE, align: float = -1) -> None:
        super().__init__(fill_color=color, fill_opacity=1.0, stroke_width=0.0)
        self.size = size
        self.align = align
        self._anchor = np.zeros(3)
        self._lead = np.zeros(3)
        self.content = ""
        self.set_content(content)

    @property
    def anchor(self) -> np.ndarray:
        """The point of the frame that the line is held by, (3,); it moves with whatever moves the line."""
        return self.points[0] - self._lead if len(self.points) else self._anchor

    def set_content(self, content: str) -> "LiveText":
        """Show another line; raises KeyError for a character that is not in the set."""
        if content == self.content and len(self.points):
            return self
        anchor = self.anchor
        self.content = content
        pieces, pen = [np.zeros((0, 3))], 0.0
        for character in content:
            outline, advance = _glyphs()[character]
            pieces.append(outline * self.size + np.array([pen, 0.0, 0.0]))
            pen += advance * self.size
        outlines = np.concatenate(pieces) - np.array([(self.align + 1) / 2 * pen, 0.0, 0.0])
        self._anchor, self._lead = anchor, outlines[0] if len(outlines) else np.zeros(3)
        self.points = anchor + outlines
        return self

    def live(self, content: Callable[[], str]) -> "LiveText":
        """Show from now on, every frame, what the function gives."""
        self.add_updater(lambda line: line.set_content(content()))
        return self.set_content(content())

    def place(self, anchor: Any) -> "LiveText":
        """Move the anchor to a point of the frame."""
        target = np.array(anchor, dtype=float)
        self.points = self.points + (target - self.anchor)
        self._anchor = target
        return self
