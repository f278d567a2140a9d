"""Error regions: no error that rounding can make lies outside, and every vertex is attained; and the experiments."""

from functools import reduce
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from quantization_story.error_regions.propagation import (
    Zonotope,
    error_boxes,
    error_generators,
    error_region,
    pull_backs,
    rounding_errors,
    worst_rounding,
    zonotope_contains,
    zonotope_support,
)
from quantization_story.error_regions.weight_families import (
    DIAGONAL_PART_3D,
    FAMILIES_2D,
    FAMILIES_3D,
    FULL_2D,
    FULL_3D,
    INPUT_2D,
    NON_UNIFORM_DIAGONAL_3D,
    UNIFORM_DIAGONAL_2D,
    UNIFORM_DIAGONAL_3D,
    run_experiment,
)

STEP = 2.0**-7
FAMILIES = [*FAMILIES_2D, *FAMILIES_3D]
IDS = [f"{family.name} {len(family.weights[0])}d" for family in FAMILIES]


def chain_map(weights):
    """The matrix of a chain of layers, the first one applied first."""
    return reduce(lambda total, weight: weight @ total, weights)


def random_chain(seed, d=2, layers=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=d) * 5, [np.eye(d) + 0.3 * rng.normal(size=(d, d)) for _ in range(layers)]


def random_errors(rng, weights, step, diagonal, at_ends):
    """A rounding error for every weight, each within half a step."""
    draws = [rng.uniform(-1, 1, weight.shape) for weight in weights]
    draws = [np.sign(draw) if at_ends else draw for draw in draws]
    return [step / 2 * (draw * np.eye(len(draw)) if diagonal else draw) for draw in draws]


def own_errors(x, weights, errors):
    """For every layer: what un-rounding it alone does to the output, pulled back through the whole chain."""
    back = np.linalg.inv(chain_map(weights))
    parts = []
    for layer, error in enumerate(errors):
        changed = [weight - (error if other == layer else 0) for other, weight in enumerate(weights)]
        parts.append(back @ (chain_map(weights) - chain_map(changed)) @ x)
    return parts


def whole_error(x, weights, errors):
    """What un-rounding all layers at once does to the output, pulled back through the whole chain."""
    changed = [weight - error for weight, error in zip(weights, errors, strict=True)]
    return np.linalg.inv(chain_map(weights)) @ (chain_map(weights) - chain_map(changed)) @ x


def minkowski_region(x, weights, step, diagonal):
    """The region by all pairwise sums of corners and a hull after each, box after box: the independent way."""
    d, value, total, region = len(x), np.array(x), np.eye(len(x)), np.zeros((1, len(x)))
    cube = np.array(list(product((-1.0, 1.0), repeat=d)))
    for weight in weights:
        half = step / 2 * (np.abs(value) if diagonal else np.full(d, np.abs(value).sum()))
        total = weight @ total
        corners = np.linalg.solve(total, (cube * half).T).T
        sums = np.array([a + b for a in region for b in corners])
        hull = ConvexHull(sums)
        region, value = sums[hull.vertices], weight @ value
    return region, hull.volume


# --- the generators


def test_the_boxes_by_hand():
    weights = [[[0.0, 2.0], [-1.0, 0.0]], np.eye(2)]  # values (10, -20), then (-40, -10)
    full = error_boxes([[10.0, -20.0]], weights, 0.5)
    np.testing.assert_array_equal(full, [[[7.5, 7.5], [12.5, 12.5]]])
    diagonal = error_boxes([[10.0, -20.0]], [np.diag([2.0, -3.0]), np.eye(2)], 0.5, diagonal=True)
    np.testing.assert_array_equal(diagonal, [[[2.5, 5.0], [5.0, 15.0]]])


def test_the_generators_by_hand():
    first, second = error_generators([1.0, 2.0], [[[2.0, 0.0], [0.0, 4.0]], [[1.0, 1.0], [0.0, 1.0]]], 0.5)
    np.testing.assert_allclose(first, 0.75 * np.diag([0.5, 0.25]))
    # The second layer receives (2, 8): 2.5 in each output, pulled back by the shear and then by the diagonal.
    np.testing.assert_allclose(second, 2.5 * np.array([[0.5, -0.5], [0.0, 0.25]]))


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_the_generators_are_boxes_pulled_back_in_any_dimension(d):
    x, weights = random_chain(d, d)
    generators = error_generators(x, weights, 0.1)
    assert [matrix.shape for matrix in generators] == [(d, d)] * 3
    for layer, matrix in enumerate(generators):
        value = x if layer == 0 else chain_map(weights[:layer]) @ x
        box = 0.05 * np.abs(value).sum() * np.eye(d)
        np.testing.assert_allclose(chain_map(weights[: layer + 1]) @ matrix, box, atol=1e-12)


