"""The renderer of the story: manim's, with plays that its cache tells apart by their pictures, and whole frames."""

from collections.abc import Iterable
from typing import Any

import manim
import numpy as np
from manim import Animation, Camera, ManimColor, Mobject, Scene
from manim.renderer.cairo_renderer import CairoRenderer

from quantization_story.stage.manim_internals import KEYS_TO_FILTER_OUT, plays_named_by
from quantization_story.stage.play_key import PlayKeys


class StoryRenderer(CairoRenderer):
    """Plays as manim does; whether a play is drawn or found in the cache makes no difference to what follows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._keys = PlayKeys()

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        """Play, and be as many whole frames later, as a video counts; manim adds seconds where it skips a play."""
        began, frame = self.time, 1 / self.camera.frame_rate
        with plays_named_by(self._key):
            super().play(scene, *args, **kwargs)
        if found_in_cache(self):
            self.time = began + frames_of(scene) * frame
        if not scene.is_current_animation_frozen_frame():
            scene.update_mobjects(0.0)  # what follows a follower sees the end as well, whether it was drawn or skipped
            for animation in scene.animations or []:
                animation.mobject.update(0.0)  # and so does what has left the stage in this play
        if found_in_cache(self) or not self.skip_animations:
            self.time = round(self.time / frame) * frame

    def _key(
        self,
        scene: Scene,
        camera: Camera,
        animations: Iterable[Animation],
        mobjects: Iterable[Mobject],
        *,
        backend: str,
        encoder_fingerprint: str,
        renderer_state: Any,
    ) -> str:
        """The name of the play that comes next, in the words of manim's own function."""
        surroundings = (manim.__version__, backend, encoder_fingerprint, renderer_state, type(self.file_writer))
        on_stage = (list(animations), list(mobjects), scene.foreground_mobjects, scene.updaters)
        return self._keys.key(*surroundings, type(camera), _settings(camera), *on_stage)


def _settings(camera: Camera) -> dict[str, Any]:
    """What a camera is told, in plain values; all else that it holds it has made of them."""
    told = {name: value for name, value in vars(camera).items() if name not in KEYS_TO_FILTER_OUT}
    plain = {name: value for name, value in told.items() if isinstance(value, str | float | int | ManimColor | None)}
    return dict(sorted({**plain, "frame_center": camera.frame_center}.items()))


def found_in_cache(renderer: CairoRenderer) -> bool:
    """Whether the play that is on is not drawn because it has been; else, if it is skipped, nobody wants to see it."""
    return renderer.skip_animations and renderer.animations_hashes[-1] is not None


def frames_of(scene: Scene) -> int:
    """The number of frames that the play of a scene has where it is drawn, counted as manim counts them."""
    frame = 1 / scene.camera.frame_rate
    if scene.is_current_animation_frozen_frame():
        return int(scene.duration / frame)
    return len(np.arange(0, scene.duration, frame))
