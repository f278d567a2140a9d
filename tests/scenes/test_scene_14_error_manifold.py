"""The scene of the error's shape: coloured paths, bands, the sweep, the figures it shows, and its layout."""

import numpy as np
import pytest
from manim import ManimColor

from layout import audited, check_captions
from quantization_story.core.plane_geometry import Window
from quantization_story.error_regions.fields import error_field, region_field
from quantization_story.error_regions.shape_morphs import colour_parts
from quantization_story.error_regions.shapes import circle
from quantization_story.error_regions.weight_families import FULL_2D, UNIFORM_DIAGONAL_2D
from quantization_story.error_regions.worst_case_maps import level_curve, pulled_back_errors
from quantization_story.mobjects.gradients import (
    ColourBar,
    coloured_arrows,
    coloured_marks,
    coloured_segments,
    heat_bands,
    ramp,
)
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import LiveText
from quantization_story.pictures.error_manifold import RegionSweep
from quantization_story.scene_14_error_manifold import ErrorManifoldScene
from quantization_story.style import theme

STEP = 2.0**-7
ZONE = theme.Zone(1.0, 6.0, -3.0, 3.0)


@pytest.fixture
def view() -> PlaneView:
    return PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 31.0))


@pytest.fixture
def sweep(view: PlaneView) -> RegionSweep:
    regions = region_field(circle(16).points, FULL_2D.rounded(), STEP)
    field = error_field(FULL_2D.weights, FULL_2D.rounded())
    return RegionSweep(view, ZONE, regions, pulled_back_errors(field, FULL_2D.rounded(), regions.points), 4, 5.0)


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def test_every_piece_keeps_the_colour_of_its_part() -> None:
    shift, up = np.zeros(3), np.array([0.0, 1.0, 0.0])
    corners = np.column_stack([np.arange(8.0), np.zeros(8), np.zeros(8)])
    parts = colour_parts(8, 3)

    def segments() -> np.ndarray:
        return np.stack([corners, corners + up], axis=1) + shift

    group = coloured_segments(segments, parts)
    assert [path.stroke_color for path in group] == [ManimColor(color) for color in theme.PARAMETER_COLORS[:3]]
    shift[1] = 2.0
    group.update()
    for k, path in enumerate(group):
        np.testing.assert_allclose(path.points[0::4], segments()[parts == k, 0])
        np.testing.assert_allclose(path.points[3::4], segments()[parts == k, 1])


def test_marks_and_arrows_are_one_path_a_colour() -> None:
    places = np.column_stack([np.arange(6.0), np.ones(6), np.zeros(6)])
    marks = coloured_marks(lambda: places, colour_parts(6, 2))
    assert [len(path.get_subpaths()) for path in marks] == [3, 3]
    tips = places + np.array([0.0, 1.0, 0.0])
    arrows = coloured_arrows(lambda: np.stack([places, tips], axis=1), colour_parts(6, 2))
    assert [path.get_top()[1] for path in arrows] == pytest.approx([2.0, 2.0])
    assert [path.get_right()[0] for path in arrows] == pytest.approx([2.0, 5.0], abs=0.1)


def test_the_bands_cover_the_view_once(view: PlaneView) -> None:
    curves = [level_curve(FULL_2D.rounded(), STEP, level) for level in (0.5, 1.0, 1.5)]
    bands = heat_bands(view, curves)
    assert len(bands) == 4
    areas = [sum(area(np.array(part)[0::4]) for part in band.get_subpaths()) for band in bands]
    assert sum(areas) == pytest.approx(16.0, rel=1e-6)
    assert min(areas) > 0
    # The innermost one is its level curve, in frame units.
    assert areas[0] == pytest.approx(area(curves[0]) * view.unit**2, rel=1e-6)
    assert bands[0].fill_color == ManimColor(theme.HEAT_COLORS[0])
    assert bands[-1].fill_color == ManimColor(theme.HEAT_COLORS[-1])


