"""The gauges: a rod on each weight's own edge, a dot at its distance from its level, in steps."""

import numpy as np
import pytest
from manim import ManimColor

from quantization_story.mobjects.paths import PointCloud, SegmentPath
from quantization_story.mobjects.relief import rgb
from quantization_story.mobjects.weight_gauges import (
    ALONG,
    ROD,
    WeightGauges,
    edge_ends,
    gauge_places,
    spacing,
    unit_places,
)
from quantization_story.style import theme

WIDTHS = (2, 2, 2)
READOUT = np.array([[0.0, 1.0], [-1.0, -0.5], [1.0, 1e-17]])
STEPS = np.array([0.5, -0.5, 0.25, 0.0, 0.1, -0.2, 0.3, -0.4])


def test_gauges_stand_on_the_edges_of_their_weights() -> None:
    units = unit_places(WIDTHS, 1.0, 2.0, -2.0)
    assert [row[0, 1] for row in units] == [2.0, 0.0, -2.0]
    ends, places = edge_ends(units), gauge_places(units, 1.2)
    assert len(ends) == len(places) == 8
    # Row by row of W: out 0 from in 0, out 0 from in 1, out 1 from in 0, ...
    assert ends[1].tolist() == [[1.0, 2.0], [-1.0, 0.0]]
    assert ends[2].tolist() == [[-1.0, 2.0], [1.0, 0.0]]
    for (start, end), place in zip(ends, places, strict=True):
        assert place == pytest.approx(start + ALONG * (end - start))


def test_a_crowded_layer_has_its_gauges_side_by_side_in_the_order_of_its_edges() -> None:
    units = unit_places((2, 4, 1), 1.0, 2.0, -2.0)
    places = gauge_places(units, 1.2)
    first = places[:8]
    assert sorted(first[:, 0]) == pytest.approx(np.linspace(-1.2, 1.2, 8))
    assert spacing(places) > 0.3
    assert first[0, 0] == pytest.approx(-1.2)  # the edge at the far left
    assert gauge_places(unit_places((1, 1), 1.0, 1.0, -1.0), 1.2).tolist() == [[0.0, pytest.approx(1 - 2 * ALONG)]]


def test_dots_slide_from_their_weights_to_their_levels() -> None:
    parts = [np.zeros(8)]
    gauges = WeightGauges(WIDTHS, STEPS, lambda: parts[0], READOUT, (2.6, 4.9), "one rod = one step")
    rod = ROD * gauges.pitch
    assert (gauges.positions() - gauges.places)[:, 1] == pytest.approx(-STEPS * rod)
    assert np.abs((gauges.positions() - gauges.places)[:, 1]).max() <= rod / 2 + 1e-12  # half a step: half a rod
    ends = gauges.rods.points.reshape(-1, 4, 3)[:, [0, 3], 1]
    lower, upper = np.sort(ends, axis=1).T
    assert (lower <= gauges.positions()[:, 1] + 1e-9).all()  # each dot lies between its two levels
    assert (gauges.positions()[:, 1] <= upper + 1e-9).all()
    assert upper - lower == pytest.approx(rod * (STEPS != 0))
    parts[0] = np.eye(8)[1]
    assert (gauges.positions() - gauges.places)[1] == pytest.approx([0.0, 0.0])
    assert (gauges.positions() - gauges.places)[0, 1] == pytest.approx(-STEPS[0] * rod)
    gauges.shift([3.0, 1.0, 0.0])
    gauges.update()
    drawn = np.array([np.mean(brush.outlines[0], axis=0) for brush in gauges.dots.brushes[1::2]])
    assert drawn == pytest.approx(gauges.positions() + np.array([3.0, 1.0]), abs=1e-6)
    assert gauges.dots.brushes[3].stroke[:3] == pytest.approx(rgb(theme.QUANTIZED))
    assert gauges.dots.brushes[1].stroke[:3] == pytest.approx(rgb(theme.FLOAT))
    assert gauges.width <= 2.6 + 1e-6
    assert gauges.height <= 4.9 + 0.05  # the handles of round units reach a little farther


def test_a_weight_that_moves_alone_is_ringed() -> None:
    parts = [np.zeros(8)]
    gauges = WeightGauges(WIDTHS, STEPS, lambda: parts[0], READOUT, (2.6, 4.9), "one rod = one step")
    rest = len(gauges.dots.brushes)
    for several in (np.zeros(8), np.ones(8), np.full(8, 0.5), np.eye(8)[3]):
        parts[0] = several
        gauges.update()
        assert gauges.lit is None
        assert len(gauges.dots.brushes) == rest
    parts[0] = np.array([1, 1, 0, 0.5, 0, 0, 0, 0])
    gauges.update()
    assert gauges.lit == 3
    ring = gauges.dots.brushes[-1].outlines[0]
    assert (ring.min(axis=0) + ring.max(axis=0)) / 2 == pytest.approx(gauges.positions()[3], abs=1e-6)


def test_each_class_has_its_mark_joined_to_the_outputs_that_make_its_score() -> None:
    gauges = WeightGauges(WIDTHS, STEPS, lambda: np.zeros(8), READOUT, (2.6, 4.9), "one rod = one step")
    marks = [
        each for each in gauges if isinstance(each, PointCloud) and each.get_fill_color() != ManimColor(theme.QUIET)
    ]
    assert [each.get_fill_color() for each in marks] == [ManimColor(color) for color in theme.CLASS_COLORS[:3]]
    joints = next(each for each in gauges if isinstance(each, SegmentPath) and len(each.points) == 4 * 4)
    ends = joints.points.reshape(-1, 4, 3)[:, [0, 3], :2]
    places = [(each.points.min(axis=0) + each.points.max(axis=0))[:2] / 2 for each in marks]
    outputs = np.unique(ends[:, 0].round(6), axis=0)
    assert len(outputs) == 2
    for start, end in ends:
        label = int(np.argmin([abs(end[0] - place[0]) for place in places]))
        assert abs(READOUT[label, int(start[0] > 0)]) > 0.1
