"""The figures of the scene of two kinds of error against dense sampling, and the captions that they decide."""

from dataclasses import replace

import numpy as np
import pytest

from quantization_story.core.captions import as_caption
from quantization_story.figures.two_error_kinds import (
    ToyNetwork,
    TwoErrorKindsFigures,
    badges,
    captions,
    measure,
    measure_line,
    shown,
)

TOY = ToyNetwork()


@pytest.fixture(scope="module")
def figures() -> TwoErrorKindsFigures:
    return measure(TOY)


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


def test_the_areas_of_both_errors_by_sampling(figures: TwoErrorKindsFigures) -> None:
    low, high = TOY.interval
    x = low + (high - low) * (np.arange(200_000) + 0.5) / 200_000
    exact, gates = toy_values(x, None)
    after, own = toy_values(x, TOY.bits)
    held, _ = toy_values(x, TOY.bits, gates)
    green, red = np.abs(held - exact), np.abs(after - held)
    assert figures.green == pytest.approx(green.sum() / (green.sum() + red.sum()), rel=1e-4)
    differ = (gates != own).any(axis=1)
    assert red[~differ].max() == 0
    assert np.count_nonzero(np.diff(differ.astype(int)) == 1) + differ[0] == len(figures.line.line.strips) == 3
    assert figures.units == gates.shape[1] == 4


def test_green_and_red_never_stand_against_each_other_but_for_a_sliver(figures: TwoErrorKindsFigures) -> None:
    """So the gap between the lines is what both make together."""
    line = figures.line.line
    x = np.linspace(*TOY.interval, 4001)[1:-1]
    metric, topological = line.metric(x), line.topological(x)
    against = np.minimum(np.abs(metric), np.abs(topological)) * (metric * topological < 0)
    assert against.mean() < 0.01 * np.abs(line.total(x)).mean()


def test_the_strip_that_is_looked_into_is_the_widest_in_which_both_point_one_way() -> None:
    places = measure_line(TOY)
    low, high = places.strip
    (switched,) = [k for k, switch in enumerate(TOY.switches) if abs(switch - high) < 1e-9]
    slope = rounded(TOY.network().weights[0], TOY.bits)[switched, 0]
    assert low == pytest.approx(TOY.slopes[switched] * TOY.switches[switched] / slope)
    middle = np.array([(low + high) / 2])
    exact, gates = toy_values(middle, None)
    held = toy_values(middle, TOY.bits, gates)[0] - exact
    rest = toy_values(middle, TOY.bits)[0] - exact - held
    assert held[0] * rest[0] > 0
    assert high - low == pytest.approx(np.diff(places.line.strips, axis=1).max())


def test_past_the_old_crease_the_gates_agree_again_and_the_gap_is_as_large_as_the_metric_error() -> None:
    places = measure_line(TOY)
    ends = np.array([places.strip[1] - 1e-9, places.strip[1] + 1e-9, places.past])
    assert places.past > places.strip[1]
    _, gates = toy_values(ends, None)
    _, own = toy_values(ends, TOY.bits)
    assert (gates == own).all(axis=1).tolist() == [False, True, True]
    assert (gates[1] == gates[2]).all()
    assert places.line.metric(ends[2:]) == pytest.approx(places.line.total(ends[2:]))


def test_the_typical_input_has_the_typical_error_and_the_same_pattern(figures: TwoErrorKindsFigures) -> None:
    x = np.array([figures.line.typical])
    exact, gates = toy_values(x, None)
    after, own = toy_values(x, TOY.bits)
    assert (gates == own).all()
    low, high = TOY.interval
    grid = np.linspace(low, high, 50_000)
    length = rms(toy_values(grid, TOY.bits)[0] - toy_values(grid, None)[0])
    near = np.abs(grid - (low + high) / 2) <= 0.425 * (high - low)
    (exacts, gates), (afters, own) = toy_values(grid[near], None), toy_values(grid[near], TOY.bits)
    knots = figures.line.line.total.knots
    kept = (gates == own).all(axis=1) & (np.abs(grid[near][:, None] - knots).min(axis=1) >= 0.02 * (high - low))
    best = np.abs(np.abs(afters - exacts)[kept] - length).min()
    assert abs(abs(after - exact)[0] - length) == pytest.approx(best, abs=0.01)
    assert best < 0.15 * length


def test_the_held_line_is_the_rounded_toy_on_the_float_gates(figures: TwoErrorKindsFigures) -> None:
    x = np.linspace(-2.9, 3.4, 400)
    _, gates = toy_values(x, None)
    np.testing.assert_allclose(figures.line.held(x), toy_values(x, TOY.bits, gates)[0], atol=1e-12)


def test_the_numbers_shown(figures: TwoErrorKindsFigures) -> None:
    assert figures.green == pytest.approx(0.79, abs=5e-3)
    assert shown(figures) == {}
    assert badges(figures) == ["toy network, float weights", "toy network, 3-bit weights"]


def test_captions_follow_the_figures(figures: TwoErrorKindsFigures) -> None:
    said = told(figures)
    assert said["crease"].startswith("It has four ReLUs")
    assert said["share"].startswith("The larger part is green")
    assert told(replace(figures, green=0.4))["share"].startswith("The larger part is red")
    assert (*said,)[:: len(said) - 1] == ("question", "answer")


def test_a_toy_whose_creases_stay_is_refused() -> None:
    with pytest.raises(ValueError, match="rounding moves no crease"):
        measure(ToyNetwork(slopes=(1.0, 1.0), switches=(-1.0, 1.0)))
