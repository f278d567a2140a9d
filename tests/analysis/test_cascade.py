"""Errors and corrections that run down the layers, against independent formulas and identities."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.analysis.cascade import (
    COMPARED,
    Cascade,
    LayerTerms,
    alone_study,
    cascade_study,
    comparison_words,
    composition_words,
    control_words,
    cost_words,
    first_layers,
    growth_words,
    layer_spreads,
    layer_terms,
    local_baseline,
    rounded_alone,
    run_cascade,
    typical_point,
)
from quantization_story.analysis.unit_errors import layer_unit_errors, phase
from quantization_story.common import ReluNetwork, UniformQuantizer, fit_corrections, layer_errors
from quantization_story.core.corrections import correction_numbers, estimate_correction, non_capacity_check
from quantization_story.core.errors import propagated_share
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from small_networks import he_network, networks_and_points, reach


@pytest.fixture
def rounded(net: ReluNetwork) -> ReluNetwork:
    return net.quantized(UniformQuantizer(3))


def made(kind: str, left: float, right: float, numbers: int, on_float: tuple[float, float] = (1.0, 1.0)) -> Cascade:
    """A cascade of one layer with given figures at its end."""
    ends = (LayerTerms(np.array([x]), np.zeros(1), np.array([x])) for x in (1.0, left))
    return Cascade(kind, 0, numbers, tuple(ends), np.array([0.5, right]), np.array(on_float))  # type: ignore[arg-type]


# --- the two terms


def test_terms_are_root_mean_squares_over_the_spread(
    net: ReluNetwork, rounded: ReluNetwork, points: np.ndarray
) -> None:
    spreads = layer_spreads(net, points)
    terms = layer_terms(net, rounded, points, spreads)
    a = a_q = points
    for k, (W, W_q, b) in enumerate(zip(net.weights, rounded.weights, net.biases, strict=True)):
        z, z_q = a @ W.T + b, a_q @ W_q.T + b
        unit = np.sqrt(np.var(z, axis=0).sum())
        assert spreads[k] == pytest.approx(unit)
        for part, error in (("total", z_q - z), ("local", a_q @ (W_q - W).T), ("propagated", (a_q - a) @ W.T)):
            assert getattr(terms, part)[k] == pytest.approx(np.sqrt((error**2).sum(axis=1).mean()) / unit, abs=1e-12)
        a, a_q = np.maximum(z, 0.0), np.maximum(z_q, 0.0)
    shares = [propagated_share(error) for error in layer_errors(net, rounded, points)]
    assert terms.shares == pytest.approx(shares)
    assert terms.shares[0] == 0.0


def test_terms_of_one_point_are_the_lengths_of_its_vectors(
    net: ReluNetwork, rounded: ReluNetwork, points: np.ndarray
) -> None:
    terms = layer_terms(net, rounded, points[:1], np.ones(net.depth))
    for k, error in enumerate(layer_errors(net, rounded, points[:1])):
        assert terms.total[k] == pytest.approx(np.linalg.norm(error.total[0]))


def test_without_error_there_is_no_share(net: ReluNetwork, points: np.ndarray) -> None:
    terms = layer_terms(net, net, points, layer_spreads(net, points))
    for part in (terms.local, terms.propagated, terms.total, terms.shares):
        assert part.tolist() == [0.0] * net.depth


def test_terms_move_evenly_to_other_terms() -> None:
    here = LayerTerms(np.array([3.0]), np.array([4.0]), np.array([5.0]))
    there = LayerTerms(np.array([1.0]), np.array([1.0]), np.array([0.0]))
    half = here.toward(there, 0.5)
    assert (half.local[0], half.propagated[0], half.total[0]) == (2.0, 2.5, 2.5)


def test_bad_points_and_layers_are_named(net: ReluNetwork, rounded: ReluNetwork) -> None:
    with pytest.raises(ValueError, match="at least one point"):
        layer_terms(net, rounded, np.zeros((0, 2)), np.ones(net.depth))
    with pytest.raises(ValueError, match="layer 1"):
        layer_spreads(net, np.ones((5, 2)))
    with pytest.raises(ValueError, match="spreads"):
        layer_terms(net, rounded, np.ones((5, 2)), np.ones(net.depth + 1))


def test_the_typical_point_is_the_closest_to_the_root_mean_squares(
    net: ReluNetwork, rounded: ReluNetwork, points: np.ndarray
) -> None:
    few = points[:40]
    spreads = layer_spreads(net, few)
    whole = layer_terms(net, rounded, few, spreads)
    off = []
    for point in few:
        own = layer_terms(net, rounded, point[None], spreads)
        off.append(np.sum((own.local - whole.local) ** 2 + (own.propagated - whole.propagated) ** 2))
    assert typical_point(net, rounded, few) == int(np.argmin(off))


# --- one layer at a time


def test_one_layer_rounded_alone_errs_from_there_on(net: ReluNetwork, rounded: ReluNetwork, points: np.ndarray) -> None:
    labels = np.arange(len(points)) % 3
    study = alone_study(net, rounded, points, labels, 3)
    spreads = layer_spreads(net, points)
    for k in range(net.depth):
        alone = rounded_alone(net, rounded, k + 1)
        assert [bool((a == b).all()) for a, b in zip(alone.weights, rounded.weights, strict=True)][k]
        assert sum((a != b).any() for a, b in zip(alone.weights, net.weights, strict=True)) == 1
        assert (study.lengths[k, :k] == 0).all()
        # In its own layer the error is what the rounding makes of the float path: nothing has arrived.
        own = net.activations(points)[k] @ (rounded.weights[k] - net.weights[k]).T
        assert study.lengths[k, k] == pytest.approx(np.sqrt((own**2).sum(axis=1).mean()) / spreads[k])
        assert study.accuracies[k] == accuracy(alone, points, labels, 3)
    assert study.lengths[0, 0] == pytest.approx(layer_terms(net, rounded, points, spreads).total[0])


# --- corrections


def test_c_local_is_an_identity(net: ReluNetwork, rounded: ReluNetwork, points: np.ndarray) -> None:
    correction = local_baseline(net, rounded)
    for W, rebuilt in zip(net.weights, correction.apply(rounded).weights, strict=True):
        assert rebuilt == pytest.approx(W, abs=1e-12)
    # As it is said: -E a is added before each ReLU, a being what the layer receives.
    a = points
    for W, W_q, b in zip(net.weights, rounded.weights, net.biases, strict=True):
        z = a @ W_q.T + b - a @ (W_q - W).T
        a = np.maximum(z, 0.0)
    assert z == pytest.approx(net(points), abs=1e-9)


@pytest.mark.parametrize(("kind", "rank"), [("bias", 0), ("low-rank", 1), ("affine", 0)])
def test_one_estimate_serves_every_number_of_layers(net: ReluNetwork, points: np.ndarray, kind, rank: int) -> None:
    quantized = net.quantized(UniformQuantizer(2))
    whole = estimate_correction(net, quantized, points, kind, max(rank, 1))
    for count in range(net.depth + 1):
        expected = fit_corrections(net, quantized, points, kind, max(rank, 1), layers=range(1, count + 1))
        got = first_layers(whole, count).apply(quantized)
        assert got(points) == pytest.approx(expected(points), abs=1e-9)
    with pytest.raises(ValueError, match="first"):
        first_layers(whole, net.depth + 1)


@pytest.mark.parametrize(("kind", "rank"), [*COMPARED, ("local", 0)])
def test_a_cascade_measures_every_stage_on_other_points(net: ReluNetwork, kind, rank: int) -> None:
    quantized = net.quantized(UniformQuantizer(3))
    rng = np.random.default_rng(1)
    fitted, seen = rng.uniform(-3, 3, (300, 2)), rng.uniform(-3, 3, (200, 2))
    labels = net(seen).argmax(axis=1)
    cascade = run_cascade(net, quantized, fitted, seen, labels, kind, rank, 3)
    spreads = layer_spreads(net, seen)
    for k in range(net.depth + 1):
        if kind == "local":
            correction = first_layers(local_baseline(net, quantized), k)
            assert (cascade.terms[k].total[:k] < 1e-12).all()
            assert (cascade.terms[k].propagated[: k + 1] < 1e-12).all()
        else:
            correction = estimate_correction(net, quantized, fitted, kind, max(rank, 1), layers=range(1, k + 1))
        corrected = correction.apply(quantized)
        assert cascade.terms[k].total == pytest.approx(layer_terms(net, corrected, seen, spreads).total, abs=1e-9)
        assert cascade.accuracies[k] == accuracy(corrected, seen, labels, 3)
        check = non_capacity_check(net, correction, seen, labels, 3)
        assert cascade.on_float[k] == check.corrected_float_accuracy
        # What the front has passed does not change any more.
        assert cascade.terms[k].total[:k] == pytest.approx(cascade.terms[-1].total[:k], abs=1e-9)
    assert cascade.left == cascade.terms[-1].total[-1]
    if kind != "local":
        assert cascade.numbers == correction_numbers(net.widths, kind, rank)
    else:
        assert cascade.numbers == sum(W.size for W in net.weights)


def test_between_two_stages_the_picture_moves_evenly() -> None:
    cascade = made("bias", 0.2, 0.9, 3)
    assert cascade.after(0.25).total[0] == pytest.approx(0.8)
    assert cascade.after(-1.0).total[0] == 1.0
    assert cascade.after(7.0).total[0] == pytest.approx(0.2)
    assert replace(cascade, rank=1).name == "rank 1"


def test_the_shipped_deep_network_has_the_study_that_its_provenance_has() -> None:
    learned = load_network("deep")
    held_out, figures = learned.held_out, learned.provenance.figures  # type: ignore[union-attr]
    study = cascade_study(
        learned.network, learned.quantized(), learned.calibration.points, held_out.points, held_out.labels, 2
    )
    assert study.rounded.shares == pytest.approx(figures["propagated_share"], abs=1e-6)
    reached = {each.name: each.accuracies[-1] for each in study.corrected}
    assert reached == pytest.approx(
        {name.replace("_", " "): figures[name] for name in ("bias", "rank_1", "affine")}, abs=1e-6
    )
    assert study.baseline.accuracies[-1] == accuracy(learned.network, held_out.points, held_out.labels, 2)
    assert study.baseline.left < 1e-12
    assert study.numbers == learned.network.parameter_count
    every = [terms for each in (study.baseline, *study.corrected) for terms in each.terms]
    assert study.longest == max(float(terms.total.max()) for terms in every)


# --- words


def test_growth_is_told_as_it_is() -> None:
    assert growth_words([0.2, 0.3, 0.56, 0.55, 0.53]) == "rises to layer 3, then stays level"
    assert growth_words([0.2, 0.3, 0.56, 0.30, 0.53]) == "is largest in layer 3 and then falls"
    assert growth_words([0.1, 0.2, 0.4]) == "is largest at the output"
    assert growth_words([0.1, 0.2]) == "is measured after every layer"


def test_costs_in_accuracy_are_told_in_points() -> None:
    words = composition_words(1.0, 0.886, [0.999, 1.0])
    assert words == "One layer alone costs at most 0.1 points of accuracy; all cost 11.4"
    assert "at most 0.0 points" in composition_words(0.9, 0.8, [0.95])


def test_less_error_is_not_always_more_accuracy() -> None:
    bias, close, dear = made("bias", 0.4, 0.97, 6), made("low-rank", 0.3, 0.93, 8), made("affine", 0.0, 1.0, 99)
    words = "Low-rank errs less on average than bias, yet more points end up wrong"
    assert comparison_words([bias, close, dear], 20) == words
    better = made("low-rank", 0.3, 0.98, 8)
    assert comparison_words([bias, better, dear], 20) == "Low-rank errs least and gets most points right"
    assert comparison_words([bias, dear], 20) == "No two of them store fewer numbers than the network"


def test_the_control_and_the_cost_are_told() -> None:
    fine, raised = made("bias", 0.4, 0.97, 6), made("affine", 0.1, 1.0, 20, on_float=(0.9, 0.95))
    spoiling = made("affine", 0.1, 1.0, 20, on_float=(1.0, 0.5))
    assert control_words([fine, spoiling]) == "Affine fits only the rounded network: on the float one 50.0 % correct"
    assert "none of them changes" in control_words([fine, made("affine", 0.1, 1.0, 20, on_float=(1.0, 0.995))])
    assert "affine raises" in control_words([spoiling, raised])
    assert cost_words(fine, 20) == "Bias: add one number to each unit, 6 numbers"
    assert cost_words(raised, 21).endswith("anew, 20 numbers")
    assert cost_words(raised, 20).endswith("20 numbers (network: 20)")
    assert "a column times a row" in cost_words(replace(fine, kind="low-rank", rank=1), 20)
    assert "3 columns times rows" in cost_words(replace(fine, kind="low-rank", rank=3), 20)


# --- unit by unit


@given(networks_and_points(), st.integers(2, 5))
def test_what_the_weights_bring_adds_up_to_the_two_terms(drawn, bits: int) -> None:
    net, points = drawn
    quantized = net.quantized(UniformQuantizer(bits))
    units = np.arange(1.0, net.depth + 1)
    errors = layer_errors(net, quantized, points[:1])
    tolerance = 1e-9 * reach(net, points)
    for k, pulse in enumerate(layer_unit_errors(net, quantized, points[0], units)):
        assert pulse.local == pytest.approx(errors[k].local[0] / units[k], abs=tolerance)
        assert pulse.carried.sum(axis=1) == pytest.approx(pulse.propagated, abs=tolerance)
        assert pulse.rounded.sum(axis=1) == pytest.approx(pulse.local, abs=tolerance)


def test_nothing_leaves_a_closed_unit() -> None:
    net = he_network((2, 8, 8, 3), seed=5)
    quantized = net.quantized(UniformQuantizer(3))
    pulses = layer_unit_errors(net, quantized, np.array([0.7, -1.2]), np.ones(3))
    assert pulses[0].closed.any()
    assert not pulses[0].closed.all()
    for before, after in pairwise(pulses):
        assert (after.carried[:, before.closed] == 0).all()
        assert (np.abs(after.carried[:, ~before.closed]).sum(axis=0) > 0).any()
    assert not pulses[-1].closed.any()
    assert (pulses[0].carried == 0).all()


def test_a_unit_that_is_shut_on_one_path_only_still_lets_error_out(points: np.ndarray) -> None:
    net = he_network((2, 8, 8, 3), seed=5)
    quantized = net.quantized(UniformQuantizer(2))
    z, z_q = net.pre_activations(points)[0], quantized.pre_activations(points)[0]
    for differ in ((z > 0) & (z_q <= 0), (z <= 0) & (z_q > 0)):
        row, unit = (int(index) for index in np.argwhere(differ)[0])
        pulses = layer_unit_errors(net, quantized, points[row], np.ones(3))
        assert not pulses[0].closed[unit]
        assert (pulses[1].carried[:, unit] != 0).all()


def test_the_front_passes_layer_after_layer_and_step_after_step() -> None:
    assert phase(2.0, 2) == phase(9.0, 2)
    assert set(vars(phase(2.0, 2)).values()) == {1.0}
    assert set(vars(phase(2.0, 3)).values()) == {0.0}
    for front in np.linspace(2.0, 3.0, 41):
        now = phase(float(front), 3)
        assert now.gated >= now.carried >= now.arrived >= now.rounded >= now.added
