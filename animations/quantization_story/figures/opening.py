"""What the opening shows: how much rounding breaks, which suspects it was not, and why one piece takes a crowd down."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from quantization_story.analysis.margins import MarginPlaces, MarginStory, weight_sizes
from quantization_story.core.arrays import FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.shown_numbers import number_word, percent
from quantization_story.core.tasks import hits
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import Partition, partition
from quantization_story.partition.mesh import Box

MARK_NAMES = ("discs", "triangles", "squares", "diamonds")
DRAWN = 240  # of the held-out points, the first ones
MUCH = 0.05  # the fall of accuracy from which on it is said that much breaks
ROOM = 0.03  # between the points and the edge of the sheet, as a share of its side
MOST = 0.5  # the part of the loss from which on a suspect is called guilty


@dataclass(frozen=True)
class OpeningFigures:
    """The numbers of the opening. Accuracies are shares of all held-out points, of all classes.

    weights, moved: how many there are, and how many lie on no level. largest_step: the farthest way to a level, in
    steps. bits: of the weights. classes: how many. arm, other: the class that loses most points, and the one that gets
    most of those. points: how many are held out. float_accuracy, rounded_accuracy: before and after. cuts_accuracy:
    of the best straight cuts of the calibration points. alone: the accuracy when one weight alone is rounded, for each.
    switched, held: when only the ReLUs switch as in the rounded network, and when only the weights are rounded and the
    ReLUs held. same_loss: whether holding them loses the very same points. lost: right before, wrong after.
    riders, riders_lost: the points of the arm on the piece that most of its lost points lie on; drawn: how many of them
    are among those that are drawn. descent: the margin of
    one of them, the hero, before, and after each moved weight, rounded one after the other. lone_descent: by how much
    it falls when one weight alone is rounded, for each.
    places: where they are seen.
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
    same_loss: bool
    lost: int
    riders: int
    riders_lost: int
    drawn: int
    descent: tuple[float, ...]
    lone_descent: tuple[float, ...]
    places: MarginPlaces = field(repr=False, compare=False)

    @property
    def worst_alone(self) -> float:
        """The accuracy with the weight rounded that does the most harm alone."""
        return min(self.alone)

    @property
    def worst_weight(self) -> int:
        """Which weight that is, by number."""
        return self.alone.index(self.worst_alone)

    def guilt(self, accuracy_then: float) -> float:
        """The part of the fall of accuracy that comes with this accuracy."""
        return (self.float_accuracy - accuracy_then) / (self.float_accuracy - self.rounded_accuracy)

    @property
    def fall(self) -> float:
        """How many times its height above the tie the hero falls."""
        return (self.descent[0] - self.descent[-1]) / self.descent[0]

    @property
    def largest_push(self) -> float:
        """The most that one weight lowers the hero: alone, or after the ones before it."""
        return max(*self.lone_descent, *(before - after for before, after in pairwise(self.descent)))

    @property
    def only_the_sum_sinks(self) -> bool:
        """Whether the hero ends below the tie, though no single push would take it there."""
        return self.largest_push < self.descent[0] and self.descent[-1] < 0


def measure(subject: StorySubject) -> OpeningFigures:
    """The figures of a network and of its rounded twin, and the places to look at.

    The straight cuts are fitted on the calibration points, all else is measured on the held-out ones; the sheet lies
    over a square around them. Raises ValueError, one sentence, where rounding loses no point, or where the points that
    it loses do not lie on a piece that sinks towards the tie.
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
    held = story.right(data.points, data.labels, all_rounded, "tilt")
    own = data.points[riders]
    hero = own[np.linalg.norm(own - own.mean(axis=0), axis=1).argmin()]
    descent = story.descent(hero, all_rounded, moved)
    strip, extreme = switching_strip(story, cells, piece, data.points)
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
        held=float(held.mean()),
        same_loss=bool(((before & ~held) == lost).all()),
        lost=int(lost.sum()),
        riders=int(riders.sum()),
        riders_lost=int((riders & lost).sum()),
        drawn=int((riders & story.between_the_two(data.points, data.labels))[:DRAWN].sum()),
        descent=tuple(descent.tolist()),
        lone_descent=tuple(float(descent[0] - story.values(hero[None], each)[0]) for each in lone),
        places=MarginPlaces(story, cells, piece, hero, steps, tuple(moved), strip, extreme),
    )
    if not (figures.descent[0] > 0 and figures.fall > 0):
        raise ValueError(f"at {bits} bits no piece with lost points sinks towards the tie of its two classes")
    return figures


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


def switching_strip(
    story: MarginStory, cells: Partition, piece: int, points: FloatArray
) -> tuple[FloatArray | None, FloatArray | None]:
    """The cell beside a piece in which one ReLU switches and most points (n, 2) lie, and the deepest of them.

    Where no point lies in it, the place that is deepest in it; None and None where no single ReLU switches.
    """
    refined = story.sheet(np.ones(sum(weight_sizes(story.net)))).cells
    flips = refined.routings[0].patterns() != refined.routings[1].patterns()
    inside = (refined.routings[0].patterns() == cells.patterns[piece]).all(axis=1)
    near = np.flatnonzero((flips.sum(axis=1) == 1) & inside)
    near = near if len(near) else np.flatnonzero(flips.sum(axis=1) == 1)
    if len(near) == 0:
        return None, None
    held = np.bincount(refined.locate(points).clip(min=0), minlength=len(refined))
    chosen = max(near.tolist(), key=lambda cell: (held[cell], refined.areas[cell]))
    corners = refined.polygons[chosen]
    own = points[refined.locate(points) == chosen]
    return corners, (own[room_in(corners, own).argmax()] if len(own) else deepest(corners))


def deepest(polygon: FloatArray) -> FloatArray:
    """The place (2,) in a convex polygon (k, 2), counter-clockwise, that is farthest from its edges, on a fine grid."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    grid = np.stack(np.meshgrid(*np.linspace(low, high, 121).T), axis=-1).reshape(-1, 2)
    return np.asarray(grid[room_in(polygon, grid).argmax()])


