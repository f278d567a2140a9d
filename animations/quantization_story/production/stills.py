"""Stills of videos: the frame that a scene ends on."""

from pathlib import Path
from typing import Any

import av
from PIL import Image

from quantization_story.style import theme

_POSTER_WIDTH = 960
STILL_LIMIT = 100_000  # bytes


def frame_at(video: Path, seconds: float) -> Image.Image:
    """The frame that is shown at a time. Raises OSError if the file is no video, ValueError if it ends before."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert stream.time_base is not None
        container.seek(int(max(seconds, 0.0) / stream.time_base), stream=stream)
        last = None
        for frame in container.decode(stream):
            last = frame
            if frame.time is not None and frame.time >= seconds - 1e-6:
                return _image(frame)
    if last is None:
        raise ValueError(f"{video.name} has no frame at {seconds:.2f} s")
    return _image(last)


def _image(frame: Any) -> Image.Image:
    return Image.fromarray(frame.to_ndarray(format="rgb24"))


def closing_still(video: Path, seconds: float) -> Image.Image:
    """The picture that a finished scene of this length ends on, before it leaves the stage."""
    return frame_at(video, seconds - theme.BRIEF - 0.2)


def save_poster(image: Image.Image, target: Path) -> None:
    """Write a JPEG that is small enough for a page."""
    height = round(image.height * _POSTER_WIDTH / image.width)
    image.convert("RGB").resize((_POSTER_WIDTH, height), Image.Resampling.LANCZOS).save(target, quality=82)


def save_still(image: Image.Image, target: Path) -> int:
    """Write a PNG below 100 kB, with as many colours as fit; returns its bytes. Raises ValueError if none fits.

    The palette begins with the colours that lie farthest apart, so that a short word keeps its own.
    """
    for colors in (256, 128, 64, 32, 16):
        palette = image.convert("RGB").quantize(colors, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
        palette.save(target, optimize=True)
        if target.stat().st_size < STILL_LIMIT:
            return target.stat().st_size
    raise ValueError(f"{target.name}: {target.stat().st_size} bytes with 16 colours, more than {STILL_LIMIT}")
