"""Bars that are as long as their share, and a map that is carried out by a part."""

import numpy as np
from manim import ValueTracker

from quantization_story.core.affine import AffineMap
from quantization_story.mobjects.charts.bar_rows import BarRow
from quantization_story.mobjects.map_motion import Glide, paint_by_part
from quantization_story.mobjects.paths import PointCloud
from quantization_story.style import theme

ZONE = theme.Zone(-6.0, 6.0, -3.0, 3.0)


def test_a_glide_goes_from_nothing_to_its_map_and_paints_on_the_way() -> None:
    glide = Glide(AffineMap([[2.0, 0.0], [0.0, 1.0]], [1.0, 0.0]))
    points = np.array([[1.0, 1.0]])
    path = PointCloud(theme.QUANTIZED)
    paint_by_part(path, glide, theme.QUANTIZED, theme.SAME)
    assert np.array_equal(glide(points), points)
    assert path.get_fill_color().to_hex() == theme.QUANTIZED
    glide.amount.set_value(0.5)
    assert np.allclose(glide(points), [[2.0, 1.0]])
    glide.amount.set_value(1.0)
    path.update()
    assert np.array_equal(glide(points), [[3.0, 1.0]])
    assert path.get_fill_color().to_hex() == theme.SAME
    assert np.isclose(path.get_fill_opacity(), 0.95)


def test_a_bar_row_is_as_long_as_its_share_and_moves_as_one() -> None:
    share = ValueTracker(0.25)
    row = BarRow(ZONE, 1.0, "float", theme.FLOAT, share.get_value, 3.0)
    full = row.end - row.start
    assert np.isclose(row.bar.width, 0.25 * full)
    share.set_value(0.75)
    row.update()
    assert np.isclose(row.bar.width, 0.75 * full)
    assert row.number.content == "75.0"
    dots = row.dots(lambda: np.array([0.0, 1.0]))
    assert np.isclose(dots.get_left()[0], row.start, atol=0.06)
    assert np.isclose(dots.get_right()[0], row.end, atol=0.06)
    assert dots.get_top()[1] < row.bar.get_bottom()[1]
    assert np.isclose(row.rule(0.5, 2.0, -2.0).get_center()[0], (row.start + row.end) / 2)
    row.settle()
    share.set_value(0.0)
    row.update()
    assert np.isclose(row.bar.width, 0.75 * full)
