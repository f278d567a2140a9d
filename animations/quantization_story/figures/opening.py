"""What the opening shows: how much rounding breaks, that no crease did it, what sank a piece, and what saves it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from quantization_story.analysis.margins import (
    MarginPlaces,
    MarginStory,
    pattern_bits,
    weight_sizes,
    with_one_turned,
)
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer, largest_code
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.core.tasks import hits
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition
from quantization_story.partition.mesh import Box

MARK_NAMES = ("discs", "triangles", "squares", "diamonds")
DRAWN = 240  # of the held-out points, the first ones
MUCH = 0.05  # the fall of accuracy from which on it is said that much breaks
ROOM = 0.03  # between the points and the edge of the sheet, as a share of its side
MOST = 0.5  # the part of the loss from which on a suspect is called guilty
PUSHES = 8  # so many weights, or groups of weights, push the hero one after the other
BACK, TURNED = "weights going back", "one weight the other way"  # of the badge
STILL = 1e-9  # of the hero's height: what moves it by less does not push it


@dataclass(frozen=True)
class OpeningFigures:
    """The numbers of the opening. Accuracies are shares of all held-out points, of all classes.

    weights, moved: how many there are, and how many lie on no level. largest_step: the farthest way to a level, in
    steps. bits: of the weights. classes: how many. arm, other: the class that loses most points, and the one that gets
    most of those. points: how many are held out. float_accuracy, rounded_accuracy: before and after. alone: the
    accuracy when one weight alone is rounded, for each. switched, held: when only the ReLUs switch as in the rounded
    network, and when only the weights are rounded and the ReLUs held. lost, lost_of_arm: right before, wrong after; of
    all points, of the arm.
    riders, riders_lost: the points of the arm on the piece that most of its lost points lie on. descent: the margin of
    one of them, the hero, before, and after each group of weights that push it, rounded one after the other.
    lone_descent: by how much it falls when one such group alone is rounded. grouped: whether a group has several
    weights. ways, ways_below, ways_lower: in how many ways the pushes could each go up or down, in how many of them the
    hero ends below the tie, and in how many lower than as rounded. meets: the part of the way of the group that takes
    the hero through the tie, at which it is there; 1 where none does. strayed: the points of the arm on the piece that
    lie beyond one of its creases once rounded. turned_accuracy: as rounded, but with the weight that pushes the hero
    most on the level at its other side. levels: how many a weight has. learned, losing, losing_points: how many
    networks of the search learned the task, how many of them lose that many points of accuracy or more; 0 where that
    was not counted. places: where they are seen.
    """

    weights: int
    moved: int
    largest_step: float
    bits: int
    classes: int
    arm: int
    other: int
    points: int
    float_accuracy: float
    rounded_accuracy: float
    alone: tuple[float, ...]
    switched: float
    held: float
    lost: int
    lost_of_arm: int
    riders: int
    riders_lost: int
    descent: tuple[float, ...]
    lone_descent: tuple[float, ...]
    grouped: bool
    ways: int
    ways_below: int
    ways_lower: int
    meets: float
    strayed: int
    turned_accuracy: float
    levels: int
    learned: int
    losing: int
    losing_points: float
    places: MarginPlaces = field(repr=False, compare=False)

    def guilt(self, accuracy_then: float) -> float:
        """The part of the fall of accuracy that comes with this accuracy."""
        return (self.float_accuracy - accuracy_then) / (self.float_accuracy - self.rounded_accuracy)

    @property
    def one_is_enough(self) -> bool:
        """Whether one weight alone takes most of the points, or one group alone takes the hero to the tie."""
        return self.guilt(min(self.alone)) > MOST or max(self.lone_descent) >= self.descent[0]

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
    lone = [np.eye(count)[k] for k in range(count)]
    moved = np.flatnonzero(np.abs(steps) > 0).tolist()
    own = data.points[riders]
    hero = own[np.linalg.norm(own - own.mean(axis=0), axis=1).argmin()]
    start = float(story.values(hero[None], np.zeros(count))[0])
    if not start > story.values(hero[None], all_rounded)[0]:
        raise ValueError(f"at {bits} bits no piece with lost points sinks towards the tie of its two classes")
    pushes = groups_that_push(story, hero, moved)
    descent = story.descent(hero, all_rounded, pushes)
    ways = story.ways(hero, pushes)
    ends = ways[-1]
    lone_descent = tuple(float(descent[0] - story.values(hero[None], sum_of(lone, group))[0]) for group in pushes)
    turned = max((fall, group[0]) for fall, group in zip(lone_descent, pushes, strict=True) if len(group) == 1)[1]
    turning = replace(story, net=quantized, quantized=with_one_turned(net, quantized, steps, turned))
    population = subject.learned.population
    example = int(np.abs(steps).argmax())
    figures = OpeningFigures(
        weights=count,
        moved=len(moved),
        largest_step=float(np.abs(steps).max()),
        bits=bits,
        classes=len(readout),
        arm=arm,
        other=other,
        points=len(data.labels),
        float_accuracy=float(before.mean()),
        rounded_accuracy=float(after.mean()),
        alone=tuple(float(story.right(data.points, data.labels, each).mean()) for each in lone),
        switched=float(story.right(data.points, data.labels, all_rounded, "switch").mean()),
        held=float(story.right(data.points, data.labels, all_rounded, "tilt").mean()),
        lost=int(lost.sum()),
        lost_of_arm=int((lost & of_arm).sum()),
        riders=int(riders.sum()),
        riders_lost=int((riders & lost).sum()),
        descent=tuple(descent.tolist()),
        lone_descent=lone_descent,
        grouped=max(map(len, pushes)) > 1,
        ways=len(ends),
        ways_below=int((ends < 0).sum()),
        ways_lower=int((ends < ends[0] - STILL * start).sum()),
        meets=meeting_part(descent),
        strayed=int((pattern_bits(quantized, own) != cells.patterns[piece]).any(axis=1).sum()),
        turned_accuracy=subject.accuracy(turning.quantized),
        levels=2 * largest_code(bits) + 1,
        learned=population.learned if population else 0,
        losing=population.lost if population else 0,
        losing_points=100 * population.loss_at_least if population else 0.0,
        places=MarginPlaces(
            story, cells, piece, own, hero, steps, tuple(moved), pushes, tuple(ways), example, turned, turning
        ),
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


def sum_of(parts: Sequence[FloatArray], group: Sequence[int]) -> FloatArray:
    """The parts (K,) of the way with the weights of a group rounded."""
    return np.asarray(sum(parts[k] for k in group))


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
    sinks, switched, turned = f.descent[-1] < 0, percent(f.switched), percent(f.turned_accuracy)
    told: dict[str, Caption | str] = {
        "question": f"{count.capitalize()} weights are rounded a little. "
        + ("Why does so much break?" if fall >= MUCH else "What breaks?"),
        "one": f"A weight may take {f.levels} levels only: it slides to the nearest",
        "levels": f"Now all {count} slide, each by half a step at most",
        "rings": "Ringed points are wrong now" + (f": most of them {arm}" if f.lost_of_arm > f.lost / 2 else ""),
        "height": Caption(f"Weights back. Height: how far {arm} score above {other}", ("Height",)),
        "flat": "A flat piece is one linear formula: a weight moves all of it",
        "sink": "All weights are rounded: the whole piece sinks " + ("through the tie" if sinks else "towards the tie"),
        "switched": "Weights back. Flip only the ReLUs: "
        + (f"just {switched} % are right" if f.guilt(f.switched) > MOST else f"{switched} % stay right"),
        "hero": ("The creases, too. One " if f.guilt(f.switched) > MOST else "Not the creases, then. One ")
        + f"{arm.removesuffix('s')} on the piece, seen from its edge",
        "alone": "Each weight rounded alone: one of them reaches the tie"
        if max(f.lone_descent) >= f.descent[0]
        else "Each weight rounded alone pushes it a bit: none reaches the tie",
        "add": "Now each one stays rounded, and the pushes add up",
        "through": (
            f"Here it passes the tie, and {'all' if f.riders_lost == f.riders else 'other'} {arm} on its piece follow"
            if sinks
            else f"It stays above the tie, but other {arm} on its piece pass it"
        ),
        "ways": f"Each push could go up or down. Of {f.ways} mixtures, ours is "
        + ("the lowest" if f.ways_lower == 0 else "a low one" if f.ways_lower < f.ways / 4 else "one"),
    }
    if f.losing and fall >= f.losing_points / 100:
        told["picked"] = "This network was picked" + (
            ": most trained like it lose less" if f.losing < f.learned / 2 else " from a search"
        )
    told["turned"] = (
        f"Round the strongest push the other way: {turned} % are right"
        if f.saves
        else f"Round the strongest push the other way: only {turned} % are right"
    )
    told["answer"] = answer(f)
    return told


def answer(figures: OpeningFigures) -> str:
    """Why so much breaks."""
    f = figures
    if f.one_is_enough or f.guilt(f.held) <= MOST:
        return "Pieces tilt and creases move: a sinking piece takes its points along"
    if f.down == len(f.lone_descent):
        return "Small pushes happened to agree, and one flat piece sank as a whole"
    return "Small pushes added up, and one flat piece sank as a whole"


def shown(figures: OpeningFigures) -> dict[str, dict[str, str]]:
    """The figures on plates as each beat ends, by beat and name."""

    def right(share: float) -> dict[str, str]:
        return {"right": f"{percent(share)} % right"}

    f = figures
    told = {
        "the question": right(f.float_accuracy),
        "the weights": right(f.rounded_accuracy),
        "the sheet": right(f.float_accuracy),
        "one piece": right(f.rounded_accuracy),
        "the creases": right(f.switched),
        "one disc": {**right(f.float_accuracy), **({"idle": words} if (words := idle_words(f)) else {})},
        "the pushes": right(f.rounded_accuracy),
        "the fan": {**right(f.rounded_accuracy), "ways": ways_words(f)},
        "the other way": right(f.turned_accuracy),
        "the answer": right(f.rounded_accuracy),
    }
    if "picked" in captions(f):
        told["the other way"]["picked"] = " ".join(picked_words(f))
    return told


def classes_words(figures: OpeningFigures) -> str:
    """How many classes the points are of."""
    return f"points of {number_word(figures.classes)} classes"


def idle_words(figures: OpeningFigures) -> str:
    """How many weights do not push the hero, and why."""
    f = figures
    on_level = f.weights - f.moved
    off = f.moved - sum(len(group) for group in f.places.pushes)
    parts = [f"{number_word(on_level)} on a level"] if on_level else []
    parts += [f"{number_word(off)} at a ReLU that is off"] if off else []
    return "no push: " + ", ".join(parts) if parts else ""


def ways_words(figures: OpeningFigures) -> str:
    """How many of all ways of the pushes end below the tie."""
    return f"{figures.ways_below} of {figures.ways} end below the tie"


def pushes_words(figures: OpeningFigures) -> str:
    """Where the number of mixtures comes from."""
    return f"{number_word(len(figures.places.pushes))} pushes, two ways each"


def picked_words(figures: OpeningFigures) -> tuple[str, str]:
    """How many of the trained networks lose much, and how much that is."""
    return f"{figures.losing} of {figures.learned}", f"lose {figures.losing_points:.0f} points or more"


def strayed_words(figures: OpeningFigures) -> str:
    """What the points are that no longer lie on the piece; nothing where all do."""
    lost = ": lost, too" if figures.riders_lost == figures.riders else ""
    return f"now beyond a crease{lost}" if figures.strayed else ""


def badges(figures: OpeningFigures) -> list[str]:
    """What the badge says, in the order in which it does."""
    still, on_the_way, there = "float weights", "rounding", f"{figures.bits}-bit weights"
    one = [on_the_way] if figures.moved > 1 else [on_the_way, there]
    every, back = [on_the_way, there], [BACK, still]
    tried = [
        word for group in figures.places.pushes for word in (*(one if len(group) < figures.moved else every), *back)
    ]
    switching = [f"{still}, ReLUs as rounded", still]
    return [still, *every, *back, *one, *back, *every, *back, *switching, *tried, *every, TURNED, there]


def aside_words(figures: OpeningFigures) -> str:
    """Which marks the margin is not about; nothing where there are two classes."""
    others = [name for k, name in enumerate(MARK_NAMES[: figures.classes]) if k not in (figures.arm, figures.other)]
    return f"{' and '.join(others)} hidden here: they still count in the %" if others else ""
