"""The subject of a story: a network that is read, checked, on its plane, quantized and measured, as a scene takes it.

One way, each stop once: `files` reads arrays, names and order; `checks` makes of them a network with points; `planes`
restricts it to a plane where it has more than two inputs; `chosen` gives it its quantizer; here it is quantized,
measured on held-out points and held against the gate. Scenes load, check and measure nothing.
"""

from dataclasses import dataclass, replace
from typing import Any

from quantization_story.core.arrays import FloatArray
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import Window
from quantization_story.core.shown_numbers import percent
from quantization_story.core.tasks import LEARNED_AT_LEAST, LabelledPoints, accuracy, unlearned_words
from quantization_story.networks import LearnedNetwork, planes
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.planes import PRINCIPAL
from quantization_story.networks.settings import ALLOW_UNLEARNED, TRANSPOSED, Settings

MEASURED = 3000  # so many held-out points at most: each live number is computed on them in every frame


@dataclass(frozen=True, eq=False)
class StorySubject:
    """One network as scenes show it; nothing in it changes.

    learned: the network with its points, read-out, quantizer and provenance, and, where it is seen on a plane, the
    whole network. quantized: the weight-only quantized network, on the same inputs. data: the held-out points, (n, d_0)
    with labels (n,), on which every accuracy is measured. window: the square of the input plane that holds them.
    float_accuracy, quantized_accuracy: on `data`, 0 to 1; NaN where no task is given. given_float_accuracy,
    given_quantized_accuracy: the same on all held-out points with all their inputs; None where no task is given.
    """

    learned: LearnedNetwork
    quantized: ReluNetwork
    data: LabelledPoints
    window: Window
    float_accuracy: float
    quantized_accuracy: float
    given_float_accuracy: float | None
    given_quantized_accuracy: float | None

    @property
    def name(self) -> str:
        """The name of the network or of its file."""
        return self.learned.name

    @property
    def network(self) -> ReluNetwork:
        """The float network, on the inputs that are seen."""
        return self.learned.network

    @property
    def calibration(self) -> LabelledPoints:
        """The points on which every correction is fitted; none of them is in `data`."""
        return self.learned.calibration

    @property
    def bits(self) -> int:
        """The story's bit width."""
        return self.learned.bits

    @property
    def readout(self) -> FloatArray | None:
        """The read-out (classes, d_L); None where no task is given."""
        return self.learned.readout

    @property
    def classes(self) -> int:
        """How many classes there are; 1 where no task is given."""
        return 1 if self.readout is None else len(self.readout)

    @property
    def checked(self) -> bool:
        """Whether a task is given, so that there are classes and accuracies."""
        return self.readout is not None

    def shown(self, count: int) -> LabelledPoints:
        """The first held-out points, for the clouds on screen."""
        return LabelledPoints(self.data.points[:count], self.data.labels[:count])

    def accuracy(self, network: ReluNetwork) -> float:
        """The accuracy of any network of these inputs on `data`, 0 to 1; NaN where no task is given."""
        if self.readout is None:
            return float("nan")
        return accuracy(network, self.data.points, self.data.labels, self.readout)

    def whole_inputs(self, points: FloatArray) -> FloatArray:
        """Points (n, 2) as inputs of the network as it was given: where it is seen on a plane, in all its inputs."""
        return points if self.learned.whole is None else self.learned.whole.plane.inputs(points)

    # --- in words

    @property
    def note(self) -> str:
        """What must be known beside the badge: the plane, and that the task is not learned; mostly nothing."""
        notes, whole, outputs = [], self.learned.whole, self.learned.outputs
        if whole is not None and outputs is not None and whole.words == PRINCIPAL:
            widths = self.learned.given.widths
            notes.append(f"{widths[0]} inputs, {widths[-1]} outputs: 2 principal directions each")
        else:
            notes += [] if whole is None else [f"{whole.network.widths[0]} inputs on {whole.words}"]
            notes += [] if outputs is None else [outputs.words]
        if self.given_float_accuracy is not None:
            linear = self.learned.linear_accuracy
            if self.given_float_accuracy < LEARNED_AT_LEAST:
                notes.append(f"not learned (gate {percent(LEARNED_AT_LEAST, 0)} %)")
            elif linear is not None and unlearned_words(self.given_float_accuracy, linear) is not None:
                notes.append(f"not learned (linear {percent(linear)} %)")
        return " · ".join(notes)

    def scheme(self, bits: int | None = None) -> str:
        """The bit width, the rounding if it is not to nearest, and the scales if a matrix has more than one.

        "4-bit", "4-bit per channel", "4-bit GPTQ".

        bits: those of the story if left out.
        """
        rounding = "" if self.learned.rounding.is_nearest else f" {self.learned.rounding.words}"
        return f"{bits or self.bits}-bit{rounding}{' per channel' if self.learned.story.per_channel else ''}"

    @property
    def things(self) -> str:
        """What the classes are called: the arms of the pinwheel, else just classes."""
        return "arms" if self.learned.task is not None and self.learned.task.name == "pinwheel" else "classes"

    def task_words(self, reached: float) -> str:
        """An accuracy as it stands on a badge."""
        return f"accuracy {percent(reached)} %" if self.checked else "task not checked"

    def regime(self, now: float | None = None, bits: int | None = None) -> str:
        """The badge: the regime, the bits, and accuracy from float to quantized (or to `now`, once it is corrected)."""
        reached = self.quantized_accuracy if now is None else now
        task = self.task_words(reached)
        if self.learned.outputs is not None and self.given_float_accuracy is not None:
            # Of another network than these two no more is known than the two outputs that are seen.
            own = now is None and bits in (None, self.bits)
            after = f" → {percent(reached)}" if own else ""
            task = f"accuracy{'' if own else ' of float'} {percent(self.float_accuracy)}{after} %"
        elif self.checked:
            task = f"accuracy {percent(self.float_accuracy)} → {percent(reached)} %"
        return f"weight-only · {self.scheme(bits)} · {task}"

    def facts(self) -> dict[str, Any]:
        """What goes on file about the network: which it is, how it is quantized, and what it reaches."""
        learned = self.learned
        return {
            "name": learned.name,
            "sha256": learned.digest,
            "widths": list(learned.given.widths),
            "read": list(learned.read),
            "bits": self.bits,
            "scales": "per channel" if learned.story.per_channel else "per tensor",
            "rounding": learned.rounding.kind,
            "damping": learned.rounding.damping if learned.rounding.is_damped else None,
            "plane": None if learned.whole is None else learned.whole.words,
            "outputs": None if self.learned.outputs is None else self.learned.outputs.words,
            "note": self.note,
            "task checked": self.checked,
            "float accuracy": self.float_accuracy,
            "quantized accuracy": self.quantized_accuracy,
            "float accuracy, all inputs": self.given_float_accuracy,
            "quantized accuracy, all inputs": self.given_quantized_accuracy,
            "held-out points": len(self.data.points),
            "calibration points": len(learned.calibration.points),
        }


