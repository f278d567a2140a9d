"""One network in one folder: explorer, pictures, report, and the videos that play it and no others."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from quantization_story.cli import main
from quantization_story.networks.settings import BITS, NETWORK, Settings
from quantization_story.networks.subject import load_subject
from quantization_story.production.catalogue import FullNarrativeScene
from quantization_story.production.folder import OutputFolder
from quantization_story.production.share import share
from quantization_story.production.stills import STILL_LIMIT
from quantization_story.scene_03_linear_correction import LinearCorrectionScene
from quantization_story.scene_04_topology_failure import TopologyFailureScene
from quantization_story.scene_05_1d_error_growth import OneDErrorGrowthScene
from small_videos import finish


def test_all_there_is_to_see_of_a_network(
    folder: OutputFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NETWORK, "pinwheel_wide")
    # One that can play the network, one that cannot, one that plays none.
    parts = (TopologyFailureScene, LinearCorrectionScene, OneDErrorGrowthScene)
    monkeypatch.setattr(FullNarrativeScene, "scenes", parts)
    subject = load_subject(Settings("pinwheel_wide", 4), "pinwheel")
    finish(folder, "GridDistortionScene", 12, networks=[subject.facts()], title="Mine")
    finish(folder, "PartitionShiftScene", 12, networks=[load_subject(Settings(), "pinwheel").facts()], title="Other")
    told: list[Path] = []
    index = share(Settings("pinwheel_wide", 4), folder, tmp_path / "out", told.append)
    names = {path.relative_to(tmp_path / "out").as_posix() for path in told}
    pictures = {"stills/GridDistortionScene.png", "stills/TopologyFailureScene.png"}
    assert names == {"explorer.html", "report.md", "report.json", "index.html", *pictures}
    for picture in pictures:
        assert (tmp_path / "out" / picture).stat().st_size < STILL_LIMIT
    with Image.open(tmp_path / "out" / "stills" / "TopologyFailureScene.png") as still:
        assert still.size == (854, 480)
        assert len(still.convert("RGB").getcolors(1 << 16) or ()) > 8
    assert [path.name for path in (tmp_path / "out" / "videos").iterdir()] == ["GridDistortionScene.mp4"]
    content = index.read_text()
    places = [content.index(f'id="{part}"') for part in ("try", "more", "pictures", "figures")]
    assert places == sorted(places)
    assert subject.regime() in content
    assert "PartitionShiftScene" not in content
    explorer = (tmp_path / "out" / "explorer.html").read_text()
    assert '"GridDistortionScene":"index.html#GridDistortionScene"' in explorer
    bits = json.loads((tmp_path / "out" / "report.json").read_text())
    assert "pinwheel_wide" in json.dumps(bits)


def test_what_cannot_be_shared_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (NETWORK, BITS):
        monkeypatch.setenv(name, "4")  # the command sets them: they are as before afterwards
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["share", "nothing.npz", "out", "--bits", "4"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "nothing.npz" in result.output
    assert len(result.output.splitlines()) == 1
    assert not (tmp_path / "out").exists()
