"""The stage of a scene that asks one question: the picture fills the frame, and there is time to look.

    class Opening(QuestionStage, NetworkScene):
        question = "Twelve weights are rounded a little. Why does so much break?"

        def construct(self):
            self.prepare()          # load, measure, build; ends with self.open_stage()
            self.show_the_sheet()   # begins with self.beat(...) and self.ask(...)
            ...
            self.say_what_it_was()  # ends with self.answer(...) and self.close_stage()

**Pace.** Nobody types seconds for reading: a caption stands for its words, figures and new terms (`core.captions`), at
least `LEAST_APART` from one to the next, and what moves beside it fills that time. A morph whose run time was left at
manim's 1 s takes the time that the caption has (`DECISIVE`, 4 to 8 s); another keeps its own, and so do fades, which
are not the decisive motion. What is played between two captions counts as well; what is missing in the end is waited,
with the drift going on. `QUANT_STORY_PACE` scales all of it.

**Layers.** In z: the picture at 0 (in the order in which it was added: nothing is reordered here), strips, plates,
words. Updaters never rest while the drift is on, and fades (`Appear`, `Vanish`, `dim`) touch opacity alone, so that
what fades goes on moving with the view.

**Captions and figures as data.** `figures/STEM.py`, which knows no manim, holds

    @dataclass(frozen=True)
    class OpeningFigures: ...                                   # every number that is shown or decides a word
    def measure(subject: StorySubject) -> OpeningFigures        # computed once, of the network that is played
    def captions(figures) -> dict[str, Caption | str]           # in the order in which they are said, from "question"
                                                                # to "answer"
    def shown(figures) -> dict[str, dict[str, str]]             # beat name -> name of a figure -> as it is shown there
    def badges(figures) -> list[str]                            # all badges, in the order in which they come

The scene returns `measure(subject)` from its class method `figures_of`, so that `load_story` sets `self.figures`. It
calls `self.tell(captions(self.figures))` in `prepare`, then `ask()`, `say_for(key, ...)` and `answer_for(...)`, so
no caption is typed in a scene. `self.name_figure(name, thing)` says which thing on screen shows which figure: a
`LiveText`, a text, a `Plate` ("83.2 % right"), a group of them (ticks), or a function that reads the number off what is
drawn (a count of rings, the length of a bar); `plate(..., name=...)` does so at once. The run record keeps, of each
beat, the last value that each named figure had while it could be seen (`record.beats[k].figures`), which for a live
number is its final one; a function is asked as long as it is named. A test plays the scene and holds captions, figures
and badges against those that it computes itself; digits on screen that belong to no named figure fail it as well.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    Animation,
    AnimationGroup,
    FadeIn,
    FadeOut,
    Mobject,
    Typst,
    VGroup,
    VMobject,
    smooth,
    squish_rate_func,
)

from quantization_story.core.captions import LEAST_APART, MOST_CAPTIONS, Caption, Captions, as_caption
from quantization_story.mobjects.hero import hero_mark
from quantization_story.mobjects.plates import Place, Plate, SideCard, strip
from quantization_story.mobjects.text import text, wrapped
from quantization_story.stage.drift import Drift
from quantization_story.stage.fades import Appear, Fade, Vanish
from quantization_story.stage.manim_internals import DEFAULT_ANIMATION_RUN_TIME, prepare_animation
from quantization_story.stage.named_figures import NamedFigures, Shower
from quantization_story.stage.story_scene import StoryScene, frames
from quantization_story.stage.suspended_updaters import SuspendedUpdaters
from quantization_story.style import theme

DECISIVE = (4.0, 8.0)  # seconds that a morph takes while its caption is read
QUIET = 1.5  # seconds after the moment that matters
RISE = 1.0  # seconds that the question takes to become the title
LAST_HOLD = 2.0  # seconds from the end of reading to the cut, drifting
DIMMED = 1 / 3  # what is left of the opacity of all but the hero


class QuestionStage(StoryScene):
    """A scene that asks `question`, shows the answer at full frame, and says it in one sentence.

    picture: the main picture, for the audit of the layout. drift: the sway that views follow, from `start_drift` on.
    """

    question = ""
    picture: Mobject

    def setup(self) -> None:
        """Prepare the frame; nothing is shown yet."""
        super().setup()
        self.drift = Drift()
        self.drifting = False
        self.captions: Captions = {}
        self.captions_said = 0
        self.said_at, self.reading = 0.0, 0.0  # on the story's clock: when the caption came, how long it has to stand
        self.rising = False  # the caption is the question, and leaves it as the title
        self.dimmed: list[Mobject] = []
        self.card: SideCard | None = None
        self.named = NamedFigures()
        self.told_here = False  # the caption is one of this beat's, and so is what is shown from now on

    @property
    def clock(self) -> float:
        """Seconds of story, whatever the pace."""
        return float(self.time) * theme.PACE

    # --- the frame

    def open_stage(self, badge: Callable[[], str] | None = None) -> None:
        """Put on the strips and the badge, which a function may be asked for every frame; the question comes later."""
        self.strips = strip(theme.title_strip()), strip(theme.caption_strip())
        self.badge = self.make_badge(self.badge_text if badge is None else badge)
        self.record.badge(self.badge_text, self.time)
        self.add(*self.strips, self.badge)

    def make_badge(self, content: str | Callable[[], str]) -> VMobject:
        """What the picture shows now, at the end of the title strip; a function is asked every frame."""
        badge = self._badge_line(content() if callable(content) else content)
        return badge.add_updater(lambda line: self._set_badge(line, content())) if callable(content) else badge

    def _set_badge(self, line: Typst, words: str) -> None:
        """Let a badge say other words from this frame on."""
        if line.typst_code != self._noted(words):
            new = self._badge_line(words)
            line.points, line.typst_code, line.initial_height = new.points, new.typst_code, new.initial_height
            self.record.badge(words, self.time)

    def _badge_line(self, words: str) -> Typst:
        line = text(self._noted(words), theme.INK, theme.LABEL_SIZE)
        return cast(Typst, self.place_badge(line.set_z_index(theme.LAYER_WORDS)))

    def _noted(self, words: str) -> str:
        """A badge with what must be known about a network of one's own, if there is something."""
        note = getattr(self, "note", "")
        return f"{words} · {note}" if note else words

    def place_badge(self, badge: VMobject) -> VMobject:
        """Put a badge at the end of the title strip; in an upright frame on a line of its own, at the left."""
        zone = theme.title_strip()
        if theme.VERTICAL:
            corner = np.array([zone.left + theme.MARGIN, zone.bottom + 0.45, 0.0])
            return badge.move_to(corner).align_to(corner, LEFT)
        return badge.move_to(zone.center).align_to(np.array([zone.right - theme.MARGIN, 0.0, 0.0]), RIGHT)

    def change_badge(self, content: str | Callable[[], str]) -> list[Any]:
        """The animations that replace the badge, by words or by a function that is asked every frame."""
        self.record.badge(content() if callable(content) else content, self.time)
        self.last_badge, self.badge = self.badge, self.make_badge(content)
        return self._replace(self.last_badge, self.badge)

    # --- beats and captions

    def beat(self, name: str) -> None:
        """Begin a named section: one beat of the story."""
        self._note_shown()
        super().beat(name)
        self.told_here = False

    def tear_down(self) -> None:
        """Note how the last beat ends."""
        self._note_shown()
        super().tear_down()

    def tell(self, captions: Captions) -> None:
        """Take the captions of the scene, by key; the one named "question" is its question."""
        self.captions = captions
        self.question = as_caption(captions["question"]).text

    def ask(self, *morphs: Any, quiet: float = 0.0) -> None:
        """The first caption is the question; as it leaves, it becomes the title."""
        self.record.title = self.question
        self.say(self.captions.get("question", self.question), *morphs, quiet=quiet)
        self.rising = True

    def say_for(self, key: str, *morphs: Any, **how: Any) -> None:
        """Say the caption of this key, as `say` does."""
        self.say(self.captions[key], *morphs, **how)

    def say(
        self,
        caption: Caption | str,
        *morphs: Any,
        quiet: float = 0.0,
        terms: tuple[str, ...] = (),
        figures: int = 1,
        run_time: float | None = None,
    ) -> None:
        """Change the caption, and move what it speaks of while it is read.

        quiet: seconds after the morphs in which only the drift goes on; 1.5 after the moment that matters. run_time:
        of every morph but the fades, for the rare case that the caption does not decide. Raises ValueError for a
        caption that is too long or holds more than one number, and for one more than `MOST_CAPTIONS`.
        """
        told = as_caption(caption, terms, figures)
        self.captions_said += 1
        if self.captions_said > MOST_CAPTIONS:
            raise ValueError(f"{type(self).__name__} says more than {MOST_CAPTIONS} captions: {told.text!r}")
        self.hold_caption()
        self._change_caption(told)
        self.reading = max(theme.BRIEF + told.reading_seconds, LEAST_APART)
        if morphs:
            left = float(np.clip(self.reading - theme.BRIEF, *DECISIVE))
            moving = [prepare_animation(morph) for morph in morphs]
            for morph in moving:
                if isinstance(morph, Fade):
                    continue
                if run_time is not None or morph.run_time == DEFAULT_ANIMATION_RUN_TIME:
                    morph.run_time = left if run_time is None else run_time
            self.play(*moving)
        if quiet:
            self.hold_caption(quiet)

    def stage_surprise(self, caption: Caption | str, *morphs: Any, near: tuple[Any, ...] = (), **how: Any) -> None:
        """Go near first, if anything goes near; then the caption, the morphs slowly, and quiet."""
        if near:
            self.play(*near, run_time=theme.LONG)
        self.say(caption, *morphs, **{"quiet": QUIET, "run_time": sum(DECISIVE) / 2, **how})

    def answer(self, sentence: Caption | str, *morphs: Any) -> None:
        """The last caption: the answer to the question, as a sentence."""
        self.say(sentence, *morphs)

    def answer_for(self, *morphs: Any) -> None:
        """Say the caption named "answer"."""
        self.answer(self.captions["answer"], *morphs)

    def hold_caption(self, extra: float = 0.0) -> None:
        """Wait until the caption has been up for as long as it needs, and at least `extra` seconds more from now."""
        missing = self.reading - (self.clock - self.said_at) if self.caption_text else 0.0
        if (seconds := max(missing, extra)) > 1e-6:
            self._rest(frames(seconds))
        self.record.note(self.shown_texts())

    def _rest(self, seconds: float) -> None:
        """Wait; the drift goes on."""
        self.wait(seconds)

    def close_stage(self, hold: float = LAST_HOLD) -> None:
        """Read the last caption out, and drift until the cut."""
        super().close_stage(hold)

    def hush(self) -> Animation:
        """Read the caption out; the animation that takes it away, before something that it would contradict."""
        self.hold_caption()
        self._end_subcaption()
        line, self.caption, self.caption_text = self.caption, None, ""
        return Vanish(line, run_time=theme.BRIEF)

    def _change_caption(self, told: Caption) -> None:
        """The old caption leaves, the question to come as the title; then the new one comes."""
        self._end_subcaption()
        zone = theme.caption_strip()
        width = zone.width - 2 * theme.MARGIN
        new = wrapped(told.text, theme.INK, theme.CAPTION_SIZE, width, "center")
        if new.width > width:
            raise ValueError(f"caption too wide for the frame: {told.text!r}")
        new.move_to(zone.center).set_z_index(theme.LAYER_WORDS)
        if self.rising:
            self._raise_question()
        # The record and the subtitle count from here: what was said before has been read.
        self.caption_text, self.caption_start, self.said_at = told.text, self.time, self.clock
        self.record.caption(told.text, self.time)
        old, self.caption = self.caption, new
        self.play(*self._replace(old, new))
        self.told_here = True

    def _replace(self, old: VMobject | None, new: VMobject) -> list[Any]:
        """One line leaves before the next one comes; a live badge goes on changing while it does."""
        come = Appear(new, run_time=theme.BRIEF, rate_func=squish_rate_func(smooth, 0.5, 1.0))
        if old is None:
            return [come]
        return [come, Vanish(old, run_time=theme.BRIEF, rate_func=squish_rate_func(smooth, 0.0, 0.5))]

    def _raise_question(self) -> None:
        """The question leaves the caption strip, and comes as the title: it does not cross the picture on the way."""
        self.rising = False
        line, self.caption = self.caption, None
        assert line is not None
        zone = theme.title_strip()
        room = zone.width - 3 * theme.MARGIN - (0.0 if theme.VERTICAL else self.badge.width)
        scale = min(theme.QUESTION_SIZE / theme.CAPTION_SIZE, room / line.width)
        self.play(Vanish(line), run_time=RISE / 2)
        line.scale(scale)
        height = zone.top - theme.MARGIN - line.height / 2 if theme.VERTICAL else zone.center[1]
        edge = np.array([zone.left + theme.MARGIN, height, 0.0])
        self.title_line = line.move_to(edge).align_to(edge, LEFT)
        self.play(Appear(line), run_time=RISE / 2)

    # --- plates, cards, hero

    def plate(
        self,
        content: str | Callable[[], str],
        at: Any,
        target: Place | None = None,
        *,
        unit: str = "",
        color: str = theme.QUIET,
        name: str = "",
    ) -> Plate:
        """A number or words on a dark plate, for `Appear`; see `Plate`. name: of the figure that it shows."""
        plate = Plate(content, at, target, unit, color)
        if name:
            self.name_figure(name, plate)
        return plate

    def side_card(self, content: Mobject) -> Animation:
        """Show a thing on a dark card at the right; raises ValueError if it is too wide, or while another is up."""
        if self.card is not None:
            raise ValueError("one side card at a time: call clear_card first")
        self.card = SideCard(content)
        return Appear(self.card)

    def clear_card(self) -> Animation:
        """Take the side card away."""
        assert self.card is not None
        card, self.card = self.card, None
        return Vanish(card)

    def hero(self, place: Place, mark: str = "disc", trail: VMobject | None = None) -> VGroup:
        """The thing that is followed, at a frame point: a bright mark, over its trail if it leaves one."""
        return VGroup(*([] if trail is None else [trail]), hero_mark(place, mark)).set_z_index(theme.LAYER_HERO)

    def dim(self, *rest: Mobject) -> list[Animation]:
        """Take all that is not spoken of down to a third."""
        fresh = [mobject for mobject in rest if mobject not in self.dimmed]
        self.dimmed += fresh
        return [Fade(mobject, 1.0, DIMMED) for mobject in fresh]

    def undim(self, *rest: Mobject) -> list[Animation]:
        """Bring what was dimmed back; all of it if nothing is named."""
        back = [mobject for mobject in self.dimmed if not rest or mobject in rest]
        self.dimmed = [mobject for mobject in self.dimmed if mobject not in back]
        return [Fade(mobject, 1.0, 1 / DIMMED) for mobject in back]

    # --- what goes on by itself

    def start_drift(self, period: float = 12.0) -> None:
        """Let the sway go on from here to the end, through every play and wait."""
        self.drift.period = period
        self.drifting = True
        self.add_updater(self._sway)

    def _sway(self, dt: float) -> None:
        self.drift.advance(dt * theme.PACE)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play as a story scene does; what is faded goes on following what it follows."""
        animations = [prepare_animation(animation) for animation in args]
        for animation in animations:
            _keep_moving(animation)
        super().play(*animations, **kwargs)
        self.drift.settle()
        self._note_shown()

    def _order_before(self, animations: list[Animation]) -> None:
        """The order is the one in which things were added."""

    def _order_after(self) -> None:
        """The order is the one in which things were added."""

    def _at_rest(self, animations: list[Animation]) -> SuspendedUpdaters:
        """Nothing rests while the drift is on."""
        return SuspendedUpdaters() if self.drifting else super()._at_rest(animations)

    # --- what was shown

    def name_figure(self, name: str, thing: Shower) -> None:
        """Say what shows the figure of this name: a text, a plate, some of them, or a function that reads it off."""
        self.named[name] = thing

    def forget_figure(self, name: str) -> None:
        """From here on, nothing shows the figure of this name."""
        del self.named[name]

    def _note_shown(self) -> None:
        """Note the named figures that can be seen now, once the beat has begun to tell."""
        if self.told_here:
            self.named.note(self.record, self.mobjects)


def _keep_moving(animation: Animation) -> None:
    """What fades in or out, or is one of a group of animations, follows trackers all the same."""
    if isinstance(animation, AnimationGroup):
        for member in animation.animations:
            _keep_moving(member)
    elif isinstance(animation, FadeIn | FadeOut):
        animation.suspend_mobject_updating = False
