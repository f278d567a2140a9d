"""The figures of the scene of strips against slow recomputation, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.analysis.residuals import Residuals
from quantization_story.analysis.strips import strip_walks
from quantization_story.core.captions import as_caption
from quantization_story.core.corrections import fit_corrections
from quantization_story.core.tasks import LabelledPoints
from quantization_story.figures.topology_failure import (
    TopologyFailureFigures,
    badges,
    captions,
    drawn_numbers,
    measure,
    own_turns,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> TopologyFailureFigures:
    return measure(subject)


def told(figures: TopologyFailureFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def plain(weights, biases, x: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Outputs and patterns, layer by layer."""
    bits = []
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        x = x @ weight.T + bias
        if layer < len(weights) - 1:
            bits.append(x > 0)
            x = np.where(x > 0, x, 0.0)
    return x, ["".join(map(str, row.astype(int))) for row in np.concatenate(bits, axis=1)]


def affine(source: np.ndarray, target: np.ndarray):
    design = np.column_stack([source, np.ones(len(source))])
    found = np.linalg.lstsq(design, target, rcond=1e-9)[0]
    return lambda x: np.column_stack([x, np.ones(len(x))]) @ found


def test_red_green_and_what_own_maps_leave(subject: StorySubject, figures: TopologyFailureFigures) -> None:
    net, quantized = subject.network, subject.quantized
    x, fresh = subject.calibration.points, subject.data.points
    (f, bits), (g, bits_q) = (plain(each.weights, each.biases, fresh) for each in (net, quantized))
    (fc, c), (gc, cq) = (plain(each.weights, each.biases, x) for each in (net, quantized))
    same = np.array([a == b for a, b in zip(bits, bits_q, strict=True)])
    assert figures.others == pytest.approx(1 - same.mean())
    assert round(100 * figures.others, 1) == 11.0
    left = np.sum((f - affine(gc, fc)(g)) ** 2, axis=1)
    assert figures.red == pytest.approx(left[~same].sum() / left.sum())
    assert round(100 * figures.red) == 32
    after, red_after = 0.0, 0.0
    for key in set(bits_q):
        here = np.array([b == key for b in bits_q])
        fit = np.array([a == b == key for a, b in zip(c, cq, strict=True)])
        kept = affine(gc[fit], fc[fit])(g) if fit.sum() >= 3 else affine(gc, fc)(g)
        squares = np.sum((f - kept) ** 2, axis=1)
        after += squares[here & same].sum()
        red_after += squares[here & ~same].sum()
    assert figures.after == pytest.approx(after / left.sum(), rel=1e-6)
    assert figures.red_after == pytest.approx(red_after / left.sum(), rel=1e-6)
    assert [round(100 * share) for share in (figures.after, figures.red_after)] == [6, 37]
    assert figures.places.trials[0] == pytest.approx(f - fit_corrections(net, quantized, x, layers=[net.depth])(fresh))


def test_the_walk_lies_in_the_strip_and_bends_are_nearly_alike(
    subject: StorySubject, figures: TopologyFailureFigures
) -> None:
    p, walk = figures.places, figures.places.walk
    at = float((p.hero - walk.start) @ walk.direction)
    assert walk.inputs([at])[0] == pytest.approx(p.hero)
    assert walk.corners[1] < at < walk.corners[2]
    assert walk.direction[1] == 0.0
    assert p.others(p.hero[None], 1.0).all()
    assert not p.others(p.hero[None], 0.0).any()
    before, after = walk.bends
    assert before == pytest.approx(after, rel=0.02)
    length = walk.corners[3] - walk.corners[1]
    strip, beyond = walk.corners[2] - walk.corners[1], walk.corners[3] - walk.corners[2]
    assert (walk.corners[1], strip) == pytest.approx((beyond, beyond))
    assert walk.least_miss == pytest.approx(abs(before) * strip * beyond / (2 * length))
    assert round(walk.least_miss, 2) == 0.42


def test_the_walk_goes_to_the_right_and_maps_miss_it_most(figures: TopologyFailureFigures) -> None:
    p = figures.places
    assert p.walk.direction.tolist() == [1.0, 0.0]
    red = p.data.points[p.others(p.data.points, 1.0)]
    found = [walk for _, walk in strip_walks(p.cells, red, p.one) if walk.direction[0] > 0]
    assert len(found) > 20
    assert p.walk.least_miss == max(walk.least_miss for walk in found)


def test_drawn_points_are_a_run_with_the_red_share_of_all_and_the_hero(figures: TopologyFailureFigures) -> None:
    p = figures.places
    squares, red = np.sum(p.trials[0] ** 2, axis=1), p.others(p.data.points, 1.0)
    off = [
        abs(squares[k : k + 300][red[k : k + 300]].sum() / squares[k : k + 300].sum() - figures.red)
        for k in range(0, 3000, 300)
    ]
    first = 300 * int(np.argmin(off))
    assert p.numbers.tolist() == [*range(first, first + 300), *np.flatnonzero((p.data.points == p.hero).all(axis=1))]
    few = Residuals(np.ones((7, 2)), np.arange(7) == 3)
    assert drawn_numbers(few, 3).tolist() == [*range(7)]


def test_pieces_get_their_maps_one_by_one_and_then_all(figures: TopologyFailureFigures) -> None:
    assert own_turns(7) == [1, 2, 3, 4, 7]
    assert own_turns(30) == [1, 2, 3, 4, 30]
    assert own_turns(3) == [1, 2, 3]
    assert own_turns(0) == [0]
    turns = figures.places.turns
    assert [len(each) for each in turns] == [0, 1, 1, 1, 1, 3]
    assert len({piece for turn in turns for piece in turn}) == 7
    green = ~figures.places.others(figures.places.data.points, 1.0)
    left = [float(np.sum(each[green] ** 2)) for each in figures.places.trials]
    assert left == sorted(left, reverse=True)


def test_where_no_point_has_another_pattern_it_is_refused(subject: StorySubject) -> None:
    p = measure(subject).places
    calm = ~p.others(subject.data.points, 1.0)
    data = LabelledPoints(subject.data.points[calm], subject.data.labels[calm])
    with pytest.raises(ValueError, match="another pattern"):
        measure(replace(subject, data=data))


def test_captions_follow_the_figures(figures: TopologyFailureFigures) -> None:
    said = told(figures)
    assert [*said][:: len(said) - 1] == ["question", "answer"]
    assert said["own"].endswith("green goes")
    assert told(replace(figures, after=0.3))["own"].endswith("green shrinks")
    assert said["share"].endswith("takes its map: red stays")
    assert told(replace(figures, red_after=0.1))["share"].endswith("some red stays")
    assert said["float"].endswith("float output bends at the solid crease")
    assert "bends at the dashed crease" in said["mapped"]
    assert said["answer"].startswith("In the strips, where a crease moved")
    assert badges(figures)[-3:] == [
        "4-bit weights, a map a piece",
        "4-bit weights, one map",
        "4-bit weights, any one map",
    ]


def test_the_bar_is_shown_as_it_is_in_each_beat(figures: TopologyFailureFigures) -> None:
    beats = shown(figures)
    assert beats["area"] == {"red": "32 %", "green": "68 %", "base": "on 11 % of points"}
    assert beats["own"] == beats["answer"] == {"red": "37 %", "green": "6 %", "base": "on 11 % of points"}
