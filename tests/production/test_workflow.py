"""The Snakefile makes a video for each scene, network and bit width, joins them, and reports."""

import subprocess
import sys
from pathlib import Path

import pytest

from quantization_story.production.story import narrative
from quantization_story.production.workflow import WorkflowSettings

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
    assert chosen.scene_videos("pinwheel", 4)[0] == f"media/workflow/l/pinwheel/4/{narrative()[0].__name__}.mp4"


@pytest.mark.parametrize(("config", "words"), [({"quality": "x"}, "quality: 'x'"), ({"bits": "1"}, "bits: '1'")])
def test_what_cannot_be_meant_is_refused(config: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WorkflowSettings.from_config(config)


def test_the_workflow_runs_to_its_end(tmp_path: Path) -> None:
    pytest.importorskip("snakemake")
    stand_in = tmp_path / "stand_in.py"
    stand_in.write_text(STAND_IN)
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--cores", "1", "--config"),
            *("quality=l", "bits=3,4", "out=out", f"command={sys.executable} {stand_in}"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    for bits in (3, 4):
        folder = tmp_path / "out" / "pinwheel" / str(bits)
        assert {path.stem for path in folder.glob("*.mp4")} == {scene.__name__ for scene in narrative()} | {
            "FullNarrative"
        }
        assert f"--bits {bits} --quality l" in (folder / "FullNarrative.mp4").read_text()
    assert (tmp_path / "out" / "pinwheel" / "report.json").read_text() == "3,4"
