"""The scene of growing error regions: its builders, its figures, and its audit."""

import re
from dataclasses import replace

import numpy as np
import pytest
from manim import ValueTracker

from layout import audit, audited
from quantization_story.core.plane_geometry import Window
from quantization_story.error_regions.growth import GrowingRegion
from quantization_story.error_regions.propagation import ErrorRegion
from quantization_story.error_regions.weight_families import FAMILIES_2D, FULL_2D, WeightFamily, run_experiment
from quantization_story.mobjects.charts.stacked_rows import LayerEdges, StackedRows, layer_color, layer_legend
from quantization_story.mobjects.plane import PlaneAxes, PlaneView
from quantization_story.mobjects.text import percent, signed
from quantization_story.pictures.error_region_growth import (
    RegionStage,
    error_cloud,
    layer_box,
    outline,
    spread_arrows,
    weight_row,
)
from quantization_story.scene_12_error_region_growth import ErrorRegionGrowthScene
from quantization_story.style import theme

ZONE = theme.Zone(-2.0, 3.0, -1.0, 1.0)
REGION = run_experiment(FULL_2D)


@pytest.fixture
def view() -> PlaneView:
    return PlaneView((1.0, 0.5, 0.0), 4.0, Window(0.0, 0.0, 1.0))


def area_of(region: ErrorRegion) -> float:
    corners = region.region.vertices
    return float(np.linalg.det(np.stack([corners, np.roll(corners, -1, axis=0)], axis=2)).sum() / 2)


def norms_of(region: ErrorRegion) -> list[float]:
    return [float(np.linalg.svd(layer.weight)[1].max()) for layer in region.layers]


def test_the_scene_is_clean_and_tells_the_figures_of_the_regions() -> None:
    result = audited(ErrorRegionGrowthScene)
    assert result.findings == {}
    assert 45 <= result.seconds <= 75  # at one frame a second every animation is rounded up
    assert len(set(result.beats)) == len(result.beats) >= 8
    told = " ".join(caption for caption, _, _ in result.captions)
    regions = [run_experiment(family) for family in FAMILIES_2D]
    areas, norms = ([call(region) for region in regions] for call in (area_of, norms_of))
    figures = [percent(float(regions[0].relative_error[0]), 2), f"{areas[2] / max(areas[:2]):.1f}"]
    figures += [signed(bound, 2) for bound in (min(map(min, norms)), max(map(max, norms)))]
    for figure in figures:
        assert re.search(rf"\b{re.escape(figure)}\b", told), figure


def test_families_that_do_not_fit_are_refused_before_anything_is_drawn() -> None:
    class Swapped(ErrorRegionGrowthScene):
        families = FAMILIES_2D[::-1]

    class OnTheAxis(ErrorRegionGrowthScene):
        x = (10.0, 0.0)

    class Deeper(ErrorRegionGrowthScene):
        families = (*FAMILIES_2D[:2], WeightFamily("", FAMILIES_2D[2].weights * 2))

    for scene, message in (
        (Swapped, "two families of diagonal layers"),
        (OnTheAxis, "neither of them 0"),
        (Deeper, "depths"),
    ):
        with pytest.raises(ValueError, match=message):
            audit(scene)


