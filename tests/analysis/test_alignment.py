"""Two charts of one input space: gaps as they are and after alignment, by hand and against independent formulas."""

import numpy as np
import pytest

from quantization_story.analysis.alignment import (
    ChartComparison,
    align_charts,
    compare_charts,
    gates_differ,
    layer_values,
)
from quantization_story.analysis.residuals import Residuals
from quantization_story.analysis.transport import exact_transport
from quantization_story.common import ReluNetwork, UniformQuantizer, decompose_error
from small_networks import he_network


@pytest.fixture
def pair() -> tuple[ReluNetwork, ReluNetwork]:
    net = he_network((2, 2, 2, 2), seed=4)
    return net, net.quantized(UniformQuantizer(3))


def comparison(aligned: list[float]) -> ChartComparison:
    """Four points with raw gaps of 2, the last two crossed, and these gaps after a map."""
    crossed = np.array([False, False, True, True])
    raw = np.column_stack([np.full(4, 2.0), np.zeros(4)])
    return ChartComparison(
        Residuals(raw, crossed), Residuals(np.column_stack([np.zeros(4), np.array(aligned)]), crossed)
    )


def test_shares_by_hand() -> None:
    compared = comparison([1.0, 1.0, 0.0, 2.0])
    # Squares: 16 before; 2 on green and 4 on red after.
    assert compared.chart_share == pytest.approx(10 / 16)
    assert compared.parts == pytest.approx((10 / 16, 2 / 16, 4 / 16))
    assert compared.falls == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize(
    ("aligned", "verdict"),
    [([1, 1, 3, 3], "outliers"), ([1, 1, 1, 2], "farther"), ([1, 1, 1, 1], "no farther"), ([0, 0, 1, 1], "outliers")],
)
def test_the_verdict_follows_the_means(aligned: list[float], verdict: str) -> None:
    assert comparison(aligned).verdict == verdict


def test_without_crossed_points_there_is_no_verdict(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    net, _ = pair
    x = np.random.default_rng(0).normal(size=(9, 2))
    same = Residuals(np.ones((9, 2)), gates_differ(net, net, x, 2))
    compared = ChartComparison(same, same)
    assert compared.verdict == "none"
    assert compared.falls == (0.0, 0.0)


def test_before_the_relu_the_alignment_is_exact(pair: tuple[ReluNetwork, ReluNetwork], points: np.ndarray) -> None:
    alignment = align_charts(*pair, points[:100], 1, activated=False)
    exact = exact_transport(*pair)
    assert alignment.linear == pytest.approx(exact.linear)
    assert alignment.offset == pytest.approx(exact.offset)
    compared = compare_charts(*pair, alignment, points, 1, activated=False)
    assert compared.raw.sizes.mean() > 0.01
    assert compared.aligned.sizes.max() < 1e-12
    assert compared.chart_share == pytest.approx(1.0)


def test_after_the_relu_no_other_affine_map_fits_better(
    pair: tuple[ReluNetwork, ReluNetwork], points: np.ndarray
) -> None:
    alignment = align_charts(*pair, points, 1, activated=True)
    left = compare_charts(*pair, alignment, points, 1, activated=True).aligned.vectors
    source = layer_values(pair[1], points, 1, True)
    design = np.column_stack([source, np.ones(len(source))])
    assert design.T @ left == pytest.approx(0.0, abs=1e-8 * np.abs(design).sum())
    assert np.linalg.norm(left) > 1e-3


def test_values_and_gates_of_a_layer(pair: tuple[ReluNetwork, ReluNetwork], points: np.ndarray) -> None:
    net, quantized = pair
    assert (layer_values(net, points, 2, True) == np.maximum(net.pre_activations(points)[1], 0.0)).all()
    assert (layer_values(net, points, 2, False) == net.pre_activations(points)[1]).all()
    assert (gates_differ(net, quantized, points, 2) == ~decompose_error(net, quantized, points).same_pattern).all()
    first = (net.pre_activations(points)[0] > 0) != (quantized.pre_activations(points)[0] > 0)
    assert (gates_differ(net, quantized, points, 1) == first.any(axis=1)).all()
    assert gates_differ(net, quantized, points, 1).sum() < gates_differ(net, quantized, points, 2).sum()
