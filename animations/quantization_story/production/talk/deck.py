"""A deck of finished videos: a slide for each beat, which plays and stops; its notes are the narration.

The slides are described as manim-slides describes them, and its converter writes the deck: PowerPoint, PDF, or a page
of our own template that needs no network.
"""

import json
from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av

from quantization_story.production.folder import Finished
from quantization_story.stage.narration import narration

TEMPLATE = Path(__file__).with_name("deck.html")
KINDS = (".pptx", ".pdf", ".html")


def check_deck(target: Path) -> None:
    """Raise ValueError, one sentence, where no such deck can be written, or its converter is missing."""
    if target.suffix not in KINDS:
        raise ValueError(f"OUT: {target}; a deck is written as {', '.join(KINDS)}")
    if not target.resolve().parent.is_dir():
        raise ValueError(f"OUT: {target}; there is no folder {target.resolve().parent}")
    try:
        version("manim-slides")
    except PackageNotFoundError:
        raise ValueError(
            "deck: manim-slides is missing; install the extra `slides`: pip install 'quantization-story[slides]'"
        ) from None


def make_deck(videos: Sequence[Finished], target: Path) -> int:
    """Write the deck of some videos; returns the number of its slides. Raises ValueError as `check_deck` does."""
    check_deck(target)
    with TemporaryDirectory() as place:
        folder = Path(place) / "slides"
        described = [describe(video, folder) for video in videos]
        convert = import_module("manim_slides.convert")
        config = import_module("manim_slides.config")
        options: dict[str, Any] = {}
        if target.suffix == ".html":
            title = videos[0].title if len(videos) == 1 else "The geometry of weight quantization"
            options = {"template": TEMPLATE, "one_file": True, "title": title}
        presentations = [config.PresentationConfig.from_file(each) for each in described]
        half = target.with_name(f".{target.stem}.part{target.suffix}")
        try:
            convert.Converter.from_string(target.suffix[1:])(presentation_configs=presentations, **options).convert_to(
                half
            )
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
    return sum(len(each.slides) for each in presentations)


def describe(video: Finished, folder: Path) -> Path:
    """Cut a video into its beats, and write what manim-slides wants to know of them; returns that file."""
    files = folder / "files" / video.scene
    files.mkdir(parents=True)
    beats = list(video.figures.get("beats", ()))
    if not beats:
        raise ValueError(f"{video.video}: no beats are on its record; render it again")
    # A slide begins where its beat does, the first one with the video, and each ends where the next one begins.
    begins = [0, *(round(beat["start"] * video.rate) for beat in beats[1:]), video.frames]
    parts = [files / f"{number:03}.mp4" for number in range(len(beats))]
    cut(video, begins, parts)
    words = {beat.name: beat.words for beat in narration(video.scene)}
    slides = [
        {"file": str(part), "rev_file": str(part), "notes": words.get(beat["name"], "")}
        for part, beat in zip(parts, beats, strict=True)
    ]
    with av.open(str(video.video)) as container:
        size = container.streams.video[0].width, container.streams.video[0].height
    described = folder / f"{video.scene}.json"
    described.write_text(json.dumps({"slides": slides, "resolution": size}, indent=1), encoding="utf-8")
    return described


def cut(video: Finished, begins: Sequence[int], parts: Sequence[Path]) -> None:
    """Write the frames from each of some numbers up to the next one as videos of their own, without their sound."""
    lengths = [end - begin for begin, end in pairwise(begins)]
    if min(lengths) < 1:
        raise ValueError(f"{video.video}: a beat without a frame is on its record")
    with av.open(str(video.video)) as container:
        source = container.streams.video[0]
        source.thread_type = "AUTO"
        frames = container.decode(source)
        for part, length in zip(parts, lengths, strict=True):
            with av.open(str(part), mode="w") as output:
                stream = output.add_stream("libx264", rate=video.rate, options={"crf": "18"})
                stream.width, stream.height, stream.pix_fmt = source.width, source.height, "yuv420p"
                for number in range(length):
                    frame = next(frames)
                    frame.pts, frame.time_base = number, 1 / video.rate
                    frame.pict_type = av.video.frame.PictureType.NONE
                    output.mux(stream.encode(frame))
                output.mux(stream.encode())
