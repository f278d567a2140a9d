"""What QuantizationComparisonScene shows: how far rounding moves weights, how a gap grows, and what that costs."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.gap_journey import (
    GapJourney,
    GapPlaces,
    LayerGap,
    layer_gaps,
    oriented_together,
    stretches,
    typical,
)
from quantization_story.analysis.network_distances import rounded_weights
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.distances import spread
from quantization_story.core.network import ReluNetwork
from quantization_story.core.plane_geometry import box_around, tick_decimals, ticks
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.shown_numbers import number_word, percent, signed
from quantization_story.core.tasks import LabelledPoints, hits
from quantization_story.networks.checks import NO_SPAN
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition

STOPS = 5, 4  # bit widths at which the dial rests before that of the story
DRAWN = 300  # of the held-out points, the first ones
MUCH, HARDLY = 0.05, 0.01  # falls of accuracy: from the first on much is lost, up to the second hardly anything
MOST = 0.5  # the part of the fall from which on one layer is called guilty
ONE_CLASS = 0.9  # the part of the lost points from which on they are said to be of one class
FAR = 14.0  # times the extent of the points: how much of the plane is drawn


@dataclass(frozen=True)
class QuantizationFigures:
    """The numbers of the scene. Accuracies are shares of all held-out points; None, or empty, without labels.

    bits: the story's. weights: how many the network has. layer: whose weights stand on the axis; row: whether only
    its first row does. layers, classes: how many the network has. arms: whether the classes are the arms of the
    pinwheel. gaps: of the hero, by layer. growing: whether in each later layer the old gaps are stretched, over all
    points (RMS). hero_lost: whether the hero is right before and wrong after; hero_survives: whether it is right
    after each layer alone; pushes_cross: whether it is wrong where what these do to it is added up. together: of
    the lost points the share that is right after each layer alone. lost_of_one: whether nearly all lost points are
    of one class. reached: the accuracy at each stop of the dial. alone: the accuracy when one layer alone is
    rounded. places: what the picture is drawn from.
    """

    bits: int
    weights: int
    layer: int
    row: bool
    layers: int
    classes: int
    arms: bool
    gaps: tuple[LayerGap, ...]
    growing: bool
    points: int
    hero_lost: bool
    hero_survives: bool
    pushes_cross: bool
    together: float
    lost_of_one: bool
    float_accuracy: float | None
    reached: dict[int, float]
    alone: tuple[float, ...]
    places: GapPlaces = field(repr=False, compare=False)

    @property
    def checked(self) -> bool:
        """Whether there are labels, and so accuracies."""
        return self.float_accuracy is not None

    @property
    def finer(self) -> list[int]:
        """The stops of the dial before the story's bits."""
        return [bits for bits in self.reached if bits > self.bits]

    def fall(self, reached: float) -> float:
        """By how much an accuracy lies below that of the float network."""
        assert self.float_accuracy is not None
        return self.float_accuracy - reached

    @property
    def lost_alone(self) -> list[float]:
        """The share of all points that each layer costs when it alone is rounded; negative where it helps."""
        return [self.fall(reached) for reached in self.alone]

    @property
    def lost(self) -> float:
        """What all layers cost together."""
        return self.fall(self.reached[self.bits])

    @property
    def guilty(self) -> int | None:
        """The layer (from 1) that alone causes most of the fall; None where none does."""
        worst = int(np.argmin(self.alone))
        return worst + 1 if self.lost_alone[worst] > MOST * self.lost else None


