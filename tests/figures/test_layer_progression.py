"""The figures of the folding scene against slow recomputation, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.core.tasks import LabelledPoints
from quantization_story.figures.layer_progression import (
    DRAWN,
    NEAR,
    LayerProgressionFigures,
    badges,
    box_around,
    captions,
    farthest_out,
    layers_told,
    measure,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.partition import partition
from quantization_story.training.straight_cuts import fit_straight_cuts


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> LayerProgressionFigures:
    return measure(subject)


def told(figures: LayerProgressionFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def test_the_network_is_wrong_on_as_many_points_as_its_accuracy_says(
    subject: StorySubject, figures: LayerProgressionFigures
) -> None:
    assert figures.points == 3000
    assert figures.network_wrong == round((1 - subject.float_accuracy) * 3000) == 8
    assert len(figures.places.missed) == 8


def test_straight_cuts_miss_as_many_points_as_a_fit_without_a_hidden_layer(
    subject: StorySubject, figures: LayerProgressionFigures
) -> None:
    """The same by plain gradient descent on three free logits."""
    x, labels = subject.calibration.points, subject.calibration.labels
    ones = np.column_stack([x, np.ones(len(x))])
    logits = np.zeros((3, 3))
    for _ in range(20000):
        scores = ones @ logits
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        logits -= 2.0 * ones.T @ (shares - np.eye(3)[labels]) / len(x)
    fresh = np.column_stack([subject.data.points, np.ones(3000)])
    wrong = (fresh @ logits).argmax(axis=1) != subject.data.labels
    assert figures.cut_wrong == int(wrong.sum()) == 117
    assert len(figures.places.cut_missed) == 117


def test_the_hero_is_an_arms_tip_that_straight_cuts_get_wrong(
    subject: StorySubject, figures: LayerProgressionFigures
) -> None:
    hero = figures.places.hero
    row = int(np.flatnonzero((subject.data.points == hero).all(axis=1))[0])
    assert figures.hero_saved
    assert subject.data.labels[row] == figures.hero_class
    # Its angle along the arm and its distance are those of the arm's end, u near 1.
    assert np.linalg.norm(hero) > 0.95 * 2.4
    assert figures.rival != figures.hero_class


def test_the_hero_lies_farthest_out_among_those_that_are_asked_for(subject: StorySubject) -> None:
    away = np.linalg.norm(subject.data.points - subject.data.points.mean(axis=0), axis=1)
    nobody = np.zeros(3000, dtype=bool)
    assert farthest_out(subject.data, nobody) == away.argmax()
    some = np.arange(3000) % 7 == 0
    assert farthest_out(subject.data, some) == np.flatnonzero(some)[away[some].argmax()]


def test_regions_are_as_many_as_there_are_patterns_on_a_fine_grid(
    subject: StorySubject, figures: LayerProgressionFigures
) -> None:
    left, right, bottom, top = box_around(subject.data.points, NEAR)
    grid = np.stack(np.meshgrid(np.linspace(left, right, 901), np.linspace(bottom, top, 901)), axis=-1).reshape(-1, 2)
    assert figures.regions == len(np.unique(subject.network.activation_pattern(grid), axis=0)) == 9
    polygons, counts = figures.places.regions, {}
    for number, polygon in enumerate(polygons):
        middle = polygon.mean(axis=0)[None]
        inside = (subject.network.activation_pattern(grid) == subject.network.activation_pattern(middle)).all(axis=1)
        counts[number] = int(inside.sum())
    assert sum(counts.values()) == len(grid)
    assert counts[0] == max(counts.values())
    least = min(counts, key=lambda number: counts[number])
    smallest = subject.network.activation_pattern(figures.places.smallest[None])
    assert (smallest == subject.network.activation_pattern(polygons[least].mean(axis=0)[None])).all()


def test_regions_come_as_they_lie_around_the_smallest(subject: StorySubject, figures: LayerProgressionFigures) -> None:
    cells = partition(subject.network.oriented(), box_around(subject.data.points, NEAR))
    far = [figures.places.sheet.polygons[k] for k in figures.places.sheet.locate(cells.centroids)]
    angles = []
    for polygon in figures.places.regions:
        near = cells.centroids[next(k for k, own in enumerate(far) if own is polygon)] - figures.places.smallest
        if np.abs(near).max() > 1e-9:
            angles.append(np.arctan2(near[1], near[0]))
    turned = (np.array(angles) - angles[0]) % (2 * np.pi)
    assert len(turned) == 8
    assert (np.diff(turned) > 0).all()


@pytest.mark.parametrize(("layer", "expected"), [(1, 24), (2, 11)])
def test_cuts_after_a_layer_are_fitted_where_its_points_are(
    subject: StorySubject, figures: LayerProgressionFigures, layer: int, expected: int
) -> None:
    """The same from the states of the network itself."""
    net = figures.places.journey.network

    def states(points: np.ndarray) -> np.ndarray:
        for weight, bias in zip(net.weights[:layer], net.biases[:layer], strict=True):
            points = np.maximum(points @ weight.T + bias, 0.0)
        return points

    known = LabelledPoints(states(subject.calibration.points), subject.calibration.labels)
    wrong = fit_straight_cuts(known, 3).wrong(LabelledPoints(states(subject.data.points), subject.data.labels))
    row = int(np.flatnonzero((subject.data.points == figures.places.hero).all(axis=1))[0])
    assert figures.later_wrong[layer] == (int(wrong.sum()), bool(wrong[row])) == (expected, False)


def test_all_points_that_are_wrong_in_the_end_are_drawn(figures: LayerProgressionFigures) -> None:
    drawn = {tuple(point) for point in figures.places.drawn.points}
    assert {tuple(point) for point in figures.places.missed} <= drawn
    assert len(drawn) == DRAWN + 8


def test_there_is_no_jump(figures: LayerProgressionFigures) -> None:
    assert figures.jump < 1e-12


def test_the_numbers_shown_are_those_of_the_figures(figures: LayerProgressionFigures) -> None:
    assert shown(figures) == {
        "straight cuts": {"wrong": "117 of 3,000 points wrong"},
        "one point": {"wrong": "117 of 3,000 points wrong"},
        "cuts after 1": {"wrong": "24 of 3,000 points wrong"},
        "cuts after 2": {"wrong": "11 of 3,000 points wrong"},
        "answer": {"wrong": "8 of 3,000 points wrong"},
        "last layer": {"wrong": "8 of 3,000 points wrong"},
        "regions": {"regions": "9 of 9 regions"},
    }


def test_the_captions_of_the_story_network(figures: LayerProgressionFigures) -> None:
    said = told(figures)
    assert said["question"] == "Three arms, wound together: can folding separate them?"
    assert "Three straight cuts" in said["cuts"]
    assert "tip of its arm" in said["hero"]
    assert said["answer"].startswith("Nearly: fold, cut straight, unfold")
    assert said["cuts after 1"] == "New straight cuts leave fewer wrong, and get the marked point right"
    assert badges(figures) == ["float weights, about one point in ten drawn"]
    assert len(said) <= 18


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"arms": False, "classes": 4}, "question", "Four classes in one plane: can folding separate them?"),
        ({"cuts": 1, "classes": 2}, "cuts", "One straight cut, trained to fit, leaves points on a wrong side"),
        ({"hero_saved": False}, "hero", "The marked point lies farthest out. Follow it"),
        ({"arms": False}, "hero", "The marked point is one of them, far out. Follow it"),
        ({"mirrored": True, "cuts": None}, "last turn", "The last layer turns, stretches and mirrors it: no fold"),
        ({"network_wrong": 0}, "answer", "Yes: fold, cut straight, unfold, and the straight cuts are bent"),
        (
            {"later_wrong": {1: (130, True), 2: (11, False)}},
            "cuts after 1",
            "New straight cuts leave no fewer points on a wrong side",
        ),
        (
            {"later_wrong": {1: (24, True), 2: (24, False)}},
            "cuts after 2",
            "New straight cuts leave no fewer wrong than after layer 1",
        ),
        ({"network_wrong": 900}, "answer", "Not all of them: fold, cut straight, unfold, and some stay mixed"),
        ({"network_wrong": 900}, "apart", "Even now three straight cuts leave many points on a wrong side"),
        ({"cuts": None, "folds": 4}, "question", "What do four ReLUs do to a plane?"),
    ],
)
def test_words_follow_the_figures(
    figures: LayerProgressionFigures, change: dict[str, Any], key: str, words: str
) -> None:
    assert told(figures).get(key) != words
    assert told(replace(figures, **change))[key] == words


@pytest.mark.parametrize("layers", [2, 3, 4, 5, 9, 30])
def test_captions_of_deep_networks_stay_within_their_number(figures: LayerProgressionFigures, layers: int) -> None:
    after = dict.fromkeys((1, *layers_told(layers)), (24, False))
    said = told(replace(figures, layers=layers, later_wrong=after))
    assert len(said) <= 18
    for layer in layers_told(layers):
        assert f"Layer {layer} " in said[f"folds {layer}"]
    assert ("other layers" in said) == (layers > 3)


def test_without_labels_nothing_is_said_of_cuts_and_arms(figures: LayerProgressionFigures) -> None:
    silent = replace(figures, cuts=None, cut_wrong=None, network_wrong=None)
    said = " ".join(told(silent).values())
    assert not any(word in said for word in ("cut", "arm", "wrong", "class"))
    assert shown(silent) == {"regions": {"regions": "9 of 9 regions"}}
