"""What CorrectionControlsScene shows: whom else six numbers help, and what they do to every seed of the search."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.transport import ControlPlaces, Trial, parameter_count
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import LEAST_DIRECTION, output_map
from quantization_story.core.distances import lengths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import distinct_shuffles
from quantization_story.core.shown_numbers import number_word, percent, signed
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.networks.seed_population import EDGE, SOME, PopulationFigures, loss_ticks
from quantization_story.networks.seed_scores import SeedScores, load_seed_scores
from quantization_story.networks.subject import StorySubject

DRAWN = 240  # points, on the card
MOST = 500  # shuffles
MANY = 0.1  # of the float networks lose, where many are said to
NEARLY = 0.9  # of the networks that lose something come back, where nearly all are said to


@dataclass(frozen=True)
class CorrectionControlsFigures:
    """The numbers of the scene, accuracies on held-out points, 0 to 1.

    bits: the regime. numbers: of one map. float_accuracy, rounded, repaired: of the float network, of the rounded one
    and of that with the map. on_float: of the float network with the same map. shuffles: of all shuffles, each with its
    own map, a typical one first; every: whether these are all there are. weights: the layers of the rounded network
    whose entries change places, and those of the first shuffle. raw: of a map from the inputs
    that fits the float outputs best. population: None where the seeds of the search were not counted.
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
    population: PopulationFigures | None
    places: ControlPlaces = field(repr=False, compare=False)

    @property
    def best(self) -> float:
        """The best of the shuffles."""
        return max(self.shuffles)

    @property
    def reaching(self) -> int:
        """How many shuffles get as far as the repaired network."""
        return int((np.array(self.shuffles) >= self.repaired).sum())


def measure(subject: StorySubject) -> CorrectionControlsFigures:
    """The figures of a network with two outputs.

    Raises ValueError where rounding loses no point or the map brings none back, and where no shuffle differs.
    """
    net, quantized, data, readout = subject.network, subject.quantized, subject.data, subject.readout
    fitted = subject.calibration.points
    if readout is None or not subject.quantized_accuracy < subject.float_accuracy:
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
            reach=float(lengths(on_float.outputs).max()),
        ),
    )


