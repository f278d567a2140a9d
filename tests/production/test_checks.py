"""A finished video is decoded and compared with its record; what does not fit is named."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from quantization_story.cli import main
from quantization_story.production.checks import problems
from quantization_story.production.folder import Finished, OutputFolder
from small_videos import RATE, write_subtitles, write_video

RECORD: dict[str, Any] = {
    "seconds": 2.0,
    "captions": [{"text": "One.", "start": 0.0}, {"text": "Two.", "start": 1.2}],
}


def made(folder: OutputFolder, record: dict[str, Any], shades: int = 80, frames: int = 2 * RATE) -> Finished:
    """A finished scene of two captions whose pictures change by so many levels from left to right."""
    video = write_video(folder.work_folder("A") / "made.mp4", frames, slope=shades)
    write_subtitles(video, ("00:00:00,000", "00:00:01,200", "One."), ("00:00:01,200", "00:00:02,000", "Two."))
    video.with_suffix(".json").write_text(json.dumps(record))
    return folder.take("A", video, {"fingerprint": "m", "rate": str(RATE)})


def test_all_is_well(folder: OutputFolder) -> None:
    assert problems(made(folder, RECORD)) == []
    result = CliRunner().invoke(main, ["check", str(folder.path)])
    assert result.exit_code == 0, result.output
    assert "checked    A.mp4: 30 frames, 2.0 s" in result.output


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"seconds": 2.1}, "it is 2.000 s long, 2.100 s are on record"),
        ({"captions": RECORD["captions"][:1]}, "2 subtitles and 1 lines on record are not the same"),
        ({"captions": []}, "2 subtitles and 0 lines on record are not the same"),
        (
            {"captions": [RECORD["captions"][0], {"text": "Two.", "start": 1.5}]},
            "subtitle at 1.200 s, on record at 1.500 s: Two.",
        ),
    ],
)
def test_what_is_not_on_record_is_named(folder: OutputFolder, record: dict[str, Any], problem: str) -> None:
    assert problems(made(folder, {**RECORD, **record})) == [problem]
    result = CliRunner().invoke(main, ["check", str(folder.path)])
    assert result.exit_code == 1
    assert f"wrong      A.mp4: {problem}" in result.output


def test_frames_that_are_missing_are_counted(folder: OutputFolder) -> None:
    found = problems(made(folder, RECORD, frames=20))
    assert found[0] == "it is 1.333 s long, 2.000 s are on record"
    assert found[1].startswith("subtitle from 1.200 to 2.000 s in 1.333 s")
    cut = made(folder, RECORD)
    cut.figures["render"]["frames"] = 31
    assert problems(cut)[0] == "30 frames can be decoded, 31 are on record"


def test_an_empty_picture_is_noticed(folder: OutputFolder) -> None:
    assert problems(made(folder, RECORD, shades=0)) == ["nothing can be seen in any of its pictures"]


def test_a_cut_file_and_an_empty_folder_fail(folder: OutputFolder) -> None:
    assert CliRunner().invoke(main, ["check", str(folder.path)]).exit_code == 1
    video = made(folder, RECORD).video
    video.write_bytes(video.read_bytes()[:-50])
    result = CliRunner().invoke(main, ["check", str(folder.path)])
    assert (result.exit_code, "A.mp4: it is not whole" in result.output) == (1, True)
