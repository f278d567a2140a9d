"""Roundings of a layer as searches in a lattice: against Babai's nearest plane, enumeration and plain formulas."""

from itertools import permutations, product

import numpy as np
import pytest

from quantization_story.common import UniformQuantizer
from quantization_story.core.lattices import (
    EXPONENTS,
    LEAST_DAMPING,
    activation_aware,
    channel_scales,
    clipped_rounding,
    closest_vector,
    damped,
    gptq,
    gptq_bound,
    input_moments,
    layer_objective,
    nearest,
    nearest_plane,
    scaled_rounding,
    smoothing_scales,
)

# Worked by hand below: with the scale 1, the row (2.6, 0.45) lies nearest to (3, 0); R couples its two inputs.
ROW = np.array([[2.6, 0.45], [7.0, 0.0]])
COUPLED = np.array([[1.0, 0.8], [0.8, 1.0]])
FOUR_BITS = UniformQuantizer(4)


def layers(count, most_inputs=6, rows=(1, 4), seed=0):
    """Random layers: weights, moments of a few more or fewer points than inputs (damped then), and a quantizer."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        inputs = int(rng.integers(1, most_inputs + 1))
        activations = rng.normal(size=(inputs + int(rng.integers(0, 8)), inputs)) * rng.uniform(0.2, 3, inputs)
        weight = rng.normal(size=(int(rng.integers(*rows)), inputs))
        quantizer = UniformQuantizer(int(rng.integers(2, 6)), per_channel=bool(rng.integers(2)))
        yield weight, quantizer, input_moments(activations, 1e-3), rng


def objectives(weight, quantizer, moments, codes):
    """The objective of each row, summed term by term."""
    errors = quantizer.scale(weight) * codes - weight
    return np.array([sum(e[i] * moments[i, j] * e[j] for i in range(len(e)) for j in range(len(e))) for e in errors])


def enumerated(weight, quantizer, moments):
    """The least objective of each row over every code that there is."""
    top = 2 ** (quantizer.bits - 1) - 1
    every = np.array(list(product(range(-top, top + 1), repeat=weight.shape[1])))
    scales = np.broadcast_to(quantizer.scale(weight), weight.shape)[:, :1]
    errors = [scale * every - row for row, scale in zip(weight, scales, strict=True)]
    return np.array([((each @ moments) * each).sum(axis=1).min() for each in errors])


# --- moments and the objective


def test_moments_are_the_means_of_products():
    points = np.array([[1.0, 2.0], [3.0, 0.0], [-1.0, 4.0]])
    assert input_moments(points) == pytest.approx(np.array([[11.0, -2.0], [-2.0, 20.0]]) / 3)
    mean = 31 / 6
    assert input_moments(points, 0.01) == pytest.approx(input_moments(points) + 0.01 * mean * np.eye(2))
    assert damped(np.diag([1.0, 3.0]), 0.5) == pytest.approx(np.diag([2.0, 4.0]))


def test_the_objective_is_the_mean_squared_error_of_the_pre_activations():
    rng = np.random.default_rng(0)
    points, error = rng.normal(size=(50, 3)), rng.normal(size=(2, 3))
    at_each = [sum(float(row @ point) ** 2 for row in error) for point in points]
    assert layer_objective(error, input_moments(points)) == pytest.approx(np.mean(at_each))


# --- each against what it is


def test_a_row_by_hand():
    # Nearest: (3, 0), error (0.4, -0.45). GPTQ rounds 2.6 to 3; the best second weight is then 0.45 - 0.8 * 0.4 = 0.13.
    assert nearest(ROW, FOUR_BITS)[0].tolist() == [3, 0]
    assert gptq(ROW, FOUR_BITS, COUPLED)[0].tolist() == [3, 0]
    # By the other input first: 0.45 to 0, then 2.6 + 0.8 * 0.45 = 2.96 to 3. The moments decide where they are far off.
    strong = np.array([[1.0, 3.0], [3.0, 10.0]])
    # 2.6 to 3, then 0.45 - 0.4 * 3 / 10 = 0.33 to 0; the other way round: 0.45 to 0, then 2.6 + 3 * 0.45 = 3.95 to 4.
    assert gptq(ROW, FOUR_BITS, strong)[0].tolist() == [3, 0]
    assert gptq(ROW, FOUR_BITS, strong, "diagonal")[0].tolist() == [4, 0]
    assert gptq(ROW, FOUR_BITS, strong, [1, 0])[0].tolist() == [4, 0]
    # (4, 0) misses by (1.4, -0.45), 1.96 - 3.78 + 2.025 = 0.205; (1, 1) by (-1.6, 0.55), 2.56 - 5.28 + 3.025 = 0.305.
    assert objectives(ROW, FOUR_BITS, strong, np.array([[4, 0], [7, 0]]))[0] == pytest.approx(0.205)
    assert objectives(ROW, FOUR_BITS, strong, np.array([[1, 1], [7, 0]]))[0] == pytest.approx(0.305)
    assert closest_vector(ROW, FOUR_BITS, strong)[0].tolist() == [4, 0]


def test_uncorrelated_inputs_are_rounded_to_nearest_by_all():
    moments = np.diag([3.0, 0.2, 1.0])
    weight = np.random.default_rng(1).normal(size=(5, 3))
    expected = nearest(weight, FOUR_BITS)
    for codes in (gptq(weight, FOUR_BITS, moments), closest_vector(weight, FOUR_BITS, moments)):
        assert np.array_equal(codes, expected)


def test_gptq_is_the_nearest_plane_run_back_to_front():
    cases = 0
    for weight, quantizer, moments, rng in layers(200, rows=(50, 52)):
        order = rng.permutation(weight.shape[1])
        behind = order[::-1]
        planes = np.zeros(weight.shape, dtype=int)
        planes[:, behind] = nearest_plane(weight[:, behind], quantizer, moments[np.ix_(behind, behind)])
        assert np.array_equal(gptq(weight, quantizer, moments, order), planes)
        cases += len(weight)
    assert cases >= 10_000


def test_the_orders_are_what_they_are_called():
    for weight, quantizer, moments, _ in layers(20, 5, seed=1):
        inputs = range(weight.shape[1])
        by_size = sorted(inputs, key=lambda j, moments=moments: -moments[j, j])
        assert np.array_equal(gptq(weight, quantizer, moments), gptq(weight, quantizer, moments, list(inputs)))
        assert np.array_equal(gptq(weight, quantizer, moments, "diagonal"), gptq(weight, quantizer, moments, by_size))
        all_of_them = [gptq(weight, quantizer, moments, order) for order in permutations(inputs)]
        least = np.min([objectives(weight, quantizer, moments, codes) for codes in all_of_them], axis=0)
        best = objectives(weight, quantizer, moments, gptq(weight, quantizer, moments, "best"))
        assert best == pytest.approx(least, rel=1e-9, abs=1e-12)


def test_without_clipping_gptq_keeps_its_bound():
    for weight, quantizer, moments, rng in layers(300, seed=2):
        free = UniformQuantizer(4, step=float(quantizer.scale(weight).max()))
        for order in ("natural", "diagonal", rng.permutation(weight.shape[1])):
            error = free.scale(weight) * gptq(weight, free, moments, order) - weight
            share = layer_objective(error, moments) / gptq_bound(weight, free, moments, order)
            assert share <= 1 + 1e-9


def test_the_bound_by_hand():
    # R = [[1, .8], [.8, 1]]: the first weight that is rounded has 1 - .8^2 to itself, the second 1; two rows, s = 1.
    assert gptq_bound(ROW, FOUR_BITS, COUPLED) == pytest.approx(2 / 4 * (0.36 + 1.0))
    skewed = np.array([[1.0, 3.0], [3.0, 10.0]])
    assert gptq_bound(ROW, FOUR_BITS, skewed) == pytest.approx(2 / 4 * (10.0 + 0.1))
    assert gptq_bound(ROW, FOUR_BITS, skewed, "diagonal") == pytest.approx(2 / 4 * (1.0 + 1.0))
    # Reached where every weight lies halfway between two levels.
    halfway, free = np.array([[0.5, 1.5]]), UniformQuantizer(4, step=1.0)
    reached = layer_objective(gptq(halfway, free, np.diag([1.0, 3.0])) - halfway, np.diag([1.0, 3.0]))
    assert [reached, gptq_bound(halfway, free, np.diag([1.0, 3.0]))] == pytest.approx([1.0, 1.0])


def test_the_closest_vector_is_that_of_enumeration():
    for weight, quantizer, moments, _ in layers(300, 3, seed=3):
        if quantizer.bits > 4:
            continue
        found = objectives(weight, quantizer, moments, closest_vector(weight, quantizer, moments))
        assert found == pytest.approx(enumerated(weight, quantizer, moments), rel=1e-9, abs=1e-12)


def test_the_closest_vector_is_that_of_enumeration_where_passing_on_misses_it():
    rng, missed, quantizer = np.random.default_rng(13), 0, UniformQuantizer(3)
    for _ in range(20):
        weight, points = rng.normal(size=(2, 5)), rng.normal(size=(40, 2)) @ rng.normal(size=(2, 5))
        moments = input_moments(points, 1e-2)  # five inputs, nearly in a plane: much to pass on
        least = enumerated(weight, quantizer, moments)
        found = objectives(weight, quantizer, moments, closest_vector(weight, quantizer, moments))
        assert found == pytest.approx(least, rel=1e-9, abs=1e-12)
        missed += (objectives(weight, quantizer, moments, gptq(weight, quantizer, moments)) > 1.01 * least).sum()
    assert missed > 20


def test_nothing_beats_the_closest_vector():
    for weight, quantizer, moments, rng in layers(60, 10, seed=4):
        free = UniformQuantizer(quantizer.bits, step=float(quantizer.scale(weight).max()))
        for each in (quantizer, free):
            least = objectives(weight, each, moments, closest_vector(weight, each, moments))
            others = [nearest(weight, each), nearest_plane(weight, each, moments)]
            orders = ("natural", "diagonal", rng.permutation(weight.shape[1]))
            others += [gptq(weight, each, moments, order) for order in orders]
            for codes in others:
                assert (least <= objectives(weight, each, moments, codes) * (1 + 1e-9) + 1e-12).all()


def test_a_wide_layer_is_searched_within_its_limit():
    rng = np.random.default_rng(5)
    weight, moments = rng.normal(size=(4, 16)), input_moments(rng.normal(size=(80, 16)))
    quantizer = UniformQuantizer(3)
    codes = closest_vector(weight, quantizer, moments)
    passed = objectives(weight, quantizer, moments, gptq(weight, quantizer, moments))
    assert (objectives(weight, quantizer, moments, codes) <= passed + 1e-12).all()
    with pytest.raises(ValueError, match="more than 5 steps for rows of 16 inputs"):
        closest_vector(weight, quantizer, moments, most_steps=5)


# --- levels, clipping, and moments that say nothing


def test_codes_stay_within_the_levels():
    for weight, quantizer, moments, _ in layers(100, seed=6):
        top = 2 ** (quantizer.bits - 1) - 1
        for codes in (gptq(weight, quantizer, moments), closest_vector(weight, quantizer, moments)):
            assert codes.dtype == np.int64
            assert np.abs(codes).max() <= top


def test_the_levels_end_where_a_passed_error_would_go_on():
    # s = 1, and 2.4 goes to 2: the second weight is best at 3 + 0.4 * 1.5 = 3.6, above the 3 bits' levels.
    weight, moments = np.array([[2.4, 3.0]]), np.array([[2.3, 1.5], [1.5, 1.0]])
    for function in (gptq, closest_vector):
        assert np.abs(function(weight, UniformQuantizer(3), moments)).max() == 3
    assert gptq(weight, UniformQuantizer(3, step=1.0), moments).tolist() == [[2, 4]]
    assert gptq(weight, UniformQuantizer(3), moments).tolist() == [[2, 3]]


def test_weights_of_zero_and_inputs_of_zero():
    for moments in (np.zeros((2, 2)), np.diag([1.0, 0.0]), np.ones((2, 2))):
        for function in (gptq, nearest_plane, closest_vector):
            assert not function(np.zeros((3, 2)), FOUR_BITS, moments).any()
    per_row = UniformQuantizer(4, per_channel=True)
    weight = np.array([[0.0, 0.0], [0.3, -0.7]])
    assert closest_vector(weight, per_row, COUPLED).tolist() == [[0, 0], [3, -7]]
    # Inputs that carry nothing leave each weight at its nearest.
    drawn = np.random.default_rng(0).normal(size=(4, 3))
    for function in (gptq, nearest_plane, closest_vector):
        assert np.array_equal(function(drawn, FOUR_BITS, np.zeros((3, 3))), nearest(drawn, FOUR_BITS))


def test_singular_moments_are_damped_just_enough():
    rng = np.random.default_rng(7)
    points = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 5))  # five inputs that span three directions
    weight, moments = rng.normal(size=(3, 5)), input_moments(points)
    regular = damped(moments, LEAST_DAMPING)
    for function in (gptq, closest_vector):
        assert np.array_equal(function(weight, FOUR_BITS, moments), function(weight, FOUR_BITS, regular))
    least = objectives(weight, FOUR_BITS, moments, closest_vector(weight, FOUR_BITS, moments)).sum()
    for codes in (nearest(weight, FOUR_BITS), gptq(weight, FOUR_BITS, moments)):
        slack = 1e-5 * np.diagonal(moments).sum()
        assert least <= objectives(weight, FOUR_BITS, moments, codes).sum() + slack


def test_much_damping_is_round_to_nearest():
    weight = np.random.default_rng(8).normal(size=(20, 4))
    moments = input_moments(np.random.default_rng(9).normal(size=(6, 4)), 1e6)
    assert np.array_equal(gptq(weight, FOUR_BITS, moments), nearest(weight, FOUR_BITS))


# --- roundings that move the levels


@pytest.mark.parametrize("per_channel", [False, True])
def test_activation_aware_takes_the_best_of_all_exponents(per_channel):
    rng, quantizer = np.random.default_rng(10), UniformQuantizer(3, per_channel=per_channel)
    for _ in range(20):
        weight, points = rng.normal(size=(4, 3)), np.abs(rng.normal(size=(30, 3))) * [0.1, 1.0, 5.0]
        tried = []
        for exponent in EXPONENTS:
            scales = np.array([np.mean(np.abs(column)) for column in points.T]) ** exponent
            scales = scales / np.sqrt(max(scales) * min(scales))
            tried.append(np.stack([quantizer.quantize(weight * scales)[:, j] / scales[j] for j in range(3)], axis=1))
        errors = [np.mean(np.sum((points @ (each - weight).T) ** 2, axis=1)) for each in tried]
        best, exponent = activation_aware(weight, quantizer, points)
        assert exponent == pytest.approx(EXPONENTS[int(np.argmin(errors))])
        assert best == pytest.approx(tried[int(np.argmin(errors))])
        assert errors[0] == pytest.approx(layer_objective(quantizer.quantize(weight) - weight, input_moments(points)))
    assert EXPONENTS[0] == 0
    assert EXPONENTS[-1] == 1


def test_scales_of_channels_by_hand():
    assert channel_scales([4.0, 1.0, 0.25], 0.5) == pytest.approx([2.0, 1.0, 0.5])
    assert channel_scales([16.0, 1.0], 0.5) == pytest.approx([2.0, 0.5])
    assert channel_scales([0.0, 4.0], 0.5) == pytest.approx([1 / np.sqrt(2), np.sqrt(2)])
    assert channel_scales([5.0, 0.2], 0.0) == pytest.approx([1.0, 1.0])


def test_scaling_moves_the_levels_of_a_column():
    weight, scales = np.array([[0.9, 0.31], [-0.2, 0.12]]), np.array([1.0, 2.0])
    rounded = scaled_rounding(weight, FOUR_BITS, scales)
    step = 0.9 / 7
    assert rounded[:, 0] == pytest.approx(step * np.array([7, -2]))
    assert rounded[:, 1] == pytest.approx(step / 2 * np.array([5, 2]))


def test_smoothing_is_the_same_scaling_by_the_largest_entries():
    points, weight = np.array([[4.0, -0.5, 0.0], [-1.0, 0.25, 0.0]]), np.array([[1.0, -2.0, 1.0], [-0.25, 0.5, 3.0]])
    assert smoothing_scales(points, weight) == pytest.approx([2.0, 0.5, 1.0])
    assert smoothing_scales(points, weight, 1.0) == pytest.approx([4.0, 0.5, 1.0])
    assert smoothing_scales(points, weight, 0.0) == pytest.approx([1.0, 0.5, 1.0])
    # The function stays: what the inputs are divided by, the weights are multiplied with.
    scales = smoothing_scales(points, weight)
    assert (points / scales) @ (weight * scales).T == pytest.approx(points @ weight.T)


def test_the_best_clipping_is_the_best_of_all_shares():
    rng = np.random.default_rng(11)
    for quantizer in (UniformQuantizer(3), UniformQuantizer(3, per_channel=True)):
        for _ in range(20):
            weight, moments = rng.normal(size=(3, 4)), input_moments(rng.normal(size=(9, 4)))
            shares = np.linspace(1, 0.4, 61)
            tried = [np.clip(np.round(weight / (k * quantizer.scale(weight))), -3, 3) for k in shares]
            tried = [k * quantizer.scale(weight) * codes for k, codes in zip(shares, tried, strict=True)]
            errors = [np.trace((each - weight) @ moments @ (each - weight).T) for each in tried]
            rounded, share = clipped_rounding(weight, quantizer, moments)
            assert share == pytest.approx(shares[int(np.argmin(errors))])
            assert rounded == pytest.approx(tried[int(np.argmin(errors))])
    assert not clipped_rounding(np.zeros((2, 4)), FOUR_BITS, moments)[0].any()


# --- what is refused


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: input_moments(np.zeros((0, 2))), "no points"),
        (lambda: input_moments([[1.0, np.nan]]), "finite"),
        (lambda: input_moments([[1.0]], -0.1), "damping: -0.1"),
        (lambda: damped(COUPLED, float("nan")), "damping: nan"),
        (lambda: damped(COUPLED, float("inf")), "damping: inf"),
        (lambda: gptq(ROW, FOUR_BITS, np.eye(3)), "weight to quantize"),
        (lambda: gptq(ROW, FOUR_BITS, np.array([[1.0, 0.5], [0.4, 1.0]])), "symmetric"),
        (lambda: gptq(ROW, FOUR_BITS, np.ones((2, 3))), "symmetric"),
        (lambda: nearest_plane(ROW, FOUR_BITS, np.array([[1.0, 2.0], [2.0, 1.0]])), "negative"),
        (lambda: gptq(ROW, FOUR_BITS, COUPLED, "sideways"), "order: 'sideways'"),
        (lambda: gptq(ROW, FOUR_BITS, COUPLED, [0, 0]), "each of the 2 inputs once"),
        (lambda: gptq_bound(ROW, FOUR_BITS, COUPLED, [0]), "each of the 2 inputs once"),
        (lambda: gptq(np.ones((1, 7)), FOUR_BITS, np.eye(7), "best"), "up to 6 inputs; this layer has 7"),
        (lambda: clipped_rounding(ROW, UniformQuantizer(4, step=0.5), COUPLED), "fixed step"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
