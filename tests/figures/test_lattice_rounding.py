"""The figures of the roundings of one lattice against slow recomputation, and the captions that they decide."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import quantization_story.networks
from quantization_story.core.captions import LONGEST, as_caption
from quantization_story.figures.lattice_rounding import (
    LatticeRoundingFigures,
    RoundedPopulation,
    badges,
    captions,
    chart_ticks,
    ends_elsewhere,
    error_words,
    gain_words,
    layer_words,
    measure,
    population_of,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject

CODES = [np.array(codes) for codes in itertools.product(range(-7, 8), repeat=2)]


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> LatticeRoundingFigures:
    return measure(subject)


@pytest.fixture(scope="module")
def chosen(subject: StorySubject) -> list[np.ndarray]:
    """The best codes of each layer, by trying all 225 for each row, on what the calibration points give."""
    net, found = subject.network, []
    inputs = subject.calibration.points
    for weight, bias in zip(net.weights, net.biases, strict=True):
        scale = np.abs(weight).max() / 7
        found.append(np.array([min(CODES, key=lambda k: np.mean((inputs @ (scale * k - row)) ** 2)) for row in weight]))
        inputs = np.maximum(inputs @ weight.T + bias, 0.0)
    return found


def told(figures: LatticeRoundingFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def test_the_rows_take_the_best_of_all_levels(figures: LatticeRoundingFigures, chosen: list[np.ndarray]) -> None:
    for row in figures.rows:
        np.testing.assert_array_equal(row.best, chosen[row.layer - 1][row.unit])


def test_the_hero_is_the_row_that_gains_most(figures: LatticeRoundingFigures) -> None:
    assert figures.hero.moves
    assert figures.hero.gain == max(row.gain for row in figures.rows if row.moves)
    assert (figures.hero.layer, figures.hero.unit) == (3, 0)


def test_the_weights_that_take_another_level_are_counted(
    figures: LatticeRoundingFigures, subject: StorySubject, chosen: list[np.ndarray]
) -> None:
    codes = [np.rint(weight / (np.abs(weight).max() / 7)) for weight in subject.network.weights]
    assert figures.moved == sum(int((a != b).sum()) for a, b in zip(codes, chosen, strict=True)) == 3
    assert figures.weights == 12


def test_accuracies_are_those_of_the_networks_at_these_levels(
    figures: LatticeRoundingFigures, subject: StorySubject, chosen: list[np.ndarray]
) -> None:
    def right(codes: list[np.ndarray]) -> float:
        x = subject.data.points
        for layer, weight in enumerate(subject.network.weights):
            x = x @ (np.abs(weight).max() / 7 * codes[layer]).T + subject.network.biases[layer]
            x = np.maximum(x, 0.0) if layer < 2 else x
        return float(np.mean((x @ subject.readout.T).argmax(axis=1) == subject.data.labels))

    nearest = [np.rint(weight / (np.abs(weight).max() / 7)) for weight in subject.network.weights]
    assert figures.nearest_accuracy == pytest.approx(right(nearest)) == pytest.approx(0.832)
    assert figures.best_accuracy == pytest.approx(right(chosen)) == pytest.approx(0.9783, abs=1e-4)
    for weight, codes, own in zip(subject.network.weights, chosen, figures.better.weights, strict=True):
        np.testing.assert_allclose(own, np.abs(weight).max() / 7 * codes)


def test_the_inputs_are_those_of_the_heros_layer(figures: LatticeRoundingFigures, subject: StorySubject) -> None:
    x = subject.calibration.points
    for weight, bias in zip(subject.network.weights[:2], subject.network.biases[:2], strict=True):
        x = np.maximum(x @ weight.T + bias, 0.0)
    np.testing.assert_allclose(figures.inputs, x)


def test_gptq_is_seen_with_the_weight_first_that_brings_it_farther(figures: LatticeRoundingFigures) -> None:
    hero = figures.hero
    assert hero.error(figures.landing(figures.first)) <= hero.error(figures.landing(1 - figures.first))
    turned = replace(figures, hero=replace(hero, forward=hero.backward, backward=hero.forward))
    assert turned.first == 1 - figures.first


def test_the_seeds_are_counted_from_the_file(figures: LatticeRoundingFigures) -> None:
    path = Path(quantization_story.networks.__file__).parent / "seeds" / "pinwheel.roundings.json"
    record = json.loads(path.read_text())
    own = next(each for each in record["roundings"] if each["bits"] == 4 and each["rounding"] == "closest vector")
    ratio, gained = np.array(own["objective_ratio"]), np.array(record["4 bits, nearest"]) - np.array(own["wrong"])
    p = figures.population
    assert p is not None
    assert p.seeds == len(ratio) == 402
    assert p.more_right == int((gained > 0).sum()) == 82
    assert p.fewer_right == int((gained < 0).sum()) == 56
    assert list(gain_words(p).values()) == ["82 networks gain", "264 stay", "56 networks lose"]
    np.testing.assert_allclose(1 - np.array(p.less), np.sqrt(ratio))
    np.testing.assert_allclose(p.gained, gained / record["points"])


def test_the_network_that_is_played_is_one_of_the_seeds(figures: LatticeRoundingFigures) -> None:
    p = figures.population
    assert p is not None
    assert p.gained[p.shown] == pytest.approx(figures.best_accuracy - figures.nearest_accuracy)
    before, after = (
        sum(row.error(codes) ** 2 for row, codes in ((row, getattr(row, name)) for row in figures.rows))
        for name in ("nearest", "best")
    )
    assert p.less[p.shown] == pytest.approx(1 - np.sqrt(after / before), abs=1e-3)


def test_without_counted_seeds_there_is_no_population() -> None:
    for settings in (Settings(bits=5), Settings(bits=4, per_channel=True)):
        assert population_of(load_subject(settings, "pinwheel")) is None
    assert population_of(load_subject(Settings(bits=3), "pinwheel")) is not None


def test_where_the_nearest_level_is_best_for_all_there_is_nothing_to_show(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="served best by the nearest levels"):
        measure(replace(subject, learned=replace(subject.learned, network=subject.quantized)))


def test_captions_fit_and_begin_and_end_as_a_story(figures: LatticeRoundingFigures) -> None:
    for each in (figures, replace(figures, population=None)):
        said = told(each)
        assert next(iter(said)) == "question"
        assert list(said)[-1] == "answer"
        assert all(len(line) <= LONGEST for line in said.values())
    assert "seeds" not in told(replace(figures, population=None))


def test_captions_follow_what_is_true(figures: LatticeRoundingFigures) -> None:
    hero = figures.hero
    assert told(figures)["order"].endswith("a worse dot, yet not as bad as nearest")
    astray = replace(figures, hero=replace(hero, backward=hero.nearest + 2))
    assert told(astray)["order"].endswith("a worse one")
    same = replace(figures, hero=replace(hero, backward=hero.forward))
    assert told(same)["order"] == "With the other weight first it comes to the same dot"
    assert told(figures)["rows"] == "All six neurons: three of the twelve weights take another level"
    assert told(replace(figures, moved=1))["rows"].endswith("one of the twelve weights takes another level")
    assert "more of the points" in told(figures)["better"]
    assert "as many" in told(replace(figures, best_accuracy=figures.nearest_accuracy))["better"]
    worse = replace(figures, best_accuracy=0.8)
    assert "fewer" in told(worse)["better"]
    assert told(figures)["answer"].startswith("Yes")
    assert "not always" in told(worse)["answer"]
    alone = told(replace(figures, population=None))["answer"]
    assert alone.startswith("Yes")
    assert "networks" not in alone
    p = figures.population
    assert p is not None
    assert "less error can still put points wrong" in told(figures)["seeds"]
    for less, gained in (((0.1, 0.0), (0.1, -0.1)), ((-0.1, 0.2), (-0.1, 0.0))):
        never = replace(figures, population=RoundedPopulation(less, gained, 0))
        assert told(never)["seeds"] == "2 networks, a mark each, ours large"
    down = RoundedPopulation(p.less, tuple(-gain for gain in p.gained), p.shown)
    assert "not always" in told(replace(figures, population=down))["answer"]


def test_what_is_shown_is_what_was_measured(figures: LatticeRoundingFigures) -> None:
    hero, values = figures.hero, shown(figures)
    assert error_words(figures, hero.nearest) == f"{hero.error(hero.nearest):.2f}" == "2.07"
    assert values["best"] == {"nearest": "2.07 nearest", "best": "0.59 best"}
    assert values["ellipse"] == {"error": f"{hero.error(hero.across):.2f} output error"}
    assert values["GPTQ"] == values["best"] | {"other way": f"{hero.error(hero.backward):.2f} this way"}
    assert values["points"] == {"right": "97.8 % right"}
    assert values["rows"] == {"layers": "layer 1 layer 2 layer 3"} == {"layers": " ".join(layer_words(figures))}
    assert values["seeds"] == values["answer"]
    p = figures.population
    assert p is not None
    assert chart_ticks(p) == ([20, 40, 60], [-10, 10, 20])


def test_a_way_of_gptq_that_ends_on_a_level_with_a_plate_gets_no_other(figures: LatticeRoundingFigures) -> None:
    hero = figures.hero
    assert ends_elsewhere(figures)
    for known in (hero.nearest, hero.best):
        assert not ends_elsewhere(replace(figures, hero=replace(hero, backward=known)))


def test_badges_name_layer_scheme_and_state(figures: LatticeRoundingFigures) -> None:
    assert badges(figures)[0] == "layer 3, one neuron, 4-bit levels"
    assert badges(figures)[2] == "4-bit weights, nearest levels"
    assert badges(figures)[-1] == "4-bit weights of many networks"
    assert len(badges(replace(figures, population=None))) == len(badges(figures)) - 1
