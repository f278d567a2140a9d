"""What a manim.cfg that lies about changes of our videos: nothing."""

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest

from quantization_story.production.checks import check_video
from quantization_story.production.manim_settings import HARMLESS, tool_settings
from quantization_story.production.worker import MARK
from small_videos import write_video

HOSTILE = """
[CLI]
format = gif
quality = k
frame_rate = 7
pixel_width = 300
frame_width = 20
background_opacity = 0
background_color = RED
save_sections = True
dry_run = True
from_animation_number = 1
upto_animation_number = 1
output_file = elsewhere
video_dir = {media_dir}/elsewhere
partial_movie_dir = /nowhere/at/all
renderer = opengl
max_inflight_encoders = 3

[video_encoder]
codec = mpeg4

[video_encoder.options]
crf = 51
"""

RENDER = """
from quantization_story.production import worker
worker.scene_named = lambda name: Short
worker.render(worker.Order("Short", "l", sys.argv[2], 1))
"""
STORYBOARD = """
from pathlib import Path
from quantization_story.production.storyboard import storyboard
storyboard(Short, Path(sys.argv[2]))
"""


def run(code: str, folder: Path, target: Path) -> str:
    """Run some code on the short scene in a process that is started in a folder; returns what it said."""
    support = Path(__file__).resolve().parents[1] / "support"
    start = "import sys\nsys.path.insert(0, sys.argv[1])\nfrom short_scene import Short\n"
    command = [sys.executable, "-c", start + code, str(support), str(target)]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def render(folder: Path, media: Path) -> Path:
    """Have a worker render the short scene; returns the video."""
    media.mkdir(parents=True)
    said = run(RENDER, folder, media)
    (video,) = media.rglob("Short.mp4")
    told = [json.loads(line.removeprefix(MARK)) for line in said.splitlines() if line.startswith(MARK)]
    took = told[-1].pop("took")
    assert told[-1] == {"video": str(video), "rate": "15"}
    assert min(took["wall"], took["cpu"]) > 0
    return video


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder with a manim.cfg that asks for all kinds of other things."""
    (tmp_path / "hostile").mkdir()
    (tmp_path / "hostile" / "manim.cfg").write_text(HOSTILE)
    return tmp_path / "hostile"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A folder without one."""
    (tmp_path / "plain").mkdir()
    return tmp_path / "plain"


def test_a_video_is_the_same_whatever_a_manim_cfg_says(hostile: Path, plain: Path) -> None:
    changed = render(hostile, hostile / 'it\'s "odd" {media_dir} {x} [b] %d #1? * é ; and\nmore')
    usual = render(plain, plain / "media")
    assert changed.read_bytes() == usual.read_bytes()
    assert changed.with_suffix(".srt").read_bytes() == usual.with_suffix(".srt").read_bytes()


def test_so_is_a_storyboard(hostile: Path, plain: Path) -> None:
    for folder in (hostile, plain):
        run(STORYBOARD, folder, folder / "board.png")
    assert (hostile / "board.png").read_bytes() == (plain / "board.png").read_bytes()


def test_a_quality_decides_size_and_rate_last() -> None:
    settings = tool_settings(quality="low_quality")
    assert list(settings)[-1] == "quality"
    assert settings["format"] == "auto"
    assert not set(HARMLESS) & set(settings)


def test_what_was_written_must_be_what_it_is_called(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", 5)
    check_video(video, (64, 48), 15)
    with pytest.raises(ValueError, match="64x48 at 15; expected h264 in mp4, 854x480 at 15"):
        check_video(video, (854, 480), 15)
    gif = tmp_path / "gif.mp4"
    with av.open(str(gif), mode="w", format="gif") as container, av.open(str(video)) as source:
        stream = container.add_stream("gif", rate=15)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "rgb8"
        for frame in source.decode(video=0):
            container.mux(stream.encode(frame.reformat(format="rgb8")))
        container.mux(stream.encode())
    with pytest.raises(ValueError, match="written as gif in gif"):
        check_video(gif, (64, 48), 15)
