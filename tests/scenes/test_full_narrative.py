"""The stitched pass: it plays any list of story scenes on one clock, and none leaves anything behind."""

from typing import Any, ClassVar

import pytest
from manim import FadeIn, tempconfig

from layout import AUDIT, audit
from quantization_story.mobjects.text import text
from quantization_story.production.worker import part_of
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.stage.story_scene import StoryScene


class _First(StoryScene):
    """Says one thing."""

    title_text = "First"
    badge_text = "a test"

    def construct(self) -> None:
        self.badge_text = "set by the first"
        self.left_behind = True
        self.open_stage()
        self.beat("only beat")
        self.say("One caption", FadeIn(text("picture")))
        self.close_stage(1.0)


class _Second(_First):
    """Checks that it starts afresh."""

    title_text = "Second"

    def construct(self) -> None:
        assert not hasattr(self, "left_behind")
        assert self.badge_text == "a test"
        assert self.mobjects == []
        super().construct()


class _Stitched(FullNarrative):
    """Three parts, one of them twice."""

    scenes = (_First, _Second, _First)
    sections: ClassVar[list[str]] = []

    def next_section(self, name: str = "unnamed", *args: Any, **kwargs: Any) -> None:
        self.sections.append(name)
        super().next_section(name, *args, **kwargs)


class _Empty(FullNarrative):
    """No parts."""


def test_the_parts_follow_each_other_on_one_clock() -> None:
    _Stitched.sections.clear()
    result = audit(_Stitched)
    assert result.findings == {}
    assert _Stitched.sections == ["_First", "_Second", "_First"]
    assert result.beats == 3 * ["only beat"]
    starts = [start for _, start, _ in result.captions]
    assert len(starts) == 3
    one = audit(_First)
    assert one.beats == ["only beat"]
    assert starts == sorted(starts)
    assert starts[1] >= one.seconds
    assert result.seconds >= 3 * one.seconds


def test_the_scene_is_itself_again_in_the_end() -> None:
    result = audit(_Stitched)
    assert result.plays == 3 * (audit(_First).plays + 1)
    assert result.scene.record.title == _Stitched.title_text


def test_parts_that_are_rendered_alone_are_as_long_as_in_the_narrative() -> None:
    alone = [audit(part_of(scene)).seconds for scene in _Stitched.scenes]
    assert audit(_Stitched).seconds == pytest.approx(sum(alone))
    assert alone[0] > audit(_First).seconds


def test_a_narrative_without_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="_Empty"):
        audit(_Empty)


def test_a_clip_may_begin_within_a_part() -> None:
    whole = _Stitched(skip_animations=True)
    with tempconfig({**AUDIT, "from_animation_number": 2, "upto_animation_number": 4}):
        whole.render()
    assert whole.drawn_from is not None
    assert 0.0 < whole.drawn_from < whole.time
