"""The scene of the cascade: its builders, its figures, and its audit."""

from pathlib import Path

import numpy as np
import pytest
from manim import LEFT, ValueTracker

from layout import audit, audited
from own_networks import arrays_of, write
from quantization_story.analysis.cascade import Cascade, LayerTerms, layer_spreads
from quantization_story.analysis.unit_errors import LayerUnitErrors, layer_unit_errors
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.mobjects.charts.chart import Chart
from quantization_story.mobjects.layer_graph import (
    LayerGraph,
    Layout,
    UnitErrorShapes,
    close_up,
    half_key,
    in_columns,
    weights_of,
)
from quantization_story.networks.settings import Settings
from quantization_story.pictures.correction_cascade import CascadeTable, TermBars, front_line, shades, trace
from quantization_story.scene_11_correction_cascade import CorrectionCascadeScene
from quantization_story.style import theme
from small_networks import he_network

ZONE = theme.Zone(-3.0, 3.0, -1.0, 1.0)
WIDTHS = (2, 5, 4, 3)


def area(corners: np.ndarray) -> float:
    x, y = corners[:, 0], corners[:, 1]
    return float(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)


@pytest.fixture
def chart() -> Chart:
    """Two layers; one unit of length is two frame units."""
    return Chart(ZONE, (-0.5, 2.5), (0.0, 1.0), (0, 1, 2), ())


@pytest.fixture
def pulses() -> list[LayerUnitErrors]:
    net: ReluNetwork = he_network(WIDTHS, seed=3)
    points = np.random.default_rng(11).uniform(-3.0, 3.0, (50, 2))
    return layer_unit_errors(net, net.quantized(UniformQuantizer(3)), points[0], layer_spreads(net, points))


def variant(**parameters: object) -> type[CorrectionCascadeScene]:
    return type("Variant", (CorrectionCascadeScene,), parameters)


def test_the_scene_is_clean_and_neither_too_short_nor_too_long() -> None:
    result = audited(CorrectionCascadeScene)
    assert result.findings == {}
    assert 40 <= result.seconds <= 68  # at one frame a second every animation is rounded up


@pytest.mark.parametrize(
    "parameters",
    [
        {"bits": 8},
        {"network_name": "codebook"},
        {"network_name": "pinwheel", "bits": 3},
    ],
    ids=lambda parameters: "-".join(map(str, parameters.values())),
)
def test_other_networks_and_bit_widths_have_room_too(parameters: dict[str, object]) -> None:
    assert audit(variant(**parameters)).findings == {}


def test_what_has_no_cascade_is_refused(tmp_path: Path) -> None:
    shallow = Settings(write(tmp_path / "shallow.npz", arrays_of(he_network((2, 2, 2), 0))), transposed=False)
    with pytest.raises(ValueError, match="needs 2 hidden layers or more"):
        CorrectionCascadeScene.require_playable(shallow)


def test_the_figures_of_the_table_are_those_of_the_study() -> None:
    scene = CorrectionCascadeScene(skip_animations=True)
    scene.setup()
    scene.prepare()
    scene.make_table()
    for cascade in scene.study.corrected:
        reached = ValueTracker(0.0)
        row = scene.table.row(cascade, theme.SAME, "disc", reached.get_value)
        shown = [number.content for number in row[2:]]
        assert shown[:2] == [f"{scene.study.rounded.total[-1]:.2f}", f"{100 * scene.quantized_accuracy:.1f}"]
        reached.set_value(cascade.depth)
        row.update()
        shown = [number.content for number in row[2:]]
        assert shown == [
            f"{cascade.left:.2f}",
            f"{100 * cascade.accuracies[-1]:.1f}",
            str(cascade.numbers),
        ]
        tops = {round(float(number.anchor[1]), 6) for number in row[2:]}
        assert len(tops) == 1
    control = [number.content for number in scene.table.control()[1:]]
    assert control == [f"{100 * cascade.on_float[-1]:.1f}" for cascade in scene.study.corrected]


