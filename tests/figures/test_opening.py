"""The figures of the opening against a recomputation of its own, and its captions, which follow from them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.core.tasks import TASKS
from quantization_story.figures.opening import (
    PUSHES,
    OpeningFigures,
    aside_words,
    captions,
    classes_words,
    groups_that_push,
    idle_words,
    measure,
    meeting_part,
    picked_words,
    pushes_words,
    shown,
    square_around,
    strayed_words,
    ways_words,
)
from quantization_story.networks import load_network
from quantization_story.networks.subject import StorySubject, measured


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return measured(load_network("pinwheel"))


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> OpeningFigures:
    return measure(subject)


class Alone:
    """The pinwheel recomputed: weights rounded, points drawn, outputs and gates worked out, nothing of the package."""

    def __init__(self, subject: StorySubject) -> None:
        self.weights = [np.array(weight) for weight in subject.network.weights]
        self.biases = [np.array(bias) for bias in subject.network.biases]
        self.rounded = [np.rint(w / (np.abs(w).max() / 7)) * (np.abs(w).max() / 7) for w in self.weights]
        held_out = subject.learned.provenance.held_out
        drawn = TASKS["pinwheel"].sample(held_out.count, held_out.seed)
        self.x, self.y = drawn.points[:3000], drawn.labels[:3000]
        angle = np.pi / 2 + 2 * np.pi * np.arange(3) / 3
        self.prototypes = np.column_stack([np.cos(angle), np.sin(angle)])

    def outputs(self, weights: list[np.ndarray], gates: list[np.ndarray] | None = None) -> np.ndarray:
        a = self.x
        for layer, (weight, bias) in enumerate(zip(weights, self.biases, strict=True)):
            z = a @ weight.T + bias
            a = z * (gates[layer] if gates else z > 0) if layer < 2 else z
        return a

    def gates(self, weights: list[np.ndarray]) -> list[np.ndarray]:
        a, found = self.x, []
        for weight, bias in zip(weights[:-1], self.biases[:-1], strict=True):
            z = a @ weight.T + bias
            found.append(z > 0)
            a = np.maximum(z, 0)
        return found

    def right(self, outputs: np.ndarray) -> np.ndarray:
        return (outputs @ self.prototypes.T).argmax(axis=1) == self.y

    def with_some(self, numbers: Sequence[int], signs: Sequence[float] | None = None) -> list[np.ndarray]:
        """Some weights rounded, or moved as far the other way where their sign is -1."""
        flat, rounded = (np.concatenate([w.ravel() for w in weights]) for weights in (self.weights, self.rounded))
        for number, sign in zip(numbers, signs or [1.0] * len(numbers), strict=True):
            flat[number] += sign * (rounded[number] - flat[number])
        return [flat[:4].reshape(2, 2), flat[4:8].reshape(2, 2), flat[8:].reshape(2, 2)]


@pytest.fixture(scope="module")
def alone(subject: StorySubject) -> Alone:
    return Alone(subject)


def test_accuracies_are_those_of_a_recomputation(figures: OpeningFigures, alone: Alone) -> None:
    float_gates, rounded_gates = alone.gates(alone.weights), alone.gates(alone.rounded)
    before, after = alone.right(alone.outputs(alone.weights)), alone.right(alone.outputs(alone.rounded))
    held = alone.right(alone.outputs(alone.rounded, float_gates))
    switched = alone.right(alone.outputs(alone.weights, rounded_gates))
    assert figures.points == 3000
    assert figures.float_accuracy == before.mean()
    assert figures.rounded_accuracy == after.mean()
    assert figures.held == held.mean()
    assert figures.switched == switched.mean()
    assert figures.lost == (before & ~after).sum()
    assert figures.lost_of_arm == (before & ~after & (alone.y == figures.arm)).sum()
    assert figures.alone == tuple(alone.right(alone.outputs(alone.with_some([k]))).mean() for k in range(12))
    assert not figures.one_is_enough


def test_weights_and_steps(figures: OpeningFigures, alone: Alone) -> None:
    moves = [(r - w) / (np.abs(w).max() / 7) for w, r in zip(alone.weights, alone.rounded, strict=True)]
    flat = np.concatenate([move.ravel() for move in moves])
    assert figures.places.steps == pytest.approx(flat, abs=1e-12)
    assert (figures.weights, figures.moved, figures.bits) == (12, int((np.abs(flat) > 1e-12).sum()), 4)
    assert figures.largest_step == pytest.approx(np.abs(flat).max())
    assert figures.largest_step <= 0.5  # the caption says so
    assert figures.places.order == tuple(np.flatnonzero(np.abs(flat) > 1e-12))


def test_the_arm_its_piece_and_how_far_it_falls(figures: OpeningFigures, alone: Alone) -> None:
    before, after = alone.outputs(alone.weights), alone.outputs(alone.rounded)
    lost = alone.right(before) & ~alone.right(after)
    arm = np.bincount(alone.y[lost]).argmax()
    goes = (after @ alone.prototypes.T).argmax(axis=1)
    other = np.bincount(goes[lost & (alone.y == arm)]).argmax()
    assert (figures.arm, figures.other) == (arm, other)
    codes = np.column_stack(alone.gates(alone.weights)) @ [8, 4, 2, 1]
    piece = np.bincount(codes[lost & (alone.y == arm)]).argmax()
    riders = (alone.y == arm) & (codes == piece)
    direction = alone.prototypes[arm] - alone.prototypes[other]
    assert figures.riders == riders.sum()
    assert figures.riders_lost == (riders & lost).sum()
    own = alone.x[riders]
    hero = own[((own - own.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    assert np.array_equal(figures.places.hero, hero)
    at = int((alone.x == hero).all(axis=1).argmax())
    height = (before @ direction)[at]
    moved = [2, 3, 5, 7, 8, 9, 10]  # of the nine that move, the first and the last two meet a ReLU that is off there
    assert figures.places.pushes == tuple((k,) for k in moved)
    assert not figures.grouped
    assert np.array_equal(figures.places.riders, own)
    one_by_one = [(alone.outputs(alone.with_some(moved[:n])) @ direction)[at] for n in range(len(moved) + 1)]
    assert figures.descent == pytest.approx(one_by_one)
    assert figures.descent[-1] == pytest.approx((after @ direction)[at])
    falls = [height - (alone.outputs(alone.with_some([k])) @ direction)[at] for k in moved]
    assert figures.lone_descent == pytest.approx(falls)
    assert figures.down == 7
    assert figures.through == int((np.array(one_by_one) < 0).argmax()) - 1 == 3
    ways = [(alone.outputs(alone.with_some(moved, signs)) @ direction)[at] for signs in product((1.0, -1.0), repeat=7)]
    assert (figures.ways, figures.ways_below) == (128, (np.array(ways) < 0).sum())
    assert figures.ways_lower == 0
    assert np.sort(figures.places.ways[-1]) == pytest.approx(np.sort(ways))


def test_the_strongest_push_on_its_other_level(figures: OpeningFigures, alone: Alone) -> None:
    number = 7
    assert max(figures.lone_descent) == figures.lone_descent[figures.places.pushes.index((number,))]
    assert figures.places.turned == number
    flat, rounded = (np.concatenate([w.ravel() for w in weights]) for weights in (alone.weights, alone.rounded))
    scale = np.abs(alone.weights[1]).max() / 7
    levels = scale * np.arange(-7, 8)
    second = levels[np.argsort(np.abs(levels - flat[number]))[1]]
    rounded = rounded.copy()
    rounded[number] = second
    weights = [rounded[:4].reshape(2, 2), rounded[4:8].reshape(2, 2), rounded[8:].reshape(2, 2)]
    turning = figures.places.turning
    nearest = np.concatenate([w.ravel() for w in alone.rounded])
    assert np.concatenate([w.ravel() for w in turning.net.weights]) == pytest.approx(nearest)
    assert np.concatenate([w.ravel() for w in turning.quantized.weights]) == pytest.approx(rounded)
    assert figures.turned_accuracy == alone.right(alone.outputs(weights)).mean()
    assert figures.saves
    assert not replace(figures, turned_accuracy=0.9).saves


def test_levels_where_the_tie_is_met_and_what_strays(figures: OpeningFigures, alone: Alone) -> None:
    assert figures.levels == len(set(range(-7, 8))) == 15
    assert figures.places.example == 3  # -0.478 of a step
    assert figures.meets == pytest.approx(figures.descent[3] / (figures.descent[3] - figures.descent[4]))
    assert meeting_part(np.array([3.0, 1.0, -1.0, -5.0])) == 0.5
    assert meeting_part(np.array([3.0, 1.0])) == 1.0
    codes = [
        np.column_stack(gates) @ [8, 4, 2, 1] for gates in (alone.gates(alone.weights), alone.gates(alone.rounded))
    ]
    own = [(alone.x == rider).all(axis=1).argmax() for rider in figures.places.riders]
    assert figures.strayed == (codes[0][own] != codes[1][own]).sum() > 0


def test_the_population(figures: OpeningFigures, subject: StorySubject) -> None:
    outcomes = subject.learned.provenance.populations[0].outcomes
    assert figures.learned == len(outcomes.replace("-", "")) == 402
    assert figures.losing == outcomes.count("l") + outcomes.count("r") == 16
    assert figures.losing_points == pytest.approx(8.0)
    assert picked_words(figures) == ("16 of 402", "lose 8 points or more")
    assert "picked" not in captions(replace(figures, losing=0, learned=0))
    assert "picked" not in captions(replace(figures, losing_points=30.0))


def test_weights_that_push_little_are_one_group(figures: OpeningFigures, subject: StorySubject) -> None:
    story, hero = figures.places.story, figures.places.hero
    assert groups_that_push(story, hero, figures.places.order) == figures.places.pushes
    few = groups_that_push(story, hero, figures.places.order, 4)
    assert few == ((5,), (7,), (10,), (2, 3, 8, 9))  # the three that push most in their order, then the rest
    assert PUSHES == 8


def test_squares() -> None:
    box = square_around(np.array([[0.0, 0.0], [4.0, 1.0]]))
    assert box == pytest.approx((-0.12, 4.12, -1.62, 2.62))


def test_captions_of_the_story_network(figures: OpeningFigures) -> None:
    assert {key: as_caption(said).text for key, said in captions(figures).items()} == {
        "question": "Twelve weights are rounded a little. Why does so much break?",
        "one": "A weight may take 15 levels only: it slides to the nearest",
        "levels": "Now all twelve slide, each by half a step at most",
        "rings": "Ringed points are wrong now: most of them discs",
        "height": "Weights back. Height: how far discs score above triangles",
        "flat": "A flat piece is one linear formula: a weight moves all of it",
        "sink": "All weights are rounded: the whole piece sinks through the tie",
        "switched": "Weights back. Flip only the ReLUs: 99.7 % stay right",
        "hero": "Not the creases, then. One disc on the piece, seen from its edge",
        "alone": "Each weight rounded alone pushes it a bit: none reaches the tie",
        "add": "Now each one stays rounded, and the pushes add up",
        "through": "Here it passes the tie, and all discs on its piece follow",
        "ways": "Each push could go up or down. Of 128 mixtures, ours is the lowest",
        "picked": "This network was picked: most trained like it lose less",
        "turned": "Round the strongest push the other way: 99.2 % are right",
        "answer": "Small pushes happened to agree, and one flat piece sank as a whole",
    }


@pytest.mark.parametrize(
    ("changed", "key", "words"),
    [
        ({"rounded_accuracy": 0.96, "held": 0.96}, "question", "What breaks?"),
        ({"alone": (0.99, 0.85)}, "answer", "Pieces tilt and creases move: a sinking piece takes its points along"),
        ({"switched": 0.86}, "switched", "just 86.0 % are right"),
        ({"switched": 0.86}, "hero", "The creases, too. One disc"),
        ({"held": 0.99}, "answer", "Pieces tilt and creases move"),
        ({"lone_descent": (99.0, *[1.0] * 6)}, "alone", "one of them reaches the tie"),
        ({"lone_descent": (99.0, *[1.0] * 6)}, "answer", "Pieces tilt and creases move"),
        ({"descent": (5.0, 6.0, *[2.0] * 5, -1.0)}, "answer", "Small pushes added up, and one flat piece sank"),
        ({"descent": (5.0, 4.0, *[2.0] * 5, 1.0)}, "sink", "sinks towards the tie"),
        ({"descent": (5.0, 4.0, *[2.0] * 5, 1.0)}, "through", "It stays above the tie, but other discs"),
        ({"riders_lost": 7}, "through", "and other discs on its piece follow"),
        ({"lost_of_arm": 7}, "rings", "Ringed points are wrong now"),
        ({"ways_lower": 9}, "ways", "ours is a low one"),
        ({"ways_lower": 64}, "ways", "Of 128 mixtures, ours is one"),
        ({"losing": 300}, "picked", "picked from a search"),
        ({"turned_accuracy": 0.9}, "turned", "only 90.0 % are right"),
        ({"levels": 7}, "one", "7 levels"),
        ({"arm": 2}, "rings", "most of them squares"),
        ({"arm": 2}, "hero", "One square on"),
        ({"weights": 40}, "question", "40 weights are rounded"),
        ({"weights": 40}, "levels", "all 40 slide"),
        ({"arm": 3, "other": 2}, "height", "diamonds score above squares"),
    ],
)
def test_a_caption_follows_its_figure(figures: OpeningFigures, changed: dict[str, Any], key: str, words: str) -> None:
    usual = as_caption(captions(figures)[key]).text
    told = as_caption(captions(replace(figures, **changed))[key]).text
    assert words in told
    assert told != usual


def test_every_caption_fits_whatever_the_network(figures: OpeningFigures) -> None:
    for arm in range(4):
        for other in range(4):
            for some in (
                {},
                {"alone": (0.5,)},
                {"switched": 0.1},
                {"lone_descent": (99.0,)},
                {"descent": (5.0, 6.0, 7.0)},
                {"riders_lost": 3, "lost_of_arm": 3, "ways_lower": 50, "turned_accuracy": 0.9, "losing": 300},
            ):
                made = replace(figures, weights=130, arm=arm, other=other, ways=256, **some)
                assert len([as_caption(said) for said in captions(made).values()]) == 16  # raises if one is too long


def test_what_stands_on_plates(figures: OpeningFigures) -> None:
    idle = "no push: three on a level, two at a ReLU that is off"
    assert shown(figures) == {
        "the question": {"right": "99.7 % right"},
        "the weights": {"right": "83.2 % right"},
        "the sheet": {"right": "99.7 % right"},
        "one piece": {"right": "83.2 % right"},
        "the creases": {"right": "99.7 % right"},
        "one disc": {"right": "99.7 % right", "idle": idle},
        "the pushes": {"right": "83.2 % right"},
        "the fan": {"right": "83.2 % right", "ways": "19 of 128 end below the tie"},
        "the other way": {"right": "99.2 % right", "picked": "16 of 402 lose 8 points or more"},
        "the answer": {"right": "83.2 % right"},
    }
    apart = replace(figures, float_accuracy=0.1, rounded_accuracy=0.2, switched=0.3, turned_accuracy=0.4, ways_below=4)
    rights = ["10.0", "20.0", "10.0", "20.0", "30.0", "10.0", "20.0", "20.0", "40.0", "20.0"]
    assert [each["right"][:4] for each in shown(apart).values()] == rights
    assert "picked" not in shown(replace(figures, losing=0))["the other way"]
    assert ways_words(apart) == "4 of 128 end below the tie"
    assert pushes_words(figures) == "seven pushes, two ways each"
    assert strayed_words(figures) == "now beyond a crease: lost, too"
    assert strayed_words(replace(figures, riders_lost=3)) == "now beyond a crease"
    assert strayed_words(replace(figures, strayed=0)) == ""
    assert idle_words(replace(figures, weights=9)) == "no push: two at a ReLU that is off"
    assert idle_words(replace(figures, moved=7)) == "no push: five on a level"
    assert idle_words(replace(figures, weights=7, moved=7)) == ""
    assert "idle" not in shown(replace(figures, weights=7, moved=7))["one disc"]


def test_the_marks_that_are_left_out_are_named(figures: OpeningFigures) -> None:
    assert classes_words(figures) == "points of three classes"
    assert aside_words(figures) == "squares hidden here: they still count in the %"
    left = "discs and diamonds hidden here: they still count in the %"
    assert aside_words(replace(figures, classes=4, arm=1, other=2)) == left
    assert aside_words(replace(figures, classes=2)) == ""


def test_a_network_that_loses_nothing_is_refused() -> None:
    fine = replace(load_network("pinwheel"), story=load_network("pinwheel").quantizer_at(12))
    with pytest.raises(ValueError, match="at 12 bits rounding loses none of 3000 points"):
        measure(measured(fine))
