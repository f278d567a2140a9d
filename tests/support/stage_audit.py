"""The audit of scenes that ask one question: plays one frame by frame, drawing nothing, and looks at every frame.

What it finds is told by name, with the second in which it was seen first. Contrast is measured on pictures, taken
without the words after every play.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from manim import Mobject, VMobject, config, tempconfig
from scipy.spatial import cKDTree

from layout import AUDIT, TOLERATED_SHARE, box, name, texts
from quantization_story.core.captions import LEAST_APART, MOST_CAPTIONS, as_caption, figures_in
from quantization_story.mobjects.text import LiveText
from quantization_story.stage.camera import StoryCamera
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme
from vision import ratios

FRAME_RATE = 15
LOWEST_TEXT = 0.24  # frame units from ascender to descender: 3 % of a wide frame's height
OF_SIZE = 0.257 / 28  # that height, for each unit of type size: 0.257 at 28
LEAST_CONTRAST = 4.5
CROWDED = 0.1  # of the pixels around a text: so many may be as bright as it is, where a line crosses below it
LEAST_HEIGHT, LEAST_WIDTH = 0.80, 0.55  # of the middle of the frame, of the frame's width: the main picture
FARTHEST = 1.0  # frame units from one frame to the next
CUT = 0.6  # an opacity that nothing has in the frame after the one in which it was not there
CUT_AREA = 0.02  # of the frame
NOTHING = (0.0, np.zeros((0, 3)))  # the opacity and the points of what is not there


@dataclass(frozen=True)
class StageAudit:
    """findings: what is wrong, each once, with the second in which it was first seen. seconds: of the scene."""

    findings: dict[str, float]
    seconds: float


class BlindCamera(StoryCamera):
    """Draws nothing: what moves is updated all the same."""

    def capture_mobjects(self, mobjects: Any, **kwargs: Any) -> None:
        """Leave the picture as it is."""


class _Auditor(Watcher):
    def __init__(self, scene: QuestionStage) -> None:
        self.scene = scene
        self.findings: dict[str, float] = {}
        self.there: dict[int, tuple[float, np.ndarray]] = {}  # how opaque each thing was in the last frame, and where
        self.picture: Mobject | None = None  # what it was in the last frame, and where its parts were
        self.parts: dict[int, np.ndarray] = {}
        self.reach: tuple[np.ndarray, np.ndarray] | None = None  # of the main picture, in this beat
        self.beat = ""

    def found(self, what: str) -> None:
        self.findings.setdefault(what, round(float(self.scene.time), 2))

    # --- every frame

    def look(self, dt: float) -> None:
        """What can be wrong in any frame."""
        self.look_at_texts()
        self.look_at_cuts()
        self.look_at_picture()

    def look_at_texts(self) -> None:
        shown = [(text, *box(text)) for text in texts(self.scene.mobjects)]
        half = np.array([config.frame_width, config.frame_height]) / 2
        for text, low, high in shown:
            if (low < -half).any() or (high > half).any():
                self.found(f"outside the frame: {name(text)}")
            if text_height(text) < LOWEST_TEXT:
                self.found(f"too small ({text_height(text):.3f}): {name(text)}")
        for (a, low_a, high_a), (b, low_b, high_b) in combinations(shown, 2):
            common = np.prod(np.clip(np.minimum(high_a, high_b) - np.maximum(low_a, low_b), 0.0, None))
            if common > TOLERATED_SHARE * min(np.prod(high_a - low_a), np.prod(high_b - low_b)):
                self.found(f"two texts in one place: {name(a)} and {name(b)}")

    def look_at_cuts(self) -> None:
        """Nothing large is there at once, or gone at once."""
        now = {id(member): (seen(member), member.points) for member in drawn(self.scene.mobjects)}
        if self.there or self.scene.time > 1.0:
            for member in set(now) | set(self.there):
                (opacity, points), (opacity_before, points_before) = (
                    frame.get(member, NOTHING) for frame in (now, self.there)
                )
                if abs(opacity - opacity_before) > CUT and max(area(points), area(points_before)) > CUT_AREA:
                    self.found(f"hard cut in the beat {self.beat!r}")
        self.there = now

    def look_at_picture(self) -> None:
        """The main picture does not jump, nor does a part of it; how far it reaches is noted."""
        picture = getattr(self.scene, "picture", None)
        if picture is None:
            self.found("no main picture")
            return
        members = {id(member) for mobject in self.scene.mobjects for member in mobject.get_family()}
        parts = {id(part): in_view(part.points) for part in picture.get_family() if len(part.points)}
        if id(picture) not in members or not parts:
            return
        before = self.parts if picture is self.picture else {}
        ways = [jump(before[part], now) for part, now in parts.items() if part in before]
        # Where parts come or go, what is there has to have been there in another part, or nearly.
        if before and before.keys() != parts.keys():
            ways.append(jump(*(np.concatenate([*each.values()]) for each in (before, parts))))
        if max(ways, default=0.0) > FARTHEST:
            self.found(f"the picture jumps in the beat {self.beat!r}")
        self.picture, self.parts = picture, parts
        every = np.concatenate([*parts.values()])
        low, high = every.min(axis=0), every.max(axis=0)
        if self.reach is not None:
            low, high = np.minimum(low, self.reach[0]), np.maximum(high, self.reach[1])
        self.reach = low, high

    # --- every play and beat

    def on_play(self, scene: Any) -> None:
        """Words can be read against what lies below them."""
        words = list(texts(scene.mobjects))
        if not words:
            return
        camera = StoryCamera(background_color=theme.BACKGROUND)
        hidden = {id(member) for text in words for member in text.get_family()}
        members = [member for member in drawn(scene.mobjects) if id(member) not in hidden]
        members.sort(key=lambda member: member.z_index)
        camera.capture_mobjects(members, include_submobjects=False)
        for text in words:
            if (found := contrast_below(text, camera.pixel_array)) < LEAST_CONTRAST:
                self.found(f"contrast {found:.1f}: {name(text)}")

    def on_beat(self, scene: Any, name: str) -> None:
        """The main picture has been large in the beat that ends."""
        self.end_beat()
        self.beat, self.reach = name, None

    def end_beat(self) -> None:
        if self.reach is not None:
            (width, height), middle = (self.reach[1] - self.reach[0])[:2], theme.middle_zone()
            if height < LEAST_HEIGHT * middle.height and width < LEAST_WIDTH * middle.width:
                self.found(f"the picture is small in the beat {self.beat!r}: {width:.1f} x {height:.1f}")

    def look_at_captions(self) -> None:
        """Captions stand long enough, are not too many, and hold one number each unless more are meant."""
        told = self.scene.record.captions
        known = {caption.text: caption for caption in map(as_caption, self.scene.captions.values())}
        if len(told) > MOST_CAPTIONS:
            self.found(f"{len(told)} captions")
        for line, end in zip(told, [*(line.start for line in told[1:]), self.scene.time], strict=True):
            allowed = known[line.text].figures if line.text in known else 1
            if len(figures_in(line.text)) > allowed:
                self.found(f"more than one number: {line.text!r}")
            told_as = known.get(line.text, as_caption(line.text, figures=len(line.text)))
            needed = max(told_as.reading_seconds + theme.BRIEF, LEAST_APART)
            if end - line.start < needed - 0.1:
                self.found(f"{end - line.start:.1f} s instead of {needed:.1f}: {line.text!r}")


def text_height(text: VMobject) -> float:
    """From ascender to descender, in frame units."""
    return OF_SIZE * float(text.size if isinstance(text, LiveText) else text.font_size)


def seen(member: Mobject) -> float:
    """How opaque a member of a family is."""
    stroke = float(member.get_stroke_opacity()) if member.get_stroke_width() else 0.0
    return max(float(member.get_fill_opacity()), stroke)


def drawn(mobjects: list[Mobject]) -> list[VMobject]:
    """All that is drawn."""
    members = (member for mobject in mobjects for member in mobject.get_family())
    return [member for member in members if isinstance(member, VMobject) and len(member.points)]


def area(points: np.ndarray) -> float:
    """The share of the frame that the box of some points (n, 3) takes."""
    if not len(points):
        return 0.0
    width, height = np.ptp(in_view(points), axis=0)[:2]
    return float(width * height / (config.frame_width * config.frame_height))


def in_view(points: np.ndarray) -> np.ndarray:
    """Points (n, 3), pulled to the frame's edges where they lie outside."""
    half = np.array([config.frame_width, config.frame_height, 0.0]) / 2
    return np.clip(points, -half, half)


