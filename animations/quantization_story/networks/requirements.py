"""What a scene needs of a network to draw its picture, and the sentence that says what is missing."""

from dataclasses import dataclass

import numpy as np

from quantization_story.core.network import ReluNetwork
from quantization_story.networks import LearnedNetwork
from quantization_story.networks.settings import ROUNDING


@dataclass(frozen=True)
class NetworkRequirements:
    """What a picture is drawn from; None, 0 and False ask for nothing.

    inputs, outputs: how many, those of a plane where a network is seen on one. own_inputs: no plane will do, since the
    weights of layer 1 themselves are shown. plane_layers: two units in every layer, so that each is a plane.
    hidden_layers: how many at least. most_classes: as many as there are marks. most_units: the most hidden units whose
    boundaries can be told apart. task: labelled points. rounding: at least one weight that rounding changes.
    output_plane: more outputs than asked for are seen on the plane of their two principal directions. nearest: each
    weight at its nearest level, since the picture explains how it finds it.
    """

    inputs: int | None = None
    outputs: int | None = None
    output_plane: bool = False
    own_inputs: bool = False
    plane_layers: bool = False
    hidden_layers: int = 0
    most_classes: int | None = None
    most_units: int | None = None
    task: bool = False
    rounding: bool = False
    nearest: bool = False

    def missing(self, learned: LearnedNetwork) -> str | None:
        """The first need that a network does not meet, in words; None if it meets all."""
        widths = learned.network.widths
        hidden = widths[1:-1]
        lacks = (
            (
                self.nearest and not learned.rounding.is_nearest,
                f"round-to-nearest, which it explains, and {ROUNDING} chooses {learned.rounding.words}",
            ),
            (self.plane_layers and set(widths[1:]) != {2}, "two units in every layer, to draw each as a plane"),
            (self.inputs not in (None, widths[0]), f"{self.inputs} inputs"),
            (
                self.own_inputs and learned.whole is not None,
                "2 inputs of its own: it shows the weights of layer 1",
            ),
            (
                self.outputs not in (None, widths[-1]) and not self.shows_outputs_on_plane(learned),
                f"{self.outputs} outputs, to draw them as a plane",
            ),
            (len(hidden) < self.hidden_layers, f"{self.hidden_layers} hidden layers or more"),
            (
                self.most_units is not None and sum(hidden) > self.most_units,
                f"at most {self.most_units} hidden units, to tell their boundaries apart",
            ),
            (
                self.most_classes is not None
                and learned.readout is not None
                and len(learned.readout) > self.most_classes,
                f"at most {self.most_classes} classes, to tell their marks apart",
            ),
            (self.task and learned.readout is None, "labelled points, to check the task"),
            (
                self.rounding and _same(learned.network, learned.quantized()),
                f"weights off their levels: at {learned.bits} bits rounding changes nothing",
            ),
        )
        return next((words for lack, words in lacks if lack), None)

    def shows_outputs_on_plane(self, learned: LearnedNetwork) -> bool:
        """Whether a network has more than two outputs, of which a plane will do."""
        return self.output_plane and learned.network.widths[-1] > 2

    def check(self, scene: str, learned: LearnedNetwork) -> None:
        """Raise ValueError, one sentence, if a network does not meet these needs."""
        words = self.missing(learned)
        if words is not None:
            widths = "-".join(map(str, learned.given.widths))
            raise ValueError(f"{scene} needs {words}; the network {learned.name} is {widths}{_data(learned)}")


def _data(learned: LearnedNetwork) -> str:
    return "" if learned.readout is not None else ", without labels"


def _same(net: ReluNetwork, quantized: ReluNetwork) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(net.weights, quantized.weights, strict=True))
