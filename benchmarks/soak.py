"""Renders scenes again and again on a busy machine, as a user does while iterating, and counts what goes wrong.

    python benchmarks/soak.py                          # four scenes, 25 times each, two busy processes beside them
    python benchmarks/soak.py Scene ... --times 2 --busy 1 --plays 8

Each render is the main command in a process of its own, `manim -ql ENTRY SCENE`, with manim's cache on. Counted are
failures (a command that ends with an error or leaves no video), renders after the first that are not wholly from the
cache, and videos that differ from the first one in any pixel of any frame. Any of them makes the run fail.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from main_command import render

SCENES = ["OpeningScene", "TopologyFailureScene", "GridDistortionScene", "PartitionShiftScene"]


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """So many processes that do nothing but take time."""
    running = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def drawn(plays: int, most: int | None) -> int:
    """How many of the plays of a scene are drawn, if at most so many are."""
    return plays if most is None else min(plays, most)


def soak(scene: str, times: int, folder: Path, plays: int | None) -> dict[str, int]:
    """Render a scene so many times; prints a line and returns how often each thing went wrong."""
    renders = [render(scene, folder, plays) for _ in range(times)]
    whole = [each for each in renders if not each.error]
    later = [each for each in renders[1:] if not each.error]
    faults = {
        "failed": times - len(whole),
        "not from the cache": sum(each.cached < drawn(each.plays, plays) for each in later),
        "other frames": sum(each.frames != whole[0].frames for each in whole[1:]),
    }
    first, again = renders[0].seconds, sum(each.seconds for each in later) / max(len(later), 1)
    counts = "".join(f"{count:>20}" for count in faults.values())
    print(f"{scene:26}{times:>6}{first:9.1f}{again:9.1f}{counts}", flush=True)
    for each in renders:
        if each.error:
            print(f"    {each.error}", flush=True)
    return faults


def main() -> None:
    """Soak, print the table, and exit with 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", default=SCENES)
    parser.add_argument("--times", type=int, default=25)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--plays", type=int, default=None, help="render only the first so many plays")
    args = parser.parse_args()
    heads = "".join(f"{head:>20}" for head in ("failed", "not from the cache", "other frames"))
    print(f"{'scene':26}{'times':>6}{'first s':>9}{'later s':>9}{heads}")
    wrong = 0
    with busy(args.busy), tempfile.TemporaryDirectory() as folder:
        for scene in args.scenes:
            wrong += sum(soak(scene, args.times, Path(folder) / scene, args.plays).values())
    print(f"{len(args.scenes) * args.times} renders, {wrong} faults")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
