"""The package without its checkout: a wheel, installed into an environment of its own, plays scenes from any folder."""

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from quantization_story.production.folder import count_frames
from quantization_story.production.talk.narration import narrations
from source_tree import PACKAGE, ROOT

SOURCES = ("animations", "docs/narrative_outline.md", "pyproject.toml", "setup.py", "README.md", "LICENSE")
# What is not of the package in a checkout.
BROUGHT_ALONG = "quantization_story/stage/narrative_outline.md"


def run(*command: object, folder: Path) -> str:
    """What a command says that must go well, without anything of this checkout on its way."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel, and a folder from which it is called."""

    environment: Path
    wheel: Path
    folder: Path

    def python(self, *words: object) -> str:
        """What the environment's Python says."""
        return run(self.environment / "bin" / "python", *words, folder=self.folder)

    def tool(self, *words: object) -> str:
        """What its `quantization-story` says."""
        return run(self.environment / "bin" / "quantization-story", *words, folder=self.folder)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built of a copy, which stays clean of what building leaves, and installed; what it needs is lent by this one."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "copy"
    copy.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            (copy / name).parent.mkdir(exist_ok=True)
            shutil.copy(source, copy / name)
    pip = (sys.executable, "-m", "pip", "--quiet")
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, copy, folder=folder)
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    venv.create(environment, symlinks=True)
    run(*pip, f"--python={environment}/bin/python", "install", "--no-deps", "--no-index", wheel, folder=folder)
    # A folder that a .pth names lends its packages, but not what its own .pth files name: not this checkout.
    (site,) = environment.glob("lib/python*/site-packages")
    lent = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "lent.pth").write_text("\n".join(lent))
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    return Installed(environment, wheel, elsewhere)


def test_the_wheel_holds_all_of_the_package_and_nothing_else(installed: Installed) -> None:
    held = {name for name in ZipFile(installed.wheel).namelist() if ".dist-info/" not in name}
    ours = {path.relative_to(PACKAGE.parent) for path in PACKAGE.rglob("*") if path.is_file()}
    whole = {path.as_posix() for path in ours if "__pycache__" not in path.parts and path.suffix != ".md"}
    assert held == whole | {BROUGHT_ALONG}


def test_it_is_the_installed_package_that_is_called(installed: Installed) -> None:
    where = installed.python("-c", "import quantization_story; print(quantization_story.__file__)")
    assert where.startswith(str(installed.environment))


def test_the_narration_is_there(installed: Installed) -> None:
    code = "from quantization_story.production.talk.narration import narrations; print(*narrations())"
    assert installed.python("-c", code).split() == list(narrations())


def test_a_scene_of_the_story_is_rendered(installed: Installed) -> None:
    videos = installed.folder / "videos"
    installed.tool("render", "LayerClusteringDetailed", "--quality", "l", "--output", videos)
    assert "LayerClusteringDetailed.mp4" in installed.tool("check", videos)


def test_a_scene_of_ones_own_is_written_and_rendered(installed: Installed) -> None:
    installed.tool("new", "my_scene.py")
    installed.python("-m", "manim", "-ql", "my_scene.py")
    (video,) = installed.folder.glob("media/videos/my_scene/480p15/*.mp4")
    assert count_frames(video) > 15 * 15
