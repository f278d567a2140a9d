"""The gallery's page: plain HTML and CSS that needs neither a server nor a script; a script adds chapters in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from quantization_story.production.explorer.colours import shared_style
from quantization_story.report.tables import Table

WHOLE = 0  # the number of the film that holds all chapters


@dataclass(frozen=True)
class FigureSection:
    """Figures of one network: a title, sentences to be read first, and tables."""

    title: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Clip:
    """A video of the page: its width and height, and its beats by title and the seconds at which they begin.

    chapter: its number in the core story, WHOLE for the film of all its chapters; None for a video beside the story.
    """

    name: str
    title: str
    sentence: str
    video: str
    poster: str
    captions: str
    descriptions: str
    chapter_track: str
    chapters: tuple[tuple[str, float], ...]
    figures: tuple[tuple[str, str], ...]
    narration: str
    shape: tuple[int, int]
    chapter: int | None = None


@dataclass(frozen=True)
class Still:
    """A picture of the page, the one that a scene ends on."""

    title: str
    sentence: str
    picture: str


def page(
    title: str,
    intro: str,
    clips: Sequence[Clip],
    sections: Sequence[FigureSection],
    explorer: str | None = None,
    stills: Sequence[Still] = (),
) -> str:
    """The whole page; title and intro are plain text, and so are all words of clips, stills and sections.

    explorer: the address of the page on which readers round the weights themselves; it stands first. stills: of scenes
    that are not there as clips.
    """
    story = [clip for clip in clips if clip.chapter is not None]
    others = [clip for clip in clips if clip.chapter is None]
    parts = [
        ("try", "Try it", _explorer(explorer) if explorer is not None else ""),
        ("story", "The story", _story(story) if story else ""),
        ("more", "More scenes" if story else "Scenes", _cards(others) if others else ""),
        ("pictures", "What the scenes end on", _stills(stills) if stills else ""),
        ("figures", "The figures", "".join(map(_section, sections))),
    ]
    shown = [(name, words, content) for name, words, content in parts if content]
    index = "".join(f'<a href="#{name}">{words}</a>' for name, words, _ in shown)
    content = "\n".join(
        f'<section id="{name}" aria-labelledby="head-{name}"><h2 id="head-{name}">{words}</h2>{content}</section>'
        for name, words, content in shown
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{shared_style()}{_beside("gallery.css")}</style>
</head>
<body>
<a class="skip" href="#videos">Skip to the videos</a>
<header>
<h1>{escape(title)}</h1>
<p>{escape(intro)}</p>
<nav aria-label="Parts of the page">{index}</nav>
</header>
<main id="videos" tabindex="-1">
{content}
</main>
<script>{_beside("gallery.js")}</script>
</body>
</html>
"""


def _beside(name: str) -> str:
    """The style or the script, which go into the page: one file to open, nothing to load."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _explorer(address: str) -> str:
    at = escape(address)
    return f"""<p>Turn the dials yourself, on the same exact geometry. \
<a class="button" href="{at}">Open it in a window of its own</a></p>
<iframe src="{at}" title="Round the weights yourself" loading="lazy"></iframe>"""


def _story(clips: Sequence[Clip]) -> str:
    film = "".join(_film(clip) for clip in clips if clip.chapter == WHOLE)
    chapters = "\n".join(_chapter(clip) for clip in clips if clip.chapter != WHOLE)
    return f"{film}{chapters}"


def _film(clip: Clip) -> str:
    return f"""<article id="{escape(clip.name)}" class="film" aria-labelledby="title-{escape(clip.name)}">
{_heading(clip)}
<p>{escape(clip.sentence)}</p>
{_video(clip)}
{_beats(clip)}
{_details(clip)}
</article>"""


def _chapter(clip: Clip) -> str:
    return f"""<article id="{escape(clip.name)}" class="chapter" aria-labelledby="title-{escape(clip.name)}">
<div><p class="number">{clip.chapter}</p>
{_heading(clip)}
<p>{escape(clip.sentence)}</p>
{_details(clip, _beats(clip))}</div>
{_video(clip)}
</article>"""


def _cards(clips: Sequence[Clip]) -> str:
    cards = "\n".join(
        f"""<article id="{escape(clip.name)}" class="card" aria-labelledby="title-{escape(clip.name)}">
{_video(clip)}
{_heading(clip)}
<p>{escape(clip.sentence)}</p>
{_details(clip, _beats(clip))}
</article>"""
        for clip in clips
    )
    return f'<div class="cards">{cards}</div>'


def _stills(stills: Sequence[Still]) -> str:
    cards = "\n".join(
        f"""<article class="card"><a href="{escape(still.picture)}"><img src="{escape(still.picture)}" \
alt="{escape(still.title)}" loading="lazy"></a>
<h3>{escape(still.title)}</h3>
<p>{escape(still.sentence)}</p></article>"""
        for still in stills
    )
    return f'<div class="cards">{cards}</div>'


def _heading(clip: Clip) -> str:
    return f'<h3 id="title-{escape(clip.name)}">{escape(clip.title)}</h3>'


def _video(clip: Clip) -> str:
    name, title, video = escape(clip.name), escape(clip.title), escape(clip.video)
    width, height = clip.shape
    narrow = ' class="narrow"' if height > width else ""
    track = (
        f'<track kind="chapters" src="{clip.chapter_track}" srclang="en" label="Chapters">'
        if clip.chapter_track
        else ""
    )
    return f"""<video id="video-{name}"{narrow} style="--shape: {width} / {height}" controls preload="none" playsinline
 poster="{escape(clip.poster)}" aria-label="{title}">
<source src="{video}" type="video/mp4">
<track kind="captions" src="{clip.captions}" srclang="en" label="English">
<track kind="descriptions" src="{clip.descriptions}" srclang="en" label="What is seen">
{track}
<a href="{video}">{title} (mp4)</a>
</video>"""


def _beats(clip: Clip) -> str:
    def link(words: str, start: float) -> str:
        at = f'href="{escape(clip.video)}#t={start:.3f}" data-video="video-{escape(clip.name)}"'
        return f'<li><a {at} data-seconds="{start:.3f}">{escape(words)}</a></li>'

    links = "".join(link(words, start) for words, start in clip.chapters)
    return f'<ol class="chapters" aria-label="Chapters">{links}</ol>' if links else ""


def _details(clip: Clip, more: str = "") -> str:
    """What is read only by who asks for it: the beats, the narration, and what the video says of its networks."""
    rows = "".join(f"<tr><td>{escape(words)}</td><td>{escape(value)}</td></tr>" for words, value in clip.figures)
    table = f'<div class="scroll"><table><caption>Regime and figures</caption>{rows}</table></div>' if rows else ""
    narration = f"<h4>Narration</h4>{clip.narration}" if clip.narration else ""
    inside = f"{more}{table}{narration}"
    return f"<details><summary>More about it</summary>{inside}</details>" if inside else ""


def _section(section: FigureSection) -> str:
    words = "".join(f"<p>{escape(note)}</p>" for note in section.notes)
    return f"<article><h3>{escape(section.title)}</h3>{words}{''.join(map(_table, section.tables))}</article>"


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.heads)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>'
        f"<caption>{escape(table.title)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
