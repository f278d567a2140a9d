"""The network that comes with its points: 64 inputs and 10 outputs, both seen on planes."""

import numpy as np
import pytest

from quantization_story.core.affine import rank
from quantization_story.networks import bundled_file, bundled_networks, known_networks
from quantization_story.networks.chosen import load_chosen, parts
from quantization_story.networks.planes import on_output_plane
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import load_subject
from quantization_story.networks.subject import on_output_plane as subject_on_plane
from quantization_story.partition import partition, refine

DIGITS = Settings("digits")


@pytest.fixture(scope="module")
def digits():
    return load_chosen(DIGITS, "pinwheel")


def test_it_is_a_file_like_a_users_and_passes_the_gate(digits):
    assert bundled_networks() == ("digits",)
    assert "digits" not in known_networks()
    assert bundled_file("pinwheel") is bundled_file("../digits") is bundled_file("nowhere") is None
    assert bundled_file("digits").stat().st_size < 60_000
    assert digits.name == "digits"
    assert digits.given.widths == (64, 32, 10)
    assert digits.network.widths == (2, 32, 10)
    assert digits.read[0] == "layers in this order: layer1.weight 32×64, layer2.weight 10×32"
    assert digits.accuracy() > 0.98 > 0.955 > digits.linear_accuracy
    assert load_subject(DIGITS, "pinwheel").given_float_accuracy == digits.accuracy()


def test_it_is_trained_again_to_the_same_network(digits):
    pytest.importorskip("sklearn")
    from quantization_story.layers.train_bundled_digits import trained

    network, pixels, labels = trained()
    for mine, stored in zip(network.weights, digits.given.weights, strict=True):
        assert np.abs(mine - stored).max() < 0.2 * np.abs(stored).max()  # L-BFGS ends elsewhere on another machine
    calibration, held_out = parts(pixels, labels)
    np.testing.assert_array_equal(calibration.points, digits.given_calibration.points)
    assert np.mean(network(held_out.points).argmax(axis=1) == held_out.labels) > 0.975


def test_outputs_are_seen_along_their_principal_directions(digits):
    seen = on_output_plane(digits)
    x = np.random.default_rng(0).normal(size=(50, 2))
    z = digits.given(digits.given_calibration.points)
    values, vectors = np.linalg.eigh(np.cov(z.T))
    assert seen.network.widths == (2, 32, 2)
    for k in (0, 1):
        along = vectors[:, -1 - k] * np.sign(vectors[np.abs(vectors[:, -1 - k]).argmax(), -1 - k])
        np.testing.assert_allclose(seen.network(x)[:, k], (digits.network(x) - z.mean(axis=0)) @ along, atol=1e-8)
        np.testing.assert_allclose(seen.quantized(3)(x)[:, k], (digits.quantized(3)(x) - z.mean(axis=0)) @ along)
    assert seen.outputs.share == pytest.approx(values[-2:].sum() / values.sum())
    assert seen.outputs.words == "10 outputs on their 2 principal directions"
    assert seen.given is digits.given
    assert seen.readout is None
    assert rank(seen.outputs.directions) == 2


def test_two_outputs_stay_as_they_are():
    learned = load_chosen(Settings(), "pinwheel")
    assert on_output_plane(learned) is learned
    subject = load_subject(Settings(), "pinwheel")
    assert subject_on_plane(subject) is subject


def test_a_subject_keeps_the_accuracies_of_all_outputs():
    whole = load_subject(DIGITS, "pinwheel")
    seen = subject_on_plane(whole)
    assert (seen.float_accuracy, seen.quantized_accuracy) == (whole.float_accuracy, whole.quantized_accuracy)
    assert seen.regime() == whole.regime()
    assert seen.regime(now=0.5) == f"weight-only · 4-bit · accuracy of float {100 * whole.float_accuracy:.1f} %"
    assert np.isnan(seen.accuracy(seen.network))
    assert seen.note == "64 inputs, 10 outputs: 2 principal directions each"
    assert seen.facts()["outputs"] == "10 outputs on their 2 principal directions"
    assert whole.facts()["outputs"] is None


def test_outputs_on_a_line_are_refused(digits):
    from dataclasses import replace

    from quantization_story.core.network import ReluNetwork

    last = np.outer(np.arange(1.0, 11.0), digits.given.weights[1][0])
    flat = ReluNetwork((digits.given.weights[0], last), digits.given.biases)
    with pytest.raises(ValueError, match="its 10 outputs lie on a line"):
        on_output_plane(replace(digits, whole=replace(digits.whole, network=flat)))


def test_a_plane_of_outputs_is_what_some_pictures_need(digits):
    assert "2 outputs" in NetworkRequirements(outputs=2).missing(digits)
    assert NetworkRequirements(outputs=2, output_plane=True).missing(digits) is None
    assert not NetworkRequirements(outputs=2, output_plane=True).shows_outputs_on_plane(load_chosen(Settings(), "deep"))


def test_its_partition_is_exact_on_the_plane(digits):
    seen = on_output_plane(digits)
    cells = partition(seen.network, seen.window.box)
    both = refine(seen.network, seen.quantized(), seen.window.box)
    assert len(both) > len(cells) > 32
    assert cells.areas.sum() == pytest.approx(both.areas.sum()) == pytest.approx((2 * seen.window.half) ** 2)
