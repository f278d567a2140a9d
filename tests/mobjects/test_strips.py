"""Strips that open, boundaries that move, and the legend beside them."""

import numpy as np
import pytest
from manim import VGroup

from quantization_story.analysis.strips import sliding_refinement
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.legend import SplitBar, lined
from quantization_story.mobjects.live import live_segments
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.strips import LiveBoundaries, LiveStrips, clip_to_window
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


def test_a_split_bar_shows_both_shares() -> None:
    bar = SplitBar(ZONE, 0.0, "points", lambda: 0.2)
    assert [number.content for number in bar.numbers] == ["80.0 %", "20.0 %"]
    assert bar.crossed.width == pytest.approx(0.2 * 5.0)
    assert bar.same.get_right()[0] == pytest.approx(bar.crossed.get_left()[0])


def test_a_dashed_key_is_dashed() -> None:
    solid, dashed = (lined("words", theme.FLOAT, (0.0, 0.0), dashed=dashed)[0] for dashed in (False, True))
    assert len(solid.get_subpaths()) == 1
    assert len(dashed.get_subpaths()) > 1


def test_what_rests_has_no_updaters_until_it_wakes() -> None:
    drawn = [np.zeros((0, 2, 3))]
    field = live_segments(lambda: drawn[0], theme.CROSSED)
    group = VGroup(field)
    rest = SuspendedUpdaters(group)
    drawn[0] = np.ones((1, 2, 3))
    group.update()
    assert not group.get_family_updaters()
    assert len(field.points) == 0
    assert rest.end() == (group,)
    group.update()
    assert len(field.points) > 0
