"""The frame of every story scene: title, one caption, regime badge, and beats with names."""

import inspect
import math
from pathlib import Path
from types import FunctionType
from typing import Any, cast

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Camera,
    FadeIn,
    FadeOut,
    ManimColor,
    Mobject,
    Scene,
    Typst,
    UpdateFromFunc,
    ValueTracker,
    VMobject,
    config,
    logger,
    smooth,
    squish_rate_func,
    tempconfig,
)
from manim.renderer.cairo_renderer import CairoRenderer

from quantization_story.mobjects.text import LiveText, text, wrapped
from quantization_story.networks.settings import Settings
from quantization_story.stage.camera import StoryCamera
from quantization_story.stage.clip import clip_record, clip_subtitles
from quantization_story.stage.manim_internals import prepare_animation
from quantization_story.stage.refusal import on_command_line, refuse, require_cairo
from quantization_story.stage.renderer import StoryRenderer, found_in_cache, frames_of
from quantization_story.stage.run_record import RunRecord
from quantization_story.stage.suspended_updaters import SuspendedUpdaters
from quantization_story.stage.video_writer import StoryWriter
from quantization_story.stage.voice import Speaker, voice_folder
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme

VISIBLE = 0.15  # the opacity below which a text counts as gone


class StoryScene(Scene):
    """A scene that tells its story in one caption line.

    `title_text` and `badge_text` are class attributes or set before `open_stage`. Captions are also written as
    subcaptions, and each stays long enough to be read.
    """

    title_text = ""
    badge_text = ""
    beats_are_sections = True

    def __init__(
        self,
        renderer: CairoRenderer | None = None,
        camera_class: type[Camera] = StoryCamera,
        skip_animations: bool = False,
        **kwargs: Any,
    ) -> None:
        require_cairo()
        # One play is encoded while the next is drawn: x264 holds back the frames of a short play until its end, and
        # manim would wait for it after each one.
        in_flight = {"max_inflight_encoders": max(2, config.max_inflight_encoders)}
        # manim wants the file's name alone, and would take braces in the folders for names of its settings.
        source = {"input_file": Path(config.input_file).name}
        with tempconfig({**in_flight, **source, **theme.format_config()}):
            renderer = renderer or StoryRenderer(StoryWriter, camera_class, skip_animations)
            super().__init__(renderer, camera_class, skip_animations=skip_animations, **kwargs)
        self.record = RunRecord(type(self).__name__)
        self.watchers: list[Watcher] = []
        self.speaker = Speaker(voice_folder())
        self.drawn_from: float | None = None  # when the first play began that -n lets draw

    @classmethod
    def require_playable(cls, settings: Settings | None = None) -> None:
        """Raise ValueError, one sentence, if what is chosen cannot be played; a scene without a network always can.

        settings: the choice; that of the environment if left out. Whatever can be known before drawing is found here.
        """

    @classmethod
    def refusal(cls, settings: Settings | None = None) -> str | None:
        """Why the scene cannot play what is chosen, the sentence of `require_playable`; None if it can."""
        try:
            cls.require_playable(settings)
        except (ValueError, ModuleNotFoundError) as error:
            return str(error)
        return None

    def setup(self) -> None:
        """Prepare the background and an empty caption line; nothing is shown yet."""
        super().setup()
        cast(Camera, self.camera).background_color = ManimColor(theme.BACKGROUND)
        self.caption: VMobject | None = None
        self.caption_text = ""
        self.caption_start = 0.0
        self.title_line, self.badge, self.last_badge = VMobject(), VMobject(), VMobject()
        self.speaker.enter(type(self).__name__)

    # --- the frame

    def open_stage(self) -> None:
        """Put title and badge on; they stay for the whole scene."""
        zone = theme.title_line()
        self.title_line = text(self.title_text, theme.INK, theme.TITLE_SIZE)
        self.title_line.move_to(zone.center).align_to(np.array([zone.left, 0, 0]), LEFT)
        self.badge = self.make_badge(self.badge_text)
        self.record.title = self.title_text
        self.record.badge(self.badge_text, self.time)
        self.add(self.title_line, self.badge)

    def make_badge(self, content: str) -> VMobject:
        """The regime in the corner: what is quantized, to how many bits, and what that does to accuracy."""
        return self.place_badge(text(content, theme.QUIET, theme.SMALL_SIZE))

    def place_badge(self, badge: VMobject) -> VMobject:
        """Put a badge into its corner: at the right of the title; in an upright frame below it, at the left."""
        zone = theme.badge_zone()
        badge.move_to(zone.center)
        if theme.VERTICAL:
            return badge.align_to(np.array([zone.left, zone.top, 0.0]), LEFT + UP)
        return badge.align_to(np.array([zone.right, 0.0, 0.0]), RIGHT)

    def change_badge(self, content: str) -> list[Any]:
        """The animations that replace the badge."""
        self.record.badge(content, self.time)
        self.last_badge, self.badge = self.badge, self.make_badge(content)
        return self._replace(self.last_badge, self.badge)

    def _replace(self, old: VMobject | None, new: VMobject) -> list[Any]:
        """One line leaves before the next one comes: two in one place cannot be read."""
        come = FadeIn(new, run_time=theme.BRIEF, rate_func=squish_rate_func(smooth, 0.5, 1.0))
        if old is None:
            return [come]
        return [come, FadeOut(old, run_time=theme.BRIEF, rate_func=squish_rate_func(smooth, 0.0, 0.5))]

    # --- beats and captions

    def beat(self, name: str) -> None:
        """Begin a named section: one beat of the story; the last one lasts until what is spoken in it is over."""
        self._let_speak()
        for watcher in self.watchers:
            watcher.on_beat(self, name)
        self.record.end(self.shown_texts(), self.time)
        self.record.begin(name, self.time)
        if self.beats_are_sections:
            self.next_section(name)
        self.speaker.begin(self, name)

    def _let_speak(self) -> None:
        """Wait, as while a caption is read, until what is spoken is over."""
        if (missing := self.speaker.missing(float(self.time))) > 0.0:
            self._rest(frames(missing * theme.PACE))

    def _rest(self, seconds: float) -> None:
        """Wait while nothing moves: the viewer reads or listens."""
        self.wait(seconds, frozen_frame=True)

    def say(self, caption: str, *animations: Any, run_time: float | None = None) -> None:
        """Change the caption, with animations beside it; first the old caption gets the time that it needs."""
        if len(caption) > theme.CAPTION_LIMIT:
            raise ValueError(f"caption of {len(caption)} characters, at most {theme.CAPTION_LIMIT}: {caption!r}")
        self.hold_caption()
        zone = theme.caption_zone()
        new = wrapped(caption, theme.INK, theme.CAPTION_SIZE, zone.width, "center").move_to(zone.center)
        change: list[Any] = self._replace(self.caption, new)
        self._end_subcaption()
        self.caption, self.caption_text, self.caption_start = new, caption, self.time
        self.record.caption(caption, self.time)
        # The caption has changed within its usual time, however long what it speaks of moves on.
        beside = [prepare_animation(animation) for animation in animations]
        for animation in beside:
            animation.run_time = animation.run_time if run_time is None else run_time
        self.play(*change, *beside)

    def play(self, *args: Any, **kwargs: Any) -> None:
        """Play as manim does, but let it redraw only what changes.

        manim draws anew, every frame, all from the lowest moving object upward, and takes for moving what has an
        updater. So while no tracker moves, whatever follows trackers is at rest; text that changes comes to the front
        first; and what has come to rest in the end goes below what moves, unless it lies above zero in z. A tracker
        that was moved leaves the stage: it cannot be seen, and at the back it would have all redrawn.
        """
        if self.drawn_from is None and self.renderer.num_plays >= config.from_animation_number:
            self.drawn_from = self.time
        animations = [prepare_animation(animation) for animation in args]
        for watcher in self.watchers:
            watcher.before_play(self, args)
        self._update_newcomers(animations)
        self._order_before(animations)
        at_rest = self._at_rest(animations)
        _know_signatures(self.mobjects)
        for animation in animations:
            animation.run_time /= theme.PACE
        kwargs = {name: value / theme.PACE if name == "run_time" else value for name, value in kwargs.items()}
        super().play(*animations, **kwargs)
        at_rest.end()
        self._order_after()
        for watcher in self.watchers:
            watcher.on_play(self)

    def _update_newcomers(self, animations: list[Animation]) -> None:
        """What comes on stage comes as it is now: it was not updated while it was away."""
        here = {id(member) for member in self.get_mobject_family_members()}
        for animation in animations:
            if animation.mobject is not None and id(animation.mobject) not in here:
                animation.mobject.update(0.0)

    def _order_before(self, animations: list[Animation]) -> None:
        """Text that changes comes to the front."""
        changing = [member for animation in animations for member in animation.mobject.get_family()]
        self.bring_to_front(*(m for m in changing if isinstance(m, Typst | LiveText) and m in self.mobjects))

    def _at_rest(self, animations: list[Animation]) -> SuspendedUpdaters:
        """Whatever follows trackers rests while no tracker moves."""
        return SuspendedUpdaters() if any(map(_moves, animations)) else SuspendedUpdaters(*self.mobjects)

    def _order_after(self) -> None:
        """Moved trackers leave; what has come to rest goes below what moves."""
        self.remove(*(m for m in self.mobjects if isinstance(m, ValueTracker) and not m.updaters))
        still = [m for m in self.mobjects if m.z_index <= 0 and not m.get_family_updaters()]
        self.bring_to_back(*(piece for mobject in still for piece in _pieces(mobject)))

    def update_to_time(self, t: float) -> None:
        """Move all to `t` seconds of the play; what moves by itself goes on by one frame from play to play.

        A play from the cache comes here once, at its end, and what moves by itself gets as far as if it were drawn.
        """
        cached = found_in_cache(self.renderer)
        if cached or t == 0.0:
            self.last_t = t - (frames_of(self) if cached else 1) / config.frame_rate
        super().update_to_time(t)

    @staticmethod
    def freeze(*movers: Mobject) -> None:
        """Let movers rest whose trackers will not move again, so that they are no longer drawn anew every frame."""
        for mover in movers:
            mover.update()
            mover.clear_updaters()

    def hold_caption(self, extra: float = 0.0) -> None:
        """Wait until the caption has been up for as long as its words need, and `extra` seconds more."""
        needed = len(self.caption_text.split()) / theme.WORDS_PER_SECOND + extra
        missing = needed - (self.time - self.caption_start) * theme.PACE if self.caption_text else extra
        if missing > 1e-6:
            self._rest(frames(missing))
        self.record.note(self.shown_texts())

    def close_stage(self, hold: float = 2.0) -> None:
        """End on the still: wait for the last caption and the last words, then hold the picture."""
        self._let_speak()
        self.hold_caption(hold)
        self._end_subcaption()

    def play_part(self, scene: type["StoryScene"], beats_are_sections: bool = True) -> None:
        """Play another scene on the camera, the clock and the files of this one; it leaves the stage in the end.

        The part is a scene of its own, with its own mobjects and parameters, so it leaves nothing else behind.
        """
        part = scene(_NoFiles(camera_class=self.camera_class))
        part.renderer, part.record, part.watchers = self.renderer, self.record, self.watchers
        part.speaker = self.speaker
        part.beats_are_sections, part.drawn_from = beats_are_sections, self.drawn_from
        try:
            part.setup()
            part.construct()
            part.play(FadeOut(*part.mobjects), run_time=theme.BRIEF)
            part.tear_down()
        finally:
            self.drawn_from = part.drawn_from

    def _end_subcaption(self) -> None:
        if self.caption_text and not self.speaker.speaks:  # else the subtitles are what is spoken
            up = self.time - self.caption_start
            self.add_subcaption(self.caption_text, duration=max(up, 0.1), offset=-up)

    # --- what was shown

    def shown_texts(self) -> list[str]:
        """The texts and live numbers that are on screen now, in reading order, without title, badge and caption."""
        frame_parts = (self.title_line, self.badge, self.last_badge, *([self.caption] if self.caption else []))
        apart = {id(member) for part in frame_parts for member in part.get_family()}
        members = [member for mobject in self.mobjects for member in mobject.get_family() if id(member) not in apart]
        lines = [
            member
            for member in members
            if isinstance(member, Typst | LiveText) and len(member.points) and member.get_fill_opacity() > VISIBLE
        ]
        lines.sort(key=_reading_order)
        return [line.content if isinstance(line, LiveText) else line.typst_code for line in lines]

    def tear_down(self) -> None:
        """Note how the last beat ends."""
        super().tear_down()
        self.speaker.leave(self)
        self.record.end(self.shown_texts(), self.time)
        if config.from_animation_number > 0 or config.upto_animation_number < math.inf:
            self._keep_clip()

    def _keep_clip(self) -> None:
        """Leave in the record and the subtitles what the clip shows that -n asks for; ValueError if it is empty."""
        if self.drawn_from is None:
            played = f"{self.renderer.num_plays} were played, the first one is 0"
            raise ValueError(f"-n from {config.from_animation_number} on leaves no animation to be drawn: {played}")
        writer = cast(StoryWriter, self.renderer.file_writer)
        if not any(abs(each.start.total_seconds() - self.caption_start) < 1e-3 for each in writer.subcaptions):
            self._end_subcaption()
        writer.subcaptions = clip_subtitles(writer.subcaptions, self.drawn_from, self.time)
        clip_record(self.record, self.drawn_from, self.time)

    def render(self, preview: bool = False) -> bool:
        """Render as manim does, and write what was shown beside the video.

        What is wrong with the input, found before anything is drawn, is one line on a command line, and no traceback;
        where several scenes are to be rendered, the others are.
        """
        try:
            with tempconfig(theme.format_config()):
                rerun = super().render(preview)
        except ValueError as error:
            if self.drawn_from is not None or not on_command_line():
                raise
            refuse(type(self).__name__, error)
            return False
        self.write_record()
        return rerun

    def write_record(self) -> None:
        """Write the figures beside the video or still; where that cannot be, say so and keep the video."""
        artifact = getattr(self.renderer.file_writer, "final_file_path", None)
        if artifact is None:
            return
        try:
            self.record.write_beside(artifact, self.time - (self.drawn_from or 0.0))
        except OSError as error:
            logger.warning(f"{artifact} is complete, but its figures cannot be written beside it: {error}")


