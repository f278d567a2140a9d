"""Scenes on networks of other widths, classes, scales and places, and the commands that know the scenes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from layout import audit
from own_networks import arrays_of, pinwheel_arrays, wound, write
from quantization_story.cli import main
from quantization_story.core.tasks import prototypes
from quantization_story.networks.requirements import NetworkRequirements
from quantization_story.networks.settings import Settings
from quantization_story.production.catalogue import SCENES, playing
from quantization_story.scene_00_opening import OpeningScene
from quantization_story.scene_01_layer_progression import LayerProgressionScene
from quantization_story.scene_02_quantization import QuantizationComparisonScene
from quantization_story.scene_03_linear_correction import LinearCorrectionScene
from quantization_story.scene_04_topology_failure import TopologyFailureScene
from quantization_story.scene_06_partition_shift import PartitionShiftScene
from quantization_story.scene_10_error_decomposition import ErrorDecompositionScene
from quantization_story.scene_11_correction_cascade import CorrectionCascadeScene
from quantization_story.scene_15_activation_quantization import ActivationQuantizationScene
from quantization_story.scene_full_narrative import FullNarrative
from quantization_story.stage.network_scene import NetworkScene
from quantization_story.stage.story_scene import StoryScene
from quantization_story.style import theme
from quantization_story.training.optimize import Penalty, he_start, train_from

Arrays = dict[str, Any]


def trained(widths: tuple[int, ...], classes: int) -> Arrays:
    """A network that learned wound arms, with fresh points."""
    data, fresh = wound(classes, 600, 1), wound(classes, 400, 2)
    for seed in range(20):
        net = train_from(he_start(widths, seed), data, classes, Penalty(1e-4), 300)
        if (np.argmax(net(fresh.points) @ prototypes(classes).T, axis=1) == fresh.labels).mean() > 0.97:
            arrays = {**arrays_of(net), "points": fresh.points, "labels": fresh.labels}
            return {**arrays, "prototypes": prototypes(classes)}
    raise AssertionError(f"no network {widths} learns {classes} arms")


def moved(scale: float, shift: tuple[float, float]) -> Arrays:
    """The story network on points that are scaled and shifted: the same outputs."""
    arrays = pinwheel_arrays()
    first = arrays["W1"] / scale
    return arrays | {"W1": first, "b1": arrays["b1"] - first @ shift, "points": scale * arrays["points"] + shift}


def five_inputs() -> Arrays:
    """The story network behind five inputs."""
    embedding = np.linalg.qr(np.random.default_rng(0).normal(size=(5, 2)))[0].T
    arrays = pinwheel_arrays()
    return arrays | {"W1": arrays["W1"] @ embedding, "points": arrays["points"] @ embedding}


def without(*names: str) -> Arrays:
    return {name: array for name, array in pinwheel_arrays().items() if name not in names}


def logits() -> Arrays:
    """Two classes from two plain logits: no read-out by prototypes."""
    arrays = trained((2, 2, 2, 2), 2)
    turn = np.array([[0.3, 1.0], [0.3, -1.0]])
    arrays |= {"W3": turn @ arrays["W3"], "b3": turn @ arrays["b3"]}
    del arrays["prototypes"]
    return arrays


NETWORKS: dict[str, Callable[[], Arrays]] = {
    "five inputs": five_inputs,
    "far away": lambda: moved(1.0, (40.0, -25.0)),
    "large": lambda: moved(500.0, (0.0, 0.0)),
    "four classes": lambda: trained((2, 2, 2, 2), 4),
    "deep": lambda: trained((2, 2, 2, 2, 2), 3),
    "no labels": lambda: without("labels", "prototypes"),
    "no points": lambda: without("labels", "prototypes", "points"),
    "two logits": logits,
    "shallow": lambda: trained((2, 2, 2), 3),
    "wide": lambda: trained((2, 3, 4, 2), 3),
}
ONE, TWO, THREE, FOUR = LayerProgressionScene, QuantizationComparisonScene, LinearCorrectionScene, TopologyFailureScene
CASES: list[tuple[str, type[NetworkScene], dict[str, str]]] = [
    ("five inputs", ONE, {}),
    ("five inputs", TWO, {"PER_CHANNEL": "1"}),
    ("five inputs", THREE, {"BITS": "3"}),
    ("five inputs", FOUR, {"PLANE": "0,1,2", "ALLOW_UNLEARNED": "1"}),
    ("far away", ONE, {}),
    ("far away", FOUR, {}),
    ("large", THREE, {}),
    ("four classes", ONE, {}),
    ("four classes", TWO, {"BITS": "12"}),
    ("deep", TWO, {}),
    ("deep", THREE, {"BITS": "3"}),
    ("no labels", ONE, {}),
    ("no labels", FOUR, {}),
    ("no points", TWO, {}),
    ("two logits", ONE, {}),
    ("two logits", TWO, {}),
    ("wide", FOUR, {}),
    ("shallow", ActivationQuantizationScene, {}),
    ("wide", CorrectionCascadeScene, {}),
    ("wide", OpeningScene, {"BITS": "2"}),
    ("wide", PartitionShiftScene, {}),
    ("shallow", ErrorDecompositionScene, {}),
    ("far away", ErrorDecompositionScene, {}),  # parts that are larger than the error, and all but cancel
]


@pytest.fixture
def choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Choose one of NETWORKS in the environment, with other variables; returns its file."""

    def chosen(name: str, variables: dict[str, str] | None = None) -> Path:
        path = tmp_path / f"{name.replace(' ', '_')}.npz"
        write(path, NETWORKS[name]())
        monkeypatch.setenv("QUANT_STORY_NETWORK", str(path))
        monkeypatch.setenv("QUANT_STORY_TRANSPOSED", "0")  # square weights, some without labels to tell by
        for variable, value in (variables or {}).items():
            monkeypatch.setenv(f"QUANT_STORY_{variable}", value)
        return path

    return chosen


