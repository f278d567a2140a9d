"""Who may import whom: the rooms from left to right, the three rooms of a scene, and where manim may be touched."""

import ast
import re
import tomllib

import pytest

from source_tree import DOORS, PACKAGE, ROOMS, ROOT, Source, sources

SOURCES = sources()
LEFT_OF_MANIM = ROOMS[: ROOMS.index("style")]
MOST_MODULES, MOST_LINES = 25, 400


def stem(scene: str) -> str:
    """`scene_05_1d_error_growth` → `one_d_error_growth`; a module's name cannot begin with a digit."""
    return re.sub(r"^scene_(\d\d_)?", "", scene).replace("1d", "one_d")


def wrong_way(source: Source) -> set[str]:
    """What a module imports from the right of its own room."""
    if not source.room:
        return source.neighbours
    allowed = ROOMS[: ROOMS.index(source.room) + 1]
    return {name for name in source.neighbours if Source(name, "").room not in allowed}


def scenes_imported(source: Source) -> set[str]:
    """The scenes that a module imports; only the catalogue may."""
    catalogue = source.name == "production.catalogue"
    return set() if catalogue else {name for name in source.neighbours if name.startswith("scene_")}


def rooms_of_others(source: Source) -> set[str]:
    """The figures and pictures of scenes that a module imports and that are not its own."""
    own = stem(source.name) if source.room == "scenes" else [*source.name.split("."), ""][1]
    own_rooms = ("figures", "pictures") if source.room == "scenes" else (source.room,)
    taken = {name for name in source.neighbours if name.startswith(("figures.", "pictures."))}
    return {name for name in taken if name.split(".")[0] not in own_rooms or name.split(".")[1] != own}


def private_names(source: Source) -> set[str]:
    """What a module takes of manim that is private there: names it imports, attributes that nothing of ours defines."""
    imported = {name for name in source.imports if name.startswith("manim.") and "._" in name}
    read = {
        node.attr
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr) and ast.unparse(node.value) != "os"
    }
    return set() if source.name == "stage.manim_internals" else imported | (read - OURS)


def manim_at_the_left(source: Source) -> set[str]:
    """manim, where a module of the mathematics imports it."""
    return {"manim"} if source.room in LEFT_OF_MANIM and source.uses_manim else set()


def defined(source: Source) -> set[str]:
    """The names that a module gives to something."""
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
    return found


OURS = {name for source in SOURCES for name in defined(source)}
# What does not keep a rule yet. A module that does has to leave this list.
NOT_YET: dict[object, set[str]] = {}
RULES = (wrong_way, scenes_imported, rooms_of_others, private_names, manim_at_the_left)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule) -> None:
    broken = {source.name: sorted(rule(source)) for source in SOURCES if rule(source)}
    assert broken.keys() == NOT_YET.get(rule, set()), broken


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (wrong_way, "core.network", "from quantization_story.partition import refine"),
        (wrong_way, "common", "def late():\n    from quantization_story import analysis"),
        (wrong_way, "figures.opening", "from quantization_story.style import theme"),
        (wrong_way, "pictures.opening", "import quantization_story.stage.camera"),
        (scenes_imported, "commands.render", "from quantization_story.scene_00_opening import OpeningScene"),
        (scenes_imported, "scene_full_narrative", "from quantization_story import scene_00_opening"),
        (rooms_of_others, "scene_05_1d_error_growth", "from quantization_story.pictures.opening import plane"),
        (rooms_of_others, "scene_05_1d_error_growth", "from quantization_story.figures import opening"),
        (rooms_of_others, "pictures.one_d_error_growth.line", "from quantization_story.pictures.opening import plane"),
        (rooms_of_others, "stage.story_scene", "from quantization_story.pictures.opening import plane"),
        (private_names, "mobjects.text", "from manim.mobject.mobject import _AnimationBuilder"),
        (private_names, "mobjects.text", "from manim._config import tempconfig"),
        (private_names, "mobjects.text", "def f(scene):\n    return scene._get_manager()"),
        (manim_at_the_left, "analysis.transport", "import manim.utils.color"),
        (manim_at_the_left, "figures.opening", "def late():\n    from manim import UP"),
    ],
)
def test_a_rule_that_is_broken_is_noticed(rule, name: str, text: str) -> None:
    assert rule(Source(name, text)) != set()


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (wrong_way, "partition.cells", "from quantization_story.core import arrays"),
        (scenes_imported, "production.catalogue", "from quantization_story.scene_00_opening import OpeningScene"),
        (
            rooms_of_others,
            "scene_05_1d_error_growth",
            "from quantization_story.pictures.one_d_error_growth import line",
        ),
        (rooms_of_others, "pictures.one_d_error_growth.line", "import quantization_story.pictures.one_d_error_growth"),
        (private_names, "stage.manim_internals", "from manim.mobject.mobject import _AnimationBuilder"),
        (manim_at_the_left, "style.theme", "from manim import UP"),
    ],
)
def test_what_a_rule_allows_passes(rule, name: str, text: str) -> None:
    assert rule(Source(name, text)) == set()


def test_the_rooms_are_those_that_there_are() -> None:
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(ROOMS) - {"scenes"}
    at_the_top = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("scene_")}
    assert at_the_top == {"__init__", *DOORS}


def test_every_picture_and_figures_module_has_its_scene() -> None:
    stems = {stem(source.name) for source in SOURCES if source.room == "scenes"}
    for room in ("figures", "pictures"):
        assert {path.stem for path in (PACKAGE / room).iterdir()} - {"__init__", "__pycache__"} <= stems


def test_no_folder_is_a_heap() -> None:
    folders = [path for path in (PACKAGE, *PACKAGE.rglob("*")) if path.is_dir() and path.name != "__pycache__"]
    held = {folder: [p.stem for p in folder.glob("*.py") if not p.stem.startswith("scene_")] for folder in folders}
    assert {folder.name: len(held) for folder, held in held.items() if len(held) > MOST_MODULES} == {}


def test_what_counts_and_what_produces_is_typed_strictly() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    ours = [override for override in settings["overrides"] if "quantization_story" in str(override["module"])]
    relaxed, strict = ours
    drawing = {"mobjects", "pictures", "stage", "scenes"}
    assert settings["strict"] is True
    assert relaxed["module"] == "quantization_story.*"
    assert set(strict["module"]) == {f"quantization_story.{room}.*" for room in set(ROOMS) - drawing} | {
        f"quantization_story.{door}" for door in DOORS
    }
    assert strict.keys() - {"module"} == {"disallow_untyped_calls", "warn_return_any", "enable_error_code"}
    assert set(strict["enable_error_code"]) == set(relaxed["disable_error_code"])


def test_nobody_changes_what_an_object_is() -> None:
    changed = [
        source.name
        for source in SOURCES
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr == "__class__" and isinstance(node.ctx, ast.Store)
    ]
    assert changed == []
