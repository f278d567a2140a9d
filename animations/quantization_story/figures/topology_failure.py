"""What TopologyFailureScene shows: pieces want maps of their own, and at a moved crease none bends where float does."""

from dataclasses import dataclass, field, fields

import numpy as np

from quantization_story.analysis.residuals import PieceMaps, Residuals, output_residuals, piece_maps
from quantization_story.analysis.strips import StripPlaces, StripWalk, strip_walks
from quantization_story.core.affine import AffineMap
from quantization_story.core.arrays import BoolArray, FloatArray, IntArray
from quantization_story.core.captions import Caption, Captions
from quantization_story.core.corrections import output_map
from quantization_story.core.shown_numbers import percent
from quantization_story.networks.subject import StorySubject
from quantization_story.partition.mesh import Box
from quantization_story.partition.refinement import Refinement, refine

DRAWN = 300  # of the held-out points: a run of them
AROUND = 4.2  # times the extent of the points: what the frame may show of the plane
ANGLES = (0.0, 30.0, -30.0, 60.0, -60.0, 90.0)  # degrees: the ways that are tried, a level one first
ONE_BY_ONE = 4  # pieces get their own map one after the other; the rest do at once
SMALL = 0.1  # of what the one map leaves on a piece: less is a fit


@dataclass(frozen=True)
class TopologyFailureFigures:
    """The numbers of the scene. Points are all held-out ones; shares are of the squared error that one map leaves.

    scheme: the bit width in words. others: the share of points with another pattern. red: what those hold. after: what
    is left on the others (green) once each piece has a map of its own. kept_a, kept_b: what each own map leaves on the
    pieces A and B, as shares of what the one map leaves there; missed_b: what A's map leaves on B. places: where they
    are seen.
    """

    scheme: str
    others: float
    red: float
    after: float
    kept_a: float
    kept_b: float
    missed_b: float
    places: StripPlaces = field(repr=False, compare=False)

    @property
    def tried(self) -> bool:
        """Whether two pieces tell that each needs its own map: it fits its own, and makes the other one worse."""
        return max(self.kept_a, self.kept_b) < SMALL and self.missed_b > 1

    @property
    def between(self) -> bool:
        """Whether the walk leads from one of the pieces A and B through a strip into the other."""
        return self.tried and set(self.places.ends) == set(self.places.tried or ())


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
    number, walk = chosen_walk(cells, data.points, residuals.crossed, one)
    own = piece_maps(cells, one, calibration, data.points)
    where = cells.locate(data.points)
    total, green = float(np.sum(residuals.vectors**2)), ~residuals.crossed

    def share(vectors: FloatArray, of: BoolArray) -> float:
        return float(np.sum(vectors[of] ** 2) / total)

    trials: list[FloatArray] = [residuals.vectors]
    turns: list[tuple[int, ...]] = [()]
    kept_a, kept_b, missed_b = np.inf, np.inf, 0.0
    tried = pieces_to_try(own, where)
    if tried is not None:
        a, b = (where == piece for piece in tried)
        before = share(residuals.vectors, b)
        trials.append(own.left(data.points, where, dict.fromkeys(tried, own.maps[0])))
        turns.append(())
        kept_a, missed_b = share(trials[1], a) / share(residuals.vectors, a), share(trials[1], b) / before
        kept_b = share(own.left(data.points, where, {tried[1]: own.maps[1]}), b) / before
    for stop in own_turns(len(own.pieces), 2 if tried else 1):
        chosen = dict(zip(own.pieces[:stop], own.maps, strict=False))
        trials.append(own.left(data.points, where, chosen))
        turns.append(own.pieces[sum(map(len, turns)) : stop])
    figures = TopologyFailureFigures(
        scheme=subject.scheme(),
        others=residuals.crossed_share,
        red=residuals.energy_share,
        after=share(trials[-1], green),
        kept_a=kept_a,
        kept_b=kept_b,
        missed_b=missed_b,
        places=StripPlaces(
            net,
            quantized,
            one,
            cells,
            data,
            drawn_numbers(residuals, number),
            walk,
            data.points[number],
            tried,
            tuple(trials),
            tuple(turns),
        ),
    )
    return figures if figures.tried else without_trial(figures)


def pieces_to_try(own: PieceMaps, where: IntArray) -> tuple[int, int] | None:
    """The two pieces that hold most of what the one map leaves, if points lie in both: their cells are where (n,)."""
    if len(own.pieces) < 2 or not all((where == piece).any() for piece in own.pieces[:2]):
        return None
    return own.pieces[0], own.pieces[1]


