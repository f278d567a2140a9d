"""Maps for single pieces: each by its own fit, and what they leave in their pieces and elsewhere."""

import numpy as np
import pytest

from quantization_story.analysis.residuals import FEWEST, mean_energies, piece_maps
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
    assert held == sorted(held, reverse=True)


def test_what_is_left_is_that_of_the_own_map_in_its_piece_and_of_the_one_map_elsewhere(
    subject: StorySubject, cells: Refinement
) -> None:
    net, quantized, x = subject.network, subject.quantized, subject.data.points
    one = output_map(net, quantized, subject.calibration.points)
    own = piece_maps(cells, one, subject.calibration.points, x)
    where = cells.locate(x)
    left = own.left(x, where, {own.pieces[1]: own.maps[1]})
    bits = "".join(map(str, cells.quantized_patterns[own.pieces[1]].astype(int)))
    inside = np.array([key[1] == bits for key in keys(subject, x)])
    assert inside.sum() > (where == own.pieces[1]).sum()  # strips are served as well
    assert left[~inside] == pytest.approx((net(x) - one(quantized(x)))[~inside])
    assert left[inside] == pytest.approx((net(x) - own.maps[1](quantized(x)))[inside])
    assert mean_energies(cells, one, x).sum() == pytest.approx(
        np.mean(np.sum((net(x) - one(quantized(x))) ** 2, axis=1))
    )
