"""Networks in files: bit for bit, under the name that was given; what is no network's file is refused by name."""

import numpy as np
import pytest
from hypothesis import given

from quantization_story.common import ReluNetwork
from small_networks import AWKWARD, he_network, networks


@given(net=networks())
def test_a_saved_network_comes_back_bit_for_bit(net, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "net.npz"
    net.save(path)
    loaded = ReluNetwork.load(path)
    assert loaded.widths == net.widths
    for before, after in zip(net.weights + net.biases, loaded.weights + loaded.biases, strict=True):
        assert after.tobytes() == before.tobytes()


def test_awkward_numbers_survive_a_file(tmp_path):
    numbers = np.array([*AWKWARD, 5e-324, -1.7976931348623157e308, np.pi, np.nextafter(1.0, 2.0)])
    net = ReluNetwork((numbers[:, None],), (numbers,))
    net.save(tmp_path / "net.npz")
    loaded = ReluNetwork.load(str(tmp_path / "net.npz"))
    assert loaded.weights[0].tobytes() == net.weights[0].tobytes()
    assert loaded.biases[0].tobytes() == net.biases[0].tobytes()


def test_a_network_of_more_than_nine_layers_keeps_their_order(tmp_path):
    net = he_network((2,) * 13, seed=1)
    net.save(tmp_path / "deep.npz")
    x = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(ReluNetwork.load(tmp_path / "deep.npz")(x), net(x))


def test_the_file_has_exactly_the_name_that_was_given(net, tmp_path):
    net.save(tmp_path / "no_suffix")
    assert [path.name for path in tmp_path.iterdir()] == ["no_suffix"]
    assert ReluNetwork.load(tmp_path / "no_suffix").widths == net.widths


def test_the_same_network_makes_the_same_file(net, tmp_path):
    for name in ("first.npz", "second.npz"):
        net.save(tmp_path / name)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"absent\.npz: no such file"):
        ReluNetwork.load(tmp_path / "absent.npz")


@pytest.mark.parametrize("damage", ["text", "empty", "truncated", "npy", "folder"])
def test_a_broken_file_is_named(net, tmp_path, damage):
    path = tmp_path / "broken.npz"
    if damage == "text":
        path.write_text("weights: none\n")
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "truncated":
        net.save(path)
        path.write_bytes(path.read_bytes()[:300])
    elif damage == "npy":
        with path.open("wb") as file:
            np.save(file, np.eye(2))
    else:
        path.mkdir()
    with pytest.raises(ValueError, match=r"broken\.npz: not a readable \.npz file"):
        ReluNetwork.load(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"W1": np.eye(2)}, r"holds the arrays \['W1'\]"),
        ({"W1": np.eye(2), "b2": np.zeros(2)}, r"holds the arrays \['W1', 'b2'\]"),
        ({"W1": np.eye(2), "b1": np.zeros(2), "seed": np.array(3)}, r"holds the arrays \['W1', 'b1', 'seed'\]"),
        ({"W2": np.eye(2), "b2": np.zeros(2)}, r"holds the arrays \['W2', 'b2'\]"),
        ({}, r"holds the arrays \[\]"),
        ({"W1": np.eye(2), "b1": np.zeros(3)}, r"bias of layer 1: shape \(3,\), expected \(2\)"),
        ({"W1": np.full((1, 1), np.nan), "b1": np.zeros(1)}, r"weight of layer 1: nan at index \(0, 0\)"),
        ({"W1": np.array([["a"]]), "b1": np.zeros(1)}, "weight of layer 1: not an array of real numbers"),
    ],
)
def test_a_file_with_the_wrong_arrays_is_named(tmp_path, arrays, message):
    np.savez(tmp_path / "wrong.npz", **arrays)
    with pytest.raises(ValueError, match=r"wrong\.npz: " + message):
        ReluNetwork.load(tmp_path / "wrong.npz")


def test_a_file_with_python_objects_is_refused(tmp_path):
    np.savez(tmp_path / "objects.npz", W1=np.array([{}], dtype=object), b1=np.zeros(1))
    with pytest.raises(ValueError, match=r"objects\.npz: not a readable"):
        ReluNetwork.load(tmp_path / "objects.npz")
