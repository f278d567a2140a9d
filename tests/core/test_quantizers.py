"""Round-to-nearest quantization: hand-computed codes, a search over all levels, and the properties that define it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.common import UniformQuantizer, fake_quantize
from small_networks import matrices

BITS = st.integers(2, 10)
SCHEMES = st.builds(UniformQuantizer, bits=BITS, per_channel=st.booleans())
ROUNDING = 1 + 1e-12


def test_codes_of_a_matrix_by_hand():
    weight = [[7.0, -3.2, 0.4], [2.6, -0.6, 1.4]]  # the largest weight is 7 = q_max of 4 bits, so the scale is 1
    quantizer = UniformQuantizer(bits=4)
    np.testing.assert_array_equal(quantizer.scale(weight), [[1.0]])
    np.testing.assert_array_equal(quantizer.codes(weight), [[7, -3, 0], [3, -1, 1]])
    np.testing.assert_array_equal(quantizer.quantize(weight), [[7.0, -3.0, 0.0], [3.0, -1.0, 1.0]])


def test_the_scale_multiplies_the_codes():
    weight = [[1.5, -0.7], [0.2, 0.0]]  # 3 bits: q_max = 3, scale = 0.5
    quantizer = UniformQuantizer(bits=3)
    np.testing.assert_array_equal(quantizer.scale(weight), [[0.5]])
    np.testing.assert_array_equal(quantizer.quantize(weight), [[1.5, -0.5], [0.0, 0.0]])


def test_one_scale_a_row_by_hand():
    weight = [[3.0, -1.2], [0.375, 0.24], [0.0, 0.0]]
    quantizer = UniformQuantizer(bits=3, per_channel=True)
    np.testing.assert_array_equal(quantizer.scale(weight), [[1.0], [0.125], [0.0]])
    np.testing.assert_array_equal(quantizer.codes(weight), [[3, -1], [3, 2], [0, 0]])
    np.testing.assert_array_equal(quantizer.quantize(weight), [[3.0, -1.0], [0.375, 0.25], [0.0, 0.0]])


def test_one_scale_for_all_rows_drowns_the_small_row():
    weight = [[3.0, -1.2], [0.375, 0.24]]
    np.testing.assert_array_equal(UniformQuantizer(bits=3).codes(weight), [[3, -1], [0, 0]])


def test_ties_go_to_the_even_code():
    weight = [[7.0, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]]  # scale 1
    expected = [[7, 0, 2, 2, 4, 4, 6, 6]]
    quantizer = UniformQuantizer(bits=4)
    np.testing.assert_array_equal(quantizer.codes(weight), expected)
    np.testing.assert_array_equal(quantizer.codes(np.negative(weight)), np.negative(expected))


def test_two_bits_are_ternary():
    weight = [[1.0, -1.0, 0.5, 0.51], [-0.51, 0.3, 0.0, -0.2]]
    np.testing.assert_array_equal(UniformQuantizer(bits=2).codes(weight), [[1, -1, 0, 1], [-1, 0, 0, 0]])


def test_a_fixed_step_ignores_the_weights_and_never_clips():
    quantizer = UniformQuantizer.with_fixed_step(3)
    weight = [[0.3, -0.375, 5.1], [0.0, 0.125, -100.0]]  # step 2^-2
    assert quantizer.step == 0.25
    np.testing.assert_array_equal(quantizer.scale(weight), [[0.25]])
    np.testing.assert_array_equal(quantizer.codes(weight), [[1, -2, 20], [0, 0, -400]])
    np.testing.assert_array_equal(quantizer.quantize(weight), [[0.25, -0.5, 5.0], [0.0, 0.0, -100.0]])


def test_a_fixed_step_has_the_same_scale_in_every_row():
    quantizer = UniformQuantizer(bits=4, per_channel=True, step=0.5)
    np.testing.assert_array_equal(quantizer.scale([[1.0], [9.0]]), [[0.5], [0.5]])


def test_a_whole_number_as_step_gives_floating_point_weights():
    quantized = UniformQuantizer(step=2).quantize([[2.9, 3.2]])
    assert quantized.dtype == np.float64
    np.testing.assert_array_equal(quantized, [[2.0, 4.0]])


@pytest.mark.parametrize("bits", range(2, 9))
def test_the_fixed_step_halves_with_every_bit(bits):
    assert UniformQuantizer.with_fixed_step(bits).step == 1 / 2 ** (bits - 1)


def test_codes_are_integers_and_a_numpy_bit_width_is_accepted():
    codes = UniformQuantizer(bits=np.int64(4)).codes([[7.0, 1.2]])
    assert codes.dtype == np.int64
    np.testing.assert_array_equal(codes, [[7, 1]])


def test_wide_quantizers_are_nearly_lossless():
    weight = np.random.default_rng(0).normal(size=(6, 6))
    np.testing.assert_allclose(UniformQuantizer(bits=32).quantize(weight), weight, rtol=0, atol=1e-8)
    assert np.abs(UniformQuantizer(bits=8).quantize(weight) - weight).max() > 1e-4


@given(matrices(), SCHEMES)
def test_every_weight_moves_by_at_most_half_a_step(weight, quantizer):
    moved = np.abs(quantizer.quantize(weight) - weight)
    assert np.all(moved <= quantizer.scale(weight) / 2 * ROUNDING)


@given(matrices(), BITS)
def test_a_fixed_step_too_moves_a_weight_by_at_most_half_of_it(weight, bits):
    quantizer = UniformQuantizer.with_fixed_step(bits)
    assert np.all(np.abs(quantizer.quantize(weight) - weight) <= quantizer.step / 2)


@given(matrices(), st.integers(2, 5), st.booleans())
def test_every_weight_goes_to_the_nearest_of_all_levels(weight, bits, per_channel):
    quantizer = UniformQuantizer(bits=bits, per_channel=per_channel)
    q_max = 2 ** (bits - 1) - 1
    for row, moved in zip(weight, np.abs(quantizer.quantize(weight) - weight), strict=True):
        largest = np.abs(row if per_channel else weight).max()
        levels = largest * np.arange(-q_max, q_max + 1) / q_max
        nearest = np.abs(row[:, None] - levels).min(axis=1)
        np.testing.assert_allclose(moved, nearest, rtol=0, atol=1e-12 * max(largest, 1e-300))


@given(matrices(), SCHEMES)
def test_codes_stay_in_the_narrow_range_and_reach_its_end(weight, quantizer):
    codes = np.abs(quantizer.codes(weight))
    q_max = 2 ** (quantizer.bits - 1) - 1
    assert codes.max() <= q_max
    groups = zip(codes, weight, strict=True) if quantizer.per_channel else [(codes, weight)]
    for group, values in groups:
        assert group.max() == (q_max if np.any(values) else 0)


def test_codes_stay_in_range_where_the_scale_itself_is_rounded():
    smallest = 5e-324  # 700 of them over q_max = 511 round to a scale of one of them, so 700 has to be clipped
    np.testing.assert_array_equal(UniformQuantizer(bits=10).codes([[700 * smallest, 3 * smallest]]), [[511, 3]])


@given(matrices(), SCHEMES)
def test_quantizing_twice_changes_nothing(weight, quantizer):
    once = quantizer.quantize(weight)
    np.testing.assert_array_equal(quantizer.codes(once), quantizer.codes(weight))
    np.testing.assert_allclose(quantizer.quantize(once), once, rtol=1e-14, atol=0)


@given(matrices(), BITS)
def test_a_fixed_step_twice_changes_nothing_at_all(weight, bits):
    quantizer = UniformQuantizer.with_fixed_step(bits)
    np.testing.assert_array_equal(quantizer.quantize(quantizer.quantize(weight)), quantizer.quantize(weight))


@given(matrices(), SCHEMES)
def test_the_quantizer_is_odd(weight, quantizer):
    np.testing.assert_array_equal(quantizer.codes(-weight), -quantizer.codes(weight))
    np.testing.assert_array_equal(quantizer.quantize(-weight), -quantizer.quantize(weight))


@given(matrices(), SCHEMES, st.integers(-20, 20))
def test_scaling_the_weights_scales_the_step_and_keeps_the_codes(weight, quantizer, exponent):
    factor = 2.0**exponent
    np.testing.assert_array_equal(quantizer.codes(factor * weight), quantizer.codes(weight))
    np.testing.assert_array_equal(quantizer.scale(factor * weight), factor * quantizer.scale(weight))


@given(matrices(), BITS)
def test_with_one_scale_a_row_the_rows_are_independent(weight, bits):
    by_channel, by_tensor = UniformQuantizer(bits=bits, per_channel=True), UniformQuantizer(bits=bits)
    np.testing.assert_array_equal(
        by_channel.quantize(weight), np.vstack([by_tensor.quantize(row[None, :]) for row in weight])
    )


@given(st.tuples(st.integers(1, 4), st.integers(1, 4)), SCHEMES)
def test_a_matrix_of_zeros_stays_zero(shape, quantizer):
    zeros = np.zeros(shape)
    assert not quantizer.scale(zeros).any()
    assert not quantizer.codes(zeros).any()
    np.testing.assert_array_equal(quantizer.quantize(zeros), zeros)


@given(matrices(), SCHEMES)
def test_the_scale_broadcasts_against_the_weight(weight, quantizer):
    scale = quantizer.scale(weight)
    assert scale.shape == ((len(weight), 1) if quantizer.per_channel else (1, 1))
    np.testing.assert_array_equal(quantizer.quantize(weight), scale * quantizer.codes(weight))


def test_the_callers_matrix_is_left_alone():
    weight = np.array([[0.3, -1.0]])
    UniformQuantizer(bits=2).quantize(weight)
    np.testing.assert_array_equal(weight, [[0.3, -1.0]])


@pytest.mark.parametrize("bits", [1, 0, -4, 33, 4.0, "4", None, True])
def test_bad_bit_widths_are_refused_by_name(bits):
    message = f"bits: {bits!r}"
    for make in (UniformQuantizer, UniformQuantizer.with_fixed_step, lambda bad: fake_quantize([[1.0]], bad)):
        with pytest.raises(ValueError, match=message):
            make(bits)


@pytest.mark.parametrize("step", [0, 0.0, -0.5, float("nan"), float("inf"), "fine", True])
def test_bad_steps_are_refused_by_name(step):
    with pytest.raises(ValueError, match=f"step: {step!r}"):
        UniformQuantizer(step=step)


def test_a_step_too_fine_for_whole_numbers_is_refused():
    with pytest.raises(ValueError, match=r"step: 1e-300 is too fine for weights up to 2"):
        UniformQuantizer(step=1e-300).quantize([[1.0, -2.0]])


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([[1.0, np.nan]], r"weight to quantize: nan at index \(0, 1\)"),
        ([[1.0], [np.inf]], r"weight to quantize: inf at index \(1, 0\)"),
        ([1.0, 2.0], r"weight to quantize: shape \(2,\), expected \(any, any\)"),
        ([[1.0, 2.0], [3.0]], "weight to quantize: not an array of real numbers"),
        ([["1.5"]], "weight to quantize: not an array of real numbers"),
        (np.array([[1.0 + 2.0j]]), "weight to quantize: not an array of real numbers"),
        ([[10**400]], "weight to quantize: not an array of real numbers"),
    ],
)
def test_bad_weights_are_refused(weight, message):
    for method in (UniformQuantizer().scale, UniformQuantizer().codes, UniformQuantizer().q):
        with pytest.raises(ValueError, match=message):
            method(weight)


def test_fake_quantization_by_hand():
    values = [[7.0, 0.4, -6.4], [2.5, -1.5, 0.0]]  # 4 bits: scale 1
    np.testing.assert_array_equal(fake_quantize(values, 4), [[7.0, 0.0, -6.0], [2.0, -2.0, 0.0]])


def test_fake_quantization_has_one_scale_for_all_rows_and_columns():
    values = [[3.0, 0.4], [0.4, 0.4]]  # 3 bits: scale 1, so everything but the largest value vanishes
    np.testing.assert_array_equal(fake_quantize(values, 3), [[3.0, 0.0], [0.0, 0.0]])


@given(matrices((5, 3)), BITS)
def test_fake_quantization_rounds_to_the_nearest_level(values, bits):
    rounded, q_max = fake_quantize(values, bits), 2 ** (bits - 1) - 1
    scale = np.abs(values).max() / q_max
    assert np.all(np.abs(rounded - values) <= scale / 2 * ROUNDING)
    assert len(np.unique(rounded)) <= 2 * q_max + 1
    np.testing.assert_array_equal(fake_quantize(-values, bits), -rounded)
    np.testing.assert_allclose(fake_quantize(rounded, bits), rounded, rtol=1e-14, atol=0)


def test_fake_quantization_of_zeros_and_of_nothing():
    np.testing.assert_array_equal(fake_quantize(np.zeros((3, 2)), 4), np.zeros((3, 2)))
    assert fake_quantize(np.zeros((0, 2)), 4).shape == (0, 2)


def test_fake_quantization_refuses_bad_values():
    with pytest.raises(ValueError, match=r"values to fake-quantize: nan at index \(1, 0\)"):
        fake_quantize([[1.0], [np.nan]], 4)
    with pytest.raises(ValueError, match=r"values to fake-quantize: shape \(2,\)"):
        fake_quantize([1.0, 2.0], 4)
