"""Straight ways keep their ends to the last bit, and run evenly between them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.core.blends import along, blend, leg

NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS, NUMBERS, st.floats(0.0, 1.0))
def test_a_blend_is_even_and_its_ends_are_exact(start: float, end: float, part: float) -> None:
    assert blend(start, end, 0.0) == start
    assert blend(start, end, 1.0) == end
    assert blend(start, end, part) == pytest.approx(start + part * (end - start), abs=1e-9)


def test_parts_may_differ_from_entry_to_entry() -> None:
    assert blend(np.zeros(3), np.full(3, 4.0), np.array([0.0, 0.25, 1.0])).tolist() == [0.0, 1.0, 4.0]


@pytest.mark.parametrize(
    ("place", "stops", "expected"),
    [(0, 3, (0, 1, 0.0)), (1, 3, (1, 2, 0.0)), (1.5, 3, (1, 2, 0.5)), (2, 3, (1, 2, 1.0)), (0, 1, (0, 0, 0.0))],
)
def test_a_leg_lies_between_two_neighbours(place: float, stops: int, expected: tuple[int, int, float]) -> None:
    assert leg(place, stops) == expected


@pytest.mark.parametrize("place", [-0.01, 2.01])
def test_a_way_ends_at_its_stops(place: float) -> None:
    with pytest.raises(ValueError, match="stops 0 to 2"):
        leg(place, 3)


def test_arrays_follow_their_stops() -> None:
    stops = [np.zeros(2), np.ones(2), np.full(2, 5.0)]
    assert [along(stops, place).tolist() for place in (0, 1.25, 2)] == [[0.0, 0.0], [2.0, 2.0], [5.0, 5.0]]


def test_a_place_beyond_an_end_by_rounding_alone_is_that_end() -> None:
    assert leg(5.000000000000001, 6) == (4, 5, 1.0)
    assert leg(-1e-16, 6) == (0, 1, 0.0)
    with pytest.raises(ValueError, match="stops 0 to 5"):
        leg(5.00001, 6)
