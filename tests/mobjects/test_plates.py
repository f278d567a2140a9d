"""Plates, their leaders, side cards, and the trail of a hero."""

import numpy as np
import pytest
from manim import Square

from quantization_story.mobjects.hero import Trail, comet
from quantization_story.mobjects.paths import in_frame
from quantization_story.mobjects.plates import SHORT_OF, Plate, SideCard, strip
from quantization_story.mobjects.text import LiveText
from quantization_story.style import theme


def ends(plate: Plate) -> tuple[np.ndarray, np.ndarray]:
    return plate.leader.points[0], plate.leader.points[-1]


def test_a_plate_has_a_large_number_over_a_small_unit() -> None:
    plate = Plate("83.2", (0, 0), unit="% right")
    assert isinstance(plate.value, LiveText)
    assert plate.value.height > plate.words[1].height
    assert plate.value.get_bottom()[1] > plate.words[1].get_top()[1]
    assert not isinstance(Plate("pieces tilt", (0, 0)).value, LiveText)


def test_a_live_plate_follows_its_function() -> None:
    now = ["1.5"]
    plate = Plate(lambda: now[0], (0, 0), unit="steps")
    now[0] = "2.5"
    plate.update()
    assert plate.value.content == "2.5"


@pytest.mark.parametrize("at", [(0, 9), (0, -9), (-20, 0), (20, 0)])
def test_a_plate_stays_between_the_strips(at: tuple[float, float]) -> None:
    plate, zone = Plate("83.2", at, unit="% right"), theme.middle_zone()
    (left, bottom), (right, top) = plate.board.get_corner([-1, -1, 0])[:2], plate.board.get_corner([1, 1, 0])[:2]
    assert zone.left < left < right < zone.right
    assert zone.bottom < bottom < top < zone.top


def test_a_leader_goes_from_the_edge_to_its_target_and_follows_it() -> None:
    target = np.array([3.0, -1.0, 0.0])
    plate = Plate("0.36", (-2, 1), lambda: target)
    start, stop = ends(plate)
    assert np.linalg.norm(stop - target) == pytest.approx(SHORT_OF)
    half = np.array([plate.board.width, plate.board.height]) / 2
    assert np.max(np.abs(start - plate.board.get_center())[:2] / half) == pytest.approx(1.0)
    target[:] = [-4.0, -2.0, 0.0]
    plate.update()
    assert np.linalg.norm(ends(plate)[1] - target) == pytest.approx(SHORT_OF)


@pytest.mark.parametrize("height", [3.9, -3.9])
def test_a_leader_ends_where_a_strip_begins(height: float) -> None:
    plate, zone = Plate("0.36", (-2, 0), lambda: np.array([1.0, height, 0.0])), theme.middle_zone()
    _, stop = ends(plate)
    assert zone.bottom < stop[1] < zone.top
    assert min(zone.top - stop[1], stop[1] - zone.bottom) < 0.1


def test_a_target_under_the_plate_has_no_leader() -> None:
    assert len(Plate("0.36", (0, 0), lambda: np.array([0.1, 0.05, 0.0])).leader.points) == 0


def test_a_side_card_is_narrow_and_stands_at_the_right() -> None:
    card, zone = SideCard(Square(2.0)), theme.middle_zone()
    assert card.board.get_right()[0] == pytest.approx(zone.right - theme.MARGIN)
    assert card.board.get_top()[1] < zone.top
    with pytest.raises(ValueError, match="a side card of 28% of the frame's width, at most 22%"):
        SideCard(Square(3.5))


def test_a_strip_fills_its_zone() -> None:
    whole = strip(theme.caption_strip())
    zone = theme.caption_strip()
    assert (whole.width, whole.height) == pytest.approx((zone.width, zone.height))
    assert whole.get_z_index_reference_point() is not None
    assert whole.z_index > 0


def test_a_trail_is_where_the_hero_was_and_forgets() -> None:
    place = np.zeros(2)
    trail = Trail(lambda: place.copy(), in_frame, seconds=1.0, radius=0.1)
    for step in range(30):
        place[0] = 0.1 * step
        trail.update(0.1)
    # Ten steps of a tenth of a second are kept: the last one place is 2.9.
    assert trail.points[:, 0].min() == pytest.approx(1.9, abs=0.11)
    assert trail.points[:, 0].max() == pytest.approx(2.9)
    assert np.abs(trail.points[:, 1]).max() <= 0.1 + 1e-9
    for _ in range(30):
        trail.update(0.1)
    assert len(trail.points) == 0


def test_a_comet_narrows_toward_the_past_and_needs_a_way() -> None:
    way = [np.zeros((0, 3))]
    tail = comet(lambda: way[0], radius=0.2)
    assert len(tail.points) == 0
    way[0] = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
    tail.update()
    widths = [np.ptp(tail.points[np.abs(tail.points[:, 0] - x) < 1e-9, 1]) for x in (0.0, 1.0, 2.0)]
    np.testing.assert_allclose(widths, [0.0, 0.2, 0.4], atol=1e-9)
