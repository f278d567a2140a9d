"""One real render from the command line, judged by the files that it wrote."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "animations" / "geometric_weight_quantization.py"


def manim(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call manim as a user does, from a folder that is not the project's."""
    command = [sys.executable, "-m", "manim", "render", "-ql", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_scene_renders_to_a_video_with_subtitles(tmp_path: Path) -> None:
    # The first three animations are enough: the whole scene is built and played, only these are drawn.
    finished = manim(tmp_path, "-n", "0,2", str(ENTRY), "LayerProgressionScene")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    video = tmp_path / "media/videos/geometric_weight_quantization/480p15/LayerProgressionScene.mp4"
    assert video.is_file(), finished.stdout
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (854, 480)
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(frames) >= 15
    last = frames[-1].astype(int)
    assert last[:, :400].max() > 200, "nothing bright was drawn at the left, where the plane is"
    assert np.abs(last - frames[0]).max() > 50, "nothing moved"
    assert "-->" in video.with_suffix(".srt").read_text()


def test_a_scene_that_is_not_declared_is_reported(tmp_path: Path) -> None:
    script = [sys.executable, str(ROOT / "scripts" / "render.py"), "NoSuchScene"]
    finished = subprocess.run(script, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode != 0
    assert "NoSuchScene was not rendered" in finished.stderr


def test_the_script_finds_an_upright_video(tmp_path: Path) -> None:
    """Its folder is named after another height than that of the quality."""
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "render.py", tmp_path / "scripts")  # it writes beside its own folder
    entry = shutil.copy(ROOT / "tests" / "support" / "short_scene.py", tmp_path)
    finished = subprocess.run(
        [sys.executable, script, "Short", "--entry", entry],
        cwd=tmp_path,
        env={**os.environ, "QUANT_STORY_FORMAT": "vertical"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    video = Path(finished.stdout.splitlines()[-1])
    assert video == tmp_path / "media" / "videos" / "short_scene" / "854p15" / "Short.mp4"
    with av.open(str(video)) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (480, 854)
