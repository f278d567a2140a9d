"""Labels in the forms in which people keep them, and a single output for two classes."""

import numpy as np
import pytest

from own_networks import arrays_of, write
from quantization_story.core.network import ReluNetwork
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.label_forms import labels_of
from quantization_story.networks.settings import Settings
from small_networks import he_network

PLAIN = np.array([0, 2, 1, 1, 0])
TWO = PLAIN > 0


@pytest.mark.parametrize(
    ("given", "expected", "said"),
    [
        (PLAIN, PLAIN, None),
        (PLAIN.astype(np.float32), PLAIN, None),
        (PLAIN[:, None], PLAIN, None),
        (np.eye(3)[PLAIN], PLAIN, "one-hot"),
        (np.eye(3, dtype=bool)[PLAIN], PLAIN, "one-hot"),
        (TWO, TWO, None),
        (TWO[:, None], TWO, None),
        (np.where(TWO, 1, -1), TWO, "−1"),
        (np.where(TWO, 1.0, -1.0)[:, None], TWO, "−1"),
    ],
)
def test_every_form_of_labels(given, expected, said):
    labels, words = labels_of(given, 5)
    np.testing.assert_array_equal(labels, expected)
    assert labels.dtype == np.int64
    assert (words is None) == (said is None)
    assert said is None or said in words


@pytest.mark.parametrize("given", [np.ones((5, 3)), np.array([0, 1, 2, 3, -1]), np.array(list("ababa")), np.ones(4)])
def test_what_are_no_labels_is_refused(given):
    with pytest.raises(ValueError, match="labels"):
        labels_of(given, 5)


def test_a_single_output_is_the_logit_of_class_one(tmp_path):
    raw = he_network((2, 6, 1), 1)
    points = np.random.default_rng(0).normal(size=(200, 2))
    net = ReluNetwork(raw.weights, (raw.biases[0], raw.biases[1] - np.median(raw(points))))
    above = net(points)[:, 0] > 0
    assert 20 < above.sum() < 180
    path = write(tmp_path / "mine.npz", {**arrays_of(net), "points": points, "labels": above})
    chosen = load_chosen(Settings(path), "pinwheel")
    assert chosen.accuracy() == 1.0
    assert "the single output is the logit of class 1 against class 0" in chosen.read
    wrong = write(tmp_path / "wrong.npz", {**arrays_of(net), "points": points, "labels": above + 1})
    with pytest.raises(ValueError, match=r"label 2, but a single output, the logit of class 1, know"):
        load_chosen(Settings(wrong), "pinwheel")
