"""What one output map leaves, and corrections side by side with their controls."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.analysis.residuals import (
    Residuals,
    arrow_scale,
    output_residuals,
)
from quantization_story.common import ReluNetwork, UniformQuantizer, fit_corrections
from quantization_story.core.affine import AffineMap
from quantization_story.core.corrections import correction_numbers, largest_rank, output_map
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from quantization_story.report.recovery import recovery_study
from quantization_story.training.optimize import he_start


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


def test_the_numbers_that_corrections_store() -> None:
    widths = (2, 16, 2)
    assert correction_numbers(widths, "bias") == 16 + 2
    assert correction_numbers(widths, "affine") == 16 * 16 + 16 + 2 * 2 + 2
    assert correction_numbers(widths, "low-rank", 2) == 2 * 18 + 2 * 18
    with pytest.raises(ValueError, match="kind"):
        correction_numbers(widths, "none")  # type: ignore[arg-type]


def test_the_largest_rank_is_the_shorter_side() -> None:
    assert largest_rank(he_start((2, 16, 2, 16, 2), 0)) == 2
    assert largest_rank(he_start((2, 16, 8, 3), 0)) == 8


def test_the_study_measures_each_correction_on_held_out_points() -> None:
    learned = load_network("pinwheel")
    study = recovery_study(learned)
    held_out, classes = learned.held_out, learned.task.classes
    assert [each.kind for each in study.all] == ["float", "RTN", "bias", "affine", "low-rank"]
    quantized = learned.quantized()
    networks = [learned.network, quantized] + [
        fit_corrections(learned.network, quantized, learned.calibration.points, kind, rank)  # type: ignore[arg-type]
        for kind, rank in (("bias", 1), ("affine", 1), ("low-rank", 2))
    ]
    for each, network in zip(study.all, networks, strict=True):
        assert each.accuracy == accuracy(network, held_out.points, held_out.labels, classes)
    # All layers are two wide, so a term of rank 2 is the whole rounding error: it rebuilds the float network.
    assert study.corrected[-1].largest_gap < 1e-8
    assert study.exact.largest_gap == 0.0
    assert all(each.on_float is not None for each in study.corrected)
    assert [each.numbers for each in study.all] == [0, 0, 6, 18, 24]


def test_the_wrong_points_are_those_of_the_last_network_that_is_seen() -> None:
    study = recovery_study(load_network("pinwheel"))
    for seen, index in ((0.0, 0), (1.0, 0), (1.2, 1), (2.0, 1), (4.5, 4), (5.0, 4)):
        assert (study.wrong(seen) == ~study.all[index].right).all()


def test_a_network_that_has_not_learned_is_refused() -> None:
    learned = replace(load_network("pinwheel"), network=he_start((2, 2, 2, 2), 0))
    with pytest.raises(ValueError, match="has not learned"):
        recovery_study(learned)


def test_arrows_are_scaled_by_what_nearly_all_of_them_stay_below() -> None:
    sizes = np.repeat([1.0, 10.0, 100.0], [60, 37, 3])
    assert arrow_scale(sizes, 10.0) == pytest.approx(1.0)


def test_a_network_rebuilds_another_only_up_to_rounding() -> None:
    study = recovery_study(load_network("pinwheel"))
    assert [each.rebuilds for each in study.all] == [True, False, False, True, True]
    assert [replace(study.exact, largest_gap=gap).rebuilds for gap in (1e-9, 1e-3)] == [True, False]
