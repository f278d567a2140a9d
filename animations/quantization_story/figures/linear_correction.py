"""What LinearCorrectionScene shows: what one affine map lays back, exactly before the ReLUs and mostly behind them."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.folding import FoldingJourney
from quantization_story.analysis.transport import CorrectionPlaces, exact_transport, parameter_count
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import LEAST_DIRECTION, output_map
from quantization_story.core.distances import lengths, rms
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.core.tasks import LabelledPoints, accuracy_of_outputs, hits
from quantization_story.networks.subject import StorySubject

DRAWN = 240
MOSTLY = 0.5  # the share of the lost accuracy that has to come back for "mostly moved"
MOSTLY_ALL = 0.05  # of it may be missing where "the lost points" come back
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
LITTLE = 0.5  # of the error may stay where it is "this little"
FEWEST = 3  # points that a ReLU presses in both networks, for a map to lean toward them


@dataclass(frozen=True)
class LinearCorrectionFigures:
    """The numbers of the scene, on held-out points; accuracies are shares, 0 to 1.

    bits: the regime. classes, points: how many. float_accuracy, rounded, repaired: of the float network, of the rounded
    one, and of that with the map at its output. left: the mean distance of the outputs from the float ones with the
    map, over that without it. numbers: of one map.
    """

    bits: str
    classes: int
    points: int
    float_accuracy: float
    rounded: float
    repaired: float
    left: float
    numbers: int
    places: CorrectionPlaces = field(repr=False, compare=False)

    @property
    def layers(self) -> int:
        """How many the networks have."""
        return self.places.float_path.network.depth

    @property
    def presses(self) -> bool:
        """Whether a ReLU of layer 1 presses enough points to show that no map serves them and the others."""
        return self.places.leaning is not None

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
    whole = output_map(net, quantized, fitted)
    before = net.pre_activations(points)[0], quantized.pre_activations(points)[0]
    unit = parting_unit(*before, exact)
    outputs, rounded = net(points), quantized(points)
    places = CorrectionPlaces(
        float_path=FoldingJourney(net),
        rounded_path=FoldingJourney(quantized),
        drawn=LabelledPoints(points[:DRAWN], data.labels[:DRAWN]),
        hero=followed(outputs, rounded, whole, data, readout),
        readout=readout,
        exact=exact,
        whole=whole,
        unit=unit,
        leaning=leaning_map(*before, exact, unit),
    )

    def reached(values: FloatArray) -> float:
        return accuracy_of_outputs(values, data.labels, readout)

    return LinearCorrectionFigures(
        bits=subject.scheme(),
        classes=subject.classes,
        points=len(points),
        float_accuracy=reached(outputs),
        rounded=reached(rounded),
        repaired=reached(whole(rounded)),
        left=float(lengths(whole(rounded) - outputs).mean() / lengths(rounded - outputs).mean()),
        numbers=parameter_count(whole),
        places=places,
    )


def pressed(before: FloatArray, unit: int) -> FloatArray:
    """Points (n, 2) of a layer behind the ReLU of one of its units."""
    now = before.copy()
    now[:, unit] = np.maximum(before[:, unit], 0.0)
    return now


def parting_unit(floats: FloatArray, rounded: FloatArray, exact: AffineMap) -> int:
    """The unit whose ReLU parts the twins (n, 2) most that a map has laid on each other before it."""
    return int(np.argmax([rms(exact(pressed(rounded, unit)) - pressed(floats, unit)) for unit in (0, 1)]))


def leaning_map(floats: FloatArray, rounded: FloatArray, exact: AffineMap, unit: int) -> AffineMap | None:
    """The map that serves those points (n, 2) of layer 1 that the ReLU of a unit presses in both networks.

    Of all maps that fit them best it is the one that differs least from the exact one. None where there are too few.
    """
    both = (floats[:, unit] <= 0) & (rounded[:, unit] <= 0)
    if both.sum() < FEWEST:
        return None
    here, there = exact(pressed(rounded, unit)[both]), pressed(floats, unit)[both]
    missing = fit_affine(here, there - here, cut=LEAST_DIRECTION)
    return AffineMap(np.eye(2) + missing.linear, missing.offset) @ exact


def followed(
    outputs: FloatArray, rounded: FloatArray, transport: AffineMap, data: LabelledPoints, readout: FloatArray
) -> int:
    """The number of the drawn point that is followed.

    A typical one: of those that rounding loses and the map brings back, if there are some, the one that rounding moves
    by about as much as it moves the middle one of them.
    """
    right, wrong, back = (hits(z, data.labels, readout) for z in (outputs, rounded, transport(rounded)))
    moved = lengths(rounded - outputs)
    drawn = np.arange(len(moved)) < DRAWN
    among = next(each for each in (right & ~wrong & back & drawn, right & drawn, drawn) if each.any())
    return int(np.where(among, np.abs(moved - np.median(moved[among])), np.inf).argmin())


# --- what is said, and what is shown as a number


def captions(figures: LinearCorrectionFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, count = figures, number_word(figures.numbers)
    told: dict[str, Caption | str] = {
        "question": "Is it broken, or only moved?",
        "float": f"Blue: points of {number_word(f.classes)} classes, as a network's first layer lays them",
        "rounded": "Its weights are rounded: an orange sheet slides off, with all points",
        "pull": "Take the orange sheet by its corners: shift, turn, stretch, shear",
        "exact": f"All are home, now violet: one map, {count} numbers. It was only moved",
    }
    if f.presses:
        told |= {
            "near": Caption("Next, a ReLU: it presses the shaded side onto this line, its crease", ("ReLU", "crease")),
            "own": "Rounding moved the crease, too: the rounded network has the dashed one",
            "press": "Each network presses its points onto its own crease: pairs part",
            "lean": "A map that joins these pairs parts the others: no map joins all",
        }
        told["on"] = "So ReLUs break something. And at the output? Off with the map, and on"
    else:
        told["on"] = "So without a map, follow both networks to the output"
    if f.layers > 2:
        told["layers"] = "Each layer turns both, and presses again, up to the output"
    return told | {
        "sectors": f"Here each class has a sector. Blue: {percent(f.float_accuracy)} % of points in theirs",
        "wrong": "Orange: the ringed points lie in a wrong sector",
        "repair": _repair(f),
        "left": _left(f),
        "answer": _answer(f),
    }


def _repair(f: LinearCorrectionFigures) -> str:
    if f.returned > 1 - MOSTLY_ALL:
        brings = "brings the ringed points back"
    elif f.returned >= MOSTLY:
        brings = "brings most of them back"
    else:
        brings = "brings few of them back" if f.returned > 0 else "brings none of them back"
    return f"One map for all, fitted on other points, {brings}"


def _left(f: LinearCorrectionFigures) -> str:
    if left_share(f) == "0":
        return "Go near: the pairs are joined again. Nothing stays broken"
    little = "This little" if f.left <= LITTLE else "This much"
    return f"Go near: the pairs are not quite joined. {little} stays broken"


def _answer(f: LinearCorrectionFigures) -> str:
    if f.returned < MOSTLY:
        return "Not only moved: one map brings little back. What can a map do?"
    if left_share(f) == "0":
        return "Only moved: one map brings all of it back. But is the map a trick?"
    if f.returned > 1 - MOSTLY_ALL:
        return "Mostly moved: what stays broken is too small to matter. Or a trick?"
    return "Mostly moved, but what stays broken still costs answers. Or a trick?"


def left_share(figures: LinearCorrectionFigures) -> str:
    """The share of the length of all threads that stays, in whole per cent."""
    return percent(figures.left, 0)


def stations(figures: LinearCorrectionFigures) -> list[str]:
    """What the planes on the way are called: of the inputs, of each layer, of the output."""
    hidden = range(figures.layers - 1)
    return ["inputs", *(f"{ORDINALS[k]} layer" if k < len(ORDINALS) else f"layer {k + 1}" for k in hidden), "output"]


def badges(figures: LinearCorrectionFigures) -> list[str]:
    """What the badge says, from first to last."""
    words = ["float", "rounding", "rounded", "mapped", "rounded"]
    return [badge(figures, state) for state in (*words, "mapped")]


def badge(figures: LinearCorrectionFigures, state: str) -> str:
    """What the picture shows now.

    state: "float", "rounding" or "rounded" weights; "mapped" with one map.
    """
    f = figures
    share = round(f.points / DRAWN)
    drawn = f", one point in {number_word(share)} drawn" if share > 1 else ""
    words = {
        "float": f"float weights{drawn}",
        "rounding": "rounding",
        "rounded": f"{f.bits} weights",
        "mapped": f"{f.bits} weights and one map",
    }
    return words[state]


def shown(figures: LinearCorrectionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    return {
        "wrong": {"right": f"{percent(f.rounded)} % right"},
        **{beat: {"right": f"{percent(f.repaired)} % right"} for beat in ("repair", "answer")},
        "left": {"left": f"{left_share(f)} % of the threads' length is left"},
    }
