"""Scenes on a zoo of odd networks and layers: each is refused before anything is drawn, or played to its end.

A part of the pairs is played here, those that once stopped midway among them; `make nightly` plays every scene on all.
What a scene answers when it is asked, as `list` and the workflow ask it, is held against what it then does.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT
from odd_layers import LAYERS, NAME
from odd_networks import ZOO
from own_networks import write
from quantization_story.layers import LAYER_VARIABLE, MODEL_VARIABLE
from quantization_story.networks.settings import ALLOW_UNLEARNED, NETWORK
from quantization_story.production import catalogue
from quantization_story.stage.layer_scene import LayerScene
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.story_scene import StoryScene

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
SCENES = {scene.__name__: scene for scene in catalogue.SCENES}
NETWORK_SCENES = [name for name, scene in SCENES.items() if issubclass(scene, NetworkScene)]
LAYER_SCENES = [name for name, scene in SCENES.items() if issubclass(scene, LayerScene)]
PLAYED = {
    "dead unit": ("TopologyFailureScene", "CorrectionCascadeScene"),
    "dead layer": ("ActivationSpaceComparisonScene",),
    "duplicate units": ("LinearCorrectionScene",),
    "parallel boundaries": ("QuantizationComparisonScene", "PartitionToTransportScene"),
    "all on": ("GridDistortionScene",),
    "on levels": ("PartitionShiftScene", "ActivationQuantizationScene"),
    "one weight off": ("QuantizationComparisonScene",),
    "dead rounding": ("CorrectionCascadeScene",),
    "one hidden unit": ("PartitionShiftScene", "ErrorDecompositionScene"),
    "tiny": ("TopologyFailureScene", "PartitionShiftScene"),
    "huge": ("QuantizationComparisonScene", "GridDistortionScene"),
    "tiny outputs": ("LinearCorrectionScene",),
    "no biases": ("PartitionToTransportScene",),
    "zero weights": ("ErrorDecompositionScene",),
    "points on a line": ("ActivationSpaceComparisonScene",),
    "moons": ("LinearCorrectionScene", "TopologyFailureScene"),
    "six units": ("TopologyFailureScene",),
}
PAIRS = [(odd, name) for odd in ZOO for name in (NETWORK_SCENES if NIGHTLY else PLAYED.get(odd, ()))]


@pytest.fixture(autouse=True)
def unlearned_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most odd networks do no more than a linear classifier does: they are played all the same."""
    monkeypatch.setenv(ALLOW_UNLEARNED, "1")


def play(scene_class: type[StoryScene], odd: str) -> str | None:
    """Play a scene; the sentence by which it refuses before anything is drawn, None if it comes to its end."""
    with tempconfig(AUDIT):
        scene = scene_class(skip_animations=True)
        try:
            scene.render()
        except Exception as error:
            if scene.renderer.num_plays or not isinstance(error, ValueError):
                plays = scene.renderer.num_plays
                pytest.fail(f"{scene_class.__name__} on {odd!r} stops after {plays} plays: {error!r}")
            return str(error)
    return None


def check_sentence(sentence: str | None, scene: str) -> None:
    assert sentence is None or (scene in sentence and "\n" not in sentence and len(sentence) < 400), sentence


@pytest.mark.parametrize(("odd", "name"), PAIRS, ids=[f"{name} on {odd}" for odd, name in PAIRS])
def test_a_scene_plays_to_its_end_or_not_at_all(
    odd: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NETWORK, write(tmp_path / f"{odd.replace(' ', '_')}.npz", ZOO[odd]()))
    answer = SCENES[name].refusal()
    check_sentence(answer, name)
    assert play(SCENES[name], odd) == answer


@pytest.mark.parametrize("odd", ZOO)
def test_every_scene_answers_for_every_network(odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / f"{odd.replace(' ', '_')}.npz", ZOO[odd]())
    monkeypatch.setenv(NETWORK, path)
    for name in NETWORK_SCENES:
        answer = SCENES[name].refusal()
        check_sentence(answer, name)
        assert answer is None or Path(path).name in answer
        if answer is not None:  # a refusal costs little: it is what rendering says, too
            assert play(SCENES[name], odd) == answer


@pytest.mark.parametrize("odd", LAYERS)
def test_the_scenes_of_clustering_play_to_their_end_or_not_at_all(
    odd: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_file = pytest.importorskip("safetensors.numpy").save_file
    path = tmp_path / "odd.safetensors"
    save_file({NAME: np.ascontiguousarray(LAYERS[odd]())}, path)
    monkeypatch.setenv(MODEL_VARIABLE, str(path))
    monkeypatch.setenv(LAYER_VARIABLE, NAME)
    for name in LAYER_SCENES:
        answer = SCENES[name].refusal()
        check_sentence(answer, name)
        if NIGHTLY or answer is not None or odd in ("65 values", "all positive"):
            assert play(SCENES[name], odd) == answer


def test_what_once_stopped_midway_is_refused_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {
        ("dead layer", "QuantizationComparisonScene"): "all points lie on one spot in layer 2",
        ("on levels", "ErrorDecompositionScene"): "both networks agree along the circle",
        ("on levels", "TopologyFailureScene"): "at 4 bits rounding changes nothing",
        ("moons", "PartitionToTransportScene"): "a map that can be undone",
    }
    for (odd, name), words in expected.items():
        monkeypatch.setenv(NETWORK, write(tmp_path / "odd.npz", ZOO[odd]()))
        answer = SCENES[name].refusal()
        assert answer is not None
        assert words in answer
