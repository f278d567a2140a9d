"""The figures of the folding scene against slow recomputation, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.analysis.folding import Fold
from quantization_story.core.captions import as_caption
from quantization_story.core.tasks import LabelledPoints
from quantization_story.figures.layer_progression import (
    DRAWN,
    LayerProgressionFigures,
    badges,
    captions,
    farthest_out,
    layers_told,
    measure,
    shown,
    straightened_by_first,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
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


def test_cuts_after_layer_1_are_fitted_where_its_points_are(
    subject: StorySubject, figures: LayerProgressionFigures
) -> None:
    """The same from the states of the network itself."""
    net = figures.places.journey.network

    def states(points: np.ndarray) -> np.ndarray:
        return np.maximum(points @ net.weights[0].T + net.biases[0], 0.0)

    known = LabelledPoints(states(subject.calibration.points), subject.calibration.labels)
    wrong = fit_straight_cuts(known, 3).wrong(LabelledPoints(states(subject.data.points), subject.data.labels))
    row = int(np.flatnonzero((subject.data.points == figures.places.hero).all(axis=1))[0])
    assert (figures.folded_wrong, figures.folded_hero) == (int(wrong.sum()), not wrong[row]) == (24, True)
    assert np.array_equal(figures.places.missed_folded, subject.data.points[wrong])


def test_the_cuts_bend_and_meet_where_a_walk_along_the_classes_says(
    subject: StorySubject, figures: LayerProgressionFigures
) -> None:
    """Along each crease, the class changes as often as a cut crosses it, and there it bends."""
    assert {(fold.layer, fold.unit): many for fold, many in figures.bends.items()} == {
        (1, 0): 1,
        (1, 1): 1,
        (2, 0): 1,
        (2, 1): 1,
    }
    borders = figures.places.sheet.boundaries()
    readout = subject.readout
    assert readout is not None
    for fold, many in figures.bends.items():
        changes = 0
        for start, end in borders.segments[(borders.layer == fold.layer) & (borders.unit == fold.unit)]:
            way = start + np.linspace(1e-6, 1 - 1e-6, 20001)[:, None] * (end - start)
            scores = figures.places.journey.network(way) @ readout.T
            changes += int((np.diff(scores.argmax(axis=1)) != 0).sum())
        assert changes >= many


def relu(values: np.ndarray, units: list[int]) -> np.ndarray:
    """The ReLU of some of the columns."""
    values = values.copy()
    values[:, units] = np.maximum(values[:, units], 0.0)
    return values


def test_a_bend_is_as_sharp_as_its_two_pieces_are_apart_once_its_crease_is_open(
    figures: LayerProgressionFigures,
) -> None:
    net, borders = figures.places.journey.network, figures.places.land.borders  # type: ignore[union-attr]

    def lying(points: np.ndarray, fold: Fold) -> np.ndarray:
        """Where points are when all before a fold is done."""
        values = points @ net.weights[0].T + net.biases[0]
        if fold.layer == 2:
            values = relu(values, [0, 1]) @ net.weights[1].T + net.biases[1]
        return relu(values, list(range(fold.unit)))

    for fold, degrees in figures.sharp.items():
        (place,) = figures.places.bends[fold]
        pieces = [piece for piece in borders if np.abs(piece - place).max(axis=1).min() < 1e-8]
        bearings = []
        for start, end in pieces:
            far = end if np.abs(start - place).max() < 1e-8 else start
            way = lying(np.stack([place, place + 1e-3 * (far - place)]), fold)
            bearings.append(np.arctan2(*(way[1] - way[0])[::-1]))
        between = np.degrees(abs(bearings[0] - bearings[1])) % 360
        assert degrees == pytest.approx(abs(180 - between), abs=0.01)
    assert [fold for fold in figures.sharp if figures.bent_by(fold)] == [Fold(1, 0), Fold(2, 1)]


def test_the_first_fold_makes_one_class_straight(subject: StorySubject, figures: LayerProgressionFigures) -> None:
    """By the spread along and across its principal axes: more than twice as straight as before, and than any other."""
    net = figures.places.journey.network
    before = subject.data.points @ net.weights[0].T + net.biases[0]

    def slim(points: np.ndarray) -> float:
        low, high = np.linalg.eigvalsh(np.cov(points.T))
        return float(np.sqrt(low / high))

    rows = [subject.data.labels == k for k in range(3)]
    left = [slim(relu(before, [0])[own]) / slim(before[own]) for own in rows]
    assert figures.straightened == int(np.argmin(left)) == 1
    assert min(left) < 0.25
    assert min(left[0], left[2]) > 0.5


def test_a_class_of_two_points_is_not_called_straight(figures: LayerProgressionFigures) -> None:
    few = figures.places.data
    assert straightened_by_first(figures.places.journey, LabelledPoints(few.points[:2], few.labels[:2])) is None


def test_all_points_that_are_ever_wrong_are_drawn(figures: LayerProgressionFigures) -> None:
    places = figures.places
    drawn = {tuple(point) for point in places.drawn.points}
    wrong = {tuple(point) for some in (places.cut_missed, places.missed_folded, places.missed) for point in some}
    first = {tuple(point) for point in places.data.points[:DRAWN]}
    assert drawn == wrong | first
    assert tuple(places.hero) in drawn


def test_the_last_layer_mirrors_where_a_triangle_turns_around(figures: LayerProgressionFigures) -> None:
    journey = figures.places.journey
    weight, bias = journey.network.weights[-1], journey.network.biases[-1]
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]) @ weight.T + bias
    (a, b), (c, d) = corners[1] - corners[0], corners[2] - corners[0]
    assert figures.mirrored == (a * d < b * c)


def test_there_is_no_jump(figures: LayerProgressionFigures) -> None:
    assert figures.jump < 1e-12


def test_the_numbers_shown_are_those_of_the_figures(figures: LayerProgressionFigures) -> None:
    assert shown(figures) == {
        "straight cuts": {"wrong": "117 of 3,000 points wrong"},
        "one point": {"wrong": "117 of 3,000 points wrong"},
        "folded cuts": {"wrong": "117 → 24 of 3,000 points wrong"},
        "last layer": {"wrong": "24 → 8 of 3,000 points wrong"},
        "open 2 1": {"crease": "layer 2, neuron 2"},
        "open 2 0": {"crease": "layer 1, neuron 2"},
        "open 1 0": {"crease": "layer 1, neuron 1"},
        "answer": {"straight": "117 wrong with straight cuts", "bent": "8 wrong with bent cuts"},
    }


def test_the_captions_of_the_story_network(figures: LayerProgressionFigures) -> None:
    said = told(figures)
    assert said["question"] == "Three arms, wound together: can folding separate them?"
    assert said["cuts"] == "Three straight cuts, trained as a test: the ringed points are wrong"
    assert said["hero"] == "Follow this one: its arm bends, the cuts cannot"
    assert said["pressed"] == "Pressed onto the crease, this bent arm becomes straight"
    assert said["folded cuts"] == "New test cuts fit straighter arms: fewer wrong, our point is right"
    assert said["apart"] == "The network's own three straight cuts now part nearly all, ours too"
    assert said["open 2 1"] == "One crease opens: where a cut crosses it, the cut bends"
    assert said["open 2 0"] == "The next two creases open: there the cuts bend only a little"
    assert said["open 1 0"] == "The last crease opens: the arm bends again, and with it the cut"
    assert said["answer"] == "Folding nearly separates them: unfolded, the cuts bend around the arms"
    assert badges(figures) == ["405 of 3,000 points drawn"]
    assert len(said) <= 18


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"arms": False, "classes": 4}, "question", "Four classes in one plane: can folding separate them?"),
        ({"cuts": 1}, "cuts", "One straight cut, trained as a test: the ringed points are wrong"),
        ({"hero_saved": False}, "hero", "Follow this one, the farthest out"),
        ({"arms": False}, "hero", "Follow this one, far out: it is among those that are wrong"),
        ({"arms": False}, "pressed", "Pressed onto the crease, one class comes to lie straight"),
        ({"straightened": None}, "pressed", "Pressed onto the crease, all that was beyond it lies on one line"),
        ({"arms": False}, "answer", "Folding nearly separates them: unfolded, the cuts are bent"),
        ({"mirrored": True}, "last turn", "The last layer turns, stretches and mirrors it too, without a fold"),
        ({"network_wrong": 0}, "answer", "Folding separates them: unfolded, the cuts bend around the arms"),
        ({"folded_wrong": 130}, "folded cuts", "New test cuts, trained on the folded plane, leave no fewer wrong"),
        ({"folded_hero": False}, "folded cuts", "New test cuts fit straighter arms: fewer are wrong"),
        (
            {"straightened": None},
            "folded cuts",
            "New test cuts fit the folded plane: fewer wrong, our point is right",
        ),
        ({"hero_saved": False}, "apart", "The network's own three straight cuts now part nearly all"),
        ({"sharp": {Fold(2, 1): 5.0}}, "open 2 1", "The next three creases open: there the cuts bend only a little"),
        ({"sharp": {}, "bends": {}}, "open 1 0", "The last crease opens"),
        ({"straightened": None}, "open 1 0", "The last crease opens: where a cut crosses it, the cut bends"),
        ({"network_wrong": 900}, "answer", "Folding does not separate all of them: some stay mixed"),
        ({"network_wrong": 900}, "apart", "Even now its own three straight cuts leave many points wrong"),
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
    said = told(replace(figures, layers=layers))
    assert len(said) <= 18
    for layer in layers_told(layers):
        assert f"Layer {layer} " in said[f"folds {layer}"]
    assert ("other layers" in said) == (layers > 3)


def test_without_labels_nothing_is_said_of_cuts_and_arms(figures: LayerProgressionFigures) -> None:
    silent = replace(figures, cuts=None, cut_wrong=None, folded_wrong=None, network_wrong=None, bends={}, sharp={})
    said = " ".join(told(silent).values())
    assert not any(word in said for word in ("cut", "arm", "wrong", "class"))
    assert shown(silent) == {
        "open 2 1": {"crease": "layer 1, neuron 2"},
        "open 1 0": {"crease": "layer 1, neuron 1"},
    }
    assert said.count("The next three creases open") == 1


def test_the_badge_says_how_many_points_are_drawn(figures: LayerProgressionFigures) -> None:
    everything = replace(figures, points=len(figures.places.drawn.points))
    assert badges(everything) == ["float weights"]
