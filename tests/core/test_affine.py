"""Affine maps, and least-squares fits against formulas that share no code with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quantization_story.common import AffineMap, fit_affine
from small_networks import entries


def cost(affine, source, target, weights=None):
    """The weighted sum of squares that a fit is to minimise."""
    squares = ((np.asarray(source) @ affine.linear.T + affine.offset - target) ** 2).sum(axis=1)
    return float(squares.sum() if weights is None else np.dot(weights, squares))


def augmented(source):
    """(x, 1) for every row x."""
    return np.hstack([source, np.ones((len(source), 1))])


@st.composite
def fits(draw):
    """A source and a target of matching length, the source often with fewer directions than columns."""
    count, wide, out = draw(st.integers(1, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    source = draw(arrays(np.float64, (count, wide), elements=entries()))
    if draw(st.booleans()):
        source[:, -1] = source[:, 0]
    return source, draw(arrays(np.float64, (count, out), elements=entries()))


def random_fit(seed, count=30, wide=3, out=2):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, wide)), rng.normal(size=(count, out)), rng.uniform(0.1, 3.0, count)


# --- the map itself


def test_a_map_by_hand():
    affine = AffineMap([[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]], [10.0, 20.0, 30.0])
    np.testing.assert_array_equal(affine([[1.0, 1.0], [0.0, 2.0]]), [[13.0, 19.0, 33.0], [14.0, 18.0, 30.0]])


def test_the_composition_by_hand_applies_the_inner_map_first():
    double, shift = AffineMap([[2.0]], [0.0]), AffineMap([[1.0]], [5.0])
    np.testing.assert_array_equal((double @ shift)([[1.0]]), [[12.0]])
    np.testing.assert_array_equal((shift @ double)([[1.0]]), [[7.0]])


@given(arrays(np.float64, (3, 2), elements=entries()), arrays(np.float64, (4, 3), elements=entries()))
def test_a_composition_is_one_map_after_the_other(first, second):
    inner, outer = AffineMap(first, [1.0, -2.0, 0.5]), AffineMap(second, [0.0, 1.0, 2.0, 3.0])
    points = np.random.default_rng(0).normal(size=(6, 2))
    np.testing.assert_allclose((outer @ inner)(points), outer(inner(points)), rtol=1e-9, atol=1e-9)


def test_an_inverse_by_hand():
    inverse = AffineMap([[2.0, 0.0], [0.0, 4.0]], [6.0, -4.0]).inverse()
    np.testing.assert_array_equal(inverse.linear, [[0.5, 0.0], [0.0, 0.25]])
    np.testing.assert_array_equal(inverse.offset, [-3.0, 1.0])


@pytest.mark.parametrize("seed", range(5))
def test_an_inverse_undoes_the_map_from_both_sides(seed):
    rng = np.random.default_rng(seed)
    affine, points = AffineMap(rng.normal(size=(3, 3)), rng.normal(size=3)), rng.normal(size=(8, 3))
    np.testing.assert_allclose(affine.inverse()(affine(points)), points, atol=1e-9)
    np.testing.assert_allclose((affine @ affine.inverse())(points), points, atol=1e-9)


def test_the_identity_moves_nothing():
    points = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_array_equal(AffineMap.identity(3)(points), points)


def test_a_rotation_turns_counter_clockwise_about_its_centre():
    quarter = AffineMap.rotation(np.pi / 2, about=(1.0, 2.0))
    np.testing.assert_allclose(quarter([[1.0, 2.0], [4.0, 2.0]]), [[1.0, 2.0], [1.0, 5.0]], atol=1e-14)
    np.testing.assert_allclose(AffineMap.rotation(np.pi / 6)([[2.0, 0.0]]), [[np.sqrt(3.0), 1.0]], atol=1e-14)
    with pytest.raises(ValueError, match=r"centre of a rotation: shape \(3,\), expected \(2\)"):
        AffineMap.rotation(0.1, about=(0.0, 0.0, 0.0))


def test_a_map_cannot_be_changed_from_outside():
    linear = np.eye(2)
    affine = AffineMap(linear, np.zeros(2))
    linear[0, 0] = 9.0
    assert affine.linear[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        affine.linear[0, 0] = 9.0
    with pytest.raises(ValueError, match="read-only"):
        affine.offset[0] = 9.0
    with pytest.raises(AttributeError):
        affine.linear = linear


@pytest.mark.parametrize(
    ("linear", "message"),
    [
        ([[1.0, 2.0], [2.0, 4.0]], r"shape \(2, 2\) has no inverse: rank 1"),
        (np.zeros((3, 3)), r"shape \(3, 3\) has no inverse: rank 0"),
        ([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], r"shape \(3, 2\) has no inverse: it is not square"),
    ],
)
def test_a_map_without_inverse_says_so(linear, message):
    with pytest.raises(ValueError, match=message):
        AffineMap(linear, np.zeros(len(linear))).inverse()


def test_badly_shaped_maps_are_refused():
    with pytest.raises(ValueError, match=r"linear part of an affine map: shape \(2,\)"):
        AffineMap([1.0, 2.0], [0.0])
    with pytest.raises(ValueError, match=r"offset of an affine map: shape \(3,\), expected \(2\)"):
        AffineMap(np.eye(2), np.zeros(3))
    with pytest.raises(ValueError, match=r"linear part of an affine map: nan at index \(1, 0\)"):
        AffineMap([[1.0], [np.nan]], np.zeros(2))
    with pytest.raises(ValueError, match="the inner one gives 3 numbers, the outer one takes 2"):
        AffineMap(np.eye(2), np.zeros(2)) @ AffineMap.identity(3)
    with pytest.raises(ValueError, match=r"points of an affine map: shape \(1, 3\), expected \(any, 2\)"):
        AffineMap.identity(2)([[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match=r"points of an affine map: inf at index \(0, 1\)"):
        AffineMap.identity(2)([[1.0, np.inf]])


# --- least squares


def test_a_fit_through_three_points_by_hand():
    fitted = fit_affine([[0.0], [1.0], [2.0]], [[0.0], [0.0], [3.0]])  # the regression line 1.5 x - 0.5
    np.testing.assert_allclose(fitted.linear, [[1.5]], rtol=1e-14)
    np.testing.assert_allclose(fitted.offset, [-0.5], rtol=1e-14)


def test_a_weighted_fit_by_hand():
    # Weight 2 on x = 0: mean x = 3/4, mean y = 3/4, slope = (sum w x y - 4 * 9/16) / (sum w x^2 - 4 * 9/16) = 15/11.
    fitted = fit_affine([[0.0], [1.0], [2.0]], [[0.0], [0.0], [3.0]], [2.0, 1.0, 1.0])
    np.testing.assert_allclose(fitted.linear, [[15 / 11]], rtol=1e-14)
    np.testing.assert_allclose(fitted.offset, [3 / 4 - 15 / 11 * 3 / 4], rtol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_finds_the_map_that_made_the_data(seed):
    rng = np.random.default_rng(seed)
    truth, source = AffineMap(rng.normal(size=(2, 4)), rng.normal(size=2)), rng.normal(size=(12, 4))
    fitted = fit_affine(source, truth(source), rng.uniform(0.1, 1.0, 12))
    np.testing.assert_allclose(fitted.linear, truth.linear, atol=1e-12)
    np.testing.assert_allclose(fitted.offset, truth.offset, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_weighted_fit_solves_the_augmented_normal_equations(seed):
    source, target, weights = random_fit(seed)
    G = augmented(source)
    solution = np.linalg.solve(G.T @ (weights[:, None] * G), G.T @ (weights[:, None] * target))
    fitted = fit_affine(source, target, weights)
    np.testing.assert_allclose(fitted.linear, solution[:-1].T, atol=1e-12)
    np.testing.assert_allclose(fitted.offset, solution[-1], atol=1e-12)


@given(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any))
def test_whole_weights_are_repeated_rows(counts):
    source, target, _ = random_fit(7, count=6, wide=2)
    repeated = fit_affine(np.repeat(source, counts, axis=0), np.repeat(target, counts, axis=0))
    weighted = fit_affine(source, target, counts)
    np.testing.assert_allclose(weighted.linear, repeated.linear, atol=1e-9)
    np.testing.assert_allclose(weighted.offset, repeated.offset, atol=1e-9)


def test_a_point_without_weight_does_not_count():
    source, target, weights = random_fit(1)
    weights[4] = 0.0
    kept = np.arange(30) != 4
    with_it, without = fit_affine(source, target, weights), fit_affine(source[kept], target[kept], weights[kept])
    target[4] = 1e6
    np.testing.assert_allclose(with_it.linear, without.linear, atol=1e-12)
    np.testing.assert_allclose(fit_affine(source, target, weights).linear, without.linear, atol=1e-9)


@pytest.mark.parametrize("factor", [5e-324, 1e-200, 3.0, 1e300])
def test_only_the_ratios_of_the_weights_matter(factor):
    source, target, _ = random_fit(2)
    plain, scaled = fit_affine(source, target), fit_affine(source, target, np.full(30, factor))
    np.testing.assert_allclose(scaled.linear, plain.linear, atol=1e-13)
    np.testing.assert_allclose(scaled.offset, plain.offset, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_every_other_map_costs_more(seed):
    source, target, weights = random_fit(seed)
    fitted = fit_affine(source, target, weights)
    rng = np.random.default_rng(100 + seed)
    for size in (1e-3, 1e-1):
        other = AffineMap(fitted.linear + size * rng.normal(size=(2, 3)), fitted.offset + size * rng.normal(size=2))
        assert cost(other, source, target, weights) > cost(fitted, source, target, weights)


@given(fits())
def test_no_fit_is_worse_than_the_pseudo_inverse_and_residuals_are_orthogonal(data):
    source, target = data
    fitted = fit_affine(source, target)
    by_pinv = np.linalg.pinv(augmented(source)) @ target
    best = ((augmented(source) @ by_pinv - target) ** 2).sum()
    size = 1.0 + np.abs(source).max() * len(source) + (target**2).sum()
    assert cost(fitted, source, target) <= best + 1e-9 * size
    residual = fitted(source) - target
    np.testing.assert_allclose(residual.sum(axis=0), 0.0, atol=1e-9 * size)


@pytest.mark.parametrize("directions", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_the_linear_part_is_the_pseudo_inverse_of_the_centred_source(directions, seed):
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(12, directions)) @ rng.normal(size=(directions, 4)) + rng.normal(size=4)
    target = rng.normal(size=(12, 3))
    expected = np.linalg.pinv(source - source.mean(axis=0), rcond=1e-10) @ (target - target.mean(axis=0))
    np.testing.assert_allclose(fit_affine(source, target).linear, expected.T, atol=1e-11)


def test_equal_columns_share_their_part_of_the_map_equally():
    column = np.random.default_rng(2).normal(size=(10, 1))
    fitted = fit_affine(np.hstack([column, column, column]), 6.0 * column + 1.0)
    np.testing.assert_allclose(fitted.linear, [[2.0, 2.0, 2.0]], atol=1e-13)
    np.testing.assert_allclose(fitted.offset, [1.0], atol=1e-13)


def test_a_source_on_a_line_gets_the_map_of_minimum_norm():
    s = np.linspace(-1.0, 3.0, 9)
    along, across = np.array([0.6, 0.8]), np.array([-0.8, 0.6])
    source, target = 5.0 + s[:, None] * along, (2.0 * s - 1.0)[:, None]
    fitted = fit_affine(source, target)
    np.testing.assert_allclose(fitted.linear, [2.0 * along], atol=1e-13)  # nothing across the line
    np.testing.assert_allclose(fitted(source), target, atol=1e-12)
    tilted = AffineMap(fitted.linear + 0.3 * across, fitted.offset - 0.3 * across @ [5.0, 5.0])
    assert cost(tilted, source, target) < 1e-24
    assert np.linalg.norm(tilted.linear) > np.linalg.norm(fitted.linear)


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 / 3, -1e9 / 7])
def test_a_source_that_never_moves_gives_the_mean_of_the_target(constant):
    source, target = np.full((7, 2), constant), np.random.default_rng(0).normal(size=(7, 3))
    fitted = fit_affine(source, target)
    np.testing.assert_array_equal(fitted.linear, np.zeros((3, 2)))
    np.testing.assert_allclose(fitted.offset, target.mean(axis=0), atol=1e-15)


def test_a_large_constant_column_gets_no_part_of_the_map():
    rng = np.random.default_rng(4)
    moving = 1e-6 * rng.normal(size=(9, 1))
    target = 2.0 * moving + 1e-7 * rng.normal(size=(9, 1))
    alone = fit_affine(moving, target)
    assert alone.linear[0, 0] == pytest.approx(2.0, rel=0.1)
    fitted = fit_affine(np.hstack([np.full((9, 1), 1e6 / 3), moving]), target)
    np.testing.assert_allclose(fitted.linear, [[0.0, alone.linear[0, 0]]], rtol=1e-9, atol=1e-12)


def nearly_flat(thin):
    """Sources spread by 1 along one axis and by `thin` along the other, and targets that differ along both."""
    source = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, thin], [0.0, -thin]])
    return source, np.array([[2.0], [-2.0], [3.0], [-3.0]])


def test_directions_below_the_cut_get_no_part_of_the_map():
    # The singular values are sqrt(2) and thin * sqrt(2): the cut is a share of the larger one.
    source, target = nearly_flat(0.001)
    np.testing.assert_allclose(fit_affine(source, target).linear, [[2.0, 3000.0]], rtol=1e-9)
    np.testing.assert_allclose(fit_affine(source, target, cut=0.01).linear, [[2.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(fit_affine(source, target, cut=0.0009).linear, [[2.0, 3000.0]], rtol=1e-9)
    kept, target = nearly_flat(0.02)
    np.testing.assert_allclose(fit_affine(kept, target, cut=0.01).linear, [[2.0, 150.0]], rtol=1e-9)


def test_the_cut_does_not_depend_on_the_unit_of_the_source():
    source, target = nearly_flat(0.02)
    for unit in (1e-6, 1e6):
        scaled = fit_affine(unit * source, target, cut=0.03).linear
        np.testing.assert_allclose(scaled, [[2.0 / unit, 0.0]], rtol=1e-9, atol=1e-12 / unit)


@pytest.mark.parametrize("cut", [-0.1, 1.5, float("nan")])
def test_a_cut_that_is_no_share_is_refused(cut):
    with pytest.raises(ValueError, match="cut of an affine fit"):
        fit_affine([[0.0], [1.0]], [[0.0], [1.0]], cut=cut)


def test_one_point_is_sent_to_its_target():
    fitted = fit_affine([[3.0, 4.0]], [[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(fitted.linear, np.zeros((3, 2)))
    np.testing.assert_array_equal(fitted.offset, [1.0, 2.0, 3.0])


@given(st.permutations(range(8)))
def test_the_order_of_the_points_does_not_matter(order):
    source, target, weights = random_fit(5, count=8)
    order = np.array(order)
    shuffled, straight = fit_affine(source[order], target[order], weights[order]), fit_affine(source, target, weights)
    np.testing.assert_allclose(shuffled.linear, straight.linear, atol=1e-12)
    np.testing.assert_allclose(shuffled.offset, straight.offset, atol=1e-12)


def test_shifting_the_source_shifts_only_the_offset():
    source, target, weights = random_fit(6)
    shift = np.array([10.0, -20.0, 5.0])
    plain, shifted = fit_affine(source, target, weights), fit_affine(source + shift, target, weights)
    np.testing.assert_allclose(shifted.linear, plain.linear, atol=1e-12)
    np.testing.assert_allclose(shifted.offset, plain.offset - plain.linear @ shift, atol=1e-11)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0], [2.0]], [[1.0]]), r"target of an affine fit: shape \(1, 1\), expected \(2, any\)"),
        (([1.0, 2.0], [[1.0], [2.0]]), r"source of an affine fit: shape \(2,\)"),
        (([[1.0], [np.nan]], [[1.0], [2.0]]), r"source of an affine fit: nan at index \(1, 0\)"),
        (([[1.0]], [[np.inf]]), r"target of an affine fit: inf at index \(0, 0\)"),
        ((np.zeros((0, 2)), np.zeros((0, 2))), "at least one point"),
        (([[1.0], [2.0]], [[1.0], [2.0]], [1.0]), r"weights of an affine fit: shape \(1,\), expected \(2\)"),
        (([[1.0], [2.0]], [[1.0], [2.0]], [1.0, -1.0]), "weights of an affine fit: none may be negative"),
        (([[1.0], [2.0]], [[1.0], [2.0]], [0.0, 0.0]), "one must be positive"),
        (([[1.0], [2.0]], [[1.0], [2.0]], [1.0, np.nan]), r"weights of an affine fit: nan at index \(1,\)"),
    ],
)
def test_bad_fits_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_affine(*arguments)
