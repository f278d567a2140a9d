"""The one-dimensional scene, played: what it shows is what its figures are; and where its builders draw."""

from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from layout import AUDIT, look
from quantization_story.core.captions import as_caption
from quantization_story.figures.one_d_error_growth import RoundingChain, captions, measure, shown
from quantization_story.pictures.one_d_error_growth.chain import GAUGE, LINES, ChainPicture
from quantization_story.pictures.one_d_error_growth.value import STEP, LevelPicture
from quantization_story.scene_05_1d_error_growth import OneDErrorGrowthScene
from quantization_story.stage.drift import Drift
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme

OTHER = RoundingChain(weights=(0.9, -0.7, 1.4, 0.8), bits=4, value=1.5, draws=200)


class Looking(Watcher):
    """Notes after every play what is wrong with the texts, and where gauges and lines have come to."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.gauges: dict[str, list[float]] = {}

    def on_play(self, scene: Any) -> None:
        self.findings += look(scene)
        self.gauges[scene.record.beats[-1].name] = [gauge.get_value() for gauge in scene.many.gauges]


class OtherChain(OneDErrorGrowthScene):
    """Another chain, with a negative weight, at another bit width."""

    chain = OTHER


@pytest.fixture(scope="module", params=[OneDErrorGrowthScene, OtherChain])
def played(request: pytest.FixtureRequest) -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = request.param(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


@pytest.fixture
def one() -> LevelPicture:
    return LevelPicture(measure(RoundingChain()).places, Drift())


@pytest.fixture
def many() -> ChainPicture:
    return ChainPicture(measure(RoundingChain()).places, Drift())


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_what_is_said_and_shown_follows_from_the_figures(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    figures = measure(scene.chain)
    assert [told.text for told in scene.record.captions] == [as_caption(c).text for c in captions(figures).values()]
    assert {beat.name: beat.figures for beat in scene.record.beats if beat.figures} == shown(figures)


def test_gauges_show_what_is_drawn(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    places = scene.figures.places
    for beat, off in (
        ("the far end", places.worst_off),
        ("why", places.off[places.typical]),
        ("answer", places.off[places.typical]),
        ("all bars", np.zeros(len(places.weights))),
    ):
        assert watcher.gauges[beat] == pytest.approx((off / places.half).tolist())


# --- one weight


def test_the_gap_is_as_long_as_rounding_moves_the_weight(one: LevelPicture) -> None:
    one.trip.set_value(1.0)
    assert one.rounded_place() - one.hero_place() == pytest.approx([STEP * one.gap / one.step, 0.0, 0.0])
    assert one.make_gap().points[[0, -1]] == pytest.approx(np.stack([one.hero_place(), one.rounded_place()]))
    assert one.gap == pytest.approx(0.14)


def test_midway_both_levels_are_as_far(one: LevelPicture) -> None:
    one.trip.set_value(1.0)
    one.weight.set_value(one.middle + (1 + 1e-9) * one.places.half)
    assert one.gap == pytest.approx(one.places.half)
    dashes = one.make_other_gap().points
    there = one.hero_place() - np.array([STEP / 2, 0.0, 0.0])
    assert np.abs(dashes[:, 0].min() - there[0]) < 0.15
    assert one.rounded_place()[0] - one.hero_place()[0] == pytest.approx(STEP / 2)


# --- the chain


def bar(many: ChainPicture, layer: int, low: float, high: float) -> list[float]:
    return [layer, low, high]


def test_a_bar_moves_is_multiplied_and_grows(many: ChainPicture) -> None:
    places = many.places
    many.built.set_value(1.0)
    grey, orange = many.boxes()
    value, half = places.values[1], places.half
    assert [box.tolist() for box in grey] == [[1.0, pytest.approx(value), pytest.approx(value)]]
    assert np.array(orange) == pytest.approx(np.array([[1, value - half, value], [1, value, value + half]]))
    many.built.set_value(many.multiplied(1))
    grey, orange = many.boxes()
    stretched = places.weights[1] * (value + np.array([-half, half]))
    assert grey[-1] == pytest.approx(np.array([2, *stretched]))
    assert len(orange) == 2
    many.built.set_value(6.0)
    grey, orange = many.boxes()
    assert len(grey) == 6
    last = places.values[-1] + places.intervals.ends[-1]
    assert (orange[-2][1], orange[-1][2]) == pytest.approx(tuple(last))
    assert (grey[-1][1], grey[-1][2]) == (orange[-2][2], orange[-1][1])


def test_the_worst_way_ends_at_the_far_end_of_the_last_bar(many: ChainPicture) -> None:
    many.worst_run.set_value(6.0)
    many.built.set_value(6.0)
    tip = many.make_worst()[1].points
    assert np.abs(tip - many.end_place(float(many.places.worst[-1]))()).max(axis=1).min() < 0.2
    top = max(part[:, 1].max() for part in (many.make_bars()[1].points,))
    assert many.make_gap(float(many.places.worst[-1])).points[-1, 1] == pytest.approx(top)


def test_all_roundings_are_in_the_crowd_and_inside_the_last_bar(many: ChainPicture) -> None:
    assert many.counts.sum() == len(many.places.random) == 1000
    many.crowd.set_value(1.0)
    many.lot_run.set_value(6.0)
    lines = many.make_lots()
    assert len(lines.points) == 4 * 6 * LINES
    ends = lines.points.reshape(LINES, 6, 4, 3)[:, -1, -1]
    low, high = (many.end_place(float(end))()[1] for end in many.places.intervals.ends[-1])
    assert ((ends[:, 1] > low) & (ends[:, 1] < high)).all()
    outer, inner = many.make_crowd()
    assert len(outer.points) + len(inner.points) == 16 * np.count_nonzero(many.counts)
    # The brighter bars are the longer ones, about the float value.
    middle = float(many.up(many.places.values[-1]))
    assert abs(inner.points[:, 1].mean() - many.view.point([0.0, middle])[1]) < 0.3
    short, long = (crowd.points[:, 0].mean() - crowd.points[:, 0].min() for crowd in (outer, inner))
    assert long > 2 * short


def test_the_half_is_as_wide_as_the_middle_length(many: ChainPicture) -> None:
    stretch = np.ptp(many.make_half().points[:, 1])
    assert stretch == pytest.approx(2 * many.unit * np.median(np.abs(many.places.random[:, -1])))


def test_the_box_that_multiplies_is_lit_and_no_other(many: ChainPicture) -> None:
    for layer in range(1, 7):
        many.built.set_value(layer - 1 + 0.5)
        glow = many.make_glow().points
        assert glow[:, 0].mean() == pytest.approx(many.view.point([many.layers[layer], 0.0])[0])
        many.built.set_value(layer - 0.1)
        assert len(many.make_glow().points) == 0


def test_the_errors_at_the_end_are_drawn_and_pointed_at_where_they_are(many: ChainPicture) -> None:
    figures = measure(RoundingChain())
    zero, value = float(many.end_place(0.0)()[1]), float(many.up(figures.last) - many.up(0.0))
    assert (many.typical_place()[1] - zero) / value == pytest.approx(figures.typical)
    gap = many.make_gap(float(many.places.worst[-1])).points
    assert (gap[-1, 1] - gap[0, 1]) / value == pytest.approx(figures.times)
    assert many.value_place(6)() == pytest.approx(many.end_place(0.0)())


def test_from_near_the_first_two_bars_are_in_the_frame(many: ChainPicture) -> None:
    many.view.start = many.view.goal = many.near_pose()
    many.built.set_value(2.0)
    bars = np.concatenate([part.points for part in many.make_bars()])
    zone = theme.middle_zone()
    assert zone.left < bars[:, 0].min() < bars[:, 0].max() < zone.right
    assert zone.bottom < bars[:, 1].min() < bars[:, 1].max() < zone.top
    assert np.ptp(bars[:, 1]) > 0.35 * zone.height


def test_the_step_is_measured_from_level_to_level(one: LevelPicture) -> None:
    assert np.ptp(one.make_step().points[:, 0]) == pytest.approx(STEP)
    assert one.step_place()[0] == pytest.approx(STEP / 2)


def test_gauges_are_rods_of_one_step(many: ChainPicture) -> None:
    for gauge in many.gauges:
        gauge.set_value(1.0)
    ways = many.make_gauges()[0].points.reshape(6, 4, 3)
    assert ways[:, -1, 0] - ways[:, 0, 0] == pytest.approx(np.full(6, GAUGE))
    assert many.to_gauges(np.full(6, many.places.half), start=4)[0][1] == pytest.approx(1.0)
