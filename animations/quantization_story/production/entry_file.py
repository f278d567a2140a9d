"""The text of an entry file: manim plays only what the file that it is given declares."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

from quantization_story.production import first_scene
from quantization_story.production.catalogue import scene_named

_VARIANT = '''"""A variant of a scene of the story: manim -pql FILE"""

from quantization_story.production import catalogue


class {name}(catalogue.{name}):
    """{about}"""
'''


def entry_text(scene: str | None = None) -> str:
    """A file that declares one scene: a short one to begin with, or a subclass of the scene of this name.

    Raises ValueError for a name that is not in the catalogue.
    """
    if scene is None:
        return Path(first_scene.__file__).read_text(encoding="utf-8")
    return _VARIANT.format(name=scene, about=scene_named(scene).__doc__)


def require_module_name(file: Path) -> None:
    """Raise ValueError unless manim can import the file by its name, and nothing else goes by that name.

    manim looks first in the folder of the file: a file named as a package would be taken for it.
    """
    if not file.stem.isidentifier() or file.suffix != ".py":
        raise ValueError(f"{file}: expected the name of a module, such as my_scene.py")
    if file.stem in sys.stdlib_module_names or file.stem in packages_distributions():
        raise ValueError(f"{file.name} would hide the module {file.stem} from manim: choose another name")
