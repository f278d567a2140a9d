"""The plane folded one motion at a time, and the land of each class in it."""

import numpy as np
import pytest

from quantization_story.analysis.folding import Fold, FoldingJourney, Turn, folding_steps, largest_jump, territories
from quantization_story.core.tasks import classify, prototypes
from quantization_story.networks import load_network
from quantization_story.partition import partition
from small_networks import he_network

BOX = (-3.0, 3.0, -3.0, 3.0)


def test_the_last_layer_turns_and_does_not_fold() -> None:
    assert folding_steps(2) == (Turn(1), Fold(1, 0), Fold(1, 1), Turn(2))


@pytest.mark.parametrize("seed", range(4))
def test_whole_motions_are_the_values_of_the_network(seed: int) -> None:
    net = he_network((2, 2, 2, 2), seed)
    x = np.random.default_rng(seed).normal(size=(40, 2))
    journey = FoldingJourney(net)
    for layer, (a, z) in enumerate(zip(net.activations(x), net.pre_activations(x), strict=True), start=1):
        before = journey.number(Turn(layer)) - 1
        np.testing.assert_allclose(journey.at(x, before), a, atol=1e-12)
        np.testing.assert_allclose(journey.at(x, before + 1), z, atol=1e-12)
    np.testing.assert_allclose(journey.at(x, len(journey.steps)), net(x), atol=1e-12)


def test_a_fold_presses_one_unit_flat_and_leaves_the_other() -> None:
    journey = FoldingJourney(he_network((2, 2, 2), 1))
    x = np.random.default_rng(0).normal(size=(60, 2))
    z = journey.at(x, journey.number(Turn(1)))
    half = journey.at(x, journey.number(Fold(1, 0)) - 0.5)
    np.testing.assert_allclose(half, np.column_stack([np.where(z[:, 0] > 0, z[:, 0], z[:, 0] / 2), z[:, 1]]))
    flat = journey.at(x, journey.number(Fold(1, 0)))
    np.testing.assert_allclose(flat, np.column_stack([np.maximum(z[:, 0], 0), z[:, 1]]))


@pytest.mark.parametrize("progress", np.linspace(0.0, 6.999, 30))
def test_the_motion_is_continuous(progress: float) -> None:
    journey = FoldingJourney(load_network("pinwheel").network)
    x = np.random.default_rng(3).uniform(-3, 3, size=(50, 2))
    assert np.abs(journey.at(x, progress + 1e-6) - journey.at(x, progress)).max() < 1e-3


@pytest.mark.parametrize("part", np.linspace(0.0, 1.0, 21))
def test_no_turn_of_the_story_network_squashes_or_mirrors_the_plane(part: float) -> None:
    journey = FoldingJourney(load_network("pinwheel").network)
    corner = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    for layer, step in ((1, 0), (2, 3), (3, 6)):
        # Inside the quadrant where no ReLU presses: the motion of the plane by this layer alone.
        alone = FoldingJourney(type(journey.network)((journey.network.weights[layer - 1],), (np.zeros(2),)))
        assert journey.steps[step] == Turn(layer)
        origin, right, up = alone.at(corner, part)
        least = np.linalg.svd(np.column_stack([right - origin, up - origin]))[1].min()
        assert np.linalg.det(np.column_stack([right - origin, up - origin])) > 0
        assert least >= min(1.0, np.linalg.svd(alone.network.weights[0])[1].min()) - 1e-12


def test_progress_outside_the_journey_and_other_widths_are_refused() -> None:
    journey = FoldingJourney(he_network((2, 2, 2), 0))
    with pytest.raises(ValueError, match="this journey runs from 0 to 4"):
        journey.at(np.zeros((1, 2)), 4.5)
    with pytest.raises(ValueError, match="only layers of two units"):
        FoldingJourney(he_network((2, 3, 2), 0))


@pytest.mark.parametrize(("seed", "classes"), [(0, 3), (1, 2), (2, 4), (3, 3)])
def test_every_place_lies_in_the_land_of_its_class(seed: int, classes: int) -> None:
    net, readout = he_network((2, 2, 2, 2), seed), prototypes(classes)
    land = territories(partition(net, BOX), readout)
    x = np.random.default_rng(seed).uniform(-3, 3, size=(400, 2))
    scores = np.sort(net(x) @ readout.T, axis=1)
    clear = scores[:, -1] - scores[:, -2] > 1e-6  # no tie
    for point, winner in zip(x[clear], classify(net(x[clear]), readout), strict=True):
        holders = [k for k, pieces in enumerate(land.pieces) if any(inside(piece, point) for piece in pieces)]
        assert holders == [winner]


def inside(polygon: np.ndarray, point: np.ndarray) -> bool:
    along = np.roll(polygon, -1, axis=0) - polygon
    to_point = point - polygon
    return bool((along[:, 0] * to_point[:, 1] - along[:, 1] * to_point[:, 0] > -1e-12).all())


def test_the_lands_cover_the_box_once_and_meet_at_their_borders() -> None:
    story = load_network("pinwheel")
    land = territories(partition(story.network, BOX), story.readout)
    assert land.areas().sum() == pytest.approx(36.0, abs=1e-9)
    middle = land.borders.mean(axis=1)
    for ends in (land.borders[:, 0], middle, land.borders[:, 1]):
        scores = np.sort(story.network(ends) @ story.readout.T, axis=1)
        assert np.abs(scores[:, 2] - scores[:, 1]).max() < 1e-9
    # A border is straight within a cell: its pieces end on creases, where three of them meet, or outside.
    cells = partition(story.network, BOX)
    assert (cells.locate(middle) >= 0).all()
    assert len(land.borders) == 7


def test_neighbouring_pieces_meet_without_a_jump() -> None:
    assert largest_jump(partition(load_network("pinwheel").network, BOX)) < 1e-12


def test_one_piece_has_no_neighbour_to_jump_to() -> None:
    assert largest_jump(partition(he_network((2, 2), 0), BOX)) == 0.0
