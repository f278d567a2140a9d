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
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.plane_geometry import box_around
from quantization_story.core.shown_numbers import number_word
from quantization_story.core.tasks import LabelledPoints, classify, hits
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import partition
from quantization_story.training.straight_cuts import fit_straight_cuts

APART = 0.95  # the share of points in their own sector from which on the classes have come apart
FAR = 14.0  # times the extent of the points: how much of the plane is drawn
LAYERS_TOLD = 2  # so many layers get captions of their own, and the last one; those between share one
SHARP = 20.0  # degrees: from here on a bend is seen as one
LEAST = 3  # points that a class has to have before one can say how straight it is
STRAIGHTER = 0.5  # of the width of a class, as a share of its length: so little is left where a fold made it straight
DRAWN = 300  # points, all that are ever on a wrong side, and the one that is followed


@dataclass(frozen=True)
class LayerProgressionFigures:
    """The numbers of the scene. Points are all held-out ones.

    arms: whether the classes are the arms of the pinwheel. classes: how many; 1 where there are no labels. points: how
    many. layers: L. folds: how many ReLUs. mirrored: whether the last layer mirrors the plane, as it has to where an
    odd number of layers do. cuts, cut_wrong: how many straight cuts, and how many points they leave on a wrong side;
    None without labels. folded_wrong: the same after layer 1, by cuts fitted there. folded_hero: whether those get the
    hero right. network_wrong: how many points lie outside their sector at the output. hero_class: of the hero; rival:
    the class that straight cuts take it for. hero_saved: whether they get it wrong and the network right. bends: of
    each fold, how often the cuts bend on its crease. sharp: of each, by how many degrees at most, once it is open; 0
    where none does. straightened: the class that the first fold makes straight, if there is one. jump: how far apart
    two neighbouring pieces of the map are on their common crease, at most, as a share of the largest output. places:
    what the picture is drawn from.
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
    folded_hero: bool
    network_wrong: int | None
    hero_class: int
    rival: int
    hero_saved: bool
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

    def bent_by(self, fold: Fold) -> bool:
        """Whether the cuts bend on a crease so much that one sees it."""
        return self.sharp.get(fold, 0.0) >= SHARP


def measure(subject: StorySubject) -> LayerProgressionFigures:
    """The figures of a network of two units in each layer."""
    net, data, readout = subject.network, subject.data, subject.readout
    journey = FoldingJourney(net.oriented())
    sheet = partition(journey.network, box_around(data.points, FAR))
    outputs = net(data.points)
    cuts, folded, land, rivals = None, None, None, data.labels
    wrong, after, right = (np.full(len(data.points), known) for known in (False, False, True))
    if readout is not None:
        cuts = fit_straight_cuts(subject.calibration, len(readout))
        folded = fit_straight_cuts(folded_by_first(journey, subject.calibration), subject.classes)
        after = folded.wrong(folded_by_first(journey, data))
        land = territories(sheet, readout)
        wrong, right = cuts.wrong(data), hits(outputs, data.labels, readout)
        rivals = classify(cuts.fitted(data.points), cuts.classes)
    hero = farthest_out(data, wrong & right)
    drawn = (np.arange(len(data.points)) < DRAWN) | wrong | ~right | after
    drawn[hero] = True
    places = FoldingPlaces(
        journey=journey,
        cuts=cuts,
        folded_cuts=folded,
        data=data,
        drawn=LabelledPoints(data.points[drawn], data.labels[drawn]),
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
        folded_hero=not after[hero],
        network_wrong=None if cuts is None else int((~right).sum()),
        hero_class=int(data.labels[hero]),
        rival=int(rivals[hero]),
        hero_saved=bool(wrong[hero] and right[hero]),
        bends={fold: len(found) for fold, found in places.bends.items()},
        sharp={fold: sharpest(places, fold) for fold in places.bends},
        straightened=straightened_by_first(journey, data),
        jump=largest_jump(sheet) / max(float(np.abs(outputs).max()), np.finfo(float).tiny),
        places=places,
    )


def folded_by_first(journey: FoldingJourney, data: LabelledPoints) -> LabelledPoints:
    """Points where layer 1 brings them."""
    return LabelledPoints(journey.at(data.points, journey.number(Fold(1, 1))), data.labels)


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
        told["cuts"] = f"{_cuts(f).capitalize()}, trained as a test: the ringed points are wrong"
    told["hero"] = _hero(f)
    told["turn"] = f"A network folds{' first' if f.checked else ''}: its layer 1 turns and stretches the plane"
    told["first fold"] = Caption(
        "Where this neuron is off, ReLU presses the plane flat: a fold", ("neuron", "ReLU", "fold")
    )
    told["pressed"] = Caption(f"Pressed onto the crease, {_pressed(f)}", ("crease",))
    told["second fold"] = "The other neuron folds as well, onto a crease of its own"
    if f.checked:
        told["folded cuts"] = _folded_cuts(f)
    for layer in layers_told(f.layers):
        told[f"folds {layer}"] = f"Layer {layer} turns and stretches the rest, and folds it twice"
    if f.layers > LAYERS_TOLD + 1:
        told["other layers"] = "The other layers do the same"
    moves = "turns, stretches and mirrors" if f.mirrored else "turns and stretches"
    told["last turn"] = f"The last layer {moves} it too, without a fold"
    if f.checked:
        told["apart"] = _apart(f)
    told["rewind"] = f"Now unfold it all{', with the cuts drawn on the plane' if f.checked else ', from the last fold'}"
    told |= {opening_key(run[0]): _open(f, run) for run in opened(f)}
    told["answer"] = _answer(f)
    return told


def layers_told(layers: int) -> range:
    """The layers from 2 on whose folds have captions of their own."""
    return range(2, min(layers, LAYERS_TOLD + 1))


def opened(f: LayerProgressionFigures) -> list[list[Fold]]:
    """The folds of the layers that are told of, the last one first; those that share a caption together.

    A fold on whose crease one sees a cut bend has its own, and so has the last one that opens.
    """
    runs: list[list[Fold]] = []
    for fold in (Fold(layer, unit) for layer in reversed((1, *layers_told(f.layers))) for unit in (1, 0)):
        own = f.bent_by(fold) or fold == Fold(1, 0)
        if own or not runs or f.bent_by(runs[-1][0]):
            runs.append([fold])
        else:
            runs[-1].append(fold)
    return runs


def opening_key(fold: Fold) -> str:
    """The key of the caption, and the name of the beat, in which a fold is the first to open."""
    return f"open {fold.layer} {fold.unit}"


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
        return "all that was beyond it lies on one line"
    return "this bent arm becomes straight" if f.arms else "one class comes to lie straight"


def _folded_cuts(f: LayerProgressionFigures) -> str:
    assert f.cut_wrong is not None
    assert f.folded_wrong is not None
    if f.folded_wrong >= f.cut_wrong:
        return "New test cuts, trained on the folded plane, leave no fewer wrong"
    fits = f"New test cuts fit {'straighter arms' if f.arms and f.straightened is not None else 'the folded plane'}"
    if f.hero_saved and f.folded_hero:
        return f"{fits}: fewer wrong, our point is right"
    return f"{fits}: fewer are wrong"


def _apart(f: LayerProgressionFigures) -> str:
    if f.apart:
        saved = ", ours too" if f.hero_saved else ""
        return f"The network's own {_cuts(f)} now part{_s(f.cuts)} nearly all{saved}"
    return f"Even now its own {_cuts(f)} leave{_s(f.cuts)} many points wrong"


def _open(f: LayerProgressionFigures, run: list[Fold]) -> str:
    fold = run[0]
    if fold == Fold(1, 0):
        name = "The last crease opens"
    elif len(run) > 1:
        name = f"The next {number_word(len(run))} creases open"
    else:
        name = "One crease opens" if fold == opened(f)[0][0] else "The next crease opens"
    if not any(f.bends.get(each) for each in run):
        return name
    if not f.bent_by(fold):
        return f"{name}: there the cuts bend only a little"
    if fold == Fold(1, 0) and f.arms and f.straightened is not None:
        return f"{name}: the arm bends again, and with it the cut"
    return f"{name}: where a cut crosses it, the cut bends"


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
    drawn = len(figures.places.drawn.points)
    return ["float weights" if drawn == figures.points else f"{drawn:,} of {figures.points:,} points drawn"]


def neuron_name(fold: Fold) -> str:
    """What a neuron is called beside its crease."""
    return f"layer {fold.layer}, neuron {fold.unit + 1}"


def fewer(before: int | None, after: int | None) -> str:
    """A count, and what it has come to."""
    return f"{before} → {after}"


def shown(figures: LayerProgressionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    creases = {opening_key(run[0]): {"crease": neuron_name(run[-1])} for run in opened(f)}
    if not f.checked:
        return creases
    count = f"of {f.points:,} points wrong"
    told = {beat: {"wrong": f"{f.cut_wrong} {count}"} for beat in ("straight cuts", "one point")}
    told["folded cuts"] = {"wrong": f"{fewer(f.cut_wrong, f.folded_wrong)} {count}"}
    told["last layer"] = {"wrong": f"{fewer(f.folded_wrong, f.network_wrong)} {count}"}
    told |= creases
    told["answer"] = {
        "straight": f"{f.cut_wrong} wrong with straight cuts",
        "bent": f"{f.network_wrong} wrong with bent cuts",
    }
    return told
