"""The scene of two kinds of error, played: what it shows is what its figures are; and where its builders draw."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.captions import as_caption
from quantization_story.figures.two_error_kinds import ToyNetwork, captions, measure, measure_line, shown
from quantization_story.pictures.two_error_kinds import LinePicture
from quantization_story.scene_18_two_error_kinds import TwoErrorKindsScene
from quantization_story.stage.drift import Drift
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme

TOY = ToyNetwork()


class Looking(Watcher):
    """Notes after every play what is wrong with the texts, and where the trackers have come to."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.states: dict[str, tuple[float, float, float]] = {}

    def on_play(self, scene: Any) -> None:
        self.findings += look(scene)
        trackers = scene.one.slide, scene.one.split, scene.one.swept
        slide, split, swept = (float(tracker.get_value()) for tracker in trackers)
        self.states[scene.record.beats[-1].name] = slide, split, swept


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = TwoErrorKindsScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


@pytest.fixture
def one() -> LinePicture:
    places = measure_line(TOY)
    picture = LinePicture(places.network, places.quantized, places.line, places.own, Drift())
    trackers = picture.slide, picture.shift, picture.swept, picture.lit, picture.drawn
    for tracker, value in zip(trackers, (1.0, 1.0, 3.5, 3.5, 3.5), strict=True):
        tracker.set_value(value)
    return picture


