"""What CorrectionControlsScene shows: whom else six numbers help, and what they do to every seed of the search."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.transport import ControlPlaces, Trial, parameter_count
from quantization_story.core.affine import AffineMap, fit_affine
from quantization_story.core.arrays import BoolArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import LEAST_DIRECTION, output_map
from quantization_story.core.distances import lengths
from quantization_story.core.network import ReluNetwork
from quantization_story.core.null_controls import distinct_shuffles
from quantization_story.core.shown_numbers import number_word, percent, signed
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.networks.seed_scores import SeedScores, load_seed_scores
from quantization_story.networks.subject import StorySubject

DRAWN = 150  # points, on the card
MOST = 500  # shuffles
SOME = 0.01  # the loss from which on a seed is said to lose something
EDGE = 1e-9  # of a threshold


@dataclass(frozen=True)
class PopulationFigures:
    """Every seed of the search that learned, at these bits. Losses are shares of all held-out points, 0 to 1.

    before, after, on_float: for each, what rounding costs, what it still costs with a map of its own, and what that map
    costs the float network. shown: which of them is the network that is played. much, back: the thresholds.
    """

    before: tuple[float, ...]
    after: tuple[float, ...]
    on_float: tuple[float, ...]
    shown: int
    much: float
    back: float

    @property
    def seeds(self) -> int:
        """How many there are."""
        return len(self.before)

    @property
    def losing(self) -> int:
        """How many lose much."""
        return int((np.array(self.before) >= self.much - EDGE).sum())

    @property
    def losing_back(self) -> int:
        """How many of these come back."""
        return self._back(np.array(self.before) >= self.much - EDGE)

    @property
    def some(self) -> int:
        """How many lose something, but not much."""
        return int(self._some().sum())

    @property
    def some_back(self) -> int:
        """How many of these come back."""
        return self._back(self._some())

    @property
    def largest_gain(self) -> float:
        """The most that the maps add to a float network."""
        return max(0.0, -min(self.on_float))

    def _some(self) -> BoolArray:
        before = np.array(self.before)
        return np.asarray((before >= SOME - EDGE) & (before < self.much - EDGE))

    def _back(self, among: BoolArray) -> int:
        return int((among & (np.array(self.after) <= self.back + EDGE)).sum())


@dataclass(frozen=True)
class CorrectionControlsFigures:
    """The numbers of the scene, accuracies on held-out points, 0 to 1.

    bits: the regime. numbers: of one map. float_accuracy, rounded, repaired: of the float network, of the rounded one
    and of that with the map. on_float: of the float network with the same map. shuffles: of all shuffles, each with its
    own map, in the order in which they are tried; every: whether these are all there are. raw: of a map from the inputs
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
    raw: float
    linear: float
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
    bare = ReluNetwork((np.eye(2),), (np.zeros(2),))
    raw = trial(bare, fit_affine(fitted, target, cut=LEAST_DIRECTION))
    return CorrectionControlsFigures(
        bits=subject.scheme(),
        numbers=parameter_count(whole),
        float_accuracy=subject.float_accuracy,
        rounded=subject.quantized_accuracy,
        repaired=reached(rounded),
        on_float=reached(on_float),
        shuffles=tuple(map(reached, shuffled)),
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
            reach=float(lengths(on_float.outputs).max()),
        ),
    )


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
    told: dict[str, Caption | str] = {
        "question": f"A repair, or just {count} more numbers?",
        "claim": f"One map, {count} numbers: it takes the rounded network this far",
        "float": _float(f),
        "shuffle": "Would any network do? Shuffle the rounded weights among their places",
        "fit": Caption(f"Each of {len(f.shuffles)} shuffles gets the map that suits it best", ("shuffles",)),
        "found": _found(f),
        "raw": "And no network at all? A map straight from the inputs",
        "raw found": _raw(f),
    }
    if (p := f.population) is not None:
        told |= {
            "seeds": f"Only this network? {p.seeds} that learned the task, ours marked",
            "loss": "The farther right, the more points rounding costs it",
            "ours": _ours(p),
            "drop": "Now each gets a map of its own: what is still lost is its height",
            "back": _back(p),
            "some": _some(p),
            "floats": f"The same maps on their float networks add at most {percent(p.largest_gain)} points",
        }
    told["answer"] = _answer(f)
    return told


