"""What the Snakefile asks: which videos a choice of networks and bit widths gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from quantization_story.core.paths import expand_home
from quantization_story.core.roundings import RoundingKind
from quantization_story.networks import FOLDER, known_networks
from quantization_story.networks.settings import BITS, NETWORK, ROUNDING, Settings, parse_bit_list, parse_rounding
from quantization_story.networks.subject import load_subject
from quantization_story.production.catalogue import FullNarrativeScene
from quantization_story.production.inputs import choices, network_files
from quantization_story.production.worker import QUALITIES


@dataclass(frozen=True)
class WorkflowSettings:
    """The configuration of a workflow: networks by name, bit widths, quality, output folder, the command to call.

    rounding: as in `Settings`; what the environment says if left out.
    """

    networks: dict[str, str]
    bits: tuple[int, ...]
    quality: str
    out: str
    command: str
    rounding: RoundingKind | None = None

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "WorkflowSettings":
        """Read Snakemake's configuration; all has a default. Raises ValueError for what cannot be meant."""
        quality = str(config.get("quality", "h"))
        if quality not in QUALITIES:
            raise ValueError(f"quality: {quality!r}; expected one of {', '.join(QUALITIES)}")
        pairs = [str(entry).partition("=") for entry in str(config.get("networks", "pinwheel")).split(",")]
        return cls(
            {name: expand_home(path or name) for name, _, path in pairs},
            parse_bit_list(str(config.get("bits", "4")), "bits"),
            quality,
            str(config.get("out", f"media/workflow/{quality}")),
            str(config.get("command", "quantization-story")),
            parse_rounding(str(config["rounding"]), "rounding") if "rounding" in config else None,
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
        """The scenes of the narrative that this network can play."""
        settings = Settings(self.networks[network], int(bits), rounding=self.rounding)
        load_subject(settings, self.networks[network])  # what is wrong with the network itself stops the workflow
        return [scene.__name__ for scene in FullNarrativeScene.scenes if scene.refusal(settings) is None]

    def scene_videos(self, network: str, bits: int | str) -> list[str]:
        """The videos of these scenes."""
        return [f"{self.folder(network, bits)}/{scene}.mp4" for scene in self.scenes(network, bits)]

    def targets(self) -> list[str]:
        """All that is to be made: reports, and the joined story, or the parts where a network cannot play them all."""
        wanted = [f"{self.out}/{network}/report.{kind}" for network in self.networks for kind in ("json", "md")]
        for network in self.networks:
            for bits in self.bits:
                videos = self.scene_videos(network, bits)
                whole = len(videos) == len(FullNarrativeScene.scenes)
                wanted += [f"{self.folder(network, bits)}/FullNarrative.mp4"] if whole else videos
        return wanted