def test_the_ramp_runs_through_its_colours() -> None:
    assert ramp(-1.0) == ManimColor(theme.HEAT_COLORS[0])
    assert ramp(0.5) == ManimColor(theme.HEAT_COLORS[2])
    assert ramp(2.0) == ManimColor(theme.HEAT_COLORS[-1])
    luminance = [sum(ramp(share).to_rgb() * [0.2, 0.7, 0.1]) for share in np.linspace(0.0, 1.0, 9)]
    assert (np.diff(luminance) > 0).all()
    luminance = [sum(ManimColor(color).to_rgb() * [0.2, 0.7, 0.1]) for color in theme.PARAMETER_COLORS]
    assert (np.diff(luminance) > 0).all()


def test_the_colour_bar_has_a_cell_for_each_band() -> None:
    bar = ColourBar([0.0, 0.2, 0.4, 0.6], theme.Zone(0.0, 0.3, 0.0, 4.0))
    cells = [part for part in bar if part.get_fill_opacity() == 0.6]
    assert [cell.get_bottom()[1] for cell in cells] == pytest.approx([0.0, 1.0, 2.0, 3.0])
    assert len(bar) == 6


def test_the_sweep_draws_the_regions_that_it_has_passed(sweep: RegionSweep, view: PlaneView) -> None:
    fill, outlines = sweep.tube
    assert len(fill.points) == 0
    sweep.swept.set_value(0.25)
    for mover in sweep.movers:
        mover.update()
    assert len(fill.get_subpaths()) == 4
    corners = np.array(fill.get_subpaths()[3])[0::4]
    expected = view.to_frame(sweep.regions.points[3] + 5.0 * sweep.regions.vertices[3])
    np.testing.assert_allclose(corners, expected)
    # Four of the sixteen regions are outlined, and one of these has been passed.
    drawn = sum((np.abs(path.points[3::4] - path.points[0::4]).max(axis=1) > 0).sum() for path in outlines)
    assert drawn == len(sweep.regions.vertices[0])
    field = error_field(FULL_2D.weights, FULL_2D.rounded())
    real = np.linalg.norm(pulled_back_errors(field, FULL_2D.rounded(), sweep.regions.points)[4])
    numbers = [mover.content for mover in sweep.movers if isinstance(mover, LiveText)]
    assert numbers == [f"{sweep.regions.magnitudes[4]:.2f}", f"{real:.2f}"]


def test_the_longest_error_ends_in_a_corner_of_the_region(sweep: RegionSweep) -> None:
    for swept in (0.0, 0.4, 1.0):
        sweep.swept.set_value(swept)
        line = sweep.movers[3]
        line.update()
        length = np.linalg.norm(line.points[3] - line.points[0]) / sweep.small.unit
        assert length == pytest.approx(sweep.regions.magnitudes[sweep.now()])


class Coarser(ErrorManifoldScene):
    """Another chain, fewer bits, other shapes."""

    family = FULL_2D
    bits = 5
    shape_names = ("circle", "spiral", "two blobs", "line")
    shape_points = 40
    shown_regions = 12


class Diagonal(ErrorManifoldScene):
    """A chain of diagonal matrices, rounded in full."""

    family = UNIFORM_DIAGONAL_2D


@pytest.mark.parametrize("scene", [ErrorManifoldScene, Coarser, Diagonal])
def test_the_layout_is_clean(scene: type[ErrorManifoldScene]) -> None:
    result = audited(scene)
    assert result.findings == {}
    assert len(result.beats) == len(set(result.beats)) == 8
    check_captions(result)


def test_the_captions_say_what_the_functions_give() -> None:
    captions = " ".join(content for content, _, _ in audited(ErrorManifoldScene).captions)
    regions = region_field(circle(32).points, FULL_2D.rounded(), STEP)
    assert (
        f"{regions.magnitudes.min():.2f} to {regions.magnitudes.max():.2f}, {regions.variation:.1f} times" in captions
    )
    assert "|x₁| + |x₂|: correlation 0.95" in captions
    assert f"on the circle correlation {regions.l1_correlation:.2f}" in captions
