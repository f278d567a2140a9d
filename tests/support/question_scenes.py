"""A small scene on the stage of one question, for the tests of the stage and of the audit."""

import numpy as np
from manim import ValueTracker

from quantization_story.core.captions import Caption
from quantization_story.mobjects.hero import Trail
from quantization_story.mobjects.live import live_segments
from quantization_story.mobjects.paths import in_frame
from quantization_story.stage.fades import Appear, Vanish
from quantization_story.stage.question_stage import QuestionStage
from quantization_story.style import theme

GOAL = 6.0  # how far the point goes
SWAY = 0.25  # frame units
LINES = np.array(
    [[[x, -8.5, 0.0], [x, 8.5, 0.0]] for x in range(-9, 10)] + [[[-9.0, y, 0.0], [9.0, y, 0.0]] for y in range(-8, 9)]
)
CAPTIONS = {
    "question": "How far does the point go?",
    "walk": Caption("It goes to the right, over the plane", terms=("plane",)),
    "answer": "It goes 6 units, and there it stays",
}


class Walk(QuestionStage):
    """A point walks over a plane that sways."""

    badge_text = "at rest"

    def construct(self) -> None:
        """Question, walk, answer."""
        self.build()
        self.open_stage()
        self.start_drift()
        self.beat("the question")
        self.add(self.picture)
        self.ask(Appear(self.point))
        self.beat("the walk")
        self.walk()
        self.beat("the answer")
        self.answer_for()
        self.close_stage()

    def build(self) -> None:
        """The plane, and a point on it with its trail."""
        self.tell(CAPTIONS)
        self.way = ValueTracker(0.0)
        self.picture = live_segments(lambda: self.swayed(LINES), theme.QUIET)
        trail = Trail(self.home, lambda points: self.swayed(in_frame(points)))
        self.point = self.hero(self.place, trail=trail)

    def walk(self) -> None:
        """The point goes; a plate says how far, and the badge that it does."""
        away = self.way.get_value
        self.plate_of_way = self.plate(
            lambda: f"{GOAL * away():.1f}", (3, 2), self.place, unit="units", color=theme.QUANTIZED, name="way"
        )
        badge = self.change_badge(lambda: "at rest" if away() in (0.0, 1.0) else "under way")
        appear = Appear(self.plate_of_way, run_time=theme.BRIEF)
        self.say_for("walk", self.way.animate.set_value(1.0), appear, *badge, quiet=1.5)
        self.play(Vanish(self.plate_of_way), run_time=theme.BRIEF)

    def swayed(self, points: np.ndarray) -> np.ndarray:
        """Frame points (…, 3) where the drift has them now."""
        return points + SWAY * np.array([self.drift.x, self.drift.y, 0.0])

    def home(self) -> np.ndarray:
        """Where the point is in the plane, (2,)."""
        return np.array([GOAL * (self.way.get_value() - 0.5), 0.5])

    def place(self) -> np.ndarray:
        """Where the point is in the frame, (3,)."""
        return self.swayed(in_frame(self.home()))
