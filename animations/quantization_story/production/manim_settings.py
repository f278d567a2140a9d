"""What manim is told where this tool renders: its own defaults, whatever a manim.cfg says that lies about."""

from configparser import ConfigParser
from importlib.resources import files
from typing import Any

from manim import config

# What a manim.cfg may say all the same: it changes how fast a video is made, not the video.
HARMLESS = ("max_inflight_encoders", "encoder_queue_size", "disable_caching_warning", "media_loglevel")
# These follow from others, or are set with them.
_DERIVED = ("quality", "frame_x_radius", "frame_y_radius")


def tool_settings(**ours: Any) -> dict[str, Any]:
    """All of manim's settings, for `tempconfig`: its defaults, what is harmless as it is set, and `ours`.

    A quality in `ours` is set last, so that it decides size and rate.
    """
    parser = ConfigParser()
    parser.read_string(files("manim").joinpath("_config", "default.cfg").read_text(encoding="utf-8"))
    defaults = dict(type(config)().digest_parser(parser))
    kept = {name: value for name, value in defaults.items() if name not in (*HARMLESS, *_DERIVED)}
    last = {"quality": ours["quality"]} if "quality" in ours else {}
    return {**kept, **{name: value for name, value in ours.items() if name != "quality"}, **last}
