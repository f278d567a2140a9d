"""How each shipped network is made: trained from many seeds, judged by a rule, the best one written with its record.

`python -m quantization_story.recipes pinwheel` makes one again, `python -m quantization_story.recipes all` makes all;
the same machine makes the same bytes.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from quantization_story.errors import layer_errors, propagated_share
from quantization_story.network import ReluNetwork
from quantization_story.networks import FOLDER
from quantization_story.networks.provenance import Criterion, Figure, Population, Provenance, Sample
from quantization_story.quantizer import UniformQuantizer
from quantization_story.selection import (
    Measure,
    Subject,
    Thresholds,
    bit_cost,
    class_margin,
    clearness,
    crossed,
    crossing_ratio,
    displacement,
    largest_pre_activation,
    least_aspect,
    least_fold,
    null_margin,
    outcome,
    rank_deficit,
    region_count,
    worst_condition,
)
from quantization_story.tasks import TASKS
from quantization_story.training import train

Figures = Callable[[Subject], dict[str, Figure]]


@dataclass(frozen=True)
class Bound:
    """A line of a rule: a measure and what it must keep to. See `Criterion`."""

    name: str
    words: str
    measure: Measure
    at_least: float | None = None
    at_most: float | None = None

    def judged(self, subject: Subject) -> Criterion:
        """The measured criterion."""
        return Criterion(self.name, self.words, self.measure(subject), self.at_least, self.at_most)


@dataclass(frozen=True)
class Recipe:
    """How a network is made and chosen.

    bits: the story's bit width, per tensor. seeds: how many starts are tried, from 0 on. bounds: all must hold.
    score: the largest one is taken among the networks for which they do. figures: what else is recorded.
    """

    name: str
    task: str
    widths: tuple[int, ...]
    bits: int
    seeds: int
    rule: str
    bounds: tuple[Bound, ...]
    score: Measure
    figures: Figures
    l2: float
    bias_l2: float
    max_iterations: int
    thresholds: Thresholds = field(default_factory=Thresholds)
    calibration: Sample = Sample(900, 1)
    held_out: Sample = Sample(3000, 2)

    def trained(self, seed: int) -> ReluNetwork:
        """The network of one seed."""
        task = TASKS[self.task]
        data = task.sample(self.calibration.count, self.calibration.seed)
        return train(task, self.widths, seed, self.l2, self.bias_l2, self.max_iterations, data)

    def subject(self, network: ReluNetwork) -> Subject:
        """A network with the quantizer and the points of this recipe."""
        task = TASKS[self.task]
        return Subject(
            network,
            UniformQuantizer(self.bits),
            task.sample(self.calibration.count, self.calibration.seed),
            task.sample(self.held_out.count, self.held_out.seed),
        )

    def population(self, seeds: Sequence[int]) -> Population:
        """What becomes of the networks of consecutive seeds."""
        return self._population("".join(outcome(self.subject(self.trained(s)), self.thresholds) for s in seeds), seeds)

    def _population(self, letters: str, seeds: Sequence[int]) -> Population:
        limits = self.thresholds
        return Population(
            self.l2, self.bits, seeds[0], letters, limits.learned, limits.loss, limits.back_within
        )

    def qualifies(self, subject: Subject) -> bool:
        """Whether every bound holds."""
        return all(bound.judged(subject).holds for bound in self.bounds)

    def record(self, network: ReluNetwork, seed: int, population: Population, qualified: int) -> Provenance:
        """The provenance of a network that this recipe has chosen; every figure is measured here."""
        subject = self.subject(network)
        return Provenance(
            name=self.name,
            task=self.task,
            widths=network.widths,
            bits=self.bits,
            per_channel=False,
            seed=seed,
            l2=self.l2,
            bias_l2=self.bias_l2,
            max_iterations=self.max_iterations,
            calibration=self.calibration,
            held_out=self.held_out,
            float_accuracy=subject.float_accuracy,
            quantized_accuracy=MappingProxyType(
                {bits: subject.accuracy(network.quantized(UniformQuantizer(bits))) for bits in range(2, 9)}
            ),
            rule=self.rule,
            criteria=tuple(bound.judged(subject) for bound in self.bounds),
            figures=MappingProxyType(self.figures(subject)),
            population=population,
            qualified=qualified,
            command=f"python -m quantization_story.recipes {self.name}",
        )


def make(recipe: Recipe, folder: str | Path = FOLDER) -> Provenance:
    """Train, judge, choose, and write `name`.npz and `name`.json to the folder; returns the record.

    Raises ValueError if no network of the search keeps every bound.
    """
    letters, qualified = "", 0
    best: tuple[float, int, ReluNetwork] | None = None
    for seed in range(recipe.seeds):
        network = recipe.trained(seed)
        subject = recipe.subject(network)
        letters += outcome(subject, recipe.thresholds)
        if letters[-1] == "-" or not recipe.qualifies(subject):
            continue
        qualified += 1
        score = recipe.score(subject)
        if best is None or score > best[0]:
            best = (score, seed, network)
    if best is None:
        raise ValueError(f"{recipe.name}: none of {recipe.seeds} networks keeps every bound of the rule")
    _, seed, network = best
    record = recipe.record(network, seed, recipe._population(letters, range(recipe.seeds)), qualified)
    network.save(Path(folder) / f"{recipe.name}.npz")
    record.write(Path(folder) / f"{recipe.name}.json")
    return record


LEARNED = Bound("float_accuracy", "accuracy of the float network", lambda s: s.float_accuracy, at_least=0.985)
CONDITIONED = Bound(
    "worst_condition", "largest condition number of a float weight matrix", lambda s: worst_condition(s.network),
    at_most=10.0,
)
FULL_RANK = Bound(
    "rank_deficit", "ranks that the worst quantized weight matrix lacks", lambda s: float(rank_deficit(s.quantized)),
    at_most=0.0,
)


def shares(subject: Subject) -> tuple[float, ...]:
    """The propagated share of the error in every layer, on the held-out points."""
    errors = layer_errors(subject.network, subject.quantized, subject.held_out.points)
    return tuple(propagated_share(error) for error in errors)


def story_figures(subject: Subject) -> dict[str, Figure]:
    """What is told of a network with a drawable picture."""
    return {
        "quantized_accuracy": subject.quantized_accuracy,
        "corrected_accuracy": subject.corrected_accuracy,
        "corrected_float_accuracy": subject.corrected_float_accuracy,
        "regions": float(region_count(subject.network)),
        "quantized_regions": float(region_count(subject.quantized)),
        "least_fold": least_fold(subject),
        "least_aspect": least_aspect(subject),
        "class_margin": class_margin(subject),
        "displacement": displacement(subject),
        "propagated_share": shares(subject),
        **{f"clearness_{name}" if name != "clearness" else name: each for name, each in clearness(subject).items()},
    }


PINWHEEL = Recipe(
    name="pinwheel",
    task="pinwheel",
    widths=(2, 2, 2, 2),
    bits=4,
    seeds=1000,
    l2=5e-4,
    bias_l2=1.5e-4,
    max_iterations=80,
    rule=(
        "On held-out points: the float network has learned; round-to-nearest loses at least 8 points; one affine map "
        "at the output, fitted on the calibration points, brings it back within 1.5 points and does not raise the "
        "float network; 2 to 20 % of the points change their activation pattern, and their mean residual after the "
        "map is at least 1.5 times that of the others; every matrix has full rank and is well conditioned; "
        "pre-activations stay within 25; the null control stays at least 5 points below; a bit more never costs more than "
        "1 point. Among the networks that "
        "qualify, the largest clearness: the geometric mean of seven terms that say how well the picture reads."
    ),
    bounds=(
        LEARNED,
        Bound(
            "loss",
            "accuracy that round-to-nearest loses",
            lambda s: s.float_accuracy - s.quantized_accuracy,
            at_least=0.08,
        ),
        Bound(
            "shortfall",
            "accuracy still missing after one output map",
            lambda s: s.float_accuracy - s.corrected_accuracy,
            at_most=0.015,
        ),
        Bound(
            "float_gain",
            "accuracy that the same map adds to the float network",
            lambda s: s.corrected_float_accuracy - s.float_accuracy,
            at_most=0.0,
        ),
        Bound("crossed", "share of points whose pattern changes", lambda s: float(crossed(s).mean()), 0.02, 0.2),
        Bound(
            "crossing_ratio",
            "mean residual after the map, crossed points over the others",
            crossing_ratio,
            at_least=1.5,
        ),
        FULL_RANK,
        CONDITIONED,
        Bound("extent", "largest pre-activation, float or quantized", largest_pre_activation, at_most=25.0),
        Bound("null_margin", "accuracy of the corrected network above the null control", null_margin, at_least=0.05),
        Bound("bit_cost", "most accuracy that adding one bit costs, 2 to 8 bits", bit_cost, at_most=0.01),
    ),
    score=lambda s: clearness(s)["clearness"],
    figures=story_figures,
)

RECIPES = {recipe.name: recipe for recipe in (PINWHEEL,)}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: make the named networks again."""
    parser = argparse.ArgumentParser(prog="python -m quantization_story.recipes", description=__doc__)
    parser.add_argument("name", choices=[*RECIPES, "all"], help="the network to make again")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its two files go")
    options = parser.parse_args(arguments)
    for name in RECIPES if options.name == "all" else [options.name]:
        record = make(RECIPES[name], options.folder)
        print(f"{name}: seed {record.seed}, {record.float_accuracy:.1%} float, ", end="")
        print(f"{record.quantized_accuracy[record.bits]:.1%} at {record.bits} bits, {record.qualified} qualified")


if __name__ == "__main__":
    main()
