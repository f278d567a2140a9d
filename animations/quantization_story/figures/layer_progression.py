"""What LayerProgressionScene shows: straight cuts miss points, a folded plane needs only straight cuts, and why."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.folding import (
    Fold,
    FoldingJourney,
    FoldingPlaces,
    Territories,
    bends,
    deflection,
    largest_jump,
    territories,
    width_to_length,
)
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.captions import MARK_NAMES, Caption, Captions
from quantization_story.core.plane_geometry import box_around
from quantization_story.core.shown_numbers import number_word
from quantization_story.core.tasks import LabelledPoints, classify, hits
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition
from quantization_story.training.straight_cuts import fit_straight_cuts

APART = 0.95  # the share of points in their own sector from which on the classes have come apart
FAR = 14.0  # times the extent of the points: how much of the plane is drawn
LAYERS_TOLD = 2  # so many layers get captions of their own, and the last one; those between share one
SHARP, STRONG = 5.0, 20.0  # degrees: from here on a bend is seen as one, and as a strong one
NARROW = 0.1  # of the points' extent across a fold: what lies beyond its line and is less deep is a narrow strip
LEAST = 3  # points that a class has to have before one can say how straight it is
STRAIGHTER = 0.5  # of the width of a class, as a share of its length: so little is left where a fold made it straight
DRAWN = 1000  # of the held-out points, the first ones: they are drawn, and every number counts them


@dataclass(frozen=True)
class LayerProgressionFigures:
    """The numbers of the scene. Points are the first held-out ones, as many as are drawn.

    arms: whether the classes are the arms of the pinwheel. classes: how many; 1 where there are no labels. points: how
    many. layers: L. folds: how many ReLUs. mirrored: whether the last layer mirrors the plane, as it has to where an
    odd number of layers do. cuts, cut_wrong: how many straight cuts, and how many points they leave on a wrong side;
    None without labels. folded_wrong: the same after layer 1, by cuts fitted there. network_wrong: how many points lie
    outside their sector at the output. hero_class: of the hero; rival: the class that straight cuts take it for.
    hero_saved: whether they get it wrong and the network right. depths: of each fold, how far beyond its line points
    lie at most, as a share of their extent across it. bends: of each, how often the cuts bend on its crease. sharp: of
    each, by how many degrees at most, once it is open; 0 where none does. straightened: the class that the first fold
    makes straight, if there is one. jump: how far apart two neighbouring pieces of the map are on their common crease,
    at most, as a share of the largest output. places: what the picture is drawn from.
    """

    arms: bool
    classes: int
    points: int
    layers: int
    folds: int
    mirrored: bool
    cuts: int | None
    cut_wrong: int | None
    folded_wrong: int | None
    network_wrong: int | None
    hero_class: int
    rival: int
    hero_saved: bool
    depths: dict[Fold, float]
    bends: dict[Fold, int]
    sharp: dict[Fold, float]
    straightened: int | None
    jump: float
    places: FoldingPlaces = field(repr=False, compare=False)

    @property
    def checked(self) -> bool:
        """Whether there are labels, and so cuts, sectors and counts."""
        return self.cuts is not None

    @property
    def apart(self) -> bool:
        """Whether the classes have come apart at the output."""
        return self.network_wrong is not None and self.network_wrong <= (1 - APART) * self.points

    def narrow(self, fold: Fold) -> bool:
        """Whether a fold presses only a narrow strip."""
        return self.depths.get(fold, 1.0) < NARROW

    def bent_by(self, fold: Fold) -> bool:
        """Whether the cuts bend on a crease so much that one sees it."""
        return self.sharp.get(fold, 0.0) >= SHARP


def measure(subject: StorySubject) -> LayerProgressionFigures:
    """The figures of a network of two units in each layer."""
    net, readout = subject.network, subject.readout
    data = LabelledPoints(subject.data.points[:DRAWN], subject.data.labels[:DRAWN])
    journey = FoldingJourney(net.oriented())
    sheet = partition(journey.network, box_around(data.points, FAR))
    outputs = net(data.points)
    cuts, folded, land, rivals = None, None, None, data.labels
    wrong, after, right = (np.full(len(data.points), known) for known in (False, False, True))
    lead = np.zeros(len(data.points))
    if readout is not None:
        cuts = fit_straight_cuts(subject.calibration, len(readout))
        folded = fit_straight_cuts(folded_by_first(journey, subject.calibration), subject.classes)
        after = folded.wrong(folded_by_first(journey, data))
        land = territories(sheet, readout)
        wrong, right = cuts.wrong(data), hits(outputs, data.labels, readout)
        lead = leads(outputs @ readout.T, data.labels)
        rivals = classify(cuts.fitted(data.points), cuts.classes)
    clear = wrong & right & (lead >= np.median(lead))
    hero = farthest_out(data, clear if clear.any() else wrong & right)
    places = FoldingPlaces(
        journey=journey,
        cuts=cuts,
        folded_cuts=folded,
        data=data,
        cut_missed=data.points[wrong],
        missed_folded=data.points[after],
        missed=data.points[~right],
        hero=data.points[hero],
        sheet=sheet,
        land=land,
        bends=bends_of(journey, land),
    )
    return LayerProgressionFigures(
        arms=subject.learned.task is not None and subject.learned.task.name == "pinwheel",
        classes=subject.classes,
        points=len(data.points),
        layers=net.depth,
        folds=sum(net.widths[1:-1]),
        mirrored=bool(np.linalg.det(journey.network.weights[-1]) < 0),
        cuts=None if cuts is None else cuts.count,
        cut_wrong=None if cuts is None else int(wrong.sum()),
        folded_wrong=None if cuts is None else int(after.sum()),
        network_wrong=None if cuts is None else int((~right).sum()),
        hero_class=int(data.labels[hero]),
        rival=int(rivals[hero]),
        hero_saved=bool(wrong[hero] and right[hero]),
        depths=depths_of(journey, data),
        bends={fold: len(found) for fold, found in places.bends.items()},
        sharp={fold: sharpest(places, fold) for fold in places.bends},
        straightened=straightened_by_first(journey, data),
        jump=largest_jump(sheet) / max(float(np.abs(outputs).max()), np.finfo(float).tiny),
        places=places,
    )


def folded_by_first(journey: FoldingJourney, data: LabelledPoints) -> LabelledPoints:
    """Points where layer 1 brings them."""
    return LabelledPoints(journey.at(data.points, journey.number(Fold(1, 1))), data.labels)


def leads(scores: FloatArray, labels: IntArray) -> FloatArray:
    """By how much the score of its own class (n, classes) leads for each point, (n,); below 0 where it is wrong."""
    own = np.arange(scores.shape[1]) == labels[:, None]
    return np.asarray(scores[own] - np.where(own, -np.inf, scores).max(axis=1))


def depths_of(journey: FoldingJourney, data: LabelledPoints) -> dict[Fold, float]:
    """Of each fold, how far beyond its line points lie at most, as a share of their extent across it."""
    found = {}
    for fold in (step for step in journey.steps if isinstance(step, Fold)):
        across = journey.at(data.points, journey.number(fold) - 1)[:, fold.unit]
        found[fold] = max(0.0, -float(across.min())) / max(float(np.ptp(across)), np.finfo(float).tiny)
    return found


def bends_of(journey: FoldingJourney, land: Territories | None) -> dict[Fold, FloatArray]:
    """Of each fold, where the borders of the land bend on its crease."""
    folds = [step for step in journey.steps if isinstance(step, Fold)]
    return {} if land is None else {fold: bends(land, journey, fold) for fold in folds}


def sharpest(places: FoldingPlaces, fold: Fold) -> float:
    """By how many degrees the cuts bend on a crease at most, once it is open; 0 where they do not."""
    if places.land is None:
        return 0.0
    found = [deflection(places.land, places.journey, fold, place) for place in places.bends[fold]]
    return max(found, default=0.0)


def straightened_by_first(journey: FoldingJourney, data: LabelledPoints) -> int | None:
    """The class that the first fold makes straighter than any other; None where it is not made twice as straight."""
    end = journey.number(Fold(1, 0))
    before, after = journey.at(data.points, end - 1), journey.at(data.points, end)
    classes, many = np.unique(data.labels, return_counts=True)
    classes = classes[many >= LEAST]
    tiny = np.finfo(float).tiny
    shapes = [[width_to_length(state[data.labels == k]) for state in (before, after)] for k in classes]
    left = [end / max(start, tiny) for start, end in shapes]
    return int(classes[np.argmin(left)]) if min(left, default=np.inf) <= STRAIGHTER else None


def farthest_out(data: LabelledPoints, among: BoolArray) -> int:
    """The number of the point that lies farthest from the middle of them all, among those (n,), or among all if none.

    Of the pinwheel's arms this is the tip of one.
    """
    away = np.linalg.norm(data.points - data.points.mean(axis=0), axis=1)
    return int(np.where(among if among.any() else True, away, -1.0).argmax())


# --- what is said, and what is shown as a number


def captions(figures: LayerProgressionFigures) -> Captions:
    """The captions, in the order in which they are said."""
    f = figures
    told: dict[str, Caption | str] = {"question": _question(f)}
    if f.checked:
        told["cuts"] = f"{_cuts(f).capitalize()} leave{_s(f.cuts)} the ringed points on a wrong side"
    told["hero"] = _hero(f)
    told["turn"] = "A network's first layer turns and stretches the plane"
    told["first fold"] = "Left of this line a neuron is negative. ReLU makes it 0: on the line"
    told["pressed"] = Caption(f"This is a fold: pressed flat, {_pressed(f)}", ("fold",))
    told["second fold"] = "Below this line a second neuron is negative: pressed flat, too"
    if f.checked:
        told["folded cuts"] = _folded_cuts(f)
    for layer in layers_told(f.layers):
        first = "one fold presses a narrow strip" if f.narrow(Fold(layer, 0)) else "one ReLU folds it"
        told[fold_key(Fold(layer, 0))] = f"Layer {layer} turns and stretches it; {first}"
        strip = "a narrow strip" if f.narrow(Fold(layer, 1)) else "all below the next line"
        told[fold_key(Fold(layer, 1))] = f"Its second fold presses {strip}"
    if f.layers > LAYERS_TOLD + 1:
        told["other layers"] = "The other layers do the same"
    told["last turn"] = _last_turn(f)
    told["rewind"] = f"Now all the way back{', with the cuts drawn on the plane' if f.checked else ''}"
    told["open"] = _open(f)
    told["open others"] = f"The next folds open{_bends_there(f)}"
    told["open last"] = _open_last(f)
    told["answer"] = _answer(f)
    return told


def others(figures: LayerProgressionFigures) -> list[Fold]:
    """The folds that open between the one that opens first and the one that opens last."""
    last, first = Fold(1, 0), Fold(figures.layers - 1, 1)
    return [fold for fold in figures.depths if fold not in (first, last)]


def layers_told(layers: int) -> range:
    """The layers from 2 on whose folds have captions of their own."""
    return range(2, min(layers, LAYERS_TOLD + 1))


def fold_key(fold: Fold) -> str:
    """The key of the caption of a fold in a later layer."""
    return f"fold {fold.layer} {fold.unit}"


def _s(number: int | None) -> str:
    """The ending of a verb after so many."""
    return "s" if number == 1 else ""


def _cuts(f: LayerProgressionFigures) -> str:
    assert f.cuts is not None
    return f"{number_word(f.cuts)} straight cut{'' if f.cuts == 1 else 's'}"


def _question(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return f"What do {number_word(f.folds)} ReLUs do to a plane?"
    things = "arms, wound together" if f.arms else "classes in one plane"
    return f"{number_word(f.classes).capitalize()} {things}: can folding separate them?"


def _hero(f: LayerProgressionFigures) -> str:
    if not (f.checked and f.hero_saved):
        return "Follow this one, the farthest out"
    if f.arms:
        return "Follow this one: its arm bends, the cuts cannot"
    return "Follow this one, far out: it is among those that are wrong"


def _pressed(f: LayerProgressionFigures) -> str:
    if f.straightened is None or not f.checked:
        return "it all lies on one line"
    name = MARK_NAMES[f.straightened]
    return f"the arm of {name} becomes straight" if f.arms else f"the {name} come to lie straight"


def _folded_cuts(f: LayerProgressionFigures) -> str:
    assert f.cut_wrong is not None
    assert f.folded_wrong is not None
    if f.folded_wrong >= f.cut_wrong:
        return "New straight cuts, fitted here, leave no fewer wrong"
    return "New straight cuts, fitted here, leave fewer wrong"


def _last_turn(f: LayerProgressionFigures) -> str:
    """What the last layer does, and how straight cuts do then."""
    moves = "turns and mirrors" if f.mirrored else "turns and stretches"
    if not f.checked:
        return f"The last layer {moves} it, and folds nothing"
    cuts = "one cut" if f.cuts == 1 else "straight cuts"
    if f.apart:
        return f"The last layer {moves} it: {cuts} part{_s(f.cuts)} nearly all"
    return f"The last layer {moves} it: {cuts} leave{_s(f.cuts)} many wrong"


def _open(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return "What was pressed goes back to where it was"
    if f.bent_by(Fold(f.layers - 1, 1)):
        return "What was pressed to one spot keeps its side: so, opened, the cut bends"
    return "What was pressed to one spot keeps its side, and goes back"


def _bends_there(f: LayerProgressionFigures) -> str:
    """What the cuts do at the folds between the first and the last one."""
    sharpest = max((f.sharp.get(fold, 0.0) for fold in others(f) if f.bent_by(fold)), default=0.0)
    if not sharpest:
        return ""
    return ": the cuts bend there, too" if sharpest >= STRONG else ": there the cuts bend only a little"


def _open_last(f: LayerProgressionFigures) -> str:
    name = "The first fold opens last"
    if not f.bent_by(Fold(1, 0)):
        return name
    if f.arms and f.straightened is not None:
        return f"{name}: the arm bends again, and the cut with it"
    return f"{name}: there a cut bends, too"


def _answer(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return "They fold it: flat pieces, joined at creases"
    if f.apart:
        whole = "separates" if f.network_wrong == 0 else "nearly separates"
        shape = "bend around the arms" if f.arms else "are bent"
        return f"Folding {whole} them: unfolded, the cuts {shape}"
    return "Folding does not separate all of them: some stay mixed"


def badges(figures: LayerProgressionFigures) -> list[str]:
    """What the badge says, from first to last."""
    return ["float weights"]


def fewer(before: int | None, after: int | None) -> str:
    """A count, and what it has come to."""
    return f"{before} → {after}"


def shown(figures: LayerProgressionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    if not f.checked:
        return {}
    count = f"of {f.points:,} points wrong"
    told = {beat: {"wrong": f"{f.cut_wrong} {count}"} for beat in ("straight cuts", "one point")}
    told["folded cuts"] = {"wrong": f"{fewer(f.cut_wrong, f.folded_wrong)} {count}"}
    told["last layer"] = {"wrong": f"{fewer(f.folded_wrong, f.network_wrong)} {count}"}
    told["answer"] = {
        "straight": f"{f.cut_wrong} wrong with straight cuts",
        "bent": f"{f.network_wrong} wrong with bent cuts",
    }
    return told
