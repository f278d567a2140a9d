"""A user's network as the story sees it: its points, its plane, its quantizer, its gate, and what scenes need."""

import numpy as np
import pytest

from own_networks import arrays_of, blobs, pinwheel_arrays, write
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import KINDS, Rounding
from quantization_story.core.tasks import accuracy, classify, hits, prototypes
from quantization_story.networks import load_network
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.planes import plane_through, principal_plane, variance_on
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.settings import Settings, parse_bit_list
from quantization_story.networks.subject import MEASURED, load_subject, measured
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
        chosen.quantized(5).weights[0], UniformQuantizer(5, per_channel=True).quantize(chosen.network.weights[0])
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
    assert chosen.accuracy() == accuracy(chosen.whole.network, data.points, data.labels, prototypes(3))
    assert "not learned" not in measured(chosen).note
    arrays = {**arrays_of(he_network((2, 4, 3), 0)), "points": blobs(3, 60, 0).points, "labels": blobs(3, 60, 0).labels}
    unlearned = load_chosen(Settings(write(tmp_path / "raw.npz", arrays)), "pinwheel")
    with pytest.raises(ValueError, match=r"raw\.npz has not learned"):
        measured(unlearned)
    assert measured(unlearned, allow_unlearned=True).note == "not learned (gate 95 %)"
    del arrays["labels"]
    unlabelled = load_chosen(Settings(write(tmp_path / "bare.npz", arrays)), "pinwheel")
    assert measured(unlabelled).note == ""
    assert unlabelled.accuracy(4) is None


# --- the subject


def test_a_subject_holds_what_was_measured(five):
    subject = load_subject(Settings(five, 3), "pinwheel")
    learned = load_chosen(Settings(five, 3), "pinwheel")
    np.testing.assert_array_equal(subject.quantized.weights[1], learned.quantized(3).weights[1])
    held_out = learned.held_out
    for reached, network in (
        (subject.float_accuracy, learned.network),
        (subject.quantized_accuracy, learned.quantized()),
    ):
        assert reached == accuracy(network, held_out.points, held_out.labels, prototypes(3))
    assert subject.given_float_accuracy == learned.accuracy()
    assert subject.given_quantized_accuracy == learned.accuracy(3) != subject.quantized_accuracy
    assert subject.window.contains(subject.data.points).all()
    np.testing.assert_array_equal(subject.shown(7).points, held_out.points[:7])
    np.testing.assert_array_equal(subject.shown(7).labels, held_out.labels[:7])
    inputs = subject.whole_inputs(subject.shown(7).points)
    np.testing.assert_allclose(learned.whole.network(inputs), subject.network(subject.shown(7).points), atol=1e-12)


def test_a_subject_says_what_it_is(five):
    subject = load_subject(Settings(five, 3, per_channel=True), "pinwheel")
    before, after = (f"{100 * reached:.1f}" for reached in (subject.float_accuracy, subject.quantized_accuracy))
    assert before != after
    assert subject.regime() == f"weight-only · 3-bit per channel · accuracy {before} → {after} %"
    assert subject.regime(1.0, 8) == f"weight-only · 8-bit per channel · accuracy {before} → 100.0 %"
    assert subject.note == "5 inputs on the plane of 2 principal directions"
    assert subject.things == "classes"
    facts = subject.facts()
    assert (facts["widths"], facts["bits"], facts["scales"]) == ([5, 2, 2, 2], 3, "per channel")
    assert (facts["float accuracy"], facts["quantized accuracy"]) == (
        subject.float_accuracy,
        subject.quantized_accuracy,
    )
    assert (facts["held-out points"], facts["calibration points"]) == (300, 300)
    assert load_subject(Settings(), "pinwheel").things == "arms"


