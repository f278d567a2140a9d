"""Growing regions: at every progress the exact Minkowski sum; edges that fly to their places; weights half way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.error_regions.growth import (
    GrowingRegion,
    after_draws,
    box_polytope,
    error_draws,
    partway_region,
)
from quantization_story.error_regions.weight_families import (
    FULL_2D,
    FULL_3D,
    NON_UNIFORM_DIAGONAL_2D,
    UNIFORM_DIAGONAL_2D,
    run_experiment,
)
from quantization_story.error_regions.zonotopes import Zonotope, zonotope_volume
from zonotope_reference import generators, shoelace

PLANE = GrowingRegion.of(run_experiment(FULL_2D))
BOX = GrowingRegion.of(run_experiment(NON_UNIFORM_DIAGONAL_2D))
SPACE = GrowingRegion.of(run_experiment(FULL_3D))


def test_whole_layers_are_the_regions_of_the_experiment():
    for family, growth in ((FULL_2D, PLANE), (FULL_3D, SPACE), (NON_UNIFORM_DIAGONAL_2D, BOX)):
        region = run_experiment(family)
        assert growth.ends == [len(region.x) * number for number in range(5)]
        assert growth.count == growth.ends[-1]
        for number, (layer, end) in enumerate(zip(region.layers, growth.ends[1:], strict=True), start=1):
            assert growth.now(end).volume == pytest.approx(layer.total.volume)
            np.testing.assert_allclose(growth.now(end).half_widths, layer.total.half_widths)
            np.testing.assert_allclose(growth.contributions(end)[:number], region.contributions[:number])
            assert not growth.contributions(end)[number:].any()
        assert growth.now(0).volume == 0
    assert PLANE.layers.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


@given(st.floats(0.0, 8.0))
def test_contributions_are_the_half_widths_of_what_has_joined(progress):
    np.testing.assert_allclose(PLANE.contributions(progress).sum(axis=0), PLANE.now(progress).half_widths, atol=1e-12)
    assert (np.diff([PLANE.now(p).volume for p in (progress, progress + 0.1)]) >= -1e-12).all()


def test_two_unit_edges_by_hand():
    growth = GrowingRegion((Zonotope(np.eye(2)), Zonotope(np.array([[1.0], [1.0]]))))
    # Half way: the first has joined, the second edge is still as long as at home and half way to its place.
    segments, layers = growth.edges(1.5)
    np.testing.assert_allclose(segments[:2], [[[-1, -0.5], [1, -0.5]], [[1, 0.5], [-1, 0.5]]])
    np.testing.assert_allclose(segments[2:], [[[1, -1], [1, 1]], [[-1, 1], [-1, -1]]])
    assert layers.tolist() == [0, 0, 0, 0]
    # The diagonal lies around the origin when its layer begins, and ends between the lower and the right edge.
    at_home, layers = growth.edges(2 + 1e-12)
    np.testing.assert_allclose(at_home[layers == 1], [[[-1, -1], [1, 1]], [[1, 1], [-1, -1]]], atol=1e-9)
    landed, layers = growth.edges(3)
    np.testing.assert_allclose(landed[layers == 1], [[[0, -2], [2, 0]], [[0, 2], [-2, 0]]])
    assert len(growth.edges(0)[0]) == 0


@given(generators(2, most=4), generators(2, most=4), st.floats(0.0, 8.0))
def test_edges_fly_without_turning_and_close_the_polygon(first, second, progress):
    growth = GrowingRegion((Zonotope(np.hstack([np.eye(2), first])), Zonotope(np.hstack([np.eye(2), second]))))
    scale = np.abs(growth.generators).sum()
    whole = min(int(progress), growth.count)
    closed, _ = growth.edges(whole)
    np.testing.assert_allclose(closed[:, 1], np.roll(closed[:, 0], -1, axis=0), atol=1e-12 * scale)
    area = zonotope_volume(growth.generators[:, :whole])
    assert shoelace(closed[:, 0]) == pytest.approx(area, abs=1e-12 * scale**2) if whole else len(closed) == 0
    segments, _ = growth.edges(progress)
    steps = segments[:, 1] - segments[:, 0]
    of_generators = 2 * np.concatenate([growth.generators, -growth.generators], axis=1).T
    gaps = np.linalg.norm(steps[:, None] - of_generators, axis=2).min(axis=1, initial=np.inf)
    assert (gaps <= 1e-12 * scale).all()
    np.testing.assert_allclose(segments.sum(axis=(0, 1)), 0.0, atol=1e-11 * scale)  # the picture is symmetric


@pytest.mark.parametrize("growth", [PLANE, BOX])
def test_edges_land_in_their_places(growth):
    for whole in range(1, growth.count + 1):
        almost, landed = (growth.edges(at)[0].mean(axis=1) for at in (whole - 1e-9, whole))
        gaps = np.linalg.norm(landed[:, None] - almost, axis=2).min(axis=1)
        assert (gaps < 1e-8).all()


@pytest.mark.parametrize("growth", [PLANE, BOX])
def test_edges_move_on_without_a_jump(growth):
    # Between whole layers, so that no edge appears: every edge has moved on by little, in whatever order they are.
    for progress in np.arange(0.05, growth.count, 0.125):
        before, after = (growth.edges(at)[0].mean(axis=1) for at in (progress, progress + 1e-6))
        assert len(before) == len(after)
        assert np.linalg.norm(before[:, None] - after, axis=2).min(axis=1).max() < 1e-5


def test_a_polytope_grows_from_a_segment_and_keeps_its_volume_right():
    assert [SPACE.polytope(progress).dimension for progress in (0.5, 1.5, 2.5, 12.0)] == [1, 2, 3, 3]
    assert [len(SPACE.polytope(end).faces) for end in SPACE.ends[1:]] == [6, 30, 54, 114]
    for progress in (2.3, 3.0, 5.5, 7.0, 11.9, 12.0):
        solid = SPACE.polytope(progress)
        volume = sum(
            np.linalg.det([face[0], face[k], face[k + 1]]) / 6
            for face in solid.polygons
            for k in range(1, len(face) - 1)
        )
        assert volume == pytest.approx(SPACE.now(progress).volume, rel=1e-9)
        np.testing.assert_allclose(np.abs(solid.vertices).max(axis=0), SPACE.now(progress).half_widths)
    with pytest.raises(ValueError, match="expected"):
        PLANE.polytope(3.0)


def test_a_box_has_six_faces_wherever_its_half_widths_go():
    box = box_polytope([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(np.abs(box.vertices), np.broadcast_to([1, 2, 3], (8, 3)))
    for face, normal in zip(box.polygons, box.normals, strict=True):
        np.testing.assert_allclose(face @ normal, np.abs(normal) @ [1, 2, 3])
    assert not box_polytope([0.0, 0.0, 0.0]).vertices.any()
    assert len(box_polytope([0.0, 1.0, 1.0]).faces) == 6


def test_weights_half_way():
    first, second = run_experiment(UNIFORM_DIAGONAL_2D), run_experiment(NON_UNIFORM_DIAGONAL_2D)
    for part, region in ((0.0, first), (1.0, second)):
        at_end = partway_region(first, second, part, diagonal=True)
        np.testing.assert_allclose(at_end.contributions, region.contributions, rtol=1e-12)
    half = partway_region(first, second, 0.5, diagonal=True)
    weights = [np.diag(a.weight + b.weight) / 2 for a, b in zip(first.layers, second.layers, strict=True)]
    np.testing.assert_allclose(half.relative_error, (first.step / 2 / np.array(weights)).sum(axis=0))
    shorter = type(first)("", first.x, first.step, False, first.layers[:2])
    with pytest.raises(ValueError, match="2 and 4 layers"):
        partway_region(shorter, second, 0.5)


def test_drawn_errors_fill_half_a_step_evenly():
    step = 0.25
    draws = error_draws(np.ones((2, 3)), step, 20_000)
    assert draws.shape == (20_000, 2, 3)
    assert np.abs(draws).max() <= step / 2
    np.testing.assert_allclose(draws.mean(axis=0), 0.0, atol=0.004)
    np.testing.assert_allclose(draws.std(axis=0), step / np.sqrt(12), rtol=0.02)
    # No two entries are drawn together.
    assert np.abs(np.corrcoef(draws.reshape(len(draws), -1).T) - np.eye(6)).max() < 0.03
    alone = error_draws(np.ones((3, 3)), step, 5, diagonal=True, seed=1)
    assert not alone[:, ~np.eye(3, dtype=bool)].any()
    assert alone[:, np.eye(3, dtype=bool)].all()


def test_a_walk_along_draws_passes_every_draw_and_ends_at_the_last():
    draws = np.array([[0.0, 1.0], [2.0, 1.0], [2.0, -3.0]])
    for number, draw in enumerate(draws):
        np.testing.assert_array_equal(after_draws(draws, number), draw)
    np.testing.assert_allclose(after_draws(draws, 1.25), [2.0, 0.0])
    np.testing.assert_array_equal(after_draws(draws, 9.0), draws[-1])