class _NoFiles(CairoRenderer):
    """What a part of a video is made with, before it takes over the renderer of the whole: it opens no files."""

    def init_scene(self, *_: Any) -> None:
        """Make no file writer."""


def frames(seconds: float) -> float:
    """A waiting time rounded up to whole frames of 1/15 s, so that every frame rate shows it in full."""
    return math.ceil(seconds * 15 - 1e-6) / 15


def _reading_order(line: VMobject) -> tuple[float, float]:
    """From top to bottom, then from left to right."""
    (left, bottom), (_, top) = line.points[:, :2].min(axis=0), line.points[:, :2].max(axis=0)
    return -round(float(bottom + top) / 2, 1), float(left)


def _pieces(mobject: Mobject) -> list[Mobject]:
    """A mobject, or the members of a mere group, so that one of them can move and the others stay where they are."""
    if len(mobject.points) or not mobject.submobjects:
        return [mobject]
    return [piece for member in mobject.submobjects for piece in _pieces(member)]


def _know_signatures(mobjects: list[Mobject]) -> None:
    """Keep the signature of each updater with it: manim asks for it every frame, and to find it out takes its time."""
    for mobject in mobjects:
        for updater in mobject.get_family_updaters():
            if isinstance(updater, FunctionType) and not hasattr(updater, "__signature__"):
                updater.__signature__ = inspect.signature(updater)  # type: ignore[attr-defined]


def _moves(animation: Animation) -> bool:
    """Whether an animation moves a tracker, or may move anything, so that what follows has to be drawn anew."""
    if isinstance(animation, AnimationGroup):
        return any(map(_moves, animation.animations))
    followed = isinstance(animation, UpdateFromFunc) or animation.mobject is None
    return followed or any(isinstance(member, ValueTracker) for member in animation.mobject.get_family())
