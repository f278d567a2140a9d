"""The figures of the opening against a recomputation of its own, and its captions, which follow from them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.core.tasks import TASKS
from quantization_story.figures.opening import (
    OpeningFigures,
    aside_words,
    captions,
    deepest,
    drawn_words,
    fall_words,
    measure,
    room_in,
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

    def with_some(self, numbers: Sequence[int]) -> list[np.ndarray]:
        flat = np.concatenate([w.ravel() for w in self.weights])
        flat[list(numbers)] = np.concatenate([w.ravel() for w in self.rounded])[list(numbers)]
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
    assert figures.same_loss == bool(((before & ~held) == (before & ~after)).all())
    assert figures.alone == tuple(alone.right(alone.outputs(alone.with_some([k]))).mean() for k in range(12))
    assert figures.worst_alone == min(figures.alone)


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
    moved = figures.places.order
    one_by_one = [(alone.outputs(alone.with_some(moved[:n])) @ direction)[at] for n in range(len(moved) + 1)]
    assert figures.descent == pytest.approx(one_by_one)
    assert figures.descent[-1] == pytest.approx((after @ direction)[at])
    falls = [height - (alone.outputs(alone.with_some([k])) @ direction)[at] for k in range(12)]
    assert figures.lone_descent == pytest.approx(falls)
    assert figures.fall == pytest.approx((height - one_by_one[-1]) / height)
    assert figures.largest_push == pytest.approx(max(*falls, *(-np.diff(one_by_one))))
    assert figures.only_the_sum_sinks


def test_the_strip_is_where_one_relu_switches(figures: OpeningFigures, subject: StorySubject, alone: Alone) -> None:
    strip, extreme = figures.places.strip, figures.places.extreme
    assert strip is not None
    centre = strip.mean(axis=0)
    for place in (centre, extreme):
        bits = [
            np.concatenate([z > 0 for z in net.pre_activations(place[None])[:-1]], axis=1)[0]
            for net in (subject.network, subject.quantized)
        ]
        assert (bits[0] != bits[1]).sum() == 1
    own = figures.places.cells.patterns[figures.places.piece]
    first = np.concatenate([z > 0 for z in subject.network.pre_activations(centre[None])[:-1]], axis=1)[0]
    assert np.array_equal(first, own)
    assert (np.abs(alone.x - extreme).max(axis=1) == 0).any()  # a held-out point, no made-up one
    inside = alone.x[room_in(strip, alone.x) > 0]
    assert room_in(strip, extreme[None])[0] == room_in(strip, inside).max()


def test_rooms_and_squares() -> None:
    triangle = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0]])
    assert deepest(triangle) == pytest.approx([1.0, 1.0], abs=0.05)  # the incentre of a 3-4-5 triangle
    assert room_in(triangle, np.array([[1.0, 1.0], [-1.0, 1.0]])) == pytest.approx([1.0, -1.0])
    box = square_around(np.array([[0.0, 0.0], [4.0, 1.0]]))
    assert box == pytest.approx((-0.12, 4.12, -1.62, 2.62))


def test_captions_of_the_story_network(figures: OpeningFigures) -> None:
    assert {key: as_caption(said).text for key, said in captions(figures).items()} == {
        "question": "Twelve weights are rounded a little. Why does so much break?",
        "weights": "Here are the twelve: each goes to its nearest level, in orange",
        "height": "Height: by how much the network prefers discs to triangles",
        "tie": "The floor is the tie: above it discs win, below it triangles",
        "press": "Now round all twelve: each moves by half a step at most",
        "under": "A ring is a point now wrong: here discs sank below the tie",
        "alone": "Is one weight to blame? Round each one alone",
        "alone found": "None of them: even the worst alone leaves 99.6 %",
        "creases": "Is it the creases, where a ReLU turns on or off?",
        "slide": "Creases slide. Green: the same ReLUs are on. Red: others",
        "switched": "Only the ReLUs switch, weights stay: 99.7 % stay right",
        "tilt": "Now the ReLUs are held: pieces tilt, and may come apart",
        "tilted": "It breaks all the same, and at the very same points",
        "hero": "One disc from the side: blue is its height above the tie",
        "pushes": "Weight after weight, the pushes on this flat piece add up",
        "answer": "No push alone reaches the tie. The sum sinks all 412 discs",
    }


@pytest.mark.parametrize(
    ("changed", "key", "words"),
    [
        ({"rounded_accuracy": 0.96, "held": 0.96}, "question", "What breaks?"),
        ({"alone": (0.99, 0.85)}, "alone found", "One does most of it: alone it leaves 85.0 %"),
        ({"alone": (0.99, 0.85)}, "answer", "Pieces tilt and creases move: all 412 discs on this piece sink"),
        ({"switched": 0.86}, "switched", "just 86.0 % are right"),
        ({"held": 0.99}, "answer", "Pieces tilt and creases move"),
        ({"same_loss": False}, "tilted", "That alone leaves 83.2 % right"),
        ({"lone_descent": (99.0, 1.0)}, "answer", "Small pushes add up on one flat piece: all 412 discs on it sink"),
        ({"descent": (5.0, -1.0, -2.0)}, "answer", "Small pushes add up"),
        ({"descent": (5.0, 3.0, 1.0)}, "answer", "Small pushes add up"),
        ({"riders_lost": 7}, "answer", "The sum sinks 7 discs"),
        ({"arm": 2}, "under", "here squares sank"),
        ({"weights": 40}, "question", "40 weights are rounded"),
        ({"arm": 3, "other": 2}, "height", "diamonds to squares"),
    ],
)
def test_a_caption_follows_its_figure(figures: OpeningFigures, changed: dict[str, Any], key: str, words: str) -> None:
    usual = as_caption(captions(figures)[key]).text
    told = as_caption(captions(replace(figures, **changed))[key]).text
    assert words in told
    assert words not in usual


def test_every_caption_fits_whatever_the_network(figures: OpeningFigures) -> None:
    for arm in range(4):
        for other in range(4):
            for some in (
                {},
                {"alone": (0.5,)},
                {"switched": 0.1},
                {"lone_descent": (99.0,)},
                {"same_loss": False},
            ):
                made = replace(figures, weights=130, riders=2999, riders_lost=2998, arm=arm, other=other, **some)
                assert len([as_caption(said) for said in captions(made).values()]) == 16  # raises if one is too long


def test_what_stands_on_plates(figures: OpeningFigures) -> None:
    assert shown(figures) == {
        "the sheet": {"right": "99.7 % right"},
        "the press": {"right": "83.2 % right"},
        "one weight": {"right": "99.7 % right"},
        "the creases": {"right": "83.2 % right"},
        "only the ReLUs": {"right": "99.7 % right"},
        "only the pieces": {"right": "83.2 % right"},
        "the pushes": {"right": "83.2 % right", "fall": "fall = 2.0 × height", "drawn": "32 of its 412 discs drawn"},
    }
    apart = replace(figures, float_accuracy=0.1, rounded_accuracy=0.2, switched=0.3, held=0.4, descent=(2.0, -1.0))
    assert [each["right"][:4] for each in shown(apart).values()] == [
        *["10.0", "20.0", "10.0", "20.0", "30.0", "40.0", "20.0"]
    ]
    assert fall_words(apart) == "fall = 1.5 × height"
    assert drawn_words(figures) == "32 of its 412 discs drawn"


def test_the_marks_that_are_left_out_are_named(figures: OpeningFigures) -> None:
    assert aside_words(figures) == "squares, and what they win, step aside"
    assert (
        aside_words(replace(figures, classes=4, arm=1, other=2)) == "discs and diamonds, and what they win, step aside"
    )
    assert aside_words(replace(figures, classes=2)) == ""


def test_a_network_that_loses_nothing_is_refused() -> None:
    fine = replace(load_network("pinwheel"), story=load_network("pinwheel").quantizer_at(12))
    with pytest.raises(ValueError, match="at 12 bits rounding loses none of 3000 points"):
        measure(measured(fine))
