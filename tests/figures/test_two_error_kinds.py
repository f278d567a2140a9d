"""The figures of the scene of two kinds of error against dense sampling, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.common import ReluNetwork
from quantization_story.core.captions import as_caption
from quantization_story.figures.two_error_kinds import (
    TOY,
    ToyNetwork,
    TwoErrorKindsFigures,
    badges,
    captions,
    measure,
    measure_line,
    shown,
)
from quantization_story.networks.settings import Settings
from quantization_story.networks.subject import StorySubject, load_subject


@pytest.fixture(scope="module")
def subject() -> StorySubject:
    return load_subject(Settings(), "pinwheel")


@pytest.fixture(scope="module")
def figures(subject: StorySubject) -> TwoErrorKindsFigures:
    return measure(subject)


def told(figures: TwoErrorKindsFigures) -> dict[str, str]:
    return {key: as_caption(said).text for key, said in captions(figures).items()}


def rounded(weight: np.ndarray, bits: int) -> np.ndarray:
    scale = np.abs(weight).max() / (2 ** (bits - 1) - 1)
    return np.asarray(scale * np.rint(weight / scale))


def toy_values(x: np.ndarray, bits: int | None, gates: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The toy's outputs and gates at inputs (n,), written out; with gates given, on those."""
    net = TOY.network()
    inner, outer = (weight if bits is None else rounded(weight, bits) for weight in net.weights)
    z = x[:, None] * inner.T + net.biases[0]
    on = z > 0 if gates is None else gates
    return np.asarray((on * z) @ outer.T + net.biases[1])[:, 0], on


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def test_the_errors_of_the_toy_by_sampling(figures: TwoErrorKindsFigures) -> None:
    low, high = TOY.interval
    x = low + (high - low) * (np.arange(200_000) + 0.5) / 200_000
    exact, gates = toy_values(x, None)
    after, own = toy_values(x, TOY.bits)
    held, _ = toy_values(x, TOY.bits, gates)
    assert figures.error == pytest.approx(rms(after - exact) / rms(exact), rel=1e-4)
    assert figures.held == pytest.approx(rms(held - exact) / rms(exact), rel=1e-4)
    differ = (gates != own).any(axis=1)
    assert np.abs((after - held)[~differ]).max() == 0
    runs = np.count_nonzero(np.diff(differ.astype(int)) == 1) + differ[0]
    assert figures.strips == runs == 5
    assert figures.units == gates.shape[1] == 6


def test_the_strip_that_is_looked_into_is_the_widest_in_which_both_point_one_way() -> None:
    places = measure_line(TOY)
    low, high = places.strip
    (switched,) = [k for k, switch in enumerate(TOY.switches) if abs(switch - low) < 1e-9]
    slope = rounded(TOY.network().weights[0], TOY.bits)[switched, 0]
    assert high == pytest.approx(TOY.slopes[switched] * TOY.switches[switched] / slope)
    middle = np.array([(low + high) / 2])
    exact, gates = toy_values(middle, None)
    held = toy_values(middle, TOY.bits, gates)[0] - exact
    rest = toy_values(middle, TOY.bits)[0] - exact - held
    assert held[0] * rest[0] > 0
    assert high - low == pytest.approx(np.diff(places.line.strips, axis=1).max())


def test_the_strip_in_which_red_stands_against_green(figures: TwoErrorKindsFigures) -> None:
    assert figures.opposed
    assert figures.line.against is not None
    low, high = figures.line.against
    x = np.array([(3 * low + high) / 4, (low + high) / 2])
    exact, gates = toy_values(x, None)
    held = toy_values(x, TOY.bits, gates)[0] - exact
    rest = toy_values(x, TOY.bits)[0] - exact - held
    assert (held * rest < 0).all()
    assert (np.abs(held + rest) < np.abs(held) + np.abs(rest)).all()


