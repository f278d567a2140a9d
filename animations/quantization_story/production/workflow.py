"""What the Snakefile asks: which videos a choice of networks and bit widths gives."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from quantization_story.core.paths import expand_home
from quantization_story.core.roundings import RoundingKind
from quantization_story.networks import FOLDER, known_networks
from quantization_story.networks.settings import BITS, NETWORK, ROUNDING, Settings, parse_bit_list, parse_rounding
from quantization_story.networks.subject import UnlearnedError, load_subject
from quantization_story.production.catalogue import FullNarrativeScene, scene_named
from quantization_story.production.inputs import choices, network_files
from quantization_story.production.plan import chosen_scenes
from quantization_story.production.worker import QUALITIES


@dataclass(frozen=True)
class WorkflowSettings:
    """The configuration of a workflow: networks by name, bit widths, quality, output folder, the command to call.

    rounding: as in `Settings`; what the environment says if left out. only: the scenes to render; if left out, those
    of the narrative, which are joined where a network can play them all.
    """

    networks: dict[str, str]
    bits: tuple[int, ...]
    quality: str
    out: str
    command: str
    rounding: RoundingKind | None = None
    only: tuple[str, ...] = ()

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "WorkflowSettings":
        """Read Snakemake's configuration; all has a default. Raises ValueError for what cannot be meant."""
        quality = str(config.get("quality", "h"))
        if quality not in QUALITIES:
            raise ValueError(f"quality: {quality!r}; expected one of {', '.join(QUALITIES)}")
        return cls(
            _networks(config.get("networks", "pinwheel")),
            parse_bit_list(",".join(_entries(config.get("bits", "4"), "bits")), "bits"),
            quality,
            str(config.get("out", f"media/workflow/{quality}")),
            str(config.get("command", "quantization-story")),
            parse_rounding(str(config["rounding"]), "rounding") if "rounding" in config else None,
            tuple(chosen_scenes(_entries(config["scenes"], "scenes"), False)) if "scenes" in config else (),
        )

    def inputs(self, network: str) -> list[str]:
        """The files that a network is read from: those of the user, or those that come with the package."""
        name = self.networks[network]
        shipped = [FOLDER / f"{name}.npz", FOLDER / f"{name}.json"] if name in known_networks() else []
        return [str(path) for path in shipped or network_files(name)]

    def beside(self) -> str:
        """What else the environment chooses, as one text: where it changes, all is to be made again."""
        chosen = choices() | ({} if self.rounding is None else {ROUNDING: self.rounding})
        return " ".join(f"{name}={value}" for name, value in chosen.items() if name not in (NETWORK, BITS))

    def options(self) -> str:
        """The options that every command is called with."""
        return "" if self.rounding is None else f" --rounding {self.rounding}"

    def folder(self, network: str, bits: int | str) -> str:
        """Where the videos of a network at a bit width lie."""
        return f"{self.out}/{network}/{bits}"

    def scenes(self, network: str, bits: int | str) -> list[str]:
        """The scenes that are wanted and that this network can play; none if it has not learned its task."""
        settings = Settings(self.networks[network], int(bits), rounding=self.rounding)
        try:
            load_subject(settings, self.networks[network])  # what is wrong with the network itself stops the workflow
        except UnlearnedError:
            return []  # its report says so
        wanted = [scene_named(name) for name in self.only] or FullNarrativeScene.scenes
        return [scene.__name__ for scene in wanted if scene.refusal(settings) is None]

    def scene_videos(self, network: str, bits: int | str) -> list[str]:
        """The videos of these scenes."""
        return [f"{self.folder(network, bits)}/{scene}.mp4" for scene in self.scenes(network, bits)]

    def targets(self) -> list[str]:
        """All that is to be made: reports, and the joined story, or the parts where a network cannot play them all."""
        wanted = [f"{self.out}/{network}/report.{kind}" for network in self.networks for kind in ("json", "md")]
        for network in self.networks:
            for bits in self.bits:
                videos = self.scene_videos(network, bits)
                whole = not self.only and len(videos) == len(FullNarrativeScene.scenes)
                wanted += [f"{self.folder(network, bits)}/FullNarrative.mp4"] if whole else videos
        return wanted


def _entries(value: object, name: str) -> list[str]:
    """The entries of a list in YAML, or of a text with commas. Raises ValueError for anything else."""
    entries = value if isinstance(value, list | tuple) else str(value).split(",")
    if isinstance(value, Mapping) or not all(isinstance(entry, str | int) for entry in entries) or not entries:
        raise ValueError(f"{name}: {value!r}; expected a list, or entries between commas")
    return [str(entry).strip() for entry in entries]


def _networks(value: object) -> dict[str, str]:
    """Networks by name: a mapping in YAML, or a list of names and of name=path. Raises ValueError."""
    if isinstance(value, Mapping):
        pairs = [(str(name), "" if path is None else str(path)) for name, path in value.items()]
    else:
        pairs = [(name, path) for name, _, path in (entry.partition("=") for entry in _entries(value, "networks"))]
    names = [name for name, _ in pairs]
    if not names or len(set(names)) < len(names) or not all(re.fullmatch(r"[\w.-]+", name) for name in names):
        raise ValueError(f"networks: {value!r}; expected names, each once, or name=path; a name is no path")
    return {name: expand_home(path or name) for name, path in pairs}
