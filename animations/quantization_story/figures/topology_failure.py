"""What TopologyFailureScene shows: what one map leaves, why it is straight where float bends, and a map a piece."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.residuals import (
    Residuals,
    fit_first,
    landing_pair,
    mean_energies,
    output_residuals,
    piece_maps,
)
from quantization_story.analysis.strips import StripPlaces, StripWalk, strip_walks
from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import output_map
from quantization_story.core.distances import rms
from quantization_story.core.shown_numbers import decimals, percent, signed
from quantization_story.networks.subject import StorySubject
from quantization_story.partition.mesh import Box
from quantization_story.partition.refinement import Refinement, refine

DRAWN = 300  # of the held-out points, the first ones
AROUND = 4.2  # times the extent of the points: what the frame may show of the plane
ANGLES = (0.0, 30.0, -30.0, 60.0, -60.0, 90.0)  # degrees: the ways that are tried, a level one first
ONE_BY_ONE = 4  # pieces get their own map one after the other; the rest do at once
SMALL = 0.1  # of what the one map leaves on a piece: less is a fit
SMALLEST = 1e-3  # what is shown with its decimals
USUAL = 0.25, 0.75  # the quantiles between which a residual is a usual one


@dataclass(frozen=True)
class TopologyFailureFigures:
    """The numbers of the scene. Points are all held-out ones; shares are of the squared error that one map leaves.

    scheme: the bit width in words. others: the share of points with another pattern. red: what those hold. after: what
    is left on the others (green) once each piece has a map of its own; own: how many have. left: the root mean square
    of what the one map leaves. output: the one that is charted, from 1. least_miss: what every map misses it by on the
    walk. bends: by how much float and mapped outputs bend there. usual: whether the hero is left with a usual error.
    kept_a, kept_b: what A's map leaves on A, and B's on B, as shares of what the one map leaves there; missed_a,
    missed_b: what A's map leaves on B, and B's on A. flat_share: of `after`, what lies on pieces that rounding lays
    flat though they have their own map. places: where they are seen.
    """

    scheme: str
    others: float
    red: float
    after: float
    own: int
    left: float
    output: int
    least_miss: float
    bends: tuple[float, float]
    usual: bool
    kept_a: float
    kept_b: float
    missed_a: float
    missed_b: float
    flat_share: float
    places: StripPlaces = field(repr=False, compare=False)

    @property
    def tried(self) -> bool:
        """Whether two pieces tell that each needs its own map: it fits its own, and makes the other one worse."""
        return max(self.kept_a, self.kept_b) < SMALL < 1 < min(self.missed_a, self.missed_b)

    @property
    def pressed(self) -> bool:
        """Whether most of what is left with a map a piece lies on flat pieces, and two points show why."""
        return self.places.pair is not None and self.flat_share > 0.5


def measure(subject: StorySubject) -> TopologyFailureFigures:
    """The figures of a network and of its rounded twin.

    Maps are fitted on calibration points, all else is measured on held-out ones. Raises ValueError, one sentence, where
    the patterns of all points agree, and where no strip with points can be walked through.
    """
    net, quantized, data = subject.network, subject.quantized, subject.data
    calibration = subject.calibration.points
    one = output_map(net, quantized, calibration)
    residuals = output_residuals(net, quantized, one, data.points)
    if not residuals.crossed.any():
        raise ValueError(f"rounding gives none of {len(data.points)} points another pattern, so no strip holds any")
    cells = refine(net, quantized, box_around(data.points, AROUND))
    number, walk = chosen_walk(cells, data.points, residuals, one)
    own = piece_maps(cells, one, calibration, data.points)
    where, energies = cells.locate(data.points), mean_energies(cells, one, data.points)
    total = float(energies.sum())

    def share(vectors: FloatArray, of: BoolArray) -> float:
        return float(np.sum(vectors[of] ** 2) / len(vectors) / total)

    trials: list[FloatArray] = [residuals.vectors]
    turns: list[tuple[int, ...]] = [()]
    kept, missed = [np.inf, np.inf], [0.0, 0.0]
    tried = own.pieces[:2] if len(own.pieces) > 1 and energies[where == own.pieces[1]].any() else None
    if tried is not None:
        on = [where == piece for piece in tried]
        for k, each in enumerate((own.maps[0], fit_first(cells, calibration, tried[1], tried[0]))):
            vectors = own.left(data.points, where, dict.fromkeys(tried, each))
            trials.append(vectors)
            turns.append(())
            before = [share(residuals.vectors, part) for part in on]
            kept[k], missed[k] = share(vectors, on[k]) / before[k], share(vectors, on[1 - k]) / before[1 - k]
    for stop in own_turns(len(own.pieces), 2 if tried else 1):
        chosen = dict(zip(own.pieces[:stop], own.maps, strict=False))
        trials.append(own.left(data.points, where, chosen))
        turns.append(own.pieces[sum(map(len, turns)) : stop])
    last, green = trials[-1], ~residuals.crossed
    flat = [piece for piece in own.pieces if own.flat(piece)]
    after = share(last, green)
    on_flat = [share(last, where == piece) for piece in flat]
    worst = flat[int(np.argmax(on_flat))] if flat else None
    hero_size = residuals.sizes[number]
    low, high = np.quantile(residuals.sizes[residuals.crossed], USUAL)
    figures = TopologyFailureFigures(
        scheme=subject.scheme(),
        others=residuals.crossed_share,
        red=residuals.energy_share,
        after=after,
        own=len(own.pieces),
        left=rms(residuals.vectors),
        output=walk.output + 1,
        least_miss=walk.least_miss,
        bends=walk.bends,
        usual=bool(low <= hero_size <= high),
        kept_a=kept[0],
        kept_b=kept[1],
        missed_a=missed[0],
        missed_b=missed[1],
        flat_share=sum(on_flat) / after if after > 0 else 0.0,
        places=StripPlaces(
            net,
            quantized,
            one,
            cells,
            data,
            data.points[:DRAWN],
            walk,
            data.points[number],
            None if tried is None else (tried[0], tried[1]),
            tuple(trials),
            tuple(turns),
            worst,
            None if worst is None else landing_pair(cells, worst, data.points),
            left_alone(data.points[:DRAWN], last[:DRAWN], green[:DRAWN] & ~np.isin(where[:DRAWN], own.pieces)),
        ),
    )
    return figures if figures.tried else without_trial(figures)


def left_alone(points: FloatArray, left: FloatArray, alone: BoolArray) -> FloatArray | None:
    """Of the points (n, 2) that are alone (n,) the one that is left most; None if many others are left more."""
    sizes = np.linalg.norm(left, axis=1)
    if not alone.any() or sizes[alone].max() < np.quantile(sizes, 0.95):
        return None
    return np.asarray(points[int(np.argmax(np.where(alone, sizes, -1.0)))])


def without_trial(figures: TopologyFailureFigures) -> TopologyFailureFigures:
    """The same figures where no two pieces tell that each needs its own map: those trials are left out."""
    p = figures.places
    if p.tried is None:
        return figures
    trials, turns = (p.trials[0], *p.trials[3:]), (p.turns[0], *p.turns[3:])
    parts = {name: getattr(p, name) for name in p.__dataclass_fields__}
    places = StripPlaces(**(parts | {"tried": None, "trials": trials, "turns": turns}))
    return TopologyFailureFigures(
        **{name: getattr(figures, name) for name in figures.__dataclass_fields__} | {"places": places}
    )


def own_turns(pieces: int, first: int) -> list[int]:
    """How many of the pieces have their own map after each turn: `first` of them, then one by one, then all."""
    stops = [*range(min(first, pieces), min(first + ONE_BY_ONE, pieces) + 1)]
    return stops if not pieces or stops[-1] == pieces else [*stops, pieces]


def box_around(points: FloatArray, factor: float) -> Box:
    """The square box around points (n, 2), its side `factor` times their larger extent."""
    low, high = points.min(axis=0), points.max(axis=0)
    (x, y), half = (low + high) / 2, factor * float((high - low).max()) / 2
    return float(x - half), float(x + half), float(y - half), float(y + half)


def chosen_walk(cells: Refinement, points: FloatArray, residuals: Residuals, one: AffineMap) -> tuple[int, StripWalk]:
    """The walk to show, and the number of the point on it: the strip with most points that can be walked through.

    Of its points the one with the residual nearest to the median of all with another pattern. A level way is taken if
    there is one. Raises ValueError if there is none at any angle.
    """
    median = float(np.median(residuals.sizes[residuals.crossed]))
    numbers = np.flatnonzero(residuals.crossed)
    for angle in np.deg2rad(ANGLES):
        found = strip_walks(cells, points[numbers], one, float(angle))
        if found:
            strips = [walk.strip for _, walk in found]
            best = max(strips, key=strips.count)
            own = [(int(numbers[number]), walk) for number, walk in found if walk.strip == best]
            return min(own, key=lambda each: abs(residuals.sizes[each[0]] - median))
    raise ValueError(f"of {len(numbers)} points with another pattern none lies between the two creases of one ReLU")


# --- what is said


def captions(figures: TopologyFailureFigures) -> Captions:
    """What is said, in order."""
    f = figures
    said: dict[str, Caption | str] = {
        "question": "Where can no single map help?",
        "map": "Rounding has moved the outputs: one map takes them nearly home",
        "patterns": "Green: the same ReLUs are on in both networks. Red: others are",
        "back": f"Follow {'a usual' if f.usual else 'one'} red cross back to its input",
        "strips": "Back to float, and round again: creases move, red strips open",
        "walk": "Go near: its strip lies between a crease and the same crease, moved",
        "float": f"Walk through the strip: float output {f.output} bends at the solid crease",
        "mapped": "Rounded, with the map, bends at the dashed crease: too early",
        "ruler": "From there on it is straight, and every map leaves it straight",
        "sides": "Right beyond the solid crease, or right in the strip: not both",
        "least": Caption(
            f"However tilted, it misses by {least_words(f)}: {usual_words(f)}", figures=1 + (f.least_miss < SMALLEST)
        ),
        "area": "Area is error: what does the one map leave, and where?",
    }
    if f.tried:
        said |= {
            "A": f"{'Most' if f.red < 0.5 else 'Much'} is green. A's own map fits A, and makes B worse",
            "B": "The best map that fits B makes A worse: each needs its own",
        }
    said["own"] = Caption(f"A map for each green piece: from {share(1 - f.red)} to {share(f.after)} %", figures=2)
    if f.pressed:
        said["pressed"] = "The rest, mostly: rounding lands these two in one place"
    said["answer"] = "Across a moved crease: float bends, no map does. And a narrow layer?"
    return said


def share(of: float) -> str:
    """A share as it is shown: whole per cent."""
    return percent(of, 0)


def least_words(f: TopologyFailureFigures) -> str:
    """The least miss, as it is shown."""
    if 0 < f.least_miss < SMALLEST:
        return f"{f.least_miss:.1e}".replace("-", "−")
    return signed(f.least_miss, decimals(f.least_miss))


def usual_words(f: TopologyFailureFigures) -> str:
    """The least miss beside the root mean square of what the one map leaves."""
    ratio = f.least_miss / f.left if f.left > 0 else np.inf
    part = "far below"
    for above, words in (
        (0.2, "a third of"),
        (0.4, "half"),
        (0.6, "two thirds of"),
        (0.85, "like"),
        (1.2, "more than"),
    ):
        if ratio > above:
            part = words
    return f"{part} the usual error"


def counted_words(f: TopologyFailureFigures) -> str:
    """What the plate says that counts the crosses."""
    return f"{percent(f.others)} % of points"


def axis_words(f: TopologyFailureFigures) -> str:
    """What is upward in the chart."""
    return f"output {f.output}"


def badges(figures: TopologyFailureFigures) -> list[str]:
    """What the badge says, from first to last."""
    weights = f"{figures.scheme} weights"
    one, own = f"{weights}, one map", f"{weights}, a map a piece"
    again = ["rounding", "float weights", "rounding", one]
    tried = [f"{weights}, one map for A and B"] if figures.tried else []
    return ["float weights", "rounding", weights, one, *again, *tried, own]


def shown(figures: TopologyFailureFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    bar = {"red": f"{share(f.red)} %", "green": f"{share(f.after)} %"}
    told: dict[str, dict[str, str]] = {
        "patterns": {"others": counted_words(f)},
        "walk": {"axis": axis_words(f)},
        "ruler": {"axis": axis_words(f)},
        "least": {"axis": axis_words(f), "least": f"{least_words(f)} of output {f.output}"},
        "area": {"red": f"{share(f.red)} %", "green": f"{share(1 - f.red)} %", "base": base_words(f)},
    }
    if f.tried:
        last = figures.places.trials[2]
        told["trial"] = {**bar, "green": f"{share(trial_share(f, last))} %", "base": base_words(f)}
    told["own"] = {**bar, "base": base_words(f)}
    if f.pressed:
        told["pressed"] = dict(told["own"])
    told["answer"] = dict(told["own"])
    return told


def base_words(f: TopologyFailureFigures) -> str:
    """What stands beside the red part of the bar."""
    return f"on {share(f.others)} % of points"


def trial_share(f: TopologyFailureFigures, vectors: FloatArray) -> float:
    """What residuals (n, 2) of all held-out points leave on the green ones, as a share of all that one map leaves."""
    green = ~f.places.others(f.places.data.points, 1.0)
    return float(np.sum(vectors[green] ** 2) / np.sum(f.places.trials[0] ** 2))
