"""What LayerProgressionScene shows: straight cuts miss points, a folded plane needs only straight cuts, and why."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.folding import (
    Fold,
    FoldingJourney,
    FoldingPlaces,
    largest_jump,
    pressed_pair,
    territories,
)
from quantization_story.analysis.straight_cuts import StraightCuts
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.shown_numbers import number_word
from quantization_story.core.tasks import LabelledPoints, classify, hits
from quantization_story.networks.subject import StorySubject
from quantization_story.partition import Partition, partition
from quantization_story.partition.mesh import Box
from quantization_story.training.straight_cuts import fit_straight_cuts

APART = 0.95  # the share of points in their own sector from which on the classes have come apart
NEAR, FAR = 1.25, 14.0  # times the extent of the points: where regions are counted, and how much of the plane is drawn
LAYERS_TOLD = 2  # so many layers get captions of their own, and the last one; those between share one
DRAWN = 300  # points, and those that the network gets wrong


@dataclass(frozen=True)
class LayerProgressionFigures:
    """The numbers of the scene. Points are all held-out ones.

    arms: whether the classes are the arms of the pinwheel. classes: how many; 1 where there are no labels. points: how
    many. layers: L. folds: how many ReLUs. mirrored: whether the last layer mirrors the plane, as it has to where an
    odd number of layers do. cuts, cut_wrong: how many straight cuts, and how many points they leave on a wrong side;
    None without labels. later_wrong: the same after each hidden layer that is told, by cuts fitted there, and whether
    they get the hero wrong. network_wrong: how many points lie outside their sector at the output. hero_class: of the
    hero; rival: the class that straight cuts take it for. hero_saved: whether they get it wrong and the network right.
    regions: into how many pieces the creases cut the part of the plane that holds the points. jump: how far
    apart two neighbouring pieces of the map are on their common crease, at most, as a share of the largest output.
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
    later_wrong: dict[int, tuple[int, bool]]
    network_wrong: int | None
    hero_class: int
    rival: int
    hero_saved: bool
    regions: int
    jump: float
    places: FoldingPlaces = field(repr=False, compare=False)

    @property
    def checked(self) -> bool:
        """Whether there are labels, and so cuts, sectors and counts."""
        return self.cuts is not None

    @property
    def paired(self) -> bool:
        """Whether the first fold presses two points together that can be shown."""
        return self.places.pair is not None

    @property
    def apart(self) -> bool:
        """Whether the classes have come apart at the output."""
        return self.network_wrong is not None and self.network_wrong <= (1 - APART) * self.points


def measure(subject: StorySubject) -> LayerProgressionFigures:
    """The figures of a network of two units in each layer."""
    net, data, readout = subject.network, subject.data, subject.readout
    journey = FoldingJourney(net.oriented())
    regions = partition(journey.network, box_around(data.points, NEAR))
    sheet = partition(journey.network, box_around(data.points, FAR))
    outputs = net(data.points)
    cuts, rivals = None, data.labels
    wrong, right = np.zeros(len(data.points), dtype=np.bool_), np.ones(len(data.points), dtype=np.bool_)
    if readout is not None:
        cuts = fit_straight_cuts(subject.calibration, len(readout))
        wrong, right = cuts.wrong(data), hits(outputs, data.labels, readout)
        rivals = classify(cuts.fitted(data.points), cuts.classes)
    hero = farthest_out(data, wrong & right)
    drawn = (np.arange(len(data.points)) < DRAWN) | ~right
    places = FoldingPlaces(
        journey=journey,
        cuts=cuts,
        later_cuts={} if readout is None else cuts_after(subject, journey),
        data=data,
        drawn=LabelledPoints(data.points[drawn], data.labels[drawn]),
        cut_missed=data.points[wrong],
        missed=data.points[~right],
        hero=data.points[hero],
        pair=pressed_pair(journey, data.points[drawn]),
        sheet=sheet,
        regions=tuple(sheet.polygons[k] for k in same_cells(regions, sheet)),
        smallest=regions.centroids[np.argmin(regions.areas)],
        land=None if readout is None else territories(sheet, readout),
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
        later_wrong={layer: _missed(places.missed_after(layer), hero) for layer in places.later_cuts},
        network_wrong=None if cuts is None else int((~right).sum()),
        hero_class=int(data.labels[hero]),
        rival=int(rivals[hero]),
        hero_saved=bool(wrong[hero] and right[hero]),
        regions=len(regions),
        jump=largest_jump(sheet) / max(float(np.abs(outputs).max()), np.finfo(float).tiny),
        places=places,
    )


def cuts_after(subject: StorySubject, journey: FoldingJourney) -> dict[int, StraightCuts]:
    """Straight cuts of the folded plane after each hidden layer that is told, fitted to the calibration points."""
    data = subject.calibration
    found = {}
    for layer in (1, *layers_told(subject.network.depth)):
        now = journey.at(data.points, journey.number(Fold(layer, 1)))
        found[layer] = fit_straight_cuts(LabelledPoints(now, data.labels), subject.classes)
    return found


def _missed(wrong: BoolArray, hero: int) -> tuple[int, bool]:
    return int(wrong.sum()), bool(wrong[hero])


def same_cells(near: Partition, far: Partition) -> list[int]:
    """The numbers of the cells of a larger box that the cells of a smaller one lie in.

    The one with most area first, and then as they come around the one with least, counter-clockwise.
    """
    away = near.centroids - near.centroids[near.areas.argmin()]
    angle = np.arctan2(away[:, 1], away[:, 0])
    order = np.argsort((angle - angle[near.areas.argmax()]) % (2 * np.pi), kind="stable")
    return [int(far.locate(near.centroids[k][None])[0]) for k in order]


