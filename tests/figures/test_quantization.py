"""The figures of the rounding scene against formulas of their own, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.analysis.gap_journey import LayerGap
from quantization_story.core.captions import as_caption
from quantization_story.figures.quantization import (
    STOPS,
    QuantizationFigures,
    axis_ticks,
    badges,
    captions,
    drawn_words,
    lost_rows,
    lost_shares,
    measure,
    percents,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> QuantizationFigures:
    return measure(subject)


def told(figures: QuantizationFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


# --- plain recomputation, nothing of the package but the numbers of the network


def rounded(weight: np.ndarray, bits: int) -> np.ndarray:
    most = 2 ** (bits - 1) - 1
    step = np.abs(weight).max() / most
    return np.asarray(step * np.round(weight / step))


def states(weights: Any, biases: Any, points: np.ndarray) -> list[np.ndarray]:
    """The values of every layer before its ReLU."""
    now, found = points, []
    for weight, bias in zip(weights, biases, strict=True):
        found.append(now @ weight.T + bias)
        now = np.maximum(found[-1], 0.0)
    return found


def share_right(weights: Any, biases: Any, subject: StorySubject) -> float:
    scores = states(weights, biases, subject.data.points)[-1] @ np.asarray(subject.readout).T
    return float((scores.argmax(axis=1) == subject.data.labels).mean())


def test_each_accuracy_is_that_of_rounded_weights(subject: StorySubject, figures: QuantizationFigures) -> None:
    net = subject.network
    for bits in STOPS:
        weights = [rounded(weight, bits) for weight in net.weights]
        assert figures.reached[bits] == pytest.approx(share_right(weights, net.biases, subject), abs=1e-12)
    assert figures.reached == {5: 0.995, 4: 0.832}
    assert figures.float_accuracy == share_right(net.weights, net.biases, subject)


def test_each_layer_alone_is_rounded_alone(subject: StorySubject, figures: QuantizationFigures) -> None:
    net = subject.network
    for layer in range(3):
        weights = [rounded(weight, 4) if k == layer else weight for k, weight in enumerate(net.weights)]
        assert figures.alone[layer] == pytest.approx(share_right(weights, net.biases, subject), abs=1e-12)
    assert min(figures.alone) > figures.reached[4] + 0.1


def test_all_at_once_is_held_against_what_each_costs_alone(figures: QuantizationFigures) -> None:
    whole = figures.float_accuracy
    assert whole is not None
    losses = [whole - alone for alone in figures.alone]
    assert figures.lost_alone == pytest.approx(losses)
    assert figures.lost == pytest.approx(whole - 0.832)
    assert lost_shares(figures) == pytest.approx([*losses, figures.lost])
    assert lost_rows(figures) == [("layer 1", "0.1"), ("layer 2", "5.4"), ("layer 3", "6.4"), ("all at once", "16.5")]
    helped = replace(figures, alone=(0.9993333333333333, 0.843, 0.8333333333333334))
    assert lost_rows(helped)[0] == ("layer 1", "−0.2")


def test_the_gaps_are_those_of_the_hero_in_both_networks(subject: StorySubject, figures: QuantizationFigures) -> None:
    net, point = subject.network, figures.places.hero_point
    mine = states(net.weights, net.biases, point)
    its = states([rounded(weight, 4) for weight in net.weights], net.biases, point)
    received = np.zeros((1, 2))
    for layer, gap in enumerate(figures.gaps):
        assert gap.received == pytest.approx(np.linalg.norm(received))
        assert gap.carried == pytest.approx(np.linalg.norm(received @ net.weights[layer].T))
        assert gap.total == pytest.approx(np.linalg.norm(its[layer] - mine[layer]))
        received = np.maximum(its[layer], 0) - np.maximum(mine[layer], 0)
    assert figures.gaps[-1].stretch == pytest.approx(figures.gaps[-1].carried / figures.gaps[-1].received)
    assert LayerGap(0.0, 0.0, 1.0).stretch == 1.0


def test_the_hero_is_typical_of_those_lost_to_all_layers_only(
    subject: StorySubject, figures: QuantizationFigures
) -> None:
    net, data = subject.network, subject.data
    weights = [rounded(weight, 4) for weight in net.weights]
    mine, its = (states(each, net.biases, data.points) for each in (net.weights, weights))
    before, after = ((z[-1] @ np.asarray(subject.readout).T).argmax(axis=1) == data.labels for z in (mine, its))
    lost = before & ~after
    assert lost.sum() == 500
    alone = [[weights[k] if k == layer else net.weights[k] for k in range(3)] for layer in range(3)]
    for mixed in alone:
        scores = states(mixed, net.biases, data.points)[-1] @ np.asarray(subject.readout).T
        lost &= scores.argmax(axis=1) == data.labels
    assert np.array_equal(figures.places.together, lost)
    assert figures.together == lost.sum() / (before & ~after).sum() == pytest.approx(0.606)
    gaps = np.stack([np.linalg.norm(b - a, axis=1) for a, b in zip(mine, its, strict=True)])
    hero = figures.places.hero
    assert lost[hero]
    assert figures.hero_lost
    assert figures.hero_survives
    home = mine[-1][hero]
    pushes = [states(mixed, net.biases, data.points[[hero]])[-1][0] - home for mixed in alone]
    np.testing.assert_allclose(figures.places.pushes, pushes, atol=1e-9)
    assert figures.pushes_cross
    assert np.argmax(np.asarray(subject.readout) @ (home + sum(pushes))) != data.labels[hero]
    np.testing.assert_allclose(gaps[:, hero], np.median(gaps[:, lost], axis=1), rtol=0.1)
    all_lost = before & ~after
    assert figures.lost_of_one == (np.bincount(data.labels[all_lost]).max() >= 0.9 * all_lost.sum())


def test_every_later_layer_stretches_the_old_gaps(subject: StorySubject, figures: QuantizationFigures) -> None:
    net, points = subject.network, subject.data.points
    weights = [rounded(weight, 4) for weight in net.weights]
    mine, its = (states(each, net.biases, points) for each in (net.weights, weights))
    for layer in (1, 2):
        gap = np.maximum(its[layer - 1], 0) - np.maximum(mine[layer - 1], 0)
        assert ((gap @ net.weights[layer].T) ** 2).sum() > (gap**2).sum()
    assert figures.growing


def test_all_weights_are_counted(subject: StorySubject, figures: QuantizationFigures) -> None:
    assert figures.weights == sum(weight.size for weight in subject.network.weights) == 12


# --- what is said


def test_the_captions_of_the_story_network(figures: QuantizationFigures) -> None:
    assert list(told(figures).values()) == [
        "Round every weight. Where does it go wrong?",
        "The network has twelve weights. Here are those of layer 1",
        "Kept in 4 bits, each weight goes to the nearest of these lines",
        "Follow one point: blue in the float network, orange in the rounded",
        "Layer 1: the rounded weights send it elsewhere. A gap opens",
        "Then the ReLUs fold flat all that is below zero; the gap shrinks",
        "Layer 2 stretches that gap, now grey, and adds its own, in orange",
        "Step back. All of this gap is an old one now, and grey",
        "The last layer makes the old gap 3.3 times as long",
        "And it adds its own: from blue to orange is the error at the output",
        "Now all outputs. A border lies between: orange is a wrong answer",
        "Now round them all. At 5 bits hardly one leaves its class",
        "At 4 bits many points of one arm slide across a line",
        "Which layer is it? Round only one, the others stay float",
        "Each push alone falls short; end to end they cross",
        "Now all: the ringed ones, 61 % of the lost, survive any one layer",
        "Mostly in no single layer: short pushes add up and cross. For good?",
    ]


def test_captions_follow_what_is_lost(figures: QuantizationFigures) -> None:
    harmless = told(replace(figures, hero_lost=False, reached={**figures.reached, 4: 0.99}, lost_of_one=False))
    assert harmless["output"].endswith("No border lies between: orange is a right answer")
    assert "survives" not in harmless
    assert "survives" not in told(replace(figures, hero_survives=False))
    assert harmless["story"] == "At 4 bits hardly a point leaves its class"
    assert harmless["answer"].startswith("Not yet: each layer stretches")
    some = told(replace(figures, reached={**figures.reached, 5: 0.98, 4: 0.96}))
    assert some["finer"].endswith("not each leaves its class") or "not each" in some["finer"]
    assert some["story"] == "At 4 bits some points leave their class"
    assert told(replace(figures, lost_of_one=False))["story"].startswith("At 4 bits many points of several classes")
    assert "of one class" in told(replace(figures, arms=False))["story"]


def test_captions_follow_the_gaps(figures: QuantizationFigures) -> None:
    lost = replace(figures, hero_survives=False, pushes_cross=False)
    assert told(lost)["answer"] == "In no single layer: gaps are stretched, and add up. Broken for good?"
    assert told(replace(lost, growing=False))["answer"].startswith("In no single layer: gaps are passed on,")
    guilty = replace(figures, alone=(0.99, 0.85, 0.99))
    assert guilty.guilty == 2
    assert told(guilty)["answer"].startswith("Most of it in layer 2;")
    assert figures.guilty is None
    stays = replace(figures, gaps=(replace(figures.gaps[0], total=figures.gaps[1].received), *figures.gaps[1:]))
    assert told(stays)["fold"].endswith("the gap stays")
    assert told(replace(figures, pushes_cross=False))["survives"].endswith("but not across")
    assert told(replace(figures, together=0.4))["answer"].startswith("In no single layer: gaps are stretched")
    assert told(replace(figures, together=0.0))["together"].startswith("All at once lose hardly a point")
    pressed = replace(figures, gaps=(figures.gaps[0], LayerGap(1.0, 0.5, 1.0), figures.gaps[2]))
    assert told(pressed)["layer 2"].startswith("Layer 2 presses that gap")
    near = replace(figures, gaps=(*figures.gaps[:2], LayerGap(1.0, 1.5, 2.0)))
    assert told(near)["carry last"] == "The last layer makes the old gap 1.5 times as long"
    assert told(replace(figures, row=True))["weights"].endswith("Here is one row of layer 1")


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8, 16])
def test_every_bit_width_has_its_stops_and_its_captions(subject: StorySubject, bits: int) -> None:
    figures = measure(load_subject(Settings(bits=bits), "pinwheel"))
    assert list(figures.reached) == [*(stop for stop in STOPS if stop > bits), bits]
    assert ("finer" in told(figures)) == (bits < 5)
    assert len(badges(figures)) == 4 + (3 + 2) + 1 + 2 * len(figures.reached) + 2 * 3 + 2


def test_without_labels_nothing_is_right_or_wrong(figures: QuantizationFigures) -> None:
    blind = replace(figures, float_accuracy=None, reached={}, alone=(), hero_lost=False)
    said = told(blind)
    assert said["question"] == "Round every weight. Where do the two networks part?"
    assert {"output", "story", "alone", "survives", "together"} & set(said) == set()
    assert said["answer"] == "In every layer: each stretches the old gap and adds its own. For good?"
    assert badges(blind)[-1] == "layer 3 of 3"
    assert "right" not in str(shown(blind))


def test_it_is_said_how_many_points_are_drawn(figures: QuantizationFigures) -> None:
    assert figures.points == 10 * len(figures.places.drawn.points)
    assert drawn_words(figures) == "about one point in ten drawn"
    assert drawn_words(replace(figures, points=299)) == ""


def test_the_axis_of_accuracy_holds_all_that_the_dial_reaches(figures: QuantizationFigures) -> None:
    low, high = percents(figures)
    every = [figures.float_accuracy, *figures.reached.values()]
    assert all(low <= 100 * share <= high for share in every if share is not None)
    assert low == 80
    assert list(axis_ticks(figures).values()) == ["−2", "0", "2"]
