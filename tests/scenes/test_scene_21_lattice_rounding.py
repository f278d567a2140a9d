"""The scene of one lattice and several roundings, played: what it draws stands where its figures say."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.tasks import accuracy, hits
from quantization_story.figures.lattice_rounding import LatticeRoundingFigures, badges, measure
from quantization_story.networks.settings import Settings
from quantization_story.pictures.lattice_rounding.outputs import SIGN, OutputPlane
from quantization_story.pictures.lattice_rounding.row import ARROW, INPUT, SWOLLEN, RowPlane, swell
from quantization_story.pictures.lattice_rounding.rows import RowFields
from quantization_story.pictures.lattice_rounding.seeds import GainChart
from quantization_story.scene_21_lattice_rounding import LatticeRoundingScene
from quantization_story.stage.drift import Drift
from quantization_story.stage.watcher import Watcher


class Looking(Watcher):
    """Notes after every play what is wrong with the texts, the badge, and where the trackers are."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.seen: list[dict[str, Any]] = []

    def on_play(self, scene: Any) -> None:
        self.findings += look(scene)
        whole = getattr(scene, "whole", None)
        self.seen.append(
            {
                "beat": scene.record.beats[-1].name,
                "badge": scene.now(),
                "chosen": scene.plane.chosen.get_value(),
                "rows": scene.fields.moved.get_value(),
                "weights": None if whole is None else whole.moved.get_value(),
            }
        )


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = LatticeRoundingScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


@pytest.fixture(scope="module")
def figures() -> LatticeRoundingFigures:
    return measure(LatticeRoundingScene.choose())


@pytest.fixture
def plane(figures: LatticeRoundingFigures) -> RowPlane:
    found = RowPlane(figures.hero, figures.inputs, Drift())
    found.view.start = found.view.goal = found.near
    return found


