"""The view of space: known directions by hand, and what holds for every view and every solid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.core.projection import AMBIENT, LIGHT, Mesh, Projection, shade_levels
from quantization_story.error_regions.zonotopes import zonotope_faces

ANGLES = st.floats(-7.0, 7.0)


def test_known_views_by_hand():
    axes = np.eye(3)
    front = Projection.turned(0.0, 0.0)
    np.testing.assert_allclose(front.flat(axes), [[0, 0], [1, 0], [0, 1]], atol=1e-15)
    np.testing.assert_allclose(front.depth(axes), [1, 0, 0], atol=1e-15)
    above = Projection.turned(0.0, np.pi / 2)
    np.testing.assert_allclose(above.flat(axes), [[0, -1], [1, 0], [0, 0]], atol=1e-15)
    side = Projection.turned(np.pi / 2, 0.0)
    np.testing.assert_allclose(side.flat(axes), [[-1, 0], [0, 0], [0, 1]], atol=1e-15)


@given(ANGLES, ANGLES)
def test_a_view_is_a_rotation(azimuth, elevation):
    rotation = Projection.turned(azimuth, elevation).rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(rotation) == pytest.approx(1.0)
    viewer = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    np.testing.assert_allclose(rotation @ viewer, [0, 0, 1], atol=1e-14)


@given(ANGLES, ANGLES)
def test_right_and_up_and_near_keep_lengths(azimuth, elevation):
    view = Projection.turned(azimuth, elevation)
    points = np.random.default_rng(0).normal(size=(4, 5, 3))
    seen = np.concatenate([view.flat(points), view.depth(points)[..., None]], axis=-1)
    np.testing.assert_allclose(np.linalg.norm(seen, axis=-1), np.linalg.norm(points, axis=-1))


@pytest.mark.parametrize("azimuth", [0.3, 1.9, -2.2])
def test_the_faces_in_front_cover_the_outline_of_a_convex_solid_once(azimuth):
    view = Projection.turned(azimuth, 0.4)
    solid = zonotope_faces(np.random.default_rng(2).normal(size=(3, 6)))
    front = view.facing(solid.normals)
    assert front.sum() == len(solid.faces) / 2  # every face has an opposite one
    covered = sum(area(view.flat(solid.polygons[k])) for k in np.flatnonzero(front))
    # What is seen of a zonotope is the plane zonotope of its generators as they are seen.
    generators = np.random.default_rng(2).normal(size=(3, 6))
    i, j = np.triu_indices(6, 1)
    seen = view.flat(generators.T)
    outline = 4 * np.abs(seen[i, 0] * seen[j, 1] - seen[i, 1] * seen[j, 0]).sum()
    assert covered == pytest.approx(outline, rel=1e-12)


def area(polygon):
    """The signed area of a plane polygon: positive for counter-clockwise."""
    after = np.roll(polygon, -1, axis=0)
    return float((polygon[:, 0] * after[:, 1] - polygon[:, 1] * after[:, 0]).sum() / 2)


def test_faces_are_brightest_towards_the_light_and_never_dark():
    view = Projection.turned(0.7, 0.4)
    towards = view.rotation.T @ LIGHT
    across = np.cross(towards, [0.0, 0.0, 1.0])
    normals = np.stack([towards, across / np.linalg.norm(across), -towards])
    np.testing.assert_allclose(view.shades(normals), [1.0, AMBIENT, AMBIENT], atol=1e-14)


def test_shades_become_steps():
    assert shade_levels([0.0, 0.24, 0.26, 0.5, 1.0], 3).tolist() == [0, 0, 1, 1, 2]
    assert shade_levels([1.4, -0.2], 5).tolist() == [4, 0]
    with pytest.raises(ValueError, match="1 steps"):
        shade_levels([0.5], 1)


def test_angles_must_be_numbers():
    with pytest.raises(ValueError, match="azimuth"):
        Projection.turned(np.nan, 0.0)


def test_the_mesh_of_two_triangles_by_hand():
    mesh = Mesh.of([np.array([0, 1, 2]), np.array([2, 1, 3])])
    assert mesh.start.tolist() == [0, 1, 2, 2, 1, 3]
    assert mesh.end.tolist() == [1, 2, 0, 1, 3, 2]
    assert mesh.face.tolist() == [0, 0, 0, 1, 1, 1]
    assert mesh.edges.tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]
    assert mesh.edge.tolist() == [0, 2, 1, 2, 3, 4]
    assert mesh.edges_of(np.array([True, False])).tolist() == [True, True, True, False, False]
    assert not mesh.edges_of(np.array([False, False])).any()
    assert len(Mesh.of(()).edges) == 0


def test_the_mesh_of_a_solid_has_each_edge_on_two_faces():
    solid = zonotope_faces(np.random.default_rng(4).normal(size=(3, 7)))
    mesh = Mesh.of(solid.faces)
    assert (np.bincount(mesh.edge) == 2).all()
    np.testing.assert_array_equal(solid.vertices[mesh.edges], solid.edges)
    assert len(solid.vertices) - len(mesh.edges) + len(solid.faces) == 2
