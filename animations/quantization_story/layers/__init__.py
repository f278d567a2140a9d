"""The weights of one layer of a trained model: of an embedded network, a local file, or the Hugging Face hub."""

import difflib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray, finite_array, frozen
from quantization_story.core.paths import expand_home
from quantization_story.layers.tensor_files import (
    INDEX,
    SINGLE,
    Tensor,
    hub_finder,
    read_tensor,
    tensors_of_file,
    tensors_of_folder,
    tensors_of_model,
)

FOLDER = Path(__file__).parent
MODEL_VARIABLE, LAYER_VARIABLE = "LAYER_CLUSTERING_MODEL", "LAYER_CLUSTERING_LAYER"
CLUSTERS_VARIABLE, SAMPLE_VARIABLE = "LAYER_CLUSTERING_CLUSTERS", "LAYER_CLUSTERING_SAMPLE"
MOST_CLUSTERS, MOST_SAMPLED = 256, 10_000
EMBEDDED = "digits"  # the network that comes with the package, trained by train_digits
EMBEDDED_LAYER = "layer1.weight"
# The layer of any other model, where none is named: the query weights of a transformer's first block, as they are
# called in google/vit-base-patch16-224.
QUERY_LAYER = "encoder.layer.0.attention.attention.query.weight"


@dataclass(frozen=True, eq=False)
class Layer:
    """The weights of one layer of a trained model.

    source: what they are from, as it is shown. name: the layer's full name in that source. shape: of the tensor.
    bits: of one stored weight. values: (n,), the flattened tensor.
    """

    source: str
    name: str
    shape: tuple[int, ...]
    bits: int
    values: FloatArray

    @property
    def size(self) -> int:
        """How many weights there are."""
        return len(self.values)


@dataclass(frozen=True)
class LevelAccuracies:
    """What the embedded network keeps of its accuracy with one layer rounded to levels, each a share of 1.

    images: how many it was measured on, none of them seen in training. before: with the weights as they are. codebook,
    uniform: by the number of levels, which are the k-means centres of a sample, or spaced evenly over all its weights.
    """

    images: int
    before: float
    codebook: Mapping[int, float]
    uniform: Mapping[int, float]


def level_accuracies(model: str, name: str, sample_size: int, seed: int) -> LevelAccuracies | None:
    """What `train_digits` recorded of a layer, its full name, with such a sample; None where it recorded nothing."""
    record = _record()
    measured = record["levels"]
    if (model, name, sample_size, seed) != (EMBEDDED, *(measured[key] for key in ("layer", "sample", "seed"))):
        return None
    kinds = ({int(count): share for count, share in measured[kind].items()} for kind in ("codebook", "uniform"))
    return LevelAccuracies(record["split"]["held_out"], record["accuracy"]["held_out"], *kinds)


def _record() -> dict[str, Any]:
    record: dict[str, Any] = json.loads((FOLDER / f"{EMBEDDED}.json").read_text(encoding="utf-8"))
    return record


def asked_for(model: str, layer: str | None, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """The model and the layer to show: what the environment variables name, or else these; ~ is the home folder.

    A layer that was meant for the model that the environment replaces does not count. Where no layer is left, it is
    the first one of the embedded network, and QUERY_LAYER of any other.
    """
    chosen = expand_home(environment.get(MODEL_VARIABLE) or model)
    named = environment.get(LAYER_VARIABLE) or (layer if chosen == model else None)
    return chosen, named or (EMBEDDED_LAYER if chosen == EMBEDDED else QUERY_LAYER)


def counts_asked_for(n_clusters: int, sample_size: int, environment: Mapping[str, str] = os.environ) -> tuple[int, int]:
    """How many clusters, and of how many weights: what the environment variables say, or else these.

    Raises ValueError, naming the variable, for what is no whole number within bounds.
    """
    found = []
    asked = ((CLUSTERS_VARIABLE, n_clusters, MOST_CLUSTERS), (SAMPLE_VARIABLE, sample_size, MOST_SAMPLED))
    for variable, own, most in asked:
        text = environment.get(variable, "").strip()
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if text and not 2 <= number <= most:
            raise ValueError(f"{variable}: {text!r}; expected a whole number from 2 to {most}")
        found.append(number if text else own)
    if found[1] < found[0]:
        raise ValueError(f"{SAMPLE_VARIABLE}: {found[1]} weights are fewer than {found[0]} clusters")
    return found[0], found[1]


def load_layer(model: str = EMBEDDED, layer: str | None = None) -> Layer:
    """Read one layer's weights; of a large model only the file that holds them, and no other tensor of that.

    model: "digits", the embedded network; else a local safetensors file, or a folder of them; else an id of the
    Hugging Face hub. layer: the tensor's name, or the end of it after a dot, since files put prefixes before it; see
    `asked_for` for the default. Raises ValueError where there is no such model or it is out of reach (with all that
    was tried), no such layer (with the names that come close) or several, and for weights that cannot be read or are
    not finite; ModuleNotFoundError where the extra `hub` is needed and not installed.
    """
    wanted = asked_for(model, layer, {})[1]
    path = Path(model)
    if model == EMBEDDED:
        source, (name, tensor) = _embedded(wanted)
    elif path.exists():
        source, (name, tensor) = path.resolve().name, _local(path, wanted)
    else:
        source, (name, tensor) = model, _from_hub(model, wanted)
    values = finite_array(tensor.values, f"{name} of {source}", (None,))
    return Layer(source, name, tensor.shape, tensor.bits, frozen(values))


def match_layer(names: Collection[str], wanted: str, source: str) -> str:
    """The one name that is `wanted`, or ends with it after a dot. Raises ValueError for none or several."""
    if wanted in names:
        return wanted
    found = sorted(name for name in names if name.endswith("." + wanted))
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"{source}: {len(found)} layers end with {wanted!r}; name one of them: {', '.join(found[:6])}")
    close = difflib.get_close_matches(wanted, names, n=5, cutoff=0.0)
    raise ValueError(f"{source}: no layer {wanted!r} among its {len(names)}; close to it: {', '.join(close)}")


def _embedded(wanted: str) -> tuple[str, tuple[str, Tensor]]:
    record = _record()
    with np.load(FOLDER / f"{EMBEDDED}.npz") as stored:
        name = match_layer(stored.files, wanted, EMBEDDED)
        array = stored[name]
    widths = "-".join(map(str, record["widths"]))
    source = f"{EMBEDDED} network {widths}, accuracy {100 * record['accuracy']['held_out']:.1f} %"
    return source, (name, Tensor(array.shape, 8 * array.itemsize, array.ravel()))


def _local(path: Path, wanted: str) -> tuple[str, Tensor]:
    if path.is_file() and path.name.endswith(INDEX.removeprefix("model")):
        path = path.parent
    if path.is_file():
        name = match_layer(tensors_of_file(path), wanted, str(path))
        return name, read_tensor(path, name)
    listed = tensors_of_folder(path)
    name = match_layer(listed, wanted, str(path))
    return name, read_tensor(listed[name](), name)


def _from_hub(model: str, wanted: str) -> tuple[str, Tensor]:
    try:
        listed = tensors_of_model(hub_finder(model))
        if listed is None:
            raise ValueError(f"it has neither {SINGLE} nor {INDEX}")
        name = match_layer(listed, wanted, model)
        return name, read_tensor(listed[name](), name)
    except ValueError as error:
        raise ValueError(
            f"{model!r}, layer {wanted!r}: not the embedded network ({EMBEDDED!r}), no local file or folder, "
            f"and as a model of the Hugging Face hub: {error}"
        ) from None
