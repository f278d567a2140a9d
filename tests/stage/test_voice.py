"""What is spoken: beats last as long as their words, the track is in step, the subtitles are the words."""

import json
import wave
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import srt
from manim import FadeIn, Square, tempconfig

from quantization_story.production.folder import count_frames
from quantization_story.stage import voice
from quantization_story.stage.narration import SpokenBeat
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.voice import RATE, VOICE, file_name, read_recording, recordings, voice_folder

FRAMES = 15  # a second


class TwoBeats(StoryScene):
    """A short beat and a longer one; each is spoken over for longer than it would last."""

    title_text = "Two beats"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.beat("one weight")
        self.say("A weight is rounded.", FadeIn(Square()))
        self.beat("all weights")
        self.say("All are.")
        self.close_stage(0.2)


def tone(path: Path, seconds: float, rate: int = 22_050, channels: int = 1) -> Path:
    """A recording: a tone that begins at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(seconds * rate)) / rate
    samples = (12_000 * np.sin(2 * np.pi * 440 * times)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.repeat(channels).tobytes())
    return path


def rendered(folder: Path, **options: Any) -> Path:
    settings = {
        "media_dir": str(folder),
        "pixel_width": 128,
        "pixel_height": 72,
        "frame_rate": FRAMES,
        "disable_caching": True,
        "verbosity": "ERROR",
        "progress_bar": "none",
        **options,
    }
    with tempconfig(settings):
        scene = TwoBeats()
        scene.render()
    return Path(scene.renderer.file_writer.movie_file_path)


def loudness(video: Path) -> np.ndarray:
    """The root of the mean square of every hundredth of a second of the track."""
    with av.open(str(video)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.name == "aac"
        pieces = [
            (float(frame.time), frame.to_ndarray().mean(axis=0), frame.sample_rate)
            for frame in container.decode(stream)
        ]
    rate = pieces[0][2]
    track = np.zeros(round((pieces[-1][0] + 1.0) * rate))
    for time, samples, _ in pieces:
        start = round(time * rate)
        kept = samples[max(0, -start) :]
        track[max(0, start) : max(0, start) + len(kept)] = kept
    whole = track[: len(track) // (rate // 100) * (rate // 100)].reshape(-1, rate // 100)
    return np.sqrt((whole.astype(float) ** 2).mean(axis=1))


@pytest.fixture
def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "voice"
    tone(folder / "TwoBeats" / "one_weight.wav", 4.0)
    tone(folder / "TwoBeats" / "all_weights.wav", 3.0, rate=8_000, channels=2)
    monkeypatch.setenv(VOICE, str(folder))
    words = [SpokenBeat("one weight", "First this. Then, longer, that.", ""), SpokenBeat("all weights", "And all.", "")]
    monkeypatch.setattr(voice, "narration", lambda scene: words)
    return folder


def test_each_beat_waits_for_its_words_and_sound_and_picture_are_in_step(spoken: Path, tmp_path: Path) -> None:
    video = rendered(tmp_path / "media")
    beats = json.loads(video.with_suffix(".json").read_text())["beats"]
    assert [beat["end"] - beat["start"] >= least for beat, least in zip(beats, (4.0, 3.0), strict=True)] == [True, True]
    loud = loudness(video) > 0.05
    begins = (
        np.flatnonzero(loud[1:] & ~loud[:-1]) / 100
        if not loud[0]
        else np.r_[0.0, np.flatnonzero(loud[1:] & ~loud[:-1]) / 100]
    )
    assert len(begins) == 2
    assert begins == pytest.approx([beat["start"] for beat in beats], abs=0.1)
    assert loud.sum() / 100 == pytest.approx(7.0, abs=0.2)
    seconds = count_frames(video) / FRAMES
    with av.open(str(video)) as container:
        sound = container.streams.audio[0]
        assert float(sound.duration * sound.time_base) == pytest.approx(seconds, abs=0.1)


def test_the_subtitles_are_what_is_spoken(spoken: Path, tmp_path: Path) -> None:
    video = rendered(tmp_path / "media")
    beats = json.loads(video.with_suffix(".json").read_text())["beats"]
    lines = list(srt.parse(video.with_suffix(".srt").read_text()))
    assert [line.content for line in lines] == ["First this.", "Then, longer, that.", "And all."]
    assert lines[0].start.total_seconds() == pytest.approx(beats[0]["start"], abs=0.01)
    assert lines[1].end.total_seconds() == pytest.approx(beats[0]["start"] + 4.0, abs=0.01)
    assert lines[2].start.total_seconds() == pytest.approx(beats[1]["start"], abs=0.01)


def test_without_recordings_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = rendered(tmp_path / "silent")
    (tmp_path / "voice").mkdir()
    monkeypatch.setenv(VOICE, str(tmp_path / "voice"))
    other = rendered(tmp_path / "other")
    assert count_frames(silent) == count_frames(other)
    assert silent.with_suffix(".srt").read_text() == other.with_suffix(".srt").read_text()
    with av.open(str(other)) as container:
        assert not container.streams.audio


def test_a_still_is_silent(spoken: Path, tmp_path: Path) -> None:
    with tempconfig({"media_dir": str(tmp_path / "media"), "save_last_frame": True, "verbosity": "ERROR"}):
        scene = TwoBeats()
        assert not scene.speaker.speaks
        scene.speaker.enter("TwoBeats")
        assert not scene.speaker.speaks


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (RATE, 1)])
def test_a_recording_of_any_rate_keeps_its_length(tmp_path: Path, rate: int, channels: int) -> None:
    samples = read_recording(tone(tmp_path / "a.wav", 0.7, rate, channels))
    assert samples.dtype == np.int16
    assert len(samples) / RATE == pytest.approx(0.7, abs=0.02)


def test_what_is_wrong_with_a_recording_is_one_sentence_with_its_name(tmp_path: Path) -> None:
    broken = tmp_path / "S" / "a.wav"
    broken.parent.mkdir()
    broken.write_bytes(b"no sound")
    with pytest.raises(ValueError, match=r"QUANT_STORY_VOICE: .*a\.wav; no sound"):
        read_recording(broken)
    with pytest.raises(ValueError, match=r"a\.wav; it holds no sound"):
        read_recording(tone(broken, 0.0))
    (tmp_path / "S" / "a.mp3").write_bytes(b"")
    with pytest.raises(ValueError, match="a beat has one recording"):
        recordings(tmp_path, "S")
    with pytest.raises(ValueError, match="there is no such folder"):
        voice_folder({VOICE: str(tmp_path / "none")})
    assert voice_folder({}) is None


def test_a_beat_has_a_file_name_that_every_system_takes() -> None:
    assert [file_name(beat) for beat in ("one weight", "at 4 bits", "layer 2: why?")] == [
        "one_weight",
        "at_4_bits",
        "layer_2_why",
    ]
