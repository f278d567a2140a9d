"""Zonotopes in the plane, and what holds in any dimension, against hulls of all sums and against sums done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from quantization_story.error_regions import zonotopes
from quantization_story.error_regions.propagation import (
    Zonotope,
    box_edges,
    zonotope_contains,
    zonotope_edges,
    zonotope_signs,
    zonotope_support,
    zonotope_vertices,
    zonotope_volume,
)
from zonotope_reference import all_sums, distance_between, generators, hull_volume, shoelace, size, turns


def random_generators(seed, d=2, m=9):
    return np.random.default_rng(seed).normal(size=(d, m))


# --- corners in the plane


def test_the_unit_square_by_hand():
    np.testing.assert_array_equal(zonotope_vertices(np.eye(2)), [[-1, -1], [1, -1], [1, 1], [-1, 1]])


def test_a_hexagon_by_hand():
    hexagon = zonotope_vertices([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(hexagon, [[-2, -2], [0, -2], [2, 0], [2, 2], [0, 2], [-2, 0]])


@pytest.mark.parametrize("seed", range(5))
def test_the_corners_are_those_of_the_hull(seed):
    columns = random_generators(seed)
    corners = zonotope_vertices(columns)
    assert corners.shape == (18, 2)
    assert (turns(corners) > 0).all()
    assert shoelace(corners) == pytest.approx(hull_volume(columns), rel=1e-12)
    reach = all_sums(columns)
    directions = np.random.default_rng(1).normal(size=(50, 2))
    np.testing.assert_allclose((corners @ directions.T).max(axis=0), (reach @ directions.T).max(axis=0), rtol=1e-12)


@given(generators(2))
def test_the_polygon_is_convex_symmetric_and_has_no_corner_twice(columns):
    corners = zonotope_vertices(columns)
    k = len(corners)
    assert len(np.unique(corners, axis=0)) == k
    np.testing.assert_array_equal(corners[: k // 2], -corners[k // 2 : k // 2 * 2])
    assert corners[0, 1] <= corners[:, 1].min() + 1e-11 * size(columns)
    if k > 2:
        assert turns(corners).min() >= -1e-11 * size(columns) ** 2
        assert shoelace(corners) > 0


@given(generators(2))
def test_the_polygon_is_the_hull_of_all_sums_however_degenerate(columns):
    corners, reach = zonotope_vertices(columns), all_sums(columns)
    directions = np.stack([np.cos(np.arange(40.0)), np.sin(np.arange(40.0))], axis=1)
    gap = (corners @ directions.T).max(axis=0) - (reach @ directions.T).max(axis=0)
    assert np.abs(gap).max() <= 1e-11 * size(columns)
    assert np.min(np.linalg.norm(corners[:, None] - reach, axis=2), axis=1).max() <= 1e-11 * size(columns)


def test_no_generators_and_zero_generators_make_the_point():
    for columns in (np.zeros((2, 0)), np.zeros((2, 3))):
        np.testing.assert_array_equal(zonotope_vertices(columns), [[0.0, 0.0]])
        assert zonotope_volume(columns) == 0.0


def test_parallel_generators_make_the_segment():
    np.testing.assert_array_equal(zonotope_vertices([[1, -2, 0], [1, -2, 0]]), [[-3, -3], [3, 3]])
    assert zonotope_volume([[1, -2, 0], [1, -2, 0]]) == 0.0


def test_parallel_generators_are_one_edge():
    merged = zonotope_vertices([[1.0, 0.0, -2.0], [0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(merged, [[-3, -1], [3, -1], [3, 1], [-3, 1]])


@pytest.mark.parametrize("angle", [0.0, np.pi / 2, np.pi, 3.0, -1.0])
def test_directions_that_differ_by_rounding_are_one_edge_wherever_they_point(angle):
    turned = [angle - 1e-15, angle, angle + np.pi, angle + 1e-15, angle + 2 * np.pi]
    columns = np.array([np.cos(turned), np.sin(turned)])
    corners = zonotope_vertices(columns)
    assert corners.shape == (2, 2)
    np.testing.assert_allclose(np.linalg.norm(corners, axis=1), 5.0)


def test_directions_a_little_apart_stay_two_edges():
    assert zonotope_vertices([[1.0, 1.0], [0.0, 1e-9]]).shape == (4, 2)


def test_a_generator_lost_in_rounding_makes_no_repeated_corner():
    corners = zonotope_vertices([[1.0, 1e-30, 0.0], [1.0, 0.0, 1e-30]])
    np.testing.assert_array_equal(corners, [[-1, -1], [1, 1]])


@pytest.mark.parametrize("seed", range(20))
def test_generators_about_as_small_as_rounding_make_no_repeated_corner(seed):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(2, 8)) * 10.0 ** rng.choice([0.0, -14.5, -15.0, -15.5, -16.0, -17.0], size=8)
    corners = zonotope_vertices(columns)
    assert len(np.unique(corners, axis=0)) == len(corners)
    assert np.abs(corners).max(axis=0) == pytest.approx(np.abs(columns).sum(axis=1), rel=1e-13)


def test_a_thousand_generators_make_a_polygon_of_two_thousand():
    columns = random_generators(0, m=1000)
    corners = zonotope_vertices(columns)
    assert corners.shape == (2000, 2)
    assert shoelace(corners) == pytest.approx(zonotope_volume(columns), rel=1e-12)


# --- edges and signs


def test_edges_follow_each_other_around_the_polygon_and_know_their_generator():
    columns = random_generators(3)
    edges, source = zonotope_edges(columns)
    np.testing.assert_allclose(edges[:, 0], zonotope_vertices(columns), atol=1e-12)
    np.testing.assert_allclose(edges[:, 1], np.roll(edges[:, 0], -1, axis=0), atol=1e-12)
    along = edges[:, 1] - edges[:, 0]
    np.testing.assert_allclose(np.abs(along), np.abs(2 * columns.T[source]), atol=1e-12)
    assert sorted(source.tolist()) == sorted([*range(9)] * 2)


def test_edges_keep_parallel_generators_apart_and_leave_out_zeros():
    edges, source = zonotope_edges([[1.0, 0.0, 0.0, -3.0], [0.0, 0.0, 1.0, 0.0]])
    np.testing.assert_array_equal(source, [0, 3, 2, 0, 3, 2])
    np.testing.assert_allclose(np.linalg.norm(edges[:, 1] - edges[:, 0], axis=1), [2, 6, 2, 2, 6, 2])


def test_edges_of_the_point_are_none():
    edges, source = zonotope_edges(np.zeros((2, 2)))
    assert edges.shape == (0, 2, 2)
    assert source.shape == (0,)


@given(generators(2))
def test_signs_give_the_corners_in_order(columns):
    signs = zonotope_signs(columns)
    corners = zonotope_vertices(columns)
    assert set(np.unique(signs)) <= {-1, 0, 1}
    assert ((signs == 0) == (columns == 0).all(axis=0)).all()
    sums = signs @ columns.T
    assert distance_between(sums, corners) <= 1e-11 * size(columns)
    if len(sums) == len(corners):
        np.testing.assert_allclose(sums, corners, atol=1e-11 * size(columns))


def test_signs_do_not_depend_on_lengths():
    columns = random_generators(5)
    np.testing.assert_array_equal(zonotope_signs(columns), zonotope_signs(columns * np.arange(1, 10)))


def test_signs_in_space_give_the_corners():
    columns = random_generators(5, d=3, m=6)
    sums = zonotope_signs(columns) @ columns.T
    np.testing.assert_array_equal(zonotope_signs(columns), zonotope_signs(columns * 10.0 ** np.arange(0, 30, 5)))
    assert len(sums) == 32
    assert distance_between(sums, Zonotope(columns).vertices) == 0


# --- area and volume


def test_area_and_volume_by_hand():
    assert zonotope_volume([[2.0, 1.0], [0.0, 3.0]]) == 4 * 6
    assert zonotope_volume([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]) == 4 * 3
    assert zonotope_volume(np.diag([1.0, 2.0, 3.0])) == 8 * 6
    assert zonotope_volume(np.hstack([np.eye(3), np.ones((3, 1))])) == pytest.approx(8 * 4, rel=1e-15)


@pytest.mark.parametrize(("d", "m"), [(2, 2), (2, 10), (3, 3), (3, 5), (3, 9)])
def test_the_closed_form_is_the_volume_of_the_hull(d, m):
    for seed in range(3):
        columns = random_generators(seed, d, m)
        assert zonotope_volume(columns) == pytest.approx(hull_volume(columns), rel=1e-12)


@given(generators(2))
def test_the_closed_form_is_the_area_of_the_polygon(columns):
    corners = zonotope_vertices(columns)
    area = shoelace(corners) if len(corners) > 2 else 0.0
    assert zonotope_volume(columns) == pytest.approx(area, abs=1e-12 * size(columns) ** 2)


@given(generators(2), generators(3))
def test_the_closed_form_is_the_sum_of_all_determinants(plane, space):
    def determinants(columns, number):
        picks = [pick for pick in np.ndindex(*[columns.shape[1]] * number) if list(pick) == sorted(set(pick))]
        return sum(abs(np.linalg.det(columns[:, list(pick)])) for pick in picks)

    assert zonotope_volume(plane) == pytest.approx(4 * determinants(plane, 2), abs=1e-12 * size(plane) ** 2)
    assert zonotope_volume(space) == pytest.approx(8 * determinants(space, 3), abs=1e-12 * size(space) ** 3)


def test_a_volume_of_many_blocks_of_pairs_is_still_the_whole_sum(monkeypatch):
    columns = random_generators(0, d=3)
    whole = zonotope_volume(columns)
    monkeypatch.setattr(zonotopes, "_BLOCK", 7)
    assert zonotope_volume(columns) == pytest.approx(whole, rel=1e-13)


# --- support and membership


def test_the_support_is_the_farthest_sum():
    columns, directions = random_generators(2, 3, 7), np.random.default_rng(0).normal(size=(20, 3))
    expected = (all_sums(columns) @ directions.T).max(axis=0)
    np.testing.assert_allclose(zonotope_support(columns, directions), expected, rtol=1e-12)


@pytest.mark.parametrize("d", [2, 3])
def test_membership_is_what_linear_programming_says(d):
    columns = random_generators(7, d, 5)
    points = np.random.default_rng(8).normal(size=(60, d)) * (4 - d)
    inside = zonotope_contains(columns, points)
    assert 10 < inside.sum() < 50
    for point, verdict in zip(points, inside, strict=True):
        found = linprog(np.zeros(5), A_eq=columns, b_eq=point, bounds=[(-1, 1)] * 5)
        assert verdict == (found.status == 0)


@given(generators(2), generators(3), st.integers(0, 2**31))
def test_every_sum_is_inside_and_nothing_beyond_the_corners_is(plane, space, seed):
    for columns in (plane, space):
        d, m = columns.shape
        coefficients = np.random.default_rng(seed).uniform(-1, 1, (30, m))
        assert zonotope_contains(columns, coefficients @ columns.T).all()
        corners = Zonotope(columns).vertices
        assert zonotope_contains(columns, corners).all()
        if columns.any():
            assert not zonotope_contains(columns, corners * 1.001).any()
        else:
            assert not zonotope_contains(columns, np.ones((1, d))).any()


def test_a_flat_zonotope_holds_nothing_beside_its_plane_or_line():
    line, plane = [[1.0], [2.0], [0.0]], [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    points = [[0.5, 1.0, 0.0], [0.5, 1.0, 1e-9], [1.1, 2.2, 0.0], [0.5, 0.0, 0.0]]
    np.testing.assert_array_equal(zonotope_contains(line, points), [True, False, False, False])
    points = [[1.9, 1.9, 0.0], [1.9, 1.9, 1e-9], [2.0, -0.5, 0.0], [2.1, 1.0, 0.0]]
    np.testing.assert_array_equal(zonotope_contains(plane, points), [True, False, False, False])


# --- the Zonotope and its measures


def test_the_bounding_box_touches_the_corners():
    for d in (2, 3):
        zonotope = Zonotope(random_generators(1, d))
        np.testing.assert_allclose(zonotope.box, [zonotope.vertices.min(axis=0), zonotope.vertices.max(axis=0)])
        assert zonotope.box_volume == pytest.approx(np.prod(np.ptp(zonotope.vertices, axis=0)))
        assert zonotope.box_efficiency == pytest.approx(zonotope.volume / zonotope.box_volume)
        assert zonotope.box_efficiency < 1


def test_a_box_fills_its_bounding_box():
    assert Zonotope(np.diag([1.0, 2.0])).box_efficiency == 1.0
    assert Zonotope(np.diag([1.0, 0.3, 2.0])).box_efficiency == 1.0


def test_the_box_efficiency_of_flat_zonotopes_is_measured_where_they_have_a_width():
    diamond = [[1.0, 1.0], [1.0, -1.0]]
    assert Zonotope(diamond).box_efficiency == 0.5
    assert Zonotope([*diamond, [0.0, 0.0]]).box_efficiency == 0.5
    assert Zonotope([[1.0], [1.0]]).box_efficiency == 0.0
    assert Zonotope([[2.0], [0.0]]).box_efficiency == 1.0
    assert Zonotope(np.zeros((3, 4))).box_efficiency == 1.0


def test_the_magnitude_is_the_farthest_corner():
    columns = random_generators(4, 3, 6)
    assert Zonotope(columns).magnitude == pytest.approx(np.linalg.norm(all_sums(columns), axis=1).max())


def test_principal_axes_of_a_rectangle():
    axes = Zonotope([[0.0, 3.0], [1.0, 0.0]]).principal_axes
    np.testing.assert_allclose(axes.directions, np.eye(2), atol=1e-15)
    np.testing.assert_allclose(axes.spreads, [3.0, 1.0])
    assert axes.condition == pytest.approx(3.0)
    np.testing.assert_allclose(axes.arrows, [[[0, 0], [3, 0]], [[0, 0], [0, 1]]], atol=1e-15)


@pytest.mark.parametrize("d", [2, 3])
def test_principal_axes_are_those_of_the_scatter_of_the_corners(d):
    zonotope = Zonotope(random_generators(6, d))
    axes = zonotope.principal_axes
    scatter = zonotope.vertices.T @ zonotope.vertices / len(zonotope.vertices)
    np.testing.assert_allclose(axes.directions @ scatter @ axes.directions.T, np.diag(axes.spreads**2), atol=1e-9)
    np.testing.assert_allclose(axes.directions @ axes.directions.T, np.eye(d), atol=1e-12)
    assert (np.diff(axes.spreads) <= 0).all()
    assert (axes.directions[np.arange(d), np.abs(axes.directions).argmax(axis=1)] > 0).all()


def test_principal_axes_of_segment_and_point():
    segment = Zonotope([[3.0], [4.0], [0.0]]).principal_axes
    np.testing.assert_allclose(segment.spreads, [5.0, 0.0, 0.0], atol=1e-15)
    np.testing.assert_allclose(segment.directions[0], [0.6, 0.8, 0.0], atol=1e-15)
    assert segment.condition == np.inf
    point = Zonotope(np.zeros((2, 1))).principal_axes
    np.testing.assert_array_equal(point.spreads, [0.0, 0.0])
    assert point.condition == 1.0


def test_a_sum_has_the_generators_of_its_parts():
    first, second = Zonotope(random_generators(1, m=2)), Zonotope(random_generators(2, m=3))
    total = Zonotope.sum([first, second])
    sums = (first.vertices[:, None] + second.vertices).reshape(-1, 2)
    directions = np.random.default_rng(0).normal(size=(30, 2))
    np.testing.assert_allclose((total.vertices @ directions.T).max(axis=0), (sums @ directions.T).max(axis=0))


def test_a_shadow_is_the_projection_of_the_corners():
    zonotope = Zonotope(random_generators(9, 3, 6))
    shadow = zonotope.shadow(2, 0)
    projected = zonotope.vertices[:, [2, 0]]
    assert shadow.contains(projected).all()
    directions = np.random.default_rng(0).normal(size=(30, 2))
    np.testing.assert_allclose((shadow.vertices @ directions.T).max(0), (projected @ directions.T).max(0))


def test_box_edges_are_the_edges_of_the_box():
    square = box_edges([1.0, 2.0])
    assert square.shape == (4, 2, 2)
    cube = box_edges([1.0, 2.0, 3.0])
    assert cube.shape == (12, 2, 3)
    for edges, half in ((square, [1, 2]), (cube, [1, 2, 3])):
        np.testing.assert_array_equal(np.abs(edges), np.broadcast_to(half, edges.shape))
        assert (np.count_nonzero(edges[:, 0] != edges[:, 1], axis=1) == 1).all()
        assert len({frozenset(map(tuple, edge)) for edge in edges.tolist()}) == len(edges)


# --- bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: zonotope_vertices(np.eye(3)), r"generators: shape \(3, 3\), expected \(2, any\)"),
        (lambda: zonotope_edges([1.0, 2.0]), r"generators: shape \(2,\)"),
        (lambda: zonotope_vertices([[np.nan], [0.0]]), "nan"),
        (lambda: zonotope_volume(np.eye(4)), r"generators: shape \(4, 4\), expected \(2, m\) or \(3, m\)"),
        (lambda: zonotope_signs(np.eye(1)), r"\(1, 1\)"),
        (lambda: Zonotope(np.eye(4)), r"\(4, 4\)"),
        (lambda: zonotope_contains(np.eye(2), np.eye(3)), r"points: shape \(3, 3\), expected \(any, 2\)"),
        (lambda: zonotope_support(np.eye(2), [[1.0]]), r"directions: shape \(1, 1\)"),
        (lambda: Zonotope(np.eye(2)).faces, r"\(2, 2\), expected \(3, any\)"),
        (lambda: box_edges([[1.0]]), "half-widths"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_input_is_left_alone_and_the_zonotope_cannot_be_changed():
    columns = random_generators(0)
    before = columns.copy()
    zonotope = Zonotope(columns)
    zonotope_vertices(columns), zonotope_signs(columns), zonotope_volume(columns)
    np.testing.assert_array_equal(columns, before)
    with pytest.raises(ValueError, match="read-only"):
        zonotope.generators[0, 0] = 1.0
