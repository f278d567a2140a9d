"""The frame of every story scene: title, one caption, regime badge, and beats with names."""

import math
from typing import Any, cast

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    Camera,
    FadeIn,
    FadeOut,
    ManimColor,
    Scene,
    ValueTracker,
    VMobject,
    smooth,
    squish_rate_func,
)
from manim.animation.animation import prepare_animation

from quantization_story import theme
from quantization_story.mobjects.text import text


class StoryScene(Scene):
    """A scene that tells its story in one caption line.

    `title_text` and `badge_text` are class attributes or set before `open_stage`. Captions are also written as
    subcaptions, and each stays long enough to be read.
    """

    title_text = ""
    badge_text = ""

    def setup(self) -> None:
        """Prepare the background and an empty caption line; nothing is shown yet."""
        super().setup()
        cast(Camera, self.camera).background_color = ManimColor(theme.BACKGROUND)
        self.beats_are_sections = True
        self.caption: VMobject | None = None
        self.caption_text = ""
        self.caption_start = 0.0
        self.badge = VMobject()

    # --- the frame

    def open_stage(self) -> None:
        """Put title and badge on; they stay for the whole scene."""
        zone = theme.title_zone()
        title = text(self.title_text, theme.INK, theme.TITLE_SIZE)
        title.move_to(zone.center).align_to(np.array([zone.left, 0, 0]), LEFT)
        self.badge = self.make_badge(self.badge_text)
        self.add(title, self.badge)

    def make_badge(self, content: str) -> VMobject:
        """The regime in the corner: what is quantized, to how many bits, and what that does to accuracy."""
        zone = theme.title_zone()
        badge = text(content, theme.QUIET, theme.SMALL_SIZE)
        return badge.move_to(zone.center).align_to(np.array([zone.right, 0, 0]), RIGHT)

    def change_badge(self, content: str) -> list[Any]:
        """The animations that replace the badge."""
        old, self.badge = self.badge, self.make_badge(content)
        return self._replace(old, self.badge)

    def _replace(self, old: VMobject | None, new: VMobject) -> list[Any]:
        """One line leaves before the next one comes: two in one place cannot be read."""
        come = FadeIn(new, run_time=theme.BRIEF, rate_func=squish_rate_func(smooth, 0.5, 1.0))
        if old is None:
            return [come]
        self.bring_to_front(old)  # from the back, all above it would be redrawn while it fades
        return [come, FadeOut(old, run_time=theme.BRIEF, rate_func=squish_rate_func(smooth, 0.0, 0.5))]

    # --- beats and captions

    def beat(self, name: str) -> None:
        """Begin a named section: one beat of the story."""
        if self.beats_are_sections:
            self.next_section(name)

    def say(self, caption: str, *animations: Any, run_time: float | None = None) -> None:
        """Change the caption, with animations beside it; first the old caption gets the time that it needs."""
        if len(caption) > theme.CAPTION_LIMIT:
            raise ValueError(f"caption of {len(caption)} characters, at most {theme.CAPTION_LIMIT}: {caption!r}")
        self.hold_caption()
        zone = theme.caption_zone()
        new = text(caption, theme.INK, theme.CAPTION_SIZE).move_to(zone.center)
        change: list[Any] = self._replace(self.caption, new)
        self._end_subcaption()
        self.caption, self.caption_text, self.caption_start = new, caption, self.time
        # The caption has changed within its usual time, however long what it speaks of moves on.
        beside = [prepare_animation(animation) for animation in animations]
        for animation in beside:
            animation.run_time = animation.run_time if run_time is None else run_time
        self.play(*change, *beside)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play as manim does; then put what has come to rest below what moves.

        manim redraws, every frame, all from the lowest moving object upward. What lies above zero in z stays there. A
        tracker that was moved leaves the stage: it cannot be seen, and at the back it would have all redrawn next time.
        """
        super().play(*args, **kwargs)
        self.remove(*(m for m in self.mobjects if isinstance(m, ValueTracker) and not m.updaters))
        self.bring_to_back(*(m for m in self.mobjects if m.z_index <= 0 and not m.get_family_updaters()))

    def hold_caption(self, extra: float = 0.0) -> None:
        """Wait until the caption has been up for as long as its words need, and `extra` seconds more."""
        needed = len(self.caption_text.split()) / theme.WORDS_PER_SECOND + extra
        missing = needed - (self.time - self.caption_start) if self.caption_text else extra
        if missing > 1e-6:
            self.wait(frames(missing), frozen_frame=True)  # nothing moves while the viewer reads

    def close_stage(self, hold: float = 2.0) -> None:
        """End on the still: wait for the last caption, then hold the picture."""
        self.hold_caption(hold)
        self._end_subcaption()

    def _end_subcaption(self) -> None:
        if self.caption_text:
            up = self.time - self.caption_start
            self.add_subcaption(self.caption_text, duration=max(up, 0.1), offset=-up)


def frames(seconds: float) -> float:
    """A waiting time rounded up to whole frames of 1/15 s, so that every frame rate shows it in full."""
    return math.ceil(seconds * 15 - 1e-6) / 15
