"""What each rounding does to every seed: by hand, through a file, and counted again for the network that is shown."""

import json
from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.roundings import Rounding
from quantization_story.core.tasks import accuracy
from quantization_story.networks import load_network
from quantization_story.networks.rounding_scores import (
    RoundingScores,
    load_rounding_scores,
    rounding_file,
    write_rounding_scores,
)
from quantization_story.networks.seed_scores import load_seed_scores
from quantization_story.training.rounding_population import ROUNDINGS

# Of 1000 points: seed 3 loses 50 and gets 45 of them back, 5 loses 20 and keeps them, 8 loses 19, 9 gets worse.
SCORES = RoundingScores(
    4, 1000, "GPTQ", (3, 5, 8, 9), (2, 0, 1, 5), (52, 20, 20, 5), (7, 20, 0, 30), (0.5, 1.0, 0.9, 0.8), (0.3, 1, 1.1, 2)
)


def test_scores_by_hand():
    assert SCORES.gained == pytest.approx([0.045, 0.0, 0.02, -0.025])
    assert SCORES.smaller.tolist() == [True, False, True, True]
    assert SCORES.lost.tolist() == [True, True, False, False]
    assert SCORES.recovered.tolist() == [True, False, False, False]
    assert SCORES.accuracy(SCORES.wrong) == pytest.approx(1 - 57 / 4 / 1000)
    assert replace(SCORES, wrong=(12, 10, 0, 30)).recovered.tolist() == [True, True, False, False]
    assert replace(SCORES, wrong=(13, 11, 0, 30)).recovered.tolist() == [False, False, False, False]


def test_scores_survive_writing_and_reading(tmp_path):
    other = replace(SCORES, rounding="AWQ", wrong=(1, 2, 3, 4))
    coarser = replace(SCORES, bits=3, nearest_wrong=(9, 9, 9, 9))
    path = write_rounding_scores((SCORES, other, coarser), "small", "make small", tmp_path)
    assert path == rounding_file("small", tmp_path)
    assert load_rounding_scores("small", 4, tmp_path) == (SCORES, other)
    assert load_rounding_scores("small", 3, tmp_path) == (coarser,)
    assert load_rounding_scores("small", 5, tmp_path) == load_rounding_scores("another", 4, tmp_path) == ()
    assert json.loads(path.read_text())["command"] == "make small"


@pytest.mark.parametrize("content", ["broken", "[]", '{"roundings": [{"bits": 4}]}', '{"roundings": [3]}'])
def test_a_broken_file_is_named(content, tmp_path):
    write_rounding_scores((SCORES,), "small", "", tmp_path).write_text(content)
    with pytest.raises(ValueError, match=r"small\.roundings\.json: not readable"):
        load_rounding_scores("small", 4, tmp_path)


def test_an_entry_a_seed_is_needed():
    for broken in ({"wrong": (1,)}, {"rms_ratio": (1.0,)}):
        with pytest.raises(ValueError, match="one entry a seed"):
            replace(SCORES, **broken)


@pytest.mark.parametrize("bits", [4, 3])
def test_the_shipped_scores_are_of_the_seeds_on_record(bits):
    known, scores = load_seed_scores("pinwheel", bits), load_rounding_scores("pinwheel", bits)
    assert [each.rounding for each in scores] == [rounding.words for rounding in ROUNDINGS]
    for each in scores:
        assert (each.seeds, each.float_wrong, each.nearest_wrong, each.points) == (
            known.seeds,
            known.float_wrong,
            known.rounded_wrong,
            known.points,
        )
    closest = next(each for each in scores if each.rounding == "closest vector")
    for each in scores[:2]:  # up to the damping, no other codes on the same levels are nearer than the closest
        assert (np.array(closest.objective_ratio) <= np.array(each.objective_ratio) + 0.02).all()


@pytest.mark.parametrize("bits", [4, 3])
@pytest.mark.parametrize("rounding", ROUNDINGS, ids=lambda rounding: rounding.words)
def test_the_shown_network_is_one_of_them(rounding, bits):
    learned = load_network("pinwheel")
    scores = next(each for each in load_rounding_scores("pinwheel", bits) if each.rounding == rounding.words)
    index = scores.seeds.index(learned.provenance.seed)
    fitted, data = learned.calibration.points, learned.held_out
    quantizer = learned.quantizer_at(bits)
    nearest, mine = (each.quantized(learned.network, quantizer, fitted) for each in (Rounding(), rounding))
    assert scores.wrong[index] == round(3000 * (1 - accuracy(mine, data.points, data.labels)))
    errors = [float(np.sum((each(data.points) - learned.network(data.points)) ** 2)) for each in (mine, nearest)]
    assert scores.rms_ratio[index] == pytest.approx((errors[0] / errors[1]) ** 0.5, abs=6e-4)
    sums = [0.0, 0.0]
    for layer, inputs in enumerate(learned.network.activations(fitted)):
        for which, each in enumerate((mine, nearest)):
            error = each.weights[layer] - learned.network.weights[layer]
            sums[which] += float(np.mean(np.sum((inputs @ error.T) ** 2, axis=1)))
    assert scores.objective_ratio[index] == pytest.approx(sums[0] / sums[1], abs=6e-4)
