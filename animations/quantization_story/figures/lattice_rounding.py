"""What LatticeRoundingScene shows: the level that costs a neuron's output least, and what that does to networks."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.lattice_rows import LatticeRow, lattice_rows
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import ticks
from quantization_story.core.roundings import NAMES, Rounding
from quantization_story.core.shown_numbers import decimals, number_word, percent, signed
from quantization_story.networks.rounding_scores import RoundingScores, load_rounding_scores
from quantization_story.networks.subject import StorySubject

ORDINALS = ("first", "second")


@dataclass(frozen=True)
class RoundedPopulation:
    """Every seed of the search that learned, its weights at the levels of the least error in place of the nearest.

    less: how much smaller the RMS error of the layers' outputs is then, all layers together, a share of what it was.
    gained: the share of all held-out points that is right in addition. shown: which of them is the network that is
    played.
    """

    less: tuple[float, ...]
    gained: tuple[float, ...]
    shown: int

    @property
    def seeds(self) -> int:
        """How many there are."""
        return len(self.less)

    @property
    def more_right(self) -> int:
        """How many of them have more points right."""
        return int((np.array(self.gained) > 0).sum())

    @property
    def fewer_right(self) -> int:
        """How many have fewer."""
        return int((np.array(self.gained) < 0).sum())

    @property
    def lost_with_less(self) -> bool:
        """Whether any of them has fewer points right although the error of its layers is smaller."""
        return any(less > 0 > gained for less, gained in zip(self.less, self.gained, strict=True))


@dataclass(frozen=True)
class LatticeRoundingFigures:
    """The numbers of the scene; errors are RMS of a neuron's output over the calibration points.

    scheme: the regime. hero: the row that is followed, the one that gains most by another level than the nearest. rows:
    of all neurons. moved: how many weights take another level, of `weights`. accuracies: on held-out points, 0 to 1.
    better: the network at the levels of the least error. inputs: (n, 2), of the hero's layer. population: None where
    the seeds of the search were not counted at these bits.
    """

    scheme: str
    hero: LatticeRow = field(compare=False)
    rows: tuple[LatticeRow, ...] = field(repr=False, compare=False)
    moved: int
    weights: int
    nearest_accuracy: float
    best_accuracy: float
    population: RoundedPopulation | None
    better: ReluNetwork = field(repr=False, compare=False)
    inputs: FloatArray = field(repr=False, compare=False)

    @property
    def first(self) -> int:
        """The weight that GPTQ is seen to round first: that with which it gets farther."""
        return int(self.hero.error(self.hero.backward) < self.hero.error(self.hero.forward))

    def landing(self, first: int) -> FloatArray:
        """Where GPTQ ends with one of the two weights first, (2,), in steps."""
        return np.asarray(self.hero.passed_on(first)[-1])


def measure(subject: StorySubject) -> LatticeRoundingFigures:
    """The figures of a network with two units in every layer.

    Raises ValueError where every neuron is best served by its nearest level, and for what `lattice_rows` refuses.
    """
    net, fitted, quantizer = subject.network, subject.calibration.points, subject.learned.quantizer
    rows = lattice_rows(net, quantizer, fitted)
    if not any(row.moves for row in rows):
        raise ValueError("every neuron's output is served best by the nearest levels, so there is nothing to choose")
    hero = max((row for row in rows if row.moves), key=lambda row: row.gain)
    better = Rounding("closest", damping=0.0).quantized(net, quantizer, fitted)
    return LatticeRoundingFigures(
        scheme=subject.scheme(),
        hero=hero,
        rows=rows,
        moved=sum(int((row.best != row.nearest).sum()) for row in rows),
        weights=sum(weight.size for weight in net.weights),
        nearest_accuracy=subject.quantized_accuracy,
        best_accuracy=subject.accuracy(better),
        population=population_of(subject),
        better=better,
        inputs=net.activations(fitted)[hero.layer - 1],
    )


def population_of(subject: StorySubject) -> RoundedPopulation | None:
    """The seeds of the search that found this network, where their roundings were counted, at these bits."""
    provenance = subject.learned.provenance
    if provenance is None or subject.learned.story.per_channel:
        return None
    counted = {scores.rounding: scores for scores in load_rounding_scores(subject.name, subject.bits)}
    scores = counted.get(NAMES["closest"])
    if scores is None or provenance.seed not in scores.seeds:
        return None
    return population_figures(scores, provenance.seed)


def population_figures(scores: RoundingScores, seed: int) -> RoundedPopulation:
    """The figures of a population with one of its seeds shown."""
    less = 1 - np.sqrt(scores.objective_ratio)
    return RoundedPopulation(tuple(less.tolist()), tuple(scores.gained.tolist()), scores.seeds.index(seed))


# --- what is said, and what is shown as a number


def captions(f: LatticeRoundingFigures) -> Captions:
    """The captions, in the order in which they are said."""
    told: dict[str, Caption | str] = {
        "question": "Same levels, same bits. Can we just round better?",
        "point": "Two weights of one neuron, one across, one up: a single point",
        "nearest": "Rounding moves it to a dot. We go near: the nearest is here",
        "inputs": "But what counts is the output: the weights times these inputs",
        "along": "Move the weights along the cloud of inputs: the output is far off",
        "across": "Move them as far across the cloud: the output is hardly off",
        "ellipse": "Moves of equal output error form an ellipse, long across the cloud",
        "best": "Let it grow: the first dot it meets is not the nearest one",
        "gptq": Caption("Trying all dots is slow. GPTQ rounds one weight: to this line of dots", terms=("GPTQ",)),
        "made up": "The other slides to where the ellipse touches the line, then rounds",
        "order": _order(f),
        "rows": _rows(f),
        "points": "The whole network's outputs, a field a class: wrong ones are ringed",
        "better": _better(f),
    }
    if (p := f.population) is not None:
        told["seeds"] = _seeds(p)
    told["answer"] = _answer(f)
    return told


def _order(f: LatticeRoundingFigures) -> str:
    one, other = (f.hero.error(f.landing(first)) for first in (f.first, 1 - f.first))
    if one == other:
        return "With the other weight first it comes to the same dot"
    if other < f.hero.error(f.hero.nearest):
        return "With the other weight first: a worse dot, yet not as bad as nearest"
    return "With the other weight first it ends on another dot, a worse one"


def _rows(f: LatticeRoundingFigures) -> str:
    takes = "takes" if f.moved == 1 else "take"
    some, every = number_word(f.moved), number_word(f.weights)
    return f"All {number_word(len(f.rows))} neurons: {some} of the {every} weights {takes} another level"


def _better(f: LatticeRoundingFigures) -> str:
    if f.best_accuracy > f.nearest_accuracy:
        return "Those weights move to their levels: more of the points are right"
    if f.best_accuracy == f.nearest_accuracy:
        return "Those weights move to their levels: as many points are right"
    return "Those weights move to their levels, and yet fewer points are right"


def _seeds(p: RoundedPopulation) -> str:
    if p.lost_with_less:
        return f"{p.seeds} networks, ours large: less error can still put points wrong"
    return f"{p.seeds} networks, a mark each, ours large"


def _answer(f: LatticeRoundingFigures) -> str:
    p, better = f.population, f.best_accuracy > f.nearest_accuracy
    if better and p is None:
        return "Yes, by minding the output, and not how near the level is"
    if better and p is not None and p.more_right > p.fewer_right:
        return "Yes, by minding the output: more networks gain than lose by it"
    return "Each neuron, by minding its output; the whole network not always"


STATES = {
    "row": "layer {layer}, one neuron, {scheme} levels",
    "rows": "all neurons, {scheme} levels",
    "nearest": "{scheme} weights, nearest levels",
    "moving": "weights on their way to other levels",
    "better": "{scheme} weights, least output error",
    "seeds": "{scheme} weights of many networks",
}


def badge(f: LatticeRoundingFigures, state: str) -> str:
    """What the badge says in a state of the picture."""
    return STATES[state].format(layer=f.hero.layer, scheme=f.scheme)


def badges(f: LatticeRoundingFigures) -> list[str]:
    """What the badge says, from first to last."""
    states = [state for state in STATES if state != "seeds" or f.population is not None]
    return [badge(f, state) for state in states]


def error_words(f: LatticeRoundingFigures, place: FloatArray | IntArray) -> str:
    """The error of the hero's output with its weights at a place, (2,), in steps."""
    return signed(f.hero.error(place), decimals(f.hero.error(f.hero.nearest)))


