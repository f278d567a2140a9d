"""Windows, ticks, clipping, grids, dashes, sectors and tints, against closed forms and slow checks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quantization_story.core.plane_geometry import (
    Window,
    clip_polygon,
    clip_segments,
    cut_lines,
    dash_segments,
    fit_window,
    grid_lines,
    grid_square,
    round_step,
    sector_borders,
    sector_polygons,
    tick_decimals,
    ticks,
)
from quantization_story.core.tasks import prototypes

coordinate = st.floats(-20.0, 20.0, allow_nan=False)


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def test_ticks_are_multiples_of_a_round_step_without_zero() -> None:
    assert np.allclose(ticks(-3.0, 3.0), [-2, 2])
    assert np.allclose(ticks(-0.3, 11.0, 4), [5, 10])
    assert np.allclose(ticks(0.05, 0.21, 4), [0.05, 0.1, 0.15, 0.2])


@given(st.floats(1e-3, 1e4), st.integers(1, 12))
def test_round_step_is_round_and_the_smallest_that_fits(span: float, count: int) -> None:
    step = round_step(span, count)
    assert span / step <= count * (1 + 1e-6)
    leading = step / 10.0 ** np.floor(np.log10(step) + 1e-9)
    assert np.isclose(leading, [1, 2, 5]).any()
    assert span / (step / 2.51) > count


def test_a_window_needs_a_positive_finite_side() -> None:
    for half in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="window"):
            Window(0.0, 0.0, half)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=20))
def test_a_fitted_window_holds_the_points_and_the_origin_with_a_margin(points: list[tuple[float, float]]) -> None:
    cloud = np.vstack([points, [0.0, 0.0]])
    window = fit_window(np.array(points))
    left, right, bottom, top = window.box
    extent = float(np.ptp(cloud, axis=0).max())
    for low, high, edge_low, edge_high in (
        (*cloud_range(cloud, 0), left, right),
        (*cloud_range(cloud, 1), bottom, top),
    ):
        assert low - edge_low >= 0.09 * extent - 1e-9
        assert edge_high - high >= 0.09 * extent - 1e-9
    if extent > 0:
        assert window.half <= 0.9 * extent


def cloud_range(cloud: np.ndarray, axis: int) -> tuple[float, float]:
    return float(cloud[:, axis].min()), float(cloud[:, axis].max())


@given(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=1, max_size=10))
def test_clipping_keeps_just_what_lies_inside(rows: list[tuple[float, float, float, float]]) -> None:
    window = Window(1.0, -2.0, 5.0)
    table = np.array(rows)
    starts, ends = table[:, :2], table[:, 2:]
    kept_starts, kept_ends = clip_segments(starts, ends, window)
    assert window_distance(window, np.vstack([kept_starts, kept_ends, [[1.0, -2.0]]])) <= 1e-9
    # The length inside equals the share of densely sampled points inside.
    along = (np.arange(4000) + 0.5) / 4000
    for start, end in zip(starts, ends, strict=True):
        samples = start + along[:, None] * (end - start)
        one_start, one_end = clip_segments(start[None], end[None], window)
        length = float(np.linalg.norm(one_end - one_start, axis=1).sum())
        whole = float(np.linalg.norm(end - start))
        if whole > 0:
            assert abs(length - whole * float(window.contains(samples).mean())) <= whole * 2e-3


def window_distance(window: Window, points: np.ndarray) -> float:
    return float((np.abs(points - [window.x, window.y]) - window.half).max())


def test_clipping_treats_segments_on_and_beside_an_edge() -> None:
    window = Window(0.0, 0.0, 1.0)
    starts = np.array([[-2.0, 1.0], [-2.0, 1.5], [0.0, 0.0], [0.0, -3.0]])
    ends = np.array([[2.0, 1.0], [2.0, 1.5], [0.0, 0.0], [0.0, 3.0]])
    kept_starts, kept_ends = clip_segments(starts, ends, window)
    assert np.allclose(np.stack([kept_starts[0], kept_ends[0]]), [[-1.0, 1.0], [1.0, 1.0]])
    assert np.allclose(np.stack([kept_starts[-1], kept_ends[-1]]), [[0.0, -1.0], [0.0, 1.0]])
    assert not np.any(kept_starts[:, 1] == 1.5)


def test_grid_lines_span_the_window() -> None:
    lines = grid_lines(Window(0.0, 0.0, 1.0), 0.5)
    assert lines.shape == (10, 2, 2)
    assert np.allclose(lines[:5, 0, 1], -1.0)
    assert np.allclose(lines[:5, :, 0], np.linspace(-1, 1, 5)[:, None])
    assert np.allclose(lines[5:, :, 1], np.linspace(-1, 1, 5)[:, None])


def test_cut_lines_get_a_corner_at_every_crossing_and_nowhere_else() -> None:
    lines = np.array([[[-2.0, 0.0], [2.0, 0.0]], [[-2.0, 3.0], [2.0, 3.0]]])
    segments = np.array([[[1.0, -1.0], [1.0, 1.0]], [[-1.0, 0.5], [-1.0, 2.0]], [[0.0, -1.0], [1.0, 1.0]]])
    first, second = cut_lines(lines, segments)
    assert np.allclose(first, [[-2, 0], [0.5, 0], [1, 0], [2, 0]])
    assert np.allclose(second, lines[1])


def test_dashes_have_their_length_and_the_last_one_what_is_left() -> None:
    starts, ends = dash_segments(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]]), 0.3, 0.1)
    assert np.allclose(starts[:, 1], [0.0, 0.4, 0.8])
    assert np.allclose(ends[:, 1], [0.3, 0.7, 1.0])
    assert len(dash_segments(np.zeros((1, 2)), np.zeros((1, 2)), 0.3, 0.1)[0]) == 0
    with pytest.raises(ValueError, match="dashes"):
        dash_segments(starts, ends, 0.0, 0.1)


def test_a_clipped_polygon_and_its_complement_make_the_whole() -> None:
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    normal, offset = np.array([1.0, 2.0]), -3.0
    parts = [clip_polygon(square, sign * normal, sign * offset) for sign in (1, -1)]
    assert np.isclose(area(parts[0]) + area(parts[1]), 4.0)
    assert np.isclose(area(parts[1]), 1.0 + 1.0)
    assert clip_polygon(square, normal, -100.0).shape == (0, 2)


def test_sectors_hold_the_points_of_their_direction() -> None:
    angles = np.pi / 2 + 2 * np.pi * np.arange(3) / 3
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    window = Window(0.5, -0.3, 2.0)
    sectors = sector_polygons(window, directions)
    assert np.isclose(sum(map(area, sectors)), 16.0)
    for k, sector in enumerate(sectors):
        inside = sector.mean(axis=0)
        assert np.argmax(directions @ inside) == k


@pytest.mark.parametrize("classes", [2, 3, 4, 7])
def test_borders_lie_half_way_between_neighbouring_prototypes(classes):
    angles = np.pi / 2 + 2 * np.pi * (np.arange(classes) + 0.5) / classes
    expected = np.column_stack([np.cos(angles), np.sin(angles)])
    apart = np.linalg.norm(sector_borders(prototypes(classes))[:, None] - expected, axis=2)
    assert apart.shape == (classes, classes)
    assert (apart.min(axis=0) < 1e-12).all()
    assert (apart.min(axis=1) < 1e-12).all()


@given(arrays(np.float64, (4, 2), elements=st.floats(-3, 3).map(lambda number: round(number, 3))))
def test_points_beside_a_border_belong_to_two_sectors(directions):
    for ray in sector_borders(directions):
        products = directions @ ray
        winners = np.flatnonzero(products >= products.max() - 1e-9)
        assert len(winners) >= 2
        assert np.linalg.norm(ray) == pytest.approx(1.0)


def test_a_window_need_not_hold_the_origin():
    points = np.array([[100.0, 50.0], [102.0, 51.0]])
    near = fit_window(points, origin=False)
    assert near.half < 3 < fit_window(points).half
    assert near.contains(points).all()


def test_a_point_on_the_edge_is_inside_up_to_rounding():
    window = Window(0.1, 0.2, 0.3)
    assert window.contains(np.array([[0.1 + 0.3, 0.2 - 0.3]])).all()
    assert not window.contains(np.array([[0.1 + 0.3001, 0.2]])).any()


def test_the_square_of_a_grid_that_holds_a_point() -> None:
    assert grid_square(np.array([0.7, -0.2]), 0.5).tolist() == [[0.5, -0.5], [1.0, -0.5], [1.0, 0.0], [0.5, 0.0]]


@pytest.mark.parametrize(("span", "wanted"), [(2.7, 0), (1.7, 1), (27.0, 0), (0.05, 2), (0.26, 1), (1.0, 1), (4.0, 0)])
def test_axis_numbers_have_the_decimals_of_their_step(span: float, wanted: int) -> None:
    assert tick_decimals(span) == wanted
