"""The figures of the one-dimensional scene against slow recomputation, and the captions that they decide."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.figures.one_d_error_growth import (
    OneDErrorGrowthFigures,
    RoundingChain,
    axis_label,
    axis_numbers,
    badges,
    captions,
    measure,
    product_label,
    shown,
    three_levels,
    times_label,
    within_label,
)

CHAIN = RoundingChain()
OTHER = RoundingChain(weights=(0.9, -0.5, 1.6, 1.2), bits=4, value=-2.0, draws=300)


@pytest.fixture(scope="module")
def figures() -> OneDErrorGrowthFigures:
    return measure(CHAIN)


def told(figures: OneDErrorGrowthFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


@pytest.mark.parametrize("chain", [CHAIN, OTHER])
def test_one_weight_by_hand(chain: RoundingChain) -> None:
    figures = measure(chain)
    step = max(map(abs, chain.weights)) / (2 ** (chain.bits - 1) - 1)
    levels = [step * code for code in range(1 - 2 ** (chain.bits - 1), 2 ** (chain.bits - 1))]
    assert figures.levels == len(levels)
    assert figures.half == pytest.approx(step / 2)
    assert figures.gap == pytest.approx(min(abs(level - chain.weights[0]) for level in levels))
    assert len(figures.near) == 3
    for level in figures.near:
        assert min(abs(level - other) for other in levels) < 1e-12
    assert np.diff(figures.near) == pytest.approx([step, step])
    assert min(abs(level - chain.weights[0]) for level in figures.near) == pytest.approx(figures.gap)


@pytest.mark.parametrize("chain", [CHAIN, OTHER])
def test_the_bound_is_the_worst_of_all_corners(chain: RoundingChain) -> None:
    """By enumeration of both ends of every weight: the error is linear in each of them."""
    figures = measure(chain)
    exact = chain.value * np.prod(chain.weights)
    ends = [np.array(signs) * figures.half + chain.weights for signs in product((-1, 1), repeat=len(chain.weights))]
    worst = max(abs(chain.value * np.prod(weights) - exact) for weights in ends)
    assert figures.times == pytest.approx(worst / abs(exact))
    assert abs(figures.places.worst[-1]) == pytest.approx(worst)
    assert np.abs(figures.places.worst_off) == pytest.approx(np.full(len(chain.weights), figures.half))


@pytest.mark.parametrize("chain", [CHAIN, OTHER])
def test_the_error_of_the_nearest_levels_is_that_of_the_two_products(chain: RoundingChain) -> None:
    figures = measure(chain)
    step = 2 * figures.half
    rounded = step * np.rint(np.array(chain.weights) / step)
    exact = np.prod(chain.weights)
    assert figures.off == pytest.approx(abs(np.prod(rounded) / exact - 1))
    assert figures.last == pytest.approx(chain.value * exact)


def test_the_crowd_is_that_of_as_many_uniform_roundings(figures: OneDErrorGrowthFigures) -> None:
    assert figures.places.random.shape == (CHAIN.draws, len(CHAIN.weights) + 1) == (1000, 7)
    assert np.abs(figures.places.off).max() <= figures.half
    ends = np.prod(figures.places.off + CHAIN.weights, axis=1) - np.prod(CHAIN.weights)
    assert figures.farthest == pytest.approx(np.abs(ends).max() / figures.last)
    assert figures.typical == pytest.approx(np.median(np.abs(ends)) / figures.last)
    assert figures.farthest < figures.times
    assert abs(ends[figures.places.farthest]) == np.abs(ends).max()
    typical = figures.places.typical
    assert 0.45 <= np.mean(np.abs(ends) < abs(ends[typical])) <= 0.55
    assert np.abs(figures.places.off[typical]).min() > 0.2 * figures.half


def test_another_crowd_is_much_the_same(figures: OneDErrorGrowthFigures) -> None:
    """What is said of a thousand roundings holds for fifty thousand others: half stay within a quarter."""
    off = np.random.default_rng(77).uniform(-figures.half, figures.half, (50_000, 6))
    reached = np.abs(np.prod(off + CHAIN.weights, axis=1) - figures.last) / figures.last
    assert np.median(reached) == pytest.approx(figures.typical, abs=0.015)
    assert np.mean(reached > figures.farthest) < 0.001
    assert reached.max() < 0.9 * figures.times


def test_the_numbers_shown(figures: OneDErrorGrowthFigures) -> None:
    told_now = shown(figures)
    assert told_now["one weight"] == {"levels": "0.47 0.93 1.40", "weight": "1.26 the weight", "step": "0.47 one step"}
    assert told_now["to the nearest"]["gap"] == "0.14 its error"
    assert told_now["midway"]["gap"] == "0.23 its error"
    assert told_now["sawtooth"]["half"] == "0.23 half a step"
    assert told_now["all rounded"]["off"] == "0.35 × the value"
    assert told_now["first bar"]["product"] == "1 × (1.26 ± 0.23)"
    assert told_now["the far end"]["times"] == "2.5 × the bound"
    assert told_now["the far end"]["axis"] == "0 1 2"
    assert told_now["at random"]["farthest"] == "1.7 × the farthest"
    assert told_now["at random"]["nearest"] == "0.35 × nearest"
    assert told_now["half of them"]["typical"] == "0.25 × half within"
    assert badges(figures)[0] == "one weight, 3 bits"


def test_captions_follow_the_figures(figures: OneDErrorGrowthFigures) -> None:
    said = told(figures)
    assert said["question"] == "How far can a rounding error run?"
    assert said["weight"] == "3 bits: seven levels, zero and three steps to either side"
    assert "half of them end within 0.25 × the value" in said["typical"]
    assert "three too large, three too small" in said["why"]
    assert said["answer"].startswith("The error: up to 2.5 × the value")
    other = told(
        replace(figures, weights=(0.9, 0.5), ups=0, typical=0.101, bits=4, levels=15, draws=300, outward=False)
    )
    assert other["weight"].startswith("4 bits: 15 levels, zero and seven steps")
    assert "within 0.11 ×" in other["typical"]
    assert "the weights err by little" in other["why"]
    assert "300 drawn" in other["chance"]
    assert other["worst"] == "The far end: both a full half step too long"


@pytest.mark.parametrize("chain", [CHAIN, OTHER])
def test_the_axis_has_a_number_for_each_round_error_between_the_ends(chain: RoundingChain) -> None:
    figures = measure(chain)
    numbers = axis_numbers(figures)
    exact = float(np.prod(chain.weights))
    signs = product((-1, 1), repeat=len(chain.weights))
    ends = [np.prod(np.array(side) * figures.half + chain.weights) / exact - 1 for side in signs]
    low, high = sorted((min(ends), max(ends)) if max(ends) > -min(ends) else (-max(ends), -min(ends)))
    step = numbers[1] - numbers[0]
    assert 0 in numbers
    assert numbers[0] - step < low <= numbers[0] <= numbers[-1] <= high < numbers[-1] + step
    assert [axis_label(number) for number in (0.0, 2.0, 0.5, -0.25)] == ["0", "2", "0.50", "−0.25"]


def test_the_first_multiplication_is_shown_with_its_numbers() -> None:
    assert product_label(measure(OTHER)) == "−2 × (0.90 ± 0.11)"
    assert times_label(1.26) == "1.3 ×"
    assert times_label(0.347) == "0.35 ×"
    assert within_label(0.2401) == "0.25 ×"


def test_a_typical_rounding_has_as_many_weights_too_large_as_is_said(figures: OneDErrorGrowthFigures) -> None:
    places = figures.places
    signs = np.sign(places.off[places.typical])
    assert figures.ups == np.count_nonzero(signs == 1) == 3
    end = np.prod(places.off[places.typical] + CHAIN.weights) - figures.last
    assert end == pytest.approx(places.random[places.typical, -1])
    assert figures.outward


def test_the_three_levels_end_with_the_last_one() -> None:
    levels = np.arange(-3.0, 4.0)
    assert three_levels(levels, 0.2).tolist() == [-1, 0, 1]
    assert three_levels(levels, 2.9).tolist() == [1, 2, 3]
    assert three_levels(levels, -2.6).tolist() == [-3, -2, -1]


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        (RoundingChain(weights=(1.0,)), "at least two are needed"),
        (RoundingChain(weights=(1.0, 0.0)), "through which nothing comes"),
        (RoundingChain(value=0.0), "through which nothing comes"),
    ],
)
def test_what_cannot_be_shown_is_named(chain: RoundingChain, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        measure(chain)
