"""A story scene about a trained network: it takes its subject as it is, and refuses before anything is drawn."""

from dataclasses import replace
from typing import Any

import numpy as np
from manim import DOWN, RIGHT, VGroup, VMobject

from quantization_story.core.arrays import FloatArray, IntArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import Window
from quantization_story.core.tasks import LabelledPoints
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import text
from quantization_story.networks import LearnedNetwork
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject, on_output_plane
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme


class NetworkScene(StoryScene):
    """A story scene on a shipped network, or on the one that the environment names.

    A variant names another network or another bit width. needs: what the picture asks of any network. own_network:
    whether the scene always plays the network it names. second_network_name: a shipped network that comes later in it.
    `load_story` sets `subject` (its fields: see `StorySubject`), `figures` and `second`; the other names are short
    for parts of the subject.
    """

    network_name = "pinwheel"
    second_network_name: str | None = None
    bits: int | None = None  # the story's bit width, if left out
    needs = NetworkRequirements(inputs=2, outputs=2, plane_layers=True, most_classes=4, task=True)
    own_network = False
    shown_points = 240
    subject: StorySubject

    # --- before anything is drawn

    @classmethod
    def figures_of(cls, subject: StorySubject) -> Any:
        """All that the scene shows of a network, computed; raises ValueError, one sentence, where that cannot be."""
        return None

    @classmethod
    def choose(cls, settings: Settings | None = None) -> StorySubject:
        """The network that this scene plays: the one that is chosen (in the environment), or its own.

        Raises ValueError for whatever is wrong with the choice, and if the scene needs another kind of network.
        """
        chosen = Settings.from_environment() if settings is None else settings
        if cls.own_network:
            chosen = Settings()
        subject = load_subject(chosen if chosen.bits is not None else replace(chosen, bits=cls.bits), cls.network_name)
        cls.needs.check(cls.__name__, subject.learned)
        return on_output_plane(subject) if cls.needs.shows_outputs_on_plane(subject.learned) else subject

    @classmethod
    def require_playable(cls, settings: Settings | None = None) -> None:
        """Raise ValueError, one sentence, if this scene cannot play what is chosen: its figures are worked out."""
        cls._worked_out(cls.choose(settings))

    @classmethod
    def _worked_out(cls, subject: StorySubject) -> Any:
        try:
            return cls.figures_of(subject)
        except ValueError as error:
            raise ValueError(f"{cls.__name__} cannot show {subject.name} at {subject.bits} bits: {error}") from error

    def load_story(self) -> None:
        """Take the subject and work out its figures. Raises ValueError before anything is drawn."""
        subject = self.choose()
        self.figures = self._worked_out(subject)
        self.take(subject)
        if self.second_network_name is not None:
            second = Settings(bits=self.bits, rounding=subject.learned.rounding.kind)
            self.second = load_subject(second, self.second_network_name)

    def take(self, subject: StorySubject) -> None:
        """From here on the scene is about this network; that goes on record."""
        self.subject = subject
        self.record.network(subject.facts())

    # --- parts of the subject by short names

    @property
    def learned(self) -> LearnedNetwork:
        """The network as it was read, with its points and where it comes from."""
        return self.subject.learned

    @property
    def net(self) -> ReluNetwork:
        """The float network."""
        return self.subject.network

    @property
    def quantized(self) -> ReluNetwork:
        """The weight-only quantized network."""
        return self.subject.quantized

    @property
    def data(self) -> LabelledPoints:
        """The held-out points on which every figure is measured."""
        return self.subject.data

    @property
    def points(self) -> FloatArray:
        """The points of the clouds on screen, (shown_points, d_0): the first held-out ones."""
        return self.data.points[: self.shown_points]

    @property
    def labels(self) -> IntArray:
        """The labels of these points."""
        return self.data.labels[: self.shown_points]

    @property
    def head(self) -> Any:
        """The read-out (classes, d_L); None where no task is given."""
        return self.subject.readout

    @property
    def classes(self) -> int:
        """How many classes there are; 1 where no task is given."""
        return self.subject.classes

    @property
    def checked(self) -> bool:
        """Whether a task is given, so that there are classes and accuracies."""
        return self.subject.checked

    @property
    def story_bits(self) -> int:
        """The bit width of the quantized network."""
        return self.subject.bits

    @property
    def float_accuracy(self) -> float:
        """Of the float network, 0 to 1; NaN where no task is given."""
        return self.subject.float_accuracy

    @property
    def quantized_accuracy(self) -> float:
        """Of the quantized network, 0 to 1; NaN where no task is given."""
        return self.subject.quantized_accuracy

    @property
    def input_window(self) -> Window:
        """The square part of the input plane that is seen."""
        return self.subject.window

    @property
    def note(self) -> str:
        """What must be known about the network, below the badge."""
        return self.subject.note

    @property
    def scheme(self) -> str:
        """The bit width in words, with scales and rounding: "4-bit", "4-bit per channel", "4-bit GPTQ"."""
        return self.subject.scheme()

    @property
    def things(self) -> str:
        """What the classes are called."""
        return self.subject.things

    def task_words(self, reached: float) -> str:
        """An accuracy as it stands on a badge."""
        return self.subject.task_words(reached)

    def regime(self, now: float | None = None, bits: int | None = None) -> str:
        """The badge, from the float accuracy to the quantized one, or to `now`; at other bits, if they are given."""
        return self.subject.regime(now, bits)

    # --- what is on stage

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
