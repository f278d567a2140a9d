"""The networks that finished videos play, as their records name them, and the figures of each of them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from quantization_story.core.roundings import NAMES, RoundingKind
from quantization_story.networks import LearnedNetwork, known_networks
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.settings import Settings, parse_rounding
from quantization_story.production.folder import Finished
from quantization_story.production.page import FigureSection
from quantization_story.report.measure import make_report
from quantization_story.report.tables import report_notes, report_tables


@dataclass(frozen=True)
class PlayedNetwork:
    """A network of some videos: its name, the SHA-256 of its file, its scales, its rounding, the plane it is seen on.

    bits: at which widths it was played. scenes: in which, in story order. choices: of the environment, as they were.
    """

    name: str
    digest: str
    scales: str
    rounding: RoundingKind
    plane: str | None
    bits: tuple[int, ...]
    scenes: tuple[str, ...]
    choices: Mapping[str, str]

    def is_that(self, learned: LearnedNetwork) -> bool:
        """Whether a network that was found is this one."""
        plane = None if learned.whole is None else learned.whole.words
        scales = "per channel" if learned.story.per_channel else "per tensor"
        theirs = (learned.digest, scales, learned.rounding.kind, plane)
        return (self.digest, self.scales, self.rounding, self.plane) == theirs

    def find(self, elsewhere: str | None = None) -> LearnedNetwork | None:
        """This network: the shipped one, or that of a file where it was or `elsewhere`; None if it is none of them."""
        chosen = Settings.from_environment(self.choices)
        shipped = replace(chosen, network=self.name if self.name in known_networks() else None, plane=None)
        per_channel = self.scales == "per channel"
        for settings in (shipped, chosen, replace(chosen, network=elsewhere)):
            with suppress(ValueError):  # there is no such file any more, or another one
                learned = load_chosen(replace(settings, per_channel=per_channel, rounding=self.rounding), self.name)
                if self.is_that(learned):
                    return learned
        return None


def networks_of(finished: Finished) -> list[dict[str, Any]]:
    """What the record of a video says of each network that it plays, each once."""
    facts: list[dict[str, Any]] = list(finished.figures.get("networks", ()))
    return [fact for number, fact in enumerate(facts) if fact not in facts[:number]]


def rounding_of(fact: Mapping[str, Any]) -> RoundingKind:
    """The rounding that a record names; one from before there was a choice was made with round-to-nearest."""
    return parse_rounding(str(fact.get("rounding", "nearest")), "rounding on record")


def rounding_words(kind: RoundingKind) -> str:
    """What a rounding adds to the words of the scales: nothing, if it is to nearest."""
    return "" if kind == "nearest" else f", {NAMES[kind]}"


def choices_of(finished: Finished) -> dict[str, str]:
    """What was chosen in the environment when a video was rendered."""
    return dict(finished.figures["render"].get("choices", {}))


def played(videos: Iterable[Finished]) -> list[PlayedNetwork]:
    """The networks of these videos, told apart by what is in their files, in the order in which they come."""
    found: dict[tuple[str, ...], PlayedNetwork] = {}
    for video in videos:
        for fact in networks_of(video):
            rounding = rounding_of(fact)
            key = (*(str(fact[name]) for name in ("name", "sha256", "scales", "plane")), rounding)
            given = found.get(key) or PlayedNetwork(
                fact["name"], fact["sha256"], fact["scales"], rounding, fact["plane"], (), (), choices_of(video)
            )
            bits = tuple(sorted({*given.bits, int(fact["bits"])}))
            found[key] = replace(given, bits=bits, scenes=tuple(dict.fromkeys((*given.scenes, video.scene))))
    return list(found.values())


def figure_sections(videos: Sequence[Finished], elsewhere: str | None = None) -> list[FigureSection]:
    """The figures of every network that these videos play, at the bit widths at which they play it.

    elsewhere: where a network may lie that is no longer where it was. Of one that is not found, that is said.
    """
    return [_section(network, network.find(elsewhere)) for network in played(videos)]


def _section(network: PlayedNetwork, learned: LearnedNetwork | None) -> FigureSection:
    levels = f"{', '.join(map(str, network.bits))} bits, {network.scales}{rounding_words(network.rounding)}"
    title = f"{network.name} at {levels}"
    shown = f"shown in {', '.join(network.scenes)}"
    if learned is None:
        gone = "its file has gone or changed since; what was measured then stands beside its videos"
        return FigureSection(title, (shown, f"weights: SHA-256 {network.digest}: {gone}"), ())
    allowed = Settings.from_environment(network.choices).allow_unlearned
    report = make_report(learned, network.bits, allow_unlearned=allowed)
    return FigureSection(title, (shown, *report_notes(report)), tuple(report_tables(report)))


def require_one_choice(parts: Sequence[Finished]) -> None:
    """Raise ValueError, naming two of them, if videos to be joined were rendered under different choices or files."""
    first = parts[0]
    digests: dict[str, tuple[str, str]] = {}
    for part in parts:
        if choices_of(part) != choices_of(first):
            raise ValueError(
                f"{first.scene} and {part.scene} were rendered with different choices: "
                f"{_words(choices_of(first))}, and {_words(choices_of(part))}; render both anew"
            )
        for fact in networks_of(part):
            digest, scene = digests.setdefault(fact["name"], (fact["sha256"], part.scene))
            if digest != fact["sha256"]:
                raise ValueError(
                    f"{scene} and {part.scene} play two networks named {fact['name']}, one from before its file was "
                    "changed; render both anew"
                )


def _words(choices: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in choices.items()) or "none"
