"""The rounding scene, played: what it shows and says is what its figures are, and where things lie is what is true."""

from typing import Any

import numpy as np
import pytest
from manim import ValueTracker, tempconfig

from layout import AUDIT, audit, look
from quantization_story.analysis.gap_journey import Add, Carry, Press
from quantization_story.analysis.network_distances import rounded_weights
from quantization_story.common import UniformQuantizer
from quantization_story.core.captions import as_caption
from quantization_story.core.tasks import classify
from quantization_story.figures.quantization import badges, captions, measure, shown
from quantization_story.mobjects.frame_view import FramePose
from quantization_story.pictures.quantization.dial import WeightsOnTheWay, flash_radii
from quantization_story.pictures.quantization.losses import LossRows
from quantization_story.pictures.quantization.pair import FollowingView
from quantization_story.pictures.quantization.weight_axis import WeightAxis, thinned
from quantization_story.scene_02_quantization import QuantizationComparisonScene
from quantization_story.stage.drift import Drift
from quantization_story.stage.watcher import Watcher
from quantization_story.style import theme


class Looking(Watcher):
    """Notes after every play where the pair is, what the dial shows, and what is wrong with the texts."""

    def __init__(self) -> None:
        self.progress: list[float] = []
        self.pairs: list[np.ndarray] = []
        self.stops: list[tuple[str, float]] = []
        self.findings: list[str] = []

    def on_play(self, scene: Any) -> None:
        self.progress.append(scene.plane.progress.get_value())
        self.pairs.append(scene.plane.gap_place())
        self.findings += look(scene)
        if hasattr(scene, "output"):
            self.stops.append((scene.weights.words, scene.output.right()))


@pytest.fixture(scope="module")
def played() -> tuple[Any, Looking]:
    watcher = Looking()
    with tempconfig(AUDIT):
        scene = QuantizationComparisonScene(skip_animations=True)
        scene.watchers.append(watcher)
        scene.render()
    return scene, watcher


def test_no_text_is_badly_placed(played: tuple[Any, Looking]) -> None:
    assert played[1].findings == []


