"""The folded sheet of one output: a case by hand, random networks, and an independent look at what hides what."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.analysis.sheets import (
    LIGHT,
    Sheet,
    back_to_front,
    seen_extent,
    shades,
    sheet_over,
)
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.projection import Projection
from quantization_story.partition import partition, refine
from small_networks import he_network, networks, reach

BOX = (-2.0, 2.0, -2.0, 2.0)


def ramp(bias: float = 0.0) -> ReluNetwork:
    """The network max(x + bias, 0) of two inputs (x, y)."""
    return ReluNetwork((np.array([[1.0, 0.0]]), np.array([[1.0]])), (np.array([bias]), np.zeros(1)))


def stripes() -> ReluNetwork:
    """A network with four creases, x = -1.5, -0.5, 0.5, 1.5, and the output y."""
    first = np.array([[1.0, 0.0]] * 4 + [[0.0, 1.0], [0.0, -1.0]])
    return ReluNetwork(
        (first, np.array([[0.0] * 4 + [1.0, -1.0]])), (np.array([1.5, 0.5, -0.5, -1.5, 9.0, 9.0]), np.zeros(1))
    )


def inside(polygon: np.ndarray, point: np.ndarray) -> bool:
    """Whether a point lies well inside a convex polygon (k, 2), whichever way round it goes."""
    edge, to = np.roll(polygon, -1, axis=0) - polygon, point - polygon
    turn = edge[:, 0] * to[:, 1] - edge[:, 1] * to[:, 0]
    return bool((turn > 1e-7).all() or (turn < -1e-7).all())


def pieces(sheet: Sheet, relief: float) -> list[np.ndarray]:
    return np.split(sheet.lifted(relief), np.cumsum(sheet.cells.counts)[:-1])


def test_the_sheet_of_a_ramp_by_hand() -> None:
    sheet = sheet_over(partition(ramp(), BOX), 0)
    assert sorted(map(tuple, sheet.slopes.tolist())) == [(0.0, 0.0), (1.0, 0.0)]
    assert sheet.value_range == (0.0, 2.0)
    assert sheet.value([[-1.0, 1.0], [1.5, -1.0]]) == pytest.approx([0.0, 1.5])
    steep = int(np.argmax(sheet.slopes[:, 0]))
    assert sheet.normals()[steep] == pytest.approx([-np.sqrt(0.5), 0.0, np.sqrt(0.5)])
    assert sheet.normals(2.0)[steep] == pytest.approx(np.array([-2.0, 0.0, 1.0]) / np.sqrt(5.0))
    assert sheet.normals(2.0)[1 - steep] == pytest.approx([0.0, 0.0, 1.0])
    lifted = sheet.lifted(relief=3.0, base=-1.0)
    assert lifted[:, 2] == pytest.approx(3.0 * (np.maximum(lifted[:, 0], 0.0) + 1.0))


@given(networks(inputs=2), st.integers(0, 10**6))
def test_the_sheet_is_the_output_of_the_network(net: ReluNetwork, seed: int) -> None:
    x = np.random.default_rng(seed).uniform(-2, 2, (60, 2))
    cells = partition(net, BOX)
    slack = 1e-9 * reach(net, x)
    for output in range(net.widths[-1]):
        sheet = sheet_over(cells, output)
        assert sheet.value(x) == pytest.approx(net(x)[:, output], abs=slack)
        # Corners that several facets share lie at one height: the sheet has folds, no tears.
        assert sheet.values == pytest.approx(net(sheet.corners)[:, output], abs=slack)


def test_the_sheet_of_a_refinement_is_that_of_the_network_asked_for(net: ReluNetwork) -> None:
    quantized = net.quantized(UniformQuantizer(3))
    cells = refine(net, quantized, BOX)
    x = np.random.default_rng(0).uniform(-2, 2, (200, 2))
    for number, each in enumerate((net, quantized)):
        assert sheet_over(cells, 2, number).value(x) == pytest.approx(each(x)[:, 2], abs=1e-10)


def test_bad_asks_are_refused() -> None:
    cells = partition(ramp(), BOX)
    for output in (1, -1):
        with pytest.raises(ValueError, match="has the outputs 0 to 0"):
            sheet_over(cells, output)
    with pytest.raises(ValueError, match="1 of 2 points lie outside"):
        sheet_over(cells, 0).value([[0.0, 0.0], [2.1, 0.0]])


def test_what_faces_the_light_is_brightest_and_both_sides_are_lit() -> None:
    view = Projection.turned(0.7, 0.5)
    facing = LIGHT @ view.rotation
    normals = np.vstack([facing, -facing, np.random.default_rng(0).normal(size=(200, 3))])
    bright = shades(view, normals / np.linalg.norm(normals, axis=1, keepdims=True))
    assert bright[:2] == pytest.approx([1.0, 1.0])
    assert (bright >= 0).all()
    assert (bright[2:] < 1).all()


def test_the_extent_holds_all_that_is_seen() -> None:
    points = np.random.default_rng(2).normal(size=(30, 3))
    views = [Projection.turned(a, 0.6) for a in (0.0, 0.4)]
    low, high = seen_extent(points, views)
    every = np.vstack([points @ view.rotation[:2].T for view in views])
    assert (low == every.min(axis=0)).all()
    assert (high == every.max(axis=0)).all()


def test_stripes_are_painted_from_the_far_side() -> None:
    cells = partition(stripes(), BOX)
    assert len(cells) == 5
    for sign in (1.0, -1.0):
        order = back_to_front(cells, [sign, 0.2])
        assert (np.diff(sign * cells.centroids[order, 0]) < 0).all()


@given(networks(inputs=2, min_depth=2), st.floats(0, 7), st.integers(0, 10**6))
def test_no_cell_is_painted_after_one_that_is_nearer_on_a_line_of_sight(
    net: ReluNetwork, azimuth: float, seed: int
) -> None:
    cells, away = partition(net, BOX), np.array([np.cos(azimuth), np.sin(azimuth)])
    order = back_to_front(cells, away)
    assert sorted(order.tolist()) == list(range(len(cells)))
    turn = np.empty(len(cells), dtype=int)
    turn[order] = np.arange(len(cells))
    rng = np.random.default_rng(seed)
    near = rng.uniform(-2, 2, (200, 2))
    far = near + rng.uniform(0, 3, (200, 1)) * away
    kept = np.abs(far).max(axis=1) <= 2
    first, second = cells.locate(near[kept]), cells.locate(far[kept])
    # Cells that are mere slivers may be met within rounding of each other.
    clear = (cells.areas[first] > 1e-6) & (cells.areas[second] > 1e-6)
    assert (turn[second] <= turn[first])[clear].all()


@pytest.mark.parametrize("seed", range(4))
def test_the_last_facet_painted_over_a_place_is_the_nearest_one_there(seed: int) -> None:
    # A steep sheet, seen from low down, hides itself in places; what is seen must be what a ray of sight meets first.
    sheet = sheet_over(partition(he_network((2, 4, 3, 1), seed), BOX), 0)
    relief, hidden = 8.0, 0
    facets, normals = pieces(sheet, relief), sheet.normals(relief)
    for azimuth in (0.4, 2.0, 3.6, 5.2):
        view = Projection.turned(azimuth, 0.25)
        order = back_to_front(sheet.cells, view.rotation[1, :2])
        outlines = [view.flat(facet) for facet in facets]
        right, up, near = view.rotation
        for place in np.random.default_rng(seed).uniform(*seen_extent(np.vstack(facets), [view]), (100, 2)):
            there = [cell for cell in order if inside(outlines[cell], place)]
            # How near the point right * place[0] + up * place[1] + near * d of each facet's plane is.
            ways = [facets[cell][0] - place[0] * right - place[1] * up for cell in there]
            depth = [float(normals[cell] @ way / (normals[cell] @ near)) for cell, way in zip(there, ways, strict=True)]
            assert not depth or depth[-1] >= max(depth) - 1e-6
            hidden += len(there) > 1
    assert hidden > 0  # there was something to decide
