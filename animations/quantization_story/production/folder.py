"""The folder of finished videos: what lies in it is whole, whatever happens to the runs that write there."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from filelock import FileLock, Timeout

_STAGING = ".work"


@dataclass(frozen=True)
class Finished:
    """A finished video: its scene, its file, and what its figures file says of it."""

    scene: str
    video: Path
    figures: dict[str, Any]

    @property
    def title(self) -> str:
        """What stands above its picture; of one that was rendered before titles went on file, its name."""
        return str(self.figures.get("title") or self.scene)

    @property
    def subtitles(self) -> Path:
        """The .srt beside it."""
        return self.video.with_suffix(".srt")

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return int(self.figures["render"]["frames"])

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.figures["render"]["rate"])

    @property
    def seconds(self) -> float:
        """Its length."""
        return float(self.frames / self.rate)


def count_frames(video: Path) -> int:
    """The frames of a video, from its packets. Raises OSError if the file is no video."""
    with av.open(str(video)) as container:
        return sum(1 for packet in container.demux(container.streams.video[0]) if packet.size)


class OutputFolder:
    """The finished videos at the top, logs beside them, and a staging folder in which workers write.

    A scene is finished when its .json is there, names its fingerprint, and the video has the size that it gives. Files
    come from staging by renaming, the .json last, so a run that dies at any moment leaves the old video or the new one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.staging = path / _STAGING

    def prepare(self) -> None:
        """Make the folder. Raises OSError, naming it, if it cannot be written to."""
        try:
            self.staging.mkdir(parents=True, exist_ok=True)
            probe = self.staging / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise OSError(f"cannot write to the output folder {self.path}: {error.strerror or error}") from error

    @contextmanager
    def lock(self, scene: str) -> Iterator[None]:
        """Hold a scene for one run. Raises BlockingIOError if another run holds it; a dead run holds nothing."""
        lock = FileLock(self.staging / f"{scene}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise BlockingIOError(f"another run is at work on {scene} in {self.path}") from None
        try:
            self._clear_staging(scene)
            yield
        finally:
            self._clear_staging(scene)
            lock.release()

    def _clear_staging(self, scene: str) -> None:
        for leftover in self.staging.glob(f"{scene}-*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def work_folder(self, scene: str) -> Path:
        """An empty folder for one worker, which goes when the scene's lock is given back."""
        return Path(tempfile.mkdtemp(prefix=f"{scene}-", dir=self.staging))

    def finished(self, scene: str) -> Finished | None:
        """The finished video of a scene, or None if there is none that is whole."""
        video = self.path / f"{scene}.mp4"
        try:
            figures = json.loads(video.with_suffix(".json").read_text(encoding="utf-8"))
            whole = video.stat().st_size == figures["render"]["bytes"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Finished(scene, video, figures) if whole else None

    def take(self, scene: str, made: Path, about: dict[str, Any]) -> Finished:
        """Move a finished video with its subtitles and figures out of staging; `about` goes into its .json.

        about: at least the fingerprint, and the rate in frames a second as text.
        """
        target = self.path / f"{scene}.mp4"
        own = made.with_suffix(".json")
        figures = json.loads(own.read_text(encoding="utf-8")) if own.is_file() else {}
        figures["render"] = {**about, "frames": count_frames(made), "bytes": made.stat().st_size}
        new = made.with_suffix(".json.new")
        new.write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")
        if made.with_suffix(".srt").is_file():
            made.with_suffix(".srt").replace(target.with_suffix(".srt"))
        made.replace(target)
        new.replace(target.with_suffix(".json"))
        return Finished(scene, target, figures)

    def keep_log(self, scene: str, text: str) -> Path:
        """Keep what a failed worker said."""
        log = self.path / "logs" / f"{scene}.log"
        log.parent.mkdir(exist_ok=True)
        log.write_text(text, encoding="utf-8")
        return log
