"""The figures of the scene of one map against recomputation by other formulas, and the captions that they decide."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from quantization_story.core.affine import AffineMap
from quantization_story.core.captions import as_caption
from quantization_story.figures.linear_correction import (
    LinearCorrectionFigures,
    badges,
    captions,
    leaning_map,
    measure,
    parting_unit,
    shown,
    stations,
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


def normal_equations(source: np.ndarray, target: np.ndarray) -> Any:
    augmented = np.column_stack([source, np.ones(len(source))])
    solved = np.linalg.solve(augmented.T @ augmented, augmented.T @ target)
    return lambda points: np.column_stack([points, np.ones(len(points))]) @ solved


def share_right(outputs: np.ndarray, labels: np.ndarray) -> float:
    angle = np.deg2rad([90.0, 210.0, 330.0])
    return float((np.argmax(outputs @ np.stack([np.cos(angle), np.sin(angle)]), axis=1) == labels).mean())


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
    apart = [np.linalg.norm(z - exact, axis=1).sum() for z in (whole(rounded), rounded)]
    assert figures.left == pytest.approx(apart[0] / apart[1])
    assert figures.numbers == 6
    assert figures.points == 3000


def test_the_map_of_layer_1_is_exact_and_behind_a_relu_none_serves_all(
    subject: StorySubject, figures: LinearCorrectionFigures
) -> None:
    places, unit, x = figures.places, figures.places.unit, figures.places.drawn.points
    z, zq = (w.weights[0] @ x.T + w.biases[0][:, None] for w in (subject.network, subject.quantized))
    np.testing.assert_allclose(places.exact(zq.T), z.T, atol=1e-9)
    np.testing.assert_allclose(places.exact(places.rounded(places.first)), places.floats(places.first), atol=1e-9)
    both, none = (z[unit] <= 0) & (zq[unit] <= 0), (z[unit] > 0) & (zq[unit] > 0)
    z[unit], zq[unit] = np.maximum(z[unit], 0), np.maximum(zq[unit], 0)

    def off(transport: Any) -> np.ndarray:
        return np.linalg.norm(transport(zq.T) - z.T, axis=1)

    assert off(places.exact)[none].max() < 1e-9
    assert np.median(off(places.exact)[both]) > 0.05
    leaning = places.leaning
    assert leaning is not None
    assert off(leaning)[both].max() < 0.3 * off(places.exact)[both].max()
    assert np.median(off(leaning)[none]) > 0.05


def test_the_relu_that_parts_the_twins_most_is_shown() -> None:
    floats = np.array([[-1.0, 1.0], [2.0, -1.0], [3.0, 1.0]])
    exact = AffineMap(np.eye(2), np.array([0.5, 0.1]))
    assert parting_unit(floats, floats - exact.offset, exact) == 0
    assert parting_unit(floats, floats - exact.offset[::-1], AffineMap(np.eye(2), exact.offset[::-1])) == 1


def test_a_map_leans_to_pressed_points_if_there_are_three_and_moves_nothing_else_needlessly() -> None:
    floats = np.array([[-1.0, 0.0], [-2.0, 1.0], [-3.0, 2.0], [4.0, 1.0]])
    exact = AffineMap(np.eye(2), np.array([0.5, 0.0]))  # the pressed twins come to stand at 0.5, their own at 0
    leaning = leaning_map(floats, floats - exact.offset, exact, 0)
    assert leaning is not None
    np.testing.assert_allclose(leaning.linear, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(leaning.offset, 0.0, atol=1e-12)
    assert leaning_map(floats[1:], floats[1:] - exact.offset, exact, 0) is None


def test_the_hero_is_lost_by_rounding_and_brought_back(subject: StorySubject, figures: LinearCorrectionFigures) -> None:
    hero, places = figures.places.hero, figures.places
    scores = {
        "float": outputs_of(subject.network, places.drawn.points),
        "rounded": outputs_of(subject.quantized, places.drawn.points),
    }
    scores["back"] = places.whole(scores["rounded"])
    right = {name: np.argmax(z @ places.readout.T, axis=1) == places.drawn.labels for name, z in scores.items()}
    assert [bool(right[name][hero]) for name in ("float", "rounded", "back")] == [True, False, True]
    moved = np.linalg.norm(scores["rounded"] - scores["float"], axis=1)
    lost = right["float"] & ~right["rounded"] & right["back"]
    assert abs(moved[hero] - np.median(moved[lost])) == np.abs(moved[lost] - np.median(moved[lost])).min()


def test_captions_follow_the_figures(figures: LinearCorrectionFigures) -> None:
    assert told(figures)["repair"].endswith("brings the ringed points back")
    assert told(replace(figures, repaired=0.95))["repair"].endswith("brings most of them back")
    assert told(replace(figures, repaired=0.85))["repair"].endswith("brings few of them back")
    assert told(replace(figures, repaired=0.80))["repair"].endswith("brings none of them back")
    assert "too small to matter" in told(figures)["answer"]
    assert "still costs answers" in told(replace(figures, repaired=0.95))["answer"]
    assert told(replace(figures, repaired=0.85))["answer"].startswith("Not only moved")
    assert told(replace(figures, left=0.0))["answer"].startswith("Only moved")
    assert "not quite joined. This little" in told(figures)["left"]
    assert "not quite joined. This much" in told(replace(figures, left=0.6))["left"]
    assert "joined again" in told(replace(figures, left=0.0))["left"]
    assert "six numbers" in told(figures)["exact"]
    assert "99.7 %" in told(figures)["sectors"]


def test_where_a_relu_presses_too_few_points_nothing_is_said_of_it(figures: LinearCorrectionFigures) -> None:
    alone = replace(figures, places=replace(figures.places, leaning=None))
    assert set(told(figures)) - set(told(alone)) == {"near", "own", "press", "lean"}
    assert "ReLU" in told(figures)["on"]
    assert "ReLU" not in told(alone)["on"]


def test_the_shown_numbers_are_the_figures(figures: LinearCorrectionFigures) -> None:
    expected = shown(figures)
    assert expected["wrong"] == {"right": "83.2 % right"}
    assert expected["repair"] == expected["answer"] == {"right": "99.7 % right"}
    assert expected["left"] == {"left": "17 % of the threads' length is left"}
    assert badges(figures)[0] == "float weights, one point in twelve drawn"
    assert badges(figures)[-2:] == ["4-bit weights", "4-bit weights and one map"]
    assert stations(figures) == ["inputs", "first layer", "second layer", "output"]


def test_a_network_that_loses_nothing_is_refused(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="rounding loses none of 3000 points"):
        measure(replace(subject, quantized=subject.network, quantized_accuracy=subject.float_accuracy))


def test_rounding_that_flattens_layer_1_is_refused(subject: StorySubject) -> None:
    weights = (np.array([[1.0, 2.0], [2.0, 4.0]]), *subject.quantized.weights[1:])
    flat = type(subject.quantized)(weights, subject.quantized.biases)
    with pytest.raises(ValueError, match="quantized weights of layer 1"):
        measure(replace(subject, quantized=flat))
