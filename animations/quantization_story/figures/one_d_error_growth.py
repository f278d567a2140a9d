"""What OneDErrorGrowthScene shows: one weight's rounding, and how far a chain of such roundings can run, and does."""

from dataclasses import dataclass, field
from math import ceil

import numpy as np

from quantization_story.analysis.one_dimension import levels, round_value, staircase
from quantization_story.analysis.scalar_chain import (
    ChainPlaces,
    chain_errors,
    chain_values,
    error_intervals,
    errors_of,
    half_step,
    quantized_chain,
    random_offsets,
)
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Captions
from quantization_story.core.quantizers import largest_code
from quantization_story.core.shown_numbers import number_word, signed

BEYOND = 0.8  # half steps beyond the outer levels: how much of the weights is seen


@dataclass(frozen=True)
class RoundingChain:
    """A toy: one number goes through weights in a row, which share one scale.

    weights: of the chain, at least two. bits: of each weight. value: what goes in. draws: how many random roundings
    are tried. The first weight is the one that is followed.
    """

    weights: tuple[float, ...] = (1.26, 1.3, 1.02, 0.64, 1.4, 0.94)
    bits: int = 3
    value: float = 1.0
    draws: int = 1000


@dataclass(frozen=True)
class OneDErrorGrowthFigures:
    """The numbers of the scene.

    bits, levels: of a weight, and how many that gives it. weights: of the chain. near: the three levels around the
    first weight. gap: how far rounding moves that weight. half: half a step. last: what comes out of the chain. times:
    the worst error there, in lengths of that. typical: the middle one of the last errors of random roundings, in the
    same lengths. draws: how many random roundings. mixed: whether the one that is shown strays to both sides. outward:
    whether the worst one has all weights too large.
    """

    bits: int
    levels: int
    weights: tuple[float, ...]
    near: tuple[float, ...]
    gap: float
    half: float
    last: float
    times: float
    typical: float
    draws: int
    mixed: bool
    outward: bool
    places: ChainPlaces = field(repr=False, compare=False)

    @property
    def depth(self) -> int:
        """How many weights."""
        return len(self.weights)


def measure(chain: RoundingChain) -> OneDErrorGrowthFigures:
    """The figures of a chain. Raises ValueError for a chain of one weight, or one through which nothing comes."""
    if len(chain.weights) < 2:
        raise ValueError(f"a chain of {len(chain.weights)} weights: at least two are needed, the second scales")
    weights = np.array(chain.weights, dtype=float)
    values = chain_values(chain.value, weights)
    if values[-1] == 0:
        raise ValueError("a chain through which nothing comes: no error can be measured by what comes out")
    half, largest = half_step(weights, chain.bits), float(np.abs(weights).max())
    first = round_value(float(weights[0]), largest, chain.bits)
    near = three_levels(levels(largest, chain.bits), first.value)
    rounded = quantized_chain(weights, chain.bits)
    intervals = error_intervals(chain.value, weights, half)
    worst_off = intervals.worst_rounding(int(np.argmax(np.abs(intervals.ends[-1]))))
    off = random_offsets(half, len(weights), chain.draws)
    random = errors_of(chain.value, weights, off)
    typical = cancelling_one(random)
    places = ChainPlaces(
        weights=weights,
        rounded=rounded,
        near=near,
        reach=(max(float(near[0]) - BEYOND * half, -largest), min(float(near[2]) + BEYOND * half, largest)),
        stairs=staircase(largest, chain.bits),
        values=values,
        half=half,
        errors=chain_errors(chain.value, weights, rounded).errors,
        intervals=intervals,
        worst_off=worst_off,
        worst=chain_errors(chain.value, weights, weights + worst_off).errors,
        off=off,
        random=random,
        typical=typical,
    )
    bound = float(intervals.worst[-1])
    return OneDErrorGrowthFigures(
        bits=chain.bits,
        levels=2 * largest_code(chain.bits) + 1,
        weights=tuple(chain.weights),
        near=tuple(map(float, near)),
        gap=abs(first.error),
        half=half,
        last=float(values[-1]),
        times=bound / abs(float(values[-1])),
        typical=float(np.median(places.lengths) / abs(values[-1])),
        draws=chain.draws,
        mixed=bool(random[typical].min() < 0 < random[typical].max()),
        outward=bool((worst_off > 0).all()),
        places=places,
    )


