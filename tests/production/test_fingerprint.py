"""What decides whether a video is up to date: what it is made from, and nothing else."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import quantization_story
from quantization_story.layers import LAYER_VARIABLE, MODEL_VARIABLE
from quantization_story.networks.settings import NETWORK
from quantization_story.production.catalogue import scenes_by_name
from quantization_story.production.fingerprint import fingerprint, sources
from quantization_story.production.folder import OutputFolder
from quantization_story.production.inputs import inputs_of
from quantization_story.production.plan import make_plan
from small_videos import finish

PACKAGE = Path(quantization_story.__file__).parent
LOADED = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "quantization_story"]))
"""


@pytest.mark.parametrize(
    "scene", ["scene_04_topology_failure", "scene_05_1d_error_growth", "scene_16_layer_clustering"]
)
def test_sources_are_all_files_that_python_runs_for_a_scene(scene: str) -> None:
    command = [sys.executable, "-c", LOADED, f"quantization_story.{scene}"]
    loaded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found = {path.relative_to(PACKAGE).as_posix() for path in sources(PACKAGE / f"{scene}.py")}
    assert {Path(path).relative_to(PACKAGE).as_posix() for path in loaded} <= found
    assert {"__init__.py", "core/__init__.py", "stage/story_scene.py"} <= found
    assert not any(name.startswith(("production/", "commands/")) for name in found)
    others = {path.name for path in PACKAGE.glob("scene_*.py")} - {f"{scene}.py"}
    assert not others & found


def test_settings_and_inputs_count() -> None:
    scenes = scenes_by_name()
    one, other = scenes["LayerProgressionScene"], scenes["OneDErrorGrowthScene"]
    mark = fingerprint(one, {"quality": "l"}, {"network": "a"})
    assert mark == fingerprint(one, {"quality": "l"}, {"network": "a"})
    assert mark != fingerprint(other, {"quality": "l"}, {"network": "a"})
    assert mark != fingerprint(one, {"quality": "h"}, {"network": "a"})
    assert mark != fingerprint(one, {"quality": "l"}, {"network": "b"})
    assert mark != fingerprint(one, {"quality": "l"}, {})


@pytest.mark.parametrize("changed", ["style/theme.py", "partition/__init__.py", "production/worker.py"])
def test_code_counts(monkeypatch: pytest.MonkeyPatch, changed: str) -> None:
    scene = scenes_by_name()["TopologyFailureScene"]
    mark = fingerprint(scene, {}, {})
    read = Path.read_bytes
    files = {changed: PACKAGE / changed, "of another": PACKAGE / "scene_05_1d_error_growth.py"}
    for file in files.values():
        assert file.is_file()
        monkeypatch.setattr(Path, "read_bytes", lambda path, file=file: read(path) + b"#" * (path == file))
        assert (fingerprint(scene, {}, {}) != mark) == (file == files[changed])


def test_the_narrative_changes_with_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, part = scenes_by_name()["FullNarrativeScene"], PACKAGE / "scene_05_1d_error_growth.py"
    mark = fingerprint(whole, {}, {})
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"#" * (path == part))
    assert fingerprint(whole, {}, {}) != mark


# --- the files behind a choice: each kind is changed, and the work is seen to be done again


def write_tensor(file: Path, weights: np.ndarray) -> None:
    """A layer of a user's model."""
    pytest.importorskip("safetensors.numpy").save_file({"encoder.weight": weights}, file)


def write_choices(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """A network with points beside it and a folder with a layer, chosen in the environment; the files by kind."""
    files = {name: folder / name for name in ("net.npz", "net.points.npz", "model.safetensors")}
    files["net.npz"].write_bytes(b"weights")
    files["net.points.npz"].write_bytes(b"points")
    write_tensor(files["model.safetensors"], np.arange(8.0))
    monkeypatch.setenv(NETWORK, str(files["net.npz"]))
    monkeypatch.setenv(MODEL_VARIABLE, str(folder))
    monkeypatch.setenv(LAYER_VARIABLE, "encoder.weight")
    return files


def to_do(folder: OutputFolder, *names: str) -> set[str]:
    """Which of these scenes are to be rendered now; they are then taken as rendered."""
    plan = make_plan(names, folder, "l")
    for job in plan.todo:
        finish(folder, job.scene, 3, mark=job.fingerprint)
    return {job.scene for job in plan.todo}


NETWORK_SCENE, LAYER_SCENE = "LayerProgressionScene", "LayerClusteringVisualization"


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        ("net.npz", {NETWORK_SCENE, LAYER_SCENE}),
        ("net.points.npz", {NETWORK_SCENE, LAYER_SCENE}),
        ("model.safetensors", {LAYER_SCENE}),
    ],
)
def test_what_is_in_a_file_counts_and_its_date_does_not(
    folder: OutputFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, again: set[str]
) -> None:
    files = write_choices(tmp_path, monkeypatch)
    names = NETWORK_SCENE, LAYER_SCENE
    assert to_do(folder, *names) == set(names)
    assert to_do(folder, *names) == set()
    os.utime(files[kind], (time.time() + 100, time.time() + 100))
    assert to_do(folder, *names) == set()
    if kind == "model.safetensors":
        write_tensor(files[kind], np.arange(8.0) ** 2)
    else:
        files[kind].write_bytes(b"other")
    assert to_do(folder, *names) == again
    assert to_do(folder, *names) == set()


def test_points_that_appear_or_go_count(folder: OutputFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = write_choices(tmp_path, monkeypatch)
    assert to_do(folder, NETWORK_SCENE) == {NETWORK_SCENE}
    files["net.points.npz"].unlink()
    assert to_do(folder, NETWORK_SCENE) == {NETWORK_SCENE}


def test_the_home_folder_is_meant_by_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_choices(tmp_path, monkeypatch)
    layer_scene = scenes_by_name()[LAYER_SCENE]
    known = inputs_of(layer_scene)
    assert set(known) == {"network", "points", "layer"}
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(NETWORK, "~/net.npz")
    monkeypatch.setenv(MODEL_VARIABLE, "~/")
    assert inputs_of(layer_scene) == known


def test_a_layer_that_cannot_be_read_is_left_to_its_scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_VARIABLE, str(tmp_path))
    assert "holds neither" in inputs_of(scenes_by_name()[LAYER_SCENE])["layer"]
