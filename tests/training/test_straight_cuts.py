"""Straight cuts of the input plane: what they miss, how they turn, where their sectors lie."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from quantization_story.analysis.straight_cuts import StraightCuts
from quantization_story.core.tasks import classify, prototypes
from quantization_story.networks import load_network
from quantization_story.training.straight_cuts import fit_straight_cuts


@pytest.fixture(scope="module")
def cuts() -> StraightCuts:
    return fit_straight_cuts(load_network("pinwheel").calibration, 3)


def test_the_cuts_fit_best_by_cross_entropy(cuts: StraightCuts) -> None:
    data = load_network("pinwheel").calibration

    def loss(parameters: np.ndarray) -> float:
        outputs = data.points @ parameters[:4].reshape(2, 2).T + parameters[4:]
        logits = outputs @ prototypes(3).T
        return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(logits)), data.labels]))

    fitted = np.concatenate([cuts.fitted.linear.ravel(), cuts.fitted.offset])
    assert np.abs(approx_fprime(fitted, loss, 1e-6)).max() < 1e-4


def test_a_turn_by_nothing_is_no_turn_and_a_full_one_neither(cuts: StraightCuts) -> None:
    data = load_network("pinwheel").held_out
    assert int(cuts.wrong(data).sum()) == 117
    np.testing.assert_array_equal(cuts.wrong(data, 2 * np.pi), cuts.wrong(data))
    assert cuts.wrong(data, 1.0).sum() > 1000


def test_turned_cuts_still_meet_in_one_point(cuts: StraightCuts) -> None:
    for angle in (0.0, 0.7, -2.0):
        np.testing.assert_allclose(cuts.turned(angle)(cuts.meeting[None]), 0.0, atol=1e-12)


def test_sectors_and_lines_say_what_the_map_says(cuts: StraightCuts) -> None:
    for k, sector in enumerate(cuts.sectors(10.0)):
        inner = 0.9 * sector.mean(axis=0) + 0.1 * sector
        assert (classify(cuts.fitted(inner), 3) == k).all()
        assert np.linalg.norm(sector - cuts.meeting, axis=1).max() >= 10.0
    for start, end in cuts.lines(10.0):
        scores = np.sort(cuts.fitted((start + end)[None] / 2) @ prototypes(3).T)[0]
        assert scores[2] == pytest.approx(scores[1], abs=1e-9)
        assert np.linalg.norm(end - start) >= 10.0
    assert cuts.count == 3


def test_two_classes_are_parted_by_one_cut(cuts: StraightCuts) -> None:
    assert StraightCuts(cuts.fitted, 2).count == 1
