"""The figures of the folding scene against slow recomputation, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.figures.layer_progression import (
    NEAR,
    LayerProgressionFigures,
    box_around,
    captions,
    farthest_out,
    layers_told,
    measure,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


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
    assert list(counts.values()) == sorted(counts.values(), reverse=True)
    last = subject.network.activation_pattern(figures.places.smallest[None])
    assert (last == subject.network.activation_pattern(polygons[-1].mean(axis=0)[None])).all()


def test_there_is_no_jump(figures: LayerProgressionFigures) -> None:
    assert figures.jump < 1e-12


def test_the_numbers_shown_are_those_of_the_figures(figures: LayerProgressionFigures) -> None:
    assert shown(figures) == {
        "straight cuts": {"wrong": "117 of 3,000 points wrong"},
        "one point": {"wrong": "117 of 3,000 points wrong"},
        "apart": {"wrong": "8 of 3,000 points wrong"},
        "regions": {"regions": "9 regions"},
    }


def test_the_captions_of_the_story_network(figures: LayerProgressionFigures) -> None:
    said = told(figures)
    assert said["question"] == "Three arms, wound together: can folding separate them?"
    assert "Three straight cuts" in said["cuts"]
    assert "tip of its arm" in said["hero"]
    assert said["answer"].startswith("Yes: fold, cut straight, unfold")
    assert len(said) <= 18


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"arms": False, "classes": 4}, "question", "Four classes in one plane: can folding separate them?"),
        ({"cuts": 1, "classes": 2}, "cuts", "One straight cut, trained to fit, leaves points on a wrong side"),
        ({"hero_saved": False}, "hero", "The white point lies farthest out. Follow it"),
        ({"arms": False}, "hero", "The white point is one of them, far out. Follow it"),
        ({"mirrored": True}, "last turn", "The last layer turns, stretches and mirrors it: no fold"),
        ({"network_wrong": 900}, "answer", "Not all of them: fold, cut straight, unfold, and some stay mixed"),
        ({"network_wrong": 900}, "apart", "Even now three straight cuts leave many points on a wrong side"),
        ({"cuts": None, "folds": 4}, "question", "What do four ReLUs do to a plane?"),
    ],
)
def test_words_follow_the_figures(
    figures: LayerProgressionFigures, change: dict[str, Any], key: str, words: str
) -> None:
    assert told(figures)[key] != words
    assert told(replace(figures, **change))[key] == words


@pytest.mark.parametrize("layers", [2, 3, 4, 5, 9, 30])
def test_captions_of_deep_networks_stay_within_their_number(figures: LayerProgressionFigures, layers: int) -> None:
    said = told(replace(figures, layers=layers))
    assert len(said) <= 18
    for layer in layers_told(layers):
        assert f"Layer {layer} " in said[f"turn {layer}"]
    assert ("other layers" in said) == (layers > 4)


def test_without_labels_nothing_is_said_of_cuts_and_arms(figures: LayerProgressionFigures) -> None:
    silent = replace(figures, cuts=None, cut_wrong=None, network_wrong=None)
    said = " ".join(told(silent).values())
    assert not any(word in said for word in ("cut", "arm", "wrong", "class"))
    assert shown(silent) == {"regions": {"regions": "9 regions"}}
