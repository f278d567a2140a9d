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
from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.plane_geometry import round_step
from quantization_story.core.quantizers import largest_code
from quantization_story.core.shown_numbers import number_word, signed

BEYOND = 0.8  # half steps beyond the outer levels: how much of the weights is seen


@dataclass(frozen=True)
class RoundingChain:
    """A toy: one number goes through weights in a row, which share one scale.

    weights: of the chain, at least two. bits: of each weight. value: what goes in. draws: how many random roundings
    are tried. The first weight is the one that is followed.
    """

    weights: tuple[float, ...] = (1.26, 1.4, 0.83, 0.71, 1.13, 0.94)
    bits: int = 3
    value: float = 1.0
    draws: int = 1000


@dataclass(frozen=True)
class OneDErrorGrowthFigures:
    """The numbers of the scene.

    bits, levels: of a weight, and how many levels they give it. value: what goes into the chain. weights: of the
    chain. near: the three levels around the first weight. gap: how far rounding moves that weight. half: half a step.
    last: what comes out of the chain.
    off, times: the error that rounding to the nearest makes there, and the worst one, in lengths of that. farthest,
    typical: the largest and the middle one of the last errors of random roundings, in the same lengths. draws: how
    many random roundings. ups: how many weights of the typical one are too large. outward: whether the worst
    one has all of them too large.
    """

    bits: int
    levels: int
    value: float
    weights: tuple[float, ...]
    near: tuple[float, ...]
    gap: float
    half: float
    last: float
    off: float
    times: float
    farthest: float
    typical: float
    draws: int
    ups: int
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
    order = np.argsort(np.abs(random[:, -1]), kind="stable")
    typical = middle_one(order, off)
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
        farthest=int(order[-1]),
    )
    bound = float(intervals.worst[-1])
    return OneDErrorGrowthFigures(
        bits=chain.bits,
        levels=2 * largest_code(chain.bits) + 1,
        value=chain.value,
        weights=tuple(chain.weights),
        near=tuple(map(float, near)),
        gap=abs(first.error),
        half=half,
        last=float(values[-1]),
        off=float(abs(places.errors[-1] / values[-1])),
        times=bound / abs(float(values[-1])),
        farthest=float(places.lengths.max() / abs(values[-1])),
        typical=float(np.median(places.lengths) / abs(values[-1])),
        draws=chain.draws,
        ups=int((off[typical] > 0).sum()),
        outward=bool((worst_off > 0).all()),
        places=places,
    )


def middle_one(order: IntArray, off: FloatArray) -> int:
    """Of the tenth in the middle of an order, the rounding that shows best what is typical.

    As many of its weights are too large as too small, as nearly as there is one, and none is hardly off.
    """
    middle = order[int(0.45 * len(order)) : int(0.55 * len(order)) + 1]
    uneven = np.abs(np.sign(off[middle]).sum(axis=1))
    middle = middle[uneven == uneven.min()]
    return int(middle[np.abs(off[middle]).min(axis=1).argmax()])


def three_levels(all_levels: FloatArray, weight: float) -> FloatArray:
    """The level nearest to a weight and its two neighbours, (3,); at an end of the levels the last three."""
    nearest = int(np.abs(all_levels - weight).argmin())
    first = int(np.clip(nearest - 1, 0, len(all_levels) - 3))
    return all_levels[first : first + 3]