def test_the_pull_back_undoes_the_layers():
    _, weights = random_chain(4, 3, 4)
    for layer, back in enumerate(pull_backs(weights), start=1):
        np.testing.assert_allclose(back @ chain_map(weights[:layer]), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("family", [*FAMILIES, DIAGONAL_PART_3D], ids=[*IDS, "diagonal part 3d"])
def test_the_region_is_the_minkowski_sum_of_the_boxes(family):
    result = run_experiment(family)
    corners, volume = minkowski_region(result.x, family.rounded(), STEP, family.diagonal)
    assert result.region.volume == pytest.approx(volume, rel=1e-9)
    directions = np.random.default_rng(0).normal(size=(60, len(result.x)))
    expected = (corners @ directions.T).max(axis=0)
    np.testing.assert_allclose(zonotope_support(result.region.generators, directions), expected, rtol=1e-9)


# --- what the region means


@pytest.mark.parametrize("draw", ["uniform", "ends", "even"])
@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_no_error_that_rounding_can_make_lies_outside(family, draw):
    weights = family.rounded()
    result, bound = run_experiment(family), run_experiment(family, all_orders=True)
    cloud = rounding_errors(result.x, weights, STEP, 10_000, family.diagonal, draw)
    assert cloud.summed.shape == cloud.whole.shape == (10_000, len(result.x))
    assert result.region.contains(cloud.summed).all()
    assert bound.region.contains(cloud.whole).all()
    assert 1e-6 < np.abs(cloud.whole - cloud.summed).max() < 0.03  # of second order, but not the same


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_an_even_cloud_fills_the_region(family):
    result = run_experiment(family)
    cloud = rounding_errors(result.x, family.rounded(), STEP, 10_000, family.diagonal, "even").summed
    d = len(result.x)
    # In a half-size copy of a convex body, and beyond 0.95 of it, lies the share of points that its volume says.
    for size in (0.5, 0.95):
        inside = Zonotope(size * result.region.generators).contains(cloud).mean()
        assert inside == pytest.approx(size**d, abs=0.02)
    # And in every direction alike: the second moments are those of points thrown into the box and kept if inside.
    box = np.random.default_rng(1).uniform(-1, 1, (30_000, d)) * result.region.half_widths
    thrown = box[result.region.contains(box)]
    size = np.trace(thrown.T @ thrown) / len(thrown)
    np.testing.assert_allclose(cloud.T @ cloud / len(cloud), thrown.T @ thrown / len(thrown), atol=0.015 * size)


def test_an_even_cloud_of_a_flat_region_stays_in_it():
    for x in ([0.0, 0.0], [0.0, 3.0]):
        region = error_region(x, UNIFORM_DIAGONAL_2D.weights, STEP, diagonal=True).region
        cloud = rounding_errors(x, UNIFORM_DIAGONAL_2D.weights, STEP, 50, True, "even")
        assert region.contains(cloud.summed).all()
    point = rounding_errors(np.zeros(3), FULL_3D.weights, STEP, 5, draw="even")
    np.testing.assert_array_equal(point.whole, np.zeros((5, 3)))


def test_the_cloud_is_what_changed_chains_do():
    x, weights = random_chain(1, 3)
    cloud = rounding_errors(x, weights, 0.05, 20, seed=7)
    rng = np.random.default_rng(7)  # the same draws, layer after layer
    draws = [rng.uniform(-1, 1, (20, 3, 3)) for _ in weights]
    for number in range(20):
        errors = [0.025 * draw[number] for draw in draws]
        np.testing.assert_allclose(cloud.summed[number], sum(own_errors(x, weights, errors)), atol=1e-12)
        np.testing.assert_allclose(cloud.whole[number], whole_error(x, weights, errors), atol=1e-12)


@st.composite
def chains(draw):
    """A seed, a dimension, a number of layers, a step, whether only diagonals are rounded, whether at the ends."""
    return (
        draw(st.integers(0, 10_000)),
        draw(st.sampled_from([2, 3])),
        draw(st.integers(1, 4)),
        draw(st.sampled_from([0.3, 0.05, 1e-3])),
        draw(st.booleans()),
        draw(st.booleans()),
    )


@given(chains())
def test_both_regions_hold_their_errors_for_any_chain(case):
    seed, d, layers, step, diagonal, at_ends = case
    x, weights = random_chain(seed, d, layers)
    if diagonal:
        weights = [np.diag(np.diag(weight)) for weight in weights]
    region = np.hstack(error_generators(x, weights, step, diagonal))
    bound = np.hstack(error_generators(x, weights, step, diagonal, all_orders=True))
    rng = np.random.default_rng(seed)
    for _ in range(10):
        errors = random_errors(rng, weights, step, diagonal, at_ends)
        parts = own_errors(x, weights, errors)
        slack = 1e-9  # the chains are differences of nearly equal numbers
        assert zonotope_contains(region, [sum(parts)], slack).all()
        assert zonotope_contains(bound, [whole_error(x, weights, errors)], slack).all()
        for part, own in zip(parts, error_generators(x, weights, step, diagonal), strict=True):
            assert zonotope_contains(own, [part], slack).all()


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_every_vertex_is_attained_by_weights_at_the_ends_of_their_intervals(family):
    weights, result = family.rounded(), run_experiment(family)
    region = result.region
    for vertex in region.vertices:
        # A direction that singles out this vertex: the sum of the unit normals of what meets there.
        if region.dimension == 2:
            outward = np.array([[0.0, 1.0], [-1.0, 0.0]]) @ region.generators
            outward = np.hstack([outward, -outward]).T / np.linalg.norm(np.hstack([outward, outward]), axis=0)[:, None]
        else:
            outward = region.faces.normals
        touching = outward @ vertex >= zonotope_support(region.generators, outward) * (1 - 1e-9)
        direction = outward[touching].sum(axis=0)
        errors = worst_rounding(result.x, weights, STEP, direction, family.diagonal)
        for error in errors:
            off_grid = np.abs(error)[np.eye(len(error), dtype=bool)] if family.diagonal else np.abs(error)
            assert (off_grid == STEP / 2).all()
        np.testing.assert_allclose(sum(own_errors(result.x, weights, errors)), vertex, atol=1e-10)


def test_every_corner_of_one_layers_box_is_attained_together_with_any_corner_of_the_others():
    x, weights = random_chain(2, 2, 2)
    parts = [zonotope.generators for zonotope in (layer.own for layer in error_region(x, weights, 0.1).layers)]
    reached = set()
    for signs in product((-1.0, 1.0), repeat=4):
        values, total = x, np.zeros(2)
        for layer, (weight, back) in enumerate(zip(weights, pull_backs(weights), strict=True)):
            error = 0.05 * np.outer(signs[2 * layer : 2 * layer + 2], np.sign(values))
            total = total + back @ error @ values
            values = weight @ values
        expected = parts[0] @ signs[:2] + parts[1] @ signs[2:]
        np.testing.assert_allclose(total, expected, atol=1e-12)
        reached.add(tuple(np.round(total, 9)))
    assert len(reached) == 16


def test_whole_errors_can_leave_the_region_but_only_by_second_order():
    overshoot = []
    for step in (STEP, STEP / 2):
        region = error_region(INPUT_2D, UNIFORM_DIAGONAL_2D.weights, step, diagonal=True).region
        cloud = rounding_errors(INPUT_2D, UNIFORM_DIAGONAL_2D.weights, step, 500, diagonal=True, draw="ends")
        assert not region.contains(cloud.whole).all()
        assert region.contains(cloud.summed).all()
        overshoot.append((np.abs(cloud.whole) - region.half_widths).max())
    assert overshoot[0] / overshoot[1] == pytest.approx(4.0, rel=0.05)


@pytest.mark.parametrize("family", [UNIFORM_DIAGONAL_2D, NON_UNIFORM_DIAGONAL_3D], ids=["2d", "3d"])
def test_the_bound_of_diagonal_layers_is_attained_where_all_weights_grow(family):
    weights, bound = family.rounded(), run_experiment(family, all_orders=True)
    growing = [-STEP / 2 * np.sign(weight) for weight in weights]
    corner = np.abs(whole_error(bound.x, weights, growing))
    np.testing.assert_allclose(corner, bound.region.half_widths, rtol=1e-10)


@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_the_bound_holds_the_region_and_is_hardly_larger(family):
    region, bound = run_experiment(family).region, run_experiment(family, all_orders=True).region
    assert bound.contains(region.vertices).all()
    assert 1.0 < bound.volume / region.volume < 1.1


def test_the_bound_of_one_layer_is_the_region():
    x, weights = random_chain(3, 3, 1)
    exact, bound = (error_generators(x, weights, 0.1, all_orders=flag) for flag in (False, True))
    np.testing.assert_array_equal(exact, bound)


@pytest.mark.parametrize("bits", [4, 6, 8, 10])
@pytest.mark.parametrize("family", FAMILIES, ids=IDS)
def test_the_error_that_the_family_itself_makes_lies_in_the_bound(family, bits):
    rounded, result = family.rounded(bits), run_experiment(family, bits=bits, all_orders=True)
    errors = [weight_q - weight for weight_q, weight in zip(rounded, family.weights, strict=True)]
    assert result.region.contains([whole_error(result.x, rounded, errors)]).all()


# --- lower dimensions, and layers that cannot be inverted


def test_a_zero_input_has_no_error():
    result = error_region([0.0, 0.0], FULL_2D.weights, STEP)
    np.testing.assert_array_equal(result.region.vertices, [[0.0, 0.0]])
    assert result.region.volume == 0.0
    np.testing.assert_array_equal(result.relative_error, [0.0, 0.0])


def test_a_silent_channel_makes_the_region_flat():
    segment = error_region([0.0, 3.0], UNIFORM_DIAGONAL_2D.weights, STEP, diagonal=True).region
    assert segment.vertices.shape == (2, 2)
    np.testing.assert_array_equal(segment.vertices[:, 0], [0.0, 0.0])
    plate = error_region([1.0, 0.0, 3.0], UNIFORM_DIAGONAL_3D.weights, STEP, diagonal=True).region
    assert plate.faces.dimension == 2
    assert plate.volume == 0.0


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        ([np.eye(2), [[1.0, 2.0], [2.0, 4.0]]], {}, r"layer 2 is singular \(rank 1 of 2\)"),
        ([np.zeros((2, 2))], {}, r"layer 1 is singular \(rank 0 of 2\)"),
        ([np.eye(2) * 1e-200, np.eye(2) * 1e-200], {}, "layer 2: its errors overflow"),
        ([np.eye(2), np.eye(3)], {}, r"weight of layer 2: shape \(3, 3\), expected \(2, 2\)"),
        ([np.ones((2, 3))], {}, r"weight of layer 1: shape \(2, 3\)"),
        ([np.eye(2), [[1.0, np.nan], [0.0, 1.0]]], {}, r"weight of layer 2: nan at index \(0, 1\)"),
        ([np.eye(2), FULL_2D.weights[0]], {"diagonal": True}, "layer 2: it is not diagonal"),
        ([np.eye(2)], {"step": 0.0}, "step: 0.0"),
        ([np.eye(2)], {"step": np.nan}, "step"),
        ([np.eye(2)], {"step": -1.0}, "step: -1.0"),
        ([], {}, "at least one layer"),
    ],
)
def test_bad_chains_are_one_error_that_names_the_layer(weights, options, message):
    arguments = {"step": STEP} | options
    for call in (error_generators, error_region):
        with pytest.raises(ValueError, match=message):
            call([1.0, 2.0], weights, **arguments)
    with pytest.raises(ValueError, match=message):
        worst_rounding([1.0, 2.0], weights, direction=[1.0, 0.0], **arguments)
    with pytest.raises(ValueError, match=message):
        rounding_errors([1.0, 2.0], weights, count=3, **arguments)


def test_other_bad_input_is_one_clear_error():
    with pytest.raises(ValueError, match="x: inf"):
        error_generators([1.0, np.inf], [np.eye(2)], STEP)
    with pytest.raises(ValueError, match=r"x: shape \(1, 2\)"):
        error_region([[1.0, 2.0]], [np.eye(2)], STEP)
    with pytest.raises(ValueError, match=r"direction: shape \(3,\)"):
        worst_rounding([1.0, 2.0], [np.eye(2)], STEP, [1.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="draw: 'gaussian'"):
        rounding_errors([1.0, 2.0], [np.eye(2)], STEP, 3, draw="gaussian")
    with pytest.raises(ValueError, match="expected a square matrix"):
        pull_backs([np.ones((2, 3))])
    with pytest.raises(ValueError, match=r"\(4, 4\)"):
        error_region(np.ones(4), [np.eye(4)], STEP)
