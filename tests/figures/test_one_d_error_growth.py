"""The figures of the one-dimensional scene against slow recomputation, and the captions that they decide."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.figures.one_d_error_growth import (
    OneDErrorGrowthFigures,
    RoundingChain,
    badges,
    cancelling_one,
    captions,
    measure,
    shown,
    three_levels,
    times_label,
    weight_label,
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


def test_the_crowd_is_that_of_as_many_uniform_roundings(figures: OneDErrorGrowthFigures) -> None:
    assert figures.places.random.shape == (CHAIN.draws, len(CHAIN.weights) + 1) == (1000, 7)
    assert np.abs(figures.places.off).max() <= figures.half
    ends = np.prod(figures.places.off + CHAIN.weights, axis=1) - np.prod(CHAIN.weights)
    assert figures.last == pytest.approx(np.prod(CHAIN.weights))
    assert figures.typical == pytest.approx(np.median(np.abs(ends)) / figures.last)
    assert np.abs(ends).max() / figures.last < figures.times


def test_another_crowd_is_much_the_same(figures: OneDErrorGrowthFigures) -> None:
    """What is said of a thousand roundings holds for fifty thousand others: half stay within a quarter."""
    off = np.random.default_rng(77).uniform(-figures.half, figures.half, (50_000, 6))
    reached = np.abs(np.prod(off + CHAIN.weights, axis=1) - figures.last) / figures.last
    assert np.median(reached) == pytest.approx(figures.typical, abs=0.015)
    assert reached.max() < 0.9 * figures.times


def test_the_numbers_shown(figures: OneDErrorGrowthFigures) -> None:
    told_now = shown(figures)
    assert told_now["one weight"] == {"levels": "0.47 0.93 1.40", "weight": "1.26 a weight"}
    assert told_now["to the nearest"]["gap"] == "0.14 its error"
    assert told_now["midway"]["gap"] == "0.23 its error"
    assert told_now["second bar"] == {"second": "×1.30 second weight"}
    assert told_now["the far end"]["times"] == "2.4 × blue: the worst error"
    assert told_now["half of them"]["typical"] == "0.24 × blue: half end within"
    assert badges(figures)[0] == "one weight, 3 bits"


def test_captions_follow_the_figures(figures: OneDErrorGrowthFigures) -> None:
    said = told(figures)
    assert said["question"] == "How far can a rounding error run?"
    assert said["weight"].startswith("Kept in three bits, a weight has seven levels")
    assert said["worst"] == "The worst case: all six off by a full half step, the same way"
    assert said["scaled"].endswith("the error grows, in grey")
    assert said["why"].endswith("and the errors cancel")
    assert said["answer"].startswith("At worst an error of 2.4 × the value")
    other = told(replace(figures, weights=(0.9, 0.5), mixed=False, bits=4, levels=15, draws=300, outward=False))
    assert other["weight"].startswith("Kept in four bits, a weight has 15")
    assert "its weights are off by little" in other["why"]
    assert other["scaled"].endswith("the error shrinks, in grey")
    assert "300 tries" in other["chance"]
    assert other["worst"] == "The worst case: both off by a full half step"


def test_lengths_are_said_so_that_they_are_true() -> None:
    assert times_label(1.26) == "1.3 ×"
    assert times_label(0.347) == "0.35 ×"
    assert within_label(0.2401) == "0.25 ×"
    assert weight_label(-0.5) == "×−0.50"


def test_the_one_that_is_followed_strays_to_both_sides_and_ends_near(
    figures: OneDErrorGrowthFigures,
) -> None:
    places = figures.places
    values = np.cumprod(places.off[places.typical] + CHAIN.weights) - np.cumprod(CHAIN.weights)
    assert values == pytest.approx(places.random[places.typical, 1:])
    assert abs(values[-1]) <= figures.typical * figures.last
    assert values.min() < 0 < values.max()
    assert figures.mixed
    assert min(values.max(), -values.min()) > 0.2 * figures.last
    assert figures.outward


def test_the_one_that_cancels_best_by_hand() -> None:
    errors = np.array([[0, 3.0, -3.0, 4.0], [0, 1.0, -2.0, 0.1], [0, 2.0, 1.0, 0.0], [0, 0.5, -0.4, 9.0]])
    assert cancelling_one(errors) == 1


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
