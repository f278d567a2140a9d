"""The scene of two kinds of error, played: what it shows is what its figures are; and where its builders draw."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.captions import as_caption
from quantization_story.figures.two_error_kinds import TOY, captions, measure, measure_line, shown
from quantization_story.pictures.two_error_kinds.circle import CirclePicture
from quantization_story.pictures.two_error_kinds.line import LinePicture
from quantization_story.scene_18_two_error_kinds import TwoErrorKindsScene
from quantization_story.stage.drift import Drift
from quantization_story.stage.watcher import Watcher


class Looking(Watcher):
    """Notes after every play what is wrong with the texts, and where the trackers have come to."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.red: dict[str, float] = {}
        self.rounded: dict[str, float] = {}

    def on_play(self, scene: Any) -> None:
        self.findings += look(scene)
        beat = scene.record.beats[-1].name
        self.red[beat], self.rounded[beat] = scene.one.rest.get_value(), scene.one.slide.get_value()


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
    for tracker, value in ((picture.slide, 1.0), (picture.held, 3.5), (picture.rest, 1.0), (picture.drawn, 3.5)):
        tracker.set_value(value)
    return picture


@pytest.fixture
def two(played: tuple[Any, Looking]) -> CirclePicture:
    scene, _ = played
    circle = scene.figures.circle
    points = scene.subject.shown(50)
    found = CirclePicture(scene.net, scene.quantized, (circle.center, circle.radius, circle.error), points, Drift())
    found.around.set_value(1.0)
    return found


