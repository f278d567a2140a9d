"""The scene of the grid: its builders, its audit, and the figures that it shows."""

import numpy as np
import pytest
from manim import Typst

from layout import audited, texts
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.adjacent_planes import SlidingView, live_arrows
from quantization_story.mobjects.legend import SplitBar
from quantization_story.mobjects.plane import PlaneView
from quantization_story.mobjects.text import LiveText, percent
from quantization_story.networks import known_networks, load_network
from quantization_story.partition import refine
from quantization_story.scene_07_grid_distortion import GridDistortionScene
from quantization_story.scene_08_partition_to_transport import PartitionToTransportScene
from quantization_story.style import theme
from small_networks import fine_lattice

WINDOW = Window(0.0, 0.0, 2.0)


def test_the_scene_is_clean_neither_too_short_nor_too_long_and_shows_the_exact_figures() -> None:
    result = audited(GridDistortionScene)
    assert result.findings == {}
    assert 30 <= result.seconds <= 75  # at one frame a second every animation is rounded up

    # The same figures from points of a fine lattice, which knows no cells.
    learned = load_network(GridDistortionScene.network_name)
    net, quantized = learned.network, learned.quantized()
    x = fine_lattice()
    crossed = np.any(net.activation_patterns(x) != quantized.activation_patterns(x), axis=1)
    transport = refine(net, quantized, learned.window.box).fit_affine()
    before, after = (np.sum((outputs - net(x)) ** 2, axis=1) for outputs in (quantized(x), transport(quantized(x))))
    shown = [text.content for text in texts(result.scene.mobjects) if isinstance(text, LiveText)]
    numbers = [float(content.removesuffix(" %")) for content in shown]
    for figure, tolerance in (
        (100 * crossed.mean(), 0.3),
        (100 * before[crossed].sum() / before.sum(), 0.3),
        (100 * after[~crossed].sum() / before.sum(), 0.3),
        (100 * after[crossed].sum() / before.sum(), 0.3),
    ):
        assert np.abs(np.array(numbers) - figure).min() <= tolerance, figure
    ratios = [left[crossed].mean() / left[~crossed].mean() for left in (before, after)]
    pair = next(
        text.typst_code
        for text in texts(result.scene.mobjects)
        if isinstance(text, Typst) and "→" in text.typst_code[:8]
    )
    assert [float(part) for part in pair.split("→")] == pytest.approx(ratios, abs=0.02)
    words = " ".join(caption for caption, _, _ in result.captions)
    assert percent(before[crossed].sum() / before.sum(), 0) in words
    assert f"{percent(1 - after.sum() / before.sum(), 0)} % away" in words
    assert "holds more" in words


@pytest.mark.parametrize("scene", [GridDistortionScene, PartitionToTransportScene])
def test_a_network_that_cannot_be_drawn_is_refused_before_anything_is(
    scene: type[GridDistortionScene] | type[PartitionToTransportScene], monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = {name: load_network(name).network.widths for name in known_networks()}
    crowded = next(name for name, widths in networks.items() if sum(widths[1:-1]) > scene.needs.most_units)
    monkeypatch.setenv("QUANT_STORY_NETWORK", crowded)
    played = scene()
    with pytest.raises(ValueError, match=f"needs .*; the network {crowded}"):
        played.construct()
    assert played.mobjects == []


def test_a_view_slides_and_takes_along_what_it_shows() -> None:
    view = SlidingView((4.0, 1.0, 0.0), 4.0, WINDOW, (-2.0, 0.0, 0.0), 2.0)
    plain = PlaneView((4.0, 1.0, 0.0), 4.0, WINDOW)
    points = np.array([[0.0, 0.0], [1.0, -2.0]])
    assert np.allclose(view.to_frame(points), plain.to_frame(points))
    view.slid.set_value(1.0)
    assert np.allclose(view.to_frame(points), PlaneView((-2.0, 0.0, 0.0), 2.0, WINDOW).to_frame(points))
    view.slid.set_value(0.5)
    assert view.point((0.0, 0.0)) == pytest.approx([1.0, 0.5, 0.0])
    assert view.unit == pytest.approx(0.75)


def test_arrows_run_between_the_ends_that_the_function_gives() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, WINDOW)
    tips = np.array([[1.0, 0.0]])
    field = live_arrows(view, lambda: (np.zeros((1, 2)), tips), theme.SAME)
    assert field.get_right()[0] == pytest.approx(1.0)
    tips[0] = [0.0, 1.5]
    field.update()
    assert field.get_top()[1] == pytest.approx(1.5)


def test_a_split_bar_can_be_a_part_of_the_whole() -> None:
    zone, whole = theme.Zone(-2.0, 3.0, -1.0, 3.0), [1.0]
    bar = SplitBar(zone, 0.0, "energy", lambda: 0.25, lambda: whole[0])
    assert [number.content for number in bar.numbers] == ["75.0 %", "25.0 %"]
    whole[0] = 0.4
    bar.update()
    assert [number.content for number in bar.numbers] == ["30.0 %", "10.0 %"]
    assert bar.same.get_left()[0] == pytest.approx(-2.0)
    assert bar.same.width == pytest.approx(1.5)
    assert bar.crossed.get_right()[0] == pytest.approx(-2.0 + 0.4 * 5.0)