def inside(line: LinePicture, x: float) -> bool:
    return any(low < x < high for low, high in line.line.strips.tolist())


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_what_is_said_and_shown_follows_from_the_figures(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    figures = measure(TOY)
    assert [told.text for told in scene.record.captions] == [as_caption(c).text for c in captions(figures).values()]
    assert {beat.name: beat.figures for beat in scene.record.beats if beat.figures} == shown(figures)


def test_weights_are_rounded_before_the_gap_is_told_apart_and_one_input_comes_before_all(
    played: tuple[Any, Looking],
) -> None:
    states, (low, high) = played[1].states, TOY.interval
    assert states["creases"] == (0.0, 0.0, low)
    assert states["rounded"] == states["one strip"] == (1.0, 0.0, low)
    assert states["ReLU locked"] == (1.0, 2.0, low)
    assert states["all inputs"] == (1.0, 2.0, high)


def test_the_input_that_is_looked_at_is_in_the_strip_when_its_lamps_are_shown(one: LinePicture) -> None:
    low, high = measure_line(TOY).strip
    one.view.start = one.view.goal = one.strip_pose((low, high))
    zone = theme.middle_zone()
    for x in (low, high):
        one.probe.set_value(x)
        for height in one.values():
            place = one.place(height)
            assert zone.left < place[0] < zone.right
            assert zone.bottom < place[1] < zone.top


def test_red_is_where_the_rounded_network_leaves_the_locked_one(one: LinePicture) -> None:
    apart = []
    for x in np.linspace(-2.95, 3.45, 300):
        one.probe.set_value(float(x))
        _, held, rounded = one.values()
        assert (abs(held - rounded) > 1e-9) == inside(one, float(x))
        assert one.held_place()[1] == pytest.approx(one.place(held)[1])
        apart.append(abs(held - rounded))
    assert max(apart) > 0.2


def test_red_fills_the_strips_from_the_left_as_far_as_it_is_swept(one: LinePicture) -> None:
    bands, red = one.make_red()
    edges = one.flat(np.column_stack([one.line.strips.ravel(), np.zeros(6)]))[:, 0]
    assert np.unique(bands.points[:, 0].round(6))[[0, -1]] == pytest.approx([edges.min(), edges.max()], abs=1e-5)
    assert len(bands.get_subpaths()) == 3
    for part in map(np.array, red.get_subpaths()):
        middle = float((part[:, 0].min() + part[:, 0].max()) / 2)
        assert inside(one, middle * 6.5 / 13.0 + 0.25)
    low, high = one.line.strips[0]
    one.swept.set_value((low + high) / 2)
    for path in (one.make_red()[0], one.make_red()[1]):
        reached = one.flat(np.array([[low, 0.0], [(low + high) / 2, 0.0]]))[:, 0]
        assert [path.points[:, 0].min(), path.points[:, 0].max()] == pytest.approx(reached.tolist(), abs=1e-6)
    assert one.make_green().points[:, 0].max() == pytest.approx(reached[1])
    one.swept.set_value(-3.0)
    assert len(one.make_red()[0].points) == 0


def test_the_stick_is_told_apart_step_by_step(one: LinePicture) -> None:
    one.probe.set_value(sum(measure_line(TOY).strip) / 2)
    exact, held, rounded = one.values()
    whole, green, red = (one.unit * abs(each) for each in (rounded - exact, held - exact, rounded - held))
    for split, expected in ((0.0, (whole, 0, 0)), (1.0, (red, green, 0)), (2.0, (0, green, red))):
        one.split.set_value(split)
        parts = one.make_stick()
        lengths = [float(np.ptp(part.points[:, 1])) if len(part.points) else 0.0 for part in parts[:3]]
        assert lengths == pytest.approx(expected)
        assert bool(len(parts[4].points)) == (split > 0)
    assert whole == pytest.approx(green + red)


@pytest.mark.parametrize("x", [-2.4, -1.6, -1.3, 0.0, 2.05, 3.3])
def test_the_lamps_show_both_patterns_and_a_cross_where_they_differ(one: LinePicture, x: float) -> None:
    one.probe.set_value(x)
    *lamps, crosses = one.make_lamps("lamps", ("float", "rounded", "differ"))[2]
    patterns = one.patterns()
    for row, pattern in enumerate(patterns):
        on, off = lamps[2 * row], lamps[2 * row + 1]
        assert len(on.points) // len(on.template) == pattern.sum()
        assert len(off.points) // len(off.template) == (~pattern).sum()
    count = len(crosses.points) // len(crosses.template)
    assert count == np.count_nonzero(patterns[0] != patterns[1])
    assert (count > 0) == inside(one, x)


def test_the_locked_lamps_are_those_of_the_float_network(one: LinePicture) -> None:
    one.probe.set_value(-2.4)
    pattern, rounded = one.patterns()
    assert (pattern != rounded).any()
    lamps = one.make_lamps("lamps", ("float", "locked"))[2]
    assert len(lamps) == 4
    for on, off in (lamps[:2], lamps[2:]):
        assert len(on.points) // len(on.template) == pattern.sum()
        assert len(off.points) // len(off.template) == (~pattern).sum()


def test_zero_lies_where_the_output_is_zero(one: LinePicture) -> None:
    heights = one.make_ground().points[:, 1]
    assert heights == pytest.approx(np.full(len(heights), one.at(np.zeros((1, 2)))[0, 1]))
    zero = one.make_names()[0].get_center()[1]
    assert 0 < zero - heights[0] < 0.4


def test_creases_stand_where_a_line_bends_and_slide_to_where_the_other_does(one: LinePicture) -> None:
    posts, discs = one.make_creases()
    assert posts.points[:, 0].reshape(4, 4)[:, 0] == pytest.approx(
        one.flat(np.column_stack([np.sort(TOY.switches), np.zeros(4)]))[:, 0]
    )
    assert len(discs.points) // len(discs.template) == 4
    one.shift.set_value(0.0)
    before = np.unique(one.make_moved().points[:, 0].round(6))
    assert before == pytest.approx(np.unique(posts.points[:, 0].round(6)))
    one.shift.set_value(1.0)
    after = np.unique(one.make_moved().points[:, 0].round(6))
    edges = one.flat(np.column_stack([measure_line(TOY).other.breakpoints, np.zeros(4)]))[:, 0]
    assert after == pytest.approx(np.sort(edges), abs=1e-5)
    assert np.abs(after - before).max() > 0.5
