"""The shipped networks: trained weights, the data they were trained on, and where they come from."""

from dataclasses import dataclass
from pathlib import Path

from quantization_story.network import ReluNetwork
from quantization_story.networks.provenance import Criterion, Population, Provenance, Sample
from quantization_story.quantizer import UniformQuantizer
from quantization_story.tasks import TASKS, LabelledPoints, Task

__all__ = [
    "FOLDER",
    "Criterion",
    "LearnedNetwork",
    "Population",
    "Provenance",
    "Sample",
    "known_networks",
    "load_network",
]

FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class LearnedNetwork:
    """A trained network with its task, its points and its provenance.

    calibration: the points it was trained on, on which every correction is fitted. held_out: the points on which every
    accuracy is measured; the two share no point.
    """

    name: str
    network: ReluNetwork
    task: Task
    calibration: LabelledPoints
    held_out: LabelledPoints
    provenance: Provenance

    @property
    def bits(self) -> int:
        """The story's bit width: the one at which this network is shown."""
        return self.provenance.bits

    @property
    def quantizer(self) -> UniformQuantizer:
        """The story's quantizer: round-to-nearest at the story's bit width."""
        return self.quantizer_at(self.bits)

    def quantizer_at(self, bits: int) -> UniformQuantizer:
        """The story's quantizer at another bit width."""
        return UniformQuantizer(bits, per_channel=self.provenance.per_channel)

    def quantized(self, bits: int | None = None) -> ReluNetwork:
        """The weight-only quantized network, at the story's bit width if left out."""
        return self.network.quantized(self.quantizer_at(self.bits if bits is None else bits))


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
    network = ReluNetwork.load(Path(folder) / f"{name}.npz")
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
    )
