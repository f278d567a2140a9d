"""Files that PyTorch and ONNX wrote, read back: each gives at its points the outputs that its maker computed.

They lie in `real_files`, written by torch 2.13 and onnx 1.23, with NAME.points.npz beside each; `check` compares.
"""

import io
import pickle
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from quantization_story.networks.checks import check
from quantization_story.networks.containers.torch_pickles import Tensor, load
from quantization_story.networks.files import KINDS, read_network_file

FILES = Path(__file__).parent / "real_files"
REPRODUCED = "the given outputs of 24 points are reproduced"


def read(name, folder=FILES):
    if name.endswith(".onnx"):
        pytest.importorskip("onnx")
    return check(read_network_file(folder / name))


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.iterdir() if path.suffix in (".pt", ".onnx")))
def test_what_was_written_is_read(name):
    if name in ("gelu_module.pt", "tanh.onnx"):
        with pytest.raises(ValueError, match=rf"{name}: found a? ?(GELU|Tanh) .*only fully connected layers"):
            read(name)
        return
    checked = read(name)
    assert checked.network.widths == (2, 4, 3)
    assert REPRODUCED in checked.said
    beside = np.load((FILES / name).with_suffix(".points.npz"))
    np.testing.assert_allclose(
        checked.network(beside["points"]), beside["outputs"], atol=2e-2 if "bfloat16" in name else 1e-6
    )


def test_what_was_decided_is_said():
    assert any("epoch" in words and "optimizer_state_dict" in words for words in read("checkpoint.pt").said)
    assert "read from its entry model_state_dict" in read("checkpoint.pt").said
    assert read("lightning.pt").said[0] == "layers in this order: model.0.weight 4×2, model.2.weight 3×4"
    said = read("batch_norm.pt").said
    assert "the BatchNorm 1, taken as before the ReLU, is folded into 0.weight" in said
    assert "its eps is not in the file and taken as 1e-05" in said
    assert any("code is not executed" in words for words in read("whole_module.pt").said)


def test_a_norm_changes_what_is_read():
    raw = {name: entry.array() for name, entry in load((FILES / "batch_norm.pt").read_bytes()).items()}
    folded = read("batch_norm.pt").network
    gain = raw["1.weight"] / np.sqrt(raw["1.running_var"].astype(float) + 1e-5)
    np.testing.assert_allclose(folded.weights[0], gain[:, None] * raw["0.weight"])
    np.testing.assert_allclose(folded.biases[0], raw["1.bias"] - gain * raw["1.running_mean"])
    assert np.abs(folded.weights[0] - raw["0.weight"]).max() > 0.1


@pytest.mark.parametrize("ending", [".PT", ".pth", ".ckpt", ".bin", ".Pth"])
def test_every_ending_in_any_case(ending, tmp_path):
    shutil.copy(FILES / "state_dict.pt", tmp_path / f"mine{ending}")
    shutil.copy(FILES / "state_dict.points.npz", tmp_path / "mine.points.npz")
    assert ending.lower() in KINDS
    assert REPRODUCED in read(f"mine{ending}", tmp_path).said


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["state_dict.pt", "before_1_6.pt"])
def test_a_file_cut_short_is_refused(name, share, tmp_path):
    content = (FILES / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=rf"{name}: "):
        read(name, tmp_path)


def archive(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members.items():
            made.writestr(f"archive/{name}", content)
    return file.getvalue()


def test_a_tensor_reaches_no_farther_than_its_storage():
    from quantization_story.networks.containers.torch_pickles import Storage

    storage = Storage("f4", "<", np.arange(6, dtype="<f4").tobytes())
    np.testing.assert_array_equal(Tensor(storage, 1, (2, 2), (1, 2)).array(), [[1, 3], [2, 4]])
    for offset, shape, strides in ((3, (2, 2), (1, 2)), (-1, (2,), (1,)), (0, (2,), (-1,)), (0, (10**9,), (1,))):
        with pytest.raises(ValueError, match="too short"):
            Tensor(storage, offset, shape, strides).array()
    assert Tensor(storage, 0, (0, 3), (3, 1)).array().shape == (0, 3)
    big = Storage("f4", ">", np.arange(3, dtype=">f4").tobytes())
    np.testing.assert_array_equal(Tensor(big, 0, (3,), (1,)).array(), [0, 1, 2])


def test_objects_of_any_class_are_read_past(tmp_path):
    class Odd:
        def __init__(self):
            self.list = [1]

    # Looked up by name where it is unpickled with code allowed, so that this would fail there.
    globals()["Odd"], Odd.__qualname__ = Odd, "Odd"
    content = pickle.dumps({"odd": Odd(), "set": {1}, "weights": 2}, protocol=2)
    del globals()["Odd"]
    assert load(archive(**{"data.pkl": content}))["weights"] == 2
    with pytest.raises(ValueError, match="not one of PyTorch"):
        load(content)


def test_bfloat16_in_a_safetensors_file(tmp_path):
    """Written byte by byte, as the format's description says; its upper halves are cut off float32."""
    pytest.importorskip("safetensors")
    weight = np.array([[1.5, -2.0], [0.25, 3.0]], dtype="<f4")
    halves = (weight.view("<u4") >> 16).astype("<u2").tobytes()
    header = b'{"weight":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    (tmp_path / "mine.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + halves)
    file = read_network_file(tmp_path / "mine.safetensors")
    np.testing.assert_array_equal(file.layers[0].weight, weight)
    assert file.half
    assert "no bias, so zeros: weight" in file.said
