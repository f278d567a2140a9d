"""The figures of the scene of one map against recomputation by other formulas, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.analysis.transport import pressed, same_patterns
from quantization_story.core.captions import as_caption
from quantization_story.figures.linear_correction import (
    DRAWN,
    LinearCorrectionFigures,
    badges,
    busiest_unit,
    captions,
    measure,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> LinearCorrectionFigures:
    return measure(subject)


def told(figures: LinearCorrectionFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def outputs_of(network: Any, points: np.ndarray) -> np.ndarray:
    a = points
    for weight, bias in zip(network.weights, network.biases, strict=True):
        z = a @ weight.T + bias
        a = np.where(z > 0, z, 0.0)
    return z


def gates(network: Any, points: np.ndarray) -> np.ndarray:
    a, bits = points, []
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        z = a @ weight.T + bias
        bits.append(z > 0)
        a = np.where(z > 0, z, 0.0)
    return np.hstack(bits)


def normal_equations(source: np.ndarray, target: np.ndarray) -> Any:
    augmented = np.column_stack([source, np.ones(len(source))])
    solved = np.linalg.solve(augmented.T @ augmented, augmented.T @ target)
    return lambda points: np.column_stack([points, np.ones(len(points))]) @ solved


def share_right(outputs: np.ndarray, labels: np.ndarray) -> float:
    angle = np.deg2rad([90.0, 210.0, 330.0])
    return float((np.argmax(outputs @ np.stack([np.cos(angle), np.sin(angle)]), axis=1) == labels).mean())


def error(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean(((one - other) ** 2).sum(axis=1))))


def test_accuracies_and_errors_are_those_of_the_map_by_normal_equations(
    subject: StorySubject, figures: LinearCorrectionFigures
) -> None:
    net, quantized, x, labels = subject.network, subject.quantized, subject.data.points, subject.data.labels
    fitted = subject.calibration.points
    whole = normal_equations(outputs_of(quantized, fitted), outputs_of(net, fitted))
    exact, rounded = outputs_of(net, x), outputs_of(quantized, x)
    assert figures.float_accuracy == share_right(exact, labels)
    assert figures.rounded == share_right(rounded, labels)
    assert figures.repaired == share_right(whole(rounded), labels)
    assert figures.on_float == share_right(whole(exact), labels)
    assert figures.before == pytest.approx(error(rounded, exact))
    assert figures.after == pytest.approx(error(whole(rounded), exact))
    assert figures.numbers == 6
    assert figures.points == 3000


def test_most_points_have_one_pattern_in_both_networks_and_one_map_serves_them(
    subject: StorySubject, figures: LinearCorrectionFigures
) -> None:
    net, quantized, x, fitted = subject.network, subject.quantized, subject.data.points, subject.calibration.points
    same = (gates(net, x) == gates(quantized, x)).all(axis=1)
    whole = normal_equations(outputs_of(quantized, fitted), outputs_of(net, fitted))
    exact, rounded = outputs_of(net, x), outputs_of(quantized, x)
    assert figures.same == same.mean() == pytest.approx(0.89)
    expected = [error(each[same], exact[same]) for each in (rounded, whole(rounded))]
    assert figures.same_error == pytest.approx(expected)
    np.testing.assert_array_equal(same_patterns(net, quantized, x), same)
    np.testing.assert_array_equal(figures.places.same, same[:DRAWN])


def test_the_map_of_layer_1_is_exact_and_no_map_is_behind_its_relus(
    subject: StorySubject, figures: LinearCorrectionFigures
) -> None:
    places = figures.places
    first, flat = places.first, places.pressed_flat
    np.testing.assert_allclose(places.exact(places.rounded(first)), places.floats(first), atol=1e-9)
    stays = ~(pressed(subject.network, places.drawn.points, 0) | pressed(subject.network, places.drawn.points, 1))
    both = stays & ~pressed(subject.quantized, places.drawn.points, 0)
    both &= ~pressed(subject.quantized, places.drawn.points, 1)
    off = np.linalg.norm(places.exact(places.rounded(flat)) - places.floats(flat), axis=1)
    assert off[both].max() < 1e-9
    assert np.median(off[~stays]) > 0.05
    leaned = np.linalg.norm(places.folded(places.rounded(flat)) - places.floats(flat), axis=1)
    assert np.median(leaned[both]) > 0.05  # the others come off
    assert error(places.folded(places.rounded(flat)), places.floats(flat)) < np.sqrt(np.mean(off**2))


def test_the_unit_that_parts_the_points_most_evenly_is_shown() -> None:
    few, many = np.arange(10) < 1, np.arange(10) < 4
    assert busiest_unit(few, many) == 1
    assert busiest_unit(many, few) == 0
    assert busiest_unit(np.ones(10, dtype=bool), few) == 1


def test_the_hero_is_lost_by_rounding_and_brought_back(subject: StorySubject, figures: LinearCorrectionFigures) -> None:
    hero, places = figures.places.hero, figures.places
    assert figures.hero_lost
    assert places.same[hero]
    scores = {
        "float": outputs_of(subject.network, places.drawn.points),
        "rounded": outputs_of(subject.quantized, places.drawn.points),
    }
    scores["back"] = places.whole(scores["rounded"])
    right = {name: np.argmax(z @ places.readout.T, axis=1) == places.drawn.labels for name, z in scores.items()}
    assert [bool(right[name][hero]) for name in ("float", "rounded", "back")] == [True, False, True]
    moved = np.linalg.norm(scores["rounded"] - scores["float"], axis=1)
    lost = right["float"] & ~right["rounded"] & right["back"] & places.same
    assert abs(moved[hero] - np.median(moved[lost])) == np.abs(moved[lost] - np.median(moved[lost])).min()


def test_captions_follow_the_figures(figures: LinearCorrectionFigures) -> None:
    assert told(figures)["repair"].endswith("brings the lost points back")
    assert told(replace(figures, repaired=0.95))["repair"].endswith("brings most of them back")
    assert told(replace(figures, repaired=0.85))["repair"].endswith("brings few points back")
    assert told(replace(figures, repaired=0.80))["repair"].endswith("brings no point back")
    assert told(figures)["answer"].startswith("Mostly moved")
    assert told(replace(figures, repaired=0.85))["answer"].startswith("Not only moved")
    assert "six numbers" in told(figures)["pull"]
    assert "marked" not in told(replace(figures, hero_lost=False))["wrong"]
    assert "gets worse" in told(figures)["float"]
    assert "it gains, too" in told(replace(figures, on_float=0.999))["float"]
    assert told(replace(figures, on_float=figures.float_accuracy))["float"].endswith("it gains nothing")


def test_captions_on_patterns_follow_the_share_and_the_errors(figures: LinearCorrectionFigures) -> None:
    assert told(figures)["patterns"].endswith("in both networks: 89 % of the points")
    assert told(figures)["pieces"].endswith("these moved much alike")
    assert told(replace(figures, same_error=(4.0, 3.0)))["pieces"].endswith("each moved in its own way")
    for share in (0.0, 1.0):
        alone = replace(figures, same=share)
        assert not {"pieces", "patterns"} & set(told(alone)) | set(shown(alone)) & {"patterns"}


def test_the_shown_numbers_are_the_figures(figures: LinearCorrectionFigures) -> None:
    expected = shown(figures)
    way = {"stations": "input layer 1 layer 2 output"}
    assert expected["wrong"] == expected["patterns"] == way | {"right": "83.2 % right"}
    assert expected["repair"] == expected["answer"] == way | {"right": "99.7 % right"}
    assert expected["float"] == way | {"float": "99.7 → 95.1 % right"}
    assert expected["pull"] == way | {"numbers": "6 numbers"}
    assert badges(figures)[0] == "4-bit weights, one point in twelve drawn"
    assert badges(figures)[4] == "float weights and one map, one point in twelve drawn"


def test_a_network_that_loses_nothing_is_refused(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="rounding loses none of 3000 points"):
        measure(replace(subject, quantized=subject.network, quantized_accuracy=subject.float_accuracy))


def test_rounding_that_flattens_layer_1_is_refused(subject: StorySubject) -> None:
    weights = (np.array([[1.0, 2.0], [2.0, 4.0]]), *subject.quantized.weights[1:])
    flat = type(subject.quantized)(weights, subject.quantized.biases)
    with pytest.raises(ValueError, match="quantized weights of layer 1"):
        measure(replace(subject, quantized=flat))
