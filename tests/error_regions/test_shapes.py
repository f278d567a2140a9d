"""The shapes: where their points lie, how they hang together, and what becomes of that under a map."""

import numpy as np
import pytest

from quantization_story.error_regions.shapes import (
    MANIFOLD_NAMES,
    Manifold,
    circle,
    ellipse,
    figure_eight,
    grid,
    line,
    make_manifold,
    spiral,
    two_blobs,
)


def test_the_circle_has_its_radius_and_equal_steps():
    points = circle(48, radius=20.0).points
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 20.0)
    np.testing.assert_allclose(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1), 40 * np.sin(np.pi / 48))
    np.testing.assert_allclose(points[[0, 12]], [[20, 0], [0, 20]], atol=1e-12)


def test_the_ellipse_satisfies_its_equation():
    x, y = ellipse(40, a=25.0, b=10.0).points.T
    np.testing.assert_allclose((x / 25) ** 2 + (y / 10) ** 2, 1.0)
    assert (x.max(), y.max()) == (25.0, 10.0)


def test_the_line_runs_evenly_from_start_to_end():
    points = line(11, start=[-25.0, -10.0], end=[25.0, 10.0]).points
    np.testing.assert_allclose(points[[0, 5, 10]], [[-25, -10], [0, 0], [25, 10]], atol=1e-12)
    np.testing.assert_allclose(np.diff(points, axis=0), np.broadcast_to([5.0, 2.0], (10, 2)))
    assert line(5, [0, 0, 0], [1, 2, 3]).points.shape == (5, 3)


def test_the_spiral_grows_evenly_over_its_turns():
    points = spiral(101, turns=2.0, r_min=5.0, r_max=25.0).points
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), np.linspace(5, 25, 101))
    angles = np.unwrap(np.arctan2(points[:, 1], points[:, 0]))
    assert angles[-1] - angles[0] == pytest.approx(4 * np.pi)


def test_the_figure_eight_satisfies_its_equation_and_meets_the_origin_exactly_twice():
    points = figure_eight(48, scale=15.0).points
    x, y = points.T / 15
    np.testing.assert_allclose(y**2, x**2 * (1 - x**2), atol=1e-12)
    np.testing.assert_array_equal(np.flatnonzero((points == 0).all(axis=1)), [0, 24])
    assert (figure_eight(7).points == 0).all(axis=1).sum() == 1


def test_the_blobs_are_seeded_and_lie_around_their_centres():
    points = two_blobs(2001, centres=[[-15, 0], [15, 0]], std=5.0, seed=3).points
    assert len(points) == 2001
    np.testing.assert_allclose(points[:1000].mean(axis=0), [-15, 0], atol=0.6)
    np.testing.assert_allclose(points[1000:].mean(axis=0), [15, 0], atol=0.6)
    np.testing.assert_allclose(points[:1000].std(axis=0), 5.0, rtol=0.1)
    np.testing.assert_array_equal(points, two_blobs(2001, seed=3).points)
    np.testing.assert_array_equal(points, two_blobs(2001, seed=np.random.default_rng(3)).points)
    assert np.any(points != two_blobs(2001, seed=4).points)
    np.testing.assert_array_equal(two_blobs(5, std=0.0).points[:, 0], [-15, -15, 15, 15, 15])


def test_the_grid_is_listed_row_by_row_from_below():
    points = grid(5, extent=10.0).points
    assert points.shape == (25, 2)
    square = points.reshape(5, 5, 2)
    np.testing.assert_array_equal(square[:, 0, 1], [-10, -5, 0, 5, 10])
    np.testing.assert_array_equal(square[0, :, 0], [-10, -5, 0, 5, 10])


KINDS = {
    "circle": "closed",
    "ellipse": "closed",
    "line": "open",
    "spiral": "open",
    "figure-eight": "closed",
    "two blobs": "clusters",
    "grid": "grid",
}


@pytest.mark.parametrize("name", MANIFOLD_NAMES)
def test_every_shape_can_be_made_by_name(name):
    shape = make_manifold(name, 49)
    assert (shape.name, shape.kind) == (name, KINDS[name])
    assert shape.points.shape == (49, 2)
    with pytest.raises(ValueError, match="read-only"):
        shape.points[0] = 0.0


def test_the_usual_sizes():
    reach = {name: np.abs(make_manifold(name, 100).points).max(axis=0).round(6).tolist() for name in MANIFOLD_NAMES}
    assert reach["circle"] == [20.0, 20.0]
    assert reach["ellipse"] == [25.0, 10.0]
    assert reach["line"] == [25.0, 10.0]
    assert reach["spiral"][0] == 25.0
    assert reach["figure-eight"][0] == 15.0
    assert reach["grid"] == [25.0, 25.0]
    assert len(make_manifold("grid", 48).points) == 36


@pytest.mark.parametrize("name", MANIFOLD_NAMES)
def test_segments_connect_what_the_kind_says(name):
    shape = make_manifold(name, 16)
    segments = shape.segments
    assert len(segments) == {"closed": 16, "open": 15, "clusters": 0, "grid": 0}[shape.kind]
    assert segments.shape[1:] == (2, 2)
    np.testing.assert_array_equal(segments[:, 0], shape.points[: len(segments)])
    np.testing.assert_array_equal(segments[:15, 1], shape.points[1:][: len(segments)])
    if shape.kind == "closed":
        np.testing.assert_array_equal(segments[-1, 1], shape.points[0])


def test_the_parameter_runs_once_along_the_shape():
    np.testing.assert_allclose(circle(4).parameter, [0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(line(5).parameter, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_array_equal(Manifold("dot", "open", np.zeros((1, 2))).parameter, [0.0])


def test_a_moved_shape_keeps_its_name_and_kind():
    shape = circle(6)
    moved = shape.moved(np.ones((6, 3)))
    assert (moved.name, moved.kind, moved.points.shape) == ("circle", "closed", (6, 3))
    assert moved.segments.shape == (6, 2, 3)
    with pytest.raises(ValueError, match=r"moved circle: shape \(5, 3\), expected \(6, any\)"):
        shape.moved(np.ones((5, 3)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_manifold("torus"), "no manifold 'torus'; there are: circle, ellipse"),
        (lambda: circle(2), "2 points"),
        (lambda: spiral(1), "1 points"),
        (lambda: grid(1), "1 points"),
        (lambda: line(3, [0, 0], [1, 1, 1]), "end of the line"),
        (lambda: two_blobs(4, centres=[[0, 0]]), r"centres of the blobs: shape \(1, 2\)"),
        (lambda: Manifold("mine", "open", np.array([[np.nan, 0.0]])), "points of the mine"),
        (lambda: Manifold("mine", "open", np.zeros((0, 2))), "there are none"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
