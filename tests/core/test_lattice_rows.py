"""A row of two weights among its levels: its errors, its ellipse and the ways of GPTQ, against plain recomputation."""

import itertools

import numpy as np
import pytest

from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.lattice_rows import LatticeRow, lattice_rows


def random_network(seed: int, widths: tuple[int, ...] = (2, 2, 2, 2)) -> tuple[ReluNetwork, np.ndarray]:
    rng = np.random.default_rng(seed)
    weights = tuple(rng.normal(size=(out, into)) for into, out in itertools.pairwise(widths))
    net = ReluNetwork(weights, tuple(rng.normal(1.0, 0.5, size=len(weight)) for weight in weights))
    return net, rng.normal(size=(200, widths[0]))


def rows_of(seed: int, bits: int = 3) -> tuple[ReluNetwork, np.ndarray, tuple[LatticeRow, ...]]:
    net, points = random_network(seed)
    return net, points, lattice_rows(net, UniformQuantizer(bits), points)


@pytest.fixture(scope="module")
def found() -> list[tuple[ReluNetwork, np.ndarray, tuple[LatticeRow, ...]]]:
    cases = []
    for seed in range(60):
        try:
            cases.append(rows_of(seed))
        except ValueError:
            continue
    assert len(cases) > 20
    return cases


def test_an_error_is_the_root_mean_square_of_what_the_output_moves(found) -> None:
    for net, points, rows in found:
        activations = net.activations(points)
        for row in rows:
            weight = net.weights[row.layer - 1]
            scale = np.abs(weight).max() / 3
            for codes in (row.nearest, row.best, row.forward, row.backward):
                moved = activations[row.layer - 1] @ (scale * codes - weight[row.unit])
                assert row.error(codes) == pytest.approx(np.sqrt(np.mean(moved**2)), rel=1e-9)


def test_every_row_of_every_layer_is_there_in_order(found) -> None:
    for _, _, rows in found:
        assert [(row.layer, row.unit) for row in rows] == [(layer, unit) for layer in (1, 2, 3) for unit in (0, 1)]


def test_the_best_level_is_the_best_of_all_and_the_nearest_is_nearest(found) -> None:
    for _, _, rows in found:
        for row in rows:
            grid = [np.array(codes) for codes in itertools.product(range(-3, 4), repeat=2)]
            assert row.error(row.best) == pytest.approx(min(row.error(codes) for codes in grid), rel=1e-9)
            near = min(np.linalg.norm(codes - row.weight) for codes in grid)
            assert row.distance == pytest.approx(near, abs=1e-12)
            assert row.moves == bool((row.best != row.nearest).any())
            assert row.gain == pytest.approx(row.error(row.nearest) / row.error(row.best))


def test_all_of_an_ellipse_has_its_error(found) -> None:
    turns = np.linspace(0.0, 2 * np.pi, 40, endpoint=False)
    for row in found[0][2]:
        curve = row.ellipse(0.7, turns)
        assert [row.error(place) for place in curve] == pytest.approx([0.7] * 40)
        angles = np.unwrap(np.arctan2(*(curve - row.weight).T[::-1]))
        assert (np.diff(angles) > 0).all()
        assert np.cos(angles[0] - row.costly - np.pi / 2) == pytest.approx(1.0)
        assert np.linalg.norm(curve - row.weight, axis=1).argmax() in (0, 20)


def test_the_output_feels_most_along_one_direction_and_least_across_it(found) -> None:
    for _, _, rows in found:
        for row in rows:
            around = np.linspace(0.0, 2 * np.pi, 721)
            ring = row.weight + row.distance * np.column_stack([np.cos(around), np.sin(around)])
            errors = [row.error(place) for place in ring]
            way = row.distance * np.array([np.cos(row.costly), np.sin(row.costly)])
            assert -np.pi / 2 <= row.costly <= np.pi / 2
            assert row.error(row.weight + way) == pytest.approx(max(errors), rel=1e-3)
            assert min(errors) * 0.99 <= row.error(row.across) <= min(errors) * (1 + 1e-9)
            assert np.linalg.norm(row.across - row.weight) == pytest.approx(row.distance)
            assert row.error(row.across) <= row.error(row.best) + 1e-12  # the traced ellipse holds no level


@pytest.mark.parametrize("first", [0, 1])
def test_gptq_rounds_one_weight_shifts_the_other_to_the_least_error_and_rounds_it(found, first: int) -> None:
    other = 1 - first
    for _, _, rows in found:
        for row in rows:
            start, rounded, shifted, landed = row.passed_on(first)
            np.testing.assert_array_equal(start, row.weight)
            assert rounded[first] == np.clip(np.rint(row.weight[first]), -3, 3)
            assert rounded[other] == row.weight[other]
            assert shifted[first] == rounded[first]
            tried = np.tile(rounded, (2001, 1))
            tried[:, other] = shifted[other] + np.linspace(-1, 1, 2001)
            assert np.argmin([row.error(place) for place in tried]) == 1000
            assert landed[other] == np.clip(np.rint(shifted[other]), -3, 3)
            np.testing.assert_array_equal(landed, (row.forward, row.backward)[first])


def test_a_scale_for_each_row_counts_its_own_steps() -> None:
    net, points = random_network(1)
    for row in lattice_rows(net, UniformQuantizer(3, per_channel=True), points):
        assert np.abs(row.weight).max() == pytest.approx(3.0)


def test_a_row_of_zeros_with_a_scale_of_its_own_is_left_out() -> None:
    net, points = random_network(1)
    weights = (net.weights[0], net.weights[1], np.array([[0.0, 0.0], [1.0, -0.3]]))
    rows = lattice_rows(ReluNetwork(weights, net.biases), UniformQuantizer(3, per_channel=True), points)
    assert [(row.layer, row.unit) for row in rows] == [(1, 0), (1, 1), (2, 0), (2, 1), (3, 1)]


def test_what_cannot_be_drawn_is_refused_by_its_layer() -> None:
    net, points = random_network(0, (2, 3, 2))
    with pytest.raises(ValueError, match="layer 2 has 3 inputs: only a row of two weights is a point in a plane"):
        lattice_rows(net, UniformQuantizer(3), points)
    net, points = random_network(0)
    flat = np.outer(np.linspace(-1, 1, 50), [1.0, 2.0])
    with pytest.raises(ValueError, match="the inputs of layer 1 lie nearly on one line"):
        lattice_rows(net, UniformQuantizer(3), flat)
    plain = (np.eye(2), np.eye(2), np.eye(2))
    dead = ReluNetwork(plain, (np.ones(2), np.array([-100.0, 1.0]), np.zeros(2)))
    with pytest.raises(ValueError, match="the inputs of layer 3 lie nearly on one line"):
        lattice_rows(dead, UniformQuantizer(3), points)
