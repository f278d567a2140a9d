"""The words of captions that could go either way, chosen by the figures of the network that is shown."""

from collections.abc import Sequence
from typing import Any

from quantization_story.core.arrays import FloatArray

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")
FEW = 0.01  # a share that counts as hardly any
APART = 0.95  # a share that counts as nearly all
NOTHING = 1e-6  # a length that is rounding of the computer


def number_word(count: int) -> str:
    """A small count in words, a larger one in figures."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def signed(value: float, digits: int = 2) -> str:
    """A number as it is shown: fixed digits, a true minus sign, and no minus before a zero."""
    shown = f"{value:.{digits}f}"
    if float(shown) == 0:
        shown = shown.removeprefix("-")
    return shown.replace("-", "−")


def pair(values: Any, digits: int = 2) -> str:
    """Coordinates as they are shown: (1.20, −0.35)."""
    return f"({', '.join(signed(float(value), digits) for value in values)})"


def percent(share: float, digits: int = 1) -> str:
    """A share from 0 to 1 as a percentage, without its sign: 99.5."""
    return f"{100 * share:.{digits}f}"


def decimals(largest: float) -> int:
    """How many decimals show numbers of up to this size: two, fewer for hundreds, more for hundredths."""
    if largest >= 100:
        return 0 if largest >= 1000 else 1
    return 2 if largest >= 0.1 or largest == 0 else 3 if largest >= 0.01 else 4


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


def repair_verdict(removed: float) -> str:
    """What one map is worth, by the share of the squared error that it removes."""
    if removed <= 0:
        return "One map does not lay it back: this error is no wrong chart"
    return f"One map lays {'most' if removed >= 0.5 else 'part'} of it back, but not all"


def removed_words(removed: float) -> str:
    """The share of the squared error that one map removes, and what that means."""
    if removed <= 0:
        return "On new points the map removes none of the squared error"
    return f"{100 * removed:.0f} % of the squared error was a wrong chart"


def near_side_words(gap_before: float, gap: float) -> str:
    """What a map fitted on the near side of a boundary does to the gap in the strip."""
    grows = "in the strip the gap grows" if gap > gap_before else "the gap that is left is in the strip"
    return f"Fit it on the near side: {grows}"


def crossing_words(changed: int) -> str:
    """What is to be seen at the borders of the classes when the weights are rounded, by how many points cross them."""
    return f"Rounded again: {'rings mark points that cross' if changed else 'no point crosses'} a border"


def capacity_words(change: float) -> str:
    """Whether the map's numbers help the float network too, and so are more than a repair, by what accuracy does."""
    moves = "falls" if change < 0 else "rises" if change > 0 else "stays"
    helped = "help the float network too" if change > 0 else "do not help the float network"
    return f"They {helped}: accuracy {moves}"


def reaching_words(far: int, count: int) -> str:
    """How many of the fits on permuted weights get as far as the map, before the raw input is tried."""
    return f"{far} of {count} {'gets' if far == 1 else 'get'} as far. Now from the raw input"


def one_region_words(inside: float, elsewhere: float, elsewhere_before: float) -> str:
    """What a map fitted in one region leaves: the largest residual there, and the mean one elsewhere, as before."""
    there = "nothing is left there" if inside < NOTHING else "less is left there"
    more = elsewhere > elsewhere_before
    return f"A map for the outlined region: {there}{', more elsewhere' if more else ''}"


def boxed_again(errors: Sequence[str]) -> str:
    """By how many per cent of the input the channels are off at most, as it is shown; told once if it is the same."""
    if len(set(errors)) == 1:
        return f"Again a box: both channels err by up to {errors[0]} %"
    return f"Again a box: the channels err by up to {' and '.join(errors)} %"


def stretch_verdict(areas: FloatArray, norms: FloatArray) -> str:
    """What the last of some families of matrices does, the full one: areas (families,), spectral norms (families, L).

    It is measured against the largest area and the largest norm among the others.
    """
    factor = float(areas[-1] / areas[:-1].max())
    stretches = "stretch more, and" if norms[-1].max() > norms[:-1].max() else "stretch no more, but"
    if factor <= 1:
        return "Full matrices do not err over a larger area here"
    return f"Full matrices {stretches} err over {factor:.1f} times the area"


def closer_words(green: float, red: float, crossed: bool) -> str:
    """What a map does to points of one pattern (green) and crossed ones, by the shares that their mean gaps fall by."""
    if not crossed:
        return f"{'Green comes closer' if green > 0 else 'Green comes no closer'}; nothing here is red"
    if min(green, red) <= 0:
        nearer = [name for name, fall in (("green", green), ("red", red)) if fall > 0]
        return f"Only {nearer[0]} comes closer" if nearer else "Neither green nor red comes closer"
    if green == red:
        return "Both come closer, by the same share"
    return f"Both come closer, {'green more than red' if green > red else 'red more than green'}"


def energy_words(shares: Sequence[float]) -> str:
    """Of what a squared error is made: the shares, 1 in all, of the metric part, the topological one, the cross term.

    Parts that all but cancel are many times their sum, and are told without decimals.
    """
    digits = min(1, decimals(100 * max(map(abs, shares))))
    metric, topological, cross = (f"{100 * share:.{digits}f}".replace("-", "−") for share in shares)
    return f"Squared error: {metric} % metric, {topological} % topological, {cross} % cross"
