"""Every seed of a search that learned, rounded in every way: does a smaller error of the layers mean fewer mistakes?"""

from collections.abc import Sequence

import numpy as np

from quantization_story.core.distances import rms
from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import NEAREST, Rounding, layer_objectives
from quantization_story.networks.rounding_scores import DECIMALS, RoundingScores
from quantization_story.training.criteria import Subject
from quantization_story.training.seed_search import Recipe

ROUNDINGS = (Rounding("gptq"), Rounding("gptq", order="diagonal"), Rounding("closest"), Rounding("awq"))


def rounding_scores(
    recipe: Recipe, seeds: Sequence[int], widths: Sequence[int], roundings: Sequence[Rounding] = ROUNDINGS
) -> tuple[RoundingScores, ...]:
    """Train the networks of these seeds again, and round each at these bit widths, for each rounding in turn."""
    subjects = [recipe.subject(recipe.trained(seed)) for seed in seeds]
    return tuple(
        scores
        for bits in widths
        for scores in _scores_at(tuple(seeds), subjects, UniformQuantizer(bits), tuple(roundings))
    )


def _scores_at(
    seeds: tuple[int, ...], subjects: Sequence[Subject], quantizer: UniformQuantizer, roundings: tuple[Rounding, ...]
) -> list[RoundingScores]:
    wrong = [_wrong(subject, subject.network) for subject in subjects]
    base = [_measured(subject, quantizer, NEAREST) for subject in subjects]
    points = len(subjects[0].held_out.points)
    found = []
    for rounding in roundings:
        mine = [_measured(subject, quantizer, rounding) for subject in subjects]
        ratios = [tuple(_ratio(new[kind], old[kind]) for new, old in zip(mine, base, strict=True)) for kind in (1, 2)]
        counts = (tuple(int(each[0]) for each in measured) for measured in (base, mine))
        found.append(RoundingScores(quantizer.bits, points, rounding.words, seeds, tuple(wrong), *counts, *ratios))
    return found


def _measured(subject: Subject, quantizer: UniformQuantizer, rounding: Rounding) -> tuple[int, float, float]:
    """How many held-out points are wrong, the error of the layers, and the RMS error of the output."""
    net, held_out = subject.network, subject.held_out.points
    rounded = rounding.quantized(net, quantizer, subject.calibration.points)
    objective = sum(layer_objectives(net, rounded, subject.calibration.points))
    return _wrong(subject, rounded), objective, rms(rounded(held_out) - net(held_out))


def _wrong(subject: Subject, network: ReluNetwork) -> int:
    return round(len(subject.held_out.points) * (1.0 - subject.accuracy(network)))


def _ratio(new: float, old: float) -> float:
    return float(np.round(new / old, DECIMALS)) if old > 0 else 1.0
