"""The transport cell by cell: by hand, against independent fits and quadrature, and its properties."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import minimize

from quantization_story.analysis.cell_transport import (
    GroupFit,
    cell_map,
    cell_points,
    cells_of_region,
    corner_points,
    energy_ranks,
    fit_groups,
    fit_shift,
    invertible,
    kinked_regions,
    largest_gap,
    quantized_regions,
    representative_cell,
    segment_points,
    staggered,
)
from quantization_story.analysis.transport import partway
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.affine import AffineMap
from quantization_story.core.plane_geometry import Window, grid_lines
from quantization_story.networks import load_network
from quantization_story.partition import Refinement, partition, refine
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


def one_layer(weight: object, bias: object) -> ReluNetwork:
    return ReluNetwork((np.eye(2), np.asarray(weight, float)), (np.full(2, 9.0), np.asarray(bias, float)))


@pytest.fixture(params=range(4))
def cells(request: pytest.FixtureRequest) -> Refinement:
    net = he_network((2, 5, 4, 2), seed=request.param)
    return refine(net, net.quantized(UniformQuantizer(3)), BOX)


def test_the_map_of_a_cell_by_hand() -> None:
    # Hidden units x + 9 never switch here: f = 2 x + 18 + (1, 0), f_q = x + 9, so f = 2 f_q + (1, 0).
    cells = refine(one_layer(2 * np.eye(2), [1.0, 0.0]), one_layer(np.eye(2), [0.0, 0.0]), BOX)
    assert len(cells) == 1
    found = cell_map(cells, 0)
    assert np.allclose(found.linear, 2 * np.eye(2))
    assert np.allclose(found.offset, [1.0, 0.0])
    assert largest_gap(cells, 0, found) < 1e-12
    assert largest_gap(cells, 0, AffineMap.identity(2)) == pytest.approx(np.hypot(12.0, 11.0))


def test_a_flat_map_cannot_be_undone() -> None:
    cells = refine(one_layer(np.eye(2), [0.0, 0.0]), one_layer([[1.0, 1.0], [1.0, 1.0]], [0.0, 0.0]), BOX)
    assert invertible(cells).tolist() == [False]
    with pytest.raises(ValueError, match=r"cell 0: no exact transport .*rank 1"):
        cell_map(cells, 0)
    with pytest.raises(ValueError, match="none of 1 cells"):
        representative_cell(cells)


def test_in_every_cell_that_can_be_undone_its_map_is_exact_and_is_its_best_fit(cells: Refinement) -> None:
    own = fit_groups(cells, np.arange(len(cells)))
    undone = invertible(cells)
    assert undone.any()
    scale = np.abs(cells.net(np.concatenate(cells.polygons))).max()
    for cell in np.flatnonzero(undone):
        found = cell_map(cells, int(cell))
        assert largest_gap(cells, int(cell), found) < 1e-9 * scale * np.linalg.cond(found.linear)
    assert own.after[undone].sum() < 1e-12 * own.before.sum()


def test_more_maps_never_leave_more_and_all_beat_a_mere_shift(cells: Refinement) -> None:
    one = fit_groups(cells, np.zeros(len(cells), dtype=int))
    regions, own = fit_groups(cells, quantized_regions(cells)), fit_groups(cells, np.arange(len(cells)))
    shift, whole = fit_shift(cells), cells.error_energy()
    ladder = [own.left, regions.left, one.left, shift.left, whole]
    assert all(low <= high + 1e-9 * whole for low, high in pairwise(ladder))
    assert one.left < 0.999 * shift.left < shift.left < 0.999 * whole
    assert own.left < 0.5 * one.left
    assert (shift.free, one.free, own.free) == (2, 6, 6 * len(cells))
    assert one.left == pytest.approx(cells.residual(cells.fit_affine()).total)


def test_the_regions_are_those_of_the_quantized_network(cells: Refinement) -> None:
    number = quantized_regions(cells)
    alone = partition(cells.quantized, BOX)
    assert number.max() + 1 == len(alone)
    areas = np.bincount(number, cells.areas)
    assert np.sort(areas) == pytest.approx(np.sort(alone.areas), rel=1e-6, abs=1e-12)
    pieces = [len(np.unique(cells.patterns[number == region], axis=0)) for region in range(number.max() + 1)]
    assert 0 < kinked_regions(cells) <= sum(count > 1 for count in pieces)


def test_no_single_map_fits_a_region_across_a_kink() -> None:
    # max(x, 0) against x, which never bends: one region of the second lies across the boundary of the first.
    bend = ReluNetwork((np.eye(2), np.eye(2)), (np.array([0.0, 9.0]), np.array([0.0, -9.0])))
    flat = ReluNetwork((np.eye(2), np.eye(2)), (np.array([9.0, 9.0]), np.array([-9.0, -9.0])))
    cells = refine(bend, flat, BOX)
    assert kinked_regions(cells) == 1
    assert fit_groups(cells, np.arange(2)).left == pytest.approx(0.0, abs=1e-12)
    # The best line for max(x, 0) = x / 2 + |x| / 2 on [-2, 2] is x / 2 + 1 / 2, and the integral over the box of
    # (|x| / 2 - 1 / 2)^2 is 4 times 2 times the integral of (x / 2 - 1 / 2)^2 over [0, 2], which is 1 / 6.
    assert fit_groups(cells, quantized_regions(cells)).left == pytest.approx(4 * 2 / 6)


def test_a_boundary_without_a_kink_does_not_count() -> None:
    # The unit switches at x = 0, but nothing reads it: both sides have the same map.
    idle = ReluNetwork((np.eye(2), np.zeros((2, 2))), (np.array([0.0, 9.0]), np.ones(2)))
    flat = ReluNetwork((np.eye(2), np.eye(2)), (np.array([9.0, 9.0]), np.zeros(2)))
    cells = refine(idle, flat, BOX)
    assert len(cells) == 2
    assert quantized_regions(cells).tolist() == [0, 0]
    assert kinked_regions(cells) == 0


def test_the_best_shift_is_the_best_of_all_shifts(cells: Refinement) -> None:
    def left(shift: np.ndarray) -> float:
        return cells.residual(AffineMap(np.eye(2), shift)).total

    best = minimize(left, np.zeros(2), tol=1e-12)
    found = fit_shift(cells)
    assert found.maps[0].offset == pytest.approx(best.x, abs=1e-5)
    assert found.left == pytest.approx(best.fun, rel=1e-8)


@pytest.mark.parametrize("amount", [0.0, 0.3, 1.0])
def test_the_energy_on_the_way_is_the_integral_on_the_way(cells: Refinement, amount: float) -> None:
    for fit in (fit_groups(cells, np.zeros(len(cells), dtype=int)), fit_shift(cells)):
        exact = cells.residual(partway(fit.maps[0], amount)).total
        assert fit.energy(amount) == pytest.approx(exact, rel=1e-9)
    # Each cell at an amount of its own: every cell is a group.
    own = fit_groups(cells, np.arange(len(cells)))
    amounts = np.linspace(0.0, amount, len(cells))
    exact = sum(
        cells.residual_energies(partway(each, part))[k]
        for k, (each, part) in enumerate(zip(own.maps, amounts, strict=True))
    )
    assert own.energy(amounts) == pytest.approx(exact, rel=1e-9)


def test_points_go_the_straight_way_of_their_cell(cells: Refinement) -> None:
    own = fit_groups(cells, np.arange(len(cells)))
    corners = corner_points(cells)
    assert len(corners.cell) == cells.counts.sum()
    amounts = np.linspace(0.0, 1.0, len(cells))
    start, way, goal = (corners.on_the_way(own, part) for part in (0 * amounts, amounts, np.ones(len(cells))))
    assert np.array_equal(start, corners.rounded)
    part = amounts[corners.cell][:, None]
    assert np.allclose(way, (1 - part) * start + part * goal)
    undone = invertible(cells)[corners.cell] & (cells.areas[corners.cell] > 1e-4)
    assert np.allclose(goal[undone], corners.exact[undone], atol=1e-6)
    inside = cell_points(cells, cells.centroids, np.arange(len(cells)))
    assert np.allclose(inside.on_the_way(own, 0 * amounts), cells.quantized(cells.centroids))


def test_pieces_of_lines_lie_in_the_cells_that_are_named(cells: Refinement) -> None:
    lines = grid_lines(Window(0.0, 0.0, 2.0), 0.5)
    pieces = segment_points(cells, lines)
    starts, ends = pieces.inputs[0::2], pieces.inputs[1::2]
    assert np.linalg.norm(ends - starts, axis=1).sum() == pytest.approx(len(lines) * 4.0)
    assert np.array_equal(pieces.cell[0::2], pieces.cell[1::2])
    for share in (1e-6, 0.5, 1 - 1e-6):
        inside = (1 - share) * starts + share * ends
        named = [cells.affine_map(int(cell))(x[None])[0] for cell, x in zip(pieces.cell[0::2], inside, strict=True)]
        assert np.allclose(named, cells.net(inside), atol=1e-9)


def test_the_cell_to_look_at_can_be_undone_and_tells_the_most(cells: Refinement) -> None:
    chosen = representative_cell(cells)
    fit = invertible(cells) & ~cells.changed
    assert fit[chosen]
    number = quantized_regions(cells)
    telling = [
        cell
        for cell in np.flatnonzero(fit)
        if 0 < cells.patterns[cell].sum() < cells.patterns.shape[1] and (number == number[cell]).sum() > 1
    ]
    energies = cells.cell_energies()
    assert energies[chosen] == max(energies[cell] for cell in telling)


def test_a_cell_with_all_relus_on_is_passed_over() -> None:
    learned = load_network("pinwheel_wide")
    cells = refine(learned.network, learned.quantized(), (-3.0, 3.0, -3.0, 3.0))
    strongest = int(np.argmax(cells.cell_energies()))
    assert cells.patterns[strongest].all()
    chosen = representative_cell(cells)
    assert chosen != strongest
    assert 0 < cells.patterns[chosen].sum() < cells.patterns.shape[1]
    assert len(cells_of_region(cells, chosen, len(cells))) > 1


def test_without_a_choice_any_cell_that_can_be_undone_will_do() -> None:
    cells = refine(one_layer(2 * np.eye(2), [1.0, 0.0]), one_layer(np.eye(2), [0.0, 0.0]), BOX)
    assert representative_cell(cells) == 0
    assert cells_of_region(cells, 0, 4).tolist() == [0]


def test_the_cells_of_a_region_end_with_the_one_that_is_named(cells: Refinement) -> None:
    number = quantized_regions(cells)
    cell = int(np.flatnonzero(np.bincount(number)[number] > 3)[0])
    everyone = cells_of_region(cells, cell, len(cells))
    assert sorted(everyone) == np.flatnonzero(number == number[cell]).tolist()
    assert everyone[-1] == cell
    assert (np.diff(cells.areas[everyone[:-1]]) >= 0).all()
    assert cells_of_region(cells, cell, 3).tolist() == everyone[-3:].tolist()


def test_the_groups_with_the_most_energy_come_first(cells: Refinement) -> None:
    fit = fit_groups(cells, quantized_regions(cells))
    ranks = energy_ranks(fit)
    energies = [fit.before[ranks == rank].sum() for rank in range(len(fit.maps))]
    assert energies == sorted(energies, reverse=True)
    assert all(len(set(fit.groups[ranks == rank])) == 1 for rank in range(len(fit.maps)))


def test_movers_set_out_one_after_another() -> None:
    places = np.array([2, 0, 1])
    assert staggered(0.0, places).tolist() == [0.0, 0.0, 0.0]
    assert staggered(1.0, places).tolist() == [1.0, 1.0, 1.0]
    assert staggered(0.15, places).tolist() == [0.0, 1.0, 0.0]
    way = np.array([staggered(t, places) for t in np.linspace(0, 1, 41)])
    assert (np.diff(way, axis=0) >= 0).all()
    assert (way[:, 1] >= way[:, 2]).all()
    assert (way[:, 2] >= way[:, 0]).all()
    assert staggered(0.5, [0], part=1.0) == pytest.approx([0.5])


def test_a_group_of_no_area_moves_nothing(cells: Refinement, monkeypatch: pytest.MonkeyPatch) -> None:
    areas = cells.areas.copy()
    areas[0] = 0.0
    monkeypatch.setattr(type(cells), "areas", areas)
    fit = fit_groups(cells, np.arange(len(cells)))
    assert np.array_equal(fit.maps[0].linear, np.eye(2))
    with pytest.raises(ValueError, match="1 cells that have no area"):
        cells.fit_affine(where=np.array([0]))


def test_the_figures_of_the_story_network() -> None:
    learned = load_network("pinwheel_wide")
    cells = refine(learned.network, learned.quantized(), (-3.0, 3.0, -3.0, 3.0))
    fits: list[GroupFit] = [
        fit_shift(cells),
        *(fit_groups(cells, groups) for groups in (np.zeros(len(cells), int), quantized_regions(cells))),
        fit_groups(cells, np.arange(len(cells))),
    ]
    # Quadrature by a fine lattice of points, which knows no cells.
    at = (np.arange(1200) + 0.5) / 200 - 3.0
    x = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
    f, f_q = learned.network(x), learned.quantized()(x)
    sampled = 36.0 * np.mean(np.sum((f_q - f) ** 2, axis=1))
    assert cells.error_energy() == pytest.approx(sampled, rel=1e-3)
    one = fits[1].maps[0]
    assert fits[1].left == pytest.approx(36.0 * np.mean(np.sum((one(f_q) - f) ** 2, axis=1)), rel=1e-3)
    shares = [fit.left / cells.error_energy() for fit in fits]
    assert shares == pytest.approx([0.631, 0.253, 0.013, 0.004], abs=1e-3)
