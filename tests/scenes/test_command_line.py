"""manim's own command line on a short scene: its switches do what a user of manim expects."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import srt
from PIL import Image

SCENE = Path(__file__).resolve().parents[1] / "support" / "short_scene.py"
SMALL = "-r", "320,180", "--fps", "15"
FIRST, SECOND = "A circle comes.", "It goes."
# What stands in names of folders: each of these has ended a name, a list or a pattern somewhere; the last is no UTF-8.
ODD_NAME = 'it\'s "odd" {media_dir} {x} [b] %d 50% #1? * é ; & \\ and\nmore' + os.fsdecode(
    b"\xff" if sys.platform == "linux" else b""
)


@dataclass(frozen=True)
class Call:
    """A call of manim in a folder of its own, and what became of it."""

    folder: Path
    code: int
    said: str

    def file(self, pattern: str) -> Path:
        """The one file whose path below the folder of media matches."""
        found = list((self.folder / "media").glob(pattern))
        assert len(found) == 1, (pattern, self.said, list((self.folder / "media").rglob("*")))
        return found[0]


def manim(folder: Path, *arguments: str, scenes: tuple[str, ...] = ("Short",), code: int = 0) -> Call:
    """Call manim as a user does, from a folder that is not the project's; it must end with this code."""
    command = [sys.executable, "-m", "manim", "render", "-v", "WARNING", "--progress_bar", "none", *SMALL]
    finished = subprocess.run(
        [*command, *arguments, str(SCENE), *scenes], cwd=folder, capture_output=True, text=True, check=False
    )
    call = Call(folder, finished.returncode, finished.stdout + finished.stderr)
    assert call.code == code, call.said
    assert "Traceback" not in call.said
    return call


def pictures(file: Path) -> tuple[list[np.ndarray], Fraction]:
    """All frames of a video, (height, width, 4), and how many there are a second."""
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate is not None
        return [frame.to_ndarray(format="rgba") for frame in container.decode(stream)], stream.average_rate


def record(beside: Path) -> dict[str, Any]:
    """The record of what was shown."""
    read: dict[str, Any] = json.loads(beside.with_suffix(".json").read_text(encoding="utf-8"))
    return read


def subtitles(beside: Path) -> list[tuple[float, float, str]]:
    """Start and end in seconds, and the words."""
    lines = srt.parse(beside.with_suffix(".srt").read_text(encoding="utf-8"))
    return [(line.start.total_seconds(), line.end.total_seconds(), line.content) for line in lines]


