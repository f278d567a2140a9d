"""The strips in which patterns change, and the section across one: a case by hand, and random networks."""

import numpy as np
import pytest
from scipy.optimize import linprog

from quantization_story.analysis.strips import (
    along_maps,
    between,
    changed_share,
    chosen_section,
    ray_length,
    sliding_refinement,
    strip_sections,
    study_section,
)
from quantization_story.common import ReluNetwork, UniformQuantizer
from quantization_story.core.affine import AffineMap
from quantization_story.partition import refine
from small_networks import he_network

BOX = (-2.0, 2.0, -2.0, 2.0)


def ramp(bias: float) -> ReluNetwork:
    """The network max(x + bias, 0) of two inputs (x, y)."""
    return ReluNetwork((np.array([[1.0, 0.0]]), np.array([[1.0]])), (np.array([bias]), np.zeros(1)))


@pytest.fixture(params=range(6))
def pair(request: pytest.FixtureRequest) -> tuple[ReluNetwork, ReluNetwork]:
    net = he_network((2, 3, 3, 2), seed=request.param)
    return net, net.quantized(UniformQuantizer(3))


def test_the_section_of_two_ramps_by_hand() -> None:
    # max(x, 0) and max(x + 1, 0): the patterns differ for -1 < x < 0, a quarter of the box.
    cells = refine(ramp(0.0), ramp(1.0), BOX)
    assert changed_share(cells) == pytest.approx(0.25)
    section = chosen_section(cells, np.array([[-0.5, 0.0]]))
    assert section.at[0] == pytest.approx(0.0)
    assert section.direction == pytest.approx([-1.0, 0.0])
    assert (section.before, section.after) == pytest.approx((1.6, 1.0))
    assert (section.layer, section.unit) == (1, 0)
    assert section.bend == pytest.approx([1.0])
    assert section.slope == pytest.approx([-1.0])
    assert section.least_gap() == pytest.approx(1.6 * 1.0 / (2 * 2.6))
    window = section.window(BOX)
    assert window.half == pytest.approx(0.75 * 2.6)
    assert (np.abs([window.x, window.y]) + window.half <= 2.0 + 1e-12).all()


def test_the_section_that_is_shown_lies_where_the_points_are() -> None:
    cells = refine(ramp(0.0), ramp(1.0), BOX)
    for height in (-1.5, 0.0, 1.5):
        section = chosen_section(cells, np.column_stack([np.full(9, -0.5), np.full(9, height)]))
        assert abs(section.middle[1] - height) < section.length


def test_where_nothing_changes_there_is_no_section(net: ReluNetwork) -> None:
    with pytest.raises(ValueError, match="of 0 changed cells"):
        chosen_section(refine(net, net, BOX), np.zeros((1, 2)))


def test_along_every_section_the_quantized_map_is_straight_and_the_float_one_bends_once(
    pair: tuple[ReluNetwork, ReluNetwork],
) -> None:
    net, quantized = pair
    cells = refine(net, quantized, BOX)
    sections = strip_sections(cells)
    assert sections
    for section in sections:
        s = np.linspace(-section.before, section.after, 41)
        x = section.inputs(s)
        start, end = quantized(x[:1]), quantized(x[-1:])
        way = (s[:, None] - s[0]) / section.length
        assert quantized(x) == pytest.approx(start + way * (end - start), abs=1e-9)
        outside = cells.affine_map(section.outside)(x)
        assert net(x) == pytest.approx(outside + np.maximum(s, 0.0)[:, None] * section.bend, abs=1e-9)
        inner = section.inputs([-0.5 * section.before, 0.5 * section.after])
        assert cells.locate(inner).tolist() == [section.outside, section.strip]
        assert not cells.changed[section.outside]
        assert cells.changed[section.strip]


