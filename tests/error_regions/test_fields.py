"""Error fields: one matrix for the error at every point, one set of corners for the region at every point."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.error_regions.fields import correlation, error_field, region_field
from quantization_story.error_regions.propagation import error_region
from quantization_story.error_regions.shapes import MANIFOLD_NAMES, circle, figure_eight, grid, line, make_manifold
from quantization_story.error_regions.weight_families import FULL_2D, FULL_3D, NON_UNIFORM_DIAGONAL_2D

STEP = 2.0**-7


# --- the error of a linear chain


def test_the_field_is_the_difference_of_the_two_chains():
    field, points = error_field(FULL_2D.weights, FULL_2D.rounded()), grid(5).points
    exact, rounded = points, points
    for weight, weight_q in zip(FULL_2D.weights, FULL_2D.rounded(), strict=True):
        exact, rounded = exact @ weight.T, rounded @ weight_q.T
    np.testing.assert_allclose(field(points), rounded - exact, atol=1e-12)
    assert np.abs(field(points)).max() > 0.01


def test_layers_may_be_rectangular():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(4, 2)), rng.normal(size=(3, 4))]
    rounded = [np.round(weight, 1) for weight in weights]
    field = error_field(weights, rounded)
    assert field.matrix.shape == (3, 2)
    np.testing.assert_allclose(field([[1.0, 2.0]])[0], (rounded[1] @ rounded[0] - weights[1] @ weights[0]) @ [1, 2])
    with pytest.raises(ValueError, match=r"\(3, 2\) has no arrows"):
        field.arrows([[1.0, 2.0]])


def test_a_circle_becomes_an_ellipse_along_the_singular_directions():
    field, shape = error_field(FULL_2D.weights, FULL_2D.rounded()), circle(64, radius=20.0)
    along = field(shape.points) @ field.output_directions.T
    half_axes = 20 * field.singular_values
    np.testing.assert_allclose(((along / half_axes) ** 2).sum(axis=1), 1.0)
    np.testing.assert_allclose(field.condition, field.singular_values[0] / field.singular_values[1])


def test_stretch_arrows_are_a_frame_and_its_image():
    field = error_field(FULL_3D.weights, FULL_3D.rounded())
    frame, image = field.stretch_arrows(radius=2.0)
    assert frame.shape == image.shape == (3, 2, 3)
    np.testing.assert_array_equal(frame[:, 0], np.zeros((3, 3)))
    np.testing.assert_allclose(frame[:, 1] @ frame[:, 1].T, 4 * np.eye(3), atol=1e-12)
    np.testing.assert_allclose(field(frame[:, 1]), image[:, 1], atol=1e-12)
    np.testing.assert_allclose(image[:, 1] @ image[:, 1].T, 4 * np.diag(field.singular_values**2), atol=1e-12)
    assert (frame[np.arange(3), 1, np.abs(frame[:, 1]).argmax(axis=1)] > 0).all()


def test_arrows_start_at_their_points_and_are_magnified():
    field = error_field([np.eye(2)], [[[1.5, 0.0], [0.0, 1.0]]])
    np.testing.assert_array_equal(field.arrows([[2.0, 3.0]], magnify=10.0), [[[2, 3], [12, 3]]])


def test_the_condition_of_fields_without_an_inverse():
    assert error_field([np.eye(2)], [np.diag([1.5, 1.0])]).condition == np.inf
    nothing = error_field([np.eye(2)], [np.eye(2)])
    assert nothing.condition == 1.0
    np.testing.assert_array_equal(nothing.singular_values, [0.0, 0.0])


@pytest.mark.parametrize(
    ("weights", "quantized", "message"),
    [
        ([], [], "0 and 0 layers"),
        ([np.eye(2)], [np.eye(2)] * 2, "1 and 2 layers"),
        ([np.eye(2), np.eye(3)], [np.eye(2), np.eye(3)], r"weight of layer 2: shape \(3, 3\), expected \(any, 2\)"),
        ([np.eye(2)], [np.eye(3)], r"quantized weight of layer 1: shape \(3, 3\), expected \(2, 2\)"),
        ([np.full((2, 2), np.nan)], [np.eye(2)], "weight of layer 1: nan"),
    ],
)
def test_chains_that_do_not_match_are_one_clear_error(weights, quantized, message):
    with pytest.raises(ValueError, match=message):
        error_field(weights, quantized)


# --- the region at every point


@pytest.mark.parametrize("all_orders", [False, True])
@pytest.mark.parametrize("family", [FULL_2D, NON_UNIFORM_DIAGONAL_2D, FULL_3D], ids=lambda family: family.name)
def test_the_field_is_the_region_of_every_single_point(family, all_orders):
    d = len(family.weights[0])
    points = np.random.default_rng(0).normal(size=(12, d)) * 20
    field = region_field(points, family.rounded(), STEP, family.diagonal, all_orders)
    for point, vertices, magnitude in zip(points, field.vertices, field.magnitudes, strict=True):
        region = error_region(point, family.rounded(), STEP, family.diagonal, all_orders).region
        assert magnitude == pytest.approx(region.magnitude, rel=1e-12)
        gaps = np.linalg.norm(vertices[:, None] - region.vertices, axis=2)
        assert max(gaps.min(axis=0).max(), gaps.min(axis=1).max()) <= 1e-12
        if d == 2:
            np.testing.assert_allclose(vertices, region.vertices, atol=1e-12)


def test_the_tube_lies_around_the_shape():
    shape = circle(10)
    field = region_field(shape.points, FULL_2D.rounded(), STEP)
    tube = field.tube(magnify=3.0)
    assert tube.shape == (10, 16, 2)
    np.testing.assert_allclose(tube.mean(axis=1), shape.points, atol=1e-12)
    np.testing.assert_allclose(tube - shape.points[:, None], 3 * field.vertices, atol=1e-12)


def test_the_magnitude_grows_in_proportion_along_a_ray():
    field = region_field(line(5, [0, 0], [40, 10]).points, FULL_2D.rounded(), STEP)
    np.testing.assert_allclose(field.magnitudes, field.magnitudes[-1] * np.linspace(0, 1, 5), atol=1e-12)
    slope, intercept = field.l1_fit
    assert slope == pytest.approx(field.magnitudes[-1] / 50)
    assert intercept == pytest.approx(0.0, abs=1e-12)
    assert field.l1_correlation == pytest.approx(1.0)


@pytest.mark.parametrize("name", MANIFOLD_NAMES)
def test_correlation_and_fit_are_those_of_numpy(name):
    field = region_field(make_manifold(name, 48).points, FULL_2D.rounded(), STEP)
    norms = np.abs(field.points).sum(axis=1)
    np.testing.assert_array_equal(field.l1_norms, norms)
    assert field.l1_correlation == pytest.approx(np.corrcoef(norms, field.magnitudes)[0, 1], rel=1e-9)
    np.testing.assert_allclose(field.l1_fit, np.polyfit(norms, field.magnitudes, 1), atol=1e-10)
    assert field.l1_correlation > 0.4


def test_the_figure_eight_passes_through_a_point_without_any_error():
    field = region_field(figure_eight(48).points, FULL_2D.rounded(), STEP)
    assert field.magnitudes[0] == 0.0
    assert field.variation == np.inf
    assert 0 < field.l1_correlation < 1


def test_variation_is_largest_over_smallest():
    field = region_field(circle(48).points, FULL_2D.rounded(), STEP)
    assert field.variation == field.magnitudes.max() / field.magnitudes.min()
    assert region_field(np.zeros((3, 2)), FULL_2D.rounded(), STEP).variation == 1.0


def test_where_one_side_is_constant_the_correlation_is_none():
    rays = np.random.default_rng(0).normal(size=(40, 2))
    corners = 3.3 * rays / np.abs(rays).sum(axis=1, keepdims=True)  # one l1 norm to rounding, different magnitudes
    assert 0 < np.ptp(np.abs(corners).sum(axis=1)) < 1e-14
    field = region_field(corners, FULL_2D.rounded(), STEP)
    assert np.ptp(field.magnitudes) > 0
    assert field.l1_correlation is None
    assert field.l1_fit == (0.0, pytest.approx(field.magnitudes.mean()))
    assert region_field(np.zeros((4, 2)), FULL_2D.rounded(), STEP).l1_correlation is None
    assert region_field([[1.0, 2.0]], FULL_2D.rounded(), STEP).l1_correlation is None


def test_the_heat_map_reshapes_to_its_grid():
    shape = grid(9, extent=30.0)
    magnitudes = region_field(shape.points, FULL_2D.rounded(), STEP).magnitudes.reshape(9, 9)
    np.testing.assert_allclose(magnitudes, magnitudes[::-1, ::-1])  # the region of -x is that of x
    assert magnitudes[4, 4] == 0.0


def test_bad_points_and_layers_are_one_clear_error():
    with pytest.raises(ValueError, match=r"points: shape \(2,\)"):
        region_field([1.0, 2.0], FULL_2D.rounded(), STEP)
    with pytest.raises(ValueError, match=r"weight of layer 1: shape \(2, 2\), expected \(3, 3\)"):
        region_field([[1.0, 2.0, 3.0]], FULL_2D.rounded(), STEP)
    with pytest.raises(ValueError, match="layer 2 is singular"):
        region_field([[1.0, 2.0]], [np.eye(2), np.zeros((2, 2))], STEP)


# --- correlation


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=2, max_size=20))
def test_a_correlation_is_numpys_or_none(pairs):
    first, second = np.round(np.array(pairs), 6).T
    value = correlation(first, second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        assert value is None
    else:
        assert value == pytest.approx(np.corrcoef(first, second)[0, 1], abs=1e-6)


def test_a_correlation_needs_pairs():
    with pytest.raises(ValueError, match="at least one pair"):
        correlation([], [])
    with pytest.raises(ValueError, match=r"second list of a correlation: shape \(3,\), expected \(2\)"):
        correlation([1, 2], [1, 2, 3])
