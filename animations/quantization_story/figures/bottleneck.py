"""What BottleneckScene shows: two numbers pass, and what rounding drops before them no map behind can see."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.narrow_layers import NARROW, NarrowPlaces, chosen_pair, narrow_layer, unseen
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import LEAST_DIRECTION, correction_numbers, plain_low_rank_correction
from quantization_story.core.errors import decompose_error
from quantization_story.core.network import ReluNetwork
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
ALIKE = 0.1  # of what two points differ by in front, at most: they agree
MUCH = 0.5  # the part of the loss from which on what brings it back is called the cause
METRIC_WORDS = "% of the squared error stays"


@dataclass(frozen=True)
class BottleneckFigures:
    """The numbers of the scene. Accuracies are shares of all held-out points.

    widths: of the network. layer: the narrow one. scheme: the bit width in words. classes: how many. right, rounded:
    the accuracy before and after rounding. held: that with every ReLU as in the float network, and metric: the share of
    the squared output error that stays then. mapped: with one map of the two numbers. unseen: how many of the numbers
    in front no weight looks at any more; alike: whether the two points agree in all others. stored, parameters: how
    many numbers the terms of rank NARROW of all layers hold, and the network itself; gives_back: whether with them the
    rounded network is the float one, since no weight matrix has a higher rank; on_float: the accuracy of the float
    network with the same terms. population: of the search behind it, None for a network of one's own. seed: its own.
    """

    widths: tuple[int, ...]
    layer: int
    scheme: str
    classes: int
    right: float
    rounded: float
    held: float
    metric: float
    mapped: float
    unseen: int
    alike: bool
    stored: int
    parameters: int
    gives_back: bool
    on_float: float
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
    places = NarrowPlaces(net, quantized, layer, data, readout, DRAWN, row_of_maps(fitted), pair)
    blind, differ = unseen(quantized.weights[layer - 1]), np.abs(np.subtract(*quantized.activations(pair)[layer - 1]))
    error = decompose_error(net, quantized, data.points)
    terms = plain_low_rank_correction(net, quantized, NARROW)
    provenance = subject.learned.provenance
    population = None if provenance is None or not provenance.populations else provenance.population
    return BottleneckFigures(
        widths=net.widths,
        layer=layer,
        scheme=subject.scheme(),
        classes=subject.classes,
        right=subject.float_accuracy,
        rounded=subject.quantized_accuracy,
        held=places.held_accuracy(),
        metric=float(np.sum(error.metric**2) / np.sum(error.total**2)),
        mapped=places.accuracy(dial=1.0),
        unseen=int(blind.sum()),
        alike=bool(differ[~blind].max(initial=0.0) <= ALIKE * differ.max()),
        stored=correction_numbers(net.widths, "low-rank", NARROW),
        parameters=sum(each.size for each in (*net.weights, *net.biases)),
        gives_back=same_network(terms.apply(quantized), net),
        on_float=accuracy_of_outputs(terms.apply(net)(data.points), data.labels, readout),
        population=population if population is not None and population.bits == subject.bits else None,
        seed=None if provenance is None else provenance.seed,
        places=places,
    )


def row_of_maps(fitted: AffineMap) -> tuple[AffineMap, ...]:
    """Maps of the two numbers: none, the fitted one, that one turned about zero, and stretched from there."""
    zero = np.zeros(NARROW)
    stretched = AffineMap(np.diag([1.0 / STRETCH, STRETCH]), zero) @ fitted
    return AffineMap.identity(NARROW), fitted, AffineMap.rotation(TURN, zero) @ fitted, stretched


def same_network(one: ReluNetwork, other: ReluNetwork) -> bool:
    """Whether two networks of the same widths are one but for roundoff."""
    pairs = zip((*one.weights, *one.biases), (*other.weights, *other.biases), strict=True)
    return all(np.allclose(own, theirs, rtol=0.0, atol=1e-9) for own, theirs in pairs)


# --- what is said


def captions(figures: BottleneckFigures) -> Captions:
    """What is said, in order."""
    f, p = figures, figures.population
    front = width_word(f.in_front)
    said: dict[str, Caption | str] = {
        "question": f"{front.capitalize()} numbers squeezed into two: what gets lost?",
        "task": f"{number_word(f.classes).capitalize()} classes to tell apart: guessing gets {guess_words(f)}",
        "float": "In the narrow place a point is only two numbers: a place in a plane",
        "rounded": "Round the weights: points of different classes fall together",
        "held": held_words(f),
        "map": "A map turns and stretches this plane, to bring all nearest home",
        "pair": "Why no more? Two points of different classes are now in one place",
        "any map": "Whatever a map does to the plane, it moves both and never parts them",
        "front": f"One layer back, a point is {front} numbers, as bars: there they differ",
        "shift": "Round the layer before: the bars move",
        "zeros": Caption(
            f"Round the weights behind: many are zero, {width_word(f.unseen)} of {front} go unseen", figures=2
        ),
    }
    if f.alike:
        said["alike"] = "What is still seen is the same for both"
    if f.gives_back:
        cost = f"{f.stored} numbers. The network has {f.parameters}"
        said["restored"] = Caption(f"Store again what each layer lost: {cost}", figures=2)
        said["on float"] = "It is only the way back: added to float, it leads as far beyond"
    if p is not None:
        least = loss_words(p.loss_at_least)
        said["seeds"] = Caption(f"Networks trained alike, a dot each: {p.lost} lose {least} or more", figures=2)
        said["picked"] = f"A map in each layer brings {p.restored} back. Ours was picked: it is lost"
    return said | {"answer": "Lost: what told two apart. A map repairs what moved, not what is gone"}


def held_words(f: BottleneckFigures) -> str:
    """Whether it was the patterns: what becomes of it with every ReLU as in the float network."""
    if f.held - f.rounded > MUCH * (f.right - f.rounded):
        return "Rounding also switches ReLUs. Undo only that: most comes back"
    return "Rounding also switches ReLUs. Undo only that: it hardly helps"


def width_word(count: int) -> str:
    """A width in words, up to twenty."""
    return TEENS[count - 13] if 13 <= count <= 20 else number_word(count)


def guess_words(f: BottleneckFigures) -> str:
    """What guessing gets."""
    return PARTS.get(f.classes, f"one in {number_word(f.classes)}")


def loss_words(share: float) -> str:
    """A share of all points that was right before: "8 %"."""
    return f"{100 * share:.3g} %"


def back_words(p: Population) -> str:
    """What stands at a network that comes back."""
    return f"within {loss_words(p.back_within)} of float again"


def badges(figures: BottleneckFigures) -> list[str]:
    """What the badge says, from first to last."""
    weights = f"{figures.scheme} weights"
    first = ["float weights", "rounding", weights]
    told = [*first, f"{weights}, ReLUs as in float", weights, f"{weights}, one map", weights]
    told += [f"{weights}, one map", *first]
    if figures.gives_back:
        told += [f"{weights} + what they lost", "float weights + the same"]
    if figures.population is not None:
        told += [f"{weights}, each network", f"{weights}, a map in each layer"]
    return told if told[-1] == weights else [*told, weights]


def shown(figures: BottleneckFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures

    def right(share: float) -> dict[str, str]:
        return {"right": f"{percent(share)} % right"}

    told = {
        "question": {"widths": " ".join(map(str, f.widths))},
        "float": right(f.right),
        "rounding": right(f.rounded),
        "other ReLUs": {"metric": f"{percent(f.metric, 0)} {METRIC_WORDS}"},
        "a map": right(f.mapped),
    }
    if f.gives_back:
        told |= {"restored": right(f.right), "on float": right(f.on_float)}
    if f.population is not None:
        told["picked"] = {"back": back_words(f.population)}
    return told
