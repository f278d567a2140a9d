"""The gallery's page: plain HTML and CSS that needs neither a server nor a script; a script adds chapters in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from quantization_story.report.tables import Table


@dataclass(frozen=True)
class FigureSection:
    """Figures of one network: a title, sentences to be read first, and tables."""

    title: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Clip:
    """A video of the page: its width and height, and its chapters by title and the seconds at which they begin."""

    name: str
    title: str
    sentence: str
    video: str
    poster: str
    captions: str
    chapter_track: str
    chapters: tuple[tuple[str, float], ...]
    figures: tuple[tuple[str, str], ...]
    narration: str
    shape: tuple[int, int]


def page(title: str, intro: str, clips: Sequence[Clip], sections: Sequence[FigureSection]) -> str:
    """The whole page; title and intro are plain text, and so are all words of clips and sections."""
    articles = "\n".join(map(_article, clips))
    index = "\n".join(f'<li><a href="#{escape(clip.name)}">{escape(clip.title)}</a></li>' for clip in clips)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_beside("gallery.css")}</style>
</head>
<body>
<a class="skip" href="#videos">Skip to the videos</a>
<header>
<h1>{escape(title)}</h1>
<p>{escape(intro)}</p>
<nav aria-label="Scenes"><ol>
{index}
</ol></nav>
</header>
<main id="videos" tabindex="-1">
{articles}
{_figures(sections)}
</main>
<script>{_beside("gallery.js")}</script>
</body>
</html>
"""


def _beside(name: str) -> str:
    """The style or the script, which go into the page: one file to open, nothing to load."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _article(clip: Clip) -> str:
    name = escape(clip.name)
    width, height = clip.shape
    chapters = "\n".join(_chapter(clip, name, words, start) for words, start in clip.chapters)
    chapter_list = f'<ol class="chapters" aria-label="Chapters">{chapters}</ol>' if chapters else ""
    track = f'<track kind="chapters" src="{clip.chapter_track}" srclang="en" label="Chapters">' if chapters else ""
    figures = "".join(f"<tr><td>{escape(words)}</td><td>{escape(value)}</td></tr>" for words, value in clip.figures)
    shown = (
        f'<div class="scroll"><table><caption>Regime and figures</caption>{figures}</table></div>' if figures else ""
    )
    narration = f"<details><summary>Narration</summary>{clip.narration}</details>" if clip.narration else ""
    title, video, narrow = escape(clip.title), escape(clip.video), ' class="narrow"' if height > width else ""
    return f"""<article id="{name}" aria-labelledby="title-{name}">
<h2 id="title-{name}">{title}</h2>
<p>{escape(clip.sentence)}</p>
<video id="video-{name}"{narrow} style="--shape: {width} / {height}" controls preload="metadata" playsinline
 poster="{escape(clip.poster)}" aria-label="{title}">
<source src="{video}" type="video/mp4">
<track kind="captions" src="{clip.captions}" srclang="en" label="English">
{track}
<a href="{video}">{title} (mp4)</a>
</video>
{chapter_list}
{narration}
{shown}
</article>"""


def _chapter(clip: Clip, name: str, words: str, start: float) -> str:
    at = f'href="{escape(clip.video)}#t={start:.3f}" data-video="video-{name}" data-seconds="{start:.3f}"'
    return f"<li><a {at}>{escape(words)}</a></li>"


def _figures(sections: Sequence[FigureSection]) -> str:
    if not sections:
        return ""
    return f'<article id="figures"><h2>The figures</h2>{"".join(map(_section, sections))}</article>'


def _section(section: FigureSection) -> str:
    words = "".join(f"<p>{escape(note)}</p>" for note in section.notes)
    return f"<section><h3>{escape(section.title)}</h3>{words}{''.join(map(_table, section.tables))}</section>"


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>'
        f"<caption>{escape(table.title)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
