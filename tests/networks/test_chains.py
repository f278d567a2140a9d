"""The order and the way round of layers: taken where they are certain, else refused, and what is advised works."""

import re
from itertools import pairwise

import numpy as np
import pytest

from own_networks import arrays_of, blobs, write
from quantization_story.networks.chains import Choice
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.containers import UNORDERED, WRITTEN
from quantization_story.networks.files import layers_of
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import load_subject
from small_networks import he_network

DATA = {"points": np.zeros((30, 5))}


def named(*shapes, bias=True):
    """Layers by name with random weights of these shapes (out, in), in this order."""
    rng = np.random.default_rng(0)
    arrays = {}
    for name, out, fan_in in shapes:
        arrays[f"{name}.weight"] = rng.normal(size=(out, fan_in))
        if bias:
            arrays[f"{name}.bias"] = np.zeros(out)
    return arrays


def stems(arrays, order=WRITTEN, data=DATA, choice=None):
    return [layer.stem for layer in layers_of(arrays, order, data, choice).layers]


# Each with what the message must name; advice in it is followed below.
REFUSED = {
    "square, from a file without an order": (named(("in", 5, 5), ("mid", 5, 5)), UNORDERED, "in,mid or mid,in"),
    "square, in alphabetical order": (named(("a", 5, 5), ("b", 5, 5)), WRITTEN, "a,b or b,a"),
    "numbers against the order of the file": (named(("fc2", 5, 5), ("fc1", 5, 5)), WRITTEN, "fc1,fc2 or fc2,fc1"),
    "defined backwards": (named(("out", 3, 7), ("fc", 7, 5)), WRITTEN, "LAYERS=fc,out"),
    "numbered backwards": (named(("fc1", 3, 7), ("fc2", 7, 5)), WRITTEN, "LAYERS=fc2,fc1"),
    "transposed": (named(("fc1", 5, 8), ("fc2", 8, 3), bias=False), WRITTEN, "transposed"),
    "numbered as Flax numbers nested calls": (
        {"Dense_0/kernel": np.ones((8, 3)), "Dense_1/kernel": np.ones((5, 8))},
        WRITTEN,
        "LAYERS=Dense_1,Dense_0",
    ),
    "square kernels": (
        {"Dense_0/kernel": np.ones((5, 5)), "Dense_1/kernel": np.eye(5)},
        WRITTEN,
        "Dense_0,Dense_1 or Dense_1,Dense_0",
    ),
    "two networks": (
        named(("actor.0", 8, 5), ("actor.2", 2, 8), ("critic.0", 8, 5), ("critic.2", 1, 8)),
        WRITTEN,
        "several networks: actor .8×5 then 2×8.",
    ),
    "two networks that chain": (
        named(("enc.0", 8, 5), ("enc.2", 5, 8), ("dec.0", 8, 5), ("dec.2", 5, 8)),
        WRITTEN,
        "LAYERS=enc,dec chains them",
    ),
    "an ensemble that chains": (
        named(("m.0.fc1", 8, 5), ("m.0.fc2", 5, 8), ("m.1.fc1", 8, 5), ("m.1.fc2", 5, 8)),
        WRITTEN,
        "several networks",
    ),
    "two heads": (named(("fc", 8, 5), ("value", 1, 8), ("advantage", 4, 8)), WRITTEN, "branches"),
    "no place for a ReLU": (named(("0", 8, 5), ("2", 8, 8), ("3", 3, 8)), WRITTEN, "2 and 3 follow each other"),
    "two layers in a row": (named(("0", 8, 5), ("1", 3, 8)), WRITTEN, "0 and 1 follow each other"),
    "something unknown": ({**named(("0", 8, 5), ("2", 3, 8)), "scale_in": np.ones(5)}, WRITTEN, "scale_in"),
    "square and made by hand": (
        {"W1": np.arange(25.0).reshape(5, 5), "W2": np.ones((5, 5)), "b1": np.ones(5), "b2": np.ones(5)},
        WRITTEN,
        "5×5, 5×5 fit as",
    ),
}


