"""The seeds of a search, rounded in every way: trained here, and counted by formulas written out."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.quantizers import UniformQuantizer
from quantization_story.core.roundings import Rounding
from quantization_story.core.tasks import accuracy
from quantization_story.networks.rounding_scores import load_rounding_scores
from quantization_story.networks.seed_scores import write_seed_scores
from quantization_story.training import recipes
from quantization_story.training.recipes import PINWHEEL
from quantization_story.training.rounding_population import rounding_scores

SHORT = replace(PINWHEEL, max_iterations=40)
SEEDS = (2, 4, 8)


def objective(net, rounded, points):
    """The errors that the weights of each layer add to its pre-activations, layer by layer, at the float inputs."""
    total = 0.0
    for before, after, bias in zip(net.weights, rounded.weights, net.biases, strict=True):
        total += float(np.mean(np.sum((points @ (after - before).T) ** 2, axis=1)))
        points = np.maximum(points @ before.T + bias, 0)
    return total


def test_every_seed_is_rounded_in_every_way():
    roundings = [Rounding("gptq"), Rounding("awq")]
    found = rounding_scores(SHORT, SEEDS, [4, 3], roundings)
    assert [(each.bits, each.rounding) for each in found] == [(4, "GPTQ"), (4, "AWQ"), (3, "GPTQ"), (3, "AWQ")]
    fitted, data = SHORT.subject(None).calibration, SHORT.subject(None).held_out
    for scores, rounding in zip(found, roundings * 2, strict=True):
        assert (scores.seeds, scores.points) == (SEEDS, 3000)
        for index, seed in enumerate(SEEDS):
            net = SHORT.trained(seed)
            nearest = net.quantized(UniformQuantizer(scores.bits))
            mine = rounding.quantized(net, UniformQuantizer(scores.bits), fitted.points)
            wrong = [round(3000 * (1 - accuracy(each, data.points, data.labels))) for each in (net, nearest, mine)]
            assert wrong == [scores.float_wrong[index], scores.nearest_wrong[index], scores.wrong[index]]
            squares = [np.sum((each(data.points) - net(data.points)) ** 2) for each in (mine, nearest)]
            assert scores.rms_ratio[index] == pytest.approx((squares[0] / squares[1]) ** 0.5, abs=6e-4)
            layers = [objective(net, each, fitted.points) for each in (mine, nearest)]
            assert scores.objective_ratio[index] == pytest.approx(layers[0] / layers[1], abs=6e-4)


def test_the_command_counts_the_seeds_on_record(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(recipes, "RECIPES", {**recipes.RECIPES, "pinwheel": SHORT})
    kept = SHORT.scores([(seed, SHORT.subject(SHORT.trained(seed))) for seed in SEEDS])
    write_seed_scores(kept, "pinwheel", "", tmp_path)
    recipes.main(["pinwheel", "--roundings", "--folder", str(tmp_path)])
    assert "pinwheel.roundings.json" in capsys.readouterr().out
    for bits in (4, 3):
        scores = load_rounding_scores("pinwheel", bits, tmp_path)
        assert [each.rounding for each in scores] == ["GPTQ", "GPTQ by diagonal", "closest vector", "AWQ"]
        assert all(each.seeds == SEEDS for each in scores)


def test_other_networks_than_those_on_record_are_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "RECIPES", {**recipes.RECIPES, "pinwheel": SHORT})
    kept = SHORT.scores([(seed, SHORT.subject(SHORT.trained(seed))) for seed in SEEDS])
    other = replace(kept[0], rounded_wrong=tuple(count + 1 for count in kept[0].rounded_wrong))
    write_seed_scores((other, *kept[1:]), "pinwheel", "", tmp_path)
    with pytest.raises(ValueError, match="pinwheel: this machine trains other networks than those on record"):
        recipes.main(["pinwheel", "--roundings", "--folder", str(tmp_path)])
    with pytest.raises(ValueError, match="deep: it is not on record which seeds"):
        recipes.main(["deep", "--roundings", "--folder", str(tmp_path)])
