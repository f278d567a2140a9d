"""Maps for single pieces: each by its own fit, one that serves a piece first, and two points that land together."""

import numpy as np
import pytest

from quantization_story.analysis.residuals import FEWEST, fit_first, landing_pair, mean_energies, piece_maps
from quantization_story.core.affine import fit_affine
from quantization_story.core.corrections import output_map
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject
from quantization_story.partition import refine
from quantization_story.partition.refinement import Refinement


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def cells(subject: StorySubject) -> Refinement:
    return refine(subject.network, subject.quantized, subject.window.box)


def keys(subject: StorySubject, x: np.ndarray) -> list[tuple[str, str]]:
    """Both patterns at each point, as words."""
    both = (net.activation_patterns(x).astype(int) for net in (subject.network, subject.quantized))
    return [("".join(map(str, a)), "".join(map(str, b))) for a, b in zip(*both, strict=True)]


def test_each_piece_has_the_map_of_its_own_calibration_points(subject: StorySubject, cells: Refinement) -> None:
    net, quantized, x, fresh = subject.network, subject.quantized, subject.calibration.points, subject.data.points
    one = output_map(net, quantized, x)
    own = piece_maps(cells, one, x, fresh)
    of_fit, here = keys(subject, x), keys(subject, fresh)
    enough = {key for key in set(of_fit) if key[0] == key[1] and of_fit.count(key) >= FEWEST}
    assert len(own.pieces) == len(enough) == 7
    left = np.sum((net(fresh) - one(quantized(fresh))) ** 2, axis=1)
    held = []
    for piece, own_map in zip(own.pieces, own.maps, strict=True):
        bits = "".join(map(str, cells.patterns[piece].astype(int)))
        mine = np.array([key == (bits, bits) for key in of_fit])
        expected = fit_affine(quantized(x[mine]), net(x[mine]))
        assert own_map(quantized(fresh)) == pytest.approx(expected(quantized(fresh)))
        held.append(left[[key == (bits, bits) for key in here]].sum())
        assert own.flat(piece) == (np.linalg.svd(cells.quantized_affine_map(piece).linear)[1][-1] < 1e-9)
    assert held == sorted(held, reverse=True)


def test_what_is_left_is_that_of_the_own_map_in_its_piece_and_of_the_one_map_elsewhere(
    subject: StorySubject, cells: Refinement
) -> None:
    net, quantized, x = subject.network, subject.quantized, subject.data.points
    one = output_map(net, quantized, subject.calibration.points)
    own = piece_maps(cells, one, subject.calibration.points, x)
    where = cells.locate(x)
    left = own.left(x, where, {own.pieces[1]: own.maps[1]})
    inside = where == own.pieces[1]
    assert left[~inside] == pytest.approx((net(x) - one(quantized(x)))[~inside])
    assert left[inside] == pytest.approx((net(x) - own.maps[1](quantized(x)))[inside])
    assert mean_energies(cells, one, x).sum() == pytest.approx(
        np.mean(np.sum((net(x) - one(quantized(x))) ** 2, axis=1))
    )


def test_a_fit_that_serves_one_piece_first_is_as_good_there_and_the_best_of_those_on_the_other(
    subject: StorySubject, cells: Refinement
) -> None:
    net, quantized, x = subject.network, subject.quantized, subject.calibration.points
    own = piece_maps(cells, output_map(net, quantized, x), x, subject.data.points)
    other, first = own.pieces[:2]
    where = cells.locate(x)
    on, there = x[where == first], x[where == other]
    found = fit_first(cells, x, first, other)

    def error(transport, points) -> float:
        return float(np.sum((net(points) - transport(quantized(points))) ** 2))

    best = fit_affine(quantized(on), net(on))
    assert error(found, on) == pytest.approx(error(best, on), rel=1e-4)
    # The rounded piece is a line: the maps that are best on it differ by what they do across it.
    q = quantized(on) - quantized(on).mean(axis=0)
    across = np.linalg.svd(q)[2][1]
    assert np.abs(q @ across).max() < 1e-9
    for k in range(2):
        for step in (-0.01, 0.01):
            moved = best.linear - best.linear @ np.outer(across, across) + found.linear @ np.outer(across, across)
            moved = moved + step * np.outer(np.eye(2)[k], across)
            bent = type(best)(moved, (net(on) - quantized(on) @ moved.T).mean(axis=0))
            assert error(bent, there) > error(found, there)


def test_the_pair_lands_together_and_no_other_is_farther_apart_in_float(
    subject: StorySubject, cells: Refinement
) -> None:
    x = subject.data.points
    one = output_map(subject.network, subject.quantized, subject.calibration.points)
    piece = next(
        p for p in piece_maps(cells, one, subject.calibration.points, x).pieces if cells.patterns[p].sum() == 3
    )
    pair = landing_pair(cells, piece, x)
    assert pair is not None
    assert (cells.locate(pair) == piece).all()
    apart, rounded = (np.linalg.norm(np.diff(net(pair), axis=0)) for net in cells.nets)
    assert rounded <= 0.02 * apart
    own = x[cells.locate(x) == piece]
    exact, there = subject.network(own), subject.quantized(own)
    for k in range(len(own)):
        far = np.linalg.norm(exact - exact[k], axis=1)
        near = np.linalg.norm(there - there[k], axis=1) <= 0.02 * far
        assert far[near].max() <= apart + 1e-12


def test_where_no_two_points_land_together_there_is_no_pair(subject: StorySubject, cells: Refinement) -> None:
    x = subject.data.points
    whole = next(k for k in range(len(cells)) if cells.patterns[k].all() and cells.quantized_patterns[k].all())
    assert landing_pair(cells, whole, x) is None
    assert landing_pair(cells, whole, x[:0]) is None
