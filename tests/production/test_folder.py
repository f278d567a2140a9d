"""Finished videos stay whole, whatever happens to the run that would replace them."""

import json
import os
from pathlib import Path

import pytest

from quantization_story.production.folder import OutputFolder, count_frames
from small_videos import finish, write_subtitles, write_video


def test_a_finished_scene_is_found_with_its_figures(folder: OutputFolder) -> None:
    made = finish(folder, "A", 20)
    found = folder.finished("A")
    assert found == made
    assert (found.frames, found.rate, found.seconds) == (20, 15, pytest.approx(20 / 15))
    assert found.subtitles.is_file()
    assert folder.finished("B") is None


def test_figures_of_the_run_are_kept(folder: OutputFolder) -> None:
    video = write_video(folder.work_folder("A") / "made.mp4", 3)
    video.with_suffix(".json").write_text(json.dumps({"regime": "4-bit", "bits": 4}))
    folder.take("A", video, {"fingerprint": "m", "rate": "15"})
    stored = json.loads((folder.path / "A.json").read_text())
    assert stored["regime"] == "4-bit"
    assert stored["render"] == {
        "fingerprint": "m",
        "rate": "15",
        "frames": 3,
        "bytes": (folder.path / "A.mp4").stat().st_size,
    }


@pytest.mark.parametrize(
    "harm", ["video cut", "video gone", "figures gone", "figures empty", "figures of another kind"]
)
def test_what_is_not_whole_is_not_finished(folder: OutputFolder, harm: str) -> None:
    made = finish(folder, "A", 20)
    figures = made.video.with_suffix(".json")
    if harm == "video cut":
        made.video.write_bytes(made.video.read_bytes()[:-100])
    elif harm == "video gone":
        made.video.unlink()
    elif harm == "figures gone":
        figures.unlink()
    else:
        figures.write_text("" if harm == "figures empty" else "[]")
    assert folder.finished("A") is None


@pytest.mark.parametrize("step", range(4))
def test_a_run_that_dies_while_it_replaces_leaves_a_whole_video_or_one_to_render_again(
    folder: OutputFolder, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    old = finish(folder, "A", 20, "old")
    before = old.video.read_bytes()
    work = folder.work_folder("A")
    video = write_video(work / "made.mp4", 30, shade=90)
    write_subtitles(video, ("00:00:00,000", "00:00:01,000", "new"))
    moves = []
    replace = Path.replace

    def dies(path: Path, target: Path) -> Path:
        if len(moves) == step:
            raise KeyboardInterrupt
        moves.append(target)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", dies)
    if step < 3:
        with pytest.raises(KeyboardInterrupt):
            folder.take("A", video, {"fingerprint": "new", "rate": "15"})
    else:
        folder.take("A", video, {"fingerprint": "new", "rate": "15"})
    assert count_frames(folder.path / "A.mp4") in (20, 30)
    found = folder.finished("A")
    if step < 2:
        assert found is not None
        assert (found.figures["render"]["fingerprint"], found.video.read_bytes()) == ("old", before)
    elif step == 2:
        assert found is None  # the new video without its figures: it will be rendered again
    else:
        assert found is not None
        assert found.figures["render"]["fingerprint"] == "new"


def test_two_runs_do_not_share_a_scene(folder: OutputFolder) -> None:
    other = OutputFolder(folder.path)
    with folder.lock("A"):
        with pytest.raises(BlockingIOError, match="another run is at work on A"), other.lock("A"):
            pass
        with other.lock("B"):
            pass
    with other.lock("A"):
        pass  # the first is over


def test_what_a_dead_run_left_is_cleared_away(folder: OutputFolder) -> None:
    leftover, of_another = folder.work_folder("A"), folder.work_folder("B")
    (leftover / "half.mp4").write_bytes(b"half")
    kept = finish(folder, "A", 5)
    with folder.lock("A"):
        assert not leftover.exists()
        assert of_another.exists()
    assert folder.finished("A") == kept


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(OSError, match=f"cannot write to the output folder {os.fspath(file)}/videos"):
        OutputFolder(file / "videos").prepare()
