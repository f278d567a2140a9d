"""The figures of every rounding: against the networks that they round, and the counts of the seeds by hand."""

import json
from dataclasses import replace

import numpy as np
import pytest

from own_networks import arrays_of, pinwheel_arrays, write
from quantization_story.core.roundings import Rounding
from quantization_story.core.tasks import accuracy
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.rounding_scores import RoundingScores
from quantization_story.networks.settings import Settings
from quantization_story.partition import refine
from quantization_story.report import rounding_figures as module
from quantization_story.report.measure import make_report
from quantization_story.report.rounding_figures import (
    COMPARED,
    RoundingFigures,
    counted,
    rounded_seeds,
    rounding_figures,
)
from quantization_story.report.tables import report_tables, to_json, to_markdown
from small_networks import he_network

PLAIN = RoundingFigures("round-to-nearest", (1.0, 2.0), 0.5, 0.9, 0.1)


@pytest.fixture(scope="module")
def pinwheel():
    learned = load_chosen(Settings("pinwheel"), "pinwheel")
    return learned, make_report(learned, (4, 3), draws=1)


def test_every_rounding_is_measured(pinwheel):
    learned, report = pinwheel
    figures = report.at[0].roundings
    assert [each.words for each in figures] == [rounding.words for rounding in COMPARED]
    for rounding, mine in zip(COMPARED, figures, strict=True):
        rounded = rounding.quantized(learned.network, learned.quantizer_at(4), learned.calibration.points)
        data = learned.held_out
        assert mine.accuracy == accuracy(rounded, data.points, data.labels, learned.readout)
        gaps = rounded(data.points) - learned.network(data.points)
        assert mine.output == pytest.approx(np.sqrt(np.mean(np.sum(gaps**2, axis=1))))
        assert mine.changed_area == pytest.approx(refine(learned.network, rounded, (-3, 3, -3, 3)).changed_area / 36)
        inputs = learned.calibration.points
        for objective, before, after, bias in zip(
            mine.objectives, learned.network.weights, rounded.weights, learned.network.biases, strict=True
        ):
            assert objective == pytest.approx(np.mean(np.sum((inputs @ (after - before).T) ** 2, axis=1)))
            inputs = np.maximum(inputs @ before.T + bias, 0)
        assert mine.objective == pytest.approx(sum(mine.objectives))


def test_the_figures_of_the_story(pinwheel):
    _, report = pinwheel
    by_words = {each.words: each for each in report.at[0].roundings}
    for words, objective, reached in (
        ("round-to-nearest", 6.05, 0.832),
        ("GPTQ", 2.07, 0.976),
        ("closest vector", 2.06, 0.978),
        ("AWQ", 0.34, 0.996),
    ):
        assert by_words[words].objective == pytest.approx(objective, abs=0.005)
        assert by_words[words].accuracy == pytest.approx(reached, abs=0.0005)


def test_deep_at_3_bits_gains_with_damping_and_is_noise_without():
    report = make_report(load_chosen(Settings("deep"), "pinwheel"), (3,), draws=1)
    by_words = {each.words: each for each in report.at[0].roundings}
    for words, reached in (("round-to-nearest", 0.886), ("GPTQ", 0.925), ("closest vector", 0.999), ("AWQ", 0.998)):
        assert by_words[words].accuracy == pytest.approx(reached, abs=0.001)
        assert by_words[words].changed_area is None  # over 20 units
    # Units that are never on leave the moments singular: undamped, even the error of the layers is no longer small.
    nearest = by_words["round-to-nearest"].objective
    assert by_words["GPTQ"].objective < 0.6 * nearest < by_words["GPTQ, undamped"].objective


def test_the_bottleneck_fails():
    report = make_report(load_chosen(Settings("bottleneck"), "pinwheel"), (3,), draws=1)
    failures = next(table for table in report_tables(report) if table.title.startswith("Roundings that lower"))
    words = {row[1]: row[2] for row in failures.rows}
    assert words["GPTQ"] == "accuracy 72.10 → 65.37 %"
    assert "closest vector" not in words


def test_a_failure_is_a_smaller_error_of_the_layers_with_a_worse_output():
    assert PLAIN.failure(PLAIN) is None
    better = replace(PLAIN, objectives=(1.0, 1.0), accuracy=0.95, output=0.4)
    assert better.failure(PLAIN) is None
    assert replace(better, accuracy=0.85).failure(PLAIN) == "accuracy 90.00 → 85.00 %"
    assert replace(better, output=0.75).failure(PLAIN) == "RMS of the output 0.5 → 0.75"
    assert replace(better, accuracy=0.85, output=0.75).failure(PLAIN).count("→") == 2
    assert replace(better, accuracy=None).failure(replace(PLAIN, accuracy=None)) is None
    larger = replace(PLAIN, objectives=(4.0, 1.0), accuracy=0.5)
    assert larger.failure(PLAIN) is None
    assert replace(better, accuracy=0.85, refused="too wide").failure(PLAIN) is None


