"""The scenes that the entry files declare, in the order of the story, and what each of them plays."""

from pathlib import Path

from manim.utils.module_ops import get_module, get_scene_classes_from_module

from quantization_story.networks.settings import Settings
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.story_scene import StoryScene

SOURCES = Path(__file__).resolve().parents[2]
ENTRIES = ("geometric_weight_quantization.py", "layer_clustering_viz.py")


def entry_files() -> list[Path]:
    """The entry files that are there. Raises ValueError if none is: they lie beside the package, in a checkout."""
    files = [SOURCES / name for name in ENTRIES if (SOURCES / name).is_file()]
    if not files:
        raise ValueError(f"{SOURCES}: holds no {ENTRIES[0]}; the scenes are played from a checkout of the project")
    return files


def catalogue() -> list[type[StoryScene]]:
    """All scenes, as the entry files declare them from top to bottom; a scene that two of them declare comes once."""
    found: dict[str, type[StoryScene]] = {}
    for file in entry_files():
        module = get_module(file)
        shown = get_scene_classes_from_module(module)
        for name, scene in vars(module).items():
            if scene in shown and issubclass(scene, StoryScene):
                found.setdefault(name, scene)
    return list(found.values())


def entry_of(name: str) -> tuple[Path, type[StoryScene]]:
    """The entry file and the class of a scene. Raises ValueError, listing the scenes, for a name that is not there."""
    for file in entry_files():
        scene = vars(get_module(file)).get(name)
        if isinstance(scene, type) and issubclass(scene, StoryScene):
            return file, scene
    raise ValueError(f"no scene {name!r}; there are {', '.join(scene.__name__ for scene in catalogue())}")


def playing(scene: type[StoryScene], settings: Settings) -> str:
    """Which network a scene plays, or why it cannot play the chosen one; none is chosen: the one it plays then.

    The scene itself is asked, by the question that it asks itself before it draws.
    """
    refusal = scene.refusal(settings)
    if refusal is not None:
        return f"no: {refusal.removeprefix(f'{scene.__name__} ').removeprefix(f'{scene.__name__}: ')}"
    if issubclass(scene, FullNarrative):
        return "that of each part" if settings.network is None else "yes, in the parts that play a network"
    if not issubclass(scene, NetworkScene):
        return "no network of yours: it plays figures of its own"
    if scene.own_network:
        return f"always {scene.network_name}"
    return scene.network_name if settings.network is None else "yes"
