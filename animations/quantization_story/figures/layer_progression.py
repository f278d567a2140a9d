"""What LayerProgressionScene shows: straight cuts miss points, a folded plane needs only straight cuts, and why."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.folding import (
    Fold,
    FoldingJourney,
    FoldingPlaces,
    Territories,
    Turn,
    bends,
    deflection,
    largest_jump,
    pressed_row,
    territories,
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
MOST = 0.5  # of the points of a class, from which on they are most of them
DRAWN = 1000  # of the held-out points, the first ones: they are drawn, and every number counts them


@dataclass(frozen=True)
class LayerProgressionFigures:
    """The numbers of the scene. Points are the first held-out ones, as many as are drawn.

    arms: whether the classes are the arms of the pinwheel. classes: how many; 1 where there are no labels. points: how
    many. layers: L. folds: how many ReLUs. mirrored: whether the last layer mirrors the plane, as it has to where an
    odd number of layers do. cuts, cut_wrong: how many straight cuts, and how many points they leave on a wrong side;
    None without labels. folded_wrong: the same after layer 1, by cuts fitted there. network_wrong: how many points lie
    outside their sector at the output. hero_class: of the hero; rival: the class that straight cuts take it for.
    hero_saved: whether they get it wrong and the network right. hero_pressed: whether the first fold presses it.
    bends: of each fold, how often the cuts bend on its crease. sharp: of each, by how many degrees at most, once it is
    open; 0 where none does. gathered_class: of which most points are pressed into one spot by the folds of layer 2.
    gathered, gathered_of: how many of them, and of how many; 0 where there is no layer 2. jump: how far apart two
    neighbouring pieces of the map are on their common crease, at most, as a share of the largest output. places: what
    the picture is drawn from.
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
    hero_pressed: bool
    bends: dict[Fold, int]
    sharp: dict[Fold, float]
    gathered_class: int
    gathered: int
    gathered_of: int
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

    @property
    def gathers(self) -> bool:
        """Whether the folds of layer 2 press most points of a class into one spot."""
        return self.checked and self.gathered > MOST * self.gathered_of

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
    spot = in_one_spot(journey, data.points)
    gathered_class = int(np.bincount(data.labels[spot], minlength=1).argmax())
    of_class = data.labels == gathered_class
    places = FoldingPlaces(
        journey=journey,
        cuts=cuts,
        folded_cuts=folded,
        data=data,
        cut_missed=data.points[wrong],
        missed_folded=data.points[after],
        missed=data.points[~right],
        gathered=data.points[spot & of_class],
        hero=data.points[hero],
        row=pressed_row(journey, data.points[hero]),
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
        hero_pressed=len(places.row) > 0,
        bends={fold: len(found) for fold, found in places.bends.items()},
        sharp={fold: sharpest(places, fold) for fold in places.bends},
        gathered_class=gathered_class,
        gathered=len(places.gathered),
        gathered_of=int(of_class.sum()),
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


def in_one_spot(journey: FoldingJourney, points: FloatArray) -> BoolArray:
    """Which points (n, 2) both folds of layer 2 press, (n,): they all lie where both neurons are 0; none without it."""
    if journey.network.depth < 3:
        return np.zeros(len(points), dtype=bool)
    return np.asarray((journey.at(points, journey.number(Turn(2))) <= 0).all(axis=1))


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
    told["pressed"] = Caption(_pressed(f), ("fold",))
    told["second fold"] = "Below this line a second neuron is negative: pressed flat, too"
    if f.checked:
        told["folded cuts"] = _folded_cuts(f)
    if f.layers > LAYERS_TOLD:
        told["second turn"] = _second_turn(f)
        told["second folds"] = _second_folds(f)
    if f.layers > LAYERS_TOLD + 1:
        told["other layers"] = "The other layers do the same"
    told["last turn"] = _last_turn(f)
    told["rewind"] = f"Now all the way back{', with the cuts drawn on the plane' if f.checked else ''}"
    told["open"] = _open(f)
    if between := others(f):
        told["open others"] = f"The next fold{'s open' if len(between) > 1 else ' opens'}{_bends_there(f)}"
    told["open last"] = _open_last(f)
    told["answer"] = _answer(f)
    return told


def others(figures: LayerProgressionFigures) -> list[Fold]:
    """The folds that open after those of the last hidden layer and before the one that opens last."""
    return [Fold(layer, unit) for layer in range(1, figures.layers - 1) for unit in (0, 1)][1:]


def _one(f: LayerProgressionFigures) -> str:
    """The hero by the mark of its class."""
    return MARK_NAMES[f.hero_class].removesuffix("s") if f.checked else "point"


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
        return f"Follow this {_one(f)}, the farthest out"
    if f.arms:
        return f"Follow this {_one(f)}: its arm bends, the cuts cannot"
    return f"Follow this {_one(f)}, far out: it is among those that are wrong"


def _pressed(f: LayerProgressionFigures) -> str:
    if f.hero_pressed:
        return f"This is a fold: our {_one(f)}'s whole row is pressed into one spot"
    return "This is a fold: pressed flat, it all lies on one line"


def _folded_cuts(f: LayerProgressionFigures) -> str:
    assert f.cut_wrong is not None
    assert f.folded_wrong is not None
    if f.folded_wrong >= f.cut_wrong:
        return "New straight cuts, fitted here, leave no fewer wrong"
    return "New straight cuts, fitted here, leave fewer wrong"


def _second_turn(f: LayerProgressionFigures) -> str:
    """What layer 2 is for, and what it does first."""
    if not f.folded_wrong:
        return "A second layer turns and stretches it again"
    many = number_word(f.folded_wrong).capitalize()
    return f"{many} {'is' if f.folded_wrong == 1 else 'are'} still wrong: a second layer turns and stretches"


def _second_folds(f: LayerProgressionFigures) -> str:
    if f.gathers:
        return f"Its two folds press most {MARK_NAMES[f.gathered_class]} into one spot"
    return "Its two folds press flat what lies beyond two more lines"


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
    bent = any(f.bent_by(Fold(f.layers - 1, unit)) for unit in (0, 1))
    if f.gathers and f.layers == LAYERS_TOLD + 1:
        return f"The spot opens: no cut can part its {MARK_NAMES[f.gathered_class]}" + (", so the cut bends" * bent)
    return "What was pressed to one spot keeps its side" + (
        ": so, opened, the cut bends" if bent else ", and goes back"
    )


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
    if f.hero_pressed:
        return f"Our {_one(f)}'s row was one spot: no cut can cross it, so the cut bends"
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


def gathered_words(figures: LayerProgressionFigures) -> str:
    """What the points in one spot are, and of how many."""
    return f"of {figures.gathered_of} {MARK_NAMES[figures.gathered_class]} in one spot"


def shown(figures: LayerProgressionFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    if not f.checked:
        return {}
    count = f"of {f.points:,} points wrong"
    told = {beat: {"wrong": f"{f.cut_wrong} {count}"} for beat in ("straight cuts", "one point")}
    told["folded cuts"] = {"wrong": f"{fewer(f.cut_wrong, f.folded_wrong)} {count}"}
    if f.gathers:
        told["second layer"] = {"gathered": f"{f.gathered} {gathered_words(f)}"}
    told["last layer"] = {"wrong": f"{fewer(f.folded_wrong, f.network_wrong)} {count}"}
    told["answer"] = {
        "straight": f"{f.cut_wrong} wrong with straight cuts",
        "bent": f"{f.network_wrong} wrong with bent cuts",
    }
    return told
