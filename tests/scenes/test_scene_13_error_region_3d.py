"""The scene of error regions in space: its builders, its figures, and its audit."""

import re
from dataclasses import replace

import numpy as np
import pytest

from layout import audit, audited
from quantization_story.error_regions.growth import GrowingRegion, box_polytope
from quantization_story.error_regions.weight_families import (
    DIAGONAL_PART_3D,
    FAMILIES_2D,
    FAMILIES_3D,
    FULL_3D,
    WeightFamily,
    run_experiment,
)
from quantization_story.error_regions.zonotopes import zonotope_vertices, zonotope_volume
from quantization_story.mobjects.text import percent, signed
from quantization_story.pictures.error_region_3d import (
    Room,
    SolidFaces,
    SpaceView,
    solid_edges,
    space_arrows,
    wall_shadow,
)
from quantization_story.scene_13_error_region_3d import ErrorRegion3DScene
from quantization_story.style import theme

REGION = run_experiment(FULL_3D).region


@pytest.fixture
def view() -> SpaceView:
    return SpaceView((1.0, 0.5, 0.0), 4.0, 2.0)  # one frame unit is one data unit


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


def test_the_scene_is_clean_and_tells_the_figures_of_the_regions() -> None:
    result = audited(ErrorRegion3DScene)
    assert result.findings == {}
    assert 40 <= result.seconds <= 70  # at one frame a second every animation is rounded up
    assert len(set(result.beats)) == len(result.beats) >= 7
    told = " ".join(caption for caption, _, _ in result.captions)
    uniform, unequal, full = (run_experiment(family) for family in FAMILIES_3D)
    figures = [signed(float(half), 3) for half in uniform.region.half_widths]
    figures += [signed(float(region.sensitivity.max())) for region in (unequal, full)]
    figures += [signed(region.region.volume) for region in (full, run_experiment(DIAGONAL_PART_3D))]
    figures += [percent(full.region.volume / full.region.box_volume, 0)]
    for figure in figures:
        assert re.search(rf"\b{re.escape(figure)}\b", told), figure


def test_families_that_do_not_fit_are_refused_before_anything_is_drawn() -> None:
    class Flat(ErrorRegion3DScene):
        x = (10.0, 20.0)
        families = FAMILIES_2D

    class OnAPlane(ErrorRegion3DScene):
        x = (10.0, 0.0, 30.0)

    class Swapped(ErrorRegion3DScene):
        families = FAMILIES_3D[::-1]

    class Deeper(ErrorRegion3DScene):
        families = (*FAMILIES_3D[:2], WeightFamily("", FAMILIES_3D[2].weights * 2))

    for scene, message in (
        (Flat, "x: shape|channels|expected"),
        (OnAPlane, "none of them 0"),
        (Swapped, "two families"),
    ):
        with pytest.raises(ValueError, match=message):
            audit(scene)


@pytest.mark.parametrize("walked", [0.0, 3.5, 9.0])
def test_the_faces_that_are_seen_cover_the_outline_of_the_solid(view: SpaceView, walked: float) -> None:
    view.walked.set_value(walked)
    faces = SolidFaces(view, lambda: REGION.faces, theme.QUANTIZED)
    drawn = [part[0::4] for shade in faces for part in shade.get_subpaths()]
    sides = sum(len(shade.points) for shade in faces) // 4
    assert sides == sum(map(len, REGION.faces.faces)) / 2  # every face has an opposite one
    seen = zonotope_vertices(view.projection.flat(REGION.generators.T).T)
    assert sum(area(corners) for corners in drawn) == pytest.approx(area(seen), rel=1e-6)
    assert sum(area(corners) for corners in drawn) == pytest.approx(
        zonotope_volume(view.projection.flat(REGION.generators.T).T), rel=1e-6
    )


