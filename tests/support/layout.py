"""The layout audit: plays a scene without rendering and looks at every text after every animation."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from manim import Mobject, Scene, Typst, VMobject, config, tempconfig

from quantization_story.mobjects.text import LiveText
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme

# Boxes may touch by this much of the smaller one (a descender beside an ascender is no overlap to the eye).
TOLERATED_SHARE = 0.05
VISIBLE = 0.15
AUDIT = {
    "dry_run": True,
    "disable_caching": True,
    "progress_bar": "none",
    "frame_rate": 15,  # a wait is a multiple of its frames
    "verbosity": "ERROR",
    "pixel_width": 427,
    "pixel_height": 240,
}


@dataclass(frozen=True)
class Audit:
    """What a scene did.

    findings: each once, with the number of the play that it was first seen after. captions: text, start, seconds.
    scene: as it is in the end.
    """

    findings: dict[str, int]
    captions: list[tuple[str, float, float]]
    beats: list[str]
    seconds: float
    plays: int
    scene: StoryScene


def check_captions(audit: Audit) -> None:
    """Every caption fits its line, and stands long enough to be read."""
    for content, _, seconds in audit.captions:
        assert len(content) <= theme.CAPTION_LIMIT
        assert seconds >= len(content.split()) / theme.WORDS_PER_SECOND - 1e-6, content


def texts(mobjects: list[Mobject]) -> Iterator[VMobject]:
    """All texts below these mobjects, each once, with something to be seen."""
    seen: set[int] = set()
    for mobject in mobjects:
        for member in mobject.get_family():
            if isinstance(member, Typst | LiveText) and id(member) not in seen:
                seen.add(id(member))
                if len(all_points(member)) and opacity(member) > VISIBLE:
                    yield member


def all_points(text: VMobject) -> np.ndarray:
    return np.concatenate([member.points for member in text.get_family()])


def opacity(text: VMobject) -> float:
    return max(float(member.get_fill_opacity()) for member in text.get_family() if len(member.points))


def name(text: VMobject) -> str:
    return repr(text.typst_code if isinstance(text, Typst) else text.content)


def glyph_height(text: VMobject) -> float:
    """The median height of the outlines, in frame units; dots and bars are left out."""
    curves = all_points(text)[:, 1].reshape(-1, 4)
    ends = all_points(text).reshape(-1, 4, 3)
    jumps = np.linalg.norm(ends[1:, 0] - ends[:-1, 3], axis=1) > 1e-6
    parts = np.concatenate([[0], np.flatnonzero(jumps) + 1])
    heights = np.maximum.reduceat(curves.max(axis=1), parts) - np.minimum.reduceat(curves.min(axis=1), parts)
    return float(np.median(heights[heights > 0.35 * heights.max()]))


def box(text: VMobject) -> tuple[np.ndarray, np.ndarray]:
    points = all_points(text)[:, :2]
    return points.min(axis=0), points.max(axis=0)


def look(scene: Scene) -> list[str]:
    """What is wrong with the texts that are on screen now."""
    wrong = []
    shown = [(text, *box(text)) for text in texts(scene.mobjects)]
    half = np.array([config.frame_width, config.frame_height]) / 2
    for text, low, high in shown:
        if (low < -half).any() or (high > half).any():
            wrong.append(f"outside the frame: {name(text)}")
        if glyph_height(text) < theme.SMALLEST_GLYPH:
            wrong.append(f"too small ({glyph_height(text):.3f}): {name(text)}")
    for (a, low_a, high_a), (b, low_b, high_b) in combinations(shown, 2):
        common = np.prod(np.clip(np.minimum(high_a, high_b) - np.maximum(low_a, low_b), 0.0, None))
        if common > TOLERATED_SHARE * min(np.prod(high_a - low_a), np.prod(high_b - low_b)):
            wrong.append(f"overlap: {name(a)} and {name(b)}")
    return wrong


class _Looking(Watcher):
    """Looks at every text after every play."""

    def __init__(self) -> None:
        self.findings: dict[str, int] = {}
        self.plays = 0

    def on_play(self, scene: StoryScene) -> None:
        self.plays += 1
        for finding in look(scene):
            self.findings.setdefault(finding, self.plays)


def audit(scene_class: type[StoryScene], *watchers: Watcher) -> Audit:
    """Play a scene without rendering, and collect what is wrong."""
    looking = _Looking()
    with tempconfig(AUDIT):
        scene = scene_class(skip_animations=True)
        scene.watchers += [looking, *watchers]
        scene.render()
        writer: Any = scene.renderer.file_writer
        captions = [
            (line.content, line.start.total_seconds(), (line.end - line.start).total_seconds())
            for line in writer.subcaptions
        ]
    beats = [beat.name for beat in scene.record.beats]
    return Audit(looking.findings, captions, beats, scene.time, looking.plays, scene)


@cache
def audited(scene_class: type[StoryScene]) -> Audit:
    """The audit of a scene of the catalogue, done once for all tests of a process that ask for it."""
    return audit(scene_class)
