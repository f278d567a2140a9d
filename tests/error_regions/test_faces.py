"""The faces of zonotopes in space: a closed, convex, outward-turned surface, whatever the generators."""

import numpy as np
import pytest
from hypothesis import given
from scipy.spatial import ConvexHull

from quantization_story.error_regions.faces import _finder
from quantization_story.error_regions.propagation import zonotope_faces, zonotope_vertices, zonotope_volume
from zonotope_reference import all_sums, distance_between, generators, hull_volume, size


def area_vectors(polytope):
    """Of every face: its area times its normal, from its corners alone; their order gives the sign."""
    return np.array(
        [np.cross(face - face[0], np.roll(face, -1, axis=0) - face[0]).sum(axis=0) / 2 for face in polytope.polygons]
    )


def divergence_volume(polytope):
    """The volume inside the surface by the divergence theorem: a third of the sum of corner . area vector."""
    starts = np.array([face[0] for face in polytope.polygons])
    return float((starts * area_vectors(polytope)).sum() / 3)


def check_surface(polytope, columns):
    """A closed surface: Euler's formula, every edge between two faces that run along it in opposite ways, convex."""
    corners, faces, length = polytope.vertices, polytope.faces, size(columns)
    assert polytope.dimension == 3
    assert len(corners) - len(polytope.edges) + len(faces) == 2
    ways = [(int(a), int(b)) for face in faces for a, b in zip(face, np.roll(face, -1), strict=True)]
    assert len(set(ways)) == len(ways)
    assert {(b, a) for a, b in ways} == set(ways)
    assert len(ways) == 2 * len(polytope.edges)
    assert sorted({number for face in faces for number in face.tolist()}) == list(range(len(corners)))
    np.testing.assert_array_equal(polytope.signs.astype(float) @ columns.T, corners)
    for face, normal in zip(polytope.polygons, polytope.normals, strict=True):
        assert (corners @ normal).max() - (face @ normal).min() <= 1e-6 * length  # planar, and nothing lies beyond
    np.testing.assert_allclose(np.linalg.norm(polytope.normals, axis=1), 1.0)
    assert divergence_volume(polytope) == pytest.approx(zonotope_volume(columns), abs=1e-10 * length**3)


def count(polytope):
    """How many faces there are with how many corners."""
    sizes, number = np.unique([len(face) for face in polytope.faces], return_counts=True)
    return dict(zip(sizes.tolist(), number.tolist(), strict=True))


# --- by hand


def test_the_cube():
    cube = zonotope_faces(np.eye(3))
    check_surface(cube, np.eye(3))
    assert count(cube) == {4: 6}
    assert {tuple(corner) for corner in cube.vertices.tolist()} == {tuple(corner) for corner in all_sums(np.eye(3))}
    assert sorted(map(tuple, cube.normals.tolist())) == sorted(map(tuple, np.vstack([np.eye(3), -np.eye(3)])))
    for face, normal in zip(cube.polygons, cube.normals, strict=True):
        np.testing.assert_array_equal(face @ normal, np.ones(4))


def test_the_rhombic_dodecahedron():
    columns = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float).T
    dodecahedron = zonotope_faces(columns)
    check_surface(dodecahedron, columns)
    assert count(dodecahedron) == {4: 12}
    assert len(dodecahedron.vertices) == 14


def test_the_truncated_octahedron_has_hexagons():
    columns = np.array([[1, 1, 0], [1, -1, 0], [1, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1]], float).T
    octahedron = zonotope_faces(columns)
    check_surface(octahedron, columns)
    assert count(octahedron) == {4: 6, 6: 8}
    assert (len(octahedron.vertices), len(octahedron.edges)) == (24, 36)


def test_a_prism_over_a_zonogon_of_many_corners():
    plane = np.random.default_rng(0).normal(size=(2, 7))
    columns = np.hstack([np.vstack([plane, np.zeros(7)]), [[0.0], [0.0], [2.0]]])
    prism = zonotope_faces(columns)
    check_surface(prism, columns)
    assert count(prism) == {4: 14, 14: 2}
    top = next(face for face, normal in zip(prism.polygons, prism.normals, strict=True) if normal[2] > 0.9)
    assert distance_between(top, np.column_stack([zonotope_vertices(plane), np.full(14, 2.0)])) <= 1e-12


# --- general position


@pytest.mark.parametrize("m", [3, 4, 7, 12, 24])
def test_general_generators_make_every_pair_two_faces_and_the_hull_agrees(m):
    columns = np.random.default_rng(m).normal(size=(3, m))
    polytope = zonotope_faces(columns)
    check_surface(polytope, columns)
    assert count(polytope) == {4: m * (m - 1)}
    assert len(polytope.vertices) == m * m - m + 2
    hull = ConvexHull(polytope.vertices)
    assert len(hull.vertices) == len(polytope.vertices)
    assert hull.volume == pytest.approx(divergence_volume(polytope), rel=1e-12)


def test_the_corners_are_those_of_the_hull_of_all_sums():
    columns = np.random.default_rng(3).normal(size=(3, 8))
    sums = all_sums(columns)
    assert distance_between(zonotope_faces(columns).vertices, sums[ConvexHull(sums).vertices]) <= 1e-12
    assert zonotope_volume(columns) == pytest.approx(hull_volume(columns), rel=1e-12)


