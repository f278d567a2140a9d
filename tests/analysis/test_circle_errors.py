"""The error along a circle, cut into arcs: against sampling, quadrature and the singular values of dense samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from quantization_story.analysis.circle_errors import (
    CircleError,
    circle_around,
    circle_error,
    directions_needed,
    spectrum,
    typical_radius,
    without_directions,
)
from quantization_story.common import ReluNetwork, UniformQuantizer, decompose_error
from small_networks import he_network, networks, reach

KINDS = ("total", "metric", "topological")
ANGLES = 2 * np.pi * (np.arange(5000) + 0.37) / 5000
CIRCLE = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])


@pytest.fixture
def pair(net: ReluNetwork) -> tuple[ReluNetwork, ReluNetwork]:
    return net, net.quantized(UniformQuantizer(3))


@pytest.fixture
def error(pair: tuple[ReluNetwork, ReluNetwork]) -> CircleError:
    return circle_error(*pair, 1.4)


def gate() -> tuple[ReluNetwork, ReluNetwork]:
    """max(x, 0) and max(x + 1/2, 0): on the unit circle the patterns differ between cos t = 0 and cos t = -1/2."""
    weights = (np.array([[1.0, 0.0]]), np.array([[1.0]]))
    return ReluNetwork(weights, (np.zeros(1), np.zeros(1))), ReluNetwork(weights, (np.array([0.5]), np.zeros(1)))


def test_one_gate_by_hand() -> None:
    error = circle_error(*gate(), 1.0)
    assert error.bounds == pytest.approx(np.pi * np.array([0, 1 / 2, 2 / 3, 4 / 3, 3 / 2, 2]))
    assert error.crossed.tolist() == [False, True, False, True, False]
    assert error.crossed_share == pytest.approx(1 / 6)
    # On the right both gates are open: the error is 1/2. In the strips f is 0, its gate held shut leaves e_metric = 0.
    assert error.errors([0.1, np.pi], "metric")[:, 0] == pytest.approx([0.5, 0.0])
    assert error.errors([0.6 * np.pi], "topological")[0, 0] == pytest.approx(np.cos(0.6 * np.pi) + 0.5)
    assert error.energy("metric") == pytest.approx(0.25 / 2)
    # The metric part jumps by 1/2 where the float gate switches; the topological part jumps back, and then fades out.
    assert error.metric_jumps == 2
    assert error.jumps("metric") == pytest.approx([0.5, 0, 0, 0.5, 0])
    assert error.jumps("topological") == pytest.approx([0.5, 0, 0, 0.5, 0])


@given(networks(inputs=2), st.sampled_from([2, 3, 4]), st.sampled_from([0.3, 1.0, 2.5]), st.data())
def test_every_point_of_the_circle_has_the_error_of_the_decomposition(net, bits, radius, data) -> None:
    quantized = net.quantized(UniformQuantizer(bits))
    layer = data.draw(st.integers(1, net.depth))
    center = data.draw(st.sampled_from([(0.0, 0.0), (0.7, -1.1)]))
    error = circle_error(net, quantized, radius, layer, center)
    x = radius * CIRCLE + center
    sampled = decompose_error(net, quantized, x, layer)
    scale = reach(net, x)
    # Within rounding of a switch a gate may go either way.
    near = np.abs(ANGLES[:, None] - error.bounds).min(axis=1) < 1e-6
    for kind, exact in zip(KINDS, (sampled.total, sampled.metric, sampled.topological), strict=True):
        assert np.abs(error.errors(ANGLES, kind) - exact)[~near] == pytest.approx(0.0, abs=1e-9 * scale), kind
    assert error.values(ANGLES)[~near] == pytest.approx(net.pre_activations(x)[layer - 1][~near], abs=1e-9 * scale)
    assert error.bounds[[0, -1]] == pytest.approx([0.0, 2 * np.pi])
    assert (np.diff(error.bounds) > 0).all()
    assert error.jumps("total") == pytest.approx(0.0, abs=1e-7 * scale)
    assert error.jumps("metric") == pytest.approx(error.jumps("topological"), abs=1e-7 * scale)


def test_where_nothing_crossed_there_is_no_topological_error(error: CircleError) -> None:
    assert error.crossed.any()
    assert np.abs(error.topological[~error.crossed]).max() < 1e-12
    assert np.abs(error.topological[error.crossed]).max() > 1e-3


def test_patterns_differ_exactly_on_the_crossed_arcs(pair: tuple[ReluNetwork, ReluNetwork], error: CircleError) -> None:
    same = decompose_error(*pair, 1.4 * CIRCLE).same_pattern
    assert (error.crossed[error.arc_at(ANGLES)] == ~same).all()
    assert error.crossed_share == pytest.approx((~same).mean(), abs=1e-3 * len(error.crossed))


def test_energies_agree_with_quadrature_and_add_up(error: CircleError) -> None:
    for kind in KINDS:
        parts = (
            quad(lambda t, kind=kind: float(np.sum(error.errors([t], kind) ** 2)), low + 1e-12, high - 1e-12)[0]
            for low, high in zip(error.bounds[:-1], error.bounds[1:], strict=True)
        )
        assert error.energy(kind) == pytest.approx(sum(parts) / (2 * np.pi), rel=1e-6)
    metric, topological, cross = error.energy_shares
    assert metric + topological + cross == pytest.approx(1.0)
    inner = 2 * np.mean(np.sum(error.errors(ANGLES, "metric") * error.errors(ANGLES, "topological"), axis=1))
    assert cross == pytest.approx(inner / error.energy("total"), abs=1e-3)


def test_directions_are_the_singular_ones_of_a_dense_sample(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    error = circle_error(*pair, 1.4, layer=2)
    shares, directions = error.directions("metric")
    _, singular, rows = np.linalg.svd(error.errors(ANGLES, "metric"), full_matrices=False)
    assert shares == pytest.approx(singular**2 / np.sum(singular**2), abs=2e-3)
    assert abs(directions[0] @ rows[0]) == pytest.approx(1.0, abs=1e-3)
    assert directions @ directions.T == pytest.approx(np.eye(len(directions)), abs=1e-12)
    assert error.share_within("metric", directions[:2]) == pytest.approx(shares[:2].sum())
    assert error.share_within("topological", directions) == pytest.approx(1.0)
    values = np.linalg.svd(error.values(ANGLES), compute_uv=False) ** 2
    assert error.directions("value")[0] == pytest.approx(values / values.sum(), abs=2e-3)


def test_the_first_layer_has_only_metric_error_of_rank_two(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    error = circle_error(*pair, 1.4, layer=1)
    assert len(error.crossed) == 1
    assert error.energy_shares == pytest.approx((1.0, 0.0, 0.0))
    assert error.directions()[0][2:] == pytest.approx(0.0, abs=1e-12)


def test_pieces_keep_the_jumps(error: CircleError) -> None:
    pieces = error.pieces("metric", 0.1)
    assert len(pieces) == len(error.crossed)
    for (angles, values), start, end in zip(pieces, error.bounds[:-1], error.bounds[1:], strict=True):
        assert angles[[0, -1]] == pytest.approx([start, end])
        assert np.diff(angles).max() <= 0.1 + 1e-12
        assert values[1:-1] == pytest.approx(error.errors(angles[1:-1], "metric"))
    ends = np.array([values[-1] for _, values in pieces])
    starts = np.array([values[0] for _, values in pieces])
    assert np.linalg.norm(np.roll(starts, -1, axis=0) - ends, axis=1) == pytest.approx(error.jumps("metric"), abs=1e-9)


def test_the_widest_split_spans_the_largest_triangle() -> None:
    # Along the circle e_metric = (1, 0) throughout, and e_topo = (0, sin t) on the upper half: widest at t = pi / 2.
    maps = np.zeros((2, 2, 3))
    metric, topological = maps.copy(), maps.copy()
    metric[:, 0, 2], topological[0, 1, 1] = 1.0, 1.0
    error = CircleError(np.array([0.0, np.pi, 2 * np.pi]), maps, metric, topological, np.array([True, False]))
    angles = np.linspace(0.0, 2 * np.pi, 9)
    assert error.widest_split(angles) == pytest.approx(np.pi / 2)
    # Parallel parts span none: then it is where the error is largest.
    topological[:] = 0.0
    metric[:, 0] = [-1.0, 0.0, 1.0]
    flat = CircleError(error.bounds, maps, metric, topological, np.array([False, False]))
    assert flat.widest_split(angles) == pytest.approx(np.pi)


def test_equal_networks_have_no_error(net: ReluNetwork) -> None:
    error = circle_error(net, net, 1.0)
    assert error.energy("total") == 0.0
    assert error.energy_shares == (0.0, 0.0, 0.0)
    assert error.directions()[0].tolist() == [0.0] * 3
    assert error.share_within("metric", np.eye(3)) == 0.0
    assert error.metric_jumps == 0


def test_bad_circles_are_named(net: ReluNetwork) -> None:
    with pytest.raises(ValueError, match="radius of the circle: 0"):
        circle_error(net, net, 0)
    with pytest.raises(ValueError, match="lies in a plane"):
        circle_error(he_network((3, 2), 0), he_network((3, 2), 0), 1.0)
    with pytest.raises(ValueError, match="span no circle"):
        typical_radius(np.ones((4, 2)), (1.0, 1.0))


def test_the_typical_radius_is_the_root_mean_square() -> None:
    assert typical_radius([[3.0, 4.0], [0.0, 1.0]]) == pytest.approx(np.sqrt(13.0))
    assert typical_radius([[4.0, 1.0]], (1.0, -3.0)) == pytest.approx(5.0)
    assert circle_around((1.0, 2.0), 2.0, 4).points == pytest.approx(np.array([[3, 2], [1, 4], [-1, 2], [1, 0]]))


def test_shares_of_a_matrix_and_how_many_hold_most() -> None:
    assert spectrum(np.diag([1.0, 3.0])) == pytest.approx([0.9, 0.1])
    assert spectrum(np.zeros((2, 2))).tolist() == [0.0, 0.0]
    for goal, needed in ((0.5, 1), (0.9, 1), (0.95, 2), (1.0, 2)):
        assert directions_needed([0.9, 0.1, 0.0], goal) == needed
    with pytest.raises(ValueError, match="share to hold"):
        directions_needed([1.0], 0.0)


def test_directions_are_taken_away_one_by_one() -> None:
    errors, axes = np.array([[3.0, 4.0, 5.0]]), np.eye(3)[[2, 0]]
    for count, left in ((0, [3, 4, 5]), (1, [3, 4, 0]), (1.5, [1.5, 4, 0]), (9, [0, 4, 0])):
        assert without_directions(errors, axes, count)[0] == pytest.approx(left)


@pytest.mark.parametrize(("jump", "counted"), [(1e-6, 2), (1e-12, 0)])
def test_a_jump_counts_from_well_above_rounding_on(jump: float, counted: int) -> None:
    maps = np.zeros((2, 1, 3))
    maps[1, 0, 2] = jump
    error = CircleError(np.array([0.0, np.pi, 2 * np.pi]), np.ones((2, 1, 3)), maps, -maps, np.array([False, True]))
    assert error.metric_jumps == counted
