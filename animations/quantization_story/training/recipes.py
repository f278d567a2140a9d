"""How each shipped network is made: trained from many seeds, judged by a rule, the best one written with its record.

`python -m quantization_story.recipes pinwheel` makes one again, `python -m quantization_story.recipes all` makes all;
the same machine makes the same bytes. `python -m quantization_story.recipes pinwheel --roundings` counts what each
rounding does to the seeds of that search which learned.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from quantization_story.core.errors import layer_errors, propagated_share
from quantization_story.networks import FOLDER
from quantization_story.networks.provenance import Figure
from quantization_story.networks.rounding_scores import write_rounding_scores
from quantization_story.networks.seed_scores import load_seed_scores
from quantization_story.training.criteria import (
    REPAIRS,
    Subject,
    accuracy_drop,
    bit_cost,
    changed_area,
    class_margin,
    clearness,
    crossed,
    crossing_ratio,
    displacement,
    float_gain,
    largest_pre_activation,
    least_aspect,
    least_fold,
    null_margin,
    rank_deficit,
    recovered_share,
    region_count,
    shortfall,
    worst_condition,
)
from quantization_story.training.rounding_population import rounding_scores
from quantization_story.training.seed_search import Bound, Recipe, make

LEARNED = Bound("float_accuracy", "accuracy of the float network", lambda s: s.float_accuracy, at_least=0.985)
LOSES = Bound("loss", "accuracy that round-to-nearest loses", accuracy_drop, at_least=0.08)
RESTORED = Bound(
    "shortfall", "accuracy still missing after one output map", lambda s: shortfall(s, "output_map"), at_most=0.015
)
NO_CAPACITY = Bound(
    "float_gain",
    "accuracy that the same map adds to the float network",
    lambda s: float_gain(s, "output_map"),
    at_most=0.0,
)
FULL_RANK = Bound(
    "rank_deficit",
    "ranks that the worst quantized weight matrix lacks",
    lambda s: float(rank_deficit(s.quantized.weights)),
    at_most=0.0,
)
CONDITIONED = Bound(
    "worst_condition",
    "largest condition number of a float weight matrix",
    lambda s: worst_condition(s.network),
    at_most=10.0,
)
EXTENT = Bound("extent", "largest pre-activation, float or quantized", largest_pre_activation, at_most=25.0)
NULL = Bound("null_margin", "accuracy of the corrected network above the null control", null_margin, at_least=0.05)
MONOTONE = Bound("bit_cost", "most accuracy that adding one bit costs, 2 to 8 bits", bit_cost, at_most=0.01)


def shares(subject: Subject) -> tuple[float, ...]:
    """The propagated share of the error in every layer, on the held-out points."""
    errors = layer_errors(subject.network, subject.quantized, subject.held_out.points)
    return tuple(propagated_share(error) for error in errors)


def backward_steps(subject: Subject) -> float:
    """By how much the propagated share falls from a layer to the next, summed over the layers; 0 if it only grows."""
    return float(-np.minimum(np.diff(shares(subject)), 0.0).sum())


def least_on(subject: Subject, layer: int) -> float:
    """The share of held-out points at which a unit of a hidden layer is on, least over its units."""
    z = subject.network.pre_activations(subject.held_out.points)[layer - 1]
    return float((z > 0).mean(axis=0).min())


def repair_figures(subject: Subject, *names: str) -> dict[str, Figure]:
    """The accuracy that each of these repairs reaches, and its non-capacity check."""
    return {
        **{name: subject.repaired(name) for name in names},
        **{f"float_with_{name}": subject.float_repaired(name) for name in names},
        "propagated_share": shares(subject),
        "extent": largest_pre_activation(subject),
    }


def picture_figures(subject: Subject) -> dict[str, Figure]:
    """What says how well the picture of a small network reads."""
    terms = clearness(subject)
    return {
        **repair_figures(subject, "output_map", "bias", "affine", "rank_1"),
        "changed_area": changed_area(subject),
        "regions": float(region_count(subject.network)),
        "quantized_regions": float(region_count(subject.quantized)),
        "least_fold": least_fold(subject),
        "least_aspect": least_aspect(subject),
        "class_margin": class_margin(subject),
        "displacement": displacement(subject),
        "clearness": terms.pop("clearness"),
        **{f"clearness_{name}": value for name, value in terms.items()},
    }


PINWHEEL = Recipe(
    name="pinwheel",
    task="pinwheel",
    widths=(2, 2, 2, 2),
    bits=4,
    other_bits=(3,),
    seeds=1000,
    l2=5e-4,
    bias_l2=1.5e-4,
    max_iterations=80,
    rule=(
        "On held-out points: the float network has learned; round-to-nearest loses at least 8 points; one affine map "
        "at the output, fitted on the calibration points, brings it back within 1.5 points and does not raise the "
        "float network; 2 to 20 % of the points change their activation pattern, and their mean residual after the "
        "map is at least 1.5 times that of the others; every matrix has full rank and is well conditioned; "
        "pre-activations stay within 25; the null control stays at least 5 points below; a bit more never costs more "
        "than 1 point. Among the networks that qualify, the largest clearness: the geometric mean of seven terms "
        "that say how well the picture reads."
    ),
    bounds=(
        LEARNED,
        LOSES,
        RESTORED,
        NO_CAPACITY,
        Bound("crossed", "share of points whose pattern changes", lambda s: float(crossed(s).mean()), 0.02, 0.2),
        Bound(
            "crossing_ratio",
            "mean residual after the map, crossed points over the others",
            crossing_ratio,
            at_least=1.5,
        ),
        FULL_RANK,
        CONDITIONED,
        EXTENT,
        NULL,
        MONOTONE,
    ),
    score=lambda s: clearness(s)["clearness"],
    figures=picture_figures,
)

PINWHEEL_WIDE = replace(
    PINWHEEL,
    name="pinwheel_wide",
    widths=(2, 3, 3, 2),
    bits=3,
    other_bits=(4,),
    seeds=400,
    rule=(
        "On held-out points: the float network has learned; round-to-nearest loses at least 4 points; one affine map "
        "at the output, fitted on the calibration points, brings it back within 1.5 points and does not raise the "
        "float network; in 5 to 25 % of the box [-3, 3]^2 the activation pattern changes; every hidden unit has at "
        "least 10 % of the points on either side; every matrix has full rank; pre-activations stay within 25. Among "
        "the networks that qualify, the largest clearness."
    ),
    bounds=(
        LEARNED,
        replace(LOSES, at_least=0.04),
        RESTORED,
        NO_CAPACITY,
        Bound("least_fold", "least share of points on a side of a hidden unit", least_fold, at_least=0.1),
        FULL_RANK,
        EXTENT,
        Bound("changed_area", "share of the box where the pattern changes", changed_area, 0.05, 0.25),
    ),
)

DEEP = Recipe(
    name="deep",
    task="spirals",
    widths=(2, 8, 8, 8, 8, 8, 8, 8, 8, 2),
    bits=3,
    seeds=60,
    l2=3e-4,
    bias_l2=9e-5,
    max_iterations=300,
    rule=(
        "On held-out points: the float network has learned; round-to-nearest loses at least 5 points; at the output "
        "at least 80 % of the error is propagated. Among the networks that qualify, the one whose propagated share "
        "falls least from a layer to the next."
    ),
    bounds=(
        LEARNED,
        replace(LOSES, at_least=0.05),
        Bound("last_share", "propagated share of the error at the output", lambda s: shares(s)[-1], at_least=0.8),
    ),
    score=lambda s: -backward_steps(s),
    figures=lambda s: {**repair_figures(s, *REPAIRS), "backward_steps": backward_steps(s)},
)

BOTTLENECK = Recipe(
    name="bottleneck",
    task="spirals",
    widths=(2, 16, 2, 16, 2),
    bits=3,
    seeds=200,
    l2=1e-5,
    bias_l2=0.0,
    max_iterations=100,
    repair="affine",
    rule=(
        "On held-out points: the float network has learned; round-to-nearest loses at least 20 points; a full affine "
        "map in every layer brings back no more than half of that, but does no harm; a rank-2 term in every layer "
        "brings back all of it (every matrix has rank 2, so such a term rebuilds the float weights: an identity); "
        "each unit of the bottleneck is on at a fifth of the points or more; "
        "every quantized matrix before the output has full rank. "
        "Among the networks that qualify, the one for which the better of the bias correction and the full affine "
        "maps leaves most of the accuracy missing."
    ),
    bounds=(
        LEARNED,
        replace(LOSES, at_least=0.2),
        Bound(
            "affine_recovers",
            "share of the loss that full affine maps bring back",
            lambda s: recovered_share(s, "affine"),
            0.0,
            0.5,
        ),
        Bound(
            "rank_2_shortfall",
            "accuracy still missing after rank-2 terms",
            lambda s: shortfall(s, "rank_2"),
            at_most=0.0,
        ),
        Bound(
            "least_on",
            "least share of points at which a unit of the bottleneck is on",
            lambda s: least_on(s, 2),
            at_least=0.2,
        ),
        Bound(
            "rank_deficit",
            "ranks that the worst quantized matrix before the output lacks",
            lambda s: float(rank_deficit(s.quantized.weights[:-1])),
            at_most=0.0,
        ),
    ),
    score=lambda s: min(shortfall(s, "affine"), shortfall(s, "bias")),
    figures=lambda s: repair_figures(s, *REPAIRS),
)

CODEBOOK = replace(
    BOTTLENECK,
    name="codebook",
    widths=(2, 16, 16, 2),
    other_bits=(2,),
    seeds=150,
    l2=3e-4,
    bias_l2=0.0,
    repair="rank_1",
    rule=(
        "On held-out points: the float network has learned; round-to-nearest loses at least 8 points; a rank-1 term "
        "in every layer brings it back within 1.5 points, and does not raise the float network. Among the networks "
        "that qualify, the one that loses most."
    ),
    bounds=(
        LEARNED,
        LOSES,
        Bound(
            "rank_1_shortfall",
            "accuracy still missing after rank-1 terms",
            lambda s: shortfall(s, "rank_1"),
            at_most=0.015,
        ),
        Bound(
            "rank_1_float_gain",
            "accuracy that the same terms add to the float network",
            lambda s: float_gain(s, "rank_1"),
            at_most=0.0,
        ),
    ),
    score=accuracy_drop,
)

RECIPES = MappingProxyType({each.name: each for each in (PINWHEEL, PINWHEEL_WIDE, DEEP, BOTTLENECK, CODEBOOK)})


# Training goes on from the last digits of the products of matrices, which differ between kinds of processors.
SAME_DIGITS = "make the record anew, or multiply as the machine that made it (OPENBLAS_CORETYPE=SKYLAKEX)"


def count_roundings(name: str, folder: Path) -> Path:
    """Round the seeds of a search that learned in every way, and write what comes of it; returns the file.

    Raises ValueError for a search whose seeds are not on record, and where training does not give the same networks.
    """
    known = load_seed_scores(name, RECIPES[name].bits, folder) if name in RECIPES else None
    if known is None:
        raise ValueError(f"{name}: it is not on record which seeds of its search learned")
    recipe = RECIPES[name]
    scores = rounding_scores(recipe, known.seeds, (recipe.bits, *recipe.other_bits))
    if (scores[0].float_wrong, scores[0].nearest_wrong) != (known.float_wrong, known.rounded_wrong):
        raise ValueError(f"{name}: this machine trains other networks than those on record; {SAME_DIGITS}")
    return write_rounding_scores(scores, name, f"python -m quantization_story.recipes {name} --roundings", folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: make the named networks again."""
    parser = argparse.ArgumentParser(prog="python -m quantization_story.recipes", description=__doc__)
    parser.add_argument("name", choices=[*RECIPES, "all"], help="the network to make again")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its two files go")
    parser.add_argument("--roundings", action="store_true", help="round its learned seeds in every way instead")
    options = parser.parse_args(arguments)
    if options.roundings:
        print(count_roundings(options.name, options.folder))
        return
    for name in RECIPES if options.name == "all" else [options.name]:
        record = make(RECIPES[name], options.folder)
        counts = record.population
        print(
            f"{name}: seed {record.seed}, float {record.float_accuracy:.1%}, "
            f"{record.quantized_accuracy[record.bits]:.1%} at {record.bits} bits; of {counts.seeds} starts "
            f"{counts.learned} learn, {counts.lost} of them lose, {counts.restored} of those come back with "
            f"{counts.repair}; {record.qualified} keep every bound"
        )


if __name__ == "__main__":
    main()
