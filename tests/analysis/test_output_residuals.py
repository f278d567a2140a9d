"""What one output map leaves at each point, and how long its arrows are drawn."""

import numpy as np
import pytest

from quantization_story.analysis.residuals import Residuals, arrow_scale, output_residuals
from quantization_story.common import ReluNetwork, UniformQuantizer, fit_corrections
from quantization_story.core.affine import AffineMap
from quantization_story.core.corrections import output_map


def test_shares_and_means_by_hand() -> None:
    left = Residuals(np.array([[3.0, 4.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), np.array([True, False, False, False]))
    assert left.sizes.tolist() == [5.0, 1.0, 1.0, 0.0]
    assert left.crossed_share == 0.25
    assert left.crossed_mean == 5.0
    assert left.same_mean == pytest.approx(2 / 3)
    assert left.energy_share == pytest.approx(25 / 27)


def test_where_nothing_crossed_or_nothing_is_left_the_shares_are_zero() -> None:
    left = Residuals(np.zeros((3, 2)), np.zeros(3, dtype=bool))
    assert (left.crossed_share, left.crossed_mean, left.same_mean, left.energy_share) == (0.0, 0.0, 0.0, 0.0)


def test_residuals_are_the_difference_after_the_map(net: ReluNetwork, points: np.ndarray) -> None:
    quantized = net.quantized(UniformQuantizer(3))
    transport = output_map(net, quantized, points)
    left = output_residuals(net, quantized, transport, points)
    assert left.vectors == pytest.approx(net(points) - transport(quantized(points)))
    corrected = fit_corrections(net, quantized, points, layers=[net.depth])
    assert left.vectors == pytest.approx(net(points) - corrected(points))
    assert left.crossed.tolist() == [
        bool((a != b).any())
        for a, b in zip(net.activation_patterns(points), quantized.activation_patterns(points), strict=True)
    ]
    rough = output_residuals(net, quantized, AffineMap.identity(3), points)
    assert np.sum(left.vectors**2) < np.sum(rough.vectors**2)


@pytest.mark.parametrize(
    ("large", "longest", "scale"), [(1.0, 0.5, 0.5), (2.0, 0.5, 0.2), (0.02, 0.5, 20.0), (3, 3, 1)]
)
def test_arrows_are_scaled_by_a_round_factor(large: float, longest: float, scale: float) -> None:
    assert arrow_scale(np.full(10, large), longest) == pytest.approx(scale)


def test_arrows_of_no_length_keep_their_scale() -> None:
    assert arrow_scale(np.zeros(4), 0.5) == 1.0


def test_arrows_are_scaled_by_what_nearly_all_of_them_stay_below() -> None:
    sizes = np.repeat([1.0, 10.0, 100.0], [60, 37, 3])
    assert arrow_scale(sizes, 10.0) == pytest.approx(1.0)
