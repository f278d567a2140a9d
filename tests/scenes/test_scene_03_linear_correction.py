"""The scene of the output map: its builders, and its audit with a population and without one."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from manim import ValueTracker

from layout import audit, check_captions
from quantization_story.core.affine import AffineMap
from quantization_story.core.plane_geometry import Window
from quantization_story.mobjects.charts.bar_rows import BarRow, BeforeAfter, NumberSquares, scientific
from quantization_story.mobjects.map_motion import Glide, SwitchingCloud, paint_by_part
from quantization_story.mobjects.paths import PointCloud
from quantization_story.mobjects.plane import PlaneView
from quantization_story.networks import Population
from quantization_story.pictures.linear_correction import KINDS, SeedDots
from quantization_story.scene_03_linear_correction import LinearCorrectionScene
from quantization_story.style import theme

ZONE = theme.Zone(-6.0, 6.0, -3.0, 3.0)


def made_up(outcomes: str) -> Population:
    return Population(3, 100, outcomes, 0.985, 0.08, 0.015, "one affine map at the output")


class _WithPopulation(LinearCorrectionScene):
    """The scene on a made-up population of 120 seeds."""

    def load_story(self) -> None:
        super().load_story()
        counted = replace(made_up("-hlr-hr-hhrr" * 10), bits=self.story_bits)
        provenance = replace(self.learned.provenance, populations=(counted,))
        self.subject = replace(self.subject, learned=replace(self.learned, provenance=provenance))


class _WithoutPopulation(LinearCorrectionScene):
    """The scene on a network without a record of other seeds."""

    def load_story(self) -> None:
        super().load_story()
        counted = replace(made_up(""), bits=self.story_bits)
        provenance = replace(self.learned.provenance, populations=(counted,))
        self.subject = replace(self.subject, learned=replace(self.learned, provenance=provenance))


def test_the_scene_is_clean_and_neither_too_short_nor_too_long() -> None:
    result = audit(_WithPopulation)
    assert result.findings == {}
    assert 25 <= result.seconds <= 66  # at one frame a second every animation is rounded up
    said = " / ".join(caption for caption, _, _ in result.captions)
    assert "120 seeds" in said
    assert "With one map each, 40 of the 50 come back" in said
    check_captions(result)


def test_without_a_population_the_scene_says_nothing_about_one() -> None:
    result = audit(_WithoutPopulation)
    assert result.findings == {}
    assert not any("seed" in caption for caption, _, _ in result.captions)


def test_a_first_layer_that_lost_a_direction_is_not_said_to_come_back() -> None:
    class Flat(LinearCorrectionScene):
        def load_story(self) -> None:
            super().load_story()
            weights = (np.ones((2, 2)), *self.quantized.weights[1:])
            self.subject = replace(self.subject, quantized=replace(self.quantized, weights=weights))

    result = audit(Flat)
    assert result.findings == {}
    said = [caption for caption, _, _ in result.captions]
    assert "Rounded, W has lost a direction: no map brings it back" in said
    assert not any("exactly" in caption for caption in said)


def test_one_square_of_the_grid_lies_where_each_network_puts_it() -> None:
    scene = LinearCorrectionScene(skip_animations=True)
    scene.setup()
    scene.load_story()
    scene.fit_maps()
    scene.make_pictures(Glide(scene.exact), Glide(scene.output_map))
    scene.progress.set_value(2)
    scene.view.move_window(scene.windows[2])
    for tracker, value in zip((scene.view.x, scene.view.y, scene.view.half), (0.0, 0.0, 30.0), strict=True):
        tracker.set_value(value)
    blue, orange = scene.make_squares(np.array([0.3, -1.2]))
    corners = np.array([[0, -2], [1, -2], [1, -1], [0, -1]]) * scene.grid_step
    for square, net in ((blue, scene.net), (orange, scene.quantized)):
        goals = scene.view.to_frame(net.pre_activations(corners)[0])
        assert np.allclose(square.points[0::4][:4], goals)
    scene.glide.amount.set_value(1.0)
    orange.update()
    assert np.allclose(orange.points, blue.points)


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


def test_a_switching_cloud_shows_what_it_is_given_inside_the_view() -> None:
    view = PlaneView((0.0, 0.0, 0.0), 4.0, Window(0.0, 0.0, 2.0))
    given = [np.array([[0.0, 0.0], [1.0, 1.0], [5.0, 0.0]])]
    cloud = SwitchingCloud(view, lambda: given[0], theme.QUIET, "disc")
    assert len(cloud.get_subpaths()) == 2
    given[0] = np.zeros((1, 2))
    assert len(cloud.update().get_subpaths()) == 1


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
    row.settle().move_to_line(-1.0)
    share.set_value(0.0)
    row.update()
    assert np.isclose(row.bar.width, 0.75 * full)
    assert np.isclose(row.bar.get_center()[1], -1.0)


def test_figures_before_and_after_stand_in_columns() -> None:
    first, second = BeforeAfter(ZONE, 1.0, "one", "0.39"), BeforeAfter(ZONE, 0.5, "two", "12.10")
    assert np.isclose(first.before.get_right()[0], second.before.get_right()[0], atol=0.05)
    assert first.before.get_right()[0] < first.arrow.get_left()[0]


def test_squares_count_parameters() -> None:
    seen = ValueTracker(0.0)
    squares = NumberSquares(18, 9, 0.3, theme.QUANTIZED, seen).place((1.0, 2.0, 0.0))
    for value, shown in ((0.0, 0), (7.4, 7), (40.0, 18)):
        seen.set_value(value)
        squares.update()
        assert len(squares.points) == shown * len(squares.template)
    assert np.allclose(squares.get_corner(np.array([-1.0, 1.0, 0.0])), [1.0, 2.0, 0.0], atol=0.15)


def test_small_numbers_are_set_with_a_power_of_ten() -> None:
    assert scientific(6.4e-16) == "$6 dot 10^(-16)$"
    assert scientific(0.0) == "0"


@pytest.mark.parametrize("outcomes", ["-hlr", "-hlr-hr-hhrr" * 10, "h" * 30, "r-" * 400])
def test_every_seed_has_a_dot_which_walks_to_its_kind(outcomes: str) -> None:
    population = made_up(outcomes)
    dots = SeedDots(population, ZONE, 3.0)
    for sorting in (0.0, 0.5, 1.0, 2.0):
        dots.sorting.set_value(sorting)
        dots.update()
        places = np.array([dots.place_of(100 + k) for k in range(population.seeds)])
        assert len(np.unique(places.round(6), axis=0)) == population.seeds
        assert (places[:, 0] > ZONE.left + 3.0).all()
        assert (places[:, 0] < ZONE.right).all()
        assert (np.abs(places[:, 1]) < 3.0).all()
    bands = [places[np.array(list(outcomes)) == kind, 1] for kind in KINDS]
    tops = [band.max() for band in bands if len(band)]
    assert tops == sorted(tops, reverse=True)
    assert all(low.min() > high.max() for low, high in pairwise(bands) if len(low) and len(high))
    assert dots.place_of(99) is None
    assert dots.place_of(100 + population.seeds) is None


def test_the_ring_stays_on_its_seed() -> None:
    dots = SeedDots(made_up("-hlr" * 5), ZONE, 3.0)
    ring = dots.ring(103)
    for sorting in (0.3, 2.0):
        dots.sorting.set_value(sorting)
        dots.update()
        ring.update()
        place = dots.place_of(103)
        assert place is not None
        assert np.allclose(ring.get_center(), place, atol=1e-6)
    assert len(dots.ring(7).points) == 0
