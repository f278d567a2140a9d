"""Voices: what each needs, what they leave, and one sentence where something is missing."""

import json
import shlex
import shutil
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from quantization_story.cli import main
from quantization_story.production import inputs
from quantization_story.production.catalogue import scene_named
from quantization_story.production.inputs import inputs_of
from quantization_story.production.talk import narration as sheets
from quantization_story.production.talk import voices
from quantization_story.production.talk.voices import check_recordings, spoken_folder, voice_named, write_wave
from quantization_story.stage import narration
from quantization_story.stage.narration import SpokenBeat, sections, sentences
from quantization_story.stage.run_record import Beat, RunRecord
from quantization_story.stage.voice import RATE, VOICE, file_name, read_recording

SCENE = "TwoErrorKindsScene"
SPEAKER = """
import sys, wave
words = sys.stdin.read() if len(sys.argv) < 3 else sys.argv[2]
if "fail" in words:
    sys.exit("no such tongue")
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1); file.setsampwidth(2); file.setframerate(8000)
    file.writeframes(b"\\x10\\x10" * 80 * len(words.split()))
"""


@pytest.fixture
def speaker(tmp_path: Path) -> str:
    """The command of a voice that hums a hundredth of a second a word."""
    script = tmp_path / "speak.py"
    script.write_text(SPEAKER)
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))} {{file}}"


@pytest.mark.parametrize("given", ["", " {text}"])
def test_a_command_reads_the_words_from_its_input_or_its_line(speaker: str, given: str, tmp_path: Path) -> None:
    voice_named(speaker + given)("four words, it's said", tmp_path / "a.wav")
    assert len(read_recording(tmp_path / "a.wav")) == pytest.approx(0.04 * RATE, abs=64)
    with pytest.raises(ValueError, match="failed with exit code 1: no such tongue"):
        voice_named(speaker + given)("fail", tmp_path / "b.wav")


def test_what_a_voice_needs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda program: None)
    with pytest.raises(ValueError, match=r"there is no espeak-ng on this machine \(Debian: apt install"):
        voice_named("espeak")
    with pytest.raises(ValueError, match="there is no such model file"):
        voice_named("piper:none.onnx")
    model = tmp_path / "model.onnx"
    model.write_bytes(b"")
    with pytest.raises(ValueError, match=r"there is no piper on this machine \(pip install"):
        voice_named(f"piper:{model}")
    with pytest.raises(ValueError, match="a folder of recordings, espeak, piper"):
        voice_named("my voice")
    with pytest.raises(ValueError, match="has written no"):
        voice_named(f"{shlex.quote(sys.executable)} -c pass {{file}}")("words", tmp_path / "c.wav")
    with pytest.raises(ValueError, match="no-such-program"):
        voice_named("no-such-program {file}")("words", tmp_path / "c.wav")


def test_kokoro_reads_with_the_voices_beside_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Kokoro:
        def __init__(self, model: str, voices: str) -> None:
            assert Path(voices).name == "voices-v1.0.bin"

        def create(self, words: str, **how: object) -> tuple[np.ndarray, int]:
            return np.full(240 * len(words.split()), 0.5, dtype=np.float32), 24_000

    monkeypatch.setitem(sys.modules, "kokoro_onnx", types.SimpleNamespace(Kokoro=Kokoro, __spec__=object()))
    monkeypatch.setattr(voices, "find_spec", lambda name: object())
    model = tmp_path / "kokoro.onnx"
    model.write_bytes(b"")
    with pytest.raises(ValueError, match=r"no voices\*\.bin beside it"):
        voice_named(f"kokoro:{model}")
    (tmp_path / "voices-v1.0.bin").write_bytes(b"")
    voice_named(f"kokoro:{model}")("three words here", tmp_path / "a.wav")
    assert len(read_recording(tmp_path / "a.wav")) == pytest.approx(0.03 * RATE, abs=64)
    monkeypatch.setattr(voices, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="no package kokoro_onnx"):
        voice_named(f"kokoro:{model}")
    with pytest.raises(ValueError, match="not all samples are numbers"):
        write_wave(np.array([0.0, np.nan]), 8_000, tmp_path / "n.wav")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="no espeak-ng on this machine")
def test_espeak_speaks(tmp_path: Path) -> None:
    voice_named("espeak")("A weight is rounded -- a little, isn't it?", tmp_path / "a.wav")
    assert 1.0 < len(read_recording(tmp_path / "a.wav")) / RATE < 6.0


