"""What CorrectionControlsScene shows: whom else six numbers help, and what they do to every seed of the search."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.transport import ControlPlaces, Trial, parameter_count
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import LEAST_DIRECTION, output_map
from quantization_story.core.distances import lengths
from quantization_story.core.linear_classifier import LinearClassifier, fit_linear_classifier
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import distinct_shuffles
from quantization_story.core.shown_numbers import number_word, percent, signed
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.networks.seed_population import EDGE, SOME, PopulationFigures, gain_ticks, loss_ticks
from quantization_story.networks.seed_scores import SeedScores, load_seed_scores
from quantization_story.networks.subject import StorySubject

DRAWN = 240  # points, on the card
MOST = 500  # shuffles
NEARLY = 0.9  # of the networks that lose something come back, where nearly all are said to


@dataclass(frozen=True)
class CorrectionControlsFigures:
    """The numbers of the scene, accuracies on held-out points, 0 to 1.

    bits: the regime. numbers: of one map. float_accuracy, rounded, repaired: of the float network, of the rounded one
    and of that with the map. on_float: of the float network with the same map. shuffles: of all shuffles, each with its
    own map, a typical one first; every: whether these are all there are. weights: the layers of the rounded network
    whose entries change places, and those of the first shuffle. raw: of a map from the inputs
    that fits the float outputs best. linear: of the best linear classifier of the inputs. population: None where the
    seeds of the search were not counted.
    """

    bits: str
    numbers: int
    float_accuracy: float
    rounded: float
    repaired: float
    on_float: float
    shuffles: tuple[float, ...]
    every: bool
    weights: tuple[tuple[FloatArray, FloatArray], ...] = field(repr=False, compare=False)
    raw: float
    linear: float
    population: PopulationFigures | None
    places: ControlPlaces = field(repr=False, compare=False)

    @property
    def best(self) -> float:
        """The best of the shuffles."""
        return max(self.shuffles)

    @property
    def middle(self) -> float:
        """The middle one of the shuffles."""
        return sorted(self.shuffles)[len(self.shuffles) // 2]

    @property
    def reaching(self) -> int:
        """How many shuffles get as far as the repaired network."""
        return int((np.array(self.shuffles) >= self.repaired).sum())


def measure(subject: StorySubject) -> CorrectionControlsFigures:
    """The figures of a network with two outputs.

    Raises ValueError where rounding loses no point or the map brings none back, and where no shuffle differs.
    """
    net, quantized, data, readout = subject.network, subject.quantized, subject.data, subject.readout
    fitted, linear = subject.calibration.points, subject.learned.linear_accuracy
    if readout is None or linear is None or not subject.quantized_accuracy < subject.float_accuracy:
        raise ValueError(f"rounding loses none of {len(data.points)} points, so nothing is to be brought back")

    def trial(source: ReluNetwork, transport: AffineMap) -> Trial:
        outputs = source(data.points)
        return Trial(outputs[:DRAWN], outputs, transport)

    def reached(each: Trial) -> float:
        return accuracy_of_outputs(each.transport(each.outputs), data.labels, readout)

    whole = output_map(net, quantized, fitted)
    rounded, on_float = trial(quantized, whole), trial(net, whole)
    if not reached(rounded) > subject.quantized_accuracy:
        raise ValueError("one map brings back none of the points that rounding loses, so there is nothing to control")
    target = net(fitted)
    sources = distinct_shuffles(quantized, MOST)
    shuffled = [trial(each, fit_affine(each(fitted), target, cut=LEAST_DIRECTION)) for each in sources]
    scores = list(map(reached, shuffled))
    order = typical_first(scores)
    shuffled, first = [shuffled[k] for k in order], sources[order[0]]
    pairs = zip(quantized.weights, first.weights, strict=True)
    cuts = cuts_of(subject)
    bare = ReluNetwork((np.eye(2),), (np.zeros(2),))
    raw = trial(bare, fit_affine(fitted, target, cut=LEAST_DIRECTION))
    return CorrectionControlsFigures(
        bits=subject.scheme(),
        numbers=parameter_count(whole),
        float_accuracy=subject.float_accuracy,
        rounded=subject.quantized_accuracy,
        repaired=reached(rounded),
        on_float=reached(on_float),
        shuffles=tuple(scores[k] for k in order),
        every=len(sources) < MOST,
        weights=tuple((own, other) for own, other in pairs if (own != other).any()),
        raw=reached(raw),
        linear=linear,
        population=population_of(subject),
        places=ControlPlaces(
            readout=readout,
            labels=data.labels,
            drawn=min(DRAWN, len(data.labels)),
            rounded=rounded,
            on_float=on_float,
            raw=raw,
            shuffled=np.stack([each.at(1.0) for each in shuffled]),
            example=shuffled[0],
            cuts=cuts,
            reach=float(lengths(on_float.outputs).max()),
        ),
    )


def typical_first(scores: list[float]) -> list[int]:
    """The order in which the shuffles are tried: the middle one of their accuracies first, the others as drawn."""
    middle = int(np.argsort(scores, kind="stable")[len(scores) // 2])
    return [middle, *(k for k in range(len(scores)) if k != middle)]


def cuts_of(subject: StorySubject) -> LinearClassifier:
    """The best straight cuts of the inputs, by the calibration points."""
    fitted, readout = subject.calibration, subject.readout
    assert readout is not None
    return fit_linear_classifier(fitted.points, fitted.labels, len(readout))


def population_of(subject: StorySubject) -> PopulationFigures | None:
    """What became of the seeds of the search that found this network, where that was counted with one output map."""
    counted, provenance = subject.learned.population, subject.learned.provenance
    if counted is None or provenance is None:
        return None
    scores = load_seed_scores(subject.name, subject.bits)
    if scores is None or provenance.seed not in scores.seeds:
        return None
    return population_figures(scores, provenance.seed, counted.loss_at_least, counted.back_within)


def population_figures(scores: SeedScores, seed: int, much: float, back: float) -> PopulationFigures:
    """The figures of a population with one of its seeds shown, and the thresholds of what is much, and of back."""
    before, after, on_float = (tuple(map(float, each)) for each in (scores.before, scores.after, scores.on_float))
    return PopulationFigures(before, after, on_float, scores.seeds.index(seed), much, back)


# --- what is said, and what is shown as a number


def captions(figures: CorrectionControlsFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, count = figures, number_word(figures.numbers)
    many = f"All {len(f.shuffles)} ways to place them" if f.every else f"{len(f.shuffles)} ways to place them"
    told: dict[str, Caption | str] = {
        "question": f"A repair, or just {count} more numbers?",
        "claim": f"One map, {count} numbers, lays the rounded outputs into their sectors",
        "float": _float(f),
        "shuffle": "Would any weights do? The rounded ones change places",
        "one": "Before its map, and with it: the map is fitted to the float outputs",
        "fit": f"{many}, each with its own map",
        "found": _found(f),
        "raw": "And no network at all? A map straight from the inputs",
        "raw found": _raw(f),
    }
    if (p := f.population) is not None:
        told |= {
            "seeds": f"Only this network? {p.seeds} that learned the task, ours marked",
            "drop": "Now each gets a map of its own: what is still lost is its height",
            "back": _back(p),
            "some": _some(p),
            "worse": _worse(p),
            "floats": f"What it gains: rounded networks rise, float ones by {percent(p.largest_gain)} % at most",
        }
    told["answer"] = _answer(f)
    return told


def _float(f: CorrectionControlsFigures) -> str:
    if f.on_float > f.float_accuracy:
        return "Does it help a better network? The same map on the float one: it does"
    same = percent(f.on_float) == percent(f.float_accuracy)
    return f"Does it help the float network, too? {'Not a bit' if same else 'No, it gets worse'}"


def _found(f: CorrectionControlsFigures) -> Caption:
    if f.reaching == 0:
        return Caption(f"Not one reaches the line; the best gets to {percent(f.best)} %")
    some = number_word(f.reaching).capitalize()
    return Caption(f"{some} of them reach{'es' if f.reaching == 1 else ''} the line")


def _raw(f: CorrectionControlsFigures) -> str:
    if f.raw >= f.repaired:
        return "It gets as far: this task does not need the network"
    if f.linear >= f.repaired:
        return "Not as far, but straight cuts of the inputs get there"
    return "Not as far, nor do the best straight cuts of the inputs"


def share_word(share: float) -> str:
    """A share in per cent, as it is said: a whole one without a decimal."""
    return f"{100 * share:.0f}" if abs(100 * share - round(100 * share)) < EDGE else signed(100 * share, 1)


def _back(p: PopulationFigures) -> Caption:
    much, back = share_word(p.much), share_word(p.back)
    some = f"Of the {p.losing} that lose {much} % or more, {p.losing_back} are within {back} %"
    return Caption(some, figures=4)


def _some(p: PopulationFigures) -> Caption:
    least, most = share_word(SOME), share_word(p.much)
    return Caption(f"So are {p.some_back} of the {p.some} that lose from {least} to {most} %", figures=4)


def _worse(p: PopulationFigures) -> Caption:
    if p.worse == 0:
        return Caption("It makes none of them much worse")
    way = f"from {percent(p.before[p.worst])} to {percent(p.after[p.worst])} %"
    if p.worse == 1:
        return Caption(f"One it makes worse: {way} lost", figures=2)
    return Caption(f"It makes {number_word(p.worse)} worse, one of them {way}", figures=3)


def _answer(f: CorrectionControlsFigures) -> str:
    if f.on_float > f.float_accuracy or f.reaching or f.raw >= f.repaired:
        return "Not only a repair: others get there, too. What errors are left?"
    p = f.population
    if p is None or p.losing_back + p.some_back == p.losing + p.some:
        return "A repair: nothing else came as far. What kinds of error does it leave?"
    if p.losing_back + p.some_back < NEARLY * (p.losing + p.some):
        return "A repair, but not for every network. What kinds of error are left?"
    return "A repair, for nearly all: nothing else came as far. What is left?"


# What the picture shows while a trial is on: before its map is carried out, and from then on.
STATES = {
    "rounded": ("{bits} weights", "{bits} weights and one map"),
    "float": ("float weights", "float weights and the same map"),
    "example": ("{bits} weights, shuffled", "{bits} weights, shuffled, with their map"),
    "shuffled": ("{bits} weights, shuffled", "{bits} weights, shuffled, each with its map"),
    "raw": ("no network, the inputs", "no network, the inputs and a map"),
    "cuts": ("no network, the inputs", "no network, straight cuts of the inputs"),
    "seeds": ("{bits} weights of many seeds", "{bits} weights of many seeds, each with its map"),
    "floats": ("{bits} weights of many seeds, each with its map", "violet: {bits}, blue: float, each with its map"),
}


def badge(figures: CorrectionControlsFigures, state: str, mapped: bool) -> str:
    """What the picture shows while a trial is on, before its map and with it."""
    return STATES[state][int(mapped)].format(bits=figures.bits)


def badges(figures: CorrectionControlsFigures) -> list[str]:
    """What the badge says, from first to last."""
    states = [(state, mapped) for state in ("rounded", "float", "example") for mapped in (False, True)]
    states += [("shuffled", True), ("raw", False), ("raw", True), ("cuts", True)]
    if figures.population is not None:
        states += [("seeds", False), ("seeds", True), ("floats", True)]
    return [badge(figures, *each) for each in states]


def lowest(figures: CorrectionControlsFigures) -> int:
    """Where the ruler of accuracy begins, in per cent: the tens below all that stands on it."""
    every = (*figures.shuffles, figures.rounded, figures.on_float, figures.raw)
    return int(10 * np.floor(10 * min(every) - EDGE))


def shown(figures: CorrectionControlsFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    ruler = {"ticks": " ".join(map(str, range(lowest(f), 101, 10))), "rounded": percent(f.repaired)}
    on_float = ruler | {"float": percent(f.on_float)}
    weights = " ".join(signed(value) for own, _ in f.weights for value in own.ravel())
    layers = " ".join(f"layer {layer + 1}" for layer in range(len(f.weights)))
    raw = on_float | {"raw": percent(f.raw)}
    told = {
        "question": {"right": f"{percent(f.rounded)} % right"},
        "claim": ruler | {"right": f"{percent(f.repaired)} % right"},
        "float": on_float,
        "one": on_float | {"weights": weights, "layers": layers, "example": percent(f.shuffles[0])},
        "shuffles": on_float | {"best": f"{percent(f.best)} best", "middle": f"{percent(f.middle)} middle"},
        "raw": raw | {"linear": f"{percent(f.linear)} straight cuts"},
    }
    if (p := f.population) is None:
        told["answer"] = told["raw"]
    else:
        numbers = {"losses": tick_words(loss_ticks(p), loss_ticks(p)), "dim": dim_words()}
        told["seeds"] = numbers
        told["drop"] = numbers | {"much": much_words(p), "back": back_words(p)}
        told["floats"] = told["answer"] = {"gains": tick_words(loss_ticks(p), gain_ticks(p))}
    return told


def dim_words() -> str:
    """What is said beside the seeds that lose next to nothing."""
    return f"dim: less than {share_word(SOME)} %"


def much_words(population: PopulationFigures) -> str:
    """The name of the line from which on a loss is much."""
    return f"{share_word(population.much)} %"


def back_words(population: PopulationFigures) -> str:
    """The name of the band in which a network is back."""
    return f"within {share_word(population.back)} %"


def tick_words(below: list[int], beside: list[int]) -> str:
    """The numbers on both axes of a chart."""
    return " ".join(signed(number, 0) for number in (*below, *beside))
