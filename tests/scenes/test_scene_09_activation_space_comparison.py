"""The scene of the two charts: its builders, its figures, and its audit."""

import numpy as np
import pytest

from layout import audit, audited
from quantization_story.analysis.alignment import align_charts, compare_charts
from quantization_story.analysis.circle_errors import circle_around, typical_radius
from quantization_story.mobjects.charts.shrinking_bars import PartsBar, ShrinkingRow, TwinReading
from quantization_story.mobjects.text import percent
from quantization_story.networks import load_network
from quantization_story.scene_09_activation_space_comparison import ActivationSpaceComparisonScene
from quantization_story.style import theme

ZONE = theme.Zone(-2.0, 3.0, -1.0, 3.0)


def test_the_scene_is_clean_and_its_captions_give_the_measured_figures() -> None:
    result = audited(ActivationSpaceComparisonScene)
    assert result.findings == {}
    assert 30 <= result.seconds <= 75  # at one frame a second every animation is rounded up
    learned = load_network("pinwheel")
    net, quantized = learned.network, learned.quantized(ActivationSpaceComparisonScene.bits)
    held_out, calibration = learned.held_out.points, learned.calibration.points
    alignment = align_charts(net, quantized, calibration, 1, activated=True)
    dense = circle_around((0.0, 0.0), typical_radius(held_out), ActivationSpaceComparisonScene.dense_count).points
    on_circle = compare_charts(net, quantized, alignment, dense, 1, activated=True)
    on_data = compare_charts(net, quantized, alignment, held_out, 1, activated=True)
    said = " | ".join(caption for caption, _, _ in result.captions)
    green, red = on_circle.falls
    assert ("green more than red" in said) == (green > red > 0)
    assert f"{on_data.aligned.ratio:.1f} times as far off, not as outliers" in said
    assert f"{percent(on_data.chart_share, 0)} % of squared L2: a difference of charts" in said
    assert f"{percent(on_circle.raw.crossed_share)} % of the circle" in said


def test_the_scene_plays_without_crossed_points() -> None:
    class ManyBits(ActivationSpaceComparisonScene):
        """So many bits that no gate differs."""

        bits = 16

    result = audit(ManyBits)
    assert result.findings == {}
    assert any("none of them has crossed" in caption for caption, _, _ in result.captions)


def test_the_scene_says_what_is_left_where_the_rounded_weights_are_singular() -> None:
    class TwoBits(ActivationSpaceComparisonScene):
        """So few bits that the rounded matrix of layer 1 has rank 1."""

        bits = 2

    result = audit(TwoBits)
    assert result.findings == {}
    captions = [caption for caption, _, _ in result.captions]
    assert not any("Nothing can be left" in caption for caption in captions)
    assert any("of squared L2 was a difference of charts" in caption for caption in captions)


def test_a_row_collapses_with_its_figure() -> None:
    now = [2.0]
    row = ShrinkingRow(ZONE, 1.0, "points", "disc", theme.SAME, 2.0, lambda: now[0], 4.0)
    assert row.bar.width == pytest.approx(row.ghost.width) == pytest.approx(2.5)
    now[0] = 0.5
    row.update()
    assert row.bar.width == pytest.approx(0.625)
    assert row.ghost.width == pytest.approx(2.5)
    assert row.bar.get_left()[0] == pytest.approx(ZONE.left)
    assert row.number.content == "2.00 → 0.50"


def test_a_row_gives_no_result_on_the_way() -> None:
    arrived = [False]
    row = ShrinkingRow(ZONE, 1.0, "points", "disc", theme.SAME, 2.0, lambda: 0.5, 4.0, lambda: arrived[0])
    assert row.number.content == "2.00"
    arrived[0] = True
    row.update()
    assert row.number.content == "2.00 → 0.50"


def test_parts_fill_the_bar_and_a_negative_one_has_none() -> None:
    colors = (theme.SAME, theme.CROSSED, theme.INK)
    bar = PartsBar(ZONE, 0.0, "all", list(zip((0.5, 0.2, 0.3), "abc", colors, strict=True)))
    assert [part.width for part in bar.bars] == pytest.approx([2.5, 1.0, 1.5])
    assert [number.content for number in bar.numbers] == ["50.0 %", "20.0 %", "30.0 %"]
    below = PartsBar(ZONE, 0.0, "all", list(zip((1.0, 0.25, -0.25), "abc", colors, strict=True)))
    assert [part.width for part in below.bars] == pytest.approx([4.0, 1.0, 0.0], abs=1e-9)
    assert below.numbers[2].content == "−25.0 %"


def test_readings_stand_below_each_other_right_aligned() -> None:
    rows = TwinReading(ZONE, 1.0, (("one", "(1.00, 2.00)", theme.FLOAT), ("two", "3.00", theme.INK)))
    right = np.array([row[1].get_right()[0] for row in rows])
    assert right == pytest.approx(ZONE.right, abs=0.05)
    assert rows[0].get_bottom()[1] > rows[1].get_top()[1]
