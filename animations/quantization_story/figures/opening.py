"""What the opening shows: how much rounding breaks, what sinks one flat piece, weight by weight, and what saves it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from quantization_story.analysis.margins import (
    MarginPlaces,
    MarginStory,
    weight_sizes,
    with_one_turned,
)
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.captions import MARK_NAMES, Caption, Captions
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.core.tasks import hits
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition
from quantization_story.partition.mesh import Box

DRAWN = 240  # of the held-out points, the first ones
MUCH = 0.05  # the fall of accuracy from which on it is said that much breaks
ROOM = 0.03  # between the points and the edge of the sheet, as a share of its side
MOST = 0.5  # the part of the loss from which on most of it is explained, or saved
NEAR = 0.5  # of the height of its other points, half a class: a piece whose points lie lower is near the tie
PUSHES = 8  # so many weights, or groups of weights, push the hero one after the other
BACK, TURNED = "weights going back", "one weight the other way"  # of the badge
STILL = 1e-9  # of the hero's height: what moves it by less does not push it


@dataclass(frozen=True)
class OpeningFigures:
    """The numbers of the opening. Accuracies are shares of all held-out points, of all classes.

    weights, moved: how many there are, and how many lie on no level. switched_off: how many of those do not move the
    hero, as the neuron before or after them is off there. bits: of the weights. classes: how many. arm,
    other: the class that loses most points, and the one that gets most of those. points: how many are held out.
    float_accuracy, rounded_accuracy: before and after. held: the accuracy when the weights are rounded and every ReLU
    stays as it was. lost, lost_of_arm: right before, wrong after; of all points, of the arm.
    riders, riders_lost: the points of the arm on the piece that most of its lost points lie on. nearness: how high half
    of them lie above the tie, as a share of the same of all other points of the arm. descent: the margin of one of
    them, the hero, before, and after each group of weights that push it, rounded one after the other. lone_descent: by
    how much it falls when one such group alone is rounded. grouped: whether a group has several weights. meets: the
    part of the way of the group that takes the hero through the tie, at which it is there; 1 where none does.
    turned_accuracy: as rounded, but with the weight that pushes the hero most on the level at its other side. learned,
    losing, losing_points: how many networks of the search learned the task, how many of them lose that many points of
    accuracy or more; 0 where that was not counted. places: where they are seen.
    """

    weights: int
    moved: int
    switched_off: int
    bits: int
    classes: int
    arm: int
    other: int
    points: int
    float_accuracy: float
    rounded_accuracy: float
    held: float
    lost: int
    lost_of_arm: int
    riders: int
    riders_lost: int
    nearness: float
    descent: tuple[float, ...]
    lone_descent: tuple[float, ...]
    grouped: bool
    meets: float
    turned_accuracy: float
    learned: int
    losing: int
    losing_points: float
    places: MarginPlaces = field(repr=False, compare=False)

    def guilt(self, accuracy_then: float) -> float:
        """The part of the fall of accuracy that comes with this accuracy."""
        return (self.float_accuracy - accuracy_then) / (self.float_accuracy - self.rounded_accuracy)

    @property
    def near(self) -> bool:
        """Whether the points on the piece lie near the tie, for points of their class."""
        return 0 <= self.nearness <= NEAR

    @property
    def agree(self) -> bool:
        """Whether every group pushes the hero down, and none of them alone takes it to the tie."""
        return self.down == len(self.lone_descent) and max(self.lone_descent) < self.descent[0]

    @property
    def down(self) -> int:
        """How many of the groups push the hero down, each after the ones before it."""
        return sum(after < before for before, after in pairwise(self.descent))

    @property
    def saves(self) -> bool:
        """Whether one weight on its other level brings most of the loss back."""
        return 1 - self.guilt(self.turned_accuracy) > MOST

    @property
    def through(self) -> int:
        """How many groups are rounded before the one that takes the hero through the tie; all but one if none does."""
        below = [k for k, height in enumerate(self.descent[1:]) if height < 0]
        return below[0] if below else len(self.descent) - 2


def measure(subject: StorySubject) -> OpeningFigures:
    """The figures of a network and of its rounded twin, and the places to look at.

    All is measured on the held-out points; the sheet lies over a square around them. Raises ValueError, one sentence,
    where rounding loses no point, or where the points that it loses do not lie on a piece that sinks towards the tie.
    """
    net, quantized, data, bits = subject.network, subject.quantized, subject.data, subject.bits
    readout = np.asarray(subject.readout, dtype=float)
    steps = weight_steps(net, quantized, subject.learned.quantizer)
    before, after = (hits(each(data.points), data.labels, readout) for each in (net, quantized))
    lost = before & ~after
    if not lost.any():
        raise ValueError(f"at {bits} bits rounding loses none of {len(data.labels)} points, so nothing breaks")
    arm = int(np.bincount(data.labels[lost]).argmax())
    gone = (quantized(data.points[lost & (data.labels == arm)]) @ readout.T).argmax(axis=1)
    other = int(np.bincount(gone).argmax())
    box = square_around(data.points)
    story = MarginStory(net, quantized, readout, arm, other, box)
    cells = partition(story.margin(net), box)
    home = cells.locate(data.points)
    of_arm = data.labels == arm
    piece = int(np.bincount(home[lost & of_arm & (home >= 0)], minlength=1).argmax())
    riders = of_arm & (home == piece)
    count = sum(weight_sizes(net))
    all_rounded = np.ones(count)
    moved = np.flatnonzero(np.abs(steps) > 0).tolist()
    own = data.points[riders]
    hero = own[np.linalg.norm(own - own.mean(axis=0), axis=1).argmin()]
    start = float(story.values(hero[None], np.zeros(count))[0])
    if not start > story.values(hero[None], all_rounded)[0]:
        raise ValueError(f"at {bits} bits no piece with lost points sinks towards the tie of its two classes")
    pushes = groups_that_push(story, hero, moved)
    descent = story.descent(hero, all_rounded, pushes)
    lone_descent = tuple(
        float(descent[0] - story.values(hero[None], np.isin(np.arange(count), group).astype(float))[0])
        for group in pushes
    )
    turned = max((fall, group[0]) for fall, group in zip(lone_descent, pushes, strict=True) if len(group) == 1)[1]
    turning = replace(story, net=quantized, quantized=with_one_turned(net, quantized, steps, turned))
    population = subject.learned.population
    heights = story.values(data.points[of_arm], np.zeros(count))
    on_piece = home[of_arm] == piece
    figures = OpeningFigures(
        weights=count,
        moved=len(moved),
        switched_off=len({*moved} - {*sum(pushes, ())} & {*np.flatnonzero(meets_off(net, quantized, hero)).tolist()}),
        bits=bits,
        classes=len(readout),
        arm=arm,
        other=other,
        points=len(data.labels),
        float_accuracy=float(before.mean()),
        rounded_accuracy=float(after.mean()),
        held=float(
            hits(quantized.routed(data.points, net.activation_patterns(data.points)), data.labels, readout).mean()
        ),
        lost=int(lost.sum()),
        lost_of_arm=int((lost & of_arm).sum()),
        riders=int(riders.sum()),
        riders_lost=int((riders & lost).sum()),
        nearness=half_way(heights[on_piece]) / half_way(heights[~on_piece]),
        descent=tuple(descent.tolist()),
        lone_descent=lone_descent,
        grouped=max(map(len, pushes)) > 1,
        meets=meeting_part(descent),
        turned_accuracy=subject.accuracy(turning.quantized),
        learned=population.learned if population else 0,
        losing=population.lost if population else 0,
        losing_points=100 * population.loss_at_least if population else 0.0,
        places=MarginPlaces(story, cells, piece, own, hero, steps, tuple(moved), pushes, turned, turning),
    )
    if not figures.descent[0] > 0:
        raise ValueError(f"at {bits} bits no piece with lost points sinks towards the tie of its two classes")
    return figures


def meeting_part(descent: FloatArray) -> float:
    """The part of the first step through 0 at which a descent is there, 1 where there is none."""
    for before, after in pairwise(descent.tolist()):
        if before >= 0 > after:
            return float(before / (before - after))
    return 1.0


def half_way(heights: FloatArray) -> float:
    """The height (n,) above which half of them lie; infinite where there are none."""
    return float(np.median(heights)) if len(heights) else np.inf


def groups_that_push(
    story: MarginStory, hero: FloatArray, moved: Sequence[int], most: int = PUSHES
) -> tuple[tuple[int, ...], ...]:
    """The weights that move the hero's margin, alone or after the ones before: each a group of its own, in their order.

    Of more than `most` those that move it most are groups of one, and all others the last group.
    """
    count = sum(weight_sizes(story.net))
    descent = story.descent(hero, np.ones(count), [(k,) for k in moved])
    lone = np.array([descent[0] - story.values(hero[None], np.eye(count)[k])[0] for k in moved])
    size = np.maximum(np.abs(lone), np.abs(np.diff(descent)))
    pushing = np.flatnonzero(size > STILL * abs(descent[0]))
    if len(pushing) > most:
        strong = np.sort(pushing[np.argsort(-size[pushing])][: most - 1])
        rest = tuple(moved[k] for k in pushing.tolist() if k not in strong)
        return (*((moved[k],) for k in strong.tolist()), rest)
    return tuple((moved[k],) for k in pushing.tolist())


def meets_off(net: ReluNetwork, quantized: ReluNetwork, point: FloatArray) -> BoolArray:
    """Which weights, (K,), have a neuron before or after them that is off at a point (2,) in both networks."""
    on = net.activation_patterns(point[None])[0] | quantized.activation_patterns(point[None])[0]
    inner = np.split(on, np.cumsum(net.widths[1:-2]))
    units = [np.ones(net.widths[0], dtype=bool), *inner, np.ones(net.widths[-1], dtype=bool)]
    return ~np.concatenate([np.outer(above, below).ravel() for below, above in pairwise(units)])


def weight_steps(net: ReluNetwork, quantized: ReluNetwork, quantizer: UniformQuantizer) -> FloatArray:
    """How far each weight is moved, (K,), in steps of its own scale, layer after layer, row by row; 0 on a level."""
    moves = []
    for before, after in zip(net.weights, quantized.weights, strict=True):
        scale = np.broadcast_to(quantizer.scale(before), before.shape)
        moves.append(np.divide(after - before, scale, out=np.zeros_like(before), where=scale > 0).ravel())
    return np.concatenate(moves)


def square_around(points: FloatArray) -> Box:
    """The smallest square that holds all points (n, 2), and a little more on every side."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = (0.5 + ROOM) * float((high - low).max())
    x, y = ((low + high) / 2).tolist()
    return x - half, x + half, y - half, y + half


