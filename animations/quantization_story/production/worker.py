"""Renders one scene in a process of its own: python -m quantization_story.production.worker SCENE OPTIONS-AS-JSON

It prints a line at each play, `@@ {"seconds": ...}`, and at the end where its files are. It has a media folder of its
own, so no half-written glyph file of another process can come in its way; and it ends when its parent does.
"""

import json
import os
import sys
import threading
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from manim import config, tempconfig

from quantization_story.scene_catalogue import entry_of
from quantization_story.story_scene import StoryScene

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
        """What manim is told."""
        threads = {"video_encoder_options": {"threads": str(self.encoder_threads)}} if self.encoder_threads else {}
        return {
            "quality": QUALITIES[self.quality],
            "media_dir": self.folder,
            "disable_caching": True,
            "verbosity": "WARNING",
            "progress_bar": "none",
            **threads,
        }


def say(**values: Any) -> None:
    """Tell the parent."""
    print(MARK + json.dumps(values), flush=True)


def part_of(scene: type[StoryScene]) -> type[StoryScene]:
    """The scene as a part of a longer video: it leaves the stage at its end, and tells how far it is."""

    class Part(scene):  # type: ignore[misc, valid-type]
        def construct(self) -> None:
            super().construct()
            self.leave_stage()

        def play(self, *args: Any, **kwargs: Any) -> None:
            super().play(*args, **kwargs)
            say(seconds=self.time)

    Part.__name__ = Part.__qualname__ = scene.__name__
    return Part


def render(order: Order) -> None:
    """Render and tell where the video is."""
    with tempconfig(order.config):
        scene = part_of(entry_of(order.scene)[1])()
        scene.render()
        say(video=str(scene.renderer.file_writer.movie_file_path), rate=str(Fraction(config.frame_rate)))


def _end_with_parent() -> None:
    """The parent holds the other end of our input open; when it is gone, so are we."""
    os.read(sys.stdin.fileno(), 1)  # past Python's buffer, which a thread may not hold as the process ends
    os._exit(1)


def main() -> None:
    """Render the one scene that the command line names."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        render(Order(**json.loads(sys.argv[1])))
    except (ValueError, OSError) as error:
        # What is wrong with the input or the disk is one sentence; only surprises need their traceback.
        sys.exit(f"{type(error).__name__}: {error}" if isinstance(error, OSError) else str(error))


def command(order: Order) -> list[str]:
    """The command line of a worker."""
    return [sys.executable, "-m", "quantization_story.production.worker", json.dumps(asdict(order))]


if __name__ == "__main__":
    main()
