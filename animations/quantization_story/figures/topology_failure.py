"""What TopologyFailureScene shows: a map for each rounded piece helps, but not in a strip: there float bends inside."""

from dataclasses import dataclass, field

import numpy as np

from quantization_story.analysis.residuals import Residuals, output_residuals, piece_maps
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
MUCH = 0.5  # of what the one map leaves on red: more is said to stay
SMALL = 0.1  # of what the one map leaves: less is said to be gone


@dataclass(frozen=True)
class TopologyFailureFigures:
    """The numbers of the scene. Points are all held-out ones; shares are of the squared error that one map leaves.

    scheme: the bit width in words. others: the share of points with another pattern. red: what those hold. after,
    red_after: what is left on the others (green), and on the red, once each piece has a map of its own. places: where
    they are seen.
    """

    scheme: str
    others: float
    red: float
    after: float
    red_after: float
    places: StripPlaces = field(repr=False, compare=False)


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
    for stop in own_turns(len(own.pieces)):
        chosen = dict(zip(own.pieces[:stop], own.maps, strict=False))
        trials.append(own.left(data.points, where, chosen))
        turns.append(own.pieces[sum(map(len, turns)) : stop])
    return TopologyFailureFigures(
        scheme=subject.scheme(),
        others=residuals.crossed_share,
        red=residuals.energy_share,
        after=share(trials[-1], green),
        red_after=share(trials[-1], residuals.crossed),
        places=StripPlaces(
            net,
            quantized,
            one,
            cells,
            data,
            drawn_numbers(residuals, number),
            walk,
            data.points[number],
            tuple(trials),
            tuple(turns),
        ),
    )


def drawn_numbers(residuals: Residuals, hero: int) -> IntArray:
    """Which points are drawn: of the runs of DRAWN the one with most nearly the red share of all, and the hero."""
    n = len(residuals.crossed)
    runs = [np.arange(start, min(start + DRAWN, n)) for start in range(0, max(n - DRAWN, 0) + 1, DRAWN)]

    def off(run: IntArray) -> float:
        return abs(Residuals(residuals.vectors[run], residuals.crossed[run]).energy_share - residuals.energy_share)

    best = min(runs, key=off)
    return best if hero in best else np.append(best, hero)


def own_turns(pieces: int) -> list[int]:
    """How many of the pieces have their own map after each turn: one by one first, then all."""
    stops = [*range(min(1, pieces), min(ONE_BY_ONE, pieces) + 1)]
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
    return {
        "question": "Where can no single map help?",
        "map": "One map for all, a shift, turn and stretch, brings most home: violet",
        "back": "Now the same points at the inputs of the network, before rounding",
        "creases": Caption("These are creases. Across each of them, a ReLU switches", ("creases",)),
        "strips": "Rounding moves each crease, and between old and new a strip opens",
        "colours": "In a strip, another ReLU pattern: red. Elsewhere, the same: green",
        "area": "Mark size: the error that the one map leaves. The bar: all of it",
        "own": f"Now each piece between dashed creases gets its own map: green {_goes(f)}",
        "share": f"But a strip is part of such a piece, and takes its map: {_stays(f)}",
        "near": "Why does that map not fit the strip as well? Go into this one",
        "float": "Walk through it. Blue: the float output bends at the solid crease",
        "mapped": "Violet: the rounded one bends at the dashed crease, too early",
        "ruler": "From there it is one piece, with one map. Fit it beyond the strip",
        "sides": "Or fit it in the strip, and it misses beyond: maps only tilt it",
        "least": "Float bends inside this one piece, and no one map can follow",
        "answer": "In the strips, where a crease moved: float bends inside one piece",
    }


def _goes(f: TopologyFailureFigures) -> str:
    return "goes" if f.after < SMALL else "shrinks"


def _stays(f: TopologyFailureFigures) -> str:
    return "red stays" if f.red_after > MUCH * f.red else "some red stays"


def share(of: float) -> str:
    """A share as it is shown: whole per cent."""
    return percent(of, 0)


def badges(figures: TopologyFailureFigures) -> list[str]:
    """What the badge says, from first to last."""
    weights = f"{figures.scheme} weights"
    one = f"{weights}, one map"
    rounded = ["float weights", "rounding", weights, one]
    return [*rounded, *rounded, f"{weights}, a map a piece", one, f"{weights}, any one map"]


def shown(figures: TopologyFailureFigures) -> dict[str, dict[str, str]]:
    """The figures that stand on screen, by beat and name, as they are shown in the end."""
    f = figures
    base = {"base": base_words(f)}
    before = {"red": f"{share(f.red)} %", "green": f"{share(1 - f.red)} %"}
    after = {"red": f"{share(f.red_after)} %", "green": f"{share(f.after)} %"}
    return {"area": before | base, "own": after | base, "answer": after | base}


def base_words(f: TopologyFailureFigures) -> str:
    """What stands beside the red part of the bar."""
    return f"on {share(f.others)} % of points"