def advice(message):
    """Every assignment of a message, as choices; those that belong together stand with "with" between them."""
    for words in re.findall(r"QUANT_STORY_\w+=[\w.,]*\w(?: with QUANT_STORY_\w+=[\w.,]*\w)?", message):
        given = dict(re.findall(r"QUANT_STORY_(\w+)=([\w.,]*\w)", words))
        yield Choice(
            tuple(given["LAYERS"].split(",")) if "LAYERS" in given else None,
            given["TRANSPOSED"] == "1" if "TRANSPOSED" in given else None,
        )


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_open_is_refused_and_every_advice_leads_on(case):
    arrays, order, words = REFUSED[case]
    with pytest.raises(ValueError, match=words) as refusal:
        layers_of(arrays, order, DATA)
    choices = list(advice(str(refusal.value)))
    assert choices
    for choice in choices:
        chain = layers_of(arrays, order, DATA, choice)
        widths = [np.shape(layer.weight) for layer in chain.layers]
        assert widths[0][1] == 5
        assert all(a[0] == b[1] for a, b in pairwise(widths))


def test_a_refusal_says_what_is_stored(tmp_path):
    for arrays in (REFUSED["square, in alphabetical order"][0], REFUSED["something unknown"][0]):
        with pytest.raises(ValueError, match=r"stored are \w+\.weight \d×5, \w+\.weight \d×\d\)$"):
            load_chosen(Settings(write(tmp_path / "mine.npz", arrays)), "pinwheel")


def test_what_is_certain_is_taken():
    assert stems(named(("out", 3, 7), ("fc", 7, 5)), UNORDERED) == ["fc", "out"]
    assert stems(named(("inp", 5, 5), ("head", 5, 5))) == ["inp", "head"]
    assert stems(named(("fc2", 3, 7), ("fc1", 7, 5))) == ["fc1", "fc2"]
    assert stems(named(("l.0", 7, 5), ("l.1", 3, 7))) == ["l.0", "l.1"]
    assert stems(named(("l.10", 3, 7), ("l.9", 7, 5)), UNORDERED) == ["l.9", "l.10"]
    blocks = named(("b.0.fc1", 8, 5), ("b.0.fc2", 6, 8), ("b.1.fc1", 8, 6), ("b.1.fc2", 2, 8))
    assert stems(blocks) == ["b.0.fc1", "b.0.fc2", "b.1.fc1", "b.1.fc2"]


def test_kernels_lie_the_other_way_round():
    arrays = {"Dense_0/kernel": np.ones((5, 8)), "Dense_0/bias": np.ones(8), "Dense_1/kernel": np.ones((8, 3))}
    chain = layers_of(arrays, WRITTEN, DATA)
    assert [layer.weight.shape for layer in chain.layers] == [(8, 5), (3, 8)]
    assert "weights are read as (in, out)" in chain.said
    assert "no bias, so zeros: Dense_1/kernel" in chain.said


def test_what_is_left_out_is_said():
    arrays = {**named(("net.0", 8, 5), ("net.2", 3, 8)), "n_averaged": np.array(3)}
    assert layers_of(arrays, WRITTEN, DATA).left_out == ("n_averaged",)
    more = {**arrays, **named(("head", 2, 3)), "log_std": np.ones(3)}
    chain = layers_of(more, WRITTEN, DATA, Choice(("net",)))
    assert [layer.stem for layer in chain.layers] == ["net.0", "net.2"]
    assert chain.left_out == ("n_averaged", "log_std", "head.weight")


@pytest.mark.parametrize("names", [("fc9",), ("fc1", "fc1")])
def test_layers_that_are_not_there_are_refused(names):
    with pytest.raises(ValueError, match="QUANT_STORY_LAYERS"):
        layers_of(named(("fc1", 7, 5), ("fc2", 3, 7)), WRITTEN, DATA, Choice(names))


