"""The figures of the opening against a recomputation of its own, and its captions, which follow from them."""

from collections.abc import Sequence
from dataclasses import replace
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
    half_way,
    idle_words,
    measure,
    meeting_part,
    meets_off,
    shown,
    square_around,
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

    def __init__(self, subject: StorySubject, most: int = 7) -> None:
        self.weights = [np.array(weight) for weight in subject.network.weights]
        self.biases = [np.array(bias) for bias in subject.network.biases]
        self.rounded = [np.rint(w / (np.abs(w).max() / most)) * (np.abs(w).max() / most) for w in self.weights]
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

    def with_some(self, numbers: Sequence[int]) -> list[np.ndarray]:
        """Some weights rounded."""
        flat, rounded = (np.concatenate([w.ravel() for w in weights]) for weights in (self.weights, self.rounded))
        flat[list(numbers)] = rounded[list(numbers)]
        return [flat[:4].reshape(2, 2), flat[4:8].reshape(2, 2), flat[8:].reshape(2, 2)]


@pytest.fixture(scope="module")
def alone(subject: StorySubject) -> Alone:
    return Alone(subject)


def test_accuracies_are_those_of_a_recomputation(figures: OpeningFigures, alone: Alone) -> None:
    before, after = alone.right(alone.outputs(alone.weights)), alone.right(alone.outputs(alone.rounded))
    held = alone.right(alone.outputs(alone.rounded, alone.gates(alone.weights)))
    assert figures.points == 3000
    assert figures.float_accuracy == before.mean()
    assert figures.rounded_accuracy == after.mean()
    assert figures.held == held.mean()
    assert figures.lost == (before & ~after).sum()
    assert figures.lost_of_arm == (before & ~after & (alone.y == figures.arm)).sum()


def test_what_is_lost_with_every_relu_held_is_told_apart_from_what_is_lost() -> None:
    """At 4 bits the two are equal, at 3 they are not."""
    coarse = load_network("pinwheel")
    subject = measured(replace(coarse, story=coarse.quantizer_at(3)))
    figures, alone = measure(subject), Alone(subject, most=3)
    held = alone.right(alone.outputs(alone.rounded, alone.gates(alone.weights))).mean()
    assert figures.held == held != figures.rounded_accuracy


def test_weights_and_steps(figures: OpeningFigures, alone: Alone) -> None:
    moves = [(r - w) / (np.abs(w).max() / 7) for w, r in zip(alone.weights, alone.rounded, strict=True)]
    flat = np.concatenate([move.ravel() for move in moves])
    assert figures.places.steps == pytest.approx(flat, abs=1e-12)
    assert (figures.weights, figures.moved, figures.bits) == (12, int((np.abs(flat) > 1e-12).sum()), 4)
    assert np.abs(flat).max() <= 0.5  # to the nearest
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
    assert figures.agree
    assert not replace(figures, descent=(5.0, 6.0, *[2.0] * 6)).agree
    assert not replace(figures, lone_descent=(99.0, *[1.0] * 6)).agree
    assert figures.through == int((np.array(one_by_one) < 0).argmax()) - 1 == 3


def test_the_piece_is_near_the_tie_beside_the_rest_of_its_arm(figures: OpeningFigures, alone: Alone) -> None:
    direction = alone.prototypes[figures.arm] - alone.prototypes[figures.other]
    heights = alone.outputs(alone.weights) @ direction
    codes = np.column_stack(alone.gates(alone.weights)) @ [8, 4, 2, 1]
    of_arm = alone.y == figures.arm
    own = of_arm & (codes == codes[(alone.x == figures.places.hero).all(axis=1)][0])
    low, high = np.median(heights[own]), np.median(heights[of_arm & ~own])
    assert figures.nearness == pytest.approx(low / high)
    assert figures.near
    assert not replace(figures, nearness=0.51).near
    assert not replace(figures, nearness=-2.0).near
    assert half_way(np.zeros(0)) == np.inf
    assert half_way(np.array([1.0, 5.0, 2.0])) == 2.0


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


def test_where_the_tie_is_met(figures: OpeningFigures) -> None:
    assert figures.meets == pytest.approx(figures.descent[3] / (figures.descent[3] - figures.descent[4]))
    assert meeting_part(np.array([3.0, 1.0, -1.0, -5.0])) == 0.5
    assert meeting_part(np.array([3.0, 1.0])) == 1.0


def test_the_population(figures: OpeningFigures, subject: StorySubject) -> None:
    outcomes = subject.learned.provenance.populations[0].outcomes
    assert figures.learned == len(outcomes.replace("-", "")) == 402
    assert figures.losing == outcomes.count("l") + outcomes.count("r") == 16
    assert figures.losing_points == pytest.approx(8.0)


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
        "levels": "Each dot is a weight. It slides to its nearest level, a bar",
        "rings": "Ringed points are wrong now: most of them discs",
        "tilt": "Weights back. The outlined piece had most lost discs. We tilt it",
        "height": "Now height shows how far discs score above triangles",
        "tie": "The floor is a tie. The discs on the piece are close above it",
        "alone": "Round one weight: the whole piece moves, and all its discs with it",
        "sink": "Round all weights: the piece sinks, and its discs go under the tie",
        "edge": "Weights back. Edge-on, the flat piece is a line; follow one disc",
        "add": "Seven of the twelve push it, one step each: all push down",
        "through": "Here our disc goes under; in the end, all discs on it do",
        "turned": "Round the strongest weight to its farther level: 99.2 % are right",
        "back": "That weight back. We picked this network: most others lose less",
        "answer": "A flat piece lay near the tie: small pushes, all one way, sank it",
    }


