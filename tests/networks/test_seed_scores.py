"""What rounding and the repair do to every seed: counted again, and in step with the population on record."""

import json
from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.corrections import output_map, with_output_map
from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from quantization_story.networks.seed_scores import SeedScores, load_seed_scores, write_seed_scores
from quantization_story.training.recipes import LEARNED, PINWHEEL
from quantization_story.training.seed_search import make

SCORES = SeedScores(4, 200, "one affine map", (3, 5), (2, 0), (22, 1), (4, 0), (8, 20))


def test_losses_by_hand():
    np.testing.assert_allclose(SCORES.before, [0.10, 0.005])
    np.testing.assert_allclose(SCORES.after, [0.01, 0.0])
    np.testing.assert_allclose(SCORES.on_float, [0.03, 0.1])


def test_scores_survive_writing_and_reading(tmp_path):
    other = replace(SCORES, bits=3, rounded_wrong=(9, 9))
    path = write_seed_scores((SCORES, other), "small", "make small", tmp_path)
    assert load_seed_scores("small", 4, tmp_path) == SCORES
    assert load_seed_scores("small", 3, tmp_path) == other
    assert load_seed_scores("small", 5, tmp_path) is None
    assert load_seed_scores("another", 4, tmp_path) is None
    assert json.loads(path.read_text())["command"] == "make small"


@pytest.mark.parametrize("content", ["broken", "[]", '{"widths": [{"bits": 4}]}', '{"widths": [3]}'])
def test_a_broken_file_is_named(content, tmp_path):
    path = write_seed_scores((SCORES,), "small", "", tmp_path)
    path.write_text(content)
    with pytest.raises(ValueError, match=r"small\.json: not readable"):
        load_seed_scores("small", 4, tmp_path)
    with pytest.raises(ValueError, match="one entry a seed"):
        replace(SCORES, seeds=(3,))


@pytest.mark.parametrize("name", ["pinwheel", "pinwheel_wide"])
def test_the_shipped_scores_are_those_of_the_population_on_record(name):
    learned = load_network(name)
    for population in learned.provenance.populations:
        scores = load_seed_scores(name, population.bits)
        letters = population.outcomes
        assert scores.seeds == tuple(seed for seed, letter in enumerate(letters) if letter != "-")
        assert scores.repair == population.repair
        assert scores.points == len(learned.held_out.labels)
        for seed, before, after in zip(scores.seeds, scores.before, scores.after, strict=True):
            lost = before >= population.loss_at_least - 1e-12
            assert (letters[seed] != "h") == lost
            assert (letters[seed] == "r") == (lost and after <= population.back_within + 1e-12)
        assert max(scores.float_wrong) <= (1 - population.learned_at_least) * scores.points + 1e-9


@pytest.mark.parametrize("name", ["pinwheel", "pinwheel_wide"])
def test_the_shown_network_is_one_of_them(name):
    learned = load_network(name)
    scores = load_seed_scores(name, learned.bits)
    index = scores.seeds.index(learned.provenance.seed)
    net, quantized, data = learned.network, learned.quantized(), learned.held_out
    fitted = output_map(net, quantized, learned.calibration.points)
    networks = (net, quantized, with_output_map(quantized, fitted), with_output_map(net, fitted))
    wrong = [round(3000 * (1 - accuracy(each, data.points, data.labels))) for each in networks]
    counts = scores.float_wrong, scores.rounded_wrong, scores.repaired_wrong, scores.float_repaired_wrong
    assert wrong == [count[index] for count in counts]


def test_a_search_counts_its_seeds(tmp_path):
    recipe = replace(PINWHEEL, name="small", seeds=8, bounds=(LEARNED,), max_iterations=60)
    record = make(recipe, tmp_path)
    scores = load_seed_scores("small", 3, tmp_path)
    assert len(scores.seeds) == record.population.learned > 0
    seed = scores.seeds[-1]
    net, data, fitted = recipe.trained(seed), recipe.subject(None).held_out, recipe.subject(None).calibration
    quantized = net.quantized(UniformQuantizer(3))
    transport = output_map(net, quantized, fitted.points)
    networks = (net, quantized, with_output_map(quantized, transport), with_output_map(net, transport))
    wrong = [round(3000 * (1 - accuracy(each, data.points, data.labels))) for each in networks]
    counts = scores.float_wrong, scores.rounded_wrong, scores.repaired_wrong, scores.float_repaired_wrong
    assert wrong == [count[-1] for count in counts]
