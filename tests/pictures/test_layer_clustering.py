"""The pictures of a layer's codebook: histograms, scatter, levels, the matrix of weights."""

import numpy as np
import pytest
from manim import ValueTracker

from quantization_story.layers import LevelAccuracies
from quantization_story.layers.clustering import Clustering, cluster_layer, compare_levels, rms_error
from quantization_story.layers.histograms import histogram, summarize
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.charts.codebook import NamedBar, SummaryTable, bit_cells, level_ticks
from quantization_story.pictures.layer_clustering import (
    AccuracyCurves,
    CentreLens,
    LevelStage,
    Stack,
    arrival,
    matrix_places,
    swarm,
)
from quantization_story.pictures.layer_clustering_detailed import ClusterStage, padded
from quantization_story.style import theme

ZONE = theme.Zone(-2.0, 3.0, -1.0, 3.0)
VALUES = np.random.default_rng(4).standard_t(4, 300)


@pytest.fixture(scope="module")
def found() -> Clustering:
    return cluster_layer(VALUES, 8, 300, np.random.default_rng(0))


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
    parts = {id(part) for group in (table.std, table.others) for part in group}
    assert parts == {id(part) for group in (table.names, table.numbers) for part in group}


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


def test_the_followed_centre_is_tied_to_the_values_of_its_band(found: Clustering) -> None:
    stage, switch = ClusterStage(ZONE, found), found.switch
    assert switch is not None
    sticks, line, ring = stage.sticks(switch.moved), stage.centre_line(switch.moved), stage.ring(switch.value)
    start = stage.start_line(switch.moved)
    for progress, step in ((0.5, 0), (1.0, 0), (1.5, 1)):
        stage.progress.set_value(progress)
        for part in (sticks, line):
            part.update()
        own = found.steps[step].labels == switch.moved
        centre = found.moment(progress).centres[switch.moved]
        ends = sticks.points.reshape(-1, 4, 3)
        assert np.allclose(ends[:, 0, 1], stage.up(found.values[own]))
        assert np.allclose(ends[:, 3, 1], stage.up(centre))
        assert np.allclose(line.points[:, 1], stage.up(centre))
    assert np.allclose(start.points[:, 1], stage.up(found.steps[0].centres[switch.moved]))
    assert ring.get_center()[1] == pytest.approx(float(stage.up(found.values[switch.value])), abs=1e-6)


