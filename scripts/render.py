"""Render one scene of the story and print where the video is; show it where there is a display.

python scripts/render.py LayerProgressionScene --quality l
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENTRY = ROOT / "animations" / "geometric_weight_quantization.py"


def has_display() -> bool:
    """Whether a player could open a window."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> None:
    """Run manim on the scene, and check the file instead of the exit code, which is 0 even if nothing was rendered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene")
    parser.add_argument("--quality", choices=["l", "m", "h", "k"], default="l")
    parser.add_argument("--entry", type=Path, default=ENTRY, help="the file that declares the scene")
    args = parser.parse_args()

    media = ROOT / "media"
    start = time.time()
    command = [sys.executable, "-m", "manim", "render", f"-q{args.quality}", "--media_dir", str(media)]
    command += ["-p"] if has_display() else []
    finished = subprocess.run([*command, str(args.entry), args.scene], check=False)
    if finished.returncode != 0:
        sys.exit(f"{args.scene} was not rendered: manim ended with exit code {finished.returncode}")
    # Its folder is named after its height and rate, which the format decides too. An unchanged scene may come from
    # manim's cache; the file is written anew all the same. File systems round times.
    found = (media / "videos" / args.entry.stem).glob(f"*/{args.scene}.mp4")
    written = [video for video in found if video.stat().st_mtime >= start - 2]
    if not written:
        sys.exit(f"{args.scene} was not rendered: {args.entry.name} declares no such scene, or nothing was written")
    print(max(written, key=lambda video: video.stat().st_mtime))


if __name__ == "__main__":
    main()
