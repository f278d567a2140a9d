"""The tour of shapes: exact at its stops, straight between them; and the colours that points keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.error_regions.shape_morphs import ShapeSequence, colour_parts
from quantization_story.error_regions.shapes import circle, line, make_manifold, spiral

TOUR = ShapeSequence((circle(12), line(12), spiral(12)))


def test_the_stops_are_the_shapes_and_the_way_between_is_straight():
    for stop, shape in enumerate(TOUR.shapes):
        np.testing.assert_array_equal(TOUR.points(stop), shape.points)
    np.testing.assert_allclose(TOUR.points(1.25), 0.75 * line(12).points + 0.25 * spiral(12).points)


def test_a_curve_opens_on_the_way_to_an_open_shape():
    assert [TOUR.closed(at) for at in (0.0, 0.25, 1.0, 1.5, 2.0)] == [1.0, 0.75, 0.0, 0.0, 0.0]
    for at, length in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        points, last = TOUR.points(at), TOUR.segments(at)[-1]
        np.testing.assert_allclose(last[0], points[-1])
        np.testing.assert_allclose(last[1] - last[0], length * (points[0] - points[-1]), atol=1e-12)


@pytest.mark.parametrize("stop", [0, 1, 2])
def test_the_segments_at_a_stop_are_those_of_the_shape(stop):
    own = TOUR.shapes[stop].segments
    np.testing.assert_allclose(TOUR.segments(stop)[: len(own)], own, atol=1e-12)


def test_a_tour_of_one_shape_stays_there():
    np.testing.assert_array_equal(ShapeSequence((circle(5),)).points(0.0), circle(5).points)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ShapeSequence(()), "there are none"),
        (lambda: ShapeSequence((circle(5), line(6))), r"circle \(5, 2\), line \(6, 2\)"),
        (lambda: TOUR.points(-0.1), "place -0.1 on a way with the stops 0 to 2"),
        (lambda: TOUR.closed(2.5), r"place 2\.5"),
        (lambda: colour_parts(0, 3), "0 points"),
        (lambda: colour_parts(3, 0), "in 0 colours"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@given(st.integers(1, 60), st.integers(1, 8))
def test_colours_are_runs_of_equal_length_in_order(count, colours):
    parts = colour_parts(count, colours)
    assert parts.shape == (count,)
    assert (np.diff(parts) >= 0).all()
    lengths = np.bincount(parts, minlength=colours)
    assert lengths.max() - lengths[lengths > 0].min() <= 1 or count < colours
    assert parts.max() < colours


def test_every_shape_of_one_size_can_be_on_a_tour():
    names = ("circle", "ellipse", "line", "spiral", "figure-eight", "two blobs")
    tour = ShapeSequence(tuple(make_manifold(name, 24) for name in names))
    assert tour.segments(4.5).shape == (24, 2, 2)
