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
import sys
from quantization_story.production import worker
from short_scene import Short
worker.entry_of = lambda name: (None, Short)
worker.render(worker.Order("Short", "l", sys.argv[1], 1))
"""


def render(folder: Path, media: Path) -> Path:
    """Have a worker render the short scene, started in a folder; returns the video."""
    media.mkdir(parents=True)
    support = Path(__file__).resolve().parents[1] / "support"
    finished = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{str(support)!r}]\n{RENDER}", str(media)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    (video,) = media.rglob("Short.mp4")
    told = [json.loads(line.removeprefix(MARK)) for line in finished.stdout.splitlines() if line.startswith(MARK)]
    assert told[-1] == {"video": str(video), "rate": "15"}
    return video


def test_a_video_is_the_same_whatever_a_manim_cfg_says(tmp_path: Path) -> None:
    hostile, plain = tmp_path / "hostile", tmp_path / "plain"
    for place in (hostile, plain):
        place.mkdir()
    (hostile / "manim.cfg").write_text(HOSTILE)
    changed = render(hostile, hostile / 'it\'s "odd" {media_dir} {x} [b] %d #1? * é ; and\nmore')
    usual = render(plain, plain / "media")
    assert changed.read_bytes() == usual.read_bytes()
    assert changed.with_suffix(".srt").read_bytes() == usual.with_suffix(".srt").read_bytes()


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
