"""The Snakefile makes a video for each scene, network and bit width, joins them, and reports."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from quantization_story.production.catalogue import FullNarrativeScene
from quantization_story.production.workflow import WorkflowSettings
from small_networks import he_network

PARTS = FullNarrativeScene.scenes
ROOT = Path(__file__).resolve().parents[2]

STAND_IN = """
import sys
from pathlib import Path
command, *words = sys.argv[1:]
given = {words[k][2:]: words[k + 1] for k in range(len(words) - 1) if words[k].startswith("--")}
if command == "report":
    Path(given["json"]).write_text(given["bits"])
    Path(given["markdown"]).write_text("figures")
else:
    folder = Path(given["output"])
    name = "FullNarrative" if "--stitch" in words else words[0]
    for kind in (".mp4", ".srt", ".json"):
        (folder / f"{name}{kind}").write_text(" ".join(words))
"""


def test_the_configuration_is_read() -> None:
    chosen = WorkflowSettings.from_config({"networks": "pinwheel,mine=some/net.npz", "bits": "4,3", "quality": "l"})
    assert chosen.networks == {"pinwheel": "pinwheel", "mine": "some/net.npz"}
    assert chosen.bits == (3, 4)
    assert chosen.folder("mine", 3) == "media/workflow/l/mine/3"
    assert chosen.scene_videos("pinwheel", 4)[0] == f"media/workflow/l/pinwheel/4/{PARTS[0].__name__}.mp4"


def test_lists_of_a_configuration_file_are_read() -> None:
    expected = {"pinwheel": "pinwheel", "mine": "some/net.npz"}
    for networks in (["pinwheel", "mine=some/net.npz"], {"pinwheel": None, "mine": "some/net.npz"}):
        chosen = WorkflowSettings.from_config({"networks": networks, "bits": [4, 3]})
        assert chosen.networks == expected
        assert chosen.bits == (3, 4)
    assert WorkflowSettings.from_config({"bits": 8}).bits == (8,)


def test_chosen_scenes_are_rendered_and_not_joined() -> None:
    chosen = WorkflowSettings.from_config({"scenes": ["PartitionShiftScene", "OpeningScene"], "out": "out"})
    videos = ["out/pinwheel/4/OpeningScene.mp4", "out/pinwheel/4/PartitionShiftScene.mp4"]
    assert chosen.targets() == ["out/pinwheel/report.json", "out/pinwheel/report.md", *videos]


def test_a_network_that_has_not_learned_gets_its_report_alone(tmp_path: Path) -> None:
    net, points = he_network((2, 4, 3), seed=0), np.random.default_rng(0).normal(size=(60, 2))
    layers = enumerate(zip(net.weights, net.biases, strict=True), start=1)
    arrays = {name: part for k, (W, b) in layers for name, part in ((f"W{k}", W), (f"b{k}", b))}
    np.savez(tmp_path / "raw.npz", points=points, labels=np.arange(60) % 3, **arrays)
    chosen = WorkflowSettings.from_config({"networks": f"raw={tmp_path / 'raw.npz'}", "out": "out"})
    assert chosen.targets() == ["out/raw/report.json", "out/raw/report.md"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"quality": "x"}, "quality: 'x'"),
        ({"bits": "1"}, "bits: '1'"),
        ({"bits": {"a": 3}}, "bits: .*expected a list"),
        ({"bits": [[3]]}, "bits: .*expected a list"),
        ({"networks": []}, "networks: "),
        ({"networks": "a,a"}, "networks: 'a,a'; expected names, each once"),
        ({"networks": "some/net.npz"}, "a name is no path"),
        ({"scenes": "Nothing"}, "no scene named Nothing"),
        ({"scenes": []}, "scenes: "),
    ],
)
def test_what_cannot_be_meant_is_refused(config: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WorkflowSettings.from_config(config)


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """The command of a stand-in for our command line, which writes what it was asked for."""
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    return f"{sys.executable} {tmp_path / 'stand_in.py'}"


def snakemake(folder: Path, *config: str, variables: dict[str, str] | None = None, dry: bool = False) -> str:
    """Run the workflow in a folder; returns what it said."""
    pytest.importorskip("snakemake")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "1"]
    finished = subprocess.run(
        [*command, *(["--dry-run"] if dry else []), "--config", "quality=l", "out=out", *config],
        cwd=folder,
        env={**os.environ, **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout + finished.stderr


def test_the_workflow_renders_chosen_scenes_alone(tmp_path: Path, stand_in: str) -> None:
    snakemake(tmp_path, "bits=4", "scenes=LayerClusteringDetailed,BottleneckScene", f"command={stand_in}")
    videos = {path.name for path in (tmp_path / "out" / "pinwheel" / "4").glob("*.mp4")}
    assert videos == {"LayerClusteringDetailed.mp4", "BottleneckScene.mp4"}


def test_the_workflow_runs_to_its_end(tmp_path: Path, stand_in: str) -> None:
    snakemake(tmp_path, "bits=3,4", f"command={stand_in}")
    for bits in (3, 4):
        folder = tmp_path / "out" / "pinwheel" / str(bits)
        assert {path.stem for path in folder.glob("*.mp4")} == {scene.__name__ for scene in PARTS} | {"FullNarrative"}
        assert f"--bits {bits} --quality l" in (folder / "FullNarrative.mp4").read_text()
    assert (tmp_path / "out" / "pinwheel" / "report.json").read_text() == "3,4"


@pytest.mark.parametrize("config", ["bits=1", "networks=nowhere", "networks=some/net.npz"])
def test_a_configuration_that_cannot_be_meant_is_no_traceback(config: str, tmp_path: Path) -> None:
    pytest.importorskip("snakemake")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "1", "--dry-run"]
    done = subprocess.run([*command, "--config", config], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "WorkflowError" in said
    assert "Traceback" not in said
    assert config.partition("=")[2] in said


def test_a_rounding_goes_to_every_command() -> None:
    assert WorkflowSettings.from_config({}).options() == ""
    chosen = WorkflowSettings.from_config({"rounding": "gptq", "networks": "pinwheel"})
    assert chosen.options() == " --rounding gptq"
    assert "QUANT_STORY_ROUNDING=gptq" in chosen.beside()
    # What explains how a weight finds its nearest level is not played with another rounding.
    scenes = chosen.scenes("pinwheel", 4)
    assert "LayerProgressionScene" in scenes
    assert "OpeningScene" not in scenes
    with pytest.raises(ValueError, match="rounding: 'up'"):
        WorkflowSettings.from_config({"rounding": "up"})


def test_what_is_made_of_a_file_is_made_again_when_it_changes(tmp_path: Path, stand_in: str) -> None:
    network, points = tmp_path / "net.npz", tmp_path / "net.points.npz"
    write_network(network, points)
    config = f"networks=mine={network}", "bits=4", f"command={stand_in}"
    snakemake(tmp_path, *config)
    assert "Nothing to be done" in snakemake(tmp_path, *config, dry=True)
    assert "rule scene" in snakemake(tmp_path, *config, dry=True, variables={"QUANT_STORY_PER_CHANNEL": "1"})
    assert "rule scene" in snakemake(tmp_path, *config, "rounding=gptq", dry=True)
    write_network(None, points, seed=1)
    said = snakemake(tmp_path, *config)
    assert "rule scene" in said
    assert "rule report" in said
    write_network(network, None, seed=1)
    assert "rule scene" in snakemake(tmp_path, *config, dry=True)


def write_network(network: Path | None, points: Path | None, seed: int = 0) -> None:
    """A 2-4-4-2 network and points beside it; only what is named is written."""
    if network is not None:
        drawn = he_network((2, 4, 4, 2), seed=seed)
        layers = enumerate(zip(drawn.weights, drawn.biases, strict=True), start=1)
        np.savez(network, **{name: part for k, (W, b) in layers for name, part in ((f"W{k}", W), (f"b{k}", b))})
    if points is not None:
        np.savez(points, points=np.random.default_rng(seed).uniform(-3.0, 3.0, (60, 2)))