def test_a_voice_reads_each_beat_once(speaker: str, tmp_path: Path) -> None:
    told: list[str] = []
    folder = spoken_folder(speaker, [SCENE], tmp_path, told.append)
    beats = narration.narration(SCENE)
    files = {path.stem: path for path in (folder / SCENE).glob("*.wav")}
    assert set(files) == {file_name(beat.name) for beat in beats}
    assert told == [f"read       {SCENE}: {len(beats)} beats"]
    (folder / SCENE / "stale.wav").write_bytes(b"")
    listed = folder / SCENE / "words.json"
    words = json.loads(listed.read_text())
    listed.write_text(json.dumps({**words, file_name(beats[0].name): "other words"}))
    times = {stem: path.stat().st_mtime_ns for stem, path in files.items()}
    assert spoken_folder(speaker, [SCENE], tmp_path, told.append) == folder
    assert told[1:] == [f"read       {SCENE}: 1 beats"]
    assert [stem for stem, path in files.items() if path.stat().st_mtime_ns != times[stem]] == [
        file_name(beats[0].name)
    ]
    assert not (folder / SCENE / "stale.wav").exists()
    check_recordings(folder, [SCENE])


def test_recordings_are_checked_before_anything_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no recording of TwoErrorKindsScene"):
        check_recordings(tmp_path, [SCENE])
    (tmp_path / SCENE).mkdir()
    write_wave(np.zeros(800), 8_000, tmp_path / SCENE / "another.wav")
    with pytest.raises(ValueError, match=r"another.wav; TwoErrorKindsScene has no such beat: ReLU_locked, a_line"):
        check_recordings(tmp_path, [SCENE])
    (tmp_path / SCENE / "another.wav").rename(tmp_path / SCENE / "a_line.wav")
    check_recordings(tmp_path, [SCENE])
    (tmp_path / SCENE / "names.wav").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"names.wav; no sound can be read"):
        check_recordings(tmp_path, [SCENE])


def test_a_video_is_up_to_date_with_its_recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, narrative = scene_named(SCENE), scene_named("FullNarrativeScene")
    silent = inputs_of(scene)
    assert "voice" not in silent
    monkeypatch.setenv(VOICE, str(tmp_path))
    assert inputs_of(scene) == silent
    (tmp_path / SCENE).mkdir()
    digests = []
    for level in (0.0, 0.5):
        write_wave(np.full(800, level), 8_000, tmp_path / SCENE / "share.wav")
        digests += [inputs_of(scene)["voice"], inputs_of(narrative)["voice"]]
    assert len(set(digests)) == 4
    monkeypatch.setattr(inputs, "narration", lambda name: [SpokenBeat("share", "Other words.", "")])
    assert inputs_of(scene)["voice"] not in digests


def test_a_sheet_says_what_to_read_and_how_long_it_lasts() -> None:
    record = RunRecord("S", beats=[Beat("one beat", 0.0, 2.0), Beat("of its own", 2.0, 9.0)])
    timed = sheets.timed([SpokenBeat("one beat", "word " * 10, "")], record)
    text = sheets.sheet("S", timed)
    assert "## one beat: `one_beat.wav`, 2 s; calmly read 4 s" in text
    assert "## of its own: `of_its_own.wav`, 7 s\n\n(silent)" in text


def test_the_outline_is_read_without_its_marks(tmp_path: Path) -> None:
    outline = tmp_path / "outline.md"
    outline.write_text(
        "# Title\n\n## Not a scene\n\ntext\n\n## `AScene`\n\n*Regime.*\n\n### first beat\n\nIt is *not* `W`,\nbut"
        " [this](a.md).\n\nMore.\n\n> A line.\n\n### second\n\n> Nothing moves.\n\n## `BScene`\n\n- no beats\n"
    )
    assert set(sections(outline)) == {"AScene", "BScene"}
    assert narration.narration("AScene", outline) == [
        SpokenBeat("first beat", "It is not W, but this. More.", "A line."),
        SpokenBeat("second", "", "Nothing moves."),
    ]
    assert narration.narration("BScene", outline) == []
    assert narration.narration("AScene", tmp_path / "none.md") == []
    assert sentences("Is it? Yes: 0.5 of it. Good") == ["Is it?", "Yes: 0.5 of it.", "Good"]


def test_the_commands_print_and_write(tmp_path: Path, speaker: str) -> None:
    runner = CliRunner()
    printed = runner.invoke(main, ["narration", SCENE])
    assert printed.exit_code == 0, printed.output
    beats = narration.narration(SCENE)
    assert all(beat.words in printed.output and f"[{beat.seen}]" in printed.output for beat in beats)
    written = runner.invoke(main, ["voice", SCENE, "--record-sheet", "--output", str(tmp_path)])
    assert written.exit_code == 0, written.output
    assert all(f"`{file_name(beat.name)}.wav`" in (tmp_path / f"{SCENE}.md").read_text() for beat in beats)
    spoken = runner.invoke(main, ["voice", SCENE, "--speak", speaker, "--output", str(tmp_path / "spoken")])
    assert spoken.exit_code == 0, spoken.output
    assert len(list((tmp_path / "spoken").rglob("*.wav"))) == len(beats)
    for wrong in ([SCENE], [SCENE, "--record-sheet", "--speak", speaker], ["NoScene", "--record-sheet"]):
        assert runner.invoke(main, ["voice", *wrong]).exit_code == 1
