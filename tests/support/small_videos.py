"""Tiny real videos, and a stand-in for a rendering worker."""

import json
import sys
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from quantization_story.production.folder import Finished, OutputFolder

RATE = 15


def write_video(path: Path, frames: int, shade: int = 40, size: tuple[int, int] = (64, 48), slope: int = 0) -> Path:
    """A video of so many frames, a little brighter from frame to frame, encoded as manim encodes.

    slope: how many levels of 255 the right edge is brighter than the left one.
    """
    across = np.linspace(0, slope, size[0]).astype(np.uint8)[None, :, None]
    with av.open(str(path), mode="w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "23"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), shade + number % 100, dtype=np.uint8) + across
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def write_subtitles(video: Path, *cues: tuple[str, str, str]) -> None:
    """The .srt beside a video."""
    lines = [f"{k}\n{start} --> {end}\n{words}\n" for k, (start, end, words) in enumerate(cues, start=1)]
    video.with_suffix(".srt").write_text("\n".join(lines))


def finish(
    folder: OutputFolder,
    scene: str,
    frames: int,
    mark: str = "mark",
    shade: int = 40,
    networks: Sequence[Mapping[str, Any]] = (),
    choices: Mapping[str, str] | None = None,
    title: str = "",
) -> Finished:
    """A finished scene in a folder, as a worker would have left it.

    title, networks: what its record says of what stands above the picture, and of the networks that it plays. choices:
    those of the environment at its time.
    """
    work = folder.work_folder(scene)
    video = write_video(work / "made.mp4", frames, shade)
    write_subtitles(video, ("00:00:00,200", "00:00:01,000", f"{scene} speaks"))
    record = {"title": title, "regime": "weight-only", "networks": list(networks)}
    video.with_suffix(".json").write_text(json.dumps(record))
    return folder.take(scene, video, {"fingerprint": mark, "rate": str(RATE), "choices": dict(choices or {})})


WORKER = f"""
import json, os, signal, sys, time
sys.path[:0] = {sys.path!r}
from pathlib import Path
from small_videos import write_subtitles, write_video
for line in sys.stdin:
    order = json.loads(line)
    scene = order["scene"]
    print("a line of the log", flush=True)
    print('@@ ' + json.dumps({{"seconds": 1.0}}), flush=True)
    if scene == "Fails":
        sys.exit("layer 2 has NaN")
    if scene == "Dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if scene == "Waits":
        time.sleep(600)
    video = write_video(Path(order["folder"]) / "made.mp4", 12)
    write_subtitles(video, ("00:00:00,000", "00:00:00,500", f"words of {{os.getpid()}}"))
    print('@@ ' + json.dumps({{"video": str(video), "rate": "15", "took": {{"wall": 2.0, "cpu": 1.5}}}}), flush=True)
"""


def stand_in() -> list[str]:
    """The command line of a worker that writes tiny videos, or fails as a scene's name says."""
    return [sys.executable, "-c", WORKER]
