"""The geometry of the builders: where paths lie, what stays put, what follows."""

from itertools import pairwise

import numpy as np
import pytest
from manim import ValueTracker, config

from quantization_story.analysis.layer_motion import Journey, journey_steps
from quantization_story.common import ReluNetwork
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.charts.step_rail import StepRail
from quantization_story.mobjects.matrix import MatrixView
from quantization_story.mobjects.paths import MARKS, ArrowField, CellPath, PointCloud, SegmentPath, in_frame
from quantization_story.mobjects.plane import MovingCloud, MovingLines, PlaneAxes, PlaneView, class_clouds, follow
from quantization_story.mobjects.text import LiveText, pair, percent, signed, text
from quantization_story.style import theme


@pytest.fixture
def net() -> ReluNetwork:
    rng = np.random.default_rng(3)
    return ReluNetwork(tuple(rng.normal(size=(2, 2)) for _ in range(3)), tuple(rng.normal(size=2) for _ in range(3)))


@pytest.fixture
def view() -> PlaneView:
    return PlaneView((1.0, 0.5, 0.0), 4.0, Window(0.0, 0.0, 2.0))


def test_zones_fill_the_frame_without_overlap() -> None:
    title, stage, caption = theme.title_zone(), theme.stage_zone(), theme.caption_zone()
    assert caption.top < stage.bottom
    assert stage.top < title.bottom
    assert title.top < config.frame_height / 2
    assert stage.height > config.frame_height * 2 / 3


def test_numbers_are_shown_with_a_true_minus_and_no_negative_zero() -> None:
    assert signed(-1.255, 1) == "−1.3"
    assert signed(-0.004) == "0.00"
    assert pair((1, -0.5)) == "(1.00, −0.50)"
    assert percent(0.9945) == "99.5"


def test_live_text_is_set_like_running_text() -> None:
    live, set_once = LiveText("−12.5, 3"), text("−12.5, 3")
    assert np.isclose(live.width, set_once.width, rtol=0.04)
    assert np.isclose(live.height, set_once.height, rtol=0.02)


@pytest.mark.parametrize("align", [-1, 0, 1])
def test_live_text_keeps_its_anchor_whatever_it_shows_and_however_it_is_moved(align: float) -> None:
    line = LiveText("1", align=align).place((1.0, 2.0, 0.0))
    line.shift(np.array([0.5, 0.0, 0.0]))
    line.set_content("−123.45")
    assert np.allclose(line.anchor, [1.5, 2.0, 0.0])
    held = {-1: line.get_left()[0], 0: line.get_center()[0], 1: line.get_right()[0]}[align]
    assert abs(held - 1.5) < 0.05
    assert np.isclose(line.get_bottom()[1], 2.0, atol=0.08)
    line.set_content("").set_content("7")
    assert np.allclose(line.anchor, [1.5, 2.0, 0.0])


def test_a_matrix_keeps_its_layout_when_its_numbers_change_after_a_move() -> None:
    matrix = MatrixView([[1.0, -2.0], [3.0, 4.0]]).shift(np.array([2.0, 1.0, 0.0]))
    right = [entry.get_right()[0] for row in matrix.entries for entry in row]
    matrix.set_values([[-11.0, 0.5], [0.0, -9.99]])
    assert [entry.content for row in matrix.entries for entry in row] == ["−11.00", "0.50", "0.00", "−9.99"]
    now = [entry.get_right()[0] for row in matrix.entries for entry in row]
    assert np.allclose(now, right, atol=0.06)
    left, right_edge = matrix.brackets.get_left()[0], matrix.brackets.get_right()[0]
    assert all(
        left < entry.get_left()[0] and entry.get_right()[0] < right_edge for row in matrix.entries for entry in row
    )


def test_a_segment_path_draws_from_start_to_end() -> None:
    starts, ends = in_frame([[0, 0], [1, 1]]), in_frame([[1, 0], [1, 3]])
    path = SegmentPath().set_segments(starts, ends)
    assert np.allclose(path.points[0::4], starts)
    assert np.allclose(path.points[3::4], ends)
    assert len(path.get_subpaths()) == 2


@pytest.mark.parametrize("mark", MARKS)
def test_a_cloud_is_one_path_with_a_mark_on_every_point(mark: str) -> None:
    positions = in_frame([[0.0, 0.0], [2.0, 1.0], [-1.0, 3.0]])
    cloud = PointCloud(theme.INK, mark, 0.1).set_positions(positions)
    parts = cloud.get_subpaths()
    outlines = 2 if mark == "ring" else 1  # a ring has a hole
    assert len(parts) == 3 * outlines
    for part, position in zip(parts, np.repeat(positions, outlines, axis=0), strict=True):
        anchors = np.concatenate([part[0::4], part[-1:]])
        assert 0.05 < np.linalg.norm(anchors - position, axis=1).max() < 0.2
        assert np.linalg.norm((anchors.min(axis=0) + anchors.max(axis=0)) / 2 - position) < 0.06


