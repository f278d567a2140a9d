"""The rounding of a whole network, against what `lattices` does to each of its layers."""

import numpy as np
import pytest

from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.lattices import activation_aware, closest_vector, gptq, input_moments
from quantization_story.core.roundings import KINDS, NAMES, NEAREST, Rounding, layer_objectives
from small_networks import he_network

NET, QUANTIZER = he_network((2, 5, 4, 2), 3), UniformQuantizer(3)
POINTS = np.random.default_rng(0).normal(size=(200, 2))


def test_to_nearest_is_what_it_was_and_needs_no_points():
    plain = NET.quantized(QUANTIZER)
    for points in (np.zeros((0, 2)), POINTS):
        rounded = NEAREST.quantized(NET, QUANTIZER, points)
        assert all(np.array_equal(a, b) for a, b in zip(rounded.weights, plain.weights, strict=True))
    assert NEAREST.is_nearest
    assert not Rounding("gptq").is_nearest


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize("kind", ["gptq", "closest", "awq"])
def test_every_layer_is_rounded_by_the_moments_of_its_float_inputs(kind, per_channel):
    quantizer = UniformQuantizer(3, per_channel=per_channel)
    rounded = Rounding(kind, damping=0.02).quantized(NET, quantizer, POINTS)
    inputs = POINTS
    for weight, bias, mine, kept in zip(NET.weights, NET.biases, rounded.weights, rounded.biases, strict=True):
        moments = inputs.T @ inputs / len(inputs)
        moments = moments + 0.02 * np.trace(moments) / len(moments) * np.eye(len(moments))
        if kind == "awq":
            expected = activation_aware(weight, quantizer, inputs)[0]
        else:
            function = {"gptq": gptq, "closest": closest_vector}[kind]
            expected = quantizer.scale(weight) * function(weight, quantizer, moments)
        assert mine == pytest.approx(expected)
        assert np.array_equal(kept, bias)
        inputs = np.maximum(inputs @ weight.T + bias, 0)


def test_on_the_rounded_path_inputs_are_those_of_the_rounded_layers():
    rounded = Rounding("gptq", rounded_path=True).quantized(NET, QUANTIZER, POINTS)
    inputs = POINTS
    for weight, bias, mine in zip(NET.weights, NET.biases, rounded.weights, strict=True):
        expected = QUANTIZER.scale(weight) * gptq(weight, QUANTIZER, input_moments(inputs, 0.01))
        assert mine == pytest.approx(expected)
        inputs = np.maximum(inputs @ mine.T + bias, 0)
    float_path = Rounding("gptq").quantized(NET, QUANTIZER, POINTS)
    assert np.array_equal(float_path.weights[0], rounded.weights[0])


def test_the_order_of_gptq_is_that_of_the_rounding():
    weight, inputs = np.array([[2.6, 0.45], [7.0, 0.0]]), np.array([[1.0, 3.0], [1.0, 3.0], [0.0, 1.0]])
    net = ReluNetwork((weight,), (np.zeros(2),))
    for order in ("natural", "diagonal"):
        mine = Rounding("gptq", order=order).quantized(net, UniformQuantizer(4), inputs).weights[0]
        assert np.array_equal(mine, gptq(weight, UniformQuantizer(4), input_moments(inputs, 0.01), order))


def test_objectives_are_those_of_each_layer_alone():
    rounded = NET.quantized(QUANTIZER)
    objectives = layer_objectives(NET, rounded, POINTS)
    inputs = POINTS
    for mine, before, after, bias in zip(objectives, NET.weights, rounded.weights, NET.biases, strict=True):
        assert mine == pytest.approx(np.mean(np.sum((inputs @ (after - before).T) ** 2, axis=1)))
        inputs = np.maximum(inputs @ before.T + bias, 0)
    least = layer_objectives(NET, Rounding("closest", damping=0.0).quantized(NET, QUANTIZER, POINTS), POINTS)
    for kind in ("nearest", "gptq"):
        others = layer_objectives(NET, Rounding(kind, damping=0.0).quantized(NET, QUANTIZER, POINTS), POINTS)
        assert all(mine <= other * (1 + 1e-5) for mine, other in zip(least, others, strict=True))
    assert sum(least) < sum(objectives)


def test_words():
    assert [Rounding(kind).words for kind in KINDS] == ["round-to-nearest", "GPTQ", "closest vector", "AWQ"]
    assert set(NAMES) == set(KINDS)
    assert Rounding("gptq", order="diagonal", rounded_path=True).words == "GPTQ by diagonal, rounded path"
    assert Rounding("gptq", damping=0.0).words == "GPTQ, undamped"
    assert Rounding("closest", damping=0.1).words == "closest vector, damping 0.1"
    assert Rounding("awq", damping=0.1).words == "AWQ"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Rounding("up"), "rounding: 'up'; there are nearest, gptq, closest, awq"),
        (lambda: Rounding("gptq", damping=-1.0), "damping: -1.0"),
        (lambda: Rounding("gptq", damping=float("inf")), "damping: inf"),
        (lambda: Rounding("gptq", order="best"), "order: 'best'"),
        (lambda: Rounding("gptq").quantized(NET, QUANTIZER, np.zeros((0, 2))), "GPTQ, layer 1: activations: no points"),
    ],
)
def test_what_cannot_be_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
