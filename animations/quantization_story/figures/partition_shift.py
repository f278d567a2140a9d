"""What PartitionShiftScene shows: how much of a plane changes its pattern, and why hardly a class changes there."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.partition_shift import (
    PatternShift,
    ShiftPlaces,
    busiest_unit,
    companion,
    pattern_shifts,
    typical_switch,
)
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.shown_numbers import percent
from quantization_story.networks.subject import StorySubject

WIDTHS = (8, 5, 4)  # bits, on the way to the story's own
CALM = 0.02  # of the points, at most, get another class where it is said that hardly any does
FRACTIONS = ("half", "a third", "a quarter", "a fifth", "a sixth", "a seventh", "an eighth", "a ninth", "a tenth")
NEAR = 0.1  # how far a share may be from a fraction that stands for it, as a part of it


@dataclass(frozen=True)
class PartitionShiftFigures:
    """The numbers of the scene. Shares are from 0 to 1.

    units, points: how many ReLUs, how many held-out points. widths: the bit widths that are shown, from the widest to
    the calm one, at which most of the square has another pattern while hardly a class changes. changed: at each of
    them the share of the square with another pattern. calm_moved: how many points get another class at the calm one.
    last: the story's bit width, if it is narrower and changes more classes, else None. moved: how many points get
    another class there. moved_in_other: how many of those have another pattern. other: the share of all points that do.
    """

    units: int
    points: int
    widths: tuple[int, ...]
    changed: tuple[float, ...]
    calm_moved: int
    last: int | None
    moved: int
    moved_in_other: int
    other: float
    places: ShiftPlaces = field(repr=False, compare=False)

    @property
    def calm(self) -> int:
        """The bit width at which the pattern changes and hardly a class."""
        return self.widths[-1]


def measure(subject: StorySubject, drawn: int = 240) -> PartitionShiftFigures:
    """The figures of a network of two inputs. drawn: how many points are.

    Raises ValueError, one sentence, where every bit width changes too many classes, or none a pattern of a point.
    """
    data, box = subject.data, subject.window.box
    readout = np.asarray(subject.readout, dtype=float)
    bits = [*(width for width in WIDTHS if width > subject.bits), subject.bits]
    found = pattern_shifts(subject.network, subject.learned.quantized, bits, box, data.points, readout)
    calm = calmest(found)
    shown = found[: found.index(calm) + 1]
    last = found[-1] if found[-1].moved.sum() > calm.moved.sum() else None
    unit = busiest_unit(subject.network, calm.network, data.points[:drawn])
    if not unit.switched.any():
        raise ValueError(f"at {calm.bits} bits rounding switches no ReLU at any of the first {drawn} points")
    hero = typical_switch(unit)
    back = (subject.network, calm.network)
    stops = (subject.network, *(each.network for each in shown), *back, *back, *([last.network] if last else []))
    return PartitionShiftFigures(
        units=sum(subject.network.widths[1:-1]),
        points=len(data.labels),
        widths=tuple(each.bits for each in shown),
        changed=tuple(each.changed for each in shown),
        calm_moved=int(calm.moved.sum()),
        last=last.bits if last else None,
        moved=int(last.moved.sum()) if last else 0,
        moved_in_other=int((last.moved & last.other).sum()) if last else 0,
        other=float(last.other.mean()) if last else 0.0,
        places=ShiftPlaces(stops, box, data, drawn, readout, unit, hero, companion(unit, hero)),
    )


def calmest(found: list[PatternShift]) -> PatternShift:
    """Of the bit widths at which hardly a class changes, the one at which most of the square has another pattern."""
    calm = [each for each in found if each.moved.mean() <= CALM and each.other.any()]
    if not calm:
        raise ValueError(f"no width from {found[0].bits} to {found[-1].bits} bits changes patterns and not classes")
    return max(calm, key=lambda each: each.changed)


def share_words(share: float) -> str:
    """A share as a fraction in words where one is near, else in per cent."""
    parts = round(1 / share) if share > 0 else 0
    if 2 <= parts < 2 + len(FRACTIONS) and abs(share * parts - 1) <= NEAR:
        return FRACTIONS[parts - 2]
    return f"{percent(share, 0)} %"


def share_label(share: float) -> str:
    """A share of the square as it stands on its plate."""
    return f"{percent(share)} %"


def moved_label(moved: int, points: int) -> str:
    """How many of the points get another class, as it stands on its plate: a zero is exact."""
    return f"{percent(moved / points)} %" if moved else "0 %"


def captions(f: PartitionShiftFigures) -> Captions:
    """What is said, by key, in order."""
    share = share_words(f.changed[-1])
    none = f.calm_moved == 0
    whom = "not one" if none else "hardly a"
    told: dict[str, Caption | str] = {
        "question": f"{share[0].upper()}{share[1:]} of the plane changes, and {whom} prediction. Why?",
        "creases": "Along each of these lines one ReLU switches between off and on",
        "pattern": Caption("Between the lines one set of ReLUs is on: the pattern of that piece", terms=("pattern",)),
        "wide": f"Round the weights to {f.widths[0]} bits: the lines hardly move",
    }
    told |= {f"at {bits}": f"{bits} bits: dashed is where a line is now" for bits in f.widths[1:-1]}
    told |= {
        "red": f"{f.calm} bits: in the red, the pattern is another than before",
        "classes": (
            "Points that get another class would be ringed: there are none"
            if none
            else "Points that get another class are ringed: there are hardly any"
        ),
        "near": "Weights back to float, and near to one point beside a line",
        "passes": "Rounded: the line passes over the point, and its ReLU switches",
        "hinge": "Here is that ReLU: what arrives runs across, what it lets out goes up",
        "slide": "Rounding shifts what arrives, and takes our point across zero",
    }
    if f.places.other is not None:
        told["compare"] = "It lets out less change than came in; one that stays on lets out all"
    if f.last is not None:
        told["fewer"] = f"Back in the plane, at {f.last} bits: now points are ringed"
        told["where"] = (
            "Not one of them lies in the red: their ReLUs are as before"
            if f.moved_in_other == 0
            else Caption(
                f"Of them {percent(f.moved_in_other / f.moved, 0)} % lie in the red, of all {percent(f.other, 0)} %",
                figures=2,
            )
        )
    told["answer"] = (
        "ReLUs switch near zero: little changes. Pieces that tilt do the harm"
        if f.last is not None and f.moved_in_other / f.moved < f.other
        else f"A ReLU switches near zero: at {f.calm} bits that changes little"
    )
    return told


def badges(f: PartitionShiftFigures) -> list[str]:
    """What the badge says, from first to last."""
    floats, back = "float weights", "weights going back"
    out = [line for bits in f.widths for line in (f"rounding to {bits} bits", f"{bits}-bit weights")]
    again = [f"rounding to {f.calm} bits", f"{f.calm}-bit weights"]
    last = [] if f.last is None else [f"rounding to {f.last} bits", f"{f.last}-bit weights"]
    return [floats, *out, back, floats, *again, back, floats, *again, *last]


def badge_at(f: PartitionShiftFigures, place: float) -> str:
    """The badge at a place among the stops: every second one is said on the way to the next stop."""
    whole = int(place)
    return badges(f)[2 * whole + (1 if place > whole else 0)]


def shown(f: PartitionShiftFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    red = {
        f"at {bits} bits": {"red": f"{share_label(share)} of the square is red"}
        for bits, share in zip(f.widths, f.changed, strict=True)
    }
    moved = {"moved": f"{moved_label(f.calm_moved, f.points)} get another class"}
    after = {"moved": f"{moved_label(f.moved, f.points)} get another class"}
    last = {} if f.last is None else {"fewer bits": after, "where they lie": after, "answer": after}
    return {**red, "the classes": moved, **last}
