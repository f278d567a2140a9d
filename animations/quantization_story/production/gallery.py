"""The gallery: the explorer, the core story as chapters and the other scenes as cards, on a static page."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import av

from quantization_story.core.shown_numbers import percent
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject, measured
from quantization_story.production.catalogue import FullNarrativeScene, scenes_by_name
from quantization_story.production.explorer.assembly import SHIPPED, explorer_page
from quantization_story.production.explorer.network_data import NEEDS
from quantization_story.production.folder import Finished, OutputFolder, count_frames
from quantization_story.production.page import WHOLE, Clip, page
from quantization_story.production.played import figure_sections, networks_of, played, rounding_of, rounding_words
from quantization_story.production.stills import closing_still, save_poster
from quantization_story.production.stitch import chapters_of
from quantization_story.production.talk.narration import narrations
from quantization_story.production.text_tracks import captions, chapter_track, description_track, inline

EXPLORER = "explorer.html"
TITLE = "The geometry of weight quantization"
INTRO = (
    "What rounding a network's weights does to the piecewise-affine map that it computes, what one affine map can "
    "undo, and what it cannot. Every number in the videos is computed from the network that is shown."
)


def make_gallery(folder: OutputFolder, target: Path, narrative_file: Path, elsewhere: str | None = None) -> Path:
    """Write the page and all that it shows into `target`; returns the page's file.

    First comes the explorer; then the finished scenes in story order, those of the core story as its chapters, behind
    the joined narrative where there is one; then the figures of every network that they play, see
    `played.figure_sections`. Raises ValueError if no scene is finished, or the narrative was joined from other videos
    than those that are there now.
    """
    scenes = scenes_by_name()
    finished = [found for name in scenes if (found := folder.finished(name)) is not None]
    if not finished:
        raise ValueError(f"no finished video in {folder.path}; render some first")
    for part in ("videos", "posters"):
        (target / part).mkdir(parents=True, exist_ok=True)
    words = narrations()
    clips = [scene_clip(each, scenes[each.scene], words.get(each.scene, ""), target) for each in finished]
    if narrative_file.is_file():
        clips.insert(0, _narrative_clip(folder, narrative_file, words.get("FullNarrativeScene", ""), target))
    videos = {clip.name: f"index.html#{clip.name}" for clip in clips}
    explorer = explorer_page(_subjects(finished, elsewhere), videos)
    (target / EXPLORER).write_text(explorer, encoding="utf-8")
    content = page(TITLE, INTRO, clips, figure_sections(finished, elsewhere), EXPLORER)
    file = target / "index.html"
    file.write_text(content, encoding="utf-8")
    return file


def _subjects(finished: Sequence[Finished], elsewhere: str | None) -> list[StorySubject]:
    """The networks of the explorer: those of one's own that the videos play and it can show, then the shipped ones."""
    found = [network.find(elsewhere) for network in played(finished) if network.name not in SHIPPED]
    own = {each.name: measured(each, allow_unlearned=True) for each in found if each and not NEEDS.missing(each)}
    return [*own.values(), *(load_subject(Settings(), name) for name in SHIPPED)]


def scene_clip(finished: Finished, scene: type, narration: str, target: Path) -> Clip:
    """The clip of a finished scene; its video and poster are copied into `target`."""
    video, poster = f"videos/{finished.scene}.mp4", f"posters/{finished.scene}.jpg"
    shutil.copyfile(finished.video, target / video)
    save_poster(closing_still(finished.video, finished.seconds), target / poster)
    beats = tuple((str(beat["name"]), float(beat["start"])) for beat in finished.figures.get("beats", ()))
    return Clip(
        finished.scene,
        finished.title,
        " ".join((scene.__doc__ or "").split()),
        video,
        poster,
        inline(captions(finished.subtitles)),
        inline(description_track([(finished.scene, finished.figures.get("beats", ()), 0.0)])),
        "",
        beats,
        _shown(finished),
        narration,
        _shape(finished.video),
        _chapter_of(finished.scene),
    )


def _narrative_clip(folder: OutputFolder, narrative_file: Path, narration: str, target: Path) -> Clip:
    scenes = FullNarrativeScene.scenes
    found = [folder.finished(scene.__name__) for scene in scenes]
    parts = [part for part in found if part is not None]
    chapters = chapters_of(parts) if len(parts) == len(scenes) else []
    if sum(chapter.frames for chapter in chapters) != count_frames(narrative_file):
        raise ValueError(f"{narrative_file} was joined from other videos than those beside it; stitch it again")
    rate = parts[0].rate
    shutil.copyfile(narrative_file, target / "videos" / narrative_file.name)
    poster = f"posters/{narrative_file.stem}.jpg"
    save_poster(closing_still(parts[0].video, parts[0].seconds), target / poster)
    return Clip(
        narrative_file.stem,
        FullNarrativeScene.title_text,
        f"{len(parts)} scenes in one video; a chapter each.",
        f"videos/{narrative_file.name}",
        poster,
        inline(captions(narrative_file.with_suffix(".srt"))),
        inline(
            description_track(
                (part.scene, part.figures.get("beats", ()), float(chapter.start / rate))
                for part, chapter in zip(parts, chapters, strict=True)
            )
        ),
        inline(chapter_track(chapters, float(rate))),
        tuple((chapter.title, float(chapter.start / rate)) for chapter in chapters),
        (),
        narration,
        _shape(narrative_file),
        WHOLE,
    )


def _chapter_of(scene: str) -> int | None:
    """Which chapter of the core story a scene is, from 1 on; None for one beside it."""
    story = [part.__name__ for part in FullNarrativeScene.scenes]
    return story.index(scene) + 1 if scene in story else None


def _shown(finished: Finished) -> tuple[tuple[str, str], ...]:
    """The regime of a video, and each network that it plays with its bits and accuracies, as words."""
    regime = finished.figures.get("regime")
    rows = [("regime", regime)] if isinstance(regime, str) else []
    for fact in networks_of(finished):
        widths = "-".join(map(str, fact["widths"]))
        plane = f", on {fact['plane']}" if fact["plane"] else ""
        rows.append(("network", f"{fact['name']}, {widths}{plane}; SHA-256 {fact['sha256'][:12]}…"))
        rows.append(("quantizer", f"{fact['bits']}-bit {fact['scales']}{rounding_words(rounding_of(fact))}"))
        if fact["task checked"]:
            before, after = (percent(fact[f"{kind} accuracy"]) for kind in ("float", "quantized"))
            rows.append(("accuracy", f"{before} → {after} % of {fact['held-out points']} held-out points"))
    return tuple(rows)


def _shape(video: Path) -> tuple[int, int]:
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height
