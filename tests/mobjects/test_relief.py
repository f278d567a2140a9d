"""The relief: below, floor, above; far before near; what rides on it lies on it, and what is covered is hidden."""

import numpy as np
import pytest
from manim import tempconfig

from quantization_story.analysis.sheets import Sheet, sheet_over
from quantization_story.common import ReluNetwork
from quantization_story.mobjects.flight import FlightView, Pose, framed
from quantization_story.mobjects.painting import Brush, Painting
from quantization_story.mobjects.relief import (
    PANE,
    RING_HOLE,
    Creases,
    Look,
    Relief,
    Riders,
    _Eye,
    _pane,
    dots,
    mark_kind,
    mark_outline,
    relief_brushes,
    rgb,
    rgba,
)
from quantization_story.partition import partition
from quantization_story.stage.camera import StoryCamera
from quantization_story.style import theme
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)
VIEW = FlightView(Pose(0.3, 0.6, 1.0), 0.4)
# One output: a ridge along y = 0, 1.5 - |y|: above the floor near the middle, below it at both sides.
RIDGE = ReluNetwork(([[0.0, 1.0], [0.0, -1.0]], [[-1.0, -1.0]]), ([0.0, 0.0], [1.5]))


def sheet_of(net: ReluNetwork) -> Sheet:
    return sheet_over(partition(net, BOX), 0)


def look(sheet: Sheet, **more: object) -> Look:
    return Look(np.tile([0.5, 0.6, 0.7], (len(sheet.slopes), 1)), **more)  # type: ignore[arg-type]


def filled(brushes: list[Brush]) -> list[Brush]:
    return [brush for brush in brushes if brush.fill is not None and brush.stroke is not None]


def floor_place(brushes: list[Brush]) -> int:
    """Where the veil is: the only fill of four corners larger than the frame."""
    return next(k for k, brush in enumerate(brushes) if brush.fill and np.abs(brush.outlines[0][:, 0]).min() > 7.1)


def area(outline: np.ndarray) -> float:
    x, y = outline.T
    return float(abs((x * np.roll(y, -1) - y * np.roll(x, -1)).sum()) / 2)


@pytest.mark.parametrize("seed", range(4))
def test_facets_are_split_at_the_floor_and_lie_on_their_side(seed: int) -> None:
    net = he_network((2, 4, 1), seed)
    sheet = sheet_of(net)
    brushes = relief_brushes(VIEW, sheet, look(sheet))
    floor = floor_place(brushes)
    whole = sum(area(part) for part in np.split(VIEW.over(sheet.corners, sheet.values)[:, :2], stops(sheet)))
    facets = filled(brushes)
    assert sum(area(brush.outlines[0]) for brush in facets) == pytest.approx(whole)
    below, above = filled(brushes[:floor]), filled(brushes[floor:])
    assert sum(area(brush.outlines[0]) for brush in below) == pytest.approx(part_area(sheet, -1.0))
    assert sum(area(brush.outlines[0]) for brush in above) == pytest.approx(part_area(sheet, 1.0))


def stops(sheet: Sheet) -> np.ndarray:
    return np.cumsum(sheet.cells.counts)[:-1]


def part_area(sheet: Sheet, side: float) -> float:
    """The area that is seen of the part of the sheet on one side of the floor, from the exact partition by its sign."""
    inner = sheet.cells.nets[0]
    signed = ReluNetwork((*inner.weights, [[1.0]]), (*inner.biases, [0.0]))
    cut = partition(signed, sheet.cells.box)
    total = 0.0
    for polygon, centre in zip(cut.polygons, cut.centroids, strict=True):
        if side * inner(centre[None])[0, 0] > 0:
            total += area(VIEW.over(polygon, inner(polygon)[:, 0])[:, :2])
    return total


def test_the_tie_is_where_the_sheet_meets_the_floor() -> None:
    sheet = sheet_of(RIDGE)
    brushes = relief_brushes(VIEW, sheet, look(sheet))
    tie = next(b for b in brushes if b.stroke == rgba(theme.INK, 0.95))
    ends = np.concatenate(tie.outlines)
    expected = VIEW.over([[-2, 1.5], [2, 1.5], [-2, -1.5], [2, -1.5]], np.zeros(4))[:, :2]
    assert sorted(map(tuple, ends.round(6))) == sorted(map(tuple, expected.round(6)))


def test_a_sheet_that_is_not_lifted_is_as_bright_everywhere() -> None:
    sheet = sheet_of(RIDGE)
    for lift, shades in ((0.0, 1), (1.0, 2)):
        view = FlightView(Pose(0.3, 0.6, 1.0, lift=lift), 0.4)
        colors = {tuple(np.round(brush.fill, 9)) for brush in filled(relief_brushes(view, sheet, look(sheet)))}
        assert len(colors) == shades