# --- what is said, and what is shown as a number


def captions(figures: OpeningFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, arm, other = figures, MARK_NAMES[figures.arm], MARK_NAMES[figures.other]
    count, fall = number_word(f.weights), f.float_accuracy - f.rounded_accuracy
    one, sinks, turned = arm.removesuffix("s"), f.descent[-1] < 0, percent(f.turned_accuracy)
    return {
        "question": f"{count.capitalize()} weights are rounded a little. "
        + ("Why does so much break?" if fall >= MUCH else "What breaks?"),
        "levels": "Each dot is a weight. It slides to its nearest level, a bar",
        "rings": "Ringed points are wrong now" + (f": most of them {arm}" if f.lost_of_arm > f.lost / 2 else ""),
        "tilt": "Weights back. The outlined piece had "
        + f"{'most' if f.riders_lost > f.lost_of_arm / 2 else 'many'} lost {arm}. We tilt it",
        "height": Caption(f"Now height shows how far {arm} score above {other}", ("height",)),
        "tie": Caption(
            f"The floor is a tie. The {arm} on the piece are " + ("close above it" if f.near else "above it"),
            ("tie",),
        ),
        "alone": f"Round one weight: the whole piece moves, and all its {arm} with it",
        "sink": f"Round all weights: the piece sinks, and its {arm} go " + ("under the tie" if sinks else "towards it"),
        "edge": f"Weights back. Edge-on, the flat piece is a line; follow one {one}",
        "add": _pushes(f),
        "through": (
            f"Here our {one} goes under; in the end, {'all' if f.riders_lost == f.riders else 'other'} {arm} on it do"
            if sinks
            else f"Our {one} stays above the tie, but other {arm} on it go under"
        ),
        "turned": f"Round the strongest weight to its farther level: {'' if f.saves else 'only '}{turned} % are right",
        "back": "That weight back. " + _picked(f, fall),
        "answer": answer(f),
    }


def _pushes(f: OpeningFigures) -> str:
    """How many weights push the hero, and which way."""
    many = len(f.lone_descent)
    down = "all push down" if f.down == many else f"{number_word(f.down)} push down"
    if f.grouped:
        return f"The weights push it in {number_word(many)} groups, one step each: {down}"
    return f"{number_word(many).capitalize()} of the {number_word(f.weights)} push it, one step each: {down}"


def _picked(f: OpeningFigures, fall: float) -> str:
    """That the network was chosen for its loss, where that is known; else what is seen."""
    if not (f.losing and fall >= f.losing_points / 100):
        return "The piece sinks again"
    return "We picked this network: " + ("most others lose less" if f.losing < f.learned / 2 else "from a search")


def answer(figures: OpeningFigures) -> str:
    """Why so much breaks."""
    f = figures
    if f.guilt(f.held) <= MOST:
        return "Pieces tilt and creases move: a sinking piece takes its points along"
    where = "A flat piece lay near the tie" if f.near else "A flat piece carries many points"
    if f.agree:
        return f"{where}: small pushes, all one way, sank it"
    return f"{where}: pushes added up and sank it"


def shown(figures: OpeningFigures) -> dict[str, dict[str, str]]:
    """The figures on plates as each beat ends, by beat and name."""

    def right(share: float) -> dict[str, str]:
        return {"right": f"{percent(share)} % right"}

    f = figures
    return {
        "the question": right(f.float_accuracy),
        "the weights": right(f.rounded_accuracy),
        "the sheet": right(f.float_accuracy),
        "one piece": right(f.rounded_accuracy),
        "the edge": right(f.float_accuracy),
        "the pushes": right(f.rounded_accuracy),
        "the other way": right(f.turned_accuracy),
        "the answer": right(f.rounded_accuracy),
    }


def classes_words(figures: OpeningFigures) -> str:
    """How many classes the points are of."""
    return f"points of {number_word(figures.classes)} classes"


def idle_words(figures: OpeningFigures) -> str:
    """How many weights do not push the hero, and why; nothing where all do."""
    idle = figures.weights - sum(map(len, figures.places.pushes))
    if not idle:
        return ""
    still = figures.weights - figures.moved
    why = ["on a level"] * (still > 0) + ["ReLU off"] * (figures.switched_off > 0)
    reason = " or ".join(why) if still + figures.switched_off == idle else "no push"
    return f"the other {number_word(idle)}: {reason}"


def badges(figures: OpeningFigures) -> list[str]:
    """What the badge says, in the order in which it does."""
    still, there = "float weights", f"{figures.bits}-bit weights"
    every, back = ["rounding", there], [BACK, still]
    return [still, *every, *back, *every, *back, *every, TURNED, there]


def aside_words(figures: OpeningFigures) -> str:
    """Which marks the margin is not about; nothing where there are two classes."""
    others = [name for k, name in enumerate(MARK_NAMES[: figures.classes]) if k not in (figures.arm, figures.other)]
    return f"{' and '.join(others)} hidden, but counted in the %" if others else ""