def _float(f: CorrectionControlsFigures) -> str:
    if f.on_float > f.float_accuracy:
        return "Does it help a better network? The same map on the float one: it does"
    same = percent(f.on_float) == percent(f.float_accuracy)
    return f"Does it help the float network, too? {'Not a bit' if same else 'No, it gets worse'}"


def _found(f: CorrectionControlsFigures) -> str:
    best = percent(f.best)
    if f.reaching == 0:
        return f"None gets as far: the best of them stays at {best} %"
    return f"{number_word(f.reaching).capitalize()} of them get{'s' if f.reaching == 1 else ''} as far"


def _raw(f: CorrectionControlsFigures) -> str:
    if f.raw >= f.repaired:
        return "It gets as far: this task does not need the network"
    if f.linear >= f.repaired:
        return "Not as far, but straight cuts of the inputs get there"
    return "Not as far, nor do the best straight cuts of the inputs"


def _points(share: float) -> str:
    """A loss in points, as it is said: whole ones without a decimal."""
    return f"{100 * share:.0f}" if abs(100 * share - round(100 * share)) < EDGE else signed(100 * share, 1)


def _ours(p: PopulationFigures) -> Caption:
    if p.before[p.shown] >= p.much - EDGE:
        return Caption(f"Ours is one of {p.losing} that lose {_points(p.much)} points or more", figures=2)
    return Caption(f"{p.losing} lose {_points(p.much)} points or more; ours does not", figures=2)


def _back(p: PopulationFigures) -> Caption:
    return Caption(f"Of the {p.losing}, {p.losing_back} are back within {_points(p.back)} points", figures=3)


def _some(p: PopulationFigures) -> Caption:
    least, most = _points(SOME), _points(p.much)
    return Caption(f"So are {p.some_back} of the {p.some} that lose from {least} to {most} points", figures=4)


def _answer(f: CorrectionControlsFigures) -> str:
    if f.on_float > f.float_accuracy or f.reaching or f.raw >= f.repaired:
        return "Not only a repair: others get there, too. What errors are left?"
    return "A repair: nothing else got there. What kinds of error does it leave?"


# What the picture shows while a trial is on: before its map is carried out, and from then on.
STATES = {
    "rounded": ("{bits} weights", "{bits} weights and one map"),
    "float": ("float weights", "float weights and the same map"),
    "shuffled": ("{bits} weights, shuffled", "{bits} weights, shuffled, each with its map"),
    "raw": ("no network, the inputs", "no network, the inputs and a map"),
    "seeds": ("{bits} weights of many seeds", "{bits} weights of many seeds, each with its map"),
    "floats": ("", "violet: {bits}, blue: float, each with its map"),
}


def badge(figures: CorrectionControlsFigures, state: str, mapped: bool) -> str:
    """What the picture shows while a trial is on, before its map and with it."""
    return STATES[state][int(mapped)].format(bits=figures.bits)


def badges(figures: CorrectionControlsFigures) -> list[str]:
    """What the badge says, from first to last."""
    states = [(state, mapped) for state in ("rounded", "float") for mapped in (False, True)]
    states += [("shuffled", True), ("raw", False), ("raw", True)]
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
    raw = on_float | {"raw": percent(f.raw)}
    told = {
        "question": ruler,
        "float": on_float,
        "shuffles": on_float | {"count": f"{len(f.shuffles)} shuffles", "best": f"{percent(f.best)} best"},
        "raw": raw | {"linear": f"{percent(f.linear)} straight cuts"},
    }
    if (p := f.population) is None:
        told["answer"] = told["raw"]
    else:
        told |= {beat: {"losses": tick_words(p)} for beat in ("seeds", "drop", "floats", "answer")}
    return told


def tick_words(population: PopulationFigures) -> str:
    """The numbers on both axes of the population's chart."""
    return " ".join(str(number) for number in (*loss_ticks(population), *loss_ticks(population)))


def loss_ticks(population: PopulationFigures) -> list[int]:
    """Round numbers of points for an axis that holds every loss."""
    most = 100 * max(max(population.before), max(population.after), max(population.on_float))
    return list(range(0, int(most) + 1, 10))
