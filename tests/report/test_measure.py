"""The figures of a report, against the functions that they come from and against the shipped records."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from own_networks import arrays_of, blobs, pinwheel_arrays, write
from quantization_story.cli import main
from quantization_story.common import fit_corrections, layer_errors, null_control
from quantization_story.core.corrections import plain_low_rank_correction
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.settings import Settings
from quantization_story.partition import refine
from quantization_story.report.measure import make_report
from quantization_story.report.tables import report_tables, to_json, to_markdown
from small_networks import he_network


@pytest.fixture(scope="module")
def pinwheel():
    """The story network and its report at 3 and 4 bits."""
    learned = load_chosen(Settings("pinwheel"), "pinwheel")
    return learned, make_report(learned, (3, 4))


def by_name(report, bits):
    at = next(each for each in report.at if each.bits == bits)
    return at, {correction.name: correction for correction in at.corrections}


def test_the_regime_comes_first(pinwheel):
    _, report = pinwheel
    for text in (to_markdown(report), json.loads(to_json(report))["regime"]):
        first = text.splitlines()[0]
        assert first.startswith("weight-only, symmetric round-to-nearest, one scale per tensor · 3, 4 bits · pinwheel")
        assert "99.7 %" in first
    assert next(iter(json.loads(to_json(report)))) == "regime"


def test_figures_are_those_of_the_record(pinwheel):
    learned, report = pinwheel
    record = learned.provenance
    at, corrections = by_name(report, 4)
    assert report.task.float_accuracy == pytest.approx(record.float_accuracy, abs=1e-6)
    assert at.quantized_accuracy == pytest.approx(record.quantized_accuracy[4], abs=1e-6)
    assert at.geometry.changed_area == pytest.approx(record.figures["changed_area"], abs=1e-6)
    shares = [layer.propagated_share for layer in at.layers]
    assert shares == pytest.approx(record.figures["propagated_share"], abs=1e-6)
    for name, stored in (
        ("bias", "bias"),
        ("output affine", "output_map"),
        ("per-layer affine", "affine"),
        ("rank-1 activation-aware", "rank_1"),
    ):
        assert corrections[name].accuracy == pytest.approx(record.figures[stored], abs=1e-6)
        assert corrections[name].on_float == pytest.approx(record.figures[f"float_with_{stored}"], abs=1e-6)
        assert corrections[name].adds_capacity is False
    assert "of 1000 seeds 402 learn, 16" in corrections["output affine"].population
    assert corrections["bias"].population is None


def test_the_null_of_the_output_map_is_that_of_the_mathematics(pinwheel):
    learned, report = pinwheel
    data = learned.held_out
    control = null_control(learned.network, learned.quantizer, learned.calibration.points, data.points, data.labels)
    null = by_name(report, 4)[1]["output affine"].null
    assert null.accuracy == pytest.approx(control.permuted_mean)
    assert null.raw_input == pytest.approx(control.raw_input)
    assert null.draws == len(control.permuted)


def test_geometry_is_the_exact_one(pinwheel):
    learned, report = pinwheel
    geometry = by_name(report, 3)[0].geometry
    cells = refine(learned.network, learned.quantized(3), (-3, 3, -3, 3))
    assert geometry.cells == len(cells)
    assert geometry.changed_area == pytest.approx(cells.changed_area / 36)
    assert geometry.metric == pytest.approx(cells.error_energy(kind="metric") / 36)
    assert geometry.topological == pytest.approx(cells.error_energy(kind="topological") / 36)
    for mine, theirs in zip(geometry.flips, cells.flip_areas, strict=True):
        np.testing.assert_allclose(mine, theirs / 36)
    # A pattern changes where at least one unit flips, and at most all of their areas together.
    areas = np.concatenate(geometry.flips)
    assert areas.max() <= geometry.changed_area + 1e-12 <= areas.sum() + 2e-12


def test_recovery_is_relative_and_held_out(pinwheel):
    learned, report = pinwheel
    _, corrections = by_name(report, 4)
    net, quantized, x = learned.network, learned.quantized(4), learned.held_out.points
    for name, corrected in (
        ("bias", fit_corrections(net, quantized, learned.calibration.points, "bias")),
        ("rank-1 plain", plain_low_rank_correction(net, quantized, 1).apply(quantized)),
        ("output affine", fit_corrections(net, quantized, learned.calibration.points, layers=[3])),
    ):
        for layer, (z, z_q, z_c) in enumerate(
            zip(*(each.pre_activations(x) for each in (net, quantized, corrected)), strict=True)
        ):
            size = np.sqrt((z**2).mean())
            assert corrections[name].before[layer] == pytest.approx(np.sqrt(((z_q - z) ** 2).mean()) / size)
            assert corrections[name].after[layer] == pytest.approx(np.sqrt(((z_c - z) ** 2).mean()) / size)
    assert corrections["bias"].numbers == 6
    assert corrections["rank-1 plain"].numbers == 12
    assert corrections["output affine"].numbers == 6
    assert corrections["per-layer affine"].numbers == 18
    lost = report.task.float_accuracy - by_name(report, 4)[0].quantized_accuracy
    back = corrections["bias"].accuracy - by_name(report, 4)[0].quantized_accuracy
    assert corrections["bias"].recovered == pytest.approx(back / lost)


def test_layers_hold_both_terms(pinwheel):
    learned, report = pinwheel
    errors = layer_errors(learned.network, learned.quantized(3), learned.held_out.points)
    for figures, error in zip(by_name(report, 3)[0].layers, errors, strict=True):
        for name in ("local", "propagated", "total"):
            size = np.sqrt((getattr(error, name) ** 2).sum(axis=1).mean())
            assert getattr(figures, name) == pytest.approx(size)
    assert by_name(report, 3)[0].layers[0].propagated == 0


def test_many_units_get_no_changed_area():
    report = make_report(load_chosen(Settings("codebook"), "pinwheel"), (3,), draws=1)
    assert report.at[0].geometry.changed_area is None
    assert len(report.at[0].geometry.flips[1]) == 16
    assert "over 20 units" in to_markdown(report)


def test_a_network_on_a_plane_says_so(tmp_path):
    rng = np.random.default_rng(0)
    arrays = pinwheel_arrays()
    embedding = np.linalg.qr(rng.normal(size=(4, 2)))[0].T
    arrays |= {"W1": arrays["W1"] @ embedding, "points": arrays["points"] @ embedding}
    learned = load_chosen(Settings(write(tmp_path / "four.npz", arrays)), "pinwheel")
    report = make_report(learned, (4,), draws=1)
    assert report.widths == (4, 2, 2, 2)
    assert "100.0 % of the points' variance" in report.plane
    assert "4 inputs: the geometry is that of the plane of 2 principal directions" in to_markdown(report)
    assert report.at[0].geometry.cells > 1
    assert report.at[0].quantized_accuracy == pytest.approx(
        accuracy(
            learned.whole.network.quantized(learned.quantizer),
            learned.whole.held_out.points,
            learned.whole.held_out.labels,
            learned.readout,
        )
    )


@pytest.mark.parametrize(
    ("widths", "why"), [((1, 4, 2), "1 inputs"), ((2, 3), "no hidden layer"), ((2, 201, 2), "201")]
)
def test_where_there_is_no_geometry_it_is_said_why(widths, why, tmp_path):
    learned = load_chosen(Settings(write(tmp_path / "mine.npz", arrays_of(he_network(widths, 0)))), "pinwheel")
    report = make_report(learned, (4,), draws=1)
    assert report.at[0].geometry is None
    assert why in report.at[0].no_geometry
    assert why in to_markdown(report)
    assert report.task.float_accuracy is None
    assert "task not checked" in report.regime
    assert all(correction.accuracy is None for correction in report.at[0].corrections)
    json.loads(to_json(report))


def test_an_unlearned_network_gets_accuracies_only():
    learned = load_network("pinwheel")
    raw = replace(learned, network=he_network((2, 2, 2, 2), 1))
    report = make_report(raw, (2, 4))
    assert "NOT LEARNED" in report.regime
    assert report.at == ()
    assert set(report.accuracies) == {2, 4}
    assert [table.title for table in report_tables(report)] == ["Task"]
    assert make_report(raw, (4,), allow_unlearned=True, draws=1).at[0].geometry is not None


def test_other_classes_and_logits_are_reported(tmp_path):
    data, net = blobs(5, 300, 0), he_network((2, 8, 5), 3)
    labels = net(data.points).argmax(axis=1)
    path = write(tmp_path / "mine.npz", {**arrays_of(net), "points": data.points, "labels": labels})
    report = make_report(load_chosen(Settings(path), "pinwheel"), (8,), draws=1)
    assert report.task.float_accuracy == 1.0
    assert [correction.numbers for correction in report.at[0].corrections] == [13, 23, 23, 30, 102]


def test_the_command_writes_what_it_shows(tmp_path):
    files = [str(tmp_path / "r.json"), str(tmp_path / "r.md")]
    result = CliRunner().invoke(
        main, ["report", "pinwheel", "--bits", "4", "--draws", "2", "--json", files[0], "--markdown", files[1]]
    )
    assert result.exit_code == 0, result.output
    assert "changed area, %" in result.output
    record = json.loads((tmp_path / "r.json").read_text())
    assert record["at"][0]["quantized_accuracy"] == 0.832
    assert (tmp_path / "r.md").read_text().splitlines()[0] == result.output.splitlines()[0]


def test_a_trained_network_reads_back_as_it_was(tmp_path):
    path = tmp_path / "moons.npz"
    train = ["train", "moons", "--widths", "2,8,2", "--seeds", "5", "--out", str(path)]
    result = CliRunner().invoke(main, train)
    assert result.exit_code == 0, result.output
    learned = load_chosen(Settings(str(path)), "pinwheel")
    assert learned.network.widths == (2, 8, 2)
    assert make_report(learned, (4,), draws=1).task.learned