def test_every_caption_is_said_once_in_order(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    said = [caption.text for caption in scene.record.captions]
    assert said == [as_caption(each).text for each in captions(measure(scene.subject)).values()]


def test_every_number_on_screen_is_that_of_the_figures(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    on_record = {beat.name: dict(beat.figures) for beat in scene.record.beats if beat.figures}
    assert on_record == shown(measure(scene.subject))


def test_every_motion_is_made_once(played: tuple[Any, Looking]) -> None:
    scene, watcher = played
    passed = [watcher.progress[0]]
    passed += [now for before, now in zip(watcher.progress, watcher.progress[1:], strict=False) if now != before]
    assert passed == list(range(len(scene.places.journey.steps) + 1))


def test_the_pair_is_in_the_frame_throughout(played: tuple[Any, Looking]) -> None:
    zone = theme.middle_zone()
    for x, y, _ in played[1].pairs:
        assert zone.left < x < zone.right
        assert zone.bottom < y < zone.top


def test_the_dial_shows_each_network_with_its_own_accuracy(played: tuple[Any, Looking]) -> None:
    """Recomputed from the weights, which are rounded here once more."""
    scene, watcher = played
    net, data = scene.net, scene.data

    def right(bits: tuple[int | None, ...]) -> float:
        now = data.points
        for layer, width in enumerate(bits):
            weight = net.weights[layer] if width is None else UniformQuantizer(width).quantize(net.weights[layer])
            now = (np.maximum(now, 0.0) if layer else now) @ weight.T + net.biases[layer]
        return float(((now @ scene.head.T).argmax(axis=1) == data.labels).mean())

    expected = [("float weights", right((None,) * 3))]
    expected += [(f"{bits}-bit weights", right((bits,) * 3)) for bits in (5, 4)]
    for layer in range(3):
        mixed = tuple(4 if k == layer else None for k in range(3))
        expected.append((f"only layer {layer + 1}", right(mixed)))
    expected.append(("4-bit weights", right((4, 4, 4))))
    stops = [stop for k, stop in enumerate(watcher.stops) if k == 0 or stop != watcher.stops[k - 1]]
    assert [words for words, _ in stops] == [words for words, _ in expected]
    np.testing.assert_allclose([share for _, share in stops], [share for _, share in expected], atol=1e-12)


def test_the_badge_names_what_is_shown(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    said = [told.text for told in scene.record.badges]
    # Without the frames in between, nothing is seen on its way.
    assert [words for words in said if words != "rounding"] == [
        words for words in badges(scene.figures) if words != "rounding"
    ]


def test_the_legs_of_the_gap_are_its_two_parts(played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch) -> None:
    plane = played[0].plane
    monkeypatch.setattr(plane.view, "drift", None)
    for step in (Carry(2), Add(2), Press(2), Carry(3), Add(3)):
        for part in (0.25, 1.0):
            plane.progress.set_value(plane.journey.number(step) - 1 + part)
            old, added, whole, twin, point, _ = plane.make_pair()
            now = plane.hero()
            places = [plane.view.to_frame(each)[0] for each in (now.points, now.carried, now.twins)]
            np.testing.assert_allclose([old.points[0], old.points[-1]], places[:2], atol=1e-9)
            np.testing.assert_allclose([added.points[0], added.points[-1]], places[1:], atol=1e-9)
            np.testing.assert_allclose([whole.points[0], whole.points[-1]], places[::2], atol=1e-9)
            colors = [each.get_stroke_color().to_hex() for each in (old, added)]
            assert colors == [theme.QUIET.upper(), theme.QUANTIZED.upper()]
            assert np.allclose(twin.points.mean(axis=0), places[2], atol=1e-6)
            assert np.allclose(point.points.mean(axis=0), places[0], atol=1e-6)
    plane.progress.set_value(float(plane.last))


def test_the_bars_of_what_is_lost_all_begin_at_zero(played: tuple[Any, Looking]) -> None:
    losses, figures = played[0].losses, played[0].figures
    shares = [*figures.lost_alone, figures.lost]
    left = [bar.points[:, 0].min() for bar in losses.bars]
    right = [bar.points[:, 0].max() for bar in losses.bars]
    unit = (right[-1] - left[-1]) / figures.lost
    np.testing.assert_allclose(left, losses.along(0.0), atol=1e-9)
    np.testing.assert_allclose(np.subtract(right, left), unit * np.array(shares), atol=1e-9)
    colors = [bar.get_fill_color().to_hex() for bar in losses.bars]
    assert colors == [color.upper() for color in (*theme.LAYER_COLORS[:3], theme.QUANTIZED)]


def test_what_helps_alone_is_drawn_backward() -> None:
    zone = theme.Zone(-3.0, 3.0, -2.0, 2.0)
    losses = LossRows(zone, [("layer 1", "−2.0"), ("layer 2", "3.0"), ("all at once", "1.0")], (-0.02, 0.03, 0.01))
    ends = [(bar.points[:, 0].min(), bar.points[:, 0].max()) for bar in losses.bars]
    zero, unit = losses.along(0.0), losses.along(1.0) - losses.along(0.0)
    expected = [(-0.02, 0.0), (0.0, 0.03), (0.0, 0.01)]
    np.testing.assert_allclose((np.array(ends) - zero) / unit, expected, atol=1e-9)


def test_the_layer_is_that_of_the_motion_that_was_made_last(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    expected = {0.0: 0, 0.1: 1, 3.0: 1, 3.1: 2, 6.0: 2, 6.5: 3, 8.0: 3}
    found = {}
    for progress in expected:
        plane.progress.set_value(progress)
        found[progress] = plane.layer
    assert found == expected


def test_the_badge_says_when_relus_act(played: tuple[Any, Looking]) -> None:
    plane = played[0].plane
    plane.progress.set_value(0.0)
    assert plane.motion is None
    for progress, motion in ((0.5, Carry(1)), (2.0, Add(1)), (2.1, Press(1)), (8.0, Add(3))):
        plane.progress.set_value(progress)
        assert plane.motion == motion


def test_the_pushes_begin_at_the_float_output_and_are_laid_end_to_end(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = played
    pushes, hero = scene.pushes, scene.places.hero_point
    home = scene.net(hero)[0]
    pushes.laid.set_value(0.0)
    ends = pushes.ends()
    np.testing.assert_allclose(ends[:, 0], np.tile(home, (3, 1)))
    np.testing.assert_allclose(ends[:, 1], [net(hero)[0] for net in scene.places.alone])
    sectors = classify(np.vstack([home, ends[:, 1]]), scene.output.readout)
    assert len(set(sectors)) == 1
    pushes.laid.set_value(1.0)
    chain = pushes.ends()
    np.testing.assert_allclose(chain[1:, 0], chain[:-1, 1])
    assert classify(chain[-1:, 1], scene.output.readout)[0] != sectors[0]
    monkeypatch.setattr(scene.plane.view, "drift", None)
    line, tip = pushes.make(1)
    np.testing.assert_allclose([line.points[0], line.points[-1]], scene.plane.view.to_frame(chain[1]))
    assert np.allclose(tip.points.mean(axis=0), line.points[-1], atol=1e-6)


def test_rings_are_around_what_only_all_layers_lose(
    played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, _ = played
    monkeypatch.setattr(scene.plane.view, "drift", None)
    drawn, readout = scene.places.drawn, scene.output.readout

    def right(net: Any) -> np.ndarray:
        return np.asarray(classify(net(drawn.points), readout) == drawn.labels)

    own = right(scene.net) & ~right(scene.quantized) & np.all([right(net) for net in scene.places.alone], axis=0)
    rings = scene.output.make_together()
    middles = rings.points.reshape(own.sum(), len(rings.template), 3).mean(axis=1)
    np.testing.assert_allclose(middles, scene.plane.view.to_frame(scene.quantized(drawn.points[own])), atol=1e-6)


def test_points_in_another_sector_are_white_and_no_others(played: tuple[Any, Looking]) -> None:
    output = played[0].output
    drawn = output.places.drawn
    wrong = classify(output.drawn_outputs(), output.readout) != drawn.labels
    for k, white in enumerate(output.make_missed()):
        assert white.get_fill_color().to_hex() == theme.HERO.upper()
        sizes = np.ptp(white.points.reshape(-1, len(white.template), 3), axis=1).max(axis=1)
        assert np.array_equal(sizes > 0, wrong[drawn.labels == k])
    assert wrong.sum() > 30


def test_a_point_flashes_as_it_changes_its_class_and_only_then(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    output, start, goal = scene.output, scene.net, scene.quantized
    changed = output.changes_between(start, goal)
    classes = [classify(net(output.places.drawn.points), output.readout) for net in (start, goal)]
    assert np.array_equal(~np.isnan(changed), classes[0] != classes[1])
    first, middle = float(np.nanmin(changed)), float(np.nanmedian(changed))
    lit = [int((flash_radii(changed, part) > 0).sum()) for part in (0.0, first - 0.01, middle, 1.0)]
    assert lit[0] == lit[1] == lit[3] == 0
    assert 10 < lit[2] < np.isfinite(changed).sum()
    radii = flash_radii(np.array([0.5, 0.4, np.nan]), 0.5)
    assert radii[0] > radii[1] > radii[2] == 0


def test_weights_on_the_way_are_a_network_at_every_moment(played: tuple[Any, Looking]) -> None:
    scene, _ = played
    weights = WeightsOnTheWay(scene.net, "float weights", 8)
    weights.to(scene.quantized, "4-bit weights", 4)
    seen = []
    for part in (0.0, 0.25, 1.0):
        weights.way.set_value(part)
        seen.append((weights.words, weights.settled[1:]))
        for now, float_weight, rounded in zip(
            weights.network.weights, scene.net.weights, scene.quantized.weights, strict=True
        ):
            np.testing.assert_allclose(now, (1 - part) * float_weight + part * rounded)
    left, reached = ("float weights", 8.0), ("4-bit weights", 4.0)
    assert seen == [("float weights", left), ("rounding", left), ("4-bit weights", reached)]


def test_the_dial_shows_stops_and_nothing_between(played: tuple[Any, Looking], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the float weights on; while the weights move, its mark, its number and its line stay as they were."""
    scene, _ = played
    chart = scene.dial.chart
    expected = [(7, scene.float_accuracy), *((bits, scene.figures.reached[bits]) for bits in (5, 4))]
    corners = chart.to_frame(np.array([(bits, 100 * share) for bits, share in expected]))
    np.testing.assert_allclose(chart.to_frame(np.array(scene.dial.visited)), corners, atol=1e-9)
    weights = scene.output.weights
    monkeypatch.setattr(weights, "start", (scene.net, "float weights", 7.0))
    monkeypatch.setattr(weights, "goal", (scene.quantized, "4-bit weights", 4.0))
    for part, (bits, share) in ((0.0, expected[0]), (0.6, expected[0]), (0.99, expected[0]), (1.0, expected[-1])):
        weights.way.set_value(part)
        np.testing.assert_allclose(scene.dial.here(), [[bits, 100 * share]], atol=1e-9)
        assert scene.output.right() == pytest.approx(share)


# --- the axis, and the view


def test_weights_slide_to_their_levels() -> None:
    rounding = rounded_weights([[3.0, -1.4], [0.6, 0.0]], UniformQuantizer(3))
    axis = WeightAxis(rounding, {0.0: "0"}, Drift())
    levels = axis.make_levels()
    assert np.ptp(levels.points[:, 0]) < 1e-9
    axis.opened.set_value(1.0)
    levels.update()
    np.testing.assert_allclose(levels.points[::4, 0], axis.places(rounding.levels)[:, 0])
    np.testing.assert_allclose(axis.now(), [3.0, -1.4, 0.6, 0.0])
    axis.slid.set_value(0.5)
    np.testing.assert_allclose(axis.now(), [3.0, -1.2, 0.8, 0.0])
    axis.slid.set_value(1.0)
    np.testing.assert_allclose(axis.now(), [3.0, -1.0, 1.0, 0.0])
    way, discs = axis.make_rounded()
    np.testing.assert_allclose(way.points[3::4], axis.places(axis.now()))
    assert len(discs.points) == 4 * len(discs.template)


def test_a_view_keeps_what_it_follows_where_it_is() -> None:
    at = ValueTracker(0.0)
    view = FollowingView(FramePose(0.0, 0.0, 2.0))

    def place() -> np.ndarray:
        return np.array([at.get_value(), 1.0])

    view.follow(place)
    before = view.point(place())
    at.set_value(3.0)
    np.testing.assert_allclose(view.point(place()), before)
    view.fly_to(FramePose(3.0, 1.0, 4.0))
    view.way.set_value(1.0)
    at.set_value(5.0)
    np.testing.assert_allclose(view.point(place())[:2], theme.middle_zone().center[:2])
    view.follow(None)
    assert view.pose == FramePose(5.0, 1.0, 4.0)
    at.set_value(0.0)
    assert view.pose == FramePose(5.0, 1.0, 4.0)


def test_levels_closer_than_pixels_are_thinned() -> None:
    codes = np.arange(-511, 512)
    np.testing.assert_array_equal(thinned(codes), codes)
    many = np.arange(-(2**15) + 1, 2**15)
    assert len(thinned(many)) <= 1024
    assert set(thinned(many)) <= set(many)


@pytest.mark.parametrize("width", [2, 6])
def test_the_scene_is_well_laid_out_at_other_bit_widths(width: int) -> None:
    class Variant(QuantizationComparisonScene):
        bits = width

    assert audit(Variant).findings == {}
