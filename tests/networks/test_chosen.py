"""A user's network as the story sees it: its points, its plane, its quantizer, its gate, and what scenes need."""

import numpy as np
import pytest

from own_networks import arrays_of, blobs, pinwheel_arrays, write
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import accuracy, classify, hits, prototypes
from quantization_story.networks import load_network
from quantization_story.networks.chosen import (
    keeps_gate,
    load_chosen,
    plane_through,
    principal_plane,
    task_accuracy,
    variance_on,
)
from quantization_story.networks.requirements import Needs
from quantization_story.networks.settings import Settings, parse_bit_list
from quantization_story.partition import refine
from small_networks import he_network


@pytest.fixture
def five(tmp_path):
    """The story network behind five inputs, with points near the plane that it reads, as a file."""
    rng = np.random.default_rng(0)
    arrays = pinwheel_arrays()
    embedding = np.linalg.qr(rng.normal(size=(5, 2)))[0].T
    arrays["W1"] = arrays["W1"] @ embedding
    arrays["points"] = arrays["points"] @ embedding + rng.normal(0.0, 0.05, (600, 5))
    return write(tmp_path / "five.npz", arrays)


def test_a_shipped_network_is_as_it_was():
    chosen, shipped = load_chosen(Settings(), "pinwheel"), load_network("pinwheel")
    assert chosen.story == shipped.story == UniformQuantizer(4)
    np.testing.assert_array_equal(
        chosen.quantized().weights[2], shipped.network.quantized(UniformQuantizer(4)).weights[2]
    )
    assert chosen.population == shipped.provenance.population
    assert load_chosen(Settings(bits=3), "pinwheel").population == shipped.provenance.populations[1]
    assert load_chosen(Settings(bits=5), "pinwheel").population is None
    assert load_chosen(Settings(per_channel=True), "pinwheel").population is None
    assert load_chosen(Settings("deep", 8), "pinwheel").bits == 8


def test_points_are_split_once_and_for_all(tmp_path):
    arrays = pinwheel_arrays()
    path = write(tmp_path / "mine.npz", arrays)
    first, second = (load_chosen(Settings(path), "pinwheel") for _ in range(2))
    np.testing.assert_array_equal(first.held_out.points, second.held_out.points)
    both = np.vstack([first.calibration.points, first.held_out.points])
    assert len(first.calibration.points) == 300
    assert {tuple(row) for row in both} == {tuple(row) for row in arrays["points"]}
    rows = {tuple(point): label for point, label in zip(arrays["points"], arrays["labels"], strict=True)}
    assert all(rows[tuple(p)] == label for p, label in zip(first.held_out.points, first.held_out.labels, strict=True))


def test_bits_and_scales_are_those_that_are_chosen(tmp_path):
    path = write(tmp_path / "mine.npz", pinwheel_arrays())
    chosen = load_chosen(Settings(path, 3, per_channel=True), "pinwheel")
    expected = chosen.network.quantized(UniformQuantizer(3, per_channel=True))
    np.testing.assert_array_equal(chosen.quantized().weights[0], expected.weights[0])
    np.testing.assert_array_equal(
        chosen.quantized(5).weights[0], UniformQuantizer(5, per_channel=True).q(chosen.network.weights[0])
    )


def test_a_plane_is_folded_in_after_quantizing(five):
    chosen = load_chosen(Settings(five), "pinwheel")
    whole = chosen.whole
    assert chosen.network.widths == (2, 2, 2, 2)
    assert whole.network.widths == (5, 2, 2, 2)
    x = np.random.default_rng(1).uniform(-3, 3, (50, 2))
    quantized = whole.network.quantized(UniformQuantizer(4))
    np.testing.assert_allclose(chosen.network(x), whole.network(whole.plane.inputs(x)), atol=1e-12)
    np.testing.assert_allclose(chosen.quantized()(x), quantized(whole.plane.inputs(x)), atol=1e-12)
    # Rounding the folded weights instead would be another network.
    assert np.abs(chosen.network.quantized(UniformQuantizer(4))(x) - chosen.quantized()(x)).max() > 0.1
    cells = refine(chosen.network, chosen.quantized(), (-3, 3, -3, 3))
    outside = refine(whole.network, quantized, (-3, 3, -3, 3), whole.plane)
    assert cells.changed_area == pytest.approx(outside.changed_area, rel=1e-9)


def test_points_are_projected_onto_the_plane(five):
    chosen = load_chosen(Settings(five), "pinwheel")
    plane, data = chosen.whole.plane, chosen.whole.held_out
    away = plane.inputs(chosen.held_out.points) - data.points
    np.testing.assert_allclose(away @ plane.directions.T, 0.0, atol=1e-12)
    assert np.abs(away).max() < 0.3


def test_the_principal_plane_is_that_of_the_covariance():
    points = np.random.default_rng(2).normal(size=(400, 4)) @ np.diag([3.0, 0.2, 2.0, 0.1]) + 5.0
    plane = principal_plane(points)
    values, vectors = np.linalg.eigh(np.cov(points.T))
    for k, direction in enumerate(plane.directions):
        assert abs(direction @ vectors[:, -1 - k]) == pytest.approx(1.0)
        assert direction[np.abs(direction).argmax()] > 0
    np.testing.assert_allclose(plane.origin, points.mean(axis=0))
    assert variance_on(plane, points) == pytest.approx(values[-2:].sum() / values.sum())


