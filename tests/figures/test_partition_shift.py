"""The figures of the scene of changed patterns, counted once more, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.figures.partition_shift import (
    PartitionShiftFigures,
    badge_at,
    badges,
    captions,
    measure,
    moved_label,
    share_words,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.scene_06_partition_shift import PartitionShiftScene


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel_wide")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> PartitionShiftFigures:
    return measure(subject)


def told(figures: PartitionShiftFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def test_the_numbers_by_forward_passes_and_by_a_grid(subject: StorySubject, figures: PartitionShiftFigures) -> None:
    net, points, readout = subject.network, subject.data.points, np.asarray(subject.readout)
    side = np.linspace(*subject.window.box[:2], 401)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

    def other(rounded: object, x: np.ndarray) -> np.ndarray:
        return (net.activation_patterns(x) != rounded.activation_patterns(x)).any(axis=1)  # type: ignore[attr-defined]

    def moved(rounded: object) -> np.ndarray:
        return (net(points) @ readout.T).argmax(axis=1) != (rounded(points) @ readout.T).argmax(axis=1)  # type: ignore[operator]

    assert figures.widths == (8, 5, 4)
    assert figures.last == 3
    for bits, changed in zip(figures.widths, figures.changed, strict=True):
        assert changed == pytest.approx(other(subject.learned.quantized(bits), grid).mean(), abs=0.005)
    calm, last = subject.learned.quantized(4), subject.learned.quantized(3)
    assert figures.calm_moved == moved(calm).sum() == 0
    assert figures.moved == moved(last).sum() == 177
    assert figures.moved_in_other == (moved(last) & other(last, points)).sum() == 0
    assert figures.other == other(last, points).mean()
    assert (figures.units, figures.points) == (6, 3000)


def test_the_places(subject: StorySubject, figures: PartitionShiftFigures) -> None:
    places = figures.places
    assert [net is subject.network for net in places.stops] == [
        True,
        False,
        False,
        False,
        True,
        False,
        True,
        False,
        False,
    ]
    at_hero = [places.arriving_at(place, places.data.points[[places.hero]])[0] for place in (3.0, 6.0, 7.0)]
    assert at_hero[0] == at_hero[2] == places.unit.after[places.hero]
    assert at_hero[1] == places.unit.before[places.hero]
    assert (at_hero[0] > 0) != (at_hero[1] > 0)
    assert places.moved_at(8.0).sum() == figures.moved
    assert not places.moved_at(0.0).any()
    half = places.network_at(0.5).weights[0]
    assert half == pytest.approx((places.stops[0].weights[0] + places.stops[1].weights[0]) / 2)


def test_captions_follow_the_figures(figures: PartitionShiftFigures) -> None:
    said = told(figures)
    assert said["question"] == "A seventh of the plane changes, and not one prediction. Why?"
    assert said["where"] == "Not one of them lies in the red: their ReLUs are as before"
    assert said["answer"] == "ReLUs switch near zero: little changes. Pieces that tilt do the harm"
    some = told(replace(figures, calm_moved=7, moved_in_other=100))
    assert some["question"] == "A seventh of the plane changes, and hardly a prediction. Why?"
    assert some["classes"].endswith("hardly any")
    assert some["where"] == "Of them 56 % lie in the red, of all 20 %"
    assert some["answer"] == "A ReLU switches near zero: at 4 bits that changes little"
    none = told(replace(figures, last=None))
    assert not {"fewer", "where"} & set(none)
    assert none["answer"] == "A ReLU switches near zero: at 4 bits that changes little"
    assert "compare" not in told(replace(figures, places=replace(figures.places, other=None)))


def test_badges_are_said_in_order_on_the_way(figures: PartitionShiftFigures) -> None:
    last = len(figures.places.stops) - 1
    places = [step / 2 for step in range(2 * last + 1)]
    assert [badge_at(figures, place) for place in places] == badges(figures)
    assert badge_at(figures, 0.3) == "rounding to 8 bits"
    assert badge_at(figures, 3.7) == "weights going back"
    assert badge_at(figures, 8.0) == "3-bit weights"


def test_the_numbers_shown(figures: PartitionShiftFigures) -> None:
    assert shown(figures)["at 4 bits"] == {"red": "13.9 % of the square is red"}
    assert shown(figures)["the classes"] == {"moved": "0 % get another class"}
    assert shown(figures)["answer"] == {"moved": "5.9 % get another class"}
    assert set(shown(replace(figures, last=None))) == {"at 8 bits", "at 5 bits", "at 4 bits", "the classes"}


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.139, "a seventh"),
        (0.5, "half"),
        (0.34, "a third"),
        (0.42, "42 %"),
        (0.03, "3 %"),
        (0.9, "90 %"),
        (0.0, "0 %"),
    ],
)
def test_shares_in_words(share: float, words: str) -> None:
    assert share_words(share) == words


def test_a_zero_is_exact() -> None:
    assert (moved_label(0, 3000), moved_label(1, 3000), moved_label(177, 3000)) == ("0 %", "0.0 %", "5.9 %")


def test_a_network_of_many_units_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="PartitionShiftScene needs at most 40 hidden units"):
        PartitionShiftScene.choose(Settings(network="deep"))