def test_the_newest_centre_is_drawn_above_the_dots_until_all_are_there(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    line, ring = stage.newest
    stage.chosen.set_value(2.0)
    stage.newest.update()
    assert np.allclose(line.points[:, 1], stage.up(found.values[found.chosen[1]]))
    assert ring.get_center()[1] == pytest.approx(float(stage.up(found.values[found.chosen[1]])), abs=1e-6)
    stage.chosen.set_value(8.0)
    stage.newest.update()
    assert len(line.points) == 0


def test_the_frame_grows_to_the_zone_with_the_close_up(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    low, high = found.close_up
    frame = stage.frame(low, high)
    assert (frame.get_bottom()[1], frame.get_top()[1]) == pytest.approx(tuple(stage.up(np.array([low, high]))))
    stage.low.set_value(low)
    stage.high.set_value(high)
    frame.update()
    assert (frame.get_bottom()[1], frame.get_top()[1]) == pytest.approx((ZONE.bottom, ZONE.top))


def test_further_values_stand_at_their_height(found: Clustering) -> None:
    stage = ClusterStage(ZONE, found)
    marks = stage.others(np.array([-5.0, 6.0])).points.reshape(2, 8, 3)
    assert np.allclose(marks[:, :, 1].mean(axis=1), stage.up(np.array([-5.0, 6.0])))
    assert padded(np.array([0.0, 10.0])) == pytest.approx((-0.4, 10.4))


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
    low, high = found.close_up
    moves, old, new = stage.zoom(low, high)
    assert len(moves) == 2
    assert old is not new
    stage.low.set_value(low)
    stage.high.set_value(high)
    stage.seen.set_value(300)
    stage.chosen.set_value(8.0)
    for part in (stage.dots, stage.lines, stage.bands):
        part.update()
        assert len(part.points)
    inside = int(np.sum((found.values >= low) & (found.values <= high)))
    assert len(stage.dots.points) == 8 * inside < 300 * 8
    for part in (stage.lines, stage.bands):
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
        ZONE,
        0.0,
        "k",
        theme.SAME,
        lambda: rms_error(compared.values, compared.between(part.get_value())),
        1.0,
        lambda error: f"{error:.3f}",
    )
    levels = 0.6 * compared.uniform.levels + 0.4 * found.centres
    rounded = np.abs(VALUES[:, None] - levels).min(axis=1)
    assert bar.number.content == f"{np.sqrt(np.mean(rounded**2)):.3f}"


# --- the levels under a histogram


def level_stage(found: Clustering, weights: np.ndarray) -> LevelStage:
    edges = np.linspace(found.values.min(), found.values.max(), 13)
    lower = theme.Zone(ZONE.left, ZONE.right, -4.0, -2.5)
    return LevelStage((ZONE, lower), found, compare_levels(found), weights, edges)


def bar_heights(path: object, chart: Chart) -> np.ndarray:
    tops = path.points.reshape(-1, 16, 3)[:, :, 1].max(axis=1)  # type: ignore[attr-defined]
    return np.asarray((tops - chart.zone.bottom) / chart.zone.height * chart.y_range[1])


def test_the_error_bars_are_those_of_the_levels_shown(found: Clustering) -> None:
    weights = np.concatenate([VALUES, [-30.0, 25.0, 0.1]])
    stage = level_stage(found, weights)
    stage.grown.set_value(1.0)
    for part in (0.0, 1.0):
        stage.part.set_value(part)
        stage.error_bars.update()
        total = rms_error(VALUES, compare_levels(found).between(part)) ** 2
        assert bar_heights(stage.error_bars, stage.errors).sum() == pytest.approx(total)
    assert stage.chart.x_range == pytest.approx((VALUES.min(), VALUES.max()))
    stage.out.set_value(1.0)
    for path, levels in (
        (stage.error_bars, found.centres),
        (stage.uniform_bars, np.linspace(weights.min(), weights.max(), 8)),
    ):
        path.update()
        assert bar_heights(path, stage.errors).sum() == pytest.approx(rms_error(weights, levels) ** 2)
    stage.bars.update()
    assert bar_heights(stage.bars, stage.chart).sum() == pytest.approx(1.0)
    assert stage.chart.x_range == stage.errors.x_range


def test_the_weights_outside_the_codebook_stand_on_the_axis_beside_the_ticks(found: Clustering) -> None:
    stage = level_stage(found, np.concatenate([VALUES, [-30.0, -29.9, 25.0]]))
    stage.out.set_value(1.0)
    stage.part.set_value(1.0)
    for part in (stage.outside, stage.codebook_ticks, stage.uniform_ticks):
        part.update()
    x = stage.outside.points.reshape(-1, 8, 3)[:, :, 0].mean(axis=1)
    low, high = found.centres.min(), found.centres.max()
    assert len(x) == 3 + sum(not low <= value <= high for value in VALUES)
    ticks = stage.codebook_ticks.points[:, 0]
    assert np.all((x < ticks.min()) | (x > ticks.max()))
    assert stage.uniform_ticks.get_left()[0] <= x.min() + 1e-6
    # Two of one bin stand above each other.
    y = stage.outside.points.reshape(-1, 8, 3)[:, :, 1].mean(axis=1)
    assert y[1] > y[0] + 0.1


def test_the_accuracy_curves_pass_through_their_figures() -> None:
    kept = LevelAccuracies(500, 0.97, {2: 0.75, 4: 0.9, 8: 0.96}, {2: 0.5, 4: 0.8, 8: 0.95})
    curves = AccuracyCurves(ZONE, kept)
    line, marks, uniform, _ = curves.curves
    curves.drawn.set_value(2.0)
    curves.curves.update()
    chart = curves.chart[0]
    at = chart.to_frame(np.array([[2, 96], [1, 90], [0, 75]]))
    assert np.allclose(line.points[[0, 4, 7]], at)
    assert len(marks.points) == 3 * 8
    assert uniform.points[-1] == pytest.approx(chart.point(0, 50))


def test_the_lens_shows_the_values_and_centres_of_the_close_up(found: Clustering) -> None:
    at = [0.0]
    lens = CentreLens(ZONE, found, lambda: at[0])
    _, dots, lines = lens
    low, high = found.close_up
    within = (found.values >= low) & (found.values <= high)
    assert len(dots.points) == 8 * within.sum()
    for progress in (0.0, 99.0):
        at[0] = progress
        lines.update()
        now = found.moment(progress).centres
        now = now[(now >= low) & (now <= high)]
        places = ZONE.left + (now - low) / (high - low) * ZONE.width
        assert np.allclose(np.unique(lines.points[:, 0].round(6)), np.sort(places), atol=1e-5)
