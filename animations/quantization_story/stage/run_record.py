"""What one run of a scene showed: captions and badges with their times, networks, and the words on screen."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from quantization_story.core.json_values import plain

PACKAGES = ("quantization-story", "manim", "numpy")


@dataclass
class Told:
    """A caption or a badge, and when it came, in seconds."""

    text: str
    start: float


@dataclass
class Beat:
    """A beat: when it began and ended, in seconds, and the texts that were on screen, from top to bottom.

    shown: at the end of the beat, or, where it ends by clearing the stage, at its fullest. figures: by name, as each
    was shown last while it could be seen.
    """

    name: str
    start: float
    end: float = 0.0
    shown: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)


@dataclass
class RunRecord:
    """The figures of one run, to lie beside its video.

    title: what stands above the picture, which may be a question that the figures decide. networks: of each network
    that was played its name, digest, widths, bits and accuracies. spoken: what is said aloud, if anything is.
    """

    scene: str
    title: str = ""
    networks: list[dict[str, Any]] = field(default_factory=list)
    badges: list[Told] = field(default_factory=list)
    captions: list[Told] = field(default_factory=list)
    spoken: list[Told] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)

    def badge(self, text: str, now: float) -> None:
        """Note a badge, unless it is the one that is up."""
        if not self.badges or self.badges[-1].text != text:
            self.badges.append(Told(text, round(now, 3)))

    def caption(self, text: str, now: float) -> None:
        """Note a caption."""
        self.captions.append(Told(text, round(now, 3)))

    def speak(self, text: str, now: float) -> None:
        """Note a sentence that is said aloud."""
        self.spoken.append(Told(text, round(now, 3)))

    def begin(self, name: str, now: float) -> None:
        """Note that a beat begins."""
        self.beats.append(Beat(name, round(now, 3)))

    def note(self, shown: Sequence[str]) -> None:
        """Note what is on screen as a caption of the beat has been read; the fullest stays, and of equals the last."""
        told = bool(self.beats and self.captions) and self.captions[-1].start >= self.beats[-1].start
        if told and len(shown) >= len(self.beats[-1].shown):
            self.beats[-1].shown = list(shown)

    def figure(self, name: str, value: str) -> None:
        """Note what a named figure shows now, in the beat that is on."""
        if self.beats:
            self.beats[-1].figures[name] = value

    def end(self, shown: Sequence[str], now: float) -> None:
        """Note how the last beat, if there is one, ends."""
        if self.beats:
            self.beats[-1].end = round(now, 3)
            if len(shown) >= len(self.beats[-1].shown):
                self.beats[-1].shown = list(shown)

    def network(self, facts: Mapping[str, Any]) -> None:
        """Note a network that is played."""
        self.networks.append(dict(facts))

    def to_json(self, artifact: str, seconds: float) -> str:
        """The record of an artifact of this name and length; what is not a number is null."""
        regime = self.badges[-1].text if self.badges else None
        record = {"scene": self.scene, "artifact": artifact, "seconds": round(seconds, 3), "regime": regime}
        notes = asdict(self)
        notes.pop("scene")
        text = json.dumps(plain({**record, "versions": versions(), **notes}), indent=1, ensure_ascii=False)
        return text + "\n"

    def write_beside(self, artifact: Path, seconds: float) -> Path:
        """Write the record beside an artifact, as NAME.json; raises OSError where that cannot be written."""
        # A folder of pictures has a name without a suffix, where a dot may be part of it.
        path = artifact.with_name(f"{artifact.name}.json") if artifact.is_dir() else artifact.with_suffix(".json")
        path.write_text(self.to_json(artifact.name, seconds), encoding="utf-8")
        return path


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that draw and count."""
    known = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            known[package] = "unknown"
    return known
