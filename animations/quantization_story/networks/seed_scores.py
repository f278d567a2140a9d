"""What rounding and one repair do to every network of a search that learned, seed by seed: a small file beside it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quantization_story.core.arrays import FloatArray
from quantization_story.networks import FOLDER

SUBFOLDER = "seeds"  # of the folder of the networks
COUNTED = ("float_wrong", "rounded_wrong", "repaired_wrong", "float_repaired_wrong")


@dataclass(frozen=True)
class SeedScores:
    """Every seed of a search that learned its task, at one bit width; an entry a seed.

    bits, points: the bit width, and how many held-out points each network is judged by. repair: in words. seeds: of
    the networks. float_wrong, rounded_wrong, repaired_wrong, float_repaired_wrong: how many of the points are
    classified wrongly by the float network, by the round-to-nearest one, by that one with its repair, and by the float
    network with the same repair (the non-capacity check).
    """

    bits: int
    points: int
    repair: str
    seeds: tuple[int, ...]
    float_wrong: tuple[int, ...]
    rounded_wrong: tuple[int, ...]
    repaired_wrong: tuple[int, ...]
    float_repaired_wrong: tuple[int, ...]

    def __post_init__(self) -> None:
        lengths = {name: len(getattr(self, name)) for name in ("seeds", *COUNTED)}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"scores of seeds: {lengths}; one entry a seed is expected")

    @property
    def before(self) -> FloatArray:
        """The accuracy that rounding costs each network, (n,); negative where it gains."""
        return self._lost(self.rounded_wrong)

    @property
    def after(self) -> FloatArray:
        """The accuracy that is still missing with the repair, (n,)."""
        return self._lost(self.repaired_wrong)

    @property
    def on_float(self) -> FloatArray:
        """The accuracy that the same repair costs the float network, (n,)."""
        return self._lost(self.float_repaired_wrong)

    def _lost(self, wrong: Sequence[int]) -> FloatArray:
        return np.asarray((np.array(wrong, dtype=float) - np.array(self.float_wrong)) / self.points)


def write_seed_scores(scores: Sequence[SeedScores], name: str, command: str, folder: str | Path = FOLDER) -> Path:
    """Write the scores of a search at one or more bit widths, a line a list; returns the file."""
    path = Path(folder) / SUBFOLDER / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    widths = ",\n".join(_lines({**vars(each)}, 2) for each in scores)
    head = f' "name": {json.dumps(name)},\n "command": {json.dumps(command)}'
    path.write_text(f'{{\n{head},\n "widths": [\n{widths}\n ]\n}}\n', encoding="utf-8")
    return path


def _lines(record: Mapping[str, Any], indent: int) -> str:
    """A JSON object with an entry a line, however long its lists are."""
    space = " " * indent
    entries = ",\n".join(f"{space} {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
    return f"{space}{{\n{entries}\n{space}}}"


def load_seed_scores(name: str, bits: int, folder: str | Path = FOLDER) -> SeedScores | None:
    """The scores of the search behind a shipped network at a bit width; None where they were not counted.

    Raises ValueError, naming the file, if it is broken.
    """
    path = Path(folder) / SUBFOLDER / f"{name}.json"
    if not path.exists():
        return None
    try:
        records = json.loads(path.read_text(encoding="utf-8"))["widths"]
        found = [_parsed(record) for record in records if record["bits"] == bits]
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path}: not readable scores of seeds ({error})") from None
    return found[0] if found else None


def _parsed(record: Mapping[str, Any]) -> SeedScores:
    lists = {key: tuple(int(count) for count in record[key]) for key in ("seeds", *COUNTED)}
    return SeedScores(bits=int(record["bits"]), points=int(record["points"]), repair=str(record["repair"]), **lists)
