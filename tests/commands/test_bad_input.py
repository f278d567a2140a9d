"""What a user may get wrong, tried on purpose: one clear error that names it, exit code not 0, and no traceback."""

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from own_networks import pinwheel_arrays, write
from quantization_story.cli import main
from quantization_story.networks import files as network_files
from quantization_story.networks.settings import ALLOW_UNLEARNED, PER_CHANNEL, PLANE, ROUNDING, TRANSPOSED, VARIABLES


def report(*arguments, **environment):
    """Run `report` on the command line, with only these variables of ours in the environment."""
    cleared = dict.fromkeys(VARIABLES)
    return CliRunner().invoke(
        main, ["report", "--bits", "4", "--draws", "1", *arguments], env={**cleared, **environment}
    )


def check_refused(result, words):
    lines = [line for line in result.output.splitlines() if line.startswith("Error")]
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit), result.exception
    assert len(lines) == 1, result.output
    assert "Traceback" not in result.output
    for word in words:
        assert word in lines[0], lines[0]


def changed(**arrays):
    """The pinwheel's arrays with some replaced, and those given as None left out."""
    merged = {**pinwheel_arrays(), **arrays}
    return {name: array for name, array in merged.items() if array is not None}


def three_inputs(**arrays):
    rng = np.random.default_rng(0)
    return changed(**{"W1": rng.normal(size=(2, 3)), "points": rng.normal(size=(600, 3)), **arrays})


