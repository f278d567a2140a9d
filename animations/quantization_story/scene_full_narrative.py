"""The whole story in one video: a stitched pass through other scenes, for rehearsing voice-over and pacing."""

from collections.abc import Sequence

from quantization_story.stage.story_scene import StoryScene


class FullNarrative(StoryScene):
    """Play any list of story scenes one after the other, each a named section, with one subtitle file for all."""

    scenes: Sequence[type[StoryScene]] = ()

    def construct(self) -> None:
        """Play the parts in order. Raises ValueError if there are none, before anything is drawn."""
        if not self.scenes:
            raise ValueError(f"{type(self).__name__}: no scenes to play")
        for part in self.scenes:
            part.require_playable()
        parts, own_class, own_state = tuple(self.scenes), type(self), dict(vars(self))
        for part in parts:
            # For its time this scene is the part: it takes on the class, so the part's own methods, attributes and
            # parameters hold, while camera, clock and files stay this scene's. Then it forgets what the part has left.
            self.__class__ = part  # type: ignore[assignment]
            self.next_section(part.__name__)
            self.setup()
            self.beats_are_sections = False
            self.construct()
            self.leave_stage()
            self.clear()
            self.__class__ = own_class
            for name in set(vars(self)) - set(own_state):
                delattr(self, name)
