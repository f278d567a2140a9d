"""The scene of the controls, played: marks stand at what is reached, dots at what they count."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.pictures.correction_controls import CARD, moved, stacked
from quantization_story.scene_19_correction_controls import CorrectionControlsScene
from quantization_story.stage.watcher import Watcher


class Looking(Watcher):
    """Notes after every play what the badge says, which seeds stand where, and wrong texts."""

    def __init__(self) -> None:
        self.badges: list[tuple[str, bool]] = []
        self.findings: list[str] = []

    def on_play(self, scene: Any) -> None:
        self.badges.append((scene.now(), scene.trial.part.get_value() > 0))
        self.findings += look(scene)


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = CorrectionControlsScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_the_badge_speaks_of_a_map_only_when_there_is_one(played: tuple[Any, Looking]) -> None:
    for words, mapped in played[1].badges[:16]:
        if "float weights" in words or words.startswith("4-bit weights and") or words == "4-bit weights":
            assert ("map" in words) == mapped


def test_marks_keep_what_each_trial_reached(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    figures, ruler = scene.figures, scene.ruler
    assert ruler.kept == {
        "rounded": figures.repaired,
        "float": figures.on_float,
        "raw": figures.raw,
    }
    for lane, reached in ruler.kept.items():
        mark = ruler.make_mark(lane, lambda: 0.0, "#FFFFFF")
        part = (100 * reached - ruler.lowest) / (100 - ruler.lowest)
        sway = mark.get_center()[0] - (ruler.zone.left + part * ruler.zone.width)
        assert abs(sway) <= 0.12


def test_a_trial_partly_carried_out_reaches_what_its_points_do(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    trial, places = scene.trial, scene.figures.places
    sources = {"rounded": places.rounded, "float": places.on_float, "raw": places.raw, "example": places.example}
    for state, source in sources.items():
        trial.state = state
        for part in (0.0, 0.3, 1.0):
            trial.part.set_value(part)
            moved = (1 - part) * source.outputs + part * source.transport(source.outputs)
            assert trial.reached() == accuracy_of_outputs(moved, places.labels, places.readout)
            np.testing.assert_allclose(trial.points(), moved[: places.drawn])


def test_rings_are_around_those_in_another_sector(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    trial, places = scene.trial, scene.figures.places
    labels = places.labels[: places.drawn]
    for state, part in (("rounded", 0.0), ("rounded", 1.0), ("float", 1.0), ("raw", 1.0)):
        trial.state = state
        trial.part.set_value(part)
        own = (trial.points() @ places.readout.T).argmax(axis=1)
        np.testing.assert_array_equal(trial.wrong(), own != labels)
    trial.part.set_value(0.0)
    trial.state = "raw"
    assert not trial.wrong().any()


def test_the_card_has_zero_in_its_middle_and_shows_the_sectors_as_the_points_see_them(
    played: tuple[Any, Looking],
) -> None:
    scene, _ = played
    trial, places = scene.trial, scene.figures.places
    middle = trial.square.get_center()
    pose = trial.pose_on_card()
    trial.view.start = trial.view.goal = pose
    np.testing.assert_allclose(trial.view.to_frame(np.zeros((1, 2)))[0], middle, atol=1e-9)
    cosine, sine = np.cos(pose.turn), np.sin(pose.turn)
    areas = [area for area in trial.make_sectors() if area.get_fill_opacity() > 0]
    for k, area in enumerate(areas):
        assert np.abs(area.points - middle).max() <= CARD / 2 + 1e-6
        away = (area.points - middle)[:, :2] / pose.unit
        scores = away @ np.array([[cosine, -sine], [sine, cosine]]) @ places.readout.T
        np.testing.assert_allclose(scores[:, k], scores.max(axis=1), atol=1e-6)  # its edges are where two are equal


def test_weights_change_places_as_those_of_the_first_shuffle(played: tuple[Any, Looking]) -> None:
    for own, other in played[0].figures.weights:
        found = np.empty(own.size)
        found[moved(own.ravel(), other.ravel())] = own.ravel()
        np.testing.assert_array_equal(found, other.ravel())
    assert moved(np.array([1.0, 2.0, 2.0]), np.array([2.0, 2.0, 1.0])).tolist() == [2, 1, 0]


def test_tiles_go_to_the_places_of_their_numbers(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    tiles, _, goals = scene.ruler.make_tiles(scene.figures.weights)
    starts = [tile.get_center() for tile in tiles]
    assert sorted(np.round(starts, 6).tolist()) == sorted(np.round(goals, 6).tolist())


def test_the_card_shows_the_shuffle_that_is_tried(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    scene.trial.state = "shuffled"
    for count in (1, 5, 287):
        scene.ruler.drawn.set_value(count)
        np.testing.assert_array_equal(scene.trial.points(), scene.figures.places.shuffled[count - 1])
        assert len(scene.ruler.make_dots().points) == count * len(scene.ruler.make_dots().template)


def test_dots_stand_in_columns_of_one_per_cent_and_none_covers_another() -> None:
    scores = np.array([50.2, 50.9, 51.0, 50.5, 100.0, 99.99])
    pitch, places = stacked(scores, lambda value: value, 2.0)
    assert places[:, 0].tolist() == [50.5, 50.5, 51.5, 50.5, 100.0, 99.5]
    np.testing.assert_allclose(places[:, 1] / pitch, [0.5, 1.5, 0.5, 2.5, 0.5, 0.5])
    assert len({tuple(place) for place in places}) == len(scores)


def test_the_best_shuffle_is_pointed_at(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    ruler = scene.ruler
    best = ruler.best_place()
    dots = ruler.places + np.array([0.0, ruler.zone.up(-2.1), 0.0])
    nearest = int(np.linalg.norm(dots - best, axis=1).argmin())
    assert np.floor(ruler.scores[nearest]) == np.floor(100 * scene.figures.best)


def test_seeds_fall_from_the_diagonal_to_what_their_map_leaves(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    seeds, population = scene.seeds, scene.figures.population
    chart = seeds.chart
    for drop, height in ((0.0, population.before), (1.0, population.after)):
        seeds.drop.set_value(drop)
        cloud, small = seeds.make_seeds()
        assert cloud.get_fill_opacity() > 2 * small.get_fill_opacity()
        lost = np.array(population.before) >= 0.02 - 1e-9
        for part, own in ((cloud, lost), (small, ~lost)):
            marks = part.points.reshape(int(own.sum()), -1, 3)
            middles = (marks.min(axis=1) + marks.max(axis=1)) / 2
            expected = chart.to_frame(100 * np.column_stack([population.before, height]))[own]
            assert np.abs(middles - expected).max() < 0.06
            assert np.ptp(middles - expected, axis=0).max() < 1e-6  # only the drift, the same for all


def test_float_networks_rise_from_zero_to_what_the_map_costs_them(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    seeds, population = scene.seeds, scene.figures.population
    costs = np.array(population.on_float)
    for rise in (0.0, 1.0):
        seeds.rise.set_value(rise)
        expected = seeds.chart.to_frame(100 * np.column_stack([np.zeros(len(costs)), rise * costs]))
        assert np.abs(seeds.float_places() - expected).max() < 0.06
    assert seeds.most > 100 * costs.max()


def test_the_white_one_is_the_network_that_was_shown(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    seeds, figures = scene.seeds, scene.figures
    seeds.drop.set_value(0.0)
    there = seeds.chart.point(
        100 * (figures.float_accuracy - figures.rounded), 100 * (figures.float_accuracy - figures.rounded)
    )
    assert np.abs(seeds.shown_place() - there).max() < 0.06


def test_lines_stand_at_the_thresholds(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    seeds, population = scene.seeds, scene.figures.population
    (much, _), (back, _) = seeds.make_much(0.02, "2"), seeds.make_back(population.back, "1.5")
    assert np.abs(much.points[:, 0] - seeds.chart.point(2.0, 0.0)[0]).max() < 0.06
    assert abs(back.points[:, 1].max() - seeds.chart.point(0.0, 1.5)[1]) < 0.06
    assert abs(back.points[:, 1].min() - seeds.chart.point(0.0, 0.0)[1]) < 0.06
    seeds.drop.set_value(1.0)
    worst = seeds.worst_place(population.worst)()
    assert np.abs(worst - seeds.chart.point(100 * 0.0516667, 14.4)).max() < 0.06
