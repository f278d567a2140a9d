"""The figures of the scene of strips against slow recomputation, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.core.corrections import fit_corrections
from quantization_story.core.tasks import LabelledPoints
from quantization_story.figures.topology_failure import (
    TopologyFailureFigures,
    badges,
    captions,
    least_words,
    left_alone,
    measure,
    own_turns,
    shown,
    usual_words,
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
    assert figures.left == pytest.approx(np.sqrt(left.mean()))
    assert figures.red == pytest.approx(left[~same].sum() / left.sum())
    assert round(100 * figures.red) == 32
    after, flat, own = 0.0, 0.0, 0
    for key in set(bits):
        here = np.array([a == b == key for a, b in zip(bits, bits_q, strict=True)])
        fit = np.array([a == b == key for a, b in zip(c, cq, strict=True)])
        if fit.sum() < 3:
            after += left[here].sum()
            continue
        own += 1
        rest = np.sum((f[here] - affine(gc[fit], fc[fit])(g[here])) ** 2)
        after += rest
        flat += rest if key != "1111" else 0.0
    assert figures.own == own == 7
    assert figures.after == pytest.approx(after / left.sum(), rel=1e-6)
    assert round(100 * figures.after) == 6
    assert figures.flat_share == pytest.approx(flat / after, rel=1e-6)
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
    before, after = figures.bends
    assert before == pytest.approx(after, rel=0.02)
    length = walk.corners[3] - walk.corners[1]
    strip, beyond = walk.corners[2] - walk.corners[1], walk.corners[3] - walk.corners[2]
    assert figures.least_miss == pytest.approx(abs(before) * strip * beyond / (2 * length))
    assert figures.output == 2


def test_the_hero_is_left_with_a_usual_error(subject: StorySubject, figures: TopologyFailureFigures) -> None:
    p = figures.places
    sizes = np.linalg.norm(p.trials[0], axis=1)
    red = p.others(p.data.points, 1.0)
    own = sizes[(p.data.points == p.hero).all(axis=1)][0]
    assert figures.usual
    assert np.quantile(sizes[red], 0.25) <= own <= np.quantile(sizes[red], 0.75)


def test_two_pieces_each_need_their_own(figures: TopologyFailureFigures) -> None:
    assert figures.tried
    p = figures.places
    where = p.cells.locate(p.data.points)
    one, a, b = (np.sum(each**2, axis=1) for each in p.trials[:3])
    on = [where == piece for piece in p.tried]
    assert figures.kept_a == pytest.approx(a[on[0]].sum() / one[on[0]].sum(), abs=1e-12)
    assert figures.missed_a == pytest.approx(a[on[1]].sum() / one[on[1]].sum())
    assert figures.kept_b == pytest.approx(b[on[1]].sum() / one[on[1]].sum())
    assert figures.missed_b == pytest.approx(b[on[0]].sum() / one[on[0]].sum())
    elsewhere = ~(on[0] | on[1])
    assert a[elsewhere] == pytest.approx(one[elsewhere])
    assert b[elsewhere] == pytest.approx(one[elsewhere])
    held = sorted((one[where == k].sum() for k in set(where) if not p.cells.changed[k]), reverse=True)
    assert [one[each].sum() for each in on] == pytest.approx(held[:2])
    for spoilt in ({"kept_a": 0.2}, {"kept_b": 0.2}, {"missed_a": 0.9}, {"missed_b": 0.9}):
        other = replace(figures, **spoilt)
        assert not other.tried
        assert "A" not in captions(other)
        assert len(badges(other)) == len(badges(figures)) - 1


def test_pieces_get_their_maps_one_by_one_and_then_all(figures: TopologyFailureFigures) -> None:
    assert own_turns(7, 2) == [2, 3, 4, 5, 6, 7]
    assert own_turns(30, 2) == [2, 3, 4, 5, 6, 30]
    assert own_turns(3, 1) == [1, 2, 3]
    assert own_turns(0, 1) == [0]
    turns = figures.places.turns
    assert [len(each) for each in turns] == [0, 0, 0, 2, 1, 1, 1, 1, 1]
    assert len({piece for turn in turns for piece in turn}) == figures.own
    assert turns[3] == figures.places.tried
    left = [float(np.sum(each**2)) for each in figures.places.trials[3:]]
    assert left == sorted(left, reverse=True)


def test_the_piece_that_is_laid_flat_is_the_one_that_keeps_most(figures: TopologyFailureFigures) -> None:
    p = figures.places
    where, last = p.cells.locate(p.data.points), np.sum(p.trials[-1] ** 2, axis=1)
    singular = [k for k in set(where) if np.linalg.matrix_rank(p.cells.quantized_affine_map(k).linear, tol=1e-9) < 2]
    own = {piece for turn in p.turns for piece in turn}
    assert p.flat == max(own & set(singular), key=lambda k: last[where == k].sum())
    assert figures.pressed
    assert not replace(figures, flat_share=0.4).pressed
    assert "pressed" not in captions(replace(figures, flat_share=0.4))


def test_a_large_mark_without_a_map_is_pointed_at() -> None:
    points = np.arange(40.0).reshape(20, 2)
    left = np.ones((20, 2))
    left[7] = 9.0
    alone = np.zeros(20, dtype=bool)
    assert left_alone(points, left, alone) is None
    alone[[3, 7]] = True
    assert left_alone(points, left, alone) == pytest.approx(points[7])
    left[[8, 9]] = 20.0
    assert left_alone(points, left, alone) is None


def test_where_no_point_has_another_pattern_it_is_refused(subject: StorySubject) -> None:
    p = measure(subject).places
    calm = ~p.others(subject.data.points, 1.0)
    data = LabelledPoints(subject.data.points[calm], subject.data.labels[calm])
    with pytest.raises(ValueError, match="another pattern"):
        measure(replace(subject, data=data))


@pytest.mark.parametrize(
    ("miss", "words"),
    [
        (0.1, "far below"),
        (0.3, "a third of"),
        (0.5, "half"),
        (0.7, "two thirds of"),
        (1.0, "like"),
        (2.0, "more"),
    ],
)
def test_the_least_miss_is_compared_with_the_usual_error(
    figures: TopologyFailureFigures, miss: float, words: str
) -> None:
    assert usual_words(replace(figures, left=1.0, least_miss=miss)).startswith(words)
    for tiny in (1.0, 1e-3, 1e-9):
        assert told(replace(figures, left=tiny, least_miss=tiny * miss))["least"].endswith(" the usual error")
    assert least_words(replace(figures, least_miss=3.4e-7)) == "3.4e−07"


def test_captions_follow_the_figures(figures: TopologyFailureFigures) -> None:
    said = told(figures)
    assert [*said][:: len(said) - 1] == ["question", "answer"]
    assert "0.34" in said["least"]
    assert "half" in said["least"]
    assert said["own"].endswith("from 68 to 6 %")
    assert said["float"].endswith("output 2 bends at the solid crease")
    assert "dashed" in said["mapped"]
    assert "float bends, no map does" in said["answer"]
    assert said["A"].startswith("Most is green")
    assert "Most" not in told(replace(figures, red=0.7))["A"]
    assert "a usual" in said["back"]
    assert "a usual" not in told(replace(figures, usual=False))["back"]


def test_the_bar_is_shown_as_it_is_in_each_beat(figures: TopologyFailureFigures) -> None:
    beats = shown(figures)
    assert beats["area"] == {"red": "32 %", "green": "68 %", "base": "on 11 % of points"}
    assert beats["own"] == {"red": "32 %", "green": "6 %", "base": "on 11 % of points"}
    assert beats["trial"]["red"] == "32 %"
    green = np.sum(figures.places.trials[2] ** 2, axis=1)[~figures.places.others(figures.places.data.points, 1.0)]
    assert beats["trial"]["green"] == f"{100 * green.sum() / np.sum(figures.places.trials[0] ** 2):.0f} %"
    assert beats["least"]["least"] == "0.34 of output 2"
