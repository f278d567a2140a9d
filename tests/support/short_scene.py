"""Scenes of two plays each, for manim's command line: the first is refused, as if it could not play a network."""

from manim import Circle, Create, FadeOut

from quantization_story.stage.story_scene import StoryScene


class Refused(StoryScene):
    """What cannot be played."""

    def construct(self) -> None:
        """Find out, before anything is drawn."""
        raise ValueError("the network has no circle")


class Short(StoryScene):
    """A circle comes and goes, a caption each."""

    title_text = "A short scene"
    badge_text = "a badge"

    def construct(self) -> None:
        """Two beats."""
        self.open_stage()
        circle = Circle()
        self.beat("comes")
        self.say("A circle comes.", Create(circle))
        self.hold_caption(0.5)
        self.beat("goes")
        self.say("It goes.", FadeOut(circle))
        self.close_stage(0.5)
