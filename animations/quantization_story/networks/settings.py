"""What a user chooses in the environment: the network, the bit width, the scales, the plane, the gate, the rounding."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from quantization_story.core.paths import expand_home
from quantization_story.core.roundings import KINDS, RoundingKind

NETWORK = "QUANT_STORY_NETWORK"
BITS = "QUANT_STORY_BITS"
PER_CHANNEL = "QUANT_STORY_PER_CHANNEL"
PLANE = "QUANT_STORY_PLANE"
ALLOW_UNLEARNED = "QUANT_STORY_ALLOW_UNLEARNED"
ROUNDING = "QUANT_STORY_ROUNDING"
LAYERS = "QUANT_STORY_LAYERS"
TRANSPOSED = "QUANT_STORY_TRANSPOSED"
VARIABLES = (NETWORK, BITS, PER_CHANNEL, PLANE, ALLOW_UNLEARNED, ROUNDING, LAYERS, TRANSPOSED)

FEWEST_BITS, MOST_BITS = 2, 16
_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Settings:
    """The choices; None (False for `allow_unlearned`) where nothing is chosen.

    network: the name of a shipped network, or a file. plane: the rows of three of its points. allow_unlearned: play a
    network that has not learned its task, and say so. rounding: the kind of `Rounding`. layers: of a file, those that
    make the network, by name and in their order. transposed: whether its weights are stored as (in, out).
    """

    network: str | None = None
    bits: int | None = None
    per_channel: bool | None = None
    plane: tuple[int, int, int] | None = None
    allow_unlearned: bool = False
    rounding: RoundingKind | None = None
    layers: tuple[str, ...] | None = None
    transposed: bool | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables QUANT_STORY_...; an empty one counts as unset. Raises ValueError, naming the variable.

        In the path of a network, ~ is the home folder.
        """
        given = os.environ if environment is None else environment
        values = {name: given[name].strip() for name in VARIABLES if name in given}
        values = {name: value for name, value in values.items() if value}
        return cls(
            expand_home(values[NETWORK]) if NETWORK in values else None,
            parse_bits(values[BITS], BITS) if BITS in values else None,
            parse_switch(values[PER_CHANNEL], PER_CHANNEL) if PER_CHANNEL in values else None,
            parse_rows(values[PLANE], PLANE) if PLANE in values else None,
            parse_switch(values[ALLOW_UNLEARNED], ALLOW_UNLEARNED) if ALLOW_UNLEARNED in values else False,
            parse_rounding(values[ROUNDING], ROUNDING) if ROUNDING in values else None,
            parse_names(values[LAYERS], LAYERS) if LAYERS in values else None,
            parse_switch(values[TRANSPOSED], TRANSPOSED) if TRANSPOSED in values else None,
        )


def parse_bits(text: str, name: str) -> int:
    """A bit width, 2 to 16. Raises ValueError with the name of the setting."""
    bits = int(text) if text.strip().isascii() and text.strip().isdigit() else 0
    if not FEWEST_BITS <= bits <= MOST_BITS:
        raise ValueError(f"{name}: {text!r}; a bit width is a whole number from {FEWEST_BITS} to {MOST_BITS}")
    return bits


def parse_bit_list(text: str, name: str) -> tuple[int, ...]:
    """Bit widths between commas, each once, in rising order."""
    return tuple(sorted({parse_bits(part, name) for part in text.split(",")}))


def parse_switch(text: str, name: str) -> bool:
    """A yes or a no: 1 or 0, true or false, yes or no, on or off. Raises ValueError with the name of the setting."""
    if text.strip().lower() not in _WORDS:
        raise ValueError(f"{name}: {text!r}; expected 1 or 0")
    return _WORDS[text.strip().lower()]


def parse_names(text: str, name: str) -> tuple[str, ...]:
    """Names between commas, each once. Raises ValueError with the name of the setting."""
    names = tuple(part.strip() for part in text.split(","))
    if "" in names or len(set(names)) < len(names):
        raise ValueError(f"{name}: {text!r}; expected names between commas, each once: fc1,fc2,out for example")
    return names


def parse_rounding(text: str, name: str) -> RoundingKind:
    """A kind of rounding. Raises ValueError with the name of the setting."""
    kind = next((kind for kind in KINDS if kind == text.strip().lower()), None)
    if kind is None:
        raise ValueError(f"{name}: {text!r}; expected {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    return kind


def parse_rows(text: str, name: str) -> tuple[int, int, int]:
    """Three different row numbers, from 0 on, between commas. Raises ValueError with the name of the setting."""
    parts = [part.strip() for part in text.split(",")]
    if len(set(parts)) != 3 or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        raise ValueError(f"{name}: {text!r}; expected the rows of three different points, 0,17,42 for example")
    first, second, third = map(int, parts)
    return first, second, third
