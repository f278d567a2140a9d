"""What LinearCorrectionScene shows: what one affine map lays back, exactly before the ReLUs and mostly behind them."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.folding import FoldingJourney
from quantization_story.analysis.transport import (
    CorrectionPlaces,
    exact_transport,
    parameter_count,
    pressed,
    same_patterns,
)
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import LEAST_DIRECTION, output_map
from quantization_story.core.distances import lengths, rms
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.core.tasks import LabelledPoints, accuracy_of_outputs, hits
from quantization_story.networks.subject import StorySubject

DRAWN = 240
MOSTLY = 0.5  # the share of the lost accuracy that has to come back for "mostly moved"
MOSTLY_ALL = 0.05  # of it may be missing where "the lost points" come back
ALIKE = 0.25  # of their error may be left by one map, where pieces are said to have moved alike


@dataclass(frozen=True)
class LinearCorrectionFigures:
    """The numbers of the scene, on held-out points; accuracies are shares, 0 to 1.

    bits: the regime. points: how many. float_accuracy, rounded, repaired: of the float network, of the rounded one, and
    of that with the map at its output. on_float: of the float network with the same map. before, after: the RMS error
    of the outputs without the map and with it. numbers: of one map. hero_lost: whether the hero is a point that
    rounding loses and the map brings back. same: the share of points with the same pattern in both networks.
    same_error: the RMS error of their outputs without the map and with it.
    """

    bits: str
    points: int
    float_accuracy: float
    rounded: float
    repaired: float
    on_float: float
    before: float
    after: float
    numbers: int
    hero_lost: bool
    same: float
    same_error: tuple[float, float]
    places: CorrectionPlaces = field(repr=False, compare=False)

    @property
    def splits(self) -> bool:
        """Whether there are points with the same pattern, and others."""
        return 0.0 < self.same < 1.0

    @property
    def returned(self) -> float:
        """The share of the lost accuracy that the map brings back."""
        return (self.repaired - self.rounded) / (self.float_accuracy - self.rounded)


def measure(subject: StorySubject) -> LinearCorrectionFigures:
    """The figures of a network of two units in each layer.

    Raises ValueError where rounding loses no point, and where it leaves layer 1 no inverse.
    """
    net, quantized, data, readout = subject.network, subject.quantized, subject.data, subject.readout
    fitted, points = subject.calibration.points, data.points
    if readout is None or not subject.quantized_accuracy < subject.float_accuracy:
        raise ValueError(f"rounding loses none of {len(points)} points, so nothing is to be brought back")
    exact = exact_transport(net, quantized)
    folded = fit_affine(*(network.activations(fitted)[1] for network in (quantized, net)), cut=LEAST_DIRECTION)
    whole = output_map(net, quantized, fitted)
    outputs, rounded = net(points), quantized(points)
    same = same_patterns(net, quantized, points)
    hero, lost = followed(outputs, rounded, whole, data, readout, same)
    places = CorrectionPlaces(
        float_path=FoldingJourney(net),
        rounded_path=FoldingJourney(quantized),
        drawn=LabelledPoints(points[:DRAWN], data.labels[:DRAWN]),
        same=same[:DRAWN],
        hero=hero,
        readout=readout,
        exact=exact,
        folded=folded,
        whole=whole,
        unit=busiest_unit(pressed(net, points, 0), pressed(net, points, 1)),
    )

    def reached(values: FloatArray) -> float:
        return accuracy_of_outputs(values, data.labels, readout)

    def error(values: FloatArray, among: BoolArray) -> float:
        return rms((values - outputs)[among]) if among.any() else 0.0

    return LinearCorrectionFigures(
        bits=subject.scheme(),
        points=len(points),
        float_accuracy=reached(outputs),
        rounded=reached(rounded),
        repaired=reached(whole(rounded)),
        on_float=reached(whole(outputs)),
        before=rms(rounded - outputs),
        after=rms(whole(rounded) - outputs),
        numbers=parameter_count(whole),
        hero_lost=lost,
        same=float(same.mean()),
        same_error=(error(rounded, same), error(whole(rounded), same)),
        places=places,
    )


def followed(
    outputs: FloatArray,
    rounded: FloatArray,
    transport: AffineMap,
    data: LabelledPoints,
    readout: FloatArray,
    same: BoolArray,
) -> tuple[int, bool]:
    """The number of the drawn point that is followed, and whether rounding loses it and the map brings it back.

    A typical one: of those that do, with the same pattern if there are some, the one that rounding moves by about as
    much as it moves the middle one of them.
    """
    right, wrong, back = (hits(z, data.labels, readout) for z in (outputs, rounded, transport(rounded)))
    moved = lengths(rounded - outputs)
    drawn = np.arange(len(moved)) < DRAWN
    lost = right & ~wrong & back & drawn
    for among in (lost & same, lost, right & drawn, drawn):
        if among.any():
            middle = np.median(moved[among])
            return int(np.where(among, np.abs(moved - middle), np.inf).argmin()), bool(
                among is not drawn and lost.any()
            )
    raise ValueError("there is no point to follow")


def busiest_unit(first: BoolArray, second: BoolArray) -> int:
    """The unit of layer 1 whose crease parts the points most evenly, by which of them each presses flat (n,)."""
    return int(np.argmin([abs(float(flat.mean()) - 0.5) for flat in (first, second)]))


# --- what is said, and what is shown as a number


def captions(figures: LinearCorrectionFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, count = figures, number_word(figures.numbers)
    told: dict[str, Caption | str] = {
        "question": "Is it broken, or only moved?",
        "twins": Caption("Orange: the rounded outputs. A thread leads each to its float twin", ("twin",)),
        "wrong": "The ringed ones have left their sector, the marked one too"
        if f.hero_lost
        else "The ringed ones have left their sector",
        "back": "Follow the marked one back to layer 1, before any ReLU",
        "sheet": "Same inputs, two straight maps: one map leads from one to the other",
        "pull": f"Shift, turn, stretch, shear: {count} numbers, and every thread closes",
        "creases": Caption("Now the ReLUs: float folds at the solid crease, rounded at the dashed", ("crease",)),
        "off": "What is not pressed flat still fits; what lies on a crease does not",
        "lean": "Lean it toward the pressed points, and the others come off",
        "on": "Take this map off, and go on to the output: the threads grow",
    }
    if f.splits:
        told["patterns"] = f"In green the same ReLUs are on in both networks: {percent(f.same, 0)} % of the points"
        told["pieces"] = _pieces(f)
    told["repair"] = _repair(f)
    told["float"] = _float(f)
    told["answer"] = _answer(f)
    return told


def _repair(f: LinearCorrectionFigures) -> Caption:
    if f.returned > 1 - MOSTLY_ALL:
        brings = "brings the lost points back"
    elif f.returned >= MOSTLY:
        brings = "brings most of them back"
    else:
        brings = "brings few points back" if f.returned > 0 else "brings no point back"
    return Caption(f"One map, fitted to calibration points, {brings}", ("calibration",))


def _pieces(f: LinearCorrectionFigures) -> Caption:
    moved = "these moved much alike" if f.same_error[1] <= ALIKE * f.same_error[0] else "each moved in its own way"
    return Caption(f"Each pattern is one straight piece, and {moved}", ("pattern",))


def _float(f: LinearCorrectionFigures) -> str:
    shown = percent(f.on_float), percent(f.float_accuracy)
    if shown[0] == shown[1]:
        return "Now the float network, with the same map: it gains nothing"
    if f.on_float > f.float_accuracy:
        return "Now the float network, with the same map: it gains, too"
    return "Now the float network, with the same map: it gets worse"


def _answer(f: LinearCorrectionFigures) -> str:
    count = number_word(f.numbers)
    if f.returned >= MOSTLY:
        return f"Mostly moved: one map lays it back. Or do {count} numbers fit anything?"
    return f"Not only moved: one map lays little back. What can {count} numbers do?"


def badges(figures: LinearCorrectionFigures) -> list[str]:
    """What the badge says, from first to last."""
    plain, mapped = badge(figures, False), badge(figures, True)
    return [plain, mapped, plain, mapped, badge(figures, True, True), mapped]


def badge(figures: LinearCorrectionFigures, mapped: bool, on_float: bool = False) -> str:
    """What the picture shows now: rounded weights, with a map or without, or the float ones with the same map."""
    share = round(figures.points / DRAWN)
    drawn = f", one point in {number_word(share)} drawn" if share > 1 else ""
    weights = "float" if on_float else figures.bits
    return f"{weights} weights{' and one map' if mapped else ''}{drawn}"


def stations(figures: LinearCorrectionFigures) -> list[str]:
    """What the planes on the way are called, from the inputs on."""
    hidden = [f"layer {layer}" for layer in range(1, figures.places.float_path.network.depth)]
    return ["input", *hidden, "output"]


def shown(figures: LinearCorrectionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    way = {"stations": " ".join(stations(f))}
    before = way | {"right": f"{percent(f.rounded)} % right"}
    repaired = way | {"right": f"{percent(f.repaired)} % right"}
    told = {
        "wrong": before,
        **dict.fromkeys(("back", "creases", "lean"), way),
        "pull": way | {"numbers": f"{f.numbers} numbers"},
        "on": before,
        "repair": repaired,
        "float": way | {"float": f"{percent(f.float_accuracy)} → {percent(f.on_float)} % right"},
        "answer": repaired,
    }
    if f.splits:
        told["patterns"] = before
    return told
