"""The one-dimensional scene: its builders, what they follow, and its layout with other parameters too."""

import numpy as np
import pytest
from manim import ValueTracker

from layout import audited, check_captions
from quantization_story.analysis.one_dimension import fitted_readout
from quantization_story.analysis.scalar_chain import ChainDial, error_intervals
from quantization_story.common import UniformQuantizer
from quantization_story.mobjects.charts.axis import TurningAxis
from quantization_story.mobjects.live import LiveRow, live_marks, polyline_until
from quantization_story.pictures.one_d_error_growth.chain import ChainStage, interval_boxes
from quantization_story.pictures.one_d_error_growth.line import LineLens, LineStage, segments_between
from quantization_story.pictures.one_d_error_growth.value import ValueStage
from quantization_story.scene_05_1d_error_growth import OneDErrorGrowthScene
from quantization_story.style import theme

CORNERS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 2.0, 0.0]])
UPPER, LOWER = theme.Zone(-6.0, 2.0, 0.3, 2.8), theme.Zone(-6.0, 2.0, -2.4, -0.3)
DIAL = ChainDial(1.0, np.array(OneDErrorGrowthScene.chain), (4, 8, 3))


@pytest.fixture
def values() -> ValueStage:
    return ValueStage(UPPER, LOWER, 1.4, 4)


@pytest.fixture
def line() -> LineStage:
    x = np.linspace(-3.0, 3.0, 301)
    net = fitted_readout(OneDErrorGrowthScene.slopes, OneDErrorGrowthScene.switches, x, np.sin(x))
    return LineStage(UPPER, LOWER, net, net.quantized(UniformQuantizer(4)), (-3.0, 3.0))


def middles(marks) -> np.ndarray:
    """The middle of every mark of a cloud, (n, 3)."""
    parts = [np.array(part) for part in marks.get_subpaths()]
    return np.array([(part.min(axis=0) + part.max(axis=0)) / 2 for part in parts])


def test_a_polyline_is_drawn_up_to_its_progress() -> None:
    assert len(polyline_until(CORNERS, 0.0)) == 0
    assert np.allclose(polyline_until(CORNERS, 1.5), [CORNERS[:2], [[1, 0, 0], [1, 1, 0]]])
    for progress in (2.0, 9.0):
        assert np.allclose(polyline_until(CORNERS, progress), [CORNERS[:2], CORNERS[1:]])


def test_a_live_row_stands_on_its_line_whatever_it_shows() -> None:
    value = ValueTracker(1.0)
    row = LiveRow("hat(x) = s thin q =", lambda: f"{value.get_value():.1f}", (1.0, 0.5), theme.INK)
    value.set_value(77.0)
    row.update()
    assert row.number.content == "77.0"
    assert row.label.get_right()[0] == pytest.approx(1.0, abs=1e-6)
    assert row.number.get_left()[0] > 1.1
    assert row.number.get_center()[1] == pytest.approx(0.5, abs=0.08)


def test_the_axis_of_codes_turns_every_code_to_its_place() -> None:
    lying = np.column_stack([np.arange(3.0), np.zeros(3), np.zeros(3)])
    standing = np.column_stack([np.full(3, -1.0), np.arange(3.0), np.zeros(3)])
    turn = ValueTracker(0.0)
    axis = TurningAxis([-1, 0, 1], lying, standing, turn).start_turning()
    for turned, places in ((0.0, lying), (1.0, standing)):
        turn.set_value(turned)
        axis.update()
        beside = np.array([n.get_center() for n in axis.numbers]) - places
        assert np.allclose(beside, beside[0], atol=1e-6)
        ticks = axis.lines.points.reshape(-1, 4, 3)[1:]
        assert np.allclose((ticks[:, 0] + ticks[:, 3]) / 2, places)


def test_the_round_trip_goes_up_to_the_code_and_comes_back_beside_the_value(values: ValueStage) -> None:
    values.value.set_value(0.71)
    for trip, place in ((1.0, (0.71, True)), (2.0, (0.8, True)), (3.0, (0.8, False))):
        values.trip.set_value(trip)
        values.traveller.update()
        height = values.ceiling if place[1] else values.floor.get_value()
        assert np.allclose(middles(values.traveller), [[values.across(place[0]), height, 0.0]], atol=1e-6)
    # The code k of the upper axis stands right above the level k s of the lower one.
    numbers = dict(zip(values.codes, values.code_axis.numbers, strict=True))
    assert numbers[4].get_center()[0] == pytest.approx(values.across(0.8), abs=1e-6)


