"""The measures of an error region, and the experiments: three families of weights, in the plane and in space."""

import numpy as np
import pytest

from quantization_story.error_regions.propagation import error_generators, error_region
from quantization_story.error_regions.weight_families import (
    DIAGONAL_PART_3D,
    FAMILIES_2D,
    FAMILIES_3D,
    FULL_2D,
    FULL_3D,
    INPUT_2D,
    INPUT_3D,
    NON_UNIFORM_DIAGONAL_2D,
    NON_UNIFORM_DIAGONAL_3D,
    UNIFORM_DIAGONAL_2D,
    UNIFORM_DIAGONAL_3D,
    WeightFamily,
    run_experiment,
)

STEP = 2.0**-7
FAMILIES = [*FAMILIES_2D, *FAMILIES_3D]


# --- the measures of a region


def test_a_region_keeps_every_layers_part():
    rng = np.random.default_rng(5)
    x, weights = rng.normal(size=2) * 5, [np.eye(2) + 0.3 * rng.normal(size=(2, 2)) for _ in range(3)]
    result = error_region(x, weights, 0.1, name="mine")
    assert (result.name, result.step, result.all_orders, len(result.layers)) == ("mine", 0.1, False, 3)
    values = x
    for number, (layer, weight) in enumerate(zip(result.layers, weights, strict=True), start=1):
        np.testing.assert_array_equal(layer.weight, weight)
        np.testing.assert_allclose(layer.values, values, atol=1e-12)
        np.testing.assert_allclose(layer.half_widths, 0.05 * np.abs(values).sum())
        np.testing.assert_allclose(layer.box.vertices @ layer.pull_back.T, sorted_like(layer), atol=1e-12)
        assert layer.total.generators.shape == (2, 2 * number)
        assert layer.spectral_norm == pytest.approx(np.linalg.svd(weight)[1][0])
        assert layer.determinant == pytest.approx(np.linalg.det(weight))
        assert layer.condition == pytest.approx(np.divide(*np.linalg.svd(weight)[1]))
        assert layer.own.volume == pytest.approx(layer.box.volume * abs(np.linalg.det(layer.pull_back)))
        values = weight @ values
    np.testing.assert_array_equal(result.region.generators, np.hstack(error_generators(x, weights, 0.1)))


def sorted_like(layer):
    """The corners of the layer's parallelogram in the order of the box's corners that are pulled back to them."""
    pulled = layer.box.vertices @ layer.pull_back.T
    gaps = np.linalg.norm(pulled[:, None] - layer.own.vertices, axis=2)
    return layer.own.vertices[gaps.argmin(axis=1)]


def test_contributions_add_up_and_volumes_grow():
    for family in FAMILIES:
        result = run_experiment(family)
        np.testing.assert_allclose(result.contributions.sum(axis=0), result.region.half_widths, rtol=1e-12)
        assert (np.diff(result.volumes) > 0).all()
        assert result.volumes[0] == pytest.approx(result.layers[0].own.volume)
        assert result.volumes[-1] == pytest.approx(result.region.volume)
        growth = np.cumsum(result.contributions, axis=0) / np.abs(result.x)
        np.testing.assert_allclose(result.relative_growth, growth, rtol=1e-12)
        np.testing.assert_array_equal(result.relative_error, result.relative_growth[-1])


@pytest.mark.parametrize("family", [family for family in FAMILIES if family.diagonal], ids=lambda family: family.name)
def test_the_relative_error_of_diagonal_layers_is_half_a_step_over_each_weight(family):
    result = run_experiment(family)
    diagonals = np.array([np.diag(weight) for weight in family.rounded()])
    np.testing.assert_allclose(result.relative_error, (STEP / 2 / diagonals).sum(axis=0), rtol=1e-12)
    assert result.region.box_efficiency == pytest.approx(1.0, abs=1e-12)
    assert len(result.region.vertices) == 2 ** len(result.x)


def test_channels_agree_for_uniform_weights_and_part_ways_for_others():
    for uniform, other in (
        (UNIFORM_DIAGONAL_2D, NON_UNIFORM_DIAGONAL_2D),
        (UNIFORM_DIAGONAL_3D, NON_UNIFORM_DIAGONAL_3D),
    ):
        np.testing.assert_allclose(run_experiment(uniform).sensitivity, 1.0, rtol=1e-12)
        assert np.ptp(run_experiment(other).sensitivity) > 0.05
        assert run_experiment(other).sensitivity.mean() == pytest.approx(1.0)


def test_a_channel_of_zero_has_an_unbounded_relative_error_and_no_sensitivity():
    full = error_region([0.0, 3.0], FULL_2D.weights, STEP)
    assert full.relative_error[0] == np.inf
    assert 0 < full.relative_error[1] < np.inf
    diagonal = error_region([0.0, 3.0], UNIFORM_DIAGONAL_2D.weights, STEP, diagonal=True)
    assert diagonal.relative_error[0] == 0.0
    for result in (full, error_region([0.0, 0.0], FULL_2D.weights, STEP)):
        with pytest.raises(ValueError, match="channel sensitivity"):
            _ = result.sensitivity


# --- the experiments


def test_the_families_are_chains_of_four_layers_with_their_inputs():
    assert [len(family.weights) for family in FAMILIES] == [4] * 6
    assert [family.diagonal for family in FAMILIES] == [True, True, False] * 2
    assert (INPUT_2D, INPUT_3D) == ((10.0, 20.0), (10.0, 20.0, 30.0))
    np.testing.assert_array_equal(run_experiment(FULL_2D).x, INPUT_2D)
    np.testing.assert_array_equal(run_experiment(FULL_3D).x, INPUT_3D)
    assert FULL_2D.weights[1].tolist() == [[0.95, -0.15], [0.2, 0.85]]
    assert FULL_3D.weights[3].tolist() == [[0.9, 0.2, -0.1], [-0.2, 1.0, 0.1], [0.1, -0.1, 0.85]]
    assert np.diag(NON_UNIFORM_DIAGONAL_3D.weights[0]).tolist() == [0.8, 1.2, 0.5]
    assert [weight[0, 0] for weight in UNIFORM_DIAGONAL_2D.weights] == [0.9, 1.1, 0.85, 1.05]
    assert [weight[2, 2] for weight in UNIFORM_DIAGONAL_3D.weights] == [0.8, 1.2, 0.9, 1.1]
    assert DIAGONAL_PART_3D.weights[1].tolist() == np.diag([0.8, 0.8, 0.9]).tolist()
    assert not DIAGONAL_PART_3D.diagonal


def test_an_experiment_uses_the_rounded_weights_and_their_step():
    result = run_experiment(FULL_2D, [3.0, -4.0], bits=4)
    assert result.step == 0.125
    for layer, weight in zip(result.layers, FULL_2D.weights, strict=True):
        np.testing.assert_array_equal(layer.weight, np.rint(weight * 8) / 8)
    assert result.name == "full matrices"
    np.testing.assert_array_equal(result.x, [3.0, -4.0])


def test_full_matrices_tilt_the_region_out_of_its_box():
    for family in (FULL_2D, FULL_3D):
        region = run_experiment(family).region
        assert region.box_efficiency < 0.8
        assert region.principal_axes.condition > 1.5
        assert region.contains(region.box[1:]).sum() == 0


def test_rounding_that_makes_a_layer_singular_is_an_error_that_names_it():
    family = WeightFamily("lost", (np.eye(2), np.diag([0.2, 1.0])), diagonal=True)
    assert run_experiment(family, bits=3).step == 0.25
    with pytest.raises(ValueError, match="layer 2 is singular"):
        run_experiment(family, bits=2)
