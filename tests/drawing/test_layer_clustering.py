"""The two scenes of the layer clustering: their builders, the figures they show, and their audit."""

import re
from pathlib import Path

import numpy as np
import pytest
from manim import Scene, ValueTracker, config
from manim.utils.module_ops import get_module, get_scene_classes_from_module

from layout import Audit, audit, name, texts
from quantization_story import theme
from quantization_story.clustering import Clustering, cluster_layer, compare_levels
from quantization_story.histograms import histogram, summarize
from quantization_story.layer_scene import LONGEST_LINE, LayerScene, shortened
from quantization_story.layers import LAYER_VARIABLE, MODEL_VARIABLE, QUERY_LAYER
from quantization_story.mobjects.chart import Chart
from quantization_story.mobjects.cluster_stage import ClusterStage
from quantization_story.mobjects.codebook import NamedBar, SummaryTable, bit_cells, level_ticks
from quantization_story.mobjects.stacks import Stack, arrival, matrix_places, swarm
from quantization_story.mobjects.text import plain, text
from quantization_story.scene_16_layer_clustering import (
    LayerClustering,
    codebook_caption,
    optimum_caption,
    outside_caption,
    spread_caption,
    whole_caption,
)
from quantization_story.scene_17_layer_clustering_detailed import LayerClusteringSteps, rest_caption

ROOT = Path(__file__).resolve().parents[2]
ENTRY = ROOT / "animations" / "layer_clustering_viz.py"
SCENES = [scene for scene in get_scene_classes_from_module(get_module(ENTRY)) if issubclass(scene, LayerScene)]
NAMES = ["LayerClusteringVisualization", "LayerClusteringDetailed"]
ZONE = theme.Zone(-2.0, 3.0, -1.0, 3.0)
VALUES = np.random.default_rng(4).standard_t(4, 300)
_audits: dict[type[Scene], Audit] = {}


