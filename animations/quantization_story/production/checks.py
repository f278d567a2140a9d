"""Whether a finished video is what it is called and what its record says of it, judged by decoding it."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import srt

from quantization_story.production.folder import Finished

_BRIGHTER = 60  # levels of 255 by which something in a picture of ours differs from its background


def check_video(video: Path, size: tuple[int, int], rate: Fraction) -> None:
    """Raise ValueError unless a file is an MP4 of this size and rate, encoded as H.264; OSError if it is no video."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        kinds, codec = container.format.name.split(","), stream.codec_context.name
        found, at = (stream.width, stream.height), stream.average_rate
    if "mp4" not in kinds or codec != "h264" or found != size or at != rate:
        width, height = found
        raise ValueError(
            f"{video.name} was written as {codec} in {kinds[0]}, {width}x{height} at {at}; "
            f"expected h264 in mp4, {size[0]}x{size[1]} at {rate}"
        )


def problems(finished: Finished) -> list[str]:
    """What is wrong with a finished video, decoded from its first frame to its last; nothing, if all is well."""
    return [*_wrong_pictures(finished), *_wrong_captions(finished)]


def _wrong_pictures(finished: Finished) -> Iterator[str]:
    frames, drawn = 0, False
    with av.open(str(finished.video)) as container:
        for frame in container.decode(video=0):
            frames += 1
            if not drawn and frames % 15 == 0:
                levels = frame.to_ndarray(format="gray")
                drawn = int(levels.max()) - int(levels.min()) > _BRIGHTER
    if frames != finished.frames:
        yield f"{frames} frames can be decoded, {finished.frames} are on record"
    if not drawn:
        yield "nothing can be seen in any of its pictures"
    told = float(finished.figures.get("seconds", "nan"))
    if not abs(told - finished.seconds) < 1 / finished.rate:
        yield f"it is {finished.seconds:.3f} s long, {told:.3f} s are on record"


def _wrong_captions(finished: Finished) -> Iterator[str]:
    text = finished.subtitles.read_text(encoding="utf-8") if finished.subtitles.is_file() else ""
    lines = list(srt.parse(text))
    written = [line.content for line in lines]
    # A video that speaks has what is spoken as its subtitles.
    lines_told = finished.figures.get("spoken") or finished.figures.get("captions", ())
    told = [str(line["text"]) for line in lines_told]
    if written != told or not told:
        yield f"{len(written)} subtitles and {len(told)} lines on record are not the same"
        return
    for line, caption in zip(lines, lines_told, strict=True):
        start, end = line.start.total_seconds(), line.end.total_seconds()
        if not abs(start - float(caption["start"])) < 1 / finished.rate:
            yield f"subtitle at {start:.3f} s, on record at {caption['start']:.3f} s: {line.content}"
        if not start < end < finished.seconds + 1 / finished.rate:
            yield f"subtitle from {start:.3f} to {end:.3f} s in {finished.seconds:.3f} s: {line.content}"
