"""The whole story in one video: a stitched pass through other scenes, for rehearsing voice-over and pacing."""

from collections.abc import Sequence

from quantization_story.networks.settings import Settings
from quantization_story.stage.story_scene import StoryScene


class FullNarrative(StoryScene):
    """Play any list of story scenes one after the other, each a named section, with one subtitle file for all."""

    scenes: Sequence[type[StoryScene]] = ()
    title_text = "The whole story"

    @classmethod
    def require_playable(cls, settings: Settings | None = None) -> None:
        """Raise ValueError if there are no parts, or the sentence of the first that cannot be played."""
        if not cls.scenes:
            raise ValueError(f"{cls.__name__}: no scenes to play")
        for part in cls.scenes:
            part.require_playable(settings)

    def construct(self) -> None:
        """Play the parts in order. Raises ValueError before anything is drawn, if one of them cannot be played."""
        self.require_playable()
        for part in self.scenes:
            self.next_section(part.__name__)
            self.play_part(part, beats_are_sections=False)
        self.record.title = self.title_text  # not that of the last part
