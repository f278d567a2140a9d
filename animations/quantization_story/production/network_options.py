"""The options that choose a network on the command line; each stands for a variable of the environment."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from quantization_story.networks import settings
from quantization_story.networks.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
_OPTIONS = {
    "network": (settings.NETWORK, "A shipped network by name, or a file."),
    "bits": (settings.BITS, "The bit width, 2 to 16."),
    "per_channel": (settings.PER_CHANNEL, "1: one scale per output row; 0: one per tensor."),
    "plane": (settings.PLANE, "More than 2 inputs: the plane through three points, by their rows: 0,17,42."),
    "allow_unlearned": (settings.ALLOW_UNLEARNED, "1: also a network that has not learned its task; it is said so."),
    "layers": (settings.LAYERS, "Of a file, the layers that make the network, in their order: fc1,fc2,out."),
    "transposed": (settings.TRANSPOSED, "1: the file holds weights as (in, out); 0: as (out, in)."),
    "rounding": (settings.ROUNDING, "nearest, gptq, closest or awq: which level each weight takes."),
}


def choosing(*names: str) -> Callable[[Command], Command]:
    """Give a command some of the options that `_OPTIONS` names, as text."""

    def decorate(command: Command) -> Command:
        for name in reversed(names):
            variable, words = _OPTIONS[name]
            option = click.option(f"--{name.replace('_', '-')}", name, help=f"{words} [{variable}]")
            command = option(command)
        return command

    return decorate


def chosen_settings(options: Mapping[str, str | None]) -> Settings:
    """The settings of the environment, with what the options say in their place."""
    return Settings.from_environment({**os.environ, **as_variables(options)})


def check_output(path: Path, suffix: str, option: str) -> Path:
    """The file that a command will write, before it works for it; raises ValueError where that cannot be."""
    if path.suffix != suffix:
        raise ValueError(f"{option}: {path}; the file is written as {suffix}")
    if not path.resolve().parent.is_dir():
        raise ValueError(f"{option}: {path}; there is no folder {path.resolve().parent}")
    return path


def as_variables(options: Mapping[str, str | None]) -> dict[str, str]:
    """The options that are given, as variables of the environment."""
    return {_OPTIONS[name][0]: value for name, value in options.items() if value is not None}