@pytest.fixture(autouse=True)
def _no_other_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(MODEL_VARIABLE, raising=False)
    monkeypatch.delenv(LAYER_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def found() -> Clustering:
    return cluster_layer(VALUES, 8, 300, np.random.default_rng(0))


def audited(scene: type[Scene]) -> Audit:
    if scene not in _audits:
        _audits[scene] = audit(scene)
    return _audits[scene]


# --- the scenes


def test_the_entrypoint_declares_both_scenes() -> None:
    assert sorted(scene.__name__ for scene in SCENES) == sorted(NAMES)
    assert re.findall(r"^class (\w+)\(", ENTRY.read_text(), flags=re.MULTILINE) == NAMES
    assert all(scene.__doc__ for scene in SCENES)
    wanted = {"model_id": "digits", "n_clusters": 64, "layer_name": None, "sample_size": 1000}
    assert all({key: getattr(scene, key) for key in wanted} == wanted for scene in SCENES)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_the_scenes_are_clean_and_neither_too_short_nor_too_long(scene: type[Scene]) -> None:
    result = audited(scene)
    assert result.findings == {}
    assert 30 <= result.seconds <= 66  # at one frame a second every animation is rounded up
    for caption, _, seconds in result.captions:
        assert len(caption) <= theme.CAPTION_LIMIT
        assert seconds >= len(caption.split()) / theme.WORDS_PER_SECOND - 1e-6, caption
    assert len(set(result.sections)) == len(result.sections) >= 5


def half_precision_vit(folder: Path) -> None:
    """A small file with the names and the number format of a large model."""
    save_file = pytest.importorskip("safetensors.numpy").save_file
    weights = np.random.default_rng(0).laplace(0.0, 0.04, (48, 96)).astype(np.float16)
    folder.mkdir()
    save_file({f"vit.{QUERY_LAYER}": weights, "vit.x.weight": weights}, str(folder / "model.safetensors"))


class _Coarse(LayerClusteringSteps):
    """Few clusters, and a layer that is sampled whole."""

    n_clusters, sample_size, layer_name = 3, 10_000, "layer2.weight"


class _CoarseHistogram(LayerClustering):
    """The same in the other scene."""

    n_clusters, sample_size, layer_name = 3, 10_000, "layer2.weight"


@pytest.mark.parametrize("scene", [LayerClustering, LayerClusteringSteps])
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
    assert not any("beyond" in caption or "not just the sample" in caption for caption, *_ in result.captions)


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
    assert codebook_caption(1.938).endswith("RMS error ÷ 1.94")
    assert codebook_caption(0.5).endswith("RMS error × 2.00")
    assert "no better" in codebook_caption(1.0)
    assert optimum_caption(0.1468) == "k-means stops 14.7 % above the exact optimum"
    assert optimum_caption(0.0) == "k-means has found the exact optimum"
    assert whole_caption(4096, 1.184).endswith("all 4,096 weights, not just the sample: RMS error ÷ 1.18")
    assert whole_caption(4096, 0.5).endswith("RMS error × 2.00")
    assert outside_caption(1, 0.1) == "1 weight beyond the codebook: 10 % of its squared error"
    assert outside_caption(12345, 0.5).startswith("12,345 weights beyond the codebook: 50 %")
    assert rest_caption(16, 0.1468) == "After 16 iterations nothing moves: 14.7 % above the optimum"
    assert rest_caption(1, 0.0) == "After 1 iteration nothing moves: at the exact optimum"
    longest = (whole_caption(10**9, 1.0), outside_caption(10**7, 1.0), codebook_caption(99.0), rest_caption(9999, 9.0))
    assert max(map(len, longest)) <= theme.CAPTION_LIMIT


# --- the builders


def chart_and_bins(found: Clustering) -> tuple[Chart, np.ndarray]:
    edges = np.linspace(VALUES.min(), VALUES.max(), 13)
    return Chart(ZONE, (edges[0], edges[-1]), (0.0, 0.5), (), ()), edges


def test_values_fill_the_bar_of_their_bin(found: Clustering) -> None:
    chart, edges = chart_and_bins(found)
    bins = histogram(VALUES, edges)
    stack = Stack(chart, bins)
    assert 0.5 < stack.cell[0] / stack.cell[1] < 2.0
    borders = chart.to_frame(np.column_stack([edges, np.zeros(len(edges))]))[:, 0]
    within = (stack.places[:, 0] > borders[bins.bin_of]) & (stack.places[:, 0] < borders[bins.bin_of + 1])
    assert within.all()
    assert len(np.unique(stack.places.round(9), axis=0)) == len(VALUES)
    # The cells reach as high as the bar, up to the row that is not full.
    for k in np.flatnonzero(bins.counts):
        top = stack.places[bins.bin_of == k, 1].max() + stack.cell[1] / 2
        bar = chart.point(0.0, bins.shares[k])[1]
        assert bar - 1e-9 <= top < bar + stack.cell[1]
    assert stack.bars(theme.FLOAT, 1.0).get_top()[1] == pytest.approx(chart.point(0.0, bins.shares.max())[1])


def test_blocks_grow_to_the_height_of_the_bar(found: Clustering) -> None:
    chart, edges = chart_and_bins(found)
    grown = np.zeros(8)
    blocks = Stack(chart, histogram(found.centres, edges), 1).blocks(lambda: grown, theme.SAME)
    assert len(blocks.points) == 0
    grown[:] = 1.0
    grown[3] = 0.5
    blocks.update()
    heights = [np.ptp(part[:, 1]) for part in blocks.get_subpaths()]
    assert len(heights) == 8
    assert sorted(heights)[0] == pytest.approx(sorted(heights)[-1] / 2)


def test_movers_leave_in_order_and_all_arrive() -> None:
    order = np.linspace(0.0, 1.0, 5)
    assert arrival(0.0, order).tolist() == [0.0] * 5
    assert arrival(1.0, order).tolist() == [1.0] * 5
    half_way = arrival(0.5, order)
    assert np.all(np.diff(half_way) <= 0)
    assert half_way[0] == 1.0
    assert half_way[-1] == 0.0


def test_a_swarm_passes_its_stations() -> None:
    stations = [np.full((3, 3), float(k)) for k in range(3)]
    at = [0.0]
    dots = swarm(stations, lambda: at[0], np.zeros(3), theme.FLOAT, 0.05)
    for progress in (0.0, 1.0, 2.0):
        at[0] = progress
        dots.update()
        assert dots.get_center()[:2] == pytest.approx([progress, progress])


def test_entries_lie_in_the_matrix_where_they_stand_in_it() -> None:
    places = matrix_places(ZONE, (2, 5), np.array([0, 4, 5, 9]))
    assert places[:, :2].tolist() == [[-1.5, 2.0], [2.5, 2.0], [-1.5, 0.0], [2.5, 0.0]]
    assert matrix_places(ZONE, (4,), np.array([0, 3]))[:, 1].tolist() == [1.0, 1.0]
    assert np.array_equal(matrix_places(ZONE, (2, 5, 1), np.arange(10)), matrix_places(ZONE, (2, 5), np.arange(10)))


def test_ticks_stand_below_the_axis_at_their_levels() -> None:
    chart = Chart(ZONE, (-1.0, 1.0), (0.0, 1.0), (), ())
    levels = np.array([-1.0, 0.0, 0.5])
    ticks = level_ticks(chart, lambda: levels, theme.SAME, drop=0.1, length=0.3)
    assert sorted({round(x, 6) for x in ticks.points[:, 0]}) == [-2.0, 0.5, 1.75]
    assert (ticks.get_top()[1], ticks.get_bottom()[1]) == pytest.approx((-1.1, -1.4))


def test_a_summary_shows_four_figures() -> None:
    table = SummaryTable(ZONE, 0.0, summarize(np.array([-1.0, 0.0, 4.0])), 2, theme.FLOAT)
    assert [number.content for number in table.numbers] == ["1.00", "2.16", "−1.00", "4.00"]
    assert table.std[1] is table.numbers[1]


def test_a_named_bar_is_as_long_as_its_number() -> None:
    value = [0.2]
    bar = NamedBar(ZONE, 1.0, "name", theme.FLOAT, lambda: value[0], 0.4, lambda share: f"{share:.1f}")
    assert bar.bar.width == pytest.approx(2.5)
    value[0] = 0.4
    bar.update()
    assert bar.bar.width == pytest.approx(5.0)
    assert bar.number.content == "0.4"


@pytest.mark.parametrize(("first", "last", "cells"), [(0.0, 6.0, 6), (6.0, 6.5, 1), (6.5, 32.0, 26), (6.0, 6.0, 0)])
def test_bits_are_cells_and_the_last_may_be_a_part(first: float, last: float, cells: int) -> None:
    row = bit_cells(ZONE, 0.0, 32.0, first, lambda: last, theme.SAME)
    assert len(row.points) == 16 * cells
    if cells:
        pitch = ZONE.width / 32
        assert row.get_left()[0] == pytest.approx(ZONE.left + pitch * first)
        assert ZONE.left + pitch * (last - 0.2) <= row.get_right()[0] + 1e-9 <= ZONE.left + pitch * last


# --- k-means on a scatter


def heights(path: object) -> np.ndarray:
    return np.unique(path.points[:, 1].round(6))  # type: ignore[attr-defined]


def test_centres_come_one_by_one_and_then_move(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    assert len(stage.lines.points) == 0
    stage.chosen.set_value(2.5)
    stage.lines.update()
    assert len(stage.lines.points) == 12
    assert np.allclose(heights(stage.lines), np.sort(stage.up(found.values[found.chosen[:3]])))
    assert stage.lines.points[8:, 0].max() == pytest.approx(ZONE.left + 0.5 * ZONE.width)
    for progress in (0.0, 0.75, 99.0):
        stage.chosen.set_value(8.0)
        stage.progress.set_value(progress)
        stage.lines.update()
        assert np.allclose(heights(stage.lines), np.sort(stage.up(found.moment(progress).centres)), atol=1e-5)


def test_threads_tie_each_value_to_its_centre(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    stage.progress.set_value(99.0)
    stage.threads.update()
    ends = stage.threads.points.reshape(-1, 4, 3)
    assert np.allclose(ends[:, 0, 1], stage.up(found.values))
    assert np.allclose(ends[:, 3, 1], stage.up(found.centres[found.labels]))


def test_values_slide_to_their_centres(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    assert len(stage.dots.points) == 0
    stage.seen.set_value(300)
    stage.dots.update()
    assert len(stage.dots.points) == 300 * 8
    stage.slide.set_value(1.0)
    stage.dots.update()
    middle = stage.dots.points.reshape(300, 8, 3)[:, :, 1].mean(axis=1)
    assert np.allclose(middle, stage.up(found.centres[found.labels]), atol=1e-6)
    assert stage.dots.get_fill_color().to_hex().upper() == theme.SAME.upper()


def test_the_close_up_shows_what_lies_between_its_edges(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    low, high = found.liveliest(3)
    moves, old, new = stage.zoom(low, high)
    assert len(moves) == 2
    assert old is not new
    stage.low.set_value(low)
    stage.high.set_value(high)
    stage.seen.set_value(300)
    stage.chosen.set_value(8.0)
    for part in (stage.dots, stage.lines, stage.threads, stage.bands):
        part.update()
        assert len(part.points)
    inside = int(np.sum((found.values >= low) & (found.values <= high)))
    assert len(stage.dots.points) == 8 * inside < 300 * 8
    for part in (stage.lines, stage.threads, stage.bands):
        assert ZONE.bottom - 1e-6 <= part.get_bottom()[1] <= part.get_top()[1] <= ZONE.top + 1e-6


def test_every_other_catchment_is_a_band(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    parts = [stage.bands.points[k : k + 16] for k in range(0, len(stage.bands.points), 16)]
    borders = [stage.whole[1], *found.moment(0.0).borders, stage.whole[0]]
    expected = [(stage.up(borders[k]), stage.up(borders[k + 1])) for k in range(0, 8, 2)]
    assert np.allclose([(part[:, 1].max(), part[:, 1].min()) for part in parts], expected)


def test_the_levels_on_their_way_leave_the_error_that_is_shown(found: Clustering) -> None:
    compared, part = compare_levels(found), ValueTracker(0.4)
    bar = NamedBar(
        ZONE, 0.0, "k", theme.SAME, lambda: compared.error_between(part.get_value()), 1.0, lambda error: f"{error:.3f}"
    )
    levels = 0.6 * compared.uniform.levels + 0.4 * found.centres
    rounded = np.abs(VALUES[:, None] - levels).min(axis=1)
    assert bar.number.content == f"{np.sqrt(np.mean(rounded**2)):.3f}"
