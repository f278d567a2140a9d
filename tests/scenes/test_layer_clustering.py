"""The two scenes of the layer clustering: their builders, the figures they show, and their audit."""

from pathlib import Path

import numpy as np
import pytest
from manim import Scene, config

from layout import audit, audited, name, texts
from quantization_story.layers import LAYER_VARIABLE, MODEL_VARIABLE, QUERY_LAYER
from quantization_story.mobjects.text import plain, text
from quantization_story.scene_16_layer_clustering import (
    LayerClusteringVisualization,
    codebook_caption,
    cost_caption,
    fewer_caption,
    move_caption,
    sample_caption,
    spread_caption,
    whole_caption,
    within_caption,
)
from quantization_story.scene_17_layer_clustering_detailed import LayerClusteringDetailed, comparison, rest_caption
from quantization_story.stage.layer_scene import LONGEST_LINE, LayerScene, outside_caption, shortened
from quantization_story.style import theme

SCENES = (LayerClusteringVisualization, LayerClusteringDetailed)


@pytest.fixture(autouse=True)
def _no_other_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.delenv(LAYER_VARIABLE, raising=False)


# --- the scenes


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_the_scenes_play_the_embedded_layer_and_are_neither_too_short_nor_too_long(scene: type[LayerScene]) -> None:
    assert (scene.model_id, scene.n_clusters, scene.layer_name, scene.sample_size) == ("digits", 64, None, 1000)
    result = audited(scene)
    assert 30 <= result.seconds <= 66  # at one frame a second every animation is rounded up
    assert len(result.beats) >= 5


def half_precision_vit(folder: Path) -> None:
    """A small file with the names and the number format of a large model."""
    save_file = pytest.importorskip("safetensors.numpy").save_file
    weights = np.random.default_rng(0).laplace(0.0, 0.04, (48, 96)).astype(np.float16)
    folder.mkdir()
    save_file({f"vit.{QUERY_LAYER}": weights, "vit.x.weight": weights}, str(folder / "model.safetensors"))


class _Coarse(LayerClusteringDetailed):
    """Few clusters, and a layer that is sampled whole."""

    n_clusters, sample_size, layer_name = 3, 10_000, "layer2.weight"


class _CoarseHistogram(LayerClusteringVisualization):
    """The same in the other scene."""

    n_clusters, sample_size, layer_name = 3, 10_000, "layer2.weight"


@pytest.mark.parametrize("scene", [LayerClusteringVisualization, LayerClusteringDetailed])
def test_another_model_is_shown_under_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scene: type[Scene]
) -> None:
    half_precision_vit(tmp_path / "a-vit_with-a-name_that_nobody-would-want_to-read-to-its-very_end-on-a-badge")
    monkeypatch.setenv(MODEL_VARIABLE, str(next(tmp_path.iterdir())))
    shown: list[str] = []

    class Watched(scene):  # type: ignore[misc, valid-type]
        def open_stage(self) -> None:
            super().open_stage()
            shown.extend(name(line) for line in texts(self.mobjects))

    result = audit(Watched)
    assert result.findings == {}
    # repr doubles the backslashes of the markup.
    words = [line.replace("\\", "") for line in shown]
    assert any(line.startswith("'a-vit") and "…" in line and "4,608 weights · k = 64" in line for line in words)
    assert any(QUERY_LAYER in line for line in words)


@pytest.mark.parametrize("scene", [_Coarse, _CoarseHistogram])
def test_few_clusters_and_a_whole_layer_are_clean_too(scene: type[Scene]) -> None:
    result = audit(scene)
    assert result.findings == {}
    unsaid = ("outside", "not just the sample", "accuracy", "drawn at random, light")
    assert not any(words in caption for words in unsaid for caption, *_ in result.captions)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_layer_that_does_not_exist_is_refused_before_anything_is_drawn(
    monkeypatch: pytest.MonkeyPatch, scene: type[Scene]
) -> None:
    monkeypatch.setenv(LAYER_VARIABLE, "layer9.weight")
    instance = scene()
    with pytest.raises(ValueError, match=r"no layer 'layer9\.weight'.*close to it: layer"):
        instance.construct()
    assert instance.mobjects == []


def test_long_names_lose_their_middle() -> None:
    assert shortened("short", 5) == "short"
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert all(len(shortened("x" * 200, longest)) == longest for longest in (6, 7, LONGEST_LINE))


def test_a_badge_of_two_full_lines_leaves_room_for_the_titles() -> None:
    badge = LayerScene().make_badge("\n".join(["w" * LONGEST_LINE + "www", "layer_1.*bold*.weight"]))
    zone = theme.title_zone()
    assert badge.get_right()[0] == pytest.approx(zone.right)
    assert badge.height <= zone.height + 0.05
    ordinary = LayerScene().make_badge("a-rather_long/model-name, accuracy 97.0 % · 999,999 weights · k = 64")
    widest = max(text(scene.title_text, size=theme.TITLE_SIZE).width for scene in SCENES)
    assert ordinary.width + widest < config.frame_width - 2 * theme.MARGIN


def test_names_are_set_as_they_stand() -> None:
    sign_by_sign = plain("a_b*c#d--e")
    assert sign_by_sign == r"a\_b\*c\#d\-\-e"
    assert len(text(sign_by_sign).get_subpaths()) > len(text("abc").get_subpaths())


def test_captions_follow_the_figures() -> None:
    assert "wider" in spread_caption(1.0, 2.0)
    assert "closer" in spread_caption(2.0, 1.0)
    assert "as wide as" in spread_caption(1.0, 1.0)
    assert codebook_caption(1.938) == "That divides the RMS error by 1.94"
    assert codebook_caption(0.5).endswith("RMS error × 2.00")
    assert "no better" in codebook_caption(1.0)
    assert rest_caption(0.1468) == "It rests 14.7 % above the exact optimum: the start decides"
    assert rest_caption(0.0) == "It rests at the exact optimum"
    assert whole_caption(4096, 1.184).endswith("All 4,096 weights, not just the sample: RMS error ÷ 1.18")
    assert whole_caption(4096, 0.5).endswith("RMS error × 2.00")
    assert outside_caption(1, 0.1) == "1 white weight lies outside the ticks: 10 % of squared error"
    assert outside_caption(12345, 0.5, "lines").startswith("12,345 white weights lie outside the lines: 50 %")
    assert cost_caption(0.58, 0.594, 3) == "3 bins hold 58 % of the weights, 59 % of the error"
    assert cost_caption(0.6, 0.2, 1).startswith("One bin holds 60 %")
    assert move_caption(0.5).startswith("So move levels there")
    assert move_caption(0.4).startswith("Now move the levels")
    assert "most are small" in within_caption(0.8)
    assert within_caption(0.66) == "66 % lie within one standard deviation"
    assert sample_caption(640, 640) == "All 640 of them"
    assert sample_caption(1000, 4096).startswith("1,000 of them, drawn at random")
    fewer = fewer_caption({2: 0.752, 4: 0.92}, {2: 0.532, 4: 0.804})
    assert fewer == "Fewer levels: with 2 the codebook keeps 75.2 %, uniform 53.2 %"
    assert [comparison(x, 1.0) for x in (0.9, 1.0, 1.1)] == ["smaller", "as large", "larger"]
    longest = (whole_caption(10**7, 1.0), outside_caption(10**6, 1.0, "lines"), codebook_caption(99.0), fewer)
    assert max(map(len, longest)) <= theme.CAPTION_LIMIT
