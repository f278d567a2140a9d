"""The scene of the split error: its builders, its figures, and its audit."""

import numpy as np
import pytest

from layout import audited
from quantization_story.analysis.circle_errors import (
    CircleError,
    circle_error,
    directions_needed,
    spectrum,
    typical_radius,
)
from quantization_story.analysis.low_rank import rank_ladder, widest_hidden_layer
from quantization_story.common import UniformQuantizer
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import percent
from quantization_story.networks import load_network
from quantization_story.pictures.error_decomposition import (
    CurveBundle,
    DirectionBars,
    RankChart,
    SplitArrows,
    SplitStrip,
    split_names,
)
from quantization_story.scene_10_error_decomposition import ErrorDecompositionScene
from quantization_story.style import theme
from small_networks import he_network

ZONE = theme.Zone(-2.0, 3.0, -1.0, 3.0)


def error_of(name: str, layer: int | None = None) -> CircleError:
    learned = load_network(name)
    return circle_error(learned.network, learned.quantized(), typical_radius(learned.held_out.points), layer)


def test_the_scene_is_clean_and_its_captions_give_the_measured_figures() -> None:
    result = audited(ErrorDecompositionScene)
    assert result.findings == {}
    assert 30 <= result.seconds <= 80  # at one frame a second every animation is rounded up
    said = " | ".join(caption for caption, _, _ in result.captions)
    narrow = error_of(ErrorDecompositionScene.network_name)
    metric, topological, cross = narrow.energy_shares
    assert f"{percent(narrow.crossed_share)} % of the circle" in said
    assert f"{percent(metric)} % metric, {percent(topological)} % topological, {percent(cross)} % cross" in said
    assert f"jumps {narrow.metric_jumps} times" in said
    learned = load_network(ErrorDecompositionScene.second_network_name)
    net, quantized = learned.network, learned.quantized()
    layer = widest_hidden_layer(net)
    shares, _ = error_of(learned.name, layer).directions()
    few = directions_needed(shares, ErrorDecompositionScene.held_share)
    rounding = spectrum(quantized.weights[layer - 1] - net.weights[layer - 1])
    assert f"{few} of {len(shares)} directions hold {percent(shares[:few].sum())} %" in said
    assert f"of the rounding {percent(rounding[:few].sum())} %" in said
    ladder = rank_ladder(net, quantized, learned.calibration.points, ErrorDecompositionScene.ranks)
    plain, aware = (ladder.rms(each, learned.held_out.points, layer) for each in (ladder.plain, ladder.aware))
    assert f"{percent(plain[1] / plain[0], 0)} % of the error plain, {percent(aware[1] / aware[0], 0)} %" in said


def test_arrows_stand_tip_to_tail() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))
    part = [1.0]
    base, metric, topological = np.array([[0.5, 0.0]]), np.array([[1.0, 0.0]]), np.array([[0.0, 0.7]])
    arrows = SplitArrows(view, lambda: (base, metric, part[0] * topological))
    assert arrows.metric.points[:, 0].max() == pytest.approx(1.5)
    assert arrows.topological.points[:, 1].max() == pytest.approx(0.7)
    assert arrows.topological.get_center()[0] == pytest.approx(1.5, abs=0.01)
    part[0] = 0.0
    arrows.update()
    assert len(arrows.topological.points) == 0


def test_the_names_of_the_parts_stand_outside_their_triangle() -> None:
    corners = np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [3.0, 4.0, 0.0]])
    whole, metric, topological = split_names(corners)
    assert metric.get_top()[1] < 0
    assert topological.get_left()[0] > 3
    centre = whole.get_center()
    assert centre[1] > 4 / 3 * centre[0]  # above the long side
    # Without a topological part the triangle is a line, and the names still stand beside it.
    flat = split_names(np.array([[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [2.0, 0.0, 0.0]]))
    assert flat[0].get_bottom()[1] > 0
    assert flat[1].get_top()[1] < 0  # the whole on the one side, its parts on the other
    assert np.isfinite(flat[2].get_center()).all()


def test_the_strip_draws_as_far_as_it_is_reached_and_red_only_where_patterns_differ() -> None:
    net = he_network((2, 3, 2), seed=1)
    error = circle_error(net, net.quantized(UniformQuantizer(2)), 1.5)
    assert 0 < error.crossed_share < 1
    reached = [0.0]
    strip = SplitStrip(ZONE, error, lambda: reached[0])
    assert [len(path.points) for path in (strip.bands, strip.bursts, strip.line)] == [0, 0, 0]
    reached[0] = 2 * np.pi
    strip.update()
    assert strip.line.get_right()[0] == pytest.approx(ZONE.right)
    widths = [np.ptp(band[:, 0]) for band in strip.bands.get_subpaths()]
    assert sum(widths) == pytest.approx(error.crossed_share * ZONE.width)
    reached[0] = float(error.bounds[len(error.bounds) // 2])
    strip.update()
    assert strip.line.get_right()[0] <= strip.chart.point(np.degrees(reached[0]), 0.0)[0] + 1e-9
    sizes = np.linalg.norm(error.errors(np.linspace(0.0, reached[0], 4000), "metric"), axis=1)
    assert strip.line.get_top()[1] == pytest.approx(strip.chart.point(0.0, sizes.max())[1], abs=0.02)


def test_a_bundle_draws_what_the_function_gives() -> None:
    values = [np.array([[1.0, -2.0], [0.0, 0.5], [1.0, 1.0]])]
    bundle = CurveBundle(ZONE, "errors", np.array([0.0, np.pi, 2 * np.pi]), lambda: values[0], theme.SAME)
    assert len(bundle.lines.points) == 4 * 2 * 2
    assert bundle.lines.get_bottom()[1] == pytest.approx(bundle.chart.point(0.0, -2.0)[1])
    ghost = bundle.ghost()
    values[0] = 0.0 * values[0]
    bundle.update()
    assert bundle.lines.height == pytest.approx(0.0, abs=1e-9)
    assert ghost.get_bottom()[1] == pytest.approx(bundle.chart.point(0.0, -2.0)[1])


def test_bars_of_directions_grow_one_after_the_other() -> None:
    grown = [1.5]
    bars = DirectionBars(ZONE, np.array([0.6, 0.4]), np.array([0.5, 0.5]), lambda: grown[0], theme.SAME)
    heights = [np.ptp(bar[:, 1]) for bar in bars.bars.get_subpaths()]
    unit = ZONE.height / (1.05 * 0.6)
    assert heights == pytest.approx([0.6 * unit, 0.2 * unit])
    assert bars.control.get_center()[1] == pytest.approx(bars.chart.point(0.0, 0.5)[1])


def test_lines_over_the_rank_climb_and_figures_stand_below_the_ranks() -> None:
    progress = [0.0]
    chart = RankChart(ZONE, (0, 1, 4), [("a", theme.SAME, np.array([1.0, 0.5, 0.25]), lambda: progress[0])], 1.5)
    assert len(chart.lines[0].points) == 0
    progress[0] = 1.5
    chart.update()
    assert chart.lines[0].points[-1] == pytest.approx(chart.chart.point(1.5, 0.375))
    row = chart.table_row(0, "name", theme.SAME, ("1", "2", "3"))
    assert [column.get_center()[0] for column in row[1:]] == pytest.approx(
        [chart.chart.point(k, 0.0)[0] for k in range(3)], abs=0.03
    )