def measure(subject: StorySubject) -> QuantizationFigures:
    """The figures of a network of two units in each layer, and of its rounded twin.

    Raises ValueError, one sentence, where the float network brings all points together: no gap can be compared then.
    """
    data, readout, bits = subject.data, subject.readout, subject.bits
    check_spread(subject.network, data.points)
    # Seen on a plane, layer 1 has other entries than its weights; those of layer 2 are as they are.
    layer, row = (1 if subject.learned.whole is None else 2), subject.learned.story.per_channel
    shown_weights = subject.network.weights[layer - 1][: 1 if row else None]
    rounding = rounded_weights(shown_weights, UniformQuantizer(bits))
    journey = GapJourney(*oriented_together(subject.network, subject.quantized))
    here = journey.at(data.points, len(journey.steps))
    before = after = np.ones(len(data.points), dtype=np.bool_)
    stops: dict[int, ReluNetwork] = {}
    alone: tuple[ReluNetwork, ...] = ()
    survives = after
    if readout is not None:
        before, after = (hits(each, data.labels, readout) for each in (here.points, here.twins))
        widths = [*(width for width in STOPS if width > bits), bits]
        stops = {width: subject.learned.quantized(width) for width in widths}
        alone = tuple(one_layer_rounded(subject.network, subject.quantized, k) for k in range(1, journey.net.depth + 1))
        survives = np.all([hits(each(data.points), data.labels, readout) for each in alone], axis=0)
    lost = before & ~after
    hero = typical(journey, data.points, lost & survives if (lost & survives).any() else lost)
    places = GapPlaces(
        rounding=rounding,
        layer=layer,
        journey=journey,
        sheet=partition(journey.net, box_around(data.points, FAR)),
        data=data,
        drawn=LabelledPoints(data.points[:DRAWN], data.labels[:DRAWN]),
        hero=hero,
        stops=stops,
        alone=alone,
        together=lost & survives,
        readout=readout,
    )
    added = journey.net(places.hero_point) + places.pushes.sum(axis=0) if alone else None
    return QuantizationFigures(
        bits=bits,
        weights=sum(weight.size for weight in subject.network.weights),
        layer=layer,
        row=row,
        layers=journey.net.depth,
        classes=0 if readout is None else len(readout),
        arms=subject.learned.task is not None and subject.learned.task.name == "pinwheel",
        gaps=layer_gaps(journey, places.hero_point),
        growing=all(stretches(journey, data.points)),
        points=len(data.points),
        hero_lost=bool(lost[hero]),
        hero_survives=bool(survives[hero]),
        pushes_cross=added is not None and not hits(added, data.labels[[hero]], readout)[0],
        together=float((lost & survives).sum() / max(lost.sum(), 1)),
        lost_of_one=bool(lost.any() and np.bincount(data.labels[lost]).max() >= ONE_CLASS * lost.sum()),
        float_accuracy=None if readout is None else subject.float_accuracy,
        reached={width: subject.accuracy(network) for width, network in stops.items()},
        alone=tuple(subject.accuracy(network) for network in alone),
        places=places,
    )


def check_spread(net: ReluNetwork, points: FloatArray) -> None:
    """Raise ValueError where all points come to one spot in some layer: no gap has a spread to be compared with."""
    hidden = net.pre_activations(points)[:-1]
    places = [("from the start", points)]
    for layer, values in enumerate(hidden, start=1):
        places += [(f"in layer {layer}", values), (f"in layer {layer}", np.maximum(values, 0.0))]
    for where, values in [*places, (f"in layer {net.depth}", net(points))]:
        if not spread(values) > NO_SPAN * np.abs(values).max():
            raise ValueError(f"all points lie on one spot {where}, and a gap has no spread to compare with")


def one_layer_rounded(net: ReluNetwork, quantized: ReluNetwork, layer: int) -> ReluNetwork:
    """The float network with one layer (from 1) of the rounded one."""
    mixed = [
        tuple(ours if k != layer - 1 else its for k, (ours, its) in enumerate(zip(*pair, strict=True)))
        for pair in ((net.weights, quantized.weights), (net.biases, quantized.biases))
    ]
    return ReluNetwork(*mixed)


# --- what is said, and what is shown as a number


