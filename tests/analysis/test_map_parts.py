"""An affine map taken apart and put together again, part by part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantization_story.analysis.transport import map_parts, pulled
from quantization_story.core.affine import AffineMap

PLANE = np.random.default_rng(0).normal(size=(7, 2))


def same(one: AffineMap, other: AffineMap) -> None:
    np.testing.assert_allclose(one(PLANE), other(PLANE), atol=1e-9)


@given(st.integers(0, 10**6))
def test_all_parts_together_are_the_map(seed: int) -> None:
    rng = np.random.default_rng(seed)
    transport = AffineMap(rng.normal(size=(2, 2)), rng.normal(size=2))
    parts = map_parts(transport, rng.normal(size=2))
    same(parts.until(4.0), transport)
    same(parts.until(9.0), transport)
    same(parts.until(0.0), AffineMap.identity(2))


def test_the_parts_come_one_after_the_other() -> None:
    turn = AffineMap.rotation(0.7).linear
    linear = np.array([[1.0, 0.4], [0.0, 1.0]]) @ np.diag([2.0, 0.5]) @ turn
    pivot, goal = np.array([1.0, -2.0]), np.array([3.0, 5.0])
    parts = map_parts(AffineMap(linear, goal - linear @ pivot), pivot)
    assert parts.angle == pytest.approx(0.7)
    np.testing.assert_allclose(parts.shift, goal - pivot)
    np.testing.assert_allclose(parts.stretch, [2.0, 0.5])
    assert parts.shear == pytest.approx(0.4)
    same(parts.until(1.0), AffineMap(np.eye(2), goal - pivot))
    same(parts.until(2.0), AffineMap(turn, goal - turn @ pivot))
    stretched = np.diag([2.0, 0.5]) @ turn
    same(parts.until(3.0), AffineMap(stretched, goal - stretched @ pivot))
    half = AffineMap.rotation(0.35).linear
    same(parts.until(1.5), AffineMap(half, goal - half @ pivot))
    for progress in (0.5, 1.0, 2.3, 4.0):  # from the shift on the pivot stays where it belongs
        there = parts.until(progress)(pivot[None])[0]
        np.testing.assert_allclose(there, pivot + min(1.0, progress) * (goal - pivot), atol=1e-12)


def test_a_map_onto_a_line_has_no_parts() -> None:
    for linear in (np.zeros((2, 2)), np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([[1.0, 2.0], [0.0, 0.0]])):
        with pytest.raises(ValueError, match="onto a line"):
            map_parts(AffineMap(linear, np.zeros(2)), np.zeros(2))


def test_a_map_onto_a_line_goes_straight_and_others_part_by_part() -> None:
    flat = AffineMap([[1.0, 2.0], [2.0, 4.0]], [1.0, 0.0])
    straight = pulled(flat, np.zeros(2))
    same(straight.until(4.0), flat)
    np.testing.assert_allclose(straight.until(1.0)(PLANE), PLANE + 0.25 * (flat(PLANE) - PLANE))
    turn = AffineMap.rotation(0.5)
    same(pulled(turn, np.ones(2)).until(2.0), map_parts(turn, np.ones(2)).until(2.0))