BAD_ARRAYS = {
    "layers that do not chain": (changed(W2=np.ones((2, 3))), ["weight of layer 2", "(2, 3)"]),
    "a transposed first layer": (changed(W1=np.ones((2, 2)), W2=np.ones((3, 2)), W3=np.ones((2, 2))), ["layer"]),
    "weights of one dimension": (changed(W1=np.ones(4)), ["weight of layer 1", "(4,)"]),
    "weights of three dimensions": (changed(W2=np.ones((2, 2, 1))), ["weight of layer 2", "(2, 2, 1)"]),
    "a single number for weights": (changed(W3=np.float64(1.0)), ["weight of layer 3", "()"]),
    "a layer without units": (changed(W1=np.ones((0, 2)), b1=np.ones(0)), ["weight of layer 1"]),
    "NaN in the weights": (changed(W2=np.array([[1.0, np.nan], [0.0, 1.0]])), ["weight of layer 2", "nan", "(0, 1)"]),
    "infinity in a bias": (changed(b3=np.array([np.inf, 0.0])), ["bias of layer 3", "inf"]),
    "complex weights": (changed(W1=np.ones((2, 2)) + 1j), ["W1", "complex128"]),
    "words for weights": (changed(W1=np.array([["a", "b"], ["c", "d"]])), ["W1", "<U1"]),
    "truth values for weights": (changed(W1=np.ones((2, 2), dtype=bool)), ["W1", "bool"]),
    "an object array": (changed(W1=np.array([[1, 2], [3, None]], dtype=object)), ["array W1"]),
    "a bias that is missing": (changed(b2=None), ["W2", "no bias", "b2"]),
    "a weight that is missing": (changed(W2=None), ["b2", "no fully connected layer"]),
    "a bias of another length": (changed(b1=np.zeros(3)), ["bias of layer 1", "(3,)"]),
    "other names": ({"matrix": np.ones((2, 2)), "offset": np.ones(2)}, ["matrix", "W1, b1"]),
    "nothing in it": ({}, ["nothing", "W1, b1"]),
    "an array of another layer type": (changed(running_mean=np.ones(2)), ["running_mean"]),
    "weights whose values overflow": (
        changed(W1=np.full((2, 2), 1e200), W2=np.full((2, 2), 1e200)),
        ["layer 2", "over"],
    ),
    "points of three inputs": (changed(points=np.ones((600, 3))), ["points", "(600, 3)"]),
    "points in one row": (changed(points=np.ones(600)), ["points", "(600,)"]),
    "points on one spot": (changed(points=np.full((600, 2), 0.7)), ["points", "one spot"]),
    "NaN in the points": (changed(points=np.full((600, 2), np.nan)), ["points", "nan"]),
    "few points": (changed(points=np.ones((5, 2)), labels=np.arange(5) % 3), ["5 points", "20"]),
    "no points": (changed(points=np.ones((0, 2)), labels=None, outputs=np.ones((0, 2))), ["0 points", "20"]),
    "complex points": (changed(points=np.ones((600, 2)) + 1j), ["points", "complex"]),
    "labels for other points": (changed(labels=np.arange(599) % 3), ["labels", "(599,)", "600"]),
    "negative labels": (changed(labels=np.arange(600) % 3 - 1), ["labels", "from 0"]),
    "labels between two classes": (changed(labels=np.arange(600) % 3 + 0.5), ["labels", "whole numbers"]),
    "a label out of range": (changed(labels=np.arange(600) % 4), ["labels", "label 3", "0 to 2"]),
    "a label that two logits do not know": (changed(prototypes=None), ["label 2", "2 outputs", "plain logits"]),
    "labels of several ones": (changed(labels=np.ones((600, 3))), ["labels", "(600, 3)"]),
    "a square file without labels": (changed(labels=None), ["2×2, 2×2, 2×2", f"{TRANSPOSED}=0"]),
    "outputs without points": (changed(points=None, labels=None, outputs=np.ones((600, 2))), ["outputs", "points"]),
    "outputs of another network": (changed(outputs=np.ones((600, 2))), ["outputs", "at point 0", "no ReLU"]),
    "outputs of another shape": (changed(outputs=np.ones((600, 1))), ["outputs", "(600, 1)"]),
    "truth values among the points": (changed(points=np.ones((600, 2), dtype=bool)), ["points", "bool"]),
    "one class only": (changed(labels=np.zeros(600, dtype=int)), ["labels", "two classes"]),
    "labels without points": (changed(points=None), ["labels without points"]),
    "prototypes of another dimension": (changed(prototypes=np.eye(3)), ["prototypes", "(3, 3)"]),
    "one prototype": (changed(prototypes=np.ones((1, 2)), labels=np.arange(600) % 2), ["prototypes", "two classes"]),
    "three inputs without points": (three_inputs(points=None, labels=None), ["3 inputs", "plane"]),
    "three inputs, points on a line": (
        three_inputs() | {"points": np.outer(np.linspace(0, 1, 600), [1.0, 2.0, 3.0])},
        ["on a line"],
    ),
    "a plane through points on a line": (three_inputs(plane=np.eye(3)[[0, 0, 0]]), ["three points of the plane"]),
    "a plane of other inputs": (three_inputs(plane=np.ones((3, 2))), ["plane", "(3, 2)"]),
    "a plane for two inputs": (changed(plane=np.array([[0.0, 0], [1, 0], [0, 1]])), ["plane", "2 inputs"]),
    "a network that has not learned": (changed(labels=(np.arange(600) + 1) % 3), ["not learned"]),
}


@pytest.mark.parametrize("case", [case for case in BAD_ARRAYS if case != "a network that has not learned"])
def test_a_file_with_wrong_arrays_is_refused(case, tmp_path):
    arrays, words = BAD_ARRAYS[case]
    path = write(tmp_path / "mine.npz", arrays)
    check_refused(report(path), [path, *words] if "over" not in words else ["mine.npz", *words])


def test_a_network_that_has_not_learned_gets_no_geometry(tmp_path):
    path = write(tmp_path / "mine.npz", BAD_ARRAYS["a network that has not learned"][0])
    result = report(path)
    assert result.exit_code == 1
    assert "NOT LEARNED" in result.output.splitlines()[0]
    assert "no geometric conclusions" in result.output
    assert "topological" not in result.output
    allowed = report(path, "--allow-unlearned", "1")
    assert allowed.exit_code == 0
    assert "NOT LEARNED" in allowed.output.splitlines()[0]
    assert "topological" in allowed.output


def _bytes_of(folder):
    return Path(write(folder / "whole.npz", pinwheel_arrays())).read_bytes()


