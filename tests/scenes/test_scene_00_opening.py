"""The opening: the folded sheet in the frame, the weights on their lines, and the audit of the scene."""

from typing import Any

import numpy as np
import pytest
from manim import ManimColor, ValueTracker

from layout import audited
from quantization_story.analysis.relative_weights import relative_weights
from quantization_story.analysis.sheets import Sheet, sheet_over, sliding_sheet
from quantization_story.analysis.strips import changed_share
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.mobjects.text import LiveText, percent
from quantization_story.partition import partition
from quantization_story.pictures.opening import (
    FoldedSheet,
    WeightLines,
    blended,
    crease_lines,
    fitted_view,
    rgb,
    shaded,
    turned_plane,
)
from quantization_story.scene_00_opening import OpeningScene
from quantization_story.style import theme
from small_networks import he_network

ZONE = theme.Zone(-5.0, 1.0, -2.0, 2.5)
BOX = (-2.0, 2.0, -2.0, 2.0)
ELEVATION = 0.6


@pytest.fixture
def net() -> ReluNetwork:
    return he_network((2, 3, 2), seed=4)


def white(sheet: Sheet) -> np.ndarray:
    return np.ones((len(sheet.slopes), 3))


def test_the_scene_is_clean_asks_its_question_soon_and_shows_exact_shares() -> None:
    result = audited(OpeningScene)
    assert result.findings == {}
    assert 20 <= result.seconds <= 40  # at one frame a second every animation is rounded up
    for caption, _, seconds in result.captions:
        assert len(caption) <= theme.CAPTION_LIMIT
        assert seconds >= len(caption.split()) / theme.WORDS_PER_SECOND - 1e-6, caption
    question = next(start for caption, start, _ in result.captions if caption.endswith("?"))
    assert question <= 15
    assert len(set(result.beats)) == len(result.beats) >= 3
    scene: Any = result.scene
    shown = {m.content for mobject in scene.mobjects for m in mobject.get_family() if isinstance(m, LiveText)}
    changed = changed_share(scene.refined(1.0))
    assert {f"{percent(changed)} %", f"{percent(1 - changed)} %"} <= shown


def test_sheets_and_plane_fit_their_zone_however_they_are_turned(net: ReluNetwork) -> None:
    sheets = [sheet_over(partition(each, BOX), 1) for each in (net, net.quantized(UniformQuantizer(2)))]
    turns = [0.1, 0.5, 0.9]
    view = fitted_view(ZONE, sheets, turns, ELEVATION, 0.7)
    view.lift.set_value(1.0)
    seen = []
    for turn in turns:
        view.turned.set_value(turn)
        seen += [view.over(sheet.corners, sheet.values) for sheet in sheets]
        seen.append(view.over(sheets[0].corners, np.full(len(sheets[0].corners), view.base)))
    low, high = np.vstack(seen)[:, :2].min(axis=0), np.vstack(seen)[:, :2].max(axis=0)
    assert (low >= np.array([ZONE.left, ZONE.bottom]) - 1e-9).all()
    assert (high <= np.array([ZONE.right, ZONE.top]) + 1e-9).all()
    filled = (high - low) / [ZONE.width, ZONE.height]
    assert filled.max() == pytest.approx(1.0)  # no smaller than need be
    values = np.concatenate([sheet.values for sheet in sheets])
    assert view.relief * np.ptp(values) == pytest.approx(0.7 * 4.0)


def test_a_plane_turns_counter_clockwise_and_higher_values_lie_higher() -> None:
    assert turned_plane(0.0, np.pi / 6).flat(np.eye(3)) == pytest.approx(
        np.array([[1.0, 0.0], [0.0, 0.5], [0.0, np.sqrt(0.75)]])
    )
    # From straight above, a quarter turn takes what was right to what is up.
    assert turned_plane(np.pi / 2, np.pi / 2).flat(np.array([1.0, 0.0, 7.0])) == pytest.approx([0.0, 1.0])


