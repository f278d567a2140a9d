"""Models as they lie in folders: shards with and without an index, several files, pointers, and formats not read."""

from pathlib import Path

import numpy as np
import pytest

from quantization_story.layers import CLUSTERS_VARIABLE, SAMPLE_VARIABLE, counts_asked_for, load_layer
from quantization_story.layers.clustering import cluster_layer, compare_levels, on_whole_layer
from quantization_story.stage.layer_scene import LayerScene

pytest.importorskip("safetensors")

FIRST, SECOND = (np.random.default_rng(seed).normal(size=(6, 4)).astype(np.float32) for seed in (0, 1))


def write(file: Path, **tensors: np.ndarray) -> Path:
    from safetensors.numpy import save_file

    file.parent.mkdir(exist_ok=True)
    save_file(tensors, str(file))
    return file


def test_shards_without_an_index(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for number, tensors in ((1, {"a": FIRST}), (2, {"b": SECOND})):
        write(folder / f"other_model-0000{number}-of-00002.safetensors", **tensors)
    for name, values in (("a", FIRST), ("b", SECOND)):
        np.testing.assert_array_equal(load_layer(str(folder), name).values, values.ravel())
    (folder / "other_model-00001-of-00002.safetensors").unlink()
    with pytest.raises(ValueError, match=r"of 2 shards, but other_model-00001-of-00002\.safetensors is not there"):
        load_layer(str(folder), "b")


def test_a_name_in_several_files_is_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    write(folder / "epoch1.safetensors", w=FIRST)
    last = write(folder / "epoch2.safetensors", w=SECOND)
    with pytest.raises(ValueError, match=r"w is in 2 files, epoch1\.safetensors, epoch2\.safetensors") as refusal:
        load_layer(str(folder), "w")
    advised = str(refusal.value).split("LAYER_CLUSTERING_MODEL=")[1].split(" names")[0]
    np.testing.assert_array_equal(load_layer(advised, "w").values, FIRST.ravel())
    np.testing.assert_array_equal(load_layer(str(last), "w").values, SECOND.ravel())


def test_the_index_itself_may_be_named(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write(folder / "model-00001-of-00001.safetensors", a=FIRST)
    index = folder / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"a": "model-00001-of-00001.safetensors"}}')
    np.testing.assert_array_equal(load_layer(str(index), "a").values, FIRST.ravel())


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        ("m.gguf", b"GGUF\x03\0\0\0", "a GGUF file; what is read are layers in safetensors files"),
        ("m.h5", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        ("m.bin", b"PK\x03\x04", "as PyTorch and numpy write it"),
        ("m.tflite", b"\0\0\0\0TFL3", "a TensorFlow Lite file"),
        ("m.html", b"<!DOCTYPE html>", "a web page"),
    ],
)
def test_another_format_is_named(name: str, content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words):
        load_layer(str(tmp_path / name), "w")


def test_what_else_a_folder_holds_is_named(tmp_path: Path) -> None:
    for name in ("weights.gguf", "pytorch_model.bin", "readme.txt"):
        (tmp_path / name).write_bytes(b"GGUF")
    with pytest.raises(ValueError, match=r"nor any other safetensors file; its \.bin, \.gguf files are not read"):
        load_layer(str(tmp_path), "w")


def test_the_environment_says_how_many() -> None:
    assert counts_asked_for(64, 1000, {}) == (64, 1000)
    assert counts_asked_for(64, 1000, {CLUSTERS_VARIABLE: " 16 ", SAMPLE_VARIABLE: "300"}) == (16, 300)
    assert counts_asked_for(64, 1000, {CLUSTERS_VARIABLE: ""}) == (64, 1000)
    for variable, text in ((CLUSTERS_VARIABLE, "1"), (CLUSTERS_VARIABLE, "257"), (SAMPLE_VARIABLE, "1e3")):
        with pytest.raises(ValueError, match=rf"{variable}: '{text}'; expected a whole number from 2 to"):
            counts_asked_for(64, 1000, {variable: text})
    with pytest.raises(ValueError, match=r"50 weights are fewer than 64 clusters"):
        counts_asked_for(64, 1000, {SAMPLE_VARIABLE: "50"})


def test_fewer_values_than_centres_are_as_many_centres() -> None:
    pytest.importorskip("kmeans1d")
    values = np.resize(np.array([0.5, -1.0, 2.0, 0.25, 3.0]), 400)
    found = cluster_layer(values, 64, 300)
    np.testing.assert_array_equal(found.centres, [3.0, 2.0, 0.5, 0.25, -1.0])
    np.testing.assert_array_equal(np.sort(found.optimum), np.sort(found.centres))
    assert found.inertia == found.excess == 0.0
    assert compare_levels(found).codebook.error == 0.0
    assert on_whole_layer(values, found.centres).codebook == 0.0


def test_a_scene_says_that_there_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("kmeans1d")
    weights = np.resize(np.linspace(-1.0, 1.0, 5), 400).reshape(20, 20)
    monkeypatch.setenv("LAYER_CLUSTERING_MODEL", str(write(tmp_path / "few.safetensors", w=weights)))
    monkeypatch.setenv("LAYER_CLUSTERING_LAYER", "w")
    scene = LayerScene(skip_animations=True)
    scene.load_story()
    assert scene.n_clusters == 5
    assert "k = 5, as many as values differ" in scene.regime()
    monkeypatch.setenv(CLUSTERS_VARIABLE, "4")
    fewer = LayerScene(skip_animations=True)
    fewer.load_story()
    assert len(fewer.found.centres) == 4
    assert "differ" not in fewer.regime()