def test_a_plane_through_three_points_keeps_their_distances(five):
    chosen = load_chosen(Settings(five, plane=(3, 17, 250)), "pinwheel")
    corners = np.load(five)["points"][[3, 17, 250]]
    plane = chosen.whole.plane
    np.testing.assert_allclose(plane.directions @ plane.directions.T, np.eye(2), atol=1e-12)
    there = (corners - plane.origin) @ plane.directions.T
    np.testing.assert_allclose(plane.inputs(there), corners, atol=1e-12)
    assert there[0] == pytest.approx([0.0, 0.0])
    assert there[1, 1] == pytest.approx(0.0)
    assert "3, 17, 250" in chosen.whole.words
    with pytest.raises(ValueError, match="on a line"):
        plane_through(np.outer([0.0, 1.0, 2.5], [1.0, 2.0, 3.0]))


def test_the_gate_is_that_of_all_inputs(five, tmp_path):
    chosen = load_chosen(Settings(five), "pinwheel")
    data = chosen.whole.held_out
    assert task_accuracy(chosen) == accuracy(chosen.whole.network, data.points, data.labels, prototypes(3))
    assert keeps_gate(chosen, allow_unlearned=False) is True
    arrays = {**arrays_of(he_network((2, 4, 3), 0)), "points": blobs(3, 60, 0).points, "labels": blobs(3, 60, 0).labels}
    unlearned = load_chosen(Settings(write(tmp_path / "raw.npz", arrays)), "pinwheel")
    with pytest.raises(ValueError, match=r"raw\.npz has not learned"):
        keeps_gate(unlearned, allow_unlearned=False)
    assert keeps_gate(unlearned, allow_unlearned=True) is False
    del arrays["labels"]
    unlabelled = load_chosen(Settings(write(tmp_path / "bare.npz", arrays)), "pinwheel")
    assert keeps_gate(unlabelled, allow_unlearned=False) is None
    assert task_accuracy(unlabelled, 4) is None


def test_plain_logits_decide_by_the_largest(tmp_path):
    net, data = he_network((2, 6, 2), 4), blobs(2, 200, 0)
    labels = net(data.points).argmax(axis=1)
    path = write(tmp_path / "mine.npz", {**arrays_of(net), "points": data.points, "labels": labels})
    chosen = load_chosen(Settings(path), "pinwheel")
    assert task_accuracy(chosen) == 1.0
    # The story's own read-out of two classes from two outputs is another one.
    assert hits(net(data.points), labels, 2).mean() < 1.0
    np.testing.assert_array_equal(classify(net(data.points), chosen.readout), labels)


def test_a_readout_must_fit_the_outputs():
    with pytest.raises(ValueError, match="read-out"):
        prototypes(np.eye(3), 2)
    assert prototypes(np.eye(2), 2).tolist() == [[1.0, 0.0], [0.0, 1.0]]


# --- settings


def test_settings_come_from_the_environment():
    given = {
        "QUANT_STORY_NETWORK": "mine.npz",
        "QUANT_STORY_BITS": " 3 ",
        "QUANT_STORY_PER_CHANNEL": "Yes",
        "QUANT_STORY_PLANE": "0, 4,2",
        "QUANT_STORY_ALLOW_UNLEARNED": "1",
    }
    assert Settings.from_environment(given) == Settings("mine.npz", 3, True, (0, 4, 2), True)
    assert Settings.from_environment(dict.fromkeys(given, "")) == Settings()
    assert Settings.from_environment({}) == Settings()


def test_bit_lists_are_sorted_and_without_repeats():
    assert parse_bit_list("8, 2,4,4", "--bits") == (2, 4, 8)


# --- needs


@pytest.mark.parametrize(
    ("needs", "widths", "words"),
    [
        (Needs(plane_layers=True), (2, 3, 2), "two units in every layer"),
        (Needs(plane_layers=True), (2, 2, 2), None),
        (Needs(inputs=2), (1, 2, 2), "2 inputs"),
        (Needs(outputs=2), (2, 2, 3), "2 outputs"),
        (Needs(hidden_layers=2), (2, 2, 2), "2 hidden layers"),
        (Needs(most_units=20), (2, 16, 16, 2), "at most 20 hidden units"),
        (Needs(most_units=20), (2, 16, 4, 2), None),
        (Needs(task=True), (2, 2, 2), "labelled points"),
        (Needs(), (2, 64, 2), None),
    ],
)
def test_a_need_that_is_not_met_is_named(needs, widths, words, tmp_path):
    chosen = load_chosen(Settings(write(tmp_path / "mine.npz", arrays_of(he_network(widths, 0)))), "pinwheel")
    missing = needs.missing(chosen)
    assert (missing is None) == (words is None)
    if words is None:
        needs.check("ThisScene", chosen)
        return
    assert words in missing
    with pytest.raises(ValueError, match=rf"ThisScene needs .*mine\.npz is {'-'.join(map(str, widths))}"):
        needs.check("ThisScene", chosen)


def test_needs_of_classes_and_of_own_inputs(five, tmp_path):
    assert "2 inputs of its own" in Needs(own_inputs=True).missing(load_chosen(Settings(five), "pinwheel"))
    data = blobs(6, 120, 0)
    arrays = {**arrays_of(he_network((2, 4, 6), 0)), "points": data.points, "labels": data.labels}
    chosen = load_chosen(Settings(write(tmp_path / "six.npz", arrays)), "pinwheel")
    assert "at most 4 classes" in Needs(most_classes=4).missing(chosen)
    assert Needs(most_classes=6).missing(chosen) is None


def test_values_that_overflow_only_when_rounded_are_named(tmp_path):
    net = ReluNetwork((np.array([[1e160, 0.0], [0.0, 1.0]]), np.array([[1e160, 1.0]])), (np.zeros(2), np.zeros(1)))
    with pytest.raises(ValueError, match="layer 2 of the float network overflow"):
        load_chosen(Settings(write(tmp_path / "mine.npz", arrays_of(net))), "pinwheel")
