"""The shipped networks: trained weights, the data they were trained on, and where they come from."""

import hashlib
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.core.linear_classifier import fit_linear_classifier
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import NEAREST, Rounding
from quantization_story.core.tasks import TASKS, LabelledPoints, Task, accuracy, prototypes
from quantization_story.networks.provenance import Criterion, Population, Provenance, Sample
from quantization_story.partition.cells import Plane

__all__ = [
    "BUNDLED",
    "FOLDER",
    "SHIPPED_WINDOW",
    "Criterion",
    "LearnedNetwork",
    "OnPlane",
    "OutputsOnPlane",
    "Population",
    "Provenance",
    "Sample",
    "bundled_file",
    "bundled_networks",
    "known_networks",
    "load_network",
]

FOLDER = Path(__file__).parent
BUNDLED = FOLDER / "bundled"
# What every shipped network is seen and judged in; the same extent in every input where points have to be drawn.
SHIPPED_WINDOW = Window(0.0, 0.0, 3.0)


@dataclass(frozen=True, eq=False)
class OnPlane:
    """Where a network of more than two inputs is seen: a plane in its input space.

    network: the whole network, as it was given. calibration, held_out: its points with all their inputs. words: which
    plane it is.
    """

    network: ReluNetwork
    plane: Plane
    calibration: LabelledPoints
    held_out: LabelledPoints
    words: str


@dataclass(frozen=True, eq=False)
class OutputsOnPlane:
    """Where more than two outputs are seen: a plane in the output space.

    network: on the inputs that are seen, with all its outputs. origin: (d_L,). directions: (2, d_L), orthonormal.
    words: which plane it is. share: of the variance of the outputs that lies in it, 0 to 1.
    """

    network: ReluNetwork
    origin: FloatArray
    directions: FloatArray
    words: str
    share: float

    def restrict(self, network: ReluNetwork) -> ReluNetwork:
        """A network with the plane's two coordinates as its outputs, in place of all of them."""
        *weights, last = network.weights
        *biases, bias = network.biases
        return ReluNetwork((*weights, self.directions @ last), (*biases, self.directions @ (bias - self.origin)))


@dataclass(frozen=True, eq=False)
class LearnedNetwork:
    """A network with its points, its read-out, the quantizer it is shown with, and where it comes from.

    calibration: the points on which every correction is fitted; a shipped network was trained on them. held_out: the
    points on which every accuracy is measured; the two share none. readout: (classes, d_L), see `tasks.prototypes`;
    None where no task is given, and then every label is 0. story: the quantizer. task, provenance: None for a network
    that is not shipped. whole: for a network of more than two inputs, what `network`, the points and the quantized
    network are restricted from. digest: the SHA-256 of the file of the weights. rounding: which level each weight
    takes, with the calibration points where that needs any. read: of a user's file, how it was read, a sentence each;
    the first is the order of the layers and their shapes. outputs: where its outputs are seen on a plane, what
    `network` and the quantized network are taken from; there is no read-out then.
    """

    name: str
    network: ReluNetwork
    task: Task | None
    calibration: LabelledPoints
    held_out: LabelledPoints
    provenance: Provenance | None
    readout: FloatArray | None
    story: UniformQuantizer
    digest: str
    whole: OnPlane | None = None
    rounding: Rounding = NEAREST
    read: tuple[str, ...] = ()
    outputs: OutputsOnPlane | None = None

    @property
    def bits(self) -> int:
        """The story's bit width: the one at which this network is shown."""
        return self.story.bits

    @property
    def quantizer(self) -> UniformQuantizer:
        """The story's quantizer: the levels at the story's bit width."""
        return self.story

    def quantizer_at(self, bits: int) -> UniformQuantizer:
        """The story's quantizer at another bit width."""
        return UniformQuantizer(bits, per_channel=self.story.per_channel)

    def quantized(self, bits: int | None = None) -> ReluNetwork:
        """The weight-only quantized network, at the story's bit width if left out.

        Where the network is seen on a plane, the whole network is quantized first and then restricted to it. Raises
        ValueError where its rounding cannot round it.
        """
        whole = self.given_quantized(bits)
        seen = whole if self.whole is None else self.whole.plane.restrict(whole)
        return seen if self.outputs is None else self.outputs.restrict(seen)

    def given_quantized(self, bits: int | None = None) -> ReluNetwork:
        """The same with all its inputs, by the network's rounding."""
        return _rounded(self, self.bits if bits is None else bits)

    @property
    def given(self) -> ReluNetwork:
        """The network as it was given, with all its inputs and outputs."""
        if self.whole is not None:
            return self.whole.network
        return self.network if self.outputs is None else self.outputs.network

    @property
    def given_calibration(self) -> LabelledPoints:
        """The calibration points with all their inputs."""
        return self.calibration if self.whole is None else self.whole.calibration

    @property
    def given_held_out(self) -> LabelledPoints:
        """The held-out points with all their inputs."""
        return self.held_out if self.whole is None else self.whole.held_out

    def accuracy(self, bits: int | None = None) -> float | None:
        """The accuracy on the held-out points with all their inputs, 0 to 1; None where no task is given.

        Of the float network, or of the network quantized to so many bits.
        """
        if self.readout is None:
            return None
        judged = self.given if bits is None else self.given_quantized(bits)
        data = self.given_held_out
        return accuracy(judged, data.points, data.labels, self.readout)

    @cached_property
    def linear_accuracy(self) -> float | None:
        """What the best linear classifier of the calibration points reaches on the held-out ones, 0 to 1.

        With all their inputs; None where no task is given.
        """
        if self.readout is None:
            return None
        fitted, data = self.given_calibration, self.given_held_out
        return fit_linear_classifier(fitted.points, fitted.labels, len(self.readout)).accuracy(data.points, data.labels)

    @property
    def window(self) -> Window:
        """The part of the input plane that is seen: it holds the held-out points, of one input along the x axis."""
        if self.provenance is not None:
            return SHIPPED_WINDOW
        points = self.held_out.points
        return fit_window(points if points.shape[1] == 2 else np.pad(points, ((0, 0), (0, 1))), origin=False)

    @property
    def population(self) -> Population | None:
        """What became of every seed of the search at the story's bit width; None where that was not counted.

        Every population was counted with round-to-nearest.
        """
        counted = () if self.provenance is None or not self.rounding.is_nearest else self.provenance.populations
        return next((each for each in counted if each.bits == self.bits and not self.story.per_channel), None)