@pytest.mark.parametrize("kind", ["gptq", "closest", "awq"])
def test_a_rounding_is_chosen_for_the_whole_network_and_said(kind, five):
    subject = load_subject(Settings(five, 3, rounding=kind), "pinwheel")
    learned = subject.learned
    assert learned.rounding == Rounding(kind)
    whole = Rounding(kind).quantized(learned.whole.network, learned.quantizer, learned.whole.calibration.points)
    assert not np.allclose(whole.weights[0], learned.whole.network.quantized(learned.quantizer).weights[0])
    for mine, expected in zip(subject.quantized.weights, learned.whole.plane.restrict(whole).weights, strict=True):
        np.testing.assert_array_equal(mine, expected)
    np.testing.assert_array_equal(learned.given_quantized(3).weights[0], whole.weights[0])
    held_out = learned.whole.held_out
    assert learned.accuracy(3) == accuracy(whole, held_out.points, held_out.labels, learned.readout)
    words = {"gptq": "GPTQ", "closest": "closest vector", "awq": "AWQ"}[kind]
    assert subject.regime().startswith(f"weight-only · 3-bit {words} · accuracy")
    assert load_subject(Settings(five, 3, True, rounding=kind), "pinwheel").scheme() == f"3-bit {words} per channel"
    assert subject.facts()["rounding"] == kind
    assert subject.facts()["damping"] == (None if kind == "awq" else 0.01)


def test_without_a_choice_each_weight_goes_to_its_nearest_level():
    for settings in (Settings(), Settings(rounding="nearest")):
        subject = load_subject(settings, "pinwheel")
        expected = subject.network.quantized(subject.learned.quantizer)
        np.testing.assert_array_equal(subject.quantized.weights[2], expected.weights[2])
        assert (subject.facts()["rounding"], subject.facts()["damping"]) == ("nearest", None)
        assert subject.scheme() == "4-bit"
        assert subject.learned.population is not None
    # Of the seeds it is known what round-to-nearest does to them, and nothing else.
    assert load_subject(Settings(rounding="gptq"), "pinwheel").learned.population is None


def test_the_figures_of_the_roundings_of_the_pinwheel():
    reached = {kind: load_chosen(Settings(rounding=kind), "pinwheel").accuracy(4) for kind in KINDS}
    assert reached == pytest.approx({"nearest": 0.832, "gptq": 0.976, "closest": 0.978, "awq": 0.996}, abs=0.0005)


def test_a_subject_without_a_task_has_no_accuracy(tmp_path):
    for widths in ((2, 3, 2), (1, 3, 1)):
        path = write(tmp_path / "mine.npz", arrays_of(he_network(widths, 0)))
        subject = load_subject(Settings(path), "pinwheel")
        assert np.isnan([subject.float_accuracy, subject.quantized_accuracy, subject.accuracy(subject.network)]).all()
        assert subject.given_float_accuracy is subject.given_quantized_accuracy is None
        assert subject.regime() == "weight-only · 4-bit · task not checked"
        assert (subject.checked, subject.classes) == (False, 1)
        assert subject.window.half >= np.abs(subject.data.points).max()


def test_figures_of_scenes_are_measured_on_so_many_points_at_most(tmp_path):
    path = write(tmp_path / "mine.npz", pinwheel_arrays(2 * MEASURED + 20))
    subject = load_subject(Settings(path), "pinwheel")
    assert len(subject.data.points) == len(subject.data.labels) == MEASURED < len(subject.learned.held_out.points)


def test_plain_logits_decide_by_the_largest(tmp_path):
    net, data = he_network((2, 6, 2), 4), blobs(2, 200, 0)
    labels = net(data.points).argmax(axis=1)
    path = write(tmp_path / "mine.npz", {**arrays_of(net), "points": data.points, "labels": labels})
    chosen = load_chosen(Settings(path), "pinwheel")
    assert chosen.accuracy() == 1.0
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
        "QUANT_STORY_ROUNDING": " GPTQ ",
    }
    assert Settings.from_environment(given) == Settings("mine.npz", 3, True, (0, 4, 2), True, "gptq")
    assert Settings.from_environment(dict.fromkeys(given, "")) == Settings()
    assert Settings.from_environment({}) == Settings()


