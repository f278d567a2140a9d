"""The layout audit: plays a scene without rendering and looks at every text after every animation."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from manim import Mobject, Scene, Typst, VMobject, config, tempconfig

from quantization_story.mobjects.text import LiveText
from quantization_story.style import theme

# Boxes may touch by this much of the smaller one (a descender beside an ascender is no overlap to the eye).
TOLERATED_SHARE = 0.05
VISIBLE = 0.15
AUDIT = {
    "dry_run": True,
    "disable_caching": True,
    "progress_bar": "none",
    "frame_rate": 1,
    "verbosity": "ERROR",
    "pixel_width": 427,
    "pixel_height": 240,
}


@dataclass
class Audit:
    """What a scene did: the findings, each once; the captions with their times; the sections; its length in seconds."""

    findings: dict[str, int] = field(default_factory=dict)
    captions: list[tuple[str, float, float]] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    seconds: float = 0.0
    plays: int = 0


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


def audit(scene_class: type[Scene]) -> Audit:
    """Play a scene at one frame a second, without rendering, and collect what is wrong."""
    result = Audit()
    with tempconfig(AUDIT):
        scene = scene_class(skip_animations=True)
        play = scene.play

        def watched(*args: Any, **kwargs: Any) -> None:
            play(*args, **kwargs)
            result.plays += 1
            for finding in look(scene):
                result.findings.setdefault(finding, result.plays)

        scene.play = watched  # type: ignore[method-assign]
        subcaption = scene.add_subcaption

        def noted(content: str, duration: float = 1, offset: float = 0) -> None:
            result.captions.append((content, scene.time + offset, duration))
            subcaption(content, duration, offset)

        scene.add_subcaption = noted  # type: ignore[method-assign]
        begin = scene.next_section

        def named(section: str = "unnamed", *args: Any, **kwargs: Any) -> None:
            result.sections.append(section)
            begin(section, *args, **kwargs)

        scene.next_section = named  # type: ignore[method-assign]
        scene.render()
        result.seconds = scene.time
    return result
