"""The stage of one question: what stands where, how long a caption stands, what moves meanwhile, what is noted."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from manim import FadeIn, Square, ValueTracker, tempconfig

from layout import AUDIT
from quantization_story.core.captions import LEAST_APART, MOST_CAPTIONS, as_caption
from quantization_story.mobjects.text import text
from quantization_story.stage.drift import Drift
from quantization_story.stage.fades import Appear
from quantization_story.stage.question_stage import DIMMED, QUIET, QuestionStage
from quantization_story.stage.run_record import RunRecord
from quantization_story.style import theme
from question_scenes import CAPTIONS, GOAL, Walk


def played(scene_class: type[QuestionStage], frame_by_frame: bool = False) -> Any:
    with tempconfig({**AUDIT, "frame_rate": 15}):
        scene = scene_class(skip_animations=not frame_by_frame)
        scene.render()
    return scene


@pytest.fixture(scope="module")
def walk() -> Walk:
    scene: Walk = played(Walk)
    return scene


def stands(record: RunRecord, end: float) -> dict[str, float]:
    """How long each caption stood, in seconds."""
    times = [*(told.start for told in record.captions), end]
    return {told.text: later - now for told, (now, later) in zip(record.captions, pairwise(times), strict=True)}


# --- pace


def test_a_caption_stands_for_what_it_asks_of_the_reader(walk: Walk) -> None:
    for caption, seconds in stands(walk.record, walk.time).items():
        said = next(as_caption(given) for given in CAPTIONS.values() if as_caption(given).text == caption)
        assert seconds >= theme.BRIEF + said.reading_seconds
        assert seconds >= LEAST_APART


def test_the_morph_fills_the_time_of_its_caption_and_quiet_follows(walk: Walk) -> None:
    stood = stands(walk.record, walk.time)[as_caption(CAPTIONS["walk"]).text]
    # Five and a half seconds, quiet, and the half second in which the plate leaves.
    assert stood == pytest.approx(LEAST_APART + QUIET + theme.BRIEF, abs=0.2)


@pytest.mark.parametrize("pace", [0.8, 1.25])
def test_the_pace_scales_every_duration(walk: Walk, pace: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(theme, "PACE", pace)
    other = played(Walk)
    assert other.time == pytest.approx(walk.time / pace, rel=0.01)
    for usual, scaled in zip(walk.record.captions, other.record.captions, strict=True):
        assert scaled.start == pytest.approx(usual.start / pace, abs=0.15)


class _Moving(QuestionStage):
    """A morph of no run time, one with its own, a fade, and one that is told how long."""

    question = "How long does each take?"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.beat("all")
        one, other, fade = ValueTracker(0.0), ValueTracker(0.0), Appear(Square())
        self.given = one.animate.set_value(1.0).build(), other.animate(run_time=2.0).set_value(1.0).build(), fade
        self.ask(*self.given)
        self.taken = [morph.run_time for morph in self.given]
        again = one.animate.set_value(0.0).build()
        self.say("Now as long as is said", again, run_time=3.0)
        self.told = again.run_time


def test_a_morph_takes_the_time_of_its_caption_unless_it_has_its_own() -> None:
    scene = played(_Moving)
    assert scene.taken == pytest.approx([LEAST_APART - theme.BRIEF, 2.0, 1.0])
    assert scene.told == 3.0


class _Talkative(QuestionStage):
    question = "How many?"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.beat("all")
        for _ in range(MOST_CAPTIONS + 1):
            self.say("One more")


def test_too_many_captions_are_refused() -> None:
    with pytest.raises(ValueError, match=f"_Talkative says more than {MOST_CAPTIONS} captions"):
        played(_Talkative)


# --- the frame


def test_the_question_becomes_the_title_and_never_stands_twice() -> None:
    seen = []

    class Watched(Walk):
        def setup(self) -> None:
            super().setup()
            self.add_updater(self.look)

        def look(self, dt: float) -> None:
            lines = [each for each in self.mobjects if getattr(each, "typst_code", "") == CAPTIONS["question"]]
            seen.append([float(line.get_center()[1]) for line in lines])

    scene = played(Watched, frame_by_frame=True)
    strip, below = theme.title_strip(), theme.caption_strip()
    assert max(len(heights) for heights in seen) == 1
    # It does not cross the picture on its way.
    assert all(height > strip.bottom or height < below.top for heights in seen for height in heights)
    first_up = next(k for k, heights in enumerate(seen) if heights and heights[0] > strip.bottom)
    assert all(heights for heights in seen[first_up:])
    assert scene.title_line.typst_code == CAPTIONS["question"]
    assert strip.bottom < scene.title_line.get_bottom()[1] < scene.title_line.get_top()[1] < strip.top
    assert scene.title_line.get_right()[0] < scene.badge.get_left()[0]


def test_the_strips_and_the_middle_are_the_frame() -> None:
    whole, top, bottom, middle = (
        theme.picture_zone(),
        theme.title_strip(),
        theme.caption_strip(),
        theme.middle_zone(),
    )
    assert (top.height, bottom.height) == pytest.approx((0.7, 1.04))
    assert top.height + bottom.height + middle.height == pytest.approx(whole.height) == pytest.approx(8.0)
    assert top.width == bottom.width == whole.width


def test_what_is_added_later_stays_below_strips_plates_and_words(walk: Walk) -> None:
    layers = [strip.z_index for strip in walk.strips]
    layers += [walk.plate_of_way.board.z_index, walk.badge.z_index, walk.title_line.z_index]
    assert min(layers) > walk.point[0].z_index > walk.picture.z_index


def test_a_live_badge_says_what_is_so_at_every_frame_and_is_noted() -> None:
    wrong = []

    class Watched(Walk):
        def walk(self) -> None:
            self.add_updater(self.look)
            super().walk()

        def look(self, dt: float) -> None:
            under_way = 0 < self.way.get_value() < 1
            if len(self.record.badges) > 1 and (self.badge.typst_code == "under way") != under_way:
                wrong.append(self.time)

    record = played(Watched, frame_by_frame=True).record
    assert [told.text for told in record.badges] == ["at rest", "under way", "at rest"]
    assert wrong == []


# --- what moves


def test_the_drift_runs_through_plays_and_waits(walk: Walk) -> None:
    # All the time but the first instant; in an audit a play is one step.
    assert walk.drift.clock == pytest.approx(walk.time, abs=0.5)


def test_a_drift_that_settles_does_not_tell_in_how_many_steps_it_went() -> None:
    once, often = Drift(), Drift()
    once.advance(0.9)
    for _ in range(9):
        often.advance(0.1)
    assert once.clock != often.clock
    once.settle()
    often.settle()
    assert once.clock == often.clock == 0.9


def test_the_drift_settles_at_the_end_of_every_play(walk: Walk) -> None:
    assert walk.drift.clock == round(walk.drift.clock, 9)
    assert walk.drift.clock > 1.0


def test_the_drift_starts_gently_and_never_stands_still() -> None:
    drift, places = Drift(period=12.0), []
    for _ in range(300):
        drift.advance(1 / 15)
        places.append((drift.x, drift.y))
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1) * 15
    assert steps[0] < 0.1
    assert steps[45:] == pytest.approx(2 * np.pi / 12.0, rel=0.02)
    assert np.abs(places).max() <= 1.0


class _Swaying(QuestionStage):
    """What fades in moves on with the drift; what was dimmed comes back."""

    question = "Does it move?"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.start_drift()
        self.square, self.other = Square(fill_opacity=0.6), Square(fill_opacity=0.9)
        self.square.add_updater(lambda mobject: mobject.move_to([self.drift.x, self.drift.y, 0.0]))
        self.beat("one")
        self.places = []
        self.ask(FadeIn(self.square), Appear(self.other))
        self.places.append(self.square.get_center())
        self.play(*self.dim(self.other), *self.dim(self.other))
        self.dimmed_opacity = self.other.get_fill_opacity()
        self.hold_caption(QUIET)
        self.places.append(self.square.get_center())
        self.play(*self.undim())
        self.close_stage()


def test_what_fades_in_moves_with_the_view_and_dimming_is_undone() -> None:
    scene = played(_Swaying)
    assert np.linalg.norm(scene.places[1] - scene.places[0]) > 0.1
    assert scene.dimmed_opacity == pytest.approx(0.9 * DIMMED)
    assert scene.other.get_fill_opacity() == pytest.approx(0.9)


def test_one_side_card_at_a_time() -> None:
    scene = QuestionStage(skip_animations=True)
    scene.setup()
    scene.side_card(Square(1.0))
    with pytest.raises(ValueError, match="one side card at a time"):
        scene.side_card(Square(1.0))
    scene.clear_card()
    scene.side_card(Square(1.0))


# --- what is noted


def test_a_named_figure_is_noted_with_its_last_value(walk: Walk) -> None:
    figures = {beat.name: beat.figures for beat in walk.record.beats}
    assert figures == {"the question": {}, "the walk": {"way": f"{GOAL:.1f} units"}, "the answer": {}}


class _Counting(QuestionStage):
    """Names a text, and a function that reads the picture; both change."""

    question = "How many?"
    badge_text = "a badge"

    def construct(self) -> None:
        self.open_stage()
        self.beat("one")
        count, word = ValueTracker(1.0), text("twelve")
        self.name_figure("count", lambda: f"{count.get_value():.0f}")
        self.name_figure("word", word)
        self.ask(Appear(word))
        self.beat("two")
        self.say("Now more of them", count.animate.set_value(3.0))
        self.close_stage()


def test_figures_can_be_read_off_the_picture() -> None:
    figures = {beat.name: beat.figures for beat in played(_Counting).record.beats}
    assert figures == {"one": {"count": "1", "word": "twelve"}, "two": {"count": "3", "word": "twelve"}}