def test_a_disc_is_round() -> None:
    curves = MARKS["disc"](1.0).reshape(-1, 4, 3)
    t = np.linspace(0, 1, 50)[:, None]
    for a, b, c, d in curves:
        radius = np.linalg.norm((1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d, axis=1)
        assert np.abs(radius - 1).max() < 0.02


def test_a_ring_has_a_hole() -> None:
    outer, hole = MARKS["ring"](1.0).reshape(2, -1, 3)
    x, y = outer[:, 0], outer[:, 1]
    assert np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) > 0
    x, y = hole[:, 0], hole[:, 1]
    assert np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) < 0


def test_arrows_end_at_their_tips_and_none_is_drawn_without_length() -> None:
    tails, tips = in_frame([[0, 0], [1, 1]]), in_frame([[2, 0], [1, 1]])
    field = ArrowField(theme.INK).set_arrows(tails, tips)
    assert len(field.get_subpaths()) == 1
    assert np.isclose(field.points[:, 0].max(), 2.0)
    assert np.isclose(field.points[:, 0].min(), 0.0)


def test_cells_of_one_colour_are_one_closed_path() -> None:
    polygons = [in_frame([[0, 0], [1, 0], [0, 1]]), in_frame([[2, 2], [3, 2], [3, 3], [2, 3]])]
    path = CellPath(theme.INK).set_polygons(polygons)
    assert [len(part) for part in path.get_subpaths()] == [12, 16]


def test_a_view_maps_its_window_onto_its_square(view: PlaneView) -> None:
    assert np.allclose(view.point((0, 0)), [1.0, 0.5, 0.0])
    assert np.allclose(view.point((2, -2)), [3.0, -1.5, 0.0])
    view.half.set_value(4.0)
    assert np.allclose(view.point((2, -2)), [2.0, -0.5, 0.0])


def test_axis_numbers_stay_on_their_values_while_the_window_moves(view: PlaneView) -> None:
    axes = PlaneAxes(view)
    assert len(axes.numbers) == 4
    view.half.set_value(3.0)
    axes.update()
    for label, value in zip(axes.numbers[:2], (-1.0, 1.0), strict=True):
        assert np.isclose(label.get_center()[0], view.point((value, 0.0))[0], atol=1e-6)


def test_travellers_follow_the_journey_and_are_clipped_to_the_view(net: ReluNetwork, view: PlaneView) -> None:
    progress = ValueTracker(0.0)
    here = follow(Journey(net), progress)
    points = np.random.default_rng(0).uniform(-2, 2, (40, 2))
    cloud = MovingCloud(view, points, here, theme.INK, "square")
    lines = MovingLines(view, [np.array([[-9.0, 0.3], [9.0, 0.3]])], here)
    for step in (0.0, 1.5, 2.0):
        progress.set_value(step)
        cloud.update()
        lines.update()
        now = here(points)
        inside = now[view.window.contains(now)]
        assert len(cloud.get_subpaths()) == len(inside)
        centres = cloud.points.reshape(len(inside), -1, 3)[:, 0] - cloud.template[0]
        assert np.allclose(centres, view.to_frame(inside), atol=1e-6)
        assert np.abs(lines.points[:, 0] - 1.0).max(initial=0.0) <= 2.0 + 1e-9
    copied = cloud.copy()
    assert copied.view is view


def test_class_clouds_split_the_points_by_label(view: PlaneView) -> None:
    points, labels = np.zeros((6, 2)), np.array([0, 1, 2, 0, 1, 0])
    clouds = class_clouds(view, points, labels, lambda p: p)
    assert [len(cloud.home) for cloud in clouds] == [3, 2, 1]
    assert len({str(cloud.color) for cloud in clouds}) == 3


def test_the_rail_lights_one_step_at_a_time() -> None:
    rail = StepRail(journey_steps(2), 5.0)
    assert len(rail.tokens) == 6
    assert np.isclose(rail.width, 5.0, atol=0.02)
    assert rail.current == 0
    rail.step_to(3)
    assert rail.current == 3
    lefts = [token.get_left()[0] for token in rail.tokens]
    assert lefts == sorted(lefts)


def test_a_long_rail_is_abbreviated_and_fits() -> None:
    short, long = StepRail(journey_steps(3), 5.5), StepRail(journey_steps(5), 5.5)
    assert short.tokens[3].typst_code == "ReLU"
    assert long.tokens[3].typst_code == "R"
    assert len(long.tokens) == 1 + len(journey_steps(5))
    for rail in (short, long):
        gaps = [after.get_left()[0] - before.get_right()[0] for before, after in pairwise(rail.tokens)]
        assert min(gaps) > 0.09


def test_a_matrix_has_room_for_the_numbers_to_come() -> None:
    small, large = MatrixView(np.zeros((2, 2)), 0), MatrixView(np.zeros((2, 2)), 0, largest=4321.0)
    assert large.cell_width > small.cell_width
    large.set_values([[-4321.0, -1234.0], [4000.0, -4000.0]])
    first, second = large.entries[0]
    assert first.get_right()[0] < second.get_left()[0]
    assert MatrixView([[-99.99]]).cell_width == MatrixView([[0.0]]).cell_width


def test_lines_may_be_none(view: PlaneView) -> None:
    assert len(MovingLines(view, [], lambda points: points).points) == 0
