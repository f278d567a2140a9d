"""The main command, `manim -ql ENTRY SCENE`, as the benchmarks run it: in a process of its own, with the cache on."""

import hashlib
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import av

ANIMATIONS = Path(__file__).resolve().parent.parent / "animations"


@dataclass(frozen=True)
class Render:
    """One render: how long it took, how many of its plays came from the cache, and what its frames are.

    error: the last line of what went wrong, empty if nothing did.
    """

    seconds: float
    plays: int
    cached: int
    frames: str
    error: str


def entry_of(scene: str, animations: Path) -> Path:
    """The entry file that declares a scene; raises SystemExit if none does."""
    for entry in sorted(animations.glob("*.py")):
        if f"class {scene}(" in entry.read_text(encoding="utf-8"):
            return entry
    raise SystemExit(f"{scene}: no scene of this name in {animations.name}")


def digest_of_frames(video: Path) -> str:
    """A digest of all decoded frames of a video."""
    digest = hashlib.sha256()
    with av.open(str(video)) as container:
        for frame in container.decode(video=0):
            digest.update(frame.to_ndarray(format="rgb24").tobytes())
    return digest.hexdigest()


def render(scene: str, folder: Path, plays: int | None = None, animations: Path = ANIMATIONS) -> Render:
    """Render a scene into a folder, all of it or its first plays, with whatever the cache there holds."""
    first = [] if plays is None else ["-n", f"0,{plays - 1}"]
    options = ["-ql", "--progress_bar", "none", "--media_dir", str(folder), *first]
    command = [sys.executable, "-m", "manim", "render", *options, str(entry_of(scene, animations)), scene]
    began = time.perf_counter()
    # Wide, so that a line of the log is one line, however long the paths in it are.
    own = {**os.environ, "COLUMNS": "400", "PYTHONPATH": str(animations)}
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=own)
    seconds = time.perf_counter() - began
    told = finished.stdout + finished.stderr
    played, cached = re.search(r"Played (\d+)", told), told.count("Using cached data")
    videos = [path for path in folder.rglob(f"{scene}.mp4") if "partial_movie_files" not in path.parts]
    error = "" if finished.returncode == 0 and len(videos) == 1 else (told.strip().splitlines() or ["no video"])[-1]
    frames = "" if error else digest_of_frames(videos[0])
    return Render(seconds, int(played.group(1)) if played else 0, cached, frames, error)
