"""What each rounding does to every network of a search that learned, seed by seed: a small file beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.networks import FOLDER
from quantization_story.networks.seed_scores import SUBFOLDER

MUCH = 0.02  # of accuracy: what a network has lost, or gained, that loses or gains at all
BACK_WITHIN = 0.01  # of the float accuracy: what counts as back
RATIOS = ("objective_ratio", "rms_ratio")
COUNTS = ("seeds", "float_wrong", "nearest_wrong", "wrong")
DECIMALS = 3  # of a ratio


@dataclass(frozen=True)
class RoundingScores:
    """Every seed of a search that learned its task, with one rounding at one bit width; an entry a seed.

    bits, points: the bit width, and how many held-out points each network is judged by. rounding: in words. seeds: of
    the networks. float_wrong, nearest_wrong, wrong: how many points the float network classifies wrongly, the
    round-to-nearest one, and this one. objective_ratio: tr(E R E^T), summed over the layers, on the calibration points;
    rms_ratio: the RMS error of the output at the held-out ones; both over those of round-to-nearest.
    """

    bits: int
    points: int
    rounding: str
    seeds: tuple[int, ...]
    float_wrong: tuple[int, ...]
    nearest_wrong: tuple[int, ...]
    wrong: tuple[int, ...]
    objective_ratio: tuple[float, ...]
    rms_ratio: tuple[float, ...]

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in (*COUNTS, *RATIOS)}
        if len(set(lengths.values())) != 1 or not self.seeds:
            raise ValueError(f"scores of a rounding: {lengths}; one entry a seed is expected")

    @property
    def gained(self) -> FloatArray:
        """The accuracy that each network has more than with round-to-nearest, (n,); negative where it has less."""
        return np.asarray((np.array(self.nearest_wrong) - np.array(self.wrong)) / self.points)

    @property
    def smaller(self) -> BoolArray:
        """Which networks have a smaller error of the layers than with round-to-nearest, (n,)."""
        return np.array(self.objective_ratio) < 1

    @property
    def lost(self) -> BoolArray:
        """Which networks lose MUCH of their accuracy with round-to-nearest, (n,)."""
        missing = np.array(self.nearest_wrong) - np.array(self.float_wrong)
        return np.asarray(missing >= MUCH * self.points - 1e-9)

    @property
    def recovered(self) -> BoolArray:
        """Which of those come within BACK_WITHIN of their float accuracy, (n,)."""
        missing = np.array(self.wrong) - np.array(self.float_wrong)
        return np.asarray(self.lost & (missing <= BACK_WITHIN * self.points + 1e-9))

    def accuracy(self, wrong: Sequence[int]) -> float:
        """The mean accuracy over the seeds for these counts of points."""
        return 1.0 - float(np.mean(wrong)) / self.points


def rounding_file(name: str, folder: str | Path = FOLDER) -> Path:
    """Where the scores of a search lie."""
    return Path(folder) / SUBFOLDER / f"{name}.roundings.json"


def write_rounding_scores(
    scores: Sequence[RoundingScores], name: str, command: str, folder: str | Path = FOLDER
) -> Path:
    """Write the scores of a search, a line a list; what all have in common stands once. Returns the file."""
    path = rounding_file(name, folder)
    path.parent.mkdir(exist_ok=True)
    lists = {"seeds": scores[0].seeds, "float_wrong": scores[0].float_wrong}
    for bits in sorted({each.bits for each in scores}):
        at = [each for each in scores if each.bits == bits]
        lists[f"{bits} bits, nearest"] = at[0].nearest_wrong
    head = {"name": name, "command": command, "points": scores[0].points}
    blocks = [_object({key: value for key, value in vars(each).items() if key not in _SHARED}, 2) for each in scores]
    text = _object({**head, **lists}, 0).removesuffix("\n}")
    each_rounding = ",\n".join(blocks)
    path.write_text(f'{text},\n "roundings": [\n{each_rounding}\n ]\n}}\n', encoding="utf-8")
    return path


_SHARED = ("points", "seeds", "float_wrong", "nearest_wrong")


def _object(record: Mapping[str, Any], indent: int) -> str:
    """A JSON object with an entry a line, however long its lists are."""
    space = " " * indent
    entries = ",\n".join(f"{space} {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
    return f"{space}{{\n{entries}\n{space}}}"


def load_rounding_scores(name: str, bits: int, folder: str | Path = FOLDER) -> tuple[RoundingScores, ...]:
    """The scores of the search behind a shipped network at a bit width, one for each rounding; none if not counted.

    Raises ValueError, naming the file, if it is broken.
    """
    path = rounding_file(name, folder)
    if not path.exists():
        return ()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_parsed(record, each) for each in record["roundings"] if each["bits"] == bits)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path}: not readable scores of roundings ({error})") from None


def _parsed(record: Mapping[str, Any], each: Mapping[str, Any]) -> RoundingScores:
    def counts(values: Sequence[Any]) -> tuple[int, ...]:
        return tuple(int(value) for value in values)

    bits = int(each["bits"])
    return RoundingScores(
        bits,
        int(record["points"]),
        str(each["rounding"]),
        counts(record["seeds"]),
        counts(record["float_wrong"]),
        counts(record[f"{bits} bits, nearest"]),
        counts(each["wrong"]),
        tuple(float(value) for value in each["objective_ratio"]),
        tuple(float(value) for value in each["rms_ratio"]),
    )