FOREIGN = {
    "a convolution": {"0.weight": np.ones((2, 1, 3, 3)), "0.bias": np.ones(2)},
    "a LayerNorm": {"1.weight": np.ones(8), "1.bias": np.ones(8)},
    "a PReLU": {"1.weight": np.ones(1)},
    "a recurrent layer": {"weight_ih_l0": np.ones((8, 5)), "weight_hh_l0": np.ones((8, 2))},
    "an attention layer": {"att.in_proj_weight": np.ones((12, 4))},
    "a weight norm": {"0.weight_g": np.ones((8, 1)), "0.weight_v": np.ones((8, 5))},
    "already quantized": {"0.weight": np.ones((8, 5)), "0.scale": np.ones(())},
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_cannot_be_shown_is_named(what):
    with pytest.raises(ValueError, match=rf"found .*{what.removeprefix('a ')}.*only fully connected layers"):
        layers_of({**named(("10", 8, 5), ("12", 3, 8)), **FOREIGN[what]}, WRITTEN, DATA)


@pytest.mark.parametrize(
    ("numbers", "into", "before"), [((0, 1, 3), 0, False), ((0, 2, 3), 3, True), ((1, 0, 3), 1, True)]
)
def test_a_norm_goes_into_the_layer_beside_it(numbers, into, before):
    first, norm, second = numbers
    rng = np.random.default_rng(3)
    gain, shift, mean, variance = rng.normal(size=8), rng.normal(size=8), rng.normal(size=8), rng.uniform(0.5, 2, 8)
    arrays = named((str(first), 8, 8), (str(second), 8, 8))
    kinds = {"weight": gain, "bias": shift, "running_mean": mean, "running_var": variance}
    arrays |= {f"{norm}.{kind}": array for kind, array in kinds.items()}
    layers = {layer.stem: layer for layer in layers_of(arrays, WRITTEN, {"points": np.zeros((3, 8))}).layers}
    x = rng.normal(size=(4, 8))

    def rest(values):
        return (values - mean) / np.sqrt(variance + 1e-5) * gain + shift

    plain = arrays[f"{into}.weight"]
    expected = rest(x) @ plain.T if before else rest(x @ plain.T)
    np.testing.assert_allclose(x @ layers[str(into)].weight.T + layers[str(into)].bias, expected)
    other = second if into == first else first
    np.testing.assert_array_equal(layers[str(other)].weight, arrays[f"{other}.weight"])


def test_a_norm_of_an_unclear_place_is_refused():
    arrays = named(("0", 8, 5), ("4", 3, 8)) | {"2.running_mean": np.zeros(8), "2.running_var": np.ones(8)}
    with pytest.raises(ValueError, match="2: a BatchNorm; it cannot be told"):
        layers_of(arrays, WRITTEN, DATA)


def test_square_weights_the_other_way_round_are_recognised_by_their_labels(tmp_path):
    net = he_network((2, 2, 2, 2), 11)
    points = blobs(2, 400, 0, spread=1.0).points
    labels = net(points).argmax(axis=1)
    turned = {name: array.T if name[0] == "W" else array for name, array in arrays_of(net).items()}
    path = write(tmp_path / "turned.npz", {**turned, "points": points, "labels": labels})
    reached = load_chosen(Settings(path, transposed=True), "pinwheel")
    assert reached.accuracy() == 1.0
    with pytest.raises(ValueError, match=r"turned\.npz has not learned.*W1 2×2, W2 2×2, W3 2×2") as refusal:
        load_subject(Settings(path), "pinwheel")
    if reached.linear_accuracy is not None and reached.linear_accuracy < 0.99:
        assert "QUANT_STORY_TRANSPOSED=1, with the weights the other way round, reaches it" in str(refusal.value)
        assert load_subject(Settings(path, transposed=True), "pinwheel").float_accuracy == 1.0