@pytest.mark.parametrize(
    ("name", "scene", "variables"), CASES, ids=[f"{name} {scene.__name__}" for name, scene, _ in CASES]
)
def test_a_scene_plays_on_another_network(
    name: str, scene: type[NetworkScene], variables: dict[str, str], choose: Callable[..., Path]
) -> None:
    choose(name, variables)
    result = audit(scene)
    assert result.findings == {}
    captions = " ".join(content for content, _, _ in result.captions)
    assert "arm" not in captions
    assert "nan" not in captions
    if name.startswith("no "):
        assert "accuracy" not in captions.replace("accuracy reaches", "")[:400]


class _Badges(NetworkScene):
    """Opens the stage, no more."""

    def construct(self) -> None:
        self.load_story()
        self.badge_text = self.regime()
        self.open_stage()
        self.wait(0.1)


@pytest.mark.parametrize(
    ("name", "variables", "badge", "note"),
    [
        ("four classes", {}, "weight-only · 4-bit · accuracy 100.0 → ", ""),
        (
            "five inputs",
            {"PER_CHANNEL": "1"},
            "4-bit per channel",
            "5 inputs on the plane of 2 principal directions",
        ),
        ("five inputs", {"PLANE": "1,2,30"}, "accuracy", "the plane through points 1, 2, 30"),
        ("no labels", {}, "weight-only · 4-bit · task not checked", ""),
        ("no points", {"BITS": "7"}, "weight-only · 7-bit · task not checked", ""),
    ],
)
def test_the_badge_says_what_is_known(
    name: str, variables: dict[str, str], badge: str, note: str, choose: Callable[..., Path]
) -> None:
    class Badges(_Badges):
        needs = FOUR.needs

    choose(name, variables)
    scene = Badges(skip_animations=True)
    scene.setup()
    scene.load_story()
    assert badge in scene.regime()
    assert note in scene.note
    assert bool(note) == bool(scene.note)


