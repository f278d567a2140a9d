"""The narration of the scenes, as the outline has it: for each beat the words that are spoken, and what is seen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

_HERE = Path(__file__).resolve()
# A wheel brings it along; in a checkout it is a page of the documentation.
_INSTALLED = _HERE.with_name("narrative_outline.md")
OUTLINE = _INSTALLED if _INSTALLED.is_file() else _HERE.parents[3] / "docs" / _INSTALLED.name
_SCENE = re.compile(r"^## (.*)$", re.MULTILINE)
_BEAT = re.compile(r"^### (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class SpokenBeat:
    """A beat: its name, the words that are spoken over it, and what is seen, for who cannot see it."""

    name: str
    words: str
    seen: str


def sections(outline: Path = OUTLINE) -> dict[str, str]:
    """The sections of the outline about a scene, as Markdown, by the scene's name; empty without an outline."""
    text = outline.read_text(encoding="utf-8") if outline.is_file() else ""
    pieces = _SCENE.split(text)
    found = zip(pieces[1::2], pieces[2::2], strict=True)
    return {name.strip("`"): body.strip() for name, body in found if re.fullmatch(r"`\w+`", name)}


def narration(scene: str, outline: Path = OUTLINE) -> list[SpokenBeat]:
    """The beats of a scene, in order: a heading each, below it what is spoken, and as a quotation what is seen.

    Empty for a scene that the outline does not have.
    """
    pieces = _BEAT.split(sections(outline).get(scene, ""))
    return [SpokenBeat(name.strip(), *_told(body)) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)]


def _told(body: str) -> tuple[str, str]:
    """What is spoken in a beat, and what is seen, without marks of Markdown."""
    spoken: list[str] = []
    seen: list[str] = []
    depth = 0
    for token in MarkdownIt("commonmark").parse(body):
        depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline":
            (seen if depth else spoken).append(_plain(token.children or ()))
    return " ".join(spoken), " ".join(seen)


def _plain(tokens: Sequence[Token]) -> str:
    words = "".join(" " if token.type == "softbreak" else token.content for token in tokens)
    return " ".join(words.split())


def sentences(words: str) -> list[str]:
    """The sentences of a text, each with its mark at the end."""
    return [each for each in re.split(r"(?<=[.?!])\s+", words.strip()) if each]
