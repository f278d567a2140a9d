"""The scene of the transport: its builders, its audit, and the figures that it shows."""

import numpy as np
import pytest

from layout import audited, texts
from quantization_story.analysis.cell_transport import corner_points, energy_ranks, fit_groups
from quantization_story.common import UniformQuantizer
from quantization_story.core.affine import fit_affine
from quantization_story.mobjects.paths import in_frame
from quantization_story.mobjects.text import LiveText
from quantization_story.networks import load_network
from quantization_story.partition import Refinement, refine
from quantization_story.pictures.partition_to_transport import CellGlide, LiveCells
from quantization_story.scene_08_partition_to_transport import PartitionToTransportScene
from quantization_story.style import theme
from small_networks import fine_lattice, he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


@pytest.fixture
def cells() -> Refinement:
    net = he_network((2, 5, 4, 2), seed=0)
    return refine(net, net.quantized(UniformQuantizer(3)), BOX)


def areas(path: LiveCells) -> np.ndarray:
    """The signed areas of the pieces of a path."""
    corners = [part[0::4, :2] for part in path.get_subpaths()]
    return np.array([np.sum(c[:, 0] * np.roll(c[:, 1], -1) - c[:, 1] * np.roll(c[:, 0], -1)) / 2 for c in corners])


def test_the_scene_is_clean_neither_too_short_nor_too_long_and_shows_the_exact_figures() -> None:
    result = audited(PartitionToTransportScene)
    assert result.findings == {}
    assert 30 <= result.seconds <= 80  # at one frame a second every animation is rounded up

    # What one map for all leaves, a plain subtraction, and a map for each quantized region, from a fine lattice.
    learned = load_network(PartitionToTransportScene.network_name)
    net, quantized = learned.network, learned.quantized()
    x = fine_lattice()
    f, f_q = net(x), quantized(x)
    before = np.sum((f_q - f) ** 2)
    one = np.sum((fit_affine(f_q, f)(f_q) - f) ** 2)
    shifted = np.sum((f_q - (f_q - f).mean(axis=0) - f) ** 2)
    regions = 0.0
    for pattern in np.unique(bits := quantized.activation_patterns(x), axis=0):
        own = (bits == pattern).all(axis=1)
        regions += np.sum((fit_affine(f_q[own], f[own])(f_q[own]) - f[own]) ** 2)
    shown = [text.content for text in texts(result.scene.mobjects) if isinstance(text, LiveText)]
    numbers = np.array([float(content.removesuffix(" %")) for content in shown])
    for left in (one, shifted, regions):
        assert np.abs(numbers - 100 * left / before).min() <= 0.15


def test_cells_are_filled_once_whatever_way_they_are_mirrored() -> None:
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    triangle = np.array([[3.0, 0.0], [4.0, 0.0], [3.0, 1.0]])
    corners = np.concatenate([square, triangle])
    mirrored = [False]

    def places() -> np.ndarray:
        return in_frame(corners * [-1.0, 1.0] if mirrored[0] else corners)

    path = LiveCells(places, np.array([4, 3]), theme.SAME, 0.2)
    assert areas(path) == pytest.approx([1.0, 0.5])
    mirrored[0] = True
    path.update()
    assert areas(path) == pytest.approx([1.0, 0.5])
    assert path.get_left()[0] == pytest.approx(-4.0)


def test_cells_can_be_chosen() -> None:
    corners = in_frame(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 0.0], [6.0, 0.0], [5.0, 1.0]]))
    chosen = np.array([False, True])
    path = LiveCells(lambda: corners, np.array([3, 3]), theme.SAME, 0.2, lambda: chosen)
    assert path.get_left()[0] == pytest.approx(5.0)
    chosen[:] = False
    path.update()
    assert len(path.points) == 0


def test_cells_glide_together_or_one_after_another(cells: Refinement) -> None:
    fit = fit_groups(cells, np.arange(len(cells)))
    glide, corners = CellGlide(fit), corner_points(cells)
    assert glide.energy() == pytest.approx(cells.error_energy())
    assert np.array_equal(glide(corners), corners.rounded)
    glide.progress.set_value(0.5)
    assert (glide.amounts() == 0.5).all()
    glide.places = energy_ranks(fit)
    amounts = glide.amounts()
    assert amounts[np.argmax(fit.before)] == 1.0
    assert amounts[np.argmin(fit.before)] == 0.0
    glide.progress.set_value(1.0)
    assert glide.energy() == pytest.approx(fit.left)


def test_the_cells_of_the_inputs_tile_the_box(cells: Refinement) -> None:
    corners = corner_points(cells)
    path = LiveCells(lambda: in_frame(corners.inputs), cells.counts, theme.INK, 0.2)
    assert areas(path).sum() == pytest.approx(16.0, rel=1e-6)
