"""Plays every scene in the format and theme that the environment names: python play_in_format.py MEDIA-FOLDER RESULT

A process of its own, since both are chosen when the package is imported. Writes what it found as JSON: of each scene
the findings of the layout audit, its captions and texts, and what is drawn in manim's own white; and the zones of the
frame.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
from manim import WHITE, Scene, Square, VMobject, config, tempconfig

from layout import audit
from quantization_story.production.catalogue import SCENES
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme


def in_no_color(scene: Scene) -> set[str]:
    """The kinds of what is seen in manim's own white now: they have forgotten to take a colour of the theme."""
    found = set()
    members = [member for mobject in scene.mobjects for member in mobject.get_family()]
    for member in (member for member in members if isinstance(member, VMobject) and len(member.points)):
        drawn = (
            (member.get_stroke_color(), member.get_stroke_width() and member.get_stroke_opacity()),
            (member.get_fill_color(), member.get_fill_opacity()),
        )
        if any(color == WHITE and opacity > 0.1 for color, opacity in drawn):
            found.add(type(member).__name__)
    return found


class Seen(Watcher):
    """Collects what is drawn in no colour of the theme, and the words that are shown."""

    def __init__(self) -> None:
        self.colorless: set[str] = set()
        self.words: set[str] = set()

    def on_play(self, scene: StoryScene) -> None:
        self.colorless |= in_no_color(scene)
        self.words.update(scene.shown_texts())


def play(scene_class: type[StoryScene]) -> dict[str, Any]:
    """Play one scene without rendering."""
    seen = Seen()
    result = audit(scene_class, seen)
    told = [caption for caption, _, _ in result.captions]
    findings, shown = result.findings, sorted(seen.words)
    return {"findings": findings, "told": told, "shown": shown, "in no color": sorted(seen.colorless)}


class Zones(StoryScene):
    """Writes down where things are while it is rendered."""

    title_text = "Zones"
    badge_text = "a badge"
    caption_given = "A caption of so many words that one line of an upright frame is short"

    def construct(self) -> None:
        """Title, badge and a caption that needs two lines."""
        self.open_stage()
        self.say(self.caption_given)
        whole = theme.stage_zone()
        parts = {"one": whole.split(0.5)[0], "other": whole.split(0.5)[1], "stage": whole}
        picture, panel = theme.stage_parts(5.8)
        parts |= {"picture": picture, "panel": panel, "frame": theme.frame_zone(), "caption": theme.caption_zone()}
        self.found = {name: asdict(zone) for name, zone in parts.items()}
        for name, line in (("title line", self.title_line), ("badge line", self.badge), ("caption line", self.caption)):
            assert line is not None
            (left, bottom, _), (right, top, _) = line.get_corner([-1, -1, 0]), line.get_corner([1, 1, 0])
            self.found[name] = {"left": left, "right": right, "bottom": bottom, "top": top}
        self.close_stage(0.0)


def render_zones() -> dict[str, Any]:
    """Render a scene at the lowest quality: its zones, the size of its video, and its figures file."""
    with tempconfig({"quality": "low_quality", "verbosity": "ERROR", "progress_bar": "none"}):
        scene = Zones()
        scene.render()
    file = scene.renderer.file_writer.movie_file_path
    with av.open(str(file)) as video:
        size = video.streams.video[0].width, video.streams.video[0].height
    told = json.loads(file.with_suffix(".json").read_text())
    lines = file.with_suffix(".srt").read_text().splitlines()
    outside = config.frame_width, config.frame_height, config.pixel_width, config.pixel_height
    subtitles = [line for line in lines if line and "-->" not in line and not line.isdigit()]
    return {"zones": scene.found, "size": size, "told": told, "subtitles": subtitles, "outside": outside}


def main(media: str, result: str) -> None:
    """Play all, and write what was found."""
    config.media_dir = media
    scenes = [scene for scene in SCENES if not issubclass(scene, FullNarrative)]
    found = {"rendered": render_zones(), "scenes": {scene.__name__: play(scene) for scene in scenes}}
    plain = Scene()
    plain.add(Square(), Square(color=theme.INK))
    found["plain square"] = sorted(in_no_color(plain))
    Path(result).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