def typical_first(scores: list[float]) -> list[int]:
    """The order in which the shuffles are tried: the middle one of their accuracies first, the others as drawn."""
    middle = int(np.argsort(scores, kind="stable")[len(scores) // 2])
    return [middle, *(k for k in range(len(scores)) if k != middle)]


def population_of(subject: StorySubject) -> PopulationFigures | None:
    """What became of the seeds of the search that found this network, where that was counted with one output map."""
    counted, provenance = subject.learned.population, subject.learned.provenance
    if counted is None or provenance is None:
        return None
    scores = load_seed_scores(subject.name, subject.bits)
    if scores is None or provenance.seed not in scores.seeds:
        return None
    return population_figures(scores, provenance.seed, counted.back_within)


def population_figures(scores: SeedScores, seed: int, back: float) -> PopulationFigures:
    """The figures of a population with one of its seeds shown, and the threshold of what is back."""
    before, after, on_float = (tuple(map(float, each)) for each in (scores.before, scores.after, scores.on_float))
    return PopulationFigures(before, after, on_float, scores.seeds.index(seed), back)


# --- what is said, and what is shown as a number


def captions(figures: CorrectionControlsFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, count = figures, number_word(figures.numbers)
    orders = "here are all" if f.every else f"{len(f.shuffles)} of them"
    told: dict[str, Caption | str] = {
        "question": f"A repair, or just {count} more numbers?",
        "rounded": "Blue: a network's outputs. Orange: after rounding. A ring: now wrong",
        "claim": f"One map, {count} numbers, shifts, turns and stretches orange onto blue",
        "tests": f"If {count} numbers lift anything, others reach this violet line, too",
        "fitted": "Each map is fitted to the blue outputs, and tried on new points",
        "float": f"Test one: the same map on the float network. It {_on_float(f)}",
        "shuffle": "Test two: the rounded weights change places, and get their own map",
        "fit": f"Each dot is one such order, with a map of its own: {orders}",
        "found": _found(f),
        "raw": f"Test three: no network, a map of the plain inputs. It {_raw(f)}",
    }
    if (p := f.population) is not None:
        told |= {
            "seeds": f"Was it luck? {p.seeds} networks trained alike, a dot each; ours is large",
            "axes": "To the right: what rounding lost. Upward: what is lost in the end",
            "drop": "Now each gets a map of its own: a dot falls as far as that repairs",
            "back": _back(p),
            "floats": _floats(p),
        }
    told["answer"] = _answer(f)
    return told


def _on_float(f: CorrectionControlsFigures) -> str:
    if f.on_float > f.float_accuracy:
        return "gets better, too"
    return "stays as it is" if percent(f.on_float) == percent(f.float_accuracy) else "gets worse"


def _found(f: CorrectionControlsFigures) -> str:
    if f.reaching == 0:
        return "Most stay far below, and not one gets as far as the violet line"
    some = number_word(f.reaching).capitalize()
    return f"{some} of them get{'s' if f.reaching == 1 else ''} as far as the violet line"


def _raw(f: CorrectionControlsFigures) -> str:
    return "gets as far" if f.raw >= f.repaired else "falls short"


def share_word(share: float) -> str:
    """A share in per cent, as it is said: a whole one without a decimal."""
    return f"{100 * share:.0f}" if abs(100 * share - round(100 * share)) < EDGE else signed(100 * share, 1)


def _back(p: PopulationFigures) -> Caption:
    least, back = share_word(SOME), share_word(p.back)
    return Caption(f"Of {p.losing} that lost {least} % or more, {p.losing_back} end within {back} %", figures=4)


def _floats(p: PopulationFigures) -> str:
    lose = "many" if p.float_losing >= MANY * p.seeds else "few"
    return f"Blue: same maps on float networks: {lose} lose, the best gains {percent(p.largest_gain)} %"


def _answer(f: CorrectionControlsFigures) -> str:
    if f.on_float > f.float_accuracy or f.reaching or f.raw >= f.repaired:
        return "Not only a repair: others get there, too. What errors are there?"
    p = f.population
    if p is not None and p.losing_back < NEARLY * p.losing:
        return "A repair, but not for every network. What errors are there?"
    return "A repair: nothing else gets there. But what errors did it repair?"


# What the picture shows while a trial is on: before its map is carried out, and from then on.
STATES = {
    "rounded": ("{bits} weights", "{bits} weights and one map"),
    "float": ("float weights", "float weights and the same map"),
    "example": ("{bits} weights, shuffled", "{bits} weights, shuffled, with their map"),
    "shuffled": ("{bits} weights, shuffled", "{bits} weights, shuffled, each with its map"),
    "raw": ("no network, the inputs", "no network, the inputs and a map"),
    "seeds": ("{bits} weights, many networks", "{bits} weights, many networks, each with its map"),
}


def badge(figures: CorrectionControlsFigures, state: str, mapped: bool) -> str:
    """What the picture shows while a trial is on, before its map and with it."""
    return STATES[state][int(mapped)].format(bits=figures.bits)


def badges(figures: CorrectionControlsFigures) -> list[str]:
    """What the badge says, from first to last."""
    states = [(state, mapped) for state in ("rounded", "float", "example") for mapped in (False, True)]
    states += [("shuffled", True), ("raw", False), ("raw", True)]
    if figures.population is not None:
        states += [("seeds", False), ("seeds", True)]
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
    told = {
        "question": {"right": f"{percent(f.rounded)} % right"},
        "claim": {"right": f"{percent(f.repaired)} % right"},
        "tests": ruler,
        "float": on_float,
        "one": on_float | {"weights": weights, "layers": layers},
        "shuffles": on_float | {"best": f"{percent(f.best)} the best"},
        "raw": on_float | {"raw": percent(f.raw)},
    }
    if (p := f.population) is None:
        told["answer"] = told["raw"]
    else:
        told["seeds"] = {"losses": tick_words(loss_ticks(p))}
        told["drop"] = told["answer"] = told["seeds"] | {"much": much_words(), "back": back_words(p)}
    return told


def much_words() -> str:
    """The name of the line from which on a loss counts."""
    return f"{share_word(SOME)} %"


def back_words(population: PopulationFigures) -> str:
    """The name of the band in which a network is back."""
    return f"within {share_word(population.back)} %"


def tick_words(ticks: list[int]) -> str:
    """The numbers on both axes of a chart, which are the same."""
    return " ".join(signed(number, 0) for number in (*ticks, *ticks))
