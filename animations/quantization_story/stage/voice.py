"""What is spoken over a scene: a recording for each beat, from the folder that `QUANT_STORY_VOICE` names.

In it each scene has a folder, and in that each beat a file: `OpeningScene/one_weight.wav` is spoken in the beat "one
weight". Every beat lasts as long as its words. A beat without a recording is silent.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from manim import config

from quantization_story.stage.joining import Track
from quantization_story.stage.narration import narration, sentences
from quantization_story.stage.video_writer import StoryWriter

if TYPE_CHECKING:
    from quantization_story.stage.story_scene import StoryScene

VOICE = "QUANT_STORY_VOICE"
SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".m4a")
RATE = 48_000  # samples a second of the track; what is recorded at another rate is converted
PAUSE = 0.3  # seconds of quiet after the words of a beat


def file_name(beat: str) -> str:
    """The name of a beat's recording, without its ending."""
    return re.sub(r"\W+", "_", beat).strip("_")


def voice_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder of the recordings, None if none is chosen. Raises ValueError if there is no such folder."""
    named = environment.get(VOICE, "").strip()
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise ValueError(f"{VOICE}: {folder}; there is no such folder")
    return folder


def recordings(folder: Path, scene: str) -> dict[str, Path]:
    """The recordings of a scene, by `file_name` of the beat. Raises ValueError if a beat has two."""
    found: dict[str, Path] = {}
    for path in sorted((folder / scene).glob("*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        if path.stem in found:
            raise ValueError(f"{VOICE}: {found[path.stem]} and {path.name}; a beat has one recording")
        found[path.stem] = path
    return found


def read_recording(path: Path) -> np.ndarray:
    """The samples (n) of a recording, int16, `RATE` a second. Raises ValueError, naming it, if it holds no sound."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    pieces: list[np.ndarray] = []
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                pieces += [each.to_ndarray()[0] for each in resampler.resample(frame)]
            pieces += [each.to_ndarray()[0] for each in resampler.resample(None)] if pieces else []
    except (OSError, ValueError, IndexError) as error:
        raise ValueError(f"{VOICE}: {path}; no sound can be read from it: {error}") from None
    if not pieces:
        raise ValueError(f"{VOICE}: {path}; it holds no sound")
    return np.concatenate(pieces)


class Speaker:
    """Speaks what is recorded of each beat, and lets the beat last until its words are over.

    Without a folder it says nothing. A clip of a scene (manim's -n) and a still are silent: their clock is another one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.files: dict[str, Path] = {}
        self.words: dict[str, str] = {}
        self.spoken: list[tuple[float, np.ndarray]] = []  # when a recording begins, and its samples
        self.until = 0.0  # on the clock of the video: when the words are over

    @property
    def speaks(self) -> bool:
        """Whether something is recorded for the scene that is on."""
        return bool(self.files)

    def enter(self, scene: str) -> None:
        """A scene is about to begin, on its own or as a part. Raises ValueError for a beat with two recordings."""
        whole = config.from_animation_number <= 0 and not config.save_last_frame
        self.files = {} if self.folder is None or not whole else recordings(self.folder, scene)
        self.words = {file_name(beat.name): beat.words for beat in narration(scene)} if self.files else {}

    def begin(self, scene: "StoryScene", beat: str) -> None:
        """Speak what is recorded of a beat, from now on. Raises ValueError if it cannot be read."""
        path = self.files.get(file_name(beat))
        if path is None:
            return
        samples = read_recording(path)
        self.spoken.append((float(scene.time), samples))
        seconds = len(samples) / RATE
        for start, end, words in _cues(self.words.get(path.stem, ""), seconds):
            scene.add_subcaption(words, duration=end - start, offset=start)
            scene.record.speak(words, float(scene.time) + start)
        self.until = scene.time + seconds + PAUSE

    def missing(self, now: float) -> float:
        """Seconds until the words are over."""
        return max(0.0, self.until - now)

    def leave(self, scene: "StoryScene") -> None:
        """The scene is over: what has been spoken so far becomes the track, as long as the picture."""
        if self.spoken:
            cast(StoryWriter, scene.renderer.file_writer).track = Track(_mixed(self.spoken, float(scene.time)), RATE)


def _mixed(spoken: Sequence[tuple[float, np.ndarray]], seconds: float) -> np.ndarray:
    """Samples (n) of so many seconds in which each recording begins at its time."""
    track = np.zeros(round(seconds * RATE), dtype=np.int16)
    for time, samples in spoken:
        start = round(time * RATE)
        track[start : start + len(samples)] = samples[: max(0, len(track) - start)]
    return track


def _cues(words: str, seconds: float) -> Iterator[tuple[float, float, str]]:
    """The sentences, each for as long as its share of the letters: start and end, from the beginning of the beat."""
    spoken = sentences(words)
    letters = sum(map(len, spoken))
    start = 0.0
    for sentence in spoken:
        end = start + seconds * len(sentence) / letters
        yield start, end, sentence
        start = end
