"""The narration as it is read on a page, and as a sheet to read from."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt

from quantization_story.stage.narration import SpokenBeat, sections
from quantization_story.stage.run_record import RunRecord
from quantization_story.stage.voice import file_name

WORDS_PER_SECOND = 2.5  # of a calm reader


def narrations() -> dict[str, str]:
    """The narration of each scene as HTML, by its name; its beats are headings of the fifth rank."""
    return {name: _html(body) for name, body in sections().items()}


def _html(body: str) -> str:
    return str(MarkdownIt("commonmark", {"html": False}).render(re.sub(r"^### ", "##### ", body, flags=re.MULTILINE)))


def timed(beats: Sequence[SpokenBeat], record: RunRecord) -> list[tuple[SpokenBeat, float, float]]:
    """The beats that a scene has played, with their begin and end in seconds; what nothing is written for has no words.

    The narration is written for the shipped networks: others may have beats of their own.
    """
    told = {beat.name: beat for beat in beats}
    return [(told.get(beat.name, SpokenBeat(beat.name, "", "")), beat.start, beat.end) for beat in record.beats]


def sheet(scene: str, beats: Sequence[tuple[SpokenBeat, float, float]]) -> str:
    """A sheet to read from, as Markdown: each beat's file, the seconds that it has, and its words.

    A beat whose words take longer than it lasts says so: the picture will wait.
    """
    lines = [
        f"# {scene}",
        "",
        f"Record each beat as a file of its own, in a folder `{scene}`; the picture waits for it.",
        "",
    ]
    for beat, start, end in beats:
        needed = len(beat.words.split()) / WORDS_PER_SECOND
        longer = f"; calmly read {needed:.0f} s" if needed > end - start else ""
        lines += [
            f"## {beat.name}: `{file_name(beat.name)}.wav`, {end - start:.0f} s{longer}",
            "",
            beat.words or "(silent)",
            "",
        ]
    return "\n".join(lines)
