"""Joins finished videos without encoding them again: chapters, one subtitle file, not a frame more or less."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import srt

from quantization_story.production.folder import Finished, count_frames


@dataclass(frozen=True)
class Chapter:
    """A part of the joined video: its title, its first frame, and its number of frames."""

    title: str
    start: int
    frames: int


def chapters_of(parts: Sequence[Finished]) -> list[Chapter]:
    """The chapters, one a part, end to end."""
    chapters, start = [], 0
    for part in parts:
        chapters.append(Chapter(part.title, start, part.frames))
        start += part.frames
    return chapters


def stitch(parts: Sequence[Finished], target: Path) -> int:
    """Join the parts into `target` and its .srt; returns the number of frames.

    Both files come into place whole, by renaming. Raises ValueError if there are no parts, one cannot be read, or they
    differ in rate, size or encoding; OSError if the target cannot be written.
    """
    if not parts:
        raise ValueError("nothing to join: no scene is finished")
    _check_alike(parts)
    rate = parts[0].rate
    chapters = chapters_of(parts)
    half = target.with_name(f".{target.name}.part")
    subtitles = target.with_name(f".{target.stem}.srt.part")
    try:
        _join(parts, chapters, rate, half)
        expected = sum(part.frames for part in parts)
        frames = count_frames(half)
        if frames != expected:
            raise OSError(f"joined {frames} frames where the parts have {expected}")
        subtitles.write_text(srt.compose(joined_subtitles(parts, chapters, rate)), encoding="utf-8")
        subtitles.replace(target.with_suffix(".srt"))
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)
        subtitles.unlink(missing_ok=True)
    return frames


def _check_alike(parts: Sequence[Finished]) -> None:
    kinds: dict[Any, str] = {}
    for part in parts:
        with av.open(str(part.video)) as container:
            stream = container.streams.video[0]
            sound = tuple((each.codec_context.name, each.rate) for each in container.streams.audio)
            kinds[stream.codec_context.name, stream.width, stream.height, stream.pix_fmt, part.rate, sound] = part.scene
    if len(kinds) > 1:
        found = ", ".join(
            f"{scene} is {kind[1]}x{kind[2]} at {float(kind[4]):g} {'with' if kind[5] else 'without'} a voice"
            for kind, scene in kinds.items()
        )
        raise ValueError(f"only videos of one kind can be joined: {found}")


def _join(parts: Sequence[Finished], chapters: Sequence[Chapter], rate: Fraction, target: Path) -> None:
    """Copy the packets of all parts behind each other, each part moved to the frame where its chapter begins."""
    with av.open(str(target), mode="w", format="mp4", options={"movflags": "+faststart"}) as output:
        # The chapters go first: the header of the file reserves their track.
        output.set_chapters(_marks(chapters, rate))
        streams: list[Any] = []
        for part, chapter in zip(parts, chapters, strict=True):
            with av.open(str(part.video)) as container:
                sources = [*container.streams.video[:1], *container.streams.audio[:1]]
                if not streams:
                    streams = [output.add_stream_from_template(template=source) for source in sources]
                    for stream, source in zip(streams, sources, strict=True):
                        stream.time_base = source.time_base
                _move(container, sources, streams, output, Fraction(chapter.start) / rate, chapter.frames / rate)


def _move(
    container: Any, sources: Sequence[Any], streams: Sequence[Any], output: Any, start: Fraction, length: Fraction
) -> None:
    """Copy the packets of a part, `start` seconds later; of its sound, only as long as its picture lasts."""
    into = {source.index: stream for source, stream in zip(sources, streams, strict=True)}
    for packet in container.demux(*sources):
        if packet.dts is None or packet.pts is None:
            continue  # the mark at a stream's end
        base = packet.stream.time_base
        middle = packet.pts + (packet.duration or 0) / 2
        if packet.stream.type == "audio" and not 0 <= middle * base < length:
            continue  # what an encoder puts before the sound, and what is left of its last frame
        shift = round(start / base)
        packet.pts += shift
        packet.dts += shift
        packet.stream = into[packet.stream.index]
        output.mux(packet)


def _marks(chapters: Sequence[Chapter], rate: Fraction) -> list[Any]:
    """The chapters as the container wants them, in milliseconds."""
    unit = Fraction(1, 1000)
    return [
        {
            "id": number,
            "start": round(chapter.start / rate / unit),
            "end": round((chapter.start + chapter.frames) / rate / unit),
            "time_base": unit,
            "metadata": {"title": chapter.title},
        }
        for number, chapter in enumerate(chapters)
    ]


def joined_subtitles(parts: Sequence[Finished], chapters: Sequence[Chapter], rate: Fraction) -> list[srt.Subtitle]:
    """The subtitles of all parts, each moved to where its chapter begins, numbered through."""
    joined: list[srt.Subtitle] = []
    for part, chapter in zip(parts, chapters, strict=True):
        start = timedelta(seconds=float(chapter.start / rate))
        text = part.subtitles.read_text(encoding="utf-8") if part.subtitles.is_file() else ""
        for line in srt.parse(text):
            joined.append(srt.Subtitle(len(joined) + 1, line.start + start, line.end + start, line.content))
    return joined
