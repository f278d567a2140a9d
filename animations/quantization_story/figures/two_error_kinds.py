"""What TwoErrorKindsScene shows: an error told apart by what it would be with the ReLUs as they were."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.circle_errors import CircleError, circle_error, typical_radius
from quantization_story.analysis.one_dimension import (
    BrokenLine,
    LinePieces,
    LineRefinement,
    fitted_readout,
    line_pieces,
    refine_line,
)
from quantization_story.common import UniformQuantizer
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.network import ReluNetwork
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.networks.subject import StorySubject


@dataclass(frozen=True)
class ToyNetwork:
    """A network 1 -> H -> 1: its hidden units are given, its read-out is fitted to sin by least squares.

    slopes, switches: (H,), the input weight of each unit, and where it switches. interval: the inputs. bits: of a
    weight. places: how many points of sin it is fitted to.
    """

    slopes: tuple[float, ...] = (-0.45, -0.73, 1.06, -1.4, 0.7, 0.64)
    switches: tuple[float, ...] = (-2.4, -1.6, -0.3, 0.6, 1.3, 2.3)
    interval: tuple[float, float] = (-3.0, 3.5)
    bits: int = 3
    places: int = 301

    def network(self) -> ReluNetwork:
        """The float network."""
        x = np.linspace(*self.interval, self.places)
        return fitted_readout(self.slopes, self.switches, x, np.sin(x))


TOY = ToyNetwork()
CANDIDATES = 601  # inputs among which the typical one is sought
INNER = 0.85  # of the interval: where it is sought
APART = 0.02  # of the interval: how far from any crease


@dataclass(frozen=True, eq=False)
class LinePlaces:
    """The two networks of one input, piece by piece.

    network, quantized: the float network and the rounded one. interval: the inputs. line: both on common pieces. held:
    the rounded network with the ReLUs of the float one. own, other: the pieces of either. typical: an input at which
    the patterns are the same and the error is as large as it is on the whole. strip: the ends of the widest strip in
    which both kinds of error point the same way, of those that do not reach the end of the interval. against: the one
    in which they oppose each other most, if there is one.
    """

    network: ReluNetwork
    quantized: ReluNetwork
    interval: tuple[float, float]
    line: LineRefinement
    held: BrokenLine
    own: LinePieces
    other: LinePieces
    typical: float
    strip: tuple[float, float]
    against: tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class CirclePlaces:
    """A circle through the midst of the data of a network of two inputs, and its error on it."""

    center: FloatArray
    radius: float
    error: CircleError


@dataclass(frozen=True)
class TwoErrorKindsFigures:
    """The numbers of the scene; every error is an RMS, as a share of the RMS of the float output.

    units, toy_bits: of the network of one input. strips: how many there are. opposed: whether in one of them the two
    kinds of error oppose each other. error, held: the error of the rounded one,
    and what it would be with the ReLUs of the float network. scheme: how the network of two inputs is rounded;
    checked: whether it is known to have learned a task.
    circle_error, circle_held: the same on the circle. circle_share: the share of the circle on which patterns differ.
    crossings: in how many stretches.
    """

    units: int
    toy_bits: int
    strips: int
    opposed: bool
    error: float
    held: float
    scheme: str
    checked: bool
    circle_error: float
    circle_held: float
    circle_share: float
    crossings: int
    line: LinePlaces = field(repr=False, compare=False)
    circle: CirclePlaces = field(repr=False, compare=False)


def measure(subject: StorySubject, toy: ToyNetwork = TOY) -> TwoErrorKindsFigures:
    """The figures of the toy and of a network of two inputs.

    Raises ValueError, one sentence, where rounding switches no ReLU on the circle, or the output is zero all along it.
    """
    line = measure_line(toy)
    center = subject.data.points.mean(axis=0)
    radius = typical_radius(subject.data.points, tuple(center.tolist()))
    error = circle_error(subject.network, subject.quantized, radius, center=tuple(center.tolist()))
    if not error.crossed.any():
        raise ValueError(
            f"at {subject.bits} bits rounding switches no ReLU on a circle through the data: one kind only"
        )
    length = error.energy("value")
    if length == 0:
        raise ValueError("the output is zero all along a circle through the data: no error can be measured by it")
    after = np.roll(error.crossed, -1)
    return TwoErrorKindsFigures(
        units=sum(line.network.widths[1:-1]),
        toy_bits=toy.bits,
        strips=len(line.line.strips),
        opposed=line.against is not None,
        error=rms_share(line.line.total, line.line.network),
        held=rms_share(line.line.metric, line.line.network),
        scheme=subject.scheme(),
        checked=subject.checked,
        circle_error=float(np.sqrt(error.energy("total") / length)),
        circle_held=float(np.sqrt(error.energy("metric") / length)),
        circle_share=error.crossed_share,
        crossings=max(1, int(np.count_nonzero(error.crossed & ~after))),
        line=line,
        circle=CirclePlaces(center, radius, error),
    )


def rms_share(error: BrokenLine, of: BrokenLine) -> float:
    """The RMS of an error over an interval, as a share of the RMS of what it is an error of."""
    return float(np.sqrt(error.energy / of.energy))


def measure_line(toy: ToyNetwork) -> LinePlaces:
    """The toy and its rounded self. Raises ValueError where no strip lies within the interval."""
    net = toy.network()
    quantized = net.quantized(UniformQuantizer(toy.bits))
    line = refine_line(net, quantized, *toy.interval)
    low, high = toy.interval
    inner = INNER * (high - low) / 2
    middle = (low + high) / 2
    inside = line.strips[(line.strips[:, 0] > low) & (line.strips[:, 1] < high)]
    if not len(inside):
        raise ValueError("a network of one input in which rounding moves no crease: there is one kind of error only")
    agree = line.metric(inside.mean(axis=1)) * line.topological(inside.mean(axis=1)) > 0
    widest = max((inside[agree] if agree.any() else inside).tolist(), key=lambda strip: strip[1] - strip[0])
    apart = line.metric(inside.mean(axis=1)) * line.topological(inside.mean(axis=1))
    against = tuple(inside[apart.argmin()].tolist()) if apart.min() < 0 else None
    x = np.linspace(middle - inner, middle + inner, CANDIDATES)
    near = np.abs(x[:, None] - line.total.knots).min(axis=1) < APART * (high - low)
    same = (line.topological(x) == 0) & ~near
    rms = np.sqrt(line.total.energy / (high - low))
    typical = x[same][np.abs(np.abs(line.total(x[same])) - rms).argmin()]
    return LinePlaces(
        network=net,
        quantized=quantized,
        interval=toy.interval,
        line=line,
        held=BrokenLine(line.network.knots, line.network.ends + line.metric.ends),
        own=line_pieces(net, low, high),
        other=line_pieces(quantized, low, high),
        typical=float(typical),
        strip=(widest[0], widest[1]),
        against=against,
    )


def captions(f: TwoErrorKindsFigures) -> Captions:
    """What is said, by key, in order."""
    still = "still " if f.held > f.error / 2 else "only "
    return {
        "question": "Two ways to be wrong: which are they?",
        "line": f"One input, {number_word(f.units)} ReLUs: a line that bends where a ReLU switches",
        "rounded": "Round the weights: the pieces tilt, and the creases move",
        "error": f"The gap is the error; its RMS is {percent(f.error, 0)} % of the output's",
        "held": "What if the ReLUs had stayed as they were?",
        "locked": "Rounded weights, but each ReLU on or off as in the float network",
        "green": "Green: the error that is left. The pieces have tilted anyway",
        "strip": "Green jumps where a locked ReLU lets go: at its old crease",
        "red": "Red area: the rest. In the shaded strip a ReLU has switched",
        "walk": "Walk through it all: red comes only where the two patterns differ",
        **({"opposed": "In this strip red points back against green: they partly cancel"} if f.opposed else {}),
        "names": Caption(
            "Green is called the metric error, red the topological error", terms=("metric", "topological")
        ),
        "without": f"Without the red, the network would {still}be {percent(f.held, 0)} % off",
        "plane": f"Another network, {'trained, ' if f.checked else ''}two inputs: a circle through its data",
        "around": "Thickness is how far its output moves: green outward, red inward",
        "answer": "Pieces tilt, ReLUs switch. Where would one shift and stretch fail?",
    }


def badges(f: TwoErrorKindsFigures) -> list[str]:
    """What the badge says, from first to last."""
    return ["toy network, float weights", f"toy network, {f.toy_bits}-bit weights", f"two inputs, {f.scheme} weights"]


def share_label(share: float) -> str:
    """A share as it stands on a plate."""
    return f"{percent(share, 0)} %"


def shown(f: TwoErrorKindsFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    around = {"around": f"{share_label(f.circle_share)} in the strips"}
    both = {"error": f"{share_label(f.error)} with red", "held": f"{share_label(f.held)} green alone"}
    return {
        "the error": {"error": f"{share_label(f.error)} RMS of the gap"},
        "without the red": both,
        "once around": around,
        "answer": around,
    }
