"""The scene of one map, played: what moves, when it moves, and that it shows what its figures are."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.tasks import hits
from quantization_story.pictures.linear_correction import PARTS, sheet_grid
from quantization_story.scene_03_linear_correction import LinearCorrectionScene
from quantization_story.stage.watcher import Watcher


class Looking(Watcher):
    """Notes after every play how far the layers, the map and its lean have come, what is ringed, and wrong texts."""

    def __init__(self) -> None:
        self.states: list[tuple[float, ...]] = []
        self.rings: list[tuple[int, int]] = []
        self.gaps: list[np.ndarray] = []
        self.findings: list[str] = []

    def on_play(self, scene: Any) -> None:
        planes = scene.planes
        trackers = (planes.progress, planes.rounding, planes.pressed, planes.own_pressed, planes.pull, planes.lean)
        self.states.append(tuple(tracker.get_value() for tracker in trackers))
        self.gaps.append(np.linalg.norm(planes.rounded() - planes.floats(), axis=1))
        self.findings += look(scene)
        if getattr(scene, "rings", None) in scene.mobjects:
            ringed = len(scene.rings.points) // len(scene.rings.template)
            places = scene.places
            self.rings.append((ringed, int((~hits(planes.rounded(), places.drawn.labels, places.readout)).sum())))

    def gaps_at(self, *state: float) -> np.ndarray:
        """How far the twins were apart when the trackers first stood so."""
        return self.gaps[self.states.index(state)]


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = LinearCorrectionScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_the_layers_act_one_after_the_other(played: tuple[Any, Looking]) -> None:
    progress = [state[0] for state in played[1].states]
    assert [now for before, now in pairwise(progress) if now != before] == [1, 2, 3, 4, 5, 6, 7]


def test_rounding_parts_the_twins_the_map_joins_them_and_a_relu_parts_some_again(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    places = scene.places
    assert watcher.gaps_at(1, 0, 0, 0, 0, 0).max() == 0.0
    apart = np.linalg.norm(places.rounded(1) - places.floats(1), axis=1)
    assert watcher.gaps_at(1, 1, 0, 0, 0, 0) == pytest.approx(apart)
    assert watcher.gaps_at(1, 1, 0, 0, PARTS, 0).max() < 1e-9
    assert watcher.gaps_at(1, 1, 0, 0, 0, 0) == pytest.approx(apart)
    pressed = watcher.gaps_at(1, 1, 1, 1, PARTS, 0)
    assert 0.1 < np.mean(pressed > 1e-6) < 0.9  # some are pressed flat and off, the others still fit
    leaned = watcher.gaps_at(1, 1, 1, 1, PARTS, 1)
    off = pressed > 0.5 * pressed.max()
    assert np.median(leaned[off]) < 0.5 * np.median(pressed[off])
    assert np.median(leaned[pressed < 1e-6]) > 0.05


def test_the_shaded_side_is_the_one_that_is_pressed(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = played
    planes, places = scene.planes, scene.places
    monkeypatch.setattr(planes.view, "drift", None)
    monkeypatch.setattr(planes.view, "start", planes.at_layer_1)
    monkeypatch.setattr(planes.view, "goal", planes.at_layer_1)
    corners = planes.make_beyond().points
    points = places.floats(places.first)
    low, high = corners.min(axis=0)[:2], corners.max(axis=0)[:2]
    at = planes.view.to_frame(points)[:, :2]
    shaded = ((at > low) & (at < high)).all(axis=1)
    assert shaded.tolist() == (places.press(points, 1.0) != points).any(axis=1).tolist()


def test_each_map_is_taken_off_before_the_next_layer(played: tuple[Any, Looking]) -> None:
    for progress, _, _, _, pull, _ in played[1].states:
        assert pull == 0 or progress in (1, 7)


def test_those_are_ringed_that_lie_outside_their_sector(played: tuple[Any, Looking]) -> None:
    rings = played[1].rings
    assert all(ringed == wrong for ringed, wrong in rings)
    assert max(rings)[0] > 20 > 3 > rings[-1][0]


def test_the_accuracy_on_screen_is_that_of_the_map_as_it_is(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    planes = scene.planes
    for pull, reached in ((0.0, scene.figures.rounded), (PARTS, scene.figures.repaired)):
        planes.pull.set_value(pull)
        assert planes.reached() == reached


def test_the_sheet_ends_on_the_grid_that_it_is_pulled_onto(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    planes = scene.planes
    for pull, together in ((0.0, False), (2.0, False), (PARTS, True)):
        planes.pull.set_value(pull)
        still, sheet = planes.make_sheet(planes.ends[0])
        assert np.allclose(still.points, sheet[0].points, atol=1e-6) == together


def test_a_sheet_has_its_edges_and_corners() -> None:
    lines, corners = sheet_grid(np.array([-1.0, 0.0]), np.array([3.0, 2.0]))
    ends = np.array(lines)
    for edge in ([[-1, 0], [-1, 2]], [[3, 0], [3, 2]], [[-1, 0], [3, 0]], [[-1, 2], [3, 2]]):
        assert any(np.allclose(line, edge) for line in ends)
    assert corners.tolist() == [[-1, 0], [3, 0], [3, 2], [-1, 2]]


def test_the_dashed_crease_is_where_the_map_has_the_rounded_one(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = played
    planes, places = scene.planes, scene.places
    planes.take_map(places.exact)
    planes.pull.set_value(PARTS)
    monkeypatch.setattr(planes.view, "drift", None)
    planes.view.start = planes.view.goal = planes.at_layer_1
    solid, dashed = planes.make_creases()
    centre = planes.view.to_frame(np.zeros((1, 2)))[0]
    there = planes.view.to_frame(places.exact(np.zeros((1, 2))))[0]
    assert np.abs(solid.points[:, :2] - centre[:2]).min(axis=1).max() < 1e-6  # on one of the two axes
    assert np.linalg.norm(there - centre) > 0.1
    assert np.linalg.norm(dashed.points - there, axis=1).min() < 1.0


def off_line(point: np.ndarray, line: np.ndarray) -> float:
    """How far a frame point (3,) is from the line through the first and the last of some points (n, 3)."""
    along, there = (line[-1] - line[0])[:2], (point - line[0])[:2]
    return float(abs(along[0] * there[1] - along[1] * there[0]) / np.linalg.norm(along))


def test_each_crease_is_named_where_it_runs(played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch) -> None:
    scene, _ = played
    planes, places = scene.planes, scene.places
    planes.take_map(places.exact)
    planes.pull.set_value(PARTS)
    monkeypatch.setattr(planes.view, "drift", None)
    planes.view.start = planes.view.goal = planes.pose_near_crease()
    for mapped, (own, other) in ((False, planes.make_creases()), (True, planes.make_creases()[::-1])):
        assert (
            off_line(planes.on_crease(mapped), own.points)
            < 1e-6
            < 0.1
            < off_line(planes.on_crease(mapped), other.points)
        )


def test_the_pair_that_is_left_apart_is_seen_from_near(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = played
    planes, places = scene.planes, scene.places
    planes.progress.set_value(places.output)
    planes.take_map(places.whole)
    planes.pull.set_value(PARTS)
    monkeypatch.setattr(planes.view, "drift", None)
    ends = [planes.floats()[places.hero], planes.rounded()[places.hero]]
    seen = []
    for pose in (planes.pose_of_all(), planes.pose_near_hero()):
        planes.view.start = planes.view.goal = pose
        framed = planes.view.to_frame(ends)
        assert (np.abs(framed[:, :2]) < [7.0, 3.0]).all()
        seen.append(np.linalg.norm(framed[1] - framed[0]))
    assert seen[1] > 2 * seen[0]
    assert seen[1] > 0.3
