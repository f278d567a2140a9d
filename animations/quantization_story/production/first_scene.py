"""A scene of your own, to begin with: manim -pql FILE

It plays a shipped network; QUANT_STORY_NETWORK=my.npz before the command has it play yours. `prepare` builds, each
beat says its captions and moves what they speak of, and how long that takes follows from the words.
"""

import numpy as np
from manim import ValueTracker, VGroup

from quantization_story.analysis.strips import between
from quantization_story.core.plane_geometry import Window, fit_window, sector_polygons
from quantization_story.core.shown_numbers import percent
from quantization_story.core.tasks import accuracy_of_outputs
from quantization_story.mobjects.cells import cell_fill
from quantization_story.mobjects.plane import PlaneView, class_clouds
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.stage.fades import Appear
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.question_stage import QUIET, QuestionStage
from quantization_story.style import theme


class MyScene(QuestionStage, NetworkScene):
    """Every weight goes to its nearest level: where do the outputs of the network go?"""

    needs = NetworkRequirements(outputs=2, most_classes=4, task=True)

    def construct(self) -> None:
        """The table of contents."""
        self.prepare()
        self.ask_where()
        self.round_the_weights()
        self.say_where()
        self.close_stage()

    def prepare(self) -> None:
        """Load the network, write the captions with its figures, and lay its outputs over the whole frame."""
        self.load_story()
        self.tell(
            {
                "question": "Round every weight: where do the outputs go?",
                "rounding": "Each weight goes to a level, and each point goes along",
                "answer": f"They move, and {percent(self.quantized_accuracy)} % of the points are right now",
            }
        )
        self.rounded = ValueTracker(0.0)  # how far the weights are on their way: 0 float, 1 rounded
        self.view = self.make_view()
        sectors = zip(sector_polygons(self.view.window, self.head), theme.CLASS_COLORS, strict=False)
        self.sectors = VGroup(*(cell_fill([self.view.to_frame(sector)], color, 0.13) for sector, color in sectors))
        self.picture = class_clouds(self.view, self.points, self.labels, self.outputs, radius=0.07)
        self.badge_text = "float weights"
        self.open_stage()

    def make_view(self) -> PlaneView:
        """The plane of the outputs from edge to edge, with all points between the strips, before and after."""
        ends = fit_window(np.vstack([self.net(self.points), self.quantized(self.points)]))
        zone = theme.middle_zone()
        narrow, wide = sorted((zone.width, zone.height))
        return PlaneView(zone.center, wide, Window(ends.x, ends.y, ends.half * wide / narrow))

    def outputs(self, inputs: np.ndarray) -> np.ndarray:
        """Where inputs (n, d_0) come out, (n, 2), with the weights as they are now."""
        return between(self.net, self.quantized, self.rounded.get_value())(inputs)

    def accuracy(self) -> str:
        """How many of the held-out points are right now, in per cent."""
        return percent(accuracy_of_outputs(self.outputs(self.data.points), self.data.labels, self.head))

    def ask_where(self) -> None:
        """Show the outputs of the float network, a mark for each class, on the part of the plane that is its own."""
        self.beat("question")
        self.ask(Appear(self.sectors), Appear(self.picture))
        zone = theme.middle_zone()
        plate = self.plate(self.accuracy, (zone.right - 2.0, zone.top - 1.2), unit="% right", name="right")
        self.play(Appear(plate))

    def round_the_weights(self) -> None:
        """Move all weights to their levels; the points and the plate follow."""
        self.beat("rounding")
        self.say_for(
            "rounding", self.rounded.animate.set_value(1.0), *self.change_badge(f"{self.scheme} weights"), quiet=QUIET
        )

    def say_where(self) -> None:
        """Answer the question while the points stand where rounding has put them."""
        self.beat("answer")
        self.answer_for()