def room_in(polygon: FloatArray, places: FloatArray) -> FloatArray:
    """How far places (n, 2) lie inside the nearest edge of a convex polygon, counter-clockwise; negative outside."""
    along = np.roll(polygon, -1, axis=0) - polygon
    inward = np.column_stack([-along[:, 1], along[:, 0]]) / np.linalg.norm(along, axis=1, keepdims=True)
    return np.asarray(((places[:, None] - polygon) * inward).sum(axis=2).min(axis=1))


# --- what is said, and what is shown as a number


def captions(figures: OpeningFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f, arm, other = figures, MARK_NAMES[figures.arm], MARK_NAMES[figures.other]
    count, fall = number_word(f.weights), f.float_accuracy - f.rounded_accuracy
    told: dict[str, Caption | str] = {
        "question": f"{count.capitalize()} weights are rounded a little. "
        + ("Why does so much break?" if fall >= MUCH else "What breaks?"),
        "weights": f"Here are the {count}: each goes to its nearest level, in orange",
        "height": f"Height: by how much the network prefers {arm} to {other}",
        "tie": Caption(f"The floor is the tie: above it {arm} win, below it {other}", ("tie",)),
        "press": f"Now round all {count}: each moves by half a step at most",
        "under": f"A ring is a point now wrong: here {arm} sank below the tie",
    }
    one = f.guilt(f.worst_alone) > MOST
    told["alone"] = "Is one weight to blame? Round each one alone"
    told["alone found"] = (
        f"One does most of it: alone it leaves {percent(f.worst_alone)} %"
        if one
        else f"None of them: even the worst alone leaves {percent(f.worst_alone)} %"
    )
    told["creases"] = Caption("Is it the creases, where a ReLU turns on or off?", ("creases",))
    told["slide"] = "Creases slide. Green: the same ReLUs are on. Red: others"
    switched = percent(f.switched)
    told["switched"] = (
        f"Only the ReLUs switch, weights stay: just {switched} % are right"
        if f.guilt(f.switched) > MOST
        else f"Only the ReLUs switch, weights stay: {switched} % stay right"
    )
    told["tilt"] = "Now the ReLUs are held: pieces tilt, and may come apart"
    told["tilted"] = (
        "It breaks all the same, and at the very same points"
        if f.same_loss
        else f"That alone leaves {percent(f.held)} % right"
    )
    told["hero"] = "One disc from the side: blue is its height above the tie"
    told["pushes"] = "Weight after weight, the pushes on this flat piece add up"
    sunk = f"all {f.riders}" if f.riders_lost == f.riders else f"{f.riders_lost}"
    told["answer"] = (
        f"No push alone reaches the tie. The sum sinks {sunk} {arm}"
        if f.only_the_sum_sinks and f.guilt(f.held) > MOST and not one
        else f"Small pushes add up on one flat piece: {sunk} {arm} on it sink"
        if f.guilt(f.held) > MOST and not one
        else f"Pieces tilt and creases move: {sunk} {arm} on this piece sink"
    )
    return told


def shown(figures: OpeningFigures) -> dict[str, dict[str, str]]:
    """The figures on plates as each beat ends, by beat and name."""

    def right(share: float) -> dict[str, str]:
        return {"right": f"{percent(share)} % right"}

    f = figures
    return {
        "the sheet": right(f.float_accuracy),
        "the press": right(f.rounded_accuracy),
        "one weight": right(f.float_accuracy),
        "the creases": right(f.rounded_accuracy),
        "only the ReLUs": right(f.switched),
        "only the pieces": right(f.held),
        "the pushes": {**right(f.rounded_accuracy), "fall": fall_words(f), "drawn": drawn_words(f)},
    }


def fall_words(figures: OpeningFigures) -> str:
    """How far the hero falls against its height above the tie."""
    return f"fall = {figures.fall:.1f} × height"


def badges(figures: OpeningFigures) -> list[str]:
    """What the badge says, in the order in which it does."""
    still, on_the_way, there = "float weights", "rounding", f"{figures.bits}-bit weights"
    every = [on_the_way, there]
    back = [on_the_way, still]
    one = back if figures.moved > 1 else [*every, *back]
    held = [f"{words}, ReLUs as before" for words in (on_the_way, there, on_the_way)]
    tried = one * (figures.moved + 1)  # the worst one twice
    return [still, *every, *back, *tried, *every, *back, f"{still}, ReLUs as rounded", still, *held, still, *every]


def drawn_words(figures: OpeningFigures) -> str:
    """How many of the points of the arm on the piece are drawn."""
    return f"{figures.drawn} of its {figures.riders} {MARK_NAMES[figures.arm]} drawn"


def aside_words(figures: OpeningFigures) -> str:
    """Which marks the margin is not about; nothing where there are two classes."""
    others = [name for k, name in enumerate(MARK_NAMES[: figures.classes]) if k not in (figures.arm, figures.other)]
    return f"{' and '.join(others)}, and what they win, step aside" if others else ""
