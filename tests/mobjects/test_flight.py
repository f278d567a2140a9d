"""The flight: where a pose sees a point, and how it gets to another pose."""

import numpy as np
import pytest

from quantization_story.mobjects.flight import SWAY, FlightView, Pose, between_poses, framed


class Fixed:
    """A drift that stands where it is put."""

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


HERE = Pose(0.3, 0.6, 0.9, (0.5, -0.2, 1.0), (-1.0, 0.3), 0.4)
THERE = Pose(-0.4, 1.1, 3.6, (2.0, 1.0, -3.0), (0.5, -0.2), 1.0)


def test_straight_above_a_plane_is_a_map_and_the_focus_stands_in_its_place() -> None:
    above = Pose(0.0, np.pi / 2, 2.0, (1.0, 1.0, 5.0), (0.5, 0.25))
    seen = framed(above, 0.1, [[1.0, 1.0, 5.0], [2.0, 1.0, 5.0], [1.0, 3.0, 9.0]])
    assert seen == pytest.approx(np.array([[0.5, 0.25, 0], [2.5, 0.25, 0], [0.5, 4.25, 0]]), abs=1e-12)


def test_a_quarter_turn_takes_what_was_right_up() -> None:
    turned = Pose(np.pi / 2, np.pi / 2, 1.0)
    assert framed(turned, 1.0, [[1.0, 0.0, 0.0]])[0] == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)


def test_values_rise_by_relief_and_lift() -> None:
    level = Pose(0.0, 0.0, 2.0, lift=0.5)
    assert framed(level, 0.3, [[0.0, 0.0, 4.0]])[0] == pytest.approx([0.0, 2.0 * 0.3 * 0.5 * 4.0, 0.0])


def test_a_flight_begins_and_ends_exactly_and_zooms_by_equal_factors() -> None:
    assert between_poses(HERE, THERE, 0.0) == HERE
    assert between_poses(HERE, THERE, 1.0) == THERE
    units = [between_poses(HERE, THERE, way).unit for way in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert np.diff(np.log(units)) == pytest.approx(np.full(4, np.log(4.0) / 4))
    half = between_poses(HERE, THERE, 0.5)
    assert (half.turned, half.elevation, half.lift) == pytest.approx((-0.05, 0.85, 0.7))
    assert half.at == pytest.approx((-0.25, 0.05))


@pytest.mark.parametrize("way", [0.2, 0.5, 0.9])
def test_the_goal_moves_straight_to_its_place(way: float) -> None:
    start = Pose(0.2, 0.7, 0.9, (0.5, -0.2, 0.0), (0.1, 0.0))
    goal = Pose(0.2, 0.7, 5.0, (2.0, 1.0, 0.0), (0.1, 0.0))
    at = np.array([*goal.at, 0.0])
    first = framed(start, 1.0, [goal.focus])[0] - at
    now = framed(between_poses(start, goal, way), 1.0, [goal.focus])[0] - at
    assert now == pytest.approx((1 - way) * first, abs=1e-12)


def test_a_view_flies_from_where_it_is() -> None:
    view = FlightView(HERE, 0.5)
    flight = view.fly(THERE)
    assert view.pose == HERE
    view.way.set_value(0.5)
    middle = view.pose
    view.fly(HERE)
    assert view.pose == middle
    view.way.set_value(1.0)
    assert view.pose == HERE
    assert flight.mobject is view.way


def test_a_drift_turns_and_raises_the_view_but_not_its_pose() -> None:
    view = FlightView(HERE, 0.5, Fixed(1.0, -0.5))
    assert view.pose == HERE
    assert view.seen.turned - HERE.turned == pytest.approx(SWAY[0])
    assert view.seen.elevation - HERE.elevation == pytest.approx(-0.5 * SWAY[1])
    above = FlightView(Pose(0.0, np.pi / 2, 1.0), 0.5, Fixed(0.0, 1.0))
    assert above.seen.elevation == pytest.approx(np.pi / 2)
    assert not np.allclose(view.to_frame([[1.0, 2.0, 3.0]]), framed(HERE, 0.5, [[1.0, 2.0, 3.0]]))
