"""What is said on the command line: whole, plain, and every advice in it leads on."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

from own_networks import arrays_of, blobs, pinwheel_arrays, write
from quantization_story.cli import main
from quantization_story.networks.settings import VARIABLES
from quantization_story.report.tables import Table
from small_networks import he_network


def run(*arguments, **environment):
    return CliRunner().invoke(main, arguments, env={**dict.fromkeys(VARIABLES), **environment})


def report(path, **environment):
    return run("report", path, "--bits", "4", "--draws", "1", **environment)


def without(*names, **more):
    return {name: array for name, array in {**pinwheel_arrays(), **more}.items() if name not in names}


def turned(arrays):
    return {name: array.T if name[0] == "W" else array for name, array in arrays.items()}


def several():
    net = he_network((2, 5, 3), 0)
    layers = list(zip(net.weights, net.biases, strict=True))
    parts = [(f"{name}.{2 * n}", layer) for name in ("actor", "critic") for n, layer in enumerate(layers)]
    return {
        f"{stem}.{kind}": array for stem, both in parts for kind, array in zip(("weight", "bias"), both, strict=True)
    }


def unlearned():
    data = blobs(3, 60, 0)
    return {**arrays_of(he_network((2, 4, 3), 0)), "points": data.points, "labels": data.labels}


FILES = {
    "square without labels": lambda: without("labels", "prototypes"),
    "transposed": lambda: turned(arrays_of(he_network((2, 5, 3), 0))),
    "transposed with labels": lambda: turned(pinwheel_arrays()),
    "several networks": several,
    "something unknown": lambda: without(mean=np.zeros(2)),
    "not learned": unlearned,
}


@pytest.mark.parametrize("name", FILES)
def test_every_advice_leads_on(name, tmp_path):
    path = write(tmp_path / "mine.npz", FILES[name]())
    refused = run("list", "--network", path)
    assert refused.exit_code == 1, refused.output
    advised = re.findall(r"(QUANT_STORY_\w+)=([\w.,]*\w)", refused.output)
    assert advised
    for variable, value in advised:
        listed = run("list", "--network", path, **{variable: value})
        assert listed.exit_code == 0, listed.output
        assert "layers in this order: " in listed.output
        assert report(path, **{variable: value}).exit_code == 0


def test_a_bias_of_zeros_leads_on(tmp_path):
    refused = report(write(tmp_path / "mine.npz", without("b2", "labels")), QUANT_STORY_TRANSPOSED="0")
    assert "expected an array b2 (zeros, if the layer has none)" in refused.output
    assert (
        report(write(tmp_path / "mine.npz", without("labels", b2=np.zeros(2))), QUANT_STORY_TRANSPOSED="0").exit_code
        == 0
    )


def test_values_before_the_softmax_lead_on(tmp_path):
    net, points = he_network((2, 6, 3), 0), blobs(3, 60, 0).points
    z = net(points)
    soft = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    given = {**arrays_of(net), "points": points}
    refused = report(write(tmp_path / "mine.npz", {**given, "outputs": soft}))
    assert "outputs: they are those behind a softmax; give the values before it" in refused.output
    done = report(write(tmp_path / "mine.npz", {**given, "outputs": z}))
    assert done.exit_code == 0
    assert "the given outputs of 60 points are reproduced" in done.output


def test_the_order_and_the_shapes_are_said(tmp_path):
    path = write(
        tmp_path / "mine.npz", {**unlearned(), "labels": he_network((2, 4, 3), 0)(blobs(3, 60, 0).points).argmax(1)}
    )
    words = "layers in this order: W1 4×2, W2 3×4"
    assert words in run("list", "--network", path, QUANT_STORY_ALLOW_UNLEARNED="1").output
    run(
        "report",
        path,
        "--bits",
        "4",
        "--draws",
        "1",
        "--json",
        str(tmp_path / "r.json"),
        QUANT_STORY_ALLOW_UNLEARNED="1",
    )
    assert words in json.loads((tmp_path / "r.json").read_text())["read"]


def test_a_report_of_a_network_that_has_not_learned_is_kept_and_marked(tmp_path):
    path = write(tmp_path / "mine.npz", unlearned())
    files = "--json", str(tmp_path / "r.json"), "--markdown", str(tmp_path / "r.md")
    done = run("report", path, "--bits", "4", "--quiet", *files)
    assert done.exit_code == 1
    assert "NOT LEARNED" in (tmp_path / "r.md").read_text().splitlines()[0]
    assert "has not learned" in json.loads((tmp_path / "r.json").read_text())["refused"]
    assert run("report", path, "--bits", "4", "--quiet", "--exit-zero", *files).exit_code == 0


def test_what_a_file_says_reaches_no_terminal_as_code(tmp_path):
    red = "\x1b[31m"
    net = he_network((2, 4, 3), 0)
    layers = enumerate(zip(net.weights, net.biases, strict=True))
    arrays = {
        f"{red}l.{n}.{kind}": array for n, both in layers for kind, array in zip(("weight", "bias"), both, strict=True)
    }
    done = report(write(tmp_path / "mine.npz", arrays))
    assert done.exit_code == 0
    refused = report(write(tmp_path / "mine.npz", {**arrays, f"{red}odd": np.ones(3)}))
    assert refused.exit_code == 1
    for result in (done, refused):
        assert "\x1b" not in result.output
        assert "l.0" in result.output


@pytest.mark.parametrize("width", [50, 80, 200])
def test_tables_fit_the_terminal_without_a_word_cut(width, tmp_path):
    path = write(tmp_path / "mine.npz", pinwheel_arrays())
    output = report(path, COLUMNS=str(width)).output
    tables = output[output.index("Task") :]
    assert "…" not in tables
    assert max(map(len, tables.splitlines())) <= width
    assert "non-capacity" in tables


def test_a_table_is_cut_between_its_columns():
    table = Table("T", ("name", "a long head", "b"), (("one", "12345", "1"), ("two", "1", "123456")))
    assert table.widths == (4, 5, 6)
    assert [part.heads for part in table.parts(21)] == [table.heads]
    first, second = table.parts(20)
    assert (first.heads, second.heads) == (("name", "a long head"), ("name", "b"))
    assert table.spread(21) == (4, 5, 6)
    assert table.spread(40) == (4, 11, 6)
    assert second.title == "T, continued"
    assert second.rows == (("one", "1"), ("two", "123456"))
