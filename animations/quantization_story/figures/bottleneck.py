"""What BottleneckScene shows: two numbers pass, what rounding drops before them no map sees, and what a term costs."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.narrow_layers import (
    NarrowPlaces,
    chosen_pair,
    mingled_share,
    narrow_layer,
    unseen,
)
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import (
    LEAST_DIRECTION,
    correction_numbers,
    estimate_correction,
    largest_rank,
)
from quantization_story.core.errors import decompose_error
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.networks.provenance import Population
from quantization_story.networks.subject import StorySubject

DRAWN, SEARCHED = (
    400,
    600,
)  # of the held-out points, the first ones: those that are drawn, and looked through for a pair
TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
PARTS = {2: "half", 3: "a third", 4: "a quarter"}
TURN, STRETCH = np.deg2rad(60.0), 1.6  # of the maps that are tried for nothing
MUCH = 0.5  # the part of the loss from which on what brings it back is called the cause, or a repair


@dataclass(frozen=True)
class BottleneckFigures:
    """The numbers of the scene. Accuracies are shares of all held-out points.

    widths: of the network. layer: the narrow one. scheme: the bit width in words; bits. classes: how many. right,
    rounded: the accuracy before and after rounding. others: the share of points with another pattern. held: the
    accuracy with every ReLU as in the float network. metric, topological: the shares of the squared output error of
    its two parts; what is missing to one is their cross term. mapped: with one map of the two numbers. unseen: how many
    of the numbers in front no weight looks at any more. mingled, mingled_float: the shares of points that lie among
    another class behind the narrow layer. rank: of the term, the most that a matrix has. term, term_numbers,
    term_on_float: the accuracy with it, what it stores, the accuracy of the float network with it; maps and so on: of
    a map in every layer. numbers: of the network itself. population: of the search behind it, None for a network of
    one's own. seed: its own.
    """

    widths: tuple[int, ...]
    layer: int
    scheme: str
    bits: int
    classes: int
    right: float
    rounded: float
    others: float
    held: float
    metric: float
    topological: float
    mapped: float
    unseen: int
    mingled: float
    mingled_float: float
    rank: int
    term: float
    term_numbers: int
    term_on_float: float
    maps: float
    maps_numbers: int
    maps_on_float: float
    numbers: int
    population: Population | None
    seed: int | None
    places: NarrowPlaces = field(repr=False, compare=False)

    @property
    def in_front(self) -> int:
        """How many numbers the narrow layer receives."""
        return self.widths[self.layer - 1]


def measure(subject: StorySubject) -> BottleneckFigures:
    """The figures of a network and of its rounded twin.

    Corrections are fitted on calibration points, all else is measured on held-out ones. Raises ValueError, one
    sentence, where no layer is narrow, where rounding costs no accuracy, and where no two points end in one place.
    """
    net, quantized, data = subject.network, subject.quantized, subject.data
    x = subject.calibration.points
    layer = narrow_layer(net)
    if not subject.quantized_accuracy < subject.float_accuracy:
        raise ValueError("rounding costs no accuracy, so nothing is hidden")
    readout = np.asarray(subject.readout, dtype=float)
    pair = chosen_pair(net, quantized, layer, data, readout, SEARCHED)
    own, rounded = (network.pre_activations(x)[layer - 1] for network in (net, quantized))
    fitted = fit_affine(rounded, own, cut=LEAST_DIRECTION)
    place = fitted(quantized.pre_activations(pair)[layer - 1]).mean(axis=0)
    rank = largest_rank(net)
    term, maps = (estimate_correction(net, quantized, x, kind, rank) for kind in ("low-rank", "affine"))
    places = NarrowPlaces(
        net, quantized, term.apply(quantized), layer, data, readout, DRAWN, (*row_of_maps(fitted, place),), pair
    )

    def accuracy(outputs: object) -> float:
        return accuracy_of_outputs(outputs, data.labels, readout)

    error = decompose_error(net, quantized, data.points)
    whole = float(np.sum(error.total**2))
    behind = [network.pre_activations(x)[layer - 1] for network in (net, quantized)]
    behind_fresh = [network.pre_activations(data.points)[layer - 1] for network in (net, quantized)]
    mingled = [
        mingled_share(home, subject.calibration.labels, fresh, data.labels)
        for home, fresh in zip(behind, behind_fresh, strict=True)
    ]
    provenance = subject.learned.provenance
    population = None if provenance is None or not provenance.populations else provenance.population
    return BottleneckFigures(
        widths=net.widths,
        layer=layer,
        scheme=subject.scheme(),
        bits=subject.bits,
        classes=subject.classes,
        right=subject.float_accuracy,
        rounded=subject.quantized_accuracy,
        others=float(places.others(data.points).mean()),
        held=places.held_accuracy(),
        metric=float(np.sum(error.metric**2)) / whole,
        topological=float(np.sum(error.topological**2)) / whole,
        mapped=places.accuracy(dial=1.0),
        unseen=int(unseen(quantized.weights[layer - 1]).sum()),
        mingled=mingled[1],
        mingled_float=mingled[0],
        rank=rank,
        term=accuracy(places.repaired(data.points)),
        term_numbers=correction_numbers(net.widths, "low-rank", rank),
        term_on_float=accuracy(term.apply(net)(data.points)),
        maps=accuracy(maps.apply(quantized)(data.points)),
        maps_numbers=correction_numbers(net.widths, "affine"),
        maps_on_float=accuracy(maps.apply(net)(data.points)),
        numbers=sum(weight.size for weight in net.weights) + sum(bias.size for bias in net.biases),
        population=population if population is not None and population.bits == subject.bits else None,
        seed=None if provenance is None else provenance.seed,
        places=places,
    )


def row_of_maps(fitted: AffineMap, place: np.ndarray) -> tuple[AffineMap, ...]:
    """Maps of the two numbers: none, the fitted one, that one turned about a place, and stretched from there."""
    turned = AffineMap.rotation(TURN, place) @ fitted
    wide = np.diag([1.0 / STRETCH, STRETCH])
    stretched = AffineMap(wide, place - wide @ place) @ fitted
    return AffineMap.identity(len(place)), fitted, turned, stretched


# --- what is said


def captions(figures: BottleneckFigures) -> Captions:
    """What is said, in order."""
    f = figures
    front, after = width_word(f.in_front), width_word(f.widths[f.layer + 1])
    near = f.mapped - f.rounded > MUCH * (f.right - f.rounded)
    caused = f.held - f.rounded > MUCH * (f.right - f.rounded)
    said: dict[str, Caption | str] = {
        "question": Caption(f"{front.capitalize()}, two, {after}: what does the narrow place hide?", figures=2),
        "float": f"Float gets {percent(f.right)} % right, through two numbers a point",
        "rounded": Caption(
            f"Rounded to {f.bits} bits: {percent(f.rounded)} %, where guessing gets {guess_words(f)}", figures=2
        ),
        "others": f"At {percent(f.others, 0)} % of points other ReLUs are on. Is that it?",
        "held": f"{'Mostly' if caused else 'No'}: with every ReLU held as in float, {percent(f.held)} % are right",
        "map": f"The map that fits best gets {percent(f.mapped)} %, {'nearly' if near else 'still far from'} float",
        "pair": "Look at these two, of different classes: rounded, one place",
        "front": f"In front, {front} numbers a point: there the two differ",
        "zeros": Caption(f"But rounding made weights zero: {width_word(f.unseen)} of the {front} go unseen", figures=2),
        "any map": "Turn it, stretch it: a map moves both, and never parts them",
        "term": f"Add a term in front, where all {front} are seen: both go home",
        "cost": Caption(
            f"Rank {number_word(f.rank)} is all that W has: it stores {f.term_numbers}; the network has {f.numbers}",
            figures=2,
        ),
        "maps": Caption(f"A map in each layer stores {f.maps_numbers}, and gets {percent(f.maps)} % right", figures=2),
        "harm": f"And the term is made for one network: float with it, {percent(f.term_on_float)} %",
    }
    if f.population is not None:
        p = f.population
        said["picked"] = Caption(
            f"A picked case: of {p.lost} seeds that lose {points_words(p.loss_at_least)}, maps bring {p.restored} back",
            figures=3,
        )
    said["answer"] = "What rounding drops before it: a map behind sees two numbers only"
    return said


def width_word(count: int) -> str:
    """A width in words, up to twenty."""
    return TEENS[count - 13] if 13 <= count <= 20 else number_word(count)


def guess_words(f: BottleneckFigures) -> str:
    """What guessing gets."""
    return PARTS.get(f.classes, f"one in {number_word(f.classes)}")


def points_words(share: float) -> str:
    """A loss of accuracy in points: "8 points"."""
    return f"{100 * share:.3g} points"


def shares_words(f: BottleneckFigures) -> str:
    """What stands below the metric share."""
    return f"of squared error metric, {percent(f.topological, 0)} % topological"


def mingled_words(f: BottleneckFigures) -> str:
    """What stands below the share of points among another class."""
    return f"lie among another class; in float {percent(f.mingled_float)} %"


def back_words(f: BottleneckFigures) -> str:
    """What stands below the count of seeds that come back."""
    assert f.population is not None
    return f"come back within {points_words(f.population.back_within)} of float"


def compared_words(f: BottleneckFigures) -> dict[str, str]:
    """What stands at the marks of the chart of costs."""
    return {
        "network": f"the network: {f.numbers}",
        "term": f"term: {percent(f.term)} %",
        "maps": f"maps: {percent(f.maps)} %",
        "on float": f"float with the term: {percent(f.term_on_float)} %",
    }


def badges(figures: BottleneckFigures) -> list[str]:
    """What the badge says, from first to last."""
    weights = f"{figures.scheme} weights"
    mapped, term = f"{weights}, one map", f"{weights}, a term a layer"
    told = ["float weights", "rounding", weights, f"{weights}, ReLUs as in float", weights, mapped, weights, mapped]
    told += [weights, f"{weights}, adding a term", term, f"{weights}, corrections"]
    told += [f"{weights}, all seeds"] if figures.population is not None else []
    return [*told, weights]


def shown(figures: BottleneckFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures

    def right(share: float) -> dict[str, str]:
        return {"right": f"{percent(share)} % right"}

    words = compared_words(f)
    compared = {"ticks": tick_words(), "network": words["network"], "term": words["term"]}
    told = {
        "float": right(f.right),
        "rounding": right(f.rounded),
        "other ReLUs": {**right(f.held), "metric": f"{percent(f.metric, 0)} % {shares_words(f)}"},
        "a map": right(f.mapped),
        "pair": right(f.rounded),
        "any map": {"mingled": f"{percent(f.mingled)} % {mingled_words(f)}"},
        "term": right(f.term),
        "cost": compared,
        "maps": {**compared, "maps": words["maps"]},
        "harm": {**compared, "maps": words["maps"], "on float": words["on float"]},
    }
    if f.population is not None:
        told["picked"] = {"back": f"{f.population.restored} {back_words(f)}"}
    return told


TICKS = (0.5, 0.75, 1.0)


def tick_words() -> str:
    """The numbers of the axis of accuracies."""
    return " ".join(percent(tick, 0) for tick in TICKS)
