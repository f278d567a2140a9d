"""A clip of a scene, as manim -n A,B draws it: the record and the subtitles of what can be seen in it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import srt

from quantization_story.stage.run_record import RunRecord, Told


def clip_record(record: RunRecord, start: float, end: float) -> None:
    """Leave in a record what was up from `start` to `end`, in seconds, and count its times from `start`."""
    record.badges = _told(record.badges, start, end)
    record.captions = _told(record.captions, start, end)
    beats = [beat for beat in record.beats if beat.end > start and beat.start < end]
    record.beats = [
        replace(beat, start=_within(beat.start, start, end), end=_within(beat.end, start, end)) for beat in beats
    ]


def _told(lines: Sequence[Told], start: float, end: float) -> list[Told]:
    """A line is up until the next one comes, the last one to the end."""
    ends = [*(line.start for line in lines[1:]), end]
    seen = [line for line, until in zip(lines, ends, strict=False) if until > start and line.start < end]
    return [Told(line.text, _within(line.start, start, end)) for line in seen]


def _within(time: float, start: float, end: float) -> float:
    return round(min(max(time, start), end) - start, 3)


def clip_subtitles(subtitles: Iterable[srt.Subtitle], start: float, end: float) -> list[srt.Subtitle]:
    """The subtitles that are up from `start` to `end`, in seconds, their times counted from `start`."""
    first, last = timedelta(seconds=start), timedelta(seconds=end)
    return [
        srt.Subtitle(None, max(each.start, first) - first, min(each.end, last) - first, each.content)
        for each in subtitles
        if each.end > first and each.start < last
    ]
