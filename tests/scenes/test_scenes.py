"""Every scene of the catalogue, played without rendering: its layout, its captions, its beats."""

import re
from pathlib import Path

import click
import numpy as np
import pytest
from manim import RIGHT, Scene, tempconfig

from layout import AUDIT, audit, audited, check_captions, look
from quantization_story.mobjects.text import LiveText, text
from quantization_story.production.catalogue import SCENES, FullNarrativeScene
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.stage.layer_scene import LayerScene
from quantization_story.stage.narration import narration
from quantization_story.stage.story_scene import StoryScene
from quantization_story.stage.voice import file_name

ROOT = Path(__file__).resolve().parents[2]
# The narrative plays these one after the other, and that it does so is tested in test_full_narrative.
ALONE = [scene for scene in SCENES if not issubclass(scene, FullNarrative)]


def in_table(page: str) -> list[str]:
    """The scenes that a page's tables have a row for, from top to bottom."""
    return re.findall(r"^\| `(\w+)` \|", (ROOT / page).read_text(), flags=re.MULTILINE)


def test_the_pages_list_the_scenes_in_the_order_of_the_story() -> None:
    outline = re.findall(r"^## `(\w+Scene)`", (ROOT / "docs" / "narrative_outline.md").read_text(), flags=re.MULTILINE)
    assert in_table("README.md") == [scene.__name__ for scene in FullNarrativeScene.scenes]
    assert in_table("docs/scenes.md") == [scene.__name__ for scene in SCENES]
    assert outline == [scene.__name__ for scene in SCENES if not issubclass(scene, LayerScene)]


@pytest.mark.parametrize("scene", ALONE, ids=lambda scene: scene.__name__)
def test_no_text_overlaps_leaves_the_frame_or_is_too_small(scene: type[StoryScene]) -> None:
    result = audited(scene)
    assert result.plays > 5
    assert result.findings == {}


@pytest.mark.parametrize("scene", ALONE, ids=lambda scene: scene.__name__)
def test_captions_are_short_and_stay_long_enough_to_read(scene: type[StoryScene]) -> None:
    captions = audited(scene).captions
    assert captions
    check_captions(audited(scene))
    starts = [start for _, start, _ in captions]
    assert starts == sorted(starts)


@pytest.mark.parametrize("scene", ALONE, ids=lambda scene: scene.__name__)
def test_beats_have_names(scene: type[StoryScene]) -> None:
    beats = audited(scene).beats
    assert len(beats) >= 3
    assert len(set(beats)) == len(beats)


@pytest.mark.parametrize("scene", ALONE, ids=lambda scene: scene.__name__)
def test_each_beat_has_its_words_and_says_what_is_seen(scene: type[StoryScene]) -> None:
    told = narration(scene.__name__)
    assert [beat.name for beat in told] == audited(scene).beats
    assert all(beat.words and beat.seen for beat in told)
    assert len({file_name(beat.name) for beat in told}) == len(told)


class _Faulty(StoryScene):
    """Four faults, one after the other."""

    def construct(self) -> None:
        self.add(text("far away").shift(7 * RIGHT))
        self.wait(1)
        self.clear()
        self.add(text("one text"), LiveText("0.12").place(np.zeros(3)))
        self.wait(1)
        self.clear()
        self.add(text("tiny", size=9))
        self.wait(1)


def test_the_audit_finds_what_is_wrong() -> None:
    found = " ".join(audit(_Faulty).findings)
    assert "outside the frame: 'far away'" in found
    assert "overlap: 'one text' and '0.12'" in found
    assert "too small" in found
    assert len(audit(_Faulty).findings) == 3


def test_the_audit_passes_what_is_right() -> None:
    scene = Scene()
    scene.add(text("left").shift(3 * RIGHT), text("right").shift(-3 * RIGHT))
    assert look(scene) == []


class _Refusing(StoryScene):
    words = ""

    def construct(self) -> None:
        raise ValueError(self.words)


@pytest.mark.parametrize("words", ["no such layer", "_Refusing needs 2 inputs"])
def test_on_a_command_line_a_refusal_is_one_line_that_names_the_scene(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Refusing, "words", words)
    with click.Context(click.Command("render")), tempconfig(AUDIT), pytest.raises(SystemExit) as refused:
        _Refusing().render()
    assert str(refused.value) in ("Error: _Refusing: no such layer", "Error: _Refusing needs 2 inputs")
