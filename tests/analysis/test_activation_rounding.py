"""What rounding the states adds: the exact region of a linear chain, the box behind ReLUs, and the figures."""

import numpy as np
import pytest
from hypothesis import given

from quantization_story.analysis.activation_rounding import (
    BitsDial,
    RegimeFigures,
    compared,
    regime_figures,
    rounding_boxes,
    rounding_generators,
    routed_states,
    shared_places_words,
    task_words,
)
from quantization_story.analysis.fake_quantization import quantized_path
from quantization_story.common import UniformQuantizer, decompose_error, fit_affine
from quantization_story.core.blends import along
from quantization_story.core.tasks import LabelledPoints
from quantization_story.error_regions.shapes import circle, make_manifold
from quantization_story.error_regions.weight_families import FULL_2D
from quantization_story.error_regions.zonotopes import zonotope_contains, zonotope_support
from small_networks import he_network, networks_and_points

DIAL = BitsDial(FULL_2D.weights, circle(40).points, (8, 4, 2))


# --- the region of a linear chain


def test_the_region_is_the_sum_of_every_roundings_box():
    weights, steps = FULL_2D.rounded(), [0.1, 0.3, 0.2, 0.4]
    generators = rounding_generators(weights, steps)
    assert [part.shape for part in generators] == [(2, 2), (2, 4), (2, 6), (2, 8)]
    # The farthest gap along u: every rounding at the end of its interval that pushes along u.
    for angle in np.linspace(0.0, 3.0, 7):
        u = np.array([np.cos(angle), np.sin(angle)])
        for layer in range(1, 5):
            gap = np.zeros(2)
            for k in range(layer):
                carry = np.eye(2)
                for weight in weights[k + 1 : layer]:
                    carry = weight @ carry
                gap = gap + carry @ (steps[k] / 2 * np.where(u @ carry < 0, -1.0, 1.0))
            assert zonotope_support(generators[layer - 1], u[None])[0] == pytest.approx(u @ gap)


@pytest.mark.parametrize("bits", [8, 4, 2])
@pytest.mark.parametrize("name", ["circle", "spiral", "two blobs"])
def test_no_gap_leaves_the_region_of_a_linear_chain(bits, name):
    points = make_manifold(name, 60).points
    alone, both = (quantized_path(FULL_2D.weights, points, bits, states) for states in (None, bits))
    rounded = [UniformQuantizer(bits).quantize(weight) for weight in FULL_2D.weights]
    regions = rounding_generators(rounded, both.steps[1:])
    for layer, region in enumerate(regions, start=1):
        gaps = both.quantized[layer] - alone.quantized[layer]
        assert zonotope_contains(region, gaps, tolerance=1e-9).all()
        # A region of half the steps would not hold them all: the statement is not empty.
        assert layer > 1 or not zonotope_contains(region / 2, gaps).all()


# --- the box behind ReLUs


@given(networks_and_points())
def test_no_gap_leaves_the_box_behind_relus(case):
    net, points = case
    routed = routed_states(net, points, 3)
    for gap, box, exact in zip(routed.gaps, routed.boxes, routed.weight_only, strict=True):
        assert (np.abs(gap) <= box + 1e-9 * (1 + np.abs(exact).max())).all()


def test_the_box_holds_the_region_of_the_linear_chain_and_is_it_for_one_layer():
    weights, steps = FULL_2D.rounded(), [0.1, 0.3, 0.2, 0.4]
    boxes, regions = rounding_boxes(weights, steps), rounding_generators(weights, steps)
    assert len(boxes) == 9
    np.testing.assert_array_equal(boxes[0], [0.0, 0.0])
    np.testing.assert_allclose(boxes[2], [0.05, 0.05])
    for layer, region in enumerate(regions, start=1):
        np.testing.assert_allclose(boxes[2 * layer] - boxes[2 * layer - 1], steps[layer - 1] / 2)
        assert (boxes[2 * layer] >= np.abs(region).sum(axis=1) - 1e-12).all()


def test_the_stops_are_the_states_before_and_after_they_are_rounded(net, points):
    routed, bits = routed_states(net, points, 4), 4
    alone, both = quantized_path(net, points, bits), quantized_path(net, points, bits, bits)
    assert len(routed.exact) == len(routed.both) == 2 * net.depth + 1
    for layer in range(1, net.depth + 1):
        for stop in (2 * layer - 1, 2 * layer):
            np.testing.assert_array_equal(routed.exact[stop], both.exact[layer])
            np.testing.assert_array_equal(routed.weight_only[stop], alone.quantized[layer])
        np.testing.assert_array_equal(routed.both[2 * layer], both.quantized[layer])
        move = np.abs(routed.both[2 * layer] - routed.both[2 * layer - 1])
        assert move.max() <= routed.steps[layer - 1] / 2 + 1e-9
    assert routed.steps == both.steps[1:]
    parts = decompose_error(net, net.quantized(UniformQuantizer(bits)), points)
    np.testing.assert_array_equal(routed.rerouted[0], (parts.topological != 0).any(axis=1))
    assert routed.rerouted[0].any()
    gaps = np.linalg.norm(both.quantized[-1] - alone.quantized[-1], axis=1)
    assert gaps[routed.widest_gap(50)] == gaps[:50].max()


# --- the dial


