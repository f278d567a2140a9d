"""What lies beside a video: the figures of the run; and what the command line says where something is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from manim import FadeIn, FadeOut, tempconfig

from layout import AUDIT
from quantization_story.mobjects.text import LiveText, percent, text
from quantization_story.networks import load_network
from quantization_story.scene_03_linear_correction import LinearCorrectionScene
from quantization_story.scene_10_error_decomposition import ErrorDecompositionScene
from quantization_story.stage.run_record import RunRecord
from quantization_story.stage.story_scene import StoryScene

ENTRY = """
from manim import FadeIn
from quantization_story.mobjects.text import text
from quantization_story.stage.network_scene import NetworkScene

class ShortScene(NetworkScene):
    title_text = "Short"

    def construct(self):
        self.load_story()
        self.badge_text = self.regime()
        self.open_stage()
        self.beat("only")
        self.say("One caption", FadeIn(text("twelve")))
        self.close_stage(0.2)
"""


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    (tmp_path / "entry.py").write_text(ENTRY)
    return tmp_path / "entry.py"


def manim(entry: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "manim", "render", "-ql", "--progress_bar", "none", str(entry), "ShortScene"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("QUANT_STORY_")}
    given = {**own, "COLUMNS": "400", **environment}
    return subprocess.run(command, cwd=entry.parent, capture_output=True, text=True, check=False, env=given)


def place(entry: Path, suffix: str) -> Path:
    return entry.parent / "media" / "videos" / "entry" / "480p15" / f"ShortScene{suffix}"


def test_figures_lie_beside_the_video(entry: Path) -> None:
    finished = manim(entry, QUANT_STORY_BITS="5", QUANT_STORY_PER_CHANNEL="1")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    record = json.loads(place(entry, ".json").read_text())
    learned = load_network("pinwheel")
    assert record["artifact"] == place(entry, ".mp4").name
    assert record["networks"][0]["sha256"] == learned.digest
    assert (record["networks"][0]["bits"], record["networks"][0]["scales"]) == (5, "per channel")
    assert record["regime"].startswith("weight-only · 5-bit per channel · accuracy 99.7 →")
    assert [caption["text"] for caption in record["captions"]] == ["One caption"]
    assert record["title"] == "Short"
    assert record["beats"][0]["shown"] == ["twelve"]
    assert record["seconds"] > 0
    assert set(record["versions"]) == {"python", "quantization-story", "manim", "numpy"}


def test_a_video_is_kept_where_its_figures_cannot_be_written(entry: Path) -> None:
    place(entry, ".json").mkdir(parents=True)  # root may write anywhere, but not a file over a folder
    finished = manim(entry)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert place(entry, ".mp4").stat().st_size > 1000
    assert finished.stdout.count("figures cannot be written") == 1
    assert "Traceback" not in finished.stdout + finished.stderr


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("QUANT_STORY_NETWORK", "missing.npz", "missing.npz: no such file"),
        ("QUANT_STORY_NETWORK", "codebook", "ShortScene needs two units in every layer"),
        ("QUANT_STORY_BITS", "17", "QUANT_STORY_BITS: '17'"),
    ],
)
def test_wrong_input_is_one_line_and_no_video(name: str, value: str, words: str, entry: Path) -> None:
    finished = manim(entry, **{name: value})
    assert finished.returncode == 1
    assert words in finished.stderr
    assert len(finished.stderr.strip().splitlines()) == 1
    assert "Traceback" not in finished.stdout + finished.stderr
    assert not place(entry, ".mp4").exists()


class _Clearing(StoryScene):
    """Shows two texts and a live number, then clears the stage."""

    title_text = "Title"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.beat("first")
        low, number, high = text("low").shift([0, -1, 0]), LiveText("0.50"), text("high").shift([0, 1, 0])
        self.say("Said", FadeIn(low, high, number))
        number.set_content("0.75")
        self.hold_caption()
        self.play(FadeOut(low, high, number))
        self.beat("second")
        self.say("Said again", *self.change_badge("another badge"), FadeIn(text("left")))
        self.close_stage(0.5)


def played(scene_class: type[StoryScene]) -> RunRecord:
    with tempconfig(AUDIT):
        scene = scene_class(skip_animations=True)
        scene.render()
    return scene.record


def test_a_beat_is_noted_at_its_fullest() -> None:
    record = played(_Clearing)
    assert [(beat.name, beat.shown) for beat in record.beats] == [
        ("first", ["high", "0.75", "low"]),
        ("second", ["left"]),
    ]
    assert [told.text for told in record.badges] == ["a badge", "another badge"]
    assert [told.text for told in record.captions] == ["Said", "Said again"]
    assert record.beats[0].end == record.beats[1].start > 0


def test_the_record_holds_the_figures_of_the_scene() -> None:
    record = played(LinearCorrectionScene)
    learned = load_network("pinwheel")
    shown = {beat.name: beat.shown for beat in record.beats}
    float_accuracy, quantized = learned.provenance.float_accuracy, learned.provenance.quantized_accuracy[4]
    assert percent(learned.provenance.figures["output_map"]) in shown["answer"]
    assert percent(quantized) in shown["wrong"]
    assert record.networks[0]["float accuracy"] == pytest.approx(float_accuracy, abs=1e-6)


def test_every_network_of_a_scene_is_noted() -> None:
    assert [network["name"] for network in played(ErrorDecompositionScene).networks] == ["pinwheel_wide", "codebook"]


def test_what_is_not_known_is_null() -> None:
    record = RunRecord("Scene")
    record.network({"accuracy": float("nan")})
    assert json.loads(record.to_json("Scene.mp4", 1.0))["networks"] == [{"accuracy": None}]