def test_the_number_beside_the_points_is_their_accuracy(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    shown = {beat.name: beat.figures for beat in scene.record.beats}
    assert shown["points"] == {"right": f"{100 * scene.figures.best_accuracy:.1f} % right"}


def middles(cloud: Any) -> np.ndarray:
    """The middle of every mark of a cloud, (n, 3)."""
    marks = cloud.points.reshape(-1, len(cloud.template), 3)
    return np.asarray((marks.min(axis=1) + marks.max(axis=1)) / 2)


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_the_badge_is_true_of_what_is_on_screen(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    row, rows, nearest, _, better, seeds = badges(scene.figures)
    by_beat = {each["beat"]: each for each in watcher.seen}
    assert by_beat["GPTQ"]["badge"] == row
    assert by_beat["rows"]["badge"] == rows
    assert by_beat["answer"]["badge"] == seeds
    for each in watcher.seen:
        if each["badge"] in (nearest, better):
            assert each["weights"] == (each["badge"] == better)


def test_the_disc_leaves_the_nearest_level_only_after_the_ellipse_has_met_another(
    played: tuple[Any, Looking],
) -> None:
    beats = [(each["beat"], each["chosen"]) for each in played[1].seen]
    assert all(chosen == 0 for beat, chosen in beats if beat in ("question", "point", "nearest", "inputs", "ellipse"))
    assert all(chosen == 1 for beat, chosen in beats if beat in ("GPTQ", "rows"))


def test_levels_and_what_is_taken_stand_at_their_codes(plane: RowPlane) -> None:
    row = plane.row
    levels = middles(plane.make_levels())
    for codes in (row.nearest, row.best):
        assert np.abs(levels - plane.level_place(codes)).max(axis=1).min() < 1e-9
    for chosen, codes in ((0.0, row.nearest), (1.0, row.best)):
        plane.chosen.set_value(chosen)
        np.testing.assert_allclose(middles(plane.make_taken())[0], plane.level_place(codes), atol=1e-9)
    np.testing.assert_allclose(middles(plane.make_left())[0], plane.level_place(row.nearest), atol=1e-9)


def test_all_levels_are_drawn_and_no_others(plane: RowPlane) -> None:
    plane.view.start = plane.view.goal = plane.far
    assert len(middles(plane.make_levels())) == 225
    assert len(plane.make_lines().points) == 4 * 30


def test_the_circle_meets_the_nearest_level(plane: RowPlane) -> None:
    plane.circle.set_value(plane.row.distance)
    ring = plane.make_circle().points
    assert np.linalg.norm(ring - plane.level_place(plane.row.nearest), axis=1).min() < 0.06


def test_the_ellipse_is_of_its_error_and_meets_the_best_level_first(plane: RowPlane) -> None:
    row = plane.row
    plane.angle.set_value(row.costly + np.pi / 2)
    plane.budget.set_value(row.error(row.best))
    plane.traced.set_value(2 * np.pi)
    edge = plane.make_ellipse()[1].points[::4]
    linear = plane.view.to_frame(np.array([[0.0, 0.0], [1.0, 0.0]]))
    places = (edge - linear[0])[:, :2] / (linear[1] - linear[0])[0]
    assert [row.error(place) for place in places] == pytest.approx([row.error(row.best)] * len(places), rel=1e-6)
    assert np.linalg.norm(edge - plane.level_place(row.best), axis=1).min() < 0.06


def test_the_change_goes_along_then_across_then_around_with_one_error(plane: RowPlane) -> None:
    row = plane.row
    plane.length.set_value(row.distance)
    errors = []
    for angle in (0.0, np.pi / 2):
        plane.angle.set_value(row.costly + angle)
        errors.append(row.error(plane.tried()))
    assert errors[0] > 3 * errors[1]
    plane.budget.set_value(errors[1])
    for traced in (0.01, 1.0, 2.5, 2 * np.pi):
        plane.traced.set_value(traced)
        assert row.error(plane.tried()) == pytest.approx(errors[1])


def test_inputs_swell_by_how_far_off_the_output_is(plane: RowPlane) -> None:
    plane.length.set_value(plane.row.distance)
    change = plane.tried() - plane.row.weight
    off = plane.off()
    np.testing.assert_allclose(off / off.max(), np.abs(plane.inputs @ change) / np.abs(plane.inputs @ change).max())
    assert off.max() <= 1.0
    marks = plane.make_taken()
    swell(marks, np.array([[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]]), [0.0, 1.0])
    small, large = np.ptp(marks.points.reshape(2, -1, 3)[:, :, 0], axis=1) / 2
    assert (small, large) == pytest.approx((INPUT, SWOLLEN))


@pytest.mark.parametrize("first", [0, 1])
def test_a_way_of_gptq_passes_its_stops(plane: RowPlane, first: int) -> None:
    way = plane.row.passed_on(first)
    for stop in range(4):
        plane.walked[first].set_value(float(stop))
        line, made_up, mark = plane.make_way(first)
        assert len(made_up.points) == (len(made_up.template) if stop >= 2 else 0)
        np.testing.assert_allclose(middles(mark)[0], plane.view.point(way[stop]), atol=1e-9)
        assert len(line.points) == 4 * stop


@pytest.mark.parametrize("first", [0, 1])
def test_the_ellipse_touches_the_line_where_the_other_weight_is_shifted_to(plane: RowPlane, first: int) -> None:
    line = plane.make_fixed(first).points
    plane.traced.set_value(2 * np.pi)
    plane.budget.set_value(plane.touching(first))
    edge = plane.make_ellipse()[1].points[::4]
    beyond = (edge - line[0])[:, first] * np.sign((plane.row_place() - line[0])[first])
    assert 0.0 <= beyond.min() < 0.01
    there = plane.level_place(plane.row.passed_on(first)[2])
    np.testing.assert_allclose(edge[beyond.argmin()], there, atol=0.1)
    assert line[:, first] == pytest.approx([there[first]] * len(line))


def test_fields_show_every_row_at_one_length_of_a_step(figures: LatticeRoundingFigures) -> None:
    fields = RowFields(figures.rows, 4, Drift())
    fields.grown.set_value(1.0)
    points, taken = middles(fields.make_points()), None
    np.testing.assert_allclose(points[:, :2], fields.middles, atol=1e-9)
    assert len({tuple(place) for place in np.round(points, 6)}) == 6
    for moved, name in ((0.0, "nearest"), (1.0, "best")):
        fields.moved.set_value(moved)
        taken = middles(fields.make_taken())
        steps = (taken - points)[:, :2] / fields.unit
        expected = [getattr(row, name) - row.weight for row in fields.rows]
        np.testing.assert_allclose(steps, expected, atol=1e-9)
    assert len(middles(fields.make_left())) == 3
    widths = [field.get_stroke_width() for field in fields.make_fields()]
    assert np.argmax(widths) == 4
    assert sorted(widths)[-2] < max(widths)
    edges = fields.make_ellipses()[1].points[::4].reshape(6, -1, 3)
    for row, edge, middle in zip(fields.rows, edges, fields.middles, strict=True):
        errors = [row.error(row.weight + (place[:2] - middle) / fields.unit) for place in edge]
        assert errors == pytest.approx([row.error(row.best)] * len(edge))


def test_the_arrow_among_the_inputs_has_the_direction_of_the_change(plane: RowPlane) -> None:
    zero, ends = plane._panel_place(np.zeros((1, 2)))[0], plane._panel_place(np.eye(2))
    unit = ends[0][0] - zero[0]
    np.testing.assert_allclose(ends - zero, unit * np.eye(3)[:2], atol=1e-9)
    plane.length.set_value(plane.row.distance)
    for angle in (plane.row.costly, plane.row.costly + np.pi / 2):
        plane.angle.set_value(angle)
        tip = plane.make_panel_arrow().points
        away = tip[np.linalg.norm(tip - zero, axis=1).argmax()] - zero
        np.testing.assert_allclose(away, ARROW * unit * np.array([np.cos(angle), np.sin(angle), 0.0]), atol=1e-9)


def test_each_sector_has_the_mark_of_its_class(figures: LatticeRoundingFigures) -> None:
    subject = LatticeRoundingScene.choose()
    assert subject.readout is not None
    whole = OutputPlane((subject.quantized, figures.better), subject.data, subject.readout, Drift())
    linear = whole.view.to_frame(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    axes = (linear[1:] - linear[0])[:, :2]
    for label, sign in enumerate(whole.make_signs((5.5, 2.1))):
        place = (sign.get_center() - linear[0])[:2] @ np.linalg.inv(axes)
        assert (subject.readout @ place).argmax() == label
        assert np.linalg.norm(sign.get_center()[:2] - (5.5, 2.1)) > 2 * SIGN
        for network in whole.ends:
            points = whole.view.to_frame(network(whole.drawn.points))
            assert np.linalg.norm(points - sign.get_center(), axis=1).min() > SIGN


def test_outputs_rings_and_accuracy_are_those_of_the_weights_as_they_are(figures: LatticeRoundingFigures) -> None:
    subject = LatticeRoundingScene.choose()
    whole = OutputPlane((subject.quantized, figures.better), subject.data, subject.readout, Drift())
    for moved, network in ((0.0, subject.quantized), (1.0, figures.better)):
        whole.moved.set_value(moved)
        np.testing.assert_allclose(whole.outputs(), network(whole.drawn.points))
        assert whole.reached() == accuracy(network, subject.data.points, subject.data.labels, subject.readout)
        wrong = ~hits(whole.outputs(), whole.drawn.labels, subject.readout)
        assert len(middles(whole.make_rings()[0])) == wrong.sum()
    whole.moved.set_value(0.5)
    halfway = 0.5 * subject.quantized.weights[2] + 0.5 * figures.better.weights[2]
    np.testing.assert_allclose(whole.network().weights[2], halfway)


def test_seeds_stand_at_what_they_gain_and_those_that_lose_are_crosses(figures: LatticeRoundingFigures) -> None:
    p = figures.population
    assert p is not None
    less, gained = np.array(p.less), np.array(p.gained)
    chart = GainChart(less, gained, p.shown, ([20], [10]), Drift())
    kept, lost = chart.make_seeds()
    assert len(middles(lost)) == (gained < 0).sum()
    places = chart.chart.to_frame(100 * np.column_stack([less, gained]))
    np.testing.assert_allclose(middles(kept), places[gained >= 0], atol=1e-9)
    np.testing.assert_allclose(middles(lost), places[gained < 0], atol=1e-9)
    np.testing.assert_allclose(chart.shown_place(), places[p.shown], atol=1e-9)
    above, on, below = chart.beside_heights()
    assert above > on == chart.chart.point(0.0, 0.0)[1] > below


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(network="pinwheel_wide"), "two units in every layer, to draw each as a plane"),
        (Settings(network="digits"), "two units in every layer, to draw each as a plane"),
        (Settings(network="bottleneck"), "two units in every layer, to draw each as a plane"),
        (Settings(rounding="gptq"), "round-to-nearest, which it explains"),
    ],
)
def test_what_it_cannot_show_is_refused(settings: Settings, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LatticeRoundingScene.require_playable(settings)


@pytest.mark.parametrize("bits", [3, 8])
def test_other_bit_widths_are_played_to_their_end_or_refused(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUANT_STORY_BITS", str(bits))
    refusal = LatticeRoundingScene.refusal()
    if refusal is not None:
        assert "served best by the nearest levels" in refusal
        return
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = LatticeRoundingScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    assert watcher.findings == []
