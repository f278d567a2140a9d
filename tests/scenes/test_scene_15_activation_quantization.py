"""The scene of rounded activations: lattices, rows of errors, growth, the path through the network, and its layout."""

import numpy as np
import pytest

from layout import audit, audited, check_captions
from quantization_story.analysis.activation_rounding import BitsDial, RoutedStates, routed_states
from quantization_story.analysis.fake_quantization import quantized_path
from quantization_story.common import ReluNetwork
from quantization_story.core.plane_geometry import Window
from quantization_story.error_regions.shapes import circle
from quantization_story.error_regions.weight_families import FULL_2D
from quantization_story.mobjects.lattice import cell_frames, dashed_box, lattice
from quantization_story.mobjects.plane import PlaneView
from quantization_story.pictures.activation_quantization import (
    MARGIN,
    ErrorRows,
    GrowthCharts,
    RegimeTable,
    RoutedStage,
)
from quantization_story.scene_15_activation_quantization import ActivationQuantizationScene
from quantization_story.style import theme
from small_networks import he_network

ZONE = theme.Zone(-6.7, 6.7, -2.9, 2.9)
DIAL = BitsDial(FULL_2D.weights, circle(24).points, (8, 4, 2))


@pytest.fixture
def view() -> PlaneView:
    return PlaneView((1.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))


@pytest.fixture
def rows() -> ErrorRows:
    return ErrorRows(ZONE, DIAL, circle(24), ("one", "other"))


@pytest.fixture
def network() -> ReluNetwork:
    return he_network((2, 2, 2, 2), 4)


@pytest.fixture
def routed(network: ReluNetwork) -> RoutedStates:
    return routed_states(network, np.random.default_rng(0).uniform(-2, 2, (60, 2)), 3)


def middles(marks) -> np.ndarray:
    """The middle of every mark of a cloud, (n, 3)."""
    parts = [np.array(part) for part in marks.get_subpaths()]
    return np.array([(part.min(axis=0) + part.max(axis=0)) / 2 for part in parts])


def test_a_lattice_has_a_line_at_every_multiple(view: PlaneView) -> None:
    lines = lattice(view, 0.75)
    assert len(lines.get_subpaths()) == 2 * 5
    upright = sorted({round(float(x), 6) for x in lines.points[:20, 0]})
    np.testing.assert_allclose(upright, 1.0 + 0.75 * np.arange(-2, 3))
    assert lattice(view, 0.01).get_stroke_opacity() < lines.get_stroke_opacity()
    assert len(lattice(view, 0.0).points) == 0


def test_frames_and_boxes(view: PlaneView) -> None:
    frame = cell_frames([view])
    assert (frame.width, frame.height) == pytest.approx((4.0, 4.0))
    half = [0.5]
    box = dashed_box(view, lambda: np.array([0.5, 0.0]), lambda: np.array([half[0], 1.0]))
    assert (box.width, box.height) == pytest.approx((1.0, 2.0), abs=0.2)
    half[0] = 9.0
    box.update()  # clipped to the view
    assert np.abs(box.points[:, :2] - [1.0, 0.0]).max() <= 2.0 + 1e-9


@pytest.mark.parametrize(("row", "activations"), [(0, False), (1, True)])
def test_the_shape_leaves_its_error_in_every_square(rows: ErrorRows, row: int, activations: bool) -> None:
    rows.flows[row].set_value(rows.depth)
    group = (rows.curves, rows.dots)[row]
    group.update()
    errors = (DIAL.both if activations else DIAL.weight_only)[0].errors[1:]
    for k, path in enumerate(group):
        own = np.flatnonzero(rows.parts == k)
        places = middles(path) if row else path.points[0::4]
        copies = places.reshape(rows.depth + 1, len(own), 3)
        np.testing.assert_allclose(copies[0], rows.input_view.to_frame(circle(24).points[own]), atol=1e-5)
        for layer, error in enumerate(errors):
            expected = rows.views[row][layer].to_frame(error[own] / DIAL.reach[0])
            np.testing.assert_allclose(copies[layer + 1], expected, atol=1e-5)


def test_the_squares_make_room_for_their_tubes(rows: ErrorRows) -> None:
    rows.room.set_value(1.0)
    rows.flows[1].set_value(rows.depth)
    rows.dots.update()
    rows.scale.update()
    assert rows.widening() == pytest.approx(DIAL.room[0] / DIAL.reach[0])
    assert rows.scale[1].content == f"{2 * MARGIN * DIAL.room[0]:.2f}"
    own = np.flatnonzero(rows.parts == 0)
    last = middles(rows.dots[0])[-len(own) :]
    expected = rows.views[1][-1].to_frame(DIAL.both[0].errors[-1][own] / DIAL.room[0])
    np.testing.assert_allclose(last, expected, atol=1e-5)
    tubes = rows.tubes(0, 24)
    for view in rows.views[1]:
        near = np.abs(tubes.points[:, :2] - view.center[:2]).max(axis=1) <= view.side / 2 + 1e-9
        assert near.any()
    inside = [np.abs(tubes.points[:, None, :2] - [view.center[:2] for view in rows.views[1]]).max(axis=2)]
    assert (inside[0].min(axis=1) <= rows.side / 2 + 1e-9).all()


