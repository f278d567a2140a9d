"""Joining copies every frame, marks the chapters, and moves the subtitles to where they belong."""

from datetime import timedelta
from fractions import Fraction

import av
import numpy as np
import pytest
import srt

from quantization_story.production.folder import Finished, OutputFolder
from quantization_story.production.stitch import stitch
from quantization_story.stage.joining import Track, join
from small_videos import RATE, finish, write_video


def shades(path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def test_every_frame_is_there_once_and_in_order(folder: OutputFolder) -> None:
    parts = [finish(folder, name, frames, shade=shade) for name, frames, shade in (("A", 23, 40), ("B", 7, 150))]
    target = folder.path / "joined.mp4"
    assert stitch(parts, target) == 30
    joined = shades(target)
    assert len(joined) == 30
    assert np.allclose(joined, [*shades(parts[0].video), *shades(parts[1].video)])
    with av.open(str(target)) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert np.allclose(np.diff(times), 1 / RATE, atol=1e-3)


def test_packets_are_copied_not_encoded(folder: OutputFolder) -> None:
    def packets(path):
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(video=0) if packet.size]

    parts = [finish(folder, "A", 12), finish(folder, "B", 9, shade=99)]
    stitch(parts, folder.path / "joined.mp4")
    assert packets(folder.path / "joined.mp4") == [*packets(parts[0].video), *packets(parts[1].video)]


def test_chapters_begin_where_their_part_begins(folder: OutputFolder) -> None:
    titles = ("A", 30, "One & two"), ("B", 15, ""), ("C", 45, "Why?")
    parts = [finish(folder, name, frames, title=title) for name, frames, title in titles]
    stitch(parts, folder.path / "joined.mp4")
    with av.open(str(folder.path / "joined.mp4")) as container:
        chapters = container.chapters()
    unit = [Fraction(chapter["time_base"]) for chapter in chapters]
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["One & two", "B", "Why?"]
    assert [float(c["start"] * u) for c, u in zip(chapters, unit, strict=True)] == pytest.approx([0.0, 2.0, 3.0])
    assert float(chapters[-1]["end"] * unit[-1]) == pytest.approx(6.0)


def test_subtitles_move_with_their_part(folder: OutputFolder) -> None:
    parts = [finish(folder, "A", 30), finish(folder, "B", 15)]
    stitch(parts, folder.path / "joined.mp4")
    lines = list(srt.parse((folder.path / "joined.srt").read_text()))
    assert [(line.index, line.content) for line in lines] == [(1, "A speaks"), (2, "B speaks")]
    assert lines[1].start == timedelta(seconds=2.2)
    assert lines[1].end == timedelta(seconds=3.0)


def test_videos_of_two_kinds_are_not_joined(folder: OutputFolder) -> None:
    parts = [finish(folder, "A", 10)]
    video = write_video(folder.work_folder("B") / "made.mp4", 10, size=(96, 64))
    parts.append(folder.take("B", video, {"fingerprint": "", "rate": str(RATE)}))
    with pytest.raises(ValueError, match=r"A is 64x48 at 15 without a voice, B is 96x64 at 15 without a voice"):
        stitch(parts, folder.path / "joined.mp4")
    assert not list(folder.path.glob("*joined*"))
    with pytest.raises(ValueError, match="nothing to join"):
        stitch([], folder.path / "joined.mp4")


def test_a_part_that_breaks_leaves_the_old_video(folder: OutputFolder) -> None:
    parts = [finish(folder, "A", 10), finish(folder, "B", 10)]
    target = folder.path / "joined.mp4"
    stitch(parts, target)
    before = target.read_bytes()
    parts[1].video.write_bytes(parts[1].video.read_bytes()[:600])
    with pytest.raises(ValueError, match=r"Invalid data.*B\.mp4"):
        stitch(parts, target)
    assert target.read_bytes() == before
    assert not list(folder.path.glob(".*part"))


def test_a_voice_stays_in_step_with_its_part(folder: OutputFolder) -> None:
    def spoken(name: str, frames: int, at: float) -> Finished:
        track = np.zeros(round(frames / RATE * 48_000), dtype=np.int16)
        begin = round(at * 48_000)
        track[begin : begin + 9_600] = 12_000 * np.sin(np.arange(9_600) * 2 * np.pi * 440 / 48_000)
        work = folder.work_folder(name)
        silent = write_video(work / "silent.mp4", frames)
        join([silent], work / "made.mp4", Fraction(RATE), "", Track(track, 48_000))
        return folder.take(name, work / "made.mp4", {"fingerprint": "", "rate": str(RATE)})

    parts = [spoken("A", 45, 1.0), spoken("B", 30, 0.5)]
    target = folder.path / "joined.mp4"
    assert stitch(parts, target) == 75
    with av.open(str(target)) as container:
        heard = [float(frame.time) for frame in container.decode(audio=0) if np.abs(frame.to_ndarray()).max() > 0.05]
    begins = [time for time, before in zip(heard, [-9.0, *heard], strict=False) if time - before > 0.1]
    assert begins == pytest.approx([1.0, 3.5], abs=0.1)
    with pytest.raises(ValueError, match=r"A is 64x48 at 15 with a voice, C is 64x48 at 15 without a voice"):
        stitch([parts[0], finish(folder, "C", 10)], target)
