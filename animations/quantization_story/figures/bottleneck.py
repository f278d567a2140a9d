"""What BottleneckScene shows: two numbers pass, what rounding drops before them no map sees, and what a term is."""

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
MOST_SQUARES = 400  # that stand for the numbers of a network


@dataclass(frozen=True)
class BottleneckFigures:
    """The numbers of the scene. Accuracies are shares of all held-out points.

    widths: of the network. layer: the narrow one. scheme: the bit width in words; bits. classes: how many. right,
    rounded: the accuracy before and after rounding. others: the share of points with another pattern. held: the
    accuracy with every ReLU as in the float network. metric, topological: the shares of the squared output error of
    its two parts; what is missing to one is their cross term. mapped: with one map of the two numbers. unseen: how many
    of the numbers in front no weight looks at any more. mingled, mingled_float: the shares of points that lie among
    another class behind the narrow layer. rank: of the term, the most that a matrix has. seen: how many of
    the numbers in front are looked at with it. part: the accuracy with the term in the narrow layer alone. term,
    term_numbers, term_on_float: with it in every layer, what it stores then, and the accuracy of the float network with
    it. numbers: of the network itself. population: of the search behind it, None for a network of
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
    seen: int
    part: float
    term: float
    term_numbers: int
    term_on_float: float
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
    term = estimate_correction(net, quantized, x, "low-rank", rank)
    apart = net, quantized, term.apply(quantized), term.apply(net)
    places = NarrowPlaces(*apart, layer, data, readout, DRAWN, (*row_of_maps(fitted, place),), pair)

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
        seen=int((~unseen(places.repaired.weights[layer - 1])).sum()),
        part=places.accuracy(term=1.0),
        term=places.accuracy(term=2.0),
        term_numbers=correction_numbers(net.widths, "low-rank", rank),
        term_on_float=places.accuracy(rounded=0.0, term=1.0),
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
    them = "the weights" if f.seen == f.in_front else "weights"
    seen = f"all {front} are" if f.seen == f.in_front else f"{width_word(f.seen)} of the {front} are"
    said: dict[str, Caption | str] = {
        "question": Caption(f"{front.capitalize()}, two, {after}: what does the narrow place hide?", figures=2),
        "task": f"{number_word(f.classes).capitalize()} classes of points: guessing gets {guess_words(f)}",
        "float": f"Float gets {percent(f.right)} % right, through two numbers a point",
        "rounded": Caption(f"Rounded to {f.bits} bits, it gets {percent(f.rounded)} % right", figures=2),
        "others": f"At {percent(f.others, 0)} % of points other ReLUs are on: the cause?",
        "held": held_words(f),
        "map": f"The best map behind it gets {percent(f.mapped)} %, {'nearly' if near else 'far from'} float",
        "pair": "Look at these two, of different classes: rounded, one place",
        "front": f"In front, {front} numbers a point: there the two differ",
        "zeros": Caption(f"But rounding made weights zero: {width_word(f.unseen)} of the {front} go unseen", figures=2),
        "any map": "Turn it, stretch it: a map moves both, and never parts them",
        "term": Caption(f"A term in this layer refills {them}: {seen} seen", figures=2),
        "part": f"And only now the two part: {percent(f.part)} % are right",
        "every layer": f"In every layer, it stores float's weights again: {percent(f.term)} %",
        "cost": Caption(f"So it stores {f.term_numbers} numbers; the network has {f.numbers}", figures=2),
        "harm": f"And on the float network, the same term leaves {percent(f.term_on_float)} %",
    }
    if f.population is not None:
        p, least = f.population, loss_words(f.population.loss_at_least)
        said["picked"] = Caption(
            f"A picked seed: maps rescue {p.restored} of {p.lost} that lose {least} or more", figures=3
        )
    said["answer"] = "Rounding erased the difference in front; nothing behind brings it back"
    return said


def held_words(f: BottleneckFigures) -> str:
    """What becomes of it with every ReLU as in the float network: whether the patterns were the cause."""
    if f.held - f.rounded > MUCH * (f.right - f.rounded):
        return f"Mostly: with float's ReLUs, {percent(f.held)} % are right again"
    if f.metric >= 1:
        return "No: with float's ReLUs, the squared error does not shrink"
    return f"No: with float's ReLUs, {percent(f.metric, 0)} % of the squared error stays"


def width_word(count: int) -> str:
    """A width in words, up to twenty."""
    return TEENS[count - 13] if 13 <= count <= 20 else number_word(count)


def guess_words(f: BottleneckFigures) -> str:
    """What guessing gets."""
    return PARTS.get(f.classes, f"one in {number_word(f.classes)}")


def loss_words(share: float) -> str:
    """A share of all points that was right before: "8 %"."""
    return f"{100 * share:.3g} %"


def mingled_words(f: BottleneckFigures) -> str:
    """What stands below the share of points among another class."""
    which = "the other" if f.classes == 2 else "another"
    return f"of points lie among {which} class; float {percent(f.mingled_float)} %"


def seeds_words(p: Population) -> dict[str, str]:
    """What stands at the dots that are seeds, by the letter of their fate; and all that learned, last."""
    held = p.learned - p.lost
    return {
        "r": f"{p.restored} rescued: within {loss_words(p.back_within)} of float",
        "l": f"{p.lost - p.restored} stay down, as the one shown",
        "h": f"{held} lose less than {loss_words(p.loss_at_least)}",
        "all": f"{p.learned} seeds, a map in each layer",
    }


def stored_words(f: BottleneckFigures) -> dict[str, str]:
    """What stands above the numbers that are stored."""
    return {"network": f"the network: {f.numbers}", "term": f"the term: {f.term_numbers}"}


def per_square(f: BottleneckFigures) -> int:
    """How many stored numbers a square stands for."""
    return -(-max(f.numbers, f.term_numbers) // MOST_SQUARES)


def badges(figures: BottleneckFigures) -> list[str]:
    """What the badge says, from first to last."""
    weights = f"{figures.scheme} weights"
    mapped, part, term = f"{weights}, one map", f"{weights}, a term in one layer", f"{weights}, a term in each layer"
    told = ["float weights", "rounding", weights, f"{weights}, ReLUs as in float", weights, mapped, weights]
    told += ["float weights", "rounding", weights, mapped, weights]
    adding = f"{weights}, adding a term"
    told += [adding, part, weights, adding, part, adding, term, "numbers stored"]
    told += ["float weights", "float weights, adding the term", "float weights, the term added"]
    told += [f"{weights}, all seeds"] if figures.population is not None else []
    return [*told, weights]


def shown(figures: BottleneckFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures

    def right(share: float) -> dict[str, str]:
        return {"right": f"{percent(share)} % right"}

    widths = " ".join(map(str, f.widths))
    told = {
        "question": {"widths": widths},
        "float": right(f.right),
        "rounding": right(f.rounded),
        "other ReLUs": right(f.held),
        "a map": right(f.mapped),
        "pair": right(f.rounded),
        "any map": {"mingled": f"{percent(f.mingled)} % {mingled_words(f)}"},
        "term": right(f.part),
        "every layer": right(f.term),
        "cost": stored_words(f),
        "harm": right(f.term_on_float),
    }
    if f.population is not None:
        told["picked"] = seeds_words(f.population)
    return told
