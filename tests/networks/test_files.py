"""Reading a user's network: every format, the order of the layers, and the data beside it."""

import hashlib
import pathlib
import pickle
import zipfile

import numpy as np
import pytest

from own_networks import pinwheel_arrays, write
from quantization_story.networks.checks import check, network_of
from quantization_story.networks.containers import UNORDERED
from quantization_story.networks.files import layers_of, read_network_file
from small_networks import he_network

WIDTHS = (3, 5, 4, 2)


def state_dict(net, names):
    """The layers under PyTorch's names."""
    layers = zip(names, net.weights, net.biases, strict=True)
    return {f"{name}.{kind}": array for name, w, b in layers for kind, array in (("weight", w), ("bias", b))}


def check_same(net, other):
    assert net.widths == other.widths
    for mine, theirs in zip((*net.weights, *net.biases), (*other.weights, *other.biases), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6)


def test_an_npz_file_with_its_data(tmp_path):
    arrays = pinwheel_arrays()
    path = tmp_path / "mine.npz"
    write(path, arrays)
    read = read_network_file(path)
    checked = check(read)
    for name in ("points", "labels", "prototypes"):
        np.testing.assert_array_equal(getattr(checked, name), arrays[name])
    np.testing.assert_array_equal(checked.network.weights[1], arrays["W2"])
    assert checked.plane is None
    assert read.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_data_may_lie_beside_the_file(tmp_path):
    arrays = pinwheel_arrays()
    data = {name: arrays.pop(name) for name in ("points", "labels", "prototypes")}
    write(tmp_path / "mine.v2.npz", arrays)
    write(tmp_path / "mine.v2.points.npz", data)
    read = read_network_file(tmp_path / "mine.v2.npz")
    np.testing.assert_array_equal(check(read).labels, data["labels"])


@pytest.mark.parametrize(
    "names",
    [
        ("0", "2", "10"),
        ("layers.0", "layers.2", "layers.10"),
        ("fc1", "fc2", "fc10"),
        ("net.1.fc", "net.2.fc", "net.9.fc"),
    ],
)
def test_numbers_in_the_names_give_the_order(names):
    net = he_network(WIDTHS, 0)
    stored = state_dict(net, names)
    for order in (sorted(stored), sorted(stored, reverse=True), list(stored)):
        check_same(net, network_of(layers_of({name: stored[name] for name in order}, UNORDERED).layers))


def test_without_numbers_the_file_gives_the_order():
    net = he_network((3, 4, 4, 2), 0)
    stored = state_dict(net, ("input", "hidden", "head"))
    check_same(net, network_of(layers_of(stored).layers))
    turned = dict(reversed(list(stored.items())))
    check_same(net, network_of(layers_of(turned, UNORDERED).layers))  # only one order fits these shapes


def test_a_network_of_one_layer_needs_no_number():
    net = he_network((3, 2), 1)
    check_same(net, network_of(layers_of({"weight": net.weights[0], "bias": net.biases[0]}, UNORDERED).layers))


def test_a_safetensors_file(tmp_path):
    numpy_format = pytest.importorskip("safetensors.numpy")
    net = he_network(WIDTHS, 2)
    stored = {name: array.astype(np.float32) for name, array in state_dict(net, ("0", "2", "10")).items()}
    numpy_format.save_file(stored, tmp_path / "mine.safetensors")
    check_same(net, network_of(read_network_file(tmp_path / "mine.safetensors").layers))
    content = (tmp_path / "mine.safetensors").read_bytes()
    (tmp_path / "short.safetensors").write_bytes(content[:-20])
    with pytest.raises(ValueError, match=r"short\.safetensors.*not a readable"):
        read_network_file(tmp_path / "short.safetensors")


def test_a_state_dict(tmp_path):
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2))
    for suffix in ("pt", "pth"):
        torch.save(module.state_dict(), tmp_path / f"mine.{suffix}")
        net = network_of(read_network_file(tmp_path / f"mine.{suffix}").layers)
        points = np.random.default_rng(0).normal(size=(20, 3))
        expected = module(torch.tensor(points, dtype=torch.float32)).detach().numpy()
        np.testing.assert_allclose(net(points), expected, rtol=1e-4, atol=1e-5)


def test_a_state_dict_in_half_precision(tmp_path):
    torch = pytest.importorskip("torch")
    module = torch.nn.Linear(3, 2).to(torch.bfloat16)
    torch.save(module.state_dict(), tmp_path / "mine.pt")
    np.testing.assert_array_equal(
        network_of(read_network_file(tmp_path / "mine.pt").layers).weights[0], module.weight.detach().double().numpy()
    )


class Trap:
    """What, if it were unpickled with code allowed, would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return pathlib.Path.touch, (self.path,)


def test_nothing_in_a_torch_file_is_ever_executed(tmp_path):
    stored = pickle.dumps({"state_dict": {"weight": Trap(tmp_path / "executed")}}, protocol=2)
    for name, content in (("row.pt", stored), ("zip.pt", None)):
        if content is None:
            with zipfile.ZipFile(tmp_path / name, "w") as archive:
                archive.writestr("archive/data.pkl", stored)
        else:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=name):
            read_network_file(tmp_path / name)
    assert not (tmp_path / "executed").exists()


def test_nothing_in_an_npz_file_is_ever_executed(tmp_path):
    np.savez(tmp_path / "mine.npz", W1=np.array([Trap(tmp_path / "executed")], dtype=object))
    with pytest.raises(ValueError, match="not a readable"):
        read_network_file(tmp_path / "mine.npz")
    assert not (tmp_path / "executed").exists()
