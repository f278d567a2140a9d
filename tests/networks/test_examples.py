"""The examples write files that are read as the network that was trained elsewhere."""

from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import numpy as np
import pytest

from quantization_story.networks.checks import check
from quantization_story.networks.chosen import load_chosen
from quantization_story.networks.files import read_network_file
from quantization_story.networks.settings import Settings
from small_networks import he_network
from source_tree import ROOT

NET = he_network((2, 5, 4, 3), 0)
POINTS = np.random.default_rng(0).normal(size=(60, 2))
LABELS = np.arange(60) % 3


def example(name):
    spec = spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check_read(path):
    checked = check(read_network_file(path))
    np.testing.assert_array_equal(checked.network(POINTS), NET(POINTS))
    np.testing.assert_array_equal(checked.labels, LABELS)
    assert any("are reproduced" in words for words in checked.said)


def test_keras(tmp_path):
    dense = [
        SimpleNamespace(get_weights=lambda w=w, b=b: [w.T, b]) for w, b in zip(NET.weights, NET.biases, strict=True)
    ]
    layers = [dense[0], SimpleNamespace(get_weights=list), *dense[1:]]
    example("from_keras").save(
        SimpleNamespace(layers=layers), POINTS, LABELS, str(tmp_path / "mine.npz"), outputs=NET(POINTS)
    )
    check_read(tmp_path / "mine.npz")


def test_jax(tmp_path):
    layers = zip(NET.weights, NET.biases, strict=True)
    params = {f"Dense_{n}": {"bias": b, "kernel": w.T} for n, (w, b) in enumerate(layers)}
    example("from_jax").save(params, POINTS, LABELS, str(tmp_path / "mine.npz"), outputs=NET(POINTS))
    check_read(tmp_path / "mine.npz")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("classes", [2, 3])
def test_scikit_learn(classes, tmp_path):
    neural_network = pytest.importorskip("sklearn.neural_network")
    labels = np.array(["ant", "bee", "cat"])[np.arange(60) % classes]
    model = neural_network.MLPClassifier((6, 5), max_iter=40, random_state=0).fit(POINTS, labels)
    example("from_scikit_learn").save(model, POINTS, labels, str(tmp_path / "mine.npz"))
    chosen = load_chosen(Settings(str(tmp_path / "mine.npz")), "pinwheel")
    held_out = chosen.held_out
    predicted = np.searchsorted(model.classes_, model.predict(held_out.points))
    assert chosen.accuracy() == pytest.approx(np.mean(predicted == held_out.labels))
