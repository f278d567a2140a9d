"""The network that a user has chosen, a shipped one by name or one's own from a file: read, checked, on its plane."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import NEAREST, Rounding
from quantization_story.core.tasks import LabelledPoints
from quantization_story.networks import (
    SHIPPED_WINDOW,
    LearnedNetwork,
    bundled_file,
    bundled_networks,
    known_networks,
    load_network,
)
from quantization_story.networks.chains import Choice
from quantization_story.networks.checks import check
from quantization_story.networks.files import read_network_file
from quantization_story.networks.planes import restrict
from quantization_story.networks.settings import LAYERS, PLANE, TRANSPOSED, Settings

DEFAULT_BITS = 4
MOST_CALIBRATION = 2000
DRAWN = 2000  # points, where none are given
SEED = 0


def load_chosen(settings: Settings, default: str) -> LearnedNetwork:
    """The network that the settings name, or the shipped `default`, with the bits, scales and rounding of their choice.

    Raises ValueError for whatever is wrong with the choice; whether the network has learned is not asked here.
    """
    name = default if settings.network is None else settings.network
    if name in known_networks():
        learned = load_network(name)
        if settings.plane is not None:
            raise ValueError(f"{PLANE}: the network {name} has {learned.network.widths[0]} inputs and needs no plane")
    elif (bundled := bundled_file(name)) is not None:
        learned = replace(_from_file(str(bundled), settings), name=name)
    elif not Path(name).suffix and not Path(name).exists():
        raise ValueError(
            f"no network {name!r}; shipped are {', '.join((*known_networks(), *bundled_networks()))}; or name a file"
        )
    else:
        learned = _from_file(name, settings)
    _require_file(name, settings)
    bits = learned.bits if settings.bits is None else settings.bits
    per_channel = learned.story.per_channel if settings.per_channel is None else settings.per_channel
    rounding = NEAREST if settings.rounding is None else Rounding(settings.rounding)
    chosen = replace(learned, story=UniformQuantizer(bits, per_channel=per_channel), rounding=rounding)
    _require_finite(chosen)
    return chosen


def _require_file(name: str, settings: Settings) -> None:
    """Raise ValueError where layers are chosen from a network that comes with the package."""
    chosen = {LAYERS: settings.layers, TRANSPOSED: settings.transposed}
    for variable, value in chosen.items():
        if value is not None and name in known_networks():
            raise ValueError(f"{variable}: the network {name} comes with the package, its layers are known")


def _require_finite(learned: LearnedNetwork) -> None:
    """Raise ValueError where the values of either network overflow at a point."""
    for kind, network in (("float", learned.network), ("quantized", learned.quantized())):
        with np.errstate(over="ignore", invalid="ignore"):
            for layer, z in enumerate(network.pre_activations(learned.held_out.points), start=1):
                if not np.isfinite(z).all():
                    raise ValueError(f"{learned.name}: the values of layer {layer} of the {kind} network overflow")


def _from_file(path: str, settings: Settings) -> LearnedNetwork:
    """The network of a file on its points, or on points drawn from a box where it has none."""
    file = read_network_file(path, Choice(settings.layers, settings.transposed))
    checked = check(file)
    net, points = checked.network, checked.points
    if points is None:
        half = SHIPPED_WINDOW.half
        points = np.random.default_rng(SEED).uniform(-half, half, (DRAWN, net.widths[0]))
    calibration, held_out = parts(points, checked.labels)
    story = UniformQuantizer(DEFAULT_BITS)
    learned = LearnedNetwork(
        file.path.name, net, None, calibration, held_out, None, checked.readout, story, file.digest, read=checked.said
    )
    try:
        return restrict(learned, points, checked.plane, settings.plane)
    except ValueError as error:
        raise ValueError(f"{file.path}: {error}") from None


def parts(points: FloatArray, labels: IntArray | None) -> tuple[LabelledPoints, LabelledPoints]:
    """Half of the shuffled points to fit on, but at most MOST_CALIBRATION of them, and the others to measure on."""
    order = np.random.default_rng(SEED).permutation(len(points))
    cut = min(len(points) // 2, MOST_CALIBRATION)
    marks = np.zeros(len(points), dtype=np.int64) if labels is None else labels
    first, second = (LabelledPoints(points[rows], marks[rows]) for rows in (order[:cut], order[cut:]))
    return first, second
