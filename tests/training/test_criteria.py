"""The measures by which networks are chosen, against cases worked out by hand and independent counts."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from quantization_story.common import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import LabelledPoints, prototypes
from quantization_story.networks import SHIPPED_WINDOW, load_network
from quantization_story.training.criteria import (
    Subject,
    Thresholds,
    accuracy_drop,
    bit_cost,
    changed_area,
    class_margin,
    clearness,
    crossed,
    displacement,
    largest_pre_activation,
    least_aspect,
    least_fold,
    outcome,
    rank_deficit,
    recovered_share,
    region_count,
    shortfall,
    worst_condition,
)


def judged(network, points, labels, bits=8):
    """A network with the same points to calibrate and to score on."""
    data = LabelledPoints(np.asarray(points, dtype=float), np.asarray(labels))
    return Subject(network, UniformQuantizer(bits), data, data)


@pytest.fixture(scope="module")
def story():
    """The shipped story network as a subject."""
    learned = load_network("pinwheel")
    return Subject(learned.network, learned.quantizer, learned.calibration, learned.held_out)


IDENTITY = ReluNetwork((np.eye(2), np.eye(2)), (np.zeros(2), np.zeros(2)))
CORNERS = [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]


@pytest.mark.parametrize(
    ("thresholds", "letter"),
    [
        (Thresholds(learned=1.0), "-"),
        (Thresholds(loss=0.2), "h"),
        (Thresholds(loss=0.1), "r"),
        (Thresholds(loss=0.1, back_within=0.0), "l"),
    ],
)
def test_outcome_follows_its_thresholds(story, thresholds, letter):
    assert outcome(story, thresholds, "output_map") == letter


def test_the_shares_of_a_loss_add_up(story):
    whole = accuracy_drop(story)
    assert recovered_share(story, "output_map") * whole + shortfall(story, "output_map") == pytest.approx(whole)
    assert recovered_share(judged(IDENTITY, CORNERS, [0, 0, 0, 0]), "bias") == 0.0


def test_folds_count_the_smaller_side():
    assert least_fold(judged(IDENTITY, CORNERS, [0] * 4)) == 0.5
    assert least_fold(judged(IDENTITY, [*CORNERS, [2.0, -1.0]], [0] * 5)) == pytest.approx(0.4)
    assert least_fold(judged(ReluNetwork(IDENTITY.weights, ([9.0, 0.0], [0.0, 0.0])), CORNERS, [0] * 4)) == 0.0


def test_aspect_is_the_flattest_layer():
    stretched = ReluNetwork((np.diag([4.0, 1.0]), np.eye(2)), (np.zeros(2), np.zeros(2)))
    assert least_aspect(judged(stretched, CORNERS, [0] * 4)) == pytest.approx(0.25)


def test_extent_is_the_largest_coordinate_of_either_network():
    network = ReluNetwork((np.array([[3.0, 0.0], [0.0, -7.0]]),), (np.zeros(2),))
    assert largest_pre_activation(judged(network, CORNERS, [0] * 4)) == 7.0


def test_rank_and_condition():
    full, thin = np.diag([5.0, 1.0]), np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    assert rank_deficit([full]) == 0
    assert rank_deficit([full, thin]) == 1
    assert worst_condition(ReluNetwork((full,), (np.zeros(2),))) == pytest.approx(5.0)


def test_margin_is_the_distance_to_the_sector_boundary():
    """At the tip of its prototype an output is cos 30 degrees away from both boundaries of its sector."""
    network, tips = ReluNetwork((np.eye(2),), (np.zeros(2),)), prototypes(3)
    assert class_margin(judged(network, tips, [0, 1, 2])) == pytest.approx(np.cos(np.pi / 6))
    assert class_margin(judged(network, tips, [1, 2, 0])) < 0


def test_displacement_is_relative():
    """At 2 bits diag(1, 0.4) becomes diag(1, 0)."""
    network = ReluNetwork((np.diag([1.0, 0.4]),), (np.zeros(2),))
    subject = judged(network, CORNERS, [0] * 4, bits=2)
    assert displacement(subject) == pytest.approx(0.4 / np.hypot(1.0, 0.4))


def test_changed_area_and_regions_agree_with_a_fine_grid(story):
    """The exact figures, against the patterns at 10^6 points of the box."""
    step = (SHIPPED_WINDOW.box[1] - SHIPPED_WINDOW.box[0]) / 1000
    axis = np.arange(SHIPPED_WINDOW.box[0] + step / 2, SHIPPED_WINDOW.box[1], step)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    patterns, rounded = story.network.activation_patterns(grid), story.quantized.activation_patterns(grid)
    assert changed_area(story) == pytest.approx(np.any(patterns != rounded, axis=1).mean(), abs=1e-3)
    assert region_count(story.network) == len(np.unique(patterns @ 2 ** np.arange(patterns.shape[1])))


def test_nothing_crosses_without_an_error():
    assert not crossed(judged(IDENTITY, CORNERS, [0] * 4)).any()


def test_a_bit_costs_what_the_worst_step_costs(story):
    reached = [story.at_bits(bits).quantized_accuracy for bits in range(2, 9)]
    assert bit_cost(story) == max(before - after for before, after in pairwise(reached))


def test_clearness_is_the_geometric_mean_of_its_terms(story):
    terms = clearness(story)
    whole = terms.pop("clearness")
    assert len(terms) == 7
    assert all(0 < value <= 1 for value in terms.values())
    assert np.log(whole) == pytest.approx(np.mean(np.log(list(terms.values()))))


def test_a_unit_that_folds_nothing_leaves_no_clearness():
    shifted = ReluNetwork(IDENTITY.weights, ([9.0, 0.0], [0.0, 0.0]))
    assert clearness(judged(shifted, CORNERS, [0, 1, 1, 2], bits=3))["clearness"] == 0.0


@pytest.mark.parametrize(
    ("before", "rounded", "repaired", "letter"),
    [
        (0.75, 0.5, 0.75, "r"),  # learned, lost and back by just what is asked
        (0.75, 0.5, 0.625, "r"),
        (0.75, 0.5, 0.5, "l"),
        (0.75, 0.625, 0.75, "h"),
        (0.5, 0.25, 0.5, "-"),
    ],
)
def test_a_threshold_that_is_just_met_counts(before, rounded, repaired, letter):
    subject = SimpleNamespace(float_accuracy=before, quantized_accuracy=rounded, repaired=lambda name: repaired)
    assert outcome(subject, Thresholds(learned=0.75, loss=0.25, back_within=0.125), "bias") == letter
