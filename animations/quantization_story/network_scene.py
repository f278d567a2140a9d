"""A story scene about a trained network: it loads it, refuses one that has not learned, and knows its badge."""

from typing import Any

import numpy as np
from manim import DOWN, RIGHT, VMobject

from quantization_story import theme
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import percent
from quantization_story.networks import load_network
from quantization_story.planar import Window
from quantization_story.story_scene import StoryScene
from quantization_story.tasks import accuracy, require_learned


class NetworkScene(StoryScene):
    """A story scene on one of the shipped networks; a variant names another network or another bit width."""

    network_name = "pinwheel"
    bits: int | None = None  # the story's bit width, if left out
    shown_points = 240
    input_window = Window(0.0, 0.0, 3.0)

    def load_story(self) -> None:
        """Load the network, check that it has learned, and quantize it. Raises ValueError before anything is drawn."""
        self.learned = load_network(self.network_name)
        self.net, self.data, self.classes = self.learned.network, self.learned.held_out, self.learned.task.classes
        self.story_bits = self.learned.bits if self.bits is None else self.bits
        self.quantized = self.learned.quantized(self.story_bits)
        self.float_accuracy = require_learned(self.net, self.data.points, self.data.labels)
        self.quantized_accuracy = accuracy(self.quantized, self.data.points, self.data.labels, self.classes)
        # The clouds on screen show the first held-out points; every figure is measured on all of them.
        self.points, self.labels = self.data.points[: self.shown_points], self.data.labels[: self.shown_points]

    def regime(self, now: float | None = None) -> str:
        """The badge: the regime, the bits, and accuracy from float to quantized (or to `now`, once it is corrected)."""
        reached = self.quantized_accuracy if now is None else now
        return f"weight-only · {self.story_bits}-bit · accuracy {percent(self.float_accuracy)} → {percent(reached)} %"

    def make_stage(self, window: Window, left: float = 1.1, panel_gap: float = 0.9) -> tuple[PlaneView, theme.Zone]:
        """A square view of the full height of the stage, `left` from its edge, and the panel at the right of it."""
        stage = theme.stage_zone()
        side = stage.height - 0.1
        view = PlaneView((stage.left + left + side / 2, stage.center[1], 0.0), side, window)
        return view, theme.Zone(stage.left + left + side + panel_gap, stage.right, stage.bottom, stage.top)


def beside(label: VMobject, gap: float = 0.25) -> Any:
    """The point on the baseline at the right of a one-line label, to place a LiveText there."""
    return label.get_corner(DOWN + RIGHT) + np.array([gap, 0.07, 0.0])


def figure_place(zone: theme.Zone) -> Any:
    """Where a large figure stands in a panel: at its left edge, a little above the middle."""
    return np.array([zone.left, zone.center[1] + 0.15, 0.0])