def test_the_region_is_drawn_to_scale_and_grows_with_its_progress(view: PlaneView) -> None:
    growth = GrowingRegion.of(REGION)
    stage = RegionStage(view, lambda: growth)
    assert stage.now.volume == 0
    stage.progress.set_value(growth.count)
    for part in (stage.fill, stage.edges):
        part.update()
    # Two frame units are one data unit in this view.
    assert stage.fill.width == pytest.approx(4 * REGION.region.half_widths[0])
    assert stage.now.volume == pytest.approx(REGION.region.volume)
    assert [len(path.points) // 4 for path in stage.edges] == [4, 4, 4, 4]
    corners = np.concatenate([path.points[::4] for path in stage.edges])
    np.testing.assert_allclose(np.abs(corners - view.center).max(axis=0)[:2], 2 * REGION.region.half_widths)


def test_a_box_is_pulled_back_to_the_parallelogram_of_its_layer(view: PlaneView) -> None:
    box, glide = layer_box(view, REGION, 1)
    np.testing.assert_allclose(box.width, 4 * REGION.layers[1].half_widths[0])
    glide.amount.set_value(1.0)
    box.update()
    np.testing.assert_allclose([box.width, box.height], 4 * REGION.layers[1].own.half_widths)
    assert box[0].get_fill_color().to_hex() == layer_color(1)


def test_outline_arrows_and_cloud_follow_the_view(view: PlaneView) -> None:
    solid, dashed = (outline(view, REGION.region, theme.INK, dashed) for dashed in (False, True))
    assert len(solid.get_subpaths()) == 1
    assert len(dashed.get_subpaths()) > 10
    grown = [1.0]
    arrows = spread_arrows(view, REGION.region, lambda: grown[0], theme.INK)
    longest = np.linalg.norm(arrows.points - view.center, axis=1).max()
    assert longest == pytest.approx(2 * REGION.region.principal_axes.spreads[0])
    cloud = error_cloud(view, lambda: np.array([[0.5, -0.5]]), radius=0.01)
    np.testing.assert_allclose(cloud.get_center(), view.center + np.array([1.0, -1.0, 0.0]), atol=1e-6)
    view.half.set_value(2.0)
    for item in (solid, arrows, cloud):
        item.update()
    assert solid.width == pytest.approx(2 * REGION.region.half_widths[0])
    assert np.linalg.norm(arrows.points - view.center, axis=1).max() == pytest.approx(longest / 2)


def test_stacked_rows_show_every_piece_and_their_sum() -> None:
    pieces, largest = [np.array([[1.0, 0.5], [2.0, 0.25]])], ValueTracker(4.0)
    rows = StackedRows(ZONE, ["a", "b"], ["#FFFFFF", "#000000"], lambda: pieces[0], largest.get_value, signed, 1.0, 1.0)
    assert [figure.content for figure in rows.figures] == ["3.00", "0.75"]
    ends = [path[0::4][:, 0] for bar in rows.bars for path in bar.get_subpaths()]
    # The bars are three units wide for a sum of four: row a is 0 to 1 and 1 to 3, row b 0 to 0.5 and 0.5 to 0.75.
    expected = [(0.0, 1.0), (0.0, 0.5), (1.0, 3.0), (0.5, 0.75)]
    for corners, (low, high) in zip(ends, expected, strict=True):
        assert (corners.min(), corners.max()) == pytest.approx((-1 + 0.75 * low, -1 + 0.75 * high))
    rule = rows.rule(lambda: 2.0, "half")
    assert rule[0].get_center()[0] == pytest.approx(0.5)
    largest.set_value(8.0)
    pieces[0] = pieces[0] * 2
    rows.update()
    rule.update()
    assert [figure.content for figure in rows.figures] == ["6.00", "1.50"]
    assert rows.bars[1].get_right()[0] == pytest.approx(-1 + 0.75 * 3)
    assert rule[0].get_center()[0] == pytest.approx(-1 + 0.375 * 2)
    assert rule[1].get_center()[0] == pytest.approx(rule[0].get_center()[0])


def test_layers_have_colours_that_begin_again() -> None:
    assert layer_color(len(theme.LAYER_COLORS)) == layer_color(0)
    legend = layer_legend(-1.0, 0.5, 3)
    assert len(legend) == 1 + 2 * 3
    assert legend[-2].get_center()[1] == pytest.approx(0.5)
    edges = LayerEdges(lambda: (np.array([[[0, 0, 0], [1, 0, 0]], [[0, 1, 0], [2, 1, 0]]]), np.array([1, 0])), 2)
    assert (edges[0].width, edges[1].width) == pytest.approx((2.0, 1.0))


def test_weights_stand_in_a_row_in_the_colours_of_their_layers() -> None:
    values = [np.eye(2)]
    row = weight_row([lambda: values[0], lambda: 2 * values[0]], -3.0, 3.0, 0.0)
    assert row[1].entries[0][0].content == "1.00"
    assert row[3].entries[0][0].content == "2.00"
    assert row[1].get_right()[0] < row[3].get_left()[0]
    assert [row[name][0].get_fill_color().to_hex() for name in (0, 2)] == [layer_color(0), layer_color(1)]
    values[0] = 3 * np.eye(2)
    row.update()
    assert row[1].entries[0][0].content == "3.00"


def test_axes_of_a_small_window_have_digits_enough(view: PlaneView) -> None:
    small = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 0.06))
    assert {label.typst_code for label in PlaneAxes(small).numbers} >= {"0.05", "−0.05"}
    assert {label.typst_code for label in PlaneAxes(view).numbers} == {"−0.5", "0.5"}


def test_the_scene_tells_another_input_and_bit_width_as_well() -> None:
    class Variant(ErrorRegionGrowthScene):
        x, bits = (-7.0, 3.0), 6
        families = tuple(replace(family, weights=family.weights[:3]) for family in FAMILIES_2D)

    assert audit(Variant).findings == {}
