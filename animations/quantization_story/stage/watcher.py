"""What looks on while a scene plays: production counts seconds, a storyboard takes pictures, tests look for faults."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quantization_story.stage.story_scene import StoryScene


class Watcher:
    """Looks on while a scene plays, and changes nothing. Each of these does nothing unless it is overridden."""

    def on_beat(self, scene: "StoryScene", name: str) -> None:
        """A beat begins; the stage is as the last one has left it."""

    def before_play(self, scene: "StoryScene", animations: tuple[Any, ...]) -> None:
        """These animations are about to be played."""

    def on_play(self, scene: "StoryScene") -> None:
        """Animations have been played."""