def test_every_edge_is_drawn_in_front_or_behind(view: SpaceView) -> None:
    front, behind = (solid_edges(view, lambda: REGION.faces, theme.INK, front=side) for side in (True, False))
    assert (len(front.points) + len(behind.points)) // 4 == len(REGION.faces.edges)
    box = [solid_edges(view, lambda: box_polytope([1.0, 1.0, 1.0]), theme.INK, front=side) for side in (True, False)]
    assert [len(path.points) // 4 for path in box] == [9, 3]
    # The three hidden edges meet in the corner that is farthest from the viewer.
    hidden = view.to_frame(np.array([-1.0, -1.0, -1.0]))
    ends = box[1].points.reshape(-1, 4, 3)
    gaps = np.linalg.norm(ends[:, [0, 3]] - hidden, axis=2).min(axis=1)
    np.testing.assert_allclose(gaps, 0.0, atol=1e-9)


def test_a_growing_solid_is_a_segment_then_a_face_then_solid(view: SpaceView) -> None:
    growth, progress = GrowingRegion.of(run_experiment(FULL_3D)), [1.0]
    faces = SolidFaces(view, lambda: growth.polytope(progress[0]), theme.QUANTIZED)
    edges = solid_edges(view, lambda: growth.polytope(progress[0]), theme.INK)
    counts = []
    for at in (1.0, 2.0, 3.0, 12.0):
        progress[0] = at
        faces.update()
        edges.update()
        counts.append((sum(len(shade.points) for shade in faces) // 4, len(edges.points) // 4))
    assert counts[:3] == [(0, 1), (4, 4), (12, 9)]
    assert counts[3][0] == sum(map(len, REGION.faces.faces)) / 2


def test_a_flat_face_is_lit_from_either_side(view: SpaceView) -> None:
    growth = GrowingRegion.of(run_experiment(FULL_3D))
    flat = growth.polytope(2.0)
    levels = []
    for shape in (flat, type(flat)(2, flat.vertices, flat.signs, (flat.faces[0][::-1],), -flat.normals)):
        faces = SolidFaces(view, lambda shape=shape: shape, theme.QUANTIZED)
        levels.append([k for k, shade in enumerate(faces) if len(shade.points)])
    assert levels[0] == levels[1]
    assert len(levels[0]) == 1


def test_the_viewer_walks_to_and_fro_and_sees_the_walls_from_inside(view: SpaceView) -> None:
    azimuths = []
    for walked in np.linspace(0.0, view.period, 29):
        view.walked.set_value(walked)
        toward = view.projection.rotation[2]
        assert (toward > 0).all()  # so the walls at -reach are always behind
        azimuths.append(np.degrees(np.arctan2(toward[1], toward[0])))
    assert (min(azimuths), max(azimuths)) == pytest.approx(view.azimuths)
    assert azimuths[0] == pytest.approx(azimuths[-1])


def test_shadows_lie_on_their_walls(view: SpaceView) -> None:
    height = [-1.5]
    polygon = REGION.shadow(0, 2).vertices
    solid, dashed = (wall_shadow(view, polygon, 1, lambda: height[0], theme.INK, flag) for flag in (False, True))
    expected = view.to_frame(np.column_stack([polygon[:, 0], np.full(len(polygon), -1.5), polygon[:, 1]]))
    np.testing.assert_allclose(solid[0].points[::4], expected, atol=1e-9)
    assert len(dashed) == 1
    assert len(dashed[0].get_subpaths()) > len(polygon)
    height[0] = 0.0
    solid.update()
    assert not np.allclose(solid[0].points[::4], expected)


def test_the_room_and_the_arrows_follow_the_view(view: SpaceView) -> None:
    reach, grown = [1.0], [0.5]
    room = Room(view, lambda: reach[0], ["a", "b", "c"])
    arrows = space_arrows(view, np.array([[[0.0, 0, 0], [0, 0, 2.0]]]), lambda: grown[0], theme.INK)
    up = np.cos(np.radians(view.elevation))
    assert arrows.get_top()[1] == pytest.approx(0.5 + up)
    width = room[0].width
    reach[0], grown[0] = 2.0, 1.0
    room.update()
    arrows.update()
    assert room[0].width == pytest.approx(2 * width)
    assert arrows.get_top()[1] == pytest.approx(0.5 + 2 * up)
    assert len(room[2]) == 3


def test_arrows_can_grow_one_after_the_other(view: SpaceView) -> None:
    ends = np.array([[[0.0, 0, 0], [0, 0, 1.0]], [[0.0, 0, 0], [0, 0, -1.0]]])
    arrows = space_arrows(view, ends, lambda: np.array([[1.0], [0.5]]), theme.INK)
    up = np.cos(np.radians(view.elevation))
    assert (arrows.get_top()[1], arrows.get_bottom()[1]) == pytest.approx((0.5 + up, 0.5 - up / 2))


def test_the_scene_tells_another_input_and_bit_width_as_well() -> None:
    class Variant(ErrorRegion3DScene):
        x, bits = (-7.0, 3.0, 12.0), 6
        families = tuple(replace(family, weights=family.weights[:3]) for family in FAMILIES_3D)
        diagonal_part = replace(DIAGONAL_PART_3D, weights=DIAGONAL_PART_3D.weights[:3])

    assert audit(Variant).findings == {}