def test_no_map_gets_below_the_least_gap_and_one_reaches_it(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    net, quantized = pair
    cells = refine(net, quantized, BOX)
    section = max(strip_sections(cells), key=lambda way: way.least_gap())
    s = np.concatenate([np.linspace(-section.before, 0.0, 30), np.linspace(0.0, section.after, 30)])
    values = net(section.inputs(s))[:, section.coordinate]
    # The best line c0 + c1 s for the largest distance r, by linear programming: minimise r, |c0 + c1 s - f| <= r.
    line, one = np.column_stack([np.ones_like(s), s]), np.ones((len(s), 1))
    best = linprog([0, 0, 1], np.block([[line, -one], [-line, -one]]), [*values, *-values], bounds=[(None, None)] * 3)
    assert section.least_gap(section.coordinate) == pytest.approx(best.fun, abs=1e-8)
    assert section.least_gap() >= section.least_gap(section.coordinate)


def test_a_fit_on_one_side_is_exact_there_and_wrong_by_the_bend_on_the_other(
    pair: tuple[ReluNetwork, ReluNetwork],
) -> None:
    net, quantized = pair
    section = chosen_section(refine(net, quantized, BOX), np.random.default_rng(0).uniform(-2, 2, (300, 2)))
    study = study_section(section, net, quantized, AffineMap.identity(2))
    near, far = np.linspace(-section.before, 0.0, 7), np.linspace(0.0, section.after, 7)
    bend = abs(section.bend[section.coordinate])
    scale = np.abs(study.exact(study.corners)).max() + 1.0
    assert study.mapped(near, 1) == pytest.approx(study.exact(near), abs=1e-8 * scale)
    assert np.abs(study.mapped(far, 1) - study.exact(far)) == pytest.approx(bend * far, abs=1e-7 * scale)
    assert study.mapped(far, 2) == pytest.approx(study.exact(far), abs=1e-8 * scale)
    assert np.abs(study.mapped(near, 2) - study.exact(near)) == pytest.approx(-bend * near, abs=1e-7 * scale)
    assert study.largest_gap(1) == pytest.approx(bend * section.after, abs=1e-7 * scale)
    low, high = study.value_range()
    for position in np.linspace(0.0, 3.0, 13):
        assert study.largest_gap(position) >= study.least_gap - 1e-9
        values = np.concatenate([study.exact(study.corners), study.mapped(study.corners, position)])
        assert low < values.min() <= values.max() < high


def test_the_weights_slide_from_the_float_to_the_quantized_network(net: ReluNetwork) -> None:
    quantized = net.quantized(UniformQuantizer(3))
    for t, end in ((0.0, net), (1.0, quantized)):
        assert all((a == b).all() for a, b in zip(between(net, quantized, t).weights, end.weights, strict=True))
    half = between(net, quantized, 0.5)
    assert half.weights[1] == pytest.approx((net.weights[1] + quantized.weights[1]) / 2)
    with pytest.raises(ValueError, match=r"t = 1\.5"):
        between(net, quantized, 1.5)
    at = sliding_refinement(net, quantized, BOX)
    assert changed_share(at(0.0)) == 0.0
    assert changed_share(at(1.0)) == pytest.approx(refine(net, quantized, BOX).changed_area / 16.0)
    assert at(1.0) is at(1.0)


def test_changed_share_agrees_with_a_count_of_random_points(pair: tuple[ReluNetwork, ReluNetwork]) -> None:
    net, quantized = pair
    x = np.random.default_rng(2).uniform(-2, 2, (20000, 2))
    counted = (net.activation_patterns(x) != quantized.activation_patterns(x)).any(axis=1).mean()
    assert changed_share(refine(net, quantized, BOX)) == pytest.approx(counted, abs=0.015)


def test_a_ray_leaves_a_square_at_its_edge() -> None:
    square = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0]])
    assert ray_length(square, np.array([0.5, 1.0]), np.array([1.0, 0.0])) == pytest.approx(1.5)
    assert ray_length(square, np.array([0.5, 1.0]), np.array([-0.6, 0.8])) == pytest.approx(0.5 / 0.6)
    assert ray_length(square, np.array([2.0, 1.0]), np.array([1.0, 0.0])) == 0.0


def test_blend_goes_along_the_maps() -> None:
    maps = [AffineMap(np.eye(2) * k, np.full(2, float(k))) for k in (1, 3, 4)]
    for at, factor in ((0, 1.0), (0.5, 2.0), (1, 3.0), (2, 4.0)):
        assert along_maps(maps, at).linear == pytest.approx(factor * np.eye(2))
        assert along_maps(maps, at).offset == pytest.approx([factor, factor])
    assert along_maps(maps[:1], 0).offset == pytest.approx([1.0, 1.0])
    with pytest.raises(ValueError, match="stops 0 to 2"):
        along_maps(maps, 2.5)
