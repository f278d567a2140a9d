"""The gallery's page: plain HTML and CSS that needs neither a server nor a script; a script adds chapters in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from quantization_story.report.tables import Table


@dataclass(frozen=True)
class Clip:
    """A video of the page. chapters: their titles and the seconds at which they begin."""

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


def page(
    title: str, intro: str, clips: Sequence[Clip], shape: tuple[int, int], notes: Sequence[str], tables: Sequence[Table]
) -> str:
    """The whole page. shape: width and height of the videos; intro and notes are plain text, tables the report's."""
    width, height = shape
    articles = "\n".join(_article(clip, narrow=height > width) for clip in clips)
    index = "\n".join(f'<li><a href="#{escape(clip.name)}">{escape(clip.title)}</a></li>' for clip in clips)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_beside("gallery.css")}
video {{ --shape: {width} / {height}; }}</style>
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
{_figures(notes, tables)}
</main>
<script>{_beside("gallery.js")}</script>
</body>
</html>
"""


def _beside(name: str) -> str:
    """The style or the script, which go into the page: one file to open, nothing to load."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _article(clip: Clip, narrow: bool) -> str:
    name = escape(clip.name)
    chapters = "\n".join(_chapter(clip, name, words, start) for words, start in clip.chapters)
    chapter_list = f'<ol class="chapters" aria-label="Chapters">{chapters}</ol>' if chapters else ""
    track = f'<track kind="chapters" src="{clip.chapter_track}" srclang="en" label="Chapters">' if chapters else ""
    figures = "".join(f"<tr><td>{escape(words)}</td><td>{escape(value)}</td></tr>" for words, value in clip.figures)
    shown = (
        f'<div class="scroll"><table><caption>Regime and figures</caption>{figures}</table></div>' if figures else ""
    )
    narration = f"<details><summary>Narration</summary>{clip.narration}</details>" if clip.narration else ""
    title, video, narrow_class = escape(clip.title), escape(clip.video), ' class="narrow"' if narrow else ""
    return f"""<article id="{name}" aria-labelledby="title-{name}">
<h2 id="title-{name}">{title}</h2>
<p>{escape(clip.sentence)}</p>
<video id="video-{name}"{narrow_class} controls preload="metadata" playsinline
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


def _figures(notes: Sequence[str], tables: Sequence[Table]) -> str:
    if not tables and not notes:
        return ""
    words = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f'<article id="figures"><h2>The figures</h2>{words}{"".join(map(_table, tables))}</article>'


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>'
        f"<caption>{escape(table.title)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
