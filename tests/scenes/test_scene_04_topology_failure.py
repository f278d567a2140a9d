"""The scene of the strips: its builders and its audit."""

import numpy as np
import pytest
from manim import VGroup

from layout import audited
from quantization_story.analysis.strips import sliding_refinement
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.legend import SplitBar, lined
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.strips import GrowingArrows, LiveBoundaries, LiveStrips, clip_to_window
from quantization_story.pictures.topology_failure import NetworkSketch, RecoveryBars, SectionChart
from quantization_story.scene_04_topology_failure import TopologyFailureScene
from quantization_story.stage.suspended_updaters import SuspendedUpdaters
from quantization_story.style import theme
from small_networks import he_network

ZONE = theme.Zone(-2.0, 3.0, -1.0, 3.0)


@pytest.fixture
def view() -> PlaneView:
    return PlaneView((1.0, 0.5, 0.0), 4.0, Window(0.0, 0.0, 2.0))


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def test_the_scene_is_clean_and_neither_too_short_nor_too_long() -> None:
    result = audited(TopologyFailureScene)
    assert result.findings == {}
    assert 25 <= result.seconds <= 66  # at one frame a second every animation is rounded up


def test_strips_open_with_the_weights_and_are_clipped_to_the_view(view: PlaneView) -> None:
    net: ReluNetwork = he_network((2, 3, 2), seed=1)
    refined = sliding_refinement(net, net.quantized(UniformQuantizer(2)), view.window.box)
    t = [0.0]
    strips = LiveStrips(view, lambda: refined(t[0]))
    lines = LiveBoundaries(view, lambda: refined(t[0]).quantized_boundaries(), theme.QUANTIZED)
    assert len(strips.points) == 0
    at_rest = lines.points.copy()
    t[0] = 1.0
    strips.update()
    lines.update()
    # One frame unit is one data unit in this view, so the filled area is the changed area.
    filled = sum(area(part[0::4]) for part in strips.get_subpaths())
    assert filled == pytest.approx(refined(1.0).changed_area, rel=1e-6)
    assert lines.points.shape != at_rest.shape or not np.allclose(lines.points, at_rest)
    view.half.set_value(0.5)
    strips.update()
    lines.update()
    for path in (strips, lines):
        assert np.abs(path.points[:, :2] - [1.0, 0.5]).max(initial=0.0) <= 2.0 + 1e-9


def test_a_polygon_is_clipped_to_a_window() -> None:
    square = np.array([[-2.0, -2.0], [2.0, -2.0], [2.0, 2.0], [-2.0, 2.0]])
    assert area(clip_to_window(square, Window(1.5, 0.0, 1.0))) == pytest.approx(1.5 * 2.0)
    assert area(clip_to_window(square, Window(0.0, 0.0, 5.0))) == pytest.approx(16.0)
    assert len(clip_to_window(square, Window(9.0, 0.0, 1.0))) == 0


def test_arrows_grow_from_their_points(view: PlaneView) -> None:
    grown = [0.0]
    field = GrowingArrows(view, np.zeros((1, 2)), np.array([[1.0, 0.0]]), lambda: grown[0], theme.CROSSED)
    assert len(field.points) == 0
    grown[0] = 0.5
    field.update()
    assert field.points[:, 0].max() == pytest.approx(view.point((0.5, 0.0))[0])


def test_arrows_follow_vectors_that_change_and_end_at_the_edge_of_the_view(view: PlaneView) -> None:
    vectors = [np.array([[0.0, 1.0]])]
    field = GrowingArrows(view, np.zeros((1, 2)), lambda: vectors[0], lambda: 1.0, theme.CROSSED)
    assert field.points[:, 1].max() == pytest.approx(view.point((0.0, 1.0))[1])
    vectors[0] = np.array([[9.0, 0.0]])
    field.update()
    assert field.points[:, 0].max() == pytest.approx(view.point((2.0, 0.0))[0])


