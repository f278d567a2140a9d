"""What LayerProgressionScene shows: straight cuts miss points, a folded plane needs only straight cuts, and why."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.folding import (
    Fold,
    FoldingJourney,
    FoldingPlaces,
    Territories,
    bends,
    largest_jump,
    meetings,
    pressed_pair,
    territories,
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
    each fold, how often the cuts bend on its crease. meets: whether they meet in one place off the creases. jump: how
    far apart two neighbouring pieces of the map are on their common crease, at most, as a share of the largest output.
    places: what the picture is drawn from.
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
    meets: bool
    jump: float
    places: FoldingPlaces = field(repr=False, compare=False)

    @property
    def checked(self) -> bool:
        """Whether there are labels, and so cuts, sectors and counts."""
        return self.cuts is not None

    @property
    def paired(self) -> bool:
        """Whether the first fold lays a point on its crease that can be shown."""
        return self.places.pair is not None

    @property
    def apart(self) -> bool:
        """Whether the classes have come apart at the output."""
        return self.network_wrong is not None and self.network_wrong <= (1 - APART) * self.points

    def bent_by(self, layer: int) -> bool:
        """Whether the cuts bend on a crease of a layer."""
        return any(many for fold, many in self.bends.items() if fold.layer == layer)


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
    corners = np.zeros((0, 2)) if land is None else meetings(land)
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
        pair=pressed_pair(journey, data.points[drawn]),
        sheet=sheet,
        land=land,
        bends=bends_of(journey, land),
        meeting=corners[0] if len(corners) == 1 else None,
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
        meets=places.meeting is not None,
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
        told["cuts"] = f"{_cuts(f).capitalize()}, trained to fit, leave{_s(f.cuts)} points on a wrong side"
    told["hero"] = _hero(f)
    told["turn"] = (
        "A network folds before it cuts: first layer 1 turns the plane" if f.checked else "Layer 1 turns the plane"
    )
    told["first fold"] = Caption(
        "Here a neuron is zero. Its ReLU folds all beyond the crease flat", ("crease", "neuron", "ReLU")
    )
    if f.paired:
        told["one place"] = (
            "Folded onto one place, the pair gets one answer: no cut parts it"
            if f.checked
            else "Folded onto one place, the pair gets one answer from here on"
        )
    told["second fold"] = "The other neuron folds what is beyond a crease of its own"
    if f.checked:
        told["folded cuts"] = _folded_cuts(f)
    for layer in layers_told(f.layers):
        told[f"folds {layer}"] = f"Layer {layer} turns what is left, and folds it at two new creases"
    if f.layers > LAYERS_TOLD + 1:
        told["other layers"] = "The other layers do the same"
    if f.checked:
        told["apart"] = _apart(f)
    else:
        moves = "turns, stretches and mirrors" if f.mirrored else "turns and stretches"
        told["last turn"] = f"The last layer {moves} it: no fold"
    told["rewind"] = f"Now undo it all{', with the cuts drawn on the plane' if f.checked else ', from the last fold'}"
    told |= {f"open {layer}": _open(f, layer) for layer in reversed((1, *layers_told(f.layers)))}
    if f.checked and f.paired and f.bends[Fold(1, 0)]:
        told["along"] = "No cut parts the pair: past the crease, cuts run along its thread"
    told["landed"] = _landed(f)
    told["answer"] = _answer(f)
    return told


def layers_told(layers: int) -> range:
    """The layers from 2 on whose folds have captions of their own."""
    return range(2, min(layers, LAYERS_TOLD + 1))


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
        return "Follow this one, at its arm's end: the arms bend, the cuts cannot"
    return "Follow this one, far out: it is among those on a wrong side"


def _folded_cuts(f: LayerProgressionFigures) -> str:
    assert f.cut_wrong is not None
    assert f.folded_wrong is not None
    fewer = f.folded_wrong < f.cut_wrong
    if fewer and f.hero_saved and f.folded_hero:
        return "New straight cuts leave fewer wrong; the point we follow is right"
    return f"New straight cuts leave {'fewer' if fewer else 'no fewer'} points on a wrong side"


def _apart(f: LayerProgressionFigures) -> str:
    if f.apart:
        return f"The last layer folds nothing: {_cuts(f)} {'is' if f.cuts == 1 else 'are'} nearly enough"
    return f"Even now {_cuts(f)} leave{_s(f.cuts)} many points on a wrong side"


def _open(f: LayerProgressionFigures, layer: int) -> str:
    if not f.bent_by(layer):
        return f"Layer {layer}'s creases open"
    if layer > 1:
        return f"Layer {layer}'s creases open: where a cut crosses one, it bends"
    return f"Layer 1's creases open: {'cuts and later creases' if f.layers > LAYERS_TOLD else 'the cuts'} bend there"


def _landed(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return "Back in the input plane all creases are lines"
    return f"Each bend is on a crease{'; the other corner is where the cuts meet' if f.meets else ''}"


def _answer(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return "They fold it: flat pieces, joined at creases"
    if f.apart:
        whole = "Yes" if f.network_wrong == 0 else "Nearly"
        return f"{whole}: fold, cut straight, unfold: the cuts {'bend around the arms' if f.arms else 'are bent'}"
    return "Not all of them: fold, cut straight, unfold, and some stay mixed"


def badges(figures: LayerProgressionFigures) -> list[str]:
    """What the badge says, from first to last."""
    share = round(figures.points / DRAWN)
    wrong = ", all wrong ones" if figures.checked else ""
    return [f"float weights{f', one in {number_word(share)} drawn{wrong}' if share > 1 else ''}"]


def shown(figures: LayerProgressionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    opened = {f"open {layer}": {"creases": f"layer {layer}"} for layer in reversed((1, *layers_told(figures.layers)))}
    if not figures.checked:
        return opened
    count = f"of {figures.points:,} points wrong"
    told = {beat: {"wrong": f"{figures.cut_wrong} {count}"} for beat in ("straight cuts", "one point")}
    told["folded cuts"] = {"wrong": f"{figures.folded_wrong} {count}"}
    told["last layer"] = {"wrong": f"{figures.network_wrong} {count}"}
    told |= opened
    told["answer"] = {
        "straight": f"{figures.cut_wrong} wrong with straight cuts",
        "bent": f"{figures.network_wrong} wrong with bent cuts",
    }
    return told
