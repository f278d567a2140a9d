"""The gallery: finished videos on a static page, with posters, captions, chapters, narration and figures."""

import shutil
from pathlib import Path

import av

from quantization_story.core.shown_numbers import percent
from quantization_story.production.catalogue import FullNarrativeScene, scenes_by_name
from quantization_story.production.folder import Finished, OutputFolder, count_frames
from quantization_story.production.narration import narrations
from quantization_story.production.page import Clip, page
from quantization_story.production.played import figure_sections, networks_of, rounding_of, rounding_words
from quantization_story.production.stills import closing_still, save_poster
from quantization_story.production.stitch import chapters_of
from quantization_story.production.text_tracks import captions, chapter_track, inline

TITLE = "The geometry of weight quantization"
INTRO = (
    "What rounding a network's weights does to the piecewise-affine map that it computes, what one affine map can "
    "undo, and what it cannot. Every number in the videos is computed from the network that is shown."
)


def make_gallery(folder: OutputFolder, target: Path, narrative_file: Path, elsewhere: str | None = None) -> Path:
    """Write the page and all that it shows into `target`; returns the page's file.

    The finished scenes stand in story order, behind the joined narrative where there is one; then come the figures of
    every network that they play, see `played.figure_sections`. Raises ValueError if no scene is finished, or the
    narrative was joined from other videos than those that are there now.
    """
    scenes = scenes_by_name()
    finished = [found for name in scenes if (found := folder.finished(name)) is not None]
    if not finished:
        raise ValueError(f"no finished video in {folder.path}; render some first")
    for part in ("videos", "posters"):
        (target / part).mkdir(parents=True, exist_ok=True)
    words = narrations()
    clips = [_scene_clip(each, scenes[each.scene], words.get(each.scene, ""), target) for each in finished]
    if narrative_file.is_file():
        clips.insert(0, _narrative_clip(folder, narrative_file, words.get("FullNarrativeScene", ""), target))
    content = page(TITLE, INTRO, clips, figure_sections(finished, elsewhere))
    file = target / "index.html"
    file.write_text(content, encoding="utf-8")
    return file


def _scene_clip(finished: Finished, scene: type, narration: str, target: Path) -> Clip:
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
        "",
        beats,
        _shown(finished),
        narration,
        _shape(finished.video),
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
        inline(chapter_track(chapters, float(rate))),
        tuple((chapter.title, float(chapter.start / rate)) for chapter in chapters),
        (),
        narration,
        _shape(narrative_file),
    )


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
