"""The search for a network: train many seeds, judge each by a rule, write the best one with its record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from quantization_story.core.network import ReluNetwork
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import TASKS, LabelledPoints
from quantization_story.networks import FOLDER
from quantization_story.networks.provenance import Criterion, Figure, Population, Provenance, Sample
from quantization_story.networks.seed_scores import SeedScores, write_seed_scores
from quantization_story.training.criteria import REPAIRS, Measure, Subject, Thresholds, outcome
from quantization_story.training.optimize import train

Figures = Callable[[Subject], dict[str, Figure]]
THRESHOLDS = Thresholds()
SETTINGS = (
    "The task, bit width, penalty and cap on iterations were settled by hand after trying others, and the held-out "
    "points took part in the choice; the population is that of these settings."
)
CALIBRATION, HELD_OUT = Sample(900, seed=1), Sample(3000, seed=2)


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

    bits: the story's bit width, per tensor; other_bits: where the population is counted too. seeds: how many starts
    are tried, from 0 on. repair: which of `REPAIRS` the population is counted with. bounds: all must hold. score: the
    largest one is taken among the networks for which they do. figures: what else is recorded.
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
    repair: str = "output_map"
    other_bits: tuple[int, ...] = ()
    thresholds: Thresholds = THRESHOLDS
    calibration: Sample = CALIBRATION
    held_out: Sample = HELD_OUT

    def trained(self, seed: int) -> ReluNetwork:
        """The network of one seed, its hidden units ordered so that no layer of two units mirrors the plane."""
        trained = train(
            TASKS[self.task], self.widths, seed, self.l2, self.bias_l2, self.max_iterations, self._points[0]
        )
        return trained.oriented()

    @cached_property
    def _points(self) -> tuple[LabelledPoints, LabelledPoints]:
        task = TASKS[self.task]
        return (
            task.sample(self.calibration.count, self.calibration.seed),
            task.sample(self.held_out.count, self.held_out.seed),
        )

    def subject(self, network: ReluNetwork) -> Subject:
        """A network with the quantizer and the points of this recipe."""
        return Subject(network, UniformQuantizer(self.bits), *self._points)

    def outcomes(self, subject: Subject) -> dict[int, str]:
        """The letter of a network at every bit width where the population is counted."""
        widths = (self.bits, *self.other_bits)
        return {bits: outcome(subject.at_bits(bits), self.thresholds, self.repair) for bits in widths}

    def scores(self, judged: Sequence[tuple[int, Subject]]) -> tuple[SeedScores, ...]:
        """What rounding and the repair do to each of these networks with its seed, at every bit width of `outcomes`."""
        return tuple(self._scores_at(bits, judged) for bits in (self.bits, *self.other_bits))

    def _scores_at(self, bits: int, judged: Sequence[tuple[int, Subject]]) -> SeedScores:
        subjects = [subject.at_bits(bits) for _, subject in judged]
        points = self.held_out.count
        kinds = (
            [each.float_accuracy for each in subjects],
            [each.quantized_accuracy for each in subjects],
            [each.repaired(self.repair) for each in subjects],
            [each.float_repaired(self.repair) for each in subjects],
        )
        counts = (tuple(round(points * (1.0 - reached)) for reached in kind) for kind in kinds)
        return SeedScores(bits, points, REPAIRS[self.repair].words, tuple(seed for seed, _ in judged), *counts)

    def populations(self, outcomes: Sequence[dict[int, str]], first_seed: int = 0) -> tuple[Population, ...]:
        """The populations that these outcomes, of consecutive seeds, make up."""
        limits = self.thresholds
        return tuple(
            Population(
                bits=bits,
                first_seed=first_seed,
                outcomes="".join(each[bits] for each in outcomes),
                learned_at_least=limits.learned,
                loss_at_least=limits.loss,
                back_within=limits.back_within,
                repair=REPAIRS[self.repair].words,
            )
            for bits in (self.bits, *self.other_bits)
        )

    def qualifies(self, subject: Subject) -> bool:
        """Whether every bound holds."""
        return all(bound.judged(subject).holds for bound in self.bounds)

    def record(
        self, network: ReluNetwork, seed: int, populations: tuple[Population, ...], qualified: int
    ) -> Provenance:
        """The provenance of a network that this recipe has chosen; every figure is measured here."""
        subject = self.subject(network)
        return Provenance(
            name=self.name,
            task=self.task,
            widths=network.widths,
            bits=self.bits,
            per_channel=subject.quantizer.per_channel,
            seed=seed,
            l2=self.l2,
            bias_l2=self.bias_l2,
            max_iterations=self.max_iterations,
            calibration=self.calibration,
            held_out=self.held_out,
            float_accuracy=subject.float_accuracy,
            quantized_accuracy={bits: subject.at_bits(bits).quantized_accuracy for bits in range(2, 9)},
            rule=f"{self.rule} {SETTINGS}",
            criteria=tuple(bound.judged(subject) for bound in self.bounds),
            figures=self.figures(subject),
            populations=populations,
            qualified=qualified,
            command=f"python -m quantization_story.recipes {self.name}",
        )


def make(recipe: Recipe, folder: str | Path = FOLDER) -> Provenance:
    """Train, judge, choose, and write `name`.npz and `name`.json to the folder; returns the record.

    Where the population is counted with one map at the output, seeds/`name`.json is written too: see `SeedScores`.

    Raises ValueError if no network of the search keeps every bound.
    """
    outcomes: list[dict[int, str]] = []
    learned: list[tuple[int, Subject]] = []
    qualified = 0
    best: tuple[float, int, ReluNetwork] | None = None
    for seed in range(recipe.seeds):
        network = recipe.trained(seed)
        subject = recipe.subject(network)
        outcomes.append(recipe.outcomes(subject))
        if outcomes[-1][recipe.bits] != "-":
            learned.append((seed, subject))
        if not recipe.qualifies(subject):
            continue
        qualified += 1
        score = recipe.score(subject)
        if best is None or score > best[0]:
            best = (score, seed, network)
    if best is None:
        raise ValueError(f"{recipe.name}: none of {recipe.seeds} networks keeps every bound of the rule")
    _, seed, network = best
    record = recipe.record(network, seed, recipe.populations(outcomes), qualified)
    network.save(Path(folder) / f"{recipe.name}.npz")
    record.write(Path(folder) / f"{recipe.name}.json")
    if recipe.repair == "output_map":
        write_seed_scores(recipe.scores(learned), recipe.name, record.command, folder)
    return record