def test_a_sketch_has_a_mark_for_every_unit_and_lights_the_narrowest_layer() -> None:
    widths = (2, 5, 3, 5, 4)
    sketch = NetworkSketch(ZONE, widths)
    assert [len(cloud.get_subpaths()) for cloud in sketch.units] == list(widths)
    lit = [cloud.get_fill_color().to_hex() == theme.BOUNDARY for cloud in sketch.units]
    assert lit == [False, False, True, False, False]
    lines = sketch.submobjects[0]
    assert len(lines.points) == 4 * (2 * 5 + 5 * 3 + 3 * 5 + 5 * 4)
    assert (sketch.get_left()[0], sketch.get_right()[0]) == pytest.approx((ZONE.left, ZONE.right), abs=0.2)
    assert ZONE.bottom <= sketch.get_bottom()[1]
    assert sketch.get_top()[1] <= ZONE.top


def test_the_section_chart_draws_as_far_as_it_is_reached() -> None:
    reached = [-1.0]
    chart = SectionChart(
        ZONE, 1.0, 0.5, (-1.0, 1.0), lambda s: np.minimum(s, 0.0), lambda s: 0.5 * s, lambda: reached[0]
    )
    assert area(chart.gap.points[0::4]) == pytest.approx(0.0)
    reached[0] = 0.5
    chart.update()
    assert chart.exact.points[0] == pytest.approx(chart.chart.point(-1.0, -1.0))
    assert chart.exact.points[-1] == pytest.approx(chart.chart.point(0.5, 0.0))
    assert chart.mapped.points[-1] == pytest.approx(chart.chart.point(0.5, 0.25))


def test_a_split_bar_shows_both_shares() -> None:
    bar = SplitBar(ZONE, 0.0, "points", lambda: 0.2)
    assert [number.content for number in bar.numbers] == ["80.0 %", "20.0 %"]
    assert bar.crossed.width == pytest.approx(0.2 * 5.0)
    assert bar.same.get_right()[0] == pytest.approx(bar.crossed.get_left()[0])


def test_bars_grow_one_after_the_other_and_carry_their_controls() -> None:
    grown = [0.0]
    bars = RecoveryBars(
        ZONE, [1.0, 0.5], ["a", "b"], ["", "+3"], [theme.FLOAT, theme.SAME], [None, 0.8], lambda: grown[0]
    )
    assert [number.content for number in bars.numbers] == ["", ""]
    grown[0] = 1.5
    bars.update()
    assert bars.bars[0].height == pytest.approx(4.0)
    assert bars.bars[1].height == pytest.approx(1.0)
    assert len(bars.notes) == 1
    assert bars.controls[0].get_center()[1] == pytest.approx(bars.chart.point(1, 0.8)[1])


def test_a_dashed_key_is_dashed() -> None:
    solid, dashed = (lined("words", theme.FLOAT, (0.0, 0.0), dashed=dashed)[0] for dashed in (False, True))
    assert len(solid.get_subpaths()) == 1
    assert len(dashed.get_subpaths()) > 1


def test_what_rests_has_no_updaters_until_it_wakes(view: PlaneView) -> None:
    grown = [0.0]
    field = GrowingArrows(view, np.zeros((1, 2)), np.array([[1.0, 0.0]]), lambda: grown[0], theme.CROSSED)
    group = VGroup(field)
    rest = SuspendedUpdaters(group)
    grown[0] = 1.0
    group.update()
    assert not group.get_family_updaters()
    assert len(field.points) == 0
    assert rest.end() == (group,)
    group.update()
    assert len(field.points) > 0


def test_the_fitted_sides_lie_under_the_parts_of_the_section() -> None:
    chart = SectionChart(ZONE, 1.0, 0.5, (-1.0, 1.0), lambda s: s, lambda s: s, lambda: 0.5)
    near, strip, both = chart.fitted_sides()
    middle = chart.chart.point(0.0, -1.0)[0]
    assert (near.get_left()[0], near.get_right()[0]) == pytest.approx((ZONE.left, middle))
    assert (strip.get_left()[0], strip.get_right()[0]) == pytest.approx((middle, ZONE.right))
    assert both.width == pytest.approx(ZONE.width)