def jump(before: np.ndarray, now: np.ndarray) -> float:
    """How far a part of the picture has moved, as a set of places: lines that are cut anew have another order.

    The farthest way from a place of one to the nearest of the other (Hausdorff distance), or to the edge of the frame,
    over which things come and go. Where no place has moved farther than it may, that bounds it.
    """
    if before.shape == now.shape and (moved := float(np.linalg.norm(now - before, axis=1).max())) <= FARTHEST:
        return moved
    return float(max(way(before, now), way(now, before)))


def way(start: np.ndarray, goal: np.ndarray) -> float:
    """The longest way from one of some places to the nearest of others, or to the edge of the frame."""
    inside = np.array([config.frame_width, config.frame_height]) / 2 - np.abs(start[:, :2])
    return float(np.minimum(cKDTree(goal).query(start)[0], inside.min(axis=1)).max())


def contrast_below(text: VMobject, pixels: np.ndarray) -> float:
    """The contrast of a text to all but `CROWDED` of the pixels (height, width, 4) of its box."""
    low, high = box(text)
    size = np.array([config.frame_width, config.frame_height])
    scale = pixels.shape[1] / config.frame_width
    left, right = np.clip(((np.array([low[0], high[0]]) + size[0] / 2) * scale).astype(int), 0, pixels.shape[1] - 1)
    top, bottom = np.clip(((size[1] / 2 - np.array([high[1], low[1]])) * scale).astype(int), 0, pixels.shape[0] - 1)
    below = as_linear(pixels[top : bottom + 1, left : right + 1, :3].reshape(-1, 3) / 255)
    ink = as_linear(text.get_fill_color().to_rgb())
    return float(np.quantile(ratios(ink, below), CROWDED))


def as_linear(coded: np.ndarray) -> np.ndarray:
    """sRGB from 0 to 1 as linear RGB."""
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def stage_audit(scene_class: type[QuestionStage]) -> StageAudit:
    """Play a scene frame by frame, and collect what is wrong."""
    with tempconfig({**AUDIT, "frame_rate": FRAME_RATE}):
        scene = scene_class(camera_class=BlindCamera)
        auditor = _Auditor(scene)
        scene.watchers.append(auditor)
        scene.add_updater(auditor.look)
        scene.render()
        auditor.end_beat()
        auditor.look_at_captions()
    return StageAudit(auditor.findings, float(scene.time))