def test_the_dial_is_exact_at_its_stops():
    for stop, bits in enumerate(DIAL.bits):
        for activations in (False, True):
            path = quantized_path(FULL_2D.weights, circle(40).points, bits, bits if activations else None)
            np.testing.assert_allclose(DIAL.pictures(stop, activations) * DIAL.reach[stop], path.errors[1:], atol=1e-12)
            np.testing.assert_array_equal(DIAL.largest(stop, activations), path.largest_errors[1:])
        both = quantized_path(FULL_2D.weights, circle(40).points, bits, bits)
        np.testing.assert_array_equal(DIAL.states(stop, 1.0, 2), both.quantized[2])
        before = both.quantized[1] @ UniformQuantizer(bits).quantize(FULL_2D.weights[1]).T
        np.testing.assert_allclose(DIAL.states(stop, 0.0, 2), before)


def test_the_dial_fits_its_pictures_and_its_tubes():
    for stop in range(3):
        largest = max(np.abs(DIAL.pictures(stop, activations)).max() for activations in (False, True))
        assert largest == pytest.approx(1.0)
        assert DIAL.room[stop] >= DIAL.reach[stop] - 1e-12
        errors, region = DIAL.weight_only[stop].errors[-1], DIAL.generators(stop)[-1]
        assert np.abs(errors).max() + np.abs(region).sum(axis=1).max() >= DIAL.room[stop] - 1e-12


def test_between_two_stops_pictures_are_blended():
    half = 0.5 * (DIAL.pictures(1, True) + DIAL.pictures(2, True))
    np.testing.assert_allclose(DIAL.pictures(1.5, True), half)
    np.testing.assert_allclose(along([np.zeros(2), np.ones(2), np.full(2, 5.0)], 1.25), [2.0, 2.0])
    assert along([np.ones(1)], 0).tolist() == [1.0]


# --- the figures


def test_the_figures_are_those_of_the_paths(net, points):
    net = he_network((2, 4, 2), 1)
    data, other = (LabelledPoints(part, np.arange(len(part)) % 3) for part in (points[:200], points[200:]))
    for states in (None, 4):
        figures = regime_figures(net, data, other, 3, 4, states)
        path = quantized_path(net, data.points, 4, states)
        angle = 2 * np.pi * np.arange(3) / 3 + np.pi / 2
        logits = path.quantized[-1] @ np.array([np.cos(angle), np.sin(angle)])
        assert figures.accuracy == pytest.approx(np.mean(logits.argmax(axis=1) == data.labels))
        assert figures.error == pytest.approx(np.mean(np.linalg.norm(path.errors[-1], axis=1) ** 2))
        assert figures.metric == pytest.approx(np.mean(np.linalg.norm(path.metric[-1], axis=1) ** 2))
        assert figures.topological == pytest.approx(np.mean(np.linalg.norm(path.topological[-1], axis=1) ** 2))
        assert figures.places == len({tuple(output) for output in path.quantized[-1].tolist()})
        fitted = quantized_path(net, other.points, 4, states)
        own = fit_affine(fitted.quantized[-1], net(other.points))(path.quantized[-1])
        logits = own @ np.array([np.cos(angle), np.sin(angle)])
        assert figures.mapped == pytest.approx(np.mean(logits.argmax(axis=1) == data.labels))


def test_weight_only_figures_are_those_of_the_decomposition(net, points):
    data = LabelledPoints(points, np.zeros(len(points), dtype=int))
    figures = regime_figures(net, data, data, 3, 3)
    parts = decompose_error(net, net.quantized(UniformQuantizer(3)), points)
    assert figures.metric == pytest.approx((parts.metric**2).sum(axis=1).mean())
    assert figures.topological == pytest.approx((parts.topological**2).sum(axis=1).mean())


def test_the_output_map_leaves_the_least_squares_residual(net, points):
    path = quantized_path(net, points, 4, 4)
    residual = path.output_map(path.quantized[-1]) - path.exact[-1]
    np.testing.assert_allclose(residual.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(path.quantized[-1].T @ residual / len(points), 0.0, atol=1e-8)


def test_words_follow_the_figures():
    words = {"up": "rises", "down": "falls", "same": "stays"}
    assert [compared(*pair, **words) for pair in ((1, 2), (2, 1), (1, 1))] == ["rises", "falls", "stays"]


@pytest.mark.parametrize(
    ("accuracy", "error", "said"),
    [
        (0.9, 2.0, "Accuracy rises here, though the error grows"),
        (0.9, 0.5, "Accuracy rises here, and the error shrinks"),
        (0.7, 2.0, "Accuracy falls here, and the error grows"),
        (0.7, 0.5, "Accuracy falls here, though the error shrinks"),
        (0.8, 1.0, "Accuracy stays here, and the error stays"),
    ],
)
def test_the_task_and_the_error_need_not_agree(accuracy, error, said):
    before, after = (RegimeFigures(a, 3, e, 0.0, 0.0, 0.0) for a, e in ((0.8, 1.0), (accuracy, error)))
    assert task_words(before, after) == said


def test_points_share_places_or_keep_their_own():
    assert shared_places_words(30, 4) == "30 points share 4 outputs: no map can take them apart"
    assert shared_places_words(30, 30) == "All 30 points keep an output of their own"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rounding_generators(FULL_2D.weights, [0.1]), "4 layers need as many steps, not 1"),
        (lambda: rounding_boxes([], []), "0 layers"),
        (lambda: rounding_boxes([np.eye(2), np.eye(3)], [0.1, 0.1]), "weight of layer 2"),
        (lambda: rounding_boxes([np.eye(2)], [-0.1]), "step of layer 1"),
        (lambda: along([np.ones(2)], 1.0), "place 1.0"),
        (lambda: DIAL.largest(2.5, False), r"place 2\.5"),
    ],
)
def test_bad_input_is_one_clear_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