@pytest.mark.parametrize(
    ("changed", "key", "words"),
    [
        ({"rounded_accuracy": 0.96, "held": 0.96}, "question", "What breaks?"),
        ({"held": 0.99}, "answer", "Pieces tilt and creases move: a sinking piece takes its points along"),
        ({"nearness": 0.9}, "answer", "A flat piece carries many points: small pushes, all one way, sank it"),
        ({"nearness": 0.9}, "tie", "The discs on the piece are above it"),
        ({"lone_descent": (99.0, *[1.0] * 6)}, "answer", "near the tie: pushes added up and sank it"),
        ({"descent": (5.0, 6.0, *[2.0] * 5, -1.0)}, "answer", "near the tie: pushes added up and sank it"),
        ({"descent": (5.0, 6.0, *[2.0] * 5, -1.0)}, "add", "one step each: two push down"),
        ({"grouped": True}, "add", "The weights push it in seven groups, one step each: all push down"),
        ({"descent": (5.0, 4.0, *[2.0] * 5, 1.0)}, "sink", "its discs go towards it"),
        (
            {"descent": (5.0, 4.0, *[2.0] * 5, 1.0)},
            "through",
            "stays above the tie, but other discs on it go under",
        ),
        ({"riders_lost": 7}, "through", "in the end, other discs on it do"),
        ({"riders_lost": 7}, "tilt", "The outlined piece had many lost discs"),
        ({"lost_of_arm": 7}, "rings", "Ringed points are wrong now"),
        ({"losing": 300}, "back", "We picked this network: from a search"),
        ({"losing": 0, "learned": 0}, "back", "That weight back. The piece sinks again"),
        ({"losing_points": 30.0}, "back", "The piece sinks again"),
        ({"turned_accuracy": 0.9}, "turned", "only 90.0 % are right"),
        ({"arm": 2}, "rings", "most of them squares"),
        ({"arm": 2}, "edge", "follow one square"),
        ({"arm": 2}, "alone", "all its squares with it"),
        ({"weights": 40}, "question", "40 weights are rounded"),
        ({"weights": 40}, "add", "Seven of the 40 push it"),
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
                {"grouped": True, "nearness": 2.0},
                {"held": 0.99, "losing": 0},
                {"descent": (5.0, 6.0, 7.0)},
                {"riders_lost": 3, "lost_of_arm": 3, "turned_accuracy": 0.9, "losing": 300},
            ):
                made = replace(figures, weights=130, arm=arm, other=other, **some)
                assert len([as_caption(said) for said in captions(made).values()]) == 14  # raises if one is too long


def test_what_stands_on_plates(figures: OpeningFigures) -> None:
    assert shown(figures) == {
        "the question": {"right": "99.7 % right"},
        "the weights": {"right": "83.2 % right"},
        "the sheet": {"right": "99.7 % right"},
        "one piece": {"right": "83.2 % right"},
        "the edge": {"right": "99.7 % right"},
        "the pushes": {"right": "83.2 % right"},
        "the other way": {"right": "99.2 % right"},
        "the answer": {"right": "83.2 % right"},
    }
    apart = replace(figures, float_accuracy=0.1, rounded_accuracy=0.2, turned_accuracy=0.4)
    rights = ["10.0", "20.0", "10.0", "20.0", "10.0", "20.0", "40.0", "20.0"]
    assert [each["right"][:4] for each in shown(apart).values()] == rights
    assert idle_words(figures) == "the other five: on a level or ReLU off"
    assert idle_words(replace(figures, weights=7)) == ""
    assert idle_words(replace(figures, moved=7, switched_off=0)) == "the other five: on a level"
    assert idle_words(replace(figures, moved=12, switched_off=5)) == "the other five: ReLU off"
    assert idle_words(replace(figures, switched_off=1)) == "the other five: no push"


def test_which_weights_meet_a_relu_that_is_off(subject: StorySubject, figures: OpeningFigures, alone: Alone) -> None:
    """A change of such a weight alone leaves the output as it is, and of any other it does not."""
    off = meets_off(subject.network, subject.quantized, figures.places.hero)
    at = int((alone.x == figures.places.hero).all(axis=1).argmax())
    for weights in (alone.weights, alone.rounded):
        before = alone.outputs(weights)[at]
        flat = np.concatenate([w.ravel() for w in weights])
        for number, silent in enumerate(off):
            moved = flat.copy()
            moved[number] += 1e-6
            changed = [moved[:4].reshape(2, 2), moved[4:8].reshape(2, 2), moved[8:].reshape(2, 2)]
            assert (np.abs(alone.outputs(changed)[at] - before).max() < 1e-12) == silent
    assert figures.switched_off == 2
    assert figures.weights - figures.moved + 2 + len(figures.places.pushes) == 12


def test_the_marks_that_are_left_out_are_named(figures: OpeningFigures) -> None:
    assert classes_words(figures) == "points of three classes"
    assert aside_words(figures) == "squares hidden, but counted in the %"
    left = "discs and diamonds hidden, but counted in the %"
    assert aside_words(replace(figures, classes=4, arm=1, other=2)) == left
    assert aside_words(replace(figures, classes=2)) == ""


def test_a_network_that_loses_nothing_is_refused() -> None:
    fine = replace(load_network("pinwheel"), story=load_network("pinwheel").quantizer_at(12))
    with pytest.raises(ValueError, match="at 12 bits rounding loses none of 3000 points"):
        measure(measured(fine))
