"""The strips in which patterns change, and the walk through one: a case by hand, and random networks."""

import numpy as np
import pytest
from scipy.optimize import linprog

from quantization_story.analysis.strips import (
    StripWalk,
    along_maps,
    between,
    changed_share,
    ray_length,
    sliding_refinement,
    strip_walks,
)
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.affine import AffineMap
from quantization_story.partition import refine
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


def ramp(bias: float) -> ReluNetwork:
    """The network max(x + bias, 0) of two inputs (x, y)."""
    return ReluNetwork((np.array([[1.0, 0.0]]), np.array([[1.0]])), (np.array([bias]), np.zeros(1)))


@pytest.fixture(params=range(6))
def pair(request: pytest.FixtureRequest) -> tuple[ReluNetwork, ReluNetwork]:
    net = he_network((2, 3, 3, 2), seed=request.param)
    return net, net.quantized(UniformQuantizer(3))


def test_the_walk_through_the_strip_of_two_ramps_by_hand() -> None:
    # max(x, 0) and max(x + 1, 0): the patterns differ for -1 < x < 0. With the map 2 y + 1 after the second.
    cells = refine(ramp(0.0), ramp(1.0), BOX)
    transport = AffineMap(np.array([[2.0]]), np.ones(1))
    ((number, walk),) = strip_walks(cells, np.array([[1.0, 1.0], [-0.5, 0.25]]), transport)
    assert number == 1
    assert walk.direction.tolist() == [1.0, 0.0]
    assert walk.start == pytest.approx([-2.0, 0.25])
    assert walk.corners == pytest.approx([0.0, 1.0, 2.0, 3.0])  # as long as the strip at either side
    assert walk.exact == pytest.approx([0.0, 0.0, 0.0, 1.0])
    assert walk.mapped == pytest.approx([1.0, 1.0, 3.0, 5.0])
    assert walk.slopes == pytest.approx((0.0, 1.0))
    assert walk.bends == pytest.approx((1.0, 2.0))
    assert walk.least_miss == pytest.approx(1.0 * 1.0 * 1.0 / (2 * 2.0))
    assert walk.inputs([2.0])[0] == pytest.approx([0.0, 0.25])


def test_a_walk_needs_room_on_both_sides_and_an_angle_that_crosses() -> None:
    cells = refine(ramp(0.0), ramp(1.0), BOX)
    still, inside = AffineMap.identity(1), np.array([[-0.5, 0.0]])
    assert strip_walks(cells, inside, still, least=1.0)
    assert not strip_walks(cells, inside, still, least=1.01)
    narrow = refine(ramp(0.0), ramp(1.0), (-1.5, 2.0, -2.0, 2.0))  # half a width before the strip, two beyond it
    assert strip_walks(narrow, inside, still, least=0.5)
    assert not strip_walks(narrow, inside, still, least=0.6)
    assert not strip_walks(cells, inside, still, angle=np.pi / 2)
    assert len(strip_walks(cells, inside, still, angle=np.pi)) == 1
    assert not strip_walks(cells, np.array([[9.0, 0.0]]), still)


def test_where_nothing_changes_there_is_no_walk(net: ReluNetwork) -> None:
    points = np.random.default_rng(0).uniform(-2, 2, (50, 2))
    assert strip_walks(refine(net, net, BOX), points, AffineMap.identity(net.widths[-1])) == []


def walks(pair: tuple[ReluNetwork, ReluNetwork]) -> list[StripWalk]:
    points = np.random.default_rng(0).uniform(-2, 2, (1200, 2))
    rng = np.random.default_rng(1)
    transport = AffineMap(rng.normal(size=(2, 2)), rng.normal(size=2))
    cells = refine(*pair, BOX)
    found = [walk for angle in (0.0, 1.0, 2.0) for _, walk in strip_walks(cells, points, transport, angle, least=0.1)]
    assert len(found) > 5
    return found


def test_along_every_walk_float_bends_at_its_own_crease_alone_and_rounded_at_the_other(
    pair: tuple[ReluNetwork, ReluNetwork],
) -> None:
    net, quantized = pair
    rng = np.random.default_rng(1)
    transport = AffineMap(rng.normal(size=(2, 2)), rng.normal(size=2))
    for walk in walks(pair):
        s = np.linspace(0.0, walk.corners[-1], 60)
        x = walk.inputs(s)
        assert net(x)[:, walk.output] == pytest.approx(np.interp(s, walk.corners, walk.exact), abs=1e-5)
        assert transport(quantized(x))[:, walk.output] == pytest.approx(
            np.interp(s, walk.corners, walk.mapped), abs=1e-5
        )
        exact, mapped = (np.diff(values) / np.diff(walk.corners) for values in (walk.exact, walk.mapped))
        assert exact[0] == pytest.approx(exact[1], abs=1e-6)
        assert mapped[1] == pytest.approx(mapped[2], abs=1e-6)
        differ = (net.activation_patterns(x) != quantized.activation_patterns(x)).sum(axis=1)
        assert (differ == ((s > walk.corners[1]) & (s < walk.corners[2]))).mean() > 0.95


