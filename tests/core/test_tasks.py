"""The tasks' points, the read-out by prototypes, accuracy, and the gate that asks for a learned network."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quantization_story.common import ReluNetwork
from quantization_story.core.linear_classifier import fit_linear_classifier
from quantization_story.core.tasks import (
    TASKS,
    accuracy,
    accuracy_of_outputs,
    classify,
    hits,
    prototypes,
    require_learned,
    unlearned_words,
)
from small_networks import he_network

IDENTITY = ReluNetwork((np.eye(2),), (np.zeros(2),))
DEGREES_OF_THREE = (90.0, 210.0, 330.0)


def around_the_circle(degrees, radius=1.0):
    angle = np.deg2rad(degrees)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


# --- samples


@pytest.mark.parametrize(("name", "classes"), [("pinwheel", 3), ("spirals", 2), ("moons", 2)])
def test_a_task_draws_balanced_finite_planar_points(name, classes):
    task = TASKS[name]
    assert (task.name, task.classes) == (name, classes)
    drawn = task.sample(300, seed=0)
    assert drawn.points.shape == (300, 2)
    assert np.isfinite(drawn.points).all()
    np.testing.assert_array_equal(np.bincount(drawn.labels), np.full(classes, 300 // classes))
    assert np.abs(drawn.points).max() < 3.0


@pytest.mark.parametrize("name", TASKS)
def test_the_seed_decides_the_points(name):
    first, again, other = (TASKS[name].sample(60, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert np.all(first.points != other.points)


@pytest.mark.parametrize(
    ("name", "turns", "arms", "smallest", "noise"), [("pinwheel", 0.45, 3, 0.03, 0.09), ("spirals", 1.0, 2, 0.04, 0.06)]
)
def test_the_arms_turn_as_they_grow(name, turns, arms, smallest, noise):
    drawn = TASKS[name].sample(6000, seed=1)
    z = drawn.points[:, 0] + 1j * drawn.points[:, 1]
    u = np.abs(z) / 2.4
    assert np.abs(z).max() < 2.4 + 5 * noise
    # u^2 is uniform from `smallest` to 1, and noise adds the mean of its square.
    assert np.mean(u**2) == pytest.approx((1 + smallest) / 2 + 2 * (noise / 2.4) ** 2, abs=0.02)
    # Turned back by its own radius and by its arm, every point lies on the positive x axis.
    straight = z * np.exp(-2j * np.pi * (turns * u + drawn.labels / arms))
    outer = u > 0.5
    assert np.mean(straight.imag[outer]) == pytest.approx(0.0, abs=0.05)
    assert straight.real[outer].min() > 0.0
    # Noise along the radius turns a point too far: across the arm it is sqrt(1 + (2 pi turns u)^2) times as wide.
    spread = straight.imag[outer] / np.sqrt(1 + (2 * np.pi * turns * u[outer]) ** 2)
    assert np.std(spread) == pytest.approx(noise, rel=0.1)


def test_the_moons_are_half_circles_that_reach_into_each_other():
    drawn = TASKS["moons"].sample(4000, seed=2)
    for label, centre, side in ((0, (-0.8, -0.4), 1.0), (1, (0.8, 0.4), -1.0)):
        arm = drawn.points[drawn.labels == label] - centre
        radius = np.hypot(*arm.T)
        assert radius.mean() == pytest.approx(1.6, abs=0.02)
        assert radius.std() == pytest.approx(0.12, rel=0.1)
        assert (side * arm[:, 1]).min() > -5 * 0.12
        assert arm[:, 0].mean() == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("count", [0, -3])
def test_a_task_refuses_to_draw_nothing(count):
    with pytest.raises(ValueError, match=f"task moons: {count} points asked for"):
        TASKS["moons"].sample(count, seed=0)


# --- the read-out


def test_three_prototypes_stand_at_120_degrees_the_first_one_up():
    np.testing.assert_allclose(prototypes(3), around_the_circle(DEGREES_OF_THREE), atol=1e-15)
    np.testing.assert_allclose(prototypes(3)[0], [0.0, 1.0], atol=1e-15)


@pytest.mark.parametrize("classes", range(2, 7))
def test_prototypes_in_the_plane_are_unit_vectors_that_balance(classes):
    P = prototypes(classes)
    np.testing.assert_allclose(np.hypot(*P.T), 1.0, atol=1e-15)
    np.testing.assert_allclose(P.sum(axis=0), 0.0, atol=1e-15)
    np.testing.assert_allclose(np.sum(P * np.roll(P, -1, axis=0), axis=1), np.cos(2 * np.pi / classes), atol=1e-15)


def test_with_one_output_a_class_the_outputs_are_the_logits():
    np.testing.assert_array_equal(prototypes(4, dimension=4), np.eye(4))
    np.testing.assert_array_equal(classify([[0.0, 3.0, 1.0, 2.0], [9.0, 3.0, 1.0, 2.0]], 4), [1, 0])


@pytest.mark.parametrize(("classes", "dimension"), [(3, 4), (2, 1), (4, 3)])
def test_other_dimensions_have_no_read_out(classes, dimension):
    with pytest.raises(ValueError, match=f"no read-out of {classes} classes from {dimension} outputs"):
        prototypes(classes, dimension)


@given(st.floats(0.0, 360.0), st.floats(0.01, 100.0))
def test_an_output_belongs_to_the_sector_it_lies_in(degrees, radius):
    distances = [abs((degrees - centre + 180.0) % 360.0 - 180.0) for centre in DEGREES_OF_THREE]
    assume(sorted(distances)[1] - min(distances) > 1e-6)  # not on the edge of two sectors
    assert classify(around_the_circle([degrees], radius), 3) == [int(np.argmin(distances))]


def test_accuracy_counts_the_right_ones_by_hand():
    outputs = around_the_circle([95.0, 200.0, 331.0, 89.0])  # sectors 0, 1, 2, 0
    assert accuracy_of_outputs(outputs, [0, 1, 2, 0]) == 1.0
    assert accuracy_of_outputs(outputs, [0, 1, 2, 1]) == 0.75
    assert accuracy_of_outputs(outputs, [2, 0, 1, 1]) == 0.0
    assert accuracy(IDENTITY, outputs, [0, 1, 2, 1]) == 0.75


def test_accuracy_is_that_of_the_outputs(net, points):
    labels = np.random.default_rng(0).integers(0, 3, 400)
    outputs = net(points)
    assert accuracy(net, points, labels) == np.mean(np.argmax(outputs, axis=1) == labels)
    assert accuracy(net, points, labels) == accuracy_of_outputs(outputs, labels)


def test_hits_point_by_point_by_hand():
    outputs = around_the_circle([95.0, 200.0, 331.0, 89.0])  # sectors 0, 1, 2, 0
    np.testing.assert_array_equal(hits(outputs, [0, 2, 2, 0]), [True, False, True, True])
    np.testing.assert_array_equal(hits(outputs[:2], [1, 1], classes=3), [False, True])


def test_points_that_lack_the_last_class_need_the_number_of_classes():
    outputs = around_the_circle([200.0, 330.0])  # of three classes 1 and 2; of two, the lower half-plane is class 1
    assert accuracy_of_outputs(outputs, [1, 1], classes=3) == 0.5
    assert accuracy_of_outputs(outputs, [1, 1]) == 1.0
    assert accuracy(IDENTITY, outputs, [1, 1], classes=3) == 0.5


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0], None, r"labels: shape \(1,\), expected \(2\)"),
        ([0, -1], None, "labels: class labels must be whole numbers from 0 on"),
        ([0, 0.5], None, "labels: class labels must be whole numbers from 0 on"),
        ([0, 1e30], None, "labels: class labels must be whole numbers from 0 on"),
        ([0, np.nan], None, r"labels: nan at index \(1,\)"),
        ([0, 3], 3, "labels: there is a label 3, but only 3 classes"),
    ],
)
def test_bad_labels_are_refused(labels, classes, message):
    for score in (
        lambda: accuracy_of_outputs(np.ones((2, 2)), labels, classes),
        lambda: accuracy(IDENTITY, np.ones((2, 2)), labels, classes),
        lambda: require_learned(IDENTITY, np.ones((2, 2)), labels, classes=classes),
        lambda: hits(np.ones((2, 2)), labels, classes),
    ):
        with pytest.raises(ValueError, match=message):
            score()


def test_accuracy_without_points_and_outputs_without_numbers_are_refused():
    with pytest.raises(ValueError, match="at least one labelled point"):
        accuracy_of_outputs(np.zeros((0, 2)), [])
    with pytest.raises(ValueError, match="at least one labelled point"):
        hits(np.zeros((0, 2)), [])
    with pytest.raises(ValueError, match=r"network outputs: nan at index \(0, 1\)"):
        classify([[0.0, np.nan]], 3)
    with pytest.raises(ValueError, match=r"network outputs: shape \(2,\)"):
        classify([0.0, 1.0], 3)


# --- the gate


def test_a_learned_network_passes_the_gate_with_its_accuracy():
    outputs = around_the_circle([*[90.0] * 19, 210.0, 210.0])
    labels = [*[0] * 19, 1, 0]
    assert require_learned(IDENTITY, outputs, labels) == 20 / 21
    assert require_learned(IDENTITY, outputs, labels, at_least=20 / 21) == 20 / 21


def test_an_unlearned_network_is_stopped_with_its_accuracy():
    drawn = TASKS["pinwheel"].sample(300, seed=0)
    network = he_network((2, 4, 2), seed=0)
    reached = accuracy(network, drawn.points, drawn.labels)
    assert reached < 0.9
    message = f"has not learned its task: accuracy {reached:.1%} on 300 points, at least 95.0% is needed"
    with pytest.raises(ValueError, match=message):
        require_learned(network, drawn.points, drawn.labels)
    assert require_learned(network, drawn.points, drawn.labels, at_least=reached) == reached


def test_the_gate_is_not_fooled_by_points_of_one_class_when_it_knows_the_classes():
    outputs = around_the_circle([210.0, 330.0])
    assert require_learned(IDENTITY, outputs, [0, 0]) == 1.0  # one class in all, as far as these labels tell
    with pytest.raises(ValueError, match=r"accuracy 0\.0% on 2 points"):
        require_learned(IDENTITY, outputs, [0, 0], classes=3)


def test_the_gate_does_not_open_for_a_threshold_that_is_no_number():
    with pytest.raises(ValueError, match="has not learned"):
        require_learned(IDENTITY, around_the_circle([90.0]), [0], at_least=float("nan"))


def test_a_network_must_do_clearly_better_than_a_linear_classifier_too():
    assert unlearned_words(0.96, 0.92) is None
    assert unlearned_words(0.96, 0.919) is None
    assert "a linear classifier of the same points reaches 92.1%" in unlearned_words(0.96, 0.921)
    assert "at least 95.0% is needed" in unlearned_words(0.94, 0.5)
    assert unlearned_words(0.96) is None  # where there is none to compare with, the gate counts alone
    assert unlearned_words(1.0, 1.0) is not None  # no hidden layer was needed
    with pytest.raises(ValueError, match=r"accuracy 100\.0% on 2 points, a linear classifier .* reaches 100\.0%"):
        require_learned(IDENTITY, around_the_circle([90.0, 210.0]), [0, 1], classes=3, linear=1.0)


def test_the_pinwheel_is_all_but_learned_without_a_hidden_layer():
    """What the accuracy alone lets through: no network that has learned anything, and none that is shown."""
    drawn, fresh = TASKS["pinwheel"].sample(900, seed=1), TASKS["pinwheel"].sample(3000, seed=2)
    linear = fit_linear_classifier(drawn.points, drawn.labels, 3).accuracy(fresh.points, fresh.labels)
    assert linear >= 0.95
    assert unlearned_words(linear) is None
    assert unlearned_words(linear, linear) is not None