@lru_cache(maxsize=64)
def _rounded(learned: LearnedNetwork, bits: int) -> ReluNetwork:
    """A network rounded once for all who ask: a search for closest vectors can take a second."""
    return learned.rounding.quantized(learned.given, learned.quantizer_at(bits), learned.given_calibration.points)


def bundled_file(name: str) -> Path | None:
    """The file of a network that comes with its points, as a user's file does; None for any other name."""
    path = BUNDLED / f"{name}.npz"
    return path if name.isidentifier() and path.is_file() else None


def bundled_networks() -> tuple[str, ...]:
    """The names of those networks."""
    return tuple(sorted(path.stem for path in BUNDLED.glob("*.npz")))


def known_networks(folder: str | Path = FOLDER) -> tuple[str, ...]:
    """The names of the networks in a folder, in alphabetical order."""
    files = [*Path(folder).glob("*.npz"), *Path(folder).glob("*.json")]
    return tuple(sorted({file.stem for file in files}))


def load_network(name: str, folder: str | Path = FOLDER) -> LearnedNetwork:
    """Load a network by name from `name`.npz and `name`.json in the folder, and draw its points again.

    Raises ValueError for a name that is not in the folder (it lists those that are), for a file that is missing or
    broken, for a task that does not exist, and where weights and provenance disagree about the widths.
    """
    if name not in known_networks(folder):
        raise ValueError(f"no network {name!r}; there are {', '.join(known_networks(folder)) or 'none'}")
    provenance = Provenance.read(Path(folder) / f"{name}.json")
    weights = Path(folder) / f"{name}.npz"
    network = ReluNetwork.load(weights)
    if network.widths != provenance.widths:
        raise ValueError(f"{name}: the weights have widths {network.widths}, the provenance says {provenance.widths}")
    if provenance.task not in TASKS:
        raise ValueError(f"{name}.json: no task {provenance.task!r}; there are {', '.join(sorted(TASKS))}")
    task = TASKS[provenance.task]
    return LearnedNetwork(
        name,
        network,
        task,
        task.sample(provenance.calibration.count, provenance.calibration.seed),
        task.sample(provenance.held_out.count, provenance.held_out.seed),
        provenance,
        prototypes(task.classes, network.widths[-1]),
        UniformQuantizer(provenance.bits, per_channel=provenance.per_channel),
        hashlib.sha256(weights.read_bytes()).hexdigest(),
    )
