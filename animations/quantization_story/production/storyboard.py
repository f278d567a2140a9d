"""A storyboard: a still of every beat of a scene, with its caption, on one sheet."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from manim import FadeOut, config, tempconfig
from PIL import Image, ImageDraw, ImageFont

from quantization_story.production.manim_settings import tool_settings
from quantization_story.stage.run_record import RunRecord
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme

GAP, HEAD = 24, 34  # pixels between stills, and above each for its name
DRY = {
    "dry_run": True,
    "disable_caching": True,
    "progress_bar": "none",
    "frame_rate": 15,
    "verbosity": "ERROR",
    "pixel_width": 854,
    "pixel_height": 480,
}


class Stills(Watcher):
    """What a scene shows at the end of each beat, or, where a beat ends by clearing the stage, before that."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.pictures: list[np.ndarray] = []
        self.kept: np.ndarray | None = None

    def on_beat(self, scene: StoryScene, name: str) -> None:
        """Keep the picture of the last beat."""
        self.take(scene)
        self.names.append(name)

    def before_play(self, scene: StoryScene, animations: tuple[Any, ...]) -> None:
        """Keep what is cleared now."""
        clearing = bool(animations) and all(isinstance(each, FadeOut) for each in animations)
        self.kept = self.look(scene) if clearing else None

    def look(self, scene: StoryScene) -> np.ndarray:
        """The picture now, (height, width, 4)."""
        renderer: Any = scene.renderer
        renderer.static_image = None
        renderer.update_frame(scene, ignore_skipping=True)
        return np.array(renderer.get_frame())

    def take(self, scene: StoryScene) -> None:
        """Keep the picture of the beat that ends now, if one has begun."""
        if len(self.pictures) < len(self.names):
            self.pictures.append(self.look(scene) if self.kept is None else self.kept)


def storyboard(scene_class: type[StoryScene], path: Path, columns: int = 3) -> RunRecord:
    """Play a scene without rendering it and write its storyboard as .png; returns what the scene showed.

    Raises ValueError for what the scene refuses, and OSError where the file cannot be written.
    """
    stills, record = beat_stills(scene_class)
    sheet(stills.names, stills.pictures, columns).save(path, format="PNG")
    return record


def closing_picture(scene_class: type[StoryScene]) -> tuple[Image.Image, str]:
    """The picture that a scene ends on, without rendering it, and the title above it.

    Raises ValueError for what the scene refuses.
    """
    stills, record = beat_stills(scene_class)
    return Image.fromarray(stills.pictures[-1]).convert("RGB"), record.title


def beat_stills(scene_class: type[StoryScene]) -> tuple[Stills, RunRecord]:
    """Play a scene without rendering it: what it shows at the end of each beat, and what it recorded."""
    stills = Stills()
    with tempconfig(tool_settings(**DRY, media_dir=config.media_dir)):
        scene = scene_class(skip_animations=True)
        scene.watchers.append(stills)
        scene.render()
        stills.take(scene)
    return stills, scene.record


def played_dry(scene_class: type[StoryScene]) -> RunRecord:
    """Play a scene without rendering it; returns what it recorded. Raises ValueError for what the scene refuses."""
    with tempconfig(tool_settings(**DRY, media_dir=config.media_dir)):
        scene = scene_class(skip_animations=True)
        scene.render()
    return scene.record


def sheet(names: list[str], pictures: list[np.ndarray], columns: int) -> Image.Image:
    """Pictures (height, width, 4) in rows from the top left, each with its number and name above it."""
    rows, (height, width) = math.ceil(len(pictures) / columns), pictures[0].shape[:2]
    across, down = width + GAP, height + HEAD + GAP
    board = Image.new("RGB", (columns * across + GAP, rows * down + GAP), theme.GUIDE)
    draw, font = ImageDraw.Draw(board), ImageFont.load_default(20)
    for k, (name, picture) in enumerate(zip(names, pictures, strict=True)):
        corner = GAP + k % columns * across, GAP + k // columns * down
        draw.text(corner, f"{k + 1}  {name}", fill=theme.INK, font=font)
        board.paste(Image.fromarray(picture).convert("RGB"), (corner[0], corner[1] + HEAD))
    return board