def test_normals_point_outward_and_corners_turn_about_them():
    columns = np.random.default_rng(4).normal(size=(3, 6))
    polytope = zonotope_faces(columns)
    areas = area_vectors(polytope)
    turned = (areas * polytope.normals).sum(axis=1)
    np.testing.assert_allclose(turned, np.linalg.norm(areas, axis=1), rtol=1e-12)
    centres = np.array([face.mean(axis=0) for face in polytope.polygons])
    assert ((centres * polytope.normals).sum(axis=1) > 0).all()
    np.testing.assert_allclose(areas.sum(axis=0), 0.0, atol=1e-12)


def test_more_than_64_generators_still_share_their_corners():
    columns = np.random.default_rng(5).normal(size=(3, 66))
    polytope = zonotope_faces(columns)
    assert len(polytope.vertices) - len(polytope.edges) + len(polytope.faces) == 2
    assert divergence_volume(polytope) == pytest.approx(zonotope_volume(columns), rel=1e-12)


# --- parallel and coplanar generators


def test_parallel_generators_add_up():
    columns = np.random.default_rng(6).normal(size=(3, 4))
    doubled = np.hstack([columns, -2 * columns[:, :2], np.zeros((3, 1))])
    polytope = zonotope_faces(doubled)
    check_surface(polytope, doubled)
    longer = zonotope_faces(columns * [3, 3, 1, 1])
    assert distance_between(polytope.vertices, longer.vertices) <= 1e-12
    assert count(polytope) == count(longer) == {4: 12}
    assert (polytope.signs[:, 6] == 0).all()


def test_coplanar_generators_stay_one_face_under_any_rotation():
    plane = np.random.default_rng(7).normal(size=(2, 5))
    columns = np.hstack([np.vstack([plane, np.zeros(5)]), np.random.default_rng(8).normal(size=(3, 2))])
    for seed in range(20):
        turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
        polytope = zonotope_faces(turn @ columns)
        check_surface(polytope, turn @ columns)
        assert count(polytope) == {4: 22, 10: 2}


def test_generators_of_many_lengths_keep_their_faces():
    columns = np.random.default_rng(9).normal(size=(3, 6)) * [1e-6, 1, 1e6, 1e-3, 1, 1e3]
    polytope = zonotope_faces(columns)
    assert count(polytope) == {4: 30}
    assert len(polytope.vertices) == 32


@pytest.mark.parametrize("scale", [1e-250, 1e-150, 1e150, 1e250])
def test_size_does_not_matter(scale):
    columns = np.random.default_rng(10).normal(size=(3, 5))
    assert count(zonotope_faces(columns * scale)) == {4: 20}


def test_a_generator_lost_in_rounding_makes_no_edge():
    columns = np.hstack([np.eye(3), [[1e-20], [2e-20], [3e-20]]])
    cube = zonotope_faces(columns)
    assert count(cube) == {4: 6}
    assert (cube.signs[:, 3] == 0).all()


def test_a_chain_of_nearly_equal_directions_is_one_direction():
    near = np.array([[1.0, 0.0, 0.0], [1.0, 0.8e-12, 0.0], [1.0, 1.6e-12, 0.0]]).T
    segment = zonotope_faces(near)
    assert segment.dimension == 1
    np.testing.assert_allclose(segment.vertices[1], [3.0, 2.4e-12, 0.0], atol=1e-15)


@pytest.mark.parametrize("seed", range(12))
def test_directions_close_together_make_one_plane_if_they_lie_in_one(seed):
    rng = np.random.default_rng(seed)
    start, step = rng.integers(-(2**26), 2**26, 3), rng.integers(1, 4, 3) * rng.choice([-1, 1], 3)
    coplanar = np.array([start, start + step, start + 2 * step, start - step], dtype=float).T  # exactly, in integers
    columns = np.hstack([coplanar, [[3e6], [7e6], [-1e7]]])
    polytope = zonotope_faces(columns)
    assert count(polytope) == {4: 8, 8: 2}
    assert len(polytope.vertices) - len(polytope.edges) + len(polytope.faces) == 2


def test_directions_close_together_make_no_plane_if_they_do_not_lie_in_one():
    spread = np.array([[1.0, 0.0, 0.0], [1.0, 4e-10, 0.0], [1.0, 0.0, 3e-10], [0.3, 0.7, -1.0]]).T
    assert count(zonotope_faces(spread)) == {4: 12}


def test_planes_are_only_consistent_if_every_pair_lies_in_just_one():
    pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    number = np.zeros((4, 4), dtype=int)
    for index, (i, j) in enumerate(pairs):
        number[i, j] = number[j, i] = index

    def inside(*planes):
        return np.array([[k in plane for k in range(4)] for plane in planes])

    assert _finder(inside(*[{0, 1, 2, 3}] * 6), number)[1]
    assert _finder(inside(*map(set, pairs)), number)[1]
    assert _finder(inside({0, 1, 2}, {0, 1, 2}, {0, 3}, {0, 1, 2}, {1, 3}, {2, 3}), number)[1]
    # Right in number, but one plane holds {0, 2} twice while {1, 3} is found in a plane that was never kept.
    assert not _finder(inside({0, 1, 2}, {0, 2}, {0, 3}, {0, 1, 2}, {0, 1, 3}, {2, 3}), number)[1]
    assert not _finder(inside({0, 1, 2}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}), number)[1]