# --- the bars


def test_bars_are_as_long_as_the_error_and_divided_by_the_shares(chart: Chart) -> None:
    # Two terms at an angle: the error of the second layer is shorter than both end to end.
    terms = LayerTerms(np.array([0.2, 0.3]), np.array([0.0, 0.4]), np.array([0.2, 0.5]))
    grown = [np.ones(2), np.ones(2)]
    bars = TermBars(chart, lambda: terms, lambda: (grown[0], grown[1]))
    joint, top = chart.point(2, 0.5 * 4 / 7), chart.point(2, 0.5)
    assert len(bars.propagated.get_subpaths()) == 1  # nothing has come to layer 1
    assert bars.propagated.get_bottom()[1] == pytest.approx(-1.0)
    assert bars.propagated.get_top()[1] == pytest.approx(joint[1])
    assert bars.local.get_top()[1] == pytest.approx(top[1])
    own = bars.local.get_subpaths()
    assert own[1][:, 1].min() == pytest.approx(joint[1])
    assert own[0][:, 1].max() == pytest.approx(chart.point(1, 0.2)[1])
    grown[1] = np.zeros(2)
    bars.update()
    assert len(bars.local.points) == 0
    assert len(bars.propagated.points) > 0


# --- the network


def test_units_move_from_the_close_up_into_columns() -> None:
    near, far = close_up(ZONE, WIDTHS), in_columns(ZONE, [-2.0, -1.0, 0.0, 1.0], WIDTHS)
    assert [len(column) for column in near.places(WIDTHS, ZONE.right)] == [2, 5, 4]
    places = near.toward(far, 1.0).places(WIDTHS, ZONE.right)
    assert [float(column[0, 0]) for column in places] == [-2.0, -1.0, 0.0, 1.0]
    assert all(abs(column[:, 1].mean() - ZONE.center[1]) < 1e-9 for column in places)
    assert np.ptp(places[1][:, 1]) <= ZONE.height
    assert near.toward(far, 0.0).pitch == near.pitch


def test_the_error_runs_to_the_front_and_no_farther(pulses: list[LayerUnitErrors]) -> None:
    shapes = UnitErrorShapes(pulses)
    places = Layout(np.arange(4.0), 0.0, 1.0).places(WIDTHS, 9.0)
    assert shapes.halves(places, 1.0, 0.0) == ([], [], [])
    arrived, added, stopped = shapes.halves(places, 1.0, 1.0)
    assert (arrived, stopped) == ([], [])
    # Areas are lengths: half discs of the same scale, all at the first layer.
    sizes = sorted((area(half) for half in added), reverse=True)
    expected = sorted(np.abs(pulses[0].local), reverse=True)
    assert np.array(sizes) / sizes[0] == pytest.approx(np.array(expected) / expected[0], rel=1e-6)
    assert max(half[:, 0].max() for half in added) < 2.0
    late = shapes.halves(places, 1.0, 1.3)
    closed = int(pulses[0].closed.sum())
    assert closed > 0
    assert len(late[2]) == closed
    edges = shapes.carried(places, 1.0, 1.3)
    assert all(edge[:, 0].min() >= 1.0 - 1e-9 and edge[:, 0].max() < 2.0 for edge in edges)
    assert all(edge[:, 0].max() == pytest.approx(2.0) for edge in shapes.carried(places, 1.0, 1.45))


def test_only_columns_in_sight_are_drawn(pulses: list[LayerUnitErrors]) -> None:
    columns = [np.arange(4.0)]
    graph = LayerGraph(WIDTHS, pulses, lambda: Layout(columns[0], 0.0, 0.3), 2.5, lambda: 3.0)
    assert len(graph.weights.get_subpaths()) == 2 * 5 + 5 * 4
    assert graph.error.get_right()[0] < 2.5
    columns[0] = np.arange(4.0) / 2
    graph.update()
    assert len(graph.weights.get_subpaths()) == 2 * 5 + 5 * 4 + 4 * 3