def test_all_stops_can_share_the_scale_of_the_largest_errors(rows: ErrorRows) -> None:
    rows.shared.set_value(1.0)
    rows.flows[1].set_value(rows.depth)
    for stop in range(3):
        rows.place.set_value(stop)
        rows.dots.update()
        rows.scale.update()
        assert rows.scale[1].content == f"{2 * MARGIN * DIAL.reach.max():.2f}"
        own = np.flatnonzero(rows.parts == 0)
        last = middles(rows.dots[0])[-len(own) :]
        expected = rows.views[1][-1].to_frame(DIAL.both[stop].errors[-1][own] / DIAL.reach.max())
        np.testing.assert_allclose(last, expected, atol=1e-5)


def test_the_figures_above_the_squares_follow_the_dial(rows: ErrorRows) -> None:
    for stop in range(3):
        rows.place.set_value(stop)
        for row, activations in ((0, False), (1, True)):
            for head, largest in zip(rows.heads[row], DIAL.largest(stop, activations), strict=True):
                head.update()
                assert head[1].content == f"{largest:.3f}"


def test_the_lines_of_growth_go_from_one_regime_to_the_other() -> None:
    points = circle(24).points
    pair = tuple(quantized_path(FULL_2D.weights, points, 4, states) for states in (None, 4))
    part, drawn = [0.0], [0.0]
    growth = GrowthCharts(ZONE, ["circle"], [pair], lambda: part[0], lambda: drawn[0])
    assert len(growth.lines[0].points) == 0
    drawn[0] = 4.0
    for share, path in ((0.0, pair[0]), (1.0, pair[1])):
        part[0] = share
        growth.marks[0].update()
        largest, mean = np.split(middles(growth.marks[0]), 2)
        layers = np.arange(5.0)
        first, second = growth.charts
        np.testing.assert_allclose(largest, first.to_frame(np.column_stack([layers, path.largest_errors])), atol=1e-5)
        np.testing.assert_allclose(mean, second.to_frame(np.column_stack([layers, path.mean_errors])), atol=1e-5)


def test_a_table_right_aligns_its_entries() -> None:
    table = RegimeTable(theme.Zone(0.0, 6.0, -3.0, 3.0), ("a", "b"), (2.0, 0.0))
    entries = [table.entry(row, 1, content) for row, content in enumerate(("9.5", "123.45 %"))]
    assert [entry.anchor[0] for entry in entries] == [6.0, 6.0]
    assert entries[0].anchor[1] - entries[1].anchor[1] == pytest.approx(table.pitch)
    assert table.row_name(0, "word").get_left()[0] == pytest.approx(0.0)


def test_the_points_are_where_their_path_has_them(network: ReluNetwork, routed: RoutedStates) -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 50.0))
    labels = np.arange(20) % 3
    glide = quantized_path(network, routed.exact[0], 3, 3).output_map
    stage = RoutedStage(view, routed, labels, glide)
    for stop in range(stage.last + 1):
        for regime, states in ((0.0, routed.weight_only), (1.0, routed.both)):
            stage.progress.set_value(stop)
            stage.regime.set_value(regime)
            np.testing.assert_allclose(stage.twin(), states[stop][:20])
            stage.rings.redraw()
            assert stop == stage.last or len(stage.rings.points) == 0
    stage.crosses.redraw()
    assert len(stage.crosses.get_subpaths()) == routed.rerouted[1][:20].sum()
    places = np.unique(routed.both[-1], axis=0)
    assert len(stage.places.get_subpaths()) == len(places)
    there = PlaneView(view.center, view.side, stage.windows[-1])
    np.testing.assert_allclose(middles(stage.places), there.to_frame(glide(places)), atol=1e-5)
    assert np.abs(middles(stage.places) - view.center).max() <= view.side / 2
    stage.mapped.set_value(1.0)
    np.testing.assert_allclose(stage.twin(), glide(routed.both[-1][:20]))


class Finer(ActivationQuantizationScene):
    """Other bit widths, fewer shapes, another story width of the network."""

    bits = 5
    chain_bits = (6, 3)
    shape_names = ("circle", "spiral")
    shape_points = 48


@pytest.mark.parametrize("scene", [ActivationQuantizationScene, Finer])
def test_the_layout_is_clean(scene: type[ActivationQuantizationScene]) -> None:
    result = audited(scene)
    assert result.findings == {}
    assert len(result.beats) == len(set(result.beats)) == 11
    check_captions(result)


def test_a_network_that_is_no_chain_of_planes_is_refused() -> None:
    class Wide(ActivationQuantizationScene):
        network_name = "pinwheel_wide"

    with pytest.raises(ValueError, match=r"needs two units in every layer.*pinwheel_wide"):
        audit(Wide)