def captions(figures: QuantizationFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, last = figures, figures.gaps[-1]
    which = f"{'is one row' if f.row else 'are those'} of layer {f.layer}"
    told: dict[str, Caption | str] = {
        "question": "Round every weight. Where does it go wrong?"
        if f.checked
        else "Round every weight. Where do the two networks part?",
        "weights": Caption(f"The network has {number_word(f.weights)} weights. Here {which}", figures=2),
        "levels": f"Kept in {f.bits} bits, each weight goes to the nearest of these lines",
        "pair": "Follow one point: blue in the float network, orange in the rounded",
        "first layer": "Layer 1: the rounded weights send it elsewhere. A gap opens",
        "fold": f"Then the ReLUs fold flat all that is below zero; the gap {_folded(f)}",
    }
    for layer in range(2, min(f.layers, 3)):
        does = "stretches" if f.gaps[layer - 1].stretch >= 1 else "presses"
        told[f"layer {layer}"] = f"Layer {layer} {does} that gap, now grey, and adds its own, in orange"
    if f.layers > 3:
        told["others"] = "The layers between do the same: they carry a gap on, and add to it"
    told["back"] = "Step back. All of this gap is an old one now, and grey"
    told["carry last"] = f"The last layer makes the old gap {signed(last.stretch, 1)} times as long"
    told["add last"] = "And it adds its own: from blue to orange is the error at the output"
    if not f.checked:
        told["answer"] = f"In every layer: each {_grows(f)} the old gap and adds its own. For good?"
        return told
    lost, kept = "A border lies between: orange is a wrong", "No border lies between: orange is a right"
    told["output"] = f"Now all outputs. {lost if f.hero_lost else kept} answer"
    if f.finer:
        few = f.fall(f.reached[f.finer[-1]]) <= HARDLY
        told["finer"] = Caption(
            f"Now round them all. {_range(f.finer)} {'hardly one' if few else 'not each'} leaves its class", figures=2
        )
    told["story"] = _at_story(f)
    told["alone"] = "Which layer is it? Round only one, the others stay float"
    if f.hero_lost and f.hero_survives:
        short, across = "pushes our point toward the line, but not across", "end to end they cross"
        told["survives"] = f"Each push alone falls short; {across}" if f.pushes_cross else f"Each alone {short}"
    told["together"] = _together(f)
    told["answer"] = _answer(f)
    return told


def _together(f: QuantizationFigures) -> str:
    if f.together < HARDLY:
        return "All at once lose hardly a point that no single layer loses"
    return f"Now all: the ringed ones, {percent(f.together, 0)} % of the lost, survive any one layer"


def _folded(f: QuantizationFigures) -> str:
    left = f.gaps[1].received / f.gaps[0].total if f.gaps[0].total > 0 else 1.0
    return "stays" if left > 1 - HARDLY else "shrinks"


def _grows(figures: QuantizationFigures) -> str:
    return "stretches" if figures.growing else "passes on"


def _range(stops: list[int]) -> str:
    if len(stops) == 1:
        return f"At {stops[0]} bits"
    return f"{'At' if len(stops) == 2 else 'From'} {stops[0]} {'and' if len(stops) == 2 else 'to'} {stops[-1]} bits"


def _at_story(f: QuantizationFigures) -> Caption:
    if f.lost < MUCH:
        few = "hardly a point leaves its class" if f.lost <= HARDLY else "some points leave their class"
        return Caption(f"At {f.bits} bits {few}")
    one = f"of one {'arm' if f.arms else 'class'}" if f.lost_of_one else "of several classes"
    return Caption(f"At {f.bits} bits many points {one} slide across a line")


def _answer(f: QuantizationFigures) -> str:
    if f.lost < MUCH:
        return f"Not yet: each layer {_grows(f)} the old gap and adds its own"
    if f.guilty is not None:
        return f"Most of it in layer {f.guilty}; each {_grows(f)} the gap, and adds. For good?"
    if f.pushes_cross and f.together > MOST:
        return "Mostly in no single layer: short pushes add up and cross. For good?"
    return f"In no single layer: gaps are {'stretched' if f.growing else 'passed on'}, and add up. Broken for good?"


def axis_ticks(figures: QuantizationFigures) -> dict[float, str]:
    """The round numbers below the axis, and how they are set."""
    reach = float(np.abs(figures.places.rounding.values).max())
    at = np.sort([0.0, *ticks(-reach, reach)])
    return {float(value): signed(float(value), tick_decimals(2 * reach)) for value in at}


def network_words(figures: QuantizationFigures) -> str:
    """What the float network does, below its accuracy."""
    return f"% right: {number_word(figures.layers)} layers, {number_word(figures.classes)} classes"


def both_words() -> str:
    """What the badge says of the pair before the first layer."""
    return "both networks"


def layer_words(figures: QuantizationFigures, layer: int, pressing: bool = False) -> str:
    """The same, once it is in a layer (from 1); pressing: whether its ReLUs act."""
    return f"layer {layer} ReLUs" if pressing else f"layer {layer} of {figures.layers}"


def alone_words(layer: int) -> str:
    """The same of the network with one layer rounded."""
    return f"only layer {layer}"


def badges(figures: QuantizationFigures) -> list[str]:
    """What the badge says, from first to last."""
    f, there = figures, f"{figures.bits}-bit weights"
    told = ["float weights", "rounding", there, both_words()]
    told += [layer_words(f, layer, pressing) for layer in range(1, f.layers + 1) for pressing in (False, True)][:-1]
    if not f.checked:
        return told
    told.append("float weights")
    for bits in f.reached:
        told += ["rounding", f"{bits}-bit weights"]
    for layer in range(1, f.layers + 1):
        told += ["rounding", alone_words(layer)]
    return [*told, "rounding", there]


def shown(figures: QuantizationFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    ticks = {"ticks": " ".join(axis_ticks(f).values())}
    told = {"weights": ticks, "levels": ticks}
    if not f.checked:
        return told
    told["question"] = {"float": f"{percent(f.float_accuracy or 0.0)} {network_words(f)}"}
    dial = {"stops": " ".join(["float", *map(str, f.reached)]), "percents": " ".join(map(str, percents(f)))}

    def right(reached: float) -> dict[str, str]:
        return {**dial, "right": f"{percent(reached)} % of points right"}

    if f.finer:
        told["finer bits"] = right(f.reached[f.finer[-1]])
    told["story bits"] = right(f.reached[f.bits])
    rows = {name: f"{name} {lost}" for name, lost in lost_rows(f)}
    told["one layer"] = {name: rows[name] for name in list(rows)[: f.layers]}
    told["all layers"] = told["answer"] = rows
    return told


def lost_rows(figures: QuantizationFigures) -> list[tuple[str, str]]:
    """The names of the rows of the last figure, and the numbers that stand in them."""
    f = figures
    names = [*(f"layer {layer}" for layer in range(1, f.layers + 1)), "all at once"]
    return [(name, signed(100 * lost, 1)) for name, lost in zip(names, lost_shares(f), strict=True)]


def lost_shares(figures: QuantizationFigures) -> list[float]:
    """What is lost in each of those rows, as shares of all points."""
    return [*figures.lost_alone, figures.lost]


def drawn_words(figures: QuantizationFigures) -> str:
    """How many of the points are drawn; nothing where all are."""
    share = round(figures.points / DRAWN)
    return f"about one point in {number_word(share)} drawn" if share > 1 else ""


def percents(figures: QuantizationFigures) -> tuple[int, int]:
    """The lowest and the highest number on the axis of accuracy: what the dial reaches lies between."""
    lowest = min(*figures.reached.values(), figures.float_accuracy or 1.0)
    return min(90, int(10 * np.floor(10 * lowest))), 100