def test_marks_ride_on_the_sheet_on_their_side_of_the_floor() -> None:
    sheet = sheet_of(RIDGE)
    points = np.array([[0.5, 0.2], [0.5, 1.9], [-1.0, -0.7]])
    kinds = [mark_kind("disc", 0.1, rgba(theme.INK)), mark_kind("cross", 0.1, rgba(theme.SAME))]
    brushes = relief_brushes(VIEW, sheet, look(sheet, riders=Riders(points, np.array([0, 0, 1]), kinds)))
    floor = floor_place(brushes)
    discs = [(k, b) for k, b in enumerate(brushes) if b.dots and b.stroke == rgba(theme.INK)]
    crosses = [(k, b) for k, b in enumerate(brushes) if b.fill == rgba(theme.SAME)]
    assert len(crosses) == 1
    assert crosses[0][0] > floor
    assert sorted(k > floor for k, _ in discs) == [False, True]
    heights = 1.5 - np.abs(points[:, 1])
    places = framed(VIEW.seen, VIEW.relief, np.column_stack([points, heights]))[:, :2]
    for brush, place in ((discs[0][1], places[1]), (discs[1][1], places[0]), (crosses[0][1], places[2])):
        assert np.mean(brush.outlines[0], axis=0) == pytest.approx(place, abs=1e-6)


def test_a_kind_without_opacity_is_not_drawn() -> None:
    sheet = sheet_of(RIDGE)
    riders = Riders(np.zeros((1, 2)), np.array([0]), [mark_kind("disc", 0.1, rgba(theme.INK, 0.0))])
    assert len(relief_brushes(VIEW, sheet, look(sheet, riders=riders))) == len(relief_brushes(VIEW, sheet, look(sheet)))


def test_the_grid_lies_on_the_sheet() -> None:
    sheet = sheet_of(RIDGE)
    with_mesh = relief_brushes(VIEW, sheet, look(sheet, mesh=1.0))
    lines = np.concatenate([np.array(b.outlines) for b in with_mesh if b.stroke == rgba(theme.BACKGROUND, 0.55)])
    found = {tuple(np.round(end, 5)) for line in lines for end in line}
    # The line x = 1 over the rim, the floor's edge and the ridge.
    for y in (-2.0, -1.5, 0.0, 1.5, 2.0):
        end = framed(VIEW.seen, VIEW.relief, [[1.0, y, 1.5 - abs(y)]])[0, :2]
        assert tuple(np.round(end, 5)) in found


def test_creases_come_with_the_nearer_of_their_cells_and_so_stay_visible() -> None:
    sheet = sheet_of(RIDGE)
    inner = np.flatnonzero((sheet.cells.edges.cells >= 0).all(axis=1))
    stroke = rgba(theme.BOUNDARY)
    brushes = relief_brushes(VIEW, sheet, look(sheet, creases=[Creases(inner, stroke, 3.0)]))
    at = [k for k, b in enumerate(brushes) if b.stroke == stroke]
    facets = [k for k, b in enumerate(brushes) if filled([b])]
    assert len(at) == 1
    assert at[0] > max(facets)  # after the nearer facet above the floor, the last one


def test_a_crease_without_opacity_is_not_drawn() -> None:
    sheet = sheet_of(RIDGE)
    edges = np.arange(len(sheet.cells.edges.cells))
    for opacity in (0.0, 1.0):
        look_now = look(sheet, creases=[Creases(edges, rgba(theme.BOUNDARY, opacity), 3.0)])
        drawn = [brush for brush in relief_brushes(VIEW, sheet, look_now) if brush.width == 3.0]
        assert bool(drawn) == bool(opacity)


def test_a_sheet_that_is_gone_leaves_the_floor_and_what_lies_over_all() -> None:
    sheet = sheet_of(RIDGE)
    points = np.array([[0.0, 0.0]])
    riders = Riders(points, np.zeros(1, dtype=int), [mark_kind("disc", 0.1, rgba(theme.INK))])
    over = [Brush([np.zeros((3, 2))], rgba(theme.HERO))]
    half = filled(relief_brushes(VIEW, sheet, look(sheet, riders=riders, mesh=0.5, over=over, opacity=0.5)))
    assert {brush.fill[3] for brush in half if brush.fill} == {0.5}
    bare = relief_brushes(VIEW, sheet, look(sheet, riders=riders, mesh=0.5, over=over, opacity=0.0))
    assert bare[-1] is over[0]
    assert floor_place(bare) == 0
    assert len(bare) == 3  # the veil, the grid of the floor, and what lies over all


