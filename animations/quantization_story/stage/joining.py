"""Joins the parts of one scene's video, whatever characters their paths have: each part is opened by its own name."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np

SAMPLES_AT_ONCE = 1024


@dataclass(frozen=True)
class Track:
    """A track of sound: samples (n) of one channel, int16, `rate` a second."""

    samples: np.ndarray
    rate: int


def join(parts: Sequence[Path], target: Path, rate: Fraction, comment: str, track: Track | None = None) -> None:
    """Copy the pictures of all parts behind each other, as they are encoded; rate: frames a second; track: of sound.

    Each part begins at the frame after the last one of the part before.
    """
    with av.open(str(target), mode="w") as output:
        output.metadata["comment"] = comment
        stream, frames = None, 0
        for part in parts:
            with av.open(str(part)) as container:
                source = container.streams.video[0]
                if stream is None:
                    stream = output.add_stream_from_template(template=source)
                    stream.time_base = source.time_base
                    if track is not None:
                        _add_track(track, output)
                base = source.time_base
                assert base is not None
                shift = round(frames / rate / base)
                for packet in container.demux(source):
                    if packet.dts is None or packet.pts is None:
                        continue  # the mark at a stream's end
                    frames += 1
                    packet.pts += shift
                    packet.dts = None  # parts differ in how far they look ahead: the container counts through
                    packet.stream = stream
                    output.mux(packet)


def _add_track(track: Track, output: Any) -> None:
    """Add a track of sound, as AAC, to a container that nothing has been written to."""
    stream = output.add_stream("aac", rate=track.rate, layout="mono")
    for start in range(0, len(track.samples), SAMPLES_AT_ONCE):
        piece = av.AudioFrame.from_ndarray(track.samples[None, start : start + SAMPLES_AT_ONCE], "s16", "mono")
        piece.sample_rate, piece.pts, piece.time_base = track.rate, start, Fraction(1, track.rate)
        output.mux(stream.encode(piece))
    output.mux(stream.encode())


def join_gif(parts: Sequence[Path], target: Path, rate: Fraction, comment: str) -> None:
    """Write all parts as one GIF in the palette that fits them best, each pixel in its nearest colour.

    Flat colours stay flat: no dither. The parts are read twice, first for the palette, so few frames are held at once.
    """
    palette = _palette(parts)
    with av.open(str(parts[0])) as container, av.open(str(target), mode="w") as output:
        source = container.streams.video[0]
        output.metadata["comment"] = comment
        stream = output.add_stream("gif", rate=rate)
        stream.width, stream.height, stream.pix_fmt = source.width, source.height, "pal8"
        for number, picture in enumerate(_in_palette(parts, source, palette)):
            picture.time_base, picture.pts = 1 / rate, number
            output.mux(stream.encode(picture))
        output.mux(stream.encode())


def _palette(parts: Sequence[Path]) -> av.VideoFrame:
    """The colours that fit all pictures best, as a picture of them."""
    with av.open(str(parts[0])) as container:
        graph = av.filter.Graph()
        pictures = graph.add_buffer(template=container.streams.video[0])
        chosen, end = graph.add("palettegen", "stats_mode=full"), graph.add("buffersink")
        pictures.link_to(chosen)
        chosen.link_to(end)
        graph.configure()
    for picture in _pictures(parts):
        pictures.push(picture)
    pictures.push(None)
    return graph.vpull()


def _in_palette(parts: Sequence[Path], source: av.VideoStream, palette: av.VideoFrame) -> Iterator[av.VideoFrame]:
    """All pictures in these colours; source: a stream of their kind."""
    graph = av.filter.Graph()
    pictures = graph.add_buffer(template=source)
    shape = {"width": palette.width, "height": palette.height, "format": palette.format.name}
    colors = graph.add_buffer(**shape, time_base=Fraction(1, 1))
    painted, end = graph.add("paletteuse", "dither=none:diff_mode=rectangle"), graph.add("buffersink")
    pictures.link_to(painted, 0, 0)
    colors.link_to(painted, 0, 1)
    painted.link_to(end)
    graph.configure()
    colors.push(palette)
    colors.push(None)
    for picture in chain(_pictures(parts), (None,)):
        pictures.push(picture)
        with suppress(av.error.BlockingIOError, av.error.EOFError):  # nothing more is ready; nothing more comes
            while True:
                yield graph.vpull()


def _pictures(parts: Sequence[Path]) -> Iterator[av.VideoFrame]:
    """The frames of all parts, numbered through."""
    number = 0
    for part in parts:
        with av.open(str(part)) as container:
            for picture in container.decode(video=0):
                picture.pts = number
                number += 1
                yield picture