def test_no_ruler_gets_below_the_least_miss_and_one_reaches_it(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    for walk in walks(pair):
        s = np.linspace(walk.corners[1], walk.corners[3], 60)
        values = np.interp(s, walk.corners, walk.exact)
        # The best line c0 + c1 s for the largest distance r, by linear programming: minimise r, |c0 + c1 s - f| <= r.
        line, one = np.column_stack([np.ones_like(s), s - s[0]]), np.ones((len(s), 1))
        best = linprog(
            [0, 0, 1], np.block([[line, -one], [-line, -one]]), [*values, *-values], bounds=[(None, None)] * 3
        )
        assert best.fun <= walk.least_miss * (1 + 1e-6) + 1e-9
        assert best.fun >= 0.95 * walk.least_miss - 1e-9  # the corner lies between two of the places


def test_rulers_are_right_on_their_side_and_the_last_misses_alike_in_three_places(
    pair: tuple[ReluNetwork, ReluNetwork],
) -> None:
    for walk in walks(pair):
        given, beyond, strip, best = (walk.misses(ruler) for ruler in walk.rulers)
        scale = np.abs(walk.exact).max() + 1.0
        assert given == pytest.approx((walk.mapped - walk.exact)[1:], abs=1e-6 * scale)
        assert beyond[1:] == pytest.approx([0.0, 0.0], abs=1e-9 * scale)
        assert strip[:2] == pytest.approx([0.0, 0.0], abs=1e-9 * scale)
        assert np.abs(best) == pytest.approx(np.full(3, walk.least_miss), rel=1e-6, abs=1e-9 * scale)
        assert np.sign(best[0]) == np.sign(best[2]) == -np.sign(best[1])


def test_another_map_that_gives_a_ruler_keeps_the_shape_of_the_mapped_output(
    pair: tuple[ReluNetwork, ReluNetwork],
) -> None:
    for walk in walks(pair):
        assert walk.tilted(walk.rulers[0]) == pytest.approx(walk.mapped)
        for ruler in walk.rulers[1:]:
            tilted = walk.tilted(ruler)
            assert tilted[[1, 3]] == pytest.approx(ruler)
            slope, shift = np.polyfit(walk.mapped[1:], tilted[1:], 1)
            assert slope * walk.mapped + shift == pytest.approx(tilted, abs=1e-6 * (1 + np.abs(tilted).max()))
            part = (walk.corners[2] - walk.corners[1]) / (walk.corners[3] - walk.corners[1])
            assert tilted[2] == pytest.approx((1 - part) * ruler[0] + part * ruler[1], abs=1e-6)


def test_the_weights_slide_from_the_float_to_the_quantized_network(net: ReluNetwork) -> None:
    quantized = net.quantized(UniformQuantizer(3))
    for t, end in ((0.0, net), (1.0, quantized)):
        assert all((a == b).all() for a, b in zip(between(net, quantized, t).weights, end.weights, strict=True))
    half = between(net, quantized, 0.5)
    assert half.weights[1] == pytest.approx((net.weights[1] + quantized.weights[1]) / 2)
    with pytest.raises(ValueError, match=r"t = 1\.5"):
        between(net, quantized, 1.5)
    at = sliding_refinement(net, quantized, BOX)
    assert changed_share(at(0.0)) == 0.0
    assert changed_share(at(1.0)) == pytest.approx(refine(net, quantized, BOX).changed_area / 16.0)
    assert at(1.0) is at(1.0)


def test_changed_share_agrees_with_a_count_of_random_points(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    net, quantized = pair
    x = np.random.default_rng(2).uniform(-2, 2, (20000, 2))
    counted = (net.activation_patterns(x) != quantized.activation_patterns(x)).any(axis=1).mean()
    assert changed_share(refine(net, quantized, BOX)) == pytest.approx(counted, abs=0.015)


def test_a_ray_leaves_a_square_at_its_edge() -> None:
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    assert ray_length(square, np.array([0.5, 1.0]), np.array([1.0, 0.0])) == pytest.approx(1.5)
    assert ray_length(square, np.array([0.5, 1.0]), np.array([-0.6, 0.8])) == pytest.approx(0.5 / 0.6)
    assert ray_length(square, np.array([2.0, 1.0]), np.array([1.0, 0.0])) == 0.0


def test_blend_goes_along_the_maps() -> None:
    maps = [AffineMap(np.eye(2) * k, np.full(2, float(k))) for k in (1, 3, 4)]
    for at, factor in ((0, 1.0), (0.5, 2.0), (1, 3.0), (2, 4.0)):
        assert along_maps(maps, at).linear == pytest.approx(factor * np.eye(2))
        assert along_maps(maps, at).offset == pytest.approx([factor, factor])
    assert along_maps(maps[:1], 0).offset == pytest.approx([1.0, 1.0])
    with pytest.raises(ValueError, match="stops 0 to 2"):
        along_maps(maps, 2.5)
