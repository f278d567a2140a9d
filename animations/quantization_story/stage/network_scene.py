"""A story scene about a trained network: it loads it, refuses one that has not learned, and knows its badge."""

from dataclasses import replace
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, VGroup, VMobject

from quantization_story.core.plane_geometry import Window, fit_window
from quantization_story.core.tasks import LabelledPoints, accuracy
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import percent, text
from quantization_story.networks.chosen import LEARNED_AT_LEAST, keeps_gate, load_chosen, task_accuracy, whole_network
from quantization_story.networks.requirements import Needs
from quantization_story.networks.settings import Settings
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme


class NetworkScene(StoryScene):
    """A story scene on a shipped network, or on the one that the environment names.

    A variant names another network or another bit width. needs: what the picture asks of any network. own_network:
    whether the scene always plays the network it names.
    """

    network_name = "pinwheel"
    bits: int | None = None  # the story's bit width, if left out
    needs = Needs(inputs=2, outputs=2, plane_layers=True, most_classes=4, task=True)
    own_network = False
    shown_points = 240
    measured_points = 3000
    input_window = Window(0.0, 0.0, 3.0)
    note = ""  # what must be known about the network, below the badge

    def load_story(self, name: str | None = None) -> None:
        """Load the network, check it, and quantize it. Raises ValueError before anything is drawn.

        name: a shipped network that is played whatever is chosen; if left out, the chosen one, else `network_name`.
        """
        own = self.own_network or name is not None
        settings = Settings(bits=self.bits) if own else self.settings()
        self.learned = load_chosen(settings, self.network_name if name is None else name)
        if settings.network is not None:
            self.needs.check(type(self).__name__, self.learned)
        self.note = self.gate(settings.allow_unlearned)
        self.net = self.learned.network
        self.head: Any = self.learned.readout  # (classes, 2), None where no task is given
        self.classes = 1 if self.head is None else len(self.head)
        held_out, most = self.learned.held_out, self.measured_points
        self.data = LabelledPoints(held_out.points[:most], held_out.labels[:most])
        self.story_bits = self.learned.bits
        self.quantized = self.learned.quantized()
        self.float_accuracy, self.quantized_accuracy = self.measured(self.net), self.measured(self.quantized)
        # The clouds on screen show the first held-out points; every figure is measured on all of them.
        self.points, self.labels = self.data.points[: self.shown_points], self.data.labels[: self.shown_points]
        if self.learned.provenance is None:
            self.input_window = fit_window(self.data.points, origin=False)
        self.record.network(self.facts())

    def facts(self) -> dict[str, Any]:
        """What goes on file about the network: which it is, how it is quantized, and what it reaches."""
        learned, given = self.learned, whole_network(self.learned)
        return {
            "name": learned.name,
            "sha256": learned.digest,
            "widths": list(given.widths),
            "bits": self.story_bits,
            "scales": "per channel" if learned.story.per_channel else "per tensor",
            "plane": None if learned.whole is None else learned.whole.words,
            "note": self.note,
            "task checked": self.checked,
            "float accuracy": self.float_accuracy,
            "quantized accuracy": self.quantized_accuracy,
            "float accuracy, all inputs": task_accuracy(learned),
            "quantized accuracy, all inputs": task_accuracy(learned, self.story_bits),
            "held-out points": len(self.data.points),
            "calibration points": len(learned.calibration.points),
        }

    @classmethod
    def settings(cls) -> Settings:
        """What is chosen in the environment, at the bit width of this scene where none is chosen there."""
        chosen = Settings.from_environment()
        return chosen if chosen.bits is not None else replace(chosen, bits=cls.bits)

    @classmethod
    def require_playable(cls) -> None:
        """Raise ValueError, before anything is drawn, if this scene cannot play the network that is chosen."""
        settings = cls.settings()
        if settings.network is not None and not cls.own_network:
            chosen = load_chosen(settings, cls.network_name)
            cls.needs.check(cls.__name__, chosen)
            keeps_gate(chosen, settings.allow_unlearned)

    def gate(self, allow_unlearned: bool) -> str:
        """The note below the badge: where the network is seen, and that it has not learned, if that is allowed."""
        notes, learned = [], self.learned
        if learned.whole is not None:
            notes.append(f"{learned.whole.network.widths[0]} inputs on {learned.whole.words}")
        if keeps_gate(learned, allow_unlearned) is False:
            notes.append(f"not learned (gate {percent(LEARNED_AT_LEAST, 0)} %)")
        return " · ".join(notes)

    def measured(self, network: Any) -> float:
        """The accuracy of a network on the held-out points, as they are seen; NaN where no task is given."""
        if self.head is None:
            return float("nan")
        return accuracy(network, self.data.points, self.data.labels, self.head)

    def whole_inputs(self, points: Any) -> Any:
        """Points (n, 2) as inputs of the network as it was given: where it is seen on a plane, in all its inputs."""
        return points if self.learned.whole is None else self.learned.whole.plane.inputs(points)

    @property
    def checked(self) -> bool:
        """Whether a task is given, so that there are classes and accuracies."""
        return self.head is not None

    @property
    def scheme(self) -> str:
        """The bit width, and the scales where there is more than one a matrix: "4-bit", "4-bit per channel"."""
        return f"{self.story_bits}-bit{' per channel' if self.learned.story.per_channel else ''}"

    @property
    def things(self) -> str:
        """What the classes are called: the arms of the pinwheel, else just classes."""
        return "arms" if self.learned.task is not None and self.learned.task.name == "pinwheel" else "classes"

    def task_words(self, reached: float) -> str:
        """An accuracy as it stands on a badge."""
        return f"accuracy {percent(reached)} %" if self.checked else "task not checked"

    def require_change(self) -> None:
        """Raise ValueError if rounding changes nothing: all weights lie on their levels."""
        if all(np.array_equal(a, b) for a, b in zip(self.net.weights, self.quantized.weights, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: at {self.story_bits} bits every weight of {self.learned.name} lies on a "
                "level, so rounding changes nothing"
            )

    def regime(self, now: float | None = None) -> str:
        """The badge: the regime, the bits, and accuracy from float to quantized (or to `now`, once it is corrected)."""
        reached = self.quantized_accuracy if now is None else now
        task = f"accuracy {percent(self.float_accuracy)} → {percent(reached)} %" if self.checked else "task not checked"
        return f"weight-only · {self.scheme} · {task}"

    def make_badge(self, content: str) -> VMobject:
        """The regime in the corner, and below it what must be known about the network."""
        badge = super().make_badge(content)
        if not self.note:
            return badge
        note = text(self.note, theme.QUIET, theme.SMALL_SIZE)
        return self.place_badge(VGroup(badge, note).arrange(DOWN, buff=0.1, aligned_edge=theme.BADGE_EDGE))

    def make_stage(self, window: Window, left: float = 1.1, panel_gap: float = 0.9) -> tuple[PlaneView, theme.Zone]:
        """A square view of the full height of the stage, `left` from its edge, and the panel at the right of it.

        In an upright frame the view is in the middle, and the panel below it.
        """
        place, panel = theme.stage_parts(theme.stage_zone().height - 0.1, left, panel_gap)
        x = theme.stage_zone().center[0] if theme.VERTICAL else place.center[0]
        return PlaneView((x, place.center[1], 0.0), place.height - 0.1, window), panel


def beside(label: VMobject, gap: float = 0.25) -> Any:
    """The point on the baseline at the right of a one-line label, to place a LiveText there."""
    return label.get_corner(DOWN + RIGHT) + np.array([gap, 0.07, 0.0])


def figure_place(zone: theme.Zone) -> Any:
    """Where a large figure stands in a panel: at its left edge, a little above the middle."""
    return np.array([zone.left, zone.center[1] + 0.15, 0.0])
