"""The figures of the controls against recomputation by other formulas, and the captions that they decide."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.core.network import ReluNetwork
from quantization_story.figures.correction_controls import (
    CorrectionControlsFigures,
    badges,
    captions,
    lowest,
    measure,
    shown,
    typical_first,
)
from quantization_story.networks import load_network
from quantization_story.networks.seed_population import PopulationFigures, loss_ticks
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> CorrectionControlsFigures:
    return measure(subject)


def told(figures: CorrectionControlsFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def share_right(subject: StorySubject, source: np.ndarray, fitted: np.ndarray) -> float:
    """The accuracy with the map that normal equations find from `fitted` to the float outputs, on a source."""
    target = subject.network(subject.calibration.points)
    augmented = np.column_stack([fitted, np.ones(len(fitted))])
    solved = np.linalg.lstsq(augmented, target, rcond=None)[0]
    outputs = np.column_stack([source, np.ones(len(source))]) @ solved
    angle = np.deg2rad([90.0, 210.0, 330.0])
    scores = outputs @ np.stack([np.cos(angle), np.sin(angle)])
    return float((np.argmax(scores, axis=1) == subject.data.labels).mean())


def test_the_trials_reach_what_normal_equations_say(subject: StorySubject, figures: CorrectionControlsFigures) -> None:
    net, quantized, x, fitted = subject.network, subject.quantized, subject.data.points, subject.calibration.points
    assert figures.repaired == share_right(subject, quantized(x), quantized(fitted))
    assert figures.on_float == share_right(subject, net(x), quantized(fitted))
    assert figures.raw == share_right(subject, x, fitted)
    assert figures.rounded == subject.quantized_accuracy
    assert figures.numbers == 6


def test_every_distinct_shuffle_is_tried_once(subject: StorySubject, figures: CorrectionControlsFigures) -> None:
    """All 24 x 24 orders of the entries of W1 and W2 by themselves: those that are no other network come out of it."""
    quantized, found = subject.quantized, {}
    own = tuple(weight.tobytes() for weight in quantized.weights[:2])
    for first, second in itertools.product(itertools.permutations(range(4)), repeat=2):
        pairs = zip(quantized.weights, (first, second), strict=False)
        weights = [weight.ravel()[list(order)].reshape(2, 2) for weight, order in pairs]
        key = tuple(weight.tobytes() for weight in weights)
        if key not in found and key != own:
            found[key] = ReluNetwork((*weights, quantized.weights[2]), quantized.biases)
    assert len(found) == len(figures.shuffles) == 287
    x, fitted = subject.data.points, subject.calibration.points
    reached = [share_right(subject, each(x), each(fitted)) for each in list(found.values())[::7]]
    counts = np.array(figures.shuffles)
    # Some have outputs nearly on a line, where the scene's fit leaves a direction out and this one does not.
    assert np.mean([np.abs(counts - score).min() < 4e-4 for score in reached]) > 0.9
    assert max(figures.shuffles) == pytest.approx(0.9873, abs=1e-3)
    assert figures.reaching == 0
    assert figures.every


def test_a_typical_shuffle_comes_first(subject: StorySubject, figures: CorrectionControlsFigures) -> None:
    assert figures.shuffles[0] == np.median(figures.shuffles) == pytest.approx(0.706)
    assert typical_first([0.9, 0.1, 0.5, 0.4]) == [2, 0, 1, 3]
    weights = list(subject.quantized.weights)
    for layer, (own, other) in enumerate(figures.weights):
        np.testing.assert_array_equal(own, weights[layer])
        assert sorted(own.ravel()) == sorted(other.ravel())
        weights[layer] = other
    first = ReluNetwork(tuple(weights), subject.quantized.biases)
    x, fitted = subject.data.points, subject.calibration.points
    assert figures.shuffles[0] == share_right(subject, first(x), first(fitted))
    np.testing.assert_array_equal(figures.places.example.outputs, first(x))


def test_the_population_is_that_on_record(figures: CorrectionControlsFigures) -> None:
    record = load_network("pinwheel").provenance
    assert record is not None
    population = figures.population
    assert population is not None
    counted = record.population
    before, after = np.array(population.before), np.array(population.after)
    much = before >= counted.loss_at_least - 1e-9
    assert (population.seeds, much.sum()) == (counted.learned, counted.lost)
    assert (much & (after <= counted.back_within + 1e-9)).sum() == counted.restored
    assert population.back == counted.back_within
    assert population.before[population.shown] == pytest.approx(record.criterion("loss").value, abs=1e-6)
    assert population.after[population.shown] == pytest.approx(record.criterion("shortfall").value, abs=1e-6)
    assert population.on_float[population.shown] == pytest.approx(-record.criterion("float_gain").value, abs=1e-6)
    lost = before >= 0.02 - 1e-9
    assert (population.losing, population.losing_back) == (lost.sum(), (after[lost] <= 0.015 + 1e-9).sum()) == (61, 56)


def made_up() -> PopulationFigures:
    return PopulationFigures(
        before=(0.0, 0.0199, 0.02, 0.0799, 0.08, 0.3),
        after=(0.0, 0.015, 0.02, 0.0, 0.015, 0.016),
        on_float=(0.001, -0.004, 0.2, 0.0, 0.1, 0.05),
        shown=5,
        back=0.015,
    )


def test_a_population_is_counted_with_the_edges_of_its_thresholds() -> None:
    population = made_up()
    assert (population.losing, population.losing_back) == (4, 2)
    assert population.largest_gain == pytest.approx(0.004)
    assert population.float_losing == 3
    assert loss_ticks(population) == [0, 10, 20, 30]
    assert population.small.tolist() == [True, True, False, False, False, False]
    assert (population.worse, population.worst) == (0, 0)
    spoilt = replace(population, after=(0.0, 0.015, 0.02, 0.0, 0.1, 0.5))
    assert (spoilt.worse, spoilt.worst) == (2, 5)
    assert replace(population, on_float=(0.0,) * 6).largest_gain == 0.0


def test_captions_follow_the_figures(figures: CorrectionControlsFigures) -> None:
    said = told(figures)
    assert said["back"] == "Of 61 that lost 2 % or more, 56 end within 1.5 %"
    assert said["floats"].endswith("many lose, the best gains 0.3 %")
    assert figures.population is not None
    spared = replace(figures.population, on_float=(0.0199,) * 402)
    assert told(replace(figures, population=spared))["floats"].endswith("few lose, the best gains 0.0 %")
    assert "402" in said["seeds"]
    assert said["fit"].endswith("here are all")
    assert told(replace(figures, every=False))["fit"].endswith("287 of them")
    assert said["found"].endswith("not one gets as far as the violet line")
    assert said["answer"].startswith("A repair: nothing else gets there")
    assert said["float"].endswith("It gets worse")
    assert said["raw"].endswith("It falls short")
    raised = replace(figures, on_float=0.999)
    assert told(raised)["float"].endswith("gets better, too")
    assert told(raised)["answer"].startswith("Not only a repair")
    assert told(replace(figures, on_float=figures.float_accuracy))["float"].endswith("stays as it is")
    assert told(replace(figures, shuffles=(0.5, 0.999)))["found"].startswith("One of them gets as far")
    assert told(replace(figures, shuffles=(0.998, 0.999)))["found"].startswith("Two of them get as far")
    assert told(replace(figures, raw=0.998))["raw"].endswith("It gets as far")
    population = figures.population
    assert population is not None
    ill = tuple(loss + 0.1 for loss in population.before)
    spoilt = told(replace(figures, population=replace(population, after=ill)))
    assert spoilt["answer"].startswith("A repair, but not for every network")


def test_without_a_population_nothing_is_said_of_seeds(figures: CorrectionControlsFigures) -> None:
    alone = replace(figures, population=None)
    assert not any("networks" in words or "lost" in words for words in told(alone).values())
    assert shown(alone)["answer"] == shown(alone)["raw"]
    assert len(badges(alone)) == len(badges(figures)) - 2


def test_the_shown_numbers_are_the_figures(figures: CorrectionControlsFigures) -> None:
    expected = shown(figures)
    assert lowest(figures) == 30
    assert expected["question"] == {"right": "83.2 % right"}
    assert expected["claim"] == {"right": "99.7 % right"}
    assert expected["tests"] == {"ticks": "30 40 50 60 70 80 90 100", "rounded": "99.7"}
    assert expected["one"]["weights"] == "2.24 0.96 −1.60 0.96 −0.36 2.13 −2.49 0.71"
    assert expected["float"]["float"] == "95.1"
    assert expected["shuffles"]["best"] == "98.7 the best"
    assert expected["raw"]["raw"] == "91.0"
    losses = {"losses": "0 10 20 30 0 10 20 30"}
    assert expected["seeds"] == losses
    assert expected["drop"] == expected["answer"] == losses | {"much": "2 %", "back": "within 1.5 %"}


def test_a_network_that_loses_nothing_is_refused(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="rounding loses none of 3000 points"):
        measure(replace(subject, quantized=subject.network, quantized_accuracy=subject.float_accuracy))


def test_other_networks_have_their_own_figures() -> None:
    wide = measure(load_subject(Settings("pinwheel_wide"), "pinwheel"))
    assert len(wide.shuffles) == 500
    assert not wide.every
    assert wide.population is not None
    assert wide.population.seeds == 358
    assert wide.reaching == 0
