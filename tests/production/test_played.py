"""The gallery shows the figures of the networks that the videos play; parts of different networks are not joined."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from quantization_story.cli import main
from quantization_story.networks.settings import ALLOW_UNLEARNED, BITS, NETWORK, Settings
from quantization_story.networks.subject import load_subject
from quantization_story.production.catalogue import FullNarrativeScene
from quantization_story.production.folder import OutputFolder
from quantization_story.production.gallery import make_gallery
from quantization_story.production.places import best_folder
from quantization_story.production.plan import stitch_narrative
from quantization_story.production.played import figure_sections, played
from small_networks import he_network
from small_videos import finish

ONE, OTHER = "LayerProgressionScene", "CorrectionCascadeScene"


def facts(network: str, bits: int, **more: Any) -> dict[str, Any]:
    """What a record says of a network."""
    found: dict[str, Any] = load_subject(Settings(network, bits, allow_unlearned=True, **more), "pinwheel").facts()
    return found


def write_network(path: Path, seed: int) -> dict[str, str]:
    """A network of one's own, with points and labels; the choice of it."""
    net, points = he_network((2, 4, 4, 2), seed=seed), np.random.default_rng(seed).uniform(-3.0, 3.0, (60, 2))
    layers = enumerate(zip(net.weights, net.biases, strict=True), start=1)
    arrays = {name: part for k, (W, b) in layers for name, part in ((f"W{k}", W), (f"b{k}", b))}
    np.savez(path, points=points, labels=np.arange(60) % 2, **arrays)
    return {NETWORK: str(path), ALLOW_UNLEARNED: "1"}


def test_figures_are_those_of_the_networks_and_bits_on_record(folder: OutputFolder) -> None:
    finish(folder, ONE, 5, networks=[facts("pinwheel", 4)])
    finish(folder, OTHER, 5, networks=[facts("deep", 3)])
    content = make_gallery(folder, folder.path / "page", folder.path / "FullNarrative.mp4").read_text()
    assert "<h3>pinwheel at 4 bits, per tensor</h3><p>shown in LayerProgressionScene</p>" in content
    assert "<h3>deep at 3 bits, per tensor</h3><p>shown in CorrectionCascadeScene</p>" in content
    assert content.count("<h3>") == 2
    shown = content[content.index(f'id="{OTHER}"') :]
    assert "<td>network</td><td>deep, " in shown[: shown.index("</article>")]
    assert "<td>quantizer</td><td>3-bit per tensor</td>" in shown


def test_roundings_are_told_apart_and_an_old_record_means_to_nearest(folder: OutputFolder) -> None:
    old = facts("pinwheel", 4)
    del old["rounding"]
    finish(folder, ONE, 5, networks=[old, facts("pinwheel", 4, rounding="gptq")])
    content = make_gallery(folder, folder.path / "page", folder.path / "FullNarrative.mp4").read_text()
    assert "<h3>pinwheel at 4 bits, per tensor</h3>" in content
    assert "<h3>pinwheel at 4 bits, per tensor, GPTQ</h3>" in content
    assert "<td>4-bit per tensor</td>" in content
    assert "<td>4-bit per tensor, GPTQ</td>" in content
    nearest, gptq = figure_sections([finished for finished in [folder.finished(ONE)] if finished is not None])
    assert "symmetric round-to-nearest" in nearest.notes[1]
    assert "symmetric GPTQ (damping 0.01)" in gptq.notes[1]


def test_networks_are_told_apart_by_their_files(folder: OutputFolder, tmp_path: Path) -> None:
    choice = write_network(tmp_path / "net.npz", seed=1)
    before = facts(choice[NETWORK], 4)
    finish(folder, ONE, 5, networks=[before], choices=choice)
    write_network(tmp_path / "net.npz", seed=2)
    now = facts(choice[NETWORK], 4)
    other = finish(folder, OTHER, 5, networks=[now, now, facts(choice[NETWORK], 3)], choices=choice)
    first = folder.finished(ONE)
    assert first is not None
    networks = played([first, other])
    assert [(each.digest, each.bits, each.scenes) for each in networks] == [
        (before["sha256"], (4,), (ONE,)),
        (now["sha256"], (3, 4), (OTHER,)),
    ]
    gone, found = figure_sections([first, other])
    assert "has gone or changed since" in gone.notes[1]
    assert not gone.tables
    assert now["sha256"] in " ".join(found.notes)
    assert found.tables
    moved = (tmp_path / "net.npz").rename(tmp_path / "moved.npz")
    assert not figure_sections([other])[0].tables
    assert figure_sections([other], str(moved))[0].title == "net.npz at 3, 4 bits, per tensor"


def test_parts_of_different_choices_or_files_are_not_joined(folder: OutputFolder, tmp_path: Path) -> None:
    names = [scene.__name__ for scene in FullNarrativeScene.scenes]
    four, three = [facts("pinwheel", 4)], [facts("pinwheel", 3)]
    for name in names[:-1]:
        finish(folder, name, 5, networks=four)
    finish(folder, names[-1], 5, networks=three, choices={BITS: "3"})
    with pytest.raises(ValueError, match=f"{names[0]} and {names[-1]} were rendered with different choices: none, and"):
        stitch_narrative(folder, folder.path / "FullNarrative.mp4")
    finish(folder, names[-1], 5, networks=[{**four[0], "sha256": "another"}])
    with pytest.raises(ValueError, match="play two networks named pinwheel"):
        stitch_narrative(folder, folder.path / "FullNarrative.mp4")
    finish(folder, names[-1], 5, networks=four)
    assert stitch_narrative(folder, folder.path / "FullNarrative.mp4") == 5 * len(names)


def test_the_best_quality_that_exists_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["gallery", "page"], ["still"]):
        result = CliRunner().invoke(main, command)
        assert (result.exit_code, "Error: no finished video in media/story/QUALITY" in result.output) == (1, True)
    for quality in ("l", "m"):
        output = OutputFolder(Path("media/story") / quality)
        output.prepare()
        finish(output, ONE, 20)
        assert best_folder(None).path == tmp_path / "media/story" / quality
    Path("media/story/h").mkdir()
    assert best_folder(None).path == tmp_path / "media/story/m"
    assert best_folder(Path("media/story/l")).path == tmp_path / "media/story/l"
    assert CliRunner().invoke(main, ["gallery", "page"]).exit_code == 0
    assert (tmp_path / "page" / "index.html").is_file()
    assert CliRunner().invoke(main, ["still", "--output", "stills"]).exit_code == 0
    assert (tmp_path / "stills" / f"{ONE}.png").is_file()
