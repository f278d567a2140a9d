"""The words of the opening's captions that could go either way, chosen by the figures of the network shown."""

from quantization_story.core.shown_numbers import decimals as decimals
from quantization_story.core.shown_numbers import number_word as number_word
from quantization_story.core.shown_numbers import pair as pair
from quantization_story.core.shown_numbers import percent as percent
from quantization_story.core.shown_numbers import signed as signed

FEW = 0.01  # a share that counts as hardly any
APART = 0.95  # a share that counts as nearly all


def opening_question(things: str, classes: int, ink: str = "white") -> str:
    """What is asked of the point in the colour of ink; without classes, where it goes."""
    if classes < 2:
        return f"A cloud of points on a grid: where does the {ink} one go?"
    count = number_word(classes).capitalize()
    return f"{count} {'wound ' if things == 'arms' else ''}{things}: to which does the {ink} point belong?"


def cuts_words(rays: int) -> str:
    """The best straight cuts, by how many rays they have; two of them make one line."""
    if rays <= 2:
        return "One straight cut, turned to where it fits best"
    return f"{number_word(rays).capitalize()} straight cuts, turned to where they fit best"


def cuts_verdict(missed: float, things: str) -> str:
    """What the best straight cuts do, by the share of points that they miss."""
    if missed == 0:
        return f"Here straight cuts get them all: the {things} lie apart"
    if missed < FEW:
        return "Straight cuts miss only a few of these points"
    return f"The {things} reach across: no straight cut gets them all"


def output_verdict(accuracy: float, things: str) -> str:
    """Whether the classes have come apart at the output, by the share of points that lie in their own sector."""
    if accuracy >= APART:
        return f"The {things} have come apart, each into its own sector"
    return f"The {things} have not come apart: many points miss their sector"
