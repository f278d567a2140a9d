"""What a scene reads from outside the package: the files behind the user's choices, by what is in them."""

import hashlib
import json
import os
from pathlib import Path

from quantization_story.layers import asked_for, load_layer
from quantization_story.networks import bundled_file
from quantization_story.networks.files import points_beside
from quantization_story.networks.settings import Settings
from quantization_story.stage.layer_scene import LayerScene
from quantization_story.stage.narration import narration
from quantization_story.stage.voice import recordings, voice_folder

_PREFIXES = "QUANT_STORY_", "LAYER_CLUSTERING_"


def choices() -> dict[str, str]:
    """What the user has chosen in the environment, by variable; an empty one counts as unset."""
    return {name: value for name, value in sorted(os.environ.items()) if name.startswith(_PREFIXES) and value.strip()}


def network_files(network: str | None) -> list[Path]:
    """The files of a user's network: the one that is named, and its points where they lie beside it."""
    named = None if network is None else bundled_file(network) or Path(network)
    if named is None or not named.is_file():
        return []
    return [path for path in (named, points_beside(named)) if path.is_file()]


def inputs_of(scene: type) -> dict[str, str]:
    """The SHA-256 of each input of a scene under the choices of the environment, by what it is for.

    A layer counts by its weights, not by the name of the file or folder that holds them; of a model of the Hugging Face
    hub, which is only read when it is drawn, no more is known than its name.
    """
    chosen = network_files(Settings.from_environment().network)
    found = {kind: _digest_of_file(path) for kind, path in zip(("network", "points"), chosen, strict=False)}
    return found | ({"layer": _layer(scene)} if issubclass(scene, LayerScene) else {}) | _voice(scene)


def _voice(scene: type) -> dict[str, str]:
    """The digest of what is spoken over a scene, or over the scenes that it plays; none if nothing is."""
    folder = voice_folder()
    parts: tuple[type, ...] = getattr(scene, "scenes", (scene,))
    names = [part.__name__ for part in parts]
    files = [] if folder is None else [path for name in names for path in recordings(folder, name).values()]
    if not files:
        return {}
    words = [[(beat.name, beat.words) for beat in narration(name)] for name in names]
    digest = hashlib.sha256(json.dumps(words).encode())
    for path in files:
        digest.update(f"{path.parent.name}/{path.name} {_digest_of_file(path)}".encode())
    return {"voice": digest.hexdigest()}


def _layer(scene: type[LayerScene]) -> str:
    """The digest of a local layer; where it cannot be read, why: such a scene is never up to date."""
    model, name = asked_for(scene.model_id, scene.layer_name)
    if not Path(model).exists():
        return f"{model}: {name}"
    try:
        layer = load_layer(model, name)
    except (ValueError, ModuleNotFoundError) as error:
        return str(error)
    words = json.dumps([layer.source, layer.name, layer.shape, layer.bits])
    return hashlib.sha256(words.encode() + layer.values.tobytes()).hexdigest()


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
