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
        for part in self.scenes:
            self.next_section(part.__name__)
            self.play_part(part, beats_are_sections=False)
