"""Voices that read the narration aloud: each turns words into a sound file; nothing is downloaded.

A voice is named by what makes it: `espeak` or `espeak:de` (espeak-ng, which the system has), `piper:MODEL.onnx`,
`kokoro:MODEL.onnx` (its voices beside it), or any command in which `{file}` stands for the file that it is to write
and `{text}` for the words; without `{text}` it reads them from its input.
"""

import hashlib
import json
import shlex
import shutil
import subprocess
import wave
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from quantization_story.stage.narration import narration
from quantization_story.stage.voice import SUFFIXES, VOICE, file_name, read_recording, recordings

LONGEST = 300  # seconds that a command may take for one beat
KOKORO_VOICE = "af_heart"

Speak = Callable[[str, Path], None]


def voice_named(name: str) -> Speak:
    """The voice of this name. Raises ValueError, one sentence, where what it needs is not there."""
    kind, _, rest = name.partition(":")
    if "{file}" in name:
        return lambda words, file: run_command(name, words, file)
    if kind == "espeak":
        _require_program("espeak-ng", "Debian: apt install espeak-ng; macOS: brew install espeak-ng")
        template = f"espeak-ng -v {shlex.quote(rest or 'en')} -s 150 -w {{file}}"
        return lambda words, file: run_command(template, words, file)
    if kind == "piper":
        model = _model(rest, "piper:MODEL.onnx")
        _require_program("piper", "pip install piper-tts")
        template = f"piper --model {shlex.quote(str(model))} --output_file {{file}}"
        return lambda words, file: run_command(template, words, file)
    if kind == "kokoro":
        return _kokoro(_model(rest, "kokoro:MODEL.onnx"))
    raise ValueError(
        f"voice: {name!r}; a folder of recordings, espeak, piper:MODEL.onnx, kokoro:MODEL.onnx, "
        "or a command with {file} in it"
    )


def _require_program(program: str, how: str) -> None:
    if shutil.which(program) is None:
        raise ValueError(f"voice: there is no {program} on this machine ({how})")


def _model(path: str, usage: str) -> Path:
    if not path or not Path(path).is_file():
        raise ValueError(f"voice: {path or usage}; there is no such model file: {usage}")
    return Path(path)


def run_command(template: str, words: str, file: Path) -> None:
    """Have a command speak. Raises ValueError, naming it, if it fails, takes too long, or writes no file."""
    command = [part.replace("{file}", str(file)).replace("{text}", words) for part in shlex.split(template)]
    given = None if "{text}" in template else words
    try:
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ValueError(f"voice: {command[0]}: {error}") from None
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()[-1]
        raise ValueError(f"voice: {command[0]} failed with exit code {done.returncode}: {said}")
    if not file.is_file():
        raise ValueError(f"voice: {command[0]} has written no {file}")


def _kokoro(model: Path) -> Speak:
    """Kokoro by the package kokoro-onnx; its voices lie beside the model as voices*.bin."""
    if find_spec("kokoro_onnx") is None:
        raise ValueError("voice: there is no package kokoro_onnx in this environment (pip install kokoro-onnx)")
    voices = sorted(model.parent.glob("voices*.bin"))
    if not voices:
        raise ValueError(f"voice: {model}; there is no voices*.bin beside it")
    reader = import_module("kokoro_onnx").Kokoro(str(model), str(voices[-1]))

    def speak(words: str, file: Path) -> None:
        samples, rate = reader.create(words, voice=KOKORO_VOICE, speed=1.0, lang="en-us")
        write_wave(np.asarray(samples), int(rate), file)

    return speak


def write_wave(samples: np.ndarray, rate: int, file: Path) -> None:
    """Write samples (n), -1 to 1, as a .wav file of one channel. Raises ValueError for what is not a number."""
    if not np.isfinite(samples).all():
        raise ValueError(f"voice: {file}; not all samples are numbers")
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())


def spoken_folder(name: str, scenes: Sequence[str], folder: Path, say: Callable[[str], None] = print) -> Path:
    """Have a voice read the narration of some scenes; returns the folder of its recordings, within `folder`.

    What it has read there before is kept as long as the words are the same. say: is told of each scene that is read.
    """
    speak = voice_named(name)
    own = folder / hashlib.sha256(name.encode()).hexdigest()[:12]
    for scene in scenes:
        target = own / scene
        target.mkdir(parents=True, exist_ok=True)
        listed = target / "words.json"
        known = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
        words = {file_name(beat.name): beat.words for beat in narration(scene) if beat.words}
        for stale in (path for path in target.iterdir() if path.suffix in SUFFIXES and path.stem not in words):
            stale.unlink()
        new = [each for each in words if known.get(each) != words[each] or not (target / f"{each}.wav").is_file()]
        if new:
            say(f"read       {scene}: {len(new)} beats")
        for each in new:
            half = target / f"{each}.part.wav"
            speak(words[each], half)
            read_recording(half)
            half.replace(target / f"{each}.wav")
            known[each] = words[each]
            listed.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
    return own


def check_recordings(folder: Path, scenes: Sequence[str]) -> None:
    """Raise ValueError, one sentence, where nothing is recorded, a file belongs to no beat, or cannot be read."""
    found = {scene: recordings(folder, scene) for scene in scenes}
    if not any(found.values()):
        raise ValueError(
            f"{VOICE}: {folder}; it holds no recording of {', '.join(scenes)}: a folder a scene, a file a beat"
        )
    for scene, files in found.items():
        beats = {file_name(beat.name) for beat in narration(scene)}
        for name, path in files.items():
            if beats and name not in beats:
                raise ValueError(f"{VOICE}: {path}; {scene} has no such beat: {', '.join(sorted(beats))}")
            read_recording(path)
