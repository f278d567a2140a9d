"""The map of the worst case: its level curves against the region field, and one error against its region."""

import numpy as np
import pytest

from quantization_story.core.plane_geometry import Window
from quantization_story.error_regions.fields import error_field, region_field
from quantization_story.error_regions.propagation import error_generators, zonotope_contains
from quantization_story.error_regions.shapes import circle, grid
from quantization_story.error_regions.weight_families import FULL_2D, NON_UNIFORM_DIAGONAL_2D
from quantization_story.error_regions.worst_case_maps import (
    band_levels,
    common_exponent,
    guide_words,
    l1_level,
    level_curve,
    partly_rounded,
    pulled_back_errors,
)

STEP = 2.0**-7
WEIGHTS = FULL_2D.rounded()


@pytest.mark.parametrize("family", [FULL_2D, NON_UNIFORM_DIAGONAL_2D], ids=lambda family: family.name)
@pytest.mark.parametrize("level", [0.2, 1.4])
def test_on_a_level_curve_the_longest_error_is_the_level(family, level):
    curve = level_curve(family.rounded(), STEP, level, 90, family.diagonal)
    field = region_field(curve, family.rounded(), STEP, family.diagonal)
    np.testing.assert_allclose(field.magnitudes, level, rtol=1e-12)
    angles = np.unwrap(np.arctan2(curve[:, 1], curve[:, 0]))
    np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 90)


def test_a_level_curve_is_convex_so_the_corners_of_a_window_hold_its_largest_error():
    curve = level_curve(WEIGHTS, STEP, 1.0)
    edges = np.roll(curve, -1, axis=0) - curve
    turned = np.roll(edges, -1, axis=0)
    assert (edges[:, 0] * turned[:, 1] - edges[:, 1] * turned[:, 0] > -1e-9).all()
    window = Window(3.0, -2.0, 25.0)
    points = grid(41, 25.0).points + np.array([3.0, -2.0])
    magnitudes = region_field(points, WEIGHTS, STEP).magnitudes
    levels = band_levels(window, WEIGHTS, STEP)
    width = levels[1]
    assert levels[-1] < magnitudes.max() <= levels[-1] + width
    assert 5 <= len(levels) <= 12
    np.testing.assert_allclose(levels, width * np.arange(len(levels)))


def test_the_fit_has_its_level_on_a_diamond():
    fit = (0.03, 0.2)
    corners = l1_level(fit, 1.1)
    np.testing.assert_allclose(corners, [[30, 0], [0, 30], [-30, 0], [0, -30]])
    middle = corners.mean(axis=0) + 0.5 * (corners[0] + corners[1])
    assert fit[0] * np.abs(middle).sum() + fit[1] == pytest.approx(1.1)


def test_the_error_that_happens_lies_in_the_region_of_its_input():
    field, points = error_field(FULL_2D.weights, WEIGHTS), circle(16).points
    errors = pulled_back_errors(field, WEIGHTS, points)
    product = np.linalg.multi_dot(WEIGHTS[::-1])
    np.testing.assert_allclose(errors @ product.T, field(points), atol=1e-12)
    for point, error in zip(points, errors, strict=True):
        generators = np.hstack(error_generators(point, WEIGHTS, STEP, all_orders=True))
        assert zonotope_contains(generators, error[None]).all()


def test_a_chain_is_rounded_entry_by_entry():
    for t, goal in ((0.0, FULL_2D.weights), (1.0, WEIGHTS)):
        for now, then in zip(partly_rounded(FULL_2D.weights, WEIGHTS, t), goal, strict=True):
            np.testing.assert_array_equal(now, then)
    half = partly_rounded([np.eye(2)], [3 * np.eye(2)], 0.5)
    np.testing.assert_allclose(half[0], 2 * np.eye(2))


@pytest.mark.parametrize(
    ("values", "exponent"), [([[0.0049, -0.001]], -3), ([12.0, 9.9], 1), ([-1.0], 0), ([0.0], 0), ([999.9], 2)]
)
def test_the_exponent_leaves_one_digit_before_the_point(values, exponent):
    assert common_exponent(values) == exponent


@pytest.mark.parametrize(
    ("correlations", "said"),
    [
        ({"circle": 0.52, "line": 1.0, "dot": None}, "|x₁| + |x₂| is only a guide: on the circle correlation 0.52"),
        ({"circle": 0.95, "spiral": -0.3}, "|x₁| + |x₂| is only a guide: on the spiral correlation −0.30"),
        ({"line": 0.97, "dot": None}, "|x₁| + |x₂| is a good guide on each: correlation at least 0.97"),
        ({"dot": None}, "On these shapes |x₁| + |x₂| or the longest error is constant"),
    ],
)
def test_the_weakest_shape_says_how_good_a_guide_the_norm_is(correlations, said):
    assert guide_words(correlations) == said


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: level_curve(WEIGHTS, STEP, -1.0), "level -1.0"),
        (lambda: level_curve(WEIGHTS, STEP, 1.0, 2), "in 2 points"),
        (lambda: l1_level((0.0, 0.1), 1.0), "slope 0.0"),
        (lambda: l1_level((1.0, 2.0), 1.0), "has no level 1.0"),
        (lambda: guide_words({}), "no shapes"),
        (lambda: partly_rounded([np.eye(2)], [], 0.5), "1 layers on its way to one of 0"),
        (lambda: partly_rounded([np.eye(2)], [np.eye(2)], 1.5), r"t = 1\.5"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