def test_bars_are_carried_first_and_widened_then() -> None:
    intervals = error_intervals(1.0, [2.0, -1.0], 0.5)
    assert interval_boxes(intervals, 0.0) == ([], [])
    # Half of the first half of layer 2: the interval of layer 1 is half way over, its ends half way to their images.
    carried, injected = interval_boxes(intervals, 1.25)
    assert carried[1] == pytest.approx((1.5, -0.5, 0.5))
    assert [box[0] for box in injected] == [1, 1]
    carried, injected = interval_boxes(intervals, 2.0)
    assert carried == [pytest.approx((1, 0.0, 0.0)), pytest.approx((2, -0.5, 0.5))]
    assert injected[2:] == [pytest.approx((2, -1.75, -0.5)), pytest.approx((2, 0.5, 1.25))]


@pytest.fixture
def chain() -> ChainStage:
    return ChainStage(UPPER, LOWER, theme.Zone(2.6, 6.7, -2.9, 2.9), DIAL)


def test_the_chain_shows_the_figures_of_its_dial(chain: ChainStage) -> None:
    for stop, bits in enumerate(DIAL.bits, start=1):
        shown = [entry.content for entry in chain.figures(stop)]
        worst, real = DIAL.intervals(stop).worst[-1], DIAL.errors(stop).errors[-1]
        assert shown == [str(bits), f"{worst:.3f}", f"{real:.3f}".replace("-", "−")]
    chain.place.set_value(3.0)
    chain.happened.set_value(6.0)
    chain.errors.update()
    line = np.column_stack([np.arange(7), DIAL.errors(3).errors])
    assert np.allclose(middles(chain.errors[1]), chain.chart.to_frame(line), atol=1e-6)


def test_the_bars_enclose_the_errors_wherever_the_dial_is(chain: ChainStage) -> None:
    chain.built.set_value(6)
    chain.happened.set_value(6.0)
    for place in np.linspace(0.0, 3.0, 7):
        chain.place.set_value(place)
        chain.bars.update()
        chain.errors.update()
        heights = np.concatenate([bar.points for bar in chain.bars])[:, 1]
        dots = middles(chain.errors[1])[:, 1]
        assert heights.min() - 1e-9 <= dots.min()
        assert dots.max() <= heights.max() + 1e-9


def test_one_value_runs_through_both_lanes_and_changes_in_the_boxes(chain: ChainStage) -> None:
    chain.place.set_value(1.0)
    for lane, weights in zip(chain.lanes, (DIAL.weights, DIAL.rounded(1.0)), strict=True):
        lane.update()
        wires, *numbers = lane
        assert [number.content for number in numbers] == [f"×{w:.2f}" for w in weights]
        starts, ends = wires.points[0::4, 0], wires.points[3::4, 0]
        # Each weight stands between the end of one wire and the start of the next, in the middle of its box.
        assert all(
            end < box.get_left()[0] + 1e-6 < number.get_center()[0] < start + 1e-6
            for end, start, number, box in zip(ends[:-1], starts[1:], numbers, chain.boxes, strict=True)
        )
    for travelled, layer in ((0.0, 0), (2.4, 2), (2.6, 3), (6.0, 6)):
        chain.happened.set_value(travelled)
        exact, rounded, error = chain.travelled()
        assert (exact, rounded) == (DIAL.values(0.0)[layer], DIAL.values(1.0)[layer])
        assert error == pytest.approx(rounded - exact)
        chain.pulse.update()
        at = chain.chart.point(travelled, 0.0)[0]
        assert [middles(mark)[0, 0] for mark in chain.pulse] == pytest.approx([at, at])


def test_the_dashed_line_reaches_the_end_of_the_last_bar(chain: ChainStage) -> None:
    for stop in (1, 3):
        worst = DIAL.intervals(stop).ends[-1, 1]
        tip = chain.worst_line(stop).points[-1]
        assert np.linalg.norm(tip - chain.chart.point(6, worst)) <= 0.1  # it may end in a gap between two dashes


def test_the_strips_open_as_the_weights_slide(line: LineStage) -> None:
    assert len(line.strips.points) == 0
    widths = []
    for share in (0.25, 1.0):
        line.slide.set_value(share)
        line.strips.update()
        parts = [np.array(part)[:, 0] for part in line.strips.get_subpaths()]
        assert len(parts) == 5
        widths.append(sum(np.ptp(part) for part in parts))
    assert 0 < widths[0] < widths[1]
    assert widths[1] == pytest.approx(line.final.changed_share * UPPER.width, rel=1e-6)