def test_the_facets_are_drawn_where_the_view_puts_them_and_follow_it(net: ReluNetwork) -> None:
    at = sliding_sheet(net, net.quantized(UniformQuantizer(2)), BOX, 0)
    view = fitted_view(ZONE, [at(0.0), at(1.0)], [0.2, 0.4], ELEVATION, 0.7)
    t = [0.0]
    drawn = FoldedSheet(view, lambda: at(t[0]), white)
    for t[0], lift, turn in ((0.0, 0.0, 0.2), (0.0, 1.0, 0.4), (1.0, 1.0, 0.4)):
        view.lift.set_value(lift)
        view.turned.set_value(turn)
        drawn.update()
        sheet = at(t[0])
        corners = drawn.points[0::4]
        expected = view.over(sheet.corners, sheet.values)
        assert corners.shape == expected.shape
        assert np.abs(corners[:, None] - expected).max(axis=2).min(axis=0).max() < 1e-9
        assert sorted(drawn.counts) == sorted(sheet.cells.counts)
        for outline in outlines(drawn):  # each is closed
            assert outline[-1] == pytest.approx(outline[0])


def test_colours_go_with_the_cells_and_a_sheet_may_have_fewer(net: ReluNetwork) -> None:
    many, few = (sheet_over(partition(each, BOX), 0) for each in (net, he_network((2, 1, 1), seed=0)))
    view = fitted_view(ZONE, [many, few], [0.2], ELEVATION, 0.7)
    view.lift.set_value(1.0)
    shown = [many]

    def colors(sheet: Sheet) -> np.ndarray:
        return np.arange(len(sheet.slopes))[:, None] / (len(sheet.slopes) + 1) * np.array([0.0, 0.0, 1.0])

    drawn = FoldedSheet(view, lambda: shown[0], colors)
    for outline, rgba in zip(outlines(drawn), drawn.get_fill_rgbas(), strict=True):
        corners = outline[0::4]
        cell = next(
            k
            for k, own in enumerate(np.split(view.over(many.corners, many.values), np.cumsum(many.cells.counts)[:-1]))
            if len(own) == len(corners) and np.allclose(own, corners)
        )
        alone = shaded(colors(many)[[cell]], np.array([0.0]))[0], shaded(colors(many)[[cell]], np.array([1.0]))[0]
        assert min(alone[0][2], alone[1][2]) - 1e-6 <= rgba[2] <= max(alone[0][2], alone[1][2]) + 1e-6
    shown[0] = few
    drawn.update()
    assert len(outlines(drawn)) == len(few.cells) < len(many.cells)


def outlines(drawn: FoldedSheet) -> list[np.ndarray]:
    """The curves around each facet, in the order in which they are painted."""
    return np.split(drawn.points, 4 * np.cumsum(drawn.counts)[:-1])


def test_shade_and_colour() -> None:
    color = rgb(theme.FLOAT)
    dim, bright = shaded(np.stack([color, color]), np.array([0.0, 1.0]))
    assert (dim < bright).all()
    assert blended((theme.FLOAT, theme.SAME), 1.0) == pytest.approx(ManimColor(theme.SAME).to_rgb())


def test_creases_lie_on_the_sheet_or_in_the_plane(net: ReluNetwork) -> None:
    sheet = sheet_over(partition(net, BOX), 0)
    view = fitted_view(ZONE, [sheet], [0.3], ELEVATION, 0.7)
    view.lift.set_value(1.0)
    segments = sheet.cells.edges.segments.reshape(-1, 2)
    lifted, flat = (crease_lines(view, sheet, theme.FLOAT, theme.THIN, flat=flat) for flat in (False, True))
    for lines, values in ((lifted, net(segments)[:, 0]), (flat, np.full(len(segments), view.base))):
        lines.update()
        ends = view.over(segments, values)
        assert lines.points[0::4] == pytest.approx(ends[0::2])
        assert lines.points[3::4] == pytest.approx(ends[1::2])


def test_the_weights_end_on_their_levels(net: ReluNetwork) -> None:
    layers = [relative_weights(weight, UniformQuantizer(3)) for weight in net.weights]
    slid = ValueTracker(0.0)
    lines = WeightLines(ZONE, layers, slid.get_value)
    slid.set_value(1.0)
    lines.update()
    _, levels, _, _, moved, _ = lines.submobjects[:6]
    at = np.unique(np.round(levels.points[0::4, 0], 6))
    marks = len(layers[0].values)
    middles = np.round(moved.points[:, 0].reshape(marks, -1).mean(axis=1), 2)
    assert len(at) == 7
    assert all(np.abs(at - middle).min() < 0.02 for middle in middles)