def inside(line: LinePicture, x: float) -> bool:
    return any(low < x < high for low, high in line.line.strips.tolist())


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_what_is_said_and_shown_follows_from_the_figures(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    figures = measure(scene.subject)
    assert [told.text for told in scene.record.captions] == [as_caption(c).text for c in captions(figures).values()]
    assert {beat.name: beat.figures for beat in scene.record.beats if beat.figures} == shown(figures)


def test_weights_are_rounded_when_the_badge_says_so_and_red_comes_after_green(played: tuple[Any, Looking]) -> None:
    _, watcher = played
    assert watcher.rounded["a line"] == 0.0
    assert watcher.rounded["rounded"] == 1.0
    assert watcher.red["ReLUs as they were"] == 0.0
    assert watcher.red["one strip"] == watcher.red["walk through"] == 1.0
    assert watcher.red["without the red"] == 0.0


# --- one input


def test_the_green_line_lies_on_the_orange_one_outside_the_strips_and_leaves_it_inside(one: LinePicture) -> None:
    apart = []
    for x in np.linspace(-2.95, 3.45, 300):
        one.probe.set_value(float(x))
        _, held, rounded = one.values()
        assert (abs(held - rounded) > 1e-9) == inside(one, float(x))
        apart.append(abs(held - rounded))
    assert max(apart) > 0.2


def test_red_fills_what_is_between_green_and_orange_and_the_strips_behind_it(one: LinePicture) -> None:
    bands, red = one.make_red()
    edges = one.flat(np.column_stack([one.line.strips.ravel(), np.zeros(10)]))[:, 0]
    assert np.unique(bands.points[:, 0].round(6))[[0, -1]] == pytest.approx([edges.min(), edges.max()], abs=1e-5)
    assert len(bands.get_subpaths()) == 5
    for part in map(np.array, red.get_subpaths()):
        middle = float((part[:, 0].min() + part[:, 0].max()) / 2)
        x = middle * 6.5 / 13.0 + 0.25
        assert inside(one, x)
    one.rest.set_value(0.5)
    halves = [np.ptp(np.array(part)[:, 0]) for part in one.make_red()[0].get_subpaths()]
    assert halves == pytest.approx((np.diff(one.line.strips, axis=1)[:, 0] * 2.0 / 2).tolist())
    one.rest.set_value(0.0)
    assert max(np.ptp(np.array(part)[:, 0]) for part in one.make_red()[0].get_subpaths()) == 0


def test_the_stick_is_told_apart_only_when_it_is(one: LinePicture) -> None:
    one.probe.set_value(2.7)
    lengths = []
    for split in (0.0, 1.0):
        one.split.set_value(split)
        lengths.append(
            [float(np.ptp(part.points[:, 1])) if len(part.points) else 0.0 for part in one.make_stick()[1:4]]
        )
    (white, no_green, no_red), (no_white, green, red) = lengths
    assert (no_green, no_red, no_white) == (0, 0, 0)
    assert white == pytest.approx(green + red)
    exact, held, rounded = one.values()
    assert green == pytest.approx(one.unit * abs(held - exact))
    assert red == pytest.approx(one.unit * abs(rounded - held))


@pytest.mark.parametrize("x", [-2.35, -1.4, 0.0, 1.1, 2.7, 3.3])
def test_the_lamps_show_both_patterns_and_a_cross_where_they_differ(one: LinePicture, x: float) -> None:
    one.probe.set_value(x)
    *lamps, crosses = one.make_lamps()[2]
    patterns = one.patterns()
    for row, pattern in enumerate(patterns):
        on, off = lamps[2 * row], lamps[2 * row + 1]
        assert len(on.points) // len(on.template) == pattern.sum()
        assert len(off.points) // len(off.template) == (~pattern).sum()
    count = len(crosses.points) // len(crosses.template)
    assert count == np.count_nonzero(patterns[0] != patterns[1])
    assert (count > 0) == inside(one, x)


def test_the_locked_lamps_are_those_of_the_float_network(one: LinePicture) -> None:
    one.probe.set_value(2.7)
    on, off = one.make_lamps(locked=True)[2]
    pattern, rounded = one.patterns()
    assert (pattern != rounded).any()
    assert len(on.points) // len(on.template) == pattern.sum()
    assert len(off.points) // len(off.template) == (~pattern).sum()


def test_zero_lies_where_the_output_is_zero(one: LinePicture) -> None:
    heights = one.make_ground().points[:, 1]
    assert heights == pytest.approx(np.full(len(heights), one.at(np.zeros((1, 2)))[0, 1]))
    zero = one.make_names()[0].get_center()[1]
    assert 0 < zero - heights[0] < 0.4


def test_orange_stays_visible_under_the_dashed_green(one: LinePicture) -> None:
    lengths = np.linalg.norm(np.diff(one.make_green()[1].points.reshape(-1, 4, 3)[:, [0, -1]], axis=1)[:, 0], axis=1)
    assert lengths.max() == pytest.approx(0.4, abs=0.01)


def test_creases_stand_where_a_line_bends(one: LinePicture) -> None:
    posts, discs = one.make_creases()
    assert posts.points[:, 0].reshape(6, 4)[:, 0] == pytest.approx(
        one.flat(np.column_stack([np.sort(TOY.switches), np.zeros(6)]))[:, 0]
    )
    assert len(discs.points) // len(discs.template) == 6
    one.slide.set_value(0.0)
    before = np.unique(one.make_moved().points[:, 0].round(6))
    assert before == pytest.approx(np.unique(posts.points[:, 0].round(6)))
    one.slide.set_value(1.0)
    assert np.abs(np.unique(one.make_moved().points[:, 0].round(6)) - before).max() > 0.5


# --- two inputs


def test_green_stands_outward_and_red_inward_to_one_scale(two: CirclePicture) -> None:
    for fence, kind, side in ((two.green, "metric", 1), (two.red, "topological", -1)):
        for angles, ring in fence:
            inner = angles[1:-1]
            reach = np.linalg.norm(ring[1:-1] - two.center, axis=1) - two.radius
            expected = side * two.tall * np.linalg.norm(two.error.errors(inner, kind), axis=1)
            np.testing.assert_allclose(reach, expected, atol=1e-9)
    assert len(two.red) == np.count_nonzero(two.error.crossed)
    assert len(two.green) == len(two.error.crossed)


def test_red_stands_only_in_the_strips(two: CirclePicture) -> None:
    strips = two.cells.changed
    for angles, _ in two.red:
        middle = two.on_circle(np.array([(angles[0] + angles[-1]) / 2]))
        assert strips[two.cells.locate(middle)[0]]
    corners = sum(len(two.cells.polygons[k]) for k in np.flatnonzero(strips))
    assert len(two.make_between().points) == 4 * corners


def test_where_the_circle_has_no_error_the_last_relus_are_all_off(two: CirclePicture) -> None:
    angle = two.still_angle()
    assert angle is not None
    x = two.on_circle(angle + np.linspace(-0.5, 0.5, 21))
    assert np.abs(two.quantized(x) - two.network(x)).max() == 0
    units = two.network.widths[-2]
    assert not two.network.activation_patterns(x)[:, -units:].any()
    assert not two.quantized.activation_patterns(x)[:, -units:].any()
    assert two.last_off(np.array([angle, angle + np.pi])).tolist() == [True, False]
    two.around.set_value(angle / (2 * np.pi))
    assert two.circle_place(angle) == pytest.approx(two.hero_place())


def test_the_fence_grows_as_one_goes_around(two: CirclePicture) -> None:
    reached = []
    for around in (0.0, 0.3, 0.6, 1.0):
        two.around.set_value(around)
        reached.append(len(two.make_green().points))
    assert reached == sorted(set(reached))
    place = two.on_circle(np.array([0.0]))
    assert two.hero_place() == pytest.approx(two.view.to_frame(place)[0])