def test_size_rate_name_and_sections_are_as_asked_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / ODD_NAME
    folder.mkdir()
    call = manim(folder, "-o", "a.short one", "--save_sections")
    video = call.file("videos/*/*/a.short one.mp4")
    frames, rate = pictures(video)
    assert (frames[0].shape, rate) == ((180, 320, 4), 15)
    assert len(frames) / rate == pytest.approx(record(video)["seconds"], abs=0.05)
    assert [words for _, _, words in subtitles(video)] == [FIRST, SECOND]
    sections = sorted(video.parent.glob("sections/*.mp4"))
    assert [path.stem.rpartition("_")[2] for path in sections] == ["comes", "goes"]
    assert sum(len(pictures(path)[0]) for path in sections) == len(frames)
    assert len(json.loads((video.parent / "sections" / "a.json").read_text())) == 2


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The video of the whole scene."""
    return manim(tmp_path_factory.mktemp("whole")).file("videos/*/*/Short.mp4")


def test_a_clip_has_the_captions_and_the_record_of_what_it_shows(tmp_path: Path, whole: Path) -> None:
    frames, rate = pictures(whole)
    told = record(whole)["captions"]
    # The plays are: a caption with its circle, a hold, the second caption, a hold.
    start, second = record(whole)["beats"][0]["end"] - 8 / 15, told[1]["start"]
    clip = manim(tmp_path, "-n", "1,2", "-o", "clip").file("videos/*/*/clip.mp4")
    shown, _ = pictures(clip)
    first = round(start * float(rate))
    assert np.abs(shown[0].astype(int) - frames[first]).max() <= 8
    assert record(clip)["seconds"] == pytest.approx(len(shown) / rate, abs=0.05)
    assert record(clip)["captions"] == [
        {"text": FIRST, "start": 0.0},
        {"text": SECOND, "start": pytest.approx(second - start, abs=1e-3)},
    ]
    assert [beat["name"] for beat in record(clip)["beats"]] == ["comes", "goes"]
    assert record(clip)["beats"][-1]["end"] == pytest.approx(record(clip)["seconds"])
    (_, cut, one), (begun, end, two) = subtitles(clip)
    assert (one, two) == (FIRST, SECOND)
    assert cut == begun == pytest.approx(second - start, abs=1e-3)
    assert end == pytest.approx(record(clip)["seconds"], abs=1e-3)


def test_a_clip_of_nothing_is_refused(tmp_path: Path) -> None:
    call = manim(tmp_path, "-n", "40", code=1)
    assert "Error: Short: -n from 40 on leaves no animation to be drawn" in call.said
    assert not list(tmp_path.rglob("*.srt"))


def test_of_all_scenes_those_that_cannot_be_played_are_named_at_the_end(tmp_path: Path) -> None:
    call = manim(tmp_path, "-a", "-s", scenes=(), code=1)
    assert "Error: Refused: the network has no circle" in call.said
    assert call.said.rstrip().endswith("Error: not rendered: Refused")
    assert call.file("images/*/Short*.png").is_file()
    assert not list(tmp_path.rglob("Refused*.png"))


def test_a_scene_that_cannot_be_played_is_one_sentence(tmp_path: Path) -> None:
    call = manim(tmp_path, scenes=("Refused",), code=1)
    assert call.said.rstrip().endswith("Error: Refused: the network has no circle")
    assert "not rendered" not in call.said


def test_another_renderer_is_refused_in_a_sentence(tmp_path: Path) -> None:
    call = manim(tmp_path, "--renderer", "opengl", code=1)
    assert "Error: the story is drawn by manim's renderer cairo alone: leave out --renderer" in call.said


def test_a_transparent_video_has_an_empty_background(tmp_path: Path) -> None:
    video = manim(tmp_path, "-t").file("videos/*/*/Short.mov")
    frames, rate = pictures(video)
    assert rate == 15
    assert frames[-1][90, 5, 3] == 0
    assert max(frame[..., 3].max() for frame in frames) > 200
    assert [words for _, _, words in subtitles(video)] == [FIRST, SECOND]


@pytest.mark.parametrize("kind", ["webm", "mov"])
def test_a_video_of_another_format_is_one(tmp_path: Path, kind: str) -> None:
    video = manim(tmp_path, "--format", kind).file(f"videos/*/*/Short.{kind}")
    frames, _ = pictures(video)
    with av.open(str(video)) as container:
        assert kind in container.format.name
    assert len(frames) / 15 == pytest.approx(record(video)["seconds"], abs=0.05)


def test_the_last_picture_alone(tmp_path: Path) -> None:
    picture = manim(tmp_path, "--format", "png").file("images/*/Short*.png")
    with Image.open(picture) as opened:
        assert opened.size == (320, 180)
    assert record(picture)["scene"] == "Short"


def test_the_colours_of_a_gif_are_those_of_the_video(tmp_path: Path, whole: Path) -> None:
    """Its palette fits the pictures, and no pixel is scattered to feign a colour between two of it."""
    gif = manim(tmp_path, "--format", "gif").file("videos/*/*/Short*.gif")
    shown, meant = pictures(gif)[0], pictures(whole)[0]
    assert len(shown) == len(meant)
    for one, other in zip(shown, meant, strict=True):
        assert np.abs(one[..., :3].astype(int) - other[..., :3]).mean() < 1.0
        background = one[60:120, :40, :3].reshape(-1, 3)
        assert len(np.unique(background, axis=0)) == 1
    assert [words for _, _, words in subtitles(gif)] == [FIRST, SECOND]
