"""Every scene that asks one question, looked at frame by frame; and that each fault is found where it is planted."""

from typing import Any

import numpy as np
import pytest
from manim import Mobject, Rectangle, ValueTracker, VGroup

from quantization_story.core.captions import Caption
from quantization_story.mobjects.live import live_marks, live_segments
from quantization_story.mobjects.text import LiveText, text
from quantization_story.production import catalogue
from quantization_story.stage import question_stage
from quantization_story.stage.fades import Appear
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.style import theme
from question_scenes import LINES, Walk
from stage_audit import stage_audit

SCENES = [scene for scene in catalogue.SCENES if issubclass(scene, QuestionStage)]


@pytest.mark.parametrize("scene", [Walk, *SCENES], ids=lambda scene: scene.__name__)
def test_nothing_is_wrong_in_any_frame(scene: type[QuestionStage]) -> None:
    assert stage_audit(scene).findings == {}


class _Short(QuestionStage):
    """One caption over a grid that moves; what is wrong comes with `fault`."""

    question = "What is wrong here?"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.beat("only")
        self.way = ValueTracker(0.0)
        self.picture = self.make_picture()
        self.ask(Appear(self.picture))
        self.hold_caption()
        self.fault()

    def make_picture(self) -> Mobject:
        return live_segments(lambda: LINES + np.array([self.way.get_value(), 0.0, 0.0]), theme.GRID)

    def fault(self) -> None:
        """Nothing is wrong."""


class _Small(_Short):
    def make_picture(self) -> Mobject:
        return Rectangle(width=3.0, height=2.0, color=theme.FLOAT)


class _Unmarked(_Short):
    def construct(self) -> None:
        self.open_stage()
        self.beat("only")
        self.ask()
        self.hold_caption()


class _Jumping(_Short):
    def fault(self) -> None:
        self.play(self.way.animate.set_value(0.5))
        self.way.set_value(2.0)
        self.picture.update()
        self.wait(0.2, frozen_frame=False)


class _Exchanged(_Short):
    """Two parts of the picture change places: as a set of places it stays what it was."""

    def make_picture(self) -> Mobject:
        self.sides = [-1.0, 1.0]
        across = np.array([3.0, 0.0, 0.0])
        parts = [live_segments(lambda k=k: LINES / 2 + self.sides[k] * across, theme.CLASS_COLORS[k]) for k in (0, 1)]
        return VGroup(*parts)

    def fault(self) -> None:
        self.sides.reverse()
        self.picture.update()
        self.wait(0.2, frozen_frame=False)


class _Leaving(_Short):
    """One of two marks leaves the frame, and is drawn no longer: no fault."""

    def make_picture(self) -> Mobject:
        def places() -> np.ndarray:
            x = np.array([-4.0, 4.0]) + self.way.get_value()
            return np.column_stack([x, [-2.8, 2.8], [0.0, 0.0]])[x < 7.5]

        return live_marks(places, theme.FLOAT)

    def fault(self) -> None:
        self.play(self.way.animate.set_value(4.0), run_time=2.0)


class _Lost(_Leaving):
    """The same mark is gone in the middle of the frame."""

    def make_picture(self) -> Mobject:
        places = np.array([[-4.0, -2.8, 0.0], [4.0, 2.8, 0.0], [0.0, 0.0, 0.0]])
        return live_marks(lambda: places[: 2 if self.way.get_value() > 0.5 else 3], theme.FLOAT)


class _Cutting(_Short):
    def fault(self) -> None:
        self.add(Rectangle(width=4.0, height=3.0, fill_color=theme.FLOAT, fill_opacity=1.0))
        self.wait(0.2, frozen_frame=False)


class _Vanishing(_Short):
    def fault(self) -> None:
        patch = Rectangle(width=4.0, height=3.0, fill_color=theme.FLOAT, fill_opacity=1.0)
        self.play(Appear(patch))
        self.remove(patch)
        self.wait(0.2, frozen_frame=False)


class _Passing(_Short):
    """Two texts meet in the middle of a play, and are apart again at its end."""

    def fault(self) -> None:
        one, other = text("one").shift([-3.0, 1.0, 0.0]), text("other").shift([0.0, 1.0, 0.0])
        self.play(Appear(one), Appear(other))
        self.play(one.animate.shift([6.0, 0.0, 0.0]), run_time=3.0)


class _Tiny(_Short):
    def fault(self) -> None:
        self.play(Appear(text("tiny", size=theme.SMALL_SIZE).shift([3.0, 1.0, 0.0])))


class _TinyNumber(_Short):
    def fault(self) -> None:
        self.play(Appear(LiveText("0.12", size=theme.SMALL_SIZE).place((3.0, 1.0, 0.0))))


class _Outside(_Short):
    def fault(self) -> None:
        self.play(Appear(text("far away").shift([7.0, 1.0, 0.0])))


class _Faint(_Short):
    """White words on a bright surface, without a plate."""

    def fault(self) -> None:
        patch = Rectangle(width=4.0, height=3.0, fill_color=theme.SAME, fill_opacity=1.0)
        self.play(Appear(patch))
        self.play(Appear(text("faint")))


class _Numbers(_Short):
    def fault(self) -> None:
        self.say(Caption("From 99.7 to 83.2 % right", figures=2))
        self.hold_caption()


class _Hurried(_Short):
    def fault(self) -> None:
        self.say("Many words that nobody can read at such a speed as this")
        self.reading = 1.0
        self.hold_caption()


PLANTED = [
    (_Small, "the picture is small in the beat 'only': 3.0 x 2.0"),
    (_Unmarked, "no main picture"),
    (_Jumping, "the picture jumps in the beat 'only'"),
    (_Exchanged, "the picture jumps in the beat 'only'"),
    (_Lost, "the picture jumps in the beat 'only'"),
    (_Cutting, "hard cut in the beat 'only'"),
    (_Vanishing, "hard cut in the beat 'only'"),
    (_Passing, "two texts in one place: 'one' and 'other'"),
    (_Tiny, "too small (0.211): 'tiny'"),
    (_TinyNumber, "too small (0.211): '0.12'"),
    (_Outside, "outside the frame: 'far away'"),
    (_Faint, "contrast 1.2: 'faint'"),
    (_Numbers, "more than one number: 'From 99.7 to 83.2 % right'"),
    (_Hurried, "1.0 s instead of 5.5: 'Many words that nobody can read at such a speed as this'"),
]


@pytest.mark.parametrize(("scene", "finding"), PLANTED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_fault_is_found_and_nothing_else(scene: type[QuestionStage], finding: str) -> None:
    assert list(stage_audit(scene).findings) == [finding]


@pytest.mark.parametrize("scene", [_Short, _Leaving])
def test_where_nothing_is_wrong_nothing_is_found(scene: type[QuestionStage]) -> None:
    assert stage_audit(scene).findings == {}


def test_more_captions_than_a_viewer_bears_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(question_stage, "MOST_CAPTIONS", 100)
    monkeypatch.setattr(_Short, "fault", lambda scene: _say_often(scene))
    assert "19 captions" in stage_audit(_Short).findings


def _say_often(scene: Any) -> None:
    for _ in range(18):
        scene.say("Again")
    scene.hold_caption()