def captions(f: OneDErrorGrowthFigures) -> Captions:
    """What is said, by key, in order."""
    count, beside = number_word(f.depth), number_word(f.levels // 2)
    every = "both" if f.depth == 2 else f"all {count}"
    return {
        "question": "How far can a rounding error run?",
        "weight": Caption(
            f"{f.bits} bits: {number_word(f.levels)} levels, zero and {beside} steps to either side", figures=3
        ),
        "round": "Rounding takes it to the nearest one: the gap is its error",
        "middle": "Midway between two levels it is worst: half a step, either way",
        "stairs": "Let height be the rounded weight: as the weight slides, it climbs",
        "sawtooth": "Lay its own line flat: the error is left, at most half a step",
        "chain": f"Now {count} such weights in a row: each multiplies what arrives",
        "rounded": f"Round all {count}: the value strays, and the gap at the end is its error",
        "bar": "How far could it go? The first weight, half a step up or down: a bar",
        "scaled": "The next weight scales what arrives, error and all: the grey part",
        "added": "Orange: its own half step, times what arrives: more at the top",
        "on": "So it goes on: each weight scales the error, and adds its own",
        "worst": f"The far end: {every} a full half step too {'large' if f.outward else 'long'}",
        "chance": f"Other weights would round otherwise: {_thousands(f.draws)} drawn at random",
        "typical": f"Not one gets there: half of them end within {within_label(f.typical)} the value",
        "why": f"A typical one: {_mixed(f)}: they partly cancel",
        "answer": f"The error: up to {times_label(f.times)} the value, mostly less. What can folding do?",
    }


def within_label(times: float) -> str:
    """A length that errors stay within, in lengths of the value: the next hundredth, so that it is true."""
    return f"{signed(ceil(100 * times - 1e-9) / 100)} ×"


def times_label(times: float) -> str:
    """An error in lengths of the value, as it stands on a plate: one decimal, or two below one."""
    return f"{signed(times, 1 if times >= 1 else 2)} ×"


def product_label(f: OneDErrorGrowthFigures) -> str:
    """The first multiplication, with all that rounding can do to its weight."""
    return f"{signed(f.value, 0 if f.value == round(f.value) else 2)} × ({signed(f.weights[0])} ± {signed(f.half)})"


def axis_numbers(f: OneDErrorGrowthFigures) -> list[float]:
    """The errors, in lengths of the value, at which the axis beside the last bar has its numbers; zero is one."""
    low, high = sorted(f.places.intervals.ends[-1] / f.places.worst[-1] * f.times)
    step = round_step(max(high - low, 1e-9), 4)
    return [step * k for k in range(ceil(low / step - 1e-9), int(high / step + 1e-9) + 1)]


def axis_label(number: float) -> str:
    """A number of the axis as it is shown."""
    return signed(number, 0 if number == round(number) else 2)


def _thousands(draws: int) -> str:
    return "a thousand" if draws == 1000 else f"{draws:,}"


def _mixed(f: OneDErrorGrowthFigures) -> str:
    down = f.depth - f.ups
    if not (f.ups and down):
        return "the weights err by little"
    return f"{number_word(f.ups)} too large, {number_word(down)} too small"


def badges(f: OneDErrorGrowthFigures) -> list[str]:
    """What the badge says, from first to last."""
    toy = f"toy chain, {f.bits} bits"
    return [
        f"one weight, {f.bits} bits",
        "toy chain, float",
        f"{toy}: nearest level",
        f"{toy}: any error to half a step",
    ]


def shown(f: OneDErrorGrowthFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    near = " ".join(signed(level) for level in f.near)
    weights = " ".join(weight_label(weight) for weight in f.weights)
    half, off = f"{signed(f.half)} half a step", f"{times_label(f.off)} the value"
    axis = {"axis": " ".join(map(axis_label, axis_numbers(f)))}
    end = axis | {"weights": weights, "times": f"{times_label(f.times)} the bound"}
    farthest = end | {"farthest": f"{times_label(f.farthest)} the farthest"}
    typical = farthest | {"typical": f"{within_label(f.typical)} half within"}
    nearest = {"nearest": f"{times_label(f.off)} nearest"}
    step = {"step": f"{signed(2 * f.half)} one step"}
    return {
        "one weight": {"levels": near, "weight": f"{signed(f.weights[0])} the weight"} | step,
        "to the nearest": {"levels": near, "gap": f"{signed(f.gap)} its error"} | step,
        "midway": {"levels": near, "gap": f"{signed(f.half)} its error"} | step,
        "stairs": {"levels": near},
        "sawtooth": {"half": half},
        "chain": {"weights": weights},
        "all rounded": {"weights": weights, "off": off},
        "first bar": {"weights": weights, "product": product_label(f)},
        "passed on and added": {"weights": weights},
        "the far end": end,
        "at random": farthest | nearest,
        "half of them": typical | nearest,
        "why": typical,
        "answer": typical,
    }


def weight_label(weight: float) -> str:
    """A weight as it stands in its box."""
    return f"×{signed(weight)}"
