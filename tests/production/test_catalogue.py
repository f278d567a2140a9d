"""The catalogue is data of the package: it is whole without the entry files, which only hand it to manim."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from manim.utils.module_ops import get_module, get_scene_classes_from_module

import quantization_story
from quantization_story.production.catalogue import SCENES, FullNarrativeScene, scene_named
from quantization_story.stage.story_scene import StoryScene

PACKAGE = Path(quantization_story.__file__).parent
ENTRIES = [PACKAGE.parent / name for name in ("geometric_weight_quantization.py", "layer_clustering_viz.py")]
# What `render`, `list` and a worker do with a name, where nothing but the package is installed.
ALONE = """
import importlib.util, sys
from pathlib import Path

entry = "geometric_weight_quantization"
sys.path[:] = [folder for folder in sys.path if not (Path(folder) / f"{entry}.py").exists()]
assert importlib.util.find_spec(entry) is None

import quantization_story
from click.testing import CliRunner
from manim import tempconfig
from quantization_story.cli import main
from quantization_story.production.catalogue import SCENES, scene_named
from quantization_story.production.plan import chosen_scenes
from quantization_story.production.worker import part_of

listed = CliRunner().invoke(main, ["list"])
assert listed.exit_code == 0, listed.output
assert all(scene.__name__ in listed.output for scene in SCENES)
assert len(chosen_scenes((), everything=True)) == len(SCENES) - 1
with tempconfig({"dry_run": True, "upto_animation_number": 1, "frame_rate": 1, "progress_bar": "none"}):
    scene = part_of(scene_named("LayerClusteringDetailed"))()
    scene.render()
print(quantization_story.__file__, scene.renderer.num_plays)
"""


def declared() -> list[type[StoryScene]]:
    """What manim finds in the entry files, from top to bottom."""
    modules = [get_module(entry) for entry in ENTRIES]
    found = [(module, get_scene_classes_from_module(module)) for module in modules]
    return [scene for module, shown in found for scene in vars(module).values() if scene in shown]


def test_the_entry_files_declare_the_catalogue_and_say_the_same_of_it() -> None:
    entries = declared()
    said = [(scene.__name__, scene.__doc__) for scene in SCENES]
    assert [(entry.__name__, entry.__doc__) for entry in entries] == said
    assert all(issubclass(entry, scene) for entry, scene in zip(entries, SCENES, strict=True))
    assert all("\n" not in (scene.__doc__ or "\n") for scene in SCENES)


def test_the_parts_of_the_narrative_are_scenes_of_the_catalogue() -> None:
    assert set(FullNarrativeScene.scenes) < set(SCENES)


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"no scene 'Nothing'; there are OpeningScene, .*LayerClusteringDetailed"):
        scene_named("Nothing")


def test_the_package_alone_lists_and_plays_its_scenes(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-c", ALONE]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-2:] == [str(tmp_path / PACKAGE.name / "__init__.py"), "2"]
