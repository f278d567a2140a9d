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
    shown,
    square_around,
    sunk_words,
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
        "levels": "Each weight slides to its nearest level, by half a step at most",
        "rings": "A ring is a point that is wrong now: most of them were discs",
        "height": "Height: by how much the network prefers discs to triangles",
        "tie": "The floor is the tie: above it discs win, below it triangles",
        "sink": "Round again: one flat piece sinks, and the discs on it",
        "creases": "Is it the creases, where a ReLU turns on or off?",
        "switched": "Only ReLUs switch, in the red strips: 99.7 % stay right",
        "hero": "From its edge the piece is a line. We follow one disc on it",
        "alone": "Each weight rounded alone pushes it a bit: none reaches the tie",
        "add": "Now each one stays rounded, and the pushes add up",
        "through": "Here it passes the tie, and all discs on its piece follow",
        "ways": "Why did none cancel? Each could push up or down",
        "chance": "Of all 128 mixtures of up and down, ours is the lowest",
        "answer": "Small pushes happened to agree, and one flat piece sank as a whole",
    }


@pytest.mark.parametrize(
    ("changed", "key", "words"),
    [
        ({"rounded_accuracy": 0.96, "held": 0.96}, "question", "What breaks?"),
        ({"alone": (0.99, 0.85)}, "answer", "Pieces tilt and creases move: a sinking piece takes its points along"),
        ({"switched": 0.86}, "switched", "just 86.0 % are right"),
        ({"held": 0.99}, "answer", "Pieces tilt and creases move"),
        ({"lone_descent": (99.0, *[1.0] * 6)}, "alone", "one of them reaches the tie"),
        ({"lone_descent": (99.0, *[1.0] * 6)}, "answer", "Pieces tilt and creases move"),
        ({"descent": (5.0, 6.0, *[2.0] * 5, -1.0)}, "answer", "Small pushes added up, and one flat piece sank"),
        ({"descent": (5.0, 6.0, *[2.0] * 5, -1.0)}, "ways", "Some push up, some down"),
        ({"descent": (5.0, 4.0, *[2.0] * 5, 1.0)}, "sink", "sinks towards the tie"),
        ({"descent": (5.0, 4.0, *[2.0] * 5, 1.0)}, "through", "It stays above the tie, but other discs"),
        ({"riders_lost": 7}, "through", "and discs on its piece follow"),
        ({"lost_of_arm": 7}, "rings", "A ring is a point that is wrong now"),
        ({"ways_lower": 9}, "chance", "ours is a low one"),
        ({"ways_lower": 64}, "chance", "It is one of 128 mixtures"),
        ({"arm": 2}, "rings", "were squares"),
        ({"arm": 2}, "hero", "one square on it"),
        ({"weights": 40}, "question", "40 weights are rounded"),
        ({"arm": 3, "other": 2}, "height", "diamonds to squares"),
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
                {"riders_lost": 3, "lost_of_arm": 3, "ways_lower": 50},
            ):
                made = replace(figures, weights=130, arm=arm, other=other, ways=256, **some)
                assert len([as_caption(said) for said in captions(made).values()]) == 15  # raises if one is too long


def test_what_stands_on_plates(figures: OpeningFigures) -> None:
    last = {"ways": "19 of 128 end below the tie", "sunk": "after: 412 of 412 discs lost"}
    idle = "no push: three on a level, two at a ReLU that is off"
    assert shown(figures) == {
        "the question": {"right": "83.2 % right"},
        "the sheet": {"right": "83.2 % right"},
        "the creases": {"right": "99.7 % right"},
        "one disc": {"right": "99.7 % right", "idle": idle},
        "the pushes": {"right": "83.2 % right"},
        "the answer": {"right": "83.2 % right", **last},
    }
    apart = replace(figures, float_accuracy=0.1, rounded_accuracy=0.2, switched=0.3, riders_lost=3, ways_below=4)
    assert [each["right"][:4] for each in shown(apart).values()] == ["20.0", "20.0", "30.0", "10.0", "20.0", "20.0"]
    assert (sunk_words(apart), ways_words(apart)) == ("after: 3 of 412 discs lost", "4 of 128 end below the tie")
    assert idle_words(replace(figures, weights=9)) == "no push: two at a ReLU that is off"
    assert idle_words(replace(figures, moved=7)) == "no push: five on a level"
    assert idle_words(replace(figures, weights=7, moved=7)) == ""
    assert "idle" not in shown(replace(figures, weights=7, moved=7))["one disc"]


def test_the_marks_that_are_left_out_are_named(figures: OpeningFigures) -> None:
    assert classes_words(figures) == "points of three classes"
    assert aside_words(figures) == "squares are left out from here"
    assert aside_words(replace(figures, classes=4, arm=1, other=2)) == "discs and diamonds are left out from here"
    assert aside_words(replace(figures, classes=2)) == ""


def test_a_network_that_loses_nothing_is_refused() -> None:
    fine = replace(load_network("pinwheel"), story=load_network("pinwheel").quantizer_at(12))
    with pytest.raises(ValueError, match="at 12 bits rounding loses none of 3000 points"):
        measure(measured(fine))