def test_a_network_below_the_gate_plays_only_where_that_is_allowed(choose: Callable[..., Path]) -> None:
    path = choose("four classes")
    arrays = dict(np.load(path))
    write(path, arrays | {"labels": (arrays["labels"] + 1) % 4})
    with pytest.raises(ValueError, match="has not learned its task"):
        audit(ONE)
    choose_again = {"QUANT_STORY_ALLOW_UNLEARNED": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in choose_again.items():
            patch.setenv(variable, value)
        scene = _Badges(skip_animations=True)
        scene.setup()
        scene.load_story()
        assert scene.note == "not learned (gate 95 %)"
        assert any("does not separate all of them" in content for content, _, _ in audit(ONE).captions)


def test_weights_that_lie_on_their_levels_are_refused(choose: Callable[..., Path]) -> None:
    path = choose("four classes")
    arrays = dict(np.load(path))
    level = {f"W{k}": np.array([[7.0, 0.0], [1.0, -7.0]]) for k in (1, 2, 3)}
    write(path, {name: array for name, array in (arrays | level).items() if name not in ("labels", "prototypes")})
    for scene in (TWO, FOUR):
        with pytest.raises(ValueError, match="rounding changes nothing"):
            audit(scene)


def test_a_narrative_asks_all_its_parts_first(choose: Callable[..., Path]) -> None:
    class Parts(FullNarrative):
        scenes = (FOUR, ONE)

    choose("wide")
    scene = Parts(skip_animations=True)
    scene.setup()
    with pytest.raises(ValueError, match="LayerProgressionScene needs two units"):
        scene.construct()
    assert scene.renderer.num_plays == 0


def test_there_is_a_mark_for_every_class_that_scenes_allow() -> None:
    assert NetworkScene.needs.most_classes == len(theme.CLASS_COLORS)


# --- the commands


def test_list_names_every_scene_and_who_plays(choose: Callable[..., Path]) -> None:
    result = CliRunner().invoke(main, ["list"])
    assert result.exit_code == 0, result.output
    names = [scene.__name__ for scene in SCENES]
    places = [result.output.index(f"{name} ·") for name in names]
    assert places == sorted(places)
    assert "LayerProgressionScene · pinwheel" in result.output
    wide = CliRunner().invoke(main, ["list", "--network", str(choose("wide"))])
    assert "LayerProgressionScene · no: needs two units in every layer" in " ".join(wide.output.split())
    assert "TopologyFailureScene · yes" in wide.output
    refused = CliRunner().invoke(main, ["list", "--network", "nope"])
    assert refused.exit_code == 1
    assert "nope" in refused.output


def test_scenes_without_a_network_say_so() -> None:
    assert "figures of its own" in playing(StoryScene, Settings())
    assert playing(ONE, Settings()) == "pinwheel"
    assert playing(ONE, Settings("pinwheel")) == "yes"
    assert playing(ONE, Settings("deep")).startswith("no: needs two units")

    class Own(NetworkScene):
        own_network = True
        network_name = "codebook"
        needs = NetworkRequirements()

    assert playing(Own, Settings("pinwheel")) == "always codebook"


def test_a_storyboard_has_a_still_for_every_beat(choose: Callable[..., Path], tmp_path: Path) -> None:
    board = tmp_path / "board.png"
    command = ["storyboard", "TopologyFailureScene", "--network", str(choose("wide")), "--out", str(board)]
    result = CliRunner().invoke(main, command, env={"QUANT_STORY_NETWORK": None})
    assert result.exit_code == 0, result.output
    from PIL import Image

    record = json.loads(board.with_suffix(".json").read_text())
    beats = len(record["beats"])
    with Image.open(board) as image:
        assert image.size == (3 * (854 + 24) + 24, -(-beats // 3) * (480 + 34 + 24) + 24)
        pixels = np.asarray(image)
    still = pixels[24 + 34 : 24 + 34 + 480, 24 : 24 + 854]
    assert still.max() > 200, "the first still is dark"
    assert record["networks"][0]["name"] == "wide.npz"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["NoScene"], "NoScene"),
        (["TopologyFailureScene", "--out", "board.jpg"], ".png"),
        (["TopologyFailureScene", "--out", "/proc/nowhere/board.png"], "/proc/nowhere"),
        (["LayerProgressionScene", "--network", "codebook"], "LayerProgressionScene needs two units"),
        (["LayerProgressionScene", "--bits", "17"], "QUANT_STORY_BITS"),
    ],
)
def test_a_storyboard_that_cannot_be_is_one_error(
    arguments: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("QUANT_STORY_NETWORK", "QUANT_STORY_BITS"):
        monkeypatch.setenv(variable, "")
    result = CliRunner().invoke(main, ["storyboard", *arguments])
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output