def test_the_probe_is_a_red_cross_in_a_strip_and_a_green_dot_elsewhere(line: LineStage) -> None:
    _, dot, cross = line.probe_marks
    for at, inside in ((0.0, False), (line.stop, True)):
        line.probe.set_value(at)
        line.probe_marks.update()
        assert (len(cross.points) > 0) == inside
        assert (len(dot.points) > 0) == (not inside)
        total, metric, topological = line.parts()
        assert total == pytest.approx(metric + topological)
        assert (topological != 0) == inside


def test_pieces_are_cut_at_both_ends() -> None:
    pieces = np.array([[[0.0, 0.0], [1.0, 2.0]], [[1.0, 2.0], [3.0, 0.0]], [[3.0, 0.0], [4.0, 1.0]]])
    cut = segments_between(pieces, 0.5, 2.0)
    assert cut == pytest.approx(np.array([[[0.5, 1.0], [1.0, 2.0]], [[1.0, 2.0], [2.0, 1.0]]]))
    assert segments_between(pieces, 0.0, 4.0) == pytest.approx(pieces)


def test_the_close_up_grows_from_its_place_and_splits_the_error(line: LineStage) -> None:
    lens = LineLens(line, LOWER)
    strip = max(line.final.strips.tolist(), key=lambda ends: ends[1] - ends[0])
    edges, error = lens.picture[2], lens.picture[3]
    # On the chart the window lies over the very error that it shows.
    assert np.allclose(edges.points, lens.place.points)
    ends = line.error.to_frame(np.column_stack([strip, line.final.total(np.array(strip))]))
    assert all(np.linalg.norm(error.points - end, axis=1).min() < 1e-9 for end in ends)
    lens.grown.set_value(1.0)
    for mover in (lens.picture, lens.metric, lens.topological, lens.breakpoints):
        mover.update()
    assert (edges.get_left()[0], edges.get_right()[0]) == pytest.approx((LOWER.left, LOWER.right))
    assert (edges.get_bottom()[1], edges.get_top()[1]) == pytest.approx((LOWER.bottom, LOWER.top))
    # Red fills the strip between its two breakpoints and nothing else, as high as the topological error.
    band = lens.picture[1]
    for side in (np.min, np.max):
        assert side(lens.topological.points[:, 0]) == pytest.approx(side(band.points[:, 0]))
    posts = [float(lens.breakpoints[k].points[0, 0]) for k in (0, 2)]
    assert posts == pytest.approx([band.points[:, 0].min(), band.points[:, 0].max()])
    pieces = line.final.topological
    within = np.flatnonzero((pieces.knots[:-1] >= strip[0] - 1e-9) & (pieces.knots[1:] <= strip[1] + 1e-9))
    ends = (pieces.ends[within[0], 0], pieces.ends[within[-1], 1])
    low, high = line.final.total(np.array(strip))
    heights = [error.points[np.argmin(np.abs(error.points[:, 0] - post)), 1] for post in posts]
    scale = (heights[1] - heights[0]) / (high - low)
    for post, expected in zip(posts, ends, strict=True):
        red = lens.topological.points[np.isclose(lens.topological.points[:, 0], post)]
        assert np.ptp(red[:, 1]) == pytest.approx(abs(expected * scale), abs=1e-6)


def test_a_copied_mover_still_follows_its_tracker() -> None:
    x = ValueTracker(0.0)
    copied = live_marks(lambda: np.array([[x.get_value(), 0.0, 0.0]]), theme.INK).copy()
    x.set_value(2.0)
    copied.update()
    assert np.allclose(middles(copied), [[2.0, 0.0, 0.0]])


class AnotherChain(OneDErrorGrowthScene):
    """Other weights, one of them negative, other bit widths, another network."""

    bits = 3
    chain = (0.9, -1.5, 0.6, 1.2)
    shown_weight = 3
    chain_bits = (3, 6, 2)
    slopes = (1.0, -0.8, 0.6, 0.3)
    switches = (-1.2, -0.4, 0.5, 1.1)
    interval = (-2.0, 2.0)


@pytest.mark.parametrize("scene", [OneDErrorGrowthScene, AnotherChain])
def test_the_layout_is_clean(scene: type[OneDErrorGrowthScene]) -> None:
    result = audited(scene)
    assert result.findings == {}
    assert len(result.beats) == len(set(result.beats)) == 9
    check_captions(result)
