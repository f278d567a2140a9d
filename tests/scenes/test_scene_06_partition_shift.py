"""The picture of the scene of changed patterns: strips as large as their share, points on the hinge, true bars."""

import numpy as np
import pytest

from layout import audited
from quantization_story.figures.partition_shift import measure
from quantization_story.pictures.partition_shift import BELOW, ShiftPicture
from quantization_story.scene_06_partition_shift import PartitionShiftScene
from quantization_story.stage.drift import Drift


@pytest.fixture(scope="module")
def picture() -> ShiftPicture:
    return ShiftPicture(measure(PartitionShiftScene.choose()).places, Drift())


@pytest.fixture(autouse=True)
def at_rest(picture: ShiftPicture) -> None:
    picture.place.set_value(0.0)
    picture.turned.set_value(0.0)
    picture.hinge.fly_to(picture.whole_hinge())
    picture.hinge.way.set_value(1.0)


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def test_the_scene_is_clean() -> None:
    assert audited(PartitionShiftScene).findings == {}


def test_the_red_opens_with_the_weights_and_is_counted_in_the_square(picture: ShiftPicture) -> None:
    assert len(picture.make_strips().points) == 0
    assert picture.red_share() == 0.0
    shares = []
    for stop in (1.0, 2.0, 3.0):
        picture.place.set_value(stop)
        filled = sum(area(np.array(part)[0::4]) for part in picture.make_strips().get_subpaths())
        assert filled / picture.home.unit**2 == pytest.approx(picture.cells().changed_area, rel=1e-6)
        shares.append(picture.red_share())
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(0.139, abs=5e-4)


def test_solid_lines_stay_and_dashed_ones_go(picture: ShiftPicture) -> None:
    solid = picture.make_creases().points
    picture.place.set_value(3.0)
    assert np.allclose(solid, picture.make_creases().points)
    own, layer = picture.make_own_crease().points, picture.places.unit.layer
    places = picture.view.to_frame(np.zeros((1, 2)))[0]
    inputs = (own[:, :2] - places[:2]) / picture.home.unit
    z = picture.places.stops[3].pre_activations(inputs)[layer - 1][:, picture.places.unit.unit]
    assert len(z)
    assert np.abs(z).max() < 1e-6


def test_points_go_to_the_hinge_and_lie_on_it(picture: ShiftPicture) -> None:
    flat = picture.where(picture.points)
    assert np.allclose(flat, picture.view.to_frame(picture.points))
    picture.turned.set_value(1.0)
    there = picture.where(picture.points)
    zero = picture.hinge.point((0.0, 0.0))
    x, y = ((there - zero) / picture.hinge.pose.unit)[:, :2].T
    assert y == pytest.approx(np.maximum(x, 0.0), abs=1e-9)
    assert x == pytest.approx(picture.places.unit.before)
    picture.turned.set_value(0.5)
    assert np.allclose(picture.where(picture.points), (flat + there) / 2)


def test_bars_are_as_long_as_what_came_in_and_what_went_out(picture: ShiftPicture) -> None:
    unit, hero, other = picture.places.unit, picture.places.hero, picture.places.other
    assert other is not None
    picture.place.set_value(7.0)
    lengths = []
    for number, row in ((hero, 1), (other, 2)):
        came, went = picture.make_bars(number, 6.0, row)
        assert np.ptp(came.points[:, 0]) == pytest.approx(picture.hinge.pose.unit * abs(unit.shift[number]))
        assert np.ptp(went.points[:, 1]) == pytest.approx(picture.hinge.pose.unit * abs(unit.passed_on[number]))
        lengths.append((np.ptp(came.points[:, 0]), np.ptp(went.points[:, 1])))
        assert came.points[0, 1] == pytest.approx(picture.hinge.point((0.0, 0.0))[1] - row * BELOW)
    assert lengths[0][1] < lengths[0][0]
    assert lengths[1][1] == pytest.approx(lengths[1][0])


def test_rings_stand_around_the_drawn_points_that_get_another_class(picture: ShiftPicture) -> None:
    picture.place.set_value(3.0)
    assert len(picture.make_moved().points) == 0
    picture.place.set_value(8.0)
    moved = picture.places.moved_at(8.0)[: len(picture.points)]
    rings = picture.make_moved()
    assert len(rings.points) == moved.sum() * len(rings.template) > 0
    assert picture.moved() == 177