def test_the_weights_of_one_layer_are_lit() -> None:
    layer = [0]
    lit = weights_of(lambda: layer[0], Layout(np.arange(4.0), 0.0, 0.3), WIDTHS)
    assert len(lit.points) == 0
    for layer[0], count in ((1, 2 * 5), (2, 5 * 4), (3, 4 * 3), (4, 0)):
        lit.update()
        assert len(lit.get_subpaths()) == count
        if count:
            assert (lit.get_left()[0], lit.get_right()[0]) == pytest.approx((layer[0] - 1.0, layer[0]))


def test_the_sign_of_a_half_disc_is_the_half_that_is_drawn() -> None:
    left, right, whole = (half_key("words", theme.INK, side, (0.0, 0.0))[0] for side in (-1.0, 1.0, 0.0))
    assert left.get_right()[0] == pytest.approx(right.get_left()[0])
    assert whole.width == pytest.approx(left.width + right.width)


# --- lines and the table


def test_a_trace_is_drawn_as_far_as_it_is_reached(chart: Chart) -> None:
    reached = [0.0]
    line, marks = trace(chart, np.array([0.2, 0.6]), 1, lambda: reached[0], theme.SAME, "disc")
    assert len(line.points) == len(marks.points) == 0
    reached[0] = 1.5
    line.update()
    marks.update()
    assert line.points[-1] == pytest.approx(chart.point(1.5, 0.4))
    assert len(marks.get_subpaths()) == 1
    dashed, _ = trace(chart, np.array([0.2, 0.6]), 1, lambda: 2.0, theme.QUIET, "ring", dashed=True)
    assert len(dashed.get_subpaths()) > 3


def test_the_front_stands_in_every_chart(chart: Chart) -> None:
    above = Chart(theme.Zone(-3.0, 3.0, 2.0, 3.0), (-0.5, 2.5), (80.0, 100.0), (), ())
    line = front_line((chart, above), lambda: 1.0, theme.SAME)
    ends = [part[[0, -1], 1].tolist() for part in line.get_subpaths()]
    assert ends == [pytest.approx([-1.0, 1.0]), pytest.approx([2.0, 3.0])]
    assert np.ptp(line.points[:, 0]) == pytest.approx(0.0)


def test_a_row_follows_its_correction() -> None:
    ends = tuple(LayerTerms(np.array([x]), np.zeros(1), np.array([x])) for x in (0.8, 0.4))
    cascade = Cascade("bias", 0, 7, ends, np.array([0.5, 0.75]), np.array([1.0, 0.9]))
    at = [0.0]
    table = CascadeTable(ZONE)
    row = table.row(cascade, theme.SAME, "disc", lambda: at[0])
    assert [number.content for number in row[2:]] == ["0.80", "50.0", "7"]
    at[0] = 0.5
    row.update()
    assert [number.content for number in row[2:]] == ["0.60", "50.0", "7"]
    control = table.control()
    assert [number.content for number in control[1:]] == ["90.0"]
    assert control[1].anchor == pytest.approx([ZONE.right - 0.05, row[2].anchor[1], 0.0])
    below = table.plain_row("float", theme.FLOAT, "disc", ("0.00", "100.0"))
    assert below[1].get_center()[1] == pytest.approx(row[1].get_center()[1] - table.row_height, abs=0.05)
    assert below[1].get_edge_center(LEFT)[0] == pytest.approx(row[1].get_edge_center(LEFT)[0], abs=1e-6)


def test_shades_differ_in_lightness() -> None:
    def lightness(color: str) -> float:
        return sum(int(color[k : k + 2], 16) for k in (1, 3, 5))

    light, own, dark = shades(theme.SAME, 3)
    assert own == theme.SAME
    assert lightness(light) - lightness(own) > 60
    assert lightness(own) - lightness(dark) > 60
    assert shades(theme.SAME, 1) == [theme.SAME]