def _npy(path):
    with path.open("wb") as file:
        np.save(file, np.ones((2, 2)))


BAD_FILES = {
    "missing.npz": (lambda path: None, ["no such file"]),
    "folder.npz": (lambda path: path.mkdir(), ["folder"]),
    "network.txt": (lambda path: path.write_text("1 2"), [".npz", ".txt"]),
    "empty.npz": (lambda path: path.write_bytes(b""), ["empty"]),
    "truncated.npz": (lambda path: path.write_bytes(_bytes_of(path.parent)[:200]), ["not a readable .npz"]),
    "words.npz": (lambda path: path.write_text("these are no weights"), ["not a readable .npz"]),
    "pickle.npz": (lambda path: path.write_bytes(pickle.dumps({"W1": 1})), ["not a readable .npz", "pickle"]),
    "array.npz": (_npy, ["without a name"]),
    "broken.safetensors": (lambda path: path.write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}"), ["safetensors"]),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_holds_no_network_is_refused(name, tmp_path):
    make, words = BAD_FILES[name]
    make(tmp_path / name)
    check_refused(report(str(tmp_path / name)), [str(tmp_path / name), *words])


def test_a_pickle_is_never_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return open, (str(tmp_path / "sprung"), "w")

    for name in ("trap.npz", "trap.pt", "trap.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        check_refused(report(str(tmp_path / name)), [name])
    assert not (tmp_path / "sprung").exists()


def test_an_onnx_file_without_its_package_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    (tmp_path / "mine.onnx").write_bytes(b"1")
    check_refused(report(str(tmp_path / "mine.onnx")), ["mine.onnx", "pip install onnx"])


def test_safetensors_without_its_package_names_the_package(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    (tmp_path / "mine.safetensors").write_bytes(b"1")
    check_refused(report(str(tmp_path / "mine.safetensors")), ["pip install safetensors"])


def test_a_file_too_large_to_be_meant_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(network_files, "LARGEST_FILE", 100)
    path = write(tmp_path / "mine.npz", pinwheel_arrays())
    check_refused(report(path), [path, "bytes"])


def test_data_beside_the_file_is_checked_too(tmp_path):
    arrays = pinwheel_arrays()
    data = {name: arrays.pop(name) for name in ("points", "labels", "prototypes")}
    path, beside = write(tmp_path / "mine.npz", arrays), tmp_path / "mine.points.npz"
    beside.write_text("no points")
    check_refused(report(path), [str(beside), "not a readable"])
    write(beside, {**data, "weights": np.ones(2)})
    check_refused(report(path), [str(beside), "weights"])
    write(beside, {**data, "labels": data["labels"][1:]})
    check_refused(report(path), ["labels", "(599,)"])
    write(tmp_path / "mine.npz", {**arrays, "points": data["points"]})
    write(beside, data)
    check_refused(report(path), ["points", str(beside), "keep one"])
    write(tmp_path / "mine.npz", arrays)
    assert report(path).exit_code == 0


@pytest.mark.parametrize("bits", ["1", "17", "0", "-4", "four", "4.5", "4;8", "4,,8", " ", "٤", "1e1"])
def test_bit_widths_that_are_none_are_refused(bits):
    check_refused(report("pinwheel", "--bits", bits), ["--bits", "from 2 to 16"])


@pytest.mark.parametrize("value", ["maybe", "2", "yes please", "-1"])
@pytest.mark.parametrize("option", ["--per-channel", "--allow-unlearned"])
def test_switches_that_are_none_are_refused(option, value):
    variable = PER_CHANNEL if option == "--per-channel" else ALLOW_UNLEARNED
    check_refused(report("pinwheel", option, value), [variable, "1 or 0"])
    check_refused(report("pinwheel", **{variable: value}), [variable, "1 or 0"])


@pytest.mark.parametrize("value", ["up", "rtn", "gptq,awq", "0"])
def test_roundings_that_are_none_are_refused(value):
    check_refused(report("pinwheel", "--rounding", value), [ROUNDING, "nearest, gptq, closest or awq"])
    check_refused(report("pinwheel", **{ROUNDING: value}), [ROUNDING, "nearest, gptq, closest or awq"])


@pytest.mark.parametrize("rows", ["0,1", "0,0,1", "a,b,c", "0,1,2,3", "-1,0,1", "1.5,2,3", "0,1,600"])
def test_planes_that_are_none_are_refused(rows, tmp_path):
    path = write(tmp_path / "mine.npz", three_inputs())
    check_refused(report(path, "--plane", rows), [PLANE])


def test_a_plane_where_none_is_needed_is_refused(tmp_path):
    check_refused(report("pinwheel", "--plane", "0,1,2"), [PLANE, "2 inputs"])
    check_refused(report(write(tmp_path / "mine.npz", pinwheel_arrays()), "--plane", "0,1,2"), ["2 inputs"])
    both = write(tmp_path / "both.npz", three_inputs(plane=np.eye(3)))
    check_refused(report(both, "--plane", "0,1,2"), [PLANE, "keep one"])


def test_unknown_names_are_refused():
    check_refused(report("pinwheels"), ["pinwheels", "pinwheel_wide"])
    check_refused(CliRunner().invoke(main, ["draw"]), ["draw"])
    check_refused(CliRunner().invoke(main, ["train", "rings"]), ["rings", "spirals"])
    check_refused(report("pinwheel", "--rank", "0"), ["--rank"])
    check_refused(report("pinwheel", "--draws", "0"), ["--draws"])


@pytest.mark.parametrize("option", ["--json", "--markdown"])
def test_a_place_that_cannot_be_written_loses_no_table(option, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file" / "report", tmp_path / "nowhere" / "report", tmp_path):
        result = report("pinwheel", option, str(place))
        check_refused(result, [str(place)])
        assert "topological" in result.output


@pytest.mark.parametrize("widths", ["2", "2,x,2", "2,0,2", "3,4,3", "2,4,5", "2,9999,2", ""])
def test_widths_that_fit_no_task_are_refused(widths, tmp_path):
    out = tmp_path / "mine.npz"
    check_refused(CliRunner().invoke(main, ["train", "pinwheel", "--widths", widths, "--out", str(out)]), [])
    assert not out.exists()


def test_training_writes_over_nothing_and_nowhere(tmp_path):
    out = tmp_path / "mine.npz"
    out.write_text("precious")
    check_refused(CliRunner().invoke(main, ["train", "moons", "--out", str(out)]), [str(out), "--force"])
    assert out.read_text() == "precious"
    nowhere = str(out / "mine.npz")
    train = ["train", "moons", "--widths", "2,8,2", "--seeds", "3", "--out"]
    check_refused(CliRunner().invoke(main, [*train, nowhere]), [nowhere])
    check_refused(CliRunner().invoke(main, [*train, "mine.pt"]), ["mine.pt", ".npz"])


# --- what looks odd and is right


@pytest.mark.parametrize(
    ("name", "arrays"),
    [
        ("whole numbers", {"W1": np.array([[2, 1], [-2, 1]]), "b1": np.array([1, 0])}),
        ("half precision", {"W1": np.array([[2, 1], [-2, 1]], dtype=np.float16)}),
        ("no points", {"points": None, "labels": None, "prototypes": None}),
        ("points without labels", {"labels": None, "prototypes": None}),
        ("zeros", {"W1": np.zeros((2, 2)), "labels": None}),
        ("one layer", dict.fromkeys(("W2", "b2", "W3", "b3", "labels"))),
    ],
)
def test_odd_networks_are_reported(name, arrays, tmp_path):
    result = report(write(tmp_path / "mine.npz", changed(**arrays)), "--allow-unlearned", "1", "--transposed", "0")
    assert result.exit_code == 0, result.output
    assert "nan" not in result.output
    if arrays.get("labels", "") is None:
        assert "task not checked" in result.output.splitlines()[0]


def test_a_hundred_thousand_points_are_measured(tmp_path):
    result = report(write(tmp_path / "mine.npz", pinwheel_arrays(count=100_000)))
    assert result.exit_code == 0, result.output
    assert "98000 others" in result.output