class UnlearnedError(ValueError):
    """A network that has not learned its task."""


def load_subject(settings: Settings, default: str) -> StorySubject:
    """The network that the settings name, or the shipped `default`, quantized and measured.

    Raises ValueError, one sentence, for whatever is wrong with the choice, and for a network that has not learned (see
    `tasks.unlearned_words`) unless the settings allow it.
    """
    return measured(load_chosen(settings, default), settings.allow_unlearned)


def on_output_plane(subject: StorySubject) -> StorySubject:
    """A subject of more than two outputs with two, see `planes.on_output_plane`; its accuracies stay those of all."""
    learned = planes.on_output_plane(subject.learned)
    return subject if learned is subject.learned else replace(subject, learned=learned, quantized=learned.quantized())


def measured(learned: LearnedNetwork, allow_unlearned: bool = False) -> StorySubject:
    """A network quantized at its story's bit width and measured; raises ValueError if it has not learned its task."""
    quantized = learned.quantized()
    data = LabelledPoints(learned.held_out.points[:MEASURED], learned.held_out.labels[:MEASURED])
    reached = learned.accuracy()
    missing = None if reached is None else unlearned_words(reached, learned.linear_accuracy)
    if missing is not None and not allow_unlearned:
        raise UnlearnedError(
            f"the network {learned.name} has not learned its task: accuracy {reached:.1%} on held-out points, "
            f"{missing} ({_instead(learned)}{ALLOW_UNLEARNED}=1 shows it all the same){_read(learned)}"
        )
    on_plane, quantized_on_plane = (
        float("nan") if learned.readout is None else accuracy(network, data.points, data.labels, learned.readout)
        for network in (learned.network, quantized)
    )
    at_bits = learned.accuracy(learned.bits)
    return StorySubject(learned, quantized, data, learned.window, on_plane, quantized_on_plane, reached, at_bits)


def _read(learned: LearnedNetwork) -> str:
    return f"; {learned.read[0]}" if learned.read else ""


def _instead(learned: LearnedNetwork) -> str:
    """What else could be meant, as the start of an advice: square weights the other way round."""
    net, data = learned.given, learned.given_held_out
    if not learned.read or learned.readout is None or len(set(net.widths)) > 1:
        return ""
    turned = ReluNetwork(tuple(weight.T for weight in net.weights), net.biases)
    if unlearned_words(accuracy(turned, data.points, data.labels, learned.readout)) is not None:
        return ""
    other = 0 if any("(in, out)" in words for words in learned.read) else 1
    return f"{TRANSPOSED}={other}, with the weights the other way round, reaches it; "