def test_the_typical_input_has_the_typical_error_and_the_same_pattern(figures: TwoErrorKindsFigures) -> None:
    x = np.array([figures.line.typical])
    exact, gates = toy_values(x, None)
    after, own = toy_values(x, TOY.bits)
    assert (gates == own).all()
    low, high = TOY.interval
    grid = np.linspace(low, high, 50_000)
    length = rms(toy_values(grid, None)[0])
    near = np.abs(grid - (low + high) / 2) <= 0.425 * (high - low)
    (exacts, gates), (afters, own) = toy_values(grid[near], None), toy_values(grid[near], TOY.bits)
    knots = figures.line.line.total.knots
    kept = (gates == own).all(axis=1) & (np.abs(grid[near][:, None] - knots).min(axis=1) >= 0.02 * (high - low))
    best = np.abs(np.abs(afters - exacts)[kept] - figures.error * length).min()
    assert abs(abs(after - exact)[0] - figures.error * length) == pytest.approx(best, abs=0.01)
    assert best < 0.15 * figures.error * length


def test_the_held_line_is_the_rounded_toy_on_the_float_gates(figures: TwoErrorKindsFigures) -> None:
    x = np.linspace(-2.9, 3.4, 400)
    _, gates = toy_values(x, None)
    np.testing.assert_allclose(figures.line.held(x), toy_values(x, TOY.bits, gates)[0], atol=1e-12)


def test_the_errors_on_the_circle_by_sampling(subject: StorySubject, figures: TwoErrorKindsFigures) -> None:
    circle = figures.circle
    angles = 2 * np.pi * (np.arange(100_000) + 0.5) / 100_000
    x = circle.center + circle.radius * np.column_stack([np.cos(angles), np.sin(angles)])
    away = np.linalg.norm(subject.data.points - subject.data.points.mean(axis=0), axis=1)
    assert circle.radius == pytest.approx(rms(away))
    net, other = subject.network, subject.quantized
    patterns, others = net.activation_patterns(x), other.activation_patterns(x)
    held = other.routed(x, patterns, net.depth)

    def length(values: np.ndarray) -> float:
        return float(np.sqrt((values**2).sum(axis=1).mean()))

    assert figures.circle_error == pytest.approx(length(other(x) - net(x)) / length(net(x)), rel=1e-4)
    assert figures.circle_held == pytest.approx(length(held - net(x)) / length(net(x)), rel=1e-4)
    differ = (patterns != others).any(axis=1)
    assert figures.circle_share == pytest.approx(differ.mean(), abs=2e-4)
    assert figures.crossings == np.count_nonzero(differ & ~np.roll(differ, -1))


def test_the_numbers_shown(figures: TwoErrorKindsFigures) -> None:
    assert shown(figures) == {
        "the error": {"error": "51 % RMS of the gap"},
        "without the red": {"error": "51 % with red", "held": "46 % green alone"},
        "once around": {"around": "8 % in the strips"},
        "answer": {"around": "8 % in the strips"},
    }
    assert badges(figures) == ["toy network, float weights", "toy network, 3-bit weights", "two inputs, 4-bit weights"]


def test_captions_follow_the_figures(figures: TwoErrorKindsFigures) -> None:
    said = told(figures)
    assert said["line"].startswith("One input, six ReLUs")
    assert said["error"].endswith("51 % of the output's")
    assert said["without"] == "Without the red, the network would still be 46 % off"
    assert "they partly cancel" in said["opposed"]
    assert "network, trained, two inputs" in said["plane"]
    other = told(replace(figures, checked=False, held=0.1, opposed=False))
    assert other["without"] == "Without the red, the network would only be 10 % off"
    assert "network, two inputs" in other["plane"]
    assert "opposed" not in other
    assert (*said,)[:: len(said) - 1] == ("question", "answer")


def test_a_network_in_which_no_relu_switches_is_refused(subject: StorySubject) -> None:
    with pytest.raises(ValueError, match="rounding switches no ReLU on a circle"):
        measure(replace(subject, quantized=subject.network))


def test_a_network_whose_output_is_zero_is_refused(subject: StorySubject) -> None:
    silent = ReluNetwork(
        (*subject.network.weights[:-1], 0 * subject.network.weights[-1]),
        (*subject.network.biases[:-1], 0 * subject.network.biases[-1]),
    )
    with pytest.raises(ValueError, match="zero all along a circle"):
        measure(replace(subject, learned=replace(subject.learned, network=silent)))


def test_a_toy_whose_creases_stay_is_refused() -> None:
    with pytest.raises(ValueError, match="rounding moves no crease"):
        measure_line(ToyNetwork(slopes=(1.0, 1.0), switches=(-1.0, 1.0)))