def layer_words(f: LatticeRoundingFigures) -> list[str]:
    """The names of the layers."""
    return [f"layer {layer}" for layer in sorted({row.layer for row in f.rows})]


def gain_words(p: RoundedPopulation) -> dict[str, str]:
    """How many networks have more points right, how many as many, and how many fewer."""
    same = p.seeds - p.more_right - p.fewer_right
    return {"more": f"{p.more_right} networks gain", "same": f"{same} stay", "fewer": f"{p.fewer_right} networks lose"}


def chart_ticks(p: RoundedPopulation) -> tuple[list[int], list[int]]:
    """Round numbers of per cent on both axes of the chart of the seeds."""
    across = ticks(0.0, 100 * max(p.less))
    up = ticks(100 * min(p.gained), 100 * max(p.gained))
    return [int(number) for number in across], [int(number) for number in up]


def ends_elsewhere(f: LatticeRoundingFigures) -> bool:
    """Whether the second way of GPTQ ends on a level that no plate names yet."""
    landed = f.landing(1 - f.first)
    return not any((landed == codes).all() for codes in (f.hero.nearest, f.hero.best))


def _landed(f: LatticeRoundingFigures) -> dict[str, str]:
    return {"other way": f"{error_words(f, f.landing(1 - f.first))} this way"} if ends_elsewhere(f) else {}


def shown(f: LatticeRoundingFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    hero = f.hero
    both = {
        "nearest": f"{error_words(f, hero.nearest)} nearest",
        "best": f"{error_words(f, hero.best)} best",
    }
    told = {
        "ellipse": {"error": f"{error_words(f, hero.across)} output error"},
        "best": both,
        "GPTQ": both | _landed(f),
        "rows": {"layers": " ".join(layer_words(f))},
        "points": {"right": f"{percent(f.best_accuracy)} % right"},
    }
    if f.population is not None:
        across, up = chart_ticks(f.population)
        numbers = {"ticks": " ".join(signed(number, 0) for number in (*across, *up))}
        told["seeds"] = told["answer"] = numbers | gain_words(f.population)
    return told
