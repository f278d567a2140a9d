"""What TwoErrorKindsScene shows: an error told apart by what it would be with the ReLUs as they were."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.one_dimension import (
    BrokenLine,
    LinePieces,
    LineRefinement,
    fitted_readout,
    line_pieces,
    refine_line,
)
from quantization_story.common import UniformQuantizer
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.network import ReluNetwork
from quantization_story.core.shown_numbers import number_word


@dataclass(frozen=True)
class ToyNetwork:
    """A network 1 -> H -> 1: its hidden units are given, its read-out is fitted to sin by least squares.

    slopes, switches: (H,), the input weight of each unit, and where it switches. interval: the inputs. bits: of a
    weight. places: how many points of sin it is fitted to.
    """

    slopes: tuple[float, ...] = (0.69, -1.07, 1.4, 0.49)
    switches: tuple[float, ...] = (-1.8, -1.2, -0.6, 2.0)
    interval: tuple[float, float] = (-3.0, 3.5)
    bits: int = 3
    places: int = 301

    def network(self) -> ReluNetwork:
        """The float network."""
        x = np.linspace(*self.interval, self.places)
        return fitted_readout(self.slopes, self.switches, x, np.sin(x))


CANDIDATES = 601  # inputs among which the typical one is sought
INNER = 0.85  # of the interval: where it is sought
APART = 0.02  # of the interval: how far from any crease


@dataclass(frozen=True, eq=False)
class LinePlaces:
    """The two networks of one input, piece by piece.

    network, quantized: the float network and the rounded one. interval: the inputs. line: both on common pieces. held:
    the rounded network with the ReLUs of the float one. own, other: the pieces of either. typical: an input at which
    the patterns are the same and the error is as large as it is on the whole. strip: the ends of the widest strip in
    which both kinds of error point the same way, of those that do not reach the end of the interval. past: an input
    past the old crease of that strip, in the next piece.
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
    past: float


@dataclass(frozen=True)
class TwoErrorKindsFigures:
    """The numbers of the scene.

    units, bits: how many ReLUs, and of how many bits a weight is. green: the share of what stands between the two lines
    and is no matter of a switched ReLU: the area of the metric error over those of both kinds. line: the two networks,
    piece by piece.
    """

    units: int
    bits: int
    green: float
    line: LinePlaces = field(repr=False, compare=False)


def measure(toy: ToyNetwork) -> TwoErrorKindsFigures:
    """The figures of a toy. Raises ValueError, one sentence, where no strip lies within the interval."""
    places = measure_line(toy)
    metric, topological = places.line.metric.area, places.line.topological.area
    return TwoErrorKindsFigures(
        units=sum(places.network.widths[1:-1]),
        bits=toy.bits,
        green=metric / (metric + topological),
        line=places,
    )


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
        past=past_old_crease(line, line_pieces(net, low, high), (widest[0], widest[1])),
    )


def past_old_crease(line: LineRefinement, own: LinePieces, strip: tuple[float, float]) -> float:
    """The middle of the piece that lies beyond the end of a strip at which the float network has its crease."""
    knots, ends = line.total.knots, np.array(strip)
    end = int(np.abs(ends[:, None] - own.breakpoints).min(axis=1).argmin())
    old = int(np.abs(knots - ends[end]).argmin())
    return float((knots[old] + knots[old + (1 if end else -1)]) / 2)


def captions(f: TwoErrorKindsFigures) -> Captions:
    """What is said, by key, in order."""
    most = "green: most of it comes from tilted pieces" if f.green > 0.5 else "red: most comes from switched ReLUs"
    return {
        "question": "Rounding can be wrong in two ways: which are they?",
        "line": "A tiny network: one input goes in, the height is what comes out",
        "crease": f"It has {number_word(f.units)} ReLUs. Where one goes on or off, the line has a crease",
        "rounded": "Now round its weights: the pieces of the line tilt",
        "moved": "And its creases move, from the solid lines to the dashed ones",
        "error": "The gap between the two lines is the error. Did tilting make it?",
        "near": "Go near to one crease, where it was and where it is now",
        "strip": "Between the two, one ReLU is on in one network, off in the other",
        "locked": "Set it back, as in float: the rounded network is at the green dot",
        "green": "So this much is wrong although no ReLU has switched: the tilt",
        "red": "And the rest, in red, is there only because a ReLU has switched",
        "past": "Past the old crease the ReLUs agree again: all of the gap is green",
        "sweep": "The same at every input: green for the tilt, red for the switch",
        "where": "Green is nearly everywhere, red only between old and new creases",
        "share": f"The larger part is {most}",
        "metric": Caption("Green is called metric error: the same ReLUs, other sizes", terms=("metric",)),
        "topological": Caption("Red is called topological error: another set of ReLUs", terms=("topological",)),
        "answer": "Pieces tilt, and some ReLUs switch. Can one correction mend both?",
    }


def badges(f: TwoErrorKindsFigures) -> list[str]:
    """What the badge says, from first to last."""
    return ["toy network, float weights", f"toy network, {f.bits}-bit weights"]


def shown(f: TwoErrorKindsFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name: none, for how large a share is would be one of a toy."""
    return {}
