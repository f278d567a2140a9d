"""Where a shipped network comes from: how it was trained, by which rule it was chosen, and what was measured on it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from quantization_story.core.json_values import plain
from quantization_story.core.quantizers import largest_code

DECIMALS = 6  # of the numbers in a record
COUNTS = ("seeds", "learned", "lost", "restored")
Figure = float | tuple[float, ...]


@dataclass(frozen=True)
class Sample:
    """The points that `Task.sample(count, seed)` draws."""

    count: int
    seed: int


@dataclass(frozen=True)
class Criterion:
    """One line of the rule that chose a network: a measured value and the bounds it had to keep.

    name: as in `figures`. words: what the value is. value: measured. at_least, at_most: None where there is no bound.
    """

    name: str
    words: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value keeps its bounds."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )


@dataclass(frozen=True)
class Population:
    """What became of every seed of one search: a letter a seed, from `first_seed` on.

    "-": not learned. "h": learned, and holds at `bits`. "l": learned and loses. "r": learned, loses, and comes back
    with `repair`. learned_at_least, loss_at_least, back_within: the thresholds, accuracies 0 to 1.
    """

    bits: int
    first_seed: int
    outcomes: str
    learned_at_least: float
    loss_at_least: float
    back_within: float
    repair: str

    @property
    def seeds(self) -> int:
        """How many networks were trained."""
        return len(self.outcomes)

    @property
    def learned(self) -> int:
        """How many of them learned the task."""
        return self.seeds - self.outcomes.count("-")

    @property
    def lost(self) -> int:
        """How many of those that learned lose accuracy by round-to-nearest."""
        return self.outcomes.count("l") + self.restored

    @property
    def restored(self) -> int:
        """How many of those that lose come back."""
        return self.outcomes.count("r")


@dataclass(frozen=True)
class Provenance:
    """The record that lies beside the weights of a shipped network.

    bits, per_channel: the story's quantizer. l2, bias_l2: the factors of `training.Penalty`. calibration: the points
    it was trained on, and on which every correction is fitted. held_out: the points of every accuracy. float_accuracy
    and quantized_accuracy (by bit width): shares, 0 to 1. criteria: of `rule`, measured. figures: what else was
    measured, by name. populations: what became of every seed of the search, at `bits` first. qualified: how many of
    them keep every criterion. command: makes the files again, the same bytes on the same machine.
    """

    name: str
    task: str
    widths: tuple[int, ...]
    bits: int
    per_channel: bool
    seed: int
    l2: float
    bias_l2: float
    max_iterations: int
    calibration: Sample
    held_out: Sample
    float_accuracy: float
    quantized_accuracy: Mapping[int, float]
    rule: str
    criteria: tuple[Criterion, ...]
    figures: Mapping[str, Figure]
    populations: tuple[Population, ...]
    qualified: int
    command: str

    @property
    def population(self) -> Population:
        """What became of every seed at the story's bit width."""
        return self.populations[0]

    def criterion(self, name: str) -> Criterion:
        """The criterion of this name; raises ValueError, listing the names, if there is none."""
        for criterion in self.criteria:
            if criterion.name == name:
                return criterion
        raise ValueError(f"no criterion {name!r} for {self.name}; it has {[each.name for each in self.criteria]}")

    def write(self, path: str | Path) -> None:
        """Write the record as .json, every float at 6 decimals."""
        record = {
            "name": self.name,
            "task": self.task,
            "widths": list(self.widths),
            "story": {"bits": self.bits, "per_channel": self.per_channel},
            "training": {
                "seed": self.seed,
                "l2": self.l2,
                "bias_l2": self.bias_l2,
                "max_iterations": self.max_iterations,
            },
            "calibration": vars(self.calibration),
            "held_out": vars(self.held_out),
            "accuracy": {
                "float": self.float_accuracy,
                **{str(bits): value for bits, value in self.quantized_accuracy.items()},
            },
            "rule": self.rule,
            "criteria": [vars(criterion) for criterion in self.criteria],
            "figures": dict(self.figures),
            "populations": [
                {**vars(each), **{name: getattr(each, name) for name in COUNTS}} for each in self.populations
            ],
            "qualified": self.qualified,
            "command": self.command,
        }
        Path(path).write_text(
            json.dumps(plain(record, DECIMALS), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )

    @classmethod
    def read(cls, path: str | Path) -> "Provenance":
        """Read what `write` wrote. Raises ValueError, naming the file, if it is missing, broken or lacks an entry."""
        try:
            return _parsed(json.loads(Path(path).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise ValueError(f"{path}: no such file") from None
        except KeyError as error:
            raise ValueError(f"{path}: lacks the entry {error}") from None
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: not a readable provenance record ({error})") from None


def _parsed(record: dict[str, Any]) -> Provenance:
    largest_code(record["story"]["bits"])  # raises ValueError for a bit width that makes no quantizer
    accuracies = dict(record["accuracy"])
    figures = {
        name: tuple(map(float, value)) if isinstance(value, list) else float(value)
        for name, value in record["figures"].items()
    }
    return Provenance(
        name=str(record["name"]),
        task=str(record["task"]),
        widths=tuple(int(width) for width in record["widths"]),
        bits=int(record["story"]["bits"]),
        per_channel=bool(record["story"]["per_channel"]),
        seed=int(record["training"]["seed"]),
        l2=float(record["training"]["l2"]),
        bias_l2=float(record["training"]["bias_l2"]),
        max_iterations=int(record["training"]["max_iterations"]),
        calibration=Sample(**record["calibration"]),
        held_out=Sample(**record["held_out"]),
        float_accuracy=float(accuracies.pop("float")),
        quantized_accuracy=MappingProxyType({int(bits): float(value) for bits, value in accuracies.items()}),
        rule=str(record["rule"]),
        criteria=tuple(Criterion(**criterion) for criterion in record["criteria"]),
        figures=MappingProxyType(figures),
        populations=tuple(
            Population(**{name: value for name, value in each.items() if name not in COUNTS})
            for each in record["populations"]
        ),
        qualified=int(record["qualified"]),
        command=str(record["command"]),
    )
