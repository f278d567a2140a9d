"""The builders of the second scene: what lies where, what follows its tracker; and the scene at other bit widths."""

import numpy as np
import pytest
from manim import ValueTracker

from layout import audit
from quantization_story.analysis.layer_motion import journey_steps
from quantization_story.analysis.network_distances import RoundedWeights, rounded_weights
from quantization_story.common import UniformQuantizer
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.charts.bit_dial import AccuracyCurve, AccuracyFigures, BitsAndLevels
from quantization_story.mobjects.charts.number_line import NumberLine
from quantization_story.mobjects.pairs import MarksWhere, TwinThreads
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import LiveText
from quantization_story.pictures.quantization import RoundingPicture, SeparationChart, spelled_out
from quantization_story.scene_02_quantization import QuantizationComparisonScene
from quantization_story.style import theme

ZONE = theme.Zone(-2.0, 6.0, -2.0, 2.0)


@pytest.fixture
def grid() -> RoundedWeights:
    return rounded_weights([[3.0, -1.4], [0.6, 0.0]], UniformQuantizer(3))


def test_a_number_line_puts_each_value_in_its_row() -> None:
    line = NumberLine(ZONE, 4.0, 4)
    places = line.places([-4.0, 0.0, 2.0, 4.0])
    assert np.allclose(places[:, 0], [-2.0, 2.0, 4.0, 6.0])
    assert np.allclose(places[:, 1], [1.5, 0.5, -0.5, -1.5])
    assert np.allclose(NumberLine(ZONE, 4.0).places([-4.0, 4.0])[:, 1], 0.0)


def test_levels_and_bands_fan_out_and_weights_slide_onto_the_levels(grid: RoundedWeights) -> None:
    opened, rounded = ValueTracker(0.0), ValueTracker(0.0)
    picture = RoundingPicture(ZONE, grid, opened, rounded)
    bands, levels = picture.levels
    assert np.ptp(levels.points[:, 0]) < 1e-9
    opened.set_value(1.0)
    picture.levels.update()
    assert np.allclose(levels.points[0::4, 0], picture.line.x(grid.levels))
    assert len(bands.get_subpaths()) == 4
    numbers = [LiveText("0") for _ in grid.values]
    picture.follow(numbers)
    for t in (0.0, 0.5, 1.0):
        rounded.set_value(t)
        for part in (picture.moved_marks, picture.gaps, picture.errors, *numbers):
            part.update()
        assert np.allclose(picture.gaps.points[3::4], picture.line.places(grid.between(t)))
    assert [number.content for number in numbers] == ["3.00", "−1.00", "1.00", "0.00"]
    assert [error.content for error in picture.errors] == ["0.00", "0.40", "0.40", "0.00"]
    row = picture.row_outline(1).get_center()
    assert np.isclose(row[1], picture.line.row_height(1))
    assert len(spelled_out(grid, 1, -6.0, 2.0)) == 4


def test_threads_tie_twins_and_end_at_the_edge_of_the_view() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))
    shift = ValueTracker(0.5)
    points = np.array([[0.0, 0.0], [1.0, 1.0], [1.8, -1.0]])
    threads = TwinThreads(view, points, lambda p: p, lambda p: p + np.array([shift.get_value(), 0.0]))
    assert np.allclose(threads.points[3::4], [[0.5, 0.0, 0.0], [1.5, 1.0, 0.0], [2.0, -1.0, 0.0]])
    shift.set_value(0.0)
    threads.update()
    assert np.allclose(threads.points[0::4], threads.points[3::4])


def test_marks_appear_where_the_test_holds_now() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))
    border = ValueTracker(5.0)
    points = np.array([[0.0, 0.0], [1.0, 1.0], [9.0, 0.0]])
    marks = MarksWhere(view, points, lambda p: p, lambda p: p[:, 0] > border.get_value())
    assert len(marks.points) == 0
    border.set_value(0.5)
    marks.update()
    assert np.allclose(marks.get_center(), [1.0, 1.0, 0.0])


def test_the_separation_chart_grows_with_the_progress() -> None:
    progress, table = ValueTracker(0.0), np.array([0.0, 1.0, 1.0, 0.5, 2.0, 2.0])
    steps = journey_steps(2)
    chart = SeparationChart(
        ZONE, steps, table, progress, lambda: float(np.interp(progress.get_value(), range(6), table)), lambda: 0.125
    )
    for now in (0.0, 1.0, 2.5, 5.0):
        progress.set_value(now)
        chart.update()
        marks = chart.marks.points.reshape(-1, len(chart.marks.template), 3).mean(axis=1)
        assert len(marks) == int(np.ceil(now)) + 1
        if now == int(now):
            assert np.isclose(marks[-1, 0], chart.rail.tokens[int(now)].get_center()[0])
    assert marks[-1, 1] == pytest.approx(marks[-2, 1])
    assert {part.content for part in chart if isinstance(part, LiveText)} == {"2.00", "12.5 %"}


def test_the_accuracy_curve_is_drawn_as_far_as_the_dial_was_turned() -> None:
    bits, lowest = ValueTracker(4.0), ValueTracker(4.0)
    curve = AccuracyCurve(ZONE, {2: 0.5, 3: 0.75, 4: 1.0}, 1.0, 1 / 3, bits, lowest)
    trail, dots = curve.submobjects[6], curve.submobjects[7]
    assert len(dots.get_subpaths()) == 1
    assert len(trail.points) == 0
    lowest.set_value(2.5)
    curve.update()
    assert len(dots.get_subpaths()) == 2
    halfway = trail.points[:, 0].max()
    lowest.set_value(2.0)
    curve.update()
    assert len(dots.get_subpaths()) == 3
    assert halfway < trail.points[:, 0].max()
    assert trail.points[:, 1].min() == pytest.approx(trail.points[-1, 1])


def test_the_panel_shows_what_is_true_now() -> None:
    bits, now = ValueTracker(3.0), ValueTracker(0.75)
    figures = AccuracyFigures(ZONE, 300, 0.99, now.get_value, lambda: 42)
    assert [part.content for part in figures if isinstance(part, LiveText)] == ["99.0", "→", "75.0 %", "42"]
    assert [part.content for part in figures.changes if isinstance(part, LiveText)] == ["42"]
    assert all(part in figures.submobjects for part in figures.changes)
    weights = BitsAndLevels(ZONE, bits, np.array([1.0, -0.3]), lambda: np.array([1.0, 0.0]), lambda: np.arange(-1, 2))
    bits.set_value(2.4)
    weights.update()
    assert weights[0].content == "2"


@pytest.mark.parametrize("width", [2, 6])
def test_the_scene_is_well_laid_out_at_other_bit_widths(width: int) -> None:
    class Variant(QuantizationComparisonScene):
        bits = width

    result = audit(Variant)
    assert result.findings == {}
    assert all(len(caption) <= theme.CAPTION_LIMIT for caption, _, _ in result.captions)
