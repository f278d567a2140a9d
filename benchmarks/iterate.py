"""What it costs to look again while iterating: the main command, run anew after nothing or one thing has changed.

    python benchmarks/iterate.py [Scene ...]

For each scene, on a copy of the package and with manim's cache on: the first render, a second one, one after the last
caption has changed, and one after a caption in the middle has. A change keeps the length of the caption. Columns: wall
and processor seconds of the whole command, both divided by those of the first render, and how many of the plays came
from the cache. To reach: all plays and .35 in the second render, .5 after a change of the last caption; after one in
the middle all but the plays that show it.
"""

import argparse
import ast
import resource
import shutil
import tempfile
from pathlib import Path

from main_command import ANIMATIONS, Render, render

SCENES = ["TopologyFailureScene", "GridDistortionScene", "PartitionShiftScene"]
WORDS = 4  # strings of fewer are names and units


def module_of(scene: str, animations: Path) -> list[Path]:
    """The files that hold the captions of a scene, where it has such: its own, and that of its figures."""
    package = animations / "quantization_story"
    own = next(file for file in sorted(package.glob("scene_*.py")) if f"class {scene}(" in file.read_text("utf-8"))
    files = own, package / "figures" / f"{own.stem.split('_', 2)[2]}.py"
    return [file for file in files if file.exists()]


def captions(file: Path) -> list[ast.Constant]:
    """The strings of several words in a file that are said: in calls of `say`, or in the function `captions`."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    said = [node.args[0] for node in calls if isinstance(node.func, ast.Attribute) and node.func.attr == "say"]
    told = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "captions"]
    within = [part for node in (*said, *told) for part in ast.walk(node)]
    found = [part for part in within if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return sorted(
        (part for part in found if len(part.value.split()) >= WORDS and part.value[0].isalpha()),
        key=lambda part: (part.lineno, part.col_offset),
    )


def change(scene: str, animations: Path, share: float) -> str:
    """Change the case of the first letter of the caption that stands so far down in its file; returns the caption."""
    file, told = next((file, told) for file in module_of(scene, animations) if (told := captions(file)))
    caption = told[round(share * (len(told) - 1))]
    text = file.read_text(encoding="utf-8")
    assert text.count(caption.value) == 1, caption.value
    file.write_text(text.replace(caption.value, caption.value[0].swapcase() + caption.value[1:]), encoding="utf-8")
    return str(caption.value)


def timed(scene: str, animations: Path, folder: Path) -> tuple[Render, float]:
    """One render, and the processor seconds that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    rendered = render(scene, folder, animations=animations)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if rendered.error:
        raise SystemExit(f"{scene}: {rendered.error}")
    return rendered, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def iterate(scene: str) -> None:
    """Print four lines for a scene."""
    with tempfile.TemporaryDirectory() as place:
        animations, folder = Path(place) / "animations", Path(place) / "media"
        shutil.copytree(ANIMATIONS, animations, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        first: tuple[float, float] | None = None
        for what, share in (("first", None), ("again", None), ("last caption", 1.0), ("a caption in the middle", 0.5)):
            if share is not None:
                change(scene, animations, share)
            rendered, processor = timed(scene, animations, folder)
            first = first or (rendered.seconds, processor)
            ratios = f"{rendered.seconds / first[0]:8.2f}{processor / first[1]:8.2f}"
            times = f"{rendered.seconds:9.1f}{processor:9.1f}{ratios}"
            print(f"{scene:24}{what:26}{times}{rendered.cached:8} of {rendered.plays}", flush=True)


def main() -> None:
    """Measure the scenes that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenes", nargs="*", default=SCENES)
    args = parser.parse_args()
    print(f"{'scene':24}{'after':26}{'wall s':>9}{'cpu s':>9}{'wall':>8}{'cpu':>8}{'from the cache':>16}")
    for scene in args.scenes:
        iterate(scene)


if __name__ == "__main__":
    main()
