"""`quantization-story new`: the file that it writes declares one scene, which plays; and it harms no file."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from manim.utils.module_ops import get_module, get_scene_classes_from_module

from layout import audit, check_captions
from quantization_story.cli import main
from quantization_story.production.catalogue import TopologyFailureScene
from quantization_story.production.first_scene import MyScene
from source_tree import ROOT


def new(*words: object) -> Result:
    """The command, run."""
    return CliRunner().invoke(main, ["new", *map(str, words)])


def declared(file: Path) -> type:
    """The one scene that manim finds in a file."""
    (scene,) = get_scene_classes_from_module(get_module(file))
    return scene


def test_the_scene_to_begin_with_is_well_laid_out_and_shows_its_figure() -> None:
    result = audit(MyScene)
    assert result.findings == {}
    check_captions(result)
    assert [text for text, _, _ in result.captions][-1] == "They move, and 83.2 % of the points are right now"


def test_what_the_tutorial_adds_to_it_plays(tmp_path: Path) -> None:
    imports, lines = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "tutorial.md").read_text(), flags=re.DOTALL)
    file = tmp_path / "my_scene.py"
    assert new(file).exit_code == 0
    text, before = file.read_text(), "        self.answer_for()\n"
    assert text.count(before) == 1
    text = text.replace(before, "".join(f"        {line}\n" for line in lines.splitlines()) + before)
    file.write_text(text.replace("import numpy as np\n", f"import numpy as np\n{imports}"))
    result = audit(declared(file))
    assert result.findings == {}
    assert result.plays == audit(MyScene).plays + 1


def test_the_variant_that_the_page_shows_can_be_played(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "how_to" / "own_scene.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "variant.py").write_text(code)
    assert declared(tmp_path / "variant.py").refusal() is None


def test_the_file_declares_a_scene_of_ones_own(tmp_path: Path) -> None:
    done = new(tmp_path / "my_scene.py")
    assert done.exit_code == 0, done.output
    assert declared(tmp_path / "my_scene.py").__doc__ == MyScene.__doc__


def test_a_scene_of_the_story_is_varied_by_a_subclass(tmp_path: Path) -> None:
    done = new(tmp_path / "variant.py", "--scene", "TopologyFailureScene")
    assert done.exit_code == 0, done.output
    scene = declared(tmp_path / "variant.py")
    assert issubclass(scene, TopologyFailureScene)
    assert (scene.__name__, scene.__doc__) == ("TopologyFailureScene", TopologyFailureScene.__doc__)


@pytest.mark.parametrize(
    ("file", "scene", "words"),
    [
        ("my scene.py", None, "my scene.py: expected the name of a module, such as my_scene.py"),
        ("my_scene.txt", None, "my_scene.txt: expected the name of a module, such as my_scene.py"),
        ("numpy.py", None, "numpy.py would hide the module numpy from manim: choose another name"),
        ("nowhere/my_scene.py", None, "my_scene.py: No such file or directory"),
        ("my_scene.py", "Nothing", "no scene 'Nothing'; there are OpeningScene"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, file: str, scene: str | None, words: str) -> None:
    done = new(tmp_path / file, *([] if scene is None else ["--scene", scene]))
    assert done.exit_code == 1
    assert words in done.output
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    mine = tmp_path / "my_scene.py"
    mine.write_text("mine")
    done = new(mine)
    assert done.exit_code == 1
    assert "my_scene.py: File exists" in done.output
    assert mine.read_text() == "mine"