def cancelling_one(random: FloatArray) -> int:
    """Of random roundings, by their errors (n, L + 1), the one that shows best how errors cancel.

    Of the half that end nearest to the value it is the one that strays farthest to both sides on its way.
    """
    ends = np.abs(random[:, -1])
    astray = np.minimum(random.max(axis=1), -random.min(axis=1))
    return int(np.where(ends <= np.median(ends), astray, -np.inf).argmax())


def three_levels(all_levels: FloatArray, weight: float) -> FloatArray:
    """The level nearest to a weight and its two neighbours, (3,); at an end of the levels the last three."""
    nearest = int(np.abs(all_levels - weight).argmin())
    first = int(np.clip(nearest - 1, 0, len(all_levels) - 3))
    return all_levels[first : first + 3]


def captions(f: OneDErrorGrowthFigures) -> Captions:
    """What is said, by key, in order."""
    count, levels = number_word(f.depth), number_word(f.levels)
    every = "both" if f.depth == 2 else f"all {count}"
    shrinks = abs(f.weights[1]) < 1
    return {
        "question": "How far can a rounding error run?",
        "weight": f"Kept in {number_word(f.bits)} bits, a weight has {levels} levels to be on; here are three",
        "round": "Rounding takes it to the nearest level. The gap is its error",
        "middle": "Try other weights: midway between levels is worst, half a step",
        "chain": f"Now {count} weights in a row: each one multiplies what comes in",
        "rounded": f"Round all {count}, and another number comes out: the error has run",
        "near": "How far can it run? Let each weight be off by up to half a step",
        "bar": "Then what leaves the first weight may end anywhere in this bar",
        "scaled": f"The second weight multiplies all of it: the error {'shrinks' if shrinks else 'grows'}, in grey",
        "added": "And it may be half a step off itself: that adds the orange ends",
        "on": f"Back to all {count}: each one multiplies the error and adds its own",
        "worst": f"The worst case: {every} off by a full half step{', the same way' if f.outward else ''}",
        "chance": f"Is that likely? {_thousands(f.draws)} tries, with weights off by chance",
        "typical": "Not one gets to the worst case; half of them end in the narrow band",
        "why": f"Here is one of them: {_mixed(f)}",
        "answer": f"At worst an error of {times_label(f.times)} the value, mostly less. And real layers?",
    }


def within_label(times: float) -> str:
    """A length that errors stay within, in lengths of the value: the next hundredth, so that it is true."""
    return f"{signed(ceil(100 * times - 1e-9) / 100)} ×"


def times_label(times: float) -> str:
    """An error in lengths of the value, as it stands on a plate: one decimal, or two below one."""
    return f"{signed(times, 1 if times >= 1 else 2)} ×"


def _thousands(draws: int) -> str:
    return "A thousand" if draws == 1000 else f"{draws:,}"


def _mixed(f: OneDErrorGrowthFigures) -> str:
    if not f.mixed:
        return "its weights are off by little"
    return "it strays both ways, and the errors cancel"


def badges(f: OneDErrorGrowthFigures) -> list[str]:
    """What the badge says, from first to last."""
    chain = f"{number_word(f.depth)} weights"
    return [
        f"one weight, {f.bits} bits",
        f"{chain}, not rounded",
        f"{chain}, {f.bits} bits: nearest level",
        f"{chain}, each up to half a step off",
    ]


def shown(f: OneDErrorGrowthFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    near = {"levels": " ".join(signed(level) for level in f.near)}
    weights = {"weights": " ".join(map(weight_label, f.weights))}
    second = {"second": f"{weight_label(f.weights[1])} second weight"}
    end = weights | {"times": f"{times_label(f.times)} blue: the worst error"}
    typical = end | {"typical": f"{within_label(f.typical)} blue: half end within"}
    return {
        "one weight": near | {"weight": f"{signed(f.weights[0])} a weight"},
        "to the nearest": near | {"gap": f"{signed(f.gap)} its error"},
        "midway": near | {"gap": f"{signed(f.half)} its error"},
        "chain": weights,
        "all rounded": weights,
        "second bar": second,
        "all bars": weights,
        "the far end": end,
        "at random": end,
        "half of them": typical,
        "why": typical,
        "answer": typical,
    }


def weight_label(weight: float) -> str:
    """A weight as it stands in its box."""
    return f"×{signed(weight)}"
