"""Renders scenes in a process of its own, one after the other: python -m quantization_story.production.worker

Each line of its input is an order as JSON. It prints a line at each play, `@@ {"seconds": ...}`, and when an order is
done where its files are; the modules, fonts and glyphs that one scene has loaded serve the next. Each order has a media
folder of its own, so no half-written glyph file of another process can come in its way. A scene that fails ends the
worker; and so does the end of its input, at any moment: it means that nobody is left to render for.
"""

import gc
import json
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from manim import config, tempconfig
from manim.constants import QUALITIES as QUALITIES_OF_MANIM

from quantization_story.production.catalogue import scene_named
from quantization_story.production.checks import check_video
from quantization_story.production.manim_settings import tool_settings
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style.formats import chosen_format, upright

MARK = "@@ "
QUALITIES = {"l": "low_quality", "m": "medium_quality", "h": "high_quality", "k": "fourk_quality"}


@dataclass(frozen=True)
class Order:
    """One scene to render: its name, the quality (a key of QUALITIES), the media folder, threads for the encoder."""

    scene: str
    quality: str
    folder: str
    encoder_threads: int

    @property
    def config(self) -> dict[str, Any]:
        """What manim is told, but where to write."""
        threads = {"video_encoder_options": {"threads": str(self.encoder_threads)}} if self.encoder_threads else {}
        return tool_settings(
            quality=QUALITIES[self.quality],
            disable_caching=True,
            verbosity="WARNING",
            progress_bar="none",
            **threads,
        )


def frame_size(quality: str) -> tuple[int, int]:
    """Width and height, in pixels, of the videos of a quality in the chosen format."""
    shape = QUALITIES_OF_MANIM[QUALITIES[quality]]
    size = shape["pixel_width"], shape["pixel_height"]
    return upright(*size) if chosen_format() == "vertical" else size


def say(**values: Any) -> None:
    """Tell the parent."""
    print(MARK + json.dumps(values), flush=True)


class _Progress(Watcher):
    def on_play(self, scene: StoryScene) -> None:
        say(seconds=scene.time)


def part_of(scene: type[StoryScene]) -> type[StoryScene]:
    """A scene, by the name of another, that plays just that one as a part: it leaves the stage at its end."""

    def construct(self: StoryScene) -> None:
        scene.require_playable()
        self.play_part(scene)

    return type(scene.__name__, (StoryScene,), {"construct": construct})


def render(order: Order) -> None:
    """Render and tell where the video is, and what that took.

    manim takes braces in a path for names of its settings, so it is given a link without any to the folder.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    with TemporaryDirectory() as place:
        link = Path(place) / "media"
        link.symlink_to(order.folder)
        with tempconfig({**order.config, "media_dir": str(link)}):
            scene = part_of(scene_named(order.scene))()
            scene.watchers.append(_Progress())
            scene.render()
            video = scene.renderer.file_writer.movie_file_path.resolve()
            rate = Fraction(config.frame_rate)
            check_video(video, frame_size(order.quality), rate)
            took = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
            say(video=str(video), rate=str(rate), took=took)


def _read_orders(orders: queue.SimpleQueue[Order]) -> None:
    """The parent holds the other end of our input open; when it is gone, so are we."""
    # Past Python's buffer, which a thread may not hold as the process ends.
    with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as lines:
        for line in lines:
            orders.put(Order(**json.loads(line)))
    os._exit(0)


def main() -> None:
    """Render what is ordered, until the input ends."""
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    try:
        while True:
            render(orders.get())
            gc.collect()  # a scene and its mobjects refer to each other
    except (ValueError, OSError) as error:
        # What is wrong with the input or the disk is one sentence; only surprises need their traceback.
        sys.exit(f"{type(error).__name__}: {error}" if isinstance(error, OSError) else str(error))


def command() -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "quantization_story.production.worker"]


if __name__ == "__main__":
    main()
