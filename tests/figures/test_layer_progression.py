"""The figures of the folding scene against slow recomputation, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.analysis.folding import Fold, FoldingJourney, pressed_row
from quantization_story.core.captions import as_caption
from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import LabelledPoints
from quantization_story.figures.layer_progression import (
    DRAWN,
    LayerProgressionFigures,
    badges,
    captions,
    farthest_out,
    in_one_spot,
    leads,
    measure,
    others,
    shown,
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


def test_what_is_drawn_is_what_is_counted(subject: StorySubject, figures: LayerProgressionFigures) -> None:
    assert figures.points == DRAWN == 1000
    assert np.array_equal(figures.places.data.points, subject.data.points[:1000])
    assert np.array_equal(figures.places.data.labels, subject.data.labels[:1000])
    wrong = (subject.network(subject.data.points[:1000]) @ subject.readout.T).argmax(axis=1) != subject.data.labels[
        :1000
    ]
    assert figures.network_wrong == wrong.sum() == 1
    assert np.array_equal(figures.places.missed, subject.data.points[:1000][wrong])


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
    fresh = np.column_stack([subject.data.points, np.ones(3000)])[:1000]
    wrong = (fresh @ logits).argmax(axis=1) != subject.data.labels[:1000]
    assert figures.cut_wrong == int(wrong.sum()) == 33
    assert np.array_equal(figures.places.cut_missed, subject.data.points[:1000][wrong])


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
    drawn = figures.places.data
    wrong = fit_straight_cuts(known, 3).wrong(LabelledPoints(states(drawn.points), drawn.labels))
    assert figures.folded_wrong == wrong.sum() == 6
    assert np.array_equal(figures.places.missed_folded, drawn.points[wrong])


def test_the_hero_is_clearly_right_in_the_end(subject: StorySubject, figures: LayerProgressionFigures) -> None:
    data = figures.places.data
    scores = subject.network(data.points) @ np.asarray(subject.readout).T
    lead = [row[label] - max(np.delete(row, label)) for row, label in zip(scores, data.labels, strict=True)]
    assert leads(scores, data.labels) == pytest.approx(lead)
    hero = int((data.points == figures.places.hero).all(axis=1).argmax())
    assert lead[hero] >= np.median(lead)


def test_layer_2_presses_most_points_of_one_class_into_one_spot(figures: LayerProgressionFigures) -> None:
    """By the states of the network after its second layer."""
    net, data = figures.places.journey.network, figures.places.data
    first = np.maximum(data.points @ net.weights[0].T + net.biases[0], 0.0)
    second = np.maximum(first @ net.weights[1].T + net.biases[1], 0.0)
    spot = (second == 0).all(axis=1)
    assert set(data.labels[spot].tolist()) == {figures.gathered_class} == {2}
    assert np.array_equal(figures.places.gathered, data.points[spot])
    assert (figures.gathered, figures.gathered_of) == (spot.sum(), (data.labels == 2).sum()) == (249, 333)
    assert figures.gathers
    assert not replace(figures, gathered=166).gathers
    assert not replace(figures, cuts=None).gathers


def test_a_network_of_one_hidden_layer_gathers_nothing(figures: LayerProgressionFigures) -> None:
    net = figures.places.journey.network
    short = FoldingJourney(ReluNetwork(net.weights[1:], net.biases[1:]))
    assert not in_one_spot(short, figures.places.data.points).any()


def test_the_row_of_the_hero_is_pressed_into_one_spot(figures: LayerProgressionFigures) -> None:
    net, ((start, end),) = figures.places.journey.network, figures.places.row
    assert figures.hero_pressed
    assert np.array_equal(start, figures.places.hero)
    way = start + np.linspace(0.0, 1.0, 9)[:, None] * (end - start)
    turned = way @ net.weights[0].T + net.biases[0]
    assert (np.diff(turned[:, 0]) > 0).all()  # from beyond the line to the line
    assert turned[-1, 0] == pytest.approx(0.0, abs=1e-12)
    assert np.ptp(relu(turned, [0, 1]), axis=0) == pytest.approx([0.0, 0.0], abs=1e-12)
    unpressed = figures.places.data.points[turned_first(figures)[:, 0] > 0][0]
    assert pressed_row(figures.places.journey, unpressed).shape == (0, 2, 2)


def turned_first(figures: LayerProgressionFigures) -> np.ndarray:
    """Where layer 1 turns the points, before a fold."""
    net = figures.places.journey.network
    return figures.places.data.points @ net.weights[0].T + net.biases[0]


def test_the_folds_between_those_of_the_last_hidden_layer_and_the_first_one(figures: LayerProgressionFigures) -> None:
    assert others(figures) == [Fold(1, 1)]
    assert others(replace(figures, layers=4)) == [Fold(1, 1), Fold(2, 0), Fold(2, 1)]
    assert others(replace(figures, layers=2)) == []


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
    assert all(map(figures.bent_by, figures.sharp))
    assert not replace(figures, sharp={Fold(1, 0): 3.0}).bent_by(Fold(1, 0))


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
        "straight cuts": {"wrong": "33 of 1,000 points wrong"},
        "one point": {"wrong": "33 of 1,000 points wrong"},
        "folded cuts": {"wrong": "33 → 6 of 1,000 points wrong"},
        "second layer": {"gathered": "249 of 333 squares in one spot"},
        "last layer": {"wrong": "6 → 1 of 1,000 points wrong"},
        "answer": {"straight": "33 wrong with straight cuts", "bent": "1 wrong with bent cuts"},
    }


def test_the_captions_of_the_story_network(figures: LayerProgressionFigures) -> None:
    assert told(figures) == {
        "question": "Three arms, wound together: can folding separate them?",
        "cuts": "Three straight cuts leave the ringed points on a wrong side",
        "hero": "Follow this disc: its arm bends, the cuts cannot",
        "turn": "A network's first layer turns and stretches the plane",
        "first fold": "Left of this line a neuron is negative. ReLU makes it 0: on the line",
        "pressed": "This is a fold: our disc's whole row is pressed into one spot",
        "second fold": "Below this line a second neuron is negative: pressed flat, too",
        "folded cuts": "New straight cuts, fitted here, leave fewer wrong",
        "second turn": "Six are still wrong: a second layer turns and stretches",
        "second folds": "Its two folds press most squares into one spot",
        "last turn": "The last layer turns and stretches it: straight cuts part nearly all",
        "rewind": "Now all the way back, with the cuts drawn on the plane",
        "open": "The spot opens: no cut can part its squares, so the cut bends",
        "open others": "The next fold opens: there the cuts bend only a little",
        "open last": "Our disc's row was one spot: no cut can cross it, so the cut bends",
        "answer": "Folding nearly separates them: unfolded, the cuts bend around the arms",
    }
    assert badges(figures) == ["float weights"]


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        ({"arms": False, "classes": 4}, "question", "Four classes in one plane: can folding separate them?"),
        ({"cuts": 1}, "cuts", "One straight cut leaves the ringed points on a wrong side"),
        ({"hero_saved": False}, "hero", "Follow this disc, the farthest out"),
        ({"arms": False}, "hero", "Follow this disc, far out: it is among those that are wrong"),
        ({"hero_class": 1}, "pressed", "This is a fold: our triangle's whole row is pressed into one spot"),
        ({"hero_pressed": False}, "pressed", "This is a fold: pressed flat, it all lies on one line"),
        ({"arms": False}, "answer", "Folding nearly separates them: unfolded, the cuts are bent"),
        ({"folded_wrong": 40}, "folded cuts", "New straight cuts, fitted here, leave no fewer wrong"),
        ({"folded_wrong": 1}, "second turn", "One is still wrong: a second layer turns and stretches"),
        ({"folded_wrong": 0}, "second turn", "A second layer turns and stretches it again"),
        ({"gathered": 9}, "second folds", "Its two folds press flat what lies beyond two more lines"),
        ({"gathered_class": 0}, "second folds", "Its two folds press most discs into one spot"),
        ({"mirrored": True}, "last turn", "The last layer turns and mirrors it: straight cuts part nearly all"),
        ({"network_wrong": 0}, "answer", "Folding separates them: unfolded, the cuts bend around the arms"),
        ({"cuts": 1}, "last turn", "The last layer turns and stretches it: one cut parts nearly all"),
        ({"sharp": {}}, "open", "The spot opens: no cut can part its squares"),
        ({"layers": 4}, "open", "What was pressed to one spot keeps its side, and goes back"),
        ({"gathered": 9}, "open", "What was pressed to one spot keeps its side: so, opened, the cut bends"),
        ({"sharp": {}}, "open others", "The next fold opens"),
        ({"layers": 4}, "open others", "The next folds open: the cuts bend there, too"),
        ({"sharp": {Fold(1, 1): 30.0}}, "open others", "The next fold opens: the cuts bend there, too"),
        ({"sharp": {}, "bends": {}}, "open last", "The first fold opens last"),
        ({"hero_pressed": False}, "open last", "The first fold opens last: there a cut bends, too"),
        ({"network_wrong": 900}, "answer", "Folding does not separate all of them: some stay mixed"),
        ({"network_wrong": 900}, "last turn", "The last layer turns and stretches it: straight cuts leave many wrong"),
        ({"cuts": None}, "last turn", "The last layer turns and stretches it, and folds nothing"),
        ({"cuts": None, "folds": 4}, "question", "What do four ReLUs do to a plane?"),
        ({"cuts": None}, "open", "What was pressed goes back to where it was"),
        ({"cuts": None}, "rewind", "Now all the way back"),
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
    assert ("second turn" in said) == ("second folds" in said) == (layers > 2)
    assert ("open others" in said) == (layers > 2)
    assert ("other layers" in said) == (layers > 3)


def test_without_labels_nothing_is_said_of_cuts_and_arms(figures: LayerProgressionFigures) -> None:
    silent = replace(figures, cuts=None, cut_wrong=None, folded_wrong=None, network_wrong=None, bends={}, sharp={})
    said = " ".join(told(silent).values())
    assert not any(word in said for word in ("cut", "arm", "wrong", "class"))
    assert shown(silent) == {}
