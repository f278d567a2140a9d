"""Layers of trained models: the embedded network, local safetensors files, and the hub with its functions replaced."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quantization_story.core.network import ReluNetwork
from quantization_story.core.tasks import accuracy
from quantization_story.layers import (
    EMBEDDED_LAYER,
    FOLDER,
    LAYER_VARIABLE,
    MODEL_VARIABLE,
    QUERY_LAYER,
    asked_for,
    level_accuracies,
    load_layer,
    match_layer,
    train_digits,
)
from quantization_story.layers.clustering import cluster_layer

pytest.importorskip("safetensors")
hub = pytest.importorskip("huggingface_hub")

QUERY = np.random.default_rng(0).normal(0.0, 0.05, (6, 4)).astype(np.float32)
KEY = np.arange(8, dtype=np.float32).reshape(2, 4)
QUERY_NAME, KEY_NAME = f"vit.{QUERY_LAYER}", "vit.encoder.layer.0.attention.attention.key.weight"
TENSORS = {QUERY_NAME: QUERY, KEY_NAME: KEY}


def write(file: Path, tensors: dict[str, np.ndarray]) -> Path:
    from safetensors.numpy import save_file

    file.parent.mkdir(exist_ok=True)
    save_file(tensors, str(file))
    return file


def write_bfloat16(file: Path, name: str, halves: np.ndarray) -> Path:
    """A file written byte by byte, with bfloat16 numbers, given by their bits, after another tensor."""
    first, second = np.ones(3, dtype="<f4").tobytes(), halves.astype("<u2").tobytes()
    header = {
        "__metadata__": {"format": "pt"},
        "a.first": {"dtype": "F32", "shape": [3], "data_offsets": [0, len(first)]},
        name: {"dtype": "BF16", "shape": halves.shape, "data_offsets": [len(first), len(first) + len(second)]},
    }
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + first + second)
    return file


def sharded(folder: Path) -> Path:
    """A model in two shards with an index; the query weights are in the second."""
    write(folder / "model-00001-of-00002.safetensors", {KEY_NAME: KEY})
    write(folder / "model-00002-of-00002.safetensors", {QUERY_NAME: QUERY})
    where = {KEY_NAME: "model-00001-of-00002.safetensors", QUERY_NAME: "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))
    return folder


# --- the embedded network


def test_the_embedded_layer_is_that_of_the_trained_network() -> None:
    layer = load_layer()
    assert (layer.name, layer.shape, layer.size, layer.bits) == ("layer1.weight", (64, 64), 4096, 32)
    assert layer.source == "digits network 64-64-10, accuracy 97.0 %"
    with np.load(FOLDER / "digits.npz") as stored:
        assert stored["layer1.weight"].dtype == np.float32
        assert np.array_equal(layer.values, stored["layer1.weight"].ravel())
    assert load_layer("digits", "layer2.weight").shape == (10, 64)
    assert not layer.values.flags.writeable


def test_the_record_says_how_it_was_trained_and_it_is_small() -> None:
    record = json.loads((FOLDER / "digits.json").read_text())
    assert record["accuracy"]["held_out"] >= 0.95
    assert record["command"] == "python -m quantization_story.layers.train_digits"
    assert record["split"] == {"training": 1297, "held_out": 500, "seed": train_digits.SPLIT_SEED}
    assert record["training"]["seed"] == train_digits.START_SEED
    assert set(record["versions"]) == {"python", "numpy", "scipy", "scikit-learn"}
    assert sum((FOLDER / name).stat().st_size for name in ("digits.npz", "digits.json")) < 100_000


def test_the_stored_network_reaches_the_recorded_accuracy_on_the_held_out_images() -> None:
    pytest.importorskip("sklearn")
    training, held_out = train_digits.digits()
    with np.load(FOLDER / "digits.npz") as stored:
        network = ReluNetwork(
            tuple(stored[f"layer{k}.weight"] for k in (1, 2)), tuple(stored[f"layer{k}.bias"] for k in (1, 2))
        )
    record = json.loads((FOLDER / "digits.json").read_text())["accuracy"]
    assert accuracy(network, held_out.points, held_out.labels, 10) == pytest.approx(record["held_out"], abs=0.003)
    assert accuracy(network, training.points, training.labels, 10) == pytest.approx(record["training"], abs=0.003)
    images = {tuple(image) for image in training.points}
    assert not any(tuple(image) in images for image in held_out.points)


def test_the_accuracy_with_levels_is_that_of_the_network_with_rounded_weights() -> None:
    rng = np.random.default_rng(1)
    network = ReluNetwork(
        (rng.normal(size=(4, 3)), rng.normal(size=(10, 4))), (rng.normal(size=4), rng.normal(size=10))
    )
    levels = np.array([1.0, 0.0, -1.0])
    rounded = train_digits.with_levels(network, levels)
    nearest = levels[np.abs(network.weights[0][..., None] - levels).argmin(axis=-1)]
    assert np.array_equal(rounded.weights[0], nearest)
    assert np.array_equal(rounded.weights[1], network.weights[1])
    assert all(np.array_equal(*pair) for pair in zip(rounded.biases, network.biases, strict=True))


def test_the_recorded_accuracies_are_those_of_the_stored_network() -> None:
    pytest.importorskip("sklearn")
    kept = level_accuracies("digits", EMBEDDED_LAYER, train_digits.SAMPLE, train_digits.SAMPLE_SEED)
    assert kept is not None
    _, held_out = train_digits.digits()
    with np.load(FOLDER / "digits.npz") as stored:
        weights = tuple(stored[f"layer{k}.weight"].astype(np.float64) for k in (1, 2))
        network = ReluNetwork(weights, tuple(stored[f"layer{k}.bias"].astype(np.float64) for k in (1, 2)))
    assert kept.images == len(held_out.labels)
    assert kept.before == pytest.approx(accuracy(network, held_out.points, held_out.labels, 10), abs=0.003)
    flat = load_layer().values
    for k in train_digits.LEVEL_COUNTS:
        centres = cluster_layer(flat, k, 1000, np.random.default_rng(0)).centres
        even = flat.min() + (flat.max() - flat.min()) / (k - 1) * np.arange(k)
        for levels, recorded in ((centres, kept.codebook[k]), (even, kept.uniform[k])):
            near = levels[np.abs(flat[:, None] - levels).argmin(axis=1)].reshape(weights[0].shape)
            rounded = ReluNetwork((near, weights[1]), network.biases)
            assert accuracy(rounded, held_out.points, held_out.labels, 10) == pytest.approx(recorded, abs=0.003)


@pytest.mark.parametrize(
    "asked",
    [
        ("some/model", "layer1.weight", 1000, 0),
        ("digits", "layer2.weight", 1000, 0),
        ("digits", "layer1.weight", 900, 0),
        ("digits", "layer1.weight", 1000, 1),
    ],
)
def test_of_another_layer_or_sample_no_accuracy_is_claimed(asked: tuple[str, str, int, int]) -> None:
    assert level_accuracies(*asked) is None


def test_the_command_writes_a_network_that_can_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setattr(train_digits, "MAX_ITERATIONS", 40)
    train_digits.main(["--folder", str(tmp_path)])
    with np.load(tmp_path / "digits.npz") as stored:
        assert stored["layer1.weight"].shape == (64, 64)
    record = json.loads((tmp_path / "digits.json").read_text())
    assert record["training"]["max_iterations"] == 40
    assert [int(k) for k in record["levels"]["codebook"]] == list(train_digits.LEVEL_COUNTS)


def test_training_without_scikit_learn_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match=r"quantization-story\[digits\]"):
        train_digits.digits()


# --- which layer


def test_the_environment_goes_before_the_scene() -> None:
    vit = "google/vit-base-patch16-224"
    assert asked_for("digits", None, {}) == ("digits", EMBEDDED_LAYER)
    assert asked_for(vit, None, {}) == (vit, QUERY_LAYER)
    assert asked_for("digits", "layer2.weight", {MODEL_VARIABLE: vit}) == (vit, QUERY_LAYER)
    assert asked_for("digits", "a", {MODEL_VARIABLE: "", LAYER_VARIABLE: "b"}) == ("digits", "b")
    assert asked_for("digits", None, {MODEL_VARIABLE: vit, LAYER_VARIABLE: "c"}) == (vit, "c")


def test_a_layer_is_matched_by_the_end_of_its_name() -> None:
    names = ["vit.a.weight", "vit.b.a.weight", "vit.ba.weight", "a.bias"]
    assert match_layer(names, "b.a.weight", "m") == "vit.b.a.weight"
    assert match_layer([*names, "a.weight"], "a.weight", "m") == "a.weight"
    with pytest.raises(ValueError, match=r"m: 2 layers end with 'a.weight'.*vit\.a\.weight, vit\.b\.a\.weight"):
        match_layer(names, "a.weight", "m")
    with pytest.raises(ValueError, match=r"m: no layer 'ba\.weigth' among its 4; close to it: vit\.ba\.weight"):
        match_layer(names, "ba.weigth", "m")
    with pytest.raises(ValueError, match=r"close to it: layer1\.weight|close to it: layer2\.weight"):
        load_layer("digits", "layer3.weight")


# --- local files


@pytest.mark.parametrize("kind", ["file", "folder", "other name", "shards"])
def test_one_tensor_is_read_from_a_local_model(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "my-vit"
    if kind == "shards":
        model = sharded(folder)
        (folder / "model-00001-of-00002.safetensors").unlink()  # the other shard is not needed
    else:
        file = write(folder / ("weights.safetensors" if kind == "other name" else "model.safetensors"), TENSORS)
        model = file if kind == "file" else folder
    layer = load_layer(str(model), QUERY_LAYER)
    assert layer.source == ("model.safetensors" if kind == "file" else "my-vit")
    assert (layer.name, layer.shape, layer.bits) == (QUERY_NAME, (6, 4), 32)
    assert np.array_equal(layer.values, QUERY.ravel())
    assert load_layer(str(model)).name == QUERY_NAME


@pytest.mark.parametrize(("dtype", "bits"), [(np.float16, 16), (np.float32, 32), (np.float64, 64)])
def test_float_formats_of_numpy_are_read(tmp_path: Path, dtype: Any, bits: int) -> None:
    layer = load_layer(str(write(tmp_path / "m.safetensors", {"w": QUERY.astype(dtype)})), "w")
    assert layer.bits == bits
    assert layer.values.dtype == np.float64
    assert np.array_equal(layer.values, QUERY.astype(dtype).ravel())


def test_bfloat16_is_read_bit_by_bit(tmp_path: Path) -> None:
    # bfloat16 is the upper half of float32: 1, -2, 3.140625, the smallest normal number, 0.
    halves = np.array([[0x3F80, 0xC000, 0x4049], [0x0080, 0x0000, 0x8000]], dtype=np.uint16)
    layer = load_layer(str(write_bfloat16(tmp_path / "m.safetensors", "b.w", halves)), "w")
    assert (layer.bits, layer.shape) == (16, (2, 3))
    assert layer.values.tolist() == [1.0, -2.0, 3.140625, 2.0**-126, 0.0, 0.0]


def test_what_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    codes = np.arange(4, dtype=np.int8)
    with pytest.raises(ValueError, match="stored as I8; what is read are F64, F32, F16, BF16"):
        load_layer(str(write(tmp_path / "codes.safetensors", {"w": codes})), "w")
    with pytest.raises(ValueError, match=r"w of nan\.safetensors: nan at index"):
        load_layer(str(write(tmp_path / "nan.safetensors", {"w": np.array([1.0, np.nan])})), "w")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"no header")
    with pytest.raises(ValueError, match=r"broken\.safetensors: not a readable safetensors file"):
        load_layer(str(broken), "w")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty: this folder holds neither model\.safetensors nor"):
        load_layer(str(tmp_path / "empty"), "w")
    folder = sharded(tmp_path / "cut")
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ValueError, match=r"model-00002-of-00002\.safetensors: the model's index names this file"):
        load_layer(str(folder))
    (folder / "model.safetensors.index.json").write_text("[]")
    with pytest.raises(ValueError, match="not an index of safetensors shards"):
        load_layer(str(folder))
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"w": 1}}')
    with pytest.raises(ValueError, match="does not map names to files"):
        load_layer(str(folder))


@pytest.mark.parametrize("package", ["safetensors", "huggingface_hub"])
def test_without_the_extra_the_error_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    file = write(tmp_path / "m.safetensors", TENSORS)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModuleNotFoundError, match=rf"{package} is not installed.*quantization-story\[hub\]"):
        load_layer(str(file) if package == "safetensors" else "some/model")


# --- the hub, with its one function replaced


class FakeHub:
    """Stands for hf_hub_download: hands out the files of a folder, and remembers what it was asked for."""

    def __init__(self, folder: Path, online: bool = True) -> None:
        self.folder, self.online = folder, online
        self.asked: list[tuple[str, str, bool]] = []

    def __call__(self, model: str, name: str, local_files_only: bool = False) -> str:
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        self.asked.append((model, name, local_files_only))
        if (self.folder / name).is_file():
            return str(self.folder / name)
        raise (EntryNotFoundError if self.online else LocalEntryNotFoundError)("no such file")


def test_a_hub_model_is_read_from_its_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeHub(write(tmp_path / "m" / "model.safetensors", TENSORS).parent)
    monkeypatch.setattr(hub, "hf_hub_download", fake)
    layer = load_layer("google/vit-base-patch16-224")
    assert (layer.source, layer.name) == ("google/vit-base-patch16-224", QUERY_NAME)
    assert np.array_equal(layer.values, QUERY.ravel())
    assert fake.asked == [("google/vit-base-patch16-224", "model.safetensors", False)]


@pytest.mark.parametrize("online", [True, False])
def test_of_a_sharded_hub_model_only_the_shard_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, online: bool
) -> None:
    fake = FakeHub(sharded(tmp_path / "m"), online)
    monkeypatch.setattr(hub, "hf_hub_download", fake)
    assert np.array_equal(load_layer("some/large-model").values, QUERY.ravel())
    names = ["model.safetensors", "model.safetensors.index.json", "model-00002-of-00002.safetensors"]
    # Once the hub has proved out of reach, only the cache is asked.
    assert fake.asked == [("some/large-model", name, not online and k > 0) for k, name in enumerate(names)]


def test_hub_errors_say_what_was_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = r"'some/model', layer '.*query\.weight': not the embedded network \('digits'\), no local file or folder, .*"
    monkeypatch.setattr(hub, "hf_hub_download", FakeHub(tmp_path, online=False))
    with pytest.raises(ValueError, match=tried + "cannot be reached, and its cache on this machine has neither"):
        load_layer("some/model")
    monkeypatch.setattr(hub, "hf_hub_download", FakeHub(tmp_path))
    with pytest.raises(ValueError, match=tried + "it has neither model.safetensors nor model.safetensors.index.json"):
        load_layer("some/model")
    write(tmp_path / "model.safetensors", {"vit.other.query.weight": QUERY})
    with pytest.raises(ValueError, match=tried + r"close to it: vit\.other\.query\.weight"):
        load_layer("some/model")

    def refused(*args: object, **kwargs: object) -> str:
        raise OSError("401 Client Error.\nRepository Not Found for url: https://huggingface.co/some/model.")

    monkeypatch.setattr(hub, "hf_hub_download", refused)
    with pytest.raises(ValueError, match=tried + r"OSError: 401 Client Error\.$"):
        load_layer("some/model")


def test_a_name_that_no_model_can_have_is_refused_without_asking_the_hub() -> None:
    with pytest.raises(ValueError, match="HFValidationError: Repo id must"):
        load_layer("./no such file")
