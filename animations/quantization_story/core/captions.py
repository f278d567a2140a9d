"""What a caption asks of its reader: how long it has to stand, by its words, its figures and its new terms."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

PLAIN_SPEED, SLOW_SPEED = 2.4, 2.0  # words a second; the slow one where there is a figure, a sign or a new term
CHARACTER_SPEED = 15.0  # characters a second
LEAST_APART = 5.5  # seconds from one caption to the next
MOST_CAPTIONS = 18  # in one scene
LONGEST = 70  # characters
MARK_NAMES = ("discs", "triangles", "squares", "diamonds")  # what the marks of the classes are called

_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_SIGNS = frozenset("$%=≤≥≈×÷±→+−°‖∫Σ²³½₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Caption:
    """A line of the story.

    text: Typst markup. terms: words in it that are new to the viewer. figures: how many numbers it may hold; more than
    one has to be meant, as in "from 99 to 83 %". Raises ValueError where the line is too long, holds more numbers than
    that, or lacks one of its terms.
    """

    text: str
    terms: tuple[str, ...] = ()
    figures: int = 1

    def __post_init__(self) -> None:
        if len(self.text) > LONGEST:
            raise ValueError(f"caption of {len(self.text)} characters, at most {LONGEST}: {self.text!r}")
        if (count := len(figures_in(self.text))) > self.figures:
            raise ValueError(f"caption with {count} numbers, at most {self.figures}: {self.text!r}")
        if missing := [term for term in self.terms if term not in self.text]:
            raise ValueError(f"new term {missing[0]!r} is not in the caption {self.text!r}")

    @property
    def reading_seconds(self) -> float:
        """How long it has to be fully there."""
        slow = bool(self.terms or figures_in(self.text) or _SIGNS & set(self.text))
        words = len(self.text.split()) / (SLOW_SPEED if slow else PLAIN_SPEED)
        return max(words, len(self.text) / CHARACTER_SPEED)


Captions = Mapping[str, Caption | str]


def as_caption(caption: Caption | str, terms: tuple[str, ...] = (), figures: int = 1) -> Caption:
    """A caption as it is, or one made from a line of words."""
    return caption if isinstance(caption, Caption) else Caption(caption, tuple(terms), figures)


def figures_in(text: str) -> list[str]:
    """The numbers that stand in a text as digits: "from 99.7 to 83" has two."""
    return _FIGURE.findall(text)
