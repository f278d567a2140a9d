"""The plane at full frame: where its points lie, how the view flies, and a grid that comes as one goes near."""

import numpy as np
import pytest

from quantization_story.mobjects.frame_view import (
    FILL,
    ROLL,
    SWAY,
    FramePose,
    FrameView,
    between_poses,
    plane_areas,
    plane_lines,
    plane_marks,
    plane_mesh,
    stay,
)
from quantization_story.stage.drift import Drift
from quantization_story.style import theme

CLOUD = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 3.0], [1.0, 1.0]])


@pytest.mark.parametrize("turn", [0.0, 0.4, -2.0])
def test_fitted_points_fill_the_middle_of_the_frame(turn: float) -> None:
    zone = theme.middle_zone()
    framed = FrameView(FramePose.fitting(CLOUD, turn=turn)).to_frame(CLOUD)[:, :2]
    low, high = framed.min(axis=0), framed.max(axis=0)
    np.testing.assert_allclose((low + high) / 2, zone.center[:2], atol=1e-9)
    assert ((high - low) / [zone.width, zone.height]).max() == pytest.approx(FILL)


def test_points_without_any_extent_can_be_fitted() -> None:
    assert np.isfinite(FramePose.fitting(np.ones((3, 2))).unit)


def test_the_box_of_a_pose_is_what_the_frame_shows() -> None:
    pose = FramePose(1.0, -2.0, 1.5)
    left, right, bottom, top = pose.box()
    corners = FrameView(pose).to_frame([[left, bottom], [right, top]])[:, :2]
    np.testing.assert_allclose(corners, [[-64 / 9, -4.0], [64 / 9, 4.0]], atol=1e-6)


def test_the_goal_moves_straight_to_the_middle_and_the_zoom_is_geometric() -> None:
    start, goal = FramePose(0.0, 0.0, 1.0), FramePose(3.0, 1.0, 16.0)
    middle = np.array(theme.middle_zone().center[:2])
    first = FrameView(start).to_frame([[3.0, 1.0]])[0, :2] - middle
    for way in (0.25, 0.5, 0.75):
        pose = between_poses(start, goal, way)
        assert pose.unit == pytest.approx(16.0**way)
        np.testing.assert_allclose(FrameView(pose).to_frame([[3.0, 1.0]])[0, :2] - middle, (1 - way) * first)
    assert between_poses(start, goal, 0.0) == start
    assert between_poses(start, goal, 1.0) == goal


def test_a_flight_begins_where_the_view_is_and_ends_at_its_goal() -> None:
    view = FrameView(FramePose(0.0, 0.0, 1.0))
    flight = view.fly(2.0, 1.0, 4.0, 0.5)
    assert view.pose == FramePose(0.0, 0.0, 1.0)
    flight.begin()
    flight.interpolate(1.0)
    view.way.set_value(1.0)
    assert view.pose == FramePose(2.0, 1.0, 4.0, 0.5)


def test_the_drift_moves_the_view_a_little() -> None:
    drift = Drift()
    view = FrameView(FramePose(0.0, 0.0, 1.0), drift)
    still = view.to_frame(CLOUD)
    drift.advance(4.0)
    moved = np.abs(view.to_frame(CLOUD) - still).max()
    assert 0.02 < moved < 0.3


def test_lines_areas_and_marks_follow_the_map_and_leave_out_what_is_not_seen() -> None:
    view = FrameView(FramePose(0.0, 0.0, 1.0))
    shift = [0.0]

    def where(points: np.ndarray) -> np.ndarray:
        return points + np.array([shift[0], 0.0])

    lines = plane_lines(
        view, [np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), np.array([[90.0, 0.0], [99.0, 0.0]])], where
    )
    areas = plane_areas(view, [np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])], where, theme.INK, 0.5)
    marks = plane_marks(view, np.array([[0.0, 0.0], [90.0, 0.0]]), where, theme.INK, "disc")
    assert len(lines.points) == 4 * 2
    before = [path.points.copy() for path in (lines, areas, marks)]
    shift[0] = 2.0
    for path, old in zip((lines, areas, marks), before, strict=True):
        path.update()
        np.testing.assert_allclose(path.points - old, np.broadcast_to([2.0, 0.0, 0.0], old.shape), atol=1e-12)


def test_the_finer_grid_comes_as_one_goes_near() -> None:
    view = FrameView(FramePose(0.0, 0.0, 1.0))
    mesh = plane_mesh(view, (-8, 8, -5, 5), np.zeros((0, 2, 2)), stay, 0.5, [(-1, 1, -1, 1)])
    coarse, fine = mesh
    assert coarse.get_stroke_opacity() == 1.0
    assert fine.get_stroke_opacity() == 0.0
    view.start = view.goal = FramePose(0.0, 0.0, 6.0)
    fine.update()
    assert fine.get_stroke_opacity() == 1.0


def test_the_grid_bends_exactly_at_a_crease() -> None:
    view = FrameView(FramePose(0.0, 0.0, 1.0))
    crease = np.array([[[0.25, -3.0], [0.25, 3.0]]])
    mesh = plane_mesh(view, (-1, 1, -1, 1), crease, lambda points: np.maximum(points, [0.25, -np.inf]), 1.0)
    assert mesh[0].points[:, 0].min() == pytest.approx(0.25)


def test_the_view_is_where_it_would_be_without_what_it_keeps() -> None:
    drift = Drift()
    view = FrameView(FramePose(0.5, 0.2, 1.5, 0.3), drift)
    for _ in range(5):
        drift.advance(0.7)
        middle = np.array(theme.middle_zone().center[:2]) + SWAY * [drift.x, drift.y]
        angle = 0.3 + ROLL * drift.y
        for point, framed in zip(CLOUD, view.to_frame(CLOUD), strict=True):
            away = 1.5 * complex(*(point - [0.5, 0.2])) * np.exp(1j * angle)
            np.testing.assert_allclose(framed, [middle[0] + away.real, middle[1] + away.imag, 0.0], atol=1e-12)