def test_the_normal_of_a_plane_comes_from_its_widest_pair():
    plane = np.array([[1.0, 0.0, 0.0], [1.0, 1e-9, 0.0], [0.0, 1.0, 0.0]]).T
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    prism = zonotope_faces(turn @ np.hstack([plane, [[0.0], [0.0], [1.0]]]))
    (top, bottom) = [normal for face, normal in zip(prism.faces, prism.normals, strict=True) if len(face) == 6]
    np.testing.assert_allclose(np.abs([top @ turn[:, 2], bottom @ turn[:, 2]]), 1.0, rtol=1e-15)
    np.testing.assert_allclose(turn[:, :2].T @ top, 0.0, atol=1e-14)


def test_nearly_parallel_generators_stay_a_closed_surface():
    near = np.array([[1.0, 0.0, 0.0], [1.0, 4e-10, 0.0], [1.0, 0.0, 3e-10], [-2.5, 0.5, 0.0], [0.0, 0.0, 1.0]]).T
    polytope = zonotope_faces(near)
    assert len(polytope.vertices) - len(polytope.edges) + len(polytope.faces) == 2
    assert divergence_volume(polytope) == pytest.approx(zonotope_volume(near), rel=1e-9)


@pytest.mark.parametrize("height", [0.3e-12, 0.7e-12, 1e-12, 1.3e-12, 3e-12])
def test_directions_right_at_the_tolerance_stay_a_closed_surface(height):
    columns = np.array([[0.5, 1, 0], [1e-9, -1000, 1e3 * height], [1, -2.5, 0], [2, 0.5, 3.5], [7, -2.5, 1e-9]]).T
    columns = np.hstack([columns, [[0.5, 1e-9], [2.0, -1.0], [3.5, -0.5]]])
    polytope = zonotope_faces(columns)
    assert len(polytope.vertices) - len(polytope.edges) + len(polytope.faces) == 2
    assert divergence_volume(polytope) == pytest.approx(zonotope_volume(columns), abs=1e-11 * size(columns) ** 3)


@given(generators(3))
def test_whatever_the_generators_the_answer_has_their_dimension(columns):
    polytope = zonotope_faces(columns)
    if polytope.dimension == 3:
        check_surface(polytope, columns)
    else:
        assert zonotope_volume(columns) <= 1e-10 * size(columns) ** 3
        assert len(polytope.faces) == len(polytope.normals) == (polytope.dimension == 2)
    reach = all_sums(columns)
    directions = np.random.default_rng(0).normal(size=(30, 3))
    gap = (polytope.vertices @ directions.T).max(axis=0) - (reach @ directions.T).max(axis=0)
    assert np.abs(gap).max() <= 1e-10 * size(columns)


# --- lower dimensions


def test_generators_in_one_plane_make_one_polygon():
    columns = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 2.0]])
    flat = zonotope_faces(columns)
    assert flat.dimension == 2
    assert count(flat) == {6: 1}
    assert flat.edges.shape == (6, 2, 3)
    (area,) = area_vectors(flat)
    np.testing.assert_allclose(area / np.linalg.norm(area), flat.normals[0], atol=1e-12)
    np.testing.assert_allclose(columns.T @ flat.normals[0], 0.0, atol=1e-12)


def test_generators_on_one_line_make_a_segment():
    segment = zonotope_faces([[1.0, -2.0, 0.0], [1.0, -2.0, 0.0], [0.0, 0.0, 0.0]])
    assert segment.dimension == 1
    np.testing.assert_array_equal(segment.vertices, [[-3, -3, 0], [3, 3, 0]])
    np.testing.assert_array_equal(segment.edges, [[[-3, -3, 0], [3, 3, 0]]])
    assert segment.faces == ()
    assert segment.polygons == []


@pytest.mark.parametrize("m", [0, 1, 4])
def test_zero_generators_make_the_point(m):
    point = zonotope_faces(np.zeros((3, m)))
    assert point.dimension == 0
    np.testing.assert_array_equal(point.vertices, [[0.0, 0.0, 0.0]])
    assert point.edges.shape == (0, 2, 3)
    assert point.signs.shape == (1, m)
    assert point.faces == ()


# --- bad input


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (np.eye(2), r"generators: shape \(2, 2\), expected \(3, any\)"),
        (np.ones(3), r"generators: shape \(3,\)"),
        (np.full((3, 2), np.inf), "every entry must be finite"),
    ],
)
def test_bad_generators_are_one_clear_error(columns, message):
    with pytest.raises(ValueError, match=message):
        zonotope_faces(columns)


def test_the_surface_cannot_be_changed():
    cube = zonotope_faces(np.eye(3))
    for array in (cube.vertices, cube.normals, cube.signs, cube.faces[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
