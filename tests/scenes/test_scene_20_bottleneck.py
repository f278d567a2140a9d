"""The narrow place, played: the plate and the badge are true at every stop, and what is drawn is what is counted."""

from typing import Any

import numpy as np
import pytest
from manim import ManimColor, tempconfig

from layout import AUDIT, look
from quantization_story.core.captions import as_caption
from quantization_story.figures.bottleneck import badges, captions
from quantization_story.mobjects.text import percent
from quantization_story.networks.settings import Settings
from quantization_story.pictures.bottleneck.counts import SeedDots, pitch_of, places_of, room
from quantization_story.pictures.bottleneck.drawing import columns_of, edges
from quantization_story.scene_20_bottleneck import BottleneckScene
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme


class Looking(Watcher):
    """Notes after every play where the trackers stand, what plate and badge say, and what is on stage."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.stops: list[tuple[tuple[float, ...], str, str | None]] = []
        self.repaired: list[tuple[tuple[float, ...], str, str | None]] = []
        self.dots: list[tuple[float, str]] = []
        self.dials: list[float] = []

    def on_play(self, scene: Any) -> None:
        self.findings += look(scene)
        picture = scene.scenery
        parts = tuple(each.get_value() for each in (picture.rounded, picture.held, picture.dial))
        plate = getattr(scene, "right", None)
        said = plate.value.content if plate in scene.mobjects else None
        front = scene.bars in scene.mobjects or scene.dots in scene.mobjects
        if scene.dots in scene.mobjects:
            self.dots.append((scene.dots.rescued.get_value(), scene.state()))
        if picture.repaired:
            self.repaired.append((parts, scene.state(), said))
        elif not front:
            self.stops.append((parts, scene.state(), said))
        self.dials.append(parts[2])


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = BottleneckScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


def distinct(values: list[float]) -> list[float]:
    """Values without repeats of the one before."""
    return [now for k, now in enumerate(values) if k == 0 or now != values[k - 1]]


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_every_caption_is_said_once_in_order(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    said = [caption.text for caption in scene.record.captions]
    assert said == [as_caption(each).text for each in captions(scene.figures).values()]


def test_the_plate_is_the_accuracy_of_what_is_drawn(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    f = scene.figures
    expected = {(0, 0, 0): f.right, (1, 0, 0): f.rounded, (1, 0, 1): f.mapped}
    told = {parts: said for parts, _, said in watcher.stops if said is not None}
    assert told == {parts: percent(share) for parts, share in expected.items()}


def test_the_badge_is_true_after_every_play(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    floats, _, weights, held, _, mapped, *_ = badges(scene.figures)
    expected = {(0, 0, False): floats, (1, 0, False): weights, (1, 1, False): held, (1, 0, True): mapped}
    assert {said for _, said, _ in watcher.stops} == set(expected.values())
    assert all(said == expected[rounded, keeps, dial > 0] for (rounded, keeps, dial), said, _ in watcher.stops)


def test_in_front_the_badge_follows_the_weights_there(played: tuple[Any, Looking]) -> None:
    said = [told.text for told in played[0].record.badges]
    assert said[-8:-5] == ["float weights", "rounding", "3-bit weights"]


def test_what_the_weights_lost_is_added_to_both_networks(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    f = scene.figures
    told = {rounded: (badge, said) for (rounded, *_), badge, said in watcher.repaired if said is not None}
    assert told == {
        0.0: ("3-bit weights + what they lost", percent(f.right)),
        -1.0: ("float weights + the same", percent(f.on_float)),
    }


def test_the_dots_turn_as_the_maps_act(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    assert dict(watcher.dots) == {0.0: "3-bit weights, each network", 1.0: "3-bit weights, a map in each layer"}
    for part, color in ((0.0, theme.QUANTIZED), (1.0, theme.REPAIRED)):
        scene.dots.rescued.set_value(part)
        scene.dots.update()
        assert scene.dots.clouds["r"].get_fill_color().to_hex() == ManimColor(color).to_hex()
        assert scene.dots.clouds["l"].get_fill_color().to_hex() == ManimColor(theme.QUANTIZED).to_hex()


def test_every_map_of_the_row_is_tried(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    assert distinct(watcher.dials) == [0.0, 1.0, *map(float, range(len(scene.places.maps))), 0.0]


def test_points_are_where_their_two_numbers_put_them(played: tuple[Any, Looking]) -> None:
    picture = played[0].scenery
    drift, picture.view.drift = picture.view.drift, None
    trackers = picture.rounded, picture.held, picture.dial
    before = [each.get_value() for each in trackers]
    x = picture.points
    for parts, numbers in (
        ((0.0, 0.0, 0.0), picture.places.numbers(x, 0.0)),
        ((1.0, 0.0, 0.0), picture.places.numbers(x)),
        ((1.0, 1.0, 0.0), picture.places.held_numbers(x)),
        ((1.0, 0.0, 2.0), picture.places.maps[2](picture.places.numbers(x))),
    ):
        for tracker, value in zip(trackers, parts, strict=True):
            tracker.set_value(value)
        assert picture.place(x) == pytest.approx(picture.view.to_frame(numbers))
    for tracker, value in zip(trackers, before, strict=True):
        tracker.set_value(value)
    picture.view.drift = drift


def test_points_begin_at_the_inputs(played: tuple[Any, Looking]) -> None:
    picture = played[0].scenery
    drift, picture.outside.drift = picture.outside.drift, None
    picture.entered.set_value(0.0)
    assert picture.place(picture.points) == pytest.approx(picture.outside.to_frame(picture.points))
    picture.entered.set_value(1.0)
    picture.outside.drift = drift


def test_bars_are_the_numbers_in_front_and_those_unseen_go_pale(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    picture, p = scene.scenery, scene.places
    blind = (p.quantized.weights[1] == 0).all(axis=0)
    dropped = picture.dropped.get_value()
    fronts = {0.0: p.net, 1.0: p.quantized, 2.0: p.quantized}
    lit = {0.0: [0.95, 0.95] * 2, 1.0: [0.95, 0.95] * 2, 2.0: [0.95, 0.12] * 2}
    bars = picture.make_bars()
    most = max(float(np.maximum(p.pair @ net.weights[0].T + net.biases[0], 0).max()) for net in (p.net, p.quantized))
    for at, net in fronts.items():
        picture.dropped.set_value(at)
        bars.update()
        values = np.maximum(p.pair @ net.weights[0].T + net.biases[0], 0.0)
        unit = picture.bars_zone().height / most
        for which in (0, 1):
            for fate, own in enumerate((~blind, blind)):
                path = bars[2 * which + fate]
                heights = [np.ptp(part[:, 1]) for part in path.get_subpaths()] if own.any() else []
                assert heights == pytest.approx(list(np.maximum(unit * values[which][own], 0.03)), abs=1e-6)
        assert [path.get_fill_opacity() for path in bars] == pytest.approx(lit[at])
    picture.dropped.set_value(dropped)


def test_squares_of_weights_are_empty_where_rounding_made_them_zero(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    picture = scene.scenery
    dropped = picture.dropped.get_value()
    squares = picture.make_weights()
    rounded = scene.places.quantized.weights[1]
    assert [len(each.points) // 16 for each in squares[:3]] == [32, 32, int((rounded != 0).sum())]
    for at, opacities in ((0.0, [1, 0]), (1.0, [1, 0]), (2.0, [0, 1])):
        picture.dropped.set_value(at)
        squares.update()
        assert [each.get_fill_opacity() for each in squares[1:]] == pytest.approx(opacities)
    picture.dropped.set_value(dropped)


def test_the_small_network_says_what_acts_where(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    picture = scene.scenery
    trackers = picture.rounded, picture.dial
    before = [each.get_value() for each in trackers]
    for tracker in trackers:
        tracker.set_value(0.0)
    card = picture.make_card()
    lines = [card[k] for k in (1, 2, 5)]  # float, rounded, a map
    for values, expected in (
        ((0, 0), [0.6, 0, 0]),
        ((1, 0), [0, 0.6, 0]),
        ((1, 1), [0, 0.6, 1]),
    ):
        for tracker, value in zip(trackers, values, strict=True):
            tracker.set_value(value)
        card.update()
        assert [each.get_stroke_opacity() for each in lines] == pytest.approx(expected)
    xs = []
    for layer in range(5):
        picture.where.set_value(layer)
        card.update()
        xs.append(card[-1].get_center()[0])
    assert np.diff(xs) == pytest.approx([np.diff(xs)[0]] * 4)
    assert xs[0] < xs[4]
    picture.where.set_value(picture.places.layer)
    for tracker, value in zip(trackers, before, strict=True):
        tracker.set_value(value)


def test_the_network_has_a_place_for_every_unit() -> None:
    columns = columns_of((2, 5, 2), 8.0, 4.0)
    assert [len(column) for column in columns] == [2, 5, 2]
    starts, ends = edges((columns[0], columns[1]))
    assert len(starts) == len(ends) == 10
    assert {tuple(place) for place in ends} == {tuple(place) for place in columns[1]}


def test_every_seed_that_loses_is_a_dot_those_that_come_back_first_and_ours_last() -> None:
    outcomes = "hl-rrhhl-h"
    dots = SeedDots(outcomes, 1)
    count = {letter: len(cloud.points) // len(cloud.template) for letter, cloud in dots.clouds.items()}
    assert count == {"l": 2, "r": 2}
    at = places_of(4)
    assert dots.own == pytest.approx(at[3])
    assert dots.back == pytest.approx(at[1])
    assert SeedDots("hll", None).own is None
    assert SeedDots("hll", None).back is None


def test_the_dots_stand_in_their_room_as_far_apart_as_it_allows() -> None:
    zone, at = room(), places_of(57)
    pitch = pitch_of(57)
    apart = np.linalg.norm(at[:, None] - at[None], axis=2) + 1e9 * np.eye(57)
    assert apart.min() == pytest.approx(pitch)
    assert pitch > 0.9 * np.sqrt(zone.width * zone.height / 66)
    assert at[:, 0].min() > zone.left
    assert at[:, 0].max() < zone.right
    assert at[:, 1].min() > zone.bottom
    assert at[:, 1].max() < zone.top


def test_a_network_without_a_narrow_layer_leaves_the_stage_to_the_shipped_one() -> None:
    assert BottleneckScene.choose(Settings("pinwheel")).name == "bottleneck"
    assert BottleneckScene.choose(Settings("bottleneck", bits=2)).bits == 2