def test_what_a_nearer_facet_covers_is_hidden() -> None:
    """From low in front of a ridge its far side cannot be seen, nor a mark on it."""
    sheet = sheet_of(RIDGE)
    low = FlightView(Pose(0.0, 0.15, 1.0), 1.0)
    kind = [mark_kind("square", 0.06, (1.0, 0.0, 0.0, 1.0))]
    counts = []
    for y in (0.7, -0.7):  # behind, in front
        riders = Riders(np.array([[0.0, y]]), np.array([0]), kind)
        relief = Relief(low, lambda: sheet, lambda now, riders=riders: look(now, riders=riders))
        with tempconfig({"pixel_width": 854, "pixel_height": 480}):
            camera = StoryCamera()
            camera.capture_mobjects([relief])
        pixels = camera.pixel_array.astype(int)
        counts.append(int(((pixels[..., 0] > 200) & (pixels[..., 1] < 60)).sum()))
    assert counts[0] == 0
    assert counts[1] > 20


def test_the_relief_follows_its_sheet_and_its_view() -> None:
    sheets = [sheet_of(RIDGE), sheet_of(he_network((2, 3, 1), 1))]
    view = FlightView(Pose(0.3, 0.6, 1.0), 0.4)
    relief = Relief(view, lambda: sheets[0], look)
    first = relief.brushes
    view.fly(Pose(0.9, 0.6, 1.0))
    view.way.set_value(1.0)
    relief.update()
    assert not np.allclose(relief.brushes[0].outlines[0], first[0].outlines[0])
    sheets.pop(0)
    relief.update()
    assert len(filled(relief.brushes)) != len(filled(first))


@pytest.mark.parametrize("mark", ["triangle", "square", "diamond", "cross"])
def test_marks_are_around_their_origin(mark: str) -> None:
    outline = mark_outline(mark, 0.2)
    assert np.mean(outline, axis=0) == pytest.approx([0.0, 0.0], abs=1e-9)
    assert 0.2 <= np.linalg.norm(outline, axis=1).max() < 0.32
    assert len(outline) == {"triangle": 3, "square": 4, "diamond": 4, "cross": 12}[mark]


@pytest.mark.parametrize("mark", ["disc", "ring", "square"])
def test_a_mark_has_a_dark_edge_below_its_colour(mark: str) -> None:
    (_, edge), (_, color) = mark_kind(mark, 0.1, rgba(theme.INK, 0.5)).shapes
    assert color == rgba(theme.INK, 0.5)
    assert edge == rgba(theme.BACKGROUND, 0.5)


def test_a_ring_has_a_hole() -> None:
    picture = Painting().paint([Brush([mark_outline("ring", 1.0)], rgba("#FFFFFF"))])
    with tempconfig({"pixel_width": 854, "pixel_height": 480}):
        camera = StoryCamera()
        camera.capture_mobjects([picture])
    lit = camera.pixel_array[..., 0].astype(float) / 255
    twelve_gon = 12 * np.sin(np.pi / 6) / 2
    assert lit.sum() / 60.0**2 == pytest.approx(twelve_gon * (1 - RING_HOLE**2), rel=0.03)
    assert lit[240, 427] == 0
    assert lit[240, 427 + 50] == 1


def test_dots_are_discs_of_their_radius() -> None:
    picture = Painting().paint([dots([np.array([1.0, -0.5])], 0.5, rgba("#FFFFFF"))])
    with tempconfig({"pixel_width": 854, "pixel_height": 480}):
        camera = StoryCamera()
        camera.capture_mobjects([picture])
    lit = camera.pixel_array[..., 0].astype(float) / 255
    unit = 480 / 8.0
    assert lit.sum() / unit**2 == pytest.approx(np.pi * 0.5**2, rel=0.02)
    rows, columns = np.nonzero(lit > 0.5)
    assert (columns.mean() - 427) / unit == pytest.approx(1.0, abs=0.02)
    assert (240 - rows.mean()) / unit == pytest.approx(-0.5, abs=0.02)


def test_colours_of_the_theme_are_numbers() -> None:
    assert rgb("#FF8000") == pytest.approx([1.0, 128 / 255, 0.0])
    assert rgba("#FF8000", 0.5) == pytest.approx((1.0, 128 / 255, 0.0, 0.5))


def test_the_pane_lies_in_the_floor_and_is_left_out_at_nothing() -> None:
    view, outline = FlightView(Pose(0.2, 0.4, 1.0), 0.5), np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    eye = _Eye(view.seen, view.relief)
    (pane,) = _pane(eye, Look(np.zeros((0, 3)), pane=(outline, 0.5)))
    assert pane.outlines[0] == pytest.approx(view.over(outline, np.zeros(3))[:, :2])
    assert pane.fill is not None
    assert pane.fill[3] == pytest.approx(PANE / 2)
    assert _pane(eye, Look(np.zeros((0, 3)), pane=(outline, 0.0))) == _pane(eye, Look(np.zeros((0, 3)))) == []


def test_a_halo_is_a_ring_that_leaves_room_for_a_mark() -> None:
    reach = np.linalg.norm(mark_outline("halo", 2.0), axis=1)
    assert sorted(set(reach.round(9))) == [1.6, 2.0]