def test_bit_lists_are_sorted_and_without_repeats():
    assert parse_bit_list("8, 2,4,4", "--bits") == (2, 4, 8)


# --- needs


@pytest.mark.parametrize(
    ("needs", "widths", "words"),
    [
        (NetworkRequirements(plane_layers=True), (2, 3, 2), "two units in every layer"),
        (NetworkRequirements(plane_layers=True), (2, 2, 2), None),
        (NetworkRequirements(inputs=2), (1, 2, 2), "2 inputs"),
        (NetworkRequirements(outputs=2), (2, 2, 3), "2 outputs"),
        (NetworkRequirements(hidden_layers=2), (2, 2, 2), "2 hidden layers"),
        (NetworkRequirements(most_units=20), (2, 16, 16, 2), "at most 20 hidden units"),
        (NetworkRequirements(most_units=20), (2, 16, 4, 2), None),
        (NetworkRequirements(task=True), (2, 2, 2), "labelled points"),
        (NetworkRequirements(), (2, 64, 2), None),
    ],
)
def test_a_need_that_is_not_met_is_named(needs, widths, words, tmp_path):
    path = write(tmp_path / "mine.npz", arrays_of(he_network(widths, 0)))
    chosen = load_chosen(Settings(path, transposed=False), "pinwheel")
    missing = needs.missing(chosen)
    assert (missing is None) == (words is None)
    if words is None:
        needs.check("ThisScene", chosen)
        return
    assert words in missing
    with pytest.raises(ValueError, match=rf"ThisScene needs .*mine\.npz is {'-'.join(map(str, widths))}"):
        needs.check("ThisScene", chosen)


def test_a_scene_about_nearest_levels_plays_no_other_rounding():
    needs = NetworkRequirements(nearest=True)
    assert needs.missing(load_chosen(Settings(rounding="nearest"), "pinwheel")) is None
    chosen = load_chosen(Settings(rounding="closest"), "pinwheel")
    assert NetworkRequirements().missing(chosen) is None
    with pytest.raises(ValueError, match=r"ThisScene needs round-to-nearest.* chooses closest vector"):
        needs.check("ThisScene", chosen)


def test_a_scene_about_rounding_needs_a_weight_that_it_changes(tmp_path):
    net = he_network((2, 2, 2), 0)
    level = ReluNetwork((np.array([[7.0, 3.0], [-1.0, 0.0]]), np.array([[-7.0, 1.0], [2.0, 5.0]])), net.biases)
    on_level = write(tmp_path / "mine.npz", arrays_of(level))
    needs = NetworkRequirements(rounding=True)
    assert "at 4 bits rounding changes nothing" in needs.missing(
        load_chosen(Settings(on_level, transposed=False), "pinwheel")
    )
    assert needs.missing(load_chosen(Settings(on_level, 3, transposed=False), "pinwheel")) is None
    assert needs.missing(load_chosen(Settings(), "pinwheel")) is None


def test_needs_of_classes_and_of_own_inputs(five, tmp_path):
    assert "2 inputs of its own" in NetworkRequirements(own_inputs=True).missing(
        load_chosen(Settings(five), "pinwheel")
    )
    data = blobs(6, 120, 0)
    arrays = {**arrays_of(he_network((2, 4, 6), 0)), "points": data.points, "labels": data.labels}
    chosen = load_chosen(Settings(write(tmp_path / "six.npz", arrays)), "pinwheel")
    assert "at most 4 classes" in NetworkRequirements(most_classes=4).missing(chosen)
    assert NetworkRequirements(most_classes=6).missing(chosen) is None


def test_values_that_overflow_only_when_rounded_are_named(tmp_path):
    net = ReluNetwork((np.array([[1e160, 0.0], [0.0, 1.0]]), np.array([[1e160, 1.0]])), (np.zeros(2), np.zeros(1)))
    with pytest.raises(ValueError, match="layer 2 of the float network overflow"):
        load_chosen(Settings(write(tmp_path / "mine.npz", arrays_of(net))), "pinwheel")