def drawn_numbers(residuals: Residuals, hero: int) -> IntArray:
    """Which points are drawn: of the runs of DRAWN the one with most nearly the red share of all, and the hero."""
    n = len(residuals.crossed)
    runs = [np.arange(start, min(start + DRAWN, n)) for start in range(0, max(n - DRAWN, 0) + 1, DRAWN)]

    def off(run: IntArray) -> float:
        return abs(Residuals(residuals.vectors[run], residuals.crossed[run]).energy_share - residuals.energy_share)

    best = min(runs, key=off)
    return best if hero in best else np.append(best, hero)


def without_trial(figures: TopologyFailureFigures) -> TopologyFailureFigures:
    """The same figures where no two pieces tell that each needs its own map: that trial is left out."""
    p = figures.places
    if p.tried is None:
        return figures
    trials, turns = (p.trials[0], *p.trials[2:]), (p.turns[0], *p.turns[2:])
    parts = {each.name: getattr(p, each.name) for each in fields(p)}
    places = StripPlaces(**(parts | {"tried": None, "trials": trials, "turns": turns}))
    return TopologyFailureFigures(
        **{each.name: getattr(figures, each.name) for each in fields(figures)} | {"places": places}
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


def chosen_walk(cells: Refinement, points: FloatArray, crossed: BoolArray, one: AffineMap) -> tuple[int, StripWalk]:
    """The walk to show, and the number of the point on it: of all with another pattern the one that maps miss most.

    A level way is taken if there is one, and one to the right. Raises ValueError if there is none at any angle.
    """
    numbers = np.flatnonzero(crossed)
    for angle in np.deg2rad(ANGLES):
        found = strip_walks(cells, points[numbers], one, float(angle))
        onward = np.array([np.cos(angle), np.sin(angle)])
        if found:
            number, walk = max(found, key=lambda each: (bool(each[1].direction @ onward > 0), each[1].least_miss))
            return int(numbers[number]), walk
    raise ValueError(f"of {len(numbers)} points with another pattern none lies between the two creases of one ReLU")


# --- what is said


def captions(figures: TopologyFailureFigures) -> Captions:
    """What is said, in order."""
    f = figures
    said: dict[str, Caption | str] = {
        "question": "Where can no single map help?",
        "map": "One map for all carries the rounded outputs nearly home: violet",
        "back": "Look at the same points at their inputs, before rounding",
        "creases": Caption("Yellow: creases. Across each of them, a ReLU switches", ("creases",)),
        "strips": "Rounding moves each crease, and between old and new a strip opens",
        "colours": "In a strip, another ReLU pattern: red. Elsewhere, the same: green",
        "area": "Mark size: the error that the one map leaves. The bar: all of it",
    }
    if f.tried:
        said["A"] = "Take two green pieces, A and B: the map that fits A spoils B"
    said |= {
        "own": f"So each green piece gets its own map: green {'goes' if f.after < SMALL else 'shrinks'}, red stays",
        "near": f"Why does red stay? Go into this strip{', between B and A' if f.between else ''}",
        "float": "Walk through it. Blue: the float output bends at the solid crease",
        "mapped": "Violet: rounded, with the map, bends at the dashed one: too early",
        "ruler": "Any other map tilts violet, but its bend stays at the dashed crease",
        "sides": "So it fits beyond the strip, or inside it: never both",
        "least": "Even the best compromise misses: float bends here, violet there",
        "answer": "In the strips, where a crease moved. And if two points become one?",
    }
    return said


def share(of: float) -> str:
    """A share as it is shown: whole per cent."""
    return percent(of, 0)


def badges(figures: TopologyFailureFigures) -> list[str]:
    """What the badge says, from first to last."""
    weights = f"{figures.scheme} weights"
    one = f"{weights}, one map"
    tried = [f"{weights}, A's map for A and B"] if figures.tried else []
    rounded = ["float weights", "rounding", weights, one]
    return [*rounded, *rounded, *tried, f"{weights}, a map a piece", one, f"{weights}, any one map"]


def shown(figures: TopologyFailureFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    bar = {"red": f"{share(f.red)} %", "green": f"{share(f.after)} %", "base": base_words(f)}
    told = {"area": {**bar, "green": f"{share(1 - f.red)} %"}, "own": bar, "answer": bar}
    if f.tried:
        told["A"] = {**bar, "green": f"{share(trial_share(f, figures.places.trials[1]))} %"}
    return told


def base_words(f: TopologyFailureFigures) -> str:
    """What stands beside the red part of the bar."""
    return f"on {share(f.others)} % of points"


def trial_share(f: TopologyFailureFigures, vectors: FloatArray) -> float:
    """What residuals (n, 2) of all held-out points leave on the green ones, as a share of all that one map leaves."""
    green = ~f.places.others(f.places.data.points, 1.0)
    return float(np.sum(vectors[green] ** 2) / np.sum(f.places.trials[0] ** 2))