def box_around(points: FloatArray, factor: float) -> Box:
    """The box (xmin, xmax, ymin, ymax) around the middle of points (n, 2), with `factor` times their larger extent."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = factor * float((high - low).max()) / 2
    x, y = ((low + high) / 2).tolist()
    return x - half, x + half, y - half, y + half


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
        several = f.cuts != 1
        told["cuts"] = f"{_cuts(f).capitalize()}, trained to fit, leave{'' if several else 's'} points on a wrong side"
        told["hero"] = (
            f"The marked point is one of them, {'the tip of its arm' if f.arms else 'far out'}. Follow it"
            if f.hero_saved
            else "The marked point lies farthest out. Follow it"
        )
    else:
        told["hero"] = "Follow the marked point"
    told["bend"] = f"{'So fold it instead: layer 1' if f.checked else 'Layer 1'} turns and stretches the plane"
    told["first fold"] = Caption(
        "At this crease a neuron is zero: its ReLU presses all beyond it flat", ("crease", "neuron", "ReLU")
    )
    told["second fold"] = "The other neuron has its own crease, and presses flat as well"
    if f.checked:
        told["cuts after 1"] = _cuts_after(f, 1)
    for layer in layers_told(f.layers):
        told[f"folds {layer}"] = f"Layer {layer} turns what is left, and presses it at two new creases"
        if f.checked:
            told[f"cuts after {layer}"] = _cuts_after(f, layer)
    if f.layers > LAYERS_TOLD + 1:
        told["other layers"] = "The other layers do the same"
    moves = "turns, stretches and mirrors" if f.mirrored else "turns and stretches"
    if f.checked:
        told["apart"] = _apart(f)
    else:
        told["last turn"] = f"The last layer {moves} it: no fold"
    if f.paired:
        told["pair"] = "Points pressed together lie in one place: they get one answer"
    told["rewind"] = (
        "Now unfold the plane with the cuts: where a crease opens, they bend"
        if f.checked
        else "Now unfold it: each crease opens at its own ReLU"
    )
    told["landed"] = (
        f"The cuts bend only on creases{'; the corner off them is where they meet' if f.cuts == 3 else ''}"
        if f.checked
        else "Back in the input plane all creases are lines"
    )
    straight = "; inside each, every cut is straight" if f.checked else ""
    told["regions"] = Caption(f"Between the creases lie regions{straight}", ("regions",))
    told["answer"] = _answer(f)
    return told


def layers_told(layers: int) -> range:
    """The layers from 2 on whose folds have captions of their own."""
    return range(2, min(layers, LAYERS_TOLD + 1))


def _cuts(f: LayerProgressionFigures) -> str:
    assert f.cuts is not None
    return f"{number_word(f.cuts)} straight cut{'' if f.cuts == 1 else 's'}"


def _question(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return f"What do {number_word(f.folds)} ReLUs do to a plane?"
    things = "arms, wound together" if f.arms else "classes in one plane"
    return f"{number_word(f.classes).capitalize()} {things}: can folding separate them?"


def _cuts_after(f: LayerProgressionFigures, layer: int) -> str:
    assert f.cut_wrong is not None
    before = f.cut_wrong if layer == 1 else f.later_wrong[layer - 1][0]
    now, hero_wrong = f.later_wrong[layer]
    many = "fewer" if now < before else "no fewer"
    if layer > 1:
        return f"New straight cuts leave {many} wrong than after layer {layer - 1}"
    if f.hero_saved and not hero_wrong and now < before:
        return "New straight cuts leave fewer wrong, and get the marked point right"
    return f"New straight cuts leave {many} points on a wrong side"


def _apart(f: LayerProgressionFigures) -> str:
    one = f.cuts == 1
    if f.apart:
        return f"The last layer folds nothing: {_cuts(f)} {'is' if one else 'are'} nearly enough"
    return f"Even now {_cuts(f)} leave{'s' if one else ''} many points on a wrong side"


def _answer(f: LayerProgressionFigures) -> str:
    if not f.checked:
        return "They fold it: flat pieces, joined at creases"
    if f.apart:
        whole = "Yes" if f.network_wrong == 0 else "Nearly"
        return f"{whole}: fold, cut straight, unfold, and the straight cuts are bent"
    return "Not all of them: fold, cut straight, unfold, and some stay mixed"


def badges(figures: LayerProgressionFigures) -> list[str]:
    """What the badge says, from first to last."""
    share = round(figures.points / DRAWN)
    return [f"float weights{f', about one point in {number_word(share)} drawn' if share > 1 else ''}"]


def shown(figures: LayerProgressionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    told = {"regions": {"regions": f"{figures.regions} of {figures.regions} regions"}}
    if figures.checked:
        count = f"of {figures.points:,} points wrong"
        told |= {beat: {"wrong": f"{figures.cut_wrong} {count}"} for beat in ("straight cuts", "one point")}
        told |= {
            f"cuts after {layer}": {"wrong": f"{missed} {count}"} for layer, (missed, _) in figures.later_wrong.items()
        }
        told["answer"] = {"wrong": f"{figures.network_wrong} {count}"}
        told["last layer"] = {"wrong": f"{figures.network_wrong} {count}"}
    return told
