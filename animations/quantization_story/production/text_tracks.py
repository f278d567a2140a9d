"""Subtitles and chapters as WebVTT, the format of text tracks on the web."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import srt

from quantization_story.production.stitch import Chapter
from quantization_story.stage.narration import narration


def clock(seconds: float) -> str:
    """A time as WebVTT writes it: 00:01:02.345."""
    milliseconds = round(1000 * seconds)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def webvtt(cues: Iterable[tuple[float, float, str]]) -> str:
    """A track of cues (start and end in seconds, text); an arrow inside a text would end its cue, so it is escaped."""
    lines = ["WEBVTT", ""]
    for start, end, words in cues:
        escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        lines += [f"{clock(start)} --> {clock(end)}", escaped, ""]
    return "\n".join(lines)


def captions(subtitles: Path) -> str:
    """The subtitles of an .srt file as a track; an empty track if there is no such file."""
    text = subtitles.read_text(encoding="utf-8") if subtitles.is_file() else ""
    lines = srt.parse(text)
    return webvtt((_seconds(line.start), _seconds(line.end), line.content) for line in lines)


def chapter_track(chapters: Sequence[Chapter], rate: float) -> str:
    """Chapters as a track."""
    return webvtt((part.start / rate, (part.start + part.frames) / rate, part.title) for part in chapters)


def description_track(videos: Iterable[tuple[str, Sequence[Mapping[str, Any]], float]]) -> str:
    """What is seen in each beat, for who cannot see it, as a track.

    videos: of each its scene, its beats on record, and when it begins, in seconds.
    """
    cues: list[tuple[float, float, str]] = []
    for scene, beats, begin in videos:
        seen = {beat.name: beat.seen for beat in narration(scene)}
        told = [(beat, seen[beat["name"]]) for beat in beats if seen.get(beat["name"])]
        cues += [(begin + beat["start"], begin + beat["end"], words) for beat, words in told]
    return webvtt(cues)


def inline(track: str) -> str:
    """A track as an address that holds it whole: a page that is opened as a file may load no other file as a track."""
    return f"data:text/vtt;base64,{base64.b64encode(track.encode()).decode()}"


def _seconds(time: timedelta) -> float:
    return time.total_seconds()