def test_seeds_are_counted_by_hand():
    scores = RoundingScores(
        4,
        1000,
        "GPTQ",
        (3, 5, 8, 9, 11),
        (2, 0, 1, 5, 5),
        (52, 20, 20, 5, 9),
        (7, 19, 20, 30, 9),
        (0.5, 1.0, 0.9, 0.8, 0.99),
        (0.3, 1.0, 1.1, 2.0, 0.7),
    )
    seeds = counted(scores)
    assert (seeds.rounding, seeds.seeds) == ("GPTQ", 5)
    assert (seeds.smaller, seeds.fewer_wrong, seeds.as_many_wrong, seeds.more_wrong) == (4, 1, 2, 1)
    assert (seeds.lower_output, seeds.output_ratio) == (2, 1.0)
    assert (seeds.lost, seeds.better, seeds.recovered, seeds.much_worse) == (2, 2, 1, 1)
    assert seeds.nearest_accuracy == pytest.approx(1 - 106 / 5000)
    assert seeds.accuracy == pytest.approx(1 - 85 / 5000)


def test_the_seeds_are_those_of_the_shipped_network(pinwheel):
    learned, report = pinwheel
    assert [seeds.rounding for seeds in report.at[0].rounded_seeds] == [
        "GPTQ",
        "GPTQ by diagonal",
        "closest vector",
        "AWQ",
    ]
    assert all(seeds.seeds == 402 for seeds in report.at[0].rounded_seeds)
    assert rounded_seeds(replace(learned, provenance=None), 4) == ()
    assert rounded_seeds(load_chosen(Settings("pinwheel", per_channel=True), "pinwheel"), 4) == ()
    assert rounded_seeds(learned, 5) == ()


def test_tables_and_json_hold_them(pinwheel):
    _, report = pinwheel
    by_title = {table.title: table for table in report_tables(report)}
    rows = next(table for title, table in by_title.items() if title.startswith("Roundings: tr")).rows
    assert rows[0] == ("4", "round-to-nearest", "6.05", "0.0727  0.529  5.45", "4.08", "83.2", "7.9")
    failed = next(table for title, table in by_title.items() if title.startswith("Roundings that lower")).rows
    assert ("3", "closest vector", "accuracy 82.93 → 80.30 %, RMS of the output 3.88 → 3.98") in failed
    seeds = next(table for title, table in by_title.items() if title.startswith("Roundings of all seeds"))
    assert seeds.title.endswith("is by 2 points of accuracy")
    assert seeds.rows[2] == ("4", "closest vector", "142 of 402", "81 / 5 / 56", "12 of 61", "9", "98.08 → 98.45")
    assert json.loads(to_json(report))["at"][0]["roundings"][0]["accuracy"] == 0.832


def test_what_cannot_be_rounded_says_why(monkeypatch, tmp_path):
    learned = load_chosen(Settings(write(tmp_path / "mine.npz", arrays_of(he_network((2, 4, 2), 0)))), "pinwheel")

    def refuse(self, net, quantizer, points):
        raise ValueError("too wide")

    monkeypatch.setattr(Rounding, "quantized", refuse)
    (refused,) = rounding_figures(learned, 4, None, [Rounding("closest")])
    assert (refused.refused, refused.accuracy, refused.objectives) == ("too wide", None, ())
    monkeypatch.undo()
    monkeypatch.setattr(module, "rounding_figures", None)
    report = make_report(learned, (4,), draws=1)
    shown = replace(report, at=(replace(report.at[0], roundings=(PLAIN, refused)),))
    assert "| 4 | closest vector | too wide | – | – | – | – |" in to_markdown(shown)


def test_a_network_on_a_plane_is_rounded_whole(tmp_path):
    rng = np.random.default_rng(0)
    arrays = pinwheel_arrays()
    embedding = np.linalg.qr(rng.normal(size=(4, 2)))[0].T
    arrays |= {"W1": arrays["W1"] @ embedding, "points": arrays["points"] @ embedding}
    learned = load_chosen(Settings(write(tmp_path / "four.npz", arrays), rounding="gptq"), "pinwheel")
    figures = rounding_figures(learned, 4, learned.window.box, [Rounding("gptq")])[0]
    cells = refine(learned.network, learned.quantized(4), learned.window.box)
    assert figures.changed_area == pytest.approx(cells.changed_area / cells.box_area)
    assert len(figures.objectives) == 3
    assert figures.accuracy == learned.accuracy(4)
