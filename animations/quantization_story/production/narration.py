"""The narration of each scene, as the outline has it."""

import re
from pathlib import Path

from markdown_it import MarkdownIt

_HERE = Path(__file__).resolve()
# A wheel brings it along; in a checkout it is a page of the documentation.
_INSTALLED = _HERE.with_name("narrative_outline.md")
OUTLINE = _INSTALLED if _INSTALLED.is_file() else _HERE.parents[3] / "docs" / _INSTALLED.name


def narrations(outline: Path = OUTLINE) -> dict[str, str]:
    """The sections of the outline that are about a scene, as HTML, by the scene's name; empty without an outline."""
    if not outline.is_file():
        return {}
    pieces = re.split(r"^## `(\w+)`[^\n]*$", outline.read_text(encoding="utf-8"), flags=re.MULTILINE)
    sections = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    # A section ends where the next heading of its rank begins, whatever that is about.
    trimmed = {name: re.split(r"^## ", body, flags=re.MULTILINE)[0] for name, body in sections.items()}
    return {name: MarkdownIt("commonmark", {"html": False}).render(body.strip()) for name, body in trimmed.items()}
